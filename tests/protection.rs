//! What a load adds is open to nobody to whom its neighbours are not, and trusts nothing that
//! somebody else laid out.

use tokio_postgres::error::SqlState;

use crate::support::case::{Case, refused, success};

/// Rows of the contact points that a role sees; the SQLSTATE where it may not look.
async fn seen(case: &Case, role: &str) -> Result<i64, SqlState> {
    let client = case.database.connect().await;
    client.batch_execute(&format!("set role {role}")).await.expect("a role of this test");
    let rows = client.query_one("select count(*) from public.project_contact_points", &[]).await;
    rows.map(|row| row.get(0)).map_err(|error| error.code().expect("a server said it").clone())
}

#[tokio::test]
async fn a_new_table_is_open_to_whom_both_its_neighbours_are() {
    let case = Case::new("factory-pulse", "link").await;
    let (both, one, part) =
        (case.database.role("both"), case.database.role("one"), case.database.role("part"));
    case.execute(&format!(
        "create role {both}; create role {one}; create role {part};
         grant usage on schema public to {both}, {one}, {part};
         grant select on public.projects, public.contacts to {both}, {part};
         grant insert, delete on public.projects to {both};
         grant select on public.projects to {one};
         alter default privileges in schema public grant all on tables to {both}, {one}, {part}, public;
         alter table public.contacts enable row level security;
         create policy all_contacts on public.contacts to {both} using (true);
         create policy customers_of_ours on public.contacts to {part} using (company_name like 'T%')"
    ))
    .await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    let all = case.client.query_one("select count(*) from project_contact_points", &[]).await;
    let all: i64 = all.expect("a count").get(0);
    assert_eq!(seen(&case, &both).await, Ok(all));
    assert_eq!(seen(&case, &one).await, Err(SqlState::INSUFFICIENT_PRIVILEGE));
    let shown = seen(&case, &part).await.expect("it may look");
    assert!(0 < shown && shown < all, "{shown} of {all} rows");
    // What a role holds on one neighbour alone it does not get.
    let rights = "select string_agg(privilege_type, ' ' order by privilege_type) \
        from information_schema.role_table_grants \
        where table_name = 'project_contact_points' and grantee = $1";
    let rights = case.client.query_one(rights, &[&both]).await.expect("a query");
    assert_eq!(rights.get::<_, &str>(0), "SELECT");
    // The roles outlive the database, and must not.
    success(&case.rollback(&plan, &["--drop-schema-changes"]));
    case.execute(&format!("drop owned by {both}, {one}, {part}; drop role {both}, {one}, {part}"))
        .await;
}

#[tokio::test]
async fn a_ledger_that_somebody_else_laid_out_is_refused() {
    for planted in [
        "create schema orgfold authorization ROLE",
        "create schema orgfold; create table orgfold.run (plan_id text); alter table orgfold.run owner to ROLE",
        "create schema orgfold; create table orgfold.run (plan_id text);
         create function public.planted() returns trigger language plpgsql as 'begin return new; end';
         create trigger planted before insert on orgfold.run for each row execute function public.planted()",
    ] {
        let case = Case::new("factory-pulse", "link").await;
        let stranger = case.database.role("stranger");
        case.execute(&format!("create role {stranger}")).await;
        case.execute(&planted.replace("ROLE", &stranger)).await;
        let plan = case.approved();
        refused(&case.apply(&plan, &[]), 8, "the schema orgfold of this database is not ours");
        case.execute(&format!("drop schema orgfold cascade; drop role {stranger}")).await;
    }
}

#[tokio::test]
async fn the_ledger_is_granted_to_nobody_whatever_the_defaults_are() {
    let case = Case::new("factory-pulse", "link").await;
    let reader = case.database.role("reader");
    case.execute(&format!(
        "create role {reader};
         alter default privileges grant all on schemas to {reader};
         alter default privileges grant all on tables to {reader};
         alter default privileges grant all on sequences to {reader}"
    ))
    .await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    let held = "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace, \
        aclexplode(c.relacl) a where n.nspname = 'orgfold' and a.grantee <> c.relowner";
    let held = case.client.query_one(held, &[]).await.expect("a query");
    assert_eq!(held.get::<_, i64>(0), 0);
    let usage = "select has_schema_privilege($1::text, 'orgfold', 'usage')";
    let usage = case.client.query_one(usage, &[&reader]).await.expect("a query");
    assert!(!usage.get::<_, bool>(0));
    case.execute(&format!("drop owned by {reader}; drop role {reader}")).await;
}
