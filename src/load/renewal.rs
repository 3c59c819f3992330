//! Whether approvals of a plan may be carried over to a later one: where nothing that people approved
//! differs, only what the rows held before, or rows whose change was taken out.
//!
//! In: two plans. Out: the rows that differ so, by key. Compared are the load-bearing sheets cell by
//! cell; what an organization is made of, the target and the cause of each change have to be equal.

use std::collections::BTreeMap;

use polars::prelude::{AnyValue, Column};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Error, Refusal};
use crate::plan::archive::Stored;
use crate::plan::sheet::{Meaning, Sheet, SheetColumn};
use crate::schema::{Schema, Table};

/// Where a plan differs from the one whose approvals it takes over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Renewal {
    /// Rows of which only what they held before differs.
    pub refreshed: BTreeMap<&'static str, Vec<String>>,
    /// Rows whose change was taken out.
    pub taken_out: BTreeMap<&'static str, Vec<String>>,
}

impl Renewal {
    /// Compares two plans.
    ///
    /// # Errors
    /// [`Refusal::NotApproved`] where they differ in anything that was approved; a file that was
    /// changed.
    pub fn of(old: &Stored, new: &Stored, declared: &Schema) -> Result<Self, Error> {
        if old.manifest.mode != new.manifest.mode || old.manifest.level != new.manifest.level {
            return Err(refused("the plans have another mode or level"));
        }
        let mut renewal = Self::default();
        for sheet in Sheet::LOAD_BEARING {
            let Some(table) = sheet.table() else { continue };
            let mut approved = rows(old, sheet, declared)?;
            let mut refreshed = Vec::new();
            for (id, row) in rows(new, sheet, declared)? {
                match approved.remove(&id) {
                    None => return Err(differs(table, id, "is not in the plan that was approved")),
                    Some(was) if was.approved != row.approved => {
                        return Err(differs(table, id, "becomes something else"));
                    }
                    Some(was) if was.before != row.before => refreshed.push(key(id)),
                    Some(_) => {}
                }
            }
            if let (Table::Organizations, Some(id)) = (table, approved.keys().next()) {
                return Err(differs(table, *id, "is no longer in the plan"));
            }
            let taken_out: Vec<String> = approved.into_keys().map(key).collect();
            for (list, rows) in
                [(&mut renewal.refreshed, refreshed), (&mut renewal.taken_out, taken_out)]
            {
                if !rows.is_empty() {
                    list.insert(table.name(), rows);
                }
            }
        }
        Ok(renewal)
    }

    /// How many rows differ: refreshed, and taken out.
    pub fn counts(&self) -> (usize, usize) {
        let count = |rows: &BTreeMap<_, Vec<String>>| rows.values().map(Vec::len).sum();
        (count(&self.refreshed), count(&self.taken_out))
    }
}

fn key(id: u128) -> String {
    uuid::Uuid::from_u128(id).to_string()
}

fn differs(table: Table, id: u128, how: &str) -> Error {
    refused(&format!("{table} {} {how}", key(id)))
}

fn refused(message: &str) -> Error {
    Error::refused(
        Refusal::NotApproved,
        format!("approvals cannot be carried over: {message}"),
        "have every role approve the new plan",
    )
}

/// What a row of a sheet says, as hashes.
#[derive(Clone, Copy)]
struct Row {
    /// All that people approve.
    approved: [u8; 32],
    /// What it held before.
    before: [u8; 32],
}

/// The rows of a sheet by key.
fn rows(plan: &Stored, sheet: Sheet, declared: &Schema) -> Result<BTreeMap<u128, Row>, Error> {
    let batches = plan.batches(sheet, declared)?;
    let columns = batches.columns().to_vec();
    let at = columns.iter().position(|column| column.meaning == Meaning::Key);
    let at = at.expect("a load-bearing sheet has a key");
    let mut rows = BTreeMap::new();
    for frame in batches {
        let frame = frame?;
        for row in 0..frame.height() {
            let (mut approved, mut before) = (Sha256::new(), Sha256::new());
            for (column, values) in columns.iter().zip(frame.columns()) {
                match role(column) {
                    Role::Approved => add(&mut approved, values, row),
                    Role::Before => add(&mut before, values, row),
                    Role::Derived => {}
                }
            }
            let id = frame.columns()[at].u128().ok().and_then(|ids| ids.get(row));
            let id = id.expect("a key is an id");
            let row =
                Row { approved: approved.finalize().into(), before: before.finalize().into() };
            rows.insert(id, row);
        }
    }
    Ok(rows)
}

/// What a cell is to whoever approves.
enum Role {
    /// It is what was approved.
    Approved,
    /// It is what was there when the plan was made.
    Before,
    /// It follows from the rows of other sheets.
    Derived,
}

fn role(column: &SheetColumn) -> Role {
    match column.meaning {
        Meaning::Before(_) | Meaning::Read(_) => Role::Before,
        Meaning::Members | Meaning::Sources => Role::Derived,
        Meaning::Key
        | Meaning::Tenant
        | Meaning::After(_)
        | Meaning::Inserted(_)
        | Meaning::Action
        | Meaning::Cause
        | Meaning::IsTenant => Role::Approved,
    }
}

/// Adds a cell, with what tells NULL from all values and where a text ends.
fn add(hash: &mut Sha256, values: &Column, row: usize) {
    let value = values.get(row).expect("the row is one of the frame");
    let (mark, text) = match &value {
        AnyValue::Null => (0_u8, String::new()),
        AnyValue::String(text) => (1, (*text).to_owned()),
        other => (2, format!("{other:?}")),
    };
    hash.update([mark]);
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text);
}
