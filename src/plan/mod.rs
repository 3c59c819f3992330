//! The plan: row changes as data, addressed by the hash of its content.
//!
//! [`draft()`] compares what is there with what is wanted; [`seal`] gives the draft its identity;
//! [`archive`] is the one place that writes a plan directory and reads it back. All but the
//! archive is pure: the same source, config and decisions give the same bytes.

pub mod archive;
pub mod cell;
mod check;
pub mod compare;
pub mod diff;
mod draft;
mod manifest;
mod render;
pub mod sheet;

pub use check::{Check, Forecast, checks, count, forecast};
pub use draft::{Cause, Draft, Member, Parts, Totals, draft};
pub use manifest::{
    CheckFacts, FORMAT, Facts, Files, Manifest, Part, Plan, RULES, SourceFacts, TableFacts, seal,
};
pub use render::{comparisons, header, render, rendered};
