//! Runs a command beside a Postgres of its own: `with_postgres COMMAND [ARGUMENT…]`.
//!
//! The command finds the server's socket folder in `ORGFOLD_TEST_SERVER`; where no server can be
//! had, the reason in `ORGFOLD_TEST_SERVER_ERROR`, so that tests fail with it. The server ends
//! with the command. Used by `scripts/with-postgres`, that is by `make test`.

#![allow(clippy::print_stderr, reason = "a tool of developers that talks to the terminal")]

use std::process::{Command, ExitCode};

use orgfold::load::server::Server;
use orgfold::progress::Progress;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("usage: with_postgres COMMAND [ARGUMENT…]");
        return ExitCode::from(2);
    };
    let mut command = Command::new(&program);
    command.args(arguments);
    let server = Server::start(Progress::Lines).await;
    match &server {
        Ok(server) => {
            eprintln!("postgres {} from {}", server.version(), server.binaries().display());
            command.env("ORGFOLD_TEST_SERVER", server.socket());
        }
        Err(error) => {
            eprintln!("error: {error}\nhelp: {}", error.help());
            command.env("ORGFOLD_TEST_SERVER_ERROR", error.to_string());
        }
    }
    let status = match command.status() {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: cannot run {}: {error}", program.display());
            return ExitCode::from(127);
        }
    };
    drop(server);
    // A command ended by a signal has no code.
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
