//! `orgfold verify`: the validation pack, any time, with the offending rows.

use super::database::{block_on, configure, connect, opened, target};
use super::print;
use crate::cli::{self, Format};
use crate::config::Config;
use crate::connect::Target;
use crate::error::{Error, Exit};
use crate::load::apply::as_planned;
use crate::load::catalog::Catalog;
use crate::load::history::{self, Filed};
use crate::load::verify::{Deviation, Measured, own};
use crate::load::{self, Refusal, verify};
use crate::plan::archive::Stored;
use crate::progress::Progress;

/// What was found.
struct Found {
    measured: Vec<Measured>,
    /// Where it is not what the plan promised, if one was given.
    deviations: Option<Vec<Deviation>>,
    /// Which rows were held against the promise.
    judged: Judged,
    /// Whether it was kept in the ledger.
    filed: &'static str,
}

/// Which rows are held against the promise of a plan.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judged {
    /// All that there are.
    All,
    /// Those of the plan, which stands; others came since.
    OfPlan,
    /// Those of the plan, and there are no others.
    Both,
}

pub(super) fn run(options: &cli::Verify, progress: Progress) -> Result<Exit, Error> {
    let config = configure(&options.database)?;
    let target = target(&options.database)?;
    let plan = options.plan.as_deref().map(opened).transpose()?;
    let found = block_on(look(&target, &config, plan.as_ref(), progress))?;
    match options.database.format {
        Format::Json => {
            let object = serde_json::json!({
                "target": target.describe(),
                "plan_id": plan.as_ref().map(|plan| &plan.manifest.plan_id),
                "checks": found.measured,
                "judged": if found.judged == Judged::All { "all rows" } else { "rows of the plan" },
                "deviations": found.deviations,
                "filed": found.filed,
            });
            print(&format!("{object}\n"));
        }
        Format::Text => print(&describe(&target.describe(), &found)),
    }
    let differs = found.deviations.is_some_and(|found| !found.is_empty());
    Ok(if differs { Exit::Invalid } else { Exit::Done })
}

async fn look(
    target: &Target,
    config: &Config,
    plan: Option<&Stored>,
    progress: Progress,
) -> Result<Found, Error> {
    let mode = plan.map_or(config.rules.mode, |plan| plan.manifest.mode);
    let client = connect(target, config).await?;
    let catalog = Catalog::read(&client, &config.names, config.declared).await?;
    let catalog = match plan {
        Some(plan) => as_planned(catalog, plan),
        None => catalog,
    };
    let step = progress.stage("validation checks", 0);
    let measured = verify::measure(&client, mode, &catalog).await?;
    step.end(measured.len(), "checks");
    let promise =
        plan.map(|plan| (plan.manifest.plan_id.as_str(), plan.manifest.checks.as_slice()));
    let (mut deviations, mut judged) = (None, Judged::All);
    if let Some((id, checks)) = promise {
        let all = verify::compare(&measured, checks);
        let own = match own::deviations(&client, (mode, &catalog), id, &measured).await {
            // Who may not read the ledger is told how all rows compare.
            Err(error) if is_kept_out(&error) => None,
            own => own?,
        };
        if own.is_some() {
            judged = if all.is_empty() { Judged::Both } else { Judged::OfPlan };
        }
        // What other parts of a source change is none of a part's promises.
        let is_part = plan.is_some_and(|plan| plan.manifest.part.is_some());
        deviations = own.or_else(|| (!is_part).then_some(all));
    }
    let filed = match history::file(&client, &measured, promise).await {
        // Whoever may only read, by role or by session, is welcome to look.
        Err(error) if is_kept_out(&error) => {
            "not filed: nothing can be written into the ledger from here"
        }
        filed => match filed? {
            Filed::Filed => "filed in the ledger",
            Filed::NoLedger => "not filed: no plan was ever applied here",
        },
    };
    Ok(Found { measured, deviations, judged, filed })
}

fn describe(target: &str, found: &Found) -> String {
    let mut lines = vec![target.to_owned()];
    for found in &found.measured {
        lines.push(format!("{:>8}  {}", found.total, found.check.title));
        for row in found.rows.iter().take(10) {
            lines.push(format!("            {} {} {}", row.table, row.id, row.detail));
        }
    }
    match &found.deviations {
        Some(deviations) if deviations.is_empty() => {
            let said = match found.judged {
                Judged::All | Judged::Both => "each check finds what the plan promised",
                Judged::OfPlan => {
                    "in the rows of the plan each check finds what it found when they were loaded; \
                     what else it finds came later"
                }
            };
            lines.push(said.to_owned());
        }
        deviations => {
            let differs = deviations.iter().flatten();
            lines.extend(differs.map(|deviation| format!("differs: {deviation}")));
        }
    }
    lines.push(found.filed.to_owned());
    format!("{}\n", lines.join("\n"))
}

/// Whether the role or its session may not do something, or the ledger is another's.
fn is_kept_out(error: &load::Error) -> bool {
    match error {
        load::Error::Database { source, .. } => matches!(source.code(), Some("42501" | "25006")),
        load::Error::Refused { refusal, .. } => *refusal == Refusal::Preflight,
        _ => false,
    }
}
