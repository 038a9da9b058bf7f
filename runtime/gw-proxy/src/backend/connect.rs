//! Opens connections to endpoints: TCP, TLS, and the HTTP handshake.

use super::pool::Open;
use crate::net::{Link, Socket, TlsSocket};
use crate::upload::Upload;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// No address, no place in the pool, or all endpoints rest.
    #[error("no endpoint is available")]
    Unavailable,
    /// The connection is refused or broken off.
    #[error("the connection cannot be opened: {0}")]
    Refused(std::io::Error),
    /// It took too long.
    #[error("the connection takes too long")]
    Timeout,
    /// The TLS handshake failed.
    #[error("the TLS handshake failed: {0}")]
    Tls(std::io::Error),
    /// The HTTP handshake failed.
    #[error("the HTTP handshake failed: {0}")]
    Http(hyper::Error),
    /// The exchange's whole time is over.
    #[error("the exchange takes too long")]
    Overdue,
}

/// How to open a connection.
#[derive(Clone)]
pub(crate) struct Dial {
    pub(crate) address: SocketAddr,
    /// TLS with this name.
    pub(crate) tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    /// HTTP/2 without asking.
    pub(crate) prior_knowledge: bool,
}

/// A fresh connection.
pub(super) enum Fresh {
    H1(Box<Link>, Open),
    H2(http2::SendRequest<Upload>),
}

/// Spawns on the core's own runtime.
#[derive(Clone, Copy, Debug)]
struct LocalExecutor;

impl<F> hyper::rt::Executor<F> for LocalExecutor
where
    F: Future + 'static,
    F::Output: 'static,
{
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}

const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 8 << 20;

/// Opens a connection; `open` lives as long as it.
pub(super) async fn connect(dial: Dial, open: Open) -> Result<Fresh, ConnectError> {
    let stream = TcpStream::connect(dial.address)
        .await
        .map_err(ConnectError::Refused)?;
    stream.set_nodelay(true).map_err(ConnectError::Refused)?;
    let Some((config, name)) = dial.tls else {
        return handshake(Socket::Plain(stream), dial.prior_knowledge, open).await;
    };
    let connected = TlsSocket::connect(config, name, stream).await;
    let (socket, agreed) = connected.map_err(ConnectError::Tls)?;
    let h2 = agreed.alpn.as_deref() == Some(b"h2");
    let socket = Socket::Tls(Box::new(socket));
    handshake(socket, h2 || dial.prior_knowledge, open).await
}

async fn handshake(socket: Socket, h2: bool, open: Open) -> Result<Fresh, ConnectError> {
    if !h2 {
        return Ok(Fresh::H1(Box::new(Link::new(socket, None)), open));
    }
    let (sender, connection) = http2::Builder::new(LocalExecutor)
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .handshake(TokioIo::new(socket))
        .await
        .map_err(ConnectError::Http)?;
    drive(connection, open);
    Ok(Fresh::H2(sender))
}

fn drive<C>(connection: C, open: Open)
where
    C: Future<Output = hyper::Result<()>> + 'static,
{
    tokio::task::spawn_local(async move {
        let _open = open;
        // Errors reach the exchange that is under way, if there is one.
        let _ = connection.await;
    });
}
