//! What was meant: all that was said, with its defaults, checked and typed.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::config::ChannelBinding;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::Error;
use super::given::{Given, Said, Surroundings};
use super::passfile::{Passwords, Secret};
use super::tls::{self, Tls};

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) host: Host,
    pub(super) port: u16,
}

/// On which host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// The folder of a unix socket.
    Socket(PathBuf),
    /// A name, with the address to take instead of looking it up.
    Network { name: String, address: Option<IpAddr> },
}

/// Which servers will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attributes {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

/// Keepalive of TCP; what is not set is the system's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Keepalive {
    pub(super) idle: Option<Duration>,
    pub(super) interval: Option<Duration>,
    pub(super) count: Option<u32>,
}

/// All that a connection needs.
#[derive(Clone)]
pub(super) struct Settings {
    /// At least one.
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) user: String,
    pub(super) database: String,
    pub(super) password: Option<Secret>,
    pub(super) passwords: Passwords,
    pub(super) application: String,
    pub(super) options: Option<String>,
    /// For one host, from the first packet to the server's last question.
    pub(super) timeout: Option<Duration>,
    pub(super) user_timeout: Option<Duration>,
    pub(super) keepalive: Option<Keepalive>,
    pub(super) attributes: Attributes,
    pub(super) binding: ChannelBinding,
    pub(super) tls: Tls,
}

/// Where servers listen unless told otherwise.
pub(super) const PORT: u16 = 5432;
/// How we call ourselves.
const APPLICATION: &str = "orgfold";
/// libpq's shortest time-out.
const SHORTEST: u64 = 2;

impl Settings {
    /// A server on a socket of this machine, as somebody without a password.
    pub(super) fn socket(folder: &Path, user: &str, database: &str) -> Self {
        Self {
            endpoints: vec![Endpoint { host: Host::Socket(folder.to_owned()), port: PORT }],
            user: user.to_owned(),
            database: database.to_owned(),
            password: None,
            passwords: Passwords::default(),
            application: APPLICATION.to_owned(),
            options: None,
            timeout: None,
            user_timeout: None,
            keepalive: None,
            attributes: Attributes::Any,
            binding: ChannelBinding::Prefer,
            tls: Tls::off(),
        }
    }

    /// What all that was said comes to.
    pub(super) fn new(given: &mut Given, around: &Surroundings<'_>) -> Result<Self, Error> {
        let mut notes = Vec::new();
        let endpoints = endpoints(given, around)?;
        let text = |keyword: &str| given.value(keyword).map(str::to_owned);
        let account = || around.account.clone().unwrap_or_else(|| "postgres".to_owned());
        let user = text("user").unwrap_or_else(account);
        let password = text("password").map(Secret::new);
        let passwords = match &password {
            Some(_) => Passwords::default(),
            None => passwords(given, around, &mut notes)?,
        };
        let application = text("application_name").or_else(|| text("fallback_application_name"));
        refuse_what_is_not_done(given)?;
        if word(given, "load_balance_hosts", &[("disable", false), ("random", true)])? == Some(true)
        {
            notes.push("hosts are tried in the order in which they stand".to_owned());
        }
        let network = endpoints.iter().any(|at| matches!(at.host, Host::Network { .. }));
        let settings = Self {
            database: text("dbname").unwrap_or_else(|| user.clone()),
            user,
            password,
            passwords,
            application: application.unwrap_or_else(|| APPLICATION.to_owned()),
            options: text("options"),
            timeout: number(given, "connect_timeout")?
                .and_then(|seconds| u64::try_from(seconds).ok())
                .filter(|seconds| *seconds > 0)
                .map(|seconds| Duration::from_secs(seconds.max(SHORTEST))),
            user_timeout: natural(given, "tcp_user_timeout")?.map(Duration::from_millis),
            keepalive: keepalive(given)?,
            attributes: word(given, "target_session_attrs", &ATTRIBUTES)?
                .unwrap_or(Attributes::Any),
            binding: word(given, "channel_binding", &BINDINGS)?.unwrap_or(ChannelBinding::Prefer),
            tls: if network { tls::read(given, around)? } else { Tls::off() },
            endpoints,
        };
        given.notes.append(&mut notes);
        Ok(settings)
    }

    /// The password for a host: the one that was said, else that of the password file.
    pub(super) fn password(&self, endpoint: &Endpoint) -> Option<&Secret> {
        let host = match &endpoint.host {
            Host::Socket(folder) if SOCKETS.iter().any(|known| folder == Path::new(known)) => {
                "localhost".to_owned()
            }
            Host::Socket(folder) => folder.display().to_string(),
            Host::Network { name, .. } => name.clone(),
        };
        let port = endpoint.port.to_string();
        let found = || self.passwords.find([&host, &port, &self.database, &self.user]);
        self.password.as_ref().or_else(found)
    }
}

/// Where servers put their sockets: Debian's and Red Hat's folder, and that of the sources.
pub(super) const SOCKETS: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

const ATTRIBUTES: [(&str, Attributes); 6] = [
    ("any", Attributes::Any),
    ("read-write", Attributes::ReadWrite),
    ("read-only", Attributes::ReadOnly),
    ("primary", Attributes::Primary),
    ("standby", Attributes::Standby),
    ("prefer-standby", Attributes::PreferStandby),
];

const BINDINGS: [(&str, ChannelBinding); 3] = [
    ("disable", ChannelBinding::Disable),
    ("prefer", ChannelBinding::Prefer),
    ("require", ChannelBinding::Require),
];

impl Attributes {
    /// What is looked for in turn, one round over all hosts each.
    pub(super) fn rounds(self) -> &'static [Self] {
        match self {
            Self::Any => &[Self::Any],
            Self::ReadWrite => &[Self::ReadWrite],
            Self::ReadOnly => &[Self::ReadOnly],
            Self::Primary => &[Self::Primary],
            Self::Standby => &[Self::Standby],
            Self::PreferStandby => &[Self::Standby, Self::Any],
        }
    }

    /// What a server is instead, where it is not what is looked for.
    pub(super) async fn missed(
        self,
        client: &Client,
    ) -> Result<Option<&'static str>, tokio_postgres::Error> {
        // Text of one value without a bind step: a pooler may stand between.
        let ask = async |question: &str| {
            let rows = client.simple_query(question).await?;
            let value = rows.iter().find_map(|row| match row {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            });
            Ok::<_, tokio_postgres::Error>(value.unwrap_or_default())
        };
        let read_only = async || {
            let standby = ask("select pg_catalog.pg_is_in_recovery()").await? == "t";
            Ok(standby || ask("show transaction_read_only").await? == "on")
        };
        let missed = match self {
            Self::Any | Self::PreferStandby => None,
            Self::ReadWrite => read_only().await?.then_some("it is read-only"),
            Self::ReadOnly => (!read_only().await?).then_some("it is not read-only"),
            Self::Primary => (ask("select pg_catalog.pg_is_in_recovery()").await? == "t")
                .then_some("it is a standby"),
            Self::Standby => (ask("select pg_catalog.pg_is_in_recovery()").await? != "t")
                .then_some("it is no standby"),
        };
        Ok(missed)
    }
}

/// Hosts, addresses and ports, one for one.
fn endpoints(given: &Given, around: &Surroundings<'_>) -> Result<Vec<Endpoint>, Error> {
    let list = |said: Option<&Said>| -> Vec<String> {
        let items = said.map(|said| said.value.split(',').map(|item| item.trim().to_owned()));
        items.into_iter().flatten().collect()
    };
    let (host, address, port) = (given.get("host"), given.get("hostaddr"), given.get("port"));
    let (hosts, addresses, ports) = (list(host), list(address), list(port));
    let count = hosts.len().max(addresses.len()).max(1);
    if let Some(said) = address.filter(|_| !hosts.is_empty() && hosts.len() != addresses.len()) {
        return Err(said.wrong("there are not as many addresses as hosts", "write one for each"));
    }
    if let Some(said) = port.filter(|_| ports.len() > 1 && ports.len() != count) {
        return Err(
            said.wrong("there are not as many ports as hosts", "write one, or one for each")
        );
    }
    let mut found = Vec::with_capacity(count);
    for at in 0..count {
        let text = ports.get(at).or_else(|| ports.first().filter(|_| ports.len() == 1));
        let port_number = match (text.filter(|text| !text.is_empty()), port) {
            (Some(text), Some(said)) => {
                text.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
                    said.wrong("it is no port", "a port is a number from 1 to 65535")
                })?
            }
            _ => PORT,
        };
        let parsed = match (addresses.get(at).filter(|text| !text.is_empty()), address) {
            (Some(text), Some(said)) => Some(text.parse::<IpAddr>().map_err(|_| {
                said.wrong("it is no address", "an address is as 192.0.2.1 or 2001:db8::1")
            })?),
            _ => None,
        };
        let name = hosts.get(at).filter(|name| !name.is_empty());
        let host = match (name, parsed) {
            (Some(folder), None) if folder.starts_with('/') => Host::Socket(PathBuf::from(folder)),
            (Some(name), address) => Host::Network { name: name.clone(), address },
            (None, Some(address)) => {
                Host::Network { name: address.to_string(), address: Some(address) }
            }
            (None, None) => unnamed(around, port_number),
        };
        found.push(Endpoint { host, port: port_number });
    }
    Ok(found)
}

/// Where no host is named: a socket that is there, as libpq would take it, else this machine.
fn unnamed(around: &Surroundings<'_>, port: u16) -> Host {
    let there = |folder: &&&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
    match around.sockets.iter().find(there) {
        Some(folder) => Host::Socket(PathBuf::from(folder)),
        None => Host::Network { name: "localhost".to_owned(), address: None },
    }
}

/// The password file; one that others may read is not used, as in libpq, and that is said.
fn passwords(
    given: &Given,
    around: &Surroundings<'_>,
    notes: &mut Vec<String>,
) -> Result<Passwords, Error> {
    use std::os::unix::fs::PermissionsExt as _;
    let named = given.value("passfile").map(PathBuf::from);
    let Some(path) = named.or_else(|| around.home(".pgpass")) else {
        return Ok(Passwords::default());
    };
    let Ok(metadata) = std::fs::metadata(&path) else { return Ok(Passwords::default()) };
    if !metadata.is_file() {
        notes.push(format!("password file `{}` is no plain file, and not used", path.display()));
        return Ok(Passwords::default());
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        notes.push(format!(
            "password file `{0}` can be read by others, and is not used: chmod 600 {0}",
            path.display()
        ));
        return Ok(Passwords::default());
    }
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Passwords::read(&text)),
        Err(source) => Err(Error::File { path, source }),
    }
}

/// Parameters of which one value asks for what we do not have.
fn refuse_what_is_not_done(given: &Given) -> Result<(), Error> {
    word(given, "gssencmode", &[("disable", ()), ("prefer", ())])?;
    if let Some(said) = given.get("client_encoding") {
        let plain: String = said.value.chars().filter(char::is_ascii_alphanumeric).collect();
        if !matches!(plain.to_ascii_lowercase().as_str(), "utf8" | "unicode" | "auto") {
            return Err(said.wrong("it is not UTF8", "leave it out: text is exchanged as UTF-8"));
        }
    }
    Ok(())
}

fn keepalive(given: &Given) -> Result<Option<Keepalive>, Error> {
    let on = number(given, "keepalives")?.unwrap_or(1) != 0;
    let seconds = |keyword: &str| Ok::<_, Error>(natural(given, keyword)?.map(Duration::from_secs));
    let keepalive = Keepalive {
        idle: seconds("keepalives_idle")?,
        interval: seconds("keepalives_interval")?,
        count: natural(given, "keepalives_count")?.map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
    };
    Ok(on.then_some(keepalive))
}

/// One word of a list.
pub(super) fn word<T: Copy>(
    given: &Given,
    keyword: &str,
    words: &[(&str, T)],
) -> Result<Option<T>, Error> {
    let Some(said) = given.get(keyword) else { return Ok(None) };
    let found = words.iter().find(|(word, _)| *word == said.value);
    found.map(|(_, meaning)| Some(*meaning)).ok_or_else(|| {
        let words = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        said.wrong("the value is not supported", format!("it is one of {words}"))
    })
}

fn number(given: &Given, keyword: &str) -> Result<Option<i64>, Error> {
    let Some(said) = given.get(keyword) else { return Ok(None) };
    let number = said.value.trim().parse();
    number.map(Some).map_err(|_| said.wrong("it is no whole number", "write a whole number"))
}

/// A number above zero; zero is the system's own.
fn natural(given: &Given, keyword: &str) -> Result<Option<u64>, Error> {
    let number = number(given, keyword)?.and_then(|number| u64::try_from(number).ok());
    Ok(number.filter(|number| *number > 0))
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.host {
            Host::Socket(folder) => write!(f, "{}/.s.PGSQL.{}", folder.display(), self.port),
            Host::Network { name, .. } if name.contains(':') => write!(f, "[{name}]:{}", self.port),
            Host::Network { name, .. } => write!(f, "{name}:{}", self.port),
        }
    }
}
