//! Reading the files that are measured.
//!
//! In: `CLUSTERS.csv` (`id,cluster`), `TRUTH.csv` (`id,cluster_id` and, if there is one, `name`)
//! and `PAIRS.csv` (`id_a,id_b,bits,band`), each with any further columns, in any order of columns
//! and rows. Out: a [`Sample`]. Ids are compared as text; both files must have the same ones.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::{Error, Pair, Place, Problem, Row, Sample};
use crate::cells::{self, Reader, Record};
use crate::ids::Weight;

/// The content of a file, under the name it has in errors.
#[derive(Debug)]
pub struct Input {
    /// The name.
    pub file: PathBuf,
    /// The bytes.
    pub content: Vec<u8>,
}

impl Input {
    /// Takes a file into memory.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn load(path: &Path) -> Result<Self, Error> {
        match std::fs::read(path) {
            Ok(content) => Ok(Self { file: path.to_owned(), content }),
            Err(error) => Err(Error::new(Place::file(path), Problem::Io(error))),
        }
    }
}

/// Reads clusters, the truth and, where they are given, the candidate pairs.
///
/// The spelling of a row is its `name` in the truth, as written; the `name` of the clusters is
/// that of the whole cluster. Where the truth has no such column or the cell is empty, the row is
/// taken as a spelling of its own.
///
/// # Errors
/// A file that cannot be read, a missing or empty value, an id or a pair listed twice, an id that
/// the other file lacks, a score or a band that is none: with the place and the remedy.
pub fn read(clusters: Input, truth: Input, pairs: Option<Input>) -> Result<Sample, Error> {
    let clusters = Labelled::read(clusters, "cluster", None)?;
    let truth = Labelled::read(truth, "cluster_id", Some("name"))?;
    clusters.must_be_in(&truth)?;
    truth.must_be_in(&clusters)?;

    let rows: Vec<Row> = truth
        .rows
        .iter()
        .map(|row| Row {
            found: &clusters.rows[clusters.position[&row.id]].label,
            truth: &row.label,
            name: row.name.as_deref(),
        })
        .collect();
    let sample = Sample::new(&rows);
    Ok(match pairs {
        Some(pairs) => sample.with_pairs(read_pairs(pairs, &truth)?),
        None => sample,
    })
}

/// A file of ids with a label each.
struct Labelled {
    file: PathBuf,
    rows: Vec<LabelledRow>,
    position: FxHashMap<String, usize>,
}

struct LabelledRow {
    id: String,
    label: String,
    name: Option<String>,
    line: u64,
}

impl Labelled {
    fn read(input: Input, label: &'static str, name: Option<&'static str>) -> Result<Self, Error> {
        let mut table = Table::open(input)?;
        let id = table.column("id")?;
        let label = table.column(label)?;
        let name = name.map(|name| table.optional_column(name)).transpose()?.flatten();
        let mut rows: Vec<LabelledRow> = Vec::new();
        let mut position = FxHashMap::default();
        while let Some(line) = table.advance()? {
            let row = LabelledRow {
                id: table.value(id)?.to_owned(),
                label: table.value(label)?.to_owned(),
                name: name.and_then(|name| table.cell(name)).map(str::to_owned),
                line,
            };
            if let Some(first) = position.insert(row.id.clone(), rows.len()) {
                let first = rows[first].line;
                return Err(table.error(id, Problem::DuplicateId { id: row.id, first }));
            }
            rows.push(row);
        }
        Ok(Self { file: table.file, rows, position })
    }

    /// Refuses ids that the other file lacks.
    fn must_be_in(&self, other: &Self) -> Result<(), Error> {
        let mut unmatched = self.rows.iter().filter(|row| !other.position.contains_key(&row.id));
        let Some(first) = unmatched.next() else { return Ok(()) };
        Err(Error::new(
            Place::file(&self.file).line(first.line).column("id"),
            Problem::Unmatched {
                other: other.file.clone(),
                count: 1 + unmatched.count(),
                first: first.id.clone(),
            },
        ))
    }
}

fn read_pairs(input: Input, truth: &Labelled) -> Result<Vec<Pair>, Error> {
    let mut table = Table::open(input)?;
    let ids = [table.column("id_a")?, table.column("id_b")?];
    let bits = table.column("bits")?;
    let band = table.column("band")?;
    let mut pairs = Vec::new();
    let mut seen = Vec::new();
    while let Some(line) = table.advance()? {
        let [a, b] = ids.map(|column| row_of(&table, column, truth));
        let (a, b) = (a?, b?);
        if a == b {
            let id = table.value(ids[1])?.to_owned();
            return Err(table.error(ids[1], Problem::SelfPair { id }));
        }
        let value = table.value(bits)?.parse();
        let weight = value.map_err(|error| table.error(bits, Problem::Bits(error)))?;
        let value = table.value(band)?.parse();
        let band = value.map_err(|error| table.error(band, Problem::Band(error)))?;
        pairs.push(Pair { a, b, bits: Weight::millibits(weight), band });
        seen.push((a.min(b), a.max(b), line));
    }

    seen.sort_unstable();
    let twice = seen.windows(2).filter(|two| (two[0].0, two[0].1) == (two[1].0, two[1].1));
    match twice.map(|two| (two[1].2, two[0].2)).min() {
        Some((line, first)) => {
            Err(Error::new(Place::file(table.file).line(line), Problem::DuplicatePair { first }))
        }
        None => Ok(pairs),
    }
}

/// The row that a cell of the current line names.
fn row_of(table: &Table, column: Column, truth: &Labelled) -> Result<u32, Error> {
    let id = table.value(column)?;
    let Some(&row) = truth.position.get(id) else {
        let problem = Problem::UnknownId { id: id.to_owned(), other: truth.file.clone() };
        return Err(table.error(column, problem));
    };
    Ok(u32::try_from(row).expect("fewer than 2^32 rows fit in memory"))
}

/// A CSV file with a header, read row by row.
struct Table {
    file: PathBuf,
    header: Vec<String>,
    reader: Reader<Cursor<Vec<u8>>>,
    record: Record,
}

/// A column that a table has.
#[derive(Clone, Copy)]
struct Column {
    name: &'static str,
    index: usize,
}

impl Table {
    fn open(input: Input) -> Result<Self, Error> {
        let Input { file, content } = input;
        let (header, record) = (Vec::new(), Record::default());
        let reader = match Reader::new(Cursor::new(content)) {
            Ok(reader) => reader,
            Err(error) => return Err(unreadable(file, error)),
        };
        let mut table = Self { file, header, reader, record };
        if !table.read()? {
            return Err(Error::new(Place::file(table.file), Problem::Empty));
        }
        table.header = (0..table.record.len()).map(|at| table.text(at).to_owned()).collect();
        Ok(table)
    }

    fn optional_column(&self, name: &'static str) -> Result<Option<Column>, Error> {
        let mut found = self.header.iter().enumerate().filter(|(_, column)| *column == name);
        let first = found.next().map(|(index, _)| Column { name, index });
        if found.next().is_some() {
            let place = Place::file(&self.file).line(1).column(name);
            return Err(Error::new(place, Problem::RepeatedColumn));
        }
        Ok(first)
    }

    fn column(&self, name: &'static str) -> Result<Column, Error> {
        self.optional_column(name)?.ok_or_else(|| {
            let place = Place::file(&self.file).line(1).column(name);
            Error::new(place, Problem::MissingColumn { found: self.header.clone() })
        })
    }

    /// Reads the next row; gives the line where it begins.
    fn advance(&mut self) -> Result<Option<u64>, Error> {
        if !self.read()? {
            return Ok(None);
        }
        let (expected, found) = (self.header.len() as u64, self.record.len() as u64);
        if found != expected {
            return Err(Error::new(self.place(), Problem::Width { expected, found }));
        }
        Ok(Some(self.record.line()))
    }

    /// Reads the next record, whatever its width.
    fn read(&mut self) -> Result<bool, Error> {
        match self.reader.read(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(error) => return Err(unreadable(self.file.clone(), error)),
        }
        let broken = |cell: cells::Cell<'_>| std::str::from_utf8(cell.bytes).is_err();
        if let Some(at) = self.record.iter().position(broken) {
            let mut place = self.place();
            place.column = self.header.get(at).cloned();
            return Err(Error::new(place, Problem::Utf8));
        }
        Ok(true)
    }

    /// Where the current row begins.
    fn place(&self) -> Place {
        Place::file(&self.file).line(self.record.line())
    }

    fn text(&self, index: usize) -> &str {
        let bytes = self.record.get(index).map(|cell| cell.bytes).unwrap_or_default();
        std::str::from_utf8(bytes).expect("checked when it was read")
    }

    /// The value of the current row; an empty cell is none.
    fn cell(&self, column: Column) -> Option<&str> {
        Some(self.text(column.index)).filter(|cell| !cell.is_empty())
    }

    /// The value of the current row, which must have one.
    fn value(&self, column: Column) -> Result<&str, Error> {
        self.cell(column).ok_or_else(|| self.error(column, Problem::NoValue))
    }

    /// An error in a cell of the current row.
    fn error(&self, column: Column, problem: Problem) -> Error {
        Error::new(self.place().column(column.name), problem)
    }
}

/// The error for what the reader stopped at.
fn unreadable(file: PathBuf, error: cells::Error) -> Error {
    match error {
        cells::Error::Io(error) => Error::new(Place::file(file), Problem::Io(error)),
        cells::Error::Open { line } => Error::new(Place::file(file).line(line), Problem::Open),
    }
}
