//! Tables beside ours, of which a mapping takes columns: the companies of a CRM's contacts.
//!
//! In: their rows, of which only key and wanted columns are held. Out: for a column of keys the
//! values that stand there. A key that no row has gives NULL.

use std::collections::BTreeMap;

use polars::prelude::{IntoSeries as _, NamedFrom as _, Series, StringChunked};

use super::error::Problem;
use super::table::Cell;
use crate::schema::{Beside, Had, Mapping};

/// The tables that a mapping takes columns of.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// The value of each key, by table, key and column.
    taken: BTreeMap<(String, String, String), BTreeMap<String, String>>,
}

/// Where the wanted columns of one table stand: for each, that of its key and its own.
pub(super) type Layout = Vec<((String, String, String), usize, usize)>;

impl Tables {
    pub(super) fn of(mapping: &Mapping) -> Self {
        let wanted = mapping.columns.values().filter_map(|had| match had {
            Had::Beside(beside) => Some((name(beside), BTreeMap::new())),
            _ => None,
        });
        Self { taken: wanted.collect() }
    }

    /// The names of the tables.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let mut names: Vec<&str> = self.taken.keys().map(|(table, ..)| table.as_str()).collect();
        names.dedup();
        names.into_iter()
    }

    /// Whether a table is one of these.
    pub(super) fn has(&self, table: &str) -> bool {
        self.names().any(|name| name == table)
    }

    /// Finds the wanted columns of a table among the names of a header.
    ///
    /// # Errors
    /// One of them is missing.
    pub(super) fn layout(
        &self,
        table: &str,
        header: &[String],
    ) -> Result<Layout, (String, Problem)> {
        let find = |column: &String| {
            let problem = || (column.clone(), Problem::MissingColumn { found: header.to_vec() });
            header.iter().position(|name| name == column).ok_or_else(problem)
        };
        let wanted = self.taken.keys().filter(|(name, ..)| name == table);
        wanted.map(|name| Ok((name.clone(), find(&name.1)?, find(&name.2)?))).collect()
    }

    /// Takes a row.
    ///
    /// # Errors
    /// Its texts are not UTF-8.
    pub(super) fn push(&mut self, layout: &Layout, cells: &[Cell<'_>]) -> Result<(), Problem> {
        for (name, key, take) in layout {
            let cell = |at: &usize| cells.get(*at).and_then(Option::as_deref);
            let (Some(key), Some(value)) = (cell(key), cell(take)) else { continue };
            let text = |bytes| std::str::from_utf8(bytes).map_err(|_| Problem::Utf8);
            let (key, value) = (text(key)?.trim().to_owned(), text(value)?.to_owned());
            if let Some(taken) = self.taken.get_mut(name) {
                taken.insert(key, value);
            }
        }
        Ok(())
    }

    /// The values that a column of keys stands for.
    pub(super) fn take(&self, beside: &Beside, keys: &Series) -> Series {
        let taken = self.taken.get(&name(beside));
        let find = |key: Option<&str>| taken?.get(key?.trim()).map(String::as_str);
        let keys = keys.str().expect("keys of another table are read as text");
        let values: Vec<Option<&str>> = keys.iter().map(find).collect();
        StringChunked::new(keys.name().clone(), values).into_series()
    }
}

fn name(beside: &Beside) -> (String, String, String) {
    (beside.table.clone(), beside.key.clone(), beside.take.clone())
}
