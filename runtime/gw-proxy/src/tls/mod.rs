//! TLS on both sides, by rustls on aws-lc-rs.

mod certificate;
mod client;
mod peer;
mod server;
mod trust;

pub(crate) use client::client_config;
pub(crate) use peer::identity;
pub(crate) use server::server_config;
pub(crate) use trust::Trust;

use rustls::crypto::CryptoProvider;
use std::sync::{Arc, OnceLock};

/// A configuration, with what it believes.
#[derive(Clone)]
pub(crate) struct Trusting<C> {
    pub(crate) config: Arc<C>,
    pub(crate) trust: Trust,
}

/// The one provider of cryptography; no process-wide default is installed.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider())))
}
