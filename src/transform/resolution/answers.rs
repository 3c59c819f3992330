//! What became of the decisions: those that speak of something, and why the others do not.

use std::collections::{BTreeMap, BTreeSet};

use super::parts::part_of;
use super::tenant::Draft;
use super::{Decided, Resolver};
use crate::finding::{Code, Finding};
use crate::transform::decisions::{Decision, Verdict};
use crate::transform::matching::Matching;

/// A decision on two names, by its place, and what is meant by either.
pub(super) struct Said {
    pub(super) decision: usize,
    pub(super) sides: [Vec<usize>; 2],
}

/// Where names that decisions speak of stand: tenants, by their places among the drafts.
type Bearers<'d> = BTreeMap<&'d str, BTreeSet<usize>>;

impl<'a> Resolver<'_, 'a> {
    /// Finds the decisions without which the result would be the same. `held` are the contacts that
    /// nothing but a decision keeps where they are.
    pub(super) fn settle_decisions(
        &self,
        draft: &mut Draft<'a>,
        said: &[Said],
        held: &BTreeSet<usize>,
        matching: &Matching,
    ) {
        if said.is_empty() {
            return;
        }
        let mut class_of = vec![usize::MAX; draft.mentions.len()];
        for (class, members) in matching.classes.iter().enumerate() {
            for &member in members {
                class_of[member] = class;
            }
        }
        for Said { decision, sides: [left, right] } in said {
            let places = |side: &[usize]| -> BTreeSet<Option<u32>> {
                side.iter().map(|&at| draft.mentions[at].place).collect()
            };
            let all = || left.iter().chain(right);
            let (ours, theirs) = (places(left), places(right));
            let is_placed = !ours.contains(&None) && !theirs.contains(&None);
            let reason = match self.decisions.at(*decision).verdict {
                Verdict::Different if is_placed && ours.is_disjoint(&theirs) => {
                    "they are two organizations, which never become one by themselves"
                }
                Verdict::Same if is_placed && ours == theirs && ours.len() == 1 => {
                    if all().any(|at| held.contains(at)) {
                        continue;
                    }
                    "both are in one organization already"
                }
                Verdict::Same if ours == theirs && ours == BTreeSet::from([None]) => {
                    let classes: BTreeSet<usize> = all().map(|&at| class_of[at]).collect();
                    if classes.len() > 1 {
                        continue;
                    }
                    "the names are equal without it"
                }
                _ => continue,
            };
            draft.settled.push((*decision, reason));
        }
    }

    /// Counts the decisions, and reports those that are not used or not needed, each with the reason.
    pub(super) fn report_decisions(&mut self, drafts: &[Draft<'a>]) {
        let mut used = vec![false; self.decisions.len()];
        let mut settled = BTreeMap::new();
        for draft in drafts {
            for &decision in &draft.used {
                used[decision] = true;
            }
            settled.extend(draft.settled.iter().copied());
        }
        let decisions = || std::iter::zip(self.decisions.iter(), &used);
        let is_answer =
            |decision: &Decision| matches!(decision.verdict, Verdict::Same | Verdict::Different);
        self.out.asking.answered =
            decisions().filter(|(decision, used)| **used && is_answer(decision)).count();
        self.out.decided = Decided {
            all: used.len(),
            used: used.iter().filter(|used| **used).count(),
            settled: settled.len(),
        };
        let unused: Vec<&Decision> =
            decisions().filter(|(_, used)| !**used).map(|(decision, _)| decision).collect();
        let bearers = bearers(&unused, drafts);
        let findings = unused.into_iter().map(|decision| {
            let finding = Finding::new(Code::DecisionUnused, decision.content(), "");
            finding.detail(self.why_unused(decision, drafts, &bearers))
        });
        let settled = settled.into_iter().map(|(at, reason)| {
            let content = self.decisions.at(at).content();
            Finding::new(Code::DecisionSettled, content, "").detail(reason)
        });
        let findings: Vec<Finding> = findings.chain(settled).collect();
        self.out.findings.extend(findings);
    }

    /// Why a decision speaks of nothing.
    fn why_unused(
        &self,
        decision: &Decision,
        drafts: &[Draft<'a>],
        bearers: &Bearers<'_>,
    ) -> &'static str {
        let is_called = |tenant| {
            self.records.called(tenant) == decision.tenant || tenant.to_string() == decision.tenant
        };
        let own = drafts.iter().position(|draft| is_called(draft.tenant));
        let by = |text: &str| bearers.get(text);
        let is_own = |text: &str| {
            own.is_some_and(|own| by(text).is_some_and(|bearers| bearers.contains(&own)))
        };
        let texts = || [&decision.a, &decision.b].into_iter().filter(|text| !text.is_empty());
        let others = (0..drafts.len()).filter(|at| Some(*at) != own);
        let is_others =
            |at: usize| texts().all(|text| by(text).is_some_and(|bearers| bearers.contains(&at)));
        if others.into_iter().any(is_others) {
            return "another tenant has these names";
        }
        let is_tenant = self.tenancy.tenants().any(is_called);
        if own.is_none() && !is_tenant {
            return "no tenant is called so";
        }
        let has_no_value = |text: &&String| {
            !is_own(text) && part_of(text).is_some_and(|(spelling, _)| is_own(spelling))
        };
        if texts().any(|text| has_no_value(&text)) {
            return "no contact of that name has the value behind `@`";
        }
        match [&decision.a, &decision.b].map(|text| text.is_empty() || is_own(text)) {
            [false, true] => "the tenant has no name like `a`",
            [true, false] => "the tenant has no name like `b`",
            _ => "the tenant has neither name",
        }
    }

    /// Reports decisions on names and slugs that are final.
    pub(super) fn report_late(&mut self) {
        let late = self.out.companies.iter().filter(|company| company.existing.is_some());
        let late = late.flat_map(|company| [&company.name, &company.slug]).flatten();
        let finding =
            |decision: &Decision| Finding::new(Code::DecisionTooLate, decision.content(), "value");
        let findings: Vec<Finding> = late.map(finding).collect();
        self.out.findings.extend(findings);
    }
}

/// Which tenants have the names that some decisions speak of.
fn bearers<'d>(decisions: &[&'d Decision], drafts: &[Draft<'_>]) -> Bearers<'d> {
    let mut bearers = Bearers::new();
    for decision in decisions {
        for text in [&decision.a, &decision.b] {
            bearers.entry(text).or_default();
            if let Some((spelling, _)) = part_of(text) {
                bearers.entry(spelling).or_default();
            }
        }
    }
    if bearers.is_empty() {
        return bearers;
    }
    for (at, draft) in drafts.iter().enumerate() {
        for mention in &draft.mentions {
            if let Some(found) = bearers.get_mut(mention.name.folded.as_str()) {
                found.insert(at);
            }
        }
    }
    bearers
}
