//! `orgfold inspect`: what is in a source, and a `[mapping]` with which it could be planned.

mod suggest;

use std::fmt::Write as _;

use serde_json::json;

use super::plan::reading;
use super::{DONE, print};
use crate::cli::{self, Format};
use crate::error::{Error, Exit};
use crate::extract::{Facts, Seen, Survey, survey};
use crate::progress::Progress;
use suggest::suggest;

pub(super) fn run(options: &cli::Inspect, progress: Progress) -> Result<Exit, Error> {
    let found = survey(&options.source, &reading(&options.reading), progress)?;
    let mapping = suggest(&found);
    match options.format {
        Format::Text => print(&text(&found, &mapping)),
        Format::Json => print(&format!("{}\n", object(&found, &mapping))),
    }
    DONE
}

fn text(survey: &Survey, mapping: &str) -> String {
    let mut text = format!("# {}\n", survey.format);
    for version in &survey.versions {
        let _ = writeln!(text, "# {version}");
    }
    if !survey.databases.is_empty() {
        let names: Vec<&str> = survey.databases.iter().map(String::as_str).collect();
        let _ = writeln!(text, "# databases: {} (--dbname chooses one)", names.join(", "));
    }
    if survey.policies + survey.triggers > 0 {
        let _ = writeln!(text, "# {} policies, {} triggers", survey.policies, survey.triggers);
    }
    for table in &survey.tables {
        let _ = writeln!(text, "#\n# {}: {} rows", called(table), table.rows);
        for column in &table.columns {
            let _ = writeln!(text, "#   {}{}", column.name, described(column, table.rows));
        }
    }
    text + "\n" + mapping
}

/// A table with its schema.
fn called(table: &Seen) -> String {
    let schema = table.schema.as_ref().map(|schema| format!("{schema}."));
    schema.unwrap_or_default() + &table.name
}

/// What the values of a column are, in a few words.
fn described(column: &Facts, rows: usize) -> String {
    if column.filled == 0 {
        return if rows == 0 { String::new() } else { ": empty".to_owned() };
    }
    let all = column.filled;
    let kind = match (column.uuids == all, column.times == all, column.flags == all) {
        (true, ..) => "uuid",
        (_, true, _) => "time",
        (.., true) => "boolean",
        _ => return counted(column),
    };
    format!(": {kind}")
}

/// The values of a column that looks like a type, with their counts.
fn counted(column: &Facts) -> String {
    let Some(values) = column.values.as_ref().filter(|_| suggest::is_type(&column.name)) else {
        return String::new();
    };
    let shown: Vec<String> =
        values.iter().map(|(value, count)| format!("{value} ({count})")).collect();
    format!(": {}", shown.join(", "))
}

fn object(survey: &Survey, mapping: &str) -> serde_json::Value {
    let column = |column: &Facts| {
        let types = column.values.as_ref().filter(|_| suggest::is_type(&column.name));
        json!({
            "name": column.name,
            "filled": column.filled,
            "uuids": column.uuids,
            "times": column.times,
            "booleans": column.flags,
            "types": types,
        })
    };
    let table = |table: &Seen| {
        json!({
            "schema": table.schema,
            "name": table.name,
            "rows": table.rows,
            "columns": table.columns.iter().map(column).collect::<Vec<_>>(),
        })
    };
    json!({
        "format": survey.format,
        "versions": survey.versions,
        "databases": survey.databases,
        "policies": survey.policies,
        "triggers": survey.triggers,
        "tables": survey.tables.iter().map(table).collect::<Vec<_>>(),
        "mapping": mapping,
    })
}
