//! Indexes for the time of a rollback: deleting a row makes the server look for rows that refer to
//! it, by each key, and without an index it looks through the whole table each time.
//!
//! They are made inside the transaction, so that an end without commit leaves none, and dropped
//! after it without shutting anybody out.

use tokio_postgres::{Client, Transaction};

use crate::load::catalog::Catalog;
use crate::load::expand::Qualified;
use crate::load::merge::image;
use crate::load::{Error, quote_ident};
use crate::schema::Field;

/// How their names begin; nothing else is named so.
const PREFIX: &str = "orgfold_undo_";

/// Makes those that are missing, before any row is changed; returns how many.
pub(super) async fn make(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    run: i64,
) -> Result<usize, Error> {
    let doing = || Error::database("index what refers to rows that are deleted");
    let mut made = 0;
    for relation in catalog.changed() {
        let table = relation.table;
        if !catalog.declared.is_inserted(table) {
            continue;
        }
        let count = format!(
            "select count(*)::float8 from {} where run_id = $1 and action = 'i'",
            image(table)
        );
        let count: f64 = transaction.query_one(&count, &[&run]).await.map_err(doing())?.get(0);
        let key = catalog.names.column(table, Field::ID);
        let due = transaction
            .query(include_str!("../sql/rollback_unindexed.sql"), &[&relation.oid, &count, &key])
            .await
            .map_err(doing())?;
        for row in due {
            let columns: Vec<String> = row.get(2);
            let columns: Vec<String> = columns.iter().map(|column| quote_ident(column)).collect();
            made += 1;
            let create = format!(
                "create index {} on {} ({})",
                quote_ident(&format!("{PREFIX}{made}")),
                Qualified { schema: row.get(0), name: row.get(1) }.sql(),
                columns.join(", "),
            );
            transaction.batch_execute(&create).await.map_err(doing())?;
        }
    }
    Ok(made)
}

/// Drops those that are there, also such as an earlier rollback left; returns what could not be
/// dropped. That is no reason to fail: what was to be undone is.
pub(super) async fn remove(client: &Client) -> Vec<String> {
    let query = "select n.nspname::text, c.relname::text from pg_catalog.pg_class c \
                 join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
                 where c.relkind = 'i' and pg_catalog.starts_with(c.relname::text, $1) \
                 order by n.nspname::text collate \"C\", c.relname::text collate \"C\"";
    let mut left = Vec::new();
    for row in client.query(query, &[&PREFIX]).await.unwrap_or_default() {
        let index = Qualified { schema: row.get(0), name: row.get(1) };
        // One that is not complete is not used, and the next rollback drops it.
        let drop = format!("drop index concurrently if exists {}", index.sql());
        if client.batch_execute(&drop).await.is_err() {
            left.push(format!("{}.{}", index.schema, index.name));
        }
    }
    left
}
