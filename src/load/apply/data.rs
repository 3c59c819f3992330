//! The data: one transaction that walks through three types.
//!
//! [`Staged`] → [`Applied`] → [`Verified`] → commit. Dropping any of them rolls back; the only way
//! to a commit is through the validation checks.

use std::collections::BTreeMap;

use tokio_postgres::{Client, Transaction};

use super::{Loaded, Options, Outcome};
use crate::load::catalog::{CHANGED, Catalog};
use crate::load::expand::Ddl;
use crate::load::expand::add::Added;
use crate::load::failpoint::reach;
use crate::load::merge::{Inserted, Merge, image, image_bare};
use crate::load::preflight::{Planned, preflight};
use crate::load::rewrite::Rewrite;
use crate::load::stage::staging;
use crate::load::stale::Stale;
use crate::load::transaction::{self, Lock, Strategy, Trigger};
use crate::load::verify::{self, Measured, own};
use crate::load::visibility::{self, Proof};
use crate::load::{Error, Refusal, ledger, live};
use crate::plan::CheckFacts;
use crate::plan::archive::Stored;
use crate::schema::{Field, Mode, Table};

/// What is loaded, and how.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub(super) plan: &'a Stored,
    pub(super) planned: &'a Planned,
    pub(super) options: Options<'a>,
    pub(super) approvals: &'a serde_json::Value,
    pub(super) ending: Ending,
}

/// How a load ends that went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a commit. What comes before the data was committed before.
    Commit,
    /// Without: what comes before the data is done in the same transaction.
    DryRun,
}

/// Loads staged rows. What will have been done stands in `sent` from just before the commit is sent
/// until it is known how it ended.
///
/// # Errors
/// Every refusal of the load; nothing is changed but where `sent` stays filled.
pub(super) async fn load(
    client: &mut Client,
    work: Work<'_>,
    sent: &mut Option<Loaded>,
) -> Result<Outcome, Error> {
    let mut forecast = Forecast::Planned;
    match attempt(client, work, &mut forecast, sent).await {
        // Rows outside the plan may have moved on where no count of a table shows it.
        Err(Error::Refused { refusal: Refusal::Invalid, .. }) if forecast == Forecast::Planned => {
            forecast = Forecast::Measured;
            attempt(client, work, &mut forecast, sent).await
        }
        done => done,
    }
}

/// Where the counts come from that the checks must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Forecast {
    /// From the plan.
    Planned,
    /// What the plan changes in each count, on top of what is found before the load.
    Measured,
}

async fn attempt(
    client: &mut Client,
    work: Work<'_>,
    forecast: &mut Forecast,
    sent: &mut Option<Loaded>,
) -> Result<Outcome, Error> {
    let staged = match begin(client, work, forecast).await? {
        Ok(staged) => staged,
        Err(run) => return Ok(Outcome::Already(run)),
    };
    let verified = staged.apply(work.approvals).await?.verify().await?;
    let loaded = match work.ending {
        Ending::Commit => verified.commit(sent).await?,
        Ending::DryRun => verified.give_up().await?,
    };
    Ok(Outcome::Loaded(loaded))
}

/// A plan whose rows are staged and not stale, under lock.
#[must_use = "dropping it rolls everything back"]
struct Staged<'a> {
    transaction: Transaction<'a>,
    catalog: Catalog,
    plan: &'a Stored,
    options: Options<'a>,
    /// Tables that were made for the rows.
    made: Added,
    /// What everybody saw before; `None` where row-level security guards nothing.
    seen: Option<visibility::Begun>,
    outside: BTreeMap<String, (i64, usize)>,
    /// The forecast of the validation pack, moved by what rows outside the plan add to it.
    forecast: Vec<CheckFacts>,
}

/// Locks, looks again, and checks that no planned row has moved on; or finds that the plan is
/// applied.
async fn begin<'a>(
    client: &'a mut Client,
    work: Work<'a>,
    forecast: &mut Forecast,
) -> Result<Result<Staged<'a>, ledger::Run>, Error> {
    let Work { plan, planned, options, ending, .. } = work;
    let doing = || Error::database("begin the data transaction");
    let transaction = client.transaction().await.map_err(doing())?;
    transaction::settle(&transaction, options.waits).await?;
    reach("before lock");
    let mut added = match ending {
        Ending::Commit => Added::default(),
        Ending::DryRun => super::add_columns(&transaction, plan, &options).await?.0,
    };
    let catalog = Catalog::read(&transaction, options.names, options.declared).await?;
    // First the lock, then the reading: a snapshot taken before would hide changes.
    let step = options.progress.stage("waiting for locks", 0);
    let lock = match options.strategy {
        Strategy::Update => Lock::Writers,
        Strategy::Rewrite => Lock::Readers,
    };
    transaction::lock_tables(&transaction, &catalog, lock, options.waits).await?;
    step.end(CHANGED.len(), "tables");
    reach("after lock");
    if let Some(run) =
        ledger::applied(&transaction, &plan.manifest.plan_id, options.names.schema()).await?
    {
        return Ok(Err(run));
    }
    let mode = plan.manifest.mode;
    let intent = options.intent(mode, Some(planned));
    preflight(&transaction, &catalog, intent).await?.refuse()?;
    // Nobody may be invited into an organization while it is adopted.
    let organizations = Table::Organizations;
    let held = format!(
        "select 1 from {live} t join {staged} s on s.id = t.{id} where s.action = 'adopt' order by s.id for update of t",
        live = catalog.names.sql_table(organizations),
        staged = staging(organizations),
        id = catalog.names.sql_column(organizations, Field::ID),
    );
    transaction
        .query(&held, &[])
        .await
        .map_err(Error::database("hold the adopted organizations"))?;
    refuse_stale(&transaction, &catalog, plan, &options).await?;
    reach("after stale check");
    for statement in Ddl::due(&catalog, options.shape(mode)).tables {
        added.add(&transaction, None, statement).await?;
    }
    reach("after tables");
    let catalog = Catalog::read(&transaction, options.names, options.declared).await?;
    let step = options.progress.stage("who sees what, before", 0);
    let seen = visibility::before(&transaction, &catalog, mode, options.visibility).await?;
    step.end(seen.as_ref().map_or(0, visibility::Begun::probes), "users");
    let outside = outside(&transaction, &catalog, plan).await?;
    if !outside.is_empty() {
        *forecast = Forecast::Measured;
    }
    let forecast = match forecast {
        Forecast::Planned => plan.manifest.checks.clone(),
        Forecast::Measured => moved_forecast(&transaction, &catalog, plan).await?,
    };
    Ok(Ok(Staged { transaction, catalog, plan, options, made: added, seen, outside, forecast }))
}

/// Refuses a plan of which a row has moved on, or, strictly, any row of its source.
pub(super) async fn refuse_stale(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    plan: &Stored,
    options: &Options<'_>,
) -> Result<(), Error> {
    let manifest = &plan.manifest;
    let stale = Stale { catalog, mode: manifest.mode, source: &manifest.source };
    let step = options.progress.stage("stale check", 0);
    let moved = stale.rows(transaction).await?;
    step.end(plan.rows(), "rows");
    if moved.total > 0 {
        return Err(Error::refused(
            Refusal::Stale,
            format!(
                "{} planned rows have changed since the plan was made:\n  {}",
                moved.total,
                moved.named.join("\n  ")
            ),
            "plan again from a new export; nothing was changed",
        ));
    }
    if !options.strict {
        return Ok(());
    }
    let step = options.progress.stage("comparing with the source", 0);
    let differing = live::differing(transaction, catalog, manifest).await?;
    step.end(manifest.source.tables.len(), "tables");
    if differing.is_empty() {
        return Ok(());
    }
    Err(Error::refused(
        Refusal::Stale,
        format!(
            "rows were added, removed or changed since the plan was made: {}",
            differing.join(", ")
        ),
        "plan again from a new export, or apply without --strict",
    ))
}

/// The forecast where rows outside the plan have moved on since it was made: what the plan changes in
/// each count is promised all the same, on top of what is found now.
async fn moved_forecast(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    plan: &Stored,
) -> Result<Vec<CheckFacts>, Error> {
    let now =
        verify::count(transaction, plan.manifest.mode, &super::as_planned(catalog.clone(), plan))
            .await?;
    let mut forecast = plan.manifest.checks.clone();
    for facts in &mut forecast {
        if let Some((_, count)) = now.iter().find(|(check, _)| check.code == facts.code) {
            facts.after = (facts.after + count).saturating_sub(facts.before);
            facts.before = *count;
        }
    }
    Ok(forecast)
}

/// Tables whose number of rows is not what it was.
async fn outside(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    plan: &Stored,
) -> Result<BTreeMap<String, (i64, usize)>, Error> {
    let mut outside = BTreeMap::new();
    for relation in catalog.tables.values() {
        let Some(facts) = plan.manifest.source.tables.get(relation.table.name()) else { continue };
        let count = format!("select count(*) from {}", catalog.names.sql_table(relation.table));
        let row =
            transaction.query_one(&count, &[]).await.map_err(Error::database("count rows"))?;
        let now: i64 = row.get(0);
        if now != i64::try_from(facts.rows).unwrap_or(i64::MAX) {
            outside.insert(relation.name.clone(), (now, facts.rows));
        }
    }
    Ok(outside)
}

impl<'a> Staged<'a> {
    /// Writes before-images and changes, and the keys at the end.
    ///
    /// # Errors
    /// The database.
    async fn apply(mut self, approvals: &serde_json::Value) -> Result<Applied<'a>, Error> {
        let transaction = &self.transaction;
        let triggers =
            transaction::triggers_off(transaction, &self.catalog, self.options.triggers).await?;
        reach("after triggers off");
        let inserted = Inserted::of(&self.catalog);
        let run = self.open_run(&inserted, approvals).await?;
        let mode = self.plan.manifest.mode;
        let fired = self.options.triggers;
        let merge = Merge { catalog: &self.catalog, mode, inserted: &inserted, triggers: fired };
        let bare = self.bare_journal().await?;
        let mut rows = BTreeMap::new();
        let strategy = self.options.strategy;
        for (label, written, statement, point) in [
            ("organizations inserted", None, merge.insert_organizations(), ""),
            ("organizations adopted", None, merge.adopt_organizations(), "after organizations"),
            ("contacts", Some(Table::Contacts), merge.change_contacts(), "after contacts"),
            ("projects", Some(Table::Projects), merge.change_projects(), "after projects"),
            ("contact points", None, merge.insert_points(), "after contact points"),
        ] {
            let step = self.options.progress.stage(label, 0);
            let count = match written {
                Some(table) if strategy == Strategy::Rewrite => {
                    Rewrite { catalog: &self.catalog, mode, table }.run(transaction, run).await?
                }
                _ => {
                    let done = transaction.execute(&statement, &[&run]).await;
                    done.map_err(Error::database("change the rows"))?
                }
            };
            step.end(usize::try_from(count).unwrap_or(usize::MAX), "rows");
            rows.insert(label, count);
            reach(point);
        }
        self.finish_journal(&bare).await?;
        let mut added = std::mem::take(&mut self.made);
        added.append(self.add_constraints(run, mode).await?);
        added.announce(&self.transaction).await?;
        transaction::triggers_back(&self.transaction, &self.catalog, &triggers).await?;
        reach("after keys");
        Ok(Applied { staged: self, run, rows, added, triggers })
    }

    /// Takes the keys from those images of which this run writes more than there are.
    async fn bare_journal(&self) -> Result<Vec<Table>, Error> {
        let doing = || Error::database("make the journal ready");
        let mut bare = Vec::new();
        for table in CHANGED {
            let query = format!(
                "select (select count(*) from {}) > (select count(*) from {})",
                staging(table),
                image(table)
            );
            if self.transaction.query_one(&query, &[]).await.map_err(doing())?.get(0) {
                let (drop, _) = image_bare(table);
                self.transaction.batch_execute(&drop).await.map_err(doing())?;
                bare.push(table);
            }
        }
        Ok(bare)
    }

    /// Gives them back. A rollback joins the images with everything that refers to their rows:
    /// planned without statistics, that takes minutes where seconds do.
    async fn finish_journal(&self, bare: &[Table]) -> Result<(), Error> {
        let step = self.options.progress.stage("journal", 0);
        let keys = bare.iter().map(|table| image_bare(*table).1);
        let statistics = CHANGED.map(|table| format!("analyze {}", image(table)));
        let statements: Vec<String> = keys.chain(statistics).collect();
        let done = self.transaction.batch_execute(&statements.join("; ")).await;
        done.map_err(Error::database("index the journal"))?;
        step.end(CHANGED.len(), "tables");
        Ok(())
    }

    async fn open_run(
        &self,
        inserted: &Inserted,
        approvals: &serde_json::Value,
    ) -> Result<i64, Error> {
        let manifest = &self.plan.manifest;
        let new = ledger::New {
            plan_id: &manifest.plan_id,
            schema: self.catalog.names.schema(),
            mode: self.plan.manifest.mode,
            inserted,
            counts: serde_json::to_value(&manifest.totals).expect("plain data"),
            approvals,
        };
        new.open(&self.transaction).await
    }

    /// Adds the constraints and indexes that are due; those that rows of the source break are not
    /// checked.
    async fn add_constraints(&self, run: i64, mode: Mode) -> Result<Added, Error> {
        let doing = || Error::database("add the constraints");
        let transaction = &self.transaction;
        // The tables are altered: no event may wait on them.
        transaction.batch_execute("set constraints all immediate").await.map_err(doing())?;
        let mut added = Added::default();
        for statement in Ddl::due(&self.catalog, self.options.shape(mode)).constraints {
            let step = self.options.progress.stage(&statement.adds.to_string(), 0);
            added.add(transaction, Some(run), statement).await?;
            step.end(1, "statements");
        }
        Ok(added)
    }
}

/// Changes that nobody else sees yet.
#[must_use = "dropping it rolls everything back"]
struct Applied<'a> {
    staged: Staged<'a>,
    run: i64,
    rows: BTreeMap<&'static str, u64>,
    added: Added,
    triggers: Vec<Trigger>,
}

impl<'a> Applied<'a> {
    /// Measures the validation pack and compares it with the forecast.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with the checks that differ; everything is rolled back.
    async fn verify(mut self) -> Result<Verified<'a>, Error> {
        let seen = self.staged.seen.take();
        let staged = &self.staged;
        let options = &staged.options;
        let catalog = Catalog::read(&staged.transaction, options.names, options.declared).await?;
        let catalog = super::as_planned(catalog, staged.plan);
        let step = options.progress.stage("validation checks", 0);
        let mode = staged.plan.manifest.mode;
        let measured = verify::measure(&staged.transaction, mode, &catalog).await?;
        step.end(measured.len(), "checks");
        reach("after validation");
        super::refuse_deviations(&measured, &staged.forecast)?;
        let own = own::count(&staged.transaction, (mode, &catalog), self.run, &measured).await?;
        ledger::promise(&staged.transaction, self.run, &own).await?;
        let visibility = match seen {
            Some(seen) => {
                let step = options.progress.stage("who sees what, after", 0);
                let proof = seen.after(&staged.transaction, &catalog).await?;
                step.end(proof.probes, "users");
                proof
            }
            None => Proof::nothing_guarded(),
        };
        Ok(Verified { applied: self, measured, visibility })
    }
}

/// Changes that were verified in the same transaction.
#[must_use = "dropping it rolls everything back"]
struct Verified<'a> {
    applied: Applied<'a>,
    measured: Vec<Measured>,
    visibility: Proof,
}

impl<'a> Verified<'a> {
    /// What was done, beside the transaction in which it was.
    fn told(self) -> (Transaction<'a>, Loaded) {
        let Applied { staged, run, rows, added, triggers } = self.applied;
        let checks =
            self.measured.iter().map(|found| (found.check.code.to_owned(), found.total)).collect();
        let outside = staged.outside;
        let Added { done: added, not_checked, .. } = added;
        let visibility = self.visibility;
        let loaded =
            Loaded { run, rows, added, not_checked, triggers, checks, visibility, outside };
        (staged.transaction, loaded)
    }

    /// Rolls all of it back.
    ///
    /// # Errors
    /// The database.
    async fn give_up(self) -> Result<Loaded, Error> {
        let (transaction, loaded) = self.told();
        // Keys that wait for the commit are heard now.
        let doing = || Error::database("end the dry run");
        transaction.batch_execute("set constraints all immediate").await.map_err(doing())?;
        transaction.rollback().await.map_err(doing())?;
        Ok(loaded)
    }

    /// Commits, alone in its message.
    ///
    /// # Errors
    /// The database. Where the connection was lost, `sent` stays filled: nobody knows yet.
    async fn commit(self, sent: &mut Option<Loaded>) -> Result<Loaded, Error> {
        let (transaction, loaded) = self.told();
        reach("before commit");
        *sent = Some(loaded.clone());
        let committed = transaction.commit().await;
        // The server itself says that it did not: then it is known.
        let said_no = |error: &tokio_postgres::Error| {
            error.as_db_error().is_some_and(|said| said.severity() == "ERROR")
        };
        if committed.as_ref().err().is_none_or(said_no) {
            *sent = None;
        }
        committed.map_err(Error::database("commit"))?;
        Ok(loaded)
    }
}
