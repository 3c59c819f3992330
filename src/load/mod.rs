//! Loading an approved plan into Postgres, verifying it before commit, undoing it.
//!
//! Everything that writes to a database is in here. One transaction holds the data; what it found
//! and did is a receipt.

pub mod catalog;
pub mod error;
pub mod history;
pub mod preflight;
pub mod verify;

pub use error::{Error, Refusal};

/// Quotes an identifier: the one door for names that come from a configuration or a catalog.
pub fn quote_ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A statement of an `.sql` file with `:schema` replaced by the schema of the application's tables.
pub fn in_schema(statement: &str, schema: &str) -> String {
    statement.replace(":schema", &quote_ident(schema))
}
