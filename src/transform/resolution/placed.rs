//! What is placed already: contacts that may have left their organization, and organizations that a
//! decision has emptied.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use uuid::Uuid;

use super::rows::Row;
use super::tenant::{Draft, Spelled};
use super::{Resolver, from_place};
use crate::finding::{Code, Finding};
use crate::ids::{ContactId, OrganizationId};
use crate::transform::matching::{Human, Matching};
use crate::transform::slug::bare_slug;

impl<'a> Resolver<'_, 'a> {
    /// The contacts of which only a score could tell that they belong where they are: alone with their
    /// spelling, with another key than all other names of the organization, and it was not made for
    /// that spelling. Where a company was renamed, or somebody changed employer, the name is the only
    /// sign.
    pub(super) fn alone(&self, draft: &Draft<'a>) -> BTreeSet<usize> {
        let mut by_key: FxHashMap<(u32, u64), SmallVec<[usize; 2]>> = FxHashMap::default();
        for (at, mention) in draft.mentions.iter().enumerate() {
            if let Some(place) = mention.place {
                by_key.entry((place, mention.name.core_hash())).or_default().push(at);
            }
        }
        let is_alone = |at: &usize| {
            let mention = &draft.mentions[*at];
            let Some(place) = mention.place.filter(|_| mention.rows == 1) else { return false };
            let beside = &by_key[&(place, mention.name.core_hash())];
            let agrees = |other: &usize| {
                *other != *at && self.agree(&mention.name, &draft.mentions[*other].name)
            };
            let organization = self.organization(from_place(place));
            // Of an organization that was renamed since, id and slug are still those of the name for
            // which it was made.
            let is_made_for_it = || {
                let slug = bare_slug(draft.rows[*at].raw());
                organization.slug == Some(slug.as_str())
                    || OrganizationId::mint(draft.tenant, &mention.name.folded, 0)
                        == organization.id
            };
            let is_told = beside.iter().any(agrees) || is_made_for_it();
            !is_told && self.names[from_place(place)].is_some()
        };
        (0..draft.rows.len()).filter(is_alone).collect()
    }

    /// Organizations whose contacts a person gave to another one.
    pub(super) fn report_emptied(&self, draft: &mut Draft<'a>, matching: &Matching) {
        let titles = draft.mentions.iter().zip(&matching.group_of).skip(draft.rows.len());
        for (mention, &group) in titles.filter(|(mention, _)| mention.by_score) {
            if let (Some(own), Some(kept)) = (mention.place, matching.places[group])
                && own != kept
            {
                let [own, kept] = [own, kept].map(|place| self.organization(from_place(place)).id);
                let finding = Finding::new(Code::OrganizationEmptied, own, "name");
                draft.findings.push(finding.detail(format!("now in {kept}")));
            }
        }
    }

    /// The row that `SPELLING @ CONTACT` means: the one with that spelling that holds the contact.
    pub(super) fn of_contact(
        &self,
        text: &str,
        spelled: &Spelled<'_>,
        rows: &[Row<'a>],
    ) -> Option<usize> {
        let (spelling, contact) = text.rsplit_once(" @ ")?;
        let contact = ContactId::new(Uuid::try_parse(contact).ok()?);
        let contact = u32::try_from(self.records.contact(contact)?).ok()?;
        let holds = |&at: &usize| {
            rows.get(at).is_some_and(|row| row.contacts.binary_search(&contact).is_ok())
        };
        spelled.get(spelling)?.iter().copied().find(holds)
    }
}

/// Contacts of which a person decided that they belong where they are.
fn decided(draft: &Draft<'_>, human: &Human) -> BTreeSet<usize> {
    let same_place =
        |&&(a, b): &&(usize, usize)| draft.mentions[a].place == draft.mentions[b].place;
    let told = human.same.iter().chain(human.different.iter().filter(same_place));
    told.flat_map(|&(a, b)| [a, b]).collect()
}

/// Marks those that are alone where they are, but for those that a decision keeps there all the same;
/// gives back these.
pub(super) fn mark_loose(
    draft: &mut Draft<'_>,
    human: &Human,
    alone: BTreeSet<usize>,
) -> BTreeSet<usize> {
    let decided = decided(draft, human);
    let is_single = |at: &usize| {
        let mention = &draft.mentions[*at];
        mention.place.is_some() && mention.rows == 1
    };
    let (held, mut loose): (BTreeSet<usize>, BTreeSet<usize>) =
        alone.into_iter().partition(|at| decided.contains(at));
    loose.extend(human.by_contact.iter().copied().filter(is_single));
    for &at in &loose {
        draft.mentions[at].is_loose = true;
    }
    &held - &loose
}
