//! What else hangs on the columns that a load changes: keys, policies, views, functions, ids that
//! no key guards.

use tokio_postgres::GenericClient;

use super::{Items, Level, Look};
use crate::load::catalog::{CHANGED, ForeignKey, Index};
use crate::load::expand::{Addition, Nature};
use crate::load::{Error, policy};
use crate::schema::{Column, Field, Kind, Mode, Table};

/// What to do where mode rehome would change what something means.
pub(super) fn remedy(look: &Look<'_>) -> String {
    format!(
        "plan in mode link, or let it read coalesce({}, {})",
        look.name(Table::Contacts, Field::OWNER),
        look.name(Table::Contacts, Field::ORGANIZATION)
    )
}

pub(super) fn judge(look: &Look<'_>, items: &mut Items) {
    for key in &look.catalog.foreign_keys {
        incoming(look, key, items);
        outgoing(look, key, items);
    }
    unique_keys(look, items);
    dependents(look, items);
    row_security(look, items);
}

/// The table of ours that a key refers to, if a load changes it.
fn changed(look: &Look<'_>, oid: u32) -> Option<Table> {
    CHANGED.into_iter().find(|table| look.catalog.table(*table).is_some_and(|t| t.oid == oid))
}

fn incoming(look: &Look<'_>, key: &ForeignKey, items: &mut Items) {
    let Some(table) = changed(look, key.to_oid) else { return };
    let name = look.catalog.names.table(table);
    let from = format!("{}.{} ({})", key.from_schema, key.from_table, key.from_columns.join(", "));
    let message = format!(
        "{from} refers to {name} ({}), on delete {}",
        key.to_columns.join(", "),
        key.on_delete
    );
    items.add((Level::Info, "foreign_key"), &key.name, message, "");
    let changes = look.written(table).filter(|column| column.is_changed(look.mode));
    let mut changes = changes.map(|column| look.name(table, column.field));
    let moves = changes.find(|column| key.to_columns.iter().any(|to| to == column));
    if let Some(column) = moves
        && table != Table::Organizations
    {
        let message = format!("{from} refers to {name}.{column}, which the load changes");
        let remedy = "drop the key for the load, or plan in the other mode";
        items.add((Level::Refused, "key_on_changed_column"), &key.name, message, remedy);
    }
    if table != Table::Organizations {
        return;
    }
    let of_contacts = look.catalog.table(Table::Contacts).is_some_and(|t| t.oid == key.from_oid);
    if look.mode == Mode::Rehome && key.on_delete == "cascade" && of_contacts {
        let message = "deleting a customer organization will delete the tenant's contacts in it";
        let remedy = "alter the key to on delete restrict, or plan in mode link";
        items.add((Level::Warning, "delete_cascades"), &key.name, message, remedy);
    }
    if !key.indexed {
        let message =
            format!("no index finds {from}: a rollback that deletes organizations is slow");
        let remedy = "create an index on the referring columns";
        items.add((Level::Info, "reference_without_index"), &key.name, message, remedy);
    }
}

/// A key of a column into which we write ids has to lead where we think it does. Whether the values
/// of other columns are where their keys lead is asked with the planned rows.
fn outgoing(look: &Look<'_>, key: &ForeignKey, items: &mut Items) {
    let Some(table) = changed(look, key.from_oid) else { return };
    let is_id = |column: &&Column| column.field != Field::ID && column.kind == Kind::Uuid;
    let mut written = look.written(table).filter(is_id);
    let is_of_key = |column: &&Column| {
        key.from_columns.iter().any(|from| from == look.name(table, column.field))
    };
    let Some(column) = written.find(is_of_key) else { return };
    let target = match (table, column.field) {
        (Table::ProjectContactPoints, Field::PROJECT) => Table::Projects,
        (Table::ProjectContactPoints, Field::CONTACT) => Table::Contacts,
        _ => Table::Organizations,
    };
    let expected = look.catalog.table(target).map(|table| table.oid);
    let (id, owner) = (look.name(target, Field::ID), look.name(target, Field::OWNER));
    let single = key.from_columns.len() == 1 && key.to_columns == [id];
    // Our own composite keys: owner and organization of one tenant.
    let is_composite = target == Table::Organizations
        && key.to_columns.iter().all(|column| column == id || column == owner);
    if expected != Some(key.to_oid) || !(single || is_composite) {
        let message = format!(
            "{} ({}) refers to {}.{} ({}), but the load writes ids of {} into {}",
            look.catalog.names.table(table),
            key.from_columns.join(", "),
            key.to_schema,
            key.to_table,
            key.to_columns.join(", "),
            look.catalog.names.table(target),
            look.name(table, column.field),
        );
        let remedy = "drop the key, or plan in the other mode";
        items.add((Level::Refused, "key_elsewhere"), &key.name, message, remedy);
    }
}

/// Unique keys that planned rows may break; the rehearsal tells whether they do.
fn unique_keys(look: &Look<'_>, items: &mut Items) {
    for relation in look.catalog.changed() {
        let table = relation.table;
        let written = look.written_names(table);
        let (id, slug) = (look.name(table, Field::ID), look.name(table, Field::SLUG));
        let touches = |index: &&Index| {
            let columns: Vec<&str> = index.columns.iter().flatten().map(String::as_str).collect();
            index.is_unique
                && !index.is_primary
                && !columns.contains(&id)
                && columns != [slug]
                && table != Table::ProjectContactPoints
                && columns.iter().any(|column| written.contains(column))
        };
        for index in relation.indexes.iter().filter(touches) {
            let name = &relation.name;
            let message = format!("is a unique key over columns of {name} that the load writes");
            let remedy = "rehearse with the schema of this database";
            items.add((Level::Warning, "unique_key"), &index.name, message, remedy);
        }
    }
}

fn dependents(look: &Look<'_>, items: &mut Items) {
    for dependent in &look.catalog.dependents {
        let table = dependent.table;
        if !CHANGED.contains(&table) {
            continue;
        }
        let name = look.catalog.names.table(table);
        let written = look.written_names(table);
        let tenant = look.name(table, Field::ORGANIZATION);
        let reads: Vec<&str> = dependent
            .columns
            .iter()
            .map(String::as_str)
            .filter(|column| written.contains(column))
            .collect();
        let tenant_key =
            look.mode == Mode::Rehome && table == Table::Contacts && reads.contains(&tenant);
        let (kind, subject, columns) = (&dependent.kind, &dependent.subject, reads.join(", "));
        match kind.as_str() {
            "rule" => {
                let message = format!("a rule rewrites statements on {name}");
                let remedy = "replace the rule by a trigger, which the load can switch off";
                items.add((Level::Refused, "rule"), subject, message, remedy);
            }
            "generated column" if !reads.is_empty() => {
                let message = format!("is computed from {columns}, which the load changes");
                let remedy = "look at what it means after the load";
                items.add((Level::Warning, "generated_column"), subject, message, remedy);
            }
            _ if tenant_key => {
                let message = format!(
                    "this {kind} reads {name}.{tenant}, which becomes the customer \
                     organization: who looks through it by tenant sees other rows"
                );
                let remedy = remedy(look);
                items.add((Level::Refused, "view_reads_tenant_key"), subject, message, remedy);
            }
            "materialized view" if !reads.is_empty() => {
                let message = format!("holds {columns} of {name} as they were");
                let remedy = "refresh it after the load";
                items.add((Level::Info, "materialized_view"), subject, message, remedy);
            }
            _ => {}
        }
    }
}

/// What becomes of policies, and which of them cannot be rewritten.
fn row_security(look: &Look<'_>, items: &mut Items) {
    let due = policy::due(look.catalog, look.mode);
    let key = look.catalog.names.shown(Table::Contacts, Field::ORGANIZATION);
    for policy::Refused { policy, reason } in &due.refused {
        let subject = format!("{}.{}.{}", policy.schema, policy.table, policy.name);
        let roles = policy.roles.join(", ");
        let message = format!(
            "policy for {} of {roles} reads {key}, and cannot be rewritten: {reason}",
            policy.command
        );
        let (level, message) = if policy.enforced {
            (Level::Refused, message)
        } else {
            (Level::Warning, format!("{message}; row-level security is off there now"))
        };
        items.add((level, "policy_not_rewritten"), subject, message, remedy(look));
    }
    for statement in &due.statements {
        let adds = &statement.adds;
        let table = adds.table();
        let (level, code, message) = match adds {
            Addition::Rewrite { .. } => (
                Level::Info,
                "policy_rewritten",
                format!(
                    "reads coalesce({}, {}) from the load on, in place of {key}: nobody sees or may \
                     do more or less",
                    look.name(Table::Contacts, Field::OWNER),
                    look.name(Table::Contacts, Field::ORGANIZATION)
                ),
            ),
            Addition::Policy { kind: Nature::Restrictive, .. } => {
                (Level::Info, "policy_added", "keeps the owner of an organization".to_owned())
            }
            _ => {
                let message = "shows each tenant its own customer organizations".to_owned();
                (Level::Info, "policy_added", message)
            }
        };
        let name = adds.policy().map_or("", |(_, name, _)| name);
        let subject = format!("{}.{}.{name}", table.schema, table.name);
        items.add((level, code), subject, message, "");
    }
    for policy in &look.catalog.policies {
        let named = |adds: &Addition| {
            matches!(adds, Addition::Rewrite { table, name, .. }
                if *name == policy.name && table.schema == policy.schema && table.name == policy.table)
        };
        if !policy.owned && due.statements.iter().any(|it| named(&it.adds)) {
            let subject = format!("{}.{}.{}", policy.schema, policy.table, policy.name);
            let message = format!("reads {key}, and only the owner of its table may rewrite it");
            let remedy = "connect as a role that has the owner's rights, or plan in mode link";
            items.add((Level::Refused, "policy_not_owned"), subject, message, remedy);
        }
    }
    organizations(look, items);
}

/// Who keeps the owner of an organization, and whether tenants will see their customers.
fn organizations(look: &Look<'_>, items: &mut Items) {
    let table = Table::Organizations;
    let Some(relation) = look.catalog.table(table) else { return };
    let owner = look.catalog.names.shown(table, Field::OWNER);
    if !relation.row_security {
        let message = format!(
            "row-level security is off: nothing guards {owner}, whoever may update the table may \
             give an organization to another tenant"
        );
        let remedy = "see that only the application's own code writes that column";
        items.add((Level::Warning, "owner_unguarded"), owner, message, remedy);
        return;
    }
    if !policy::shows_customers(look.catalog) {
        let message = "no policy for select reads its key: tenants will not see their customer \
                       organizations";
        let remedy = "add a policy for select by the key, or by the owner";
        items.add((Level::Warning, "customers_unseen"), &relation.name, message, remedy);
    }
}

/// What no catalog knows: told by names, so never a reason to refuse.
pub(super) async fn guess(
    client: &impl GenericClient,
    look: &Look<'_>,
    items: &mut Items,
) -> Result<(), Error> {
    let rows = client.query(include_str!("../sql/preflight/loose_ids.sql"), &[]).await;
    for row in rows.map_err(Error::database("look for ids without a key"))? {
        let text = |name: &str| row.get::<_, String>(name);
        let subject = format!("{}.{}.{}", text("schema"), text("table"), text("column"));
        let message = format!("{}: not changed, not checked (told by type and name)", text("kind"));
        items.add((Level::Info, "ids_without_key"), subject, message, "");
    }
    if look.mode == Mode::Rehome {
        let contacts = look.catalog.names.table(Table::Contacts);
        let tenant = look.name(Table::Contacts, Field::ORGANIZATION);
        let asked: [&(dyn postgres_types::ToSql + Sync); 2] = [&contacts, &tenant];
        let rows = client.query(include_str!("../sql/preflight/functions.sql"), &asked).await;
        for row in rows.map_err(Error::database("look for functions that read contacts"))? {
            let message = format!(
                "its text names {contacts} and {tenant}, which becomes the customer organization"
            );
            let name = row.get::<_, String>("name");
            items.add((Level::Warning, "function_reads_tenant_key"), name, message, remedy(look));
        }
    }
    Ok(())
}
