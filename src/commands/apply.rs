//! `orgfold apply`: loads an approved plan, and says which database before it does.

use std::time::Instant;

use super::database::{
    Answer, ask, configure, connect, drive, interrupt, stored, target, unless_interrupted,
    with_state,
};
use super::{DONE, print};
use crate::cli::{self, Format};
use crate::error::{Error, Exit};
use crate::load::apply::{Loaded, Options, Outcome, Prepared, Ready, prepare};
use crate::load::{self, approval, receipt};
use crate::progress::Progress;

pub(super) fn run(options: &cli::Apply, progress: Progress) -> Result<Exit, Error> {
    let config = configure(&options.database)?;
    let plan = stored(&options.plan)?;
    let approvals = approval::required(&plan, &config.approval_roles)?;
    let target = target(&options.database)?;
    let how = Options {
        names: &config.names,
        declared: config.declared,
        triggers: config.triggers,
        waits: config.waits,
        strict: options.strict,
        progress,
    };
    let id = &plan.manifest.plan_id[..12];
    let started = Instant::now();
    let done = drive(async {
        let looked = async {
            let client = connect(&target, &config).await?;
            let ready = match prepare(&target, client, &plan, how).await? {
                Prepared::Already(run) => return Ok(Asked::Already(run)),
                Prepared::Ready(ready) => ready,
            };
            let (mode, client) = (plan.manifest.mode, ready.client());
            approval::refuse_other_ddl(client, &approvals, &ready.catalog, mode).await?;
            if !options.yes && confirm(id, &target.describe()).await? == Answer::No {
                return Ok(Asked::No);
            }
            Ok(Asked::Yes(ready))
        };
        let ready = match unless_interrupted(looked).await? {
            Asked::Already(run) => return Ok((Some(Outcome::Already(run)), String::new())),
            Asked::No => return Ok((None, String::new())),
            Asked::Yes(ready) => ready,
        };
        let version = ready.preflight.server.version.clone();
        let approvals = serde_json::to_value(&approvals).expect("approvals are plain data");
        match ready.apply(&approvals, interrupt()).await {
            Ok(outcome) => Ok((Some(outcome), version)),
            Err(load::Error::Interrupted) => Err(Error::interrupted()),
            Err(error) => Err(error.into()),
        }
    });
    let (outcome, version) = with_state((&target, &config, &plan.manifest.plan_id), done)?;
    match outcome {
        None => print("nothing was changed\n"),
        Some(Outcome::Already(run)) => already(options, &run),
        Some(Outcome::Loaded(loaded)) => {
            let receipt = serde_json::json!({
                "kind": "apply",
                "plan_id": plan.manifest.plan_id,
                "target": target.describe(),
                "server_version": version,
                "milliseconds": started.elapsed().as_millis(),
                "approvals": approvals,
                "loaded": loaded,
            });
            let bytes = format!("{receipt:#}\n").into_bytes();
            let path = receipt::write(&plan.directory, "apply", "json", &bytes)?;
            match options.database.format {
                Format::Json => print(&format!("{receipt}\n")),
                Format::Text => {
                    print(&describe(id, &target.describe(), &loaded));
                    print(&format!("receipt: {}\n", path.display()));
                }
            }
        }
    }
    DONE
}

/// What came of looking and asking.
enum Asked<'a> {
    /// The plan is applied.
    Already(load::ledger::Run),
    /// Somebody does not want it.
    No,
    /// Somebody does.
    Yes(Box<Ready<'a>>),
}

/// Asks whether to load into this database.
async fn confirm(id: &str, target: &str) -> Result<Answer, Error> {
    match ask(&format!("Apply plan {id} to {target}?")).await {
        Answer::Nobody => Err(Error::Usage {
            problem: format!("nobody can be asked whether to apply to {target}"),
            help: "say yes with --yes",
        }),
        answer => Ok(answer),
    }
}

fn already(options: &cli::Apply, run: &load::ledger::Run) {
    let text = match options.database.format {
        Format::Json => serde_json::json!({ "already_applied": run }).to_string(),
        Format::Text => format!(
            "plan {} is applied already: run {} on {}; nothing to do",
            &run.plan_id[..12],
            run.id,
            run.applied_at
        ),
    };
    print(&format!("{text}\n"));
}

/// What was loaded, for people.
pub(super) fn describe(id: &str, target: &str, loaded: &Loaded) -> String {
    let mut lines = vec![format!("plan {id} is applied to {target}: run {}", loaded.run)];
    for (table, count) in &loaded.rows {
        lines.push(format!("  {count:>8} {table}"));
    }
    let zero = loaded.checks.values().filter(|count| **count == 0).count();
    lines.push(format!(
        "checks: {} measured before the commit, each as forecast; {zero} of them find nothing",
        loaded.checks.len()
    ));
    for what in &loaded.not_checked {
        lines.push(format!("note: {what}"));
    }
    for (table, (now, then)) in &loaded.outside {
        lines.push(format!("note: `{table}` has {now} rows, it had {then} when the plan was made"));
    }
    format!("{}\n", lines.join("\n"))
}
