//! Staging: the plan's sheets in temporary tables, by COPY BINARY.
//!
//! Temporary, typed, analyzed: the stale check and the merge are joins against them. They outlive
//! their transaction and end with the session, so that what was looked at is what is loaded. What is staged is what was reviewed: the typed cells of the plan's files, which are hashed
//! while they are read. A staging table has the columns of its sheet that a load needs. Rows are
//! encoded as they come: neither a sheet nor its bytes are held.

use std::pin::{Pin, pin};

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::SinkExt as _;
use polars::prelude::{BooleanChunked, DataFrame, Int64Chunked, StringChunked, UInt128Chunked};
use tokio_postgres::{CopyInSink, Transaction};

use super::apply::Options;
use super::merge::sql_type;
use super::{Error, quote_ident};
use crate::plan::archive::{Batches, Stored};
use crate::plan::sheet::{CellKind, Meaning, Sheet, SheetColumn};
use crate::progress::Stage;
use crate::schema::{Field, Kind, Table};

/// Bytes of rows that are sent at once.
const CHUNK: usize = 256 * 1024;

/// Microseconds from 1970, from which a frame counts, to 2000, from which the wire does.
pub(super) const EPOCH_2000: i64 = 946_684_800_000_000;

/// The staging table of a table.
pub fn staging(table: Table) -> String {
    format!("pg_temp.{}", quote_ident(&format!("orgfold_{table}")))
}

/// The staging column of a column that a run writes in rows that exist, as it was.
pub fn before(field: Field) -> String {
    quote_ident(&format!("{field}_before"))
}

/// The staging column of a column that a run writes in rows that exist, as it will be.
pub fn after(field: Field) -> String {
    quote_ident(&format!("{field}_after"))
}

/// A column of a staging table.
pub(super) struct Staged {
    /// Name, in quotes.
    pub(super) name: String,
    kind: Kind,
    /// Place in the sheet.
    at: usize,
}

/// The columns of the staging table of a sheet: all but what only people read.
pub(super) fn staged(columns: &[SheetColumn]) -> Vec<Staged> {
    let staged = columns.iter().enumerate().filter_map(|(at, column)| {
        let name = match column.meaning {
            Meaning::Key => quote_ident(Field::ID.name()),
            Meaning::Before(field) => before(field),
            Meaning::After(field) => after(field),
            Meaning::Read(field) | Meaning::Inserted(field) => quote_ident(field.name()),
            Meaning::Action | Meaning::IsTenant => quote_ident(&column.name),
            Meaning::Tenant | Meaning::Cause | Meaning::Members | Meaning::Sources => return None,
        };
        let kind = match column.kind {
            CellKind::Value(kind) => kind,
            CellKind::Action | CellKind::Cause | CellKind::Count => Kind::Text,
        };
        Some(Staged { name, kind, at })
    });
    staged.collect()
}

/// The statement that makes the staging table of a table.
pub(super) fn create(table: Table, columns: &[Staged]) -> String {
    let definition = |column: &Staged| format!("{} {}", column.name, sql_type(column.kind));
    let definitions: Vec<String> = columns.iter().map(definition).collect();
    format!("create temp table {} ({}, primary key (id))", staging(table), definitions.join(", "))
}

/// Fills the staging tables; they vanish with the session.
///
/// # Errors
/// The database; a file of the plan that was changed.
pub async fn stage(
    transaction: &Transaction<'_>,
    plan: &Stored,
    options: &Options<'_>,
) -> Result<(), Error> {
    let doing = || Error::database("stage the plan");
    for sheet in Sheet::LOAD_BEARING {
        let Some(table) = sheet.table() else { continue };
        let batches = plan.batches(sheet, options.declared)?;
        let columns = staged(batches.columns());
        let name = staging(table);
        transaction.batch_execute(&create(table, &columns)).await.map_err(doing())?;
        let rows = plan.manifest.files.get(sheet.file()).map_or(0, |facts| facts.rows);
        let step = options.progress.stage(&format!("staging {}", sheet.file()), rows as u64);
        copy(transaction, (&name, &columns), batches, &step).await?;
        // Without it the merge plans are bad.
        transaction.batch_execute(&format!("analyze {name}")).await.map_err(doing())?;
        step.end(rows, "rows");
    }
    Ok(())
}

/// Sends the rows of a sheet into its staging table.
async fn copy(
    transaction: &Transaction<'_>,
    (table, columns): (&str, &[Staged]),
    batches: Batches,
    step: &Stage,
) -> Result<(), Error> {
    let doing = || Error::database("copy the plan into its staging tables");
    let sink = transaction.copy_in(&format!("copy {table} from stdin binary")).await;
    let mut sink: Pin<&mut CopyInSink<Bytes>> = pin!(sink.map_err(doing())?);
    let mut buffer = BytesMut::with_capacity(2 * CHUNK);
    buffer.put_slice(b"PGCOPY\n\xff\r\n\0");
    // No flags, no extension.
    buffer.put_u64(0);
    for frame in batches {
        let frame = frame?;
        let cells: Vec<Cells<'_>> =
            columns.iter().map(|column| Cells::of(&frame, column)).collect();
        for row in 0..frame.height() {
            encode(&cells, row, &mut buffer);
            if buffer.len() >= CHUNK {
                sink.send(buffer.split().freeze()).await.map_err(doing())?;
                buffer.reserve(2 * CHUNK);
            }
        }
        step.advance(frame.height() as u64);
    }
    // The end of the rows.
    buffer.put_i16(-1);
    sink.send(buffer.freeze()).await.map_err(doing())?;
    sink.finish().await.map_err(doing())?;
    Ok(())
}

/// The cells of a column of a frame, by their type.
pub(super) enum Cells<'a> {
    Uuid(&'a UInt128Chunked),
    Text(&'a StringChunked),
    Bool(&'a BooleanChunked),
    Timestamp(&'a Int64Chunked),
}

impl<'a> Cells<'a> {
    pub(super) fn of(frame: &'a DataFrame, column: &Staged) -> Self {
        let series = frame.columns()[column.at].as_materialized_series();
        let typed = match column.kind {
            Kind::Uuid => series.u128().map(Self::Uuid),
            Kind::Text => series.str().map(Self::Text),
            Kind::Bool => series.bool().map(Self::Bool),
            Kind::Timestamp => series.i64().map(Self::Timestamp),
        };
        typed.expect("a frame of a plan has the columns of its sheet")
    }
}

/// Adds a row in the binary format of COPY: how many cells, then each with its length.
fn encode(cells: &[Cells<'_>], row: usize, out: &mut BytesMut) {
    const NULL: i32 = -1;
    out.put_i16(i16::try_from(cells.len()).expect("a sheet has fewer than 32768 columns"));
    for cells in cells {
        match cells {
            Cells::Uuid(cells) => match cells.get(row) {
                Some(id) => {
                    out.put_i32(16);
                    out.put_u128(id);
                }
                None => out.put_i32(NULL),
            },
            Cells::Text(cells) => match cells.get(row) {
                Some(text) => {
                    // A longer text would not be a value of the server's either: it ends at 1 GiB.
                    out.put_i32(i32::try_from(text.len()).expect("a text is below 2 GiB"));
                    out.put_slice(text.as_bytes());
                }
                None => out.put_i32(NULL),
            },
            Cells::Bool(cells) => match cells.get(row) {
                Some(flag) => {
                    out.put_i32(1);
                    out.put_u8(u8::from(flag));
                }
                None => out.put_i32(NULL),
            },
            Cells::Timestamp(cells) => match cells.get(row) {
                Some(micros) => {
                    out.put_i32(8);
                    out.put_i64(on_the_wire(micros));
                }
                None => out.put_i32(NULL),
            },
        }
    }
}

/// A time as the wire has it; the ends stand for the infinities.
const fn on_the_wire(micros: i64) -> i64 {
    match micros {
        i64::MIN | i64::MAX => micros,
        _ => micros.saturating_sub(EPOCH_2000),
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{Column, NamedFrom as _, Series};

    use super::*;
    use crate::schema::Schema;

    #[test]
    fn a_row_is_what_the_binary_format_says() {
        let columns = [
            Series::new("id".into(), [Some(0x0123_4567_89ab_cdef_u128), None]),
            Series::new("name".into(), [Some("é"), None]),
            Series::new("flag".into(), [Some(true), None]),
            Series::new("at".into(), [Some(EPOCH_2000 + 1), Some(i64::MAX)]),
        ];
        let kinds = [Kind::Uuid, Kind::Text, Kind::Bool, Kind::Timestamp];
        let frame = DataFrame::new(2, columns.into_iter().map(Column::from).collect());
        let frame = frame.expect("columns of one height");
        let cells: Vec<Cells<'_>> = std::iter::zip(0.., kinds)
            .map(|(at, kind)| Cells::of(&frame, &Staged { name: String::new(), kind, at }))
            .collect();
        let mut row = BytesMut::new();
        encode(&cells, 0, &mut row);
        assert_eq!(
            row.as_ref(),
            b"\0\x04\0\0\0\x10\0\0\0\0\0\0\0\0\x01\x23\x45\x67\x89\xab\xcd\xef\
              \0\0\0\x02\xc3\xa9\0\0\0\x01\x01\0\0\0\x08\0\0\0\0\0\0\0\x01"
        );
        let mut row = BytesMut::new();
        encode(&cells, 1, &mut row);
        assert_eq!(
            row.as_ref(),
            b"\0\x04\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\x08\
              \x7f\xff\xff\xff\xff\xff\xff\xff"
        );
    }

    #[test]
    fn what_only_people_read_is_not_staged() {
        let columns = Sheet::Projects.columns(Schema::shipped());
        let names: Vec<String> = staged(&columns).into_iter().map(|column| column.name).collect();
        assert_eq!(
            names,
            [
                "\"id\"",
                "\"customer_id\"",
                "\"customer_organization_id_before\"",
                "\"customer_organization_id_after\"",
                "\"organization_id\"",
                "\"created_at\""
            ]
        );
    }
}
