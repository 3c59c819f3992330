//! What stands beside a name: e-mail domain, website, phone and whatever else is declared.
//!
//! In: the texts of columns that are evidence. Out: [`Evidence`], canonical values by kind, each with
//! the number of contacts that hold it. What kinds there are, how each is read and what it may do in
//! a comparison stands in one table ([`Kinds`]). A value that is evidence of nothing (a free mailbox,
//! a placeholder number) is left out here, once for all; one that a person should know of is a
//! [`Flaw`].

mod address;
mod host;
mod number;
mod tax_id;

use std::collections::BTreeMap;

use compact_str::CompactString;
use smallvec::SmallVec;

pub use self::host::Hosts;
use super::normalize::bare;
use super::record::TextColumn;
use crate::finding::Code;
use crate::schema::{Schema, Table};

/// Most kinds of evidence: what a pair of names holds of each lies within the comparison.
pub const MOST_KINDS: usize = 12;

/// Lists that tell what a text beside a name is worth.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// Hosts that are evidence of nobody.
    pub hosts: Hosts,
    /// Codes of countries by their names, bare.
    pub countries: BTreeMap<String, String>,
}

/// What is known when a text is read.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The lists.
    pub lists: &'a Lists,
    /// The code of the country that stands in the same row, in lower case.
    pub country: Option<&'a str>,
}

/// A value as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Equal for equal values.
    pub text: CompactString,
    /// Whether it is known to be one of its kind: a tax id that its country could have given out, a
    /// country that there is.
    pub is_valid: bool,
}

impl Value {
    /// A value of which no more is known.
    pub fn plain(text: impl Into<CompactString>) -> Self {
        Self { text: text.into(), is_valid: false }
    }
}

/// Why a text that was meant as evidence is none, and a person should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// A spreadsheet rounded the number.
    Rounded,
    /// It only fills the field.
    Filler,
    /// Many companies have a page on the host.
    SharedHost,
}

impl Flaw {
    /// Every flaw.
    pub const ALL: [Self; 3] = [Self::Rounded, Self::Filler, Self::SharedHost];

    /// The finding about it.
    pub const fn code(self) -> Code {
        match self {
            Self::Rounded => Code::NumberRounded,
            Self::Filler => Code::NumberPlaceholder,
            Self::SharedHost => Code::SharedHost,
        }
    }
}

/// What a text says: `None` if it says nothing.
pub type Read = Result<Option<Value>, Flaw>;

/// How the texts of a kind are read.
pub type Reader = fn(&str, &Context<'_>) -> Read;

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
    /// The canonical form of a text.
    pub read: Reader,
    /// Whether the values are host names: kinds of hosts share their values, and one that many
    /// names hold tells little.
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
    /// Whether it tells legal entities apart, so that values that differ tell nothing where groups
    /// of companies are wanted.
    pub is_of_entity: bool,
    /// Where it comes from: kinds of one origin know of each other.
    pub origin: &'static str,
}

impl Kind {
    /// A kind that tells what its weights say, and nothing else.
    pub const fn new(
        name: &'static str,
        keys: [&'static str; 2],
        labels: [&'static str; 2],
        read: Reader,
    ) -> Self {
        Self {
            name,
            keys,
            labels,
            read,
            are_hosts: false,
            are_countries: false,
            finds: false,
            is_sure: false,
            is_of_group: false,
            parts: false,
            is_of_entity: false,
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
            |text, context| context.lists.hosts.of_email(text),
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
            |text, context| context.lists.hosts.of_website(text),
        )
    },
    Kind {
        finds: true,
        is_sure: true,
        is_of_group: true,
        ..Kind::new(
            "phone",
            ["phone_equal", "phone_differs"],
            ["phone", "phone differs"],
            |text, _| number::phone(text),
        )
    },
    Kind {
        finds: true,
        is_sure: true,
        parts: true,
        is_of_entity: true,
        ..Kind::new(
            "tax_id",
            ["tax_id_equal", "tax_id_differs"],
            ["tax id", "tax id differs"],
            |text, context| tax_id::read(text, context.country),
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
            |text, _| Ok(address::read(text).map(Value::plain)),
        )
    },
    Kind {
        origin: "place",
        ..Kind::new("city", ["city_equal", "city_differs"], ["city", "city differs"], |text, _| {
            Ok(Some(bare(text)).filter(|text| !text.is_empty()).map(Value::plain))
        })
    },
    Kind {
        are_countries: true,
        is_of_entity: true,
        origin: "place",
        ..Kind::new(
            "country",
            ["country_equal", "country_differs"],
            ["country", "country differs"],
            |text, context| Ok(country(text, context.lists)),
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

    /// Reads the texts of one row, each with the place of its kind, and adds what they say; what of
    /// them is none, by its place among the texts.
    pub fn read<'t>(
        &self,
        evidence: &mut Evidence,
        texts: impl Iterator<Item = (usize, &'t str)> + Clone,
        lists: &Lists,
    ) -> SmallVec<[(usize, Flaw); 2]> {
        let country = self.country(texts.clone(), lists);
        let context = Context { lists, country: country.as_deref() };
        let mut flaws = SmallVec::new();
        for (at, (kind, text)) in texts.enumerate() {
            match self.read_one((kind, text), &context) {
                Ok(Some(value)) => evidence.insert(kind, value),
                Ok(None) => {}
                Err(flaw) => flaws.push((at, flaw)),
            }
        }
        flaws
    }

    /// Reads a text of the kind at a place.
    pub fn read_one(&self, (kind, text): (usize, &str), context: &Context<'_>) -> Read {
        (self.0[kind].read)(text, context)
    }

    /// The code of the country that some texts of one row name.
    pub fn country<'t>(
        &self,
        texts: impl Iterator<Item = (usize, &'t str)>,
        lists: &Lists,
    ) -> Option<CompactString> {
        let beside = texts.filter(|&(kind, _)| self.0[kind].are_countries);
        let mut known = beside.filter_map(|(_, text)| country(text, lists));
        known.find(|country| country.is_valid).map(|country| country.text)
    }

    /// The countries among the evidence.
    pub(super) fn countries<'e>(&self, evidence: &'e Evidence) -> SmallVec<[&'e str; 2]> {
        let kinds = self.0.iter().enumerate().filter(|(_, kind)| kind.are_countries);
        kinds.flat_map(|(at, _)| evidence.of(at)).collect()
    }
}

/// Canonical values beside one spelling, sorted by kind and value, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence(Vec<Held>);

/// A value, and how many contacts hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    value: Value,
    kind: u8,
    rows: u32,
}

impl Held {
    fn key(&self) -> (u8, &str) {
        (self.kind, &self.value.text)
    }
}

impl Evidence {
    /// Adds a value of the kind at a place that one more contact holds.
    pub fn insert(&mut self, kind: usize, value: Value) {
        let kind = u8::try_from(kind).expect("a place in the table");
        self.hold(Held { value, kind, rows: 1 });
    }

    fn hold(&mut self, held: Held) {
        match self.0.binary_search_by(|own| own.key().cmp(&held.key())) {
            Ok(at) => {
                let own = &mut self.0[at];
                own.rows = own.rows.saturating_add(held.rows);
                own.value.is_valid |= held.value.is_valid;
            }
            Err(at) => self.0.insert(at, held),
        }
    }

    fn held(&self, kind: usize) -> &[Held] {
        let start = self.0.partition_point(|held| usize::from(held.kind) < kind);
        let count = self.0[start..].partition_point(|held| usize::from(held.kind) == kind);
        &self.0[start..start + count]
    }

    /// The values of the kind at a place, ascending.
    pub fn of(&self, kind: usize) -> impl Iterator<Item = &str> + Clone {
        self.held(kind).iter().map(|held| held.value.text.as_str())
    }

    /// The value that more than half of the contacts hold which have one of the kind.
    pub(super) fn settled(&self, kind: usize) -> Option<&Value> {
        let held = self.held(kind);
        let all: u64 = held.iter().map(|held| u64::from(held.rows)).sum();
        let main = held.iter().find(|held| 2 * u64::from(held.rows) > all);
        main.map(|held| &held.value)
    }

    /// Adds all that another spelling of the same company says.
    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|held| self.hold(held.clone()));
    }
}

/// A country by its code, where there is one of the name.
fn country(text: &str, lists: &Lists) -> Option<Value> {
    let bare = bare(text);
    if let Some(code) = lists.countries.get(&bare) {
        return Some(Value { text: code.into(), is_valid: true });
    }
    (!bare.is_empty()).then(|| Value::plain(bare))
}
