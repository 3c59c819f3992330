//! The comparisons by name: what of two names can be compared, the key of its weight, the side on
//! which it counts, and what people read.
//!
//! In the order of explanations: the names first, then what stands beside them, a pair of
//! comparisons for each kind of evidence, then what stands around them.

use crate::transform::evidence::{Kinds, MOST_KINDS};

macro_rules! signals {
    ($($signal:ident $key:ident $sign:literal $name:literal)*) => {
        /// What of two names can be compared.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub(super) enum Signal { $($signal),* }

        /// Number of signals.
        pub(super) const SIGNALS: usize = [$($name),*].len();

        /// What each signal is called where people read it, in the order of [`Signal`].
        pub(super) const NAMES: [&str; SIGNALS] = [$($name),*];

        /// Key of the weight of each signal, and its sign.
        pub(super) const KEYS: [(&str, f64); SIGNALS] = [$((stringify!($key), $sign)),*];
    };
}

signals! {
    SharedWords     shared_words      1.0  "shared words"
    SharedTrades    shared_trades     1.0  "shared trade words"
    RarestWord      rarest_word       1.0  "rarest word"
    FirstWord       first_word        1.0  "first word"
    Letters         letters           1.0  "letters"
    Spelling        spelling          1.0  "spelling"
    FewEdits        few_edits         1.0  "few edits"
    CutOff          cut_off           1.0  "cut off"
    Initials        initials          1.0  "initials"
    OtherWords      other_words      -1.0  "other words"
    OtherTrades     other_trades     -1.0  "other trade words"
    NumbersDiffer   numbers_differ   -1.0  "numbers differ"
    PlacesDiffer    places_differ    -1.0  "places differ"
    PlaceMissing    place_missing    -1.0  "place missing"
    MarksDiffer     marks_differ     -1.0  "marks differ"
    FormsDiffer     forms_differ     -1.0  "legal form differs"
    Informal        informal          1.0  "without legal form"
    Mutual          mutual            1.0  "nearest to each other"
}

/// The last of the signals, which stands behind the evidence in explanations.
const AROUND: usize = Signal::Mutual as usize;

/// How much of each kind of evidence there is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amounts {
    /// Of the names, by [`Signal`].
    pub(super) of: [f32; SIGNALS],
    /// Beside them: for each kind of evidence what is equal, and whether all differs.
    pub(super) beside: [[f32; 2]; MOST_KINDS],
    /// Bits of what is shared and counts for nothing: it does not stand for both names, or they share
    /// no word of their own. It is a reason to ask.
    pub(super) doubt: f32,
}

impl Amounts {
    pub(super) const NONE: Self =
        Self { of: [0.0; SIGNALS], beside: [[0.0; 2]; MOST_KINDS], doubt: 0.0 };

    pub(super) fn get(&self, signal: Signal) -> f32 {
        self.of[signal as usize]
    }

    pub(super) fn set(&mut self, signal: Signal, amount: f32) {
        self.of[signal as usize] = amount;
    }

    /// Whether anything equal could join names by itself.
    pub(super) fn rests_on(&self, kinds: &Kinds) -> bool {
        let beside = std::iter::zip(&self.beside, kinds.iter());
        beside.into_iter().any(|([equal, _], kind)| kind.finds && *equal > 0.0)
    }

    /// Leaves in doubt what is equal, and could join names by itself.
    pub(super) fn doubt_all(&mut self, kinds: &Kinds, weights: &Self) {
        let beside = std::iter::zip(&mut self.beside, &weights.beside);
        for (([equal, _], [bits, _]), _) in
            std::iter::zip(beside, kinds.iter()).filter(|(_, kind)| kind.finds)
        {
            self.doubt += *equal * bits;
            *equal = 0.0;
        }
    }

    /// All amounts, in the order of [`comparisons`].
    pub(super) fn all(&self, kinds: usize) -> impl Iterator<Item = f32> {
        let beside = self.beside.into_iter().take(kinds).flatten();
        self.of[..AROUND].iter().copied().chain(beside).chain([self.of[AROUND]])
    }
}

/// A comparison and its weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fitted {
    /// What it is called in explanations.
    pub name: &'static str,
    /// Key of its weight in `[matching]`.
    pub key: &'static str,
    /// 1 if it speaks for one company, -1 if against.
    pub sign: f64,
    /// Where it comes from: the name, or the origin of a kind of evidence.
    pub origin: &'static str,
}

/// Where what the names themselves tell comes from.
pub const NAME: &str = "name";

/// Every comparison, in the order of explanations.
pub fn comparisons(kinds: &Kinds) -> Vec<Fitted> {
    let names = std::iter::zip(NAMES, KEYS);
    let mut all: Vec<Fitted> =
        names.map(|(name, (key, sign))| Fitted { name, key, sign, origin: NAME }).collect();
    let around = all.pop().expect("there are signals");
    for kind in kinds.iter() {
        for ((key, name), sign) in std::iter::zip(kind.keys, kind.labels).zip([1.0, -1.0]) {
            all.push(Fitted { name, key, sign, origin: kind.origin });
        }
    }
    all.push(around);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_contradicts_speaks_against() {
        for comparison in comparisons(&Kinds::default()) {
            let against = ["differ", "other", "missing"];
            let is_against = against.iter().any(|part| comparison.key.contains(part));
            assert_eq!(comparison.sign < 0.0, is_against, "{}", comparison.key);
        }
    }
}
