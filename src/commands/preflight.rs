//! `orgfold preflight` and `orgfold schema expand`: what would happen, read only.

use super::database::{block_on, configure, connect, load_options, stored, target};
use super::{DONE, print};
use crate::cli::{self, Format};
use crate::error::{Error, Exit};
use crate::load::apply::{Options, try_rows};
use crate::load::approval::Place;
use crate::load::catalog::Catalog;
use crate::load::expand::Ddl;
use crate::load::expand::undo::{Which, take_back};
use crate::load::preflight::{Level, Planned, preflight};
use crate::load::receipt;
use crate::load::script::Seen;
use crate::progress::Progress;

pub(super) fn run(options: &cli::Preflight, progress: Progress) -> Result<Exit, Error> {
    let config = configure(&options.database)?;
    let target = target(&options.database)?;
    let plan = options.plan.as_deref().map(stored).transpose()?;
    let mode = plan.as_ref().map_or(config.rules.mode, |plan| plan.manifest.mode);
    let how = load_options(&config, progress);
    let (look, ddl, (place, seen)) = block_on(async {
        let mut client = connect(&target, &config).await?;
        let catalog = Catalog::read(&client, &config.names, config.declared).await?;
        let planned = plan.as_ref().map(|plan| Planned::of(plan, &catalog)).transpose()?;
        let strategy = options.strategy.map_or(config.strategy, Into::into);
        let how = Options { strategy, ..how };
        let intent = how.intent(mode, planned.as_ref());
        let mut look = preflight(&client, &catalog, intent).await?;
        if let Some(plan) = &plan
            && look.of(Level::Refused).next().is_none()
        {
            look = look.with(try_rows(&mut client, plan, &how).await?);
        }
        let place = Place::of(&client, config.names.schema()).await?;
        let seen = Seen::of(&client, &catalog, mode).await?;
        Ok((look.connected_to(target.port()), Ddl::due(&catalog, how.shape(mode)), (place, seen)))
    })?;
    let object = serde_json::json!({
        "kind": "preflight",
        "plan_id": plan.as_ref().map(|plan| &plan.manifest.plan_id),
        "target": target.describe(),
        "place": place,
        "ddl": ddl.hash(),
        "statements": ddl.statements().map(|due| due.adds.apply()).collect::<Vec<_>>(),
        "preflight": look,
    });
    if let Some(plan) = &plan {
        let mut kept = object.clone();
        kept["seen"] = serde_json::to_value(&seen).expect("names and types are plain data");
        receipt::write(&plan.directory, "preflight", "json", format!("{kept:#}\n").as_bytes())?;
        receipt::write(&plan.directory, "ddl", "sql", ddl.script().as_bytes())?;
    }
    match options.database.format {
        Format::Json => print(&format!("{object}\n")),
        Format::Text => {
            let due = ddl.statements().count();
            print(&format!(
                "{}\n{look}\n{due} statements of DDL are due, {}\n",
                target.describe(),
                ddl.hash()
            ));
        }
    }
    look.refuse()?;
    DONE
}

pub(super) fn expand(options: &cli::Expand, progress: Progress) -> Result<Exit, Error> {
    if options.undo {
        return undo(&options.of.database, progress);
    }
    let options = &options.of;
    let config = configure(&options.database)?;
    let target = target(&options.database)?;
    let plan = options.plan.as_deref().map(stored).transpose()?;
    let mode = plan.as_ref().map_or(config.rules.mode, |plan| plan.manifest.mode);
    let ddl = block_on(async {
        let client = connect(&target, &config).await?;
        let catalog = Catalog::read(&client, &config.names, config.declared).await?;
        Ok(Ddl::due(&catalog, load_options(&config, progress).shape(mode)))
    })?;
    print(&ddl.script());
    DONE
}

/// Takes back what loads have added and nothing needs.
fn undo(database: &cli::Database, progress: Progress) -> Result<Exit, Error> {
    let config = configure(database)?;
    let target = target(database)?;
    let how = load_options(&config, progress);
    let gone = block_on(async {
        let mut client = connect(&target, &config).await?;
        Ok(take_back(&mut client, &how, Which::All, config.waits).await?)
    })?;
    match database.format {
        Format::Json => {
            let object = serde_json::json!({ "target": target.describe(), "undone": gone });
            print(&format!("{object}\n"));
        }
        Format::Text if gone.is_empty() => {
            print(&format!("{}\nnothing was added that could be taken back\n", target.describe()));
        }
        Format::Text => {
            print(&format!("{}\ntaken back: {}\n", target.describe(), gone.join(", ")));
        }
    }
    DONE
}
