//! How alike two different words are.

use super::vocabulary::{Entry, Kind};

/// Letters that one computation holds; longer words are cut there.
const MOST: usize = 40;

/// How alike two different terms are, in percent; 0 where they are not.
///
/// # Source
/// The scale is the prototype's: one edit in a long word tells nearly as much as equality, two
/// need more letters, a prefix or a consonant skeleton is an abbreviation.
pub(super) fn likeness(a: &Entry, b: &Entry) -> u32 {
    if a.kind == Kind::Number || b.kind == Kind::Number {
        return 0;
    }
    let (short, long) = if a.letters.len() <= b.letters.len() { (a, b) } else { (b, a) };
    let (least, most) = (short.letters.len(), long.letters.len());
    if least < 3 || (short.mask & !long.mask).count_ones() > 3 {
        return 0;
    }
    if most == least + 1 && long.letters[least] == 's' && long.letters.starts_with(&short.letters) {
        return 95;
    }
    let allowed = match least {
        0..=3 => 0,
        4..=6 => 1,
        7..=10 => 2,
        _ => 3,
    };
    // Two places or two common words that differ by a letter are two words: Iran, Iraq.
    if allowed > 0
        && most - least <= allowed
        && (a.mask ^ b.mask).count_ones() as usize <= 2 * allowed
    {
        match edits(&short.letters, &long.letters, allowed) {
            Some(1) if least >= 5 => return 85,
            Some(1) => return 60,
            Some(2) => return 75,
            Some(3) => return 65,
            _ => {}
        }
    }
    if long.letters.starts_with(&short.letters) {
        return if least == 3 { 50 } else { 70 };
    }
    if least <= 5 && is_skeleton(&short.letters, &long.letters) { 40 } else { 0 }
}

/// Edits between two words (letters left out, put in, replaced, or two neighbours swapped), if
/// they are at most `most`. Like `strsim::osa_distance`, but gives up early and never allocates:
/// it runs for every pair of words of every pair of names.
pub(super) fn edits(a: &[char], b: &[char], most: usize) -> Option<usize> {
    let (a, b) = (&a[..a.len().min(MOST)], &b[..b.len().min(MOST)]);
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut before = [0_u8; MOST + 1];
    let mut last = [0_u8; MOST + 1];
    let mut row = [0_u8; MOST + 1];
    for (at, cell) in (0_u8..).zip(last.iter_mut().take(b.len() + 1)) {
        *cell = at;
    }
    let too_many = u8::try_from(most + 1).unwrap_or(u8::MAX);
    for (i, number) in (0..a.len()).zip(1_u8..) {
        // Only cells within reach of the diagonal: all others need more edits.
        let (low, high) = (i.saturating_sub(most), b.len().min(i + most + 1));
        row[low] = if low == 0 { number } else { too_many };
        let mut fewest = row[low];
        for j in low..high {
            let replaced = last[j] + u8::from(a[i] != b[j]);
            let mut cell = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                cell = cell.min(before[j - 1] + 1);
            }
            row[j + 1] = cell;
            fewest = fewest.min(cell);
        }
        if usize::from(fewest) > most {
            return None;
        }
        if high < b.len() {
            row[high + 1] = too_many;
        }
        (before, last, row) = (last, row, before);
    }
    let edits = usize::from(last[b.len()]);
    (edits <= most).then_some(edits)
}

/// Whether the short word is the first letter and some consonants of the long one, in order:
/// `mfg` of `manufacturing`.
fn is_skeleton(short: &[char], long: &[char]) -> bool {
    let vowel = |c: &char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    if short[0] != long[0] || short[1..].iter().any(vowel) {
        return false;
    }
    let mut rest = long.iter();
    short.iter().all(|letter| rest.any(|other| other == letter))
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::Vocabulary;
    use super::*;

    #[test]
    fn words_are_alike_by_typo_prefix_and_skeleton() {
        let check = |a: &str, b: &str, expected: u32| {
            let mut words = Vocabulary::default();
            let (left, right) = (words.intern(a, false, false), words.intern(b, false, false));
            assert_eq!(likeness(words.get(left), words.get(right)), expected, "{a} {b}");
            assert_eq!(likeness(words.get(right), words.get(left)), expected, "{b} {a}");
        };
        check("precision", "precison", 85);
        check("toyota", "toyoat", 85);
        check("acme", "acne", 60);
        check("manufacturing", "manufacutrng", 75);
        check("international", "intl", 40);
        check("manufacturing", "mfg", 40);
        check("corporation", "corp", 70);
        check("motor", "motors", 95);
        check("plant2", "plant3", 0);
        check("abc", "abd", 0);
        check("steel", "paper", 0);
    }

    #[test]
    fn edits_are_those_of_strsim() {
        let words =
            ["", "a", "toyota", "toyoat", "tyota", "manufacturing", "manufcaturing", "đông"];
        for a in words {
            for b in words {
                let (left, right): (Vec<char>, Vec<char>) =
                    (a.chars().collect(), b.chars().collect());
                let expected = strsim::osa_distance(a, b);
                let found = edits(&left, &right, 3);
                assert_eq!(found, (expected <= 3).then_some(expected), "{a} {b}");
            }
        }
    }
}
