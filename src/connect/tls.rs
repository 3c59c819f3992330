//! TLS as libpq's `ssl…` parameters ask for it, through rustls; never weaker than asked.
//!
//! Where libpq goes on without a file that was named, this is an error.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, RootCertStore, SupportedProtocolVersion,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Error;
use super::certificate::{Authorities, Check, Trust, Verifier};
use super::given::{Given, Surroundings};
use super::settings::word;

/// `sslmode`, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    /// Never.
    Disable,
    /// Where the server insists.
    Allow,
    /// Where the server has it.
    Prefer,
    /// Always.
    Require,
    /// Always, and with a certificate of an authority that is trusted.
    VerifyCa,
    /// And that names the host.
    VerifyFull,
}

/// How connections are encrypted.
#[derive(Clone)]
pub(super) struct Tls {
    pub(super) mode: Mode,
    /// There is one unless the mode is `disable`.
    pub(super) connector: Option<MakeRustlsConnect>,
    /// Without asking first.
    pub(super) direct: bool,
}

const MODES: [(&str, Mode); 6] = [
    ("disable", Mode::Disable),
    ("allow", Mode::Allow),
    ("prefer", Mode::Prefer),
    ("require", Mode::Require),
    ("verify-ca", Mode::VerifyCa),
    ("verify-full", Mode::VerifyFull),
];

const AUTHORITY: &str = "name the certificate of the server's authority with sslrootcert=FILE, or \
                         sslrootcert=system for authorities that this machine trusts";

/// Who vouches for servers.
enum Root {
    Nobody,
    System,
    File(PathBuf),
}

impl Tls {
    /// None: on sockets, and where nobody wants it.
    pub(super) fn off() -> Self {
        Self { mode: Mode::Disable, connector: None, direct: false }
    }
}

/// What the parameters ask for.
pub(super) fn read(given: &Given, around: &Surroundings<'_>) -> Result<Tls, Error> {
    let (mode, root) = mode(given, around)?;
    let direct = [("postgres", false), ("direct", true)];
    let direct = word(given, "sslnegotiation", &direct)?.unwrap_or(false);
    if let Some(said) = given.get("sslnegotiation").filter(|_| direct && mode < Mode::Require) {
        return Err(said.wrong("TLS at once needs TLS", "write sslmode=require or a stronger one"));
    }
    if mode == Mode::Disable {
        return Ok(Tls::off());
    }
    let provider = Arc::new(ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let trust = trust(given, around, mode, &root, &provider)?;
    let verifier = Arc::new(Verifier::new(trust, algorithms));
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(given)?)
        .expect("the provider can do every version")
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match client(given, around)? {
        None => builder.with_no_client_auth(),
        Some(client) => builder.with_client_auth_cert(client.chain, client.key).map_err(|_| {
            let problem = "the key is not that of the certificate, or of a kind that is not known";
            unusable(&client.path, problem, "name certificate and key as sslcert and sslkey")
        })?,
    };
    config.enable_sni = word(given, "sslsni", &[("0", false), ("1", true)])?.unwrap_or(true);
    if direct {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(Tls { mode, connector: Some(MakeRustlsConnect::new(config)), direct })
}

/// The mode, and who vouches; what ORMs call otherwise is understood as the stronger reading.
fn mode(given: &Given, around: &Surroundings<'_>) -> Result<(Mode, Root), Error> {
    let said = word(given, "sslmode", &MODES)?;
    let is_on = word(given, "ssl", &[("true", true), ("false", false), ("1", true), ("0", false)])?;
    let is_strict = [("strict", true), ("accept_invalid_certs", false)];
    let is_strict = word(given, "sslaccept", &is_strict)? == Some(true);
    let root = given.get("sslrootcert");
    let system = root.is_some_and(|root| root.value == "system");
    let mode = match (said, is_on) {
        _ if is_strict => Mode::VerifyFull,
        (Some(mode), _) => mode,
        (None, _) if system => Mode::VerifyFull,
        (None, Some(true)) => Mode::Require,
        (None, Some(false)) => Mode::Disable,
        (None, None) => Mode::Prefer,
    };
    if let Some(root) = root.filter(|_| system && mode != Mode::VerifyFull) {
        // Anybody may have a certificate of a public authority for a name of his own.
        let problem = "the system's authorities vouch for names, which this sslmode does not check";
        return Err(root.wrong(problem, "write sslmode=verify-full"));
    }
    let file = match root {
        _ if system => return Ok((mode, Root::System)),
        Some(root) => Some(PathBuf::from(&root.value)),
        None => around.home(".postgresql/root.crt").filter(|path| path.exists()),
    };
    match (file, given.get("sslmode").or_else(|| given.get("sslaccept"))) {
        (Some(path), _) => Ok((mode, Root::File(path))),
        (None, _) if is_strict => Ok((mode, Root::System)),
        (None, Some(said)) if mode >= Mode::VerifyCa => {
            Err(said.wrong("nobody is named who vouches for the server", AUTHORITY))
        }
        (None, _) => Ok((mode, Root::Nobody)),
    }
}

fn trust(
    given: &Given,
    around: &Surroundings<'_>,
    mode: Mode,
    root: &Root,
    provider: &Arc<CryptoProvider>,
) -> Result<Trust, Error> {
    let mut store = RootCertStore::empty();
    let mut listed = Vec::new();
    let path = match root {
        Root::Nobody => return Ok(Trust::Anybody),
        Root::System => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            Path::new("system")
        }
        Root::File(path) => {
            listed = certificates(path)?;
            store.add_parsable_certificates(listed.iter().cloned());
            path
        }
    };
    if store.is_empty() {
        let help = "install the package ca-certificates, or name a file as sslrootcert";
        return Err(unusable(path, "there is no certificate of an authority", help));
    }
    let mut chains = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone());
    let named = given.value("sslcrl").map(PathBuf::from);
    let own = || around.home(".postgresql/root.crl").filter(|path| path.exists());
    if let Some(path) = named.or_else(own) {
        let bytes = bytes(&path)?;
        let lists =
            CertificateRevocationListDer::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>();
        let lists = lists.ok().filter(|lists| !lists.is_empty());
        let problem = "there is no revocation list in PEM form";
        let help = "name the authority's list as sslcrl";
        chains = chains.with_crls(lists.ok_or_else(|| unusable(&path, problem, help))?);
        listed.clear();
    }
    let chains = chains.build().map_err(|_| {
        unusable(path, "it cannot be used to check servers", "name the authority's files anew")
    })?;
    let check = if mode == Mode::VerifyFull { Check::Name } else { Check::Authority };
    Ok(Trust::Authorities(Authorities { chains, listed, check }))
}

/// Who we are to the server.
struct Client {
    path: PathBuf,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

fn client(given: &Given, around: &Surroundings<'_>) -> Result<Option<Client>, Error> {
    let sent = word(given, "sslcertmode", &[("disable", false), ("allow", true)])?.unwrap_or(true);
    let named = given.value("sslcert").map(PathBuf::from);
    let own = || around.home(".postgresql/postgresql.crt").filter(|path| path.exists());
    let Some(path) = named.or_else(own).filter(|_| sent) else { return Ok(None) };
    let chain = certificates(&path)?;
    let named = given.value("sslkey").map(PathBuf::from);
    let Some(key) = named.or_else(|| around.home(".postgresql/postgresql.key")) else {
        return Err(unusable(&path, "its key is not named", "name it as sslkey"));
    };
    let bytes = bytes(&key)?;
    refuse_open_key(&key)?;
    let read = PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| {
        let help = "one with a password is decrypted by: openssl pkey -in KEY -out FILE";
        unusable(&key, "there is no private key in PEM form without a password", help)
    })?;
    Ok(Some(Client { path: key, chain, key: read }))
}

/// A key that others can read is none, as in libpq; root's own may be read by a group.
fn refuse_open_key(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(path);
    let metadata = metadata.map_err(|source| Error::File { path: path.to_owned(), source })?;
    let open = if metadata.uid() == 0 { 0o027 } else { 0o077 };
    if metadata.mode() & open != 0 {
        let help = format!("chmod 600 {}", path.display());
        return Err(unusable(path, "the private key can be read by others", help));
    }
    Ok(())
}

fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::File { path: path.to_owned(), source })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let bytes = bytes(path)?;
    let found = CertificateDer::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| {
        let help = "a certificate begins with -----BEGIN CERTIFICATE-----";
        unusable(path, "there is no certificate in PEM form", help)
    })
}

fn unusable(path: &Path, problem: &str, help: impl Into<String>) -> Error {
    let place = path.display().to_string();
    Error::Unusable { place, problem: problem.to_owned(), help: help.into() }
}

/// The versions between the two bounds.
fn versions(given: &Given) -> Result<Vec<&'static SupportedProtocolVersion>, Error> {
    const WORDS: [(&str, u8); 4] = [("TLSv1", 0), ("TLSv1.1", 1), ("TLSv1.2", 2), ("TLSv1.3", 3)];
    let least = word(given, "ssl_min_protocol_version", &WORDS)?.unwrap_or(2);
    let most = word(given, "ssl_max_protocol_version", &WORDS)?.unwrap_or(3);
    let known = [(2, &rustls::version::TLS12), (3, &rustls::version::TLS13)];
    let fit = known.into_iter().filter(|(number, _)| (least..=most).contains(number));
    let fit: Vec<_> = fit.map(|(_, version)| version).collect();
    match given.get("ssl_max_protocol_version") {
        Some(said) if fit.is_empty() => {
            Err(said.wrong("no version is left", "TLSv1.2 and TLSv1.3 are spoken"))
        }
        _ => Ok(fit),
    }
}

/// What a failed handshake means, and what can be done about it.
pub(super) fn explain(error: &rustls::Error) -> (String, String) {
    let said = |problem: &str, help: &str| (problem.to_owned(), help.to_owned());
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return match error {
            rustls::Error::AlertReceived(
                AlertDescription::CertificateRequired
                | AlertDescription::BadCertificate
                | AlertDescription::CertificateUnknown
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateRevoked
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied
                | AlertDescription::DecryptError,
            ) => said(
                "the server does not accept the client's certificate",
                "name one of an authority that the server trusts, with its key, as sslcert and sslkey",
            ),
            rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)
            | rustls::Error::PeerIncompatible(_) => said(
                "server and client have no TLS version or cipher in common",
                "let the server offer TLSv1.2 or TLSv1.3 (ssl_min_protocol_version, ssl_ciphers)",
            ),
            other => {
                (format!("TLS: {other}"), "check the server's TLS settings and its log".to_owned())
            }
        };
    };
    match certificate {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            said("the server's certificate is of an authority that is not trusted", AUTHORITY)
        }
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            let names = presented.iter().map(|name| bare(name)).collect::<Vec<_>>().join(", ");
            said(
                &format!("the server's certificate is for another name: {names}"),
                "connect by a name of the certificate; hostaddr takes the address beside it",
            )
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            said(
                "the server's certificate is for another name",
                "connect by a name of the certificate; hostaddr takes the address beside it",
            )
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => said(
            "the server's certificate is expired",
            "have the server's certificate renewed; check this machine's clock",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => said(
            "the server's certificate is not valid yet",
            "check the clock of this machine and of the one that made the certificate",
        ),
        CertificateError::Revoked => {
            said("the server's certificate is revoked", "have the server's certificate renewed")
        }
        CertificateError::UnknownRevocationStatus
        | CertificateError::ExpiredRevocationList
        | CertificateError::ExpiredRevocationListContext { .. } => said(
            "no current revocation list tells whether the server's certificate is revoked",
            "name the current lists of all its authorities as sslcrl",
        ),
        CertificateError::Other(other) => (
            format!("the server's certificate cannot be used: {}", other.0),
            "have a certificate of X.509 version 3 made for the server".to_owned(),
        ),
        other => (
            format!("the server's certificate cannot be used: {other}"),
            "have a certificate of X.509 version 3 made for the server".to_owned(),
        ),
    }
}

/// `db.example` of `DnsName("db.example")`.
fn bare(name: &str) -> &str {
    name.split('"').nth(1).unwrap_or(name)
}
