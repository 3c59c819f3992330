//! What *one company* means, and what the other meaning would change.
//!
//! Only the owner of a list knows whether `Acme Paints GmbH` and `Acme Foods AG` are two customers
//! or one. So there are two levels, each with weights and a start of its own; a result says what
//! the other level would make of the pairs that were scored.

use serde::{Deserialize, Serialize};

use super::cluster::{Edge, Groups};
use super::compare::Comparer;
use super::node::spellings;
use super::signal::{Amounts, Signal};
use super::{Preset, Settings, Weights, joins, kind, prior};
use crate::ids::Weight;
use crate::transform::evidence::Kinds;
use crate::transform::sets::Sets;

/// What one company is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A legal entity.
    #[default]
    Company,
    /// A brand: one customer for all firms of a group. Legal forms, tax ids and countries neither
    /// part nor keep apart.
    Group,
}

impl Level {
    /// Both, in the order of the documentation.
    pub const ALL: [Self; 2] = [Self::Company, Self::Group];

    /// Name in files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Group => "group",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Company => Self::Group,
            Self::Group => Self::Company,
        }
    }

    /// Whether legal forms that contradict keep two names apart.
    pub const fn parts_by_form(self) -> bool {
        matches!(self, Self::Company)
    }

    /// Takes out what tells legal entities apart, where they are not asked for.
    pub(super) fn without_entities(self, mut signed: Amounts, kinds: &Kinds) -> Amounts {
        if self == Self::Group {
            signed.set(Signal::FormsDiffer, 0.0);
            for ([_, differs], kind) in std::iter::zip(&mut signed.beside, kinds.iter()) {
                if kind.is_of_entity {
                    *differs = 0.0;
                }
            }
        }
        signed
    }
}

/// The weights of each level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Levels {
    /// Of legal entities.
    pub company: Weights,
    /// Of brands.
    pub group: Weights,
}

impl Levels {
    /// The weights of a level.
    pub const fn at(&self, level: Level) -> &Weights {
        match level {
            Level::Company => &self.company,
            Level::Group => &self.group,
        }
    }
}

/// What the other level would change, estimated from the pairs that were scored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// Groups that it would join to others.
    pub joins: usize,
    /// Spellings that it would not have joined to their group.
    pub parts: usize,
}

impl std::ops::Add for Outlook {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { joins: self.joins + other.joins, parts: self.parts + other.parts }
    }
}

impl std::iter::Sum for Outlook {
    fn sum<I: Iterator<Item = Self>>(each: I) -> Self {
        each.fold(Self::default(), std::ops::Add::add)
    }
}

/// The eyes of the other level on what this one compared: its weights and its start, on the amounts
/// of this one. Names that it alone would have compared are not seen.
pub(super) struct Eyes<'a> {
    comparer: &'a Comparer<'a>,
    weights: &'a Weights,
    signed: Amounts,
    start: Weight,
    preset: Preset,
    level: Level,
}

impl<'a> Eyes<'a> {
    pub(super) fn new(comparer: &'a Comparer<'a>, settings: &Settings<'a>) -> Self {
        let names = spellings(comparer.nodes);
        let between = prior::between(names, settings.weights, settings.others);
        Self {
            comparer,
            weights: settings.others,
            signed: settings.others.signed(settings.kinds, settings.level.other()),
            start: comparer.prior + between,
            preset: settings.preset,
            level: settings.level.other(),
        }
    }

    /// Whether the other level would join two names.
    fn joins(&self, a: u32, b: u32) -> bool {
        let amounts = self.comparer.amounts(a, b);
        let score = self.start + self.comparer.sum_with(&amounts, &self.signed);
        let ground = kind::seen(self.comparer, (a, b), (&amounts, &self.signed), score);
        joins((ground, score), (self.preset, self.level), self.weights)
    }

    /// What it would change of these groups.
    pub(super) fn outlook(&self, groups: &Groups<'_>, edges: &[Edge]) -> Outlook {
        let first = |node: u32| self.comparer.nodes[node as usize].members[0];
        let mut reached = Sets::new(groups.count());
        let mut joins = 0;
        for edge in edges {
            let [one, two] = [edge.a, edge.b].map(|at| &self.comparer.nodes[at as usize]);
            if one.has_core_of(two) {
                // Whether those are one is told by their keys.
                continue;
            }
            let (a, b) = groups.groups_of(first(edge.a), first(edge.b));
            if a != b && groups.could_join(a, b) && self.joins(edge.a, edge.b) {
                joins += usize::from(reached.join(a, b));
            }
        }
        let parted = groups.compared().filter(|&(a, b)| !self.joins(a.min(b), a.max(b)));
        Outlook { joins, parts: parted.count() }
    }
}
