//! The declaration: one line for each column, with everything it is for.
//!
//! In: nothing. Out: [`SHIPPED`], from which [`Schema`](super::Schema) is made. Whatever lists
//! columns anywhere follows from these lines: the check of a header, frames and fingerprints, the
//! sheets of a plan, staging tables, the stale check, the merge, the DDL, what a preflight judges,
//! what is evidence, what an organization carries, and the tables of `reports/README.md`.
//!
//! A new column that contacts have and organizations carry is one [`carried`] line and its rule
//! under `[attributes]` in the configuration.

use std::fmt;

use super::{Kind, Mode, Presence, Table};

/// What the code calls a column, whatever a database calls it: see [`Names`](super::Names).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field(pub &'static str);

/// The columns that the code itself speaks of; all others it only lists.
impl Field {
    /// The key of every table.
    pub const ID: Self = Self("id");
    /// The tenant of a row; of a contact in mode `rehome` its customer organization.
    pub const ORGANIZATION: Self = Self("organization_id");
    /// The tenant, where `organization_id` is the customer, and the tenant whose customer an
    /// organization is.
    pub const OWNER: Self = Self("owner_organization_id");
    /// The customer organization of a project, and of a contact in mode `link`.
    pub const CUSTOMER_ORGANIZATION: Self = Self("customer_organization_id");
    /// A half-filled link of an earlier attempt.
    pub const CLIENT_ORGANIZATION: Self = Self("client_organization_id");
    /// The customer contact of a project.
    pub const CUSTOMER: Self = Self("customer_id");
    /// The project of a contact point.
    pub const PROJECT: Self = Self("project_id");
    /// The contact of a contact point.
    pub const CONTACT: Self = Self("contact_id");
    /// Whether a contact is the organization's first.
    pub const IS_PRIMARY_CONTACT: Self = Self("is_primary_contact");
    /// Whether a contact point is the project's first.
    pub const IS_PRIMARY: Self = Self("is_primary");
    /// Name of an organization.
    pub const NAME: Self = Self("name");
    /// Slug of an organization.
    pub const SLUG: Self = Self("slug");
    /// Description of an organization.
    pub const DESCRIPTION: Self = Self("description");
    /// Industry of an organization.
    pub const INDUSTRY: Self = Self("industry");
    /// Kind of a contact: customer, supplier.
    pub const TYPE: Self = Self("type");
    /// The company of a contact as somebody typed it.
    pub const COMPANY_NAME: Self = Self("company_name");
    /// The person.
    pub const CONTACT_NAME: Self = Self("contact_name");
    /// E-mail address.
    pub const EMAIL: Self = Self("email");
    /// Job title.
    pub const JOB_TITLE: Self = Self("job_title");
    /// What a contact is for.
    pub const ROLE: Self = Self("role");
    /// Whether a contact is in use.
    pub const IS_ACTIVE: Self = Self("is_active");
    /// When a row was made.
    pub const CREATED_AT: Self = Self("created_at");
    /// When a row was changed last: it moves by itself, so it tells nothing of what was changed.
    pub const UPDATED_AT: Self = Self("updated_at");
    /// Website, of which the domain is a fallback for the e-mail domain.
    pub const WEBSITE: Self = Self("website");
    /// What people call a project, which is not its key.
    pub const PROJECT_NUMBER: Self = Self("project_id");
    /// Internet domain of an organization: derived, no column of contacts.
    pub const DOMAIN: Self = Self("domain");

    /// The name, which is also the column's in a database that spells it as we do.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// When a run writes a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Never.
    Never,
    /// In rows that it inserts, never in those that exist.
    AtInsert,
    /// In rows that exist too, in one mode or in both (`None`).
    Changed(Option<Mode>),
}

/// The column that the expand step adds where a table lacks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expand {
    /// Its SQL type.
    pub sql: &'static str,
    /// The mode that needs it; `None` for both.
    pub mode: Option<Mode>,
}

/// A column of a table, with all that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about a column")]
pub struct Column {
    /// What the code calls it.
    pub field: Field,
    /// Type.
    pub kind: Kind,
    /// Whether a row may leave it NULL.
    pub nullable: bool,
    /// Whether a source must have it, may have it, or is not asked for it.
    pub presence: Presence,
    /// Whether it says whose the row is: what policies and composite keys rest on.
    pub is_tenant_key: bool,
    /// Whether the decision about a row rests on it: then its value stands in the sheet of the
    /// table, and a plan is stale once it has another.
    pub decides: bool,
    /// Whether people know the row by it: then it is read, and stands beside the key in a diff.
    pub is_label: bool,
    /// Whether an organization takes it from its contacts.
    pub is_carried: bool,
    /// The kind of evidence that it is to the matcher.
    pub evidence: Option<&'static str>,
    /// When a run writes it.
    pub written: Written,
    /// What the expand step adds.
    pub expand: Option<Expand>,
    /// Its type in TypeScript; `None` for a column that is not in the interface.
    pub typescript: Option<&'static str>,
}

impl Column {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            field: Field(name),
            kind,
            nullable: true,
            presence: Presence::Optional,
            is_tenant_key: false,
            decides: false,
            is_label: false,
            is_carried: false,
            evidence: None,
            written: Written::Never,
            expand: None,
            typescript: None,
        }
    }

    /// The same, but a source without the column is refused.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.presence = Presence::Required;
        self
    }

    /// The same, but no source is asked for the column: it is only written or added.
    #[must_use]
    pub const fn unread(mut self) -> Self {
        self.presence = Presence::Unread;
        self
    }

    /// The same, but never NULL.
    #[must_use]
    pub const fn filled(mut self) -> Self {
        self.nullable = false;
        self
    }

    /// The same, but it says whose the row is.
    #[must_use]
    pub const fn tenant_key(mut self) -> Self {
        self.is_tenant_key = true;
        self
    }

    /// The same, but decisions rest on it.
    #[must_use]
    pub const fn decides(mut self) -> Self {
        self.decides = true;
        self
    }

    /// The same, but people know the row by it.
    #[must_use]
    pub const fn label(mut self) -> Self {
        self.is_label = true;
        self
    }

    /// The same, but it is evidence of this kind to the matcher.
    #[must_use]
    pub const fn evidence(mut self, kind: &'static str) -> Self {
        self.evidence = Some(kind);
        self
    }

    /// The same, but a run writes it at this time.
    #[must_use]
    pub const fn written(mut self, when: Written) -> Self {
        self.written = when;
        self
    }

    /// The same, but the expand step adds it with this SQL type, in both modes.
    #[must_use]
    pub const fn expand(mut self, sql: &'static str) -> Self {
        self.expand = Some(Expand { sql, mode: None });
        self
    }

    /// The same, but one mode alone writes it, and the expand step adds it for that mode alone.
    #[must_use]
    pub const fn only(mut self, mode: Mode, sql: Option<&'static str>) -> Self {
        self.written = Written::Changed(Some(mode));
        if let Some(sql) = sql {
            self.expand = Some(Expand { sql, mode: Some(mode) });
        }
        self
    }

    /// The same, with its type in TypeScript.
    #[must_use]
    pub const fn typescript(mut self, kind: &'static str) -> Self {
        self.typescript = Some(kind);
        self
    }

    /// Whether a run in this mode writes it in rows that exist.
    pub fn is_changed(&self, mode: Mode) -> bool {
        matches!(self.written, Written::Changed(only) if only.is_none_or(|only| only == mode))
    }

    /// Whether a run in some mode writes it in rows that exist: then the sheet of its table has its
    /// value before and after.
    pub fn is_ever_changed(&self) -> bool {
        matches!(self.written, Written::Changed(_))
    }
}

/// A line of the declaration: a column and the tables that have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    tables: &'static [Table],
    column: Column,
}

impl Line {
    /// The column as one of the tables has it; `None` for all other tables.
    ///
    /// A carried column is evidence and read for the decision at the contact, and written at
    /// insert, or added, at the organization.
    pub fn column_of(&self, table: Table) -> Option<Column> {
        if !self.tables.contains(&table) {
            return None;
        }
        let column = self.column;
        Some(match table {
            Table::Contacts if column.is_carried => {
                Column { decides: true, written: Written::Never, expand: None, ..column }
            }
            Table::Organizations if column.is_carried => Column {
                decides: false,
                evidence: column.evidence,
                written: Written::AtInsert,
                ..column
            },
            _ => column,
        })
    }
}

const fn column(table: &'static [Table], column: Column) -> Line {
    Line { tables: table, column }
}

/// A text that contacts have and organizations carry.
pub const fn carried(name: &'static str) -> Column {
    let mut column = Column::new(name, Kind::Text).typescript("string");
    column.is_carried = true;
    column
}

/// A line of the declaration for a [`carried`] column.
pub const fn carried_line(column: Column) -> Line {
    Line { tables: &[Table::Contacts, Table::Organizations], column }
}

/// A line of the declaration for a text of contacts that is evidence and nothing else.
pub const fn evidence_line(name: &'static str, kind: &'static str) -> Line {
    Line {
        tables: &[Table::Contacts],
        column: Column::new(name, Kind::Text).decides().evidence(kind),
    }
}

const ORGANIZATIONS: &[Table] = &[Table::Organizations];
const CONTACTS: &[Table] = &[Table::Contacts];
const PROJECTS: &[Table] = &[Table::Projects];
const USERS: &[Table] = &[Table::Users];
const POINTS: &[Table] = &[Table::ProjectContactPoints];

const fn key() -> Column {
    Column::new("id", Kind::Uuid).required().filled().typescript("string")
}

const fn uuid(field: Field) -> Column {
    Column::new(field.0, Kind::Uuid)
}

const fn text(field: Field) -> Column {
    Column::new(field.0, Kind::Text)
}

const fn flag(field: Field) -> Column {
    Column::new(field.0, Kind::Bool)
}

const fn time(field: Field) -> Column {
    Column::new(field.0, Kind::Timestamp)
}

/// The columns of every table, in the order in which sheets list them.
pub const SHIPPED: &[Line] = &[
    // organizations
    column(ORGANIZATIONS, key()),
    column(
        ORGANIZATIONS,
        text(Field::NAME)
            .required()
            .filled()
            .label()
            .written(Written::AtInsert)
            .typescript("string"),
    ),
    column(
        ORGANIZATIONS,
        text(Field::SLUG).required().written(Written::AtInsert).typescript("string"),
    ),
    column(
        ORGANIZATIONS,
        uuid(Field::OWNER)
            .tenant_key()
            .written(Written::Changed(None))
            .expand("uuid")
            .typescript("string"),
    ),
    column(
        ORGANIZATIONS,
        text(Field::DESCRIPTION)
            .unread()
            .written(Written::AtInsert)
            .expand("text")
            .typescript("string"),
    ),
    column(
        ORGANIZATIONS,
        text(Field::INDUSTRY)
            .unread()
            .written(Written::AtInsert)
            .expand("varchar(100)")
            .typescript("string"),
    ),
    column(ORGANIZATIONS, text(Field("logo_url")).unread().expand("text").typescript("string")),
    column(ORGANIZATIONS, flag(Field::IS_ACTIVE).unread().expand("boolean").typescript("boolean")),
    // contacts
    column(CONTACTS, key()),
    column(
        CONTACTS,
        uuid(Field::ORGANIZATION)
            .required()
            .tenant_key()
            .only(Mode::Rehome, None)
            .typescript("string"),
    ),
    column(CONTACTS, uuid(Field::OWNER).only(Mode::Rehome, Some("uuid")).typescript("string")),
    column(
        CONTACTS,
        uuid(Field::CUSTOMER_ORGANIZATION).only(Mode::Link, Some("uuid")).typescript("string"),
    ),
    column(
        CONTACTS,
        flag(Field::IS_PRIMARY_CONTACT)
            .written(Written::Changed(None))
            .expand("boolean")
            .typescript("boolean"),
    ),
    column(CONTACTS, text(Field::TYPE).required().filled().decides().typescript("string")),
    column(CONTACTS, text(Field::COMPANY_NAME).required().label().decides().typescript("string")),
    column(CONTACTS, text(Field::CONTACT_NAME).decides().typescript("string")),
    column(CONTACTS, text(Field::EMAIL).decides().evidence("domain").typescript("string")),
    column(CONTACTS, text(Field("phone")).decides().evidence("phone").typescript("string")),
    // carried from contacts to organizations
    carried_line(carried("address").evidence("address").expand("text")),
    carried_line(carried("city").evidence("city").expand("varchar(100)")),
    carried_line(carried("state").expand("varchar(100)")),
    carried_line(carried("country").evidence("country").expand("varchar(100)")),
    carried_line(carried("postal_code").expand("varchar(20)")),
    carried_line(carried("website").evidence("website").expand("varchar(255)")),
    carried_line(carried("tax_id").evidence("tax_id")),
    // Derived from e-mail addresses and websites, so no column of contacts.
    column(ORGANIZATIONS, {
        let mut domain = carried("domain");
        domain.evidence = Some("website");
        domain.written = Written::AtInsert;
        domain
    }),
    column(ORGANIZATIONS, time(Field::CREATED_AT).typescript("string")),
    // contacts, after what they carry
    column(CONTACTS, text(Field::JOB_TITLE).decides().typescript("string")),
    column(CONTACTS, text(Field::ROLE).decides().expand("varchar(100)").typescript("string")),
    column(CONTACTS, flag(Field::IS_ACTIVE).decides().typescript("boolean")),
    column(CONTACTS, time(Field::CREATED_AT).decides().typescript("string")),
    column(CONTACTS, uuid(Field::CLIENT_ORGANIZATION)),
    column(CONTACTS, text(Field::DESCRIPTION).unread().expand("text").typescript("string")),
    // projects
    column(PROJECTS, key()),
    column(PROJECTS, uuid(Field::CUSTOMER).required().decides().typescript("string")),
    column(
        PROJECTS,
        uuid(Field::CUSTOMER_ORGANIZATION)
            .written(Written::Changed(None))
            .expand("uuid")
            .typescript("string"),
    ),
    column(
        PROJECTS,
        uuid(Field::ORGANIZATION).required().tenant_key().decides().typescript("string"),
    ),
    column(PROJECTS, time(Field::CREATED_AT).decides().typescript("string")),
    column(PROJECTS, text(Field::PROJECT_NUMBER).label().typescript("string")),
    // users
    column(USERS, key()),
    column(USERS, uuid(Field::ORGANIZATION).required().tenant_key()),
    // contact points
    column(POINTS, key().written(Written::AtInsert)),
    column(POINTS, uuid(Field::PROJECT).required().written(Written::AtInsert).typescript("string")),
    column(POINTS, uuid(Field::CONTACT).required().written(Written::AtInsert).typescript("string")),
    column(POINTS, text(Field::ROLE).written(Written::AtInsert).typescript("string")),
    column(POINTS, flag(Field::IS_PRIMARY).written(Written::AtInsert).typescript("boolean")),
];
