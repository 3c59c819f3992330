//! Gets the programs of a Postgres server from a package registry.
//!
//! Registries are asked by the name of a package, through their ordinary clients: `apt-get` as
//! root, `npm`, `pip`. Out: an unpacked package in a cache folder, whole or not at all.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;

use super::run;

/// Pinned: its binaries were tried (versions 14 to 18 are published, too).
const NPM_VERSION: &str = "15.18.0-beta.17";
/// A wheel with all programs and without contrib modules.
const PIP_PACKAGE: &str = "pgserver==0.1.4";

/// A registry that does not answer must not hold up the others for long.
const CLIENT: Duration = Duration::from_mins(4);
/// For the package manager of the system, which may have to wait for another one.
const SYSTEM: Duration = Duration::from_mins(15);

/// The folder of unpacked packages: beside the build inside the project, else the user's cache.
pub(super) fn cache() -> PathBuf {
    let manifest = std::fs::read_to_string("Cargo.toml").unwrap_or_default();
    if manifest.contains("\nname = \"orgfold\"\n")
        && let Ok(target) = Path::new("target").canonicalize()
    {
        return target.join("postgres");
    }
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".cache")));
    base.unwrap_or_else(std::env::temp_dir).join("orgfold").join("postgres")
}

/// Where each package is or would be unpacked.
pub(super) fn folders(cache: &Path) -> Vec<PathBuf> {
    vec![cache.join(format!("npm-{NPM_VERSION}")), cache.join(PIP_PACKAGE.replace("==", "-"))]
}

/// Installs the server of the distribution, without a cluster of its own.
pub(super) async fn apt() -> Result<(), String> {
    let settings = Path::new("/etc/postgresql-common/createcluster.conf");
    if !settings.exists()
        && let Some(folder) = settings.parent()
    {
        // Where it cannot be written, Debian starts a cluster that we never touch.
        let _ = std::fs::create_dir_all(folder);
        let _ = std::fs::write(settings, "create_main_cluster = false\n");
    }
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(["-y", "-qq", "-o", "Dpkg::Options::=--force-confold"]).args(arguments);
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    // A repository that does not answer is no reason not to try the lists that are there.
    let updated = run(apt(&["update"]), SYSTEM).await;
    let installed = run(apt(&["install", "--no-install-recommends", "postgresql"]), SYSTEM).await;
    installed.map_err(|why| match updated {
        Ok(_) => format!("apt-get install postgresql: {why}"),
        Err(update) => format!("apt-get update: {update}; apt-get install postgresql: {why}"),
    })?;
    Ok(())
}

/// Unpacks the npm package for this platform.
pub(super) async fn npm(cache: &Path) -> Result<(), String> {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64",
        other => other,
    };
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let package = format!("@embedded-postgres/{system}-{arch}@{NPM_VERSION}");
    let target = cache.join(format!("npm-{NPM_VERSION}"));
    unpack(&target, async |draft| {
        let mut pack = Command::new("npm");
        pack.args(["pack", &package, "--silent", "--fetch-retries=1"]).current_dir(draft);
        run(pack, CLIENT).await.map_err(|why| format!("npm pack {package}: {why}"))?;
        let archive = only_file(draft, "tgz")?;
        let mut tar = Command::new("tar");
        tar.arg("-xzf").arg(&archive).current_dir(draft);
        run(tar, CLIENT).await.map_err(|why| format!("tar: {why}"))?;
        remove(&archive)?;
        link(&draft.join("package"))
    })
    .await
}

/// Unpacks the wheel.
pub(super) async fn pip(cache: &Path) -> Result<(), String> {
    let target = cache.join(PIP_PACKAGE.replace("==", "-"));
    unpack(&target, async |draft| {
        let mut download = Command::new("python3");
        download.args(["-m", "pip", "download", "--quiet", "--no-deps", "--retries=1"]);
        download.args(["--only-binary=:all:", "--disable-pip-version-check", PIP_PACKAGE]);
        download.current_dir(draft);
        run(download, CLIENT).await.map_err(|why| format!("pip download {PIP_PACKAGE}: {why}"))?;
        let archive = only_file(draft, "whl")?;
        let mut unzip = Command::new("python3");
        unzip.args(["-m", "zipfile", "-e"]).arg(&archive).arg(".").current_dir(draft);
        run(unzip, CLIENT).await.map_err(|why| format!("python3 -m zipfile: {why}"))?;
        remove(&archive)?;
        // The zip module of Python forgets which files are programs.
        let mut chmod = Command::new("chmod");
        chmod.args(["-R", "a+x", "pgserver/pginstall/bin"]).current_dir(draft);
        run(chmod, CLIENT).await.map_err(|why| format!("chmod: {why}"))?;
        Ok(())
    })
    .await
}

/// Fills a folder under another name, so that it appears whole or not at all.
async fn unpack(
    target: &Path,
    fill: impl AsyncFnOnce(&Path) -> Result<(), String>,
) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("cannot write `{}`: {error}", target.display());
    let draft = target.with_extension(format!("draft-{}", std::process::id()));
    // Left by a run that had this process id before.
    let _ = std::fs::remove_dir_all(&draft);
    std::fs::create_dir_all(&draft).map_err(failed)?;
    let filled = match fill(&draft).await {
        Ok(()) => readable(&draft).await,
        error => error,
    };
    let moved = match filled {
        // Where another run was quicker, its folder is as good as ours.
        Ok(()) => std::fs::rename(&draft, target)
            .or_else(|error| if target.is_dir() { Ok(()) } else { Err(error) }),
        Err(why) => {
            let _ = std::fs::remove_dir_all(&draft);
            return Err(why);
        }
    };
    let _ = std::fs::remove_dir_all(&draft);
    moved.map_err(failed)
}

/// Lets every user read it: the server does not run as root.
async fn readable(folder: &Path) -> Result<(), String> {
    let mut chmod = Command::new("chmod");
    chmod.args(["-R", "a+rX"]).arg(folder);
    run(chmod, CLIENT).await.map(drop).map_err(|why| format!("chmod: {why}"))
}

fn remove(file: &Path) -> Result<(), String> {
    std::fs::remove_file(file).map_err(|error| format!("cannot remove the archive: {error}"))
}

fn only_file(folder: &Path, extension: &str) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|found| found == extension))
        .ok_or_else(|| format!("no .{extension} file came"))
}

#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// Makes the links that an archive of npm cannot hold; the package lists them.
fn link(package: &Path) -> Result<(), String> {
    let list = package.join("native").join("pg-symlinks.json");
    let failed = |error: std::io::Error| format!("cannot link the libraries: {error}");
    let text = match std::fs::read(&list) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    let links: Vec<Link> =
        serde_json::from_slice(&text).map_err(|error| format!("pg-symlinks.json: {error}"))?;
    for Link { source, target } in links {
        let Some(name) = source.file_name() else { continue };
        let inside = |path: &Path| {
            path.components().all(|part| matches!(part, std::path::Component::Normal(_)))
        };
        if !inside(&source) || !inside(&target) || source.parent() != target.parent() {
            return Err("pg-symlinks.json: a link leads out of its folder".to_owned());
        }
        let target = package.join(target);
        if !target.exists() {
            std::os::unix::fs::symlink(name, target).map_err(failed)?;
        }
    }
    Ok(())
}
