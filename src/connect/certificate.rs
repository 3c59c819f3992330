//! Whether a server's certificate is to be trusted: as libpq has it, by rustls where rustls can.
//!
//! rustls alone refuses what many private authorities sign: certificates of X.509 version 1 (what
//! `openssl x509 -req` makes without further ado, and so the recipe in the server's manual),
//! certificates that sign themselves, and names that stand in the common name only. libpq takes
//! them. They are taken here if an authority that was *listed* signed them itself, in time, and
//! never where revocation lists are asked for. The signature of the handshake is always checked:
//! channel binding rests on it.

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::Arc;
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::spki::AlgorithmIdentifierOwned;

/// Whom a server's certificate is shown to.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Trust,
    algorithms: WebPkiSupportedAlgorithms,
}

/// Whose signature counts.
#[derive(Debug)]
pub(super) enum Trust {
    /// Any certificate will do: `sslmode=require` without an authority.
    Anybody,
    /// What these vouch for.
    Authorities(Authorities),
}

/// Those who vouch for servers.
#[derive(Debug)]
pub(super) struct Authorities {
    /// Follows chains.
    pub(super) chains: Arc<WebPkiServerVerifier>,
    /// Certificates that were listed in a file and may vouch for what rustls does not read. Empty
    /// for the system's authorities and where revocation is looked up.
    pub(super) listed: Vec<CertificateDer<'static>>,
    /// What of a certificate must fit.
    pub(super) check: Check,
}

/// What of a certificate must fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// Its signatures and dates.
    Authority,
    /// Its name as well.
    Name,
}

/// Name constraints, which are not followed here.
const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
const ALTERNATIVE_NAMES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

impl Verifier {
    pub(super) fn new(trust: Trust, algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { trust, algorithms }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Trust::Authorities(authorities) = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        let leaf = read(end_entity)?;
        let named = if authorities.vouch(end_entity, &leaf, now, self.algorithms)? {
            own_names(end_entity, &leaf, name)
        } else {
            let checked = &authorities.chains;
            checked.verify_server_cert(end_entity, intermediates, name, ocsp, now).map(drop)
        };
        match named {
            Err(error) if !is_about_name(&error) => Err(error),
            Err(error) if authorities.check == Check::Name && !is_commonly_named(&leaf, name) => {
                Err(error)
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let leaf = read(certificate)?;
        if leaf.tbs_certificate.version == Version::V3 {
            return verify_tls13_signature(message, certificate, signed, &self.algorithms);
        }
        let key = leaf.tbs_certificate.subject_public_key_info.to_der().map_err(|_| broken())?;
        let key = SubjectPublicKeyInfoDer::from(key);
        verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl Authorities {
    /// Whether a certificate of a form that rustls refuses is listed, or signed by one that is;
    /// one of such a form that is neither is nobody's.
    fn vouch(
        &self,
        end_entity: &CertificateDer<'_>,
        leaf: &Certificate,
        now: UnixTime,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Result<bool, Error> {
        let tbs = &leaf.tbs_certificate;
        let is_listed = tbs.issuer == tbs.subject
            && self.listed.iter().any(|listed| listed.as_ref() == end_entity.as_ref());
        let is_signed = || {
            tbs.version == Version::V1
                && self.listed.iter().any(|listed| {
                    let issuer = Certificate::from_der(listed.as_ref());
                    issuer.is_ok_and(|issuer| signs(&issuer, leaf, now, algorithms))
                })
        };
        if is_listed || is_signed() {
            in_time(leaf, now)?;
            return Ok(true);
        }
        // rustls would complain of the form.
        let is_old = tbs.version != Version::V3 && !self.listed.is_empty();
        if is_old || tbs.issuer == tbs.subject {
            return Err(Error::InvalidCertificate(CertificateError::UnknownIssuer));
        }
        Ok(false)
    }
}

/// Whether an authority signed a certificate itself.
fn signs(
    issuer: &Certificate,
    leaf: &Certificate,
    now: UnixTime,
    algorithms: WebPkiSupportedAlgorithms,
) -> bool {
    let tbs = &issuer.tbs_certificate;
    let key = &tbs.subject_public_key_info;
    let (Some(signature), Ok(signed), Some(by), Some(of_key)) = (
        leaf.signature.as_bytes(),
        leaf.tbs_certificate.to_der(),
        content(&leaf.signature_algorithm),
        content(&key.algorithm),
    ) else {
        return false;
    };
    tbs.subject == leaf.tbs_certificate.issuer
        && leaf.signature_algorithm == leaf.tbs_certificate.signature
        && !has(issuer, NAME_CONSTRAINTS)
        && in_time(issuer, now).is_ok()
        && algorithms.all.iter().any(|algorithm| {
            algorithm.signature_alg_id().as_ref() == by
                && algorithm.public_key_alg_id().as_ref() == of_key
                && algorithm
                    .verify_signature(key.subject_public_key.raw_bytes(), &signed, signature)
                    .is_ok()
        })
}

/// The bytes of an algorithm's identifier without their tag and length.
fn content(algorithm: &AlgorithmIdentifierOwned) -> Option<Vec<u8>> {
    let bytes = algorithm.to_der().ok()?;
    let (header, content) = bytes.split_at_checked(2)?;
    // Longer ones would have a longer header, and no key or signature has one.
    (usize::from(header[1]) == content.len()).then(|| content.to_vec())
}

fn read(certificate: &CertificateDer<'_>) -> Result<Certificate, Error> {
    Certificate::from_der(certificate.as_ref()).map_err(|_| broken())
}

fn broken() -> Error {
    Error::InvalidCertificate(CertificateError::BadEncoding)
}

fn in_time(certificate: &Certificate, now: UnixTime) -> Result<(), Error> {
    let validity = &certificate.tbs_certificate.validity;
    if now.as_secs() < validity.not_before.to_unix_duration().as_secs() {
        return Err(Error::InvalidCertificate(CertificateError::NotValidYet));
    }
    if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
        return Err(Error::InvalidCertificate(CertificateError::Expired));
    }
    Ok(())
}

fn has(certificate: &Certificate, extension: ObjectIdentifier) -> bool {
    let extensions = certificate.tbs_certificate.extensions.iter().flatten();
    extensions.into_iter().any(|found| found.extn_id == extension)
}

/// Whether a certificate names a server among its alternative names.
fn own_names(
    end_entity: &CertificateDer<'_>,
    leaf: &Certificate,
    name: &ServerName<'_>,
) -> Result<(), Error> {
    match leaf.tbs_certificate.version {
        Version::V3 => verify_server_name(&ParsedCertificate::try_from(end_entity)?, name),
        _ => Err(Error::InvalidCertificate(CertificateError::NotValidForName)),
    }
}

fn is_about_name(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
        )
    )
}

/// Whether a certificate without alternative names has this common name; a `*` stands for one
/// label, the first.
fn is_commonly_named(leaf: &Certificate, name: &ServerName<'_>) -> bool {
    if has(leaf, ALTERNATIVE_NAMES) {
        return false;
    }
    let wanted = name.to_str().to_ascii_lowercase();
    let parts = leaf.tbs_certificate.subject.0.iter().flat_map(|part| part.0.iter());
    parts.filter(|part| part.oid == COMMON_NAME).any(|part| {
        let text = std::str::from_utf8(part.value.value()).unwrap_or_default();
        let text = text.to_ascii_lowercase();
        match (text.strip_prefix("*."), name) {
            (Some(domain), ServerName::DnsName(_)) => {
                let rest = wanted.split_once('.').map(|(_, rest)| rest);
                domain.contains('.') && rest == Some(domain)
            }
            _ => text == wanted,
        }
    })
}
