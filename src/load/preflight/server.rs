//! Server, database, role and what stands between: facts, and what of them speaks against a load.

use std::fmt;

use serde::Serialize;
use tokio_postgres::GenericClient;

use super::{Items, Level, Look};
use crate::load::Error;
use crate::schema::Table;

/// The port on which a well-known host of this kind of application offers its transaction pooler.
pub(super) const POOLER_PORT: u16 = 6543;

/// How often the process is asked for: one behind a pooler with free connections may stay the same
/// for a while.
const ASKED: usize = 8;

/// What the server, the database and the connected role are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Server {
    /// Version as it calls itself.
    pub version: String,
    /// Version as a number, `150018`.
    pub version_number: i32,
    /// Connected role.
    pub role: String,
    /// What the role may do by itself, beside what it owns.
    pub attributes: Vec<&'static str>,
    /// Database.
    pub database: String,
    /// Encoding of the database.
    pub encoding: String,
    /// Whether the role may make what the load makes.
    #[serde(skip)]
    may: May,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct May {
    /// Tables in the application's schema.
    tables: bool,
    /// Our own schema, or tables in it.
    journal: bool,
}

impl Server {
    pub(super) fn is_superuser(&self) -> bool {
        self.attributes.contains(&"superuser")
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attributes = match self.attributes.as_slice() {
            [] => "no superuser, no bypassrls".to_owned(),
            some => some.join(", "),
        };
        let Self { version, database, role, .. } = self;
        write!(f, "PostgreSQL {version}, database `{database}`, role `{role}` ({attributes})")
    }
}

pub(super) async fn look(
    client: &impl GenericClient,
    schema: &str,
    items: &mut Items,
) -> Result<Server, Error> {
    let row = client.query_one(include_str!("../sql/preflight/server.sql"), &[&schema]).await;
    let row = row.map_err(Error::database("ask the server what it is"))?;
    let flag = |name: &str| row.get::<_, bool>(name);
    let server = Server {
        version: row.get("version"),
        version_number: row.get("version_number"),
        role: row.get("role"),
        attributes: [("is_superuser", "superuser"), ("bypasses_row_security", "bypassrls")]
            .into_iter()
            .filter_map(|(column, name)| flag(column).then_some(name))
            .collect(),
        database: row.get("database"),
        encoding: row.get("encoding"),
        may: May { tables: flag("creates_in_schema"), journal: flag("keeps_a_journal") },
    };
    let database = format!("database `{}`", server.database);
    if !flag("has_schema") {
        let message = format!("there is no schema `{schema}`");
        let remedy = "check the schema and the database that were named";
        items.add((Level::Refused, "schema_missing"), &database, message, remedy);
    }
    version(&server, items);
    if flag("in_recovery") {
        let message = "is a standby: nothing can be written";
        items.add((Level::Refused, "in_recovery"), &database, message, "connect to the primary");
    }
    if flag("read_only") {
        let message = "transactions of this role are read only by default";
        let remedy = "reset default_transaction_read_only for the role or the database";
        items.add((Level::Refused, "read_only"), &database, message, remedy);
    }
    if server.encoding != "UTF8" {
        let message = format!("its encoding is {}, a plan is UTF8", server.encoding);
        let remedy = "load into a database of encoding UTF8";
        items.add((Level::Refused, "encoding"), &database, message, remedy);
    }
    if !flag("creates_temporary") {
        let message = format!("role `{}` may not make temporary tables", server.role);
        let remedy = format!("grant temporary on {database} to the role");
        items.add((Level::Refused, "no_temporary"), &database, message, remedy);
    }
    let replication: String = row.get("replication_role");
    if replication != "origin" {
        let message = format!("session_replication_role is {replication}: keys are not checked");
        let remedy = "reset it for the role or the database";
        items.add((Level::Refused, "replication_role"), &database, message, remedy);
    }
    let named = format!(
        "{} {} {}",
        row.get::<_, String>("version_text"),
        row.get::<_, String>("application_name"),
        row.get::<_, Option<String>>("pool_mode").map_or("", |_| "pool_mode"),
    );
    pooler(client, row.get("backend"), &named.to_lowercase(), items).await?;
    Ok(server)
}

fn version(server: &Server, items: &mut Items) {
    let major = server.version_number / 10_000;
    if !(14..=18).contains(&major) {
        let message = format!("is PostgreSQL {}; 14 to 18 are known to work", server.version);
        let remedy = "load into a server of a version that was tried";
        items.add((Level::Refused, "server_version"), "server", message, remedy);
    }
}

const DIRECT: &str =
    "connect to the server itself, or to a pooler in session mode (often port 5432)";

async fn pooler(
    client: &impl GenericClient,
    first: i32,
    named: &str,
    items: &mut Items,
) -> Result<(), Error> {
    let mut moved = false;
    for _ in 0..ASKED {
        let row = client.query_one(include_str!("../sql/preflight/backend.sql"), &[]).await;
        let row = row.map_err(Error::database("ask the server which process serves it"))?;
        moved |= row.get::<_, i32>(0) != first;
    }
    if moved {
        let message = "statements of one session went to different processes: a transaction pooler";
        items.add((Level::Refused, "transaction_pooler"), "connection", message, DIRECT);
    }
    let signs = ["pgbouncer", "supavisor", "pgcat", "odyssey", "pool_mode"];
    if let Some(sign) = signs.into_iter().find(|sign| named.contains(sign)) {
        let message = format!("something on the way calls itself `{sign}`");
        items.add((Level::Warning, "pooler_sign"), "connection", message, DIRECT);
    }
    Ok(())
}

pub(super) fn pooler_port(items: &mut Items) {
    let message = format!("port {POOLER_PORT} is where transaction poolers usually listen");
    items.add((Level::Warning, "pooler_sign"), "connection", message, DIRECT);
}

/// What the role may not do that a load does.
pub(super) fn rights(server: &Server, look: &Look<'_>, items: &mut Items) {
    let role = format!("role `{}`", server.role);
    if !server.may.journal {
        let message = "may neither make the schema `orgfold` nor write to the one that is there";
        let remedy = "grant create on the database to the role, or load as the schema's owner";
        items.add((Level::Refused, "no_journal"), &role, message, remedy);
    }
    let missing = look.catalog.table(Table::ProjectContactPoints).is_none();
    if missing && !server.may.tables {
        let message = format!(
            "may not make the table `{}` in schema `{}`",
            look.catalog.names.table(Table::ProjectContactPoints),
            look.catalog.names.schema()
        );
        let remedy = "grant create on the schema to the role";
        items.add((Level::Refused, "no_create"), &role, message, remedy);
    }
    for table in look.catalog.tables.values() {
        let changed = table.table != Table::Users;
        if changed && !table.owned && !server.is_superuser() {
            let message = format!("{role} does not own it, its owner is `{}`", table.owner);
            let remedy = "load as the owner: columns, keys and triggers can only be changed by it";
            items.add((Level::Refused, "not_owner"), &table.name, message, remedy);
        }
        if !table.readable {
            let message = format!("{role} may not read it");
            let remedy = "grant select on the table to the role";
            items.add((Level::Refused, "not_readable"), &table.name, message, remedy);
        }
        if table.filtered {
            let message = format!(
                "row-level security is on{} and hides rows from {role}: it would read too few",
                if table.row_security_forced { ", forced on the owner too," } else { "" }
            );
            let remedy = "load as a role with BYPASSRLS, or as the owner where it is not forced";
            items.add((Level::Refused, "rows_hidden"), &table.name, message, remedy);
        } else if table.row_security {
            let message = format!("row-level security is on; {role} sees every row");
            items.add((Level::Info, "row_security"), &table.name, message, "");
        }
    }
}
