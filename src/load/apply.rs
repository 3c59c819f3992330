//! Applying a plan, in three steps.
//!
//! *Look*: the plan is staged in temporary tables of the session, and held against the tables; a
//! plan that is refused or stale ends here and leaves nothing. *Expand*: a short transaction adds
//! columns to tables in use, which nobody notices while they are empty. *Data*: one transaction. If
//! it ends without a commit, what expand added is taken back.

mod data;

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use serde::Serialize;
use tokio_postgres::{Client, Transaction};

use self::data::{Ending, Work};
use super::catalog::{CHANGED, Catalog};
use super::expand::add::Added;
use super::expand::undo::{self, Which};
use super::expand::{Addition, Audit, Ddl, Shape};
use super::failpoint::reach;
use super::preflight::{Intent, Item, Planned, Preflight, preflight};
use super::transaction::{self, Lock, Strategy, Trigger, Triggers, Waits};
use super::verify::{self, Measured};
use super::visibility::Proof;
use super::{Error, Refusal, ledger, policy, trial, visibility};
use crate::connect::Target;
use crate::plan::archive::Stored;
use crate::plan::{CheckFacts, SourceFacts};
use crate::progress::Progress;
use crate::schema::{Mode, Names, Schema, Table};

/// How a load is done.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// How the database spells schema, tables and columns.
    pub names: &'a Names,
    /// What columns there are, and what each is for.
    pub declared: &'static Schema,
    /// What happens to triggers.
    pub triggers: Triggers,
    /// How rows that exist are changed.
    pub strategy: Strategy,
    /// Time-outs.
    pub waits: Waits,
    /// Whether rows that were added or removed since the plan was made refuse it.
    pub strict: bool,
    /// What happens to audit rows.
    pub audit: Audit,
    /// How a connection becomes a user, to see what users see.
    pub visibility: &'a visibility::Settings,
    /// How progress is shown.
    pub progress: Progress,
}

impl Options<'_> {
    /// What decides which DDL is due for a plan.
    pub fn shape(&self, mode: Mode) -> Shape {
        Shape { mode, audit: self.audit }
    }

    /// What a preflight looks at.
    pub fn intent<'a>(&'a self, mode: Mode, planned: Option<&'a Planned>) -> Intent<'a> {
        let Self { triggers, strategy, audit, visibility, .. } = *self;
        Intent { mode, triggers, strategy, planned, audit, visibility }
    }
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
    /// That everybody sees and may do what they could before, and the forecast.
    pub visibility: Proof,
    /// Rows of each table now, and when the plan was made, where they differ.
    pub outside: BTreeMap<String, (i64, usize)>,
}

impl Loaded {
    /// With what was added before.
    fn precede(&mut self, added: &Added) {
        self.added.splice(0..0, added.done.iter().cloned());
        self.not_checked.splice(0..0, added.not_checked.iter().cloned());
    }
}

/// How an apply ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The plan was applied before.
    Already(ledger::Run),
    /// It is applied now.
    Loaded(Loaded),
}

/// Whether readers may be shut out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// They go on.
    GoOn,
    /// They wait until it ends.
    Wait,
}

/// What came of looking.
pub enum Prepared<'a> {
    /// The plan is applied.
    Already(ledger::Run),
    /// It can be loaded.
    Ready(Box<Ready<'a>>),
}

/// A plan whose rows are staged in this session, against which nothing speaks. No lock is held.
pub struct Ready<'a> {
    target: &'a Target,
    client: Client,
    plan: &'a Stored,
    planned: Planned,
    options: Options<'a>,
    /// What was seen.
    pub preflight: Preflight,
    /// The tables as they are.
    pub catalog: Catalog,
    /// What this load added to tables in use.
    expanded: Added,
    /// Whether it made the ledger.
    began_ledger: bool,
    /// What it will have done once the commit that was sent has arrived.
    sent: Option<Loaded>,
}

/// Refuses a plan whose source a mapping has in another shape: its rows are not those of a database.
fn refuse_reshaped(source: &SourceFacts) -> Result<(), Error> {
    if source.reshaped.is_empty() {
        return Ok(());
    }
    Err(Error::refused(
        Refusal::Preflight,
        format!(
            "the plan was made through a mapping that has {} in another shape than the source, so \
             its rows are not those of a database",
            source.reshaped.join(", ")
        ),
        "take over organizations.csv and contacts.csv by hand, or plan from a database with these \
         columns and UUID keys",
    ))
}

/// Looks whether a plan can be loaded: shuts out nobody, and leaves nothing behind.
///
/// # Errors
/// Every refusal of the load that can be seen before it.
pub async fn prepare<'a>(
    target: &'a Target,
    mut client: Client,
    plan: &'a Stored,
    options: Options<'a>,
) -> Result<Prepared<'a>, Error> {
    refuse_reshaped(&plan.manifest.source)?;
    let applied = ledger::applied(&client, &plan.manifest.plan_id, options.names.schema()).await?;
    if let Some(run) = applied {
        return Ok(Prepared::Already(run));
    }
    let attempt = async || prepare_once(&mut client, plan, &options).await;
    match transaction::patiently(options.waits, attempt).await {
        Err(error) => Err(transaction::with_holders(&client, options.names, error).await),
        Ok((catalog, planned, preflight)) => {
            let (expanded, began_ledger, sent) = (Added::default(), false, None);
            Ok(Prepared::Ready(Box::new(Ready {
                target,
                client,
                plan,
                planned,
                options,
                preflight,
                catalog,
                expanded,
                began_ledger,
                sent,
            })))
        }
    }
}

async fn prepare_once(
    client: &mut Client,
    plan: &Stored,
    options: &Options<'_>,
) -> Result<(Catalog, Planned, Preflight), Error> {
    let doing = || Error::database("look at the tables");
    let transaction = client.transaction().await.map_err(doing())?;
    transaction::settle(&transaction, options.waits).await?;
    let catalog = Catalog::read(&transaction, options.names, options.declared).await?;
    let step = options.progress.stage("preflight", 0);
    let planned = Planned::of(plan, &catalog)?;
    let intent = options.intent(plan.manifest.mode, Some(&planned));
    let seen = preflight(&transaction, &catalog, intent).await?;
    seen.refuse()?;
    step.end(plan.rows(), "rows");
    transaction::lock_tables(&transaction, &catalog, Lock::Look, options.waits).await?;
    super::stage::stage(&transaction, plan, options).await?;
    reach("after stage");
    data::refuse_stale(&transaction, &catalog, plan, options).await?;
    let tried = trial::judge(&transaction, &catalog, plan.manifest.mode).await?;
    let seen = seen.with(tried);
    seen.refuse()?;
    transaction.commit().await.map_err(doing())?;
    Ok((catalog, planned, seen))
}

/// Stages a plan, holds its rows against what the tables demand, and leaves nothing of it.
///
/// # Errors
/// The database; a file of the plan that was changed.
pub async fn try_rows(
    client: &mut Client,
    plan: &Stored,
    options: &Options<'_>,
) -> Result<Vec<Item>, Error> {
    let doing = || Error::database("look at the tables");
    let transaction = client.transaction().await.map_err(doing())?;
    transaction::settle(&transaction, options.waits).await?;
    let catalog = Catalog::read(&transaction, options.names, options.declared).await?;
    super::stage::stage(&transaction, plan, options).await?;
    let items = trial::judge(&transaction, &catalog, plan.manifest.mode).await?;
    transaction.rollback().await.map_err(doing())?;
    Ok(items)
}

impl Ready<'_> {
    /// The connection, between two transactions.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Expands and loads. `interrupted` ends when somebody wants it to stop; then what was not
    /// committed is undone before this returns.
    ///
    /// # Errors
    /// Every refusal of the load. Nothing is left behind, or the error names what is.
    pub async fn apply(
        mut self,
        approvals: &serde_json::Value,
        interrupted: impl Future<Output = ()>,
    ) -> Result<Outcome, Error> {
        let done = tokio::select! {
            done = self.steps(approvals) => done,
            () = interrupted => Err(Error::Interrupted),
        };
        match done {
            Ok(outcome) => Ok(outcome),
            Err(error) => self.end(error).await,
        }
    }

    /// Does all of it but the commit, in one transaction. Where columns are due it shuts out readers,
    /// too, and is refused unless that is wanted.
    ///
    /// # Errors
    /// Every refusal of the load, and [`Refusal::Preflight`]. Nothing is left behind.
    pub async fn dry_run(mut self, readers: Readers) -> Result<Outcome, Error> {
        let Self { client, plan, planned, options, catalog, sent, .. } = &mut self;
        let (options, waits) = (*options, options.waits);
        let due = Ddl::due(catalog, options.shape(plan.manifest.mode)).expand.len();
        if due > 0 && readers == Readers::GoOn {
            return Err(Error::refused(
                Refusal::Preflight,
                format!(
                    "{due} statements of DDL come before the data: to try them shuts out readers"
                ),
                "say --lock-readers, or run the first part of `orgfold schema expand` before",
            ));
        }
        if options.strategy == Strategy::Rewrite && readers == Readers::GoOn {
            return Err(Error::refused(
                Refusal::Preflight,
                "tables are written anew: to try that shuts out readers",
                "say --lock-readers, or try the strategy `update`",
            ));
        }
        transaction::keep_out_others(client).await?;
        let nobody = serde_json::json!([]);
        let work = Work { plan, planned, options, approvals: &nobody, ending: Ending::DryRun };
        let load = async || data::load(client, work, sent).await;
        match transaction::patiently(waits, load).await {
            Err(error) => Err(transaction::with_holders(client, options.names, error).await),
            done => done,
        }
    }

    async fn steps(&mut self, approvals: &serde_json::Value) -> Result<Outcome, Error> {
        let Self { client, plan, planned, options, expanded, began_ledger, sent, .. } = self;
        let (options, waits) = (*options, options.waits);
        transaction::keep_out_others(client).await?;
        reach("before expand");
        let expand = async || expand(client, plan, &options).await;
        match transaction::patiently(waits, expand).await {
            Err(error) => {
                return Err(transaction::with_holders(client, options.names, error).await);
            }
            Ok((added, is_first)) => (*expanded, *began_ledger) = (added, is_first),
        }
        reach("after expand");
        let work = Work { plan, planned, options, approvals, ending: Ending::Commit };
        let load = async || data::load(client, work, sent).await;
        let mut outcome = match transaction::patiently(waits, load).await {
            Err(error) => {
                return Err(transaction::with_holders(client, options.names, error).await);
            }
            Ok(outcome) => outcome,
        };
        if let Outcome::Loaded(loaded) = &mut outcome {
            // Whatever comes now, it is applied.
            *sent = Some(loaded.clone());
            loaded.precede(expanded);
            reach("after commit");
            vacuum(client, &options).await;
            reach("after vacuum");
        }
        Ok(outcome)
    }

    /// Finds out what a load that did not end well has left, and takes back what nothing needs.
    async fn end(mut self, error: Error) -> Result<Outcome, Error> {
        let is_interrupted = matches!(error, Error::Interrupted);
        if is_interrupted {
            self.target.cancel(&self.client).await;
        }
        let is_clean = self.expanded.kept.is_empty() && !self.began_ledger;
        if self.sent.is_none() && is_clean {
            return Err(error);
        }
        if let Err(lost) = self.answers().await {
            return Err(match self.sent {
                Some(_) => self.unknown(lost),
                None => self.left_behind(error, lost),
            });
        }
        if let Some(mut loaded) = self.sent.take() {
            let (plan, names) = (&self.plan.manifest.plan_id, self.options.names);
            match ledger::applied(&self.client, plan, names.schema()).await {
                Ok(Some(run)) if run.id == loaded.run => {
                    if is_interrupted {
                        return Err(error);
                    }
                    loaded.precede(&self.expanded);
                    return Ok(Outcome::Loaded(loaded));
                }
                Ok(_) => {}
                Err(lost) => return Err(self.unknown(lost)),
            }
        }
        let mut waits = self.options.waits;
        if is_interrupted {
            waits.lock_wait_s = waits.lock_wait_s.min(IMPATIENT_S);
        }
        let which = Which::These(&self.expanded.kept);
        match undo::take_back(&mut self.client, &self.options, which, waits).await {
            Ok(_) => Err(error),
            Err(why) => Err(self.left_behind(error, why)),
        }
    }

    fn unknown(&self, lost: Error) -> Error {
        Error::Unknown { target: self.target.describe(), source: Box::new(lost) }
    }

    fn left_behind(&self, error: Error, why: Error) -> Error {
        let mut left = self.expanded.done.clone();
        if self.began_ledger {
            left.push("schema orgfold".to_owned());
        }
        Error::LeftBehind { error: Box::new(error), why: Box::new(why), left }
    }

    /// A connection that answers, and knows how everything before it ended: this one, or another
    /// once the server has given up this one.
    async fn answers(&mut self) -> Result<(), Error> {
        let same = self.client.batch_execute("rollback");
        if matches!(tokio::time::timeout(ANSWER, same).await, Ok(Ok(()))) {
            return Ok(());
        }
        // The lock is given only once the other connection has ended, with its commit or without.
        let ready = async |client: &Client| transaction::keep_out_others(client).await;
        self.client = transaction::connect_again(self.target, RECONNECT, ready).await?;
        Ok(())
    }
}

/// How long to wait for locks where somebody wants us to stop, in seconds.
const IMPATIENT_S: u32 = 10;

/// How long a connection may take to say how what was asked of it ended.
const ANSWER: Duration = Duration::from_secs(10);

/// How long to look for the server where the connection was lost.
const RECONNECT: Duration = Duration::from_mins(1);

/// Adds what must be there before the data, in a short transaction of its own; neutral. Says whether
/// the ledger is new.
async fn expand(
    client: &mut Client,
    plan: &Stored,
    options: &Options<'_>,
) -> Result<(Added, bool), Error> {
    let doing = || Error::database("expand the schema");
    let transaction = client.transaction().await.map_err(doing())?;
    transaction::settle(&transaction, options.waits).await?;
    let added = add_columns(&transaction, plan, options).await?;
    reach("before expand commit");
    transaction.commit().await.map_err(doing())?;
    Ok(added)
}

async fn add_columns(
    transaction: &Transaction<'_>,
    plan: &Stored,
    options: &Options<'_>,
) -> Result<(Added, bool), Error> {
    let is_first = ledger::make(transaction, options.names, options.declared).await?;
    let catalog = Catalog::read(transaction, options.names, options.declared).await?;
    let due = Ddl::due(&catalog, options.shape(plan.manifest.mode)).expand;
    let policies: Vec<&Addition> =
        due.iter().map(|it| &it.adds).filter(|adds| adds.policy().is_some()).collect();
    let mut tables: Vec<String> =
        due.iter().map(|statement| statement.adds.table().sql()).collect();
    if !policies.is_empty() {
        // Their columns get another name while the server prints what it reads.
        tables
            .extend([Table::Contacts, Table::Organizations].map(|it| options.names.sql_table(it)));
    }
    tables.sort();
    tables.dedup();
    transaction::lock_out_everybody(transaction, &tables, options.waits).await?;
    if !policies.is_empty() {
        policy::exact::confirm(transaction, &catalog, plan.manifest.mode, &policies).await?;
    }
    let mut added = Added::default();
    for statement in due {
        added.add(transaction, None, statement).await?;
        reach("inside expand");
    }
    added.announce(transaction).await?;
    Ok((added, is_first))
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
