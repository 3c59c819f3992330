//! Numbers that tell nobody apart: what a spreadsheet rounded, and what people type to fill a field.
//! And phone numbers.

use super::{Flaw, Read, Value};

/// Digits that a spreadsheet keeps of a number.
const KEPT_DIGITS: usize = 15;
/// Equal digits, or digits that count up or down, from which on nobody was given the number.
const RUN: usize = 7;
/// Digits of a period that only a filled field repeats: `123123123`.
const PERIOD: usize = 3;
/// Fewest digits of a phone number: less is an extension or a service.
const PHONE_DIGITS: usize = 7;
/// Digits that are the same with and without country code and trunk zero.
const PHONE_TAIL: usize = 9;

/// The number as it was before a program took it for one: `301234567.0` lost nothing.
pub(super) fn without_fraction(text: &str) -> &str {
    let text = text.trim();
    let is_whole = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = text.rsplit_once(['.', ',']);
    let whole = fraction
        .filter(|(whole, rest)| is_whole(whole) && whole.len() > 3 && matches!(*rest, "0" | "00"));
    whole.map_or(text, |(whole, _)| whole)
}

/// Whether a spreadsheet took the text for a number and lost its digits: `1.23E+13`, or zeros
/// behind the fifteenth digit.
pub(super) fn is_rounded(text: &str) -> bool {
    let text = text.trim();
    if let Some((mantissa, exponent)) = text.split_once(['E', 'e']) {
        let is_number = |text: &str, marks: &[char]| {
            text.contains(|c: char| c.is_ascii_digit())
                && text.chars().all(|c| c.is_ascii_digit() || marks.contains(&c))
        };
        let is_written = exponent.starts_with('+') || mantissa.contains(['.', ',']);
        return is_written
            && is_number(mantissa, &['.', ',', '+', '-'])
            && is_number(exponent, &['+', '-']);
    }
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain && text.len() > KEPT_DIGITS && text[KEPT_DIGITS..].bytes().all(|byte| byte == b'0')
}

/// The digits of a text.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether digits only fill a field: all of them equal, counting or repeated, leading zeros aside.
pub(super) fn is_filler(digits: &str) -> bool {
    let bare = digits.trim_start_matches('0').as_bytes();
    let is_repeated = (1..=PERIOD).any(|period| {
        bare.len() >= 2 * period && bare[period..].iter().zip(bare).all(|(a, b)| a == b)
    });
    bare.len() < 2 || is_repeated || longest_run(bare) == bare.len() || equal_run(bare) >= RUN
}

/// Digits in a row of which each is the next or the one before of its neighbour, nine being followed
/// by zero.
fn longest_run(digits: &[u8]) -> usize {
    [1, 9].into_iter().map(|step| run(digits, step)).max().unwrap_or_default()
}

fn equal_run(digits: &[u8]) -> usize {
    run(digits, 0)
}

/// Most digits in a row that differ by a step.
fn run(digits: &[u8], step: u8) -> usize {
    let mut most = usize::from(!digits.is_empty());
    let mut length = 1;
    for pair in digits.windows(2) {
        let goes_on = (pair[0] - b'0' + step) % 10 == pair[1] - b'0';
        length = if goes_on { length + 1 } else { 1 };
        most = most.max(length);
    }
    most
}

/// The last nine digits of a phone number, which are the same with and without country code and
/// trunk zero; without what follows it: an extension, a second number.
pub(super) fn phone(text: &str) -> Read {
    if is_rounded(text) {
        return Err(Flaw::Rounded);
    }
    let number = digits(first_number(without_fraction(text)));
    let tail = &number[number.len().saturating_sub(PHONE_TAIL)..];
    let is_running = longest_run(tail.as_bytes()) >= RUN || equal_run(tail.as_bytes()) >= RUN;
    if number.len() >= 5 && (is_filler(&number) || is_filler(tail)) || is_running {
        return Err(Flaw::Filler);
    }
    Ok((number.len() >= PHONE_DIGITS).then(|| Value::plain(tail)))
}

/// The first of several numbers, as far as it goes.
fn first_number(text: &str) -> &str {
    let mut count = 0;
    for (at, c) in text.char_indices() {
        count += usize::from(c.is_ascii_digit());
        let ends = c.is_alphabetic() || matches!(c, '/' | ';' | ',' | '|' | '#' | '\n');
        if ends && count >= PHONE_DIGITS {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<Option<&str>, Flaw>) {
        let found = phone(text).map(|value| value.map(|value| String::from(value.text)));
        assert_eq!(found, expected.map(|value| value.map(str::to_owned)), "{text}");
    }

    #[test]
    fn phone_numbers_are_compared_without_dress() {
        check("+84-28-7300-1001", Ok(Some("873001001")));
        check("028 7300 1001", Ok(Some("873001001")));
        check("028 7300 1001 ext. 12", Ok(Some("873001001")));
        check("028 7300 1001 / 0903 555 212", Ok(Some("873001001")));
        check("2873001001.0", Ok(Some("873001001")));
        check("113", Ok(None));
        check("n/a", Ok(None));
        check("", Ok(None));
    }

    #[test]
    fn what_fills_a_field_is_no_number() {
        for text in [
            "000000000",
            "0000",
            "123456789",
            "0123456789",
            "+84 123 456 789",
            "987654321",
            "1111111",
            "0900000000",
            "(555) 555-5555",
            "123123123",
            "0901234567",
        ] {
            let expected = if text == "0000" { Ok(None) } else { Err(Flaw::Filler) };
            check(text, expected);
        }
        check("0909 112 233", Ok(Some("909112233")));
    }

    #[test]
    fn what_a_spreadsheet_rounded_is_no_number() {
        for text in
            ["8.49E+10", "8,49E+10", "1E+13", "1.23e+13", " 4.4E+11 ", "1234567890123450000"]
        {
            assert!(is_rounded(text), "{text}");
        }
        check("8.49E+10", Err(Flaw::Rounded));
        for text in ["12E45678", "ESB35032473", "E123", "1.234", "123456789012345"] {
            assert!(!is_rounded(text), "{text}");
        }
    }
}
