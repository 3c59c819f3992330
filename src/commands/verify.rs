//! `orgfold verify`: the validation pack, any time, with the offending rows.

use super::database::{block_on, configure, connect, opened, target};
use super::print;
use crate::cli::{self, Format};
use crate::error::{Error, Exit};
use crate::load::apply::as_planned;
use crate::load::catalog::Catalog;
use crate::load::history::{self, Filed};
use crate::load::{self, verify};
use crate::progress::Progress;

pub(super) fn run(options: &cli::Verify, progress: Progress) -> Result<Exit, Error> {
    let config = configure(&options.database)?;
    let target = target(&options.database)?;
    let plan = options.plan.as_deref().map(opened).transpose()?;
    let mode = plan.as_ref().map_or(config.rules.mode, |plan| plan.manifest.mode);
    let (measured, filed) = block_on(async {
        let client = connect(&target, &config).await?;
        let catalog = Catalog::read(&client, &config.names, config.declared).await?;
        let catalog = match &plan {
            Some(plan) => as_planned(catalog, plan),
            None => catalog,
        };
        let step = progress.stage("validation checks", 0);
        let measured = verify::measure(&client, mode, &catalog).await?;
        step.end(measured.len(), "checks");
        let promise = plan
            .as_ref()
            .map(|plan| (plan.manifest.plan_id.as_str(), plan.manifest.checks.as_slice()));
        let filed = match history::file(&client, &measured, promise).await {
            // Whoever may only read, by role or by session, is welcome to look.
            Err(load::Error::Database { source, .. })
                if matches!(source.code(), Some("42501" | "25006")) =>
            {
                "not filed: nothing can be written into the ledger from here"
            }
            filed => match filed? {
                Filed::Filed => "filed in the ledger",
                Filed::NoLedger => "not filed: no plan was ever applied here",
            },
        };
        Ok((measured, filed))
    })?;
    let deviations = plan.as_ref().map(|plan| verify::compare(&measured, &plan.manifest.checks));
    match options.database.format {
        Format::Json => {
            let object = serde_json::json!({
                "target": target.describe(),
                "plan_id": plan.as_ref().map(|plan| &plan.manifest.plan_id),
                "checks": measured,
                "deviations": deviations,
                "filed": filed,
            });
            print(&format!("{object}\n"));
        }
        Format::Text => {
            let mut lines = vec![target.describe()];
            for found in &measured {
                lines.push(format!("{:>8}  {}", found.total, found.check.title));
                for row in found.rows.iter().take(10) {
                    lines.push(format!("            {} {} {}", row.table, row.id, row.detail));
                }
            }
            match &deviations {
                Some(deviations) if deviations.is_empty() => {
                    lines.push("each check finds what the plan promised".to_owned());
                }
                Some(deviations) => {
                    for deviation in deviations {
                        lines.push(format!("differs: {deviation}"));
                    }
                }
                None => {}
            }
            lines.push(filed.to_owned());
            print(&format!("{}\n", lines.join("\n")));
        }
    }
    Ok(if deviations.is_some_and(|found| !found.is_empty()) { Exit::Invalid } else { Exit::Done })
}
