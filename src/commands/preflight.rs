//! `orgfold preflight` and `orgfold schema expand`: what would happen, read only.

use super::database::{block_on, configure, connect, stored, target};
use super::{DONE, print};
use crate::cli::{self, Format};
use crate::error::{Error, Exit};
use crate::load::catalog::Catalog;
use crate::load::expand::Ddl;
use crate::load::preflight::preflight;
use crate::load::receipt;

pub(super) fn run(options: &cli::Preflight) -> Result<Exit, Error> {
    let config = configure(&options.database)?;
    let target = target(&options.database)?;
    let plan = options.plan.as_deref().map(stored).transpose()?;
    let mode = plan.as_ref().map_or(config.rules.mode, |plan| plan.manifest.mode);
    let (look, ddl) = block_on(async {
        let client = connect(&target, &config).await?;
        let catalog = Catalog::read(&client, &config.names, config.declared).await?;
        let look = preflight(&client, &catalog, mode, plan.as_ref()).await?;
        Ok((look.connected_to(target.port()), Ddl::due(&catalog, mode)))
    })?;
    let object = serde_json::json!({
        "kind": "preflight",
        "plan_id": plan.as_ref().map(|plan| &plan.manifest.plan_id),
        "target": target.describe(),
        "ddl": ddl.hash(),
        "preflight": look,
    });
    if let Some(plan) = &plan {
        receipt::write(&plan.directory, "preflight", "json", format!("{object:#}\n").as_bytes())?;
        receipt::write(&plan.directory, "ddl", "sql", ddl.script().as_bytes())?;
    }
    match options.database.format {
        Format::Json => print(&format!("{object}\n")),
        Format::Text => {
            let due = ddl.expand.len() + ddl.constraints.len();
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

pub(super) fn expand(options: &cli::Preflight) -> Result<Exit, Error> {
    let config = configure(&options.database)?;
    let target = target(&options.database)?;
    let plan = options.plan.as_deref().map(stored).transpose()?;
    let mode = plan.as_ref().map_or(config.rules.mode, |plan| plan.manifest.mode);
    let ddl = block_on(async {
        let client = connect(&target, &config).await?;
        let catalog = Catalog::read(&client, &config.names, config.declared).await?;
        Ok(Ddl::due(&catalog, mode))
    })?;
    print(&ddl.script());
    DONE
}
