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
use super::summary::{level, meaning};
use super::template::{escape, fill};
use crate::plan::diff::Changed;
use crate::plan::{Cause, Manifest, Plan, TableFacts};
use crate::transform::matching::Level;

const TEMPLATE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");

/// The page.
#[derive(Serialize)]
struct Page {
    id: String,
    short_id: String,
    is_empty: bool,
    headline: Vec<Fact>,
    mode: Vec<String>,
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

/// Changes of one table and cause.
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

/// The whole plan on one page.
pub fn html(plan: &Plan) -> String {
    let (manifest, draft) = (&plan.manifest, &plan.draft);
    let page = Page {
        id: plan.id.to_string(),
        short_id: plan.id.directory(),
        is_empty: manifest.is_empty(),
        headline: headline(manifest, &draft.changes),
        mode: meaning(manifest.mode)
            .map(str::to_owned)
            .into_iter()
            .chain(level(manifest))
            .collect(),
        todo: todo(manifest),
        account: account(manifest),
        questions: questions(draft),
        findings: findings(draft),
        findings_count: number(draft.findings.len()),
        organizations: organizations(draft),
        checks: checks(manifest),
        cells: number(manifest.total("plan", "cells")),
        diff: draft.changes.iter().map(change).collect(),
        identity: identity(manifest),
    };
    fill(&TEMPLATE.replacen("{{style}}", STYLE, 1), &page)
}

fn headline(manifest: &Manifest, changes: &[Changed]) -> Vec<Fact> {
    let organization = |name| manifest.total("organizations", name);
    let moved = changes.iter().filter(|changed| changed.cause == Cause::ContactMapped);
    let of = |table| format!("of {}", number(manifest.total(table, "rows")));
    let fact = |count, label, note| Fact { number: number(count), label, note };
    vec![
        fact(organization("insert"), "new organizations", String::new()),
        fact(organization("adopt"), "adopted", "exist already, get an owner".to_owned()),
        fact(organization("keep"), "kept", "unchanged".to_owned()),
        fact(moved.map(|changed| changed.rows).sum(), "contacts moved", of("contacts")),
        fact(manifest.total("projects", "changed"), "projects linked", of("projects")),
        fact(
            manifest.total("contact_points", "insert"),
            "contact points added",
            format!("to the {} there", number(manifest.total("contact_points", "rows"))),
        ),
    ]
}

fn todo(manifest: &Manifest) -> Vec<Todo> {
    let rising = manifest.checks.iter().filter(|check| check.after > check.before).count();
    let waits = [
        ("questions", manifest.total("plan", "questions"), "question", "to decide"),
        ("findings", manifest.total("findings", "error"), "error", "in the source"),
        ("findings", manifest.total("findings", "warning"), "warning", "to look at"),
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
    let of = |name: &str| TABLES.map(|table| manifest.total(table, name));
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

fn change(changed: &Changed) -> Change {
    let meaning = match changed.cause {
        Cause::OrganizationInserted => "the organization is new",
        Cause::OrganizationAdopted => "it existed, and gets its owner",
        Cause::ContactMapped => "the contact belongs to this organization",
        Cause::PrimaryChosen => "it is the organization's primary contact",
        Cause::PrimaryWithdrawn => "another contact is the primary one",
        Cause::ProjectLinked => "its customer contact belongs to the organization",
        Cause::ContactPointAdded => "the customer contact becomes a contact point",
    };
    let columns = changed.columns.iter();
    let mut columns: Vec<String> =
        columns.map(|(column, cells)| format!("{column}\u{a0}{}", number(*cells))).collect();
    if columns.is_empty() {
        columns.push("whole rows".to_owned());
    }
    Change {
        table: changed.table.name().to_owned(),
        cause: changed.cause.name().to_owned(),
        meaning,
        rows: number(changed.rows),
        cells: number(changed.lines),
        columns: columns.join(", "),
    }
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
        property("level", manifest.level.map_or("-", Level::name)),
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
    fn room_counts_what_escaping_adds() {
        let mut room = Room::new(10);
        assert!(room.take(&["ab"], 3));
        assert!(!room.take(&["<&"], 0));
        assert!(!room.take(&["a"], 0), "a list that was cut stays cut");
    }
}
