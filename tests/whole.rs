//! Nothing of a dump is left out: what is not read is refused with its line.

#![allow(clippy::unwrap_used, reason = "a test that cannot write its input has failed")]

use std::path::PathBuf;

use orgfold::extract::{Error, Snapshot, Source, extract};
use orgfold::progress::Progress;
use orgfold::schema::Table;
use tempfile::TempDir;

use crate::support::tables::Tables;

/// Reads the texts of some files as one dump.
fn read(texts: &[&str]) -> Result<Snapshot, (Error, TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> =
        (0..texts.len()).map(|at| folder.path().join(format!("{at}.sql"))).collect();
    for (path, text) in paths.iter().zip(texts) {
        std::fs::write(path, text).unwrap();
    }
    let source = Source { paths, ..Source::in_schema("", "public") };
    extract(&source, &Progress::Silent).map_err(|error| (error, folder))
}

#[track_caller]
fn refused(texts: &[&str], file: &str, line: u64, table: Option<&str>, part: &str) {
    let (error, _folder) = read(texts).map(|_| ()).expect_err(part);
    let text = error.to_string();
    let name = error.place.file.file_name().unwrap().to_str().unwrap();
    assert_eq!((name, error.place.line), (file, Some(line)), "{text}");
    assert_eq!(error.place.table.as_deref(), table, "{text}");
    assert!(text.contains(part), "{text}");
    assert!(error.help().is_some(), "{text}");
}

/// Statements that make the tables of the small story.
const SCHEMA: &str = "\
CREATE TABLE public.organizations (id uuid, name text, slug text);
CREATE TABLE public.contacts (id uuid, organization_id uuid, type text, company_name text);
CREATE TABLE public.projects (id uuid, organization_id uuid, customer_id uuid);
";

/// A dump of one tenant, one contact that is written by hand, and rows that stand under `other`.
fn by_hand(before: &str, contacts: &str, after: &str) -> String {
    format!(
        "{SCHEMA}{before}\
         INSERT INTO public.organizations VALUES ('a0000000-0000-4000-8000-000000000001', 'T', 't');\n\
         INSERT INTO public.projects VALUES ('b0000000-0000-4000-8000-000000000001', \
         'a0000000-0000-4000-8000-000000000001', NULL);\n\
         COPY public.{contacts} (id, organization_id, type, company_name) FROM stdin;\n\
         c0000000-0000-4000-8000-000000000001\ta0000000-0000-4000-8000-000000000001\tcustomer\tTern\n\
         \\.\n{after}"
    )
}

#[test]
fn rows_of_a_part_are_rows_of_its_table() {
    for before in [
        "CREATE TABLE public.old_ones PARTITION OF public.contacts DEFAULT;\n",
        "CREATE TABLE public.old_ones () INHERITS (public.contacts);\n",
        "CREATE TABLE public.old_ones (LIKE public.contacts);\nALTER TABLE ONLY public.contacts \
         ATTACH PARTITION public.old_ones FOR VALUES IN ('customer');\n",
        "CREATE TABLE public.old_ones (x int);\nALTER TABLE public.old_ones INHERIT contacts;\n",
        "CREATE TABLE public.mid PARTITION OF contacts DEFAULT PARTITION BY LIST (type);\n\
         CREATE TABLE public.old_ones PARTITION OF public.mid DEFAULT;\n",
    ] {
        let snapshot = read(&[&by_hand(before, "old_ones", "")]).expect(before);
        assert_eq!(snapshot.rows(Table::Contacts), 1, "{before}");
    }
    let by_name = by_hand("", "contacts", "CREATE TABLE public.kin () INHERITS (contacts);\n")
        + "INSERT INTO kin VALUES ('c0000000-0000-4000-8000-000000000002', NULL, 'customer', 'X');";
    assert_eq!(read(&[&by_name]).expect("columns of the parent").rows(Table::Contacts), 2);
}

#[test]
fn what_is_known_of_parts_may_stand_in_another_file() {
    let schema = format!("{SCHEMA}CREATE TABLE public.kin (x int) INHERITS (public.contacts);\n");
    let rows = by_hand("", "kin", "");
    let rows = rows.strip_prefix(SCHEMA).unwrap();
    assert_eq!(read(&[&schema, rows]).expect("both").rows(Table::Contacts), 1);
    refused(&[SCHEMA, rows], "0.sql", 2, Some("contacts"), "does not bring its rows");
    let late =
        by_hand("", "kin", "ALTER TABLE kin INHERIT contacts;\nCOPY contacts FROM stdin;\n\\.\n");
    refused(&[&late], "0.sql", 6, Some("kin"), "before the statement that makes this table a part");
}

#[test]
fn a_table_that_looks_like_a_part_is_refused_where_the_dump_does_not_tell() {
    let rows = by_hand("", "contacts", "");
    let rows = rows.strip_prefix(SCHEMA).unwrap();
    let columns = "(company_name, type, id, organization_id, more)";
    let insert = rows.replace("organizations VALUES", "organizations (id, name, slug) VALUES");
    let insert =
        insert.replace("projects VALUES", "projects (id, organization_id, customer_id) VALUES");
    let other = format!("{insert}COPY public.older_ones {columns} FROM stdin;\n\\.\n");
    refused(&[&other], "0.sql", 6, Some("older_ones"), "all columns of `contacts`");
    let told = format!("CREATE TABLE public.older_ones (id uuid);\n{other}");
    let schema = format!("{SCHEMA}CREATE TABLE public.older_ones (id uuid);\n");
    assert_eq!(read(&[&schema, &other]).expect("a table of its own").rows(Table::Contacts), 1);
    refused(
        &[&told.replace("older_ones (id", "x (id")],
        "0.sql",
        7,
        Some("older_ones"),
        "all columns",
    );
    let only = other.replace("public.contacts", "public.newer_ones");
    let (error, _folder) = read(&[&only]).map(|_| ()).expect_err("no contacts");
    assert!(error.to_string().contains("newer_ones, older_ones"), "{error}");
}

#[test]
fn a_table_that_is_made_and_gets_no_rows_is_refused() {
    refused(&[SCHEMA], "0.sql", 2, Some("contacts"), "does not bring its rows");
    let dump = Tables::small().copy_dump();
    let made = dump.replacen(
        "SET ",
        "CREATE TABLE public.contacts_p1 () INHERITS (public.contacts);\nSET ",
        1,
    );
    let (error, _folder) = read(&[&made]).map(|_| ()).expect_err("a part without rows");
    assert_eq!(error.place.table.as_deref(), Some("contacts_p1"), "{error}");
    let foreign = by_hand(
        "CREATE FOREIGN TABLE public.far PARTITION OF public.contacts DEFAULT SERVER s;\n",
        "contacts",
        "",
    );
    refused(&[&foreign], "0.sql", 4, Some("far"), "does not bring its rows");
}

#[test]
fn a_statement_that_is_not_understood_is_refused_where_it_names_a_table_of_ours() {
    let row = "('c0000000-0000-4000-8000-000000000009', NULL, 'customer', 'Ibis')";
    for (statement, table, part) in [
        (&*format!("DO $x$ BEGIN INSERT INTO contacts VALUES {row}; END $x$;"), "contacts", "`DO`"),
        (
            &*format!("WITH x AS (SELECT 1) INSERT INTO public.contacts VALUES {row};"),
            "contacts",
            "`WITH`",
        ),
        ("WITH x AS (SELECT 1) UPDATE \"projects\" SET customer_id = NULL;", "projects", "`WITH`"),
        ("CALL fill('contacts');", "contacts", "`CALL`"),
        ("PREPARE p AS DELETE FROM organizations;", "organizations", "`PREPARE`"),
        ("SELECT * INTO public.contacts FROM other;", "contacts", "`SELECT`"),
        ("SELECT fill('public.contacts');", "contacts", "`SELECT`"),
        ("\\copy contacts (id) from 'rows.csv' csv", "contacts", "`\\copy` brings rows"),
        ("CREATE TABLE public.users AS SELECT 1;", "users", "`CREATE TABLE … AS`"),
        ("DROP TABLE contacts;", "contacts", "DROP changes rows"),
        ("ALTER TABLE contacts RENAME TO people;", "contacts", "RENAME changes rows"),
        ("ALTER TABLE public.contacts SET SCHEMA archive;", "contacts", "SET SCHEMA changes rows"),
    ] {
        refused(&[&by_hand("", "contacts", statement)], "0.sql", 9, Some(table), part);
    }
    for statement in ["\\i more.sql", "\\ir 'rows of others.sql'", "\\gexec", "ROLLBACK;"] {
        refused(&[&by_hand("", "contacts", statement)], "0.sql", 9, None, "");
    }
}

#[test]
fn a_statement_that_changes_no_row_of_ours_is_passed_over() {
    for statement in [
        "DO $x$ BEGIN RAISE NOTICE 'contacts'; END $x$;",
        "DO $x$ BEGIN INSERT INTO contacts_log VALUES (1); END $x$;",
        "WITH x AS (SELECT 1) INSERT INTO log SELECT * FROM x;",
        "SELECT setval(pg_get_serial_sequence('contacts', 'id'), max(id)) FROM contacts;",
        "SELECT pg_catalog.setval('public.contacts_id_seq', 3, true);",
        "GRANT ALL ON contacts TO app; ANALYZE contacts; COMMIT;",
        "\\copy contacts to 'rows.csv' csv",
        "\\echo contacts",
        "\\i 0.sql",
        "DROP TABLE contacts_old;",
    ] {
        let snapshot = read(&[&by_hand("", "contacts", statement)]);
        assert_eq!(snapshot.expect(statement).rows(Table::Contacts), 1, "{statement}");
    }
}

#[test]
fn what_programs_wrote_before_a_dump_is_told_and_its_end_is_still_looked_for() {
    let dump = Tables::small().copy_dump();
    let noise = "tool: warning: can't say; it's late\r\ntool: detail: (x\n";
    let with_noise = format!("{noise}{dump}");
    let snapshot = read(&[&with_noise]).expect("noise is passed over");
    assert_eq!(snapshot.fingerprints(), read(&[&dump]).expect("read").fingerprints());
    assert_eq!(snapshot.notes().len(), 1);
    assert!(snapshot.notes()[0].ends_with("2 lines"), "{:?}", snapshot.notes());
    let cut = with_noise.replace("-- PostgreSQL database dump complete", "");
    let (error, _folder) = read(&[&cut]).map(|_| ()).expect_err("cut");
    assert!(error.to_string().contains("closing line is missing"), "{error}");
}

#[test]
fn files_of_one_dump_are_read_in_their_order() {
    let tables = Tables::small();
    let dump = tables.copy_dump();
    let at = dump.find("COPY public.contacts").unwrap();
    let (first, second) = dump.split_at(at);
    let opening = "-- PostgreSQL database dump complete\n";
    let found = read(&[&format!("{first}{opening}"), second]).expect("two files");
    assert_eq!(found.fingerprints(), read(&[&dump]).expect("one file").fingerprints());
    let (error, folder) = read(&[&dump, &dump]).map(|_| ()).expect_err("rows twice");
    let first = folder.path().join("0.sql");
    assert!(error.place.file.ends_with("1.sql"), "{error}");
    assert!(error.to_string().contains(&format!("of {}", first.display())), "{error}");
    let paths = vec![first, folder.path().to_owned()];
    let source = Source { paths, ..Source::in_schema("", "public") };
    let error = extract(&source, &Progress::Silent).map(|_| ()).expect_err("a directory");
    assert!(error.to_string().contains("other files are named beside it"), "{error}");
}
