//! Rows made in memory as a snapshot: what a reader would have made of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its rows has failed")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use orgfold::extract::{Cell, Snapshot, Source, TableBuilder};
use orgfold::plan::cell::timestamp;
use orgfold::schema::{Column, Field, Kind, Table};
use orgfold::transform::Records;
use orgfold::transform::record::TextColumn;

fn text<T: ToString>(value: Option<T>) -> Option<String> {
    value.map(|value| value.to_string())
}

/// Rows of a table, each a function from a column to its cell.
type Row<'a> = Box<dyn Fn(&Column) -> Option<String> + 'a>;

fn rows<'a>(records: &'a Records<'_>, table: Table) -> Option<Vec<Row<'a>>> {
    let declared = records.declared;
    let of = move |column: &Column| match column.kind {
        Kind::Text => TextColumn::of(declared, table, column.field),
        _ => None,
    };
    Some(match table {
        Table::Organizations => {
            let row = |row: &'a orgfold::transform::record::Organization<'_>| -> Row<'a> {
                Box::new(move |column| match column.field {
                    Field::ID => text(Some(row.id)),
                    Field::NAME => text(Some(row.name)),
                    Field::SLUG => text(row.slug),
                    Field::OWNER => text(row.owner),
                    _ => of(column).and_then(|column| text(row.texts.get(column))),
                })
            };
            records.organizations.iter().map(row).collect()
        }
        Table::Contacts => {
            let row = |row: &'a orgfold::transform::record::Contact<'_>| -> Row<'a> {
                Box::new(move |column| match column.field {
                    Field::ID => text(Some(row.id)),
                    Field::ORGANIZATION => text(row.organization),
                    Field::OWNER => text(row.owner),
                    Field::CUSTOMER_ORGANIZATION => text(row.customer_organization),
                    Field::CLIENT_ORGANIZATION => text(row.client_organization),
                    Field::IS_PRIMARY_CONTACT => text(row.is_primary),
                    Field::TYPE => text(Some(row.kind)),
                    Field::COMPANY_NAME => text(row.company),
                    Field::CONTACT_NAME => text(row.name),
                    Field::EMAIL => text(row.email),
                    Field::JOB_TITLE => text(row.job_title),
                    Field::ROLE => text(row.role),
                    Field::IS_ACTIVE => text(row.is_active),
                    Field::CREATED_AT => row.created_at.map(timestamp),
                    _ => of(column).and_then(|column| text(row.texts.get(column))),
                })
            };
            records.contacts.iter().map(row).collect()
        }
        Table::Projects => {
            let row = |row: &'a orgfold::transform::record::Project| -> Row<'a> {
                Box::new(move |column| match column.field {
                    Field::ID => text(Some(row.id)),
                    Field::ORGANIZATION => text(row.organization),
                    Field::CUSTOMER => text(row.customer),
                    Field::CUSTOMER_ORGANIZATION => text(row.customer_organization),
                    Field::CREATED_AT => row.created_at.map(timestamp),
                    _ => None,
                })
            };
            records.projects.iter().map(row).collect()
        }
        Table::Users => {
            let users = records.users.as_ref()?;
            let row = |user: &'a (uuid::Uuid, Option<orgfold::ids::OrganizationId>)| -> Row<'a> {
                Box::new(move |column| match column.field {
                    Field::ID => text(Some(user.0)),
                    Field::ORGANIZATION => text(user.1),
                    _ => None,
                })
            };
            users.iter().map(row).collect()
        }
        Table::ProjectContactPoints => {
            let row = |row: &'a orgfold::transform::record::ContactPoint<'_>| -> Row<'a> {
                Box::new(move |column| match column.field {
                    Field::ID => text(Some(row.id)),
                    Field::PROJECT => text(row.project),
                    Field::CONTACT => text(row.contact),
                    Field::ROLE => text(row.role),
                    Field::IS_PRIMARY => text(row.is_primary),
                    _ => None,
                })
            };
            records.points.iter().map(row).collect()
        }
    })
}

/// The snapshot of some rows.
pub(crate) fn snapshot(records: &Records<'_>) -> Snapshot {
    let declared = records.declared;
    let source = Source { declared, ..Source::in_schema("rows", "public") };
    let mut tables = BTreeMap::new();
    for table in Table::ALL {
        let Some(rows) = rows(records, table) else { continue };
        let mut builder = TableBuilder::new(table, &source, Path::new("rows"));
        let columns = declared.columns(table);
        let names: Vec<&str> = columns.iter().map(|column| column.field.name()).collect();
        let layout = builder.layout(1, &names).unwrap();
        for (at, row) in rows.iter().enumerate() {
            let cells: Vec<Cell<'_>> = columns
                .iter()
                .map(|column| row(column).map(|text| Cow::Owned(text.into_bytes())))
                .collect();
            builder.push(&layout, at as u64 + 2, &cells).unwrap();
        }
        tables.insert(table, builder.finish().unwrap());
    }
    Snapshot::new(declared, tables)
}
