//! The sum of the stages' errors, with the exit code and the remedy of each.

use std::path::PathBuf;

pub use crate::exit::Exit;
use crate::{config, evaluate, extract, fit, load, plan, transform};

/// What can go wrong in a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source cannot be read.
    #[error(transparent)]
    Extract(#[from] extract::Error),
    /// The decisions cannot be read or contradict each other.
    #[error(transparent)]
    Decisions(#[from] transform::decisions::Error),
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// A plan directory cannot be written or trusted.
    #[error(transparent)]
    Archive(#[from] plan::archive::Error),
    /// A clustering cannot be measured.
    #[error(transparent)]
    Evaluate(#[from] evaluate::Error),
    /// Weights cannot be fitted.
    #[error(transparent)]
    Fit(#[from] fit::Error),
    /// A load failed or was refused.
    #[error(transparent)]
    Load(#[from] load::Error),
    /// A file of names cannot be read.
    #[error("{}{}: {problem}", file.display(), line.map(|l| format!(":{l}")).unwrap_or_default())]
    Names {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: Option<u64>,
        /// What is wrong.
        problem: String,
        /// What a person can do.
        help: &'static str,
    },
    /// A value on the command line that makes no sense here.
    #[error("{problem}")]
    Usage {
        /// What is wrong.
        problem: String,
        /// What a person can do.
        help: &'static str,
    },
    /// Somebody interrupted a command on a database.
    #[error("interrupted; {state}")]
    Interrupted {
        /// What is so now.
        state: String,
    },
    /// A file cannot be read or written.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    /// An interrupt of which no more is known.
    pub fn interrupted() -> Self {
        Self::Interrupted { state: "what was not committed is rolled back".to_owned() }
    }

    /// The exit code of this error.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::Usage { .. } => Exit::Usage,
            Self::Interrupted { .. } => Exit::Interrupted,
            Self::Archive(error) if error.is_tampered() => Exit::Stale,
            Self::Load(error) => error.exit(),
            _ => Exit::Failed,
        }
    }

    /// What a person can do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Extract(error) => error.help(),
            Self::Decisions(error) => Some(error.help().to_owned()),
            Self::Config(error) => Some(error.help().to_owned()),
            Self::Archive(error) => Some(error.help().to_owned()),
            Self::Evaluate(error) => Some(error.help().to_owned()),
            Self::Fit(error) => Some(error.help().to_owned()),
            Self::Load(error) => Some(error.help()),
            Self::Interrupted { .. } => Some("`orgfold status` shows what is applied".to_owned()),
            Self::Usage { help, .. } | Self::Names { help, .. } => Some((*help).to_owned()),
            Self::Io { .. } => {
                Some("check the path, its permissions and the free space".to_owned())
            }
        }
    }
}
