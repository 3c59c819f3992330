//! Organizations: ids, slugs, names and attributes.

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Action, DesiredOrganization, Linker};
use crate::finding::{Code, Finding};
use crate::ids::{OrganizationId, Slug, TenantId};
use crate::schema::Field;
use crate::transform::decisions::Verdict;
use crate::transform::record::Contact;
use crate::transform::resolution::Company;
use crate::transform::slug::{bare_slug, suffixed_slug};
use crate::transform::survivorship::{Attribute, age, carry, clean, company_name, person_name};

/// What is chosen for a new organization.
struct Chosen {
    name: String,
    /// The slug of the name by which its earliest contact knows it, without regard to others.
    bare: Slug,
    slug: Option<Slug>,
}

impl<'a> Linker<'_, 'a> {
    /// What is wrong with organizations whatever the contacts say.
    pub(super) fn report_organizations(&mut self) {
        let mut holders: FxHashMap<&str, OrganizationId> = FxHashMap::default();
        for row in &self.records.organizations {
            if let Some(slug) = row.slug
                && let Some(first) = holders.insert(slug, row.id)
            {
                let finding = Finding::new(Code::DuplicateSlug, row.id, Field::SLUG.name());
                self.find(finding.detail(format!("also {first}")));
            }
            if row.owner.is_some_and(|owner| self.records.organization(owner).is_none()) {
                self.find(Finding::new(Code::DanglingOwner, row.id, Field::OWNER.name()));
            }
        }
    }

    pub(super) fn organizations(&mut self) {
        let companies = &self.resolution.companies;
        self.out.company_ids = self.ids();
        let chosen = self.choose();
        let attributes = Attribute::all(self.records.declared, self.rules);
        let made: Vec<(DesiredOrganization, Vec<Finding>)> = companies
            .par_iter()
            .zip(&self.out.company_ids)
            .zip(chosen)
            .map(|((company, &id), chosen)| match chosen {
                None => (self.existing(company, id), Vec::new()),
                Some(chosen) => self.new_organization((company, id), chosen, &attributes),
            })
            .collect();
        self.out.organizations.reserve_exact(made.len());
        for (organization, mut findings) in made {
            self.out.organizations.push(organization);
            self.out.findings.append(&mut findings);
        }
        self.keep_organizations_without_contacts();
    }

    /// The id of each company, minted where it is new.
    fn ids(&self) -> Vec<OrganizationId> {
        let mint = |company: &Company, attempt: u32| {
            OrganizationId::mint(company.tenant, &company.key, attempt)
        };
        let companies = &self.resolution.companies;
        let first: Vec<OrganizationId> = companies
            .par_iter()
            .map(|company| match company.existing {
                Some(at) => self.records.organizations[at].id,
                None => mint(company, 0),
            })
            .collect();
        let mut taken: FxHashSet<OrganizationId> = FxHashSet::default();
        let id = |(company, first): (&Company, OrganizationId)| {
            if company.existing.is_some() {
                return first;
            }
            let attempts = (1..=u32::MAX).map(|attempt| mint(company, attempt));
            let mut attempts = std::iter::once(first).chain(attempts);
            let is_free =
                |id: &OrganizationId| self.records.organization(*id).is_none() && taken.insert(*id);
            attempts.find(is_free).expect("some attempt gives an id that is free")
        };
        std::iter::zip(companies, first).map(id).collect()
    }

    /// A company that is an organization already.
    fn existing(&self, company: &Company, id: OrganizationId) -> DesiredOrganization {
        let tenant = company.tenant;
        let row = self.records.organization(id).map(|at| &self.records.organizations[at]);
        let owned = row.is_some_and(|row| row.owner == Some(tenant.organization()));
        let is_kept = owned || self.tenancy.is_tenantless();
        DesiredOrganization {
            id,
            tenant,
            slug: row.and_then(|row| row.slug).map(str::to_owned),
            name: row.map_or_else(String::new, |row| row.name.to_owned()),
            action: if is_kept { Action::Keep } else { Action::Adopt },
            members: company.contacts.len(),
            attributes: Vec::new(),
        }
    }

    /// A company that becomes an organization, and on what its contacts disagree.
    fn new_organization(
        &self,
        (company, id): (&Company, OrganizationId),
        chosen: Chosen,
        declared: &[Attribute],
    ) -> (DesiredOrganization, Vec<Finding>) {
        let contacts = self.contacts_of(company);
        let (mut attributes, mut findings) = (Vec::new(), Vec::new());
        for attribute in declared {
            let Some(carried) = carry(attribute, &contacts, self.rules) else { continue };
            let field = attribute.field;
            if carried.distinct > 1 {
                let finding = Finding::new(Code::AttributeConflict, id, field.name());
                findings.push(finding.detail(format!("{} values", carried.distinct)));
            }
            attributes.push((field, carried));
        }
        attributes.shrink_to_fit();
        let organization = DesiredOrganization {
            id,
            tenant: company.tenant,
            slug: chosen.slug.map(|slug| slug.to_string()),
            name: chosen.name,
            action: Action::Insert,
            members: contacts.len(),
            attributes,
        };
        (organization, findings)
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
        let contacts = &self.records.contacts;
        if company.is_person {
            return person_name(&contacts[company.contacts[0]]);
        }
        // What a placed contact has in place of a company is no name.
        let is_named = |at: &&usize| self.resolution.nameless.binary_search(at).is_err();
        let named = company.contacts.iter().filter(is_named);
        let named: Vec<&Contact<'a>> = named.map(|&at| &contacts[at]).collect();
        let mut raws = company.spellings.iter().flat_map(|spelling| &spelling.raws);
        company_name(&named)
            .unwrap_or_else(|| clean(raws.next().map_or(&company.key, |(raw, _)| raw)))
    }

    /// The slug of a new organization, without regard to others. Its name is what most contacts say,
    /// which changes from month to month; its earliest contact stays.
    fn bare_slug(&self, company: &Company) -> Slug {
        let earliest = &self.records.contacts[company.first];
        match earliest.company {
            Some(raw) if !company.is_person => bare_slug(&clean(raw)),
            _ => bare_slug(&self.name(company)),
        }
    }

    /// Names and slugs of the new organizations. Slugs: first those that people chose, then the
    /// bare ones by age, then the rest.
    fn choose(&mut self) -> Vec<Option<Chosen>> {
        let companies = &self.resolution.companies;
        let choose = |company: &Company| Chosen {
            name: self.name(company),
            bare: self.bare_slug(company),
            slug: None,
        };
        let mut chosen: Vec<Option<Chosen>> = companies
            .par_iter()
            .map(|company| company.existing.is_none().then(|| choose(company)))
            .collect();
        let mut taken: FxHashSet<Slug> =
            self.records.organizations.iter().filter_map(|row| Slug::parse(row.slug?)).collect();
        let (mut open, mut decided) = (Vec::new(), FxHashSet::default());
        for (at, (company, chosen)) in std::iter::zip(companies, &mut chosen).enumerate() {
            let Some(chosen) = chosen else { continue };
            if let Some(decision) = &company.slug
                && let Verdict::Slug(slug) = &decision.verdict
            {
                if taken.insert(slug.clone()) {
                    decided.insert(slug.clone());
                    chosen.slug = Some(slug.clone());
                    continue;
                }
                let finding = Finding::new(Code::DecisionRefused, decision.content(), "value");
                self.out.findings.push(finding);
            }
            open.push((age(&self.records.contacts[company.first]), at));
        }
        open.par_sort_unstable();
        let mut rest = Vec::new();
        for (_, at) in open {
            let Some(chosen) = &mut chosen[at] else { continue };
            if taken.insert(chosen.bare.clone()) {
                chosen.slug = Some(chosen.bare.clone());
            } else {
                if decided.remove(&chosen.bare) {
                    let id = self.out.company_ids[at];
                    let finding = Finding::new(Code::SlugDisplaced, id, Field::SLUG.name());
                    self.out.findings.push(finding);
                }
                rest.push(at);
            }
        }
        for at in rest {
            let Some(chosen) = &mut chosen[at] else { continue };
            let Company { tenant, key, .. } = &companies[at];
            let slug = suffixed_slug(&chosen.bare, *tenant, key, |slug| taken.contains(slug));
            taken.insert(slug.clone());
            chosen.slug = Some(slug);
        }
        chosen
    }
}
