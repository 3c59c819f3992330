//! A server of one test that listens on a port, with TLS and passwords, and the certificates for
//! it: all made anew.

#![allow(clippy::unwrap_used, reason = "a test without its server has failed")]

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use orgfold::connect::Target;
use orgfold::load::server::Server;
use orgfold::progress::Progress;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, SigningKey as _,
    date_time_ymd,
};
use x509_cert::certificate::Version;
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Decode as _, Encode as _, EncodePem as _};

/// Who may come in, and how: each role another way.
const HBA: &str = "\
local all all trust
hostssl all certain 127.0.0.1/32 cert
hostssl all secure 127.0.0.1/32 trust
hostnossl all plain 127.0.0.1/32 trust
host all scram 127.0.0.1/32 scram-sha-256
host all clear 127.0.0.1/32 password
host all app 127.0.0.1/32 trust";

/// The password of every role.
pub(crate) const PASSWORD: &str = "s3cret: \\of 'all'";

/// A server with TLS, and the files of its clients.
pub(crate) struct Secure {
    server: Server,
    port: u16,
    files: tempfile::TempDir,
}

/// A free port; another program may take it, but then a server does not start, and says so.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Secure {
    /// Starts it without TLS, with one database `crm`.
    pub(crate) async fn start() -> Self {
        let port = free_port();
        let server = match Server::listening(Progress::Silent, port).await {
            Ok(server) => server,
            Err(error) => panic!("this test needs a Postgres server: {error}; {}", error.help()),
        };
        let files = tempfile::tempdir().unwrap();
        let secure = Self { server, port, files };
        secure.server.create_database("crm", None).await.unwrap();
        for role in ["certain", "secure", "plain", "scram", "clear", "app"] {
            let password = PASSWORD.replace('\'', "''");
            secure.execute(&format!("create role {role} login password '{password}'")).await;
        }
        secure.write("pg_hba.conf", HBA).await;
        secure.set("log_connections", "on").await;
        secure
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its socket.
    pub(crate) fn socket(&self) -> &Path {
        self.server.socket()
    }

    /// As its superuser.
    pub(crate) fn target(&self, database: &str) -> Target {
        self.server.target(database)
    }

    /// A folder for the files of clients.
    pub(crate) fn files(&self) -> &Path {
        self.files.path()
    }

    /// A file of a client, closed to others.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.files.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Switches TLS on with a certificate, and clients of an authority.
    pub(crate) async fn secure(&self, certificate: &Certified, clients: &str) {
        let name = certificate.name;
        self.write(&format!("{name}.crt"), &certificate.chain).await;
        self.write(&format!("{name}.key"), &certificate.key).await;
        self.write("clients.crt", clients).await;
        for setting in [
            format!("ssl_cert_file = '{name}.crt'"),
            format!("ssl_key_file = '{name}.key'"),
            "ssl_ca_file = 'clients.crt'".to_owned(),
        ] {
            self.execute(&format!("alter system set {setting}")).await;
        }
        self.set("ssl", "on").await;
        self.settled("ssl_cert_file", &format!("{name}.crt")).await;
    }

    /// Changes a setting, and waits until new connections have it.
    pub(crate) async fn set(&self, name: &str, value: &str) {
        self.execute(&format!("alter system set {name} = '{value}'")).await;
        self.execute("select pg_reload_conf()").await;
        self.settled(name, value).await;
    }

    async fn settled(&self, name: &str, value: &str) {
        for _ in 0..500 {
            let client = self.target("postgres").connect().await.unwrap();
            let row = client.query_one(&format!("show {name}"), &[]).await.unwrap();
            if row.get::<_, &str>(0) == value {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the server does not take `{name}`: {}", self.log());
    }

    /// A file in its folder, written by the server itself: it belongs to its account.
    async fn write(&self, name: &str, text: &str) {
        let lines = text.trim_end().replace('\'', "''");
        self.execute(&format!(
            "copy (select unnest(string_to_array('{lines}', e'\\n'))) \
             to program 'umask 077; cat > {name}'"
        ))
        .await;
    }

    async fn execute(&self, statement: &str) {
        let client = self.target("postgres").connect().await.unwrap();
        client.batch_execute(statement).await.unwrap();
    }

    /// What it wrote since it was started.
    pub(crate) fn log(&self) -> String {
        let bytes = std::fs::read(self.server.socket().join("log")).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// One who signs certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key, as PEM.
pub(crate) struct Certified {
    pub(crate) name: &'static str,
    pub(crate) chain: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its own certificate, as PEM.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// Signs a certificate as it is described.
    pub(crate) fn sign(&self, name: &'static str, params: &CertificateParams) -> Certified {
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.0).unwrap();
        Certified { name, chain: signed.pem(), key: key.serialize_pem() }
    }

    /// Signs a certificate of version 1, as `openssl x509 -req` does: no extensions.
    pub(crate) fn sign_old(&self, name: &'static str, params: &CertificateParams) -> Certified {
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.0).unwrap();
        let mut certificate = x509_cert::Certificate::from_der(signed.der()).unwrap();
        certificate.tbs_certificate.version = Version::V1;
        certificate.tbs_certificate.extensions = None;
        let body = certificate.tbs_certificate.to_der().unwrap();
        let signature = self.0.key().sign(&body).unwrap();
        certificate.signature = x509_cert::der::asn1::BitString::from_bytes(&signature).unwrap();
        let chain = certificate.to_pem(LineEnding::LF).unwrap();
        Certified { name, chain, key: key.serialize_pem() }
    }

    /// A list of revoked certificates.
    pub(crate) fn revoke(&self, serials: &[u64]) -> String {
        let revoked = |serial: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(2020, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(4000, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.0).unwrap().pem().unwrap()
    }
}

/// A certificate that signs itself, as the server's own documentation makes one to begin with.
pub(crate) fn self_signed(name: &'static str, params: &CertificateParams) -> Certified {
    let key = KeyPair::generate().unwrap();
    let signed = params.self_signed(&key).unwrap();
    Certified { name, chain: signed.pem(), key: key.serialize_pem() }
}

/// A certificate for names, some of them its alternative names, one its common name.
pub(crate) fn describe(names: &[&str], common: &str) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common);
    params
}
