//! Receipts: what a rehearsal, an apply or a rollback did, as files beside the plan. Not a part of
//! the plan's hash.

use std::path::{Path, PathBuf};

use super::Error;
use super::approval::{RECEIPTS, Shown};

/// What the last preflight of a plan showed, if there was one.
pub fn last_preflight(plan: &Path) -> Option<Shown> {
    let named = |number: u32| format!("preflight-{number}.json");
    let paths = (1..).map(|number| (named(number), plan.join(RECEIPTS).join(named(number))));
    let read = paths.map_while(|(name, path)| Some((name, std::fs::read(path).ok()?)));
    let (receipt, bytes) = read.last()?;
    let mut facts: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    let place = serde_json::from_value(facts.get_mut("place")?.take()).ok()?;
    let statements = serde_json::from_value(facts.get_mut("statements")?.take()).ok()?;
    Some(Shown { receipt, place, statements })
}

/// Writes a file into the plan's `receipts/`, under the next free number: `apply-1.json`.
///
/// # Errors
/// The file system.
pub fn write(plan: &Path, kind: &str, extension: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
    let folder = plan.join(RECEIPTS);
    std::fs::create_dir_all(&folder).map_err(unwritable(&folder))?;
    for number in 1..u32::MAX {
        let path = folder.join(format!("{kind}-{number}.{extension}"));
        // Never over another receipt, also when two write at once.
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                let written = std::io::Write::write_all(&mut file, bytes);
                let written = written.and_then(|()| file.sync_all());
                return written.map_err(unwritable(&path)).map(|()| path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unwritable(&path)(error)),
        }
    }
    unreachable!("fewer receipts than 2^32")
}

fn unwritable(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { action: "write", path, source }
}

/// A receipt of something that changes a database. It is there before the change begins, so that a
/// folder that cannot be written is found out in time, and whoever finds one that was never
/// completed knows what to look for.
#[derive(Debug)]
pub struct Begun {
    path: PathBuf,
    object: serde_json::Map<String, serde_json::Value>,
}

/// Writes a receipt that says what is about to be done.
///
/// # Errors
/// The file system.
pub fn begin(
    plan: &Path,
    kind: &str,
    mut object: serde_json::Map<String, serde_json::Value>,
) -> Result<Begun, Error> {
    object.insert("kind".to_owned(), kind.into());
    object.insert("state".to_owned(), "begun".into());
    let path = write(plan, kind, "json", &pretty(&object))?;
    Ok(Begun { path, object })
}

/// Completes the receipts of a kind that were only begun: whoever began them did not live to hear
/// how it ended, which is known by now.
///
/// # Errors
/// The file system.
pub fn complete_begun(plan: &Path, kind: &str, state: &str) -> Result<(), Error> {
    for number in 1..u32::MAX {
        let path = plan.join(RECEIPTS).join(format!("{kind}-{number}.json"));
        let Ok(bytes) = std::fs::read(&path) else { break };
        let Ok(serde_json::Value::Object(object)) = serde_json::from_slice(&bytes) else {
            continue;
        };
        if object.get("state").is_some_and(|state| state == "begun") {
            Begun { path, object }.complete(state, serde_json::Map::new())?;
        }
    }
    Ok(())
}

fn pretty(object: &serde_json::Map<String, serde_json::Value>) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(object).expect("plain data");
    bytes.push(b'\n');
    bytes
}

impl Begun {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says in it how that ended, and more; the file is replaced whole.
    ///
    /// # Errors
    /// The file system.
    pub fn complete(
        mut self,
        state: &str,
        more: serde_json::Map<String, serde_json::Value>,
    ) -> Result<PathBuf, Error> {
        self.object.extend(more);
        self.object.insert("state".to_owned(), state.into());
        let mut draft = self.path.clone().into_os_string();
        draft.push(".part");
        let written = std::fs::write(&draft, pretty(&self.object));
        let moved = written.and_then(|()| std::fs::rename(&draft, &self.path));
        moved.map_err(unwritable(&self.path))?;
        Ok(self.path)
    }
}
