//! `orgfold rollback`: says what it would restore, then asks, then does it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use tokio_postgres::Client;

use super::database::{
    Answer, ask, block_on_change, configure, connect, connect_again, load_options, target,
};
use super::{DONE, print};
use crate::cli::{self, Format};
use crate::connect::Target;
use crate::dialect;
use crate::error::{Error, Exit};
use crate::load::apply::Options;
use crate::load::expand::undo::{Which, take_back};
use crate::load::rollback::{
    Additions, Conflict, Edited, Outcome, Undone, Wanted, heard, look, rollback,
};
use crate::load::{self, Refusal, ledger, receipt};
use crate::plan::archive::MANIFEST;
use crate::progress::Progress;

/// Rows in the way that are printed; all are in the file.
const SHOWN: usize = 50;

pub(super) fn run(options: &cli::Rollback, progress: Progress) -> Result<Exit, Error> {
    let config = configure(&options.database)?;
    let target = target(&options.database)?;
    let how = load_options(&config, progress);
    block_on_change((&target, &config, &options.plan), async {
        let mut client = connect(&target, &config).await?;
        let plan = full_id(&client, &options.plan).await?;
        let wanted = Wanted {
            plan: &plan,
            additions: if options.drop_schema_changes { Additions::Undo } else { Additions::Keep },
            edited: if options.keep_edited { Edited::Keep } else { Edited::Refuse },
            only: options.only.as_deref(),
        };
        let report = Report { options, target: &target, plan: &plan };
        if let Some(run) = ledger::rolled_back(&client, &plan, config.names.schema()).await? {
            let Some(gone) = report.later(&mut client, &how).await? else {
                return report.nothing(Ok(Exit::Usage));
            };
            return report.already(&run, &gone);
        }
        if !options.yes {
            let looked = look(&mut client, wanted, &how).await?;
            report.looked(&looked)?;
            if options.look {
                return DONE;
            }
            match ask("Roll back?").await {
                Answer::Yes => {}
                Answer::No => return report.nothing(DONE),
                Answer::Nobody => return report.nothing(Ok(Exit::Usage)),
            }
        }
        report.carry_out(&mut client, wanted, &how).await
    })
}

/// The members of a JSON object.
fn object(value: serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
    match value {
        serde_json::Value::Object(members) => members,
        _ => serde_json::Map::new(),
    }
}

/// What is said of a rollback, and where it is written.
struct Report<'a> {
    options: &'a cli::Rollback,
    target: &'a Target,
    plan: &'a str,
}

impl Report<'_> {
    /// The directory of the plan, or one beside where it would be.
    fn folder(&self) -> PathBuf {
        let plan = self.options.out.join(&self.plan[..12]);
        if plan.join(MANIFEST).is_file() {
            return plan;
        }
        self.options.out.join(format!("rollback-{}", &self.plan[..12]))
    }

    fn facts(&self, wanted: &Wanted<'_>) -> serde_json::Map<String, serde_json::Value> {
        object(serde_json::json!({
            "plan_id": self.plan,
            "target": self.target.describe(),
            "schema": wanted.additions,
            "edited": wanted.edited,
            "only": wanted.only,
        }))
    }

    /// Prints what would be done, and writes which rows stand in the way with their values.
    fn looked(&self, looked: &Undone) -> Result<(), Error> {
        let rows = self.write_rows(&looked.conflicts)?;
        match self.options.database.format {
            Format::Json => print(&format!("{}\n", as_json(looked))),
            Format::Text => {
                let mut lines = self.described(looked, "would restore or delete");
                lines.extend(rows.map(|path| format!("rows and values: {}", path.display())));
                print(&format!("{}\n", lines.join("\n")));
            }
        }
        Ok(())
    }

    /// Does it, and writes down how it ended.
    async fn carry_out(
        &self,
        client: &mut Client,
        wanted: Wanted<'_>,
        how: &Options<'_>,
    ) -> Result<Exit, Error> {
        let started = Instant::now();
        // The run stands, so whatever was begun before did not come to its end.
        receipt::complete_begun(&self.folder(), "rollback", "failed")?;
        let begun = receipt::begin(&self.folder(), "rollback", self.facts(&wanted))?;
        let path = begun.path().to_owned();
        let done = match rollback(client, wanted, how).await {
            Ok(Outcome::Done(undone)) => Ok(undone),
            Ok(Outcome::Unheard(undone)) => find_out(self.target, undone).await,
            Ok(Outcome::Refused(undone)) => {
                begun.complete("refused", object(serde_json::json!({ "undone": undone })))?;
                self.looked(&undone)?;
                return Err(undone.refusal().into());
            }
            Err(error) => Err(error),
        };
        match done {
            Ok(undone) => {
                let milliseconds = started.elapsed().as_millis();
                let more = serde_json::json!({ "milliseconds": milliseconds, "undone": undone });
                let completed = begun.complete("rolled back", object(more));
                // What is done is done, whether it can be written down or not.
                let note = completed.err().map(|_| "the receipt could not be completed");
                self.done(&undone, &path, note)
            }
            Err(error) => {
                // Of what nobody knows, the next rollback will.
                if !matches!(error, load::Error::Unknown { .. }) {
                    let why = serde_json::json!({ "error": error.to_string() });
                    // The error is what matters; the receipt says at least that it began.
                    let _ = begun.complete("failed", object(why));
                }
                Err(error.into())
            }
        }
    }

    /// What is taken from the schema where the rows went back before; `None` if it should be and
    /// nobody can be asked.
    async fn later(
        &self,
        client: &mut Client,
        how: &Options<'_>,
    ) -> Result<Option<Vec<String>>, Error> {
        if !self.options.drop_schema_changes || self.options.look {
            return Ok(Some(Vec::new()));
        }
        let answer = if self.options.yes {
            Answer::Yes
        } else {
            ask("Undo what loads added to the schema?").await
        };
        Ok(match answer {
            Answer::Yes => Some(take_back(client, how, Which::All, how.waits).await?),
            Answer::No => Some(Vec::new()),
            Answer::Nobody => None,
        })
    }

    /// The plan was rolled back before; what was not heard of it then is known now.
    fn already(&self, run: &ledger::Run, gone: &[String]) -> Result<Exit, Error> {
        receipt::complete_begun(&self.folder(), "rollback", "rolled back")?;
        let text = match self.options.database.format {
            Format::Json => {
                serde_json::json!({ "already_rolled_back": run, "catalog": gone }).to_string()
            }
            Format::Text => format!(
                "plan {} is rolled back already: run {} on {}; {}",
                &run.plan_id[..12],
                run.id,
                run.rolled_back_at.as_deref().unwrap_or("?"),
                match gone.len() {
                    0 => "nothing to do".to_owned(),
                    more => format!("{more} additions to the schema undone"),
                }
            ),
        };
        print(&format!("{text}\n"));
        DONE
    }

    fn nothing(&self, exit: Result<Exit, Error>) -> Result<Exit, Error> {
        if self.options.database.format == Format::Text {
            print("nothing was changed; --yes does it\n");
        }
        exit
    }

    fn done(&self, undone: &Undone, receipt: &Path, note: Option<&str>) -> Result<Exit, Error> {
        let rows = self.write_rows(&undone.conflicts)?;
        if self.options.database.format == Format::Json {
            print(&format!("{}\n", as_json(undone)));
            return DONE;
        }
        let mut lines = self.described(undone, "restored or deleted");
        lines.extend(undone.broken.iter().map(|name| {
            format!("constraint {name} is dropped: rows that were there before break it")
        }));
        lines.extend(undone.left.iter().map(|name| {
            format!(
                "index {name} was made for the rollback and could not be dropped again: drop it"
            )
        }));
        lines.push(format!(
            "{}; {} additions to the schema undone",
            if undone.is_partial() { "rolled back in part" } else { "rolled back" },
            undone.catalog.len()
        ));
        lines.extend(rows.map(|path| format!("rows and values: {}", path.display())));
        lines.push(format!("receipt: {}", receipt.display()));
        lines.extend(note.map(|note| format!("note: {note}")));
        print(&format!("{}\n", lines.join("\n")));
        DONE
    }

    /// Names and counts, never a value.
    fn described(&self, undone: &Undone, verb: &str) -> Vec<String> {
        let mut lines = vec![
            self.target.describe(),
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
        if let Some(tenant) = &undone.only {
            lines.push(format!("  {:>8} rows stay: not of `{tenant}`", undone.others));
        }
        if undone.conflicts.is_empty() {
            lines.push("no row was edited since".to_owned());
            return lines;
        }
        let what = match undone.edited {
            Edited::Refuse => "stand in the way",
            Edited::Keep => "are left as they are",
        };
        lines.push(format!("{} changes of rows since {what}:", undone.conflicts.len()));
        lines.extend(undone.conflicts.iter().take(SHOWN).map(|row| format!("  {row}")));
        if undone.conflicts.len() > SHOWN {
            lines.push(format!("  and {} more", undone.conflicts.len() - SHOWN));
        }
        lines
    }

    /// Writes the changes since, with what the run left and what is there now; `None` if there are
    /// none.
    fn write_rows(&self, conflicts: &[Conflict]) -> Result<Option<PathBuf>, Error> {
        if conflicts.is_empty() {
            return Ok(None);
        }
        let mut csv = csv::WriterBuilder::new().from_writer(Vec::new());
        let full = "a writer to memory takes everything";
        csv.write_record(["table", "id", "what", "column", "left", "now"]).expect(full);
        for conflict in conflicts {
            let cell = |text: Option<&str>| match text {
                Some(text) => dialect::escape(text).into_owned(),
                None => dialect::NULL.to_owned(),
            };
            csv.write_record(conflict.cells().map(cell)).expect(full);
        }
        let bytes = csv.into_inner().expect(full);
        let path = receipt::write(&self.folder(), "rollback-rows", "csv", &bytes)?;
        Ok(Some(path))
    }
}

fn as_json(undone: &Undone) -> String {
    serde_json::to_string(undone).expect("plain data")
}

/// What became of a rollback whose commit nobody heard the answer of.
async fn find_out(target: &Target, undone: Undone) -> Result<Undone, load::Error> {
    let unknown = |lost: load::Error| {
        let (target, source) = (target.describe(), Box::new(lost));
        load::Error::Unknown { target, source }
    };
    let again = connect_again(target).await.map_err(unknown)?;
    heard(&again, undone).await
}

/// The one plan whose id begins so.
async fn full_id(client: &Client, prefix: &str) -> Result<String, Error> {
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
