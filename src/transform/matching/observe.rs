//! What the comparisons observe in the candidate pairs of a list of names: the data that weights
//! are fitted on.
//!
//! In: mentions and settings. Out: [`Observations`], every candidate pair with the amount of each
//! comparison, by the same steps as [`match_mentions`](super::match_mentions) up to its scores. Also
//! which weight belongs to which comparison, and on which side it counts.

use rayon::prelude::*;

use super::compare::{Amounts, Comparer, NAMES, SIGNALS};
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
    let size = prior::of_size(nodes.len(), &weights);
    // The scores hold a start that was moved without a bound; the bound is the settings' own.
    let moved = Weight::millibits(size.get() - comparer.prior.get());
    for score in &mut scores {
        *score = *score + moved;
    }
    let start = size + prior::shift(nodes.len(), &candidates, &scores, settings.weights);
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

/// A comparison and its weight.
#[derive(Clone, Copy, Debug)]
pub struct Fitted {
    /// What it is called in explanations.
    pub name: &'static str,
    /// Key of its weight in `[matching]`.
    pub key: &'static str,
    /// 1 if it speaks for one company, -1 if against.
    pub sign: f64,
}

/// Every comparison, in the order of the amounts.
pub fn comparisons() -> [Fitted; COMPARISONS] {
    let mut ones = Weights::default();
    for at in 0..COMPARISONS {
        ones.set(at, 1.0);
    }
    let signs = ones.signed();
    std::array::from_fn(|at| Fitted {
        name: NAMES[at],
        key: FIELDS[at].0,
        sign: f64::from(signs[at]),
    })
}

/// The place of a weight.
type Field = fn(&mut Weights) -> &mut f64;

macro_rules! fields {
    ($($key:ident)*) => { [$((stringify!($key), |weights| &mut weights.$key)),*] };
}

/// Key and place of the weight of each comparison.
const FIELDS: [(&str, Field); COMPARISONS] = fields![
    shared_words rarest_word first_word letters spelling few_edits cut_off initials other_words
    numbers_differ number_missing places_differ place_missing word_order other_name marks_differ
    forms_agree forms_differ domain_equal domain_differs website_equal website_differs phone_equal
    phone_differs tax_id_equal tax_id_differs address_equal address_differs city_equal city_differs
    country_equal country_differs mutual shared_trades other_trades informal
];

impl Weights {
    /// Magnitude of the weight of a comparison.
    ///
    /// # Units
    /// Bits for an amount of 1.
    pub fn get(&self, comparison: usize) -> f64 {
        *FIELDS[comparison].1(&mut self.clone())
    }

    /// Sets the magnitude of the weight of a comparison.
    pub fn set(&mut self, comparison: usize, bits: f64) {
        *FIELDS[comparison].1(self) = bits;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_has_the_key_of_its_comparison() {
        for (at, comparison) in comparisons().iter().enumerate() {
            let mut weights = Weights::default();
            weights.set(at, 2.0);
            let signed = weights.signed();
            let told: Vec<usize> = (0..COMPARISONS).filter(|&at| signed[at] != 0.0).collect();
            assert_eq!(told, [at], "{}", comparison.key);
            assert!((weights.get(at) - 2.0).abs() < 1e-9);
        }
    }

    #[test]
    fn what_contradicts_speaks_against() {
        for comparison in comparisons() {
            let against = ["differ", "other", "missing", "order"];
            let is_against = against.iter().any(|part| comparison.key.contains(part));
            assert_eq!(comparison.sign < 0.0, is_against, "{}", comparison.key);
        }
    }
}
