//! The rows as they will be: a plan applied in memory.
//!
//! In: the rows as read and as wanted. Out: rows of the same shape, on which checks are forecast,
//! and on which planning again must find nothing to do.

use crate::transform::Desired;
use crate::transform::Mode;
use crate::transform::desired::Action;
use crate::transform::record::{ContactPoint, Organization, Records, Texts};

/// Applies what is wanted to the rows.
pub fn after<'a>(records: &Records<'a>, desired: &'a Desired, tenantless: bool) -> Records<'a> {
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
            role: Some(wanted.role.as_str()),
            is_primary: Some(wanted.is_primary),
        });
    }
    rows.points.sort_by_key(|row| row.id);
    rows
}

/// What a mode means, and what the other would mean, for the summary of a plan.
pub fn meaning(mode: Mode) -> [&'static str; 2] {
    match mode {
        Mode::Rehome => [
            "mode rehome: contacts.organization_id becomes the customer organization; the tenant moves to owner_organization_id, and policies that read the tenant key must be rewritten with the load",
            "the other, link: organization_id stays the tenant, customer_organization_id is written, and nothing else of the application changes meaning",
        ],
        Mode::Link => [
            "mode link: contacts.organization_id stays the tenant; customer_organization_id is written, and nothing else of the application changes meaning",
            "the other, rehome: organization_id becomes the customer organization, and the tenant moves to owner_organization_id",
        ],
    }
}
