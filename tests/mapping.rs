//! Sources that call and shape things otherwise: looked at, and planned by the mapping that is
//! printed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orgfold"));
    command.arg("--quiet").args(arguments).output().expect("the program runs")
}

/// The rows of a file by the names of their columns.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("a sheet of a plan");
    reader.deserialize().map(|row| row.expect("a row of text")).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("what is printed is text")
}

/// Plans a source by the mapping that `inspect` prints, unchanged; the plan directory and folder.
#[track_caller]
fn planned(source: &str) -> (String, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = folder.path().join("mapping.toml");
    let seen = run(&["inspect", source]);
    assert!(seen.status.success(), "{}", text(&seen.stderr));
    std::fs::write(&config, &seen.stdout).expect("a file of the test's own");
    let out = folder.path().join("out");
    let path = |path: &Path| path.to_str().expect("a temporary path is text").to_owned();
    let (config, out) = (path(&config), path(&out));
    let arguments = ["plan", source, "--config", &config, "--out", &out, "--format", "json"];
    let plan = run(&arguments);
    assert!(plan.status.success(), "{}\n{}", text(&seen.stdout), text(&plan.stderr));
    let object: serde_json::Value = serde_json::from_slice(&plan.stdout).expect("one object");
    (object["dir"].as_str().expect("a directory").to_owned(), folder)
}

/// The names of the organizations that a plan inserts or adopts, and how many contacts change.
fn outcome(dir: &str) -> (Vec<String>, usize) {
    let sheet = |name: &str| rows(&Path::new(dir).join(name));
    let mut names: Vec<String> = sheet("organizations.csv")
        .iter()
        .filter(|row| row["action"] != "keep")
        .map(|row| row["name"].clone())
        .collect();
    names.sort();
    (names, sheet("contacts.csv").len())
}

#[test]
fn a_crm_export_is_planned_by_the_mapping_that_is_printed() {
    let (dir, _folder) = planned("samples/crm-export/contacts.csv");
    assert_eq!(outcome(&dir).0, ["Alvgren Marin AB", "Korsnäs Pumpar AB"]);
}

#[test]
fn companies_in_a_table_beside_the_contacts_are_found() {
    let (dir, _folder) = planned("samples/crm-accounts");
    let (names, contacts) = outcome(&dir);
    assert_eq!((names.len(), contacts), (2, 3), "{names:?}");
    assert!(names.contains(&"Ostrava Forge s.r.o.".to_owned()), "{names:?}");
}

#[test]
fn keys_of_any_type_are_read() {
    let (dir, _folder) = planned("samples/northwind/dump.sql");
    let (names, contacts) = outcome(&dir);
    assert_eq!((names.len(), contacts), (2, 3), "{names:?}");
    assert_eq!(rows(&Path::new(&dir).join("projects.csv")).len(), 3);
    let (again, _other) = planned("samples/northwind/dump.sql");
    assert_eq!(Path::new(&dir).file_name(), Path::new(&again).file_name(), "the same ids");
}

#[test]
fn a_project_that_lists_its_contacts_has_the_first_for_its_customer() {
    let (dir, _folder) = planned("samples/later/dump.sql");
    assert_eq!(outcome(&dir), (vec!["Lumen Optik GmbH".to_owned(), "Pavo Keramik".to_owned()], 2));
    let points = rows(&Path::new(&dir).join("contact_points.csv"));
    assert_eq!(points.len(), 2, "one for each project with a contact");
}

#[test]
fn a_source_without_customers_is_refused_with_its_types() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("a file of the test's own");
    };
    write("organizations.csv", "id,name,slug\n3c000000-0000-4000-8000-000000000001,A,a\n");
    write("projects.csv", "id,organization_id,customer_id\n");
    write(
        "contacts.csv",
        "id;organization_id;type;company_name\n\
         3e000000-0000-4000-8000-000000000001;;prospect;Wren\n\
         3e000000-0000-4000-8000-000000000002;;client;Wren\n\
         3e000000-0000-4000-8000-000000000003;;client;Lark\n",
    );
    let source = folder.path().to_str().expect("a temporary path is text");
    let out = folder.path().join("out");
    let out = out.to_str().expect("a temporary path is text");
    let refused = run(&["plan", source, "--out", out]);
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("none of 3 contacts is of type `customer`"), "{said}");
    assert!(
        said.contains("client (2), prospect (1)") && said.contains("orgfold inspect"),
        "{said}"
    );
    let (dir, _folder) = planned(source);
    assert_eq!(outcome(&dir).0, ["Lark", "Wren"]);
}

#[test]
fn what_a_mapping_names_and_is_none_of_ours_is_an_error_with_its_key() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = folder.path().join("mapping.toml");
    let path = config.to_str().expect("a temporary path is text");
    for (mapping, key) in [
        ("[mapping.tables]\npeople = \"x\"\n", "mapping.tables.people"),
        ("[mapping.columns.contacts]\nfirm = \"x\"\n", "mapping.columns.contacts.firm"),
        ("[mapping]\nkey = \"any\"\n", "key"),
    ] {
        std::fs::write(&config, mapping).expect("a file of the test's own");
        let refused = run(&["plan", "samples/later/dump.sql", "--config", path]);
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains(key), "{said}");
    }
}

#[test]
fn inspect_tells_tables_rows_and_types_as_text_and_json() {
    let seen = run(&["inspect", "samples/later/dump.sql"]);
    let said = text(&seen.stdout);
    for part in ["# public.contacts: 3 rows", "type: client (2), supplier (1)", "first_of"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains("Lumen"), "names are no types: {said}");
    let seen = run(&["inspect", "samples/two-tenants/dump-copy.sql", "--format", "json"]);
    let object: serde_json::Value = serde_json::from_slice(&seen.stdout).expect("one object");
    assert!(object["tables"].as_array().is_some_and(|tables| tables.len() >= 4), "{object}");
    assert!(object["mapping"].as_str().is_some_and(|mapping| mapping.contains("no mapping")));
}
