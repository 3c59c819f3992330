//! `orgfold status`: what is applied and rolled back on a database, and what the plans at hand
//! wait for.

use std::path::Path;

use super::database::{block_on, configure, connect, opened, target};
use super::{DONE, print};
use crate::cli::{self, Format};
use crate::error::{Error, Exit};
use crate::load::{approval, ledger};
use crate::plan::archive::MANIFEST;

pub(super) fn run(options: &cli::Status) -> Result<Exit, Error> {
    let config = configure(&options.database)?;
    let target = target(&options.database)?;
    let runs = block_on(async {
        let client = connect(&target, &config).await?;
        Ok(ledger::runs(&client, "").await?)
    })?;
    let mut directories: Vec<_> = std::fs::read_dir(&options.out)
        .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()).collect())
        .unwrap_or_default();
    directories.sort();
    let directories = directories.iter().filter(|path| path.join(MANIFEST).is_file());
    let plans: Vec<(String, State)> =
        directories.map(|path| state(path, &config.approval)).collect();
    match options.database.format {
        Format::Json => {
            let plans: Vec<_> = plans
                .iter()
                .map(|(name, state)| match state {
                    State::WaitsFor(roles) => {
                        serde_json::json!({ "plan_id": name, "waits_for": roles })
                    }
                    State::Damaged(why) => serde_json::json!({ "directory": name, "damaged": why }),
                })
                .collect();
            let object = serde_json::json!({
                "target": target.describe(), "runs": runs, "plans": plans,
            });
            print(&format!("{object}\n"));
        }
        Format::Text => {
            let mut lines = vec![target.describe()];
            for run in &runs {
                let part = if run.is_partial() { " in part" } else { "" };
                let end = run.rolled_back_at.as_ref().map(|at| format!(", rolled back{part} {at}"));
                lines.push(format!(
                    "  run {} plan {} ({}, schema {}): applied {} by {}{}",
                    run.id,
                    &run.plan_id[..12],
                    run.mode.name(),
                    run.schema,
                    run.applied_at,
                    run.applied_by,
                    end.unwrap_or_default(),
                ));
            }
            if runs.is_empty() {
                lines.push("  no plan was ever applied here".to_owned());
            }
            lines.extend(plans.iter().map(|(name, state)| match state {
                State::WaitsFor(roles) if roles.is_empty() => {
                    format!("plan {}: approved", &name[..12])
                }
                State::WaitsFor(roles) => {
                    format!("plan {}: waits for {}", &name[..12], roles.join(", "))
                }
                State::Damaged(why) => format!("{name}: {why}"),
            }));
            print(&format!("{}\n", lines.join("\n")));
        }
    }
    DONE
}

/// How far a plan at hand is.
enum State {
    /// Roles that have not approved it.
    WaitsFor(Vec<String>),
    /// It cannot be read, or its approvals cannot: no reason to be silent about all others.
    Damaged(String),
}

/// The id of a plan, or its directory if it cannot be read, and how far it is.
fn state(directory: &Path, wanted: &approval::Wanted) -> (String, State) {
    let read = opened(directory).and_then(|plan| {
        let given = approval::read(&plan)?;
        Ok((plan.manifest.plan_id, State::WaitsFor(wanted.missing(&given))))
    });
    read.unwrap_or_else(|error| {
        (directory.display().to_string(), State::Damaged(error.to_string()))
    })
}
