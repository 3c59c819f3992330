//! placeholder
#![allow(missing_docs)]
pub mod evaluate;
pub mod extract;
pub mod ids;
pub mod progress;
pub mod schema;
