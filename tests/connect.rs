//! Connecting like libpq: each way to say it, with a connection; each way to fail, with its words.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use orgfold::connect::Cause;

use crate::cli::Ended;
use crate::support::database::Database;
use crate::support::secure::{Authority, PASSWORD, Secure, describe, free_port, self_signed};

/// Password of [`crate::support::secure`], as a URL has it.
const ENCODED: &str = "s3cret%3A%20%5Cof%20%27all%27";
/// What of it no message may hold.
const SECRET: &str = "s3cret";

/// `orgfold status` with nothing of the environment but what is given.
fn status(arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orgfold"));
    command.arg("status").args(arguments).env_clear().envs(environment.iter().copied());
    let output = command.output().unwrap();
    let ended = Ended {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!said.contains(SECRET), "a message holds the password:\n{said}");
    ended
}

impl Ended {
    /// It worked on this database, without a word beside.
    #[track_caller]
    fn on(&self, target: &str) {
        self.on_with(target, "");
    }

    /// It worked on this database, and said this beside.
    #[track_caller]
    fn on_with(&self, target: &str, stderr: &str) {
        assert_eq!((self.code, self.stderr.as_str()), (0, stderr), "{}", self.stdout);
        assert_eq!(self.stdout.lines().next(), Some(target));
    }

    /// It failed with this code and these words in its error.
    #[track_caller]
    fn failed(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        for words in words {
            assert!(self.stderr.contains(words), "`{words}` is missing:\n{}", self.stderr);
        }
    }
}

impl Secure {
    /// What was connected to the database since the log was this long, as the server tells it.
    fn connected(&self, since: usize) -> Vec<String> {
        let log = self.log();
        let lines = log[since..].lines().filter(|line| line.contains("database=crm"));
        let told = lines.filter_map(|line| line.split_once("connection authorized: "));
        told.map(|(_, told)| told.to_owned()).collect()
    }
}

fn url(port: u16, user: &str, more: &str) -> String {
    format!("postgres://{user}@127.0.0.1:{port}/crm{more}")
}

#[tokio::test]
async fn every_way_to_name_a_database_is_understood() {
    let secure = Secure::start().await;
    let port = secure.port();
    let number = port.to_string();
    let on = format!("database `crm` on `127.0.0.1:{port}` as `app`");
    let socket = secure.socket().display().to_string();
    let on_socket = format!("database `crm` on `{socket}/.s.PGSQL.{port}` as `app`");

    let plain = url(port, "app", "");
    status(&["--database", &plain], &[]).on(&on);
    status(&[], &[("DATABASE_URL", &plain)]).on(&on);
    let long = plain.replace("postgres://", "postgresql://");
    status(&["--database", &long], &[("DATABASE_URL", "postgres://nobody@127.0.0.1:1/x")]).on(&on);
    let pairs = format!("host=127.0.0.1 port={port} user=app dbname='crm'");
    status(&["--database", &pairs], &[]).on(&on);
    let pairs = format!("host='{socket}' port={port} user=app dbname=crm");
    status(&["--database", &pairs], &[]).on(&on_socket);
    let encoded = format!("postgres://app@{}:{port}/crm", socket.replace('/', "%2F"));
    status(&["--database", &encoded], &[]).on(&on_socket);

    // What the string leaves open, the environment says.
    let environment = [("PGHOST", "127.0.0.1"), ("PGPORT", &number), ("PGUSER", "app")];
    status(&["--database", "crm"], &environment).on(&on);
    status(&["--database", "postgres:///crm"], &environment).on(&on);
    status(&[], &[&environment[..], &[("PGDATABASE", "crm")]].concat()).on(&on);
    let named = [("PGHOST", "name.invalid"), ("PGHOSTADDR", "127.0.0.1")];
    let named = [&named[..], &environment[1..], &[("PGDATABASE", "crm")]].concat();
    status(&[], &named).on(&format!("database `crm` on `name.invalid:{port}` as `app`"));
    let address = format!("hostaddr=127.0.0.1 port={port} user=app dbname=crm");
    status(&["--database", &address], &[]).on(&on);

    // Services stand between string and environment.
    let service = format!("[crm]\nhost=127.0.0.1\nport={port}\nuser=app\ndbname=crm\n");
    let file = secure.file("services", &service);
    let file = file.to_str().unwrap();
    let others = [("PGSERVICEFILE", file), ("PGUSER", "nobody"), ("PGPORT", "1")];
    status(&["--database", "service=crm"], &others).on(&on);
    status(&[], &[&others[..], &[("PGSERVICE", "crm")]].concat()).on(&on);
    status(&["--database", "service=crm user=secure sslmode=disable"], &others)
        .failed(1, &["as `secure`", "no encryption", "pg_hba.conf"]);
    secure.file(".pg_service.conf", &service);
    let home = secure.files().to_str().unwrap();
    status(&[], &[("PGSERVICE", "crm"), ("HOME", home)]).on(&on);
    status(&[], &[("PGSERVICE", "none"), ("HOME", home)])
        .failed(2, &["PGSERVICE: there is no such service", ".pg_service.conf"]);

    // Several hosts: the first that answers is the one that is named.
    let several = format!("postgres://app@127.0.0.1:1,127.0.0.1:{port}/crm");
    status(&["--database", &several], &[]).on(&on);
    let none = "postgres://app@127.0.0.1:1,127.0.0.1:2/crm";
    status(&["--database", none], &[]).failed(
        1,
        &["none of the hosts will do: `127.0.0.1:1`: Connection refused", "; `127.0.0.1:2`: "],
    );
}

#[tokio::test]
async fn options_names_and_kinds_of_servers_reach_the_server() {
    let secure = Secure::start().await;
    let port = secure.port();
    let on = format!("database `crm` on `127.0.0.1:{port}` as `app`");
    let plain = url(port, "app", "");
    let at = secure.log().len();
    status(&["--database", &plain], &[]).on(&on);
    status(&["--database", &plain], &[("PGAPPNAME", "mine")]).on(&on);
    let own = url(port, "app", "?application_name=ours&fallback_application_name=none");
    status(&["--database", &own], &[("PGAPPNAME", "mine")]).on(&on);
    let names = ["orgfold", "mine", "ours"];
    let expected = names.map(|name| format!("user=app database=crm application_name={name}"));
    assert_eq!(secure.connected(at), expected);

    // An option that no server has shows that it got there.
    let odd = [("PGOPTIONS", "-c no_such_setting=1")];
    let words = ["unrecognized configuration parameter \"no_such_setting\""];
    status(&["--database", &plain], &odd).failed(1, &words);
    status(&["--database", &url(port, "app", "?options=-c%20jit%3Doff")], &odd).on(&on);

    let kind = |kind: &str| status(&["--database", &plain], &[("PGTARGETSESSIONATTRS", kind)]);
    for kind_of_server in ["any", "read-write", "primary", "prefer-standby"] {
        kind(kind_of_server).on(&on);
    }
    kind("standby").failed(1, &["it is no standby"]);
    kind("read-only").failed(1, &["it is not read-only"]);
    kind("other").failed(2, &["PGTARGETSESSIONATTRS: ", "any, read-write, read-only, primary"]);
    let read_only = url(port, "app", "?options=-c%20default_transaction_read_only%3Don");
    status(&["--database", &read_only], &[("PGTARGETSESSIONATTRS", "read-only")]).on(&on);
    status(&["--database", &read_only], &[("PGTARGETSESSIONATTRS", "read-write")])
        .failed(1, &["it is read-only"]);

    let alive = "?keepalives=1&keepalives_idle=5&keepalives_interval=1&keepalives_count=3\
                 &tcp_user_timeout=5000&connect_timeout=5&client_encoding=utf-8&gssencmode=prefer";
    status(&["--database", &url(port, "app", alive)], &[]).on(&on);

    let missing = plain.replace("/crm", "/none");
    status(&["--database", &missing], &[])
        .failed(1, &["database \"none\" does not exist", "3D000"]);

    // Somebody who accepts and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    status(&["--database", &url(port, "app", "")], &[("PGCONNECT_TIMEOUT", "1")])
        .failed(1, &["no answer within 2 s", "connect_timeout"]);
}

#[tokio::test]
async fn passwords_come_from_where_libpq_has_them_and_are_never_shown() {
    let secure = Secure::start().await;
    let port = secure.port();
    let as_role = |role: &str| format!("database `crm` on `127.0.0.1:{port}` as `{role}`");
    let plain = url(port, "scram", "");
    status(&["--database", &plain], &[]).failed(1, &["asks for a password", "PGPASSWORD"]);
    status(&["--database", &plain], &[("PGPASSWORD", PASSWORD)]).on(&as_role("scram"));
    status(&["--database", &plain], &[("PGPASSWORD", "s3cret, but wrong")])
        .failed(1, &["password authentication failed for user \"scram\"", "28P01"]);
    let spelled = url(port, &format!("scram:{ENCODED}"), "");
    status(&["--database", &spelled], &[("PGPASSWORD", "wrong")]).on(&as_role("scram"));
    let quoted = PASSWORD.replace('\\', "\\\\").replace('\'', "\\'");
    let pairs = format!("host=127.0.0.1 port={port} dbname=crm user=clear password='{quoted}'");
    status(&["--database", &pairs], &[]).on(&as_role("clear"));

    let escaped = PASSWORD.replace('\\', "\\\\").replace(':', "\\:");
    let line = format!("127.0.0.1:{port}:crm:scram:{escaped}\n");
    let own = secure.file(".pgpass", &format!("*:*:*:clear:s3cret\n{line}"));
    let home = secure.files().to_str().unwrap();
    status(&["--database", &plain], &[("HOME", home)]).on(&as_role("scram"));
    let other = secure.file("other", &line);
    let other = other.to_str().unwrap();
    status(&["--database", &plain], &[("PGPASSFILE", other)]).on(&as_role("scram"));
    status(&["--database", &url(port, "scram", &format!("?passfile={other}"))], &[])
        .on(&as_role("scram"));
    std::fs::set_permissions(&own, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    status(&["--database", &plain], &[("HOME", home)])
        .failed(1, &[".pgpass` can be read by others, and is not used: chmod 600", "asks for"]);

    for text in [
        "postgres://scram:s3cret@x@127.0.0.1/crm".to_owned(),
        "postgres://scram:s3cret/x@127.0.0.1/crm".to_owned(),
        "postgres://scram:s3cret%@127.0.0.1/crm".to_owned(),
        "host=h password=x s3cret=y".to_owned(),
        "host=h password='s3cret".to_owned(),
        "host=h sslmode=s3cret".to_owned(),
        "host=h port=s3cret".to_owned(),
        "host=h hostaddr=s3cret".to_owned(),
        "mysql://app:s3cret@127.0.0.1/crm".to_owned(),
    ] {
        let ended = status(&["--database", &text], &[]);
        assert!(matches!(ended.code, 1 | 2), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn what_orms_write_into_a_url_is_named_and_what_nobody_knows_is_refused() {
    let secure = Secure::start().await;
    let port = secure.port();
    let on = format!("database `crm` on `127.0.0.1:{port}` as `app`");
    let prisma = url(port, "app", "?schema=public&pgbouncer=true&connection_limit=1");
    status(&["--database", &prisma], &[]).on_with(
        &on,
        "note: `schema` of the connection string is ignored: the schema is named by --schema \
         or the configuration\n\
         note: `pgbouncer` of the connection string is ignored: whether a pooler stands between is \
         found out\n\
         note: `connection_limit` of the connection string is ignored: it is of a pool, and one \
         connection is opened\n",
    );
    let unknown = url(port, "app", "?sslmod=require");
    status(&["--database", &unknown], &[]).failed(2, &["`sslmod` is no parameter of a connection"]);
    status(&["--database", &url(port, "app", "?require_auth=none")], &[])
        .failed(2, &["`require_auth`: it is not supported", "channel_binding=require"]);
    status(&[], &[]).failed(2, &["no database was named", "DATABASE_URL"]);
}

/// Connections to a server by the name of its certificate.
struct Encrypted<'a> {
    secure: &'a Secure,
    /// What clients trust, as `sslrootcert`.
    root: String,
}

impl Encrypted<'_> {
    /// What `status` says, and whether the server saw a connection and TLS in it.
    fn run(&self, role: &str, more: &str) -> (Ended, Option<bool>) {
        let Self { secure, .. } = self;
        let since = secure.log().len();
        let (port, home) = (secure.port(), secure.files().to_str().unwrap());
        let text = format!("host=db.example hostaddr=127.0.0.1 port={port} dbname=crm user={role}");
        let ended = status(&["--database", &format!("{text} {more}")], &[("HOME", home)]);
        let told = secure.connected(since);
        (ended, told.last().map(|told| told.contains(" SSL enabled ")))
    }

    fn trusting(&self, mode: &str) -> String {
        format!("sslmode={mode} sslrootcert={}", self.root)
    }

    #[track_caller]
    fn works(&self, role: &str, more: &str, is_encrypted: bool) {
        let (ended, was) = self.run(role, more);
        ended.on(&format!("database `crm` on `db.example:{}` as `{role}`", self.secure.port()));
        assert_eq!(was, Some(is_encrypted), "{role} {more}");
    }

    #[track_caller]
    fn fails(&self, role: &str, more: &str, code: i32, words: &[&str]) {
        let (ended, was) = self.run(role, more);
        ended.failed(code, words);
        assert_eq!(was, None, "{role} {more}");
    }
}

#[tokio::test]
async fn tls_is_as_strong_as_asked_for_or_there_is_no_connection() {
    let secure = Secure::start().await;
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let root = secure.file("ours.crt", &ours.pem()).display().to_string();
    let wrong = secure.file("theirs.crt", &theirs.pem()).display().to_string();
    let to = Encrypted { secure: &secure, root };

    // A server without it.
    to.works("app", "", false);
    to.works("app", "sslmode=disable", false);
    to.fails("app", "sslmode=require", 1, &["the server offers no TLS", "sslmode=disable"]);
    to.fails("app", "ssl=true", 1, &["the server offers no TLS"]);

    let good = ours.sign("good", &describe(&["db.example"], "elsewhere"));
    secure.secure(&good, &ours.pem()).await;
    to.works("app", "", true);
    to.works("app", "sslmode=disable", false);
    to.works("app", "sslmode=allow", false);
    for mode in ["prefer", "require"] {
        to.works("app", &format!("sslmode={mode}"), true);
        to.works("app", &to.trusting(mode), true);
    }
    to.works("secure", "sslmode=allow", true);
    to.works("plain", "sslmode=prefer", false);
    to.works("plain", "sslmode=allow", false);
    to.fails("plain", "sslmode=require", 1, &["no pg_hba.conf entry", "28000"]);
    to.fails("secure", "sslmode=disable", 1, &["no pg_hba.conf entry", "no encryption"]);
    let full = to.trusting("verify-full");
    to.works("secure", &to.trusting("verify-ca"), true);
    to.works("secure", &full, true);
    to.works("secure", &format!("{full} sslsni=0 ssl_min_protocol_version=TLSv1.3"), true);
    to.works("secure", &format!("{full} ssl_max_protocol_version=TLSv1.2"), true);

    // The authority.
    let unknown = ["of an authority that is not trusted", "sslrootcert=FILE"];
    for mode in ["prefer", "require", "verify-ca", "verify-full"] {
        to.fails("secure", &format!("sslmode={mode} sslrootcert={wrong}"), 1, &unknown);
    }
    let none = ["nobody is named who vouches for the server", "sslrootcert=system"];
    to.fails("secure", "sslmode=verify-ca", 2, &none);
    to.fails("secure", "sslmode=verify-full", 2, &none);
    to.fails("secure", "sslmode=require sslrootcert=/nowhere", 1, &["cannot read `/nowhere`"]);
    to.fails("secure", "sslmode=require sslrootcert=system", 2, &["write sslmode=verify-full"]);
    to.fails("secure", "sslmode=verify-none", 2, &["`sslmode`", "verify-ca, verify-full"]);
    // The file that is there by custom counts as if it were named.
    secure.file(".postgresql/root.crt", &theirs.pem());
    to.fails("secure", "sslmode=require", 1, &unknown);
    secure.file(".postgresql/root.crt", &ours.pem());
    to.works("secure", "sslmode=verify-full", true);
    to.works("secure", "sslaccept=strict", true);

    // The authorities of the machine, which this variable names to whoever asks for them.
    let port = secure.port();
    for strict in ["sslrootcert=system", "sslmode=require sslaccept=strict"] {
        let text = format!(
            "host=db.example hostaddr=127.0.0.1 port={port} dbname=crm user=secure {strict}"
        );
        status(&["--database", &text], &[("SSL_CERT_FILE", &to.root)])
            .on(&format!("database `crm` on `db.example:{port}` as `secure`"));
        status(&["--database", &text], &[("SSL_CERT_FILE", &wrong)]).failed(1, &unknown);
    }
}

#[tokio::test]
async fn a_certificate_fits_by_name_date_and_revocation() {
    let secure = Secure::start().await;
    let ours = Authority::new("ours");
    let root = secure.file("ours.crt", &ours.pem()).display().to_string();
    let to = Encrypted { secure: &secure, root };
    let (full, authority) = (to.trusting("verify-full"), to.trusting("verify-ca"));

    secure.secure(&ours.sign("other", &describe(&["other.example"], "x")), &ours.pem()).await;
    let words = ["the server's certificate is for another name: other.example", "hostaddr"];
    to.fails("secure", &full, 1, &words);
    to.works("secure", &authority, true);

    let mut params = describe(&["db.example"], "x");
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    secure.secure(&ours.sign("expired", &params), &ours.pem()).await;
    to.fails("secure", &authority, 1, &["certificate is expired", "renewed"]);
    let mut params = describe(&["db.example"], "x");
    params.not_before = rcgen::date_time_ymd(3000, 1, 1);
    secure.secure(&ours.sign("early", &params), &ours.pem()).await;
    to.fails("secure", &authority, 1, &["certificate is not valid yet", "clock"]);

    let mut params = describe(&["db.example"], "x");
    params.serial_number = Some(rcgen::SerialNumber::from(7));
    secure.secure(&ours.sign("revoked", &params), &ours.pem()).await;
    to.works("secure", &full, true);
    let list = secure.file("crl", &ours.revoke(&[7])).display().to_string();
    to.fails("secure", &format!("{full} sslcrl={list}"), 1, &["certificate is revoked"]);
    secure.file("crl", &ours.revoke(&[8]));
    to.works("secure", &format!("{full} sslcrl={list}"), true);
}

#[tokio::test]
async fn certificates_of_private_authorities_are_taken_as_libpq_takes_them() {
    let secure = Secure::start().await;
    let port = secure.port();
    let run = |host: &str, more: &str| {
        let text = format!("host={host} hostaddr=127.0.0.1 port={port} dbname=crm user=secure");
        status(&["--database", &format!("{text} {more}")], &[])
    };
    let works = |host: &str, more: &str| {
        run(host, more).on(&format!("database `crm` on `{host}:{port}` as `secure`"));
    };
    let (ours, theirs) = (Authority::new("ours"), Authority::new("ours"));
    let full = |authority: &str| format!("sslmode=verify-full sslrootcert={authority}");
    let root = full(secure.file("ours.crt", &ours.pem()).to_str().unwrap());
    let namesake = full(secure.file("theirs.crt", &theirs.pem()).to_str().unwrap());

    // A bare common name, as names were given once; not beside alternative names.
    let another_name = ["certificate is for another name"];
    secure.secure(&ours.sign("common", &describe(&[], "db.example")), &ours.pem()).await;
    works("db.example", &root);
    run("other.example", &root).failed(1, &another_name);
    secure.secure(&ours.sign("many", &describe(&[], "*.db.example")), &ours.pem()).await;
    works("one.db.example", &root);
    run("one.two.db.example", &root).failed(1, &another_name);
    let both = ours.sign("both", &describe(&["other.example"], "db.example"));
    secure.secure(&both, &ours.pem()).await;
    run("db.example", &root).failed(1, &another_name);

    // Version 1: without extensions.
    let old = ours.sign_old("old", &describe(&[], "db.example"));
    secure.secure(&old, &ours.pem()).await;
    works("db.example", &root);
    works("db.example", "sslmode=require");
    run("other.example", &root).failed(1, &another_name);
    run("db.example", &namesake).failed(1, &["of an authority that is not trusted"]);
    let mut params = describe(&[], "db.example");
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    secure.secure(&ours.sign_old("older", &params), &ours.pem()).await;
    run("db.example", &root).failed(1, &["certificate is expired"]);

    // One that signs itself is trusted where it is listed itself, in time.
    let mut params = describe(&["db.example"], "db.example");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let own = self_signed("own", &params);
    secure.secure(&own, &ours.pem()).await;
    let listed = full(secure.file("own.crt", &own.chain).to_str().unwrap());
    works("db.example", &listed);
    run("other.example", &listed).failed(1, &another_name);
    run("db.example", &root).failed(1, &["of an authority that is not trusted"]);
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let own = self_signed("stale", &params);
    secure.secure(&own, &ours.pem()).await;
    let listed = full(secure.file("own.crt", &own.chain).to_str().unwrap());
    run("db.example", &listed).failed(1, &["certificate is expired"]);
}

#[tokio::test]
async fn clients_show_certificates_and_bind_passwords_to_the_connection() {
    let secure = Secure::start().await;
    let port = secure.port();
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    secure.secure(&ours.sign("good", &describe(&["127.0.0.1"], "db")), &ours.pem()).await;
    let as_role = |role: &str| format!("database `crm` on `127.0.0.1:{port}` as `{role}`");
    let file = |name: &str, text: &str| secure.file(name, text).display().to_string();
    let plain = url(port, "certain", "");

    let client = ours.sign("client", &describe(&[], "certain"));
    let (cert, key) = (file("c.crt", &client.chain), file("c.key", &client.key));
    let shown = [("PGSSLCERT", &*cert), ("PGSSLKEY", &*key)];
    status(&["--database", &plain], &shown).on(&as_role("certain"));
    status(&["--database", &plain], &[])
        .failed(1, &["connection requires a valid client certificate", "sslcert"]);
    let never = [&shown[..], &[("PGSSLCERTMODE", "disable")]].concat();
    status(&["--database", &plain], &never).failed(1, &["requires a valid client certificate"]);
    let home = secure.files().to_str().unwrap();
    file(".postgresql/postgresql.crt", &client.chain);
    let own = file(".postgresql/postgresql.key", &client.key);
    status(&["--database", &plain], &[("HOME", home)]).on(&as_role("certain"));
    std::fs::set_permissions(&own, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    status(&["--database", &plain], &[("HOME", home)])
        .failed(1, &["the private key can be read by others", "chmod 600"]);

    let stranger = theirs.sign("stranger", &describe(&[], "certain"));
    let strange = (file("s.crt", &stranger.chain), file("s.key", &stranger.key));
    let required = url(port, "certain", "?sslmode=require");
    let shown = [("PGSSLCERT", &*strange.0), ("PGSSLKEY", &*strange.1)];
    status(&["--database", &required], &shown)
        .failed(1, &["the server does not accept the client's certificate"]);
    let shown = [("PGSSLCERT", &*cert), ("PGSSLKEY", &*strange.1)];
    status(&["--database", &required], &shown)
        .failed(1, &["the key is not that of the certificate"]);
    let shown = [("PGSSLCERT", &*cert), ("PGSSLKEY", &*cert)];
    status(&["--database", &required], &shown)
        .failed(1, &["no private key in PEM form without a password", "openssl pkey"]);

    // Only SCRAM over TLS can be bound.
    let bound = [("PGPASSWORD", PASSWORD), ("PGCHANNELBINDING", "require")];
    status(&["--database", &url(port, "scram", "")], &bound).on(&as_role("scram"));
    status(&["--database", &url(port, "scram", "?sslmode=require")], &bound).on(&as_role("scram"));
    let refused = ["does not bind the password to this connection"];
    status(&["--database", &url(port, "scram", "?sslmode=disable")], &bound).failed(1, &refused);
    status(&["--database", &url(port, "clear", "?sslmode=require")], &bound).failed(1, &refused);
    status(&["--database", &url(port, "app", "?sslmode=require")], &bound).failed(1, &refused);
    let loose = [("PGPASSWORD", PASSWORD), ("PGCHANNELBINDING", "disable")];
    status(&["--database", &url(port, "scram", "")], &loose).on(&as_role("scram"));
}

/// A pooler before a server, ended with the test.
struct Pooler {
    process: Child,
    port: u16,
}

impl Pooler {
    /// Starts one with these settings; none where it is not installed and cannot be.
    async fn start(secure: &Secure, settings: &str) -> Option<Self> {
        let program = pgbouncer()?;
        let port = free_port();
        let (server, socket) = (secure.port(), secure.socket());
        let configuration = format!(
            "[databases]\ncrm = host={0} port={server} user=app\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             {settings}\n",
            socket.display()
        );
        let file = socket.join(format!("pgbouncer-{port}.ini"));
        std::fs::write(&file, configuration).unwrap();
        // It refuses to run as root.
        let owner = std::fs::metadata(socket).unwrap();
        let mut command = Command::new(program);
        command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.env_clear().gid(owner.gid()).uid(owner.uid());
        let pooler = Self { process: command.spawn().unwrap(), port };
        for _ in 0..500 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(pooler);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the pooler does not answer");
    }

    fn url(&self) -> String {
        url(self.port, "app", "")
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// The program, installed where we may.
fn pgbouncer() -> Option<&'static str> {
    let find = || {
        ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"]
            .into_iter()
            .find(|path| std::path::Path::new(path).exists())
    };
    let found = find().or_else(|| {
        let mut install = Command::new("apt-get");
        // Another test may be at it.
        install.args(["-o", "DPkg::Lock::Timeout=120", "install", "-y", "--no-install-recommends"]);
        let _ = install.arg("pgbouncer").env("DEBIAN_FRONTEND", "noninteractive").output();
        find()
    });
    #[expect(clippy::print_stderr, reason = "whoever runs the tests should know")]
    if found.is_none() {
        eprintln!("skipped: pgbouncer is not installed, and cannot be");
    }
    found
}

#[tokio::test]
async fn a_pooler_that_hands_sessions_about_is_refused_before_anything_is_set() {
    let secure = Secure::start().await;
    let refused = |pooler: &Pooler, words: &[&str]| {
        for command in ["status", "preflight", "verify"] {
            let mut run = Command::new(env!("CARGO_BIN_EXE_orgfold"));
            run.args([command, "--database", &pooler.url()]).env_clear();
            let output = run.output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(8), "{command}: {stderr}");
            let ports = format!("on `127.0.0.1:{}` as `app` is reached through", pooler.port);
            for words in words.iter().chain([&&*ports, &"help: connect to the server itself"]) {
                assert!(stderr.contains(words), "`{words}` is missing:\n{stderr}");
            }
        }
    };
    let transactions = ["a pooler that gives each transaction another session"];
    for settings in [
        "pool_mode = transaction",
        "pool_mode = statement",
        "pool_mode = transaction\ndefault_pool_size = 1",
        "pool_mode = transaction\nserver_round_robin = 1\nmin_pool_size = 2",
        "pool_mode = transaction\nserver_round_robin = 1\nmin_pool_size = 5",
    ] {
        let Some(pooler) = Pooler::start(&secure, settings).await else { return };
        refused(&pooler, &transactions);
    }

    // Others use the pool, too.
    let pooler = Pooler::start(&secure, "pool_mode = transaction\ndefault_pool_size = 4").await;
    let pooler = pooler.unwrap();
    let busy = tokio::spawn({
        let (port, mut others) = (pooler.port, Vec::new());
        async move {
            let mut config = tokio_postgres::Config::new();
            config.host("127.0.0.1").port(port).user("app").dbname("crm");
            for _ in 0..3 {
                let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
                tokio::spawn(connection);
                others.push(client);
            }
            loop {
                for other in &others {
                    other.simple_query("select pg_sleep(0.002)").await.unwrap();
                }
            }
        }
    });
    tokio::task::spawn_blocking(move || {
        for _ in 0..4 {
            let ended = status(&["--database", &pooler.url()], &[]);
            ended.failed(8, &transactions);
        }
    })
    .await
    .unwrap();
    busy.abort();
}

#[tokio::test]
async fn a_pooler_that_keeps_sessions_is_fine_and_keeps_nothing_of_ours() {
    let secure = Secure::start().await;
    let settings = "pool_mode = session\ndefault_pool_size = 2";
    let Some(pooler) = Pooler::start(&secure, settings).await else { return };
    let on = format!("database `crm` on `127.0.0.1:{}` as `app`", pooler.port);
    for _ in 0..3 {
        status(&["--database", &pooler.url()], &[]).on(&on);
    }
    let mut config = tokio_postgres::Config::new();
    config.host("127.0.0.1").port(pooler.port).user("app").dbname("crm");
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let row = client.query_one("show lock_timeout", &[]).await.unwrap();
    assert_eq!(row.get::<_, &str>(0), "0");
    drop(client);

    // One that has a single session for all cannot be told from one that hands it about.
    let single = Pooler::start(&secure, "pool_mode = session\ndefault_pool_size = 1").await;
    status(&["--database", &single.unwrap().url()], &[])
        .failed(8, &["a pooler that serves no second session now"]);
}

#[test]
fn a_source_on_a_server_is_named_without_its_password() {
    let check = |source: &str, shown: &str| {
        let mut plan = Command::new(env!("CARGO_BIN_EXE_orgfold"));
        let output = plan.args(["plan", source]).env_clear().output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        let expected = format!(
            "error: {shown}: this is not a file: a source on a server is not read yet\n\
             help: read it into a dump first: pg_dump --file=FILE.sql DATABASE\n"
        );
        assert_eq!(stderr, expected);
    };
    check("postgres://app:s3cret@db/shop", "postgres://app@db/shop");
    check("postgresql://app:s3/cret@db/shop", "postgresql://…");
    check("host=db user=app password=s3cret dbname=shop", "postgres://app@db/shop");
    check("https://app:s3cret@files/shop.csv", "https://…");
    let mut help = Command::new(env!("CARGO_BIN_EXE_orgfold"));
    help.args(["plan", "--help"]).env_clear();
    let output = help.env("ORGFOLD_SOURCE", "postgres://app:s3cret@db/shop").output().unwrap();
    assert!(!String::from_utf8(output.stdout).unwrap().contains(SECRET));
}

#[tokio::test]
async fn what_a_function_makes_up_is_not_shown() {
    let database = Database::empty().await;
    let client = database.connect().await;
    let made = "create table t (mail text not null); create function guard() returns trigger \
                language plpgsql as $$ begin raise exception 'no %', new.mail using errcode = '23514'; \
                end $$; create trigger guard before insert on t for each row execute function guard()";
    client.batch_execute(made).await.unwrap();
    let said = async |statement: &str| {
        Cause::new(client.batch_execute(statement).await.unwrap_err()).to_string()
    };
    let raised = said("insert into t values ('secret@example.org')").await;
    assert_eq!(raised, "function `guard()` refuses it (SQLSTATE 23514)");
    let missing = said("alter table t disable trigger guard; insert into t values (null)").await;
    assert!(missing.starts_with("null value in column \"mail\""), "{missing}");
    let unfit = said("select 'secret@example.org'::int").await;
    assert_eq!(unfit, "a value does not fit its column (SQLSTATE 22P02)");
}
