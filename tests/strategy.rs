//! Loads that write whole tables anew: the same rows as by updates, and refused by name where the
//! server could not.

use orgfold::load::picture::{Compare, Picture};

use crate::support::case::{Case, equal, path, refused, run, success};

const REWRITE: &[(&str, &str)] = &[("ORGFOLD_STRATEGY", "rewrite")];

#[tokio::test]
async fn both_strategies_leave_the_same_rows_and_the_same_way_back() {
    for mode in ["rehome", "link"] {
        let (updated, rewritten) = (Case::two_tenants(mode).await, Case::two_tenants(mode).await);
        let before = rewritten.picture().await;
        let mut pictures = Vec::new();
        for (case, how) in [(&updated, &[][..]), (&rewritten, REWRITE)] {
            let plan = case.approved();
            success(&case.apply(&plan, how));
            pictures.push((case.picture().await, plan));
        }
        let [(by_update, _), (by_rewrite, plan)] = &pictures[..] else { unreachable!() };
        let mut differences = Picture::difference(by_update, by_rewrite, Compare::DataAndCatalog);
        // New rows were made at another moment.
        let new = ["table public.organizations: ", "table public.project_contact_points: "];
        differences.retain(|line| !new.iter().any(|table| line.starts_with(table)));
        assert_eq!(differences, [""; 0], "{mode}");
        assert!(rewritten.is_settled().await);
        success(&rewritten.rollback(plan, &["--drop-schema-changes"]));
        equal(&before, &rewritten.picture_like(&before).await, Compare::DataAndCatalog);
    }
}

/// What an application may have made of a column that was added before, and what of it is named.
const IN_THE_WAY: &[(&str, &str)] = &[
    (
        "create view public.people as select contact_name, customer_organization_id from public.contacts",
        "rule _RETURN on view people",
    ),
    (
        "create function public.quiet() returns trigger language plpgsql as $$ begin return new; end $$;
         create trigger on_move before update of customer_organization_id on public.contacts for each row execute function public.quiet()",
        "trigger on_move on table contacts",
    ),
    (
        "alter table public.contacts add home text generated always as (customer_organization_id::text) stored",
        "column home of table contacts",
    ),
    (
        "create function public.staff(o uuid) returns bigint language sql
         begin atomic select count(*) from public.contacts where customer_organization_id = o; end",
        "function staff(uuid)",
    ),
    (
        "create table public.copies (taken timestamptz, row_then public.contacts)",
        "column row_then of table copies",
    ),
    (
        "create function public.veto() returns event_trigger language plpgsql as $$ begin raise 'no'; end $$;
         create event trigger no_rewrites on table_rewrite execute function public.veto()",
        "no_rewrites",
    ),
];

#[tokio::test]
async fn what_could_not_be_written_anew_is_named_before_anything_is_done() {
    for (made, named) in IN_THE_WAY {
        let case = Case::new("factory-pulse", "link").await;
        let plan = case.approved();
        case.execute("alter table public.contacts add customer_organization_id uuid").await;
        case.execute(made).await;
        let before = case.picture().await;
        refused(&case.apply(&plan, REWRITE), 8, "rewrite_impossible");
        equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
        let url = case.database.url();
        let look = ["preflight", path(&plan), "--database", &url, "--strategy", "rewrite"];
        let said = run(&look, &[]);
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let mut lines = said.lines().filter(|line| line.contains("cannot be written anew"));
        let is_named = lines.any(|line| line.contains(named)) || *named == "no_rewrites";
        assert!(is_named && said.contains(named), "`{named}` is not in: {said}");
        // By updates nothing of it is in the way.
        let look = success(&run(&look[..4], &[]));
        assert!(!look.contains("rewrite_impossible"), "{look}");
    }
}

#[tokio::test]
async fn a_rewrite_is_refused_where_its_rows_are_followed_or_its_triggers_are_to_fire() {
    let case = Case::on_own_server("factory-pulse", "link").await;
    let plan = case.approved();
    case.execute("create publication everything for all tables").await;
    case.execute("select pg_create_logical_replication_slot('follower', 'test_decoding')").await;
    refused(&case.apply(&plan, REWRITE), 8, "rewrite_impossible of contacts");
    case.execute("select pg_drop_replication_slot('follower')").await;
    let config = case.folder.path().join("fire.toml");
    std::fs::write(&config, "[load]\ntriggers = \"fire\"\nstrategy = \"rewrite\"\n")
        .expect("writable");
    refused(&case.apply_under(&config, &plan), 8, "rewrite_impossible of triggers");
    success(&case.apply(&plan, REWRITE));
}

#[tokio::test]
async fn both_strategies_are_weighed_before_a_load() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    let url = case.database.url();
    let look = success(&run(&["preflight", path(&plan), "--database", &url], &[]));
    for words in [
        "readers go on",
        "whoever reads or writes contacts, projects waits",
        "writing all rows anew would not save much",
    ] {
        assert!(look.contains(words), "`{words}` is not in: {look}");
    }
    // To try it shuts readers out as the load does.
    let dry = ["apply", path(&plan), "--database", &url, "--dry-run", "--strategy", "rewrite"];
    refused(&run(&dry, &[]), 8, "--lock-readers");
    let before = case.picture().await;
    success(&run(&[&dry[..], &["--lock-readers"]].concat(), &[]));
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
}
