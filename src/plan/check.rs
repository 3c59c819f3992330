//! The validation pack: what must hold in the tables, as counts of offending rows.
//!
//! The same questions are asked of the rows before, and of the rows as they will be; the second
//! answer is the forecast that a load compares with what it finds before it commits. Every check
//! speaks only of columns, so that it can be asked of a database as well.
//!
//! # Source
//! The four validation queries of the migration document, corrected, and the questions that would
//! have caught what they let pass.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::ids::{ContactId, OrganizationId, ProjectId};
use crate::transform::Mode;
use crate::transform::record::{Contact, Project, Records};

/// A check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Check {
    /// Name in files.
    pub code: &'static str,
    /// What an offending row is.
    pub title: &'static str,
}

/// A check with the number of offending rows before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The check.
    pub check: Check,
    /// Offending rows in the source.
    pub before: usize,
    /// Offending rows when the plan is loaded.
    pub after: usize,
}

type Count = fn(&Rows<'_>) -> usize;

const CHECKS: &[(&str, &str, Count)] = &[
    ("orphaned_projects", "projects whose customer_id names no contact", |rows| {
        rows.orphaned_projects()
    }),
    (
        "projects_without_organization",
        "projects with a customer contact but without a customer organization",
        |rows| rows.projects_without_organization(),
    ),
    (
        "contacts_without_organization",
        "customer contacts that belong to no customer organization",
        |rows| rows.contacts_without_organization(),
    ),
    (
        "projects_without_contact_point",
        "projects whose customer contact, of their own tenant, is not among their contact points",
        |rows| rows.projects_without_contact_point(),
    ),
    (
        "customer_is_own_tenant",
        "projects whose customer organization is their own tenant",
        |rows| rows.customer_is_own_tenant(),
    ),
    ("dangling_links", "projects whose customer_organization_id names no organization", |rows| {
        rows.dangling_links()
    }),
    (
        "links_across_tenants",
        "projects whose customer organization belongs to another tenant",
        |rows| rows.links_across_tenants(),
    ),
    (
        "links_differ_from_contact",
        "projects whose customer organization is not that of their customer contact",
        |rows| rows.links_differ_from_contact(),
    ),
    ("contacts_across_tenants", "contacts in a customer organization of another tenant", |rows| {
        rows.contacts_across_tenants()
    }),
    (
        "contact_points_across_tenants",
        "contact points whose contact belongs to another tenant than the project",
        |rows| rows.contact_points_across_tenants(),
    ),
    ("dangling_contact_points", "contact points without their project or contact", |rows| {
        rows.dangling_contact_points()
    }),
    (
        "duplicate_contact_points",
        "contact points that repeat a project, contact and role",
        |rows| rows.duplicate_contact_points(),
    ),
    (
        "projects_without_one_primary",
        "projects with contact points of which not exactly one is primary",
        |rows| rows.projects_without_one_primary(),
    ),
    (
        "organizations_without_one_primary",
        "customer organizations with contacts of which not exactly one is primary",
        |rows| rows.organizations_without_one_primary(),
    ),
    ("organizations_without_contacts", "customer organizations without a contact", |rows| {
        rows.organizations_without_contacts()
    }),
    ("organizations_without_slug", "organizations without a name or a slug", |rows| {
        rows.organizations_without_slug()
    }),
    ("duplicate_slugs", "organizations that repeat a slug", |rows| rows.duplicate_slugs()),
];

/// Every check, in the order of the documentation.
pub fn checks() -> impl Iterator<Item = Check> {
    CHECKS.iter().map(|&(code, title, _)| Check { code, title })
}

/// Asks every check of the rows before and after.
pub fn forecast(before: &Records<'_>, after: &Records<'_>, mode: Mode) -> Vec<Forecast> {
    let (before, after) = (Rows::new(before, mode), Rows::new(after, mode));
    CHECKS
        .iter()
        .map(|&(code, title, count)| Forecast {
            check: Check { code, title },
            before: count(&before),
            after: count(&after),
        })
        .collect()
}

/// Rows with what several checks look up.
struct Rows<'a> {
    records: &'a Records<'a>,
    mode: Mode,
    /// Customer contacts of each customer organization.
    members: BTreeMap<OrganizationId, Vec<&'a Contact<'a>>>,
    /// Contact points of each project: contact, and whether it is primary.
    points: BTreeMap<ProjectId, Vec<(Option<ContactId>, bool)>>,
    /// Organizations that exist and have users or projects. Where there is none, every organization
    /// that a contact names is a customer.
    tenants: BTreeSet<OrganizationId>,
}

impl<'a> Rows<'a> {
    fn new(records: &'a Records<'a>, mode: Mode) -> Self {
        let users = records.users.iter().flatten().filter_map(|(_, organization)| *organization);
        let owners = records.projects.iter().filter_map(|project| project.organization);
        let exists = |id: &OrganizationId| records.organization(*id).is_some();
        let tenants = users.chain(owners).filter(exists).collect();
        let mut rows =
            Self { records, mode, members: BTreeMap::new(), points: BTreeMap::new(), tenants };
        for contact in records.contacts.iter().filter(|contact| contact.is_customer()) {
            if let Some(organization) = rows.organization_of(contact) {
                rows.members.entry(organization).or_default().push(contact);
            }
        }
        for point in &records.points {
            if let Some(project) = point.project {
                let primary = point.is_primary == Some(true);
                rows.points.entry(project).or_default().push((point.contact, primary));
            }
        }
        rows
    }

    /// The customer organization that a contact belongs to: the one that it names, if that is one.
    fn organization_of(&self, contact: &Contact<'_>) -> Option<OrganizationId> {
        let named = match self.mode {
            Mode::Rehome => contact.organization,
            Mode::Link => contact.customer_organization,
        };
        named.filter(|id| self.is_customer(*id))
    }

    /// Whether an organization is the customer of another.
    fn is_customer(&self, organization: OrganizationId) -> bool {
        self.records.organization(organization).is_some()
            && (self.tenants.is_empty() || self.is_owned(organization))
    }

    fn is_owned(&self, organization: OrganizationId) -> bool {
        self.owner_of(organization).is_some_and(|owner| owner != organization)
    }

    /// The tenant that a contact's row is filed under: its owner, else the owner of its
    /// organization, else that organization itself, if it is a tenant.
    fn tenant_of(&self, contact: &Contact<'_>) -> Option<OrganizationId> {
        let of_organization = || contact.organization.and_then(|id| self.owner_of(id));
        let itself = || contact.organization.filter(|id| self.tenants.contains(id));
        contact.owner.or_else(of_organization).or_else(itself)
    }

    fn owner_of(&self, organization: OrganizationId) -> Option<OrganizationId> {
        self.records.organizations[self.records.organization(organization)?].owner
    }

    /// The customer contact of a project.
    fn customer(&self, project: &Project) -> Option<&'a Contact<'a>> {
        let at = self.records.contact(project.customer?)?;
        Some(&self.records.contacts[at])
    }

    fn projects(&self, offends: impl Fn(&Project) -> bool) -> usize {
        self.records.projects.iter().filter(|project| offends(project)).count()
    }

    fn orphaned_projects(&self) -> usize {
        self.projects(|project| project.customer.is_some() && self.customer(project).is_none())
    }

    fn projects_without_organization(&self) -> usize {
        self.projects(|project| {
            let customer = self.customer(project).is_some_and(Contact::is_customer);
            customer && project.customer_organization.is_none()
        })
    }

    fn contacts_without_organization(&self) -> usize {
        let customers = self.records.contacts.iter().filter(|contact| contact.is_customer());
        customers.filter(|contact| self.organization_of(contact).is_none()).count()
    }

    fn projects_without_contact_point(&self) -> usize {
        self.projects(|project| {
            let own = |contact: &&Contact<'_>| {
                contact.is_customer() && self.tenant_of(contact) == project.organization
            };
            self.customer(project).filter(own).is_some_and(|contact| {
                let points = self.points.get(&project.id);
                !points.is_some_and(|points| points.iter().any(|(of, _)| *of == Some(contact.id)))
            })
        })
    }

    fn customer_is_own_tenant(&self) -> usize {
        self.projects(|project| {
            project.customer_organization.is_some()
                && project.customer_organization == project.organization
        })
    }

    fn dangling_links(&self) -> usize {
        self.projects(|project| {
            let link = project.customer_organization;
            link.is_some_and(|link| self.records.organization(link).is_none())
        })
    }

    fn links_across_tenants(&self) -> usize {
        self.projects(|project| {
            let owner = project.customer_organization.and_then(|link| self.owner_of(link));
            owner.is_some() && owner != project.organization
        })
    }

    fn links_differ_from_contact(&self) -> usize {
        self.projects(|project| {
            let employer = self.customer(project).and_then(|contact| self.organization_of(contact));
            match (project.customer_organization, employer) {
                (Some(link), Some(employer)) => link != employer,
                _ => false,
            }
        })
    }

    fn contacts_across_tenants(&self) -> usize {
        let contacts = self.records.contacts.iter();
        contacts
            .filter(|contact| {
                let tenant = self.tenant_of(contact);
                let owner = self.organization_of(contact).and_then(|at| self.owner_of(at));
                tenant.is_some() && owner.is_some() && owner != tenant
            })
            .count()
    }

    fn contact_points_across_tenants(&self) -> usize {
        let points = self.records.points.iter();
        points
            .filter(|point| {
                let project = point.project.and_then(|id| self.records.project(id));
                let contact = point.contact.and_then(|id| self.records.contact(id));
                let (Some(project), Some(contact)) = (project, contact) else { return false };
                let tenant = self.tenant_of(&self.records.contacts[contact]);
                tenant.is_some_and(|tenant| self.tenants.contains(&tenant))
                    && tenant != self.records.projects[project].organization
            })
            .count()
    }

    fn dangling_contact_points(&self) -> usize {
        let points = self.records.points.iter();
        points
            .filter(|point| {
                let project = point.project.and_then(|id| self.records.project(id));
                let contact = point.contact.and_then(|id| self.records.contact(id));
                project.is_none() || contact.is_none()
            })
            .count()
    }

    fn duplicate_contact_points(&self) -> usize {
        let mut seen = BTreeSet::new();
        let points = self.records.points.iter();
        points.filter(|point| !seen.insert((point.project, point.contact, point.role))).count()
    }

    fn projects_without_one_primary(&self) -> usize {
        let primaries =
            |points: &Vec<(_, bool)>| points.iter().filter(|(_, primary)| *primary).count();
        self.points.values().filter(|points| primaries(points) != 1).count()
    }

    fn organizations_without_one_primary(&self) -> usize {
        let primaries = |contacts: &Vec<&Contact<'_>>| {
            contacts.iter().filter(|contact| contact.is_primary == Some(true)).count()
        };
        self.members.values().filter(|contacts| primaries(contacts) != 1).count()
    }

    fn organizations_without_contacts(&self) -> usize {
        let rows = self.records.organizations.iter();
        rows.filter(|row| self.is_owned(row.id) && !self.members.contains_key(&row.id)).count()
    }

    fn organizations_without_slug(&self) -> usize {
        let rows = self.records.organizations.iter();
        rows.filter(|row| {
            row.name.trim().is_empty() || row.slug.is_none_or(|slug| slug.trim().is_empty())
        })
        .count()
    }

    fn duplicate_slugs(&self) -> usize {
        let mut seen = BTreeSet::new();
        let slugs = self.records.organizations.iter().filter_map(|row| row.slug);
        slugs.filter(|slug| !seen.insert(*slug)).count()
    }
}
