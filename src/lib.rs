//! placeholder
#![allow(missing_docs)]
pub mod dialect;
pub mod extract;
pub mod ids;
pub mod progress;
pub mod schema;
