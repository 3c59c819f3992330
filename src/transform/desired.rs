//! What the tables should say: organizations, contacts, projects and contact points as they are
//! wanted, each with what became of it.
//!
//! In: records and their resolution. Out: [`Desired`]. Mints ids and slugs; compares nothing with
//! what is there: that is the plan's part.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::decisions::Verdict;
use super::record::{Contact, Project, Records};
use super::resolution::{Company, Fate, Resolution};
use super::slug::{bare_slug, suffixed_slug};
use super::survivorship::{Attribute, Carried, age, carry, clean, company_name, person_name};
use super::tenancy::Tenancy;
use super::{Mode, Rules};
use crate::finding::{Code, Finding};
use crate::ids::{ContactPointId, OrganizationId, Slug, TenantId};

/// What happens to an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is new.
    Insert,
    /// It exists, and becomes the customer of a tenant.
    Adopt,
    /// It exists, and is the customer of its tenant already.
    Keep,
}

impl Action {
    /// Name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Adopt => "adopt",
            Self::Keep => "keep",
        }
    }
}

/// A customer organization.
#[derive(Clone, Debug)]
pub struct DesiredOrganization {
    /// Key.
    pub id: OrganizationId,
    /// Whose customer it is.
    pub tenant: TenantId,
    /// Slug; only an organization that exists may have none.
    pub slug: Option<String>,
    /// Name.
    pub name: String,
    /// What happens to it.
    pub action: Action,
    /// Number of contacts.
    pub members: usize,
    /// Attributes with their sources; only for new ones.
    pub attributes: BTreeMap<Attribute, Carried>,
}

/// The columns of a contact that a plan may write, as they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactState {
    /// `organization_id`.
    pub organization: Option<OrganizationId>,
    /// `owner_organization_id`.
    pub owner: Option<OrganizationId>,
    /// `customer_organization_id`.
    pub customer_organization: Option<OrganizationId>,
    /// `is_primary_contact`.
    pub is_primary: Option<bool>,
}

impl ContactState {
    /// As it stands in the database.
    pub fn of(contact: &Contact<'_>) -> Self {
        Self {
            organization: contact.organization,
            owner: contact.owner,
            customer_organization: contact.customer_organization,
            is_primary: contact.is_primary,
        }
    }
}

/// What became of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProjectFate {
    /// It has no customer.
    NoCustomer,
    /// Its customer has no company.
    WalkIn,
    /// It is linked already.
    Linked,
    /// A finding keeps it from being linked.
    Blocked(Code),
    /// It is linked to this company, by index.
    Company(usize),
}

/// A project as it should be.
#[derive(Clone, Copy, Debug)]
pub struct DesiredProject {
    /// What became of it.
    pub fate: ProjectFate,
    /// `customer_organization_id`.
    pub customer_organization: Option<OrganizationId>,
}

/// A contact point to be added.
#[derive(Clone, Debug)]
pub struct DesiredPoint {
    /// Key.
    pub id: ContactPointId,
    /// Position of the project.
    pub project: usize,
    /// Position of the contact.
    pub contact: usize,
    /// What the contact is for.
    pub role: String,
    /// Whether it is the project's first.
    pub is_primary: bool,
}

/// Everything as it should be.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// Customer organizations, sorted by id.
    pub organizations: Vec<DesiredOrganization>,
    /// The organization of each company of the resolution.
    pub company_ids: Vec<OrganizationId>,
    /// One for each contact, in order.
    pub contacts: Vec<ContactState>,
    /// One for each project, in order.
    pub projects: Vec<DesiredProject>,
    /// Contact points to be added, sorted by id.
    pub points: Vec<DesiredPoint>,
    /// What is wrong or doubtful, beside the resolution's own findings.
    pub findings: Vec<Finding>,
}

/// Maps contacts, projects and contact points onto the companies.
pub fn link(
    records: &Records<'_>,
    tenancy: &Tenancy,
    resolution: &Resolution,
    rules: &Rules,
) -> Desired {
    let mut linker = Linker { records, tenancy, resolution, rules, out: Desired::default() };
    linker.report_organizations();
    linker.organizations();
    linker.contacts();
    linker.projects();
    linker.points();
    linker.out.organizations.sort_by_key(|organization| organization.id);
    linker.out.points.sort_by_key(|point| point.id);
    linker.out
}

struct Linker<'a> {
    records: &'a Records<'a>,
    tenancy: &'a Tenancy,
    resolution: &'a Resolution,
    rules: &'a Rules,
    out: Desired,
}

impl<'a> Linker<'a> {
    fn find(&mut self, finding: Finding) {
        self.out.findings.push(finding);
    }

    fn contacts_of(&self, company: &Company) -> Vec<&'a Contact<'a>> {
        company.contacts.iter().map(|&index| &self.records.contacts[index]).collect()
    }

    /// What is wrong with organizations whatever the contacts say.
    fn report_organizations(&mut self) {
        let mut holders: BTreeMap<&str, OrganizationId> = BTreeMap::new();
        for row in &self.records.organizations {
            if let Some(slug) = row.slug
                && let Some(first) = holders.insert(slug, row.id)
            {
                let finding = Finding::new(Code::DuplicateSlug, row.id, "slug");
                self.find(finding.detail(format!("also {first}")));
            }
            if row.owner.is_some_and(|owner| self.records.organization(owner).is_none()) {
                self.find(Finding::new(Code::DanglingOwner, row.id, "owner_organization_id"));
            }
        }
    }

    fn organizations(&mut self) {
        let mut taken: BTreeSet<OrganizationId> =
            self.records.organizations.iter().map(|row| row.id).collect();
        for company in &self.resolution.companies {
            let id = match company.existing {
                Some(at) => self.records.organizations[at].id,
                None => {
                    let minted = (0..).map(|n| OrganizationId::mint(company.tenant, &company.key, n));
                    let free = |id: &OrganizationId| !taken.contains(id);
                    minted.into_iter().find(free).expect("some attempt gives an id that is free")
                }
            };
            taken.insert(id);
            self.out.company_ids.push(id);
        }
        let slugs = self.slugs();
        for (at, company) in self.resolution.companies.iter().enumerate() {
            let id = self.out.company_ids[at];
            let contacts = self.contacts_of(company);
            let members = contacts.len();
            let tenant = company.tenant;
            let organization = if let Some(existing) = company.existing {
                let row = &self.records.organizations[existing];
                let owned = row.owner == Some(tenant.organization());
                let action = if owned || self.tenancy.is_tenantless() { Action::Keep } else { Action::Adopt };
                DesiredOrganization {
                    id,
                    tenant,
                    slug: row.slug.map(str::to_owned),
                    name: row.name.to_owned(),
                    action,
                    members,
                    attributes: BTreeMap::new(),
                }
            } else {
                let mut attributes = BTreeMap::new();
                for attribute in Attribute::ALL {
                    let Some(carried) = carry(attribute, &contacts, self.rules) else { continue };
                    if carried.distinct > 1 {
                        let finding = Finding::new(Code::AttributeConflict, id, attribute.name());
                        self.find(finding.detail(format!("{} values", carried.distinct)));
                    }
                    attributes.insert(attribute, carried);
                }
                DesiredOrganization {
                    id,
                    tenant,
                    slug: slugs[at].as_ref().map(ToString::to_string),
                    name: self.name(company),
                    action: Action::Insert,
                    members,
                    attributes,
                }
            };
            self.out.organizations.push(organization);
        }
        self.keep_organizations_without_contacts();
    }

    /// Organizations of a tenant stay its customers when no contact names them any more.
    fn keep_organizations_without_contacts(&mut self) {
        let used: BTreeSet<OrganizationId> = self.out.company_ids.iter().copied().collect();
        for row in &self.records.organizations {
            let Some(owner) = row.owner else { continue };
            if used.contains(&row.id) || owner == row.id || self.records.organization(owner).is_none() {
                continue;
            }
            self.out.organizations.push(DesiredOrganization {
                id: row.id,
                tenant: TenantId::of(owner),
                slug: row.slug.map(str::to_owned),
                name: row.name.to_owned(),
                action: Action::Keep,
                members: 0,
                attributes: BTreeMap::new(),
            });
        }
    }

    fn name(&self, company: &Company) -> String {
        if let Some(decision) = &company.name
            && let Verdict::Name(name) = &decision.verdict
        {
            return clean(name);
        }
        let contacts = self.contacts_of(company);
        if company.is_person {
            return person_name(contacts[0]);
        }
        company_name(&contacts).unwrap_or_else(|| clean(&company.key))
    }

    /// Slugs of the new organizations: first those that people chose, then the bare ones by age,
    /// then the rest.
    fn slugs(&mut self) -> Vec<Option<Slug>> {
        let companies = &self.resolution.companies;
        let mut taken: BTreeSet<Slug> =
            self.records.organizations.iter().filter_map(|row| Slug::parse(row.slug?)).collect();
        let mut slugs: Vec<Option<Slug>> = vec![None; companies.len()];
        let new: Vec<usize> =
            (0..companies.len()).filter(|&at| companies[at].existing.is_none()).collect();
        for &at in &new {
            let Some(decision) = &companies[at].slug else { continue };
            let Verdict::Slug(slug) = &decision.verdict else { continue };
            if taken.insert(slug.clone()) {
                slugs[at] = Some(slug.clone());
            } else {
                self.find(Finding::new(Code::DecisionRefused, decision.content(), "value"));
            }
        }
        let mut open: Vec<(_, usize)> = new
            .into_iter()
            .filter(|&at| slugs[at].is_none())
            .map(|at| {
                let contacts = self.contacts_of(&companies[at]);
                (contacts.iter().map(|contact| age(contact)).min(), at)
            })
            .collect();
        open.sort();
        let mut rest = Vec::new();
        for (_, at) in open {
            let bare = bare_slug(&self.name(&companies[at]));
            if taken.insert(bare.clone()) {
                slugs[at] = Some(bare);
            } else {
                rest.push((at, bare));
            }
        }
        for (at, bare) in rest {
            let company = &companies[at];
            let slug = suffixed_slug(&bare, company.tenant, &company.key, &taken);
            taken.insert(slug.clone());
            slugs[at] = Some(slug);
        }
        slugs
    }

    fn contacts(&mut self) {
        self.out.contacts = self.records.contacts.iter().map(ContactState::of).collect();
        let standing = self.standing();
        for (at, company) in self.resolution.companies.iter().enumerate() {
            let id = self.out.company_ids[at];
            let owner = (!self.tenancy.is_tenantless()).then(|| company.tenant.organization());
            for &index in &company.contacts {
                let contact = &self.records.contacts[index];
                let state = &mut self.out.contacts[index];
                match self.rules.mode {
                    Mode::Rehome => {
                        state.organization = Some(id);
                        state.owner = owner;
                    }
                    Mode::Link => state.customer_organization = Some(id),
                }
                if contact.client_organization.is_some_and(|client| client != id) {
                    let column = "client_organization_id";
                    let finding = Finding::new(Code::StaleClientLink, contact.id, column);
                    self.out.findings.push(finding);
                }
            }
            self.primary(company, id, &standing);
        }
    }

    /// For each contact: how many projects name it, and when the latest of them was created.
    fn standing(&self) -> Vec<(usize, Option<i64>)> {
        let mut standing = vec![(0, None); self.records.contacts.len()];
        for project in &self.records.projects {
            let at = project.customer.and_then(|id| self.records.contact(id));
            let Some(at) = at else { continue };
            if self.tenant_of(project) == self.resolution.tenants[at] {
                standing[at].0 += 1;
                standing[at].1 = standing[at].1.max(project.created_at);
            }
        }
        standing
    }

    /// Exactly one primary contact, by a total order.
    fn primary(&mut self, company: &Company, id: OrganizationId, standing: &[(usize, Option<i64>)]) {
        let contacts = &self.records.contacts;
        let rank = |&index: &usize| {
            let contact = &contacts[index];
            let (projects, latest) = standing[index];
            (
                contact.is_primary != Some(true),
                contact.is_active == Some(false),
                Reverse(projects),
                Reverse(latest),
                age(contact),
            )
        };
        let marked = company.contacts.iter().filter(|&&at| contacts[at].is_primary == Some(true));
        let marked = marked.count();
        let Some(first) = company.contacts.iter().copied().min_by_key(rank) else { return };
        for &index in &company.contacts {
            let state = &mut self.out.contacts[index];
            if index == first {
                state.is_primary = Some(true);
            } else if state.is_primary == Some(true) {
                state.is_primary = Some(false);
            }
        }
        if marked > 1 {
            let finding = Finding::new(Code::SeveralPrimaryContacts, id, "is_primary_contact");
            self.find(finding.detail(format!("{marked} contacts")));
        }
    }

    fn tenant_of(&self, project: &Project) -> Option<TenantId> {
        if self.tenancy.is_tenantless() {
            return Some(TenantId::new(uuid::Uuid::nil()));
        }
        project.organization.filter(|id| self.records.organization(*id).is_some()).map(TenantId::of)
    }

    fn projects(&mut self) {
        for project in &self.records.projects {
            let wanted = self.customer(project);
            let fate = match wanted {
                Err(code) => {
                    let column = match code {
                        Code::ProjectTenantUnknown => "organization_id",
                        _ => "customer_id",
                    };
                    self.find(Finding::new(code, project.id, column));
                    ProjectFate::Blocked(code)
                }
                Ok(fate) => fate,
            };
            let desired = match (project.customer_organization, fate) {
                (Some(link), fate) => {
                    self.report_link(project, link, fate);
                    let fate = match fate {
                        ProjectFate::Blocked(_) => fate,
                        _ => ProjectFate::Linked,
                    };
                    DesiredProject { fate, customer_organization: Some(link) }
                }
                (None, ProjectFate::Company(at)) => {
                    DesiredProject { fate, customer_organization: Some(self.out.company_ids[at]) }
                }
                (None, fate) => DesiredProject { fate, customer_organization: None },
            };
            self.out.projects.push(desired);
        }
    }

    /// The company that a project's customer contact belongs to, or why there is none.
    fn customer(&self, project: &Project) -> Result<ProjectFate, Code> {
        let tenant = self.tenant_of(project).ok_or(Code::ProjectTenantUnknown)?;
        let Some(customer) = project.customer else { return Ok(ProjectFate::NoCustomer) };
        let at = self.records.contact(customer).ok_or(Code::DanglingCustomer)?;
        let contact = &self.records.contacts[at];
        let of = self.resolution.tenants[at];
        if of.is_some_and(|of| of != tenant) {
            return Err(Code::CustomerOfOtherTenant);
        }
        if !contact.is_customer() {
            return Err(Code::CustomerNotCustomer);
        }
        match self.resolution.fates[at] {
            Some(Fate::Company(company)) => Ok(ProjectFate::Company(company)),
            Some(Fate::Skipped | Fate::Blocked(Code::NoCompany)) => Ok(ProjectFate::WalkIn),
            Some(Fate::OwnTenant) => Err(Code::CustomerIsOwnTenant),
            _ => Err(Code::CustomerNotMapped),
        }
    }

    fn report_link(&mut self, project: &Project, link: OrganizationId, fate: ProjectFate) {
        let column = "customer_organization_id";
        let code = if self.records.organization(link).is_none() {
            Code::DanglingLink
        } else if project.organization == Some(link) {
            Code::LinkIsOwnTenant
        } else if let ProjectFate::Company(at) = fate
            && self.out.company_ids[at] != link
        {
            Code::LinkDiffers
        } else {
            return;
        };
        self.find(Finding::new(code, project.id, column));
    }

    fn points(&mut self) {
        let mut existing: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, point) in self.records.points.iter().enumerate() {
            let project = point.project.and_then(|id| self.records.project(id));
            let contact = point.contact.and_then(|id| self.records.contact(id));
            let (Some(project), Some(contact)) = (project, contact) else {
                let column = if project.is_none() { "project_id" } else { "contact_id" };
                self.find(Finding::new(Code::DanglingContactPoint, point.id, column));
                continue;
            };
            existing.entry(project).or_default().push(at);
            let tenants =
                (self.tenant_of(&self.records.projects[project]), self.resolution.tenants[contact]);
            if let (Some(left), Some(right)) = tenants
                && left != right
            {
                self.find(Finding::new(Code::PointOfOtherTenant, point.id, "contact_id"));
            }
        }
        for (at, project) in self.records.projects.iter().enumerate() {
            let points = existing.get(&at).map(Vec::as_slice).unwrap_or_default();
            self.point(at, project, points);
        }
    }

    /// Adds the contact point of one project, and reports those that are there.
    fn point(&mut self, at: usize, project: &Project, existing: &[usize]) {
        let points = &self.records.points;
        let mut seen = BTreeSet::new();
        for &index in existing {
            let point = &points[index];
            if !seen.insert((point.contact, point.role)) {
                self.find(Finding::new(Code::DuplicateContactPoint, point.id, "contact_id"));
            }
        }
        let primaries =
            existing.iter().filter(|&&index| points[index].is_primary == Some(true)).count();
        if primaries > 1 {
            let finding = Finding::new(Code::TwoPrimaries, project.id, "is_primary");
            self.find(finding.detail(format!("{primaries} of {} contact points", existing.len())));
        }
        let tenant = self.tenant_of(project);
        let contact = project.customer.and_then(|id| self.records.contact(id)).filter(|&contact| {
            let row = &self.records.contacts[contact];
            let known = existing.iter().any(|&index| points[index].contact == Some(row.id));
            row.is_customer() && tenant.is_some() && self.resolution.tenants[contact] == tenant && !known
        });
        if let Some(contact) = contact {
            let row = &self.records.contacts[contact];
            let taken = |id: &ContactPointId| points.binary_search_by_key(id, |p| p.id).is_err();
            let id = (0..)
                .map(|attempt| ContactPointId::mint(project.id, row.id, attempt))
                .find(taken)
                .expect("some attempt gives an id that is free");
            let role = self.rules.roles.of(row);
            let is_primary = primaries == 0;
            self.out.points.push(DesiredPoint { id, project: at, contact, role, is_primary });
        } else if primaries == 0 && !existing.is_empty() {
            self.find(Finding::new(Code::NoPrimaryPoint, project.id, "is_primary"));
        }
    }
}
