//! Our own schema: what older versions left in it, and what is not ours.

use orgfold::load::picture::Compare;

use crate::support::case::{Case, equal, path, refused, run, success};

/// Makes the ledger of a load what an older version would have left.
async fn age(case: &Case, version: u32) {
    case.execute(include_str!("fixtures/ledgers/to_2.sql")).await;
    if version == 1 {
        case.execute(include_str!("fixtures/ledgers/to_1.sql")).await;
    }
}

#[tokio::test]
async fn runs_of_an_older_ledger_are_known_and_rolled_back() {
    for (version, mode) in [(1, "rehome"), (1, "link"), (2, "rehome"), (2, "link")] {
        let case = Case::two_tenants(mode).await;
        let plan = case.approved();
        let before = case.picture().await;
        success(&case.apply(&plan, &[]));
        let applied = case.picture().await;
        age(&case, version).await;
        let url = case.database.url();
        let said = success(&run(&["status", "--database", &url, "--out", path(&case.out())], &[]));
        assert!(said.contains("run 1 plan") && said.contains("schema public"), "{said}");
        assert!(success(&case.apply(&plan, &[])).contains("applied already"), "{version} {mode}");
        // A look leaves the ledger as it is.
        let id = plan.file_name().and_then(|name| name.to_str()).expect("a plan's directory");
        let said = success(&run(&["rollback", id, "--database", &url, "--look"], &[]));
        assert!(said.contains("no row was edited since"), "{said}");
        let old = "select exists (select from pg_attribute where attrelid = 'orgfold.image_contacts'::regclass and attname = 'after_hash')";
        assert!(case.client.query_one(old, &[]).await.expect("a query").get::<_, bool>(0));
        equal(&applied, &case.picture_like(&applied).await, Compare::DataAndCatalog);
        success(&case.rollback(&plan, &["--drop-schema-changes"]));
        equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
        // And goes on with what it has become.
        success(&case.apply(&plan, &[]));
        success(&case.rollback(&plan, &["--drop-schema-changes"]));
    }
}

#[tokio::test]
async fn an_older_ledger_tells_what_was_edited_by_the_row() {
    for version in [1, 2] {
        let case = Case::new("factory-pulse", "rehome").await;
        let plan = case.approved();
        let before = case.picture().await;
        success(&case.apply(&plan, &[]));
        age(&case, version).await;
        // A note is no column of ours, but its row has another hash now.
        case.execute(
            "alter table public.contacts disable trigger user;
             update public.contacts set notes = 'called' where id = (
               select pk from orgfold.image_contacts order by pk limit 1);
             update public.organizations set description = 'ours' where id = (
               select pk from orgfold.image_organizations where action = 'i' order by pk limit 1);
             alter table public.contacts enable trigger user",
        )
        .await;
        let said = case.rollback(&plan, &[]);
        refused(&said, 4, "edited");
        success(&case.rollback(&plan, &["--keep-edited"]));
        let after = case.picture_like(&before).await;
        assert!(
            !orgfold::load::picture::Picture::difference(&before, &after, Compare::Data).is_empty()
        );
    }
}

#[tokio::test]
async fn an_older_ledger_goes_on_with_the_next_load() {
    let case = Case::new("factory-pulse", "link").await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    age(&case, 1).await;
    let url = case.database.url();
    // Another plan, of rows that came later.
    case.execute(
        "insert into public.contacts (organization_id, type, company_name, contact_name) \
         select organization_id, 'customer', 'Blue Lantern Castings', 'X' from public.projects limit 1",
    )
    .await;
    let export = case.export().await;
    let out = case.folder.path().join("second");
    let args = ["plan", path(&export), "--mode", "link", "--out", path(&out), "--quiet"];
    success(&run(&args, &[]));
    let second = std::fs::read_dir(&out).expect("plans").flatten().next().expect("one").path();
    case.approve(&second);
    success(&case.apply(&second, &[]));
    let version = "select version from orgfold.ledger";
    let version: i32 = case.client.query_one(version, &[]).await.expect("a number").get(0);
    assert_eq!(version, 4);
    success(&case.rollback(&second, &[]));
    success(&case.rollback(&plan, &["--drop-schema-changes"]));
    let out = case.out();
    success(&run(&["uninstall", "--database", &url, "--yes"], &[]));
    success(&run(&["status", "--database", &url, "--out", path(&out)], &[]));
}

#[tokio::test]
async fn what_is_not_ours_in_our_schema_is_refused_by_name() {
    let case = Case::new("factory-pulse", "link").await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    for (change, back, words) in [
        (
            "alter table orgfold.run add column note text",
            "alter table orgfold.run drop column note",
            "orgfold.run.note",
        ),
        (
            "alter table orgfold.image_contacts add column seen_by text",
            "alter table orgfold.image_contacts drop column seen_by",
            "orgfold.image_contacts.seen_by",
        ),
        (
            "update orgfold.ledger set version = 99",
            "update orgfold.ledger set version = 4",
            "none of the versions",
        ),
    ] {
        case.execute(change).await;
        let code = if words.contains("version") { 1 } else { 8 };
        refused(&case.rollback(&plan, &[]), code, words);
        refused(&case.apply(&plan, &[]), code, words);
        case.execute(back).await;
    }
    success(&case.rollback(&plan, &["--drop-schema-changes"]));
}

#[tokio::test]
async fn a_verification_judges_the_rows_of_the_plan_and_shows_all() {
    for mode in ["rehome", "link"] {
        let case = Case::two_tenants(mode).await;
        let plan = case.approved();
        success(&case.apply(&plan, &[]));
        let url = case.database.url();
        let verify = || run(&["verify", path(&plan), "--database", &url], &[]);
        assert!(success(&verify()).contains("each check finds what the plan promised"), "{mode}");
        // The application goes on: a customer that no plan has seen yet, and a project of it.
        case.execute(
            "insert into public.contacts (id, organization_id, type, company_name, contact_name) \
             select '00000000-0000-4000-8000-0000000000aa', organization_id, 'customer', 'Late Comer', 'X' from public.projects limit 1; \
             insert into public.projects (id, organization_id, project_id, title, customer_id) \
             select '00000000-0000-4000-8000-0000000000ab', organization_id, 'P-LATE', 'Late', '00000000-0000-4000-8000-0000000000aa' from public.contacts where company_name = 'Late Comer'",
        )
        .await;
        let said = success(&verify());
        assert!(said.contains("what else it finds came later"), "{said}");
        assert!(said.contains("contacts 00000000-0000-4000-8000-0000000000aa"), "{said}");
        // Something happens to a row of the plan.
        case.execute(
            "alter table public.projects disable trigger user;
             update public.projects set customer_organization_id = null where id = (select pk from orgfold.image_projects order by pk limit 1)",
        )
        .await;
        let said = verify();
        assert_eq!(said.status.code(), Some(5), "{said:?}");
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(said.contains("differs: projects with a customer contact but without"), "{said}");
    }
}
