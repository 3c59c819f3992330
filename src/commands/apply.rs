//! `orgfold apply`: loads an approved plan, and says which database before it does.

use std::io::Write as _;
use std::time::Instant;

use super::database::{
    Answer, ask, block_on, configure, connect, drive, interrupt, load_options, stored, target,
    unless_interrupted, with_state,
};
use super::{DONE, print};
use crate::cli::{self, Format};
use crate::config::Config;
use crate::connect::Target;
use crate::error::{Error, Exit};
use crate::load;
use crate::load::apply::{Loaded, Options, Outcome, Prepared, Readers, Ready, prepare};
use crate::load::approval::{self, Approval};
use crate::load::receipt::{self, Begun};
use crate::load::visibility::Proof;
use crate::plan::archive::Stored;
use crate::progress::Progress;

pub(super) fn run(options: &cli::Apply, progress: Progress) -> Result<Exit, Error> {
    let config = configure(&options.database)?;
    let plan = stored(&options.plan)?;
    let id = &plan.manifest.plan_id[..12];
    if plan.manifest.is_empty() {
        print(&format!("plan {id} is empty: nothing to do\n"));
        return DONE;
    }
    let target = target(&options.database)?;
    let strategy = options.strategy.map_or(config.strategy, Into::into);
    let how = Options { strict: options.strict, strategy, ..load_options(&config, progress) };
    if options.dry.run {
        return dry_run(options, &target, &config, (&plan, how));
    }
    let approvals = approval::required(&plan, &config.approval)?;
    let started = Instant::now();
    let mut begun = None;
    let done = drive(walk(options, &target, &config, (&plan, how, &approvals), &mut begun));
    let done = with_state((&target, &config, &plan.manifest.plan_id), done);
    let outcome = match done {
        Ok(outcome) => outcome,
        Err(error) => {
            let state = match &error {
                // Whoever applies again will know.
                Error::Load(load::Error::Unknown { .. }) => "begun",
                Error::Interrupted { .. } => "interrupted",
                _ => "failed",
            };
            if let Some(begun) = begun {
                let why = serde_json::json!({ "error": told(&error), "help": error.help() });
                // The error is what matters; the receipt says at least that it began.
                let _ = begun.complete(state, members(why));
            }
            return Err(error);
        }
    };
    match outcome {
        None => print("nothing was changed\n"),
        Some(Outcome::Already(run)) => already(options, &plan, &target, &run)?,
        Some(Outcome::Loaded(loaded)) => {
            let facts = serde_json::json!({
                "milliseconds": started.elapsed().as_millis(),
                "loaded": loaded,
            });
            let begun = begun.expect("a load begins with its receipt");
            let path = begun.path().to_owned();
            let completed = begun.complete("applied", members(facts.clone())).and_then(|done| {
                let seen = loaded.visibility.csv();
                receipt::write(&plan.directory, "visibility", "csv", &seen).map(|_| done)
            });
            match options.database.format {
                Format::Json => {
                    let mut object = members(facts);
                    object.insert("kind".to_owned(), "apply".into());
                    object.insert("plan_id".to_owned(), plan.manifest.plan_id.as_str().into());
                    object.insert("target".to_owned(), target.describe().into());
                    object.insert("receipt".to_owned(), path.display().to_string().into());
                    print(&format!("{}\n", serde_json::Value::Object(object)));
                }
                Format::Text => {
                    let target = target.describe();
                    let title = format!("plan {id} is applied to {target}: run {}", loaded.run);
                    print(&describe(&title, &loaded));
                    print(&format!("receipt: {}\n", path.display()));
                }
            }
            if let Err(error) = completed {
                // It is applied all the same.
                let _ = writeln!(std::io::stderr(), "note: {error}; apply again to complete it");
            }
        }
    }
    DONE
}

/// Looks, asks and loads; nothing if somebody does not want it. What is to be done stands in the
/// receipt before it is begun.
async fn walk(
    options: &cli::Apply,
    target: &Target,
    config: &Config,
    (plan, how, approvals): (&Stored, Options<'_>, &[Approval]),
    begun: &mut Option<Begun>,
) -> Result<Option<Outcome>, Error> {
    let id = &plan.manifest.plan_id[..12];
    let looked = async {
        let client = connect(target, config).await?;
        let ready = match prepare(target, client, plan, how).await? {
            Prepared::Already(run) => return Ok(Asked::Already(run)),
            Prepared::Ready(ready) => ready,
        };
        let shape = how.shape(plan.manifest.mode);
        approval::refuse_other(ready.client(), approvals, &ready.catalog, plan, shape).await?;
        if !options.yes && confirm(id, &target.describe()).await? == Answer::No {
            return Ok(Asked::No);
        }
        Ok(Asked::Yes(ready))
    };
    let ready = match unless_interrupted(looked).await? {
        Asked::Already(run) => return Ok(Some(Outcome::Already(run))),
        Asked::No => return Ok(None),
        Asked::Yes(ready) => ready,
    };
    let facts = serde_json::json!({
        "plan_id": plan.manifest.plan_id,
        "target": target.describe(),
        "server_version": ready.preflight.server.version,
        "approvals": approvals,
    });
    *begun = Some(receipt::begin(&plan.directory, "apply", members(facts))?);
    let approvals = serde_json::to_value(approvals).expect("approvals are plain data");
    match ready.apply(&approvals, interrupt()).await {
        Ok(outcome) => Ok(Some(outcome)),
        Err(load::Error::Interrupted) => Err(Error::interrupted()),
        Err(error) => Err(error.into()),
    }
}

/// Does everything but the commit.
fn dry_run(
    options: &cli::Apply,
    target: &Target,
    config: &Config,
    (plan, how): (&Stored, Options<'_>),
) -> Result<Exit, Error> {
    let readers = if options.dry.lock_readers { Readers::Wait } else { Readers::GoOn };
    let outcome = block_on(async {
        let client = connect(target, config).await?;
        Ok(match prepare(target, client, plan, how).await? {
            Prepared::Already(run) => Outcome::Already(run),
            Prepared::Ready(ready) => ready.dry_run(readers).await?,
        })
    })?;
    match outcome {
        Outcome::Already(run) => already(options, plan, target, &run)?,
        Outcome::Loaded(loaded) => {
            let facts = serde_json::json!({
                "kind": "dry run",
                "plan_id": plan.manifest.plan_id,
                "target": target.describe(),
                "loaded": loaded,
            });
            let bytes = format!("{facts:#}\n").into_bytes();
            let path = receipt::write(&plan.directory, "dry-run", "json", &bytes)?;
            let seen = loaded.visibility.csv();
            receipt::write(&plan.directory, "visibility", "csv", &seen)?;
            match options.database.format {
                Format::Json => print(&format!("{facts}\n")),
                Format::Text => {
                    let id = &plan.manifest.plan_id[..12];
                    let target = target.describe();
                    let title =
                        format!("plan {id} would be applied to {target}; nothing was changed");
                    print(&describe(&title, &loaded));
                    print(&format!("receipt: {}\n", path.display()));
                }
            }
        }
    }
    DONE
}

/// An error with its causes, in one line.
fn told(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// The members of a JSON object.
fn members(value: serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
    match value {
        serde_json::Value::Object(members) => members,
        _ => serde_json::Map::new(),
    }
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

/// Says that there is nothing to do, and sees to the receipt of a load that did not live to write it.
fn already(
    options: &cli::Apply,
    plan: &Stored,
    target: &Target,
    run: &load::ledger::Run,
) -> Result<(), Error> {
    receipt::complete_begun(&plan.directory, "apply", "applied")?;
    let text = match options.database.format {
        Format::Json => serde_json::json!({ "already_applied": run }).to_string(),
        Format::Text => format!(
            "plan {} is applied already to {}: run {} on {}; nothing to do",
            &run.plan_id[..12],
            target.describe(),
            run.id,
            run.applied_at
        ),
    };
    print(&format!("{text}\n"));
    Ok(())
}

/// What was loaded, for people.
fn describe(title: &str, loaded: &Loaded) -> String {
    let mut lines = vec![title.to_owned()];
    for (table, count) in &loaded.rows {
        lines.push(format!("  {count:>8} {table}"));
    }
    let zero = loaded.checks.values().filter(|count| **count == 0).count();
    lines.push(format!(
        "checks: {} measured before the commit, each as forecast; {zero} of them find nothing",
        loaded.checks.len()
    ));
    lines.extend(seen(&loaded.visibility));
    for what in &loaded.not_checked {
        lines.push(format!("note: {what}"));
    }
    for (table, (now, then)) in &loaded.outside {
        lines.push(format!("note: `{table}` has {now} rows, it had {then} when the plan was made"));
    }
    format!("{}\n", lines.join("\n"))
}

/// What was proven of who sees what, for people.
pub(super) fn seen(proof: &Proof) -> Vec<String> {
    if proof.probes == 0 {
        return Vec::new();
    }
    let foreseen: i32 = proof.lines.iter().map(|line| line.foreseen).sum();
    let mut lines = vec![format!(
        "visibility: {} users and roles looked before and after ({}): nothing lost, {foreseen} rows more, \
         each as forecast",
        proof.probes, proof.extent
    )];
    lines.extend(proof.unproven.iter().map(|what| format!("warning: unproven: {what}")));
    lines
}
