//! `orgfold diff` and `plan --since`: what changed from one plan to another, as people and pipelines
//! see it.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cli::{Ended, nothing_personal, orgfold};
use crate::support::golden;

const SAMPLE: &str = "samples/two-tenants";

/// The sample a month later: one contact is gone and another came, one has another employer, the only
/// contact of one company writes its name anew.
fn a_month_later(folder: &Path) -> PathBuf {
    let source = folder.join("later");
    std::fs::create_dir(&source).unwrap();
    for name in [
        "organizations.csv",
        "users.csv",
        "contacts.csv",
        "projects.csv",
        "project_contact_points.csv",
        "snapshot.json",
    ] {
        std::fs::copy(Path::new(SAMPLE).join(name), source.join(name)).unwrap();
    }
    let contacts = source.join("contacts.csv");
    let mut text = std::fs::read_to_string(&contacts).unwrap();
    for (before, after) in [
        ("c0000000-0000-4000-8000-000000000041", "c0000000-0000-4000-8000-000000000941"),
        ("customer,Red River Valves AG", "customer,Violet Kiln Supplies"),
        ("customer,KITANO VIETNAM", "customer,Hoa Sen Packaging"),
        ("customer,Cuu Long Machine Works", "customer,Epsilon Coil Works"),
    ] {
        assert!(text.contains(before), "{before}");
        text = text.replacen(before, after, 1);
    }
    std::fs::write(contacts, text).unwrap();
    source
}

/// What people decided in between.
fn decided(folder: &Path) -> PathBuf {
    let path = folder.join("decided.csv");
    let rows = "decision,tenant,a,b,value\n\
                same,lac-hong,Nordwerk,Nordwerk AG,\n\
                different,lac-hong,Saneun Vietnam,Saneun-Vietnam,\n\
                name,lac-hong,Hải Vân Tunnel Fans,,Hải Vân Fans\n";
    std::fs::write(&path, rows).unwrap();
    path
}

fn planned(arguments: &[&str]) -> Value {
    let ended = orgfold(&[&["plan", "--format", "json", "--quiet"], arguments].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

fn text(of: &Value) -> &str {
    of.as_str().unwrap()
}

/// Two plans of a folder, by their directories, and what the later one was planned with.
struct Two {
    _folder: tempfile::TempDir,
    out: String,
    plans: [String; 2],
    arguments: Vec<String>,
}

impl Two {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("plans").display().to_string();
        let later = a_month_later(folder.path()).display().to_string();
        let decided = decided(folder.path()).display().to_string();
        let arguments =
            [&later, "--out", &out, "--decisions", &decided].map(str::to_owned).to_vec();
        let first = planned(&[SAMPLE, "--out", &out]);
        let again: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let second = planned(&again);
        let plans = [first, second].map(|plan| text(&plan["dir"]).to_owned());
        Self { _folder: folder, out, plans, arguments }
    }

    fn diff(&self, more: &[&str]) -> Ended {
        let [a, b] = [&self.plans[0], &self.plans[1]].map(String::as_str);
        orgfold(&[&["diff", a, b], more].concat())
    }

    /// Without what changes with every change of the rules.
    fn nameless(&self, said: &str) -> String {
        let mut said = said.to_owned();
        for (plan, name) in self.plans.iter().zip(["PLAN_A", "PLAN_B"]) {
            let id = Path::new(plan).file_name().unwrap().to_str().unwrap();
            said = said.replace(id, name);
        }
        said
    }
}

#[test]
fn what_changed_between_two_plans_is_told_in_text_and_json() {
    let two = Two::new();
    let said = two.diff(&[]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    golden::settings("cli").bind(|| insta::assert_snapshot!("diff", two.nameless(&said.stdout)));
    let json = two.diff(&["--format", "json"]);
    nothing_personal(&json.stderr);
    let found: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(found["format"], 1);
    let lines = |sign: &str| said.stdout.lines().filter(|line| line.starts_with(sign)).count();
    for (name, sign) in [("new", "+ "), ("gone", "- "), ("renamed", "~ "), ("split", "< ")] {
        let listed = found["organizations"][name].as_array().unwrap().len();
        assert_eq!(listed, lines(sign), "{name}");
        assert_eq!(found["counts"][name], listed, "{name}");
    }
    // The other way round what was new is gone.
    let back = orgfold(&["diff", &two.plans[1], &two.plans[0], "--format", "json"]);
    let back: Value = serde_json::from_str(&back.stdout).unwrap();
    for (one, other) in [("new", "gone"), ("contacts_mapped", "contacts_unmapped")] {
        assert_eq!(back["counts"][one], found["counts"][other], "{one}");
    }
    let same = orgfold(&["diff", &two.plans[0], &two.plans[0]]);
    assert!(same.stdout.ends_with("no organization and no contact changes\n"), "{}", same.stdout);
}

#[test]
fn a_plan_is_found_by_its_id() {
    let two = Two::new();
    let ids = two.plans.each_ref().map(|plan| {
        let manifest = std::fs::read_to_string(Path::new(plan).join("plan.json")).unwrap();
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
        text(&manifest["plan_id"]).to_owned()
    });
    let by_id = orgfold(&["diff", &ids[0][..12], &ids[1], "--out", &two.out]);
    assert_eq!(by_id.stdout, two.diff(&[]).stdout);
    let another = format!("{}{}", &ids[0][..12], "0".repeat(52));
    let ended = orgfold(&["diff", &another, &ids[1], "--out", &two.out]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    let ended = orgfold(&["diff", "0123456789ab", &ids[1], "--out", &two.out]);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
}

#[test]
fn a_plan_that_was_changed_is_not_compared() {
    let two = Two::new();
    let path = Path::new(&two.plans[1]).join("organizations.csv");
    let rows = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, rows.replacen("Coil", "Foil", 1)).unwrap();
    let ended = two.diff(&[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (4, ""), "{}", ended.stderr);
    nothing_personal(&ended.stderr);
    let arguments: Vec<&str> = two.arguments.iter().map(String::as_str).collect();
    let since = orgfold(&[&["plan", "--since", &two.plans[1]], &arguments[..]].concat());
    assert_eq!((since.code, since.stdout.as_str()), (4, ""), "{}", since.stderr);
}

#[test]
fn a_plan_says_what_changed_since_an_earlier_one_and_is_the_same_plan() {
    let two = Two::new();
    let arguments: Vec<&str> = two.arguments.iter().map(String::as_str).collect();
    let files = |plan: &str| -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> = std::fs::read_dir(plan)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
            .collect();
        files.sort();
        files
    };
    let before = files(&two.plans[1]);
    std::fs::remove_dir_all(&two.plans[1]).unwrap();
    let since = ["plan", "--quiet", "--since", &two.plans[0]];
    let said = orgfold(&[&since[..], &arguments].concat());
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(files(&two.plans[1]), before);
    assert!(said.stdout.ends_with(&format!("\n\n{}", two.diff(&[]).stdout)), "{}", said.stdout);
    let json = planned(&[&["--since", &two.plans[0]], &arguments[..]].concat());
    let expected: Value = serde_json::from_str(&two.diff(&["--format", "json"]).stdout).unwrap();
    assert_eq!(json["since"], expected);
    assert_eq!(planned(&arguments).get("since"), None);
}
