//! Questions on a terminal: they hold nothing while they wait, and an interrupt ends them.

use std::io::{Read as _, Write as _};
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pty, open};

use crate::support::case::{Case, path, success};

/// A program on a terminal of its own.
struct Terminal {
    child: Child,
    pty: Arc<Pty>,
    said: Arc<Mutex<String>>,
}

impl Terminal {
    fn run(args: &[&str]) -> Self {
        let (pty, pts) = open().expect("a terminal can be made");
        let command = Command::new(env!("CARGO_BIN_EXE_orgfold")).args(args);
        let child = command.spawn(pts).expect("the binary runs");
        let (pty, said) = (Arc::new(pty), Arc::new(Mutex::new(String::new())));
        let (reader, heard) = (Arc::clone(&pty), Arc::clone(&said));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Ends with an error once nobody has the other end open any more.
            while let Ok(length @ 1..) = (&*reader).read(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                heard.lock().expect("no panic while it was held").push_str(&text);
            }
        });
        Self { child, pty, said }
    }

    fn said(&self) -> String {
        self.said.lock().expect("no panic while it was held").clone()
    }

    fn wait_for(&self, words: &str) {
        let begun = Instant::now();
        while !self.said().contains(words) {
            assert!(begun.elapsed() < Duration::from_secs(30), "`{words}` not in: {}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn type_in(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    fn terminate(&self) {
        let id = self.child.id().to_string();
        let kill = std::process::Command::new("kill").args(["-TERM", &id]).status();
        assert!(kill.expect("kill is there").success());
    }

    /// The exit code, and all that was said.
    fn end(mut self) -> (Option<i32>, String) {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the child can be waited for") {
                break status;
            }
            if begun.elapsed() > Duration::from_secs(20) {
                self.child.kill().expect("the child can be killed");
                panic!("it goes on: {}", self.said());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        std::thread::sleep(Duration::from_millis(100));
        (status.code(), self.said())
    }
}

/// Locks on tables of the application and open transactions, other than ours.
async fn held(case: &Case) -> i64 {
    let query = "select (select count(*) from pg_locks l join pg_class c on c.oid = l.relation \
                   join pg_namespace n on n.oid = c.relnamespace \
                   where n.nspname = 'public' and l.pid <> pg_backend_pid() \
                     and l.database = (select oid from pg_database where datname = current_database())) \
                 + (select count(*) from pg_stat_activity where datname = current_database() \
                   and pid <> pg_backend_pid() and xact_start is not null)";
    case.client.query_one(query, &[]).await.expect("a count").get(0)
}

#[tokio::test]
async fn a_question_holds_nothing_and_an_interrupt_ends_it() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    let url = case.database.url();
    let id = plan.file_name().and_then(|name| name.to_str()).expect("a plan's directory");
    let apply = ["apply", path(&plan), "--database", &url, "--quiet"];
    let rollback = ["rollback", id, "--database", &url, "--quiet"];
    for (args, question, state) in [
        (
            &apply,
            format!("Apply plan {id}"),
            format!("plan {id} is not applied to schema `public`"),
        ),
        (&rollback, "Roll back?".to_owned(), format!("plan {id} is applied to schema `public`")),
    ] {
        if *args == rollback {
            success(&case.apply(&plan, &[]));
        }
        for end in [|it: &Terminal| it.type_in("\x03"), Terminal::terminate] {
            let terminal = Terminal::run(args);
            terminal.wait_for(&question);
            assert_eq!(held(&case).await, 0, "held at `{question}`");
            end(&terminal);
            let (code, said) = terminal.end();
            assert_eq!(code, Some(130), "{said}");
            assert!(said.contains("interrupted") && said.contains(&state), "{said}");
        }
    }
    let terminal = Terminal::run(&rollback);
    terminal.wait_for("Roll back?");
    terminal.type_in("n\n");
    let (code, said) = terminal.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("nothing was changed"), "{said}");
    let terminal = Terminal::run(&rollback);
    terminal.wait_for("Roll back?");
    terminal.type_in("y\n");
    let (code, said) = terminal.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("rolled back"), "{said}");
}

#[tokio::test]
async fn an_interrupt_while_it_works_says_what_is_so_now() {
    let case = Case::new("factory-pulse", "rehome").await;
    let plan = case.approved();
    let url = case.database.url();
    let id = plan.file_name().and_then(|name| name.to_str()).expect("a plan's directory");
    success(&case.apply(&plan, &[]));
    // It waits for somebody's row, in the middle of its transaction.
    let writer = case.database.connect().await;
    writer
        .batch_execute(
            "begin; select 1 from public.projects where customer_organization_id is not null for update",
        )
        .await
        .expect("rows are held");
    let config = case.folder.path().join("patient.toml");
    std::fs::write(&config, "[load]\nlock_ms = 60000\n").expect("writable");
    let args = ["rollback", id, "--database", &url, "--yes", "--config", path(&config)];
    let terminal = Terminal::run(&args);
    let waits = "select count(*) from pg_stat_activity where datname = current_database() \
                 and wait_event_type = 'Lock' and pid <> pg_backend_pid()";
    let begun = Instant::now();
    while case.client.query_one(waits, &[]).await.expect("a count").get::<_, i64>(0) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", terminal.said());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    terminal.terminate();
    let (code, said) = terminal.end();
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains(&format!("plan {id} is applied to schema `public`")), "{said}");
    writer.batch_execute("rollback").await.expect("a connection");
    success(&case.rollback(&plan, &["--drop-schema-changes"]));
}
