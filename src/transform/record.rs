//! The rows of a snapshot as plain structs, pulled out of the frames once.
//!
//! Borrowed text, typed ids, sorted by key like the frames. What follows works on these.

use std::borrow::Cow;

use compact_str::CompactString;
use polars::prelude::DataFrame;

use crate::extract::Snapshot;
use crate::ids::{ContactId, ContactPointId, OrganizationId, ProjectId, TenantId};
use crate::schema::{Column, Field, Kind, Schema, Table};

/// A declared column of texts, and where it stands in a frame of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextColumn {
    /// What the code calls it.
    pub field: Field,
    position: usize,
}

impl TextColumn {
    /// The column of a table; `None` if the declaration has no such text that is read.
    pub fn of(schema: &Schema, table: Table, field: Field) -> Option<Self> {
        let is_it = |column: &Column| column.field == field && column.kind == Kind::Text;
        let position = schema.columns(table).iter().position(is_it)?;
        Some(Self { field, position })
    }
}

/// The declared texts of one row, which lie where they were read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Texts<'a>(Source<'a>);

#[derive(Clone, Copy, Debug, Default)]
enum Source<'a> {
    /// A row of nothing but NULL.
    #[default]
    Nothing,
    /// A row of a frame.
    Frame(&'a DataFrame, u32),
    /// What an organization takes from its contacts.
    Carried(&'a [(Field, Carried)]),
    /// A row that was made in memory.
    Listed(&'a [(Field, &'a str)]),
}

impl<'a> Texts<'a> {
    /// What an organization takes from its contacts.
    pub const fn carried(carried: &'a [(Field, Carried)]) -> Self {
        Self(Source::Carried(carried))
    }

    /// Texts that stand in no frame; a field that is not listed is NULL.
    pub const fn listed(texts: &'a [(Field, &'a str)]) -> Self {
        Self(Source::Listed(texts))
    }

    /// The text of a column; `None` for NULL.
    pub fn get(self, column: TextColumn) -> Option<&'a str> {
        let is_it = |field: Field| field == column.field;
        match self.0 {
            Source::Nothing => None,
            Source::Frame(frame, row) => {
                let texts = frame.columns()[column.position].str().expect("declared as text");
                texts.get(row as usize)
            }
            Source::Carried(carried) => {
                let found = carried.iter().find(|(field, _)| is_it(*field));
                found.map(|(_, carried)| carried.value.as_str())
            }
            Source::Listed(texts) => {
                texts.iter().find(|(field, _)| is_it(*field)).map(|(_, text)| *text)
            }
        }
    }
}

/// A value that an organization takes from its contacts, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The value.
    pub value: CompactString,
    /// The contact that has it; of several the one created first.
    pub source: ContactId,
    /// Number of different values, by case and blanks folded.
    pub distinct: usize,
}

/// A row of `organizations`.
#[derive(Clone, Copy, Debug)]
pub struct Organization<'a> {
    /// Key.
    pub id: OrganizationId,
    /// Name.
    pub name: &'a str,
    /// Slug, unique over all tenants.
    pub slug: Option<&'a str>,
    /// The tenant whose customer it is.
    pub owner: Option<OrganizationId>,
    /// All its declared texts, these among them where it was read from a frame.
    pub texts: Texts<'a>,
}

/// A row of `contacts`.
#[derive(Clone, Copy, Debug)]
pub struct Contact<'a> {
    /// Key.
    pub id: ContactId,
    /// The tenant; after a run in mode `rehome`, the customer organization.
    pub organization: Option<OrganizationId>,
    /// `customer`, `supplier`, …
    pub kind: &'a str,
    /// The company as somebody typed it.
    pub company: Option<&'a str>,
    /// The person.
    pub name: Option<&'a str>,
    /// E-mail address.
    pub email: Option<&'a str>,
    /// All its declared texts, these among them where it was read from a frame.
    pub texts: Texts<'a>,
    /// Job title.
    pub job_title: Option<&'a str>,
    /// What the contact is for.
    pub role: Option<&'a str>,
    /// Whether the contact is in use.
    pub is_active: Option<bool>,
    /// Whether the contact is the organization's first.
    pub is_primary: Option<bool>,
    /// Microseconds since 1970 UTC.
    pub created_at: Option<i64>,
    /// The tenant, where `organization` is the customer.
    pub owner: Option<OrganizationId>,
    /// The customer organization, in mode `link`.
    pub customer_organization: Option<OrganizationId>,
    /// A half-filled link of an earlier attempt.
    pub client_organization: Option<OrganizationId>,
}

impl<'a> Organization<'a> {
    /// The text of a declared column; `None` for NULL.
    pub fn text(&self, column: TextColumn) -> Option<&'a str> {
        match column.field {
            Field::NAME => Some(self.name),
            Field::SLUG => self.slug,
            _ => self.texts.get(column),
        }
    }
}

impl<'a> Contact<'a> {
    /// The text of a declared column; `None` for NULL.
    pub fn text(&self, column: TextColumn) -> Option<&'a str> {
        match column.field {
            Field::TYPE => Some(self.kind),
            Field::COMPANY_NAME => self.company,
            Field::CONTACT_NAME => self.name,
            Field::EMAIL => self.email,
            Field::JOB_TITLE => self.job_title,
            Field::ROLE => self.role,
            _ => self.texts.get(column),
        }
    }

    /// Whether the contact is a customer's.
    pub fn is_customer(&self) -> bool {
        self.kind.trim().eq_ignore_ascii_case("customer")
    }
}

/// A row of `projects`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Project {
    /// Key.
    pub id: ProjectId,
    /// The tenant.
    pub organization: Option<OrganizationId>,
    /// The customer contact.
    pub customer: Option<ContactId>,
    /// The customer organization.
    pub customer_organization: Option<OrganizationId>,
    /// Microseconds since 1970 UTC.
    pub created_at: Option<i64>,
}

/// A row of `project_contact_points`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactPoint<'a> {
    /// Key.
    pub id: ContactPointId,
    /// The project.
    pub project: Option<ProjectId>,
    /// The contact.
    pub contact: Option<ContactId>,
    /// What the contact is for.
    pub role: Option<&'a str>,
    /// Whether it is the project's first.
    pub is_primary: Option<bool>,
}

/// All rows, each table sorted by key.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    /// What columns the rows have.
    pub declared: &'static Schema,
    /// Organizations.
    pub organizations: Vec<Organization<'a>>,
    /// Contacts.
    pub contacts: Vec<Contact<'a>>,
    /// Projects.
    pub projects: Vec<Project>,
    /// Contact points.
    pub points: Vec<ContactPoint<'a>>,
    /// For each user, its id and organization; `None` if the users are unknown.
    pub users: Option<Vec<(uuid::Uuid, Option<OrganizationId>)>>,
}

impl Default for Records<'_> {
    fn default() -> Self {
        Self {
            declared: Schema::shipped(),
            organizations: Vec::new(),
            contacts: Vec::new(),
            projects: Vec::new(),
            points: Vec::new(),
            users: None,
        }
    }
}

impl<'a> Records<'a> {
    /// Reads the frames of a snapshot.
    pub fn new(snapshot: &'a Snapshot) -> Self {
        let columns = |table| snapshot.frame(table).map(Columns);
        Self {
            declared: snapshot.declared(),
            organizations: columns(Table::Organizations).map(organizations).unwrap_or_default(),
            contacts: columns(Table::Contacts).map(contacts).unwrap_or_default(),
            projects: columns(Table::Projects).map(projects).unwrap_or_default(),
            points: columns(Table::ProjectContactPoints).map(points).unwrap_or_default(),
            users: columns(Table::Users)
                .map(|rows| std::iter::zip(rows.id(Field::ID), rows.id(Field::ORGANIZATION)))
                .map(|rows| {
                    rows.map(|(id, of)| (present(id), of.map(OrganizationId::new))).collect()
                }),
        }
    }

    /// Position of an organization.
    pub fn organization(&self, id: OrganizationId) -> Option<usize> {
        self.organizations.binary_search_by_key(&id, |row| row.id).ok()
    }

    /// What decisions call a tenant: its slug, its id where it has none, `-` where there are no
    /// tenants.
    pub fn called(&self, tenant: TenantId) -> Cow<'a, str> {
        if tenant.uuid().is_nil() {
            return Cow::Borrowed("-");
        }
        let at = self.organization(tenant.organization());
        let slug = at.and_then(|at| self.organizations[at].slug);
        slug.map_or_else(|| Cow::Owned(tenant.to_string()), Cow::Borrowed)
    }

    /// Position of a contact.
    pub fn contact(&self, id: ContactId) -> Option<usize> {
        self.contacts.binary_search_by_key(&id, |row| row.id).ok()
    }

    /// Position of a project.
    pub fn project(&self, id: ProjectId) -> Option<usize> {
        self.projects.binary_search_by_key(&id, |row| row.id).ok()
    }
}

/// Typed access to the columns of a checked frame.
struct Columns<'a>(&'a DataFrame);

impl<'a> Columns<'a> {
    fn text(&self, field: Field) -> impl Iterator<Item = Option<&'a str>> + use<'a> {
        let column = self.0.column(field.name()).expect("a snapshot has every declared column");
        column.str().expect("declared as text").iter()
    }

    fn id(&self, field: Field) -> impl Iterator<Item = Option<uuid::Uuid>> + use<'a> {
        let column = self.0.column(field.name()).expect("a snapshot has every declared column");
        let ids = column.u128().expect("declared as uuid").iter();
        ids.map(|id| id.map(uuid::Uuid::from_u128))
    }

    fn flag(&self, field: Field) -> impl Iterator<Item = Option<bool>> + use<'a> {
        let column = self.0.column(field.name()).expect("a snapshot has every declared column");
        column.bool().expect("declared as boolean").iter()
    }

    fn time(&self, field: Field) -> impl Iterator<Item = Option<i64>> + use<'a> {
        let column = self.0.column(field.name()).expect("a snapshot has every declared column");
        column.i64().expect("declared as timestamp").iter()
    }

    fn texts(&self) -> impl Iterator<Item = Texts<'a>> + use<'a> {
        let frame = self.0;
        (0..).map(move |row| Texts(Source::Frame(frame, row)))
    }
}

fn present<T>(value: Option<T>) -> T {
    value.expect("declared as never NULL")
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function of Option::map")]
fn organizations(rows: Columns<'_>) -> Vec<Organization<'_>> {
    let mut name = rows.text(Field::NAME);
    let mut slug = rows.text(Field::SLUG);
    let mut owner = rows.id(Field::OWNER);
    let mut texts = rows.texts();
    rows.id(Field::ID)
        .map(|id| Organization {
            id: OrganizationId::new(present(id)),
            name: present(name.next().flatten()),
            slug: slug.next().flatten(),
            owner: owner.next().flatten().map(OrganizationId::new),
            texts: texts.next().unwrap_or_default(),
        })
        .collect()
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function of Option::map")]
fn contacts(rows: Columns<'_>) -> Vec<Contact<'_>> {
    let mut organization = rows.id(Field::ORGANIZATION);
    let mut kind = rows.text(Field::TYPE);
    let mut company = rows.text(Field::COMPANY_NAME);
    let mut name = rows.text(Field::CONTACT_NAME);
    let mut email = rows.text(Field::EMAIL);
    let mut texts = rows.texts();
    let mut job_title = rows.text(Field::JOB_TITLE);
    let mut role = rows.text(Field::ROLE);
    let mut is_active = rows.flag(Field::IS_ACTIVE);
    let mut is_primary = rows.flag(Field::IS_PRIMARY_CONTACT);
    let mut created_at = rows.time(Field::CREATED_AT);
    let mut owner = rows.id(Field::OWNER);
    let mut customer = rows.id(Field::CUSTOMER_ORGANIZATION);
    let mut client = rows.id(Field::CLIENT_ORGANIZATION);
    let organization_id = |id: Option<Option<uuid::Uuid>>| id.flatten().map(OrganizationId::new);
    rows.id(Field::ID)
        .map(|id| Contact {
            id: ContactId::new(present(id)),
            organization: organization_id(organization.next()),
            kind: present(kind.next().flatten()),
            company: company.next().flatten(),
            name: name.next().flatten(),
            email: email.next().flatten(),
            texts: texts.next().unwrap_or_default(),
            job_title: job_title.next().flatten(),
            role: role.next().flatten(),
            is_active: is_active.next().flatten(),
            is_primary: is_primary.next().flatten(),
            created_at: created_at.next().flatten(),
            owner: organization_id(owner.next()),
            customer_organization: organization_id(customer.next()),
            client_organization: organization_id(client.next()),
        })
        .collect()
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function of Option::map")]
fn projects(rows: Columns<'_>) -> Vec<Project> {
    let mut organization = rows.id(Field::ORGANIZATION);
    let mut customer = rows.id(Field::CUSTOMER);
    let mut link = rows.id(Field::CUSTOMER_ORGANIZATION);
    let mut created_at = rows.time(Field::CREATED_AT);
    rows.id(Field::ID)
        .map(|id| Project {
            id: ProjectId::new(present(id)),
            organization: organization.next().flatten().map(OrganizationId::new),
            customer: customer.next().flatten().map(ContactId::new),
            customer_organization: link.next().flatten().map(OrganizationId::new),
            created_at: created_at.next().flatten(),
        })
        .collect()
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function of Option::map")]
fn points(rows: Columns<'_>) -> Vec<ContactPoint<'_>> {
    let mut project = rows.id(Field::PROJECT);
    let mut contact = rows.id(Field::CONTACT);
    let mut role = rows.text(Field::ROLE);
    let mut is_primary = rows.flag(Field::IS_PRIMARY);
    rows.id(Field::ID)
        .map(|id| ContactPoint {
            id: ContactPointId::new(present(id)),
            project: project.next().flatten().map(ProjectId::new),
            contact: contact.next().flatten().map(ContactId::new),
            role: role.next().flatten(),
            is_primary: is_primary.next().flatten(),
        })
        .collect()
}
