//! The shape of every table that is read: one declaration drives the header check, the typed
//! columns of a frame, the fingerprint and the columns of reports.
//!
//! Nothing is inferred from data. A required column that is missing is an error with its name; an
//! optional one that is missing reads as all NULL. Imports nothing of ours.

use std::fmt;

use polars::prelude::DataType;

/// A table of the source database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Tenants and customer organizations, in one table.
    Organizations,
    /// People of customers, suppliers, partners.
    Contacts,
    /// Projects, each with at most one customer contact.
    Projects,
    /// Users of the platform; an export may come without them.
    Users,
    /// Which contacts stand for a customer in a project; absent before a migration.
    ProjectContactPoints,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Lower-case hyphenated text in a frame.
    Uuid,
    /// Text as it stands in the database; an empty string is not NULL.
    Text,
    /// True or false.
    Bool,
    /// Microseconds since 1970-01-01 00:00 UTC.
    Timestamp,
}

/// Whether a source must have a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// A source without it is refused.
    Required,
    /// A source without it reads as all NULL.
    Optional,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name in the database.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    /// Whether a row may leave it NULL.
    pub nullable: bool,
    /// Whether a source must have it.
    pub presence: Presence,
}

const fn key(name: &'static str) -> Column {
    Column { name, kind: Kind::Uuid, nullable: false, presence: Presence::Required }
}

const fn required(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, nullable: true, presence: Presence::Required }
}

const fn filled(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, nullable: false, presence: Presence::Required }
}

const fn optional(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, nullable: true, presence: Presence::Optional }
}

const ORGANIZATIONS: &[Column] = &[
    key("id"),
    filled("name", Kind::Text),
    required("slug", Kind::Text),
    optional("owner_organization_id", Kind::Uuid),
    optional("domain", Kind::Text),
    optional("website", Kind::Text),
    optional("address", Kind::Text),
    optional("city", Kind::Text),
    optional("state", Kind::Text),
    optional("country", Kind::Text),
    optional("postal_code", Kind::Text),
    optional("tax_id", Kind::Text),
    optional("created_at", Kind::Timestamp),
];

const CONTACTS: &[Column] = &[
    key("id"),
    required("organization_id", Kind::Uuid),
    filled("type", Kind::Text),
    required("company_name", Kind::Text),
    optional("contact_name", Kind::Text),
    optional("email", Kind::Text),
    optional("phone", Kind::Text),
    optional("address", Kind::Text),
    optional("city", Kind::Text),
    optional("state", Kind::Text),
    optional("country", Kind::Text),
    optional("postal_code", Kind::Text),
    optional("website", Kind::Text),
    optional("tax_id", Kind::Text),
    optional("job_title", Kind::Text),
    optional("role", Kind::Text),
    optional("is_active", Kind::Bool),
    optional("is_primary_contact", Kind::Bool),
    optional("created_at", Kind::Timestamp),
    optional("owner_organization_id", Kind::Uuid),
    optional("customer_organization_id", Kind::Uuid),
    optional("client_organization_id", Kind::Uuid),
];

const PROJECTS: &[Column] = &[
    key("id"),
    required("organization_id", Kind::Uuid),
    required("customer_id", Kind::Uuid),
    optional("customer_organization_id", Kind::Uuid),
    optional("created_at", Kind::Timestamp),
];

const USERS: &[Column] = &[key("id"), required("organization_id", Kind::Uuid)];

const PROJECT_CONTACT_POINTS: &[Column] = &[
    key("id"),
    required("project_id", Kind::Uuid),
    required("contact_id", Kind::Uuid),
    optional("role", Kind::Text),
    optional("is_primary", Kind::Bool),
];

impl Table {
    /// Every table, in the order in which rows refer to each other.
    pub const ALL: [Self; 5] = [
        Self::Organizations,
        Self::Users,
        Self::Contacts,
        Self::Projects,
        Self::ProjectContactPoints,
    ];

    /// Name in the database and of its file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organizations => "organizations",
            Self::Contacts => "contacts",
            Self::Projects => "projects",
            Self::Users => "users",
            Self::ProjectContactPoints => "project_contact_points",
        }
    }

    /// The table of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// Its columns, the key first.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Organizations => ORGANIZATIONS,
            Self::Contacts => CONTACTS,
            Self::Projects => PROJECTS,
            Self::Users => USERS,
            Self::ProjectContactPoints => PROJECT_CONTACT_POINTS,
        }
    }

    /// Whether a source must hold the table.
    pub const fn presence(self) -> Presence {
        match self {
            Self::Organizations | Self::Contacts | Self::Projects => Presence::Required,
            Self::Users | Self::ProjectContactPoints => Presence::Optional,
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Kind {
    /// The type of the column of a frame that holds it.
    pub fn dtype(self) -> DataType {
        match self {
            Self::Uuid | Self::Text => DataType::String,
            Self::Bool => DataType::Boolean,
            Self::Timestamp => DataType::Int64,
        }
    }

    /// What an error calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Text => "text",
            Self::Bool => "boolean",
            Self::Timestamp => "timestamp",
        }
    }
}
