//! The ledger: which plans were applied and rolled back on this database, and what was added to its
//! catalog.
//!
//! It holds before-images of all tenants, so nobody is granted anything on it; and what stands in it
//! runs with the rights of whoever loads, so one that somebody else laid out is refused.

mod upgrade;

use serde::Serialize;
use tokio_postgres::types::ToSql;
use tokio_postgres::{GenericClient, Transaction};

use super::catalog::CHANGED;
use super::expand::Addition;
use super::merge::{Inserted, image, image_tables};
use super::verify::own::Promised;
use super::verify::without_head;
use super::{Error, Refusal};
use crate::schema::{Mode, Names, Schema};

pub use self::upgrade::upgrade;

/// What the tables of the ledger look like. Another number needs a step in `upgrade`, and its columns
/// stand in [`COLUMNS`].
const VERSION: i32 = 4;

/// The tables of our schema and their columns, but the images of rows, which follow from the
/// declaration.
const COLUMNS: &[(&str, &[&str])] = &[
    ("ledger", &["version"]),
    (
        "run",
        &[
            "id",
            "plan_id",
            "application",
            "mode",
            "state",
            "applied_by",
            "applied_at",
            "rolled_back_at",
            "purged_at",
            "inserted",
            "counts",
            "approvals",
            "promised",
        ],
    ),
    ("addition", &["seq", "run_id", "application", "added"]),
    ("verification", &["id", "at", "plan_id", "code", "expected", "found"]),
];

/// The columns of an image of a row, beside those before and after the run.
const IMAGE: &[&str] = &["run_id", "pk", "action", "inserted", "moved_from", "moved_to"];

/// A run, as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Number of the run.
    pub id: i64,
    /// The plan.
    pub plan_id: String,
    /// The schema of the application's tables.
    pub schema: String,
    /// Where contacts' customer organizations were written.
    pub mode: Mode,
    /// `applied`, `partly_rolled_back` or `rolled_back`.
    pub state: String,
    /// Role that applied it.
    pub applied_by: String,
    /// When, as the server says.
    pub applied_at: String,
    /// When it was rolled back.
    pub rolled_back_at: Option<String>,
    /// When its images were taken from the journal.
    pub purged_at: Option<String>,
}

impl Run {
    /// Whether a part of it was rolled back, and the rest stands.
    pub fn is_partial(&self) -> bool {
        self.state == "partly_rolled_back"
    }
}

/// Makes the ledger, or what a declaration of columns needs beyond one that is there. Says whether
/// there was none.
///
/// # Errors
/// The database; a ledger that is not ours.
pub async fn make(
    transaction: &Transaction<'_>,
    names: &Names,
    declared: &'static Schema,
) -> Result<bool, Error> {
    let doing = || Error::database("make the ledger");
    let is_new = !exists(transaction).await?;
    upgrade(transaction, names, declared).await?;
    transaction.batch_execute(include_str!("sql/ledger.sql")).await.map_err(doing())?;
    if is_new {
        let sign = format!("insert into orgfold.ledger (version) values ({VERSION})");
        transaction.batch_execute(&sign).await.map_err(doing())?;
    }
    transaction.batch_execute(&image_tables(declared)).await.map_err(doing())?;
    transaction.batch_execute(include_str!("sql/ledger_private.sql")).await.map_err(doing())?;
    Ok(is_new)
}

/// What [`make`] does on a database whose ledger is of this version or not there, as a script.
pub(super) fn script(declared: &Schema) -> String {
    format!(
        "{}\ninsert into orgfold.ledger (version) select {VERSION} where not exists (select from orgfold.ledger);\n{};\n{};\n",
        without_head(include_str!("sql/ledger.sql")),
        image_tables(declared),
        without_head(include_str!("sql/ledger_private.sql")).trim_end(),
    )
}

/// The block with which a script ends where the ledger is of another version. A statement about a table
/// that is not there is no error as long as nobody comes to it.
pub(super) fn refuse_other_version() -> String {
    format!(
        "declare\n  versions text := '1';\nbegin\n  if to_regclass('orgfold.run') is null then\n    return;\n  \
         end if;\n  if to_regclass('orgfold.ledger') is not null then\n    \
         select string_agg(version::text, ' ') into versions from orgfold.ledger;\n  end if;\n  \
         if versions is distinct from '{VERSION}' then\n    raise exception \
         'the ledger of this database is not of version {VERSION}: load with orgfold apply';\n  \
         end if;\nend"
    )
}

/// Takes the ledger away if nothing was ever entered, as where the first load failed. It stays if
/// somebody put something beside it.
///
/// # Errors
/// The database.
pub async fn remove_unused(transaction: &Transaction<'_>) -> Result<(), Error> {
    let doing = || Error::database("take the ledger away");
    let row = transaction.query_one(include_str!("sql/ledger_unused.sql"), &[]).await;
    if !row.map_err(doing())?.get::<_, bool>(0) {
        return Ok(());
    }
    let images = CHANGED.map(image).join(", ");
    let attempt = format!(
        "savepoint orgfold_ledger; drop table {images}, orgfold.addition, orgfold.run, orgfold.ledger; \
         drop schema orgfold; release savepoint orgfold_ledger"
    );
    if transaction.batch_execute(&attempt).await.is_err() {
        let back = transaction.batch_execute("rollback to savepoint orgfold_ledger").await;
        back.map_err(doing())?;
    }
    Ok(())
}

/// Refuses a schema that somebody else laid out: its code would run with our rights.
async fn refuse_foreign(client: &impl GenericClient) -> Result<(), Error> {
    let rows = client
        .query(include_str!("sql/ledger_foreign.sql"), &[])
        .await
        .map_err(Error::database("look for whose the ledger is"))?;
    if rows.is_empty() {
        return Ok(());
    }
    let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    Err(Error::refused(
        Refusal::Preflight,
        format!("the schema orgfold of this database is not ours: {}", found.join("; ")),
        "connect as the role that owns the schema, or drop what does not belong there",
    ))
}

/// Whether this database has a ledger.
///
/// # Errors
/// The database; a ledger that a newer version of this program, or somebody else, made.
pub async fn exists(client: &impl GenericClient) -> Result<bool, Error> {
    Ok(version(client).await?.is_some())
}

/// The version of the ledger; `None` if there is none.
async fn version(client: &impl GenericClient) -> Result<Option<i32>, Error> {
    let doing = || Error::database("look for the ledger");
    refuse_foreign(client).await?;
    let there =
        "select to_regclass('orgfold.run') is not null, to_regclass('orgfold.ledger') is not null";
    let row = client.query_one(there, &[]).await.map_err(doing())?;
    let (has_runs, has_version): (bool, bool) = (row.get(0), row.get(1));
    if !has_runs {
        return Ok(None);
    }
    let known = if has_version {
        let versions = client.query("select version from orgfold.ledger", &[]).await;
        let versions = versions.map_err(doing())?;
        match versions.as_slice() {
            [row] => Some(row.get(0)).filter(|version| (2..=VERSION).contains(version)),
            _ => None,
        }
    } else {
        // The first had no number yet.
        Some(1)
    };
    let Some(version) = known else {
        return Err(Error::refused(
            Refusal::Failed,
            format!(
                "the schema orgfold of this database is of none of the versions 1 to {VERSION}"
            ),
            "use the version of this program that made it",
        ));
    };
    if version == VERSION {
        refuse_unknown_columns(client).await?;
    }
    Ok(Some(version))
}

/// Refuses tables to which somebody added: nobody knows what such a column is for, or runs.
async fn refuse_unknown_columns(client: &impl GenericClient) -> Result<(), Error> {
    let rows = client.query(include_str!("sql/ledger_columns.sql"), &[]).await;
    let rows = rows.map_err(Error::database("look at the columns of the ledger"))?;
    let unknown = rows.iter().filter_map(|row| {
        let (table, column): (&str, &str) = (row.get(0), row.get(1));
        let is_known = if table.starts_with("image_") {
            IMAGE.contains(&column) || column.ends_with("_before") || column.ends_with("_after")
        } else {
            let listed = COLUMNS.iter().find(|(listed, _)| *listed == table);
            listed.is_none_or(|(_, columns)| columns.contains(&column))
        };
        (!is_known).then(|| format!("orgfold.{table}.{column}"))
    });
    let unknown: Vec<String> = unknown.collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Error::refused(
        Refusal::Preflight,
        format!("the schema orgfold has columns that are not ours: {}", unknown.join(", ")),
        "drop them, and look who added them",
    ))
}

/// Every run whose plan id begins so, the oldest first.
///
/// # Errors
/// The database; a ledger that cannot be read.
pub async fn runs(client: &impl GenericClient, plan: &str) -> Result<Vec<Run>, Error> {
    let query = match version(client).await? {
        None => return Ok(Vec::new()),
        Some(1) => include_str!("sql/runs_of_1.sql"),
        Some(_) => include_str!("sql/runs.sql"),
    };
    let rows = client.query(query, &[&plan]).await;
    let rows = rows.map_err(Error::database("read the ledger"))?;
    rows.iter()
        .map(|row| {
            let mode: String = row.get(3);
            Ok(Run {
                id: row.get(0),
                plan_id: row.get(1),
                schema: row.get(2),
                mode: serde_json::from_value(mode.into()).map_err(|_| unreadable())?,
                state: row.get(4),
                applied_by: row.get(5),
                applied_at: row.get(6),
                rolled_back_at: row.get(7),
                purged_at: row.get(8),
            })
        })
        .collect()
}

/// A ledger in which something stands that this program did not write.
fn unreadable() -> Error {
    Error::refused(
        Refusal::Failed,
        "the ledger's record of a run cannot be read",
        "restore the schema orgfold from a backup",
    )
}

/// The run that applied a plan to the tables of a schema and was not rolled back, or in part only.
///
/// # Errors
/// As for [`runs`].
pub async fn standing(
    client: &impl GenericClient,
    plan: &str,
    schema: &str,
) -> Result<Option<Run>, Error> {
    let runs = runs(client, plan).await?;
    Ok(runs.into_iter().rfind(|run| run.state != "rolled_back" && run.schema == schema))
}

/// The run that applied a plan to the tables of a schema and was not rolled back.
///
/// # Errors
/// As for [`runs`]; a plan of which only a part was rolled back, which can be neither left as it is
/// nor loaded again.
pub async fn applied(
    client: &impl GenericClient,
    plan: &str,
    schema: &str,
) -> Result<Option<Run>, Error> {
    let run = standing(client, plan, schema).await?;
    match run {
        Some(run) if run.is_partial() => Err(Error::refused(
            Refusal::Failed,
            format!(
                "a part of this plan was rolled back (run {}): it cannot be applied again",
                run.id
            ),
            "make a new plan from what is there now",
        )),
        run => Ok(run),
    }
}

/// The last run of a plan on the tables of a schema, if it was rolled back whole.
///
/// # Errors
/// As for [`runs`].
pub async fn rolled_back(
    client: &impl GenericClient,
    plan: &str,
    schema: &str,
) -> Result<Option<Run>, Error> {
    let runs = runs(client, plan).await?;
    let last = runs.into_iter().rfind(|run| run.schema == schema);
    Ok(last.filter(|run| run.state == "rolled_back"))
}

/// The approvals under which one of some plans was loaded and rolled back, if only in part.
///
/// # Errors
/// As for [`runs`].
pub async fn ended_approvals(
    client: &impl GenericClient,
    plans: &[String],
    schema: &str,
) -> Result<Vec<serde_json::Value>, Error> {
    if !exists(client).await? {
        return Ok(Vec::new());
    }
    // The first ledgers did not know the schema of a run.
    let query = "select approvals::text from orgfold.run r where plan_id = any ($1) \
                 and coalesce(to_jsonb(r) ->> 'application', $2) = $2 and state <> 'applied' order by id";
    let rows = client.query(query, &[&plans, &schema]).await;
    let rows = rows.map_err(Error::database("read the ledger"))?;
    let read = |row: &tokio_postgres::Row| serde_json::from_str::<Vec<_>>(row.get(0));
    let each: Vec<Vec<_>> =
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|_| unreadable())?;
    Ok(each.concat())
}

/// A run that begins.
pub struct New<'a> {
    /// The plan.
    pub plan_id: &'a str,
    /// The schema of the application's tables.
    pub schema: &'a str,
    /// Where contacts' customer organizations are written.
    pub mode: Mode,
    /// What is kept of the rows that it inserts.
    pub inserted: &'a Inserted,
    /// The totals of the plan.
    pub counts: serde_json::Value,
    /// Who said yes.
    pub approvals: &'a serde_json::Value,
}

impl New<'_> {
    /// What enters it, given [`Self::values`].
    pub(super) const STATEMENT: &'static str = "insert into orgfold.run \
        (plan_id, application, mode, state, inserted, counts, approvals) values ($1, $2, $3, 'applied', \
        $4::text::jsonb, $5::text::jsonb, $6::text::jsonb) returning id";

    /// The parameters of [`Self::STATEMENT`].
    pub(super) fn values(&self) -> [String; 6] {
        let inserted =
            serde_json::to_string(self.inserted).expect("names of columns are plain data");
        [
            self.plan_id.to_owned(),
            self.schema.to_owned(),
            self.mode.name().to_owned(),
            inserted,
            self.counts.to_string(),
            self.approvals.to_string(),
        ]
    }

    /// Enters it as applied, which it is once the transaction is committed; returns its number.
    ///
    /// # Errors
    /// The database.
    pub async fn open(&self, transaction: &Transaction<'_>) -> Result<i64, Error> {
        let values = self.values();
        let values = values.each_ref().map(|value| value as &(dyn ToSql + Sync));
        let row = transaction.query_one(Self::STATEMENT, &values).await;
        let row = row.map_err(Error::database("open the run in the ledger"))?;
        Ok(row.get(0))
    }
}

/// Keeps what the checks found in the rows of a run.
///
/// # Errors
/// The database.
pub async fn promise(
    transaction: &Transaction<'_>,
    run: i64,
    promised: &Promised,
) -> Result<(), Error> {
    let json = serde_json::to_string(promised).expect("counts are plain data");
    let statement = "update orgfold.run set promised = $2::text::jsonb where id = $1";
    let kept = transaction.execute(statement, &[&run, &json]).await;
    kept.map(drop).map_err(Error::database("keep what the checks found"))
}

/// What the checks found in the rows of a plan when it was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The runs that loaded it.
    pub runs: Vec<i64>,
    /// What was found, over all of them.
    pub promised: Promised,
}

/// What the checks found in the rows of a plan that stands whole, and whose images are there. `None` if
/// one of that is not so, or was not kept.
///
/// # Errors
/// The database; a ledger that cannot be read.
pub async fn promised(
    client: &impl GenericClient,
    plan: &str,
    schema: &str,
) -> Result<Option<Promise>, Error> {
    if version(client).await? != Some(VERSION) {
        return Ok(None);
    }
    let query = "select id, case when state = 'applied' and purged_at is null then promised::text end \
                 from orgfold.run where plan_id = $1 and application = $2 and state <> 'rolled_back' \
                 order by id";
    let rows = client.query(query, &[&plan, &schema]).await;
    let rows = rows.map_err(Error::database("read the ledger"))?;
    let mut kept = Promise { runs: Vec::new(), promised: Promised::new() };
    for row in &rows {
        let Some(json) = row.get::<_, Option<&str>>(1) else { return Ok(None) };
        let of_run: Promised = serde_json::from_str(json).map_err(|_| unreadable())?;
        kept.runs.push(row.get(0));
        for (code, count) in of_run {
            *kept.promised.entry(code).or_default() += count;
        }
    }
    Ok((!kept.runs.is_empty()).then_some(kept))
}

/// Enters that a run was rolled back.
///
/// # Errors
/// The database.
pub async fn close(transaction: &Transaction<'_>, run: &Run) -> Result<(), Error> {
    let statement = "update orgfold.run set state = 'rolled_back', rolled_back_at = clock_timestamp() where id = $1";
    let closed = transaction.execute(statement, &[&run.id]).await;
    closed.map(drop).map_err(Error::database("close the run in the ledger"))
}

/// Enters that only a part of a run was rolled back.
///
/// # Errors
/// The database.
pub async fn close_in_part(transaction: &Transaction<'_>, run: &Run) -> Result<(), Error> {
    let statement = "update orgfold.run set state = 'partly_rolled_back', rolled_back_at = clock_timestamp() where id = $1";
    let closed = transaction.execute(statement, &[&run.id]).await;
    closed.map(drop).map_err(Error::database("close the run in the ledger"))
}

/// What a run kept of the rows that it inserted.
///
/// # Errors
/// The database; a ledger that cannot be read.
pub async fn inserted(transaction: &Transaction<'_>, run: &Run) -> Result<Inserted, Error> {
    let row = transaction
        .query_one("select inserted::text from orgfold.run where id = $1", &[&run.id])
        .await
        .map_err(Error::database("read the ledger"))?;
    serde_json::from_str(row.get(0)).map_err(|_| unreadable())
}

/// Number of other runs that stand, if only in part, on the tables of the same schema, and need what was added.
///
/// # Errors
/// The database.
pub async fn others(transaction: &Transaction<'_>, run: &Run) -> Result<i64, Error> {
    let statement = "select count(*) from orgfold.run where state <> 'rolled_back' and id <> $1 and application = $2";
    let row = transaction.query_one(statement, &[&run.id, &run.schema]).await;
    Ok(row.map_err(Error::database("read the ledger"))?.get(0))
}

/// Keeps what was added: the run or NULL, the schema, and what it is.
pub(super) const REMEMBER: &str =
    "insert into orgfold.addition (run_id, application, added) values ($1, $2, $3::text::jsonb)";

/// Keeps what a statement has added, and returns its number; `run` is that of the data transaction.
///
/// # Errors
/// The database.
pub async fn remember(
    transaction: &Transaction<'_>,
    run: Option<i64>,
    added: &Addition,
) -> Result<i64, Error> {
    let json = serde_json::to_string(added).expect("names and types are plain data");
    let statement = format!("{REMEMBER} returning seq");
    let kept = transaction.query_one(&statement, &[&run, &added.schema(), &json]).await;
    Ok(kept.map_err(Error::database("keep what undoes the DDL"))?.get(0))
}

/// Something that was added to the catalog.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its number in the ledger.
    pub seq: i64,
    /// What it is.
    pub added: Addition,
}

/// What loads have added to the tables of a schema, the newest first.
///
/// # Errors
/// The database; a ledger that cannot be read.
pub async fn kept(client: &impl GenericClient, schema: &str) -> Result<Vec<Kept>, Error> {
    if !exists(client).await? {
        return Ok(Vec::new());
    }
    let query =
        "select seq, added::text from orgfold.addition where application = $1 order by seq desc";
    let rows = client.query(query, &[&schema]).await;
    let rows = rows.map_err(Error::database("read the ledger"))?;
    let read = |row: &tokio_postgres::Row| {
        let added = serde_json::from_str(row.get(1)).map_err(|_| unreadable())?;
        Ok(Kept { seq: row.get(0), added })
    };
    rows.iter().map(read).collect()
}

/// Forgets one thing that was added: it was undone.
///
/// # Errors
/// The database.
pub async fn forget(transaction: &Transaction<'_>, kept: &Kept) -> Result<(), Error> {
    let statement = "delete from orgfold.addition where seq = $1";
    let forgotten = transaction.execute(statement, &[&kept.seq]).await;
    forgotten.map(drop).map_err(Error::database("forget what was undone"))
}
