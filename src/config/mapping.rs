//! `[mapping]`: how a source calls tables and columns, and how it has what it has in another shape.
//!
//! In: the section as it was read. Out: [`Names`] with it. Whatever names no table or column of ours
//! is an error with its key.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::schema::{Beside, Field, Had, Keys, Mapping, Names, Schema, Table};

/// The section.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Section {
    keys: KeyKind,
    customers: BTreeSet<String>,
    /// What the source calls a table; empty if it has none.
    tables: BTreeMap<String, String>,
    /// By table of ours, for each column how it is had.
    columns: BTreeMap<String, BTreeMap<String, Column>>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KeyKind {
    #[default]
    Uuid,
    Any,
}

/// How a column is had.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Column {
    /// What the source calls it; empty if it has nothing like it.
    Named(String),
    Joined(Vec<String>),
    Constant(Constant),
    First(First),
    Beside(FromTable),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Constant {
    constant: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    first_of: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FromTable {
    by: String,
    table: String,
    key: String,
    take: String,
}

impl Section {
    /// The names of a source in this schema; the error is the key that names nothing of ours.
    pub(super) fn names(self, schema: &str, declared: &Schema) -> Result<Names, String> {
        let mut names = Names::in_schema(schema);
        let mut mapping = Mapping {
            keys: match self.keys {
                KeyKind::Uuid => Keys::Uuid,
                KeyKind::Any => Keys::Any,
            },
            customers: self.customers.iter().map(|kind| kind.trim().to_lowercase()).collect(),
            ..Mapping::default()
        };
        for (ours, name) in self.tables {
            let table = Table::named(&ours).ok_or_else(|| format!("mapping.tables.{ours}"))?;
            if name.is_empty() {
                mapping.absent.insert(table);
            } else {
                names = names.with_table(table, &name);
            }
        }
        for (ours, columns) in self.columns {
            let table = Table::named(&ours).ok_or_else(|| format!("mapping.columns.{ours}"))?;
            for (column, how) in columns {
                let known = declared.all(table).iter().find(|known| known.field.name() == column);
                let field = known.ok_or_else(|| format!("mapping.columns.{ours}.{column}"))?.field;
                names = take(names, &mut mapping, (table, field), how);
            }
        }
        Ok(names.with_mapping(mapping))
    }
}

fn take(names: Names, mapping: &mut Mapping, at: (Table, Field), how: Column) -> Names {
    let had = match how {
        Column::Named(name) if !name.is_empty() => return names.with_column(at.0, at.1, &name),
        Column::Named(_) => Had::Nowhere,
        Column::Joined(names) => Had::Joined(names),
        Column::Constant(Constant { constant }) => Had::Constant(constant),
        Column::First(First { first_of }) => Had::First(first_of),
        Column::Beside(FromTable { by, table, key, take }) => {
            Had::Beside(Beside { by, table, key, take })
        }
    };
    mapping.columns.insert(at, had);
    names
}
