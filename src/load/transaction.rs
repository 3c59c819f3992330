//! What every transaction of a load begins with: settings, the advisory lock, table locks; and
//! what its triggers are told.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio_postgres::{Client, Transaction};

use super::catalog::{CHANGED, Catalog};
use super::{Error, Refusal, quote_ident};
use crate::schema::{Names, Table};

/// What happens to the user triggers of the tables that are touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Triggers {
    /// Off for the transaction, by name, and back to the state they had.
    #[default]
    Disable,
    /// They fire.
    Fire,
    /// The load is refused if there are any.
    Fail,
}

/// How long a load waits, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waits {
    /// For a lock, in milliseconds; then the transaction is tried again.
    pub lock_ms: u32,
    /// How often it is tried.
    pub tries: u32,
    /// For one statement, in milliseconds; 0 for as long as it takes.
    pub statement_ms: u32,
}

/// Settings of this transaction only.
///
/// # Errors
/// The database.
pub async fn settle(transaction: &Transaction<'_>, waits: Waits) -> Result<(), Error> {
    let settings = format!(
        "set local lock_timeout = {lock}; set local statement_timeout = {statement}; \
         set local idle_in_transaction_session_timeout = 0; set local datestyle = 'ISO, MDY'; \
         set local timezone = 'UTC'; set local row_security = off; set local jit = off; set local standard_conforming_strings = on; set local search_path = pg_catalog",
        lock = waits.lock_ms,
        statement = waits.statement_ms,
    );
    transaction.batch_execute(&settings).await.map_err(Error::database("begin the transaction"))?;
    // A killed client's statement stops within a second; not every platform has it.
    let nested = "savepoint orgfold_interval; set local client_connection_check_interval = '1s'";
    if transaction.batch_execute(nested).await.is_err() {
        let back = "rollback to savepoint orgfold_interval";
        transaction.batch_execute(back).await.map_err(Error::database("begin the transaction"))?;
    }
    Ok(())
}

/// The advisory lock of this database.
const ADVISORY_LOCK: &str = "hashtextextended('orgfold:' || current_database(), 0)";

/// Waits until no load and no rollback is under way on this database.
///
/// # Errors
/// The database.
pub async fn wait_for_others(client: &Client) -> Result<(), Error> {
    let lock =
        format!("select pg_advisory_lock({ADVISORY_LOCK}), pg_advisory_unlock({ADVISORY_LOCK})");
    let waited = client.query(&lock, &[]).await;
    waited.map(drop).map_err(Error::database("wait for the advisory lock"))
}

/// Takes the advisory lock of this database: one load at a time.
///
/// # Errors
/// [`Refusal::Locked`] if another load is under way.
pub async fn lock_out_others(transaction: &Transaction<'_>) -> Result<(), Error> {
    let row = transaction
        .query_one(&format!("select pg_try_advisory_xact_lock({ADVISORY_LOCK})"), &[])
        .await
        .map_err(Error::database("take the advisory lock"))?;
    if row.get(0) {
        return Ok(());
    }
    Err(Error::refused(
        Refusal::Locked,
        "another load is under way on this database",
        "wait until it ends; `orgfold status` shows what it did",
    ))
}

/// How strongly the tables are locked: the strongest that a transaction needs, from its start, since
/// a lock that is raised later deadlocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Against changes of the tables themselves; readers and writers go on.
    Look,
    /// Against writers; readers go on.
    Writers,
    /// Against everybody: keys are going to be dropped.
    Everybody,
}

/// Locks the tables, in one fixed order.
///
/// # Errors
/// The lock time-out.
pub async fn lock_tables(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    lock: Lock,
) -> Result<(), Error> {
    let tables: Vec<String> =
        catalog.changed().map(|relation| catalog.names.sql_table(relation.table)).collect();
    let mode = match lock {
        Lock::Look => "access share",
        Lock::Writers => "share row exclusive",
        Lock::Everybody => "access exclusive",
    };
    let statement = format!("lock table {} in {mode} mode", tables.join(", "));
    transaction.batch_execute(&statement).await.map_err(Error::database("lock the tables"))
}

/// Whether a failed transaction may succeed when it is tried again.
pub fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Database { source, .. }
        if matches!(source.code(), Some("55P03" | "40P01" | "40001")))
}

/// Pauses before a try, longer each time.
pub async fn pause(attempt: u32) {
    tokio::time::sleep(Duration::from_millis(100 * u64::from(2_u32.saturating_pow(attempt)))).await;
}

/// Who holds locks on the tables: process ids, roles and applications, never what they run.
///
/// # Errors
/// The database.
pub async fn blockers(client: &Client, names: &Names) -> Result<String, Error> {
    let tables = CHANGED.map(|table| names.table(table));
    let rows = client
        .query(include_str!("sql/blockers.sql"), &[&names.schema(), &tables.as_slice()])
        .await
        .map_err(Error::database("look for who holds the locks"))?;
    let holders: Vec<String> = rows
        .iter()
        .map(|row| {
            let (pid, role, application): (i32, String, String) =
                (row.get(0), row.get(1), row.get(2));
            format!("process {pid} of role `{role}` ({application})")
        })
        .collect();
    Ok(holders.join(", "))
}

/// User triggers that are on, with the state to restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trigger {
    /// Table.
    pub table: Table,
    /// Name.
    pub name: String,
    /// `tgenabled`: O, A or R.
    pub state: String,
}

/// Turns the triggers off, or refuses, or leaves them on.
///
/// # Errors
/// [`Refusal::Preflight`] in [`Triggers::Fail`] if there are any.
pub async fn triggers_off(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    triggers: Triggers,
) -> Result<Vec<Trigger>, Error> {
    let found = triggers_on(catalog);
    match triggers {
        Triggers::Fire => return Ok(Vec::new()),
        Triggers::Fail if !found.is_empty() => {
            let message = format!("{} user triggers would fire", found.len());
            let help = "disable them, or choose triggers = \"disable\"";
            return Err(Error::refused(Refusal::Preflight, message, help));
        }
        Triggers::Fail | Triggers::Disable => {}
    }
    for trigger in &found {
        let table = catalog.names.sql_table(trigger.table);
        let statement =
            format!("alter table {table} disable trigger {}", quote_ident(&trigger.name));
        let doing = Error::database("disable the triggers");
        transaction.batch_execute(&statement).await.map_err(doing)?;
    }
    Ok(found)
}

/// The user triggers that would fire.
pub fn triggers_on(catalog: &Catalog) -> Vec<Trigger> {
    let mut found = Vec::new();
    for relation in catalog.changed() {
        for trigger in relation.triggers.iter().filter(|trigger| trigger.state != "D") {
            let (name, state) = (trigger.name.clone(), trigger.state.clone());
            found.push(Trigger { table: relation.table, name, state });
        }
    }
    found
}

/// Puts the triggers back to the very state they had: `enable trigger user` would wake others.
///
/// # Errors
/// The database.
pub async fn triggers_back(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    triggers: &[Trigger],
) -> Result<(), Error> {
    if triggers.is_empty() {
        return Ok(());
    }
    // Events that still wait would forbid to alter the table.
    let doing = || Error::database("enable the triggers again");
    transaction.batch_execute("set constraints all immediate").await.map_err(doing())?;
    for trigger in triggers {
        let how = match trigger.state.as_str() {
            "A" => "enable always",
            "R" => "enable replica",
            _ => "enable",
        };
        let statement = format!(
            "alter table {} {how} trigger {}",
            catalog.names.sql_table(trigger.table),
            quote_ident(&trigger.name)
        );
        transaction.batch_execute(&statement).await.map_err(doing())?;
    }
    Ok(())
}
