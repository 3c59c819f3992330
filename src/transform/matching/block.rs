//! Blocking: which pairs of names are worth comparing.
//!
//! Several independent passes; a pair is a candidate if any of them finds it. Every block is
//! bounded: one that holds more names than [`LIMIT`] is left to the other passes and counted, so
//! that cost grows with the number of names and not with its square.

use rayon::prelude::*;

use super::Step;
use super::initials::initials;
use super::logarithm::ln;
use super::node::{Candidate, Node};
use super::similar::{Index, Runs};
use super::vocabulary::{Kind, TermId, Vocabulary};
use crate::transform::evidence::Kinds;

/// Most names in a block.
///
/// # Source
/// A prototype on labelled sets: tokens held by up to 40 names found nearly all that tokens find.
const LIMIT: usize = 40;
/// Most names that hold a word whose letters may differ: a slip is in a rare word.
const TYPO_NAMES: u32 = 12;
/// Letters that a word must have before one of them may differ.
const TYPO_LETTERS: usize = 5;
/// Most names beside which one value stands: a domain, a house or a switchboard of more companies
/// tells hardly anything about two of them.
const BESIDE_NAMES: usize = 16;
/// Letters that two glued names must share at their start.
const PREFIX_LETTERS: usize = 8;

/// What one pass found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// What it looks for.
    pub name: &'static str,
    /// Pairs that it found, also those that others found.
    pub pairs: usize,
    /// Blocks that were too large.
    pub skipped: usize,
}

/// The candidate pairs, sorted, what each pass found, and the index of letters, which comparing
/// reads again.
pub(super) fn candidates(
    (nodes, words): (&[Node<'_>], &Vocabulary),
    kinds: &Kinds,
    watch: &dyn Fn(Step),
) -> (Vec<Candidate>, Vec<Pass>, Index) {
    let letters = letters(nodes, words, Runs::COMPARED);
    let longer = Runs::among(nodes.len());
    let longer = (longer != Runs::COMPARED).then(|| self::letters(nodes, words, longer));
    watch(Step { name: "index of letters", count: nodes.len(), unit: "names" });
    let mut all = Vec::new();
    let mut report = Vec::new();
    let mut add = |name: &'static str, (mut pairs, skipped): (Vec<Candidate>, usize)| {
        pairs.par_sort_unstable();
        pairs.dedup();
        watch(Step { name, count: pairs.len(), unit: "candidate pairs" });
        report.push(Pass { name, pairs: pairs.len(), skipped });
        all.append(&mut pairs);
    };
    let near = longer.as_ref().unwrap_or(&letters);
    let near = near.nearest(nearest(nodes.len(), LETTERS_MOST), LETTERS_LEAST);
    drop(longer);
    add("letters", (heard(nodes, near), 0));
    add("words", (by_words(nodes, words), 0));
    add("core", blocks(by_core(nodes), LIMIT));
    add("glued", blocks(by_glue(nodes), LIMIT));
    add("typo", blocks(by_typo(nodes, words), TYPO_NAMES as usize));
    add("initials", blocks(by_initials(nodes, words), LIMIT));
    add("evidence", blocks(by_evidence(nodes, kinds), BESIDE_NAMES));
    all.par_sort_unstable();
    all.dedup();
    all.shrink_to_fit();
    (all, report, letters.without_postings())
}

/// From so many names on, half as many of the nearest are compared: time is spent on comparing, and
/// among many names what is one company is nearer than what is not.
const MANY: usize = 20_000;

fn nearest(names: usize, most: usize) -> usize {
    if names < MANY { most } else { most / 2 }
}

/// Nearest names by letters: how many, and how near.
const LETTERS_MOST: usize = 16;
const LETTERS_LEAST: f32 = 0.30;
/// Nearest names by words: how many, and how near.
const WORDS_MOST: usize = 16;
const WORDS_LEAST: f32 = 0.30;

/// All names as they are written, and behind them those that have a sound, in the same order.
fn letters(nodes: &[Node<'_>], words: &Vocabulary, runs: Runs) -> Index {
    let sounds: Vec<&[TermId]> = nodes.iter().flat_map(sounds).collect();
    let of = |place: usize, into: &mut Vec<u32>| {
        let terms =
            if place < nodes.len() { &nodes[place].terms } else { sounds[place - nodes.len()] };
        runs.of(terms.iter().flat_map(|&term| words.get(term).text.chars().chain([' '])), into);
    };
    Index::new(nodes.len() + sounds.len(), runs.count(), of, rarity(nodes.len()))
}

fn sounds<'a>(node: &'a Node<'_>) -> impl Iterator<Item = &'a [TermId]> {
    node.sounds.iter().map(|sound| sound.terms.as_slice())
}

/// Pairs of places in the index of letters as pairs of names.
fn heard(nodes: &[Node<'_>], mut near: Vec<Candidate>) -> Vec<Candidate> {
    let owners = (0_u32..).zip(nodes);
    let owners = owners.flat_map(|(at, node)| std::iter::repeat_n(at, node.sounds.len()));
    let sounds: Vec<u32> = owners.collect();
    if sounds.is_empty() {
        return near;
    }
    let name = |place: u32| match (place as usize).checked_sub(nodes.len()) {
        Some(at) => (sounds[at], true),
        None => (place, false),
    };
    near.retain_mut(|pair| {
        let ((a, a_sounds), (b, b_sounds)) = (name(pair.0), name(pair.1));
        *pair = (a.min(b), a.max(b));
        let is_compared = || nodes[a as usize].is_written_otherwise(&nodes[b as usize]);
        a != b && (!(a_sounds && b_sounds) || is_compared())
    });
    near
}

fn by_words(nodes: &[Node<'_>], words: &Vocabulary) -> Vec<Candidate> {
    let of = |node: usize, into: &mut Vec<u32>| {
        into.extend_from_slice(&nodes[node].terms);
        into.extend(nodes[node].other.iter().flatten());
        into.extend(sounds(&nodes[node]).flatten());
    };
    let weight = |term: TermId, _| words.get(term).bits;
    Index::new(nodes.len(), words.len(), of, weight)
        .nearest(nearest(nodes.len(), WORDS_MOST), WORDS_LEAST)
}

/// Weight of a run of letters by how many names hold it.
#[expect(clippy::cast_precision_loss, reason = "counts of names are far below 2^52")]
fn rarity(names: usize) -> impl Fn(u32, u32) -> f64 + Sync {
    let names = names as f64;
    move |_, holders| ln(1.0 + names / f64::from(holders.max(1)))
}

/// A block's key and a name in it.
type Filed = (u64, u32);

/// A hash that is the same on every machine.
fn key(kind: u8, letters: impl Iterator<Item = char>) -> u64 {
    letters.fold(0xcbf2_9ce4_8422_2325 ^ u64::from(kind), |hash, letter| {
        (hash ^ u64::from(u32::from(letter))).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
    })
}

/// Every pair within each block, and the number of blocks that are too large.
fn blocks(mut filed: Vec<Filed>, most: usize) -> (Vec<Candidate>, usize) {
    filed.par_sort_unstable();
    filed.dedup();
    let mut pairs = Vec::new();
    let mut skipped = 0;
    for block in filed.chunk_by(|a, b| a.0 == b.0) {
        if block.len() > most {
            skipped += 1;
            continue;
        }
        for (at, &(_, a)) in block.iter().enumerate() {
            pairs.extend(block[at + 1..].iter().map(|&(_, b)| (a, b)));
        }
    }
    (pairs, skipped)
}

/// Files every node under the keys that `keys` gives.
fn file(nodes: &[Node<'_>], keys: impl Fn(&Node<'_>, &mut Vec<u64>) + Sync) -> Vec<Filed> {
    let lists: Vec<Vec<Filed>> = nodes
        .par_iter()
        .enumerate()
        .map(|(at, node)| {
            let mut found = Vec::new();
            keys(node, &mut found);
            found.into_iter().map(|key| (key, index(at))).collect()
        })
        .collect();
    lists.concat()
}

fn index(node: usize) -> u32 {
    u32::try_from(node).expect("fewer names than 2^32")
}

/// Equal words, which differ in legal form or marks.
fn by_core(nodes: &[Node<'_>]) -> Vec<Filed> {
    file(nodes, |node, keys| {
        keys.push(key(1, node.name.words.iter().flat_map(|word| word.text.chars())));
    })
}

/// Names written in one word or two, and names that are cut off.
fn by_glue(nodes: &[Node<'_>]) -> Vec<Filed> {
    file(nodes, |node, keys| {
        let sounds = node.sounds.iter().map(|sound| &sound.glued);
        for glued in std::iter::once(&node.glued).chain(sounds) {
            keys.push(key(2, glued.iter().copied()));
            if glued.len() >= PREFIX_LETTERS {
                keys.push(key(3, glued[..PREFIX_LETTERS].iter().copied()));
            }
        }
    })
}

/// Names that hold two words which become equal when one letter is left out of either.
fn by_typo(nodes: &[Node<'_>], words: &Vocabulary) -> Vec<Filed> {
    file(nodes, |node, keys| {
        for &term in node.terms.iter().chain(sounds(node).flatten()) {
            let entry = words.get(term);
            let letters = &entry.letters;
            let common = entry.names > TYPO_NAMES;
            if common || letters.len() < TYPO_LETTERS || entry.kind != Kind::Word {
                continue;
            }
            keys.push(key(4, letters.iter().copied()));
            for left_out in 0..letters.len() {
                let kept = letters[..left_out].iter().chain(&letters[left_out + 1..]);
                keys.push(key(4, kept.copied()));
            }
        }
    })
}

/// A name of one short word, and the names whose initials it is.
fn by_initials(nodes: &[Node<'_>], words: &Vocabulary) -> Vec<Filed> {
    let mut filed = file(nodes, |node, keys| {
        for terms in std::iter::once(&node.terms).chain(&node.other) {
            if let [only] = terms[..]
                && (2..=6).contains(&words.get(only).letters.len())
            {
                keys.push(key(5, words.get(only).letters.iter().copied()));
            }
        }
    });
    filed.sort_unstable();
    let short: Vec<u64> = filed.iter().map(|&(key, _)| key).collect();
    filed.extend(file(nodes, |node, keys| {
        for terms in std::iter::once(&node.terms).chain(&node.other) {
            let key = key(5, initials(terms, words));
            if (2..=6).contains(&terms.len()) && short.binary_search(&key).is_ok() {
                keys.push(key);
            }
        }
    }));
    filed
}

fn by_evidence(nodes: &[Node<'_>], kinds: &Kinds) -> Vec<Filed> {
    let finding = kinds.iter().enumerate().filter(|(_, kind)| kind.finds);
    let finding: Vec<usize> = finding.map(|(at, _)| at).collect();
    file(nodes, |node, keys| {
        for &kind in &finding {
            // Kinds do not share numbers, but for hosts, which are meant to.
            keys.extend(node.facts.of(kind).iter().map(|&value| u64::from(value)));
        }
    })
}
