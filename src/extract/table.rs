//! Builds the typed, checked, sorted frame of one table from rows of text.
//!
//! In: the names of the columns that a reader found, then its rows with the line each stands on.
//! Out: a [`Rows`] with exactly the declared columns, sorted by key, keys unique. Every reader goes
//! through here, so a value means the same whichever format it came in.
//!
//! Columns are found by the names that the source gives them ([`Names`](crate::schema::Names)) and
//! from then on called by those of the declaration.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use polars::prelude::{
    BooleanChunkedBuilder, ChunkedBuilder as _, DataFrame, IdxCa, IdxSize, Int64Type,
    IntoSeries as _, PrimitiveChunkedBuilder, Series, StringChunkedBuilder, UInt128Type,
};
use rayon::prelude::*;
use uuid::Uuid;

use super::Source;
use super::beside::Tables;
use super::error::{Error, Place, Problem};
use super::snapshot::Rows;
use super::value::{parse_bool, parse_timestamp};
use crate::schema::{Column, Field, Had, Keys, Kind, Presence, Table, refers_to};

/// One cell as a reader found it: `None` is NULL.
pub type Cell<'a> = Option<Cow<'a, [u8]>>;

/// Which column of the source fills which declared column.
#[derive(Clone, Debug)]
pub struct Layout {
    width: usize,
    /// For each declared column, where it stands in the source.
    places: Vec<Stands>,
    /// For each column of the source, the kind it is read as.
    kinds: Vec<Option<Kind>>,
}

impl Layout {
    /// Number of columns in the source.
    pub fn width(&self) -> usize {
        self.width
    }

    /// What the value at a position of the source is read as; `None` if it is not read.
    pub fn kind(&self, position: usize) -> Option<Kind> {
        self.kinds.get(position).copied().flatten()
    }
}

/// Where a column stands in the rows of a source.
#[derive(Clone, Debug)]
enum Stands {
    Nowhere,
    At(usize),
    /// The first of the array there.
    FirstOf(usize),
    Joined(Vec<usize>),
}

/// A declared column on its way into a frame.
struct Filling {
    column: Column,
    /// What the source calls it.
    spelled: String,
    /// How it is had, if not as it stands.
    had: Option<Had>,
    /// `None` until a layout has the column: of what never comes no NULL is written down.
    values: Option<Values>,
}

enum Values {
    Uuid(PrimitiveChunkedBuilder<UInt128Type>),
    Text(StringChunkedBuilder),
    Bool(BooleanChunkedBuilder),
    Timestamp(PrimitiveChunkedBuilder<Int64Type>),
}

impl Values {
    /// So many NULLs.
    fn nulls(column: &Column, count: usize) -> Self {
        let name = column.field.name().into();
        let mut values = match column.kind {
            Kind::Uuid => Self::Uuid(PrimitiveChunkedBuilder::new(name, 0)),
            Kind::Text => Self::Text(StringChunkedBuilder::new(name, 0)),
            Kind::Bool => Self::Bool(BooleanChunkedBuilder::new(name, 0)),
            Kind::Timestamp => Self::Timestamp(PrimitiveChunkedBuilder::new(name, 0)),
        };
        (0..count).for_each(|_| values.push_null());
        values
    }

    fn push_null(&mut self) {
        match self {
            Self::Uuid(values) => values.append_null(),
            Self::Text(values) => values.append_null(),
            Self::Bool(values) => values.append_null(),
            Self::Timestamp(values) => values.append_null(),
        }
    }

    fn push(&mut self, bytes: &[u8], key_of: Option<Table>) -> Result<(), Problem> {
        let text = std::str::from_utf8(bytes).map_err(|_| Problem::Utf8)?;
        if memchr::memchr(0, bytes).is_some() {
            return Err(Problem::Nul);
        }
        match self {
            Self::Uuid(values) => values.append_value(key(text, key_of)?),
            Self::Text(values) => values.append_value(text),
            Self::Bool(values) => {
                values.append_value(parse_bool(text).ok_or(Problem::Type(Kind::Bool))?);
            }
            Self::Timestamp(values) => {
                let micros = parse_timestamp(text).ok_or(Problem::Type(Kind::Timestamp))?;
                values.append_value(micros);
            }
        }
        Ok(())
    }

    fn finish(self) -> Series {
        match self {
            Self::Uuid(values) => values.finish().into_series(),
            Self::Text(values) => values.finish().into_series(),
            Self::Bool(values) => values.finish().into_series(),
            Self::Timestamp(values) => values.finish().into_series(),
        }
    }
}

impl Filling {
    /// The column as its values are read: a key of another table is a text.
    fn read_as(&self) -> Column {
        match self.had {
            Some(Had::Beside(_)) => Column { kind: Kind::Text, ..self.column },
            _ => self.column,
        }
    }
}

/// Rows of one table on their way into a frame.
pub struct TableBuilder {
    /// What the source calls it.
    spelled: String,
    /// The files that are read, each with the number of rows before it.
    files: Vec<(usize, PathBuf)>,
    /// One for each declared column, the key first.
    fillings: Vec<Filling>,
    table: Table,
    keys: Keys,
    /// Types of contacts that are read as `customer`.
    customers: BTreeSet<String>,
    lines: Vec<u64>,
}

impl TableBuilder {
    /// An empty table of a source, which is read from `file`.
    pub fn new(table: Table, source: &Source, file: &Path) -> Self {
        let mapping = source.names.mapping();
        let filling = |column: &Column| {
            let had = mapping.columns.get(&(table, column.field)).cloned();
            let spelled = match &had {
                Some(Had::First(name)) => name,
                Some(Had::Beside(beside)) => &beside.by,
                _ => source.names.column(table, column.field),
            };
            Filling { column: *column, spelled: spelled.to_owned(), had, values: None }
        };
        let is_typed = table == Table::Contacts;
        Self {
            table,
            keys: mapping.keys,
            customers: if is_typed { mapping.customers.clone() } else { BTreeSet::new() },
            spelled: source.names.table(table).to_owned(),
            files: vec![(0, file.to_owned())],
            fillings: source.declared.columns(table).iter().map(filling).collect(),
            lines: Vec::new(),
        }
    }

    /// Number of rows so far.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// From now on rows come from another file.
    pub fn enter(&mut self, file: &Path) {
        self.files.push((self.lines.len(), file.to_owned()));
    }

    /// The place of a line of this table, in the file that is read.
    pub fn place(&self, line: u64) -> Place {
        let (_, file) = self.files.last().expect("there is one from the start");
        Place::file(file).line(line).table(&self.spelled)
    }

    /// The file of a row.
    fn file_of(&self, row: usize) -> &Path {
        let at = self.files.partition_point(|(before, _)| *before <= row);
        &self.files[at.saturating_sub(1)].1
    }

    /// Whether a name is that of a column which is read.
    pub fn knows(&self, name: &str) -> bool {
        self.fillings.iter().any(|filling| match &filling.had {
            Some(Had::Joined(names)) => names.iter().any(|joined| joined == name),
            Some(Had::Nowhere | Had::Constant(_)) => false,
            _ => filling.spelled == name,
        })
    }

    /// Finds the declared columns among the names of a header.
    ///
    /// # Errors
    /// A required column that is not there, a declared column that is named twice.
    pub fn layout<S: AsRef<str>>(&mut self, line: u64, names: &[S]) -> Result<Layout, Error> {
        let mut places = Vec::with_capacity(self.fillings.len());
        let mut kinds = vec![None; names.len()];
        for filling in &self.fillings {
            let stands = self.stands(line, names, filling)?;
            let read: &[usize] = match &stands {
                Stands::Nowhere => &[],
                Stands::At(at) | Stands::FirstOf(at) => std::slice::from_ref(at),
                Stands::Joined(all) => all,
            };
            for at in read {
                kinds[*at] = Some(filling.column.kind);
            }
            places.push(stands);
        }
        let rows = self.lines.len();
        for (filling, place) in std::iter::zip(&mut self.fillings, &places) {
            let is_constant = matches!(filling.had, Some(Had::Constant(_)));
            if is_constant || !matches!(place, Stands::Nowhere) {
                let column = filling.read_as();
                filling.values.get_or_insert_with(|| Values::nulls(&column, rows));
            }
        }
        Ok(Layout { width: names.len(), places, kinds })
    }

    /// Where a column stands among the names of a header.
    fn stands<S: AsRef<str>>(
        &self,
        line: u64,
        names: &[S],
        filling: &Filling,
    ) -> Result<Stands, Error> {
        let failed = |name: &str, problem| Err(Error::new(self.place(line).column(name), problem));
        let find = |wanted: &str| {
            let mut found = (0..).zip(names).filter(|(_, name)| name.as_ref() == wanted);
            let first = found.next().map(|(at, _)| at);
            if found.next().is_some() { Err(wanted.to_owned()) } else { Ok(first) }
        };
        let wanted = match &filling.had {
            Some(Had::Nowhere | Had::Constant(_)) => return Ok(Stands::Nowhere),
            Some(Had::Joined(wanted)) => wanted.as_slice(),
            _ => std::slice::from_ref(&filling.spelled),
        };
        let mut positions = Vec::with_capacity(wanted.len());
        for name in wanted {
            match find(name) {
                Ok(found) => positions.extend(found),
                Err(twice) => return failed(&twice, Problem::RepeatedColumn),
            }
        }
        let column = &filling.column;
        let needed =
            column.presence == Presence::Required || !column.nullable || filling.had.is_some();
        match (positions.as_slice(), &filling.had) {
            ([], _) if needed => {
                let found = names.iter().map(|name| name.as_ref().to_owned()).collect();
                failed(&wanted[0], Problem::MissingColumn { found })
            }
            ([], _) => Ok(Stands::Nowhere),
            ([at], Some(Had::First(_))) => Ok(Stands::FirstOf(*at)),
            (_, Some(Had::Joined(_))) => Ok(Stands::Joined(positions)),
            ([at, ..], _) => Ok(Stands::At(*at)),
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// A row of another width than the layout, a value that is not of its column's type, NULL
    /// where a value must be.
    pub fn push(&mut self, layout: &Layout, line: u64, cells: &[Cell<'_>]) -> Result<(), Error> {
        if cells.len() != layout.width {
            let problem = Problem::Width { expected: layout.width, found: cells.len() };
            return Err(Error::new(self.place(line), problem));
        }
        for (index, filling) in self.fillings.iter_mut().enumerate() {
            let Some(values) = &mut filling.values else { continue };
            let joined;
            let cell = match &layout.places[index] {
                Stands::Nowhere => match &filling.had {
                    Some(Had::Constant(text)) => Some(text.as_bytes()),
                    _ => None,
                },
                Stands::At(at) => cells[*at].as_deref(),
                Stands::FirstOf(at) => cells[*at].as_deref().and_then(first_of),
                Stands::Joined(all) => {
                    joined = join(all.iter().filter_map(|at| cells[*at].as_deref()));
                    joined.as_deref()
                }
            };
            let is_customer = filling.column.field == Field::TYPE
                && !self.customers.is_empty()
                && cell.is_some_and(|cell| is_among(&self.customers, cell));
            let cell = if is_customer { Some(b"customer".as_slice()) } else { cell };
            let key_of =
                (self.keys == Keys::Any).then(|| refers_to(self.table, filling.column.field));
            let stored = match cell {
                Some(bytes) => values.push(bytes, key_of),
                None if filling.column.nullable => {
                    values.push_null();
                    Ok(())
                }
                None => Err(Problem::Null),
            };
            if let Err(problem) = stored {
                let column = filling.spelled.clone();
                return Err(Error::new(self.place(line).column(column), problem));
            }
        }
        self.lines.push(line);
        Ok(())
    }

    /// The rows, sorted by key.
    ///
    /// # Errors
    /// A key that two rows share, with both lines.
    ///
    /// # Panics
    /// With more rows than polars can count, 2³².
    pub fn finish(self) -> Result<Rows, Error> {
        self.finish_beside(&Tables::default())
    }

    /// The same, with the rows of the tables that columns are taken from.
    ///
    /// # Errors
    /// Those of [`TableBuilder::finish`].
    ///
    /// # Panics
    /// With more rows than polars can count, 2³².
    pub(super) fn finish_beside(mut self, beside: &Tables) -> Result<Rows, Error> {
        let height = self.lines.len();
        let fillings = std::mem::take(&mut self.fillings);
        let present = fillings.iter().filter(|filling| filling.values.is_some());
        let present = present.map(|filling| filling.column.field).collect();
        let key = fillings[0].spelled.clone();
        let columns: Vec<Series> = fillings
            .into_iter()
            .map(|Filling { column, had, values, .. }| match (values, had) {
                (Some(values), Some(Had::Beside(from))) => beside.take(&from, &values.finish()),
                (Some(values), _) => values.finish(),
                (None, _) => {
                    Series::full_null(column.field.name().into(), height, &column.kind.dtype())
                }
            })
            .collect();
        let columns = match self.order(&columns[0], &key)? {
            None => columns,
            // Texts are views: their bytes stay where they are.
            Some(order) => columns
                .into_par_iter()
                .map(|column| column.take(&order).expect("the order names rows of this frame"))
                .collect(),
        };
        let columns = columns.into_iter().map(Into::into).collect();
        let frame =
            DataFrame::new(height, columns).expect("every column has one value for each row");
        Ok(Rows { frame, present })
    }

    /// In which order the rows are sorted by key; `None` if they are.
    fn order(&self, keys: &Series, name: &str) -> Result<Option<IdxCa>, Error> {
        if keys.null_count() == keys.len() {
            // Without a layout there is no row.
            return Ok(None);
        }
        let keys = keys.u128().expect("every table's first column is its uuid key");
        let keys = keys.cont_slice().expect("a key is never NULL, and was built in one piece");
        if keys.is_sorted_by(|a, b| a < b) {
            return Ok(None);
        }
        let index = |row| IdxSize::try_from(row).expect("rows fit polars' index type");
        let mut order: Vec<(u128, IdxSize)> =
            keys.iter().enumerate().map(|(row, &key)| (key, index(row))).collect();
        order.par_sort_unstable();
        if let Some(pair) = order.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let line = |row: IdxSize| self.lines[row as usize];
            let [first, second] = [pair[0].1, pair[1].1];
            let file = |row: IdxSize| self.file_of(row as usize);
            let place = Place::file(file(second)).line(line(second));
            let place = place.table(&self.spelled).column(name);
            let other = (file(first) != file(second)).then(|| file(first).to_owned());
            let problem = Problem::DuplicateKey { first: line(first), file: other };
            return Err(Error::new(place, problem));
        }
        let order = order.into_iter().map(|(_, row)| row).collect();
        Ok(Some(IdxCa::from_vec("order".into(), order)))
    }
}

/// An id: a UUID, or what stands for one in a source with other keys. Two tables may use one key, so
/// the table counts.
fn key(text: &str, of: Option<Table>) -> Result<u128, Problem> {
    /// Of all keys that are no UUIDs.
    const SPACE: Uuid = Uuid::from_u128(0x8f0e_6c1d_52b7_4b0e_9d1a_3c5f_7e2a_6b90);
    let text = text.trim();
    match (Uuid::parse_str(text), of) {
        (Ok(id), _) => Ok(id.as_u128()),
        (Err(_), Some(table)) if !text.is_empty() => {
            Ok(Uuid::new_v5(&SPACE, format!("{table} {text}").as_bytes()).as_u128())
        }
        _ => Err(Problem::Type(Kind::Uuid)),
    }
}

/// The first value of an array as Postgres prints it.
fn first_of(array: &[u8]) -> Option<&[u8]> {
    let inner = array.strip_prefix(b"{")?.strip_suffix(b"}")?;
    let first = inner.split(|byte| *byte == b',').next().unwrap_or_default();
    let first =
        first.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(first);
    (!first.is_empty() && first != b"NULL").then_some(first)
}

/// Texts with a blank between them; nothing if none has a letter.
fn join<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let texts = texts.map(<[u8]>::trim_ascii).filter(|text| !text.is_empty());
    let joined = texts.collect::<Vec<_>>().join(b" ".as_slice());
    (!joined.is_empty()).then_some(joined)
}

fn is_among(types: &BTreeSet<String>, cell: &[u8]) -> bool {
    std::str::from_utf8(cell).is_ok_and(|text| types.contains(&text.trim().to_lowercase()))
}
