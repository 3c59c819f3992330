//! The sheets of a plan as text, and plan directories.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its input has failed")]

use std::collections::BTreeMap;
use std::path::Path;

use orgfold::dialect;
use orgfold::plan::archive::{Error, Unfinished, Written};
use orgfold::plan::sheet::Sheet;
use orgfold::plan::{Draft, Plan, render};

/// The bytes of a file.
pub(crate) fn bytes(draft: &Draft, sheet: Sheet) -> Vec<u8> {
    let mut bytes = Vec::new();
    render(draft, sheet, &mut bytes).unwrap();
    bytes
}

/// A file as people read it: header, and rows in which NULL is `None`.
pub(crate) struct Text {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

impl Text {
    pub(crate) fn of(draft: &Draft, sheet: Sheet) -> Self {
        let bytes = bytes(draft, sheet);
        let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(bytes.as_slice());
        let columns = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let cell = |text: &str| (text != dialect::NULL).then(|| dialect::unescape(text).into());
        let rows = reader.records().map(|record| record.unwrap().iter().map(cell).collect());
        Self { columns, rows: rows.collect() }
    }

    /// Where a column stands.
    pub(crate) fn at(&self, name: &str) -> usize {
        self.columns.iter().position(|column| column == name).unwrap()
    }

    /// Rows by the names of their columns.
    pub(crate) fn by_name(&self) -> impl Iterator<Item = BTreeMap<&str, Option<&str>>> {
        let names = || self.columns.iter().map(String::as_str);
        let cells = self.rows.iter().map(|row| row.iter().map(Option::as_deref));
        cells.map(move |cells| std::iter::zip(names(), cells).collect())
    }
}

/// Writes a plan, as the command does, with a page.
pub(crate) fn write(plan: &Plan, page: &[u8], out: &Path) -> Result<Written, Error> {
    let unfinished = Unfinished::begin(out)?;
    for sheet in Sheet::ALL {
        unfinished.write(&plan.draft, sheet)?;
    }
    unfinished.finish(plan, &[("report.html", page)])
}
