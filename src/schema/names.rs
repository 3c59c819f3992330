//! How a database spells what the code speaks of: schema, tables and columns.
//!
//! In: what a configuration says. Out: [`Names`], which every reader asks to find a table or a
//! column, and every statement and every message asks for its spelling. Without a configuration
//! the names are those of the declaration. Knows nothing of types.

use std::collections::BTreeMap;

use super::{Field, Mapping, Table};

/// The spelling of a schema, its tables and their columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    schema: String,
    tables: BTreeMap<Table, String>,
    columns: BTreeMap<(Table, Field), String>,
    mapping: Mapping,
}

/// An identifier in quotes, as a statement needs it.
pub fn quote_ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Names {
    /// Everything is spelled as the declaration has it, in this schema.
    pub fn in_schema(schema: &str) -> Self {
        Self {
            schema: schema.to_owned(),
            tables: BTreeMap::new(),
            columns: BTreeMap::new(),
            mapping: Mapping::default(),
        }
    }

    /// The same, for a source that has some columns in another shape.
    #[must_use]
    pub fn with_mapping(mut self, mapping: Mapping) -> Self {
        self.mapping = mapping;
        self
    }

    /// How columns are had that the source has in another shape.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The same, with another spelling of a table.
    #[must_use]
    pub fn with_table(mut self, table: Table, name: &str) -> Self {
        self.tables.insert(table, name.to_owned());
        self
    }

    /// The same, with another spelling of a column.
    #[must_use]
    pub fn with_column(mut self, table: Table, field: Field, name: &str) -> Self {
        self.columns.insert((table, field), name.to_owned());
        self
    }

    /// The same, in another schema.
    #[must_use]
    pub fn with_schema(mut self, schema: &str) -> Self {
        schema.clone_into(&mut self.schema);
        self
    }

    /// The schema, bare.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// A table, bare.
    pub fn table(&self, table: Table) -> &str {
        self.tables.get(&table).map_or(table.name(), String::as_str)
    }

    /// A column, bare.
    pub fn column(&self, table: Table, field: Field) -> &str {
        self.columns.get(&(table, field)).map_or(field.name(), String::as_str)
    }

    /// The table that the database calls so.
    pub fn table_named(&self, name: &str) -> Option<Table> {
        Table::ALL.into_iter().find(|table| self.table(*table) == name)
    }

    /// `"schema"."table"`, for a statement.
    pub fn sql_table(&self, table: Table) -> String {
        format!("{}.{}", quote_ident(&self.schema), quote_ident(self.table(table)))
    }

    /// `"column"`, for a statement.
    pub fn sql_column(&self, table: Table, field: Field) -> String {
        quote_ident(self.column(table, field))
    }

    /// `table.column`, for a message.
    pub fn shown(&self, table: Table, field: Field) -> String {
        format!("{}.{}", self.table(table), self.column(table, field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_renamed_is_spelled_as_declared() {
        let names = Names::in_schema("public");
        assert_eq!(names.sql_table(Table::Contacts), "\"public\".\"contacts\"");
        assert_eq!(names.shown(Table::Projects, Field::CUSTOMER), "projects.customer_id");
        assert_eq!(names.table_named("users"), Some(Table::Users));
    }

    #[test]
    fn a_renamed_column_is_quoted_and_belongs_to_its_table_alone() {
        let names = Names::in_schema("App Data").with_table(Table::Contacts, "Order").with_column(
            Table::Contacts,
            Field::ORGANIZATION,
            "Ten\"ant",
        );
        assert_eq!(names.sql_table(Table::Contacts), "\"App Data\".\"Order\"");
        assert_eq!(names.sql_column(Table::Contacts, Field::ORGANIZATION), "\"Ten\"\"ant\"");
        assert_eq!(names.column(Table::Projects, Field::ORGANIZATION), "organization_id");
        assert_eq!(names.table_named("Order"), Some(Table::Contacts));
        assert_eq!(names.table_named("contacts"), None);
    }
}
