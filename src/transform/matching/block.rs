//! Blocking: which pairs of names are worth comparing.
//!
//! Several independent passes; a pair is a candidate if any of them finds it. Every block is
//! bounded: one that holds more names than [`LIMIT`] is left to the other passes and counted, so
//! that cost grows with the number of names and not with its square.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::Node;
use super::vocabulary::{Vocabulary, WordId};

/// Most names in a block.
///
/// # Source
/// A prototype on labelled sets: tokens held by up to 40 names found nearly all that tokens find.
const LIMIT: usize = 40;
/// Letters that a word must have before one of them may differ.
const TYPO_LETTERS: usize = 5;
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

/// The candidate pairs of node indices `(a, b)` with `a < b`, sorted, and what each pass found.
pub(super) fn candidates(nodes: &[Node<'_>], words: &Vocabulary) -> (Vec<(u32, u32)>, Vec<Pass>) {
    let passes: [(&'static str, Vec<Vec<u32>>); 7] = [
        ("core", by_key(nodes, |node, keys| keys.push(node.core.clone()))),
        ("word", by_word(nodes, words)),
        ("word pair", by_word_pair(nodes)),
        ("typo", by_typo(nodes, words)),
        ("glued", by_key(nodes, glued)),
        ("initials", by_initials(nodes, words)),
        ("evidence", by_key(nodes, evidence)),
    ];
    let mut all = Vec::new();
    let mut report = Vec::new();
    for (name, blocks) in passes {
        let mut pass = Pass { name, ..Pass::default() };
        let mut pairs = Vec::new();
        for block in blocks {
            if block.len() > LIMIT {
                pass.skipped += 1;
                continue;
            }
            for (at, &a) in block.iter().enumerate() {
                pairs.extend(block[at + 1..].iter().map(|&b| (a.min(b), a.max(b))));
            }
        }
        pairs.retain(|(a, b)| a != b);
        pairs.sort_unstable();
        pairs.dedup();
        pass.pairs = pairs.len();
        report.push(pass);
        all.append(&mut pairs);
    }
    all.sort_unstable();
    all.dedup();
    (all, report)
}

fn index(node: usize) -> u32 {
    u32::try_from(node).expect("fewer names than 2^32")
}

/// Names that share a text key; keys with one name are no block.
fn by_key(nodes: &[Node<'_>], keys: impl Fn(&Node<'_>, &mut Vec<String>)) -> Vec<Vec<u32>> {
    let mut blocks: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut found = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        keys(node, &mut found);
        found.sort_unstable();
        found.dedup();
        for key in found.drain(..) {
            blocks.entry(key).or_default().push(index(at));
        }
    }
    blocks.into_values().filter(|block| block.len() > 1).collect()
}

/// Names written in one word or two, and names that are cut off.
fn glued(node: &Node<'_>, keys: &mut Vec<String>) {
    let text: String = node.core.chars().filter(|c| *c != ' ').collect();
    let prefix: String = text.chars().take(PREFIX_LETTERS).collect();
    if prefix.chars().count() == PREFIX_LETTERS {
        keys.push(format!("prefix {prefix}"));
    }
    keys.push(text);
}

fn evidence(node: &Node<'_>, keys: &mut Vec<String>) {
    let evidence = &node.evidence;
    for (kind, values) in [
        ("domain", &evidence.email_domains),
        ("domain", &evidence.websites),
        ("phone", &evidence.phones),
        ("tax", &evidence.tax_ids),
    ] {
        keys.extend(values.iter().map(|value| format!("{kind} {value}")));
    }
}

/// For each word, the names that hold it.
fn postings(nodes: &[Node<'_>], words: &Vocabulary) -> Vec<Vec<u32>> {
    let mut postings = vec![Vec::new(); words.len()];
    for (at, node) in nodes.iter().enumerate() {
        let mut ids = node.words.clone();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            postings[id as usize].push(index(at));
        }
    }
    postings
}

fn by_word(nodes: &[Node<'_>], words: &Vocabulary) -> Vec<Vec<u32>> {
    postings(nodes, words).into_iter().filter(|block| block.len() > 1).collect()
}

/// Names that share two neighbouring words: finds names made of common words only.
fn by_word_pair(nodes: &[Node<'_>]) -> Vec<Vec<u32>> {
    let mut blocks: FxHashMap<(WordId, WordId), Vec<u32>> = FxHashMap::default();
    for (at, node) in nodes.iter().enumerate() {
        for pair in node.words.windows(2) {
            let block = blocks.entry((pair[0], pair[1])).or_default();
            if block.last() != Some(&index(at)) {
                block.push(index(at));
            }
        }
    }
    blocks.into_values().filter(|block| block.len() > 1).collect()
}

/// Names that hold two words which become equal when one letter is left out of either.
fn by_typo(nodes: &[Node<'_>], words: &Vocabulary) -> Vec<Vec<u32>> {
    let mut variants: FxHashMap<String, Vec<WordId>> = FxHashMap::default();
    for id in 0..index(words.len()) {
        let text = words.text(id);
        let letters: Vec<char> = text.chars().collect();
        let common = words.names(id) as usize > LIMIT;
        if common || letters.len() < TYPO_LETTERS || letters.iter().any(char::is_ascii_digit) {
            continue;
        }
        let mut texts: Vec<String> = (0..letters.len())
            .map(|left_out| {
                let kept = letters.iter().enumerate().filter(|(at, _)| *at != left_out);
                kept.map(|(_, letter)| letter).collect()
            })
            .collect();
        texts.push(text.to_owned());
        texts.sort_unstable();
        texts.dedup();
        for text in texts {
            variants.entry(text).or_default().push(id);
        }
    }
    let postings = postings(nodes, words);
    let mut near: Vec<Vec<WordId>> = variants.into_values().filter(|ids| ids.len() > 1).collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter()
        .map(|ids| ids.iter().flat_map(|&id| postings[id as usize].iter().copied()).collect())
        .collect()
}

/// A name of one short word, and the names whose initials it is.
fn by_initials(nodes: &[Node<'_>], words: &Vocabulary) -> Vec<Vec<u32>> {
    let mut blocks: BTreeMap<String, (bool, Vec<u32>)> = BTreeMap::new();
    for (at, node) in nodes.iter().enumerate() {
        if let [only] = node.words[..]
            && (2..=6).contains(&words.text(only).chars().count())
        {
            let block = blocks.entry(words.text(only).to_owned()).or_default();
            block.0 = true;
            block.1.push(index(at));
        } else if node.words.len() > 1 {
            let initials = initials(&node.words, words);
            blocks.entry(initials).or_default().1.push(index(at));
        }
    }
    blocks
        .into_values()
        .filter(|(short, block)| *short && block.len() > 1)
        .map(|(_, b)| b)
        .collect()
}

/// The first letters of a name's words.
pub(super) fn initials(ids: &[WordId], words: &Vocabulary) -> String {
    ids.iter().filter_map(|&id| words.text(id).chars().next()).collect()
}
