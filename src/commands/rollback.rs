//! `orgfold rollback`: says what it would restore, then asks, then does it.

use super::database::{Answer, ask, block_on_change, configure, connect, target};
use super::{DONE, print};
use crate::cli::{self, Format};
use crate::error::{Error, Exit};
use crate::load::apply::Options;
use crate::load::rollback::{Additions, Undone, look, rollback};
use crate::load::{self, Refusal, ledger};
use crate::progress::Progress;

pub(super) fn run(options: &cli::Rollback, progress: Progress) -> Result<Exit, Error> {
    let config = configure(&options.database)?;
    let target = target(&options.database)?;
    let how = Options {
        names: &config.names,
        declared: config.declared,
        triggers: config.triggers,
        waits: config.waits,
        strict: false,
        progress,
    };
    let additions = if options.schema { Additions::Undo } else { Additions::Keep };
    block_on_change((&target, &config, &options.plan), async {
        let mut client = connect(&target, &config).await?;
        let plan = full_id(&client, &options.plan).await?;
        let looked = look(&mut client, &plan, &how).await?;
        if options.database.format == Format::Text {
            print(&describe(&target.describe(), &looked, "would restore or delete"));
        }
        let answer = match options {
            cli::Rollback { yes: true, .. } => Answer::Yes,
            cli::Rollback { look: true, .. } => Answer::No,
            _ => ask("Roll back?").await,
        };
        if answer != Answer::Yes {
            if options.database.format == Format::Json {
                print(&format!("{}\n", serde_json::to_string(&looked).expect("plain data")));
            } else {
                print("nothing was changed; --yes does it\n");
            }
            return if answer == Answer::No { DONE } else { Ok(Exit::Usage) };
        }
        let undone = rollback(&mut client, &plan, &how, additions).await?;
        match options.database.format {
            Format::Json => {
                print(&format!("{}\n", serde_json::to_string(&undone).expect("plain data")));
            }
            Format::Text => {
                let undid = undone.catalog.len();
                print(&format!("rolled back; {undid} additions to the schema undone\n"));
            }
        }
        DONE
    })
}

/// The one plan whose id begins so.
async fn full_id(client: &tokio_postgres::Client, prefix: &str) -> Result<String, Error> {
    let refuse = |message: String| {
        Error::from(load::Error::refused(
            Refusal::Failed,
            message,
            "`orgfold status` lists what is applied; give at least 12 digits of the id",
        ))
    };
    if prefix.len() < 12 {
        return Err(refuse(format!("`{prefix}` is too short for a plan id")));
    }
    let mut ids: Vec<String> =
        ledger::runs(client, prefix).await?.into_iter().map(|run| run.plan_id).collect();
    ids.sort();
    ids.dedup();
    match ids.as_slice() {
        [id] => Ok(id.clone()),
        [] => Err(refuse(format!("plan {prefix} was never applied on this database"))),
        _ => Err(refuse(format!("{} plans begin with {prefix}", ids.len()))),
    }
}

fn describe(target: &str, undone: &Undone, verb: &str) -> String {
    let mut lines = vec![
        target.to_owned(),
        format!(
            "run {} plan {}, applied {}",
            undone.run.id,
            &undone.run.plan_id[..12],
            undone.run.applied_at
        ),
        format!("{verb}:"),
    ];
    for (table, count) in &undone.rows {
        lines.push(format!("  {count:>8} rows of {table}"));
    }
    if undone.conflicts.is_empty() {
        lines.push("no row was edited since".to_owned());
    } else {
        lines.push(format!("{} rows stand in the way:", undone.conflicts.len()));
        for row in undone.conflicts.iter().take(50) {
            lines.push(format!("  {} {}: {}", row.table, row.id, row.what));
        }
    }
    format!("{}\n", lines.join("\n"))
}
