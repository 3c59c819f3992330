//! The columns: whether what the plan says can be written into what is there.

use super::{CHANGED, Items, Level, Look};
use crate::ids::Slug;
use crate::load::catalog::{Column, Relation};
use crate::plan::archive::{Stored, StoredSheet};
use crate::schema::{Kind, Presence, Schema, Table};

/// Columns of organizations that are written where there are some, and not added otherwise.
const OPTIONAL: [&str; 2] = ["tax_id", "domain"];

pub(super) fn judge(look: &Look<'_>, items: &mut Items) {
    for table in Table::ALL {
        let Some(relation) = look.catalog.table(table) else { continue };
        for column in Schema::shipped().columns(table) {
            read(relation, column, items);
        }
        if CHANGED.contains(&table) {
            for name in look.written(table) {
                match relation.column(name) {
                    Some(column) => written(table, relation, column, items),
                    None => absent(table, name, items),
                }
            }
            nulls(look, table, relation, items);
            lengths(look, table, relation, items);
        }
        if matches!(table, Table::Organizations | Table::ProjectContactPoints) {
            unfilled(look, table, relation, items);
        }
    }
}

/// What is read has to be of a type that can be compared with what the plan was made from.
fn read(relation: &Relation, declared: &crate::schema::Column, items: &mut Items) {
    let subject = format!("{}.{}", relation.name, declared.field.name());
    let Some(column) = relation.column(declared.field.name()) else {
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

fn kind_of(table: Table, name: &str) -> Kind {
    let declared =
        Schema::shipped().columns(table).iter().find(|column| column.field.name() == name);
    declared.map_or(Kind::Text, |column| column.kind)
}

fn written(table: Table, relation: &Relation, column: &Column, items: &mut Items) {
    let subject = format!("{}.{}", relation.name, column.name);
    let written: &[&str] = match kind_of(table, &column.name) {
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

fn absent(table: Table, name: &str, items: &mut Items) {
    let subject = format!("{table}.{name}");
    if OPTIONAL.contains(&name) {
        let message = "is not there: what contacts say of it is not carried";
        items.add((Level::Info, "column_left_out"), subject, message, "");
    } else if table != Table::ProjectContactPoints && !matches!(name, "id" | "name" | "slug") {
        items.add((Level::Info, "column_added"), subject, "is added by the expand step", "");
    } else if table == Table::ProjectContactPoints {
        let message = "is not there, and the expand step does not change a table that exists";
        let remedy = "add the column, or rename the table that stands in the way";
        items.add((Level::Refused, "column_missing"), subject, message, remedy);
    }
}

/// Columns that refuse NULL, have no default, and that no plan fills.
fn unfilled(look: &Look<'_>, table: Table, relation: &Relation, items: &mut Items) {
    if look.plan.is_some_and(|plan| inserted(plan, table).is_empty()) {
        return;
    }
    for column in &relation.columns {
        let filled = look.written(table).contains(&column.name.as_str());
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
fn nulls(look: &Look<'_>, table: Table, relation: &Relation, items: &mut Items) {
    let strict = look.written(table).iter().filter_map(|name| relation.column(name));
    for column in strict.filter(|column| column.not_null) {
        let subject = format!("{}.{}", relation.name, column.name);
        let remedy = "alter the column to accept NULL";
        match look.plan {
            Some(plan) => {
                let count = planned(plan, table, &column.name).filter(Option::is_none).count();
                if count > 0 {
                    let message = format!("refuses NULL, and {count} rows of the plan have none");
                    items.add((Level::Refused, "null_planned"), subject, message, remedy);
                }
            }
            None if table == Table::Organizations
                && !matches!(column.name.as_str(), "id" | "name" | "slug") =>
            {
                let message = "refuses NULL; an organization may come without it";
                items.add((Level::Warning, "null_possible"), subject, message, remedy);
            }
            None => {}
        }
    }
}

/// Texts of the plan that are longer than their column.
fn lengths(look: &Look<'_>, table: Table, relation: &Relation, items: &mut Items) {
    for column in look.written(table).iter().filter_map(|name| relation.column(name)) {
        let Some(width) = column.max_length.and_then(|width| usize::try_from(width).ok()) else {
            continue;
        };
        let subject = format!("{}.{}", relation.name, column.name);
        let declared = &column.declared;
        if let Some(plan) = look.plan {
            let texts = planned(plan, table, &column.name).flatten();
            let lengths: Vec<usize> = texts.map(|text| text.chars().count()).collect();
            let longest = lengths.iter().copied().max().unwrap_or(0);
            if longest > width {
                let count = lengths.iter().filter(|length| **length > width).count();
                let message =
                    format!("is {declared}; {count} rows of the plan are longer, up to {longest}");
                let remedy = format!("alter the column to varchar({longest}) or text");
                items.add((Level::Refused, "column_too_short"), subject, message, remedy);
            }
        } else if column.name == "slug" && width < Slug::MAX_BYTES {
            let message = format!("is {declared}; slugs have up to {}", Slug::MAX_BYTES);
            let remedy = format!("alter the column to varchar({})", Slug::MAX_BYTES);
            items.add((Level::Warning, "column_short"), subject, message, remedy);
        }
    }
}

fn sheet(plan: &Stored, table: Table) -> Option<&StoredSheet> {
    let name = match table {
        Table::Organizations => "organizations.csv",
        Table::Contacts => "contacts.csv",
        Table::Projects => "projects.csv",
        Table::ProjectContactPoints => "contact_points.csv",
        Table::Users => return None,
    };
    plan.sheets.get(name)
}

/// The rows of a plan that a load inserts or changes.
fn inserted(plan: &Stored, table: Table) -> Vec<&Vec<Option<String>>> {
    let Some(sheet) = sheet(plan, table) else { return Vec::new() };
    let action = sheet.columns.iter().position(|column| column == "action");
    let is_insert = |row: &&Vec<Option<String>>| {
        action.is_none_or(|action| row[action].as_deref() == Some("insert"))
    };
    sheet.rows.iter().filter(is_insert).collect()
}

/// What a plan writes into a column.
fn planned<'a>(
    plan: &'a Stored,
    table: Table,
    column: &str,
) -> impl Iterator<Item = Option<&'a str>> {
    let after = format!("{column}_after");
    let at = sheet(plan, table).and_then(|sheet| {
        let find = |name: &str| sheet.columns.iter().position(|column| column == name);
        find(&after).or_else(|| find(column))
    });
    let rows = if at.is_some() { inserted(plan, table) } else { Vec::new() };
    rows.into_iter().map(move |row| at.and_then(|at| row[at].as_deref()))
}
