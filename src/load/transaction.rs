//! What every transaction of a load begins with: settings, the advisory lock, table locks; and
//! what its triggers are told.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio_postgres::{Client, GenericClient, Transaction};

use super::catalog::{CHANGED, Catalog};
use super::{Error, Refusal, quote_ident};
use crate::connect::Target;
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

/// How rows that exist are changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// Row by row: readers go on.
    #[default]
    Update,
    /// Whole tables are written anew in place, with their indexes: quicker where many rows change,
    /// and readers wait until it ends.
    Rewrite,
}

impl Strategy {
    /// Name in configurations, files and on a terminal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Rewrite => "rewrite",
        }
    }
}

/// The tables that a rewrite writes anew; of the others it inserts rows, or updates a few.
pub const REWRITTEN: [Table; 2] = [Table::Contacts, Table::Projects];

/// How long a load waits, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waits {
    /// For a lock, in milliseconds: so long others may queue behind us. Then we give way, and try
    /// again.
    pub lock_ms: u32,
    /// How long that goes on, in seconds.
    pub lock_wait_s: u32,
    /// For one statement, in milliseconds; 0 for as long as it takes.
    pub statement_ms: u32,
}

/// How values are written as text, whatever role, database and server prefer: what a run left in a
/// row is told from what people made of it by text.
const AS_TEXT: &str = "; set local intervalstyle = 'postgres'; set local extra_float_digits = 1; \
     set local bytea_output = 'hex'; set local lc_monetary = 'C'; set local xmlbinary = 'base64'";

/// Memory in kilobytes that the server may use for us, unless it gives more by itself: a join or an
/// index of a million rows that fits in it is not written to disk and read again.
const MEMORY: [(&str, u32); 2] = [("work_mem", 64 * 1024), ("maintenance_work_mem", 256 * 1024)];

/// The statements that settle a transaction.
pub(super) fn settings(waits: Waits) -> String {
    // Who waits for us and is waited for is told apart by the server after `deadlock_timeout`, and
    // it may choose the other: we give way before. The search path stays that of the role: what the
    // application has behind its indexes, checks and triggers was made under it.
    let settings = format!(
        "select pg_catalog.set_config('lock_timeout', least({lock}, s.setting::bigint * 4 / 5)::text, true) \
         from pg_catalog.pg_settings s where s.name = 'deadlock_timeout'; \
         select pg_catalog.set_config(s.name, greatest(s.setting::bigint, m.kb)::text, true) \
         from pg_catalog.pg_settings s join (values {memory}) m (name, kb) on m.name = s.name; \
         set local statement_timeout = {statement}; \
         set local idle_in_transaction_session_timeout = 0; set local datestyle = 'ISO, MDY'; \
         set local timezone = 'UTC'; set local row_security = off; set local jit = off; \
         set local standard_conforming_strings = on",
        lock = waits.lock_ms.max(1),
        memory = MEMORY.map(|(name, kb)| format!("('{name}', {kb})")).join(", "),
        statement = waits.statement_ms,
    );
    settings + AS_TEXT
}

/// Settings of this transaction only.
///
/// # Errors
/// The database.
pub async fn settle(transaction: &Transaction<'_>, waits: Waits) -> Result<(), Error> {
    let settings = settings(waits);
    transaction.batch_execute(&settings).await.map_err(Error::database("begin the transaction"))?;
    // A killed client's statement stops within a second; not every platform has it.
    let nested = "savepoint orgfold_interval; set local client_connection_check_interval = '1s'";
    if transaction.batch_execute(nested).await.is_err() {
        let back = "rollback to savepoint orgfold_interval";
        transaction.batch_execute(back).await.map_err(Error::database("begin the transaction"))?;
    }
    Ok(())
}

/// What the advisory locks of this database are told by.
const LOADING: &str = "pg_catalog.hashtextextended('orgfold:' || pg_catalog.current_database(), 0)";

/// Waits until no load and no rollback is under way on this database.
///
/// # Errors
/// The database.
pub async fn wait_for_others(client: &Client) -> Result<(), Error> {
    let lock = format!(
        "select pg_catalog.pg_advisory_lock({LOADING}), pg_catalog.pg_advisory_unlock({LOADING})"
    );
    let waited = client.query(&lock, &[]).await;
    waited.map(drop).map_err(Error::database("wait for the advisory lock"))
}

/// Takes the advisory lock of this database for this transaction: one load at a time.
///
/// # Errors
/// [`Refusal::Locked`] if another load is under way.
pub async fn lock_out_others(transaction: &Transaction<'_>) -> Result<(), Error> {
    try_to_lock(transaction, "pg_try_advisory_xact_lock").await
}

/// Takes it until the connection ends: for what takes several transactions.
///
/// # Errors
/// [`Refusal::Locked`] if another load is under way.
pub async fn keep_out_others(client: &Client) -> Result<(), Error> {
    try_to_lock(client, "pg_try_advisory_lock").await
}

/// A call of one of the server's functions with the advisory lock of this database.
pub(super) fn try_lock(function: &str) -> String {
    format!("pg_catalog.{function}({LOADING})")
}

async fn try_to_lock(client: &impl GenericClient, function: &str) -> Result<(), Error> {
    let query = format!("select {}", try_lock(function));
    let row = client.query_one(&query, &[]).await;
    if row.map_err(Error::database("take the advisory lock"))?.get(0) {
        return Ok(());
    }
    Err(Error::refused(
        Refusal::Locked,
        "another load is under way on this database",
        "wait until it ends; `orgfold status` shows what it did",
    ))
}

/// Another connection where one was lost, for as long as it takes a server to start again: the first on
/// which what is asked of it is so.
///
/// # Errors
/// What the last try failed with.
pub async fn connect_again(
    target: &Target,
    within: Duration,
    is_ready: impl AsyncFn(&Client) -> Result<(), Error>,
) -> Result<Client, Error> {
    let until = tokio::time::Instant::now() + within;
    loop {
        let tried = match target.connect().await {
            Ok(client) => match is_ready(&client).await {
                Ok(()) => return Ok(client),
                Err(error) => error,
            },
            Err(error) => error.into(),
        };
        if tokio::time::Instant::now() >= until {
            return Err(tried);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// How strongly the tables are locked: the strongest that a transaction needs, from its start, since
/// a lock that is raised later deadlocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Against changes of the tables themselves; readers and writers go on.
    Look,
    /// Against writers; readers go on.
    Writers,
    /// Against writers, and against readers of what is written anew.
    Readers,
}

/// Locks the tables, in one fixed order.
///
/// # Errors
/// The lock time-out.
pub async fn lock_tables(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    lock: Lock,
    waits: Waits,
) -> Result<(), Error> {
    let is_shut = |table: Table| lock == Lock::Readers && REWRITTEN.contains(&table);
    let mode = match lock {
        Lock::Look => "access share",
        Lock::Writers | Lock::Readers => "share row exclusive",
    };
    // Neighbours of one kind are locked by one statement: the whole of it is one wait.
    let tables: Vec<Table> = catalog.changed().map(|relation| relation.table).collect();
    for tables in tables.chunk_by(|one, next| is_shut(*one) == is_shut(*next)) {
        let named: Vec<String> =
            tables.iter().map(|table| catalog.names.sql_table(*table)).collect();
        if tables.iter().any(|table| is_shut(*table)) {
            lock_out_everybody(transaction, &named, waits).await?;
            continue;
        }
        let statement = format!("lock table {} in {mode} mode", named.join(", "));
        let locked = transaction.batch_execute(&statement).await;
        locked.map_err(Error::database("lock the tables"))?;
    }
    Ok(())
}

/// Shuts everybody out of some tables, whose names are quoted. The whole of it takes no longer than
/// one wait: who reads one of them meanwhile would queue behind each of the others.
///
/// # Errors
/// The lock time-out.
pub async fn lock_out_everybody(
    transaction: &Transaction<'_>,
    tables: &[String],
    waits: Waits,
) -> Result<(), Error> {
    let doing = || Error::database("lock the tables");
    if tables.is_empty() {
        return Ok(());
    }
    let limit = "select pg_catalog.set_config('statement_timeout', pg_catalog.current_setting('lock_timeout'), true)";
    transaction.batch_execute(limit).await.map_err(doing())?;
    let lock = format!("lock table {} in access exclusive mode", tables.join(", "));
    transaction.batch_execute(&lock).await.map_err(|error| {
        // query_canceled: here it is a lock that was not given.
        if error.code().is_some_and(|code| code.code() == "57014") {
            gave_way()
        } else {
            doing()(error)
        }
    })?;
    let limit = format!("set local statement_timeout = {}", waits.statement_ms);
    transaction.batch_execute(&limit).await.map_err(doing())
}

/// We waited for others for as long as they may queue behind us.
fn gave_way() -> Error {
    Error::refused(
        Refusal::GaveWay,
        "cannot lock the tables: others use them",
        "wait for them, or end them, and run it again",
    )
}

/// Whether a failed transaction may succeed when it is tried again.
pub fn is_passing(error: &Error) -> bool {
    match error {
        Error::Database { source, .. } => {
            matches!(source.code(), Some("55P03" | "40P01" | "40001"))
        }
        Error::Refused { refusal, .. } => *refusal == Refusal::GaveWay,
        _ => false,
    }
}

/// Tries a transaction again and again, for as long as we are to wait for others.
///
/// # Errors
/// What the last try failed with.
pub async fn patiently<T>(
    waits: Waits,
    mut once: impl AsyncFnMut() -> Result<T, Error>,
) -> Result<T, Error> {
    let patience = Duration::from_secs(waits.lock_wait_s.into());
    let until = tokio::time::Instant::now() + patience;
    let mut pause = Duration::from_millis(100);
    loop {
        match once().await {
            Err(error) if is_passing(&error) && tokio::time::Instant::now() + pause < until => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(2));
            }
            other => return other,
        }
    }
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

/// An error that names who holds the locks, where it is about locks.
pub async fn with_holders(client: &Client, names: &Names, error: Error) -> Error {
    if !is_passing(&error) {
        return error;
    }
    let holders = blockers(client, names).await.unwrap_or_default();
    let holders = if holders.is_empty() { "they are gone by now".to_owned() } else { holders };
    Error::refused(
        Refusal::Locked,
        format!("{error}: blocked by other sessions; nothing was changed (held by: {holders})"),
        "wait for them, or end them, and run it again; --lock-wait says how long to try",
    )
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

impl Trigger {
    /// The statement that turns it off.
    pub(super) fn off(&self, catalog: &Catalog) -> String {
        self.turned(catalog, "disable")
    }

    /// The statement that gives it back the very state it had: `enable trigger user` would wake
    /// others.
    pub(super) fn back(&self, catalog: &Catalog) -> String {
        let how = match self.state.as_str() {
            "A" => "enable always",
            "R" => "enable replica",
            _ => "enable",
        };
        self.turned(catalog, how)
    }

    fn turned(&self, catalog: &Catalog, how: &str) -> String {
        let table = catalog.names.sql_table(self.table);
        format!("alter table {table} {how} trigger {}", quote_ident(&self.name))
    }
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
        let doing = Error::database("disable the triggers");
        transaction.batch_execute(&trigger.off(catalog)).await.map_err(doing)?;
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

/// Puts the triggers back to the very state they had.
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
        transaction.batch_execute(&trigger.back(catalog)).await.map_err(doing())?;
    }
    Ok(())
}
