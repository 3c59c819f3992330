//! Restores a source into an empty database, without `psql`.
//!
//! In: a plain dump, or a directory of CSV files, and a connection of a superuser of a private
//! server. Out: its rows and definitions, and a list of what was passed over or made up on the
//! way. Triggers and foreign keys do not act while rows come in, as in `pg_restore
//! --disable-triggers`; keys that the rows turn out to break are dropped and listed.
//!
//! A dump is a program: it is run with the rights of the private server's account, so files and
//! programs of the server, subscriptions and other databases are left out. Never connects to
//! anything but that server; never puts a value into an error.

mod csv;
mod dump;
mod missing;
mod refusal;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::Path;

use bytes::Bytes;
use futures_util::SinkExt as _;
use tokio_postgres::{Client, Row};

pub use csv::restore_csv;
pub use dump::{has_schema, restore_dump};

use super::catalog::Catalog;
use super::verify::{fill, without_head};
use super::{Error, quote_ident};
use crate::extract::Holds;
use crate::progress::Progress;
use crate::schema::{Field, Kind, Names, Schema, Table};

const COLUMNS: &str = include_str!("sql/restore_columns.sql");
const KEYS: &str = include_str!("sql/restore_keys.sql");
const REFERENCE: &str = include_str!("sql/reference.sql");
const RELAX: &str = include_str!("sql/restore_relax.sql");

/// Rows act alone, and text means the same on every server.
const BEGIN: &str = "SET session_replication_role = replica; SET TimeZone = 'UTC'; \
                     SET DateStyle = 'ISO, MDY'; SET client_min_messages = warning";
const END: &str = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL";

/// How to restore.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// How the database spells the application's schema, tables and columns.
    pub names: &'a Names,
    /// What columns there are, and what each is for.
    pub declared: &'static Schema,
    /// What to do with columns that the source has and the database has not.
    pub beyond: Beyond,
    /// How progress is shown.
    pub progress: Progress,
}

/// What happens to columns, and to tables of ours, that only the source has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// They are made, for the reference schema: without them the plan would not fit the rows.
    Add,
    /// They are left out of CSV files; in a dump they are an error.
    Report,
}

/// What was restored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Statements that the server carried out.
    pub statements: u64,
    /// Rows that came by COPY or from CSV files; those of INSERT statements are not counted.
    pub rows: u64,
    /// What was passed over or made up, in order.
    pub tolerated: Vec<Tolerated>,
}

/// Something that was passed over or made up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tolerated {
    /// What kind of thing.
    pub kind: Tolerance,
    /// Its name; never data.
    pub name: String,
    /// How often; for rows, how many.
    pub count: u64,
}

/// Kinds of what is passed over or made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tolerance {
    /// A setting that the server does not know or refuses.
    Setting,
    /// A role that is missing: made, without a login and without rights of its own.
    Role,
    /// A schema that is missing: made.
    Schema,
    /// A table of another schema to which a key or a trigger refers: made, without rows.
    Table,
    /// A function of a login service that a policy asks: made.
    Function,
    /// A type of an extension: its values are texts.
    Type,
    /// A definition beside the application's rows that asks for what is not there.
    Beside,
    /// An extension that the server does not have.
    Extension,
    /// A right, owner or comment of something that is not there.
    Privilege,
    /// A statement about the whole server or other servers.
    Server,
    /// A thing that was to be dropped, and is not there.
    Absent,
    /// A thing that is there already.
    Present,
    /// Rows of a table that is not there; for INSERT, statements.
    Rows,
    /// A table of ours that the source has and the schema has not: made.
    TableAdded,
    /// A column that the source has and the schema has not: made.
    ColumnAdded,
    /// A column of a CSV file that the schema has not, or computes: left out.
    ColumnLeftOut,
    /// A foreign key that the rows break: dropped.
    KeyBroken,
}

impl fmt::Display for Tolerated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name, count } = self;
        match kind {
            Tolerance::Setting => write!(f, "setting `{name}` is not known to the server"),
            Tolerance::Role => write!(f, "role `{name}` was missing and was made"),
            Tolerance::Schema => write!(f, "schema `{name}` was missing and was made"),
            Tolerance::Table => write!(f, "table `{name}` was missing and was made, without rows"),
            Tolerance::Function => write!(f, "function `{name}` was missing and was made"),
            Tolerance::Type => {
                write!(f, "type `{name}`, of an extension, is not available: its values are texts")
            }
            Tolerance::Beside => write!(f, "`{name}` that asks for what is not there was left out"),
            Tolerance::Extension => write!(f, "extension `{name}` is not available"),
            Tolerance::Privilege => write!(f, "`{name}` on something that is not there"),
            Tolerance::Server => write!(f, "`{name}` was left out"),
            Tolerance::Absent => write!(f, "`{name}` of something that is not there"),
            Tolerance::Present => write!(f, "`{name}` of something that is there already"),
            Tolerance::Rows => write!(f, "rows of `{name}`, which is not in the schema"),
            Tolerance::TableAdded => write!(f, "table `{name}` was added to the schema"),
            Tolerance::ColumnAdded => write!(f, "column `{name}` was added to the schema"),
            Tolerance::ColumnLeftOut => write!(f, "column `{name}` was left out"),
            Tolerance::KeyBroken => {
                write!(f, "foreign key `{name}` does not hold and was dropped")
            }
        }?;
        if *count > 1 { write!(f, " ({count} times)") } else { Ok(()) }
    }
}

/// Makes the reference schema, for a source that has none, and calls its tables and columns as the
/// source does. Triggers that speak of their names do not survive another spelling.
///
/// # Errors
/// The database is not empty.
pub async fn reference_schema(
    client: &Client,
    names: &Names,
    declared: &'static Schema,
) -> Result<(), Error> {
    let doing = || Error::database("make the reference schema");
    let schema = quote_ident(names.schema());
    let made = client.batch_execute(&REFERENCE.replace(":schema", &schema)).await;
    made.map_err(doing())?;
    let relax = relaxed(names.schema(), declared);
    client.batch_execute(&relax).await.map_err(doing())?;
    let ours = Names::in_schema(names.schema());
    let catalog = Catalog::read(client, &ours, declared).await?;
    let mut script = String::new();
    for relation in catalog.tables.values() {
        let table = relation.table;
        for column in declared.all(table) {
            let (old, new) = (column.field.name(), names.column(table, column.field));
            if old != new && relation.column(old).is_some() {
                let (table, new) = (ours.sql_table(table), quote_ident(new));
                let _ = write!(script, "ALTER TABLE {table} RENAME COLUMN {old} TO {new};");
            }
        }
        if names.table(table) != table.name() {
            let new = quote_ident(names.table(table));
            let _ = write!(script, "ALTER TABLE {} RENAME TO {new};", ours.sql_table(table));
        }
    }
    if script.is_empty() {
        return Ok(());
    }
    for function in ["log_activity", "generate_project_id"] {
        let _ = write!(script, "DROP FUNCTION {schema}.{function}() CASCADE;");
    }
    client.batch_execute(&script).await.map_err(doing())
}

/// The statements after which the reference schema demands no more of its rows than a plan does.
fn relaxed(schema: &str, declared: &'static Schema) -> String {
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let demanded = Table::ALL.into_iter().flat_map(|table| {
        let filled = declared.columns(table).iter().filter(|column| !column.nullable);
        filled.map(move |column| literal(&format!("{table}.{}", column.field.name())))
    });
    let demanded: Vec<String> = demanded.collect();
    fill(without_head(RELAX), &[(":schema", &literal(schema)), (":demanded", &demanded.join(", "))])
}

/// A restore under way.
struct Restore<'a> {
    client: &'a Client,
    options: Options<'a>,
    statements: u64,
    rows: u64,
    noted: BTreeMap<(Tolerance, String), u64>,
    /// Whether a row breaks it, by foreign key that was there before the rows.
    keys: Vec<Key>,
    /// What is known of the tables so far.
    tables: BTreeMap<Name, Option<Vec<Column>>>,
}

/// A table's name; without a schema it is found by the search path.
type Name = (Option<String>, String);

struct Key {
    table: String,
    name: String,
    is_broken: String,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    computed: bool,
    holds: Holds,
}

impl<'a> Restore<'a> {
    async fn begin(client: &'a Client, options: Options<'a>) -> Result<Self, Error> {
        let failed = Error::database("prepare the restore");
        client.batch_execute(BEGIN).await.map_err(failed)?;
        let keys = client.query(KEYS, &[]).await.map_err(Error::database("list foreign keys"))?;
        let keys = keys
            .iter()
            .map(|row| Key {
                table: format!(
                    "{}.{}",
                    quote_ident(&row.get::<_, String>(0)),
                    quote_ident(&row.get::<_, String>(1))
                ),
                name: row.get(2),
                is_broken: row.get(3),
            })
            .collect();
        let noted = BTreeMap::new();
        Ok(Self { client, options, statements: 0, rows: 0, noted, keys, tables: BTreeMap::new() })
    }

    /// Gives the session its settings back, and drops what the rows break.
    async fn end(mut self) -> Result<Restored, Error> {
        let failed = Error::database("end the restore");
        self.client.batch_execute(END).await.map_err(failed)?;
        for Key { table, name, is_broken } in std::mem::take(&mut self.keys) {
            let checked = self.client.query_one(&is_broken, &[]).await;
            match checked.map(|row| row.get::<_, bool>(0)) {
                Ok(false) => {}
                Ok(true) => {
                    let drop =
                        format!("ALTER TABLE {table} DROP CONSTRAINT {}", quote_ident(&name));
                    let failed = Error::database("drop a foreign key that does not hold");
                    self.client.batch_execute(&drop).await.map_err(failed)?;
                    self.note(Tolerance::KeyBroken, name, 1);
                }
                // The dump dropped the table or the column: nothing is left to hold.
                Err(error) if error.code().is_some_and(|code| code.code().starts_with("42")) => {}
                Err(error) => return Err(Error::database("check a foreign key")(error)),
            }
        }
        let tolerated = self.noted.into_iter();
        let tolerated = tolerated.map(|((kind, name), count)| Tolerated { kind, name, count });
        Ok(Restored {
            statements: self.statements,
            rows: self.rows,
            tolerated: tolerated.collect(),
        })
    }

    fn note(&mut self, kind: Tolerance, name: impl Into<String>, count: u64) {
        *self.noted.entry((kind, name.into())).or_default() += count;
    }

    /// The columns of a table; `None` if there is none.
    async fn columns(&mut self, name: &Name) -> Result<Option<Vec<Column>>, Error> {
        if let Some(known) = self.tables.get(name) {
            return Ok(known.clone());
        }
        let rows = self.client.query(COLUMNS, &[&name.0, &name.1]).await;
        let rows = rows.map_err(Error::database("look up a table"))?;
        let column = |row: &Row| Column {
            name: row.get(0),
            computed: row.get(1),
            holds: if row.get(2) { Holds::Text } else { Holds::Other },
        };
        let columns: Vec<Column> = rows.iter().map(column).collect();
        let columns = (!columns.is_empty()).then_some(columns);
        self.tables.insert(name.clone(), columns.clone());
        Ok(columns)
    }

    /// Makes what the source has beyond the schema, where that is asked for; false if there is no
    /// such table in the end.
    async fn provide(&mut self, name: &Name, columns: &[String]) -> Result<bool, Error> {
        let found = self.columns(name).await?;
        let ours = self.ours(name);
        if self.options.beyond == Beyond::Report {
            // Of a table that was only made up, or is not ours, rows that do not fit are passed over.
            let fits = |found: Vec<Column>| {
                columns.iter().all(|column| found.iter().any(|it| it.name == *column))
            };
            return Ok(found.is_some_and(|found| ours.is_some() || fits(found)));
        }
        let names = self.options.names;
        let schema = name.0.as_deref().unwrap_or(names.schema());
        let quoted = format!("{}.{}", quote_ident(schema), quote_ident(&name.1));
        let mut statements = Vec::new();
        let mut present: Vec<String> = match (found, ours) {
            (Some(found), _) => found.into_iter().map(|column| column.name).collect(),
            (None, Some(table)) => {
                let id = names.column(table, Field::ID);
                let column = quote_ident(id);
                statements.push(format!("CREATE TABLE {quoted} ({column} uuid PRIMARY KEY)"));
                self.note(Tolerance::TableAdded, &name.1, 1);
                vec![id.to_owned()]
            }
            (None, None) => return Ok(false),
        };
        for column in columns {
            if present.contains(column) {
                continue;
            }
            let kind = self.column_type(ours, column);
            let column_name = quote_ident(column);
            statements.push(format!("ALTER TABLE {quoted} ADD COLUMN {column_name} {kind}"));
            self.note(Tolerance::ColumnAdded, format!("{}.{column}", name.1), 1);
            present.push(column.clone());
        }
        if !statements.is_empty() {
            let added = self.client.batch_execute(&statements.join("; ")).await;
            added.map_err(Error::database("add what the source has beyond the schema"))?;
            self.tables.remove(name);
        }
        Ok(true)
    }

    /// Which table of the application it is.
    fn ours(&self, name: &Name) -> Option<Table> {
        let names = self.options.names;
        let is_here = name.0.as_deref().is_none_or(|schema| schema == names.schema());
        names.table_named(&name.1).filter(|_| is_here)
    }

    /// The type of a column that only the source has.
    fn column_type(&self, table: Option<Table>, column: &str) -> &'static str {
        let Options { names, declared, .. } = self.options;
        let known = table.and_then(|table| {
            let mut columns = declared.columns(table).iter();
            columns.find(|known| names.column(table, known.field) == column)
        });
        match (known.map(|known| known.kind), column) {
            (Some(Kind::Uuid), _) => "uuid",
            (Some(Kind::Bool), _) => "boolean",
            (Some(Kind::Timestamp), _) | (None, "created_at" | "updated_at") => {
                "timestamp with time zone"
            }
            (Some(Kind::Text) | None, _) => "text",
        }
    }
}

/// Sends rows in the text format of COPY, chunk by chunk.
struct Copy {
    sink: std::pin::Pin<Box<tokio_postgres::CopyInSink<Bytes>>>,
}

impl Copy {
    async fn begin(client: &Client, statement: &str) -> Result<Self, tokio_postgres::Error> {
        Ok(Self { sink: Box::pin(client.copy_in(statement).await?) })
    }

    async fn send(&mut self, chunk: Vec<u8>) -> Result<(), tokio_postgres::Error> {
        self.sink.send(Bytes::from(chunk)).await
    }

    async fn finish(mut self) -> Result<u64, tokio_postgres::Error> {
        self.sink.as_mut().finish().await
    }
}

/// The error for something that the server refused.
fn refused(path: &Path, place: String, what: String, error: &tokio_postgres::Error) -> Error {
    let refusal = refusal::explain(error, &what);
    Error::Restore { path: path.to_owned(), place, what, why: refusal.why, code: refusal.code }
}
