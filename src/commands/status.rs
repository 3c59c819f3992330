//! `orgfold status`: what is applied and rolled back on a database, and what the plans at hand
//! wait for.

use super::database::{block_on, configure, connect, stored, target};
use super::{DONE, print};
use crate::cli::{self, Format};
use crate::error::{Error, Exit};
use crate::load::{approval, ledger};

pub(super) fn run(options: &cli::Status) -> Result<Exit, Error> {
    let config = configure(&options.database)?;
    let target = target(&options.database)?;
    let runs = block_on(async {
        let client = connect(&target, &config).await?;
        Ok(ledger::runs(&client, "").await?)
    })?;
    let mut plans = Vec::new();
    let mut directories: Vec<_> = std::fs::read_dir(&options.out)
        .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()).collect())
        .unwrap_or_default();
    directories.sort();
    for directory in directories.iter().filter(|path| path.join("plan.json").is_file()) {
        let plan = stored(directory)?;
        let given = approval::read(&plan)?;
        let missing: Vec<String> = config
            .approval_roles
            .iter()
            .filter(|role| !given.iter().any(|approval| approval.role == **role))
            .cloned()
            .collect();
        plans.push((plan.manifest.plan_id.clone(), missing));
    }
    match options.database.format {
        Format::Json => {
            let plans: Vec<_> = plans
                .iter()
                .map(|(id, missing)| serde_json::json!({ "plan_id": id, "waits_for": missing }))
                .collect();
            let object = serde_json::json!({
                "target": target.describe(), "runs": runs, "plans": plans,
            });
            print(&format!("{object}\n"));
        }
        Format::Text => {
            let mut lines = vec![target.describe()];
            for run in &runs {
                let end = run.rolled_back_at.as_ref().map(|at| format!(", rolled back {at}"));
                lines.push(format!(
                    "  run {} plan {} ({}): applied {} by {}{}",
                    run.id,
                    &run.plan_id[..12],
                    run.mode.name(),
                    run.applied_at,
                    run.applied_by,
                    end.unwrap_or_default(),
                ));
            }
            if runs.is_empty() {
                lines.push("  no plan was ever applied here".to_owned());
            }
            for (id, missing) in &plans {
                let state = if missing.is_empty() {
                    "approved".to_owned()
                } else {
                    format!("waits for {}", missing.join(", "))
                };
                lines.push(format!("plan {}: {state}", &id[..12]));
            }
            print(&format!("{}\n", lines.join("\n")));
        }
    }
    DONE
}
