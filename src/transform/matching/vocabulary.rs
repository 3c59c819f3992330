//! The terms of one tenant's names, interned, and how much a shared term tells.
//!
//! A term that half of the names hold says nothing; a term that one name holds says nearly
//! everything. Ten names cannot teach which words are common, so a shipped table of background
//! frequencies stands behind them.

use std::collections::BTreeMap;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::logarithm::log2;

/// How many names of a large public register hold a word.
#[derive(Clone, Debug, Default)]
pub struct Background {
    counts: FxHashMap<String, u32>,
    total: u32,
}

impl Background {
    /// Wraps a table of counts; `total` is the number of names they were counted over.
    pub fn new(counts: BTreeMap<String, u32>, total: u32) -> Self {
        Self { counts: counts.into_iter().collect(), total }
    }
}

/// How many names the background stands for beside the data's own.
///
/// # Source
/// Mean F1 of seven labelled lists and 10,000 generated contacts with 500, 2,000, 6,000 and 20,000:
/// .812, .816, .817, .813; with 2,000 each of the lists is above its best peer.
const BACKGROUND_NAMES: f64 = 2_000.0;

/// One in so many names of the background holds a word that is anybody's: `factory`, `global`.
const GENERIC_SHARE: u64 = 800;
/// So many names, and one in so many, of the data at hand.
const GENERIC_NAMES: u32 = 50;
const GENERIC_PART: f64 = 50.0;

/// An interned term.
pub(super) type TermId = u32;

/// What a term is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word like any other.
    Word,
    /// Holds a digit, or is a single letter, `C++` included: what tells `Plant 2` from `Plant 3`.
    Number,
    /// A place or a point of the compass.
    Place,
    /// What a company does: `steel`, `trading`.
    Trade,
}

/// A term once, with its frequency and weight.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) text: CompactString,
    pub(super) letters: Box<[char]>,
    /// One bit for each letter that occurs, to tell at once that two terms are far apart.
    pub(super) mask: u64,
    pub(super) kind: Kind,
    /// Number of names that hold it.
    pub(super) names: u32,
    /// Bits that a shared occurrence is worth; above 0.
    pub(super) bits: f64,
    /// Whether it is of one company or a few, so that what stands beside two names that share it may
    /// join them.
    pub(super) is_own: bool,
}

/// One bit for each letter that occurs.
pub(super) fn mask(letters: &[char]) -> u64 {
    letters.iter().fold(0, |mask, &letter| mask | 1 << (u32::from(letter) % 61))
}

/// Every term once.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    entries: Vec<Entry>,
    ids: FxHashMap<CompactString, TermId>,
}

impl Vocabulary {
    /// The id of a term, new or known.
    pub(super) fn intern(&mut self, text: &str, is_place: bool, is_trade: bool) -> TermId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = TermId::try_from(self.entries.len()).expect("fewer terms than 2^32");
        let letters: Box<[char]> = text.chars().collect();
        let mask = mask(&letters);
        let is_sign = |letter: &char| matches!(letter, '+' | '#');
        let is_number = letters.first().is_some_and(char::is_ascii)
            && letters.iter().skip(1).all(is_sign)
            || letters.iter().any(|letter| letter.is_numeric());
        let kind = match (is_place, is_number, is_trade) {
            (true, ..) => Kind::Place,
            (_, true, _) => Kind::Number,
            (.., true) => Kind::Trade,
            _ => Kind::Word,
        };
        self.ids.insert(text.into(), id);
        self.entries.push(Entry {
            text: text.into(),
            letters,
            mask,
            kind,
            names: 0,
            bits: 0.0,
            is_own: false,
        });
        id
    }

    /// Counts one name's distinct terms.
    pub(super) fn count(&mut self, terms: &[TermId]) {
        for (at, &term) in terms.iter().enumerate() {
            if !terms[..at].contains(&term) {
                self.entries[term as usize].names += 1;
            }
        }
    }

    /// Weighs every term once all names are in.
    pub(super) fn weigh(&mut self, names: usize, background: &Background) {
        #[expect(clippy::cast_precision_loss, reason = "counts of names are far below 2^52")]
        let names = names as f64;
        let total = f64::from(background.total.max(1));
        for entry in &mut self.entries {
            let known = background.counts.get(&*entry.text).copied().unwrap_or(0);
            let expected = BACKGROUND_NAMES * (f64::from(known) + 0.5) / total;
            let share = (f64::from(entry.names) + 0.5 + expected) / (names + BACKGROUND_NAMES);
            entry.bits = (-log2(share)).max(0.1);
            let is_common = u64::from(known) * GENERIC_SHARE > u64::from(background.total)
                || entry.names > GENERIC_NAMES && f64::from(entry.names) * GENERIC_PART > names;
            entry.is_own = entry.kind == Kind::Word && !is_common;
        }
    }

    pub(super) fn get(&self, id: TermId) -> &Entry {
        &self.entries[id as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
