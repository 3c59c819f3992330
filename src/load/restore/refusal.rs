//! What a refusal of the server means, told without any value.
//!
//! A message of Postgres may quote a cell (`invalid input syntax for type uuid: "…"`), and its
//! detail a key. So of data errors only the condition and the names of table, column and
//! constraint are repeated; of errors about definitions the message itself.

use std::fmt::Write as _;

use tokio_postgres::error::DbError;

pub(super) struct Refusal {
    pub(super) code: String,
    pub(super) why: String,
}

/// Codes of conditions that are common in a restore, in words.
const CONDITIONS: [(&str, &str); 10] = [
    ("22001", "a value is too long for its column"),
    ("22003", "a number is out of range"),
    ("22007", "a value is no valid date or time"),
    ("22P02", "a value is not of its column's type"),
    ("22P04", "a row does not fit the columns"),
    ("23502", "a value is NULL where there must be one"),
    ("23503", "a row refers to one that is not there"),
    ("23505", "a key is there twice"),
    ("23514", "a row breaks a check"),
    ("42601", "it is not understood"),
];

pub(super) fn explain(error: &tokio_postgres::Error, what: &str) -> Refusal {
    let Some(error) = error.as_db_error() else {
        return Refusal { code: "none".to_owned(), why: "the connection was lost".to_owned() };
    };
    let code = error.code().code().to_owned();
    let brings_rows = what.starts_with("INSERT") || what.starts_with("rows");
    // Class 42 is about names and types; a syntax error quotes what stands there.
    let tells = code.starts_with("42") && code != "42601" || code.starts_with("3F");
    let mut why = if tells && !brings_rows || code == "42703" || code == "42P01" {
        error.message().to_owned()
    } else {
        let known = CONDITIONS.iter().find(|(known, _)| *known == code);
        known.map_or_else(|| "an error".to_owned(), |(_, words)| (*words).to_owned())
    };
    for (kind, name) in [
        ("table", error.table()),
        ("column", error.column().or_else(|| quoted_column(error))),
        ("constraint", error.constraint()),
    ] {
        if let Some(name) = name {
            // Writing to a string cannot fail.
            let _ = write!(why, ", {kind} `{name}`");
        }
    }
    Refusal { code, why }
}

/// The line of a COPY, from 1, that a refusal is about: `COPY contacts, line 3, column id: "…"`.
pub(super) fn copy_line(error: &tokio_postgres::Error) -> Option<u64> {
    let context = error.as_db_error()?.where_()?;
    let (_, rest) =
        context.lines().find(|line| line.starts_with("COPY "))?.split_once(", line ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The column that the context of a COPY names.
fn quoted_column(error: &DbError) -> Option<&str> {
    let (_, rest) = error.where_()?.split_once(", column ")?;
    let (name, _) = rest.split_once(':')?;
    Some(name)
}

/// What stands between the quotes in a message such as `role "x" does not exist`.
pub(super) fn missing<'e>(error: &'e tokio_postgres::Error, kind: &str) -> Option<&'e str> {
    let message = error.as_db_error()?.message();
    let name =
        message.strip_prefix(kind)?.strip_prefix(" \"")?.strip_suffix("\" does not exist")?;
    (!name.is_empty()).then_some(name)
}
