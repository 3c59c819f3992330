//! Contacts: the organization of each, and one primary contact of each organization.

use std::cmp::Reverse;

use super::{ContactState, Linker};
use crate::finding::{Code, Finding};
use crate::ids::OrganizationId;
use crate::transform::Mode;
use crate::transform::resolution::Company;
use crate::transform::survivorship::age;

impl Linker<'_, '_> {
    pub(super) fn contacts(&mut self) {
        self.out.contacts = self.records.contacts.iter().map(ContactState::of).collect();
        let standing = self.standing();
        for (at, company) in self.resolution.companies.iter().enumerate() {
            let id = self.out.company_ids[at];
            let owner = (!self.tenancy.is_tenantless()).then(|| company.tenant.organization());
            for &index in &company.contacts {
                let contact = &self.records.contacts[index];
                let state = &mut self.out.contacts[index];
                match self.rules.mode {
                    Mode::Rehome => {
                        state.organization = Some(id);
                        state.owner = owner;
                    }
                    Mode::Link => state.customer_organization = Some(id),
                }
                if contact.client_organization.is_some_and(|client| client != id) {
                    let column = "client_organization_id";
                    let finding = Finding::new(Code::StaleClientLink, contact.id, column);
                    self.out.findings.push(finding);
                }
            }
            self.primary(company, id, &standing);
        }
    }

    /// For each contact: how many projects name it, and when the latest of them was created.
    fn standing(&self) -> Vec<(usize, Option<i64>)> {
        let mut standing = vec![(0, None); self.records.contacts.len()];
        for (project, customer) in std::iter::zip(&self.records.projects, &self.customers) {
            let Some(at) = *customer else { continue };
            if self.tenant_of(project) == self.resolution.tenants[at] {
                standing[at].0 += 1;
                standing[at].1 = standing[at].1.max(project.created_at);
            }
        }
        standing
    }

    /// Exactly one primary contact, by a total order.
    fn primary(
        &mut self,
        company: &Company,
        id: OrganizationId,
        standing: &[(usize, Option<i64>)],
    ) {
        let contacts = &self.records.contacts;
        let rank = |&index: &usize| {
            let contact = &contacts[index];
            let (projects, latest) = standing[index];
            (
                contact.is_primary != Some(true),
                contact.is_active == Some(false),
                Reverse(projects),
                Reverse(latest),
                age(contact),
            )
        };
        let marked = company.contacts.iter().filter(|&&at| contacts[at].is_primary == Some(true));
        let marked = marked.count();
        let Some(first) = company.contacts.iter().copied().min_by_key(rank) else { return };
        for &index in &company.contacts {
            let state = &mut self.out.contacts[index];
            if index == first {
                state.is_primary = Some(true);
            } else if state.is_primary == Some(true) {
                state.is_primary = Some(false);
            }
        }
        if marked > 1 {
            let finding = Finding::new(Code::SeveralPrimaryContacts, id, "is_primary_contact");
            self.find(finding.detail(format!("{marked} contacts")));
        }
    }
}
