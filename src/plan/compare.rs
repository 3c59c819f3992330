//! Two plans, one beside the other: what became of organizations and of contacts from the one to the
//! other.
//!
//! In: the organizations and the changed contacts of both. Out: a [`Between`]. Pure. A contact that a
//! plan does not change stands in none of its rows: it stays where it is if its organization is kept,
//! and how many such there are is told by the number of contacts of the organization.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::DataFrame;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::cell::{Cells, Value};
use super::manifest::Manifest;
use super::sheet::{Meaning, SheetColumn};
use crate::schema::{Field, Mode};
use crate::transform::desired::Action;

/// A customer organization of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Organization {
    /// Its key.
    #[serde(serialize_with = "id")]
    pub id: Uuid,
    /// Its slug.
    pub slug: Option<String>,
    /// Its name.
    pub name: String,
    /// Id of the tenant whose customer it is.
    pub tenant: Option<String>,
    /// Contacts that the plan maps to it.
    pub contacts: u64,
    /// Whether it is there and the tenant's already.
    #[serde(skip)]
    is_kept: bool,
}

/// An organization, and how many contacts go to it or come from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// The organization.
    pub organization: Organization,
    /// Contacts.
    pub contacts: u64,
}

/// Organizations that become one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Merged {
    /// The one, as the later plan has it.
    pub into: Organization,
    /// Those that go into it with all of their contacts.
    pub from: Vec<Share>,
}

/// An organization of which others are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Split {
    /// The one, as the earlier plan has it.
    pub from: Organization,
    /// Contacts that stay with it.
    pub stay: u64,
    /// Those that are made of its contacts alone.
    pub into: Vec<Share>,
}

/// An organization with another id, slug or name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Renamed {
    /// In the earlier plan.
    pub before: Organization,
    /// In the later plan.
    pub after: Organization,
    /// What differs: `id`, `slug`, `name`.
    pub changed: Vec<&'static str>,
}

/// Contacts that go from one organization to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Where they were, as the earlier plan has it.
    pub from: Organization,
    /// Where they are, as the later plan has it.
    pub to: Organization,
    /// Their ids.
    #[serde(serialize_with = "listed")]
    pub contacts: Vec<Uuid>,
}

/// What changed from one plan to another; every list is sorted by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// Organizations that only the later plan has.
    pub new: Vec<Organization>,
    /// Organizations that only the earlier plan has.
    pub gone: Vec<Organization>,
    /// Organizations that become one.
    pub merged: Vec<Merged>,
    /// Organizations of which others are made.
    pub split: Vec<Split>,
    /// Organizations with another id, slug or name.
    pub renamed: Vec<Renamed>,
    /// Contacts that change their organization otherwise.
    pub moved: Vec<Moved>,
    /// Contacts that only the later plan maps.
    pub mapped: Vec<Uuid>,
    /// Contacts that only the earlier plan maps: gone from the source, or left out by a finding.
    pub unmapped: Vec<Uuid>,
}

/// An id as text.
fn id<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

/// Ids as texts.
fn listed<S: Serializer>(ids: &[Uuid], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ids.iter().map(Uuid::to_string))
}

/// One of the two plans.
#[derive(Clone, Debug)]
pub struct Side {
    home: Field,
    organizations: BTreeMap<Uuid, Organization>,
    /// For each changed contact its organization before and after.
    contacts: BTreeMap<Uuid, [Option<Uuid>; 2]>,
}

impl Side {
    /// A plan of which no row is known yet.
    pub fn new(manifest: &Manifest) -> Self {
        let home = match manifest.mode {
            Mode::Rehome => Field::ORGANIZATION,
            Mode::Link => Field::CUSTOMER_ORGANIZATION,
        };
        Self { home, organizations: BTreeMap::new(), contacts: BTreeMap::new() }
    }

    /// Adds rows of `organizations.csv`.
    pub fn add_organizations(&mut self, columns: &[SheetColumn], frame: &DataFrame) {
        let cells = Cells::all(frame);
        let column = |meaning| column_of(columns, &cells, meaning);
        let (key, owner) = (column(Meaning::Key), column(Meaning::After(Field::OWNER)));
        let [slug, name] = [Field::SLUG, Field::NAME].map(|field| column(Meaning::Inserted(field)));
        let (members, action) = (column(Meaning::Members), column(Meaning::Action));
        for row in 0..frame.height() {
            let Some(id) = uuid(key, row) else { continue };
            let text = |column| match value(column, row) {
                Value::Text(text) => Some(text.to_owned()),
                _ => None,
            };
            let contacts = match value(members, row) {
                Value::Number(count) => u64::try_from(count).unwrap_or(0),
                _ => 0,
            };
            let organization = Organization {
                id,
                slug: text(slug),
                name: text(name).unwrap_or_default(),
                tenant: uuid(owner, row).map(|id| id.to_string()),
                contacts,
                is_kept: value(action, row) == Value::Text(Action::Keep.name()),
            };
            self.organizations.insert(id, organization);
        }
    }

    /// Adds rows of `contacts.csv`.
    pub fn add_contacts(&mut self, columns: &[SheetColumn], frame: &DataFrame) {
        let cells = Cells::all(frame);
        let column = |meaning| column_of(columns, &cells, meaning);
        let (key, homes) = (Meaning::Key, [Meaning::Before(self.home), Meaning::After(self.home)]);
        let (key, homes) = (column(key), homes.map(column));
        for row in 0..frame.height() {
            let homes = homes.map(|column| uuid(column, row));
            self.contacts.extend(uuid(key, row).map(|id| (id, homes)));
        }
    }

    fn has(&self, id: Option<Uuid>) -> Option<Uuid> {
        id.filter(|id| self.organizations.contains_key(id))
    }
}

/// The column of a frame that means something.
fn column_of<'c, 'f>(
    columns: &[SheetColumn],
    cells: &'c [Cells<'f>],
    meaning: Meaning,
) -> Option<&'c Cells<'f>> {
    let at = columns.iter().position(|column| column.meaning == meaning)?;
    cells.get(at)
}

/// A cell; NULL where there is no such column.
fn value<'f>(column: Option<&Cells<'f>>, row: usize) -> Value<'f> {
    column.map_or(Value::Null, |column| column.get(row))
}

fn uuid(column: Option<&Cells<'_>>, row: usize) -> Option<Uuid> {
    match value(column, row) {
        Value::Uuid(id) => Some(id),
        _ => None,
    }
}

/// Contacts by where they were and where they are.
struct Flows<'s> {
    before: &'s Side,
    after: &'s Side,
    /// Those that are told one by one.
    told: BTreeMap<(Uuid, Uuid), Vec<Uuid>>,
    /// Others, of which neither plan has a row.
    staying: BTreeMap<Uuid, u64>,
    mapped: Vec<Uuid>,
    unmapped: Vec<Uuid>,
}

impl<'s> Flows<'s> {
    fn new(before: &'s Side, after: &'s Side) -> Self {
        let (told, staying) = (BTreeMap::new(), BTreeMap::new());
        let mut flows =
            Self { before, after, told, staying, mapped: Vec::new(), unmapped: Vec::new() };
        let contacts: BTreeSet<&Uuid> =
            before.contacts.keys().chain(after.contacts.keys()).collect();
        for &contact in contacts {
            flows.follow(contact);
        }
        flows.count_staying();
        flows
    }

    fn follow(&mut self, contact: Uuid) {
        let (before, after) = (self.before, self.after);
        let is_kept = |id: &Uuid| after.organizations.get(id).is_some_and(|of| of.is_kept);
        let (from, to) = match (before.contacts.get(&contact), after.contacts.get(&contact)) {
            (Some([_, left]), Some([_, right])) | (None, Some([left, right])) => {
                (before.has(*left), after.has(*right))
            }
            (Some([_, left]), None) => {
                let left = before.has(*left);
                (left, left.filter(is_kept))
            }
            (None, None) => (None, None),
        };
        match (from, to) {
            (Some(from), Some(to)) => self.told.entry((from, to)).or_default().push(contact),
            (None, Some(_)) => self.mapped.push(contact),
            (Some(_), None) => self.unmapped.push(contact),
            (None, None) => {}
        }
    }

    /// Of an organization that is kept, those of which neither plan has a row.
    fn count_staying(&mut self) {
        let mut left: BTreeMap<Uuid, u64> = BTreeMap::new();
        let mut came: BTreeMap<Uuid, u64> = BTreeMap::new();
        for ((from, to), contacts) in &self.told {
            *left.entry(*from).or_default() += contacts.len() as u64;
            *came.entry(*to).or_default() += contacts.len() as u64;
        }
        for (id, after) in self.after.organizations.iter().filter(|(_, of)| of.is_kept) {
            let Some(before) = self.before.organizations.get(id) else { continue };
            let rest =
                |all: u64, told: Option<&u64>| all.saturating_sub(told.copied().unwrap_or(0));
            let stay = rest(before.contacts, left.get(id)).min(rest(after.contacts, came.get(id)));
            if stay > 0 {
                self.staying.insert(*id, stay);
            }
        }
    }
}

/// Where the contacts of each organization go, or where they come from, with their number.
type Ends = BTreeMap<Uuid, BTreeMap<Uuid, u64>>;

/// Says what changed from the earlier plan to the later one.
pub fn between(before: &Side, after: &Side) -> Between {
    let flows = Flows::new(before, after);
    let (mut goes, mut comes) = (Ends::new(), Ends::new());
    let told = flows.told.iter().map(|(ends, contacts)| (*ends, contacts.len() as u64));
    let staying = flows.staying.iter().map(|(id, count)| ((*id, *id), *count));
    for ((from, to), count) in told.chain(staying) {
        *goes.entry(from).or_default().entry(to).or_default() += count;
        *comes.entry(to).or_default().entry(from).or_default() += count;
    }
    let only = |ends: &Ends, id: Uuid, other: Uuid| {
        ends.get(&id).is_some_and(|others| others.len() == 1 && others.contains_key(&other))
    };
    let was = |id: &Uuid| before.organizations.contains_key(id);
    let is = |id: &Uuid| after.organizations.contains_key(id);
    let mut found = Between::default();
    // What is told of the two ends of a flow is told once.
    let mut settled: BTreeSet<(Uuid, Uuid)> = BTreeSet::new();
    for (from, row) in &before.organizations {
        let heir = goes.get(from).and_then(|to| to.keys().next()).copied();
        let heir = heir.filter(|to| !is(from) && !was(to));
        let heir = heir.filter(|to| only(&goes, *from, *to) && only(&comes, *to, *from));
        settled.extend(heir.map(|to| (*from, to)));
        if let Some(now) = after.organizations.get(&heir.unwrap_or(*from)) {
            found.renamed.extend(renamed(row, now));
        }
    }
    for (into, row) in &after.organizations {
        let sources = comes.get(into).into_iter().flatten();
        let whole: Vec<Share> = sources
            .filter(|(from, _)| *from != into && !settled.contains(&(**from, *into)))
            .filter(|(from, _)| only(&goes, **from, *into))
            .map(|(from, contacts)| Share {
                organization: before.organizations[from].clone(),
                contacts: *contacts,
            })
            .collect();
        if !whole.is_empty() && (whole.len() > 1 || was(into)) {
            settled.extend(whole.iter().map(|share| (share.organization.id, *into)));
            found.merged.push(Merged { into: row.clone(), from: whole });
        }
    }
    for (from, row) in &before.organizations {
        let targets = goes.get(from).into_iter().flatten();
        let parts: Vec<Share> = targets
            .filter(|(to, _)| *to != from && !settled.contains(&(*from, **to)))
            .filter(|(to, _)| !was(to) && only(&comes, **to, *from))
            .map(|(to, contacts)| Share {
                organization: after.organizations[to].clone(),
                contacts: *contacts,
            })
            .collect();
        if !parts.is_empty() {
            settled.extend(parts.iter().map(|share| (*from, share.organization.id)));
            let stay = goes[from].get(from).copied().unwrap_or(0);
            found.split.push(Split { from: row.clone(), stay, into: parts });
        }
    }
    let told: BTreeSet<Uuid> = settled.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let untold = |id: &Uuid| !told.contains(id);
    let new = after.organizations.iter().filter(|(id, _)| !was(id) && untold(id));
    found.new = new.map(|(_, row)| row.clone()).collect();
    let gone = before.organizations.iter().filter(|(id, _)| !is(id) && untold(id));
    found.gone = gone.map(|(_, row)| row.clone()).collect();
    let moved = flows.told.into_iter().filter(|(ends, _)| ends.0 != ends.1);
    found.moved = moved
        .filter(|(ends, _)| !settled.contains(ends))
        .map(|((from, to), contacts)| Moved {
            from: before.organizations[&from].clone(),
            to: after.organizations[&to].clone(),
            contacts,
        })
        .collect();
    (found.mapped, found.unmapped) = (flows.mapped, flows.unmapped);
    found
}

/// An organization that has not the id, the slug or the name that it had.
fn renamed(before: &Organization, after: &Organization) -> Option<Renamed> {
    let differs = [
        ("id", before.id != after.id),
        ("slug", before.slug != after.slug),
        ("name", before.name != after.name),
    ];
    let changed: Vec<_> =
        differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
    let renamed = Renamed { before: before.clone(), after: after.clone(), changed };
    (!renamed.changed.is_empty()).then_some(renamed)
}

impl Between {
    /// Whether the two plans differ in no organization and no contact.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Number of contacts that change their organization otherwise than with all of it.
    pub fn contacts_moved(&self) -> usize {
        self.moved.iter().map(|moved| moved.contacts.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    /// A plan of organizations (key, name, kept or not, contacts in all) and of contacts (key, before
    /// and after; 0 is none).
    fn side(organizations: &[(u128, &str, bool, u64)], contacts: &[(u128, u128, u128)]) -> Side {
        let organization = |&(key, name, is_kept, contacts): &(u128, &str, bool, u64)| {
            let slug = Some(name.to_lowercase());
            let tenant = Some(id(99).to_string());
            let name = name.to_owned();
            (id(key), Organization { id: id(key), slug, name, tenant, contacts, is_kept })
        };
        let home = |key: u128| (key > 0).then(|| id(key));
        let contact =
            |&(key, before, after): &(u128, u128, u128)| (id(key), [home(before), home(after)]);
        Side {
            home: Field::ORGANIZATION,
            organizations: organizations.iter().map(organization).collect(),
            contacts: contacts.iter().map(contact).collect(),
        }
    }

    fn said(between: &Between) -> Vec<String> {
        let name = |row: &Organization| row.name.clone();
        let shares = |shares: &[Share]| -> Vec<String> {
            let share = |share: &Share| format!("{} {}", share.organization.name, share.contacts);
            shares.iter().map(share).collect()
        };
        let mut said = Vec::new();
        said.extend(between.new.iter().map(|row| format!("new {}", row.name)));
        said.extend(between.gone.iter().map(|row| format!("gone {}", row.name)));
        said.extend(
            between
                .merged
                .iter()
                .map(|it| format!("merged {} < {}", name(&it.into), shares(&it.from).join(", "))),
        );
        said.extend(between.split.iter().map(|it| {
            format!("split {} {} > {}", name(&it.from), it.stay, shares(&it.into).join(", "))
        }));
        said.extend(between.renamed.iter().map(|it| {
            format!("renamed {} {} {}", name(&it.before), name(&it.after), it.changed.join(","))
        }));
        said.extend(between.moved.iter().map(|it| {
            format!("moved {} {} > {}", it.contacts.len(), name(&it.from), name(&it.to))
        }));
        said.push(format!("{} mapped, {} unmapped", between.mapped.len(), between.unmapped.len()));
        said
    }

    #[test]
    fn what_became_of_organizations_is_told_by_their_contacts() {
        let before = side(
            &[
                (1, "Alder", false, 2),
                (2, "Birch", false, 2),
                (3, "Cedar", false, 1),
                (4, "Dogwood", false, 3),
                (5, "Elm", false, 1),
                (6, "Fir", false, 1),
            ],
            &[
                (11, 0, 1),
                (12, 0, 1),
                (13, 0, 2),
                (14, 0, 2),
                (15, 0, 3),
                (16, 0, 4),
                (17, 0, 4),
                (18, 0, 4),
                (19, 0, 5),
                (20, 0, 6),
            ],
        );
        assert!(between(&before, &before).is_empty());
        let after = side(
            &[
                (1, "Alder", false, 4),
                (4, "Dogwood", false, 2),
                (7, "Oak", false, 1),
                (8, "Elm Tree", false, 1),
                (9, "Pine", false, 1),
            ],
            &[
                (11, 0, 1),
                (12, 0, 1),
                (13, 0, 1),
                (14, 0, 1),
                (15, 0, 4),
                (16, 0, 4),
                (17, 0, 7),
                (18, 0, 1),
                (19, 0, 8),
                (21, 0, 9),
            ],
        );
        assert_eq!(
            said(&between(&before, &after)),
            [
                "new Pine",
                "gone Fir",
                "merged Alder < Birch 2",
                "merged Dogwood < Cedar 1",
                "split Dogwood 1 > Oak 1",
                "renamed Elm Elm Tree id,slug,name",
                "moved 1 Dogwood > Alder",
                "1 mapped, 1 unmapped",
            ]
        );
    }

    #[test]
    fn after_a_load_contacts_without_a_row_stay_where_they_are() {
        let before = side(
            &[(1, "Alder", false, 3), (2, "Birch", false, 1)],
            &[(11, 0, 1), (12, 0, 1), (13, 0, 1), (14, 0, 2)],
        );
        let kept = side(&[(1, "Alder", true, 3), (2, "Birch", true, 1)], &[]);
        assert!(between(&before, &kept).is_empty());
        // A month later, with rows of what changes only, one of which the first plan never had.
        let later = side(
            &[(1, "Alder", true, 2), (2, "Birch", true, 1), (3, "Oak", false, 2)],
            &[(12, 1, 3), (15, 1, 3), (16, 0, 2)],
        );
        let kept = side(&[(1, "Alder", true, 4), (2, "Birch", true, 1)], &[]);
        assert_eq!(
            said(&between(&kept, &later)),
            ["split Alder 2 > Oak 2", "1 mapped, 0 unmapped"]
        );
        // One that is emptied goes into the other, although it is still there.
        let joined = side(&[(1, "Alder", true, 5), (2, "Birch", true, 0)], &[(14, 2, 1)]);
        assert_eq!(
            said(&between(&kept, &joined)),
            ["merged Alder < Birch 1", "0 mapped, 0 unmapped"]
        );
    }
}
