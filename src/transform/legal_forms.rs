//! Legal forms: recognized as data from `config/legal_forms.csv`, set aside, kept as evidence.
//!
//! In: the words of a name. Out: the words without the forms, and the set of forms found. The last
//! word of a name is never taken: `Company Limited` stays a name.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::words::{Part, Word, bare};

/// What a form is, as far as it decides whether two forms contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Form {
    normalized: String,
    kind: String,
    countries: Vec<String>,
}

/// Kinds that say nothing about the company's identity: they go with every other kind.
const NEUTRAL: &[&str] = &["company", "status", "other"];
/// Kinds that often name another body beside the company: `X Holdings` is not `X`. They stay words
/// of the name.
const KEPT: &[&str] = &["holding", "group", "branch", "foundation", "association", "nonprofit"];
/// Kinds that translate one another across languages.
const FAMILIES: &[&[&str]] = &[
    &["joint stock", "public limited", "corporation"],
    &["private limited", "limited liability company"],
];
/// The word for a company, and how it is abbreviated.
const COMPANY: &str = "company";
const COMPANY_IS_ALSO: [&str; 2] = ["co", "comp"];
/// Where `Ltd`, `Inc` and `Corp` render the joint stock company as well: 株式会社 is `Co., Ltd.`
const EAST_ASIA: &[&str] = &["CN", "HK", "JP", "KR", "TW"];
const RENDERINGS: &[&str] = &["ltd", "co ltd", "inc", "corp"];

impl Form {
    /// The kind, or the first of those that translate it.
    fn family(&self) -> &str {
        let family = FAMILIES.iter().find(|family| family.contains(&self.kind.as_str()));
        family.map_or(self.kind.as_str(), |family| family[0])
    }

    /// What decides whether it contradicts another form, as numbers.
    fn traits(&self, numbers: &mut BTreeMap<String, u16>) -> Traits {
        let mut number = |text: &str| {
            let next = u16::try_from(numbers.len()).expect("fewer than 65,536 texts");
            *numbers.entry(text.to_owned()).or_insert(next)
        };
        let eastern = |country: &String| EAST_ASIA.contains(&country.as_str());
        Traits {
            normalized: number(&self.normalized),
            family: number(self.family()),
            countries: self.countries.iter().map(|country| number(country)).collect(),
            is_telling: !NEUTRAL.contains(&self.kind.as_str()),
            is_rendering: RENDERINGS.contains(&self.normalized.as_str()),
            is_eastern: !self.countries.is_empty() && self.countries.iter().all(eastern),
        }
    }
}

/// A form as far as pairs of names ask: texts as numbers, since every pair asks.
#[derive(Clone, Debug)]
struct Traits {
    normalized: u16,
    family: u16,
    countries: Vec<u16>,
    /// Whether it says which kind of company it is.
    is_telling: bool,
    /// Whether English writes forms of East Asia so.
    is_rendering: bool,
    /// Whether East Asia alone uses it.
    is_eastern: bool,
}

impl Traits {
    /// Whether both can be the form of one company.
    fn goes_with(&self, other: &Self) -> bool {
        let share = || self.countries.iter().any(|country| other.countries.contains(country));
        self.normalized == other.normalized
            || self.family == other.family
                && (self.countries.is_empty() || other.countries.is_empty() || share())
            || self.is_rendering && other.is_eastern
            || other.is_rendering && self.is_eastern
    }
}

/// The legal forms of one name, as indices into [`LegalForms`], sorted.
pub type FormSet = Vec<u16>;

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegalForm {
    /// Words as they stand in a name, bare, joined by blanks.
    pub form: String,
    /// The form that it is compared as.
    pub normalized: String,
    /// The kind of company.
    pub kind: String,
    /// Countries that use it; empty for anywhere.
    pub countries: Vec<String>,
    /// Where it may stand: any of `start`, `end`, `any`, `beside` (at the start of a name that holds
    /// another form of one of its countries), `note` (all that is in brackets or behind a dash).
    pub position: String,
}

/// The list, ready to be looked up.
#[derive(Clone, Debug, Default)]
pub struct LegalForms {
    forms: Vec<Form>,
    /// The same, as numbers.
    traits: Vec<Traits>,
    at_start: Trie,
    at_end: Trie,
    anywhere: Trie,
    beside: Trie,
    notes: Trie,
    /// Forms that are written without a blank beside the name, longest first.
    glued: Vec<String>,
}

/// Sequences of words, and the form that each stands for.
#[derive(Clone, Debug, Default)]
struct Trie {
    children: FxHashMap<String, Trie>,
    form: Option<u16>,
}

impl Trie {
    fn insert<'a>(&mut self, words: impl Iterator<Item = &'a str>, form: u16) {
        let mut node = self;
        for word in words {
            node = node.children.entry(word.to_owned()).or_default();
        }
        node.form.get_or_insert(form);
    }

    /// The longest sequence that begins the words: its length and form.
    fn longest<'a>(&self, words: impl Iterator<Item = &'a Word>) -> Option<(usize, u16)> {
        let mut node = self;
        let mut best = None;
        for (index, word) in words.enumerate() {
            let Some(child) = node.children.get(word.text.as_str()) else { break };
            node = child;
            if let Some(form) = node.form {
                best = Some((index + 1, form));
            }
        }
        best
    }
}

impl LegalForms {
    /// Prepares a list; of two rows with one text the first holds. `company` is abbreviated in
    /// every row that has no other by this text.
    pub fn new(rows: &[LegalForm]) -> Self {
        let mut list = Self::default();
        let mut abbreviated = Vec::new();
        let mut known: BTreeMap<Form, u16> = BTreeMap::new();
        let mut numbers = BTreeMap::new();
        for row in rows {
            if KEPT.contains(&row.kind.as_str()) {
                continue;
            }
            let form = Form {
                normalized: row.normalized.clone(),
                kind: row.kind.clone(),
                countries: row.countries.clone(),
            };
            let next = u16::try_from(known.len()).expect("fewer than 65,536 legal forms");
            let index = *known.entry(form.clone()).or_insert_with(|| {
                list.traits.push(form.traits(&mut numbers));
                list.forms.push(form);
                next
            });
            let text = bare(&row.form);
            if is_glued(&text) {
                list.glued.push(text.clone());
            }
            list.insert(&text, &row.position, index);
            if text.split(' ').any(|word| word == COMPANY) {
                abbreviated.push((text, &row.position, index));
            }
        }
        for (text, position, index) in abbreviated {
            for short in COMPANY_IS_ALSO {
                let short = |word| if word == COMPANY { short } else { word };
                let words: Vec<&str> = text.split(' ').map(short).collect();
                list.insert(&words.join(" "), position, index);
            }
        }
        list.glued.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        list.glued.dedup();
        list
    }

    fn insert(&mut self, text: &str, positions: &str, form: u16) {
        let words = || text.split(' ');
        for position in positions.split(' ') {
            match position {
                "start" => self.at_start.insert(words(), form),
                "any" => self.anywhere.insert(words(), form),
                "beside" => self.beside.insert(words(), form),
                "note" => self.notes.insert(words(), form),
                _ => self.at_end.insert(words().rev(), form),
            }
        }
    }

    /// Whether some words are a form and nothing else.
    pub(super) fn is_form(&self, words: &[Word]) -> bool {
        let is_whole = |found: Option<(usize, u16)>| found.is_some_and(|(n, _)| n == words.len());
        is_whole(self.at_end.longest(words.iter().rev()))
            || [&self.at_start, &self.anywhere].iter().any(|at| is_whole(at.longest(words.iter())))
    }

    /// Whether a text, bare, is a note: of no company where it stands alone.
    pub(super) fn is_note(&self, text: &str) -> bool {
        let mut at = &self.notes;
        text.split(' ').all(|word| at.children.get(word).map(|next| at = next).is_some())
            && at.form.is_some()
    }

    /// Parts `D S M N V`, spelled with blanks and so read as one word, into the name and the form.
    fn unspell(&self, words: &mut Vec<Word>) {
        let mut at = 0;
        while at < words.len() {
            let ends = words.get(at + 1).is_none_or(|next| next.part != words[at].part);
            let is_form = |text: &str| {
                let form = self.at_end.children.get(text).and_then(|node| node.form);
                form.is_some_and(|form| self.traits[usize::from(form)].is_telling)
            };
            let text = &words[at].text;
            if words[at].spelled && ends && !is_form(text) {
                let least = if at == 0 { 2 } else { 1 };
                let mut cuts = least..=text.len().saturating_sub(2);
                if let Some(cut) = cuts.find(|&cut| is_form(&text[cut..])) {
                    let tail = Word::bare(&text[cut..], words[at].part);
                    words[at].text.truncate(cut);
                    words.insert(at + 1, tail);
                }
            }
            at += 1;
        }
    }

    /// Parts `株式会社日立` into the form and the name.
    fn unglue(&self, words: &mut Vec<Word>) {
        let mut at = 0;
        while at < words.len() {
            let text = &words[at].text;
            let cut = (!text.is_ascii()).then(|| {
                self.glued.iter().find_map(|form| {
                    let starts = text.starts_with(form).then_some(form.len());
                    starts.or_else(|| text.ends_with(form).then(|| text.len() - form.len()))
                })
            });
            if let Some(cut) = cut.flatten()
                && 0 < cut
                && cut < text.len()
            {
                let tail = Word::bare(&text[cut..], words[at].part);
                words[at].text.truncate(cut);
                words[at].marks.clear();
                words.insert(at + 1, tail);
            }
            at += 1;
        }
    }

    /// Takes the forms out of a name's words.
    pub(super) fn take(&self, words: &mut Vec<Word>) -> FormSet {
        self.unglue(words);
        self.unspell(words);
        let mut found = FormSet::new();
        self.take_notes(words, &mut found);
        loop {
            if let Some((length, form)) = self.at_end.longest(words.iter().rev())
                && length < words.len()
            {
                words.truncate(words.len() - length);
                found.push(form);
            } else if let Some((length, form)) = self.at_start.longest(words.iter())
                && length < words.len()
            {
                words.drain(..length);
                found.push(form);
            } else if let Some((length, form)) = self.beside.longest(words.iter())
                && length < words.len()
                && self.is_beside(form, &found)
            {
                words.drain(..length);
                found.push(form);
            } else {
                break;
            }
            // `Smith & Co` leaves `Smith &`.
            while words.len() > 1 && words.last().is_some_and(|word| word.text == "and") {
                words.pop();
            }
        }
        self.take_within(words, &mut found);
        let mut at = 0;
        while at < words.len() {
            match self.anywhere.longest(words[at..].iter()) {
                Some((length, form)) if length < words.len() => {
                    words.drain(at..at + length);
                    found.push(form);
                }
                _ => at += 1,
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Takes brackets, and what is behind a dash, where all of it is a note: `(closed)`.
    fn take_notes(&self, words: &mut Vec<Word>, found: &mut FormSet) {
        let mut at = 0;
        while at < words.len() {
            let part = words[at].part;
            let length = words[at..].iter().take_while(|word| word.part == part).count();
            let note = self.notes.longest(words[at..at + length].iter());
            match note.filter(|&(whole, _)| part != Part::Name && whole == length) {
                Some((_, form)) if length < words.len() => {
                    words.drain(at..at + length);
                    found.push(form);
                }
                _ => at += length,
            }
        }
    }

    /// Takes the forms that end a part of the name: before brackets or a dash, and, where a form
    /// tells the kind of company, before a comma. `LLC, Acme` begins with such a part.
    fn take_within(&self, words: &mut Vec<Word>, found: &mut FormSet) {
        for end in (1..words.len()).rev() {
            let mut end = end;
            while 0 < end && end < words.len() {
                let ends = words[end - 1].part != words[end].part;
                let pauses = words[end - 1].comma;
                let Some((length, form)) = self.at_end.longest(words[..end].iter().rev()) else {
                    break;
                };
                if !(ends || pauses && self.traits[usize::from(form)].is_telling) {
                    break;
                }
                words.drain(end - length..end);
                found.push(form);
                end -= length;
            }
        }
    }

    /// Whether one of the forms that were found is of a country of this one.
    fn is_beside(&self, form: u16, found: &FormSet) -> bool {
        let own = self.countries(form);
        let shares = |&other: &u16| self.countries(other).iter().any(|code| own.contains(code));
        found.iter().any(shares)
    }

    /// Whether a set says which kind of company it is.
    pub fn is_marked(&self, set: &FormSet) -> bool {
        self.telling(set).next().is_some()
    }

    /// Whether two sets can belong to one company: one of them says nothing, or some form of the
    /// one is, or translates, a form of the other.
    pub fn agree(&self, a: &FormSet, b: &FormSet) -> bool {
        let mut both_tell = false;
        for left in self.telling(a) {
            for right in self.telling(b) {
                both_tell = true;
                if left.goes_with(right) {
                    return true;
                }
            }
        }
        !both_tell
    }

    /// The forms of a set that say which kind of company it is.
    fn telling(&self, set: &FormSet) -> impl Iterator<Item = &Traits> {
        set.iter().map(|&form| &self.traits[usize::from(form)]).filter(|form| form.is_telling)
    }

    /// The countries that use a form, as ISO codes; empty for anywhere.
    pub fn countries(&self, form: u16) -> &[String] {
        &self.forms[usize::from(form)].countries
    }

    /// What kind of company a form is, as the list says.
    pub fn kind(&self, form: u16) -> &str {
        &self.forms[usize::from(form)].kind
    }

    /// The comparison forms of a set, for people.
    pub fn names(&self, set: &FormSet) -> Vec<&str> {
        set.iter().map(|&form| self.forms[usize::from(form)].normalized.as_str()).collect()
    }
}

/// Whether a form is written in a script without blanks: Han, kana or Hangul, two letters or more,
/// since a single one is more often a part of a name.
fn is_glued(form: &str) -> bool {
    let mut letters = 0;
    form.chars().all(|c| {
        letters += 1;
        matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
    }) && letters >= 2
}
