//! The organizations of a plan: what each is made of, and where its attributes come from.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::question::comparisons;
use super::text::{bits, counted, number, shown, spelled};
use super::{Room, cell, column};
use crate::finding::Code;
use crate::plan::Draft;
use crate::plan::text_sheet::{Cell, Sheet};
use crate::schema::Schema;
use crate::transform::desired::Action;
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

/// A row of the sheet with what orders it.
struct Candidate<'a> {
    row: &'a [Cell],
    /// Weakest score by which a spelling joined.
    weakest: i64,
    spellings: usize,
    members: usize,
}

/// Where the columns that the section reads stand.
struct Columns {
    name: usize,
    normalized: usize,
    organization: usize,
    joined_by: usize,
    with: usize,
    bits: usize,
    contacts: usize,
    comparisons: usize,
}

/// What several organizations look up.
struct Context<'a> {
    members: BTreeMap<&'a str, Vec<&'a [Cell]>>,
    columns: Columns,
    conflicts: BTreeMap<(&'a str, &'a str), &'a str>,
    projects: BTreeMap<&'a str, usize>,
    asked: BTreeSet<&'a str>,
    tenants: BTreeMap<&'a str, String>,
    /// Whether an organization has to say whose it is.
    has_tenants: bool,
    sheet: &'a Sheet,
}

/// Builds the section.
pub(super) fn organizations(draft: &Draft, rows: &BTreeMap<&str, &[Cell]>) -> Organizations {
    let sheet = draft.sheet("organizations.csv");
    let context = Context::new(draft, rows);
    let mut candidates: BTreeMap<&str, Vec<Candidate<'_>>> = BTreeMap::new();
    for row in &sheet.rows {
        candidates.entry(cell(row, 3)).or_default().push(context.candidate(row));
    }
    let count = |action: Action| candidates.get(action.name()).map_or(0, Vec::len);
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
            let mut candidates = candidates.remove(action.name())?;
            candidates.sort_by_key(|c| {
                (c.weakest, Reverse(c.spellings), Reverse(c.members), cell(c.row, 2), cell(c.row, 0))
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
    let constants = sheet.rows.iter().find(|row| cell(row, 3) == Action::Insert.name());
    let constants = constants.and_then(|row| context.constants(row));
    Organizations { count: number(sheet.rows.len()), tenants, rest_of_tenants, groups, constants }
}

/// How many of each action stand on the page: all where there is room, else most of the new ones.
fn shares(adopted: usize, inserted: usize, kept: usize) -> (usize, usize, usize) {
    let at_least = adopted.min(MOST_ADOPTED);
    let inserted = inserted.min(MOST - at_least - kept.min(MOST_KEPT));
    let adopted = adopted.min(MOST - inserted - kept.min(MOST_KEPT));
    (adopted, inserted, kept.min(MOST - inserted - adopted))
}

/// How a spelling came to its organization.
fn how(ground: &str, is_only: bool, is_name: bool) -> &'static str {
    let ground = Ground::ALL.into_iter().find(|known| known.name() == ground);
    match ground {
        Some(Ground::Alone) if is_name => "spelled only like this",
        Some(Ground::Alone) if is_only => "the only spelling",
        Some(Ground::Alone) | None => "the one that the others joined",
        Some(Ground::Decision) => "joined by a decision",
        Some(Ground::Placed) => "belongs to it already",
        Some(Ground::Key) if is_name => "the same name",
        Some(Ground::Key) => "the same name but for case, blanks, marks or legal form",
        Some(Ground::Evidence) => "alike, with evidence beside the name",
        Some(Ground::Words) => "the same words, in another order or language",
        Some(Ground::Glued) => "the same letters, in one word or two",
        Some(Ground::Typo) => "but for one letter of a long, rare word",
        Some(Ground::CutOff) => "the same name, cut off",
        Some(Ground::OtherName) => "another name of the same company",
        Some(Ground::NearName) => "so near that nothing is needed beside it",
        Some(Ground::Score) => "alike by name alone",
    }
}

impl<'a> Context<'a> {
    fn new(draft: &'a Draft, rows: &BTreeMap<&'a str, &'a [Cell]>) -> Self {
        let sheet = draft.sheet("members.csv");
        let columns = Columns {
            name: column(sheet, "name"),
            normalized: column(sheet, "normalized"),
            organization: column(sheet, "organization_id"),
            joined_by: column(sheet, "joined_by"),
            with: column(sheet, "compared_with"),
            bits: column(sheet, "bits"),
            contacts: column(sheet, "contacts"),
            comparisons: column(sheet, "comparisons"),
        };
        let mut members: BTreeMap<&str, Vec<&[Cell]>> = BTreeMap::new();
        for row in &sheet.rows {
            members.entry(cell(row, columns.organization)).or_default().push(row);
        }
        let conflicts = draft.findings.iter().filter(|found| found.code == Code::AttributeConflict);
        let projects_sheet = draft.sheet("projects.csv");
        let link = column(projects_sheet, "customer_organization_id_after");
        let mut projects = BTreeMap::new();
        for row in &projects_sheet.rows {
            *projects.entry(cell(row, link)).or_default() += 1;
        }
        let review = draft.sheet("review.csv");
        let sides = [column(review, "organization_a"), column(review, "organization_b")];
        let sheet = draft.sheet("organizations.csv");
        let owner = column(sheet, "owner_organization_id");
        let has_tenants = sheet.rows.windows(2).any(|pair| pair[0][owner] != pair[1][owner]);
        let mut asked = BTreeSet::new();
        let mut tenants = BTreeMap::new();
        for (row, side) in review.rows.iter().flat_map(|row| sides.map(|side| (row, side))) {
            let id = cell(row, side);
            asked.insert(id);
            if let Some(organization) = rows.get(id) {
                tenants.insert(cell(organization, owner), shown(cell(row, 0)));
            }
        }
        Self {
            members,
            columns,
            conflicts: conflicts
                .map(|found| ((found.id.as_str(), found.column), found.detail.as_str()))
                .collect(),
            projects,
            asked,
            tenants,
            has_tenants,
            sheet,
        }
    }

    fn members_of(&self, row: &[Cell]) -> &[&'a [Cell]] {
        self.members.get(cell(row, 0)).map_or(&[], Vec::as_slice)
    }

    fn candidate(&self, row: &'a [Cell]) -> Candidate<'a> {
        let members = self.members_of(row);
        let score = |member: &&[Cell]| cell(member, self.columns.bits).parse().ok();
        Candidate {
            row,
            weakest: members.iter().filter_map(score).min().unwrap_or(i64::MAX),
            spellings: members.len(),
            members: cell(row, 5).parse().unwrap_or(0),
        }
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
        let id = cell(row, 0);
        let tenant = cell(row, column(self.sheet, "owner_organization_id"));
        let (attributes, source) = self.carried(row);
        let many = candidate.spellings.saturating_sub(MOST_SPELLINGS);
        let projects = self.projects.get(id);
        Organization {
            name: shown(cell(row, 2)),
            slug: row[1].clone(),
            id: id.to_owned(),
            tenant: self.has_tenants.then(|| self.tenant_label(tenant)),
            contacts: counted(candidate.members, "contact"),
            projects: projects.map(|&count| format!("{} linked", counted(count, "project"))),
            has_question: self.asked.contains(id),
            spellings: self.spellings(row),
            rest_of_spellings: (many > 0)
                .then(|| format!("and {} more in members.csv", number(many))),
            attributes,
            source,
        }
    }

    /// Spellings, those that joined by the weakest evidence first after the one they joined.
    fn spellings(&self, row: &[Cell]) -> Vec<Spelling> {
        let members = self.members_of(row);
        let columns = &self.columns;
        let score = |member: &[Cell]| cell(member, columns.bits).parse::<i64>().ok();
        let mut sorted: Vec<&[Cell]> = members.to_vec();
        sorted.sort_by_key(|member| {
            let is_first = cell(member, columns.joined_by) == Ground::Alone.name();
            let score = score(member).unwrap_or(i64::MAX);
            (!is_first, score, cell(member, columns.normalized), cell(member, columns.name))
        });
        sorted.truncate(MOST_SPELLINGS);
        let joined_as_one = |a: &&[Cell], b: &&[Cell]| {
            let of = |member: &[Cell], at: usize| member[at].clone();
            [columns.normalized, columns.joined_by, columns.with, columns.comparisons]
                .into_iter()
                .all(|at| of(a, at) == of(b, at))
        };
        let name = cell(row, 2);
        sorted
            .chunk_by(joined_as_one)
            .map(|together| {
                let first = together[0];
                let is_only = members.len() == 1;
                let is_name = is_only && cell(first, columns.name) == name;
                let contacts: usize = together
                    .iter()
                    .filter_map(|member| cell(member, columns.contacts).parse::<usize>().ok())
                    .sum();
                let names = together.iter().filter(|_| !is_name);
                Spelling {
                    names: names.map(|member| spelled(cell(member, columns.name))).collect(),
                    how: how(cell(first, columns.joined_by), is_only, is_name),
                    with: first[columns.with].as_deref().map(spelled),
                    score: score(first).map(bits),
                    evidence: first[columns.comparisons].as_deref().map(|text| {
                        let term = |(name, weight): (&str, i64)| format!("{name} {}", bits(weight));
                        comparisons(text).into_iter().map(term).collect::<Vec<_>>().join(", ")
                    }),
                    contacts: counted(contacts, "contact"),
                }
            })
            .collect()
    }

    /// The attributes that an organization gets, and the contact they come from where it is one.
    fn carried(&self, row: &[Cell]) -> (Vec<Carried>, Option<String>) {
        let id = cell(row, 0);
        let sources: BTreeMap<&str, &str> = cell(row, column(self.sheet, "attribute_sources"))
            .split("; ")
            .filter_map(|part| part.split_once('='))
            .collect();
        let mut distinct: Vec<&str> = sources.values().copied().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let only = match distinct[..] {
            [only] => Some(format!("from contact {only}")),
            _ => None,
        };
        let attributes = Schema::shipped().carried().filter_map(|attribute| {
            let name = attribute.field.name();
            let value = row[column(self.sheet, name)].as_deref()?;
            let source = sources.get(name).filter(|_| only.is_none());
            let conflict = self.conflicts.get(&(id, name));
            Some(Carried {
                name,
                value: shown(value),
                conflict: conflict.map(|detail| format!("contacts disagree: {}", shown(detail))),
                source: source.map(|source| format!("from contact {source}")),
            })
        });
        (attributes.collect(), only)
    }

    /// What the configuration gives every new organization.
    fn constants(&self, row: &[Cell]) -> Option<String> {
        let constants: Vec<String> = ["description", "industry"]
            .into_iter()
            .filter_map(|name| Some((name, row[column(self.sheet, name)].as_deref()?)))
            .map(|(name, value)| format!("{name} “{}”", shown(value)))
            .collect();
        (!constants.is_empty()).then(|| constants.join(" and "))
    }

    /// The slug of a tenant where the plan knows it, else its id.
    fn tenant_label(&self, id: &str) -> String {
        self.tenants.get(id).filter(|slug| *slug != "-").cloned().unwrap_or_else(|| id.to_owned())
    }

    fn tenants(&self) -> (Vec<Tenant>, Option<String>) {
        let owner = column(self.sheet, "owner_organization_id");
        let mut counts: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
        for row in self.sheet.rows.iter().filter(|row| row[owner].is_some()) {
            let count = counts.entry(cell(row, owner)).or_default();
            let actions = [Action::Insert, Action::Adopt, Action::Keep];
            if let Some(at) = actions.iter().position(|action| action.name() == cell(row, 3)) {
                count[at] += 1;
            }
            count[3] += cell(row, 5).parse::<usize>().unwrap_or(0);
        }
        let all = counts.len();
        let rest = (all > MOST_TENANTS).then(|| {
            format!("{} more tenants are in organizations.csv.", number(all - MOST_TENANTS))
        });
        let row = |(id, count): (&str, [usize; 4])| {
            let known = self.tenant_label(id);
            let label = if known == id { known } else { format!("{known} ({id})") };
            let [inserted, adopted, kept, contacts] = count.map(number);
            Tenant { label, inserted, adopted, kept, contacts }
        };
        (counts.into_iter().take(MOST_TENANTS).map(row).collect(), rest)
    }
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
