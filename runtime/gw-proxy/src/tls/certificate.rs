//! Certificate chains and private keys from PEM files, refused when they could not serve.

use crate::LoadError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::{SubjectAltName, name::GeneralName};

/// A chain that can be served.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// Chain and key.
    pub(crate) key: std::sync::Arc<CertifiedKey>,
    /// DNS names of the leaf in lower case; wildcards as `*.example`.
    pub(crate) names: Vec<String>,
}

/// Reads a chain and its key.
pub(crate) fn load(chain: &Path, key: &Path, now: SystemTime) -> Result<Identity, LoadError> {
    let certs = certificates("certificate", chain)?;
    let leaf = certs.first().ok_or_else(|| LoadError::Unusable {
        what: "certificate",
        path: chain.to_owned(),
        problem: "it holds no certificate".to_owned(),
        help: "give a PEM file with the leaf certificate first",
    })?;
    let names = inspect(chain, leaf, now)?;
    let key = certified(chain, certs, key)?;
    Ok(Identity {
        key: std::sync::Arc::new(key),
        names,
    })
}

/// Every certificate of a PEM file.
pub(crate) fn certificates(
    what: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, LoadError> {
    let pem = crate::file::read(path).map_err(LoadError::unreadable(what, path))?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    all.map_err(|e| LoadError::Unusable {
        what,
        path: path.to_owned(),
        problem: format!("it is not PEM ({e})"),
        help: "convert it with `openssl x509 -in FILE -out FILE.pem`",
    })
}

fn certified(
    chain: &Path,
    certs: Vec<CertificateDer<'static>>,
    key: &Path,
) -> Result<CertifiedKey, LoadError> {
    let unusable = |problem: String, help| LoadError::Unusable {
        what: "private key",
        path: key.to_owned(),
        problem,
        help,
    };
    let pem = crate::file::read(key).map_err(LoadError::unreadable("private key", key))?;
    let der = PrivateKeyDer::from_pem_slice(&pem).map_err(|e| {
        unusable(
            format!("it holds no PEM private key ({e})"),
            "give an unencrypted PKCS #8, PKCS #1 or SEC 1 key",
        )
    })?;
    CertifiedKey::from_der(certs, der, &super::provider()).map_err(|e| {
        unusable(
            format!(
                "it does not go with certificate `{}` ({e})",
                chain.display()
            ),
            "give the key that the certificate was issued for",
        )
    })
}

/// Refuses a leaf outside its validity; returns its names.
fn inspect(
    path: &Path,
    leaf: &CertificateDer<'_>,
    now: SystemTime,
) -> Result<Vec<String>, LoadError> {
    let certificate = Certificate::from_der(leaf).map_err(|e| LoadError::Unusable {
        what: "certificate",
        path: path.to_owned(),
        problem: format!("it is not X.509 ({e})"),
        help: "give a PEM file with the leaf certificate first",
    })?;
    let tbs = &certificate.tbs_certificate;
    let now = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let expired = |problem: String, path: PathBuf| Err(LoadError::Expired { path, problem });
    let (from, to) = (
        tbs.validity.not_before.to_unix_duration(),
        tbs.validity.not_after.to_unix_duration(),
    );
    if now > to {
        return expired(
            format!("expired {} days ago", days(now - to)),
            path.to_owned(),
        );
    }
    if now < from {
        return expired(
            format!("is not valid for {} days yet", days(from - now)),
            path.to_owned(),
        );
    }
    let alternatives = tbs
        .get::<SubjectAltName>()
        .ok()
        .flatten()
        .map(|(_, names)| names.0);
    Ok(alternatives
        .unwrap_or_default()
        .iter()
        .filter_map(|name| match name {
            GeneralName::DnsName(dns) => Some(dns.as_str().to_ascii_lowercase()),
            _ => None,
        })
        .collect())
}

fn days(time: Duration) -> u64 {
    time.as_secs() / 86_400
}
