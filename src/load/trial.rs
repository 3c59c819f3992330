//! Planned rows, held against what the database demands of them before one is written: checks,
//! unique indexes, of expressions too, and foreign keys.
//!
//! In: staged rows. The rows as they would be are put into a temporary table of the same columns,
//! generated ones computed, and asked. Out: items for the preflight.

mod foreign;

use tokio_postgres::{Row, Transaction};

use super::catalog::{CHANGED, Catalog, ForeignKey, Relation};
use super::preflight::{Item, Level};
use super::stage::{after, staging};
use super::{Error, quote_ident};
use crate::schema::{Field, Mode, Table};

/// The rows of one table as they would be.
const TRIAL: &str = "pg_temp.orgfold_trial";

/// What speaks against the staged rows.
///
/// # Errors
/// The database.
pub async fn judge(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    mode: Mode,
) -> Result<Vec<Item>, Error> {
    let mut items = Vec::new();
    for table in CHANGED {
        let Some(relation) = catalog.table(table) else { continue };
        let trial = Trial { transaction, catalog, mode, relation };
        trial.judge(&mut items).await?;
    }
    Ok(items)
}

struct Trial<'a> {
    transaction: &'a Transaction<'a>,
    catalog: &'a Catalog,
    mode: Mode,
    relation: &'a Relation,
}

impl Trial<'_> {
    async fn judge(&self, items: &mut Vec<Item>) -> Result<(), Error> {
        let checks = self.ask(include_str!("sql/trial_checks.sql")).await?;
        let checks: Vec<&Row> = checks.iter().filter(|row| self.is_touched(row)).collect();
        let keys = self.ask(include_str!("sql/trial_unique.sql")).await?;
        let keys: Vec<&Row> = keys
            .iter()
            .filter(|row| row.get::<_, bool>("has_expressions") || self.is_touched(row))
            .collect();
        let foreign: Vec<&ForeignKey> = self.keys().collect();
        if checks.is_empty() && keys.is_empty() && foreign.is_empty() {
            return Ok(());
        }
        if let Some(item) = self.fill().await? {
            items.push(item);
            return Ok(());
        }
        for check in checks {
            items.extend(self.check(check).await?);
        }
        for key in keys {
            items.extend(self.unique(key).await?);
        }
        for key in foreign {
            items.extend(self.foreign(key).await?);
        }
        let done = self.transaction.batch_execute(&format!("drop table {TRIAL}")).await;
        done.map_err(Error::database("end the trial of the planned rows"))
    }

    async fn ask(&self, statement: &str) -> Result<Vec<Row>, Error> {
        let rows = self.transaction.query(statement, &[&self.relation.oid]).await;
        rows.map_err(Error::database("ask what the tables demand of rows"))
    }

    /// Whether the load writes something that a check or index reads.
    fn is_touched(&self, row: &Row) -> bool {
        self.writes(&row.get::<_, Vec<String>>("reads"))
    }

    /// Whether the load writes one of some columns.
    fn writes(&self, columns: &[String]) -> bool {
        let table = self.relation.table;
        self.is_inserted()
            || self.catalog.declared.written(table, self.mode).any(|column| {
                columns.iter().any(|name| name == self.catalog.names.column(table, column.field))
            })
    }

    /// Whether its planned rows are new ones.
    fn is_inserted(&self) -> bool {
        matches!(self.relation.table, Table::Organizations | Table::ProjectContactPoints)
    }

    /// Puts the rows as they would be into the temporary table; an item where they do not fit.
    async fn fill(&self) -> Result<Option<Item>, Error> {
        let (catalog, table) = (self.catalog, self.relation.table);
        let live = catalog.names.sql_table(table);
        let mut columns = Vec::new();
        let mut values = Vec::new();
        for column in catalog.declared.written(table, self.mode) {
            let changes = column.is_ever_changed();
            if catalog.column(table, column.field).is_none() || !changes && !self.is_inserted() {
                continue;
            }
            columns.push(catalog.names.sql_column(table, column.field));
            values.push(if changes {
                format!("s.{}", after(column.field))
            } else {
                format!("s.{}", quote_ident(column.field.name()))
            });
        }
        let mut from = format!("{} s", staging(table));
        if self.is_inserted() {
            if table == Table::Organizations {
                from.push_str(" where s.action = 'insert'");
            }
        } else {
            for column in self.relation.columns.iter().filter(|column| column.generated.is_empty())
            {
                let name = quote_ident(&column.name);
                if !columns.contains(&name) {
                    values.push(format!("t.{name}"));
                    columns.push(name);
                }
            }
            let id = catalog.names.sql_column(table, Field::ID);
            from = format!("{live} t join {from} on s.id = t.{id}");
        }
        let fill = format!(
            "savepoint orgfold_trial; create temp table {TRIAL} (like {live} including defaults including generated); \
             insert into {TRIAL} ({columns}) select {values} from {from}; analyze {TRIAL}; \
             release savepoint orgfold_trial",
            columns = columns.join(", "),
            values = values.join(", "),
        );
        let Err(error) = self.transaction.batch_execute(&fill).await else { return Ok(None) };
        let back = self.transaction.batch_execute("rollback to savepoint orgfold_trial").await;
        back.map_err(Error::database("end the trial of the planned rows"))?;
        let code = error.code().map_or("?", tokio_postgres::error::SqlState::code).to_owned();
        if !code.starts_with("22") && !code.starts_with("23") {
            return Err(Error::database("try the planned rows")(error));
        }
        let column = error.as_db_error().and_then(|said| said.column()).map(str::to_owned);
        let message = format!("rows of the plan do not fit (SQLSTATE {code})");
        let subject = match column {
            Some(column) => format!("{}.{column}", self.relation.name),
            None => self.relation.name.clone(),
        };
        Ok(Some(refused("rows_do_not_fit", subject, message, "let the column take them")))
    }

    async fn check(&self, check: &Row) -> Result<Option<Item>, Error> {
        let (name, expression): (String, String) = (check.get("name"), check.get("expression"));
        let query = format!(
            "select pg_catalog.count(*), pg_catalog.min({id}::text) from {TRIAL} as {alias} where not ({expression})",
            id = self.id(),
            alias = quote_ident(&self.relation.name),
        );
        let row = self.transaction.query_one(&query, &[]).await;
        let row = row.map_err(Error::database("hold the planned rows against the checks"))?;
        let count: i64 = row.get(0);
        if count == 0 {
            return Ok(None);
        }
        let first: Option<String> = row.get(1);
        let message = format!(
            "is a check of {} that {count} rows of the plan break, such as {}",
            self.relation.name,
            first.unwrap_or_default()
        );
        Ok(Some(refused(
            "check_refuses",
            name,
            message,
            "let the check pass them, or plan them otherwise",
        )))
    }

    /// Rows that would be twice in an index: among themselves, or with one that is there.
    async fn unique(&self, index: &Row) -> Result<Option<Item>, Error> {
        let (name, keys): (String, Vec<String>) = (index.get("name"), index.get("keys"));
        let filter = index.get::<_, Option<String>>("filter").unwrap_or_else(|| "true".to_owned());
        let (alias, id) = (quote_ident(&self.relation.name), self.id());
        let named: Vec<String> =
            std::iter::zip(1.., &keys).map(|(at, key)| format!("({key}) as k{at}")).collect();
        let each = |term: &dyn Fn(usize) -> String, between: &str| {
            (1..=keys.len()).map(term).collect::<Vec<_>>().join(between)
        };
        let rows = |from: &str| {
            format!("select {id} as id, {} from {from} as {alias} where {filter}", named.join(", "))
        };
        // Each kind of double by itself: in one condition, every row would be compared with every
        // other.
        let query = format!(
            "with planned as materialized ({planned}), there as ({there})\n\
             select pg_catalog.count(*), pg_catalog.min(d.id::text) from (\n  \
             select n.id from (select id, pg_catalog.count(*) over (partition by {keys}) as times \
             from planned where {filled}) n where n.times > 1\n  union\n  \
             select p.id from planned p join there t on {equal} \
             where not exists (select from {TRIAL} as x where x.{id} = t.id)\n) d",
            planned = rows(TRIAL),
            there = rows(&self.catalog.names.sql_table(self.relation.table)),
            keys = each(&|at| format!("k{at}"), ", "),
            filled = each(&|at| format!("k{at} is not null"), " and "),
            equal = each(&|at| format!("p.k{at} = t.k{at}"), " and "),
        );
        let row = self.transaction.query_one(&query, &[]).await;
        let row =
            row.map_err(Error::database("hold the planned rows against the unique indexes"))?;
        let count: i64 = row.get(0);
        if count == 0 {
            return Ok(None);
        }
        let first: Option<String> = row.get(1);
        let message = format!(
            "is a unique index of {} that {count} rows of the plan break, such as {}",
            self.relation.name,
            first.unwrap_or_default()
        );
        let remedy =
            "name them otherwise by decisions `name` or `slug`, or let the index pass them";
        Ok(Some(refused("unique_refuses", name, message, remedy)))
    }

    fn id(&self) -> String {
        self.catalog.names.sql_column(self.relation.table, Field::ID)
    }
}

fn refused(code: &'static str, subject: String, message: String, remedy: &str) -> Item {
    Item { level: Level::Refused, code, subject, message, remedy: remedy.to_owned() }
}
