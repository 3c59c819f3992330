//! What a plan writes, as far as columns of the server may refuse it: how many rows, how many of them
//! without a value, how long the texts are.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, StringChunked};

use super::Look;
use crate::load::Error;
use crate::load::catalog::Catalog;
use crate::plan::archive::Stored;
use crate::plan::sheet::{CellKind, Meaning, Sheet, SheetColumn};
use crate::schema::{Field, Kind, Mode, Table};
use crate::transform::desired::Action;

/// What a plan writes.
#[derive(Debug)]
pub struct Planned {
    /// Whether it was made with users.
    pub(super) users_known: bool,
    rows: BTreeMap<Table, usize>,
    columns: BTreeMap<(Table, Field), Values>,
}

/// What a plan writes into one column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Values {
    /// Rows without a value.
    pub nulls: usize,
    /// Letters of the longest text that is longer than the column.
    pub longest: usize,
    /// Texts that are longer than the column.
    pub too_long: usize,
}

/// A column of a sheet that a column of the server may refuse.
struct Judged {
    at: usize,
    field: Field,
    width: Option<usize>,
}

impl Planned {
    /// Counts. Reads only the sheets that a column may refuse.
    ///
    /// # Errors
    /// A file of the plan that was changed.
    pub fn of(plan: &Stored, catalog: &Catalog) -> Result<Self, Error> {
        let mode = plan.manifest.mode;
        let users_known = plan.manifest.source.users_known;
        let mut planned =
            Self { users_known, rows: BTreeMap::default(), columns: BTreeMap::default() };
        for sheet in Sheet::LOAD_BEARING {
            let Some(table) = sheet.table() else { continue };
            let columns = sheet.columns(catalog.declared);
            let action = columns.iter().position(|column| column.meaning == Meaning::Action);
            let judged = judged(&columns, catalog, table, mode);
            if action.is_none() && judged.is_empty() {
                let rows = plan.manifest.files.get(sheet.file()).map_or(0, |facts| facts.rows);
                planned.rows.insert(table, rows);
                continue;
            }
            for frame in plan.batches(sheet, catalog.declared)? {
                planned.add(table, &written(frame?, action), &judged);
            }
        }
        Ok(planned)
    }

    fn add(&mut self, table: Table, frame: &DataFrame, judged: &[Judged]) {
        *self.rows.entry(table).or_default() += frame.height();
        for column in judged {
            let values = self.columns.entry((table, column.field)).or_default();
            values.add(&frame.columns()[column.at], column.width);
        }
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
    fn add(&mut self, column: &Column, width: Option<usize>) {
        self.nulls += column.null_count();
        let Some(width) = width else { return };
        let texts = column.as_materialized_series().str();
        let texts: &StringChunked = texts.expect("only columns of texts are given a width");
        // No text has more letters than bytes.
        for text in texts.iter().flatten().filter(|text| text.len() > width) {
            let letters = text.chars().count();
            if letters > width {
                self.longest = self.longest.max(letters);
                self.too_long += 1;
            }
        }
    }
}

impl Look<'_> {
    /// Whether a plan is looked at that writes no row of a table.
    pub(super) fn leaves_alone(&self, table: Table) -> bool {
        self.planned.is_some_and(|planned| planned.rows(table) == 0)
    }
}

/// The columns of a sheet that a load writes into columns that refuse NULL or long texts.
fn judged(columns: &[SheetColumn], catalog: &Catalog, table: Table, mode: Mode) -> Vec<Judged> {
    let written = |field| catalog.declared.written(table, mode).any(|column| column.field == field);
    let judged = columns.iter().enumerate().filter_map(|(at, column)| {
        let field = match column.meaning {
            Meaning::Key => Field::ID,
            Meaning::After(field) | Meaning::Inserted(field) if written(field) => field,
            _ => return None,
        };
        let live = catalog.column(table, field)?;
        let is_text = column.kind == CellKind::Value(Kind::Text);
        let width = live.max_length.filter(|_| is_text);
        let width = width.and_then(|width| usize::try_from(width).ok());
        let may_refuse = column.meaning != Meaning::Key && (live.not_null || width.is_some());
        may_refuse.then_some(Judged { at, field, width })
    });
    judged.collect()
}

/// The rows of a frame that a load inserts or changes: where rows have an action, those inserted.
fn written(frame: DataFrame, action: Option<usize>) -> DataFrame {
    let Some(action) = action else { return frame };
    let actions = frame.columns()[action].as_materialized_series().str();
    let actions = actions.expect("actions are words");
    let inserted = actions.iter().map(|action| action == Some(Action::Insert.name())).collect();
    frame.filter(&inserted).expect("a mask of the frame's height")
}
