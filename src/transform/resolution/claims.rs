//! Claims: an organization that nobody owns goes to one tenant at most.

use std::collections::{BTreeMap, BTreeSet};

use super::tenant::Draft;
use super::{Resolver, from_place};
use crate::finding::{Code, Finding};
use crate::ids::TenantId;
use crate::transform::decisions::{self, Decision, contradiction};

impl Resolver<'_, '_> {
    /// An organization that nobody owns goes to one tenant at most.
    pub(super) fn settle_claims(
        &mut self,
        drafts: &mut [Draft<'_>],
    ) -> Result<(), decisions::Error> {
        let mut claims: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for (at, draft) in drafts.iter().enumerate() {
            for (group, place) in draft.matching.places.iter().enumerate() {
                let Some(place) = place.map(from_place) else { continue };
                let used = draft.sizes[group] > 0;
                if used && self.organization(place).owner.is_none() {
                    claims.entry(place).or_default().push((at, group));
                }
            }
        }
        for (place, claims) in claims {
            // Contacts that lie in it keep it from a tenant that is not theirs.
            let mut tenants: BTreeSet<TenantId> =
                claims.iter().map(|(at, _)| drafts[*at].tenant).collect();
            tenants.extend(&self.occupants[place]);
            if tenants.len() < 2 || self.tenancy.is_tenantless() {
                continue;
            }
            let decided: Vec<(usize, usize)> = claims
                .iter()
                .copied()
                .filter(|(at, _)| drafts[*at].adopted.contains_key(&place))
                .collect();
            if let [first, second, ..] = decided[..] {
                let decision =
                    |claim: (usize, usize)| self.decisions.at(drafts[claim.0].adopted[&place]);
                return Err(contradiction(decision(second), vec![decision(first).place.clone()]));
            }
            for (at, group) in claims.iter().filter(|claim| !decided.contains(claim)) {
                drafts[*at].matching.places[*group] = None;
            }
            if decided.is_empty() {
                let id = self.organization(place).id;
                let finding = Finding::new(Code::ClaimedByTwoTenants, id, "name");
                self.out.findings.push(finding.detail(format!("{} tenants", tenants.len())));
            }
        }
        Ok(())
    }

    /// Two `adopt` decisions that lead one company to two organizations contradict each other.
    pub(super) fn check_adoptions(
        &self,
        draft: &Draft<'_>,
        members: &[usize],
    ) -> Result<(), decisions::Error> {
        let mut found: Option<&Decision> = None;
        for &member in members.iter().filter(|&&member| draft.mentions[member].is_decided) {
            let place = draft.mentions[member].place.map(from_place);
            let decision = place.and_then(|place| draft.adopted.get(&place));
            let Some(decision) = decision.map(|&at| self.decisions.at(at)) else { continue };
            if let Some(other) = found {
                return Err(contradiction(decision, vec![other.place.clone()]));
            }
            found = Some(decision);
        }
        Ok(())
    }
}
