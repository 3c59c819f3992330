//! What the comparisons observe in the candidate pairs of a list of names: the data that weights
//! are fitted on.
//!
//! In: mentions and settings. Out: [`Observations`], every candidate pair with the amount of each
//! comparison, by the same steps as [`match_mentions`](super::match_mentions) up to its scores.

use rayon::prelude::*;

use super::compare::Comparer;
use super::signal::{Amounts, SIGNALS};
pub use super::signal::{Fitted, comparisons};
use super::{Human, Mention, Settings, Weights, block, key, node, prior};
use crate::ids::Weight;

/// Number of comparisons.
pub const COMPARISONS: usize = SIGNALS;

/// Two names that were compared.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The two, as places in [`Observations::classes`], the smaller first.
    pub pair: (u32, u32),
    /// How much there is of each comparison, 0 or more.
    pub amounts: [f32; COMPARISONS],
}

/// Every candidate pair of a list of names.
#[derive(Clone, Debug)]
pub struct Observations {
    /// Mentions with an equal key, which are compared as one name.
    pub classes: Vec<Vec<usize>>,
    /// The pairs, sorted.
    pub pairs: Vec<Observation>,
    /// What every pair starts from under the weights of the settings.
    pub start: Weight,
}

/// Observes the candidate pairs of some mentions.
///
/// Here nothing is left out to save time: whether two names are within reach of a join depends on
/// the very weights that are sought, and data that came and went with them would not be data. What
/// still depends on the weights is which of two readings of a name counts, and which name is
/// nearest.
pub fn observe(mentions: &[Mention], settings: &Settings<'_>) -> Observations {
    let weights = Weights { prior_most: ALL_WITHIN_REACH, ..settings.weights.clone() };
    let near = Settings { weights: &weights, ..*settings };
    let classes = key::classes(mentions, &Human::default(), settings.forms);
    let (mut nodes, words) = node::nodes(mentions, &classes, &near);
    let sets = node::number_forms(&mut nodes);
    let domains = node::domains(&nodes);
    let (candidates, _, letters) = block::candidates(&nodes, &words, &|_| ());
    let mut comparer = Comparer::new((&nodes, &words, &sets), &letters, &domains, &near);
    let mut scores = comparer.settle(&candidates, &weights);
    let spellings = node::spellings(&nodes);
    let size = prior::of_size(spellings, &weights);
    // The scores hold a start that was moved without a bound; the bound is the settings' own.
    let moved = Weight::millibits(size.get() - comparer.prior.get());
    for score in &mut scores {
        *score = *score + moved;
    }
    let start =
        size + prior::shift((nodes.len(), spellings), &candidates, &scores, settings.weights);
    let pairs = candidates.par_iter().map(|&(a, b)| {
        let amounts: Amounts = comparer.amounts(a, b);
        Observation { pair: (a, b), amounts }
    });
    let pairs = pairs.collect();
    drop(comparer);
    Observations { classes: nodes.into_iter().map(|node| node.members).collect(), pairs, start }
}

/// Bits that the data may move the start by, so that every pair could still be joined.
const ALL_WITHIN_REACH: f64 = 10_000.0;
