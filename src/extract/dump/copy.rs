//! `COPY … FROM stdin` and the rows behind it.

use std::borrow::Cow;
use std::io::Read;

use memchr::memchr2;

use super::cursor::Cursor;
use super::escape;
use super::lexer::{Name, Token};
use crate::extract::error::Problem;
use crate::extract::table::{Cell, Layout};

/// What [`Problem::Truncated`] calls rows without their end mark.
pub(super) const BLOCK: &str = "a COPY block";

/// The line that ends the rows.
const END: &[u8] = br"\.";

/// What stands before the rows.
pub(super) struct Head {
    pub(super) name: Name,
    /// As named by the statement.
    pub(super) columns: Option<Vec<String>>,
    /// The first word under which the rows are not in the default text format.
    pub(super) option: Option<String>,
    /// Whether the rows stand in the dump.
    pub(super) inline: bool,
}

/// Reads a statement behind its first word, up to the line where its rows begin; `None` if it
/// brings no rows in.
pub(super) fn head<R: Read>(cursor: &mut Cursor<R>) -> Result<Option<Head>, Problem> {
    let Some(name) = cursor.name()? else {
        cursor.skip_statement()?;
        return Ok(None);
    };
    let columns = if cursor.eat(b'(')? { cursor.names()? } else { None };
    if !cursor.eat_word("from")? {
        cursor.skip_statement()?;
        return Ok(None);
    }
    let inline = cursor.eat_word("stdin")?;
    let mut option = None;
    loop {
        match cursor.token()? {
            Token::Symbol(b';') => break,
            Token::Word(word) | Token::Text(word)
                if !matches!(word.as_str(), "with" | "format" | "text" | "freeze" | "true") =>
            {
                option.get_or_insert(word);
            }
            _ => {}
        }
    }
    if inline {
        cursor.skip_line()?;
    }
    Ok(Some(Head { name, columns, option, inline }))
}

/// Skips rows up to their end mark.
pub(super) fn skip<R: Read>(cursor: &mut Cursor<R>) -> Result<(), Problem> {
    loop {
        let next = cursor.ahead(END.len() + 2)?;
        let ends = next.strip_prefix(END).is_some_and(|behind| {
            behind.is_empty() || behind.starts_with(b"\n") || behind.starts_with(b"\r\n")
        });
        let more = cursor.skip_line()?;
        if ends {
            return Ok(());
        }
        if !more {
            return Err(Problem::Truncated(BLOCK));
        }
    }
}

/// The next row as it stands; `None` at the end mark.
pub(super) fn row<R: Read>(cursor: &mut Cursor<R>) -> Result<Option<&[u8]>, Problem> {
    let line = cursor.take_line()?;
    match (line.bytes == END, line.whole) {
        (true, _) => Ok(None),
        (false, true) => Ok(Some(line.bytes)),
        (false, false) => Err(Problem::Truncated(BLOCK)),
    }
}

/// The columns whose text is wanted.
pub(super) fn reads(layout: &Layout) -> Vec<bool> {
    (0..layout.width()).map(|position| layout.kind(position).is_some()).collect()
}

/// Splits a row at its tabs. Only what is read is decoded, anything else counts as NULL.
pub(super) fn cells<'a>(row: &'a [u8], reads: &[bool]) -> Vec<Cell<'a>> {
    let mut cells = Vec::with_capacity(reads.len());
    let (mut start, mut at, mut escaped) = (0, 0, false);
    while let Some(found) = row.get(at..).and_then(|rest| memchr2(b'\t', b'\\', rest)) {
        at += found;
        if row[at] == b'\\' {
            escaped = true;
            at += 2;
            continue;
        }
        let read = reads.get(cells.len()).is_some_and(|read| *read);
        cells.push(if read { cell(&row[start..at], escaped) } else { None });
        at += 1;
        (start, escaped) = (at, false);
    }
    let read = reads.get(cells.len()).is_some_and(|read| *read);
    cells.push(if read { cell(&row[start..], escaped) } else { None });
    cells
}

fn cell(bytes: &[u8], escaped: bool) -> Cell<'_> {
    if bytes == br"\N" {
        None
    } else if escaped {
        Some(Cow::Owned(escape::copy(bytes)))
    } else {
        Some(Cow::Borrowed(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(row: &str, expected: &[Option<&str>]) {
        let found = cells(row.as_bytes(), &[true, true, false]);
        let expected: Vec<Cell<'_>> =
            expected.iter().map(|cell| cell.map(|text| text.as_bytes().into())).collect();
        assert_eq!(found, expected, "{row:?}");
    }

    #[test]
    fn a_row_is_split_at_tabs_that_are_not_escaped() {
        check("a\tb\tc", &[Some("a"), Some("b"), None]);
        check("\t\\N\t", &[Some(""), None, None]);
        check("a\\tb\tc\\\td\te", &[Some("a\tb"), Some("c\td"), None]);
        check("\\\\N\t\\\\\t", &[Some("\\N"), Some("\\"), None]);
        check("a", &[Some("a")]);
        check("a\t\\", &[Some("a"), Some("\\")]);
        check("a\tb\tc\td", &[Some("a"), Some("b"), None, None]);
    }

    #[test]
    fn whatever_is_not_the_text_format_is_an_option() {
        for (rest, option) in [
            (";", None),
            (" WITH (FORMAT text);", None),
            (" with (format 'text', freeze true) ;", None),
            (" CSV;", Some("csv")),
            (" WITH (FORMAT 'csv');", Some("csv")),
            (" (FORMAT binary);", Some("binary")),
            (" WITH NULL AS '';", Some("null")),
            (" WITH (HEADER);", Some("header")),
        ] {
            let text = format!("public.\"a \"\"b\" (c, \"d;\")\n FROM STDIN{rest}\r\nrow");
            let mut cursor = Cursor::new(text.as_bytes());
            let head = head(&mut cursor).unwrap().unwrap();
            assert_eq!((head.name.table.as_str(), head.inline), ("a \"b", true), "{rest}");
            assert_eq!(head.columns.unwrap(), ["c", "d;"], "{rest}");
            assert_eq!(head.option.as_deref(), option, "{rest}");
            assert_eq!(cursor.ahead(4).unwrap(), b"row", "{rest}");
        }
    }

    #[test]
    fn skipping_stops_behind_the_end_mark() {
        for text in ["a\n\\.\nrest", "a\r\n\\.\r\nrest", "\\.\nrest", "\\.x\n.\n\\.\nrest"] {
            let mut cursor = Cursor::new(text.as_bytes());
            skip(&mut cursor).unwrap();
            assert_eq!(cursor.ahead(9).unwrap(), b"rest", "{text:?}");
        }
        assert!(skip(&mut Cursor::new(b"a\n\\.".as_slice())).is_ok());
        assert!(skip(&mut Cursor::new(b"a\n".as_slice())).is_err());
        assert!(skip(&mut Cursor::new(b"a\n\\".as_slice())).is_err());
    }
}
