//! Whether it can be proven that everybody sees what they saw: whether we may become a user as the
//! application does.

use std::collections::BTreeSet;

use tokio_postgres::GenericClient;

use super::{Items, Level, Look};
use crate::load::Error;
use crate::load::visibility::{Settings, roles_of_policies};

pub(super) async fn judge(
    client: &impl GenericClient,
    look: &Look<'_>,
    settings: &Settings,
    items: &mut Items,
) -> Result<(), Error> {
    let policies = &look.catalog.policies;
    if !policies.iter().any(|policy| policy.enforced) {
        return Ok(());
    }
    unnamed(client, look, settings, items).await?;
    let query = "select r.rolname::text, pg_catalog.pg_has_role(r.oid, 'MEMBER') \
                 from pg_catalog.pg_roles r where r.rolname::text = any ($1)";
    let mut asked: Vec<&str> = roles_of_policies(look.catalog).into_iter().collect();
    asked.push(&settings.role);
    let rows = client.query(query, &[&asked]).await;
    let rows = rows.map_err(Error::database("look for the roles of users"))?;
    let mut can_look = false;
    for row in &rows {
        let (role, is_member): (&str, bool) = (row.get(0), row.get(1));
        can_look |= is_member;
        if !is_member {
            let message = "policies are for it, and this role may not become it: nothing would show \
                           what it sees after the load";
            let remedy = "grant it to the role that loads";
            items.add((Level::Refused, "visibility_role"), role, message, remedy);
        }
    }
    if !can_look && rows.is_empty() {
        let message = "there is no such role, and policies guard the tables: nothing would show what \
                       users see after the load";
        let remedy = "name the role of users who have logged in as role under [visibility]";
        items.add((Level::Refused, "visibility_role"), &settings.role, message, remedy);
    }
    Ok(())
}

/// Settings that policies read, by themselves or in a function they call, and nobody named.
async fn unnamed(
    client: &impl GenericClient,
    look: &Look<'_>,
    settings: &Settings,
    items: &mut Items,
) -> Result<(), Error> {
    let rows = client.query(include_str!("../sql/preflight/policy_functions.sql"), &[]).await;
    let rows = rows.map_err(Error::database("look for what policies call"))?;
    let mut read = BTreeSet::new();
    for policy in look.catalog.policies.iter().filter(|policy| policy.enforced) {
        let texts = [&policy.using, &policy.with_check];
        let of = format!("{}.{}.{}", policy.schema, policy.table, policy.name);
        for text in texts.into_iter().flatten() {
            read.extend(names(text).map(|name| (name.to_owned(), of.clone())));
        }
        let called = rows.iter().filter(|row| {
            (row.get::<_, &str>(0), row.get::<_, &str>(1), row.get::<_, &str>(2))
                == (&policy.schema, &policy.table, &policy.name)
        });
        for row in called {
            read.extend(names(row.get(3)).map(|name| (name.to_owned(), of.clone())));
        }
    }
    // One that every session has tells nobody apart.
    let known =
        |name: &str| !name.contains('.') || settings.settings.iter().any(|(it, _)| it == name);
    for (name, policy) in read.into_iter().filter(|(name, _)| !known(name)) {
        let message = format!("policy {policy} reads it, and nobody said what it holds for a user");
        let remedy = "name it with its value under settings of [visibility]";
        items.add((Level::Refused, "visibility_setting"), name, message, remedy);
    }
    Ok(())
}

/// The settings that a text reads.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split("current_setting").skip(1).filter_map(|rest| {
        let rest = rest.trim_start().strip_prefix('(')?.trim_start().strip_prefix('\'')?;
        rest.split('\'').next()
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn settings_are_found_in_a_text() {
        let text = "(a = current_setting('app.tenant'::text) OR current_setting ( 'app.other', true) = x())";
        assert_eq!(names(text).collect::<Vec<_>>(), ["app.tenant", "app.other"]);
        assert_eq!(names("current_setting(name)").count(), 0);
    }
}
