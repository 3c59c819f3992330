//! Legal forms: recognized as data from `config/legal_forms.csv`, set aside, kept as evidence.
//!
//! In: the words of a name. Out: the words without the forms, and the set of forms found. The last
//! word of a name is never taken: `Company Limited` stays a name.

use std::collections::BTreeMap;

use super::normalize::{Word, bare};

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
/// Where `Ltd`, `Inc` and `Corp` render the joint stock company as well: 株式会社 is `Co., Ltd.`
const EAST_ASIA: &[&str] = &["CN", "HK", "JP", "KR", "TW"];
const RENDERINGS: &[&str] = &["ltd", "co ltd", "inc", "corp"];

impl Form {
    /// The kind, or the first of those that translate it.
    fn family(&self) -> &str {
        let family = FAMILIES.iter().find(|family| family.contains(&self.kind.as_str()));
        family.map_or(self.kind.as_str(), |family| family[0])
    }

    /// Whether this is how English writes a form of East Asia.
    fn renders(&self, other: &Self) -> bool {
        let eastern = |country: &String| EAST_ASIA.contains(&country.as_str());
        RENDERINGS.contains(&self.normalized.as_str())
            && !other.countries.is_empty()
            && other.countries.iter().all(eastern)
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
    /// Where it may stand: any of `start`, `end`, `any`.
    pub position: String,
}

/// The list, ready to be looked up.
#[derive(Clone, Debug, Default)]
pub struct LegalForms {
    forms: Vec<Form>,
    at_start: Trie,
    at_end: Trie,
    anywhere: Trie,
    /// Forms that are written without a blank beside the name, longest first.
    glued: Vec<String>,
}

/// Sequences of words, and the form that each stands for.
#[derive(Clone, Debug, Default)]
struct Trie {
    children: BTreeMap<String, Trie>,
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
    /// Prepares a list; of two rows with one text the first holds.
    pub fn new(rows: &[LegalForm]) -> Self {
        let mut list = Self::default();
        let mut known: BTreeMap<Form, u16> = BTreeMap::new();
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
                list.forms.push(form);
                next
            });
            let text = bare(&row.form);
            if is_glued(&text) {
                list.glued.push(text.clone());
            }
            let words = || text.split(' ');
            for position in row.position.split(' ') {
                match position {
                    "start" => list.at_start.insert(words(), index),
                    "any" => list.anywhere.insert(words(), index),
                    _ => list.at_end.insert(words().rev(), index),
                }
            }
        }
        list.glued.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        list.glued.dedup();
        list
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
                let aside = words[at].aside;
                let tail = Word::bare(&text[cut..], aside);
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
        let mut found = FormSet::new();
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
            } else {
                break;
            }
            // `Smith & Co` leaves `Smith &`.
            while words.len() > 1 && words.last().is_some_and(|word| word.text == "and") {
                words.pop();
            }
        }
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

    /// Whether a set says which kind of company it is.
    pub fn is_marked(&self, set: &FormSet) -> bool {
        set.iter().any(|&form| self.is_telling(form))
    }

    /// Whether two sets can belong to one company: one of them says nothing, or some form of the
    /// one is, or translates, a form of the other.
    pub fn agree(&self, a: &FormSet, b: &FormSet) -> bool {
        let mut telling = false;
        for &left in a.iter().filter(|&&form| self.is_telling(form)) {
            for &right in b.iter().filter(|&&form| self.is_telling(form)) {
                telling = true;
                if self.equivalent(left, right) {
                    return true;
                }
            }
        }
        !telling
    }

    fn is_telling(&self, form: u16) -> bool {
        !NEUTRAL.contains(&self.forms[usize::from(form)].kind.as_str())
    }

    fn equivalent(&self, left: u16, right: u16) -> bool {
        let (left, right) = (&self.forms[usize::from(left)], &self.forms[usize::from(right)]);
        let share = || left.countries.iter().any(|country| right.countries.contains(country));
        left.normalized == right.normalized
            || left.family() == right.family()
                && (left.countries.is_empty() || right.countries.is_empty() || share())
            || left.renders(right)
            || right.renders(left)
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
