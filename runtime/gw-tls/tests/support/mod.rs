//! Pairs of connections in memory: ours on one side, rustls' buffered ones on the other.

#![allow(dead_code, reason = "no test file uses all of it")]

mod trust;

use gw_tls::{Established, Handshake, Progress, Session};
use rustls::crypto::aws_lc_rs::cipher_suite;
use rustls::pki_types::ServerName;
use rustls::{
    ClientConfig, ClientConnection, Connection, ServerConfig, ServerConnection,
    SupportedCipherSuite,
};
use std::io::{Read, Write};
use std::sync::Arc;

/// Suites of both versions, one of each way to protect a record.
pub(crate) const SUITES: [SupportedCipherSuite; 6] = [
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
];

/// Configurations that trust each other and know one suite.
pub(crate) struct World {
    pub(crate) client: Arc<ClientConfig>,
    pub(crate) server: Arc<ServerConfig>,
}

impl World {
    pub(crate) fn new(suite: SupportedCipherSuite) -> Self {
        let (mut client, mut server) = trust::configs(suite);
        server.alpn_protocols = vec![b"one".to_vec(), b"two".to_vec()];
        server.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().unwrap();
        client.alpn_protocols = vec![b"two".to_vec()];
        Self {
            client: Arc::new(client),
            server: Arc::new(server),
        }
    }

    pub(crate) fn client(&self) -> ClientConnection {
        ClientConnection::new(Arc::clone(&self.client), name()).unwrap()
    }

    /// Our server, with a client of rustls.
    pub(crate) fn serve(&self) -> (Established, Peer) {
        let ours = Handshake::server(&self.server).unwrap();
        establish(ours, Peer::new(self.client()))
    }

    /// Our client, with a server of rustls.
    pub(crate) fn connect(&self) -> (Established, Peer) {
        let peer = ServerConnection::new(Arc::clone(&self.server)).unwrap();
        let ours = Handshake::client(Arc::clone(&self.client), name()).unwrap();
        establish(ours, Peer::new(peer))
    }
}

pub(crate) fn name() -> ServerName<'static> {
    ServerName::try_from("a.test").unwrap()
}

/// Shakes hands, a byte at a time towards us. What a server sends after it is left in `rest`.
fn establish(mut ours: Handshake, mut peer: Peer) -> (Established, Peer) {
    let mut out = Vec::new();
    let mut progress = ours.advance(&[], &mut out).unwrap();
    let mut rest = Vec::new();
    while progress == Progress::Waiting || peer.0.is_handshaking() {
        peer.receive(&std::mem::take(&mut out));
        let mut bytes = peer.wire().into_iter();
        while progress == Progress::Waiting
            && let Some(byte) = bytes.next()
        {
            progress = ours.advance(&[byte], &mut out).unwrap();
        }
        rest.extend(bytes);
    }
    let mut established = ours.finish().unwrap();
    established.rest.extend(rest);
    peer.receive(&out);
    established.rest.extend(peer.wire());
    (established, peer)
}

/// rustls' side, and the data that it has received.
pub(crate) struct Peer(pub(crate) Connection, Vec<u8>);

impl Peer {
    pub(crate) fn new(connection: impl Into<Connection>) -> Self {
        Self(connection.into(), Vec::new())
    }

    /// Takes bytes from the wire.
    pub(crate) fn receive(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            self.0.read_tls(&mut bytes).unwrap();
            self.0.process_new_packets().unwrap();
            let mut room = [0; 4096];
            while let Ok(n @ 1..) = self.0.reader().read(&mut room) {
                self.1.extend_from_slice(&room[..n]);
            }
        }
    }

    /// Bytes for the wire.
    pub(crate) fn wire(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.0.wants_write() {
            self.0.write_tls(&mut bytes).unwrap();
        }
        bytes
    }

    /// Data, sealed.
    pub(crate) fn say(&mut self, mut data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        while !data.is_empty() {
            let n = self.0.writer().write(data).unwrap();
            data = &data[n..];
            bytes.extend(self.wire());
        }
        bytes
    }

    /// Data that were received since this was asked last.
    pub(crate) fn heard(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.1)
    }

    pub(crate) fn renew_keys(&mut self) {
        match &mut self.0 {
            Connection::Client(peer) => peer.refresh_traffic_keys().unwrap(),
            Connection::Server(peer) => peer.refresh_traffic_keys().unwrap(),
        }
    }
}

/// Data of a session from bytes that come in pieces, with what is kept in between.
#[derive(Default)]
pub(crate) struct Reader(Vec<u8>);

impl Reader {
    pub(crate) fn new(rest: Vec<u8>) -> Self {
        Self(rest)
    }

    pub(crate) fn read(
        &mut self,
        session: &mut Session,
        bytes: &[u8],
    ) -> Result<Vec<u8>, gw_tls::TlsError> {
        self.0.extend_from_slice(bytes);
        let opened = session.open(&mut self.0)?;
        let data = self.0[..opened.data].to_vec();
        self.0.drain(..opened.consumed);
        Ok(data)
    }

    /// Whether the beginning of a record waits for its end.
    pub(crate) fn is_amid(&self) -> bool {
        !self.0.is_empty()
    }
}

/// All of `pieces`, sealed.
pub(crate) fn seal(session: &mut Session, pieces: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    session.seal(pieces, usize::MAX, &mut out).unwrap();
    out
}
