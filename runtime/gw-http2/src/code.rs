//! Error codes (RFC 9113 section 7), and errors that end a connection.

/// Why a stream or a connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Code {
    /// In good order.
    NoError = 0,
    /// A breach of the protocol.
    Protocol = 1,
    /// The gateway's own fault.
    Internal = 2,
    /// More data than a window allows.
    FlowControl = 3,
    /// A frame on a stream that is closed.
    StreamClosed = 5,
    /// A frame of a size that it must not have.
    FrameSize = 6,
    /// A stream that was not looked at: it may be tried again.
    Refused = 7,
    /// A stream that is no longer needed.
    Cancel = 8,
    /// The state of the compression is lost.
    Compression = 9,
    /// More work than a client may ask for.
    EnhanceYourCalm = 11,
}

impl Code {
    /// As it is sent.
    pub(crate) fn bytes(self) -> [u8; 4] {
        (self as u32).to_be_bytes()
    }
}

/// An error that ends the connection. The client is told with the output.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{detail}")]
pub struct Failed {
    /// What the client is told.
    pub code: Code,
    /// What exactly, for a person.
    pub detail: &'static str,
}

impl Failed {
    pub(crate) const fn new(code: Code, detail: &'static str) -> Self {
        Self { code, detail }
    }

    pub(crate) const fn protocol(detail: &'static str) -> Self {
        Self::new(Code::Protocol, detail)
    }

    pub(crate) const fn frame_size(detail: &'static str) -> Self {
        Self::new(Code::FrameSize, detail)
    }
}
