//! The tables as they will be once DDL has run that has not.

use crate::load::catalog::{Catalog, Column, Relation};
use crate::load::expand::{Addition, Statement};

/// The catalog after some statements: with the columns and tables that they add, which is all of it that
/// the statements of a load ask for.
pub(super) fn after(catalog: &Catalog, statements: &[Statement]) -> Catalog {
    let mut catalog = catalog.clone();
    for statement in statements {
        let Some(table) = catalog.names.table_named(&statement.adds.table().name) else { continue };
        match &statement.adds {
            Addition::Column { name, sql, .. } => {
                if let Some(relation) = catalog.tables.get_mut(&table) {
                    relation.columns.push(column(relation.columns.len(), name, sql));
                }
            }
            Addition::Table { table: named, columns, protection } => {
                let columns = columns.iter().enumerate().filter_map(|(at, definition)| {
                    let (name, sql) = definition.split_once("\" ")?;
                    let name = name.trim_start_matches('"').replace("\"\"", "\"");
                    Some(column(at, &name, sql))
                });
                let relation = Relation {
                    columns: columns.collect(),
                    row_security: protection.visible.is_some(),
                    ..Relation::bare(table, &named.name)
                };
                catalog.tables.insert(table, relation);
            }
            _ => {}
        }
    }
    catalog
}

/// A column of a type as our DDL writes it.
fn column(at: usize, name: &str, sql: &str) -> Column {
    let word = sql.split([' ', '(']).next().unwrap_or(sql);
    let base = match word {
        "boolean" => "bool",
        other => other,
    };
    let width = sql.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    Column {
        position: i16::try_from(at + 1).unwrap_or(i16::MAX),
        name: name.to_owned(),
        declared: word.to_owned(),
        category: "b".to_owned(),
        base: base.to_owned(),
        base_category: "b".to_owned(),
        stored_as: base.to_owned(),
        base_is_builtin: true,
        max_length: width.and_then(|(width, _)| width.parse().ok()),
        not_null: sql.contains(" not null"),
        has_default: sql.contains(" default "),
        generated: String::new(),
        identity: String::new(),
    }
}
