//! The sheets of a plan: which files there are, and what each of their columns is.
//!
//! In: a [`Schema`]. Out: for each [`Sheet`] its columns, with type and meaning; whatever reads or
//! writes a sheet follows from that list. Knows no file and no row.

use polars::prelude::DataType;

use crate::schema::{Column, Field, Kind, Schema, Table, Written};

/// A file of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sheet {
    /// Customer organizations, new and existing.
    Organizations,
    /// Contacts that change.
    Contacts,
    /// Projects that change.
    Projects,
    /// Contact points to be inserted.
    ContactPoints,
    /// Spellings of companies' names.
    Members,
    /// Open questions.
    Review,
    /// What is wrong or doubtful.
    Findings,
    /// Every change, for people.
    Diff,
}

/// The type of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// A value of a column of a table.
    Value(Kind),
    /// A number of rows.
    Count,
    /// A word for what happens to an organization: [`Action`](crate::transform::desired::Action).
    Action,
    /// A word for why a row changes: [`Cause`](super::Cause).
    Cause,
}

/// What a column of a load-bearing sheet says of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The key of the row.
    Key,
    /// Whose the row is.
    Tenant,
    /// The value now of a column that is written in rows that exist.
    Before(Field),
    /// The value after loading of a column that is written in rows that exist.
    After(Field),
    /// The value now of a column that is not written but that the decision rests on.
    Read(Field),
    /// The value of a column that is written in rows that are inserted, and only there.
    Inserted(Field),
    /// What happens to the organization.
    Action,
    /// Why the row changes.
    Cause,
    /// How many contacts the organization gets.
    Members,
    /// Whether the organization is a tenant now.
    IsTenant,
    /// Which contacts the carried attributes come from.
    Sources,
}

/// A column of a load-bearing sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetColumn {
    /// Name in the header.
    pub name: String,
    /// Type of its cells.
    pub kind: CellKind,
    /// What it says.
    pub meaning: Meaning,
}

impl CellKind {
    /// The type of the column of a frame that holds it.
    pub fn dtype(self) -> DataType {
        match self {
            Self::Value(kind) => kind.dtype(),
            Self::Count => DataType::UInt32,
            Self::Action | Self::Cause => DataType::String,
        }
    }

    /// What an error calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Value(kind) => kind.name(),
            Self::Count => "count",
            Self::Action => "action",
            Self::Cause => "cause",
        }
    }
}

impl Sheet {
    /// Every sheet, in the order of the documentation, load-bearing ones first.
    pub const ALL: [Self; 8] = [
        Self::Organizations,
        Self::Contacts,
        Self::Projects,
        Self::ContactPoints,
        Self::Members,
        Self::Review,
        Self::Findings,
        Self::Diff,
    ];

    /// The sheets that a load reads; one changed byte and the plan is refused.
    pub const LOAD_BEARING: [Self; 4] =
        [Self::Organizations, Self::Contacts, Self::Projects, Self::ContactPoints];

    /// Name of the file.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Organizations => "organizations.csv",
            Self::Contacts => "contacts.csv",
            Self::Projects => "projects.csv",
            Self::ContactPoints => "contact_points.csv",
            Self::Members => "members.csv",
            Self::Review => "review.csv",
            Self::Findings => "findings.csv",
            Self::Diff => "diff.csv",
        }
    }

    /// The table whose rows a load-bearing sheet changes.
    pub const fn table(self) -> Option<Table> {
        match self {
            Self::Organizations => Some(Table::Organizations),
            Self::Contacts => Some(Table::Contacts),
            Self::Projects => Some(Table::Projects),
            Self::ContactPoints => Some(Table::ProjectContactPoints),
            Self::Members | Self::Review | Self::Findings | Self::Diff => None,
        }
    }

    /// The columns of a load-bearing sheet, in order; none for the others, which hold text for
    /// people: [`header`](super::header) names theirs.
    pub fn columns(self, schema: &Schema) -> Vec<SheetColumn> {
        let Some(table) = self.table() else { return Vec::new() };
        let columns = schema.all(table);
        match self {
            Self::Organizations => organizations(columns),
            Self::ContactPoints => inserted(columns),
            _ => changed(columns),
        }
    }
}

impl SheetColumn {
    fn of(column: &Column, meaning: Meaning) -> Self {
        let field = column.field.name();
        let name = match meaning {
            Meaning::Before(_) => format!("{field}_before"),
            Meaning::After(_) => format!("{field}_after"),
            _ => field.to_owned(),
        };
        Self { name, kind: CellKind::Value(column.kind), meaning }
    }

    fn own(name: &str, kind: CellKind, meaning: Meaning) -> Self {
        Self { name: name.to_owned(), kind, meaning }
    }

    fn key(column: &Column) -> Self {
        Self::of(column, Meaning::Key)
    }

    fn inserted(column: &Column) -> Self {
        Self::of(column, Meaning::Inserted(column.field))
    }
}

/// Customer organizations: what people look for first, then what is written at insert.
fn organizations(columns: &[Column]) -> Vec<SheetColumn> {
    let column = |field| {
        let found = columns.iter().find(|column| column.field == field);
        found.expect("a column that the code itself speaks of is declared")
    };
    let owner = column(Field::OWNER);
    let first = [Field::SLUG, Field::NAME];
    let mut sheet = vec![SheetColumn::key(column(Field::ID))];
    sheet.extend(first.map(|field| SheetColumn::inserted(column(field))));
    sheet.push(SheetColumn::own("action", CellKind::Action, Meaning::Action));
    // Every organization of the sheet has its owner after loading, so the bare name is what it says.
    sheet.push(SheetColumn {
        name: owner.field.name().to_owned(),
        ..SheetColumn::of(owner, Meaning::After(owner.field))
    });
    sheet.push(SheetColumn::own("members", CellKind::Count, Meaning::Members));
    sheet.push(SheetColumn::of(owner, Meaning::Before(owner.field)));
    let is_tenant = CellKind::Value(Kind::Bool);
    sheet.push(SheetColumn::own("is_tenant", is_tenant, Meaning::IsTenant));
    let rest = columns.iter().filter(|column| column.written == Written::AtInsert);
    let rest = rest.filter(|column| !first.contains(&column.field));
    sheet.extend(rest.map(SheetColumn::inserted));
    let sources = CellKind::Value(Kind::Text);
    sheet.push(SheetColumn::own("attribute_sources", sources, Meaning::Sources));
    sheet
}

/// Rows that are only inserted.
fn inserted(columns: &[Column]) -> Vec<SheetColumn> {
    let written = columns.iter().filter(|column| column.written == Written::AtInsert);
    let sheet = written.map(|column| match column.field {
        Field::ID => SheetColumn::key(column),
        _ => SheetColumn::inserted(column),
    });
    sheet.collect()
}

/// Rows that are changed: what is written before and after, and what the decision rests on.
fn changed(columns: &[Column]) -> Vec<SheetColumn> {
    let mut sheet = Vec::new();
    let changes = columns.iter().filter(|column| column.is_ever_changed()).count();
    for column in columns {
        if column.field == Field::ID {
            sheet.push(SheetColumn::key(column));
            let tenant = CellKind::Value(Kind::Uuid);
            sheet.push(SheetColumn::own("tenant_id", tenant, Meaning::Tenant));
        } else if column.is_ever_changed() {
            sheet.push(SheetColumn::of(column, Meaning::Before(column.field)));
            sheet.push(SheetColumn::of(column, Meaning::After(column.field)));
            // Where several columns change, each may have a cause of its own: see `diff.csv`.
            if changes == 1 {
                sheet.push(SheetColumn::own("cause", CellKind::Cause, Meaning::Cause));
            }
        } else if column.decides {
            sheet.push(SheetColumn::of(column, Meaning::Read(column.field)));
        }
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{carried, carried_line, evidence_line};

    fn header(sheet: Sheet, schema: &Schema) -> String {
        let columns = sheet.columns(schema).into_iter().map(|column| column.name);
        columns.collect::<Vec<_>>().join(",")
    }

    #[test]
    fn a_new_line_of_the_declaration_stands_in_its_sheets() {
        let lines = [carried_line(carried("floor")), evidence_line("fax", "fax")];
        let schema = Schema::shipped_with(&lines);
        assert!(header(Sheet::Contacts, schema).ends_with(",created_at,floor,fax"));
        assert!(header(Sheet::Organizations, schema).ends_with(",floor,attribute_sources"));
        let fax = &Sheet::Contacts.columns(schema)[27];
        assert_eq!(fax.meaning, Meaning::Read(Field("fax")));
    }
}
