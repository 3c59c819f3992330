//! What makes a plan stale, and what only looks like it: values are compared as the server stores
//! them.

use std::path::{Path, PathBuf};

use crate::support::case::{Case, path, refused, run, success};

/// A sample whose columns have other types, exported, planned and approved.
async fn case(types: &str) -> (Case, PathBuf) {
    let mut case = Case::new("factory-pulse", "rehome").await;
    case.execute("alter table public.contacts disable trigger user").await;
    case.execute(types).await;
    case.source = case.export().await;
    let plan = case.approved();
    (case, plan)
}

/// A planned contact, for a condition.
const PLANNED: &str = "id = (select min(id::text)::uuid from public.contacts where type = 'customer' and city is not null)";

#[tokio::test]
async fn a_value_is_compared_as_its_column_stores_it() {
    for (types, edit, column) in [
        (
            "alter table public.contacts alter country type char(20)",
            "country = 'Elsewhere'",
            "country",
        ),
        (
            "alter table public.contacts alter postal_code type numeric(12,2) using postal_code::numeric",
            "postal_code = postal_code + 1",
            "postal_code",
        ),
        (
            "create domain public.code as char(30); alter table public.contacts alter tax_id type public.code",
            "tax_id = tax_id || '1'",
            "tax_id",
        ),
        (
            "create type public.place as enum ('Ha Noi', 'Ho Chi Minh City', 'Da Nang', 'Hai Phong', 'Osaka', 'Can Tho', 'Bien Hoa'); \
             update public.contacts set city = 'Ha Noi' where city is not null; \
             alter table public.contacts alter city type public.place using city::public.place",
            "city = 'Osaka'",
            "city",
        ),
        (
            "alter table public.contacts alter created_at type timestamp(0) using created_at at time zone 'UTC'",
            "created_at = created_at + interval '1 s'",
            "created_at",
        ),
        (
            "alter table public.contacts alter job_title type jsonb using to_jsonb(job_title)",
            "job_title = '{\"a\": 1}'",
            "job_title",
        ),
    ] {
        let types =
            format!("alter table public.contacts add if not exists job_title text; {types}");
        let (case, plan) = self::case(&types).await;
        success(&case.apply(&plan, &[]));
        success(&case.rollback(&plan, &[]));
        case.execute(&format!("update public.contacts set {edit} where {PLANNED}")).await;
        refused(&case.apply(&plan, &[]), 4, &format!(": {column}"));
    }
}

#[tokio::test]
async fn a_source_may_write_a_number_in_its_own_way() {
    let types = "alter table public.contacts alter postal_code type numeric(12,2) using postal_code::numeric";
    let (mut case, _) = case(types).await;
    let contacts = case.source.join("contacts.csv");
    let text = std::fs::read_to_string(&contacts).expect("an export");
    assert!(text.contains(",70000.00,"), "{text}");
    std::fs::write(&contacts, text.replace(",70000.00,", ",70000,")).expect("writable");
    std::fs::remove_dir_all(case.out()).expect("the first plan");
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    // A text that no number is.
    success(&case.rollback(&plan, &[]));
    let text = std::fs::read_to_string(&contacts).expect("an export");
    std::fs::write(&contacts, text.replace(",70000,", ",seven,")).expect("writable");
    std::fs::remove_dir_all(case.out()).expect("the second plan");
    case.source = case.source.clone();
    let plan = case.approved();
    refused(&case.apply(&plan, &[]), 4, "`contacts.postal_code` is numeric(12,2)");
}

#[tokio::test]
async fn a_contact_point_made_meanwhile_is_named() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    success(&case.rollback(&plan, &[]));
    // The table stays, bare; somebody makes the very contact point that is planned, as primary.
    case.execute(
        "insert into public.project_contact_points (project_id, contact_id, role, is_primary) \
         select id, customer_id, 'general', true from public.projects where customer_id is not null order by id limit 1",
    )
    .await;
    refused(&case.apply(&plan, &[]), 4, "contact_id: is a contact point already");
    case.execute(
        "update public.project_contact_points p set contact_id = (select c.id from public.contacts c where c.id <> p.contact_id order by c.id limit 1)",
    )
    .await;
    refused(&case.apply(&plan, &[]), 4, "is_primary: the project has a primary");
    let url = case.database.url();
    let look = run(&["preflight", path(&plan), "--database", &url], &[]);
    refused(&look, 8, "unique_refuses of project_contact_points_primary_key");
}

/// Leaves some columns of an export, by name.
fn keep(file: &Path, names: &[&str]) {
    let mut reader = csv::Reader::from_path(file).expect("an export");
    let headers = reader.headers().expect("a header").clone();
    let at = |name: &&str| headers.iter().position(|header| header == *name).expect("a column");
    let kept: Vec<usize> = names.iter().map(at).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(names).expect("memory");
    for row in reader.records() {
        let row = row.expect("a row");
        writer.write_record(kept.iter().map(|at| &row[*at])).expect("memory");
    }
    std::fs::write(file, writer.into_inner().expect("memory")).expect("writable");
}

#[tokio::test]
async fn a_column_that_the_source_lacked_is_compared_only_if_it_is_written() {
    let mut case = Case::new("factory-pulse", "rehome").await;
    case.execute("alter table public.contacts disable trigger user").await;
    case.source = case.export().await;
    let read = ["id", "organization_id", "type", "company_name", "email"];
    keep(&case.source.join("contacts.csv"), &read);
    let plan = case.approved();
    case.execute(&format!("update public.contacts set city = 'Elsewhere' where {PLANNED}")).await;
    success(&case.apply(&plan, &[]));
    success(&case.rollback(&plan, &[]));
    case.execute(&format!("update public.contacts set email = 'x' || email where {PLANNED}")).await;
    refused(&case.apply(&plan, &[]), 4, ": email");
    let back = format!("update public.contacts set email = substr(email, 2) where {PLANNED}");
    case.execute(&back).await;
    let primary = format!("update public.contacts set is_primary_contact = false where {PLANNED}");
    case.execute(&primary).await;
    refused(&case.apply(&plan, &[]), 4, ": is_primary_contact");
}

/// Whether the expand step ran changes no id, so such a column counts from its first value on.
#[tokio::test]
async fn a_column_that_expand_adds_is_compared_once_the_source_had_a_value_of_it() {
    let (mut case, plan) = case("select 1").await;
    case.execute("alter table public.contacts add role varchar(100)").await;
    case.source = case.export().await;
    case.plan();
    let plans = std::fs::read_dir(case.out()).expect("plans were written");
    assert_eq!(plans.count(), 1, "a column that is NULL throughout made another plan");
    let set = |role| format!("update public.contacts set role = '{role}' where {PLANNED}");
    case.execute(&set("buyer")).await;
    success(&case.apply(&plan, &[]));
    success(&case.rollback(&plan, &[]));
    case.source = case.export().await;
    std::fs::remove_dir_all(case.out()).expect("the first plan");
    let plan = case.approved();
    case.execute(&set("seller")).await;
    refused(&case.apply(&plan, &[]), 4, ": role");
}
