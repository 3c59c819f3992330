//! Later months: what is loaded meets contacts that come, change and are decided upon afterwards.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use orgfold::finding::Code;
use orgfold::ids::{ContactPointId, OrganizationId, ProjectId};
use orgfold::transform::Decisions;
use orgfold::transform::record::{ContactPoint, Project, Records};
use uuid::Uuid;

use crate::support::worlds::{
    ContactRow, DecisionRow, OrganizationRow, Run, Switches, World, contact_id, decide,
    organization_id, run, tenant_slug,
};

const TENANT: usize = 0;

/// A tenant whose customers' contacts have these companies, each the older the earlier it stands.
fn world(companies: &[&str]) -> World {
    let tenant = organization_id(TENANT);
    World {
        organizations: vec![OrganizationRow {
            id: tenant,
            name: "Werkzeug Handel".to_owned(),
            slug: Some(tenant_slug(TENANT)),
            owner: None,
            texts: Vec::new(),
        }],
        contacts: companies.iter().enumerate().map(|(at, name)| contact(at, name)).collect(),
        projects: Vec::new(),
        points: Vec::new(),
        users: Some(vec![(Uuid::from_u128(7), Some(tenant))]),
    }
}

fn contact(at: usize, company: &str) -> ContactRow {
    ContactRow::customer(at, TENANT, company)
}

fn project(at: u128, customer: usize) -> Project {
    Project {
        id: ProjectId::new(Uuid::from_u128(at)),
        organization: Some(organization_id(TENANT)),
        customer: Some(contact_id(customer)),
        customer_organization: None,
        created_at: None,
    }
}

fn decisions(rows: &[(&'static str, &'static str, &'static str)]) -> Decisions {
    let row = |&(kind, a, b): &(_, _, _)| -> DecisionRow { (kind, TENANT, a, b, String::new()) };
    decide(&rows.iter().map(row).collect::<Vec<_>>()).unwrap()
}

const MODES: [orgfold::cli::Mode; 2] = [orgfold::cli::Mode::Rehome, orgfold::cli::Mode::Link];

fn switches(mode: orgfold::cli::Mode) -> Switches {
    Switches {
        mode,
        individuals: orgfold::cli::Individuals::Report,
        preset: orgfold::cli::Preset::Cautious,
    }
}

fn planned(records: &Records<'_>, mode: orgfold::cli::Mode, decisions: &Decisions) -> Run {
    run(records, switches(mode).rules(), decisions).unwrap()
}

fn found(run: &Run, code: Code) -> Vec<&str> {
    let findings = run.draft.findings.iter().filter(|finding| finding.code == code);
    findings.map(|finding| finding.id.as_str()).collect()
}

/// The organization of a contact after a run.
fn home(run: &Run, records: &Records<'_>, contact: usize) -> Option<OrganizationId> {
    let at = records.contact(contact_id(contact)).unwrap();
    match run.resolution.fates[at] {
        Some(orgfold::transform::resolution::Fate::Company(at)) => {
            Some(run.desired.company_ids[at])
        }
        _ => None,
    }
}

#[test]
fn what_moves_takes_the_links_of_its_projects_along() {
    for mode in MODES {
        let mut world = world(&["Falkner Pumpen", "Falkner Ventile", "Falkner Ventile"]);
        world.projects = vec![project(1, 0), project(2, 1), project(3, 2)];
        let records = world.records();
        let joined = decisions(&[("same", "Falkner Pumpen", "Falkner Ventile")]);
        let first = planned(&records, mode, &joined);
        let mut loaded = first.after(&records);
        assert_eq!(home(&first, &records, 0), home(&first, &records, 1));
        // One of them is linked elsewhere by hand, and the other company's contact is asked about
        // the first one's project.
        let other = organization_id(9);
        loaded.organizations.push(orgfold::transform::record::Organization {
            id: other,
            name: "Zimmerei Holzmann",
            slug: Some("zimmerei-holzmann"),
            owner: Some(organization_id(TENANT)),
            texts: orgfold::transform::record::Texts::default(),
        });
        loaded.organizations.sort_by_key(|row| row.id);
        loaded.projects[2].customer_organization = Some(other);
        loaded.points.push(ContactPoint {
            id: ContactPointId::new(Uuid::from_u128(0xffff << 100)),
            project: Some(loaded.projects[0].id),
            contact: Some(contact_id(1)),
            role: Some("general"),
            is_primary: Some(false),
        });
        loaded.points.sort_by_key(|point| point.id);
        assert!(found(&planned(&loaded, mode, &joined), Code::PointLeftBehind).is_empty());
        let parted = decisions(&[("different", "Falkner Pumpen", "Falkner Ventile")]);
        let second = planned(&loaded, mode, &parted);
        let result = second.after(&loaded);
        let homes = [0, 1, 2].map(|contact| home(&second, &loaded, contact));
        let links = [0, 1, 2].map(|at| result.projects[at].customer_organization);
        assert_ne!(homes[0], homes[1]);
        assert_eq!(links, [homes[0], homes[1], Some(other)]);
        assert_eq!(found(&second, Code::LinkDiffers), [loaded.projects[2].id.to_string()]);
        let left = ContactPointId::new(Uuid::from_u128(0xffff << 100)).to_string();
        assert_eq!(found(&second, Code::PointLeftBehind), [left]);
        assert!(planned(&result, mode, &parted).is_empty());
    }
}

/// The questions of a plan: both names.
fn asked(run: &Run) -> Vec<(&str, &str)> {
    let reviews = run.draft.reviews.iter();
    reviews.map(|review| (review.spellings.0.as_str(), review.spellings.1.as_str())).collect()
}

/// Contacts that come after a load, each of the number behind its company's name.
fn with<'a>(loaded: &Records<'a>, later: &'a [ContactRow]) -> Records<'a> {
    let mut grown = loaded.clone();
    grown.contacts.extend(later.iter().map(ContactRow::record));
    grown.contacts.sort_by_key(|row| row.id);
    grown
}

#[test]
fn a_new_spelling_goes_to_the_loaded_organization_that_has_its_key() {
    for mode in MODES {
        let none = Decisions::default();
        let world =
            world(&["Brühl Fördertechnik AG", "Brühl Fördertechnik", "Brühl Fördertechnik GmbH"]);
        let records = world.records();
        let first = planned(&records, mode, &none);
        let homes = [0, 1, 2].map(|contact| home(&first, &records, contact));
        assert!(homes[0] != homes[1] && homes[1] != homes[2] && homes[0] != homes[2]);
        let loaded = first.after(&records);
        let later = [
            contact(20, "Bruhl Fördertechnik, AG"),
            contact(21, "BRÜHL FÖRDERTECHNIK AG"),
            contact(22, "Brühl  Fordertechnik"),
            contact(23, "Brühl Fördertechnik G.m.b.H."),
        ];
        let grown = with(&loaded, &later);
        let second = planned(&grown, mode, &none);
        let joined = [20, 21, 22, 23].map(|contact| home(&second, &grown, contact));
        assert_eq!(joined, [homes[0], homes[0], homes[1], homes[2]]);
        assert!(planned(&second.after(&grown), mode, &none).is_empty());
    }
}

#[test]
fn a_new_spelling_that_fits_two_loaded_organizations_waits_for_an_answer() {
    for mode in MODES {
        let none = Decisions::default();
        let world = world(&["Ostfeld Kessel AG", "Ostfeld Kessel GmbH"]);
        let records = world.records();
        let first = planned(&records, mode, &none);
        let loaded = first.after(&records);
        let later = [contact(20, "Ostfeld Kessel"), contact(21, "OSTFELD KESSEL")];
        let mut grown = with(&loaded, &later);
        grown.projects = vec![project(5, 20)];
        let second = planned(&grown, mode, &none);
        let blocked = [20, 21].map(|at| contact_id(at).to_string());
        assert_eq!(found(&second, Code::FitsSeveral).len(), 2);
        assert!(
            found(&second, Code::FitsSeveral).iter().all(|id| blocked.contains(&(*id).to_owned()))
        );
        assert!(second.desired.organizations.iter().all(|row| row.action.name() == "keep"));
        let questions = asked(&second);
        assert!(questions.contains(&("OSTFELD KESSEL", "Ostfeld Kessel AG")), "{questions:?}");
        assert!(questions.contains(&("OSTFELD KESSEL", "Ostfeld Kessel GmbH")), "{questions:?}");
        // No link, but a contact point.
        assert_eq!(second.desired.projects[0].customer_organization, None);
        assert_eq!(second.desired.points.len(), 1);
        let answer = decisions(&[("same", "OSTFELD KESSEL", "Ostfeld Kessel GmbH")]);
        let third = planned(&grown, mode, &answer);
        assert_eq!(home(&third, &grown, 20), home(&third, &grown, 1));
        assert_eq!(home(&third, &grown, 21), home(&third, &grown, 1));
        assert_eq!(third.desired.projects[0].customer_organization, home(&third, &grown, 1));
    }
}

#[test]
fn an_equal_spelling_in_two_loaded_organizations_decides_nothing() {
    let none = Decisions::default();
    let mode = orgfold::cli::Mode::Rehome;
    let named = "Kardan Antriebe";
    let world = world(&[named, "Kardan Antriebe Süd", named, named]);
    let records = world.records();
    let first = planned(&records, mode, &none);
    let mut loaded = first.after(&records);
    // Somebody filed two of them elsewhere.
    for contact in [2, 3] {
        let at = loaded.contact(contact_id(contact)).unwrap();
        loaded.contacts[at].organization = home(&first, &records, 1);
    }
    let later = [contact(20, "Kardan Antriebe")];
    let grown = with(&loaded, &later);
    let second = planned(&grown, mode, &none);
    assert_eq!(found(&second, Code::FitsSeveral).len(), 1, "{:?}", second.draft.findings);
}

#[test]
fn a_contact_whose_company_changed_is_asked_about() {
    for mode in MODES {
        let none = Decisions::default();
        let names =
            ["Lindner Maschinenbau", "Lindner Maschinenbau", "Quasar Robotics", "Quasar Robotics"];
        let mut world = world(&names);
        world.projects = vec![project(1, 1)];
        let records = world.records();
        let first = planned(&records, mode, &none);
        let loaded = first.after(&records);
        let at = loaded.contact(contact_id(1)).unwrap();
        for (company, is_known) in [("Quasar Robotics Inc.", true), ("Zenith Widget SARL", false)] {
            let mut moved = loaded.clone();
            moved.contacts[at].company = Some(company);
            let second = planned(&moved, mode, &none);
            assert_eq!(
                found(&second, Code::NoLongerFits),
                [contact_id(1).to_string()],
                "{company}"
            );
            assert_eq!(
                home(&second, &moved, 1),
                home(&first, &records, 0),
                "it stays until answered"
            );
            let spelling = format!("{company} @ {}", contact_id(1));
            assert_eq!(asked(&second), [(spelling.as_str(), "Lindner Maschinenbau")]);
            // A new contact of that company does not follow it.
            let later = [contact(20, &company.to_uppercase())];
            let grown = with(&moved, &later);
            let third = planned(&grown, mode, &none);
            let own = home(&third, &grown, 20);
            assert_ne!(own, home(&first, &records, 0), "{company}");
            assert_eq!(own == home(&first, &records, 2), is_known, "{company}");
            let answer = |kind: &str| {
                let text = format!(
                    "decision,tenant,a,b\n{kind},{},{spelling},Lindner Maschinenbau\n",
                    tenant_slug(0)
                );
                Decisions::read(&[("d.csv".into(), text.into_bytes())]).unwrap()
            };
            let stays = planned(&moved, mode, &answer("same"));
            assert!(
                stays.is_empty() && stays.draft.reviews.is_empty(),
                "{:?}",
                stays.draft.findings
            );
            assert!(found(&stays, Code::NoLongerFits).is_empty());
            let goes = planned(&moved, mode, &answer("different"));
            assert_ne!(home(&goes, &moved, 1), home(&first, &records, 0));
            assert_eq!(home(&goes, &moved, 1) == home(&first, &records, 2), is_known);
            assert_eq!(goes.desired.projects[0].customer_organization, home(&goes, &moved, 1));
            assert!(
                found(&goes, Code::NoLongerFits).is_empty()
                    && found(&goes, Code::DecisionUnused).is_empty()
            );
            let after = goes.after(&moved);
            let settled = planned(&after, mode, &answer("different"));
            assert!(settled.is_empty() && settled.draft.reviews.is_empty());
        }
    }
}

#[test]
fn of_two_loaded_that_are_one_the_larger_takes_all() {
    for mode in MODES {
        let none = Decisions::default();
        let world = world(&["Arkona Werft", "Boddenyacht Service", "Boddenyacht Service"]);
        let records = world.records();
        let first = planned(&records, mode, &none);
        let loaded = first.after(&records);
        let joined = decisions(&[("same", "Arkona Werft", "Boddenyacht Service")]);
        let second = planned(&loaded, mode, &joined);
        let large = home(&first, &records, 1);
        assert_eq!(home(&second, &loaded, 0), large);
        let small = home(&first, &records, 0).unwrap();
        assert_eq!(found(&second, Code::OrganizationEmptied), [small.to_string()]);
        let result = second.after(&loaded);
        let later = [contact(20, "Arkona Werft"), contact(21, "ARKONA-WERFT GmbH")];
        let grown = with(&result, &later);
        let third = planned(&grown, mode, &joined);
        assert_eq!([20, 21].map(|at| home(&third, &grown, at)), [large; 2]);
        let emptied = third.desired.organizations.iter().find(|row| row.id == small).unwrap();
        assert_eq!((emptied.action.name(), emptied.members), ("keep", 0));
    }
}

#[test]
fn who_takes_on_a_name_that_was_decided_upon_takes_no_organization_along() {
    for mode in MODES {
        let names = [
            "Tannhof Sägewerk",
            "Tannhof Saegewerke und Holzbau",
            "Pelikan Kontor",
            "Pelikan Kontor",
            "Pelikan Kontor",
        ];
        let world = world(&names);
        let records = world.records();
        let joined = decisions(&[("same", names[0], names[1])]);
        let first = planned(&records, mode, &joined);
        let mut loaded = first.after(&records);
        let homes = [0, 1, 2].map(|contact| home(&first, &records, contact));
        assert!(homes[0] == homes[1] && homes[1] != homes[2]);
        // One of the other company goes to work there; a new contact comes with the other name.
        let at = loaded.contact(contact_id(4)).unwrap();
        loaded.contacts[at].company = Some(names[0]);
        let later = [contact(20, names[1]), contact(21, "Pelikan Kontor")];
        let grown = with(&loaded, &later);
        let second = planned(&grown, mode, &joined);
        let now = [0, 1, 2, 3, 4].map(|contact| home(&second, &grown, contact));
        assert_eq!(now, [homes[0], homes[0], homes[2], homes[2], homes[2]], "{mode:?}");
        assert_eq!([20, 21].map(|at| home(&second, &grown, at)), [homes[0], homes[2]]);
        assert_eq!(found(&second, Code::NoLongerFits), [contact_id(4).to_string()]);
        assert!(found(&second, Code::OrganizationEmptied).is_empty());
    }
}
