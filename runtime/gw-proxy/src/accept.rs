//! From a listening socket to exchanges: accepts connections, does the TLS handshake, and tells
//! HTTP/1.x from HTTP/2.

use crate::buffers::Buffer;
use crate::conn::{Conn, TlsInfo};
use crate::core::Core;
use crate::inbound::http1::{self, Session};
use crate::inbound::http2;
use crate::listener::{Admitted, Slot};
use crate::net::{Link, Socket, TlsSocket};
use crate::timers::Alarm;
use gw_http2::PREFACE;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::{Poll, ready};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

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
            (stream, peer),
            slot.era(),
            admitted,
        ));
    }
}

async fn connection(
    core: Rc<Core>,
    slot: Rc<Slot>,
    (stream, peer): (TcpStream, SocketAddr),
    era: u32,
    admitted: Admitted,
) {
    let alarm = Alarm::new();
    let place = Place {
        _admitted: admitted,
        _open: Open::new(&core, &slot, &alarm),
    };
    let limit = slot.http().header_timeout;
    // On the heap: the handshake is over soon, and the connection may stay for long.
    let prepared = Box::pin(prepare(&core, &slot, stream));
    match tokio::time::timeout(limit, prepared).await {
        Ok(Ok((Ready::Http1(link), tls))) => {
            let conn = Conn::new(core, slot, alarm, peer, (tls, false, era));
            http1::serve(Session::new(conn, link, place)).await;
        }
        Ok(Ok((Ready::Http2(socket, early), tls))) => {
            let conn = Conn::new(core, slot, alarm, peer, (tls, true, era));
            Box::pin(http2::serve(Rc::new(conn), socket, early)).await;
        }
        Ok(Err(Unprepared::Tls)) => {
            core.metrics.borrow_mut().connections(&slot.name).tls_failed += 1;
        }
        Ok(Err(Unprepared::Closed)) | Err(_) => {}
    }
}

/// The place of a connection among all of its listener, until it is dropped.
pub(crate) struct Place {
    _admitted: Admitted,
    _open: Open,
}

/// Counts a connection as open, whatever way it ends.
struct Open {
    core: Rc<Core>,
    slot: Rc<Slot>,
    id: usize,
}

impl Open {
    fn new(core: &Rc<Core>, slot: &Rc<Slot>, alarm: &Rc<Alarm>) -> Self {
        core.metrics.borrow_mut().connections(&slot.name).open += 1;
        Self {
            core: Rc::clone(core),
            slot: Rc::clone(slot),
            id: core.register(alarm),
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

/// A connection that is ready for its first request.
enum Ready {
    Http1(Link),
    /// With what was read too early.
    Http2(Socket, Option<Buffer>),
}

/// TLS or not, HTTP/2 or not.
async fn prepare(
    core: &Core,
    slot: &Slot,
    stream: TcpStream,
) -> Result<(Ready, Option<Box<TlsInfo>>), Unprepared> {
    let Some(config) = slot.tls() else {
        let link = Link::new(Socket::Plain(stream), None);
        let ready = match slot.http().http2 {
            true => sniff(core, link).await?,
            false => Ready::Http1(link),
        };
        return Ok((ready, None));
    };
    let accepted = TlsSocket::accept(&config, stream).await;
    let (socket, agreed) = accepted.map_err(|_| Unprepared::Tls)?;
    let http2 = agreed.alpn.as_deref() == Some(b"h2");
    let tls = Box::new(TlsInfo::of(agreed));
    let socket = Socket::Tls(Box::new(socket));
    let ready = match http2 {
        true => Ready::Http2(socket, None),
        false => Ready::Http1(Link::new(socket, None)),
    };
    Ok((ready, Some(tls)))
}

/// Reads until it is clear whether the client speaks HTTP/2 with prior knowledge.
async fn sniff(core: &Core, mut link: Link) -> io::Result<Ready> {
    let http2 = poll_fn(|cx| {
        loop {
            let n = ready!(link.poll_fill(cx, &core.buffers))?;
            let early = link.ahead();
            if early.starts_with(PREFACE) {
                return Poll::Ready(io::Result::Ok(true));
            }
            if n == 0 || !PREFACE.starts_with(early) {
                return Poll::Ready(Ok(false));
            }
        }
    });
    if !http2.await? {
        return Ok(Ready::Http1(link));
    }
    let (socket, early) = link.into_parts();
    Ok(Ready::Http2(socket, early))
}
