//! What stands beside a name: e-mail domain, website, phone and whatever else is declared.
//!
//! In: the texts of columns that are evidence. Out: [`Evidence`], canonical values by kind. What
//! kinds there are, how each is read and what it may do in a comparison stands in one table
//! ([`Kinds`]). A value that is evidence of nothing (a free mailbox, a placeholder number) is left
//! out here, once for all.

use std::collections::BTreeSet;

use compact_str::CompactString;
use smallvec::SmallVec;

use super::normalize::bare;
use super::record::TextColumn;
use crate::schema::{Schema, Table};

/// Most kinds of evidence: what a pair of names holds of each lies within the comparison.
pub const MOST_KINDS: usize = 12;

/// A kind of evidence: how its values are read, and what they tell.
///
/// A new kind is a line of [`SHIPPED`], or of the table that [`Kinds::with`] makes, and the two
/// weights that it names.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about a kind")]
pub struct Kind {
    /// What the declaration calls it.
    pub name: &'static str,
    /// Keys of its weights in the configuration: for an equal value, against values that differ.
    pub keys: [&'static str; 2],
    /// What people call the two; the first also stands for the kind.
    pub labels: [&'static str; 2],
    /// The canonical form of a text; `None` if it is evidence of nothing.
    pub canonical: fn(&str) -> Option<String>,
    /// Whether the values are host names: kinds of hosts share their values, those of free mail
    /// are evidence of nothing, and one that many names hold tells little.
    pub are_hosts: bool,
    /// Whether the values are countries, which tell the language of a name.
    pub are_countries: bool,
    /// Whether names that share a value are worth comparing.
    pub finds: bool,
    /// Whether a near name joins without a person where it shares a value.
    pub is_sure: bool,
    /// Whether sister firms share values: where the names contradict, little of it counts.
    pub is_of_group: bool,
    /// Whether values that differ speak against any join without a person.
    pub parts: bool,
    /// Where it comes from: kinds of one origin know of each other.
    pub origin: &'static str,
}

impl Kind {
    /// A kind that tells what its weights say, and nothing else.
    pub const fn new(
        name: &'static str,
        keys: [&'static str; 2],
        labels: [&'static str; 2],
        canonical: fn(&str) -> Option<String>,
    ) -> Self {
        Self {
            name,
            keys,
            labels,
            canonical,
            are_hosts: false,
            are_countries: false,
            finds: false,
            is_sure: false,
            is_of_group: false,
            parts: false,
            origin: name,
        }
    }

    /// What people call it.
    pub const fn label(&self) -> &'static str {
        self.labels[0]
    }
}

/// The kinds of evidence that are shipped, in the order of explanations.
pub const SHIPPED: &[Kind] = &[
    Kind {
        are_hosts: true,
        finds: true,
        is_sure: true,
        is_of_group: true,
        origin: "internet",
        ..Kind::new(
            "domain",
            ["domain_equal", "domain_differs"],
            ["e-mail domain", "e-mail domain differs"],
            email_domain,
        )
    },
    Kind {
        are_hosts: true,
        finds: true,
        is_sure: true,
        is_of_group: true,
        origin: "internet",
        ..Kind::new(
            "website",
            ["website_equal", "website_differs"],
            ["website", "website differs"],
            website_domain,
        )
    },
    Kind {
        finds: true,
        is_sure: true,
        is_of_group: true,
        ..Kind::new("phone", ["phone_equal", "phone_differs"], ["phone", "phone differs"], phone)
    },
    Kind {
        finds: true,
        is_sure: true,
        parts: true,
        ..Kind::new(
            "tax_id",
            ["tax_id_equal", "tax_id_differs"],
            ["tax id", "tax id differs"],
            tax_id,
        )
    },
    Kind {
        finds: true,
        is_of_group: true,
        origin: "place",
        ..Kind::new(
            "address",
            ["address_equal", "address_differs"],
            ["address", "address differs"],
            address,
        )
    },
    Kind {
        origin: "place",
        ..Kind::new("city", ["city_equal", "city_differs"], ["city", "city differs"], place)
    },
    Kind {
        are_countries: true,
        origin: "place",
        ..Kind::new(
            "country",
            ["country_equal", "country_differs"],
            ["country", "country differs"],
            place,
        )
    },
];

/// All kinds of evidence, each known by its place.
#[derive(Clone, Debug)]
pub struct Kinds(Vec<Kind>);

impl Default for Kinds {
    fn default() -> Self {
        Self(SHIPPED.to_vec())
    }
}

impl Kinds {
    /// The same and another.
    ///
    /// # Panics
    /// Beyond [`MOST_KINDS`]: that is a mistake in the table, not in the input.
    #[must_use]
    pub fn with(mut self, kind: Kind) -> Self {
        assert!(self.0.len() < MOST_KINDS, "more kinds of evidence than are compared");
        self.0.push(kind);
        self
    }

    /// The kinds, in the order of explanations.
    pub fn iter(&self) -> impl Iterator<Item = &Kind> {
        self.0.iter()
    }

    /// Number of kinds.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The place of the kind that the declaration calls so.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|kind| kind.name == name)
    }

    /// The columns of a table that are evidence, with the places of their kinds.
    ///
    /// # Panics
    /// If the declaration names a kind that is not here: that is a mistake in the declaration.
    pub fn columns(&self, declared: &Schema, table: Table) -> Vec<(TextColumn, usize)> {
        let columns = declared.columns(table).iter().filter_map(|column| {
            let kind = self.place(column.evidence?).expect("every declared kind is in the table");
            Some((TextColumn::of(declared, table, column.field)?, kind))
        });
        columns.collect()
    }

    /// Adds what a text says of the kind at a place; whether it says anything.
    pub fn add(
        &self,
        evidence: &mut Evidence,
        (kind, text): (usize, &str),
        free_mail: &BTreeSet<String>,
    ) -> bool {
        let Kind { canonical, are_hosts, .. } = self.0[kind];
        let value = canonical(text).filter(|value| !are_hosts || !free_mail.contains(value));
        value.map(|value| evidence.insert(kind, value.into())).is_some()
    }

    /// The countries among the evidence.
    pub(super) fn countries<'e>(&self, evidence: &'e Evidence) -> SmallVec<[&'e str; 2]> {
        let kinds = self.0.iter().enumerate().filter(|(_, kind)| kind.are_countries);
        kinds.flat_map(|(at, _)| evidence.of(at)).collect()
    }
}

/// Canonical values beside one spelling, sorted by kind and value, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence(Vec<(u8, CompactString)>);

impl Evidence {
    /// Adds a value of the kind at a place, unless it is there.
    pub fn insert(&mut self, kind: usize, value: CompactString) {
        let entry = (u8::try_from(kind).expect("a place in the table"), value);
        if let Err(at) = self.0.binary_search(&entry) {
            self.0.insert(at, entry);
        }
    }

    /// The values of the kind at a place, ascending.
    pub fn of(&self, kind: usize) -> impl Iterator<Item = &str> + Clone {
        let start = self.0.partition_point(|(of, _)| usize::from(*of) < kind);
        let values = self.0[start..].iter().take_while(move |(of, _)| usize::from(*of) == kind);
        values.map(|(_, value)| value.as_str())
    }

    /// Adds all that another spelling of the same company says.
    pub fn merge(&mut self, other: &Self) {
        for (kind, value) in &other.0 {
            self.insert(usize::from(*kind), value.clone());
        }
    }
}

/// The registrable domain of an e-mail address.
pub(super) fn email_domain(address: &str) -> Option<String> {
    let (_, host) = address.trim().rsplit_once('@')?;
    registrable(host)
}

/// The registrable domain of a website, with or without a scheme.
pub(super) fn website_domain(address: &str) -> Option<String> {
    let address = address.trim();
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    registrable(host.split(':').next()?)
}

/// The part of a host name that somebody registered: the last two labels, or three where the last
/// two are a country's public suffix such as `com.vn`.
fn registrable(host: &str) -> Option<String> {
    const SECOND_LEVEL: &[&str] = &[
        "ac", "co", "com", "edu", "go", "gov", "gob", "gouv", "ltd", "mil", "ne", "net", "nom",
        "or", "org", "plc", "sch",
    ];
    let host = host.trim().trim_end_matches('.').to_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    let fine =
        |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    if labels.len() < 2 || !labels.iter().all(fine) {
        return None;
    }
    let [.., second, top] = labels[..] else { return None };
    let keep = if top.len() == 2 && SECOND_LEVEL.contains(&second) { 3 } else { 2 };
    (labels.len() >= keep).then(|| labels[labels.len() - keep..].join("."))
}

/// The last nine digits, which are the same with and without country code and trunk zero.
fn phone(number: &str) -> Option<String> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let tail = digits.len().saturating_sub(9);
    (digits.len() >= 7 && !is_filler(&digits)).then(|| digits[tail..].to_owned())
}

/// An address without what people write in many ways: points of the compass, kinds of street. One
/// without a number, or of one word, is no address of one house.
fn address(text: &str) -> Option<String> {
    const DRESS: &[&str] = &[
        "st",
        "street",
        "str",
        "ave",
        "avenue",
        "rd",
        "road",
        "blvd",
        "boulevard",
        "dr",
        "drive",
        "ln",
        "lane",
        "pl",
        "place",
        "ct",
        "court",
        "pkwy",
        "parkway",
        "sq",
        "square",
        "n",
        "s",
        "e",
        "w",
        "north",
        "south",
        "east",
        "west",
        "no",
        "so",
        "duong",
        "pho",
    ];
    let bare = bare(text);
    let words: Vec<&str> = bare.split(' ').filter(|word| !DRESS.contains(word)).collect();
    let has_number = words.iter().any(|word| word.bytes().any(|b| b.is_ascii_digit()));
    (has_number && words.len() >= 2).then(|| words.join(" "))
}

/// A city or a country, bare.
fn place(text: &str) -> Option<String> {
    Some(bare(text)).filter(|text| !text.is_empty())
}

fn tax_id(number: &str) -> Option<String> {
    let id: String = number
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let has_digits = id.bytes().filter(u8::is_ascii_digit).count() >= 4;
    (id.len() >= 5 && has_digits && !is_filler(&id)).then_some(id)
}

/// `0000000000` and the like.
fn is_filler(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next();
    bytes.all(|byte| Some(byte) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_what_somebody_registered() {
        let check = |address: &str, expected: Option<&str>| {
            assert_eq!(email_domain(address).as_deref(), expected, "{address}");
        };
        check("buyer@Mail.Acme.example", Some("acme.example"));
        check("a@acme.com.vn", Some("acme.com.vn"));
        check("a@x.acme.co.jp", Some("acme.co.jp"));
        check("a@com.vn", None);
        check("a@localhost", None);
        check("no address", None);
        check("a@", None);
        check("a@b..c", None);
        assert_eq!(website_domain("https://www.acme.com.vn/a?b#c").as_deref(), Some("acme.com.vn"));
        assert_eq!(website_domain("acme.example:8080").as_deref(), Some("acme.example"));
        assert_eq!(website_domain("n/a"), None);
    }

    #[test]
    fn numbers_are_compared_without_dress() {
        assert_eq!(phone("+84-28-7300-1001"), phone("028 7300 1001"));
        assert_eq!(phone("000000000"), None);
        assert_eq!(phone("113"), None);
        assert_eq!(tax_id("0123 456-789"), Some("0123456789".to_owned()));
        assert_eq!(tax_id("n/a"), None);
        assert_eq!(tax_id("0000000000"), None);
    }
}
