//! Statements and commands whose effect on rows is not understood: passed over if they name none of
//! our tables, else refused.

use std::io::Read;
use std::path::Path;

use memchr::memmem;

use super::cursor::Cursor;
use super::lexer::continues_word;
use super::relations::Relations;
use super::settings::Settings;
use super::{Dump, Failure, Statement};
use crate::extract::error::Problem;
use crate::schema::Table;

/// First words of statements that change no row, whatever they name.
const HARMLESS: [&str; 26] = [
    "analyze",
    "begin",
    "checkpoint",
    "close",
    "cluster",
    "comment",
    "commit",
    "deallocate",
    "discard",
    "end",
    "grant",
    "import",
    "listen",
    "lock",
    "notify",
    "reassign",
    "refresh",
    "reindex",
    "release",
    "revoke",
    "savepoint",
    "security",
    "show",
    "start",
    "unlisten",
    "vacuum",
];

/// Words without one of which neither a query nor a block changes rows.
const WRITING: [&str; 10] = [
    "insert", "update", "delete", "truncate", "merge", "copy", "execute", "perform", "call", "into",
];

/// Functions that may name our tables and change no row.
const READING: [&str; 4] = ["setval", "set_config", "count", "pg_get_serial_sequence"];

impl Dump<'_> {
    /// Passes over a SELECT, unless it may write into one of our tables.
    pub(super) fn select<R: Read>(
        &mut self,
        cursor: &mut Cursor<R>,
        statement: &mut Statement,
    ) -> Result<(), Failure> {
        cursor.mark();
        self.settings.select(cursor)?;
        let text = cursor.marked().to_ascii_lowercase();
        let is_reading = READING.iter().any(|function| has_word(&text, function));
        if !is_reading || has_word(&text, "into") {
            self.refuse_named(&text, statement, "SELECT")?;
        }
        Ok(())
    }

    /// Passes over a statement of which only the first word is known.
    pub(super) fn other<R: Read>(
        &mut self,
        cursor: &mut Cursor<R>,
        statement: &mut Statement,
        word: &str,
    ) -> Result<(), Failure> {
        if matches!(word, "rollback" | "abort") && Table::ALL.iter().any(|t| self.has_rows(*t)) {
            return Err(Problem::LateChange(word.to_uppercase()).into());
        }
        if HARMLESS.contains(&word) {
            return Ok(cursor.skip_statement()?);
        }
        cursor.mark();
        cursor.skip_statement()?;
        let text = cursor.marked().to_ascii_lowercase();
        let may_write = !matches!(word, "do" | "with" | "explain")
            || WRITING.iter().any(|writing| has_word(&text, writing));
        if may_write {
            self.refuse_named(&text, statement, &word.to_uppercase())?;
        }
        Ok(())
    }

    /// Takes a command of `psql`.
    pub(super) fn command(
        &mut self,
        command: &str,
        statement: &mut Statement,
    ) -> Result<(), Failure> {
        let mut words = command.split_whitespace();
        let name = words.next().unwrap_or_default();
        if matches!(name, r"\connect" | r"\c") {
            self.databases.connect(&command[name.len()..]);
            self.settings = Settings::of(&self.source.reading);
            if self.databases.is_fresh() && self.rows() == 0 {
                self.relations = Relations::default();
            }
            return Ok(());
        }
        if !self.databases.is_read(&self.source.reading) {
            return Ok(());
        }
        match name {
            r"\copy" => {
                let text = command.to_ascii_lowercase();
                if has_word(text.as_bytes(), "from") {
                    self.refuse_named_as(text.as_bytes(), statement, || {
                        Problem::OtherFile(name.to_owned())
                    })?;
                }
            }
            r"\i" | r"\ir" | r"\include" | r"\include_relative" => {
                let file = words.collect::<Vec<_>>().join(" ");
                let file = Path::new(file.trim_matches('\'')).file_name();
                let is_named = self.source.paths.iter().any(|path| path.file_name() == file);
                if !is_named {
                    return Err(Problem::Included(name.to_owned()).into());
                }
            }
            r"\gexec" | r"\if" => return Err(Problem::NotUnderstood(name.to_owned()).into()),
            _ => self.settings.command(command)?,
        }
        Ok(())
    }

    fn refuse_named(
        &self,
        text: &[u8],
        statement: &mut Statement,
        what: &str,
    ) -> Result<(), Failure> {
        self.refuse_named_as(text, statement, || Problem::NotUnderstood(what.to_owned()))
    }

    /// Refuses a text, in lower case, that names one of our tables or a part of it.
    fn refuse_named_as(
        &self,
        text: &[u8],
        statement: &mut Statement,
        problem: impl FnOnce() -> Problem,
    ) -> Result<(), Failure> {
        let ours = Table::ALL.map(|table| self.source.names.table(table).to_owned());
        let parts = self.relations.names().filter(|name| self.wanted(name).is_some());
        let named = ours.into_iter().chain(parts.map(|name| name.table.clone()));
        for table in named {
            if has_word(text, &table.to_lowercase()) {
                statement.table = Some(table);
                return Err(problem().into());
            }
        }
        Ok(())
    }
}

/// Whether a word stands in a text by itself.
fn has_word(text: &[u8], word: &str) -> bool {
    memmem::find_iter(text, word).any(|at| {
        let before = at.checked_sub(1).map(|before| text[before]);
        let behind = text.get(at + word.len()).copied();
        ![before, behind].into_iter().flatten().any(continues_word)
    })
}
