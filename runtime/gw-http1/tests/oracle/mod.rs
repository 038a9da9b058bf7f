//! The same bytes read by this codec and by hyper. Whatever this one accepts, hyper must read in
//! the same way: there may be no message on which the two disagree about where it ends or what it
//! says. (hyper accepts more.)

use gw_http1::{Body, Limits, LineCache, Request, Response, ToHead};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Debug;
use std::rc::Rc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// What a message says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Read {
    pub(crate) start: String,
    pub(crate) fields: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

const LIMITS: Limits = Limits {
    max_head: 16 << 10,
    max_headers: 64,
};

/// What a codec reads whose lines are new, then seen once, then kept: the same every time.
fn thrice<R: PartialEq + Debug>(read: impl Fn(&mut LineCache) -> R) -> R {
    let mut cache = LineCache::default();
    let first = read(&mut cache);
    assert_eq!(read(&mut cache), first);
    assert_eq!(read(&mut cache), first);
    first
}

/// The requests of a stream as this codec reads them, up to the first that is broken or cut.
pub(crate) fn ours(bytes: &[u8]) -> Vec<Read> {
    thrice(|cache| our_requests(bytes.to_vec(), cache))
}

fn our_requests(mut bytes: Vec<u8>, cache: &mut LineCache) -> Vec<Read> {
    let mut all = Vec::new();
    while let Ok(Some((length, request))) = Request::parse(&mut bytes, LIMITS, cache) {
        let mut rest = bytes.split_off(length);
        // The syntax of an authority is for the gateway to check, with that of the host field.
        let authority = request.authority();
        if authority.is_some_and(|a| format!("http://{a}/").parse::<hyper::Uri>().is_err()) {
            break;
        }
        let query = request.query().map(|q| format!("?{q}")).unwrap_or_default();
        // An absolute form without a path has the path `/` (RFC 9110 section 4.2.3).
        let path = match request.path() {
            "" if authority.is_some() && request.method() != "CONNECT" => "/",
            path => path,
        };
        let read = Read {
            start: format!("{} {path}{query}", request.method()),
            fields: fields(&request.fields),
            body: Vec::new(),
        };
        let Some(body) = body(Body::of_request(request.framing), &mut rest, false) else {
            break;
        };
        all.push(Read { body, ..read });
        if !request.persistent || request.method() == "CONNECT" {
            break;
        }
        cache.put_back(request.fields);
        bytes = rest;
    }
    all
}

/// The final response as this codec reads it, after interim ones. None for a switch of protocols.
pub(crate) fn our_response(bytes: &[u8]) -> Option<Read> {
    thrice(|cache| our_final_response(bytes.to_vec(), cache))
}

fn our_final_response(mut bytes: Vec<u8>, cache: &mut LineCache) -> Option<Read> {
    loop {
        let (length, response) = Response::parse(&mut bytes, ToHead::No, cache).ok()??;
        let mut rest = bytes.split_off(length);
        if response.status == 101 {
            return None;
        }
        if response.status < 200 {
            bytes = rest;
            continue;
        }
        let body = body(Body::of_response(response.framing), &mut rest, true)?;
        let read = Read {
            start: response.status.to_string(),
            fields: fields(&response.fields),
            body,
        };
        cache.put_back(response.fields);
        return Some(read);
    }
}

fn fields(fields: &gw_http1::Fields) -> Vec<(String, Vec<u8>)> {
    let lines = fields.iter().map(|f| {
        let name = String::from_utf8(f.name.to_vec()).unwrap();
        (name, f.value.to_vec())
    });
    sorted(lines.collect())
}

/// hyper's map keeps lines of one name together.
fn sorted(mut lines: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    lines
}

/// A whole body; what follows it stays in `bytes`. None if it is broken or cut.
fn body(mut body: Body, bytes: &mut Vec<u8>, closed: bool) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    while !body.is_done() {
        let piece = body.next(bytes).ok()?;
        data.extend_from_slice(&bytes[piece.data.clone()]);
        bytes.drain(..piece.consumed);
        if piece.consumed == 0 {
            return (closed && body.closed().is_ok()).then_some(data);
        }
    }
    body.trailers().ok()?;
    Some(data)
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

async fn collect(body: Incoming) -> Option<Vec<u8>> {
    Some(body.collect().await.ok()?.to_bytes().to_vec())
}

fn map(headers: &hyper::HeaderMap) -> Vec<(String, Vec<u8>)> {
    let lines = headers.iter();
    sorted(
        lines
            .map(|(n, v)| (n.to_string(), v.as_bytes().to_vec()))
            .collect(),
    )
}

/// The requests of a stream as hyper reads them.
pub(crate) fn theirs(bytes: &[u8]) -> Vec<Read> {
    let all = Rc::new(RefCell::new(Vec::new()));
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let all = Rc::clone(&all);
        async move {
            let (parts, body) = request.into_parts();
            let path = parts.uri.path_and_query();
            let start = path.map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
            let start = format!("{} {start}", parts.method);
            if let Some(body) = collect(body).await {
                all.borrow_mut().push(Read {
                    start,
                    fields: map(&parts.headers),
                    body,
                });
            }
            Ok::<_, Infallible>(hyper::Response::new(Empty::<Bytes>::new()))
        }
    });
    run(async {
        let (server, client) = tokio::io::duplex(1 << 20);
        let io = TokioIo::new(server);
        let serve = hyper::server::conn::http1::Builder::new()
            .half_close(true)
            .serve_connection(io, service);
        let _ = tokio::join!(serve, say(client, bytes));
    });
    let all = all.borrow();
    all.clone()
}

/// The response as hyper reads it.
pub(crate) fn their_response(bytes: &[u8]) -> Option<Read> {
    run(async {
        let (server, client) = tokio::io::duplex(1 << 20);
        let io = TokioIo::new(client);
        let mut client = hyper::client::conn::http1::Builder::new();
        // As many lines as this codec takes.
        client.max_headers(128);
        let (mut sender, connection) = client.handshake(io).await.ok()?;
        let ask = async {
            let request = hyper::Request::new(Empty::<Bytes>::new());
            let response = sender.send_request(request).await.ok()?;
            let (parts, body) = response.into_parts();
            let body = collect(body).await?;
            drop(sender);
            Some(Read {
                start: parts.status.as_u16().to_string(),
                fields: map(&parts.headers),
                body,
            })
        };
        let (_, answer, ()) = tokio::join!(connection, ask, answer(server, bytes));
        answer
    })
}

/// Sends everything and the end, and reads what comes back.
async fn say(mut end: DuplexStream, bytes: &[u8]) {
    let _ = end.write_all(bytes).await;
    let _ = end.shutdown().await;
    let _ = end.read_to_end(&mut Vec::new()).await;
}

/// Answers a request, once it has come.
async fn answer(mut end: DuplexStream, bytes: &[u8]) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if end.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let _ = end.write_all(bytes).await;
    let _ = end.shutdown().await;
}
