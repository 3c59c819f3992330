//! `orgfold sql`: a plan as one script for `psql`.

use std::io::{self, Write as _};
use std::path::Path;

use super::DONE;
use super::database::{block_on, configure, connect, load_options, stored, target};
use crate::cli;
use crate::config::Config;
use crate::error::{Error, Exit};
use crate::load::approval::{self, Place};
use crate::load::catalog::Catalog;
use crate::load::expand::Audit;
use crate::load::preflight::{Intent, Planned, preflight};
use crate::load::script::{Script, Seen};
use crate::load::transaction::Strategy;
use crate::load::{self, Refusal};
use crate::plan::archive::Stored;
use crate::progress::Progress;

pub(super) fn run(options: &cli::Sql, progress: Progress) -> Result<Exit, Error> {
    let config = configure(&options.database)?;
    let plan = stored(&options.plan)?;
    let approvals = approval::required(&plan, &config.approval);
    let (seen, not_here) = match &options.preflight {
        Some(receipt) => {
            let (seen, place) = read(receipt, &config)?;
            let catalog = catalog(&config, &seen);
            let approvals = approvals.as_deref().unwrap_or_default();
            let not_here =
                approval::refuse_elsewhere(approvals, &place, &catalog, plan.manifest.mode.into())
                    .err();
            (seen, not_here)
        }
        None => {
            look(options, &config, (&plan, approvals.as_deref().unwrap_or_default()), progress)?
        }
    };
    seen.refuse()?;
    let refused = match (&approvals, &not_here) {
        (Err(error), _) | (Ok(_), Some(error)) => Some(error.to_string()),
        (Ok(_), None) => None,
    };
    if let Some(why) = &refused {
        // A closed standard error is no reason to fail.
        let _ = writeln!(io::stderr(), "note: the script ends with `{why}` until it is made again");
    }
    let script = Script {
        plan: &plan,
        catalog: &catalog(&config, &seen),
        definitions: &seen.definitions,
        options: load_options(&config, progress),
        approvals: approvals.as_deref().unwrap_or_default(),
        refused: refused.as_deref(),
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    match script.write(&mut out) {
        // A reader who closed the pipe has seen enough.
        Err(load::Error::Io { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    let _ = out.flush();
    DONE
}

fn catalog(config: &Config, seen: &Seen) -> Catalog {
    Catalog::of_tables(&config.names, config.declared, seen.tables.clone())
}

/// Looks at the database, and whether anything speaks against loading there.
fn look(
    options: &cli::Sql,
    config: &Config,
    (plan, approvals): (&Stored, &[approval::Approval]),
    progress: Progress,
) -> Result<(Seen, Option<load::Error>), Error> {
    let target = target(&options.database)?;
    let step = progress.stage("preflight", 0);
    let seen = block_on(async {
        let client = connect(&target, config).await?;
        let catalog = Catalog::read(&client, &config.names, config.declared).await?;
        let planned = Planned::of(plan, &catalog)?;
        let mode = plan.manifest.mode;
        // The script updates row by row, whatever is configured for a load of ours.
        // What files audit rows under their owner is no part of a script.
        let intent = Intent {
            mode,
            triggers: config.triggers,
            strategy: Strategy::Update,
            planned: Some(&planned),
            audit: Audit::Refuse,
            visibility: &config.visibility,
        };
        preflight(&client, &catalog, intent).await?.refuse()?;
        let not_here = match approval::refuse_other(&client, approvals, &catalog, plan, mode.into())
            .await
        {
            Err(error @ load::Error::Refused { refusal: Refusal::NotApproved, .. }) => Some(error),
            held => {
                held?;
                None
            }
        };
        Ok((Seen::of(&client, &catalog, mode).await?, not_here))
    })?;
    step.end(seen.0.tables.len(), "tables");
    Ok(seen)
}

/// What a preflight has seen, from its receipt.
fn read(receipt: &Path, config: &Config) -> Result<(Seen, Place), Error> {
    let bytes = super::read_file(receipt)?;
    let facts: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
    let seen = facts.and_then(|mut facts| {
        let place: Place = serde_json::from_value(facts.get_mut("place")?.take()).ok()?;
        let seen: Seen = serde_json::from_value(facts.get_mut("seen")?.take()).ok()?;
        Some((seen, place))
    });
    let Some((seen, place)) = seen else {
        return Err(Error::Usage {
            problem: format!(
                "`{}` is no receipt of a preflight of this version",
                receipt.display()
            ),
            help: "run `orgfold preflight PLAN` on the database, and name its receipt",
        });
    };
    if place.schema != config.names.schema() {
        return Err(Error::Usage {
            problem: format!("the preflight looked at schema `{}`", place.schema),
            help: "name the same schema with --schema",
        });
    }
    Ok((seen, place))
}
