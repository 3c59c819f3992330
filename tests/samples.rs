//! The samples tell what is expected of each row; this reads that list and holds the plan to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use orgfold::commands::plan;
use orgfold::config::{self, Overrides};
use orgfold::extract::{Snapshot, Source, extract};
use orgfold::plan::Plan;
use orgfold::plan::sheet::Sheet;
use orgfold::progress::Progress;
use orgfold::transform::Decisions;

use crate::support::sheets::Text;

fn snapshot(path: &str) -> Snapshot {
    let source = Source::in_schema(path, "public");
    extract(&source, &Progress::Silent).expect("the sample is readable")
}

fn planned(path: &str, decisions: &Decisions) -> Plan {
    let config = config::load(None, &Overrides::default()).expect("the defaults are valid");
    plan(&snapshot(path), &config, decisions).expect("the decisions do not contradict each other")
}

fn decisions(path: &str) -> Decisions {
    let bytes = std::fs::read(path).expect("the file is there");
    Decisions::read(&[(path.into(), bytes)]).expect("the decisions are readable")
}

/// A row of a table, by column.
type Row = BTreeMap<String, String>;

/// The tables of a README: for each heading the rows, as maps from column to cell.
fn tables(path: &str) -> BTreeMap<String, Vec<Row>> {
    let text = std::fs::read_to_string(Path::new(path).join("README.md")).expect("has a README");
    let mut tables: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    let mut heading = String::new();
    let mut header: Vec<String> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            name.clone_into(&mut heading);
            header.clear();
        } else if line.starts_with('|') {
            let inner = line.trim_start_matches('|').trim_end().trim_end_matches('|');
            let cells: Vec<String> = inner.split('|').map(|cell| cell.trim().to_owned()).collect();
            if header.is_empty() {
                header = cells;
            } else if !cells[0].starts_with("--") {
                let row = header.iter().cloned().zip(cells).collect();
                tables.entry(heading.clone()).or_default().push(row);
            }
        }
    }
    tables
}

/// What a plan says, looked up by id.
struct Seen {
    findings: BTreeMap<(String, String), BTreeSet<String>>,
    contact_organization: BTreeMap<String, String>,
    project_organization: BTreeMap<String, String>,
    points: BTreeSet<String>,
    actions: BTreeMap<String, (String, usize)>,
    asked: BTreeSet<String>,
}

fn seen(plan: &Plan, path: &str) -> Seen {
    let sheet = |sheet| Text::of(&plan.draft, sheet);
    let text = |cell: Option<&str>| cell.unwrap_or_default().to_owned();
    let mut findings: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for row in sheet(Sheet::Findings).by_name() {
        let key = (text(row["table"]), text(row["id"]));
        findings.entry(key).or_default().insert(text(row["code"]));
    }
    // Where a contact is after the plan: what it changes, else what stands in the sample.
    let snapshot = snapshot(path);
    let records = orgfold::transform::Records::new(&snapshot);
    let mut contact_organization = BTreeMap::new();
    for contact in &records.contacts {
        if contact.owner.is_some()
            && let Some(at) = contact.organization
        {
            contact_organization.insert(contact.id.to_string(), at.to_string());
        }
    }
    for row in sheet(Sheet::Contacts).by_name() {
        contact_organization.insert(text(row["id"]), text(row["organization_id_after"]));
    }
    let mut project_organization = BTreeMap::new();
    for project in &records.projects {
        if let Some(at) = project.customer_organization {
            project_organization.insert(project.id.to_string(), at.to_string());
        }
    }
    for row in sheet(Sheet::Projects).by_name() {
        project_organization.insert(text(row["id"]), text(row["customer_organization_id_after"]));
    }
    let mut actions = BTreeMap::new();
    for row in sheet(Sheet::Organizations).by_name() {
        let members = text(row["members"]).parse().expect("a count");
        actions.insert(text(row["id"]), (text(row["action"]), members));
    }
    let mut asked = BTreeSet::new();
    for row in sheet(Sheet::Review).by_name() {
        asked.extend([text(row["organization_a"]), text(row["organization_b"])]);
    }
    let points = sheet(Sheet::ContactPoints);
    let points = points.by_name().map(|row| text(row["project_id"])).collect();
    Seen { findings, contact_organization, project_organization, points, actions, asked }
}

/// Everything that one column of the README expects, against what the plan says.
struct Check<'a> {
    seen: &'a Seen,
    column: &'a str,
    /// Organization of each key, as first met.
    keys: BTreeMap<String, String>,
    wrong: Vec<String>,
}

impl Check<'_> {
    fn fail(&mut self, row: &Row, problem: &str) {
        let id = row.get("id").or_else(|| row.get("key")).cloned().unwrap_or_default();
        let (expected, purpose) = (&row[self.column], row.get("purpose"));
        self.wrong.push(format!("{id}: expected `{expected}`: {problem} ({purpose:?})"));
    }

    /// Same key, same organization; other key, other one.
    fn key(&mut self, row: &Row, key: &str, organization: Option<&String>) {
        let Some(organization) = organization else { return self.fail(row, "is nowhere") };
        match self.keys.get(key) {
            Some(known) if known == organization => {}
            Some(known) => {
                let problem = format!("is in {organization}, its company in {known}");
                self.fail(row, &problem);
            }
            None => {
                let other = self.keys.iter().find(|(_, known)| *known == organization);
                if let Some((other, _)) = other {
                    let problem = format!("is in one organization with `{other}`");
                    self.fail(row, &problem);
                }
                self.keys.insert(key.to_owned(), organization.clone());
            }
        }
    }

    /// Exactly the findings that are named, of the table's codes.
    fn findings(&mut self, table: &str, row: &Row, expected: &BTreeSet<String>) {
        let found = self.seen.findings.get(&(table.to_owned(), row["id"].clone()));
        let found = found.cloned().unwrap_or_default();
        if found != *expected {
            self.fail(row, &format!("found {found:?}"));
        }
    }

    /// Contacts: where each is, and whether it is asked about.
    fn contacts(&mut self, rows: &[Row]) {
        for row in rows {
            let (words, notes, asked) = parse(&row[self.column]);
            self.findings("contacts", row, &notes);
            let organization = self.seen.contact_organization.get(&row["id"]);
            if words[0] == "mapped" {
                self.key(row, &words[1], organization);
                if asked && !organization.is_some_and(|id| self.seen.asked.contains(id)) {
                    self.fail(row, "no question names its organization");
                }
            }
        }
    }

    /// Organizations that exist: what happens to each.
    fn organizations(&mut self, rows: &[Row]) {
        for row in rows {
            let (words, notes, _) = parse(&row[self.column]);
            self.findings("organizations", row, &notes);
            let action = self.seen.actions.get(&row["id"]).map(|(action, _)| action.as_str());
            match words.last().map(String::as_str) {
                Some("untouched" | "tenant") if action.is_some() => {
                    self.fail(row, &format!("its action is {action:?}"));
                }
                Some(expected @ ("adopt" | "keep")) => {
                    if action != Some(expected) {
                        self.fail(row, &format!("its action is {action:?}"));
                    }
                    self.key(row, &words[0], Some(&row["id"]));
                }
                _ => {}
            }
        }
    }

    /// Projects: link and contact point.
    fn projects(&mut self, rows: &[Row]) {
        for row in rows {
            let (words, notes, _) = parse(&row[self.column]);
            self.findings("projects", row, &notes);
            let link = self.seen.project_organization.get(&row["id"]);
            match (words[0].as_str(), words[1].as_str()) {
                ("linked", key) => self.key(row, key, link),
                ("kept", "linked") if !matches!(words[2].as_str(), "lac-hong" | "nowhere") => {
                    self.key(row, &words[2], link);
                }
                ("kept", "linked") => {}
                _ if link.is_some() => self.fail(row, "it is linked"),
                _ => {}
            }
            let point = !row[self.column].ends_with("no point");
            if self.seen.points.contains(&row["id"]) != point {
                self.fail(row, "contact point");
            }
        }
    }

    /// Customer organizations: action and members of each key.
    fn customers(&mut self, rows: &[Row]) {
        let members = if self.column == "expected" { "members" } else { "members with decisions" };
        for row in rows {
            let (words, notes, _) = parse(&row[self.column]);
            if words[0] == "none" {
                continue;
            }
            let Some(id) = self.keys.get(&row["key"]).cloned() else {
                self.fail(row, "no row has this key");
                continue;
            };
            let expected = (words[0].clone(), row[members].parse().expect("a count"));
            if self.seen.actions.get(&id) != Some(&expected) {
                self.fail(row, &format!("is {:?}", self.seen.actions.get(&id)));
            }
            let found = self.seen.findings.get(&("organizations".to_owned(), id)).cloned();
            if words[0] == "insert" && found.clone().unwrap_or_default() != notes {
                self.fail(row, &format!("found {found:?}"));
            }
        }
    }
}

/// `mapped kitano-a + stale_client_link ?` → words, further findings, whether it is asked about.
fn parse(expected: &str) -> (Vec<String>, BTreeSet<String>, bool) {
    let (rest, asked) = match expected.strip_suffix(" ?") {
        Some(rest) => (rest, true),
        None => (expected, false),
    };
    let mut parts = rest.split(" + ");
    let mut words: Vec<String> =
        parts.next().unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    let mut notes = BTreeSet::new();
    for part in parts {
        let mut inner = part.split_whitespace().map(str::to_owned);
        notes.extend(inner.next());
        words.extend(inner);
    }
    if words.first().is_some_and(|word| word == "finding") {
        notes.insert(words[1].clone());
    }
    (words, notes, asked)
}

#[track_caller]
fn check(path: &str, column: &str, decisions: &Decisions) {
    let planned = planned(path, decisions);
    let seen = seen(&planned, path);
    let tables = tables(path);
    let mut check = Check { seen: &seen, column, keys: BTreeMap::new(), wrong: Vec::new() };
    check.contacts(&tables["Contacts"]);
    check.organizations(&tables["Organizations"]);
    check.projects(&tables["Projects"]);
    for row in &tables["Contact points"] {
        let (_, notes, _) = parse(&row[column]);
        check.findings("project_contact_points", row, &notes);
    }
    for row in &tables["Users"] {
        let (words, notes, _) = parse(&row[column]);
        if words[0] == "finding" {
            check.findings("users", row, &notes);
        }
    }
    check.customers(&tables["Customer organizations"]);
    if column != "expected" {
        let found: BTreeSet<&String> = seen
            .findings
            .iter()
            .filter(|((table, _), _)| table == "decisions")
            .flat_map(|(_, codes)| codes)
            .collect();
        let expected: Vec<String> = tables["Decisions"]
            .iter()
            .filter_map(|row| row["expected"].strip_prefix("finding ").map(str::to_owned))
            .collect();
        assert_eq!(found, expected.iter().collect(), "findings about decisions");
    }
    assert!(check.wrong.is_empty(), "{} rows:\n{}", check.wrong.len(), check.wrong.join("\n"));
    assert!(check.keys.len() > 40, "the list was read");
}

#[test]
fn every_row_of_two_tenants_ends_as_its_readme_says() {
    check("samples/two-tenants", "expected", &Decisions::default());
}

#[test]
fn every_row_of_two_tenants_ends_as_its_readme_says_with_decisions() {
    let decisions = decisions("samples/two-tenants/decisions.csv");
    check("samples/two-tenants", "expected with decisions", &decisions);
}

#[test]
fn csv_copy_and_insert_dumps_of_a_sample_give_one_plan() {
    for sample in ["samples/factory-pulse", "samples/two-tenants"] {
        let id = |path: &str| planned(path, &Decisions::default()).id;
        let csv = id(sample);
        assert_eq!(csv, id(&format!("{sample}/dump-copy.sql")), "{sample}");
        assert_eq!(csv, id(&format!("{sample}/dump-insert.sql")), "{sample}");
    }
}
