//! Why a connection cannot go on, and what the peer is told about it.

use rustls::AlertDescription;

/// Why a connection cannot go on. Whatever it is, nothing that was not authenticated has been passed
/// on.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The peer has said why it ends the connection.
    #[error("the peer ended the connection: {0:?}")]
    Alert(AlertDescription),
    /// A record was not sealed by the peer.
    #[error("a record cannot be authenticated")]
    Forged,
    /// A record, or a message in records, is larger than it may be.
    #[error("a record is too large")]
    TooLarge,
    /// Something that may not come here.
    #[error("unexpected: {0}")]
    Unexpected(&'static str),
    /// Something that does not have the form that it must have.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// Keys have sealed as many records as they may, and cannot be replaced.
    #[error("the keys are used up")]
    UsedUp,
    /// It has ended before.
    #[error("the connection has ended")]
    Ended,
    /// The handshake failed, or keys cannot be derived.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

impl TlsError {
    /// What the peer is told; nothing where it has said so itself, or rustls tells it.
    pub(crate) fn alert(&self) -> Option<AlertDescription> {
        match self {
            TlsError::Forged => Some(AlertDescription::BadRecordMac),
            TlsError::TooLarge => Some(AlertDescription::RecordOverflow),
            TlsError::Unexpected(_) => Some(AlertDescription::UnexpectedMessage),
            TlsError::Malformed(_) => Some(AlertDescription::DecodeError),
            TlsError::UsedUp | TlsError::Rustls(_) => Some(AlertDescription::InternalError),
            TlsError::Alert(_) | TlsError::Ended => None,
        }
    }
}
