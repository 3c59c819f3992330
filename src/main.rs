//! Parses, runs, exits.

use std::process::ExitCode;

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    orgfold::commands::run(orgfold::cli::Cli::parse())
}
