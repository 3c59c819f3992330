//! Row-level security: what the application's policies must read after a load, what comes beside
//! them, and what nobody can rewrite.
//!
//! In mode rehome a contact's tenant key becomes its customer organization, so every policy that
//! reads it reads `coalesce(owner, tenant key)` instead: for each row, moved or not, the very tenant
//! it had. A policy beside the old ones would not do, since policies are joined by OR: the first
//! user of a customer organization would see the tenant's contacts. In both modes each tenant sees
//! its own customer organizations, and nobody gives an organization to another tenant. All of it is
//! neutral while the owner columns are empty.
//!
//! What a policy must read is worked out from its text (`scan`), since to ask the server takes the
//! strongest lock; under that lock, when it is taken anyway, the server is asked (`exact`).

pub mod exact;
mod scan;

use std::collections::BTreeSet;

pub use self::scan::Unclear;
use self::scan::{Sought, reads, replaced};
use super::catalog::{Catalog, Policy};
use super::expand::{Addition, Expressions, Nature, Qualified, Statement};
use super::quote_ident;
use crate::schema::{Field, Mode, Table};

/// What our policies on organizations are called; the first of a kind has no number.
const OWN_CUSTOMERS: &str = "orgfold_own_customers";
/// What keeps the owner of an organization.
pub const OWNER_GUARD: &str = "orgfold_owner_guard";

/// What is put where a column is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Aim {
    /// The tenant of a contact, which is its owner where it has one.
    Tenant,
    /// The owner of an organization, in place of the organization itself.
    Owner,
}

impl Aim {
    const fn column(self) -> (Table, Field) {
        match self {
            Self::Tenant => (Table::Contacts, Field::ORGANIZATION),
            Self::Owner => (Table::Organizations, Field::ID),
        }
    }
}

/// One of the two expressions of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Clause {
    Using,
    WithCheck,
}

/// What an expression becomes; `None` where it stays.
type Rewritten = Result<Option<String>, Unclear>;

/// A policy that reads the tenant key in a way that cannot be rewritten.
#[derive(Clone, Debug)]
pub struct Refused<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// Why not.
    pub reason: &'static str,
}

/// What is due of policies.
#[derive(Clone, Debug, Default)]
pub struct Due<'a> {
    /// The statements, in their order.
    pub statements: Vec<Statement>,
    /// What cannot be done.
    pub refused: Vec<Refused<'a>>,
}

/// Works out what is due from the texts in the catalog.
pub fn due(catalog: &Catalog, mode: Mode) -> Due<'_> {
    let scanned = |policy: &Policy, clause: Clause, aim: Aim| {
        let Some(text) = text(policy, clause) else { return Ok(None) };
        let (table, field) = aim.column();
        let names = &catalog.names;
        let sought = Sought {
            table: &qualified(catalog, table),
            column: names.column(table, field),
            beside: names.column(table, Field::OWNER),
            policy_of: &of(policy),
        };
        let with = |qualifier: &str| put(catalog, aim, qualifier);
        Ok(replaced(text, &reads(text, sought)?, &names.sql_column(table, field), with))
    };
    due_by(catalog, mode, scanned)
}

/// The same by another way of rewriting.
fn due_by(
    catalog: &Catalog,
    mode: Mode,
    rewritten: impl Fn(&Policy, Clause, Aim) -> Rewritten,
) -> Due<'_> {
    let mut due = Due::default();
    if mode == Mode::Rehome {
        for policy in readers(catalog, Aim::Tenant) {
            match rewrite(catalog, policy, &rewritten) {
                Ok(statement) => due.statements.extend(statement),
                Err(why) => due.refused.push(Refused { policy, reason: why.reason() }),
            }
        }
    }
    organizations(catalog, &rewritten, &mut due);
    due
}

/// The policies that read a column, but ours.
fn readers(catalog: &Catalog, aim: Aim) -> impl Iterator<Item = &Policy> {
    let (table, field) = aim.column();
    let column = catalog.names.shown(table, field);
    let name = catalog.names.table(table);
    let row = [format!("{name}.*"), format!("{}.*", quote_ident(name))];
    catalog.policies.iter().filter(move |policy| {
        let whole = |text: &Option<String>| {
            text.as_deref().is_some_and(|text| row.iter().any(|row| text.contains(row)))
        };
        policy.reads.contains(&column) || whole(&policy.using) || whole(&policy.with_check)
    })
}

fn rewrite(
    catalog: &Catalog,
    policy: &Policy,
    rewritten: &impl Fn(&Policy, Clause, Aim) -> Rewritten,
) -> Result<Option<Statement>, Unclear> {
    let using = rewritten(policy, Clause::Using, Aim::Tenant)?;
    let with_check = rewritten(policy, Clause::WithCheck, Aim::Tenant)?;
    if using.is_none() && with_check.is_none() {
        return Ok(None);
    }
    let before = Expressions { using: policy.using.clone(), with_check: policy.with_check.clone() };
    let after = Expressions {
        using: using.or_else(|| before.using.clone()),
        with_check: with_check.or_else(|| before.with_check.clone()),
    };
    let adds = Addition::Rewrite {
        application: catalog.names.schema().to_owned(),
        table: of(policy),
        name: policy.name.clone(),
        before,
        after,
    };
    Ok(Some(adds.into()))
}

/// Whether there is a policy by which tenants see their organization, and so will see their
/// customers'.
pub fn shows_customers(catalog: &Catalog) -> bool {
    let table = qualified(catalog, Table::Organizations);
    let key = catalog.names.shown(Table::Organizations, Field::ID);
    catalog
        .policies
        .iter()
        .any(|policy| of(policy) == table && is_seen_by(policy) && policy.reads.contains(&key))
}

/// Whether a policy lets somebody see rows.
fn is_seen_by(policy: &Policy) -> bool {
    policy.permissive && matches!(policy.command.as_str(), "select" | "all")
}

/// The policies beside those of organizations: each tenant sees its own customers, and no owner
/// becomes another tenant.
fn organizations(
    catalog: &Catalog,
    rewritten: &impl Fn(&Policy, Clause, Aim) -> Rewritten,
    due: &mut Due<'_>,
) {
    let table = Table::Organizations;
    if catalog.table(table).is_none_or(|relation| !relation.row_security) {
        return;
    }
    let named = qualified(catalog, table);
    let there: Vec<&Policy> =
        catalog.policies.iter().filter(|policy| of(policy) == named).collect();
    let mut taken: BTreeSet<&str> = there.iter().map(|policy| policy.name.as_str()).collect();
    let seen: Vec<(&Policy, String)> = there
        .iter()
        .filter(|policy| is_seen_by(policy) && !policy.name.starts_with(OWN_CUSTOMERS))
        .filter_map(|policy| {
            let using = rewritten(policy, Clause::Using, Aim::Owner).ok().flatten()?;
            Some((*policy, using))
        })
        .collect();
    let numbered: Vec<String> = (1..=there.len() + seen.len())
        .map(|number| match number {
            1 => OWN_CUSTOMERS.to_owned(),
            _ => format!("{OWN_CUSTOMERS}_{number}"),
        })
        .collect();
    let policy = |name: &str, kind, command: &str, roles: &[String], expressions| {
        Statement::from(Addition::Policy {
            application: catalog.names.schema().to_owned(),
            table: named.clone(),
            name: name.to_owned(),
            kind,
            command: command.to_owned(),
            roles: roles.to_vec(),
            expressions,
        })
    };
    for (source, using) in &seen {
        let is_there = |policy: &&&Policy| {
            policy.name.starts_with(OWN_CUSTOMERS)
                && policy.roles == source.roles
                && policy.using.as_deref().is_some_and(|text| scan::is_same(text, using))
        };
        if there.iter().find(is_there).is_some() {
            continue;
        }
        let free = numbered.iter().find(|name| !taken.contains(name.as_str()));
        let name = free.expect("there are more names than policies");
        taken.insert(name);
        let expressions = Expressions { using: Some(using.clone()), with_check: None };
        due.statements.push(policy(name, Nature::Permissive, "select", &source.roles, expressions));
    }
    if !taken.contains(OWNER_GUARD) {
        let owner = catalog.names.sql_column(table, Field::OWNER);
        let mut mine = vec![format!("({owner} IS NULL)")];
        mine.extend(seen.into_iter().map(|(_, using)| using));
        mine.dedup();
        let expressions = Expressions {
            using: Some("true".to_owned()),
            with_check: Some(format!("({})", mine.join(" OR "))),
        };
        let everybody = ["public".to_owned()];
        due.statements.push(policy(
            OWNER_GUARD,
            Nature::Restrictive,
            "update",
            &everybody,
            expressions,
        ));
    }
}

/// What stands where a column was read; `qualifier` with its dot, or empty.
fn put(catalog: &Catalog, aim: Aim, qualifier: &str) -> String {
    let (table, field) = aim.column();
    let names = &catalog.names;
    let owner = names.sql_column(table, Field::OWNER);
    match aim {
        Aim::Tenant => {
            let column = names.sql_column(table, field);
            format!("COALESCE({qualifier}{owner}, {qualifier}{column})")
        }
        Aim::Owner => format!("{qualifier}{owner}"),
    }
}

fn text(policy: &Policy, clause: Clause) -> Option<&str> {
    match clause {
        Clause::Using => policy.using.as_deref(),
        Clause::WithCheck => policy.with_check.as_deref(),
    }
}

fn of(policy: &Policy) -> Qualified {
    Qualified { schema: policy.schema.clone(), name: policy.table.clone() }
}

fn qualified(catalog: &Catalog, table: Table) -> Qualified {
    let names = &catalog.names;
    Qualified { schema: names.schema().to_owned(), name: names.table(table).to_owned() }
}
