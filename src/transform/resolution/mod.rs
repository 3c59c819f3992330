//! Which contacts are one company: the resolution of a snapshot, tenant by tenant.
//!
//! In: records, tenancy, rules, decisions. Out: a [`Resolution`]: companies with their contacts,
//! what became of every customer contact, open questions, findings. Names are compared inside one
//! tenant only. Ids, slugs and row changes come later.
//!
//! The steps: contacts are sorted into rows of equal spelling (`rows`), the rows of each tenant are
//! matched (`tenant`), claims on one organization are settled between tenants (`claims`), and what
//! is left are companies (`company`).

mod claims;
mod company;
mod rows;
mod tenant;

use std::collections::{BTreeMap, BTreeSet};

use self::rows::{Row, RowKey};
use super::Rules;
use super::decisions::{self, Decision, Decisions};
use super::matching::{Compared, Join};
use super::normalize::{Name, normalize};
use super::record::{Organization, Records, TextColumn};
use super::tenancy::Tenancy;
use crate::finding::{Code, Finding};
use crate::ids::TenantId;
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
    pub raws: BTreeMap<String, u32>,
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
    /// The organization key: the smallest folded spelling, or a person's contact id.
    pub key: String,
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
    /// Rows that use the names.
    pub rows: (u32, u32),
    /// Evidence.
    pub compared: Compared,
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
    /// Open questions, those that change most first.
    pub reviews: Vec<Review>,
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
    resolver.place_contacts();
    let tenants: BTreeSet<TenantId> = resolver.rows.keys().copied().collect();
    let mut drafts = Vec::new();
    for tenant in tenants {
        drafts.push(resolver.match_tenant(tenant));
    }
    resolver.settle_claims(&mut drafts)?;
    resolver.finish(&drafts)
}

struct Resolver<'a> {
    records: &'a Records<'a>,
    tenancy: &'a Tenancy,
    rules: &'a Rules,
    decisions: &'a Decisions,
    /// Columns of contacts that are evidence, with the places of their kinds.
    beside: Vec<(TextColumn, usize)>,
    /// Names of existing organizations; `None` where a name has no word.
    names: Vec<Option<Name>>,
    /// Organizations by the core of their names.
    by_core: BTreeMap<String, Vec<usize>>,
    /// Organizations that nobody owns and that are no tenants, by word of their names.
    free_by_word: BTreeMap<String, Vec<usize>>,
    rows: BTreeMap<TenantId, BTreeMap<RowKey, Row>>,
    persons: Vec<(TenantId, usize)>,
    by_slug: BTreeMap<&'a str, usize>,
    /// Tenants whose contacts lie in an organization, or whose projects are linked to it, rightly
    /// or wrongly.
    lying: BTreeMap<usize, BTreeSet<TenantId>>,
    used_decisions: BTreeSet<String>,
    out: Resolution,
}

impl<'a> Resolver<'a> {
    fn new(
        records: &'a Records<'a>,
        tenancy: &'a Tenancy,
        rules: &'a Rules,
        decisions: &'a Decisions,
    ) -> Self {
        let names: Vec<Option<Name>> =
            records.organizations.iter().map(|row| normalize(row.name, &rules.forms)).collect();
        let mut by_core: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut free_by_word: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, (row, name)) in std::iter::zip(&records.organizations, &names).enumerate() {
            if let Some(name) = name {
                by_core.entry(name.core()).or_default().push(index);
            }
            if row.owner.is_some() || tenancy.is_tenant(row.id) {
                continue;
            }
            for word in name.iter().flat_map(|name| &name.words) {
                let list = free_by_word.entry(word.text.to_string()).or_default();
                if list.last() != Some(&index) {
                    list.push(index);
                }
            }
        }
        let by_slug = records
            .organizations
            .iter()
            .enumerate()
            .filter_map(|(index, row)| Some((row.slug?, index)))
            .collect();
        Self {
            records,
            tenancy,
            rules,
            decisions,
            beside: rules.kinds.columns(records.declared, Table::Contacts),
            names,
            by_core,
            free_by_word,
            rows: BTreeMap::new(),
            persons: Vec::new(),
            by_slug,
            lying: BTreeMap::new(),
            used_decisions: BTreeSet::new(),
            out: Resolution::default(),
        }
    }

    fn organization(&self, index: usize) -> &Organization<'a> {
        &self.records.organizations[index]
    }

    /// Equal cores without contradiction.
    fn agree(&self, a: &Name, b: &Name) -> bool {
        a.core() == b.core() && a.marks_agree(b) && self.rules.forms.agree(&a.forms, &b.forms)
    }

    fn decisions_of(&self, tenant: TenantId) -> Vec<Decision> {
        let Some(slug) = self.tenant_slug(tenant) else { return Vec::new() };
        self.decisions.iter().filter(|decision| decision.tenant == slug).cloned().collect()
    }

    /// The slug by which decisions speak of a tenant; `-` where there are no tenants.
    fn tenant_slug(&self, tenant: TenantId) -> Option<&'a str> {
        if self.tenancy.is_tenantless() {
            return Some("-");
        }
        let index = self.records.organization(tenant.organization())?;
        self.records.organizations[index].slug
    }
}

fn to_place(index: usize) -> u32 {
    u32::try_from(index).expect("fewer organizations than 2^32")
}

fn from_place(place: u32) -> usize {
    place as usize
}
