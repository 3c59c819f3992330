//! What a database looks like at one moment, to prove that something was undone.
//!
//! In: a connection that may read everything. Out: for every ordinary table its rows, as a hash
//! each, and the definitions of the catalog as lines; then what differs between two pictures, by
//! table, column, key and definition, never by value. Reads in one snapshot, in a transaction of
//! its own; rows stream past, so memory is bounded by the keys (about 70 bytes and the key a row).
//!
//! Left out: physical order, statistics, values of sequences; the schemas that a caller names.

use std::collections::BTreeMap;
use std::hash::Hasher as _;
use std::ops::Range;

use futures_util::TryStreamExt as _;
use rustc_hash::FxHasher;
use sha2::{Digest as _, Sha256};
use tokio_postgres::{Client, IsolationLevel, Transaction};

use super::{Error, quote_ident};
use crate::ids::hex;

const TABLES: &str = include_str!("sql/picture_tables.sql");
const CATALOG: &str = include_str!("sql/picture_catalog.sql");

/// Text means the same whatever the session, the role and the database say.
const SETTINGS: &str = "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; \
    SET LOCAL IntervalStyle = 'iso_8601'; SET LOCAL extra_float_digits = 1; \
    SET LOCAL bytea_output = 'hex'; SET LOCAL xmloption = 'content'; SET LOCAL search_path = ''; \
    SET LOCAL row_security = off; SET LOCAL statement_timeout = 0";

/// Even to read a row may call a function of the application, as where one stands behind an index:
/// it finds what it names without a schema by the path of the role, whatever the session has set.
const PATH_OF_THE_ROLE: &str = "SET LOCAL search_path TO DEFAULT";

/// Differing rows of one table that are named; the others are counted.
const NAMED: usize = 20;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// The rows of the tables and columns of the first picture.
    Data,
    /// These, and every definition.
    DataAndCatalog,
}

/// Tables and definitions at one moment.
#[derive(Debug)]
pub struct Picture {
    excluded: Vec<String>,
    tables: BTreeMap<TableName, Table>,
    /// Kind, name and definition, sorted.
    catalog: Vec<(String, String, String)>,
}

/// Schema and table.
type TableName = (String, String);

/// The rows of a table.
#[derive(Debug, Default)]
struct Table {
    columns: Vec<String>,
    /// Of the primary key, in its order; none without one.
    key: Vec<String>,
    /// The texts of all keys, end to end.
    keys: String,
    /// Sorted by key, then hash.
    rows: Vec<Row>,
    /// For each column the sum of a hash over the rows: tells which columns differ.
    sums: Vec<u64>,
    digest: [u8; 32],
}

/// A row: where its key stands, and the beginning of the hash over all its columns.
#[derive(Clone, Debug)]
struct Row {
    key: Range<usize>,
    hash: [u8; 16],
}

impl Picture {
    /// Takes a picture of all tables but those of the excluded schemas.
    ///
    /// # Errors
    /// The role may not read a table whole, or the connection was lost.
    pub async fn take(client: &mut Client, exclude: &[&str]) -> Result<Self, Error> {
        let excluded = exclude.iter().map(|name| (*name).to_owned()).collect();
        Self::read(client, excluded, None).await
    }

    /// Takes a picture of the tables and columns of another one, so that both can be compared:
    /// what came on top is in its catalog only.
    ///
    /// # Errors
    /// As [`Picture::take`].
    pub async fn take_like(client: &mut Client, before: &Self) -> Result<Self, Error> {
        Self::read(client, before.excluded.clone(), Some(before)).await
    }

    /// A digest over the rows of all tables, not over the catalog.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for ((schema, name), table) in &self.tables {
            hash.update(format!("{schema}\0{name}\0"));
            hash.update(table.digest);
        }
        hex(&hash.finalize())
    }

    /// How many rows of how many tables it holds.
    pub fn size(&self) -> (usize, usize) {
        let rows = self.tables.values().map(|table| table.rows.len()).sum();
        (rows, self.tables.len())
    }

    /// What is not as it was, a line each; none if everything is. `after` was taken with
    /// [`Picture::take_like`].
    #[must_use]
    pub fn difference(before: &Self, after: &Self, what: Compare) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, table) in &before.tables {
            let title = format!("{}.{}", name.0, name.1);
            match after.tables.get(name) {
                Some(other) => table.difference(other, &title, &mut lines),
                None => lines.push(format!("table {title}: it is gone")),
            }
        }
        if what == Compare::DataAndCatalog {
            let missing = |line: &&(_, _, _), others: &Vec<_>| others.binary_search(*line).is_err();
            for (sign, here, there) in [
                ("is gone", &before.catalog, &after.catalog),
                ("is new", &after.catalog, &before.catalog),
            ] {
                for (kind, name, definition) in here.iter().filter(|line| missing(line, there)) {
                    lines.push(format!("{kind} {name}: {sign}: {definition}"));
                }
            }
        }
        lines
    }

    async fn read(
        client: &mut Client,
        excluded: Vec<String>,
        like: Option<&Self>,
    ) -> Result<Self, Error> {
        let failed = || Error::database("take a picture of the database");
        let transaction = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await
            .map_err(failed())?;
        transaction.batch_execute(SETTINGS).await.map_err(failed())?;
        let mut tables: BTreeMap<TableName, Table> = BTreeMap::new();
        let mut keys: BTreeMap<TableName, BTreeMap<i32, String>> = BTreeMap::new();
        for row in transaction.query(TABLES, &[&excluded]).await.map_err(failed())? {
            let (name, column, place): (_, String, i32) =
                ((row.get(0), row.get(1)), row.get(2), row.get(3));
            if place > 0 {
                keys.entry(name.clone()).or_default().insert(place, column.clone());
            }
            tables.entry(name).or_default().columns.push(column);
        }
        for (name, key) in keys {
            if let Some(table) = tables.get_mut(&name) {
                table.key = key.into_values().collect();
            }
        }
        if let Some(like) = like {
            tables.retain(|name, _| like.tables.contains_key(name));
            for (name, table) in &mut tables {
                let wanted = &like.tables[name];
                table.columns.retain(|column| wanted.columns.contains(column));
                // The key by which the other picture names its rows.
                if wanted.key.iter().all(|column| table.columns.contains(column)) {
                    table.key.clone_from(&wanted.key);
                }
            }
        }
        let catalog = transaction.query(CATALOG, &[&excluded]).await.map_err(failed())?;
        transaction.batch_execute(PATH_OF_THE_ROLE).await.map_err(failed())?;
        for (name, table) in &mut tables {
            table.read(&transaction, name).await.map_err(failed())?;
        }
        let mut catalog: Vec<(String, String, String)> = catalog
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get::<_, Option<_>>(2).unwrap_or_default()))
            .collect();
        catalog.sort();
        transaction.commit().await.map_err(failed())?;
        Ok(Self { excluded, tables, catalog })
    }
}

impl Table {
    async fn read(
        &mut self,
        transaction: &Transaction<'_>,
        name: &TableName,
    ) -> Result<(), tokio_postgres::Error> {
        let columns: Vec<String> =
            self.key.iter().chain(&self.columns).map(|column| quote_ident(column)).collect();
        let statement = format!(
            "COPY (SELECT {} FROM ONLY {}.{}) TO STDOUT",
            columns.join(", "),
            quote_ident(&name.0),
            quote_ident(&name.1)
        );
        let mut stream = std::pin::pin!(transaction.copy_out(&statement).await?);
        self.sums = vec![0; self.columns.len()];
        // The server sends each row as one message.
        while let Some(row) = stream.try_next().await? {
            self.push(&row);
        }
        let keys = std::mem::take(&mut self.keys);
        self.rows
            .sort_by(|a, b| (&keys[a.key.clone()], a.hash).cmp(&(&keys[b.key.clone()], b.hash)));
        self.keys = keys;
        let mut digest = Sha256::new();
        for row in &self.rows {
            digest.update(row.hash);
        }
        self.digest = digest.finalize().into();
        Ok(())
    }

    /// Takes a row in the text format of COPY: the columns of the key, then all.
    fn push(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let from = self.keys.len();
        let mut rest = line;
        for position in 0..self.key.len() {
            let end = memchr::memchr(b'\t', rest).unwrap_or(rest.len());
            if position > 0 {
                self.keys.push(',');
            }
            self.keys.push_str(&String::from_utf8_lossy(&rest[..end]));
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        let hash = Sha256::digest(rest);
        let key = fast_hash(&self.keys.as_bytes()[from..]);
        for sum in &mut self.sums {
            let end = memchr::memchr(b'\t', rest).unwrap_or(rest.len());
            // Without the key, rows that swap a value would cancel out.
            *sum = sum.wrapping_add(mix(key.rotate_left(1) ^ fast_hash(&rest[..end])));
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        let mut short = [0; 16];
        short.copy_from_slice(&hash[..16]);
        self.rows.push(Row { key: from..self.keys.len(), hash: short });
    }

    /// What a row is called: its key, or where there is none the beginning of its hash.
    fn title(&self, row: &Row) -> String {
        if self.key.is_empty() {
            return format!("without a key, hash {}", hex(&row.hash[..6]));
        }
        format!("{}={}", self.key.join(","), &self.keys[row.key.clone()])
    }

    fn difference(&self, after: &Self, title: &str, lines: &mut Vec<String>) {
        let gone: Vec<&str> = self
            .columns
            .iter()
            .filter(|column| !after.columns.contains(column))
            .map(String::as_str)
            .collect();
        if !gone.is_empty() {
            // Without a column no row can be equal; that the column is gone says it all.
            lines.push(format!("table {title}: gone columns: {}", gone.join(", ")));
            return;
        }
        if self.digest == after.digest && self.rows.len() == after.rows.len() {
            return;
        }
        let (mut left, mut right) = (self.rows.iter().peekable(), after.rows.iter().peekable());
        let mut found: Vec<String> = Vec::new();
        let mut count = 0_usize;
        let mut tell = |what: &str, name: String| {
            count += 1;
            if count <= NAMED {
                found.push(format!("table {title}: row {name} {what}"));
            }
        };
        let key = |table: &Self, row: &Row| table.keys[row.key.clone()].to_owned();
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => break,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(a), Some(b)) if self.key.is_empty() => a.hash.cmp(&b.hash),
                (Some(a), Some(b)) => key(self, a).cmp(&key(after, b)),
            };
            match order {
                std::cmp::Ordering::Less => {
                    tell("is gone", left.next().map(|row| self.title(row)).unwrap_or_default());
                }
                std::cmp::Ordering::Greater => {
                    tell("is new", right.next().map(|row| after.title(row)).unwrap_or_default());
                }
                std::cmp::Ordering::Equal => {
                    if let (Some(a), Some(b)) = (left.next(), right.next())
                        && a.hash != b.hash
                    {
                        tell("has changed", self.title(a));
                    }
                }
            }
        }
        lines.append(&mut found);
        if count > NAMED {
            lines.push(format!("table {title}: {} more rows differ", count - NAMED));
        }
        if self.rows.len() == after.rows.len() && !self.key.is_empty() {
            let pairs = self.columns.iter().zip(self.sums.iter().zip(&after.sums));
            let changed: Vec<&str> = pairs
                .filter(|(_, (before, now))| before != now)
                .map(|(column, _)| column.as_str())
                .collect();
            lines.push(format!("table {title}: columns that differ: {}", changed.join(", ")));
        }
    }
}

fn fast_hash(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

/// Spreads every bit over all: sums of the fast hash alone would be linear in what was hashed.
/// The last steps of `MurmurHash3`.
fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    value = (value ^ (value >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    value ^ (value >> 33)
}
