//! Comparing two names: the comparison vector, whose sum is the score and whose list is the
//! explanation.
//!
//! Pure; owns `strsim`. Each comparison is one kind of evidence with one sign that a person would
//! expect: what is equal never speaks against, what contradicts never speaks for.

use std::collections::BTreeSet;

use super::block::initials;
use super::vocabulary::{Vocabulary, WordId};
use super::{Node, Weights};
use crate::ids::Weight;
use crate::transform::legal_forms::LegalForms;

/// One line of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Which evidence.
    pub name: &'static str,
    /// For (above 0) or against (below 0).
    pub weight: Weight,
}

/// A compared pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The sum of the comparisons.
    pub score: Weight,
    /// Every comparison that says something, in a fixed order.
    pub comparisons: Vec<Comparison>,
}

impl Compared {
    /// The weight of one comparison; zero if it says nothing.
    pub fn weight(&self, name: &str) -> Weight {
        self.comparisons.iter().find(|c| c.name == name).map_or(Weight::ZERO, |c| c.weight)
    }
}

/// What every comparison needs to know.
pub(super) struct Comparer<'a> {
    pub(super) words: &'a Vocabulary,
    pub(super) forms: &'a LegalForms,
    pub(super) weights: &'a Weights,
    /// Number of names compared.
    pub(super) names: usize,
    /// How many names hold each e-mail domain or website.
    pub(super) domains: &'a rustc_hash::FxHashMap<&'a str, u32>,
}

impl Comparer<'_> {
    /// Compares two names.
    pub(super) fn compare(&self, a: &Node<'_>, b: &Node<'_>) -> Compared {
        let mut vector = Vector::default();
        vector.add("prior", self.prior());
        self.compare_words(a, b, &mut vector);
        self.compare_marks_and_forms(a, b, &mut vector);
        self.compare_evidence(a, b, &mut vector);
        vector.finish()
    }

    /// The more names, the less likely it is that two of them are one company.
    fn prior(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "counts of names are far below 2^52")]
        let names = self.names.max(2) as f64;
        -self.weights.prior * names.log2()
    }

    fn compare_words(&self, a: &Node<'_>, b: &Node<'_>, vector: &mut Vector) {
        let alignment = Alignment::of(&a.words, &b.words, self.words);
        let weights = self.weights;
        vector.add("words", alignment.shared.min(weights.words_most));
        vector.add("near words", alignment.near.min(weights.words_most));
        let missing = |rest: &[WordId]| -> f64 {
            rest.iter()
                .map(|&word| weights.missing_word + weights.missing_bit * self.words.bits(word))
                .sum()
        };
        vector.add("missing words", -(missing(&alignment.only_a) + missing(&alignment.only_b)));
        if !(alignment.only_a.is_empty() || alignment.only_b.is_empty()) {
            vector.add("other words", -weights.other_words);
        }
        let number = |rest: &[WordId]| rest.iter().any(|&word| is_number(self.words.text(word)));
        match (number(&alignment.only_a), number(&alignment.only_b)) {
            (true, true) => vector.add("numbers", -weights.numbers_differ),
            (false, false) => {}
            _ => vector.add("numbers", -weights.number_missing),
        }
        if alignment.reordered {
            vector.add("word order", -weights.word_order);
        }
        let letters = |node: &Node<'_>| match node.words[..] {
            [only] => Some(self.words.text(only).to_owned()),
            _ => None,
        };
        let short = |a: &Node<'_>, b: &Node<'_>| {
            b.words.len() > 1 && letters(a) == Some(initials(&b.words, self.words))
        };
        if short(a, b) || short(b, a) {
            // The long name's words are not missing: the short one holds their initials.
            let given_back = -vector.get("missing words") - vector.get("other words");
            vector.add("initials", given_back + weights.initials);
        }
    }

    fn compare_marks_and_forms(&self, a: &Node<'_>, b: &Node<'_>, vector: &mut Vector) {
        if a.core == b.core && !a.name.marks_agree(b.name) {
            vector.add("marks", -self.weights.marks_differ);
        }
        let (left, right) = (&a.name.forms, &b.name.forms);
        if !self.forms.agree(left, right) {
            vector.add("legal form", -self.weights.forms_differ);
        } else if self.forms.is_marked(left) && self.forms.is_marked(right) {
            vector.add("legal form", self.weights.forms_agree);
        }
    }

    fn compare_evidence(&self, a: &Node<'_>, b: &Node<'_>, vector: &mut Vector) {
        let (left, right) = (&a.evidence, &b.evidence);
        let weights = self.weights;
        let domain = |l: &BTreeSet<String>, r: &BTreeSet<String>| self.domain(l, r);
        vector.add("e-mail domain", domain(&left.email_domains, &right.email_domains));
        vector.add("website", domain(&left.websites, &right.websites));
        vector.add("phone", verdict(&left.phones, &right.phones, weights.phone_equal, 0.0));
        vector.add(
            "tax id",
            verdict(&left.tax_ids, &right.tax_ids, weights.tax_id_equal, weights.tax_id_differs),
        );
        vector.add(
            "city",
            verdict(&left.cities, &right.cities, weights.city_equal, weights.city_differs),
        );
        vector.add(
            "country",
            verdict(
                &left.countries,
                &right.countries,
                weights.country_equal,
                weights.country_differs,
            ),
        );
    }

    /// A domain that many names share is a group's or a provider's, and tells little.
    fn domain(&self, a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
        if a.is_empty() || b.is_empty() {
            return 0.0;
        }
        let rarest = a.intersection(b).filter_map(|value| self.domains.get(value.as_str())).min();
        match rarest {
            Some(&names) => {
                let spread = f64::from(names.max(2) - 1).log2();
                (self.weights.domain_equal - self.weights.domain_spread * spread).max(0.0)
            }
            None => -self.weights.domain_differs,
        }
    }
}

/// Equal in some value, different in all, or nothing to compare.
fn verdict(a: &BTreeSet<String>, b: &BTreeSet<String>, equal: f64, differs: f64) -> f64 {
    if a.is_empty() || b.is_empty() {
        0.0
    } else if a.is_disjoint(b) {
        -differs
    } else {
        equal
    }
}

#[derive(Default)]
struct Vector {
    comparisons: Vec<(&'static str, f64)>,
}

impl Vector {
    fn add(&mut self, name: &'static str, bits: f64) {
        if bits != 0.0 {
            self.comparisons.push((name, bits));
        }
    }

    fn get(&self, name: &str) -> f64 {
        self.comparisons.iter().filter(|(n, _)| *n == name).map(|(_, bits)| bits).sum()
    }

    /// Rounds each comparison, so that the list adds up to the score.
    fn finish(self) -> Compared {
        let comparisons: Vec<Comparison> = self
            .comparisons
            .into_iter()
            .map(|(name, bits)| Comparison { name, weight: Weight::bits(bits) })
            .filter(|comparison| comparison.weight != Weight::ZERO)
            .collect();
        Compared { score: comparisons.iter().map(|c| c.weight).sum(), comparisons }
    }
}

/// Which words of two names stand for each other.
struct Alignment {
    /// Bits of equal words.
    shared: f64,
    /// Bits of words that are nearly equal, after what the difference costs.
    near: f64,
    only_a: Vec<WordId>,
    only_b: Vec<WordId>,
    /// Whether equal words stand in another order.
    reordered: bool,
}

impl Alignment {
    fn of(a: &[WordId], b: &[WordId], words: &Vocabulary) -> Self {
        let mut used = vec![false; b.len()];
        let mut shared = 0.0;
        let mut only_a: Vec<WordId> = Vec::new();
        let mut matched: Vec<usize> = Vec::new();
        for &word in a {
            let free = b.iter().enumerate().find(|(at, other)| **other == word && !used[*at]);
            if let Some((at, _)) = free {
                used[at] = true;
                matched.push(at);
                shared += words.bits(word);
            } else {
                only_a.push(word);
            }
        }
        let mut only_b: Vec<WordId> =
            b.iter().zip(&used).filter(|(_, used)| !**used).map(|(word, _)| *word).collect();
        let mut near = take_glued(&mut only_a, &mut only_b, words);
        near += take_glued(&mut only_b, &mut only_a, words);
        near += take_near(&mut only_a, &mut only_b, words);
        let reordered = matched.windows(2).any(|pair| pair[0] > pair[1]);
        Self { shared, near, only_a, only_b, reordered }
    }
}

/// Two neighbouring words of the one name that are one word of the other.
fn take_glued(parts: &mut Vec<WordId>, wholes: &mut Vec<WordId>, words: &Vocabulary) -> f64 {
    let mut bits = 0.0;
    let mut at = 0;
    while at + 1 < parts.len() {
        let glued = format!("{}{}", words.text(parts[at]), words.text(parts[at + 1]));
        let whole = words.find(&glued).and_then(|id| wholes.iter().position(|other| *other == id));
        if let Some(position) = whole {
            bits += words.bits(wholes[position]);
            wholes.remove(position);
            parts.drain(at..at + 2);
        } else {
            at += 1;
        }
    }
    bits
}

/// Pairs of words that differ by a typo, an ending or an abbreviation, the most alike first.
fn take_near(a: &mut Vec<WordId>, b: &mut Vec<WordId>, words: &Vocabulary) -> f64 {
    let mut pairs: Vec<(i64, usize, usize)> = Vec::new();
    for (i, &left) in a.iter().enumerate() {
        for (j, &right) in b.iter().enumerate() {
            let likeness = likeness(words.text(left), words.text(right));
            if likeness > 0 {
                pairs.push((-likeness, i, j));
            }
        }
    }
    pairs.sort_unstable();
    let (mut used_a, mut used_b) = (vec![false; a.len()], vec![false; b.len()]);
    let mut bits = 0.0;
    for (negative, i, j) in pairs {
        if used_a[i] || used_b[j] {
            continue;
        }
        (used_a[i], used_b[j]) = (true, true);
        #[expect(clippy::cast_precision_loss, reason = "a likeness is at most 100")]
        let share = -negative as f64 / 100.0;
        // A near word is worth no more than the commoner of the two: `Vietnam` for `Vietnan`.
        bits += share * words.bits(a[i]).min(words.bits(b[j]));
    }
    let keep = |used: &[bool], list: &mut Vec<WordId>| {
        let mut flags = used.iter();
        list.retain(|_| !flags.next().copied().unwrap_or(false));
    };
    keep(&used_a, a);
    keep(&used_b, b);
    bits
}

/// How alike two different words are, in percent; 0 where they are not.
///
/// # Source
/// The scale is the prototype's: one edit in a long word tells nearly as much as equality, two
/// need more letters, a prefix or a consonant skeleton is an abbreviation.
fn likeness(a: &str, b: &str) -> i64 {
    if is_number(a) || is_number(b) {
        return 0;
    }
    let (la, lb) = (a.chars().count(), b.chars().count());
    let (short, long) = if la <= lb { (a, b) } else { (b, a) };
    let (least, most) = (la.min(lb), la.max(lb));
    if most - least <= 3 && least >= 4 {
        let edits = strsim::osa_distance(a, b);
        let alike = match edits {
            1 if least >= 5 => 85,
            1 => 60,
            2 if least >= 7 => 75,
            3 if least >= 11 => 65,
            _ => 0,
        };
        if alike > 0 {
            return alike;
        }
    }
    if long.starts_with(short) {
        return match least {
            0..=2 => 0,
            3 => 50,
            _ => 70,
        };
    }
    if (3..=5).contains(&least) && is_skeleton(short, long) { 40 } else { 0 }
}

/// Whether the short word is the first letter and some consonants of the long one, in order:
/// `mfg` of `manufacturing`.
fn is_skeleton(short: &str, long: &str) -> bool {
    let vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    if short.chars().next() != long.chars().next() || short.chars().skip(1).any(vowel) {
        return false;
    }
    let mut rest = long.chars();
    short.chars().all(|letter| rest.any(|other| other == letter))
}

/// Digits, a roman numeral above I, or a single letter: what tells `Plant 2` from `Plant 3`.
fn is_number(text: &str) -> bool {
    let roman =
        || matches!(text, "ii" | "iii" | "iv" | "vi" | "vii" | "viii" | "ix" | "xi" | "xii");
    text.bytes().any(|b| b.is_ascii_digit()) || text.len() == 1 || roman()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_alike_by_typo_prefix_and_skeleton() {
        let check = |a: &str, b: &str, expected: i64| {
            assert_eq!(likeness(a, b), expected, "{a} {b}");
            assert_eq!(likeness(b, a), expected, "{b} {a}");
        };
        check("precision", "precison", 85);
        check("toyota", "toyoat", 85);
        check("acme", "acne", 60);
        check("manufacturing", "manufacutrng", 75);
        check("international", "intl", 40);
        check("manufacturing", "mfg", 40);
        check("corporation", "corp", 70);
        check("plant2", "plant3", 0);
        check("abc", "abd", 0);
        check("steel", "paper", 0);
    }
}
