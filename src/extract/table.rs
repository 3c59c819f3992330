//! Builds the typed, checked, sorted frame of one table from rows of text.
//!
//! In: the names of the columns that a reader found, then its rows with the line each stands on.
//! Out: a [`Rows`] with exactly the declared columns, sorted by key, keys unique. Every reader goes
//! through here, so a value means the same whichever format it came in.
//!
//! Columns are found by the names that the source gives them ([`Names`](crate::schema::Names)) and
//! from then on called by those of the declaration.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, NaiveTime, Timelike as _};
use polars::prelude::{
    BooleanChunkedBuilder, ChunkedBuilder as _, DataFrame, IdxCa, IdxSize, Int64Type,
    IntoSeries as _, PrimitiveChunkedBuilder, Series, StringChunkedBuilder, UInt128Type,
};
use rayon::prelude::*;
use uuid::Uuid;

use super::Source;
use super::error::{Error, Place, Problem};
use super::snapshot::Rows;
use crate::schema::{Column, Kind, Presence, Table};

/// One cell as a reader found it: `None` is NULL.
pub type Cell<'a> = Option<Cow<'a, [u8]>>;

/// Which column of the source fills which declared column.
#[derive(Clone, Debug)]
pub struct Layout {
    width: usize,
    /// For each declared column, its position in the source.
    positions: Vec<Option<usize>>,
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

/// A declared column on its way into a frame.
struct Filling {
    column: Column,
    /// What the source calls it.
    spelled: String,
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

    fn push(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let text = std::str::from_utf8(bytes).map_err(|_| Problem::Utf8)?;
        if memchr::memchr(0, bytes).is_some() {
            return Err(Problem::Nul);
        }
        match self {
            Self::Uuid(values) => values.append_value(parse_uuid(text)?),
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

/// Rows of one table on their way into a frame.
pub struct TableBuilder {
    /// What the source calls it.
    spelled: String,
    /// The files that are read, each with the number of rows before it.
    files: Vec<(usize, PathBuf)>,
    /// One for each declared column, the key first.
    fillings: Vec<Filling>,
    lines: Vec<u64>,
}

impl TableBuilder {
    /// An empty table of a source, which is read from `file`.
    pub fn new(table: Table, source: &Source, file: &Path) -> Self {
        let filling = |column: &Column| Filling {
            column: *column,
            spelled: source.names.column(table, column.field).to_owned(),
            values: None,
        };
        Self {
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
        self.fillings.iter().any(|filling| filling.spelled == name)
    }

    /// Finds the declared columns among the names of a header.
    ///
    /// # Errors
    /// A required column that is not there, a declared column that is named twice.
    pub fn layout<S: AsRef<str>>(&mut self, line: u64, names: &[S]) -> Result<Layout, Error> {
        let mut positions = Vec::with_capacity(self.fillings.len());
        let mut kinds = vec![None; names.len()];
        for filling in &self.fillings {
            let mut found = names
                .iter()
                .enumerate()
                .filter(|(_, name)| name.as_ref() == filling.spelled)
                .map(|(position, _)| position);
            let position = found.next();
            if found.next().is_some() {
                let place = self.place(line).column(&filling.spelled);
                return Err(Error::new(place, Problem::RepeatedColumn));
            }
            let column = &filling.column;
            let needed = column.presence == Presence::Required || !column.nullable;
            if position.is_none() && needed {
                let found = names.iter().map(|name| name.as_ref().to_owned()).collect();
                let place = self.place(line).column(&filling.spelled);
                return Err(Error::new(place, Problem::MissingColumn { found }));
            }
            if let Some(position) = position {
                kinds[position] = Some(column.kind);
            }
            positions.push(position);
        }
        let rows = self.lines.len();
        for (filling, position) in std::iter::zip(&mut self.fillings, &positions) {
            if position.is_some() {
                filling.values.get_or_insert_with(|| Values::nulls(&filling.column, rows));
            }
        }
        Ok(Layout { width: names.len(), positions, kinds })
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
            let cell = layout.positions[index].and_then(|position| cells[position].as_deref());
            let stored = match cell {
                Some(bytes) => values.push(bytes),
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
    pub fn finish(mut self) -> Result<Rows, Error> {
        let height = self.lines.len();
        let fillings = std::mem::take(&mut self.fillings);
        let present = fillings.iter().filter(|filling| filling.values.is_some());
        let present = present.map(|filling| filling.column.field).collect();
        let key = fillings[0].spelled.clone();
        let columns: Vec<Series> = fillings
            .into_iter()
            .map(|Filling { column, values, .. }| match values {
                Some(values) => values.finish(),
                None => Series::full_null(column.field.name().into(), height, &column.kind.dtype()),
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

fn parse_uuid(text: &str) -> Result<u128, Problem> {
    let id = Uuid::parse_str(text.trim()).map_err(|_| Problem::Type(Kind::Uuid))?;
    Ok(id.as_u128())
}

/// The spellings of a boolean that Postgres reads.
fn parse_bool(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "t" | "true" | "1" | "y" | "yes" | "on" => Some(true),
        "f" | "false" | "0" | "n" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Reads a timestamp as Postgres prints it in ISO style, or as ISO 8601 has it.
///
/// A time without an offset is taken as UTC. `infinity` and `-infinity` are the ends of the
/// range, as they are in Postgres' own binary format.
///
/// # Units
/// Microseconds since 1970-01-01 00:00 UTC.
pub(crate) fn parse_timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    match text {
        "infinity" => return Some(i64::MAX),
        "-infinity" => return Some(i64::MIN),
        _ => {}
    }
    let (text, before_christ) = match text.strip_suffix(" BC") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let date = parse_date(date, before_christ)?;
    let days = date.signed_duration_since(NaiveDate::default()).num_days();
    let (micros, offset_seconds) = if time.is_empty() { (0, 0) } else { parse_time(time.trim())? };
    days.checked_mul(86_400_000_000)?
        .checked_add(micros)?
        .checked_sub(offset_seconds.checked_mul(1_000_000)?)
}

fn parse_date(text: &str, before_christ: bool) -> Option<NaiveDate> {
    let mut parts = text.splitn(3, '-');
    let year: i32 = digits(parts.next()?, 4..=6)?.try_into().ok()?;
    let month = digits(parts.next()?, 2..=2)?.try_into().ok()?;
    let day = digits(parts.next()?, 2..=2)?.try_into().ok()?;
    let year = if before_christ { 1 - year } else { year };
    NaiveDate::from_ymd_opt(year, month, day)
}

/// Microseconds since midnight, and the offset from UTC in seconds.
fn parse_time(text: &str) -> Option<(i64, i64)> {
    let (clock, offset) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => (text[..at].trim_end(), &text[at..]),
        None => (text, ""),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = clock.splitn(3, ':');
    let hour = digits(parts.next()?, 2..=2)?;
    let minute = digits(parts.next()?, 2..=2)?;
    let second = parts.next().map_or(Some(0), |part| digits(part, 2..=2))?;
    // 24:00:00 is a time of day to Postgres.
    let seconds = if (hour, minute, second) == (24, 0, 0) {
        86_400
    } else {
        let small = |part: i64| u32::try_from(part).ok();
        let time = NaiveTime::from_hms_opt(small(hour)?, small(minute)?, small(second)?)?;
        i64::from(time.num_seconds_from_midnight())
    };
    let micros = if fraction.is_empty() {
        0
    } else {
        let value = digits(fraction, 1..=9)?;
        let width = u32::try_from(fraction.len()).ok()?;
        value * 1_000_000 / 10_i64.pow(width)
    };
    Some((seconds * 1_000_000 + micros, parse_offset(offset)?))
}

/// Seconds east of UTC: empty, `Z`, `+07`, `+0530`, `+05:30` or `+05:30:15`.
fn parse_offset(text: &str) -> Option<i64> {
    let sign = match text.bytes().next() {
        None | Some(b'Z' | b'z') => return (text.len() <= 1).then_some(0),
        Some(b'+') => 1,
        Some(_) => -1,
    };
    let text = &text[1..];
    let mut seconds = 0;
    if text.contains(':') {
        for (part, unit) in text.splitn(3, ':').zip([3600, 60, 1]) {
            seconds += digits(part, 2..=2)? * unit;
        }
    } else {
        let value = digits(text, 2..=4)?;
        seconds = match text.len() {
            2 => value * 3600,
            4 => value / 100 * 3600 + value % 100 * 60,
            _ => return None,
        };
    }
    (seconds <= 16 * 3600).then_some(sign * seconds)
}

fn digits(text: &str, width: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let fine = width.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fine { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(parse_timestamp(text), expected, "{text}");
    }

    #[test]
    fn a_timestamp_is_microseconds_in_utc() {
        check("1970-01-01 00:00:00+00", Some(0));
        check("1970-01-01", Some(0));
        check("1970-01-01T00:00:00Z", Some(0));
        check("1970-01-01 00:00:00.000001+00", Some(1));
        check("1970-01-01 00:00:00.5", Some(500_000));
        check("1970-01-01 07:00:00+07", Some(0));
        check("1970-01-01 05:30:00+05:30", Some(0));
        check("1970-01-01 05:30:00+0530", Some(0));
        check("1969-12-31 19:00:00-05", Some(0));
        check("1969-12-31 24:00:00+00", Some(0));
        check("2025-09-04 08:48:10.605058+00", Some(1_756_975_690_605_058));
        check("0001-01-01 00:00:00+00 BC", Some(-62_167_219_200_000_000));
        check("infinity", Some(i64::MAX));
        check("-infinity", Some(i64::MIN));
    }

    #[test]
    fn what_is_no_timestamp_is_refused() {
        for text in [
            "",
            "now",
            "2025",
            "2025-13-01",
            "2025-02-29",
            "2025-01-01 25:00:00",
            "2025-01-01 aa",
            "2025-01-01 00:00:00+99",
            "27/01/2025",
            "2025-01-01 00:00:00 PST",
            "٢٠٢٥-01-01",
        ] {
            check(text, None);
        }
    }
}
