//! Undoing a run, from its before-images only.
//!
//! Deletes what the run inserted (by key, never by name, never by cascade), restores what it
//! changed, and refuses rows that somebody edited since, naming them. With the schema, what the
//! load added to the catalog goes too, unless later data would be lost.

use std::collections::BTreeMap;

use serde::Serialize;
use tokio_postgres::{Client, Transaction};

use super::apply::Options;
use super::catalog::{CHANGED, Catalog, ForeignKey};
use super::failpoint::reach;
use super::ledger::{self, Run, Step};
use super::merge::{HashColumns, image};
use super::transaction::{self, Lock};
use super::{Error, Refusal, quote_ident};
use crate::schema::{Field, Table};

/// What becomes of what the expand step added to the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Additions {
    /// It stays: neutral, and ready for the next apply.
    Keep,
    /// It goes.
    Undo,
}

/// A row that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Conflict {
    /// Table.
    pub table: String,
    /// Key.
    pub id: String,
    /// What happened to it.
    pub what: String,
}

/// What a rollback would do, or did.
#[derive(Clone, Debug, Serialize)]
pub struct Undone {
    /// The run.
    pub run: Run,
    /// Rows restored or deleted in each table.
    pub rows: BTreeMap<String, usize>,
    /// Rows that stand in the way.
    pub conflicts: Vec<Conflict>,
    /// What was taken from the catalog.
    pub catalog: Vec<String>,
}

impl Undone {
    /// Rows restored or deleted.
    fn total(&self) -> usize {
        self.rows.values().sum()
    }
}

/// Looks at what a rollback of the run that applied a plan would do. Shuts out nobody, and holds
/// nothing when it returns: people may think about the answer for as long as they like.
///
/// # Errors
/// The plan is not applied; locks.
pub async fn look(client: &mut Client, plan: &str, options: &Options<'_>) -> Result<Undone, Error> {
    let looked =
        transaction::patiently(options.waits, async || look_once(client, plan, options).await);
    match looked.await {
        Err(error) => Err(transaction::with_holders(client, options.names, error).await),
        looked => looked,
    }
}

async fn look_once(
    client: &mut Client,
    plan: &str,
    options: &Options<'_>,
) -> Result<Undone, Error> {
    let doing = || Error::database("look at what a rollback would do");
    let transaction = client.transaction().await.map_err(doing())?;
    transaction::settle(&transaction, options.waits).await?;
    let undo = Undo::begin(&transaction, plan, options, Lock::Look).await?;
    let step = options.progress.stage("looking for edits", 0);
    let looked = undo.look().await?;
    step.end(looked.total(), "rows");
    // Dropped, it would only be told to the server with the next statement.
    transaction.rollback().await.map_err(doing())?;
    Ok(looked)
}

/// Undoes the run that applied a plan.
///
/// # Errors
/// The plan is not applied; rows were edited since (they are named); locks.
pub async fn rollback(
    client: &mut Client,
    plan: &str,
    options: &Options<'_>,
    additions: Additions,
) -> Result<Undone, Error> {
    let undone = transaction::patiently(options.waits, async || {
        once(client, plan, options, additions).await
    });
    match undone.await {
        Err(error) => Err(transaction::with_holders(client, options.names, error).await),
        undone => undone,
    }
}

async fn once(
    client: &mut Client,
    plan: &str,
    options: &Options<'_>,
    additions: Additions,
) -> Result<Undone, Error> {
    let doing = || Error::database("roll back");
    let transaction = client.transaction().await.map_err(doing())?;
    transaction::settle(&transaction, options.waits).await?;
    transaction::lock_out_others(&transaction).await?;
    let undo = Undo::begin(&transaction, plan, options, Lock::Everybody).await?;
    let progress = options.progress;
    let step = progress.stage("looking for edits", 0);
    let mut undone = undo.look().await?;
    step.end(undone.total(), "rows");
    refuse_conflicts(&undone.conflicts)?;
    let triggers = transaction::triggers_off(&transaction, &undo.catalog, options.triggers).await?;
    reach("rollback after triggers off");
    // The constraints came with the data, and go before it: they bind links that were there before.
    let step = progress.stage("dropping constraints", 0);
    undone.catalog = undo.constraints().await?;
    step.end(undone.catalog.len(), "statements");
    let step = progress.stage("restoring", 0);
    undo.restore().await?;
    step.end(undone.total(), "rows");
    reach("rollback after restore");
    transaction::triggers_back(&transaction, &undo.catalog, &triggers).await?;
    if additions == Additions::Undo {
        undone.catalog.extend(undo.columns().await?);
    }
    ledger::close(&transaction, &undo.run).await?;
    reach("rollback before commit");
    transaction.commit().await.map_err(doing())?;
    reach("rollback after commit");
    Ok(undone)
}

fn refuse_conflicts(conflicts: &[Conflict]) -> Result<(), Error> {
    if conflicts.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = conflicts
        .iter()
        .take(20)
        .map(|row| format!("{} {}: {}", row.table, row.id, row.what))
        .collect();
    Err(Error::refused(
        Refusal::Stale,
        format!(
            "{} rows were changed since the plan was applied:\n  {}",
            conflicts.len(),
            shown.join("\n  ")
        ),
        "undo these edits first; nothing was changed",
    ))
}

struct Undo<'a> {
    transaction: &'a Transaction<'a>,
    catalog: Catalog,
    run: Run,
    hashed: HashColumns,
}

impl<'a> Undo<'a> {
    /// Locks the tables and finds the run.
    async fn begin(
        transaction: &'a Transaction<'a>,
        plan: &str,
        options: &Options<'_>,
        lock: Lock,
    ) -> Result<Self, Error> {
        let catalog = Catalog::read(transaction, options.names, options.declared).await?;
        transaction::lock_tables(transaction, &catalog, lock).await?;
        let schema = options.names.schema();
        let run = ledger::applied(transaction, plan, schema).await?.ok_or_else(|| {
            Error::refused(
                Refusal::Failed,
                format!("plan {plan} is not applied to schema `{schema}` of this database"),
                "`orgfold status` lists what is",
            )
        })?;
        let hashed = ledger::hash_columns(transaction, &run).await?;
        Ok(Self { transaction, catalog, run, hashed })
    }

    /// What would be done, and what stands in the way.
    async fn look(&self) -> Result<Undone, Error> {
        let conflicts = self.conflicts().await?;
        let rows = self.counts().await?;
        Ok(Undone { run: self.run.clone(), rows, conflicts, catalog: Vec::new() })
    }

    /// Rows that were edited or deleted since, and rows elsewhere that hang on what would go.
    async fn conflicts(&self) -> Result<Vec<Conflict>, Error> {
        let doing = || Error::database("look for rows edited since");
        let mut conflicts = Vec::new();
        for relation in self.catalog.changed() {
            let table = relation.table;
            let query = format!(
                "select i.pk::text, t.{id} is null from {image} i left join {live} t on t.{id} = i.pk \
                 where i.run_id = $1 and (t.{id} is null or {hash} <> i.after_hash) order by i.pk",
                id = self.catalog.names.sql_column(table, Field::ID),
                image = image(table),
                live = self.catalog.names.sql_table(table),
                hash = relation.hash("t", self.hashed.table(table)),
            );
            let rows = self.transaction.query(&query, &[&self.run.id]).await.map_err(doing())?;
            conflicts.extend(rows.iter().map(|row| {
                let gone: bool = row.get(1);
                let what = if gone { "was deleted" } else { "was edited" };
                let table = relation.name.clone();
                Conflict { table, id: row.get(0), what: what.to_owned() }
            }));
        }
        for key in &self.catalog.foreign_keys {
            conflicts.extend(self.referrers(key).await?);
        }
        conflicts.sort();
        conflicts.dedup();
        Ok(conflicts)
    }

    /// Rows that refer by a key, whatever its columns and whatever it does at a delete, to rows that
    /// the run inserted, other than those that it will restore itself.
    async fn referrers(&self, key: &ForeignKey) -> Result<Vec<Conflict>, Error> {
        let inserted = |relation: &&super::catalog::Relation| {
            relation.oid == key.to_oid && self.catalog.declared.is_inserted(relation.table)
        };
        let Some(target) = self.catalog.changed().find(inserted) else { return Ok(Vec::new()) };
        let names = &self.catalog.names;
        // Rows that this run changed or inserted are put back before anything is deleted.
        let from = self.catalog.changed().find(|relation| relation.oid == key.from_oid);
        let ours = from.map(|relation| {
            format!(
                " and not exists (select 1 from {} m where m.run_id = $1 and m.pk = r.{})",
                image(relation.table),
                names.sql_column(relation.table, Field::ID)
            )
        });
        let equal: Vec<String> = std::iter::zip(&key.from_columns, &key.to_columns)
            .map(|(from, to)| format!("r.{} = t.{}", quote_ident(from), quote_ident(to)))
            .collect();
        let titled: Vec<String> =
            key.from_key.iter().map(|column| format!("r.{}::text", quote_ident(column))).collect();
        let title = if titled.is_empty() {
            "'?'".to_owned()
        } else {
            format!("concat_ws(',', {})", titled.join(", "))
        };
        let query = format!(
            "select {title} from {image} i join {target} t on t.{id} = i.pk \
             join {schema}.{table} r on {equal} \
             where i.run_id = $1 and i.action = 'i'{ours} order by 1",
            image = image(target.table),
            target = names.sql_table(target.table),
            id = names.sql_column(target.table, Field::ID),
            schema = quote_ident(&key.from_schema),
            table = quote_ident(&key.from_table),
            equal = equal.join(" and "),
            ours = ours.unwrap_or_default(),
        );
        let rows = self.transaction.query(&query, &[&self.run.id]).await;
        let rows =
            rows.map_err(Error::database("look for rows that refer to what would be deleted"))?;
        let what =
            format!("refers to the run's {} by {}", target.name, key.from_columns.join(", "));
        Ok(rows
            .iter()
            .map(|row| Conflict {
                table: key.from_table.clone(),
                id: row.get(0),
                what: what.clone(),
            })
            .collect())
    }

    async fn counts(&self) -> Result<BTreeMap<String, usize>, Error> {
        let mut counts = BTreeMap::new();
        for table in CHANGED {
            let query = format!("select count(*) from {} where run_id = $1", image(table));
            let row = self.transaction.query_one(&query, &[&self.run.id]).await;
            let row = row.map_err(Error::database("count the before-images"))?;
            let count = usize::try_from(row.get::<_, i64>(0)).expect("a count is not negative");
            counts.insert(self.catalog.names.table(table).to_owned(), count);
        }
        Ok(counts)
    }

    /// Puts back what was, then deletes what is new, in the order in which rows refer to each other.
    async fn restore(&self) -> Result<(), Error> {
        let statements = [
            self.delete(Table::ProjectContactPoints),
            self.put_back(Table::Projects),
            self.put_back(Table::Contacts),
            self.put_back(Table::Organizations),
            self.delete(Table::Organizations),
        ];
        for statement in statements {
            let done = self.transaction.execute(&statement, &[&self.run.id]).await;
            done.map_err(Error::database("restore the rows"))?;
        }
        Ok(())
    }

    fn delete(&self, table: Table) -> String {
        format!(
            "delete from {} t using {} i where i.run_id = $1 and i.pk = t.{} and i.action = 'i'",
            self.catalog.names.sql_table(table),
            image(table),
            self.catalog.names.sql_column(table, Field::ID),
        )
    }

    fn put_back(&self, table: Table) -> String {
        let names = &self.catalog.names;
        let changed = self.catalog.declared.all(table).iter();
        let set: Vec<String> = changed
            .filter(|column| column.is_changed(self.run.mode))
            .map(|column| {
                let kept = quote_ident(column.field.name());
                format!("{} = i.{kept}", names.sql_column(table, column.field))
            })
            .collect();
        format!(
            "update {} t set {} from {} i where i.run_id = $1 and i.pk = t.{} and i.action = 'u'",
            names.sql_table(table),
            set.join(", "),
            image(table),
            names.sql_column(table, Field::ID),
        )
    }

    /// Drops the constraints and indexes that came with the data, unless another run lives by them.
    async fn constraints(&self) -> Result<Vec<String>, Error> {
        if ledger::others(self.transaction, &self.run).await? > 0 {
            return Ok(Vec::new());
        }
        self.undo(Step::Data).await
    }

    /// Drops the columns and the table that the expand step added.
    async fn columns(&self) -> Result<Vec<String>, Error> {
        let others = ledger::others(self.transaction, &self.run).await?;
        if others > 0 {
            return Err(Error::refused(
                Refusal::Failed,
                format!("{others} other plans are applied and need what was added to the schema"),
                "roll them back first, or roll back without --schema",
            ));
        }
        self.refuse_lost_values().await?;
        self.undo(Step::Expand).await
    }

    /// Undoes what a step has added to the catalog, newest first.
    async fn undo(&self, step: Step) -> Result<Vec<String>, Error> {
        let doing = || Error::database("undo the schema");
        // The tables are altered: no event may wait on them.
        self.transaction.batch_execute("set constraints all immediate").await.map_err(doing())?;
        let mut undone = Vec::new();
        for added in ledger::additions(self.transaction, step, &self.run.schema).await? {
            match self.transaction.batch_execute(&added.undo()).await {
                Ok(()) => undone.push(added.to_string()),
                // dependent_objects_still_exist
                Err(error) if error.code().is_some_and(|code| code.code() == "2BP01") => {
                    return Err(Error::refused(
                        Refusal::Failed,
                        format!("something that was made since depends on {added}"),
                        "drop what depends on it first; nothing was changed",
                    ));
                }
                Err(error) => return Err(doing()(error)),
            }
        }
        ledger::forget(self.transaction, step, &self.run.schema).await?;
        Ok(undone)
    }

    /// A column or table that holds values which no run wrote must not be dropped.
    async fn refuse_lost_values(&self) -> Result<(), Error> {
        let doing = || Error::database("look for values that would be lost");
        let mut lost = Vec::new();
        for added in ledger::additions(self.transaction, Step::Expand, &self.run.schema).await? {
            let Some(query) = added.holds_values() else { continue };
            if self.transaction.query_one(&query, &[]).await.map_err(doing())?.get(0) {
                lost.push(added.to_string());
            }
        }
        if lost.is_empty() {
            return Ok(());
        }
        Err(Error::refused(
            Refusal::Failed,
            format!("these hold values that this plan did not write: {}", lost.join(", ")),
            "roll back without --schema, or move the values first",
        ))
    }
}
