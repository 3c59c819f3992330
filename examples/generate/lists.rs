//! The project's reference lists as the material of names.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::countries::{COUNTRIES, Country, Form};
use super::cultures::{CULTURES, Culture};
use super::rng::{Rng, Weighted};

const TRADES: &str = include_str!("../../config/trade_words.csv");
const FREQUENCIES: &str = include_str!("../../config/token_frequencies.csv");
const PLACES: &str = include_str!("../../config/places.csv");
const FORMS: &str = include_str!("../../config/legal_forms.csv");

/// English words of trades are those that so many of 400,000 legal names hold, and count for as
/// many at most: the list leans to funds, contacts do not.
const ENGLISH: std::ops::RangeInclusive<usize> = 60..=8000;
/// The same for other languages, which hardly occur in that list.
const FOREIGN: std::ops::RangeInclusive<usize> = 20..=300;

/// Marks that the lists leave out: language, as listed, as written.
const MARKED: &[(&str, &str, &str)] = &[
    ("de", "prazision", "präzision"),
    ("de", "gebaude", "gebäude"),
    ("de", "gerate", "geräte"),
    ("de", "getranke", "getränke"),
    ("de", "forder", "förder"),
    ("de", "backerei", "bäckerei"),
    ("de", "kalte", "kälte"),
    ("de", "buro", "büro"),
    ("de", "mobel", "möbel"),
    ("de", "grundstuck", "grundstück"),
    ("de", "ausrust", "ausrüst"),
    ("de", "vermog", "vermög"),
    ("de", "zubehor", "zubehör"),
    ("de", "walz", "wälz"),
    ("de", "giess", "gieß"),
    ("fr", "generale", "générale"),
    ("fr", "developpement", "développement"),
    ("fr", "electri", "électri"),
    ("fr", "mecani", "mécani"),
    ("fr", "energie", "énergie"),
    ("fr", "batiment", "bâtiment"),
    ("fr", "metal", "métal"),
    ("fr", "ingenierie", "ingénierie"),
    ("fr", "etudes", "études"),
    ("fr", "equipement", "équipement"),
    ("es", "cion ", "ción "),
    ("es", "ingenieria", "ingeniería"),
    ("es", "tecnologia", "tecnología"),
    ("es", "energia", "energía"),
    ("es", "logistica", "logística"),
    ("es", "quimica", "química"),
    ("pt", "cao ", "ção "),
    ("pt", "coes ", "ções "),
    ("pt", "servicos", "serviços"),
    ("pt", "comercio", "comércio"),
    ("pt", "logistica", "logística"),
];

/// A word of a trade.
pub(crate) struct Trade {
    /// As the company's country writes it.
    pub(crate) native: String,
    /// Its reading in Latin letters, where it is written in others.
    pub(crate) latin: String,
    /// In English.
    pub(crate) english: String,
}

/// The words of a culture, cut apart once.
pub(crate) struct Words {
    /// Where they come from.
    pub(crate) culture: &'static Culture,
    /// Countries by position, with weights.
    pub(crate) countries: Vec<(usize, usize)>,
    /// Words that many firms share.
    pub(crate) shared: Vec<String>,
    /// Surnames.
    pub(crate) surnames: Vec<&'static str>,
    /// Trades.
    pub(crate) trades: Vec<Trade>,
    /// How common each trade is.
    pub(crate) common: Weighted,
}

/// Everything names are made of.
pub(crate) struct Lists {
    /// By culture.
    pub(crate) words: Vec<Words>,
    /// Which culture a company has.
    pub(crate) cultures: Weighted,
    /// Towns, regions and countries.
    pub(crate) places: Vec<String>,
    /// Other names of a place, by its bare name.
    alternatives: BTreeMap<String, Vec<String>>,
    /// Abbreviations by bare word.
    abbreviations: BTreeMap<String, Vec<String>>,
    /// Bare trade words of every language.
    trades: BTreeSet<String>,
    /// Bare legal forms, with what they mean.
    forms: BTreeMap<String, String>,
    /// Short forms of the same meaning.
    respelled: BTreeMap<String, Vec<String>>,
}

impl Lists {
    /// Reads the lists that are built in.
    pub(crate) fn load() -> Self {
        let frequencies: BTreeMap<String, usize> = rows(FREQUENCIES)
            .into_iter()
            .map(|row| (row[0].clone(), row[1].parse().unwrap_or(0)))
            .collect();
        let trades = rows(TRADES);
        let forms: BTreeMap<String, String> =
            rows(FORMS).into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
        let mut respelled: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (form, meaning) in &forms {
            if form.is_ascii() {
                respelled.entry(meaning.clone()).or_default().push(form.clone());
            }
        }
        let mut places = BTreeSet::new();
        let mut concepts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in rows(PLACES) {
            if matches!(row[2].as_str(), "city" | "country") && row[1].len() > 3 {
                places.insert(title(&row[1]));
            }
            concepts.entry(row[1].clone()).or_default().push(row[0].clone());
        }
        let alternatives = concepts
            .values()
            .flat_map(|names| names.iter().map(|name| (name.clone(), names.clone())))
            .collect();
        let mut abbreviations: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in trades.iter().filter(|row| is_abbreviation(row)) {
            let long = trades
                .iter()
                .filter(|other| other[2] == "en" && other[1] == row[1] && !is_abbreviation(other));
            for word in long.map(|other| &other[0]).chain([&row[1]]) {
                let list = abbreviations.entry(word.clone()).or_default();
                if !list.contains(&row[0]) && row[0].len() + 2 <= word.len() {
                    list.push(row[0].clone());
                }
            }
        }
        let words =
            CULTURES.iter().map(|culture| words(culture, &trades, &frequencies, &forms)).collect();
        Self {
            words,
            cultures: Weighted::new(CULTURES.iter().map(|culture| culture.weight)),
            places: places.into_iter().collect(),
            alternatives,
            abbreviations,
            trades: trades.into_iter().map(|mut row| row.swap_remove(0)).collect(),
            forms,
            respelled,
        }
    }

    /// Another spelling of a legal form of a listed name, where there is one.
    pub(crate) fn other_form(&self, form: &str, rng: &mut Rng) -> Option<String> {
        let bare = bare(form);
        let others = self.respelled.get(self.forms.get(&bare)?)?;
        Some(title(rng.pick::<String>(others))).filter(|other| *other != title(&bare))
    }

    /// An abbreviation of a word, where there is one.
    pub(crate) fn abbreviation(&self, word: &str, rng: &mut Rng) -> Option<&str> {
        let list = self.abbreviations.get(&bare(word)).filter(|list| !list.is_empty())?;
        Some(rng.pick::<String>(list))
    }

    /// Another name of a place.
    pub(crate) fn other_place(&self, place: &str, rng: &mut Rng) -> String {
        match self.alternatives.get(&bare(place)) {
            Some(names) => title(rng.pick::<String>(names)),
            None => unmarked(place),
        }
    }

    /// Whether a word names a trade in any language.
    pub(crate) fn is_trade(&self, word: &str) -> bool {
        self.trades.contains(&bare(word))
    }

    /// Whether words are a legal form of any country.
    pub(crate) fn is_form(&self, words: &str) -> bool {
        self.forms.contains_key(&bare(words))
    }
}

/// The country of a code; the first where it is not known.
pub(crate) fn country(code: &str) -> usize {
    COUNTRIES.iter().position(|country| country.code == code).unwrap_or(0)
}

/// The forms that go with a script, by position.
pub(crate) fn forms_of(country: &Country, script: bool) -> Vec<(usize, &Form)> {
    country.forms.iter().enumerate().filter(|(_, form)| form.script == script).collect()
}

fn rows(text: &str) -> Vec<Vec<String>> {
    csv::Reader::from_reader(text.as_bytes())
        .into_records()
        .map(|row| row.expect("a built-in list is CSV").iter().map(str::to_owned).collect())
        .collect()
}

fn is_abbreviation(row: &[String]) -> bool {
    let (word, concept) = (&row[0], &row[1]);
    row[2] == "en" && word.len() + 3 <= concept.len() && word.as_bytes()[0] == concept.as_bytes()[0]
}

fn words(
    culture: &'static Culture,
    trades: &[Vec<String>],
    frequencies: &BTreeMap<String, usize>,
    forms: &BTreeMap<String, String>,
) -> Words {
    let mut found: BTreeMap<String, (String, usize)> = BTreeMap::new();
    let frequency = |word: &str| {
        let parts = word.split(' ').filter_map(|part| frequencies.get(part));
        parts.max().copied().unwrap_or(0)
    };
    for row in trades.iter().filter(|row| row[2] == culture.language && !is_abbreviation(row)) {
        if culture.language == "en" {
            for word in [&row[0], &row[1]] {
                let count = frequency(word);
                if count >= *ENGLISH.start() && word.len() >= 4 && !forms.contains_key(word) {
                    found.insert(title(word), (title(word), count.min(*ENGLISH.end())));
                }
            }
        } else if culture.language != "vi" && row[0].len() >= 4 && !forms.contains_key(&row[0]) {
            let weight = frequency(&row[0]).clamp(*FOREIGN.start(), *FOREIGN.end());
            let native = with_marks(culture.language, &row[0]);
            found.insert(title(&native), (title(&row[1]), weight));
        }
    }
    let mut trades = Vec::new();
    let mut weights = Vec::new();
    for (native, (english, weight)) in found {
        trades.push(Trade { native, latin: String::new(), english });
        weights.push(weight);
    }
    for (rank, &(native, latin, english)) in culture.trades.iter().enumerate() {
        let [native, latin, english] = [native, latin, english].map(str::to_owned);
        trades.push(Trade { native, latin, english });
        weights.push(1000 / (rank + 1));
    }
    let countries = culture.countries.iter().map(|&(code, weight)| (country(code), weight));
    Words {
        culture,
        countries: countries.collect(),
        shared: culture.shared.split_whitespace().map(|word| word.replace('·', " ")).collect(),
        surnames: culture.surnames.split_whitespace().collect(),
        trades,
        common: Weighted::new(weights.into_iter()),
    }
}

fn with_marks(language: &str, word: &str) -> String {
    let mut word = format!("{word} ");
    for (_, bare, marked) in MARKED.iter().filter(|(of, ..)| *of == language) {
        word = word.replace(bare, marked);
    }
    word.trim_end().to_owned()
}

/// Capital letters at the beginning of words.
pub(crate) fn title(words: &str) -> String {
    let mut start = true;
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        start = c == ' ';
    }
    out
}

/// Without marks, in the same case.
pub(crate) fn unmarked(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    text.nfd()
        .filter(|&c| !is_combining_mark(c) || !is_latin_base(text))
        .map(|c| match c {
            'đ' => 'd',
            'Đ' => 'D',
            'ł' => 'l',
            'Ł' => 'L',
            'ø' => 'o',
            'Ø' => 'O',
            'æ' => 'a',
            'ß' => 's',
            c => c,
        })
        .nfc()
        .collect()
}

/// Kana keep their voicing marks.
fn is_latin_base(text: &str) -> bool {
    !text.chars().any(|c| ('\u{3040}'..='\u{30ff}').contains(&c))
}

/// Letters and digits only, lower case, without marks; words apart by one blank.
pub(crate) fn bare(text: &str) -> String {
    let lower = unmarked(&text.nfkc().collect::<String>()).to_lowercase();
    let parts = lower.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

/// The same number for texts that differ in blanks, case, marks and punctuation only.
pub(crate) fn fingerprint(text: &str) -> u64 {
    let unmarked = unmarked(text);
    let letters = unmarked.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric());
    letters.fold(0xcbf2_9ce4_8422_2325, |hash: u64, c| {
        (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Names of a real list: each with its country, `""` where it has none.
pub(crate) fn read_names(content: &[u8]) -> Result<Vec<(String, String)>, String> {
    let mut text = Vec::new();
    let content = if content.starts_with(&[0x1f, 0x8b]) {
        let read = flate2::read::MultiGzDecoder::new(content).read_to_end(&mut text);
        read.map_err(|error| error.to_string())?;
        &text
    } else {
        content
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content);
    let headers = reader.headers().map_err(|error| error.to_string())?.clone();
    let column = |name: &str| headers.iter().position(|header| header == name);
    let name = column("name").ok_or("the column `name` is missing")?;
    let country = column("country");
    let mut names = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| error.to_string())?;
        let cell = |at: usize| row.get(at).unwrap_or("").trim().to_owned();
        if !cell(name).is_empty() {
            names.push((cell(name), country.map(cell).unwrap_or_default()));
        }
    }
    Ok(names)
}
