//! What is said and written of a load: before it begins, when it ended, and where nobody heard how.

use std::path::{Path, PathBuf};

use orgfold::load::picture::Compare;

use crate::support::case::{Case, equal, path, refused, run, success};
use crate::support::proxy::{Lost, Proxy};

fn receipt(plan: &Path, name: &str) -> serde_json::Value {
    let bytes = std::fs::read(plan.join("receipts").join(name)).expect("a receipt");
    serde_json::from_slice(&bytes).expect("a receipt is JSON")
}

/// The folder of the server's socket, and the same connection string through another one, which
/// loses a commit.
fn through(case: &Case, lost: Lost, commit: u32) -> (Proxy, String) {
    let url = case.database.url();
    let value = |key: &str| {
        let found = url.split(' ').find_map(|part| part.strip_prefix(key)).expect("it is there");
        found.trim_matches('\'').to_owned()
    };
    let (host, port) = (value("host="), value("port="));
    let behind = PathBuf::from(&host).join(format!(".s.PGSQL.{port}"));
    let proxy = Proxy::new(&behind, (lost, commit));
    let folder = proxy.folder();
    let url = url.replace(&host, path(&folder)).replace(&format!("port={port}"), "port=5432");
    (proxy, url)
}

#[tokio::test]
async fn how_a_commit_ended_whose_answer_was_lost_is_found_out() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    let before = case.picture().await;
    // The third commit: look, expand, data.
    let (_proxy, url) = through(&case, Lost::Question, 3);
    let args = |url: &str| {
        ["apply", path(&plan), "--database", url, "--yes", "--quiet"].map(str::to_owned)
    };
    let apply = |url: &str| {
        let args = args(url);
        run(&args.each_ref().map(String::as_str), &[])
    };
    refused(&apply(&url), 1, "cannot commit");
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
    assert_eq!(receipt(&plan, "apply-1.json")["state"], "failed");
    let (_proxy, url) = through(&case, Lost::Answer, 3);
    let said = success(&apply(&url));
    assert!(said.contains("is applied to"), "{said}");
    assert!(case.is_settled().await, "it is applied");
    assert_eq!(receipt(&plan, "apply-2.json")["state"], "applied");
    success(&case.rollback(&plan, &["--drop-schema-changes"]));
}

#[tokio::test]
async fn how_a_rollback_ended_whose_answer_was_lost_is_found_out() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    let there = case.picture().await;
    let (out, id) = (case.out(), plan.file_name().and_then(|name| name.to_str()).expect("a name"));
    let rollback =
        |url: &str| run(&["rollback", id, "--database", url, "--yes", "--out", path(&out)], &[]);
    let (_proxy, url) = through(&case, Lost::Question, 1);
    refused(&rollback(&url), 1, "before the commit arrived; nothing was changed");
    equal(&there, &case.picture_like(&there).await, Compare::DataAndCatalog);
    assert_eq!(receipt(&plan, "rollback-1.json")["state"], "failed");
    let (_proxy, url) = through(&case, Lost::Answer, 1);
    let said = success(&rollback(&url));
    assert!(said.contains("\nrolled back; "), "{said}");
    assert_eq!(receipt(&plan, "rollback-2.json")["state"], "rolled back");
}

#[tokio::test]
async fn a_receipt_is_there_before_the_load_and_completed_after_it() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    // Where no receipt can be written, nothing is loaded.
    let before = case.picture().await;
    let receipts = plan.join("receipts");
    let aside = plan.join("aside");
    std::fs::rename(&receipts, &aside).expect("writable");
    refused(&case.apply(&plan, &[]), 6, "not approved by");
    std::fs::rename(&aside, &receipts).expect("writable");
    let output = case.apply(&plan, &[("ORGFOLD_FAIL_AT", "after lock")]);
    assert_eq!(output.status.code(), None);
    equal(&before, &case.picture_like(&before).await, Compare::Data);
    assert_eq!(receipt(&plan, "apply-1.json")["state"], "begun");
    let output = case.apply(&plan, &[("ORGFOLD_FAIL_AT", "after commit")]);
    assert_eq!(output.status.code(), None);
    assert_eq!(receipt(&plan, "apply-2.json")["state"], "begun");
    let said = success(&case.apply(&plan, &[]));
    assert!(said.contains("applied already to database"), "{said}");
    assert_eq!(receipt(&plan, "apply-2.json")["state"], "applied");
}

#[tokio::test]
async fn a_dry_run_does_everything_but_the_commit() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.plan();
    let before = case.picture().await;
    let url = case.database.url();
    let dry = ["apply", path(&plan), "--database", &url, "--quiet", "--dry-run"];
    refused(&run(&dry, &[]), 8, "shuts out readers");
    let said = success(&run(&[&dry[..], &["--lock-readers"]].concat(), &[]));
    assert!(said.contains("would be applied to") && said.contains("nothing was changed"), "{said}");
    equal(&before, &case.picture_like(&before).await, Compare::DataAndCatalog);
    assert!(receipt(&plan, "dry-run-1.json")["loaded"]["rows"]["contacts"].is_number());
    // Once the columns are there, readers go on meanwhile.
    case.approve(&plan);
    success(&case.apply(&plan, &[]));
    success(&case.rollback(&plan, &[]));
    success(&run(&dry, &[]));
    case.execute(
        "create function public.no_more() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
         create trigger no_more before insert on public.organizations for each row execute function public.no_more();
         alter table public.organizations enable always trigger no_more",
    )
    .await;
    let config = case.with_triggers("fire");
    refused(&run(&[&dry[..], &["--config", path(&config)]].concat(), &[]), 1, "no_more()");
}

#[tokio::test]
async fn an_empty_plan_is_no_run() {
    let mut case = Case::new("factory-pulse", "rehome").await;
    let first = case.approved();
    success(&case.apply(&first, &[]));
    case.source = case.export().await;
    let out = case.folder.path().join("next");
    let args = ["plan", path(&case.source), "--mode", "rehome", "--out", path(&out), "--quiet"];
    success(&run(&args, &[]));
    let next = std::fs::read_dir(&out).expect("a plan").flatten().next().expect("one plan").path();
    let said = success(&case.apply(&next, &[]));
    assert!(said.contains("is empty: nothing to do"), "{said}");
    success(&case.rollback(&first, &["--drop-schema-changes"]));
}

#[tokio::test]
async fn a_look_at_the_checks_needs_no_right_to_write() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    success(&case.apply(&plan, &[]));
    let reader = case.database.role("reader");
    case.execute(&format!(
        "create role {reader} login; grant usage on schema public to {reader}; grant select on all tables in schema public to {reader}"
    ))
    .await;
    let url = case.database.url();
    let weak = url.replace("user='postgres'", &format!("user='{reader}'"));
    let verify =
        |url: &str, environment| run(&["verify", path(&plan), "--database", url], environment);
    for output in
        [verify(&weak, &[]), verify(&url, &[("PGOPTIONS", "-c default_transaction_read_only=on")])]
    {
        let said = success(&output);
        assert!(said.contains("each check finds what the plan promised"), "{said}");
        assert!(said.contains("not filed: nothing can be written"), "{said}");
    }
    case.execute(&format!("drop owned by {reader}; drop role {reader}")).await;
}
