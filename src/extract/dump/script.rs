//! A dump as the statements that `psql` would send, for restoring it.
//!
//! In: the text of a plain dump. Out: one statement after the other with the line it begins on,
//! and the rows of COPY blocks as they stand. Commands of `psql` are passed over. Holds one
//! statement at a time; what would give the text another meaning is refused as it is when read.

use std::io::Read;
use std::path::Path;

use super::cursor::Cursor;
use super::lexer::{Name, Token};
use super::settings::{Reset, Settings};
use super::{copy, head, outline};
use crate::extract::error::{Error, Place, Problem};
use crate::extract::{Reading, input};
use crate::progress::{Progress, Stage};

/// Bytes of rows that are handed over at once.
const CHUNK: usize = 256 * 1024;

/// The statements of a dump.
pub(crate) struct Script<'a> {
    path: &'a Path,
    cursor: Cursor<Box<dyn Read + 'a>>,
    settings: Settings,
    begun: bool,
    /// Whether rows of a block are still to come.
    inside_rows: bool,
}

/// A statement as it stands.
#[derive(Debug)]
pub(crate) struct Statement {
    /// Its first line, from 1.
    pub(crate) line: u64,
    /// With its semicolon; empty if only the outline was asked for.
    pub(crate) text: String,
    pub(crate) kind: Kind,
}

/// What a statement is about, as far as a restore has to know.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Its rows follow.
    Copy(Rows),
    /// It brings rows of a table with it.
    Insert(Rows),
    /// It makes a table.
    CreateTable(Table),
    /// It changes a setting.
    Set,
    /// It gives all settings their first value back.
    ResetAll,
    /// Anything else.
    Other,
}

/// A table as a statement names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

/// The table and columns of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) table: Table,
    /// None if the statement does not name them.
    pub(crate) columns: Option<Vec<String>>,
}

/// The version of the server that a dump was taken from, as its first lines say.
///
/// # Errors
/// It cannot be read.
pub(crate) fn server_version(path: &Path) -> Result<Option<String>, Error> {
    const HEAD: u64 = 16 * 1024;
    const SAYS: &[u8] = b"-- Dumped from database version ";
    let stage = input::stage(path, Progress::Silent);
    let mut head = Vec::new();
    let read = input::open(path, &stage, &Reading::default())?.take(HEAD).read_to_end(&mut head);
    read.map_err(|error| Error::new(Place::file(path), input::problem(error)))?;
    let mut lines = head.split(|byte| *byte == b'\n');
    let said = lines.find_map(|line| line.strip_prefix(SAYS));
    Ok(said.map(|said| String::from_utf8_lossy(said).trim().to_owned()))
}

/// Whether the text of statements is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Text,
    Outline,
}

impl From<Name> for Table {
    fn from(name: Name) -> Self {
        Self { schema: name.schema, name: name.table }
    }
}

impl<'a> Script<'a> {
    pub(crate) fn open(path: &'a Path, stage: &'a Stage) -> Result<Self, Error> {
        let cursor = Cursor::new(input::open(path, stage, &Reading::default())?);
        Ok(Self { path, cursor, settings: Settings::default(), begun: false, inside_rows: false })
    }

    /// The next statement; `None` at the end of the dump. Rows that nobody took are passed over.
    pub(crate) fn next(&mut self, keep: Keep) -> Result<Option<Statement>, Error> {
        let mut line = self.cursor.line();
        if std::mem::take(&mut self.inside_rows) {
            copy::skip(&mut self.cursor).map_err(|problem| self.error(line, problem))?;
            line = self.cursor.line();
        }
        let read = self.read(keep, &mut line);
        let statement = read.map_err(|problem| self.error(line, problem))?;
        self.inside_rows =
            statement.as_ref().is_some_and(|statement| matches!(statement.kind, Kind::Copy(_)));
        Ok(statement)
    }

    /// The next rows of the block behind a COPY statement, in the text format; `None` at its end.
    pub(crate) fn rows(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let line = self.cursor.line();
        let mut chunk = Vec::new();
        while self.inside_rows && chunk.len() < CHUNK {
            match copy::row(&mut self.cursor) {
                Ok(Some(row)) => {
                    chunk.extend_from_slice(row);
                    chunk.push(b'\n');
                }
                Ok(None) => self.inside_rows = false,
                Err(problem) => return Err(self.error(line, problem)),
            }
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    /// The line that was come to.
    pub(crate) fn line(&self) -> u64 {
        self.cursor.line()
    }

    fn error(&self, line: u64, problem: Problem) -> Error {
        Error::new(Place::file(self.path).line(line), problem)
    }

    fn read(&mut self, keep: Keep, line: &mut u64) -> Result<Option<Statement>, Problem> {
        let cursor = &mut self.cursor;
        if !self.begun {
            head(cursor)?;
            self.begun = true;
        }
        loop {
            cursor.blank()?;
            let next = cursor.ahead(1)?;
            if next.is_empty() {
                return Ok(None);
            }
            if next.starts_with(b"\\") {
                *line = cursor.line();
                let command = cursor.rest_of_line()?;
                self.settings.command(&command)?;
            } else if next.starts_with(b";") {
                cursor.bump();
            } else {
                break;
            }
        }
        *line = cursor.line();
        if keep == Keep::Text {
            cursor.mark();
        }
        let kind = if let Token::Word(word) = cursor.token()? {
            self.kind(&word)?
        } else {
            cursor.skip_statement()?;
            Kind::Other
        };
        let text = self.cursor.marked().to_vec();
        let text = String::from_utf8(text).map_err(|_| Problem::Utf8)?;
        Ok(Some(Statement { line: *line, text, kind }))
    }

    /// Reads a statement behind its first word.
    fn kind(&mut self, word: &str) -> Result<Kind, Problem> {
        let cursor = &mut self.cursor;
        match word {
            "copy" => {
                let head = copy::head(cursor)?.filter(|head| head.inline);
                return Ok(head.map_or(Kind::Other, |head| {
                    Kind::Copy(Rows { table: head.name.into(), columns: head.columns })
                }));
            }
            "insert" => {
                let name = if cursor.eat_word("into")? { cursor.name()? } else { None };
                let columns = match &name {
                    Some(_) if cursor.eat(b'(')? => cursor.names()?,
                    _ => None,
                };
                cursor.skip_statement()?;
                return Ok(name.map_or(Kind::Other, |name| {
                    Kind::Insert(Rows { table: name.into(), columns })
                }));
            }
            "create" => {
                let created = outline::create(cursor)?;
                return Ok(
                    created.map_or(Kind::Other, |created| Kind::CreateTable(created.name.into()))
                );
            }
            "set" => {
                self.settings.set(cursor)?;
                return Ok(Kind::Set);
            }
            "select" => self.settings.select(cursor)?,
            "reset" => {
                if self.settings.reset(cursor)? == Reset::All {
                    return Ok(Kind::ResetAll);
                }
            }
            _ => cursor.skip_statement()?,
        }
        Ok(Kind::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::super::cursor::Trickle;
    use super::*;

    fn script(text: &str) -> Script<'_> {
        Script {
            path: Path::new("dump.sql"),
            cursor: Cursor::new(Box::new(Trickle(text.as_bytes()))),
            settings: Settings::default(),
            begun: false,
            inside_rows: false,
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &[(u64, &str)]) {
        let mut script = script(text);
        let mut found = Vec::new();
        while let Some(statement) = script.next(Keep::Text).unwrap() {
            if let Kind::Copy(_) = statement.kind {
                while script.rows().unwrap().is_some() {}
            }
            found.push((statement.line, statement.text));
        }
        let found: Vec<(u64, &str)> = found.iter().map(|(l, t)| (*l, t.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_semicolon_inside_of_something_ends_nothing() {
        check(
            "-- a; b\nSELECT ';', \";\", E'\\';', $$ ; $$, $x$ ; $$ ; $x$ /* ; */;\n;SELECT 2 ;",
            &[
                (2, "SELECT ';', \";\", E'\\';', $$ ; $$, $x$ ; $$ ; $x$ /* ; */;"),
                (3, "SELECT 2 ;"),
            ],
        );
    }

    #[test]
    fn a_body_of_statements_belongs_to_its_function() {
        let body = "CREATE FUNCTION f() RETURNS int\n    LANGUAGE sql\n    BEGIN ATOMIC\n \
                    SELECT CASE WHEN true THEN 1 END;\n SELECT 2;\nEND;";
        let quoted = "CREATE OR REPLACE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS \
                      $function$ BEGIN x := ';'; RETURN NEW; END; $function$;";
        check(
            &format!("{body}\n\n{quoted}\nSELECT 1;"),
            &[(1, body), (8, quoted), (9, "SELECT 1;")],
        );
    }

    #[test]
    fn rows_and_commands_are_no_statements() {
        check(
            "\\restrict x;y\nCOPY a.b (c) FROM stdin;\n1;'\n\\\\.\n\\.\n\\unrestrict z\nSELECT 1;",
            &[(2, "COPY a.b (c) FROM stdin;\n"), (7, "SELECT 1;")],
        );
    }

    #[test]
    fn rows_come_as_they_stand() {
        let mut script = script("COPY t FROM stdin;\r\na\\tb\t\\N\r\n\\\\.\r\n\\.\r\nSELECT 1;");
        let statement = script.next(Keep::Outline).unwrap().unwrap();
        assert_eq!(statement.text, "");
        assert_eq!(script.rows().unwrap().unwrap(), b"a\\tb\t\\N\n\\\\.\n");
        assert!(matches!(script.next(Keep::Text).unwrap(), Some(Statement { line: 5, .. })));
    }
}
