//! Every parameter of a connection that is known, and what is made of it: one table.
//!
//! libpq's own, with the environment variable of each, and those that ORMs and pools put into the
//! same URL for themselves.

/// What is made of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It means what it means to libpq.
    Used,
    /// It changes nothing here: of another way to authenticate, or without effect in libpq, too.
    Idle,
    /// It would go unheard, and something weaker or other than meant be done; with the remedy.
    Refused(&'static str),
    /// Of an ORM, a driver or a pool: it is ignored, and that is said with this remark.
    Foreign(&'static str),
}

/// A parameter.
#[derive(Debug)]
pub(super) struct Parameter {
    /// Its name in a connection string or service.
    pub(super) keyword: &'static str,
    /// Its environment variable.
    pub(super) variable: Option<&'static str>,
    /// What is made of it.
    pub(super) meaning: Meaning,
}

const fn used(keyword: &'static str, variable: &'static str) -> Parameter {
    Parameter { keyword, variable: Some(variable), meaning: Meaning::Used }
}

const fn unset(keyword: &'static str) -> Parameter {
    Parameter { keyword, variable: None, meaning: Meaning::Used }
}

const fn idle(keyword: &'static str, variable: Option<&'static str>) -> Parameter {
    Parameter { keyword, variable, meaning: Meaning::Idle }
}

const fn refused(
    keyword: &'static str,
    variable: Option<&'static str>,
    help: &'static str,
) -> Parameter {
    Parameter { keyword, variable, meaning: Meaning::Refused(help) }
}

const fn foreign(keyword: &'static str, remark: &'static str) -> Parameter {
    Parameter { keyword, variable: None, meaning: Meaning::Foreign(remark) }
}

const SCHEMA: &str = "the schema is named by --schema or the configuration";
const POOLED: &str = "whether a pooler stands between is found out";
const POOL: &str = "it is of a pool, and one connection is opened";
const CACHE: &str = "it is of a driver's statements";
const WAITS: &str = "how long to wait stands in the configuration";
const SESSION: &str = "what a session needs is set by the program";
const DIALECT: &str = "it is of another driver";
const HOSTED: &str = "it is of a host's own tools";
const SSLMODE: &str = "write sslmode, which decides alone";
const TARGET: &str = "write target_session_attrs";
const PASSWORD: &str = "leave it out, and give the password or a client certificate";

/// All of them. A keyword stands once.
pub(super) const PARAMETERS: &[Parameter] = &[
    used("service", "PGSERVICE"),
    used("servicefile", "PGSERVICEFILE"),
    used("host", "PGHOST"),
    used("hostaddr", "PGHOSTADDR"),
    used("port", "PGPORT"),
    used("dbname", "PGDATABASE"),
    used("user", "PGUSER"),
    used("password", "PGPASSWORD"),
    used("passfile", "PGPASSFILE"),
    used("channel_binding", "PGCHANNELBINDING"),
    used("connect_timeout", "PGCONNECT_TIMEOUT"),
    used("client_encoding", "PGCLIENTENCODING"),
    used("options", "PGOPTIONS"),
    used("application_name", "PGAPPNAME"),
    unset("fallback_application_name"),
    unset("keepalives"),
    unset("keepalives_idle"),
    unset("keepalives_interval"),
    unset("keepalives_count"),
    unset("tcp_user_timeout"),
    used("sslmode", "PGSSLMODE"),
    used("sslnegotiation", "PGSSLNEGOTIATION"),
    used("sslcert", "PGSSLCERT"),
    used("sslkey", "PGSSLKEY"),
    used("sslcertmode", "PGSSLCERTMODE"),
    used("sslrootcert", "PGSSLROOTCERT"),
    used("sslcrl", "PGSSLCRL"),
    used("sslsni", "PGSSLSNI"),
    used("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    used("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    used("gssencmode", "PGGSSENCMODE"),
    used("target_session_attrs", "PGTARGETSESSIONATTRS"),
    used("load_balance_hosts", "PGLOADBALANCEHOSTS"),
    idle("sslcompression", Some("PGSSLCOMPRESSION")),
    idle("krbsrvname", Some("PGKRBSRVNAME")),
    idle("gsslib", Some("PGGSSLIB")),
    idle("gssdelegation", Some("PGGSSDELEGATION")),
    refused(
        "require_auth",
        Some("PGREQUIREAUTH"),
        "write channel_binding=require, which only SCRAM over TLS can meet",
    ),
    refused("requiressl", Some("PGREQUIRESSL"), "write sslmode=require"),
    refused(
        "requirepeer",
        Some("PGREQUIREPEER"),
        "leave it out, and name a socket in a folder that only the server may write to",
    ),
    refused(
        "sslcrldir",
        Some("PGSSLCRLDIR"),
        "write the lists into one file and name it as sslcrl",
    ),
    refused(
        "sslpassword",
        None,
        "decrypt the key (openssl pkey -in KEY -out FILE) and name it as sslkey",
    ),
    refused("sslkeylogfile", None, "leave it out"),
    refused("replication", None, "leave it out: rows are read and written"),
    refused("min_protocol_version", Some("PGMINPROTOCOLVERSION"), "leave it out: 3.0 is spoken"),
    refused("max_protocol_version", Some("PGMAXPROTOCOLVERSION"), "leave it out: 3.0 is spoken"),
    refused("scram_client_key", None, PASSWORD),
    refused("scram_server_key", None, PASSWORD),
    refused("oauth_issuer", None, PASSWORD),
    refused("oauth_client_id", None, PASSWORD),
    refused("oauth_client_secret", None, PASSWORD),
    refused("oauth_scope", None, PASSWORD),
    // Prisma.
    unset("sslaccept"),
    refused("sslidentity", None, "write sslcert and sslkey, as PEM files"),
    foreign("schema", SCHEMA),
    foreign("pgbouncer", POOLED),
    foreign("connection_limit", POOL),
    foreign("pool_timeout", POOL),
    foreign("socket_timeout", WAITS),
    foreign("statement_cache_size", CACHE),
    // JDBC. `ssl` is node-postgres', too.
    unset("ssl"),
    refused("sslfactory", None, SSLMODE),
    refused("sslhostnameverifier", None, SSLMODE),
    refused("targetServerType", None, TARGET),
    foreign("currentSchema", SCHEMA),
    foreign("ApplicationName", DIALECT),
    foreign("prepareThreshold", CACHE),
    foreign("preparedStatementCacheQueries", CACHE),
    foreign("preparedStatementCacheSizeMiB", CACHE),
    foreign("preferQueryMode", CACHE),
    foreign("loginTimeout", WAITS),
    foreign("connectTimeout", WAITS),
    foreign("socketTimeout", WAITS),
    foreign("tcpKeepAlive", DIALECT),
    foreign("reWriteBatchedInserts", DIALECT),
    foreign("defaultRowFetchSize", DIALECT),
    foreign("stringtype", DIALECT),
    // node-postgres, Vercel, Supabase, Neon.
    foreign("uselibpqcompat", DIALECT),
    foreign("workaround", HOSTED),
    foreign("supa", HOSTED),
    foreign("pool_mode", POOLED),
    foreign("idle_timeout", POOL),
    foreign("max_lifetime", POOL),
    // pgx, lib/pq.
    foreign("pool_max_conns", POOL),
    foreign("pool_min_conns", POOL),
    foreign("pool_min_idle_conns", POOL),
    foreign("pool_max_conn_lifetime", POOL),
    foreign("pool_max_conn_lifetime_jitter", POOL),
    foreign("pool_max_conn_idle_time", POOL),
    foreign("pool_health_check_period", POOL),
    foreign("default_query_exec_mode", CACHE),
    foreign("statement_cache_capacity", CACHE),
    foreign("description_cache_capacity", CACHE),
    foreign("binary_parameters", DIALECT),
    foreign("statement_cache_mode", CACHE),
    // asyncpg, SQLAlchemy, psycopg, Django, Rails.
    foreign("prepared_statement_cache_size", CACHE),
    foreign("prepared_statement_name_func", CACHE),
    foreign("prepared_statements", CACHE),
    foreign("prepare_threshold", CACHE),
    foreign("statement_limit", CACHE),
    foreign("command_timeout", WAITS),
    foreign("statement_timeout", WAITS),
    foreign("lock_timeout", WAITS),
    foreign("search_path", SCHEMA),
    foreign("schema_search_path", SCHEMA),
    foreign("timezone", SESSION),
    foreign("pool", POOL),
    foreign("pool_size", POOL),
    foreign("max_overflow", POOL),
    foreign("pool_recycle", POOL),
    foreign("pool_pre_ping", POOL),
    foreign("conn_max_age", POOL),
    foreign("checkout_timeout", POOL),
    foreign("reaping_frequency", POOL),
    foreign("adapter", DIALECT),
    foreign("encoding", DIALECT),
];

/// The parameter of a name.
pub(super) fn named(keyword: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.keyword == keyword)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_keyword_and_every_variable_stands_once() {
        let keywords: BTreeSet<&str> = PARAMETERS.iter().map(|known| known.keyword).collect();
        assert_eq!(keywords.len(), PARAMETERS.len());
        let variables: Vec<&str> = PARAMETERS.iter().filter_map(|known| known.variable).collect();
        let distinct: BTreeSet<&str> = variables.iter().copied().collect();
        assert_eq!(variables.len(), distinct.len());
    }
}
