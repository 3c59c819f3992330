//! `orgfold plan`: source, configuration and decisions in, a plan directory out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{diff, note, print, read_file};
use crate::cli::{self, FailOn, Format};
use crate::config::{self, Config, Overrides};
use crate::error::{Error, Exit};
use crate::extract::{Place, Problem, Reading, Snapshot, Source, extract};
use crate::finding::Severity;
use crate::ids::Fingerprint;
use crate::plan::archive::{Unfinished, Written};
use crate::plan::sheet::Sheet;
use crate::plan::{
    Draft, Facts, Files, Part, Parts, Plan, SourceFacts, TableFacts, draft, rendered, seal,
};
use crate::progress::Progress;
use crate::report;
use crate::schema::{Field, Table};
use crate::transform::record::Contact;
use crate::transform::{Decisions, Records, Tenancy, link, part, resolve};

pub(super) fn run(options: &cli::Plan, progress: Progress) -> Result<Exit, Error> {
    let overrides = Overrides {
        mode: options.mode,
        individuals: options.individuals,
        preset: options.preset,
        level: options.level,
        schema: options.schema.clone(),
        ..Overrides::default()
    };
    let config = config::load(options.config.as_deref(), &overrides)?;
    let decisions = read_decisions(config.decisions.iter().chain(&options.decisions))?;
    let source = Source {
        paths: options.source.clone(),
        names: config.names.clone(),
        declared: config.declared,
        reading: reading(&options.reading),
    };
    // A plan that cannot be read is told before anything is planned.
    let since = options.since.as_deref();
    let since = since.map(|plan| diff::side(plan, &options.out, config.declared)).transpose()?;
    let snapshot = extract(&source, &progress)?;
    note(snapshot.notes());
    refuse_without_customers(&snapshot, &source)?;
    let stage = progress.stage("fingerprints", 0);
    let mut facts = facts(&snapshot, &config, &decisions);
    let tenants = part_of(&snapshot, &options.tenant, &mut facts)?;
    stage.end(Table::ALL.map(|table| snapshot.rows(table)).iter().sum(), "rows");
    let draft = drafted(&snapshot, (&config, &decisions), tenants.as_ref(), progress)?;
    drop(snapshot);
    let unfinished = Unfinished::begin(&options.out)?;
    let mut files = Files::new();
    for sheet in Sheet::ALL {
        let stage = progress.stage(sheet.file(), 0);
        let written = unfinished.write(&draft, sheet)?;
        stage.end(written.rows, "rows");
        if Sheet::LOAD_BEARING.contains(&sheet) {
            files.insert(sheet.file().to_owned(), written);
        }
    }
    let plan = seal(draft, facts, files);
    let page = report::html(&plan);
    let written = unfinished.finish(&plan, &[("report.html", page.as_bytes())])?;
    let since = since.map(|before| {
        let after = diff::side(written.directory(), &options.out, config.declared)?;
        Ok::<_, Error>((before, after))
    });
    let since = since.transpose()?;
    let text = match options.format {
        Format::Text => {
            let since = since.as_ref().map(|(before, after)| diff::text(before, after));
            let since = since.map(|text| format!("\n{text}")).unwrap_or_default();
            report::summary(&plan, &written) + &since
        }
        Format::Json => {
            let since = since.as_ref().map(|(before, after)| diff::json(before, after));
            json(&plan, &written, since)
        }
    };
    print(&text);
    let over = options.fail_on.is_some_and(|threshold| {
        let threshold = match threshold {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Info => Severity::Info,
        };
        plan.draft.findings.iter().any(|found| found.code.severity() >= threshold)
    });
    Ok(if over { Exit::Findings } else { Exit::Done })
}

/// Types of contacts that an error lists; a column of more is none of types.
const TYPES: usize = 12;

/// Refuses a source whose contacts are all of other types: the plan would be empty.
fn refuse_without_customers(snapshot: &Snapshot, source: &Source) -> Result<(), Error> {
    let contacts = Records::new(snapshot).contacts;
    if contacts.is_empty() || contacts.iter().any(Contact::is_customer) {
        return Ok(());
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for contact in &contacts {
        *counts.entry(contact.kind).or_default() += 1;
    }
    let mut types: Vec<(usize, &str)> =
        counts.iter().map(|(kind, count)| (*count, *kind)).collect();
    types.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let types = if types.len() > TYPES {
        format!("{} different ones", types.len())
    } else {
        types.iter().map(|(count, kind)| format!("{kind} ({count})")).collect::<Vec<_>>().join(", ")
    };
    let names = &source.names;
    let place = Place::file(&source.paths[0])
        .table(names.table(Table::Contacts))
        .column(names.column(Table::Contacts, Field::TYPE));
    let problem = Problem::NoCustomers { contacts: contacts.len(), types };
    Err(crate::extract::Error::new(place, problem).into())
}

/// How a source is written, as it was said on the command line.
pub(super) fn reading(options: &cli::Reading) -> Reading {
    let cli::Reading { delimiter, encoding, dbname } = options.clone();
    Reading { delimiter, encoding, database: dbname }
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
pub fn plan(snapshot: &Snapshot, config: &Config, decisions: &Decisions) -> Result<Plan, Error> {
    let draft = drafted(snapshot, (config, decisions), None, Progress::Silent)?;
    let files = rendered(&draft);
    Ok(seal(draft, facts(snapshot, config, decisions), files))
}

/// Everything of a plan but its identity.
fn drafted(
    snapshot: &Snapshot,
    (config, decisions): (&Config, &Decisions),
    part: Option<&part::Tenants>,
    progress: Progress,
) -> Result<Draft, Error> {
    let rules = &config.rules;
    let stage = progress.stage("matching", 0);
    let records = Records::new(snapshot);
    let contacts = records.contacts.len();
    let mut findings = Vec::new();
    let tenancy = Tenancy::new(&records, &mut findings);
    let mut resolution = resolve(&records, &tenancy, rules, decisions)?;
    resolution.findings.append(&mut findings);
    stage.end(contacts, "contacts");
    let stage = progress.stage("linking", 0);
    let mut desired = link(&records, &tenancy, &resolution, rules);
    if let Some(tenants) = part {
        part::restrict(&records, &mut resolution, &mut desired, tenants);
    }
    stage.end(desired.organizations.len(), "organizations");
    let stage = progress.stage("drafting", 0);
    let draft = draft(Parts { snapshot, records, tenancy: &tenancy, resolution, desired, rules });
    stage.end(draft.frames.values().map(|rows| rows.frame.height()).sum(), "rows");
    Ok(draft)
}

/// What a plan is made from.
fn facts(snapshot: &Snapshot, config: &Config, decisions: &Decisions) -> Facts {
    Facts {
        mode: config.rules.mode,
        level: config.rules.level,
        source: SourceFacts {
            reshaped: config.names.mapping().reshaped(),
            ..source_facts(snapshot)
        },
        part: None,
        config: config.fingerprint,
        decisions: decisions.fingerprint(),
    }
}

/// The tenants whose rows alone are planned, `None` for all; what they have in the source becomes a part
/// of the facts.
fn part_of(
    snapshot: &Snapshot,
    names: &[String],
    facts: &mut Facts,
) -> Result<Option<part::Tenants>, Error> {
    if names.is_empty() {
        return Ok(None);
    }
    let records = Records::new(snapshot);
    let tenancy = Tenancy::new(&records, &mut Vec::new());
    let tenants = part::named(&records, &tenancy, names).map_err(|name| {
        let mut known: Vec<_> = tenancy.tenants().map(|tenant| records.called(tenant)).collect();
        known.sort();
        let known = match known.len() {
            0 => "the source has no tenants".to_owned(),
            count => format!("the source has {count}, first {}", known[..count.min(10)].join(", ")),
        };
        Error::Usage {
            problem: format!("`{name}` is no tenant; {known}"),
            help: "name a tenant by its slug or id, or plan all with no --tenant",
        }
    })?;
    let own = snapshot.part(&part::rows_of(&records, &tenants));
    let called =
        tenants.iter().map(|&tenant| (tenant.to_string(), records.called(tenant).into_owned()));
    facts.part = Some(Part { tenants: called.collect(), tables: source_facts(&own).tables });
    Ok(Some(tenants))
}

pub(super) fn source_facts(snapshot: &Snapshot) -> SourceFacts {
    let prints = snapshot.fingerprints();
    let mut all = String::new();
    let mut tables = BTreeMap::new();
    let mut columns = BTreeMap::new();
    for table in Table::ALL {
        let sha256 = prints[&table].to_string();
        all.extend([table.name(), " ", &sha256, "\n"]);
        let rows = snapshot.rows(table);
        tables.insert(table.name().to_owned(), TableFacts { rows, sha256 });
        if rows > 0 {
            columns.insert(table.name().to_owned(), columns_of(snapshot, table));
        }
    }
    SourceFacts {
        fingerprint: Fingerprint::of(all.as_bytes()).to_string(),
        tables,
        columns,
        users_known: snapshot.users_known(),
        reshaped: Vec::new(),
    }
}

/// The optional columns of a table that the source had, but those that the expand step may have
/// added and nobody has filled.
fn columns_of(snapshot: &Snapshot, table: Table) -> Vec<String> {
    let had = snapshot.optional(table).filter(|&field| {
        let column = snapshot.declared().column(table, field);
        let is_added = column.is_some_and(|column| column.expand.is_some());
        !is_added || snapshot.is_filled(table, field)
    });
    had.map(|field| field.name().to_owned()).collect()
}

/// The summary as one JSON object.
fn json(plan: &Plan, written: &Written, since: Option<serde_json::Value>) -> String {
    let dir = |path: &Path| path.display().to_string();
    let mut object = serde_json::json!({
        "plan_id": plan.manifest.plan_id,
        "dir": dir(written.directory()),
        "new": matches!(written, Written::New(_)),
        "empty": plan.manifest.is_empty(),
        "mode": plan.manifest.mode,
        "level": plan.manifest.level,
        "totals": plan.manifest.totals,
        "checks": plan.manifest.checks,
    });
    if let Some(since) = since {
        object["since"] = since;
    }
    format!("{object}\n")
}
