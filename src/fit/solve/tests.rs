//! What the regression promises, on pairs that are drawn from known weights.

use super::*;

/// Numbers that look random and are the same on every run (splitmix64).
struct Draw(u64);

impl Draw {
    /// From 0 to 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        f64::from(u32::try_from(mixed >> 32).unwrap()) / f64::from(u32::MAX)
    }

    /// A quarter, two, … nine.
    fn quarter(&mut self) -> f32 {
        let steps = (1..=9_u8).find(|&step| self.next() < 1.0 / f64::from(10 - step));
        f32::from(steps.unwrap_or(9)) / 4.0
    }
}

/// Pairs with amounts of the first comparisons.
struct Made {
    amounts: Vec<f32>,
    labels: Vec<f64>,
    shares: Vec<f64>,
}

impl Made {
    /// Labels are drawn with the odds that signed bits and a start give.
    fn new(draw: &mut Draw, count: u32, start: f64, bits: &[f64]) -> Self {
        let mut made = Self { amounts: Vec::new(), labels: Vec::new(), shares: Vec::new() };
        for _ in 0..count {
            let mut amounts = [0.0; COMPARISONS];
            let mut sum = start;
            for (amount, bits) in std::iter::zip(&mut amounts, bits) {
                if draw.next() < 0.6 {
                    *amount = draw.quarter();
                    sum += f64::from(*amount) * bits;
                }
            }
            made.amounts.extend(amounts);
            made.labels.push(f64::from(u8::from(draw.next() < 1.0 / (1.0 + (-sum).exp2()))));
            made.shares.push(1.0 / f64::from(count));
        }
        made
    }

    fn file(&self) -> File<'_> {
        File { amounts: &self.amounts, labels: &self.labels, shares: &self.shares }
    }
}

/// More than are looked at.
const COMPARISONS: usize = 6;
const SIGNS: [f64; COMPARISONS] = {
    let mut signs = [1.0; COMPARISONS];
    signs[1] = -1.0;
    signs
};
const NONE: [f64; COMPARISONS] = [0.0; COMPARISONS];

fn fitted(files: &[File<'_>], free: &[usize], known: &[f64; COMPARISONS]) -> Solution {
    solve(&Task { files, free, signs: &SIGNS, known, penalty: 1e-7 }).unwrap()
}

#[test]
fn known_weights_and_starts_are_found_again() {
    let mut draw = Draw(11);
    let bits = [2.0, -1.5, 0.5];
    let made =
        [Made::new(&mut draw, 20_000, -2.0, &bits), Made::new(&mut draw, 20_000, 1.0, &bits)];
    let found = fitted(&made.each_ref().map(Made::file), &[0, 1, 2], &NONE);
    for (at, bits) in bits.iter().enumerate() {
        let error = found.errors[at].unwrap();
        assert!((found.weights[at] - bits.abs()).abs() < 4.0 * error, "{at}: {found:?}");
        assert!((0.005..0.05).contains(&error), "{at}: {error}");
    }
    assert!(
        (found.starts[0] + 2.0).abs() < 0.1 && (found.starts[1] - 1.0).abs() < 0.1,
        "{found:?}"
    );
}

/// The standard error is how far the weight is off from draw to draw.
#[test]
fn standard_errors_are_those_of_repeated_draws() {
    let mut draw = Draw(5);
    let (mut off, mut told) = (0.0, 0.0);
    for _ in 0..60 {
        let made = Made::new(&mut draw, 1_500, -1.0, &[1.0, -1.0]);
        let found = fitted(&[made.file()], &[0, 1], &NONE);
        off += (found.weights[0] - 1.0).powi(2) / 60.0;
        told += found.errors[0].unwrap().powi(2) / 60.0;
    }
    assert!((0.6..1.6).contains(&(off / told)), "{off} {told}");
}

/// Data that speaks for the other side of a comparison makes its weight 0, never negative, and
/// the others are those of a regression without it.
#[test]
fn a_weight_is_never_on_the_wrong_side() {
    let mut draw = Draw(3);
    let made = Made::new(&mut draw, 10_000, -1.0, &[2.0, 1.5, -0.7]);
    let bounded = fitted(&[made.file()], &[0, 1, 2], &NONE);
    assert_eq!((bounded.weights[1], bounded.weights[2]), (0.0, 0.0), "{bounded:?}");
    assert_eq!((bounded.errors[1], bounded.errors[2]), (None, None));
    let without = fitted(&[made.file()], &[0], &NONE);
    assert!((bounded.weights[0] - without.weights[0]).abs() < 1e-6, "{bounded:?} {without:?}");
}

/// At the end no weight can be moved for a smaller loss.
#[test]
fn nothing_better_is_near() {
    let mut draw = Draw(8);
    let made = Made::new(&mut draw, 3_000, -1.0, &[1.0, -0.4, 0.2, 0.0]);
    let files = [made.file()];
    let free = [0, 1, 2, 3];
    let task = Task { files: &files, free: &free, signs: &SIGNS, known: &NONE, penalty: 1e-3 };
    let problem = Problem::new(&task);
    let found = solve(&task).unwrap();
    let mut theta: Vec<f64> = std::iter::zip(&found.weights, &problem.units)
        .map(|(bits, unit)| bits * LN_2 / unit.abs())
        .collect();
    theta.push(found.starts[0] * LN_2);
    let least = problem.sums(&theta, Order::Value).value;
    for at in 0..theta.len() {
        for by in [-1e-3, 1e-3] {
            let mut other = theta.clone();
            other[at] += by;
            if at < 4 && other[at] < 0.0 {
                continue;
            }
            assert!(problem.sums(&other, Order::Value).value > least, "{at} {by}");
        }
    }
}

#[test]
fn what_is_known_is_taken_as_it_is() {
    let mut draw = Draw(4);
    let made = Made::new(&mut draw, 20_000, -2.0, &[2.0, -1.5]);
    let mut known = NONE;
    known[1] = 1.5;
    let found = fitted(&[made.file()], &[0], &known);
    assert!((found.weights[1] - 1.5).abs() < f64::EPSILON);
    assert!((found.weights[0] - 2.0).abs() < 0.1, "{found:?}");
}

#[test]
fn the_penalty_pulls_to_where_it_is_told() {
    let mut draw = Draw(6);
    let made = Made::new(&mut draw, 500, -1.0, &[1.0]);
    let mut known = NONE;
    known[0] = 5.0;
    let files = [made.file()];
    let of = |penalty| {
        solve(&Task { files: &files, free: &[0], signs: &SIGNS, known: &known, penalty })
            .unwrap()
            .weights[0]
    };
    let pulled = [1e-7, 1e-3, 1e-1, 1e4].map(of);
    assert!(pulled.is_sorted() && pulled[0] < 1.5 && pulled[3] > 4.99, "{pulled:?}");
}

#[test]
fn threads_do_not_change_a_bit() {
    let mut draw = Draw(7);
    let made = Made::new(&mut draw, 9_000, -1.0, &[1.0, -0.5, 0.3]);
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let found = pool.install(|| fitted(&[made.file()], &[0, 1, 2], &NONE));
        let bits: Vec<u64> = found.weights.iter().map(|weight| weight.to_bits()).collect();
        (bits, found.starts[0].to_bits())
    };
    assert_eq!(of(1), of(2));
    assert_eq!(of(1), of(8));
}
