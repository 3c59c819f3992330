//! Reading a source into a [`Snapshot`].
//!
//! In: a directory of CSV files, or a plain dump. Out: typed, checked frames. Columns are found by
//! name; what is not declared in [`crate::schema`] is skipped without being held in memory. A row
//! that cannot be read is an error with its place, never a row left out.

pub mod canonical;
mod csv;
mod dump;
mod error;
mod input;
mod parquet;
mod snapshot;
mod table;

use std::path::{Path, PathBuf};

pub(crate) use csv::{Cells, Holds, is_ours};
pub(crate) use dump::script;
pub use error::{Error, Place, Problem};
pub(crate) use input::stage;
pub use snapshot::{Rows, Snapshot};
pub use table::{Cell, Layout, TableBuilder};

use crate::connect;
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
}

impl Source {
    /// A source that spells everything as we do, in this schema.
    pub fn in_schema(path: impl Into<PathBuf>, schema: &str) -> Self {
        Self {
            paths: vec![path.into()],
            names: Names::in_schema(schema),
            declared: Schema::shipped(),
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
    {
        return csv::read(source, directory, *progress);
    }
    for path in &source.paths {
        if path.is_dir() {
            return Err(Error::new(Place::file(path), Problem::DirectoryAmongFiles));
        }
        if !path.exists() {
            return Err(absent(path));
        }
    }
    dump::read(source, *progress)
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
