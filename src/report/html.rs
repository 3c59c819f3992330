//! One page on which a plan is reviewed: what changes, whether it adds up, what has to be decided.
//!
//! In: a [`Plan`]. Out: HTML with its style inside, no script, no outside asset; the head forbids
//! the browser to load any. Views hold ready strings, the template places and escapes them. Every
//! list is capped, and says so: the page of a million contacts stays under two megabytes.

mod finding;
mod organization;
mod question;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

use self::finding::{Group, findings};
use self::organization::{Organizations, organizations};
use self::question::{Questions, questions};
use self::text::{counted, number};
use super::template::{escape, fill};
use crate::plan::text_sheet::{Cell, Sheet};
use crate::plan::{Cause, Manifest, Plan, TableFacts, meaning};

const TEMPLATE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");

/// The page.
#[derive(Serialize)]
struct Page {
    id: String,
    short_id: String,
    is_empty: bool,
    headline: Vec<Fact>,
    mode: [&'static str; 2],
    todo: Vec<Todo>,
    account: Account,
    questions: Questions,
    findings: Vec<Group>,
    findings_count: String,
    organizations: Organizations,
    checks: Checks,
    diff: Vec<Change>,
    cells: String,
    identity: Identity,
}

/// A number of the headline.
#[derive(Serialize)]
struct Fact {
    number: String,
    label: &'static str,
    note: String,
}

/// What waits for a person, with a link to where it stands.
#[derive(Serialize)]
struct Todo {
    section: &'static str,
    text: String,
}

/// The account of rows: every row stands in one line.
#[derive(Serialize)]
struct Account {
    lines: Vec<Line>,
    sums: [String; 2],
    read: [String; 2],
    verdict: [&'static str; 2],
    changed: [String; 2],
}

#[derive(Serialize)]
struct Line {
    sign: &'static str,
    label: &'static str,
    counts: [String; 2],
    meaning: &'static str,
}

/// The validation pack.
#[derive(Serialize)]
struct Checks {
    offended: Vec<Check>,
    silent: Vec<Check>,
    silent_count: String,
}

#[derive(Serialize)]
struct Check {
    code: String,
    title: String,
    before: String,
    after: String,
    verdict: String,
    /// Names the style of the verdict.
    kind: &'static str,
}

/// Changed cells of one table and cause.
#[derive(Serialize)]
struct Change {
    table: String,
    cause: String,
    meaning: &'static str,
    rows: String,
    cells: String,
    columns: String,
}

/// What the plan was made from.
#[derive(Serialize)]
struct Identity {
    facts: Vec<Property>,
    tables: Vec<Content>,
    files: Vec<Content>,
}

#[derive(Serialize)]
struct Property {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Content {
    name: String,
    rows: String,
    sha256: String,
}

/// Bytes that a list may still take, so that no text of a row, however long, makes the page grow.
struct Room(usize);

impl Room {
    fn new(bytes: usize) -> Self {
        Self(bytes)
    }

    /// Takes the room for some texts and the markup around them; false if there is none left.
    fn take(&mut self, texts: &[&str], markup: usize) -> bool {
        let mut escaped = String::new();
        for text in texts {
            escape(text, &mut escaped);
        }
        let left = self.0.checked_sub(escaped.len() + markup);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// Where a column of a sheet stands.
fn column(sheet: &Sheet, name: &str) -> usize {
    sheet.columns.iter().position(|column| *column == name).expect("a column of this sheet")
}

/// A cell as text; NULL is empty.
fn cell(row: &[Cell], at: usize) -> &str {
    row[at].as_deref().unwrap_or_default()
}

/// The whole plan on one page.
pub fn html(plan: &Plan) -> String {
    let (manifest, draft) = (&plan.manifest, &plan.draft);
    let sheet = &draft.sheet("organizations.csv");
    let rows: BTreeMap<&str, &[Cell]> =
        sheet.rows.iter().map(|row| (cell(row, 0), row.as_slice())).collect();
    let changes = changes(draft.sheet("diff.csv"));
    let questions = questions(draft, &rows);
    let page = Page {
        id: plan.id.to_string(),
        short_id: plan.id.directory(),
        is_empty: draft.is_empty(),
        headline: headline(manifest, &changes),
        mode: meaning(manifest.mode),
        todo: todo(manifest),
        account: account(manifest),
        questions,
        findings: findings(&draft.findings, &rows),
        findings_count: number(draft.findings.len()),
        organizations: organizations(draft, &rows),
        checks: checks(manifest),
        cells: number(draft.sheet("diff.csv").rows.len()),
        diff: changes.iter().map(Changed::view).collect(),
        identity: identity(manifest),
    };
    fill(&TEMPLATE.replacen("{{style}}", STYLE, 1), &page)
}

/// A count of the manifest; what is not there is zero.
fn total(manifest: &Manifest, table: &str, name: &str) -> usize {
    manifest.totals.get(table).and_then(|counts| counts.get(name)).copied().unwrap_or(0)
}

fn headline(manifest: &Manifest, changes: &[Changed<'_>]) -> Vec<Fact> {
    let organization = |name| total(manifest, "organizations", name);
    let moved = changes.iter().filter(|changed| changed.cause == Cause::ContactMapped.name());
    let of = |table| format!("of {}", number(total(manifest, table, "rows")));
    let fact = |count, label, note| Fact { number: number(count), label, note };
    vec![
        fact(organization("insert"), "new organizations", String::new()),
        fact(organization("adopt"), "adopted", "exist already, get an owner".to_owned()),
        fact(organization("keep"), "kept", "unchanged".to_owned()),
        fact(moved.map(|changed| changed.rows).sum(), "contacts moved", of("contacts")),
        fact(total(manifest, "projects", "changed"), "projects linked", of("projects")),
        fact(
            total(manifest, "contact_points", "insert"),
            "contact points added",
            format!("to the {} there", number(total(manifest, "contact_points", "rows"))),
        ),
    ]
}

fn todo(manifest: &Manifest) -> Vec<Todo> {
    let rising = manifest.checks.iter().filter(|check| check.after > check.before).count();
    let waits = [
        ("questions", total(manifest, "plan", "questions"), "question", "to decide"),
        ("findings", total(manifest, "findings", "error"), "error", "in the source"),
        ("findings", total(manifest, "findings", "warning"), "warning", "to look at"),
        ("checks", rising, "check", "would count more rows than before"),
    ];
    waits
        .into_iter()
        .filter(|&(_, count, ..)| count > 0)
        .map(|(section, count, one, what)| Todo {
            section,
            text: format!("{} {what}", counted(count, one)),
        })
        .collect()
}

fn account(manifest: &Manifest) -> Account {
    const TABLES: [&str; 2] = ["contacts", "projects"];
    let lines = [
        (
            "",
            "mapped",
            "mapped",
            "the contact belongs to, or the project is linked to, an organization of this plan",
        ),
        (
            "+",
            "in review",
            "review",
            "the same, and a question about that organization is open: mapped apart until it is answered",
        ),
        (
            "+",
            "kept",
            "kept",
            "left alone with a reason: no customer, skipped, filed under the tenant itself, or linked already",
        ),
        ("+", "in findings", "findings", "a finding keeps the row from being mapped"),
    ];
    let of = |name: &str| TABLES.map(|table| total(manifest, table, name));
    let counts = lines.map(|(.., name, _)| of(name));
    let sums = [0, 1].map(|at: usize| counts.iter().map(|count| count[at]).sum::<usize>());
    let read = TABLES.map(|table| manifest.source.tables.get(table).map_or(0, |facts| facts.rows));
    let verdict = [0, 1]
        .map(|at: usize| if sums[at] == read[at] { "✓ adds up" } else { "✗ does not add up" });
    let lines = std::iter::zip(lines, counts).map(|((sign, label, _, meaning), counts)| Line {
        sign,
        label,
        counts: counts.map(number),
        meaning,
    });
    Account {
        lines: lines.collect(),
        sums: sums.map(number),
        read: read.map(number),
        verdict,
        changed: of("changed").map(number),
    }
}

/// Checks that count something, what gets worse first; and those that count nothing.
fn checks(manifest: &Manifest) -> Checks {
    let mut offended = Vec::new();
    let mut silent = Vec::new();
    for check in &manifest.checks {
        let (before, after) = (check.before, check.after);
        let (order, kind, verdict) = if after > before {
            (0, "worse", format!("▲ {} more", number(after - before)))
        } else if before == 0 {
            (4, "clean", "none".to_owned())
        } else if after == before {
            (1, "same", "＝ unchanged".to_owned())
        } else if after > 0 {
            (2, "better", format!("▼ {} fewer", number(before - after)))
        } else {
            (3, "gone", "✓ all gone".to_owned())
        };
        let view = Check {
            code: check.code.clone(),
            title: check.title.clone(),
            before: number(before),
            after: number(after),
            verdict,
            kind,
        };
        if order == 4 {
            silent.push(view);
        } else {
            offended.push((order, view));
        }
    }
    offended.sort_by_key(|(order, _)| *order);
    let offended = offended.into_iter().map(|(_, view)| view).collect();
    Checks { offended, silent_count: counted(silent.len(), "check"), silent }
}

/// Changed cells of one table and cause, counted.
struct Changed<'a> {
    table: &'a str,
    cause: &'a str,
    rows: usize,
    cells: usize,
    columns: BTreeMap<&'a str, usize>,
    last: &'a str,
}

impl Changed<'_> {
    fn view(&self) -> Change {
        let meaning = match Cause::ALL.into_iter().find(|cause| cause.name() == self.cause) {
            Some(Cause::OrganizationInserted) => "the organization is new",
            Some(Cause::OrganizationAdopted) => "it existed, and gets its owner",
            Some(Cause::ContactMapped) => "the contact belongs to this organization",
            Some(Cause::PrimaryChosen) => "it is the organization's primary contact",
            Some(Cause::PrimaryWithdrawn) => "another contact is the primary one",
            Some(Cause::ProjectLinked) => "its customer contact belongs to the organization",
            Some(Cause::ContactPointAdded) => "the customer contact becomes a contact point",
            None => "",
        };
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|(column, cells)| format!("{column}\u{a0}{}", number(*cells)))
            .collect();
        Change {
            table: self.table.to_owned(),
            cause: self.cause.to_owned(),
            meaning,
            rows: number(self.rows),
            cells: number(self.cells),
            columns: columns.join(", "),
        }
    }
}

/// Counts `diff.csv`, in the order in which tables and causes first stand there.
fn changes(sheet: &Sheet) -> Vec<Changed<'_>> {
    let [table, id, name, cause] = ["table", "id", "column", "cause"].map(|at| column(sheet, at));
    let mut found: Vec<Changed<'_>> = Vec::new();
    for row in &sheet.rows {
        let key = (cell(row, table), cell(row, cause));
        let at = found.iter().position(|changed| (changed.table, changed.cause) == key);
        let at = at.unwrap_or_else(|| {
            let (table, cause) = key;
            let columns = BTreeMap::new();
            found.push(Changed { table, cause, rows: 0, cells: 0, columns, last: "" });
            found.len() - 1
        });
        let changed = &mut found[at];
        changed.cells += 1;
        *changed.columns.entry(cell(row, name)).or_default() += 1;
        // The cells of a row stand together.
        if changed.last != cell(row, id) {
            changed.last = cell(row, id);
            changed.rows += 1;
        }
    }
    found
}

fn identity(manifest: &Manifest) -> Identity {
    let property = |name, value: &str| Property { name, value: value.to_owned() };
    let users = if manifest.source.users_known { "known" } else { "not in the source" };
    let facts = vec![
        property("plan", &manifest.plan_id),
        property("source", &manifest.source.fingerprint),
        property("config", &manifest.config),
        property("decisions", &manifest.decisions),
        property("mode", manifest.mode.name()),
        property("users", users),
        property("rules", &format!("version {}", manifest.rules)),
        property("format", &format!("version {}", manifest.format)),
    ];
    let contents = |facts: &BTreeMap<String, TableFacts>| {
        let content = |(name, facts): (&String, &TableFacts)| Content {
            name: name.clone(),
            rows: number(facts.rows),
            sha256: facts.sha256.clone(),
        };
        facts.iter().map(content).collect()
    };
    Identity { facts, tables: contents(&manifest.source.tables), files: contents(&manifest.files) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_rows_are_counted_once() {
        let text = |text: &str| Some(text.to_owned());
        let row = |id: &str, column: &str, cause: &str| {
            ["contacts", id, column, "", "", cause].map(text).to_vec()
        };
        let sheet = Sheet {
            name: "diff.csv",
            columns: crate::plan::text_sheet::DIFF,
            rows: vec![
                row("1", "organization_id", "contact_mapped"),
                row("1", "owner_organization_id", "contact_mapped"),
                row("1", "is_primary_contact", "primary_chosen"),
                row("2", "organization_id", "contact_mapped"),
            ],
        };
        let changes = changes(&sheet);
        let counts: Vec<_> = changes.iter().map(|c| (c.cause, c.rows, c.cells)).collect();
        assert_eq!(counts, [("contact_mapped", 2, 3), ("primary_chosen", 1, 1)]);
    }

    #[test]
    fn room_counts_what_escaping_adds() {
        let mut room = Room::new(10);
        assert!(room.take(&["ab"], 3));
        assert!(!room.take(&["<&"], 0));
        assert!(!room.take(&["a"], 0), "a list that was cut stays cut");
    }
}
