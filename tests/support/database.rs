//! A database for one test, on the server of the run.
//!
//! `make test` starts one server for all tests and names its socket folder in
//! `ORGFOLD_TEST_SERVER`. Without it (one test from an editor) the test starts its own, which
//! takes two seconds more. No server at all is a failure with the reason, never a pass.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use orgfold::connect::Target;
use orgfold::load::restore::{Beyond, Options, restore_dump};
use orgfold::load::server::{Server, create_database, drop_database};
use orgfold::progress::Progress;
use orgfold::schema::{Names, Schema};
use tokio_postgres::Client;

/// Serializes the making of templates; any number that nobody else uses.
const TEMPLATE_LOCK: i64 = 0x6f72_6766;

/// A database that is dropped at the end of its test.
pub(crate) struct Database {
    name: String,
    maintenance: Target,
    /// Kept only while it is needed.
    _own: Option<Server>,
}

/// The names of the samples: those of the declaration.
pub(crate) fn public() -> &'static Names {
    static PUBLIC: LazyLock<Names> = LazyLock::new(|| Names::in_schema("public"));
    &PUBLIC
}

/// How tests restore.
pub(crate) fn options() -> Options<'static> {
    let (names, declared) = (public(), Schema::shipped());
    Options { names, declared, beyond: Beyond::Report, progress: Progress::Silent }
}

/// A file of a sample.
pub(crate) fn sample(name: &str, file: &str) -> PathBuf {
    Path::new("samples").join(name).join(file)
}

/// A file of the application that has logins and policies.
pub(crate) fn portal(file: &str) -> PathBuf {
    Path::new("tests/fixtures/portal").join(file)
}

/// Schema and rows of a sample.
fn files_of(name: &str) -> [PathBuf; 2] {
    ["schema.sql", "dump-copy.sql"].map(|file| sample(name, file))
}

impl Database {
    /// A database without anything in it.
    pub(crate) async fn empty() -> Self {
        let (maintenance, own) = server().await;
        Self::copy(maintenance, own, None).await
    }

    /// The same, with a connection to it.
    pub(crate) async fn connected() -> (Self, Client) {
        let database = Self::empty().await;
        let client = database.connect().await;
        (database, client)
    }

    /// A database with schema and rows of a sample.
    pub(crate) async fn sample(name: &str) -> Self {
        let (maintenance, own) = server().await;
        let template = format!("base_{}", name.replace('-', "_"));
        make_template(&maintenance, &template, &files_of(name)).await;
        Self::copy(maintenance, own, Some(&template)).await
    }

    /// A database with the application that has logins and policies: see `tests/fixtures/portal`.
    pub(crate) async fn portal() -> Self {
        let (maintenance, own) = server().await;
        let files = ["schema.sql", "rows.sql"].map(portal);
        make_template(&maintenance, "base_portal", &files).await;
        Self::copy(maintenance, own, Some("base_portal")).await
    }

    /// The same on a server of its own.
    pub(crate) async fn on_own_server(name: &str) -> Self {
        let own = own_server().await;
        let maintenance = own.target("postgres");
        let template = format!("base_{}", name.replace('-', "_"));
        make_template(&maintenance, &template, &files_of(name)).await;
        Self::copy(maintenance, Some(own), Some(&template)).await
    }

    async fn copy(maintenance: Target, own: Option<Server>, template: Option<&str>) -> Self {
        let name = unique("t");
        create_database(&maintenance, &name, template).await.expect("the database is made");
        Self { name, maintenance, _own: own }
    }

    pub(crate) fn target(&self) -> Target {
        self.maintenance.database(&self.name)
    }

    /// What `--database` takes.
    pub(crate) fn url(&self) -> String {
        self.target().parameters()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) async fn connect(&self) -> Client {
        self.target().connect().await.expect("the database is there")
    }

    pub(crate) async fn connect_as(&self, role: &str) -> Client {
        let url = self.url().replace("user='postgres'", &format!("user='{role}'"));
        let target = Target::find(Some(&url)).expect("the url of a database");
        target.connect().await.expect("the role may log in")
    }

    /// The name of a role of this test alone: roles belong to the whole server.
    pub(crate) fn role(&self, name: &str) -> String {
        format!("{}_{name}", self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.maintenance.clone(), self.name.clone());
        // Another thread, since a test's own runtime cannot be waited for from inside of it.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be made").block_on(drop_database(&server, &name))
        })
        .join();
        if !std::thread::panicking() {
            dropped.expect("the thread ends").expect("the database is dropped");
        }
    }
}

/// A name that no other test of the run has.
pub(crate) fn unique(prefix: &str) -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{prefix}_{}_{number}", std::process::id())
}

async fn server() -> (Target, Option<Server>) {
    if let Ok(reason) = std::env::var("ORGFOLD_TEST_SERVER_ERROR") {
        panic!("this test needs a Postgres server: {reason}");
    }
    if let Some(folder) = std::env::var_os("ORGFOLD_TEST_SERVER") {
        return (Target::socket(Path::new(&folder), "postgres", "postgres"), None);
    }
    let own = own_server().await;
    (own.target("postgres"), Some(own))
}

async fn own_server() -> Server {
    match Server::start(Progress::Silent).await {
        Ok(server) => server,
        Err(error) => panic!("this test needs a Postgres server: {error}; {}", error.help()),
    }
}

/// Makes the template once for the whole run, by whichever test comes first.
async fn make_template(maintenance: &Target, template: &str, files: &[PathBuf]) {
    let client = maintenance.connect().await.expect("the server answers");
    let lock = format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})");
    client.batch_execute(&lock).await.expect("the lock is given");
    let there = client.query("SELECT FROM pg_database WHERE datname = $1", &[&template]).await;
    if !there.expect("the catalog can be read").is_empty() {
        return;
    }
    let draft = unique("draft");
    let target = create_database(maintenance, &draft, None).await.expect("the draft is made");
    let filling = target.connect().await.expect("the draft is there");
    for file in files {
        let restored = restore_dump(&filling, file, options()).await;
        restored.expect("the sample can be restored");
    }
    drop(filling);
    // The backend may take a moment to go.
    let rename = format!("ALTER DATABASE {draft} RENAME TO {template}");
    let mut tries = 0;
    while let Err(error) = client.batch_execute(&rename).await {
        tries += 1;
        assert!(tries < 200, "{error}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
