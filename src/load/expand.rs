//! The DDL: what is added before the data (expand) and at the end of the data transaction
//! (constraints and indexes).
//!
//! Computed from the catalog, so that running it twice finds nothing to do. What a statement adds is
//! data: the statement, the one that undoes it, its name for people and the question whether values
//! would be lost all follow from it, and the ledger keeps it. Names are below 64 bytes.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::catalog::Catalog;
use super::quote_ident;
use super::verify::{fill, without_head};
use crate::ids::hex;
use crate::schema::{Field, Mode, Table};

/// A table or index of the database, with its schema, as the database spells them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Qualified {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
}

impl Qualified {
    /// `"schema"."name"`, for a statement.
    pub fn sql(&self) -> String {
        format!("{}.{}", quote_ident(&self.schema), quote_ident(&self.name))
    }
}

/// What a statement adds to the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "adds", rename_all = "snake_case", deny_unknown_fields)]
pub enum Addition {
    /// A column, without a default: NULL in every row that is there, so that nothing that a plan has
    /// read changes.
    Column {
        /// Its table.
        table: Qualified,
        /// Its name.
        name: String,
        /// Its type.
        sql: String,
    },
    /// A table.
    Table {
        /// The table.
        table: Qualified,
        /// Its columns.
        columns: Vec<String>,
        /// Who may see and change its rows.
        protection: Protection,
    },
    /// A constraint.
    Constraint {
        /// Its table.
        table: Qualified,
        /// Its name.
        name: String,
        /// What it says.
        definition: String,
        /// Which rows it holds for.
        rows: Rows,
    },
    /// An index.
    Index {
        /// Its table.
        table: Qualified,
        /// Its name; its schema is that of its table.
        name: String,
        /// Whether it keeps rows apart.
        uniqueness: Uniqueness,
        /// Its columns or expressions, with its filter.
        on: String,
    },
}

/// Who may see and change the rows of a table that is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protection {
    /// Its two neighbours: each role gets the rights that it holds on both.
    pub rights_of: [Qualified; 2],
    /// What holds for a row that may be seen and changed, where row-level security guards a
    /// neighbour.
    pub visible: Option<String>,
}

impl Protection {
    /// The statements that protect a table, in the transaction that makes it.
    fn apply(&self, table: &Qualified) -> String {
        let [first, second] = &self.rights_of;
        let literal = |table: &Qualified| format!("'{}'", table.sql().replace('\'', "''"));
        let (table_name, first, second) = (literal(table), literal(first), literal(second));
        let values = [(":table", &*table_name), (":first", &*first), (":second", &*second)];
        let mut sql = fill(without_head(include_str!("sql/narrow.sql")).trim_end(), &values);
        if let Some(visible) = &self.visible {
            let table = table.sql();
            sql.extend([
                format!(";\nalter table {table} enable row level security"),
                format!(";\ncreate policy both_ends_visible on {table} for all using ({visible})"),
            ]);
        }
        sql
    }
}

/// Which rows a constraint holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// All: it is refused where one breaks it.
    All,
    /// New ones: those that are there were never checked.
    New,
    /// New ones, and those that are there unless one of them breaks it.
    NewThenAll,
}

/// Whether an index keeps rows apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uniqueness {
    /// It does.
    Unique,
    /// It only finds them.
    Plain,
}

impl Addition {
    /// The schema in which it is.
    pub fn schema(&self) -> &str {
        match self {
            Self::Column { table, .. }
            | Self::Table { table, .. }
            | Self::Constraint { table, .. }
            | Self::Index { table, .. } => &table.schema,
        }
    }

    /// The statement that adds it.
    pub fn apply(&self) -> String {
        match self {
            Self::Column { table, name, sql } => {
                format!("alter table {} add column {} {sql}", table.sql(), quote_ident(name))
            }
            Self::Table { table, columns, protection } => format!(
                "create table {} (\n  {}\n);\n{}",
                table.sql(),
                columns.join(",\n  "),
                protection.apply(table)
            ),
            Self::Constraint { table, name, definition, rows } => {
                let unchecked = if *rows == Rows::All { "" } else { " not valid" };
                let (table, name) = (table.sql(), quote_ident(name));
                format!("alter table {table} add constraint {name} {definition}{unchecked}")
            }
            Self::Index { table, name, uniqueness, on } => {
                let unique = if *uniqueness == Uniqueness::Unique { "unique " } else { "" };
                format!("create {unique}index {} on {} {on}", quote_ident(name), table.sql())
            }
        }
    }

    /// The statement that takes it away.
    pub fn undo(&self) -> String {
        match self {
            Self::Column { table, name, .. } => {
                format!("alter table {} drop column {}", table.sql(), quote_ident(name))
            }
            Self::Table { table, .. } => format!("drop table {}", table.sql()),
            Self::Constraint { table, name, .. } => {
                format!("alter table {} drop constraint {}", table.sql(), quote_ident(name))
            }
            Self::Index { table, name, .. } => {
                let index = Qualified { schema: table.schema.clone(), name: name.clone() };
                format!("drop index {}", index.sql())
            }
        }
    }

    /// What checks the rows that are there, where that is tried afterwards.
    pub fn validate(&self) -> Option<String> {
        match self {
            Self::Constraint { table, name, rows: Rows::NewThenAll, .. } => Some(format!(
                "alter table {} validate constraint {}",
                table.sql(),
                quote_ident(name)
            )),
            _ => None,
        }
    }

    /// A query that says whether values would be lost with it; `None` for what holds none.
    pub fn holds_values(&self) -> Option<String> {
        match self {
            Self::Column { table, name, .. } => Some(format!(
                "select exists (select 1 from {} t where t.{} is not null)",
                table.sql(),
                quote_ident(name)
            )),
            Self::Table { table, .. } => {
                Some(format!("select exists (select 1 from {})", table.sql()))
            }
            Self::Constraint { .. } | Self::Index { .. } => None,
        }
    }
}

impl fmt::Display for Addition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column { table, name, .. } => write!(f, "column {}.{name}", table.name),
            Self::Table { table, .. } => write!(f, "table {}", table.name),
            Self::Constraint { name, .. } => write!(f, "constraint {name}"),
            Self::Index { name, uniqueness: Uniqueness::Unique, .. } => {
                write!(f, "unique index {name}")
            }
            Self::Index { name, .. } => write!(f, "index {name}"),
        }
    }
}

/// A statement of DDL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it adds.
    pub adds: Addition,
    /// A query that finds rows which would make the statement fail, or fail later; then it is left
    /// out and reported.
    pub unless: Option<String>,
}

impl From<Addition> for Statement {
    fn from(adds: Addition) -> Self {
        Self { adds, unless: None }
    }
}

/// Everything that is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ddl {
    /// Before the data, in a short transaction of its own: columns, and the table of contact points,
    /// empty and protected.
    pub expand: Vec<Statement>,
    /// At the end of the data transaction: constraints and indexes.
    pub constraints: Vec<Statement>,
}

impl Ddl {
    /// What is due on a database with this catalog.
    pub fn due(catalog: &Catalog, mode: Mode) -> Self {
        let due = Due { catalog, mode };
        Self { expand: due.expand(), constraints: due.constraints() }
    }

    /// One hash over all that is due, to bind an approval to it.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for statement in self.expand.iter().chain(&self.constraints) {
            hash.update(statement.adds.apply().as_bytes());
            hash.update(b";\n");
        }
        hex(&hash.finalize())
    }

    /// The statements as a script.
    pub fn script(&self) -> String {
        let mut script = String::from("-- before the data, in a transaction of its own\n");
        for statement in &self.expand {
            script.extend([statement.adds.apply().as_str(), ";\n"]);
        }
        script.push_str("-- at the end of the data transaction\n");
        for statement in &self.constraints {
            script.extend([statement.adds.apply().as_str(), ";\n"]);
            if let Some(validate) = statement.adds.validate() {
                script.extend([validate.as_str(), ";  -- left undone where rows break it\n"]);
            }
        }
        script
    }
}

/// Works out what is due.
struct Due<'a> {
    catalog: &'a Catalog,
    mode: Mode,
}

impl Due<'_> {
    fn expand(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        for table in Table::ALL {
            if self.catalog.table(table).is_some() {
                statements.extend(self.columns(table));
            }
        }
        statements.extend(self.owner_not_self());
        statements.extend(self.contact_points());
        statements
    }

    fn qualified(&self, table: Table) -> Qualified {
        let names = &self.catalog.names;
        Qualified { schema: names.schema().to_owned(), name: names.table(table).to_owned() }
    }

    fn table(&self, table: Table) -> String {
        self.catalog.names.sql_table(table)
    }

    fn column(&self, table: Table, field: Field) -> String {
        self.catalog.names.sql_column(table, field)
    }

    fn list(&self, table: Table, fields: &[Field]) -> String {
        let columns: Vec<String> = fields.iter().map(|field| self.column(table, *field)).collect();
        columns.join(", ")
    }

    /// The columns that are declared to be added where they are missing.
    fn columns(&self, table: Table) -> impl Iterator<Item = Statement> {
        let wanted = self.catalog.declared.all(table).iter().filter_map(move |column| {
            let expand = column.expand?;
            let is_due = expand.mode.is_none_or(|mode| mode == self.mode)
                && self.catalog.column(table, column.field).is_none();
            is_due.then_some((column.field, expand.sql))
        });
        wanted.map(move |(field, sql)| {
            let name = self.catalog.names.column(table, field).to_owned();
            Addition::Column { table: self.qualified(table), name, sql: sql.to_owned() }.into()
        })
    }

    /// No organization is its own customer. It needs the strongest lock for a moment, so it comes
    /// with the columns. Where a tenant owns itself already, it would refuse every later change of
    /// that tenant, and is left out.
    fn owner_not_self(&self) -> Option<Statement> {
        let table = Table::Organizations;
        let name = "organizations_owner_not_self";
        if self.is_named(table, name) {
            return None;
        }
        let (owner, id) = (self.column(table, Field::OWNER), self.column(table, Field::ID));
        let unless = self
            .catalog
            .column(table, Field::OWNER)
            .map(|_| format!("select 1 from {} where {owner} = {id} limit 1", self.table(table)));
        let adds = Addition::Constraint {
            table: self.qualified(table),
            name: name.to_owned(),
            definition: format!("check ({owner} <> {id})"),
            rows: Rows::New,
        };
        Some(Statement { adds, unless })
    }

    /// The table of contact points, open to nobody to whom projects and contacts are not; what keeps
    /// its rows apart and finds them comes after them.
    fn contact_points(&self) -> Option<Statement> {
        let table = Table::ProjectContactPoints;
        if self.catalog.table(table).is_some() {
            return None;
        }
        let columns = [
            (Field::ID, "uuid not null default gen_random_uuid()"),
            (Field::PROJECT, "uuid not null"),
            (Field::CONTACT, "uuid not null"),
            (Field::ROLE, "varchar(100)"),
            (Field::IS_PRIMARY, "boolean default false"),
            (Field::CREATED_AT, "timestamptz default now()"),
        ];
        let columns = columns.iter();
        let columns = columns.map(|(field, sql)| format!("{} {sql}", self.column(table, *field)));
        let adds = Addition::Table {
            table: self.qualified(table),
            columns: columns.collect(),
            protection: self.protection(table),
        };
        Some(adds.into())
    }

    /// A contact point shows no more than its project and its contact do.
    fn protection(&self, table: Table) -> Protection {
        let neighbours = [(Table::Projects, Field::PROJECT), (Table::Contacts, Field::CONTACT)];
        let is_guarded =
            |neighbour| self.catalog.table(neighbour).is_some_and(|relation| relation.row_security);
        let seen = |(neighbour, field): (Table, Field)| {
            format!(
                "exists (select 1 from {} as n where n.{} = {}.{})",
                self.table(neighbour),
                self.column(neighbour, Field::ID),
                self.table(table),
                self.column(table, field)
            )
        };
        let visible = neighbours
            .iter()
            .any(|(neighbour, _)| is_guarded(*neighbour))
            .then(|| neighbours.map(seen).join(" and "));
        let rights_of = neighbours.map(|(neighbour, _)| self.qualified(neighbour));
        Protection { rights_of, visible }
    }

    fn is_named(&self, table: Table, name: &str) -> bool {
        self.catalog.table(table).is_some_and(|relation| relation.has_name(name))
    }

    fn constraints(&self) -> Vec<Statement> {
        use Table::{Contacts, Organizations, Projects};
        let organization = (Organizations, &[Field::ID][..]);
        let owned = (Organizations, &[Field::OWNER, Field::ID][..]);
        let mut wanted = vec![
            // What the composite keys refer to. An index, not a constraint: it is made without
            // shutting out readers.
            Statement::from(Addition::Index {
                table: self.qualified(Organizations),
                name: "organizations_owner_id_key".to_owned(),
                uniqueness: Uniqueness::Unique,
                on: format!("({})", self.list(owned.0, owned.1)),
            }),
            self.foreign(
                (Organizations, "organizations_owner_organization_id_fkey"),
                &[Field::OWNER],
                organization,
            ),
            self.index(
                (Projects, "projects_customer_organization_id_idx"),
                Field::CUSTOMER_ORGANIZATION,
            ),
            self.foreign(
                (Projects, "projects_customer_organization_id_fkey"),
                &[Field::CUSTOMER_ORGANIZATION],
                organization,
            ),
            self.foreign(
                (Projects, "projects_own_customer_fkey"),
                &[Field::ORGANIZATION, Field::CUSTOMER_ORGANIZATION],
                owned,
            ),
        ];
        match self.mode {
            Mode::Rehome => wanted.extend([
                self.index((Contacts, "contacts_owner_organization_id_idx"), Field::OWNER),
                self.foreign(
                    (Contacts, "contacts_owner_organization_fkey"),
                    &[Field::OWNER, Field::ORGANIZATION],
                    owned,
                ),
            ]),
            Mode::Link => wanted.extend([
                self.index(
                    (Contacts, "contacts_customer_organization_id_idx"),
                    Field::CUSTOMER_ORGANIZATION,
                ),
                self.foreign(
                    (Contacts, "contacts_customer_organization_id_fkey"),
                    &[Field::CUSTOMER_ORGANIZATION],
                    organization,
                ),
                self.foreign(
                    (Contacts, "contacts_own_customer_fkey"),
                    &[Field::ORGANIZATION, Field::CUSTOMER_ORGANIZATION],
                    owned,
                ),
            ]),
        }
        wanted.extend(self.of_contact_points());
        wanted.retain(|statement| !self.is_there(&statement.adds));
        wanted
    }

    /// Whether a constraint or an index of that name is on that table.
    fn is_there(&self, adds: &Addition) -> bool {
        let (Addition::Constraint { table, name, .. } | Addition::Index { table, name, .. }) = adds
        else {
            return false;
        };
        self.catalog.names.table_named(&table.name).is_some_and(|table| self.is_named(table, name))
    }

    fn of_contact_points(&self) -> Vec<Statement> {
        let table = Table::ProjectContactPoints;
        let points = self.table(table);
        let column = |field| self.column(table, field);
        let (project, contact) = (column(Field::PROJECT), column(Field::CONTACT));
        let (role, is_primary) = (column(Field::ROLE), column(Field::IS_PRIMARY));
        let unique = |name: &str, on: String, doubles: String| Statement {
            adds: Addition::Index {
                table: self.qualified(table),
                name: name.to_owned(),
                uniqueness: Uniqueness::Unique,
                on,
            },
            unless: Some(doubles),
        };
        let mut wanted = Vec::new();
        // The table that we make has neither; one of the application's has whatever it has.
        let is_bare = |relation: &super::catalog::Relation| {
            relation.constraints.is_empty() && relation.indexes.is_empty()
        };
        if self.catalog.table(table).is_none_or(is_bare) {
            wanted.push(Statement::from(Addition::Constraint {
                table: self.qualified(table),
                name: "project_contact_points_pkey".to_owned(),
                definition: format!("primary key ({})", column(Field::ID)),
                rows: Rows::All,
            }));
        }
        let roles = format!("{project}, {contact}, coalesce({role}, '')");
        wanted.extend([
            unique(
                "project_contact_points_contact_role_key",
                format!("({roles})"),
                format!("select 1 from {points} group by {roles} having count(*) > 1 limit 1"),
            ),
            unique(
                "project_contact_points_primary_key",
                format!("({project}) where {is_primary}"),
                format!(
                    "select 1 from {points} where {is_primary} group by {project} having count(*) > 1 limit 1"
                ),
            ),
            self.index((table, "project_contact_points_contact_id_idx"), Field::CONTACT),
            self.cascade(
                (table, "project_contact_points_project_id_fkey"),
                Field::PROJECT,
                Table::Projects,
            ),
            self.cascade(
                (table, "project_contact_points_contact_id_fkey"),
                Field::CONTACT,
                Table::Contacts,
            ),
        ]);
        wanted
    }

    /// A foreign key, added for new rows; the rows that are there are checked in a savepoint, so
    /// that those of the source that break it are reported and not lost.
    fn key(&self, (table, name): (Table, &str), definition: String) -> Statement {
        let adds = Addition::Constraint {
            table: self.qualified(table),
            name: name.to_owned(),
            definition,
            rows: Rows::NewThenAll,
        };
        adds.into()
    }

    fn foreign(
        &self,
        named: (Table, &str),
        from: &[Field],
        (target, to): (Table, &[Field]),
    ) -> Statement {
        let (columns, target_columns) = (self.list(named.0, from), self.list(target, to));
        let target = self.table(target);
        self.key(named, format!("foreign key ({columns}) references {target} ({target_columns})"))
    }

    fn cascade(&self, named: (Table, &str), from: Field, target: Table) -> Statement {
        let column = self.column(named.0, from);
        let (id, target) = (self.column(target, Field::ID), self.table(target));
        self.key(
            named,
            format!("foreign key ({column}) references {target} ({id}) on delete cascade"),
        )
    }

    fn index(&self, (table, name): (Table, &str), field: Field) -> Statement {
        let adds = Addition::Index {
            table: self.qualified(table),
            name: name.to_owned(),
            uniqueness: Uniqueness::Plain,
            on: format!("({})", self.column(table, field)),
        };
        adds.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(addition: &Addition, label: &str, apply: &str, undo: &str) {
        assert_eq!(addition.to_string(), label);
        assert_eq!(addition.apply(), apply);
        assert_eq!(addition.undo(), undo);
        let stored = serde_json::to_string(addition).expect("plain data");
        let read: Addition = serde_json::from_str(&stored).expect("what was written");
        assert_eq!(read, *addition);
    }

    #[test]
    fn what_an_addition_does_and_what_undoes_it_survive_the_ledger() {
        let table = Qualified { schema: "App Data".to_owned(), name: "Order".to_owned() };
        let column = Addition::Column {
            table: table.clone(),
            name: "to.be \"x\"".to_owned(),
            sql: "uuid".to_owned(),
        };
        check(
            &column,
            "column Order.to.be \"x\"",
            "alter table \"App Data\".\"Order\" add column \"to.be \"\"x\"\"\" uuid",
            "alter table \"App Data\".\"Order\" drop column \"to.be \"\"x\"\"\"",
        );
        assert!(column.holds_values().is_some_and(|query| query.contains("is not null")));
        let index = Addition::Index {
            table: table.clone(),
            name: "i".to_owned(),
            uniqueness: Uniqueness::Unique,
            on: "(a) where b".to_owned(),
        };
        check(
            &index,
            "unique index i",
            "create unique index \"i\" on \"App Data\".\"Order\" (a) where b",
            "drop index \"App Data\".\"i\"",
        );
        assert_eq!(index.holds_values(), None);
        let key = Addition::Constraint {
            table,
            name: "k".to_owned(),
            definition: "check (a)".to_owned(),
            rows: Rows::NewThenAll,
        };
        check(
            &key,
            "constraint k",
            "alter table \"App Data\".\"Order\" add constraint \"k\" check (a) not valid",
            "alter table \"App Data\".\"Order\" drop constraint \"k\"",
        );
        assert!(key.validate().is_some());
        assert!(serde_json::from_str::<Addition>("{\"adds\":\"view\"}").is_err());
    }

    #[test]
    fn what_protects_a_table_takes_names_as_they_are() {
        let named = |name: &str| Qualified { schema: ":second".to_owned(), name: name.to_owned() };
        let protection =
            Protection { rights_of: [named("a 'quoted'"), named(":table")], visible: None };
        let sql = protection.apply(&named("points"));
        for literal in [
            "'\":second\".\"points\"'::regclass",
            "'\":second\".\"a ''quoted''\"'::regclass",
            "'\":second\".\":table\"'::regclass",
        ] {
            assert!(sql.contains(literal), "{literal} in {sql}");
        }
    }
}
