//! Which database a dump of several is at, as `pg_dumpall` writes it.

use crate::extract::Reading;
use crate::extract::error::Problem;

/// The databases that a dump connects to.
#[derive(Debug, Default)]
pub(super) struct Databases {
    /// In the order of the dump, each once; the last one is current.
    connected: Vec<String>,
    /// Whether a table of ours was seen in the current one.
    is_claimed: bool,
    /// The first one that has a table of ours, once the dump is at another.
    first: Option<String>,
}

impl Databases {
    /// Takes `\connect` with its arguments: a name, or a connection string of which only the name
    /// counts.
    pub(super) fn connect(&mut self, arguments: &str) {
        let Some(name) = name_in(arguments) else { return };
        if self.connected.last() == Some(&name) {
            return;
        }
        if std::mem::take(&mut self.is_claimed) {
            let left = self.connected.last().cloned().unwrap_or_else(|| "the first".to_owned());
            self.first.get_or_insert(left);
        }
        self.connected.retain(|known| *known != name);
        self.connected.push(name);
    }

    /// Whether the current database is one whose tables are read.
    pub(super) fn is_read(&self, reading: &Reading) -> bool {
        reading.database.is_none() || self.connected.last() == reading.database.as_ref()
    }

    /// A table of ours stands in the current database.
    ///
    /// # Errors
    /// Another database has one, too.
    pub(super) fn claim(&mut self) -> Result<(), Problem> {
        self.is_claimed = true;
        match (&self.first, self.connected.last()) {
            (Some(first), Some(current)) if first != current => {
                Err(Problem::SeveralDatabases([first.clone(), current.clone()]))
            }
            _ => Ok(()),
        }
    }

    /// Whether nothing of ours was seen in an earlier database.
    pub(super) fn is_fresh(&self) -> bool {
        self.first.is_none()
    }

    /// Why the wanted database was not read, if the dump never came to it.
    pub(super) fn missing(&self, reading: &Reading) -> Option<Problem> {
        let wanted = reading.database.as_ref()?;
        let found = || Problem::NoDatabase(wanted.clone(), self.connected.clone());
        (!self.connected.contains(wanted)).then(found)
    }
}

/// The name of the database among the arguments of `\connect`.
pub(super) fn name_in(arguments: &str) -> Option<String> {
    let given = arguments.split_whitespace().find(|word| !word.starts_with('-'))?;
    let bare = given.trim_matches('"');
    Some(bare.strip_prefix("dbname=").unwrap_or(bare).trim_matches('\'').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_had_from_every_form_of_connect() {
        for arguments in
            ["shop", "\"shop\"", "-reuse-previous=on \"dbname='shop'\"", "shop me host 5432"]
        {
            let mut databases = Databases::default();
            databases.connect(arguments);
            assert_eq!(databases.connected, ["shop"], "{arguments}");
        }
    }

    #[test]
    fn tables_of_ours_are_of_one_database() {
        let mut databases = Databases::default();
        databases.connect("a");
        databases.connect("b");
        databases.claim().expect("the first");
        databases.connect("b");
        databases.claim().expect("the same");
        databases.connect("c");
        assert!(databases.claim().is_err());
        databases.connect("b");
        databases.claim().expect("the first again");
    }
}
