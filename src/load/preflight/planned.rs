//! What a plan writes, as far as columns of the server may refuse it: how many rows, how many of them
//! without a value, how long the texts are.

use std::collections::BTreeMap;

use super::Look;
use crate::load::catalog::Catalog;
use crate::plan::archive::{Stored, StoredSheet};
use crate::schema::{Field, Mode, Table};

/// What a plan writes.
#[derive(Debug, Default)]
pub(super) struct Planned {
    rows: BTreeMap<Table, usize>,
    columns: BTreeMap<(Table, Field), Values>,
}

/// What a plan writes into one column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Values {
    /// Rows without a value.
    pub nulls: usize,
    /// Letters of the longest text.
    pub longest: usize,
    /// Texts that are longer than the column.
    pub too_long: usize,
}

impl Planned {
    /// Counts.
    pub(super) fn of(plan: &Stored, catalog: &Catalog, mode: Mode) -> Self {
        let mut planned = Self::default();
        for relation in catalog.changed() {
            let table = relation.table;
            let Some(sheet) = sheet(plan, table) else { continue };
            let rows = written(sheet);
            planned.rows.insert(table, rows.len());
            for column in catalog.declared.written(table, mode) {
                let width = catalog.column(table, column.field).and_then(|found| found.max_length);
                let width = width.and_then(|width| usize::try_from(width).ok());
                let find = |name: &str| sheet.columns.iter().position(|column| column == name);
                let at =
                    find(&format!("{}_after", column.field)).or_else(|| find(column.field.name()));
                let mut values = Values::default();
                for row in &rows {
                    values.add(at.and_then(|at| row[at].as_deref()), width);
                }
                planned.columns.insert((table, column.field), values);
            }
        }
        planned
    }

    /// Rows that are inserted or changed.
    pub(super) fn rows(&self, table: Table) -> usize {
        self.rows.get(&table).copied().unwrap_or_default()
    }

    /// What is written into a column.
    pub(super) fn values(&self, table: Table, field: Field) -> Values {
        self.columns.get(&(table, field)).copied().unwrap_or_default()
    }
}

impl Values {
    fn add(&mut self, cell: Option<&str>, width: Option<usize>) {
        let Some(text) = cell else {
            self.nulls += 1;
            return;
        };
        let Some(width) = width else { return };
        // No text has more letters than bytes.
        if text.len() > self.longest.min(width) {
            let letters = text.chars().count();
            self.longest = self.longest.max(letters);
            self.too_long += usize::from(letters > width);
        }
    }
}

impl Look<'_> {
    /// Whether a plan is looked at that writes no row of a table.
    pub(super) fn leaves_alone(&self, table: Table) -> bool {
        self.planned.as_ref().is_some_and(|planned| planned.rows(table) == 0)
    }
}

fn sheet(plan: &Stored, table: Table) -> Option<&StoredSheet> {
    let name = match table {
        Table::Organizations => "organizations.csv",
        Table::Contacts => "contacts.csv",
        Table::Projects => "projects.csv",
        Table::ProjectContactPoints => "contact_points.csv",
        Table::Users => return None,
    };
    plan.sheets.get(name)
}

/// The rows of a sheet that a load inserts or changes.
fn written(sheet: &StoredSheet) -> Vec<&Vec<Option<String>>> {
    let action = sheet.columns.iter().position(|column| column == "action");
    let is_insert = |row: &&Vec<Option<String>>| {
        action.is_none_or(|action| row[action].as_deref() == Some("insert"))
    };
    sheet.rows.iter().filter(is_insert).collect()
}
