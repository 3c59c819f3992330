//! What a reviewer who is never wrong is asked, and what the answers give.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::disjoint::Disjoint;
use super::measures::{Contingency, Scores};
use super::{Band, Pair};
use crate::ids::Weight;

/// A doubt about two found clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// The two clusters, the smaller label first.
    groups: [u32; 2],
    /// The highest score among the pairs in doubt between them.
    bits: Weight,
    /// Rows of each.
    rows: [u64; 2],
}

/// The state after a number of answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Answered {
    /// Questions answered.
    pub questions: usize,
    /// Of these, answered "one organization".
    pub joined: usize,
    /// The clusters after the joins, which are transitive, against the truth.
    pub scores: Scores,
}

/// The order in which questions about two groups of rows are asked, as a key to sort by: the
/// highest score first, then the one that decides over the most pairs of rows.
///
/// What is still equal is asked in the order of the cluster labels.
pub fn asking_order(bits: Weight, rows: [u64; 2]) -> (Reverse<Weight>, Reverse<u64>) {
    (Reverse(bits), Reverse(rows[0] * rows[1]))
}

/// The distinct pairs of found clusters with a pair in band `review` between them, in the order in
/// which they are asked.
///
/// A question that earlier answers already settle is still counted: a review file is written
/// before the first answer.
pub(super) fn questions(found: &[u32], pairs: &[Pair]) -> Vec<Question> {
    let mut rows: FxHashMap<u32, u64> = FxHashMap::default();
    for &cluster in found {
        *rows.entry(cluster).or_default() += 1;
    }
    let mut best: FxHashMap<[u32; 2], Weight> = FxHashMap::default();
    for pair in pairs.iter().filter(|pair| pair.band == Band::Review) {
        let [a, b] = [found[pair.a as usize], found[pair.b as usize]];
        if a != b {
            let bits = best.entry([a.min(b), a.max(b)]).or_insert(pair.bits);
            *bits = pair.bits.max(*bits);
        }
    }
    let mut questions: Vec<Question> = best
        .into_iter()
        .map(|(groups, bits)| Question { groups, bits, rows: groups.map(|group| rows[&group]) })
        .collect();
    questions.sort_unstable_by_key(|question| {
        (asking_order(question.bits, question.rows), question.groups)
    });
    questions
}

/// Answers the questions in order: two clusters are joined if the true label of most rows of the
/// one is that of most rows of the other, the smallest label where several are most.
///
/// `stops` are numbers of questions in ascending order, each cut to the questions there are.
/// Out: the state after each of them, and after all questions.
pub(super) fn answer(
    table: &Contingency,
    questions: &[Question],
    stops: &[usize],
) -> (Vec<Answered>, Answered) {
    let labels = majorities(table);
    let mut groups = Disjoint::new(labels.len());
    let (mut asked, mut joined) = (0, 0);
    let mut answer_until = |stop: usize| {
        let stop = stop.clamp(asked, questions.len());
        for question in &questions[asked..stop] {
            let [a, b] = question.groups.map(|group| group as usize);
            if labels[a] == labels[b] {
                groups.join(a, b);
                joined += 1;
            }
        }
        asked = stop;
        let regrouped = table.regrouped(|cluster| {
            u32::try_from(groups.root(cluster as usize)).expect("a root is a cluster's number")
        });
        Answered { questions: asked, joined, scores: regrouped.scores() }
    };
    let states = stops.iter().map(|&stop| answer_until(stop)).collect();
    (states, answer_until(questions.len()))
}

/// The true label of most rows of each found cluster, by its number.
fn majorities(table: &Contingency) -> Vec<u32> {
    table
        .by_found()
        .map(|cells| {
            let most = cells.iter().max_by_key(|cell| (cell.rows, Reverse(cell.truth)));
            most.expect("a found cluster has rows").truth
        })
        .collect()
}
