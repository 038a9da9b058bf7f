//! A client's connection as its exchanges see it.

use crate::clock;
use crate::core::Core;
use crate::listener::Slot;
use crate::timers::Alarm;
use gw_engine::Identity;
use gw_tls::Agreed;
use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Instant;

const FORWARDED_FOR: &str = "x-forwarded-for: ";

/// A client's connection.
pub(crate) struct Conn {
    pub(crate) core: Rc<Core>,
    pub(crate) slot: Rc<Slot>,
    /// Rings for whoever drives the connection: at deadlines, reloads and the end.
    pub(crate) alarm: Rc<Alarm>,
    /// The other end; IPv4-mapped addresses are unmapped.
    pub(crate) peer_ip: IpAddr,
    pub(crate) peer_port: u16,
    /// A field line that tells backends the peer's address.
    forwarded_for: Box<str>,
    pub(crate) tls: Option<Box<TlsInfo>>,
    pub(crate) http2: bool,
    /// Of the listener, when it was accepted.
    era: u32,
    /// Exchanges under way.
    exchanges: Cell<u32>,
    /// Whether there ever was one.
    begun: Cell<bool>,
    /// When the last one ended, or the connection began.
    since: Cell<Instant>,
}

/// What the handshake agreed on.
#[derive(Clone, Debug)]
pub(crate) struct TlsInfo {
    pub(crate) version: &'static str,
    pub(crate) sni: Option<String>,
    pub(crate) cipher: &'static str,
    /// Who the client is by its certificate, where it has shown one.
    pub(crate) client: Option<Identity>,
}

impl TlsInfo {
    /// Of a finished handshake.
    pub(crate) fn of(agreed: Agreed) -> Self {
        let certificate = agreed.certificate.as_ref();
        Self {
            version: match agreed.version {
                rustls::ProtocolVersion::TLSv1_3 => "1.3",
                _ => "1.2",
            },
            cipher: agreed.suite.as_str().unwrap_or(""),
            client: certificate.and_then(crate::tls::identity),
            sni: agreed.server_name,
        }
    }
}

impl Conn {
    pub(crate) fn new(
        core: Rc<Core>,
        slot: Rc<Slot>,
        alarm: Rc<Alarm>,
        peer: SocketAddr,
        (tls, http2, era): (Option<Box<TlsInfo>>, bool, u32),
    ) -> Self {
        let peer_ip = peer.ip().to_canonical();
        Self {
            core,
            slot,
            alarm,
            peer_ip,
            peer_port: peer.port(),
            forwarded_for: format!("{FORWARDED_FOR}{peer_ip}\r\n").into(),
            tls,
            http2,
            era,
            exchanges: Cell::new(0),
            begun: Cell::new(false),
            since: Cell::new(clock::now()),
        }
    }

    /// The peer's address as text.
    pub(crate) fn peer_text(&self) -> &str {
        let end = self.forwarded_for.len().saturating_sub(2);
        let address = self.forwarded_for.get(FORWARDED_FOR.len()..end);
        address.unwrap_or_default()
    }

    /// `X-Forwarded-For` with the peer's address, as it is written to backends.
    pub(crate) fn forwarded_for(&self) -> &[u8] {
        self.forwarded_for.as_bytes()
    }

    /// `http` or `https`, as the connection has it.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// An exchange began.
    pub(crate) fn exchange_began(&self) {
        self.exchanges.set(self.exchanges.get() + 1);
        self.begun.set(true);
    }

    /// An exchange ended.
    pub(crate) fn exchange_ended(&self, now: Instant) {
        self.exchanges.set(self.exchanges.get().saturating_sub(1));
        self.since.set(now);
        if self.http2 && self.exchanges.get() == 0 {
            self.alarm.ring();
        }
    }

    /// Whether there ever was an exchange.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.get()
    }

    /// Since when there is no exchange under way.
    pub(crate) fn idle_since(&self) -> Option<Instant> {
        (self.exchanges.get() == 0).then(|| self.since.get())
    }

    /// Whether it is to be closed after the exchanges under way.
    pub(crate) fn leaving(&self) -> bool {
        self.core.draining() || self.is_outdated()
    }

    /// Whether it was made under terms that the policy in service no longer has: requests that begin
    /// now are not served.
    pub(crate) fn is_outdated(&self) -> bool {
        self.era != self.slot.era()
    }
}
