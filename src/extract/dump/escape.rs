//! The escapes of COPY rows and of string literals.
//!
//! In: the bytes between the separators or quotes. Out: the bytes they stand for, which may be no
//! UTF-8: that is checked where every cell is.

use memchr::memchr;

/// The text of a COPY cell.
pub(super) fn copy(cell: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(cell.len());
    let mut rest = cell;
    while let Some(at) = memchr(b'\\', rest) {
        text.extend_from_slice(&rest[..at]);
        rest = simple(&rest[at + 1..], &mut text);
    }
    text.extend_from_slice(rest);
    text
}

/// The text of an `E'…'` literal; `None` for a bad Unicode escape.
pub(super) fn string(literal: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(literal.len());
    let mut rest = literal;
    let mut pair = Pair::default();
    while let Some(at) = memchr(b'\\', rest) {
        pair.plain(&rest[..at], &mut text)?;
        rest = &rest[at + 1..];
        let width = match rest.first() {
            Some(b'u') => 4,
            Some(b'U') => 8,
            _ => {
                pair.idle()?;
                rest = simple(rest, &mut text);
                continue;
            }
        };
        pair.escape(rest.get(1..=width)?, &mut text)?;
        rest = &rest[1 + width..];
    }
    pair.end(rest, &mut text)?;
    Some(text)
}

/// The text of a `U&'…'` literal with the default escape character; `None` for a bad escape.
pub(super) fn unicode(literal: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(literal.len());
    let mut rest = literal;
    let mut pair = Pair::default();
    while let Some(at) = memchr(b'\\', rest) {
        pair.plain(&rest[..at], &mut text)?;
        rest = &rest[at + 1..];
        let (skip, width) = match rest.first()? {
            b'\\' => {
                pair.plain(b"\\", &mut text)?;
                rest = &rest[1..];
                continue;
            }
            b'+' => (1, 6),
            _ => (0, 4),
        };
        pair.escape(rest.get(skip..skip + width)?, &mut text)?;
        rest = &rest[skip + width..];
    }
    pair.end(rest, &mut text)?;
    Some(text)
}

/// Takes what stands behind a backslash, for the escapes that COPY and `E'…'` share.
fn simple<'a>(rest: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
    let Some((&first, behind)) = rest.split_first() else {
        text.push(b'\\');
        return rest;
    };
    let byte = match first {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'0'..=b'7' => return number(rest, 3, 8, text),
        b'x' if behind.first().is_some_and(u8::is_ascii_hexdigit) => {
            return number(behind, 2, 16, text);
        }
        other => other,
    };
    text.push(byte);
    behind
}

/// Takes a byte that is written as a number. Postgres keeps the low eight bits.
fn number<'a>(rest: &'a [u8], most: usize, radix: u32, text: &mut Vec<u8>) -> &'a [u8] {
    let mut value = 0;
    let mut length = 0;
    for byte in rest.iter().take(most) {
        let Some(digit) = char::from(*byte).to_digit(radix) else { break };
        value = value * radix + digit;
        length += 1;
    }
    text.push((value & 0xff).to_le_bytes()[0]);
    &rest[length..]
}

/// The first half of a surrogate pair that waits for its second.
#[derive(Default)]
struct Pair {
    high: Option<u32>,
}

impl Pair {
    fn plain(&self, bytes: &[u8], text: &mut Vec<u8>) -> Option<()> {
        // An escape that follows at once may still complete the pair, and comes with no bytes
        // of its own before it.
        if self.high.is_some() && !bytes.is_empty() {
            return None;
        }
        text.extend_from_slice(bytes);
        Some(())
    }

    fn escape(&mut self, digits: &[u8], text: &mut Vec<u8>) -> Option<()> {
        let mut code = 0_u32;
        for byte in digits {
            code = code.checked_mul(16)? + char::from(*byte).to_digit(16)?;
        }
        let code = match (self.high.take(), code) {
            (None, 0xd800..=0xdbff) => {
                self.high = Some(code);
                return Some(());
            }
            (Some(high), 0xdc00..=0xdfff) => 0x1_0000 + ((high - 0xd800) << 10) + (code - 0xdc00),
            (Some(_), _) => return None,
            (None, code) => code,
        };
        let mut encoded = [0; 4];
        text.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut encoded).as_bytes());
        Some(())
    }

    fn idle(&self) -> Option<()> {
        self.high.is_none().then_some(())
    }

    fn end(&self, rest: &[u8], text: &mut Vec<u8>) -> Option<()> {
        text.extend_from_slice(rest);
        self.idle()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_escapes_of_copy_are_undone() {
        for (cell, expected) in [
            (r"a\tb\nc\rd\\e", "a\tb\nc\rd\\e"),
            (r"\b\f\v", "\x08\x0c\x0b"),
            (r"\101\7x\x41\x4g\xg", "A\x07xA\x04gxg"),
            (r"\303\251", "é"),
            (r"\q\.\'", "q.'"),
            (r"\u00e9", "u00e9"),
            ("a\\", "a\\"),
        ] {
            assert_eq!(copy(cell.as_bytes()), expected.as_bytes(), "{cell}");
        }
    }

    #[test]
    fn the_escapes_of_strings_are_undone() {
        for (literal, expected) in [
            (r"a\'b\\\t", Some("a'b\\\t")),
            (r"\u00e9\U0001F600", Some("é😀")),
            (r"\uD83D\uDE00!", Some("😀!")),
            (r"\uD83D", None),
            (r"\uD83Dx\uDE00", None),
            (r"\uD83D\n\uDE00", None),
            (r"\uDE00", None),
            (r"\u00", None),
            (r"\u00gg", None),
            (r"\UFFFFFFFF", None),
        ] {
            let found = string(literal.as_bytes());
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{literal}");
        }
    }

    #[test]
    fn the_escapes_of_unicode_strings_are_undone() {
        for (literal, expected) in [
            (r"d\0061t\+000061\\", Some("data\\")),
            (r"\D83D\DE00", Some("😀")),
            (r"\D83D\\", None),
            (r"\00g1", None),
            ("\\", None),
        ] {
            let found = unicode(literal.as_bytes());
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{literal}");
        }
    }
}
