//! Reads a directory of CSV files, one for each table, into a [`Snapshot`].
//!
//! In: `organizations.csv` and the others, with a header line. A manifest beside them says that
//! they are in [`crate::dialect`]; without it they are foreign: nothing is escaped, and an empty
//! cell is NULL, but for one in quotes in a column of text (where every cell of the file has quotes,
//! they say nothing). A Parquet file may stand in for a CSV file. Out: checked frames.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::beside::Tables;
use super::error::{Error, Place, Problem};
use super::input;
use super::parquet;
use super::snapshot::{Rows, Snapshot};
use super::table::{Cell, TableBuilder};
use super::{Reading, Source};
use crate::cells::{self, Reader, Record};
use crate::dialect;
use crate::progress::{Progress, Stage};
use crate::schema::{Kind, Names, Presence, Table};

/// The file that makes a directory one of ours.
const MANIFEST: &str = "snapshot.json";
const FORMAT: &str = "orgfold-snapshot";
const VERSION: u64 = 1;

#[derive(Deserialize)]
struct Manifest {
    format: String,
    version: u64,
    #[serde(default)]
    tables: BTreeMap<String, ManifestTable>,
}

#[derive(Deserialize)]
struct ManifestTable {
    rows: u64,
}

/// How the cells of a file are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    /// As [`dialect`] has it.
    Ours,
    /// A bare empty cell is NULL; in quotes it is an empty text where the column holds text.
    Foreign,
    /// Foreign, and quotes say nothing, since every cell has them: an empty cell is NULL.
    Quoted,
}

/// What a column holds, as far as it matters to an empty cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Text, which may be empty.
    Text,
    /// Anything else, of which an empty cell can only be NULL.
    Other,
}

impl Dialect {
    /// The dialect of a file of a foreign directory.
    fn of_foreign(path: &Path, reading: &Reading) -> Result<Self, Error> {
        let stage = Progress::Silent.stage("", 0);
        let mut reader = open(path, &stage, reading)?;
        let mut record = Record::default();
        while advance(path, &mut reader, &mut record)? {
            if record.iter().any(|cell| !cell.is_quoted) {
                return Ok(Self::Foreign);
            }
        }
        Ok(Self::Quoted)
    }

    /// What a cell says; `None` is NULL.
    fn value(self, cell: cells::Cell<'_>, holds: Holds) -> Option<&[u8]> {
        match self {
            Self::Ours if cell.bytes == dialect::NULL.as_bytes() => None,
            Self::Ours => Some(dialect::unescape_bytes(cell.bytes)),
            _ if !cell.bytes.is_empty() => Some(cell.bytes),
            Self::Foreign if cell.is_quoted && holds == Holds::Text => Some(cell.bytes),
            Self::Foreign | Self::Quoted => None,
        }
    }
}

/// Reads every table that the directory holds.
pub(super) fn read(
    source: &Source,
    directory: &Path,
    progress: Progress,
) -> Result<Snapshot, Error> {
    let manifest = read_manifest(&directory.join(MANIFEST))?;
    let mapping = source.names.mapping();
    let mut beside = Tables::of(mapping);
    read_beside(&mut beside, directory, source)?;
    let beside = beside;
    let mut frames = BTreeMap::new();
    for table in Table::ALL.into_iter().filter(|table| !mapping.absent.contains(table)) {
        let spelled = source.names.table(table);
        let path = directory.join(format!("{spelled}.csv"));
        let other = directory.join(format!("{spelled}.parquet"));
        if other.is_file() {
            if path.is_file() {
                return Err(Error::new(Place::file(path).table(spelled), Problem::TwoFiles));
            }
            frames.insert(table, parquet::read(&other, table, source, &beside, progress)?);
        } else if path.is_file() {
            let dialect = if manifest.is_some() {
                Dialect::Ours
            } else {
                Dialect::of_foreign(&path, &source.reading)?
            };
            let how = How { dialect, beside: &beside, progress };
            frames.insert(table, read_table(&path, table, source, how)?);
        } else if table.presence() == Presence::Required {
            return Err(Error::new(Place::file(path).table(spelled), Problem::MissingTable));
        }
    }
    let snapshot = Snapshot::new(source.declared, frames);
    if let Some(manifest) = manifest {
        check_manifest(&manifest, &source.names, &snapshot).map_err(|problem| {
            Error::new(Place::file(directory.join(MANIFEST)), Problem::Manifest(problem))
        })?;
    }
    Ok(snapshot)
}

/// Whether the files of a directory are in our dialect.
pub(crate) fn is_ours(directory: &Path) -> Result<bool, Error> {
    Ok(read_manifest(&directory.join(MANIFEST))?.is_some())
}

/// A file as its cells, whatever columns it has: for restoring it.
pub(crate) struct Cells<'a> {
    path: PathBuf,
    reader: Reader<Box<dyn Read + 'a>>,
    record: Record,
    dialect: Dialect,
    /// The names of its columns.
    pub(crate) columns: Vec<String>,
}

impl<'a> Cells<'a> {
    pub(crate) fn open(path: &Path, ours: bool, stage: &'a Stage) -> Result<Self, Error> {
        Self::open_as(path, ours, &Reading::default(), stage)
    }

    pub(super) fn open_as(
        path: &Path,
        ours: bool,
        reading: &Reading,
        stage: &'a Stage,
    ) -> Result<Self, Error> {
        let dialect = if ours { Dialect::Ours } else { Dialect::of_foreign(path, reading)? };
        let (reader, record) = (open(path, stage, reading)?, Record::default());
        let mut cells =
            Self { path: path.to_owned(), reader, record, dialect, columns: Vec::new() };
        let failed = |problem| Error::new(Place::file(path).line(1), problem);
        if !advance(path, &mut cells.reader, &mut cells.record)? {
            return Err(failed(Problem::Empty));
        }
        let names = names_of(&cells.record).ok_or_else(|| failed(Problem::Utf8))?;
        cells.columns = names.into_iter().map(str::to_owned).collect();
        Ok(cells)
    }

    /// The values of the next row, as many as there are columns, of which it is said what each
    /// holds.
    pub(crate) fn row(&mut self, holds: &[Holds]) -> Result<Option<Vec<Option<&[u8]>>>, Error> {
        if !advance(&self.path, &mut self.reader, &mut self.record)? {
            return Ok(None);
        }
        if self.record.len() != self.columns.len() {
            let (expected, found) = (self.columns.len(), self.record.len());
            let place = Place::file(&self.path).line(self.record.line());
            return Err(Error::new(place, Problem::Width { expected, found }));
        }
        let dialect = self.dialect;
        let cells = std::iter::zip(self.record.iter(), holds);
        Ok(Some(cells.map(|(cell, holds)| dialect.value(cell, *holds)).collect()))
    }
}

/// What parts the cells of a file.
pub(super) fn delimiter(path: &Path, reading: &Reading) -> Result<u8, Error> {
    let stage = Progress::Silent.stage("", 0);
    Ok(open(path, &stage, reading)?.delimiter())
}

/// The records of a file.
fn open<'a>(
    path: &Path,
    stage: &'a Stage,
    reading: &Reading,
) -> Result<Reader<Box<dyn Read + 'a>>, Error> {
    let text = input::open(path, stage, reading)?;
    Reader::delimited(text, reading.delimiter).map_err(|error| failed(path, 1, error))
}

/// Reads the next record; false at the end of the file.
fn advance<R: Read>(
    path: &Path,
    reader: &mut Reader<R>,
    record: &mut Record,
) -> Result<bool, Error> {
    reader.read(record).map_err(|error| failed(path, record.line().max(1), error))
}

/// What is wrong with a file, where the line behind which it was read so far.
fn failed(path: &Path, line: u64, error: cells::Error) -> Error {
    let (line, problem) = match error {
        cells::Error::Io(error) => (line, input::problem(error)),
        cells::Error::Open { line } => (line, Problem::Truncated("a quoted cell")),
    };
    Error::new(Place::file(path).line(line), problem)
}

fn read_manifest(path: &Path) -> Result<Option<Manifest>, Error> {
    let failed = |problem| Error::new(Place::file(path), problem);
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(Problem::Io(error))),
    };
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| failed(Problem::Manifest(error.to_string())))?;
    if manifest.format != FORMAT || manifest.version != VERSION {
        let problem = format!("it does not say `{FORMAT}`, version {VERSION}");
        return Err(failed(Problem::Manifest(problem)));
    }
    Ok(Some(manifest))
}

fn check_manifest(manifest: &Manifest, names: &Names, snapshot: &Snapshot) -> Result<(), String> {
    for (name, expected) in &manifest.tables {
        let Some(table) = names.table_named(name) else {
            return Err("it names a table that is none of ours".to_owned());
        };
        let Some(frame) = snapshot.frame(table) else {
            return Err(format!("it names `{name}`, which is not in the directory"));
        };
        if frame.height() as u64 != expected.rows {
            return Err(format!(
                "it says that `{name}` has {} rows, and there are {}",
                expected.rows,
                frame.height()
            ));
        }
    }
    Ok(())
}

/// How the file of a table is read.
#[derive(Clone, Copy)]
struct How<'a> {
    dialect: Dialect,
    beside: &'a Tables,
    progress: Progress,
}

/// Reads the files of the tables that columns are taken from.
fn read_beside(beside: &mut Tables, directory: &Path, source: &Source) -> Result<(), Error> {
    let names: Vec<String> = beside.names().map(str::to_owned).collect();
    for name in names {
        let path = directory.join(format!("{name}.csv"));
        let place = |line: u64| Place::file(&path).line(line).table(&name);
        if !path.is_file() {
            return Err(Error::new(Place::file(&path).table(&name), Problem::MissingTable));
        }
        let stage = Progress::Silent.stage("", 0);
        let mut reader = open(&path, &stage, &source.reading)?;
        let mut record = Record::default();
        if !advance(&path, &mut reader, &mut record)? {
            return Err(Error::new(place(1), Problem::Empty));
        }
        let header = names_of(&record).ok_or_else(|| Error::new(place(1), Problem::Utf8))?;
        let header: Vec<String> = header.into_iter().map(str::to_owned).collect();
        let layout = beside
            .layout(&name, &header)
            .map_err(|(column, problem)| Error::new(place(1).column(column), problem))?;
        while advance(&path, &mut reader, &mut record)? {
            let cells: Vec<Cell<'_>> = record
                .iter()
                .map(|cell| Dialect::Quoted.value(cell, Holds::Text).map(Cow::Borrowed))
                .collect();
            let line = record.line();
            beside.push(&layout, &cells).map_err(|problem| Error::new(place(line), problem))?;
        }
    }
    Ok(())
}

fn read_table(
    path: &Path,
    table: Table,
    source: &Source,
    How { dialect, beside, progress }: How<'_>,
) -> Result<Rows, Error> {
    let spelled = source.names.table(table);
    let in_table = |error: Error| Error::new(error.place.table(spelled), error.problem);
    let stage = input::stage(path, progress);
    let mut reader = open(path, &stage, &source.reading).map_err(in_table)?;
    let mut builder = TableBuilder::new(table, source, path);
    let mut record = Record::default();
    if !advance(path, &mut reader, &mut record).map_err(in_table)? {
        return Err(Error::new(builder.place(1), Problem::Empty));
    }
    let line = record.line();
    let names = names_of(&record).ok_or_else(|| Error::new(builder.place(line), Problem::Utf8))?;
    // Without a header these are values, which must not get into a message.
    if !names.iter().any(|name| builder.knows(name)) {
        return Err(Error::new(builder.place(line), Problem::NoHeader));
    }
    let layout = builder.layout(line, &names)?;
    let holds: Vec<Holds> =
        (0..layout.width()).map(|position| holds(layout.kind(position))).collect();
    while advance(path, &mut reader, &mut record).map_err(in_table)? {
        let cells: Vec<Cell<'_>> = record
            .iter()
            .enumerate()
            .map(|(at, cell)| {
                let holds = holds.get(at).copied().unwrap_or(Holds::Other);
                dialect.value(cell, holds).map(Cow::Borrowed)
            })
            .collect();
        builder.push(&layout, record.line(), &cells)?;
    }
    drop(reader);
    let rows = builder.finish_beside(beside)?;
    stage.finish(&format!("{} {spelled}", rows.height()));
    Ok(rows)
}

fn holds(kind: Option<Kind>) -> Holds {
    if kind == Some(Kind::Text) { Holds::Text } else { Holds::Other }
}

fn names_of(record: &Record) -> Option<Vec<&str>> {
    record.iter().map(|cell| std::str::from_utf8(cell.bytes).ok().map(str::trim)).collect()
}
