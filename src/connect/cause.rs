//! What a server said, as far as it may be shown.

use std::fmt;

/// What a server said, without what may hold values of rows: its details, the message of a value
/// that does not fit, and whatever a function or trigger made up.
#[derive(Debug)]
pub struct Cause {
    error: tokio_postgres::Error,
    /// Whether the causes of the driver's own errors may be shown: there are no rows yet.
    connecting: bool,
}

/// Where PL/pgSQL raises what a function says; the server writes the message in all other places.
const RAISED: &str = "exec_stmt_raise";

impl Cause {
    /// Wraps an error of the driver.
    pub fn new(error: tokio_postgres::Error) -> Self {
        Self { error, connecting: false }
    }

    /// Wraps an error of the driver before any row was read.
    pub(super) fn of_connecting(error: tokio_postgres::Error) -> Self {
        Self { error, connecting: true }
    }

    /// The five letters of the SQL standard.
    pub fn code(&self) -> Option<&str> {
        self.error.code().map(tokio_postgres::error::SqlState::code)
    }
}

impl std::error::Error for Cause {}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(said) = self.error.as_db_error() else {
            let mut last: &dyn std::error::Error = &self.error;
            while let Some(source) = last.source().filter(|_| self.connecting) {
                last = source;
            }
            return write!(f, "{last}");
        };
        let code = said.code().code();
        if said.routine() == Some(RAISED) {
            match said.where_().and_then(function) {
                Some(name) => write!(f, "function `{name}` refuses it (SQLSTATE {code})")?,
                None => write!(f, "a function refuses it (SQLSTATE {code})")?,
            }
        } else if code.starts_with("22") {
            write!(f, "a value does not fit its column (SQLSTATE {code})")?;
        } else {
            write!(f, "{} (SQLSTATE {code})", said.message())?;
        }
        for (what, name) in
            [("table", said.table()), ("column", said.column()), ("constraint", said.constraint())]
        {
            if let Some(name) = name {
                write!(f, ", {what} `{name}`")?;
            }
        }
        Ok(())
    }
}

/// The function of `PL/pgSQL function f(text) line 3 at RAISE`: a name and types, no values.
fn function(context: &str) -> Option<&str> {
    let line = context.lines().next()?.strip_prefix("PL/pgSQL function ")?;
    Some(line.split_once(" line ")?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_in_its_context() {
        let context = "PL/pgSQL function guard() line 3 at RAISE\nSQL statement \"insert\"";
        assert_eq!(function(context), Some("guard()"));
        assert_eq!(function("COPY t, line 1, column c: \"value\""), None);
    }
}
