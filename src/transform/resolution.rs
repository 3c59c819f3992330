//! Which contacts are one company: the resolution of a snapshot, tenant by tenant.
//!
//! In: records, tenancy, rules, decisions. Out: a [`Resolution`]: companies with their contacts,
//! what became of every customer contact, open questions, findings. Names are compared inside one
//! tenant only. Ids, slugs and row changes come later.

use std::collections::{BTreeMap, BTreeSet};

use super::decisions::{self, Decision, Decisions, Verdict, contradiction};
use super::evidence::{Cells, Evidence};
use super::matching::{Compared, Human, Join, Matching, Mention, Settings, match_mentions};
use super::normalize::{Name, bare, fold, normalize};
use super::record::{Contact, Organization, Records};
use super::tenancy::Tenancy;
use super::{Individuals, Rules};
use crate::finding::{Code, Finding};
use crate::ids::TenantId;

/// What became of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is not a customer's.
    NotACustomer,
    /// It has no company, and the rules say to leave such contacts alone.
    Skipped,
    /// A person decided that its company is the tenant itself.
    OwnTenant,
    /// A finding keeps it from being mapped.
    Blocked(Code),
    /// It belongs to this company, by index into [`Resolution::companies`].
    Company(usize),
}

/// A spelling of a company's name.
#[derive(Clone, Debug)]
pub struct Spelling {
    /// As people typed it, with the number of contacts of each.
    pub raws: BTreeMap<String, u32>,
    /// Folded; what decisions speak of.
    pub normalized: String,
    /// How it came to this company.
    pub join: Join,
}

/// One company of one tenant.
#[derive(Clone, Debug)]
pub struct Company {
    /// Whose customer it is.
    pub tenant: TenantId,
    /// The organization key: the smallest folded spelling, or a person's contact id.
    pub key: String,
    /// Position of the existing organization it is, in [`Records::organizations`].
    pub existing: Option<usize>,
    /// Whether it is one person without a company.
    pub is_person: bool,
    /// Its contacts: positions in [`Records::contacts`], ascending.
    pub contacts: Vec<usize>,
    /// Its spellings, by normalized text.
    pub spellings: Vec<Spelling>,
    /// A name that a person chose.
    pub name: Option<Decision>,
    /// A slug that a person chose.
    pub slug: Option<Decision>,
    /// Whether an open question names it.
    pub in_review: bool,
}

/// A doubtful pair of companies.
#[derive(Clone, Debug)]
pub struct Review {
    /// Whose customers they are.
    pub tenant: TenantId,
    /// Raw spelling of the one, and of the other.
    pub spellings: (String, String),
    /// Companies, where contacts already use the name; an organization that is not adopted has none.
    pub companies: (Option<usize>, Option<usize>),
    /// Rows that use the names.
    pub rows: (u32, u32),
    /// Evidence.
    pub compared: Compared,
}

/// The result.
#[derive(Clone, Debug, Default)]
pub struct Resolution {
    /// Companies, sorted by tenant and key.
    pub companies: Vec<Company>,
    /// What became of each contact, in the order of [`Records::contacts`].
    pub fates: Vec<Option<Fate>>,
    /// Tenant of each contact, where it can be told.
    pub tenants: Vec<Option<TenantId>>,
    /// Open questions, those that change most first.
    pub reviews: Vec<Review>,
    /// What is wrong or doubtful.
    pub findings: Vec<Finding>,
}

/// Resolves every customer contact.
///
/// # Errors
/// Decisions that contradict each other once it is known which spellings are one company.
pub fn resolve(
    records: &Records<'_>,
    tenancy: &Tenancy,
    rules: &Rules,
    decisions: &Decisions,
) -> Result<Resolution, decisions::Error> {
    let mut resolver = Resolver::new(records, tenancy, rules, decisions);
    resolver.place_contacts();
    let tenants: BTreeSet<TenantId> = resolver.rows.keys().copied().collect();
    let mut drafts = Vec::new();
    for tenant in tenants {
        drafts.push(resolver.match_tenant(tenant)?);
    }
    resolver.settle_claims(&mut drafts)?;
    resolver.finish(drafts)
}

/// Contacts of one tenant with one folded spelling, and where they already belong.
#[derive(Default)]
struct Row {
    contacts: Vec<usize>,
    raws: BTreeMap<String, u32>,
    evidence: Evidence,
}

impl Row {
    /// The raw spelling that sorts first.
    fn raw(&self) -> &str {
        let (raw, _) = self.raws.first_key_value().expect("a row has at least one contact");
        raw
    }
}

/// Folded spelling and place.
type RowKey = (String, Option<usize>);

struct Resolver<'a> {
    records: &'a Records<'a>,
    tenancy: &'a Tenancy,
    rules: &'a Rules,
    decisions: &'a Decisions,
    /// Names of existing organizations; `None` where a name has no word.
    names: Vec<Option<Name>>,
    /// Organizations by the core of their names.
    by_core: BTreeMap<String, Vec<usize>>,
    /// Organizations that nobody owns and that are no tenants, by word of their names.
    free_by_word: BTreeMap<String, Vec<usize>>,
    rows: BTreeMap<TenantId, BTreeMap<RowKey, Row>>,
    persons: Vec<(TenantId, usize)>,
    by_slug: BTreeMap<&'a str, usize>,
    used_decisions: BTreeSet<String>,
    out: Resolution,
}

/// One tenant, matched but not yet settled against the others.
struct Draft {
    tenant: TenantId,
    mentions: Vec<Mention>,
    keys: Vec<Option<RowKey>>,
    matching: Matching,
    /// Organizations that a decision of this tenant adopts, with the decision.
    adopted: BTreeMap<usize, Decision>,
    /// Rows in each group.
    rows: Vec<u32>,
}

impl<'a> Resolver<'a> {
    fn new(
        records: &'a Records<'a>,
        tenancy: &'a Tenancy,
        rules: &'a Rules,
        decisions: &'a Decisions,
    ) -> Self {
        let names: Vec<Option<Name>> =
            records.organizations.iter().map(|row| normalize(row.name, &rules.forms)).collect();
        let mut by_core: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut free_by_word: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, (row, name)) in std::iter::zip(&records.organizations, &names).enumerate() {
            if let Some(name) = name {
                by_core.entry(name.core()).or_default().push(index);
            }
            if row.owner.is_some() || tenancy.is_tenant(row.id) {
                continue;
            }
            for word in name.iter().flat_map(|name| &name.words) {
                let list = free_by_word.entry(word.text.clone()).or_default();
                if list.last() != Some(&index) {
                    list.push(index);
                }
            }
        }
        let by_slug = records
            .organizations
            .iter()
            .enumerate()
            .filter_map(|(index, row)| Some((row.slug?, index)))
            .collect();
        Self {
            records,
            tenancy,
            rules,
            decisions,
            names,
            by_core,
            free_by_word,
            rows: BTreeMap::new(),
            persons: Vec::new(),
            by_slug,
            used_decisions: BTreeSet::new(),
            out: Resolution::default(),
        }
    }

    fn organization(&self, index: usize) -> &Organization<'a> {
        &self.records.organizations[index]
    }

    /// Sorts every customer contact into a row of its tenant, or says why not.
    fn place_contacts(&mut self) {
        let records = self.records;
        for (index, contact) in records.contacts.iter().enumerate() {
            let tenant = self.tenancy.of_contact(contact, records);
            self.out.tenants.push(tenant);
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
            (_, _, Some(place)) => {
                (self.organization(place).name, self.names[place].clone()?)
            }
            _ => return self.individual(index, tenant),
        };
        let row = self.rows.entry(tenant).or_default().entry((name.folded, place)).or_default();
        row.contacts.push(index);
        *row.raws.entry(raw.to_owned()).or_default() += 1;
        let details = &contact.details;
        let cells = Cells {
            email: contact.email,
            website: details.website,
            phone: contact.phone,
            tax_id: details.tax_id,
            city: details.city,
            country: details.country,
        };
        row.evidence.add(&cells, &self.rules.free_mail);
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
        let at = contact
            .customer_organization
            .into_iter()
            .chain(contact.organization)
            .filter(|id| *id != own)
            .find_map(|id| self.records.organization(id));
        let Some(at) = at else { return Ok(None) };
        let row = self.organization(at);
        if row.owner == Some(own) || self.tenancy.is_tenantless() {
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
        if agrees { Ok(Some(at)) } else { Err(Code::PlacementContradicts) }
    }

    /// Equal cores without contradiction.
    fn agree(&self, a: &Name, b: &Name) -> bool {
        a.core() == b.core() && a.marks_agree(b) && self.rules.forms.agree(&a.forms, &b.forms)
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

    /// Matches one tenant's spellings among themselves and with the organizations that exist.
    fn match_tenant(&mut self, tenant: TenantId) -> Result<Draft, decisions::Error> {
        let own = tenant.organization();
        let rows = &self.rows[&tenant];
        let mut mentions = Vec::new();
        let mut keys = Vec::new();
        for (key, row) in rows {
            let name = normalize(row.raw(), &self.rules.forms).expect("checked when the row was made");
            mentions.push(Mention {
                name,
                evidence: row.evidence.clone(),
                rows: u32::try_from(row.contacts.len()).expect("fewer contacts than 2^32"),
                place: key.1.map(to_place),
                is_title: false,
                is_decided: false,
                by_score: true,
            });
            keys.push(Some(key.clone()));
        }
        let mut titles: BTreeSet<usize> = rows.keys().filter_map(|(_, place)| *place).collect();
        for (index, row) in self.records.organizations.iter().enumerate() {
            if row.owner == Some(own) && row.id != own {
                titles.insert(index);
            }
        }
        titles.extend(self.free_organizations(rows.values()));
        let adopted = self.adoptions(tenant, &mut titles, &mentions)?;
        for title in titles {
            let Some(name) = self.names[title].clone() else { continue };
            let row = self.organization(title);
            let mut evidence = Evidence::default();
            let cells = Cells {
                website: row.details.website,
                tax_id: row.details.tax_id,
                city: row.details.city,
                country: row.details.country,
                ..Cells::default()
            };
            evidence.add(&cells, &self.rules.free_mail);
            if let Some(domain) = row.domain {
                let cells = Cells { website: Some(domain), ..Cells::default() };
                evidence.add(&cells, &self.rules.free_mail);
            }
            mentions.push(Mention {
                name,
                evidence,
                rows: 0,
                place: Some(to_place(title)),
                is_title: true,
                is_decided: adopted.contains_key(&title),
                by_score: row.owner == Some(own),
            });
            keys.push(None);
        }
        let human = self.human(tenant, &mentions, &adopted);
        let settings = Settings {
            preset: self.rules.preset,
            weights: &self.rules.weights,
            forms: &self.rules.forms,
            background: &self.rules.background,
        };
        let matching = match_mentions(&mentions, &human, &settings);
        let mut rows = vec![0; matching.places.len()];
        for (mention, &group) in std::iter::zip(&mentions, &matching.group_of) {
            rows[group] += mention.rows;
        }
        Ok(Draft { tenant, mentions, keys, matching, adopted, rows })
    }

    /// Organizations that nobody owns and that share a telling word with the tenant's names.
    fn free_organizations<'r>(&self, rows: impl Iterator<Item = &'r Row>) -> BTreeSet<usize> {
        /// A word that more organizations hold is no reason to look at each of them.
        const COMMON: usize = 50;
        if !self.tenancy.users_known && !self.tenancy.is_tenantless() {
            return BTreeSet::new();
        }
        let mut found = BTreeSet::new();
        for row in rows {
            let Some(name) = normalize(row.raw(), &self.rules.forms) else { continue };
            let core = name.core();
            for word in &name.words {
                let Some(list) = self.free_by_word.get(&word.text) else { continue };
                let same_core = |index: &&usize| {
                    self.names[**index].as_ref().is_some_and(|title| title.core() == core)
                };
                if list.len() <= COMMON {
                    found.extend(list);
                } else {
                    found.extend(list.iter().filter(same_core));
                }
            }
        }
        found
    }

    /// The organizations that this tenant's `adopt` decisions name, where they may be adopted.
    fn adoptions(
        &mut self,
        tenant: TenantId,
        titles: &mut BTreeSet<usize>,
        mentions: &[Mention],
    ) -> Result<BTreeMap<usize, Decision>, decisions::Error> {
        let mut adopted: BTreeMap<usize, Decision> = BTreeMap::new();
        for decision in self.decisions_of(tenant) {
            let Verdict::Adopt(slug) = &decision.verdict else { continue };
            if !mentions.iter().any(|mention| mention.name.folded == decision.a) {
                continue;
            }
            self.used_decisions.insert(decision.content());
            let target = self.by_slug.get(slug.as_str()).copied();
            let refused = target.is_none_or(|target| {
                self.organization(target).owner.is_some_and(|owner| owner != tenant.organization())
            });
            match target {
                Some(target) if !refused => {
                    titles.insert(target);
                    adopted.insert(target, decision);
                }
                _ => {
                    let finding = Finding::new(Code::DecisionRefused, decision.content(), "value");
                    self.out.findings.push(finding);
                }
            }
        }
        Ok(adopted)
    }

    fn decisions_of(&self, tenant: TenantId) -> Vec<Decision> {
        let Some(slug) = self.tenant_slug(tenant) else { return Vec::new() };
        self.decisions.iter().filter(|decision| decision.tenant == slug).cloned().collect()
    }

    /// The slug by which decisions speak of a tenant; `-` where there are no tenants.
    fn tenant_slug(&self, tenant: TenantId) -> Option<&'a str> {
        if self.tenancy.is_tenantless() {
            return Some("-");
        }
        let index = self.records.organization(tenant.organization())?;
        self.records.organizations[index].slug
    }

    /// Turns decisions on spellings into pairs of mentions.
    fn human(
        &mut self,
        tenant: TenantId,
        mentions: &[Mention],
        adopted: &BTreeMap<usize, Decision>,
    ) -> Human {
        let mut by_spelling: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, mention) in mentions.iter().enumerate() {
            by_spelling.entry(&mention.name.folded).or_default().push(index);
        }
        let none = Vec::new();
        // A spelling means the contacts that use it; where none does, the organization of that name.
        let meant = |spelling: &str| -> Vec<usize> {
            let all = by_spelling.get(spelling).unwrap_or(&none);
            let used: Vec<usize> = all.iter().copied().filter(|&at| !mentions[at].is_title).collect();
            if used.is_empty() { all.clone() } else { used }
        };
        let mut human = Human::default();
        for decision in self.decisions_of(tenant) {
            let (left, right) = (meant(&decision.a), meant(&decision.b));
            match &decision.verdict {
                Verdict::Same => human.same.extend(pairs(&left, &right)),
                Verdict::Different => {
                    let all = |spelling: &str| by_spelling.get(spelling).unwrap_or(&none);
                    human.different.extend(pairs(all(&decision.a), all(&decision.b)));
                }
                Verdict::NeverAdopt => {
                    for &a in &left {
                        let free = mentions.iter().enumerate().filter(|(_, mention)| {
                            mention.is_title && !mention.by_score && mention.place != mentions[a].place
                        });
                        human.different.extend(free.map(|(title, _)| (a, title)));
                    }
                }
                Verdict::Adopt(slug) => {
                    let target = self.by_slug.get(slug.as_str()).copied();
                    let title = mentions.iter().position(|mention| {
                        mention.is_title && mention.is_decided && mention.place == target.map(to_place)
                    });
                    if let (Some(title), Some(target)) = (title, target)
                        && adopted.contains_key(&target)
                    {
                        human.same.extend(left.iter().filter(|a| **a != title).map(|&a| (a, title)));
                    }
                }
                Verdict::Name(_) | Verdict::Slug(_) => {}
            }
            let applies = match decision.verdict {
                Verdict::Same | Verdict::Different => !left.is_empty() && !right.is_empty(),
                _ => !left.is_empty(),
            };
            if applies {
                self.used_decisions.insert(decision.content());
            }
        }
        human
    }

    /// An organization that nobody owns goes to one tenant at most.
    fn settle_claims(&mut self, drafts: &mut [Draft]) -> Result<(), decisions::Error> {
        let mut claims: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for (at, draft) in drafts.iter().enumerate() {
            for (group, place) in draft.matching.places.iter().enumerate() {
                let Some(place) = place.map(from_place) else { continue };
                let used = draft.rows[group] > 0;
                if used && self.organization(place).owner.is_none() {
                    claims.entry(place).or_default().push((at, group));
                }
            }
        }
        for (place, claims) in claims {
            if claims.len() < 2 || self.tenancy.is_tenantless() {
                continue;
            }
            let decided: Vec<(usize, usize)> = claims
                .iter()
                .copied()
                .filter(|(at, _)| drafts[*at].adopted.contains_key(&place))
                .collect();
            if let [first, second, ..] = decided[..] {
                let other = drafts[first.0].adopted[&place].place.clone();
                return Err(contradiction(&drafts[second.0].adopted[&place], vec![other]));
            }
            for (at, group) in claims.iter().filter(|claim| !decided.contains(claim)) {
                drafts[*at].matching.places[*group] = None;
            }
            if decided.is_empty() {
                let id = self.organization(place).id;
                let finding = Finding::new(Code::ClaimedByTwoTenants, id, "name");
                self.out.findings.push(finding.detail(format!("{} tenants", claims.len())));
            }
        }
        Ok(())
    }

    fn finish(mut self, drafts: Vec<Draft>) -> Result<Resolution, decisions::Error> {
        for draft in drafts {
            self.build_companies(draft)?;
        }
        for (tenant, index) in std::mem::take(&mut self.persons) {
            let contact = &self.records.contacts[index];
            self.out.companies.push(Company {
                tenant,
                key: contact.id.to_string(),
                existing: None,
                is_person: true,
                contacts: vec![index],
                spellings: Vec::new(),
                name: None,
                slug: None,
                in_review: false,
            });
        }
        self.report_decisions();
        let mut order: Vec<usize> = (0..self.out.companies.len()).collect();
        let companies = &self.out.companies;
        order.sort_by(|&a, &b| {
            let key = |at: usize| (companies[at].tenant, &companies[at].key, companies[at].existing);
            key(a).cmp(&key(b))
        });
        let mut position = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            position[old] = new;
        }
        let mut companies: Vec<Option<Company>> =
            std::mem::take(&mut self.out.companies).into_iter().map(Some).collect();
        self.out.companies =
            order.iter().filter_map(|&old| companies[old].take()).collect();
        for review in &mut self.out.reviews {
            let (a, b) = &mut review.companies;
            for company in [a, b].into_iter().flatten() {
                *company = position[*company];
            }
        }
        self.out.reviews.sort_by(|a, b| {
            let key = |review: &Review| {
                let moved = review.rows.0.min(review.rows.1);
                (std::cmp::Reverse((moved, review.compared.score)), review.tenant)
            };
            key(a).cmp(&key(b)).then_with(|| a.spellings.cmp(&b.spellings))
        });
        for (at, company) in self.out.companies.iter().enumerate() {
            for &contact in &company.contacts {
                self.out.fates[contact] = Some(Fate::Company(at));
            }
        }
        Ok(self.out)
    }

    fn build_companies(&mut self, draft: Draft) -> Result<(), decisions::Error> {
        let tenant = draft.tenant;
        let rows = self.rows.remove(&tenant).expect("drafts are made of these tenants");
        let decisions = self.decisions_of(tenant);
        let values: BTreeMap<(&str, &str), &Decision> = decisions
            .iter()
            .map(|decision| ((decision.verdict.kind(), decision.a.as_str()), decision))
            .collect();
        let groups = draft.matching.places.len();
        let mut company_of: Vec<Option<usize>> = vec![None; groups];
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); groups];
        for (mention, &group) in draft.matching.group_of.iter().enumerate() {
            members[group].push(mention);
        }
        for (group, members) in members.iter().enumerate() {
            let used: Vec<usize> =
                members.iter().copied().filter(|&mention| draft.keys[mention].is_some()).collect();
            if used.is_empty() {
                continue;
            }
            self.check_adoptions(&draft, members)?;
            let existing = draft.matching.places[group].map(from_place);
            let mut contacts = Vec::new();
            let mut spellings: BTreeMap<String, Spelling> = BTreeMap::new();
            for &mention in &used {
                let key = draft.keys[mention].as_ref().expect("filtered above");
                let row = &rows[key];
                contacts.extend(&row.contacts);
                let spelling = spellings.entry(key.0.clone()).or_insert_with(|| Spelling {
                    raws: BTreeMap::new(),
                    normalized: key.0.clone(),
                    join: draft.matching.joins[mention].clone(),
                });
                for (raw, count) in &row.raws {
                    *spelling.raws.entry(raw.clone()).or_default() += count;
                }
            }
            contacts.sort_unstable();
            if existing.is_some_and(|at| self.organization(at).id == tenant.organization()) {
                for contact in contacts {
                    self.out.fates[contact] = Some(Fate::OwnTenant);
                }
                continue;
            }
            self.report_neighbours(tenant, &draft, &used, existing);
            let spellings: Vec<Spelling> = spellings.into_values().collect();
            let name = decided(&values, &spellings, "name")?;
            let slug = decided(&values, &spellings, "slug")?;
            company_of[group] = Some(self.out.companies.len());
            self.out.companies.push(Company {
                tenant,
                key: spellings[0].normalized.clone(),
                existing,
                is_person: false,
                contacts,
                spellings,
                name,
                slug,
                in_review: false,
            });
        }
        self.build_reviews(&draft, &rows, &company_of);
        Ok(())
    }

    /// Two `adopt` decisions that lead one company to two organizations contradict each other.
    fn check_adoptions(&self, draft: &Draft, members: &[usize]) -> Result<(), decisions::Error> {
        let mut found: Option<&Decision> = None;
        for &member in members.iter().filter(|&&member| draft.mentions[member].is_decided) {
            let place = draft.mentions[member].place.map(from_place);
            let Some(decision) = place.and_then(|place| draft.adopted.get(&place)) else { continue };
            if let Some(other) = found {
                return Err(contradiction(decision, vec![other.place.clone()]));
            }
            found = Some(decision);
        }
        Ok(())
    }

    /// Findings about organizations that have the company's name without being it.
    fn report_neighbours(
        &mut self,
        tenant: TenantId,
        draft: &Draft,
        used: &[usize],
        existing: Option<usize>,
    ) {
        let mut namesakes = BTreeSet::new();
        for &mention in used {
            let name = &draft.mentions[mention].name;
            let titles = self.by_core.get(&name.core()).into_iter().flatten().copied();
            namesakes.extend(titles.filter(|&index| {
                let agrees = |title| self.agree(name, title);
                Some(index) != existing && self.names[index].as_ref().is_some_and(agrees)
            }));
        }
        let mut free = Vec::new();
        for index in namesakes {
            let row = self.organization(index);
            if self.tenancy.is_tenant(row.id) && row.owner.is_none() {
                let finding = Finding::new(Code::NamedLikeTenant, row.id, "name");
                let of = if row.id == tenant.organization() { "its own" } else { "another tenant's" };
                self.out.findings.push(finding.detail(format!("{of} contacts")));
            } else if row.owner.is_none() && existing.is_none() {
                free.push(index);
            }
        }
        let code = if !self.tenancy.users_known && !self.tenancy.is_tenantless() {
            Code::AdoptionNeedsUsers
        } else if free.len() > 1 {
            Code::AmbiguousAdoption
        } else {
            return;
        };
        for index in free {
            self.out.findings.push(Finding::new(code, self.organization(index).id, "name"));
        }
    }

    fn build_reviews(
        &mut self,
        draft: &Draft,
        rows: &BTreeMap<RowKey, Row>,
        company_of: &[Option<usize>],
    ) {
        for question in &draft.matching.questions {
            let side = |mention: usize| {
                let company = company_of[draft.matching.group_of[mention]];
                let raw = match &draft.keys[mention] {
                    Some(key) => rows[key].raw().to_owned(),
                    None => {
                        let place = draft.mentions[mention].place.map(from_place);
                        place.map_or_else(String::new, |at| self.organization(at).name.to_owned())
                    }
                };
                (company, raw, draft.rows[draft.matching.group_of[mention]])
            };
            let (a, b) = (side(question.pair.0), side(question.pair.1));
            // Asked once for each pair of spellings that a decision could name.
            if a.0.is_none() && b.0.is_none() || fold(&a.1) == fold(&b.1) {
                continue;
            }
            for company in [a.0, b.0].into_iter().flatten() {
                self.out.companies[company].in_review = true;
            }
            self.out.reviews.push(Review {
                tenant: draft.tenant,
                spellings: (a.1, b.1),
                companies: (a.0, b.0),
                rows: (a.2, b.2),
                compared: question.compared.clone(),
            });
        }
    }

    fn report_decisions(&mut self) {
        for decision in self.decisions.iter() {
            let content = decision.content();
            if !self.used_decisions.contains(&content) {
                self.out.findings.push(Finding::new(Code::DecisionUnused, content, ""));
            }
        }
        for company in &self.out.companies {
            let late = company.existing.is_some();
            for decision in [&company.name, &company.slug].into_iter().flatten().filter(|_| late) {
                let finding = Finding::new(Code::DecisionTooLate, decision.content(), "value");
                self.out.findings.push(finding);
            }
        }
    }
}

/// Every pair of a left and a right mention.
fn pairs(left: &[usize], right: &[usize]) -> Vec<(usize, usize)> {
    left.iter().flat_map(|&a| right.iter().map(move |&b| (a, b))).collect()
}

/// The decision of one kind on any of a company's spellings.
fn decided(
    values: &BTreeMap<(&str, &str), &Decision>,
    spellings: &[Spelling],
    kind: &str,
) -> Result<Option<Decision>, decisions::Error> {
    let mut found: Option<&Decision> = None;
    for spelling in spellings {
        let Some(decision) = values.get(&(kind, spelling.normalized.as_str())) else { continue };
        if let Some(other) = found
            && other.verdict != decision.verdict
        {
            return Err(contradiction(decision, vec![other.place.clone()]));
        }
        found.get_or_insert(decision);
    }
    Ok(found.cloned())
}

fn to_place(index: usize) -> u32 {
    u32::try_from(index).expect("fewer organizations than 2^32")
}

fn from_place(place: u32) -> usize {
    place as usize
}

impl Rules {
    /// Whether a text in place of a company name means that there is none.
    pub fn is_placeholder(&self, raw: &str) -> bool {
        let text = bare(raw);
        text.is_empty() || self.placeholders.contains(&text)
    }
}
