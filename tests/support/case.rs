//! A database with a sample's rows, a plan made from it, and the commands on both.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use futures_util::TryStreamExt as _;
use orgfold::commands::plan as plan_snapshot;
use orgfold::config::{self, Overrides};
use orgfold::extract::{Snapshot, Source, TableBuilder};
use orgfold::load::picture::{Compare, Picture};
use orgfold::schema::{Kind, Schema, Table};
use orgfold::transform::Decisions;
use tempfile::TempDir;
use tokio_postgres::Client;

use super::database::Database;

const ROLES: [&str; 4] = ["technical-lead", "product-owner", "dba", "qa-lead"];

/// A database with a sample's rows, and a plan made from it.
pub(crate) struct Case {
    pub(crate) database: Database,
    pub(crate) client: Client,
    pub(crate) folder: TempDir,
    mode: &'static str,
    pub(crate) source: PathBuf,
}

impl Case {
    pub(crate) async fn new(sample: &str, mode: &'static str) -> Self {
        let database = Database::sample(sample).await;
        let client = database.connect().await;
        let rows = super::database::sample(sample, "dump-copy.sql");
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { database, client, folder, mode, source: rows }
    }

    /// The application that has logins and policies: two tenants, one a customer of the other.
    pub(crate) async fn portal(mode: &'static str) -> Self {
        let database = Database::portal().await;
        let client = database.connect().await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let source = super::database::portal("rows.sql");
        Self { database, client, folder, mode, source }
    }

    /// The same on a server that no other test knows, which may be killed.
    pub(crate) async fn on_own_server(sample: &str, mode: &'static str) -> Self {
        let database = Database::on_own_server(sample).await;
        let client = database.connect().await;
        let source = super::database::sample(sample, "dump-copy.sql");
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { database, client, folder, mode, source }
    }

    /// The hard story, without the second primary contact point that one of its projects has on
    /// purpose: a load is refused until there is one.
    pub(crate) async fn two_tenants(mode: &'static str) -> Self {
        const SECOND: &str = "e0000000-0000-4000-8000-000000000003";
        let mut case = Self::new("two-tenants", mode).await;
        case.execute(&format!("delete from public.project_contact_points where id = '{SECOND}'"))
            .await;
        let text = std::fs::read_to_string(&case.source).expect("the dump is text");
        let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with(SECOND)).collect();
        case.source = case.folder.path().join("source.sql");
        std::fs::write(&case.source, kept.join("\n") + "\n").expect("a file of the test's own");
        case
    }

    pub(crate) async fn execute(&self, statements: &str) {
        self.client.batch_execute(statements).await.expect("the statements are right");
    }

    /// The rows as they are now, read as a source would be.
    pub(crate) async fn snapshot(&self) -> Snapshot {
        let source = Source::in_schema("live", "public");
        let mut frames = std::collections::BTreeMap::new();
        for table in Table::ALL {
            let query = "select column_name::text from information_schema.columns where table_schema = 'public' and table_name = $1";
            let found = self.client.query(query, &[&table.name()]).await.expect("a query");
            let found: Vec<String> = found.iter().map(|row| row.get(0)).collect();
            if found.is_empty() {
                continue;
            }
            let names: Vec<&str> = Schema::shipped()
                .columns(table)
                .iter()
                .map(|column| column.field.name())
                .filter(|name| found.iter().any(|found| found == name))
                .collect();
            let list: Vec<String> = names
                .iter()
                .map(|name| {
                    let kind = Schema::shipped()
                        .columns(table)
                        .iter()
                        .find(|column| column.field.name() == *name);
                    match kind.map(|column| column.kind) {
                        Some(Kind::Timestamp) => {
                            format!(
                                "to_char(\"{name}\" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
                            )
                        }
                        _ => format!("\"{name}\"::text"),
                    }
                })
                .collect();
            let query = format!("select {} from public.{}", list.join(", "), table.name());
            let mut builder = TableBuilder::new(table, &source, &source.paths[0]);
            let layout = builder.layout(1, &names).expect("the declared columns");
            for row in self.client.query(&query, &[]).await.expect("a query") {
                let cells: Vec<Option<String>> = (0..names.len()).map(|at| row.get(at)).collect();
                let cells: Vec<_> =
                    cells.iter().map(|cell| cell.as_ref().map(|c| c.as_bytes().into())).collect();
                builder.push(&layout, 1, &cells).expect("a typed row");
            }
            frames.insert(table, builder.finish().expect("unique keys"));
        }
        Snapshot::new(source.declared, frames)
    }

    /// Whether planning what the database holds now finds nothing to do.
    pub(crate) async fn is_settled(&self) -> bool {
        let mode = if self.mode == "link" {
            Some(orgfold::cli::Mode::Link)
        } else {
            Some(orgfold::cli::Mode::Rehome)
        };
        let overrides = Overrides { mode, ..Overrides::default() };
        let config = config::load(None, &overrides).expect("the defaults are valid");
        let planned = plan_snapshot(&self.snapshot().await, &config, &Decisions::default());
        planned.expect("no decisions, no contradictions").manifest.is_empty()
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.folder.path().join("reports")
    }

    pub(crate) fn plan(&self) -> PathBuf {
        let out = self.out();
        let args =
            ["plan", path(&self.source), "--mode", self.mode, "--out", path(&out), "--quiet"];
        success(&run(&args, &[]));
        self.directory()
    }

    pub(crate) fn directory(&self) -> PathBuf {
        let entries = std::fs::read_dir(self.out()).expect("plans were written");
        entries.flatten().next().expect("one plan").path()
    }

    pub(crate) fn approved(&self) -> PathBuf {
        let plan = self.plan();
        self.approve(&plan);
        plan
    }

    pub(crate) fn apply(&self, plan: &Path, environment: &[(&str, &str)]) -> Output {
        let url = self.database.url();
        run(&["apply", path(plan), "--database", &url, "--yes", "--quiet"], environment)
    }

    /// A configuration that says what happens to triggers.
    pub(crate) fn with_triggers(&self, triggers: &str) -> PathBuf {
        let config = self.folder.path().join("triggers.toml");
        std::fs::write(&config, format!("[load]\ntriggers = \"{triggers}\"\n")).expect("writable");
        config
    }

    /// A configuration of the test's own.
    pub(crate) fn config(&self, text: &str) -> PathBuf {
        let config = self.folder.path().join("own.toml");
        std::fs::write(&config, text).expect("writable");
        config
    }

    /// An apply under a configuration of its own.
    pub(crate) fn apply_under(&self, config: &Path, plan: &Path) -> Output {
        let url = self.database.url();
        let args = ["apply", path(plan), "--database", &url, "--yes", "--quiet", "--config"];
        run(&[&args[..], &[path(config)]].concat(), &[])
    }

    pub(crate) fn rollback(&self, plan: &Path, more: &[&str]) -> Output {
        let url = self.database.url();
        let id = plan.file_name().and_then(|name| name.to_str()).expect("a plan's directory");
        let mut args = vec!["rollback", id, "--database", &url, "--yes"];
        args.extend(more);
        let output = run(&args, &[]);
        // A rollback ends the approvals; what is loaded again is approved again.
        if output.status.success() && !more.contains(&"--look") {
            self.approve(plan);
        }
        output
    }

    pub(crate) async fn picture(&self) -> Picture {
        let mut client = self.database.connect().await;
        Picture::take(&mut client, &["orgfold"]).await.expect("the database can be read")
    }

    /// What was there when a picture was taken, as it is now.
    pub(crate) async fn picture_like(&self, before: &Picture) -> Picture {
        let mut client = self.database.connect().await;
        Picture::take_like(&mut client, before).await.expect("the database can be read")
    }

    /// The tables as foreign CSV files, every empty string as NULL.
    pub(crate) async fn export(&self) -> PathBuf {
        let folder = self.folder.path().join("export");
        std::fs::create_dir_all(&folder).expect("writable");
        for table in ["organizations", "users", "contacts", "projects", "project_contact_points"] {
            let there = "select to_regclass('public.' || $1) is not null";
            let there = self.client.query_one(there, &[&table]).await.expect("a query");
            if !there.get::<_, bool>(0) {
                continue;
            }
            let copy = format!("copy public.{table} to stdout with (format csv, header)");
            let stream = self.client.copy_out(&copy).await.expect("a copy");
            let chunks: Vec<bytes::Bytes> = stream.try_collect().await.expect("the rows");
            std::fs::write(folder.join(format!("{table}.csv")), chunks.concat()).expect("writable");
        }
        folder
    }

    /// Every role approves, each by a person of its own, after a look whatever it says.
    pub(crate) fn approve(&self, plan: &Path) {
        let url = self.database.url();
        run(&["preflight", path(plan), "--database", &url], &[]);
        Self::approve_seen(plan);
    }

    /// The same after a look under a configuration.
    pub(crate) fn approve_under(&self, config: &Path, plan: &Path) {
        let url = self.database.url();
        run(&["preflight", path(plan), "--database", &url, "--config", path(config)], &[]);
        Self::approve_seen(plan);
    }

    fn approve_seen(plan: &Path) {
        for role in ROLES {
            let by = format!("A. Person of {role}");
            success(&run(&["approve", path(plan), "--role", role, "--by", &by], &[]));
        }
    }
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}

pub(crate) fn run(args: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orgfold"));
    command.args(args).envs(environment.iter().copied()).stdin(std::process::Stdio::null());
    command.output().expect("the binary runs")
}

#[track_caller]
pub(crate) fn success(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
pub(crate) fn refused(output: &Output, code: i32, words: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(words), "`{words}` is not in: {text}");
    assert!(text.contains("help: "), "{text}");
}

#[track_caller]
pub(crate) fn equal(before: &Picture, after: &Picture, what: Compare) {
    let differences = Picture::difference(before, after, what);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
