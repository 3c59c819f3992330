//! What several tests need.

pub(crate) mod pg_private;
pub(crate) mod database;
pub(crate) mod tables;
