//! What the checks find in the rows of some runs alone: what a plan promised of them holds for as long
//! as they stand, whatever rows come beside them later.

use std::collections::BTreeMap;

use tokio_postgres::GenericClient;

use super::{Deviation, Measured, prelude, question, rows_where};
use crate::load::catalog::{CHANGED, Catalog};
use crate::load::merge::image;
use crate::load::{Error, ledger};
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
    let images = CHANGED.map(|table| {
        format!(
            "select '{table}', i.pk::text from {} i where i.run_id in ({})",
            image(table),
            runs.join(", ")
        )
    });
    let filter = format!("(c.\"table\", c.id) in (\n{}\n)", images.join("\nunion all\n"));
    let prelude = prelude(mode, catalog)?;
    let mut own = Vec::new();
    for found in measured.iter().filter(|found| found.total > 0) {
        let body = super::without_head(question(found.check).statement).trim_end();
        let body = format!("select c.* from (\n{body}\n) c\nwhere {filter}");
        own.push(rows_where(client, found.check, &prelude, &body).await?);
    }
    Ok(own)
}
