//! `fit` as promised: weights from labelled names, the same on every run, never on the wrong side.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]
#![allow(
    clippy::float_cmp,
    reason = "what is written, read and fitted again is the same to the bit"
)]

use std::path::{Path, PathBuf};

use orgfold::config::{self, Config, Overrides};
use orgfold::fit::{Sample, em, grouped};
use orgfold::schema::Schema;
use orgfold::transform::evidence::{Evidence, Kinds};
use orgfold::transform::matching::observe::comparisons;
use orgfold::transform::matching::{Mention, Preset, Settings, Weights};
use serde_json::Value;

use crate::cli::{Ended, nothing_personal, orgfold};
use crate::generate::generator;
use crate::matching::{config, mention, settings};

/// Rows of invented contacts with their cluster: the header, then `id, name, …, cluster_id`.
fn contacts(count: usize, seed: u64) -> Vec<csv::StringRecord> {
    let options = generator::Options { contacts: count, seed, names: vec![] };
    let (mut contacts, mut truth) = (Vec::new(), Vec::new());
    generator::generate(&options, &mut contacts, &mut truth, None).unwrap();
    let read = |text: &[u8]| -> Vec<csv::StringRecord> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
        reader.records().map(Result::unwrap).collect()
    };
    let mut rows = read(&contacts);
    for (row, truth) in std::iter::zip(&mut rows, read(&truth)) {
        assert_eq!(row[0], truth[0]);
        row.push_field(&truth[1]);
    }
    rows
}

fn column(rows: &[csv::StringRecord], name: &str) -> usize {
    rows[0].iter().position(|header| header == name).unwrap()
}

/// The rows with these columns only.
fn keep(rows: &[csv::StringRecord], columns: &[&str]) -> Vec<csv::StringRecord> {
    let places: Vec<usize> = columns.iter().map(|name| column(rows, name)).collect();
    rows.iter().map(|row| places.iter().map(|&at| &row[at]).collect()).collect()
}

fn labelled(count: usize, seed: u64) -> Vec<csv::StringRecord> {
    keep(&contacts(count, seed), &["id", "name", "phone", "cluster_id"])
}

/// A folder with files of rows.
struct Files(tempfile::TempDir);

impl Files {
    fn new(files: &[(&str, &[csv::StringRecord])]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, rows) in files {
            let mut writer = csv::Writer::from_path(folder.path(name)).unwrap();
            rows.iter().for_each(|row| writer.write_record(row).unwrap());
            writer.flush().unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs `fit` on files of the folder; an argument that is no option is a file.
    fn fit(&self, arguments: &[&str]) -> Ended {
        let path = |text: &&str| {
            let is_file = Path::new(text).extension().is_some();
            if is_file { self.path(text).to_str().unwrap().to_owned() } else { (*text).to_owned() }
        };
        let arguments: Vec<String> = arguments.iter().map(path).collect();
        let mut all = vec!["fit"];
        all.extend(arguments.iter().map(String::as_str));
        orgfold(&all)
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let ended = self.fit(&[arguments, &["--format", "json"]].concat());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        nothing_personal(&ended.stderr);
        serde_json::from_str(&ended.stdout).unwrap()
    }
}

/// Fitted weights by key, with the start.
fn fitted(object: &Value) -> Vec<(String, f64)> {
    let weights = object["weights"].as_object().unwrap();
    let each = weights.iter().map(|(key, of)| (key.clone(), of["fitted"].as_f64().unwrap()));
    each.chain([("prior".to_owned(), object["prior"]["fitted"].as_f64().unwrap())]).collect()
}

fn loaded(path: &Path) -> Weights {
    config::load(Some(path), &Overrides::default()).unwrap().rules.levels.company
}

#[test]
fn weights_are_fitted_and_written_so_that_they_are_read_again() {
    let (a, b) = (labelled(400, 1), labelled(300, 2));
    let files = Files::new(&[("a.csv", &a), ("b.csv", &b)]);
    let object = files.json(&["a.csv", "b.csv", "--out", "weights.toml"]);
    let (before, after) = (config().rules.levels.company, loaded(&files.path("weights.toml")));
    assert_ne!(before, after);
    for comparison in comparisons(&Kinds::default()) {
        let of = &object["weights"][comparison.key];
        assert_eq!(
            of["configured"].as_f64().unwrap(),
            before.get(comparison.key),
            "{}",
            comparison.key
        );
        assert_eq!(of["fitted"].as_f64().unwrap(), after.get(comparison.key), "{}", comparison.key);
        assert!(
            after.get(comparison.key) >= 0.0 && after.get(comparison.key).is_finite(),
            "{}",
            comparison.key
        );
        let is_kept = of["kept"].as_bool().unwrap();
        assert!(
            !is_kept || after.get(comparison.key) == before.get(comparison.key),
            "{}",
            comparison.key
        );
        assert!(!is_kept || of["standard_error"].is_null(), "{}", comparison.key);
        let is_told = of["pairs"].as_u64().unwrap() >= 20;
        assert!(is_told || is_kept, "{}", comparison.key);
    }
    // No file has a column of e-mail addresses; both have phones.
    assert_eq!(object["weights"]["domain_equal"]["pairs"], 0);
    assert_eq!(object["weights"]["phone_differs"]["kept"], false);
    // No two companies share a phone here, so nothing bounds its weight.
    assert_eq!(object["weights"]["phone_equal"]["kept"], true);
    assert_eq!(object["prior"]["fitted"].as_f64().unwrap(), after.prior);
    // What is not fitted is as it was.
    let rest = Weights { prior: before.prior, ..after.clone() };
    let rest = comparisons(&Kinds::default()).iter().fold(rest, |mut rest, comparison| {
        rest.set(comparison.key, before.get(comparison.key));
        rest
    });
    assert_eq!(rest, before);
    // The regression can only have become better, file by file in the mean.
    let loss = |when: &str| object["mean"][when]["log_loss"].as_f64().unwrap();
    assert!(loss("after") < loss("before"), "{object}");
    let f1 = |when: &str| object["mean"][when]["f1"].as_f64().unwrap();
    assert!(f1("after") > f1("before") - 0.02, "{object}");
    let again = files.json(&["a.csv", "b.csv", "--config", "weights.toml"]);
    assert!(
        (again["mean"]["before"]["f1"].as_f64().unwrap() - {
            object["mean"]["after"]["f1"].as_f64().unwrap()
        })
        .abs()
            < 1e-12,
        "what is written is not what was measured: {object} {again}"
    );
}

/// The table says what the JSON says, and names what was kept.
#[test]
fn the_table_is_for_people() {
    let files = Files::new(&[("a.csv", &labelled(300, 1))]);
    let ended = files.fit(&["a.csv", "--quiet"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let line = |start: &str| {
        let found = ended.stdout.lines().find(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("{start}: {}", ended.stdout)).to_owned()
    };
    assert!(line("fitted on ").ends_with(" one company, of a.csv"), "{}", ended.stdout);
    assert!(line("tax id ").ends_with("0  kept: too few pairs"), "{}", ended.stdout);
    assert!(line("other words").contains("against"), "{}", ended.stdout);
    assert!(line("file ").ends_with("P     R    F1   B3F1"), "{}", ended.stdout);
}

#[test]
fn neither_rows_nor_threads_change_a_weight() {
    let rows = labelled(300, 3);
    let mut shuffled = rows.clone();
    shuffled[1..].reverse();
    shuffled[1..].rotate_left(77);
    let files = Files::new(&[("a.csv", &rows), ("b.csv", &shuffled)]);
    let of = |arguments: &[&str]| {
        let mut object = files.json(arguments);
        object["files"][0]["file"] = Value::Null;
        object.to_string()
    };
    let expected = of(&["a.csv", "--threads", "1"]);
    assert_eq!(of(&["b.csv", "--threads", "2"]), expected);
    assert_eq!(of(&["b.csv", "--threads", "8"]), expected);
}

/// A file that is left out has no say in the weights that it is measured with.
#[test]
fn the_file_that_is_left_out_is_not_looked_at() {
    let (a, b) = (labelled(250, 1), labelled(250, 2));
    // Another truth: each name by itself goes with the next one.
    let cluster = column(&a, "cluster_id");
    let other: Vec<csv::StringRecord> = a
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let label = if at == 0 { "cluster_id".to_owned() } else { (at % 40).to_string() };
            let cells = row.iter().enumerate();
            cells.map(|(n, cell)| if n == cluster { label.as_str() } else { cell }).collect()
        })
        .collect();
    let files = Files::new(&[("a.csv", &a), ("b.csv", &b), ("other.csv", &other)]);
    let told = |first: &str| {
        let object = files.json(&[first, "b.csv", "--leave-one-out"]);
        let left = object["leave_one_out"].as_array().unwrap().clone();
        assert_eq!(left.len(), 2);
        left
    };
    let (real, false_one) = (told("a.csv"), told("other.csv"));
    assert_eq!(real[0]["weights"], false_one[0]["weights"]);
    assert_ne!(real[0]["file"]["after"], false_one[0]["file"]["after"]);
    assert_ne!(real[1]["weights"], false_one[1]["weights"]);
    let alone = files.json(&["b.csv"]);
    for (key, weight) in fitted(&alone) {
        assert_eq!(real[0]["weights"][&key].as_f64().unwrap(), weight, "{key}");
    }
}

/// A labelled sample of invented contacts with what stands beside their names.
fn sample(rows: &[csv::StringRecord], config: &Config) -> Sample {
    let at = |name: &str| column(rows, name);
    let kinds = &config.rules.kinds;
    let columns: Vec<(usize, usize)> = Schema::shipped()
        .evidence()
        .map(|column| (at(column.field.name()), kinds.place(column.evidence.unwrap()).unwrap()))
        .collect();
    let (mut mentions, mut known): (Vec<Mention>, Vec<(Option<usize>, String)>) = (vec![], vec![]);
    for row in &rows[1..] {
        let mut evidence = Evidence::default();
        let texts = columns.iter().map(|&(at, kind)| (kind, &row[at]));
        kinds.read(&mut evidence, texts, &config.rules.lists);
        known.push((Some(mentions.len()), row[at("cluster_id")].to_owned()));
        mentions.push(Mention { evidence, ..mention(&row[at("name")], config) });
    }
    Sample { name: "sample".to_owned(), mentions, rows: known }
}

/// Most that F1 may lose by learning without labels.
const MARGIN: f64 = 0.02;

#[test]
fn learning_without_labels_does_not_run_away() {
    let config = config();
    for seed in [1, 2] {
        let sample = sample(&contacts(500, seed), &config);
        let settings = settings(&config, Preset::Balanced);
        let learnt = em::learn("sample", &sample.mentions, &settings).unwrap();
        assert!(learnt.kinds > 2 && learnt.rounds > 1, "{} {}", learnt.kinds, learnt.rounds);
        assert_ne!(&learnt.weights, settings.weights);
        for comparison in comparisons(&Kinds::default()) {
            let (before, after) =
                (settings.weights.get(comparison.key), learnt.weights.get(comparison.key));
            assert!(after.is_finite() && after >= 0.0, "{}: {after}", comparison.key);
            assert!((after - before).abs() <= 4.0 + before, "{}: {before} {after}", comparison.key);
        }
        let f1 = |weights: &Weights| {
            grouped(&sample, &Settings { weights, ..settings }).pairwise.f1.unwrap()
        };
        let (before, after) = (f1(settings.weights), f1(&learnt.weights));
        assert!(after > before - MARGIN, "{before} {after}");
    }
}

#[test]
fn a_file_without_clusters_is_learnt_from() {
    let beside = keep(&contacts(300, 1), &["id", "name", "phone", "email", "city"]);
    let names = keep(&beside, &["id", "name"]);
    let files = Files::new(&[("beside.csv", &beside), ("names.csv", &names)]);
    let ended = files.fit(&["beside.csv", "--out", "weights.toml"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("only as good as"), "{}", ended.stdout);
    assert_ne!(loaded(&files.path("weights.toml")), config().rules.levels.company);
    // Names alone can only confirm themselves.
    let ended = files.fit(&["names.csv", "--out", "same.toml"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("nothing to learn from"), "{}", ended.stdout);
    assert_eq!(loaded(&files.path("same.toml")), config().rules.levels.company);
}

#[test]
fn what_cannot_be_fitted_on_is_refused() {
    let good = labelled(100, 1);
    let write = |text: &str| -> Vec<csv::StringRecord> {
        text.lines().map(|line| line.split(',').collect()).collect()
    };
    let apart = write("id,name,cluster_id\n1,Kitano Seiki,a\n2,Kitano Seimitsu,b\n");
    let one = write("id,name,cluster_id\n1,Kitano Seiki,a\n2,Kitano Seimitsu,a\n");
    let strange = write("id,name,cluster_id\n1,Kitano,a\n2,Hanbit,b\n");
    let empty = write("id,name,cluster_id\n1,Kitano,a\n2,Hanbit,\n");
    let bare = write("id,name\n1,Kitano Seiki\n2,Kitano Seimitsu\n");
    let files = Files::new(&[
        ("good.csv", &good),
        ("apart.csv", &apart),
        ("one.csv", &one),
        ("strange.csv", &strange),
        ("empty.csv", &empty),
        ("bare.csv", &bare),
    ]);
    let check = |arguments: &[&str], code: i32, part: &str| {
        let ended = files.fit(&[arguments, &["--out", "out.toml"]].concat());
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
        assert!(ended.stderr.contains("\nhelp: "), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        assert!(!files.path("out.toml").exists());
        nothing_personal(&ended.stderr);
    };
    check(&["good.csv", "bare.csv"], 1, "bare.csv:1: the column `cluster_id` is missing");
    check(&["good.csv", "--cluster", "truth"], 1, "good.csv:1: the column `truth` is missing");
    check(&["empty.csv"], 1, "empty.csv:3: the cluster is empty");
    check(&["good.csv", "apart.csv"], 1, "apart.csv: none of its 1 candidate pairs is one company");
    check(&["good.csv", "one.csv"], 1, "one.csv: none of its 1 candidate pairs is two companies");
    check(&["strange.csv"], 1, "strange.csv: no two of its names are alike enough");
    let ended = files.fit(&["good.csv", "--leave-one-out"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{}", ended.stderr);
    assert!(ended.stderr.contains("one file only") && ended.stderr.contains("\nhelp: "));
}
