//! Parts of one spelling: contacts that bear one name and are not one company's.
//!
//! A spelling is parted where its contacts have tax ids that differ, and where a decision names some
//! of them as `SPELLING @ VALUE`. Contacts without a tax id go with the earliest. Who is placed
//! already is parted by a decision only.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Resolver;
use super::rows::{Raws, Row};
use crate::transform::decisions::{self, Decision, contradiction};
use crate::transform::evidence::Context;
use crate::transform::matching::Mention;
use crate::transform::record::{Contact, TextColumn};
use crate::transform::sets::Sets;
use crate::transform::survivorship::age;

/// What stands between a spelling and the value that tells some of its contacts.
const AT: &str = " @ ";

/// The spelling and the value of a decision's text, where it names a part.
pub(super) fn part_of(text: &str) -> Option<(&str, &str)> {
    text.rsplit_once(AT).filter(|(spelling, value)| !spelling.is_empty() && !value.is_empty())
}

/// What tells a contact from others of its spelling: its tax id, and the values of decisions that it
/// has.
type Signature = (Option<String>, Vec<String>);

impl<'a> Resolver<'_, 'a> {
    /// Parts the rows of a tenant, in their order.
    pub(super) fn part_rows(
        &self,
        rows: Vec<Row<'a>>,
        mentions: Vec<Mention>,
        decisions: &[usize],
    ) -> (Vec<Row<'a>>, Vec<Mention>) {
        let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for decision in decisions.iter().map(|&at| self.decisions.at(at)) {
            let Decision { a, b, .. } = decision;
            for (spelling, value) in [a, b].into_iter().filter_map(|text| part_of(text)) {
                named.entry(spelling).or_default().push(value);
            }
        }
        let tax_id = self.rules.kinds.iter().position(|kind| kind.parts);
        let (mut out_rows, mut out_mentions) = (Vec::new(), Vec::new());
        out_rows.reserve_exact(rows.len());
        out_mentions.reserve_exact(mentions.len());
        for (row, mention) in std::iter::zip(rows, mentions) {
            let values = named.get(mention.name.folded.as_str());
            let differ = mention.place.is_none()
                && tax_id.is_some_and(|kind| mention.evidence.of(kind).nth(1).is_some());
            if row.contacts.len() < 2 && values.is_none() || values.is_none() && !differ {
                out_rows.push(row);
                out_mentions.push(mention);
                continue;
            }
            let values = values.map(Vec::as_slice).unwrap_or_default();
            for (signature, contacts) in self.signed(&row, values, tax_id.filter(|_| differ)) {
                let (evidence, _) = self.evidence(&contacts);
                let count = u32::try_from(contacts.len()).expect("fewer contacts than 2^32");
                let projects = self.projects_of(&contacts);
                let part = Mention { evidence, rows: count, projects, ..mention.clone() };
                out_mentions.push(part);
                out_rows.push(self.part(&row, signature, contacts));
            }
        }
        (out_rows, out_mentions)
    }

    /// The contacts of a row by what tells them apart, those of the earliest first.
    fn signed(
        &self,
        row: &Row<'a>,
        values: &[&str],
        tax_id: Option<usize>,
    ) -> Vec<(Signature, Vec<u32>)> {
        let contact = |at: u32| &self.records.contacts[at as usize];
        let mut order = row.contacts.clone();
        order.sort_by_key(|&at| age(contact(at)));
        let tax_ids: Vec<Option<String>> =
            order.iter().map(|&at| self.value(contact(at), tax_id?)).collect();
        let first = tax_ids.iter().flatten().next().cloned();
        let mut parts: Vec<(Signature, Vec<u32>)> = Vec::new();
        for (&at, own) in std::iter::zip(&order, tax_ids) {
            let has = |value: &&&str| self.has(contact(at), value);
            let values = values.iter().filter(has).map(|&value| value.to_owned()).collect();
            let signature = (own.or_else(|| first.clone()), values);
            match parts.iter_mut().find(|(known, _)| *known == signature) {
                Some((_, contacts)) => contacts.push(at),
                None => parts.push((signature, vec![at])),
            }
        }
        for (_, contacts) in &mut parts {
            contacts.sort_unstable();
        }
        parts
    }

    fn part(&self, whole: &Row<'a>, (tax_id, values): Signature, contacts: Vec<u32>) -> Row<'a> {
        let mut counts: BTreeMap<&'a str, u32> = BTreeMap::new();
        for &at in &contacts {
            let raw = self.records.contacts[at as usize].company.unwrap_or(whole.raws[0].0);
            *counts.entry(raw).or_default() += 1;
        }
        let raws: Raws<'a> = counts.into_iter().collect();
        let value = values.first().cloned().or(tax_id);
        Row { contacts, raws, part: value, values }
    }

    /// The canonical value of a kind beside a contact.
    fn value(&self, contact: &Contact<'a>, kind: usize) -> Option<String> {
        let (column, _) = self.beside.iter().find(|(_, of)| *of == kind)?;
        let country = self.country(contact);
        let context = Context { lists: &self.rules.lists, country: country.as_deref() };
        let read = self.rules.kinds.read_one((kind, contact.text(*column)?), &context);
        read.ok().flatten().map(|value| value.text.into())
    }

    fn country(&self, contact: &Contact<'a>) -> Option<compact_str::CompactString> {
        let text = |&(column, kind): &(TextColumn, usize)| Some((kind, contact.text(column)?));
        self.rules.kinds.country(self.beside.iter().filter_map(text), &self.rules.lists)
    }

    /// Whether a value of a decision stands beside a contact: its id, or any evidence.
    fn has(&self, contact: &Contact<'a>, value: &str) -> bool {
        if let Ok(id) = Uuid::try_parse(value) {
            return contact.id.to_string() == id.hyphenated().to_string();
        }
        let country = self.country(contact);
        let context = Context { lists: &self.rules.lists, country: country.as_deref() };
        self.beside.iter().any(|&(column, kind)| {
            let read =
                |text: &str| self.rules.kinds.read_one((kind, text), &context).ok().flatten();
            let own = contact.text(column).and_then(read).map(|value| value.text);
            // A domain is written as it is, an address has a mailbox before it.
            let meant = read(value).or_else(|| read(&format!("x@{value}"))).map(|value| value.text);
            own.is_some() && own == meant
        })
    }

    /// Gives each company but the first of one key, in an order, a key of its own: what tells it from
    /// the others.
    pub(super) fn part_keys(&mut self, order: &[usize]) {
        let companies = &self.out.companies;
        let is_one = |&a: &usize, &b: &usize| {
            (companies[a].tenant, &companies[a].key) == (companies[b].tenant, &companies[b].key)
        };
        let later = order.chunk_by(is_one).flat_map(|same| &same[1..]).copied();
        let later: Vec<usize> = later.filter(|&at| companies[at].existing.is_none()).collect();
        for at in later {
            let contact = &self.records.contacts[self.out.companies[at].first];
            let told = ["tax_id", "domain", "city"].into_iter().find_map(|name| {
                let kind = self.rules.kinds.place(name)?;
                Some(format!("{name}={}", self.value(contact, kind)?))
            });
            let told = told.unwrap_or_else(|| format!("contact={}", contact.id));
            let key = &mut self.out.companies[at].key;
            *key = format!("{key} {told}");
        }
    }
}

/// What people said of mentions, to find decisions that disagree on one contact.
pub(super) struct Ties<'d> {
    sets: Sets,
    same: Vec<((usize, usize), &'d Decision)>,
    different: Vec<((usize, usize), &'d Decision)>,
}

impl<'d> Ties<'d> {
    pub(super) fn new(mentions: usize) -> Self {
        Self { sets: Sets::new(mentions), same: Vec::new(), different: Vec::new() }
    }

    pub(super) fn same(&mut self, decision: &'d Decision, pairs: &[(usize, usize)]) {
        for &(a, b) in pairs {
            self.sets.join(a, b);
            self.same.push(((a, b), decision));
        }
    }

    pub(super) fn different(&mut self, decision: &'d Decision, pairs: &[(usize, usize)]) {
        self.different.extend(pairs.iter().map(|&pair| (pair, decision)));
    }

    pub(super) fn are_one(&mut self, (a, b): (usize, usize)) -> bool {
        self.sets.root(a) == self.sets.root(b)
    }

    /// Refuses decisions of which one holds apart what others make one. Whole spellings were checked
    /// when the file was read.
    pub(super) fn check(&mut self) -> Result<(), decisions::Error> {
        for (pair, decision) in std::mem::take(&mut self.different) {
            if !self.are_one(pair) {
                continue;
            }
            let root = self.sets.root(pair.0);
            let same = std::mem::take(&mut self.same).into_iter();
            let mut places: Vec<_> = same
                .filter(|((a, _), _)| self.sets.root(*a) == root)
                .map(|(_, decision)| decision.place.clone())
                .collect();
            places.sort();
            places.dedup();
            return Err(contradiction(decision, places));
        }
        Ok(())
    }
}
