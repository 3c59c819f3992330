//! `explain` as promised: what it says of two names is what the matcher does with them.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use std::collections::BTreeMap;

use orgfold::ids::Weight;
use orgfold::transform::evidence::Value;
use orgfold::transform::matching::explain::{
    Explanation, Obstacle, Part, Standing, TermRead, explain,
};
use orgfold::transform::matching::{
    Band, Ground, Human, Matching, Mention, Pair, Preset, match_mentions,
};

use crate::cli::{nothing_personal, orgfold};
use crate::matching::{config, labelled, mention, names, settings};
use crate::support::golden;

const PRESETS: [Preset; 2] = [Preset::Cautious, Preset::Balanced];

fn band_of(matching: &Matching) -> Band {
    match (matching.group_of[0] == matching.group_of[1], matching.questions.is_empty()) {
        (true, _) => Band::Same,
        (false, false) => Band::Review,
        (false, true) => Band::Apart,
    }
}

fn verdict(explanation: &Explanation, preset: Preset) -> Band {
    explanation.verdicts.iter().find(|verdict| verdict.preset == preset).unwrap().band
}

#[track_caller]
fn adds_up(explanation: &Explanation) {
    let Some(compared) = &explanation.compared else {
        assert_eq!(explanation.ground, Ground::Key);
        return;
    };
    let sum: Weight = compared.comparisons.iter().map(|comparison| comparison.weight).sum();
    assert_eq!(sum, compared.score);
    for threshold in &explanation.thresholds {
        assert_eq!(threshold.is_reached, Some(compared.score >= threshold.at), "{threshold:?}");
    }
}

/// The labelled pairs, some of them with evidence beside them.
#[test]
fn what_is_said_of_a_pair_is_what_is_done_with_it() {
    let config = config();
    let mut seen: BTreeMap<(&str, Band, Ground), u32> = BTreeMap::new();
    for (at, (a, b, ..)) in labelled().into_iter().enumerate() {
        let mut mentions = [mention(&a, &config), mention(&b, &config)];
        if at % 5 == 0 {
            for mention in &mut mentions {
                let domain = config.rules.kinds.place("domain").unwrap();
                mention.evidence.insert(domain, Value::plain("acme.example"));
            }
        }
        for preset in PRESETS {
            let settings = settings(&config, preset);
            let found = explain(&mentions, 0, 1, &settings);
            let done = match_mentions(&mentions, &Human::default(), &settings);
            assert_eq!(verdict(&found, preset), band_of(&done), "{preset:?}: {a} | {b}");
            assert_eq!(found.standing.band(), band_of(&done), "{preset:?}: {a} | {b}");
            adds_up(&found);
            if let Standing::Joined { joins, .. } = &found.standing {
                let ground = joins.iter().map(|join| join.ground).max().unwrap();
                assert_eq!(ground, found.ground, "{a} | {b}");
            }
            let is_key = found.compared.is_none();
            assert_eq!(is_key, found.key.against.is_empty(), "{a} | {b}");
            let name = if preset == Preset::Cautious { "cautious" } else { "balanced" };
            *seen.entry((name, verdict(&found, preset), found.ground)).or_default() += 1;
        }
    }
    // A rule that no pair meets would not be tested.
    for ground in [Ground::Evidence, Ground::Glued, Ground::Typo, Ground::Score, Ground::Key] {
        assert!(seen.keys().any(|(.., found)| *found == ground), "{ground:?}: {seen:?}");
    }
    for preset in ["cautious", "balanced"] {
        for band in [Band::Same, Band::Review, Band::Apart] {
            let met = seen.keys().any(|(name, found, _)| (*name, *found) == (preset, band));
            assert!(met, "{preset} {band:?}");
        }
    }
}

#[test]
fn neither_name_comes_first() {
    let config = config();
    let settings = settings(&config, Preset::Cautious);
    for (a, b, ..) in labelled().into_iter().step_by(3) {
        let mentions = [mention(&a, &config), mention(&b, &config)];
        let turned = [mentions[1].clone(), mentions[0].clone()];
        for (one, two) in [
            (explain(&mentions, 0, 1, &settings), explain(&mentions, 1, 0, &settings)),
            (explain(&mentions, 0, 1, &settings), explain(&turned, 0, 1, &settings)),
        ] {
            assert_eq!(one.compared, two.compared, "{a} | {b}");
            assert_eq!((one.ground, &one.key), (two.ground, &two.key), "{a} | {b}");
            assert_eq!(one.verdicts, two.verdicts, "{a} | {b}");
            assert_eq!(one.sides[0].terms, two.sides[1].terms, "{a} | {b}");
            assert_eq!(one.sides[1].readings, two.sides[0].readings, "{a} | {b}");
        }
    }
}

#[test]
fn among_others_the_score_and_the_groups_are_those_of_the_matching() {
    let config = config();
    let mentions: Vec<Mention> = names().iter().map(|name| mention(name, &config)).collect();
    for preset in PRESETS {
        let settings = settings(&config, preset);
        let done = match_mentions(&mentions, &Human::default(), &settings);
        let mut bands = BTreeMap::new();
        let mut through_others = 0;
        let class_of = |at: usize| done.classes.iter().position(|class| class.contains(&at));
        let mut pairs = done.pairs();
        pairs.retain(|pair| class_of(pair.pair.0) != class_of(pair.pair.1));
        pairs.sort_by_key(|pair| (pair.band, pair.score));
        for &Pair { pair: (a, b), score, band } in pairs.iter().step_by(pairs.len() / 40 + 1) {
            let found = explain(&mentions, a, b, &settings);
            adds_up(&found);
            assert_eq!(found.names, done.classes.len());
            assert_eq!(found.compared.as_ref().unwrap().score, score);
            let is_joined = done.group_of[a] == done.group_of[b];
            assert_eq!(found.standing.band() == Band::Same, is_joined);
            assert_eq!(found.standing.band() == Band::Same, band == Band::Same);
            if band == Band::Review {
                assert_eq!(found.standing.band(), band);
            }
            if let Standing::Joined { joins, spellings } = &found.standing {
                assert_eq!(*joins, [done.joins[a].clone(), done.joins[b].clone()]);
                let group = |at: &&usize| **at == done.group_of[a];
                assert_eq!(*spellings, done.group_of.iter().filter(group).count());
            }
            through_others += u32::from(verdict(&found, preset) != found.standing.band());
            *bands.entry(band).or_insert(0) += 1;
            for side in &found.sides {
                let scores: Vec<Weight> = side.nearest.iter().map(|near| near.1).collect();
                assert!(scores.is_sorted_by(|one, two| one >= two) && scores[0] >= score);
            }
        }
        assert_eq!(bands.len(), 3, "{preset:?}: {bands:?}");
        assert!(through_others > 0 || preset == Preset::Cautious, "{preset:?}");
    }
}

/// What a join or a question is listed with is the comparison of a pair that it is about: of the
/// two spellings named, or of two that stand in the joined group.
#[test]
fn joins_and_questions_are_listed_with_the_comparisons_of_their_own_pair() {
    let config = config();
    let mentions: Vec<Mention> = names().iter().map(|name| mention(name, &config)).collect();
    for preset in PRESETS {
        let settings = settings(&config, preset);
        let done = match_mentions(&mentions, &Human::default(), &settings);
        assert!(!done.questions.is_empty());
        for question in done.asked().iter().step_by(done.asked().len() / 10 + 1) {
            let (a, b) = question.pair;
            let found = explain(&mentions, a, b, &settings);
            assert_eq!(found.compared.as_ref(), Some(&question.compared));
            assert_eq!(found.standing, Standing::Asked { pair: question.pair });
        }
        let mut seen = 0;
        for (at, join) in done.joins.iter().enumerate() {
            let Some(join) = &join.compared else { continue };
            let is_inside =
                |class: u32| done.group_of[done.classes[class as usize][0]] == done.group_of[at];
            let pair = done
                .compared
                .iter()
                .find(|((a, b), score)| *score == join.score && is_inside(*a) && is_inside(*b));
            let ((a, b), ..) = pair.unwrap_or_else(|| panic!("{}: {join:?}", names()[at]));
            if seen % 20 == 0 {
                let (a, b) = (done.classes[*a as usize][0], done.classes[*b as usize][0]);
                let found = explain(&mentions, a, b, &settings);
                assert_eq!(found.compared.as_ref(), Some(join));
            }
            seen += 1;
        }
        assert!(seen > 20, "{preset:?}: {seen}");
    }
}

fn explained(names: &[&str]) -> Explanation {
    let config = config();
    let mentions: Vec<Mention> = names.iter().map(|name| mention(name, &config)).collect();
    explain(&mentions, 0, 1, &settings(&config, Preset::Cautious))
}

#[test]
fn a_name_is_told_apart_word_by_word() {
    let found =
        explained(&["Thép of Hoà Phát Việt Nam 2 (HPG) d/b/a Acme of York JSC", "Kitano KK"]);
    let [side, other] = &found.sides;
    let told: Vec<(&str, &str, &str, Part)> = side
        .terms
        .iter()
        .map(|term| (term.words.as_str(), term.text.as_str(), term.kind, term.part))
        .collect();
    assert_eq!(
        told,
        [
            ("thep", "steel", "trade", Part::Name),
            ("of", "of", "", Part::LeftOut),
            ("hoa", "hoa", "word", Part::Name),
            ("phat", "phat", "word", Part::Name),
            ("viet nam", "vietnam", "place", Part::Name),
            ("2", "2", "number", Part::Name),
            ("hpg", "hpg", "word", Part::Brackets),
            ("d/b/a", "d/b/a", "", Part::LeftOut),
            ("acme", "acme", "word", Part::OtherName),
            ("of", "of", "", Part::LeftOut),
            ("york", "york", "place", Part::OtherName),
        ]
    );
    let counts = |term: &&TermRead| matches!(term.part, Part::Name | Part::Brackets);
    for term in &side.terms {
        assert_eq!(term.left.is_some(), counts(&term), "{term:?}");
        assert_eq!(term.bits > Weight::ZERO, term.part != Part::LeftOut, "{term:?}");
        assert!(term.left.is_none_or(|left| Weight::ZERO < left && left <= term.bits));
    }
    let readings: Vec<(&str, bool)> =
        side.readings.iter().map(|reading| (reading.text.as_str(), reading.is_sure)).collect();
    assert!(readings.contains(&("acme york", true)), "{readings:?}");
    assert!(readings.contains(&("hpg", false)), "{readings:?}");
    assert!(readings.contains(&("steel hoa phat vietnam 2", false)), "{readings:?}");
    assert_eq!(side.marks, ["thép", "hoà", "phát", "việt"]);
    assert_eq!((side.forms[0].text.as_str(), side.forms[0].kind.as_str()), ("jsc", "joint stock"));
    assert!(side.forms[0].is_telling && other.forms[0].is_telling);
}

#[test]
fn keys_say_what_stands_against_them() {
    let check = |names: &[&str], expected: &[Obstacle]| {
        let found = explained(names);
        assert_eq!(found.key.against, expected, "{names:?}");
        assert_eq!(found.key.is_equal, expected.is_empty(), "{names:?}");
        assert_eq!(found.compared.is_none(), expected.is_empty(), "{names:?}");
        if found.key.is_equal {
            assert!(found.verdicts.iter().all(|verdict| verdict.band == Band::Same));
            assert!(found.thresholds.iter().all(|threshold| threshold.is_reached.is_none()));
        }
    };
    check(&["Acme GmbH", "ACME"], &[]);
    check(&["Acme GmbH", "Acme  gmbh"], &[]);
    check(&["Acme GmbH", "Acme AG"], &[Obstacle::Forms]);
    check(&["Cà Phê", "Cá Phế"], &[Obstacle::Marks]);
    check(&["Cà Phê GmbH", "Cá Phế AG"], &[Obstacle::Forms, Obstacle::Marks]);
    check(&["Acme", "Acne"], &[Obstacle::Words]);
    check(&["Acme", "Acme GmbH", "Zenith", "ACME AG"], &[Obstacle::Between(vec![3])]);
}

/// Every bit of a text as `BITS` and every run of blanks as two: numbers change with each tuning.
fn steady(golden: &str, text: &str) {
    let mut settings = golden::settings("explain");
    settings.add_filter(r"[+-]?\d+\.\d{3}\b", "BITS");
    settings.add_filter(" {2,}", "  ");
    settings.bind(|| insta::assert_snapshot!(golden, text));
}

const NAMES: &str = "\
key,company,mail
1,Kitano Vietnam,sales@kitano.example
2,KITANO VIETNAM CO LTD,
3,Aoba Seimitsu,info@aoba.example
4,Aoba Seimitu KK,post@aoba.example
5,Acme,
6,Acme GmbH,
7,Acme AG,
8,N/A,
9,Zenith Dairy,
";

/// Runs `explain` on a file of names; gives what it printed.
fn among(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("names.csv");
    std::fs::write(&path, NAMES).unwrap();
    let path = path.to_str().unwrap();
    let columns = ["--id", "key", "--name", "company", "--email", "mail"];
    let ended = orgfold(&[&["explain", "--names", path], &columns[..], arguments].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    nothing_personal(&ended.stderr);
    ended.stdout.replace(path, "names.csv")
}

#[test]
fn the_text_of_a_pair_is_golden() {
    let alone = [
        "explain",
        "Fujieda Viet Nam Co., Ltd.",
        "Fujieda (Vietnam) 2",
        "--email-a",
        "someone@gmail.com",
        "--phone-a",
        "028 7300 1001",
        "--phone-b",
        "028 7300 1002",
    ];
    let ended = orgfold(&alone);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    nothing_personal(&ended.stderr);
    steady("alone", &ended.stdout);
    steady("key", &among(&["1", "2"]));
    steady("among", &among(&["Aoba Seimitsu", "4", "--preset", "cautious"]));
}

#[test]
fn the_text_names_each_comparison_and_its_numbers_stand_below_each_other() {
    for pair in [["Aoba Seimitsu", "Aoba Seimitu KK"], ["5", "7"], ["5", "9"]] {
        let text = among(&pair);
        let object: serde_json::Value =
            serde_json::from_str(&among(&[&pair[..], &["--format", "json"]].concat())).unwrap();
        let comparisons = object["comparisons"].as_array().unwrap();
        let sum: i64 = comparisons.iter().map(|one| one["bits"].as_i64().unwrap()).sum();
        assert_eq!(Some(sum), object["bits"].as_i64());
        let mut rows: Vec<(&str, i64)> = comparisons
            .iter()
            .map(|one| (one["comparison"].as_str().unwrap(), one["bits"].as_i64().unwrap()))
            .collect();
        rows.push(("score", sum));
        let part = text.split_once("\ncomparisons").unwrap().1.split_once("\n\n").unwrap().0;
        let lines: Vec<&str> = part.lines().skip(1).collect();
        assert_eq!(lines.len(), rows.len(), "{part}");
        for (line, (name, millibits)) in std::iter::zip(&lines, rows) {
            let sign = if millibits < 0 { "-" } else { "+" };
            let size = millibits.unsigned_abs();
            let number = format!("{sign}{}.{:03}", size / 1000, size % 1000);
            let expected = line.trim().strip_prefix(name).map(str::trim);
            assert_eq!(expected, Some(number.as_str()), "{line}");
            assert_eq!(line.len(), lines[0].len(), "{part}");
        }
        for preset in object["presets"].as_array().unwrap() {
            let name = preset["preset"].as_str().unwrap();
            let says = ["outcome", "reason"].map(|field| preset[field].as_str().unwrap());
            let line = text.lines().find(|line| line.starts_with(name)).unwrap();
            assert!(line.ends_with(&says.join(": ")), "{line}");
        }
    }
}

#[test]
fn a_name_of_a_file_is_found_by_its_text_its_id_or_in_another_case() {
    let by_text = among(&["Kitano Vietnam", "Aoba Seimitsu"]);
    assert_eq!(among(&["1", "3"]), by_text);
    assert_eq!(among(&["KITANO  Vietnam", "aoba seimitsu"]), by_text);
    let same = among(&["1", "1"]);
    assert!(same.contains("\nkey  equal"), "{same}");
}

#[test]
fn what_stands_beside_a_name_counts() {
    let score = |arguments: &[&str]| {
        let pair = ["explain", "Aoba Seimitsu", "Aoba Precision", "--format", "json"];
        let ended = orgfold(&[&pair, arguments].concat());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let object: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        let beside = object["a"]["tells_nothing"].as_array().unwrap().len();
        (object["bits"].as_i64().unwrap(), object["joined_by"].clone(), beside)
    };
    let plain = score(&[]);
    for (option, value) in [
        ("email", "post@aoba.example"),
        ("website", "https://aoba.example"),
        ("phone", "028 7300 1001"),
        ("tax-id", "0100109106"),
        ("address", "12 Harbour Road"),
        ("city", "Hanoi"),
    ] {
        let (a, b) = (format!("--{option}-a"), format!("--{option}-b"));
        let shared = score(&[&a, value, &b, value]);
        assert!(shared.0 > plain.0, "{option}");
        assert_eq!(shared.2, 0, "{option}");
        assert_eq!(score(&[&a, value]).0, plain.0, "{option}: only one has it");
    }
    let differ = score(&["--country-a", "VN", "--country-b", "JP"]);
    assert!(differ.0 < plain.0);
    let evidence = score(&["--tax-id-a", "0100109106", "--tax-id-b", "0100 109 106"]);
    assert_eq!(evidence.1, "evidence");
    let free = score(&["--email-a", "a@gmail.com", "--email-b", "b@gmail.com"]);
    assert_eq!((free.0, free.2), (plain.0, 1));
}

#[test]
fn the_thresholds_are_those_of_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("orgfold.toml");
    std::fs::write(&config, "[matching]\nreview_at = 900.0\n").unwrap();
    let text = among(&["3", "4", "--config", config.to_str().unwrap()]);
    assert!(text.contains("review_at   +900.000  not reached"), "{text}");
    assert!(text.contains("\ncautious   apart: the score is below review_at\n"), "{text}");
}

#[test]
fn names_that_cannot_be_explained_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("names.csv");
    std::fs::write(&path, NAMES.replace("key,company", "id,name")).unwrap();
    let check = |arguments: &[&str], code: i32, part: &str| {
        let ended = orgfold(&[&["explain"], arguments].concat());
        assert_eq!(ended.code, code, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(part), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("\nhelp: "), "{arguments:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{arguments:?}");
        nothing_personal(&ended.stderr);
    };
    let path = path.to_str().unwrap();
    check(&["...", "Acme"], 2, "NAME_A names no company");
    check(&["Acme", "N/A"], 2, "NAME_B names no company");
    check(&["1", "8", "--names", path], 2, "NAME_B names no company");
    check(&["1", "Secret", "--names", path], 2, "NAME_B is neither a name nor an id");
    check(&["1", "2", "--names", path, "--name", "firm"], 1, "the column `firm` is missing");
    check(&["1", "2", "--names", "none.csv"], 1, "cannot read `none.csv`");
    check(&["Acme", "Acne", "--config", "none.toml"], 2, "cannot read `none.toml`");
}
