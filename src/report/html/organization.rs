//! The organizations of a plan: what each is made of, and where its attributes come from.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Room;
use super::question::terms;
use super::text::{bits, counted, number, shown, spelled};
use crate::ids::{OrganizationId, TenantId};
use crate::plan::cell::{Cells, Value};
use crate::plan::sheet::{Meaning, Sheet};
use crate::plan::{Draft, Member};
use crate::schema::Field;
use crate::transform::desired::{Action, DesiredOrganization};
use crate::transform::matching::Ground;

/// Most organizations on the page, and most bytes of them.
const MOST: usize = 500;
const BYTES: usize = 1_200_000;
/// Of these: kept ones, and adopted ones where there are many others.
const MOST_KEPT: usize = 50;
const MOST_ADOPTED: usize = 150;
/// Most spellings of one organization.
const MOST_SPELLINGS: usize = 10;
/// Most tenants in the table of tenants.
const MOST_TENANTS: usize = 50;

/// The section.
#[derive(Serialize)]
pub(super) struct Organizations {
    count: String,
    tenants: Vec<Tenant>,
    rest_of_tenants: Option<String>,
    groups: Vec<Group>,
    /// What every new organization gets.
    constants: Option<String>,
}

#[derive(Serialize)]
struct Tenant {
    label: String,
    inserted: String,
    adopted: String,
    kept: String,
    contacts: String,
}

/// The organizations of one action.
#[derive(Serialize)]
struct Group {
    title: &'static str,
    action: &'static str,
    count: String,
    meaning: &'static str,
    list: Vec<Organization>,
    rest: Option<String>,
}

#[derive(Serialize)]
struct Organization {
    name: String,
    slug: Option<String>,
    id: String,
    /// Set where there is more than one tenant.
    tenant: Option<String>,
    contacts: String,
    projects: Option<String>,
    has_question: bool,
    spellings: Vec<Spelling>,
    rest_of_spellings: Option<String>,
    attributes: Vec<Carried>,
    /// The contact that every attribute comes from, where it is one.
    source: Option<String>,
}

impl Organization {
    /// The texts that make its markup long.
    fn texts(&self) -> Vec<&str> {
        let spellings =
            self.spellings.iter().flat_map(|joined| joined.names.iter().chain(&joined.evidence));
        let attributes = self.attributes.iter().flat_map(|carried| {
            [&carried.value].into_iter().chain(&carried.conflict).chain(&carried.source)
        });
        [&self.name].into_iter().chain(spellings).chain(attributes).map(String::as_str).collect()
    }
}

/// Spellings that are one name once case and blanks are folded, so that they joined as one.
#[derive(Serialize)]
struct Spelling {
    /// Empty where the only spelling is the organization's name.
    names: Vec<String>,
    how: &'static str,
    /// The spelling that it was compared with.
    with: Option<String>,
    score: Option<String>,
    evidence: Option<String>,
    contacts: String,
}

#[derive(Serialize)]
struct Carried {
    name: &'static str,
    value: String,
    conflict: Option<String>,
    source: Option<String>,
}

/// An organization with what orders it.
struct Candidate<'a> {
    row: &'a DesiredOrganization,
    /// Weakest score by which a spelling joined.
    weakest: i64,
    spellings: usize,
}

/// What several organizations look up.
struct Context<'a> {
    draft: &'a Draft,
    /// Spellings of each organization; the organizations in their order.
    members: Vec<Vec<Member<'a>>>,
    projects: BTreeMap<OrganizationId, usize>,
    asked: BTreeSet<OrganizationId>,
    /// Whether there are tenants, so that an organization has an owner.
    has_owners: bool,
    /// Whether an organization has to say whose it is.
    has_tenants: bool,
}

/// Builds the section.
pub(super) fn organizations(draft: &Draft) -> Organizations {
    let rows = &draft.organizations;
    let context = Context::new(draft);
    let mut candidates: BTreeMap<Action, Vec<Candidate<'_>>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        candidates.entry(row.action).or_default().push(context.candidate(at, row));
    }
    let count = |action: Action| candidates.get(&action).map_or(0, Vec::len);
    let most = shares(count(Action::Adopt), count(Action::Insert), count(Action::Keep));
    let together = (most.0 + most.1 + most.2).max(1);
    let kinds = [
        (
            "Adopted",
            Action::Adopt,
            most.0,
            "They exist already and become the customer of a tenant. Only their owner is written; name, slug and attributes stay.",
        ),
        (
            "New",
            Action::Insert,
            most.1,
            "They are inserted, with attributes taken from their contacts.",
        ),
        (
            "Kept",
            Action::Keep,
            most.2,
            "They are the customer of a tenant already. Nothing of them changes; contacts may join.",
        ),
    ];
    let groups = kinds
        .into_iter()
        .filter_map(|(title, action, most, meaning)| {
            let mut candidates = candidates.remove(&action)?;
            candidates.sort_by_key(|c| {
                let (members, name) = (Reverse(c.row.members), &c.row.name);
                (c.weakest, Reverse(c.spellings), members, name, c.row.id)
            });
            let list = context.list(&candidates, most, Room::new(BYTES * most / together));
            let all = candidates.len();
            let rest = (list.len() < all).then(|| {
                let (some, all) = (number(list.len()), number(all));
                format!("The first {some} of {all} stand here; organizations.csv has all, members.csv their spellings.")
            });
            Some(Group { title, action: action.name(), count: number(all), meaning, list, rest })
        })
        .collect();
    let (tenants, rest_of_tenants) = context.tenants();
    let constants = constants(draft);
    Organizations { count: number(rows.len()), tenants, rest_of_tenants, groups, constants }
}

/// How many of each action stand on the page: all where there is room, else most of the new ones.
fn shares(adopted: usize, inserted: usize, kept: usize) -> (usize, usize, usize) {
    let at_least = adopted.min(MOST_ADOPTED);
    let inserted = inserted.min(MOST - at_least - kept.min(MOST_KEPT));
    let adopted = adopted.min(MOST - inserted - kept.min(MOST_KEPT));
    (adopted, inserted, kept.min(MOST - inserted - adopted))
}

/// How a spelling came to its organization.
fn how(ground: Ground, is_only: bool, is_name: bool) -> &'static str {
    match ground {
        Ground::Alone if is_name => "spelled only like this",
        Ground::Alone if is_only => "the only spelling",
        Ground::Alone => "the one that the others joined",
        Ground::Decision => "joined by a decision",
        Ground::Placed => "belongs to it already",
        Ground::Key if is_name => "the same name",
        Ground::Key => "the same name but for case, blanks, marks or legal form",
        Ground::Evidence => "alike, with evidence beside the name",
        Ground::Words => "the same words, in another order or language",
        Ground::Glued => "the same letters, in one word or two",
        Ground::Typo => "but for one letter of a long, rare word",
        Ground::CutOff => "the same name, cut off",
        Ground::OtherName => "another name of the same company",
        Ground::NearName => "so near that nothing is needed beside it",
        Ground::Score => "alike by name alone",
    }
}

/// What the configuration gives every new organization: what no contact has, and every new row.
fn constants(draft: &Draft) -> Option<String> {
    let first = draft.organizations.iter().position(|row| row.action == Action::Insert)?;
    let frame = &draft.frames[&Sheet::Organizations].frame;
    let constants: Vec<String> = Sheet::Organizations
        .columns(draft.declared)
        .into_iter()
        .filter(|column| {
            let of = |field| [Field::DESCRIPTION, Field::INDUSTRY].contains(&field);
            matches!(column.meaning, Meaning::Inserted(field) if of(field))
        })
        .filter_map(|column| match Cells::of(frame.column(&column.name).ok()?).get(first) {
            Value::Text(text) => Some(format!("{} “{}”", column.name, shown(text))),
            _ => None,
        })
        .collect();
    (!constants.is_empty()).then(|| constants.join(" and "))
}

/// How many projects are newly linked to each organization.
fn linked(draft: &Draft) -> BTreeMap<OrganizationId, usize> {
    let mut linked = BTreeMap::new();
    let frame = &draft.frames[&Sheet::Projects].frame;
    let columns = Sheet::Projects.columns(draft.declared);
    let link = columns.iter().position(|column| matches!(column.meaning, Meaning::After(_)));
    let Some(link) = link else { return linked };
    let link = Cells::of(&frame.columns()[link]);
    for row in 0..frame.height() {
        if let Value::Uuid(id) = link.get(row) {
            *linked.entry(OrganizationId::new(id)).or_default() += 1;
        }
    }
    linked
}

impl<'a> Context<'a> {
    fn new(draft: &'a Draft) -> Self {
        let rows = &draft.organizations;
        let mut members: Vec<Vec<Member<'_>>> = vec![Vec::new(); rows.len()];
        for member in draft.spellings() {
            if let Ok(at) = rows.binary_search_by_key(&member.organization, |row| row.id) {
                members[at].push(member);
            }
        }
        let sides = draft.reviews.iter().flat_map(|it| [it.companies.0, it.companies.1]);
        Self {
            draft,
            members,
            projects: linked(draft),
            asked: sides.flatten().map(|at| draft.company_ids[at]).collect(),
            has_owners: !draft.tenants.contains_key(&TenantId::new(uuid::Uuid::nil())),
            has_tenants: rows.windows(2).any(|pair| pair[0].tenant != pair[1].tenant),
        }
    }

    fn members_of(&self, row: &DesiredOrganization) -> &[Member<'a>] {
        let at = self.draft.organizations.binary_search_by_key(&row.id, |row| row.id);
        at.map_or(&[], |at| &self.members[at])
    }

    fn candidate(&self, at: usize, row: &'a DesiredOrganization) -> Candidate<'a> {
        let members = &self.members[at];
        let weakest = members.iter().filter_map(score).min().unwrap_or(i64::MAX);
        Candidate { row, weakest, spellings: members.len() }
    }

    fn list(&self, candidates: &[Candidate<'a>], most: usize, mut room: Room) -> Vec<Organization> {
        let mut list = Vec::new();
        for candidate in candidates.iter().take(most) {
            let organization = self.organization(candidate);
            let texts = organization.texts();
            if !room.take(&texts, 600 + 80 * texts.len()) {
                break;
            }
            list.push(organization);
        }
        list
    }

    fn organization(&self, candidate: &Candidate<'a>) -> Organization {
        let row = candidate.row;
        let (attributes, source) = Self::carried(row);
        let many = candidate.spellings.saturating_sub(MOST_SPELLINGS);
        let projects = self.projects.get(&row.id);
        Organization {
            name: shown(&row.name),
            slug: row.slug.clone(),
            id: row.id.to_string(),
            tenant: self.has_tenants.then(|| shown(self.draft.tenant(row.tenant))),
            contacts: counted(row.members, "contact"),
            projects: projects.map(|&count| format!("{} linked", counted(count, "project"))),
            has_question: self.asked.contains(&row.id),
            spellings: self.spellings(row),
            rest_of_spellings: (many > 0)
                .then(|| format!("and {} more in members.csv", number(many))),
            attributes,
            source,
        }
    }

    /// Spellings, those that joined by the weakest evidence first after the one they joined.
    fn spellings(&self, row: &DesiredOrganization) -> Vec<Spelling> {
        let members = self.members_of(row);
        let mut sorted: Vec<&Member<'_>> = members.iter().collect();
        sorted.sort_by_key(|member| {
            let is_first = member.ground == Ground::Alone;
            let score = score(member).unwrap_or(i64::MAX);
            (!is_first, score, member.normalized, member.name)
        });
        sorted.truncate(MOST_SPELLINGS);
        let joined_as_one = |a: &&Member<'_>, b: &&Member<'_>| {
            let with = [a, b].map(|member| member.pair.map(|pair| pair[1].as_str()));
            (a.normalized, a.ground, a.compared) == (b.normalized, b.ground, b.compared)
                && with[0] == with[1]
        };
        sorted
            .chunk_by(joined_as_one)
            .map(|together| {
                let first = together[0];
                let is_only = members.len() == 1;
                let is_name = is_only && first.name == row.name;
                let contacts: u32 = together.iter().map(|member| member.contacts).sum();
                let names = together.iter().filter(|_| !is_name);
                Spelling {
                    names: names.map(|member| spelled(member.name)).collect(),
                    how: how(first.ground, is_only, is_name),
                    with: first.pair.map(|pair| spelled(&pair[1])),
                    score: score(first).map(bits),
                    evidence: first.compared.map(|compared| {
                        let term = |(name, weight): (&str, i64)| format!("{name} {}", bits(weight));
                        terms(compared).into_iter().map(term).collect::<Vec<_>>().join(", ")
                    }),
                    contacts: counted(contacts as usize, "contact"),
                }
            })
            .collect()
    }

    /// The attributes that an organization gets, and the contact they come from where it is one.
    fn carried(row: &DesiredOrganization) -> (Vec<Carried>, Option<String>) {
        let sources: BTreeSet<_> = row.attributes.iter().map(|(_, it)| it.source).collect();
        let is_one = sources.len() == 1;
        let only = sources.first().filter(|_| is_one).map(|of| format!("from contact {of}"));
        let attributes = row.attributes.iter().map(|(field, carried)| Carried {
            name: field.name(),
            value: shown(&carried.value),
            conflict: (carried.distinct > 1)
                .then(|| format!("contacts disagree: {} values", carried.distinct)),
            source: (!is_one).then(|| format!("from contact {}", carried.source)),
        });
        (attributes.collect(), only)
    }

    fn tenants(&self) -> (Vec<Tenant>, Option<String>) {
        let mut counts: BTreeMap<TenantId, [usize; 4]> = BTreeMap::new();
        for row in self.draft.organizations.iter().filter(|_| self.has_owners) {
            let count = counts.entry(row.tenant).or_default();
            count[row.action as usize] += 1;
            count[3] += row.members;
        }
        let all = counts.len();
        let rest = (all > MOST_TENANTS).then(|| {
            format!("{} more tenants are in organizations.csv.", number(all - MOST_TENANTS))
        });
        let row = |(tenant, count): (TenantId, [usize; 4])| {
            let (id, known) = (tenant.to_string(), self.draft.tenant(tenant));
            let label = if known == id { id } else { format!("{} ({id})", shown(known)) };
            let [inserted, adopted, kept, contacts] = count.map(number);
            Tenant { label, inserted, adopted, kept, contacts }
        };
        (counts.into_iter().take(MOST_TENANTS).map(row).collect(), rest)
    }
}

/// The score by which a spelling joined.
fn score(member: &Member<'_>) -> Option<i64> {
    member.compared.map(|compared| compared.score.get().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_shared_and_never_wasted() {
        assert_eq!(shares(4, 39, 6), (4, 39, 6));
        assert_eq!(shares(9_000, 9_000, 9_000), (150, 300, 50));
        assert_eq!(shares(9_000, 10, 0), (490, 10, 0));
        assert_eq!(shares(0, 0, 9_000), (0, 0, 500));
        assert_eq!(shares(0, 9_000, 0), (0, 500, 0));
    }
}
