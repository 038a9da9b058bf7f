//! Who sends a request, as the caller established it. Must not know tokens or keys.

use gw_expr::{OwnedMap, OwnedValue};
use gw_graph::Builtin;
use smol_str::SmolStr;
use std::sync::Arc;

/// A verified identity.
#[derive(Clone, Debug)]
pub enum Identity {
    /// A JSON Web Token whose signature, times, issuer and audience were verified.
    Jwt {
        /// Fits the declared claims.
        claims: Arc<OwnedMap>,
    },
    /// An API key that is in its table.
    ApiKey {
        /// The key's stable name, never the key itself.
        id: SmolStr,
        /// Fits the table's record type.
        record: Arc<OwnedMap>,
    },
    /// A certificate that the listener's TLS verified.
    ClientCertificate {
        /// Its first alternative name (URI, DNS, mail, in this order), or else its subject.
        id: SmolStr,
        /// Fits the graph's type of certificates.
        certificate: Arc<OwnedMap>,
    },
}

/// Why an identity could not be established.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AuthnFailure {
    /// No credential was sent: the next alternative is asked.
    Absent,
    /// The credential is wrong: the request is refused.
    Wrong(Builtin),
    /// What verifies it is not available: the request is refused.
    Unavailable(Builtin),
}

impl Identity {
    /// `principal.id`: the token's `sub`, the key's id, or the name in the certificate.
    pub fn id(&self) -> Option<&str> {
        match self {
            Identity::Jwt { claims } => match claims.get("sub") {
                Some(OwnedValue::Str(sub)) => Some(sub),
                _ => None,
            },
            Identity::ApiKey { id, .. } | Identity::ClientCertificate { id, .. } => Some(id),
        }
    }

    /// `principal.kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Identity::Jwt { .. } => "jwt",
            Identity::ApiKey { .. } => "api_key",
            Identity::ClientCertificate { .. } => "client_certificate",
        }
    }
}
