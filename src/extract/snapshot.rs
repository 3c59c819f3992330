//! The snapshot: every table as it was read, checked, sorted by key and fingerprinted.
//!
//! A `Snapshot` exists only if every frame passed its check. It never changes afterwards.

use std::collections::BTreeMap;

use polars::prelude::{DataFrame, DataType, IdxCa, IdxSize};
use rayon::prelude::*;

use super::canonical::{self, Values as Canonical};
use crate::ids::Fingerprint;
use crate::schema::{Column, Field, Kind, Presence, Schema, Table};

/// The rows of one table as they were read.
#[derive(Clone, Debug)]
pub struct Rows {
    pub(super) frame: DataFrame,
    /// The declared columns that the source had.
    pub(super) present: Vec<Field>,
}

impl Rows {
    /// Number of rows.
    pub fn height(&self) -> usize {
        self.frame.height()
    }
}

/// Organizations, contacts, projects, users and contact points at one point in time.
#[derive(Clone, Debug)]
pub struct Snapshot {
    declared: &'static Schema,
    tables: BTreeMap<Table, Rows>,
    notes: Vec<String>,
}

impl Snapshot {
    /// Gathers tables that hold exactly the declared columns, sorted by key.
    ///
    /// A table without rows of its own reads as empty; only for [`Table::Users`] is absent another
    /// thing than empty: see [`Snapshot::users_known`].
    ///
    /// # Panics
    /// If a frame has not the declared shape: that is a mistake in a reader, not in the input.
    pub fn new(declared: &'static Schema, tables: BTreeMap<Table, Rows>) -> Self {
        for (table, rows) in &tables {
            let found: Vec<(&str, &DataType)> =
                rows.frame.columns().iter().map(|c| (c.name().as_str(), c.dtype())).collect();
            let expected: Vec<(&str, DataType)> = declared
                .columns(*table)
                .iter()
                .map(|column| (column.field.name(), column.kind.dtype()))
                .collect();
            assert!(
                found.iter().copied().eq(expected.iter().map(|(name, dtype)| (*name, dtype))),
                "frame of `{table}` has not the declared columns: {found:?}"
            );
        }
        Self { declared, tables, notes: Vec::new() }
    }

    /// The same, with what a person should know of how it was read.
    #[must_use]
    pub fn with_notes(mut self, notes: Vec<String>) -> Self {
        self.notes = notes;
        self
    }

    /// What a person should know of how it was read: what was passed over, what was taken for
    /// what. Never a value of a row.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The declaration by which it was read.
    pub fn declared(&self) -> &'static Schema {
        self.declared
    }

    /// The frame of a table, `None` if the source has no such table.
    ///
    /// # Shape
    /// The columns of [`Schema::columns`], one row per key, sorted by `id`.
    pub fn frame(&self, table: Table) -> Option<&DataFrame> {
        self.tables.get(&table).map(|rows| &rows.frame)
    }

    /// Number of rows of a table.
    pub fn rows(&self, table: Table) -> usize {
        self.tables.get(&table).map_or(0, Rows::height)
    }

    /// Whether the source had a column: one that it had not reads as all NULL.
    pub fn has(&self, table: Table, field: Field) -> bool {
        self.tables.get(&table).is_some_and(|rows| rows.present.contains(&field))
    }

    /// The optional columns of a table that the source had, in the order of the declaration.
    pub fn optional(&self, table: Table) -> impl Iterator<Item = Field> {
        let optional = |column: &&Column| column.presence == Presence::Optional;
        let columns = self.declared.columns(table).iter().filter(optional);
        columns.map(|column| column.field).filter(move |field| self.has(table, *field))
    }

    /// Whether some row of a table has a value in a column.
    pub fn is_filled(&self, table: Table, field: Field) -> bool {
        let column = self.frame(table).and_then(|frame| frame.column(field.name()).ok());
        column.is_some_and(|column| column.null_count() < column.len())
    }

    /// Whether the source told who the users are.
    pub fn users_known(&self) -> bool {
        self.tables.contains_key(&Table::Users)
    }

    /// Some rows of each table, by position and in order.
    #[must_use]
    pub fn part(&self, positions: &BTreeMap<Table, Vec<usize>>) -> Self {
        let tables = self.tables.iter().map(|(&table, rows)| {
            let positions = positions.get(&table).map(Vec::as_slice).unwrap_or_default();
            let at = |at: &usize| IdxSize::try_from(*at).expect("fewer rows than 2^32");
            let positions = IdxCa::from_vec("rows".into(), positions.iter().map(at).collect());
            let frame = rows.frame.take(&positions).expect("positions of this frame");
            (table, Rows { frame, present: rows.present.clone() })
        });
        Self { declared: self.declared, tables: tables.collect(), notes: self.notes.clone() }
    }

    /// What the rows of one table say.
    ///
    /// Taken over typed values in key order, column by column in the order of their names, so it
    /// depends neither on the format nor on the order of rows, columns or declarations. A column
    /// that is NULL throughout is left out: so one that the source does not have, and one that is
    /// not declared, says nothing. A table that the source does not have counts as empty, but for
    /// the users.
    pub fn fingerprint(&self, table: Table) -> Fingerprint {
        let Some(frame) = self.frame(table) else {
            return match table {
                Table::Users => canonical::unknown_users(),
                _ => canonical::of_table(table, []),
            };
        };
        let columns: Vec<_> = self
            .declared
            .columns(table)
            .par_iter()
            .filter_map(|column| Some((column.field, hash_of(column, frame)?)))
            .collect();
        canonical::of_table(table, columns)
    }

    /// What all tables say.
    pub fn fingerprints(&self) -> BTreeMap<Table, Fingerprint> {
        Table::ALL.into_iter().map(|table| (table, self.fingerprint(table))).collect()
    }
}

/// The hash of one column's values; `None` if all of them are NULL.
fn hash_of(column: &Column, frame: &DataFrame) -> Option<[u8; 32]> {
    let values = frame.column(column.field.name()).expect("checked by `Snapshot::new`");
    if values.null_count() == values.len() {
        return None;
    }
    let mut canonical = Canonical::new(column.kind);
    match column.kind {
        Kind::Uuid => {
            let values = values.u128().expect("checked by `Snapshot::new`");
            values.iter().for_each(|value| canonical.uuid(value));
        }
        Kind::Text => {
            let values = values.str().expect("checked by `Snapshot::new`");
            values.iter().for_each(|value| canonical.text(value));
        }
        Kind::Bool => {
            let values = values.bool().expect("checked by `Snapshot::new`");
            values.iter().for_each(|value| canonical.bool(value));
        }
        Kind::Timestamp => {
            let values = values.i64().expect("checked by `Snapshot::new`");
            values.iter().for_each(|value| canonical.timestamp(value));
        }
    }
    canonical.end()
}
