//! What tables and columns there are, what each is for, and how a database spells them.
//!
//! [`Schema`] is made of one declaration ([`SHIPPED`]); [`Names`] spells it. Nothing is inferred
//! from data: a required column that is missing is an error with its name, an optional one that is
//! missing reads as all NULL. Imports nothing of ours.

mod columns;
mod mapping;
mod names;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use polars::prelude::DataType;
use serde::{Deserialize, Serialize};

pub use columns::{
    Column, Expand, Field, Line, SHIPPED, Written, carried, carried_line, evidence_line,
};
pub use mapping::{Beside, Had, Keys, Mapping, refers_to};
pub use names::{Names, quote_ident};

/// Where a contact's customer organization is written.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// `organization_id` becomes the customer organization; the tenant moves to
    /// `owner_organization_id`.
    #[default]
    Rehome,
    /// `organization_id` stays the tenant; `customer_organization_id` is written.
    Link,
}

impl Mode {
    /// Name in files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rehome => "rehome",
            Self::Link => "link",
        }
    }
}

/// A table of the source database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// In a frame its 16 bytes as a number, the most significant first.
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
    /// It is not read.
    Unread,
}

/// The columns of every table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// All columns of each table, the key first.
    all: BTreeMap<Table, Vec<Column>>,
    /// Those of them that are read.
    read: BTreeMap<Table, Vec<Column>>,
}

impl Schema {
    /// The schema of some lines.
    fn of(lines: &[Line]) -> Self {
        let columns = |table| lines.iter().filter_map(|line| line.column_of(table)).collect();
        let all: BTreeMap<Table, Vec<Column>> =
            Table::ALL.into_iter().map(|table| (table, columns(table))).collect();
        let is_read = |column: &&Column| column.presence != Presence::Unread;
        let read = |columns: &Vec<Column>| columns.iter().filter(is_read).copied().collect();
        let read = all.iter().map(|(&table, columns)| (table, read(columns))).collect();
        Self { all, read }
    }

    /// The schema as it is shipped.
    pub fn shipped() -> &'static Self {
        static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::of(SHIPPED));
        &SCHEMA
    }

    /// The shipped schema with more lines, which lasts as long as the program.
    pub fn shipped_with(lines: &[Line]) -> &'static Self {
        Box::leak(Box::new(Self::of(&[SHIPPED, lines].concat())))
    }

    /// Every column of a table, also those that are only written.
    pub fn all(&self, table: Table) -> &[Column] {
        &self.all[&table]
    }

    /// The columns of a table that are read, the key first: those of its frame.
    pub fn columns(&self, table: Table) -> &[Column] {
        &self.read[&table]
    }

    /// A column of a table.
    pub fn column(&self, table: Table, field: Field) -> Option<&Column> {
        self.all(table).iter().find(|column| column.field == field)
    }

    /// Whether a run inserts rows into a table.
    pub fn is_inserted(&self, table: Table) -> bool {
        self.all(table).iter().any(|column| column.written == Written::AtInsert)
    }

    /// The columns of a table that a run in this mode writes: in rows that exist, and in new ones.
    pub fn written(&self, table: Table, mode: Mode) -> impl Iterator<Item = &Column> {
        let is_inserted = self.is_inserted(table);
        self.all(table).iter().filter(move |column| {
            column.is_changed(mode)
                || column.written == Written::AtInsert
                || column.field == Field::ID && is_inserted
        })
    }

    /// The columns that organizations take from their contacts, as organizations have them.
    pub fn carried(&self) -> impl Iterator<Item = &Column> {
        self.all(Table::Organizations).iter().filter(|column| column.is_carried)
    }

    /// The columns of contacts that are evidence.
    pub fn evidence(&self) -> impl Iterator<Item = &Column> {
        self.all(Table::Contacts).iter().filter(|column| column.evidence.is_some())
    }
}

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
            Self::Uuid => DataType::UInt128,
            Self::Text => DataType::String,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_every_table_comes_first_and_no_column_twice() {
        for table in Table::ALL {
            let columns = Schema::shipped().all(table);
            assert_eq!(columns[0].field, Field::ID, "{table}");
            for (at, column) in columns.iter().enumerate() {
                let twice = columns[..at].iter().any(|other| other.field == column.field);
                assert!(!twice, "{table}.{}", column.field);
            }
        }
    }

    #[test]
    fn a_carried_line_stands_in_contacts_and_organizations() {
        let line = carried_line(carried("floor").expand("text"));
        let schema = Schema::shipped_with(&[line]);
        let contact = schema.column(Table::Contacts, Field("floor")).expect("a column");
        assert!(contact.decides && contact.expand.is_none() && !contact.is_ever_changed());
        let organization = schema.column(Table::Organizations, Field("floor")).expect("a column");
        assert!(!organization.decides && organization.written == Written::AtInsert);
        assert_eq!(organization.expand.map(|expand| expand.sql), Some("text"));
        assert!(schema.column(Table::Projects, Field("floor")).is_none());
    }
}
