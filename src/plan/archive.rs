//! The plan directory: the one place that writes it and reads it back.
//!
//! A directory appears whole or not at all: files are written beside it and moved into place in
//! one step. One that is there already is never written again, since a reviewer may have filled
//! in `review.csv`. Reading refuses a plan of which one load-bearing byte changed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::manifest::{FORMAT, Manifest, Plan};
use crate::dialect;
use crate::ids::Fingerprint;

/// Name of the manifest.
pub const MANIFEST: &str = "plan.json";

/// A plan directory that cannot be written or must not be trusted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system said no.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Not a plan directory.
    #[error("`{}` is no plan directory: it has no readable plan.json", path.display())]
    NoPlan {
        /// The directory.
        path: PathBuf,
    },
    /// A plan of another format.
    #[error("`{}` has the format {found}, this program reads {FORMAT}", path.display())]
    Format {
        /// The manifest.
        path: PathBuf,
        /// Its format.
        found: u64,
    },
    /// A file that was changed since the plan was made.
    #[error("`{}` was changed since the plan was made", path.display())]
    Tampered {
        /// The file.
        path: PathBuf,
    },
}

impl Error {
    /// What a person can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Io { .. } => "check the path, its permissions and the free space",
            Self::NoPlan { .. } => "name a directory that `orgfold plan` wrote",
            Self::Format { .. } => "plan again with this version",
            Self::Tampered { .. } => {
                "write decisions instead of editing the plan, and plan again; or restore the file"
            }
        }
    }

    /// Whether the plan was changed, which has an exit code of its own.
    pub fn is_tampered(&self) -> bool {
        matches!(self, Self::Tampered { .. } | Self::Format { .. })
    }
}

/// What writing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// The directory is new.
    New(PathBuf),
    /// The very same plan was there already, and was left as it is.
    Already(PathBuf),
}

impl Written {
    /// The directory of the plan.
    pub fn directory(&self) -> &Path {
        match self {
            Self::New(path) | Self::Already(path) => path,
        }
    }
}

/// Writes a plan under `out`, with the other `pages` made of it.
///
/// # Errors
/// The file system; a directory of this plan that was changed.
pub fn write(plan: &Plan, pages: &[(&str, Vec<u8>)], out: &Path) -> Result<Written, Error> {
    let directory = out.join(plan.id.directory());
    if directory.exists() {
        let there = read(&directory)?;
        if there != plan.manifest {
            return Err(Error::Tampered { path: directory.join(MANIFEST) });
        }
        return Ok(Written::Already(directory));
    }
    let draft = out.join(format!(".{}.{}", plan.id.directory(), std::process::id()));
    let written = fill(&draft, plan, pages).and_then(|()| {
        let moved = fs::rename(&draft, &directory);
        moved.map_err(|source| Error::Io { action: "write", path: directory.clone(), source })
    });
    if let Err(error) = written {
        // The first error is the one to report.
        let _ = fs::remove_dir_all(&draft);
        return Err(error);
    }
    Ok(Written::New(directory))
}

fn fill(draft: &Path, plan: &Plan, pages: &[(&str, Vec<u8>)]) -> Result<(), Error> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Io { action: "write", path, source }
    };
    fs::create_dir_all(draft).map_err(io(draft))?;
    let write = |name: &str, bytes: &[u8]| {
        let path = draft.join(name);
        let done = fs::File::create(&path).and_then(|mut file| {
            io::Write::write_all(&mut file, bytes)?;
            file.sync_all()
        });
        done.map_err(io(&path))
    };
    for sheet in &plan.draft.sheets {
        write(sheet.name, &sheet.bytes())?;
    }
    for (name, bytes) in pages {
        write(name, bytes)?;
    }
    write(MANIFEST, &plan.manifest.bytes())
}

/// A plan as it lies in its directory, every load-bearing byte checked.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its directory.
    pub directory: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// Rows of the load-bearing files, by file name: for each row its cells by column.
    pub sheets: BTreeMap<String, StoredSheet>,
}

/// A load-bearing file.
#[derive(Clone, Debug, Default)]
pub struct StoredSheet {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
}

impl StoredSheet {
    /// The cells of one column.
    ///
    /// # Panics
    /// If there is no such column: the names are those of [`super::sheet`].
    pub fn column(&self, name: &str) -> impl Iterator<Item = Option<&str>> {
        let at = self.columns.iter().position(|column| column == name);
        let at = at.expect("a column of format 1");
        self.rows.iter().map(move |row| row[at].as_deref())
    }
}

/// Reads a plan directory whole: what is loaded is what was reviewed.
///
/// # Errors
/// No plan, another format, a changed file.
pub fn load(directory: &Path) -> Result<Stored, Error> {
    let manifest = read(directory)?;
    let mut sheets = BTreeMap::new();
    for name in manifest.files.keys() {
        let path = directory.join(name);
        let tampered = || Error::Tampered { path: path.clone() };
        let bytes = fs::read(&path).map_err(|_| tampered())?;
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let columns = reader.headers().map_err(|_| tampered())?;
        let columns = columns.iter().map(str::to_owned).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|_| tampered())?;
            let cell =
                |text: &str| (text != dialect::NULL).then(|| dialect::unescape(text).into_owned());
            rows.push(record.iter().map(cell).collect());
        }
        sheets.insert(name.clone(), StoredSheet { columns, rows });
    }
    Ok(Stored { directory: directory.to_owned(), manifest, sheets })
}

/// Reads the manifest of a plan directory and checks every load-bearing byte.
///
/// # Errors
/// No plan, another format, a changed file.
pub fn read(directory: &Path) -> Result<Manifest, Error> {
    let path = directory.join(MANIFEST);
    let no_plan = || Error::NoPlan { path: directory.to_owned() };
    let bytes = fs::read(&path).map_err(|_| no_plan())?;
    let tampered = |path: &Path| Error::Tampered { path: path.to_owned() };
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|_| tampered(&path))?;
    let format = value.get("format").and_then(serde_json::Value::as_u64);
    let format = format.ok_or_else(|| tampered(&path))?;
    if format != u64::from(FORMAT) {
        return Err(Error::Format { path, found: format });
    }
    let manifest: Manifest = serde_json::from_value(value).map_err(|_| tampered(&path))?;
    if manifest.bytes() != bytes || manifest.hash().to_string() != manifest.plan_id {
        return Err(tampered(&path));
    }
    for (name, facts) in &manifest.files {
        let path = directory.join(name);
        let bytes = fs::read(&path).map_err(|_| tampered(&path))?;
        if Fingerprint::of(&bytes).to_string() != facts.sha256 {
            return Err(tampered(&path));
        }
    }
    Ok(manifest)
}
