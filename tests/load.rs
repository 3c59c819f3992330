//! The load on a real server: applied, verified, undone, refused, killed half-way.

use std::process::{Command, Output};

use orgfold::load::failpoint::POINTS;
use orgfold::load::picture::Compare;

use crate::support::case::{Case, equal, path, refused, run, success};

async fn cycle(case: &Case) {
    let before = case.picture().await;
    let plan = case.approved();
    let said = success(&case.apply(&plan, &[]));
    assert!(said.contains("is applied to"), "{said}");
    assert!(case.is_settled().await, "planning the result finds something to do");
    let again = success(&case.apply(&plan, &[]));
    assert!(again.contains("applied already"), "{again}");
    let url = case.database.url();
    success(&run(&["verify", path(&plan), "--database", &url], &[]));
    success(&case.rollback(&plan, &[]));
    equal(&before, &case.picture_like(&before).await, Compare::Data);
    success(&case.apply(&plan, &[]));
    assert!(case.is_settled().await, "planning the result of the second apply");
    success(&case.rollback(&plan, &["--drop-schema-changes"]));
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
}

#[tokio::test]
async fn the_small_story_is_applied_and_undone_to_the_last_value() {
    for mode in ["rehome", "link"] {
        cycle(&Case::new("factory-pulse", mode).await).await;
    }
}

#[tokio::test]
async fn the_hard_story_is_applied_and_undone_to_the_last_value() {
    for mode in ["rehome", "link"] {
        cycle(&Case::two_tenants(mode).await).await;
    }
}

#[tokio::test]
async fn hostile_text_arrives_as_it_was_read() {
    let case = Case::two_tenants("rehome").await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    let query = "select o.name, c.company_name from public.contacts c join public.organizations o on o.id = c.organization_id where c.id = $1::text::uuid";
    for (id, name) in [
        ("c0000000-0000-4000-8000-000000000060", "'t Hoekje \"Kwaliteit\" \\ Metaal"),
        ("c0000000-0000-4000-8000-000000000062", "=Rocket 🚀 Rivets"),
        ("c0000000-0000-4000-8000-000000000063", "\\Nam Phong Wire"),
    ] {
        let row = case.client.query_one(query, &[&id]).await.expect("the contact was moved");
        assert_eq!(row.get::<_, &str>(0), name);
        assert_eq!(row.get::<_, &str>(1), name);
    }
}

#[tokio::test]
async fn what_is_refused_changes_no_row() {
    let case = Case::new("factory-pulse", "rehome").await;
    let before = case.picture().await;
    let plan = case.plan();
    refused(&case.apply(&plan, &[]), 6, "not approved by");
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
    case.approve(&plan);
    // Somebody edits a planned row.
    let id = "(select id from public.contacts where type = 'customer' order by id limit 1)";
    case.execute(&format!("alter table public.contacts disable trigger user; update public.contacts set city = 'Elsewhere' where id = {id}; alter table public.contacts enable trigger user")).await;
    let edited = case.picture().await;
    refused(&case.apply(&plan, &[]), 4, ": city");
    equal(&edited, &case.picture_like(&edited).await, Compare::Data);
}

#[tokio::test]
async fn a_changed_plan_is_refused() {
    let case = Case::new("factory-pulse", "rehome").await;
    let before = case.picture().await;
    let plan = case.approved();
    let file = plan.join("contacts.csv");
    let text = std::fs::read_to_string(&file).expect("the plan is text");
    std::fs::write(&file, text.replacen(",customer,", ",customeR,", 1)).expect("writable");
    refused(&case.apply(&plan, &[]), 4, "contacts.csv");
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
}

#[tokio::test]
async fn a_held_lock_and_a_short_time_out_are_named() {
    let case = Case::new("factory-pulse", "rehome").await;
    let before = case.picture().await;
    let plan = case.approved();
    let config = case.folder.path().join("short.toml");
    std::fs::write(&config, "[load]\nlock_ms = 100\nlock_wait_s = 1\n").expect("writable");
    let other = case.database.connect().await;
    other
        .batch_execute("begin; lock table public.contacts in access exclusive mode")
        .await
        .unwrap();
    let url = case.database.url();
    let args =
        ["apply", path(&plan), "--database", &url, "--yes", "--quiet", "--config", path(&config)];
    refused(&run(&args, &[]), 7, "held by: process");
    other.batch_execute("rollback").await.unwrap();
    std::fs::write(&config, "[load]\nstatement_ms = 1\n").expect("writable");
    let slow = "create function public.slow() returns event_trigger language plpgsql as $$ begin perform pg_sleep(1); end $$; create event trigger slow on ddl_command_start execute function public.slow()";
    case.execute(slow).await;
    refused(&run(&args, &[]), 1, "statement timeout");
    case.execute("drop event trigger slow; drop function public.slow()").await;
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
    let nowhere = url.replace(case.database.name(), "no_such_database");
    let args = ["apply", path(&plan), "--database", &nowhere, "--yes", "--quiet"];
    refused(&run(&args, &[]), 1, "no_such_database");
}

#[tokio::test]
async fn of_two_applies_at_once_one_loads() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    let url = case.database.url();
    let started: Vec<_> = (0..2)
        .map(|_| {
            Command::new(env!("CARGO_BIN_EXE_orgfold"))
                .args(["apply", path(&plan), "--database", &url, "--yes", "--quiet"])
                .stdin(std::process::Stdio::null())
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .expect("the binary runs")
        })
        .collect();
    let both: Vec<Output> = started
        .into_iter()
        .map(|child| child.wait_with_output().expect("the binary ends"))
        .collect();
    let codes: Vec<_> = both.iter().map(|output| output.status.code()).collect();
    assert!(codes.contains(&Some(0)), "{codes:?}");
    assert!(codes.iter().all(|code| matches!(code, Some(0 | 7))), "{codes:?}");
    let runs = case.client.query("select 1 from orgfold.run", &[]).await.expect("the ledger");
    assert_eq!(runs.len(), 1);
}

#[tokio::test]
async fn an_edited_row_stops_the_rollback_and_is_named() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    let id: String = case
        .client
        .query_one(
            "update public.projects set customer_organization_id = null where id = (select id from public.projects where customer_organization_id is not null order by id limit 1) returning id::text",
            &[],
        )
        .await
        .expect("an edit")
        .get(0);
    let edited = case.picture().await;
    refused(
        &case.rollback(&plan, &[]),
        4,
        &format!("projects {id}: was edited (customer_organization_id)"),
    );
    equal(&edited, &case.picture_like(&edited).await, Compare::DataAndCatalog);
}

#[tokio::test]
async fn a_role_without_rights_and_another_schema_than_was_approved_are_refused() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.plan();
    let url = case.database.url();
    case.execute("alter table public.organizations add column website varchar(255)").await;
    case.approve(&plan);
    case.execute("alter table public.organizations drop column website").await;
    let before = case.picture().await;
    refused(&case.apply(&plan, &[]), 6, "the schema has changed since");
    let role = case.database.role("weak");
    case.execute(&format!("create role {role} login; grant usage on schema public to {role}; grant select on all tables in schema public to {role}")).await;
    let weak = url.replace("user='postgres'", &format!("user='{role}'"));
    let args = ["apply", path(&plan), "--database", &weak, "--yes", "--quiet"];
    refused(&run(&args, &[]), 8, "not_owner of contacts");
    case.execute(&format!("drop owned by {role}; drop role {role}")).await;
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
}

#[tokio::test]
async fn rows_added_since_are_verified_with_the_rest() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    // A walk-in more: it adds to a count before and after, and to nothing that the plan promises.
    case.execute(
        "insert into public.contacts (organization_id, type, contact_name) \
         select organization_id, 'customer', 'X' from public.projects limit 1",
    )
    .await;
    let url = case.database.url();
    let args = ["apply", path(&plan), "--database", &url, "--yes", "--quiet", "--strict"];
    refused(&run(&args, &[]), 4, "rows were added, removed or changed");
    let said = success(&case.apply(&plan, &[]));
    assert!(said.contains("note: `contacts` has 13 rows, it had 12"), "{said}");
    success(&case.rollback(&plan, &[]));
}

#[tokio::test]
async fn rows_that_took_the_place_of_others_are_seen_where_that_is_asked_for() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    let url = case.database.url();
    let strict = ["apply", path(&plan), "--database", &url, "--yes", "--quiet", "--strict"];
    for (change, back) in [
        // One out, one in: as many rows as before, and another count of the checks.
        (
            "create table public.aside as select * from public.contacts where type = 'supplier' limit 1;
             delete from public.contacts c using public.aside a where c.id = a.id;
             insert into public.contacts (id, organization_id, type, contact_name)
             select '00000000-0000-4000-8000-00000000abcd', organization_id, 'customer', 'X' from public.aside",
            "delete from public.contacts where id = '00000000-0000-4000-8000-00000000abcd';
             insert into public.contacts select * from public.aside; drop table public.aside",
        ),
        // Nothing but a value, of a row that no plan touches.
        (
            "update public.contacts set email = email || '.example' where type = 'supplier'",
            "update public.contacts set email = left(email, -8) where type = 'supplier'",
        ),
    ] {
        case.execute(&format!("set session_replication_role = replica; {change}")).await;
        refused(&run(&strict, &[]), 4, "changed since the plan was made: ");
        success(&case.apply(&plan, &[]));
        success(&case.rollback(&plan, &[]));
        case.execute(back).await;
        success(&run(&strict, &[]));
        success(&case.rollback(&plan, &[]));
    }
}

#[tokio::test]
async fn a_killed_apply_leaves_before_or_after() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    let before = case.picture().await;
    for point in POINTS {
        let output = case.apply(&plan, &[("ORGFOLD_FAIL_AT", point)]);
        assert_eq!(output.status.code(), None, "`{point}` was not reached: {output:?}");
        let url = case.database.url();
        let said = success(&run(&["status", "--out", path(&case.out()), "--database", &url], &[]));
        let is_applied = said.contains("applied 2");
        let committed = matches!(point, "after commit" | "after vacuum");
        assert_eq!(is_applied, committed, "{point}: {said}");
        if committed {
            assert!(case.is_settled().await, "{point}");
            success(&case.rollback(&plan, &["--drop-schema-changes"]));
            case.execute("truncate orgfold.run cascade").await;
        } else {
            equal(&before, &case.picture_like(&before).await, Compare::Data);
        }
    }
    success(&case.apply(&plan, &[]));
    assert!(case.is_settled().await, "the apply after all these");
    for point in ["rollback after triggers off", "rollback after restore", "rollback before commit"]
    {
        let applied = case.picture().await;
        let url = case.database.url();
        let id = plan.file_name().and_then(|name| name.to_str()).expect("a plan's directory");
        let args = ["rollback", id, "--database", &url, "--yes", "--drop-schema-changes"];
        let output = run(&args, &[("ORGFOLD_FAIL_AT", point)]);
        assert_eq!(output.status.code(), None, "`{point}` was not reached");
        equal(&applied, &case.picture_like(&applied).await, Compare::DataAndCatalog);
    }
    success(&case.rollback(&plan, &["--drop-schema-changes"]));
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
}

/// The sample block of the migration document, as written there, after the columns it needs.
const SEED: &str = "
ALTER TABLE projects ADD COLUMN customer_organization_id UUID REFERENCES organizations(id);
ALTER TABLE contacts ADD COLUMN role VARCHAR(100);
ALTER TABLE contacts ADD COLUMN is_primary_contact BOOLEAN DEFAULT false;
ALTER TABLE contacts ADD COLUMN description TEXT;
INSERT INTO organizations (name, slug, description, industry) VALUES
('Test Customer Corp', 'test-customer-corp', 'Test customer organization', 'Manufacturing'),
('Sample Industries', 'sample-industries', 'Sample customer organization', 'Automotive');
INSERT INTO contacts (organization_id, type, company_name, contact_name, email, role, is_primary_contact) VALUES
((SELECT id FROM organizations WHERE slug = 'test-customer-corp'), 'customer', 'Test Customer Corp', 'John Doe', 'john@testcustomer.com', 'purchasing', true),
((SELECT id FROM organizations WHERE slug = 'sample-industries'), 'customer', 'Sample Industries', 'Jane Smith', 'jane@sample.com', 'engineering', true);
INSERT INTO projects (organization_id, project_id, title, customer_id, customer_organization_id) VALUES
((SELECT organization_id FROM projects LIMIT 1), 'P-TEST001', 'Test Project',
 (SELECT id FROM contacts WHERE email = 'john@testcustomer.com'),
 (SELECT id FROM organizations WHERE slug = 'test-customer-corp'));";

#[tokio::test]
async fn the_documents_own_sample_keeps_its_link_and_gains_its_contact_point() {
    let mut case = Case::new("factory-pulse", "rehome").await;
    case.execute(SEED).await;
    let before = case.picture().await;
    // The rows as they are now, as a source of our dialect.
    case.source = case.export().await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    let query = "select o.slug, p.role, p.is_primary from public.projects j \
        join public.organizations o on o.id = j.customer_organization_id \
        join public.project_contact_points p on p.project_id = j.id where j.project_id = 'P-TEST001'";
    let rows = case.client.query(query, &[]).await.expect("a query");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<_, &str>(0), "test-customer-corp");
    assert_eq!(rows[0].get::<_, &str>(1), "purchasing");
    assert!(rows[0].get::<_, bool>(2));
    assert!(case.is_settled().await, "the second run finds something to do");
    success(&case.rollback(&plan, &["--drop-schema-changes"]));
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
}
