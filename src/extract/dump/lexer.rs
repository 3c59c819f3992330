//! The lexical rules of SQL as `psql` reads it: blanks, comments, names, the kinds of strings.
//!
//! Everything here either consumes or skips; text is copied only where the caller asks to keep it.

use std::io::Read;

use memchr::{memchr, memchr2, memmem};

use super::cursor::Cursor;
use super::escape;
use crate::extract::error::Problem;

/// Bytes of a name, comment or setting that are kept; Postgres itself keeps 63 of a name.
const KEPT: usize = 512;

/// Longest tag of a dollar quote that is recognized, in bytes.
const TAG: usize = 128;

/// The kinds of string literals that differ in their escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `'…'`, also `B'…'` and `X'…'`.
    Plain,
    /// `E'…'`
    Escape,
    /// `U&'…'`
    Unicode,
}

/// What the parts of a statement are when only its outline matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// An unquoted word, lower case.
    Word(String),
    /// A quoted name, or a string.
    Text(String),
    /// Any other byte.
    Symbol(u8),
}

/// A table's name: its schema, if it is named, and its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) schema: Option<String>,
    pub(super) table: String,
}

/// The bytes at which the skipping of a statement has to look.
const MARKS: [bool; 256] = {
    let mut marks = [false; 256];
    let bytes = b"'\"$-/()[],;";
    let mut index = 0;
    while index < bytes.len() {
        marks[bytes[index] as usize] = true;
        index += 1;
    }
    marks
};

pub(super) fn begins_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

pub(super) fn continues_word(byte: u8) -> bool {
    begins_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn keep(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = KEPT.saturating_sub(kept.len());
    kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

impl<R: Read> Cursor<R> {
    /// Skips white space.
    pub(super) fn space(&mut self) -> Result<(), Problem> {
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_whitespace() && byte != 0x0b {
                break;
            }
            self.bump();
        }
        Ok(())
    }

    /// Skips white space and comments.
    pub(super) fn blank(&mut self) -> Result<(), Problem> {
        loop {
            self.space()?;
            let next = self.ahead(2)?;
            if next.starts_with(b"--") {
                self.skip_line()?;
            } else if next.starts_with(b"/*") {
                self.comment()?;
            } else {
                return Ok(());
            }
        }
    }

    /// Takes the rest of the line; only its beginning is kept.
    pub(super) fn rest_of_line(&mut self) -> Result<String, Problem> {
        let mut kept = Vec::new();
        loop {
            let rest = self.ahead(1)?;
            let found = memchr(b'\n', rest);
            let count = found.unwrap_or(rest.len());
            keep(&mut kept, &rest[..count]);
            self.advance(count);
            if found.is_some() || count == 0 {
                return Ok(String::from_utf8_lossy(&kept).trim_end().to_owned());
            }
        }
    }

    /// Skips a comment between slashes and stars, with those inside it.
    pub(super) fn comment(&mut self) -> Result<(), Problem> {
        self.advance(2);
        let mut depth = 1;
        while depth > 0 {
            if !self.seek2(b'*', b'/')? {
                return Err(Problem::Truncated("a comment"));
            }
            let next = self.ahead(2)?;
            if next.starts_with(b"*/") {
                depth -= 1;
                self.advance(2);
            } else if next.starts_with(b"/*") {
                depth += 1;
                self.advance(2);
            } else {
                self.bump();
            }
        }
        Ok(())
    }

    /// Moves to the next of two bytes; false at the end of the text.
    fn seek2(&mut self, one: u8, other: u8) -> Result<bool, Problem> {
        loop {
            let rest = self.ahead(1)?;
            let found = memchr2(one, other, rest);
            let count = found.unwrap_or(rest.len());
            self.advance(count);
            if found.is_some() {
                return Ok(true);
            }
            if count == 0 {
                return Ok(false);
            }
        }
    }

    /// Consumes a byte if it comes next.
    pub(super) fn eat(&mut self, byte: u8) -> Result<bool, Problem> {
        self.blank()?;
        let found = self.peek()? == Some(byte);
        if found {
            self.bump();
        }
        Ok(found)
    }

    /// Consumes a keyword, given in lower case, if it comes next.
    pub(super) fn eat_word(&mut self, word: &str) -> Result<bool, Problem> {
        self.blank()?;
        let next = self.ahead(word.len() + 1)?;
        let found = next.len() >= word.len()
            && next[..word.len()].eq_ignore_ascii_case(word.as_bytes())
            && !next.get(word.len()).is_some_and(|byte| continues_word(*byte));
        if found {
            self.advance(word.len());
        }
        Ok(found)
    }

    /// Takes an unquoted word, folded to lower case.
    fn word(&mut self) -> Result<String, Problem> {
        let mut kept = Vec::new();
        while let Some(byte) = self.peek()? {
            if !continues_word(byte) {
                break;
            }
            keep(&mut kept, &[byte.to_ascii_lowercase()]);
            self.bump();
        }
        Ok(String::from_utf8_lossy(&kept).into_owned())
    }

    /// Takes a name, quoted or not; `None` if no name comes next.
    pub(super) fn identifier(&mut self) -> Result<Option<String>, Problem> {
        self.blank()?;
        Ok(match self.peek()? {
            Some(b'"') => {
                let mut kept = Vec::new();
                self.quoted(b'"', |bytes| keep(&mut kept, bytes))?;
                Some(String::from_utf8_lossy(&kept).into_owned())
            }
            Some(byte) if begins_word(byte) => Some(self.word()?),
            _ => None,
        })
    }

    /// Takes a name with its schema; a database before it is ignored.
    pub(super) fn name(&mut self) -> Result<Option<Name>, Problem> {
        let Some(mut table) = self.identifier()? else { return Ok(None) };
        let mut schema = None;
        while self.eat(b'.')? {
            let Some(next) = self.identifier()? else { return Ok(None) };
            schema = Some(std::mem::replace(&mut table, next));
        }
        Ok(Some(Name { schema, table }))
    }

    /// Takes names between parentheses, the first of which was consumed; `None` if it is no such
    /// list.
    pub(super) fn names(&mut self) -> Result<Option<Vec<String>>, Problem> {
        let mut names = Vec::new();
        loop {
            let Some(name) = self.identifier()? else { return Ok(None) };
            names.push(name);
            if self.eat(b')')? {
                return Ok(Some(names));
            }
            if !self.eat(b',')? {
                return Ok(None);
            }
        }
    }

    /// Takes what stands between two quotes, of which a doubled one stands for itself.
    fn quoted(&mut self, quote: u8, mut sink: impl FnMut(&[u8])) -> Result<(), Problem> {
        let cut = Problem::Truncated(if quote == b'"' { "a quoted name" } else { "a string" });
        self.bump();
        loop {
            let rest = self.ahead(1)?;
            if rest.is_empty() {
                return Err(cut);
            }
            let found = memchr(quote, rest);
            let count = found.unwrap_or(rest.len());
            sink(&rest[..count]);
            self.advance(count);
            if found.is_some() {
                self.bump();
                if self.peek()? != Some(quote) {
                    return Ok(());
                }
                sink(&[quote]);
                self.bump();
            }
        }
    }

    /// Takes what stands between the quotes of `E'…'`, its backslashes still in it.
    fn escaped(&mut self, mut sink: impl FnMut(&[u8])) -> Result<(), Problem> {
        self.bump();
        loop {
            let rest = self.ahead(1)?;
            if rest.is_empty() {
                return Err(Problem::Truncated("a string"));
            }
            let found = memchr2(b'\'', b'\\', rest);
            let count = found.unwrap_or(rest.len());
            sink(&rest[..count]);
            self.advance(count);
            if found.is_none() {
                continue;
            }
            let next = self.ahead(2)?;
            let backslash = next[0] == b'\\';
            if !backslash && next.get(1) != Some(&b'\'') {
                self.bump();
                return Ok(());
            }
            let Some(pair) = next.get(..2) else { return Err(Problem::Truncated("a string")) };
            sink(if backslash { pair } else { b"'" });
            self.advance(2);
        }
    }

    /// How the string is written whose opening quote comes next, by what was just passed.
    fn passed_style(&self) -> Style {
        let prefix = |letter: u8, places: usize| {
            self.behind(places).is_some_and(|byte| byte.eq_ignore_ascii_case(&letter))
        };
        let alone = |places| !self.behind(places).is_some_and(continues_word);
        // `U&'…'` ends as a plain string does, so only the skipping of `E'…'` differs.
        if prefix(b'e', 1) && alone(2) { Style::Escape } else { Style::Plain }
    }

    /// Consumes the prefix of a string, if it is one of those whose text can be read.
    pub(super) fn string_prefix(&mut self) -> Result<Option<Style>, Problem> {
        let next = self.ahead(3)?;
        let (style, length) = match next {
            [b'\'', ..] => (Style::Plain, 0),
            [b'e' | b'E', b'\'', ..] => (Style::Escape, 1),
            [b'u' | b'U', b'&', b'\'', ..] => (Style::Unicode, 2),
            _ => return Ok(None),
        };
        self.advance(length);
        Ok(Some(style))
    }

    /// Takes a string literal from its opening quote, without escapes.
    pub(super) fn string(&mut self, style: Style, text: &mut Vec<u8>) -> Result<(), Problem> {
        let mut raw = Vec::new();
        let decoded = match style {
            Style::Plain => return self.quoted(b'\'', |bytes| text.extend_from_slice(bytes)),
            Style::Escape => {
                self.escaped(|bytes| raw.extend_from_slice(bytes))?;
                escape::string(&raw)
            }
            Style::Unicode => {
                self.quoted(b'\'', |bytes| raw.extend_from_slice(bytes))?;
                escape::unicode(&raw)
            }
        };
        let bad = || Problem::Syntax("a string holds a bad Unicode escape".to_owned());
        text.extend_from_slice(&decoded.ok_or_else(bad)?);
        Ok(())
    }

    /// Skips a string literal from its opening quote.
    fn skip_string(&mut self) -> Result<(), Problem> {
        match self.passed_style() {
            Style::Escape => self.escaped(|_| ()),
            Style::Plain | Style::Unicode => self.quoted(b'\'', |_| ()),
        }
    }

    /// Takes a dollar-quoted text; false if the dollar sign opens none.
    pub(super) fn dollar(&mut self, mut sink: impl FnMut(&[u8])) -> Result<bool, Problem> {
        if self.behind(1).is_some_and(continues_word) {
            return Ok(false);
        }
        let next = self.ahead(TAG)?;
        let inner = next.iter().skip(1).take(TAG);
        let length = inner.take_while(|byte| continues_word(**byte) && **byte != b'$').count();
        let opens =
            next.get(1 + length) == Some(&b'$') && !next.get(1).is_some_and(u8::is_ascii_digit);
        if !opens {
            return Ok(false);
        }
        let tag = next[..length + 2].to_vec();
        let finder = memmem::Finder::new(&tag);
        self.advance(tag.len());
        loop {
            let rest = self.ahead(tag.len())?;
            if rest.len() < tag.len() {
                return Err(Problem::Truncated("a dollar-quoted text"));
            }
            if let Some(at) = finder.find(rest) {
                sink(&rest[..at]);
                self.advance(at + tag.len());
                return Ok(true);
            }
            let count = rest.len() - (tag.len() - 1);
            sink(&rest[..count]);
            self.advance(count);
        }
    }

    /// Moves to the first of these bytes that stands outside of strings, names, comments and
    /// brackets, without consuming it.
    pub(super) fn skip_until(&mut self, ends: &[u8]) -> Result<u8, Problem> {
        let mut depth = 0_u64;
        loop {
            let rest = self.ahead(2)?;
            let found = rest.iter().position(|byte| MARKS[usize::from(*byte)]);
            let count = found.unwrap_or(rest.len());
            if rest.is_empty() {
                return Err(Problem::Truncated("a statement"));
            }
            self.advance(count);
            if found.is_none() {
                continue;
            }
            let next = self.ahead(2)?;
            let byte = next[0];
            let doubled = next.get(1) == Some(&byte);
            let comment = next.starts_with(b"/*");
            if depth == 0 && ends.contains(&byte) {
                return Ok(byte);
            }
            match byte {
                b'\'' => self.skip_string()?,
                b'"' => self.quoted(b'"', |_| ())?,
                b'$' if self.dollar(|_| ())? => {}
                b'-' if doubled => {
                    self.skip_line()?;
                }
                b'/' if comment => self.comment()?,
                _ => {
                    match byte {
                        b'(' | b'[' => depth += 1,
                        b')' | b']' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    self.bump();
                }
            }
        }
    }

    /// Skips the rest of a statement with its semicolon.
    pub(super) fn skip_statement(&mut self) -> Result<(), Problem> {
        self.skip_until(b";")?;
        self.bump();
        Ok(())
    }

    /// Takes the next part of a statement; the beginning of a string is kept, of a dollar-quoted
    /// text nothing.
    pub(super) fn token(&mut self) -> Result<Token, Problem> {
        self.blank()?;
        let Some(byte) = self.peek()? else { return Err(Problem::Truncated("a statement")) };
        let mut kept = Vec::new();
        match byte {
            b'\'' => match self.passed_style() {
                Style::Escape => self.escaped(|bytes| keep(&mut kept, bytes))?,
                Style::Plain | Style::Unicode => {
                    self.quoted(b'\'', |bytes| keep(&mut kept, bytes))?;
                }
            },
            b'"' => self.quoted(b'"', |bytes| keep(&mut kept, bytes))?,
            b'$' if self.dollar(|_| ())? => {}
            byte if begins_word(byte) => return Ok(Token::Word(self.word()?)),
            byte => {
                self.bump();
                return Ok(Token::Symbol(byte));
            }
        }
        Ok(Token::Text(String::from_utf8_lossy(&kept).into_owned()))
    }
}
