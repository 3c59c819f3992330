//! Format 2 of the plan directory: what reads it may rely on, and its documentation.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its input has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use orgfold::finding::{Code, Effect};
use orgfold::ids::Fingerprint;
use orgfold::plan::archive::{self, Stored, Written};
use orgfold::plan::sheet::{Meaning, Sheet};
use orgfold::plan::{Cause, Plan, RULES, checks, header};
use orgfold::schema::{self, Mode, Schema, carried, carried_line};
use orgfold::transform::Decisions;
use orgfold::transform::desired::Action;
use orgfold::transform::evidence::Kinds;
use orgfold::transform::matching::observe::comparisons;
use orgfold::transform::matching::{Ground, Preset};

use crate::support::golden;
use crate::support::samples::{SAMPLES, gzip, planned, planned_by, sample};
use crate::support::sheets::{Text, bytes, write};

fn plan_of(name: &str) -> Plan {
    planned(&sample(name), &Decisions::default())
}

fn decisions_of(path: &Path) -> Decisions {
    Decisions::read(&[(path.to_owned(), std::fs::read(path).unwrap())]).unwrap()
}

type Rows = Vec<Vec<String>>;

#[test]
fn headers_are_those_of_format_2() {
    for name in SAMPLES {
        let plan = plan_of(name);
        let check = |sheet: Sheet, expected: &str| {
            assert_eq!(Text::of(&plan.draft, sheet).columns.join(","), expected, "{name}");
        };
        check(
            Sheet::Organizations,
            "id,slug,name,action,owner_organization_id,members,owner_organization_id_before,\
                 is_tenant,description,industry,address,city,state,country,postal_code,website,tax_id,\
                 domain,attribute_sources",
        );
        check(
            Sheet::Contacts,
            "id,tenant_id,organization_id_before,organization_id_after,\
                 owner_organization_id_before,owner_organization_id_after,\
                 customer_organization_id_before,customer_organization_id_after,\
                 is_primary_contact_before,is_primary_contact_after,type,company_name,contact_name,\
                 email,phone,address,city,state,country,postal_code,website,tax_id,job_title,role,\
                 is_active,created_at",
        );
        check(
            Sheet::Projects,
            "id,tenant_id,customer_id,customer_organization_id_before,\
                 customer_organization_id_after,cause,organization_id,created_at",
        );
        check(Sheet::ContactPoints, "id,project_id,contact_id,role,is_primary");
        check(
            Sheet::Members,
            "tenant_id,name,normalized,organization_id,slug,joined_by,score_millibits,contacts,\
             comparisons,compared,compared_with",
        );
        check(
            Sheet::Review,
            "tenant,a,b,score_millibits,decision,contacts_a,contacts_b,organization_a,\
             organization_b,comparisons,projects_a,projects_b",
        );
        check(Sheet::Findings, "code,severity,table,id,column,message,remedy");
        check(Sheet::Diff, "table,id,label,column,before,after,cause");
    }
}

#[test]
fn only_what_people_open_first_has_a_byte_order_mark() {
    let plan = plan_of("factory-pulse");
    for sheet in Sheet::ALL {
        let marked = bytes(&plan.draft, sheet).starts_with("\u{feff}".as_bytes());
        assert_eq!(marked, sheet == Sheet::Review, "{sheet:?}");
    }
}

#[test]
fn rows_are_sorted() {
    for name in SAMPLES {
        let plan = plan_of(name);
        for sheet in Sheet::ALL {
            let text = Text::of(&plan.draft, sheet);
            let order = |names: &[&str], text: &str| {
                let at = names.iter().position(|name| *name == text);
                format!("{:03}", at.unwrap_or_else(|| panic!("{name}/{sheet:?}: {text}")))
            };
            let codes: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
            let tables = ["organizations", "contacts", "projects", "project_contact_points"];
            let keys: Vec<Vec<String>> = text
                .rows
                .iter()
                .map(|row| {
                    let cell = |at: usize| row[at].clone().unwrap_or_default();
                    match sheet {
                        Sheet::Members => row.iter().flatten().cloned().collect(),
                        Sheet::Findings => vec![order(&codes, &cell(0)), cell(3), cell(4)],
                        Sheet::Diff => vec![order(&tables, &cell(0)), cell(1)],
                        Sheet::Review => {
                            let number = |at: usize| cell(at).parse::<f64>().unwrap();
                            let hangs = |contacts, projects| number(contacts) + number(projects);
                            let moved = hangs(5, 10).min(hangs(6, 11)).max(1.0);
                            let chance = 1.0 / (1.0 + (-number(3) / 1000.0).exp2());
                            vec![format!("{:018.9}", 1e6 - moved * chance)]
                        }
                        _ => vec![cell(0)],
                    }
                })
                .collect();
            assert!(keys.is_sorted(), "{name}/{sheet:?} is not sorted");
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
            let found = planned(&source, &Decisions::default());
            assert_eq!(found.id, expected.id, "{}", source.display());
            for sheet in Sheet::ALL {
                let [found, expected] = [&found, &expected].map(|plan| bytes(&plan.draft, sheet));
                assert_eq!(found, expected, "{}", source.display());
            }
        }
    }
}

/// A plan of a sample, written.
fn written(name: &str, out: &Path) -> (Plan, PathBuf) {
    let plan = plan_of(name);
    let written = write(&plan, b"<p>", out).unwrap();
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
        let mut expected: BTreeSet<String> = Sheet::ALL.map(|sheet| sheet.file().to_owned()).into();
        expected.extend(["plan.json".to_owned(), "report.html".to_owned()]);
        assert_eq!(names(&directory), expected);
        assert_eq!(names(out.path()).len(), 1, "something is left beside the plan");
    }
}

#[test]
fn one_changed_byte_of_a_load_bearing_file_is_refused_by_name() {
    let out = tempfile::tempdir().unwrap();
    let (plan, directory) = written("two-tenants", out.path());
    for name in Sheet::LOAD_BEARING.map(Sheet::file) {
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
        [archive::read(directory).unwrap_err(), write(plan, b"", out).map(drop).unwrap_err()]
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
    let again = write(&plan, b"other", out.path()).unwrap();
    assert_eq!(again, Written::Already(directory.clone()));
    assert!(std::fs::read_to_string(&review).unwrap().contains("filled,in"));
    assert_eq!(std::fs::read(directory.join("report.html")).unwrap(), b"<p>");
}

#[test]
fn answered_questions_are_not_asked_again() {
    let plan = plan_of("two-tenants");
    let asked = |plan: &Plan| -> BTreeSet<Vec<Option<String>>> {
        let rows = Text::of(&plan.draft, Sheet::Review).rows;
        rows.into_iter().map(|row| row[..3].to_vec()).collect()
    };
    assert!(asked(&plan).len() > 2, "the sample asks too little for this test");
    let review = String::from_utf8(bytes(&plan.draft, Sheet::Review)).unwrap();
    assert!(review.starts_with('\u{feff}'), "as a spreadsheet saves it");
    for answer in ["same", "different"] {
        let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
        let mut reader = csv::Reader::from_reader(review.as_bytes());
        writer.write_record(reader.headers().unwrap()).unwrap();
        for record in reader.records() {
            let record = record.unwrap();
            let cells = record.iter().enumerate();
            writer
                .write_record(cells.map(|(at, cell)| if at == 4 { answer } else { cell }))
                .unwrap();
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("review.csv");
        std::fs::write(&path, writer.into_inner().unwrap()).unwrap();
        let again = planned(&sample("two-tenants"), &decisions_of(&path));
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
        for sheet in Sheet::ALL {
            let text = String::from_utf8(bytes(&plan.draft, sheet)).unwrap();
            insta::assert_snapshot!(sheet.file(), text);
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
    for sheet in Sheet::ALL {
        assert_eq!(documented(sheet.file()), header(&plan.draft, sheet), "{sheet:?}");
        files.push(sheet.file());
    }
    files.push("report.html");
    assert_eq!(documented("Files"), files);
    for row in table("Files") {
        let name = row[0].trim_matches('`');
        let sheets = Sheet::LOAD_BEARING.map(Sheet::file);
        let load_bearing = sheets.contains(&name) || name == "plan.json";
        assert_eq!(row[2] == "yes", load_bearing, "{name}");
    }
}

#[test]
fn a_row_that_is_inserted_stands_once_in_the_diff_and_every_row_with_what_people_know_it_by() {
    let plan = plan_of("two-tenants");
    let diff = Text::of(&plan.draft, Sheet::Diff);
    let is_whole = |row: &BTreeMap<&str, Option<&str>>| row["column"] == Some("*");
    let mut whole: BTreeMap<&str, usize> = BTreeMap::new();
    for row in diff.by_name() {
        assert!(row["label"].is_some() || row["table"] == Some("contacts"), "{row:?}");
        assert_ne!(row["before"], row["after"], "{row:?}");
        if is_whole(&row) {
            *whole.entry(row["table"].unwrap()).or_default() += 1;
            assert_eq!(row["before"], None);
        }
    }
    let expected = [("organizations", "insert"), ("contact_points", "insert")];
    let expected = expected.map(|(table, name)| plan.manifest.total(table, name));
    assert_eq!(whole.into_values().collect::<Vec<_>>(), expected);
    assert_eq!(plan.manifest.total("plan", "cells"), diff.rows.len());

    let organization = plan.draft.organizations.iter().find(|row| row.action == Action::Insert);
    let (id, slug) = organization.map(|row| (row.id.to_string(), row.slug.clone())).unwrap();
    let rows: Vec<_> = diff.by_name().filter(|row| row["id"] == Some(&*id)).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["after"], slug.as_deref());
    let linked = diff.by_name().find(|row| row["cause"] == Some("project_linked")).unwrap();
    let numbers = std::fs::read_to_string(sample("two-tenants").join("projects.csv")).unwrap();
    let line = numbers.lines().find(|line| line.contains(linked["id"].unwrap())).unwrap();
    assert!(line.contains(linked["label"].unwrap()), "{line}");
}

/// What is said of a column is what is declared of it, and the other way round.
#[test]
fn columns_are_documented_as_they_are_declared() {
    for sheet in Sheet::LOAD_BEARING {
        let declared = |field| Schema::shipped().column(sheet.table().unwrap(), field).unwrap();
        let rows = table(sheet.file());
        for (column, row) in std::iter::zip(sheet.columns(Schema::shipped()), &rows) {
            let (name, text) = (&column.name, &row[1]);
            let says = |words: &str| text.contains(words);
            match column.meaning {
                Meaning::Before(_) => assert!(text.ends_with(" now"), "{name}: {text}"),
                Meaning::After(field) => {
                    assert!(says("after loading"), "{name}: {text}");
                    for mode in [Mode::Rehome, Mode::Link] {
                        let only = declared(field).written == schema::Written::Changed(Some(mode));
                        let told = says(&format!("changes in mode `{}` only", mode.name()));
                        assert_eq!(told, only, "{name}: {text}");
                    }
                }
                Meaning::Read(field) => {
                    assert!(says("as read"), "{name}: {text}");
                    assert_eq!(says("evidence"), declared(field).evidence.is_some(), "{name}");
                    assert_eq!(says("carried"), declared(field).is_carried, "{name}");
                }
                Meaning::Inserted(field) if declared(field).is_carried => {
                    assert!(says("written at insert"), "{name}: {text}");
                }
                _ => assert!(!says("as read"), "{name}: {text}"),
            }
        }
    }
}

/// Ids, slugs, groups and what happens to each organization, of every sample and preset.
fn ruled() -> Fingerprint {
    let mut text = String::new();
    for name in SAMPLES {
        for preset in [Preset::Cautious, Preset::Balanced] {
            let draft = planned_by(&sample(name), preset).draft;
            for row in &draft.organizations {
                let (action, slug) = (row.action.name(), row.slug.as_deref().unwrap_or("-"));
                writeln!(text, "{} {slug} {action} {}", row.id, row.name).unwrap();
            }
            for member in draft.spellings() {
                writeln!(text, "{} {}", member.organization, member.name).unwrap();
            }
            for review in &draft.reviews {
                writeln!(text, "{:?} {:?}", review.spellings, review.companies).unwrap();
            }
            let contacts = Text::of(&draft, Sheet::Contacts);
            for row in contacts.rows {
                writeln!(text, "{:?}", &row[..10]).unwrap();
            }
        }
    }
    Fingerprint::of(text.as_bytes())
}

#[test]
fn whoever_changes_what_is_planned_raises_the_version_of_the_rules() {
    const RULED: (u32, &str) =
        (5, "3d1a1e0d4e6274dfbf60880b934d3cde8811d5aad8063aab65f49c39734fd17d");
    assert_eq!(
        (RULES, ruled().to_string().as_str()),
        RULED,
        "ids, slugs, groups or questions of a sample are others than those of these rules: raise \
         `plan::RULES`, and write version and fingerprint here"
    );
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
    assert_eq!(documented("Actions"), Action::ALL.map(Action::name));
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
        "source.tables" | "source.columns" => Some("<table>"),
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
            let sheet = Text::of(&plan.draft, Sheet::Members);
            let column = |name: &str| sheet.at(name);
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
            for (at, sheet) in [Sheet::Members, Sheet::Review].into_iter().enumerate() {
                let sheet = Text::of(&plan.draft, sheet);
                let column = |name: &str| sheet.columns.iter().position(|one| one == name);
                let (bits, listed) = (sheet.at("score_millibits"), sheet.at("comparisons"));
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
