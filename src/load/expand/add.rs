//! Adding to the catalog what is due, with what undoes it in the ledger.

use tokio_postgres::Transaction;

use super::{Addition, Statement};
use crate::load::{Error, ledger, policy};

/// What `PostgREST` listens for; nobody else does.
pub const ANNOUNCE: &str = "notify pgrst, 'reload schema'";

/// What was added to the catalog.
#[derive(Clone, Debug, Default)]
pub struct Added {
    /// What there is now.
    pub done: Vec<String>,
    /// Its numbers in the ledger.
    pub kept: Vec<i64>,
    /// What rows of the source break: added for new rows only, or left out.
    pub not_checked: Vec<String>,
}

impl Added {
    /// Adds one thing, unless rows break it, and keeps it in the ledger, so that it can be undone.
    ///
    /// # Errors
    /// The database.
    pub async fn add(
        &mut self,
        transaction: &Transaction<'_>,
        run: Option<i64>,
        Statement { adds, unless }: Statement,
    ) -> Result<(), Error> {
        let doing = || Error::database("add to the schema");
        if let Some(unless) = &unless
            && !transaction.query(unless, &[]).await.map_err(doing())?.is_empty()
        {
            self.not_checked.push(format!("{adds}: left out"));
            return Ok(());
        }
        transaction.batch_execute(&adds.apply()).await.map_err(doing())?;
        let adds = policy::exact::as_printed(transaction, adds).await?;
        self.kept.push(ledger::remember(transaction, run, &adds).await?);
        self.validate(transaction, &adds).await?;
        self.done.push(adds.to_string());
        Ok(())
    }

    /// Checks the rows that are there, in a savepoint.
    async fn validate(
        &mut self,
        transaction: &Transaction<'_>,
        adds: &Addition,
    ) -> Result<(), Error> {
        let Some(validate) = adds.validate() else { return Ok(()) };
        let attempt =
            format!("savepoint orgfold_validate; {validate}; release savepoint orgfold_validate");
        if transaction.batch_execute(&attempt).await.is_err() {
            let back = transaction.batch_execute("rollback to savepoint orgfold_validate").await;
            back.map_err(Error::database("add to the schema"))?;
            self.not_checked.push(format!("{adds}: holds for new rows only"));
        }
        Ok(())
    }

    /// Tells an API server that serves the tables from its own picture of them, if there is one.
    ///
    /// # Errors
    /// The database.
    pub async fn announce(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        if self.done.is_empty() {
            return Ok(());
        }
        let told = transaction.batch_execute(ANNOUNCE).await;
        told.map_err(Error::database("announce the additions to the schema"))
    }

    /// With what was added later.
    pub fn append(&mut self, mut more: Self) {
        self.done.append(&mut more.done);
        self.kept.append(&mut more.kept);
        self.not_checked.append(&mut more.not_checked);
    }
}
