//! A server in front of the server, that loses a connection at a commit.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

/// What becomes of the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The server never hears it.
    Question,
    /// The client never hears the answer.
    Answer,
}

/// It passes everything on until the commit of a given number, and loses that connection.
pub(crate) struct Proxy {
    folder: TempDir,
}

const COMMIT: &[u8] = b"COMMIT\0";

impl Proxy {
    /// In front of the socket in a folder.
    pub(crate) fn new(behind: &Path, (lost, number): (Lost, u32)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).expect("a socket");
        let (behind, commits) = (behind.to_owned(), Arc::new(AtomicU32::new(0)));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (behind, commits) = (behind.clone(), Arc::clone(&commits));
                std::thread::spawn(move || pass(&client, &behind, &commits, (lost, number)));
            }
        });
        Self { folder }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

fn pass(client: &UnixStream, behind: &Path, commits: &AtomicU32, (lost, number): (Lost, u32)) {
    let server = UnixStream::connect(behind).expect("the server answers");
    let (mut from_server, mut to_client) = (
        server.try_clone().expect("a socket can be cloned"),
        client.try_clone().expect("a socket can be cloned"),
    );
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(std::net::Shutdown::Both);
    });
    let mut buffer = vec![0; 65536];
    let (mut from_client, mut to_server) = (client, &server);
    while let Ok(length @ 1..) = from_client.read(&mut buffer) {
        let sent = &buffer[..length];
        let is_commit = sent.ends_with(COMMIT);
        if is_commit && commits.fetch_add(1, Ordering::SeqCst) + 1 == number {
            let _ = client.shutdown(std::net::Shutdown::Both);
            if lost == Lost::Answer {
                let _ = to_server.write_all(sent);
                // It is to have committed, whoever listens.
                std::thread::sleep(std::time::Duration::from_millis(300));
            }
            break;
        }
        if to_server.write_all(sent).is_err() {
            break;
        }
    }
    let _ = server.shutdown(std::net::Shutdown::Both);
}
