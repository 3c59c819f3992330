//! What is in a source, whatever its tables are called: for a person who wants to plan from it.
//!
//! In: a source of any kind. Out: its tables with columns and counts, and what a dump tells of
//! itself. Of values only those of columns with a few are kept, as types are; keys and names are
//! not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use polars_io::SerReader as _;
use polars_io::parquet::read::ParquetReader;
use uuid::Uuid;

use super::csv::{self, Cells, Holds};
use super::error::{Error, Place, Problem};
use super::table::Cell;
use super::value::{parse_bool, parse_timestamp};
use super::{Reading, archive, dump};
use crate::progress::{Progress, Stage};

/// Values of a column that are kept: of one with more, none.
const KEPT: usize = 12;

/// Bytes of a value that is kept: longer ones are no types.
const LONGEST: usize = 40;

/// What is in a source.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// How it is written, in a few words.
    pub format: String,
    /// The versions that a dump tells: of the server, and of `pg_dump`.
    pub versions: Vec<String>,
    /// The databases that a dump connects to.
    pub databases: BTreeSet<String>,
    /// Policies that a dump makes.
    pub policies: usize,
    /// Triggers that a dump makes.
    pub triggers: usize,
    /// Its tables, by schema and name.
    pub tables: Vec<Seen>,
}

/// A table of a source.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Its schema, in a dump.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// Number of rows.
    pub rows: usize,
    /// Its columns in their order.
    pub columns: Vec<Facts>,
}

/// What the values of a column are.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Its name.
    pub name: String,
    /// Rows with a value.
    pub filled: usize,
    /// Values that are UUIDs.
    pub uuids: usize,
    /// Values that are times.
    pub times: usize,
    /// Values that are true or false.
    pub flags: usize,
    /// The values with their counts, while there are few.
    pub values: Option<BTreeMap<String, usize>>,
}

impl Facts {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), values: Some(BTreeMap::new()), ..Self::default() }
    }

    fn take(&mut self, cell: Option<&[u8]>) {
        let text = cell.and_then(|cell| std::str::from_utf8(cell).ok()).map(str::trim);
        let Some(text) = text.filter(|text| !text.is_empty()) else { return };
        self.filled += 1;
        self.uuids += usize::from(Uuid::parse_str(text).is_ok());
        self.times += usize::from(parse_timestamp(text).is_some());
        self.flags += usize::from(parse_bool(text).is_some());
        if let Some(values) = &mut self.values {
            *values.entry(text.to_owned()).or_default() += 1;
            if values.len() > KEPT || text.len() > LONGEST {
                self.values = None;
            }
        }
    }
}

impl Seen {
    pub(super) fn new(schema: Option<&str>, name: &str) -> Self {
        Self { schema: schema.map(str::to_owned), name: name.to_owned(), ..Self::default() }
    }

    /// Where the columns of some rows stand among those of the table.
    pub(super) fn places<S: AsRef<str>>(&mut self, columns: &[S]) -> Vec<usize> {
        let mut place = |name: &str| {
            let found = self.columns.iter().position(|column| column.name == name);
            found.unwrap_or_else(|| {
                self.columns.push(Facts::new(name));
                self.columns.len() - 1
            })
        };
        columns.iter().map(|name| place(name.as_ref())).collect()
    }

    /// The names of its columns.
    pub(super) fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    pub(super) fn push(&mut self, places: &[usize], cells: &[Cell<'_>]) {
        self.rows += 1;
        for (place, cell) in std::iter::zip(places, cells) {
            self.columns[*place].take(cell.as_deref());
        }
    }
}

/// Looks through a source.
///
/// # Errors
/// It cannot be read.
pub fn survey(paths: &[PathBuf], reading: &Reading, progress: Progress) -> Result<Survey, Error> {
    match paths {
        [path] if path.is_dir() && !archive::is_directory(path) => {
            let mut files = Vec::new();
            let failed = |error| Error::new(Place::file(path), Problem::Io(error));
            for entry in std::fs::read_dir(path).map_err(failed)? {
                files.push(entry.map_err(failed)?.path());
            }
            files.sort();
            tables(&files, reading, progress)
        }
        [path] if is_table(path) && path.is_file() => tables(paths, reading, progress),
        _ => dump::survey(paths, reading, progress),
    }
}

/// Whether a file is one table by its name.
pub(super) fn is_table(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
    ending.is_some_and(|ending| matches!(ending.as_str(), "csv" | "tsv" | "parquet"))
}

fn tables(files: &[PathBuf], reading: &Reading, progress: Progress) -> Result<Survey, Error> {
    let mut survey = Survey::default();
    let mut formats = BTreeSet::new();
    for path in files.iter().filter(|path| is_table(path)) {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let stage = super::input::stage(path, progress);
        let (table, format) = if path.extension().is_some_and(|ending| ending == "parquet") {
            (parquet(path, name)?, "Parquet".to_owned())
        } else {
            csv(path, name, reading, &stage)?
        };
        stage.finish(&format!("{} rows", table.rows));
        formats.insert(format);
        survey.tables.push(table);
    }
    survey.format = formats.into_iter().collect::<Vec<_>>().join(", ");
    if survey.tables.is_empty() {
        "a directory without tables".clone_into(&mut survey.format);
    }
    Ok(survey)
}

fn csv(path: &Path, name: &str, reading: &Reading, stage: &Stage) -> Result<(Seen, String), Error> {
    let ours = csv::is_ours(path.parent().unwrap_or(Path::new("")))?;
    let delimiter = csv::delimiter(path, reading)?;
    let mut table = Seen::new(None, name);
    let mut cells = Cells::open_as(path, ours, reading, stage)?;
    let places = table.places(&cells.columns);
    let holds = vec![Holds::Text; places.len()];
    while let Some(row) = cells.row(&holds)? {
        let row: Vec<Cell<'_>> = row.into_iter().map(|cell| cell.map(Into::into)).collect();
        table.push(&places, &row);
    }
    let parted = match delimiter {
        b';' => "semicolons",
        b'\t' => "tabs",
        b'|' => "bars",
        b',' => "commas",
        _ => "another character",
    };
    Ok((table, format!("CSV parted by {parted}")))
}

fn parquet(path: &Path, name: &str) -> Result<Seen, Error> {
    let failed = |problem| Error::new(Place::file(path), problem);
    let file = std::fs::File::open(path).map_err(|error| failed(Problem::Io(error)))?;
    let damaged = |_| failed(Problem::Io(std::io::Error::other("the file is damaged")));
    let frame = ParquetReader::new(file).finish().map_err(damaged)?;
    let mut table = Seen::new(None, name);
    table.rows = frame.height();
    for column in frame.columns() {
        let mut facts = Facts::new(column.name());
        facts.filled = column.len() - column.null_count();
        facts.values = None;
        table.columns.push(facts);
    }
    Ok(table)
}
