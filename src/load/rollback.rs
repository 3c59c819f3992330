//! Undoing a run, from its before-images only.
//!
//! Deletes what the run inserted (by key, never by name, never by cascade), restores what it
//! changed, and refuses rows that somebody edited since, naming them. With the schema, what the
//! load added to the catalog goes too, unless later data would be lost.

use std::collections::BTreeMap;

use serde::Serialize;
use tokio_postgres::{Client, Transaction};

use super::apply::Options;
use super::failpoint::reach;
use super::ledger::{self, Run};
use super::merge::HashColumns;
use super::shape::Shape;
use super::transaction::{self, Lock};
use super::{Error, Refusal, quote_ident};
use crate::transform::Mode;

/// What becomes of what the load added to the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Catalog {
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
    pub rows: BTreeMap<&'static str, i64>,
    /// Rows that stand in the way.
    pub conflicts: Vec<Conflict>,
    /// Statements that undid the catalog.
    pub catalog: Vec<String>,
}

/// Whether to do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Say what would happen.
    Look,
    /// Do it.
    Do,
}

/// Looks at, or undoes, the run that applied a plan.
///
/// # Errors
/// The plan is not applied; rows were edited since (they are named); locks.
pub async fn rollback(
    client: &mut Client,
    plan: &str,
    options: &Options<'_>,
    catalog: Catalog,
    intent: Intent,
) -> Result<Undone, Error> {
    let mut attempt = 0;
    loop {
        match once(client, plan, options, catalog, intent).await {
            Err(error) if transaction::is_passing(&error) && attempt + 1 < options.waits.tries => {
                attempt += 1;
                transaction::pause(attempt).await;
            }
            other => return other,
        }
    }
}

async fn once(
    client: &mut Client,
    plan: &str,
    options: &Options<'_>,
    catalog: Catalog,
    intent: Intent,
) -> Result<Undone, Error> {
    let doing = || Error::database("roll back");
    let transaction = client.transaction().await.map_err(doing())?;
    transaction::settle(&transaction, options.waits).await?;
    transaction::lock_out_others(&transaction).await?;
    let shape = Shape::read(&transaction, options.schema).await?;
    transaction::lock_tables(&transaction, &shape, Lock::Everybody).await?;
    let run = ledger::applied(&transaction, plan).await?.ok_or_else(|| {
        Error::refused(
            Refusal::Failed,
            format!("plan {plan} is not applied on this database"),
            "`orgfold status` lists what is",
        )
    })?;
    let hashed = hash_columns(&transaction, run.id).await?;
    let undo = Undo { transaction: &transaction, shape: &shape, run: run.id, hashed: &hashed };
    let conflicts = undo.conflicts().await?;
    let rows = undo.counts().await?;
    if intent == Intent::Look {
        return Ok(Undone { run, rows, conflicts, catalog: Vec::new() });
    }
    if !conflicts.is_empty() {
        let shown: Vec<String> = conflicts
            .iter()
            .take(20)
            .map(|row| format!("{} {}: {}", row.table, row.id, row.what))
            .collect();
        return Err(Error::refused(
            Refusal::Stale,
            format!(
                "{} rows were changed since the plan was applied:\n  {}",
                conflicts.len(),
                shown.join("\n  ")
            ),
            "undo these edits first; nothing was changed",
        ));
    }
    let triggers = transaction::triggers_off(&transaction, &shape, options.triggers).await?;
    reach("rollback after triggers off");
    // The keys came with the data, and go before it: they bind links that were there before.
    let mut undone = undo.keys().await?;
    undo.restore(if run.mode == Mode::Link.name() { Mode::Link } else { Mode::Rehome }).await?;
    reach("rollback after restore");
    transaction::triggers_back(&transaction, &shape, &triggers).await?;
    if catalog == Catalog::Undo {
        undone.extend(undo.columns().await?);
    }
    transaction
        .execute(
            "update orgfold.run set state = 'rolled_back', rolled_back_at = clock_timestamp() where id = $1",
            &[&run.id],
        )
        .await
        .map_err(doing())?;
    reach("rollback before commit");
    transaction.commit().await.map_err(doing())?;
    reach("rollback after commit");
    Ok(Undone { run, rows, conflicts, catalog: undone })
}

async fn hash_columns(transaction: &Transaction<'_>, run: i64) -> Result<HashColumns, Error> {
    let row = transaction
        .query_one("select hash_columns::text from orgfold.run where id = $1", &[&run])
        .await
        .map_err(Error::database("read the ledger"))?;
    let text: String = row.get(0);
    serde_json::from_str(&text).map_err(|_| {
        Error::refused(
            Refusal::Failed,
            "the ledger's record of this run cannot be read",
            "restore the schema orgfold from a backup",
        )
    })
}

/// The tables: name, image, columns over which rows were hashed.
const IMAGES: [(&str, &str); 4] = [
    ("organizations", "image_organizations"),
    ("contacts", "image_contacts"),
    ("projects", "image_projects"),
    ("project_contact_points", "image_contact_points"),
];

struct Undo<'a> {
    transaction: &'a Transaction<'a>,
    shape: &'a Shape,
    run: i64,
    hashed: &'a HashColumns,
}

impl Undo<'_> {
    fn hashed(&self, table: &str) -> &[String] {
        match table {
            "organizations" => &self.hashed.organizations,
            "contacts" => &self.hashed.contacts,
            "projects" => &self.hashed.projects,
            _ => &self.hashed.contact_points,
        }
    }

    /// Rows that were edited or deleted since, and rows elsewhere that hang on what would go.
    async fn conflicts(&self) -> Result<Vec<Conflict>, Error> {
        let doing = || Error::database("look for rows edited since");
        let mut conflicts = Vec::new();
        for (table, image) in IMAGES {
            if !self.shape.has_table(table) {
                continue;
            }
            let query = format!(
                "select i.pk::text, t.id is null from orgfold.{image} i left join {live} t on t.id = i.pk \
                 where i.run_id = $1 and (t.id is null or {hash} <> i.after_hash) order by i.pk",
                live = self.shape.table(table),
                hash = self.shape.hash(table, "t", self.hashed(table)),
            );
            let rows = self.transaction.query(&query, &[&self.run]).await.map_err(doing())?;
            conflicts.extend(rows.iter().map(|row| {
                let gone: bool = row.get(1);
                let what = if gone { "was deleted" } else { "was edited" };
                Conflict { table: table.to_owned(), id: row.get(0), what: what.to_owned() }
            }));
        }
        conflicts.extend(self.referrers("organizations", "image_organizations").await?);
        conflicts.extend(self.referrers("project_contact_points", "image_contact_points").await?);
        conflicts.sort();
        conflicts.dedup();
        Ok(conflicts)
    }

    /// Rows that refer to what the run inserted, other than those that it will restore itself.
    async fn referrers(&self, table: &str, image: &str) -> Result<Vec<Conflict>, Error> {
        let doing = || Error::database("look for rows that refer to what would be deleted");
        let keys = self
            .transaction
            .query(include_str!("sql/referrers.sql"), &[&self.shape.schema(), &table])
            .await
            .map_err(doing())?;
        let mut conflicts = Vec::new();
        for key in keys {
            let (schema, from, column, to): (String, String, String, String) =
                (key.get(0), key.get(1), key.get(2), key.get(3));
            if to != "id" {
                continue;
            }
            let id = if key.get(4) { "r.id::text" } else { "'?'" };
            // Rows that this run changed or inserted are put back before anything is deleted.
            let mut ours = String::new();
            if schema == self.shape.schema() {
                for (_, image) in IMAGES.iter().filter(|(name, _)| *name == from) {
                    ours = format!(
                        " and not exists (select 1 from orgfold.{image} m where m.run_id = $1 and m.pk = r.id)"
                    );
                }
            }
            let query = format!(
                "select {id} from {schema}.{table} r join orgfold.{image} i on i.pk = r.{column} \
                 where i.run_id = $1 and i.action = 'i'{ours} order by 1",
                schema = quote_ident(&schema),
                table = quote_ident(&from),
                column = quote_ident(&column),
            );
            let rows = self.transaction.query(&query, &[&self.run]).await.map_err(doing())?;
            conflicts.extend(rows.iter().map(|row| Conflict {
                table: from.clone(),
                id: row.get(0),
                what: format!("refers to the run's {table} by {column}"),
            }));
        }
        Ok(conflicts)
    }

    async fn counts(&self) -> Result<BTreeMap<&'static str, i64>, Error> {
        let mut counts = BTreeMap::new();
        for (table, image) in IMAGES {
            let query = format!("select count(*) from orgfold.{image} where run_id = $1");
            let row = self
                .transaction
                .query_one(&query, &[&self.run])
                .await
                .map_err(Error::database("count the images"))?;
            counts.insert(table, row.get(0));
        }
        Ok(counts)
    }

    /// Puts back what was, then deletes what is new.
    async fn restore(&self, mode: Mode) -> Result<(), Error> {
        let contacts = match mode {
            Mode::Rehome => {
                "organization_id = i.organization_id, owner_organization_id = i.owner_organization_id, is_primary_contact = i.is_primary_contact"
            }
            Mode::Link => {
                "customer_organization_id = i.customer_organization_id, is_primary_contact = i.is_primary_contact"
            }
        };
        let table = |name| self.shape.table(name);
        let statements = [
            format!(
                "delete from {} t using orgfold.image_contact_points i where i.run_id = $1 and i.pk = t.id and i.action = 'i'",
                table("project_contact_points")
            ),
            format!(
                "update {} t set customer_organization_id = i.customer_organization_id from orgfold.image_projects i where i.run_id = $1 and i.pk = t.id",
                table("projects")
            ),
            format!(
                "update {} t set {contacts} from orgfold.image_contacts i where i.run_id = $1 and i.pk = t.id",
                table("contacts")
            ),
            format!(
                "update {} t set owner_organization_id = i.owner_organization_id from orgfold.image_organizations i where i.run_id = $1 and i.pk = t.id and i.action = 'u'",
                table("organizations")
            ),
            format!(
                "delete from {} t using orgfold.image_organizations i where i.run_id = $1 and i.pk = t.id and i.action = 'i'",
                table("organizations")
            ),
        ];
        for statement in statements {
            self.transaction
                .execute(&statement, &[&self.run])
                .await
                .map_err(Error::database("restore the rows"))?;
        }
        Ok(())
    }

    /// Number of other runs that are applied, and need what was added.
    async fn others(&self) -> Result<i64, Error> {
        let row = self
            .transaction
            .query_one(
                "select count(*) from orgfold.run where state = 'applied' and id <> $1",
                &[&self.run],
            )
            .await
            .map_err(Error::database("read the ledger"))?;
        Ok(row.get(0))
    }

    /// Drops the keys and indexes that came with the data, unless another run lives by them.
    async fn keys(&self) -> Result<Vec<String>, Error> {
        if self.others().await? > 0 {
            return Ok(Vec::new());
        }
        self.undo("run_id is not null").await
    }

    /// Drops the columns and the table that the expand step added.
    async fn columns(&self) -> Result<Vec<String>, Error> {
        let others = self.others().await?;
        if others > 0 {
            return Err(Error::refused(
                Refusal::Failed,
                format!("{others} other plans are applied and need what was added to the schema"),
                "roll them back first, or roll back without --schema",
            ));
        }
        self.refuse_lost_values().await?;
        self.undo("run_id is null").await
    }

    /// Undoes a part of what this program added to the catalog, newest first.
    async fn undo(&self, part: &str) -> Result<Vec<String>, Error> {
        let doing = || Error::database("undo the schema");
        // The tables are altered: no event may wait on them.
        self.transaction.batch_execute("set constraints all immediate").await.map_err(doing())?;
        let query = format!(
            "select what, statement from orgfold.catalog_undo where {part} order by seq desc"
        );
        let rows = self.transaction.query(&query, &[]).await.map_err(doing())?;
        let mut undone = Vec::new();
        for row in rows {
            let (what, statement): (String, String) = (row.get(0), row.get(1));
            self.transaction.batch_execute(&statement).await.map_err(doing())?;
            undone.push(what);
        }
        let forget = format!("delete from orgfold.catalog_undo where {part}");
        self.transaction.batch_execute(&forget).await.map_err(doing())?;
        Ok(undone)
    }

    /// A column or table that holds values which no run wrote must not be dropped.
    async fn refuse_lost_values(&self) -> Result<(), Error> {
        let doing = || Error::database("look for values that would be lost");
        let rows = self
            .transaction
            .query("select what from orgfold.catalog_undo order by seq", &[])
            .await
            .map_err(doing())?;
        let mut lost = Vec::new();
        for row in rows {
            let what: String = row.get(0);
            let query = if let Some(column) = what.strip_prefix("column ") {
                let Some((table, column)) = column.split_once('.') else { continue };
                format!(
                    "select exists (select 1 from {} t where t.{} is not null)",
                    self.shape.table(table),
                    quote_ident(column)
                )
            } else if let Some(table) = what.strip_prefix("table ") {
                format!("select exists (select 1 from {})", self.shape.table(table))
            } else {
                continue;
            };
            if self.transaction.query_one(&query, &[]).await.map_err(doing())?.get(0) {
                lost.push(what);
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
