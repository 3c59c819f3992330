//! The rows of `INSERT INTO … VALUES`: literals with casts, and anything else where nothing is
//! read.

use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;

use super::cursor::Cursor;
use super::lexer::begins_word;
use crate::extract::error::Problem;
use crate::extract::table::Cell;

/// Reads what stands between the table's name and the first row; the columns, if they are named.
pub(super) fn head<R: Read>(cursor: &mut Cursor<R>) -> Result<Option<Vec<String>>, Problem> {
    if cursor.eat_word("as")? {
        cursor.identifier()?;
    }
    let columns = if cursor.eat(b'(')? {
        let list = cursor.names()?;
        Some(list.ok_or_else(|| Problem::Syntax("its list of columns is none".to_owned()))?)
    } else {
        None
    };
    if cursor.eat_word("overriding")? {
        cursor.identifier()?;
        cursor.eat_word("value")?;
    }
    if !cursor.eat_word("values")? {
        return Err(Problem::Syntax("its rows are not written as VALUES".to_owned()));
    }
    Ok(columns)
}

/// What comes behind a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another row.
    Row,
    /// The end, which was consumed.
    End,
}

/// One row: its texts end to end, so that a row costs no allocation of its own.
#[derive(Default)]
pub(super) struct Row {
    text: Vec<u8>,
    cells: Vec<Option<Range<usize>>>,
}

impl Row {
    /// The cells; what is not read counts as NULL.
    pub(super) fn cells(&self) -> Vec<Cell<'_>> {
        let cell = |range: &Range<usize>| Cow::Borrowed(&self.text[range.clone()]);
        self.cells.iter().map(|range| range.as_ref().map(cell)).collect()
    }

    /// Position of the value that is being read.
    pub(super) fn position(&self) -> usize {
        self.cells.len()
    }

    /// Reads a row from its opening parenthesis.
    pub(super) fn read<R: Read>(
        &mut self,
        cursor: &mut Cursor<R>,
        reads: &[bool],
    ) -> Result<(), Problem> {
        self.text.clear();
        self.cells.clear();
        if !cursor.eat(b'(')? {
            return Err(Problem::Syntax("a row does not begin with a parenthesis".to_owned()));
        }
        loop {
            let cell = if reads.get(self.cells.len()).is_some_and(|read| *read) {
                self.value(cursor)?
            } else {
                if cursor.skip_until(b",);")? == b';' {
                    return Err(Problem::Syntax("a row ends in the middle".to_owned()));
                }
                None
            };
            if cursor.eat(b',')? {
                self.cells.push(cell);
            } else if cursor.eat(b')')? {
                self.cells.push(cell);
                return Ok(());
            } else {
                return Err(expression());
            }
        }
    }

    fn value<R: Read>(&mut self, cursor: &mut Cursor<R>) -> Result<Option<Range<usize>>, Problem> {
        let start = self.text.len();
        cursor.blank()?;
        let null = if cursor.eat_word("cast")? {
            if !cursor.eat(b'(')? {
                return Err(expression());
            }
            let null = literal(cursor, &mut self.text)?;
            casts(cursor)?;
            if !cursor.eat_word("as")? {
                return Err(expression());
            }
            type_name(cursor)?;
            if !cursor.eat(b')')? {
                return Err(expression());
            }
            null
        } else {
            literal(cursor, &mut self.text)?
        };
        casts(cursor)?;
        Ok(if null == Null::Yes { None } else { Some(start..self.text.len()) })
    }
}

/// Reads what comes behind a row, up to the next row or past the end of the statement.
pub(super) fn next<R: Read>(cursor: &mut Cursor<R>) -> Result<Next, Problem> {
    if cursor.eat(b',')? {
        return Ok(Next::Row);
    }
    // ON CONFLICT and RETURNING say nothing about the rows.
    cursor.skip_statement()?;
    Ok(Next::End)
}

fn expression() -> Problem {
    Problem::Syntax("the value is not a literal".to_owned())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Null {
    Yes,
    No,
}

fn literal<R: Read>(cursor: &mut Cursor<R>, text: &mut Vec<u8>) -> Result<Null, Problem> {
    cursor.blank()?;
    if let Some(style) = cursor.string_prefix()? {
        cursor.string(style, text)?;
        return Ok(Null::No);
    }
    match cursor.peek()? {
        Some(b'$') if cursor.dollar(|bytes| text.extend_from_slice(bytes))? => {}
        Some(b'+' | b'-' | b'.' | b'0'..=b'9') => number(cursor, text)?,
        Some(byte) if begins_word(byte) => match cursor.identifier()?.as_deref() {
            Some("null") => return Ok(Null::Yes),
            Some(word @ ("true" | "false")) => text.extend_from_slice(word.as_bytes()),
            _ => return Err(expression()),
        },
        _ => return Err(expression()),
    }
    Ok(Null::No)
}

/// Takes a number as Postgres prints it. What it would print in another way is refused, because a
/// text column would then hold another text.
fn number<R: Read>(cursor: &mut Cursor<R>, text: &mut Vec<u8>) -> Result<(), Problem> {
    let start = text.len();
    while let Some(byte @ (b'+' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z')) =
        cursor.peek()?
    {
        text.push(byte);
        cursor.bump();
    }
    if text.get(start) == Some(&b'+') {
        text.remove(start);
    }
    let digits = &text[start..];
    let digits = digits.strip_prefix(b"-").unwrap_or(digits);
    let point = digits.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = match point {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let all_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let plain = all_digits(whole)
        && (whole.len() == 1 || whole[0] != b'0')
        && fraction.is_none_or(all_digits);
    if plain {
        Ok(())
    } else {
        Err(Problem::Syntax("a number is not in its plain form".to_owned()))
    }
}

fn casts<R: Read>(cursor: &mut Cursor<R>) -> Result<(), Problem> {
    loop {
        cursor.blank()?;
        if !cursor.ahead(2)?.starts_with(b"::") {
            return Ok(());
        }
        cursor.advance(2);
        type_name(cursor)?;
    }
}

/// Skips the name of a type, but no word of an expression that could follow it.
fn type_name<R: Read>(cursor: &mut Cursor<R>) -> Result<(), Problem> {
    if cursor.name()?.is_none() {
        return Err(expression());
    }
    loop {
        let mut more = false;
        for word in ["varying", "precision", "with", "without", "time", "zone"] {
            more |= cursor.eat_word(word)?;
        }
        for (open, close) in [(b'(', b')'), (b'[', b']')] {
            if cursor.eat(open)? {
                cursor.skip_until(&[close])?;
                cursor.bump();
                more = true;
            }
        }
        if !more {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rows: &str, expected: &[Option<&str>]) {
        let mut row = Row::default();
        let mut cursor = Cursor::new(rows.as_bytes());
        row.read(&mut cursor, &[true, false, true]).unwrap();
        let expected: Vec<Cell<'_>> =
            expected.iter().map(|cell| cell.map(|text| text.as_bytes().into())).collect();
        assert_eq!(row.cells(), expected, "{rows}");
        assert_eq!(cursor.peek().unwrap(), None, "{rows}");
    }

    #[track_caller]
    fn refuse(rows: &str) -> Problem {
        Row::default().read(&mut Cursor::new(rows.as_bytes()), &[true, false, true]).unwrap_err()
    }

    #[test]
    fn literals_are_read_and_casts_ignored() {
        check("('a', 'b', 'c')", &[Some("a"), None, Some("c")]);
        check("('it''s\n', null, NULL)", &[Some("it's\n"), None, None]);
        check(r"(E'a\'b\n', E'\'', U&'d\0061ta')", &[Some("a'b\n"), None, Some("data")]);
        check("(TRUE, false, False)", &[Some("true"), None, Some("false")]);
        check("(-1.50, 1, +42::bigint)", &[Some("-1.50"), None, Some("42")]);
        check(
            "('x'::\"public\".\"contact_type\",1,'y'::character varying(3)::text[])",
            &[Some("x"), None, Some("y")],
        );
        check(
            "('2025-01-01'::timestamp with time zone, 1, NULL::uuid)",
            &[Some("2025-01-01"), None, None],
        );
        check("(CAST('x' AS text), 1, CAST(NULL AS uuid)::text)", &[Some("x"), None, None]);
        check("($$a'b$$, $1, $q$c$$d$q$)", &[Some("a'b"), None, Some("c$$d")]);
        check("('a' /* ) */, 1, -- ,\n 'b')", &[Some("a"), None, Some("b")]);
        check(r"('a\', '', 'C:\')", &[Some(r"a\"), None, Some(r"C:\")]);
    }

    #[test]
    fn anything_may_stand_where_nothing_is_read() {
        for value in [
            "now()",
            "f(1, g('x)', \"a,b\"), $$ ) $$)",
            "ARRAY['a','b']::text[]",
            "ARRAY[ARRAY[1,2],ARRAY[3,4]]",
            "B'0101'",
            "X'ff'",
            "DEFAULT",
            "'a' || ')' || E'\\'' || \"name'\"",
            "1e5",
            "(SELECT max(x) FROM y WHERE z = ';')",
            r"date'2025\'",
        ] {
            check(&format!("('a', {value}, 'b')"), &[Some("a"), None, Some("b")]);
        }
    }

    #[test]
    fn an_expression_in_a_read_column_is_refused() {
        for value in [
            "now()",
            "DEFAULT",
            "'a' || 'b'",
            "'a'::text || 'b'",
            "'a'::text IS NULL",
            "ARRAY['a']",
            "B'1'",
            "('a')",
            "1 + 1",
            "007",
            "1e5",
            ".5",
            "U&'x!0061' UESCAPE '!'",
            r"U&'\zzzz'",
            "",
        ] {
            let problem = refuse(&format!("({value}, 1, 'b')"));
            assert!(matches!(problem, Problem::Syntax(_)), "{value}: {problem}");
        }
    }
}
