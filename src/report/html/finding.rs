//! Findings by severity and code, with what a person can do.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Room;
use super::text::{counted, number, shown};
use crate::finding::{Code, Effect, Finding, Severity, Subject};
use crate::plan::Draft;
use crate::schema::Table;

/// Most findings of one code on the page, and most bytes of all.
const MOST: usize = 50;
const BYTES: usize = 250_000;

/// Findings of one severity.
#[derive(Serialize)]
pub(super) struct Group {
    title: &'static str,
    severity: &'static str,
    count: String,
    codes: Vec<Kind>,
}

/// Findings of one code.
#[derive(Serialize)]
struct Kind {
    code: &'static str,
    count: String,
    message: Vec<Prose>,
    remedy: Vec<Prose>,
    blocks: bool,
    rows: Vec<Row>,
    /// What the list is of, and how many are left out.
    summary: String,
    rest: Option<String>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    /// Name of the organization that the key names.
    name: Option<String>,
    column: &'static str,
    detail: String,
}

/// Words, or what stands between backticks.
#[derive(Serialize)]
struct Prose {
    text: &'static str,
    is_code: bool,
}

fn prose(text: &'static str) -> Vec<Prose> {
    let parts = text.split('`').enumerate();
    parts.map(|(at, text)| Prose { text, is_code: at % 2 == 1 }).collect()
}

/// Builds the section, errors first.
pub(super) fn findings(draft: &Draft) -> Vec<Group> {
    let mut by_code: BTreeMap<Code, Vec<&Finding>> = BTreeMap::new();
    for finding in &draft.findings {
        by_code.entry(finding.code).or_default().push(finding);
    }
    let severities =
        [("Errors", Severity::Error), ("Warnings", Severity::Warning), ("Notes", Severity::Info)];
    let mut room = Room::new(BYTES);
    let mut groups = Vec::new();
    for (title, severity) in severities {
        let codes = by_code.iter().filter(|(code, _)| code.severity() == severity);
        let count: usize = codes.clone().map(|(_, found)| found.len()).sum();
        if count > 0 {
            groups.push(Group {
                title,
                severity: severity.name(),
                count: number(count),
                codes: codes.map(|(code, found)| kind(*code, found, draft, &mut room)).collect(),
            });
        }
    }
    groups
}

/// The name of the customer organization that a key names.
fn name_of(key: &str, draft: &Draft) -> Option<String> {
    let organization = draft.organization(key.parse().ok()?)?;
    Some(shown(&organization.name))
}

fn kind(code: Code, found: &[&Finding], draft: &Draft, room: &mut Room) -> Kind {
    let mut rows = Vec::new();
    for finding in found.iter().take(MOST) {
        let row = Row {
            id: shown(&finding.id),
            name: name_of(&finding.id, draft),
            column: finding.column,
            detail: shown(&finding.detail),
        };
        if !room.take(&[&row.id, row.name.as_deref().unwrap_or_default(), &row.detail], 120) {
            break;
        }
        rows.push(row);
    }
    let left = found.len() - rows.len();
    let rest = (left > 0).then(|| format!("and {} more in findings.csv", number(left)));
    let one = match code.subject() {
        Subject::Row(Table::Organizations) => "organization",
        Subject::Row(Table::Contacts) => "contact",
        Subject::Row(Table::Projects) => "project",
        Subject::Row(Table::Users) => "user",
        Subject::Row(Table::ProjectContactPoints) => "contact point",
        Subject::Decision => "decision",
    };
    Kind {
        code: code.name(),
        count: number(found.len()),
        message: prose(code.message()),
        remedy: prose(code.remedy()),
        blocks: code.effect() == Effect::Blocks,
        rows,
        summary: counted(found.len(), one),
        rest,
    }
}
