//! Companies: what the groups of mentions become, with their questions and findings.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::rows::Raws;
use super::tenant::Draft;
use super::{Company, Fate, Resolution, Resolver, Spelling, from_place};
use crate::finding::{Code, Finding};
use crate::ids::TenantId;
use crate::schema::Field;
use crate::transform::decisions::{self, Decision, contradiction};
use crate::transform::matching::{Asked, Matching};
use crate::transform::survivorship::age;

impl<'a> Resolver<'_, 'a> {
    /// Builds every company, in order.
    pub(super) fn finish(
        mut self,
        drafts: Vec<Draft<'a>>,
        spellings: usize,
    ) -> Result<Resolution, decisions::Error> {
        self.report_decisions(&drafts);
        for mut draft in drafts {
            self.out.findings.append(&mut draft.findings);
            if draft.matching.group_of.len() > 1 {
                self.out.starts.push(draft.matching.start);
            }
            self.out.outlook = self.out.outlook + draft.matching.outlook;
            self.build_companies(draft)?;
        }
        for (tenant, index) in std::mem::take(&mut self.persons) {
            let contact = &self.records.contacts[index];
            self.out.companies.push(Company {
                tenant,
                key: contact.id.to_string(),
                first: index,
                existing: None,
                is_person: true,
                contacts: vec![index],
                spellings: Vec::new(),
                name: None,
                slug: None,
                in_review: false,
            });
        }
        self.report_late();
        let mut order: Vec<usize> = (0..self.out.companies.len()).collect();
        self.sort_companies(&mut order);
        self.part_keys(&order);
        self.sort_companies(&mut order);
        let mut position = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            position[old] = new;
        }
        let mut companies: Vec<Option<Company>> =
            std::mem::take(&mut self.out.companies).into_iter().map(Some).collect();
        self.out.companies = order.iter().filter_map(|&old| companies[old].take()).collect();
        for review in &mut self.out.reviews {
            let (a, b) = &mut review.companies;
            for company in [a, b].into_iter().flatten() {
                *company = position[*company];
            }
        }
        self.end_reviews(spellings);
        for (at, company) in self.out.companies.iter().enumerate() {
            for &contact in &company.contacts {
                self.out.fates[contact] = Some(Fate::Company(at));
            }
        }
        Ok(self.out)
    }

    /// Sorts companies by tenant and key; of those with one key the earliest comes first and has it as
    /// it is.
    fn sort_companies(&self, order: &mut [usize]) {
        let (companies, contacts) = (&self.out.companies, &self.records.contacts);
        order.par_sort_by(|&a, &b| {
            let key = |at: usize| {
                let Company { tenant, key, existing, first, .. } = &companies[at];
                (*tenant, key, *existing, age(&contacts[*first]))
            };
            key(a).cmp(&key(b))
        });
    }

    fn build_companies(&mut self, mut draft: Draft<'a>) -> Result<(), decisions::Error> {
        let tenant = draft.tenant;
        let values: BTreeMap<(&str, &str), &Decision> = draft
            .decisions
            .iter()
            .map(|&at| self.decisions.at(at))
            .map(|decision| ((decision.verdict.kind(), decision.a.as_str()), decision))
            .collect();
        let groups = draft.matching.places.len();
        let mut joins: Vec<_> =
            std::mem::take(&mut draft.matching.joins).into_iter().map(Some).collect();
        let mut company_of: Vec<Option<usize>> = vec![None; groups];
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); groups];
        for (mention, &group) in draft.matching.group_of.iter().enumerate() {
            members[group].push(mention);
        }
        let held = self.hold(&draft);
        for (group, members) in members.into_iter().enumerate() {
            // Rows stand before organizations, sorted by spelling.
            let used = &members[..members.partition_point(|&mention| mention < draft.rows.len())];
            if used.is_empty() || held.contains(&group) {
                continue;
            }
            self.check_adoptions(&draft, &members)?;
            let existing = draft.matching.places[group].map(from_place);
            let mut contacts: Vec<usize> = Vec::new();
            let mut spellings: Vec<Spelling> = Vec::new();
            let mut earliest = None;
            for &mention in used {
                let row = &draft.rows[mention];
                let of_row = row.contacts.iter().map(|&contact| contact as usize);
                contacts.extend(of_row.clone());
                let first = of_row.map(|at| (age(&self.records.contacts[at]), at, mention)).min();
                earliest = earliest.into_iter().chain(first).min();
                let folded = |at: usize| &draft.mentions[at].name.folded;
                let own = folded(mention);
                if let Some(last) = spellings.last_mut()
                    && last.normalized == *own
                {
                    last.add(&row.raws);
                    continue;
                }
                let join = joins[mention].take().expect("taken once");
                spellings.push(Spelling {
                    raws: row.raws.iter().map(|&(raw, count)| (raw.into(), count)).collect(),
                    normalized: own.clone(),
                    compared: join
                        .pair
                        .map(|(own, other)| [own, other].map(|at| folded(at).clone())),
                    join,
                });
            }
            contacts.sort_unstable();
            let (_, first, mention) = earliest.expect("a group that is used has a contact");
            if existing.is_some_and(|at| self.organization(at).id == tenant.organization()) {
                for contact in contacts {
                    self.out.fates[contact] = Some(Fate::OwnTenant);
                }
                continue;
            }
            self.report_neighbours(tenant, &draft, used, existing);
            let name = decided(&values, &spellings, "name")?;
            let slug = decided(&values, &spellings, "slug")?;
            company_of[group] = Some(self.out.companies.len());
            self.out.companies.push(Company {
                tenant,
                key: draft.mentions[mention].name.folded.clone(),
                first,
                existing,
                is_person: false,
                contacts,
                spellings,
                name,
                slug,
                in_review: false,
            });
        }
        self.build_reviews(&draft, &company_of);
        Ok(())
    }

    /// Groups that fit several organizations: their contacts stay where they are until a person
    /// decides.
    fn hold(&mut self, draft: &Draft<'a>) -> BTreeSet<usize> {
        let Matching { questions, group_of, .. } = &draft.matching;
        let several = questions.iter().filter(|question| question.asked == Asked::FitsSeveral);
        let held: BTreeSet<usize> = several.map(|question| group_of[question.pair.0]).collect();
        for (row, _) in std::iter::zip(&draft.rows, group_of).filter(|(_, at)| held.contains(at)) {
            for contact in row.contacts.iter().map(|&at| at as usize) {
                self.out.fates[contact] = Some(Fate::Blocked(Code::FitsSeveral));
                let id = self.records.contacts[contact].id;
                let column = Field::COMPANY_NAME.name();
                self.out.findings.push(Finding::new(Code::FitsSeveral, id, column));
            }
        }
        held
    }

    /// Findings about organizations that have the company's name without being it.
    fn report_neighbours(
        &mut self,
        tenant: TenantId,
        draft: &Draft<'a>,
        used: &[usize],
        existing: Option<usize>,
    ) {
        let mut namesakes = BTreeSet::new();
        for &mention in used {
            let name = &draft.mentions[mention].name;
            let titles = self.by_core.get(&name.core_hash()).into_iter().flatten().copied();
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
                let of =
                    if row.id == tenant.organization() { "its own" } else { "another tenant's" };
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
}

impl Spelling {
    /// Adds what people typed at another place.
    fn add(&mut self, raws: &Raws<'_>) {
        for &(raw, count) in raws {
            match self.raws.binary_search_by(|(own, _)| own.as_str().cmp(raw)) {
                Ok(at) => self.raws[at].1 += count,
                Err(at) => self.raws.insert(at, (raw.into(), count)),
            }
        }
    }
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
