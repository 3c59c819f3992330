//! Opening a connection as libpq does: who is meant by a URL, a `key=value` string, a service,
//! `DATABASE_URL` and the `PG*` variables.
//!
//! In: what was said, environment and files (services, passwords, certificates). Out: a client of
//! the server that is meant, with nothing between that would hand its session about. The only place
//! that knows passwords; none of it is ever printed. Never weaker than asked: what cannot be done
//! is refused by name.

mod cause;
mod certificate;
mod given;
mod parameter;
mod passfile;
mod pooler;
mod service;
mod settings;
mod text;
mod tls;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls, Socket};

pub use cause::Cause;
use given::{Given, Surroundings};
use pooler::Between;
use settings::{Endpoint, Host, SOCKETS, Settings};
use tls::Mode;

/// A database to connect to.
#[derive(Clone)]
pub struct Target {
    settings: Settings,
    notes: Vec<String>,
    /// The host that answered first: every later connection goes there, too.
    chosen: Arc<OnceLock<usize>>,
}

/// A target that cannot be understood, or that does not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No target was named.
    #[error("no database was named")]
    Missing,
    /// Something was said that cannot be meant; its value is not repeated.
    #[error("{place}: {problem}")]
    Malformed {
        /// Connection string, variable, or file and line.
        place: String,
        /// What is wrong, with the parameter.
        problem: String,
        /// What a person can do.
        help: String,
    },
    /// A file that was named, or is there by custom, cannot be read.
    #[error("cannot read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A file of certificates or keys that cannot be used.
    #[error("`{place}`: {problem}")]
    Unusable {
        /// The file.
        place: String,
        /// What is wrong.
        problem: String,
        /// What a person can do.
        help: String,
    },
    /// The server said no, or nobody answered.
    #[error("cannot connect to {target}")]
    Connect {
        /// Database, host, port and role.
        target: String,
        /// Why not.
        #[source]
        source: Cause,
    },
    /// The connection is not as it was asked for.
    #[error("cannot connect to {target}: {problem}")]
    Unfit {
        /// Database, host, port and role.
        target: String,
        /// What is wrong.
        problem: String,
        /// What a person can do.
        help: String,
    },
    /// None of several hosts will do.
    #[error("none of the hosts will do: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NoHost(Vec<Tried>),
    /// A pooler stands between that would hand the session about.
    #[error("{target} is reached through {pooler}")]
    Pooler {
        /// Database, host, port and role.
        target: String,
        /// What stands between.
        pooler: &'static str,
    },
}

/// A host that would not do.
#[derive(Debug)]
pub struct Tried {
    place: String,
    reason: String,
}

impl std::fmt::Display for Tried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: {}", self.place, self.reason)
    }
}

const DIRECT: &str = "connect to the server itself, or to the pooler's port for sessions (of hosted \
                      databases often 5432 instead of 6543); nothing was sent that would stay";

impl Error {
    /// What a person can do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Missing => {
                "name it with --database URL, DATABASE_URL, PGSERVICE, or PGHOST, PGDATABASE, PGUSER"
            }
            Self::Malformed { help, .. } | Self::Unusable { help, .. } | Self::Unfit { help, .. } => {
                help
            }
            Self::File { .. } => "check the path and its permissions, or name another file",
            Self::Connect { source, .. } => match source.code() {
                Some("28P01") => {
                    "check role and password (PGPASSWORD, or a line of ~/.pgpass, chmod 600)"
                }
                Some("28000") => {
                    "check the role, and that pg_hba.conf of the server lets it in from here; \
                     sslmode and sslcert say how we come"
                }
                Some("3D000") => "check the name of the database",
                Some("53300") => "wait until the server has a free connection, or raise its limit",
                _ => "check host, port, database and role, and that the server runs",
            },
            Self::NoHost(_) => "check hosts, ports and target_session_attrs",
            Self::Pooler { .. } => DIRECT,
        }
        .to_owned()
    }

    /// Whether something that was said, not the server, is at fault.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Missing | Self::Malformed { .. })
    }

    /// Whether a pooler stands between.
    pub fn is_pooler(&self) -> bool {
        matches!(self, Self::Pooler { .. })
    }
}

/// Why one host would not do.
enum Failed {
    /// Another may.
    Here(String, Error),
    /// The same would happen anywhere.
    Anywhere(Error),
}

/// How one attempt goes about TLS.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attempt {
    Plain,
    Wished,
    Insisted,
}

impl Target {
    /// What a URL or a `key=value` string names; where there is none, `DATABASE_URL`; what it
    /// leaves open is as the service says that is named, else as the `PG*` variables, else as
    /// libpq has it.
    ///
    /// # Errors
    /// Nothing was named, or it cannot be understood, or a file cannot be used. The text itself is
    /// never part of an error: it may hold a password.
    pub fn find(text: Option<&str>) -> Result<Self, Error> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let account = whoami::username().ok();
        Self::among(text, &Surroundings { variable: &variable, account, sockets: &SOCKETS })
    }

    fn among(text: Option<&str>, around: &Surroundings<'_>) -> Result<Self, Error> {
        let mut given = Given::gather(text, around)?;
        let settings = Settings::new(&mut given, around)?;
        Ok(Self { settings, notes: given.notes, chosen: Arc::default() })
    }

    /// A database of a private server on a unix socket.
    pub fn socket(directory: &Path, user: &str, database: &str) -> Self {
        let settings = Settings::socket(directory, user, database);
        Self { settings, notes: Vec::new(), chosen: Arc::default() }
    }

    /// The same, on another port.
    #[must_use]
    pub fn at(mut self, port: u16) -> Self {
        for endpoint in &mut self.settings.endpoints {
            endpoint.port = port;
        }
        self
    }

    /// The same server, another database.
    #[must_use]
    pub fn database(&self, name: &str) -> Self {
        let mut target = self.clone();
        name.clone_into(&mut target.settings.database);
        target
    }

    /// What was said and is ignored, for a person to read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The port of the host that answered, or of the first.
    pub fn port(&self) -> Option<u16> {
        Some(self.endpoint().port)
    }

    fn endpoint(&self) -> &Endpoint {
        &self.settings.endpoints[self.chosen.get().copied().unwrap_or(0)]
    }

    /// ``database `x` on `host:port` as `z` ``, without the password; all hosts where none of
    /// several has answered yet.
    pub fn describe(&self) -> String {
        let endpoints = &self.settings.endpoints;
        let hosts = match self.chosen.get() {
            Some(chosen) => endpoints[*chosen].to_string(),
            None => endpoints.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        };
        self.on(&hosts)
    }

    fn on(&self, host: &str) -> String {
        let Settings { database, user, .. } = &self.settings;
        format!("database `{database}` on `{host}` as `{user}`")
    }

    /// Host, port, role and database as a key=value string, without the password: for a command
    /// line.
    pub fn parameters(&self) -> String {
        let Endpoint { host, port } = self.endpoint();
        let host = match host {
            Host::Socket(folder) => folder.display().to_string(),
            Host::Network { name, .. } => name.clone(),
        };
        let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
        let (user, database) = (quoted(&self.settings.user), quoted(&self.settings.database));
        format!("host={} port={port} user={user} dbname={database}", quoted(&host))
    }

    /// Opens a connection; it is driven by the runtime until the client is dropped.
    ///
    /// # Errors
    /// The server said no, nobody answered, TLS is not as asked for, or a pooler stands between
    /// that hands sessions about.
    pub async fn connect(&self) -> Result<Client, Error> {
        let client = self.open().await?;
        let another = async || self.open().await.ok();
        let between = pooler::find(&client, another).await;
        let pooler = match between.map_err(|error| refused(&self.describe(), error))? {
            Between::Nothing | Between::Sessions => return Ok(client),
            Between::Transactions => {
                "a pooler that gives each transaction another session (transaction pooling)"
            }
            Between::Unknown => {
                "a pooler that serves no second session now, so that it cannot be told whether it \
                 keeps sessions together"
            }
        };
        Err(Error::Pooler { target: self.describe(), pooler })
    }

    /// Asks the server to end what a connection of this target is doing. Whether it heard is not
    /// told: whoever waits on the connection hears it.
    pub async fn cancel(&self, client: &Client) {
        let token = client.cancel_token();
        let is_socket = matches!(self.endpoint().host, Host::Socket(_));
        let asked = match &self.settings.tls.connector {
            Some(tls) if !is_socket => token.cancel_query(tls.clone()).await,
            _ => token.cancel_query(NoTls).await,
        };
        drop(asked);
    }

    /// Opens a connection to the first host that will do, whatever stands between.
    async fn open(&self) -> Result<Client, Error> {
        let endpoints = &self.settings.endpoints;
        let order = match self.chosen.get() {
            Some(chosen) => *chosen..chosen + 1,
            None => 0..endpoints.len(),
        };
        let mut tried = Vec::new();
        for attributes in self.settings.attributes.rounds() {
            tried.clear();
            for at in order.clone() {
                match self.reach(&endpoints[at], *attributes).await {
                    Ok(client) => {
                        // Whoever was first stays.
                        let _ = self.chosen.set(at);
                        return Ok(client);
                    }
                    Err(Failed::Anywhere(error)) => return Err(error),
                    Err(Failed::Here(reason, error)) => tried.push((at, reason, error)),
                }
            }
        }
        if tried.len() == 1
            && let Some((_, _, error)) = tried.pop()
        {
            return Err(error);
        }
        let tried = tried.into_iter();
        let tried = tried.map(|(at, reason, _)| Tried { place: endpoints[at].to_string(), reason });
        Err(Error::NoHost(tried.collect()))
    }

    /// Opens a connection to one host, and looks whether it is of the kind that is looked for.
    async fn reach(
        &self,
        endpoint: &Endpoint,
        attributes: settings::Attributes,
    ) -> Result<Client, Failed> {
        let target = self.on(&endpoint.to_string());
        let unfit = |problem: &str, help: &str| {
            let (problem, help) = (problem.to_owned(), help.to_owned());
            let reason = problem.clone();
            Failed::Here(reason, Error::Unfit { target: target.clone(), problem, help })
        };
        let reached = async {
            let client = self.attempts(endpoint).await?;
            let missed = attributes.missed(&client).await;
            match missed.map_err(|error| Failed::Anywhere(refused(&target, error)))? {
                None => Ok(client),
                Some(missed) => Err(unfit(missed, "target_session_attrs says what is looked for")),
            }
        };
        match self.settings.timeout {
            None => reached.await,
            Some(timeout) => tokio::time::timeout(timeout, reached).await.unwrap_or_else(|_| {
                let problem = format!("no answer within {} s", timeout.as_secs());
                Err(unfit(&problem, "check host and port; connect_timeout says how long to wait"))
            }),
        }
    }

    /// Tries with and without TLS, as `sslmode` has it.
    async fn attempts(&self, endpoint: &Endpoint) -> Result<Client, Failed> {
        let attempts: &[Attempt] = match (&endpoint.host, self.settings.tls.mode) {
            // libpq, too, leaves sockets alone.
            (Host::Socket(_), _) | (_, Mode::Disable) => &[Attempt::Plain],
            (_, Mode::Allow) => &[Attempt::Plain, Attempt::Insisted],
            (_, Mode::Prefer) => &[Attempt::Wished, Attempt::Plain],
            (_, Mode::Require | Mode::VerifyCa | Mode::VerifyFull) => &[Attempt::Insisted],
        };
        let mut first = None;
        for attempt in attempts {
            match self.attempt(endpoint, *attempt).await {
                Ok(client) => return Ok(client),
                Err(error) => {
                    // The other way may help if it was the way that was refused. A certificate
                    // that an authority was named for is no such reason, other than to libpq: who
                    // stands between could have shown it to hear the rest in plain text.
                    let other = is_unwelcome(&error)
                        || (*attempt == Attempt::Wished && is_without_common_ground(&error));
                    if first.is_some() && is_unwelcome(&error) {
                        break;
                    }
                    first = Some(error);
                    if !other {
                        break;
                    }
                }
            }
        }
        Err(self.failed(endpoint, first.expect("there is an attempt, and it failed")))
    }

    async fn attempt(
        &self,
        endpoint: &Endpoint,
        attempt: Attempt,
    ) -> Result<Client, tokio_postgres::Error> {
        let mut config = self.config(endpoint);
        config.ssl_mode(match attempt {
            Attempt::Plain => SslMode::Disable,
            Attempt::Wished => SslMode::Prefer,
            Attempt::Insisted => SslMode::Require,
        });
        match (&self.settings.tls.connector, attempt) {
            (Some(tls), Attempt::Wished | Attempt::Insisted) => open(&config, tls.clone()).await,
            _ => open(&config, NoTls).await,
        }
    }

    fn config(&self, endpoint: &Endpoint) -> Config {
        let settings = &self.settings;
        let mut config = Config::new();
        match &endpoint.host {
            Host::Socket(folder) => config.host_path(folder),
            Host::Network { name, .. } => config.host(name),
        };
        if let Host::Network { address: Some(address), .. } = &endpoint.host {
            config.hostaddr(*address);
        }
        config.port(endpoint.port).user(&settings.user).dbname(&settings.database);
        config.application_name(&settings.application).channel_binding(settings.binding);
        if let Some(password) = settings.password(endpoint) {
            config.password(password.reveal());
        }
        if let Some(options) = &settings.options {
            config.options(options);
        }
        if settings.tls.direct {
            config.ssl_negotiation(SslNegotiation::Direct);
        }
        if let Some(timeout) = settings.user_timeout {
            config.tcp_user_timeout(timeout);
        }
        match &settings.keepalive {
            None => drop(config.keepalives(false)),
            Some(keepalive) => {
                if let Some(idle) = keepalive.idle {
                    config.keepalives_idle(idle);
                }
                if let Some(interval) = keepalive.interval {
                    config.keepalives_interval(interval);
                }
                if let Some(count) = keepalive.count {
                    config.keepalives_retries(count);
                }
            }
        }
        config
    }

    /// What an error of the driver means for this host.
    fn failed(&self, endpoint: &Endpoint, error: tokio_postgres::Error) -> Failed {
        let target = self.on(&endpoint.to_string());
        if let Some(tls) = rustls_error(&error) {
            let (problem, help) = tls::explain(tls);
            return Failed::Anywhere(Error::Unfit { target, problem, help });
        }
        let reason = Cause::of_connecting(error);
        let said = reason.to_string();
        let known = KNOWN.iter().find(|(words, _, _)| *words == said);
        if let Some((_, problem, help)) = known {
            let (problem, help) = ((*problem).to_owned(), (*help).to_owned());
            return Failed::Anywhere(Error::Unfit { target, problem, help });
        }
        let answered = reason.code().is_some_and(|code| code != "57P03");
        let error = Error::Connect { target, source: reason };
        if answered { Failed::Anywhere(error) } else { Failed::Here(said, error) }
    }
}

/// What the driver says, what it means, and what can be done.
const KNOWN: [(&str, &str, &str); 3] = [
    (
        "password missing",
        "the server asks for a password, and none was given",
        "set PGPASSWORD, or write a line host:port:database:user:password into ~/.pgpass (chmod 600)",
    ),
    (
        "server does not support TLS",
        "the server offers no TLS",
        "switch on ssl in the server; on a network that you trust, sslmode=disable goes without",
    ),
    (
        "server did not use channel binding",
        "the server does not bind the password to this connection (channel_binding=require)",
        "this takes TLS and a password of scram-sha-256; without the parameter it is left out",
    ),
];

fn refused(target: &str, error: tokio_postgres::Error) -> Error {
    Error::Connect { target: target.to_owned(), source: Cause::of_connecting(error) }
}

/// Whether the server refuses how we come, not who we are.
fn is_unwelcome(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&tokio_postgres::error::SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
}

/// Whether server and client found no way to encrypt.
fn is_without_common_ground(error: &tokio_postgres::Error) -> bool {
    rustls_error(error).is_some_and(|error| !matches!(error, rustls::Error::InvalidCertificate(_)))
}

/// The error of TLS within an error.
fn rustls_error(error: &tokio_postgres::Error) -> Option<&rustls::Error> {
    let mut next = std::error::Error::source(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && let Some(tls) = io.get_ref().and_then(|inner| inner.downcast_ref())
        {
            return Some(tls);
        }
        next = error.source();
    }
    None
}

/// Opens a connection, and leaves it to the runtime.
async fn open<T>(config: &Config, tls: T) -> Result<Client, tokio_postgres::Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = config.connect(tls).await?;
    // An error of the connection reaches the client's next call, so it is not lost here.
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

/// Whether a text names a place on a network or a database on a server, not a file.
pub fn is_remote(text: &str) -> bool {
    text::is_remote(text)
}

/// A connection string without what may be secret in it, for a message.
pub fn without_secret(text: &str) -> String {
    text::without_secret(text)
}
