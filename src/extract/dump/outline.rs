//! The outline of statements that bring no rows: which table they make, change or take apart.

use std::io::Read;

use super::cursor::Cursor;
use super::lexer::{Name, Token};
use super::relations::{Made, Storage};
use crate::extract::error::Problem;

/// A table that a statement makes.
pub(super) struct Created {
    pub(super) name: Name,
    pub(super) made: Made,
    /// Whether a query fills it.
    pub(super) by_query: bool,
}

/// Reads a CREATE statement behind its first word; `None` if it makes no lasting table.
pub(super) fn create<R: Read>(cursor: &mut Cursor<R>) -> Result<Option<Created>, Problem> {
    let _replaces = cursor.eat_word("or")? && cursor.eat_word("replace")?;
    if cursor.eat_word("function")? || cursor.eat_word("procedure")? {
        skip_body(cursor)?;
        return Ok(None);
    }
    let _unlogged = cursor.eat_word("unlogged")?;
    let is_foreign = cursor.eat_word("foreign")?;
    if !cursor.eat_word("table")? {
        cursor.skip_statement()?;
        return Ok(None);
    }
    let _guarded =
        cursor.eat_word("if")? && cursor.eat_word("not")? && cursor.eat_word("exists")?;
    let name = cursor.name()?;
    let columns = if cursor.eat(b'(')? { columns(cursor)? } else { None };
    let mut made = Made { columns, ..Made::default() };
    let by_query = behind_columns(cursor, &mut made)?;
    if is_foreign {
        made.storage = Storage::Foreign;
    }
    Ok(name.map(|name| Created { name, made, by_query }))
}

/// Reads what stands behind the columns of a table; whether a query fills it.
fn behind_columns<R: Read>(cursor: &mut Cursor<R>, made: &mut Made) -> Result<bool, Problem> {
    let (mut by_query, mut depth) = (false, 0_u64);
    loop {
        match cursor.token()? {
            Token::Symbol(b';') if depth == 0 => return Ok(by_query),
            Token::Symbol(b'(' | b'[') => depth += 1,
            Token::Symbol(b')' | b']') => depth = depth.saturating_sub(1),
            Token::Word(word) if depth == 0 => match word.as_str() {
                "partition" if cursor.eat_word("of")? => made.parents.extend(cursor.name()?),
                "partition" => made.storage = Storage::Partitions,
                "inherits" if cursor.eat(b'(')? => {
                    while let Some(parent) = cursor.name()? {
                        made.parents.push(parent);
                        cursor.eat(b',')?;
                    }
                    cursor.eat(b')')?;
                }
                "as" => by_query = true,
                _ => {}
            },
            Token::Symbol(_) | Token::Word(_) | Token::Text(_) => {}
        }
    }
}

/// Reads the list of columns and constraints of a table, the closing parenthesis included; `None`
/// if some of them are those of another table.
fn columns<R: Read>(cursor: &mut Cursor<R>) -> Result<Option<Vec<String>>, Problem> {
    const CONSTRAINTS: [&str; 6] =
        ["constraint", "primary", "unique", "check", "foreign", "exclude"];
    let mut columns = Some(Vec::new());
    loop {
        match cursor.token()? {
            Token::Word(word) if word == "like" => columns = None,
            Token::Word(word) if CONSTRAINTS.contains(&word.as_str()) => {}
            Token::Word(name) | Token::Text(name) => {
                if let Some(columns) = &mut columns {
                    columns.push(name);
                }
            }
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

/// What an ALTER TABLE does, as far as it matters to rows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Alteration {
    /// Its columns are others from now on.
    Columns,
    /// The table becomes a part of this one.
    PartOf(Name),
    /// This table becomes a part of it.
    HasPart(Name),
    /// It is no part of this table any more.
    NoPartOf(Name),
    /// This table is no part of it any more.
    HasNoPart(Name),
    /// It is called so from now on.
    Renamed(String),
    /// It is in another schema from now on.
    Moved,
}

/// Reads an ALTER statement behind its first word; `None` if it is about no table.
pub(super) fn alter<R: Read>(
    cursor: &mut Cursor<R>,
) -> Result<Option<(Name, Vec<Alteration>)>, Problem> {
    /// What can be added or dropped without touching a column.
    const NO_COLUMNS: [&str; 12] = [
        "constraint",
        "primary",
        "unique",
        "check",
        "foreign",
        "exclude",
        "generated",
        "default",
        "not",
        "identity",
        "expression",
        "table",
    ];
    if !cursor.eat_word("table")? {
        cursor.skip_statement()?;
        return Ok(None);
    }
    let _guarded = cursor.eat_word("if")? && cursor.eat_word("exists")?;
    let _only = cursor.eat_word("only")?;
    let Some(name) = cursor.name()? else {
        cursor.skip_statement()?;
        return Ok(None);
    };
    let mut found = Vec::new();
    let mut before = String::new();
    loop {
        let word = match cursor.token()? {
            Token::Symbol(b';') => return Ok(Some((name, found))),
            Token::Word(word) => word,
            Token::Symbol(_) | Token::Text(_) => {
                before.clear();
                continue;
            }
        };
        match (before.as_str(), word.as_str()) {
            (_, "attach") if cursor.eat_word("partition")? => {
                found.extend(cursor.name()?.map(Alteration::HasPart));
            }
            (_, "detach") if cursor.eat_word("partition")? => {
                found.extend(cursor.name()?.map(Alteration::HasNoPart));
            }
            ("no", "inherit") => found.extend(cursor.name()?.map(Alteration::NoPartOf)),
            (_, "inherit") => found.extend(cursor.name()?.map(Alteration::PartOf)),
            ("rename", "to") => found.extend(cursor.identifier()?.map(Alteration::Renamed)),
            ("set", "schema") => found.push(Alteration::Moved),
            ("rename", word) if word != "constraint" => found.push(Alteration::Columns),
            ("add" | "drop", word) if !NO_COLUMNS.contains(&word) => {
                found.push(Alteration::Columns);
            }
            _ => {}
        }
        before = word;
    }
}

/// Reads an UPDATE, DELETE, TRUNCATE, MERGE or DROP behind its first word: the tables that it names
/// first.
pub(super) fn changed<R: Read>(cursor: &mut Cursor<R>) -> Result<Vec<Name>, Problem> {
    for word in ["from", "into", "table", "if", "exists", "only"] {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn name(table: &str) -> Name {
        Name { schema: None, table: table.to_owned() }
    }

    #[track_caller]
    fn made(text: &str) -> (Option<Vec<String>>, Vec<Name>, Storage, bool) {
        let mut cursor = Cursor::new(text.as_bytes());
        let created = create(&mut cursor).unwrap().unwrap();
        assert_eq!(cursor.peek().unwrap(), None, "{text}");
        assert_eq!(created.name, name("t"), "{text}");
        (created.made.columns, created.made.parents, created.made.storage, created.by_query)
    }

    #[test]
    fn a_table_says_whose_part_it_is_and_where_its_rows_are() {
        let ab = || Some(vec!["a".to_owned(), "b".to_owned()]);
        let plain = (ab(), vec![], Storage::Own, false);
        assert_eq!(made(" TABLE t (a int, b text CHECK (b <> ''));"), plain);
        assert_eq!(made(" UNLOGGED TABLE IF NOT EXISTS t (a int, b text) WITH (x = 1);"), plain);
        let partition = |storage| (None, vec![name("p")], storage, false);
        assert_eq!(made(" TABLE t PARTITION OF p FOR VALUES IN ('x');"), partition(Storage::Own));
        assert_eq!(
            made(" TABLE t PARTITION OF p DEFAULT PARTITION BY LIST (b);"),
            partition(Storage::Partitions)
        );
        assert_eq!(
            made(" FOREIGN TABLE t PARTITION OF p DEFAULT SERVER s;"),
            partition(Storage::Foreign)
        );
        assert_eq!(
            made(" TABLE t (a int, b int) INHERITS (p, q) TABLESPACE z;"),
            (ab(), vec![name("p"), name("q")], Storage::Own, false)
        );
        assert_eq!(made(" TABLE t (LIKE u INCLUDING ALL);"), (None, vec![], Storage::Own, false));
        assert_eq!(made(" TABLE t AS SELECT 1 AS b;"), (None, vec![], Storage::Own, true));
    }

    #[track_caller]
    fn check(text: &str, expected: &[Alteration]) {
        let mut cursor = Cursor::new(text.as_bytes());
        let (named, found) = alter(&mut cursor).unwrap().unwrap();
        assert_eq!((named, found.as_slice()), (name("t"), expected), "{text}");
    }

    #[test]
    fn an_alteration_is_told_by_its_words() {
        check(" TABLE ONLY t ADD CONSTRAINT c PRIMARY KEY (id);", &[]);
        check(" TABLE t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;", &[]);
        check(" TABLE t ALTER COLUMN id DROP DEFAULT, ALTER id DROP NOT NULL;", &[]);
        check(" TABLE t ENABLE ROW LEVEL SECURITY;", &[]);
        check(" TABLE t ADD COLUMN x int;", &[Alteration::Columns]);
        check(" TABLE t DROP x;", &[Alteration::Columns]);
        check(" TABLE t RENAME x TO y;", &[Alteration::Columns]);
        check(" TABLE t RENAME TO u;", &[Alteration::Renamed("u".to_owned())]);
        check(" TABLE t SET SCHEMA u;", &[Alteration::Moved]);
        check(
            " TABLE ONLY t ATTACH PARTITION u FOR VALUES FROM (1) TO (2);",
            &[Alteration::HasPart(name("u"))],
        );
        check(" TABLE t DETACH PARTITION u;", &[Alteration::HasNoPart(name("u"))]);
        check(" TABLE t INHERIT u;", &[Alteration::PartOf(name("u"))]);
        check(" TABLE t NO INHERIT u;", &[Alteration::NoPartOf(name("u"))]);
    }
}
