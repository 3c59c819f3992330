//! What a rollback would do, and what stands in its way.
//!
//! In: the images of a run and what the tables hold now. Out: what people changed since, what later
//! rows refer to, which constraints of ours the restored rows would break; and two temporary tables
//! by which [`put_back`](super::put_back) goes: `orgfold_stays`, rows that stay as they are, and
//! `orgfold_late`, rows that come back only once a constraint is gone.

use std::collections::{BTreeMap, BTreeSet};

use super::keyed::{Keyed, is_that};
use super::{Conflict, Edited, Undo, Undone, Wanted, What};
use crate::load::catalog::{CHANGED, ForeignKey, Relation};
use crate::load::ledger::{self, Kept};
use crate::load::merge::image;
use crate::load::stage::after;
use crate::load::{Error, Refusal, quote_ident};
use crate::schema::{self, Field, Mode, Table};

/// The rows that stay as they are, and why: of another tenant, gone, edited, referred to.
const TABLES: &str = "create temp table orgfold_stays (relation text not null, pk uuid not null, why text not null, \
     primary key (relation, pk)) on commit drop; \
     create temp table orgfold_late (relation text not null, pk uuid not null, \
     primary key (relation, pk)) on commit drop";

/// Whether a row of images `i` stays as it is.
pub(super) fn stays(table: Table) -> String {
    listed("orgfold_stays", table)
}

/// Whether a row of images `i` has to wait until a constraint is gone.
pub(super) fn is_late(table: Table) -> String {
    listed("orgfold_late", table)
}

fn listed(list: &str, table: Table) -> String {
    format!(
        "exists (select from pg_temp.{list} f where f.relation = {} and f.pk = i.pk)",
        literal(table.name())
    )
}

pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The survey of a run.
pub(super) struct Survey<'a> {
    pub(super) undo: &'a Undo<'a>,
    pub(super) edited: Edited,
}

impl<'a> Survey<'a> {
    /// Asks everything.
    pub(super) async fn of(undo: &'a Undo<'a>, wanted: Wanted<'_>) -> Result<Undone, Error> {
        let doing = || Error::database("look at what a rollback would do");
        undo.transaction.batch_execute(TABLES).await.map_err(doing())?;
        let survey = Self { undo, edited: wanted.edited };
        let others = match wanted.only {
            Some(tenant) => survey.set_others_aside(tenant).await?,
            None => 0,
        };
        let mut conflicts = survey.edits().await?;
        let keeps = wanted.edited == Edited::Keep || wanted.only.is_some();
        loop {
            let (found, new) = survey.references(keeps).await?;
            conflicts.extend(found);
            // What stays may itself refer to something, which then stays too.
            if !keeps || new == 0 {
                break;
            }
        }
        let broken = survey.broken().await?;
        Ok(Undone {
            run: undo.run.clone(),
            rows: survey.counts().await?,
            only: wanted.only.map(str::to_owned),
            others,
            conflicts: conflicts.into_iter().collect(),
            edited: wanted.edited,
            broken,
            catalog: Vec::new(),
            left: Vec::new(),
        })
    }

    /// The columns of a table that the run wrote in rows that were there, as far as they still are.
    pub(super) fn changed(&self, table: Table) -> impl Iterator<Item = &'static schema::Column> {
        self.undo.changed(table)
    }

    pub(super) fn id(&self, table: Table) -> String {
        self.undo.catalog.names.sql_column(table, Field::ID)
    }

    async fn list(&self, statement: &str) -> Result<u64, Error> {
        let listed = self.undo.transaction.execute(statement, &[&self.undo.run.id]).await;
        listed.map_err(Error::database("list the rows that stay"))
    }

    async fn analyze(&self) -> Result<(), Error> {
        let analyze = "analyze pg_temp.orgfold_stays";
        let analyzed = self.undo.transaction.batch_execute(analyze).await;
        analyzed.map_err(Error::database("list the rows that stay"))
    }

    /// Lists the rows of all other tenants; returns how many there are.
    async fn set_others_aside(&self, tenant: &str) -> Result<usize, Error> {
        let (catalog, mode) = (&self.undo.catalog, self.undo.run.mode);
        let names = &catalog.names;
        let organizations = Table::Organizations;
        let slug = catalog.value(organizations, "t", Field::SLUG, "text");
        let query = format!(
            "select t.{id}::text from {live} t where t.{id}::text = lower($1) or {slug} = $1",
            id = self.id(organizations),
            live = names.sql_table(organizations),
        );
        let found = self.undo.transaction.query(&query, &[&tenant]).await;
        let found = found.map_err(Error::database("look for the tenant"))?;
        let [row] = found.as_slice() else {
            return Err(Error::refused(
                Refusal::Failed,
                format!("no organization has the slug or id `{tenant}`"),
                "name the tenant by its slug or id",
            ));
        };
        let tenant = literal(row.get(0));
        let mut others = 0;
        for relation in catalog.changed() {
            let table = relation.table;
            let now = |field| catalog.value(table, "t", field, "uuid");
            let owner = match (table, mode) {
                (Table::Organizations, _) => {
                    let written = format!("i.{}", after(Field::OWNER));
                    format!("case i.action when 'u' then {written} else {} end", now(Field::OWNER))
                }
                (Table::Contacts, Mode::Rehome) => format!("i.{}", after(Field::OWNER)),
                (Table::ProjectContactPoints, _) => format!(
                    "(select {} from {} p where p.{} = t.{})",
                    catalog.value(Table::Projects, "p", Field::ORGANIZATION, "uuid"),
                    names.sql_table(Table::Projects),
                    self.id(Table::Projects),
                    names.sql_column(table, Field::PROJECT),
                ),
                _ => now(Field::ORGANIZATION),
            };
            let statement = format!(
                "insert into pg_temp.orgfold_stays select {name}, i.pk, 'other' \
                 from {image} i left join {live} t on t.{id} = i.pk \
                 where i.run_id = $1 and ({owner}) is distinct from {tenant}::uuid",
                name = literal(table.name()),
                image = image(table),
                live = names.sql_table(table),
                id = self.id(table),
            );
            others += self.list(&statement).await?;
        }
        self.analyze().await?;
        Ok(usize::try_from(others).unwrap_or(usize::MAX))
    }

    /// Rows that are gone, and columns that hold another value than the run left.
    async fn edits(&self) -> Result<BTreeSet<Conflict>, Error> {
        let catalog = &self.undo.catalog;
        let mut conflicts = BTreeSet::new();
        for relation in catalog.changed() {
            let table = relation.table;
            let compared = self.compared(relation);
            let image = image(table);
            let (name, live) = (literal(table.name()), catalog.names.sql_table(table));
            let id = self.id(table);
            let listed = self
                .list(&format!(
                    "insert into pg_temp.orgfold_stays \
                     select {name}, i.pk, case when t.{id} is null then 'gone' else 'edited' end \
                     from {image} i left join {live} t on t.{id} = i.pk \
                     where i.run_id = $1 and not {stays} and (t.{id} is null \
                       or i.action = 'i' and ({inserted}) or i.action = 'u' and ({updated}))",
                    stays = stays(table),
                    inserted = differs(&compared, 'i'),
                    updated = differs(&compared, 'u'),
                ))
                .await?;
            if listed == 0 {
                continue;
            }
            let values: Vec<String> = compared.iter().map(Compared::row).collect();
            let query = format!(
                "select i.pk::text, null, null, null from pg_temp.orgfold_stays f \
                 join {image} i on i.run_id = $1 and i.pk = f.pk \
                 where f.relation = {name} and f.why = 'gone' \
                 union all select i.pk::text, v.name, v.was, v.now from pg_temp.orgfold_stays f \
                 join {image} i on i.run_id = $1 and i.pk = f.pk join {live} t on t.{id} = i.pk \
                 cross join lateral (values {}) v (name, was, now, applies) \
                 where f.relation = {name} and f.why = 'edited' and v.applies \
                   and v.was is distinct from v.now",
                values.join(", ")
            );
            let rows = self.undo.transaction.query(&query, &[&self.undo.run.id]).await;
            let rows = rows.map_err(Error::database("look for rows edited since"))?;
            conflicts.extend(rows.iter().map(|row| Conflict {
                table: relation.name.clone(),
                id: row.get(0),
                what: match row.get(1) {
                    None => What::Deleted,
                    Some(column) => What::Edited { column, left: row.get(2), now: row.get(3) },
                },
            }));
        }
        self.analyze().await?;
        Ok(conflicts)
    }

    /// What is compared of a row `t` with its image `i`. A column that was dropped since holds
    /// nothing that could be lost.
    fn compared(&self, relation: &Relation) -> Vec<Compared> {
        let (table, names) = (relation.table, &self.undo.catalog.names);
        let mut compared = Vec::new();
        let kept = self.undo.inserted.table(table);
        for (at, column) in std::iter::zip(1.., kept) {
            if relation.column(column).is_some() {
                let now = format!("t.{}::text", quote_ident(column));
                let (column, left) = (column.clone(), format!("i.inserted[{at}]"));
                compared.push(Compared { action: 'i', column, left, now });
            }
        }
        // What was added since and filled by somebody would be lost with an inserted row.
        let moves = names.column(table, Field::UPDATED_AT);
        for column in relation.columns.iter().filter(|column| !column.fills_itself()) {
            if !kept.is_empty() && !kept.contains(&column.name) && column.name != moves {
                let now = format!("t.{}::text", quote_ident(&column.name));
                let (column, left) = (column.name.clone(), "null".to_owned());
                compared.push(Compared { action: 'i', column, left, now });
            }
        }
        for column in self.changed(table) {
            let name = names.column(table, column.field);
            let now = format!("t.{}", quote_ident(name));
            let (column, left) = (name.to_owned(), format!("i.{}", after(column.field)));
            compared.push(Compared { action: 'u', column, left, now });
        }
        compared
    }

    /// Later rows that refer to what would be deleted or changed, and restored ones that would refer
    /// to nothing. Where they are kept, the rows concerned stay: returns how many more do.
    async fn references(&self, keeps: bool) -> Result<(Vec<Conflict>, u64), Error> {
        let catalog = &self.undo.catalog;
        let ours = self.ours().await?;
        let (mut conflicts, mut new) = (Vec::new(), 0);
        let mut keys: Vec<&ForeignKey> = catalog.foreign_keys.iter().collect();
        // Who refers by one column need not be named again for a key of several.
        keys.sort_by_key(|key| key.from_columns.len());
        let mut named = BTreeSet::new();
        for key in keys {
            let keyed = Keyed::of(self, key);
            let is_ours = ours.iter().any(|kept| is_that(key, &kept.added));
            if let Some(query) = keyed.referring(!is_ours) {
                let rows = self.undo.transaction.query(&query, &[&self.undo.run.id]).await;
                let rows = rows.map_err(Error::database(
                    "look for rows that refer to what would be deleted",
                ))?;
                conflicts.extend(rows.iter().filter_map(|row| {
                    let (id, target): (String, String) = (row.get(0), row.get(1));
                    let is_new = named.insert((key.from_oid, id.clone(), target.clone()));
                    is_new.then(|| keyed.refers(id, target))
                }));
                if let (false, true, Some(target)) = (rows.is_empty(), keeps, keyed.to) {
                    let list = format!(
                        "insert into pg_temp.orgfold_stays select distinct {}, q.pk, 'referred' \
                         from ({query}) q on conflict do nothing",
                        literal(target.table.name())
                    );
                    new += self.list(&list).await?;
                }
            }
            if let (Some(query), false) = (keyed.dangling(), is_ours) {
                let rows = self.undo.transaction.query(&query, &[&self.undo.run.id]).await;
                let rows =
                    rows.map_err(Error::database("look for what restored rows would refer to"))?;
                conflicts.extend(rows.iter().map(|row| keyed.dangles(row.get(0))));
                if let (false, true, Some(from)) = (rows.is_empty(), keeps, keyed.from) {
                    let list = format!(
                        "insert into pg_temp.orgfold_stays select distinct {}, q.pk, 'dangling' \
                         from ({query}) q on conflict do nothing",
                        literal(from.table.name())
                    );
                    new += self.list(&list).await?;
                }
            }
        }
        self.analyze().await?;
        Ok((conflicts, new))
    }

    /// The constraints that the load added.
    async fn ours(&self) -> Result<Vec<Kept>, Error> {
        ledger::kept(self.undo.transaction, &self.undo.run.schema).await
    }

    /// The constraints of ours that restored rows would break, or that never held; those rows are listed as late, with
    /// the organizations that can only go after them.
    async fn broken(&self) -> Result<Vec<String>, Error> {
        let ours = self.ours().await?;
        let is_last = ledger::others(self.undo.transaction, &self.undo.run).await? == 0;
        let mut broken = Vec::new();
        for key in &self.undo.catalog.foreign_keys {
            if !ours.iter().any(|kept| is_that(key, &kept.added)) {
                continue;
            }
            let keyed = Keyed::of(self, key);
            let mut late = 0;
            let changed = keyed.to.map(|to| (to, keyed.unreferred()));
            let dangling = keyed.from.map(|from| (from, keyed.dangling()));
            for (relation, query) in [changed, dangling].into_iter().flatten() {
                let Some(query) = query else { continue };
                let list = format!(
                    "insert into pg_temp.orgfold_late select distinct {}, q.pk from ({query}) q \
                     on conflict do nothing",
                    literal(relation.table.name())
                );
                late += self.list(&list).await?;
            }
            // One that never held for all rows would refuse the rows of the next load, which were
            // there before it.
            if late > 0 || !key.validated && is_last {
                broken.push(key.name.clone());
            }
        }
        if !broken.is_empty() {
            for table in CHANGED {
                for column in self.changed(table) {
                    self.list(&format!(
                        "insert into pg_temp.orgfold_late select distinct 'organizations', o.pk \
                         from {image} i join {organizations} o on o.run_id = $1 and o.pk = i.{after} \
                         where i.run_id = $1 and o.action = 'i' and {late} and not {stays} \
                         on conflict do nothing",
                        image = image(table),
                        organizations = image(Table::Organizations),
                        after = match column.kind {
                            schema::Kind::Uuid => after(column.field),
                            _ => continue,
                        },
                        late = is_late(table),
                        stays = stays(table),
                    ))
                    .await?;
                }
            }
        }
        Ok(broken)
    }

    /// Rows that would be restored or deleted.
    async fn counts(&self) -> Result<BTreeMap<String, usize>, Error> {
        let mut counts = BTreeMap::new();
        for relation in self.undo.catalog.changed() {
            let table = relation.table;
            let query = format!(
                "select count(*) from {} i where i.run_id = $1 and not {}",
                image(table),
                stays(table)
            );
            let row = self.undo.transaction.query_one(&query, &[&self.undo.run.id]).await;
            let row = row.map_err(Error::database("count the images"))?;
            let count = usize::try_from(row.get::<_, i64>(0)).expect("a count is not negative");
            counts.insert(relation.name.clone(), count);
        }
        Ok(counts)
    }
}

/// A column of a row with its image.
struct Compared {
    /// Of rows that the run inserted (`i`) or updated (`u`).
    action: char,
    /// Its name.
    column: String,
    /// What the run left in it, as an expression.
    left: String,
    /// What is there now.
    now: String,
}

impl Compared {
    /// As a row of a `values` list, and whether it applies.
    fn row(&self) -> String {
        let Self { action, column, left, now } = self;
        format!("({}, {left}::text, {now}::text, i.action = '{action}')", literal(column))
    }
}

/// Whether one of the columns of such rows holds another value than the run left.
fn differs(compared: &[Compared], action: char) -> String {
    let of_action = compared.iter().filter(|it| it.action == action);
    let each: Vec<String> =
        of_action.map(|it| format!("{} is distinct from {}", it.left, it.now)).collect();
    if each.is_empty() { "false".to_owned() } else { each.join(" or ") }
}
