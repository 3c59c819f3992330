//! Builds the typed, checked, sorted frame of one table from rows of text.
//!
//! In: the names of the columns that a reader found, then its rows with the line each stands on.
//! Out: a [`DataFrame`] with exactly the declared columns, sorted by key, keys unique. Every
//! reader goes through here, so a value means the same whichever format it came in.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, NaiveTime, Timelike as _};
use polars::prelude::{
    Column, DataFrame, IdxCa, IdxSize, IntoSeries as _, NamedFrom as _, NewChunkedArray as _,
    Series, StringChunked,
};
use uuid::Uuid;

use super::error::{Error, Place, Problem};
use crate::schema::{self, Kind, Presence, Schema, Table};

/// One cell as a reader found it: `None` is NULL.
pub type Cell<'a> = Option<Cow<'a, [u8]>>;

/// Which column of the source fills which declared column.
#[derive(Clone, Debug)]
pub struct Layout {
    width: usize,
    /// For each declared column, its position in the source.
    positions: Vec<Option<usize>>,
}

impl Layout {
    /// Number of columns in the source.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether the value at a position of the source is read at all.
    pub fn reads(&self, position: usize) -> bool {
        self.positions.contains(&Some(position))
    }
}

enum Values {
    Text(Texts),
    Bool(Vec<Option<bool>>),
    Int(Vec<Option<i64>>),
}

/// Texts end to end: a `String` for each would cost half of the time of reading.
#[derive(Default)]
struct Texts {
    bytes: String,
    /// Where each ends, and whether it is NULL.
    cells: Vec<(usize, bool)>,
}

impl Texts {
    fn push(&mut self, text: Option<&str>) {
        self.bytes.push_str(text.unwrap_or_default());
        self.cells.push((self.bytes.len(), text.is_none()));
    }

    fn get(&self, row: usize) -> Option<&str> {
        let (end, null) = self.cells[row];
        let start = row.checked_sub(1).map_or(0, |before| self.cells[before].0);
        if null { None } else { Some(&self.bytes[start..end]) }
    }

    fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.cells.len()).map(|row| self.get(row))
    }
}

/// Rows of one table on their way into a frame.
pub struct TableBuilder {
    table: Table,
    file: PathBuf,
    values: Vec<Values>,
    lines: Vec<u64>,
}

impl TableBuilder {
    /// An empty table that is read from `file`.
    pub fn new(table: Table, file: &Path) -> Self {
        let values = Schema::shipped()
            .columns(table)
            .iter()
            .map(|column| match column.kind {
                Kind::Uuid | Kind::Text => Values::Text(Texts::default()),
                Kind::Bool => Values::Bool(Vec::new()),
                Kind::Timestamp => Values::Int(Vec::new()),
            })
            .collect();
        Self { table, file: file.to_owned(), values, lines: Vec::new() }
    }

    /// Number of rows so far.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The place of a line of this table.
    pub fn place(&self, line: u64) -> Place {
        Place::file(&self.file).line(line).table(self.table)
    }

    /// Finds the declared columns among the names of a header.
    ///
    /// # Errors
    /// A required column that is not there, a declared column that is named twice.
    pub fn layout<S: AsRef<str>>(&self, line: u64, names: &[S]) -> Result<Layout, Error> {
        let mut positions = Vec::with_capacity(Schema::shipped().columns(self.table).len());
        for column in Schema::shipped().columns(self.table) {
            let mut found = names
                .iter()
                .enumerate()
                .filter(|(_, name)| name.as_ref() == column.field.name())
                .map(|(position, _)| position);
            let position = found.next();
            if found.next().is_some() {
                let place = self.place(line).column(column.field.name());
                return Err(Error::new(place, Problem::RepeatedColumn));
            }
            if position.is_none() && column.presence == Presence::Required {
                let found = names.iter().map(|name| name.as_ref().to_owned()).collect();
                let place = self.place(line).column(column.field.name());
                return Err(Error::new(place, Problem::MissingColumn { found }));
            }
            positions.push(position);
        }
        Ok(Layout { width: names.len(), positions })
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
        for (index, column) in Schema::shipped().columns(self.table).iter().enumerate() {
            let cell = layout.positions[index].and_then(|position| cells[position].as_deref());
            if let Err(problem) = store(&mut self.values[index], column, cell) {
                return Err(Error::new(self.place(line).column(column.field.name()), problem));
            }
        }
        self.lines.push(line);
        Ok(())
    }

    /// The frame, sorted by key.
    ///
    /// # Errors
    /// A key that two rows share, with both lines.
    ///
    /// # Panics
    /// With more rows than polars can count, 2³².
    pub fn finish(self) -> Result<DataFrame, Error> {
        let Values::Text(keys) = &self.values[0] else {
            unreachable!("every table's first column is its uuid key");
        };
        let mut order: Vec<usize> = (0..self.lines.len()).collect();
        order.sort_by(|&a, &b| keys.get(a).cmp(&keys.get(b)).then(a.cmp(&b)));
        for pair in order.windows(2) {
            if keys.get(pair[0]) == keys.get(pair[1]) {
                let place = self.place(self.lines[pair[1]]).column("id");
                let problem = Problem::DuplicateKey { first: self.lines[pair[0]] };
                return Err(Error::new(place, problem));
            }
        }
        let order: Vec<IdxSize> = order
            .into_iter()
            .map(|row| IdxSize::try_from(row).expect("rows fit polars' index type"))
            .collect();
        let order = IdxCa::from_vec("order".into(), order);
        let height = self.lines.len();
        let columns: Vec<Column> =
            std::iter::zip(Schema::shipped().columns(self.table), self.values)
                .map(|(column, values)| {
                    let name = column.field.name().into();
                    match values {
                        Values::Text(texts) => {
                            StringChunked::from_iter_options(name, texts.iter()).into_series()
                        }
                        Values::Bool(values) => Series::new(name, values),
                        Values::Int(values) => Series::new(name, values),
                    }
                    .into()
                })
                .collect();
        let frame =
            DataFrame::new(height, columns).expect("every column has one value for each row");
        Ok(frame.take(&order).expect("the order names rows of this frame"))
    }
}

fn store(values: &mut Values, column: &schema::Column, cell: Option<&[u8]>) -> Result<(), Problem> {
    let Some(bytes) = cell else {
        if !column.nullable {
            return Err(Problem::Null);
        }
        match values {
            Values::Text(values) => values.push(None),
            Values::Bool(values) => values.push(None),
            Values::Int(values) => values.push(None),
        }
        return Ok(());
    };
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::Utf8)?;
    if text.contains('\0') {
        return Err(Problem::Nul);
    }
    let wrong = || Problem::Type(column.kind);
    match values {
        Values::Text(values) if column.kind == Kind::Uuid => {
            let id = Uuid::parse_str(text.trim()).map_err(|_| wrong())?;
            values.push(Some(id.hyphenated().encode_lower(&mut Uuid::encode_buffer())));
        }
        Values::Text(values) => values.push(Some(text)),
        Values::Bool(values) => values.push(Some(parse_bool(text).ok_or_else(wrong)?)),
        Values::Int(values) => values.push(Some(parse_timestamp(text).ok_or_else(wrong)?)),
    }
    Ok(())
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
