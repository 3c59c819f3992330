//! The plan: row changes as data, addressed by the hash of its content.
//!
//! [`draft()`] compares what is there with what is wanted; [`seal`] gives the draft its identity;
//! [`archive`] is the one place that writes a plan directory and reads it back. All but the
//! archive is pure: the same source, config and decisions give the same bytes.

mod after;
pub mod archive;
pub mod cell;
mod check;
mod draft;
mod manifest;
pub mod sheet;
pub mod text_sheet;

pub use after::{after, meaning};
pub use check::{Check, Forecast, checks, forecast};
pub use draft::{Cause, Draft, Parts, Totals, comparisons, draft};
pub use manifest::{
    CheckFacts, FORMAT, Facts, LOAD_BEARING, Manifest, Plan, RULES, SourceFacts, TableFacts, seal,
};
