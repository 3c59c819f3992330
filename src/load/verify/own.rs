//! What the checks find in the rows of some runs alone: what a plan promised of them holds for as long
//! as they stand, whatever rows come beside them later.

use std::collections::BTreeMap;

use tokio_postgres::GenericClient;

use super::{Deviation, Measured, prelude, question, rows_where};
use crate::load::catalog::{CHANGED, Catalog};
use crate::load::merge::image;
use crate::load::{Error, ledger};
use crate::plan::{self, Check};
use crate::schema::Mode;

/// How many rows of a run offend against each check that finds any of them.
pub type Promised = BTreeMap<String, usize>;

/// Counts the rows of a run that offend; `measured` is what was found in all rows just before.
///
/// # Errors
/// The database.
pub async fn count(
    client: &impl GenericClient,
    (mode, catalog): (Mode, &Catalog),
    run: i64,
    measured: &[Measured],
) -> Result<Promised, Error> {
    let own = own(client, (mode, catalog), &[run], measured).await?;
    Ok(own.into_iter().map(|found| (found.check.code.to_owned(), found.total)).collect())
}

/// Where rows of the runs that applied a plan do not hold what was found when they were loaded. `None`
/// if that is not known: the plan does not stand here, its journal was emptied, or it was loaded before
/// that was kept.
///
/// # Errors
/// The database; a ledger that is not ours, or may not be read.
pub async fn deviations(
    client: &impl GenericClient,
    (mode, catalog): (Mode, &Catalog),
    plan: &str,
    measured: &[Measured],
) -> Result<Option<Vec<Deviation>>, Error> {
    let Some(kept) = ledger::promised(client, plan, catalog.names.schema()).await? else {
        return Ok(None);
    };
    let own = own(client, (mode, catalog), &kept.runs, measured).await?;
    let mut deviations = Vec::new();
    for found in measured {
        let code = found.check.code;
        let expected = kept.promised.get(code).copied().unwrap_or_default();
        let now = own.iter().find(|own| own.check.code == code);
        let total = now.map_or(0, |own| own.total);
        if total > expected {
            deviations.push(Deviation {
                code: code.to_owned(),
                title: found.check.title.to_owned(),
                expected: Some(expected),
                found: Some(total),
                rows: now.map(|own| own.rows.clone()).unwrap_or_default(),
            });
        }
    }
    Ok(Some(deviations))
}

/// What each check that found something found in the rows of some runs.
async fn own(
    client: &impl GenericClient,
    (mode, catalog): (Mode, &Catalog),
    runs: &[i64],
    measured: &[Measured],
) -> Result<Vec<Measured>, Error> {
    let runs: Vec<String> = runs.iter().map(i64::to_string).collect();
    let runs = runs.join(", ");
    let prelude = prelude(mode, catalog)?;
    let mut own = Vec::new();
    for found in measured.iter().filter(|found| found.total > 0) {
        own.push(rows_where(client, found.check, &prelude, &body(found.check, &runs)).await?);
    }
    Ok(own)
}

/// The rows of a check that are rows of some runs, which are a list of SQL.
fn body(check: Check, runs: &str) -> String {
    let body = super::without_head(question(check).statement).trim_end();
    let images = CHANGED.map(|table| {
        format!("select '{table}', i.pk::text from {} i where i.run_id in ({runs})", image(table))
    });
    let images = images.join("\nunion all\n");
    format!("select c.* from (\n{body}\n) c\nwhere (c.\"table\", c.id) in (\n{images}\n)")
}

/// For each check a statement that gives its rows among those of a run, which is an expression.
///
/// # Errors
/// A table or column that must be there is not.
pub(in crate::load) fn statements(
    mode: Mode,
    catalog: &Catalog,
    run: &str,
) -> Result<Vec<(&'static str, String)>, Error> {
    let prelude = prelude(mode, catalog)?;
    let statement = |check: Check| (check.code, format!("{prelude}\n{}", body(check, run)));
    Ok(plan::checks().map(statement).collect())
}
