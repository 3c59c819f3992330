//! The program as people and pipelines see it: exit codes, what is printed where, what is left.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::CommandFactory as _;

use crate::support::golden;
use crate::support::tables::{Tables, cell};

/// What a run of the program left.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program in the folder of the project, with nothing of the environment.
pub(crate) fn orgfold(arguments: &[&str]) -> Ended {
    let output =
        Command::new(env!("CARGO_BIN_EXE_orgfold")).args(arguments).env_clear().output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Names in a folder, sorted; none if it is not there.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const PULSE: &str = "samples/factory-pulse";
const TENANTS: &str = "samples/two-tenants";

/// Company names, people and addresses of the samples, which no log may hold.
const PERSONAL: [&str; 12] = [
    "hoang gia",
    "nam sao",
    "minh long",
    "tokai",
    "@",
    "kitano",
    "fujieda",
    "hoa sen",
    "saneun",
    "lotus",
    "nordwerk",
    "secret",
];

#[track_caller]
pub(crate) fn nothing_personal(stderr: &str) {
    let text = stderr.to_lowercase();
    for name in PERSONAL {
        assert!(!text.contains(name), "standard error holds `{name}`:\n{stderr}");
    }
    assert!(!stderr.contains('\u{1b}'), "no colours:\n{stderr}");
}

/// A folder to plan into.
struct Out(tempfile::TempDir);

impl Out {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("plans")
    }

    fn plan(&self, arguments: &[&str]) -> Ended {
        let out = self.path();
        let mut all = vec!["plan", "--out", out.to_str().unwrap()];
        all.extend(arguments);
        orgfold(&all)
    }
}

/// A run that fails says so on standard error, prints no data, and leaves nothing.
#[track_caller]
fn fails(arguments: &[&str], code: i32, part: &str) {
    let out = Out::new();
    let ended = out.plan(arguments);
    assert_eq!(ended.code, code, "{arguments:?}: {}", ended.stderr);
    assert!(ended.stderr.contains(part), "{arguments:?}: {}", ended.stderr);
    assert_eq!(ended.stdout, "", "{arguments:?}");
    assert_eq!(names(&out.path()), Vec::<String>::new(), "{arguments:?} left something");
    assert_eq!(names(out.0.path()), Vec::<String>::new(), "{arguments:?} left something");
    nothing_personal(&ended.stderr);
}

#[test]
fn a_plan_is_summed_up_on_standard_output() {
    let out = Out::new();
    let ended = out.plan(&[PULSE]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    nothing_personal(&ended.stderr);
    let directory = names(&out.path());
    assert_eq!(directory.len(), 1);
    let shown = ended.stdout.replace(out.path().to_str().unwrap(), "OUT");
    let shown = shown.replace(&directory[0], "PLAN");
    golden::settings("cli").bind(|| insta::assert_snapshot!("summary", shown));
    let again = out.plan(&[PULSE, "--quiet"]);
    assert_eq!((again.code, again.stderr.as_str()), (0, ""));
    assert!(again.stdout.contains("the same plan was there already; left as it is"));
    assert_eq!(names(&out.path()), directory);
}

#[test]
fn json_is_one_object() {
    let out = Out::new();
    for new in [true, false] {
        let ended = out.plan(&[PULSE, "--format", "json"]);
        assert_eq!(ended.code, 0);
        let object: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        let id = object["plan_id"].as_str().unwrap();
        assert_eq!(id.len(), 64);
        let directory = Path::new(object["dir"].as_str().unwrap());
        assert_eq!(directory, out.path().join(&id[..12]));
        let manifest = std::fs::read(directory.join("plan.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        for field in ["plan_id", "mode", "totals", "checks"] {
            assert_eq!(object[field], manifest[field], "{field}");
        }
        assert_eq!(object["totals"]["contacts"]["rows"], 12);
        assert_eq!(object["new"], new);
        assert_eq!(object["empty"], false);
    }
}

#[test]
fn the_number_of_threads_and_the_environment_change_no_plan() {
    let id = |arguments: &[&str], variables: &[(&str, &str)]| {
        let out = Out::new();
        let output = Command::new(env!("CARGO_BIN_EXE_orgfold"))
            .args(arguments)
            .env_clear()
            .env("ORGFOLD_OUT", out.path())
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        assert!(output.status.success());
        names(&out.path())[0].clone()
    };
    let expected = id(&["plan", TENANTS], &[]);
    assert_eq!(id(&["plan", TENANTS, "--threads", "1"], &[]), expected);
    assert_eq!(id(&["plan"], &[("ORGFOLD_SOURCE", TENANTS), ("ORGFOLD_THREADS", "8")]), expected);
    assert_eq!(
        id(&["plan", TENANTS], &[("TZ", "Asia/Tokyo"), ("LANG", "vi_VN"), ("HOME", "/")]),
        expected
    );
    let link = id(&["plan", TENANTS], &[("ORGFOLD_MODE", "link")]);
    assert_ne!(link, expected);
    assert_eq!(id(&["plan", TENANTS, "--mode", "link"], &[]), link);
    assert_eq!(id(&["plan", TENANTS, "--mode", "rehome"], &[("ORGFOLD_MODE", "link")]), expected);
}

#[test]
fn every_option_has_an_environment_variable() {
    let command = orgfold::cli::Cli::command();
    let all = std::iter::once(&command).chain(command.get_subcommands());
    for command in all {
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            let fine = argument.get_env().is_some() || matches!(id, "help" | "version");
            assert!(fine, "`{} {id}` has no environment variable", command.get_name());
        }
    }
}

#[test]
fn what_cannot_be_read_ends_with_1() {
    fails(&["tests/fixtures/none.sql"], 1, "error: tests/fixtures/none.sql");
    fails(&["tests/fixtures/bad/csv_width"], 1, "\nhelp: ");
    fails(&["tests/fixtures/bad/copy_cut_in_a_row.sql"], 1, "\nhelp: ");
    fails(&[PULSE, "--decisions", "tests/fixtures/none.csv"], 1, "because: ");
    fails(&["samples/factory-pulse/dump-copy.sql", "--schema", "crm"], 1, "\nhelp: ");
}

#[test]
fn what_is_asked_wrongly_ends_with_2() {
    fails(&[PULSE, "--no-such-option"], 2, "--no-such-option");
    fails(&[PULSE, "--mode", "sideways"], 2, "sideways");
    fails(&[PULSE, "--threads", "many"], 2, "many");
    fails(
        &[PULSE, "--config", "tests/fixtures/none.toml"],
        2,
        "cannot read `tests/fixtures/none.toml`",
    );
    let folder = tempfile::tempdir().unwrap();
    let check = |text: &str, part: &str| {
        let path = folder.path().join("orgfold.toml");
        std::fs::write(&path, text).unwrap();
        fails(&[PULSE, "--config", path.to_str().unwrap()], 2, part);
    };
    check("colour = \"red\"\n", "unknown key `colour`");
    check("[matching]\nsame_att = 1.0\n", "unknown key `matching.same_att`");
    check("[lists]\nnames = \"x.csv\"\n", "names");
    check("mode = \n", "orgfold.toml: ");
    check("mode = \"sideways\"\n", "sideways");
    check("[matching]\nsame_at = \"high\"\n", "same_at");
    check("[lists]\nroles = \"none.csv\"\n", "none.csv");
    let list = |name: &str, rows: &str, part: &str| {
        std::fs::write(folder.path().join("list.csv"), rows).unwrap();
        check(&format!("[lists]\n{name} = \"list.csv\"\n"), part);
    };
    list("roles", "kind,pattern,role\nshoe,x,y\n", "list.csv:2, column `kind`: ");
    list("roles", "kind,pattern\nmailbox,x\n", "list.csv:1, column `role`: the column is missing");
    list("token_frequencies", "token,names\n*,9\nsteel,many\n", "list.csv:3, column `names`: ");
    list("placeholders", "name\nx\n", "list.csv:1, column `text`: the column is missing");
    assert_eq!(orgfold(&[]).code, 2);
    assert_eq!(orgfold(&["fold"]).code, 2);
}

#[test]
fn findings_end_with_3_only_when_asked_and_the_plan_is_written() {
    let check = |source: &str, fail_on: &[&str], code: i32| {
        let out = Out::new();
        let ended = out.plan(&[&[source], fail_on].concat());
        assert_eq!(ended.code, code, "{source} {fail_on:?}");
        assert_eq!(names(&out.path()).len(), 1, "{source} {fail_on:?}");
        assert!(ended.stdout.starts_with("plan "), "{source} {fail_on:?}");
        nothing_personal(&ended.stderr);
    };
    // One warning and one note; errors, too.
    for (source, code) in [(PULSE, 0), (TENANTS, 3)] {
        check(source, &[], 0);
        check(source, &["--fail-on", "info"], 3);
        check(source, &["--fail-on", "warning"], 3);
        check(source, &["--fail-on", "error"], code);
    }
}

#[test]
fn a_changed_plan_directory_ends_with_4_and_is_left_as_it_is() {
    let sheets = orgfold::plan::sheet::Sheet::LOAD_BEARING.map(orgfold::plan::sheet::Sheet::file);
    for name in sheets.into_iter().chain(["plan.json"]) {
        let out = Out::new();
        assert_eq!(out.plan(&[PULSE]).code, 0);
        let directory = out.path().join(&names(&out.path())[0]);
        let path = directory.join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        let last = bytes.len() - 10;
        bytes[last] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let ended = out.plan(&[PULSE]);
        assert_eq!(ended.code, 4, "{name}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(name) && ended.stderr.contains("\nhelp: "),
            "{}",
            ended.stderr
        );
        assert_eq!(ended.stdout, "");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        assert_eq!(names(&out.path()).len(), 1);
        nothing_personal(&ended.stderr);
    }
}

#[test]
fn a_plan_that_cannot_be_written_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "here first").unwrap();
    for out in [file.clone(), file.join("below")] {
        let ended = orgfold(&["plan", PULSE, "--out", out.to_str().unwrap()]);
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        assert!(ended.stderr.contains("error: cannot write `"), "{}", ended.stderr);
        assert!(ended.stderr.contains("  because: "), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        assert_eq!(names(folder.path()), ["file"]);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "here first");
        nothing_personal(&ended.stderr);
    }
}

#[test]
fn a_plan_whose_place_is_taken_by_something_else_leaves_it() {
    let out = Out::new();
    assert_eq!(out.plan(&[PULSE]).code, 0);
    let directory = out.path().join(&names(&out.path())[0]);
    std::fs::remove_dir_all(&directory).unwrap();
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("mine.txt"), "x").unwrap();
    let ended = out.plan(&[PULSE]);
    assert_ne!(ended.code, 0);
    assert_eq!(ended.stdout, "");
    assert_eq!(names(&directory), ["mine.txt"]);
    assert_eq!(names(&out.path()).len(), 1);
}

/// Standard error of a run with decisions that cannot be used.
#[test]
fn bad_decisions_are_named_with_their_place_and_remedy() {
    let folder = Path::new("tests/fixtures/decisions");
    let files = names(folder);
    assert!(files.len() >= 14, "only {} cases", files.len());
    golden::settings("decisions").bind(|| {
        for name in &files {
            let path = folder.join(name);
            let path = path.to_str().unwrap();
            fails(&[TENANTS, "--decisions", path], 1, path);
            let ended = Out::new().plan(&[TENANTS, "--quiet", "--decisions", path]);
            insta::assert_snapshot!(name.trim_end_matches(".csv"), ended.stderr);
        }
    });
}

#[test]
fn decisions_of_several_files_are_one_list() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, row: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("decision,tenant,a,b,value\n{row}\n")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let one = file("one.csv", "same,lac-hong,Nordwerk,Nordwerk AG,");
    let two = file("two.csv", "different,lac-hong,nordwerk,nordwerk ag,");
    let ended = Out::new().plan(&[TENANTS, "--decisions", &one, "--decisions", &two]);
    assert_eq!(ended.code, 1);
    assert!(
        ended.stderr.contains("two.csv:2") && ended.stderr.contains("one.csv:2"),
        "{}",
        ended.stderr
    );
    // A configuration names them relative to itself.
    let config = folder.path().join("orgfold.toml");
    std::fs::write(&config, "decisions = [\"one.csv\", \"two.csv\"]\n").unwrap();
    let ended = Out::new().plan(&[TENANTS, "--config", config.to_str().unwrap()]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("contradicts"), "{}", ended.stderr);
}

/// Every cell of this source is a secret, and one at a time is broken.
#[test]
fn no_value_of_a_bad_row_reaches_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    let text = cell("Secret Ann <secret@secret.example>");
    Tables::of_texts(&[text]).write_foreign(&source);
    let contacts = source.join("contacts.csv");
    let whole = std::fs::read_to_string(&contacts).unwrap();
    let secret = "Secret Ann <secret@secret.example>";
    let key = whole.lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
    let time = "2025-09-04 08:48:10.605058+00";
    let dump = |from: &str, to: &str| {
        let path = folder.path().join("dump.sql");
        let text = Tables::of_texts(&[cell(secret)]);
        std::fs::write(&path, text.copy_dump().replace(from, to)).unwrap();
        assert_eq!(Out::new().plan(&[path.to_str().unwrap()]).code, 1, "{from:?}");
        fails(&[path.to_str().unwrap()], 1, "help: ");
        std::fs::write(&path, text.insert_dump().replace(from, to)).unwrap();
        fails(&[path.to_str().unwrap()], 1, "help: ");
    };
    dump(&key, "secret-key");
    dump(time, "secret day");
    for (from, to) in [
        (key.as_str(), "secret-key"),
        (time, "secret day"),
        (",t,", ",secret,"),
        (secret, "\"Secret Ann"),
        (secret, "Secret, Ann"),
        (secret, "Secret\0Ann"),
    ] {
        let broken = whole.replace(from, to);
        assert_ne!(broken, whole, "{from:?}");
        std::fs::write(&contacts, broken).unwrap();
        fails(&[source.to_str().unwrap()], 1, "contacts.csv");
    }
    std::fs::write(&contacts, [whole.as_bytes(), b"secret \xff\n"].concat()).unwrap();
    fails(&[source.to_str().unwrap()], 1, "contacts.csv");
    std::fs::write(&contacts, whole).unwrap();
    assert_eq!(Out::new().plan(&[source.to_str().unwrap()]).code, 0);
}

const NAMES: &str = "\
id,name,country
1,Kitano Vietnam,VN
2,KITANO VIETNAM CO LTD,VN
10,Aoba Seimitsu,JP
3,aoba seimitsu,JP
4,Hanbit,KR
5,N/A,
";
const TRUTH: &str = "id,cluster_id\n1,a\n2,a\n3,b\n10,b\n4,c\n5,d\n";

#[test]
fn names_are_grouped_and_the_grouping_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    std::fs::write(path("names.csv"), NAMES).unwrap();
    std::fs::write(path("truth.csv"), TRUTH).unwrap();
    let ended = orgfold(&[
        "resolve",
        &path("names.csv"),
        "--out",
        &path("clusters.csv"),
        "--pairs",
        &path("pairs.csv"),
        "--review",
        &path("review.csv"),
        "--format",
        "json",
    ]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    nothing_personal(&ended.stderr);
    let object: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&object["rows"], &object["clusters"]), (&6.into(), &4.into()), "{object}");
    assert_eq!(
        read("clusters.csv"),
        "id,cluster,name,slug\n\
         1,1,Kitano Vietnam,kitano-vietnam\n\
         2,1,Kitano Vietnam,kitano-vietnam\n\
         3,3,Aoba Seimitsu,aoba-seimitsu\n\
         4,4,Hanbit,hanbit\n\
         5,5,N/A,n-a\n\
         10,3,Aoba Seimitsu,aoba-seimitsu\n"
    );
    assert!(
        read("pairs.csv").starts_with("id_a,id_b,bits,band\n1,2,20000,same\n"),
        "{}",
        read("pairs.csv")
    );
    assert!(read("review.csv").starts_with("id_a,id_b,a,b,bits,comparisons,decision\n"));
    assert_eq!(names(folder.path()).len(), 5, "something is left over");
    let ended = orgfold(&[
        "evaluate",
        &path("clusters.csv"),
        &path("truth.csv"),
        "--pairs",
        &path("pairs.csv"),
        "--format",
        "json",
    ]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let object: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    golden::settings("cli").bind(|| {
        insta::assert_snapshot!("evaluate", serde_json::to_string_pretty(&object).unwrap());
    });
    let text = orgfold(&["evaluate", &path("clusters.csv"), &path("truth.csv")]);
    assert_eq!((text.code, text.stderr.as_str()), (0, ""));
    assert!(!text.stdout.is_empty());
}

/// Files that people open in a spreadsheet hold no formula, whatever somebody typed for a name.
#[test]
fn a_name_that_is_a_formula_is_guarded_in_every_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let formulas =
        ["=HYPERLINK(\"x\")", "+Aoba Seimitsu Kogyo", "@Aoba Seimitsu Koogyo", "-1+1 Hanbit"];
    let mut writer = csv::Writer::from_path(path("names.csv")).unwrap();
    writer.write_record(["id", "name"]).unwrap();
    for (id, name) in formulas.iter().enumerate() {
        writer.write_record([&id.to_string(), *name]).unwrap();
    }
    writer.flush().unwrap();
    let (names, out, review) = (path("names.csv"), path("out.csv"), path("review.csv"));
    let ended =
        orgfold(&["resolve", &names, "--out", &out, "--review", &review, "--preset", "cautious"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let mut cells = 0;
    for file in [out, review] {
        let mut reader = csv::Reader::from_path(file).unwrap();
        for record in reader.records().map(Result::unwrap) {
            for cell in &record {
                cells += 1;
                let is_number = cell.parse::<i64>().is_ok();
                let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                assert!(is_number || !runs, "{cell}");
            }
        }
    }
    assert!(cells > 4 * formulas.len(), "no question was asked: {cells} cells");
}

#[test]
fn names_that_cannot_be_read_are_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("names.csv");
    let out = folder.path().join("clusters.csv");
    let check = |text: &[u8], options: &[&str], part: &str| {
        std::fs::write(&input, text).unwrap();
        let mut arguments =
            vec!["resolve", input.to_str().unwrap(), "--out", out.to_str().unwrap()];
        arguments.extend(options);
        let ended = orgfold(&arguments);
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
        assert!(ended.stderr.contains("\nhelp: "), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        assert_eq!(names(folder.path()), ["names.csv"]);
        nothing_personal(&ended.stderr);
    };
    check(b"id,company\n1,Secret\n", &[], "names.csv:1: the column `name` is missing");
    check(
        b"id,name\n1,Secret\n",
        &["--country", "land"],
        "names.csv:1: the column `land` is missing",
    );
    check(b"id,name\n1,Secret\n2,x\n1,Secret Two\n", &[], "names.csv:4: the id is already used");
    // A stray quote would swallow all rows below it.
    let rows =
        (1..=1_000).map(|row| format!("{row},{}Secret {row}\n", if row == 10 { "\"" } else { "" }));
    let text = format!("id,name\n{}", rows.collect::<String>());
    check(text.as_bytes(), &[], "names.csv:11: the file ends in the middle of a quoted cell");
    check(
        b"id,name\n1,Secret\n2,Secret,Two\n",
        &[],
        "names.csv:3: the row has 3 values, the header has 2",
    );
    check(b"id,name\n1,Secret\n2,Secret \xff\n", &[], "names.csv:3: the row is not CSV in UTF-8");
    check(b"", &[], "names.csv:1: there is no header");
}

#[test]
fn a_grouping_that_cannot_be_measured_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let check = |clusters: &[u8], truth: &[u8], part: &str| {
        let (left, right) = (folder.path().join("clusters.csv"), folder.path().join("truth.csv"));
        std::fs::write(&left, clusters).unwrap();
        std::fs::write(&right, truth).unwrap();
        let ended = orgfold(&["evaluate", left.to_str().unwrap(), right.to_str().unwrap()]);
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
        assert!(ended.stderr.contains("\nhelp: "), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        nothing_personal(&ended.stderr);
    };
    let (clusters, truth) = (b"id,cluster\n1,1\n2,1\n", b"id,cluster_id\n1,a\n2,a\n");
    check(b"id,group\n1,1\n", truth, "clusters.csv");
    check(clusters, b"id,group\n1,1\n", "truth.csv");
    check(b"id,cluster\n1,1\n1,2\n", truth, "clusters.csv:3");
    check(clusters, b"id,cluster_id\n1,a,secret\n2,a\n", "truth.csv:2");
    check(clusters, b"id,cluster_id\n1,a\n2,secret\xff\n", "truth.csv");
    check(b"", truth, "clusters.csv");
    check(b"id,cluster\n1,1\n3,1\n", truth, "3");
}
