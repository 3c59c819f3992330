//! Changes, told one by one: what stands in `diff.csv`, and what the page counts.
//!
//! In: the frames of the load-bearing sheets. Out: a walk over their changes, in the order of
//! loading. A row that is inserted is one change, a row that exists one for each cell that gets
//! another value. Nothing is held.

use std::collections::BTreeMap;
use std::convert::Infallible;

use polars::prelude::{Column, DataFrame};
use uuid::Uuid;

use super::cell::{Cells, Value};
use super::draft::Cause;
use super::sheet::{Meaning, Sheet, SheetColumn};
use crate::schema::{Field, Schema, Table};
use crate::transform::desired::Action;

/// A change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// The table.
    pub table: Table,
    /// Key of the row.
    pub id: Uuid,
    /// What people know the row by.
    pub label: Option<&'a str>,
    /// The column; `None` for a row that is inserted whole.
    pub field: Option<Field>,
    /// The value now.
    pub before: Value<'a>,
    /// The value after loading; slug or key of a row that is inserted.
    pub after: Value<'a>,
    /// Why.
    pub cause: Cause,
}

/// Changes of one table and cause, counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The table.
    pub table: Table,
    /// Why.
    pub cause: Cause,
    /// Rows that change.
    pub rows: usize,
    /// Rows of `diff.csv`.
    pub lines: usize,
    /// Cells by column; of rows that are inserted whole none.
    pub columns: BTreeMap<Field, usize>,
}

/// The rows of a load-bearing sheet.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The columns of [`Sheet::columns`].
    pub frame: DataFrame,
    /// What people know each row by.
    pub labels: Column,
}

/// The frames of the load-bearing sheets.
pub type Frames = BTreeMap<Sheet, Rows>;

/// Tells every change, until the listener has enough.
///
/// # Errors
/// Those of the listener.
pub fn changes<'a, E>(
    frames: &'a Frames,
    schema: &Schema,
    mut tell: impl FnMut(Change<'a>) -> Result<(), E>,
) -> Result<(), E> {
    for (sheet, rows) in frames {
        let columns = sheet.columns(schema);
        let cells = Cells::all(&rows.frame);
        let walk = Walk { sheet: *sheet, columns, cells, labels: Cells::of(&rows.labels) };
        for row in 0..rows.frame.height() {
            walk.row(row, &mut tell)?;
        }
    }
    Ok(())
}

/// Counts changes by table and cause, in the order in which they are told.
pub(super) fn counted(frames: &Frames, schema: &Schema) -> Vec<Changed> {
    let mut found: Vec<Changed> = Vec::new();
    // The last row of each: the cells of a row are told together.
    let mut last: Vec<Uuid> = Vec::new();
    let all = changes(frames, schema, |change| {
        let (table, cause) = (change.table, change.cause);
        let at = found.iter().position(|changed| (changed.table, changed.cause) == (table, cause));
        let at = at.unwrap_or_else(|| {
            found.push(Changed { table, cause, rows: 0, lines: 0, columns: BTreeMap::new() });
            last.push(Uuid::max());
            found.len() - 1
        });
        let changed = &mut found[at];
        changed.lines += 1;
        changed.rows += usize::from(last[at] != change.id || changed.lines == 1);
        last[at] = change.id;
        if let Some(field) = change.field {
            *changed.columns.entry(field).or_default() += 1;
        }
        Ok::<_, Infallible>(())
    });
    match all {
        Ok(()) => found,
    }
}

struct Walk<'a> {
    sheet: Sheet,
    columns: Vec<SheetColumn>,
    cells: Vec<Cells<'a>>,
    labels: Cells<'a>,
}

impl<'a> Walk<'a> {
    fn value(&self, meaning: Meaning, row: usize) -> Value<'a> {
        let at = self.columns.iter().position(|column| column.meaning == meaning);
        at.map_or(Value::Null, |at| self.cells[at].get(row))
    }

    fn row<E>(
        &self,
        row: usize,
        tell: &mut impl FnMut(Change<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let table = self.sheet.table().expect("only load-bearing sheets have frames");
        let Value::Uuid(id) = self.cells[0].get(row) else {
            unreachable!("the first column of every sheet is its key")
        };
        let does = |action: Action| self.value(Meaning::Action, row) == Value::Text(action.name());
        let inserted = match self.sheet {
            Sheet::ContactPoints => Some((Value::Uuid(id), Cause::ContactPointAdded)),
            Sheet::Organizations if does(Action::Keep) => return Ok(()),
            Sheet::Organizations if does(Action::Insert) => {
                let slug = self.value(Meaning::Inserted(Field::SLUG), row);
                Some((slug, Cause::OrganizationInserted))
            }
            _ => None,
        };
        let label = match self.labels.get(row) {
            Value::Text(label) => Some(label),
            _ => None,
        };
        if let Some((after, cause)) = inserted {
            let before = Value::Null;
            return tell(Change { table, id, label, field: None, before, after, cause });
        }
        for (at, column) in self.columns.iter().enumerate() {
            let Meaning::After(field) = column.meaning else { continue };
            let after = self.cells[at].get(row);
            let before = self.value(Meaning::Before(field), row);
            if before != after {
                let cause = cause(self.sheet, field, after);
                tell(Change { table, id, label, field: Some(field), before, after, cause })?;
            }
        }
        Ok(())
    }
}

/// Why a cell of a row that exists changes.
fn cause(sheet: Sheet, field: Field, after: Value<'_>) -> Cause {
    match (sheet, field, after) {
        (Sheet::Organizations, ..) => Cause::OrganizationAdopted,
        (Sheet::Projects, ..) => Cause::ProjectLinked,
        (_, Field::IS_PRIMARY_CONTACT, Value::Bool(true)) => Cause::PrimaryChosen,
        (_, Field::IS_PRIMARY_CONTACT, _) => Cause::PrimaryWithdrawn,
        _ => Cause::ContactMapped,
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{IntoColumn as _, NamedFrom as _, Series};

    use super::*;
    use crate::schema::Kind;

    /// Contacts of which only some columns have values: for each its id, owner and primary flag
    /// after loading.
    fn contacts(rows: &[(u128, Option<u128>, Option<bool>)]) -> Frames {
        let columns = Sheet::Contacts.columns(Schema::shipped());
        let column = |column: &SheetColumn| {
            let name = column.name.as_str().into();
            match column.meaning {
                Meaning::Key => Series::new(name, rows.iter().map(|row| row.0).collect::<Vec<_>>()),
                Meaning::After(Field::OWNER) => {
                    Series::new(name, rows.iter().map(|row| row.1).collect::<Vec<_>>())
                }
                Meaning::After(Field::IS_PRIMARY_CONTACT) => {
                    Series::new(name, rows.iter().map(|row| row.2).collect::<Vec<_>>())
                }
                _ => Series::full_null(name, rows.len(), &column.kind.dtype()),
            }
            .into_column()
        };
        let columns = columns.iter().map(column).collect();
        let frame = DataFrame::new(rows.len(), columns).expect("columns of one length");
        let labels = Column::full_null("label".into(), rows.len(), &Kind::Text.dtype());
        Frames::from([(Sheet::Contacts, Rows { frame, labels })])
    }

    #[test]
    fn changed_rows_are_counted_once() {
        let frames = contacts(&[(1, Some(9), Some(true)), (2, Some(9), None), (3, None, None)]);
        let changed = counted(&frames, Schema::shipped());
        let counts: Vec<_> = changed.iter().map(|it| (it.cause, it.rows, it.lines)).collect();
        assert_eq!(counts, [(Cause::ContactMapped, 2, 2), (Cause::PrimaryChosen, 1, 1)]);
        assert_eq!(changed[0].columns, BTreeMap::from([(Field::OWNER, 2)]));
    }

    #[test]
    fn a_cell_that_stays_is_no_change() {
        let mut told = Vec::new();
        let frames = contacts(&[(7, None, Some(false))]);
        let all = changes(&frames, Schema::shipped(), |change| {
            told.push((change.field, change.after));
            Ok::<_, Infallible>(())
        });
        assert!(all.is_ok());
        assert_eq!(told, [(Some(Field::IS_PRIMARY_CONTACT), Value::Bool(false))]);
    }
}
