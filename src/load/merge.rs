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
use crate::schema::{self, Field, Kind, Mode, Table};

/// The columns over which each table's rows are hashed, as the database calls them: all that there
/// were when the run was made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct HashColumns(BTreeMap<Table, Vec<String>>);

impl HashColumns {
    /// All columns that there are.
    pub fn of(catalog: &Catalog) -> Self {
        let columns = catalog.changed().map(|relation| {
            let names = relation.columns.iter().map(|column| column.name.clone());
            (relation.table, names.collect())
        });
        Self(columns.collect())
    }

    /// Those of one table.
    pub fn table(&self, table: Table) -> &[String] {
        self.0.get(&table).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The table of before-images of a table.
pub fn image(table: Table) -> String {
    format!("orgfold.{}", quote_ident(&format!("image_{table}")))
}

/// The statements that make the tables of before-images, and the columns that they lack: those that
/// a run may write in rows that exist.
pub fn image_tables(declared: &schema::Schema) -> String {
    let mut statements = Vec::new();
    for table in CHANGED {
        let image = image(table);
        statements.push(format!(
            "create table if not exists {image} (\n  run_id bigint not null references orgfold.run,\n  \
             pk uuid not null,\n  action \"char\" not null,\n  after_hash bigint not null,\n  \
             primary key (run_id, pk)\n)"
        ));
        for column in declared.all(table).iter().filter(|column| column.is_ever_changed()) {
            let (name, kind) = (quote_ident(column.field.name()), sql_type(column.kind));
            statements.push(format!("alter table {image} add column if not exists {name} {kind}"));
        }
    }
    statements.join(";\n")
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
    /// Over what rows are hashed.
    pub hashed: &'a HashColumns,
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
        format!(
            "with changed as (\n  insert into {live} as t ({columns})\n  select {values} from {staged} s \
             where {which} order by s.id\n  returning t.{id} as pk, {hash} as hash\n)\n\
             insert into {image} (run_id, pk, action, after_hash)\nselect $1, pk, 'i', hash from changed",
            live = self.catalog.names.sql_table(table),
            columns = columns.join(", "),
            values = values.join(", "),
            staged = staging(table),
            id = self.catalog.names.sql_column(table, Field::ID),
            hash = self.hash(table),
            image = image(table),
        )
    }

    /// Changes staged rows. The stale check has just shown that what the plan calls before is what
    /// the rows hold, so the images are the plan's own columns.
    fn change(&self, table: Table, which: &str) -> String {
        let (mut set, mut kept, mut images) = (Vec::new(), Vec::new(), Vec::new());
        for column in self.changed(table) {
            let name = self.catalog.names.sql_column(table, column.field);
            set.push(format!("{name} = s.{}", after(column.field)));
            kept.push(format!("s.{}", before(column.field)));
            images.push(quote_ident(column.field.name()));
        }
        format!(
            "with changed as (\n  update {live} t set {set}\n  from {staged} s where s.id = t.{id} and {which}\n  \
             returning t.{id} as pk, {kept}, {hash} as hash\n)\n\
             insert into {image} (run_id, pk, action, {images}, after_hash)\n\
             select $1, pk, 'u', {before}, hash from changed",
            live = self.catalog.names.sql_table(table),
            set = set.join(", "),
            staged = staging(table),
            id = self.catalog.names.sql_column(table, Field::ID),
            kept = kept.join(", "),
            hash = self.hash(table),
            image = image(table),
            images = images.join(", "),
            before = kept.iter().map(|kept| &kept["s.".len()..]).collect::<Vec<_>>().join(", "),
        )
    }

    /// The columns that a run in this mode writes in rows that exist.
    fn changed(&self, table: Table) -> impl Iterator<Item = &schema::Column> {
        let mode = self.mode;
        self.catalog.declared.all(table).iter().filter(move |column| column.is_changed(mode))
    }

    fn hash(&self, table: Table) -> String {
        let relation = self.catalog.table(table);
        let relation = relation.expect("preflight and expand have seen to it that it is there");
        relation.hash("t", self.hashed.table(table))
    }
}
