//! Reads one table from a Parquet file.
//!
//! In: the declared columns, found by name; no other column is decoded. Out: a checked frame. A
//! type is never converted by guess: ids and text are strings, booleans are booleans, timestamps
//! are timestamps or the text of one. There are no lines here, so places count rows from 1.
//!
//! The decoder is not ours, and believes the counts that a file states. Where it panics over a
//! damaged file that becomes an error; where it asks for more memory than there is, the process
//! ends. A file that is merely cut short is always an error.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;

use chrono::{DateTime, Datelike as _};
use polars::prelude::{ArrowDataType, Column, DataFrame, DataType, PolarsError, TimeUnit};
use polars_io::SerReader as _;
use polars_io::parquet::read::ParquetReader;

use super::Source;
use super::beside::Tables;
use super::error::{Error, Place, Problem};
use super::input;
use super::snapshot::Rows;
use super::table::{Cell, TableBuilder};
use crate::progress::Progress;
use crate::schema::{Kind, Table};

/// Reads the file of a table.
pub(super) fn read(
    path: &Path,
    table: Table,
    source: &Source,
    beside: &Tables,
    progress: Progress,
) -> Result<Rows, Error> {
    let stage = input::stage(path, progress);
    let place = Place::file(path).table(source.names.table(table));
    let failed = |problem| Error::new(place.clone(), problem);
    let file = File::open(path).map_err(|error| failed(Problem::Io(error)))?;
    // Nothing outlives a panic in there that could be left half-changed.
    let decoded = std::panic::catch_unwind(move || decode(file, table, source));
    let (names, frame) = match decoded {
        Ok(Ok(decoded)) => decoded,
        Ok(Err(Refused::Polars(error))) => {
            return Err(failed(Problem::Io(std::io::Error::other(error))));
        }
        Ok(Err(Refused::Type { column, problem })) => {
            return Err(Error::new(place.column(column), problem));
        }
        Err(_) => return Err(failed(Problem::Io(std::io::Error::other("the file is damaged")))),
    };
    let mut builder = TableBuilder::new(table, source, path);
    let missing = |error: Error| Error::new(Place { line: None, ..*error.place }, error.problem);
    builder.layout(0, &names).map_err(missing)?;
    let names: Vec<_> = frame.columns().iter().map(|column| column.name().as_str()).collect();
    let layout = builder.layout(0, &names).map_err(missing)?;
    for row in 0..frame.height() {
        let cells: Option<Vec<Cell<'_>>> =
            frame.columns().iter().map(|column| cell(column, row)).collect();
        let line = row as u64 + 1;
        let cells =
            cells.ok_or_else(|| Error::new(builder.place(line), Problem::Type(Kind::Timestamp)))?;
        builder.push(&layout, line, &cells)?;
    }
    let rows = builder.finish_beside(beside)?;
    stage.finish(&format!("{} {}", rows.height(), source.names.table(table)));
    Ok(rows)
}

enum Refused {
    Polars(PolarsError),
    Type { column: String, problem: Problem },
}

impl From<PolarsError> for Refused {
    fn from(error: PolarsError) -> Self {
        Self::Polars(error)
    }
}

/// The names of all columns, and the declared ones with their values.
fn decode(file: File, table: Table, source: &Source) -> Result<(Vec<String>, DataFrame), Refused> {
    let mut reader = ParquetReader::new(file);
    let schema = reader.schema()?;
    let mut read = Vec::new();
    for column in source.declared.columns(table) {
        let spelled = source.names.column(table, column.field);
        let Some(field) = schema.get(spelled) else { continue };
        if !fits(column.kind, &field.dtype) {
            let found = format!("{:?}", field.dtype);
            let problem = Problem::ColumnType { expected: column.kind, found };
            return Err(Refused::Type { column: spelled.to_owned(), problem });
        }
        read.push(spelled.to_owned());
    }
    let names = schema.iter_names().map(ToString::to_string).collect();
    Ok((names, reader.with_columns(Some(read)).finish()?))
}

fn fits(kind: Kind, found: &ArrowDataType) -> bool {
    let text =
        matches!(found, ArrowDataType::Utf8 | ArrowDataType::LargeUtf8 | ArrowDataType::Utf8View);
    match kind {
        Kind::Uuid | Kind::Text => text,
        Kind::Bool => matches!(found, ArrowDataType::Boolean),
        Kind::Timestamp => text || matches!(found, ArrowDataType::Timestamp(..)),
    }
}

/// A value as text; `None` if no text can stand for it.
fn cell(column: &Column, row: usize) -> Option<Cell<'_>> {
    if let Ok(values) = column.str() {
        return Some(values.get(row).map(|text| Cow::Borrowed(text.as_bytes())));
    }
    if let Ok(values) = column.bool() {
        let text = values.get(row).map(|value| if value { "t" } else { "f" });
        return Some(text.map(|text| Cow::Borrowed(text.as_bytes())));
    }
    let DataType::Datetime(unit, _) = column.dtype() else { return None };
    let values = column.datetime().ok()?;
    let Some(value) = values.physical().get(row) else { return Some(None) };
    let micros = match unit {
        TimeUnit::Nanoseconds => value.div_euclid(1000),
        TimeUnit::Microseconds => value,
        TimeUnit::Milliseconds => value.checked_mul(1000)?,
    };
    Some(Some(Cow::Owned(timestamp(micros)?.into_bytes())))
}

/// The text that is read back as the same time.
fn timestamp(micros: i64) -> Option<String> {
    match micros {
        i64::MAX => return Some("infinity".to_owned()),
        i64::MIN => return Some("-infinity".to_owned()),
        _ => {}
    }
    let time = DateTime::from_timestamp_micros(micros)?;
    let (year, era) = if time.year() > 0 { (time.year(), "") } else { (1 - time.year(), " BC") };
    Some(format!("{year:04}-{}{era}", time.format("%m-%d %H:%M:%S%.6f+00")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::value::parse_timestamp;

    #[test]
    fn a_timestamp_survives_its_text() {
        for micros in [
            0,
            -1,
            1_756_975_690_605_058,
            -62_167_219_200_000_001,
            -99_999_999_999_999_999,
            999_999_999_999_999_999,
            i64::MAX,
            i64::MIN,
        ] {
            let text = timestamp(micros).unwrap();
            assert_eq!(parse_timestamp(&text), Some(micros), "{text}");
        }
        assert_eq!(timestamp(i64::MAX - 1), None);
    }
}
