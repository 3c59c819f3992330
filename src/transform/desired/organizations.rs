//! Organizations: ids, slugs, names and attributes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, DesiredOrganization, Linker};
use crate::finding::{Code, Finding};
use crate::ids::{OrganizationId, Slug, TenantId};
use crate::transform::decisions::Verdict;
use crate::transform::record::Contact;
use crate::transform::resolution::Company;
use crate::transform::slug::{bare_slug, suffixed_slug};
use crate::transform::survivorship::{Attribute, age, carry, clean, company_name, person_name};

impl Linker<'_> {
    /// What is wrong with organizations whatever the contacts say.
    pub(super) fn report_organizations(&mut self) {
        let mut holders: BTreeMap<&str, OrganizationId> = BTreeMap::new();
        for row in &self.records.organizations {
            if let Some(slug) = row.slug
                && let Some(first) = holders.insert(slug, row.id)
            {
                let finding = Finding::new(Code::DuplicateSlug, row.id, "slug");
                self.find(finding.detail(format!("also {first}")));
            }
            if row.owner.is_some_and(|owner| self.records.organization(owner).is_none()) {
                self.find(Finding::new(Code::DanglingOwner, row.id, "owner_organization_id"));
            }
        }
    }

    pub(super) fn organizations(&mut self) {
        let mut taken: BTreeSet<OrganizationId> =
            self.records.organizations.iter().map(|row| row.id).collect();
        for company in &self.resolution.companies {
            let id = company.existing.map_or_else(
                || {
                    (0..=u32::MAX)
                        .map(|attempt| OrganizationId::mint(company.tenant, &company.key, attempt))
                        .find(|id| !taken.contains(id))
                        .expect("some attempt gives an id that is free")
                },
                |at| self.records.organizations[at].id,
            );
            taken.insert(id);
            self.out.company_ids.push(id);
        }
        let slugs = self.slugs();
        let declared = Attribute::all(self.records.declared, self.rules);
        for (at, company) in self.resolution.companies.iter().enumerate() {
            let id = self.out.company_ids[at];
            let contacts = self.contacts_of(company);
            let members = contacts.len();
            let tenant = company.tenant;
            let organization = if let Some(existing) = company.existing {
                let row = &self.records.organizations[existing];
                let owned = row.owner == Some(tenant.organization());
                let action = if owned || self.tenancy.is_tenantless() {
                    Action::Keep
                } else {
                    Action::Adopt
                };
                DesiredOrganization {
                    id,
                    tenant,
                    slug: row.slug.map(str::to_owned),
                    name: row.name.to_owned(),
                    action,
                    members,
                    attributes: Vec::new(),
                }
            } else {
                let mut attributes = Vec::new();
                for attribute in &declared {
                    let Some(carried) = carry(attribute, &contacts, self.rules) else { continue };
                    let field = attribute.field;
                    if carried.distinct > 1 {
                        let finding = Finding::new(Code::AttributeConflict, id, field.name());
                        self.find(finding.detail(format!("{} values", carried.distinct)));
                    }
                    attributes.push((field, carried));
                }
                DesiredOrganization {
                    id,
                    tenant,
                    slug: slugs[at].as_ref().map(ToString::to_string),
                    name: self.name(company),
                    action: Action::Insert,
                    members,
                    attributes,
                }
            };
            self.out.organizations.push(organization);
        }
        self.keep_organizations_without_contacts();
    }

    /// Organizations of a tenant stay its customers when no contact names them any more.
    fn keep_organizations_without_contacts(&mut self) {
        let used: BTreeSet<OrganizationId> = self.out.company_ids.iter().copied().collect();
        for row in &self.records.organizations {
            let Some(owner) = row.owner else { continue };
            if used.contains(&row.id)
                || owner == row.id
                || self.records.organization(owner).is_none()
            {
                continue;
            }
            self.out.organizations.push(DesiredOrganization {
                id: row.id,
                tenant: TenantId::of(owner),
                slug: row.slug.map(str::to_owned),
                name: row.name.to_owned(),
                action: Action::Keep,
                members: 0,
                attributes: Vec::new(),
            });
        }
    }

    fn name(&self, company: &Company) -> String {
        if let Some(decision) = &company.name
            && let Verdict::Name(name) = &decision.verdict
        {
            return clean(name);
        }
        let contacts = self.contacts_of(company);
        if company.is_person {
            return person_name(contacts[0]);
        }
        // What a placed contact has in place of a company is no name.
        let named: Vec<&Contact<'_>> = contacts
            .into_iter()
            .filter(|contact| contact.company.is_some_and(|raw| !self.rules.is_placeholder(raw)))
            .collect();
        let spelling = || company.spellings.iter().flat_map(|spelling| spelling.raws.keys()).next();
        company_name(&named).unwrap_or_else(|| clean(spelling().unwrap_or(&company.key)))
    }

    /// Slugs of the new organizations: first those that people chose, then the bare ones by age,
    /// then the rest.
    fn slugs(&mut self) -> Vec<Option<Slug>> {
        let companies = &self.resolution.companies;
        let mut taken: BTreeSet<Slug> =
            self.records.organizations.iter().filter_map(|row| Slug::parse(row.slug?)).collect();
        let mut slugs: Vec<Option<Slug>> = vec![None; companies.len()];
        let new: Vec<usize> =
            (0..companies.len()).filter(|&at| companies[at].existing.is_none()).collect();
        for &at in &new {
            let Some(decision) = &companies[at].slug else { continue };
            let Verdict::Slug(slug) = &decision.verdict else { continue };
            if taken.insert(slug.clone()) {
                slugs[at] = Some(slug.clone());
            } else {
                self.find(Finding::new(Code::DecisionRefused, decision.content(), "value"));
            }
        }
        let mut open: Vec<(_, usize)> = new
            .into_iter()
            .filter(|&at| slugs[at].is_none())
            .map(|at| {
                let contacts = self.contacts_of(&companies[at]);
                (contacts.iter().map(|contact| age(contact)).min(), at)
            })
            .collect();
        open.sort();
        let mut rest = Vec::new();
        for (_, at) in open {
            let bare = bare_slug(&self.name(&companies[at]));
            if taken.insert(bare.clone()) {
                slugs[at] = Some(bare);
            } else {
                rest.push((at, bare));
            }
        }
        for (at, bare) in rest {
            let company = &companies[at];
            let slug =
                suffixed_slug(&bare, company.tenant, &company.key, |slug| taken.contains(slug));
            taken.insert(slug.clone());
            slugs[at] = Some(slug);
        }
        slugs
    }
}
