//! The snapshot: every table as it was read, checked, sorted by key and fingerprinted.
//!
//! A `Snapshot` exists only if every frame passed its check. It never changes afterwards.

use std::collections::BTreeMap;

use polars::prelude::{DataFrame, DataType};
use sha2::{Digest, Sha256};

use crate::ids::Fingerprint;
use crate::schema::{Kind, Schema, Table};

/// Organizations, contacts, projects, users and contact points at one point in time.
#[derive(Clone, Debug)]
pub struct Snapshot {
    frames: BTreeMap<Table, DataFrame>,
}

impl Snapshot {
    /// Wraps frames that hold exactly the declared columns, sorted by key.
    ///
    /// A table without a frame reads as empty; only for [`Table::Users`] is absent another thing
    /// than empty: see [`Snapshot::users_known`].
    ///
    /// # Panics
    /// If a frame has not the declared shape: that is a mistake in a reader, not in the input.
    pub fn new(frames: BTreeMap<Table, DataFrame>) -> Self {
        for (table, frame) in &frames {
            let found: Vec<(&str, &DataType)> =
                frame.columns().iter().map(|c| (c.name().as_str(), c.dtype())).collect();
            let expected: Vec<(&str, DataType)> = Schema::shipped()
                .columns(*table)
                .iter()
                .map(|c| (c.field.name(), c.kind.dtype()))
                .collect();
            assert!(
                found.iter().copied().eq(expected.iter().map(|(name, dtype)| (*name, dtype))),
                "frame of `{table}` has not the declared columns: {found:?}"
            );
        }
        Self { frames }
    }

    /// The frame of a table, `None` if the source has no such table.
    ///
    /// # Shape
    /// The columns of [`Table::columns`], one row per key, sorted by `id`.
    pub fn frame(&self, table: Table) -> Option<&DataFrame> {
        self.frames.get(&table)
    }

    /// Number of rows of a table.
    pub fn rows(&self, table: Table) -> usize {
        self.frame(table).map_or(0, DataFrame::height)
    }

    /// Whether the source told who the users are.
    pub fn users_known(&self) -> bool {
        self.frames.contains_key(&Table::Users)
    }

    /// What the rows of one table say.
    ///
    /// Taken over typed values in key order, so it does not depend on the format, on the order of
    /// rows or columns, or on columns that are not read. A column that the source does not have
    /// counts as all NULL, a table that it does not have as empty, but for the users.
    pub fn fingerprint(&self, table: Table) -> Fingerprint {
        let mut hash = Sha256::new();
        hash.update(table.name());
        let Some(frame) = self.frame(table) else {
            hash.update(if table == Table::Users { b"unknown".as_slice() } else { b"" });
            return Fingerprint::new(hash.finalize().into());
        };
        let mut bytes = vec![Vec::new(); frame.height()];
        for column in Schema::shipped().columns(table) {
            append(&mut bytes, frame, column);
        }
        for row in bytes {
            hash.update(row);
        }
        Fingerprint::new(hash.finalize().into())
    }

    /// What all tables say.
    pub fn fingerprints(&self) -> BTreeMap<Table, Fingerprint> {
        Table::ALL.into_iter().map(|table| (table, self.fingerprint(table))).collect()
    }
}

/// Appends one column's value to the canonical bytes of every row: a tag that tells NULL from a
/// value, the length of a text, the value.
fn append(rows: &mut [Vec<u8>], frame: &DataFrame, column: &crate::schema::Column) {
    let values = frame.column(column.field.name()).expect("checked by `Snapshot::new`");
    match column.kind {
        Kind::Uuid | Kind::Text => {
            let values = values.str().expect("checked by `Snapshot::new`");
            for (row, value) in rows.iter_mut().zip(values.iter()) {
                if let Some(text) = value {
                    row.push(1);
                    row.extend_from_slice(&(text.len() as u64).to_be_bytes());
                    row.extend_from_slice(text.as_bytes());
                } else {
                    row.push(0);
                }
            }
        }
        Kind::Bool => {
            let values = values.bool().expect("checked by `Snapshot::new`");
            for (row, value) in rows.iter_mut().zip(values.iter()) {
                match value {
                    Some(value) => row.extend_from_slice(&[1, u8::from(value)]),
                    None => row.push(0),
                }
            }
        }
        Kind::Timestamp => {
            let values = values.i64().expect("checked by `Snapshot::new`");
            for (row, value) in rows.iter_mut().zip(values.iter()) {
                if let Some(micros) = value {
                    row.push(1);
                    row.extend_from_slice(&micros.to_be_bytes());
                } else {
                    row.push(0);
                }
            }
        }
    }
}
