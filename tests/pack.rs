//! The validation pack, as the server counts it and as the forecast does.

#![allow(clippy::unwrap_used, reason = "a test that cannot reach its server has failed")]

use std::fmt::Write as _;

use orgfold::config::{self, Config, Overrides};
use orgfold::extract::{Snapshot, Source, extract};
use orgfold::ids::{ContactPointId, OrganizationId};
use orgfold::load::catalog::Catalog;
use orgfold::load::history::{self, Filed};
use orgfold::load::verify::{SHOWN, count, measure, statement};
use orgfold::plan::{self, CheckFacts};
use orgfold::progress::Progress;
use orgfold::schema::{Names, Schema, Table};
use orgfold::transform::record::{Contact, ContactPoint, Organization, Project, Records};
use orgfold::transform::{Decisions, Mode, Tenancy, link, resolve};
use proptest::prelude::*;
use tokio_postgres::Client;

use crate::support::database::Database;
use crate::support::worlds::after;

async fn catalog(client: &Client, schema: &str) -> Catalog {
    let names = Names::in_schema(schema);
    Catalog::read(client, &names, Schema::shipped()).await.unwrap()
}

/// A schema whose name has everything in it that could be taken for something else.
const SCHEMA: &str = "An \"odd\" ::name :users";

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn snapshot(path: &str) -> Snapshot {
    let source = Source::in_schema(path, "public");
    extract(&source, &Progress::Silent).expect("the sample is readable")
}

fn config(mode: Mode) -> Config {
    let mut config = config::load(None, &Overrides::default()).expect("the defaults are valid");
    config.rules.mode = mode;
    config
}

/// Tables of the columns that are read, without any key, so that rows may be as wrong as they can.
async fn bare(client: &Client) {
    let mut script = format!("create schema {0}; set search_path = {0};", quoted(SCHEMA));
    for (table, columns) in [
        ("organizations", "name text, slug text, owner_organization_id uuid"),
        (
            "contacts",
            "organization_id uuid, type text, owner_organization_id uuid, \
             customer_organization_id uuid, is_primary_contact boolean",
        ),
        ("projects", "organization_id uuid, customer_id uuid, customer_organization_id uuid"),
        (
            "project_contact_points",
            "project_id uuid, contact_id uuid, role text, is_primary boolean",
        ),
        ("users", "organization_id uuid"),
    ] {
        let _ = write!(script, "create table {table} (id uuid primary key, {columns});");
    }
    client.batch_execute(&script).await.unwrap();
}

fn literal<T: ToString>(value: Option<T>) -> String {
    value.map_or("null".to_owned(), |value| format!("'{}'", value.to_string().replace('\'', "''")))
}

/// Writes rows over those that are there.
async fn write(client: &Client, records: &Records<'_>) {
    let mut script =
        "truncate organizations, contacts, projects, project_contact_points, users;".to_owned();
    let mut insert = |table: &str, rows: Vec<Vec<String>>| {
        let rows: Vec<String> = rows.iter().map(|row| format!("({})", row.join(","))).collect();
        if !rows.is_empty() {
            let _ = write!(script, "insert into {table} values {};", rows.join(","));
        }
    };
    let row = |row: &Organization<'_>| {
        vec![literal(Some(row.id)), literal(Some(row.name)), literal(row.slug), literal(row.owner)]
    };
    insert("organizations", records.organizations.iter().map(row).collect());
    let row = |row: &Contact<'_>| {
        vec![
            literal(Some(row.id)),
            literal(row.organization),
            literal(Some(row.kind)),
            literal(row.owner),
            literal(row.customer_organization),
            literal(row.is_primary),
        ]
    };
    insert("contacts", records.contacts.iter().map(row).collect());
    let row = |row: &Project| {
        vec![
            literal(Some(row.id)),
            literal(row.organization),
            literal(row.customer),
            literal(row.customer_organization),
        ]
    };
    insert("projects", records.projects.iter().map(row).collect());
    let row = |row: &ContactPoint<'_>| {
        vec![
            literal(Some(row.id)),
            literal(row.project),
            literal(row.contact),
            literal(row.role),
            literal(row.is_primary),
        ]
    };
    insert("project_contact_points", records.points.iter().map(row).collect());
    let users = records.users.iter().flatten();
    let users = users.map(|(id, of)| vec![literal(Some(*id)), literal(*of)]);
    insert("users", users.collect());
    client.batch_execute(&script).await.unwrap();
}

/// What the server counts: all checks at once, and each by the rows that it returns.
async fn counts(client: &Client, mode: Mode, catalog: &Catalog) -> Vec<(&'static str, usize)> {
    let at_once = count(client, mode, catalog).await.unwrap();
    let measured = measure(client, mode, catalog).await.unwrap();
    for (found, (check, total)) in measured.iter().zip(&at_once) {
        assert_eq!((found.check, found.total), (*check, *total));
        assert_eq!(found.rows.len(), found.total.min(SHOWN), "{}", found.check.code);
        assert!(found.rows.is_sorted_by(|a, b| a.id < b.id), "{:?}", found.rows);
        let alone = statement(*check, mode, catalog).unwrap();
        let rows = client.query(&alone, &[]).await.unwrap();
        assert_eq!(rows.len(), *total, "{}", check.code);
    }
    measured.iter().map(|found| (found.check.code, found.total)).collect()
}

fn forecast_counts(records: &Records<'_>, mode: Mode) -> Vec<(&'static str, usize)> {
    plan::count(records, mode).into_iter().map(|(check, rows)| (check.code, rows)).collect()
}

async fn measured(client: &Client, schema: &str, mode: Mode) -> Vec<(&'static str, usize)> {
    let catalog = catalog(client, schema).await;
    counts(client, mode, &catalog).await
}

#[tokio::test]
async fn a_database_before_any_migration_counts_as_the_forecast_says() {
    for sample in ["samples/factory-pulse", "samples/two-tenants"] {
        let (_database, client) = Database::connected().await;
        let read = |file: &str| std::fs::read_to_string(format!("{sample}/{file}")).unwrap();
        client.batch_execute(&read("schema.sql")).await.unwrap();
        let rows = read("dump-insert.sql").replace("SET transaction_timeout = 0;", "");
        client.batch_execute(&rows).await.unwrap();
        // The dump has emptied it; nothing of ours may depend on it either way.
        client.batch_execute("set search_path = ''").await.unwrap();
        let snapshot = snapshot(&format!("{sample}/dump-insert.sql"));
        let records = Records::new(&snapshot);
        for mode in [Mode::Rehome, Mode::Link] {
            let expected = forecast_counts(&records, mode);
            assert_eq!(measured(&client, "public", mode).await, expected, "{sample} {mode:?}");
            assert!(expected.iter().any(|(_, count)| *count > 0), "{sample}: says something");
        }
    }
}

#[tokio::test]
async fn rows_before_and_after_a_plan_count_as_the_forecast_says() {
    let (_database, client) = Database::connected().await;
    bare(&client).await;
    for sample in ["samples/factory-pulse", "samples/two-tenants"] {
        let snapshot = snapshot(sample);
        let records = Records::new(&snapshot);
        for mode in [Mode::Rehome, Mode::Link] {
            let rules = config(mode).rules;
            let tenancy = Tenancy::new(&records, &mut Vec::new());
            let resolution =
                resolve(&records, &tenancy, &rules, &Decisions::default()).expect("no decisions");
            let desired = link(&records, &tenancy, &resolution, &rules);
            let after = after(&records, &desired, tenancy.is_tenantless());
            for rows in [&records, &after] {
                write(&client, rows).await;
                let expected = forecast_counts(rows, mode);
                assert_eq!(measured(&client, SCHEMA, mode).await, expected, "{sample} {mode:?}");
            }
        }
    }
}

/// Two tenants, a customer organization of the first with one contact, one project: all right.
fn sound(mode: Mode) -> String {
    let (organization, owner, customer) = match mode {
        Mode::Rehome => (
            "'a1000000-0000-4000-8000-000000000000'",
            "'a0000000-0000-4000-8000-000000000000'",
            "null",
        ),
        Mode::Link => (
            "'a0000000-0000-4000-8000-000000000000'",
            "null",
            "'a1000000-0000-4000-8000-000000000000'",
        ),
    };
    format!(
        "truncate organizations, contacts, projects, project_contact_points, users;
         insert into organizations values
            ('a0000000-0000-4000-8000-000000000000', 'A', 'a', null),
            ('b0000000-0000-4000-8000-000000000000', 'B', 'b', null),
            ('a1000000-0000-4000-8000-000000000000', 'X', 'x', 'a0000000-0000-4000-8000-000000000000');
         insert into users values
            ('00000000-0000-4000-8000-000000000000', 'a0000000-0000-4000-8000-000000000000'),
            ('00000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000000');
         insert into contacts values
            ('c0000000-0000-4000-8000-000000000000', {organization}, 'Customer ', {owner}, {customer}, true),
            ('c1000000-0000-4000-8000-000000000000', 'b0000000-0000-4000-8000-000000000000', 'supplier', null, null, null);
         insert into projects values
            ('d0000000-0000-4000-8000-000000000000', 'a0000000-0000-4000-8000-000000000000',
             'c0000000-0000-4000-8000-000000000000', 'a1000000-0000-4000-8000-000000000000'),
            ('d1000000-0000-4000-8000-000000000000', 'b0000000-0000-4000-8000-000000000000', null, null);
         insert into project_contact_points values
            ('e0000000-0000-4000-8000-000000000000', 'd0000000-0000-4000-8000-000000000000',
             'c0000000-0000-4000-8000-000000000000', 'general', true)"
    )
}

/// For each check what makes one row offend, the key of that row, and what mends it.
const PLANTED: &[(&str, &str, &str, &str)] = &[
    (
        "orphaned_projects",
        "update projects set customer_id = 'dead0000-0000-4000-8000-000000000000' where id = 'd1000000-0000-4000-8000-000000000000'",
        "d1000000-0000-4000-8000-000000000000",
        "update projects set customer_id = null where id = 'd1000000-0000-4000-8000-000000000000'",
    ),
    (
        "projects_without_organization",
        "update projects set customer_organization_id = null",
        "d0000000-0000-4000-8000-000000000000",
        "update projects set customer_organization_id = 'a1000000-0000-4000-8000-000000000000' where customer_id is not null",
    ),
    (
        "contacts_without_organization",
        "insert into contacts values ('c2000000-0000-4000-8000-000000000000', 'a0000000-0000-4000-8000-000000000000', E'\\u00a0CUSTOMER\\t', null, null, false)",
        "c2000000-0000-4000-8000-000000000000",
        "delete from contacts where id = 'c2000000-0000-4000-8000-000000000000'",
    ),
    (
        "projects_without_contact_point",
        "update project_contact_points set contact_id = 'c1000000-0000-4000-8000-000000000000'",
        "d0000000-0000-4000-8000-000000000000",
        "update project_contact_points set contact_id = 'c0000000-0000-4000-8000-000000000000'",
    ),
    (
        "customer_is_own_tenant",
        "update projects set customer_organization_id = organization_id where id = 'd1000000-0000-4000-8000-000000000000'",
        "d1000000-0000-4000-8000-000000000000",
        "update projects set customer_organization_id = null where id = 'd1000000-0000-4000-8000-000000000000'",
    ),
    (
        "dangling_links",
        "update projects set customer_organization_id = 'dead0000-0000-4000-8000-000000000000' where id = 'd1000000-0000-4000-8000-000000000000'",
        "d1000000-0000-4000-8000-000000000000",
        "update projects set customer_organization_id = null where id = 'd1000000-0000-4000-8000-000000000000'",
    ),
    (
        "links_across_tenants",
        "update projects set customer_organization_id = 'a1000000-0000-4000-8000-000000000000' where id = 'd1000000-0000-4000-8000-000000000000'",
        "d1000000-0000-4000-8000-000000000000",
        "update projects set customer_organization_id = null where id = 'd1000000-0000-4000-8000-000000000000'",
    ),
    (
        "links_differ_from_contact",
        "update projects set customer_organization_id = 'b0000000-0000-4000-8000-000000000000' where customer_id is not null",
        "d0000000-0000-4000-8000-000000000000",
        "update projects set customer_organization_id = 'a1000000-0000-4000-8000-000000000000' where customer_id is not null",
    ),
    (
        "contacts_across_tenants",
        "update organizations set owner_organization_id = 'b0000000-0000-4000-8000-000000000000' where slug = 'x'",
        "c0000000-0000-4000-8000-000000000000",
        "update organizations set owner_organization_id = 'a0000000-0000-4000-8000-000000000000' where slug = 'x'",
    ),
    (
        "contact_points_across_tenants",
        "insert into project_contact_points values ('e1000000-0000-4000-8000-000000000000', 'd0000000-0000-4000-8000-000000000000', 'c1000000-0000-4000-8000-000000000000', 'general', null)",
        "e1000000-0000-4000-8000-000000000000",
        "delete from project_contact_points where is_primary is null",
    ),
    (
        "dangling_contact_points",
        "insert into project_contact_points values ('e1000000-0000-4000-8000-000000000000', 'd0000000-0000-4000-8000-000000000000', null, 'general', null)",
        "e1000000-0000-4000-8000-000000000000",
        "delete from project_contact_points where is_primary is null",
    ),
    (
        "duplicate_contact_points",
        "insert into project_contact_points values ('e1000000-0000-4000-8000-000000000000', 'd0000000-0000-4000-8000-000000000000', 'c0000000-0000-4000-8000-000000000000', 'general', null)",
        "e1000000-0000-4000-8000-000000000000",
        "delete from project_contact_points where is_primary is null",
    ),
    (
        "projects_without_one_primary",
        "update project_contact_points set is_primary = null",
        "d0000000-0000-4000-8000-000000000000",
        "update project_contact_points set is_primary = true",
    ),
    (
        "organizations_without_one_primary",
        "update contacts set is_primary_contact = false",
        "a1000000-0000-4000-8000-000000000000",
        "update contacts set is_primary_contact = true",
    ),
    (
        "organizations_without_contacts",
        "insert into organizations values ('a2000000-0000-4000-8000-000000000000', 'Y', 'y', 'a0000000-0000-4000-8000-000000000000')",
        "a2000000-0000-4000-8000-000000000000",
        "delete from organizations where slug = 'y'",
    ),
    (
        "organizations_without_slug",
        "update organizations set slug = E'\\u3000' where slug = 'b'",
        "b0000000-0000-4000-8000-000000000000",
        "update organizations set slug = 'b' where name = 'B'",
    ),
    (
        "duplicate_slugs",
        "update organizations set slug = 'a' where slug = 'b'",
        "b0000000-0000-4000-8000-000000000000",
        "update organizations set slug = 'b' where name = 'B'",
    ),
];

#[tokio::test]
async fn each_check_finds_the_row_that_was_planted_and_nothing_after_it_is_mended() {
    let (_database, client) = Database::connected().await;
    bare(&client).await;
    let codes: Vec<&str> = PLANTED.iter().map(|planted| planted.0).collect();
    assert_eq!(codes, plan::checks().map(|check| check.code).collect::<Vec<_>>());
    let catalog = catalog(&client, SCHEMA).await;
    for mode in [Mode::Rehome, Mode::Link] {
        client.batch_execute(&sound(mode)).await.unwrap();
        for (code, plant, id, mend) in PLANTED {
            let clean = measure(&client, mode, &catalog).await.unwrap();
            assert!(
                clean.iter().all(|found| found.total == 0),
                "{mode:?} before {code}: {clean:?}"
            );
            client.batch_execute(plant).await.unwrap();
            let found = measure(&client, mode, &catalog).await.unwrap();
            let found = found.iter().find(|found| found.check.code == *code).unwrap();
            assert_eq!(found.total, 1, "{mode:?} {code}");
            assert_eq!(found.rows[0].id, *id, "{mode:?} {code}");
            assert!(!found.rows[0].detail.is_empty(), "{code}");
            client.batch_execute(mend).await.unwrap();
        }
        let clean = measure(&client, mode, &catalog).await.unwrap();
        assert!(clean.iter().all(|found| found.total == 0), "{mode:?}: {clean:?}");
    }
}

/// What is no offence, though it looks like one, and what is one, though it looks like none: rows
/// planted among sound ones, the mode, the check, and the offending row.
const EDGES: &[(&str, Mode, &str, Option<&str>)] = &[
    // The contact lies in its customer organization, which says whose it is.
    (
        "update contacts set organization_id = 'a1000000-0000-4000-8000-000000000000' where is_primary_contact",
        Mode::Link,
        "contacts_across_tenants",
        None,
    ),
    // Nobody can tell whose a contact of no organization is.
    (
        "update contacts set organization_id = 'dead0000-0000-4000-8000-000000000000' where is_primary_contact",
        Mode::Link,
        "contacts_across_tenants",
        None,
    ),
    (
        "update contacts set organization_id = 'b0000000-0000-4000-8000-000000000000' where is_primary_contact",
        Mode::Link,
        "contacts_across_tenants",
        Some("c0000000-0000-4000-8000-000000000000"),
    ),
    // Its owner is its organization: it is in no customer organization.
    (
        "update contacts set organization_id = owner_organization_id where is_primary_contact",
        Mode::Rehome,
        "contacts_without_organization",
        Some("c0000000-0000-4000-8000-000000000000"),
    ),
    (
        "update contacts set organization_id = owner_organization_id where is_primary_contact;
         update organizations set owner_organization_id = id where slug = 'a'",
        Mode::Rehome,
        "contacts_without_organization",
        Some("c0000000-0000-4000-8000-000000000000"),
    ),
    (
        "update organizations set owner_organization_id = id where slug = 'b'",
        Mode::Rehome,
        "organizations_without_contacts",
        None,
    ),
    // Without any tenant nobody owns anything, and what a contact names is its organization.
    (
        "truncate users; update projects set organization_id = null;
         update organizations set owner_organization_id = null;
         update contacts set owner_organization_id = null",
        Mode::Rehome,
        "contacts_without_organization",
        None,
    ),
    (
        "truncate users; update projects set organization_id = null;
         update organizations set owner_organization_id = null;
         update contacts set owner_organization_id = null, is_primary_contact = false",
        Mode::Rehome,
        "organizations_without_one_primary",
        Some("a1000000-0000-4000-8000-000000000000"),
    ),
    (
        "truncate users; update projects set organization_id = null;
         update organizations set owner_organization_id = null;
         update contacts set owner_organization_id = null; truncate project_contact_points",
        Mode::Rehome,
        "projects_without_contact_point",
        Some("d0000000-0000-4000-8000-000000000000"),
    ),
];

#[tokio::test]
async fn what_only_looks_like_an_offence_is_none() {
    let (_database, client) = Database::connected().await;
    bare(&client).await;
    let catalog = catalog(&client, SCHEMA).await;
    for (plant, mode, code, id) in EDGES {
        client.batch_execute(&sound(*mode)).await.unwrap();
        client.batch_execute(plant).await.unwrap();
        let found = measure(&client, *mode, &catalog).await.unwrap();
        let found = found.iter().find(|found| found.check.code == *code).unwrap();
        let ids: Vec<&str> = found.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, id.iter().copied().collect::<Vec<_>>(), "{mode:?} {code}: {plant}");
    }
}

/// In each mode a plan of the sample leaves the rows that its README names, and no other.
#[test]
fn a_plan_puts_no_contact_into_another_tenants_organization() {
    let snapshot = snapshot("samples/two-tenants");
    let records = Records::new(&snapshot);
    for (mode, misplaced) in [(Mode::Rehome, 1), (Mode::Link, 0)] {
        let rules = config(mode).rules;
        let tenancy = Tenancy::new(&records, &mut Vec::new());
        let resolution = resolve(&records, &tenancy, &rules, &Decisions::default()).unwrap();
        let desired = link(&records, &tenancy, &resolution, &rules);
        let after = after(&records, &desired, tenancy.is_tenantless());
        let found = forecast_counts(&after, mode);
        let count = found.iter().find(|found| found.0 == "contacts_across_tenants").unwrap().1;
        assert_eq!(count, misplaced, "{mode:?}");
    }
}

#[tokio::test]
async fn rows_are_capped_and_the_total_is_not() {
    let (_database, client) = Database::connected().await;
    bare(&client).await;
    let many = "insert into projects (id, customer_id) \
                select gen_random_uuid(), gen_random_uuid() from generate_series(1, 250)";
    client.batch_execute(many).await.unwrap();
    let catalog = catalog(&client, SCHEMA).await;
    let found = measure(&client, Mode::Link, &catalog).await.unwrap();
    assert_eq!((found[0].total, found[0].rows.len()), (250, SHOWN));
    // The statement that a person runs has no cap.
    let alone = statement(found[0].check, Mode::Link, &catalog).unwrap();
    assert_eq!(client.query(&alone, &[]).await.unwrap().len(), 250);
    assert!(alone.starts_with("-- Projects whose customer_id"), "{alone}");
}

#[tokio::test]
async fn a_role_that_would_see_fewer_rows_gets_an_error() {
    let (database, client) = Database::connected().await;
    bare(&client).await;
    let schema = quoted(SCHEMA);
    let (filtered, bypass) = (database.role("filtered"), database.role("bypass"));
    client
        .batch_execute(&format!(
            "create role {filtered} login; create role {bypass} login bypassrls;
             grant usage on schema {schema} to {filtered}, {bypass};
             grant select on all tables in schema {schema} to {filtered}, {bypass};
             alter table contacts enable row level security"
        ))
        .await
        .unwrap();
    let filtered = database.connect_as(&filtered).await;
    let catalog = catalog(&filtered, SCHEMA).await;
    for setting in ["on", "off"] {
        filtered.batch_execute(&format!("set row_security = {setting}")).await.unwrap();
        let error = measure(&filtered, Mode::Link, &catalog).await.unwrap_err();
        assert_eq!(error.exit() as u8, 8, "{error}");
        assert!(error.to_string().contains("`contacts`"), "{error}");
    }
    let bypass = database.connect_as(&bypass).await;
    assert!(measure(&bypass, Mode::Link, &catalog).await.is_ok());
}

#[tokio::test]
async fn types_that_fold_or_wrap_values_change_no_count() {
    let (_database, client) = Database::connected().await;
    client
        .batch_execute(
            "create domain ident as uuid; create domain yes as boolean;
             create type kind as enum ('customer', 'supplier');
             create collation folding (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
             create table organizations (id ident primary key, name text collate folding, slug text collate folding);
             create table contacts (id ident primary key, organization_id ident, type kind, is_primary_contact yes);
             create table projects (id ident primary key, organization_id ident, customer_id ident);
             create table project_contact_points (id uuid, project_id uuid, contact_id uuid, role char(9) collate folding);
             insert into organizations values
                ('a0000000-0000-4000-8000-000000000000', 'A', 'Ca-Phe'),
                ('b0000000-0000-4000-8000-000000000000', 'B', 'ca-phe');
             insert into project_contact_points values
                ('e0000000-0000-4000-8000-000000000000', null, null, 'general'),
                ('e1000000-0000-4000-8000-000000000000', null, null, 'General'),
                ('e2000000-0000-4000-8000-000000000000', null, null, 'General')",
        )
        .await
        .unwrap();
    let found = measured(&client, "public", Mode::Rehome).await;
    let count = |code| found.iter().find(|found| found.0 == code).unwrap().1;
    assert_eq!(count("duplicate_slugs"), 0);
    assert_eq!(count("duplicate_contact_points"), 1);
    assert_eq!(count("dangling_contact_points"), 3);
    client.batch_execute("alter table contacts alter organization_id type text").await.unwrap();
    let catalog = catalog(&client, "public").await;
    let error = measure(&client, Mode::Rehome, &catalog).await.unwrap_err();
    assert_eq!(error.to_string(), "`contacts`.`organization_id` is text, it has to be uuid");
}

#[tokio::test]
async fn verifications_are_filed_beside_a_ledger_and_read_newest_first() {
    let (_database, client) = Database::connected().await;
    bare(&client).await;
    client.batch_execute(&sound(Mode::Link)).await.unwrap();
    let catalog = catalog(&client, SCHEMA).await;
    let found = measure(&client, Mode::Link, &catalog).await.unwrap();
    assert_eq!(history::file(&client, &found, None).await.unwrap(), Filed::NoLedger);
    assert_eq!(history::read(&client, None, 9).await.unwrap(), []);
    client.batch_execute("create schema orgfold").await.unwrap();
    let facts = CheckFacts {
        code: "duplicate_slugs".to_owned(),
        title: String::new(),
        before: 2,
        after: 1,
    };
    assert_eq!(history::file(&client, &found, None).await.unwrap(), Filed::Filed);
    let promise = Some(("abcdef", std::slice::from_ref(&facts)));
    assert_eq!(history::file(&client, &found, promise).await.unwrap(), Filed::Filed);
    let all = history::read(&client, None, 9).await.unwrap();
    assert_eq!(all.len(), 2 * found.len());
    let of_plan = history::read(&client, Some("abc"), 9).await.unwrap();
    assert_eq!(of_plan, all[..found.len()]);
    assert_eq!(history::read(&client, None, 1).await.unwrap(), of_plan);
    assert_eq!(of_plan[0].code, "orphaned_projects");
    let last = of_plan.last().unwrap();
    assert_eq!((last.code.as_str(), last.expected, last.found), ("duplicate_slugs", Some(1), 0));
}

/// A cell, a row of it, and a value, each by a number.
type Mutation = (u8, usize, usize);

const KINDS: [&str; 6] =
    ["customer", "Customer", "\u{a0}CUSTOMER\t", "supplier", "customer \u{3000}", "custo mer"];
const TEXTS: [&str; 7] = ["", " ", "\u{a0}\u{2003}", "lac-hong", "LAC-HONG", "x'y\\", "\u{200b}"];
const ROLES: [Option<&str>; 5] =
    [None, Some("general"), Some("General"), Some("general "), Some("")];

fn mutate(records: &mut Records<'_>, (cell, row, value): Mutation) {
    let organizations: Vec<OrganizationId> =
        records.organizations.iter().map(|row| row.id).collect();
    let stranger = uuid::Uuid::from_u128(0xdead);
    let at = value % (organizations.len() + 2);
    let organization = match at.checked_sub(organizations.len()) {
        None => Some(organizations[at]),
        Some(0) => Some(OrganizationId::new(stranger)),
        Some(_) => None,
    };
    let contact = records.contacts.get(value % (records.contacts.len() + 1)).map(|row| row.id);
    let project = records.projects.get(value % (records.projects.len() + 1)).map(|row| row.id);
    let flag = [None, Some(false), Some(true)][value % 3];
    let (o, c, p, q) = (
        row % records.organizations.len(),
        row % records.contacts.len(),
        row % records.projects.len(),
        row % records.points.len(),
    );
    match cell % 21 {
        0 => records.organizations[o].name = TEXTS[value % TEXTS.len()],
        1 => records.organizations[o].slug = TEXTS.get(value % (TEXTS.len() + 1)).copied(),
        2 => records.organizations[o].owner = organization,
        3 => records.contacts[c].organization = organization,
        4 => records.contacts[c].owner = organization,
        5 => records.contacts[c].customer_organization = organization,
        6 => records.contacts[c].kind = KINDS[value % KINDS.len()],
        7 => records.contacts[c].is_primary = flag,
        8 => records.projects[p].organization = organization,
        9 => records.projects[p].customer = contact,
        10 => records.projects[p].customer_organization = organization,
        11 => records.points[q].project = project,
        12 => records.points[q].contact = contact,
        13 => records.points[q].role = ROLES[value % ROLES.len()],
        14 => records.points[q].is_primary = flag,
        15 => {
            let id = ContactPointId::new(uuid::Uuid::from_u128(records.points.len() as u128));
            records.points.insert(0, ContactPoint { id, ..records.points[q] });
            records.points.sort_by_key(|point| point.id);
        }
        16 if organizations.len() > 1 => drop(records.organizations.remove(o)),
        17 if records.contacts.len() > 1 => drop(records.contacts.remove(c)),
        // Nobody's project with nobody's customer: chance alone hardly ever brings both together.
        18 => {
            records.projects[p].organization = None;
            let customer = records.projects[p].customer.and_then(|id| records.contact(id));
            if let Some(at) = customer {
                records.contacts[at].organization = None;
                records.contacts[at].owner = None;
            }
        }
        // An organization that owns itself, and a contact that is filed under its own owner.
        19 if value % 2 == 0 => {
            records.organizations[o].owner = Some(organizations[o]);
            records.contacts[c].owner = records.contacts[c].organization;
        }
        // No tenant at all. Seldom, since nothing brings them back.
        19 if value % 16 == 1 => {
            records.users = None;
            for project in &mut records.projects {
                project.organization = None;
            }
        }
        _ if value % 8 == 0 => records.users = None,
        _ => {}
    }
}

#[test]
fn whatever_the_rows_are_the_server_counts_as_the_forecast_does() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (_database, client) = runtime.block_on(async {
        let (database, client) = Database::connected().await;
        bare(&client).await;
        (database, client)
    });
    let snapshot = snapshot("samples/two-tenants");
    let mutations = prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>()), 0..150);
    let config =
        ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let property = |mutations: Vec<Mutation>| {
        let mut records = Records::new(&snapshot);
        for mutation in mutations {
            mutate(&mut records, mutation);
        }
        runtime.block_on(async {
            write(&client, &records).await;
            let mut catalog = catalog(&client, SCHEMA).await;
            if records.users.is_none() {
                catalog = catalog.without(Table::Users);
            }
            for mode in [Mode::Rehome, Mode::Link] {
                let found = counts(&client, mode, &catalog).await;
                assert_eq!(found, forecast_counts(&records, mode), "{mode:?}");
            }
        });
        Ok(())
    };
    runner.run(&mutations, property).unwrap();
}
