//! An HTTP/1.x message as it is on the wire, read to its end.

use std::io::{BufRead, BufReader, Read};

/// The beginning of a response in chunks; more fields may follow.
pub const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n";

#[derive(Clone, Debug, Default)]
pub struct Message {
    /// Request line or status line.
    pub start: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub trailers: Vec<(String, String)>,
}

impl Message {
    /// Reads a message; none at the end of the stream before the first byte.
    pub fn read(from: &mut BufReader<impl Read>, bodiless: bool) -> Option<Message> {
        let mut message = Self::head(from)?;
        let status = message.status();
        if bodiless || status.is_some_and(|s| s < 200 || s == 204 || s == 304) {
            return Some(message);
        }
        if message.header("transfer-encoding") == Some("chunked") {
            message.chunks(from)?;
        } else if let Some(length) = message.header("content-length") {
            message.body = vec![0; length.parse().unwrap()];
            from.read_exact(&mut message.body).ok()?;
        } else if status.is_some() {
            from.read_to_end(&mut message.body).ok()?;
        }
        Some(message)
    }

    /// Reads a head alone.
    pub fn head(from: &mut BufReader<impl Read>) -> Option<Message> {
        let mut start = String::new();
        if from.read_line(&mut start).ok()? == 0 {
            return None;
        }
        let headers = fields(from);
        Some(Message {
            start: start.trim_end().to_owned(),
            headers,
            ..Message::default()
        })
    }

    fn chunks(&mut self, from: &mut BufReader<impl Read>) -> Option<()> {
        loop {
            let mut line = String::new();
            from.read_line(&mut line).ok()?;
            let size = usize::from_str_radix(line.trim().split(';').next()?, 16).ok()?;
            if size == 0 {
                self.trailers = fields(from);
                return Some(());
            }
            let mut chunk = vec![0; size + 2];
            from.read_exact(&mut chunk).ok()?;
            self.body.extend_from_slice(&chunk[..size]);
        }
    }

    /// The status, if it is a response.
    pub fn status(&self) -> Option<u16> {
        self.start
            .strip_prefix("HTTP/1.1 ")?
            .split(' ')
            .next()?
            .parse()
            .ok()
    }

    /// The target of a request line.
    pub fn path(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }

    /// The first value of a field.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    /// The `reason` of a problem document.
    pub fn reason(&self) -> String {
        self.json()["reason"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

fn fields(from: &mut BufReader<impl Read>) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            return fields;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}
