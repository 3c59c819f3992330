//! Estimating the weights of the comparisons from labelled names.
//!
//! In: [`Sample`]s, mentions whose true clusters are known, and the settings to begin with. Out: a
//! [`Fit`]: weights, their errors, and what they make of each sample beside the weights before.
//! Pure. Weights come from a logistic regression ([`mod@solve`]) on the candidate pairs, in two passes:
//! which name is nearest to which depends on the weights of all else. The start comes from how well
//! whole groups are found, since pairs are not joined one by one. [`em`] does without labels.

pub mod em;
pub mod solve;

use std::collections::BTreeSet;

use serde::Serialize;

use self::solve::{File, Solution, Task, solve};
use crate::evaluate::{self, Scores, measure};
use crate::transform::matching::observe::{Fitted, Observations, comparisons, observe};
use crate::transform::matching::{Human, Mention, Preset, Settings, Weights, match_mentions};

/// Why nothing can be fitted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A sample that shows one side only.
    #[error("{file}: none of its {pairs} candidate pairs is {}", if *.is_one { "one company" } else { "two companies" })]
    OneLabel {
        /// Name of the sample.
        file: String,
        /// Candidate pairs.
        pairs: usize,
        /// Which side is missing.
        is_one: bool,
    },
    /// No candidate pairs at all.
    #[error("{file}: no two of its names are alike enough to be compared")]
    NoPairs {
        /// Name of the sample.
        file: String,
    },
    /// The steps of the regression did not come to an end.
    #[error("the regression does not come to an end")]
    Steps,
}

impl Error {
    /// What a person can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::OneLabel { .. } => {
                "weights are told apart by pairs of both kinds: leave the file out, or look at its \
                 column of clusters"
            }
            Self::NoPairs { .. } => "leave the file out, or add names to it",
            Self::Steps => "leave files out one by one to find the one that stands against it",
        }
    }
}

/// Names whose true clusters are known.
#[derive(Clone, Debug)]
pub struct Sample {
    /// What it is called in tables.
    pub name: String,
    /// Its distinct names.
    pub mentions: Vec<Mention>,
    /// Every row: its mention, if it names a company, and its true cluster.
    pub rows: Vec<(Option<usize>, String)>,
}

/// What the labels made of a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// The comparison.
    pub comparison: Fitted,
    /// The weight before.
    pub configured: f64,
    /// The weight now.
    pub fitted: f64,
    /// Its standard error, where it is above 0 and was fitted.
    pub standard_error: Option<f64>,
    /// Pairs that have any of it.
    pub pairs: usize,
    /// Whether too few pairs have it, or pairs of one label only: it is as it was.
    pub is_kept: bool,
}

/// What weights make of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// Bits a pair, with the best start for the sample.
    pub log_loss: f64,
    /// Measures of the groups that the balanced preset makes.
    pub scores: Scores,
}

/// A sample before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Its name.
    pub file: String,
    /// Its candidate pairs.
    pub pairs: usize,
    /// Those that are one company.
    pub positive: usize,
    /// Under the weights before.
    pub before: Quality,
    /// Under the weights that were fitted.
    pub after: Quality,
}

/// Fitted weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// All of `[matching]`, with the weights and the start that were found.
    pub weights: Weights,
    /// What became of each comparison.
    pub lines: Vec<Line>,
}

/// A sample whose pairs were observed.
struct Labelled {
    observations: Observations,
    labels: Vec<f64>,
    shares: Vec<f64>,
}

impl Labelled {
    fn new(sample: &Sample, observations: Observations) -> Self {
        let mut clusters: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); sample.mentions.len()];
        for (mention, cluster) in &sample.rows {
            if let Some(mention) = mention {
                clusters[*mention].insert(cluster);
            }
        }
        let of_class = |class: &Vec<usize>| -> BTreeSet<&str> {
            class.iter().flat_map(|&mention| clusters[mention].iter().copied()).collect()
        };
        let clusters: Vec<BTreeSet<&str>> = observations.classes.iter().map(of_class).collect();
        let labels = observations.pairs.iter().map(|&(a, b)| {
            let is_one = !clusters[a as usize].is_disjoint(&clusters[b as usize]);
            f64::from(u8::from(is_one))
        });
        let labels = labels.collect();
        let shares = shares(&observations);
        Self { observations, labels, shares }
    }

    fn file(&self) -> File<'_> {
        File { amounts: &self.observations.amounts, labels: &self.labels, shares: &self.shares }
    }

    fn positive(&self) -> usize {
        self.labels.iter().filter(|&&label| label > 0.5).count()
    }
}

/// What each pair counts: a name that is like many others would otherwise be heard once for each.
fn shares(observations: &Observations) -> Vec<f64> {
    let mut degrees = vec![0_u32; observations.classes.len()];
    for &(a, b) in &observations.pairs {
        degrees[a as usize] += 1;
        degrees[b as usize] += 1;
    }
    let degree = |node: u32| f64::from(degrees[node as usize]);
    let pairs = observations.pairs.iter();
    let raw: Vec<f64> = pairs.map(|&(a, b)| 1.0 / (degree(a) * degree(b)).sqrt()).collect();
    let sum: f64 = raw.iter().sum();
    raw.into_iter().map(|share| share / sum).collect()
}

/// Samples that are fitted on, with what does not depend on which of them are left out.
pub struct Fitter<'a> {
    samples: &'a [Sample],
    settings: Settings<'a>,
    /// Observed under the weights to begin with, but for what stands around a pair.
    first: Vec<Labelled>,
    before: Vec<Quality>,
    comparisons: Vec<Fitted>,
}

/// Loss for a scaled weight of 1: enough to settle what two comparisons tell together.
const PENALTY: f64 = 2e-4;
/// Fewer pairs tell nothing of a weight.
pub const LEAST_PAIRS: usize = 20;
/// Steps of the start, in bits, on either side of what the regression suggests.
const GRID: f64 = 0.25;
const GRID_STEPS: i32 = 6;
/// Comparison that depends on the weights of all others.
const MUTUAL: &str = "mutual";

impl<'a> Fitter<'a> {
    /// Observes every sample.
    ///
    /// # Errors
    /// A sample without pairs of one company or without pairs of two.
    pub fn new(samples: &'a [Sample], settings: &Settings<'a>) -> Result<Self, Error> {
        let settings = Settings { preset: Preset::Balanced, ..*settings };
        let weights = without_mutual(settings.weights);
        let (mut first, mut before) = (Vec::new(), Vec::new());
        for sample in samples {
            let one = observed(sample, &weights, &settings);
            let (file, pairs, positive) = (sample.name.clone(), one.labels.len(), one.positive());
            if pairs == 0 {
                return Err(Error::NoPairs { file });
            }
            if positive == 0 || positive == pairs {
                return Err(Error::OneLabel { file, pairs, is_one: positive == 0 });
            }
            before.push(quality(sample, settings.weights, &settings)?);
            first.push(one);
        }
        Ok(Self { samples, settings, first, before, comparisons: comparisons(settings.kinds) })
    }

    /// Fits on the samples that are chosen, by their place.
    ///
    /// # Errors
    /// If the regression does not come to an end.
    pub fn fit(&self, chosen: &[usize]) -> Result<Fit, Error> {
        let configured = self.settings.weights;
        let first: Vec<&Labelled> = chosen.iter().map(|&at| &self.first[at]).collect();
        let known = without_mutual(configured);
        let all = &self.comparisons;
        let free = free(&first).into_iter().filter(|&at| all[at].key != MUTUAL);
        let free: Vec<usize> = free.collect();
        let rough = with(&known, all, &regression(&first, &free, &known)?);
        let second: Vec<Labelled> =
            chosen.iter().map(|&at| observed(&self.samples[at], &rough, &self.settings)).collect();
        let second: Vec<&Labelled> = second.iter().collect();
        let free = self::free(&second);
        let found = regression(&second, &free, configured)?;
        let mut weights = with(configured, all, &found);
        weights.prior = self.start(chosen, &weights, &found.starts);
        let line = |(at, one): (usize, &Fitted)| Line {
            comparison: *one,
            configured: configured.get(one.key),
            fitted: weights.get(one.key),
            standard_error: found.errors[at],
            pairs: pairs_with(&second, at).count(),
            is_kept: !free.contains(&at),
        };
        let lines = all.iter().enumerate().map(line).collect();
        Ok(Fit { weights, lines })
    }

    /// The start under which the samples' groups are found best.
    fn start(&self, chosen: &[usize], weights: &Weights, starts: &[f64]) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count of files")]
        let mean = -starts.iter().sum::<f64>() / starts.len() as f64;
        let middle = (mean / GRID).round();
        let measured = |step: i32| {
            let prior = (middle + f64::from(step)) * GRID;
            let weights = Weights { prior, ..weights.clone() };
            let settings = Settings { weights: &weights, ..self.settings };
            let each = chosen
                .iter()
                .map(|&at| grouped(&self.samples[at], &settings).pairwise.f1.unwrap_or_default());
            (each.sum::<f64>(), prior)
        };
        let mut best = measured(-GRID_STEPS);
        let (mut step, mut last) = (1 - GRID_STEPS, GRID_STEPS);
        while step <= last {
            let next = measured(step);
            // Of equals the start that joins least.
            if next.0 >= best.0 {
                best = next;
                // A best at the end may not be the best there is.
                last = last.max((step + 2).min(4 * GRID_STEPS));
            }
            step += 1;
        }
        best.1
    }

    /// What a fit makes of a sample.
    ///
    /// # Errors
    /// If the start of the sample cannot be found.
    pub fn compare(&self, sample: usize, fit: &Fit) -> Result<Compared, Error> {
        Ok(Compared {
            file: self.samples[sample].name.clone(),
            pairs: self.first[sample].labels.len(),
            positive: self.first[sample].positive(),
            before: self.before[sample],
            after: quality(&self.samples[sample], &fit.weights, &self.settings)?,
        })
    }
}

fn observed(sample: &Sample, weights: &Weights, settings: &Settings<'_>) -> Labelled {
    let settings = Settings { weights, ..*settings };
    Labelled::new(sample, observe(&sample.mentions, &settings))
}

/// Loss and measures of a sample under some weights.
fn quality(sample: &Sample, weights: &Weights, settings: &Settings<'_>) -> Result<Quality, Error> {
    let labelled = observed(sample, weights, settings);
    let log_loss = regression(&[&labelled], &[], weights)?.losses[0];
    Ok(Quality { log_loss, scores: grouped(sample, &Settings { weights, ..*settings }) })
}

/// Measures of the groups that the matcher makes of a sample.
pub fn grouped(sample: &Sample, settings: &Settings<'_>) -> Scores {
    let matching = match_mentions(&sample.mentions, &Human::default(), settings);
    let groups = matching.places.len();
    let nameless = sample.rows.iter().filter(|(mention, _)| mention.is_none()).count();
    let labels: Vec<String> = (0..groups + nameless).map(|at| at.to_string()).collect();
    let mut alone = groups..;
    let mut found = |mention: Option<usize>| {
        mention.map_or_else(|| alone.next().unwrap_or(groups), |at| matching.group_of[at])
    };
    let rows: Vec<evaluate::Row<'_>> = sample
        .rows
        .iter()
        .map(|(mention, truth)| evaluate::Row {
            found: &labels[found(*mention)],
            truth,
            name: None,
        })
        .collect();
    measure(&evaluate::Sample::new(&rows)).scores
}

fn regression(files: &[&Labelled], free: &[usize], weights: &Weights) -> Result<Solution, Error> {
    let comparisons = &files[0].observations.comparisons;
    let files: Vec<File<'_>> = files.iter().map(|labelled| labelled.file()).collect();
    let known = |(at, one): (usize, &Fitted)| {
        if free.contains(&at) { 0.0 } else { weights.get(one.key) }
    };
    let known: Vec<f64> = comparisons.iter().enumerate().map(known).collect();
    let signs = signs(comparisons);
    solve(&Task { files: &files, free, signs: &signs, known: &known, penalty: PENALTY })
}

fn signs(comparisons: &[Fitted]) -> Vec<f64> {
    comparisons.iter().map(|comparison| comparison.sign).collect()
}

fn without_mutual(weights: &Weights) -> Weights {
    let mut weights = weights.clone();
    weights.set(MUTUAL, 0.0);
    weights
}

/// Weights with what was found in their place.
fn with(weights: &Weights, comparisons: &[Fitted], found: &Solution) -> Weights {
    let mut weights = weights.clone();
    for (one, &bits) in std::iter::zip(comparisons, &found.weights) {
        weights.set(one.key, bits);
    }
    rounded(weights, comparisons)
}

/// Weights as they are written, so that what was measured is what is read again.
fn rounded(mut weights: Weights, comparisons: &[Fitted]) -> Weights {
    for one in comparisons {
        weights.set(one.key, (weights.get(one.key) * 1e4).round() / 1e4);
    }
    weights
}

/// Labels of the pairs that have any of a comparison.
fn pairs_with(files: &[&Labelled], comparison: usize) -> impl Iterator<Item = f64> {
    files.iter().flat_map(move |file| {
        let width = file.observations.comparisons.len();
        let of = file.observations.amounts.iter().skip(comparison).step_by(width);
        std::iter::zip(of, &file.labels).filter(|(of, _)| **of != 0.0).map(|(_, label)| *label)
    })
}

/// Comparisons that enough pairs of both labels tell of.
fn free(files: &[&Labelled]) -> Vec<usize> {
    let comparisons = files.first().map_or(0, |file| file.observations.comparisons.len());
    (0..comparisons)
        .filter(|&at| {
            let (mut pairs, mut positive) = (0, 0.0);
            for label in pairs_with(files, at) {
                pairs += 1;
                positive += label;
            }
            let negative = f64::from(u32::try_from(pairs).unwrap_or(u32::MAX)) - positive;
            pairs >= LEAST_PAIRS && positive >= 1.0 && negative >= 1.0
        })
        .collect()
}
