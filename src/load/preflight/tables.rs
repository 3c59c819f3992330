//! The tables themselves: whether they are there, of the right kind, with the right key, and what
//! would happen to their triggers, locks and subscribers.

use tokio_postgres::GenericClient;

use super::{Items, Level, Look};
use crate::load::Error;
use crate::load::catalog::{CHANGED, FILE_UNDER_OWNER, Relation, Trigger};
use crate::load::expand::due::can_be_filed;
use crate::load::expand::{Addition, Audit, Ddl, OWNER_ID_KEY, Shape, Statement};
use crate::load::transaction::Triggers;
use crate::load::verify::fill;
use crate::schema::{Field, Mode, Presence, Table};

pub(super) fn judge(look: &Look<'_>, items: &mut Items) {
    for table in Table::ALL {
        let Some(relation) = look.catalog.table(table) else {
            absent(look, table, items);
            continue;
        };
        kind(relation, items);
        if CHANGED.contains(&table) {
            key(look, relation, items);
            for trigger in &relation.triggers {
                self::trigger(look, relation, trigger, items);
            }
        }
    }
    if let Some(relation) = look.catalog.table(Table::Organizations) {
        slug(look, relation, items);
    }
}

fn absent(look: &Look<'_>, table: Table, items: &mut Items) {
    let names = &look.catalog.names;
    let name = names.table(table);
    let place = format!("there is no table `{name}` in schema `{}`", names.schema());
    match table {
        _ if table.presence() == Presence::Required => {
            let remedy = "check the schema and the database that were named";
            items.add((Level::Refused, "table_missing"), name, place, remedy);
        }
        Table::ProjectContactPoints => {
            let message = format!("{place}: the load makes it");
            items.add((Level::Info, "table_added"), name, message, "");
        }
        _ => {
            let known = look.planned.is_some_and(|planned| planned.users_known);
            let level = if known { Level::Refused } else { Level::Warning };
            let message = format!("{place}: tenants are told by their projects only");
            let remedy = "name the schema in which the users are, if there are any";
            items.add((level, "users_missing"), name, message, remedy);
        }
    }
}

fn kind(relation: &Relation, items: &mut Items) {
    let what = match relation.kind.as_str() {
        "r" if relation.is_partition || relation.inherits => "takes part in inheritance",
        "r" => "",
        "p" => "is partitioned",
        "v" => "is a view",
        "m" => "is a materialized view",
        _ => "is a foreign table",
    };
    if !what.is_empty() {
        let remedy = "load into a database where it is a plain table";
        items.add((Level::Refused, "table_kind"), &relation.name, what, remedy);
    }
    if relation.persistence != "p" {
        let message = "is not logged: a crash after the load empties it";
        let remedy = "alter table … set logged";
        items.add((Level::Warning, "table_unlogged"), &relation.name, message, remedy);
    }
}

fn key(look: &Look<'_>, relation: &Relation, items: &mut Items) {
    // As a rollback leaves the table that a load made: its keys come with the data.
    let is_bare = relation.indexes.is_empty() && relation.table == Table::ProjectContactPoints;
    let id = look.name(relation.table, Field::ID);
    if relation.primary_key() != [id] && !is_bare {
        let message = match relation.primary_key().as_slice() {
            [] => format!("has no primary key; rows are found by `{id}`"),
            some => format!("its primary key is ({}); rows are found by `{id}`", some.join(", ")),
        };
        let remedy = format!("make `{id}` the primary key");
        items.add((Level::Refused, "primary_key"), &relation.name, message, remedy);
    }
}

fn slug(look: &Look<'_>, relation: &Relation, items: &mut Items) {
    let slug = look.name(relation.table, Field::SLUG);
    let unique = relation.indexes.iter().any(|index| {
        let columns: Vec<&str> = index.columns.iter().flatten().map(String::as_str).collect();
        index.is_unique && index.is_valid && !index.is_partial && columns == [slug]
    });
    if !unique {
        let message = "no unique index keeps slugs apart; the plan does, other writers need not";
        let remedy = format!("create a unique index on {} ({slug})", relation.name);
        let subject = look.catalog.names.shown(relation.table, Field::SLUG);
        items.add((Level::Warning, "slug_not_unique"), subject, message, remedy);
    }
}

fn trigger(look: &Look<'_>, relation: &Relation, trigger: &Trigger, items: &mut Items) {
    let subject = format!("{}.{}", relation.name, trigger.name);
    let Trigger { timing, function, .. } = trigger;
    let events = trigger.events.join(" or ");
    let state = match trigger.state.as_str() {
        "O" => "is on",
        "A" => "is on always",
        "R" => "is on for replicas",
        _ => {
            let message = format!("{timing} {events}, calls {function}: is off and stays off");
            items.add((Level::Info, "trigger_off"), subject, message, "");
            return;
        }
    };
    let calls = format!("{timing} {events}, calls {function}: {state}");
    match look.triggers {
        Triggers::Disable => {
            let message = format!("{calls}; off by name during the load, then as it was");
            items.add((Level::Info, "trigger_disabled"), &subject, message, "");
        }
        Triggers::Fire => {
            let message = format!("{calls}; fires for every row that the load changes");
            let remedy = "look at what it writes, or set triggers = \"disable\" under [load]";
            items.add((Level::Warning, "trigger_fires"), &subject, message, remedy);
        }
        Triggers::Fail => {
            let message = format!("{calls}; triggers = \"fail\" under [load] refuses it");
            let remedy = "disable it, or set triggers = \"disable\"";
            items.add((Level::Refused, "trigger_on"), &subject, message, remedy);
        }
    }
    let tenant = look.name(Table::Contacts, Field::ORGANIZATION);
    let reads = |name: &str| {
        let source = trigger.source.as_deref().unwrap_or_default().to_lowercase();
        source.contains(&name.to_lowercase())
    };
    if look.mode == Mode::Rehome && relation.table == Table::Contacts && reads(tenant) {
        let message = format!(
            "{function} speaks of {tenant}, which becomes the customer organization: what it \
             files or checks by tenant goes wrong for every later change of a moved contact"
        );
        let remedy = super::meaning::remedy(look);
        items.add((Level::Warning, "trigger_reads_tenant_key"), subject, message, remedy);
    }
}

/// Names that the load gives and somebody else has given.
pub(super) async fn names(
    client: &impl GenericClient,
    look: &Look<'_>,
    items: &mut Items,
) -> Result<(), Error> {
    let due = Ddl::due(look.catalog, Shape { mode: look.mode, audit: look.audit });
    for Statement { adds, .. } in due.statements() {
        let (name, table) = match adds {
            Addition::Index { table, name, .. } => (name, &table.name),
            Addition::Constraint { table, name, definition, .. }
                if definition.starts_with("primary key") =>
            {
                (name, &table.name)
            }
            Addition::Table { table, .. } => (&table.name, &table.name),
            _ => continue,
        };
        let statement = include_str!("../sql/preflight/name_taken.sql");
        let is_table = matches!(adds, Addition::Table { .. });
        let row = client.query_one(statement, &[&adds.schema(), name, &is_table]).await;
        let row = row.map_err(Error::database("ask whose names are given"))?;
        if row.get(0) {
            let message = format!("the load gives this name to {adds} of {table}, and it is taken");
            let remedy = "rename what has it";
            items.add((Level::Refused, "name_taken"), name, message, remedy);
        }
    }
    referred_to(look, items);
    Ok(())
}

/// The unique index that the composite keys refer to, where one of its name is there already.
fn referred_to(look: &Look<'_>, items: &mut Items) {
    let table = Table::Organizations;
    let Some(relation) = look.catalog.table(table) else { return };
    let Some(index) = relation.indexes.iter().find(|index| index.name == OWNER_ID_KEY) else {
        return;
    };
    let wanted = [look.name(table, Field::OWNER), look.name(table, Field::ID)];
    let columns: Vec<&str> = index.columns.iter().flatten().map(String::as_str).collect();
    if columns != wanted || !index.is_unique || index.is_partial || !index.is_valid {
        let message =
            format!("has a name of ours, and is no unique index on {}", wanted.join(", "));
        items.add((Level::Refused, "name_taken"), &index.name, message, "rename it");
    }
}

/// Where a tenant could not change a moved contact any more: a trigger of its files the change under
/// the customer organization, into a table whose policies let the tenant write for itself only.
pub(super) fn audit(look: &Look<'_>, items: &mut Items) {
    let Some(contacts) = look.catalog.table(Table::Contacts) else { return };
    if look.mode != Mode::Rehome {
        return;
    }
    let tenant = look.name(Table::Contacts, Field::ORGANIZATION);
    for audit in &look.catalog.audits {
        let subject = format!("{}.{}", contacts.name, audit.trigger);
        let (function, written) = (&audit.function, &audit.table);
        if audit.is_filed {
            let message = format!("what {function} writes into {written} is filed under the owner");
            items.add((Level::Info, "audit_filed"), subject, message, "");
            continue;
        }
        let can_be_filed = can_be_filed(audit);
        if can_be_filed && look.audit == Audit::FileUnderOwner {
            let message = format!(
                "what {function} writes into {written} will be filed under the owner, by trigger \
                 {FILE_UNDER_OWNER}"
            );
            items.add((Level::Info, "audit_filed"), subject, message, "");
            continue;
        }
        let message = format!(
            "{function} speaks of {tenant} and writes into {written}, on which row-level security \
             is on: a tenant's own change of a moved contact would be refused"
        );
        let mut remedy = super::meaning::remedy(look);
        if can_be_filed {
            remedy.push_str(", or set audit = \"file_under_owner\" under [load]");
        }
        items.add((Level::Refused, "audit_refuses"), subject, message, remedy);
    }
}

/// Updates of a table whose subscribers could not tell the rows are refused by the server.
pub(super) async fn replica_identity(
    client: &impl GenericClient,
    look: &Look<'_>,
    items: &mut Items,
) -> Result<(), Error> {
    for relation in look.catalog.changed().filter(|table| !table.publications.is_empty()) {
        let statement = include_str!("../sql/preflight/replica_identity.sql");
        let rows = client.query(statement, &[&relation.oid, &relation.publications]).await;
        for row in rows.map_err(Error::database("ask how subscribers tell rows"))? {
            let message = format!(
                "has no replica identity, and publication {} publishes its updates: each would be \
                 refused",
                row.get::<_, &str>(0)
            );
            let remedy = "alter table … replica identity default";
            items.add((Level::Refused, "replica_identity"), &relation.name, message, remedy);
        }
    }
    Ok(())
}

/// A load in the other mode has left keys that what this one writes would break.
pub(super) fn other_mode(look: &Look<'_>, items: &mut Items) {
    let (key, other) = match look.mode {
        Mode::Rehome => ("contacts_own_customer_fkey", Mode::Link),
        Mode::Link => ("contacts_owner_organization_fkey", Mode::Rehome),
    };
    let contacts = look.catalog.table(Table::Contacts);
    if contacts.is_some_and(|contacts| contacts.has_name(key)) {
        let message = format!("is of a load in mode {}; a mode is for good", other.name());
        let remedy = format!("plan in mode {}, or roll back the other loads first", other.name());
        items.add((Level::Refused, "other_mode"), key, message, remedy);
    }
}

/// Who holds locks now. A moment later it may be others; the load waits and names them then.
pub(super) async fn locks(
    client: &impl GenericClient,
    look: &Look<'_>,
    items: &mut Items,
) -> Result<(), Error> {
    let oids: Vec<u32> = look.catalog.changed().map(|table| table.oid).collect();
    let rows = client.query(include_str!("../sql/preflight/locks.sql"), &[&oids]).await;
    for row in rows.map_err(Error::database("ask who holds locks"))? {
        let text = |name: &str| row.get::<_, Option<String>>(name).filter(|text| !text.is_empty());
        let (level, effect) = if row.get("blocks") {
            (Level::Warning, "the load waits for it")
        } else {
            (Level::Info, "only the expand step waits for it")
        };
        let verb = if row.get("granted") { "holds" } else { "waits for" };
        let seconds = row.get::<_, Option<i64>>("seconds");
        let message = format!(
            "{} ({}, {}, {}) {verb} {}{}: {effect}",
            text("process").unwrap_or_default(),
            text("role").map_or("role not shown".to_owned(), |role| format!("role `{role}`")),
            text("application").unwrap_or_else(|| "no application name".to_owned()),
            text("state").unwrap_or_else(|| "state not shown".to_owned()),
            row.get::<_, String>("mode"),
            seconds.map(|seconds| format!(", in transaction for {seconds} s")).unwrap_or_default(),
        );
        let remedy = "let it end, or choose a quieter hour";
        items.add((level, "lock_held"), row.get::<_, String>("table"), message, remedy);
    }
    Ok(())
}

/// A project with two primary contact points: which one is meant, only a person knows.
pub(super) async fn two_primaries(
    client: &impl GenericClient,
    look: &Look<'_>,
    items: &mut Items,
) -> Result<(), Error> {
    let Some(points) = look.catalog.table(Table::ProjectContactPoints) else { return Ok(()) };
    let names = &look.catalog.names;
    let has = |field| look.catalog.column(points.table, field).is_some();
    if !points.readable || points.filtered || !has(Field::IS_PRIMARY) || !has(Field::PROJECT) {
        return Ok(());
    }
    let statement = fill(
        include_str!("../sql/preflight/two_primaries.sql"),
        &[
            (":points", &names.sql_table(points.table)),
            (":is_primary", &names.sql_column(points.table, Field::IS_PRIMARY)),
            (":project", &names.sql_column(points.table, Field::PROJECT)),
        ],
    );
    let rows = client.query(&statement, &[]).await;
    let rows = rows.map_err(Error::database("look for projects with two primaries"))?;
    if rows.is_empty() {
        return Ok(());
    }
    let shown: Vec<&str> = rows.iter().take(5).map(|row| row.get("id")).collect();
    let more = if rows.len() > shown.len() { ", …" } else { "" };
    let message = format!(
        "{} {} have more than one primary contact point: {}{more}",
        rows.len(),
        names.table(Table::Projects),
        shown.join(", ")
    );
    let is_primary = names.column(points.table, Field::IS_PRIMARY);
    let remedy = format!("leave {is_primary} on one contact point of each");
    items.add((Level::Refused, "two_primaries"), &points.name, message, remedy);
    Ok(())
}

/// Who hears of the changes, and who may veto new columns.
pub(super) async fn publications(
    client: &impl GenericClient,
    look: &Look<'_>,
    items: &mut Items,
) -> Result<(), Error> {
    let slots = client.query(include_str!("../sql/preflight/slots.sql"), &[]).await;
    let slots = slots.map_err(Error::database("ask for replication slots"))?;
    for relation in look.catalog.tables.values().filter(|table| !table.publications.is_empty()) {
        let names = relation.publications.join(", ");
        if slots.is_empty() {
            let message = format!("is in publication {names}; nobody reads it here");
            items.add((Level::Info, "publication"), &relation.name, message, "");
        } else {
            let active = slots.iter().filter(|slot| slot.get::<_, bool>("active")).count();
            let message = format!(
                "is in publication {names}, read through {} slots ({active} active): every changed \
                 row is sent, and a rewrite of the table would send none",
                slots.len()
            );
            let remedy = "have the subscribers ready for so many changes";
            items.add((Level::Warning, "publication"), &relation.name, message, remedy);
        }
    }
    let triggers = client.query(include_str!("../sql/preflight/event_triggers.sql"), &[]).await;
    for row in triggers.map_err(Error::database("ask for event triggers"))? {
        let message =
            format!("fires on {}: it may veto the expand step", row.get::<_, &str>("event"));
        items.add((Level::Info, "event_trigger"), row.get::<_, &str>("name"), message, "");
    }
    Ok(())
}
