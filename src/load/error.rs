//! What can go wrong in a load, with the exit code and the remedy of each.

use crate::connect::{self, Cause};
use crate::exit::Exit;
use crate::plan::archive;

/// A load that failed or was refused; no row was changed unless the message says so.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] connect::Error),
    /// The plan cannot be read or trusted.
    #[error(transparent)]
    Plan(#[from] archive::Error),
    /// The database said no.
    #[error("cannot {doing}")]
    Database {
        /// What was tried.
        doing: &'static str,
        /// Why not.
        #[source]
        source: Cause,
    },
    /// Refused, for a reason that has an exit code of its own.
    #[error("{message}")]
    Refused {
        /// Which kind of reason.
        refusal: Refusal,
        /// The reason, with table, column and counts; rows are in the receipt.
        message: String,
        /// What a person can do.
        help: String,
    },
    /// A file that cannot be read or written.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The source cannot be read while it is restored.
    #[error(transparent)]
    Source(#[from] crate::extract::Error),
    /// A statement or row of a source that the server refuses.
    #[error("{}: {place}: the server refuses {what}: {why} (SQLSTATE {code})", path.display())]
    Restore {
        /// The file.
        path: std::path::PathBuf,
        /// The line or row.
        place: String,
        /// Which kind of statement, or the rows of which table.
        what: String,
        /// Why, without any value.
        why: String,
        /// The code of the condition.
        code: String,
    },
    /// Somebody stopped a load; what was not committed is undone.
    #[error("interrupted")]
    Interrupted,
    /// A load that failed, and left something that nothing needs.
    #[error("nothing was loaded, but what was added before could not be taken back ({why}): {}", left.join(", "))]
    LeftBehind {
        /// Why nothing was loaded.
        #[source]
        error: Box<Self>,
        /// Why it could not be taken back.
        why: Box<Self>,
        /// What is left.
        left: Vec<String>,
    },
    /// Whether a commit arrived is not known: the connection was lost, and no other could be had.
    #[error(
        "the connection to {target} was lost while committing; whether the plan is applied is not known"
    )]
    Unknown {
        /// Database, host, port and role.
        target: String,
        /// Why no other connection could be had.
        #[source]
        source: Box<Self>,
    },
    /// No server for a rehearsal can be had.
    #[error("no Postgres server can be started: {0}")]
    NoServer(String),
}

/// Why a load was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Statement time-out, wrong database and the like.
    Failed,
    /// The plan is stale.
    Stale,
    /// The validation pack found something else than the forecast.
    Invalid,
    /// Approvals are missing.
    NotApproved,
    /// A lock is held, or another apply is under way.
    Locked,
    /// A lock was not given in time; another try may get it.
    GaveWay,
    /// Role, policies, version, pooler.
    Preflight,
}

impl Error {
    /// An error of the database while doing something.
    pub fn database(doing: &'static str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        move |source| Self::Database { doing, source: Cause::new(source) }
    }

    /// A refusal.
    pub fn refused(refusal: Refusal, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Refused { refusal, message: message.into(), help: help.into() }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Refused { refusal, .. } => match refusal {
                Refusal::Failed => Exit::Failed,
                Refusal::Stale => Exit::Stale,
                Refusal::Invalid => Exit::Invalid,
                Refusal::NotApproved => Exit::NotApproved,
                Refusal::Locked | Refusal::GaveWay => Exit::Locked,
                Refusal::Preflight => Exit::Preflight,
            },
            Self::Connect(error) if error.is_usage() => Exit::Usage,
            Self::Connect(error) if error.is_pooler() => Exit::Preflight,
            Self::Database { source, .. } => match source.code() {
                // lock_not_available, deadlock_detected, serialization_failure
                Some("55P03" | "40P01" | "40001") => Exit::Locked,
                _ => Exit::Failed,
            },
            Self::Plan(error) if error.is_tampered() => Exit::Stale,
            Self::Interrupted => Exit::Interrupted,
            // The lock that would have taken it away was not given.
            Self::LeftBehind { .. } => Exit::Locked,
            _ => Exit::Failed,
        }
    }

    /// What a person can do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Connect(error) => error.help(),
            Self::Plan(error) => error.help().to_owned(),
            Self::Refused { help, .. } => help.clone(),
            Self::Database { .. } => "nothing was changed; mend the cause and run it again".to_owned(),
            Self::Io { .. } => "check the path, its permissions and the free space".to_owned(),
            Self::Source(error) => error.help().unwrap_or_default(),
            Self::Restore { .. } => {
                "check that the schema fits the data; --schema-file names another".to_owned()
            }
            Self::Interrupted => "`orgfold status` shows what is applied".to_owned(),
            Self::LeftBehind { error, .. } => {
                format!("{}; `orgfold schema expand --undo` takes away what is left", error.help())
            }
            Self::Unknown { .. } => {
                "`orgfold status` says it once the server answers; applying again is safe".to_owned()
            }
            Self::NoServer(_) => {
                "install PostgreSQL (apt-get install postgresql), or npm or pip, or set PG_BIN to the folder of initdb"
                    .to_owned()
            }
        }
    }
}
