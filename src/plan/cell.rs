//! Cells: how a typed value stands in a CSV file of a plan, and how it is read back.
//!
//! In and out: typed columns and our dialect. What is written is read back as the same value; a
//! cell that is not of its kind is refused. Knows no file.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};
use polars::prelude::{
    BooleanChunked, BooleanChunkedBuilder, ChunkedBuilder as _, Column, DataFrame, DataType,
    Int64Chunked, Int64Type, IntoColumn as _, PrimitiveChunkedBuilder, StringChunked,
    StringChunkedBuilder, UInt32Chunked, UInt32Type, UInt128Chunked, UInt128Type,
};
use serde::Deserialize as _;
use serde::de::value::{Error as Unknown, StrDeserializer};
use uuid::Uuid;

use super::Cause;
use super::sheet::{CellKind, SheetColumn};
use crate::dialect;
use crate::schema::Kind;
use crate::transform::desired::Action;

/// A timestamp in UTC as Postgres prints it.
///
/// # Units
/// In: microseconds since 1970.
pub fn timestamp(micros: i64) -> String {
    let mut text = String::new();
    print_timestamp(micros, &mut text);
    text
}

fn print_timestamp(micros: i64, text: &mut String) {
    match micros {
        i64::MAX => return text.push_str("infinity"),
        i64::MIN => return text.push_str("-infinity"),
        _ => {}
    }
    let written = "writing into a string does not fail";
    let Some(time) = DateTime::from_timestamp_micros(micros) else {
        return write!(text, "{micros}").expect(written);
    };
    match u32::try_from(time.year()) {
        Ok(year @ 0..=9999) => {
            // By hand: a format is read again for every cell, and there are millions.
            let digit = |value: u32| char::from_digit(value % 10, 10).expect("less than ten");
            let mut two = |digits: u32, after: &str| {
                text.extend([digit(digits / 10), digit(digits)]);
                text.push_str(after);
            };
            two(year / 100, "");
            two(year % 100, "-");
            two(time.month(), "-");
            two(time.day(), " ");
            two(time.hour(), ":");
            two(time.minute(), ":");
            two(time.second(), "");
        }
        _ => write!(text, "{}", time.format("%Y-%m-%d %H:%M:%S")).expect(written),
    }
    match time.timestamp_subsec_micros() {
        0 => {}
        micros if micros % 1_000 == 0 => {
            write!(text, ".{:03}", micros / 1_000).expect(written);
        }
        micros => write!(text, ".{micros:06}").expect(written),
    }
    text.push_str("+00");
}

/// Reads what [`timestamp`] writes.
///
/// # Units
/// Out: microseconds since 1970.
fn read_timestamp(text: &str) -> Option<i64> {
    match text {
        "infinity" => return Some(i64::MAX),
        "-infinity" => return Some(i64::MIN),
        _ => {}
    }
    if let Some(micros) = read_plain(text.as_bytes()) {
        return Some(micros);
    }
    let time = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").ok()?;
    Some(time.with_timezone(&Utc).timestamp_micros())
}

/// Reads a time of four-digit year without a fraction, as nearly all are.
fn read_plain(text: &[u8]) -> Option<i64> {
    let text: &[u8; 22] = text.try_into().ok()?;
    let number = |from: usize, to: usize| {
        text[from..to].iter().try_fold(0_u32, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if marks.iter().any(|&(at, mark)| text[at] != mark) || &text[19..] != b"+00" {
        return None;
    }
    let year = i32::try_from(number(0, 4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(5, 7)?, number(8, 10)?)?;
    let time = date.and_hms_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?)?;
    Some(time.and_utc().timestamp_micros())
}

/// A typed value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// A key.
    Uuid(Uuid),
    /// A text.
    Text(&'a str),
    /// True or false.
    Bool(bool),
    /// Microseconds since 1970.
    Timestamp(i64),
    /// A count, or a score in millibits.
    Number(i64),
}

impl Value<'_> {
    /// Appends what stands in a file, before quoting.
    pub(super) fn print(self, cell: &mut String) {
        match self {
            Self::Null => cell.push_str(dialect::NULL),
            Self::Uuid(id) => {
                cell.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
            }
            Self::Text(text) => cell.push_str(&dialect::escape(text)),
            Self::Bool(value) => cell.push(if value { 't' } else { 'f' }),
            Self::Timestamp(i64::MIN) => cell.push_str("'-infinity"),
            Self::Timestamp(micros) => print_timestamp(micros, cell),
            Self::Number(number) => {
                if number < 0 {
                    cell.push('\'');
                }
                write!(cell, "{number}").expect("writing into a string does not fail");
            }
        }
    }
}

/// A column of a frame, seen as the values of its rows.
#[derive(Clone, Copy)]
pub enum Cells<'a> {
    /// Keys.
    Uuid(&'a UInt128Chunked),
    /// Texts.
    Text(&'a StringChunked),
    /// True or false.
    Bool(&'a BooleanChunked),
    /// Microseconds since 1970.
    Timestamp(&'a Int64Chunked),
    /// Counts.
    Count(&'a UInt32Chunked),
}

impl<'a> Cells<'a> {
    /// The cells of a column of a sheet's frame.
    ///
    /// # Panics
    /// If no sheet has a column of that type.
    pub fn of(column: &'a Column) -> Self {
        let typed = "the type was looked at";
        match column.dtype() {
            DataType::UInt128 => Self::Uuid(column.u128().expect(typed)),
            DataType::String => Self::Text(column.str().expect(typed)),
            DataType::Boolean => Self::Bool(column.bool().expect(typed)),
            DataType::Int64 => Self::Timestamp(column.i64().expect(typed)),
            DataType::UInt32 => Self::Count(column.u32().expect(typed)),
            other => unreachable!("no sheet has a column of type {other}"),
        }
    }

    /// The cells of every column of a frame.
    pub(super) fn all(frame: &'a DataFrame) -> Vec<Self> {
        frame.columns().iter().map(Self::of).collect()
    }

    /// The value of a row.
    pub fn get(self, row: usize) -> Value<'a> {
        let value = match self {
            Self::Uuid(values) => values.get(row).map(|id| Value::Uuid(Uuid::from_u128(id))),
            Self::Text(values) => values.get(row).map(Value::Text),
            Self::Bool(values) => values.get(row).map(Value::Bool),
            Self::Timestamp(values) => values.get(row).map(Value::Timestamp),
            Self::Count(values) => values.get(row).map(|count| Value::Number(count.into())),
        };
        value.unwrap_or(Value::Null)
    }
}

/// A column of a frame under way, filled from cells.
pub(super) struct ColumnReader {
    kind: CellKind,
    values: Values,
}

enum Values {
    Uuid(PrimitiveChunkedBuilder<UInt128Type>),
    Text(StringChunkedBuilder),
    Bool(BooleanChunkedBuilder),
    Timestamp(PrimitiveChunkedBuilder<Int64Type>),
    Count(PrimitiveChunkedBuilder<UInt32Type>),
}

impl ColumnReader {
    /// An empty column with room for so many rows.
    pub(super) fn new(column: &SheetColumn, rows: usize) -> Self {
        let name = column.name.as_str().into();
        let values = match column.kind {
            CellKind::Value(Kind::Uuid) => Values::Uuid(PrimitiveChunkedBuilder::new(name, rows)),
            CellKind::Value(Kind::Text) | CellKind::Action | CellKind::Cause => {
                Values::Text(StringChunkedBuilder::new(name, rows))
            }
            CellKind::Value(Kind::Bool) => Values::Bool(BooleanChunkedBuilder::new(name, rows)),
            CellKind::Value(Kind::Timestamp) => {
                Values::Timestamp(PrimitiveChunkedBuilder::new(name, rows))
            }
            CellKind::Count => Values::Count(PrimitiveChunkedBuilder::new(name, rows)),
        };
        Self { kind: column.kind, values }
    }

    /// Adds a cell as it stands in the file; `None` if it is not of the column's kind.
    pub(super) fn push(&mut self, cell: &[u8]) -> Option<()> {
        let text = std::str::from_utf8(cell).ok()?;
        if text == dialect::NULL {
            match &mut self.values {
                Values::Uuid(values) => values.append_null(),
                Values::Text(values) => values.append_null(),
                Values::Bool(values) => values.append_null(),
                Values::Timestamp(values) => values.append_null(),
                Values::Count(values) => values.append_null(),
            }
            return Some(());
        }
        let text = &*dialect::unescape(text);
        match &mut self.values {
            Values::Uuid(values) => values.append_value(Uuid::parse_str(text).ok()?.as_u128()),
            Values::Text(values) => {
                let word = StrDeserializer::<Unknown>::new(text);
                match self.kind {
                    CellKind::Action => drop(Action::deserialize(word).ok()?),
                    CellKind::Cause => drop(Cause::deserialize(word).ok()?),
                    _ => {}
                }
                values.append_value(text);
            }
            Values::Bool(values) => values.append_value(match text {
                "t" => true,
                "f" => false,
                _ => return None,
            }),
            Values::Timestamp(values) => values.append_value(read_timestamp(text)?),
            Values::Count(values) => values.append_value(text.parse().ok()?),
        }
        Some(())
    }

    /// The column.
    pub(super) fn finish(self) -> Column {
        match self.values {
            Values::Uuid(values) => values.finish().into_column(),
            Values::Text(values) => values.finish().into_column(),
            Values::Bool(values) => values.finish().into_column(),
            Values::Timestamp(values) => values.finish().into_column(),
            Values::Count(values) => values.finish().into_column(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_printed_as_postgres_does() {
        #[track_caller]
        fn check(micros: i64, expected: &str) {
            assert_eq!(timestamp(micros), expected);
            assert_eq!(read_timestamp(expected), Some(micros));
        }
        check(0, "1970-01-01 00:00:00+00");
        check(-1, "1969-12-31 23:59:59.999999+00");
        check(1_756_975_690_605_058, "2025-09-04 08:48:10.605058+00");
        check(1_756_975_690_600_000, "2025-09-04 08:48:10.600+00");
        check(-62_135_596_800_000_000, "0001-01-01 00:00:00+00");
        check(253_402_300_799_000_000, "9999-12-31 23:59:59+00");
        check(253_402_300_800_000_000, "+10000-01-01 00:00:00+00");
        check(i64::MAX, "infinity");
        check(i64::MIN, "-infinity");
        for no_time in ["", "yesterday", "2025-02-29 00:00:00+00", "2025-01-01 24:00:00+00"] {
            assert_eq!(read_timestamp(no_time), None, "{no_time}");
        }
    }

    #[test]
    fn the_dialect_is_as_documented() {
        #[track_caller]
        fn check(value: Value<'_>, expected: &str) {
            let mut cell = String::new();
            value.print(&mut cell);
            assert_eq!(cell, expected);
        }
        check(Value::Null, r"\N");
        check(Value::Text(""), "");
        check(Value::Text(r"\N"), r"'\N");
        check(Value::Text("'x"), "''x");
        check(Value::Text("=1"), "'=1");
        check(Value::Bool(true), "t");
        check(Value::Number(-3300), "'-3300");
        check(Value::Number(14), "14");
        check(Value::Timestamp(i64::MIN), "'-infinity");
        check(Value::Timestamp(0), "1970-01-01 00:00:00+00");
        check(Value::Uuid(Uuid::nil()), "00000000-0000-0000-0000-000000000000");
    }
}
