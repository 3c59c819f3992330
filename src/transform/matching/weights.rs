//! Weights of the comparisons and thresholds on their sum.
//!
//! In: the section `[matching]` of a configuration. Out: [`Weights`] that are numbers, on the side
//! and within the range that makes sense of them, one for each comparison that there is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::Level;
use super::signal::{Amounts, KEYS, comparisons};
use crate::transform::evidence::Kinds;

/// Weights of the comparisons and thresholds of the decision.
///
/// # Units
/// Bits. A weight is a magnitude; its sign stands in the comparison.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[expect(
    missing_docs,
    reason = "each key is commented where people edit it, in config/orgfold.toml"
)]
pub struct Weights {
    pub prior: f64,
    pub prior_size: f64,
    pub prior_follows: f64,
    pub prior_most: f64,
    pub prior_least: f64,
    pub prior_usual: f64,
    pub prior_strict: f64,
    /// From this score on two groups are one company (balanced).
    pub same_at: f64,
    /// Cautious: a join needs this score beside its kind.
    pub sure_at: f64,
    /// Cautious: from this score on no kind is needed.
    pub certain_at: f64,
    /// From this score on a pair is asked about.
    pub review_at: f64,
    /// A pair below this score keeps its groups apart.
    pub apart_at: f64,
    /// Share of the best pair in the evidence between two groups; the rest is the mean.
    pub best_share: f64,
    /// Most questions, as a share of the spellings.
    pub questions: f64,
    /// What an amount of 1 of each comparison is worth, by its key.
    #[serde(flatten)]
    pub comparisons: BTreeMap<String, f64>,
}

/// A weight that cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refused {
    /// A number that makes no sense of its key.
    #[error("`matching.{key}` is {value}; it must be from {} to {}", range.start(), range.end())]
    Range {
        /// The key.
        key: String,
        /// What it is set to.
        value: f64,
        /// What it may be.
        range: RangeInclusive<f64>,
    },
    /// A comparison without a weight.
    #[error("`matching.{0}` is missing")]
    Missing(&'static str),
    /// A weight of nothing.
    #[error("unknown key `matching.{0}`")]
    Unknown(String),
}

impl Refused {
    /// The key below `[matching]`.
    pub fn key(&self) -> &str {
        match self {
            Self::Range { key, .. } | Self::Unknown(key) => key,
            Self::Missing(key) => key,
        }
    }

    /// The same of a key that stands in the section of a level.
    #[must_use]
    pub fn in_section(self, level: Level) -> Self {
        let below = |key: String| format!("{}.{key}", level.name());
        match self {
            Self::Range { key, value, range } => Self::Range { key: below(key), value, range },
            Self::Unknown(key) => Self::Unknown(below(key)),
            Self::Missing(_) => self,
        }
    }
}

/// Bits beyond which no evidence goes: odds of 2^100 settle any question.
const MOST_BITS: f64 = 100.0;
/// Bits that no sum of comparisons reaches: a threshold there says never, or always.
const NEVER: f64 = 10_000.0;

impl Weights {
    /// What each key that is no magnitude of a comparison may be.
    fn ranges(&self) -> [(&'static str, f64, RangeInclusive<f64>); 14] {
        let magnitude = || 0.0..=MOST_BITS;
        let threshold = || -NEVER..=NEVER;
        let share = || 0.0..=1.0;
        [
            ("prior", self.prior, threshold()),
            ("prior_size", self.prior_size, magnitude()),
            ("prior_follows", self.prior_follows, magnitude()),
            ("prior_most", self.prior_most, magnitude()),
            ("prior_least", self.prior_least, magnitude()),
            // None above and none below is no ratio.
            ("prior_usual", self.prior_usual, 0.001..=1000.0),
            ("prior_strict", self.prior_strict, threshold()),
            ("same_at", self.same_at, threshold()),
            ("sure_at", self.sure_at, threshold()),
            ("certain_at", self.certain_at, threshold()),
            ("review_at", self.review_at, threshold()),
            ("apart_at", self.apart_at, threshold()),
            ("best_share", self.best_share, share()),
            ("questions", self.questions, share()),
        ]
    }

    /// Magnitude of the weight of a comparison, by its key; 0 if there is none.
    ///
    /// # Units
    /// Bits for an amount of 1.
    pub fn get(&self, key: &str) -> f64 {
        self.comparisons.get(key).copied().unwrap_or_default()
    }

    /// Sets the magnitude of the weight of a comparison.
    pub fn set(&mut self, key: &str, bits: f64) {
        self.comparisons.insert(key.to_owned(), bits);
    }

    /// Bits for one of each amount, with their sign, as far as a level asks for it.
    #[expect(clippy::cast_possible_truncation, reason = "a few bits")]
    pub(super) fn signed(&self, kinds: &Kinds, level: Level) -> Amounts {
        let mut signed = Amounts::NONE;
        for (bits, (key, sign)) in std::iter::zip(&mut signed.of, KEYS) {
            *bits = (sign * self.get(key)) as f32;
        }
        for (bits, kind) in std::iter::zip(&mut signed.beside, kinds.iter()) {
            let [equal, differs] = kind.keys.map(|key| self.get(key) as f32);
            *bits = [equal, -differs];
        }
        level.without_entities(signed, kinds)
    }

    /// Checks that every comparison has its weight and every number is one that makes sense.
    ///
    /// # Errors
    /// The first that does not.
    pub fn check(&self, kinds: &Kinds) -> Result<(), Refused> {
        let known: BTreeSet<&'static str> =
            comparisons(kinds).iter().map(|comparison| comparison.key).collect();
        if let Some(key) = known.iter().copied().find(|key| !self.comparisons.contains_key(*key)) {
            return Err(Refused::Missing(key));
        }
        if let Some(key) = self.comparisons.keys().find(|key| !known.contains(key.as_str())) {
            return Err(Refused::Unknown(key.clone()));
        }
        let weights = self.comparisons.iter().map(|(key, bits)| (&**key, *bits, 0.0..=MOST_BITS));
        for (key, value, range) in self.ranges().into_iter().chain(weights) {
            // Not a number is in no range.
            if !range.contains(&value) {
                return Err(Refused::Range { key: key.to_owned(), value, range });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_has_the_key_of_its_comparison() {
        let kinds = Kinds::default();
        for (at, comparison) in comparisons(&kinds).iter().enumerate() {
            let mut weights = Weights::default();
            weights.set(comparison.key, 2.0);
            let signed = weights.signed(&kinds, Level::Company);
            let signed = signed.all(kinds.count()).enumerate();
            let told: Vec<usize> =
                signed.filter(|&(_, bits)| bits != 0.0).map(|(at, _)| at).collect();
            assert_eq!(told, [at], "{}", comparison.key);
            assert!((weights.get(comparison.key) - 2.0).abs() < 1e-9);
        }
    }
}
