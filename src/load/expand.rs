//! The DDL: what is added before the data (expand) and at the end of the data transaction (keys).
//!
//! Computed from the catalog, so that running it twice finds nothing to do. Every statement carries
//! the one that undoes it. Names are below 64 bytes.

use sha2::{Digest, Sha256};

use super::shape::Shape;
use crate::ids::hex;
use crate::transform::Mode;

/// A statement of DDL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it adds, for people.
    pub what: String,
    /// The statement.
    pub sql: String,
    /// What undoes it.
    pub undo: String,
    /// A key that rows of the source may break: it is added without being checked, and checked in
    /// a savepoint of its own.
    pub validate: Option<String>,
    /// A query that finds rows which would make the statement fail; then it is left out and
    /// reported.
    pub unless: Option<String>,
}

/// Everything that is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ddl {
    /// Before the data, in a short transaction of its own: columns, the bare table.
    pub expand: Vec<Statement>,
    /// At the end of the data transaction: keys and indexes.
    pub keys: Vec<Statement>,
}

impl Ddl {
    /// What is due on a database of this shape.
    pub fn due(shape: &Shape, mode: Mode) -> Self {
        let mut ddl = Self::default();
        for (table, column, kind) in columns(mode) {
            if shape.has_table(table) && !shape.has(table, column) {
                ddl.expand.push(add_column(shape, table, column, kind));
            }
        }
        if !shape.has_name("organizations", "organizations_owner_not_self") {
            ddl.expand.push(owner_not_self(shape));
        }
        if !shape.has_table("project_contact_points") {
            let table = shape.table("project_contact_points");
            ddl.expand.push(Statement {
                what: "table project_contact_points".to_owned(),
                sql: format!(
                    "create table {table} (\n  id uuid not null default gen_random_uuid(),\n  \
                     project_id uuid not null,\n  contact_id uuid not null,\n  role varchar(100),\n  \
                     is_primary boolean default false,\n  created_at timestamptz default now()\n)"
                ),
                undo: format!("drop table {table}"),
                validate: None,
                unless: None,
            });
        }
        ddl.keys = keys(shape, mode)
            .into_iter()
            .filter(|(table, name, _)| !shape.has_name(table, name))
            .map(|(_, _, statement)| statement)
            .collect();
        ddl
    }

    /// One hash over all that is due, to bind an approval to it.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for statement in self.expand.iter().chain(&self.keys) {
            hash.update(statement.sql.as_bytes());
            hash.update(b";\n");
        }
        hex(&hash.finalize())
    }

    /// The statements as a script.
    pub fn script(&self) -> String {
        let mut script = String::from("-- before the data, in a transaction of its own\n");
        for statement in &self.expand {
            script.extend([&statement.sql, ";\n"]);
        }
        script.push_str("-- at the end of the data transaction\n");
        for statement in &self.keys {
            script.extend([statement.sql.as_str(), ";\n"]);
            if let Some(validate) = &statement.validate {
                script.extend([validate.as_str(), ";  -- left undone where rows break it\n"]);
            }
        }
        script
    }
}

/// The columns that must be there: those that a run writes, and those of the application's
/// `Organization` type.
fn columns(mode: Mode) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut columns = vec![
        ("organizations", "owner_organization_id", "uuid"),
        ("organizations", "description", "text"),
        ("organizations", "industry", "varchar(100)"),
        ("organizations", "address", "text"),
        ("organizations", "city", "varchar(100)"),
        ("organizations", "state", "varchar(100)"),
        ("organizations", "country", "varchar(100)"),
        ("organizations", "postal_code", "varchar(20)"),
        ("organizations", "website", "varchar(255)"),
        ("organizations", "logo_url", "text"),
        ("organizations", "is_active", "boolean"),
        ("contacts", "role", "varchar(100)"),
        ("contacts", "is_primary_contact", "boolean"),
        ("contacts", "description", "text"),
        ("projects", "customer_organization_id", "uuid"),
    ];
    columns.push(match mode {
        Mode::Rehome => ("contacts", "owner_organization_id", "uuid"),
        Mode::Link => ("contacts", "customer_organization_id", "uuid"),
    });
    columns
}

/// Without a default: NULL in every row that is there, so that nothing a plan has read changes.
fn add_column(shape: &Shape, table: &str, column: &str, kind: &str) -> Statement {
    let name = shape.table(table);
    Statement {
        what: format!("column {table}.{column}"),
        sql: format!("alter table {name} add column {column} {kind}"),
        undo: format!("alter table {name} drop column {column}"),
        validate: None,
        unless: None,
    }
}

/// Keys and indexes: table, name, statement.
fn keys(shape: &Shape, mode: Mode) -> Vec<(&'static str, &'static str, Statement)> {
    let organizations = shape.table("organizations");
    let mut keys = vec![
        unique(shape, "organizations_owner_id_key", "owner_organization_id, id"),
        foreign(
            shape,
            ("organizations", "organizations_owner_organization_id_fkey"),
            "owner_organization_id",
            &format!("{organizations} (id)"),
        ),
        index(
            shape,
            "projects",
            "projects_customer_organization_id_idx",
            "customer_organization_id",
        ),
        foreign(
            shape,
            ("projects", "projects_customer_organization_id_fkey"),
            "customer_organization_id",
            &format!("{organizations} (id)"),
        ),
        foreign(
            shape,
            ("projects", "projects_own_customer_fkey"),
            "organization_id, customer_organization_id",
            &format!("{organizations} (owner_organization_id, id)"),
        ),
    ];
    let owned = format!("{organizations} (owner_organization_id, id)");
    match mode {
        Mode::Rehome => keys.extend([
            index(shape, "contacts", "contacts_owner_organization_id_idx", "owner_organization_id"),
            foreign(
                shape,
                ("contacts", "contacts_owner_organization_fkey"),
                "owner_organization_id, organization_id",
                &owned,
            ),
        ]),
        Mode::Link => keys.extend([
            index(
                shape,
                "contacts",
                "contacts_customer_organization_id_idx",
                "customer_organization_id",
            ),
            foreign(
                shape,
                ("contacts", "contacts_customer_organization_id_fkey"),
                "customer_organization_id",
                &format!("{organizations} (id)"),
            ),
            foreign(
                shape,
                ("contacts", "contacts_own_customer_fkey"),
                "organization_id, customer_organization_id",
                &owned,
            ),
        ]),
    }
    keys.extend(point_keys(shape));
    keys
}

fn point_keys(shape: &Shape) -> Vec<(&'static str, &'static str, Statement)> {
    let points = shape.table("project_contact_points");
    let (projects, contacts) = (shape.table("projects"), shape.table("contacts"));
    let on = "project_contact_points";
    let unique_index = |name: &'static str, columns: &str, filter: &str, doubles: String| {
        let statement = Statement {
            what: format!("unique index {name}"),
            sql: format!("create unique index {name} on {points} ({columns}){filter}"),
            undo: format!("drop index {}.{name}", super::quote_ident(shape.schema())),
            validate: None,
            unless: Some(doubles),
        };
        (on, name, statement)
    };
    let mut keys = Vec::new();
    // The table that we make is bare; one of the application's has whatever it has.
    if !shape.has_names(on) {
        keys.push((
            on,
            "project_contact_points_pkey",
            Statement {
                what: "primary key project_contact_points_pkey".to_owned(),
                sql: format!(
                    "alter table {points} add constraint project_contact_points_pkey primary key (id)"
                ),
                undo: format!("alter table {points} drop constraint project_contact_points_pkey"),
                validate: None,
                unless: None,
            },
        ));
    }
    keys.extend([
        unique_index(
            "project_contact_points_contact_role_key",
            "project_id, contact_id, coalesce(role, '')",
            "",
            format!(
                "select 1 from {points} group by project_id, contact_id, coalesce(role, '') having count(*) > 1 limit 1"
            ),
        ),
        unique_index(
            "project_contact_points_primary_key",
            "project_id",
            " where is_primary",
            format!(
                "select 1 from {points} where is_primary group by project_id having count(*) > 1 limit 1"
            ),
        ),
        index(shape, on, "project_contact_points_contact_id_idx", "contact_id"),
        foreign_cascade(shape, "project_contact_points_project_id_fkey", "project_id", &projects),
        foreign_cascade(shape, "project_contact_points_contact_id_fkey", "contact_id", &contacts),
    ]);
    keys
}

/// A foreign key, added for new rows; the rows that are there are checked in a savepoint, so that
/// those of the source that break it are reported and not lost.
fn constraint(
    shape: &Shape,
    (table, name): (&'static str, &'static str),
    definition: &str,
) -> (&'static str, &'static str, Statement) {
    let on = shape.table(table);
    let statement = Statement {
        what: format!("constraint {name}"),
        sql: format!("alter table {on} add constraint {name} {definition} not valid"),
        undo: format!("alter table {on} drop constraint {name}"),
        validate: Some(format!("alter table {on} validate constraint {name}")),
        unless: None,
    };
    (table, name, statement)
}

fn foreign(
    shape: &Shape,
    name: (&'static str, &'static str),
    columns: &str,
    target: &str,
) -> (&'static str, &'static str, Statement) {
    constraint(shape, name, &format!("foreign key ({columns}) references {target}"))
}

fn foreign_cascade(
    shape: &Shape,
    name: &'static str,
    column: &str,
    target: &str,
) -> (&'static str, &'static str, Statement) {
    let definition = format!("foreign key ({column}) references {target} (id) on delete cascade");
    constraint(shape, ("project_contact_points", name), &definition)
}

/// No organization is its own customer. It needs the strongest lock for a moment, so it comes with
/// the columns, while they are empty.
fn owner_not_self(shape: &Shape) -> Statement {
    let on = shape.table("organizations");
    let name = "organizations_owner_not_self";
    Statement {
        what: format!("constraint {name}"),
        sql: format!(
            "alter table {on} add constraint {name} check (owner_organization_id <> id) not valid"
        ),
        undo: format!("alter table {on} drop constraint {name}"),
        validate: None,
        unless: None,
    }
}

/// What the composite keys refer to. An index, not a constraint: it is made without shutting out
/// readers.
fn unique(
    shape: &Shape,
    name: &'static str,
    columns: &str,
) -> (&'static str, &'static str, Statement) {
    let on = shape.table("organizations");
    let statement = Statement {
        what: format!("unique index {name}"),
        sql: format!("create unique index {name} on {on} ({columns})"),
        undo: format!("drop index {}.{name}", super::quote_ident(shape.schema())),
        validate: None,
        unless: None,
    };
    ("organizations", name, statement)
}

fn index(
    shape: &Shape,
    table: &'static str,
    name: &'static str,
    column: &str,
) -> (&'static str, &'static str, Statement) {
    let on = shape.table(table);
    let statement = Statement {
        what: format!("index {name}"),
        sql: format!("create index {name} on {on} ({column})"),
        undo: format!("drop index {}.{name}", super::quote_ident(shape.schema())),
        validate: None,
        unless: None,
    };
    (table, name, statement)
}
