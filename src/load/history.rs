//! What verifications found over time, kept beside the ledger.
//!
//! Counts only. A database that has no ledger gets no history either: a look must not leave
//! anything behind where no plan was ever loaded.

use serde::Serialize;
use tokio_postgres::GenericClient;

use super::Error;
use super::verify::Measured;
use crate::plan::CheckFacts;

/// One check of one verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// When, in UTC; the same for all checks of one verification.
    pub at: String,
    /// The plan whose promise was compared, if one was.
    pub plan_id: Option<String>,
    /// Name of the check.
    pub code: String,
    /// Offending rows that were promised, if any promise was made.
    pub expected: Option<i64>,
    /// Offending rows that were found.
    pub found: i64,
}

/// Whether there was a ledger to file something beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filed {
    /// It was filed.
    Filed,
    /// This database has no ledger.
    NoLedger,
}

/// Files what a verification found; `promise` is the plan it was compared with.
///
/// # Errors
/// The database.
pub async fn file(
    client: &impl GenericClient,
    measured: &[Measured],
    promise: Option<(&str, &[CheckFacts])>,
) -> Result<Filed, Error> {
    let row = client.query_one("select to_regnamespace('orgfold') is not null", &[]).await;
    if !row.map_err(Error::database("look for the ledger"))?.get::<_, bool>(0) {
        return Ok(Filed::NoLedger);
    }
    let made = client.batch_execute(include_str!("sql/history/table.sql")).await;
    made.map_err(Error::database("make the table of verifications"))?;
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let promised = |code: &str| {
        let (_, facts) = promise?;
        facts.iter().find(|facts| facts.code == code).map(|facts| count(facts.after))
    };
    let codes: Vec<&str> = measured.iter().map(|found| found.check.code).collect();
    let expected: Vec<Option<i64>> = codes.iter().map(|code| promised(code)).collect();
    let found: Vec<i64> = measured.iter().map(|found| count(found.total)).collect();
    let plan = promise.map(|(plan, _)| plan);
    let statement = include_str!("sql/history/record.sql");
    let done = client.execute(statement, &[&plan, &codes, &expected, &found]).await;
    done.map_err(Error::database("file a verification"))?;
    Ok(Filed::Filed)
}

/// The latest verifications, newest first; `plan` is the beginning of a plan's id.
///
/// # Errors
/// The database.
pub async fn read(
    client: &impl GenericClient,
    plan: Option<&str>,
    latest: u32,
) -> Result<Vec<Verified>, Error> {
    let there = "select to_regclass('orgfold.verification') is not null";
    let row = client.query_one(there, &[]).await;
    if !row.map_err(Error::database("look for verifications"))?.get::<_, bool>(0) {
        return Ok(Vec::new());
    }
    let statement = include_str!("sql/history/read.sql");
    let rows = client.query(statement, &[&plan, &i64::from(latest)]).await;
    let rows = rows.map_err(Error::database("read the verifications"))?;
    let verified = rows.iter().map(|row| Verified {
        at: row.get("at"),
        plan_id: row.get("plan_id"),
        code: row.get("code"),
        expected: row.get("expected"),
        found: row.get("found"),
    });
    Ok(verified.collect())
}
