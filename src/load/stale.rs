//! Whether a planned row has moved on since the plan was made.
//!
//! In: staged rows, under lock. Out: queries that return table, key and what is wrong. Compared is
//! what was read and what the decision rests on, each value as the server stores it: a text of the
//! source goes through the type of its column and back, so that padding, scale and the like are
//! none of the differences. A column that the source lacked is left out, and so is one of the
//! expand step that was NULL throughout, which counts as lacking so that expanding changes no id.
//! What the run writes is compared all the same: lacking, it must be NULL.

use tokio_postgres::Transaction;

use super::catalog::{Catalog, Column};
use super::stage::{before, staging};
use super::{Error, Refusal, quote_ident};
use crate::plan::SourceFacts;
use crate::schema::{self, Field, Kind, Mode, Presence, Table};

/// Rows that are named; the others are counted.
const NAMED: usize = 20;

/// Planned rows that have moved on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Number of them.
    pub total: usize,
    /// The first of them: table, key and what is wrong.
    pub named: Vec<String>,
}

/// Asks which planned rows have moved on.
pub struct Stale<'a> {
    /// The tables.
    pub catalog: &'a Catalog,
    /// Where a contact's customer organization is written.
    pub mode: Mode,
    /// What the plan was made from.
    pub source: &'a SourceFacts,
}

/// A value on both sides, as expressions of one type.
struct Compared {
    column: String,
    live: String,
    staged: String,
}

impl Compared {
    fn differs(&self) -> String {
        format!("{} is distinct from {}", self.live, self.staged)
    }
}

impl Stale<'_> {
    /// The planned rows that have moved on, by table and key.
    ///
    /// # Errors
    /// The database; [`Refusal::Stale`] if the plan has a value that its column cannot hold.
    pub async fn rows(&self, transaction: &Transaction<'_>) -> Result<Moved, Error> {
        self.refuse_foreign_values(transaction).await?;
        let mut moved = Moved::default();
        for query in self.queries() {
            let query = format!(
                "select m.*, count(*) over () from (\n{query}\n) m (\"table\", id, what) order by m.id limit {NAMED}"
            );
            let found = transaction.query(&query, &[]).await;
            let found = found.map_err(Error::database("check that the plan is not stale"))?;
            let total = found.first().map_or(0, |row| row.get::<_, i64>(3));
            moved.total += usize::try_from(total).expect("a count is not negative");
            let room = NAMED - moved.named.len();
            moved.named.extend(found.iter().take(room).map(|row| {
                let (table, id, what): (&str, &str, &str) = (row.get(0), row.get(1), row.get(2));
                format!("{table} {id}: {what}")
            }));
        }
        Ok(moved)
    }

    /// The queries that find them: table, key and what is wrong.
    pub(super) fn queries(&self) -> Vec<String> {
        let rows =
            [self.organizations(), self.changed(Table::Contacts), self.changed(Table::Projects)];
        rows.into_iter().chain(self.points()).collect()
    }

    /// A text that cannot be cast to the type of its column was not read from it.
    async fn refuse_foreign_values(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        for table in [Table::Contacts, Table::Projects] {
            for column in self.read(table) {
                let Some(live) = self.catalog.column(table, column.field) else { continue };
                let Some(cast) = canonical(live) else { continue };
                let query = format!(
                    "select count(s.{}{cast}) from {} s",
                    quote_ident(column.field.name()),
                    staging(table)
                );
                let counted = transaction.query(&query, &[]).await;
                let Err(error) = counted else { continue };
                if error.code().is_some_and(|code| code.code().starts_with("22")) {
                    return Err(Error::refused(
                        Refusal::Stale,
                        format!(
                            "`{}` is {}, and the plan has values that are none",
                            self.catalog.names.shown(table, column.field),
                            live.declared
                        ),
                        "plan from an export of this database; nothing was changed",
                    ));
                }
                return Err(Error::database("check that the plan is not stale")(error));
            }
        }
        Ok(())
    }

    /// Whether the source had a column: one that must be there always, another if the plan says so.
    fn was_read(&self, table: Table, column: &schema::Column) -> bool {
        column.presence == Presence::Required || self.source.had(table, column.field)
    }

    /// The columns of a table whose value was read, is not written and decides.
    fn read(&self, table: Table) -> impl Iterator<Item = &schema::Column> {
        self.catalog.declared.all(table).iter().filter(move |column| {
            column.decides && !column.is_ever_changed() && self.was_read(table, column)
        })
    }

    /// The columns of a table that sheets have before and after, as far as they are compared.
    fn before(&self, table: Table) -> impl Iterator<Item = &schema::Column> {
        self.catalog.declared.all(table).iter().filter(move |column| {
            column.is_changed(self.mode) || column.is_ever_changed() && self.was_read(table, column)
        })
    }

    /// A column of a live row `t` beside an expression of the staged row `s`.
    fn compared(&self, table: Table, column: &schema::Column, staged: String) -> Compared {
        let names = &self.catalog.names;
        let kind = super::merge::sql_type(column.kind);
        let live = self.catalog.value(table, "t", column.field, kind);
        let staged = match (column.kind, self.catalog.column(table, column.field)) {
            (Kind::Text, Some(found)) => match canonical(found) {
                Some(cast) => format!("({staged}{cast})::text"),
                None => staged,
            },
            // Fewer digits of a second, or no time zone; the session's is UTC.
            (Kind::Timestamp, Some(found)) => {
                format!("({staged}::{})::timestamptz", found.stored_as)
            }
            _ => staged,
        };
        Compared { column: names.column(table, column.field).to_owned(), live, staged }
    }

    fn organizations(&self) -> String {
        let table = Table::Organizations;
        let names = &self.catalog.names;
        let column = |field| {
            let found = self.catalog.declared.column(table, field);
            found.expect("the code itself speaks of it, so it is declared")
        };
        let compared = [
            self.compared(table, column(Field::NAME), "s.name".to_owned()),
            self.compared(table, column(Field::SLUG), "s.slug".to_owned()),
            self.compared(table, column(Field::OWNER), format!("s.{}", before(Field::OWNER))),
        ];
        let cases = cases(&compared);
        let moved: Vec<String> = compared.iter().map(Compared::differs).collect();
        let refers = |table: Table, kind: &str| {
            format!(
                "exists (select 1 from {} {kind} where {kind}.{} = s.id)",
                names.sql_table(table),
                names.sql_column(table, Field::ORGANIZATION)
            )
        };
        let users = match self.catalog.table(Table::Users) {
            Some(_) => refers(Table::Users, "u"),
            None => "false".to_owned(),
        };
        format!(
            "select {label}, s.id::text, case\n  when s.action = 'insert' and t.{id} is not null then {taken_id}\n  \
             when s.action = 'insert' then {taken_slug}\n  when t.{id} is null then {gone}{cases}\n  \
             else 'users or projects' end\n\
             from {staged} s left join {live} t on t.{id} = s.id\nwhere case when s.action = 'insert'\n  \
             then t.{id} is not null or exists (select 1 from {live} o where o.{slug} = s.slug)\n  \
             else t.{id} is null or {moved}\n    \
             or s.action = 'adopt' and s.is_tenant is false and ({users} or {projects}) end",
            label = literal(names.table(table)),
            id = names.sql_column(table, Field::ID),
            slug = names.sql_column(table, Field::SLUG),
            taken_id = literal(&format!("{}: is taken", names.column(table, Field::ID))),
            taken_slug = literal(&format!("{}: is taken", names.column(table, Field::SLUG))),
            gone = literal(&format!("{}: is gone", names.column(table, Field::ID))),
            staged = staging(table),
            live = names.sql_table(table),
            moved = moved.join(" or "),
            projects = refers(Table::Projects, "p"),
        )
    }

    /// Rows that a run changes.
    fn changed(&self, table: Table) -> String {
        let names = &self.catalog.names;
        let befores = self
            .before(table)
            .map(|column| self.compared(table, column, format!("s.{}", before(column.field))));
        let reads = self.read(table).map(|column| {
            let staged = format!("s.{}", quote_ident(column.field.name()));
            self.compared(table, column, staged)
        });
        let compared: Vec<Compared> = befores.chain(reads).collect();
        let cases = cases(&compared);
        let any: Vec<String> = compared.iter().map(Compared::differs).collect();
        format!(
            "select {label}, s.id::text, case\n  when t.{id} is null then {gone}{cases} end\n\
             from {staged} s left join {live} t on t.{id} = s.id\nwhere t.{id} is null\n   or {any}",
            label = literal(names.table(table)),
            id = names.sql_column(table, Field::ID),
            gone = literal(&format!("{}: is gone", names.column(table, Field::ID))),
            staged = staging(table),
            live = names.sql_table(table),
            any = any.join("\n   or "),
        )
    }

    /// Contact points that others have made meanwhile. One query for each reason: each is a join by
    /// equal columns, where reasons in one condition would compare every row with every other.
    fn points(&self) -> Vec<String> {
        let table = Table::ProjectContactPoints;
        if self.catalog.table(table).is_none() {
            return Vec::new();
        }
        let names = &self.catalog.names;
        let column = |field| names.sql_column(table, field);
        let (id, project) = (column(Field::ID), column(Field::PROJECT));
        let (contact, is_primary) = (column(Field::CONTACT), column(Field::IS_PRIMARY));
        let query = |joined: String, field: Field, what: &str| {
            format!(
                "select distinct {label}, s.id::text, {what}\nfrom {staged} s join {live} t on {joined}",
                label = literal(names.table(table)),
                what = literal(&format!("{}: {what}", names.column(table, field))),
                staged = staging(table),
                live = names.sql_table(table),
            )
        };
        vec![
            query(format!("t.{id} = s.id"), Field::ID, "is taken"),
            query(
                format!(
                    "t.{project} = s.project_id and t.{contact} = s.contact_id and t.{id} <> s.id"
                ),
                Field::CONTACT,
                "is a contact point already",
            ),
            query(
                format!(
                    "t.{project} = s.project_id and s.is_primary and t.{is_primary} \
                     and t.{contact} is distinct from s.contact_id and t.{id} <> s.id"
                ),
                Field::IS_PRIMARY,
                "the project has a primary",
            ),
        ]
    }
}

/// Names the first column that differs.
fn cases(compared: &[Compared]) -> String {
    let case = |one: &Compared| format!("\n  when {} then {}", one.differs(), literal(&one.column));
    compared.iter().map(case).collect::<Vec<_>>().concat()
}

/// The cast that gives a text the form in which its column stores it; `None` where every text is
/// stored as it is.
fn canonical(column: &Column) -> Option<String> {
    let is_plain = ["text", "varchar", "name"].iter().any(|base| column.is(base))
        || column.base == "citext"
        || column.base_category == "e";
    if is_plain {
        None
    } else if column.is("bpchar") {
        // Without the width, to which an explicit cast would cut: a longer text is another one.
        Some("::bpchar".to_owned())
    } else {
        Some(format!("::{}", column.stored_as))
    }
}

/// A text in quotes, as a statement needs it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
