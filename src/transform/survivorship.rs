//! Survivorship: which name and which attributes a new organization takes from its contacts.
//!
//! Every value carried names the contact it came from; where contacts disagree, that is known too.
//! Private notes, payment terms and credit limits stay on the contact.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

use super::Rules;
use super::evidence::{Context, Flaw};
use super::normalize::fold;
use super::record::{Carried, Contact, TextColumn};
use super::repair::repair;
use crate::ids::ContactId;
use crate::schema::{Column, Field, Schema, Table};

/// Longest name, in characters: the width of `organizations.name`.
const NAME_CHARACTERS: usize = 255;

/// Which of several values is carried. Ties go to the contact created first, then to the lowest id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The one that most contacts have.
    #[default]
    MostFrequent,
    /// The one of the contact created last.
    MostRecent,
    /// The one with most characters.
    Longest,
    /// The one of the contact created first.
    Earliest,
}

/// A column that organizations take from their contacts, with its rule.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// What the code calls the column.
    pub field: Field,
    origin: Origin,
    choice: Choice,
}

/// Where a contact has the value of an attribute.
#[derive(Clone, Copy, Debug)]
enum Origin {
    /// In its column of the same name, which may be evidence of a kind.
    Column(TextColumn, Option<usize>),
    /// In its e-mail address, else in its website.
    Domain(Option<TextColumn>),
}

impl Attribute {
    /// Every attribute that is declared, in the order of the columns.
    pub fn all(declared: &Schema, rules: &Rules) -> Vec<Self> {
        let of_contacts = |field| TextColumn::of(declared, Table::Contacts, field);
        let attribute = |column: &Column| {
            let field = column.field;
            let origin = if field == Field::DOMAIN {
                Origin::Domain(of_contacts(Field::WEBSITE))
            } else {
                let kind = declared.evidence().find(|beside| beside.field == field);
                let kind = kind.and_then(|beside| rules.kinds.place(beside.evidence?));
                Origin::Column(of_contacts(field)?, kind)
            };
            let choice = rules.attributes.get(&field).copied().unwrap_or_default();
            Some(Self { field, origin, choice })
        };
        declared.carried().filter_map(attribute).collect()
    }

    fn of<'a>(&self, contact: &Contact<'a>, rules: &Rules) -> Option<Cow<'a, str>> {
        match self.origin {
            Origin::Column(column, kind) => {
                let text = contact.text(column).map(str::trim);
                let text = text.filter(|text| !text.is_empty())?;
                // A number that lost its digits, or never was one, is nobody's. A page on a host of
                // many is the company's page.
                let context = Context { lists: &rules.lists, country: None };
                let read = kind.map(|kind| rules.kinds.read_one((kind, text), &context));
                let is_number = !matches!(read, Some(Err(Flaw::Rounded | Flaw::Filler)));
                is_number.then_some(Cow::Borrowed(text))
            }
            Origin::Domain(website) => {
                let hosts = &rules.lists.hosts;
                let domain = contact.email.and_then(|email| hosts.domain_of_email(email));
                let site = || hosts.domain_of_website(contact.text(website?)?);
                domain.or_else(site).map(Cow::Owned)
            }
        }
    }
}

/// Contacts that have one value, by case and blanks folded.
type Having<'c, 'a> = Vec<(&'c Contact<'a>, Cow<'a, str>)>;

/// What the contacts of a company say about one attribute; `None` if none says anything.
pub fn carry(attribute: &Attribute, contacts: &[&Contact<'_>], rules: &Rules) -> Option<Carried> {
    let told =
        contacts.iter().filter_map(|contact| Some((*contact, attribute.of(contact, rules)?)));
    let told: Having<'_, '_> = told.collect();
    let (_, first) = told.first()?;
    // Nearly all agree to the letter.
    let values: Vec<Having<'_, '_>> = if told.iter().all(|(_, value)| value == first) {
        vec![told]
    } else {
        let mut values: BTreeMap<String, Having<'_, '_>> = BTreeMap::new();
        for (contact, value) in told {
            values.entry(fold(&value)).or_default().push((contact, value));
        }
        values.into_values().collect()
    };
    let distinct = values.len();
    let rank = |having: &Having<'_, '_>| {
        let (first, value) = having.iter().min_by_key(|(contact, _)| age(contact))?;
        let last = having.iter().filter_map(|(contact, _)| contact.created_at).max();
        let rank = match attribute.choice {
            Choice::MostFrequent => i128::try_from(having.len()).unwrap_or(i128::MAX),
            Choice::MostRecent => last.map_or(i128::MIN, i128::from),
            Choice::Longest => i128::try_from(value.chars().count()).unwrap_or(i128::MAX),
            Choice::Earliest => 0,
        };
        let carried = Carried { value: value.as_ref().into(), source: first.id, distinct };
        Some(((Reverse(rank), age(first)), carried))
    };
    values.iter().filter_map(rank).min_by_key(|(rank, _)| *rank).map(|(_, carried)| carried)
}

/// What contacts are ordered by: when they were created, unknown times last, then their ids.
pub type Age = (bool, i64, ContactId);

/// Contacts in the order in which they were created; unknown times last.
pub fn age(contact: &Contact<'_>) -> Age {
    (contact.created_at.is_none(), contact.created_at.unwrap_or(0), contact.id)
}

/// The name of a company: the spelling that most contacts use; of several the one that is not all
/// capitals, then that of the contact created first.
pub fn company_name(contacts: &[&Contact<'_>]) -> Option<String> {
    let mut typed: Vec<(&str, Age)> =
        contacts.iter().filter_map(|contact| Some((contact.company?, age(contact)))).collect();
    typed.sort_unstable();
    // Contacts of each name, and the age of the first. Each text is made clean once.
    let mut names: BTreeMap<String, (usize, Age)> = BTreeMap::new();
    for same in typed.chunk_by(|a, b| a.0 == b.0) {
        let (raw, first) = same[0];
        let name = clean(raw);
        if !name.is_empty() {
            let (count, oldest) = names.entry(name).or_insert((0, first));
            *count += same.len();
            *oldest = first.min(*oldest);
        }
    }
    let rank = |(name, (count, first)): &(String, (usize, Age))| {
        let shouting = !name.chars().any(char::is_lowercase);
        (Reverse(*count), shouting, *first)
    };
    names.into_iter().min_by_key(rank).map(|(name, _)| name)
}

/// The name of an organization that is one person.
pub fn person_name(contact: &Contact<'_>) -> String {
    let texts = [contact.name, contact.email];
    let text = texts.into_iter().flatten().map(clean).find(|text| !text.is_empty());
    text.unwrap_or_else(|| format!("Contact {}", contact.id))
}

/// Damage undone, composed, without control characters, blanks collapsed, cut to the column's width.
pub fn clean(raw: &str) -> String {
    let raw = &*repair(raw);
    let blank = |c: char| if c.is_control() { ' ' } else { c };
    // ASCII is in normal form.
    let visible: String = if raw.is_ascii() {
        raw.chars().map(blank).collect()
    } else {
        raw.nfc().map(blank).collect()
    };
    let words: Vec<&str> = visible
        .split_whitespace()
        .map(|word| word.trim_matches(['\u{200b}', '\u{feff}', '\u{200e}', '\u{200f}']))
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(NAME_CHARACTERS).collect::<String>().trim_end().to_owned()
}
