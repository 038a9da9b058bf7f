//! Opens connections to endpoints: TCP, TLS, and the HTTP handshake.

use super::pool::Open;
use crate::net::{Link, Socket, TlsSocket};
use crate::tls::{Trust, Trusting};
use crate::upload::Upload;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::future::Future;
use std::net::SocketAddr;
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
    /// Whether TLS is spoken.
    pub(crate) security: Security,
    /// HTTP/2 without asking.
    pub(crate) prior_knowledge: bool,
}

/// Whether a connection is one over TLS.
#[derive(Clone)]
pub(crate) enum Security {
    /// It is not, as the target says.
    Plain,
    /// It is, with a certificate for this name.
    Tls(Trusting<ClientConfig>, ServerName<'static>),
    /// It should be, and cannot: no certificate can be for the name. Invariant: nothing is sent.
    Nameless,
}

impl Security {
    /// Towards a target that wants TLS with a certificate for `name`.
    pub(super) fn tls(config: Option<&Trusting<ClientConfig>>, name: &str) -> Self {
        let name = ServerName::try_from(name.to_owned()).ok();
        match config.zip(name) {
            Some((config, name)) => Self::Tls(config.clone(), name),
            None => Self::Nameless,
        }
    }

    /// The name that the certificate must be for, and who vouches for it: an open connection serves
    /// no policy that asks for another.
    pub(super) fn proof(&self) -> Option<(&ServerName<'static>, Trust)> {
        match self {
            Self::Tls(believed, name) => Some((name, believed.trust)),
            Self::Plain | Self::Nameless => None,
        }
    }
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
    if let Security::Nameless = dial.security {
        let error = std::io::Error::other("no certificate can be for the name of this backend");
        return Err(ConnectError::Tls(error));
    }
    let stream = TcpStream::connect(dial.address)
        .await
        .map_err(ConnectError::Refused)?;
    stream.set_nodelay(true).map_err(ConnectError::Refused)?;
    let Security::Tls(Trusting { config, .. }, name) = dial.security else {
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

#[cfg(test)]
mod tests {
    use super::{Security, Trust, Trusting};
    use rustls::{ClientConfig, RootCertStore};
    use std::sync::Arc;

    #[test]
    fn a_name_that_is_none_never_means_a_plain_connection() {
        let builder = ClientConfig::builder_with_provider(crate::tls::provider());
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let roots = builder.with_root_certificates(RootCertStore::empty());
        let config = Trusting {
            config: Arc::new(roots.with_no_client_auth()),
            trust: Trust::of(&RootCertStore::empty(), []),
        };
        let of = |name| Security::tls(Some(&config), name);
        for name in ["a b", "", "a..b", "https://a", "*.a"] {
            assert!(matches!(of(name), Security::Nameless), "{name}");
        }
        for name in ["api.internal", "API_1.a-b.internal", "10.0.0.1", "::1"] {
            assert!(matches!(of(name), Security::Tls(..)), "{name}");
        }
        assert!(matches!(Security::tls(None, "a"), Security::Nameless));
    }
}
