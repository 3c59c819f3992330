//! Who may import whom, and who owns which outside crate: read from the sources.

#![allow(clippy::unwrap_used, reason = "a source that cannot be read fails the test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Modules that import nothing of ours; `finding` may name tables.
const LEAVES: &[&str] = &[
    "ids", "schema", "finding", "progress", "cells", "encoding", "dialect", "connect", "exit",
    "programs",
];

/// For each module, those it may import beside itself and the leaves; `extract::Snapshot` is one
/// item of a module.
const ARROWS: &[(&str, &[&str])] = &[
    ("cli", &[]),
    ("extract", &[]),
    ("evaluate", &[]),
    ("transform", &["extract::Snapshot"]),
    ("plan", &["extract::Snapshot", "transform"]),
    ("report", &["plan", "transform"]),
    ("load", &["extract", "plan", "transform"]),
    (
        "config",
        &[
            "transform",
            "cli",
            "load::approval",
            "load::expand::Audit",
            "load::transaction",
            "load::visibility",
        ],
    ),
    ("fit", &["evaluate", "transform"]),
    ("error", &["config", "evaluate", "extract", "fit", "load", "plan", "transform"]),
    (
        "commands",
        &[
            "cli",
            "config",
            "error",
            "evaluate",
            "extract",
            "fit",
            "load",
            "plan",
            "report",
            "transform",
        ],
    ),
    ("lib", &[]),
    ("main", &["cli", "commands"]),
];

/// Outside crates and the only places where they are named: files, or folders with a `/`.
const OWNERS: &[(&str, &[&str])] = &[
    ("clap", &["cli.rs", "cli/", "main.rs"]),
    ("indicatif", &["progress.rs"]),
    ("strsim", &["transform/matching/"]),
    ("slug", &["transform/slug.rs"]),
    ("html_escape", &["transform/repair.rs"]),
    ("deunicode", &["transform/romanize.rs"]),
    ("polars", &["extract/", "schema/", "transform/record.rs", "plan/", "load/"]),
    ("polars_io", &["extract/"]),
    ("tokio_postgres", &["connect/", "load/", "commands/"]),
    ("tokio_postgres_rustls", &["connect/"]),
    ("rustls", &["connect/"]),
    ("rustls_native_certs", &["connect/"]),
    ("x509_cert", &["connect/"]),
    ("whoami", &["connect/"]),
    ("postgres_types", &["load/"]),
    ("toml", &["config.rs", "config/"]),
    ("flate2", &["extract/"]),
    ("zstd", &["extract/packed.rs"]),
    ("lzma_rust2", &["extract/packed.rs"]),
    ("bzip2", &["extract/packed.rs"]),
    ("encoding_rs", &["encoding.rs"]),
    ("memchr", &["cells.rs", "extract/", "load/"]),
    ("csv_core", &["cells.rs"]),
    ("unicode_normalization", &["transform/"]),
];

struct Source {
    /// Path below `src`.
    path: String,
    /// Code without comments.
    code: String,
}

impl Source {
    /// The module at the top that it belongs to.
    fn module(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(Path::new("src"), &mut paths);
    paths.sort();
    let source = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code = lines.collect::<Vec<_>>().join("\n");
        let path = path.strip_prefix("src").unwrap().to_str().unwrap().to_owned();
        Source { path, code }
    };
    paths.into_iter().map(source).collect()
}

fn is_part_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What follows each `root::` in the code: `plan`, or `extract::Snapshot`, a group one by one.
fn paths_from(root: &str, code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let start = format!("{root}::");
    for (at, _) in code.match_indices(&start) {
        if code[..at].ends_with(|c: char| is_part_of_word(c) || c == ':') {
            continue;
        }
        read_tree(&code[at + start.len()..], "", &mut found);
    }
    found
}

/// Reads a tree of names as `use` has them; gives back what is left of the text.
fn read_tree<'a>(text: &'a str, before: &str, found: &mut BTreeSet<String>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = read_tree(rest, before, found).trim_start();
            match rest.chars().next() {
                Some(',') => rest = &rest[1..],
                Some('}') => return &rest[1..],
                _ => return rest,
            }
        }
    }
    let end = text.find(|c| !is_part_of_word(c) && c != '*').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return rest;
    }
    let path = if before.is_empty() || name == "self" {
        format!("{before}{name}").trim_end_matches("self").to_owned()
    } else {
        format!("{before}::{name}")
    };
    if let Some(rest) = rest.strip_prefix("::") {
        return read_tree(rest, if path.is_empty() { before } else { &path }, found);
    }
    found.insert(path);
    rest
}

/// Every arrow of the code that is not allowed: `file → path`.
fn forbidden(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let module = source.module();
        let allowed = ARROWS.iter().find(|(name, _)| *name == module).map(|(_, list)| *list);
        for path in paths_from("crate", &source.code).union(&paths_from("orgfold", &source.code)) {
            let to = path.split("::").next().unwrap();
            let fine = match allowed {
                _ if to == module => true,
                Some(list) => {
                    let below = |name: &str| {
                        path.strip_prefix(name)
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
                    };
                    LEAVES.contains(&to) || list.iter().any(|name| below(name))
                }
                None => matches!((module, to), ("finding", "schema") | ("cells", "encoding")),
            };
            if !fine {
                found.push(format!("{} → {path}", source.path));
            }
        }
    }
    found
}

#[test]
fn every_arrow_between_modules_is_allowed() {
    let sources = sources();
    assert!(sources.len() > 30, "only {} files", sources.len());
    assert_eq!(forbidden(&sources), Vec::<String>::new());
}

/// Arrows between the modules of a folder, as `from → to`: `super::to`, or its full path.
fn arrows_within(folder: &str, sources: &[Source]) -> BTreeSet<(String, String)> {
    let inside = |source: &Source| -> Option<(String, bool)> {
        let rest = source.path.strip_prefix(folder)?.strip_prefix('/')?;
        let (module, below) = match rest.split_once('/') {
            Some((module, _)) => (module, true),
            None => (rest.strip_suffix(".rs")?, false),
        };
        (module != "mod").then(|| (module.to_owned(), below))
    };
    let modules: BTreeSet<String> =
        sources.iter().filter_map(|source| Some(inside(source)?.0)).collect();
    let path = format!("crate::{}", folder.replace('/', "::"));
    let mut arrows = BTreeSet::new();
    for source in sources {
        let Some((from, is_below)) = inside(source) else { continue };
        // What stands in a test may look back.
        let code = source.code.split("#[cfg(test)]").next().unwrap();
        let parent = if is_below { "super::super" } else { "super" };
        for root in [parent, path.as_str()] {
            for to in paths_from(root, code) {
                let to = to.split("::").next().unwrap();
                if modules.contains(to) && to != from {
                    arrows.insert((from.clone(), to.to_owned()));
                }
            }
        }
    }
    arrows
}

/// A module from which a walk along the arrows comes back, if there is one.
fn circle(arrows: &BTreeSet<(String, String)>) -> Vec<&str> {
    let mut left: BTreeSet<&str> =
        arrows.iter().flat_map(|(from, to)| [from.as_str(), to.as_str()]).collect();
    loop {
        let leads_on = |module: &&str| {
            arrows.iter().any(|(from, to)| from == *module && left.contains(to.as_str()))
        };
        let on: BTreeSet<&str> = left.iter().copied().filter(leads_on).collect();
        if on.len() == left.len() {
            return left.into_iter().collect();
        }
        left = on;
    }
}

#[test]
fn modules_of_the_matcher_stand_in_an_order() {
    for (folder, known) in [("transform", 15), ("transform/matching", 15)] {
        let arrows = arrows_within(folder, &sources());
        assert!(arrows.len() > known, "{folder}: only {} arrows", arrows.len());
        assert_eq!(circle(&arrows), Vec::<&str>::new(), "{folder}: modules in circles");
    }
}

#[test]
fn a_circle_is_found_however_its_arrows_are_written() {
    let source = |path: &str, code: &str| Source { path: path.to_owned(), code: code.to_owned() };
    let mut files = vec![
        source("transform/slug.rs", "use super::{record::Contact, Rules};"),
        source("transform/record.rs", "use crate::transform::desired::link;"),
        source("transform/desired/mod.rs", "use super::super::slug::bare;"),
    ];
    assert_eq!(circle(&arrows_within("transform", &files)), ["desired", "record", "slug"]);
    files[1] = source("transform/record.rs", "#[cfg(test)]\nuse super::desired::link;");
    assert!(circle(&arrows_within("transform", &files)).is_empty());
}

#[test]
fn every_module_has_its_place() {
    for source in sources() {
        let module = source.module();
        let known = LEAVES.contains(&module) || ARROWS.iter().any(|(name, _)| *name == module);
        assert!(known, "{} stands in no line of this test", source.path);
    }
}

#[test]
fn every_outside_crate_is_named_by_its_owner_only() {
    let mut seen = BTreeSet::new();
    for source in sources() {
        for (name, owners) in OWNERS {
            let named = paths_from(name, &source.code).into_iter().next();
            // A module of ours may have a crate's name: `super::slug::bare_slug` is not the crate.
            if named.is_some() {
                let owned = owners.iter().any(|owner| source.path.starts_with(owner));
                assert!(owned, "{} names `{name}`", source.path);
                seen.insert(*name);
            }
        }
    }
    let all: BTreeSet<&str> = OWNERS.iter().map(|(name, _)| *name).collect();
    assert_eq!(seen, all, "an owner that does not name its crate");
}

/// What is pure has no clock, no file, no network, no environment.
#[test]
fn what_is_pure_touches_nothing_outside() {
    const OUTSIDE: [&str; 7] =
        ["std::fs", "std::env", "std::net", "std::process", "std::time", "std::io", "fs::"];
    for source in sources() {
        let pure =
            matches!(source.module(), "transform" | "plan" | "report" | "fit" | "ids" | "finding");
        if !pure || source.path.starts_with("plan/archive") {
            continue;
        }
        // What renders a sheet writes into what it is given, and opens nothing.
        let renders = source.path == "plan/render.rs";
        for outside in OUTSIDE.into_iter().filter(|&outside| !renders || outside != "std::io") {
            let mut places = source.code.match_indices(outside);
            let named = places.any(|(at, _)| !source.code[..at].ends_with(is_part_of_word));
            assert!(!named, "{} names `{outside}`", source.path);
        }
    }
}

#[test]
fn a_forbidden_arrow_is_found_however_it_is_written() {
    let check = |path: &str, code: &str, expected: &[&str]| {
        let source = Source { path: path.to_owned(), code: code.to_owned() };
        assert_eq!(forbidden(&[source]), expected, "{code}");
    };
    check("transform/slug.rs", "use crate::plan::Plan;", &["transform/slug.rs → plan::Plan"]);
    check("plan/draft.rs", "use crate::{ids::Slug, report};", &["plan/draft.rs → report"]);
    check(
        "plan/draft.rs",
        "let x = crate::extract::extract(y);",
        &["plan/draft.rs → extract::extract"],
    );
    check(
        "plan/draft.rs",
        "use crate::extract::{Snapshot, Source};",
        &["plan/draft.rs → extract::Source"],
    );
    check("ids.rs", "use crate::schema::Table;", &["ids.rs → schema::Table"]);
    check("finding.rs", "use crate::schema::{Table, Kind};", &[]);
    check("evaluate/mod.rs", "use crate::ids::Weight;\nuse super::read;", &[]);
    check(
        "report/html.rs",
        "use crate::{plan::{Plan, archive::Written}, transform::{self, Mode}};",
        &[],
    );
}
