//! The playground's server: loopback alone. Other pages of the same browser are kept out: by the
//! host, against names that are rebound to 127.0.0.1; by the origin and the content type, against
//! forms and scripts of elsewhere.

use super::message::{self, Request, Response};
use super::{Question, answer};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");
const STYLE: &str = include_str!("page.css");

/// Most connections at once; more wait to be accepted.
const MOST_CONNECTIONS: usize = 32;

/// Longest pause of a client.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that listens.
#[derive(Debug)]
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    /// The policy that the page begins with.
    policy: String,
}

impl Server {
    /// Listens on a port of 127.0.0.1; 0 lets the system choose.
    pub(crate) fn new(port: u16, policy: String) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            address,
            policy,
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the process ends.
    pub(crate) fn serve(self) -> std::io::Result<()> {
        let server = Arc::new(self);
        let open = Arc::new(AtomicUsize::new(0));
        loop {
            let (stream, _) = server.listener.accept()?;
            if open.fetch_add(1, Ordering::Relaxed) >= MOST_CONNECTIONS {
                open.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let (server, open) = (Arc::clone(&server), Arc::clone(&open));
            std::thread::Builder::new()
                .stack_size(16 << 20)
                .spawn(move || {
                    // A client that goes away is no failure.
                    let _ = server.exchange(stream);
                    open.fetch_sub(1, Ordering::Relaxed);
                })?;
        }
    }

    fn exchange(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let response = match message::read(&mut stream) {
            Ok(Some(request)) => self.respond(&request),
            Ok(None) => return Ok(()),
            Err(response) => response,
        };
        response.write(&mut stream)
    }

    fn respond(&self, request: &Request) -> Response {
        if !request.header("host").is_some_and(|host| self.is_own(host)) {
            return Response::problem(421, "this is not the host of the playground");
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/") => self.page(),
            ("GET", "/page.js") => asset("text/javascript", SCRIPT),
            ("GET", "/page.css") => asset("text/css", STYLE),
            (method, path) => match Question::of(path) {
                Some(question) if method == "POST" => self.ask(question, request),
                Some(_) => Response::problem(405, "ask with POST"),
                None if matches!(path, "/" | "/page.js" | "/page.css") => {
                    Response::problem(405, "read with GET")
                }
                None => Response::problem(404, "there is nothing here"),
            },
        }
    }

    fn page(&self) -> Response {
        let policy = crate::reference::html::escaped(&self.policy);
        asset("text/html", &PAGE.replacen("{policy}", &policy, 1))
    }

    fn ask(&self, question: Question, request: &Request) -> Response {
        let foreign = |origin: &str| {
            let host = origin.strip_prefix("http://");
            !host.is_some_and(|host| self.is_own(host))
        };
        if request.has("origin") && request.header("origin").is_none_or(foreign) {
            return Response::problem(403, "another page asks");
        }
        let kind = request.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Response::problem(415, "send application/json");
        }
        match answer(question, &request.body) {
            Ok(body) => asset("application/json", &body),
            Err(why) => Response::problem(400, &why),
        }
    }

    /// Whether a host is this server, by the names that it goes by.
    fn is_own(&self, host: &str) -> bool {
        let port = self.address.port();
        let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        own.iter().any(|name| name.eq_ignore_ascii_case(host))
            || (port == 80 && matches!(host, "127.0.0.1" | "localhost"))
    }
}

fn asset(kind: &'static str, body: &str) -> Response {
    Response {
        status: 200,
        kind,
        body: body.to_owned(),
    }
}
