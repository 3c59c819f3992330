//! The ledger: which plans were applied and rolled back on this database.

use serde::Serialize;
use tokio_postgres::GenericClient;

use super::Error;

/// A run, as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Number of the run.
    pub id: i64,
    /// The plan.
    pub plan_id: String,
    /// `rehome` or `link`.
    pub mode: String,
    /// `applied` or `rolled_back`.
    pub state: String,
    /// Role that applied it.
    pub applied_by: String,
    /// When, as the server says.
    pub applied_at: String,
    /// When it was rolled back.
    pub rolled_back_at: Option<String>,
}

/// Whether this database has a ledger.
///
/// # Errors
/// The database.
pub async fn exists(client: &impl GenericClient) -> Result<bool, Error> {
    let row = client
        .query_one("select to_regclass('orgfold.run') is not null", &[])
        .await
        .map_err(Error::database("look for the ledger"))?;
    Ok(row.get(0))
}

/// Every run whose plan id begins so, the oldest first.
///
/// # Errors
/// The database.
pub async fn runs(client: &impl GenericClient, plan: &str) -> Result<Vec<Run>, Error> {
    if !exists(client).await? {
        return Ok(Vec::new());
    }
    let rows = client
        .query(include_str!("sql/runs.sql"), &[&plan])
        .await
        .map_err(Error::database("read the ledger"))?;
    Ok(rows
        .iter()
        .map(|row| Run {
            id: row.get(0),
            plan_id: row.get(1),
            mode: row.get(2),
            state: row.get(3),
            applied_by: row.get(4),
            applied_at: row.get(5),
            rolled_back_at: row.get(6),
        })
        .collect())
}

/// The run that applied a plan and was not rolled back.
///
/// # Errors
/// The database.
pub async fn applied(client: &impl GenericClient, plan: &str) -> Result<Option<Run>, Error> {
    Ok(runs(client, plan).await?.into_iter().rfind(|run| run.state == "applied"))
}
