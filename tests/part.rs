//! A plan of some tenants: each part goes by itself, and all of them are the whole.

use std::path::{Path, PathBuf};

use orgfold::load::picture::{Compare, Picture};

use crate::support::case::{Case, equal, path, refused, run, success};

/// New rows get one time, whenever they are made.
const ONE_TIME: &str = "alter table public.organizations
        alter created_at set default '2026-01-01', alter updated_at set default '2026-01-01';
    alter table public.project_contact_points alter created_at set default '2026-01-01'";

/// The slugs of the tenants of a sample.
async fn tenants(case: &Case) -> Vec<String> {
    let query = "select slug::text from public.organizations where id in (select organization_id from public.users union select organization_id from public.projects) order by slug";
    let rows = case.client.query(query, &[]).await.expect("a query");
    rows.iter().map(|row| row.get(0)).collect()
}

/// A plan of one tenant, in a folder of its own.
fn plan(case: &Case, mode: &str, tenant: &str) -> PathBuf {
    let out = case.folder.path().join(format!("of-{tenant}"));
    let source = path(&case.source);
    let args = ["plan", source, "--mode", mode, "--out", path(&out), "--quiet", "--tenant", tenant];
    success(&run(&args, &[]));
    std::fs::read_dir(&out).expect("plans").flatten().next().expect("one plan").path()
}

fn manifest(plan: &Path) -> serde_json::Value {
    let bytes = std::fs::read(plan.join("plan.json")).expect("a manifest");
    serde_json::from_slice(&bytes).expect("a manifest is JSON")
}

#[tokio::test]
async fn parts_of_one_source_are_the_whole() {
    let mode = "rehome";
    let whole = Case::two_tenants(mode).await;
    let parts = Case::two_tenants(mode).await;
    whole.execute(ONE_TIME).await;
    parts.execute(ONE_TIME).await;
    let before = parts.picture().await;
    let plan_of_all = whole.approved();
    success(&whole.apply(&plan_of_all, &[]));
    let url = parts.database.url();
    let mut plans = Vec::new();
    for tenant in tenants(&parts).await {
        let part = plan(&parts, mode, &tenant);
        let named = &manifest(&part)["part"]["tenants"];
        assert!(
            named.as_object().is_some_and(|of| of.values().any(|it| *it == *tenant)),
            "{named}"
        );
        parts.approve(&part);
        // Nothing of its tenant has changed, whatever the parts before it did to others.
        let args = ["apply", path(&part), "--database", &url, "--yes", "--quiet", "--strict"];
        let said = success(&run(&args, &[]));
        success(&run(&["verify", path(&part), "--database", &url], &[]));
        // One of the tenants has no customers.
        if !said.contains("nothing to do") {
            plans.push(part);
        }
    }
    assert!(plans.len() > 1, "the sample has several tenants");
    let differences =
        Picture::difference(&whole.picture().await, &parts.picture().await, Compare::Data);
    assert!(differences.is_empty(), "{mode}: {differences:?}");
    // What the first has added is needed by the others.
    let undo = ["schema", "expand", "--undo", "--database", &url];
    refused(&run(&undo, &[]), 1, "plans are applied and need");
    refused(&parts.rollback(&plans[0], &["--drop-schema-changes"]), 1, "other plans are applied");
    for part in plans.iter().rev() {
        success(&parts.rollback(part, &[]));
    }
    success(&run(&undo, &[]));
    equal(&before, &parts.picture_like(&before).await, Compare::DataAndCatalog);
}

#[tokio::test]
async fn a_strict_part_looks_at_its_own_tenant() {
    let case = Case::two_tenants("link").await;
    let names = tenants(&case).await;
    let (one, other) = (plan(&case, "link", &names[0]), plan(&case, "link", &names[1]));
    case.approve(&one);
    case.approve(&other);
    case.execute(&format!(
        "set session_replication_role = replica; update public.contacts set email = 'moved.' || email \
         where organization_id = (select id from public.organizations where slug = '{}') and type = 'supplier' or \
         id = (select min(c.id::text)::uuid from public.contacts c join public.organizations o on o.id = c.organization_id where o.slug = '{}' and c.email is not null)",
        names[0], names[0]
    ))
    .await;
    let url = case.database.url();
    let strict = |plan: &Path| {
        run(&["apply", path(plan), "--database", &url, "--yes", "--quiet", "--strict"], &[])
    };
    assert_eq!(strict(&one).status.code(), Some(4));
    success(&strict(&other));
    let source = path(&case.source);
    refused(&run(&["plan", source, "--tenant", "nobody-s"], &[]), 2, "is no tenant");
}

#[tokio::test]
async fn a_part_that_a_key_of_an_earlier_one_would_refuse_is_told_before() {
    // Some contacts of the second tenant stand in its customers' organizations, which link leaves so.
    let case = Case::two_tenants("link").await;
    let (names, url) = (tenants(&case).await, case.database.url());
    let parts: Vec<PathBuf> = names.iter().map(|name| plan(&case, "link", name)).collect();
    let apply = |part: &Path| {
        case.approve(part);
        run(&["apply", path(part), "--database", &url, "--yes", "--quiet"], &[])
    };
    let told: Vec<_> = parts.iter().map(|part| (part, apply(part))).collect();
    let (late, output) =
        told.iter().find(|(_, output)| !output.status.success()).expect("one is refused");
    refused(output, 8, "key_refuses of contacts_own_customer_fkey");
    case.execute("alter table public.contacts drop constraint contacts_own_customer_fkey").await;
    success(&apply(late));
}
