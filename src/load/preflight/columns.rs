//! The columns: whether what the plan says can be written into what is there.

use super::{Items, Level, Look};
use crate::ids::Slug;
use crate::load::catalog::{CHANGED, Column, Relation};
use crate::schema::{self, Field, Kind, Presence, Table};

pub(super) fn judge(look: &Look<'_>, items: &mut Items) {
    for relation in look.catalog.tables.values() {
        let table = relation.table;
        for column in look.catalog.declared.columns(table) {
            read(look, relation, column, items);
        }
        if CHANGED.contains(&table) {
            for declared in look.written(table) {
                match look.catalog.column(table, declared.field) {
                    Some(column) => written(relation, column, declared, items),
                    None => absent(look, table, declared, items),
                }
            }
            nulls(look, relation, items);
            lengths(look, relation, items);
        }
        if look.catalog.declared.is_inserted(table) {
            unfilled(look, relation, items);
        }
    }
}

/// What is read has to be of a type that can be compared with what the plan was made from.
fn read(look: &Look<'_>, relation: &Relation, declared: &schema::Column, items: &mut Items) {
    let subject = look.catalog.names.shown(relation.table, declared.field);
    let Some(column) = look.catalog.column(relation.table, declared.field) else {
        if declared.presence == Presence::Required {
            let remedy = "check the schema and the database that were named";
            items.add((Level::Refused, "column_missing"), subject, "is not there", remedy);
        }
        return;
    };
    let fits = match declared.kind {
        Kind::Uuid => column.is("uuid"),
        Kind::Text => true,
        Kind::Bool => column.is("bool"),
        Kind::Timestamp => column.is("timestamptz") || column.is("timestamp"),
    };
    if !fits {
        let message = format!("is {}, it has to be {}", column.declared, declared.kind.name());
        let remedy = "only this type is understood here";
        items.add((Level::Refused, "column_type"), subject, message, remedy);
    }
}

fn written(relation: &Relation, column: &Column, declared: &schema::Column, items: &mut Items) {
    let subject = format!("{}.{}", relation.name, column.name);
    let written: &[&str] = match declared.kind {
        Kind::Uuid => &["uuid"],
        Kind::Text => &["text", "varchar"],
        Kind::Bool => &["bool"],
        Kind::Timestamp => &["timestamptz"],
    };
    let what = match column.category.as_str() {
        "d" => "a domain",
        "e" => "an enum",
        _ if !written.iter().any(|base| column.is(base)) => "of another type",
        _ => "",
    };
    if !what.is_empty() {
        let kinds = written.join(" or ");
        let message = format!("is {what} ({}), what is written is {kinds}", column.declared);
        let remedy = format!("alter the column to {kinds}");
        items.add((Level::Refused, "column_type"), &subject, message, remedy);
    }
    if !column.generated.is_empty() || column.identity == "a" {
        let message = "is generated: nothing can be written into it";
        let remedy = "drop its expression or identity";
        items.add((Level::Refused, "column_generated"), subject, message, remedy);
    }
}

/// A column that is written and not there.
fn absent(look: &Look<'_>, table: Table, declared: &schema::Column, items: &mut Items) {
    let subject = look.catalog.names.shown(table, declared.field);
    let is_added =
        declared.expand.is_some_and(|expand| expand.mode.is_none_or(|mode| mode == look.mode));
    if is_added {
        items.add((Level::Info, "column_added"), subject, "is added by the expand step", "");
    } else if declared.is_carried {
        let message = "is not there: what contacts say of it is not carried";
        items.add((Level::Info, "column_left_out"), subject, message, "");
    } else if table == Table::ProjectContactPoints {
        let message = "is not there, and the expand step does not change a table that exists";
        let remedy = "add the column, or rename the table that stands in the way";
        items.add((Level::Refused, "column_missing"), subject, message, remedy);
    }
}

/// Columns that refuse NULL, have no default, and that no plan fills.
fn unfilled(look: &Look<'_>, relation: &Relation, items: &mut Items) {
    if look.leaves_alone(relation.table) {
        return;
    }
    let written = look.written_names(relation.table);
    for column in &relation.columns {
        let filled = written.contains(&column.name.as_str());
        if column.not_null && !filled && !column.fills_itself() {
            let message = "refuses NULL, has no default, and a plan does not fill it; triggers that \
                           might are off during the load";
            let remedy = "give the column a default";
            let subject = format!("{}.{}", relation.name, column.name);
            items.add((Level::Refused, "column_not_filled"), subject, message, remedy);
        }
    }
}

/// NULLs of the plan for columns that refuse them. They are written as NULL: a default of the
/// column does not help.
fn nulls(look: &Look<'_>, relation: &Relation, items: &mut Items) {
    let table = relation.table;
    for declared in look.written(table) {
        let Some(column) = look.catalog.column(table, declared.field) else { continue };
        if !column.not_null {
            continue;
        }
        let subject = look.catalog.names.shown(table, declared.field);
        let remedy = "alter the column to accept NULL";
        let is_certain = matches!(declared.field, Field::ID | Field::NAME | Field::SLUG);
        match look.planned {
            Some(planned) => {
                let count = planned.values(table, declared.field).nulls;
                if count > 0 {
                    let message = format!("refuses NULL, and {count} rows of the plan have none");
                    items.add((Level::Refused, "null_planned"), subject, message, remedy);
                }
            }
            None if table == Table::Organizations && !is_certain => {
                let message = "refuses NULL; an organization may come without it";
                items.add((Level::Warning, "null_possible"), subject, message, remedy);
            }
            None => {}
        }
    }
}

/// Texts of the plan that are longer than their column.
fn lengths(look: &Look<'_>, relation: &Relation, items: &mut Items) {
    let table = relation.table;
    for declared in look.written(table) {
        let Some(column) = look.catalog.column(table, declared.field) else { continue };
        let Some(width) = column.max_length.and_then(|width| usize::try_from(width).ok()) else {
            continue;
        };
        let subject = look.catalog.names.shown(table, declared.field);
        let shown = &column.declared;
        if let Some(planned) = look.planned {
            let values = planned.values(table, declared.field);
            if values.too_long > 0 {
                let (count, longest) = (values.too_long, values.longest);
                let message =
                    format!("is {shown}; {count} rows of the plan are longer, up to {longest}");
                let remedy = format!("alter the column to varchar({longest}) or text");
                items.add((Level::Refused, "column_too_short"), subject, message, remedy);
            }
        } else if declared.field == Field::SLUG && width < Slug::MAX_BYTES {
            let message = format!("is {shown}; slugs have up to {}", Slug::MAX_BYTES);
            let remedy = format!("alter the column to varchar({})", Slug::MAX_BYTES);
            items.add((Level::Warning, "column_short"), subject, message, remedy);
        }
    }
}
