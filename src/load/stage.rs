//! Staging: the plan's sheets in temporary tables, by COPY BINARY.
//!
//! Temporary, on commit drop, typed, analyzed: the stale check and the merge are joins against
//! them. What is staged is what was reviewed: the cells of the plan's CSV files.

use std::pin::pin;

use bytes::BytesMut;
use chrono::{DateTime, Utc};
use postgres_types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::Transaction;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use uuid::Uuid;

use super::Error;
use crate::plan::archive::{Stored, StoredSheet};

/// A column of a staging table: its name there, its type, the column of the sheet.
type Staged = (&'static str, Type, &'static str);

const ORGANIZATIONS: &[Staged] = &[
    ("id", Type::UUID, "id"),
    ("slug", Type::TEXT, "slug"),
    ("name", Type::TEXT, "name"),
    ("action", Type::TEXT, "action"),
    ("owner_organization_id", Type::UUID, "owner_organization_id"),
    ("owner_before", Type::UUID, "owner_organization_id_before"),
    ("is_tenant", Type::BOOL, "is_tenant"),
    ("description", Type::TEXT, "description"),
    ("industry", Type::TEXT, "industry"),
    ("address", Type::TEXT, "address"),
    ("city", Type::TEXT, "city"),
    ("state", Type::TEXT, "state"),
    ("country", Type::TEXT, "country"),
    ("postal_code", Type::TEXT, "postal_code"),
    ("website", Type::TEXT, "website"),
    ("tax_id", Type::TEXT, "tax_id"),
    ("domain", Type::TEXT, "domain"),
];

const CONTACTS: &[Staged] = &[
    ("id", Type::UUID, "id"),
    ("organization_before", Type::UUID, "organization_id_before"),
    ("organization_after", Type::UUID, "organization_id_after"),
    ("owner_before", Type::UUID, "owner_organization_id_before"),
    ("owner_after", Type::UUID, "owner_organization_id_after"),
    ("customer_before", Type::UUID, "customer_organization_id_before"),
    ("customer_after", Type::UUID, "customer_organization_id_after"),
    ("primary_before", Type::BOOL, "is_primary_contact_before"),
    ("primary_after", Type::BOOL, "is_primary_contact_after"),
    ("type", Type::TEXT, "type"),
    ("company_name", Type::TEXT, "company_name"),
    ("contact_name", Type::TEXT, "contact_name"),
    ("email", Type::TEXT, "email"),
    ("phone", Type::TEXT, "phone"),
    ("address", Type::TEXT, "address"),
    ("city", Type::TEXT, "city"),
    ("state", Type::TEXT, "state"),
    ("country", Type::TEXT, "country"),
    ("postal_code", Type::TEXT, "postal_code"),
    ("website", Type::TEXT, "website"),
    ("tax_id", Type::TEXT, "tax_id"),
    ("job_title", Type::TEXT, "job_title"),
    ("role", Type::TEXT, "role"),
    ("is_active", Type::BOOL, "is_active"),
    ("created_at", Type::TIMESTAMPTZ, "created_at"),
];

const PROJECTS: &[Staged] = &[
    ("id", Type::UUID, "id"),
    ("customer_id", Type::UUID, "customer_id"),
    ("customer_before", Type::UUID, "customer_organization_id_before"),
    ("customer_after", Type::UUID, "customer_organization_id_after"),
    ("organization_id", Type::UUID, "organization_id"),
    ("created_at", Type::TIMESTAMPTZ, "created_at"),
];

const POINTS: &[Staged] = &[
    ("id", Type::UUID, "id"),
    ("project_id", Type::UUID, "project_id"),
    ("contact_id", Type::UUID, "contact_id"),
    ("role", Type::TEXT, "role"),
    ("is_primary", Type::BOOL, "is_primary"),
];

/// The staging tables: name, file of the plan, columns.
const TABLES: [(&str, &str, &[Staged]); 4] = [
    ("orgfold_organizations", "organizations.csv", ORGANIZATIONS),
    ("orgfold_contacts", "contacts.csv", CONTACTS),
    ("orgfold_projects", "projects.csv", PROJECTS),
    ("orgfold_contact_points", "contact_points.csv", POINTS),
];

/// Fills the staging tables; they vanish with the transaction.
///
/// # Errors
/// The database; a cell that is not of its column's type, which a checked plan cannot have.
pub async fn stage(transaction: &Transaction<'_>, plan: &Stored) -> Result<(), Error> {
    let doing = || Error::database("stage the plan");
    for (table, file, columns) in TABLES {
        let definitions: Vec<String> =
            columns.iter().map(|(name, kind, _)| format!("\"{name}\" {}", kind.name())).collect();
        let create = format!(
            "create temp table {table} ({}, primary key (id)) on commit drop",
            definitions.join(", ")
        );
        transaction.batch_execute(&create).await.map_err(doing())?;
        copy(transaction, table, columns, &plan.sheets[file]).await?;
        // Without it the merge plans are bad.
        transaction.batch_execute(&format!("analyze {table}")).await.map_err(doing())?;
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
    let types: Vec<Type> = columns.iter().map(|(_, kind, _)| kind.clone()).collect();
    let sink = transaction.copy_in(&format!("copy {table} from stdin binary")).await;
    let mut writer = pin!(BinaryCopyInWriter::new(sink.map_err(doing())?, &types));
    let positions: Vec<usize> = columns
        .iter()
        .map(|(_, _, name)| {
            let at = sheet.columns.iter().position(|column| column == name);
            at.expect("a column of format 1, written by this program")
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
