//! What the server says: messages of JSON-RPC as the text that goes to the editor. Long answers are
//! written from their types in one pass: a tree of values in between would take longer to build
//! and to drop than the answer takes to find. Must not know what an answer means.

use lsp_server::{ErrorCode, Message, RequestId, ResponseError};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use std::io::{self, Write};

/// What comes of a request: the text of the result, or why there is none.
pub(crate) type Answer = Result<Box<RawValue>, ResponseError>;

/// A message to the editor, as its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said(String);

/// The version of JSON-RPC that each message names.
const VERSION: &str = "2.0";

impl Said {
    /// The response to a request.
    pub(crate) fn response(id: &RequestId, answer: &Answer) -> Self {
        match answer {
            Ok(result) => Self::of(&Succeeded {
                jsonrpc: VERSION,
                id,
                result,
            }),
            Err(error) => Self::of(&Failed {
                jsonrpc: VERSION,
                id,
                error,
            }),
        }
    }

    /// A notification.
    pub(crate) fn notification(method: &'static str, params: &impl Serialize) -> Self {
        Self::of(&Notified {
            jsonrpc: VERSION,
            method,
            params,
        })
    }

    /// A request to the editor.
    pub(crate) fn request(id: &'static str, method: &'static str, params: &impl Serialize) -> Self {
        Self::of(&Asked {
            jsonrpc: VERSION,
            id,
            method,
            params,
        })
    }

    /// Types of the protocol have texts as keys, so that writing them does not fail.
    fn of(message: &impl Serialize) -> Self {
        Self(serde_json::to_string(message).unwrap_or_default())
    }

    /// The message as JSON.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The message in parts, for those who look into it.
    ///
    /// # Errors
    /// Never for what a server has said.
    pub fn message(&self) -> serde_json::Result<Message> {
        serde_json::from_str(&self.0)
    }

    /// Writes it with the header that the protocol puts before each message.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        write!(to, "Content-Length: {}\r\n\r\n", self.0.len())?;
        to.write_all(self.0.as_bytes())?;
        to.flush()
    }
}

/// A result as its text.
pub(crate) fn json(result: impl Serialize) -> Answer {
    to_raw_value(&result).map_err(|e| error(ErrorCode::InternalError, e.to_string()))
}

/// Why there is no result.
pub(crate) fn error(code: ErrorCode, message: impl Into<String>) -> ResponseError {
    ResponseError {
        code: code as i32,
        message: message.into(),
        data: None,
    }
}

#[derive(Serialize)]
struct Succeeded<'a> {
    jsonrpc: &'static str,
    id: &'a RequestId,
    result: &'a RawValue,
}

#[derive(Serialize)]
struct Failed<'a> {
    jsonrpc: &'static str,
    id: &'a RequestId,
    error: &'a ResponseError,
}

#[derive(Serialize)]
struct Notified<'a, P: Serialize> {
    jsonrpc: &'static str,
    method: &'static str,
    params: &'a P,
}

#[derive(Serialize)]
struct Asked<'a, P: Serialize> {
    jsonrpc: &'static str,
    id: &'static str,
    method: &'static str,
    params: &'a P,
}
