//! What every command on a database begins with: configuration, plan, connection, and the
//! question whether to go on.

use std::future::Future;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use tokio_postgres::Client;

use crate::cli;
use crate::config::{self, Config, Overrides};
use crate::connect::Target;
use crate::error::Error;
use crate::load;
use crate::plan::archive::Stored;

/// Runs something asynchronous to its end; an interrupt ends it and says so.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| Error::Io {
        action: "start",
        path: "the event loop".into(),
        source,
    })?;
    let done = runtime.block_on(async {
        tokio::select! {
            done = future => done,
            _ = tokio::signal::ctrl_c() => Err(Error::Interrupted),
        }
    });
    // A question that nobody has answered may still wait on its thread.
    runtime.shutdown_background();
    done
}

/// The configuration of a command on a database.
pub(super) fn configure(database: &cli::Database) -> Result<Config, Error> {
    let overrides = Overrides { schema: database.schema_name.clone(), ..Overrides::default() };
    Ok(config::load(database.config.as_deref(), &overrides)?)
}

/// The target that is meant; what was said of it and is ignored is told.
pub(super) fn target(database: &cli::Database) -> Result<Target, Error> {
    let found = Target::find(database.database.as_deref());
    let found = found.map_err(load::Error::from)?;
    for note in found.notes() {
        // A closed standard error is no reason to fail.
        let _ = writeln!(std::io::stderr(), "note: {note}");
    }
    Ok(found)
}

/// A plan of which only the manifest is needed.
pub(super) fn opened(directory: &Path) -> Result<Stored, Error> {
    Ok(Stored::open(directory)?)
}

/// A plan, every byte checked.
pub(super) fn stored(directory: &Path) -> Result<Stored, Error> {
    let plan = Stored::open(directory)?;
    plan.check()?;
    Ok(plan)
}

/// Asks on the terminal; without one nobody can say yes. Call it while no lock is held: people take
/// their time.
pub(super) async fn ask(question: &str) -> Answer {
    if !std::io::stdin().is_terminal() {
        return Answer::Nobody;
    }
    let _ = write!(std::io::stderr(), "{question} [y/N] ");
    // On a thread of its own: meanwhile an interrupt is heard, and the connection kept.
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    match answer.await {
        Ok(Ok(line)) if matches!(line.trim(), "y" | "Y" | "yes") => Answer::Yes,
        _ => Answer::No,
    }
}

/// Opens a connection on which nothing waits for a lock longer than the configuration says: even a
/// look at a table waits for who locks it against everybody.
pub(super) async fn connect(target: &Target, config: &Config) -> Result<Client, Error> {
    let client = target.connect().await.map_err(load::Error::from)?;
    let patience = format!("set lock_timeout = {}", config.waits.lock_ms);
    client
        .batch_execute(&patience)
        .await
        .map_err(load::Error::database("set how long to wait for locks"))?;
    Ok(client)
}

/// What a person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Go on.
    Yes,
    /// Do not.
    No,
    /// There is no terminal to ask on.
    Nobody,
}
