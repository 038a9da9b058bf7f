//! One gateway that clients reach over every protocol, so that a case can hold on each of them.

use crate::{Authority, Client, Gate, Modern, tls_client};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;

/// How a client speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Path {
    /// HTTP/1.1.
    Plain,
    /// HTTP/1.1 in TLS.
    Tls,
    /// HTTP/2 without TLS.
    H2c,
}

impl Path {
    pub const ALL: [Path; 3] = [Path::Plain, Path::Tls, Path::H2c];
}

/// A gateway with a plain listener and one with TLS.
pub struct Paths {
    pub gate: Gate,
    authority: Authority,
}

/// A client over one of the paths.
pub enum Caller {
    Raw(Client),
    Hyper(Box<Modern>, &'static str),
}

/// A response, read to its end.
#[derive(Debug)]
pub struct Heard {
    pub status: u16,
    pub body: Vec<u8>,
    pub length: Option<String>,
    pub trailers: Vec<(String, String)>,
}

impl Heard {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The `reason` of a problem document.
    pub fn reason(&self) -> String {
        let document: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        document["reason"].as_str().unwrap_or_default().to_owned()
    }
}

impl Paths {
    /// Serves backends and routes; the listeners are added.
    pub fn start(rest: &str) -> Paths {
        let authority = Authority::new();
        let (certificate, key) = authority.issue(&["a.test"]);
        let listeners = "gw 1\nlistener plain { bind = \"127.0.0.1:0\" }\n\
             listener edge { bind = \"127.0.0.1:0\", tls { cert = file(\"crt\"), key = file(\"key\") } }";
        let gate = Gate::with_files(
            &format!("{listeners}\n{rest}"),
            &[("crt", &certificate), ("key", &key)],
        );
        Paths { gate, authority }
    }

    /// A connection.
    pub fn caller(&self, path: Path) -> Caller {
        let plain = self.gate.listener("plain");
        match path {
            Path::Plain => Caller::Raw(Client::connect(plain)),
            Path::H2c => Caller::Hyper(Box::new(Modern::h2c(plain)), "http://a.test"),
            Path::Tls => {
                let config = tls_client(self.authority.roots(), &[b"http/1.1"]);
                let modern = Modern::tls(self.gate.listener("edge"), "a.test", config).unwrap();
                Caller::Hyper(Box::new(modern), "")
            }
        }
    }
}

impl Caller {
    /// One exchange. None if the response breaks off or never begins.
    pub fn ask(&mut self, method: &str, target: &str, body: &[u8]) -> Option<Heard> {
        match self {
            Caller::Raw(client) => raw(client, method, target, body),
            Caller::Hyper(modern, origin) => {
                let request = Request::builder()
                    .method(method)
                    .uri(format!("{origin}{target}"))
                    .header("te", "trailers");
                let request = match origin.is_empty() {
                    true => request.header("host", "a.test"),
                    false => request,
                };
                let body = Full::new(Bytes::copy_from_slice(body));
                hyper(modern, request.body(body).unwrap())
            }
        }
    }
}

fn raw(client: &mut Client, method: &str, target: &str, body: &[u8]) -> Option<Heard> {
    let length = match body.len() {
        0 => String::new(),
        length => format!("content-length: {length}\r\n"),
    };
    client.send(format!(
        "{method} {target} HTTP/1.1\r\nhost: a.test\r\nte: trailers\r\n{length}\r\n"
    ));
    client.send(body);
    let mut next = || match method {
        "HEAD" => Some(client.bodiless_response()),
        _ => client.try_response(),
    };
    // After interim ones.
    let message = std::iter::from_fn(&mut next).find(|message| message.status() >= Some(200))?;
    Some(Heard {
        status: message.status()?,
        length: message.header("content-length").map(str::to_owned),
        body: message.body,
        trailers: message.trailers,
    })
}

fn hyper(modern: &mut Modern, request: Request<Full<Bytes>>) -> Option<Heard> {
    let reply = modern.send(request).ok()?;
    let text = |value: &http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let trailers = reply.trailers.unwrap_or_default();
    Some(Heard {
        status: reply.status,
        length: reply.headers.get("content-length").map(text),
        body: reply.body,
        trailers: trailers
            .iter()
            .map(|(n, v)| (n.to_string(), text(v)))
            .collect(),
    })
}
