//! Dumps in the formats that only `pg_restore` reads: custom, directory, tar.
//!
//! In: a file or directory of one of them. Out: the text that `pg_restore` makes of it, while it
//! makes it. Nothing is restored: the program is asked for a script, and talks to no server.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

use super::error::Problem;
use crate::programs;

/// Bytes by which an archive is told.
pub(super) const HEAD: usize = 512;

/// The table of contents, which stands first in a tar archive and is a file of a directory.
const CONTENTS: &str = "toc.dat";

/// Where a tar archive has its mark.
const TAR_MARK: usize = 257;

/// Bytes of what the program says that are repeated.
const SAID: usize = 400;

/// Whether a file begins like an archive.
pub(super) fn is_archive(head: &[u8]) -> bool {
    let is_tar = head.get(TAR_MARK..).is_some_and(|rest| rest.starts_with(b"ustar"));
    head.starts_with(b"PGDMP") || is_tar && head.starts_with(CONTENTS.as_bytes())
}

/// Whether a directory is an archive.
pub(super) fn is_directory(path: &Path) -> bool {
    path.join(CONTENTS).is_file()
}

/// The text of an archive.
pub(super) struct Text {
    child: Child,
    output: ChildStdout,
    said: Option<JoinHandle<String>>,
}

impl Text {
    pub(super) fn of(path: &Path) -> Result<Self, Problem> {
        let program = programs::find_client("pg_restore").map_err(Problem::NoProgram)?;
        let mut command = Command::new(program);
        command.arg("--file=-").arg(path);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Problem::Io)?;
        let output = child.stdout.take().expect("its output is piped");
        let errors = child.stderr.take().expect("its errors are piped");
        // Read beside the text: a full pipe would stop the program.
        let said = std::thread::spawn(move || {
            let mut said = Vec::new();
            let mut errors = errors.take(SAID as u64);
            // What cannot be read of a message is not said.
            let _ = errors.read_to_end(&mut said);
            let _ = io::copy(&mut errors.into_inner(), &mut io::sink());
            String::from_utf8_lossy(&said).trim().replace('\n', "; ")
        });
        Ok(Self { child, output, said: Some(said) })
    }
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.output.read(buffer)?;
        if count == 0
            && !buffer.is_empty()
            && let Some(said) = self.said.take()
            && !self.child.wait()?.success()
        {
            let said = said.join().unwrap_or_default();
            return Err(io::Error::other(format!("pg_restore refuses it: {said}")));
        }
        Ok(count)
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        // One that has ended cannot be ended again, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
