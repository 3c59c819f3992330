//! Contacts sorted into rows: one for each tenant, folded spelling and organization that the
//! contact already belongs to; or the reason why a contact has no row.

use std::collections::BTreeMap;

use super::{Fate, Resolver};
use crate::finding::{Code, Finding};
use crate::ids::TenantId;
use crate::transform::evidence::Evidence;
use crate::transform::normalize::{Name, bare, normalize, normalize_unless};
use crate::transform::record::Contact;
use crate::transform::{Individuals, Mode, Rules};

/// Contacts of one tenant with one folded spelling, and where they already belong.
#[derive(Default)]
pub(super) struct Row {
    pub(super) contacts: Vec<usize>,
    pub(super) raws: BTreeMap<String, u32>,
    pub(super) evidence: Evidence,
}

impl Row {
    /// The raw spelling that sorts first.
    pub(super) fn raw(&self) -> &str {
        let (raw, _) = self.raws.first_key_value().expect("a row has at least one contact");
        raw
    }
}

/// Folded spelling and place.
pub(super) type RowKey = (String, Option<usize>);

impl<'a> Resolver<'a> {
    /// Sorts every customer contact into a row of its tenant, or says why not.
    pub(super) fn place_contacts(&mut self) {
        let records = self.records;
        for (index, contact) in records.contacts.iter().enumerate() {
            let tenant = self.tenancy.of_contact(contact, records);
            self.out.tenants.push(tenant);
            for id in contact.customer_organization.into_iter().chain(contact.organization) {
                if let Some(at) = records.organization(id) {
                    self.lying.entry(at).or_default().extend(tenant);
                }
            }
            let fate = if contact.is_customer() {
                self.place_contact(index, contact, tenant)
            } else {
                Some(Fate::NotACustomer)
            };
            if let Some(Fate::Blocked(code)) = fate {
                let column = match code {
                    Code::NoCompany => "company_name",
                    _ => "organization_id",
                };
                self.out.findings.push(Finding::new(code, contact.id, column));
            }
            self.out.fates.push(fate);
        }
        for project in &records.projects {
            let link = project.customer_organization.and_then(|id| records.organization(id));
            let tenant = project.organization.filter(|id| records.organization(*id).is_some());
            if let (Some(at), Some(tenant)) = (link, tenant) {
                self.lying.entry(at).or_default().insert(TenantId::of(tenant));
            }
        }
        self.attach_to_placed();
    }

    fn place_contact(
        &mut self,
        index: usize,
        contact: &Contact<'a>,
        tenant: Option<TenantId>,
    ) -> Option<Fate> {
        let Some(tenant) = tenant else { return Some(Fate::Blocked(Code::TenantUnknown)) };
        let company = contact.company.filter(|raw| !self.rules.is_placeholder(raw));
        let name = company.and_then(|raw| normalize(raw, &self.rules.forms));
        let place = match self.place(contact, tenant, name.as_ref()) {
            Ok(place) => place,
            Err(code) => return Some(Fate::Blocked(code)),
        };
        // A contact that is placed needs no company of its own: it has its organization's.
        let (raw, name) = match (company, name, place) {
            (Some(raw), Some(name), _) => (raw, name),
            (_, _, Some(place)) => match self.names[place].clone() {
                Some(name) => (self.organization(place).name, name),
                None => return Some(Fate::Blocked(Code::NoCompany)),
            },
            _ => return self.individual(index, tenant),
        };
        let row = self.rows.entry(tenant).or_default().entry((name.folded, place)).or_default();
        row.contacts.push(index);
        *row.raws.entry(raw.to_owned()).or_default() += 1;
        for &(column, kind) in &self.beside {
            if let Some(text) = contact.text(column) {
                self.rules.kinds.add(&mut row.evidence, (kind, text), &self.rules.free_mail);
            }
        }
        None
    }

    fn individual(&mut self, index: usize, tenant: TenantId) -> Option<Fate> {
        match self.rules.individuals {
            Individuals::Report => Some(Fate::Blocked(Code::NoCompany)),
            Individuals::Skip => Some(Fate::Skipped),
            Individuals::Organization => {
                self.persons.push((tenant, index));
                None
            }
        }
    }

    /// The existing organization that a contact already belongs to.
    fn place(
        &self,
        contact: &Contact<'_>,
        tenant: TenantId,
        company: Option<&Name>,
    ) -> Result<Option<usize>, Code> {
        let own = tenant.organization();
        // The column that this mode writes comes first; the other may be left from an earlier try.
        let columns = match self.rules.mode {
            Mode::Rehome => [contact.organization, contact.customer_organization],
            Mode::Link => [contact.customer_organization, contact.organization],
        };
        let named: Vec<usize> = columns
            .into_iter()
            .flatten()
            .filter(|id| *id != own)
            .filter_map(|id| self.records.organization(id))
            .collect();
        let owned = named.iter().copied().find(|&at| self.organization(at).owner == Some(own));
        let Some(at) = owned.or_else(|| named.first().copied()) else { return Ok(None) };
        let row = self.organization(at);
        let filed = contact.owner == Some(own) || contact.customer_organization == Some(row.id);
        if row.owner == Some(own) && filed || self.tenancy.is_tenantless() {
            return Ok(Some(at));
        }
        if row.owner.is_some_and(|owner| owner != own) || self.tenancy.is_tenant(row.id) {
            return Err(Code::PlacedInOtherTenant);
        }
        // Nobody's organization: an earlier, half-finished migration may have put the contact
        // there, rightly or wrongly. The name decides.
        let agrees = match (company, &self.names[at]) {
            (Some(company), Some(title)) => self.agree(company, title),
            (None, Some(_)) => true,
            _ => false,
        };
        // Without the users it may be a tenant: then nothing is adopted without a decision.
        let known = self.tenancy.users_known;
        if agrees { Ok(known.then_some(at)) } else { Err(Code::PlacementContradicts) }
    }

    /// Rows without a place go where most rows of the very same spelling already are.
    fn attach_to_placed(&mut self) {
        for rows in self.rows.values_mut() {
            let mut places: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
            for ((folded, place), row) in rows.iter() {
                if let Some(place) = place {
                    places.entry(folded.clone()).or_default().push((row.contacts.len(), *place));
                }
            }
            for (folded, mut places) in places {
                places.sort_by_key(|&(count, place)| (std::cmp::Reverse(count), place));
                if places.len() > 1 {
                    for &(_, place) in &places {
                        let id = self.records.organizations[place].id;
                        let finding = Finding::new(Code::SpellingInTwoOrganizations, id, "name");
                        let others = places.len() - 1;
                        self.out.findings.push(finding.detail(format!("{others} other")));
                    }
                }
                let Some(row) = rows.remove(&(folded.clone(), None)) else { continue };
                let best = places[0].1;
                let into = rows.get_mut(&(folded, Some(best))).expect("the place was just found");
                into.contacts.extend(row.contacts);
                into.contacts.sort_unstable();
                for (raw, count) in row.raws {
                    *into.raws.entry(raw).or_default() += count;
                }
                into.evidence.merge(&row.evidence);
            }
        }
    }
}

impl Rules {
    /// Whether a text in place of a company name means that there is none.
    pub fn is_placeholder(&self, raw: &str) -> bool {
        let text = bare(raw);
        text.is_empty() || self.placeholders.contains(&text)
    }

    /// A name taken apart; `None` if it names no company.
    pub fn name(&self, raw: &str) -> Option<Name> {
        normalize_unless(raw, &self.forms, |bare| self.placeholders.contains(bare))
    }
}
