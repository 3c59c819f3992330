//! What several tests need.

pub(crate) mod case;
pub(crate) mod database;
pub(crate) mod frames;
pub(crate) mod golden;
pub(crate) mod portal;
pub(crate) mod proxy;
pub(crate) mod samples;
pub(crate) mod secure;
pub(crate) mod sheets;
pub(crate) mod tables;
pub(crate) mod worlds;
