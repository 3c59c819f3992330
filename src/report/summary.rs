//! The summary that `plan` prints.

use std::fmt::Write as _;

use crate::ids::Weight;
use crate::plan::archive::Written;
use crate::plan::sheet::Sheet;
use crate::plan::{Manifest, Plan};
use crate::schema::Mode;
use crate::transform::matching::{Level, Outlook, Start};

/// Lines that a spreadsheet holds, with the header.
const SPREADSHEET: usize = 1_048_576;

/// What a mode means, and what the other would mean.
pub(super) fn meaning(mode: Mode) -> [&'static str; 2] {
    match mode {
        Mode::Rehome => [
            "mode rehome: contacts.organization_id becomes the customer organization; the tenant moves to owner_organization_id, and policies that read the tenant key are rewritten with the load",
            "the other, link: organization_id stays the tenant, customer_organization_id is written, and nothing else of the application changes meaning",
        ],
        Mode::Link => [
            "mode link: contacts.organization_id stays the tenant; customer_organization_id is written, and nothing else of the application changes meaning",
            "the other, rehome: organization_id becomes the customer organization, and the tenant moves to owner_organization_id",
        ],
    }
}

/// What one company was taken to be, and what the other meaning would change.
pub(super) fn level(manifest: &Manifest) -> Option<String> {
    let level = manifest.level?;
    let [joins, parts] = ["joins", "parts"].map(|name| manifest.total("other_level", name));
    Some(level_text(level, Outlook { joins, parts }))
}

/// The same, for whoever has no plan.
pub fn level_text(level: Level, outlook: Outlook) -> String {
    let meaning = match level {
        Level::Company => "legal entities",
        Level::Group => "brands; legal forms, tax ids and countries do not part them",
    };
    let Outlook { joins, parts } = outlook;
    format!(
        "level {}: {meaning}; the other, {}, would join about {joins} more and part about {parts}",
        level.name(),
        level.other().name()
    )
}

/// What every pair of names started from, and why; of several lists the strictest and the mildest.
pub fn start_text(starts: &[Start]) -> Option<String> {
    let bits = |weight: Weight| format!("{:.1}", f64::from(weight.get()) / 1000.0);
    let each = || starts.iter().map(|start| start.bits());
    match starts {
        [] => None,
        // A list without near names says nothing of where its companies end.
        [start] if start.above + start.below == 0 => Some(format!(
            "start {} bits: {} of the level, {} for the number of names",
            bits(start.bits()),
            bits(start.level),
            bits(start.size),
        )),
        [start] => Some(format!(
            "start {} bits: {} of the level, {} for the number of names, {} for what stands near a \
             join: {} names just within its reach, {} just beyond",
            bits(start.bits()),
            bits(start.level),
            bits(start.size),
            bits(start.list),
            start.above,
            start.below
        )),
        _ => Some(format!(
            "start from {} to {} bits, told by the names of each of {} tenants",
            bits(each().min()?),
            bits(each().max()?),
            starts.len()
        )),
    }
}

/// Files that a spreadsheet would cut off, with the number of their rows.
fn too_long(manifest: &Manifest) -> Vec<(&'static str, usize)> {
    let findings = ["error", "warning", "info"].map(|name| manifest.total("findings", name));
    let rows = |sheet: Sheet| match sheet {
        Sheet::Members => manifest.total("plan", "spellings"),
        Sheet::Review => manifest.total("plan", "questions"),
        Sheet::Findings => findings.iter().sum(),
        Sheet::Diff => manifest.total("plan", "cells"),
        _ => manifest.files.get(sheet.file()).map_or(0, |facts| facts.rows),
    };
    let sheets = Sheet::ALL.into_iter().map(|sheet| (sheet.file(), rows(sheet)));
    sheets.filter(|(_, rows)| *rows >= SPREADSHEET).collect()
}

/// What is asked of people, and what became of what they said.
fn questions(manifest: &Manifest) -> Vec<String> {
    let count = |table: &str, name: &str| manifest.total(table, name);
    let [open, shown, answered] =
        ["open", "shown", "answered"].map(|name| count("questions", name));
    let mut lines = vec![format!(
        "questions       {shown:>7} pairs of names to decide of {open} open; {answered} answered"
    )];
    if shown < open {
        lines.push(format!(
            "                of the {} that are not asked, about {} are one company",
            open - shown,
            count("questions", "likely_same_not_shown")
        ));
    }
    let [all, used, settled] = ["rows", "used", "settled"].map(|name| count("decisions", name));
    if all > 0 {
        let mut line = format!("decisions       {used:>7} of {all} used");
        if settled > 0 {
            write!(line, ", {settled} of them needed no longer")
                .expect("writing into a string does not fail");
        }
        if used < all {
            write!(line, ", {} name nothing", all - used)
                .expect("writing into a string does not fail");
        }
        lines.push(line);
    }
    lines
}

/// What a person wants to know first: what will change, what is asked of them, where to look.
pub fn summary(plan: &Plan, written: &Written) -> String {
    let mut text = String::new();
    let count = |table: &str, name: &str| plan.manifest.total(table, name);
    let mut line = |parts: std::fmt::Arguments<'_>| {
        text.write_fmt(parts).expect("writing into a string does not fail");
        text.push('\n');
    };
    line(format_args!("plan {}", plan.id.directory()));
    for sentence in meaning(plan.manifest.mode) {
        line(format_args!("  {sentence}"));
    }
    if let Some(sentence) = level(&plan.manifest) {
        line(format_args!("  {sentence}"));
    }
    if let Some(sentence) = start_text(&plan.draft.starts) {
        line(format_args!("  {sentence}"));
    }
    line(format_args!(""));
    line(format_args!(
        "organizations   {:>7} new  {:>7} adopted  {:>7} kept",
        count("organizations", "insert"),
        count("organizations", "adopt"),
        count("organizations", "keep"),
    ));
    for table in ["contacts", "projects"] {
        line(format_args!(
            "{table:<15} {:>7} rows = {} mapped + {} in review + {} kept + {} in findings; {} change",
            count(table, "rows"),
            count(table, "mapped"),
            count(table, "review"),
            count(table, "kept"),
            count(table, "findings"),
            count(table, "changed"),
        ));
    }
    line(format_args!("contact points  {:>7} new", count("contact_points", "insert")));
    line(format_args!(""));
    line(format_args!(
        "findings        {:>7} errors  {:>5} warnings  {:>7} notes",
        count("findings", "error"),
        count("findings", "warning"),
        count("findings", "info"),
    ));
    for sentence in questions(&plan.manifest) {
        line(format_args!("{sentence}"));
    }
    line(format_args!(""));
    line(format_args!("offending rows   before    after"));
    let mut silent = 0;
    for check in &plan.manifest.checks {
        if check.before == 0 && check.after == 0 {
            silent += 1;
        } else {
            line(format_args!("{:>15} {:>8}    {}", check.before, check.after, check.title));
        }
    }
    line(format_args!("{:>15} {:>8}    each of {silent} other checks", 0, 0));
    line(format_args!(""));
    text.push_str(&closing(plan, written));
    text
}

/// What ends the summary: what to mind, and where to look.
fn closing(plan: &Plan, written: &Written) -> String {
    let mut text = String::new();
    let count = |table: &str, name: &str| plan.manifest.total(table, name);
    let directory = written.directory().display();
    let state = match written {
        Written::New(_) => "written",
        Written::Already(_) => "the same plan was there already; left as it is",
    };
    let mut line = |parts: std::fmt::Arguments<'_>| {
        text.write_fmt(parts).expect("writing into a string does not fail");
        text.push('\n');
    };
    let customers = count("contacts", "customers");
    if customers > 0 && count("contacts", "without_created_at") == customers {
        line(format_args!(
            "no customer contact has a created_at: ids and slugs of new organizations go by the lowest contact id, and contacts added later may change them"
        ));
    }
    if plan.manifest.is_empty() {
        line(format_args!("nothing to do: the plan is empty"));
    }
    line(format_args!("{directory}/ ({state})"));
    line(format_args!("  report.html   the whole plan on one page"));
    if count("plan", "questions") > 0 {
        line(format_args!(
            "  review.csv    fill in `decision` with same or different, then plan again with"
        ));
        line(format_args!("                --decisions {directory}/review.csv"));
    }
    line(format_args!("  findings.csv  what could not be mapped, with the remedy of each"));
    for (file, rows) in too_long(&plan.manifest) {
        line(format_args!(
            "  {file} has {rows} rows; a spreadsheet shows the first {}",
            SPREADSHEET - 1
        ));
    }
    text
}
