//! Who the tenants are, and whose each row is.
//!
//! A tenant is an organization that has users or owns projects. A row's tenant is its
//! `owner_organization_id` if set, else its `organization_id` if that is a tenant, else the one
//! tenant whose projects refer to it; else nobody can tell, and that is a finding.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::Mode;
use super::record::{Contact, Records};
use crate::finding::{Code, Finding};
use crate::ids::{ContactId, OrganizationId, TenantId};

/// The tenants of a snapshot.
#[derive(Clone, Debug)]
pub struct Tenancy {
    tenants: BTreeSet<TenantId>,
    /// Tenants whose projects refer to a contact, each pair once, sorted: there are as many as
    /// customers, so a map of sets would be larger than their rows.
    by_projects: Vec<(ContactId, TenantId)>,
    /// Whether the source told who the users are.
    pub users_known: bool,
}

impl Tenancy {
    /// Finds the tenants, and reports users of no organization.
    pub fn new(records: &Records<'_>, findings: &mut Vec<Finding>) -> Self {
        let mut tenants = BTreeSet::new();
        for (id, organization) in records.users.iter().flatten() {
            match organization {
                Some(of) if records.organization(*of).is_some() => {
                    tenants.insert(TenantId::of(*of));
                }
                Some(_) => findings.push(Finding::new(Code::DanglingUser, id, "organization_id")),
                None => {}
            }
        }
        let mut by_projects = Vec::new();
        for project in &records.projects {
            let owner = project.organization.filter(|id| records.organization(*id).is_some());
            if let Some(owner) = owner {
                tenants.insert(TenantId::of(owner));
                if let Some(customer) = project.customer {
                    by_projects.push((customer, TenantId::of(owner)));
                }
            }
        }
        by_projects.sort_unstable();
        by_projects.dedup();
        by_projects.shrink_to_fit();
        Self { tenants, by_projects, users_known: records.users.is_some() }
    }

    /// Whether there is no tenant at all: then every row belongs to the nil tenant.
    pub fn is_tenantless(&self) -> bool {
        self.tenants.is_empty()
    }

    /// Whether an organization is a tenant.
    pub fn is_tenant(&self, organization: OrganizationId) -> bool {
        self.tenants.contains(&TenantId::of(organization))
    }

    /// Every tenant, sorted.
    pub fn tenants(&self) -> impl Iterator<Item = TenantId> {
        self.tenants.iter().copied()
    }

    /// Whose a contact is; `None` if nobody can tell.
    pub fn of_contact(&self, contact: &Contact<'_>, records: &Records<'_>) -> Option<TenantId> {
        if self.is_tenantless() {
            return Some(TenantId::new(Uuid::nil()));
        }
        if let Some(owner) = contact.owner {
            return records.organization(owner).map(|_| TenantId::of(owner));
        }
        if let Some(organization) = contact.organization
            && self.is_tenant(organization)
        {
            return Some(TenantId::of(organization));
        }
        let at = self.by_projects.partition_point(|(id, _)| *id < contact.id);
        let mut tenants = self.by_projects[at..].iter().take_while(|(id, _)| *id == contact.id);
        tenants.next().map(|(_, tenant)| *tenant).filter(|_| tenants.next().is_none())
    }

    /// The organization other than its tenant that a contact lies in, as a position: one that the
    /// tenant owns, else the first that its columns name.
    pub fn home(
        contact: &Contact<'_>,
        tenant: TenantId,
        mode: Mode,
        records: &Records<'_>,
    ) -> Option<usize> {
        let own = tenant.organization();
        // The column that this mode writes comes first; the other may be left from an earlier try.
        let columns = match mode {
            Mode::Rehome => [contact.organization, contact.customer_organization],
            Mode::Link => [contact.customer_organization, contact.organization],
        };
        let named = columns.into_iter().flatten().filter(|id| *id != own);
        let mut named = named.filter_map(|id| records.organization(id));
        let is_owned = |&at: &usize| records.organizations[at].owner == Some(own);
        named.clone().find(is_owned).or_else(|| named.next())
    }
}
