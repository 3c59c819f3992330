//! Comparing two names: the comparison vector, whose sum is the score and whose list is the
//! explanation.
//!
//! Pure. Each comparison is one kind of evidence with one sign that a person would expect: what is
//! equal never speaks against, what contradicts never speaks for. A comparison is how much of the
//! evidence there is (0 or more) times its weight; weights are fitted under that condition.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::block::{Candidate, initials};
use super::crowd::Crowd;
use super::near::{edits, likeness};
use super::node::Node;
use super::similar::Index;
use super::vocabulary::{Kind, TermId, Vocabulary};
use super::{Weights, prior};
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

/// What can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Signal {
    SharedWords,
    RarestWord,
    FirstWord,
    Letters,
    Spelling,
    FewEdits,
    CutOff,
    Initials,
    OtherWords,
    NumbersDiffer,
    NumberMissing,
    PlacesDiffer,
    PlaceMissing,
    Order,
    OtherName,
    MarksDiffer,
    FormsAgree,
    FormsDiffer,
    DomainEqual,
    DomainDiffers,
    WebsiteEqual,
    WebsiteDiffers,
    PhoneEqual,
    PhoneDiffers,
    TaxIdEqual,
    TaxIdDiffers,
    AddressEqual,
    AddressDiffers,
    CityEqual,
    CityDiffers,
    CountryEqual,
    CountryDiffers,
    Mutual,
}

/// Number of signals.
pub(super) const SIGNALS: usize = 33;

/// What each signal is called where people read it, in the order of [`Signal`].
pub(super) const NAMES: [&str; SIGNALS] = [
    "shared words",
    "rarest word",
    "first word",
    "letters",
    "spelling",
    "few edits",
    "cut off",
    "initials",
    "other words",
    "numbers differ",
    "number missing",
    "places differ",
    "place missing",
    "word order",
    "other name",
    "marks differ",
    "legal form agrees",
    "legal form differs",
    "e-mail domain",
    "e-mail domain differs",
    "website",
    "website differs",
    "phone",
    "phone differs",
    "tax id",
    "tax id differs",
    "address",
    "address differs",
    "city",
    "city differs",
    "country",
    "country differs",
    "nearest to each other",
];

/// How much of each kind of evidence there is.
pub(super) type Amounts = [f32; SIGNALS];

/// What every comparison needs to know.
pub(super) struct Comparer<'a> {
    pub(super) nodes: &'a [Node<'a>],
    pub(super) words: &'a Vocabulary,
    pub(super) letters: &'a Index,
    pub(super) forms: &'a LegalForms,
    /// Bits for one of each amount, with their sign.
    pub(super) weights: [f32; SIGNALS],
    /// Most bits that shared words may tell: what tells one name among all, and some.
    pub(super) most_shared: f32,
    /// What every pair starts from.
    pub(super) prior: Weight,
    /// How many names hold each e-mail domain or website.
    pub(super) domains: &'a rustc_hash::FxHashMap<&'a str, u32>,
    /// What stands around each name, once all candidates have a first score.
    pub(super) crowd: Option<Crowd>,
}

/// Bits beyond what singles out one name of all that shared words may tell.
const SPARE_BITS: f32 = 12.0;

/// The most that shared words may tell among so many names.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a logarithm of a count"
)]
pub(super) fn most_shared(names: usize) -> f32 {
    (names.max(2) as f64).log2() as f32 + SPARE_BITS
}

#[expect(clippy::cast_possible_truncation, reason = "some thousands of millibits")]
fn millibits(amount: f32, bits: f32) -> i32 {
    // Half away from zero, without a call.
    let value = amount * bits * 1000.0;
    (value + 0.5_f32.copysign(value)) as i32
}

impl Comparer<'_> {
    /// Scores all candidates and lets them settle what only all of them can tell: what stands
    /// around each name, and what every pair starts from.
    pub(super) fn settle(&mut self, candidates: &[Candidate], weights: &Weights) -> Vec<Weight> {
        let names = self.nodes.len();
        let mut scores: Vec<Weight> =
            candidates.par_iter().map(|&(a, b)| self.score(a, b)).collect();
        let crowd = Crowd::new(names, candidates, &scores);
        let start = prior::of_size(names, weights);
        let mutual = Signal::Mutual as usize;
        candidates.par_iter().zip(&mut scores).for_each(|(&(a, b), score)| {
            let share = crowd.mutual(a, b, *score);
            *score = start + *score + Weight::millibits(millibits(share, self.weights[mutual]));
        });
        let shift = prior::shift(names, candidates, &scores, weights);
        scores.par_iter_mut().for_each(|score| *score = *score + shift);
        self.prior = start + shift;
        self.crowd = Some(crowd);
        scores
    }

    /// The score of two names: the sum of what [`explain`](Self::explain) lists.
    pub(super) fn score(&self, a: u32, b: u32) -> Weight {
        self.prior + self.sum(&self.amounts(a, b))
    }

    /// The comparisons of two names.
    pub(super) fn explain(&self, a: u32, b: u32) -> Compared {
        let amounts = self.amounts(a, b);
        let mut comparisons = vec![Comparison { name: "prior", weight: self.prior }];
        for (at, name) in NAMES.into_iter().enumerate() {
            let weight = Weight::millibits(millibits(amounts[at], self.weights[at]));
            if weight != Weight::ZERO {
                comparisons.push(Comparison { name, weight });
            }
        }
        Compared { score: comparisons.iter().map(|c| c.weight).sum(), comparisons }
    }

    /// How much of each kind of evidence two names hold.
    pub(super) fn amounts(&self, a: u32, b: u32) -> Amounts {
        let (left, right) = (&self.nodes[a as usize], &self.nodes[b as usize]);
        let mut amounts = self.names(left, right, (&left.terms, &right.terms));
        // One name may be the other's second name: the reading that speaks most for them counts.
        let left_other = left.other.iter().map(|one| (one, &right.terms));
        for (one, two) in left_other.chain(right.other.iter().map(|two| (&left.terms, two))) {
            let mut other = self.names(left, right, (one, two));
            other[Signal::OtherName as usize] = 1.0;
            if self.total(&other) > self.total(&amounts) {
                amounts = other;
            }
        }
        amounts[Signal::Letters as usize] = self.letters.cosine(a as usize, b as usize);
        self.marks_and_forms(left, right, &mut amounts);
        self.evidence(left, right, &mut amounts);
        if let Some(crowd) = &self.crowd {
            amounts[Signal::Mutual as usize] = crowd.mutual(a, b, self.sum(&amounts));
        }
        amounts
    }

    fn sum(&self, amounts: &Amounts) -> Weight {
        Weight::millibits((0..SIGNALS).map(|at| millibits(amounts[at], self.weights[at])).sum())
    }

    fn total(&self, amounts: &Amounts) -> f32 {
        std::iter::zip(amounts, &self.weights).map(|(amount, weight)| amount * weight).sum()
    }

    /// Bits for a join that do not come from the names.
    pub(super) fn beside(&self, amounts: &Amounts) -> f32 {
        let beside =
            [Signal::DomainEqual, Signal::WebsiteEqual, Signal::PhoneEqual, Signal::TaxIdEqual];
        beside.iter().map(|&signal| amounts[signal as usize] * self.weights[signal as usize]).sum()
    }

    fn names(&self, a: &Node<'_>, b: &Node<'_>, (one, two): (&[TermId], &[TermId])) -> Amounts {
        let mut amounts = [0.0; SIGNALS];
        let mut set = |signal: Signal, amount: f32| amounts[signal as usize] = amount;
        let aligned = Aligned::of((one, &a.bits), (two, &b.bits), self.words);
        if is_short_for(one, two, self.words) || is_short_for(two, one, self.words) {
            // The long name's words are not missing: the short one holds their initials.
            let letters = one.len().max(two.len());
            #[expect(clippy::cast_precision_loss, reason = "at most 6")]
            set(Signal::Initials, ((letters - 1) as f32 / 4.0).min(1.0));
            return amounts;
        }
        set(Signal::SharedWords, (aligned.shared + aligned.near).min(self.most_shared));
        set(Signal::RarestWord, aligned.rarest);
        set(Signal::FirstWord, f32::from(u8::from(aligned.first)));
        set(Signal::OtherWords, aligned.rest[0].rarest.min(aligned.rest[1].rarest));
        match (aligned.rest[0].numbers, aligned.rest[1].numbers) {
            (true, true) => set(Signal::NumbersDiffer, 1.0),
            (false, false) => {}
            _ => set(Signal::NumberMissing, 1.0),
        }
        match (aligned.rest[0].places, aligned.rest[1].places) {
            (true, true) => set(Signal::PlacesDiffer, 1.0),
            (false, false) => {}
            _ => set(Signal::PlaceMissing, 1.0),
        }
        set(Signal::Order, f32::from(u8::from(aligned.reordered)));
        // Letters of the whole names, only where they are the views compared.
        if std::ptr::eq(one, a.terms.as_slice()) && std::ptr::eq(two, b.terms.as_slice()) {
            let (short, long) = if a.glued.len() <= b.glued.len() {
                (&a.glued, &b.glued)
            } else {
                (&b.glued, &a.glued)
            };
            set(Signal::Spelling, (winkler(short, long) - 0.6).max(0.0) * 2.5);
            set(Signal::FewEdits, few_edits(short, long));
            let cut = short.len() >= 6 && short.len() < long.len() && long.starts_with(short);
            set(Signal::CutOff, f32::from(u8::from(cut)));
        }
        amounts
    }

    fn marks_and_forms(&self, a: &Node<'_>, b: &Node<'_>, amounts: &mut Amounts) {
        let same_core = a.name.words.len() == b.name.words.len()
            && std::iter::zip(&a.name.words, &b.name.words).all(|(a, b)| a.text == b.text);
        if same_core && !a.name.marks_agree(b.name) {
            amounts[Signal::MarksDiffer as usize] = 1.0;
        }
        let (left, right) = (&a.name.forms, &b.name.forms);
        if left.is_empty() || right.is_empty() {
            return;
        }
        if !self.forms.agree(left, right) {
            amounts[Signal::FormsDiffer as usize] = 1.0;
        } else if self.forms.is_marked(left) && self.forms.is_marked(right) {
            amounts[Signal::FormsAgree as usize] = 1.0;
        }
    }

    fn evidence(&self, a: &Node<'_>, b: &Node<'_>, amounts: &mut Amounts) {
        let (left, right) = (&*a.evidence, &*b.evidence);
        let pairs = [
            (
                &left.email_domains,
                &right.email_domains,
                [Signal::DomainEqual, Signal::DomainDiffers],
                true,
            ),
            (&left.websites, &right.websites, [Signal::WebsiteEqual, Signal::WebsiteDiffers], true),
            (&left.phones, &right.phones, [Signal::PhoneEqual, Signal::PhoneDiffers], false),
            (&left.tax_ids, &right.tax_ids, [Signal::TaxIdEqual, Signal::TaxIdDiffers], false),
            (
                &left.addresses,
                &right.addresses,
                [Signal::AddressEqual, Signal::AddressDiffers],
                false,
            ),
            (&left.cities, &right.cities, [Signal::CityEqual, Signal::CityDiffers], false),
            (
                &left.countries,
                &right.countries,
                [Signal::CountryEqual, Signal::CountryDiffers],
                false,
            ),
        ];
        for (left, right, [equal, differs], is_domain) in pairs {
            if left.is_empty() || right.is_empty() {
                continue;
            }
            match (left.is_disjoint(right), is_domain) {
                (true, _) => amounts[differs as usize] = 1.0,
                (false, true) => amounts[equal as usize] = self.domain(left, right),
                (false, false) => amounts[equal as usize] = 1.0,
            }
        }
    }

    /// A domain that many names share is a group's or a provider's, and tells little.
    #[expect(clippy::cast_precision_loss, reason = "counts of names are far below 2^24")]
    fn domain(&self, a: &BTreeSet<String>, b: &BTreeSet<String>) -> f32 {
        let held = a.intersection(b).filter_map(|value| self.domains.get(value.as_str()));
        let fewest = held.min().copied().unwrap_or(2).max(2);
        (1.0 - 0.19 * ((fewest - 1) as f32).log2()).max(0.0)
    }
}

/// Whether the one name is one short word made of the initials of the other.
pub(super) fn is_short_for(short: &[TermId], long: &[TermId], words: &Vocabulary) -> bool {
    let [only] = short[..] else { return false };
    let letters = &words.get(only).letters;
    long.len() > 1
        && letters.len() == long.len()
        && initials(long, words).eq(letters.iter().copied())
}

/// What is left of a name when the words that both have are taken away.
#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    /// Bits of the rarest.
    rarest: f32,
    numbers: bool,
    places: bool,
}

/// Which terms of two names stand for each other.
struct Aligned {
    /// Bits of equal terms.
    shared: f32,
    /// Bits of the rarest of them.
    rarest: f32,
    /// Bits of terms that are nearly equal, after what the difference costs.
    near: f32,
    /// Whether the first terms stand for each other.
    first: bool,
    /// Whether equal terms stand in another order.
    reordered: bool,
    rest: [Rest; 2],
}

/// Terms of a name that are still to be aligned, as bits.
type Free = u32;

impl Aligned {
    /// Bits are those of the first reading; another reading falls back on the terms' own.
    fn of(
        (a, bits_a): (&[TermId], &[f32]),
        (b, bits_b): (&[TermId], &[f32]),
        words: &Vocabulary,
    ) -> Self {
        let telling = |terms: &[TermId], bits: &[f32], at: usize| {
            if bits.len() == terms.len() { bits[at] } else { self::bits(words, terms[at]) }
        };
        let mut aligned = Self {
            shared: 0.0,
            rarest: 0.0,
            near: 0.0,
            first: false,
            reordered: false,
            rest: [Rest::default(); 2],
        };
        let mut free_a: Free = !(!0 << a.len());
        let mut free_b: Free = !(!0 << b.len());
        let mut before = 0;
        for (i, term) in a.iter().enumerate() {
            let mut others = b.iter().enumerate();
            let equal = others.find(|&(j, other)| other == term && free_b & 1 << j != 0);
            if let Some((j, _)) = equal {
                free_a &= !(1 << i);
                free_b &= !(1 << j);
                aligned.shared += telling(a, bits_a, i).min(telling(b, bits_b, j));
                aligned.rarest = aligned.rarest.max(bits(words, *term));
                aligned.first |= i == 0 && j == 0;
                aligned.reordered |= j < before;
                before = before.max(j);
            }
        }
        aligned.glue((a, &mut free_a), (b, &mut free_b), words);
        aligned.glue((b, &mut free_b), (a, &mut free_a), words);
        aligned.take_near((a, &mut free_a), (b, &mut free_b), words);
        aligned.rest = [rest(a, free_a, words), rest(b, free_b, words)];
        aligned
    }

    /// Two or three neighbouring terms of the one name that are one term of the other.
    fn glue(
        &mut self,
        (parts, free_parts): (&[TermId], &mut Free),
        (wholes, free_wholes): (&[TermId], &mut Free),
        words: &Vocabulary,
    ) {
        for i in 0..parts.len() {
            for count in 2..=3 {
                let run: Free = !(!0 << count) << i;
                if i + count > parts.len() || *free_parts & run != run {
                    break;
                }
                let letters =
                    || parts[i..i + count].iter().flat_map(|&part| words.get(part).letters.iter());
                let whole = (0..wholes.len()).find(|&j| {
                    *free_wholes & 1 << j != 0 && letters().eq(words.get(wholes[j]).letters.iter())
                });
                if let Some(j) = whole {
                    *free_parts &= !run;
                    *free_wholes &= !(1 << j);
                    let bits = bits(words, wholes[j]);
                    self.near += bits;
                    self.rarest = self.rarest.max(bits);
                    self.first |= i == 0 && j == 0;
                    break;
                }
            }
        }
    }

    /// Terms that differ by a typo, an ending or an abbreviation, the most alike first.
    fn take_near(
        &mut self,
        (a, free_a): (&[TermId], &mut Free),
        (b, free_b): (&[TermId], &mut Free),
        words: &Vocabulary,
    ) {
        if *free_a == 0 || *free_b == 0 {
            return;
        }
        let mut pairs: Vec<(std::cmp::Reverse<u32>, usize, usize)> = Vec::new();
        for i in (0..a.len()).filter(|i| *free_a & 1 << i != 0) {
            for j in (0..b.len()).filter(|j| *free_b & 1 << j != 0) {
                let alike = likeness(words.get(a[i]), words.get(b[j]));
                if alike > 0 {
                    pairs.push((std::cmp::Reverse(alike), i, j));
                }
            }
        }
        pairs.sort_unstable();
        for (std::cmp::Reverse(alike), i, j) in pairs {
            if *free_a & 1 << i == 0 || *free_b & 1 << j == 0 {
                continue;
            }
            *free_a &= !(1 << i);
            *free_b &= !(1 << j);
            // A near word is worth no more than the commoner of the two: `Vietnam` for `Vietnan`.
            let whole = bits(words, a[i]).min(bits(words, b[j]));
            #[expect(clippy::cast_precision_loss, reason = "at most 100")]
            let share = alike as f32 / 100.0;
            self.near += whole * share;
            self.first |= i == 0 && j == 0;
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "some tens of bits")]
fn bits(words: &Vocabulary, term: TermId) -> f32 {
    words.get(term).bits as f32
}

fn rest(terms: &[TermId], free: Free, words: &Vocabulary) -> Rest {
    let mut rest = Rest::default();
    for (at, &term) in terms.iter().enumerate() {
        if free & 1 << at == 0 {
            continue;
        }
        match words.get(term).kind {
            Kind::Number => rest.numbers = true,
            Kind::Place => rest.places = true,
            Kind::Word => {
                rest.rarest = rest.rarest.max(bits(words, term));
            }
        }
    }
    rest
}

/// How near two texts are to few edits: 1 for none, 0 from a fifth of the letters on.
#[expect(clippy::cast_precision_loss, reason = "lengths of names")]
fn few_edits(a: &[char], b: &[char]) -> f32 {
    let longest = a.len().max(b.len()).clamp(1, 40);
    let most = longest / 5;
    edits(a, b, most).map_or(0.0, |edits| 1.0 - edits as f32 * 5.0 / longest as f32)
}

/// The Jaro-Winkler likeness, without allocation and with a step for each letter: letters of the
/// other name are looked up as bits. For names up to 128 letters; letters outside ASCII share
/// classes, which may make two of them equal.
#[expect(clippy::cast_precision_loss, reason = "lengths of names")]
fn winkler(a: &[char], b: &[char]) -> f32 {
    let (a, b) = (&a[..a.len().min(128)], &b[..b.len().min(128)]);
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let mut places = [0_u128; 64];
    for (at, &letter) in b.iter().enumerate() {
        places[class(letter)] |= 1 << at;
    }
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut free = !0_u128;
    let mut matched = [0_u8; 128];
    let mut count = 0;
    for (at, &letter) in a.iter().enumerate() {
        let below = (1_u128.checked_shl(shift(at + reach + 1))).map_or(!0, |bit| bit - 1);
        let window = below & (!0_u128).checked_shl(shift(at.saturating_sub(reach))).unwrap_or(0);
        let found = places[class(letter)] & free & window;
        if found != 0 {
            let place = found.trailing_zeros();
            free &= !(1 << place);
            matched[count] = class_byte(letter);
            count += 1;
        }
    }
    if count == 0 {
        return 0.0;
    }
    let mut taken = !free;
    let mut moved = 0_u16;
    for &letter in &matched[..count] {
        moved += u16::from(class_byte(b[taken.trailing_zeros() as usize]) != letter);
        taken &= taken - 1;
    }
    let m = count as f32;
    let jaro = (m / a.len() as f32 + m / b.len() as f32 + (m - f32::from(moved / 2)) / m) / 3.0;
    let prefix = std::iter::zip(a, b).take(4).take_while(|(a, b)| a == b).count();
    if jaro > 0.7 { jaro + 0.1 * prefix as f32 * (1.0 - jaro) } else { jaro }
}

fn shift(places: usize) -> u32 {
    u32::try_from(places).unwrap_or(u32::MAX)
}

fn class(letter: char) -> usize {
    usize::from(class_byte(letter))
}

fn class_byte(letter: char) -> u8 {
    match letter {
        'a'..='z' => letter as u8 - b'a',
        '0'..='9' => letter as u8 - b'0' + 26,
        _ => 36 + (u32::from(letter) % 28) as u8,
    }
}

impl Weights {
    /// Bits for one of each amount, with their sign, in the order of [`Signal`].
    #[expect(clippy::cast_possible_truncation, reason = "a few bits")]
    pub(super) fn signed(&self) -> [f32; SIGNALS] {
        [
            self.shared_words,
            self.rarest_word,
            self.first_word,
            self.letters,
            self.spelling,
            self.few_edits,
            self.cut_off,
            self.initials,
            -self.other_words,
            -self.numbers_differ,
            -self.number_missing,
            -self.places_differ,
            -self.place_missing,
            -self.word_order,
            -self.other_name,
            -self.marks_differ,
            self.forms_agree,
            -self.forms_differ,
            self.domain_equal,
            -self.domain_differs,
            self.website_equal,
            -self.website_differs,
            self.phone_equal,
            -self.phone_differs,
            self.tax_id_equal,
            -self.tax_id_differs,
            self.address_equal,
            -self.address_differs,
            self.city_equal,
            -self.city_differs,
            self.country_equal,
            -self.country_differs,
            self.mutual,
        ]
        .map(|bits| bits as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeness_of_letters_is_that_of_strsim() {
        let names = ["toyota", "toyotavietnam", "vietnamtoyota", "acme", "a", "manufacturing14"];
        for a in names {
            for b in names {
                let (left, right): (Vec<char>, Vec<char>) =
                    (a.chars().collect(), b.chars().collect());
                let jaro = strsim::jaro(a, b);
                // strsim counts the common beginning of any two names.
                let expected = if jaro > 0.7 { strsim::jaro_winkler(a, b) } else { jaro };
                let found = f64::from(winkler(&left, &right));
                assert!((found - expected).abs() < 1e-5, "{a} {b}: {found} {expected}");
            }
        }
    }
}
