//! Words that mean the same: trades in several languages, places and their abbreviations.
//!
//! In: a name and what stands beside it. Out: its terms, one concept each, so that `Công ty Thép
//! Hòa Phát` and `Hoa Phat Steel` share two of them. Data from `config/trade_words.csv` and
//! `config/places.csv`. A word of another language than English is translated only where the name
//! shows that language: else `may` would be a sewing machine.
//!
//! A word of another script is compared in Latin letters: Cyrillic and Greek in place, names in
//! syllables and characters in a second reading, which meets names in Latin letters only.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use super::evidence::Evidence;
use super::legal_forms::LegalForms;
use super::normalize::{Name, Word};
use super::romanize::{self, Script};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term<'a> {
    /// The concept, or the word itself in Latin letters.
    pub text: Cow<'a, str>,
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

/// Languages whose rows are read in every name: the letters show the language, and the romanized
/// words of the list are words of no other.
const SHOWN: &[&str] = &["el", "ja", "ko", "ru", "uk", "zh"];
/// Where Chinese characters are read in Chinese, as codes and names.
const CHINESE: &[&str] = &[
    "cn", "china", "hk", "hong kong", "mo", "macau", "macao", "sg", "singapore", "tw", "taiwan",
];

fn language(code: &str) -> Languages {
    if SHOWN.contains(&code) {
        return ENGLISH;
    }
    SPOKEN.iter().find(|(name, ..)| *name == code).map_or(0, |(_, bit, ..)| *bit)
}

#[derive(Clone, Debug)]
struct Phrase {
    /// The words after the first.
    rest: Vec<String>,
    concept: String,
    languages: Languages,
    is_place: bool,
    /// Whether it is a row of Chinese, or of Japanese.
    is_chinese: bool,
    is_japanese: bool,
}

/// A name in syllables or characters, read by its sound.
#[derive(Clone, Debug)]
pub struct Sound<'a> {
    /// Its terms, in order.
    pub terms: Vec<Term<'a>>,
    /// Whether this is surely how it is read: all of it, and not in pinyin, which many names share.
    pub is_sure: bool,
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
            let phrase = Phrase {
                rest: words.collect(),
                concept,
                languages,
                is_place,
                is_chinese: row.language == "zh",
                is_japanese: row.language == "ja",
            };
            phrases.entry(first).or_default().push(phrase);
        }
        for list in phrases.values_mut() {
            list.sort_by_key(|phrase| std::cmp::Reverse(phrase.rest.len()));
        }
        // A row of another script makes no English word a trade that is none in English.
        let spelled = trade_words.iter().filter(|row| !SHOWN.contains(&row.language.as_str()));
        let trades = spelled.map(|row| row.concept.clone()).collect();
        Self { phrases, trades }
    }

    /// Reads a name's words as terms, in order; the longest phrase wins.
    pub fn read<'a>(
        &'a self,
        name: &'a Name,
        evidence: &Evidence,
        forms: &LegalForms,
    ) -> Vec<Term<'a>> {
        self.terms(name, self.languages(name, evidence, forms), None)
    }

    /// Reads a name in syllables or characters as names in Latin letters are: by the sound of its
    /// words, those of trades and places translated. `None` where it holds none, or nothing in it
    /// can be read.
    pub fn reread<'a>(
        &'a self,
        name: &'a Name,
        evidence: &Evidence,
        forms: &LegalForms,
    ) -> Option<Sound<'a>> {
        if !name.words.iter().any(|word| romanize::is_syllabic(&word.text)) {
            return None;
        }
        let languages = self.languages(name, evidence, forms);
        let is_chinese = self.is_chinese(name, evidence, forms);
        let terms = self.terms(name, languages, Some(is_chinese));
        let is_read = |term: &Term<'_>| term.text.is_ascii();
        let is_sure = !is_chinese && terms.iter().all(is_read);
        terms.iter().any(is_read).then_some(Sound { terms, is_sure })
    }

    fn terms<'a>(
        &'a self,
        name: &'a Name,
        languages: Languages,
        by_sound: Option<bool>,
    ) -> Vec<Term<'a>> {
        let mut terms = Vec::with_capacity(name.words.len());
        let mut at = 0;
        while at < name.words.len() {
            let rest = &name.words[at..];
            let word = rest[0].text.as_str();
            let found = self.phrases.get(word).and_then(|list| {
                list.iter().find(|phrase| {
                    phrase.languages & languages != 0 && begins(&rest[1..], &phrase.rest)
                })
            });
            let mut length = 1;
            if let Some(phrase) = found {
                length += phrase.rest.len();
                terms.push(self.term(phrase.concept.as_str().into(), (at, length), phrase.is_place));
            } else if word.is_ascii() {
                let is_last = rest.len() == 1 && languages & VIETNAMESE == 0;
                terms.push(self.term(arabic(word, at, is_last).into(), (at, 1), false));
            } else if let Some(is_chinese) = by_sound {
                for (script, run) in romanize::runs(word) {
                    self.sound((script, run), at, is_chinese, &mut terms);
                }
            } else {
                terms.push(self.term(romanize::alphabets(word), (at, 1), false));
            }
            at += length;
        }
        terms
    }

    fn term<'a>(
        &self,
        text: Cow<'a, str>,
        (at, length): (usize, usize),
        is_place: bool,
    ) -> Term<'a> {
        let is_trade = !is_place && self.trades.contains(&*text);
        Term { text, at, length, is_place, is_trade }
    }

    /// Reads a part of a word in one script. Words of trades stand at its end, a place at its
    /// start; what is left is the name proper.
    fn sound<'a>(
        &'a self,
        (script, run): (Script, &'a str),
        at: usize,
        is_chinese: bool,
        terms: &mut Vec<Term<'a>>,
    ) {
        let mut rest = run;
        let mut trades = Vec::new();
        if matches!(script, Script::Kana | Script::Hangul | Script::Han) {
            let known = |text: &str| {
                let list = if text.chars().nth(1).is_some() { self.phrases.get(text) } else { None };
                list.and_then(|list| list.iter().find(|phrase| phrase.rest.is_empty()))
            };
            let cut = |rest: &'a str| {
                let mut starts = rest.char_indices().map(|(start, _)| start);
                starts.find_map(|start| Some((start, known(&rest[start..])?)))
            };
            while let Some((start, phrase)) = cut(rest) {
                trades.push(phrase);
                rest = &rest[..start];
            }
            let ends = rest.char_indices().map(|(end, c)| end + c.len_utf8());
            let longest = ends.filter_map(|end| Some((end, known(&rest[..end])?))).last();
            if let Some((end, place)) = longest.filter(|(_, phrase)| phrase.is_place)
                && script == Script::Han
            {
                terms.push(self.term(place.concept.as_str().into(), (at, 1), true));
                rest = rest[end..].trim_start_matches(['市', '省', '県', '县']);
            }
        }
        if !rest.is_empty() {
            let pinyin = (script == Script::Han && is_chinese)
                .then(|| romanize::pinyin(rest))
                .flatten();
            let text = pinyin.map_or_else(|| romanize::romanize(script, rest), Cow::Owned);
            terms.push(self.term(text, (at, 1), false));
        }
        for phrase in trades.into_iter().rev() {
            let is_place = phrase.is_place;
            // `real estate` are two words of a name in English.
            let words = phrase.concept.split(if is_place { '\0' } else { ' ' });
            terms.extend(words.map(|word| self.term(word.into(), (at, 1), is_place)));
        }
    }

    /// Whether a name's characters are surely Chinese: by legal form, by country, or by a word
    /// that only the Chinese list knows. Not where it holds kana.
    fn is_chinese(&self, name: &Name, evidence: &Evidence, forms: &LegalForms) -> bool {
        let texts = || name.words.iter().map(|word| word.text.as_str());
        if texts().flat_map(str::chars).any(|c| romanize::script(c) == Script::Kana) {
            return false;
        }
        let spoken = |code: &str| CHINESE.contains(&code);
        let by_form = name.forms.iter().any(|&form| {
            let codes = forms.countries(form);
            !codes.is_empty() && codes.iter().all(|code| spoken(&code.to_lowercase()))
        });
        let is_word = |text: &str| {
            self.phrases.get(text).is_some_and(|list| {
                list.iter().any(|phrase| phrase.is_chinese)
                    && !list.iter().any(|phrase| phrase.is_japanese)
            })
        };
        let holds = |text: &str| {
            let mut starts = text.char_indices().map(|(start, _)| start);
            !text.is_ascii() && starts.any(|start| is_word(&text[start..]))
        };
        by_form || evidence.countries.iter().any(spoken) || texts().any(holds)
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
