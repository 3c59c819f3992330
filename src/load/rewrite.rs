//! Changing most rows of a large table: the server writes heap and indexes anew, in place.
//!
//! `alter table … alter column … type … using` with the type that the column has: each row is written
//! once with its new values, every index is built once, and keys of the columns are checked again. No
//! row version is left behind, no trigger fires, and the table keeps its identity with all that hangs
//! on it. Readers are shut out meanwhile. What the server cannot write anew so is refused before:
//! see the preflight.

use tokio_postgres::Transaction;

use super::catalog::{Catalog, Column};
use super::merge::image;
use super::stage::{after, before, staging};
use super::{Error, quote_ident};
use crate::schema::{self, Field, Kind, Mode, Table};

/// Writes the planned values of a table by writing it anew.
pub struct Rewrite<'a> {
    /// The tables.
    pub catalog: &'a Catalog,
    /// Where a contact's customer organization is written.
    pub mode: Mode,
    /// The table.
    pub table: Table,
}

impl Rewrite<'_> {
    /// Writes the images of the planned rows and the table; returns how many rows changed.
    ///
    /// The table is locked against everybody, and the stale check has just shown that each planned
    /// row is there with the values that the plan calls before: so planned rows and images are the
    /// same rows, and every other row keeps what it has.
    ///
    /// # Errors
    /// The database.
    pub async fn run(&self, transaction: &Transaction<'_>, run: i64) -> Result<u64, Error> {
        let doing = || Error::database("write a table anew");
        let images = transaction.execute(&self.images(), &[&run]).await.map_err(doing())?;
        if images > 0 {
            transaction.batch_execute(&self.statements()).await.map_err(doing())?;
        }
        Ok(images)
    }

    /// The columns that a run in this mode writes, as they are declared and as they are.
    pub fn columns(&self) -> impl Iterator<Item = (&'static schema::Column, &Column)> {
        let declared = self.catalog.declared.all(self.table).iter();
        let changed = declared.filter(|column| column.is_changed(self.mode));
        changed.filter_map(|column| Some((column, self.catalog.column(self.table, column.field)?)))
    }

    fn images(&self) -> String {
        let fields = self.columns().flat_map(|(it, _)| [before(it.field), after(it.field)]);
        let columns = fields.collect::<Vec<_>>().join(", ");
        format!(
            "insert into {image} (run_id, pk, action, {columns})\n\
             select $1, id, 'u', {columns} from {staged}",
            image = image(self.table),
            staged = staging(self.table),
        )
    }

    /// A function for each column that looks a row's new value up, then all columns in one pass. It
    /// calls itself immutable since the table that it reads is ours and stands still: else the server
    /// would take a snapshot for each row.
    fn statements(&self) -> String {
        let names = &self.catalog.names;
        let table = names.sql_table(self.table);
        let id = names.sql_column(self.table, Field::ID);
        let (mut made, mut passes, mut dropped) = (Vec::new(), Vec::new(), Vec::new());
        for (column, live) in self.columns() {
            let name = quote_ident(&live.name);
            let function = format!("pg_temp.{}", quote_ident(&format!("orgfold_{}", column.field)));
            let kind = &live.declared;
            made.push(format!(
                "create function {function}(row_id uuid, held {kind}) returns {kind} \
                 language plpgsql immutable as $orgfold$\ndeclare planned {kind};\nbegin\n  \
                 select s.{after} into planned from {staged} s where s.id = row_id;\n  \
                 if found then return planned; end if;\n  return held;\nend $orgfold$",
                after = after(column.field),
                staged = staging(self.table),
            ));
            passes.push(format!("alter column {name} type {kind} using {function}({id}, {name})"));
            dropped.push(format!("drop function {function}"));
        }
        // Events that still wait would forbid to alter the table.
        let alter =
            format!("set constraints all immediate; alter table {table} {}", passes.join(", "));
        [made, vec![alter], dropped].concat().join(";\n")
    }
}

/// Whether a column can be written anew as it is: another type might come out with another collation,
/// or by a cast that its values do not survive.
pub fn is_plain(column: &schema::Column, live: &Column) -> bool {
    let wanted = match column.kind {
        Kind::Uuid => "uuid",
        Kind::Bool => "bool",
        Kind::Text | Kind::Timestamp => return false,
    };
    live.category == "b" && live.is(wanted)
}
