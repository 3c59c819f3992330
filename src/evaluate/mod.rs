//! Measuring a clustering against the truth.
//!
//! In: rows with the cluster they were put in and the cluster they belong to, and, where they are
//! known, the candidate pairs the clustering was made from. Out: a [`Report`]: pairwise and B-cubed
//! precision, recall and F1, the recall of blocking, and what a reviewer who is never wrong would
//! be asked and would give. Only [`Input::load`] touches a file; measuring itself is a function of
//! its input alone, and gives the same numbers whatever the order of the rows.

mod blocking;
mod disjoint;
mod error;
mod measures;
mod read;
mod report;
mod reviewer;

use std::collections::BTreeMap;
use std::str::FromStr;

pub use error::{Error, Place, Problem};
pub use measures::{Measure, Scores};
pub use read::{Input, read};
pub use report::{Budget, Candidates, Report};
pub use reviewer::{Answered, asking_order};

use crate::ids::Weight;
use measures::{Contingency, ratio};

/// Questions per 1,000 distinct names after which the answers so far are measured.
pub const BUDGETS: [usize; 3] = [10, 30, 60];

/// What the matcher said of a candidate pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// One organization.
    Same,
    /// A person should decide.
    Review,
    /// Two organizations.
    Apart,
}

impl Band {
    /// All bands, from the most alike to the least.
    pub const ALL: [Self; 3] = [Self::Same, Self::Review, Self::Apart];

    /// The word that is written to files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Review => "review",
            Self::Apart => "apart",
        }
    }
}

/// A word that names no band.
#[derive(Debug, thiserror::Error)]
#[error("the band is not one of same, review, apart")]
pub struct UnknownBand;

impl FromStr for Band {
    type Err = UnknownBand;

    fn from_str(text: &str) -> Result<Self, UnknownBand> {
        Self::ALL.into_iter().find(|band| band.name() == text).ok_or(UnknownBand)
    }
}

/// A row to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The cluster it was put in.
    pub found: &'a str,
    /// The cluster it belongs to.
    pub truth: &'a str,
    /// Its spelling, where it is known. Rows with exactly the same text have one spelling.
    pub name: Option<&'a str>,
}

/// A candidate pair: two spellings that were compared, each named by a row that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Position of a row with the one spelling.
    pub a: u32,
    /// Position of a row with the other spelling.
    pub b: u32,
    /// The score.
    pub bits: Weight,
    /// What the matcher said of it.
    pub band: Band,
}

/// Rows that can be measured: each has a found and a true cluster and a spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    found: Labels,
    truth: Labels,
    spelling: Labels,
    pairs: Option<Vec<Pair>>,
}

/// The number of a label for each row. Where labels are texts, their order is that of the texts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Labels {
    of: Vec<u32>,
    distinct: usize,
}

impl Labels {
    /// Numbers texts in their order; each row without one gets a number of its own after them.
    fn of(texts: &[Option<&str>]) -> Self {
        let mut numbers: BTreeMap<&str, u32> =
            texts.iter().flatten().map(|&text| (text, 0)).collect();
        let mut next = 0..=u32::MAX;
        let mut number = || next.next().expect("fewer than 2^32 rows fit in memory");
        for slot in numbers.values_mut() {
            *slot = number();
        }
        let of: Vec<u32> =
            texts.iter().map(|text| text.map_or_else(&mut number, |text| numbers[text])).collect();
        let nameless = texts.iter().filter(|text| text.is_none()).count();
        Self { of, distinct: numbers.len() + nameless }
    }
}

impl Sample {
    /// Rows without candidate pairs. A row without a name is a spelling of its own.
    pub fn new(rows: &[Row]) -> Self {
        let labels = |text: for<'a> fn(&Row<'a>) -> Option<&'a str>| {
            Labels::of(&rows.iter().map(text).collect::<Vec<_>>())
        };
        Self {
            found: labels(|row| Some(row.found)),
            truth: labels(|row| Some(row.truth)),
            spelling: labels(|row| row.name),
            pairs: None,
        }
    }

    /// These rows with the candidate pairs their clusters were made from.
    ///
    /// A pair stands for all rows with its two spellings, whichever of them names it, and counts
    /// once however often it is listed. Two rows of one spelling are a candidate pair in any case.
    ///
    /// # Panics
    /// If a pair names a position where there is no row.
    #[must_use]
    pub fn with_pairs(mut self, pairs: Vec<Pair>) -> Self {
        let rows = self.found.of.len();
        assert!(
            pairs.iter().all(|pair| (pair.a.max(pair.b) as usize) < rows),
            "a pair names rows of the sample"
        );
        self.pairs = Some(pairs);
        self
    }
}

/// Measures a clustering: see [`Report`] for what is counted.
pub fn measure(sample: &Sample) -> Report {
    let table = Contingency::count(&sample.found.of, &sample.truth.of);
    let scores = table.scores();
    let true_pairs = table.true_pairs();
    Report {
        rows: sample.found.of.len(),
        names: sample.spelling.distinct,
        clusters: sample.found.distinct,
        true_clusters: sample.truth.distinct,
        true_pairs,
        scores,
        candidates: sample
            .pairs
            .as_deref()
            .map(|pairs| measure_candidates(sample, pairs, &table, true_pairs)),
    }
}

fn measure_candidates(
    sample: &Sample,
    pairs: &[Pair],
    table: &Contingency,
    true_pairs: u64,
) -> Candidates {
    let band = |band| pairs.iter().filter(|pair| pair.band == band).count();
    let names = sample.spelling.distinct;
    let covered = blocking::cover(&sample.spelling.of, &sample.truth.of, pairs);
    let questions = reviewer::questions(&sample.found.of, pairs);
    let asked = BUDGETS.map(|per_1000| names * per_1000 / 1000);
    let (budgets, perfect) = reviewer::answer(table, &questions, &asked);
    Candidates {
        pairs: pairs.len(),
        same: band(Band::Same),
        review: band(Band::Review),
        apart: band(Band::Apart),
        direct_pairs: covered.direct,
        reachable_pairs: covered.reachable,
        blocking_recall_direct: ratio(covered.direct, true_pairs),
        blocking_recall_reachable: ratio(covered.reachable, true_pairs),
        questions: questions.len(),
        questions_per_1000: ratio(1000 * questions.len() as u64, names as u64),
        budgets: BUDGETS
            .into_iter()
            .zip(budgets)
            .map(|(per_1000, answered)| Budget { per_1000, answered })
            .collect(),
        perfect,
    }
}

#[cfg(test)]
mod tests;
