//! How many true pairs the candidate pairs cover.
//!
//! Candidates are pairs of spellings, true pairs are pairs of rows: each pair of spellings counts
//! for the rows of one true cluster that have them, without going through the pairs of rows.

use super::Pair;
use super::disjoint::Disjoint;
use super::measures::{Cell, Contingency, pairs as pairs_of};

/// True pairs of rows that blocking left a chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cover {
    /// The two rows have one spelling, or their spellings are a candidate pair.
    pub(super) direct: u64,
    /// The two rows are connected by such pairs through rows of their own true cluster.
    pub(super) reachable: u64,
}

/// Counts the true pairs that candidates cover, whatever their band.
pub(super) fn cover(spelling: &[u32], truth: &[u32], pairs: &[Pair]) -> Cover {
    let table = Contingency::count(spelling, truth);
    // Cells by spelling, each with its number among all cells.
    let mut cells = Vec::new();
    let mut spellings: Vec<(usize, &[Cell])> = Vec::new();
    for of_spelling in table.by_found() {
        spellings.push((cells.len(), of_spelling));
        cells.extend_from_slice(of_spelling);
    }

    let mut direct = cells.iter().map(|cell| pairs_of(cell.rows)).sum();
    let mut connected = Disjoint::new(cells.len());
    for [a, b] in candidates(spelling, pairs) {
        for (i, j) in common(spellings[a as usize], spellings[b as usize]) {
            direct += cells[i].rows * cells[j].rows;
            connected.join(i, j);
        }
    }

    let mut rows = vec![0; cells.len()];
    for (i, cell) in cells.iter().enumerate() {
        rows[connected.root(i)] += cell.rows;
    }
    Cover { direct, reachable: rows.into_iter().map(pairs_of).sum() }
}

/// The distinct pairs of distinct spellings.
fn candidates(spelling: &[u32], pairs: &[Pair]) -> Vec<[u32; 2]> {
    let mut candidates: Vec<[u32; 2]> = pairs
        .iter()
        .map(|pair| [spelling[pair.a as usize], spelling[pair.b as usize]])
        .map(|[a, b]| [a.min(b), a.max(b)])
        .filter(|[a, b]| a != b)
        .collect();
    candidates.sort_unstable();
    candidates.dedup();
    candidates
}

/// The cells of two spellings that are of one true cluster, by their numbers.
fn common<'a>(
    (first_a, a): (usize, &'a [Cell]),
    (first_b, b): (usize, &'a [Cell]),
) -> impl Iterator<Item = (usize, usize)> + 'a {
    a.iter().enumerate().filter_map(move |(i, cell)| {
        let j = b.binary_search_by_key(&cell.truth, |other| other.truth).ok()?;
        Some((first_a + i, first_b + j))
    })
}
