//! Pairwise and B-cubed measures from the counts of rows that two clusterings share.
//!
//! Linear in the number of such counts, so that a cluster of thousands of rows costs no more than
//! thousands of clusters of one.

use std::collections::BTreeMap;

use serde::Serialize;

/// Precision, recall and their harmonic mean.
///
/// # Units
/// Shares from 0 to 1. A share of nothing is `None`, never 0 and never 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measure {
    /// Share of what was joined that belongs together.
    pub precision: Option<f64>,
    /// Share of what belongs together that was joined.
    pub recall: Option<f64>,
    /// Harmonic mean of the two.
    pub f1: Option<f64>,
}

/// How well a clustering agrees with the truth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// Pairs of rows in one found cluster.
    pub found_pairs: u64,
    /// Pairs of rows in one found and in one true cluster.
    pub common_pairs: u64,
    /// Over pairs of rows: large clusters weigh by the square of their size.
    ///
    /// Precision is `None` if no pair was found, recall if no pair is true. F1 is twice the common
    /// pairs by the sum of found and true pairs, so it is 0, not `None`, if pairs were to be found
    /// and none was.
    pub pairwise: Measure,
    /// Over rows, each of weight 1: the share of its found cluster that belongs to it, and the
    /// share of its true cluster that was found with it, the row itself included. `None` only
    /// where there are no rows.
    ///
    /// # Source
    /// A. Bagga and B. Baldwin, "Algorithms for Scoring Coreference Chains", LREC workshop on
    /// linguistic coreference, 1998.
    pub bcubed: Measure,
}

/// Rows that are in one found and one true cluster.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) found: u32,
    pub(super) truth: u32,
    pub(super) rows: u64,
}

/// How many rows each found cluster shares with each true one, where they share any.
#[derive(Clone, Debug)]
pub(super) struct Contingency {
    /// By found, then true cluster.
    cells: Vec<Cell>,
}

impl Contingency {
    /// Counts rows, given by their found and their true cluster.
    pub(super) fn count(found: &[u32], truth: &[u32]) -> Self {
        let cells = found.iter().zip(truth);
        Self::sum(cells.map(|(&found, &truth)| Cell { found, truth, rows: 1 }).collect())
    }

    /// The same rows with each found cluster replaced by the group it is now part of.
    pub(super) fn regrouped(&self, mut group: impl FnMut(u32) -> u32) -> Self {
        let cells = self.cells.iter();
        Self::sum(cells.map(|&cell| Cell { found: group(cell.found), ..cell }).collect())
    }

    /// Adds up the cells of the same two clusters.
    fn sum(mut cells: Vec<Cell>) -> Self {
        cells.sort_unstable_by_key(|cell| (cell.found, cell.truth));
        cells.dedup_by(|next, sum| {
            let same = (next.found, next.truth) == (sum.found, sum.truth);
            if same {
                sum.rows += next.rows;
            }
            same
        });
        Self { cells }
    }

    /// The cells of each found cluster, by its number; the true clusters in order.
    pub(super) fn by_found(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunk_by(|a, b| a.found == b.found)
    }

    /// Pairs of rows in one true cluster.
    pub(super) fn true_pairs(&self) -> u64 {
        self.rows_by_truth().into_values().map(pairs).sum()
    }

    fn rows_by_truth(&self) -> BTreeMap<u32, u64> {
        let mut rows = BTreeMap::new();
        for cell in &self.cells {
            *rows.entry(cell.truth).or_default() += cell.rows;
        }
        rows
    }

    /// Both measures of these rows.
    pub(super) fn scores(&self) -> Scores {
        let by_truth = self.rows_by_truth();
        let (mut precision, mut recall) = (Shares::default(), Shares::default());
        let (mut found_pairs, mut common_pairs) = (0, 0);
        for cells in self.by_found() {
            let size = cells.iter().map(|cell| cell.rows).sum();
            found_pairs += pairs(size);
            for cell in cells {
                common_pairs += pairs(cell.rows);
                precision.add(cell.rows, size);
                recall.add(cell.rows, by_truth[&cell.truth]);
            }
        }
        let true_pairs = by_truth.into_values().map(pairs).sum();
        Scores {
            found_pairs,
            common_pairs,
            pairwise: Measure {
                precision: ratio(common_pairs, found_pairs),
                recall: ratio(common_pairs, true_pairs),
                f1: ratio(2 * common_pairs, found_pairs + true_pairs),
            },
            bcubed: Measure::of(precision.mean(), recall.mean()),
        }
    }
}

impl Measure {
    /// A measure whose two shares are not both 0.
    fn of(precision: Option<f64>, recall: Option<f64>) -> Self {
        let f1 = precision.zip(recall).map(|(p, r)| 2.0 * p * r / (p + r));
        Self { precision, recall, f1 }
    }
}

/// The mean over rows of a share of a cluster.
///
/// Numerators are added up as integers per denominator, and the denominators come in order, so that
/// the mean is the same to the last bit whatever the order and the labels of the clusters, and
/// exactly 1 where every share is.
#[derive(Default)]
struct Shares {
    /// Sum of the numerators of all rows, by denominator.
    numerators: BTreeMap<u64, u64>,
    rows: u64,
}

impl Shares {
    /// Adds `rows` rows that have `rows` of the `size` rows of a cluster.
    fn add(&mut self, rows: u64, size: u64) {
        *self.numerators.entry(size).or_default() += rows * rows;
        self.rows += rows;
    }

    fn mean(&self) -> Option<f64> {
        let sum = self.numerators.iter().map(|(&size, &sum)| float(sum) / float(size)).sum::<f64>();
        (self.rows > 0).then(|| sum / float(self.rows))
    }
}

/// Pairs among so many rows.
pub(super) const fn pairs(rows: u64) -> u64 {
    rows * rows.saturating_sub(1) / 2
}

/// A share; `None` of nothing.
pub(super) fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| float(part) / float(whole))
}

#[expect(clippy::cast_precision_loss, reason = "counts of pairs stay far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}
