//! The generator of contacts (`examples/generate.rs`): deterministic, complete, plausible.

#[path = "../examples/generate/mod.rs"]
pub(crate) mod generator;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use generator::countries::COUNTRIES;
use generator::lists::read_names;
use generator::source::Source;
use generator::{Options, Summary, generate};
use orgfold::extract::{self, extract};
use orgfold::progress::Progress;
use orgfold::schema::Table;

struct Made {
    contacts: Vec<u8>,
    truth: Vec<u8>,
    summary: Summary,
}

fn made(contacts: usize, seed: u64, names: Vec<(String, String)>) -> Made {
    let options = Options { contacts, seed, names };
    let (mut contacts, mut truth) = (Vec::new(), Vec::new());
    let summary =
        generate(&options, &mut contacts, &mut truth, None).expect("memory can be written");
    Made { contacts, truth, summary }
}

fn rows(csv: &[u8]) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(csv).deserialize().map(|row| row.expect("it is CSV")).collect()
}

#[test]
fn the_seed_says_everything() {
    let (a, b, other) = (made(500, 7, vec![]), made(500, 7, vec![]), made(500, 8, vec![]));
    assert!(a.contacts == b.contacts && a.truth == b.truth);
    assert!(a.contacts != other.contacts && a.truth != other.truth);
}

#[test]
fn both_files_hold_every_contact_once_under_one_name() {
    let made = made(2000, 3, vec![]);
    let (contacts, truth) = (rows(&made.contacts), rows(&made.truth));
    assert_eq!((contacts.len(), truth.len()), (2000, 2000));
    let ids: BTreeSet<&str> = contacts.iter().map(|row| row["id"].as_str()).collect();
    assert_eq!(ids.len(), 2000);
    for (contact, truth) in contacts.iter().zip(&truth) {
        assert_eq!((&contact["id"], &contact["name"]), (&truth["id"], &truth["name"]));
        assert!(!contact["name"].trim().is_empty());
    }
}

#[test]
fn shares_are_those_that_the_head_of_the_generator_states() {
    let made = made(20_000, 1, vec![]);
    let of = |count: usize| count * 100 / made.summary.contacts;
    let clusters: BTreeSet<String> =
        rows(&made.truth).into_iter().map(|mut row| row.remove("cluster_id").unwrap()).collect();
    assert_eq!(clusters.len(), made.summary.companies);
    assert!((42..=48).contains(&of(made.summary.companies)));
    assert!((66..=73).contains(&of(made.summary.spellings)));
    assert!(made.summary.ambiguous_rows * 500 < made.summary.contacts);
    assert!(made.summary.touched[3] * 20 < made.summary.contacts);
    for (kind, count) in &made.summary.kinds {
        assert!(*count > 0, "{kind} never happens");
    }
}

#[test]
fn names_of_a_list_are_taken_before_any_is_invented() {
    let list = "name,country\nZyxo Steel GmbH,DE\nQuuxwell Trading Ltd,GB\n,GB\n";
    let names = read_names(list.as_bytes()).expect("it is a list");
    assert_eq!(names.len(), 2);
    let made = made(40, 1, names);
    let text = String::from_utf8(made.truth).expect("it is UTF-8").to_lowercase();
    assert!(text.contains("quuxwell") || text.contains("zyxo"), "{text}");
}

/// The tables that the generator writes into a folder.
fn source(folder: &Path, tenants: usize, projects: usize) -> Vec<Vec<u8>> {
    let options = Options { contacts: 600, seed: 7, names: Vec::new() };
    let source = Source::create(folder, 7, tenants, projects).expect("the folder is there");
    let (contacts, truth) = (Vec::new(), Vec::new());
    let summary = generate(&options, contacts, truth, Some(source)).expect("it can be written");
    let read = |name: &str| std::fs::read(folder.join(name)).expect("it was written");
    let files: Vec<_> = ["organizations", "users", "contacts", "projects"]
        .map(|n| read(&format!("{n}.csv")))
        .into();
    assert_eq!(Some(rows(&files[3]).len()), summary.projects);
    files
}

#[test]
fn the_source_is_one_that_is_read_with_every_row() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = source(folder.path(), 3, 2);
    let read = extract::Source::in_schema(folder.path(), "public");
    let snapshot = extract(&read, &Progress::Silent).expect("it is a source");
    assert_eq!(snapshot.rows(Table::Organizations), 3);
    assert_eq!(snapshot.rows(Table::Users), 6);
    assert_eq!(snapshot.rows(Table::Contacts), 600);
    let contacts = rows(&files[2]);
    let customers = contacts.iter().filter(|row| row["type"] == "customer").count();
    assert!((500..560).contains(&customers), "{customers}");
    assert_eq!(snapshot.rows(Table::Projects), 2 * customers);
    let tenants: BTreeSet<&str> =
        contacts.iter().map(|row| row["organization_id"].as_str()).collect();
    assert_eq!(tenants.len(), 3);
    let names: Vec<String> = rows(&made(600, 7, vec![]).contacts)
        .into_iter()
        .map(|mut row| row.remove("name").expect("a column"))
        .collect();
    assert!(contacts.iter().map(|row| &row["company_name"]).eq(&names), "the same contacts");
}

#[test]
fn the_same_source_comes_again_and_a_company_stays_with_one_tenant() {
    let (one, two) = (tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
    let files = source(one.path(), 5, 1);
    assert!(files == source(two.path(), 5, 1));
    let truth = rows(&made(600, 7, vec![]).truth);
    let mut tenants: BTreeMap<&str, &str> = BTreeMap::new();
    let contacts = rows(&files[2]);
    for (contact, truth) in contacts.iter().zip(&truth) {
        let tenant = tenants.entry(&truth["cluster_id"]).or_insert(&contact["organization_id"]);
        assert_eq!(*tenant, contact["organization_id"]);
    }
}

/// What the generator writes for a legal form or free mail is what the lists say it is; otherwise
/// a measurement would measure the generator's invention.
#[test]
fn legal_forms_and_free_mail_are_those_of_the_lists() {
    let lists = generator::lists::Lists::load();
    let mail = std::fs::read_to_string("config/free_mail.csv").expect("the list is there");
    for country in COUNTRIES {
        for form in country.forms {
            for text in [&[form.official], form.same, form.english].concat() {
                let known = lists.is_form(text) || lists.is_form(&text.replace(['.', '/'], ""));
                assert!(known, "{}: {text}", country.code);
            }
        }
        for domain in country.mail {
            assert!(mail.contains(&format!("\n{domain},")), "{domain}");
        }
    }
}
