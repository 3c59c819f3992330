//! Logistic regression whose weights keep their sign.
//!
//! In: pairs with amounts and labels from 0 to 1, by file. Out: a [`Solution`]: the weights that
//! make the labels likeliest, none on the wrong side of 0, with a start of its own for each file.
//!
//! Each step minimizes the quadratic model of the loss within the bounds, coordinate by coordinate,
//! and is shortened until the loss falls (a projected Newton method). Sums are taken over fixed
//! chunks in a fixed order, so the bits of the result do not depend on the number of threads.
//!
//! # Units
//! Bits outside; natural logarithms and weights of scaled amounts inside.

use std::f64::consts::LN_2;

use rayon::prelude::*;
use smallvec::SmallVec;

use super::Error;

/// The pairs of a file.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Amounts of each pair, one for each comparison, pair behind pair.
    pub amounts: &'a [f32],
    /// How likely each pair is one company, 0 to 1.
    pub labels: &'a [f64],
    /// What each pair counts; they add up to 1.
    pub shares: &'a [f64],
}

impl File<'_> {
    /// Amounts of a pair.
    fn of(&self, pair: usize) -> &[f32] {
        let width = self.amounts.len() / self.labels.len();
        &self.amounts[pair * width..(pair + 1) * width]
    }

    /// Amounts of every pair.
    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        (0..self.labels.len()).map(|pair| self.of(pair))
    }
}

/// What is sought.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The data; each file counts the same.
    pub files: &'a [File<'a>],
    /// Comparisons whose weights are sought, ascending.
    pub free: &'a [usize],
    /// Side on which each comparison counts: 1 or -1.
    pub signs: &'a [f64],
    /// Magnitudes of the weights: of those that are sought, where the penalty pulls them to; of
    /// the others, what they are.
    pub known: &'a [f64],
    /// Loss for each squared unit that a scaled weight is off.
    pub penalty: f64,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Solution {
    /// Magnitudes of all weights, those that were not sought as they were.
    pub weights: Vec<f64>,
    /// Standard error of each weight that is above 0.
    ///
    /// From the inverse Hessian on both sides of the spread of the slopes ("sandwich"), since pairs
    /// count unequally. Pairs of one name are taken as independent, so this is the least error.
    pub errors: Vec<Option<f64>>,
    /// Start of each file.
    pub starts: Vec<f64>,
    /// Log loss of each file, in bits a pair, without the penalty.
    pub losses: Vec<f64>,
}

/// Finds the weights.
///
/// # Errors
/// If the steps do not come to an end, which labels of one kind only can cause.
pub fn solve(task: &Task<'_>) -> Result<Solution, Error> {
    let problem = Problem::new(task);
    let mut theta = problem.begin();
    let mut now = problem.sums(&theta, Order::Curve);
    for _ in 0..MOST_STEPS {
        let step = problem.step(&theta, &now);
        let slope: f64 = std::iter::zip(&now.gradient, &step).map(|(g, s)| g * s).sum();
        if -slope < CONVERGED {
            return Ok(problem.solution(&theta));
        }
        let mut length = 1.0;
        loop {
            let next: Vec<f64> =
                std::iter::zip(&theta, &step).map(|(t, s)| t + length * s).collect();
            if problem.sums(&next, Order::Value).value <= now.value + 1e-4 * length * slope {
                theta = next;
                break;
            }
            length /= 2.0;
            if length < 1e-9 {
                // What is left is below what a sum of so many terms can tell.
                return if -slope < NEARLY {
                    Ok(problem.solution(&theta))
                } else {
                    Err(Error::Steps)
                };
            }
        }
        for value in &mut theta[..problem.weights()] {
            *value = value.max(0.0);
        }
        now = problem.sums(&theta, Order::Curve);
    }
    Err(Error::Steps)
}

const MOST_STEPS: usize = 200;
/// Natural units of loss that another step would still gain.
const CONVERGED: f64 = 1e-13;
const NEARLY: f64 = 1e-8;
/// Pairs whose sum one thread takes. Not to depend on the number of threads.
const CHUNK: usize = 2_048;

/// How far the loss is derived.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Value,
    Curve,
    /// Also the spread of the slopes.
    Spread,
}

/// The loss at a point and its derivatives; matrices by rows, symmetric.
struct Sums {
    value: f64,
    gradient: Vec<f64>,
    hessian: Vec<f64>,
    spread: Vec<f64>,
}

impl Sums {
    fn zero(size: usize) -> Self {
        let square = vec![0.0; size * size];
        Self { value: 0.0, gradient: vec![0.0; size], hessian: square.clone(), spread: square }
    }

    fn add(&mut self, other: &Self) {
        self.value += other.value;
        let all = [
            (&mut self.gradient, &other.gradient),
            (&mut self.hessian, &other.hessian),
            (&mut self.spread, &other.spread),
        ];
        for (to, from) in all {
            for (to, from) in std::iter::zip(to, from) {
                *to += from;
            }
        }
    }
}

/// A task in scaled amounts. A point is the scaled weights that are sought, then the starts.
struct Problem<'a> {
    task: &'a Task<'a>,
    /// What turns each amount that is sought into a scaled one with its sign.
    units: Vec<f64>,
    /// Scaled weights that the penalty pulls to.
    centre: Vec<f64>,
    /// What comparisons that are not sought tell of each pair.
    told: Vec<Vec<f64>>,
}

impl<'a> Problem<'a> {
    fn new(task: &'a Task<'a>) -> Self {
        let Task { files, free, signs, known, .. } = *task;
        let mean_square = |at: usize| {
            let of = |file: &File<'_>| {
                let each = std::iter::zip(file.rows(), file.shares);
                each.map(|(amounts, share)| share * f64::from(amounts[at]).powi(2)).sum::<f64>()
            };
            files.iter().map(of).sum::<f64>() / count(files.len())
        };
        let scales: Vec<f64> = free.iter().map(|&at| mean_square(at).sqrt() + 1e-9).collect();
        let fixed: Vec<usize> = (0..known.len())
            .filter(|at| !free.contains(at) && known[*at].abs() > f64::EPSILON)
            .collect();
        let told = |file: &File<'_>| {
            let of = |amounts: &[f32]| -> f64 {
                let bits = |&at: &usize| f64::from(amounts[at]) * signs[at] * known[at];
                fixed.iter().map(bits).sum::<f64>() * LN_2
            };
            file.rows().map(of).collect()
        };
        Self {
            task,
            units: std::iter::zip(free, &scales).map(|(&at, scale)| signs[at] / scale).collect(),
            centre: std::iter::zip(free, &scales).map(|(&at, s)| known[at] * LN_2 * s).collect(),
            told: files.iter().map(told).collect(),
        }
    }

    /// Number of weights that are sought.
    fn weights(&self) -> usize {
        self.units.len()
    }

    fn begin(&self) -> Vec<f64> {
        let mut theta = self.centre.clone();
        theta.resize(self.weights() + self.task.files.len(), -2.0);
        theta
    }

    /// The loss of one file without the penalty: of the weights, and last of its start.
    fn of_file(&self, file: usize, theta: &[f64], order: Order) -> Sums {
        let size = self.weights() + 1;
        let places: Vec<usize> = (0..self.task.files[file].labels.len()).collect();
        let chunks: Vec<Sums> = places
            .par_chunks(CHUNK)
            .map(|places| {
                let mut sums = Sums::zero(if order == Order::Value { 0 } else { size });
                for &at in places {
                    self.add_pair(&mut sums, (file, at), theta, order);
                }
                sums
            })
            .collect();
        let mut all = Sums::zero(size);
        for sums in &chunks {
            all.add(sums);
        }
        all
    }

    fn add_pair(&self, sums: &mut Sums, (file, at): (usize, usize), theta: &[f64], order: Order) {
        let File { labels, shares, .. } = self.task.files[file];
        let amounts = self.task.files[file].of(at);
        let weights = self.weights();
        let mut cells: SmallVec<[(usize, f64); 32]> = SmallVec::new();
        let mut sum = theta[weights + file] + self.told[file][at];
        for (i, &comparison) in self.task.free.iter().enumerate() {
            let amount = amounts[comparison];
            if amount != 0.0 {
                let scaled = f64::from(amount) * self.units[i];
                cells.push((i, scaled));
                sum += theta[i] * scaled;
            }
        }
        let (label, share) = (labels[at], shares[at]);
        sums.value += share * (softplus(sum) - label * sum);
        if order == Order::Value {
            return;
        }
        cells.push((weights, 1.0));
        let likely = 1.0 / (1.0 + (-sum).exp());
        let slope = share * (likely - label);
        let curve = share * likely * (1.0 - likely);
        for (n, &(i, x)) in cells.iter().enumerate() {
            sums.gradient[i] += slope * x;
            for &(j, y) in &cells[..=n] {
                sums.hessian[i * (weights + 1) + j] += curve * x * y;
                if order == Order::Spread {
                    sums.spread[i * (weights + 1) + j] += slope * slope * x * y;
                }
            }
        }
    }

    /// The loss of all files with the penalty.
    fn sums(&self, theta: &[f64], order: Order) -> Sums {
        let (weights, size) = (self.weights(), theta.len());
        let mut all = Sums::zero(size);
        for file in 0..self.task.files.len() {
            let one = self.of_file(file, theta, order);
            all.value += one.value;
            let place = |i: usize| if i == weights { weights + file } else { i };
            for i in 0..=weights {
                all.gradient[place(i)] += one.gradient[i];
                for j in 0..=i {
                    let from = i * (weights + 1) + j;
                    all.hessian[place(i) * size + place(j)] += one.hessian[from];
                    all.spread[place(i) * size + place(j)] += one.spread[from];
                }
            }
        }
        let penalty = self.task.penalty * count(self.task.files.len());
        for (i, centre) in self.centre.iter().enumerate() {
            let off = theta[i] - centre;
            all.value += penalty * off * off;
            all.gradient[i] += 2.0 * penalty * off;
            all.hessian[i * size + i] += 2.0 * penalty;
        }
        for i in 0..size {
            for j in 0..i {
                all.hessian[j * size + i] = all.hessian[i * size + j];
                all.spread[j * size + i] = all.spread[i * size + j];
            }
        }
        all
    }

    /// The step that minimizes the quadratic model without making a weight negative.
    fn step(&self, theta: &[f64], sums: &Sums) -> Vec<f64> {
        let size = theta.len();
        let mut step = vec![0.0; size];
        for _ in 0..20_000 {
            let mut change: f64 = 0.0;
            for i in 0..size {
                let row = &sums.hessian[i * size..(i + 1) * size];
                let slope: f64 =
                    sums.gradient[i] + std::iter::zip(row, &step).map(|(h, s)| h * s).sum::<f64>();
                // A start that no pair can move any more stays where it is.
                let mut to = step[i] - slope / row[i].max(1e-12);
                if i < self.weights() {
                    to = to.max(-theta[i]);
                }
                change = change.max((to - step[i]).abs());
                step[i] = to;
            }
            if change < 1e-12 {
                break;
            }
        }
        step
    }

    fn solution(&self, theta: &[f64]) -> Solution {
        let weights = self.weights();
        let sums = self.sums(theta, Order::Spread);
        let free: Vec<usize> =
            (0..theta.len()).filter(|&i| i >= weights || theta[i] > 0.0).collect();
        let pick = |matrix: &[f64]| -> Vec<Vec<f64>> {
            let row = |&i: &usize| free.iter().map(|&j| matrix[i * theta.len() + j]).collect();
            free.iter().map(row).collect()
        };
        let (inverse, spread) = (invert(pick(&sums.hessian)), pick(&sums.spread));
        let mut found = Solution {
            weights: self.task.known.to_vec(),
            errors: vec![None; self.task.known.len()],
            starts: theta[weights..].iter().map(|start| start / LN_2).collect(),
            losses: (0..self.task.files.len())
                .map(|file| self.of_file(file, theta, Order::Value).value / LN_2)
                .collect(),
        };
        for (i, &at) in self.task.free.iter().enumerate() {
            found.weights[at] = theta[i] * self.units[i].abs() / LN_2;
        }
        for (row, &i) in std::iter::zip(&inverse, &free).filter(|(_, i)| **i < weights) {
            let across =
                |other: &Vec<f64>| -> f64 { std::iter::zip(row, other).map(|(a, b)| a * b).sum() };
            let variance: f64 =
                std::iter::zip(row, &spread).map(|(h, other)| h * across(other)).sum();
            found.errors[self.task.free[i]] =
                Some(variance.max(0.0).sqrt() * self.units[i].abs() / LN_2);
        }
        found
    }
}

/// `ln(1 + e^x)`, without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// The inverse of a positive definite matrix, by elimination.
fn invert(mut matrix: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let size = matrix.len();
    let mut inverse: Vec<Vec<f64>> =
        (0..size).map(|i| (0..size).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    for i in 0..size {
        // Largest left pivot first is not needed: the matrix has no negative one.
        let pivot = matrix[i][i].max(1e-300);
        for rows in [&mut matrix, &mut inverse] {
            rows[i].iter_mut().for_each(|value| *value /= pivot);
        }
        for other in (0..size).filter(|&other| other != i) {
            let factor = matrix[other][i];
            for rows in [&mut matrix, &mut inverse] {
                let from = rows[i].clone();
                for (to, from) in std::iter::zip(&mut rows[other], from) {
                    *to -= factor * from;
                }
            }
        }
    }
    inverse
}

#[expect(clippy::cast_precision_loss, reason = "a count of files")]
fn count(files: usize) -> f64 {
    files as f64
}

#[cfg(test)]
mod tests;
