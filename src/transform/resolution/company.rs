//! Companies: what the groups of mentions become, with their questions and findings.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::rows::Raws;
use super::tenant::Draft;
use super::{Company, Fate, Resolution, Resolver, Review, Spelling, from_place};
use crate::finding::{Code, Finding};
use crate::ids::TenantId;
use crate::schema::Field;
use crate::transform::decisions::{self, Decision, contradiction};
use crate::transform::matching::{Asked, Matching, Question, chance};
use crate::transform::normalize::fold;
use crate::transform::survivorship::age;

impl<'a> Resolver<'_, 'a> {
    /// Builds every company, in order.
    pub(super) fn finish(mut self, drafts: Vec<Draft<'a>>) -> Result<Resolution, decisions::Error> {
        let mut used = vec![false; self.decisions.len()];
        for mut draft in drafts {
            for &decision in &draft.used {
                used[decision] = true;
            }
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
        self.report_decisions(&used);
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
        // The rows that hang on an answer times the chance that it moves them: a join that nobody
        // believes in does not come first because many rows hang on it.
        self.out.reviews.sort_by(|a, b| {
            let worth = |review: &Review| {
                let moved = review.rows.0.min(review.rows.1).max(1);
                f64::from(moved) * chance(review.compared.score)
            };
            let key = |review: &Review| (Reverse(review.compared.score), review.tenant);
            worth(b)
                .total_cmp(&worth(a))
                .then_with(|| key(a).cmp(&key(b)))
                .then_with(|| a.spellings.cmp(&b.spellings))
        });
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

    fn build_reviews(&mut self, draft: &Draft<'a>, company_of: &[Option<usize>]) {
        let known = self.known_as(draft);
        for question in &draft.matching.questions {
            let side = |mention: usize, raw: String| {
                let group = draft.matching.group_of[mention];
                (company_of[group], raw, draft.sizes[group])
            };
            let known = |mention: usize| known[draft.matching.group_of[mention]].1.clone();
            let (left, right) = question.pair;
            let (mut a, mut b) = (side(left, known(left)), side(right, known(right)));
            if question.asked != Asked::InDoubt {
                a.1 = self.told_apart(draft, question);
                a.2 = draft.mentions[left].rows;
                if question.asked == Asked::NoLongerFits {
                    let contact = &self.records.contacts[draft.rows[left].contacts[0] as usize];
                    let column = Field::COMPANY_NAME.name();
                    let finding = Finding::new(Code::NoLongerFits, contact.id, column);
                    self.out.findings.push(finding);
                }
            } else if fold(&a.1) == fold(&b.1) {
                // Two organizations of one name: the spellings that were compared tell more.
                a.1 = self.spelled(draft, left);
                b.1 = self.spelled(draft, right);
            }
            // Asked once for each pair of spellings that a decision could name.
            let is_idle = a.0.is_none() && b.0.is_none() && question.asked == Asked::InDoubt;
            if is_idle || fold(&a.1) == fold(&b.1) {
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

    /// The spelling that a question about what is placed names, with the id of its contact where
    /// others have the same spelling elsewhere.
    fn told_apart(&self, draft: &Draft<'a>, question: &Question) -> String {
        let mention = question.pair.0;
        let row = &draft.rows[mention];
        let folded = |at: usize| &draft.mentions[at].name.folded;
        // Rows of one spelling stand together.
        let mut beside = [mention.checked_sub(1), mention.checked_add(1)].into_iter().flatten();
        let is_shared = beside.any(|at| at < draft.rows.len() && folded(at) == folded(mention));
        if is_shared || question.asked == Asked::NoLongerFits {
            let contact = self.records.contacts[row.contacts[0] as usize].id;
            return format!("{} @ {contact}", row.raw());
        }
        row.raw().to_owned()
    }

    /// What each group is known as, behind the number of contacts that call it so: the name of its
    /// organization, else the spelling of most contacts. A question is about two organizations, not
    /// about the typo of one contact.
    fn known_as(&self, draft: &Draft<'a>) -> Vec<(usize, String)> {
        let mut known = vec![(0, String::new()); draft.sizes.len()];
        for (mention, &group) in draft.matching.group_of.iter().enumerate() {
            let count = match draft.rows.get(mention) {
                Some(row) => row.contacts.len(),
                None if draft.mentions[mention].is_title => usize::MAX,
                None => continue,
            };
            if count > known[group].0 {
                known[group] = (count, self.spelled(draft, mention));
            }
        }
        known
    }

    /// How a mention is spelled.
    fn spelled(&self, draft: &Draft<'a>, mention: usize) -> String {
        if let Some(row) = draft.rows.get(mention) {
            let part = row.part.as_ref();
            return part
                .map_or_else(|| row.raw().to_owned(), |value| format!("{} @ {value}", row.raw()));
        }
        let place = draft.mentions[mention].place.map(from_place);
        place.map_or_else(String::new, |at| self.organization(at).name.to_owned())
    }

    fn report_decisions(&mut self, used: &[bool]) {
        let unused = std::iter::zip(self.decisions.iter(), used).filter(|(_, used)| !**used);
        let unused =
            unused.map(|(decision, _)| Finding::new(Code::DecisionUnused, decision.content(), ""));
        self.out.findings.extend(unused);
        for company in &self.out.companies {
            let late = company.existing.is_some();
            for decision in [&company.name, &company.slug].into_iter().flatten().filter(|_| late) {
                let finding = Finding::new(Code::DecisionTooLate, decision.content(), "value");
                self.out.findings.push(finding);
            }
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
