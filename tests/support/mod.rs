//! What several tests need.

pub(crate) mod golden;
pub(crate) mod samples;
pub(crate) mod tables;
pub(crate) mod worlds;
