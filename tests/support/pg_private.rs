//! A Postgres server of this test run alone: on a unix socket, gone when the run is over.

#![allow(clippy::unwrap_used, reason = "a test without its server has failed")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use orgfold::connect::Target;
use tokio_postgres::Client;

/// An empty database of its own, and a connection to it as superuser.
pub(crate) async fn database() -> (Target, Client) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    static SERVER: OnceLock<PathBuf> = OnceLock::new();
    let directory = SERVER.get_or_init(start);
    let server = Target::socket(directory, "postgres", "postgres");
    let name = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let maintenance = server.connect().await.unwrap();
    maintenance.batch_execute(&format!("create database {name}")).await.unwrap();
    let target = server.database(&name);
    let client = target.connect().await.unwrap();
    (target, client)
}

/// The same database as another role.
pub(crate) async fn connect_as(client: &Client, role: &str) -> Client {
    let statement = "select current_database()::text, current_setting('unix_socket_directories')";
    let row = client.query_one(statement, &[]).await.unwrap();
    let directory: String = row.get(1);
    Target::socket(Path::new(&directory), role, row.get(0)).connect().await.unwrap()
}

fn binaries() -> PathBuf {
    if let Some(named) = std::env::var_os("PG_BIN") {
        return named.into();
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    found.sort();
    found.pop().expect("PostgreSQL is needed: install it, or set PG_BIN to the folder of initdb")
}

/// The server runs under a shell that stops it and cleans up when our end of a pipe closes, which
/// happens however this process ends.
fn start() -> PathBuf {
    const SCRIPT: &str = r#"
        "$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --no-locale -N >"$2/log" 2>&1 || exit 1
        "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off \
            -c wal_level=logical -c max_connections=200 >>"$2/log" 2>&1 &
        read -r _
        kill -INT $!
        wait $!
        rm -rf "$2"
    "#;
    let directory = tempfile::tempdir().unwrap().keep();
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| {
        use std::os::unix::fs::MetadataExt as _;
        process.uid() == 0
    });
    let mut command = if is_root {
        assert!(Command::new("chown").arg("postgres").arg(&directory).status().unwrap().success());
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    command.args(["-c", SCRIPT, "sh"]).arg(binaries()).arg(&directory).current_dir("/");
    #[expect(clippy::zombie_processes, reason = "it outlives this function, and ends when we do")]
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    std::mem::forget(child.stdin.take());
    let ready = binaries().join("pg_isready");
    for _ in 0..600 {
        let asked = Command::new(&ready).arg("-q").arg("-h").arg(&directory).status().unwrap();
        if asked.success() {
            return directory;
        }
        assert!(child.try_wait().unwrap().is_none(), "the server did not start: see its log");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("the server does not answer");
}
