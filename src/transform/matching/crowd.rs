//! What stands around a pair: whether two names are each other's nearest, or two of a crowd.
//!
//! `Scouts of Ashby` and `Scouts of Ashford` are as near as two spellings of one company, but so
//! are forty others. A pair's neighbours are the names about as near to one of the two as they
//! are to each other; spellings of one company share them, namesakes do not.

use rayon::prelude::*;

use super::node::Candidate;
use crate::ids::Weight;

/// Candidates of each node, sorted, with their score before the crowd is looked at.
pub(super) struct Crowd {
    /// Share of its amount that being nearest tells among so many names: among a handful, somebody
    /// always is.
    trust: f32,
    heads: Vec<u32>,
    near: Vec<(u32, i32)>,
}

/// A name that is this much farther than the pair is still as near.
const AS_NEAR: i32 = 1_000;
/// Names among which being nearest tells half of what it tells among many.
const HANDFUL: f64 = 12.0;

/// The share of what being nearest tells that it does not tell among so many names.
#[expect(clippy::cast_precision_loss, reason = "counts of names are far below 2^52")]
pub(super) fn doubt(names: usize) -> f64 {
    HANDFUL / (names as f64 + HANDFUL)
}

impl Crowd {
    /// `least` is the score below which nobody asks what stands around a pair.
    pub(super) fn new(
        nodes: usize,
        candidates: &[Candidate],
        scores: &[Weight],
        least: Weight,
    ) -> Self {
        let least = least.get() - AS_NEAR;
        let kept =
            || std::iter::zip(candidates, scores).filter(move |(_, score)| score.get() >= least);
        let mut heads = vec![0_u32; nodes + 1];
        for (&(a, b), _) in kept() {
            heads[a as usize + 1] += 1;
            heads[b as usize + 1] += 1;
        }
        for at in 0..nodes {
            heads[at + 1] += heads[at];
        }
        let mut next = heads.clone();
        let mut near = vec![(0, 0); heads[nodes] as usize];
        for (&(a, b), score) in kept() {
            for (from, to) in [(a, b), (b, a)] {
                let slot = &mut next[from as usize];
                near[*slot as usize] = (to, score.get());
                *slot += 1;
            }
        }
        let mut lists = Vec::with_capacity(nodes);
        let mut rest = near.as_mut_slice();
        for at in 0..nodes {
            let (list, after) = rest.split_at_mut((heads[at + 1] - heads[at]) as usize);
            lists.push(list);
            rest = after;
        }
        lists.into_par_iter().for_each(<[(u32, i32)]>::sort_unstable);
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let trust = (1.0 - doubt(nodes)) as f32;
        Self { trust, heads, near }
    }

    fn of(&self, node: u32) -> &[(u32, i32)] {
        let at = node as usize;
        &self.near[self.heads[at] as usize..self.heads[at + 1] as usize]
    }

    /// Of the names about as near to either as the two are to each other, the share that is near
    /// to both; 1 where there is no other.
    pub(super) fn mutual(&self, a: u32, b: u32, score: Weight) -> f32 {
        let least = score.get() - AS_NEAR;
        let (left, right) = (self.of(a), self.of(b));
        let near = |&&(node, score): &&(u32, i32)| score >= least && node != a && node != b;
        let shared = left.iter().filter(near).filter(|(node, _)| {
            let found = right.binary_search_by_key(node, |&(other, _)| other);
            found.is_ok_and(|at| right[at].1 >= least)
        });
        // The two themselves are near to both.
        let both = 2 + shared.count();
        let all = 4 + left.iter().filter(near).count() + right.iter().filter(near).count() - both;
        #[expect(clippy::cast_precision_loss, reason = "counts of names are far below 2^24")]
        let share = both as f32 / all as f32;
        self.trust * share
    }
}
