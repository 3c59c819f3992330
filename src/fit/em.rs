//! Weights without labels: expectation maximization on the names at hand.
//!
//! In: mentions and the settings to begin with. Out: [`Learnt`] weights. The labels are what the
//! current weights make of each pair, so this can only be as good as its start.
//!
//! A regression on labels that come from the very same amounts gives back the weights they were
//! made with. What can be learnt comes from kinds of evidence that do not know of each other: the
//! name, what is reached over the internet, the phone, the tax id, the place. Each kind is fitted
//! by itself to labels that all of them made. A list of names alone has one kind and stays as it is.

use super::solve::{File, Solution, Task, solve};
use super::{Error, LEAST_PAIRS, Line, rounded, shares, signs};
use crate::transform::matching::observe::{Fitted, NAME, Observations, observe};
use crate::transform::matching::{Mention, Settings, Weights};

/// What was learnt.
#[derive(Clone, Debug, PartialEq)]
pub struct Learnt {
    /// All of `[matching]`, with the weights and the start that were found.
    pub weights: Weights,
    /// What became of each comparison.
    pub lines: Vec<Line>,
    /// Candidate pairs.
    pub pairs: usize,
    /// Sum of the probabilities that a pair is one company, before and after.
    pub expected: [f64; 2],
    /// Rounds that were made.
    pub rounds: usize,
    /// Kinds of evidence that were fitted.
    pub kinds: usize,
}

/// Loss for each squared unit that a scaled weight is off what is configured.
const PULL: f64 = 5e-3;
const MOST_ROUNDS: usize = 30;
/// Bits; a round that changes no weight by more is the last.
const SETTLED: f64 = 0.01;
/// Bits that the start may move from where the matcher put it.
const MOST_START: f64 = 2.0;

/// Learns weights from names without labels.
///
/// # Errors
/// If there is no pair to compare.
pub fn learn(file: &str, mentions: &[Mention], settings: &Settings<'_>) -> Result<Learnt, Error> {
    let observations = observe(mentions, settings);
    if observations.pairs.is_empty() {
        return Err(Error::NoPairs { file: file.to_owned() });
    }
    let signs = signs(&observations.comparisons);
    let data = Data { shares: shares(&observations), signs, observations };
    let all = &data.observations.comparisons;
    let configured = settings.weights;
    let begin = f64::from(data.observations.start.get()) / 1000.0;
    let (mut weights, mut start) = (configured.clone(), begin);
    let first = data.labels(&weights, start);
    let mut labels = first.clone();
    let kinds = data.kinds(&labels);
    let mut rounds = 0;
    while rounds < MOST_ROUNDS && kinds.len() > 1 {
        rounds += 1;
        let mut next = weights.clone();
        for kind in &kinds {
            let found = data.fit(&labels, kind, configured)?;
            for &at in &kind.free {
                next.set(all[at].key, found.weights[at]);
            }
        }
        let known = Kind { all: (0..all.len()).collect(), free: Vec::new() };
        let moved = data.fit(&labels, &known, &next)?.starts[0];
        let moved = moved.clamp(begin - MOST_START, begin + MOST_START);
        let change = all.iter().map(|one| (next.get(one.key) - weights.get(one.key)).abs());
        let change = change.fold((moved - start).abs(), f64::max);
        (weights, start) = (next, moved);
        labels = data.labels(&weights, start);
        if change < SETTLED {
            break;
        }
    }
    let round = |bits: f64| (bits * 1e4).round() / 1e4;
    let weights = rounded(weights, all);
    let line = |(at, one): (usize, &Fitted)| Line {
        comparison: *one,
        configured: configured.get(one.key),
        fitted: weights.get(one.key),
        standard_error: None,
        pairs: data.having(at).count(),
        is_kept: !kinds.iter().any(|kind| kinds.len() > 1 && kind.free.contains(&at)),
    };
    let lines = all.iter().enumerate().map(line).collect();
    let weights = Weights { prior: round(configured.prior + begin - start), ..weights };
    let expected = [first.iter().sum(), labels.iter().sum()];
    let pairs = data.observations.pairs.len();
    Ok(Learnt { weights, lines, pairs, expected, rounds, kinds: kinds.len() })
}

/// A kind of evidence: its comparisons, and those of them that are fitted.
struct Kind {
    all: Vec<usize>,
    free: Vec<usize>,
}

struct Data {
    observations: Observations,
    shares: Vec<f64>,
    signs: Vec<f64>,
}

impl Data {
    /// What some weights make of each pair, as probabilities.
    fn labels(&self, weights: &Weights, start: f64) -> Vec<f64> {
        let signed: Vec<f64> = std::iter::zip(self.all(weights), &self.signs)
            .map(|(bits, sign)| sign * bits)
            .collect();
        let of = |amounts: &[f32]| -> f64 {
            let each = std::iter::zip(amounts, &signed);
            let told = each.map(|(amount, bits)| f64::from(*amount) * bits);
            1.0 / (1.0 + (-start - told.sum::<f64>()).exp2())
        };
        self.observations.amounts.chunks_exact(signed.len()).map(of).collect()
    }

    /// Places of the pairs that have any of a comparison.
    fn having(&self, comparison: usize) -> impl Iterator<Item = usize> {
        let width = self.observations.comparisons.len();
        let of = self.observations.amounts.iter().skip(comparison).step_by(width).enumerate();
        of.filter(|(_, amount)| **amount != 0.0).map(|(at, _)| at)
    }

    /// Kinds of evidence of which enough pairs tell.
    fn kinds(&self, labels: &[f64]) -> Vec<Kind> {
        let known = &self.observations.comparisons;
        // The name comes last.
        let mut origins: Vec<&'static str> = Vec::new();
        for origin in known.iter().map(|one| one.origin).filter(|&origin| origin != NAME) {
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        origins.push(NAME);
        let told = |at: usize| {
            let (pairs, likely) =
                self.having(at).fold((0, 0.0), |(n, sum), pair| (n + 1, sum + labels[pair]));
            let unlikely = f64::from(u32::try_from(pairs).unwrap_or(u32::MAX)) - likely;
            pairs >= LEAST_PAIRS && likely >= 1.0 && unlikely >= 1.0
        };
        let each = origins.into_iter().map(|origin| {
            let all = (0..known.len()).filter(|&at| known[at].origin == origin);
            let all: Vec<usize> = all.collect();
            Kind { free: all.iter().copied().filter(|&at| told(at)).collect(), all }
        });
        each.filter(|kind| !kind.free.is_empty()).collect()
    }

    /// Fits one kind of evidence to the labels as if there were no other.
    fn fit(&self, labels: &[f64], kind: &Kind, pull: &Weights) -> Result<Solution, Error> {
        let file = File { amounts: &self.observations.amounts, labels, shares: &self.shares };
        let pull = self.all(pull).into_iter().enumerate();
        let known = pull.map(|(at, bits)| if kind.all.contains(&at) { bits } else { 0.0 });
        let known: Vec<f64> = known.collect();
        let (files, free, signs) = (&[file][..], &kind.free[..], &self.signs);
        solve(&Task { files, free, signs, known: &known, penalty: PULL })
    }

    /// Magnitudes of the weights of all comparisons.
    fn all(&self, weights: &Weights) -> Vec<f64> {
        self.observations.comparisons.iter().map(|one| weights.get(one.key)).collect()
    }
}
