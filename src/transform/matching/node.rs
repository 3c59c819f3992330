//! The units that are compared: spellings with one core, legal form and marks.

use std::borrow::Cow;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::facts::{Facts, facts};
use super::initials::is_short_for;
use super::logarithm::{exp2, log2};
use super::notes::{Notes, Spans};
use super::vocabulary::{Kind, TermId, Vocabulary, mask};
use super::{Mention, Settings};
use crate::transform::evidence::Evidence;
use crate::transform::legal_forms::FormSet;
use crate::transform::lexicon::{Sound, Term};
use crate::transform::normalize::{Name, Part};
use crate::transform::phrases::{Kind as Phrase, Phrases};
use crate::transform::romanize::{Script, script};

/// Terms beyond this many are not looked at: an address or a sentence, not a name. No more than
/// a number has bits.
const MOST_TERMS: usize = 24;

/// Terms of a name, mostly so few that they lie within its node: comparing waits for memory, and
/// a list elsewhere is one more wait.
pub(super) type Terms = SmallVec<[TermId; 6]>;
/// A number for each term, likewise.
pub(super) type Bits = SmallVec<[f32; 6]>;

/// A pair of nodes, the smaller first.
pub(super) type Candidate = (u32, u32);

/// A spelling, or several with an equal key.
pub(super) struct Node<'a> {
    pub(super) name: &'a Name,
    /// What stands beside it.
    pub(super) facts: Facts,
    /// The mentions, by spelling.
    pub(super) members: Vec<usize>,
    /// The terms of the name itself, in order.
    pub(super) terms: Terms,
    /// What is left in doubt about each term by those before it, in bits: `legion` tells little
    /// after `royal british`.
    pub(super) bits: Bits,
    /// Other ways to read the name: without what stands in brackets, only that, or what follows
    /// `d/b/a`.
    pub(super) other: Vec<Terms>,
    /// Those of them that are surely a name of it: what follows `d/b/a`, and what stands before
    /// its own initials in brackets.
    pub(super) second: Vec<Terms>,
    /// How a name in syllables or characters is read, for comparing with names that are written
    /// otherwise.
    pub(super) sounds: Box<[Sounded]>,
    /// The letters of the name's terms without blanks.
    pub(super) glued: Vec<char>,
    /// One bit for each letter of `glued`, to tell at once that two names are far apart.
    pub(super) mask: u64,
    /// The number of its set of legal forms.
    pub(super) forms: u32,
    /// A hash of the words: equal for equal cores.
    core: u64,
    /// Places of the state that it acts for, sorted; they are left out of its terms.
    pub(super) state: Box<[TermId]>,
    /// Its words that are notes, which are left out of its terms.
    pub(super) notes: Spans,
}

/// A name by its sound.
#[derive(Debug)]
pub(super) struct Sounded {
    pub(super) terms: Terms,
    bits: Bits,
    pub(super) glued: Vec<char>,
    mask: u64,
    /// Its place in the index of letters, behind all names.
    pub(super) place: usize,
    /// Whether this is surely how it is read.
    pub(super) is_sure: bool,
    /// The scripts that it is written in, as bits.
    scripts: u8,
}

/// What is compared of a name: as it is written, or by its sound.
#[derive(Clone, Copy)]
pub(super) struct Spelled<'a> {
    pub(super) terms: &'a [TermId],
    pub(super) bits: &'a [f32],
    pub(super) glued: &'a [char],
    pub(super) mask: u64,
    pub(super) place: usize,
    pub(super) is_sure: bool,
}

impl Node<'_> {
    /// The name as it is written, `at` its own place among all.
    pub(super) fn written(&self, at: u32) -> Spelled<'_> {
        Spelled {
            terms: &self.terms,
            bits: &self.bits,
            glued: &self.glued,
            mask: self.mask,
            place: at as usize,
            is_sure: true,
        }
    }

    fn sounded(&self) -> impl Iterator<Item = Spelled<'_>> {
        self.sounds.iter().map(|sound| Spelled {
            terms: &sound.terms,
            bits: &sound.bits,
            glued: &sound.glued,
            mask: sound.mask,
            place: sound.place,
            is_sure: sound.is_sure,
        })
    }

    /// The ways in which two names meet by sound: one of them against the other as it is written,
    /// or both where they are written in other scripts. Two names in the same script are compared
    /// as they are written, since many characters share one sound.
    pub(super) fn by_sound<'a>(
        &'a self,
        other: &'a Self,
        (own, others): (u32, u32),
    ) -> impl Iterator<Item = (Spelled<'a>, Spelled<'a>)> {
        let one = self.sounded().map(move |left| (left, other.written(others)));
        let two = other.sounded().map(move |right| (self.written(own), right));
        let otherwise = self.is_written_otherwise(other);
        let both = self.sounded().filter(move |_| otherwise);
        let both = both.flat_map(|left| other.sounded().map(move |right| (left, right)));
        one.chain(two).chain(both)
    }

    /// Whether both have a sound and are written in other scripts.
    pub(super) fn is_written_otherwise(&self, other: &Self) -> bool {
        let scripts = |node: &Self| node.sounds.first().map(|sound| sound.scripts);
        scripts(self).zip(scripts(other)).is_some_and(|(left, right)| left != right)
    }

    /// Whether two names bear notes that are not the same.
    pub(super) fn differs_in_notes(&self, other: &Self) -> bool {
        let words = |node: &Self| {
            let notes = node.notes.iter().cloned();
            notes.flat_map(|note| &node.name.words[note]).map(|word| word.text.clone()).collect()
        };
        let (own, others): (Vec<_>, Vec<_>) = (words(self), words(other));
        !own.is_empty() && !others.is_empty() && own != others
    }

    /// Whether two names have the same words, whatever their forms and marks.
    pub(super) fn has_core_of(&self, other: &Self) -> bool {
        self.core == other.core && self.name.has_core_of(other.name)
    }
}

/// How many names bear a note.
pub(super) fn noted(nodes: &[Node<'_>]) -> usize {
    nodes.iter().filter(|node| !node.notes.is_empty()).count()
}

/// Builds the nodes in an order that the order of the mentions has no part in.
pub(super) fn nodes<'a>(
    mentions: &'a [Mention],
    classes: &[Vec<usize>],
    settings: &Settings<'a>,
) -> (Vec<Node<'a>>, Vocabulary) {
    let mut order: Vec<(&Mention, &Vec<usize>)> = classes
        .par_iter()
        .map(|class| {
            let least = class.iter().map(|&at| &mentions[at]);
            let least = least.min_by_key(|mention| (&mention.name.folded, mention.place));
            (least.expect("a class is never empty"), class)
        })
        .collect();
    order.par_sort_by(|(a, _), (b, _)| {
        (&a.name.folded, a.place, a.is_title).cmp(&(&b.name.folded, b.place, b.is_title))
    });
    let read: Vec<_> = order
        .par_iter()
        .map(|&(mention, class)| {
            let mut evidence = Cow::Borrowed(&mention.evidence);
            for &member in class {
                if !std::ptr::eq(&raw const mentions[member], mention) {
                    evidence.to_mut().merge(&mentions[member].evidence);
                }
            }
            let countries = settings.kinds.countries(&evidence);
            let terms = settings.lexicon.read(&mention.name, &countries, settings.forms);
            let sounds = settings.lexicon.reread(&mention.name, &countries, settings.forms);
            drop(countries);
            (evidence, terms, sounds)
        })
        .collect();
    let (facts, taken) = rayon::join(
        || facts(read.iter().map(|(evidence, ..)| &**evidence), settings.kinds),
        || take_all(&order, &read, settings.phrases),
    );
    drop(read);
    let (taken, mut words) = taken;
    let mut nodes: Vec<Node<'a>> = order
        .into_par_iter()
        .zip(taken)
        .zip(facts)
        .map(|(((mention, class), (readings, sounds)), facts)| {
            let Readings { own: terms, others: other, second, state, notes } = readings;
            let name = &mention.name;
            let glued = glue(&terms, &words);
            let (mask, core) = (mask(&glued), name.core_hash());
            let mut members = class.clone();
            members.sort_by_key(|&at| {
                let mention = &mentions[at];
                (mention.name.folded.as_str(), mention.place, mention.is_title, at)
            });
            let bits = Bits::new();
            let forms = 0;
            let sounded = |(terms, is_sure)| Sounded::new(name, terms, is_sure, &words);
            let sounds = sounds.into_iter().map(sounded).collect();
            Node {
                name,
                facts,
                members,
                terms,
                bits,
                other,
                second,
                sounds,
                glued,
                mask,
                forms,
                core,
                state: state.into_boxed_slice(),
                notes,
            }
        })
        .collect();
    words.weigh(nodes.len(), settings.background);
    settle(&mut nodes, &words);
    (nodes, words)
}

/// How many spellings the nodes stand for.
pub(super) fn spellings(nodes: &[Node<'_>]) -> usize {
    nodes.iter().map(|node| node.members.len()).sum()
}

/// What only all names can tell of each: the bits of its terms, and where its sounds are filed.
fn settle(nodes: &mut [Node<'_>], words: &Vocabulary) {
    let pairs = together(nodes, words);
    nodes.par_iter_mut().for_each(|node| {
        node.bits = doubts(&node.terms, words, &pairs);
        for sound in &mut node.sounds {
            sound.bits = doubts(&sound.terms, words, &pairs);
        }
    });
    let names = nodes.len();
    let sounds = nodes.iter_mut().flat_map(|node| &mut node.sounds);
    sounds.enumerate().for_each(|(at, sound)| sound.place = names + at);
}

fn glue(terms: &[TermId], words: &Vocabulary) -> Vec<char> {
    terms.iter().flat_map(|&id| words.get(id).letters.iter().copied()).collect()
}

impl Sounded {
    fn new(name: &Name, terms: Terms, is_sure: bool, words: &Vocabulary) -> Self {
        let glued = glue(&terms, words);
        let letters = name.words.iter().flat_map(|word| word.text.chars());
        let scripts = letters.fold(0, |bits, letter| match script(letter) {
            Script::Kana => bits | 1,
            Script::Hangul => bits | 2,
            Script::Han => bits | 4,
            _ => bits,
        });
        let mask = mask(&glued);
        Self { terms, bits: Bits::new(), glued, mask, place: 0, is_sure, scripts }
    }
}

/// The number of the empty set of legal forms.
pub(super) const NO_FORMS: u32 = 0;

/// Numbers the sets of legal forms of all names, and gives the sets by number.
pub(super) fn number_forms<'a>(nodes: &mut [Node<'a>]) -> Vec<&'a FormSet> {
    static NONE: FormSet = FormSet::new();
    let mut sets: Vec<&'a FormSet> = vec![&NONE];
    let mut numbers: FxHashMap<&'a FormSet, u32> = FxHashMap::from_iter([(sets[0], NO_FORMS)]);
    for node in nodes {
        let forms = &node.name.forms;
        node.forms = *numbers.entry(forms).or_insert_with(|| {
            sets.push(forms);
            u32::try_from(sets.len() - 1).expect("fewer sets than names")
        });
    }
    sets
}

/// What is read of a name: what stands beside it, its terms, and its sounds.
type Read<'a> = (Cow<'a, Evidence>, Vec<Term<'a>>, Vec<Sound<'a>>);
/// What is taken in of a name.
type Taken = (Readings, Vec<(Terms, bool)>);

/// Takes in the terms of all names, without their notes.
fn take_all(
    order: &[(&Mention, &Vec<usize>)],
    read: &[Read<'_>],
    phrases: &Phrases,
) -> (Vec<Taken>, Vocabulary) {
    let all = || std::iter::zip(order, read).map(|((mention, _), read)| (&mention.name, read));
    let notes = Notes::find(all().map(|(name, (_, terms, _))| (name, terms.as_slice())));
    let mut words = Vocabulary::default();
    let taken = all().map(|(name, (_, terms, sounds))| {
        take(&(name, notes.of(name)), (terms, sounds), phrases, &mut words)
    });
    (taken.collect(), words)
}

/// Takes in a name's terms: its readings, and those by sound, each with whether it is sure.
fn take(
    name: &(&Name, Spans),
    (terms, sounds): (&[Term<'_>], &[Sound<'_>]),
    phrases: &Phrases,
    words: &mut Vocabulary,
) -> Taken {
    let readings = readings(name, terms, phrases, words);
    if sounds.is_empty() {
        words.count(&readings.own);
        return (readings, Vec::new());
    }
    let mut read =
        |sound: &Sound<'_>| (self::readings(name, &sound.terms, phrases, words).own, sound.is_sure);
    let sounds: Vec<(Terms, bool)> = sounds.iter().map(&mut read).collect();
    let heard = sounds.iter().flat_map(|(terms, _)| terms);
    words.count(&readings.own.iter().chain(heard).copied().collect::<Vec<_>>());
    (readings, sounds)
}

/// The ways to read a name: the first is compared with every way to read another, the others only
/// with the first of another.
#[derive(Default)]
struct Readings {
    own: Terms,
    others: Vec<Terms>,
    /// Those of the others that are surely a name of it.
    second: Vec<Terms>,
    /// The state that it acts for.
    state: Terms,
    notes: Spans,
}

fn readings(
    (name, notes): &(&Name, Spans),
    terms: &[Term<'_>],
    phrases: &Phrases,
    words: &mut Vocabulary,
) -> Readings {
    let mut read = Readings { notes: notes.clone(), ..Readings::default() };
    let mut after = Terms::new();
    // Which terms stand in brackets, as bits.
    let mut aside = 0_u32;
    let mut is_alias = false;
    let mut skip = 0;
    for term in terms.iter().take(MOST_TERMS) {
        if term.at < skip || notes.iter().any(|note| note.contains(&term.at)) {
            continue;
        }
        let rest = name.words.len() - term.at;
        match phrases.at(&name.words[term.at..]) {
            Some((Phrase::Particle, length))
                if term.length == length && term.at > 0 && rest > 1 =>
            {
                continue;
            }
            Some((Phrase::Alias, length)) if !read.own.is_empty() && length < rest => {
                is_alias = true;
                skip = term.at + length;
                continue;
            }
            // Who takes the mail is another company.
            Some((Phrase::CareOf, length)) if !read.own.is_empty() && length < rest => break,
            Some((Phrase::OnBehalf, length)) if length < rest && !is_alias => {
                // A company that a person signs for is the company; a state is too large to be one.
                let is_place = |id: &TermId| words.get(*id).kind == Kind::Place;
                if name.forms.is_empty() && read.own.iter().any(is_place) {
                    read.state = read.own.drain(..).filter(is_place).collect();
                    read.state.sort_unstable();
                    aside = 0;
                    skip = term.at + length;
                    continue;
                }
            }
            _ => {}
        }
        let id = words.intern(&term.text, term.is_place, term.is_trade);
        if is_alias {
            after.push(id);
            continue;
        }
        aside |= u32::from(name.words[term.at].part == Part::Brackets) << read.own.len();
        read.own.push(id);
    }
    let (mut outside, mut inside) = (Terms::new(), Terms::new());
    if aside != 0 {
        for (at, &id) in read.own.iter().enumerate() {
            if aside & 1 << at == 0 { outside.push(id) } else { inside.push(id) }
        }
    }
    if !inside.is_empty() && !outside.is_empty() {
        if is_short_for(&inside, &outside, words) {
            read.second.push(outside.clone());
        }
        read.others.push(outside);
        // What stands in brackets may be the name: an abbreviation, a translation. A place is not.
        if inside.iter().any(|&id| matches!(words.get(id).kind, Kind::Word | Kind::Trade)) {
            read.others.push(inside);
        }
    }
    if !after.is_empty() {
        read.second.push(after.clone());
        read.others.push(after);
    }
    read
}

/// Two terms of one name, and how many names hold both, where more than a few do.
type Together = FxHashMap<(TermId, TermId), u32>;

/// Names that hold two terms before the one tells about the other.
const FEW: u32 = 3;

fn together(nodes: &[Node<'_>], words: &Vocabulary) -> Together {
    let mut pairs: Vec<(TermId, TermId)> = nodes
        .par_iter()
        .flat_map_iter(|node| {
            let common = |id: &TermId| words.get(*id).names > FEW;
            let terms: Vec<TermId> = node.terms.iter().copied().filter(common).collect();
            let mut pairs = Vec::with_capacity(terms.len() * 2);
            for (at, &b) in terms.iter().enumerate() {
                pairs.extend(terms[..at].iter().map(|&a| (a, b)));
            }
            pairs.sort_unstable();
            pairs.dedup();
            pairs
        })
        .collect();
    pairs.par_sort_unstable();
    pairs
        .chunk_by(|a, b| a == b)
        .filter(|same| same.len() > FEW as usize)
        .map(|same| (same[0], u32::try_from(same.len()).expect("fewer names than 2^32")))
        .collect()
}

/// Names that a term's own frequency stands for beside those that hold the earlier term.
const SMOOTH: f64 = 5.0;

/// The bits of each term, given the earlier term of the name that tells most about it.
fn doubts(terms: &[TermId], words: &Vocabulary, pairs: &Together) -> Bits {
    let doubt = |at: usize| {
        let entry = words.get(terms[at]);
        let mut bits = entry.bits;
        for &earlier in &terms[..at] {
            if let Some(&both) = pairs.get(&(earlier, terms[at])) {
                // One of them may be the same company.
                let held = f64::from(words.get(earlier).names - 1);
                let share = exp2(-entry.bits);
                let likely = (f64::from(both - 1) + SMOOTH * share) / (held + SMOOTH);
                bits = bits.min(-log2(likely));
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "some tens of bits")]
        let bits = bits.max(0.05) as f32;
        bits
    };
    (0..terms.len()).map(doubt).collect()
}
