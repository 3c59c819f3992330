//! Opening a connection: who is meant by a URL, `DATABASE_URL` or the `PG*` variables.
//!
//! The only place that knows passwords; none of it is ever printed.

use std::fmt;
use std::path::Path;

use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

/// A database to connect to.
#[derive(Clone)]
pub struct Target {
    config: Config,
}

/// A target that cannot be understood, or that does not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No target was named.
    #[error("no database was named")]
    Missing,
    /// A URL or variable that cannot be understood.
    #[error("cannot read {0}")]
    Malformed(&'static str),
    /// A TLS mode that needs what this version does not have.
    #[error("the connection asks for TLS, which is not supported yet")]
    Tls,
    /// The server said no, or nobody answered.
    #[error("cannot connect to {target}")]
    Connect {
        /// Database, host and role.
        target: String,
        /// Why not.
        #[source]
        source: Cause,
    },
}

/// What a server said, as far as it may be shown: the detail of a message, and the whole message of
/// a value that could not be read, hold values of rows.
#[derive(Debug)]
pub struct Cause(tokio_postgres::Error);

impl Cause {
    /// Wraps an error of the driver.
    pub fn new(error: tokio_postgres::Error) -> Self {
        Self(error)
    }

    /// The five letters of the SQL standard.
    pub fn code(&self) -> Option<&str> {
        self.0.code().map(tokio_postgres::error::SqlState::code)
    }
}

impl std::error::Error for Cause {}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(said) = self.0.as_db_error() else { return self.0.fmt(f) };
        let code = said.code().code();
        if code.starts_with("22") {
            write!(f, "a value does not fit its column (SQLSTATE {code})")?;
        } else {
            write!(f, "{} (SQLSTATE {code})", said.message())?;
        }
        for (what, name) in
            [("table", said.table()), ("column", said.column()), ("constraint", said.constraint())]
        {
            if let Some(name) = name {
                write!(f, ", {what} `{name}`")?;
            }
        }
        Ok(())
    }
}

impl Error {
    /// What a person can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Missing => {
                "name it with --database URL, DATABASE_URL or PGHOST, PGDATABASE, PGUSER"
            }
            Self::Malformed(_) => "write postgres://user@host:port/database",
            Self::Tls => {
                "connect through a unix socket, a local port or a tunnel, with sslmode=disable"
            }
            Self::Connect { .. } => "check host, port, database, role and password",
        }
    }
}

impl Target {
    /// What a URL or a key=value string names; where there is none, `DATABASE_URL`, then `PG*`.
    ///
    /// # Errors
    /// Nothing was named, or it cannot be understood. The text itself is never part of an error: it
    /// may hold a password.
    pub fn find(text: Option<&str>) -> Result<Self, Error> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let named = text.map(str::to_owned).or_else(|| variable("DATABASE_URL"));
        let mut config = match named {
            Some(text) => text.parse().map_err(|_| Error::Malformed("the connection string"))?,
            None if variable("PGHOST").or_else(|| variable("PGDATABASE")).is_some() => {
                Config::new()
            }
            None => return Err(Error::Missing),
        };
        if config.get_hosts().is_empty() {
            config.host(variable("PGHOST").unwrap_or_else(|| "localhost".to_owned()));
        }
        if config.get_ports().is_empty()
            && let Some(port) = variable("PGPORT")
        {
            config.port(port.parse().map_err(|_| Error::Malformed("PGPORT"))?);
        }
        if config.get_user().is_none() {
            let user = variable("PGUSER").or_else(|| variable("USER"));
            config.user(user.unwrap_or_else(|| "postgres".to_owned()));
        }
        if config.get_dbname().is_none() {
            let user = config.get_user().unwrap_or("postgres").to_owned();
            config.dbname(variable("PGDATABASE").unwrap_or(user));
        }
        if config.get_password().is_none()
            && let Some(password) = variable("PGPASSWORD")
        {
            config.password(password);
        }
        if config.get_ssl_mode() == tokio_postgres::config::SslMode::Require {
            return Err(Error::Tls);
        }
        Ok(Self { config })
    }

    /// A database of a private server on a unix socket.
    pub fn socket(directory: &Path, user: &str, database: &str) -> Self {
        let mut config = Config::new();
        config.host_path(directory).user(user).dbname(database);
        Self { config }
    }

    /// The same server, another database.
    #[must_use]
    pub fn database(&self, name: &str) -> Self {
        let mut config = self.config.clone();
        config.dbname(name);
        Self { config }
    }

    /// Port, where one is set.
    pub fn port(&self) -> Option<u16> {
        self.config.get_ports().first().copied()
    }

    /// ``database `x` on host `y` as `z` ``, without the password.
    pub fn describe(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".to_owned(),
        };
        let text = |value: Option<&str>| value.unwrap_or("?").to_owned();
        let (database, user) = (text(self.config.get_dbname()), text(self.config.get_user()));
        format!("database `{database}` on `{host}` as `{user}`")
    }

    /// The target as a key=value string, without the password: for a command line.
    pub fn parameters(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".to_owned(),
        };
        let port = self.port().map(|port| format!(" port={port}")).unwrap_or_default();
        let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
        let (user, database) = (self.config.get_user(), self.config.get_dbname());
        format!(
            "host={}{port} user={} dbname={}",
            quoted(&host),
            quoted(user.unwrap_or_default()),
            quoted(database.unwrap_or_default())
        )
    }

    /// Opens a connection; it is driven by the runtime until the client is dropped.
    ///
    /// # Errors
    /// The server said no, or nobody answered.
    pub async fn connect(&self) -> Result<Client, Error> {
        let mut config = self.config.clone();
        config.application_name("orgfold");
        let connected = config.connect(NoTls).await;
        let (client, connection) = connected.map_err(|source| Error::Connect {
            target: self.describe(),
            source: Cause::new(source),
        })?;
        // An error of the connection reaches the client's next call, so it is not lost here.
        tokio::spawn(async move { drop(connection.await) });
        Ok(client)
    }
}
