//! HTTP messages of the playground (RFC 9112), no more than its page needs: one request for each
//! connection, whole bodies.

use std::io::{Read, Write};

/// Largest request head, in bytes.
const MOST_HEAD: usize = 16 << 10;

/// Largest body, in bytes: a policy of 4 MiB, its quotes escaped.
const MOST_BODY: usize = 8 << 20;

/// A request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// A header, where it is there exactly once.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self
            .headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name));
        match (named.next(), named.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// Whether a header is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.headers
            .iter()
            .any(|(n, _)| n.eq_ignore_ascii_case(name))
    }
}

/// A response.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) body: String,
}

impl Response {
    /// One that says what is wrong.
    pub(super) fn problem(status: u16, why: &str) -> Self {
        Self {
            status,
            kind: "application/json",
            body: serde_json::json!({ "error": why }).to_string(),
        }
    }

    /// Writes it. The page may load nothing but itself, and no other page may frame it.
    pub(super) fn write(&self, to: &mut impl Write) -> std::io::Result<()> {
        let head = format!(
            "HTTP/1.1 {} {}\r\ncontent-type: {}; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\ncontent-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\nconnection: close\r\n\r\n",
            self.status,
            phrase(self.status),
            self.kind,
            self.body.len()
        );
        to.write_all(head.as_bytes())?;
        to.write_all(self.body.as_bytes())?;
        to.flush()
    }
}

fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        _ => "Error",
    }
}

/// Reads a request; what is wrong with one is a response already. `None` where the client went.
pub(super) fn read(from: &mut impl Read) -> Result<Option<Request>, Response> {
    let mut bytes = Vec::new();
    let (mut request, length, head) = loop {
        if let Some(parsed) = parse(&bytes)? {
            break parsed;
        }
        if bytes.len() > MOST_HEAD {
            return Err(Response::problem(431, "the head is too large"));
        }
        if more(from, &mut bytes) == 0 {
            return Ok(None);
        }
    };
    if length > MOST_BODY {
        return Err(Response::problem(413, "the body is too large"));
    }
    let mut body = bytes.split_off(head);
    while body.len() < length {
        if more(from, &mut body) == 0 {
            return Ok(None);
        }
    }
    body.truncate(length);
    request.body = body;
    Ok(Some(request))
}

/// Reads on; 0 at the end, and where nothing comes in time.
fn more(from: &mut impl Read, bytes: &mut Vec<u8>) -> usize {
    let mut buffer = [0; 8 << 10];
    let read = from.read(&mut buffer).unwrap_or(0);
    bytes.extend_from_slice(buffer.get(..read).unwrap_or_default());
    read
}

/// A request without its body, the length of that, and of the head; `None` while it is not whole.
fn parse(bytes: &[u8]) -> Result<Option<(Request, usize, usize)>, Response> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    let head = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(e) => return Err(Response::problem(400, &e.to_string())),
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).trim().to_owned();
    let headers = parsed.headers.iter();
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: parsed.path.unwrap_or_default().to_owned(),
        headers: headers
            .map(|h| (h.name.to_owned(), text(h.value)))
            .collect(),
        body: Vec::new(),
    };
    if request.has("transfer-encoding") {
        return Err(Response::problem(411, "send a content-length"));
    }
    let length = match request.header("content-length") {
        Some(text) => text
            .parse()
            .map_err(|_| Response::problem(400, "content-length is no number"))?,
        None if request.has("content-length") => {
            return Err(Response::problem(400, "more than one content-length"));
        }
        None => 0,
    };
    Ok(Some((request, length, head)))
}
