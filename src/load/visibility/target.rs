//! What everybody looks at: which tables, by which statements, and which rows of them.

use postgres_types::ToSql;
use tokio_postgres::Transaction;

use super::Extent;
use crate::load::catalog::{Catalog, Relation};
use crate::load::stage::{after, staging};
use crate::load::{Error, quote_ident};
use crate::schema::{Field, Mode, Table};

/// Rows of a table up to which all of them are looked at.
const FEW: i64 = 1_000;

/// Rows of each tenant, moved and not, that are looked at where there are more.
const SOME: i64 = 20;

/// Texts by which a trigger's function is told that reaches beyond the database, where nothing is
/// rolled back.
const OUTSIDE: [&str; 4] = ["http_", "net.", "dblink", "pg_background"];

/// Enters what is looked at, and says whether that is all of it.
pub(super) async fn targets(
    transaction: &Transaction<'_>,
    catalog: &Catalog,
    mode: Mode,
    extent: Extent,
) -> Result<&'static str, Error> {
    let mut entry = Entry { transaction, catalog, mode, extent, nr: 0, is_full: true };
    for table in [Table::Organizations, Table::Contacts, Table::Projects] {
        if let Some(relation) = catalog.table(table).filter(|relation| relation.row_security) {
            entry.changed(relation).await?;
        }
    }
    if let Some(points) = catalog.table(Table::ProjectContactPoints)
        && points.row_security
    {
        entry.points(points).await?;
    }
    entry.others().await?;
    Ok(if entry.is_full { "full" } else { "sample" })
}

struct Entry<'a> {
    transaction: &'a Transaction<'a>,
    catalog: &'a Catalog,
    mode: Mode,
    extent: Extent,
    nr: i32,
    is_full: bool,
}

impl Entry<'_> {
    async fn run(&self, statement: &str, with: &[&(dyn ToSql + Sync)]) -> Result<u64, Error> {
        let done = self.transaction.execute(statement, with).await;
        done.map_err(Error::database("choose what is looked at"))
    }

    async fn target(&mut self, rel: &str, command: &str, statement: &str) -> Result<(), Error> {
        self.nr += 1;
        let enter = "insert into pg_temp.orgfold_target (nr, rel, command, statement) values ($1, $2, $3, $4)";
        self.run(enter, &[&self.nr, &rel, &command, &statement]).await.map(drop)
    }

    /// How many rows of each tenant, and whether those are all.
    async fn limit(&mut self, table: Table) -> Result<i64, Error> {
        let query = format!(
            "select count(*) from (select from {} limit {}) few",
            self.catalog.names.sql_table(table),
            FEW + 1
        );
        let row = self.transaction.query_one(&query, &[]).await;
        let count: i64 = row.map_err(Error::database("choose what is looked at"))?.get(0);
        if self.extent == Extent::Full || count <= FEW {
            return Ok(i64::MAX);
        }
        self.is_full = false;
        Ok(SOME)
    }

    /// A table whose rows a load changes or inserts.
    async fn changed(&mut self, relation: &Relation) -> Result<(), Error> {
        let table = relation.table;
        let names = self.catalog.names.clone();
        let rel = names.table(table).to_owned();
        let (live, id) = (names.sql_table(table), names.sql_column(table, Field::ID));
        let column = |field| format!("t.{}", names.sql_column(table, field));
        let tenant = match table {
            Table::Organizations => format!("coalesce({}, t.{id})", column(Field::OWNER)),
            Table::Contacts if self.mode == Mode::Rehome => {
                format!("coalesce({}, {})", column(Field::OWNER), column(Field::ORGANIZATION))
            }
            _ => column(Field::ORGANIZATION),
        };
        let limit = self.limit(table).await?;
        let staged = staging(table);
        let choose = format!(
            "insert into pg_temp.orgfold_sample (rel, id, tenant, nr, changes) \
             select $1, c.id, c.tenant, c.nr, c.nr <= {SOME} from ( \
               select t.{id}::text as id, {tenant} as tenant, row_number() over \
                 (partition by {tenant}, s.id is null order by t.{id}) as nr \
               from {live} t left join {staged} s on s.id = t.{id} \
             ) c where c.nr <= $2"
        );
        self.run(&choose, &[&rel, &limit]).await?;
        if table == Table::Organizations {
            let choose = format!(
                "insert into pg_temp.orgfold_sample (rel, id, tenant, nr, changes) \
                 select $1, c.id, c.owner, c.nr, false from ( \
                   select s.id::text as id, s.{owner} as owner, \
                     row_number() over (partition by s.{owner} order by s.id) as nr \
                   from {staged} s where s.action = 'insert' \
                 ) c where c.nr <= $2",
                owner = after(Field::OWNER)
            );
            self.run(&choose, &[&rel, &limit]).await?;
        } else if limit != i64::MAX {
            self.of_invited(table, &rel).await?;
        }
        let keys =
            format!("select array_agg(t.{id}::text) from {live} t where t.{id} = any ($1::uuid[])");
        // The tenant is the third parameter of every statement, wanted or not.
        let wants = "and ($2::jsonb is null or true) and ($3::uuid is null or true)";
        self.target(&rel, "select", &format!("{keys} {wants}")).await?;
        if table != Table::Organizations {
            let own = format!("{keys} and ($2::jsonb is null or true) and {tenant} = $3");
            self.target(&rel, "select own", &own).await?;
        }
        if reaches_outside(relation) {
            return Ok(());
        }
        let still = still(relation, self.catalog, self.mode);
        if let Some(still) = still {
            let update = format!(
                "with done as (update {live} t set {still} = t.{still} where t.{id} = any ($1::uuid[]) \
                 {wants} returning t.{id}) select array_agg(done.{id}::text) from done"
            );
            self.target(&rel, "update", &update).await?;
        }
        if table == Table::Organizations {
            return Ok(());
        }
        let delete = format!(
            "with done as (delete from {live} t where t.{id} = any ($1::uuid[]) {wants} \
             returning t.{id}) select array_agg(done.{id}::text) from done"
        );
        self.target(&rel, "delete", &delete).await?;
        self.rows(relation, &rel).await
    }

    /// Rows of the organizations into which somebody is invited are looked at whatever happens.
    async fn of_invited(&self, table: Table, rel: &str) -> Result<(), Error> {
        let employer = after(match (table, self.mode) {
            (Table::Contacts, Mode::Rehome) => Field::ORGANIZATION,
            _ => Field::CUSTOMER_ORGANIZATION,
        });
        let choose = format!(
            "insert into pg_temp.orgfold_sample (rel, id, tenant, nr, changes) \
             select $1, c.id, c.organization, c.nr, true from ( \
               select s.id::text as id, s.{employer} as organization, \
                 row_number() over (partition by s.{employer} order by s.id) as nr \
               from {} s join (select distinct p.moves_to from pg_temp.orgfold_probe p) p \
                 on p.moves_to = s.{employer} \
             ) c where c.nr <= {SOME} and not exists ( \
               select from pg_temp.orgfold_sample o where o.rel = $1 and o.id = c.id)",
            staging(table)
        );
        self.run(&choose, &[&rel]).await.map(drop)
    }

    /// A row of each tenant as the application would insert one.
    async fn rows(&mut self, relation: &Relation, rel: &str) -> Result<(), Error> {
        let table = relation.table;
        let names = &self.catalog.names;
        let (live, id) = (names.sql_table(table), names.column(table, Field::ID));
        let tenant = names.sql_column(table, Field::ORGANIZATION);
        let choose = format!(
            "insert into pg_temp.orgfold_row (rel, tenant, content) \
             select distinct on (t.{tenant}) $1, t.{tenant}, \
               to_jsonb(t) || jsonb_build_object($2::text, gen_random_uuid()) \
             from {live} t where t.{tenant} in (select p.tenant from pg_temp.orgfold_probe p) \
             order by t.{tenant}, t.{}",
            quote_ident(id)
        );
        self.run(&choose, &[&rel, &id]).await?;
        let columns: Vec<String> = relation
            .columns
            .iter()
            .filter(|column| column.generated.is_empty() && column.identity != "a")
            .map(|column| quote_ident(&column.name))
            .collect();
        let columns = columns.join(", ");
        let insert = format!(
            "with done as (insert into {live} ({columns}) select {columns} \
             from jsonb_populate_record(null::{live}, $2) where ($3::uuid is null or true)) select $1::text[]"
        );
        self.target(rel, "insert", &insert).await
    }

    /// The contact points: those that are there, and those that come.
    async fn points(&mut self, relation: &Relation) -> Result<(), Error> {
        let table = relation.table;
        let names = self.catalog.names.clone();
        let rel = names.table(table).to_owned();
        let (live, id) = (names.sql_table(table), names.sql_column(table, Field::ID));
        let limit = match self.limit(table).await? {
            SOME => FEW,
            all if !self.is_full => all.min(FEW),
            all => all,
        };
        let seen = |rel: &str, key: &str| {
            format!(
                "exists (select from pg_temp.orgfold_sample o where o.rel = {rel} and o.id = s.{key}::text)"
            )
        };
        // One of which an end is not looked at could not be judged.
        let judged = [(Table::Contacts, Field::CONTACT), (Table::Projects, Field::PROJECT)]
            .into_iter()
            .filter(|(neighbour, _)| {
                self.catalog.table(*neighbour).is_some_and(|relation| relation.row_security)
            })
            .map(|(neighbour, field)| {
                let rel = format!("'{}'", names.table(neighbour).replace('\'', "''"));
                format!("and {}", seen(&rel, &quote_ident(field.name())))
            })
            .collect::<Vec<_>>()
            .join(" ");
        let choose = format!(
            "insert into pg_temp.orgfold_sample (rel, id, tenant, nr, changes) \
             select $1, f.id, null::uuid, f.nr, false from ( \
               select t.{id}::text as id, row_number() over (order by t.{id}) as nr from {live} t \
             ) f where f.nr <= $2 union all \
             select $1, f.id, null::uuid, f.nr, false from ( \
               select s.id::text as id, row_number() over (order by s.id) as nr from {} s where true {judged} \
             ) f where f.nr <= $2",
            staging(table)
        );
        self.run(&choose, &[&rel, &limit]).await?;
        let select = format!(
            "select array_agg(t.{id}::text) from {live} t where t.{id} = any ($1::uuid[]) \
             and ($2::jsonb is null or true) and ($3::uuid is null or true)"
        );
        self.target(&rel, "select", &select).await
    }

    /// Other tables whose policies read ours. The load changes no row of theirs, so that rows are
    /// found by where they are.
    async fn others(&mut self) -> Result<(), Error> {
        let mut others: Vec<String> = self
            .catalog
            .policies
            .iter()
            .filter(|policy| policy.enforced && !policy.own)
            .map(|policy| format!("{}.{}", quote_ident(&policy.schema), quote_ident(&policy.table)))
            .collect();
        others.dedup();
        for table in others {
            let choose = format!(
                "insert into pg_temp.orgfold_sample (rel, id, tenant, nr, changes) \
                 select $1, t.ctid::text, null::uuid, 1, false from {table} t limit {FEW}"
            );
            self.run(&choose, &[&table]).await?;
            let select = format!(
                "select array_agg(t.ctid::text) from {table} t where t.ctid = any ($1::tid[]) \
                 and ($2::jsonb is null or true) and ($3::uuid is null or true)"
            );
            self.target(&table, "select", &select).await?;
        }
        Ok(())
    }
}

/// A column that no load writes, to be set to what it is.
fn still(relation: &Relation, catalog: &Catalog, mode: Mode) -> Option<String> {
    let key = catalog.names.column(relation.table, Field::ID);
    let written: Vec<&str> = catalog
        .declared
        .written(relation.table, mode)
        .map(|column| catalog.names.column(relation.table, column.field))
        .collect();
    let may = relation.columns.iter().filter(|column| {
        column.generated.is_empty() && column.identity.is_empty() && column.name != key
    });
    let tenant = catalog.names.column(relation.table, Field::ORGANIZATION);
    let still = may
        .clone()
        .find(|column| !written.contains(&column.name.as_str()) && column.name != tenant)
        .or_else(|| may.clone().next());
    still.map(|column| quote_ident(&column.name))
}

fn reaches_outside(relation: &Relation) -> bool {
    relation.triggers.iter().filter(|trigger| trigger.state != "D").any(|trigger| {
        let source = trigger.source.as_deref().unwrap_or_default();
        OUTSIDE.iter().any(|word| source.contains(word))
    })
}
