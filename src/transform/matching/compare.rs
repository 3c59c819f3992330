//! Comparing two names: the comparison vector, whose sum is the score and whose list is the
//! explanation.
//!
//! Pure. Each comparison is one kind of evidence with one sign that a person would expect: what is
//! equal never speaks against, what contradicts never speaks for. A comparison is how much of the
//! evidence there is (0 or more) times its weight; weights are fitted under that condition.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::crowd::Crowd;
use super::facts::Agreement;
use super::initials::is_short_for;
use super::logarithm::log2;
use super::near::{edits, likeness};
use super::node::{Candidate, NO_FORMS, Node, Spelled, spellings};
use super::prior::{self, Start};
use super::relation::are_related;
use super::signal::{Amounts, SIGNALS, Signal, comparisons};
use super::similar::Index;
use super::vocabulary::{Kind, TermId, Vocabulary};
use super::{Settings, Weights};
use crate::ids::Weight;
use crate::transform::evidence::{Kind as Beside, Kinds};
use crate::transform::legal_forms::{FormSet, LegalForms};

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
    pub(super) nodes: &'a [Node<'a>],
    pub(super) words: &'a Vocabulary,
    pub(super) letters: &'a Index,
    pub(super) forms: &'a LegalForms,
    /// Each distinct set of legal forms, by the number that a node gives.
    sets: &'a [&'a FormSet],
    /// Kinds of evidence beside the names.
    pub(super) kinds: &'a Kinds,
    /// Bits for one of each amount, with their sign.
    pub(super) weights: Amounts,
    /// Most bits that shared words may tell: what tells one name among all, and some.
    pub(super) most_shared: f32,
    /// What every pair starts from.
    pub(super) prior: Weight,
    /// Why.
    pub(super) start: Start,
    /// From this score on a near name needs nothing beside it.
    pub(super) certain_at: Weight,
    /// Bits of comparisons from which on a pair could be joined, in the most favourable case.
    reach: f32,
    /// The same before what stands around a pair is counted.
    alone: Weight,
    /// Most that the letters of the whole names and what stands around them can tell.
    spelling_most: f32,
    /// How many names hold each host.
    pub(super) hosts: &'a FxHashMap<u32, u32>,
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
fn most_shared(names: usize) -> f32 {
    log2(names.max(2) as f64) as f32 + SPARE_BITS
}

#[expect(clippy::cast_possible_truncation, reason = "some thousands of millibits")]
fn millibits(amount: f32, bits: f32) -> i32 {
    // Half away from zero, without a call.
    let value = amount * bits * 1000.0;
    (value + 0.5_f32.copysign(value)) as i32
}

/// The share of what the companies of one group share that counts where names contradict each
/// other: `Fund II` and `Fund III` have one domain and are two.
///
/// # Source
/// Of 0.25, 0.5 and 1 the best F1 on generated contacts (`make bench`): .942, .941, .939 of 100,000.
const SISTERS: f32 = 0.25;

/// A score below which it makes no difference by how much.
const OUT_OF_REACH: f32 = -8.0;

impl<'a> Comparer<'a> {
    /// Made for the names of one tenant.
    #[expect(clippy::cast_possible_truncation, reason = "some tens of bits")]
    pub(super) fn new(
        (nodes, words, sets): (&'a [Node<'a>], &'a Vocabulary, &'a [&'a FormSet]),
        letters: &'a Index,
        hosts: &'a FxHashMap<u32, u32>,
        settings: &Settings<'a>,
    ) -> Self {
        let weights = settings.weights.signed(settings.kinds, settings.level);
        let of = |signal: Signal| weights.get(signal);
        let start =
            f64::from(prior::of_size(spellings(nodes), settings.weights).bits().get()) / 1000.0;
        let reach = OUT_OF_REACH - (start + settings.weights.prior_most) as f32;
        let alone = Weight::bits(f64::from(reach - of(Signal::Mutual)));
        let whole = [Signal::Spelling, Signal::FewEdits, Signal::CutOff, Signal::Mutual];
        Self {
            nodes,
            words,
            letters,
            forms: settings.forms,
            sets,
            kinds: settings.kinds,
            weights,
            most_shared: most_shared(nodes.len()),
            prior: Weight::ZERO,
            start: Start::default(),
            certain_at: Weight::bits(settings.weights.certain_at),
            reach,
            alone,
            spelling_most: whole.into_iter().map(of).sum(),
            hosts,
            crowd: None,
        }
    }
}

impl Comparer<'_> {
    /// Scores all candidates and lets them settle what only all of them can tell: what stands
    /// around each name, and what every pair starts from.
    pub(super) fn settle(&mut self, candidates: &[Candidate], weights: &Weights) -> Vec<Weight> {
        let names = self.nodes.len();
        let mut scores: Vec<Weight> =
            candidates.par_iter().map(|&(a, b)| self.score(a, b)).collect();
        let crowd = Crowd::new(names, candidates, &scores, self.alone);
        let spellings = spellings(self.nodes);
        let start = prior::of_size(spellings, weights).bits();
        let mutual = self.weights.get(Signal::Mutual);
        candidates.par_iter().zip(&mut scores).for_each(|(&(a, b), score)| {
            let share = self.mutual(&crowd, (a, b), *score);
            *score = start + *score + Weight::millibits(millibits(share, mutual));
        });
        self.start = prior::follow(names, spellings, (candidates, &scores), weights);
        self.prior = self.start.bits();
        let moved = self.start.list;
        scores.par_iter_mut().for_each(|score| *score = *score + moved);
        self.crowd = Some(crowd);
        scores
    }

    /// The score of two names: the sum of what [`explain`](Self::explain) lists.
    pub(super) fn score(&self, a: u32, b: u32) -> Weight {
        self.weigh(&self.amounts(a, b))
    }

    /// The score that amounts give.
    pub(super) fn weigh(&self, amounts: &Amounts) -> Weight {
        self.prior + self.sum(amounts)
    }

    /// The comparisons of two names.
    pub(super) fn explain(&self, a: u32, b: u32) -> Compared {
        let count = self.kinds.count();
        let amounts = self.amounts(a, b);
        let bits = std::iter::zip(amounts.all(count), self.weights.all(count));
        let mut lines = vec![Comparison { name: "prior", weight: self.prior }];
        for (one, (amount, bits)) in std::iter::zip(comparisons(self.kinds), bits) {
            let weight = Weight::millibits(millibits(amount, bits));
            if weight != Weight::ZERO {
                lines.push(Comparison { name: one.name, weight });
            }
        }
        Compared { score: lines.iter().map(|line| line.weight).sum(), comparisons: lines }
    }

    /// How much of each kind of evidence two names hold.
    ///
    /// What costs most is looked at only for pairs that it could bring within reach of a join:
    /// the spelling of the whole names, and what stands around them.
    pub(super) fn amounts(&self, a: u32, b: u32) -> Amounts {
        let (left, right) = (&self.nodes[a as usize], &self.nodes[b as usize]);
        let mut amounts = Amounts::NONE;
        amounts.set(Signal::Letters, self.letters.cosine(a as usize, b as usize));
        self.marks_and_forms(left, right, &mut amounts);
        let told = self.evidence(left, right, &mut amounts);
        if amounts.rests_on(self.kinds) && !are_related(left, right, self.words) {
            amounts.doubt_all(self.kinds, &self.weights);
        }
        // What is the same whichever way the two names are read.
        let beside = amounts.of;
        let (one, two) = (left.written(a), right.written(b));
        self.whole((one, two), told, &mut amounts.of);
        for (one, two) in left.by_sound(right, (a, b)) {
            let mut other = beside;
            other[Signal::Letters as usize] = self.letters.cosine(one.place, two.place);
            self.whole((one, two), told, &mut other);
            if self.total(&other) > self.total(&amounts.of) {
                amounts.of = other;
            }
        }
        // One name may be the other's second name: the reading that speaks most for them counts.
        let left_other = left.other.iter().map(|one| (one, &right.terms));
        for (one, two) in left_other.chain(right.other.iter().map(|two| (&left.terms, two))) {
            let mut other = beside;
            self.names((one, &left.bits), (two, &right.bits), &mut other);
            if one == two {
                for signal in [Signal::Letters, Signal::Spelling, Signal::FewEdits] {
                    other[signal as usize] = 1.0;
                }
            }
            if self.total(&other) > self.total(&amounts.of) {
                amounts.of = other;
            }
        }
        let two_states = !left.state.is_empty() && !right.state.is_empty();
        if two_states && left.state.iter().all(|place| !right.state.contains(place)) {
            amounts.set(Signal::PlacesDiffer, 1.0);
        }
        let contradict = [Signal::NumbersDiffer, Signal::PlacesDiffer, Signal::FormsDiffer];
        let speaks = |signal: Signal| amounts.get(signal) > 0.0 && self.weights.get(signal) < 0.0;
        if contradict.into_iter().any(speaks) {
            let kinds = std::iter::zip(&mut amounts.beside, self.kinds.iter());
            for ([equal, _], _) in kinds.filter(|(_, kind)| kind.is_of_group) {
                *equal *= SISTERS;
            }
        }
        if let Some(crowd) = &self.crowd {
            amounts.set(Signal::Mutual, self.mutual(crowd, (a, b), self.sum(&amounts)));
        }
        amounts
    }

    /// How much two names are each other's nearest, where that could matter.
    fn mutual(&self, crowd: &Crowd, (a, b): Candidate, sum: Weight) -> f32 {
        if sum < self.alone { 0.0 } else { crowd.mutual(a, b, sum) }
    }

    fn sum(&self, amounts: &Amounts) -> Weight {
        self.sum_with(amounts, &self.weights)
    }

    /// The sum of the comparisons under the weights that are given.
    pub(super) fn sum_with(&self, amounts: &Amounts, weights: &Amounts) -> Weight {
        let of_names = std::iter::zip(&amounts.of, &weights.of);
        let of_names: i32 = of_names.map(|(&amount, &bits)| millibits(amount, bits)).sum();
        let beside = std::iter::zip(&amounts.beside, &weights.beside);
        let beside =
            beside.take(self.kinds.count()).flat_map(|(of, bits)| std::iter::zip(of, bits));
        let beside: i32 = beside.map(|(&amount, &bits)| millibits(amount, bits)).sum();
        Weight::millibits(of_names + beside)
    }

    /// Bits that the two names tell, without what stands beside them.
    fn total(&self, of_names: &[f32; SIGNALS]) -> f32 {
        std::iter::zip(of_names, &self.weights.of).map(|(amount, weight)| amount * weight).sum()
    }

    /// Bits for a join that do not come from the names.
    pub(super) fn beside(&self, amounts: &Amounts) -> f32 {
        let beside = std::iter::zip(&amounts.beside, &self.weights.beside);
        let beside = std::iter::zip(beside, self.kinds.iter()).filter(|(_, kind)| kind.is_sure);
        beside.map(|((of, bits), _)| of[0] * bits[0]).sum()
    }

    /// What the words and the letters of two whole names tell, where so many bits stand beside
    /// them.
    fn whole(&self, (one, two): (Spelled<'_>, Spelled<'_>), told: f32, of: &mut [f32; SIGNALS]) {
        let is_short = self.names((one.terms, one.bits), (two.terms, two.bits), of);
        if !is_short && self.total(of) + told + self.spelling_most >= self.reach {
            spelling(one, two, of);
        }
    }

    /// What the words of two readings tell; whether the one is made of the other's initials.
    fn names(
        &self,
        (one, one_bits): (&[TermId], &[f32]),
        (two, two_bits): (&[TermId], &[f32]),
        of: &mut [f32; SIGNALS],
    ) -> bool {
        let mut set = |signal: Signal, amount: f32| of[signal as usize] = amount;
        let aligned = Aligned::of((one, one_bits), (two, two_bits), self.words);
        if is_short_for(one, two, self.words) || is_short_for(two, one, self.words) {
            // The long name's words are not missing: the short one holds their initials. Beside
            // words of its own, what a company does tells nothing: half of them end in a T for
            // trading.
            let long = if one.len() > two.len() { one } else { two };
            let is_own = |&&term: &&TermId| self.words.get(term).kind == Kind::Word;
            let own = match long.iter().filter(is_own).count() {
                0 => long.len(),
                own => own.max(2),
            };
            #[expect(clippy::cast_precision_loss, reason = "at most 6")]
            set(Signal::Initials, ((own - 1) as f32 / 4.0).min(1.0));
            return true;
        }
        set(Signal::SharedWords, (aligned.shared + aligned.near).min(self.most_shared));
        set(Signal::RarestWord, aligned.rarest);
        set(Signal::FirstWord, f32::from(u8::from(aligned.first)));
        let [one_rest, two_rest] = &aligned.rest;
        set(Signal::OtherWords, one_rest.rarest.min(two_rest.rarest));
        set(Signal::OtherTrades, one_rest.trade.min(two_rest.trade));
        set(Signal::SharedTrades, aligned.trades);
        let numbers_differ = aligned.rest.iter().all(|rest| rest.numbers);
        set(Signal::NumbersDiffer, f32::from(u8::from(numbers_differ)));
        match (aligned.rest[0].places, aligned.rest[1].places) {
            (true, true) => set(Signal::PlacesDiffer, 1.0),
            (false, false) => {}
            _ => set(Signal::PlaceMissing, 1.0),
        }
        false
    }

    fn marks_and_forms(&self, a: &Node<'_>, b: &Node<'_>, amounts: &mut Amounts) {
        if a.has_core_of(b) && !a.name.marks_agree(b.name) {
            amounts.set(Signal::MarksDiffer, 1.0);
        }
        let informal = u8::from(a.forms == NO_FORMS) + u8::from(b.forms == NO_FORMS);
        amounts.set(Signal::Informal, f32::from(informal) / 2.0);
        if informal > 0 {
            return;
        }
        let (left, right) = (self.sets[a.forms as usize], self.sets[b.forms as usize]);
        if a.forms != b.forms && !self.forms.agree(left, right) {
            // Where all else is equal, the form is what tells them apart.
            amounts.set(Signal::FormsDiffer, if a.has_core_of(b) { 3.0 } else { 1.0 });
        }
    }

    /// What stands beside two names, and how many bits it tells.
    fn evidence(&self, a: &Node<'_>, b: &Node<'_>, amounts: &mut Amounts) -> f32 {
        let mut told = 0.0;
        for (at, kind) in self.kinds.iter().enumerate() {
            let [for_one, against] = self.weights.beside[at];
            match a.facts.agreement(&b.facts, at) {
                Agreement::Equal(value) => {
                    let equal = if kind.are_hosts { self.host(value) } else { 1.0 };
                    amounts.beside[at][0] = equal;
                    told += equal * for_one;
                }
                Agreement::Doubtful if kind.finds => amounts.doubt += for_one,
                Agreement::Silent | Agreement::Doubtful => {}
                Agreement::Differs => {
                    amounts.beside[at][1] = 1.0;
                    told += against;
                }
            }
        }
        told
    }

    /// A host that many names share is a group's or a provider's, and tells little.
    #[expect(clippy::cast_possible_truncation, reason = "a share of 1 needs no more")]
    fn host(&self, shared: u32) -> f32 {
        let held = self.hosts.get(&shared).copied().unwrap_or(2).max(2);
        (1.0 - 0.19 * log2(f64::from(held - 1)) as f32).max(0.0)
    }

    /// What beside two names is shared but in doubt, where it could bring their score to `least`.
    pub(super) fn doubt(&self, (a, b): Candidate, score: Weight, least: Weight) -> Weight {
        let (left, right) = (&self.nodes[a as usize].facts, &self.nodes[b as usize].facts);
        let shared = self.kinds.iter().enumerate().filter(|&(at, kind)| {
            let agreement = || left.agreement(right, at);
            kind.finds && matches!(agreement(), Agreement::Equal(_) | Agreement::Doubtful)
        });
        let most: f32 = shared.map(|(at, _)| self.weights.beside[at][0]).sum();
        if most > 0.0 && score + Weight::millibits(millibits(1.0, most)) >= least {
            Weight::millibits(millibits(1.0, self.amounts(a, b).doubt))
        } else {
            Weight::ZERO
        }
    }

    /// Whether what stands beside two names shows that they are two companies: both have a tax id that
    /// its country could have given out, and they differ.
    pub(super) fn are_two(&self, a: u32, b: u32) -> bool {
        let (left, right) = (&self.nodes[a as usize].facts, &self.nodes[b as usize].facts);
        let parts = |(at, kind): &(usize, &Beside)| kind.parts && self.weights.beside[*at][1] < 0.0;
        let mut kinds = self.kinds.iter().enumerate().filter(parts);
        kinds.any(|(at, _)| left.are_two(right, at))
    }
}

/// What the letters of two whole names tell.
fn spelling(a: Spelled<'_>, b: Spelled<'_>, of: &mut [f32; SIGNALS]) {
    let (short, long) =
        if a.glued.len() <= b.glued.len() { (a.glued, b.glued) } else { (b.glued, a.glued) };
    of[Signal::Spelling as usize] = (winkler(short, long) - 0.6).max(0.0) * 2.5;
    of[Signal::FewEdits as usize] = few_edits(short, long, a.mask ^ b.mask);
    let cut = short.len() >= 6 && short.len() < long.len() && long.starts_with(short);
    of[Signal::CutOff as usize] = f32::from(u8::from(cut));
}

/// What is left of a name when the words that both have are taken away.
#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    /// Bits of the rarest.
    rarest: f32,
    /// Bits of the rarest trade word.
    trade: f32,
    numbers: bool,
    places: bool,
}

/// Which terms of two names stand for each other.
struct Aligned {
    /// Bits of equal terms.
    shared: f32,
    /// Bits of equal trade words.
    trades: f32,
    /// Bits of the rarest of them.
    rarest: f32,
    /// Bits of terms that are nearly equal, after what the difference costs.
    near: f32,
    /// Whether the first terms stand for each other.
    first: bool,
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
            trades: 0.0,
            rarest: 0.0,
            near: 0.0,
            first: false,
            rest: [Rest::default(); 2],
        };
        let mut free_a: Free = !(!0 << a.len());
        let mut free_b: Free = !(!0 << b.len());
        for (i, term) in a.iter().enumerate() {
            let mut others = b.iter().enumerate();
            let equal = others.find(|&(j, other)| other == term && free_b & 1 << j != 0);
            if let Some((j, _)) = equal {
                free_a &= !(1 << i);
                free_b &= !(1 << j);
                let tells = telling(a, bits_a, i).min(telling(b, bits_b, j));
                if words.get(*term).kind == Kind::Trade {
                    aligned.trades += tells;
                } else {
                    aligned.shared += tells;
                    aligned.rarest = aligned.rarest.max(bits(words, *term));
                }
                aligned.first |= i == 0 && j == 0;
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
                let parts = parts[i..i + count].iter().map(|&part| words.get(part));
                // The number of letters first: the letters themselves lie far away.
                let length: usize = parts.clone().map(|part| part.letters.len()).sum();
                let whole = (0..wholes.len()).find(|&j| {
                    let whole = words.get(wholes[j]);
                    *free_wholes & 1 << j != 0
                        && whole.letters.len() == length
                        && parts.clone().flat_map(|part| &part.letters).eq(&whole.letters)
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
            Kind::Trade => rest.trade = rest.trade.max(bits(words, term)),
            Kind::Word => {
                rest.rarest = rest.rarest.max(bits(words, term));
            }
        }
    }
    rest
}

/// How near two texts are to few edits: 1 for none, 0 from a fifth of the letters on.
#[expect(clippy::cast_precision_loss, reason = "lengths of names")]
fn few_edits(a: &[char], b: &[char], other_letters: u64) -> f32 {
    let longest = a.len().max(b.len()).clamp(1, 40);
    let most = longest / 5;
    // An edit changes two kinds of letters at most. Beyond 40 letters some are not looked at.
    let few = 2 * u32::try_from(most).unwrap_or(u32::MAX);
    if a.len().max(b.len()) <= 40 && other_letters.count_ones() > few {
        return 0.0;
    }
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
