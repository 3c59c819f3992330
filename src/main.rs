//! Parses, runs, exits.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    orgfold::commands::run(orgfold::cli::Cli::parse())
}
