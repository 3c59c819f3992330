//! Reads a directory of CSV files, one for each table, into a [`Snapshot`].
//!
//! In: `organizations.csv` and the others, with a header line. A manifest beside them says that
//! they are in [`crate::dialect`]; without it they are foreign: an empty cell is NULL, and nothing
//! is escaped. A Parquet file may stand in for a CSV file. Out: checked frames.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use ::csv::{ByteRecord, ReaderBuilder};
use serde::Deserialize;

use super::Source;
use super::error::{Error, Place, Problem};
use super::input;
use super::parquet;
use super::snapshot::{Rows, Snapshot};
use super::table::{Cell, TableBuilder};
use crate::dialect;
use crate::progress::{Progress, Stage};
use crate::schema::{Names, Presence, Table};

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

#[derive(Clone, Copy)]
enum Dialect {
    Ours,
    Foreign,
}

/// Reads every table that the directory holds.
pub(super) fn read(source: &Source, progress: Progress) -> Result<Snapshot, Error> {
    let directory = &source.path;
    let manifest = read_manifest(&directory.join(MANIFEST))?;
    let dialect = if manifest.is_some() { Dialect::Ours } else { Dialect::Foreign };
    let mut frames = BTreeMap::new();
    for table in Table::ALL {
        let spelled = source.names.table(table);
        let path = directory.join(format!("{spelled}.csv"));
        let other = directory.join(format!("{spelled}.parquet"));
        if other.is_file() {
            if path.is_file() {
                return Err(Error::new(Place::file(path).table(spelled), Problem::TwoFiles));
            }
            frames.insert(table, parquet::read(&other, table, source, progress)?);
        } else if path.is_file() {
            frames.insert(table, read_table(&path, table, source, dialect, progress)?);
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
    reader: ::csv::Reader<Text<Whole<'a>>>,
    record: ByteRecord,
    dialect: Dialect,
    /// The names of its columns.
    pub(crate) columns: Vec<String>,
}

impl<'a> Cells<'a> {
    pub(crate) fn open(path: &Path, ours: bool, stage: &'a Stage) -> Result<Self, Error> {
        let dialect = if ours { Dialect::Ours } else { Dialect::Foreign };
        let failed = |problem| Error::new(Place::file(path).line(1), problem);
        let text = Text::new(input::open(path, stage)?).map_err(failed)?;
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        let (path, record) = (path.to_owned(), ByteRecord::new());
        let mut cells = Self { path, reader, record, dialect, columns: Vec::new() };
        if !cells.advance()? {
            return Err(failed(Problem::Empty));
        }
        let names = names(&cells.record).ok_or_else(|| failed(Problem::Utf8))?;
        cells.columns = names.into_iter().map(str::to_owned).collect();
        Ok(cells)
    }

    /// The cells of the next row, as many as there are columns.
    pub(crate) fn row(&mut self) -> Result<Option<Vec<Option<&[u8]>>>, Error> {
        if !self.advance()? {
            return Ok(None);
        }
        if self.record.len() != self.columns.len() {
            let line = line_of(&self.record, &self.reader);
            let (expected, found) = (self.columns.len(), self.record.len());
            let place = Place::file(&self.path).line(line);
            return Err(Error::new(place, Problem::Width { expected, found }));
        }
        let dialect = self.dialect;
        Ok(Some(self.record.iter().map(|bytes| text(bytes, dialect)).collect()))
    }

    fn advance(&mut self) -> Result<bool, Error> {
        let line = self.reader.position().line();
        let failed = |line, problem| Error::new(Place::file(&self.path).line(line), problem);
        let more = self.reader.read_byte_record(&mut self.record);
        if !more.map_err(|error| failed(line, problem(error)))? || self.record.as_slice() == END {
            return Ok(false);
        }
        if self.record.as_slice().ends_with(TRAILER) {
            let line = line_of(&self.record, &self.reader) + 1;
            return Err(failed(line, Problem::Truncated("a quoted cell")));
        }
        Ok(true)
    }
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

fn read_table(
    path: &Path,
    table: Table,
    source: &Source,
    dialect: Dialect,
    progress: Progress,
) -> Result<Rows, Error> {
    let spelled = source.names.table(table);
    let stage = input::stage(path, progress);
    let failed = |line, problem| Error::new(Place::file(path).line(line).table(spelled), problem);
    let text = Text::new(input::open(path, &stage)?).map_err(|problem| failed(1, problem))?;
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let mut builder = TableBuilder::new(table, source, path);
    let mut record = ByteRecord::new();
    let mut layout = None;
    let mut line = 1;
    loop {
        let more = reader.read_byte_record(&mut record);
        if !more.map_err(|error| failed(line, problem(error)))? || record.as_slice() == END {
            break;
        }
        line = line_of(&record, &reader);
        if record.as_slice().ends_with(TRAILER) {
            // The line break at its end is inside the cell, and was counted as one behind it.
            return Err(failed(line + 1, Problem::Truncated("a quoted cell")));
        }
        if let Some(layout) = &layout {
            let cells: Vec<Cell<'_>> = record.iter().map(|bytes| cell(bytes, dialect)).collect();
            builder.push(layout, line, &cells)?;
        } else {
            let names = names(&record).ok_or_else(|| failed(line, Problem::Utf8))?;
            // Without a header these are values, which must not get into a message.
            if !names.iter().any(|name| builder.knows(name)) {
                return Err(failed(line, Problem::NoHeader));
            }
            layout = Some(builder.layout(line, &names)?);
        }
    }
    if layout.is_none() {
        return Err(Error::new(Place::file(path).table(spelled), Problem::Empty));
    }
    drop(reader);
    let rows = builder.finish()?;
    stage.finish(&format!("{} {spelled}", rows.height()));
    Ok(rows)
}

fn names(record: &ByteRecord) -> Option<Vec<&str>> {
    record.iter().map(|bytes| std::str::from_utf8(bytes).ok().map(str::trim)).collect()
}

fn cell(bytes: &[u8], dialect: Dialect) -> Cell<'_> {
    text(bytes, dialect).map(Cow::Borrowed)
}

fn text(bytes: &[u8], dialect: Dialect) -> Option<&[u8]> {
    match dialect {
        Dialect::Ours if bytes == dialect::NULL.as_bytes() => None,
        Dialect::Ours => Some(dialect::unescape_bytes(bytes)),
        Dialect::Foreign if bytes.is_empty() => None,
        Dialect::Foreign => Some(bytes),
    }
}

fn problem(error: ::csv::Error) -> Problem {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => input::problem(error),
        // Only input can fail: bytes are not decoded, and any width is accepted.
        kind => Problem::Io(std::io::Error::other(format!("{kind:?}"))),
    }
}

/// The line on which a record that was just read begins.
///
/// Counted back from its end, because the position that the parser gives a record stands before
/// the empty lines that it skips, and before the second half of a CRLF.
fn line_of<R: Read>(record: &ByteRecord, reader: &::csv::Reader<Text<R>>) -> u64 {
    let end = reader.position();
    let inside = memchr::memchr_iter(b'\n', record.as_slice()).count() as u64;
    let behind = u64::from(reader.get_ref().before(end.byte()) == Some(b'\n'));
    end.line().saturating_sub(inside + behind)
}

/// A record of its own that is put behind every text: if it is read as part of a cell, then a
/// quote was never closed, which the parser does not tell.
const TRAILER: &[u8] = b"\n\0end of text\0\n";
const END: &[u8] = b"\0end of text\0";

/// The text without its byte order mark and with [`TRAILER`]; remembers what it gave out last.
struct Text<R> {
    inner: R,
    given: u64,
    last: Vec<u8>,
    /// The byte before those.
    earlier: Option<u8>,
}

/// A text between what was read of it already and [`TRAILER`].
type Trailed<R> = std::io::Chain<std::io::Chain<Cursor<Vec<u8>>, R>, &'static [u8]>;

/// A whole file.
type Whole<'a> = Trailed<Box<dyn Read + 'a>>;

impl<R: Read> Text<Trailed<R>> {
    fn new(mut inner: R) -> Result<Self, Problem> {
        let mut head = Vec::new();
        let length = input::BOM.len() as u64;
        inner.by_ref().take(length).read_to_end(&mut head).map_err(input::problem)?;
        if head.is_empty() {
            return Err(Problem::Empty);
        }
        if input::is_utf16(&head) {
            return Err(Problem::Utf8);
        }
        if head == input::BOM {
            head.clear();
        }
        let inner = Cursor::new(head).chain(inner).chain(TRAILER);
        Ok(Self { inner, given: 0, last: Vec::new(), earlier: None })
    }
}

impl<R> Text<R> {
    /// The byte before an offset among those that were given out last.
    fn before(&self, offset: u64) -> Option<u8> {
        let back = usize::try_from(self.given.checked_sub(offset)?).ok()?;
        match self.last.len().checked_sub(back)? {
            0 => self.earlier,
            index => Some(self.last[index - 1]),
        }
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if count > 0 {
            self.earlier = self.last.last().copied();
            self.last.clear();
            self.last.extend_from_slice(&buffer[..count]);
            self.given += count as u64;
        }
        Ok(count)
    }
}
