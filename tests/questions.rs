//! Questions and answers: which are asked, in which order, where they end, and what became of what
//! people said.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use orgfold::cli;
use orgfold::finding::Code;
use orgfold::ids::ProjectId;
use orgfold::transform::Decisions;
use orgfold::transform::matching::Asked;
use orgfold::transform::record::{Project, Records};
use orgfold::transform::resolution::{Asking, Decided};
use uuid::Uuid;

use crate::support::worlds::{
    ContactRow, OrganizationRow, Run, Switches, World, contact_id, decide, organization_id, run,
    tenant_slug,
};

/// Contacts of some tenants, each with its company, the older the earlier it stands.
fn world(contacts: &[(usize, String)]) -> World {
    let tenants = 1 + contacts.iter().map(|(tenant, _)| *tenant).max().unwrap();
    let organization = |at: usize| OrganizationRow {
        id: organization_id(at),
        name: format!("Owner {at} Trading House"),
        slug: Some(tenant_slug(at)),
        owner: None,
        texts: Vec::new(),
    };
    let contact = |(at, (tenant, company)): (usize, &(usize, String))| {
        ContactRow::customer(at, *tenant, company)
    };
    let users =
        (0..tenants).map(|at| (Uuid::from_u128(900 + at as u128), Some(organization_id(at))));
    World {
        organizations: (0..tenants).map(organization).collect(),
        contacts: contacts.iter().enumerate().map(contact).collect(),
        projects: Vec::new(),
        points: Vec::new(),
        users: Some(users.collect()),
    }
}

fn of_one(companies: &[&str]) -> World {
    world(&companies.iter().map(|name| (0, (*name).to_owned())).collect::<Vec<_>>())
}

fn planned(records: &Records<'_>, decisions: &Decisions) -> Run {
    let switches = Switches {
        mode: cli::Mode::Rehome,
        individuals: cli::Individuals::Report,
        preset: cli::Preset::Cautious,
    };
    run(records, switches.rules(), decisions).unwrap()
}

fn asked(run: &Run) -> Vec<[&str; 2]> {
    let reviews = run.draft.reviews.iter();
    reviews.map(|review| [review.spellings.0.as_str(), review.spellings.1.as_str()]).collect()
}

/// What the finding about each decision of a kind says beside its message.
fn told(run: &Run, code: Code) -> Vec<(&str, &str)> {
    let findings = run.draft.findings.iter().filter(|finding| finding.code == code);
    findings.map(|finding| (finding.id.as_str(), finding.detail.as_str())).collect()
}

/// A brand that is like no other.
fn brand(at: usize) -> String {
    const STARTS: [&str; 8] = ["Brun", "Quel", "Dorv", "Hask", "Mirt", "Plon", "Sygv", "Wexl"];
    const ENDS: [&str; 8] = ["ando", "ebir", "iccu", "olmet", "urzy", "awith", "ekko", "ospan"];
    format!("{}{}", STARTS[at % 8], ENDS[at / 8 % 8])
}

/// Pairs of names with their own two words swapped, which nobody but a person can tell apart.
fn swapped(tenant: usize, pairs: std::ops::Range<usize>) -> impl Iterator<Item = (usize, String)> {
    pairs.flat_map(move |at| {
        let (one, two) = (brand(at), brand(63 - at));
        [(tenant, format!("{one} {two} Foods JSC")), (tenant, format!("{two} {one} Foods JSC"))]
    })
}

#[test]
fn the_cap_is_one_for_all_tenants_and_what_is_not_shown_waits_all_the_same() {
    let contacts: Vec<_> = swapped(0, 0..30).chain(swapped(1, 0..30)).collect();
    let world = world(&contacts);
    let records = world.records();
    let plan = planned(&records, &Decisions::default());
    let Asking { open, shown, likely, answered } = plan.resolution.asking;
    assert_eq!((shown, answered), (50, 0));
    assert!(open >= 60 && (1..=open - shown).contains(&likely), "{open} {likely}");
    assert_eq!(plan.draft.reviews.len(), shown);
    assert_eq!(plan.draft.totals["contacts"]["review"], 120, "{:?}", plan.draft.totals);
    assert_eq!(plan.draft.totals["questions"]["open"], open);
    // Who answers what is shown is shown the rest, and comes to an end.
    let mut answers = Vec::new();
    let mut last = plan;
    while last.resolution.asking.shown > 0 {
        let before = (last.resolution.asking.open, answers.len());
        answers.extend(last.draft.reviews.iter().map(|review| {
            let tenant = usize::from(review.tenant.organization() == organization_id(1));
            let name = |text: &str| -> &'static str { text.to_owned().leak() };
            let (a, b) = &review.spellings;
            ("different", tenant, name(a), name(b), String::new())
        }));
        last = planned(&records, &decide(&answers).unwrap());
        let now = last.resolution.asking;
        assert!(now.open < before.0, "{now:?}");
        assert_eq!(now.answered, answers.len());
    }
    assert!(answers.len() >= open);
    assert!(last.resolution.asking.open < 20, "{:?}", last.resolution.asking);
}

#[test]
fn projects_that_hang_on_an_answer_count_too() {
    let names: Vec<_> = swapped(0, 0..3).collect();
    let mut world = world(&names);
    world.projects = [4, 4, 5, 5, 5]
        .into_iter()
        .zip(1..)
        .map(|(customer, at)| Project {
            id: ProjectId::new(Uuid::from_u128(at)),
            organization: Some(organization_id(0)),
            customer: Some(contact_id(customer)),
            customer_organization: None,
            created_at: None,
        })
        .collect();
    let records = world.records();
    let plan = planned(&records, &Decisions::default());
    let first = &plan.draft.reviews[0];
    assert!([&names[4].1, &names[5].1].contains(&&first.spellings.0), "{:?}", asked(&plan));
    assert_eq!(first.projects.0 + first.projects.1, 5);
}

#[test]
fn what_is_due_is_asked_beside_any_number_of_doubts() {
    let mut contacts: Vec<_> = swapped(0, 0..30).chain(swapped(1, 0..30)).collect();
    let at = contacts.len();
    contacts.extend(["Tarn Kessel AG", "Tarn Kessel GmbH"].map(|name| (0, name.to_owned())));
    let first = world(&contacts);
    let records = first.records();
    let plan = planned(&records, &Decisions::default());
    let mut loaded = plan.after(&records);
    let later = ContactRow { id: contact_id(at + 3), ..first.contacts[at].clone() };
    let later = ContactRow { company: Some("Tarn Kessel".to_owned()), ..later };
    loaded.contacts.push(later.record());
    loaded.contacts.sort_by_key(|row| row.id);
    let second = planned(&loaded, &Decisions::default());
    let due = second.draft.reviews.iter().take_while(|review| review.asked == Asked::FitsSeveral);
    assert_eq!(due.count(), 2, "{:?}", &asked(&second)[..3]);
    assert_eq!(second.resolution.asking.shown, 52);
}

#[test]
fn a_decision_that_speaks_of_nothing_says_why() {
    let contacts =
        [(0, "Ottokar Mühlen"), (0, "Ottokar Mills"), (1, "Sabina Glas"), (1, "Sabine Glass")];
    let contacts = contacts.map(|(tenant, name)| (tenant, name.to_owned()));
    let world = world(&contacts);
    let records = world.records();
    let text = "decision,tenant,a,b,value\n\
                same,tenant-0,Ottokar Mühlen,Ottokar Mills,\n\
                same,tenant-0,Ottokar Mühlen,Ottokra,\n\
                different,tenant-0,Aottokar,Ottokar Mills,\n\
                name,tenant-0,Nobody,,Somebody\n\
                same,tenant-0,Sabina Glas,Sabine Glass,\n\
                same,tenant-7,Ottokar,Ottakar,\n\
                different,tenant-0,Ottokar Mills,Ottokar Mills @ 0300588569,\n";
    let decisions = Decisions::read(&[("d.csv".into(), text.as_bytes().to_vec())]).unwrap();
    let plan = planned(&records, &decisions);
    assert_eq!(
        told(&plan, Code::DecisionUnused),
        [
            ("different | tenant-0 | aottokar | ottokar mills", "the tenant has no name like `a`"),
            (
                "different | tenant-0 | ottokar mills | ottokar mills @ 0300588569",
                "no contact of that name has the value behind `@`"
            ),
            ("name | tenant-0 | nobody |  | Somebody", "the tenant has no name like `a`"),
            ("same | tenant-0 | ottokar mühlen | ottokra", "the tenant has no name like `b`"),
            ("same | tenant-0 | sabina glas | sabine glass", "another tenant has these names"),
            ("same | tenant-7 | ottakar | ottokar", "no tenant is called so"),
        ]
    );
    assert_eq!(plan.resolution.decided, Decided { all: 7, used: 1, settled: 0 });
    assert_eq!(plan.resolution.asking.answered, 1);
}

#[test]
fn a_decision_that_changes_nothing_any_more_says_why() {
    let names = [
        "Feldmark Saatgut",
        "Feldmarck Saatgut",
        "Feldmark  SAATGUT",
        "Norvik Stahl",
        "Quarz und Ton",
    ];
    let world = of_one(&names);
    let records = world.records();
    let decisions = decide(&[
        ("same", 0, "Feldmark Saatgut", "Feldmarck Saatgut", String::new()),
        ("same", 0, "Norvik Stahl", "Quarz und Ton", String::new()),
        ("different", 0, "Feldmarck Saatgut", "Norvik Stahl", String::new()),
    ])
    .unwrap();
    let first = planned(&records, &decisions);
    assert!(told(&first, Code::DecisionSettled).is_empty());
    let loaded = first.after(&records);
    let second = planned(&loaded, &decisions);
    // Without the decision on two names that have nothing in common one would be asked about again.
    assert_eq!(
        told(&second, Code::DecisionSettled),
        [(
            "different | tenant-0 | feldmarck saatgut | norvik stahl",
            "they are two organizations, which never become one by themselves"
        )]
    );
    assert_eq!(second.resolution.decided, Decided { all: 3, used: 3, settled: 1 });
    assert!(second.is_empty());
    let equal =
        decide(&[("same", 0, "Feldmark Saatgut", "Feldmark-Saatgut", String::new())]).unwrap();
    let world = of_one(&["Feldmark Saatgut", "Feldmark-Saatgut"]);
    let plan = planned(&world.records(), &equal);
    let reason = "the names are equal without it";
    assert_eq!(
        told(&plan, Code::DecisionSettled),
        [("same | tenant-0 | feldmark saatgut | feldmark-saatgut", reason)]
    );
}
