//! One tenant: its rows and the organizations that exist, as mentions for the matcher, and what
//! people decided about them.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{Row, RowKey};
use super::{Resolver, to_place};
use crate::finding::{Code, Finding};
use crate::ids::TenantId;
use crate::schema::Table;
use crate::transform::decisions::{Decision, Verdict};
use crate::transform::evidence::Evidence;
use crate::transform::matching::{Human, Matching, Mention, match_mentions};
use crate::transform::normalize::normalize;

/// One tenant, matched but not yet settled against the others.
pub(super) struct Draft {
    pub(super) tenant: TenantId,
    pub(super) mentions: Vec<Mention>,
    pub(super) keys: Vec<Option<RowKey>>,
    pub(super) matching: Matching,
    /// Organizations that a decision of this tenant adopts, with the decision.
    pub(super) adopted: BTreeMap<usize, Decision>,
    /// Rows in each group.
    pub(super) rows: Vec<u32>,
}

impl Resolver<'_> {
    /// Matches one tenant's spellings among themselves and with the organizations that exist.
    pub(super) fn match_tenant(&mut self, tenant: TenantId) -> Draft {
        let own = tenant.organization();
        let rows = &self.rows[&tenant];
        let mut mentions = Vec::new();
        let mut keys = Vec::new();
        for (key, row) in rows {
            let name =
                normalize(row.raw(), &self.rules.forms).expect("checked when the row was made");
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
        let adopted = self.adoptions(tenant, &mut titles, &mentions);
        let beside = self.rules.kinds.columns(self.records.declared, Table::Organizations);
        for title in titles {
            let Some(name) = self.names[title].clone() else { continue };
            let row = self.organization(title);
            let mut evidence = Evidence::default();
            for &(column, kind) in &beside {
                if let Some(text) = row.text(column) {
                    self.rules.kinds.add(&mut evidence, (kind, text), &self.rules.free_mail);
                }
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
        let matching = match_mentions(&mentions, &human, &self.rules.settings());
        let mut rows = vec![0; matching.places.len()];
        for (mention, &group) in std::iter::zip(&mentions, &matching.group_of) {
            rows[group] += mention.rows;
        }
        Draft { tenant, mentions, keys, matching, adopted, rows }
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
                let Some(list) = self.free_by_word.get(word.text.as_str()) else { continue };
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
    ) -> BTreeMap<usize, Decision> {
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
        adopted
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
            let used: Vec<usize> =
                all.iter().copied().filter(|&at| !mentions[at].is_title).collect();
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
                            mention.is_title
                                && !mention.by_score
                                && mention.place != mentions[a].place
                        });
                        human.different.extend(free.map(|(title, _)| (a, title)));
                    }
                }
                Verdict::Adopt(slug) => {
                    let target = self.by_slug.get(slug.as_str()).copied();
                    let title = mentions.iter().position(|mention| {
                        mention.is_title
                            && mention.is_decided
                            && mention.place == target.map(to_place)
                    });
                    if let (Some(title), Some(target)) = (title, target)
                        && adopted.contains_key(&target)
                    {
                        human
                            .same
                            .extend(left.iter().filter(|a| **a != title).map(|&a| (a, title)));
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
}

/// Every pair of a left and a right mention.
fn pairs(left: &[usize], right: &[usize]) -> Vec<(usize, usize)> {
    left.iter().flat_map(|&a| right.iter().map(move |&b| (a, b))).collect()
}
