//! Which contacts are one company: the resolution of a snapshot, tenant by tenant.
//!
//! In: records, tenancy, rules, decisions. Out: a [`Resolution`]: companies with their contacts,
//! what became of every customer contact, open questions, findings. Names are compared inside one
//! tenant only. Ids, slugs and row changes come later.
//!
//! The steps: contacts are sorted into rows of equal spelling (`rows`), the rows of each tenant are
//! matched (`tenant`), claims on one organization are settled between tenants (`claims`), and what
//! is left are companies (`company`).

mod answers;
mod asking;
mod claims;
mod company;
mod parts;
mod placed;
mod rows;
mod tenant;

use std::collections::BTreeMap;

use compact_str::CompactString;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::Rules;
use super::decisions::{self, Decision, Decisions};
use super::matching::{Asked, Compared, Join, Outlook, Start};
use super::normalize::{Name, normalize};
use super::record::{Organization, Records, TextColumn};
use super::tenancy::Tenancy;
use crate::finding::{Code, Finding};
use crate::ids::{OrganizationId, TenantId};
use crate::schema::Table;

/// What became of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is not a customer's.
    NotACustomer,
    /// It has no company, and the rules say to leave such contacts alone.
    Skipped,
    /// A person decided that its company is the tenant itself.
    OwnTenant,
    /// A finding keeps it from being mapped.
    Blocked(Code),
    /// It belongs to this company, by index into [`Resolution::companies`].
    Company(usize),
}

/// A spelling of a company's name.
#[derive(Clone, Debug)]
pub struct Spelling {
    /// As people typed it, with the number of contacts of each.
    pub raws: Vec<(CompactString, u32)>,
    /// Folded; what decisions speak of.
    pub normalized: String,
    /// How it came to this company.
    pub join: Join,
    /// The two spellings that decided it, folded, where it was joined by comparing: its own or one
    /// that came with it, and one of those that it joined.
    pub compared: Option<[String; 2]>,
}

/// One company of one tenant.
#[derive(Clone, Debug)]
pub struct Company {
    /// Whose customer it is.
    pub tenant: TenantId,
    /// The organization key: the folded spelling of its earliest contact, or a person's contact id.
    pub key: String,
    /// Its earliest contact, a position in [`Records::contacts`]: who comes later changes no key.
    pub first: usize,
    /// Position of the existing organization it is, in [`Records::organizations`].
    pub existing: Option<usize>,
    /// Whether it is one person without a company.
    pub is_person: bool,
    /// Its contacts: positions in [`Records::contacts`], ascending.
    pub contacts: Vec<usize>,
    /// Its spellings, by normalized text.
    pub spellings: Vec<Spelling>,
    /// A name that a person chose.
    pub name: Option<Decision>,
    /// A slug that a person chose.
    pub slug: Option<Decision>,
    /// Whether an open question names it.
    pub in_review: bool,
}

/// A doubtful pair of companies.
#[derive(Clone, Debug)]
pub struct Review {
    /// Whose customers they are.
    pub tenant: TenantId,
    /// Raw spelling of the one, and of the other.
    pub spellings: (String, String),
    /// Companies, where contacts already use the name; an organization that is not adopted has none.
    pub companies: (Option<usize>, Option<usize>),
    /// Contacts that use the names.
    pub rows: (u32, u32),
    /// Projects whose customers these are.
    pub projects: (u32, u32),
    /// Why it is asked.
    pub asked: Asked,
    /// What an answer is worth, see [`super::matching::Question::worth`].
    pub worth: f64,
    /// How likely the two are one company.
    pub chance: f64,
    /// Evidence.
    pub compared: Compared,
}

/// Questions, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    /// Those that nobody has answered.
    pub open: usize,
    /// Those of them that are shown.
    pub shown: usize,
    /// Of those that are not shown, so many are likely one company.
    pub likely: usize,
    /// Answers in use.
    pub answered: usize,
}

/// Decisions, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// All.
    pub all: usize,
    /// Those that speak of something in the source.
    pub used: usize,
    /// Those of them without which the result would be the same.
    pub settled: usize,
}

/// The result.
#[derive(Clone, Debug, Default)]
pub struct Resolution {
    /// Companies, sorted by tenant and key.
    pub companies: Vec<Company>,
    /// What became of each contact, in the order of [`Records::contacts`].
    pub fates: Vec<Option<Fate>>,
    /// Tenant of each contact, where it can be told.
    pub tenants: Vec<Option<TenantId>>,
    /// Contacts that lie in an organization and name no company, ascending.
    pub nameless: Vec<usize>,
    /// The open questions that are shown, those that change most first.
    pub reviews: Vec<Review>,
    /// All of them, counted.
    pub asking: Asking,
    /// Decisions, counted.
    pub decided: Decided,
    /// What the pairs of names of each tenant started from.
    pub starts: Vec<Start>,
    /// What the other level would change.
    pub outlook: Outlook,
    /// What is wrong or doubtful.
    pub findings: Vec<Finding>,
}

/// Resolves every customer contact.
///
/// # Errors
/// Decisions that contradict each other once it is known which spellings are one company.
pub fn resolve(
    records: &Records<'_>,
    tenancy: &Tenancy,
    rules: &Rules,
    decisions: &Decisions,
) -> Result<Resolution, decisions::Error> {
    let mut resolver = Resolver::new(records, tenancy, rules, decisions);
    let rows = resolver.place_contacts();
    let spellings = rows.iter().map(|rows| rows.spellings.len()).sum();
    let drafts = rows.into_par_iter().map(|rows| resolver.match_tenant(rows));
    let mut drafts = drafts.collect::<Result<Vec<_>, _>>()?;
    resolver.settle_claims(&mut drafts)?;
    resolver.finish(drafts, spellings)
}

struct Resolver<'r, 'a> {
    records: &'r Records<'a>,
    tenancy: &'r Tenancy,
    rules: &'r Rules,
    decisions: &'r Decisions,
    /// Columns of contacts that are evidence, with the places of their kinds.
    beside: Vec<(TextColumn, usize)>,
    /// Those of organizations.
    titles_beside: Vec<(TextColumn, usize)>,
    /// Names of existing organizations; `None` where a name has no word.
    names: Vec<Option<Name>>,
    /// Organizations by a hash of the core of their names.
    by_core: FxHashMap<u64, Vec<usize>>,
    /// Organizations that nobody owns and that are no tenants, by word of their names.
    free_by_word: FxHashMap<CompactString, Vec<usize>>,
    /// Organizations by owner, but for those that own themselves.
    by_owner: FxHashMap<OrganizationId, Vec<usize>>,
    by_slug: BTreeMap<&'a str, usize>,
    /// For each contact the number of projects whose customer it is.
    projects: Vec<u32>,
    /// For each organization the tenants whose contacts lie in it, or whose projects are linked to
    /// it, rightly or wrongly.
    occupants: Vec<SmallVec<[TenantId; 1]>>,
    /// Contacts without a company that become an organization each.
    persons: Vec<(TenantId, usize)>,
    out: Resolution,
}

impl<'r, 'a> Resolver<'r, 'a> {
    fn new(
        records: &'r Records<'a>,
        tenancy: &'r Tenancy,
        rules: &'r Rules,
        decisions: &'r Decisions,
    ) -> Self {
        let organizations = &records.organizations;
        let names: Vec<Option<Name>> =
            organizations.par_iter().map(|row| normalize(row.name, &rules.forms)).collect();
        let mut by_core: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
        let mut by_owner: FxHashMap<OrganizationId, Vec<usize>> = FxHashMap::default();
        let mut free_by_word: FxHashMap<CompactString, Vec<usize>> = FxHashMap::default();
        for (index, (row, name)) in std::iter::zip(organizations, &names).enumerate() {
            if let Some(name) = name {
                by_core.entry(name.core_hash()).or_default().push(index);
            }
            if let Some(owner) = row.owner.filter(|owner| *owner != row.id) {
                by_owner.entry(owner).or_default().push(index);
            }
            if row.owner.is_some() || tenancy.is_tenant(row.id) {
                continue;
            }
            for word in name.iter().flat_map(|name| &name.words) {
                let list = free_by_word.entry(word.text.clone()).or_default();
                if list.last() != Some(&index) {
                    list.push(index);
                }
            }
        }
        let slugs = organizations.iter().enumerate();
        let customers =
            records.projects.par_iter().map(|project| records.contact(project.customer?));
        let mut projects = vec![0; records.contacts.len()];
        for contact in customers.collect::<Vec<_>>().into_iter().flatten() {
            projects[contact] += 1;
        }
        Self {
            records,
            tenancy,
            rules,
            decisions,
            beside: rules.kinds.columns(records.declared, Table::Contacts),
            titles_beside: rules.kinds.columns(records.declared, Table::Organizations),
            names,
            by_core,
            free_by_word,
            by_owner,
            by_slug: slugs.filter_map(|(index, row)| Some((row.slug?, index))).collect(),
            projects,
            occupants: vec![SmallVec::new(); organizations.len()],
            persons: Vec::new(),
            out: Resolution::default(),
        }
    }

    fn organization(&self, index: usize) -> &'r Organization<'a> {
        &self.records.organizations[index]
    }

    fn occupy(&mut self, organization: usize, tenant: TenantId) {
        let occupants = &mut self.occupants[organization];
        if !occupants.contains(&tenant) {
            occupants.push(tenant);
        }
    }

    /// Equal cores without contradiction.
    fn agree(&self, a: &Name, b: &Name) -> bool {
        let forms =
            || !self.rules.level.parts_by_form() || self.rules.forms.agree(&a.forms, &b.forms);
        a.has_core_of(b) && a.marks_agree(b) && forms()
    }

    /// Places of the decisions about a tenant, whatever they call it.
    fn decisions_about(&self, tenant: TenantId) -> Result<Vec<usize>, decisions::Error> {
        self.decisions.about(&self.records.called(tenant), &tenant.to_string())
    }
}

fn to_place(index: usize) -> u32 {
    u32::try_from(index).expect("fewer organizations than 2^32")
}

fn from_place(place: u32) -> usize {
    place as usize
}
