//! Which server a client asked for. rustls tells it to whoever chooses the certificate, and to nobody
//! after the handshake.

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::sync::{Arc, OnceLock};

/// Chooses a certificate as `by` does, and notes the name for one connection.
#[derive(Debug)]
pub(crate) struct Noting {
    by: Arc<dyn ResolvesServerCert>,
    name: OnceLock<String>,
}

impl Noting {
    pub(crate) fn new(by: Arc<dyn ResolvesServerCert>) -> Arc<Self> {
        Arc::new(Self {
            by,
            name: OnceLock::new(),
        })
    }

    /// The name that was asked for, in lower case.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.get().map(String::as_str)
    }
}

impl ResolvesServerCert for Noting {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if let Some(name) = hello.server_name() {
            self.name.get_or_init(|| name.to_ascii_lowercase());
        }
        self.by.resolve(hello)
    }

    fn only_raw_public_keys(&self) -> bool {
        self.by.only_raw_public_keys()
    }
}
