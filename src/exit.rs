//! Exit codes.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// Findings over the threshold of `--fail-on`.
    Findings = 3,
    /// The plan is stale or was changed.
    Stale = 4,
    /// The validation pack found something else than the forecast; everything was rolled back.
    Invalid = 5,
    /// Approvals are missing.
    NotApproved = 6,
    /// A lock is held, or another apply is under way.
    Locked = 7,
    /// Refused by preflight: role, policies, version, pooler.
    Preflight = 8,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
