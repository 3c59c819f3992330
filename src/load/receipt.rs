//! Receipts: what a rehearsal, an apply or a rollback did, as files beside the plan. Not a part of
//! the plan's hash.

use std::path::{Path, PathBuf};

use super::Error;
use super::approval::RECEIPTS;

/// The hash of the DDL that the last preflight of a plan showed, if there was one.
pub fn last_ddl(plan: &Path) -> Option<String> {
    (1..)
        .map(|number| plan.join(RECEIPTS).join(format!("preflight-{number}.json")))
        .map_while(|path| std::fs::read(path).ok())
        .last()
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .and_then(|receipt| receipt.get("ddl")?.as_str().map(str::to_owned))
}

/// Writes a file into the plan's `receipts/`, under the next free number: `apply-1.json`.
///
/// # Errors
/// The file system.
pub fn write(plan: &Path, kind: &str, extension: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
    let folder = plan.join(RECEIPTS);
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Io { action: "write", path, source }
    };
    std::fs::create_dir_all(&folder).map_err(io(&folder))?;
    for number in 1..u32::MAX {
        let path = folder.join(format!("{kind}-{number}.{extension}"));
        // Never over another receipt, also when two write at once.
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                let written = std::io::Write::write_all(&mut file, bytes);
                return written.and_then(|()| file.sync_all()).map_err(io(&path)).map(|()| path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(io(&path)(error)),
        }
    }
    unreachable!("fewer receipts than 2^32")
}
