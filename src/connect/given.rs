//! What was said about a connection, and by whom: string over service over environment.
//!
//! In: a connection string, and the surroundings (environment, home). Out: for each parameter that
//! libpq has, the value that counts, with its origin, so that a complaint names the right place.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::parameter::{self, Meaning, PARAMETERS};
use super::{Error, service, text};

/// What surrounds the program; injected, so that precedence can be tested.
pub(super) struct Surroundings<'a> {
    /// Value of an environment variable; none for an empty one.
    pub(super) variable: &'a dyn Fn(&str) -> Option<String>,
    /// The account that the program runs as.
    pub(super) account: Option<String>,
    /// Folders where a server's socket may be where no host is named, the likeliest first.
    pub(super) sockets: &'a [&'a str],
}

impl Surroundings<'_> {
    /// A file in the home folder, as libpq looks for it.
    pub(super) fn home(&self, file: &str) -> Option<PathBuf> {
        Some(Path::new(&(self.variable)("HOME")?).join(file))
    }
}

/// Who said something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A connection string, under its name.
    Text(&'static str),
    /// A line of a service file.
    Service(PathBuf, usize),
    /// An environment variable.
    Variable(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(name) | Self::Variable(name) => f.write_str(name),
            Self::Service(path, number) => write!(f, "{}:{number}", path.display()),
        }
    }
}

/// A value and who said it.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) keyword: &'static str,
    pub(super) value: String,
    pub(super) origin: Origin,
}

impl Said {
    /// A complaint that names parameter and origin, and never the value.
    pub(super) fn wrong(&self, problem: &str, help: impl Into<String>) -> Error {
        let problem = match self.origin {
            Origin::Variable(_) => problem.to_owned(),
            _ => format!("`{}`: {problem}", self.keyword),
        };
        Error::Malformed { place: self.origin.to_string(), problem, help: help.into() }
    }
}

/// All that was said.
#[derive(Debug, Default)]
pub(super) struct Given {
    said: BTreeMap<&'static str, Said>,
    /// What was ignored, for a person to read.
    pub(super) notes: Vec<String>,
}

/// How the string of a command line is called in messages.
const STRING: &str = "the connection string";
/// The variable that holds a connection string.
const DATABASE_URL: &str = "DATABASE_URL";

impl Given {
    /// Gathers what was said.
    pub(super) fn gather(named: Option<&str>, around: &Surroundings<'_>) -> Result<Self, Error> {
        let variable = around.variable;
        let mut given = Self::default();
        let from_environment = variable(DATABASE_URL);
        let text = match (named, &from_environment) {
            (Some(text), _) => Some((text, STRING)),
            (None, Some(text)) => Some((text.as_str(), DATABASE_URL)),
            (None, None) => None,
        };
        if let Some((text, name)) = text {
            given.read_text(text, name)?;
        } else if !["PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE"]
            .into_iter()
            .any(|name| variable(name).is_some())
        {
            return Err(Error::Missing);
        }
        given.read_service(around)?;
        for known in PARAMETERS {
            let Some(name) = known.variable else { continue };
            if given.said.contains_key(known.keyword) {
                continue;
            }
            if let Some(value) = variable(name) {
                given.add(known.keyword, value, Origin::Variable(name))?;
            }
        }
        Ok(given)
    }

    /// What was said of a parameter.
    pub(super) fn get(&self, keyword: &str) -> Option<&Said> {
        self.said.get(keyword).filter(|said| !said.value.is_empty())
    }

    /// Its value.
    pub(super) fn value(&self, keyword: &str) -> Option<&str> {
        self.get(keyword).map(|said| said.value.as_str())
    }

    fn read_text(&mut self, text: &str, name: &'static str) -> Result<(), Error> {
        let found = text::read(text).map_err(|unreadable| Error::Malformed {
            place: name.to_owned(),
            problem: unreadable.problem.to_owned(),
            help: unreadable.help.to_owned(),
        })?;
        let mut before = String::new();
        for (keyword, value) in found {
            self.hear(&keyword, value, Origin::Text(name), &before)?;
            before = keyword;
        }
        Ok(())
    }

    /// The parameters of a service, for whatever was not said yet.
    fn read_service(&mut self, around: &Surroundings<'_>) -> Result<(), Error> {
        let or_variable = |keyword: &str, name: &'static str| {
            let said = self.get(keyword).cloned();
            let from_environment = || {
                let value = (around.variable)(name)?;
                let keyword = parameter::named(keyword)?.keyword;
                Some(Said { keyword, value, origin: Origin::Variable(name) })
            };
            said.or_else(from_environment)
        };
        let Some(wanted) = or_variable("service", "PGSERVICE") else { return Ok(()) };
        let named = or_variable("servicefile", "PGSERVICEFILE");
        let system = (around.variable)("PGSYSCONFDIR");
        let files: Vec<PathBuf> = if let Some(said) = &named {
            vec![PathBuf::from(&said.value)]
        } else {
            let own = around.home(".pg_service.conf");
            let system = system.map(|folder| Path::new(&folder).join("pg_service.conf"));
            own.into_iter().chain(system).collect()
        };
        for path in &files {
            let text = match std::fs::read_to_string(path) {
                Ok(text) => text,
                Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                    continue;
                }
                Err(source) => return Err(Error::File { path: path.clone(), source }),
            };
            let Some(lines) = service::read(path, &text, &wanted.value)? else { continue };
            let explicit: Vec<&str> = self.said.keys().copied().collect();
            let mut before = String::new();
            for line in lines {
                if !explicit.contains(&line.keyword.as_str()) {
                    let origin = Origin::Service(path.clone(), line.number);
                    self.hear(&line.keyword, line.value, origin, &before)?;
                }
                before = line.keyword;
            }
            return Ok(());
        }
        let files = files.iter().map(|path| format!("`{}`", path.display()));
        let help = match files.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "name the file with PGSERVICEFILE".to_owned(),
            files => format!("looked in {files}; PGSERVICEFILE names another file"),
        };
        Err(wanted.wrong("there is no such service", help))
    }

    /// Takes in what somebody wrote under a name of his own.
    fn hear(
        &mut self,
        keyword: &str,
        value: String,
        origin: Origin,
        before: &str,
    ) -> Result<(), Error> {
        let Some(known) = parameter::named(keyword) else {
            // A password that holds a blank or an & looks like another parameter.
            let (problem, help) = if matches!(before, "password" | "sslpassword") {
                let problem = format!("what follows `{before}` is no parameter");
                (problem, "a blank or & of a password must be quoted, in a URL as %20 and %26")
            } else if is_word(keyword) {
                (format!("`{keyword}` is no parameter of a connection"), "check its spelling")
            } else {
                ("a parameter has no word for its name".to_owned(), "check quotes and & signs")
            };
            let help = help.to_owned();
            return Err(Error::Malformed { place: origin.to_string(), problem, help });
        };
        self.add(known.keyword, value, origin)
    }

    fn add(&mut self, keyword: &'static str, value: String, origin: Origin) -> Result<(), Error> {
        let known = parameter::named(keyword).expect("the keyword is of the table");
        let said = Said { keyword, value, origin };
        match known.meaning {
            Meaning::Used => drop(self.said.insert(keyword, said)),
            Meaning::Idle => {}
            Meaning::Refused(_) if said.value.is_empty() => {}
            Meaning::Refused(help) => return Err(said.wrong("it is not supported", help)),
            Meaning::Foreign(remark) => {
                self.notes.push(format!("`{keyword}` of {} is ignored: {remark}", said.origin));
            }
        }
        Ok(())
    }
}

/// Whether a text may be shown as the name of a parameter.
fn is_word(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (1..=40).contains(&text.len()) && text.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(named: Option<&str>, variables: &[(&str, &str)]) -> Result<Given, Error> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let around = Surroundings { variable: &variable, account: None, sockets: &[] };
        Given::gather(named, &around)
    }

    fn values(given: &Given) -> Vec<(&str, &str)> {
        given.said.values().map(|said| (said.keyword, said.value.as_str())).collect()
    }

    #[test]
    fn a_string_beats_a_service_and_a_service_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".pg_service.conf");
        std::fs::write(&path, "[crm]\nhost=service\nport=1\nuser=service\n").unwrap();
        let home = folder.path().to_str().unwrap();
        let environment =
            [("HOME", home), ("PGHOST", "env"), ("PGUSER", "env"), ("PGDATABASE", "env")];
        let given = gather(Some("service=crm host=string"), &environment).unwrap();
        assert_eq!(
            values(&given),
            [
                ("dbname", "env"),
                ("host", "string"),
                ("port", "1"),
                ("service", "crm"),
                ("user", "service")
            ]
        );
        let named = [&environment[..], &[("PGSERVICE", "crm")]].concat();
        assert_eq!(gather(None, &named).unwrap().value("host"), Some("service"));
        let error = gather(Some("service=other"), &environment).unwrap_err();
        assert_eq!(error.to_string(), "the connection string: `service`: there is no such service");
        assert_eq!(
            error.help(),
            format!("looked in `{}`; PGSERVICEFILE names another file", path.display())
        );
    }

    #[test]
    fn a_string_on_the_command_line_is_not_mixed_with_another_one() {
        let environment = [("DATABASE_URL", "postgres://env:5/env"), ("PGPORT", "6")];
        let given = gather(Some("postgres://string/x"), &environment).unwrap();
        assert_eq!(values(&given), [("dbname", "x"), ("host", "string"), ("port", "6")]);
        let given = gather(None, &environment).unwrap();
        assert_eq!(values(&given), [("dbname", "env"), ("host", "env"), ("port", "5")]);
    }

    #[test]
    fn nothing_said_is_no_database() {
        assert!(matches!(gather(None, &[("PGPORT", "1")]), Err(Error::Missing)));
        assert!(gather(None, &[("PGDATABASE", "crm")]).is_ok());
    }

    #[test]
    fn a_parameter_of_an_orm_is_named_as_ignored() {
        let text = "postgres://h/x?schema=public&pgbouncer=true&connection_limit=1";
        let given = gather(Some(text), &[]).unwrap();
        assert_eq!(
            given.notes,
            [
                "`schema` of the connection string is ignored: the schema is named by \
                 --schema or the configuration",
                "`pgbouncer` of the connection string is ignored: whether a pooler stands between \
                 is found out",
                "`connection_limit` of the connection string is ignored: it is of a pool, and one \
                 connection is opened",
            ]
        );
    }

    #[test]
    fn what_is_not_known_or_not_supported_is_refused_by_name_and_never_by_value() {
        let check = |text: &str, variables: &[(&str, &str)], expected: &str| {
            let error = gather(Some(text), variables).unwrap_err();
            assert_eq!(error.to_string(), expected);
            let all = format!("{error:?} {}", error.help());
            assert!(!all.contains("s3cret"), "{all}");
        };
        check(
            "postgres://h/x?sslmod=s3cret",
            &[],
            "the connection string: `sslmod` is no parameter of a connection",
        );
        check(
            "postgres://h/x?password=a&s3cret=b",
            &[],
            "the connection string: what follows `password` is no parameter",
        );
        check(
            "host=h pass/s3cret=x",
            &[],
            "the connection string: a parameter has no word for its name",
        );
        check("host=h", &[("PGREQUIREAUTH", "s3cret")], "PGREQUIREAUTH: it is not supported");
        check(
            "host=h requirepeer=s3cret",
            &[],
            "the connection string: `requirepeer`: it is not supported",
        );
    }
}
