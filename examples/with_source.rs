//! Runs a command beside a Postgres of its own that holds a source: `with_source DIR COMMAND…`.
//!
//! The tables are those of the reference schema, filled from the CSV files of DIR. The command finds
//! the database in `ORGFOLD_DATABASE`; the server ends with it. Used by `benches/plan.py`.

#![allow(clippy::print_stderr, reason = "a tool of developers that talks to the terminal")]

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

use orgfold::load::restore::{Beyond, Options, reference_schema, restore_csv};
use orgfold::load::server::Server;
use orgfold::progress::Progress;
use orgfold::schema::{Names, Schema};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let [directory, program, arguments @ ..] = arguments.as_slice() else {
        eprintln!("usage: with_source DIR COMMAND [ARGUMENT…]");
        return ExitCode::from(2);
    };
    match run(Path::new(directory), Command::new(program).args(arguments)).await {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(
    directory: &Path,
    command: &mut Command,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let server = Server::start(Progress::Lines).await?;
    let target = server.create_database("source", None).await?;
    let client = target.connect().await?;
    let (names, declared) = (Names::in_schema("public"), Schema::shipped());
    reference_schema(&client, &names, declared).await?;
    let (beyond, progress) = (Beyond::Add, Progress::Lines);
    restore_csv(&client, directory, Options { names: &names, declared, beyond, progress }).await?;
    client.batch_execute("ANALYZE").await?;
    drop(client);
    let status = command.env("ORGFOLD_DATABASE", target.parameters()).status()?;
    // A command ended by a signal has no code.
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
