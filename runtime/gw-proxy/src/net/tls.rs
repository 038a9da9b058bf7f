//! TLS on a socket: records are opened in the memory of whoever reads, and sealed into memory of the
//! core that is sent from at once. A connection keeps memory of its own only for the part of a record
//! that has not arrived whole, and for what the socket did not take.

use super::tcp;
use super::unsent::Unsent;
use crate::buffers::Buffer;
use gw_tls::{Agreed, Established, Handshake, LARGEST_RECORD, Progress, Session, TlsError};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ServerConfig};
use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// Most plaintext that is sealed at a time: what a socket takes at once.
const SEALED: usize = 64 << 10;
/// Room for what is sealed at a time: four records.
const ROOM: usize = SEALED + 1024;
/// Bytes that are read at a time during a handshake.
const HANDSHAKE: usize = 4 << 10;

thread_local! {
    /// Where records are sealed, and opened for readers with little room. Never borrowed across a wait.
    static ROOMS: Rooms = const { Rooms { sealed: RefCell::new(Vec::new()), opened: RefCell::new(Vec::new()) } };
}

struct Rooms {
    sealed: RefCell<Vec<u8>>,
    opened: RefCell<Vec<u8>>,
}

/// A socket with TLS on it.
#[derive(Debug)]
pub(crate) struct TlsSocket {
    socket: TcpStream,
    session: Session,
    /// The beginning of a record.
    partial: Vec<u8>,
    /// Data that a reader had no room for.
    kept: Option<Buffer>,
    unsent: Unsent,
}

impl TlsSocket {
    /// Shakes hands with a client.
    pub(crate) async fn accept(
        config: &ServerConfig,
        socket: TcpStream,
    ) -> io::Result<(Self, Agreed)> {
        let handshake = Handshake::server(config).map_err(broken)?;
        Self::establish(handshake, socket).await
    }

    /// Shakes hands with the server of that name.
    pub(crate) async fn connect(
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        socket: TcpStream,
    ) -> io::Result<(Self, Agreed)> {
        let handshake = Handshake::client(config, name).map_err(broken)?;
        Self::establish(handshake, socket).await
    }

    async fn establish(
        mut handshake: Handshake,
        mut socket: TcpStream,
    ) -> io::Result<(Self, Agreed)> {
        let mut room = vec![0; HANDSHAKE];
        let mut received = 0;
        loop {
            let mut out = Vec::new();
            let bytes = room.get(..received).unwrap_or_default();
            let progress = handshake.advance(bytes, &mut out);
            if !out.is_empty() {
                socket.write_all(&out).await?;
            }
            if progress.map_err(broken)? == Progress::Done {
                break;
            }
            received = socket.read(&mut room).await?;
            if received == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let Established {
            session,
            agreed,
            rest,
        } = handshake.finish().map_err(broken)?;
        let socket = Self {
            socket,
            session,
            partial: rest,
            kept: None,
            unsent: Unsent::default(),
        };
        Ok((socket, agreed))
    }

    /// Reads data into `into`, which is not empty: how many bytes, zero at the end that the peer has
    /// announced. Any other end is an error.
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(mut kept) = self.kept.take() {
            let n = copy(kept.filled(), into);
            kept.consume(n);
            self.kept = Some(kept).filter(|kept| !kept.is_empty());
            return Poll::Ready(Ok(n));
        }
        if into.len() >= LARGEST_RECORD {
            return self.poll_records(cx, into);
        }
        ready!(self.poll_readable(cx))?;
        ROOMS.with(|rooms| {
            let mut room = rooms.opened.borrow_mut();
            room.resize(ROOM, 0);
            let n = ready!(self.poll_records(cx, &mut room))?;
            let data = room.get(..n).unwrap_or_default();
            let taken = copy(data, into);
            let later = data.get(taken..).unwrap_or_default();
            self.kept = (!later.is_empty()).then(|| Buffer::holding(later));
            Poll::Ready(Ok(taken))
        })
    }

    /// Reads and opens records in `room`, which holds at least the largest.
    fn poll_records(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            if self.session.is_closed() {
                return Poll::Ready(Ok(0));
            }
            let mut filled = copy(&self.partial, room);
            if !gw_tls::is_whole(&self.partial) {
                let free = room.get_mut(filled..).unwrap_or_default();
                match ready!(tcp::poll_recv(&self.socket, cx, free))? {
                    0 => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                    n => filled += n,
                }
            }
            let bytes = room.get_mut(..filled).unwrap_or_default();
            let opened = self.session.open(bytes);
            if self.session.has_queued() {
                // If it cannot be sent now, it goes out with what is sent next.
                let _ = self.poll_flush(cx);
            }
            let opened = opened.map_err(broken)?;
            self.keep_partial(bytes.get(opened.consumed..).unwrap_or_default());
            if opened.data > 0 {
                return Poll::Ready(Ok(opened.data));
            }
        }
    }

    fn keep_partial(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            if self.partial.capacity() > 0 {
                self.partial = Vec::new();
            }
            return;
        }
        self.partial.clear();
        self.partial.extend_from_slice(bytes);
    }

    /// Whether reading may give something; the task is woken when it may.
    pub(crate) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let something = self.kept.is_some() || gw_tls::is_whole(&self.partial);
        if something || self.session.is_closed() {
            return Poll::Ready(Ok(()));
        }
        self.socket.poll_read_ready(cx)
    }

    /// Seals and sends as much of `pieces` as is sent at a time: how many bytes. What the socket does
    /// not take is kept, and nothing more is sealed before it is gone.
    pub(crate) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        pieces: &[&[u8]],
    ) -> Poll<io::Result<usize>> {
        ready!(self.unsent.poll_send(&mut self.socket, cx))?;
        ROOMS.with(|rooms| {
            let mut room = rooms.sealed.borrow_mut();
            room.clear();
            room.reserve(ROOM);
            let sealed = self.session.seal(pieces, SEALED, &mut room);
            self.send(cx, &room)?;
            Poll::Ready(sealed.map_err(broken))
        })
    }

    /// Sends records, or keeps them.
    fn send(&mut self, cx: &mut Context<'_>, records: &[u8]) -> io::Result<()> {
        let sent = match tcp::poll_send(&self.socket, cx, records) {
            Poll::Ready(sent) => sent?,
            Poll::Pending => 0,
        };
        self.unsent.add(records.get(sent..).unwrap_or_default());
        Ok(())
    }

    /// Sends what was kept or is to be said besides data.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.session.has_queued() {
            let mut queued = Vec::new();
            self.session.take_queued(&mut queued);
            self.unsent.add(&queued);
        }
        self.unsent.poll_send(&mut self.socket, cx)
    }

    /// Says that no more data will follow, and closes the write side.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.session.close().map_err(broken)?;
        ready!(self.poll_flush(cx))?;
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

/// Copies as much as there is room for.
fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let n = from.len().min(to.len());
    if let (Some(from), Some(to)) = (from.get(..n), to.get_mut(..n)) {
        to.copy_from_slice(from);
    }
    n
}

fn broken(error: TlsError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
