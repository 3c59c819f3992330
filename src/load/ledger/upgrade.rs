//! Ledgers that older versions of this program made become what this one reads, in the caller's
//! transaction, so that their runs can be rolled back.

use tokio_postgres::Transaction;

use super::{VERSION, version};
use crate::load::catalog::{CHANGED, Catalog, Relation};
use crate::load::merge::{image, sql_type};
use crate::load::stage::{after, before};
use crate::load::verify::{fill, without_head};
use crate::load::{Error, quote_ident};
use crate::schema::{Field, Names, Schema, Table};

/// Upgrades the ledger step by step, if there is one and it is older.
///
/// # Errors
/// The database; a ledger that is not ours, or of a version that this program does not know.
pub async fn upgrade(
    transaction: &Transaction<'_>,
    names: &Names,
    declared: &'static Schema,
) -> Result<(), Error> {
    let doing = || Error::database("upgrade the ledger");
    let Some(mut version) = version(transaction).await? else { return Ok(()) };
    while version < VERSION {
        match version {
            1 => {
                let schema = format!("'{}'", names.schema().replace('\'', "''"));
                let step = without_head(include_str!("../sql/upgrade/from_1.sql"));
                let step = fill(step, &[(":schema", &schema)]);
                transaction.batch_execute(&step).await.map_err(doing())?;
            }
            2 => {
                let step = include_str!("../sql/upgrade/from_2.sql");
                transaction.batch_execute(step).await.map_err(doing())?;
                images(transaction, names, declared).await?;
            }
            _ => {
                let step = include_str!("../sql/upgrade/from_3.sql");
                transaction.batch_execute(step).await.map_err(doing())?;
            }
        }
        version += 1;
        let sign = format!("update orgfold.ledger set version = {version}");
        transaction.batch_execute(&sign).await.map_err(doing())?;
    }
    Ok(())
}

/// Images of version 2 hold what was before, and a hash of the row as the run left it. A row that
/// still has that hash holds what the run left; any other was edited since, which it stays whatever
/// was edited: what the run left there is taken to be what was before, and for a new row nothing.
async fn images(
    transaction: &Transaction<'_>,
    names: &Names,
    declared: &'static Schema,
) -> Result<(), Error> {
    let doing = || Error::database("upgrade the images of the ledger");
    for table in CHANGED {
        let image = image(table);
        let query = "select attname::text, pg_catalog.format_type(atttypid, atttypmod) \
                     from pg_catalog.pg_attribute where attrelid = $1::text::regclass and attnum > 0 \
                     and not attisdropped and attname not in ('run_id', 'pk', 'action', 'after_hash')";
        let columns = transaction.query(query, &[&image]).await.map_err(doing())?;
        let mut statements = vec![format!(
            "alter table {image} add column inserted text[], add column moved_from timestamptz, \
             add column moved_to timestamptz"
        )];
        for row in columns {
            let (name, kind): (String, String) = (row.get(0), row.get(1));
            let quoted = |end: &str| quote_ident(&format!("{name}{end}"));
            statements.push(format!(
                "alter table {image} rename column {} to {}",
                quote_ident(&name),
                quoted("_before")
            ));
            statements.push(format!("alter table {image} add column {} {kind}", quoted("_after")));
        }
        transaction.batch_execute(&statements.join("; ")).await.map_err(doing())?;
    }
    let query =
        "select id, application, hash_columns::text from orgfold.run where state <> 'rolled_back'";
    for row in transaction.query(query, &[]).await.map_err(doing())? {
        let (run, schema, hashed): (i64, String, String) = (row.get(0), row.get(1), row.get(2));
        let names = names.clone().with_schema(&schema);
        let catalog = Catalog::read(transaction, &names, declared).await?;
        let hashed: serde_json::Value =
            serde_json::from_str(&hashed).map_err(|_| super::unreadable())?;
        let mut inserted = serde_json::Map::new();
        for relation in catalog.changed() {
            let listed = hashed.get(relation.table.name()).and_then(|list| list.as_array());
            let listed = listed.into_iter().flatten().filter_map(|name| name.as_str());
            let listed: Vec<&str> = listed.collect();
            let left = Left { catalog: &catalog, relation, hashed: &listed };
            for statement in left.statements() {
                transaction.execute(&statement, &[&run]).await.map_err(doing())?;
            }
            if declared.is_inserted(relation.table) {
                inserted.insert(relation.table.name().to_owned(), left.kept().into());
            }
        }
        let inserted = serde_json::Value::Object(inserted).to_string();
        let keep = "update orgfold.run set inserted = $2::text::jsonb where id = $1";
        transaction.execute(keep, &[&run, &inserted]).await.map_err(doing())?;
    }
    let mut statements: Vec<String> = CHANGED
        .map(|table| format!("alter table {} drop column after_hash", image(table)))
        .to_vec();
    statements.push("alter table orgfold.run drop column hash_columns".to_owned());
    transaction.batch_execute(&statements.join("; ")).await.map_err(doing())
}

/// What a run of version 2 left in the rows of a table, as far as nobody touched them since.
struct Left<'a> {
    catalog: &'a Catalog,
    relation: &'a Relation,
    /// The columns over which its rows were hashed.
    hashed: &'a [&'a str],
}

impl Left<'_> {
    fn table(&self) -> Table {
        self.relation.table
    }

    /// The columns whose values an image of a new row holds, in their order.
    fn kept(&self) -> Vec<&str> {
        let moves = self.catalog.names.column(self.table(), Field::UPDATED_AT);
        self.hashed.iter().copied().filter(|name| *name != moves).collect()
    }

    /// The hash of a row `t`, as version 2 made it.
    fn hash(&self) -> String {
        const PLAIN: &[&str] = &["uuid", "text", "boolean", "integer", "bigint", "jsonb"];
        let part = |name: &&str| {
            let quoted = format!("t.{}", quote_ident(name));
            match self.relation.column(name) {
                Some(column) if PLAIN.contains(&column.declared.as_str()) => quoted,
                Some(_) => format!("{quoted}::text"),
                None => "'dropped'::text".to_owned(),
            }
        };
        let parts: Vec<String> = self.hashed.iter().map(part).collect();
        format!("hash_record_extended(row({}), 0)", parts.join(", "))
    }

    /// First as if every row were edited, then what those hold that are not; `$1` is the run.
    fn statements(&self) -> Vec<String> {
        let (table, names) = (self.table(), &self.catalog.names);
        let image = image(table);
        let changed = self.catalog.declared.all(table).iter();
        let changed: Vec<_> = changed
            .filter(|column| {
                column.is_ever_changed() && self.catalog.column(table, column.field).is_some()
            })
            .collect();
        let kept = self.kept();
        let nothing = vec!["null::text"; kept.len()].join(", ");
        let values: Vec<String> = kept
            .iter()
            .map(|name| match self.relation.column(name) {
                Some(column) => format!("t.{}::text", quote_ident(&column.name)),
                None => "null".to_owned(),
            })
            .collect();
        let edited = |column: &&crate::schema::Column| {
            format!("{} = i.{}", after(column.field), before(column.field))
        };
        let untouched = |column: &&crate::schema::Column| {
            let live = names.sql_column(table, column.field);
            format!("{} = t.{live}::{}", after(column.field), sql_type(column.kind))
        };
        let mut statements = Vec::new();
        let mut set = |action: char, edited: String, untouched: String| {
            statements.push(format!(
                "update {image} i set {edited} where i.run_id = $1 and i.action = '{action}'"
            ));
            statements.push(format!(
                "update {image} i set {untouched} from {live} t where i.run_id = $1 \
                 and i.action = '{action}' and t.{id} = i.pk and {hash} = i.after_hash",
                live = names.sql_table(table),
                id = names.sql_column(table, Field::ID),
                hash = self.hash(),
            ));
        };
        set(
            'i',
            format!("inserted = array[{nothing}]::text[]"),
            format!("inserted = array[{}]::text[]", values.join(", ")),
        );
        if !changed.is_empty() {
            let join = |parts: Vec<String>| parts.join(", ");
            set(
                'u',
                join(changed.iter().map(edited).collect()),
                join(changed.iter().map(untouched).collect()),
            );
        }
        statements
    }
}
