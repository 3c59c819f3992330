//! The plan as a script for `psql`: it does what an apply does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use orgfold::load::picture::Compare;

use crate::support::case::{Case, equal, path, refused, run, success};

/// New rows get one time, whenever they are made.
const ONE_TIME: &str = "alter table public.organizations
        alter created_at set default '2026-01-01', alter updated_at set default '2026-01-01';
    alter table public.project_contact_points alter created_at set default '2026-01-01'";

/// Runs a script with the `psql` of this machine.
fn psql(url: &str, script: &Path) -> Output {
    let mut command = Command::new("psql");
    command.args(["--no-psqlrc", "--dbname", url, "--file", path(script)]);
    command.output().expect("this test needs psql, which comes with the server's client programs")
}

/// Writes the script of a plan.
fn script(case: &Case, plan: &Path, more: &[&str]) -> PathBuf {
    let said = success(&run(&[&["sql", path(plan)], more].concat(), &[]));
    let file = case.folder.path().join("load.sql");
    std::fs::write(&file, said).expect("writable");
    file
}

#[track_caller]
fn failed(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains(words), "`{words}` is not in: {said}");
}

#[tokio::test]
async fn a_script_and_an_apply_leave_the_same_and_can_be_undone_alike() {
    for (mode, from_receipt) in [("rehome", false), ("link", false), ("rehome", true)] {
        let applied = Case::two_tenants(mode).await;
        let scripted = Case::two_tenants(mode).await;
        applied.execute(ONE_TIME).await;
        scripted.execute(ONE_TIME).await;
        let before = scripted.picture().await;
        let plan = applied.approved();
        success(&applied.apply(&plan, &[]));
        let plan = scripted.approved();
        let url = scripted.database.url();
        let receipt = plan.join("receipts/preflight-1.json");
        let script = if from_receipt {
            script(&scripted, &plan, &["--preflight", path(&receipt)])
        } else {
            script(&scripted, &plan, &["--database", &url])
        };
        let output = psql(&url, &script);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let differences = orgfold::load::picture::Picture::difference(
            &applied.picture().await,
            &scripted.picture().await,
            Compare::DataAndCatalog,
        );
        assert!(differences.is_empty(), "{mode}: {}", differences.join("\n"));
        // What is kept of it is the same, too.
        let kept = "select (select jsonb_agg(to_jsonb(i) order by i.pk) from orgfold.image_contacts i)
            || (select jsonb_agg(to_jsonb(i) order by i.pk) from orgfold.image_organizations i)
            || (select jsonb_agg(to_jsonb(i) order by i.pk) from orgfold.image_projects i)
            || (select jsonb_agg(jsonb_build_array(i.pk, i.action) order by i.pk) from orgfold.image_project_contact_points i)
            || (select jsonb_agg(to_jsonb(a) order by a.seq) from orgfold.addition a)
            || (select jsonb_agg(to_jsonb(r) - 'applied_at' - 'approvals') from orgfold.run r)";
        let kept = format!("select jsonb_pretty(({kept}) #- '{{}}')::text");
        let of = async |case: &Case| -> String {
            let row = case.client.query_one(&kept, &[]).await.expect("a query");
            row.get(0)
        };
        let (one, other) = (of(&applied).await, of(&scripted).await);
        let times = |text: &str| {
            let lines = text.lines().filter(|line| !line.contains("+00:00"));
            lines.collect::<Vec<_>>().join("\n")
        };
        assert_eq!(times(&one), times(&other), "{mode}");
        success(&run(&["verify", path(&plan), "--database", &url], &[]));
        // Once more is no second load.
        failed(&psql(&url, &script), "the tables are not what they were");
        success(&scripted.rollback(&plan, &["--drop-schema-changes"]));
        equal(&before, &scripted.picture_like(&before).await, Compare::DataAndCatalog);
    }
}

#[tokio::test]
async fn a_script_stops_where_an_apply_would() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.plan();
    let url = case.database.url();
    let before = case.picture().await;
    // Nobody has approved it: it can be read, and not run.
    let unapproved = script(&case, &plan, &["--database", &url]);
    failed(&psql(&url, &unapproved), "the plan is not approved by");
    case.approve(&plan);
    let approved = script(&case, &plan, &["--database", &url]);
    // Another DDL is due.
    case.execute("alter table public.organizations add column website varchar(255)").await;
    failed(&psql(&url, &approved), "the tables are not what they were");
    case.execute("alter table public.organizations drop column website").await;
    // A planned row has moved on.
    let city = "alter table public.contacts disable trigger user;
        update public.contacts set city = %s where id = (select id from public.contacts where type = 'customer' and city is not null order by id limit 1);
        alter table public.contacts enable trigger user";
    case.execute(&city.replace("%s", "city || '!'")).await;
    failed(&psql(&url, &approved), "planned rows have changed since");
    case.execute(&city.replace("%s", "rtrim(city, '!')")).await;
    // The checks find something else: a trigger has a word in.
    let spoil = "create function public.spoil() returns trigger language plpgsql as $$ begin new.customer_organization_id := null; return new; end $$;
        create trigger spoil before update on public.projects for each row execute function public.spoil()";
    case.execute(spoil).await;
    case.approve(&plan);
    let config = case.with_triggers("fire");
    let firing = script(&case, &plan, &["--database", &url, "--config", path(&config)]);
    failed(&psql(&url, &firing), "the validation checks differ from the forecast");
    success(&run(&["schema", "expand", "--undo", "--database", &url], &[]));
    case.execute("drop function public.spoil() cascade").await;
    // Another load is under way.
    let approved = script(&case, &plan, &["--database", &url]);
    case.execute("select pg_advisory_lock(hashtextextended('orgfold:' || current_database(), 0))")
        .await;
    failed(&psql(&url, &approved), "another load is under way");
    case.execute("select pg_advisory_unlock_all()").await;
    let after = case.picture_like(&before).await;
    let data = orgfold::load::picture::Picture::difference(&before, &after, Compare::Data);
    assert!(data.is_empty(), "{data:?}");
    // A receipt of something else is refused by name.
    let receipt = plan.join("plan.json");
    refused(&run(&["sql", path(&plan), "--preflight", path(&receipt)], &[]), 2, "is no receipt");
}
