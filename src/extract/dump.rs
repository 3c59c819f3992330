//! Reads a plain dump into a [`Snapshot`].
//!
//! In: the text that `pg_dump` or `supabase db dump` writes, with rows as COPY or as INSERT, in one
//! file or in several. Out: checked frames. The dump is read once, from front to back, and never
//! executed: of everything but the rows of our tables only the outline is looked at. What names one
//! of our tables and is not understood is refused, and so is a table that is made and gets no rows.

mod copy;
mod cursor;
mod databases;
mod escape;
mod insert;
mod lexer;
mod noise;
mod other;
mod outline;
mod relations;
mod rows;
pub(crate) mod script;
mod settings;
mod survey;
mod whole;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use cursor::Cursor;
use databases::Databases;
use lexer::{Name, Token};
use outline::Alteration;
use relations::{Relations, Spot};
use settings::Settings;
pub(super) use survey::survey;

use super::Source;
use super::beside::Tables;
use super::error::{Error, Place, Problem};
use super::input;
use super::snapshot::Snapshot;
use super::table::TableBuilder;
use crate::progress::Progress;
use crate::schema::Table;

/// The first line of what `pg_dump` writes.
const OPENING: &str = "-- PostgreSQL database dump";
/// The last line of what `pg_dump` writes.
const CLOSING: &str = "-- PostgreSQL database dump complete";

/// Reads the tables of one schema.
pub(super) fn read(source: &Source, progress: Progress) -> Result<Snapshot, Error> {
    let mut dump = Dump::new(source);
    for path in &source.paths {
        let stage = input::stage(path, progress);
        let before = dump.rows();
        dump.begin(path);
        dump.read(&mut Cursor::new(input::open(path, &stage, &source.reading)?))?;
        stage.finish(&format!("{} rows of our tables", dump.rows() - before));
    }
    dump.finish()
}

struct Dump<'a> {
    source: &'a Source,
    /// The file that is read.
    file: &'a Path,
    tables: BTreeMap<Table, Found>,
    relations: Relations,
    databases: Databases,
    /// The tables that columns of ours are taken from.
    beside: Tables,
    settings: Settings,
    closing_line: ClosingLine,
    /// Whether anything was seen that only a dump has.
    recognized: bool,
    /// Whether `pg_dump` wrote some of it, which says of every table that it brings its rows.
    says_what_it_brings: bool,
    notes: Vec<String>,
}

/// Whether the line is still to come by which `pg_dump` says that it wrote everything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ClosingLine {
    NotExpected,
    Expected,
}

/// A table whose rows are read.
struct Found {
    builder: TableBuilder,
    /// The columns that its rows came with first.
    columns: Vec<String>,
}

/// A statement under way: what an error in it is about.
#[derive(Clone)]
struct Statement {
    line: u64,
    /// The table as the dump calls it.
    table: Option<String>,
}

impl<'a> Dump<'a> {
    fn new(source: &'a Source) -> Self {
        Self {
            source,
            file: Path::new(""),
            tables: BTreeMap::new(),
            relations: Relations::default(),
            databases: Databases::default(),
            beside: Tables::of(source.names.mapping()),
            settings: Settings::default(),
            closing_line: ClosingLine::NotExpected,
            recognized: false,
            says_what_it_brings: false,
            notes: Vec::new(),
        }
    }

    /// Begins to read a file, as a session of its own.
    fn begin(&mut self, file: &'a Path) {
        self.file = file;
        self.settings = Settings::of(&self.source.reading);
        self.recognized = false;
        for found in self.tables.values_mut() {
            found.builder.enter(file);
        }
    }

    /// Rows of our tables so far.
    fn rows(&self) -> usize {
        self.tables.values().map(|found| found.builder.rows()).sum()
    }

    fn read<R: Read>(&mut self, cursor: &mut Cursor<R>) -> Result<(), Error> {
        let start = Statement { line: 1, table: None };
        let noise = head(cursor).map_err(|problem| match problem {
            Problem::Truncated(_) | Problem::Utf8 => self.error(&start, problem),
            problem => Error::new(Place::file(self.file), problem),
        })?;
        if noise > 0 {
            let file = self.file.display();
            self.notes
                .push(format!("{file}: passed over what stands before the dump: {noise} lines"));
        }
        loop {
            let mut statement = Statement { line: cursor.line(), table: None };
            match self.statement(cursor, &mut statement) {
                Ok(true) => {}
                Ok(false) => return self.check_end(cursor.line()),
                Err(Failure::Placed(error)) => return Err(error),
                Err(Failure::Problem(problem)) => {
                    return Err(self.failed(cursor, &statement, problem));
                }
            }
        }
    }

    fn check_end(&mut self, line: u64) -> Result<(), Error> {
        if std::mem::replace(&mut self.closing_line, ClosingLine::NotExpected)
            == ClosingLine::Expected
        {
            let problem = Problem::Truncated("the dump (its closing line is missing)");
            return Err(self.error(&Statement { line, table: None }, problem));
        }
        if !self.recognized {
            return Err(Error::new(Place::file(self.file), Problem::NotADump));
        }
        Ok(())
    }

    fn at(&self, statement: &Statement) -> Spot {
        Spot { file: self.file.to_owned(), line: statement.line }
    }

    fn error(&self, statement: &Statement, problem: Problem) -> Error {
        let mut place = Place::file(self.file).line(statement.line);
        place.table.clone_from(&statement.table);
        Error::new(place, problem)
    }

    /// The error for a statement that could not be read to its end.
    fn failed<R: Read>(
        &self,
        cursor: &mut Cursor<R>,
        statement: &Statement,
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
            return Error::new(Place::file(self.file), Problem::NotADump);
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
                self.command(&command, statement)?;
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
        if !self.databases.is_read(&self.source.reading) {
            self.pass_over(cursor, &word)?;
            return Ok(true);
        }
        match word.as_str() {
            "copy" => self.copy(cursor, statement)?,
            "insert" => self.insert(cursor, statement)?,
            "create" => self.create(cursor, statement)?,
            "alter" => self.alter(cursor, statement)?,
            "set" => self.settings.set(cursor)?,
            "select" => self.select(cursor, statement)?,
            "reset" => {
                // The last line that `supabase db dump` writes, in place of the closing line.
                if self.settings.reset(cursor)? == settings::Reset::All {
                    self.closing_line = ClosingLine::NotExpected;
                }
            }
            "update" | "delete" | "truncate" | "merge" | "drop" => {
                self.change(cursor, statement, &word)?;
            }
            _ => self.other(cursor, statement, &word)?,
        }
        Ok(true)
    }

    /// Notes what `pg_dump` says in a comment: its opening and closing line, and which tables it
    /// dumps. With INSERT, that is the only sign of a table without rows.
    fn comment(&mut self, comment: &str) {
        match comment {
            OPENING => {
                self.closing_line = ClosingLine::Expected;
                self.says_what_it_brings = true;
            }
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
        if !self.databases.is_read(&self.source.reading) {
            return;
        }
        let schema = rest.split(';').next().unwrap_or(rest);
        let name = Name { schema: Some(schema.to_owned()), table: name.to_owned() };
        self.relations.has_data(&name);
        if let Some(table) = self.wanted(&name) {
            self.found(table);
        }
    }

    /// Passes over a statement of a database that is not read.
    fn pass_over<R: Read>(&mut self, cursor: &mut Cursor<R>, word: &str) -> Result<(), Failure> {
        self.recognized = true;
        match word {
            "copy" => {
                if copy::head(cursor)?.is_some_and(|head| head.inline) {
                    copy::skip(cursor)?;
                }
            }
            "create" => drop(outline::create(cursor)?),
            "set" => self.settings.set(cursor)?,
            _ => cursor.skip_statement()?,
        }
        Ok(())
    }

    /// A name with the schema that is meant.
    fn full(&self, name: Name) -> Name {
        let schema = name.schema.or_else(|| self.settings.first_schema());
        let schema = schema.unwrap_or_else(|| self.source.names.schema().to_owned());
        Name { schema: Some(schema), table: name.table }
    }

    /// Which of our tables a full name is that of.
    fn ours(&self, name: &Name) -> Option<Table> {
        let is_here = name.schema.as_deref() == Some(self.source.names.schema());
        if is_here { self.source.names.table_named(&name.table) } else { None }
    }

    /// Which of our tables a full name is that of, or that of a part of it.
    fn wanted(&self, name: &Name) -> Option<Table> {
        self.relations.lineage(name).iter().find_map(|name| self.ours(name))
    }

    /// One of our tables, from now on known to be in the dump.
    fn found(&mut self, table: Table) -> &mut Found {
        let (source, file) = (self.source, self.file);
        self.tables.entry(table).or_insert_with(|| Found {
            builder: TableBuilder::new(table, source, file),
            columns: Vec::new(),
        })
    }

    /// Whether rows of one of our tables were read.
    fn has_rows(&self, table: Table) -> bool {
        self.tables.get(&table).is_some_and(|found| found.builder.rows() > 0)
    }

    /// The columns of a statement: those it names, else those of the table.
    fn columns(&self, name: &Name, named: Option<Vec<String>>) -> Result<Vec<String>, Problem> {
        named.or_else(|| self.relations.columns(name)).ok_or_else(|| {
            Problem::Syntax(
                "it names no columns, and there is no CREATE TABLE before it".to_owned(),
            )
        })
    }
}

impl Dump<'_> {
    fn create<R: Read>(
        &mut self,
        cursor: &mut Cursor<R>,
        statement: &mut Statement,
    ) -> Result<(), Failure> {
        let Some(created) = outline::create(cursor)? else { return Ok(()) };
        self.recognized = true;
        let name = self.full(created.name);
        let mut made = created.made;
        made.parents = made.parents.into_iter().map(|parent| self.full(parent)).collect();
        self.relations.make(&name, self.at(statement), made);
        if let Some(table) = self.wanted(&name) {
            statement.table = Some(name.table.clone());
            self.databases.claim()?;
            if created.by_query {
                return Err(Problem::NotUnderstood("CREATE TABLE … AS".to_owned()).into());
            }
            self.found(table);
        }
        Ok(())
    }

    fn alter<R: Read>(
        &mut self,
        cursor: &mut Cursor<R>,
        statement: &mut Statement,
    ) -> Result<(), Failure> {
        let Some((name, found)) = outline::alter(cursor)? else { return Ok(()) };
        let name = self.full(name);
        for alteration in found {
            match alteration {
                Alteration::Columns => self.relations.forget_columns(&name),
                Alteration::PartOf(parent) => {
                    self.relations.attach(name.clone(), self.full(parent));
                }
                Alteration::HasPart(part) => self.relations.attach(self.full(part), name.clone()),
                Alteration::NoPartOf(parent) => {
                    self.detach(&name, &self.full(parent), statement)?;
                }
                Alteration::HasNoPart(part) => self.detach(&self.full(part), &name, statement)?,
                Alteration::Renamed(table) => {
                    let to = Name { schema: name.schema.clone(), table };
                    for name in [&name, &to] {
                        self.refuse_late(name, statement, "ALTER TABLE … RENAME")?;
                    }
                }
                Alteration::Moved => {
                    self.refuse_late(&name, statement, "ALTER TABLE … SET SCHEMA")?;
                }
            }
        }
        Ok(())
    }

    /// Takes a part away from its table, unless its rows were read as rows of that table.
    fn detach(
        &mut self,
        part: &Name,
        parent: &Name,
        statement: &mut Statement,
    ) -> Result<(), Failure> {
        if self.relations.lineage(part).contains(parent) {
            self.refuse_late(part, statement, "ALTER TABLE")?;
        }
        self.relations.detach(part, parent);
        Ok(())
    }

    /// Refuses what changes rows that stand before it; where there are none it changes nothing.
    fn change<R: Read>(
        &mut self,
        cursor: &mut Cursor<R>,
        statement: &mut Statement,
        word: &str,
    ) -> Result<(), Failure> {
        for name in outline::changed(cursor)? {
            let name = self.full(name);
            self.refuse_late(&name, statement, &word.to_uppercase())?;
        }
        Ok(())
    }

    fn refuse_late(
        &self,
        name: &Name,
        statement: &mut Statement,
        what: &str,
    ) -> Result<(), Failure> {
        if self.wanted(name).is_some_and(|table| self.has_rows(table)) {
            statement.table = Some(name.table.clone());
            return Err(Problem::LateChange(what.to_owned()).into());
        }
        Ok(())
    }
}

/// Refuses what can be told from the first bytes, and skips a byte order mark and what programs
/// wrote before the dump; the number of such lines.
fn head<R: Read>(cursor: &mut Cursor<R>) -> Result<u64, Problem> {
    let head = cursor.ahead(5)?;
    if head.is_empty() {
        return Err(Problem::Empty);
    }
    if head.starts_with(b"PGDMP") {
        return Err(Problem::CustomFormat);
    }
    if head.starts_with(input::BOM) {
        cursor.advance(input::BOM.len());
    }
    noise::skip(cursor)
}

impl Found {
    fn layout(&mut self, line: u64, columns: &[String]) -> Result<super::Layout, Error> {
        let layout = self.builder.layout(line, columns)?;
        if self.columns.is_empty() {
            self.columns = columns.to_vec();
        }
        Ok(layout)
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
        dump.begin(Path::new("dump.sql"));
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
