//! What comes after a handshake besides data: handshake messages, which may be spread over records,
//! and alerts. How much of it a peer may send is bounded.

use crate::TlsError;
use rustls::HandshakeType;

/// Most bytes of one message, as rustls has it.
const LARGEST: usize = (1 << 16) - 1;
/// Length of a message's head: its type and its length.
const HEAD: usize = 4;
/// Changes of keys between two pieces of data, as BoringSSL has it.
const KEY_UPDATES: u8 = 32;
/// Alerts that only warn, in the life of a connection; the same.
const WARNINGS: u8 = 4;
/// Requests for another handshake, which TLS 1.2 declines, in the life of a connection.
const RENEGOTIATIONS: u8 = 1;

/// Handshake messages of which some bytes have come.
#[derive(Debug, Default)]
pub(crate) struct Messages(Vec<u8>);

/// A whole message.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) kind: HandshakeType,
    pub(crate) body: Vec<u8>,
    /// Whether it ends the record that it is in, and nothing of another has come.
    pub(crate) is_last: bool,
}

impl Messages {
    /// Whether the beginning of a message waits for its end.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes what a record holds.
    pub(crate) fn add(&mut self, fragment: &[u8]) -> Result<(), TlsError> {
        if fragment.is_empty() {
            return Err(TlsError::Unexpected("an empty fragment of a message"));
        }
        self.0.extend_from_slice(fragment);
        Ok(())
    }

    /// The next message, if all of it has come.
    pub(crate) fn next(&mut self) -> Result<Option<Message>, TlsError> {
        let Some(&[kind, high, middle, low]) = self.0.first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([0, high, middle, low]) as usize;
        if length > LARGEST {
            return Err(TlsError::TooLarge);
        }
        let Some(body) = self.0.get(HEAD..HEAD + length) else {
            return Ok(None);
        };
        let body = body.to_vec();
        self.0.drain(..HEAD + length);
        if self.0.is_empty() {
            self.0 = Vec::new();
        }
        Ok(Some(Message {
            kind: HandshakeType::from(kind),
            body,
            is_last: self.0.is_empty(),
        }))
    }
}

/// How much more is borne of what moves no data.
#[derive(Debug)]
pub(crate) struct Patience {
    key_updates: u8,
    warnings: u8,
    renegotiations: u8,
}

impl Patience {
    pub(crate) fn new() -> Self {
        Self {
            key_updates: KEY_UPDATES,
            warnings: WARNINGS,
            renegotiations: RENEGOTIATIONS,
        }
    }

    /// Data came.
    pub(crate) fn restore(&mut self) {
        self.key_updates = KEY_UPDATES;
    }

    pub(crate) fn key_update(&mut self) -> Result<(), TlsError> {
        spend(&mut self.key_updates, "too many changes of keys")
    }

    pub(crate) fn warning(&mut self) -> Result<(), TlsError> {
        spend(&mut self.warnings, "too many warnings")
    }

    pub(crate) fn renegotiation(&mut self) -> Result<(), TlsError> {
        spend(&mut self.renegotiations, "too many renegotiations")
    }
}

fn spend(left: &mut u8, what: &'static str) -> Result<(), TlsError> {
    *left = left.checked_sub(1).ok_or(TlsError::Unexpected(what))?;
    Ok(())
}
