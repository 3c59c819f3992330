//! Folds the customer contacts of a Postgres database into customer organizations.
//!
//! Five nouns, one direction: a [`Snapshot`](extract::Snapshot) is read from a dump or CSV files;
//! its [`Resolution`](transform::Resolution) says which names are one company, under the
//! [`Decisions`](transform::Decisions) that people made; a [`Plan`](plan::Plan) holds the row
//! changes that follow, as data that can be reviewed; a receipt says what a load did.
//!
//! ```text
//! source ─extract→ Snapshot ─resolve→ Resolution ─link→ Desired ─draft, seal→ Plan ─write→ directory
//! ```
//!
//! [`transform`] and [`plan`] (its archive apart) are pure: no clock, no randomness, no file, no
//! database. The same source, configuration and decisions give the same bytes, whatever the order
//! of rows, the number of threads or the day. See `ARCHITECTURE.md` for the invariants and why
//! things are as they are.

pub mod cells;
pub mod cli;
pub mod commands;
pub mod config;
pub mod connect;
pub mod dialect;
pub mod encoding;
pub mod error;
pub mod evaluate;
pub mod exit;
pub mod extract;
pub mod finding;
pub mod fit;
pub mod ids;
pub mod load;
pub mod plan;
pub mod programs;
pub mod progress;
pub mod report;
pub mod schema;
pub mod transform;
