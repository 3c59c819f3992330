//! `orgfold plan`: source, configuration and decisions in, a plan directory out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{print, read_file};
use crate::cli::{self, FailOn, Format};
use crate::config::{self, Config, Overrides};
use crate::error::{Error, Exit};
use crate::extract::{Snapshot, Source, extract};
use crate::finding::Severity;
use crate::ids::Fingerprint;
use crate::plan::archive::{self, Written};
use crate::plan::{Facts, Parts, Plan, SourceFacts, TableFacts, draft, seal};
use crate::progress::Progress;
use crate::report;
use crate::schema::Table;
use crate::transform::{Decisions, Records, Resolution, Tenancy, link, resolve};

/// A plan, with the resolution it follows from.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Which names are one company.
    pub resolution: Resolution,
}

pub(super) fn run(options: &cli::Plan, progress: Progress) -> Result<Exit, Error> {
    let overrides = Overrides {
        mode: options.mode,
        individuals: options.individuals,
        preset: options.preset,
        schema: options.schema.clone(),
    };
    let config = config::load(options.config.as_deref(), &overrides)?;
    let decisions = read_decisions(config.decisions.iter().chain(&options.decisions))?;
    let source = Source {
        path: options.source.clone(),
        names: config.names.clone(),
        declared: config.declared,
    };
    let snapshot = extract(&source, &progress)?;
    let planned = plan(&snapshot, &config, &decisions)?;
    let page = report::html(&planned.plan);
    let pages = [("report.html", page.into_bytes())];
    let written = archive::write(&planned.plan, &pages, &options.out)?;
    let text = match options.format {
        Format::Text => report::summary(&planned.plan, &written),
        Format::Json => json(&planned.plan, &written),
    };
    print(&text);
    let over = options.fail_on.is_some_and(|threshold| {
        let threshold = match threshold {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Info => Severity::Info,
        };
        planned.plan.draft.findings.iter().any(|found| found.code.severity() >= threshold)
    });
    Ok(if over { Exit::Findings } else { Exit::Done })
}

/// Reads decision files.
fn read_decisions<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Result<Decisions, Error> {
    let files = paths
        .map(|path| Ok((path.clone(), read_file(path)?)))
        .collect::<Result<Vec<_>, Error>>()?;
    Ok(Decisions::read(&files)?)
}

/// Plans a snapshot: the whole pipeline between reading and writing, pure.
///
/// # Errors
/// Decisions that contradict each other.
pub fn plan(snapshot: &Snapshot, config: &Config, decisions: &Decisions) -> Result<Planned, Error> {
    let rules = &config.rules;
    let records = Records::new(snapshot);
    let mut findings = Vec::new();
    let tenancy = Tenancy::new(&records, &mut findings);
    let mut resolution = resolve(&records, &tenancy, rules, decisions)?;
    resolution.findings.append(&mut findings);
    let desired = link(&records, &tenancy, &resolution, rules);
    let parts = Parts {
        records: &records,
        tenancy: &tenancy,
        resolution: &resolution,
        desired: &desired,
        rules,
    };
    let facts = Facts {
        mode: rules.mode,
        source: source_facts(snapshot),
        config: config.fingerprint,
        decisions: decisions.fingerprint(),
    };
    let plan = seal(draft(parts), facts);
    Ok(Planned { plan, resolution })
}

pub(super) fn source_facts(snapshot: &Snapshot) -> SourceFacts {
    let prints = snapshot.fingerprints();
    let mut all = String::new();
    let mut tables = BTreeMap::new();
    for table in Table::ALL {
        let sha256 = prints[&table].to_string();
        all.extend([table.name(), " ", &sha256, "\n"]);
        let facts = TableFacts { rows: snapshot.rows(table), sha256 };
        tables.insert(table.name().to_owned(), facts);
    }
    SourceFacts {
        fingerprint: Fingerprint::of(all.as_bytes()).to_string(),
        tables,
        users_known: snapshot.users_known(),
    }
}

/// The summary as one JSON object.
fn json(plan: &Plan, written: &Written) -> String {
    let dir = |path: &Path| path.display().to_string();
    let object = serde_json::json!({
        "plan_id": plan.manifest.plan_id,
        "dir": dir(written.directory()),
        "new": matches!(written, Written::New(_)),
        "empty": plan.draft.is_empty(),
        "mode": plan.manifest.mode,
        "totals": plan.manifest.totals,
        "checks": plan.manifest.checks,
    });
    format!("{object}\n")
}
