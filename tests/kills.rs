//! Kills at any time: of the program, of its session on the server, and of the server. Whenever it
//! is, a load or a rollback has happened whole or not at all.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use orgfold::load::picture::Compare;

use crate::support::case::{Case, equal, path};

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    /// The program, by `kill -9`.
    Program,
    /// Its session, as a DBA ends one.
    Session,
    /// The server: one of its processes by `kill -9`, so that it recovers from its log.
    Server,
}

const VICTIMS: [Victim; 3] = [Victim::Program, Victim::Session, Victim::Server];

const STRATEGIES: [&str; 2] = ["update", "rewrite"];

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        // The constants of Knuth's MMIX; the high bits are the good ones.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit.max(1)
    }
}

/// What was killed, and when.
#[derive(Debug, Default)]
struct Tally {
    in_flight: usize,
    too_late: usize,
}

struct Driver {
    case: Case,
    plan: std::path::PathBuf,
}

impl Driver {
    /// Applies the plan by a strategy, or undoes it with the schema.
    fn start(&self, is_applied: bool, strategy: &str) -> Child {
        let (url, out) = (self.case.database.url(), self.case.out());
        let id = self.plan.file_name().and_then(|name| name.to_str()).expect("a plan's directory");
        let args = if is_applied {
            let rollback = ["rollback", id, "--out", path(&out), "--drop-schema-changes"];
            rollback.to_vec()
        } else {
            ["apply", path(&self.plan)].to_vec()
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_orgfold"));
        command.args(args).args(["--yes", "--quiet", "--database", &url]);
        command.env("ORGFOLD_STRATEGY", strategy);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the binary runs")
    }

    /// How long it takes undisturbed.
    fn time(&self, is_applied: bool) -> u64 {
        let begun = Instant::now();
        let ended = self.start(is_applied, STRATEGIES[0]).wait().expect("it ends");
        assert!(ended.success(), "undisturbed, it works");
        u64::try_from(begun.elapsed().as_millis()).expect("it takes no ages")
    }

    /// Whether the plan is applied, as the ledger says.
    async fn is_applied(&self) -> bool {
        let there = "select to_regclass('orgfold.run') is not null";
        let row = self.case.client.query_one(there, &[]).await.expect("an answer");
        if !row.get::<_, bool>(0) {
            return false;
        }
        let applied = "select exists (select from orgfold.run where state = 'applied')";
        self.case.client.query_one(applied, &[]).await.expect("an answer").get(0)
    }

    /// Kills somebody; says whether it was in time.
    async fn kill(&self, victim: Victim, child: &mut Child) -> bool {
        if child.try_wait().expect("it can be asked").is_some() {
            return false;
        }
        if victim == Victim::Program {
            child.kill().expect("it can be killed");
            return true;
        }
        let sessions = "select pid from pg_stat_activity where datname = current_database() \
                        and pid <> pg_backend_pid() and backend_type = 'client backend'";
        let found = self.case.client.query(sessions, &[]).await.expect("an answer");
        for row in &found {
            let pid: i32 = row.get(0);
            if victim == Victim::Session {
                let end = "select pg_terminate_backend($1)";
                self.case.client.query(end, &[&pid]).await.expect("an answer");
            } else {
                let kill = Command::new("kill").args(["-9", &pid.to_string()]).status();
                kill.expect("kill is there");
            }
        }
        !found.is_empty()
    }

    /// Waits until the server answers, and nobody else is at work on the database.
    async fn settle(&mut self) {
        let begun = Instant::now();
        let patience = Duration::from_mins(1);
        loop {
            assert!(begun.elapsed() < patience, "the server does not come back");
            tokio::time::sleep(Duration::from_millis(50)).await;
            let Ok(client) = self.case.database.target().connect().await else { continue };
            let others = "select count(*) from pg_stat_activity where datname = current_database() \
                          and pid <> pg_backend_pid() and backend_type = 'client backend'";
            self.case.client = client;
            match self.case.client.query_one(others, &[]).await {
                Ok(row) if row.get::<_, i64>(0) == 0 => return,
                _ => {}
            }
        }
    }
}

async fn kills(mode: &'static str, count: usize, seed: u64) -> Tally {
    let case = Case::on_own_server("factory-pulse", mode).await;
    let plan = case.approved();
    let before = case.picture().await;
    let mut driver = Driver { case, plan };
    let times = [driver.time(false), driver.time(true)];
    let (mut numbers, mut tally) = (Numbers(seed), Tally::default());
    for number in 0..count {
        let was_applied = driver.is_applied().await;
        let strategy = STRATEGIES[number / VICTIMS.len() % STRATEGIES.len()];
        let mut child = driver.start(was_applied, strategy);
        let moment = numbers.below(times[usize::from(was_applied)]);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        let victim = VICTIMS[number % VICTIMS.len()];
        if driver.kill(victim, &mut child).await {
            tally.in_flight += 1;
        } else {
            tally.too_late += 1;
        }
        child.wait().expect("it ends");
        driver.settle().await;
        let case = &driver.case;
        let what = format!("{mode} by {strategy}, kill {number} of {victim:?} after {moment} ms");
        if driver.is_applied().await {
            assert!(case.is_settled().await, "{what}: neither before nor after");
        } else {
            // What the expand step added counts as before; a rollback takes it along.
            let same = if was_applied { Compare::DataAndCatalog } else { Compare::Data };
            equal(&before, &case.picture_like(&before).await, same);
        }
    }
    if driver.is_applied().await {
        driver.time(true);
    }
    equal(&before, &driver.case.picture_like(&before).await, Compare::Data);
    tally
}

#[tokio::test]
async fn a_few_kills_leave_before_or_after() {
    kills("link", 6, 20_310_204).await;
}

/// `make kill-test`.
#[tokio::test]
#[ignore = "takes minutes: make kill-test runs it"]
async fn many_kills_leave_before_or_after() {
    let count = std::env::var("ORGFOLD_KILLS").ok().and_then(|count| count.parse().ok());
    let count: usize = count.unwrap_or(200);
    for (mode, seed) in [("rehome", 1), ("link", 2)] {
        let tally = kills(mode, count / 2, seed).await;
        #[allow(clippy::print_stdout, reason = "what the run found out")]
        {
            println!("{mode}: {tally:?}, none between");
        }
    }
}
