//! A load in three steps: look, expand, data. Whatever ends without its data leaves nothing, or names
//! what it leaves.

use orgfold::load::picture::Compare;

use crate::support::case::{Case, equal, refused, run, success};

/// Nothing of a load is there: no row, no column, no table, no ledger.
async fn untouched(case: &Case, before: &orgfold::load::picture::Picture) {
    equal(before, &case.picture_like(before).await, Compare::DataAndCatalog);
    let there = "select to_regnamespace('orgfold') is not null or to_regclass('public.project_contact_points') is not null";
    let there = case.client.query_one(there, &[]).await.expect("a query");
    assert!(!there.get::<_, bool>(0), "something is left");
}

/// Something that speaks against the data after all, and what takes it away again.
const LATE: [(&str, &str, i32); 3] = [
    // Found out when the rows come.
    (
        "create function public.no_more() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
         create trigger no_more before insert on public.organizations for each row execute function public.no_more();
         alter table public.organizations enable always trigger no_more",
        "drop function public.no_more() cascade",
        1,
    ),
    // Found out by the checks.
    (
        "create function public.spoil() returns trigger language plpgsql as $$ begin new.customer_organization_id := null; return new; end $$;
         create trigger spoil before update on public.projects for each row execute function public.spoil()",
        "drop function public.spoil() cascade",
        5,
    ),
    // Found out before anything.
    (
        "alter table public.contacts disable trigger user;
         update public.contacts set city = 'Elsewhere' where id = (select id from public.contacts where type = 'customer' order by id limit 1);
         alter table public.contacts enable trigger user",
        "",
        4,
    ),
];

#[tokio::test]
async fn a_load_that_fails_at_any_step_leaves_nothing() {
    for (late, back, code) in LATE {
        let case = Case::new("factory-pulse", "link").await;
        let plan = case.approved();
        case.execute(late).await;
        let before = case.picture().await;
        let config = case.with_triggers("fire");
        refused(&case.apply_under(&config, &plan), code, "error: ");
        untouched(&case, &before).await;
        case.execute(back).await;
        if code != 4 {
            success(&case.apply(&plan, &[]));
        }
    }
}

#[tokio::test]
async fn a_new_table_is_seen_by_nobody_before_the_commit() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    for point in ["after expand", "after tables", "before commit"] {
        let output = case.apply(&plan, &[("ORGFOLD_FAIL_AT", point)]);
        assert_eq!(output.status.code(), None, "`{point}` was not reached");
        let there = "select to_regclass('public.project_contact_points') is not null";
        let there = case.client.query_one(there, &[]).await.expect("a query");
        assert!(!there.get::<_, bool>(0), "{point}");
    }
    success(&case.apply(&plan, &[]));
}

#[tokio::test]
async fn what_a_killed_load_left_is_taken_back_by_name() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    let before = case.picture().await;
    let url = case.database.url();
    let undo = ["schema", "expand", "--undo", "--database", &url];
    let said = success(&run(&undo, &[]));
    assert!(said.contains("nothing was added"), "{said}");
    let output = case.apply(&plan, &[("ORGFOLD_FAIL_AT", "after expand")]);
    assert_eq!(output.status.code(), None);
    // Somebody has filled one of the columns meanwhile.
    case.execute(
        "alter table public.organizations disable trigger user;
         update public.organizations set owner_organization_id = (select id from public.organizations order by id limit 1)
         where id = (select id from public.organizations order by id desc limit 1)",
    )
    .await;
    refused(&run(&undo, &[]), 1, "column organizations.owner_organization_id");
    case.execute(
        "update public.organizations set owner_organization_id = null;
         alter table public.organizations enable trigger user",
    )
    .await;
    // Another has dropped one already.
    case.execute("alter table public.contacts drop column is_primary_contact").await;
    let said = success(&run(&undo, &[]));
    assert!(
        said.contains("taken back: ") && said.contains("column contacts.owner_organization_id"),
        "{said}"
    );
    untouched(&case, &before).await;
    success(&case.apply(&plan, &[]));
    refused(&run(&undo, &[]), 1, "1 plans are applied");
    success(&case.rollback(&plan, &[]));
    success(&run(&undo, &[]));
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
}

#[tokio::test]
async fn what_cannot_be_taken_back_is_named_with_its_command() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    let before = case.picture().await;
    // A view of somebody's comes to depend on a column between expand and data.
    case.execute(
        "create function public.hang_on() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
         create trigger hang_on before insert on public.organizations for each row execute function public.hang_on();
         alter table public.organizations enable always trigger hang_on;
         create function public.depend() returns event_trigger language plpgsql as $$ begin
           if to_regclass('public.owners') is null and exists (select from information_schema.columns where table_schema = 'public' and table_name = 'organizations' and column_name = 'owner_organization_id') then
             create view public.owners as select owner_organization_id from public.organizations;
           end if; end $$;
         create event trigger depend on ddl_command_end when tag in ('ALTER TABLE') execute function public.depend()",
    )
    .await;
    let config = case.with_triggers("fire");
    let url = case.database.url();
    refused(&case.apply_under(&config, &plan), 7, "orgfold schema expand --undo");
    case.execute("drop event trigger depend; drop view public.owners").await;
    success(&run(&["schema", "expand", "--undo", "--database", &url], &[]));
    case.execute("drop function public.depend(); drop function public.hang_on() cascade").await;
    untouched(&case, &before).await;
}
