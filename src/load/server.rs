//! A private Postgres for rehearsals and tests: found or installed, started, stopped.
//!
//! In: nothing but this machine. Out: a server on a unix socket in a folder of its own, that only
//! this program knows, with durability switched off. It holds one run's data and goes with it: a
//! supervisor (`supervise.sh`) stops the server and removes the folder as soon as this program
//! closes its end of a pipe, which dropping [`Server`] does, and so does any way to end, `kill -9`
//! included. Never listens on a network (for tests of connections, on this machine's own address),
//! never runs as root, never touches another server.

mod packages;

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::process::Command;

pub use crate::programs::{Binaries, Environment, FOLDER, SKIP_INSTALLED, Search, find_binaries};

use super::{Error, quote_ident};
use crate::connect::Target;
use crate::progress::Progress;

const SUPERVISE: &str = include_str!("server/supervise.sh");

/// Durability is of no use to what is thrown away.
const SETTINGS: [&str; 7] = [
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "max_connections=100",
    // Somebody may follow the changes of the copy as of the original.
    "wal_level=logical",
    "timezone=UTC",
    "log_timezone=UTC",
];

/// The only role of a new server: a superuser.
const USER: &str = "postgres";
/// The database that is connected to for making others.
const MAINTENANCE: &str = "postgres";
/// The number in the name of its socket, unless it listens on another port.
const PORT: u16 = 5432;
/// The oldest version that is supported.
const OLDEST: u32 = 14;
/// Bytes. The path of a unix socket has at most 107 on Linux and 103 on macOS.
const LONGEST_SOCKET: usize = 99;
/// How long a server may take to answer; it took 0.4 s on a loaded machine.
const START: Duration = Duration::from_mins(1);
/// How long `initdb` may take; it took 2 s on a loaded machine.
const INITDB: Duration = Duration::from_mins(3);
/// Between two looks whether it answers yet.
const PAUSE: Duration = Duration::from_millis(20);
/// Accounts without rights that a server may run as where we are root, the best first.
const ACCOUNTS: [&str; 3] = ["postgres", "_postgres", "nobody"];
/// Bytes of a program's complaint that an error repeats.
const COMPLAINT: usize = 400;

/// A private server, stopped and removed when it is dropped.
pub struct Server {
    supervisor: Supervisor,
    version: String,
    binaries: PathBuf,
}

/// What holds the server up; declared apart so that a start that fails half-way cleans up, too.
struct Supervisor {
    folder: PathBuf,
    process: Option<std::process::Child>,
    /// Where it listens beside its socket.
    port: Option<u16>,
}

/// An account of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Account {
    user: u32,
    group: u32,
}

impl Server {
    /// Finds or installs the programs, makes an empty cluster and starts it.
    ///
    /// # Errors
    /// No programs can be had, or they do not start; what was tried is in the message.
    pub async fn start(progress: Progress) -> Result<Self, Error> {
        Self::launch(progress, None).await
    }

    /// The same, reached through a port of 127.0.0.1 as well: for tests of connections. Who may
    /// come in is up to the test.
    ///
    /// # Errors
    /// As of [`Server::start`], or the port is taken.
    pub async fn listening(progress: Progress, port: u16) -> Result<Self, Error> {
        Self::launch(progress, Some(port)).await
    }

    async fn launch(progress: Progress, port: Option<u16>) -> Result<Self, Error> {
        let binaries = obtain(progress).await?;
        let (mut supervisor, account) = Supervisor::start(port)?;
        let binaries = usable(&binaries, &supervisor.folder, account.as_ref()).await?;
        supervisor.initialize(&binaries, account.as_ref()).await?;
        supervisor.launch(&binaries)?;
        let client = supervisor.wait().await?;
        let row = client
            .query_one("SELECT current_setting('server_version')", &[])
            .await
            .map_err(Error::database("ask the server for its version"))?;
        let version: String = row.get(0);
        // Distributions add their own name behind a blank.
        let version = version.split_whitespace().next().unwrap_or_default().to_owned();
        Ok(Self { supervisor, version, binaries })
    }

    /// A database of it, as its superuser.
    pub fn target(&self, database: &str) -> Target {
        self.supervisor.target(database)
    }

    /// The folder of its socket, which goes away with it.
    pub fn socket(&self) -> &Path {
        &self.supervisor.folder
    }

    /// For example `15.18`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where its programs are.
    pub fn binaries(&self) -> &Path {
        &self.binaries
    }

    /// Makes a database, empty or as a copy of a template to which nobody is connected.
    ///
    /// # Errors
    /// The name is taken, or the template is in use.
    pub async fn create_database(
        &self,
        name: &str,
        template: Option<&str>,
    ) -> Result<Target, Error> {
        create_database(&self.target(MAINTENANCE), name, template).await
    }
}

/// Makes a database on the server of a target; see [`Server::create_database`].
///
/// # Errors
/// No connection, the name is taken, or the template is in use.
pub async fn create_database(
    server: &Target,
    name: &str,
    template: Option<&str>,
) -> Result<Target, Error> {
    let client = server.connect().await?;
    let template = template.unwrap_or("template0");
    let statement =
        format!("CREATE DATABASE {} TEMPLATE {}", quote_ident(name), quote_ident(template));
    client.batch_execute(&statement).await.map_err(Error::database("create a database"))?;
    Ok(server.database(name))
}

/// Removes a database with those connected to it; none of that name is fine, too.
///
/// # Errors
/// No connection, or it is a template.
pub async fn drop_database(server: &Target, name: &str) -> Result<(), Error> {
    let client = server.connect().await?;
    let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote_ident(name));
    client.batch_execute(&statement).await.map_err(Error::database("drop a database"))
}

/// The programs: installed ones, packages unpacked before, else what a registry has.
async fn obtain(progress: Progress) -> Result<Binaries, Error> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let cache = packages::cache();
    let look = || {
        find_binaries(&Environment {
            variable: &variable,
            root: Path::new("/"),
            packages: &packages::folders(&cache),
        })
    };
    let mut search = look();
    if search.found.is_none() && variable(FOLDER).is_none() {
        let mut tried = search.tried;
        for way in [Way::Apt, Way::Npm, Way::Pip] {
            if let Err(why) = way.install(&cache, progress).await {
                tried.push(why);
                continue;
            }
            search = look();
            if let Some(found) = search.found {
                return Ok(found);
            }
            tried.extend(search.tried);
        }
        return Err(Error::NoServer(tried.join("; ")));
    }
    search.found.ok_or_else(|| Error::NoServer(search.tried.join("; ")))
}

/// How the programs can be had.
#[derive(Clone, Copy)]
enum Way {
    Apt,
    Npm,
    Pip,
}

impl Way {
    async fn install(self, cache: &Path, progress: Progress) -> Result<(), String> {
        let name = match self {
            Self::Apt => "apt-get",
            Self::Npm => "npm",
            Self::Pip => "pip",
        };
        if let Self::Apt = self {
            if std::env::var_os(SKIP_INSTALLED).is_some() {
                return Err("apt-get is left out, as installed programs are hidden".to_owned());
            }
            let mut id = Command::new("id");
            id.arg("-u");
            if run(id, START).await.map_or(true, |user| user.trim() != "0") {
                return Err("apt-get needs root".to_owned());
            }
        }
        let stage = progress.stage(&format!("install PostgreSQL by {name}"), 0);
        let outcome = match self {
            Self::Apt => packages::apt().await,
            Self::Npm => packages::npm(cache).await,
            Self::Pip => packages::pip(cache).await,
        };
        stage.finish(if outcome.is_ok() { "done" } else { "failed" });
        outcome
    }
}

/// Checks that the account can run the programs, and that they are not too old. A package where
/// the account may not go (root's own folder) is copied into the server's folder.
async fn usable(
    binaries: &Binaries,
    folder: &Path,
    account: Option<&Account>,
) -> Result<PathBuf, Error> {
    let ask = async |programs: &Path| {
        let mut command = command(&programs.join("postgres"), folder, account);
        command.arg("--version");
        run(command, START).await
    };
    let mut programs = binaries.folder.clone();
    let mut answer = ask(&programs).await;
    if let (Err(_), Some(package)) = (&answer, &binaries.package) {
        let copy = folder.join("programs");
        let mut cp = Command::new("cp");
        cp.arg("-R").arg(package).arg(&copy);
        run(cp, INITDB).await.map_err(|why| Error::NoServer(format!("cp: {why}")))?;
        let inside = binaries.folder.strip_prefix(package).unwrap_or(&binaries.folder);
        programs = copy.join(inside);
        answer = ask(&programs).await;
    }
    let named = binaries.folder.display();
    let answer = answer.map_err(|why| Error::NoServer(format!("{named}/postgres: {why}")))?;
    // `postgres (PostgreSQL) 15.18 (Debian …)`, or `17beta1`
    let major = answer.split_whitespace().nth(2).and_then(|version| {
        let digits = version.split(|letter: char| !letter.is_ascii_digit()).next()?;
        digits.parse::<u32>().ok()
    });
    match major {
        Some(major) if major >= OLDEST => Ok(programs),
        _ => Err(Error::NoServer(format!("{named}/postgres is older than version {OLDEST}"))),
    }
}

impl Supervisor {
    /// Makes the folder, and starts the one who will remove it. It is in a group of its own:
    /// Ctrl-C on a terminal reaches us, and we decide when a server ends.
    fn start(port: Option<u16>) -> Result<(Self, Option<Account>), Error> {
        let mut supervisor = Self { folder: folder()?, process: None, port };
        let folder = &supervisor.folder;
        let account = account(folder)?;
        if let Some(account) = &account {
            let given = std::os::unix::fs::chown(folder, Some(account.user), Some(account.group));
            given.map_err(|source| Error::Io {
                action: "give away",
                path: folder.clone(),
                source,
            })?;
        }
        let mut command = std::process::Command::new("sh");
        prepare(&mut command, folder, account.as_ref());
        command.args(["-c", SUPERVISE, "supervise"]).arg(folder);
        command.arg("-D").arg(supervisor.data());
        let sockets = format!("unix_socket_directories={}", folder.display());
        let addresses = format!("listen_addresses={}", port.map_or("", |_| "127.0.0.1"));
        let port = format!("port={}", supervisor.port());
        for setting in SETTINGS.into_iter().chain([&*sockets, &*addresses, &*port]) {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let started = command.process_group(0).spawn();
        supervisor.process =
            Some(started.map_err(|error| Error::NoServer(format!("sh: {error}")))?);
        Ok((supervisor, account))
    }

    fn port(&self) -> u16 {
        self.port.unwrap_or(PORT)
    }

    fn target(&self, database: &str) -> Target {
        Target::socket(&self.folder, USER, database).at(self.port())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Lets the supervisor start the server.
    fn launch(&mut self, programs: &Path) -> Result<(), Error> {
        let program = programs.join("postgres");
        let input = self.process.as_mut().and_then(|process| process.stdin.as_mut());
        let input = input.expect("the supervisor was started with an open input");
        let written = writeln!(input, "{}", program.display());
        written.map_err(|error| Error::NoServer(format!("its supervisor ended: {error}")))
    }

    async fn initialize(&self, programs: &Path, account: Option<&Account>) -> Result<(), Error> {
        let mut initdb = command(&programs.join("initdb"), &self.folder, account);
        initdb.args(["-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8", "-U", USER, "-D"]);
        initdb.arg(self.data());
        let made = run(initdb, INITDB).await;
        made.map(drop).map_err(|why| Error::NoServer(format!("initdb: {why}")))
    }

    /// Waits until the server answers.
    async fn wait(&self) -> Result<tokio_postgres::Client, Error> {
        let begun = Instant::now();
        let target = self.target(MAINTENANCE);
        loop {
            let error = match target.connect().await {
                Ok(client) => return Ok(client),
                Err(error) => error,
            };
            let ended = self.folder.join("ended").exists();
            if ended || begun.elapsed() > START {
                let log = std::fs::read(self.folder.join("log")).unwrap_or_default();
                let why = complaint(&log).unwrap_or_else(|| error.to_string());
                let what = if ended { "ended at once" } else { "does not answer" };
                return Err(Error::NoServer(format!("postgres {what}: {why}")));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // The end of its input is what the supervisor waits for.
            drop(process.stdin.take());
            let _ = process.wait();
        }
        // Only what a start that failed left behind: the supervisor removes its folder itself.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Makes a folder whose socket has a short enough path, closed to others.
fn folder() -> Result<PathBuf, Error> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let process = std::process::id();
    let mut base = std::env::temp_dir();
    let longest = base.join("orgfold-4294967295-4294967295/.s.PGSQL.5432");
    if longest.as_os_str().len() > LONGEST_SOCKET {
        base = PathBuf::from("/tmp");
    }
    loop {
        // No chance and no clock: whoever had this process id before left at most a folder.
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let folder = base.join(format!("orgfold-{process}-{number}"));
        match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(Error::Io { action: "create", path: folder, source }),
        }
    }
}

/// Whom the server runs as: nobody else, unless a folder made by us belongs to root.
fn account(folder: &Path) -> Result<Option<Account>, Error> {
    let read = |path: &Path| -> Result<u32, Error> {
        let metadata = std::fs::metadata(path);
        metadata.map(|metadata| metadata.uid()).map_err(|source| Error::Io {
            action: "read",
            path: path.to_owned(),
            source,
        })
    };
    if read(folder)? != 0 {
        return Ok(None);
    }
    let known = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    ACCOUNTS.iter().find_map(|name| named(&known, name)).map(Some).ok_or_else(|| {
        let names = ACCOUNTS.join(", ");
        Error::NoServer(format!("it does not run as root, and there is no account of {names}"))
    })
}

/// An account in the text of `/etc/passwd`; never that of root.
fn named(known: &str, name: &str) -> Option<Account> {
    let mut fields = known
        .lines()
        .map(|line| line.split(':'))
        .find_map(|mut fields| if fields.next() == Some(name) { Some(fields) } else { None })?;
    let user = fields.nth(1)?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    (user != 0).then_some(Account { user, group })
}

/// A command of the server's account, in the server's folder.
fn command(program: &Path, folder: &Path, account: Option<&Account>) -> Command {
    let mut command = std::process::Command::new(program);
    prepare(&mut command, folder, account);
    Command::from(command)
}

fn prepare(command: &mut std::process::Command, folder: &Path, account: Option<&Account>) {
    if let Some(account) = account {
        // With the user, the standard library drops root's other groups as well.
        command.gid(account.group).uid(account.user);
    }
    command.current_dir(folder);
    // `PGDATA`, `PGPORT` and the like are about other servers.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command.env("LC_ALL", "C").env("TZ", "UTC");
}

/// Runs a command to its end: what it printed, or why it failed.
async fn run(mut command: Command, longest: Duration) -> Result<String, String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let output = match tokio::time::timeout(longest, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => {
            let program = Path::new(command.as_std().get_program());
            let name = program.file_name().unwrap_or(OsStr::new("?")).to_string_lossy();
            return Err(format!("cannot run {name}: {error}"));
        }
        Err(_) => return Err(format!("no answer within {} s", longest.as_secs())),
    };
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let why = complaint(&output.stderr).or_else(|| complaint(&output.stdout));
    Err(why.unwrap_or_else(|| output.status.to_string()))
}

/// The last lines of what a program said.
fn complaint(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines[lines.len().saturating_sub(4)..].join(" | ");
    let from = last.len().saturating_sub(COMPLAINT);
    let from = (from..=last.len()).find(|at| last.is_char_boundary(*at))?;
    (!last.is_empty()).then(|| last[from..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_away_though_nothing_was_started_in_it() {
        let (supervisor, _) = Supervisor::start(None).unwrap();
        let folder = supervisor.folder.clone();
        std::fs::create_dir(supervisor.data()).unwrap();
        drop(supervisor);
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn a_server_that_does_not_start_is_an_error_with_its_words() {
        let (mut supervisor, _) = Supervisor::start(None).unwrap();
        let programs = tempfile::tempdir().unwrap();
        std::fs::set_permissions(
            programs.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        let program = programs.path().join("postgres");
        std::fs::write(&program, "#!/bin/sh\necho 'FATAL: no luck' >&2\nexit 1\n").unwrap();
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        supervisor.launch(programs.path()).unwrap();
        let error = supervisor.wait().await.err().unwrap().to_string();
        assert!(error.contains("FATAL: no luck"), "{error}");
    }

    #[test]
    fn an_account_is_read_from_its_line_and_root_never_serves() {
        let known = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533:n:/:/bin/false\n\
                     toor:x:0:0::/:/bin/sh\n";
        assert_eq!(named(known, "nobody"), Some(Account { user: 65534, group: 65533 }));
        assert_eq!(named(known, "postgres"), None);
        assert_eq!(named(known, "toor"), None);
    }

    #[test]
    fn a_complaint_is_the_end_of_what_was_said() {
        assert_eq!(complaint(b"\n \n"), None);
        assert_eq!(complaint(b"one\n\ntwo\n").as_deref(), Some("one | two"));
        let long = "é".repeat(1000);
        assert!(complaint(long.as_bytes()).unwrap().len() <= COMPLAINT);
    }
}
