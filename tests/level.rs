//! Levels as promised: what parts legal entities does not part brands, each level has weights of its
//! own, and every result names its level and what the other one would change.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use std::path::PathBuf;

use orgfold::cli;
use orgfold::config::{self, Config, Overrides};
use orgfold::transform::evidence::Value;
use orgfold::transform::matching::{
    Human, Level, Matching, Mention, Preset, Settings, match_mentions,
};

use crate::cli::orgfold;
use crate::matching::mention;

fn at(level: cli::Level) -> Config {
    let overrides = Overrides { level: Some(level), ..Overrides::default() };
    config::load(None, &overrides).unwrap()
}

const LEVELS: [cli::Level; 2] = [cli::Level::Company, cli::Level::Group];

fn grouped(mentions: &[Mention], config: &Config, preset: Preset) -> Matching {
    let settings = Settings { preset, ..config.rules.settings() };
    match_mentions(mentions, &Human::default(), &settings)
}

fn is_one(matching: &Matching) -> bool {
    matching.group_of.iter().all(|&group| group == 0)
}

#[test]
fn legal_forms_part_companies_and_no_groups() {
    for preset in [Preset::Cautious, Preset::Balanced] {
        for (level, expected) in std::iter::zip(LEVELS, [false, true]) {
            let config = at(level);
            let mentions =
                ["Tavernik GmbH", "Tavernik AG", "Tavernik B.V."].map(|raw| mention(raw, &config));
            let matching = grouped(&mentions, &config, preset);
            assert_eq!(is_one(&matching), expected, "{level:?} {preset:?}");
            if level == cli::Level::Group {
                assert_eq!(matching.outlook.parts, 2, "two of the three are others at company");
            }
        }
    }
}

/// What tells legal entities apart weighs nothing where brands are wanted, and keeps nothing apart.
#[test]
fn tax_ids_and_countries_part_companies_and_no_groups() {
    for (kind, values) in [("tax_id", ["0312456789", "0109876543"]), ("country", ["nl", "at"])] {
        for (level, expected) in std::iter::zip(LEVELS, [false, true]) {
            let config = at(level);
            let mut mentions = ["Quellbrunn Kessel", "Quelbrunn Kessel"].map(|raw| {
                let mut mention = mention(raw, &config);
                let domain = config.rules.kinds.place("domain").unwrap();
                mention.evidence.insert(domain, Value::plain("quellbrunn.example"));
                mention
            });
            let kind_at = config.rules.kinds.place(kind).unwrap();
            let alone = grouped(&mentions, &config, Preset::Balanced).compared;
            for (mention, value) in std::iter::zip(&mut mentions, values) {
                mention.evidence.insert(kind_at, Value::plain(value));
            }
            let beside = grouped(&mentions, &config, Preset::Balanced).compared;
            assert_eq!(alone == beside, expected, "{level:?} {kind}");
        }
    }
}

#[test]
fn places_stay_apart_at_group_and_are_told() {
    let config = at(cli::Level::Group);
    let placed = |raw: &str, place: u32| Mention { place: Some(place), ..mention(raw, &config) };
    let mentions = [placed("Tavernik GmbH", 0), placed("Tavernik AG", 1)];
    let matching = grouped(&mentions, &config, Preset::Balanced);
    assert_ne!(matching.group_of[0], matching.group_of[1]);
    assert_eq!(matching.rivals, [(0, 1)]);
}

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orgfold.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn a_file_sets_the_level_and_the_weights_of_each_and_a_flag_wins() {
    let (_folder, path) = written(
        "[matching]\nlevel = \"group\"\nletters = 5.0\n[matching.company]\nletters = 4.0\n\
         prior = 13.0\n",
    );
    let load = |level: Option<cli::Level>| {
        config::load(Some(&path), &Overrides { level, ..Overrides::default() }).unwrap()
    };
    let (group, company) = (load(None), load(Some(cli::Level::Company)));
    assert_eq!((group.rules.level, company.rules.level), (Level::Group, Level::Company));
    assert_ne!(group.fingerprint, company.fingerprint);
    let weighs = |config: &Config, expected: f64| {
        assert!((config.rules.settings().weights.get("letters") - expected).abs() < 1e-9);
    };
    weighs(&group, 5.0);
    weighs(&company, 4.0);
    assert!((company.rules.settings().weights.prior - 13.0).abs() < 1e-9);
}

#[test]
fn a_wrong_key_of_a_level_is_named_with_its_section() {
    let check = |text: &str, expected: &str| {
        let (_folder, path) = written(text);
        let error = config::load(Some(&path), &Overrides::default()).unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    };
    check("[matching.group]\ntelex = 1.0\n", "unknown key `matching.group.telex`");
    check(
        "[matching.company]\nletters = -1.0\n",
        "`matching.company.letters` is -1; it must be from 0 to 100",
    );
    let (_folder, path) = written("[matching]\nlevel = \"site\"\n");
    let error = config::load(Some(&path), &Overrides::default()).unwrap_err().to_string();
    assert!(error.contains("unknown variant `site`"), "{error}");
}

#[test]
fn resolve_and_explain_name_the_level_and_what_the_other_would_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (names, out) = (path("names.csv"), path("out.csv"));
    std::fs::write(&names, "id,name\n1,Tavernik GmbH\n2,Tavernik AG\n3,Ostrava Kabel\n").unwrap();
    for (level, [joins, parts]) in [("company", [1, 0]), ("group", [0, 1])] {
        let told = |arguments: &[&str]| -> serde_json::Value {
            let ended = orgfold(&[arguments, &["--level", level, "--format", "json"]].concat());
            assert_eq!(ended.code, 0, "{}", ended.stderr);
            serde_json::from_str(&ended.stdout).unwrap()
        };
        let object = told(&["resolve", &names, "--out", &out]);
        assert_eq!(object["level"], level);
        assert_eq!(object["other_level"], serde_json::json!({"joins": joins, "parts": parts}));
        assert_eq!(told(&["explain", "1", "2", "--names", &names])["level"], level);
    }
    let text = orgfold(&["resolve", &names, "--out", &out]).stdout;
    assert!(text.contains("level company: legal entities; the other, group, would join about 1"));
}
