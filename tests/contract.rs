//! Format 1 of the plan directory: what reads it may rely on, and its documentation.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its input has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use orgfold::finding::{Code, Effect};
use orgfold::plan::archive::{self, Stored, Written};
use orgfold::plan::sheet::Sheet;
use orgfold::plan::{Cause, LOAD_BEARING, Plan, checks};
use orgfold::schema::{Schema, carried, carried_line};
use orgfold::transform::Decisions;
use orgfold::transform::desired::Action;
use orgfold::transform::evidence::Kinds;
use orgfold::transform::matching::observe::comparisons;
use orgfold::transform::matching::{Ground, Preset};

use crate::support::golden;
use crate::support::samples::{SAMPLES, gzip, planned, planned_by, sample};

fn plan_of(name: &str) -> Plan {
    planned(&sample(name), &Decisions::default()).plan
}

fn decisions_of(path: &Path) -> Decisions {
    Decisions::read(&[(path.to_owned(), std::fs::read(path).unwrap())]).unwrap()
}

type Rows = Vec<Vec<String>>;

/// Header and rows of a sheet's bytes; a row of another width is an error.
fn parse(bytes: &[u8]) -> (Vec<String>, Rows) {
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(bytes);
    let own = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let header = own(reader.headers().unwrap());
    let rows = reader.records().map(|record| own(&record.unwrap())).collect();
    (header, rows)
}

#[test]
fn headers_begin_as_format_1_says() {
    for name in SAMPLES {
        let plan = plan_of(name);
        let check = |sheet: &str, expected: &str, whole: bool| {
            let (header, _) = parse(&plan.draft.sheet(sheet).bytes());
            let header = header.join(",");
            let fine = if whole { header == expected } else { header.starts_with(expected) };
            assert!(fine, "{name}/{sheet} has the header {header}");
        };
        check("organizations.csv", "id,slug,name,action,owner_organization_id,members", false);
        check("contacts.csv", "id,tenant_id,organization_id_before,organization_id_after", false);
        check(
            "projects.csv",
            "id,tenant_id,customer_id,customer_organization_id_before,customer_organization_id_after,cause",
            false,
        );
        check("contact_points.csv", "id,project_id,contact_id,role,is_primary", true);
        check(
            "members.csv",
            "tenant_id,name,normalized,organization_id,slug,joined_by,bits",
            false,
        );
        check("findings.csv", "code,severity,table,id,column,message,remedy", true);
        check("diff.csv", "table,id,column,before,after,cause", true);
        check("review.csv", "tenant,a,b,bits,decision", false);
        assert_eq!(plan.draft.sheets.len(), 8);
    }
}

#[test]
fn rows_are_as_wide_as_their_header_and_sorted() {
    for name in SAMPLES {
        let plan = plan_of(name);
        for sheet in &plan.draft.sheets {
            let (header, rows) = parse(&sheet.bytes());
            assert!(
                sheet.rows.iter().all(|row| row.len() == header.len()),
                "{name}/{}",
                sheet.name
            );
            assert_eq!(rows.len(), sheet.rows.len());
            let order = |names: &[&str], text: &str| {
                let at = names.iter().position(|name| *name == text);
                format!("{:03}", at.unwrap_or_else(|| panic!("{name}/{}: {text}", sheet.name)))
            };
            let codes: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
            let tables = ["organizations", "contacts", "projects", "project_contact_points"];
            let keys: Vec<Vec<String>> = rows
                .iter()
                .map(|row| match sheet.name {
                    "members.csv" => row.clone(),
                    "findings.csv" => vec![order(&codes, &row[0]), row[3].clone(), row[4].clone()],
                    "diff.csv" => vec![order(&tables, &row[0]), row[1].clone()],
                    "review.csv" => {
                        let number =
                            |at: usize| row[at].trim_start_matches('\'').parse::<i64>().unwrap();
                        let moved = number(5).min(number(6));
                        vec![format!("{:09}{:09}", 1_000_000 - moved, 1_000_000 - number(3))]
                    }
                    _ => vec![row[0].clone()],
                })
                .collect();
            assert!(keys.is_sorted(), "{name}/{} is not sorted", sheet.name);
        }
    }
}

#[test]
fn a_plan_is_the_same_whatever_the_format_of_its_source() {
    for name in SAMPLES {
        let expected = plan_of(name);
        let directory = tempfile::tempdir().unwrap();
        let mut sources = Vec::new();
        for dump in ["dump-copy.sql", "dump-insert.sql"] {
            let path = sample(name).join(dump);
            let packed = directory.path().join(format!("{dump}.gz"));
            std::fs::write(&packed, gzip(&std::fs::read(&path).unwrap())).unwrap();
            sources.extend([path, packed]);
        }
        for source in sources {
            let found = planned(&source, &Decisions::default()).plan;
            assert_eq!(found.id, expected.id, "{}", source.display());
            assert_eq!(found.draft.sheets, expected.draft.sheets, "{}", source.display());
        }
    }
}

/// A plan of a sample, written.
fn written(name: &str, out: &Path) -> (Plan, PathBuf) {
    let plan = plan_of(name);
    let written = archive::write(&plan, &[("report.html", b"<p>".to_vec())], out).unwrap();
    assert!(matches!(written, Written::New(_)));
    (plan, written.directory().to_owned())
}

#[test]
fn a_written_plan_reads_back_and_is_named_by_its_id() {
    for name in SAMPLES {
        let out = tempfile::tempdir().unwrap();
        let (plan, directory) = written(name, out.path());
        assert_eq!(archive::read(&directory).unwrap(), plan.manifest);
        assert_eq!(plan.manifest.plan_id.len(), 64);
        assert_eq!(directory.file_name().unwrap().to_str(), Some(&plan.manifest.plan_id[..12]));
        let names = |path: &Path| -> BTreeSet<String> {
            let entries = std::fs::read_dir(path).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        };
        let mut expected: BTreeSet<String> =
            plan.draft.sheets.iter().map(|sheet| sheet.name.to_owned()).collect();
        expected.extend(["plan.json".to_owned(), "report.html".to_owned()]);
        assert_eq!(names(&directory), expected);
        assert_eq!(names(out.path()).len(), 1, "something is left beside the plan");
    }
}

#[test]
fn one_changed_byte_of_a_load_bearing_file_is_refused_by_name() {
    let out = tempfile::tempdir().unwrap();
    let (plan, directory) = written("two-tenants", out.path());
    for name in LOAD_BEARING {
        let path = directory.join(name);
        let whole = std::fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(whole.len() / 9 + 1) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            refuses(&plan, &path, &bytes, out.path());
        }
        refuses(&plan, &path, &whole[..whole.len() - 1], out.path());
        refuses(&plan, &path, &[&whole[..], b"\n"].concat(), out.path());
        std::fs::remove_file(&path).unwrap();
        assert!(archive::read(&directory).unwrap_err().to_string().contains(name));
        std::fs::write(&path, &whole).unwrap();
        archive::read(&directory).unwrap();
    }
}

/// A changed file is refused when it is read, and when the same plan is written again.
#[track_caller]
fn refuses(plan: &Plan, path: &Path, bytes: &[u8], out: &Path) {
    let whole = std::fs::read(path).unwrap();
    std::fs::write(path, bytes).unwrap();
    let directory = path.parent().unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    for error in
        [archive::read(directory).unwrap_err(), archive::write(plan, &[], out).unwrap_err()]
    {
        assert!(error.is_tampered(), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    assert_eq!(std::fs::read(path).unwrap(), bytes, "the changed file was written over");
    std::fs::write(path, whole).unwrap();
}

/// Reads a sheet of a plan directory to its end; gives back the number of rows.
fn rows_of(directory: &Path, sheet: Sheet) -> Result<usize, archive::Error> {
    let stored = Stored::open(directory)?;
    let mut rows = 0;
    for batch in stored.batches(sheet, Schema::shipped())? {
        rows += batch?.height();
    }
    Ok(rows)
}

#[test]
fn a_sheet_is_read_in_typed_columns_and_refused_at_its_end_if_it_was_changed() {
    let out = tempfile::tempdir().unwrap();
    let (plan, directory) = written("two-tenants", out.path());
    for sheet in Sheet::LOAD_BEARING {
        let facts = &plan.manifest.files[sheet.file()];
        assert!(facts.rows > 0, "{sheet:?}");
        assert_eq!(rows_of(&directory, sheet).unwrap(), facts.rows, "{sheet:?}");
    }
    let path = directory.join("contacts.csv");
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, whole.replacen('@', "#", 1)).unwrap();
    let stored = Stored::open(&directory).unwrap();
    let batches: Vec<_> = stored.batches(Sheet::Contacts, Schema::shipped()).unwrap().collect();
    assert!(batches[0].is_ok(), "a text of other letters is a text");
    assert!(matches!(batches.last(), Some(Err(archive::Error::Tampered { .. }))));
    std::fs::write(&path, whole.replacen(",customer,", ",customer", 1)).unwrap();
    let error = rows_of(&directory, Sheet::Contacts).unwrap_err();
    assert!(matches!(error, archive::Error::Tampered { .. }), "a row of another width");
}

#[test]
fn a_cell_that_is_not_of_its_kind_is_refused_with_its_place() {
    let out = tempfile::tempdir().unwrap();
    let (_, directory) = written("two-tenants", out.path());
    let check = |sheet: Sheet, from: &str, to: &str, place: &str| {
        let path = directory.join(sheet.file());
        let whole = std::fs::read_to_string(&path).unwrap();
        assert!(whole.contains(from), "{from}");
        std::fs::write(&path, whole.replacen(from, to, 1)).unwrap();
        let error = rows_of(&directory, sheet).unwrap_err();
        assert!(error.is_tampered());
        assert!(error.to_string().ends_with(place), "{error}");
        std::fs::write(&path, whole).unwrap();
    };
    check(Sheet::Organizations, ",insert,", ",upsert,", ", column `action`: not of kind action");
    check(
        Sheet::Projects,
        ",project_linked,",
        ",because,",
        ":2, column `cause`: not of kind cause",
    );
    check(Sheet::ContactPoints, ",t\n", ",true\n", ":2, column `is_primary`: not of kind boolean");
    check(Sheet::Contacts, "+00\n", "\n", ":2, column `created_at`: not of kind timestamp");
    check(Sheet::Contacts, "\n", "\n-", ":2, column `id`: not of kind uuid");
}

#[test]
fn columns_that_are_not_declared_are_refused_by_name() {
    let out = tempfile::tempdir().unwrap();
    let (_, directory) = written("two-tenants", out.path());
    let schema = Schema::shipped_with(&[carried_line(carried("floor"))]);
    let stored = Stored::open(&directory).unwrap();
    let error = stored.batches(Sheet::Contacts, schema).err().unwrap();
    assert!(error.to_string().contains("floor"), "{error}");
    assert!(stored.batches(Sheet::Projects, schema).is_ok());
}

#[test]
fn one_changed_byte_of_the_manifest_is_refused() {
    let out = tempfile::tempdir().unwrap();
    let (plan, directory) = written("factory-pulse", out.path());
    let path = directory.join("plan.json");
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(11) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        refuses(&plan, &path, &bytes, out.path());
    }
}

#[test]
fn a_plan_that_is_there_stays_as_a_reviewer_left_it() {
    let out = tempfile::tempdir().unwrap();
    let (plan, directory) = written("two-tenants", out.path());
    let review = directory.join("review.csv");
    std::fs::write(&review, "tenant,a,b,bits,decision\nfilled,in,by,1,same\n").unwrap();
    let again = archive::write(&plan, &[("report.html", b"other".to_vec())], out.path()).unwrap();
    assert_eq!(again, Written::Already(directory.clone()));
    assert!(std::fs::read_to_string(&review).unwrap().contains("filled,in"));
    assert_eq!(std::fs::read(directory.join("report.html")).unwrap(), b"<p>");
}

#[test]
fn answered_questions_are_not_asked_again() {
    let plan = plan_of("two-tenants");
    let sheet = plan.draft.sheet("review.csv");
    assert!(sheet.rows.len() > 2, "the sample asks too little for this test");
    for answer in ["same", "different"] {
        let mut filled = sheet.clone();
        for row in &mut filled.rows {
            row[4] = Some(answer.to_owned());
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("review.csv");
        std::fs::write(&path, filled.bytes()).unwrap();
        let decisions = decisions_of(&path);
        let again = planned(&sample("two-tenants"), &decisions).plan;
        let asked = |plan: &Plan| -> BTreeSet<Vec<Option<String>>> {
            plan.draft.sheet("review.csv").rows.iter().map(|row| row[..3].to_vec()).collect()
        };
        assert_eq!(asked(&again).intersection(&asked(&plan)).count(), 0, "{answer}");
        assert_ne!(again.id, plan.id);
        let unused = again.draft.findings.iter().any(|found| found.code == Code::DecisionUnused);
        assert!(!unused, "{answer}: an answer applies to nothing");
    }
}

#[test]
fn the_plan_of_factory_pulse_is_golden() {
    let plan = plan_of("factory-pulse");
    golden::settings("plan").bind(|| {
        for sheet in &plan.draft.sheets {
            insta::assert_snapshot!(sheet.name, String::from_utf8(sheet.bytes()).unwrap());
        }
        insta::assert_snapshot!("plan.json", String::from_utf8(plan.manifest.bytes()).unwrap());
    });
}

const README: &str = include_str!("../reports/README.md");

/// The rows of the table under a heading, without backticks.
fn table(heading: &str) -> Rows {
    let start = README.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let section = &README[start + 4..];
    let section = &section[..section.find("\n## ").unwrap_or(section.len())];
    let lines = section.lines().filter(|line| line.starts_with('|'));
    let cells = |line: &str| {
        let line = line.trim_start_matches("| ").trim_end_matches(" |");
        line.split(" | ").map(str::to_owned).collect::<Vec<_>>()
    };
    lines.skip(2).map(cells).collect()
}

/// What a table documents: its first column, which must stand in backticks.
fn documented(heading: &str) -> Vec<String> {
    let name = |row: Vec<String>| {
        let inner = row[0].strip_prefix('`').and_then(|text| text.strip_suffix('`'));
        inner.unwrap_or_else(|| panic!("{heading}: {}", row[0])).to_owned()
    };
    table(heading).into_iter().map(name).collect()
}

#[test]
fn every_file_and_column_is_documented() {
    let plan = plan_of("factory-pulse");
    let mut files = vec!["plan.json"];
    for sheet in &plan.draft.sheets {
        assert_eq!(documented(sheet.name), sheet.columns, "{}", sheet.name);
        files.push(sheet.name);
    }
    files.push("report.html");
    assert_eq!(documented("Files"), files);
    for row in table("Files") {
        let name = row[0].trim_matches('`');
        let load_bearing = LOAD_BEARING.contains(&name) || name == "plan.json";
        assert_eq!(row[2] == "yes", load_bearing, "{name}");
    }
}

#[test]
fn every_code_is_documented_as_it_is() {
    let expected: Rows = Code::ALL
        .iter()
        .map(|code| {
            let effect = match code.effect() {
                Effect::Blocks => "blocks",
                Effect::Notes => "notes",
            };
            let cells = [
                &format!("`{}`", code.name()),
                code.severity().name(),
                code.subject().name(),
                effect,
                code.message(),
                code.remedy(),
            ];
            cells.map(str::to_owned).to_vec()
        })
        .collect();
    assert_eq!(table("Finding codes"), expected);
    let expected: Rows =
        checks().map(|check| vec![format!("`{}`", check.code), check.title.to_owned()]).collect();
    assert_eq!(table("Checks"), expected);
    assert_eq!(documented("Causes"), Cause::ALL.map(Cause::name));
    assert_eq!(documented("Grounds"), Ground::ALL.map(Ground::name));
    let actions = [Action::Insert, Action::Adopt, Action::Keep];
    assert_eq!(documented("Actions"), actions.map(Action::name));
}

#[test]
fn every_comparison_is_documented() {
    let mut names = vec!["prior"];
    names.extend(comparisons(&Kinds::default()).iter().map(|comparison| comparison.name));
    let mut documented = documented("Comparisons");
    names.sort_unstable();
    documented.sort_unstable();
    assert_eq!(documented, names);
}

#[test]
fn every_exit_code_is_documented() {
    let source = include_str!("../src/exit.rs");
    let codes = source.lines().filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = "));
    let codes: Vec<&str> =
        codes.map(|(_, code)| code).filter(|code| code.parse::<u8>().is_ok()).collect();
    assert_eq!(documented("Exit codes"), codes);
}

/// The fields of a manifest, with what varies in brackets.
fn fields(value: &serde_json::Value, path: &str, found: &mut Vec<String>) {
    let name = match path {
        "source.tables" => Some("<table>"),
        "files" => Some("<file>"),
        "totals" => Some("<table>.<name>"),
        _ => None,
    };
    match (value, name) {
        (_, Some("<table>.<name>")) => found.push(format!("{path}.<table>.<name>")),
        (serde_json::Value::Object(map), Some(name)) => {
            fields(map.values().next().unwrap(), &format!("{path}.{name}"), found);
        }
        (serde_json::Value::Object(map), None) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                fields(value, &path, found);
            }
        }
        (serde_json::Value::Array(list), _) => fields(&list[0], &format!("{path}[]"), found),
        _ => found.push(path.to_owned()),
    }
}

#[test]
fn every_field_of_the_manifest_is_documented() {
    let plan = plan_of("two-tenants");
    let value: serde_json::Value = serde_json::from_slice(&plan.manifest.bytes()).unwrap();
    let mut found = Vec::new();
    fields(&value, "", &mut found);
    let set = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(set(documented("plan.json")), set(found));
    let totals = plan
        .manifest
        .totals
        .iter()
        .flat_map(|(table, counts)| counts.keys().map(move |name| format!("{table}.{name}")));
    assert_eq!(set(documented("Totals")), totals.collect());
}

/// The dialect that the documentation describes is the one that is written.
#[test]
fn the_dialect_is_as_documented() {
    let sheet = orgfold::plan::text_sheet::Sheet {
        name: "x.csv",
        columns: &["a", "b"],
        rows: [None, Some(""), Some("\\N"), Some("'x"), Some("=1"), Some("a,\"b\"\nc")]
            .map(|cell| vec![cell.map(str::to_owned), Some("x".to_owned())])
            .to_vec(),
    };
    let expected = "a,b\n\\N,x\n,x\n'\\N,x\n''x,x\n'=1,x\n\"a,\"\"b\"\"\nc\",x\n";
    assert_eq!(String::from_utf8(sheet.bytes()).unwrap(), expected);
}

/// `prior -9966; shared words +1998` as names and millibits.
fn comparisons_of(cell: &str) -> Vec<(&str, i64)> {
    let part = |part| {
        let (name, millibits): (&str, &str) = str::rsplit_once(part, ' ').unwrap();
        assert!(millibits.starts_with(['+', '-']), "{part}");
        (name, millibits.parse().unwrap())
    };
    cell.split("; ").map(part).collect()
}

#[test]
fn what_decided_a_join_is_named() {
    let (mut seen, mut own) = (0, 0);
    for name in SAMPLES {
        for preset in [Preset::Cautious, Preset::Balanced] {
            let plan = planned_by(&sample(name), preset);
            let sheet = plan.draft.sheet("members.csv");
            let column = |name: &str| sheet.columns.iter().position(|one| *one == name).unwrap();
            let (spelling, organization) = (column("normalized"), column("organization_id"));
            let pair = [column("compared"), column("compared_with")];
            let spellings: BTreeSet<_> =
                sheet.rows.iter().map(|row| (&row[organization], &row[spelling])).collect();
            for row in &sheet.rows {
                let is_scored = row[column("comparisons")].is_some();
                assert!(pair.iter().all(|&at| row[at].is_some() == is_scored), "{row:?}");
                if is_scored {
                    let is_member = |at: usize| spellings.contains(&(&row[organization], &row[at]));
                    assert!(pair.into_iter().all(is_member), "{row:?}");
                    assert_ne!(row[pair[0]], row[pair[1]], "{row:?}");
                    assert_ne!(row[spelling], row[pair[1]], "{row:?}");
                    own += usize::from(row[spelling] == row[pair[0]]);
                    seen += 1;
                }
            }
        }
    }
    assert!(own >= 10 && own * 10 > seen * 9, "{own} of {seen} joined by their own comparison");
}

#[test]
fn every_score_is_listed_with_what_adds_up_to_it() {
    let known = documented("Comparisons");
    let mut seen = [0, 0];
    for name in SAMPLES {
        for preset in [Preset::Cautious, Preset::Balanced] {
            let plan = planned_by(&sample(name), preset);
            for (at, sheet) in ["members.csv", "review.csv"].into_iter().enumerate() {
                let sheet = plan.draft.sheet(sheet);
                let column = |name: &str| sheet.columns.iter().position(|one| *one == name);
                let (bits, listed) = (column("bits").unwrap(), column("comparisons").unwrap());
                for row in &sheet.rows {
                    let is_scored = column("joined_by").is_none_or(|at| {
                        let joined_by = row[at].as_deref().unwrap();
                        !["alone", "decision", "placed", "key"].contains(&joined_by)
                    });
                    assert_eq!(row[bits].is_some(), is_scored, "{row:?}");
                    assert_eq!(row[listed].is_some(), is_scored, "{row:?}");
                    let Some(cell) = &row[listed] else { continue };
                    let comparisons = comparisons_of(cell);
                    let sum: i64 = comparisons.iter().map(|(_, millibits)| millibits).sum();
                    assert_eq!(Some(sum.to_string()), row[bits], "{row:?}");
                    assert_eq!(comparisons[0].0, "prior", "{row:?}");
                    for (name, millibits) in &comparisons {
                        assert!(known.contains(&(*name).to_owned()), "{name}: {row:?}");
                        assert_ne!(*millibits, 0, "{row:?}");
                    }
                    seen[at] += 1;
                }
            }
        }
    }
    assert!(seen.iter().all(|rows| *rows > 10), "the samples hold too little: {seen:?}");
}
