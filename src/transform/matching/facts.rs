//! What stands beside a name, as numbers: equal for equal values of a kind.
//!
//! A spelling is used by several contacts, and each says what it likes. What more than half of those
//! that say anything agree on stands for the name; what a minority says, or one of two halves, is in
//! doubt: it is a reason to ask, never one to join. A value that unrelated names share is a
//! switchboard's, an accountant's or a landlord's, and stands for nobody.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::transform::evidence::{Evidence, Kinds, MOST_KINDS};

/// What stands beside a name.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The values of all kinds: of each first the one that stands for the name, if there is one, then
    /// the others, sorted.
    values: SmallVec<[u32; 6]>,
    /// Where each kind ends.
    ends: [u16; MOST_KINDS],
    /// Kinds that have a value which stands for the name, as bits.
    settled: u16,
    /// Those of them of which the value is known to be one of its kind.
    valid: u16,
}

/// How the values of a kind beside two names stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Agreement {
    /// Nothing can be told.
    Silent,
    /// One value stands for both.
    Equal(u32),
    /// A value is shared, but does not stand for both.
    Doubtful,
    /// All values differ.
    Differs,
}

impl Facts {
    /// Whether anything is said of the kind at a place.
    pub(super) fn is_silent(&self, kind: usize) -> bool {
        self.of(kind).is_empty()
    }

    /// The values of the kind at a place.
    pub(super) fn of(&self, kind: usize) -> &[u32] {
        let start = if kind == 0 { 0 } else { self.ends[kind - 1] };
        &self.values[usize::from(start)..usize::from(self.ends[kind])]
    }

    /// The value that stands for the name, and all others, sorted.
    fn parts(&self, kind: usize) -> (Option<u32>, &[u32]) {
        let all = self.of(kind);
        match all.split_first() {
            Some((&main, others)) if self.settled & 1 << kind != 0 => (Some(main), others),
            _ => (None, all),
        }
    }

    fn holds(&self, kind: usize, value: u32) -> bool {
        let (main, others) = self.parts(kind);
        main == Some(value) || others.binary_search(&value).is_ok()
    }

    /// How the values beside two names stand to each other.
    pub(super) fn agreement(&self, other: &Self, kind: usize) -> Agreement {
        if self.is_silent(kind) || other.is_silent(kind) {
            return Agreement::Silent;
        }
        match (self.parts(kind).0, other.parts(kind).0) {
            (Some(left), Some(right)) if left == right => Agreement::Equal(left),
            _ if self.of(kind).iter().any(|&value| other.holds(kind, value)) => Agreement::Doubtful,
            _ => Agreement::Differs,
        }
    }

    /// Whether two values that contradict each other are both known to be of their kind.
    pub(super) fn are_two(&self, other: &Self, kind: usize) -> bool {
        self.valid & other.valid & 1 << kind != 0
            && self.agreement(other, kind) == Agreement::Differs
    }

    /// The same without some values.
    pub(super) fn without(&mut self, dropped: &FxHashSet<(usize, u32)>, kinds: &Kinds) {
        let (mut values, mut ends) = (SmallVec::new(), [0; MOST_KINDS]);
        for (at, _) in kinds.iter().enumerate() {
            let is_kept = |value: &u32| !dropped.contains(&(at, *value));
            if self.of(at).first().is_some_and(|value| !is_kept(value)) {
                self.settled &= !(1 << at);
                self.valid &= !(1 << at);
            }
            values.extend(self.of(at).iter().copied().filter(is_kept));
            ends[at] = u16::try_from(values.len()).expect("fewer than before");
        }
        (self.values, self.ends) = (values, ends);
    }
}

/// Values of one kind beyond this many are not looked at: a switchboard, not a company.
const MOST_FACTS: usize = 1_000;

/// Numbers the values beside all names. Kinds of hosts share their numbers, no other two kinds do.
pub(super) fn facts<'a>(all: impl Iterator<Item = &'a Evidence>, kinds: &Kinds) -> Vec<Facts> {
    let mut numbers: FxHashMap<(usize, &'a str), u32> = FxHashMap::default();
    all.map(|evidence| {
        let mut facts = Facts::default();
        for (at, kind) in kinds.iter().enumerate() {
            let space = if kind.are_hosts { 0 } else { at + 1 };
            let main = evidence.settled(at);
            if let Some(value) = main {
                facts.settled |= 1 << at;
                facts.valid |= u16::from(value.is_valid) << at;
            }
            let main = main.map(|value| value.text.as_str());
            let others = evidence.of(at).filter(|&value| Some(value) != main);
            let start = facts.values.len() + usize::from(main.is_some());
            for value in main.into_iter().chain(others).take(MOST_FACTS) {
                let next = u32::try_from(numbers.len()).expect("fewer values than 2^32");
                facts.values.push(*numbers.entry((space, value)).or_insert(next));
            }
            facts.values[start..].sort_unstable();
            facts.ends[at] = u16::try_from(facts.values.len()).expect("bounded");
        }
        facts
    })
    .collect()
}
