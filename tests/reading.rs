//! Names as people and exports leave them: what is read of them, and what a plan makes of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use orgfold::transform::matching::{Human, Matching, Mention, Preset, match_mentions};

use crate::cli::orgfold;
use crate::matching::{config, mention, settings};

#[test]
fn a_name_with_nothing_of_its_own_names_no_company() {
    let rules = config().rules;
    for name in [
        "Ltd",
        "(Pty) Ltd",
        "Co., Ltd.",
        "L.L.C.",
        "Company Limited",
        "GmbH & Co. KG",
        "Công ty TNHH",
        "株式会社",
        "Trustee",
        "[Board Member]",
        "closed",
        "(Closed)",
        "TEST",
        "n/a",
        "- n/a -",
        "&",
        "???",
    ] {
        assert!(rules.name(name).is_none(), "{name}");
    }
    for name in
        ["SAS", "SAS AB", "The Limited Edition", "Test Valley", "Closed Loop Ltd", "None Such Ltd"]
    {
        assert!(rules.name(name).is_some(), "{name}");
    }
}

#[test]
fn legal_forms_are_set_aside_however_they_are_written() {
    let rules = config().rules;
    let core = |name: &str| rules.name(name).expect("a name").core();
    for (name, expected) in [
        ("Hallam Forge Ltd [closed]", "hallam forge"),
        ("Hallam Forge Ltd - dormant", "hallam forge"),
        ("Hallam Forge (Pty) Ltd", "hallam forge"),
        ("Hallam (Forge) Ltd", "hallam forge"),
        ("Weidner GmbH (in Liquidation)", "weidner"),
        ("Hallam Ltd (Leeds)", "hallam leeds"),
        ("V.D.K. N.V.", "vdk"),
        ("V. D. K. N. V.", "vdk"),
        ("V D K L L C", "vdk"),
        ("N.A.S.A.", "nasa"),
        ("S.C. Carpati Lemn S.R.L.", "carpati lemn"),
        ("S.C. Carpati Lemn Ltd", "sc carpati lemn"),
        ("LLC, Birch Foods", "birch foods"),
        ("Ltd., Birch Foods", "birch foods"),
        ("Birch Foods Comp.", "birch foods"),
        ("Birch Foods Limited Liability Comp", "birch foods"),
        ("Birch Foods, Inc., Ohio", "birch foods ohio"),
        ("C++ Academy Ltd", "c++ academy"),
        ("Academy C#", "academy c#"),
        ("Bolt+Nut", "bolt nut"),
    ] {
        assert_eq!(core(name), expected, "{name}");
    }
}

fn matched(names: &[&str], preset: Preset) -> Matching {
    let config = config();
    let mentions: Vec<Mention> = names.iter().map(|name| mention(name, &config)).collect();
    match_mentions(&mentions, &Human::default(), &settings(&config, preset))
}

#[test]
fn what_unrelated_names_bear_in_brackets_is_a_note() {
    let names = [
        "Thandeka Weaving",
        "Thandeka Weaving (paid by cheque)",
        "Mokgadi Bakers (paid by cheque)",
        "Ostrov Tools (paid by cheque)",
        "Carpati Lemn - paid by cheque",
        "Zuberi Freight - paid by cheque",
        "Weidner Weichen",
        "Weidner Weichen (paid in kind)",
        // Two names do not make a note; nor do places.
        "Hallam Forge (Penistone Rd)",
        "Birch Daughters (Penistone Rd)",
    ];
    for preset in [Preset::Balanced, Preset::Cautious] {
        let groups = matched(&names, preset).group_of;
        assert_eq!(groups[0], groups[1], "{}", preset.name());
        let others: BTreeSet<usize> = groups[1..6].iter().copied().collect();
        assert_eq!(others.len(), 5, "{}: names that share a note only", preset.name());
        assert_ne!(groups[8], groups[9]);
    }
}

#[test]
fn two_words_that_changed_places_are_asked_about() {
    let names = [
        "Lộc Phúc Foods JSC",
        "Phúc Lộc Foods JSC",
        "Atlantic Marine Lines",
        "Marine Atlantic Lines",
    ];
    let matching = matched(&names, Preset::Cautious);
    assert_eq!(matching.group_of.iter().collect::<BTreeSet<_>>().len(), names.len());
    let asked: BTreeSet<_> = matching.questions.iter().map(|question| question.pair).collect();
    assert_eq!(asked, BTreeSet::from([(0, 1), (2, 3)]));
}

const TENANT: &str = "5b0c7c5e-0000-4000-8000-000000000001";

/// A source of one tenant with a customer contact for each company name.
fn source(folder: &Path, names: &[&str]) {
    let users = format!("id,organization_id\n5b0c7c5e-0000-4000-8000-000000000002,{TENANT}\n");
    let organizations = format!("id,name,slug\n{TENANT},Tenant Works,tenant-works\n");
    let mut contacts = "id,organization_id,type,company_name,created_at\n".to_owned();
    for (at, name) in names.iter().enumerate() {
        let name = name.replace('"', "\"\"");
        let (id, time) = (format!("5b0c7c5e-0000-4000-9000-{at:012}"), format!("08:{at:02}:00+00"));
        writeln!(contacts, "{id},{TENANT},customer,\"{name}\",2025-03-04 {time}").expect("text");
    }
    let projects = "id,organization_id,project_id,customer_id\n".to_owned();
    for (file, text) in [
        ("users", users),
        ("organizations", organizations),
        ("contacts", contacts),
        ("projects", projects),
    ] {
        std::fs::write(folder.join(format!("{file}.csv")), text).expect("a temporary folder");
    }
}

#[test]
fn a_damaged_name_is_compared_named_and_slugged_as_repaired() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    source(
        folder.path(),
        &[
            "Birch &amp; Daughters Ltd",
            "Birch & Daughters Ltd",
            "KÃ¼hnle Pumpen GmbH",
            "CÃ´ng ty TNHH \u{c4}\u{90}Ã´ng DÆ°Æ¡ng",
            "C\u{fffd}rl Zwei GmbH",
            "C++ Academy",
            "C Academy",
            "(Pty) Ltd",
            "test",
        ],
    );
    let out = folder.path().join("out");
    let text = |path: &Path| path.to_str().expect("a path of ours").to_owned();
    let ended = orgfold(&["plan", &text(folder.path()), "--out", &text(&out)]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let plan = std::fs::read_dir(&out).expect("it was written").next().expect("one plan");
    let plan = plan.expect("it can be listed").path();
    let organizations = cells(&plan.join("organizations.csv"), ["slug", "name"]);
    assert_eq!(
        organizations,
        [
            ["birch-daughters-ltd", "Birch & Daughters Ltd"],
            ["c-academy", "C Academy"],
            ["c-plus-plus-academy", "C++ Academy"],
            ["c-rl-zwei-gmbh", "C\u{fffd}rl Zwei GmbH"],
            ["cong-ty-tnhh-dong-duong", "Công ty TNHH Đông Dương"],
            ["kuhnle-pumpen-gmbh", "Kühnle Pumpen GmbH"],
        ]
    );
    let found = cells(&plan.join("findings.csv"), ["code", "id"]);
    let found: Vec<[&str; 2]> = found.iter().map(|[code, id]| [code, &id[34..]]).collect();
    assert_eq!(
        found,
        [
            ["name_lost", "04"],
            ["name_repaired", "00"],
            ["name_repaired", "02"],
            ["name_repaired", "03"],
            ["no_company", "07"],
            ["no_company", "08"],
        ]
    );
}

/// Two columns of a CSV file, sorted.
fn cells(path: &Path, columns: [&str; 2]) -> Vec<[String; 2]> {
    let mut reader = csv::Reader::from_path(path).expect("the plan has it");
    let headers = reader.headers().expect("it has a header").clone();
    let at = columns.map(|name| headers.iter().position(|header| header == name).expect(name));
    let rows = reader.records().map(|row| row.expect("it is CSV"));
    let mut rows: Vec<[String; 2]> = rows.map(|row| at.map(|at| row[at].to_owned())).collect();
    rows.sort();
    rows
}
