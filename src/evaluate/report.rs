//! What was measured, as data and as a small table for a terminal.

use std::fmt;

use serde::Serialize;

use super::measures::{Measure, ratio};
use super::reviewer::Answered;

/// How good a clustering is.
///
/// # Units
/// Shares from 0 to 1; a share of nothing is `None`: `null` in JSON, `-` in text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Rows measured.
    pub rows: usize,
    /// Distinct spellings among them; a row without a name counts as one.
    pub names: usize,
    /// Clusters found.
    pub clusters: usize,
    /// Clusters in truth.
    pub true_clusters: usize,
    /// Pairs of rows in one true cluster.
    pub true_pairs: u64,
    /// The clustering as it was found.
    #[serde(flatten)]
    pub scores: super::Scores,
    /// What the candidate pairs tell, where they are known.
    pub candidates: Option<Candidates>,
}

/// What the candidate pairs tell of blocking and of review.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Candidates {
    /// Candidate pairs of spellings.
    pub pairs: usize,
    /// Of these, in band `same`.
    pub same: usize,
    /// Of these, in band `review`.
    pub review: usize,
    /// Of these, in band `apart`.
    pub apart: usize,
    /// True pairs of rows that are candidates themselves, or have one spelling.
    pub direct_pairs: u64,
    /// True pairs of rows that are connected by such pairs inside their true cluster.
    pub reachable_pairs: u64,
    /// Share of the true pairs that are direct.
    pub blocking_recall_direct: Option<f64>,
    /// Share of the true pairs that are reachable: what clustering could get at best.
    pub blocking_recall_reachable: Option<f64>,
    /// Questions a reviewer is asked: distinct pairs of found clusters in band `review`.
    pub questions: usize,
    /// Questions per 1,000 distinct names.
    pub questions_per_1000: Option<f64>,
    /// After the first questions only, as many as each of [`BUDGETS`](super::BUDGETS) allows.
    pub budgets: Vec<Budget>,
    /// After all questions.
    pub perfect: Answered,
}

/// What a limited number of answers gives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Budget {
    /// At most so many questions per 1,000 distinct names, rounded down.
    pub per_1000: usize,
    /// After the questions within the budget.
    #[serde(flatten)]
    pub answered: Answered,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, "rows", &grouped(self.rows))?;
        line(f, "distinct names", &grouped(self.names))?;
        line(f, "clusters found", &grouped(self.clusters))?;
        line(f, "true clusters", &grouped(self.true_clusters))?;

        writeln!(f, "\n{:<20}{:>11}{:>11}{:>11}", "", "precision", "recall", "F1")?;
        for (name, measure) in [("pairwise", self.scores.pairwise), ("B-cubed", self.scores.bcubed)]
        {
            let Measure { precision, recall, f1 } = measure;
            let [precision, recall, f1] = [precision, recall, f1].map(share);
            writeln!(f, "{name:<20}{precision:>11}{recall:>11}{f1:>11}")?;
        }
        let Some(candidates) = &self.candidates else { return Ok(()) };

        let per_name = ratio(candidates.pairs as u64, self.names as u64);
        writeln!(f)?;
        line(f, "candidate pairs", &grouped(candidates.pairs))?;
        line(f, "  per name", &decimal(per_name))?;
        line(f, "  same", &grouped(candidates.same))?;
        line(f, "  review", &grouped(candidates.review))?;
        line(f, "  apart", &grouped(candidates.apart))?;
        writeln!(f, "blocking recall")?;
        line(f, "  direct", &share(candidates.blocking_recall_direct))?;
        line(f, "  reachable", &share(candidates.blocking_recall_reachable))?;
        line(f, "questions", &grouped(candidates.questions))?;
        line(f, "  per 1,000 names", &decimal(candidates.questions_per_1000))?;

        writeln!(
            f,
            "\n{:<20}{:>11}{:>11}{:>13}{:>13}",
            "answered", "questions", "joined", "pairwise F1", "B-cubed F1"
        )?;
        for Budget { per_1000, answered } in &candidates.budgets {
            answers(f, &format!("{per_1000} per 1,000 names"), answered)?;
        }
        answers(f, "all", &candidates.perfect)
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, value: &str) -> fmt::Result {
    writeln!(f, "{name:<20}{value:>11}")
}

fn answers(f: &mut fmt::Formatter<'_>, name: &str, answered: &Answered) -> fmt::Result {
    let [questions, joined] = [answered.questions, answered.joined].map(grouped);
    let scores = &answered.scores;
    let [pairwise, bcubed] = [scores.pairwise.f1, scores.bcubed.f1].map(share);
    writeln!(f, "{name:<20}{questions:>11}{joined:>11}{pairwise:>13}{bcubed:>13}")
}

fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"))
}

fn decimal(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}

/// A count with a comma before each three digits.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.char_indices() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
