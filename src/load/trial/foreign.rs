//! Planned rows, held against foreign keys.
//!
//! A key on the application's side may bind a column that a load writes: trades to a list of trades,
//! contacts to the branches of their organization. What a plan makes sure of by itself is not asked:
//! that an organization, a project or a contact that a row names by its id is there.

use tokio_postgres::error::SqlState;

use super::{TRIAL, Trial, refused};
use crate::load::catalog::{CHANGED, ForeignKey};
use crate::load::preflight::Item;
use crate::load::stage::{after, staging};
use crate::load::{Error, quote_ident};
use crate::schema::{Field, Table};

impl Trial<'_> {
    /// The keys that rows of the plan might break.
    pub(super) fn keys(&self) -> impl Iterator<Item = &ForeignKey> {
        let refers = |key: &&ForeignKey| key.from_oid == self.relation.oid;
        let is_sure = |key: &ForeignKey| {
            let to = CHANGED.into_iter().find(|table| {
                self.catalog.table(*table).is_some_and(|relation| relation.oid == key.to_oid)
            });
            match to {
                Some(Table::Organizations) => key.to_columns.len() == 1,
                Some(_) => true,
                None => false,
            }
        };
        let keys = self.catalog.foreign_keys.iter().filter(refers);
        keys.filter(move |key| self.writes(&key.from_columns) && !is_sure(key))
    }

    /// Rows that would name something that is not there.
    pub(super) async fn foreign(&self, key: &ForeignKey) -> Result<Option<Item>, Error> {
        let Some(there) = self.referred(key) else { return Ok(None) };
        let id = self.id();
        let named = |of: &str| -> Vec<String> {
            key.from_columns.iter().map(|name| format!("{of}.{}", quote_ident(name))).collect()
        };
        let equal: Vec<String> = std::iter::zip(1.., named("t"))
            .map(|(at, column)| format!("r.r{at} = {column}"))
            .collect();
        let filled: Vec<String> =
            named("t").iter().map(|column| format!("{column} is not null")).collect();
        // The server asks only of rows of which the key changes.
        let changed = if self.is_inserted() {
            String::new()
        } else {
            format!(
                " and not exists (select from {live} as l where l.{id} = t.{id} and \
                 ({before}) is not distinct from ({planned}))",
                live = self.catalog.names.sql_table(self.relation.table),
                before = row(&named("l")),
                planned = row(&named("t")),
            )
        };
        let query = format!(
            "with referred as ({there})\n\
             select pg_catalog.count(*), pg_catalog.min(t.{id}::text) from {TRIAL} as t \
             where {filled}{changed} and not exists (select from referred as r where {equal})",
            filled = filled.join(" and "),
            equal = equal.join(" and "),
        );
        let doing = || Error::database("hold the planned rows against the foreign keys");
        let transaction = self.transaction;
        transaction.batch_execute("savepoint orgfold_key").await.map_err(doing())?;
        let asked = transaction.query_one(&query, &[]).await;
        let end = if asked.is_ok() { "release" } else { "rollback to" };
        transaction.batch_execute(&format!("{end} savepoint orgfold_key")).await.map_err(doing())?;
        let found = match asked {
            Ok(found) => found,
            // The server may look where the role may not.
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                return Ok(None);
            }
            Err(error) => return Err(doing()(error)),
        };
        let count: i64 = found.get(0);
        if count == 0 {
            return Ok(None);
        }
        let first: Option<String> = found.get(1);
        let message = format!(
            "is a foreign key of {} to {} that {count} rows of the plan break, such as {}",
            self.relation.name,
            key.to_table,
            first.unwrap_or_default()
        );
        let remedy =
            format!("add to {} what they name, plan them otherwise, or drop the key", key.to_table);
        Ok(Some(refused("key_refuses", key.name.clone(), message, &remedy)))
    }

    /// The rows that a key can refer to once the plan is loaded, their columns as `r1`, `r2`, …;
    /// `None` where one of them is not known before.
    fn referred(&self, key: &ForeignKey) -> Option<String> {
        let (table, names) = (Table::Organizations, &self.catalog.names);
        let selected = |terms: Vec<String>| {
            let terms = std::iter::zip(1.., terms).map(|(at, term)| format!("{term} as r{at}"));
            terms.collect::<Vec<_>>().join(", ")
        };
        let is_ours = self.catalog.table(table).is_some_and(|it| it.oid == key.to_oid);
        if !is_ours {
            let columns = key.to_columns.iter().map(|name| quote_ident(name)).collect();
            let (schema, to) = (quote_ident(&key.to_schema), quote_ident(&key.to_table));
            return Some(format!("select {} from {schema}.{to}", selected(columns)));
        }
        let mut there = Vec::new();
        let mut planned = Vec::new();
        for name in &key.to_columns {
            let mut written = self.catalog.declared.written(table, self.mode);
            let column = written.find(|column| names.column(table, column.field) == name)?;
            let live = format!("o.{}", quote_ident(name));
            if column.is_ever_changed() {
                let after = format!("s.{}", after(column.field));
                there.push(format!("case when s.id is null then {live} else {after} end"));
                planned.push(after);
            } else {
                there.push(live);
                planned.push(format!("s.{}", quote_ident(column.field.name())));
            }
        }
        let (live, staged) = (names.sql_table(table), staging(table));
        let id = names.sql_column(table, Field::ID);
        Some(format!(
            "select {} from {live} as o left join {staged} as s on s.id = o.{id} \
             union all select {} from {staged} as s where s.action = 'insert'",
            selected(there),
            selected(planned),
        ))
    }
}

fn row(columns: &[String]) -> String {
    format!("row({})", columns.join(", "))
}
