//! What loads added to the catalog is taken away: by a rollback with the schema, and where restored
//! rows would break a constraint. Nobody can read the tables meanwhile, so this comes last, and
//! gives way to whoever is at work.

use std::time::Duration;

use super::Undo;
use crate::load::apply::Options;
use crate::load::expand::undo;
use crate::load::ledger::{self, Kept};
use crate::load::{Error, Refusal, policy, transaction};

/// How often the tables are asked for before the whole rollback gives way and begins anew.
const TRIES: u32 = 5;

/// How long others have their way between two tries.
const PAUSE: Duration = Duration::from_millis(500);

impl Undo<'_> {
    /// Takes away everything that loads added, unless another run needs it or values would be lost.
    pub(super) async fn schema(&self, options: &Options<'_>) -> Result<Vec<String>, Error> {
        let others = ledger::others(self.transaction, &self.run).await?;
        if others > 0 {
            return Err(Error::refused(
                Refusal::Failed,
                format!("{others} other plans are applied and need what was added to the schema"),
                "roll them back first, or roll back without --drop-schema-changes",
            ));
        }
        let kept = ledger::kept(self.transaction, &self.run.schema).await?;
        let kept = undo::there(self.transaction, kept).await?;
        undo::refuse_values(self.transaction, &kept).await?;
        policy::exact::refuse_altered(self.transaction, &kept).await?;
        self.take_away(&kept, options).await
    }

    /// Takes some additions away, in their order, and forgets them.
    pub(super) async fn take_away(
        &self,
        kept: &[Kept],
        options: &Options<'_>,
    ) -> Result<Vec<String>, Error> {
        self.shut_everybody_out(kept, options).await?;
        undo::drop_each(self.transaction, kept).await
    }

    /// Locks the tables against everybody, or gives way: nobody waits behind us for a second.
    async fn shut_everybody_out(&self, kept: &[Kept], options: &Options<'_>) -> Result<(), Error> {
        let doing = || Error::database("lock the tables to change them");
        let names = &self.catalog.names;
        let mut tables: Vec<String> =
            self.catalog.changed().map(|relation| names.sql_table(relation.table)).collect();
        for kept in kept {
            let table = kept.added.table().sql();
            if !tables.contains(&table) {
                tables.push(table);
            }
        }
        let mut tries = 1;
        loop {
            self.transaction.batch_execute("savepoint orgfold_lock").await.map_err(doing())?;
            let locked =
                transaction::lock_out_everybody(self.transaction, &tables, options.waits).await;
            let Err(error) = locked else { return Ok(()) };
            if tries == TRIES || !transaction::is_passing(&error) {
                return Err(error);
            }
            let back = "rollback to savepoint orgfold_lock";
            self.transaction.batch_execute(back).await.map_err(doing())?;
            tries += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }
}
