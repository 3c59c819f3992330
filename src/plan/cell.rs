//! Cells: how a typed value stands in a CSV file of a plan, and how it is read back.
//!
//! In and out: typed columns and our dialect. What is written is read back as the same value; a
//! cell that is not of its kind is refused. Knows no file.

use chrono::{DateTime, Utc};
use polars::prelude::{
    BooleanChunkedBuilder, ChunkedBuilder as _, Column, Int64Type, IntoColumn as _,
    PrimitiveChunkedBuilder, StringChunkedBuilder, UInt32Type, UInt128Type,
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
    match micros {
        i64::MAX => "infinity".to_owned(),
        i64::MIN => "-infinity".to_owned(),
        _ => DateTime::from_timestamp_micros(micros).map_or_else(
            || micros.to_string(),
            |time| time.format("%Y-%m-%d %H:%M:%S%.f+00").to_string(),
        ),
    }
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
    let time = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").ok()?;
    Some(time.with_timezone(&Utc).timestamp_micros())
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
    fn a_timestamp_is_read_back_to_the_microsecond() {
        let ends = [i64::MIN, i64::MAX, -62_135_596_800_000_000];
        for micros in ends.into_iter().chain([0, 1, -1, 1_756_975_690_605_058, 999_999]) {
            assert_eq!(read_timestamp(&timestamp(micros)), Some(micros));
        }
        assert_eq!(read_timestamp("yesterday"), None);
    }
}
