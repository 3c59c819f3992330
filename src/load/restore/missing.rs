//! What a dump names and this server has not: made up as far as it is named, so that the rows and
//! definitions of the application are what they were.
//!
//! Roles, schemas of services beside the application with the tables that keys refer to and the functions
//! that policies ask, and types of extensions, whose values are kept as text. Without them a policy would
//! be lost, and a rehearsal would see what nobody sees.

use super::dump::{Dump, code};
use super::refusal::missing;
use super::{Tolerance, quote_ident};
use crate::load::Error;

/// Functions of a login service that policies ask, as it makes them: who is asking, from the settings of
/// the request.
const ASKED: [(&str, &str, &str); 4] = [
    (
        "uid",
        "uuid",
        "coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''), nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid",
    ),
    (
        "role",
        "text",
        "coalesce(nullif(current_setting('request.jwt.claim.role', true), ''), nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role')",
    ),
    (
        "email",
        "text",
        "coalesce(nullif(current_setting('request.jwt.claim.email', true), ''), nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email')",
    ),
    (
        "jwt",
        "jsonb",
        "coalesce(nullif(current_setting('request.jwt.claim', true), ''), nullif(current_setting('request.jwt.claims', true), ''))::jsonb",
    ),
];

impl Dump<'_> {
    /// Makes what a statement misses, if it is something that can be made up.
    pub(super) async fn make_missing(
        &mut self,
        error: &tokio_postgres::Error,
        words: &[&str],
    ) -> Result<bool, Error> {
        let makes = matches!(words.first(), Some(&("create" | "alter")));
        if let Some(role) = missing(error, "role") {
            if words.starts_with(&["drop"]) {
                return Ok(false);
            }
            let make = format!("CREATE ROLE {}", quote_ident(role));
            return self.make(&make, Tolerance::Role, role).await;
        }
        // What only says how something behaves that is not there is passed over with it.
        let says = matches!(words, ["alter", "default", ..])
            || matches!(words, ["alter", "table", .., "disable" | "enable", "trigger", _])
            || matches!(words, ["alter", _, .., "owner", "to", _]);
        if !makes || says {
            return Ok(false);
        }
        if let Some(schema) = missing(error, "schema") {
            let make = format!("CREATE SCHEMA {}", quote_ident(schema));
            self.made_up.schemas.push(schema.to_owned());
            return self.make(&make, Tolerance::Schema, schema).await;
        }
        if let Some(name) = missing(error, "type").map(|name| name.trim_end_matches("[]")) {
            let make = format!("CREATE DOMAIN {} AS text", qualified(name));
            self.made_up.types.push(name.to_owned());
            return self.make(&make, Tolerance::Type, name).await;
        }
        if let Some((schema, name)) = missing(error, "relation").and_then(|it| it.split_once('.'))
            && self.made_up.schemas.iter().any(|made| made == schema)
        {
            let table = format!("{schema}.{name}");
            let make = format!("CREATE TABLE {} (id uuid PRIMARY KEY)", qualified(&table));
            return self.make(&make, Tolerance::Table, &table).await;
        }
        self.make_function(error).await
    }

    /// Makes one of the functions that policies ask.
    async fn make_function(&mut self, error: &tokio_postgres::Error) -> Result<bool, Error> {
        let Some(name) = error.as_db_error().and_then(|said| {
            said.message().strip_prefix("function ")?.strip_suffix("() does not exist")
        }) else {
            return Ok(false);
        };
        let Some((schema, function)) = name.split_once('.') else { return Ok(false) };
        let known = ASKED.iter().find(|(known, ..)| *known == function);
        let Some((_, kind, body)) = known.filter(|_| schema == "auth") else { return Ok(false) };
        let make = format!(
            "CREATE FUNCTION {}() RETURNS {kind} LANGUAGE sql STABLE AS $orgfold$ select {body} $orgfold$",
            qualified(name)
        );
        self.make(&make, Tolerance::Function, name).await
    }

    async fn make(&mut self, statement: &str, kind: Tolerance, name: &str) -> Result<bool, Error> {
        let made = self.send(statement, &["create"]).await;
        match made {
            Ok(()) => {}
            // Another restore on this server made it meanwhile.
            Err(error) if matches!(code(&error), "42710" | "23505" | "42P06") => {}
            Err(error) => return Err(Error::database("make what the dump misses")(error)),
        }
        self.restore.note(kind, name, 1);
        Ok(true)
    }

    /// A statement without the `(3)` behind types that are text here, if that is what the server refuses.
    pub(super) fn without_modifiers(
        &self,
        text: &str,
        error: &tokio_postgres::Error,
    ) -> Option<String> {
        let said = error.as_db_error()?.message();
        if code(error) != "42601" || !said.starts_with("type modifier is not allowed for type") {
            return None;
        }
        let mut text = text.to_owned();
        for name in &self.made_up.types {
            let last = name.rsplit('.').next().unwrap_or(name);
            text = without_modifier(&text, last);
        }
        Some(text)
    }
}

/// What was made up so far.
#[derive(Default)]
pub(super) struct MadeUp {
    schemas: Vec<String>,
    types: Vec<String>,
}

impl MadeUp {
    /// Whether a statement speaks of something in a schema that was made up.
    pub(super) fn names_schema(&self, words: &[&str]) -> bool {
        let is_in = |word: &&str, schema: &String| {
            let word = word.replace('"', "");
            word.trim_start_matches('(').starts_with(&format!("{schema}."))
        };
        words.iter().any(|word| self.schemas.iter().any(|schema| is_in(word, schema)))
    }
}

/// `a.b` as a statement needs it.
fn qualified(name: &str) -> String {
    name.split('.').map(quote_ident).collect::<Vec<_>>().join(".")
}

/// A statement without the parentheses that follow a name.
fn without_modifier(text: &str, name: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let begins = rest[..at].chars().next_back().is_none_or(|c| !is_part_of_name(c));
        let after = at + name.len();
        let quote = usize::from(rest[after..].starts_with('"'));
        let (head, tail) = rest.split_at(after + quote);
        kept.push_str(head);
        rest = tail;
        if begins
            && let Some(inside) = rest.strip_prefix('(')
            && let Some(end) = inside.find(')')
        {
            rest = &inside[end + 1..];
        }
    }
    kept.push_str(rest);
    kept
}

fn is_part_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::without_modifier;

    #[test]
    fn what_stands_behind_a_type_goes_and_all_else_stays() {
        for (text, plain) in [
            ("a public.vector(3), b int", "a public.vector, b int"),
            ("a \"public\".\"vector\"(3)", "a \"public\".\"vector\""),
            ("my_vector(3), vector", "my_vector(3), vector"),
            ("g geo.vector(Point,4326) not null", "g geo.vector not null"),
        ] {
            assert_eq!(without_modifier(text, "vector"), plain);
        }
    }
}
