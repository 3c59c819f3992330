//! placeholder
#![allow(missing_docs)]
pub mod dialect;
pub mod evaluate;
pub mod extract;
pub mod finding;
pub mod ids;
pub mod plan;
pub mod progress;
pub mod schema;
pub mod transform;
