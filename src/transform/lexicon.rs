//! Words that mean the same: trades in several languages, places and their abbreviations.
//!
//! In: a name and what stands beside it. Out: its terms, one concept each, so that `Công ty Thép
//! Hòa Phát` and `Hoa Phat Steel` share two of them. Data from `config/trade_words.csv` and
//! `config/places.csv`. A word of another language than English is translated only where the name
//! shows that language: else `may` would be a sewing machine.

use rustc_hash::{FxHashMap, FxHashSet};

use super::evidence::Evidence;
use super::legal_forms::LegalForms;
use super::normalize::{Name, Word};

/// A row of one of the two lists.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Words as they stand in a name, bare, joined by blanks.
    pub words: String,
    /// What it is compared as.
    pub concept: String,
    /// ISO 639-1 code; empty for a place, which is read in every language.
    pub language: String,
}

/// One meaning of a name's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term<'a> {
    /// The concept, or the word itself.
    pub text: &'a str,
    /// Where its first word stands in the name.
    pub at: usize,
    /// How many words it stands for.
    pub length: usize,
    /// Whether it is a place or a point of the compass.
    pub is_place: bool,
    /// Whether it says what a company does rather than what it is called.
    pub is_trade: bool,
}

/// A language of the lists, as a bit.
type Languages = u8;
const ENGLISH: Languages = 1;
const VIETNAMESE: Languages = 2;
/// A language, its bit, where it is spoken (codes and names as bare text), and small words that
/// show it.
const SPOKEN: &[(&str, Languages, &[&str], &[&str])] = &[
    ("en", ENGLISH, &[], &[]),
    ("vi", VIETNAMESE, &["vn", "viet nam", "vietnam"], &[]),
    (
        "de",
        4,
        &["de", "at", "ch", "li", "germany", "deutschland", "austria", "switzerland"],
        &["und", "fur", "der"],
    ),
    (
        "fr",
        8,
        &["fr", "be", "ca", "ch", "lu", "ma", "tn", "france", "belgium", "canada"],
        &["et", "des", "du", "les", "le", "aux"],
    ),
    (
        "pt",
        16,
        &["pt", "br", "mz", "ao", "portugal", "brazil", "mozambique"],
        &["e", "do", "da", "dos", "das"],
    ),
    (
        "es",
        32,
        &["es", "mx", "ar", "cl", "co", "pe", "uy", "ec", "spain", "mexico", "argentina", "chile"],
        &["y", "del", "los", "las", "el"],
    ),
];

fn language(code: &str) -> Languages {
    SPOKEN.iter().find(|(name, ..)| *name == code).map_or(0, |(_, bit, ..)| *bit)
}

#[derive(Clone, Debug)]
struct Phrase {
    /// The words after the first.
    rest: Vec<String>,
    concept: String,
    languages: Languages,
    is_place: bool,
}

/// The lists, ready to be looked up.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    /// By first word; the longest phrase first.
    phrases: FxHashMap<String, Vec<Phrase>>,
    /// What trade words are compared as; an English one may stand in a name as it is.
    trades: FxHashSet<String>,
}

impl Lexicon {
    /// Prepares the two lists; of two rows that read the same words, that of `places` holds.
    pub fn new(trade_words: &[Entry], places: &[Entry]) -> Self {
        let mut phrases: FxHashMap<String, Vec<Phrase>> = FxHashMap::default();
        let rows = places.iter().map(|row| (row, true));
        for (row, is_place) in rows.chain(trade_words.iter().map(|row| (row, false))) {
            let mut words = row.words.split(' ').map(str::to_owned);
            let Some(first) = words.next() else { continue };
            let languages = if is_place { ENGLISH } else { language(&row.language) };
            let concept = row.concept.clone();
            let phrase = Phrase { rest: words.collect(), concept, languages, is_place };
            phrases.entry(first).or_default().push(phrase);
        }
        for list in phrases.values_mut() {
            list.sort_by_key(|phrase| std::cmp::Reverse(phrase.rest.len()));
        }
        let trades = trade_words.iter().map(|row| row.concept.clone()).collect();
        Self { phrases, trades }
    }

    /// Reads a name's words as terms, in order; the longest phrase wins.
    pub fn read<'a>(
        &'a self,
        name: &'a Name,
        evidence: &Evidence,
        forms: &LegalForms,
    ) -> Vec<Term<'a>> {
        let languages = self.languages(name, evidence, forms);
        let mut terms = Vec::with_capacity(name.words.len());
        let mut at = 0;
        while at < name.words.len() {
            let rest = &name.words[at..];
            let found = self.phrases.get(rest[0].text.as_str()).and_then(|list| {
                list.iter().find(|phrase| {
                    phrase.languages & languages != 0 && begins(&rest[1..], &phrase.rest)
                })
            });
            let (text, length, is_place) = if let Some(phrase) = found {
                (phrase.concept.as_str(), 1 + phrase.rest.len(), phrase.is_place)
            } else {
                let is_last = rest.len() == 1 && languages & VIETNAMESE == 0;
                (arabic(&rest[0].text, at, is_last), 1, false)
            };
            let is_trade = !is_place && self.trades.contains(text);
            terms.push(Term { text, at, length, is_place, is_trade });
            at += length;
        }
        terms
    }

    /// The languages that a name shows: by legal form, marks, country, small words, or two words
    /// of its lists.
    fn languages(&self, name: &Name, evidence: &Evidence, forms: &LegalForms) -> Languages {
        let mut shown = ENGLISH;
        for &(_, bit, countries, small) in &SPOKEN[1..] {
            let spoken = |code: &str| countries.contains(&code);
            let by_form = name.forms.iter().any(|&form| {
                let codes = forms.countries(form);
                !codes.is_empty() && codes.iter().all(|code| spoken(&code.to_lowercase()))
            });
            let by_country = evidence.countries.iter().any(spoken);
            let by_word = name.words.iter().any(|word| small.contains(&word.text.as_str()));
            if by_form || by_country || by_word {
                shown |= bit;
            }
        }
        let mut marked = false;
        for word in name.words.iter().filter(|word| !word.marks.is_empty()) {
            marked = true;
            if word.marks.chars().any(is_vietnamese) {
                shown |= VIETNAMESE;
            }
        }
        if marked && shown & VIETNAMESE == 0 {
            shown |= !(ENGLISH | VIETNAMESE);
        }
        // Two words that only one language knows.
        let mut counts = [0_u8; 8];
        for word in &name.words {
            let Some(list) = self.phrases.get(word.text.as_str()) else { continue };
            let single = list.iter().filter(|phrase| phrase.rest.is_empty() && !phrase.is_place);
            let known = single.fold(0, |bits, phrase| bits | phrase.languages);
            for (bit, count) in counts.iter_mut().enumerate() {
                if known & (1 << bit) != 0 && known & ENGLISH == 0 && word.text.len() >= 4 {
                    *count += 1;
                }
            }
        }
        for (bit, count) in counts.into_iter().enumerate() {
            if count >= 2 {
                shown |= 1 << bit;
            }
        }
        shown
    }
}

fn begins(words: &[Word], phrase: &[String]) -> bool {
    words.len() >= phrase.len()
        && std::iter::zip(words, phrase).all(|(word, text)| word.text == *text)
}

/// Letters and tones that only Vietnamese writes: the horn, the hook, the dot below, the breve
/// beside a tone, đ.
fn is_vietnamese(mark: char) -> bool {
    matches!(mark, 'đ' | '\u{031b}' | '\u{0309}' | '\u{0323}')
}

/// A roman numeral as digits, so that `Sông Đà II` is `Sông Đà 2`. Not the first word, and none
/// that is a word or a letter as well (`vi`, `xi`, `i`), unless it is the last of a name that is not
/// Vietnamese: `Fund VI`.
fn arabic(text: &str, at: usize, is_last: bool) -> &str {
    match text {
        _ if at == 0 => text,
        "i" if is_last => "1",
        "v" if is_last => "5",
        "vi" if is_last => "6",
        "x" if is_last => "10",
        "xi" if is_last => "11",
        "xv" if is_last => "15",
        "ii" => "2",
        "iii" => "3",
        "iv" => "4",
        "vii" => "7",
        "viii" => "8",
        "ix" => "9",
        "xii" => "12",
        "xiii" => "13",
        _ => text,
    }
}
