//! A directory of CSV files, in our dialect or foreign, typed by the server.

use std::path::{Path, PathBuf};

use tokio_postgres::Client;

use super::refusal::copy_line;
use super::{Copy, Options, Restore, Restored, Tolerance, refused};
use crate::extract::{Cells, Holds, is_ours, stage};
use crate::load::{Error, Refusal, quote_ident};
use crate::schema::{Names, Table};

/// Bytes of rows that are sent at once.
const CHUNK: usize = 256 * 1024;

/// Loads every CSV file of a directory whose table there is, each with the columns that the table
/// has: those of the application first, in the order in which they refer to each other.
///
/// # Errors
/// A file cannot be read, or the server refuses a row; with its number. What came before stays:
/// the database is to be thrown away.
pub async fn restore_csv(
    client: &Client,
    directory: &Path,
    options: Options<'_>,
) -> Result<Restored, Error> {
    let ours = is_ours(directory)?;
    let files = files(directory, options.names)?;
    let mut restore = Restore::begin(client, options).await?;
    for (table, path) in files {
        load(&mut restore, &table, &path, ours).await?;
    }
    restore.end().await
}

/// The tables and files of a directory, in the order of loading.
fn files(directory: &Path, names: &Names) -> Result<Vec<(String, PathBuf)>, Error> {
    let failed = |source| Error::Io { action: "read", path: directory.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(table) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        let table = table.to_owned();
        let is = |wanted: &str| path.extension().is_some_and(|extension| extension == wanted);
        if is("parquet") && names.table_named(&table).is_some() {
            return Err(Error::refused(
                Refusal::Failed,
                format!("`{}` cannot be restored: it is a Parquet file", path.display()),
                "restore from CSV files or from a dump; `orgfold export` writes CSV",
            ));
        }
        if is("csv") {
            files.push((table, path));
        }
    }
    files.sort_by_cached_key(|(name, _)| {
        let ours = Table::ALL.iter().position(|table| names.table(*table) == name);
        (ours.unwrap_or(Table::ALL.len()), name.clone())
    });
    Ok(files)
}

async fn load(
    restore: &mut Restore<'_>,
    table: &str,
    path: &Path,
    ours: bool,
) -> Result<(), Error> {
    let stage = stage(path, restore.options.progress);
    let mut cells = Cells::open(path, ours, &stage)?;
    let name = (Some(restore.options.names.schema().to_owned()), table.to_owned());
    // A file beside the tables, such as one of decisions, is none of them.
    if !restore.provide(&name, &cells.columns).await? {
        restore.note(Tolerance::Rows, table, 1);
        return Ok(());
    }
    let known = restore.columns(&name).await?.unwrap_or_default();
    let mut wanted = Vec::with_capacity(cells.columns.len());
    let mut holds = Vec::with_capacity(cells.columns.len());
    let mut columns = Vec::new();
    for column in &cells.columns {
        let taken = known.iter().find(|found| found.name == *column && !found.computed);
        wanted.push(taken.is_some());
        holds.push(taken.map_or(Holds::Other, |found| found.holds));
        if taken.is_some() {
            columns.push(quote_ident(column));
        } else {
            restore.note(Tolerance::ColumnLeftOut, format!("{table}.{column}"), 1);
        }
    }
    if columns.is_empty() {
        return Ok(());
    }
    let failed = |error: tokio_postgres::Error| {
        let row = copy_line(&error).map_or("the header".to_owned(), |row| format!("row {row}"));
        refused(path, row, format!("rows of `{table}`"), &error)
    };
    let statement = format!(
        "COPY {}.{} ({}) FROM STDIN",
        quote_ident(restore.options.names.schema()),
        quote_ident(table),
        columns.join(", ")
    );
    let mut copy = Copy::begin(restore.client, &statement).await.map_err(failed)?;
    let mut chunk = Vec::with_capacity(CHUNK);
    while let Some(row) = cells.row(&holds)? {
        let taken = row.into_iter().zip(&wanted).filter(|(_, taken)| **taken);
        for (position, (cell, _)) in taken.enumerate() {
            if position > 0 {
                chunk.push(b'\t');
            }
            encode(cell, &mut chunk);
        }
        chunk.push(b'\n');
        if chunk.len() >= CHUNK && copy.send(std::mem::take(&mut chunk)).await.is_err() {
            // The server says why when it is asked for the outcome.
            break;
        }
    }
    if !chunk.is_empty() {
        let _ = copy.send(chunk).await;
    }
    let rows = copy.finish().await.map_err(failed)?;
    restore.rows += rows;
    restore.statements += 1;
    drop(cells);
    stage.finish(&format!("{rows} {table}"));
    Ok(())
}

/// A cell in the text format of COPY.
fn encode(cell: Option<&[u8]>, row: &mut Vec<u8>) {
    let Some(cell) = cell else {
        row.extend_from_slice(br"\N");
        return;
    };
    for byte in cell {
        match byte {
            b'\\' => row.extend_from_slice(br"\\"),
            b'\t' => row.extend_from_slice(br"\t"),
            b'\n' => row.extend_from_slice(br"\n"),
            b'\r' => row.extend_from_slice(br"\r"),
            byte => row.push(*byte),
        }
    }
}
