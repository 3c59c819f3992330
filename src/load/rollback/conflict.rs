//! What happened to a row of a run since.

use std::fmt;

use serde::Serialize;

/// A row that people changed since, or that refers to what a run inserted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Conflict {
    /// Table, with its schema where that is not the application's.
    pub table: String,
    /// Key.
    pub id: String,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened to a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// It is gone.
    Deleted,
    /// A column holds another value than the run left.
    Edited {
        /// The column.
        column: String,
        /// What the run left in it; a value, so for files only.
        #[serde(skip)]
        left: Option<String>,
        /// What it holds now; for files only.
        #[serde(skip)]
        now: Option<String>,
    },
    /// It refers to a row that would be deleted, or changed in what is referred to.
    Refers {
        /// The foreign key.
        key: String,
        /// Its columns.
        columns: String,
        /// The table referred to.
        to: String,
        /// The row referred to.
        row: String,
    },
    /// What it held before refers to a row that is gone.
    Dangles {
        /// The foreign key.
        key: String,
        /// Its columns.
        columns: String,
        /// The table referred to.
        to: String,
    },
}

impl Conflict {
    /// Whether a rollback of a part leaves the row that it is about, instead of refusing.
    pub(super) const fn is_kept_in_part(&self) -> bool {
        matches!(self.what, What::Refers { .. })
    }

    /// As a row of a file: table, key, what, column, what the run left, what is there now.
    pub fn cells(&self) -> [Option<&str>; 6] {
        let (what, column, left, now) = match &self.what {
            What::Deleted => ("deleted", None, None, None),
            What::Edited { column, left, now } => {
                ("edited", Some(column), left.as_deref(), now.as_deref())
            }
            What::Refers { columns, row, .. } => {
                ("refers", Some(columns), None, Some(row.as_str()))
            }
            What::Dangles { columns, .. } => ("dangles", Some(columns), None, None),
        };
        [Some(&self.table), Some(&self.id), Some(what), column.map(String::as_str), left, now]
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.table, self.id)?;
        match &self.what {
            What::Deleted => write!(f, "was deleted"),
            What::Edited { column, .. } => write!(f, "was edited ({column})"),
            What::Refers { key, columns, to, row } => {
                write!(f, "refers to {to} {row} of the run by {columns} (key {key})")
            }
            What::Dangles { key, columns, to } => {
                write!(f, "its {columns} before referred to a row of {to} that is gone (key {key})")
            }
        }
    }
}
