//! What an application has around its tables, and that a load lives with it or names it before.

use orgfold::load::picture::Compare;

use crate::support::case::{Case, equal, path, refused, run, success};
use crate::support::database::sample;

/// Functions of the application that name what they use without a schema, behind everything that can
/// have a function behind it.
const BEHIND: &str = "
    create function public.squeezed(t text) returns text language sql immutable as $$ select replace(t, ' ', '') $$;
    create function public.folded(t text) returns text language sql immutable as $$ select lower(squeezed(t)) $$;
    create index organizations_folded on public.organizations (folded(name));
    alter table public.organizations add constraint named check (folded(name) <> '');
    alter table public.organizations add name_folded text generated always as (folded(name)) stored;
    create index contacts_folded on public.contacts (folded(company_name)) where folded(company_name) <> '';
    create table public.changes (what text, at timestamptz default now());
    create function public.note_change() returns trigger language plpgsql as
      $$ begin insert into changes (what) values (folded(tg_table_name)); return null; end $$;
    create trigger note_change after insert or update on public.organizations for each row execute function public.note_change();
    create trigger note_change after update on public.contacts for each row execute function public.note_change()";

#[tokio::test]
async fn functions_of_the_application_see_the_search_path_of_the_role() {
    for triggers in ["disable", "fire"] {
        let case = Case::new("factory-pulse", "rehome").await;
        case.execute(BEHIND).await;
        let before = case.picture().await;
        let plan = case.approved();
        let config = case.with_triggers(triggers);
        success(&case.apply_under(&config, &plan));
        let noted = case.client.query_one("select count(*) from public.changes", &[]).await;
        let noted: i64 = noted.expect("a count").get(0);
        assert_eq!(noted > 0, triggers == "fire", "{noted} changes noted");
        if triggers == "disable" {
            success(&case.rollback(&plan, &["--drop-schema-changes"]));
            equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
        }
    }
}

#[tokio::test]
async fn what_is_configured_for_triggers_is_said_and_refused_before_anything() {
    let case = Case::new("factory-pulse", "link").await;
    let plan = case.approved();
    let before = case.picture().await;
    let config = case.with_triggers("fire");
    let url = case.database.url();
    let look = ["preflight", path(&plan), "--database", &url, "--config", path(&config)];
    let said = success(&run(&look, &[]));
    assert!(said.contains("fires for every row that the load changes"), "{said}");
    case.with_triggers("fail");
    refused(&run(&look, &[]), 8, "trigger_on of contacts.log_contacts_activity");
    refused(&case.apply_under(&config, &plan), 8, "trigger_on of contacts.log_contacts_activity");
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
}

#[tokio::test]
async fn a_rehearsal_lives_with_such_functions_too() {
    let mut case = Case::new("factory-pulse", "link").await;
    let read = |file| std::fs::read_to_string(sample("factory-pulse", file)).expect("the sample");
    case.source = case.folder.path().join("full.sql");
    let quiet = "select pg_catalog.set_config('search_path', '', false);\n";
    let rows = read("dump-copy.sql") + "set search_path = public;\n";
    let whole = read("schema.sql") + &rows + BEHIND + ";\n" + quiet;
    std::fs::write(&case.source, whole).expect("writable");
    let plan = case.plan();
    for triggers in ["disable", "fire"] {
        let config = case.with_triggers(triggers);
        let args =
            ["rehearse", path(&plan), "--source", path(&case.source), "--config", path(&config)];
        let said = success(&run(&args, &[]));
        // What triggers have written is theirs, and the rehearsal says so.
        assert_eq!(said.contains("  table public.activity_log: "), triggers == "fire", "{said}");
        assert_eq!(
            said.contains("rollback verified: rows and catalog identical"),
            triggers == "disable",
            "{said}"
        );
    }
}

/// What rows of the plan break, in the mode in which they do, and how preflight calls it.
const DEMANDS: &[(&str, &str, &str)] = &[
    (
        "link",
        "alter table public.organizations add constraint trades check (industry is null or industry in ('Food', 'Tools')) not valid",
        "check_refuses of trades",
    ),
    (
        "link",
        "alter table public.organizations add constraint short_slugs check (length(slug) < 9) not valid",
        "check_refuses of short_slugs",
    ),
    (
        "rehome",
        "create unique index one_letter on public.organizations (upper(left(description, 3))) where description like 'Customer%'",
        "unique_refuses of one_letter",
    ),
    (
        "rehome",
        "create unique index one_trade on public.organizations (industry, description) where description like 'Customer%'",
        "unique_refuses of one_trade",
    ),
    (
        "rehome",
        "alter table public.contacts add home uuid; alter table public.contacts disable trigger user; update public.contacts set home = organization_id;
         alter table public.contacts enable trigger user; alter table public.contacts add constraint stays check (home = organization_id)",
        "check_refuses of stays",
    ),
    (
        "link",
        "create table public.trades (name text primary key); insert into public.trades select distinct industry from public.organizations where industry is not null on conflict do nothing;
         delete from public.trades where name = 'Manufacturing'; update public.organizations set industry = null where industry = 'Manufacturing';
         alter table public.organizations add constraint of_trade foreign key (industry) references public.trades",
        "key_refuses of of_trade",
    ),
];

#[tokio::test]
async fn rows_that_the_tables_would_refuse_are_named_before_anything_is_written() {
    for (mode, demand, named) in DEMANDS {
        let case = Case::new("factory-pulse", mode).await;
        let plan = case.approved();
        // Rows that are there may break an index too; then there is nothing to try.
        case.execute(demand).await;
        let before = case.picture().await;
        let url = case.database.url();
        let looked = run(&["preflight", path(&plan), "--database", &url], &[]);
        assert_eq!(looked.status.code(), Some(8), "{demand}: {looked:?}");
        refused(&looked, 8, named);
        refused(&case.apply(&plan, &[]), 8, named);
        equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
    }
}

#[tokio::test]
async fn a_key_to_a_list_that_has_the_planned_values_stands_in_no_way() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    case.execute(
        "create table public.trades (name text primary key); insert into public.trades values ('Manufacturing');
         insert into public.trades select distinct industry from public.organizations where industry is not null on conflict do nothing;
         alter table public.organizations add constraint of_trade foreign key (industry) references public.trades",
    )
    .await;
    let before = case.picture().await;
    success(&case.apply(&plan, &[]));
    success(&case.rollback(&plan, &["--drop-schema-changes"]));
    equal(&before, &case.picture().await, Compare::DataAndCatalog);
}
