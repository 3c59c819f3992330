//! Who looks: users of each tenant, one of each kind; roles that policies name; nobody in
//! particular; and users of a tenant as they will be, once invited into its customer organizations.

use std::collections::BTreeSet;

use tokio_postgres::Transaction;

use super::Settings;
use crate::load::Error;
use crate::load::catalog::Catalog;
use crate::load::stage::{after, staging};
use crate::schema::{Field, Mode, Table};

/// Most users that look: with several tenants a thousand would tell no more.
const USERS: usize = 120;

/// Most customer organizations of a kind into which somebody is invited.
const INVITED: usize = 2;

/// A user of the application.
struct User {
    id: String,
    organization: String,
}

/// What is entered for each who looks.
#[derive(Default)]
struct Entered {
    labels: Vec<String>,
    roles: Vec<String>,
    settings: Vec<String>,
    tenants: Vec<Option<String>>,
    moved: Vec<Option<String>>,
    moves_to: Vec<Option<String>>,
}

impl Entered {
    fn add(&mut self, label: String, settings: &Settings, role: &str, user: Option<&User>) {
        let who = user.map(|user| user.id.as_str());
        let values: serde_json::Map<String, serde_json::Value> = settings
            .settings
            .iter()
            .map(|(name, value)| {
                let value = match who {
                    Some(who) => value.replace("{user}", who).replace("{role}", role),
                    None => String::new(),
                };
                (name.clone(), value.into())
            })
            .collect();
        self.labels.push(label);
        self.roles.push(role.to_owned());
        self.settings.push(serde_json::Value::Object(values).to_string());
        self.tenants.push(user.map(|user| user.organization.clone()));
        self.moved.push(None);
        self.moves_to.push(None);
    }

    fn invite(&mut self, settings: &Settings, user: &User, organization: &str) {
        let label = format!("user {} invited into {organization}", user.id);
        self.add(label, settings, &settings.role, Some(user));
        *self.tenants.last_mut().expect("just added") = Some(organization.to_owned());
        *self.moved.last_mut().expect("just added") = Some(user.id.clone());
        *self.moves_to.last_mut().expect("just added") = Some(organization.to_owned());
    }
}

/// The roles that policies name which hold, but everybody.
pub fn roles_of_policies(catalog: &Catalog) -> BTreeSet<&str> {
    let enforced = catalog.policies.iter().filter(|policy| policy.enforced);
    let roles = enforced.flat_map(|policy| policy.roles.iter().map(String::as_str));
    roles.filter(|role| *role != "public").collect()
}

/// Enters everybody who looks, and says how many they are.
pub(super) async fn probes(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    mode: Mode,
    settings: &Settings,
) -> Result<usize, Error> {
    let asked: Vec<&str> = [settings.role.as_str(), settings.anonymous.as_str()]
        .into_iter()
        .chain(roles_of_policies(catalog))
        .collect();
    // Row-level security does not hold for the others.
    let query = "select r.rolname::text from pg_catalog.pg_roles r where r.rolname::text = any ($1) \
                 and not r.rolsuper and not r.rolbypassrls \
                 and pg_catalog.pg_has_role(r.oid, 'MEMBER') order by 1";
    let rows = transaction.query(query, &[&asked]).await;
    let rows = rows.map_err(Error::database("look for the roles of users"))?;
    let roles: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let users = users(transaction, catalog).await?;
    let mut entered = Entered::default();
    for role in &roles {
        entered.add(format!("nobody as {role}"), settings, role, None);
        if *role == settings.role {
            for user in &users {
                entered.add(format!("user {}", user.id), settings, role, Some(user));
            }
        } else if *role != settings.anonymous {
            let mut tenants = BTreeSet::new();
            for user in users.iter().filter(|user| tenants.insert(&user.organization)) {
                entered.add(format!("user {} as {role}", user.id), settings, role, Some(user));
            }
        }
    }
    if roles.contains(&settings.role) {
        for (organization, owner) in customers(transaction, mode).await? {
            for user in users.iter().filter(|user| user.organization == owner) {
                entered.invite(settings, user, &organization);
            }
        }
    }
    let statement = "insert into pg_temp.orgfold_probe (who, label, role, settings, tenant, moved, moves_to) \
        select u.nr, u.label, u.role, u.settings::jsonb, u.tenant::uuid, u.moved, u.moves_to::uuid \
        from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) \
        with ordinality as u (label, role, settings, tenant, moved, moves_to, nr)";
    let Entered { labels, roles, settings, tenants, moved, moves_to } = &entered;
    let done =
        transaction.execute(statement, &[labels, roles, settings, tenants, moved, moves_to]).await;
    done.map_err(Error::database("enter who looks"))?;
    Ok(labels.len())
}

/// Users of each organization, one of each kind where the application tells kinds by a column
/// `role`.
async fn users(transaction: &Transaction<'_>, catalog: &Catalog) -> Result<Vec<User>, Error> {
    let table = Table::Users;
    let Some(relation) = catalog.table(table) else { return Ok(Vec::new()) };
    let names = &catalog.names;
    let (id, organization) =
        (names.sql_column(table, Field::ID), names.sql_column(table, Field::ORGANIZATION));
    let kind = relation.column("role").map_or("null".to_owned(), |_| "t.\"role\"".to_owned());
    let query = format!(
        "select distinct on (u.organization, u.kind) u.id::text, u.organization::text \
         from (select t.{id} as id, t.{organization} as organization, {kind}::text as kind \
           from {} t where t.{organization} is not null) u \
         order by u.organization, u.kind, u.id limit {USERS}",
        names.sql_table(table),
    );
    let rows = transaction.query(&query, &[]).await;
    let rows = rows.map_err(Error::database("look for users of each tenant"))?;
    Ok(rows.iter().map(|row| User { id: row.get(0), organization: row.get(1) }).collect())
}

/// Some minted and some adopted organizations with contacts, each with its owner.
async fn customers(
    transaction: &Transaction<'_>,
    mode: Mode,
) -> Result<Vec<(String, String)>, Error> {
    let employer = after(match mode {
        Mode::Rehome => Field::ORGANIZATION,
        Mode::Link => Field::CUSTOMER_ORGANIZATION,
    });
    let query = format!(
        "select f.id::text, f.owner::text from ( \
           select s.id, s.{owner} as owner, row_number() over (partition by s.action order by s.id) as nr \
           from {organizations} s where s.action in ('insert', 'adopt') and s.{owner} is not null \
           and exists (select from {contacts} c where c.{employer} = s.id) \
         ) f where f.nr <= {INVITED} order by f.id",
        owner = after(Field::OWNER),
        organizations = staging(Table::Organizations),
        contacts = staging(Table::Contacts),
    );
    let rows = transaction.query(&query, &[]).await;
    let rows = rows.map_err(Error::database("look for customer organizations"))?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
