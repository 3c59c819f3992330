//! What a statement of DDL adds to the catalog, as data: the statement, what undoes it, its name
//! for people, and whether values would be lost with it, all follow from it. The ledger keeps it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::load::quote_ident;
use crate::load::verify::{fill, without_head};

/// A table or index of the database, with its schema, as the database spells them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// A policy of row-level security.
    Policy {
        /// The application's schema.
        application: String,
        /// Its table.
        table: Qualified,
        /// Its name.
        name: String,
        /// Whether it gives or takes.
        kind: Nature,
        /// `select`, `insert`, `update`, `delete` or `all`.
        command: String,
        /// Roles that it is for; `public` is everybody.
        roles: Vec<String>,
        /// What it says.
        expressions: Expressions,
    },
    /// A trigger for each row, with its function in the application's schema.
    Trigger {
        /// The function.
        function: Qualified,
        /// What it does.
        body: String,
        /// Its table.
        table: Qualified,
        /// Its name.
        name: String,
        /// When it is called.
        timing: String,
    },
    /// Other expressions of a policy that is there.
    Rewrite {
        /// The application's schema: the table may be in another.
        application: String,
        /// The table of the policy.
        table: Qualified,
        /// Name of the policy.
        name: String,
        /// What it said.
        before: Expressions,
        /// What it says.
        after: Expressions,
    },
}

/// The two expressions of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expressions {
    /// Which rows it is about.
    pub using: Option<String>,
    /// Which rows may be written; those of `using` where it is not said.
    pub with_check: Option<String>,
}

impl Expressions {
    fn sql(&self) -> String {
        let clause = |word: &str, text: &Option<String>| {
            text.as_ref().map(|text| format!(" {word} ({text})")).unwrap_or_default()
        };
        clause("using", &self.using) + &clause("with check", &self.with_check)
    }
}

/// Whether a policy gives or takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// It gives.
    Permissive,
    /// It takes of what others give.
    Restrictive,
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
        let mut sql = fill(without_head(include_str!("../sql/narrow.sql")).trim_end(), &values);
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
    /// The table that it is, or stands on.
    pub fn table(&self) -> &Qualified {
        match self {
            Self::Column { table, .. }
            | Self::Table { table, .. }
            | Self::Constraint { table, .. }
            | Self::Index { table, .. }
            | Self::Policy { table, .. }
            | Self::Trigger { table, .. }
            | Self::Rewrite { table, .. } => table,
        }
    }

    /// The application's schema.
    pub fn schema(&self) -> &str {
        match self {
            Self::Policy { application, .. } | Self::Rewrite { application, .. } => application,
            Self::Trigger { function, .. } => &function.schema,
            _ => &self.table().schema,
        }
    }

    /// Table, name and expressions of the policy that it leaves, if it is about one.
    pub fn policy(&self) -> Option<(&Qualified, &str, &Expressions)> {
        match self {
            Self::Policy { table, name, expressions, .. }
            | Self::Rewrite { table, name, after: expressions, .. } => {
                Some((table, name, expressions))
            }
            _ => None,
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
            Self::Policy { table, name, kind, command, roles, expressions, .. } => {
                let kind = if *kind == Nature::Restrictive { " as restrictive" } else { "" };
                let role = |role: &String| match role.as_str() {
                    "public" => role.clone(),
                    _ => quote_ident(role),
                };
                let roles: Vec<String> = roles.iter().map(role).collect();
                format!(
                    "create policy {} on {}{kind} for {command} to {}{}",
                    quote_ident(name),
                    table.sql(),
                    roles.join(", "),
                    expressions.sql()
                )
            }
            Self::Trigger { function, body, table, name, timing } => format!(
                "create function {function}() returns trigger language plpgsql set search_path = '' \
                 as $orgfold$\n{body}\n$orgfold$;\n\
                 create trigger {} {timing} on {} for each row execute function {function}()",
                quote_ident(name),
                table.sql(),
                function = function.sql(),
            ),
            Self::Rewrite { table, name, after, .. } => alter_policy(table, name, after),
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
            Self::Policy { table, name, .. } => {
                format!("drop policy {} on {}", quote_ident(name), table.sql())
            }
            Self::Trigger { function, table, name, .. } => format!(
                "drop trigger {} on {};\ndrop function {}()",
                quote_ident(name),
                table.sql(),
                function.sql()
            ),
            Self::Rewrite { table, name, before, .. } => alter_policy(table, name, before),
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
            Self::Constraint { .. }
            | Self::Index { .. }
            | Self::Policy { .. }
            | Self::Trigger { .. }
            | Self::Rewrite { .. } => None,
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
            Self::Policy { table, name, .. } => write!(f, "policy {name} of {}", table.name),
            Self::Trigger { table, name, .. } => write!(f, "trigger {name} of {}", table.name),
            Self::Rewrite { table, name, .. } => {
                write!(f, "rewritten policy {name} of {}", table.name)
            }
        }
    }
}

fn alter_policy(table: &Qualified, name: &str, expressions: &Expressions) -> String {
    format!("alter policy {} on {}{}", quote_ident(name), table.sql(), expressions.sql())
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
