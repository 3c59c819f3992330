//! The one integration binary: every test that goes through the public door.

mod support;

mod approval;
mod architecture;
mod beside;
mod cli;
mod connect;
mod contract;
mod decisions;
mod declared;
mod explain;
mod extract;
mod fit;
mod generate;
mod kills;
mod later;
mod laws;
mod ledger;
mod level;
mod load;
mod matching;
mod pack;
mod part;
mod picture;
mod policies;
mod preflight;
#[cfg(unix)]
mod prompt;
mod protection;
mod questions;
mod reading;
mod receipts;
mod rehearsal;
mod renamed;
mod report;
mod restore;
mod rollback;
mod runbook;
mod samples;
mod script;
mod server;
mod stale;
mod steps;
mod surroundings;
mod undo;
mod whole;
