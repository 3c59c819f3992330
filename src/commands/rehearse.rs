//! `orgfold rehearse`: proof by rehearsal, on a throw-away local server.
//!
//! Restores the source that the plan was made from, looks (preflight), applies, verifies, rolls
//! back with the schema, and compares every row and the catalog with before. Needs no approval and
//! touches no database of anybody's.

use std::path::{Path, PathBuf};
use std::time::Instant;

use tokio_postgres::Client;

use super::database::{block_on, load_options, stored};
use super::plan::source_facts;
use super::{DONE, print};
use crate::cli::{self, Format};
use crate::config::{self, Config, Overrides};
use crate::error::{Error, Exit};
use crate::extract::{Reading, Source, extract, is_dump};
use crate::load::apply::{Loaded, Options, Outcome, Prepared, as_planned, prepare};
use crate::load::catalog::Catalog;
use crate::load::picture::{Compare, Picture};
use crate::load::restore::{self, Beyond, has_schema, reference_schema, restore_csv, restore_dump};
use crate::load::rollback::{Wanted, rollback};
use crate::load::server::Server;
use crate::load::transaction::Triggers;
use crate::load::{self, Refusal, receipt, verify};
use crate::plan::archive::Stored;
use crate::progress::Progress;

/// What a rehearsal found out.
struct Rehearsed {
    server: String,
    schema: String,
    tolerated: Vec<String>,
    warnings: usize,
    loaded: Loaded,
    /// What is not as it was after the rollback, where triggers fired.
    by_triggers: Vec<String>,
    times: Vec<(&'static str, u128)>,
}

pub(super) fn run(options: &cli::Rehearse, progress: Progress) -> Result<Exit, Error> {
    let (schema, schema_file) = schema(options);
    let overrides = Overrides { schema, ..Overrides::default() };
    let config = config::load(options.config.as_deref(), &overrides)?;
    let plan = stored(&options.plan)?;
    refuse_other_source(&plan, &options.source, &config, progress)?;
    let from = From { source: &options.source, schema_file: schema_file.as_deref() };
    let rehearsed = block_on(rehearse(&plan, from, &config, progress))?;
    let times: serde_json::Map<String, serde_json::Value> = rehearsed
        .times
        .iter()
        .map(|(name, time)| ((*name).to_owned(), serde_json::json!(time)))
        .collect();
    let object = serde_json::json!({
        "kind": "rehearsal",
        "plan_id": plan.manifest.plan_id,
        "server_version": rehearsed.server,
        "schema": rehearsed.schema,
        "tolerated": rehearsed.tolerated,
        "warnings": rehearsed.warnings,
        "loaded": rehearsed.loaded,
        "undone": if rehearsed.by_triggers.is_empty() { "equal" } else { "but for what triggers wrote" },
        "written_by_triggers": rehearsed.by_triggers,
        "milliseconds": times,
    });
    let bytes = format!("{object:#}\n").into_bytes();
    let path = receipt::write(&plan.directory, "rehearsal", "json", &bytes)?;
    let seen = rehearsed.loaded.visibility.csv();
    receipt::write(&plan.directory, "visibility", "csv", &seen)?;
    match options.format {
        Format::Json => print(&format!("{object}\n")),
        Format::Text => print(&describe(&plan, &rehearsed, &path)),
    }
    DONE
}

/// What is restored.
#[derive(Clone, Copy)]
struct From<'a> {
    source: &'a Path,
    /// The schema for a source that has none.
    schema_file: Option<&'a Path>,
}

/// The schema's name and file. Whoever names a file as `--schema` means that: no schema is called so.
fn schema(options: &cli::Rehearse) -> (Option<String>, Option<PathBuf>) {
    let is_file = |name: &String| Path::new(name).is_file();
    match (&options.schema, &options.schema_file) {
        (Some(file), None) if is_file(file) => (None, Some(PathBuf::from(file))),
        (name, file) => (name.clone(), file.clone()),
    }
}

/// Another source would prove nothing.
fn refuse_other_source(
    plan: &Stored,
    source: &Path,
    config: &Config,
    progress: Progress,
) -> Result<(), Error> {
    let source = Source {
        paths: vec![source.to_owned()],
        names: config.names.clone(),
        declared: config.declared,
        reading: Reading::default(),
    };
    let facts = source_facts(&extract(&source, &progress)?);
    if facts.fingerprint == plan.manifest.source.fingerprint {
        return Ok(());
    }
    let differs: Vec<&str> = facts
        .tables
        .iter()
        .filter(|(table, facts)| plan.manifest.source.tables.get(*table) != Some(facts))
        .map(|(table, _)| table.as_str())
        .collect();
    Err(load::Error::refused(
        Refusal::Stale,
        format!("the plan was made from another source: {} differ", differs.join(", ")),
        "name the source that the plan was made from, or plan again",
    )
    .into())
}

async fn rehearse(
    plan: &Stored,
    from: From<'_>,
    config: &Config,
    progress: Progress,
) -> Result<Rehearsed, Error> {
    let mut times = Vec::new();
    let mut clock = Instant::now();
    let mut lap = |name, times: &mut Vec<_>| {
        times.push((name, clock.elapsed().as_millis()));
        clock = Instant::now();
    };
    let server = Server::start(progress).await?;
    let target = server.create_database("rehearsal", None).await?;
    let restoring = target.connect().await.map_err(load::Error::from)?;
    lap("server", &mut times);
    let (schema, tolerated) = restore(&restoring, from, config, progress).await?;
    // The dump has set what it pleased on that connection: a search path of nothing, for one.
    drop(restoring);
    let mut client = target.connect().await.map_err(load::Error::from)?;
    // A dump of a database into which a plan was loaded has its ledger; what that says is no part of
    // this rehearsal, which undoes its own run only.
    let forgotten = client.batch_execute("drop schema if exists orgfold cascade").await;
    forgotten.map_err(load::Error::database("take the ledger of the source away"))?;
    lap("restore", &mut times);
    let mode = plan.manifest.mode;
    let step = progress.stage("taking a picture", 0);
    let before = Picture::take(&mut client, OURS).await?;
    step.end(before.size().0, "rows");
    let how = Options { strict: true, ..load_options(config, progress) };
    // A connection of its own, as an apply has.
    let loading = target.connect().await.map_err(load::Error::from)?;
    let ready = match prepare(&target, loading, plan, how).await? {
        Prepared::Ready(ready) => ready,
        Prepared::Already(run) => return Err(applied_already(&run)),
    };
    let warnings = ready.preflight.warnings();
    lap("look", &mut times);
    let loaded = match ready.apply(&serde_json::json!([]), std::future::pending()).await? {
        Outcome::Loaded(loaded) => loaded,
        Outcome::Already(run) => return Err(applied_already(&run)),
    };
    lap("apply", &mut times);
    let catalog = Catalog::read(&client, &config.names, config.declared).await?;
    let catalog = as_planned(catalog, plan);
    let step = progress.stage("validation checks", 0);
    let measured = verify::measure(&client, mode, &catalog).await?;
    step.end(measured.len(), "checks");
    load::apply::refuse_deviations(&measured, &plan.manifest.checks)?;
    lap("verify", &mut times);
    rollback(&mut client, Wanted::everything(&plan.manifest.plan_id), &how).await?.done()?;
    lap("rollback", &mut times);
    let step = progress.stage("comparing", 0);
    let after = Picture::take_like(&mut client, &before).await?;
    let differences = Picture::difference(&before, &after, Compare::DataAndCatalog);
    step.end(after.size().0, "rows");
    lap("compare", &mut times);
    // What the application's triggers write while they fire is theirs, and a rollback leaves it.
    if !differences.is_empty() && config.triggers != Triggers::Fire {
        let shown = differences.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n  ");
        return Err(load::Error::refused(
            Refusal::Invalid,
            format!(
                "after the rollback {} things differ from before:\n  {shown}",
                differences.len()
            ),
            "do not apply this plan; report what differs",
        )
        .into());
    }
    Ok(Rehearsed {
        server: server.version().to_owned(),
        schema,
        tolerated,
        warnings,
        loaded,
        by_triggers: differences,
        times,
    })
}

/// What is applied needs no rehearsal.
fn applied_already(run: &load::ledger::Run) -> Error {
    load::Error::refused(
        Refusal::Failed,
        format!("the restored source has the plan applied already, as run {}", run.id),
        "plan again from this source: what is applied needs no rehearsal",
    )
    .into()
}

/// Differences that are printed; the receipt has all.
const SHOWN: usize = 20;

/// Our own schema is outside the comparison.
const OURS: &[&str] = &["orgfold"];

/// Restores the source: into its own schema where it has one, else into the file that was named,
/// else into the built-in one. Says which, and what was passed over.
async fn restore(
    client: &Client,
    From { source, schema_file }: From<'_>,
    config: &Config,
    progress: Progress,
) -> Result<(String, Vec<String>), Error> {
    let (names, declared) = (&config.names, config.declared);
    let mut how = restore::Options { names, declared, beyond: Beyond::Report, progress };
    let is_dump = is_dump(source);
    let mut passed = Vec::new();
    let schema = if is_dump && has_schema(source, names)? {
        "the schema of the source".to_owned()
    } else if let Some(file) = schema_file {
        passed.extend(restore_dump(client, file, how).await?.tolerated);
        format!("the schema of {}", file.display())
    } else {
        reference_schema(client, names, declared).await?;
        how.beyond = Beyond::Add;
        "the built-in reference schema".to_owned()
    };
    let restored = if is_dump {
        restore_dump(client, source, how).await?
    } else {
        restore_csv(client, source, how).await?
    };
    passed.extend(restored.tolerated);
    Ok((schema, passed.iter().map(ToString::to_string).collect()))
}

fn describe(plan: &Stored, rehearsed: &Rehearsed, path: &Path) -> String {
    let mut lines = vec![format!(
        "plan {} rehearsed on PostgreSQL {} ({})",
        &plan.manifest.plan_id[..12],
        rehearsed.server,
        rehearsed.schema
    )];
    for (table, count) in &rehearsed.loaded.rows {
        lines.push(format!("  {count:>8} {table}"));
    }
    lines.push(format!(
        "checks: {} measured before the commit, each as forecast",
        rehearsed.loaded.checks.len()
    ));
    lines.extend(super::apply::seen(&rehearsed.loaded.visibility));
    let by_triggers = &rehearsed.by_triggers;
    lines.push(match by_triggers.len() {
        0 => "rollback verified: rows and catalog identical".to_owned(),
        count => format!(
            "undone: {count} things differ, since triggers fired (triggers = \"disable\" under [load] keeps them still)"
        ),
    });
    lines.extend(by_triggers.iter().take(SHOWN).map(|what| format!("  {what}")));
    for what in rehearsed.loaded.not_checked.iter().chain(&rehearsed.tolerated) {
        lines.push(format!("note: {what}"));
    }
    let times: Vec<String> =
        rehearsed.times.iter().map(|(name, time)| format!("{name} {time} ms")).collect();
    lines.push(times.join(", "));
    lines.push(format!("receipt: {}", path.display()));
    format!("{}\n", lines.join("\n"))
}
