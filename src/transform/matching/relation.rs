//! What two names have in common that evidence may rest on, and what too many names share.
//!
//! A value that unrelated names share is a switchboard's, an accountant's or a landlord's, and stands
//! for nobody. Two names that share a value and nothing else may be neighbours.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::Mention;
use super::initials::is_short_for;
use super::near::likeness;
use super::node::Node;
use super::vocabulary::{Kind, TermId, Vocabulary};
use crate::transform::evidence::Kinds;

/// How many names hold each host, of whatever kind, by number.
pub(super) fn hosts(nodes: &[Node<'_>], kinds: &Kinds) -> FxHashMap<u32, u32> {
    let places = kinds.iter().enumerate().filter(|(_, kind)| kind.are_hosts);
    let places: Vec<usize> = places.map(|(at, _)| at).collect();
    let mut counts = FxHashMap::default();
    let mut held = Vec::new();
    for node in nodes {
        held.clear();
        held.extend(places.iter().flat_map(|&at| node.facts.of(at)));
        held.sort_unstable();
        held.dedup();
        for &host in &held {
            *counts.entry(host).or_insert(0) += 1;
        }
    }
    counts
}

/// A value that unrelated names share.
#[derive(Debug)]
pub(super) struct Crowded {
    /// The place of its kind.
    pub(super) kind: usize,
    /// The names, as nodes, ascending.
    pub(super) nodes: Vec<u32>,
}

/// The values as they are written, with the mentions that hold them.
pub(super) fn told(
    crowded: &[Crowded],
    nodes: &[Node<'_>],
    mentions: &[Mention],
) -> Vec<super::Crowded> {
    let tell = |crowded: &Crowded| {
        let kind = crowded.kind;
        let members = |node: u32| nodes[node as usize].members.iter().copied();
        let holds =
            |at: &usize, value: &str| mentions[*at].evidence.of(kind).any(|own| own == value);
        let is_shared = |value: &&str| {
            crowded.nodes.iter().all(|&node| members(node).any(|at| holds(&at, value)))
        };
        let mut values = members(crowded.nodes[0]).flat_map(|at| mentions[at].evidence.of(kind));
        let value = values.find(is_shared)?;
        let all = crowded.nodes.iter().flat_map(|&node| members(node));
        Some(super::Crowded {
            kind,
            value: value.into(),
            names: crowded.nodes.len(),
            mentions: all.filter(|at| holds(at, value)).collect(),
        })
    };
    crowded.iter().filter_map(tell).collect()
}

/// Unrelated names from which on a value that they share stands for nobody.
const UNRELATED: usize = 3;
/// Names of a value that are looked at: so many show whose it is.
const LOOKED_AT: usize = 40;

/// Takes out of all names what unrelated ones share, and says what that was.
pub(super) fn leave_out_crowded(
    nodes: &mut [Node<'_>],
    words: &Vocabulary,
    kinds: &Kinds,
) -> Vec<Crowded> {
    let mut held: Vec<(usize, u32, u32)> = Vec::new();
    for (at, _) in kinds.iter().enumerate().filter(|(_, kind)| kind.finds) {
        for (node, facts) in (0_u32..).zip(nodes.iter().map(|node| &node.facts)) {
            held.extend(facts.of(at).iter().map(|&value| (at, value, node)));
        }
    }
    held.par_sort_unstable();
    let values: Vec<&[(usize, u32, u32)]> =
        held.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).collect();
    let shared = &*nodes;
    let is_crowded = |held: &&&[(usize, u32, u32)]| {
        held.len() >= UNRELATED && are_unrelated(held.iter().map(|held| held.2), shared, words)
    };
    let values: Vec<&[(usize, u32, u32)]> = values.par_iter().filter(is_crowded).copied().collect();
    let dropped: FxHashSet<(usize, u32)> =
        values.iter().map(|held| (held[0].0, held[0].1)).collect();
    let crowded = values
        .iter()
        .map(|held| Crowded { kind: held[0].0, nodes: held.iter().map(|held| held.2).collect() });
    let crowded: Vec<Crowded> = crowded.collect();
    let mut touched: Vec<u32> = crowded.iter().flat_map(|value| &value.nodes).copied().collect();
    touched.sort_unstable();
    touched.dedup();
    for node in touched {
        nodes[node as usize].facts.without(&dropped, kinds);
    }
    crowded
}

/// Whether some names fall into several circles of which none has to do with another.
fn are_unrelated(
    holders: impl Iterator<Item = u32>,
    nodes: &[Node<'_>],
    words: &Vocabulary,
) -> bool {
    let mut circles: Vec<Vec<&Node<'_>>> = Vec::new();
    for node in holders.take(LOOKED_AT).map(|at| &nodes[at as usize]) {
        let is_of =
            |circle: &Vec<&Node<'_>>| circle.iter().any(|other| are_related(node, other, words));
        // A name may bring circles together.
        let (mut own, others): (Vec<_>, Vec<_>) = circles.into_iter().partition(is_of);
        own.push(vec![node]);
        circles = others;
        circles.push(own.concat());
    }
    circles.len() >= UNRELATED
}

/// Whether two names have something in common that what stands beside them may rest on: a word, or the
/// one is the other's initials.
pub(super) fn are_related(a: &Node<'_>, b: &Node<'_>, words: &Vocabulary) -> bool {
    share_word(a, b, words)
        || is_short_for(&a.terms, &b.terms, words)
        || is_short_for(&b.terms, &a.terms, words)
}

/// From this likeness on, in percent, two words are one with a slip.
const SLIP: u32 = 60;

/// Whether two names share a word of their own, in whatever way they are read: not of a trade, no
/// place, no number, and none that many companies have.
pub(super) fn share_own_word(a: &Node<'_>, b: &Node<'_>, words: &Vocabulary) -> bool {
    let own = |node: &Node<'_>| terms(node, |term| words.get(term).is_own);
    share((a, &own(a)), (b, &own(b)), words)
}

/// Whether two names share a word that is no place, number or trade; where one has no such word, any.
fn share_word(a: &Node<'_>, b: &Node<'_>, words: &Vocabulary) -> bool {
    let is_word = |term: TermId| words.get(term).kind == Kind::Word;
    let (left, right) = (terms(a, is_word), terms(b, is_word));
    if left.is_empty() || right.is_empty() {
        return a.terms.iter().any(|term| b.terms.contains(term));
    }
    share((a, &left), (b, &right), words)
}

/// Some terms of a name, in whatever way it is read.
fn terms(node: &Node<'_>, is_meant: impl Fn(TermId) -> bool) -> SmallVec<[TermId; 8]> {
    let sounds = node.sounds.iter().flat_map(|sound| &sound.terms);
    let all = node.terms.iter().chain(node.other.iter().flatten()).chain(sounds);
    all.copied().filter(|&term| is_meant(term)).collect()
}

/// Whether some terms of two names are equal, but for a slip or a blank.
fn share(
    (a, left): (&Node<'_>, &[TermId]),
    (b, right): (&Node<'_>, &[TermId]),
    words: &Vocabulary,
) -> bool {
    let is_slip = |&one: &TermId| {
        right.iter().any(|&other| likeness(words.get(one), words.get(other)) >= SLIP)
    };
    left.iter().any(|term| right.contains(term))
        || left.iter().any(is_slip)
        || is_glued(a, right, words)
        || is_glued(b, left, words)
}

/// Whether neighbouring words of a name are one of some words: `Media Q`, `MediaQ`.
fn is_glued(node: &Node<'_>, wholes: &[TermId], words: &Vocabulary) -> bool {
    let letters = |terms: &[TermId]| -> Vec<char> {
        terms.iter().flat_map(|&term| words.get(term).letters.iter().copied()).collect()
    };
    let mut runs = [2, 3].into_iter().flat_map(|count| node.terms.windows(count));
    runs.any(|run| {
        let glued = letters(run);
        wholes.iter().any(|&whole| *words.get(whole).letters == *glued)
    })
}
