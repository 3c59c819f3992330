//! Finds the programs of Postgres on this machine: those of a server, and its clients.
//!
//! In: environment variables and folders, both injected. Out: the folder of `initdb` and
//! `postgres`, and what was looked at; or one client. Never installs anything. Imports nothing of
//! ours.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where to look.
pub struct Environment<'a> {
    /// Value of an environment variable; none for an empty one.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// What stands before the absolute folders: `/` outside of tests.
    pub root: &'a Path,
    /// Folders in which packages were unpacked by an earlier run.
    pub packages: &'a [PathBuf],
}

/// The programs that were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    /// The folder of `initdb` and `postgres`.
    pub folder: PathBuf,
    /// The folder that can be copied whole, where they were unpacked from a package.
    pub package: Option<PathBuf>,
}

/// What a search came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The first that has both programs.
    pub found: Option<Binaries>,
    /// What was looked at without success, in order.
    pub tried: Vec<String>,
}

/// Hides the installed programs, so that a package is used.
pub const SKIP_INSTALLED: &str = "ORGFOLD_PG_SKIP_INSTALLED";

/// Names the folder of the programs.
pub const FOLDER: &str = "PG_BIN";

/// Folders of the kind `…/VERSION/bin`, by their beginning; the highest version wins.
const VERSIONED: [(&str, &str); 4] = [
    ("usr/lib/postgresql", ""),
    ("opt/homebrew/opt", "postgresql@"),
    ("usr/local/opt", "postgresql@"),
    ("usr", "pgsql-"),
];

/// Folders without a version in their name.
const PLAIN: [&str; 4] = [
    "opt/homebrew/opt/postgresql/bin",
    "usr/local/opt/postgresql/bin",
    "usr/local/pgsql/bin",
    "usr/bin",
];

/// Finds the programs: `PG_BIN`, then `pg_config --bindir`, the folders of distributions and of
/// Homebrew, then packages unpacked before.
pub fn find_binaries(environment: &Environment<'_>) -> Search {
    let mut search = Search::default();
    let variable = environment.variable;
    if let Some(folder) = variable(FOLDER) {
        // What a person named is used or reported, never replaced by something else.
        search.take(&format!("{FOLDER}={folder}"), PathBuf::from(folder), None);
        return search;
    }
    if variable(SKIP_INSTALLED).is_some() {
        search.tried.push(format!("installed programs are hidden by {SKIP_INSTALLED}"));
    } else {
        match config_folder(variable("PATH").as_deref()) {
            Some(folder) => search.take("pg_config --bindir", folder, None),
            None => search.tried.push("pg_config is not there".to_owned()),
        }
        for (parent, prefix) in VERSIONED {
            let name = format!("/{parent}/{prefix}*/bin");
            let folders = versions(&environment.root.join(parent), prefix);
            if folders.is_empty() && search.found.is_none() {
                search.tried.push(format!("{name}: no such folder"));
            }
            for folder in folders {
                search.take(&name, folder, None);
            }
        }
        for folder in PLAIN {
            search.take(&format!("/{folder}"), environment.root.join(folder), None);
        }
    }
    for package in environment.packages {
        for inside in PACKAGED {
            let name = package.display().to_string();
            search.take(&name, package.join(inside), Some(package.clone()));
        }
    }
    search
}

/// The folders of the programs inside of the packages that `load::server` unpacks.
const PACKAGED: [&str; 2] = ["package/native/bin", "pgserver/pginstall/bin"];

/// A client of Postgres, such as `pg_restore`; else where it was looked for. Of several versions the
/// highest is taken, since it also reads what older ones wrote.
///
/// # Errors
/// There is none.
pub fn find_client(program: &str) -> Result<PathBuf, String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let in_folder = |folder: PathBuf| Some(folder.join(program)).filter(|path| path.is_file());
    if let Some(folder) = variable(FOLDER) {
        let found = in_folder(PathBuf::from(&folder));
        return found.ok_or_else(|| format!("{FOLDER}={folder} has no {program}"));
    }
    let root = Path::new("/");
    let versioned =
        VERSIONED.iter().flat_map(|(parent, prefix)| versions(&root.join(parent), prefix));
    let plain = PLAIN.iter().map(|folder| root.join(folder));
    let path = variable("PATH").unwrap_or_default();
    let mut folders = versioned.chain(plain).chain(std::env::split_paths(&path));
    let problem = || format!("neither {FOLDER} nor PATH nor the folders of servers have {program}");
    folders.find_map(in_folder).ok_or_else(problem)
}

impl Search {
    fn take(&mut self, name: &str, folder: PathBuf, package: Option<PathBuf>) {
        if self.found.is_some() {
            return;
        }
        let has = |program: &str| folder.join(program).is_file();
        if has("initdb") && has("postgres") {
            self.found = Some(Binaries { folder, package });
        } else {
            let line = format!("{name}: no initdb and postgres");
            if self.tried.last() != Some(&line) {
                self.tried.push(line);
            }
        }
    }
}

/// What the first `pg_config` of the path says.
fn config_folder(path: Option<&str>) -> Option<PathBuf> {
    let program = std::env::split_paths(path?)
        .map(|folder| folder.join("pg_config"))
        .find(|p| p.is_file())?;
    let mut command = Command::new(program);
    let output =
        command.arg("--bindir").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    let folder = folder.trim();
    (output.status.success() && !folder.is_empty()).then(|| PathBuf::from(folder))
}

/// `PARENT/PREFIX…/bin`, the highest version first.
fn versions(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            // `9.6` counts as 9, too old either way.
            let major = name.strip_prefix(prefix)?.split('.').next()?.parse().ok()?;
            Some((major, entry.path().join("bin")))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, folder)| folder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        for program in ["initdb", "postgres"] {
            std::fs::write(folder.join(program), "").unwrap();
        }
    }

    fn search(root: &Path, variables: &[(&str, &str)], packages: &[PathBuf]) -> Search {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        find_binaries(&Environment { variable: &variable, root, packages })
    }

    fn folder(search: &Search) -> &Path {
        &search.found.as_ref().unwrap().folder
    }

    #[test]
    fn what_is_named_comes_first_and_is_never_replaced() {
        let root = tempfile::tempdir().unwrap();
        let installed = root.path().join("usr/lib/postgresql/16/bin");
        programs(&installed);
        let named = root.path().join("mine");
        programs(&named);
        let found = search(root.path(), &[("PG_BIN", named.to_str().unwrap())], &[]);
        assert_eq!(folder(&found), named);
        let found = search(root.path(), &[("PG_BIN", "/nowhere")], &[]);
        assert_eq!(found.found, None);
        assert_eq!(found.tried, ["PG_BIN=/nowhere: no initdb and postgres"]);
    }

    #[cfg(unix)]
    #[test]
    fn pg_config_is_asked_before_the_folders_of_distributions() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        programs(&root.path().join("usr/lib/postgresql/16/bin"));
        let other = root.path().join("other");
        programs(&other);
        let program = root.path().join("pg_config");
        std::fs::write(&program, format!("#!/bin/sh\necho '{}'\n", other.display())).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = root.path().to_str().unwrap();
        assert_eq!(folder(&search(root.path(), &[("PATH", path)], &[])), other);
    }

    #[test]
    fn the_highest_installed_version_wins() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9.6", "14", "16"] {
            programs(&root.path().join("usr/lib/postgresql").join(version).join("bin"));
        }
        std::fs::create_dir_all(root.path().join("usr/lib/postgresql/17/bin")).unwrap();
        let found = search(root.path(), &[], &[]);
        assert_eq!(folder(&found), root.path().join("usr/lib/postgresql/16/bin"));
    }

    #[test]
    fn a_package_is_used_where_nothing_is_installed_or_it_is_hidden() {
        let root = tempfile::tempdir().unwrap();
        programs(&root.path().join("usr/lib/postgresql/16/bin"));
        let package = root.path().join("cache/npm");
        programs(&package.join("package/native/bin"));
        let packages = [root.path().join("cache/none"), package.clone()];
        let found = search(root.path(), &[(SKIP_INSTALLED, "1")], &packages);
        assert_eq!(found.found.unwrap().package, Some(package));
        assert!(found.tried[0].contains(SKIP_INSTALLED), "{:?}", found.tried);
        let found = search(root.path(), &[], &packages);
        assert_eq!(found.found.unwrap().package, None);
    }
}
