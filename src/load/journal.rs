//! What stays of loads once they are over: images of rows, which are personal data of all tenants,
//! and our own schema.

use std::collections::BTreeMap;

use serde::Serialize;
use tokio_postgres::{Client, Transaction};

use super::apply::Options;
use super::catalog::CHANGED;
use super::ledger::{self, Run};
use super::merge::image;
use super::transaction::{self, Waits};
use super::{Error, Refusal};

/// What a purge takes, or took.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Purged {
    /// The runs whose images go.
    pub runs: Vec<Run>,
    /// Images by table.
    pub rows: BTreeMap<&'static str, u64>,
}

/// Whether something is done, or only looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Nothing is changed.
    Look,
    /// It is done.
    Do,
}

/// Empties the journal of runs that were rolled back, and of those that were applied so many days
/// ago or more: these can be rolled back no longer.
///
/// # Errors
/// The database; another load is under way.
pub async fn purge(
    client: &mut Client,
    older_than_days: Option<u32>,
    options: &Options<'_>,
    intent: Intent,
) -> Result<Purged, Error> {
    let doing = || Error::database("empty the journal");
    let transaction = client.transaction().await.map_err(doing())?;
    transaction::settle(&transaction, options.waits).await?;
    if intent == Intent::Do {
        transaction::lock_out_others(&transaction).await?;
    }
    ledger::upgrade(&transaction, options.names, options.declared).await?;
    if !ledger::exists(&transaction).await? {
        return Ok(Purged::default());
    }
    let due = due(&transaction, older_than_days).await?;
    let mut purged = Purged::default();
    for table in CHANGED {
        let images = image(table);
        let counted = match intent {
            Intent::Look => {
                let count = format!("select count(*) from {images} where run_id = any ($1)");
                let row = transaction.query_one(&count, &[&due]).await.map_err(doing())?;
                row.get::<_, i64>(0).unsigned_abs()
            }
            Intent::Do => {
                let delete = format!("delete from {images} where run_id = any ($1)");
                transaction.execute(&delete, &[&due]).await.map_err(doing())?
            }
        };
        purged.rows.insert(table.name(), counted);
    }
    if intent == Intent::Do {
        let enter =
            "update orgfold.run set purged_at = pg_catalog.clock_timestamp() where id = any ($1)";
        transaction.execute(enter, &[&due]).await.map_err(doing())?;
    }
    let runs = ledger::runs(&transaction, "").await?;
    purged.runs = runs.into_iter().filter(|run| due.contains(&run.id)).collect();
    match intent {
        Intent::Look => transaction.rollback().await.map_err(doing())?,
        Intent::Do => {
            transaction.commit().await.map_err(doing())?;
            for table in CHANGED {
                // Space that is not given back now is given back later.
                let _ = client.batch_execute(&format!("vacuum (analyze) {}", image(table))).await;
            }
        }
    }
    Ok(purged)
}

/// The runs whose images are no longer kept.
async fn due(
    transaction: &Transaction<'_>,
    older_than_days: Option<u32>,
) -> Result<Vec<i64>, Error> {
    let days = older_than_days.map(i64::from);
    let rows = transaction.query(include_str!("sql/journal_due.sql"), &[&days]).await;
    let rows = rows.map_err(Error::database("look for runs that are over"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Takes our schema away, and nothing else: what loads added to the application's tables stays.
///
/// # Errors
/// Something in it is not ours; another load is under way; the database.
pub async fn uninstall(client: &mut Client, waits: Waits) -> Result<(), Error> {
    let doing = || Error::database("take the schema orgfold away");
    let transaction = client.transaction().await.map_err(doing())?;
    transaction::settle(&transaction, waits).await?;
    transaction::lock_out_others(&transaction).await?;
    let images = CHANGED.map(image).join(", ");
    let statement = format!(
        "drop table if exists {images}, orgfold.addition, orgfold.run, orgfold.ledger, \
         orgfold.verification, orgfold.catalog_undo, orgfold.image_contact_points; \
         drop schema if exists orgfold"
    );
    transaction.batch_execute(&statement).await.map_err(|error| {
        // dependent_objects_still_exist
        if error.code().is_some_and(|code| code.code() == "2BP01") {
            Error::refused(
                Refusal::Failed,
                "the schema orgfold holds, or is needed by, something that is not ours",
                "drop that first; nothing was changed",
            )
        } else {
            doing()(error)
        }
    })?;
    transaction.commit().await.map_err(doing())
}
