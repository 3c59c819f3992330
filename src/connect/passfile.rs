//! Password files, as libpq reads them: `host:port:database:user:password`, the first line that
//! fits.

use std::fmt;

/// A password: shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(String);

impl Secret {
    /// Takes a password in.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The password itself, for the driver alone.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// The lines of a password file.
#[derive(Clone, Debug, Default)]
pub(super) struct Passwords(Vec<([Field; 4], Secret)>);

/// What a line asks of host, port, database or user.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Field {
    Any,
    Only(String),
}

impl Passwords {
    /// Reads a file; a line of another form fits nothing, as in libpq.
    pub(super) fn read(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Self(lines.filter_map(entry).collect())
    }

    /// The password for a connection.
    pub(super) fn find(&self, wanted: [&str; 4]) -> Option<&Secret> {
        let fits = |fields: &[Field; 4]| {
            fields.iter().zip(wanted).all(|(field, wanted)| match field {
                Field::Any => true,
                Field::Only(text) => text == wanted,
            })
        };
        self.0.iter().find(|(fields, _)| fits(fields)).map(|(_, secret)| secret)
    }
}

fn entry(line: &str) -> Option<([Field; 4], Secret)> {
    let mut rest = line;
    let mut next = || {
        let (text, after) = field(rest)?;
        let raw = &rest[..rest.len() - after.len()];
        rest = after;
        Some(if raw == "*:" { Field::Any } else { Field::Only(text) })
    };
    let fields = [next()?, next()?, next()?, next()?];
    let mut password = String::new();
    let mut letters = rest.chars();
    while let Some(letter) = letters.next() {
        password.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    (!password.is_empty()).then(|| (fields, Secret::new(password)))
}

/// What stands before the next bare colon, and what behind it.
fn field(text: &str) -> Option<(String, &str)> {
    let mut found = String::new();
    let mut letters = text.chars();
    loop {
        match letters.next()? {
            ':' => return Some((found, letters.as_str())),
            '\\' => found.push(letters.next()?),
            letter => found.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# hosts\n\
        db:5432:crm:app:one\r\n\
        db:*:*:app:t\\:w\\\\o:2\n\
        no password:1:2:3:\n\
        short:1\n\
        a\\:b:5432:\\*:app:three\n\
        *:*:*:*:last\n";

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        let passwords = Passwords::read(FILE);
        let check = |wanted: [&str; 4], expected: &str| {
            assert_eq!(passwords.find(wanted).unwrap().reveal(), expected, "{wanted:?}");
        };
        check(["db", "5432", "crm", "app"], "one");
        check(["db", "5433", "crm", "app"], "t:w\\o:2");
        check(["a:b", "5432", "*", "app"], "three");
        check(["a:b", "5432", "x", "app"], "last");
        assert_eq!(Passwords::read("db:1:x:u:p").find(["db", "1", "x", "v"]), None);
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(
            format!("{:?}", Passwords::read("*:*:*:*:hush")),
            "Passwords([([Any, Any, Any, Any], …)])"
        );
    }
}
