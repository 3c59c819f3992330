//! What every pair starts from: how likely two names are one company before they are compared.
//!
//! Three things move it. Among a handful of names little can be told of a pair. The more names, the
//! less likely it is that two of them are one. And the list says itself what its near names are: names
//! of different companies thin out as the score rises, and where one company is written in many ways
//! they do not. So the names whose best score lies just above a line are weighed against those just
//! below it.

use super::logarithm::log2;
use super::node::Candidate;
use super::{Weights, crowd};
use crate::ids::Weight;

/// What every pair of a list starts from, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// What the level says.
    pub level: Weight,
    /// What the number of spellings adds.
    pub size: Weight,
    /// What the list adds.
    pub list: Weight,
    /// Names whose best score lies just above the line.
    pub above: usize,
    /// Names whose best score lies just below the line.
    pub below: usize,
}

impl Start {
    /// The whole, in bits: below 0, since it stands against a pair.
    pub fn bits(self) -> Weight {
        self.level + self.size + self.list
    }
}

/// The start for so many spellings, before the list is looked at.
#[expect(clippy::cast_precision_loss, reason = "counts of names are far below 2^52")]
pub(super) fn of_size(spellings: usize, weights: &Weights) -> Start {
    let doublings = log2(spellings.max(2) as f64 / SIZE).clamp(0.0, DOUBLINGS);
    Start {
        level: Weight::bits(-weights.prior),
        size: Weight::bits(FEW * crowd::doubt(spellings) - weights.prior_size * doublings),
        ..Start::default()
    }
}

/// What another level starts from, beside what this one does.
pub(super) fn between(spellings: usize, own: &Weights, others: &Weights) -> Weight {
    let [own, others] = [own, others].map(|weights| of_size(spellings, weights).bits().get());
    Weight::millibits(others - own)
}

/// Bits that a pair among a handful of names has ahead: little can be told there of which is nearest.
///
/// # Source
/// Of the labelled pairs, each by itself, 150 of 245 that are one company are joined without it and
/// 1 of 211 that are two; with 1.5 bits 181 and 3, with 2 bits 192 and 17.
const FEW: f64 = 1.5;
/// Number of spellings that the weights were fitted at; fewer than this tell nothing.
const SIZE: f64 = 2_000.0;
/// Doublings of it that tell anything. Among more names a pair is less likely to be one company, but
/// the words that it shares are rarer by as much.
///
/// # Source
/// F1 of 100,000 and 1,000,000 generated contacts (`make bench`): .938 and .932; without a limit .931
/// and .914. The labelled lists are smaller.
const DOUBLINGS: f64 = 3.0;
/// Millibits above and below the line within which a best score counts, most in the middle: a name
/// that is added moves the start by little wherever it falls.
const WIDTH: i32 = 2_000;
/// Names that what is usual stands for on either side, beside the list's own.
const USUAL: f64 = 50.0;

/// The start of a list whose scores begin at that of its size.
///
/// # Source
/// Tried on twelve lists of companies and seven of groups, start and constants chosen without the
/// list that is measured: mean F1 .690 and .769 against .666 and .686 for a start that stays.
/// A mixture fitted to the scores (expectation maximization) found the best start of a third of
/// them and missed that of others by up to six bits.
pub(super) fn follow(
    names: usize,
    spellings: usize,
    (candidates, scores): (&[Candidate], &[Weight]),
    weights: &Weights,
) -> Start {
    let mut best = vec![i32::MIN; names];
    for (&(a, b), score) in std::iter::zip(candidates, scores) {
        for node in [a, b] {
            let best = &mut best[node as usize];
            *best = score.get().max(*best);
        }
    }
    let start = of_size(spellings, weights);
    // The scores begin at the level's own start; the line is where those from a start of
    // `prior_strict` are 0.
    let line = Weight::bits(weights.prior_strict - weights.prior).get();
    let within = |middle: i32| {
        let near =
            move |score: &i32| (WIDTH - score.saturating_sub(middle).saturating_abs()).max(0);
        let each = best.iter().map(near).filter(|&near| near > 0);
        each.fold((0_usize, 0_i64), |(count, sum), near| (count + 1, sum + i64::from(near)))
    };
    let (above, more) = within(line + WIDTH / 2);
    let (below, less) = within(line - WIDTH / 2);
    let usual = weights.prior_usual;
    #[expect(clippy::cast_precision_loss, reason = "counts of names are far below 2^52")]
    let share = |sum: i64| sum as f64 / f64::from(WIDTH);
    let ratio = (share(more) + USUAL * usual) / (share(less) + USUAL);
    let moved = weights.prior_follows * log2(ratio / usual);
    let list = Weight::bits(moved.clamp(-weights.prior_least, weights.prior_most));
    Start { list, above, below, ..start }
}
