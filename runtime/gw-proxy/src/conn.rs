//! A client's connection as its exchanges see it.

use crate::core::Core;
use crate::listener::Slot;
use crate::wire::ConnState;
use http::HeaderValue;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

/// A client's connection.
pub(crate) struct Conn {
    pub(crate) core: Rc<Core>,
    pub(crate) slot: Rc<Slot>,
    pub(crate) state: Rc<ConnState>,
    /// The other end; IPv4-mapped addresses are unmapped.
    pub(crate) peer_ip: IpAddr,
    pub(crate) peer_port: u16,
    /// The peer's address as a field value.
    pub(crate) peer_text: HeaderValue,
    pub(crate) tls: Option<TlsInfo>,
    pub(crate) http2: bool,
}

/// What the handshake agreed on.
#[derive(Clone, Debug)]
pub(crate) struct TlsInfo {
    pub(crate) version: &'static str,
    pub(crate) sni: Option<String>,
    pub(crate) cipher: &'static str,
}

impl TlsInfo {
    /// Of a finished handshake.
    pub(crate) fn of(session: &rustls::ServerConnection) -> Self {
        let version = match session.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "1.3",
            _ => "1.2",
        };
        let cipher = session
            .negotiated_cipher_suite()
            .and_then(|s| s.suite().as_str());
        Self {
            version,
            sni: session.server_name().map(str::to_ascii_lowercase),
            cipher: cipher.unwrap_or(""),
        }
    }
}

impl Conn {
    pub(crate) fn new(
        core: Rc<Core>,
        slot: Rc<Slot>,
        state: Rc<ConnState>,
        peer: SocketAddr,
        (tls, http2): (Option<TlsInfo>, bool),
    ) -> Self {
        let peer_ip = peer.ip().to_canonical();
        let text = peer_ip.to_string();
        Self {
            core,
            slot,
            state,
            peer_ip,
            peer_port: peer.port(),
            peer_text: HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("unknown")),
            tls,
            http2,
        }
    }

    /// `http` or `https`, as the connection has it.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}
