//! Small databases, generated: every defect that a row can have, and names that are hard to tell
//! apart.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::OnceLock;

use orgfold::cli;
use orgfold::config::{self, Config, Overrides};
use orgfold::ids::{ContactId, ContactPointId, OrganizationId, ProjectId};
use orgfold::plan::cell::timestamp;
use orgfold::plan::{Draft, Parts, draft};
use orgfold::schema::{Field, Table};
use orgfold::transform::decisions::{self, Decisions};
use orgfold::transform::desired::{Action, DesiredOrganization};
use orgfold::transform::record::{Contact, ContactPoint, Organization, Project, Records, Texts};
use orgfold::transform::slug::bare_slug;
use orgfold::transform::{Desired, Resolution, Rules, Tenancy, link, resolve};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::frames::snapshot;
use super::tables::Tables;

/// Names with equal keys, marks, forms, placeholders, glued words, other scripts, hostile text.
pub(crate) const NAMES: &[&str] = &[
    "Kitano Vietnam",
    "KITANO VIETNAM",
    "  Kitano  Vietnam ",
    "Kitano Viet Nam",
    "KitanoVietnam",
    "Kitano Vietnam Co., Ltd.",
    "Công ty TNHH Kitano Vietnam",
    "Cà Phê Hoa",
    "Cá Phế Hoa",
    "Ca Phe Hoa",
    "Nordwerk GmbH",
    "Nordwerk AG",
    "Nordwerk",
    "株式会社日立",
    "日立",
    "日立製作所",
    "삼성전자",
    "Co dien Plant 2",
    "Co dien Plant 3",
    "Co dien Plant",
    "The Acme Company",
    "Acme",
    "ACME",
    "Acme, Inc.",
    "International Business Machines",
    "I.B.M.",
    "Precision Gears Hanoi",
    "Precison Gears Hanoi",
    "Hanoi Precision Gears",
    "Straße & Söhne",
    "İSTANBUL ÇELİK",
    "Tenant 0",
    "TENANT 1 JSC",
    "organization",
    "Organization",
    "N/A",
    "-",
    "",
    "   ",
    "!!!",
    "khách lẻ",
    "=1+1",
    "'Quoted' \"Steel\", Ltd",
    "\\N",
    "tab\there",
    "line\nbreak GmbH",
    "x'); DROP TABLE contacts; --",
    "\u{202e}evil\u{200b} steel\u{a0}",
    "Long Name Long Name Long Name Long Name Long Name Long Name Long Name Long Name Long Name Long \
     Name Long Name Long Name Long Name Long Name Long Name Long Name Long Name Long Name Long Name \
     Long Name Long Name Long Name Long Name Long Name Long Name Long Name",
];

const EMAILS: &[&str] = &[
    "a@kitano.example",
    "b@kitano.example",
    "purchasing@acme.example",
    "x@gmail.com",
    "",
    "no address",
];
const TAX_IDS: &[&str] = &["0300000111", "0300 000 111", "0300000222", "n/a", ""];
const CITIES: &[&str] = &["Hà Nội", "Ha Noi", "Huế", " "];

const TAX_ID: Field = Field("tax_id");
const CITY: Field = Field("city");

/// Those of some texts that are not NULL.
fn texts<const N: usize>(all: [(Field, Option<&'static str>); N]) -> Vec<(Field, &'static str)> {
    all.into_iter().filter_map(|(field, text)| Some((field, text?))).collect()
}

fn text_of(texts: &[(Field, &'static str)], field: Field) -> Option<String> {
    texts.iter().find(|(of, _)| *of == field).map(|(_, text)| (*text).to_owned())
}

/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;

/// A row of `organizations`.
#[derive(Clone, Debug)]
pub(crate) struct OrganizationRow {
    pub(crate) id: OrganizationId,
    pub(crate) name: String,
    pub(crate) slug: Option<String>,
    pub(crate) owner: Option<OrganizationId>,
    /// Those of its other texts that are not NULL.
    pub(crate) texts: Vec<(Field, &'static str)>,
}

/// A row of `contacts`.
#[derive(Clone, Debug)]
pub(crate) struct ContactRow {
    pub(crate) id: ContactId,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) owner: Option<OrganizationId>,
    pub(crate) customer_organization: Option<OrganizationId>,
    pub(crate) client_organization: Option<OrganizationId>,
    pub(crate) kind: &'static str,
    pub(crate) company: Option<String>,
    pub(crate) person: Option<&'static str>,
    pub(crate) email: Option<&'static str>,
    pub(crate) is_active: Option<bool>,
    pub(crate) is_primary: Option<bool>,
    pub(crate) created_at: Option<i64>,
    /// Those of its other texts that are not NULL.
    pub(crate) texts: Vec<(Field, &'static str)>,
}

impl ContactRow {
    /// An active customer of a tenant, with nothing but its company; the older the lower its number.
    pub(crate) fn customer(at: usize, tenant: usize, company: &str) -> Self {
        Self {
            id: contact_id(at),
            organization: Some(organization_id(tenant)),
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
}

/// A small database.
#[derive(Clone)]
pub(crate) struct World {
    /// The first of them are the tenants.
    pub(crate) organizations: Vec<OrganizationRow>,
    pub(crate) contacts: Vec<ContactRow>,
    pub(crate) projects: Vec<Project>,
    pub(crate) points: Vec<ContactPoint<'static>>,
    pub(crate) users: Option<Vec<(Uuid, Option<OrganizationId>)>>,
}

/// `o3`, `c12`, `p1`: a row that was made here by its number; any other text as it is.
pub(crate) fn short(text: &str) -> String {
    let made = |(letter, head): (&str, &str)| {
        let number = text.strip_prefix(head).and_then(|_| text.get(32..))?;
        Some(format!("{letter}{}", u32::from_str_radix(number, 16).ok()?))
    };
    let heads =
        [("o", "00000001-0000-4000"), ("c", "00000002-0000-4000"), ("p", "00000003-0000-4000")];
    heads.into_iter().find_map(made).unwrap_or_else(|| text.to_owned())
}

/// One line for each row, without what is NULL.
impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        fn cell(text: &mut String, name: &str, value: Option<String>) {
            if let Some(value) = value {
                let _ = write!(text, " {name}={value}");
            }
        }
        let id = |id: Option<OrganizationId>| id.map(|id| short(&id.to_string()));
        writeln!(f)?;
        for row in &self.organizations {
            let mut text = format!("organization {} {:?}", short(&row.id.to_string()), row.name);
            cell(&mut text, "slug", row.slug.clone());
            cell(&mut text, "owner", id(row.owner));
            for (field, value) in &row.texts {
                cell(&mut text, field.name(), Some((*value).to_owned()));
            }
            writeln!(f, "{text}")?;
        }
        for row in &self.contacts {
            let mut text = format!("contact {} {}", short(&row.id.to_string()), row.kind.trim());
            cell(&mut text, "company", row.company.as_ref().map(|name| format!("{name:?}")));
            cell(&mut text, "organization", id(row.organization));
            cell(&mut text, "owner", id(row.owner));
            cell(&mut text, "customer_organization", id(row.customer_organization));
            cell(&mut text, "client_organization", id(row.client_organization));
            cell(&mut text, "person", row.person.map(str::to_owned));
            cell(&mut text, "email", row.email.map(str::to_owned));
            for (field, value) in &row.texts {
                cell(&mut text, field.name(), Some((*value).to_owned()));
            }
            cell(&mut text, "is_active", row.is_active.map(|flag| flag.to_string()));
            cell(&mut text, "is_primary", row.is_primary.map(|flag| flag.to_string()));
            cell(&mut text, "created_at", row.created_at.map(|time| time.to_string()));
            writeln!(f, "{text}")?;
        }
        for row in &self.projects {
            let mut text = format!("project {}", short(&row.id.to_string()));
            cell(&mut text, "organization", id(row.organization));
            cell(&mut text, "customer", row.customer.map(|id| short(&id.to_string())));
            cell(&mut text, "link", id(row.customer_organization));
            writeln!(f, "{text}")?;
        }
        for row in &self.points {
            let mut text = "point".to_owned();
            cell(&mut text, "project", row.project.map(|id| short(&id.to_string())));
            cell(&mut text, "contact", row.contact.map(|id| short(&id.to_string())));
            cell(&mut text, "role", row.role.map(str::to_owned));
            cell(&mut text, "is_primary", row.is_primary.map(|flag| flag.to_string()));
            writeln!(f, "{text}")?;
        }
        match &self.users {
            None => writeln!(f, "users unknown"),
            Some(users) => {
                let of: Vec<_> = users.iter().map(|(_, of)| id(*of).unwrap_or_default()).collect();
                writeln!(f, "users of {}", of.join(", "))
            }
        }
    }
}

fn uuid(kind: u128, number: usize) -> Uuid {
    // Keys stand in another order than rows.
    let scrambled = (number * 37 + 11) % 101;
    Uuid::from_u128(
        (kind << 96) | 0x4000_8000_0000_0000_0000 | (scrambled as u128) << 16 | number as u128,
    )
}

/// The number-th organization.
pub(crate) fn organization_id(number: usize) -> OrganizationId {
    OrganizationId::new(uuid(1, number))
}

/// The number-th contact.
pub(crate) fn contact_id(number: usize) -> ContactId {
    ContactId::new(uuid(2, number))
}

/// The slug of the number-th tenant, by which decisions name it.
pub(crate) fn tenant_slug(number: usize) -> String {
    format!("tenant-{number}")
}

impl ContactRow {
    pub(crate) fn record(&self) -> Contact<'_> {
        Contact {
            id: self.id,
            organization: self.organization,
            kind: self.kind,
            company: self.company.as_deref(),
            name: self.person,
            email: self.email,
            texts: Texts::listed(&self.texts),
            job_title: None,
            role: None,
            is_active: self.is_active,
            is_primary: self.is_primary,
            created_at: self.created_at,
            owner: self.owner,
            customer_organization: self.customer_organization,
            client_organization: self.client_organization,
        }
    }
}

impl World {
    /// The rows as the pipeline sees them.
    pub(crate) fn records(&self) -> Records<'_> {
        let mut records = Records {
            organizations: self
                .organizations
                .iter()
                .map(|row| Organization {
                    id: row.id,
                    name: &row.name,
                    slug: row.slug.as_deref(),
                    owner: row.owner,
                    texts: Texts::listed(&row.texts),
                })
                .collect(),
            contacts: self.contacts.iter().map(ContactRow::record).collect(),
            projects: self.projects.clone(),
            points: self.points.clone(),
            users: self.users.clone(),
            ..Records::default()
        };
        records.organizations.sort_by_key(|row| row.id);
        records.contacts.sort_by_key(|row| row.id);
        records.projects.sort_by_key(|row| row.id);
        records.points.sort_by_key(|row| row.id);
        records.users.iter_mut().for_each(|users| users.sort_unstable());
        records
    }

    /// The rows as the application and an earlier load leave them: users known, every tenant with a
    /// user, no link to what nobody owns or to another tenant's, no contact point of no contact.
    pub(crate) fn tidied(mut self) -> Self {
        let is_tenant = |row: &OrganizationRow| {
            row.slug.as_deref().is_some_and(|slug| slug.starts_with("tenant-"))
        };
        let tenants: Vec<_> = self.organizations.iter().filter(|row| is_tenant(row)).collect();
        let tenants: Vec<OrganizationId> = tenants.into_iter().map(|row| row.id).collect();
        let users = tenants.iter().enumerate();
        self.users = Some(users.map(|(at, id)| (uuid(5, at), Some(*id))).collect());
        for row in &mut self.organizations {
            let owner = row.owner.filter(|id| tenants.contains(id));
            row.owner = owner.filter(|_| !tenants.contains(&row.id));
            let named = row.name.chars().filter(|c| c.is_alphabetic()).count() > 3;
            if !named {
                row.name.push_str(" Works");
            }
        }
        let owners: BTreeMap<OrganizationId, OrganizationId> =
            self.organizations.iter().filter_map(|row| Some((row.id, row.owner?))).collect();
        for row in &mut self.contacts {
            let owner = row.organization.and_then(|id| owners.get(&id)).copied();
            row.organization =
                row.organization.filter(|id| owner.is_some() || tenants.contains(id));
            row.owner = owner;
            let home = owner.or(row.organization);
            let link = row.customer_organization.filter(|_| owner.is_none());
            row.customer_organization =
                link.filter(|id| home.is_some() && owners.get(id).copied() == home);
        }
        for row in &mut self.projects {
            row.organization = row.organization.filter(|id| tenants.contains(id));
            let link = row.customer_organization;
            row.customer_organization =
                link.filter(|id| owners.get(id).copied() == row.organization);
        }
        let contacts: BTreeSet<ContactId> = self.contacts.iter().map(|row| row.id).collect();
        self.points.retain(|point| point.contact.is_some_and(|id| contacts.contains(&id)));
        self
    }

    /// The rows as a source holds them; another seed is another order of rows.
    pub(crate) fn tables(&self, seed: u64) -> Tables {
        let text = |text: &str| Some(text.to_owned());
        let id = |id: Option<OrganizationId>| id.map(|id| id.to_string());
        let flag = |flag: Option<bool>| flag.map(|flag| if flag { "t" } else { "f" }.to_owned());
        let mut tables = Tables::none();
        let organizations = self.organizations.iter().map(|row| {
            vec![
                text(&row.id.to_string()),
                text(&row.name),
                row.slug.clone(),
                id(row.owner),
                text_of(&row.texts, TAX_ID),
            ]
        });
        let columns = ["id", "name", "slug", "owner_organization_id", "tax_id"];
        tables.put(Table::Organizations, &columns, shuffled(organizations, seed));
        let contacts = self.contacts.iter().map(|row| {
            vec![
                text(&row.id.to_string()),
                id(row.organization),
                text(row.kind),
                row.company.clone(),
                row.person.map(str::to_owned),
                row.email.map(str::to_owned),
                text_of(&row.texts, TAX_ID),
                text_of(&row.texts, CITY),
                flag(row.is_active),
                flag(row.is_primary),
                row.created_at.map(timestamp),
                id(row.owner),
                id(row.customer_organization),
                id(row.client_organization),
            ]
        });
        let columns = [
            "id",
            "organization_id",
            "type",
            "company_name",
            "contact_name",
            "email",
            "tax_id",
            "city",
            "is_active",
            "is_primary_contact",
            "created_at",
            "owner_organization_id",
            "customer_organization_id",
            "client_organization_id",
        ];
        tables.put(Table::Contacts, &columns, shuffled(contacts, seed));
        let projects = self.projects.iter().map(|row| {
            vec![
                text(&row.id.to_string()),
                id(row.organization),
                row.customer.map(|id| id.to_string()),
                id(row.customer_organization),
                row.created_at.map(timestamp),
            ]
        });
        let columns =
            ["id", "organization_id", "customer_id", "customer_organization_id", "created_at"];
        tables.put(Table::Projects, &columns, shuffled(projects, seed));
        let points = self.points.iter().map(|row| {
            vec![
                text(&row.id.to_string()),
                row.project.map(|id| id.to_string()),
                row.contact.map(|id| id.to_string()),
                row.role.map(str::to_owned),
                flag(row.is_primary),
            ]
        });
        let columns = ["id", "project_id", "contact_id", "role", "is_primary"];
        tables.put(Table::ProjectContactPoints, &columns, shuffled(points, seed));
        if let Some(users) = &self.users {
            let users = users.iter().map(|(user, of)| vec![text(&user.to_string()), id(*of)]);
            tables.put(Table::Users, &["id", "organization_id"], shuffled(users, seed));
        }
        tables
    }
}

/// Another order, the same for the same seed.
fn shuffled<T>(rows: impl Iterator<Item = T>, seed: u64) -> Vec<T> {
    let mut keyed: Vec<(u64, T)> = rows
        .enumerate()
        .map(|(at, row)| ((at as u64 + 1).wrapping_mul(seed | 1).rotate_left(17), row))
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// What a row points at, before it is known how many there are.
#[derive(Clone, Copy, Debug)]
enum Target {
    Nothing,
    Tenant(usize),
    Organization(usize),
    Dangling,
}

fn target(nothing: u32, tenant: u32, organization: u32) -> impl Strategy<Value = Target> {
    prop_oneof![
        nothing => Just(Target::Nothing),
        tenant => (0..3_usize).prop_map(Target::Tenant),
        organization => (0..15_usize).prop_map(Target::Organization),
        1 => Just(Target::Dangling),
    ]
}

fn maybe<T: Clone + std::fmt::Debug + 'static>(
    list: &'static [T],
) -> impl Strategy<Value = Option<T>> {
    prop_oneof![2 => Just(None), 1 => select(list).prop_map(Some)]
}

#[derive(Clone, Debug)]
enum SlugSeed {
    OfName,
    OfNumber,
    Bad,
    Null,
}

type OrganizationSeed = (&'static str, SlugSeed, Target, Option<&'static str>);

fn organization() -> impl Strategy<Value = OrganizationSeed> {
    let slug = prop_oneof![
        4 => Just(SlugSeed::OfName),
        4 => Just(SlugSeed::OfNumber),
        1 => Just(SlugSeed::Bad),
        1 => Just(SlugSeed::Null),
    ];
    (select(NAMES), slug, target(10, 9, 1), maybe(TAX_IDS))
}

#[derive(Clone, Debug)]
struct ContactSeed {
    organization: Target,
    owner: Target,
    /// Filed under the organization, and under its owner, as an earlier run left it.
    placed: bool,
    customer_organization: Target,
    client_organization: Target,
    kind: &'static str,
    company: Option<&'static str>,
    person: Option<&'static str>,
    email: Option<&'static str>,
    tax_id: Option<&'static str>,
    city: Option<&'static str>,
    is_active: Option<bool>,
    is_primary: Option<bool>,
    created_at: Option<i64>,
}

fn contact() -> impl Strategy<Value = ContactSeed> {
    let kind = prop_oneof![
        12 => Just("customer"),
        1 => Just(" Customer "),
        2 => Just("supplier"),
    ];
    let company = prop_oneof![9 => select(NAMES).prop_map(Some), 1 => Just(None)];
    let targets =
        (target(1, 16, 5), target(10, 3, 1), any::<bool>(), target(16, 1, 3), target(12, 1, 3));
    let people = (kind, company, maybe(&["Ann", " ", "Bảo"]), maybe(EMAILS));
    let rest = (
        maybe(TAX_IDS),
        maybe(CITIES),
        maybe(&[true, false]),
        maybe(&[true, false]),
        prop_oneof![1 => Just(None), 4 => (0..6_i64).prop_map(|day| Some(day * DAY))],
    );
    (targets, people, rest).prop_map(|(targets, people, rest)| {
        let (organization, owner, placed, customer_organization, client_organization) = targets;
        let (kind, company, person, email) = people;
        let (tax_id, city, is_active, is_primary, created_at) = rest;
        ContactSeed {
            organization,
            owner,
            placed,
            customer_organization,
            client_organization,
            kind,
            company,
            person,
            email,
            tax_id,
            city,
            is_active,
            is_primary,
            created_at,
        }
    })
}

type ProjectSeed = (Target, Option<usize>, Target, Option<i64>);
type PointSeed = (usize, usize, Option<&'static str>, Option<bool>);

fn project() -> impl Strategy<Value = ProjectSeed> {
    let customer = prop_oneof![1 => Just(None), 8 => (0..33_usize).prop_map(Some)];
    let day = prop_oneof![Just(None), (0..6_i64).prop_map(Some)];
    (target(1, 16, 1), customer, target(12, 1, 3), day)
}

fn point() -> impl Strategy<Value = PointSeed> {
    (0..13_usize, 0..32_usize, maybe(&["general", "quality"]), maybe(&[true, false]))
}

/// A small database as the application and an earlier load leave it: see [`World::tidied`].
pub(crate) fn tidy_worlds() -> impl Strategy<Value = World> {
    worlds().prop_map(World::tidied)
}

/// A small database before its rows point at each other.
#[derive(Debug)]
struct Seeds {
    tenants: usize,
    organizations: Vec<OrganizationSeed>,
    contacts: Vec<ContactSeed>,
    projects: Vec<ProjectSeed>,
    points: Vec<PointSeed>,
    users: Option<Vec<Target>>,
}

/// A small database of one to three tenants, with whatever a row can have wrong.
pub(crate) fn worlds() -> impl Strategy<Value = World> {
    let user = prop_oneof![6 => (0..3_usize).prop_map(Target::Tenant), 1 => target(1, 1, 1)];
    let users = prop_oneof![
        1 => Just(None),
        5 => proptest::collection::vec(user, 0..5).prop_map(Some),
    ];
    (
        1..=3_usize,
        proptest::collection::vec(organization(), 2..=12),
        proptest::collection::vec(contact(), 0..=30),
        proptest::collection::vec(project(), 0..=12),
        proptest::collection::vec(point(), 0..=5),
        users,
    )
        .prop_map(|(tenants, organizations, contacts, projects, points, users)| {
            Seeds { tenants, organizations, contacts, projects, points, users }.world()
        })
}

impl Seeds {
    fn resolve(&self, target: Target) -> Option<OrganizationId> {
        let count = self.tenants + self.organizations.len();
        match target {
            Target::Nothing => None,
            Target::Tenant(at) => Some(organization_id(at % self.tenants)),
            Target::Organization(at) => Some(organization_id(at % count)),
            Target::Dangling => Some(organization_id(90)),
        }
    }

    fn world(&self) -> World {
        let organizations = self.organizations();
        let contacts = self.contacts(&organizations);
        let users = self.users.iter().map(|users| {
            let users = users.iter().enumerate();
            users.map(|(at, of)| (uuid(5, at), self.resolve(*of))).collect()
        });
        World {
            contacts,
            projects: self.projects(),
            points: self.points(),
            users: users.into_iter().next(),
            organizations,
        }
    }

    fn organizations(&self) -> Vec<OrganizationRow> {
        let tenants = (0..self.tenants).map(|at| OrganizationRow {
            id: organization_id(at),
            name: format!("Tenant {at}"),
            slug: Some(tenant_slug(at)),
            owner: None,
            texts: Vec::new(),
        });
        let others = self.organizations.iter().enumerate().map(|(at, seed)| {
            let (name, slug, owner, tax_id) = seed;
            let at = at + self.tenants;
            let slug = match slug {
                SlugSeed::OfName => Some(bare_slug(name).to_string()),
                SlugSeed::OfNumber => Some(format!("o-{at}")),
                SlugSeed::Bad => Some(format!("Not A Slug {at}")),
                SlugSeed::Null => None,
            };
            OrganizationRow {
                id: organization_id(at),
                name: (*name).to_owned(),
                slug,
                owner: self.resolve(*owner),
                texts: texts([(TAX_ID, *tax_id)]),
            }
        });
        tenants.chain(others).collect()
    }

    fn contacts(&self, organizations: &[OrganizationRow]) -> Vec<ContactRow> {
        let contact = |(at, seed): (usize, &ContactSeed)| {
            let organization = self.resolve(seed.organization);
            let home = organizations.iter().find(|row| Some(row.id) == organization);
            let owner = match home {
                Some(home) if seed.placed && home.owner.is_some() => home.owner,
                _ => self.resolve(seed.owner),
            };
            ContactRow {
                id: contact_id(at),
                organization,
                owner,
                customer_organization: self.resolve(seed.customer_organization),
                client_organization: self.resolve(seed.client_organization),
                kind: seed.kind,
                company: seed.company.map(str::to_owned),
                person: seed.person,
                email: seed.email,
                texts: texts([(TAX_ID, seed.tax_id), (CITY, seed.city)]),
                is_active: seed.is_active,
                is_primary: seed.is_primary,
                created_at: seed.created_at,
            }
        };
        self.contacts.iter().enumerate().map(contact).collect()
    }

    fn projects(&self) -> Vec<Project> {
        let contacts = self.contacts.len();
        let project = |(at, seed): (usize, &ProjectSeed)| {
            let (organization, customer, link, day) = *seed;
            Project {
                id: ProjectId::new(uuid(3, at)),
                organization: self.resolve(organization),
                customer: customer.map(|customer| {
                    let dangling = customer > 30 || contacts == 0;
                    contact_id(if dangling { 90 } else { customer % contacts })
                }),
                customer_organization: self.resolve(link),
                created_at: day.map(|day| day * DAY),
            }
        };
        self.projects.iter().enumerate().map(project).collect()
    }

    fn points(&self) -> Vec<ContactPoint<'static>> {
        let point = |(at, seed): (usize, &PointSeed)| {
            let (project, contact, role, is_primary) = *seed;
            ContactPoint {
                id: ContactPointId::new(uuid(4, at)),
                project: Some(ProjectId::new(uuid(3, project))),
                contact: Some(contact_id(contact)),
                role,
                is_primary,
            }
        };
        self.points.iter().enumerate().map(point).collect()
    }
}

/// The switches of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Switches {
    pub(crate) mode: cli::Mode,
    pub(crate) individuals: cli::Individuals,
    pub(crate) preset: cli::Preset,
}

const MODES: [cli::Mode; 2] = [cli::Mode::Rehome, cli::Mode::Link];
const INDIVIDUALS: [cli::Individuals; 3] =
    [cli::Individuals::Report, cli::Individuals::Organization, cli::Individuals::Skip];
const PRESETS: [cli::Preset; 2] = [cli::Preset::Cautious, cli::Preset::Balanced];

pub(crate) fn switches() -> impl Strategy<Value = Switches> {
    (select(&MODES), select(&INDIVIDUALS), select(&PRESETS))
        .prop_map(|(mode, individuals, preset)| Switches { mode, individuals, preset })
}

impl Switches {
    /// The configuration; read once for each combination.
    pub(crate) fn config(self) -> &'static Config {
        static CONFIGS: [OnceLock<Config>; 12] = [const { OnceLock::new() }; 12];
        let at = self.mode as usize * 6 + self.individuals as usize * 2 + self.preset as usize;
        CONFIGS[at].get_or_init(|| {
            let overrides = Overrides {
                mode: Some(self.mode),
                individuals: Some(self.individuals),
                preset: Some(self.preset),
                ..Overrides::default()
            };
            config::load(None, &overrides).unwrap()
        })
    }

    pub(crate) fn rules(self) -> &'static Rules {
        &self.config().rules
    }
}

/// A row of a decisions file: kind, tenant, a, b, value.
pub(crate) type DecisionRow = (&'static str, usize, &'static str, &'static str, String);

/// Some decisions; most of them speak of nothing.
pub(crate) fn decision_rows(most: usize) -> impl Strategy<Value = Vec<DecisionRow>> {
    let of_pair = (select(&["same", "different"]), 0..3_usize, select(NAMES), select(NAMES))
        .prop_map(|(kind, tenant, a, b)| (kind, tenant, a, b, String::new()));
    let name = (0..3_usize, select(NAMES), select(NAMES))
        .prop_map(|(tenant, a, value)| ("name", tenant, a, "", value.to_owned()));
    let slug = (0..3_usize, select(NAMES), select(&["chosen", "acme", "tenant-0"]))
        .prop_map(|(tenant, a, value)| ("slug", tenant, a, "", value.to_owned()));
    let adopt = (0..3_usize, select(NAMES), 0..14_usize).prop_map(|(tenant, a, at)| {
        let value = match at {
            0 => "-".to_owned(),
            1 => tenant_slug(0),
            2 => tenant_slug(1),
            _ => format!("o-{at}"),
        };
        ("adopt", tenant, a, "", value)
    });
    let row = prop_oneof![5 => of_pair, 1 => name, 1 => slug, 1 => adopt];
    proptest::collection::vec(row, 0..=most)
}

/// Reads rows as a decisions file, without those that no file may hold.
pub(crate) fn decide(rows: &[DecisionRow]) -> Result<Decisions, decisions::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["decision", "tenant", "a", "b", "value"]).unwrap();
    for (kind, tenant, a, b, value) in rows {
        let pair = matches!(*kind, "same" | "different");
        let fold = orgfold::transform::normalize::fold;
        let fine =
            if pair { fold(a) != fold(b) && !fold(b).is_empty() } else { !value.trim().is_empty() };
        if fine && !fold(a).is_empty() {
            writer.write_record([kind, &*tenant_slug(*tenant), a, b, value]).unwrap();
        }
    }
    Decisions::read(&[(PathBuf::from("decisions.csv"), writer.into_inner().unwrap())])
}

/// The rows as a plan leaves them: on these planning again must find nothing to do.
pub(crate) fn after<'a>(
    records: &Records<'a>,
    desired: &'a Desired,
    tenantless: bool,
) -> Records<'a> {
    let mut rows = records.clone();
    for wanted in &desired.organizations {
        let owner = (!tenantless).then(|| wanted.tenant.organization());
        if wanted.action == Action::Insert {
            rows.organizations.push(Organization {
                id: wanted.id,
                name: &wanted.name,
                slug: wanted.slug.as_deref(),
                owner,
                texts: Texts::carried(&wanted.attributes),
            });
        } else if let Some(at) = records.organization(wanted.id) {
            rows.organizations[at].owner = owner.or(rows.organizations[at].owner);
        }
    }
    rows.organizations.sort_by_key(|row| row.id);
    for (row, wanted) in std::iter::zip(&mut rows.contacts, &desired.contacts) {
        row.organization = wanted.organization;
        row.owner = wanted.owner;
        row.customer_organization = wanted.customer_organization;
        row.is_primary = wanted.is_primary;
    }
    for (row, wanted) in std::iter::zip(&mut rows.projects, &desired.projects) {
        row.customer_organization = wanted.customer_organization;
    }
    for wanted in &desired.points {
        rows.points.push(ContactPoint {
            id: wanted.id,
            project: Some(records.projects[wanted.project].id),
            contact: Some(records.contacts[wanted.contact].id),
            role: Some(&wanted.role),
            is_primary: Some(wanted.is_primary),
        });
    }
    rows.points.sort_by_key(|row| row.id);
    rows
}

/// A run of the pipeline, between reading and writing.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) tenancy: Tenancy,
    pub(crate) resolution: Resolution,
    pub(crate) desired: Desired,
    pub(crate) draft: Draft,
}

/// Runs the pipeline on rows.
pub(crate) fn run(
    records: &Records<'_>,
    rules: &Rules,
    decisions: &Decisions,
) -> Result<Run, decisions::Error> {
    let mut findings = Vec::new();
    let tenancy = Tenancy::new(records, &mut findings);
    let mut resolution = resolve(records, &tenancy, rules, decisions)?;
    resolution.findings.append(&mut findings);
    let desired = link(records, &tenancy, &resolution, rules);
    let draft = draft(Parts {
        snapshot: &snapshot(records),
        records: records.clone(),
        tenancy: &tenancy,
        resolution: resolution.clone(),
        desired: desired.clone(),
        rules,
    });
    Ok(Run { tenancy, resolution, desired, draft })
}

impl Run {
    /// The rows as the plan leaves them.
    pub(crate) fn after<'a>(&'a self, records: &Records<'a>) -> Records<'a> {
        after(records, &self.desired, self.tenancy.is_tenantless())
    }

    /// Whether loading would change nothing.
    pub(crate) fn is_empty(&self) -> bool {
        let kept = |row: &DesiredOrganization| row.action == Action::Keep;
        self.draft.changes.is_empty() && self.draft.organizations.iter().all(kept)
    }

    /// Offending rows by check, before and after.
    pub(crate) fn checks(&self) -> BTreeMap<&'static str, (usize, usize)> {
        let checks = self.draft.checks.iter();
        checks.map(|forecast| (forecast.check.code, (forecast.before, forecast.after))).collect()
    }

    /// The companies of a tenant that exist already, by key: positions of their organizations.
    pub(crate) fn existing(&self, tenant: OrganizationId) -> BTreeSet<(&str, usize)> {
        let companies = self.resolution.companies.iter();
        companies
            .filter(|company| company.tenant.organization() == tenant)
            .filter_map(|company| Some((company.key.as_str(), company.existing?)))
            .collect()
    }

    /// The companies of a tenant: key, and ids of their contacts.
    pub(crate) fn companies(
        &self,
        records: &Records<'_>,
        tenant: OrganizationId,
    ) -> BTreeSet<(String, Vec<ContactId>)> {
        let companies = self.resolution.companies.iter();
        companies
            .filter(|company| company.tenant.organization() == tenant)
            .map(|company| {
                let contacts = company.contacts.iter().map(|&at| records.contacts[at].id);
                (company.key.clone(), contacts.collect())
            })
            .collect()
    }
}
