//! TLS of a listener: certificates by SNI, protocol versions, ALPN, resumption.

use super::certificate::{self, Identity};
use super::client::authorities;
use super::{Trust, Trusting};
use crate::LoadError;
use gw_graph::{Listener, ListenerTls, TlsVersion};
use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{
    ClientHello, ResolvesServerCert, ServerSessionMemoryCache, WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// Sessions remembered for TLS 1.2 resumption; TLS 1.3 uses tickets.
const SESSIONS: usize = 4096;

/// The configuration of a listener with TLS.
pub(crate) fn server_config(
    listener: &Listener,
    tls: &ListenerTls,
    base: &Path,
) -> Result<Trusting<ServerConfig>, LoadError> {
    let now = SystemTime::now();
    let identities: Result<Vec<_>, _> = tls
        .certificates
        .iter()
        .map(|c| certificate::load(&base.join(&c.cert), &base.join(&c.key), now))
        .collect();
    let resolver = ByName::new(identities?).ok_or_else(|| LoadError::Listener {
        name: listener.name.to_string(),
        problem: "its tls block names no certificate".to_owned(),
        help: "add `cert` and `key`",
    })?;
    let versions: &[&rustls::SupportedProtocolVersion] = match tls.min_version {
        TlsVersion::V12 => &[&rustls::version::TLS13, &rustls::version::TLS12],
        TlsVersion::V13 => &[&rustls::version::TLS13],
    };
    let (verifier, trust) = verifier(listener, tls, base)?;
    let mut config = ServerConfig::builder_with_provider(super::provider())
        .with_protocol_versions(versions)
        .map_err(|e| LoadError::Listener {
            name: listener.name.to_string(),
            problem: e.to_string(),
            help: "choose another lowest protocol version",
        })?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = match listener.http.http2 {
        true => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        false => vec![b"http/1.1".to_vec()],
    };
    config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
    if let Ok(ticketer) = rustls::crypto::aws_lc_rs::Ticketer::new() {
        config.ticketer = ticketer;
    }
    config.send_tls13_tickets = 1;
    config.max_early_data_size = 0;
    let config = Arc::new(config);
    Ok(Trusting { config, trust })
}

/// Who verifies the certificates of clients, if they show any, and what is believed.
fn verifier(
    listener: &Listener,
    tls: &ListenerTls,
    base: &Path,
) -> Result<(Arc<dyn ClientCertVerifier>, Trust), LoadError> {
    let version: &[u8] = match tls.min_version {
        TlsVersion::V12 => b"1.2",
        TlsVersion::V13 => b"1.3",
    };
    let Some(client) = &tls.client else {
        let trust = Trust::of(&RootCertStore::empty(), [version]);
        return Ok((WebPkiClientVerifier::no_client_auth(), trust));
    };
    let roots = Arc::new(authorities(&base.join(&client.ca))?);
    let lists = match &client.crl {
        Some(file) => revocations(&base.join(file))?,
        None => Vec::new(),
    };
    let required: &[u8] = if client.required { b"required" } else { b"" };
    let lines = lists.iter().map(|list| list.as_ref());
    let trust = Trust::of(&roots, [version, required].into_iter().chain(lines));
    let mut builder = WebPkiClientVerifier::builder_with_provider(roots, super::provider());
    if !lists.is_empty() {
        builder = builder.with_crls(lists).enforce_revocation_expiration();
    }
    if !client.required {
        builder = builder.allow_unauthenticated();
    }
    let verifier = builder.build().map_err(|e| LoadError::Listener {
        name: listener.name.to_string(),
        problem: e.to_string(),
        help: "give other files in `client`",
    })?;
    Ok((verifier, trust))
}

/// The revocation lists of a PEM file.
fn revocations(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, LoadError> {
    const WHAT: &str = "revocation lists";
    let unusable = |problem: String| LoadError::Unusable {
        what: WHAT,
        path: path.to_owned(),
        problem,
        help: "convert it with `openssl crl -in FILE -out FILE.pem`",
    };
    let pem = crate::file::read(path).map_err(LoadError::unreadable(WHAT, path))?;
    let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&pem).collect();
    let lists = lists.map_err(|e| unusable(format!("it is not PEM ({e})")))?;
    if lists.is_empty() {
        return Err(unusable("it holds no list".to_owned()));
    }
    Ok(lists)
}

/// Certificates by name; the first one where none fits or the client names none.
#[derive(Debug)]
struct ByName {
    first: Arc<CertifiedKey>,
    exact: HashMap<String, Arc<CertifiedKey>>,
    /// By the part after `*.`.
    wildcard: HashMap<String, Arc<CertifiedKey>>,
}

impl ByName {
    fn new(identities: Vec<Identity>) -> Option<Self> {
        let first = Arc::clone(&identities.first()?.key);
        let mut all = Self {
            first,
            exact: HashMap::new(),
            wildcard: HashMap::new(),
        };
        for identity in identities {
            for name in identity.names {
                let (map, name) = match name.strip_prefix("*.") {
                    Some(suffix) => (&mut all.wildcard, suffix.to_owned()),
                    None => (&mut all.exact, name),
                };
                map.entry(name).or_insert_with(|| Arc::clone(&identity.key));
            }
        }
        Some(all)
    }

    fn find(&self, name: &str) -> Option<&Arc<CertifiedKey>> {
        let name = name.to_ascii_lowercase();
        let parent = || {
            name.split_once('.')
                .and_then(|(_, rest)| self.wildcard.get(rest))
        };
        self.exact.get(&name).or_else(parent)
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello.server_name().and_then(|name| self.find(name));
        Some(Arc::clone(named.unwrap_or(&self.first)))
    }
}
