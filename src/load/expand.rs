//! The DDL: what is added before the data (expand), with the data (tables), and at the end of the
//! data transaction (constraints and indexes).
//!
//! Computed from the catalog, so that running it twice finds nothing to do. What a statement adds is
//! data: the statement, the one that undoes it, its name for people and the question whether values
//! would be lost all follow from it, and the ledger keeps it. Names are below 64 bytes.

pub mod add;
mod addition;
pub(in crate::load) mod due;
pub mod undo;

use serde::Deserialize;
use sha2::{Digest, Sha256};

pub use self::addition::{Addition, Expressions, Nature, Protection, Qualified, Rows, Uniqueness};
use self::due::Due;
use super::catalog::Catalog;
use crate::ids::hex;
use crate::schema::Mode;

/// The unique index that the composite keys refer to.
pub const OWNER_ID_KEY: &str = "organizations_owner_id_key";

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

/// What happens where a tenant's own change of a moved contact would be refused, since a trigger
/// files it under the customer organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audit {
    /// The load is refused.
    #[default]
    Refuse,
    /// A trigger on the table into which it is filed files it under the contact's owner.
    FileUnderOwner,
}

/// What decides which DDL is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Where contacts' customer organizations are written.
    pub mode: Mode,
    /// What happens to audit rows.
    pub audit: Audit,
}

impl From<Mode> for Shape {
    fn from(mode: Mode) -> Self {
        Self { mode, audit: Audit::default() }
    }
}

/// Everything that is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ddl {
    /// Before the data, in a short transaction of its own: columns of tables in use.
    pub expand: Vec<Statement>,
    /// In the data transaction, before the rows: tables, with who may see them.
    pub tables: Vec<Statement>,
    /// At the end of the data transaction: constraints and indexes.
    pub constraints: Vec<Statement>,
}

impl Ddl {
    /// What is due on a database with this catalog.
    pub fn due(catalog: &Catalog, shape: impl Into<Shape>) -> Self {
        let Shape { mode, audit } = shape.into();
        let due = Due { catalog, mode, audit };
        Self { expand: due.expand(), tables: due.tables(), constraints: due.constraints() }
    }

    /// Every statement, in the order in which they run.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.expand.iter().chain(&self.tables).chain(&self.constraints)
    }

    /// One hash over all that is due, to bind an approval to it.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for statement in self.statements() {
            hash.update(statement.adds.apply().as_bytes());
            hash.update(b";\n");
        }
        hex(&hash.finalize())
    }

    /// The statements as a script.
    pub fn script(&self) -> String {
        let mut script = String::new();
        for (head, statements) in [
            ("before the data, in a transaction of its own", &self.expand),
            ("in the data transaction, before the rows", &self.tables),
            ("at the end of the data transaction", &self.constraints),
        ] {
            script.extend(["-- ", head, "\n"]);
            for statement in statements {
                script.extend([statement.adds.apply().as_str(), ";\n"]);
                if let Some(validate) = statement.adds.validate() {
                    script.extend([validate.as_str(), ";  -- left undone where rows break it\n"]);
                }
            }
        }
        script
    }
}
