//! The plan directory: the one place that writes it and reads it back.
//!
//! A directory appears whole or not at all: files are written beside it and moved into place in
//! one step. One that is there already is never written again, since a reviewer may have filled
//! in `review.csv`. Reading refuses a plan of which one load-bearing byte changed.

mod stored;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::draft::Draft;
use super::manifest::{FORMAT, Plan, TableFacts};
use super::render::render;
use super::sheet::Sheet;

pub use stored::{Batches, Stored, read};

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
    /// A load-bearing file with other columns than this program and its declaration have.
    #[error("`{}` has not the columns that were declared: expected `{expected}`", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The header that was expected.
        expected: String,
    },
    /// A cell of a load-bearing file that is not of its column's kind.
    #[error("{}:{line}, column `{column}`: not of kind {kind}", path.display())]
    Cell {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column.
        column: String,
        /// What should stand there.
        kind: &'static str,
    },
}

impl Error {
    /// What a person can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Io { .. } => "check the path, its permissions and the free space",
            Self::NoPlan { .. } => "name a directory that `orgfold plan` wrote",
            Self::Format { .. } => "plan again with this version",
            Self::Header { .. } => "plan again with this version and this configuration",
            Self::Tampered { .. } | Self::Cell { .. } => {
                "write decisions instead of editing the plan, and plan again; or restore the file"
            }
        }
    }

    /// Whether the plan was changed, which has an exit code of its own.
    pub fn is_tampered(&self) -> bool {
        match self {
            Self::Tampered { .. }
            | Self::Format { .. }
            | Self::Header { .. }
            | Self::Cell { .. } => true,
            Self::Io { .. } | Self::NoPlan { .. } => false,
        }
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

/// A plan directory under way, beside the place where it will lie; dropped, it is gone.
pub struct Unfinished {
    out: PathBuf,
    directory: PathBuf,
}

impl Unfinished {
    /// Makes the directory.
    ///
    /// # Errors
    /// The file system.
    pub fn begin(out: &Path) -> Result<Self, Error> {
        fs::create_dir_all(out).map_err(failed("write", out))?;
        let process = std::process::id();
        for number in 0_u32.. {
            let directory = out.join(format!(".plan.{process}.{number}"));
            match fs::create_dir(&directory) {
                Ok(()) => return Ok(Self { out: out.to_owned(), directory }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed("write", &directory)(error)),
            }
        }
        unreachable!("some name is free")
    }

    /// Writes a sheet as it is rendered, once; gives back what the manifest says of it.
    ///
    /// # Errors
    /// The file system.
    pub fn write(&self, draft: &Draft, sheet: Sheet) -> Result<TableFacts, Error> {
        let path = self.directory.join(sheet.file());
        let write = || {
            let file = File::create(&path)?;
            let facts = render(draft, sheet, &file)?;
            file.sync_all()?;
            Ok(facts)
        };
        write().map_err(failed("write", &path))
    }

    /// Adds manifest and pages, and moves the directory to its place.
    ///
    /// # Errors
    /// The file system; a directory of this plan that was changed.
    pub fn finish(self, plan: &Plan, pages: &[(&str, &[u8])]) -> Result<Written, Error> {
        let directory = self.out.join(plan.id.directory());
        if directory.exists() {
            if read(&directory)? != plan.manifest {
                return Err(Error::Tampered { path: directory.join(MANIFEST) });
            }
            return Ok(Written::Already(directory));
        }
        let manifest = plan.manifest.bytes();
        for (name, bytes) in pages.iter().chain([&(MANIFEST, manifest.as_slice())]) {
            let path = self.directory.join(name);
            let write = || {
                let mut file = File::create(&path)?;
                file.write_all(bytes)?;
                file.sync_all()
            };
            write().map_err(failed("write", &path))?;
        }
        fs::rename(&self.directory, &directory).map_err(failed("write", &directory))?;
        Ok(Written::New(directory))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Moved to its place, or given up: the first error is the one to report.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// The error of something that was tried on a path.
fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { action, path, source }
}
