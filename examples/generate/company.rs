//! Companies: invented ones, alone and in families of near-namesakes, or those of a list.

use rustc_hash::FxHashMap;

use super::countries::{COUNTRIES, Side};
use super::cultures::Sound;
use super::lists::{self, Lists, fingerprint, forms_of, title};
use super::rng::Rng;

/// What a word is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// What tells the company.
    Brand,
    /// What it does.
    Trade,
    /// Where it is.
    Place,
    /// Which one of several.
    Tail,
}

/// A word of a name.
#[derive(Clone)]
pub(crate) struct Word {
    /// As written.
    pub(crate) text: String,
    /// Its part.
    pub(crate) role: Role,
}

/// How a company came to be.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// By itself, with an invented brand.
    Alone,
    /// By itself, with a word that many firms share.
    SharedWord,
    /// By itself, named after people.
    Surname,
    /// By itself, initials.
    Initials,
    /// Brand of an earlier company that it has nothing to do with.
    SameBrand,
    /// Sister of the company before, another trade or `Holdings`.
    Sister,
    /// Next of a numbered series.
    Series,
    /// Same brand and trade in another town or country, which the name says.
    OtherPlace,
    /// Same name in another country, which the name does not say.
    Abroad,
    /// One letter of the brand differs, same trade.
    OneLetter,
    /// Same name with another legal form of the same country.
    OtherForm,
    /// Of the list.
    Listed,
}

impl Origin {
    /// For the summary.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Alone => "invented brand",
            Self::SharedWord => "shared word",
            Self::Surname => "surname",
            Self::Initials => "initials",
            Self::SameBrand => "brand of an unrelated company",
            Self::Sister => "sister",
            Self::Series => "numbered series",
            Self::OtherPlace => "same brand, other place in the name",
            Self::Abroad => "same name, other country",
            Self::OneLetter => "one letter differs",
            Self::OtherForm => "same name, other legal form",
            Self::Listed => "of the list",
        }
    }
}

/// In which language a name is given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Its own.
    Native,
    /// Its own, in Latin letters.
    Latin,
    /// Trades in English.
    English,
}

/// What a name is made from.
#[derive(Clone)]
pub(crate) struct Recipe {
    culture: usize,
    /// Position in [`COUNTRIES`].
    pub(crate) country: usize,
    /// Written in Chinese characters.
    pub(crate) script: bool,
    brand: String,
    latin: String,
    trades: Vec<usize>,
    place: Option<String>,
    tail: Option<String>,
    /// The words of a listed name; then nothing of the above counts.
    fixed: Vec<Word>,
}

impl Recipe {
    /// The words of the name, without the legal form.
    pub(crate) fn words(&self, lists: &Lists, style: Style) -> Vec<Word> {
        if !self.fixed.is_empty() {
            return self.fixed.clone();
        }
        let words = &lists.words[self.culture];
        let native = style == Style::Native;
        let brand = if self.latin.is_empty() || (native && self.script) {
            &self.brand
        } else {
            &self.latin
        };
        let brand = split(brand, Role::Brand);
        let mut trades = Vec::new();
        for &trade in &self.trades {
            let trade = &words.trades[trade];
            let text = match style {
                Style::English => &trade.english,
                Style::Native if self.script => &trade.native,
                _ if trade.latin.is_empty() => &trade.native,
                _ => &trade.latin,
            };
            trades.extend(split(text, Role::Trade));
        }
        let place = self.place.as_deref().map_or_else(Vec::new, |place| split(place, Role::Place));
        let tail = self.tail.as_deref().map_or_else(Vec::new, |tail| split(tail, Role::Tail));
        if words.culture.trade_first && style != Style::English {
            [trades, brand, place, tail].concat()
        } else {
            [brand, place, trades, tail].concat()
        }
    }

    /// Whether English has other words for it.
    pub(crate) fn is_foreign(&self, lists: &Lists) -> bool {
        let words = &lists.words[self.culture];
        let differs = |&trade: &usize| words.trades[trade].english != words.trades[trade].native;
        self.fixed.is_empty() && self.trades.iter().any(differs)
    }

    /// What an e-mail domain is made from.
    pub(crate) fn domain_words(&self, lists: &Lists) -> Vec<Word> {
        self.words(lists, Style::Latin)
    }
}

fn split(text: &str, role: Role) -> Vec<Word> {
    text.split(' ').map(|text| Word { text: text.to_owned(), role }).collect()
}

/// One company: one cluster of the truth.
pub(crate) struct Company {
    /// Its name.
    pub(crate) recipe: Recipe,
    /// Position in the forms of its country; none where nobody knows it.
    pub(crate) form: Option<usize>,
    /// The legal form as a listed name has it.
    pub(crate) listed_form: Option<String>,
    /// The first of its family: itself where it has none.
    pub(crate) leader: usize,
    /// How it came to be.
    pub(crate) origin: Origin,
    /// E-mail domains, the usual one first.
    pub(crate) domains: Vec<String>,
}

impl Company {
    /// The official spelling of the legal form and where it stands.
    pub(crate) fn official_form(&self) -> Option<(&str, Side)> {
        if let Some(form) = &self.listed_form {
            return Some((form, Side::End));
        }
        let form = &COUNTRIES[self.recipe.country].forms[self.form?];
        Some((form.official, form.side))
    }
}

/// Of 1,000 companies that begin a family or stand alone, how many begin which kind.
const FAMILIES: &[(Origin, usize)] = &[
    (Origin::SameBrand, 35),
    (Origin::Sister, 35),
    (Origin::Series, 6),
    (Origin::OtherPlace, 18),
    (Origin::Abroad, 5),
    (Origin::OneLetter, 15),
    (Origin::OtherForm, 5),
];

/// What sister firms are called beside trades.
const SISTERS: &[&str] =
    &["Holdings", "Group", "International", "Capital", "Ventures", "Foundation", "Services"];
/// What is numbered, and with what.
const SERIES: &[&str] = &["Fund", "Studios", "Plant", "Partners", "Investors", "Properties"];
const ROMAN: &[&str] = &["I", "II", "III", "IV", "V", "VI", "VII"];

/// Makes companies one after another.
pub(crate) struct Founder<'a> {
    lists: &'a Lists,
    seed: u64,
    /// Names that are given away, and to whom.
    taken: FxHashMap<u64, usize>,
    companies: Vec<Company>,
}

impl<'a> Founder<'a> {
    /// One that has made none yet.
    pub(crate) fn new(lists: &'a Lists, seed: u64) -> Self {
        Self { lists, seed, taken: FxHashMap::default(), companies: Vec::new() }
    }

    /// Takes names of a list, each once, until there are enough companies.
    pub(crate) fn take(&mut self, names: &[(String, String)], count: usize) {
        let mut order: Vec<&(String, String)> = names.iter().collect();
        Rng::new(self.seed, 1, 0).shuffle(&mut order);
        for (name, code) in order {
            if self.companies.len() == count {
                break;
            }
            let (fixed, listed_form) = self.take_apart(name);
            let brand = joined(&fixed);
            if self.taken.contains_key(&fingerprint(&brand)) {
                continue;
            }
            let recipe = Recipe {
                culture: 0,
                country: lists::country(code),
                script: false,
                brand: String::new(),
                latin: String::new(),
                trades: Vec::new(),
                place: None,
                tail: None,
                fixed,
            };
            self.add(recipe, Origin::Listed, None);
            if let Some(company) = self.companies.last_mut() {
                company.form = None;
                company.listed_form = listed_form;
            }
        }
    }

    /// The words of a listed name, and its legal form at the end.
    fn take_apart(&self, name: &str) -> (Vec<Word>, Option<String>) {
        let words: Vec<&str> = name.split_whitespace().collect();
        let from = (1..words.len()).find(|&at| self.lists.is_form(&words[at..].join(" ")));
        let (core, form) = words.split_at(from.unwrap_or(words.len()));
        let role = |(at, word): (usize, &&str)| Word {
            text: (*word).to_owned(),
            role: if at > 0 && self.lists.is_trade(word) { Role::Trade } else { Role::Brand },
        };
        let form = Some(form.join(" ")).filter(|form| !form.is_empty());
        (core.iter().enumerate().map(role).collect(), form)
    }

    /// Invents until there are enough companies.
    pub(crate) fn invent(mut self, count: usize) -> Vec<Company> {
        while self.companies.len() < count {
            let first = self.companies.len();
            let mut rng = Rng::new(self.seed, 2, first);
            let weights = FAMILIES.iter().map(|&(_, weight)| weight);
            let alone = 1000 - weights.clone().sum::<usize>();
            let family = rng.weighed(weights.chain([alone]));
            let family = FAMILIES.get(family).map(|&(origin, _)| origin);
            if family == Some(Origin::SameBrand) && first > 0 {
                self.borrow_brand(&mut rng);
                continue;
            }
            let (mut recipe, origin) = self.unused(&mut rng);
            if family == Some(Origin::Series) {
                recipe.trades.clear();
                recipe.tail = Some(format!("{} I", rng.pick(SERIES)));
            }
            self.add(recipe.clone(), origin, None);
            if let Some(family) = family {
                let members = match family {
                    Origin::Sister => 1 + rng.below(4),
                    Origin::Series => 1 + rng.below(5),
                    Origin::OtherPlace => 1 + rng.below(3),
                    _ => 1,
                };
                for member in 1..=members.min(count - self.companies.len()) {
                    self.relate(&recipe, family, member, first);
                }
            }
        }
        self.companies
    }

    /// A name that nobody has.
    fn unused(&self, rng: &mut Rng) -> (Recipe, Origin) {
        let mut last = self.compose(rng);
        for _ in 0..20 {
            if !self.is_taken(&last.0) {
                return last;
            }
            last = self.compose(rng);
        }
        last.0.tail = Some(self.companies.len().to_string());
        last
    }

    fn is_taken(&self, recipe: &Recipe) -> bool {
        let name = joined(&recipe.words(self.lists, Style::Native));
        self.taken.contains_key(&fingerprint(&name))
    }

    fn add(&mut self, recipe: Recipe, origin: Origin, leader: Option<usize>) {
        let at = self.companies.len();
        let mut rng = Rng::new(self.seed, 3, at);
        let name = joined(&recipe.words(self.lists, Style::Native));
        self.taken.entry(fingerprint(&name)).or_insert(at);
        let forms = forms_of(&COUNTRIES[recipe.country], recipe.script);
        let mut form = forms[rng.weighed(forms.iter().map(|(_, form)| form.weight))].0;
        if let (Origin::OtherForm, Some(leader)) = (origin, leader) {
            let others = forms.iter().filter(|(at, _)| Some(*at) != self.companies[leader].form);
            form = others.map(|&(at, _)| at).next().unwrap_or(form);
        }
        // Of families the form is known: it may be all that tells them apart.
        let known = leader.is_some() || !rng.permille(100);
        self.companies.push(Company {
            recipe,
            form: known.then_some(form),
            listed_form: None,
            leader: leader.unwrap_or(at),
            origin,
            domains: Vec::new(),
        });
    }

    /// An invented name.
    fn compose(&self, rng: &mut Rng) -> (Recipe, Origin) {
        let culture = self.lists.cultures.pick(rng);
        let words = &self.lists.words[culture];
        let at = rng.weighed(words.countries.iter().map(|&(_, weight)| weight));
        let country = words.countries[at].0;
        let characters = matches!(words.culture.sound, Sound::Characters(_));
        let (mut origin, mut brand) = (Origin::Alone, String::new());
        let mut latin = String::new();
        match rng.below(1000) {
            0..100 => {
                origin = Origin::SharedWord;
                brand.clone_from(rng.zipf(&words.shared));
                if rng.permille(350) {
                    brand = format!("{brand} {}", rng.pick(&words.shared));
                }
            }
            100..200 => {
                origin = Origin::Surname;
                brand = people(words.culture.link, &words.surnames, rng);
            }
            200..250 => {
                origin = Origin::Initials;
                let letters = 2 + rng.below(3);
                brand = (0..letters).map(|_| *rng.pick(LETTERS) as char).collect();
            }
            _ => (brand, latin) = invent(&words.culture.sound, rng),
        }
        let script = characters && !latin.is_empty() && rng.permille(350);
        if characters && !script && !latin.is_empty() {
            brand = std::mem::take(&mut latin);
        }
        let trades = match (rng.below(100), origin) {
            (0..15, Origin::Alone) => 0,
            (0..68, _) => 1,
            _ => 2,
        };
        let mut trades: Vec<usize> = (0..trades).map(|_| words.common.pick(rng)).collect();
        trades.dedup();
        let cities = COUNTRIES[country].cities;
        let place = (!script && rng.permille(80)).then(|| {
            if rng.permille(500) {
                COUNTRIES[country].name.to_owned()
            } else {
                (*rng.pick(cities)).to_owned()
            }
        });
        let tail = (!script && rng.permille(40)).then(|| (*rng.pick(SISTERS)).to_owned());
        let fixed = Vec::new();
        (Recipe { culture, country, script, brand, latin, trades, place, tail, fixed }, origin)
    }

    /// A company with the brand of an earlier one that it has nothing to do with.
    fn borrow_brand(&mut self, rng: &mut Rng) {
        for _ in 0..20 {
            let from = &self.companies[rng.below(self.companies.len())].recipe;
            let (mut recipe, _) = self.compose(rng);
            if !from.fixed.is_empty() || from.script || recipe.script || recipe.trades.is_empty() {
                continue;
            }
            let brand = if from.latin.is_empty() { &from.brand } else { &from.latin };
            recipe.brand.clone_from(brand);
            recipe.latin.clear();
            if !self.is_taken(&recipe) {
                self.add(recipe, Origin::SameBrand, None);
                return;
            }
        }
        let (recipe, origin) = self.unused(rng);
        self.add(recipe, origin, None);
    }

    /// A near-namesake of a company.
    fn relate(&mut self, of: &Recipe, family: Origin, member: usize, leader: usize) {
        let mut rng = Rng::new(self.seed, 4, self.companies.len());
        let words = &self.lists.words[of.culture];
        for _ in 0..20 {
            let mut recipe = of.clone();
            match family {
                Origin::Sister if rng.permille(400) && !of.script => {
                    recipe.tail = Some((*rng.pick(SISTERS)).to_owned());
                    if rng.permille(700) {
                        recipe.trades.clear();
                    }
                }
                Origin::Sister => recipe.trades = vec![words.common.pick(&mut rng)],
                Origin::Series => {
                    let tail = recipe.tail.as_deref().unwrap_or("Fund I");
                    let kind = tail.split(' ').next().unwrap_or(tail);
                    recipe.tail = Some(format!("{kind} {}", ROMAN[member % ROMAN.len()]));
                }
                Origin::OtherPlace => recipe.place = Some(rng.pick(&self.lists.places).clone()),
                Origin::Abroad => {
                    recipe.country = rng.below(COUNTRIES.len());
                    recipe.script = false;
                }
                Origin::OneLetter => recipe.brand = other_letter(&of.brand, &mut rng),
                _ => {}
            }
            let same_name = matches!(family, Origin::Abroad | Origin::OtherForm);
            let moved = family != Origin::Abroad || recipe.country != of.country;
            if moved && (same_name || !self.is_taken(&recipe)) {
                self.add(recipe, family, Some(leader));
                return;
            }
        }
        let (recipe, origin) = self.unused(&mut rng);
        self.add(recipe, origin, None);
    }
}

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPRSTVW";

/// Words with blanks between, except between Chinese characters.
pub(crate) fn joined(words: &[Word]) -> String {
    let mut out = String::new();
    for word in words {
        let tight = |c: char| c >= '\u{3000}';
        if out.chars().next_back().is_some_and(|c| !tight(c) || !word.text.starts_with(tight)) {
            out.push(' ');
        }
        out.push_str(&word.text);
    }
    out
}

/// A firm named after people: one, two with `&`, one with an initial.
fn people(link: &str, surnames: &[&str], rng: &mut Rng) -> String {
    let one = *rng.zipf(surnames);
    match rng.below(10) {
        0..3 => format!("{one} {link} {}", rng.zipf(surnames)),
        3..6 => format!("{}. {one}", *rng.pick(LETTERS) as char),
        _ => one.to_owned(),
    }
}

/// A made-up brand, and its reading where it is in Chinese characters.
pub(crate) fn invent(sound: &Sound, rng: &mut Rng) -> (String, String) {
    match sound {
        Sound::Syllables { onsets, nuclei, codas } => {
            let parts = [onsets, nuclei, codas].map(|list| list.split_whitespace().collect());
            let mut brand = title(&syllables(&parts, rng));
            if rng.permille(120) {
                brand = format!("{brand} {}", title(&syllables(&parts, rng)));
            }
            (brand, String::new())
        }
        Sound::Pairs(list) => {
            let list: Vec<&str> = list.split_whitespace().collect();
            let count = if rng.permille(300) { 3 } else { 2 };
            let parts: Vec<&str> = (0..count).map(|_| *rng.pick(&list)).collect();
            (parts.join(" "), String::new())
        }
        Sound::Characters(list) => {
            let kana = |text: &str| text.chars().all(|c| ('ァ'..='ヶ').contains(&c));
            let in_kana = rng.permille(300) && list.iter().any(|(text, _)| kana(text));
            let list: Vec<_> = list.iter().filter(|(text, _)| kana(text) == in_kana).collect();
            let count = if in_kana { 3 + rng.below(2) } else { 2 + rng.below(5) / 4 };
            let parts: Vec<_> = (0..count).map(|_| **rng.pick(&list)).collect();
            let brand = parts.iter().map(|part| part.0).collect();
            let latin: String = parts.iter().map(|part| part.1).collect();
            (brand, title(&latin))
        }
    }
}

fn syllables(parts: &[Vec<&str>; 3], rng: &mut Rng) -> String {
    let [onsets, nuclei, codas] = parts;
    let count = [2, 2, 2, 3, 3, 3][rng.below(6)];
    let mut word = String::new();
    let mut closed = false;
    for at in 0..count {
        let mut onset = *rng.pick(onsets);
        // Few languages have three consonants in a row.
        for _ in 0..3 {
            if closed && onset.len() > 1 {
                onset = rng.pick::<&str>(onsets);
            }
        }
        if at > 0 || !rng.permille(120) {
            word.push_str(onset);
        }
        word.push_str(rng.pick::<&str>(nuclei));
        let last = at + 1 == count;
        closed = rng.permille(if last { 600 } else { 200 });
        if closed {
            word.push_str(rng.pick::<&str>(codas));
        }
    }
    word
}

/// The brand with one letter replaced.
fn other_letter(brand: &str, rng: &mut Rng) -> String {
    let mut letters: Vec<char> = brand.chars().collect();
    let at = rng.below(letters.len());
    if letters[at].is_alphabetic() && letters[at].is_ascii() {
        let letter = rng.pick(LETTERS).to_ascii_lowercase() as char;
        letters[at] = if letters[at].is_uppercase() { letter.to_ascii_uppercase() } else { letter };
    }
    letters.into_iter().collect()
}
