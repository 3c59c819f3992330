//! Phrases within a name that are no part of it: the small words, and what introduces another
//! name. Data from `config/phrases.csv`.

use rustc_hash::FxHashMap;

use super::normalize::Word;

/// What a phrase does in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Another name of the same company follows: `d/b/a`, `formerly`.
    Alias,
    /// Somebody else follows, who takes the mail: `c/o`.
    CareOf,
    /// The body that acts for a state follows: `as represented by`.
    OnBehalf,
    /// A small word between two others: it tells nothing, and every language has its own.
    Particle,
}

impl Kind {
    /// The kind of a name in the list.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "alias" => Self::Alias,
            "care of" => Self::CareOf,
            "on behalf" => Self::OnBehalf,
            "particle" => Self::Particle,
            _ => return None,
        })
    }
}

/// The list, ready to be looked up.
#[derive(Clone, Debug, Default)]
pub struct Phrases {
    /// By first word; the longest phrase first.
    phrases: FxHashMap<String, Vec<(Vec<String>, Kind)>>,
}

impl Phrases {
    /// Prepares the list: words as they stand in a name, bare, joined by blanks.
    pub fn new(list: impl IntoIterator<Item = (String, Kind)>) -> Self {
        let mut phrases: FxHashMap<String, Vec<(Vec<String>, Kind)>> = FxHashMap::default();
        for (words, kind) in list {
            let mut words = words.split(' ').map(str::to_owned);
            let first = words.next().unwrap_or_default();
            phrases.entry(first).or_default().push((words.collect(), kind));
        }
        for list in phrases.values_mut() {
            list.sort_by_key(|(rest, _)| std::cmp::Reverse(rest.len()));
        }
        Self { phrases }
    }

    /// The longest phrase that begins at the first of some words, and its number of words.
    pub fn at(&self, words: &[Word]) -> Option<(Kind, usize)> {
        let (first, words) = words.split_first()?;
        let begins = |rest: &[String]| {
            words.len() >= rest.len()
                && std::iter::zip(words, rest).all(|(word, text)| word.text == *text)
        };
        let list = self.phrases.get(first.text.as_str())?;
        let (rest, kind) = list.iter().find(|(rest, _)| begins(rest))?;
        Some((*kind, 1 + rest.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::normalize::Part;
    use super::*;

    #[test]
    fn the_longest_phrase_counts() {
        let list = [("formerly", Kind::Alias), ("formerly known as", Kind::CareOf)];
        let phrases = Phrases::new(list.map(|(words, kind)| (words.to_owned(), kind)));
        let at = |text: &str| {
            let word = |text: &str| Word::bare(text, Part::Name);
            phrases.at(&text.split_whitespace().map(word).collect::<Vec<_>>())
        };
        assert_eq!(at("formerly known as acme"), Some((Kind::CareOf, 3)));
        assert_eq!(at("formerly known acme"), Some((Kind::Alias, 1)));
        assert_eq!(at("acme formerly"), None);
        assert_eq!(at(""), None);
    }
}
