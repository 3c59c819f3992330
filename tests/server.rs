//! The private server: starts, answers, and leaves nothing behind however it ends.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use orgfold::load::server::Server;
use orgfold::progress::Progress;

async fn start() -> Server {
    match Server::start(Progress::Silent).await {
        Ok(server) => server,
        Err(error) => panic!("this test needs a Postgres server: {error}; {}", error.help()),
    }
}

fn pid(folder: &Path) -> u32 {
    let text = std::fs::read_to_string(folder.join("pid")).expect("the supervisor wrote it");
    text.trim().parse().expect("it is a number")
}

fn runs(pid: u32) -> bool {
    let kill = Command::new("kill").args(["-0", &pid.to_string()]).stderr(Stdio::null()).status();
    kill.expect("kill is there").success()
}

#[tokio::test]
async fn a_server_that_is_dropped_leaves_no_process_and_no_folder() {
    let server = start().await;
    let (folder, pid) = (server.socket().to_owned(), pid(server.socket()));
    assert!(server.version().split('.').next().unwrap().parse::<u32>().unwrap() >= 14);
    let target = server.create_database("it's \"one\"", None).await.unwrap();
    let client = target.connect().await.unwrap();
    let row = client.query_one("SELECT current_setting('listen_addresses')", &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), "");
    assert!(runs(pid));
    assert!(server.socket().join(".s.PGSQL.5432").as_os_str().len() < 100);
    drop(server);
    assert!(!folder.exists());
    assert!(!runs(pid));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_of_root_runs_as_somebody_else() {
    use std::os::unix::fs::MetadataExt as _;
    let server = start().await;
    let folder = std::fs::metadata(server.socket()).unwrap();
    let process = std::fs::metadata(format!("/proc/{}", pid(server.socket()))).unwrap();
    assert_ne!(process.uid(), 0);
    assert_eq!(process.uid(), folder.uid());
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid(server.socket()))).unwrap();
    let groups = status.lines().find(|line| line.starts_with("Groups:")).unwrap();
    assert!(!groups.split_whitespace().any(|group| group == "0"), "{groups}");
    assert_eq!(folder.mode() & 0o777, 0o700);
}

#[test]
fn a_server_dies_with_a_program_that_is_killed() {
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "server::holds_a_server", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(program.stdout.take().unwrap());
    let folder = output
        .lines()
        .map_while(Result::ok)
        .find_map(|line| Some(line.split_once("folder: ")?.1.to_owned()))
        .expect("a server was started");
    let folder = Path::new(&folder);
    let pid = pid(folder);
    assert!(runs(pid));
    program.kill().unwrap();
    program.wait().unwrap();
    let begun = Instant::now();
    while folder.exists() || runs(pid) {
        assert!(begun.elapsed() < Duration::from_secs(20), "the server lives on");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
#[ignore = "run and killed by the test above"]
async fn holds_a_server() {
    let server = start().await;
    #[allow(clippy::print_stdout, reason = "this is how the test that runs it is told")]
    {
        println!("folder: {}", server.socket().display());
    }
    tokio::time::sleep(Duration::from_mins(1)).await;
}
