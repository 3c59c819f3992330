//! The look before a load: what the server, the role and the tables are, and what of it speaks
//! against loading.
//!
//! Only reads. In: a connection, a schema, a mode, and the plan where there is one. Out: facts, and
//! items of three levels; one that refuses is enough to refuse. Says what it guessed.

mod columns;
mod meaning;
mod planned;
mod seen;
mod server;
mod strategy;
mod tables;

use std::fmt;

use serde::Serialize;
use tokio_postgres::GenericClient;

pub use self::planned::Planned;
pub use self::server::Server;
use super::catalog::Catalog;
use super::expand::Audit;
use super::transaction::{Strategy, Triggers};
use super::{Error, Refusal, visibility};
use crate::schema::{self, Field, Mode, Table};

/// How much an item matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Loading would fail or do harm.
    Refused,
    /// Somebody should know before.
    Warning,
    /// Worth knowing.
    Info,
}

impl Level {
    /// Name in files and on a terminal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// Something that was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Item {
    /// How much it matters.
    pub level: Level,
    /// What kind of thing it is.
    pub code: &'static str,
    /// Table, column, role or the like.
    pub subject: String,
    /// What is so.
    pub message: String,
    /// What a person can do; empty where nothing is to be done.
    pub remedy: String,
}

/// A table, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableSummary {
    /// Name.
    pub name: String,
    /// Rows as the server estimates them; `None` if it never counted.
    pub rows: Option<i64>,
    /// Size with indexes.
    pub bytes: i64,
    /// Role that owns it.
    pub owner: String,
    /// Whether row-level security is on.
    pub row_security: bool,
    /// Publications that it is in.
    pub publications: Vec<String>,
}

/// What was seen before a load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preflight {
    /// Server, database and role.
    pub server: Server,
    /// The tables that are there.
    pub tables: Vec<TableSummary>,
    /// Everything else, what refuses first.
    pub items: Vec<Item>,
}

/// Where the items are gathered.
#[derive(Default)]
struct Items(Vec<Item>);

impl Items {
    fn add(
        &mut self,
        (level, code): (Level, &'static str),
        subject: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let (subject, message, remedy) = (subject.into(), message.into(), remedy.into());
        self.0.push(Item { level, code, subject, message, remedy });
    }
}

/// What is about to be loaded, and how.
#[derive(Clone, Copy, Debug)]
pub struct Intent<'a> {
    /// Where contacts' customer organizations are written.
    pub mode: Mode,
    /// What happens to triggers.
    pub triggers: Triggers,
    /// How rows that exist are changed.
    pub strategy: Strategy,
    /// What the plan writes, where there is one.
    pub planned: Option<&'a Planned>,
    /// What happens to audit rows.
    pub audit: Audit,
    /// How a connection becomes a user.
    pub visibility: &'a visibility::Settings,
}

/// Everything that the judges look at.
struct Look<'a> {
    catalog: &'a Catalog,
    mode: Mode,
    triggers: Triggers,
    strategy: Strategy,
    planned: Option<&'a Planned>,
    audit: Audit,
}

impl Look<'_> {
    /// The columns of a table that a load writes.
    fn written(&self, table: Table) -> impl Iterator<Item = &'static schema::Column> {
        self.catalog.declared.written(table, self.mode)
    }

    /// Their names in the database.
    fn written_names(&self, table: Table) -> Vec<&str> {
        self.written(table).map(|column| self.name(table, column.field)).collect()
    }

    /// The name of a column in the database.
    fn name(&self, table: Table, field: Field) -> &str {
        self.catalog.names.column(table, field)
    }
}

/// Looks at a database before a load; the catalog has to be as it is now.
///
/// # Errors
/// The database said no to a question that every role may ask. What speaks against loading is no
/// error but an item: see [`Preflight::refuse`].
pub async fn preflight(
    client: &impl GenericClient,
    catalog: &Catalog,
    Intent { mode, triggers, strategy, planned, audit, visibility }: Intent<'_>,
) -> Result<Preflight, Error> {
    let mut items = Items::default();
    let server = server::look(client, catalog.names.schema(), &mut items).await?;
    let look = Look { catalog, mode, triggers, strategy, planned, audit };
    server::rights(&server, &look, &mut items);
    tables::judge(&look, &mut items);
    tables::locks(client, &look, &mut items).await?;
    tables::two_primaries(client, &look, &mut items).await?;
    tables::publications(client, &look, &mut items).await?;
    tables::replica_identity(client, &look, &mut items).await?;
    tables::names(client, &look, &mut items).await?;
    tables::other_mode(&look, &mut items);
    tables::audit(&look, &mut items);
    seen::judge(client, &look, visibility, &mut items).await?;
    strategy::judge(client, &look, &mut items).await?;
    columns::judge(&look, &mut items);
    meaning::judge(&look, &mut items);
    meaning::guess(client, &look, &mut items).await?;
    let mut tables: Vec<TableSummary> = catalog
        .tables
        .values()
        .map(|table| TableSummary {
            name: table.name.clone(),
            rows: (table.estimate >= 0).then_some(table.estimate),
            bytes: table.bytes,
            owner: table.owner.clone(),
            row_security: table.row_security,
            publications: table.publications.clone(),
        })
        .collect();
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Preflight { server, tables, items: sorted(items.0) })
}

fn sorted(mut items: Vec<Item>) -> Vec<Item> {
    items.sort();
    items.dedup();
    items
}

impl Preflight {
    /// Adds what the port that was connected to says: the server itself does not know it where a
    /// pooler stands between.
    #[must_use]
    pub fn connected_to(mut self, port: Option<u16>) -> Self {
        if port == Some(server::POOLER_PORT) {
            let mut items = Items(std::mem::take(&mut self.items));
            server::pooler_port(&mut items);
            self.items = sorted(items.0);
        }
        self
    }

    /// With what was seen later.
    #[must_use]
    pub fn with(mut self, more: Vec<Item>) -> Self {
        self.items.extend(more);
        self.items = sorted(self.items);
        self
    }

    /// Items of a level.
    pub fn of(&self, level: Level) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.level == level)
    }

    /// Number of warnings.
    pub fn warnings(&self) -> usize {
        self.of(Level::Warning).count()
    }

    /// An error if anything speaks against loading.
    ///
    /// # Errors
    /// An item refuses; all of those are named.
    pub fn refuse(&self) -> Result<(), Error> {
        let refused: Vec<&Item> = self.of(Level::Refused).collect();
        let Some(first) = refused.first() else { return Ok(()) };
        let names = refused.iter().map(|item| format!("{} of {}", item.code, item.subject));
        let names = names.collect::<Vec<_>>().join(", ");
        let help = match refused.as_slice() {
            [_] => first.remedy.clone(),
            more => format!("{}; `orgfold preflight` prints all {}", first.remedy, more.len()),
        };
        Err(Error::refused(
            Refusal::Preflight,
            format!("preflight refuses: {}; {names}", first.message),
            help,
        ))
    }
}

impl fmt::Display for Preflight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.server)?;
        let widest =
            |text: fn(&TableSummary) -> String| self.tables.iter().map(|t| text(t).len()).max();
        let name = widest(|table| table.name.clone()).unwrap_or(0);
        let rows = widest(|table| count(table.rows)).unwrap_or(0);
        for table in &self.tables {
            let size = format!("{} kB", table.bytes / 1024);
            let security = if table.row_security { ", row-level security" } else { "" };
            writeln!(
                f,
                "  {:name$}  {:>rows$} rows  {size:>12}  owner {}{security}",
                table.name,
                count(table.rows),
                table.owner,
            )?;
        }
        let code = self.items.iter().map(|item| item.code.len()).max().unwrap_or(0);
        for item in &self.items {
            writeln!(f, "{:7}  {:code$}  {}", item.level.name(), item.code, item.subject)?;
            writeln!(f, "         {}", item.message)?;
            if !item.remedy.is_empty() {
                writeln!(f, "         help: {}", item.remedy)?;
            }
        }
        let number = |level| self.of(level).count();
        write!(
            f,
            "{} refused, {} warnings, {} infos",
            number(Level::Refused),
            number(Level::Warning),
            number(Level::Info)
        )
    }
}

/// An estimate of rows.
fn count(rows: Option<i64>) -> String {
    rows.map_or_else(|| "? (never analyzed)".to_owned(), |rows| format!("about {rows}"))
}
