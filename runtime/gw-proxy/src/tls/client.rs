//! TLS towards backends and key servers.

use super::{Trust, Trusting, certificate};
use crate::LoadError;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// A configuration that trusts the certificates in `ca`, or the system's roots.
pub(crate) fn client_config(
    ca: Option<&Path>,
    alpn: &[&[u8]],
) -> Result<Trusting<ClientConfig>, LoadError> {
    let roots = roots(ca)?;
    let trust = Trust::of(&roots, []);
    let mut config = ClientConfig::builder_with_provider(super::provider())
        .with_safe_default_protocol_versions()
        .map_err(|e| LoadError::Graph(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|p| p.to_vec()).collect();
    // Records are opened and sealed outside of rustls.
    config.enable_secret_extraction = true;
    let config = Arc::new(config);
    Ok(Trusting { config, trust })
}

fn roots(ca: Option<&Path>) -> Result<RootCertStore, LoadError> {
    let Some(path) = ca else {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(store);
    };
    authorities(path)
}

/// The authorities of a PEM file.
pub(super) fn authorities(path: &Path) -> Result<RootCertStore, LoadError> {
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(certificates(path)?);
    if added == 0 {
        return Err(LoadError::Unusable {
            what: "trusted certificates",
            path: path.to_owned(),
            problem: "it holds no usable certificate".to_owned(),
            help: "give a PEM file with the certificates of the authorities to trust",
        });
    }
    Ok(store)
}

fn certificates(path: &Path) -> Result<Vec<rustls::pki_types::CertificateDer<'static>>, LoadError> {
    certificate::certificates("trusted certificates", path)
}
