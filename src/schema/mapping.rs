//! How the columns of ours are had from a source that has others: constants, several columns in one,
//! columns of another table, nothing.
//!
//! In: the `[mapping]` of a configuration. Out: [`Mapping`], which every reader asks through
//! [`Names`](super::Names). A column that is only called otherwise is no matter of this module.

use std::collections::{BTreeMap, BTreeSet};

use super::{Field, Table};

/// How a column is had, where it is not read as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Had {
    /// The source has nothing like it: every row has NULL.
    Nowhere,
    /// Every row has this value.
    Constant(String),
    /// The texts of several columns, joined by a blank, those without a value left out.
    Joined(Vec<String>),
    /// The first of an array.
    First(String),
    /// The column of another table, whose row a column names.
    Beside(Beside),
}

/// A column of another table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// The column that names the row.
    pub by: String,
    /// The other table.
    pub table: String,
    /// Its key.
    pub key: String,
    /// Its column that is taken.
    pub take: String,
}

/// What the keys of a source are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    /// UUIDs; anything else is refused.
    #[default]
    Uuid,
    /// Anything: what is no UUID gets one of its own, the same in every run.
    Any,
}

/// How the columns of ours are had from a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// What its keys are.
    pub keys: Keys,
    /// Tables that it does not have: they count as empty.
    pub absent: BTreeSet<Table>,
    /// How columns are had.
    pub columns: BTreeMap<(Table, Field), Had>,
    /// Types of contacts that are customers, in lower case.
    pub customers: BTreeSet<String>,
}

impl Mapping {
    /// What is read otherwise than it stands, by table and column: rows made from it are not those
    /// of the source, so that they cannot be loaded where they came from.
    pub fn reshaped(&self) -> Vec<String> {
        let mut found: Vec<String> = self
            .columns
            .iter()
            .filter(|(_, had)| **had != Had::Nowhere)
            .map(|((table, field), _)| format!("{table}.{field}"))
            .collect();
        if self.keys == Keys::Any {
            found.push("keys".to_owned());
        }
        if !self.customers.is_empty() {
            found.push("contacts.type".to_owned());
        }
        found.sort();
        found.dedup();
        found
    }
}

/// The table whose key a column of ids holds.
pub fn refers_to(table: Table, field: Field) -> Table {
    match field {
        Field::ID => table,
        Field::CUSTOMER | Field::CONTACT => Table::Contacts,
        Field::PROJECT => Table::Projects,
        _ => Table::Organizations,
    }
}
