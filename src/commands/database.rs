//! What every command on a database begins with: configuration, plan, connection, and the
//! question whether to go on.

use std::future::Future;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

use tokio_postgres::Client;

use crate::cli;
use crate::config::{self, Config, Overrides};
use crate::connect::Target;
use crate::error::Error;
use crate::load::apply::Options;
use crate::load::{self, ledger, transaction};
use crate::plan::archive::Stored;
use crate::progress::Progress;

/// Runs something asynchronous to its end; an interrupt ends it and says so.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    drive(unless_interrupted(future))
}

/// Runs something asynchronous to its end, which sees to interrupts itself.
pub(super) fn drive<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| Error::Io {
        action: "start",
        path: "the event loop".into(),
        source,
    })?;
    let done = runtime.block_on(future);
    // A question that nobody has answered may still wait on its thread.
    runtime.shutdown_background();
    done
}

/// What comes first: the end of something, or an interrupt.
pub(super) async fn unless_interrupted<T>(
    future: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        done = future => done,
        () = interrupt() => Err(Error::interrupted()),
    }
}

/// The same as [`block_on`] for what changes a database by a plan: an interrupt also says what the
/// plan is now.
pub(super) fn block_on_change<T>(
    subject: (&Target, &Config, &str),
    future: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    with_state(subject, block_on(future))
}

/// An interrupt with what the plan is now, since nobody can know whether a commit was already under
/// way.
pub(super) fn with_state<T>(
    (target, config, plan): (&Target, &Config, &str),
    done: Result<T, Error>,
) -> Result<T, Error> {
    let Err(Error::Interrupted { state }) = done else { return done };
    let asked = block_on(async {
        let known = tokio::time::timeout(STATE_KNOWN_WITHIN, state_of(target, config, plan));
        Ok(known.await.ok().and_then(Result::ok))
    });
    Err(Error::Interrupted { state: asked.ok().flatten().unwrap_or(state) })
}

/// How long is looked for what an interrupt or a lost connection left behind.
const STATE_KNOWN_WITHIN: Duration = Duration::from_secs(10);

/// Another connection where one was lost, for as long as it takes a server to start again.
pub(super) async fn connect_again(target: &Target) -> Result<Client, load::Error> {
    transaction::connect_again(target, STATE_KNOWN_WITHIN, async |_| Ok(())).await
}

/// What a plan is on a database, once no change by us is under way any more.
async fn state_of(target: &Target, config: &Config, plan: &str) -> Result<String, Error> {
    let client = connect_again(target).await?;
    transaction::wait_for_others(&client).await?;
    let schema = config.names.schema();
    let short = plan.get(..12).unwrap_or(plan);
    let run = ledger::standing(&client, plan, schema).await?;
    let place = format!("schema `{schema}` of {}", target.describe());
    Ok(match run {
        Some(run) if run.is_partial() => {
            format!("plan {short} is rolled back in part on {place}, as run {}", run.id)
        }
        Some(run) => format!("plan {short} is applied to {place}, as run {}", run.id),
        None => format!("plan {short} is not applied to {place}"),
    })
}

/// Waits until somebody wants the program to end: Ctrl-C, or SIGTERM as supervisors send it.
pub(super) async fn interrupt() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// How a configuration has a load done; `strict` is said by whoever wants it.
pub(super) fn load_options(config: &Config, progress: Progress) -> Options<'_> {
    Options {
        names: &config.names,
        declared: config.declared,
        triggers: config.triggers,
        strategy: config.strategy,
        audit: config.audit,
        visibility: &config.visibility,
        waits: config.waits,
        strict: false,
        progress,
    }
}

/// The configuration of a command on a database.
pub(super) fn configure(database: &cli::Database) -> Result<Config, Error> {
    let overrides = Overrides {
        schema: database.schema_name.clone(),
        lock_wait_s: database.lock_wait,
        ..Overrides::default()
    };
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
