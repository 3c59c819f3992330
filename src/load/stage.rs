//! Staging: the plan's sheets in temporary tables, by COPY BINARY.
//!
//! Temporary, on commit drop, typed, analyzed: the stale check and the merge are joins against
//! them. What is staged is what was reviewed: the cells of the plan's CSV files. A staging table has
//! the columns of its sheet that a load needs, which follow from the declaration.

use std::pin::pin;

use bytes::BytesMut;
use chrono::{DateTime, Utc};
use postgres_types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::Transaction;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use uuid::Uuid;

use super::catalog::CHANGED;
use super::merge::sql_type;
use super::{Error, quote_ident};
use crate::plan::archive::{Stored, StoredSheet};
use crate::schema::{Field, Kind, Schema, Table, Written};

/// A column of a staging table: its name there, its kind, the column of the sheet.
struct Staged {
    name: String,
    kind: Kind,
    cell: String,
}

/// The staging table of a table.
pub fn staging(table: Table) -> String {
    quote_ident(&format!("orgfold_{table}"))
}

/// The staging column of a column that a run writes in rows that exist, as it was.
pub fn before(field: Field) -> String {
    quote_ident(&format!("{field}_before"))
}

/// The staging column of a column that a run writes in rows that exist, as it will be.
pub fn after(field: Field) -> String {
    quote_ident(&format!("{field}_after"))
}

/// The columns of a staging table.
fn columns(table: Table, declared: &Schema) -> Vec<Staged> {
    let mut columns = Vec::new();
    let mut push = |name: String, kind, cell: String| columns.push(Staged { name, kind, cell });
    for column in declared.all(table) {
        let field = column.field.name();
        if column.is_ever_changed() {
            // Every organization of the sheet has its owner after loading, under the bare name.
            let after = if table == Table::Organizations { "" } else { "_after" };
            push(format!("{field}_before"), column.kind, format!("{field}_before"));
            push(format!("{field}_after"), column.kind, format!("{field}{after}"));
        } else if column.field == Field::ID || column.decides || column.written == Written::AtInsert
        {
            push(field.to_owned(), column.kind, field.to_owned());
        }
    }
    if table == Table::Organizations {
        push("action".to_owned(), Kind::Text, "action".to_owned());
        push("is_tenant".to_owned(), Kind::Bool, "is_tenant".to_owned());
    }
    columns
}

fn file(table: Table) -> String {
    match table {
        Table::ProjectContactPoints => "contact_points.csv".to_owned(),
        _ => format!("{table}.csv"),
    }
}

/// Fills the staging tables; they vanish with the transaction.
///
/// # Errors
/// The database; a cell that is not of its column's type, which a checked plan cannot have.
pub async fn stage(
    transaction: &Transaction<'_>,
    plan: &Stored,
    declared: &Schema,
) -> Result<(), Error> {
    let doing = || Error::database("stage the plan");
    for table in CHANGED {
        let columns = columns(table, declared);
        let definitions: Vec<String> = columns
            .iter()
            .map(|column| format!("{} {}", quote_ident(&column.name), sql_type(column.kind)))
            .collect();
        let name = staging(table);
        let create = format!(
            "create temp table {name} ({}, primary key (id)) on commit drop",
            definitions.join(", ")
        );
        transaction.batch_execute(&create).await.map_err(doing())?;
        copy(transaction, &name, &columns, &plan.sheets[&file(table)]).await?;
        // Without it the merge plans are bad.
        transaction.batch_execute(&format!("analyze {name}")).await.map_err(doing())?;
    }
    Ok(())
}

async fn copy(
    transaction: &Transaction<'_>,
    table: &str,
    columns: &[Staged],
    sheet: &StoredSheet,
) -> Result<(), Error> {
    let doing = || Error::database("copy the plan into its staging tables");
    let types: Vec<Type> = columns.iter().map(|column| wire_type(column.kind)).collect();
    let sink = transaction.copy_in(&format!("copy {table} from stdin binary")).await;
    let mut writer = pin!(BinaryCopyInWriter::new(sink.map_err(doing())?, &types));
    let positions: Vec<usize> = columns
        .iter()
        .map(|column| {
            let at = sheet.columns.iter().position(|name| *name == column.cell);
            at.expect("a column of the format, written by this program")
        })
        .collect();
    let mut cells: Vec<Value> = Vec::with_capacity(columns.len());
    for row in &sheet.rows {
        cells.clear();
        for (kind, &at) in std::iter::zip(&types, &positions) {
            let value = Value::parse(row[at].as_deref(), kind).ok_or_else(|| {
                let message = format!("a cell of `{table}` is not a {kind}");
                Error::refused(super::Refusal::Stale, message, "plan again")
            })?;
            cells.push(value);
        }
        writer
            .as_mut()
            .write_raw(cells.iter().map(|cell| cell as &dyn ToSql))
            .await
            .map_err(doing())?;
    }
    writer.finish().await.map_err(doing())?;
    Ok(())
}

fn wire_type(kind: Kind) -> Type {
    match kind {
        Kind::Uuid => Type::UUID,
        Kind::Text => Type::TEXT,
        Kind::Bool => Type::BOOL,
        Kind::Timestamp => Type::TIMESTAMPTZ,
    }
}

/// A typed cell.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Null,
    Text(String),
    Uuid(Uuid),
    Bool(bool),
    /// Microseconds since 2000-01-01 UTC, as the wire has it; the ends stand for the infinities.
    Timestamp(i64),
}

impl Value {
    /// The value of a cell; `None` if it is not of that type.
    fn parse(cell: Option<&str>, kind: &Type) -> Option<Self> {
        let Some(text) = cell else { return Some(Self::Null) };
        Some(match *kind {
            Type::UUID => Self::Uuid(text.parse().ok()?),
            Type::BOOL => Self::Bool(match text {
                "t" => true,
                "f" => false,
                _ => return None,
            }),
            Type::TIMESTAMPTZ => Self::Timestamp(timestamp(text)?),
            _ => Self::Text(text.to_owned()),
        })
    }
}

/// Reads what [`crate::plan::cell::timestamp`] writes.
fn timestamp(text: &str) -> Option<i64> {
    const EPOCH_2000: i64 = 946_684_800_000_000;
    match text {
        "infinity" => return Some(i64::MAX),
        "-infinity" => return Some(i64::MIN),
        _ => {}
    }
    let time = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").ok()?;
    time.with_timezone(&Utc).timestamp_micros().checked_sub(EPOCH_2000)
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Uuid(id) => id.to_sql(kind, out),
            Self::Bool(flag) => flag.to_sql(kind, out),
            Self::Timestamp(micros) => micros.to_sql(&Type::INT8, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::TEXT | Type::UUID | Type::BOOL | Type::TIMESTAMPTZ)
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::cell as sheet;

    #[test]
    fn what_a_sheet_writes_is_read_back_to_the_microsecond() {
        for micros in [0, 1, -1, 1_756_975_690_605_058, -62_135_596_800_000_000, 999_999] {
            let text = sheet::timestamp(micros);
            assert_eq!(timestamp(&text), Some(micros - 946_684_800_000_000), "{text}");
        }
        assert_eq!(timestamp(&sheet::timestamp(i64::MAX)), Some(i64::MAX));
        assert_eq!(timestamp("yesterday"), None);
    }
}
