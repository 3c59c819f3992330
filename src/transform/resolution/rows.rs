//! Contacts sorted into rows: one for each tenant, folded spelling and organization that the
//! contact already belongs to; or the reason why a contact has no row.
//!
//! A name is taken apart once, however many contacts use it, and travels with its row.

use std::borrow::Cow;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{Fate, Resolver, to_place};
use crate::finding::{Code, Finding};
use crate::ids::TenantId;
use crate::schema::Field;
use crate::transform::evidence::Evidence;
use crate::transform::matching::Mention;
use crate::transform::normalize::{Name, beginning, normalize_unless};
use crate::transform::record::{Contact, TextColumn};
use crate::transform::repair::{is_lost, repair};
use crate::transform::{Individuals, Rules, Tenancy};

/// Spellings as people typed them, sorted, with the number of contacts of each; mostly one.
pub(super) type Raws<'a> = Vec<(&'a str, u32)>;

/// Contacts of one tenant with one folded spelling, and where they already belong.
pub(super) struct Row<'a> {
    /// Positions, ascending.
    pub(super) contacts: Vec<u32>,
    pub(super) raws: Raws<'a>,
    /// What tells these contacts from others of their spelling, if it is parted.
    pub(super) part: Option<String>,
    /// The values of decisions that they have.
    pub(super) values: Vec<String>,
}

impl Row<'_> {
    /// The raw spelling that sorts first, which is the one that was taken apart.
    pub(super) fn raw(&self) -> &str {
        self.raws[0].0
    }
}

/// The rows of a tenant, sorted by folded spelling and place.
pub(super) struct Rows<'a> {
    pub(super) tenant: TenantId,
    pub(super) spellings: Vec<Row<'a>>,
    /// Each as a mention for the matcher.
    pub(super) mentions: Vec<Mention>,
}

/// A name that was taken apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    /// What contacts have for a company, by its place among all such texts.
    Company(u32),
    /// The organization that a contact without a company lies in.
    Title(u32),
}

/// A contact on its way into a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Placed {
    tenant: TenantId,
    name: Named,
    place: Option<u32>,
    contact: u32,
}

/// What contacts have for a company, each text once, taken apart.
struct Companies<'a> {
    places: FxHashMap<&'a str, u32>,
    raws: Vec<&'a str>,
    /// `None` where a text names no company.
    names: Vec<Option<Name>>,
    /// What is to be said of a text that was damaged.
    damages: Vec<Option<Code>>,
}

impl<'a> Companies<'a> {
    fn new(contacts: &[Contact<'a>], rules: &Rules) -> Self {
        let mut places: FxHashMap<&'a str, u32> = FxHashMap::default();
        let mut raws = Vec::new();
        let customers = contacts.iter().filter(|contact| contact.is_customer());
        for raw in customers.filter_map(|contact| contact.company) {
            places.entry(raw).or_insert_with(|| {
                raws.push(raw);
                position(raws.len() - 1)
            });
        }
        let (names, damages) = raws.par_iter().map(|raw| (rules.name(raw), damage(raw))).unzip();
        Self { places, raws, names, damages }
    }

    /// The place and the name of a text that names a company.
    fn of(&self, raw: &str) -> Option<(u32, &Name)> {
        let place = *self.places.get(raw)?;
        Some((place, self.names[place as usize].as_ref()?))
    }
}

/// What is to be said of a text that was damaged before it was read.
fn damage(raw: &str) -> Option<Code> {
    match repair(raw) {
        text if is_lost(&text) => Some(Code::NameLost),
        Cow::Owned(_) => Some(Code::NameRepaired),
        Cow::Borrowed(_) => None,
    }
}

/// Contacts with one name at one place.
struct Group<'a, 'n> {
    /// The beginning of the folded spelling, which decides nearly all comparisons.
    begins: u64,
    folded: &'n str,
    place: Option<u32>,
    raw: &'a str,
    name: Named,
    placed: &'n [Placed],
}

/// A row before it has its name.
struct Made<'a> {
    name: Named,
    place: Option<u32>,
    row: Row<'a>,
}

impl<'a> Made<'a> {
    /// The row of some groups with one folded spelling; the first has the place.
    fn of<'g>(groups: impl Iterator<Item = &'g Group<'a, 'g>> + Clone) -> Self
    where
        'a: 'g,
    {
        let place = groups.clone().next().and_then(|group| group.place);
        let contacts = groups.clone().flat_map(|group| group.placed.iter());
        let mut contacts: Vec<u32> = contacts.map(|placed| placed.contact).collect();
        contacts.sort_unstable();
        let mut raws = Raws::with_capacity(1);
        let mut name = None;
        let mut sorted: SmallVec<[&Group<'a, 'g>; 2]> = groups.collect();
        sorted.sort_unstable_by_key(|group| (group.raw, group.name));
        for group in sorted {
            let count = position(group.placed.len());
            name = name.or(Some(group.name));
            match raws.last_mut() {
                Some((raw, contacts)) if *raw == group.raw => *contacts += count,
                _ => raws.push((group.raw, count)),
            }
        }
        let name = name.expect("a row is made of at least one group");
        Self { name, place, row: Row { contacts, raws, part: None, values: Vec::new() } }
    }
}

/// A position as it is kept for a million rows.
fn position(index: usize) -> u32 {
    u32::try_from(index).expect("fewer rows than 2^32")
}

impl<'a> Resolver<'_, 'a> {
    /// Sorts every customer contact into a row of its tenant, or says why not.
    pub(super) fn place_contacts(&mut self) -> Vec<Rows<'a>> {
        let records = self.records;
        let companies = Companies::new(&records.contacts, self.rules);
        let mut placed = Vec::with_capacity(records.contacts.len());
        for (index, contact) in records.contacts.iter().enumerate() {
            let tenant = self.tenancy.of_contact(contact, records);
            self.out.tenants.push(tenant);
            for id in contact.customer_organization.into_iter().chain(contact.organization) {
                if let (Some(at), Some(tenant)) = (records.organization(id), tenant) {
                    self.occupy(at, tenant);
                }
            }
            let fate = match tenant {
                _ if !contact.is_customer() => Some(Fate::NotACustomer),
                None => Some(Fate::Blocked(Code::TenantUnknown)),
                Some(tenant) => match self.place_contact((index, contact), tenant, &companies) {
                    Ok(row) => {
                        placed.extend(row);
                        None
                    }
                    Err(fate) => Some(fate),
                },
            };
            if let Some(Fate::Blocked(code)) = fate {
                let column = match code {
                    Code::NoCompany => Field::COMPANY_NAME,
                    _ => Field::ORGANIZATION,
                };
                self.out.findings.push(Finding::new(code, contact.id, column.name()));
            }
            self.out.fates.push(fate);
        }
        for project in &records.projects {
            let link = project.customer_organization.and_then(|id| records.organization(id));
            let tenant = project.organization.filter(|id| records.organization(*id).is_some());
            if let (Some(at), Some(tenant)) = (link, tenant) {
                self.occupy(at, TenantId::of(tenant));
            }
        }
        placed.par_sort_unstable();
        self.rows(&placed, companies)
    }

    /// The row of a contact, `None` for a person without a company who becomes an organization, or
    /// why there is none.
    fn place_contact(
        &mut self,
        (index, contact): (usize, &Contact<'a>),
        tenant: TenantId,
        companies: &Companies<'a>,
    ) -> Result<Option<Placed>, Fate> {
        let company = contact.company.and_then(|raw| companies.of(raw));
        let place =
            self.place(contact, tenant, company.map(|(_, name)| name)).map_err(Fate::Blocked)?;
        // A contact that is placed needs no company of its own: it has its organization's.
        let name = match (company, place) {
            (Some((at, _)), _) => {
                let code = companies.damages[at as usize];
                let column = Field::COMPANY_NAME.name();
                let finding = code.map(|code| Finding::new(code, contact.id, column));
                self.out.findings.extend(finding);
                Named::Company(at)
            }
            (None, Some(place)) if self.names[place].is_some() => {
                self.out.nameless.push(index);
                Named::Title(to_place(place))
            }
            (None, Some(_)) => return Err(Fate::Blocked(Code::NoCompany)),
            (None, None) => match self.rules.individuals {
                Individuals::Report => return Err(Fate::Blocked(Code::NoCompany)),
                Individuals::Skip => return Err(Fate::Skipped),
                Individuals::Organization => {
                    self.persons.push((tenant, index));
                    return Ok(None);
                }
            },
        };
        let place = place.map(to_place);
        Ok(Some(Placed { tenant, name, place, contact: position(index) }))
    }

    /// The existing organization that a contact already belongs to.
    fn place(
        &self,
        contact: &Contact<'_>,
        tenant: TenantId,
        company: Option<&Name>,
    ) -> Result<Option<usize>, Code> {
        let own = tenant.organization();
        let home = Tenancy::home(contact, tenant, self.rules.mode, self.records);
        let Some(at) = home else { return Ok(None) };
        let row = self.organization(at);
        let filed = contact.owner == Some(own) || contact.customer_organization == Some(row.id);
        if row.owner == Some(own) && filed || self.tenancy.is_tenantless() {
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
        // Without the users it may be a tenant: then nothing is adopted without a decision.
        let known = self.tenancy.users_known;
        if agrees { Ok(known.then_some(at)) } else { Err(Code::PlacementContradicts) }
    }

    /// The rows of every tenant.
    fn rows(&mut self, placed: &[Placed], companies: Companies<'a>) -> Vec<Rows<'a>> {
        let tenants: Vec<&[Placed]> = placed.chunk_by(|a, b| a.tenant == b.tenant).collect();
        let made: Vec<(Vec<Made<'a>>, Vec<Finding>)> = tenants
            .par_iter()
            .map(|placed| {
                let mut findings = Vec::new();
                (self.grouped(placed, &companies, &mut findings), findings)
            })
            .collect();
        let mut names = companies.names;
        let mut uses = vec![0_u32; names.len()];
        for made in made.iter().flat_map(|(made, _)| made) {
            if let Named::Company(at) = made.name {
                uses[at as usize] += 1;
            }
        }
        let mut all = Vec::with_capacity(made.len());
        for (placed, (made, mut findings)) in std::iter::zip(tenants, made) {
            self.out.findings.append(&mut findings);
            let (mut rows, mut mentions) = (Vec::with_capacity(made.len()), Vec::new());
            mentions.reserve_exact(made.len());
            for Made { name, place, row } in made {
                let name = match name {
                    Named::Title(at) => self.names[at as usize].clone(),
                    Named::Company(at) => {
                        let (uses, name) = (&mut uses[at as usize], &mut names[at as usize]);
                        *uses -= 1;
                        if *uses == 0 { name.take() } else { name.clone() }
                    }
                };
                mentions.push(Mention {
                    name: name.expect("a row is made for a name"),
                    evidence: Evidence::default(),
                    rows: position(row.contacts.len()),
                    projects: self.projects_of(&row.contacts),
                    place,
                    is_title: false,
                    is_decided: false,
                    is_loose: false,
                    by_score: true,
                });
                rows.push(row);
            }
            let read = |(mention, row): (&mut Mention, &Row<'_>)| {
                let (evidence, findings) = self.evidence(&row.contacts);
                mention.evidence = evidence;
                findings
            };
            let flaws: Vec<Vec<Finding>> = mentions.par_iter_mut().zip(&rows).map(read).collect();
            self.out.findings.extend(flaws.into_iter().flatten());
            all.push(Rows { tenant: placed[0].tenant, spellings: rows, mentions });
        }
        all
    }

    /// The rows of one tenant.
    fn grouped<'p>(
        &self,
        placed: &'p [Placed],
        companies: &Companies<'a>,
        findings: &mut Vec<Finding>,
    ) -> Vec<Made<'a>> {
        let group = |placed: &'p [Placed]| {
            let &[Placed { name, place, .. }, ..] = placed else {
                unreachable!("a chunk is never empty")
            };
            let (raw, taken) = match name {
                Named::Company(at) => (companies.raws[at as usize], &companies.names[at as usize]),
                Named::Title(at) => (self.organization(at as usize).name, &self.names[at as usize]),
            };
            let folded = taken.as_ref().map_or("", |name| name.folded.as_str());
            Group { begins: beginning(folded), folded, place, raw, name, placed }
        };
        let groups = placed.chunk_by(|a, b| (a.name, a.place) == (b.name, b.place));
        let mut groups: Vec<Group<'a, '_>> = groups.map(group).collect();
        groups.par_sort_unstable_by(|a, b| {
            let key = |of: &Group<'a, '_>| (of.begins, of.place, of.raw);
            let begins = a.begins.cmp(&b.begins);
            begins.then_with(|| a.folded.cmp(b.folded)).then_with(|| key(a).cmp(&key(b)))
        });
        let mut made = Vec::with_capacity(groups.len());
        for same in groups.chunk_by(|a, b| a.folded == b.folded) {
            let free = same.partition_point(|group| group.place.is_none());
            let (free, others) = same.split_at(free);
            let filed: Vec<&[Group<'a, '_>]> = others.chunk_by(|a, b| a.place == b.place).collect();
            self.report_places(&filed, findings);
            // Contacts without a place go with those of the very same spelling, unless these lie in
            // several organizations; and the one that has it may have left another company.
            let is_told = |groups: &[Group<'a, '_>]| {
                groups.iter().map(|group| group.placed.len()).sum::<usize>() > 1
            };
            let joining = match filed[..] {
                [only] if is_told(only) => free,
                _ => &[],
            };
            if joining.is_empty() && !free.is_empty() {
                made.push(Made::of(free.iter()));
            }
            made.extend(filed.into_iter().map(|of| Made::of(of.iter().chain(joining))));
        }
        made
    }

    /// That contacts of one spelling lie in several organizations is a finding.
    fn report_places(&self, places: &[&[Group<'a, '_>]], findings: &mut Vec<Finding>) {
        if places.len() < 2 {
            return;
        }
        for at in places.iter().filter_map(|groups| groups[0].place) {
            let id = self.organization(at as usize).id;
            let finding = Finding::new(Code::SpellingInTwoOrganizations, id, "name");
            findings.push(finding.detail(format!("{} other", places.len() - 1)));
        }
    }

    /// Number of projects whose customers some contacts are.
    pub(super) fn projects_of(&self, contacts: &[u32]) -> u32 {
        contacts.iter().map(|&at| self.projects[at as usize]).sum()
    }

    /// What stands beside a name in some contacts, and what of it is none.
    pub(super) fn evidence(&self, contacts: &[u32]) -> (Evidence, Vec<Finding>) {
        let (mut evidence, mut findings) = (Evidence::default(), Vec::new());
        for contact in contacts.iter().map(|&at| &self.records.contacts[at as usize]) {
            let text = |&(column, kind): &(TextColumn, usize)| {
                Some((column.field.name(), (kind, contact.text(column)?)))
            };
            let texts = self.beside.iter().filter_map(text);
            let flaws = self.rules.kinds.read(
                &mut evidence,
                texts.clone().map(|(_, text)| text),
                &self.rules.lists,
            );
            for (at, flaw) in flaws {
                let column = texts.clone().nth(at).map_or("", |(column, _)| column);
                findings.push(Finding::new(flaw.code(), contact.id, column));
            }
        }
        (evidence, findings)
    }
}

impl Rules {
    /// Whether a text in place of a company name means that there is none.
    pub fn is_placeholder(&self, raw: &str) -> bool {
        self.name(raw).is_none()
    }

    /// A name taken apart; `None` if it names no company: a placeholder, a note or a legal form
    /// alone.
    pub fn name(&self, raw: &str) -> Option<Name> {
        let names_nothing =
            |bare: &str| self.placeholders.contains(bare) || self.forms.is_note(bare);
        normalize_unless(raw, &self.forms, names_nothing)
    }
}
