//! Our CSV dialect: how a cell says NULL, and how text is kept from running in a spreadsheet.
//!
//! NULL is [`NULL`], an empty cell is an empty string, and one leading apostrophe is the escape.
//! Every cell that is not NULL passes [`escape`] on its way out and [`unescape`] on its way in,
//! whatever its type: ids and booleans pass unchanged, and of timestamps only `-infinity` does
//! not, which a spreadsheet would take for a formula. Imports nothing of ours.

use std::borrow::Cow;

/// The cell that stands for NULL, as Postgres writes it.
pub const NULL: &str = r"\N";

/// The text of a cell: never equal to [`NULL`], never a formula.
pub fn escape(text: &str) -> Cow<'_, str> {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if runs || text == NULL || text.starts_with('\'') {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text behind a cell that is not NULL.
pub fn unescape(cell: &str) -> Cow<'_, str> {
    Cow::Borrowed(cell.strip_prefix('\'').unwrap_or(cell))
}

/// [`unescape`] for bytes that were not checked to be UTF-8.
pub fn unescape_bytes(cell: &[u8]) -> &[u8] {
    cell.strip_prefix(b"'").unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(escape(text), expected);
        assert_eq!(unescape(expected), text);
        assert_eq!(unescape_bytes(expected.as_bytes()), text.as_bytes());
    }

    #[test]
    fn what_a_spreadsheet_would_run_gets_an_apostrophe() {
        check("=1+1", "'=1+1");
        check("+84 24", "'+84 24");
        check("-infinity", "'-infinity");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\tx", "'\tx");
        check("\rx", "'\rx");
        check(r"\N", r"'\N");
        check("'x", "''x");
        check("'", "''");
    }

    #[test]
    fn other_text_stays_as_it_is() {
        check("", "");
        check("a=b", "a=b");
        check(r"\n", r"\n");
        check(r"\NN", r"\NN");
        check("550e8400-e29b-41d4-a716-446655440001", "550e8400-e29b-41d4-a716-446655440001");
        check("2025-01-27 08:00:00+00", "2025-01-27 08:00:00+00");
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in r"(?s)['\\N=+@\t-]{0,3}.{0,8}") {
            let cell = escape(&text);
            prop_assert_ne!(&cell, NULL);
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
            prop_assert_eq!(unescape(&cell), text.as_str());
        }
    }
}
