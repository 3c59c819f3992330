//! What is in a dump: every table with its columns and rows, policies and triggers by count.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::cursor::Cursor;
use super::lexer::{Name, Token};
use super::{copy, databases, head, insert, outline};
use crate::extract::error::{Error, Place, Problem};
use crate::extract::survey::{Seen, Survey};
use crate::extract::{Reading, input};
use crate::progress::Progress;

/// What `pg_dump` says of the versions.
const VERSIONS: [&str; 2] = ["-- Dumped from database version ", "-- Dumped by pg_dump version "];

/// Looks through the files of a dump.
pub(in crate::extract) fn survey(
    paths: &[PathBuf],
    reading: &Reading,
    progress: Progress,
) -> Result<Survey, Error> {
    let mut found = Found::default();
    for path in paths {
        if !path.exists() {
            return Err(super::super::absent(path));
        }
        let stage = input::stage(path, progress);
        found.read(&mut Cursor::new(input::open(path, &stage, reading)?), path)?;
        stage.finish(&format!("{} tables", found.tables.len()));
    }
    let Found { tables, mut survey, is_dump } = found;
    if !is_dump {
        return Err(Error::new(Place::file(&paths[0]), Problem::NotADump));
    }
    survey.tables = tables.into_values().collect();
    "a dump".clone_into(&mut survey.format);
    Ok(survey)
}

#[derive(Default)]
struct Found {
    tables: BTreeMap<Name, Seen>,
    survey: Survey,
    is_dump: bool,
}

impl Found {
    fn read<R: Read>(&mut self, cursor: &mut Cursor<R>, path: &Path) -> Result<(), Error> {
        let failed = |line, problem| Error::new(Place::file(path).line(line), problem);
        head(cursor).map_err(|problem| Error::new(Place::file(path), problem))?;
        loop {
            let line = cursor.line();
            if !self.statement(cursor).map_err(|problem| failed(line, problem))? {
                return Ok(());
            }
        }
    }

    fn statement<R: Read>(&mut self, cursor: &mut Cursor<R>) -> Result<bool, Problem> {
        cursor.space()?;
        let next = cursor.ahead(2)?;
        if next.is_empty() {
            return Ok(false);
        }
        if next.starts_with(b"--") {
            let comment = cursor.rest_of_line()?;
            self.survey.versions.extend(
                VERSIONS
                    .iter()
                    .filter(|begin| comment.starts_with(**begin))
                    .map(|_| comment.trim_start_matches("-- ").to_owned()),
            );
            return Ok(true);
        }
        if next.starts_with(b"/*") {
            cursor.comment()?;
            return Ok(true);
        }
        if next.starts_with(b"\\") {
            let command = cursor.rest_of_line()?;
            if let Some(arguments) = command.strip_prefix(r"\connect") {
                self.survey.databases.extend(databases::name_in(arguments));
            }
            return Ok(true);
        }
        match cursor.token()? {
            Token::Word(word) if word == "copy" => self.copy(cursor)?,
            Token::Word(word) if word == "insert" => self.insert(cursor)?,
            Token::Word(word) if word == "create" => self.create(cursor)?,
            Token::Symbol(b';') => {}
            _ => cursor.skip_statement()?,
        }
        Ok(true)
    }

    fn table(&mut self, name: Name) -> &mut Seen {
        self.is_dump = true;
        let seen = Seen::new(name.schema.as_deref(), &name.table);
        self.tables.entry(name).or_insert(seen)
    }

    fn copy<R: Read>(&mut self, cursor: &mut Cursor<R>) -> Result<(), Problem> {
        let Some(head) = copy::head(cursor)? else { return Ok(()) };
        let table = self.table(head.name);
        if !head.inline || head.option.is_some() {
            return if head.inline { copy::skip(cursor) } else { Ok(()) };
        }
        let named = head.columns.unwrap_or_else(|| table.names());
        let places = table.places(&named);
        let reads = vec![true; places.len()];
        while let Some(row) = copy::row(cursor)? {
            table.push(&places, &copy::cells(row, &reads));
        }
        Ok(())
    }

    fn insert<R: Read>(&mut self, cursor: &mut Cursor<R>) -> Result<(), Problem> {
        let name = if cursor.eat_word("into")? { cursor.name()? } else { None };
        let Some(name) = name else { return cursor.skip_statement() };
        let table = self.table(name);
        let Ok(named) = insert::head(cursor) else { return cursor.skip_statement() };
        let named = named.unwrap_or_else(|| table.names());
        let places = table.places(&named);
        let reads = vec![true; places.len()];
        let mut row = insert::Row::default();
        loop {
            match row.read(cursor, &reads) {
                Ok(()) => table.push(&places, &row.cells()),
                // An expression, which only a reader of that column minds.
                Err(Problem::Syntax(_)) => return cursor.skip_statement(),
                Err(problem) => return Err(problem),
            }
            if insert::next(cursor)? == insert::Next::End {
                return Ok(());
            }
        }
    }

    fn create<R: Read>(&mut self, cursor: &mut Cursor<R>) -> Result<(), Problem> {
        cursor.blank()?;
        let ahead = cursor.ahead(b"constraint trigger".len())?.to_ascii_lowercase();
        let begins = |word: &[u8]| ahead.starts_with(word);
        self.survey.policies += usize::from(begins(b"policy "));
        self.survey.triggers += usize::from(begins(b"trigger ") || begins(b"constraint trigger"));
        if let Some(created) = outline::create(cursor)? {
            let columns = created.made.columns.unwrap_or_default();
            self.table(created.name).places(&columns);
        }
        Ok(())
    }
}
