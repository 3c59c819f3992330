//! The statements that change rows, each with its before-images, and the questions whether a planned
//! row has moved on: assembled from the declaration and the catalog, since columns and their names
//! differ between applications.
//!
//! Every statement changes one table and writes one image for each row that it changes, in one
//! pass: `with changed as (update … returning …) insert into orgfold.image_…`. Staging tables and
//! images are ours and have logical names; the tables of the application have theirs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::catalog::{CHANGED, Catalog};
use super::quote_ident;
use super::stage::{after, before, staging};
use super::transaction::Triggers;
use crate::schema::{self, Field, Kind, Mode, Table};

/// The columns of inserted rows whose values the journal keeps, as the database calls them: all that
/// there were when the run was made but `updated_at`, which moves by itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Inserted(BTreeMap<Table, Vec<String>>);

impl Inserted {
    /// Those of the tables that are there.
    pub fn of(catalog: &Catalog) -> Self {
        let inserted = catalog.changed().filter(|it| catalog.declared.is_inserted(it.table));
        let columns = inserted.map(|relation| {
            let moves = catalog.names.column(relation.table, Field::UPDATED_AT);
            let names = relation.columns.iter().map(|column| column.name.clone());
            (relation.table, names.filter(|name| name != moves).collect())
        });
        Self(columns.collect())
    }

    /// Those of one table, in the order in which their values are kept.
    pub fn table(&self, table: Table) -> &[String] {
        self.0.get(&table).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The table of before-images of a table.
pub fn image(table: Table) -> String {
    format!("orgfold.{}", quote_ident(&format!("image_{table}")))
}

/// The statements that make the tables of images, and the columns that they lack: what was before
/// and after in each column that a run may write in rows that exist, and a row as it was inserted.
pub fn image_tables(declared: &schema::Schema) -> String {
    let mut statements = Vec::new();
    for table in CHANGED {
        let image = image(table);
        statements.push(format!(
            "create table if not exists {image} (\n  run_id bigint not null,\n  pk uuid not null,\n  \
             action \"char\" not null,\n  inserted text[],\n  moved_from timestamptz,\n  \
             moved_to timestamptz,\n  {}\n)",
            image_key(table)
        ));
        for column in declared.all(table).iter().filter(|column| column.is_ever_changed()) {
            let kind = sql_type(column.kind);
            for name in [before(column.field), after(column.field)] {
                let add = format!("alter table {image} add column if not exists {name} {kind}");
                statements.push(add);
            }
        }
    }
    statements.join(";\n")
}

/// What finds the image of a row, and keeps it from being there twice. Their run is entered in the
/// same transaction, so no key refers to it: the server would look it up for each row.
fn image_key(table: Table) -> String {
    format!("constraint {} primary key (run_id, pk)", image_key_name(table))
}

fn image_key_name(table: Table) -> String {
    quote_ident(&format!("image_{table}_pkey"))
}

/// The statement that takes the key from the images of a table, and the one that gives it back: many
/// rows are written without one, and it is made of all of them at once.
pub fn image_bare(table: Table) -> (String, String) {
    let image = image(table);
    (
        format!("alter table {image} drop constraint {}", image_key_name(table)),
        format!("alter table {image} add {}", image_key(table)),
    )
}

/// The SQL type in which a kind is staged and kept.
pub const fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Uuid => "uuid",
        Kind::Text => "text",
        Kind::Bool => "boolean",
        Kind::Timestamp => "timestamptz",
    }
}

/// Assembles the statements of a load; `$1` is the run.
pub struct Merge<'a> {
    /// The tables.
    pub catalog: &'a Catalog,
    /// Where a contact's customer organization is written.
    pub mode: Mode,
    /// What is kept of rows that are inserted.
    pub inserted: &'a Inserted,
    /// Whether triggers fire: then they may move `updated_at`, which is kept too.
    pub triggers: Triggers,
}

impl Merge<'_> {
    /// Inserts the new organizations.
    pub fn insert_organizations(&self) -> String {
        self.insert(Table::Organizations, "s.action = 'insert'")
    }

    /// Gives the adopted organizations their owner.
    pub fn adopt_organizations(&self) -> String {
        let table = Table::Organizations;
        let owner = self.catalog.names.sql_column(table, Field::OWNER);
        let adopted =
            format!("s.action = 'adopt' and t.{owner} is distinct from s.{}", after(Field::OWNER));
        self.change(table, &adopted)
    }

    /// Moves or links the contacts.
    pub fn change_contacts(&self) -> String {
        self.change(Table::Contacts, "true")
    }

    /// Links the projects.
    pub fn change_projects(&self) -> String {
        self.change(Table::Projects, "true")
    }

    /// Adds the contact points.
    pub fn insert_points(&self) -> String {
        self.insert(Table::ProjectContactPoints, "true")
    }

    /// Inserts staged rows with every column that the plan fills and the table has.
    fn insert(&self, table: Table, which: &str) -> String {
        let written = self.catalog.declared.written(table, self.mode);
        let written = written.filter(|column| self.catalog.column(table, column.field).is_some());
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for column in written {
            columns.push(self.catalog.names.sql_column(table, column.field));
            values.push(if column.is_ever_changed() {
                format!("s.{}", after(column.field))
            } else {
                format!("s.{}", quote_ident(column.field.name()))
            });
        }
        let left: Vec<String> = self
            .inserted
            .table(table)
            .iter()
            .map(|column| format!("t.{}::text", quote_ident(column)))
            .collect();
        format!(
            "with changed as (\n  insert into {live} as t ({columns})\n  select {values} from {staged} s \
             where {which} order by s.id\n  returning t.{id} as pk, array[{left}] as inserted\n)\n\
             insert into {image} (run_id, pk, action, inserted)\nselect $1, pk, 'i', inserted from changed",
            live = self.catalog.names.sql_table(table),
            columns = columns.join(", "),
            values = values.join(", "),
            staged = staging(table),
            id = self.catalog.names.sql_column(table, Field::ID),
            left = left.join(", "),
            image = image(table),
        )
    }

    /// Changes staged rows. The stale check has just shown that what the plan calls before is what
    /// the rows hold, so that side of the images is the plan's own columns; the other is what the
    /// rows hold then, which a trigger may have had a word in.
    fn change(&self, table: Table, which: &str) -> String {
        let names = &self.catalog.names;
        let (live, id) = (names.sql_table(table), names.sql_column(table, Field::ID));
        let (mut set, mut returned, mut images) = (Vec::new(), Vec::new(), Vec::new());
        for column in self.changed(table) {
            let name = names.sql_column(table, column.field);
            let (before, after) = (before(column.field), after(column.field));
            set.push(format!("{name} = s.{after}"));
            returned.extend([format!("s.{before}"), format!("t.{name} as {after}")]);
            images.extend([before, after]);
        }
        let mut from = format!("{} s", staging(table));
        if self.triggers == Triggers::Fire
            && self.catalog.column(table, Field::UPDATED_AT).is_some()
        {
            let moves = names.sql_column(table, Field::UPDATED_AT);
            // A row that is updated has one value there; the one before is read beside it.
            from = format!("{from} join {live} o on o.{id} = s.id");
            returned.extend([
                format!("o.{moves}::timestamptz as moved_from"),
                format!("t.{moves}::timestamptz as moved_to"),
            ]);
            images.extend(["moved_from".to_owned(), "moved_to".to_owned()]);
        }
        format!(
            "with changed as (\n  update {live} t set {set}\n  from {from} where s.id = t.{id} and {which}\n  \
             returning t.{id} as pk, {returned}\n)\n\
             insert into {image} (run_id, pk, action, {images})\n\
             select $1, pk, 'u', {images} from changed",
            set = set.join(", "),
            returned = returned.join(", "),
            image = image(table),
            images = images.join(", "),
        )
    }

    /// The columns that a run in this mode writes in rows that exist.
    fn changed(&self, table: Table) -> impl Iterator<Item = &schema::Column> {
        let mode = self.mode;
        self.catalog.declared.all(table).iter().filter(move |column| column.is_changed(mode))
    }
}
