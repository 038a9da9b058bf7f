//! Handshakes: what is agreed on, resumption, what comes with them, and how they fail.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod support;

use gw_tls::{Handshake, Progress, TlsError};
use rustls::{AlertDescription, HandshakeKind};
use support::{Peer, Reader, SUITES, World};

#[test]
fn both_sides_agree() {
    for suite in SUITES {
        let world = World::new(suite);
        let (ours, _) = world.serve();
        assert_eq!(ours.agreed.server_name.as_deref(), Some("a.test"));
        assert_eq!(ours.agreed.alpn.as_deref(), Some(&b"two"[..]));
        assert_eq!(ours.agreed.suite, suite.suite());
        assert_eq!(ours.agreed.version, suite.version().version);
        assert!(ours.agreed.certificate.is_none());
        let (ours, peer) = world.connect();
        assert!(ours.agreed.certificate.is_some());
        assert_eq!(ours.agreed.server_name, None);
        assert_eq!(peer.0.alpn_protocol(), Some(&b"two"[..]));
    }
}

#[test]
fn sessions_are_resumed_on_either_side() {
    for suite in SUITES {
        let world = World::new(suite);
        let (ours, mut peer) = world.serve();
        assert_eq!(peer.0.handshake_kind(), Some(HandshakeKind::Full));
        let mut session = ours.session;
        peer.receive(&support::seal(&mut session, &[b"after the tickets"]));
        let (ours, peer) = world.serve();
        assert_eq!(peer.0.handshake_kind(), Some(HandshakeKind::Resumed));
        assert_eq!(ours.agreed.server_name.as_deref(), Some("a.test"));

        let world = World::new(suite);
        let (mut ours, mut peer) = world.connect();
        let mut reader = Reader::new(ours.rest);
        let wire = peer.say(b"after the tickets");
        reader.read(&mut ours.session, &wire).unwrap();
        let (_, peer) = world.connect();
        assert_eq!(peer.0.handshake_kind(), Some(HandshakeKind::Resumed));
    }
}

#[test]
fn what_comes_with_the_last_message_is_left_for_the_session() {
    let world = World::new(SUITES[0]);
    let mut ours = Handshake::server(&world.server).unwrap();
    let mut peer = Peer::new(world.client());
    let mut out = Vec::new();
    assert_eq!(
        ours.advance(&peer.wire(), &mut out).unwrap(),
        Progress::Waiting
    );
    peer.receive(&out);
    let mut wire = peer.wire();
    peer.renew_keys();
    wire.extend(peer.say(b"hello"));
    wire.extend(&peer.say(b"again")[..10]);
    assert_eq!(ours.advance(&wire, &mut out).unwrap(), Progress::Done);
    let mut established = ours.finish().unwrap();
    let mut rest = established.rest;
    let opened = established.session.open(&mut rest).unwrap();
    assert_eq!(&rest[..opened.data], b"hello");
    assert_eq!(rest.len() - opened.consumed, 10);
}

#[test]
fn a_failure_is_told() {
    let world = World::new(SUITES[0]);
    let old = World::new(SUITES[3]);
    let cases = [
        (&b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"[..], None),
        (
            &Peer::new(old.client()).wire()[..],
            Some(AlertDescription::ProtocolVersion),
        ),
        (
            b"\x16\x03\x01\x00\x04\x14\x00\x00\x00",
            Some(AlertDescription::UnexpectedMessage),
        ),
    ];
    for (bytes, expected) in cases {
        let mut ours = Handshake::server(&world.server).unwrap();
        let mut out = Vec::new();
        let error = ours.advance(bytes, &mut out).unwrap_err();
        assert!(matches!(error, TlsError::Rustls(_)), "{error}");
        if let Some(expected) = expected {
            assert_eq!(out[..5], [21, 3, 3, 0, 2], "{error}");
            assert_eq!(out[6], u8::from(expected));
        }
    }
}

#[test]
fn an_unfinished_handshake_gives_nothing() {
    let world = World::new(SUITES[0]);
    let mut ours = Handshake::server(&world.server).unwrap();
    let hello = Peer::new(world.client()).wire();
    for byte in &hello[..hello.len() - 1] {
        let progress = ours.advance(&[*byte], &mut Vec::new()).unwrap();
        assert_eq!(progress, Progress::Waiting);
    }
    assert!(ours.finish().is_err());
    let mut ours = Handshake::server(&world.server).unwrap();
    // A message of the largest size, in many records, is not held beyond what it may take.
    let record = [&[0x16, 3, 1, 0x40, 0][..], &vec![1; 0x4000]].concat();
    let endless = std::iter::repeat_n(record, 16);
    let failed = endless
        .map(|record| ours.advance(&record, &mut Vec::new()))
        .any(|progress| progress.is_err());
    assert!(failed);
}
