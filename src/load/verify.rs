//! The validation pack, asked of a database.
//!
//! In: a catalog and a mode. Out: for each check of [`plan::checks`] the rows that offend, which
//! are as many as [`plan::forecast`] counts over the same rows. Only reads. The questions are the
//! files of `sql/checks`, each behind one prelude that says where a column is not there yet.

pub mod own;

use serde::Serialize;
use tokio_postgres::GenericClient;

use super::catalog::Catalog;
use super::{Error, Refusal, quote_ident};
use crate::plan::{self, Check, CheckFacts};
use crate::schema::Mode;
use crate::schema::{self, Field, Kind, Presence, Table};

/// Most offending rows of a check that are handed out; all of them are counted.
pub const SHOWN: usize = 100;

/// A row that offends against a check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Offending {
    /// Its table.
    pub table: String,
    /// Its key.
    pub id: String,
    /// What is wrong, in keys and counts.
    pub detail: String,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// The check.
    pub check: Check,
    /// The first offending rows by key, at most [`SHOWN`].
    pub rows: Vec<Offending>,
    /// Number of all offending rows.
    pub total: usize,
}

/// A check that did not find what it was to find.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deviation {
    /// Name of the check.
    pub code: String,
    /// What an offending row is.
    pub title: String,
    /// Offending rows that the plan promised; `None` if it does not know the check.
    pub expected: Option<usize>,
    /// Offending rows that there are; `None` if the check was not made.
    pub found: Option<usize>,
    /// Offending rows, at most [`SHOWN`]; the forecast holds counts only, so expected ones too.
    pub rows: Vec<Offending>,
}

impl std::fmt::Display for Deviation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count =
            |count: Option<usize>| count.map_or_else(|| "nothing".to_owned(), |n| n.to_string());
        write!(
            f,
            "{}: {} expected, {} found",
            self.title,
            count(self.expected),
            count(self.found)
        )?;
        for row in self.rows.iter().take(5) {
            write!(f, "; {} {}", row.table, row.id)?;
        }
        Ok(())
    }
}

struct Question {
    code: &'static str,
    statement: &'static str,
    doing: &'static str,
}

macro_rules! questions {
    ($($code:literal),* $(,)?) => {
        &[$(Question {
            code: $code,
            statement: include_str!(concat!("sql/checks/", $code, ".sql")),
            doing: concat!("run the check `", $code, "`"),
        }),*]
    };
}

const QUESTIONS: &[Question] = questions![
    "orphaned_projects",
    "projects_without_organization",
    "contacts_without_organization",
    "projects_without_contact_point",
    "customer_is_own_tenant",
    "dangling_links",
    "links_across_tenants",
    "links_differ_from_contact",
    "contacts_across_tenants",
    "contact_points_across_tenants",
    "dangling_contact_points",
    "duplicate_contact_points",
    "projects_without_one_primary",
    "organizations_without_one_primary",
    "organizations_without_contacts",
    "organizations_without_slug",
    "duplicate_slugs",
];

/// What Unicode calls white space, which is what [`str::trim`] trims; `btrim` alone knows the blank.
const BLANKS: &str = r"E'\u0009\u000A\u000B\u000C\u000D\u0020\u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000'";

/// Counts the offending rows of every check, in the order of the documentation.
///
/// The catalog has to be as the tables are now; take [`Table::Users`] out of it for a plan that was
/// made without users.
///
/// # Errors
/// The database said no; a table or column that must be there is not, or has a type in which
/// nothing can be compared; row-level security hides rows from this role, which would make every
/// count too small.
pub async fn count(
    client: &impl GenericClient,
    mode: Mode,
    catalog: &Catalog,
) -> Result<Vec<(Check, usize)>, Error> {
    sees_every_row(client, catalog).await?;
    let statement = count_statement(mode, catalog)?;
    let row = client.query_one(&statement, &[]).await;
    let row = row.map_err(Error::database("count the offending rows"))?;
    Ok(plan::checks().map(|check| (check, number(row.get(check.code)))).collect())
}

/// The statement that counts: one row, a column for each check.
pub(super) fn count_statement(mode: Mode, catalog: &Catalog) -> Result<String, Error> {
    let prelude = prelude(mode, catalog)?;
    let counts = without_head(include_str!("sql/counts.sql"));
    Ok(fill(counts, &[(":prelude", &prelude)]).trim_end().to_owned())
}

/// Asks every check, in the order of the documentation: counts first, then the rows of those that
/// found some.
///
/// The answers are of one moment only where the caller's transaction sees to it, by locks or by a
/// snapshot.
///
/// # Errors
/// As for [`count`].
pub async fn measure(
    client: &impl GenericClient,
    mode: Mode,
    catalog: &Catalog,
) -> Result<Vec<Measured>, Error> {
    let prelude = prelude(mode, catalog)?;
    let mut measured = Vec::new();
    for (check, total) in count(client, mode, catalog).await? {
        measured.push(if total == 0 {
            Measured { check, rows: Vec::new(), total }
        } else {
            rows(client, check, &prelude).await?
        });
    }
    Ok(measured)
}

/// The rows of one check, with a total of the same moment.
async fn rows(client: &impl GenericClient, check: Check, prelude: &str) -> Result<Measured, Error> {
    let body = without_head(question(check).statement).trim_end();
    rows_where(client, check, prelude, body).await
}

/// The rows that a statement finds for a check.
async fn rows_where(
    client: &impl GenericClient,
    check: Check,
    prelude: &str,
    body: &str,
) -> Result<Measured, Error> {
    let question = question(check);
    let statement = fill(
        without_head(include_str!("sql/offending.sql")),
        &[(":prelude", prelude), (":check", body), (":limit", &SHOWN.to_string())],
    );
    let rows = client.query(&statement, &[]).await.map_err(Error::database(question.doing))?;
    let total = rows.first().map_or(0, |row| number(row.get("total")));
    let rows = rows.iter().filter_map(|row| {
        Some(Offending {
            table: row.get::<_, Option<String>>("table")?,
            id: row.get("id"),
            detail: row.get("detail"),
        })
    });
    Ok(Measured { check, rows: rows.collect(), total })
}

fn number(count: i64) -> usize {
    usize::try_from(count).expect("a count is not negative")
}

/// One check as a statement of its own, without a cap: for a script or a person.
///
/// # Errors
/// As for [`measure`], but for what only the database can say.
pub fn statement(check: Check, mode: Mode, catalog: &Catalog) -> Result<String, Error> {
    let body = question(check).statement;
    let head = &body[..body.len() - without_head(body).len()];
    Ok(format!("{head}{}\n{}", prelude(mode, catalog)?, without_head(body)))
}

/// Where what was found after a load is not what the plan promised.
pub fn compare(measured: &[Measured], promised: &[CheckFacts]) -> Vec<Deviation> {
    deviations(measured, promised, |facts| facts.after)
}

/// Where what was found before a load is not what the plan was made from.
pub fn compare_before(measured: &[Measured], promised: &[CheckFacts]) -> Vec<Deviation> {
    deviations(measured, promised, |facts| facts.before)
}

fn deviations(
    measured: &[Measured],
    promised: &[CheckFacts],
    expected: fn(&CheckFacts) -> usize,
) -> Vec<Deviation> {
    let mut deviations = Vec::new();
    for found in measured {
        let code = found.check.code;
        let expected = promised.iter().find(|facts| facts.code == code).map(expected);
        if expected != Some(found.total) {
            deviations.push(Deviation {
                code: code.to_owned(),
                title: found.check.title.to_owned(),
                expected,
                found: Some(found.total),
                rows: found.rows.clone(),
            });
        }
    }
    for facts in promised {
        if !measured.iter().any(|found| found.check.code == facts.code) {
            deviations.push(Deviation {
                code: facts.code.clone(),
                title: facts.title.clone(),
                expected: Some(expected(facts)),
                found: None,
                rows: Vec::new(),
            });
        }
    }
    deviations
}

fn question(check: Check) -> &'static Question {
    let found = QUESTIONS.iter().find(|question| question.code == check.code);
    found.expect("every check has its file: a test holds them together")
}

/// A count over fewer rows than there are is worse than none.
async fn sees_every_row(client: &impl GenericClient, catalog: &Catalog) -> Result<(), Error> {
    let rows = client.query(include_str!("sql/filtered_tables.sql"), &[&catalog.oids()]).await;
    let rows = rows.map_err(Error::database("ask whether row-level security hides rows"))?;
    let names: Vec<String> =
        rows.iter().map(|row| format!("`{}`", row.get::<_, &str>(0))).collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(Error::refused(
        Refusal::Preflight,
        format!("row-level security hides rows of {} from this role", names.join(", ")),
        "connect as a role with BYPASSRLS, or as the owner of the tables where it is not forced",
    ))
}

/// What stands before every check, for these tables.
fn prelude(mode: Mode, catalog: &Catalog) -> Result<String, Error> {
    let employer = match mode {
        Mode::Rehome => "c.organization_id",
        Mode::Link => "c.customer_organization_id",
    };
    let text = fill(
        without_head(include_str!("sql/checks/prelude.sql")),
        &[
            (":organizations", &rows_of(catalog, Table::Organizations)?),
            (":contacts", &rows_of(catalog, Table::Contacts)?),
            (":projects", &rows_of(catalog, Table::Projects)?),
            (":points", &rows_of(catalog, Table::ProjectContactPoints)?),
            (":users", &rows_of(catalog, Table::Users)?),
            (":blanks", BLANKS),
            (":employer", employer),
        ],
    );
    Ok(text.trim_end().to_owned())
}

/// The columns of a table that checks speak of, in one shape whatever there is.
fn rows_of(catalog: &Catalog, table: Table) -> Result<String, Error> {
    let relation = catalog.table(table);
    if relation.is_none() && table.presence() == Presence::Required {
        let (schema, name) = (catalog.names.schema(), catalog.names.table(table));
        return Err(missing(format!("there is no table `{schema}`.`{name}`")));
    }
    let columns = catalog.declared.columns(table).iter();
    let asked = columns.filter(|column| asked(table).contains(&column.field));
    let list: Vec<String> = asked
        .map(|column| {
            let expression = expression(catalog, table, column)?;
            Ok(format!("{expression} as {}", quote_ident(column.field.name())))
        })
        .collect::<Result<_, Error>>()?;
    let list = list.join(", ");
    Ok(match relation {
        Some(_) => format!("(select {list} from {} as t)", catalog.names.sql_table(table)),
        None => format!("(select {list} where false)"),
    })
}

/// The columns that checks speak of.
const fn asked(table: Table) -> &'static [Field] {
    match table {
        Table::Organizations => &[Field::ID, Field::NAME, Field::SLUG, Field::OWNER],
        Table::Contacts => &[
            Field::ID,
            Field::TYPE,
            Field::ORGANIZATION,
            Field::OWNER,
            Field::CUSTOMER_ORGANIZATION,
            Field::IS_PRIMARY_CONTACT,
        ],
        Table::Projects => {
            &[Field::ID, Field::ORGANIZATION, Field::CUSTOMER, Field::CUSTOMER_ORGANIZATION]
        }
        Table::Users => &[Field::ORGANIZATION],
        Table::ProjectContactPoints => {
            &[Field::ID, Field::PROJECT, Field::CONTACT, Field::ROLE, Field::IS_PRIMARY]
        }
    }
}

fn expression(catalog: &Catalog, table: Table, declared: &schema::Column) -> Result<String, Error> {
    // The collation makes `=` and `lower` work on bytes, as the forecast does, also where a column
    // has a type or collation that ignores case.
    let (cast, base) = match declared.kind {
        Kind::Uuid => ("uuid", Some("uuid")),
        Kind::Text => ("text collate \"C\"", None),
        Kind::Bool => ("boolean", Some("bool")),
        Kind::Timestamp => ("timestamptz", Some("timestamptz")),
    };
    let Some(relation) = catalog.table(table) else { return Ok(format!("null::{cast}")) };
    let name = catalog.names.column(table, declared.field);
    match relation.column(name) {
        Some(column) if base.is_some_and(|base| !column.is(base)) => Err(missing(format!(
            "`{}`.`{name}` is {}, it has to be {}",
            relation.name,
            column.declared,
            declared.kind.name()
        ))),
        None if declared.presence == Presence::Required => {
            Err(missing(format!("`{}` has no column `{name}`", relation.name)))
        }
        Some(_) | None => Ok(catalog.value(table, "t", declared.field, cast)),
    }
}

fn missing(message: String) -> Error {
    Error::refused(Refusal::Preflight, message, "check the schema and the database that were named")
}

/// The statement of a file without the comment at its head, which speaks of placeholders.
pub(super) fn without_head(file: &str) -> &str {
    let mut rest = file;
    while rest.starts_with("--") {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest
}

/// Puts values where their names stand. What was put in is not looked at again: a schema may be
/// called anything.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some(at) = rest.find(':') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("::") {
            filled.push_str("::");
            rest = after;
            continue;
        }
        let word = rest[1..].find(|letter: char| !letter.is_ascii_lowercase() && letter != '_');
        let (name, after) = rest.split_at(word.map_or(rest.len(), |end| end + 1));
        let value = values.iter().find(|(placeholder, _)| *placeholder == name);
        filled.push_str(value.map_or(name, |(_, value)| value));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_its_file_and_every_file_its_check() {
        let checks: Vec<&str> = plan::checks().map(|check| check.code).collect();
        let questions: Vec<&str> = QUESTIONS.iter().map(|question| question.code).collect();
        assert_eq!(checks, questions);
    }

    #[test]
    fn blanks_are_what_trim_trims() {
        let listed: Vec<u32> = BLANKS
            .trim_matches(|letter| letter == 'E' || letter == '\'')
            .split("\\u")
            .skip(1)
            .map(|code| u32::from_str_radix(code, 16).unwrap())
            .collect();
        let blanks = (0..=0x0010_FFFF).filter_map(char::from_u32).filter(|c| c.is_whitespace());
        assert_eq!(listed, blanks.map(u32::from).collect::<Vec<_>>());
    }

    #[test]
    fn placeholders_are_filled_once() {
        let filled = fill("a :x, b::x :y :xs", &[(":x", ":y"), (":y", "2")]);
        assert_eq!(filled, "a :y, b::x 2 :xs");
    }

    #[test]
    fn a_check_that_one_side_lacks_deviates() {
        let check = plan::checks().next().unwrap();
        let measured = [Measured { check, rows: Vec::new(), total: 0 }];
        let facts = |code: &str, before, after| CheckFacts {
            code: code.to_owned(),
            title: String::new(),
            before,
            after,
        };
        assert_eq!(compare(&measured, &[facts(check.code, 3, 0)]), []);
        assert_eq!(compare_before(&measured, &[facts(check.code, 3, 0)])[0].expected, Some(3));
        let other = compare(&measured, &[facts("other", 0, 0)]);
        assert_eq!(other.len(), 2);
        assert_eq!((other[0].expected, other[1].found), (None, None));
    }
}
