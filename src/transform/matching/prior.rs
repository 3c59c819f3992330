//! What every pair starts from: how likely two names are one company before they are compared.
//!
//! Two things move it. The more names, the less likely it is that two of them are one. And where
//! most names have a likely partner (a list of duplicates), one more is likelier than where hardly
//! any has (a register): the data says which it is.

use super::Weights;
use super::logarithm::{exp2, log2};
use super::node::Candidate;
use crate::ids::Weight;

/// The start for so many spellings.
#[expect(clippy::cast_precision_loss, reason = "counts of names are far below 2^52")]
pub(super) fn of_size(spellings: usize, weights: &Weights) -> Weight {
    let doublings = log2(spellings.max(2) as f64 / SIZE);
    Weight::bits(-weights.prior - weights.prior_size * doublings.max(0.0))
}

/// What another level starts from, beside what this one does.
pub(super) fn between(spellings: usize, own: &Weights, others: &Weights) -> Weight {
    let [own, others] = [own, others].map(|weights| of_size(spellings, weights).get());
    Weight::millibits(others - own)
}

/// Number of spellings that the weights were fitted at; fewer than this tell nothing.
const SIZE: f64 = 2_000.0;
/// Names that the usual share of names with a partner stands for beside the data's own.
const USUAL: f64 = 200.0;

/// How much the data moves the start: by the share of names that have a partner.
///
/// Spellings with an equal key are one name here and count as many: where the keys have found the
/// duplicates, fewer are left. Whether a name has a partner is told by the best score of each, from a strict start that does not follow the
/// data: a name with a dozen namesakes has a likely partner at a mild one, and has none.
#[expect(clippy::cast_precision_loss, reason = "counts of names are far below 2^52")]
pub(super) fn shift(
    (names, spellings): (usize, usize),
    candidates: &[Candidate],
    scores: &[Weight],
    weights: &Weights,
) -> Weight {
    let mut best = vec![i32::MIN; names];
    for (&(a, b), score) in std::iter::zip(candidates, scores) {
        for node in [a, b] {
            let best = &mut best[node as usize];
            *best = score.get().max(*best);
        }
    }
    let strict = of_size(spellings, weights).get() + Weight::bits(weights.prior_strict).get();
    let likely = |score: i32| {
        let bits = (f64::from(score) - f64::from(strict)) / 1000.0;
        1.0 / (1.0 + exp2(-bits))
    };
    let usual = weights.prior_share;
    let sum: f64 = best.into_iter().map(likely).sum();
    let share = (sum + USUAL * usual) / (spellings as f64 + USUAL);
    let logit = |share: f64| log2(share / (1.0 - share));
    let moved = weights.prior_follows * (logit(share) - logit(usual));
    Weight::bits(moved.clamp(-weights.prior_least, weights.prior_most))
}
