//! The outline of statements that bring no rows: which table they make or change.

use std::io::Read;

use super::cursor::Cursor;
use super::lexer::{Name, Token};
use crate::extract::error::Problem;

/// A table that a statement makes.
pub(super) struct Created {
    pub(super) name: Name,
    /// In their order; `None` if the statement does not say.
    pub(super) columns: Option<Vec<String>>,
}

/// Reads a CREATE statement behind its first word; `None` if it makes no lasting table.
pub(super) fn create<R: Read>(cursor: &mut Cursor<R>) -> Result<Option<Created>, Problem> {
    let _replaces = cursor.eat_word("or")? && cursor.eat_word("replace")?;
    if cursor.eat_word("function")? || cursor.eat_word("procedure")? {
        skip_body(cursor)?;
        return Ok(None);
    }
    let _unlogged = cursor.eat_word("unlogged")?;
    if !cursor.eat_word("table")? {
        cursor.skip_statement()?;
        return Ok(None);
    }
    let _guarded =
        cursor.eat_word("if")? && cursor.eat_word("not")? && cursor.eat_word("exists")?;
    let name = cursor.name()?;
    let columns = if cursor.eat(b'(')? { Some(columns(cursor)?) } else { None };
    cursor.skip_statement()?;
    Ok(name.map(|name| Created { name, columns }))
}

/// Reads the list of columns and constraints of a table, the closing parenthesis included.
fn columns<R: Read>(cursor: &mut Cursor<R>) -> Result<Vec<String>, Problem> {
    const CONSTRAINTS: [&str; 7] =
        ["constraint", "primary", "unique", "check", "foreign", "exclude", "like"];
    let mut columns = Vec::new();
    loop {
        match cursor.token()? {
            Token::Word(word) if CONSTRAINTS.contains(&word.as_str()) => {}
            Token::Word(name) | Token::Text(name) => columns.push(name),
            Token::Symbol(b')') => return Ok(columns),
            Token::Symbol(_) => {}
        }
        let end = cursor.skip_until(b",)")?;
        cursor.bump();
        if end == b')' {
            return Ok(columns);
        }
    }
}

/// Skips the rest of a CREATE FUNCTION. A body of statements between BEGIN ATOMIC and END holds
/// semicolons that do not end it; the words are counted as `psql` counts them.
fn skip_body<R: Read>(cursor: &mut Cursor<R>) -> Result<(), Problem> {
    let (mut bodies, mut brackets) = (0_u64, 0_u64);
    loop {
        match cursor.token()? {
            Token::Word(word) => match word.as_str() {
                "begin" => bodies += 1,
                "case" if bodies > 0 => bodies += 1,
                "end" => bodies = bodies.saturating_sub(1),
                _ => {}
            },
            Token::Symbol(b'(') => brackets += 1,
            Token::Symbol(b')') => brackets = brackets.saturating_sub(1),
            Token::Symbol(b';') if bodies == 0 && brackets == 0 => return Ok(()),
            Token::Symbol(_) | Token::Text(_) => {}
        }
    }
}

/// Reads an ALTER statement behind its first word; the table, if its columns are others from now
/// on.
pub(super) fn alter<R: Read>(cursor: &mut Cursor<R>) -> Result<Option<Name>, Problem> {
    if !cursor.eat_word("table")? {
        cursor.skip_statement()?;
        return Ok(None);
    }
    let _guarded = cursor.eat_word("if")? && cursor.eat_word("exists")?;
    let _only = cursor.eat_word("only")?;
    let name = cursor.name()?;
    let mut changes = false;
    let mut before = String::new();
    loop {
        match cursor.token()? {
            Token::Symbol(b';') => return Ok(name.filter(|_| changes)),
            Token::Word(word) => {
                changes |= word == "rename"
                    || (word == "column" && matches!(before.as_str(), "add" | "drop"));
                before = word;
            }
            Token::Symbol(_) | Token::Text(_) => before.clear(),
        }
    }
}

/// Reads an UPDATE, DELETE, TRUNCATE or MERGE behind its first word: the tables that it names
/// first.
pub(super) fn changed<R: Read>(cursor: &mut Cursor<R>) -> Result<Vec<Name>, Problem> {
    for word in ["from", "into", "table", "only"] {
        cursor.eat_word(word)?;
    }
    let mut names = Vec::new();
    while let Some(name) = cursor.name()? {
        names.push(name);
        cursor.eat(b'*')?;
        if !cursor.eat(b',')? {
            break;
        }
        cursor.eat_word("only")?;
    }
    cursor.skip_statement()?;
    Ok(names)
}
