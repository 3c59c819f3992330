//! Taking back what was added to tables in use, where no data needs it.

use tokio_postgres::{Client, Transaction};

use crate::load::apply::Options;
use crate::load::ledger::{self, Kept};
use crate::load::transaction::{self, Waits};
use crate::load::{Error, Refusal, policy};

/// What is to be taken back.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// What stands under these numbers in the ledger.
    These(&'a [i64]),
    /// Everything in the application's schema.
    All,
}

impl Which<'_> {
    fn contains(self, kept: &Kept) -> bool {
        match self {
            Self::These(numbers) => numbers.contains(&kept.seq),
            Self::All => true,
        }
    }
}

/// Takes it back in a transaction of its own, all or nothing, and returns what is gone. The ledger
/// goes too if nothing was ever loaded.
///
/// # Errors
/// A plan is applied, or values of others would be lost, or something else depends on it; locks.
pub async fn take_back(
    client: &mut Client,
    options: &Options<'_>,
    which: Which<'_>,
    waits: Waits,
) -> Result<Vec<String>, Error> {
    let done = transaction::patiently(waits, async || once(client, options, which).await).await;
    match done {
        Err(error) => Err(transaction::with_holders(client, options.names, error).await),
        done => done,
    }
}

async fn once(
    client: &mut Client,
    options: &Options<'_>,
    which: Which<'_>,
) -> Result<Vec<String>, Error> {
    let doing = || Error::database("take back what was added");
    let transaction = client.transaction().await.map_err(doing())?;
    transaction::settle(&transaction, options.waits).await?;
    transaction::lock_out_others(&transaction).await?;
    ledger::upgrade(&transaction, options.names, options.declared).await?;
    let schema = options.names.schema();
    let mut kept = ledger::kept(&transaction, schema).await?;
    kept.retain(|kept| which.contains(kept));
    refuse_in_use(&transaction, schema).await?;
    kept = there(&transaction, kept).await?;
    let mut tables: Vec<String> = kept.iter().map(|kept| kept.added.table().sql()).collect();
    tables.sort();
    tables.dedup();
    if !tables.is_empty() {
        // Whole tables are looked through, under the eyes of readers.
        let hold = format!("lock table {} in share row exclusive mode", tables.join(", "));
        transaction.batch_execute(&hold).await.map_err(doing())?;
    }
    refuse_values(&transaction, &kept).await?;
    policy::exact::refuse_altered(&transaction, &kept).await?;
    transaction::lock_out_everybody(&transaction, &tables, options.waits).await?;
    let gone = drop_each(&transaction, &kept).await?;
    if ledger::exists(&transaction).await? {
        ledger::remove_unused(&transaction).await?;
    }
    transaction.commit().await.map_err(doing())?;
    Ok(gone)
}

/// Drops one after the other and forgets it; what somebody dropped or renamed before is only
/// forgotten. Returns what is gone.
///
/// # Errors
/// Something else depends on it; locks.
pub(in crate::load) async fn drop_each(
    transaction: &Transaction<'_>,
    kept: &[Kept],
) -> Result<Vec<String>, Error> {
    let doing = || Error::database("take back what was added");
    // The tables are altered: no event may wait on them.
    transaction.batch_execute("set constraints all immediate").await.map_err(doing())?;
    let mut gone = Vec::new();
    for kept in kept {
        let savepoint = "savepoint orgfold_undo";
        transaction.batch_execute(savepoint).await.map_err(doing())?;
        match transaction.batch_execute(&kept.added.undo()).await {
            Ok(()) => gone.push(kept.added.to_string()),
            Err(error) => match error.code().map(tokio_postgres::error::SqlState::code) {
                // dependent_objects_still_exist
                Some("2BP01") => {
                    let message =
                        format!("something that was made since depends on {}", kept.added);
                    let help = "drop what depends on it first; nothing was changed";
                    return Err(Error::refused(Refusal::Failed, message, help));
                }
                // undefined_column, undefined_object: somebody was here before.
                Some("42703" | "42704") => {
                    let back =
                        transaction.batch_execute("rollback to savepoint orgfold_undo").await;
                    back.map_err(doing())?;
                }
                _ => return Err(doing()(error)),
            },
        }
        ledger::forget(transaction, kept).await?;
    }
    Ok(gone)
}

/// What an applied plan lives by stays.
async fn refuse_in_use(transaction: &Transaction<'_>, schema: &str) -> Result<(), Error> {
    let runs = ledger::runs(transaction, "").await?;
    let applied =
        runs.iter().filter(|run| run.state != "rolled_back" && run.schema == schema).count();
    if applied == 0 {
        return Ok(());
    }
    Err(Error::refused(
        Refusal::Failed,
        format!("{applied} plans are applied and need what was added to the schema"),
        "roll them back first",
    ))
}

/// Without what stands on a table that somebody has dropped since, which is forgotten.
pub(in crate::load) async fn there(
    transaction: &Transaction<'_>,
    kept: Vec<Kept>,
) -> Result<Vec<Kept>, Error> {
    let doing = || Error::database("look for what was added");
    let mut there = Vec::new();
    for kept in kept {
        let query = "select pg_catalog.to_regclass($1::text) is not null";
        let row = transaction.query_one(query, &[&kept.added.table().sql()]).await;
        if row.map_err(doing())?.get(0) {
            there.push(kept);
        } else {
            ledger::forget(transaction, &kept).await?;
        }
    }
    Ok(there)
}

/// A column or table that holds values which no run wrote must not be dropped.
pub(in crate::load) async fn refuse_values(
    transaction: &Transaction<'_>,
    kept: &[Kept],
) -> Result<(), Error> {
    let mut lost = Vec::new();
    for kept in kept {
        let Some(query) = kept.added.holds_values() else { continue };
        let savepoint = "savepoint orgfold_values";
        let doing = || Error::database("look for values that would be lost");
        transaction.batch_execute(savepoint).await.map_err(doing())?;
        match transaction.query_one(&query, &[]).await {
            Ok(row) => {
                if row.get(0) {
                    lost.push(kept.added.to_string());
                }
            }
            // undefined_column
            Err(error) if error.code().is_some_and(|code| code.code() == "42703") => {
                let back = transaction.batch_execute("rollback to savepoint orgfold_values").await;
                back.map_err(doing())?;
            }
            Err(error) => return Err(doing()(error)),
        }
    }
    if lost.is_empty() {
        return Ok(());
    }
    Err(Error::refused(
        Refusal::Failed,
        format!("these hold values that no plan wrote: {}", lost.join(", ")),
        "move the values first; nothing was changed",
    ))
}
