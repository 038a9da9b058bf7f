//! What a peer may do after the handshake, record by record: each case seals what no library would.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "../tests/support/trust.rs"]
mod trust;

use crate::keys::{Opener, Sealer};
use crate::{Established, Handshake, Session, TlsError};
use rustls::client::ClientConnectionData;
use rustls::crypto::aws_lc_rs::cipher_suite;
use rustls::kernel::KernelConnection;
use rustls::pki_types::ServerName;
use rustls::unbuffered::ConnectionState;
use rustls::{ClientConfig, ContentType, ProtocolVersion, ServerConfig, SupportedCipherSuite};
use std::sync::Arc;

const DATA: ContentType = ContentType::ApplicationData;
const HANDSHAKE: ContentType = ContentType::Handshake;
const ALERT: ContentType = ContentType::Alert;
const TLS13: SupportedCipherSuite = cipher_suite::TLS13_AES_128_GCM_SHA256;
const TLS12: SupportedCipherSuite = cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;

/// A record before it is sealed.
type Plain<'a> = (ContentType, &'a [u8]);

/// Our server, and a client that seals whatever it likes.
struct Pair {
    ours: Session,
    sealer: Sealer,
    opener: Opener,
    keys: KernelConnection<ClientConnectionData>,
}

impl Pair {
    fn new(suite: SupportedCipherSuite) -> Self {
        let (client, mut server) = trust::configs(suite);
        server.send_tls13_tickets = 0;
        Self::establish(&server, client)
    }

    fn establish(server: &ServerConfig, client: ClientConfig) -> Self {
        let name = ServerName::try_from("a.test").unwrap();
        let mut ours = Handshake::server(server).unwrap();
        let mut peer =
            rustls::client::UnbufferedClientConnection::new(Arc::new(client), name).unwrap();
        let (mut to_us, mut to_peer) = (Vec::new(), Vec::new());
        while peer.is_handshaking() || !to_us.is_empty() {
            let status = peer.process_tls_records(&mut to_peer);
            let discard = status.discard;
            match status.state.unwrap() {
                ConnectionState::EncodeTlsData(mut data) => {
                    let mut room = vec![0; 1 << 15];
                    let n = data.encode(&mut room).unwrap();
                    to_us.extend_from_slice(&room[..n]);
                }
                ConnectionState::TransmitTlsData(data) => data.done(),
                _ => {
                    to_peer.drain(..discard);
                    ours.advance(&std::mem::take(&mut to_us), &mut to_peer)
                        .unwrap();
                    continue;
                }
            }
            to_peer.drain(..discard);
        }
        while let ConnectionState::TransmitTlsData(data) =
            peer.process_tls_records(&mut to_peer).state.unwrap()
        {
            data.done();
        }
        let (secrets, keys) = peer.dangerous_into_kernel_connection().unwrap();
        let Established { session, .. } = ours.finish().unwrap();
        Self {
            ours: session,
            sealer: Sealer::new(keys.protocol_version(), secrets.tx).unwrap(),
            opener: Opener::new(keys.protocol_version(), secrets.rx).unwrap(),
            keys,
        }
    }

    fn record(&mut self, kind: ContentType, plain: &[u8]) -> Vec<u8> {
        let mut record = Vec::new();
        let fill = |out: &mut Vec<u8>| out.extend_from_slice(plain);
        self.sealer.seal(kind, &mut record, fill).unwrap();
        record
    }

    /// The data of some records that arrive together.
    fn hear(&mut self, records: &[Plain<'_>]) -> Result<Vec<u8>, TlsError> {
        let mut bytes = Vec::new();
        for (kind, plain) in records {
            bytes.extend(self.record(*kind, plain));
        }
        let opened = self.ours.open(&mut bytes)?;
        assert_eq!(opened.consumed, bytes.len());
        bytes.truncate(opened.data);
        Ok(bytes)
    }

    /// What we say besides data, opened by the peer.
    fn answers(&mut self) -> Vec<(ContentType, Vec<u8>)> {
        let mut bytes = Vec::new();
        self.ours.take_queued(&mut bytes);
        let mut found = Vec::new();
        while let Some(header) = crate::record::Header::of(&bytes) {
            let mut record: Vec<u8> = bytes.drain(..header.whole()).collect();
            let (kind, length) = self.opener.open(header, &mut record, 5).unwrap();
            found.push((kind, record[..length].to_vec()));
        }
        found
    }

    /// Whatever the records are, they end the connection with this alert.
    fn refuses(&mut self, records: &[Plain<'_>], alert: u8) {
        let error = self.hear(records).unwrap_err();
        assert_eq!(self.answers(), [(ALERT, vec![2, alert])], "{error}");
        assert!(matches!(self.ours.open(&mut []), Err(TlsError::Ended)));
        let mut out = Vec::new();
        assert!(self.ours.seal(&[b"more"], 10, &mut out).is_err());
        assert!(out.is_empty());
    }
}

#[test]
fn many_records_at_once_are_one_piece_of_data() {
    for suite in [TLS13, TLS12] {
        let mut pair = Pair::new(suite);
        let records = [(DATA, &b"a"[..]), (DATA, b""), (DATA, b"bc"), (DATA, b"d")];
        assert_eq!(pair.hear(&records).unwrap(), b"abcd");
    }
}

#[test]
fn what_may_not_come_after_the_handshake_gets_an_alert() {
    const UNEXPECTED: u8 = 10;
    const DECODE: u8 = 50;
    let hello = [1, 0, 0, 1, 0];
    let cases: [(&[Plain<'_>], u8); 11] = [
        (&[(HANDSHAKE, &hello)], UNEXPECTED),
        (&[(HANDSHAKE, b"")], UNEXPECTED),
        (&[(ContentType::ChangeCipherSpec, &[1])], UNEXPECTED),
        (&[(ContentType::Unknown(99), b"x")], UNEXPECTED),
        // A message that is broken off.
        (&[(HANDSHAKE, &[24, 0]), (DATA, b"x")], UNEXPECTED),
        // Keys change in the middle of a record.
        (&[(HANDSHAKE, &[24, 0, 0, 1, 0, 24])], UNEXPECTED),
        (&[(HANDSHAKE, &[24, 0, 0, 1, 2])], DECODE),
        (&[(HANDSHAKE, &[24, 0, 0, 0])], DECODE),
        (&[(ALERT, &[1])], DECODE),
        (&[(ALERT, &[1, 0, 1, 0])], DECODE),
        // A level that there is not.
        (&[(ALERT, &[3, 0])], DECODE),
    ];
    for (records, alert) in cases {
        Pair::new(TLS13).refuses(records, alert);
    }
}

#[test]
fn records_that_are_none_get_an_alert() {
    const OVERFLOW: u8 = 22;
    let largest = vec![7; 1 << 14];
    let mut pair = Pair::new(TLS13);
    assert_eq!(pair.hear(&[(DATA, &largest)]).unwrap(), largest);
    pair.refuses(&[(DATA, &[&largest[..], b"x"].concat())], OVERFLOW);
    for (bytes, alert) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], 10),
        (b"\x17\x03\x03\x41\x01", OVERFLOW),
        (b"\x17\x03\x03\x00\x14aaaaaaaaaaaaaaaaaaaa", 20),
        (b"\x17\x03\x03\x00\x00", 20),
        (b"\x16\x03\x03\x00\x11aaaaaaaaaaaaaaaaa", 20),
    ] {
        let mut pair = Pair::new(TLS13);
        assert!(pair.ours.open(&mut bytes.to_vec()).is_err());
        assert_eq!(pair.answers(), [(ALERT, vec![2, alert])]);
    }
}

#[test]
fn only_so_much_is_borne_that_moves_nothing() {
    const UPDATE: &[Plain<'static>] = &[(HANDSHAKE, &[24, 0, 0, 1, 0])];
    let mut pair = Pair::new(TLS13);
    for count in 0..40 {
        if count == 7 {
            assert_eq!(pair.hear(&[(DATA, b"data")]).unwrap(), b"data");
        }
        let heard = pair.hear(UPDATE);
        assert_eq!(heard.is_ok(), count < 39, "{count}");
        let secrets = pair.keys.update_tx_secret().unwrap();
        pair.sealer = Sealer::new(ProtocolVersion::TLSv1_3, secrets).unwrap();
    }
    assert_eq!(pair.answers(), [(ALERT, vec![2, 10])]);

    let mut pair = Pair::new(TLS12);
    for _ in 0..4 {
        pair.hear(&[(ALERT, &[1, 90])]).unwrap();
    }
    pair.refuses(&[(ALERT, &[1, 90])], 10);
}

#[test]
fn a_second_handshake_is_declined_once() {
    const NO_RENEGOTIATION: u8 = 100;
    let hello: Plain<'_> = (HANDSHAKE, &[1, 0, 0, 2, 3, 3]);
    let mut pair = Pair::new(TLS12);
    assert_eq!(pair.hear(&[hello, (DATA, b"on")]).unwrap(), b"on");
    assert_eq!(pair.answers(), [(ALERT, vec![1, NO_RENEGOTIATION])]);
    pair.refuses(&[hello], 10);
}

#[test]
fn a_request_for_keys_is_answered_once_until_it_is_sent() {
    let mut pair = Pair::new(TLS13);
    pair.hear(&[(HANDSHAKE, &[24, 0, 0, 1, 1])]).unwrap();
    assert_eq!(pair.answers(), [(HANDSHAKE, vec![24, 0, 0, 1, 0])]);
}

#[test]
fn the_end_is_said_and_heard() {
    for suite in [TLS13, TLS12] {
        let mut pair = Pair::new(suite);
        let records = [(DATA, &b"last"[..]), (ALERT, &[1, 0]), (DATA, b"ignored")];
        assert_eq!(pair.hear(&records).unwrap(), b"last");
        assert!(pair.ours.is_closed());
        assert_eq!(pair.hear(&[(DATA, b"ignored")]).unwrap(), b"");
        // Half is still open.
        let mut out = Vec::new();
        assert_eq!(pair.ours.seal(&[b"answer"], 10, &mut out).unwrap(), 6);
        pair.ours.close().unwrap();
        pair.ours.close().unwrap();
        assert!(pair.ours.seal(&[b"more"], 10, &mut Vec::new()).is_err());
    }
}

#[test]
fn an_alert_of_the_peer_is_not_answered() {
    let mut pair = Pair::new(TLS13);
    let error = pair.hear(&[(ALERT, &[2, 40])]).unwrap_err();
    assert!(matches!(error, TlsError::Alert(_)), "{error}");
    assert!(!pair.ours.has_queued());
}

#[test]
fn keys_are_not_used_beyond_their_limit() {
    let mut pair = Pair::new(TLS12);
    pair.ours.limit_records(4);
    let mut out = Vec::new();
    let mut said = 0;
    while pair.ours.seal(&[b"x"], 1, &mut out).is_ok() {
        said += 1;
    }
    // The handshake has used one, the last says the end.
    assert_eq!(said, 2);
    assert!(matches!(
        pair.ours.seal(&[b"x"], 1, &mut out),
        Err(TlsError::Ended)
    ));
}
