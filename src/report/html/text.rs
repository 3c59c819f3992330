//! Words and numbers as the page shows them: plain text, which the template escapes.

/// Longest text of a row that the page shows, in characters; the column of a name holds 255.
const LONGEST: usize = 300;

/// `12,345`.
pub(super) fn number(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 contact`, `2 contacts`.
pub(super) fn counted(value: usize, one: &str) -> String {
    let many = if value == 1 { "" } else { "s" };
    format!("{} {one}{many}", number(value))
}

/// Millibits as bits, with a sign and every digit: the terms shown add up to the sum shown.
pub(super) fn bits(millibits: i64) -> String {
    let sign = match millibits {
        0 => "",
        1.. => "+",
        _ => "\u{2212}",
    };
    let size = millibits.unsigned_abs();
    format!("{sign}{}.{:03}", size / 1000, size % 1000)
}

/// The text of a row, with what the eye would miss: blanks that a spelling has and its neighbour
/// has not, line ends, and the invisible letters by which a text can pretend to be another.
pub(super) fn shown(text: &str) -> String {
    let mut letters = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    let mut last = ' ';
    for _ in 0..LONGEST {
        let Some(letter) = letters.next() else { return out };
        match letter {
            ' ' if last == ' ' || letters.peek().is_none_or(|&next| next == ' ') => out.push('␣'),
            '\t' => out.push('⇥'),
            '\n' => out.push('↵'),
            '\u{a0}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{feff}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' => {
                out.push_str(&named(letter));
            }
            _ if letter.is_control() => out.push_str(&named(letter)),
            _ => out.push(letter),
        }
        last = letter;
    }
    if letters.peek().is_some() {
        out.push('…');
    }
    out
}

/// A letter by its number.
fn named(letter: char) -> String {
    format!("⟨U+{:04X}⟩", u32::from(letter))
}

/// A spelling as [`shown`], and whether its marks are letters of their own: two spellings can look
/// alike and differ in that.
pub(super) fn spelled(text: &str) -> String {
    let is_apart = text.chars().any(|letter| matches!(letter, '\u{300}'..='\u{36f}'));
    let note = if is_apart { " ⟨combining marks⟩" } else { "" };
    format!("{}{note}", shown(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (value, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(number(value), text);
        }
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(0, "row"), "0 rows");
    }

    #[test]
    fn bits_keep_every_digit() {
        for (value, text) in [(0, "0.000"), (12_955, "+12.955"), (-3_004, "−3.004"), (-1, "−0.001")]
        {
            assert_eq!(bits(value), text);
        }
    }

    #[test]
    fn what_the_eye_would_miss_is_shown() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(shown(text), expected);
        }
        check("Kitano Vietnam", "Kitano Vietnam");
        check("  Kitano  Vietnam ", "␣␣Kitano␣␣Vietnam␣");
        check("a\tb\nc\u{0}", "a⇥b↵c⟨U+0000⟩");
        check("a\u{202e}b\u{200b}", "a⟨U+202E⟩b⟨U+200B⟩");
        check("می\u{200c}خواهم", "می\u{200c}خواهم");
        assert_eq!(spelled("Đo\u{302}ng"), "Đo\u{302}ng ⟨combining marks⟩");
        assert_eq!(spelled("Đông"), "Đông");
        assert_eq!(shown(&"x".repeat(300)), "x".repeat(300));
        assert_eq!(shown(&"x".repeat(301)), format!("{}…", "x".repeat(300)));
    }
}
