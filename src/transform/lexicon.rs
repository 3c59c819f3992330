//! Words that mean the same: trades in several languages, places and their abbreviations.
//!
//! In: a name and what stands beside it. Out: its terms, one concept each, so that `Công ty Thép
//! Hòa Phát` and `Hoa Phat Steel` share two of them. Data from `config/trade_words.csv` and
//! `config/places.csv`. A word of another language than English is translated only where the name
//! shows that language: else `may` would be a sewing machine.
//!
//! A slip in a long word of the lists is that word: a typo is rare, and would else tell as much as a
//! name of its own.
//!
//! A word of another script is compared in Latin letters: Cyrillic and Greek in place, names in
//! syllables and characters by further readings ([`Lexicon::reread`]), which names in the same
//! script never meet. Such names have no blanks: their words of trades are cut off where they end
//! a run of one script.

use std::borrow::Cow;
use std::cmp::Ordering;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

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
    /// Whether it means that only behind another word: `Elentec Vina`, but `Viña Carmen`.
    pub is_behind: bool,
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

/// Languages whose rows are read in every name, since the letters show the language.
const SHOWN: &[&str] = &["ja", "ko", "ru", "zh"];
/// The language of rows that tell how a word in Chinese characters is read in Japanese.
const READING: &str = "ja-Latn";
/// Where Chinese characters are read in Chinese, as codes and names.
const CHINESE: &[&str] =
    &["cn", "china", "hk", "hong kong", "mo", "macau", "macao", "sg", "singapore", "tw", "taiwan"];

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
    /// Words that must stand before it.
    before: usize,
    /// Whether it is a row of Chinese, or of Japanese.
    is_chinese: bool,
    is_japanese: bool,
}

/// What words are compared as, how many they are, and whether that is a place.
type Meaning<'a> = (&'a str, usize, bool);

impl Phrase {
    fn meaning(&self) -> Meaning<'_> {
        (&self.concept, 1 + self.rest.len(), self.is_place)
    }
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
    /// How words in Chinese characters are read in Japanese.
    readings: FxHashMap<String, String>,
    /// Words that are no slip of another, since many names hold them.
    common: FxHashSet<String>,
    /// The long words of the lists, by what is left of each without one of its letters, as a hash.
    slips: FxHashMap<u64, SmallVec<[Box<str>; 1]>>,
}

/// Letters of a word from which on one may be left out, put in or replaced …
const SLIP_LETTERS: usize = 8;
/// … and from which on two neighbours may have changed places.
const SWAP_LETTERS: usize = 6;
/// Letters at the end that other words of a family have otherwise: `Carolina`, `Caroline`.
const ENDING: usize = 2;

/// How words in syllables and characters are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// As they are written.
    Written,
    /// Known words of trades translated, the others by sound.
    Meant,
    /// By sound: in Chinese, or else in Japanese.
    Sounded,
}

impl Lexicon {
    /// Prepares the two lists; of two rows that read the same words, that of `places` holds. The
    /// common words are those that stand in many names, whatever they mean.
    pub fn new(
        trade_words: &[Entry],
        places: &[Entry],
        common: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut phrases: FxHashMap<String, Vec<Phrase>> = FxHashMap::default();
        let rows = places.iter().map(|row| (row, true));
        let trades = trade_words.iter().filter(|row| row.language != READING);
        for (row, is_place) in rows.chain(trades.clone().map(|row| (row, false))) {
            let mut words = row.words.split(' ').map(str::to_owned);
            let Some(first) = words.next() else { continue };
            let languages = if is_place { ENGLISH } else { language(&row.language) };
            let concept = row.concept.clone();
            let phrase = Phrase {
                rest: words.collect(),
                concept,
                languages,
                is_place,
                before: usize::from(row.is_behind),
                is_chinese: row.language == "zh",
                is_japanese: row.language == "ja",
            };
            phrases.entry(first).or_default().push(phrase);
        }
        for list in phrases.values_mut() {
            list.sort_by_key(|phrase| std::cmp::Reverse(phrase.rest.len()));
        }
        // A row of another script makes no English word a trade that is none in English.
        let spelled = trades.filter(|row| !SHOWN.contains(&row.language.as_str()));
        let trades: FxHashSet<String> = spelled.map(|row| row.concept.clone()).collect();
        let readings = trade_words.iter().filter(|row| row.language == READING);
        let readings = readings.map(|row| (row.words.clone(), row.concept.clone())).collect();
        let mut slips: FxHashMap<u64, SmallVec<[Box<str>; 1]>> = FxHashMap::default();
        let alone = phrases.iter().filter(|(_, list)| list.iter().any(|one| one.rest.is_empty()));
        let mut long: Vec<&str> = alone
            .map(|(word, _)| word)
            .chain(&trades)
            .map(String::as_str)
            .filter(|word| word.is_ascii() && word.len() >= SWAP_LETTERS && !word.contains(' '))
            .collect();
        long.sort_unstable();
        for word in long {
            for hash in shortened(word) {
                let list = slips.entry(hash).or_default();
                if list.iter().all(|known| **known != *word) {
                    list.push(word.into());
                }
            }
        }
        Self { phrases, trades, readings, common: common.into_iter().collect(), slips }
    }

    /// The word of the lists that a word is a slip of; none where it may be several, or where
    /// other names hold it as it is.
    fn meant(&self, word: &str, languages: Languages) -> Option<Meaning<'_>> {
        if word.len() < SWAP_LETTERS || self.common.contains(word) || self.trades.contains(word) {
            return None;
        }
        let mut found: Option<&str> = None;
        for hash in shortened(word) {
            for known in self.slips.get(&hash).into_iter().flatten() {
                if found == Some(known) || !is_slip(word.as_bytes(), known.as_bytes()) {
                    continue;
                }
                if found.replace(known).is_some() {
                    return None;
                }
            }
        }
        let found = found?;
        let is_read =
            |phrase: &&Phrase| phrase.rest.is_empty() && phrase.languages & languages != 0;
        match self.phrases.get(found).and_then(|list| list.iter().find(is_read)) {
            Some(phrase) => Some(phrase.meaning()),
            None => self.trades.get(found).map(|trade| (trade.as_str(), 1, false)),
        }
    }

    /// Reads a name's words as terms, in order; the longest phrase wins. The countries are those
    /// that stand beside the name, bare.
    pub fn read<'a>(
        &'a self,
        name: &'a Name,
        countries: &[&str],
        forms: &LegalForms,
    ) -> Vec<Term<'a>> {
        self.terms(name, self.languages(name, countries, forms), (Way::Written, false))
    }

    /// Reads a name in syllables or characters as names in Latin letters are: with its words of
    /// trades translated (`Nakamura Precision`), and by sound alone (`Nakamura Seimitsu`). Empty
    /// where nothing in it can be read.
    pub fn reread<'a>(
        &'a self,
        name: &'a Name,
        countries: &[&str],
        forms: &LegalForms,
    ) -> Vec<Sound<'a>> {
        if !name.words.iter().any(|word| romanize::is_syllabic(&word.text)) {
            return Vec::new();
        }
        let languages = self.languages(name, countries, forms);
        let is_chinese = self.is_chinese(name, countries, forms);
        let is_read = |term: &Term<'_>| term.text.is_ascii();
        let mut sounds: Vec<Sound<'a>> = Vec::with_capacity(2);
        for way in [Way::Meant, Way::Sounded] {
            let terms = self.terms(name, languages, (way, is_chinese));
            let is_same = |(a, b): (&Term<'_>, &Term<'_>)| a.text == b.text;
            let is_new = sounds.iter().all(|known| {
                known.terms.len() != terms.len()
                    || !std::iter::zip(&known.terms, &terms).all(is_same)
            });
            if is_new && terms.iter().any(is_read) {
                let is_sure = !is_chinese && terms.iter().all(is_read);
                sounds.push(Sound { terms, is_sure });
            }
        }
        sounds
    }

    fn terms<'a>(
        &'a self,
        name: &'a Name,
        languages: Languages,
        (way, is_chinese): (Way, bool),
    ) -> Vec<Term<'a>> {
        let mut terms = Vec::with_capacity(name.words.len());
        let mut at = 0;
        while at < name.words.len() {
            let rest = &name.words[at..];
            let word = rest[0].text.as_str();
            let found = self.phrases.get(word).and_then(|list| {
                list.iter().find(|phrase| {
                    phrase.languages & languages != 0
                        && begins(&rest[1..], &phrase.rest)
                        && at >= phrase.before
                })
            });
            // A word by itself is read as one within a word.
            let found = found.filter(|_| way == Way::Written || !romanize::is_syllabic(word));
            let found = match found {
                Some(phrase) => Some(phrase.meaning()),
                // What the lists know in a language that the name does not show is no slip.
                None if word.is_ascii() && !self.phrases.contains_key(word) => {
                    self.meant(word, languages)
                }
                None => None,
            };
            let mut length = 1;
            if let Some((concept, words, is_place)) = found {
                length = words;
                terms.push(self.term(concept.into(), (at, length), is_place));
            } else if word.is_ascii() {
                let is_last = rest.len() == 1 && languages & VIETNAMESE == 0;
                terms.push(self.term(arabic(word, at, is_last).into(), (at, 1), false));
            } else if way == Way::Written {
                terms.push(self.term(romanize::alphabets(word), (at, 1), false));
            } else {
                for (script, run) in romanize::runs(word) {
                    self.sound((script, run), at, (way, is_chinese), &mut terms);
                }
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
        (way, is_chinese): (Way, bool),
        terms: &mut Vec<Term<'a>>,
    ) {
        let mut rest = run;
        let mut known = Vec::new();
        if matches!(script, Script::Kana | Script::Hangul | Script::Han) {
            while let Some(start) = self.last_word(script, rest) {
                known.push(&rest[start..]);
                rest = &rest[..start];
            }
        }
        if script == Script::Han {
            let is_place = |text: &str| self.phrase(text).is_some_and(|phrase| phrase.is_place);
            let mut ends = rest.char_indices().map(|(end, c)| end + c.len_utf8()).rev();
            if let Some(end) = ends.find(|&end| is_place(&rest[..end])) {
                self.say(&rest[..end], (script, way, is_chinese), at, terms);
                rest = rest[end..].trim_start_matches(['市', '省', '県', '县']);
            }
        }
        for word in std::iter::once(rest).chain(known.into_iter().rev()) {
            self.say(word, (script, way, is_chinese), at, terms);
        }
    }

    /// Adds the terms of a word that is known or the rest of a name.
    fn say<'a>(
        &'a self,
        word: &'a str,
        (script, way, is_chinese): (Script, Way, bool),
        at: usize,
        terms: &mut Vec<Term<'a>>,
    ) {
        if word.is_empty() {
            return;
        }
        let reading = || match script {
            Script::Han if is_chinese => romanize::pinyin(word).map(Cow::Owned),
            Script::Han => self.readings.get(word).map(|read| read.as_str().into()),
            _ => Some(romanize::romanize(script, word)),
        };
        let phrase = self.phrase(word);
        if let Some(place) = phrase.filter(|phrase| phrase.is_place) {
            // Every language has its own name for a place: by sound it is no less the place.
            terms.push(self.term(place.concept.as_str().into(), (at, 1), true));
        } else if let Some(phrase) = phrase
            && (way == Way::Meant || reading().is_none())
        {
            // `real estate` are two words of a name in English.
            let words = phrase.concept.split(' ');
            terms.extend(words.map(|word| self.term(word.into(), (at, 1), false)));
        } else {
            terms.push(self.term(reading().unwrap_or_else(|| word.into()), (at, 1), false));
        }
    }

    /// Where the longest known word begins that ends a run. A single character is none, nor are
    /// two syllables behind others: `ネクタイ` does not end in Thailand.
    fn last_word(&self, script: Script, run: &str) -> Option<usize> {
        let least = if script == Script::Kana { 2 } else { 1 };
        let is_known = |word: &str| self.phrase(word).is_some() || self.readings.contains_key(word);
        let is_long = |start: usize| start == 0 || run[start..].chars().nth(least).is_some();
        let mut starts = run.char_indices().map(|(start, _)| start);
        starts.find(|&start| is_long(start) && is_known(&run[start..]))
    }

    /// The meaning of one word, in whatever language.
    fn phrase(&self, word: &str) -> Option<&Phrase> {
        self.phrases.get(word)?.iter().find(|phrase| phrase.rest.is_empty())
    }

    /// Whether a name's characters are surely Chinese: by legal form, by country, or by a word
    /// that only the Chinese list knows. Not where it holds kana.
    fn is_chinese(&self, name: &Name, countries: &[&str], forms: &LegalForms) -> bool {
        let texts = || name.words.iter().map(|word| word.text.as_str());
        if texts().flat_map(str::chars).any(|c| romanize::script(c) == Script::Kana) {
            return false;
        }
        let spoken = |code: &str| CHINESE.contains(&code);
        let is_own = |code: &String| spoken(&code.to_lowercase());
        let mut of_forms = name.forms.iter().map(|&form| forms.countries(form));
        if of_forms.clone().any(|codes| !codes.is_empty() && !codes.iter().any(is_own)) {
            // 株式会社 and 주식회사.
            return false;
        }
        let by_form = of_forms.any(|codes| !codes.is_empty() && codes.iter().all(is_own));
        let is_word = |text: &str| {
            self.phrases.get(text).is_some_and(|list| {
                list.iter().any(|phrase| phrase.is_chinese)
                    && !list.iter().any(|phrase| phrase.is_japanese)
                    && !self.readings.contains_key(text)
            })
        };
        let holds = |text: &str| {
            let mut starts = text.char_indices().map(|(start, _)| start);
            !text.is_ascii() && starts.any(|start| is_word(&text[start..]))
        };
        let by_country = countries.iter().any(|country| spoken(country));
        by_form || by_country || countries.is_empty() && texts().any(holds)
    }

    /// The languages that a name shows: by legal form, marks, country, small words, or two words
    /// of its lists.
    fn languages(&self, name: &Name, countries: &[&str], forms: &LegalForms) -> Languages {
        let mut shown = ENGLISH;
        for &(_, bit, own, small) in &SPOKEN[1..] {
            let spoken = |code: &str| own.contains(&code);
            let by_form = name.forms.iter().any(|&form| {
                let codes = forms.countries(form);
                !codes.is_empty() && codes.iter().all(|code| spoken(&code.to_lowercase()))
            });
            let by_country = countries.iter().any(|country| spoken(country));
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

/// Hashes of a word, and of what is left of it without each of its letters.
fn shortened(word: &str) -> impl Iterator<Item = u64> {
    (0..=word.len()).map(|left_out| {
        let bytes = word.bytes().enumerate().filter(move |&(at, _)| at != left_out);
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, (_, byte)| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    })
}

/// Whether a word is another with one slip: two neighbours that changed places, or, in a long word,
/// a letter too many, too few or wrong that is neither the first nor in the ending.
fn is_slip(word: &[u8], known: &[u8]) -> bool {
    let same = std::iter::zip(word, known).take_while(|(a, b)| a == b).count();
    let (rest, known_rest) = (&word[same..], &known[same..]);
    if word.len() == known.len() && rest.len() > 1 && known.len() >= SWAP_LETTERS {
        let [a, b, tail @ ..] = rest else { return false };
        if [*b, *a] == known_rest[..2] && *tail == known_rest[2..] {
            return true;
        }
    }
    let is_inside = same > 0 && known_rest.len() > ENDING;
    known.len() >= SLIP_LETTERS
        && is_inside
        && match word.len().cmp(&known.len()) {
            Ordering::Equal => rest[1..] == known_rest[1..],
            Ordering::Less => *rest == known_rest[1..],
            Ordering::Greater => rest[1..] == *known_rest,
        }
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

#[cfg(test)]
mod tests {
    use super::super::legal_forms::LegalForm;
    use super::super::normalize::normalize;
    use super::*;

    fn lexicon() -> Lexicon {
        let entry = |(words, concept, language): &(&str, &str, &str)| Entry {
            words: (*words).to_owned(),
            concept: (*concept).to_owned(),
            language: (*language).to_owned(),
            is_behind: *language == "behind",
        };
        let trades = [
            ("mfg", "manufacturing", "en"),
            ("realty", "real estate", "en"),
            ("自動車", "automobile", "ja"),
            ("自動車", "jidosha", "ja-Latn"),
            ("精機", "seiki", "ja-Latn"),
            ("不動産", "real estate", "ja"),
            ("システム", "system", "ja"),
            ("技術", "technology", "ja"),
            ("技術", "technology", "zh"),
            ("科技", "technology", "zh"),
            ("전자", "electronics", "ko"),
            ("сервис", "service", "ru"),
            ("fabrication", "fabrication", "en"),
            ("packaging", "packaging", "en"),
            ("antriebstechnik", "drive", "de"),
        ];
        let places = [
            ("上海", "shanghai", ""),
            ("タイ", "thailand", ""),
            ("carolina", "carolina", ""),
            ("vina", "vietnam", "behind"),
        ];
        let list = |rows: &[(&str, &str, &str)]| rows.iter().map(entry).collect::<Vec<_>>();
        Lexicon::new(&list(&trades), &list(&places), ["carilina".to_owned()])
    }

    fn forms() -> LegalForms {
        let form = |form: &str, country: &str| LegalForm {
            form: form.to_owned(),
            normalized: form.to_owned(),
            kind: "joint stock".to_owned(),
            countries: vec![country.to_owned()],
            position: "start end".to_owned(),
        };
        LegalForms::new(&[form("株式会社", "JP"), form("有限公司", "CN")])
    }

    fn texts(terms: &[Term<'_>]) -> String {
        terms.iter().map(|term| &*term.text).collect::<Vec<_>>().join(" ")
    }

    /// A name as it is compared with names of its script, and its other readings.
    fn read(raw: &str) -> (String, Vec<(String, bool)>) {
        let (lexicon, forms) = (lexicon(), forms());
        let name = normalize(raw, &forms).unwrap();
        let sounds = lexicon.reread(&name, &[], &forms);
        let sounds = sounds.iter().map(|sound| (texts(&sound.terms), sound.is_sure));
        (texts(&lexicon.read(&name, &[], &forms)), sounds.collect())
    }

    #[track_caller]
    fn check(raw: &str, written: &str, sounds: &[(&str, bool)]) {
        let (own, others) = read(raw);
        let others: Vec<(&str, bool)> =
            others.iter().map(|(text, sure)| (&**text, *sure)).collect();
        assert_eq!((&*own, &*others), (written, sounds), "{raw}");
    }

    #[test]
    fn an_alphabet_is_romanized_where_it_stands() {
        check("Сибмаш Сервис", "sibmash service", &[]);
        check("Müller Mfg", "muller manufacturing", &[]);
        check("Νικη 2", "niki 2", &[]);
    }

    #[test]
    fn a_slip_in_a_long_word_of_the_lists_is_that_word() {
        check("Orlow aFbrication", "orlow fabrication", &[]);
        check("Orlow Fabrcation", "orlow fabrication", &[]);
        check("Orlow Fabriccation", "orlow fabrication", &[]);
        check("Orlow Fabricatiom", "orlow fabricatiom", &[]);
        check("Orlow Packgaing", "orlow packaging", &[]);
        check("Caroline", "caroline", &[]);
        check("Corolina", "carolina", &[]);
        // Many names hold it.
        check("Carilina", "carilina", &[]);
        // Nothing shows German.
        check("Orlow Antriebstecnhik", "orlow antriebstecnhik", &[]);
        check("Orlow und Antriebstecnhik", "orlow und drive", &[]);
    }

    #[test]
    fn what_means_a_place_behind_a_name_may_be_one_before_it() {
        check("Orlow Vina", "orlow vietnam", &[]);
        check("Vina Orlow", "vina orlow", &[]);
    }

    #[test]
    fn syllables_and_characters_have_readings_of_their_own() {
        check("オリタ", "オリタ", &[("orita", true)]);
        let sounds = [("orita automobile", true), ("orita jidosha", true)];
        check("株式会社オリタ自動車", "オリタ自動車", &sounds);
        check("오리전자", "오리전자", &[("ori electronics", true), ("ori jeonja", true)]);
        check("オリタ不動産", "オリタ不動産", &[("orita real estate", true)]);
        check(
            "オリタシステム",
            "オリタシステム",
            &[("orita system", true), ("orita shisutemu", true)],
        );
        check("オリタ精機", "オリタ精機", &[("orita seiki", true)]);
    }

    #[test]
    fn what_only_its_language_tells_is_left_or_read_in_chinese() {
        check("織田精機", "織田精機", &[("織田 seiki", false)]);
        check("織田", "織田", &[]);
        check("华新有限公司", "华新", &[("huaxin", false)]);
        let sounds = [("shanghai huaxin technology", false), ("shanghai huaxin keji", false)];
        check("上海华新科技", "上海华新科技", &sounds);
        check("上海市华新有限公司", "上海市华新", &[("shanghai huaxin", false)]);
        // Japanese by its form, though the word is Chinese; a word of both languages shows neither.
        check("株式会社华新科技", "华新科技", &[("华新 technology", false)]);
        check("华新技術", "华新技術", &[("华新 technology", false)]);
    }

    #[test]
    fn a_short_word_within_kana_is_no_word() {
        check("ネクタイ", "ネクタイ", &[("nekutai", true)]);
        check("タイ", "thailand", &[("thailand", true)]);
    }

    #[test]
    fn a_row_of_another_script_makes_no_english_word_a_trade() {
        let (lexicon, forms) = (lexicon(), forms());
        let name = normalize("Automobile System Manufacturing", &forms).unwrap();
        let terms = lexicon.read(&name, &[], &forms);
        let trades: Vec<bool> = terms.iter().map(|term| term.is_trade).collect();
        assert_eq!(trades, [false, false, true]);
    }
}
