//! Undoing a run, from the images of its rows only.
//!
//! Deletes what the run inserted (by key, never by name, never by cascade), restores what it
//! changed, and leaves alone what people made of it since: such rows are named and refuse the
//! rollback, or are kept. Readers go on meanwhile. With the schema, what the load added to the
//! catalog goes too, unless later data would be lost.
//!
//! A look and a rollback ask the same questions (`survey`); only the latter goes on to
//! `put_back`, with indexes of its own where keys have none (`helpers`), and to the `schema`,
//! which is the only part that shuts anybody out and therefore the last.

mod conflict;
mod helpers;
mod keyed;
mod put_back;
mod schema;
mod survey;

use std::collections::BTreeMap;

use serde::Serialize;
use tokio_postgres::{Client, Transaction};

pub use self::conflict::{Conflict, What};
use self::survey::Survey;
use super::apply::Options;
use super::catalog::Catalog;
use super::failpoint::reach;
use super::ledger::{self, Run};
use super::transaction::{self, Lock, Triggers};
use super::{Error, Refusal};

/// What becomes of what the load added to the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Additions {
    /// It stays: neutral, and ready for the next apply.
    Keep,
    /// It goes.
    Undo,
}

/// What becomes of rows that people changed since, and of those that later rows refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Edited {
    /// They refuse the rollback.
    Refuse,
    /// They stay as they are; all others are restored.
    Keep,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The plan, by its id.
    pub plan: &'a str,
    /// What becomes of the catalog.
    pub additions: Additions,
    /// What becomes of rows in the way.
    pub edited: Edited,
    /// The tenant whose rows are undone, by slug or id; `None` for all.
    pub only: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// The whole run of a plan with the schema, unless somebody changed something since.
    pub const fn everything(plan: &'a str) -> Self {
        Self { plan, additions: Additions::Undo, edited: Edited::Refuse, only: None }
    }
}

/// What a rollback would do, or did.
#[derive(Clone, Debug, Serialize)]
pub struct Undone {
    /// The run, as it was.
    pub run: Run,
    /// Rows restored or deleted in each table.
    pub rows: BTreeMap<String, usize>,
    /// The tenant whose rows alone are undone.
    pub only: Option<String>,
    /// Rows that stay because they are another tenant's.
    pub others: usize,
    /// Rows that people changed since, and later rows that refer to what the run inserted: they
    /// stand in the way, or are kept.
    pub conflicts: Vec<Conflict>,
    /// Whether those are kept.
    pub edited: Edited,
    /// Constraints of ours that what is restored would break: they go.
    pub broken: Vec<String>,
    /// What was taken from the catalog.
    pub catalog: Vec<String>,
    /// Indexes that were made for the rollback and could not be dropped again.
    pub left: Vec<String>,
}

impl Undone {
    /// Rows restored or deleted.
    pub fn total(&self) -> usize {
        self.rows.values().sum()
    }

    /// Whether something of the run stays.
    pub fn is_partial(&self) -> bool {
        self.others > 0 || self.conflicts.iter().any(|conflict| conflict.what != What::Deleted)
    }

    /// Why it is refused: the rows that stand in the way and are not kept.
    pub fn refusal(&self) -> Error {
        const SHOWN: usize = 20;
        let found: Vec<&Conflict> = self.in_the_way().collect();
        let mut shown: Vec<String> = found.iter().take(SHOWN).map(ToString::to_string).collect();
        if found.len() > SHOWN {
            shown.push(format!("and {} more", found.len() - SHOWN));
        }
        Error::refused(
            Refusal::Stale,
            format!(
                "{} rows were changed or referred to since the plan was applied; nothing was changed:\n  {}",
                found.len(),
                shown.join("\n  ")
            ),
            "undo these edits first, or restore all other rows with --keep-edited",
        )
    }

    /// The rows that refuse the rollback.
    fn in_the_way(&self) -> impl Iterator<Item = &Conflict> {
        self.conflicts.iter().filter(|conflict| match self.edited {
            Edited::Keep => false,
            // Of a part, what later rows refer to simply stays.
            Edited::Refuse => self.only.is_none() || !conflict.is_kept_in_part(),
        })
    }
}

/// Looks at what a rollback would do. Shuts out nobody, and holds nothing when it returns: people
/// may think about the answer for as long as they like.
///
/// # Errors
/// The plan is not applied; locks.
pub async fn look(
    client: &mut Client,
    wanted: Wanted<'_>,
    options: &Options<'_>,
) -> Result<Undone, Error> {
    let looked =
        transaction::patiently(options.waits, async || look_once(client, wanted, options).await);
    match looked.await {
        Err(error) => Err(transaction::with_holders(client, options.names, error).await),
        looked => looked,
    }
}

async fn look_once(
    client: &mut Client,
    wanted: Wanted<'_>,
    options: &Options<'_>,
) -> Result<Undone, Error> {
    let doing = || Error::database("look at what a rollback would do");
    let transaction = client.transaction().await.map_err(doing())?;
    transaction::settle(&transaction, options.waits).await?;
    let undo = Undo::begin(&transaction, wanted, options, Lock::Look).await?;
    let step = options.progress.stage("looking for edits", 0);
    let looked = undo.survey(wanted).await?;
    step.end(looked.total(), "rows");
    // Dropped, it would only be told to the server with the next statement.
    transaction.rollback().await.map_err(doing())?;
    Ok(looked)
}

/// How a rollback ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is done.
    Done(Undone),
    /// Rows stand in the way; nothing was changed.
    Refused(Undone),
    /// The commit was sent, and the connection lost before its answer: [`heard`] finds out.
    Unheard(Undone),
}

impl Outcome {
    /// What was done.
    ///
    /// # Errors
    /// [`Refusal::Stale`] if rows stood in the way.
    pub fn done(self) -> Result<Undone, Error> {
        match self {
            Self::Done(undone) => Ok(undone),
            Self::Refused(undone) => Err(undone.refusal()),
            Self::Unheard(_) => Err(not_arrived()),
        }
    }
}

/// Undoes the run that applied a plan.
///
/// # Errors
/// The plan is not applied; locks.
pub async fn rollback(
    client: &mut Client,
    wanted: Wanted<'_>,
    options: &Options<'_>,
) -> Result<Outcome, Error> {
    helpers::remove(client).await;
    let done =
        transaction::patiently(options.waits, async || once(client, wanted, options).await).await;
    let mut outcome = match done {
        Err(error) => return Err(transaction::with_holders(client, options.names, error).await),
        Ok(outcome) => outcome,
    };
    if let Outcome::Done(undone) = &mut outcome {
        undone.left = helpers::remove(client).await;
    }
    Ok(outcome)
}

/// What was done after all by a rollback whose commit nobody heard the answer of; asked over another
/// connection, once the lost one is over.
///
/// # Errors
/// The commit did not arrive; the database.
pub async fn heard(client: &Client, mut undone: Undone) -> Result<Undone, Error> {
    transaction::wait_for_others(client).await?;
    let runs = ledger::runs(client, &undone.run.plan_id).await?;
    let now = runs.into_iter().find(|run| run.id == undone.run.id);
    if now.is_none_or(|run| run.rolled_back_at == undone.run.rolled_back_at) {
        return Err(not_arrived());
    }
    undone.left = helpers::remove(client).await;
    Ok(undone)
}

fn not_arrived() -> Error {
    Error::refused(
        Refusal::Failed,
        "the connection was lost before the commit arrived; nothing was changed",
        "roll back again",
    )
}

async fn once(
    client: &mut Client,
    wanted: Wanted<'_>,
    options: &Options<'_>,
) -> Result<Outcome, Error> {
    let doing = || Error::database("roll back");
    let transaction = client.transaction().await.map_err(doing())?;
    transaction::settle(&transaction, options.waits).await?;
    transaction::lock_out_others(&transaction).await?;
    let undo = Undo::begin(&transaction, wanted, options, Lock::Writers).await?;
    undo.hold_rows().await?;
    let progress = options.progress;
    let step = progress.stage("looking for edits", 0);
    let mut undone = undo.survey(wanted).await?;
    step.end(undone.total(), "rows");
    if undone.in_the_way().next().is_some() {
        transaction.rollback().await.map_err(doing())?;
        return Ok(Outcome::Refused(undone));
    }
    let step = progress.stage("indexing what refers", 0);
    step.end(helpers::make(&transaction, &undo.catalog, undo.run.id).await?, "indexes");
    // What was there before comes back as it was, whatever a load lets its triggers do.
    let triggers = match options.triggers {
        Triggers::Fire => Triggers::Disable,
        other => other,
    };
    let triggers = transaction::triggers_off(&transaction, &undo.catalog, triggers).await?;
    reach("rollback after triggers off");
    let step = progress.stage("restoring", 0);
    undo.put_back().await?;
    step.end(undone.total(), "rows");
    reach("rollback after restore");
    undo.put_back_late(&mut undone, options).await?;
    transaction::triggers_back(&transaction, &undo.catalog, &triggers).await?;
    if undone.is_partial() {
        undo.keep_the_rest().await?;
    } else {
        ledger::close(&transaction, &undo.run).await?;
    }
    if wanted.additions == Additions::Undo {
        undone.catalog.extend(undo.schema(options).await?);
    }
    reach("rollback before commit");
    if let Err(error) = transaction.commit().await {
        let said_no = error.as_db_error().is_some_and(|said| said.severity() == "ERROR");
        return if said_no { Err(doing()(error)) } else { Ok(Outcome::Unheard(undone)) };
    }
    reach("rollback after commit");
    Ok(Outcome::Done(undone))
}

/// A run that is undone, in a transaction that holds its tables.
struct Undo<'a> {
    transaction: &'a Transaction<'a>,
    catalog: Catalog,
    run: Run,
    inserted: super::merge::Inserted,
}

impl<'a> Undo<'a> {
    /// Locks the tables and finds the run.
    async fn begin(
        transaction: &'a Transaction<'a>,
        wanted: Wanted<'_>,
        options: &Options<'_>,
        lock: Lock,
    ) -> Result<Self, Error> {
        ledger::upgrade(transaction, options.names, options.declared).await?;
        let catalog = Catalog::read(transaction, options.names, options.declared).await?;
        transaction::lock_tables(transaction, &catalog, lock, options.waits).await?;
        let (plan, schema) = (wanted.plan, options.names.schema());
        let run = ledger::standing(transaction, plan, schema).await?.ok_or_else(|| {
            Error::refused(
                Refusal::Failed,
                format!("plan {plan} is not applied to schema `{schema}` of this database"),
                "`orgfold status` lists what is",
            )
        })?;
        if let Some(at) = &run.purged_at {
            return Err(Error::refused(
                Refusal::Failed,
                format!(
                    "the journal was emptied of run {} on {at}: it cannot be rolled back",
                    run.id
                ),
                "restore what is needed from a backup",
            ));
        }
        let inserted = ledger::inserted(transaction, &run).await?;
        Ok(Self { transaction, catalog, run, inserted })
    }

    /// What would be done, and what stands in the way.
    async fn survey(&self, wanted: Wanted<'_>) -> Result<Undone, Error> {
        Survey::of(self, wanted).await
    }
}
