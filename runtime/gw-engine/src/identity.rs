//! Who sends a request, as the caller established it. Must not know tokens or keys.

use crate::{Engine, Truth};
use gw_expr::{OwnedMap, OwnedValue};
use gw_graph::{AtomId, Builtin};
use smol_str::SmolStr;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A verified identity.
#[derive(Clone, Debug)]
pub enum Identity {
    /// A JSON Web Token whose signature, times, issuer and audience were verified.
    Jwt {
        /// Fits the declared claims.
        claims: Arc<Claims>,
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

/// The claims of a token, and what the conditions come to that read nothing else: whoever keeps a token
/// that was verified keeps that too. What a request mostly needs lies in front, in one line of the
/// processor's cache with the count of references.
#[derive(Debug)]
#[repr(C)]
pub struct Claims {
    /// Two bits for each of the engine's [`ByClaims`] conditions: 0 not known, 1 false, 2 true.
    judged: AtomicU64,
    /// [`Engine::number`] of the one whose conditions these are, if they are kept.
    engine: Option<NonZeroU64>,
    /// `sub`.
    subject: Option<SmolStr>,
    map: OwnedMap,
}

/// Which conditions read nothing but claims, so that they come to the same for a token each time. The
/// first 32 have bits in [`Claims`].
#[derive(Debug, Default)]
pub(crate) struct ByClaims(Vec<Option<u8>>);

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
            Identity::Jwt { claims } => claims.subject.as_deref(),
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

impl From<OwnedMap> for Claims {
    fn from(map: OwnedMap) -> Self {
        let subject = match map.get("sub") {
            Some(OwnedValue::Str(subject)) => Some(subject.clone()),
            _ => None,
        };
        Self {
            judged: AtomicU64::new(0),
            engine: None,
            subject,
            map,
        }
    }
}

impl Claims {
    /// Claims whose holder asks this engine again and again.
    pub fn kept_for(engine: &Engine, map: OwnedMap) -> Self {
        Self {
            engine: Some(engine.number),
            ..map.into()
        }
    }

    /// The claims themselves.
    pub fn map(&self) -> &OwnedMap {
        &self.map
    }

    /// What a condition of the engine came to before.
    pub(crate) fn judged(&self, engine: &Engine, bit: u8) -> Option<Truth> {
        if self.engine != Some(engine.number) {
            return None;
        }
        match self.judged.load(Ordering::Relaxed) >> (2 * bit) & 3 {
            1 => Some(Truth::False),
            2 => Some(Truth::True),
            _ => None,
        }
    }

    /// Keeps what a condition of the engine comes to. Errors are not kept: each one is told.
    pub(crate) fn judge(&self, engine: &Engine, bit: u8, truth: Truth) {
        let state: u64 = match truth {
            Truth::False => 1,
            Truth::True => 2,
            Truth::Error(_) => return,
        };
        if self.engine == Some(engine.number) {
            self.judged.fetch_or(state << (2 * bit), Ordering::Relaxed);
        }
    }
}

impl ByClaims {
    /// Of conditions in the order of the graph, whether each reads claims and nothing else.
    pub(crate) fn of(conditions: impl Iterator<Item = bool>) -> Self {
        let mut bits = 0..32;
        let bit = |only: bool| only.then(|| bits.next()).flatten();
        Self(conditions.map(bit).collect())
    }

    /// The bit of a condition that has one.
    #[inline]
    pub(crate) fn bit(&self, condition: AtomId) -> Option<u8> {
        self.0.get(condition.index()).copied().flatten()
    }
}
