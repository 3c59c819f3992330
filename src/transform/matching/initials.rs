//! Names that are made of the initials of others: `IBM`.

use super::vocabulary::{TermId, Vocabulary};

/// The first letters of a name's terms.
pub(super) fn initials<'a>(
    terms: &'a [TermId],
    words: &'a Vocabulary,
) -> impl Iterator<Item = char> + 'a {
    terms.iter().map(|&term| words.get(term).letters[0])
}

/// Whether the one name is one short word made of the initials of the other.
pub(super) fn is_short_for(short: &[TermId], long: &[TermId], words: &Vocabulary) -> bool {
    let [only] = short[..] else { return false };
    let letters = &words.get(only).letters;
    long.len() > 1
        && letters.len() == long.len()
        && initials(long, words).eq(letters.iter().copied())
}
