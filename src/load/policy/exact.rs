//! What the server itself says that a policy must read: under the strongest lock a column is renamed
//! to a word that occurs nowhere, the policies are printed, and the name comes back.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Transaction;

use super::scan::is_same;
use super::{Aim, Clause, Unclear, due_by, of, put};
use crate::load::catalog::{Catalog, Policy};
use crate::load::expand::{Addition, Expressions, Qualified};
use crate::load::ledger::Kept;
use crate::load::{Error, Refusal, quote_ident};
use crate::schema::{Field, Mode};

/// A word that no application uses.
const TOKEN: &str = "orgfold_meant_here_7f3a";

/// Refuses what was worked out from texts, and approved, where the server says otherwise. Takes the
/// strongest lock on contacts and organizations, which the caller has.
///
/// # Errors
/// [`Refusal::Preflight`] with the policies; the database.
pub async fn confirm(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    mode: Mode,
    due: &[&Addition],
) -> Result<(), Error> {
    let mut printed = BTreeMap::new();
    for aim in [Aim::Tenant, Aim::Owner] {
        printed.insert(aim, renamed(transaction, catalog, aim).await?);
    }
    let rewritten = |policy: &Policy, clause: Clause, aim: Aim| {
        let found = printed[&aim].get(&(of(policy), policy.name.clone()));
        let text = found.and_then(|expressions| match clause {
            Clause::Using => expressions.using.as_deref(),
            Clause::WithCheck => expressions.with_check.as_deref(),
        });
        Ok::<_, Unclear>(text.and_then(|text| replaced(catalog, aim, text)))
    };
    let exact = due_by(catalog, mode, rewritten);
    let exact: Vec<&Addition> = exact.statements.iter().map(|it| &it.adds).collect();
    let is_in = |one: &Addition, list: &[&Addition]| list.iter().any(|other| agree(one, other));
    let missed = due.iter().filter(|adds| !is_in(adds, &exact));
    let unasked = exact.iter().filter(|adds| !is_in(adds, due));
    let differs: BTreeSet<String> = missed.chain(unasked).map(ToString::to_string).collect();
    if differs.is_empty() {
        return Ok(());
    }
    Err(Error::refused(
        Refusal::Preflight,
        format!(
            "the server reads these otherwise than was worked out from their text: {}",
            differs.into_iter().collect::<Vec<_>>().join(", ")
        ),
        "rewrite these policies by hand so that they read the owner first, or plan in mode link",
    ))
}

/// Whether two additions leave one policy with one meaning.
fn agree(one: &Addition, other: &Addition) -> bool {
    match (one.policy(), other.policy()) {
        (Some((table, name, says)), Some((other_table, other_name, other_says))) => {
            (table, name) == (other_table, other_name) && are_same(says, other_says)
        }
        _ => false,
    }
}

fn are_same(one: &Expressions, other: &Expressions) -> bool {
    let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => is_same(one, other),
        (one, other) => one == other,
    };
    same(&one.using, &other.using) && same(&one.with_check, &other.with_check)
}

/// Every policy, by its table and name.
type Printed = BTreeMap<(Qualified, String), Expressions>;

/// Every policy as it is printed while a column is called [`TOKEN`].
async fn renamed(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    aim: Aim,
) -> Result<Printed, Error> {
    let doing = || Error::database("ask the server what policies read");
    let (table, field) = aim.column();
    let rename = format!(
        "savepoint orgfold_renamed; alter table {} rename column {} to {TOKEN}",
        catalog.names.sql_table(table),
        catalog.names.sql_column(table, field),
    );
    transaction.batch_execute(&rename).await.map_err(doing())?;
    let printed = printed(transaction).await?;
    let back = "rollback to savepoint orgfold_renamed; release savepoint orgfold_renamed";
    transaction.batch_execute(back).await.map_err(doing())?;
    Ok(printed)
}

/// Every policy as the server prints it with every table qualified.
async fn printed(transaction: &Transaction<'_>) -> Result<Printed, Error> {
    let doing = || Error::database("look at the policies");
    let path = "savepoint orgfold_printed; set local search_path = pg_catalog";
    transaction.batch_execute(path).await.map_err(doing())?;
    let rows = transaction.query(include_str!("../sql/policy/printed.sql"), &[]).await;
    let rows = rows.map_err(doing())?;
    let back = "rollback to savepoint orgfold_printed; release savepoint orgfold_printed";
    transaction.batch_execute(back).await.map_err(doing())?;
    let printed = rows.iter().map(|row| {
        let table = Qualified { schema: row.get(0), name: row.get(1) };
        let expressions = Expressions { using: row.get(3), with_check: row.get(4) };
        ((table, row.get(2)), expressions)
    });
    Ok(printed.collect())
}

/// A printed expression with what must be read in place of [`TOKEN`]; `None` where nothing is.
fn replaced(catalog: &Catalog, aim: Aim, text: &str) -> Option<String> {
    let (table, field) = aim.column();
    let names = &catalog.names;
    let (owner, column) = (names.column(table, Field::OWNER), names.column(table, field));
    let mut new = String::new();
    let mut is_changed = false;
    let mut rest = text;
    while let Some(at) = rest.find(TOKEN) {
        let (before, after) = (&rest[..at], &rest[at + TOKEN.len()..]);
        let qualifier = qualifier(before);
        let head = before.strip_suffix(qualifier).expect("it is the end of it");
        let is_beside = aim == Aim::Tenant
            && after.starts_with(')')
            && [owner.to_owned(), quote_ident(owner)]
                .iter()
                .any(|owner| head.ends_with(&format!("COALESCE({qualifier}{owner}, ")));
        new.push_str(head);
        if is_beside {
            new.push_str(qualifier);
            new.push_str(column);
        } else {
            new.push_str(&put(catalog, aim, qualifier));
            is_changed = true;
        }
        rest = after;
    }
    new.push_str(rest);
    is_changed.then_some(new)
}

/// What stands before a column at the end of a text: a name, in quotes or not, and a dot.
fn qualifier(before: &str) -> &str {
    let Some(named) = before.strip_suffix('.') else { return "" };
    let start = if let Some(inner) = named.strip_suffix('"') {
        // A quote inside of a name stands doubled.
        let mut at = inner.len();
        while let Some(open) = inner[..at].rfind('"') {
            if open > 0 && inner.as_bytes()[open - 1] == b'"' {
                at = open - 1;
            } else {
                at = open;
                break;
            }
        }
        at
    } else {
        let is_part = |letter: char| letter == '_' || letter == '$' || letter.is_alphanumeric();
        named
            .rfind(|letter: char| !is_part(letter))
            .map_or(0, |at| at + named[at..].chars().next().map_or(1, char::len_utf8))
    };
    &before[start..]
}

/// What was just added as the server prints it, so that it can be told from what somebody makes of
/// it later.
///
/// # Errors
/// The database.
pub async fn as_printed(transaction: &Transaction<'_>, added: Addition) -> Result<Addition, Error> {
    let Some((table, name, _)) = added.policy() else { return Ok(added) };
    let now = printed(transaction).await?.remove(&(table.clone(), name.to_owned()));
    let mut added = added;
    if let (
        Addition::Policy { expressions, .. } | Addition::Rewrite { after: expressions, .. },
        Some(now),
    ) = (&mut added, now)
    {
        *expressions = now;
    }
    Ok(added)
}

/// Refuses to take back policies that somebody changed since, which would undo that, too.
///
/// # Errors
/// [`Refusal::Failed`] with the policies; the database.
pub async fn refuse_altered(transaction: &Transaction<'_>, kept: &[Kept]) -> Result<(), Error> {
    if !kept.iter().any(|kept| kept.added.policy().is_some()) {
        return Ok(());
    }
    let printed = printed(transaction).await?;
    let mut seen = BTreeSet::new();
    let mut altered = Vec::new();
    // The newest first: what it left is what is there.
    for kept in kept {
        let Some((table, name, left)) = kept.added.policy() else { continue };
        let key = (table.clone(), name.to_owned());
        // One that somebody dropped is only forgotten.
        let Some(now) = printed.get(&key) else { continue };
        if seen.insert(key) && !are_same(now, left) {
            altered.push(kept.added.to_string());
        }
    }
    if altered.is_empty() {
        return Ok(());
    }
    Err(Error::refused(
        Refusal::Failed,
        format!("somebody has changed these since: {}", altered.join(", ")),
        "put them back as the load left them, or drop them, and run it again; nothing was changed",
    ))
}

#[cfg(test)]
mod tests {
    use super::qualifier;

    #[test]
    fn what_stands_before_a_column_is_found() {
        for (before, expected) in [
            ("(", ""),
            ("(c.", "c."),
            ("( SELECT \"My \"\"c\"\"\".", "\"My \"\"c\"\"\"."),
            ("COALESCE(people_1.", "people_1."),
            ("(á.", "á."),
        ] {
            assert_eq!(qualifier(before), expected, "{before}");
        }
    }
}
