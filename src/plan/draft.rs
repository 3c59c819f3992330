//! The draft of a plan: what is there against what is wanted, as typed columns.
//!
//! Pure. In: the snapshot, its resolution, what is wanted. Out: a [`Draft`], everything of a plan
//! but its identity. Columns that are only read are taken from the frames of the snapshot, whose
//! texts they share.

use std::collections::BTreeMap;

use polars::prelude::{
    BooleanChunked, Column, DataFrame, IdxCa, IdxSize, IntoColumn as _, NewChunkedArray as _,
    StringChunked, UInt32Chunked, UInt128Chunked,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::check::{Forecast, forecast};
use super::diff::{Changed, Frames, Rows, counted};
use super::sheet::{Meaning, Sheet, SheetColumn};
use crate::extract::Snapshot;
use crate::finding::{Finding, Severity};
use crate::ids::{OrganizationId, TenantId};
use crate::schema::{Field, Kind, Schema, Table};
use crate::transform::desired::{Action, ContactState, DesiredOrganization, ProjectFate};
use crate::transform::matching::Start;
use crate::transform::matching::{Compared, Ground};
use crate::transform::resolution::{Asking, Company, Decided, Fate, Review};
use crate::transform::survivorship::person_name;
use crate::transform::{Desired, Records, Resolution, Rules, Tenancy};

/// Why a row changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The organization is new.
    OrganizationInserted,
    /// The organization existed, and becomes the customer of a tenant.
    OrganizationAdopted,
    /// The contact belongs to this customer organization.
    ContactMapped,
    /// The contact is the organization's first.
    PrimaryChosen,
    /// Another contact is the organization's first.
    PrimaryWithdrawn,
    /// The project's customer contact belongs to this organization.
    ProjectLinked,
    /// The project's customer contact becomes a contact point.
    ContactPointAdded,
}

impl Cause {
    /// Every cause, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::OrganizationInserted,
        Self::OrganizationAdopted,
        Self::ContactMapped,
        Self::PrimaryChosen,
        Self::PrimaryWithdrawn,
        Self::ProjectLinked,
        Self::ContactPointAdded,
    ];

    /// Name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrganizationInserted => "organization_inserted",
            Self::OrganizationAdopted => "organization_adopted",
            Self::ContactMapped => "contact_mapped",
            Self::PrimaryChosen => "primary_chosen",
            Self::PrimaryWithdrawn => "primary_withdrawn",
            Self::ProjectLinked => "project_linked",
            Self::ContactPointAdded => "contact_point_added",
        }
    }
}

/// Counts that reconcile: every row of a table stands under exactly one of `mapped`, `review`,
/// `kept` and `findings`.
pub type Totals = BTreeMap<&'static str, BTreeMap<&'static str, usize>>;

/// A plan without its identity.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What columns there are.
    pub declared: &'static Schema,
    /// Rows of the load-bearing sheets.
    pub frames: Frames,
    /// Customer organizations, sorted by id.
    pub organizations: Vec<DesiredOrganization>,
    /// Companies, sorted by tenant and key.
    pub companies: Vec<Company>,
    /// The organization of each company.
    pub company_ids: Vec<OrganizationId>,
    /// Names of the companies that are one person, by position.
    pub persons: BTreeMap<usize, String>,
    /// How people and decisions speak of a tenant: its slug, else its id; `-` where there are no
    /// tenants.
    pub tenants: BTreeMap<TenantId, String>,
    /// Open questions, those that change most first.
    pub reviews: Vec<Review>,
    /// Findings, sorted.
    pub findings: Vec<Finding>,
    /// The forecast.
    pub checks: Vec<Forecast>,
    /// What the pairs of names of each tenant started from.
    pub starts: Vec<Start>,
    /// What changes, counted.
    pub changes: Vec<Changed>,
    /// Counts.
    pub totals: Totals,
}

/// A spelling of a company's name.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Whose customer it is.
    pub tenant: TenantId,
    /// As somebody typed it; a person's name.
    pub name: &'a str,
    /// Folded; the contact's id for a person.
    pub normalized: &'a str,
    /// The customer organization.
    pub organization: OrganizationId,
    /// How it came there.
    pub ground: Ground,
    /// The comparison that decided.
    pub compared: Option<&'a Compared>,
    /// The spellings that were compared.
    pub pair: Option<&'a [String; 2]>,
    /// Contacts with this very spelling.
    pub contacts: u32,
}

impl Draft {
    /// How people and decisions speak of a tenant.
    pub fn tenant(&self, tenant: TenantId) -> &str {
        self.tenants.get(&tenant).map_or("-", String::as_str)
    }

    /// A customer organization.
    pub fn organization(&self, id: OrganizationId) -> Option<&DesiredOrganization> {
        let at = self.organizations.binary_search_by_key(&id, |row| row.id).ok()?;
        Some(&self.organizations[at])
    }

    /// Every spelling, company by company.
    pub fn spellings(&self) -> impl Iterator<Item = Member<'_>> {
        let companies = std::iter::zip(&self.companies, &self.company_ids).enumerate();
        companies.flat_map(|(at, (company, &organization))| {
            let person = self.persons.get(&at).map(|name| Member {
                tenant: company.tenant,
                name,
                normalized: &company.key,
                organization,
                ground: Ground::Alone,
                compared: None,
                pair: None,
                contacts: 1,
            });
            let spelled = company.spellings.iter().flat_map(move |spelling| {
                spelling.raws.iter().map(move |(name, contacts)| Member {
                    tenant: company.tenant,
                    name,
                    normalized: &spelling.normalized,
                    organization,
                    ground: spelling.join.ground,
                    compared: spelling.join.compared.as_ref(),
                    pair: spelling.compared.as_ref(),
                    contacts: *contacts,
                })
            });
            spelled.chain(person)
        })
    }
}

/// What a draft is made of.
pub struct Parts<'a> {
    /// The frames as read.
    pub snapshot: &'a Snapshot,
    /// Their rows.
    pub records: Records<'a>,
    /// Whose they are.
    pub tenancy: &'a Tenancy,
    /// Which names are one company.
    pub resolution: Resolution,
    /// The rows as wanted.
    pub desired: Desired,
    /// What the configuration says.
    pub rules: &'a Rules,
}

/// Compares what is there with what is wanted.
pub fn draft(mut parts: Parts<'_>) -> Draft {
    let declared = parts.records.declared;
    let is_tenantless = parts.tenancy.is_tenantless();
    let checks = forecast(&parts.records, &parts.desired, is_tenantless, parts.rules.mode);
    let mut findings = std::mem::take(&mut parts.resolution.findings);
    findings.append(&mut parts.desired.findings);
    findings.sort();
    findings.dedup();
    let mut totals = parts.totals(&findings);
    let persons = parts.persons();
    // What a frame was made of is not needed any more, and there are millions of rows.
    parts.resolution.fates = Vec::new();
    let mut frames = Frames::new();
    frames.insert(Sheet::ContactPoints, parts.points());
    parts.desired.points = Vec::new();
    frames.insert(Sheet::Projects, parts.projects());
    parts.desired.projects = Vec::new();
    parts.records.projects = Vec::new();
    frames.insert(Sheet::Contacts, parts.contacts());
    parts.desired.contacts = Vec::new();
    parts.records.contacts = Vec::new();
    frames.insert(Sheet::Organizations, parts.organizations());
    let changes = counted(&frames, declared);
    let mut add = |table, name, count| {
        totals.entry(table).or_default().insert(name, count);
    };
    for (table, name, sheet) in [
        ("contacts", "changed", Sheet::Contacts),
        ("projects", "changed", Sheet::Projects),
        ("contact_points", "insert", Sheet::ContactPoints),
    ] {
        add(table, name, frames[&sheet].frame.height());
    }
    add("plan", "cells", changes.iter().map(|changed| changed.lines).sum());
    Draft {
        declared,
        frames,
        persons,
        tenants: parts.tenants(),
        organizations: parts.desired.organizations,
        companies: parts.resolution.companies,
        company_ids: parts.desired.company_ids,
        reviews: parts.resolution.reviews,
        findings,
        checks,
        starts: parts.resolution.starts,
        changes,
        totals,
    }
}

/// A position as Polars counts.
fn index(row: usize) -> IdxSize {
    IdxSize::try_from(row).expect("a snapshot has fewer rows than 2^32")
}

fn indices(rows: impl Iterator<Item = usize>) -> IdxCa {
    IdxCa::from_vec("rows".into(), rows.map(index).collect())
}

/// A column of ids.
fn ids(column: &SheetColumn, ids: impl Iterator<Item = Option<Uuid>>) -> Column {
    let ids = ids.map(|id| id.map(|id| id.as_u128()));
    UInt128Chunked::from_iter_options(name(column), ids).into_column()
}

/// A column of texts.
fn texts<'t>(column: &SheetColumn, texts: impl Iterator<Item = Option<&'t str>>) -> Column {
    StringChunked::from_iter_options(name(column), texts).into_column()
}

/// A column of flags.
fn flags(column: &SheetColumn, flags: impl Iterator<Item = Option<bool>>) -> Column {
    BooleanChunked::from_iter_options(name(column), flags).into_column()
}

fn name(column: &SheetColumn) -> polars::prelude::PlSmallStr {
    column.name.as_str().into()
}

/// A frame of a sheet.
fn frame(height: usize, columns: Vec<Column>) -> DataFrame {
    DataFrame::new(height, columns).expect("every column of a sheet has one value for each row")
}

fn uuid_of(id: Option<OrganizationId>) -> Option<Uuid> {
    id.map(OrganizationId::uuid)
}

impl Parts<'_> {
    fn columns(&self, sheet: Sheet) -> Vec<SheetColumn> {
        sheet.columns(self.records.declared)
    }

    /// A column as it was read, at some rows.
    fn read(&self, table: Table, field: Field, rows: &IdxCa, column: &SheetColumn) -> Column {
        let Some(frame) = self.snapshot.frame(table) else {
            return Column::full_null(name(column), rows.len(), &column.kind.dtype());
        };
        let read = frame.column(field.name()).expect("a snapshot has every declared column");
        let mut taken = read.take(rows).expect("rows of this frame");
        taken.rename(name(column));
        taken
    }

    /// What people know the rows of a table by, at some rows.
    fn labels(&self, table: Table, rows: &IdxCa) -> Column {
        let mut declared = self.records.declared.columns(table).iter();
        let label = declared.find(|column| column.is_label && column.kind == Kind::Text);
        let (Some(label), Some(frame)) = (label, self.snapshot.frame(table)) else {
            return Column::full_null("label".into(), rows.len(), &Kind::Text.dtype());
        };
        let read = frame.column(label.field.name()).expect("a snapshot has every declared column");
        read.take(rows).expect("rows of this frame")
    }

    fn organizations(&self) -> Rows {
        let rows = &self.desired.organizations;
        let is_new = |row: &DesiredOrganization| row.action == Action::Insert;
        let before = |row: &DesiredOrganization| {
            let at = self.records.organization(row.id)?;
            self.records.organizations[at].owner
        };
        let owner = |row: &DesiredOrganization| {
            (!self.tenancy.is_tenantless()).then(|| row.tenant.organization().uuid())
        };
        let column = |column: &SheetColumn| match column.meaning {
            Meaning::Key => ids(column, rows.iter().map(|row| Some(row.id.uuid()))),
            Meaning::Inserted(Field::SLUG) => {
                texts(column, rows.iter().map(|row| row.slug.as_deref()))
            }
            Meaning::Inserted(Field::NAME) => {
                texts(column, rows.iter().map(|row| Some(&*row.name)))
            }
            Meaning::Inserted(Field::DESCRIPTION) => {
                let constant = |row| is_new(row).then_some(&*self.rules.description);
                texts(column, rows.iter().map(constant))
            }
            Meaning::Inserted(Field::INDUSTRY) => {
                let constant = |row| is_new(row).then_some(&*self.rules.industry);
                texts(column, rows.iter().map(constant))
            }
            Meaning::Inserted(field) => {
                let carried = rows.iter().map(|row| row.attribute(field));
                texts(column, carried.map(|carried| carried.map(|it| &*it.value)))
            }
            Meaning::Action => texts(column, rows.iter().map(|row| Some(row.action.name()))),
            Meaning::After(_) => ids(column, rows.iter().map(owner)),
            Meaning::Before(_) => ids(column, rows.iter().map(|row| uuid_of(before(row)))),
            Meaning::Members => {
                let members = rows.iter().map(|row| index(row.members));
                UInt32Chunked::from_iter_values(name(column), members).into_column()
            }
            Meaning::IsTenant => {
                flags(column, rows.iter().map(|row| Some(self.tenancy.is_tenant(row.id))))
            }
            Meaning::Sources => {
                let sources = rows.iter().map(|row| is_new(row).then(|| sources(row)));
                StringChunked::from_iter_options(name(column), sources).into_column()
            }
            Meaning::Tenant | Meaning::Read(_) | Meaning::Cause => {
                unreachable!("`organizations.csv` has no such column")
            }
        };
        let columns = self.columns(Sheet::Organizations).iter().map(column).collect();
        let labels = rows.iter().map(|row| Some(&*row.name));
        Rows {
            frame: frame(rows.len(), columns),
            labels: StringChunked::from_iter_options("label".into(), labels).into_column(),
        }
    }

    fn contacts(&self) -> Rows {
        let states = &self.desired.contacts;
        let before = self.records.contacts.iter().map(ContactState::of);
        let changed = std::iter::zip(before, states).enumerate();
        let changed: Vec<usize> =
            changed.filter(|(_, (before, after))| before != *after).map(|(at, _)| at).collect();
        let rows = indices(changed.iter().copied());
        let of = |id: fn(&ContactState) -> Option<OrganizationId>| {
            changed.iter().map(move |&at| uuid_of(id(&states[at])))
        };
        let column = |column: &SheetColumn| match column.meaning {
            Meaning::Key => self.read(Table::Contacts, Field::ID, &rows, column),
            Meaning::Tenant => {
                let tenants = &self.resolution.tenants;
                ids(column, changed.iter().map(|&at| tenants[at].map(TenantId::uuid)))
            }
            Meaning::Before(field) | Meaning::Read(field) => {
                self.read(Table::Contacts, field, &rows, column)
            }
            Meaning::After(Field::ORGANIZATION) => ids(column, of(|state| state.organization)),
            Meaning::After(Field::OWNER) => ids(column, of(|state| state.owner)),
            Meaning::After(Field::CUSTOMER_ORGANIZATION) => {
                ids(column, of(|state| state.customer_organization))
            }
            Meaning::After(Field::IS_PRIMARY_CONTACT) => {
                flags(column, changed.iter().map(|&at| states[at].is_primary))
            }
            _ => unreachable!("`contacts.csv` has no such column"),
        };
        let columns = self.columns(Sheet::Contacts).iter().map(column).collect();
        Rows { frame: frame(changed.len(), columns), labels: self.labels(Table::Contacts, &rows) }
    }

    fn projects(&self) -> Rows {
        let wanted = &self.desired.projects;
        let changed = std::iter::zip(&self.records.projects, wanted).enumerate();
        let changed: Vec<usize> = changed
            .filter(|(_, (row, wanted))| row.customer_organization != wanted.customer_organization)
            .map(|(at, _)| at)
            .collect();
        let rows = indices(changed.iter().copied());
        let column = |column: &SheetColumn| match column.meaning {
            Meaning::Key => self.read(Table::Projects, Field::ID, &rows, column),
            Meaning::Tenant if self.tenancy.is_tenantless() => {
                ids(column, changed.iter().map(|_| Some(Uuid::nil())))
            }
            Meaning::Tenant => self.read(Table::Projects, Field::ORGANIZATION, &rows, column),
            Meaning::Before(field) | Meaning::Read(field) => {
                self.read(Table::Projects, field, &rows, column)
            }
            Meaning::After(_) => {
                ids(column, changed.iter().map(|&at| uuid_of(wanted[at].customer_organization)))
            }
            Meaning::Cause => {
                texts(column, changed.iter().map(|_| Some(Cause::ProjectLinked.name())))
            }
            _ => unreachable!("`projects.csv` has no such column"),
        };
        let columns = self.columns(Sheet::Projects).iter().map(column).collect();
        Rows { frame: frame(changed.len(), columns), labels: self.labels(Table::Projects, &rows) }
    }

    fn points(&self) -> Rows {
        let rows = &self.desired.points;
        let (projects, contacts) = (&self.records.projects, &self.records.contacts);
        let column = |column: &SheetColumn| match column.meaning {
            Meaning::Key => ids(column, rows.iter().map(|row| Some(row.id.uuid()))),
            Meaning::Inserted(Field::PROJECT) => {
                ids(column, rows.iter().map(|row| Some(projects[row.project].id.uuid())))
            }
            Meaning::Inserted(Field::CONTACT) => {
                ids(column, rows.iter().map(|row| Some(contacts[row.contact].id.uuid())))
            }
            Meaning::Inserted(Field::ROLE) => {
                texts(column, rows.iter().map(|row| Some(&*row.role)))
            }
            Meaning::Inserted(Field::IS_PRIMARY) => {
                flags(column, rows.iter().map(|row| Some(row.is_primary)))
            }
            _ => unreachable!("`contact_points.csv` has no such column"),
        };
        let columns = self.columns(Sheet::ContactPoints).iter().map(column).collect();
        // People know a contact point by its project.
        let of = indices(rows.iter().map(|row| row.project));
        Rows { frame: frame(rows.len(), columns), labels: self.labels(Table::Projects, &of) }
    }

    /// The names of the companies that are one person.
    fn persons(&self) -> BTreeMap<usize, String> {
        let companies = self.resolution.companies.iter().enumerate();
        let persons = companies.filter(|(_, company)| company.is_person);
        persons
            .map(|(at, company)| (at, person_name(&self.records.contacts[company.contacts[0]])))
            .collect()
    }

    /// How people speak of each tenant.
    fn tenants(&self) -> BTreeMap<TenantId, String> {
        let nobody = self.tenancy.is_tenantless().then(|| TenantId::new(Uuid::nil()));
        let tenants = self.tenancy.tenants().chain(nobody);
        tenants.map(|tenant| (tenant, self.records.called(tenant).into_owned())).collect()
    }

    fn totals(&self, findings: &[Finding]) -> Totals {
        let mut totals = Totals::new();
        let mut add = |table: &'static str, name: &'static str, count: usize| {
            *totals.entry(table).or_default().entry(name).or_default() += count;
        };
        for table in ["contacts", "projects"] {
            for name in ["rows", "mapped", "review", "kept", "findings"] {
                add(table, name, 0);
            }
        }
        for fate in &self.resolution.fates {
            let name = match fate {
                Some(Fate::Company(at)) if self.resolution.companies[*at].in_review => "review",
                Some(Fate::Company(_)) => "mapped",
                Some(Fate::Blocked(_)) => "findings",
                Some(Fate::NotACustomer | Fate::Skipped | Fate::OwnTenant) | None => "kept",
            };
            add("contacts", name, 1);
            add("contacts", "rows", 1);
        }
        for project in &self.desired.projects {
            let name = match project.fate {
                ProjectFate::Company(at) if self.resolution.companies[at].in_review => "review",
                ProjectFate::Company(_) => "mapped",
                ProjectFate::Blocked(_) => "findings",
                ProjectFate::NoCustomer | ProjectFate::WalkIn | ProjectFate::Linked => "kept",
            };
            add("projects", name, 1);
            add("projects", "rows", 1);
        }
        let customers = self.records.contacts.iter().filter(|contact| contact.is_customer());
        add("contacts", "customers", customers.clone().count());
        let timeless = customers.filter(|contact| contact.created_at.is_none());
        add("contacts", "without_created_at", timeless.count());
        add("organizations", "rows", self.records.organizations.len());
        for action in Action::ALL {
            let rows = self.desired.organizations.iter();
            add("organizations", action.name(), rows.filter(|row| row.action == action).count());
        }
        add("contact_points", "rows", self.records.points.len());
        let spellings = self.resolution.companies.iter().map(|company| {
            let raws = company.spellings.iter().map(|spelling| spelling.raws.len());
            usize::from(company.is_person) + raws.sum::<usize>()
        });
        add("plan", "spellings", spellings.sum());
        add("plan", "questions", self.resolution.reviews.len());
        let Asking { open, shown, likely, answered } = self.resolution.asking;
        add("questions", "open", open);
        add("questions", "shown", shown);
        add("questions", "answered", answered);
        add("questions", "likely_same_not_shown", likely);
        let Decided { all, used, settled } = self.resolution.decided;
        add("decisions", "rows", all);
        add("decisions", "used", used);
        add("decisions", "settled", settled);
        let outlook = self.resolution.outlook;
        add("other_level", "joins", outlook.joins);
        add("other_level", "parts", outlook.parts);
        for severity in [Severity::Error, Severity::Warning, Severity::Info] {
            let found = findings.iter().filter(|finding| finding.code.severity() == severity);
            add("findings", severity.name(), found.count());
        }
        totals
    }
}

/// `address=<contact>; city=<contact>`: where each attribute came from.
fn sources(organization: &DesiredOrganization) -> String {
    let parts: Vec<String> = organization
        .attributes
        .iter()
        .map(|(field, carried)| format!("{field}={}", carried.source))
        .collect();
    parts.join("; ")
}
