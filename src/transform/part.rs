//! A part of a plan: the rows of some tenants, planned from the whole.
//!
//! In: what all tenants were resolved and mapped to. Out: the same for some of them; the rows of all
//! others stay as they stand in the source. So parts of one source are the whole, and a name that two
//! tenants claim is a claim in each part.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::desired::{ContactState, Desired, DesiredProject, ProjectFate};
use super::record::{Contact, Records};
use super::resolution::{Fate, Resolution};
use super::tenancy::Tenancy;
use crate::finding::Finding;
use crate::ids::{ContactId, OrganizationId, ProjectId, TenantId};
use crate::schema::Table;

/// The tenants of a part.
pub type Tenants = BTreeSet<TenantId>;

/// The tenants that are called so, by slug or id.
///
/// # Errors
/// The first name that is no tenant's.
pub fn named(
    records: &Records<'_>,
    tenancy: &Tenancy,
    names: &[String],
) -> Result<Tenants, String> {
    let tenants = names.iter().map(|name| {
        let is_called =
            |tenant: &TenantId| records.called(*tenant) == *name || tenant.to_string() == *name;
        tenancy.tenants().find(is_called).ok_or_else(|| name.clone())
    });
    tenants.collect()
}

/// Leaves the rows of all other tenants alone.
pub fn restrict(
    records: &Records<'_>,
    resolution: &mut Resolution,
    desired: &mut Desired,
    tenants: &Tenants,
) {
    let is_ours = |organization: Option<OrganizationId>| {
        organization.is_some_and(|id| tenants.contains(&TenantId::of(id)))
    };
    let mut places = Vec::with_capacity(resolution.companies.len());
    let mut kept = 0;
    for company in &resolution.companies {
        places.push(tenants.contains(&company.tenant).then_some(kept));
        kept += usize::from(tenants.contains(&company.tenant));
    }
    let place = |company: usize| places[company];
    for (at, contact) in records.contacts.iter().enumerate() {
        let is_of_part = resolution.tenants[at].is_some_and(|tenant| tenants.contains(&tenant));
        if !is_of_part {
            desired.contacts[at] = ContactState::of(contact);
        }
        let fate = resolution.fates[at].take().filter(|_| is_of_part);
        resolution.fates[at] = match fate {
            Some(Fate::Company(company)) => place(company).map(Fate::Company),
            fate => fate,
        };
    }
    for (wanted, project) in desired.projects.iter_mut().zip(&records.projects) {
        let fate = match wanted.fate {
            _ if !is_ours(project.organization) => None,
            ProjectFate::Company(company) => place(company).map(ProjectFate::Company),
            fate => Some(fate),
        };
        *wanted = match fate {
            Some(fate) => DesiredProject { fate, ..*wanted },
            None => DesiredProject {
                fate: ProjectFate::NoCustomer,
                customer_organization: project.customer_organization,
            },
        };
    }
    desired.points.retain(|point| is_ours(records.projects[point.project].organization));
    desired.organizations.retain(|organization| tenants.contains(&organization.tenant));
    let mut at = 0;
    desired.company_ids.retain(|_| {
        at += 1;
        places[at - 1].is_some()
    });
    resolution.companies.retain(|company| tenants.contains(&company.tenant));
    resolution.reviews.retain(|review| tenants.contains(&review.tenant));
    for review in &mut resolution.reviews {
        let (a, b) = review.companies;
        review.companies = (a.and_then(place), b.and_then(place));
    }
    let of_tenant = |finding: &Finding| {
        tenant_of(finding, records, &resolution.tenants).is_none_or(|of| tenants.contains(&of))
    };
    desired.findings.retain(of_tenant);
    let mut findings = std::mem::take(&mut resolution.findings);
    findings.retain(of_tenant);
    resolution.findings = findings;
}

/// Whose row a finding is about; `None` for one that is about no row of one tenant.
fn tenant_of(
    finding: &Finding,
    records: &Records<'_>,
    of_contacts: &[Option<TenantId>],
) -> Option<TenantId> {
    let id: Uuid = finding.id.parse().ok()?;
    if let Some(at) = records.contact(ContactId::new(id)) {
        return of_contacts[at];
    }
    if let Some(at) = records.project(ProjectId::new(id)) {
        return records.projects[at].organization.map(TenantId::of);
    }
    let at = records.organization(OrganizationId::new(id))?;
    let organization = &records.organizations[at];
    Some(TenantId::of(organization.owner.unwrap_or(organization.id)))
}

/// The rows of each table that are said to be those of some tenants, by position: what a load of a
/// part compares when it is to be strict. Told by columns alone, so that a database can be asked.
pub fn rows_of(records: &Records<'_>, tenants: &Tenants) -> BTreeMap<Table, Vec<usize>> {
    let is_ours = |organization: Option<OrganizationId>| {
        organization.is_some_and(|id| tenants.contains(&TenantId::of(id)))
    };
    let owner = |id: OrganizationId| {
        records.organization(id).and_then(|at| records.organizations[at].owner).unwrap_or(id)
    };
    let contact = |row: &Contact<'_>| row.owner.or_else(|| row.organization.map(owner));
    let project = |id| records.project(id).and_then(|at| records.projects[at].organization);
    let users = records.users.iter().flatten();
    BTreeMap::from([
        (
            Table::Organizations,
            positions(&records.organizations, |row| is_ours(Some(owner(row.id)))),
        ),
        (Table::Contacts, positions(&records.contacts, |row| is_ours(contact(row)))),
        (Table::Projects, positions(&records.projects, |row| is_ours(row.organization))),
        (
            Table::ProjectContactPoints,
            positions(&records.points, |row| is_ours(row.project.and_then(project))),
        ),
        (Table::Users, positions(users, |(_, organization)| is_ours(*organization))),
    ])
}

fn positions<R>(rows: impl IntoIterator<Item = R>, is_ours: impl Fn(&R) -> bool) -> Vec<usize> {
    let rows = rows.into_iter().enumerate();
    rows.filter(|(_, row)| is_ours(row)).map(|(at, _)| at).collect()
}
