//! Later months: what is loaded meets contacts that come, change and are decided upon afterwards.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use orgfold::finding::Code;
use orgfold::ids::{ContactPointId, OrganizationId, ProjectId};
use orgfold::transform::Decisions;
use orgfold::transform::record::{ContactPoint, Project, Records};
use uuid::Uuid;

use crate::support::worlds::{
    ContactRow, DAY, DecisionRow, OrganizationRow, Run, Switches, World, contact_id, decide,
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
    ContactRow {
        id: contact_id(at),
        organization: Some(organization_id(TENANT)),
        owner: None,
        customer_organization: None,
        client_organization: None,
        kind: "customer",
        company: Some(company.to_owned()),
        person: None,
        email: None,
        is_active: Some(true),
        is_primary: None,
        created_at: Some(i64::try_from(at).unwrap() * DAY),
        texts: Vec::new(),
    }
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
