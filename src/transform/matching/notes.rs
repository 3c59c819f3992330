//! Notes: what stands in brackets or behind a dash on names that have nothing else in common,
//! `(board member)`, `- paid by card`. Found from the names themselves, since every list has its
//! own; what is common everywhere stands in `config/legal_forms.csv`.
//!
//! In: all names of a tenant with their terms. Out: which words of a name are a note. A note is not
//! compared: else it would join names that share nothing but it.

use std::ops::Range;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::transform::lexicon::Term;
use crate::transform::normalize::{Name, Part, Word};

/// Names without a word in common that bear a note. Two may be one company under two names, with
/// the third of its names in brackets.
const UNRELATED: usize = 3;

/// The notes of a list, each by its words.
#[derive(Debug, Default)]
pub(super) struct Notes<'a> {
    /// Names that bear a text and have no word in common, as many as make it a note.
    bearers: FxHashMap<String, SmallVec<[&'a Name; UNRELATED]>>,
}

/// Words of a name that are notes.
pub(super) type Spans = SmallVec<[Range<usize>; 1]>;

impl<'a> Notes<'a> {
    /// Finds the notes of names, which come in an order of their own.
    pub(super) fn find<'t>(names: impl Iterator<Item = (&'a Name, &'t [Term<'t>])>) -> Self {
        let mut notes = Self::default();
        for (name, terms) in names {
            for span in spans(name) {
                // A place, a trade and a number are parts of a name wherever they stand.
                let is_part = |term: &Term<'_>| {
                    term.is_place
                        || term.is_trade
                        || term.text.len() == 1
                        || term.text.contains(char::is_numeric)
                };
                if terms.iter().any(|term| span.contains(&term.at) && is_part(term)) {
                    continue;
                }
                let bearers = notes.bearers.entry(text(&name.words[span])).or_default();
                if bearers.len() < UNRELATED && bearers.iter().all(|other| !is_related(name, other))
                {
                    bearers.push(name);
                }
            }
        }
        notes.bearers.retain(|_, bearers| bearers.len() == UNRELATED);
        notes
    }

    /// The notes in a name.
    pub(super) fn of(&self, name: &Name) -> Spans {
        if self.bearers.is_empty() {
            return Spans::new();
        }
        spans(name)
            .filter(|span| self.bearers.contains_key(&text(&name.words[span.clone()])))
            .collect()
    }
}

/// What stands in brackets or behind a dash, where something stands before it.
fn spans(name: &Name) -> impl Iterator<Item = Range<usize>> {
    let words = &name.words;
    let mut at = 0;
    let is_whole = !words.iter().any(|word| word.part == Part::Name);
    std::iter::from_fn(move || {
        while at < words.len() && !is_whole {
            let start = at;
            let part = words[at].part;
            at += words[at..].iter().take_while(|word| word.part == part).count();
            if part != Part::Name {
                return Some(start..at);
            }
        }
        None
    })
}

fn text(words: &[Word]) -> String {
    let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    words.join(" ")
}

/// Whether two names have a word in common, but for small ones, outside brackets.
fn is_related(a: &Name, b: &Name) -> bool {
    let own = |name: &'_ Name| -> Vec<String> {
        let is_own = |word: &&Word| word.part == Part::Name && word.text.chars().count() > 2;
        name.words.iter().filter(is_own).map(|word| word.text.to_string()).collect()
    };
    let (a, b) = (own(a), own(b));
    // One that is all small words tells nothing.
    a.is_empty() || b.is_empty() || a.iter().any(|word| b.contains(word))
}
