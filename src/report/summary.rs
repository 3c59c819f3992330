//! The summary that `plan` prints.

use std::fmt::Write as _;

use crate::plan::archive::Written;
use crate::plan::{Plan, meaning};

/// What a person wants to know first: what will change, what is asked of them, where to look.
pub fn summary(plan: &Plan, written: &Written) -> String {
    let mut text = String::new();
    let totals = &plan.manifest.totals;
    let count =
        |table: &str, name: &str| totals.get(table).and_then(|t| t.get(name)).copied().unwrap_or(0);
    let directory = written.directory().display();
    let state = match written {
        Written::New(_) => "written",
        Written::Already(_) => "the same plan was there already; left as it is",
    };
    let mut line = |parts: std::fmt::Arguments<'_>| {
        text.write_fmt(parts).expect("writing into a string does not fail");
        text.push('\n');
    };
    line(format_args!("plan {}", plan.id.directory()));
    for sentence in meaning(plan.manifest.mode) {
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
    line(format_args!(
        "questions       {:>7} pairs of names to decide",
        count("plan", "questions")
    ));
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
    if plan.draft.is_empty() {
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
    text
}
