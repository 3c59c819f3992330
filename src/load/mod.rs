//! Loading an approved plan into Postgres, verifying it before commit, undoing it.
//!
//! Everything that writes to a database is in here. One transaction holds the data; what it found
//! and did is a receipt.

pub mod apply;
pub mod approval;
pub mod catalog;
pub mod error;
pub mod expand;
pub mod failpoint;
pub mod history;
pub mod journal;
pub mod ledger;
pub mod live;
pub mod merge;
pub mod picture;
pub mod policy;
pub mod preflight;
pub mod receipt;
pub mod renewal;
pub mod restore;
pub mod rewrite;
pub mod rollback;
pub mod script;
pub mod server;
pub mod stage;
pub mod stale;
pub mod transaction;
pub mod trial;
pub mod verify;
pub mod visibility;

pub use error::{Error, Refusal};

pub use crate::schema::quote_ident;
