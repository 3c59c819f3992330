//! What people decided: whom a decision speaks of, and how many there may be.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use std::fmt::Write as _;
use std::path::PathBuf;

use orgfold::config::{self, Overrides};
use orgfold::finding::Code;
use orgfold::ids::{ContactId, OrganizationId};
use orgfold::transform::record::{Contact, Organization, Records, Texts};
use orgfold::transform::{Decisions, Resolution, Tenancy, resolve};
use uuid::Uuid;

const TENANT: OrganizationId =
    OrganizationId::new(Uuid::from_u128(0xabcd_ef01_2345_4678_9abc_def0_1234_5678));

fn decisions(rows: &str) -> Result<Decisions, String> {
    let text = format!("decision,tenant,a,b,value\n{rows}");
    Decisions::read(&[(PathBuf::from("d.csv"), text.into_bytes())]).map_err(|e| e.to_string())
}

/// Two names that nothing joins by itself, of a tenant with or without a slug.
fn resolved(slug: Option<&str>, rows: &str) -> Result<Resolution, String> {
    let config = config::load(None, &Overrides::default()).unwrap();
    let contact = |id: u128, company| Contact {
        id: ContactId::new(Uuid::from_u128(id)),
        organization: Some(TENANT),
        kind: "customer",
        company: Some(company),
        name: None,
        email: None,
        texts: Texts::default(),
        job_title: None,
        role: None,
        is_active: None,
        is_primary: None,
        created_at: None,
        owner: None,
        customer_organization: None,
        client_organization: None,
    };
    let tenant =
        Organization { id: TENANT, name: "Tenant", slug, owner: None, texts: Texts::default() };
    let records = Records {
        organizations: vec![tenant],
        contacts: vec![contact(1, "Nordstern Optik"), contact(2, "Bakkerij Zonneveld")],
        users: Some(vec![(Uuid::from_u128(3), Some(TENANT))]),
        ..Records::default()
    };
    let tenancy = Tenancy::new(&records, &mut Vec::new());
    resolve(&records, &tenancy, &config.rules, &decisions(rows)?).map_err(|e| e.to_string())
}

fn companies(slug: Option<&str>, rows: &str) -> usize {
    let resolution = resolved(slug, rows).unwrap();
    let unused = resolution.findings.iter().any(|found| found.code == Code::DecisionUnused);
    assert!(!unused || resolution.companies.len() == 2, "{rows}");
    resolution.companies.len()
}

const ID: &str = "abcdef01-2345-4678-9abc-def012345678";

#[test]
fn a_tenant_is_called_by_its_slug_or_by_its_id() {
    let same = |tenant: &str| format!("same,{tenant},Nordstern Optik,Bakkerij Zonneveld,\n");
    assert_eq!(companies(None, &same("-")), 2);
    assert_eq!(companies(None, &same(ID)), 1);
    assert_eq!(companies(None, &same(&ID.to_uppercase())), 1);
    assert_eq!(companies(Some("own"), &same(ID)), 1);
    assert_eq!(companies(Some("own"), &same("own")), 1);
    assert_eq!(companies(Some("own"), &same("other")), 2);
}

#[test]
fn decisions_under_slug_and_id_of_one_tenant_contradict_each_other() {
    let pair = "Nordstern Optik,Bakkerij Zonneveld";
    let rows = format!("same,own,{pair},\ndifferent,{ID},{pair},\n");
    let error = "d.csv:3: the decision contradicts the one at d.csv:2";
    assert_eq!(resolved(Some("own"), &rows).unwrap_err(), error);
    // They are two tenants where the slug is another's.
    assert!(resolved(Some("another"), &rows).is_ok());
    let twice = format!("same,own,{pair},\nsame,{ID},{pair},\n");
    assert_eq!(companies(Some("own"), &twice), 1);
}

/// Each `different` was looked for along all `same` decisions: forty thousand rows took minutes in
/// a build like that of this test.
#[test]
fn many_decisions_are_read_in_little_time() {
    let mut rows = String::new();
    for at in 0..20_000 {
        writeln!(rows, "same,t,a{at},a{},", at + 1).unwrap();
        writeln!(rows, "different,t,a{at},b{at},").unwrap();
    }
    assert_eq!(decisions(&rows).unwrap().len(), 40_000);
    rows.push_str("different,t,a7,a9,\n");
    let error = "d.csv:40002: the decision contradicts those at d.csv:16, d.csv:18";
    assert_eq!(decisions(&rows).unwrap_err(), error);
}
