//! What the two strategies of a load cost, which of them can be taken, and which is the better one.
//!
//! The estimates come from the sizes that the server tells and from rates that were measured on one
//! machine: they are for comparing the two, and for the size of a window.

use tokio_postgres::GenericClient;

use super::{Items, Level, Look, Planned};
use crate::load::Error;
use crate::load::catalog::Relation;
use crate::load::rewrite::{Rewrite, is_plain};
use crate::load::transaction::{REWRITTEN, Strategy, Triggers};
use crate::schema::Table;

/// Microseconds of the server and bytes of its log for each row that is updated, and for each of its
/// indexes: a row that does not fit beside its old version is entered in every one of them.
const UPDATE: [(f64, f64); 2] = [(5.0, 350.0), (2.6, 120.0)];

/// Microseconds for each row that is written anew, for each of its indexes, and for each column that
/// is looked up. What is logged is the table.
const REWRITE: [f64; 3] = [1.5, 0.5, 2.7];

/// Microseconds and bytes of log for each row of a plan, whatever the strategy: staging, images, new
/// rows with their keys, checks.
const EITHER: (f64, f64) = (10.0, 300.0);

/// The share of a table's rows from which on it may be quicker to write all of them.
const MANY: f64 = 0.25;

/// Seconds by which a rewrite has to be quicker, before it is worth that readers wait.
const WORTH: f64 = 2.0;

/// What a strategy costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cost {
    /// Seconds of one processor of the server.
    seconds: f64,
    /// Bytes of log.
    log: f64,
    /// Bytes of disk beside those of today.
    disk: f64,
}

impl Cost {
    fn add(&mut self, more: Self) {
        self.seconds += more.seconds;
        self.log += more.log;
        self.disk += more.disk;
    }
}

/// Adds what speaks against a rewrite where one is wanted, and both estimates where there is a plan.
pub(super) async fn judge(
    client: &impl GenericClient,
    look: &Look<'_>,
    items: &mut Items,
) -> Result<(), Error> {
    let obstacles = obstacles(client, look).await?;
    if look.strategy == Strategy::Rewrite {
        for (subject, what) in &obstacles {
            let message = format!("cannot be written anew: {what}");
            let remedy = "load with the strategy `update`, or take that away for the time";
            items.add((Level::Refused, "rewrite_impossible"), subject, message, remedy);
        }
    }
    if let Some(planned) = look.planned {
        estimates(look, planned, obstacles.is_empty(), items);
    }
    Ok(())
}

/// What of the tables, and what keeps it from being written anew.
async fn obstacles(
    client: &impl GenericClient,
    look: &Look<'_>,
) -> Result<Vec<(String, String)>, Error> {
    let mut obstacles = Vec::new();
    if look.triggers == Triggers::Fire {
        let what = "no trigger fires, and triggers = \"fire\" wants them to".to_owned();
        obstacles.push(("triggers".to_owned(), what));
    }
    let events = client.query(include_str!("../sql/preflight/event_triggers.sql"), &[]).await;
    for row in events.map_err(Error::database("ask for event triggers"))? {
        if row.get::<_, &str>("event") == "table_rewrite" {
            obstacles.push((row.get("name"), "it fires on table_rewrite and may veto".to_owned()));
        }
    }
    let slots = client.query(include_str!("../sql/preflight/slots.sql"), &[]).await;
    let slots = slots.map_err(Error::database("ask for replication slots"))?;
    let slots: Vec<String> = slots.iter().map(|slot| slot.get("name")).collect();
    for (table, relation) in rewritten(look) {
        let rewrite = Rewrite { catalog: look.catalog, mode: look.mode, table };
        let mut names = Vec::new();
        for (column, live) in rewrite.columns() {
            names.push(live.name.as_str());
            if !is_plain(column, live) {
                let subject = format!("{}.{}", relation.name, live.name);
                obstacles.push((subject, format!("it is {}", live.declared)));
            }
        }
        if !relation.publications.is_empty() && !slots.is_empty() {
            let what = format!(
                "it is in publication {}, and who reads slot {} would not hear of it",
                relation.publications.join(", "),
                slots.join(", ")
            );
            obstacles.push((relation.name.clone(), what));
        }
        let statement = include_str!("../sql/preflight/rewrite_dependents.sql");
        let rows = client.query(statement, &[&relation.oid, &names]).await;
        for row in rows.map_err(Error::database("ask what is made of the columns"))? {
            let (column, what): (Option<&str>, &str) = (row.get(0), row.get(1));
            let (subject, what) = match column {
                Some(column) => (format!("{}.{column}", relation.name), what.to_owned()),
                None => (relation.name.clone(), format!("{what} has the type of its rows")),
            };
            obstacles.push((subject, what));
        }
    }
    Ok(obstacles)
}

/// The tables of which a plan changes rows, or may.
fn rewritten<'a>(look: &'a Look<'_>) -> impl Iterator<Item = (Table, &'a Relation)> {
    let there = |table| Some((table, look.catalog.table(table)?));
    REWRITTEN.into_iter().filter(|table| !look.leaves_alone(*table)).filter_map(there)
}

fn estimates(look: &Look<'_>, planned: &Planned, can_rewrite: bool, items: &mut Items) {
    let all: usize = Table::ALL.into_iter().map(|table| planned.rows(table)).sum();
    let either = Cost { seconds: of(all) * EITHER.0 / 1e6, log: of(all) * EITHER.1, disk: 0.0 };
    let (mut update, mut rewrite, mut is_much) = (either, either, false);
    for (table, relation) in rewritten(look) {
        let looked_up = Rewrite { catalog: look.catalog, mode: look.mode, table }.columns().count();
        let rows = planned.rows(table);
        let held = usize::try_from(relation.estimate).unwrap_or(0).max(rows);
        update.add(updating(relation, rows, held));
        rewrite.add(rewriting(relation, held, looked_up));
        is_much |= of(rows) > MANY * of(held);
    }
    let tables: Vec<&str> = rewritten(look).map(|(_, relation)| relation.name.as_str()).collect();
    if tables.is_empty() {
        return;
    }
    let log_and_disk = |cost: Cost| {
        format!("about {} MB of log, {} MB more on disk", mega(cost.log), mega(cost.disk))
    };
    let message = format!(
        "readers go on; who writes into the tables waits for about {} s; {}",
        whole(update.seconds),
        log_and_disk(update)
    );
    items.add((Level::Info, "strategy"), Strategy::Update.name(), message, "");
    let message = format!(
        "whoever reads or writes {} waits for about {} s, and a transaction that began before, as \
         that of pg_dump, finds them empty afterwards; {} until it ends",
        tables.join(", "),
        whole(rewrite.seconds),
        log_and_disk(rewrite)
    );
    items.add((Level::Info, "strategy"), Strategy::Rewrite.name(), message, "");
    let (better, why) = if !can_rewrite {
        (Strategy::Update, "something keeps the tables from being written anew")
    } else if is_much && update.seconds - rewrite.seconds > WORTH {
        (Strategy::Rewrite, "so many rows change that it is worth a window in which nobody reads")
    } else {
        (Strategy::Update, "writing all rows anew would not save much")
    };
    items.add((Level::Info, "strategy_advised"), better.name(), why, "");
}

fn updating(relation: &Relation, rows: usize, held: usize) -> Cost {
    let indexes = of(relation.indexes.len());
    let [(row_time, row_log), (index_time, index_log)] = UPDATE;
    Cost {
        seconds: of(rows) * indexes.mul_add(index_time, row_time) / 1e6,
        log: of(rows) * indexes.mul_add(index_log, row_log),
        disk: bytes(relation) * of(rows) / of(held.max(1)),
    }
}

fn rewriting(relation: &Relation, held: usize, looked_up: usize) -> Cost {
    let [row, index, column] = REWRITE;
    let each = row + index * of(relation.indexes.len()) + column * of(looked_up);
    Cost { seconds: of(held) * each / 1e6, log: bytes(relation), disk: bytes(relation) }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
const fn of(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
const fn bytes(relation: &Relation) -> f64 {
    relation.bytes as f64
}

/// At least 1: nothing takes no time.
fn whole(value: f64) -> String {
    format!("{:.0}", value.ceil().max(1.0))
}

fn mega(bytes: f64) -> String {
    whole(bytes / 1e6)
}
