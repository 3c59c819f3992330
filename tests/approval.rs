//! What an approval is given for: a plan, by one person in one role, for one database and one load.

use crate::support::case::{Case, path, refused, run, success};

#[tokio::test]
async fn who_answers_for_a_database_approves_what_a_preflight_has_shown() {
    let case = Case::new("factory-pulse", "link").await;
    let plan = case.plan();
    let by = ["approve", path(&plan), "--role", "dba", "--by", "A. Keeper"];
    refused(&run(&by, &[]), 6, "there was none");
    case.approve(&plan);
    // The same plan and the same DDL, on another database.
    let other = Case::new("factory-pulse", "link").await;
    refused(&other.apply(&plan, &[]), 6, "dba approved for schema `public` of database");
    success(&case.apply(&plan, &[]));
}

#[tokio::test]
async fn one_person_fills_one_role_unless_the_configuration_says_otherwise() {
    let case = Case::new("factory-pulse", "link").await;
    let plan = case.plan();
    let approve = |role: &str, by: &str, more: &[&str]| {
        run(&[&["approve", path(&plan), "--role", role, "--by", by], more].concat(), &[])
    };
    success(&approve("qa-lead", "A. Person", &[]));
    refused(&approve("product-owner", " a. person", &[]), 6, "has approved as qa-lead already");
    // To approve again in the same role renews it.
    success(&approve("qa-lead", "A. Person", &[]));
    let config = case.folder.path().join("small.toml");
    std::fs::write(&config, "[approval]\npersons = \"several-roles\"\n").expect("writable");
    success(&approve("product-owner", "A. Person", &["--config", path(&config)]));
    success(&approve("technical-lead", "B. Person", &[]));
    let url = case.database.url();
    success(&run(&["preflight", path(&plan), "--database", &url], &[]));
    success(&approve("dba", "C. Person", &[]));
    refused(&case.apply(&plan, &[]), 6, "one person has approved as");
    let args =
        ["apply", path(&plan), "--database", &url, "--yes", "--quiet", "--config", path(&config)];
    success(&run(&args, &[]));
}

#[tokio::test]
async fn a_rollback_ends_the_approvals() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    let url = case.database.url();
    let id = plan.file_name().and_then(|name| name.to_str()).expect("a plan's directory");
    let out = case.out();
    let args = ["rollback", id, "--database", &url, "--yes", "--out", path(&out)];
    success(&run(&args, &[]));
    refused(&case.apply(&plan, &[]), 6, "has ended with the rollback");
    case.approve(&plan);
    success(&case.apply(&plan, &[]));
}

#[tokio::test]
async fn ddl_of_a_later_plan_is_approved_too() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    success(&case.rollback(&plan, &[]));
    // Something that was there when it was approved has gone since.
    case.execute("alter table public.organizations drop column website").await;
    refused(&case.apply(&plan, &[]), 6, "column organizations.website is due, too");
}

/// A plan of the rows as they are now, in a folder of its own.
async fn plan_again(case: &Case, name: &str) -> std::path::PathBuf {
    let export = case.export().await;
    let out = case.folder.path().join(name);
    let args = ["plan", path(&export), "--mode", "rehome", "--out", path(&out), "--quiet"];
    success(&run(&args, &[]));
    std::fs::read_dir(&out).expect("plans").flatten().next().expect("one plan").path()
}

/// The first receipt of approvals that were carried over to a plan.
fn renewal(plan: &std::path::Path) -> serde_json::Value {
    let bytes = std::fs::read(plan.join("receipts/renewal-1.json")).expect("a receipt");
    serde_json::from_slice(&bytes).expect("a receipt is JSON")
}

#[tokio::test]
async fn approvals_are_carried_over_where_nothing_that_was_approved_differs() {
    let case = Case::new("factory-pulse", "rehome").await;
    case.execute("set session_replication_role = replica").await;
    let old = plan_again(&case, "old").await;
    let renews = |new: &std::path::Path| run(&["approve", path(new), "--renews", path(&old)], &[]);
    refused(&renews(&old), 6, "has no approval to carry over");
    case.approve(&old);
    // How somebody's number is written, which was read and on which nothing rests.
    case.execute(
        "update public.contacts set phone = '(' || phone || ')' where id = \
         (select id from public.contacts where type = 'customer' and phone is not null order by id limit 1)",
    )
    .await;
    let new = plan_again(&case, "refreshed").await;
    assert_ne!(old.file_name(), new.file_name());
    success(&renews(&new));
    let receipt = renewal(&new);
    assert_eq!(receipt["refreshed"]["contacts"].as_array().map(Vec::len), Some(1), "{receipt}");
    assert_eq!(receipt["taken_out"], serde_json::json!({}));
    // One project is no longer linked by anybody: its change was taken out.
    case.execute(
        "update public.projects set customer_id = null where id = (select max(id::text)::uuid from public.projects where customer_id is not null)",
    )
    .await;
    let less = plan_again(&case, "less").await;
    let said = success(&renews(&less));
    assert!(said.contains("takes over the approvals of plan"), "{said}");
    let receipt = renewal(&less);
    assert_eq!(receipt["taken_out"]["projects"].as_array().map(Vec::len), Some(1), "{receipt}");
    success(&case.apply(&less, &[]));
    // What was given for it ends with it, carried over or not.
    let id = less.file_name().and_then(|name| name.to_str()).expect("a plan's directory");
    let url = case.database.url();
    let out = case.folder.path().join("less");
    success(&run(&["rollback", id, "--database", &url, "--yes", "--out", path(&out)], &[]));
    refused(&case.apply(&less, &[]), 6, "has ended with the rollback");
    success(&renews(&less));
    refused(&case.apply(&less, &[]), 6, "has ended with the rollback");
    // A new customer is something that nobody has approved.
    case.execute(
        "insert into public.contacts (organization_id, type, company_name, contact_name) \
         select organization_id, 'customer', 'Blue Lantern Castings', 'X' from public.projects limit 1",
    )
    .await;
    let more = plan_again(&case, "more").await;
    refused(&renews(&more), 6, "is not in the plan that was approved");
}
