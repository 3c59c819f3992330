//! What the tables should say: organizations, contacts, projects and contact points as they are
//! wanted, each with what became of it.
//!
//! In: records and their resolution. Out: [`Desired`]. Mints ids and slugs; compares nothing with
//! what is there: that is the plan's part.

mod contacts;
mod organizations;
mod points;
mod projects;

use compact_str::CompactString;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Rules;
use super::record::{Carried, Contact, Project, Records};
use super::resolution::{Company, Fate, Resolution};
use super::tenancy::Tenancy;
use crate::finding::{Code, Finding};
use crate::ids::{ContactPointId, OrganizationId, TenantId};
use crate::schema::Field;

/// What happens to an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is new.
    Insert,
    /// It exists, and becomes the customer of a tenant.
    Adopt,
    /// It exists, and is the customer of its tenant already.
    Keep,
}

impl Action {
    /// Every action, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Insert, Self::Adopt, Self::Keep];

    /// Name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Adopt => "adopt",
            Self::Keep => "keep",
        }
    }
}

/// A customer organization.
#[derive(Clone, Debug)]
pub struct DesiredOrganization {
    /// Key.
    pub id: OrganizationId,
    /// Whose customer it is.
    pub tenant: TenantId,
    /// Slug; only an organization that exists may have none.
    pub slug: Option<String>,
    /// Name.
    pub name: String,
    /// What happens to it.
    pub action: Action,
    /// Number of contacts.
    pub members: usize,
    /// Attributes with their sources, in the order of the columns; only for new ones.
    pub attributes: Vec<(Field, Carried)>,
}

impl DesiredOrganization {
    /// What it takes from its contacts for a column.
    pub fn attribute(&self, field: Field) -> Option<&Carried> {
        self.attributes.iter().find(|(of, _)| *of == field).map(|(_, carried)| carried)
    }
}

/// The columns of a contact that a plan may write, as they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactState {
    /// `organization_id`.
    pub organization: Option<OrganizationId>,
    /// `owner_organization_id`.
    pub owner: Option<OrganizationId>,
    /// `customer_organization_id`.
    pub customer_organization: Option<OrganizationId>,
    /// `is_primary_contact`.
    pub is_primary: Option<bool>,
}

impl ContactState {
    /// As it stands in the database.
    pub fn of(contact: &Contact<'_>) -> Self {
        Self {
            organization: contact.organization,
            owner: contact.owner,
            customer_organization: contact.customer_organization,
            is_primary: contact.is_primary,
        }
    }
}

/// What became of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectFate {
    /// It has no customer.
    NoCustomer,
    /// Its customer has no company.
    WalkIn,
    /// It is linked already.
    Linked,
    /// A finding keeps it from being linked.
    Blocked(Code),
    /// It is linked to this company, by index.
    Company(usize),
}

/// A project as it should be.
#[derive(Clone, Copy, Debug)]
pub struct DesiredProject {
    /// What became of it.
    pub fate: ProjectFate,
    /// `customer_organization_id`.
    pub customer_organization: Option<OrganizationId>,
}

/// A contact point to be added.
#[derive(Clone, Debug)]
pub struct DesiredPoint {
    /// Key.
    pub id: ContactPointId,
    /// Position of the project.
    pub project: usize,
    /// Position of the contact.
    pub contact: usize,
    /// What the contact is for.
    pub role: CompactString,
    /// Whether it is the project's first.
    pub is_primary: bool,
}

/// Everything as it should be.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// Customer organizations, sorted by id.
    pub organizations: Vec<DesiredOrganization>,
    /// The organization of each company of the resolution.
    pub company_ids: Vec<OrganizationId>,
    /// One for each contact, in order.
    pub contacts: Vec<ContactState>,
    /// One for each project, in order.
    pub projects: Vec<DesiredProject>,
    /// Contact points to be added, sorted by id.
    pub points: Vec<DesiredPoint>,
    /// What is wrong or doubtful, beside the resolution's own findings.
    pub findings: Vec<Finding>,
}

/// Maps contacts, projects and contact points onto the companies.
pub fn link(
    records: &Records<'_>,
    tenancy: &Tenancy,
    resolution: &Resolution,
    rules: &Rules,
) -> Desired {
    let customer = |project: &Project| records.contact(project.customer?);
    let customers = records.projects.par_iter().map(customer).collect();
    let mut linker =
        Linker { records, tenancy, resolution, rules, customers, out: Desired::default() };
    linker.report_organizations();
    linker.organizations();
    linker.contacts();
    linker.projects();
    linker.points();
    linker.out.organizations.par_sort_by_key(|organization| organization.id);
    linker.out.points.par_sort_by_key(|point| point.id);
    linker.out
}

struct Linker<'r, 'a> {
    records: &'r Records<'a>,
    tenancy: &'r Tenancy,
    resolution: &'r Resolution,
    rules: &'r Rules,
    /// Position of each project's customer contact.
    customers: Vec<Option<usize>>,
    out: Desired,
}

impl<'r, 'a> Linker<'r, 'a> {
    fn find(&mut self, finding: Finding) {
        self.out.findings.push(finding);
    }

    fn contacts_of(&self, company: &Company) -> Vec<&'r Contact<'a>> {
        company.contacts.iter().map(|&index| &self.records.contacts[index]).collect()
    }

    /// The organization that a contact lies in before the run, other than its tenant.
    fn home_before(&self, contact: usize) -> Option<OrganizationId> {
        let tenant = self.resolution.tenants[contact]?;
        let row = &self.records.contacts[contact];
        let home = Tenancy::home(row, tenant, self.rules.mode, self.records)?;
        Some(self.records.organizations[home].id)
    }

    /// The organization that a contact lies in after the run.
    fn home_after(&self, contact: usize) -> Option<OrganizationId> {
        match self.resolution.fates[contact] {
            Some(Fate::Company(company)) => Some(self.out.company_ids[company]),
            _ => None,
        }
    }

    fn tenant_of(&self, project: &Project) -> Option<TenantId> {
        if self.tenancy.is_tenantless() {
            return Some(TenantId::new(uuid::Uuid::nil()));
        }
        project.organization.filter(|id| self.records.organization(*id).is_some()).map(TenantId::of)
    }
}
