//! The shape of the tables on the server, as far as a load must know it: which columns there are,
//! what they are called, over what a row is hashed.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::GenericClient;

use super::{Error, in_schema, quote_ident};

/// A column on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveColumn {
    /// Name.
    pub name: String,
    /// Type as the server writes it.
    pub kind: String,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// Whether an insert may leave it out.
    pub has_default: bool,
}

/// The tables that a load touches.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    schema: String,
    columns: BTreeMap<&'static str, Vec<LiveColumn>>,
    names: BTreeMap<&'static str, BTreeSet<String>>,
}

/// The tables that a load touches, in the order in which they are locked.
pub const TOUCHED: [&str; 4] = ["organizations", "contacts", "projects", "project_contact_points"];

impl Shape {
    /// Reads the catalog.
    ///
    /// # Errors
    /// The database.
    pub async fn read(client: &impl GenericClient, schema: &str) -> Result<Self, Error> {
        let mut shape = Self { schema: schema.to_owned(), ..Self::default() };
        for table in TOUCHED.into_iter().chain(["users"]) {
            let rows = client
                .query(include_str!("sql/columns.sql"), &[&schema, &table])
                .await
                .map_err(Error::database("read the catalog"))?;
            let columns = rows
                .iter()
                .map(|row| LiveColumn {
                    name: row.get(0),
                    kind: row.get(1),
                    nullable: row.get(2),
                    has_default: row.get(3),
                })
                .collect();
            shape.columns.insert(table, columns);
            let rows = client
                .query(include_str!("sql/named.sql"), &[&schema, &table])
                .await
                .map_err(Error::database("read the catalog"))?;
            shape.names.insert(table, rows.iter().map(|row| row.get(0)).collect());
        }
        Ok(shape)
    }

    /// The schema of the application's tables.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Whether a table is there.
    pub fn has_table(&self, table: &str) -> bool {
        self.columns.get(table).is_some_and(|columns| !columns.is_empty())
    }

    /// Whether a column is there.
    pub fn has(&self, table: &str, column: &str) -> bool {
        self.columns(table).iter().any(|found| found.name == column)
    }

    /// Whether a constraint or an index of that name is there.
    pub fn has_name(&self, table: &str, name: &str) -> bool {
        self.names.get(table).is_some_and(|names| names.contains(name))
    }

    /// Whether a table has any constraint or index.
    pub fn has_names(&self, table: &str) -> bool {
        self.names.get(table).is_some_and(|names| !names.is_empty())
    }

    /// The columns of a table, in its order.
    pub fn columns(&self, table: &str) -> &[LiveColumn] {
        self.columns.get(table).map(Vec::as_slice).unwrap_or_default()
    }

    /// `"schema"."table"`.
    pub fn table(&self, table: &str) -> String {
        format!("{}.{}", quote_ident(&self.schema), quote_ident(table))
    }

    /// A column of a row as text, or NULL where the table has no such column.
    pub fn text(&self, table: &str, alias: &str, column: &str) -> String {
        self.cast(table, alias, column, "text")
    }

    /// A column of a row as a type, or NULL of that type where the table has no such column.
    pub fn cast(&self, table: &str, alias: &str, column: &str, kind: &str) -> String {
        if self.has(table, column) {
            format!("{alias}.{}::{kind}", quote_ident(column))
        } else {
            format!("null::{kind}")
        }
    }

    /// The columns over which a row of a table is hashed: all that there are.
    pub fn hashed(&self, table: &str) -> Vec<String> {
        self.columns(table).iter().map(|column| column.name.clone()).collect()
    }

    /// The hash of a row over an explicit list of columns.
    ///
    /// Types without a hash of their own, and those that compare in surprising ways, are hashed as
    /// text; date style and time zone are fixed for the transaction.
    pub fn hash(&self, table: &str, alias: &str, columns: &[String]) -> String {
        const PLAIN: &[&str] = &["uuid", "text", "boolean", "integer", "bigint", "jsonb"];
        let parts: Vec<String> = columns
            .iter()
            .map(|name| {
                let found = self.columns(table).iter().find(|column| column.name == *name);
                let quoted = format!("{alias}.{}", quote_ident(name));
                match found {
                    Some(column) if PLAIN.contains(&column.kind.as_str()) => quoted,
                    Some(_) => format!("{quoted}::text"),
                    // A column that was dropped since is an edit of every row.
                    None => "'dropped'::text".to_owned(),
                }
            })
            .collect();
        format!("hash_record_extended(row({}), 0)", parts.join(", "))
    }

    /// A statement with `:schema` replaced.
    pub fn statement(&self, text: &str) -> String {
        in_schema(text, &self.schema)
    }
}
