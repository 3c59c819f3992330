//! Reading a source into a [`Snapshot`].
//!
//! In: a directory of CSV or Parquet files, or a dump, packed or not. Out: typed, checked frames. Columns are found by
//! name; what is not declared in [`crate::schema`] is skipped without being held in memory. A row
//! that cannot be read is an error with its place, never a row left out.

mod archive;
mod beside;
pub mod canonical;
mod csv;
mod dump;
mod error;
mod input;
mod packed;
mod parquet;
mod snapshot;
mod survey;
mod table;
mod value;

use std::path::{Path, PathBuf};

pub(crate) use csv::{Cells, Holds, is_ours};
pub(crate) use dump::script;
pub use error::{Error, Place, Problem};
pub(crate) use input::stage;
pub use snapshot::{Rows, Snapshot};
pub use survey::{Facts, Seen, Survey, survey};
pub use table::{Cell, Layout, TableBuilder};

use crate::connect;
use crate::encoding::Named;
use crate::progress::Progress;
use crate::schema::{Names, Schema};

/// Where rows come from.
#[derive(Clone, Debug)]
pub struct Source {
    /// A directory of CSV or Parquet files, or the files of a dump in their order.
    pub paths: Vec<PathBuf>,
    /// How it spells schema, tables and columns.
    pub names: Names,
    /// What columns are read.
    pub declared: &'static Schema,
    /// What a person said of how it is written.
    pub reading: Reading,
}

/// How a source is written, where it does not tell that itself.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What parts the cells of CSV files.
    pub delimiter: Option<u8>,
    /// The encoding of its texts.
    pub encoding: Option<Named>,
    /// Which database of a dump of several is read.
    pub database: Option<String>,
}

impl Source {
    /// A source that spells everything as we do, in this schema.
    pub fn in_schema(path: impl Into<PathBuf>, schema: &str) -> Self {
        Self {
            paths: vec![path.into()],
            names: Names::in_schema(schema),
            declared: Schema::shipped(),
            reading: Reading::default(),
        }
    }
}

/// Reads a source whole.
///
/// # Errors
/// The first thing that cannot be read, with its place and the remedy.
pub fn extract(source: &Source, progress: &Progress) -> Result<Snapshot, Error> {
    if let [directory] = source.paths.as_slice()
        && directory.is_dir()
        && !archive::is_directory(directory)
    {
        return csv::read(source, directory, *progress);
    }
    // One file is the directory that it stands in: what else is read, the mapping says.
    if let [file] = source.paths.as_slice()
        && file.is_file()
        && survey::is_table(file)
    {
        let directory = file.parent().unwrap_or(Path::new(""));
        return csv::read(source, directory, *progress);
    }
    for path in &source.paths {
        if path.is_dir() && !archive::is_directory(path) {
            return Err(Error::new(Place::file(path), Problem::DirectoryAmongFiles));
        }
        if !path.exists() {
            return Err(absent(path));
        }
    }
    dump::read(source, *progress)
}

/// Whether a place is read as a dump, and not as a directory of tables.
pub fn is_dump(path: &Path) -> bool {
    !path.is_dir() || archive::is_directory(path)
}

/// What is wrong with a source that is no file; one on a server is named without its password.
fn absent(path: &Path) -> Error {
    let text = path.to_string_lossy();
    if connect::is_remote(&text) {
        Error::new(Place::file(connect::without_secret(&text)), Problem::Live)
    } else {
        Error::new(Place::file(path), Problem::NotFound)
    }
}
