//! `orgfold journal purge` and `orgfold uninstall`: what stays of loads once they are over.

use super::database::{Answer, ask, block_on, configure, connect, load_options, target};
use super::{DONE, print};
use crate::cli::{self, Format};
use crate::error::{Error, Exit};
use crate::load::journal::{Intent, Purged, purge, uninstall};
use crate::load::ledger::{self, Run};
use crate::progress::Progress;

pub(super) fn run(options: &cli::Purge, progress: Progress) -> Result<Exit, Error> {
    let config = configure(&options.database)?;
    let target = target(&options.database)?;
    let (days, how) = (options.older_than, load_options(&config, progress));
    block_on(async {
        let mut client = connect(&target, &config).await?;
        if !options.yes {
            let due = purge(&mut client, days, &how, Intent::Look).await?;
            say(&target.describe(), &due, "would be emptied", options.database.format);
            match due.runs.len() {
                0 => return DONE,
                _ => match ask("Empty the journal of these runs?").await {
                    Answer::Yes => {}
                    Answer::No => return DONE,
                    Answer::Nobody => return Ok(Exit::Usage),
                },
            }
        }
        let purged = purge(&mut client, days, &how, Intent::Do).await?;
        say(&target.describe(), &purged, "is emptied", options.database.format);
        DONE
    })
}

/// Which runs, and how many images.
fn say(target: &str, purged: &Purged, verb: &str, format: Format) {
    if format == Format::Json {
        print(&format!("{}\n", serde_json::to_string(purged).expect("plain data")));
        return;
    }
    let mut lines = vec![target.to_owned(), format!("the journal {verb} of:")];
    lines.extend(purged.runs.iter().map(|run| format!("  {}", short(run))));
    if purged.runs.is_empty() {
        lines.push("  no run".to_owned());
    }
    for (table, count) in &purged.rows {
        lines.push(format!("  {count:>8} images of {table}"));
    }
    print(&format!("{}\n", lines.join("\n")));
}

fn short(run: &Run) -> String {
    let state = run.state.replace('_', " ");
    format!("run {} plan {} ({state}, applied {})", run.id, &run.plan_id[..12], run.applied_at)
}

pub(super) fn remove(options: &cli::Uninstall) -> Result<Exit, Error> {
    let config = configure(&options.database)?;
    let target = target(&options.database)?;
    block_on(async {
        let mut client = connect(&target, &config).await?;
        if !ledger::exists(&client).await? {
            print(&format!("{}\nthere is no schema orgfold; nothing to do\n", target.describe()));
            return DONE;
        }
        let runs = ledger::runs(&client, "").await?;
        let standing: Vec<&Run> = runs.iter().filter(|run| run.state != "rolled_back").collect();
        if options.database.format == Format::Text {
            let mut lines = vec![target.describe()];
            lines.push(
                "the schema orgfold goes; what loads added to other schemas stays".to_owned(),
            );
            lines.extend(
                standing
                    .iter()
                    .map(|run| format!("  {}: can be rolled back no longer", short(run))),
            );
            print(&format!("{}\n", lines.join("\n")));
        }
        if !options.yes {
            match ask("Take the schema orgfold away?").await {
                Answer::Yes => {}
                Answer::No => return DONE,
                Answer::Nobody => return Ok(Exit::Usage),
            }
        }
        uninstall(&mut client, config.waits).await?;
        let object = serde_json::json!({ "target": target.describe(), "uninstalled": true });
        match options.database.format {
            Format::Json => print(&format!("{object}\n")),
            Format::Text => print("the schema orgfold is gone\n"),
        }
        DONE
    })
}
