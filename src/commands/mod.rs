//! One file for each subcommand: the only place where stages meet, and the only one that prints.

mod apply;
mod approve;
mod database;
mod diff;
mod evaluate;
mod explain;
mod fit;
mod inspect;
mod journal;
mod names;
mod plan;
mod preflight;
mod rehearse;
mod resolve;
mod rollback;
mod sql;
mod status;
mod verify;

use std::error::Error as _;
use std::io::Write as _;
use std::process::ExitCode;

use crate::cli::{self, Cli, Command};
use crate::error::{Error, Exit};
use crate::progress::Progress;

pub use plan::plan;

/// Runs a command and says how it ended.
pub fn run(cli: Cli) -> ExitCode {
    if let Some(threads) = cli.threads {
        // The pool may be set once in a process; a second call has nothing left to do.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build_global();
    }
    let progress = if cli.quiet { Progress::Silent } else { Progress::detect() };
    let outcome = match cli.command {
        Command::Plan(options) => plan::run(&options, progress),
        Command::Inspect(options) => inspect::run(&options, progress),
        Command::Preflight(options) => preflight::run(&options, progress),
        Command::Rehearse(options) => rehearse::run(&options, progress),
        Command::Approve(options) => approve::run(&options),
        Command::Apply(options) => apply::run(&options, progress),
        Command::Verify(options) => verify::run(&options, progress),
        Command::Rollback(options) => rollback::run(&options, progress),
        Command::Sql(options) => sql::run(&options, progress),
        Command::Status(options) => status::run(&options),
        Command::Diff(options) => diff::run(&options),
        Command::Schema(cli::Schema::Expand(options)) => preflight::expand(&options, progress),
        Command::Journal(cli::Journal::Purge(options)) => journal::run(&options, progress),
        Command::Uninstall(options) => journal::remove(&options),
        Command::Resolve(options) => resolve::run(&options, progress),
        Command::Explain(options) => explain::run(&options, progress),
        Command::Evaluate(options) => evaluate::run(&options),
        Command::Fit(options) => fit::run(&options, progress),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(error) => {
            report(&error);
            error.exit().into()
        }
    }
}

/// Prints an error with its causes and the remedy.
fn report(error: &Error) {
    let mut lines = vec![format!("error: {error}\n")];
    let mut source = error.source();
    while let Some(cause) = source {
        lines.push(format!("  because: {cause}\n"));
        source = cause.source();
    }
    lines.extend(error.help().map(|help| format!("help: {help}\n")));
    let text = lines.concat();
    // A closed standard error is no reason to fail otherwise.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Prints data; a reader who closed the pipe has seen enough.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Says on standard error what a person should know, and what is no error.
fn note(notes: &[String]) {
    for note in notes {
        let _ = std::io::stderr().write_all(format!("note: {note}\n").as_bytes());
    }
}

/// Reads a file whole.
fn read_file(path: &std::path::Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })
}

/// Writes a file whole or not at all.
fn write_file(path: &std::path::Path, bytes: &[u8]) -> Result<(), Error> {
    let io = |source| Error::Io { action: "write", path: path.to_owned(), source };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let draft = path.with_file_name(name);
    let written = std::fs::write(&draft, bytes).and_then(|()| std::fs::rename(&draft, path));
    written.map_err(|source| {
        // The first error is the one to report.
        let _ = std::fs::remove_file(&draft);
        io(source)
    })
}

/// The exit code of a command that worked.
const DONE: Result<Exit, Error> = Ok(Exit::Done);
