//! The statements that put back what was, and delete what is new, in the order in which rows refer
//! to each other.

use super::keyed::is_that;
use super::survey::{is_late, stays};
use super::{Undo, Undone};
use crate::load::apply::Options;
use crate::load::catalog::{ForeignKey, Relation};
use crate::load::merge::image;
use crate::load::stage::before;
use crate::load::{Error, Refusal, ledger, quote_ident};
use crate::schema::{self, Field, Table};

/// When a row is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// At once, under every constraint.
    First,
    /// After the constraints that it would break are gone.
    Late,
}

impl Undo<'_> {
    /// The columns of a table that the run wrote in rows that were there, as far as they still are.
    pub(super) fn changed(&self, table: Table) -> impl Iterator<Item = &'static schema::Column> {
        let mode = self.run.mode;
        let is_there = move |column: &&schema::Column| {
            column.is_changed(mode) && self.catalog.column(table, column.field).is_some()
        };
        self.catalog.declared.all(table).iter().filter(is_there)
    }

    /// Holds the rows that go where rows of other tables may refer to them: nobody may begin to
    /// between the look and the delete, which would take theirs along.
    pub(super) async fn hold_rows(&self) -> Result<(), Error> {
        for relation in self.catalog.changed() {
            let is_foreign = |key: &ForeignKey| {
                key.to_oid == relation.oid
                    && self.catalog.changed().all(|from| from.oid != key.from_oid)
            };
            if !self.catalog.foreign_keys.iter().any(is_foreign) {
                continue;
            }
            let table = relation.table;
            if !self.catalog.declared.is_inserted(table) {
                continue;
            }
            let hold = format!(
                "select count(*) from (select from {live} t join {image} i on i.pk = t.{id} \
                 where i.run_id = $1 order by i.pk for update of t) held",
                live = self.catalog.names.sql_table(table),
                image = image(table),
                id = self.catalog.names.sql_column(table, Field::ID),
            );
            let rows = self.transaction.query(&hold, &[&self.run.id]).await;
            rows.map_err(Error::database("hold the rows of the run"))?;
        }
        Ok(())
    }

    /// Puts back and deletes what no constraint speaks against.
    pub(super) async fn put_back(&self) -> Result<(), Error> {
        self.every_statement(When::First).await
    }

    /// Drops the constraints of ours that the other rows would break, then puts those back.
    pub(super) async fn put_back_late(
        &self,
        undone: &mut Undone,
        options: &Options<'_>,
    ) -> Result<(), Error> {
        if undone.broken.is_empty() {
            return Ok(());
        }
        let mut kept = ledger::kept(self.transaction, &self.run.schema).await?;
        kept.retain(|kept| {
            let is_broken = |key: &&ForeignKey| undone.broken.contains(&key.name);
            let mut broken = self.catalog.foreign_keys.iter().filter(is_broken);
            broken.any(|key| is_that(key, &kept.added))
        });
        undone.catalog = self.take_away(&kept, options).await?;
        self.every_statement(When::Late).await
    }

    async fn every_statement(&self, when: When) -> Result<(), Error> {
        for (table, is_deleted) in [
            (Table::ProjectContactPoints, true),
            (Table::Projects, false),
            (Table::Contacts, false),
            (Table::Organizations, true),
            (Table::Organizations, false),
        ] {
            let Some(relation) = self.catalog.table(table) else { continue };
            let statement = if is_deleted {
                Some(self.delete(relation, when))
            } else {
                self.update(relation, when)
            };
            let Some(statement) = statement else { continue };
            let done = self.transaction.execute(&statement, &[&self.run.id]).await;
            done.map(drop).map_err(refused_by_constraint)?;
        }
        Ok(())
    }

    fn delete(&self, relation: &Relation, when: When) -> String {
        let table = relation.table;
        format!(
            "delete from {live} t using {image} i where i.pk = t.{id} and {due}",
            live = self.catalog.names.sql_table(table),
            image = image(table),
            id = self.catalog.names.sql_column(table, Field::ID),
            due = due(table, 'i', when),
        )
    }

    /// `None` if every column that was written is gone.
    fn update(&self, relation: &Relation, when: When) -> Option<String> {
        let (table, names) = (relation.table, &self.catalog.names);
        let mut set: Vec<String> = self
            .changed(table)
            .map(|column| {
                format!("{} = i.{}", names.sql_column(table, column.field), before(column.field))
            })
            .collect();
        if set.is_empty() {
            return None;
        }
        // The run moved it only where triggers fired; who touched the row since moved it again.
        if let Some(moves) = relation.column(names.column(table, Field::UPDATED_AT)) {
            let name = quote_ident(&moves.name);
            set.push(format!(
                "{name} = case when t.{name}::timestamptz = i.moved_to then i.moved_from::{} else t.{name} end",
                moves.stored_as
            ));
        }
        Some(format!(
            "update {live} t set {set} from {image} i where i.pk = t.{id} and {due}",
            live = names.sql_table(table),
            set = set.join(", "),
            image = image(table),
            id = names.sql_column(table, Field::ID),
            due = due(table, 'u', when),
        ))
    }

    /// Enters that the rest of the run stands, and forgets the images of what does not.
    pub(super) async fn keep_the_rest(&self) -> Result<(), Error> {
        for relation in self.catalog.changed() {
            let table = relation.table;
            // Of a row that is gone there is nothing left to restore.
            let forget = format!(
                "delete from {} i where i.run_id = $1 and not exists (\
                 select from pg_temp.orgfold_stays f where f.relation = '{table}' \
                   and f.pk = i.pk and f.why <> 'gone')",
                image(table),
            );
            let forgotten = self.transaction.execute(&forget, &[&self.run.id]).await;
            forgotten.map_err(Error::database("forget the images of restored rows"))?;
        }
        ledger::close_in_part(self.transaction, &self.run).await
    }
}

/// The rows of images `i` that are due.
fn due(table: Table, action: char, when: When) -> String {
    let late = if when == When::Late { is_late(table) } else { format!("not {}", is_late(table)) };
    format!("i.run_id = $1 and i.action = '{action}' and not {} and {late}", stays(table))
}

/// What was there before may be against a constraint that was made since.
fn refused_by_constraint(error: tokio_postgres::Error) -> Error {
    let said = error.as_db_error();
    let is_violation = said.is_some_and(|said| said.code().code().starts_with("23"));
    let name = said.filter(|_| is_violation).and_then(|said| said.constraint().or(said.column()));
    let Some(name) = name else { return Error::database("restore the rows")(error) };
    let table = said.and_then(|said| said.table()).unwrap_or("?");
    Error::refused(
        Refusal::Stale,
        format!(
            "`{name}` of `{table}`, made since the plan was applied, refuses what was there before"
        ),
        "drop it for the time of the rollback; nothing was changed",
    )
}
