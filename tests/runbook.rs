//! The runbook: every command in it works as it says, and every test that it names is there.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::case::{Case, path};

const RUNBOOK: &str = include_str!("../docs/runbook.md");

/// The lines of its blocks of commands.
fn commands() -> Vec<&'static str> {
    let blocks = RUNBOOK.split("```sh\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).filter(|line| !line.is_empty()).collect()
}

#[tokio::test]
async fn every_command_of_the_runbook_works_in_its_order() {
    let case = Case::new("factory-pulse", "link").await;
    let folder = case.folder.path();
    std::fs::copy(&case.source, folder.join("source.sql")).expect("writable");
    let program = Path::new(env!("CARGO_BIN_EXE_orgfold")).parent().expect("a folder");
    let search = std::env::var("PATH").expect("a search path");
    let commands = commands();
    assert!(commands.len() > 15, "{commands:?}");
    for command in commands {
        let plan = std::fs::read_dir(folder.join("reports")).ok();
        let plan = plan.and_then(|plans| plans.flatten().next()).map(|plan| plan.path());
        let id = plan.as_deref().and_then(|plan| plan.file_name());
        let mut shell = Command::new("sh");
        shell
            .args(["-euc", command])
            .current_dir(folder)
            .env("PATH", format!("{}:{search}", path(program)))
            .env("DATABASE_URL", case.database.url())
            .env("PLAN", plan.as_deref().unwrap_or(Path::new("")))
            .env("ID", id.unwrap_or_default())
            .stdin(Stdio::null());
        let output = shell.output().expect("a shell");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{command}: {said}");
    }
    let there = "select to_regnamespace('orgfold') is not null";
    let there: bool = case.client.query_one(there, &[]).await.expect("a query").get(0);
    assert!(!there, "nothing of ours is left at its end");
}

#[test]
fn every_test_that_the_runbook_names_is_there() {
    let mut tests = String::new();
    for entry in std::fs::read_dir("tests").expect("the tests").flatten() {
        if entry.path().extension().is_some_and(|end| end == "rs") {
            tests += &std::fs::read_to_string(entry.path()).expect("a test is text");
        }
    }
    let (_, promises) = RUNBOOK.split_once("## What is promised").expect("the promises");
    let rows = promises.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let mut named = 0;
    for row in rows {
        let cell = row.rsplit(" | ").next().expect("a row has cells");
        for test in cell.split('`').skip(1).step_by(2) {
            assert!(tests.contains(&format!("fn {test}(")), "there is no test `{test}`");
            named += 1;
        }
    }
    assert!(named > 30, "{named} tests are named");
}
