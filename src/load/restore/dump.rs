//! A plain dump, statement by statement.

use std::borrow::Cow;
use std::path::Path;

use tokio_postgres::Client;

use super::missing::MadeUp;
use super::refusal::copy_line;
use super::{Copy, Name, Options, Restore, Restored, Tolerance, refused};
use crate::extract::script::{self, Keep, Rows, Script, Statement};
use crate::extract::stage;
use crate::load::{Error, Refusal, quote_ident};
use crate::progress::Progress;
use crate::schema::{Names, Presence, Table};

/// Bytes of INSERT statements that are sent at once: a round trip for each would cost more than
/// the rows.
const BATCH: usize = 256 * 1024;

/// Bytes from the beginning of a statement by which it is told what it does.
const HEAD: usize = 400;

/// How often a statement is sent again after something it misses was made.
const RETRIES: usize = 64;

/// The server does not understand a statement.
const SYNTAX_ERROR: &str = "42601";

/// Runs a plain dump, gzipped or not.
///
/// # Errors
/// It cannot be read, or the server refuses a statement that is not one of those passed over;
/// with its line and SQLSTATE. What came before stays: the database is to be thrown away.
pub async fn restore_dump(
    client: &Client,
    path: &Path,
    options: Options<'_>,
) -> Result<Restored, Error> {
    let stage = stage(path, options.progress);
    let mut script = Script::open(path, &stage)?;
    let mut dump = Dump {
        restore: Restore::begin(client, options).await?,
        path,
        waiting: Vec::new(),
        waiting_bytes: 0,
        is_in_transaction: false,
        made_up: MadeUp::default(),
    };
    while let Some(statement) = script.next(Keep::Text)? {
        match &statement.kind {
            script::Kind::Insert(rows) => {
                let name = name(rows);
                if let Some(columns) = &rows.columns
                    && !dump.has_room(&name, columns).await?
                {
                    dump.restore.note(Tolerance::Rows, written(&name), 1);
                    continue;
                }
                dump.waiting_bytes += statement.text.len();
                dump.waiting.push(statement);
                if dump.waiting_bytes >= BATCH {
                    dump.flush().await?;
                }
            }
            script::Kind::Copy(rows) => {
                dump.flush().await?;
                dump.copy(&mut script, &statement, rows).await?;
            }
            kind => {
                dump.flush().await?;
                dump.run(&statement).await?;
                if matches!(kind, script::Kind::ResetAll) {
                    let failed = Error::database("prepare the restore");
                    client.batch_execute(super::BEGIN).await.map_err(failed)?;
                }
                // It may have made or changed a table, or where names are looked up.
                dump.restore.tables.clear();
            }
        }
    }
    dump.flush().await?;
    drop(script);
    let restored = dump.restore.end().await?;
    let found = format!("{} statements, {} rows by COPY", restored.statements, restored.rows);
    stage.finish(&found);
    Ok(restored)
}

/// Whether a dump makes the required tables of the application itself.
///
/// # Errors
/// It cannot be read.
pub fn has_schema(path: &Path, names: &Names) -> Result<bool, Error> {
    let required = Table::ALL.into_iter().filter(|table| table.presence() == Presence::Required);
    let mut left: Vec<Table> = required.collect();
    let stage = stage(path, Progress::Silent);
    let mut script = Script::open(path, &stage)?;
    while let Some(statement) = script.next(Keep::Outline)? {
        if let script::Kind::CreateTable(made) = &statement.kind
            && made.schema.as_deref().is_none_or(|name| name == names.schema())
        {
            left.retain(|table| names.table(*table) != made.name);
            if left.is_empty() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

pub(super) struct Dump<'a> {
    pub(super) restore: Restore<'a>,
    path: &'a Path,
    /// INSERT statements that were not sent yet.
    waiting: Vec<Statement>,
    waiting_bytes: usize,
    /// Whether the file has begun a transaction and not ended it.
    is_in_transaction: bool,
    pub(super) made_up: MadeUp,
}

impl Dump<'_> {
    /// Whether there is a table for rows; those that wait are sent before it is changed.
    async fn has_room(&mut self, name: &Name, columns: &[String]) -> Result<bool, Error> {
        let known = self.restore.columns(name).await?;
        let fits = known.is_some_and(|known| {
            columns.iter().all(|column| known.iter().any(|found| found.name == *column))
        });
        if fits {
            return Ok(true);
        }
        self.flush().await?;
        self.restore.provide(name, columns).await
    }

    async fn flush(&mut self) -> Result<(), Error> {
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        if waiting.len() > 1 {
            // One transaction: where one fails, none was carried out.
            let texts: Vec<&str> = waiting.iter().map(|one| one.text.as_str()).collect();
            if self.send(&texts.join("\n"), &["insert"]).await.is_ok() {
                self.restore.statements += waiting.len() as u64;
                return Ok(());
            }
        }
        for statement in &waiting {
            self.run(statement).await?;
        }
        Ok(())
    }

    async fn copy(
        &mut self,
        script: &mut Script<'_>,
        statement: &Statement,
        rows: &Rows,
    ) -> Result<(), Error> {
        let name = name(rows);
        let columns = rows.columns.as_deref().unwrap_or_default();
        if !self.has_room(&name, columns).await? {
            let mut count = 0;
            while let Some(chunk) = script.rows()? {
                count += memchr::memchr_iter(b'\n', &chunk).count() as u64;
            }
            self.restore.note(Tolerance::Rows, written(&name), count);
            return Ok(());
        }
        let (path, first) = (self.path, script.line());
        let failed = |error: tokio_postgres::Error| {
            let line = copy_line(&error).map_or(statement.line, |row| first + row - 1);
            refused(path, format!("line {line}"), format!("rows of `{}`", written(&name)), &error)
        };
        let text = statement.text.trim_end().trim_end_matches(';');
        let mut copy = Copy::begin(self.restore.client, text).await.map_err(failed)?;
        while let Some(chunk) = script.rows()? {
            if copy.send(chunk).await.is_err() {
                // The server says why when it is asked for the outcome.
                break;
            }
        }
        self.restore.rows += copy.finish().await.map_err(failed)?;
        self.restore.statements += 1;
        Ok(())
    }

    /// Sends a statement. In a transaction of the file's own, one that fails leaves the others alone.
    pub(super) async fn send(
        &mut self,
        text: &str,
        words: &[&str],
    ) -> Result<(), tokio_postgres::Error> {
        let client = self.restore.client;
        let control = words.first().map_or("", |word| bare(word));
        let is_control = matches!(
            control,
            "begin" | "start" | "commit" | "end" | "rollback" | "abort" | "savepoint" | "release"
        );
        if !self.is_in_transaction || is_control {
            client.batch_execute(text).await?;
            self.is_in_transaction = match control {
                "begin" | "start" => true,
                "commit" | "end" | "abort" => false,
                "rollback" => words.get(1).is_some_and(|word| *word == "to"),
                _ => self.is_in_transaction,
            };
            return Ok(());
        }
        client.batch_execute("savepoint orgfold_restore").await?;
        let done = client.batch_execute(text).await;
        let end = match done {
            Ok(()) => "release savepoint orgfold_restore",
            Err(_) => "rollback to savepoint orgfold_restore; release savepoint orgfold_restore",
        };
        done.and(client.batch_execute(end).await)
    }

    /// What a syntax error means in a dump of a newer server than this one.
    async fn refuse_newer(&self, place: &str) -> Result<Option<Error>, Error> {
        let Some(dumped) = script::server_version(self.path)? else { return Ok(None) };
        let row = self.restore.client.query_one("show server_version", &[]).await;
        let here: String = row.map_err(Error::database("ask for the version"))?.get(0);
        let major = |version: &str| -> Option<u32> {
            version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        };
        if major(&dumped) <= major(&here) {
            return Ok(None);
        }
        let version = here.split(' ').next().unwrap_or(&here);
        Ok(Some(Error::refused(
            Refusal::Failed,
            format!(
                "{}: {place}: the dump is of PostgreSQL {dumped}, and the private server, of {version}, \
                 does not know what stands there (SQLSTATE {SYNTAX_ERROR})",
                self.path.display()
            ),
            "rehearse on a server as new as the source: PG_BIN names the folder of its initdb",
        )))
    }

    async fn run(&mut self, statement: &Statement) -> Result<(), Error> {
        let head = head(&statement.text);
        let words: Vec<&str> = head.split_whitespace().collect();
        if let Some(name) = left_out(&words) {
            self.restore.note(Tolerance::Server, name, 1);
            return Ok(());
        }
        let mut tries = 0;
        let mut text = Cow::Borrowed(statement.text.as_str());
        loop {
            let Err(error) = self.send(&text, &words).await else {
                self.restore.statements += 1;
                return Ok(());
            };
            tries += 1;
            if tries <= RETRIES && self.make_missing(&error, &words).await? {
                continue;
            }
            if tries <= RETRIES
                && let Some(plain) = self.without_modifiers(&text, &error)
            {
                text = Cow::Owned(plain);
                continue;
            }
            let passed = passed_over(statement, &words, &error)
                .or_else(|| beside(&words, &error, &self.made_up, self.restore.options.names));
            let Some((kind, name)) = passed else {
                let place = format!("line {}", statement.line);
                if code(&error) == SYNTAX_ERROR
                    && let Some(refusal) = self.refuse_newer(&place).await?
                {
                    return Err(refusal);
                }
                return Err(refused(self.path, place, what(&words), &error));
            };
            if kind == Tolerance::Extension && name == "uuid-ossp" {
                self.stand_in_for_uuids(&words).await?;
            }
            self.restore.note(kind, name, 1);
            return Ok(());
        }
    }

    /// The one function that dumps use of an extension which small distributions lack.
    async fn stand_in_for_uuids(&mut self, words: &[&str]) -> Result<(), Error> {
        let after = words.iter().skip_while(|word| **word != "schema").nth(1);
        let schema = quote_ident(after.map_or("public", |word| bare(word)));
        let statement = format!(
            "CREATE SCHEMA IF NOT EXISTS {schema}; CREATE OR REPLACE FUNCTION \
             {schema}.uuid_generate_v4() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE \
             AS 'SELECT pg_catalog.gen_random_uuid()'"
        );
        let made = self.restore.client.batch_execute(&statement).await;
        made.map_err(Error::database("stand in for an extension"))
    }
}

fn name(rows: &Rows) -> Name {
    (rows.table.schema.clone(), rows.table.name.clone())
}

fn written((schema, table): &Name) -> String {
    schema.as_ref().map_or_else(|| table.clone(), |schema| format!("{schema}.{table}"))
}

pub(super) fn code(error: &tokio_postgres::Error) -> &str {
    error.code().map_or("", tokio_postgres::error::SqlState::code)
}

/// The beginning of a statement in lower case.
fn head(text: &str) -> String {
    let end = (0..=text.len().min(HEAD)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[..end].to_lowercase()
}

/// What an error calls a statement: its first two words, or one if the second is a name.
fn what(words: &[&str]) -> String {
    let first = words.first().copied().unwrap_or_default().trim_end_matches(';').to_uppercase();
    match words.get(1) {
        Some(second) if matches!(first.as_str(), "CREATE" | "ALTER" | "DROP" | "COMMENT") => {
            format!("{first} {}", second.to_uppercase())
        }
        _ => first,
    }
}

/// A word without quotes and what ends a statement.
fn bare(word: &str) -> &str {
    word.trim_matches([';', '"', ',', '\''])
}

/// What is not run at all: it is about the whole server, other servers or its files.
fn left_out(words: &[&str]) -> Option<&'static str> {
    match words {
        ["copy", ..] => Some("COPY with a file or program"),
        ["create" | "alter" | "drop", "database", ..] => Some("DATABASE"),
        ["create" | "alter" | "drop", "tablespace", ..] => Some("TABLESPACE"),
        ["create" | "alter" | "drop", "subscription", ..] => Some("SUBSCRIPTION"),
        ["alter", "system", ..] => Some("ALTER SYSTEM"),
        ["load", ..] => Some("LOAD"),
        _ => None,
    }
}

/// Whether the failure of a statement leaves the rows and definitions of the application as they
/// should be.
fn passed_over(
    statement: &Statement,
    words: &[&str],
    error: &tokio_postgres::Error,
) -> Option<(Tolerance, String)> {
    let code = code(error);
    // undefined object, function, table; invalid schema name
    let is_missing = matches!(code, "42704" | "42883" | "42P01" | "3F000");
    let text = |words: &[&str]| words.join(" ").to_uppercase();
    match (&statement.kind, words) {
        (script::Kind::Set, _) if matches!(code, "42704" | "22023" | "0A000" | "55P02") => {
            let mut names = words[1..].iter().filter(|word| !matches!(**word, "session" | "local"));
            let name = names.next().and_then(|word| word.split('=').next())?;
            Some((Tolerance::Setting, bare(name).to_owned()))
        }
        (script::Kind::Insert(rows), _) if matches!(code, "42P01" | "3F000") => {
            Some((Tolerance::Rows, written(&name(rows))))
        }
        (_, ["create", "extension", rest @ ..]) => {
            let name = rest.iter().find(|word| !matches!(**word, "if" | "not" | "exists"))?;
            Some((Tolerance::Extension, bare(name).to_owned()))
        }
        (_, ["comment", "on", "extension", name, ..] | ["alter", "extension", name, ..])
            if is_missing =>
        {
            Some((Tolerance::Extension, bare(name).to_owned()))
        }
        (_, ["create", "schema", ..]) if code == "42P06" => {
            Some((Tolerance::Present, text(&words[..2])))
        }
        (_, ["create", "role" | "user" | "group", ..]) if code == "42710" => {
            Some((Tolerance::Present, text(&words[..2])))
        }
        (_, ["create" | "alter" | "drop", kind @ ("publication" | "server"), ..]) => {
            Some((Tolerance::Server, text(&[kind])))
        }
        (_, ["create" | "alter" | "drop", "event", "trigger", ..]) => {
            Some((Tolerance::Server, "EVENT TRIGGER".to_owned()))
        }
        (_, ["create" | "alter" | "drop", "foreign" | "user", kind @ ("data" | "mapping"), ..]) => {
            let name = if *kind == "data" { "FOREIGN DATA WRAPPER" } else { "USER MAPPING" };
            Some((Tolerance::Server, name.to_owned()))
        }
        (_, [first @ ("grant" | "revoke" | "comment"), ..]) if is_missing => {
            Some((Tolerance::Privilege, text(&[first])))
        }
        (_, ["security", "label", ..]) => Some((Tolerance::Privilege, text(&words[..2]))),
        (_, ["alter", "default", "privileges", ..]) if is_missing => {
            Some((Tolerance::Privilege, text(&words[..3])))
        }
        (_, ["alter", kind, .., "owner", "to", _]) if is_missing => {
            Some((Tolerance::Privilege, format!("{} OWNER", text(&["alter", kind]))))
        }
        // Of tables that are left out, such as those of a login service.
        (_, ["alter", "table", .., "disable" | "enable", "trigger", _]) if is_missing => {
            Some((Tolerance::Absent, "ALTER TABLE TRIGGER".to_owned()))
        }
        (_, ["select", call, ..]) if is_missing && call.contains("setval") => {
            Some((Tolerance::Absent, "setval".to_owned()))
        }
        (_, ["drop", kind, ..]) if is_missing => Some((Tolerance::Absent, text(&["drop", kind]))),
        _ => None,
    }
}

/// Whether a statement fails that makes something beside the rows of the application: what asks for
/// functions or operators that are not there, on tables that are not ours; and an index anywhere.
fn beside(
    words: &[&str],
    error: &tokio_postgres::Error,
    made_up: &MadeUp,
    names: &Names,
) -> Option<(Tolerance, String)> {
    // undefined object, function, table, column; invalid schema name; wrong type; not supported
    let is_missing = matches!(
        code(error),
        "42704" | "42883" | "42P01" | "42703" | "3F000" | "42804" | "0A000" | "42809" | "42846"
    );
    let ["create" | "alter" | "drop", rest @ ..] = words else { return None };
    if !is_missing {
        return None;
    }
    let modifiers =
        ["or", "replace", "unique", "materialized", "recursive", "temporary", "constraint"];
    let mut rest = rest.iter().skip_while(|word| modifiers.contains(*word));
    let kind = *rest.next()?;
    let on = words.iter().skip_while(|word| **word != "on").nth(1);
    let is_ours = on.is_some_and(|on| {
        let on = on.replace('"', "");
        let (schema, table) = on.split_once('.').unwrap_or((names.schema(), &on));
        schema == names.schema() && names.table_named(table).is_some()
    });
    let is_beside = match kind {
        "policy" | "trigger" | "rule" => !is_ours,
        "index" | "view" | "function" | "procedure" | "aggregate" | "operator" | "cast" => true,
        "table" => made_up.names_schema(words),
        _ => false,
    };
    is_beside.then(|| (Tolerance::Beside, kind.to_uppercase()))
}
