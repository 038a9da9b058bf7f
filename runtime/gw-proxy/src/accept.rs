//! From a listening socket to exchanges: accepts connections, does the TLS handshake, tells
//! HTTP/1.x from HTTP/2, and drives each connection with its timeouts until it ends.

use crate::conn::{Conn, TlsInfo};
use crate::core::Core;
use crate::driver::Driver;
use crate::listener::{Admitted, Slot};
use crate::pipeline;
use crate::respond;
use crate::wire::{ConnState, Guarded, HeadLimits, Transport};
use bytes::{Bytes, BytesMut};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The client connection preface of HTTP/2 (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Pause after a failed accept, as when there are no more descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// Accepts until the task is dropped.
pub(crate) async fn accept(core: Rc<Core>, slot: Rc<Slot>, listener: TcpListener) {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(listener = %slot.name, %error, "a connection cannot be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        core.metrics.borrow_mut().connections(&slot.name).accepted += 1;
        let Some(admitted) = slot.admit() else {
            core.metrics.borrow_mut().connections(&slot.name).refused += 1;
            continue;
        };
        let _ = stream.set_nodelay(true);
        tokio::task::spawn_local(connection(
            Rc::clone(&core),
            Rc::clone(&slot),
            stream,
            peer,
            admitted,
        ));
    }
}

async fn connection(
    core: Rc<Core>,
    slot: Rc<Slot>,
    stream: TcpStream,
    peer: SocketAddr,
    _admitted: Admitted,
) {
    let state = Rc::new(ConnState::new(Instant::now()));
    let _open = Open::new(&core, &slot, &state);
    let limit = slot.http().header_timeout;
    match tokio::time::timeout(limit, prepare(&slot, stream)).await {
        Ok(Ok((transport, tls, http2))) => {
            let conn = Conn::new(core, slot, state, peer, (tls, http2));
            serve(Rc::new(conn), transport).await;
        }
        Ok(Err(Unprepared::Tls)) => {
            core.metrics.borrow_mut().connections(&slot.name).tls_failed += 1;
        }
        Ok(Err(Unprepared::Closed)) | Err(_) => {}
    }
}

/// Counts a connection as open, whatever way it ends.
struct Open {
    core: Rc<Core>,
    slot: Rc<Slot>,
    id: u64,
}

impl Open {
    fn new(core: &Rc<Core>, slot: &Rc<Slot>, state: &Rc<ConnState>) -> Self {
        core.metrics.borrow_mut().connections(&slot.name).open += 1;
        Self {
            core: Rc::clone(core),
            slot: Rc::clone(slot),
            id: core.register(state),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.core.unregister(self.id);
        let mut metrics = self.core.metrics.borrow_mut();
        let connections = metrics.connections(&self.slot.name);
        connections.open = connections.open.saturating_sub(1);
    }
}

/// Why a connection does not come to its first request.
enum Unprepared {
    Closed,
    Tls,
}

impl From<io::Error> for Unprepared {
    fn from(_: io::Error) -> Self {
        Unprepared::Closed
    }
}

/// TLS or not, HTTP/2 or not.
async fn prepare(
    slot: &Slot,
    stream: TcpStream,
) -> Result<(Transport, Option<TlsInfo>, bool), Unprepared> {
    let Some(config) = slot.tls() else {
        let (early, http2) = match slot.http().http2 {
            true => sniff(&stream).await?,
            false => (Bytes::new(), false),
        };
        return Ok((Transport::plain(stream, early), None, http2));
    };
    let acceptor = TlsAcceptor::from(config);
    let stream = acceptor.accept(stream).await.map_err(|_| Unprepared::Tls)?;
    let session = stream.get_ref().1;
    let http2 = session.alpn_protocol() == Some(b"h2");
    let tls = TlsInfo::of(session);
    Ok((Transport::tls(stream), Some(tls), http2))
}

/// Reads until it is clear whether the client speaks HTTP/2 with prior knowledge.
async fn sniff(stream: &TcpStream) -> io::Result<(Bytes, bool)> {
    let mut early = BytesMut::with_capacity(2048);
    loop {
        stream.readable().await?;
        match stream.try_read_buf(&mut early) {
            Ok(0) => return Ok((early.freeze(), false)),
            Ok(_) if early.starts_with(PREFACE) => return Ok((early.freeze(), true)),
            Ok(_) if PREFACE.starts_with(&early) => {}
            Ok(_) => return Ok((early.freeze(), false)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

async fn serve(conn: Rc<Conn>, transport: Transport) {
    let shared = Rc::clone(&conn);
    let service = service_fn(move |request| pipeline::serve(Rc::clone(&shared), request));
    let http = conn.slot.http();
    if conn.http2 {
        let connection = hyper::server::conn::http2::Builder::new(crate::backend::LocalExecutor)
            .timer(TokioTimer::new())
            .max_concurrent_streams(http.max_streams)
            .max_header_list_size(u32::try_from(http.max_head).unwrap_or(u32::MAX))
            .initial_stream_window_size(1 << 20)
            .initial_connection_window_size(4 << 20)
            .serve_connection(TokioIo::new(transport), service);
        return Driver::new(&conn, connection).await;
    }
    let limits = HeadLimits {
        max_head: usize::try_from(http.max_head).unwrap_or(usize::MAX),
        max_headers: http.max_headers,
    };
    let refused = Rc::clone(&conn);
    let refusal = Box::new(move |violation| respond::last_words(&refused, violation));
    let guarded = Guarded::new(transport, limits, Rc::clone(&conn.state), refusal);
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.max_buf_size(limits.max_head.max(64 << 10));
    // Up to its default the parser keeps the fields on the stack.
    if http.max_headers > 100 {
        builder.max_headers(usize::try_from(http.max_headers).unwrap_or(usize::MAX));
    }
    let connection = builder.serve_connection(TokioIo::new(guarded), service);
    Driver::new(&conn, connection).await;
}
