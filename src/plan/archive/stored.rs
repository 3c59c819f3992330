//! A plan directory read back: typed rows, from the very bytes that are hashed.
//!
//! In: a directory. Out: its manifest, and its load-bearing sheets as frames. What was changed since
//! the plan was made is refused, at the latest at the end of its file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;
use sha2::{Digest as _, Sha256};

use super::{Error, MANIFEST, failed};
use crate::ids::hex;
use crate::plan::cell::ColumnReader;
use crate::plan::manifest::{FORMAT, Manifest, TableFacts};
use crate::plan::sheet::{Sheet, SheetColumn};
use crate::schema::Schema;

/// Rows of a frame that [`Stored::batches`] gives at once.
const BATCH: usize = 8_192;

/// A plan as it lies in its directory.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its directory.
    pub directory: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
}

impl Stored {
    /// Opens a plan directory: reads its manifest, and no row.
    ///
    /// # Errors
    /// No plan, another format, a changed manifest.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let manifest = read_manifest(directory)?;
        Ok(Self { directory: directory.to_owned(), manifest })
    }

    /// Rows of the load-bearing files.
    pub fn rows(&self) -> usize {
        self.manifest.files.values().map(|facts| facts.rows).sum()
    }

    /// Checks every load-bearing byte, without keeping one.
    ///
    /// # Errors
    /// A file that was changed.
    pub fn check(&self) -> Result<(), Error> {
        Sheet::LOAD_BEARING.into_iter().try_for_each(|sheet| self.file(sheet)?.finish(None))
    }

    /// The rows of a load-bearing sheet, as frames of a few thousand rows with the columns of
    /// [`Sheet::columns`], made from the very bytes that are hashed.
    ///
    /// The last item is an error if the file is not the one that the plan was made with: nothing
    /// that was read may be made final before the end.
    ///
    /// # Errors
    /// A file that is missing, or has other columns.
    pub fn batches(&self, sheet: Sheet, schema: &Schema) -> Result<Batches, Error> {
        let columns = sheet.columns(schema);
        let file = self.file(sheet)?;
        let path = file.path.clone();
        let mut reader = csv::ReaderBuilder::new().from_reader(file);
        let tampered = || Error::Tampered { path: path.clone() };
        let header = reader.byte_headers().map_err(|_| tampered())?;
        let names = columns.iter().map(|column| column.name.as_bytes());
        if !names.eq(header.iter()) {
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            return Err(Error::Header { path, expected: names.join(",") });
        }
        Ok(Batches { reader, columns, rows: 0, is_done: false })
    }

    /// A load-bearing file, to be hashed while it is read.
    fn file(&self, sheet: Sheet) -> Result<Hashed, Error> {
        let path = self.directory.join(sheet.file());
        let tampered = || Error::Tampered { path: path.clone() };
        let facts = self.manifest.files.get(sheet.file()).ok_or_else(tampered)?;
        let file = File::open(&path).map_err(|_| tampered())?;
        Ok(Hashed { file, path: path.clone(), hash: Sha256::new(), facts: facts.clone() })
    }
}

/// A file that is hashed while it is read.
struct Hashed {
    file: File,
    path: PathBuf,
    hash: Sha256,
    /// What the manifest says of it.
    facts: TableFacts,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

impl Hashed {
    /// Reads what is left, and compares it all, and the number of rows where they were counted,
    /// with what the manifest says.
    fn finish(&mut self, rows: Option<usize>) -> Result<(), Error> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            match self.file.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => self.hash.update(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed("read", &self.path)(error)),
            }
        }
        let found = hex(&std::mem::take(&mut self.hash).finalize());
        let counted = rows.is_none_or(|rows| rows == self.facts.rows);
        if found == self.facts.sha256 && counted {
            Ok(())
        } else {
            Err(Error::Tampered { path: self.path.clone() })
        }
    }
}

/// The rows of a load-bearing sheet: see [`Stored::batches`].
pub struct Batches {
    reader: csv::Reader<Hashed>,
    columns: Vec<SheetColumn>,
    rows: usize,
    is_done: bool,
}

impl Batches {
    /// The columns of every frame.
    pub fn columns(&self) -> &[SheetColumn] {
        &self.columns
    }

    /// The next frame; `None` at the end of a file that is the one of the manifest.
    fn read(&mut self) -> Result<Option<DataFrame>, Error> {
        let mut cells = csv::ByteRecord::new();
        let mut builders: Vec<ColumnReader> =
            self.columns.iter().map(|column| ColumnReader::new(column, BATCH)).collect();
        let mut height = 0;
        while height < BATCH {
            let read = self.reader.read_byte_record(&mut cells);
            let path = || self.reader.get_ref().path.clone();
            if !read.map_err(|_| Error::Tampered { path: path() })? {
                break;
            }
            for (at, (builder, cell)) in std::iter::zip(&mut builders, &cells).enumerate() {
                builder.push(cell).ok_or_else(|| Error::Cell {
                    path: path(),
                    line: cells.position().map_or(0, csv::Position::line),
                    column: self.columns[at].name.clone(),
                    kind: self.columns[at].kind.name(),
                })?;
            }
            height += 1;
        }
        self.rows += height;
        if height == 0 {
            self.reader.get_mut().finish(Some(self.rows))?;
            return Ok(None);
        }
        let columns = builders.into_iter().map(ColumnReader::finish).collect();
        let frame = DataFrame::new(height, columns);
        Ok(Some(frame.expect("every column has one value for each row")))
    }
}

impl Iterator for Batches {
    type Item = Result<DataFrame, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let read = self.read().transpose();
        self.is_done = !matches!(read, Some(Ok(_)));
        read
    }
}

/// Reads the manifest of a plan directory and checks every load-bearing byte.
///
/// # Errors
/// No plan, another format, a changed file.
pub fn read(directory: &Path) -> Result<Manifest, Error> {
    let stored = Stored::open(directory)?;
    stored.check()?;
    Ok(stored.manifest)
}

/// Reads the manifest, which must be the one that its id names.
fn read_manifest(directory: &Path) -> Result<Manifest, Error> {
    let path = directory.join(MANIFEST);
    let no_plan = || Error::NoPlan { path: directory.to_owned() };
    let bytes = fs::read(&path).map_err(|_| no_plan())?;
    let tampered = |path: &Path| Error::Tampered { path: path.to_owned() };
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|_| tampered(&path))?;
    let format = value.get("format").and_then(serde_json::Value::as_u64);
    let format = format.ok_or_else(|| tampered(&path))?;
    if format != u64::from(FORMAT) {
        return Err(Error::Format { path, found: format });
    }
    let manifest: Manifest = serde_json::from_value(value).map_err(|_| tampered(&path))?;
    if manifest.bytes() != bytes || manifest.hash().to_string() != manifest.plan_id {
        return Err(tampered(&path));
    }
    Ok(manifest)
}
