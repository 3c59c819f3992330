//! The validation pack: what must hold in the tables, as counts of offending rows.
//!
//! The same questions are asked of the rows before, and of the rows as they will be; the second
//! answer is the forecast that a load compares with what it finds before it commits. Every check
//! speaks only of columns, so that it can be asked of a database as well.
//!
//! Tables are not copied: the rows as they will be are those as read, seen through what is wanted.
//! Rows that refer to each other are found once, as positions.
//!
//! # Source
//! The four validation queries of the migration document, corrected, and the questions that would
//! have caught what they let pass.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::ids::{ContactId, OrganizationId, ProjectId};
use crate::transform::desired::{Action, ContactState, DesiredPoint};
use crate::transform::record::{ContactPoint, Records};
use crate::transform::{Desired, Mode};

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

/// Asks every check of the rows as read, and as they will be.
pub fn forecast(
    records: &Records<'_>,
    desired: &Desired,
    is_tenantless: bool,
    mode: Mode,
) -> Vec<Forecast> {
    let keys = Keys::new(records);
    let before = counts(&Rows::new(records, &keys, None, mode));
    let wanted = Wanted { desired, is_tenantless };
    let after = counts(&Rows::new(records, &keys, Some(wanted), mode));
    std::iter::zip(before, after)
        .map(|((check, before), (_, after))| Forecast { check, before, after })
        .collect()
}

/// Asks every check of the rows as read.
pub fn count(records: &Records<'_>, mode: Mode) -> Vec<(Check, usize)> {
    counts(&Rows::new(records, &Keys::new(records), None, mode))
}

fn counts(rows: &Rows<'_>) -> Vec<(Check, usize)> {
    CHECKS.iter().map(|&(code, title, count)| (Check { code, title }, count(rows))).collect()
}

/// The position of a row in its table.
type At = u32;

fn at(position: usize) -> At {
    At::try_from(position).expect("a snapshot has fewer rows than 2^32")
}

/// Positions by key. The order of a map is never looked at.
fn positions<K: Hash + Eq>(keys: impl Iterator<Item = K>) -> FxHashMap<K, At> {
    keys.enumerate().map(|(position, key)| (key, at(position))).collect()
}

/// Positions of the rows that no plan adds to.
struct Keys {
    contacts: FxHashMap<ContactId, At>,
    projects: FxHashMap<ProjectId, At>,
}

impl Keys {
    fn new(records: &Records<'_>) -> Self {
        Self {
            contacts: positions(records.contacts.iter().map(|row| row.id)),
            projects: positions(records.projects.iter().map(|row| row.id)),
        }
    }
}

/// What the rows are seen through.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    desired: &'a Desired,
    is_tenantless: bool,
}

/// What the checks ask of an organization.
struct Organization<'a> {
    id: OrganizationId,
    name: &'a str,
    slug: Option<&'a str>,
    owner: Option<OrganizationId>,
}

/// What the checks ask of a contact.
struct Contact {
    is_customer: bool,
    state: ContactState,
    /// The organization that `organization_id` names.
    home: Option<At>,
    /// The customer organization that it belongs to: the one that it names, if that is one.
    customer_of: Option<At>,
}

/// What the checks ask of a project.
struct Project {
    organization: Option<OrganizationId>,
    has_customer: bool,
    /// The customer contact.
    customer: Option<At>,
    link: Option<OrganizationId>,
    /// The organization that the link names.
    linked: Option<At>,
}

/// A contact point, wherever it comes from.
#[derive(Clone, Copy)]
struct Point<'a> {
    contact: Option<ContactId>,
    /// The contact, if it exists.
    at: Option<At>,
    role: Option<&'a str>,
    is_primary: bool,
}

impl<'a> Point<'a> {
    fn read(point: &ContactPoint<'a>, keys: &Keys) -> Self {
        Self {
            contact: point.contact,
            at: point.contact.and_then(|id| keys.contacts.get(&id).copied()),
            role: point.role,
            is_primary: point.is_primary == Some(true),
        }
    }

    fn added(point: &'a DesiredPoint, records: &Records<'_>) -> Self {
        Self {
            contact: Some(records.contacts[point.contact].id),
            at: Some(at(point.contact)),
            role: Some(&point.role),
            is_primary: point.is_primary,
        }
    }
}

/// Whether an organization is the customer of another.
fn is_owned(organization: &Organization<'_>) -> bool {
    organization.owner.is_some_and(|owner| owner != organization.id)
}

/// The organizations as read, or as they will be.
fn organizations<'a>(records: &Records<'a>, wanted: Option<Wanted<'a>>) -> Vec<Organization<'a>> {
    let read = records.organizations.iter();
    let mut rows: Vec<Organization<'a>> = read
        .map(|row| Organization { id: row.id, name: row.name, slug: row.slug, owner: row.owner })
        .collect();
    let Some(Wanted { desired, is_tenantless }) = wanted else { return rows };
    for wanted in &desired.organizations {
        let owner = (!is_tenantless).then(|| wanted.tenant.organization());
        if wanted.action == Action::Insert {
            let (id, slug) = (wanted.id, wanted.slug.as_deref());
            rows.push(Organization { id, name: &wanted.name, slug, owner });
        } else if let Some(at) = records.organization(wanted.id) {
            rows[at].owner = owner.or(rows[at].owner);
        }
    }
    rows
}

/// Rows with what several checks look up.
struct Rows<'a> {
    records: &'a Records<'a>,
    organizations: Vec<Organization<'a>>,
    contacts: Vec<Contact>,
    projects: Vec<Project>,
    /// Contact points of each project that exists, by position.
    points: Grouped<Point<'a>>,
    /// Contact points of projects that do not exist.
    stray: BTreeMap<Option<ProjectId>, Vec<Point<'a>>>,
    /// Organizations that exist and have users or projects. Where there is none, every organization
    /// that a contact names is a customer.
    tenants: BTreeSet<OrganizationId>,
}

/// Values in groups, in one list.
struct Grouped<T> {
    starts: Vec<At>,
    values: Vec<T>,
}

impl<T: Copy> Grouped<T> {
    /// Groups values by the position that stands beside each.
    fn new(groups: usize, values: impl Iterator<Item = (At, T)> + Clone) -> Self {
        let mut starts = vec![0; groups + 1];
        for (group, _) in values.clone() {
            starts[group as usize + 1] += 1;
        }
        for group in 0..groups {
            starts[group + 1] += starts[group];
        }
        let mut order = vec![0; starts[groups] as usize];
        let mut next = starts.clone();
        for (place, (group, _)) in values.clone().enumerate() {
            order[next[group as usize] as usize] = at(place);
            next[group as usize] += 1;
        }
        let all: Vec<T> = values.map(|(_, value)| value).collect();
        Self { starts, values: order.into_iter().map(|place| all[place as usize]).collect() }
    }

    fn group(&self, group: usize) -> &[T] {
        &self.values[self.starts[group] as usize..self.starts[group + 1] as usize]
    }

    /// Every group that is not empty.
    fn groups(&self) -> impl Iterator<Item = &[T]> {
        (0..self.starts.len() - 1).map(|group| self.group(group)).filter(|group| !group.is_empty())
    }
}

impl<'a> Rows<'a> {
    fn new(records: &'a Records<'a>, keys: &Keys, wanted: Option<Wanted<'a>>, mode: Mode) -> Self {
        let organizations = organizations(records, wanted);
        let by_id = positions(organizations.iter().map(|row| row.id));
        let find = |id: Option<OrganizationId>| id.and_then(|id| by_id.get(&id).copied());
        let users = records.users.iter().flatten().filter_map(|(_, organization)| *organization);
        let owners = records.projects.iter().filter_map(|project| project.organization);
        // A plan adds no tenant.
        let exists = |id: &OrganizationId| records.organization(*id).is_some();
        let mut tenants: BTreeSet<OrganizationId> = users.chain(owners).collect();
        tenants.retain(exists);
        let contacts = records.contacts.iter().enumerate().map(|(at, row)| {
            let state =
                wanted.map_or_else(|| ContactState::of(row), |wanted| wanted.desired.contacts[at]);
            let named = match mode {
                Mode::Rehome => state.organization,
                Mode::Link => state.customer_organization,
            };
            let is_customer =
                |at: &At| tenants.is_empty() || is_owned(&organizations[*at as usize]);
            Contact {
                is_customer: row.is_customer(),
                state,
                home: find(state.organization),
                customer_of: find(named).filter(is_customer),
            }
        });
        let contacts = contacts.collect();
        let projects = records.projects.iter().enumerate().map(|(at, row)| {
            let wanted = wanted.map(|wanted| wanted.desired.projects[at].customer_organization);
            let link = wanted.unwrap_or(row.customer_organization);
            Project {
                organization: row.organization,
                has_customer: row.customer.is_some(),
                customer: row.customer.and_then(|id| keys.contacts.get(&id).copied()),
                link,
                linked: find(link),
            }
        });
        let projects: Vec<Project> = projects.collect();
        let added: &[DesiredPoint] = wanted.map_or(&[], |wanted| &wanted.desired.points);
        let there =
            |point: &ContactPoint<'a>| point.project.and_then(|id| keys.projects.get(&id).copied());
        let read = records
            .points
            .iter()
            .filter_map(|point| Some((there(point)?, Point::read(point, keys))));
        let added = added.iter().map(|point| (at(point.project), Point::added(point, records)));
        let mut stray: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for point in records.points.iter().filter(|point| there(point).is_none()) {
            stray.entry(point.project).or_default().push(Point::read(point, keys));
        }
        let points = Grouped::new(projects.len(), read.chain(added));
        Self { records, organizations, contacts, projects, points, stray, tenants }
    }

    fn owner_of(&self, organization: Option<At>) -> Option<OrganizationId> {
        self.organizations[organization? as usize].owner
    }

    /// The tenant that a contact's row is filed under: its owner, else the owner of its
    /// organization, else that organization itself, if it is a tenant.
    fn tenant_of(&self, contact: &Contact) -> Option<OrganizationId> {
        let of_organization = || self.owner_of(contact.home);
        let itself = || contact.state.organization.filter(|id| self.tenants.contains(id));
        contact.state.owner.or_else(of_organization).or_else(itself)
    }

    /// The customer contact of a project.
    fn customer(&self, project: &Project) -> Option<&Contact> {
        project.customer.map(|at| &self.contacts[at as usize])
    }

    fn projects(&self, offends: impl Fn(&Project) -> bool) -> usize {
        self.projects.iter().filter(|project| offends(project)).count()
    }

    fn orphaned_projects(&self) -> usize {
        self.projects(|project| project.has_customer && project.customer.is_none())
    }

    fn projects_without_organization(&self) -> usize {
        self.projects(|project| {
            let customer = self.customer(project).is_some_and(|contact| contact.is_customer);
            customer && project.link.is_none()
        })
    }

    fn contacts_without_organization(&self) -> usize {
        let contacts = self.contacts.iter();
        contacts.filter(|contact| contact.is_customer && contact.customer_of.is_none()).count()
    }

    fn projects_without_contact_point(&self) -> usize {
        let projects = self.projects.iter().enumerate();
        projects
            .filter(|(at, project)| {
                let Some(customer) = project.customer else { return false };
                let contact = &self.contacts[customer as usize];
                let is_own = contact.is_customer && self.tenant_of(contact) == project.organization;
                let id = self.records.contacts[customer as usize].id;
                is_own && !self.points.group(*at).iter().any(|point| point.contact == Some(id))
            })
            .count()
    }

    fn customer_is_own_tenant(&self) -> usize {
        self.projects(|project| project.link.is_some() && project.link == project.organization)
    }

    fn dangling_links(&self) -> usize {
        self.projects(|project| project.link.is_some() && project.linked.is_none())
    }

    fn links_across_tenants(&self) -> usize {
        self.projects(|project| {
            let owner = self.owner_of(project.linked);
            owner.is_some() && owner != project.organization
        })
    }

    fn links_differ_from_contact(&self) -> usize {
        self.projects(|project| {
            let employer = self.customer(project).and_then(|contact| contact.customer_of);
            match (project.link, employer) {
                (Some(_), Some(employer)) => project.linked != Some(employer),
                _ => false,
            }
        })
    }

    fn contacts_across_tenants(&self) -> usize {
        let contacts = self.contacts.iter();
        contacts
            .filter(|contact| {
                let tenant = self.tenant_of(contact);
                let owner = self.owner_of(contact.customer_of);
                tenant.is_some() && owner.is_some() && owner != tenant
            })
            .count()
    }

    fn contact_points_across_tenants(&self) -> usize {
        let projects = self.projects.iter().enumerate();
        let offending = projects.map(|(at, project)| {
            let offends = |point: &&Point<'_>| {
                let Some(contact) = point.at else { return false };
                let tenant = self.tenant_of(&self.contacts[contact as usize]);
                tenant.is_some_and(|tenant| self.tenants.contains(&tenant))
                    && tenant != project.organization
            };
            self.points.group(at).iter().filter(offends).count()
        });
        offending.sum()
    }

    fn dangling_contact_points(&self) -> usize {
        let stray: usize = self.stray.values().map(Vec::len).sum();
        stray + self.points.values.iter().filter(|point| point.at.is_none()).count()
    }

    fn duplicate_contact_points(&self) -> usize {
        let stray = self.stray.values().map(Vec::as_slice);
        let repeated = self.points.groups().chain(stray).map(|points| {
            let mut seen: Vec<_> = points.iter().map(|point| (point.contact, point.role)).collect();
            seen.sort_unstable();
            seen.dedup();
            points.len() - seen.len()
        });
        repeated.sum()
    }

    fn projects_without_one_primary(&self) -> usize {
        let stray = self.stray.iter().filter(|(project, _)| project.is_some());
        let stray = stray.map(|(_, points)| points.as_slice());
        let primaries =
            |points: &[Point<'_>]| points.iter().filter(|point| point.is_primary).count();
        self.points.groups().chain(stray).filter(|points| primaries(points) != 1).count()
    }

    /// For each organization the number of its customer contacts, and how many are primary.
    fn members(&self) -> Vec<(u32, u32)> {
        let mut members = vec![(0, 0); self.organizations.len()];
        for contact in self.contacts.iter().filter(|contact| contact.is_customer) {
            if let Some(at) = contact.customer_of {
                let (contacts, primaries) = &mut members[at as usize];
                *contacts += 1;
                *primaries += u32::from(contact.state.is_primary == Some(true));
            }
        }
        members
    }

    fn organizations_without_one_primary(&self) -> usize {
        let members = self.members().into_iter();
        members.filter(|&(contacts, primaries)| contacts > 0 && primaries != 1).count()
    }

    fn organizations_without_contacts(&self) -> usize {
        let rows = std::iter::zip(&self.organizations, self.members());
        rows.filter(|(row, (contacts, _))| is_owned(row) && *contacts == 0).count()
    }

    fn organizations_without_slug(&self) -> usize {
        let rows = self.organizations.iter();
        rows.filter(|row| {
            row.name.trim().is_empty() || row.slug.is_none_or(|slug| slug.trim().is_empty())
        })
        .count()
    }

    fn duplicate_slugs(&self) -> usize {
        let mut slugs: Vec<&str> = self.organizations.iter().filter_map(|row| row.slug).collect();
        let all = slugs.len();
        slugs.sort_unstable();
        slugs.dedup();
        all - slugs.len()
    }
}
