//! What stands beside names: what it is worth, whom it joins, and whom it parts.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use std::path::PathBuf;

use orgfold::config::{self, Overrides};
use orgfold::finding::Code;
use orgfold::ids::{ContactId, OrganizationId};
use orgfold::schema::Field;
use orgfold::transform::desired::DesiredOrganization;
use orgfold::transform::record::{Contact, Organization, Records, Texts};
use orgfold::transform::{Decisions, Desired, Resolution, Tenancy, link, resolve};
use uuid::Uuid;

const TENANT: OrganizationId = OrganizationId::new(Uuid::from_u128(1));
const EMAIL: Field = Field::EMAIL;
const WEBSITE: Field = Field::WEBSITE;
const PHONE: Field = Field("phone");
const COUNTRY: Field = Field("country");
const TAX_ID: Field = Field("tax_id");

/// A contact: its company, and what stands beside it.
type Row = (&'static str, &'static [(Field, &'static str)]);

/// Customers that have nothing to do with each other, among whom the others stand.
const OTHERS: [&str; 12] = [
    "Marlow Dairy Ltd",
    "Fenwick Timber Ltd",
    "Osprey Stone Ltd",
    "Juniper Spices Ltd",
    "Halcyon Cold Stores Ltd",
    "Vermilion Paints Ltd",
    "Thistle Textiles Ltd",
    "Bracken Furniture Ltd",
    "Larkspur Herbs Ltd",
    "Mistral Fans Ltd",
    "Crucible Forge Ltd",
    "Damson Jams Ltd",
];

/// What `plan` makes of the customers of one tenant.
struct Planned {
    resolution: Resolution,
    desired: Desired,
}

impl Planned {
    fn company(&self, row: usize) -> usize {
        let mut companies = self.resolution.companies.iter();
        companies.position(|company| company.contacts.contains(&row)).unwrap()
    }

    /// Whether two rows are one company; else whether that is asked.
    #[track_caller]
    fn check(&self, a: usize, b: usize, expected: Answer) {
        let (one, two) = (self.company(a), self.company(b));
        let is_asked = self.resolution.reviews.iter().any(|review| {
            let between = (review.companies.0, review.companies.1);
            between == (Some(one), Some(two)) || between == (Some(two), Some(one))
        });
        let found = match (one == two, is_asked) {
            (true, _) => Answer::Joined,
            (_, true) => Answer::Asked,
            _ => Answer::Apart,
        };
        assert_eq!(found, expected, "rows {a} and {b}");
    }

    fn found(&self, code: Code) -> usize {
        self.resolution.findings.iter().filter(|finding| finding.code == code).count()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Joined,
    Asked,
    Apart,
}

use Answer::{Apart, Asked, Joined};

fn planned(rows: &[Row]) -> Planned {
    decided(rows, "").unwrap()
}

fn decided(rows: &[Row], decisions: &str) -> Result<Planned, String> {
    let config = config::load(None, &Overrides::default()).unwrap();
    let others = OTHERS.iter().map(|&name| (name, &[] as &[(Field, &str)]));
    let contact = |(at, (company, texts)): (usize, (&'static str, &'static [_]))| Contact {
        id: ContactId::new(Uuid::from_u128(100 + at as u128)),
        organization: Some(TENANT),
        kind: "customer",
        company: Some(company),
        name: None,
        email: texts.iter().find(|(field, _)| *field == EMAIL).map(|(_, text)| *text),
        texts: Texts::listed(texts),
        job_title: None,
        role: None,
        is_active: None,
        is_primary: None,
        created_at: Some(i64::try_from(at).unwrap()),
        owner: None,
        customer_organization: None,
        client_organization: None,
    };
    let tenant = Organization {
        id: TENANT,
        name: "Tenant",
        slug: Some("tenant"),
        owner: None,
        texts: Texts::default(),
    };
    let records = Records {
        declared: config.declared,
        organizations: vec![tenant],
        contacts: rows.iter().copied().chain(others).enumerate().map(contact).collect(),
        users: Some(vec![(Uuid::from_u128(3), Some(TENANT))]),
        ..Records::default()
    };
    let tenancy = Tenancy::new(&records, &mut Vec::new());
    let text = format!("decision,tenant,a,b,value\n{decisions}");
    let decisions = Decisions::read(&[(PathBuf::from("d.csv"), text.into_bytes())]);
    let decisions = decisions.map_err(|error| error.to_string())?;
    let resolution = resolve(&records, &tenancy, &config.rules, &decisions);
    let resolution = resolution.map_err(|error| error.to_string())?;
    let desired = link(&records, &tenancy, &resolution, &config.rules);
    Ok(Planned { resolution, desired })
}

#[test]
fn a_page_on_a_host_of_many_is_evidence_of_nobody() {
    let planned = planned(&[
        ("Rowan Plastics Vietnam", &[(WEBSITE, "https://www.facebook.com/rowan.plastics")]),
        ("Wisteria Plastics Vietnam", &[(WEBSITE, "facebook.com/wisteria")]),
        ("Tamarisk Metals", &[(WEBSITE, "https://tamarisk.business.site")]),
        ("Tamarind Metal Works", &[(WEBSITE, "https://tamarind-metal.business.site/")]),
        ("Linden Packaging Hanoi", &[(WEBSITE, "https://www.lazada.vn/shop/linden")]),
        ("Sorrel Packaging Hanoi", &[(WEBSITE, "https://lazada.vn/shop/sorrel")]),
        ("Campion Tools", &[(EMAIL, "a@sellers.marketplace.amazon.de")]),
        ("Teasel Tools", &[(EMAIL, "b@sellers.marketplace.amazon.co.uk")]),
    ]);
    for row in [0, 2, 4, 6] {
        assert_ne!(planned.company(row), planned.company(row + 1));
    }
    assert_eq!(planned.found(Code::SharedHost), 8);
    let carries = |field| {
        planned.desired.organizations.iter().filter(|one| one.attribute(field).is_some()).count()
    };
    // It is the company's page all the same.
    assert_eq!((carries(Field::DOMAIN), carries(WEBSITE)), (0, 6));
}

#[test]
fn a_number_that_is_none_joins_nobody_and_is_found() {
    let planned = planned(&[
        ("Rowan Plastics Vietnam", &[(TAX_ID, "3.16E+09")]),
        ("Wisteria Plastics Vietnam", &[(TAX_ID, "3.16E+09")]),
        ("Tamarisk Metals", &[(TAX_ID, "0000000000"), (PHONE, "0123456789")]),
        ("Tamarisk Metal Works", &[(TAX_ID, "0000000000"), (PHONE, "0123456789")]),
        ("Linden Packaging", &[(PHONE, "8.49E+10")]),
        ("Linden Packing Works", &[(PHONE, "8.49E+10")]),
    ]);
    planned.check(0, 1, Asked);
    for row in [2, 4] {
        assert_ne!(planned.company(row), planned.company(row + 1));
    }
    assert_eq!(planned.found(Code::NumberRounded), 4);
    assert_eq!(planned.found(Code::NumberPlaceholder), 4);
    let has_tax_id = |one: &&DesiredOrganization| one.attribute(TAX_ID).is_some();
    assert_eq!(planned.desired.organizations.iter().filter(has_tax_id).count(), 0);
}

#[test]
fn a_tax_id_is_the_same_in_every_dress() {
    let planned = planned(&[
        ("Marchetti Laterizi", &[(TAX_ID, "IT00743110157"), (COUNTRY, "Italia")]),
        ("Laterizi Marchetti & Figli", &[(TAX_ID, "P.IVA 743110157"), (COUNTRY, "IT")]),
        ("Kestrel Pump Works Ltd", &[(TAX_ID, "GB 220 4302 31")]),
        ("Kestral Pumps Work Ltd", &[(TAX_ID, "220430231"), (COUNTRY, "United Kingdom")]),
        ("Sông Lam Plastic JSC", &[(TAX_ID, "MST: 0100109106-002"), (COUNTRY, "Việt Nam")]),
        ("Song Lam Plastics Joint Stock Co", &[(TAX_ID, "100109106"), (COUNTRY, "VN")]),
    ]);
    for row in [0, 2, 4] {
        planned.check(row, row + 1, Joined);
    }
}

#[test]
fn evidence_joins_names_that_share_a_word_of_their_own() {
    let planned = planned(&[
        ("Hagiwara Plastics Vietnam Co., Ltd.", &[(EMAIL, "lan@office-one.example")]),
        ("Magnolia Plastics Vietnam Co., Ltd.", &[(EMAIL, "minh@office-one.example")]),
        ("Peregrine Vina (Factory 1)", &[(PHONE, "0222 555 1644")]),
        ("Camellia Vina (factory 2)", &[(PHONE, "0222 555 1644")]),
        ("Tsukada Electronics Haiphong Co., Ltd.", &[(PHONE, "0225 555 1099")]),
        ("Clear Brook Vietnam Haiphong Co., Ltd", &[(PHONE, "0225 555 1099")]),
        ("Kestrel Pumps", &[(EMAIL, "a@kestrel.example")]),
        ("Kestrel Pump Works Leeds", &[(EMAIL, "b@kestrel.example")]),
        ("Zeltner Optik", &[(EMAIL, "a@zeltner.example")]),
        ("Zeltnr Optical Instruments", &[(EMAIL, "b@zeltner.example")]),
    ]);
    for row in [0, 2, 4] {
        planned.check(row, row + 1, Asked);
    }
    for row in [6, 8] {
        planned.check(row, row + 1, Joined);
    }
}

#[test]
fn what_a_minority_says_joins_nobody() {
    let planned = planned(&[
        // One of three.
        ("Corvid", &[(EMAIL, "a@corvidfoods.example")]),
        ("Corvid", &[(EMAIL, "a@corvidtools.example")]),
        ("Corvid", &[(EMAIL, "a@corvidsoft.example")]),
        ("Corvid Foods Inc.", &[(EMAIL, "b@corvidfoods.example")]),
        ("Corvid Tools LLC", &[(EMAIL, "b@corvidtools.example")]),
        // One of two halves.
        ("Ashdown", &[(EMAIL, "a@ashdownpaper.example")]),
        ("Ashdown", &[(EMAIL, "a@ashdowngears.example")]),
        ("Ashdown Gears", &[(EMAIL, "b@ashdowngears.example")]),
        // Two of three.
        ("Selwyn", &[(EMAIL, "a@selwynlamps.example")]),
        ("Selwyn", &[(EMAIL, "b@selwynlamps.example")]),
        ("Selwyn", &[(EMAIL, "c@selwyn-family.example")]),
        ("Selwyn Lamps", &[(EMAIL, "d@selwynlamps.example")]),
    ]);
    planned.check(0, 3, Asked);
    planned.check(0, 4, Asked);
    planned.check(5, 7, Asked);
    planned.check(8, 11, Joined);
}

#[test]
fn what_unrelated_names_share_stands_for_none_of_them() {
    let planned = planned(&[
        ("Kestrel Pumps", &[(PHONE, "028 7300 1001")]),
        ("Kestrel Tiles", &[(PHONE, "028 7300 1001")]),
        ("Zeltner Optik", &[(PHONE, "028 7300 1001")]),
        ("Magnolia Plastics", &[(PHONE, "+84 28 7300 1001")]),
        ("Thornbury Pumps", &[(PHONE, "028 7300 2002")]),
        ("Thornbury Pump Works", &[(PHONE, "028 7300 2002")]),
        ("Thornburry Pumping", &[(PHONE, "028 7300 2002")]),
    ]);
    assert_ne!(planned.company(0), planned.company(1));
    planned.check(4, 5, Joined);
    planned.check(4, 6, Joined);
    assert_eq!(planned.found(Code::SharedValue), 1);
}

#[test]
fn equal_names_are_one_company_only_if_nothing_beside_them_contradicts() {
    let planned = planned(&[
        ("Laterizi Conti S.r.l.", &[(TAX_ID, "IT00743110157")]),
        ("LATERIZI CONTI SRL", &[(TAX_ID, "IT00905811006")]),
        ("Kestrel", &[(COUNTRY, "France")]),
        ("Kestrel S.r.l.", &[(COUNTRY, "Italia")]),
        ("Magnolia Co., Ltd", &[(TAX_ID, "0301234560"), (COUNTRY, "Vietnam")]),
        ("Magnolia Co. Ltd.", &[(TAX_ID, "0301234569"), (COUNTRY, "Vietnam")]),
    ]);
    planned.check(0, 1, Apart);
    planned.check(2, 3, Asked);
    planned.check(4, 5, Asked);
}

/// Contacts of one spelling, of two firms.
const NAMESAKES: [Row; 4] = [
    ("Magnolia Co., Ltd", &[(TAX_ID, "0100109106"), (COUNTRY, "VN"), (EMAIL, "a@mag-hn.example")]),
    ("Magnolia Co., Ltd", &[(TAX_ID, "0301234560"), (COUNTRY, "VN"), (EMAIL, "b@mag-hcm.example")]),
    ("Magnolia Co., Ltd", &[(EMAIL, "c@mag-hcm.example")]),
    ("Magnolia Trading", &[]),
];

#[test]
fn contacts_of_one_spelling_with_other_tax_ids_are_apart() {
    let valid: [Row; 2] = [
        ("Laterizi Conti", &[(TAX_ID, "IT00743110157")]),
        ("Laterizi Conti", &[(TAX_ID, "IT00905811006")]),
    ];
    planned(&valid).check(0, 1, Apart);
    let planned = planned(&NAMESAKES);
    planned.check(0, 1, Asked);
    planned.check(0, 2, Joined);
    let mut asked = planned.resolution.reviews.iter().map(|review| &review.spellings);
    assert!(asked.any(|(a, b)| a.contains(" @ ") && b.contains(" @ ")));
    let keys: Vec<&str> = [0, 1]
        .iter()
        .map(|&row| planned.resolution.companies[planned.company(row)].key.as_str())
        .collect();
    assert_eq!(keys, ["magnolia co., ltd", "magnolia co., ltd tax_id=301234560"]);
}

#[test]
fn a_decision_parts_contacts_of_one_spelling() {
    let check = |decision: &str, expected: [Answer; 2]| {
        let planned = decided(&NAMESAKES, decision).unwrap();
        assert_eq!(planned.found(Code::DecisionUnused), 0, "{decision}");
        planned.check(0, 1, expected[0]);
        planned.check(1, 2, expected[1]);
    };
    let name = "\"Magnolia Co., Ltd";
    // What was asked, answered in both ways, in another dress of the tax id.
    check(
        &format!("same,tenant,{name} @ MST 0100109106\",{name} @ 301234560\",\n"),
        [Joined, Asked],
    );
    check(
        &format!("different,tenant,{name} @ 0100109106\",{name} @ 0301234560\",\n"),
        [Apart, Asked],
    );
    // A bare spelling means all others.
    check(&format!("different,tenant,{name}\",{name} @ mag-hn.example\",\n"), [Apart, Joined]);
    let contact = ContactId::new(Uuid::from_u128(102));
    let planned =
        decided(&NAMESAKES, &format!("same,tenant,{name} @ {contact}\",Magnolia Trading,\n"));
    let planned = planned.unwrap();
    planned.check(2, 3, Joined);
    assert_ne!(planned.company(0), planned.company(2));
}

#[test]
fn decisions_that_disagree_on_one_contact_are_refused() {
    let name = "\"Magnolia Co., Ltd";
    let rows = format!(
        "same,tenant,{name}\",Magnolia Trading,\ndifferent,tenant,{name} @ mag-hn.example\",Magnolia Trading,\n"
    );
    let refused = decided(&NAMESAKES, &rows).err().unwrap();
    assert_eq!(refused, "d.csv:3: the decision contradicts the one at d.csv:2");
}
