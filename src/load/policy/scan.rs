//! Where an expression of a policy, as the server prints it, reads a column of a table.
//!
//! In: text printed with nothing but `pg_catalog` in the search path. Printed so, every table stands
//! with its schema, key words are in capitals, and a column stands bare where it is of the policy's
//! own table, and behind the name of its table or alias, told apart from all around it, inside a
//! query. Out: places in the text. What cannot be told is said, never guessed.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::load::expand::Qualified;

/// What is looked for, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sought<'a> {
    /// The table whose column it is.
    pub table: &'a Qualified,
    /// The column.
    pub column: &'a str,
    /// What stands for it where that was put in before: `COALESCE(beside, column)`.
    pub beside: &'a str,
    /// The table of the policy.
    pub policy_of: &'a Qualified,
}

/// A place at which the column is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    /// The column with what stands before it.
    pub at: Range<usize>,
    /// What stands before it, with the dot; empty where it stands bare.
    pub qualifier: Range<usize>,
    /// Whether the column beside it is asked first already.
    pub is_beside: bool,
    /// Whether a query hands it on, under its name.
    pub is_handed_on: bool,
}

/// Why it cannot be told where a column is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// A whole row is handed on.
    WholeRow,
    /// The column is joined or renamed without being written out.
    Hidden,
    /// Two tables of one name, or a text that is not understood.
    Ambiguous,
}

impl Unclear {
    /// In words.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::WholeRow => "it hands on whole rows",
            Self::Hidden => "it joins or renames the column",
            Self::Ambiguous => "it has one name for several tables",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// A name: in quotes, or in small letters.
    Name(String),
    /// A key word: bare and in capitals.
    Word(String),
    /// A text or number.
    Value,
    /// Anything else, letter by letter.
    Mark(char),
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    at: Range<usize>,
    /// The parentheses around it, by number.
    group: usize,
}

/// Parentheses.
struct Group {
    parent: Option<usize>,
    is_query: bool,
    is_using: bool,
    /// What the table goes by in this query.
    aliases: BTreeSet<String>,
    /// What other tables are called by.
    others: BTreeSet<String>,
}

/// Whether two texts say the same: names in needless quotes are no difference, nor are blanks.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let kinds = |text: &str| {
        tokens(text).into_iter().map(|token| (token.kind, token.at)).collect::<Vec<_>>()
    };
    let (first, second) = (kinds(one), kinds(other));
    first.len() == second.len()
        && first
            .into_iter()
            .zip(second)
            .all(|((a, at), (b, bt))| a == b && (a != Kind::Value || one[at] == other[bt]))
}

/// Every place at which the column is read, in order.
pub(super) fn reads(text: &str, sought: Sought<'_>) -> Result<Vec<Read>, Unclear> {
    let mut tokens = tokens(text);
    let groups = groups(&mut tokens, sought)?;
    let own = sought.table == sought.policy_of;
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let mark = |at: usize, mark: char| {
            tokens.get(at).is_some_and(|token| token.kind == Kind::Mark(mark))
        };
        let is_qualified = index >= 2 && mark(index - 1, '.');
        let of = index.checked_sub(2).map(|at| &tokens[at]);
        if token.kind == Kind::Mark('*') && is_qualified {
            if let Some(Token { kind: Kind::Name(qualifier), .. }) = of
                && is_ours(&groups, token.group, qualifier, own, sought)
            {
                return Err(Unclear::WholeRow);
            }
            continue;
        }
        let Kind::Name(name) = &token.kind else { continue };
        if name != sought.column || mark(index + 1, '(') || mark(index + 1, '.') {
            continue;
        }
        if is_qualified {
            let Some(Token { kind: Kind::Name(qualifier), at, .. }) = of else { continue };
            if index >= 4 && mark(index - 3, '.') {
                return Err(Unclear::Ambiguous);
            }
            if is_ours(&groups, token.group, qualifier, own, sought) {
                found.push(read(text, &tokens, index, at.start, sought));
            }
            continue;
        }
        let in_query = enclosing_query(&groups, token.group);
        if groups[token.group].is_using {
            if in_query.is_some_and(|query| !groups[query].aliases.is_empty()) {
                return Err(Unclear::Hidden);
            }
            continue;
        }
        let is_type = index >= 1 && mark(index - 1, ':');
        if in_query.is_none() && own && !is_type {
            found.push(read(text, &tokens, index, token.at.start, sought));
        }
    }
    Ok(found)
}

/// A text with something else where the column is read, under its `name` where that matters; `None`
/// where nothing is left to replace.
pub(super) fn replaced(
    text: &str,
    reads: &[Read],
    name: &str,
    with: impl Fn(&str) -> String,
) -> Option<String> {
    let mut new = String::with_capacity(text.len() * 2);
    let mut from = 0;
    for read in reads.iter().filter(|read| !read.is_beside) {
        new.push_str(&text[from..read.at.start]);
        new.push_str(&with(&text[read.qualifier.clone()]));
        if read.is_handed_on {
            new.extend([" AS ", name]);
        }
        from = read.at.end;
    }
    new.push_str(&text[from..]);
    (from > 0).then_some(new)
}

fn read(text: &str, tokens: &[Token], index: usize, start: usize, sought: Sought<'_>) -> Read {
    let end = tokens[index].at.end;
    let qualifier = start..tokens[index].at.start;
    let name = |at: usize| match &tokens[at].kind {
        Kind::Name(name) => Some(name.as_str()),
        _ => None,
    };
    // COALESCE ( [q .] beside , [q .] column )
    let width = if qualifier.is_empty() { 1 } else { 3 };
    let first = index + 1 - width;
    let is_beside = first >= width + 3
        && tokens[first - 1].kind == Kind::Mark(',')
        && name(first - 2) == Some(sought.beside)
        && tokens[first - 2 - width].kind == Kind::Mark('(')
        && tokens[first - 3 - width].kind == Kind::Word("COALESCE".to_owned())
        && text[tokens[first - 1 - width].at.start..].starts_with(&text[qualifier.clone()])
        && tokens.get(index + 1).is_some_and(|token| token.kind == Kind::Mark(')'));
    let is_handed_on = is_handed_on(tokens, first, index);
    Read { at: start..end, qualifier, is_beside, is_handed_on }
}

/// Whether what stands from one token to another is, by itself, what a query hands on.
fn is_handed_on(tokens: &[Token], first: usize, last: usize) -> bool {
    let group = tokens[first].group;
    let word = |token: &Token| match &token.kind {
        Kind::Word(word) => Some(word.clone()),
        _ => None,
    };
    let within = |token: &&Token| token.group == group;
    let begins = tokens[..first].iter().rev().find(within);
    let is_begun = begins.is_some_and(|token| {
        token.kind == Kind::Mark(',')
            || word(token).is_some_and(|it| it == "SELECT" || it == "DISTINCT")
    });
    let mut words = tokens[..first].iter().rev().filter(within).filter_map(word);
    let is_listed = words
        .find(|word| matches!(word.as_str(), "SELECT" | "FROM" | "WHERE" | "BY" | "HAVING"))
        .is_some_and(|clause| clause == "SELECT");
    let is_ended = match tokens.get(last + 1) {
        Some(token) if token.group == group => {
            token.kind == Kind::Mark(',') || word(token).is_some_and(|it| it == "FROM")
        }
        _ => false,
    };
    is_begun && is_listed && is_ended
}

/// Whether a name that stands before a column means the table.
fn is_ours(groups: &[Group], group: usize, name: &str, own: bool, sought: Sought<'_>) -> bool {
    let mut at = Some(group);
    while let Some(group) = at {
        if groups[group].aliases.contains(name) {
            return true;
        }
        if groups[group].others.contains(name) {
            return false;
        }
        at = groups[group].parent;
    }
    own && name == sought.table.name
}

fn enclosing_query(groups: &[Group], group: usize) -> Option<usize> {
    let mut at = Some(group);
    while let Some(group) = at {
        if groups[group].is_query {
            return Some(group);
        }
        at = groups[group].parent;
    }
    None
}

/// Tells which parentheses each token stands in, and what tables are called there.
fn groups(tokens: &mut [Token], sought: Sought<'_>) -> Result<Vec<Group>, Unclear> {
    let group = |parent, is_query, is_using| Group {
        parent,
        is_query,
        is_using,
        aliases: BTreeSet::new(),
        others: BTreeSet::new(),
    };
    let is_word = |token: Option<&Token>, word| {
        token.is_some_and(|t| t.kind == Kind::Word(String::from(word)))
    };
    let mut groups = vec![group(None, false, false)];
    let mut current = 0;
    for index in 0..tokens.len() {
        match tokens[index].kind {
            Kind::Mark('(') => {
                let next = tokens.get(index + 1);
                let is_query = is_word(next, "SELECT") || is_word(next, "WITH");
                let before = index.checked_sub(1).and_then(|before| tokens.get(before));
                let is_using = is_word(before, "USING");
                groups.push(group(Some(current), is_query, is_using));
                tokens[index].group = current;
                current = groups.len() - 1;
            }
            Kind::Mark(')') => {
                current = groups[current].parent.ok_or(Unclear::Ambiguous)?;
                tokens[index].group = current;
            }
            _ => tokens[index].group = current,
        }
    }
    for index in 0..tokens.len() {
        let [Kind::Name(schema), Kind::Mark('.'), Kind::Name(table)] =
            [index, index + 1, index + 2]
                .map(|at| tokens.get(at).map_or(Kind::Value, |token| token.kind.clone()))
        else {
            continue;
        };
        let after = |at: usize| tokens.get(index + at).map(|token| &token.kind);
        let is_inner = index > 0 && tokens[index - 1].kind == Kind::Mark('.');
        if is_inner || matches!(after(3), Some(Kind::Mark('.' | '('))) {
            continue;
        }
        let Some(query) = enclosing_query(&groups, tokens[index].group) else { continue };
        let is_table = schema == sought.table.schema && table == sought.table.name;
        let alias = match after(3) {
            Some(Kind::Name(alias)) => {
                if is_table && after(4) == Some(&Kind::Mark('(')) {
                    return Err(Unclear::Hidden);
                }
                alias.clone()
            }
            _ if is_table => table,
            _ => continue,
        };
        let Group { aliases, others, .. } = &mut groups[query];
        let (names, against) = if is_table { (aliases, others) } else { (others, aliases) };
        if against.contains(&alias) {
            return Err(Unclear::Ambiguous);
        }
        names.insert(alias);
    }
    Ok(groups)
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let start = at;
        let kind = match letter {
            _ if letter.is_whitespace() => {
                at += letter.len_utf8();
                continue;
            }
            '\'' => {
                at = closed(bytes, at, b'\'', false);
                Kind::Value
            }
            'E' if bytes.get(at + 1) == Some(&b'\'') => {
                at = closed(bytes, at + 1, b'\'', true);
                Kind::Value
            }
            '"' => {
                at = closed(bytes, at, b'"', false);
                let inner = text[start + 1..at].strip_suffix('"').unwrap_or(&text[start + 1..at]);
                Kind::Name(inner.replace("\"\"", "\""))
            }
            _ if letter == '_' || letter.is_alphabetic() => {
                let is_part = |c: char| c == '_' || c == '$' || c.is_alphanumeric();
                at += text[at..].find(|c: char| !is_part(c)).unwrap_or(text.len() - at);
                let word = &text[start..at];
                if letter.is_ascii_uppercase() {
                    Kind::Word(word.to_owned())
                } else {
                    Kind::Name(word.to_owned())
                }
            }
            _ if letter.is_ascii_digit() => {
                at += text[at..]
                    .find(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
                    .unwrap_or(text.len() - at);
                Kind::Value
            }
            _ => {
                at += letter.len_utf8();
                Kind::Mark(letter)
            }
        };
        tokens.push(Token { kind, at: start..at, group: 0 });
    }
    tokens
}

/// The end of what begins with a quote, which stands doubled inside, or behind a backslash.
fn closed(bytes: &[u8], start: usize, quote: u8, escapes: bool) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        if escapes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return at + 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(policy_of: &str, text: &str) -> Result<Option<String>, Unclear> {
        let named = |name: &str| Qualified { schema: "crm".to_owned(), name: name.to_owned() };
        let (table, policy_of) = (named("people"), named(policy_of));
        let sought =
            Sought { table: &table, column: "tenant", beside: "owner", policy_of: &policy_of };
        let found = reads(text, sought)?;
        Ok(replaced(text, &found, "tenant", |q| format!("COALESCE({q}owner, {q}tenant)")))
    }

    #[track_caller]
    fn check(policy_of: &str, text: &str, expected: &str) {
        assert_eq!(rewritten(policy_of, text), Ok(Some(expected.to_owned())));
    }

    #[test]
    fn the_column_is_found_wherever_it_stands() {
        check("people", "(tenant = crm.mine())", "(COALESCE(owner, tenant) = crm.mine())");
        check(
            "people",
            "(tenant IN ( SELECT staff.tenant FROM crm.staff WHERE (staff.id = people.tenant)))",
            "(COALESCE(owner, tenant) IN ( SELECT staff.tenant FROM crm.staff WHERE (staff.id = COALESCE(people.owner, people.tenant))))",
        );
        check(
            "notes",
            "(EXISTS ( SELECT 1 FROM (crm.people c JOIN crm.staff u ON ((u.tenant = c.tenant))) WHERE (c.id = notes.person)))",
            "(EXISTS ( SELECT 1 FROM (crm.people c JOIN crm.staff u ON ((u.tenant = COALESCE(c.owner, c.tenant)))) WHERE (c.id = notes.person)))",
        );
        check(
            "people",
            "(EXISTS ( SELECT 1 FROM crm.people people_1 WHERE (people_1.tenant = people.tenant)))",
            "(EXISTS ( SELECT 1 FROM crm.people people_1 WHERE (COALESCE(people_1.owner, people_1.tenant) = COALESCE(people.owner, people.tenant))))",
        );
    }

    #[test]
    fn what_a_query_hands_on_keeps_its_name() {
        check(
            "notes",
            "( SELECT x.tenant FROM ( SELECT c.id, c.tenant FROM crm.people c ORDER BY c.id, c.tenant) x)",
            "( SELECT x.tenant FROM ( SELECT c.id, COALESCE(c.owner, c.tenant) AS tenant FROM crm.people c ORDER BY c.id, COALESCE(c.owner, c.tenant)) x)",
        );
        check(
            "notes",
            "( SELECT DISTINCT c.tenant FROM crm.people c)",
            "( SELECT DISTINCT COALESCE(c.owner, c.tenant) AS tenant FROM crm.people c)",
        );
    }

    #[test]
    fn a_name_that_only_looks_like_the_column_is_left_alone() {
        check(
            "people",
            "((current_setting('app.tenant'::text) = (tenant)::text) AND (tenant(1) = 1))",
            "((current_setting('app.tenant'::text) = (COALESCE(owner, tenant))::text) AND (tenant(1) = 1))",
        );
        assert_eq!(rewritten("notes", "(tenant = crm.mine())"), Ok(None));
        assert_eq!(rewritten("people", "('it''s a tenant' = E'\\'tenant')"), Ok(None));
        // Two queries, one alias for two tables.
        check(
            "notes",
            "((EXISTS ( SELECT 1 FROM crm.firms c WHERE (c.tenant = 1))) OR (EXISTS ( SELECT 1 FROM crm.people c WHERE (c.tenant = 1))))",
            "((EXISTS ( SELECT 1 FROM crm.firms c WHERE (c.tenant = 1))) OR (EXISTS ( SELECT 1 FROM crm.people c WHERE (COALESCE(c.owner, c.tenant) = 1))))",
        );
    }

    #[test]
    fn what_was_rewritten_is_left_alone() {
        assert_eq!(rewritten("people", "(COALESCE(owner, tenant) = crm.mine())"), Ok(None));
        assert_eq!(
            rewritten("notes", "( SELECT COALESCE(c.owner, c.tenant) FROM crm.people c)"),
            Ok(None)
        );
        check(
            "people",
            "((COALESCE(owner, tenant) = 1) OR (tenant = 2))",
            "((COALESCE(owner, tenant) = 1) OR (COALESCE(owner, tenant) = 2))",
        );
    }

    #[test]
    fn what_cannot_be_told_is_said() {
        assert_eq!(rewritten("people", "crm.f(people.*)"), Err(Unclear::WholeRow));
        assert_eq!(
            rewritten(
                "notes",
                "(EXISTS ( SELECT 1 FROM (crm.people c JOIN crm.staff u USING (tenant))))"
            ),
            Err(Unclear::Hidden)
        );
        assert_eq!(
            rewritten("notes", "( SELECT c.a FROM crm.people c(a, b) WHERE (c.a = 1))"),
            Err(Unclear::Hidden)
        );
        assert_eq!(
            rewritten(
                "notes",
                "( SELECT c.tenant FROM crm.people c UNION SELECT c.tenant FROM crm.firms c)"
            ),
            Err(Unclear::Ambiguous)
        );
    }

    #[test]
    fn needless_quotes_make_no_difference() {
        assert!(is_same("(\"owner\" = 'a')", "(owner  = 'a')"));
        assert!(!is_same("(owner = 'a')", "(owner = 'b')"));
    }
}
