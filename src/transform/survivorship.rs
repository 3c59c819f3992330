//! Survivorship: which name and which attributes a new organization takes from its contacts.
//!
//! Every value carried names the contact it came from; where contacts disagree, that is known too.
//! Private notes, payment terms and credit limits stay on the contact.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

use super::Rules;
use super::evidence::{email_domain, website_domain};
use super::normalize::fold;
use super::record::Contact;
use crate::ids::ContactId;

/// Longest name, in characters: the width of `organizations.name`.
const NAME_CHARACTERS: usize = 255;

/// An attribute of an organization that contacts have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// Street.
    Address,
    /// City.
    City,
    /// State or province.
    State,
    /// Country.
    Country,
    /// Postal code.
    PostalCode,
    /// Website.
    Website,
    /// Tax id.
    TaxId,
    /// Internet domain: that of the contacts' e-mail addresses, else of their websites.
    Domain,
}

impl Attribute {
    /// Every attribute, in the order of the columns.
    pub const ALL: [Self; 8] = [
        Self::Address,
        Self::City,
        Self::State,
        Self::Country,
        Self::PostalCode,
        Self::Website,
        Self::TaxId,
        Self::Domain,
    ];

    /// Name of the column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::City => "city",
            Self::State => "state",
            Self::Country => "country",
            Self::PostalCode => "postal_code",
            Self::Website => "website",
            Self::TaxId => "tax_id",
            Self::Domain => "domain",
        }
    }

    fn of(self, contact: &Contact<'_>, rules: &Rules) -> Option<String> {
        let details = &contact.details;
        let text = match self {
            Self::Address => details.address,
            Self::City => details.city,
            Self::State => details.state,
            Self::Country => details.country,
            Self::PostalCode => details.postal_code,
            Self::Website => details.website,
            Self::TaxId => details.tax_id,
            Self::Domain => {
                let domain = contact.email.and_then(email_domain);
                return domain
                    .or_else(|| details.website.and_then(website_domain))
                    .filter(|domain| !rules.free_mail.contains(domain));
            }
        };
        text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    }
}

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

/// A value, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The value.
    pub value: String,
    /// The contact that has it; of several the one created first.
    pub source: ContactId,
    /// Number of different values, by case and blanks folded.
    pub distinct: usize,
}

/// What the contacts of a company say about one attribute; `None` if none says anything.
pub fn carry(attribute: Attribute, contacts: &[&Contact<'_>], rules: &Rules) -> Option<Carried> {
    let mut values: BTreeMap<String, Vec<(&Contact<'_>, String)>> = BTreeMap::new();
    for contact in contacts {
        if let Some(value) = attribute.of(contact, rules) {
            values.entry(fold(&value)).or_default().push((contact, value));
        }
    }
    let distinct = values.len();
    let choice = rules.attributes.get(&attribute).copied().unwrap_or_default();
    values
        .into_values()
        .map(|mut having| {
            having.sort_by_key(|(contact, _)| age(contact));
            having
        })
        .min_by_key(|having| {
            let (first, value) = &having[0];
            let last = having.iter().filter_map(|(contact, _)| contact.created_at).max();
            let rank = match choice {
                Choice::MostFrequent => i128::try_from(having.len()).unwrap_or(i128::MAX),
                Choice::MostRecent => last.map_or(i128::MIN, i128::from),
                Choice::Longest => i128::try_from(value.chars().count()).unwrap_or(i128::MAX),
                Choice::Earliest => 0,
            };
            (Reverse(rank), age(first))
        })
        .map(|having| {
            let (contact, value) = &having[0];
            Carried { value: value.clone(), source: contact.id, distinct }
        })
}

/// Contacts in the order in which they were created; unknown times last.
pub fn age(contact: &Contact<'_>) -> (bool, i64, ContactId) {
    (contact.created_at.is_none(), contact.created_at.unwrap_or(0), contact.id)
}

/// The name of a company: the spelling that most contacts use; of several the one that is not all
/// capitals, then that of the contact created first.
pub fn company_name(contacts: &[&Contact<'_>]) -> Option<String> {
    let mut names: BTreeMap<String, Vec<&Contact<'_>>> = BTreeMap::new();
    for contact in contacts {
        if let Some(name) = contact.company.map(clean).filter(|name| !name.is_empty()) {
            names.entry(name).or_default().push(contact);
        }
    }
    names
        .into_iter()
        .min_by_key(|(name, having)| {
            let shouting = !name.chars().any(char::is_lowercase);
            let first = having.iter().map(|contact| age(contact)).min();
            (Reverse(having.len()), shouting, first)
        })
        .map(|(name, _)| name)
}

/// The name of an organization that is one person.
pub fn person_name(contact: &Contact<'_>) -> String {
    let texts = [contact.name, contact.email];
    let text = texts.into_iter().flatten().map(clean).find(|text| !text.is_empty());
    text.unwrap_or_else(|| format!("Contact {}", contact.id))
}

/// Composed, without control characters, blanks collapsed, cut to the column's width.
pub fn clean(raw: &str) -> String {
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
