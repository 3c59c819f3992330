//! The rows of a snapshot as plain structs, pulled out of the frames once.
//!
//! Borrowed text, typed ids, sorted by key like the frames. What follows works on these.

use polars::prelude::DataFrame;

use crate::extract::Snapshot;
use crate::ids::{ContactId, ContactPointId, OrganizationId, ProjectId};
use crate::schema::Table;

/// Postal address, website and the like, as they stand in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Details<'a> {
    /// Street.
    pub address: Option<&'a str>,
    /// City.
    pub city: Option<&'a str>,
    /// State or province.
    pub state: Option<&'a str>,
    /// Country.
    pub country: Option<&'a str>,
    /// Postal code.
    pub postal_code: Option<&'a str>,
    /// Website.
    pub website: Option<&'a str>,
    /// Tax id.
    pub tax_id: Option<&'a str>,
}

/// A row of `organizations`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Organization<'a> {
    /// Key.
    pub id: OrganizationId,
    /// Name.
    pub name: &'a str,
    /// Slug, unique over all tenants.
    pub slug: Option<&'a str>,
    /// The tenant whose customer it is.
    pub owner: Option<OrganizationId>,
    /// Internet domain.
    pub domain: Option<&'a str>,
    /// Address and the like.
    pub details: Details<'a>,
}

/// A row of `contacts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Phone number.
    pub phone: Option<&'a str>,
    /// Address and the like.
    pub details: Details<'a>,
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

impl Contact<'_> {
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
#[derive(Clone, Debug, Default)]
pub struct Records<'a> {
    /// Organizations.
    pub organizations: Vec<Organization<'a>>,
    /// Contacts.
    pub contacts: Vec<Contact<'a>>,
    /// Projects.
    pub projects: Vec<Project>,
    /// Contact points.
    pub points: Vec<ContactPoint<'a>>,
    /// For each user, its id and organization; `None` if the users are unknown.
    pub users: Option<Vec<(&'a str, Option<OrganizationId>)>>,
}

impl<'a> Records<'a> {
    /// Reads the frames of a snapshot.
    pub fn new(snapshot: &'a Snapshot) -> Self {
        let columns = |table| snapshot.frame(table).map(Columns);
        Self {
            organizations: columns(Table::Organizations).map(organizations).unwrap_or_default(),
            contacts: columns(Table::Contacts).map(contacts).unwrap_or_default(),
            projects: columns(Table::Projects).map(projects).unwrap_or_default(),
            points: columns(Table::ProjectContactPoints).map(points).unwrap_or_default(),
            users: columns(Table::Users)
                .map(|rows| std::iter::zip(rows.text("id"), rows.id("organization_id")))
                .map(|rows| {
                    rows.map(|(id, of)| (present(id), of.map(OrganizationId::new))).collect()
                }),
        }
    }

    /// Position of an organization.
    pub fn organization(&self, id: OrganizationId) -> Option<usize> {
        self.organizations.binary_search_by_key(&id, |row| row.id).ok()
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
    fn text(&self, name: &str) -> impl Iterator<Item = Option<&'a str>> + use<'a> {
        let column = self.0.column(name).expect("a snapshot has every declared column");
        column.str().expect("declared as text").iter()
    }

    fn id(&self, name: &str) -> impl Iterator<Item = Option<uuid::Uuid>> + use<'a> {
        self.text(name)
            .map(|id| id.map(|id| uuid::Uuid::parse_str(id).expect("checked when it was read")))
    }

    fn flag(&self, name: &str) -> impl Iterator<Item = Option<bool>> + use<'a> {
        let column = self.0.column(name).expect("a snapshot has every declared column");
        column.bool().expect("declared as boolean").iter()
    }

    fn time(&self, name: &str) -> impl Iterator<Item = Option<i64>> + use<'a> {
        let column = self.0.column(name).expect("a snapshot has every declared column");
        column.i64().expect("declared as timestamp").iter()
    }

    fn details(&self) -> impl Iterator<Item = Details<'a>> + use<'a> {
        let mut address = self.text("address");
        let mut city = self.text("city");
        let mut state = self.text("state");
        let mut country = self.text("country");
        let mut postal_code = self.text("postal_code");
        let mut website = self.text("website");
        self.text("tax_id").map(move |tax_id| Details {
            address: address.next().flatten(),
            city: city.next().flatten(),
            state: state.next().flatten(),
            country: country.next().flatten(),
            postal_code: postal_code.next().flatten(),
            website: website.next().flatten(),
            tax_id,
        })
    }
}

fn present<T>(value: Option<T>) -> T {
    value.expect("declared as never NULL")
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function of Option::map")]
fn organizations(rows: Columns<'_>) -> Vec<Organization<'_>> {
    let mut name = rows.text("name");
    let mut slug = rows.text("slug");
    let mut owner = rows.id("owner_organization_id");
    let mut domain = rows.text("domain");
    let mut details = rows.details();
    rows.id("id")
        .map(|id| Organization {
            id: OrganizationId::new(present(id)),
            name: present(name.next().flatten()),
            slug: slug.next().flatten(),
            owner: owner.next().flatten().map(OrganizationId::new),
            domain: domain.next().flatten(),
            details: details.next().unwrap_or_default(),
        })
        .collect()
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function of Option::map")]
fn contacts(rows: Columns<'_>) -> Vec<Contact<'_>> {
    let mut organization = rows.id("organization_id");
    let mut kind = rows.text("type");
    let mut company = rows.text("company_name");
    let mut name = rows.text("contact_name");
    let mut email = rows.text("email");
    let mut phone = rows.text("phone");
    let mut details = rows.details();
    let mut job_title = rows.text("job_title");
    let mut role = rows.text("role");
    let mut is_active = rows.flag("is_active");
    let mut is_primary = rows.flag("is_primary_contact");
    let mut created_at = rows.time("created_at");
    let mut owner = rows.id("owner_organization_id");
    let mut customer = rows.id("customer_organization_id");
    let mut client = rows.id("client_organization_id");
    let organization_id = |id: Option<Option<uuid::Uuid>>| id.flatten().map(OrganizationId::new);
    rows.id("id")
        .map(|id| Contact {
            id: ContactId::new(present(id)),
            organization: organization_id(organization.next()),
            kind: present(kind.next().flatten()),
            company: company.next().flatten(),
            name: name.next().flatten(),
            email: email.next().flatten(),
            phone: phone.next().flatten(),
            details: details.next().unwrap_or_default(),
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
    let mut organization = rows.id("organization_id");
    let mut customer = rows.id("customer_id");
    let mut link = rows.id("customer_organization_id");
    let mut created_at = rows.time("created_at");
    rows.id("id")
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
    let mut project = rows.id("project_id");
    let mut contact = rows.id("contact_id");
    let mut role = rows.text("role");
    let mut is_primary = rows.flag("is_primary");
    rows.id("id")
        .map(|id| ContactPoint {
            id: ContactPointId::new(present(id)),
            project: project.next().flatten().map(ProjectId::new),
            contact: contact.next().flatten().map(ContactId::new),
            role: role.next().flatten(),
            is_primary: is_primary.next().flatten(),
        })
        .collect()
}
