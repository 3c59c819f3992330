//! A foreign key as a rollback sees it: who will refer to what, once the rows of a run are what they
//! were.
//!
//! A row that is restored refers to what it referred to before, in the columns that the run wrote,
//! and to what it does now in all others; and what is restored is referred to in the same way.

use super::survey::{Survey, literal};
use super::{Conflict, Edited, What};
use crate::load::catalog::{ForeignKey, Relation};
use crate::load::expand::Addition;
use crate::load::merge::image;
use crate::load::quote_ident;
use crate::load::stage::{after, before};
use crate::schema;

/// Whether a foreign key is what a load added.
pub(super) fn is_that(key: &ForeignKey, added: &Addition) -> bool {
    matches!(added, Addition::Constraint { table, name, .. }
        if table.schema == key.from_schema && table.name == key.from_table && *name == key.name)
}

/// A foreign key, seen from the rows `r` that refer and the rows `t` referred to, each with its image
/// (`m` and `i`) where the run touched it.
pub(super) struct Keyed<'a> {
    survey: &'a Survey<'a>,
    key: &'a ForeignKey,
    /// The referring table, if a run changes it.
    pub(super) from: Option<&'a Relation>,
    /// The table referred to, if a run changes it.
    pub(super) to: Option<&'a Relation>,
}

impl<'a> Keyed<'a> {
    pub(super) fn of(survey: &'a Survey<'a>, key: &'a ForeignKey) -> Self {
        let find = |oid| survey.undo.catalog.changed().find(|relation| relation.oid == oid);
        Self { survey, key, from: find(key.from_oid), to: find(key.to_oid) }
    }

    /// The column that the run wrote, of that name in the database.
    fn written(&self, relation: Option<&Relation>, name: &str) -> Option<&'static schema::Column> {
        let table = relation?.table;
        let names = &self.survey.undo.catalog.names;
        self.survey.changed(table).find(|column| names.column(table, column.field) == name)
    }

    /// `r` with its image.
    fn referring_rows(&self) -> String {
        let table = format!(
            "{}.{} r",
            quote_ident(&self.key.from_schema),
            quote_ident(&self.key.from_table)
        );
        let Some(from) = self.from else { return table };
        format!(
            "{table} left join {image} m on m.run_id = $1 and m.pk = r.{id} \
             left join pg_temp.orgfold_stays fm on fm.relation = {name} and fm.pk = m.pk",
            image = image(from.table),
            id = self.survey.id(from.table),
            name = literal(from.table.name()),
        )
    }

    /// `t` with its image.
    fn referred_rows(&self) -> String {
        let table =
            format!("{}.{} t", quote_ident(&self.key.to_schema), quote_ident(&self.key.to_table));
        let Some(to) = self.to else { return table };
        format!(
            "{table} left join {image} i on i.run_id = $1 and i.pk = t.{id} \
             left join pg_temp.orgfold_stays fi on fi.relation = {name} and fi.pk = i.pk",
            image = image(to.table),
            id = self.survey.id(to.table),
            name = literal(to.table.name()),
        )
    }

    /// A referring column as it will be.
    fn after_from(&self, name: &str) -> String {
        let now = format!("r.{}", quote_ident(name));
        match self.written(self.from, name) {
            Some(column) => format!(
                "case when m.action = 'u' and fm.pk is null then m.{} else {now} end",
                before(column.field)
            ),
            None => now,
        }
    }

    /// A column that is referred to as it will be.
    fn after_to(&self, name: &str) -> String {
        let now = format!("t.{}", quote_ident(name));
        match self.written(self.to, name) {
            Some(column) => format!(
                "case when i.action = 'u' and fi.pk is null then i.{} else {now} end",
                before(column.field)
            ),
            None => now,
        }
    }

    /// The conditions under which `r` will refer to what `t` is now.
    fn refers_now(&self) -> String {
        let pairs = std::iter::zip(&self.key.from_columns, &self.key.to_columns);
        let equal =
            pairs.map(|(from, to)| format!("{} = t.{}", self.after_from(from), quote_ident(to)));
        equal.collect::<Vec<_>>().join(" and ")
    }

    /// Whether `r` will be there, and is told of: an edited row of the run is named as such already.
    fn remains(&self) -> &'static str {
        match (self.from, self.survey.edited) {
            (None, _) => "true",
            (Some(_), Edited::Keep) => "(m.action is distinct from 'i' or fm.pk is not null)",
            (Some(_), Edited::Refuse) => {
                "(m.action is distinct from 'i' or fm.pk is not null) and fm.why is distinct from 'edited'"
            }
        }
    }

    /// Whether `t` will not be what it is now in what is referred to, because it is restored.
    fn changes(&self) -> Option<String> {
        let changes: Vec<String> = self
            .key
            .to_columns
            .iter()
            .filter_map(|name| self.written(self.to, name))
            .map(|column| {
                format!("i.{} is distinct from i.{}", before(column.field), after(column.field))
            })
            .collect();
        (!changes.is_empty()).then(|| format!("i.action = 'u' and ({})", changes.join(" or ")))
    }

    /// Rows that will refer to what is deleted, or to what is changed where that counts: their title,
    /// that of the row referred to, and its key.
    pub(super) fn referring(&self, changed_too: bool) -> Option<String> {
        let to = self.to?;
        let mut which = Vec::new();
        if self.survey.undo.catalog.declared.is_inserted(to.table) {
            which.push("i.action = 'i'".to_owned());
        }
        which.extend(self.changes().filter(|_| changed_too));
        if which.is_empty() {
            return None;
        }
        Some(format!(
            "select {title} as title, t.{id}::text as target, i.pk from {referring} \
             join ({referred}) on {equal} \
             where i.pk is not null and fi.pk is null and ({which}) and {remains}",
            title = self.title(),
            id = self.survey.id(to.table),
            referring = self.referring_rows(),
            referred = self.referred_rows(),
            equal = self.refers_now(),
            which = which.join(" or "),
            remains = self.remains(),
        ))
    }

    /// Keys of rows `t` that are restored although rows refer to what they are now.
    pub(super) fn unreferred(&self) -> Option<String> {
        let changes = self.changes()?;
        Some(format!(
            "select i.pk from {referring} join ({referred}) on {equal} \
             where i.pk is not null and fi.pk is null and {changes} and {remains}",
            referring = self.referring_rows(),
            referred = self.referred_rows(),
            equal = self.refers_now(),
            remains = self.remains(),
        ))
    }

    /// Restored rows that would refer to nothing: their title and key.
    pub(super) fn dangling(&self) -> Option<String> {
        let from = self.from?;
        let written: Vec<&schema::Column> = self
            .key
            .from_columns
            .iter()
            .filter_map(|name| self.written(Some(from), name))
            .collect();
        if written.is_empty() {
            return None;
        }
        let changes: Vec<String> = written
            .iter()
            .map(|column| {
                format!("m.{} is distinct from m.{}", before(column.field), after(column.field))
            })
            .collect();
        let filled: Vec<String> = self
            .key
            .from_columns
            .iter()
            .map(|name| format!("{} is not null", self.after_from(name)))
            .collect();
        let pairs = std::iter::zip(&self.key.from_columns, &self.key.to_columns);
        let equal: Vec<String> = pairs
            .map(|(from, to)| format!("{} = {}", self.after_to(to), self.after_from(from)))
            .collect();
        let goes =
            if self.to.is_some() { " and not (i.action = 'i' and fi.pk is null)" } else { "" };
        // A deleted row has no action: NULL must not pass for one.
        let goes = goes.replace("(i.action = 'i' and", "(i.action is not distinct from 'i' and");
        Some(format!(
            "select {title} as title, m.pk from {referring} \
             where m.action = 'u' and fm.pk is null and ({changes}) and {filled} \
               and not exists (select from {referred} where {equal}{goes})",
            title = self.title(),
            referring = self.referring_rows(),
            changes = changes.join(" or "),
            filled = filled.join(" and "),
            referred = self.referred_rows(),
            equal = equal.join(" and "),
        ))
    }

    /// The key of `r`, as a text.
    fn title(&self) -> String {
        let columns: Vec<String> = self
            .key
            .from_key
            .iter()
            .map(|column| format!("r.{}::text", quote_ident(column)))
            .collect();
        if columns.is_empty() {
            "'?'".to_owned()
        } else {
            format!("concat_ws(',', {})", columns.join(", "))
        }
    }

    /// The name of the referring table.
    fn referring_name(&self) -> String {
        let key = self.key;
        if key.from_schema == self.survey.undo.catalog.names.schema() {
            key.from_table.clone()
        } else {
            format!("{}.{}", key.from_schema, key.from_table)
        }
    }

    pub(super) fn refers(&self, id: String, row: String) -> Conflict {
        let what = What::Refers {
            key: self.key.name.clone(),
            columns: self.key.from_columns.join(", "),
            to: self.key.to_table.clone(),
            row,
        };
        Conflict { table: self.referring_name(), id, what }
    }

    pub(super) fn dangles(&self, id: String) -> Conflict {
        let what = What::Dangles {
            key: self.key.name.clone(),
            columns: self.key.from_columns.join(", "),
            to: self.key.to_table.clone(),
        };
        Conflict { table: self.referring_name(), id, what }
    }
}
