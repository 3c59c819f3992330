//! Proof, inside the transaction that changes the rows, that whoever saw or might do something
//! before sees and may do the very same after it, and no more than the forecast.
//!
//! In: the tables under lock, the plan in its staging tables. One user of each kind of each tenant,
//! each role that policies name, somebody without a login, and invented users of customer
//! organizations look before and after: what they see, and what becomes of true updates, deletes and
//! inserts, triggers and all, each in a sub-transaction that is rolled back. Out: [`Proof`], or a
//! refusal that names who, where and which rows.

mod probe;
mod target;

use serde::{Deserialize, Serialize};
use tokio_postgres::{Row, Transaction};

use self::probe::probes;
use self::target::targets;
use super::catalog::{CHANGED, Catalog};
use super::stage::{after as staged_after, staging};
use super::verify::{fill, without_head};
use super::{Error, Refusal, quote_ident};
use crate::dialect;
use crate::schema::{Field, Mode, Table};

pub use self::probe::roles_of_policies;

/// How a connection becomes a user, as the application does it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The role of a user who has logged in.
    pub role: String,
    /// The role of somebody who has not.
    pub anonymous: String,
    /// Settings of the session that policies read, each with its value; `{user}` stands for the key
    /// of the user, `{role}` for the role.
    pub settings: Vec<(String, String)>,
    /// How many rows each looks at.
    pub extent: Extent,
}

/// How many rows are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Extent {
    /// All of them where there are few, else some of each tenant, moved and not.
    Sample,
    /// All of them.
    Full,
}

/// What one who looked saw, or might do, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who, by key.
    pub who: String,
    /// As which role.
    pub role: String,
    /// Of which tenant, if of one.
    pub tenant: Option<String>,
    /// Where.
    pub table: String,
    /// `select`, `select own`, `update`, `delete` or `insert`.
    pub command: String,
    /// Rows before.
    pub before: i32,
    /// Rows after.
    pub after: i32,
    /// Rows that come as forecast.
    pub foreseen: i32,
    /// Keys of rows that are lost.
    pub lost: Vec<String>,
    /// Keys of rows that come beyond the forecast.
    pub beyond: Vec<String>,
    /// What the server refused it with before, and after.
    pub codes: (Option<String>, Option<String>),
    /// The function in which that was.
    pub place: Option<String>,
}

/// `insufficient_privilege`: that is an answer, and as good as any other.
const NO_RIGHT: &str = "42501";

impl Line {
    /// Whether it is before as after, but for what was forecast.
    fn holds(&self) -> bool {
        self.lost.is_empty() && self.beyond.is_empty() && self.codes.0 == self.codes.1
    }

    /// Whether nobody can tell, since the application's own policies or triggers fail.
    fn is_unproven(&self) -> bool {
        self.holds() && self.codes.1.as_deref().is_some_and(|code| code != NO_RIGHT)
    }
}

/// That nobody sees or may do more or less than before, and the forecast.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Proof {
    /// How many looked.
    pub probes: usize,
    /// How many rows they looked at: `full`, `sample`, or `none` where no table has row-level security.
    pub extent: &'static str,
    /// What fails before as after, so that nothing is proven: table, command, code and function.
    pub unproven: Vec<String>,
    /// Each line.
    #[serde(skip)]
    pub lines: Vec<Line>,
}

impl Proof {
    /// Where row-level security guards nothing, there is nothing to prove.
    pub fn nothing_guarded() -> Self {
        Self { extent: "none", ..Self::default() }
    }

    /// The lines as CSV, keys and counts only.
    pub fn csv(&self) -> Vec<u8> {
        let full = "what is written stays in memory";
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record([
            "who",
            "role",
            "tenant",
            "table",
            "command",
            "extent",
            "before",
            "after",
            "foreseen",
            "lost",
            "beyond",
            "code_before",
            "code_after",
        ])
        .expect(full);
        let cell = |text: &str| dialect::escape(text).into_owned();
        let some = |text: &Option<String>| text.as_deref().map_or("\\N".to_owned(), cell);
        for line in &self.lines {
            let counts = [line.before, line.after, line.foreseen].map(|count| count.to_string());
            let [before, after, foreseen] = counts;
            csv.write_record([
                cell(&line.who),
                cell(&line.role),
                some(&line.tenant),
                cell(&line.table),
                line.command.clone(),
                self.extent.to_owned(),
                before,
                after,
                foreseen,
                line.lost.len().to_string(),
                line.beyond.len().to_string(),
                some(&line.codes.0),
                some(&line.codes.1),
            ])
            .expect(full);
        }
        csv.into_inner().expect(full)
    }
}

/// A proof of which the first half is done.
#[derive(Debug)]
pub struct Begun {
    probes: usize,
    extent: &'static str,
    invitation: Invitation,
    /// What the table of organizations is called.
    organizations: String,
}

/// The statements by which a user comes into an organization.
#[derive(Debug)]
struct Invitation {
    make: String,
    invite: String,
}

/// Lets everybody look before anything is changed; `None` where row-level security guards nothing.
///
/// # Errors
/// The database.
pub async fn before(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    mode: Mode,
    settings: &Settings,
) -> Result<Option<Begun>, Error> {
    let guarded = catalog.changed().any(|table| table.row_security)
        || catalog.policies.iter().any(|policy| policy.enforced);
    if !guarded {
        return Ok(None);
    }
    let doing = || Error::database("prepare the proof of visibility");
    let tables = without_head(include_str!("sql/visibility/begin.sql"));
    transaction.batch_execute(tables).await.map_err(doing())?;
    let probes = probes(transaction, catalog, mode, settings).await?;
    let extent = targets(transaction, catalog, mode, settings.extent).await?;
    let organizations = catalog.names.table(Table::Organizations).to_owned();
    let begun = Begun { probes, extent, invitation: invitation(catalog, mode), organizations };
    begun.look(transaction, "before").await?;
    Ok(Some(begun))
}

impl Begun {
    /// How many look.
    pub fn probes(&self) -> usize {
        self.probes
    }

    /// Lets everybody look again, and compares.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with what is lost, or gained beyond the forecast; the database.
    pub async fn after(
        self,
        transaction: &Transaction<'_>,
        catalog: &Catalog,
    ) -> Result<Proof, Error> {
        self.look(transaction, "after").await?;
        let lines = compare(transaction, catalog).await?;
        refuse(&lines)?;
        let mut unproven: Vec<String> = lines
            .iter()
            .filter(|line| line.is_unproven())
            .map(|line| {
                let place = line.place.as_ref().map(|place| format!(" in {place}"));
                format!(
                    "{} of {}: SQLSTATE {}{} before as after",
                    line.command,
                    line.table,
                    line.codes.1.as_deref().unwrap_or_default(),
                    place.unwrap_or_default()
                )
            })
            .collect();
        unproven.sort();
        unproven.dedup();
        Ok(Proof { probes: self.probes, extent: self.extent, unproven, lines })
    }

    async fn look(&self, transaction: &Transaction<'_>, phase: &str) -> Result<(), Error> {
        let Invitation { make, invite } = &self.invitation;
        let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let statement = fill(
            without_head(include_str!("sql/visibility/look.sql")),
            &[
                (":phase", &literal(phase)),
                (":organizations", &literal(&self.organizations)),
                (":make", &literal(make)),
                (":invite", &literal(invite)),
            ],
        );
        let done = transaction.batch_execute(&statement).await;
        done.map_err(Error::database("look as the tenants' users do"))
    }
}

/// How a user comes into a customer organization: as the plan inserts it, without an owner, where it
/// is not there yet.
fn invitation(catalog: &Catalog, mode: Mode) -> Invitation {
    let (names, organizations, users) = (&catalog.names, Table::Organizations, Table::Users);
    let written = catalog.declared.written(organizations, mode).filter(|column| {
        column.field != Field::OWNER && catalog.column(organizations, column.field).is_some()
    });
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for column in written {
        columns.push(names.sql_column(organizations, column.field));
        values.push(if column.is_ever_changed() {
            format!("s.{}", staged_after(column.field))
        } else {
            format!("s.{}", quote_ident(column.field.name()))
        });
    }
    let (live, staged) = (names.sql_table(organizations), staging(organizations));
    let id = names.sql_column(organizations, Field::ID);
    let make = format!(
        "insert into {live} ({}) select {} from {staged} s where s.id = $1 and s.action = 'insert' \
         and not exists (select from {live} t where t.{id} = s.id)",
        columns.join(", "),
        values.join(", ")
    );
    let invite = format!(
        "update {} set {} = $1 where {}::text = $2",
        names.sql_table(users),
        names.sql_column(users, Field::ORGANIZATION),
        names.sql_column(users, Field::ID)
    );
    Invitation { make, invite }
}

async fn compare(transaction: &Transaction<'_>, catalog: &Catalog) -> Result<Vec<Line>, Error> {
    let names = &catalog.names;
    let literal = |table| format!("'{}'", names.table(table).replace('\'', "''"));
    let open = |table| {
        let guarded = catalog.table(table).is_some_and(|relation| relation.row_security);
        if guarded { "false" } else { "true" }
    };
    let [organizations, contacts, projects, points] = CHANGED;
    let statement = fill(
        without_head(include_str!("sql/visibility/compare.sql")),
        &[
            (":organizations", &names.sql_table(organizations)),
            (":id", &names.sql_column(organizations, Field::ID)),
            (":owner", &names.sql_column(organizations, Field::OWNER)),
            (":points", &staging(points)),
            (":project", &quote_ident(Field::PROJECT.name())),
            (":contact", &quote_ident(Field::CONTACT.name())),
            (":organizations_rel", &literal(organizations)),
            (":contacts_rel", &literal(contacts)),
            (":projects_rel", &literal(projects)),
            (":points_rel", &literal(points)),
            (":contacts_open", open(contacts)),
            (":projects_open", open(projects)),
        ],
    );
    let rows = transaction.query(&statement, &[]).await;
    let rows = rows.map_err(Error::database("compare what was seen"))?;
    let mut lines: Vec<Line> = rows.iter().map(line).collect();
    as_neighbours_fail(
        &mut lines,
        names.table(points),
        [names.table(contacts), names.table(projects)],
    );
    Ok(lines)
}

/// A contact point is seen through both its ends: where one of them fails whoever looks, before as
/// after, so do points that were not there to fail before.
fn as_neighbours_fail(lines: &mut [Line], points: &str, neighbours: [&str; 2]) {
    let fails = |line: &&Line| {
        line.command == "select"
            && neighbours.contains(&line.table.as_str())
            && line.codes.0 == line.codes.1
    };
    let failing: Vec<(String, Option<String>)> =
        lines.iter().filter(fails).map(|line| (line.who.clone(), line.codes.1.clone())).collect();
    for line in lines.iter_mut().filter(|line| line.table == points && line.codes.0.is_none()) {
        if failing.contains(&(line.who.clone(), line.codes.1.clone())) {
            line.codes.0.clone_from(&line.codes.1);
        }
    }
}

fn line(row: &Row) -> Line {
    Line {
        who: row.get("label"),
        role: row.get("role"),
        tenant: row.get("tenant"),
        table: row.get("rel"),
        command: row.get("command"),
        before: row.get("before"),
        after: row.get("after"),
        foreseen: row.get("foreseen"),
        lost: row.get("lost"),
        beyond: row.get("beyond"),
        codes: (row.get("code_before"), row.get("code_after")),
        place: row.get("place"),
    }
}

/// Refuses what is lost, or gained beyond the forecast, or fails on one side only.
fn refuse(lines: &[Line]) -> Result<(), Error> {
    const SHOWN: usize = 10;
    let found: Vec<&Line> = lines.iter().filter(|line| !line.holds()).collect();
    if found.is_empty() {
        return Ok(());
    }
    let mut shown: Vec<String> = found.iter().take(SHOWN).map(|line| told(line)).collect();
    if found.len() > SHOWN {
        shown.push(format!("and {} more", found.len() - SHOWN));
    }
    Err(Error::refused(
        Refusal::Invalid,
        format!("the load would change who sees or may do what:\n  {}", shown.join("\n  ")),
        "nothing was changed; mend the policy, trigger or function behind it, or plan in mode link",
    ))
}

fn told(line: &Line) -> String {
    let mut what = Vec::new();
    for (rows, word) in [(&line.lost, "lost"), (&line.beyond, "beyond the forecast")] {
        if let Some(first) = rows.first() {
            what.push(format!("{} rows {word}, first {first}", rows.len()));
        }
    }
    if line.codes.0 != line.codes.1 {
        let code = |code: &Option<String>| {
            code.as_ref().map_or("no error".to_owned(), |code| format!("SQLSTATE {code}"))
        };
        let place = line.place.as_ref().map(|place| format!(" in {place}")).unwrap_or_default();
        what.push(format!("{} before, {} after{place}", code(&line.codes.0), code(&line.codes.1)));
    }
    format!("{} of {} as {}: {}", line.command, line.table, line.who, what.join("; "))
}
