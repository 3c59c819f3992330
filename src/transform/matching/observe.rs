//! What the comparisons observe in the candidate pairs of a list of names: the data that weights
//! are fitted on.
//!
//! In: mentions and settings. Out: [`Observations`], every candidate pair with the amount of each
//! comparison, by the same steps as [`match_mentions`](super::match_mentions) up to its scores.

use rayon::prelude::*;

use super::compare::Comparer;
pub use super::signal::{Fitted, NAME, comparisons};
use super::{Human, Mention, Settings, Weights, block, key, node, prior, relation};
use crate::ids::Weight;

/// Every candidate pair of a list of names.
#[derive(Clone, Debug)]
pub struct Observations {
    /// Mentions with an equal key, which are compared as one name.
    pub classes: Vec<Vec<usize>>,
    /// The pairs, sorted: the two, as places in `classes`, the smaller first.
    pub pairs: Vec<(u32, u32)>,
    /// How much there is of each comparison, 0 or more: those of one pair behind those of another.
    pub amounts: Vec<f32>,
    /// The comparisons.
    pub comparisons: Vec<Fitted>,
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
    let classes = key::classes(mentions, &Human::default(), settings);
    let (mut nodes, words) = node::nodes(mentions, &classes, &near);
    relation::leave_out_crowded(&mut nodes, &words, settings.kinds);
    let sets = node::number_forms(&mut nodes);
    let hosts = relation::hosts(&nodes, settings.kinds);
    let (candidates, _, letters) = block::candidates((&nodes, &words), settings.kinds, &|_| ());
    let mut comparer = Comparer::new((&nodes, &words, &sets), &letters, &hosts, &near);
    let mut scores = comparer.settle(&candidates, &weights);
    let spellings = node::spellings(&nodes);
    let size = prior::of_size(spellings, &weights).bits();
    // The scores hold a start that was moved without a bound; the bound is the settings' own.
    let moved = Weight::millibits(size.get() - comparer.prior.get());
    for score in &mut scores {
        *score = *score + moved;
    }
    let start = prior::follow(nodes.len(), spellings, (&candidates, &scores), settings.weights);
    let start = start.bits();
    let comparisons = comparisons(settings.kinds);
    let mut amounts = vec![0.0; candidates.len() * comparisons.len()];
    let rows = amounts.par_chunks_exact_mut(comparisons.len());
    rows.zip(&candidates).for_each(|(row, &(a, b))| {
        let found = comparer.amounts(a, b);
        for (cell, amount) in std::iter::zip(row, found.all(settings.kinds.count())) {
            *cell = amount;
        }
    });
    drop(comparer);
    let classes = nodes.into_iter().map(|node| node.members).collect();
    Observations { classes, pairs: candidates, amounts, comparisons, start }
}

/// Bits that the data may move the start by, so that every pair could still be joined.
const ALL_WITHIN_REACH: f64 = 10_000.0;
