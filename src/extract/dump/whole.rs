//! The end of a dump: what was left out is refused, the rest becomes a snapshot.

use super::relations::{Spot, Storage};
use super::{Dump, Name};
use crate::extract::error::{Error, Place, Problem};
use crate::extract::snapshot::Snapshot;
use crate::schema::{Presence, Table};

impl Dump<'_> {
    /// The rows of all tables.
    pub(super) fn finish(self) -> Result<Snapshot, Error> {
        if let Some(problem) = self.databases.missing(&self.source.reading) {
            return Err(Error::new(Place::file(self.file), problem));
        }
        self.refuse_late_parts()?;
        let absent = &self.source.names.mapping().absent;
        for table in Table::ALL.into_iter().filter(|table| !absent.contains(table)) {
            if table.presence() == Presence::Required && !self.tables.contains_key(&table) {
                let place = Place::file(self.file).table(self.source.names.table(table));
                return Err(Error::new(place, self.missing(table)));
            }
        }
        self.refuse_without_data()?;
        self.refuse_likely_parts()?;
        let beside = self.beside;
        let frames = self
            .tables
            .into_iter()
            .map(|(table, found)| Ok((table, found.builder.finish_beside(&beside)?)));
        let frames = frames.collect::<Result<_, Error>>()?;
        Ok(Snapshot::new(self.source.declared, frames).with_notes(self.notes))
    }

    /// Refuses rows that were passed over before it was known whose they are.
    fn refuse_late_parts(&self) -> Result<(), Error> {
        for (name, at) in self.relations.passed_over() {
            if self.wanted(name).is_some() {
                return Err(refused(name, at, Problem::PartTooLate));
            }
        }
        Ok(())
    }

    /// Refuses a table that is made and of which the dump brings no row. What `pg_dump` writes says
    /// so of every table, also of one without rows; in what others write contacts must come.
    fn refuse_without_data(&self) -> Result<(), Error> {
        let names = &self.source.names;
        let schema = Some(names.schema().to_owned());
        let contacts = Name { schema, table: names.table(Table::Contacts).to_owned() };
        for (name, at, storage) in self.relations.without_data() {
            let must = self.says_what_it_brings || storage == Storage::Foreign;
            let is_missed = *name == contacts && !self.relations.brings(&contacts);
            if self.wanted(name).is_some() && (must || is_missed) {
                return Err(refused(name, at, Problem::NoRows));
            }
        }
        Ok(())
    }

    /// Refuses rows of a table that the dump does not make and that has all columns of one of ours:
    /// such is a child that inherits from it.
    fn refuse_likely_parts(&self) -> Result<(), Error> {
        for (name, at, columns) in self.relations.unknown() {
            let like = self.tables.iter().find(|(table, found)| {
                let ours = Name {
                    schema: Some(self.source.names.schema().to_owned()),
                    table: self.source.names.table(**table).to_owned(),
                };
                !self.relations.is_made(&ours)
                    && !found.columns.is_empty()
                    && found.columns.iter().all(|column| columns.contains(column))
            });
            if let Some((table, _)) = like {
                let of = self.source.names.table(*table).to_owned();
                return Err(refused(name, at, Problem::LikelyPart { of }));
            }
        }
        Ok(())
    }

    /// Why a table is missing: perhaps its rows stand under the names of its parts.
    fn missing(&self, table: Table) -> Problem {
        let names = &self.source.names;
        let required = self.source.declared.columns(table).iter();
        let required = required.filter(|column| column.presence == Presence::Required);
        let required: Vec<&str> = required.map(|c| names.column(table, c.field)).collect();
        let has_all = |columns: &[String]| {
            required.iter().all(|name| columns.iter().any(|column| column == name))
        };
        let like = self.relations.unknown().filter(|(_, _, columns)| has_all(columns));
        let like: Vec<&Name> = like.map(|(name, _, _)| name).collect();
        let namesake = like.iter().find(|name| name.table == names.table(table));
        match namesake.and_then(|name| name.schema.clone()) {
            Some(schema) if !schema.is_empty() => Problem::OtherSchema(schema),
            Some(_) => Problem::MissingTable,
            None if like.is_empty() => Problem::MissingTable,
            None => Problem::OnlyParts(like.iter().map(|name| name.table.clone()).collect()),
        }
    }
}

/// The error for what a statement says of a table.
fn refused(name: &Name, at: &Spot, problem: Problem) -> Error {
    Error::new(Place::file(&at.file).line(at.line).table(&name.table), problem)
}
