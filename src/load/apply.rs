//! Applying a plan: expand, then one transaction that walks through four types.
//!
//! `stage` → [`Staged::apply`] → [`Applied::verify`] → [`Verified::commit`]. Dropping any of the
//! first three rolls back; the only way to a commit is through the validation pack.

use std::collections::BTreeMap;

use serde::Serialize;
use tokio_postgres::{Client, Transaction};

use super::catalog::{CHANGED, Catalog};
use super::expand::{Addition, Ddl, Statement};
use super::failpoint::reach;
use super::merge::{HashColumns, Merge};
use super::stage::staging;
use super::stale::Stale;
use super::transaction::{self, Lock, Trigger, Triggers, Waits};
use super::verify::{self, Measured};
use super::{Error, Refusal, ledger};
use crate::plan::CheckFacts;
use crate::plan::archive::Stored;
use crate::progress::Progress;
use crate::schema::{Field, Mode, Names, Schema, Table};

/// How a load is done.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// How the database spells schema, tables and columns.
    pub names: &'a Names,
    /// What columns there are, and what each is for.
    pub declared: &'static Schema,
    /// What happens to triggers.
    pub triggers: Triggers,
    /// Time-outs.
    pub waits: Waits,
    /// Whether rows that were added or removed since the plan was made refuse it.
    pub strict: bool,
    /// How progress is shown.
    pub progress: Progress,
}

/// What an apply did.
#[derive(Clone, Debug, Serialize)]
pub struct Loaded {
    /// Number of the run.
    pub run: i64,
    /// Rows changed in each table.
    pub rows: BTreeMap<&'static str, u64>,
    /// What was added to the catalog.
    pub added: Vec<String>,
    /// Keys that rows of the source break: added for new rows only, or left out.
    pub not_checked: Vec<String>,
    /// Triggers that were off meanwhile.
    pub triggers: Vec<Trigger>,
    /// The validation pack: offending rows of each check, equal to the forecast.
    pub checks: BTreeMap<String, usize>,
    /// Rows of each table now, and when the plan was made, where they differ.
    pub outside: BTreeMap<String, (i64, usize)>,
}

/// How an apply ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The plan was applied before.
    Already(ledger::Run),
    /// It is applied now.
    Loaded(Loaded),
}

/// Applies a plan that was approved and passed preflight.
///
/// # Errors
/// Every refusal of the load; nothing but the neutral expand step is left behind.
pub async fn apply(
    client: &mut Client,
    plan: &Stored,
    options: &Options<'_>,
    approvals: &serde_json::Value,
) -> Result<Outcome, Error> {
    if let Some(run) =
        ledger::applied(client, &plan.manifest.plan_id, options.names.schema()).await?
    {
        return Ok(Outcome::Already(run));
    }
    reach("before expand");
    let mut added = expand(client, plan, options).await?;
    reach("after expand");
    let mut attempt = 0;
    let loaded = loop {
        match once(client, plan, options, approvals).await {
            Err(error) if transaction::is_passing(&error) && attempt + 1 < options.waits.tries => {
                attempt += 1;
                transaction::pause(attempt).await;
            }
            other => break other,
        }
    };
    let mut outcome = match loaded {
        Err(error) if transaction::is_passing(&error) => {
            return Err(locked(client, options, &error).await);
        }
        other => other?,
    };
    if let Outcome::Loaded(loaded) = &mut outcome {
        let (done, not_checked) = (&mut loaded.added, &mut loaded.not_checked);
        added
            .append(Added { done: std::mem::take(done), not_checked: std::mem::take(not_checked) });
        (*done, *not_checked) = (added.done, added.not_checked);
        reach("after commit");
        vacuum(client, options).await;
        reach("after vacuum");
    }
    Ok(outcome)
}

/// An error that names who holds the lock.
pub async fn locked(client: &Client, options: &Options<'_>, error: &Error) -> Error {
    let holders = transaction::blockers(client, options.names).await.unwrap_or_default();
    let holders = if holders.is_empty() { "they are gone by now".to_owned() } else { holders };
    Error::refused(
        Refusal::Locked,
        format!("{error}: somebody holds them; nothing was changed (held by: {holders})"),
        "wait for them, or end them, and apply again",
    )
}

async fn once(
    client: &mut Client,
    plan: &Stored,
    options: &Options<'_>,
    approvals: &serde_json::Value,
) -> Result<Outcome, Error> {
    let staged = match stage(client, plan, options).await? {
        Ok(staged) => staged,
        Err(run) => return Ok(Outcome::Already(run)),
    };
    let verified = staged.apply(approvals).await?.verify().await?;
    Ok(Outcome::Loaded(verified.commit().await?))
}

/// Adds what must be there before the data, in a short transaction of its own; neutral.
async fn expand(client: &mut Client, plan: &Stored, options: &Options<'_>) -> Result<Added, Error> {
    let mut attempt = 0;
    loop {
        match expand_once(client, plan.manifest.mode, options).await {
            Err(error) if transaction::is_passing(&error) => {
                attempt += 1;
                if attempt >= options.waits.tries {
                    return Err(locked(client, options, &error).await);
                }
                transaction::pause(attempt).await;
            }
            other => return other,
        }
    }
}

async fn expand_once(
    client: &mut Client,
    mode: Mode,
    options: &Options<'_>,
) -> Result<Added, Error> {
    let doing = || Error::database("expand the schema");
    let transaction = client.transaction().await.map_err(doing())?;
    transaction::settle(&transaction, options.waits).await?;
    transaction::lock_out_others(&transaction).await?;
    ledger::make(&transaction, options.declared).await?;
    let catalog = Catalog::read(&transaction, options.names, options.declared).await?;
    let mut added = Added::default();
    for statement in Ddl::due(&catalog, mode).expand {
        added.add(&transaction, None, statement).await?;
        reach("inside expand");
    }
    reach("before expand commit");
    transaction.commit().await.map_err(doing())?;
    Ok(added)
}

/// What was added to the catalog.
#[derive(Debug, Default)]
struct Added {
    /// What there is now.
    done: Vec<String>,
    /// What rows of the source break: added for new rows only, or left out.
    not_checked: Vec<String>,
}

impl Added {
    /// Adds one thing, unless rows break it, and keeps it in the ledger, so that it can be undone.
    async fn add(
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
        ledger::remember(transaction, run, &adds).await?;
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

    fn append(&mut self, mut more: Self) {
        self.done.append(&mut more.done);
        self.not_checked.append(&mut more.not_checked);
    }
}

/// A plan whose rows are staged and not stale, under lock.
#[must_use = "dropping it rolls everything back"]
pub struct Staged<'a> {
    transaction: Transaction<'a>,
    catalog: Catalog,
    plan: &'a Stored,
    options: Options<'a>,
    outside: BTreeMap<String, (i64, usize)>,
    /// The forecast of the validation pack, moved by what rows outside the plan add to it.
    forecast: Vec<CheckFacts>,
}

/// Locks, stages, and checks that no planned row has moved on; or finds that the plan is applied.
async fn stage<'a>(
    client: &'a mut Client,
    plan: &'a Stored,
    options: &Options<'a>,
) -> Result<Result<Staged<'a>, ledger::Run>, Error> {
    let doing = || Error::database("begin the data transaction");
    let transaction = client.transaction().await.map_err(doing())?;
    transaction::settle(&transaction, options.waits).await?;
    reach("before lock");
    transaction::lock_out_others(&transaction).await?;
    let catalog = Catalog::read(&transaction, options.names, options.declared).await?;
    // First the lock, then the reading: a snapshot taken before would hide changes.
    let step = options.progress.stage("waiting for locks", 0);
    transaction::lock_tables(&transaction, &catalog, Lock::Writers).await?;
    step.end(CHANGED.len(), "tables");
    reach("after lock");
    if let Some(run) =
        ledger::applied(&transaction, &plan.manifest.plan_id, options.names.schema()).await?
    {
        return Ok(Err(run));
    }
    super::stage::stage(&transaction, plan, options).await?;
    reach("after stage");
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
    let outside = outside(&transaction, &catalog, plan).await?;
    let forecast = if outside.is_empty() {
        plan.manifest.checks.clone()
    } else {
        moved_forecast(&transaction, &catalog, plan).await?
    };
    let staged = Staged { transaction, catalog, plan, options: *options, outside, forecast };
    staged.refuse_stale().await?;
    reach("after stale check");
    Ok(Ok(staged))
}

/// The forecast where rows were added or removed since the plan was made: what the plan changes in
/// each count is promised all the same, on top of what is found now.
async fn moved_forecast(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    plan: &Stored,
) -> Result<Vec<CheckFacts>, Error> {
    let now =
        verify::count(transaction, plan.manifest.mode, &as_planned(catalog.clone(), plan)).await?;
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
    async fn refuse_stale(&self) -> Result<(), Error> {
        let manifest = &self.plan.manifest;
        let stale = Stale { catalog: &self.catalog, mode: manifest.mode, source: &manifest.source };
        let step = self.options.progress.stage("stale check", 0);
        let moved = stale.rows(&self.transaction).await?;
        step.end(self.plan.rows(), "rows");
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
        if self.options.strict && !self.outside.is_empty() {
            let tables: Vec<&str> = self.outside.keys().map(String::as_str).collect();
            return Err(Error::refused(
                Refusal::Stale,
                format!(
                    "rows were added or removed since the plan was made: {}",
                    tables.join(", ")
                ),
                "plan again from a new export, or apply without --strict",
            ));
        }
        Ok(())
    }

    /// Writes before-images and changes, and the keys at the end.
    ///
    /// # Errors
    /// The database.
    pub async fn apply(self, approvals: &serde_json::Value) -> Result<Applied<'a>, Error> {
        let transaction = &self.transaction;
        let triggers =
            transaction::triggers_off(transaction, &self.catalog, self.options.triggers).await?;
        reach("after triggers off");
        let hashed = HashColumns::of(&self.catalog);
        let run = self.open_run(&hashed, approvals).await?;
        let mode = self.plan.manifest.mode;
        let merge = Merge { catalog: &self.catalog, mode, hashed: &hashed };
        let mut rows = BTreeMap::new();
        for (table, statement, point) in [
            ("organizations inserted", merge.insert_organizations(), ""),
            ("organizations adopted", merge.adopt_organizations(), "after organizations"),
            ("contacts", merge.change_contacts(), "after contacts"),
            ("projects", merge.change_projects(), "after projects"),
            ("contact points", merge.insert_points(), "after contact points"),
        ] {
            let step = self.options.progress.stage(table, 0);
            let count = transaction
                .execute(&statement, &[&run])
                .await
                .map_err(Error::database("change the rows"))?;
            step.end(usize::try_from(count).unwrap_or(usize::MAX), "rows");
            rows.insert(table, count);
            reach(point);
        }
        let added = self.add_constraints(run, mode).await?;
        transaction::triggers_back(transaction, &self.catalog, &triggers).await?;
        reach("after keys");
        Ok(Applied { staged: self, run, rows, added, triggers })
    }

    async fn open_run(
        &self,
        hashed: &HashColumns,
        approvals: &serde_json::Value,
    ) -> Result<i64, Error> {
        let manifest = &self.plan.manifest;
        let new = ledger::New {
            plan_id: &manifest.plan_id,
            schema: self.catalog.names.schema(),
            mode: self.plan.manifest.mode,
            hashed,
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
        for statement in Ddl::due(&self.catalog, mode).constraints {
            let step = self.options.progress.stage(&statement.adds.to_string(), 0);
            added.add(transaction, Some(run), statement).await?;
            step.end(1, "statements");
        }
        Ok(added)
    }
}

/// Changes that nobody else sees yet.
#[must_use = "dropping it rolls everything back"]
pub struct Applied<'a> {
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
    pub async fn verify(self) -> Result<Verified<'a>, Error> {
        let staged = &self.staged;
        let options = &staged.options;
        let catalog = Catalog::read(&staged.transaction, options.names, options.declared).await?;
        let catalog = as_planned(catalog, staged.plan);
        let step = options.progress.stage("validation checks", 0);
        let mode = staged.plan.manifest.mode;
        let measured = verify::measure(&staged.transaction, mode, &catalog).await?;
        step.end(measured.len(), "checks");
        reach("after validation");
        refuse_deviations(&measured, &staged.forecast)?;
        Ok(Verified { applied: self, measured })
    }
}

/// The catalog as the plan knew it: a plan that was made without users asks nothing of them.
#[must_use]
pub fn as_planned(catalog: Catalog, plan: &Stored) -> Catalog {
    let known = plan.manifest.source.users_known;
    if known { catalog } else { catalog.without(Table::Users) }
}

/// What the pack found must be the forecast.
///
/// # Errors
/// [`Refusal::Invalid`] with the checks that differ.
pub fn refuse_deviations(measured: &[Measured], forecast: &[CheckFacts]) -> Result<(), Error> {
    let deviations = verify::compare(measured, forecast);
    if deviations.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = deviations.iter().map(ToString::to_string).collect();
    Err(Error::refused(
        Refusal::Invalid,
        format!("the validation pack differs from the forecast:\n  {}", lines.join("\n  ")),
        "nothing was changed; send the plan and this message to whoever made the plan",
    ))
}

/// Changes that were verified in the same transaction.
#[must_use = "dropping it rolls everything back"]
pub struct Verified<'a> {
    applied: Applied<'a>,
    measured: Vec<Measured>,
}

impl Verified<'_> {
    /// Commits, alone in its message.
    ///
    /// # Errors
    /// The database; the ledger says whether it was committed.
    pub async fn commit(self) -> Result<Loaded, Error> {
        let Applied { staged, run, rows, added, triggers } = self.applied;
        reach("before commit");
        staged
            .transaction
            .commit()
            .await
            .map_err(Error::database("hear whether the commit arrived; `orgfold status` knows"))?;
        let checks =
            self.measured.iter().map(|found| (found.check.code.to_owned(), found.total)).collect();
        let outside = staged.outside;
        let Added { done: added, not_checked } = added;
        Ok(Loaded { run, rows, added, not_checked, triggers, checks, outside })
    }
}

/// Statistics and free space; a failure here does not matter.
async fn vacuum(client: &Client, options: &Options<'_>) {
    if let Ok(catalog) = Catalog::read(client, options.names, options.declared).await {
        let step = options.progress.stage("statistics", 0);
        for relation in catalog.changed() {
            let table = catalog.names.sql_table(relation.table);
            let _ = client.batch_execute(&format!("vacuum (analyze) {table}")).await;
        }
        step.end(CHANGED.len(), "tables");
    }
}
