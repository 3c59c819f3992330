//! Reads a plain dump (`.sql`, also gzipped) into a [`Snapshot`].
//!
//! In: the text that `pg_dump` or `supabase db dump` writes, with rows as COPY or as INSERT. Out:
//! checked frames. The dump is read once, from front to back, and never executed: of everything
//! but the rows of our tables only the outline is looked at, and what would change rows that were
//! already read is refused.

mod copy;
mod cursor;
mod escape;
mod insert;
mod lexer;
mod outline;
pub(crate) mod script;
mod settings;

use std::collections::BTreeMap;
use std::io::Read;

use cursor::Cursor;
use lexer::{Name, Token};
use settings::Settings;

use super::Source;
use super::error::{Error, Place, Problem};
use super::input;
use super::snapshot::Snapshot;
use super::table::TableBuilder;
use crate::progress::Progress;
use crate::schema::{Presence, Table};

/// The first line of what `pg_dump` writes.
const OPENING: &str = "-- PostgreSQL database dump";
/// The last line of what `pg_dump` writes.
const CLOSING: &str = "-- PostgreSQL database dump complete";

/// Reads the tables of one schema.
pub(super) fn read(source: &Source, progress: Progress) -> Result<Snapshot, Error> {
    let stage = input::stage(&source.path, progress);
    let mut dump = Dump::new(source);
    dump.read(&mut Cursor::new(input::open(&source.path, &stage)?))?;
    let snapshot = dump.finish()?;
    stage.finish(&super::counts(&snapshot));
    Ok(snapshot)
}

struct Dump<'a> {
    source: &'a Source,
    tables: BTreeMap<Table, Found>,
    settings: Settings,
    closing_line: ClosingLine,
    /// Whether anything was seen that only a dump has.
    recognized: bool,
}

/// Whether the line is still to come by which `pg_dump` says that it wrote everything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ClosingLine {
    NotExpected,
    Expected,
}

/// A table that the dump knows of.
struct Found {
    builder: TableBuilder,
    /// The columns of its CREATE TABLE.
    columns: Option<Vec<String>>,
}

/// A statement under way: what an error in it is about.
#[derive(Clone, Copy)]
struct Statement {
    line: u64,
    table: Option<Table>,
}

impl<'a> Dump<'a> {
    fn new(source: &'a Source) -> Self {
        Self {
            source,
            tables: BTreeMap::new(),
            settings: Settings::default(),
            closing_line: ClosingLine::NotExpected,
            recognized: false,
        }
    }

    fn read<R: Read>(&mut self, cursor: &mut Cursor<R>) -> Result<(), Error> {
        let start = Statement { line: 1, table: None };
        check_head(cursor).map_err(|problem| match problem {
            Problem::Truncated(_) | Problem::Utf8 => self.error(start, problem),
            problem => Error::new(Place::file(&self.source.path), problem),
        })?;
        loop {
            let mut statement = Statement { line: cursor.line(), table: None };
            match self.statement(cursor, &mut statement) {
                Ok(true) => {}
                Ok(false) => return self.check_end(cursor.line()),
                Err(Failure::Placed(error)) => return Err(error),
                Err(Failure::Problem(problem)) => {
                    return Err(self.failed(cursor, statement, problem));
                }
            }
        }
    }

    fn check_end(&self, line: u64) -> Result<(), Error> {
        if self.closing_line == ClosingLine::Expected {
            let problem = Problem::Truncated("the dump (its closing line is missing)");
            return Err(self.error(Statement { line, table: None }, problem));
        }
        if !self.recognized {
            return Err(Error::new(Place::file(&self.source.path), Problem::NotADump));
        }
        Ok(())
    }

    fn finish(self) -> Result<Snapshot, Error> {
        for table in Table::ALL {
            if table.presence() == Presence::Required && !self.tables.contains_key(&table) {
                let place = Place::file(&self.source.path).table(self.source.names.table(table));
                return Err(Error::new(place, Problem::MissingTable));
            }
        }
        let frames =
            self.tables.into_iter().map(|(table, found)| Ok((table, found.builder.finish()?)));
        Ok(Snapshot::new(self.source.declared, frames.collect::<Result<_, Error>>()?))
    }

    fn error(&self, statement: Statement, problem: Problem) -> Error {
        let mut place = Place::file(&self.source.path).line(statement.line);
        place.table = statement.table.map(|table| self.source.names.table(table).to_owned());
        Error::new(place, problem)
    }

    /// The error for a statement that could not be read to its end.
    fn failed<R: Read>(
        &self,
        cursor: &mut Cursor<R>,
        statement: Statement,
        problem: Problem,
    ) -> Error {
        let problem = match problem {
            // What is cut in the middle of a word or sign looks like a mistake in it.
            Problem::Syntax(_) if cursor.ahead(2).is_ok_and(|rest| rest.len() < 2) => {
                Problem::Truncated("a statement")
            }
            problem => problem,
        };
        let cut = matches!(problem, Problem::Truncated(what) if what != input::COMPRESSED);
        if cut && !self.recognized && self.closing_line == ClosingLine::NotExpected {
            return Error::new(Place::file(&self.source.path), Problem::NotADump);
        }
        self.error(statement, problem)
    }

    /// Reads one statement with the blanks before it; false at the end of the text.
    fn statement<R: Read>(
        &mut self,
        cursor: &mut Cursor<R>,
        statement: &mut Statement,
    ) -> Result<bool, Failure> {
        loop {
            cursor.space()?;
            statement.line = cursor.line();
            let next = cursor.ahead(2)?;
            if next.is_empty() {
                return Ok(false);
            }
            if next.starts_with(b"--") {
                let comment = cursor.rest_of_line()?;
                self.comment(&comment);
            } else if next.starts_with(b"/*") {
                cursor.comment()?;
            } else if next.starts_with(b"\\") {
                let command = cursor.rest_of_line()?;
                self.settings.command(&command)?;
            } else {
                break;
            }
        }
        let Token::Word(word) = cursor.token()? else {
            // Whatever it is, it ends where a statement does; its first token may be that end.
            if cursor.behind(1) != Some(b';') {
                cursor.skip_statement()?;
            }
            return Ok(true);
        };
        match word.as_str() {
            "copy" => self.copy(cursor, statement)?,
            "insert" => self.insert(cursor, statement)?,
            "create" => self.create(cursor)?,
            "alter" => self.alter(cursor)?,
            "set" => self.settings.set(cursor)?,
            "select" => self.settings.select(cursor)?,
            "reset" => {
                // The last line that `supabase db dump` writes, in place of the closing line.
                if self.settings.reset(cursor)? == settings::Reset::All {
                    self.closing_line = ClosingLine::NotExpected;
                }
            }
            "update" | "delete" | "truncate" | "merge" => self.change(cursor, statement, &word)?,
            _ => cursor.skip_statement()?,
        }
        Ok(true)
    }

    /// Notes what `pg_dump` says in a comment: its opening and closing line, and which tables it
    /// dumps. With INSERT, that is the only sign of a table without rows.
    fn comment(&mut self, comment: &str) {
        match comment {
            OPENING => self.closing_line = ClosingLine::Expected,
            CLOSING => self.closing_line = ClosingLine::NotExpected,
            _ => {}
        }
        let Some((name, rest)) = comment
            .strip_prefix("-- Data for Name: ")
            .and_then(|rest| rest.split_once("; Type: TABLE DATA; Schema: "))
        else {
            return;
        };
        self.recognized = true;
        let schema = rest.split(';').next().unwrap_or(rest);
        let name = Name { schema: Some(schema.to_owned()), table: name.to_owned() };
        self.found(&name);
    }

    /// Whether a name is that of one of our tables.
    fn wanted(&self, name: &Name) -> Option<Table> {
        let wanted = self.source.names.schema();
        let ours = match &name.schema {
            Some(schema) => schema == wanted,
            None => self.settings.finds(wanted),
        };
        if ours { self.source.names.table_named(&name.table) } else { None }
    }

    /// The table of that name, from now on known to be in the dump.
    fn found(&mut self, name: &Name) -> Option<(Table, &mut Found)> {
        let table = self.wanted(name)?;
        let source = self.source;
        let builder = || TableBuilder::new(table, source, &source.path);
        let found =
            self.tables.entry(table).or_insert_with(|| Found { builder: builder(), columns: None });
        Some((table, found))
    }

    fn copy<R: Read>(
        &mut self,
        cursor: &mut Cursor<R>,
        statement: &mut Statement,
    ) -> Result<(), Failure> {
        let Some(head) = copy::head(cursor)? else { return Ok(()) };
        self.recognized = true;
        let Some((table, found)) = self.found(&head.name) else {
            return if head.inline { Ok(copy::skip(cursor)?) } else { Ok(()) };
        };
        statement.table = Some(table);
        if !head.inline {
            return Err(Problem::Syntax("its rows are in another file".to_owned()).into());
        }
        if let Some(option) = head.option {
            let problem =
                format!("COPY with `{option}`, where only the default text format is read");
            return Err(Problem::Syntax(problem).into());
        }
        let columns = found.columns(head.columns)?;
        let layout = found.builder.layout(statement.line, &columns)?;
        let reads = copy::reads(&layout);
        loop {
            let line = cursor.line();
            let Some(row) = copy::row(cursor)? else { return Ok(()) };
            found.builder.push(&layout, line, &copy::cells(row, &reads))?;
        }
    }

    fn insert<R: Read>(
        &mut self,
        cursor: &mut Cursor<R>,
        statement: &mut Statement,
    ) -> Result<(), Failure> {
        let name = if cursor.eat_word("into")? { cursor.name()? } else { None };
        let Some(name) = name else { return Ok(cursor.skip_statement()?) };
        self.recognized = true;
        let Some((table, found)) = self.found(&name) else {
            return Ok(cursor.skip_statement()?);
        };
        statement.table = Some(table);
        let head = insert::head(cursor)?;
        let columns = found.columns(head)?;
        let layout = found.builder.layout(statement.line, &columns)?;
        let reads = copy::reads(&layout);
        let mut row = insert::Row::default();
        loop {
            cursor.blank()?;
            let line = cursor.line();
            if let Err(problem) = row.read(cursor, &reads) {
                let at_end = cursor.ahead(2)?.len() < 2;
                if matches!(problem, Problem::Syntax(_)) && !at_end {
                    let mut place = found.builder.place(cursor.line());
                    place.column = columns.get(row.position()).cloned();
                    return Err(Error::new(place, problem).into());
                }
                return Err(problem.into());
            }
            found.builder.push(&layout, line, &row.cells())?;
            if insert::next(cursor)? == insert::Next::End {
                return Ok(());
            }
        }
    }
}

impl Dump<'_> {
    fn create<R: Read>(&mut self, cursor: &mut Cursor<R>) -> Result<(), Failure> {
        let Some(created) = outline::create(cursor)? else { return Ok(()) };
        self.recognized = true;
        if let Some((_, found)) = self.found(&created.name) {
            found.columns = created.columns;
        }
        Ok(())
    }

    fn alter<R: Read>(&mut self, cursor: &mut Cursor<R>) -> Result<(), Failure> {
        let Some(name) = outline::alter(cursor)? else { return Ok(()) };
        if let Some(table) = self.wanted(&name)
            && let Some(found) = self.tables.get_mut(&table)
        {
            found.columns = None;
        }
        Ok(())
    }

    /// Refuses what would change rows that were read; before them it changes nothing.
    fn change<R: Read>(
        &mut self,
        cursor: &mut Cursor<R>,
        statement: &mut Statement,
        word: &str,
    ) -> Result<(), Failure> {
        for name in outline::changed(cursor)? {
            let Some(table) = self.wanted(&name) else { continue };
            if self.tables.get(&table).is_some_and(|found| found.builder.rows() > 0) {
                statement.table = Some(table);
                let problem = format!("{} changes rows that stand before it", word.to_uppercase());
                return Err(Problem::Syntax(problem).into());
            }
        }
        Ok(())
    }
}

/// Refuses what can be told from the first bytes, and skips a byte order mark.
fn check_head<R: Read>(cursor: &mut Cursor<R>) -> Result<(), Problem> {
    let head = cursor.ahead(5)?;
    if head.is_empty() {
        return Err(Problem::Empty);
    }
    if head.starts_with(b"PGDMP") {
        return Err(Problem::CustomFormat);
    }
    if input::is_utf16(head) {
        return Err(Problem::Utf8);
    }
    if head.starts_with(input::BOM) {
        cursor.advance(input::BOM.len());
    }
    Ok(())
}

impl Found {
    /// The columns of a statement: those it names, else those of the table.
    fn columns(&self, named: Option<Vec<String>>) -> Result<Vec<String>, Problem> {
        named.or_else(|| self.columns.clone()).ok_or_else(|| {
            Problem::Syntax(
                "it names no columns, and there is no CREATE TABLE before it".to_owned(),
            )
        })
    }
}

/// An error that knows its place already, or a problem of the statement under way.
enum Failure {
    Placed(Error),
    Problem(Problem),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Placed(error)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(reader: impl Read) -> Snapshot {
        let source = Source::in_schema("dump.sql", "public");
        let mut dump = Dump::new(&source);
        dump.read(&mut Cursor::new(reader)).map_err(|error| error.to_string()).unwrap();
        dump.finish().map_err(|error| error.to_string()).unwrap()
    }

    #[test]
    fn where_the_buffer_ends_means_nothing() {
        let text = include_bytes!("../../tests/fixtures/dumps/full.sql").as_slice();
        let whole = snapshot(text);
        let by_bytes = snapshot(cursor::Trickle(text));
        assert_eq!(whole.fingerprints(), by_bytes.fingerprints());
        assert_eq!(whole.rows(Table::Contacts), 3);
    }
}
