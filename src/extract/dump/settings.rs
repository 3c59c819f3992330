//! The settings of a dump under which its text would mean something else.

use std::io::Read;

use super::cursor::Cursor;
use super::lexer::Token;
use crate::extract::Reading;
use crate::extract::error::Problem;

/// Characters of a setting that an error repeats.
const SHOWN: usize = 60;

/// What the dump has set so far.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// `None` if it was never set.
    search_path: Option<Vec<String>>,
    /// Whether the text is decoded as a person said: then what the dump says of its encoding is not
    /// asked.
    is_decoded: bool,
}

/// How much a RESET resets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reset {
    /// Everything.
    All,
    /// One setting.
    One,
}

impl Settings {
    /// Those of the beginning of a dump that is read so.
    pub(super) fn of(reading: &Reading) -> Self {
        Self { search_path: None, is_decoded: reading.encoding.is_some() }
    }

    /// The schema from which a table is taken that is named without one; `None` if the dump leaves
    /// that open. An empty search path finds nothing, which is the schema without a name.
    pub(super) fn first_schema(&self) -> Option<String> {
        let path = self.search_path.as_ref()?;
        // Both are searched before the first that the dump can mean.
        let mut schemas = path.iter().filter(|name| *name != "$user" && *name != "pg_catalog");
        Some(schemas.next().cloned().unwrap_or_default())
    }

    /// Reads a SET statement behind its first word.
    pub(super) fn set<R: Read>(&mut self, cursor: &mut Cursor<R>) -> Result<(), Problem> {
        let _scope = cursor.eat_word("session")? || cursor.eat_word("local")?;
        let name = cursor.identifier()?.unwrap_or_default();
        let name = if name == "names" { "client_encoding".to_owned() } else { name };
        if !is_known(&name) {
            return cursor.skip_statement();
        }
        let _sign = cursor.eat(b'=')? || cursor.eat_word("to")?;
        let mut values = Vec::new();
        loop {
            match cursor.token()? {
                Token::Symbol(b';') => break,
                Token::Symbol(b',') => {}
                Token::Symbol(byte) => values.push(char::from(byte).to_string()),
                Token::Word(value) | Token::Text(value) => values.push(value),
            }
        }
        self.apply(&name, values)
    }

    /// Reads a SELECT statement behind its first word: it may be a call of `set_config`.
    pub(super) fn select<R: Read>(&mut self, cursor: &mut Cursor<R>) -> Result<(), Problem> {
        let function = cursor.name()?;
        let sets = function.is_some_and(|name| name.table == "set_config");
        if !sets || !cursor.eat(b'(')? {
            return cursor.skip_statement();
        }
        let (name, comma, value) = (cursor.token()?, cursor.token()?, cursor.token()?);
        // The parenthesis is open, so that a semicolon would count as inside it.
        cursor.skip_until(b");")?;
        cursor.bump();
        cursor.skip_statement()?;
        let (Token::Text(name), Token::Symbol(b','), Token::Text(value)) = (name, comma, value)
        else {
            return Ok(());
        };
        let name = name.to_ascii_lowercase();
        let list = value.split(',').map(|part| part.trim().trim_matches('"').to_owned());
        if is_known(&name) { self.apply(&name, list.collect()) } else { Ok(()) }
    }

    /// Reads a RESET statement behind its first word.
    pub(super) fn reset<R: Read>(&mut self, cursor: &mut Cursor<R>) -> Result<Reset, Problem> {
        let name = cursor.identifier()?.unwrap_or_default();
        cursor.skip_statement()?;
        if name == "search_path" || name == "all" {
            self.search_path = None;
        }
        Ok(if name == "all" { Reset::All } else { Reset::One })
    }

    /// Takes a command of `psql`.
    pub(super) fn command(&mut self, line: &str) -> Result<(), Problem> {
        match line.split_once(char::is_whitespace) {
            Some((r"\encoding", value)) => {
                self.apply("client_encoding", vec![value.trim().trim_matches('\'').to_owned()])
            }
            _ => Ok(()),
        }
    }

    fn apply(&mut self, name: &str, values: Vec<String>) -> Result<(), Problem> {
        let value = values.join(", ");
        let plain: String = value
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        let reset = plain == "default" && values.len() == 1;
        let fine = match name {
            "search_path" => {
                self.search_path = if reset { None } else { Some(values) };
                true
            }
            // Of SQL_ASCII the server does not know what its bytes are; each value must be UTF-8.
            "client_encoding" => {
                let is_read = matches!(plain.as_str(), "utf8" | "unicode" | "sqlascii");
                reset || is_read || self.is_decoded
            }
            _ => reset || matches!(plain.as_str(), "on" | "true" | "yes" | "1"),
        };
        if fine {
            return Ok(());
        }
        let shown: String = value.chars().take(SHOWN).collect();
        Err(Problem::Setting(format!("{name} = {shown}")))
    }
}

fn is_known(name: &str) -> bool {
    matches!(name, "search_path" | "client_encoding" | "standard_conforming_strings")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(statements: &[&str]) -> Result<Settings, Problem> {
        let mut settings = Settings::default();
        for statement in statements {
            let mut cursor = Cursor::new(statement.as_bytes());
            match cursor.token()? {
                Token::Word(word) if word == "set" => settings.set(&mut cursor)?,
                Token::Word(word) if word == "select" => settings.select(&mut cursor)?,
                _ => drop(settings.reset(&mut cursor)?),
            }
            assert_eq!(cursor.peek()?, None, "{statement} was not read whole");
        }
        Ok(settings)
    }

    #[test]
    fn a_bare_name_is_in_the_first_schema_of_the_search_path() {
        for (statements, expected) in [
            (vec![], true),
            (vec!["SET search_path = public, pg_catalog;"], true),
            (vec!["SET search_path TO \"$user\", 'public';"], true),
            (vec!["set session search_path=other, public;"], false),
            (vec!["SET search_path = other;", "RESET search_path;"], true),
            (vec!["SET search_path = other;", "SET search_path TO DEFAULT;"], true),
            (vec!["SET search_path = '';"], false),
            (vec!["SELECT pg_catalog.set_config('search_path', '', false);"], false),
            (vec!["SELECT set_config('search_path', 'public, other', false);"], true),
            (vec!["SELECT set_config('other', 'x', false);"], true),
            (vec!["SELECT pg_catalog.setval('a.b', 1);", "SET x.y = ';';"], true),
        ] {
            let first = settings(&statements).unwrap().first_schema();
            assert_eq!(first.is_none_or(|first| first == "public"), expected, "{statements:?}");
        }
    }

    #[test]
    fn only_utf8_and_standard_strings_are_read() {
        for statement in [
            "SET client_encoding = 'UTF8';",
            "SET client_encoding TO utf8;",
            "SET client_encoding = 'utf-8';",
            "SET NAMES 'UNICODE';",
            "SET client_encoding = 'SQL_ASCII';",
            "SET standard_conforming_strings = on;",
            "SET standard_conforming_strings TO 'true';",
            "SELECT set_config('client_encoding', 'UTF8', false);",
        ] {
            assert!(settings(&[statement]).is_ok(), "{statement}");
        }
        for statement in [
            "SET client_encoding = 'LATIN1';",
            "SET NAMES 'EUC_JP';",
            "SET standard_conforming_strings = off;",
            "SET LOCAL standard_conforming_strings TO '0';",
            "SELECT set_config('standard_conforming_strings', 'off', false);",
        ] {
            let problem = settings(&[statement]).unwrap_err();
            assert!(matches!(problem, Problem::Setting(_)), "{statement}: {problem}");
        }
        assert!(Settings::default().command(r"\encoding LATIN1").is_err());
        assert!(Settings::default().command(r"\encoding UTF8").is_ok());
        assert!(Settings::default().command(r"\restrict abc").is_ok());
    }
}
