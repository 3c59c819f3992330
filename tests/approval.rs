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
