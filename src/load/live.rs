//! What the tables of a server say, as fingerprints that compare with those of a source.
//!
//! Rows are streamed in key order, each value in the form in which a dump would show it. Nothing of
//! them is held but a hash for each column.

use std::error::Error as StdError;
use std::pin::pin;

use futures_util::TryStreamExt as _;
use postgres_types::{FromSql, Type};
use tokio_postgres::Transaction;
use tokio_postgres::binary_copy::{BinaryCopyOutRow, BinaryCopyOutStream};

use super::Error;
use super::catalog::{Catalog, Column};
use super::stage::EPOCH_2000;
use crate::extract::canonical::{self, Values};
use crate::plan::{Manifest, Part};
use crate::schema::{self, Field, Kind, Presence, Table};

/// The tables that do not say what the source said. A plan that was made without users asks nothing
/// of them, and one whose source lacked a column nothing of that, unless a load may add or write it.
///
/// # Errors
/// The database.
pub async fn differing(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    manifest: &Manifest,
) -> Result<Vec<String>, Error> {
    let (source, part) = (&manifest.source, manifest.part.as_ref());
    let tables = part.map_or(&source.tables, |part| &part.tables);
    let mut differing = Vec::new();
    for table in Table::ALL {
        let Some(facts) = tables.get(table.name()) else { continue };
        if table == Table::Users && !source.users_known {
            continue;
        }
        let compared = |column: &&schema::Column| {
            column.presence == Presence::Required
                || column.expand.is_some()
                || column.is_ever_changed()
                || source.had(table, column.field)
        };
        let columns = catalog.declared.columns(table).iter().filter(compared);
        let columns: Vec<(Field, Kind)> = columns
            .filter(|column| catalog.column(table, column.field).is_some())
            .map(|column| (column.field, column.kind))
            .collect();
        let which = part.map(|part| of_tenants(catalog, table, part));
        let hashes = hashes(transaction, catalog, (table, which), &columns).await?;
        if canonical::of_table(table, hashes).to_string() != facts.sha256 {
            differing.push(catalog.names.table(table).to_owned());
        }
    }
    Ok(differing)
}

/// The hashes of some columns of a table.
async fn hashes(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    (table, which): (Table, Option<String>),
    columns: &[(Field, Kind)],
) -> Result<Vec<(Field, [u8; 32])>, Error> {
    let doing = || Error::database("read the rows of the tables");
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<String> =
        columns.iter().map(|&(field, kind)| value(catalog, table, field, kind)).collect();
    let copy = format!(
        "copy (select {} from {} t{} order by t.{}) to stdout binary",
        list.join(", "),
        catalog.names.sql_table(table),
        which.map(|which| format!(" where {which}")).unwrap_or_default(),
        catalog.names.sql_column(table, Field::ID),
    );
    let types: Vec<Type> = columns.iter().map(|(_, kind)| on_the_wire(*kind)).collect();
    let stream = transaction.copy_out(&copy).await.map_err(doing())?;
    let mut rows = pin!(BinaryCopyOutStream::new(stream, &types));
    let mut values: Vec<Values> = columns.iter().map(|(_, kind)| Values::new(*kind)).collect();
    while let Some(row) = rows.try_next().await.map_err(doing())? {
        for (at, (values, (_, kind))) in values.iter_mut().zip(columns).enumerate() {
            add(values, &row, at, *kind).map_err(doing())?;
        }
    }
    let hashes = std::iter::zip(columns, values);
    Ok(hashes.filter_map(|((field, _), values)| Some((*field, values.end()?))).collect())
}

/// Whether a row `t` is one of the tenants of a part, told as [`part::rows_of`] does.
///
/// [`part::rows_of`]: crate::transform::part::rows_of
fn of_tenants(catalog: &Catalog, table: Table, part: &Part) -> String {
    let names = &catalog.names;
    let id = |table, alias: &str| format!("{alias}.{}", names.sql_column(table, Field::ID));
    let value = |table, alias, field| catalog.value(table, alias, field, "uuid");
    let tenant = match table {
        Table::Organizations => {
            format!("coalesce({}, {})", value(table, "t", Field::OWNER), id(table, "t"))
        }
        Table::Contacts => {
            let of = Table::Organizations;
            format!(
                "coalesce({}, (select {} from {} o where {} = {}), {})",
                value(table, "t", Field::OWNER),
                value(of, "o", Field::OWNER),
                names.sql_table(of),
                id(of, "o"),
                value(table, "t", Field::ORGANIZATION),
                value(table, "t", Field::ORGANIZATION),
            )
        }
        Table::Projects | Table::Users => value(table, "t", Field::ORGANIZATION),
        Table::ProjectContactPoints => {
            let of = Table::Projects;
            format!(
                "(select {} from {} p where {} = {})",
                value(of, "p", Field::ORGANIZATION),
                names.sql_table(of),
                id(of, "p"),
                value(table, "t", Field::PROJECT),
            )
        }
    };
    let tenants: Vec<String> = part.tenants.keys().map(|id| format!("'{id}'")).collect();
    format!("{tenant} in ({})", tenants.join(", "))
}

fn add(
    values: &mut Values,
    row: &BinaryCopyOutRow,
    at: usize,
    kind: Kind,
) -> Result<(), tokio_postgres::Error> {
    match kind {
        Kind::Uuid => values.uuid(row.try_get::<Option<uuid::Uuid>>(at)?.map(|id| id.as_u128())),
        Kind::Text => values.text(row.try_get(at)?),
        Kind::Bool => values.bool(row.try_get(at)?),
        Kind::Timestamp => values.timestamp(row.try_get::<Option<Micros>>(at)?.map(|it| it.0)),
    }
    Ok(())
}

/// A column of a row `t` as its type shows it. A cast to text takes the padding of a `char(n)` away,
/// which a dump has.
fn value(catalog: &Catalog, table: Table, field: Field, kind: Kind) -> String {
    let is_padded = |column: &Column| column.is("bpchar");
    match (kind, catalog.column(table, field)) {
        (Kind::Text, Some(column)) if is_padded(column) => {
            let name = catalog.names.sql_column(table, field);
            format!("case when t.{name} is not null then pg_catalog.concat(t.{name}) end")
        }
        _ => catalog.value(table, "t", field, super::merge::sql_type(kind)),
    }
}

const fn on_the_wire(kind: Kind) -> Type {
    match kind {
        Kind::Uuid => Type::UUID,
        Kind::Text => Type::TEXT,
        Kind::Bool => Type::BOOL,
        Kind::Timestamp => Type::TIMESTAMPTZ,
    }
}

/// Microseconds from 1970, as frames have them; the ends stand for the infinities.
struct Micros(i64);

impl<'a> FromSql<'a> for Micros {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        let micros = i64::from_be_bytes(raw.try_into()?);
        Ok(Self(match micros {
            i64::MIN | i64::MAX => micros,
            _ => micros.saturating_add(EPOCH_2000),
        }))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TIMESTAMPTZ
    }
}
