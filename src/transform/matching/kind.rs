//! Kinds of join: what a merge rests on, in words that a reviewer can check at a glance.
//!
//! Short of one that is certain by itself, a higher score is no safer join: what is safe is a kind of
//! difference that two companies hardly ever have between them. Each kind is measured on its own (`reports/README.md` names them); the
//! cautious preset joins by these alone.

use super::compare::Comparer;
use super::near::edits;
use super::node::{Candidate, Node, Terms};
use super::relation::share_own_word;
use super::signal::{Amounts, NAMES, Signal};
use super::vocabulary::{Kind, TermId};
use super::{Ground, Level};
use crate::ids::Weight;
use crate::transform::evidence::Kinds;
use crate::transform::normalize::Word;

/// Letters of a name from which on equal letters without blanks are no accident.
const GLUED_LETTERS: usize = 6;
/// Letters of a word from which on one letter may be a slip, where another rare word is equal.
const TYPO_LETTERS: usize = 7;
/// Letters of a word from which on one letter may be a slip, whatever else is equal: `Transpac` and
/// `Transpal` are two firms.
const LONE_TYPO_LETTERS: usize = 10;
/// Bits from which on a word is the name of one company rather than of a trade.
const RARE_BITS: f32 = 8.0;
/// Letters at which a field is cut off by a form or an export.
const CUT_LETTERS: usize = 16;
/// What stands beside the names must tell this many bits.
const BESIDE_BITS: f32 = 4.0;

/// What of the names speaks against any join without a person.
const CONTRADICTIONS: [Signal; 4] =
    [Signal::NumbersDiffer, Signal::PlacesDiffer, Signal::MarksDiffer, Signal::FormsDiffer];

/// Whether a kind of join needs no person.
///
/// # Source
/// Pairs of spellings of the labelled lists that are one company, of all that the kind would join.
/// One letter: 249 of 293 on lists of companies, 774 of 786 on those of groups. One word or two: 185
/// of 189 and 223 of 235, but it is asked about, since nothing else of the two need be rare.
pub(super) fn is_sure(ground: Ground, level: Level) -> bool {
    match ground {
        Ground::Score | Ground::Glued => false,
        Ground::Typo => level == Level::Group,
        _ => true,
    }
}

/// What of two names, or beside them, contradicts so that no likeness outweighs it, as people call
/// it.
///
/// What weighs nothing contradicts nothing: legal forms where groups are wanted.
pub(super) fn contradictions<'k>(
    (amounts, weights): (&'k Amounts, &'k Amounts),
    kinds: &'k Kinds,
) -> impl Iterator<Item = &'static str> + 'k {
    let of_names = CONTRADICTIONS
        .iter()
        .filter(|&&signal| amounts.get(signal) > 0.0 && weights.get(signal) < 0.0);
    let of_names = of_names.map(|&signal| NAMES[signal as usize]);
    let beside = std::iter::zip(&amounts.beside, &weights.beside).zip(kinds.iter());
    let beside = beside.filter(|(([_, differs], [_, against]), kind)| {
        (kind.parts || kind.are_countries) && *differs > 0.0 && *against < 0.0
    });
    of_names.chain(beside.map(|(_, kind)| kind.labels[1]))
}

/// Whether two names contradict each other in something that no likeness outweighs.
pub(super) fn contradicts(seen: (&Amounts, &Amounts), kinds: &Kinds) -> bool {
    contradictions(seen, kinds).next().is_some()
}

/// The kind of join of a pair with its score, [`Ground::Score`] if it is of none.
pub(super) fn of(comparer: &Comparer<'_>, pair: Candidate, score: Weight) -> Ground {
    seen(comparer, pair, (&comparer.amounts(pair.0, pair.1), &comparer.weights), score)
}

/// The same, under the weights that are given.
pub(super) fn seen(
    comparer: &Comparer<'_>,
    (a, b): Candidate,
    (amounts, weights): (&Amounts, &Amounts),
    score: Weight,
) -> Ground {
    if contradicts((amounts, weights), comparer.kinds) {
        return Ground::Score;
    }
    let (left, right) = (&comparer.nodes[a as usize], &comparer.nodes[b as usize]);
    if left.state != right.state {
        return Ground::Score;
    }
    if left.has_core_of(right) {
        // Its forms or marks left it open which of several it is.
        return Ground::Score;
    }
    let has_own = || share_own_word(left, right, comparer.words);
    if comparer.beside(amounts) >= BESIDE_BITS && (amounts.get(Signal::Initials) > 0.0 || has_own())
    {
        return Ground::Evidence;
    }
    let (one, two) = (left.terms.as_slice(), right.terms.as_slice());
    if numbers(comparer, one) != numbers(comparer, two) {
        return Ground::Score;
    }
    if is_swapped(comparer, left, right) || left.differs_in_notes(right) {
        return Ground::Score;
    }
    if left.glued.len() >= GLUED_LETTERS && same_letters(left, right) {
        return Ground::Glued;
    }
    let same = |one: &[TermId], two: &[TermId]| {
        same_terms(one, two)
            && in_order(comparer, one, two)
            && one.iter().any(|&term| is_rare(comparer, term))
    };
    let mut sounds = left.by_sound(right, (a, b)).filter(|(one, two)| one.is_sure && two.is_sure);
    if same(one, two) || sounds.any(|(one, two)| same(one.terms, two.terms)) {
        return Ground::Words;
    }
    if amounts.get(Signal::PlaceMissing) == 0.0 && is_typo(comparer, left, right) {
        return Ground::Typo;
    }
    if is_cut_off(left, right) || is_cut_off(right, left) {
        return Ground::CutOff;
    }
    let reads =
        |terms: &[TermId], others: &[Terms]| others.iter().any(|other| same_terms(terms, other));
    if reads(one, &right.second) || reads(two, &left.second) {
        return Ground::OtherName;
    }
    // Many names share their initials.
    if score >= comparer.certain_at && amounts.get(Signal::Initials) == 0.0 {
        Ground::NearName
    } else {
        Ground::Score
    }
}

/// How many numbers a name holds: one that only one of two has tells `Plant 2` from `Plant`.
fn numbers(comparer: &Comparer<'_>, terms: &[TermId]) -> usize {
    terms.iter().filter(|&&term| comparer.words.get(term).kind == Kind::Number).count()
}

/// Whether two names are equal when blanks are left out.
fn same_letters(a: &Node<'_>, b: &Node<'_>) -> bool {
    let letters = |node: &Node<'_>| -> String {
        node.name.words.iter().map(|word| word.text.as_str()).collect()
    };
    letters(a) == letters(b)
}

/// Whether words that both names hold stand in another order: `An Phú` and `Phú An` are two
/// companies. Languages differ in where they put what a company does and where it is, so between
/// two of them (`Thép An Phú Hà Nội`, `Hanoi An Phu Steel`) only its own words tell.
fn is_swapped(comparer: &Comparer<'_>, a: &Node<'_>, b: &Node<'_>) -> bool {
    if is_translated(comparer, a, b) {
        return !in_order(comparer, &a.terms, &b.terms);
    }
    let text = |word: &Word| word.text.clone();
    let texts = |node: &Node<'_>| node.name.words.iter().map(text).collect::<Vec<_>>();
    !shared_in_order(&texts(a), &texts(b)) || !shared_in_order(&a.terms, &b.terms)
}

/// Whether two names share a word of a trade that only one of them writes in English.
fn is_translated(comparer: &Comparer<'_>, a: &Node<'_>, b: &Node<'_>) -> bool {
    let writes = |node: &Node<'_>, text: &str| node.name.words.iter().any(|word| word.text == text);
    a.terms.iter().filter(|term| b.terms.contains(term)).any(|&term| {
        let entry = comparer.words.get(term);
        entry.kind == Kind::Trade && writes(a, &entry.text) != writes(b, &entry.text)
    })
}

/// Words of its own from which on a name may be told with what stands first put last: `Vinacomin -
/// Nui Beo`. Of two, that would be the one before the other.
const TURNED_WORDS: usize = 3;

/// Whether the own words that two names share stand in one order, in the one maybe with the first of
/// them put last.
fn in_order(comparer: &Comparer<'_>, a: &[TermId], b: &[TermId]) -> bool {
    let own = |terms: &[TermId], others: &[TermId]| -> Terms {
        let is_own = |term: &TermId| {
            matches!(comparer.words.get(*term).kind, Kind::Word | Kind::Number)
                && others.contains(term)
        };
        terms.iter().copied().filter(is_own).collect()
    };
    let (a, mut b) = (own(a, b), own(b, a));
    if a.len() >= TURNED_WORDS && a.len() == b.len() {
        let turns = 0..b.len();
        return turns.into_iter().any(|_| {
            b.rotate_left(1);
            a == b
        });
    }
    shared_in_order(&a, &b)
}

/// Whether what two lists share comes in one order, as far as each comes first.
fn shared_in_order<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    let mut last = None;
    for (at, one) in a.iter().enumerate() {
        if a[..at].contains(one) {
            continue;
        }
        if let Some(place) = b.iter().position(|other| other == one) {
            if last.is_some_and(|last| place < last) {
                return false;
            }
            last = Some(place);
        }
    }
    true
}

/// Whether two names hold the same terms in any order.
fn same_terms(a: &[TermId], b: &[TermId]) -> bool {
    let count = |list: &[TermId], term: TermId| list.iter().filter(|other| **other == term).count();
    a.len() == b.len() && a.iter().all(|&term| count(a, term) == count(b, term))
}

fn is_rare(comparer: &Comparer<'_>, term: TermId) -> bool {
    let entry = comparer.words.get(term);
    entry.kind == Kind::Word && entry.bits >= f64::from(RARE_BITS)
}

/// Whether a name, as long as a field may be, is another whose last word is cut off.
fn is_cut_off(short: &Node<'_>, long: &Node<'_>) -> bool {
    let written: usize = short.name.words.iter().map(|word| word.text.chars().count()).sum();
    let (Some((cut, own)), Some((whole, others))) =
        (short.terms.split_last(), long.terms.split_last())
    else {
        return false;
    };
    written >= CUT_LETTERS && cut != whole && own == others && long.glued.starts_with(&short.glued)
}

/// Whether two names differ in one letter of one long word, and not in its first.
fn is_typo(comparer: &Comparer<'_>, a: &Node<'_>, b: &Node<'_>) -> bool {
    if a.terms.len() != b.terms.len() {
        return false;
    }
    let mut differ = None;
    let mut equal_rare = false;
    for (at, (&left, &right)) in std::iter::zip(&a.terms, &b.terms).enumerate() {
        if left == right {
            equal_rare |= is_rare(comparer, left) && a.bits[at].min(b.bits[at]) >= RARE_BITS;
        } else if differ.replace((left, right)).is_some() {
            return false;
        }
    }
    let Some((left, right)) = differ else { return false };
    let (left, right) = (comparer.words.get(left), comparer.words.get(right));
    let letters = left.letters.len().min(right.letters.len());
    left.kind == Kind::Word
        && right.kind == Kind::Word
        && letters >= if equal_rare { TYPO_LETTERS } else { LONE_TYPO_LETTERS }
        && left.letters[0] == right.letters[0]
        && edits(&left.letters, &right.letters, 1).is_some()
}
