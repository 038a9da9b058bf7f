//! Against rustls' buffered connections, on either side: whatever is said arrives whole, however the
//! bytes are cut, and whoever changes keys in between.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod support;

use gw_tls::Established;
use proptest::prelude::*;
use support::{Peer, Reader, SUITES, World};

/// What happens on a connection.
#[derive(Clone, Debug)]
enum Act {
    /// The peer says so many bytes, which arrive in pieces of up to that size.
    Hear(usize, usize),
    /// We say two pieces of so many bytes, which arrive in pieces of up to that size.
    Say(usize, usize, usize),
    /// The peer changes its keys and asks for ours to be changed.
    Renew,
    /// Our keys have been used enough.
    UseUp,
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        0..40_usize,
        1000..1100_usize,
        16_300..16_500_usize,
        0..80_000_usize
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let piece = || prop_oneof![1..8_usize, 1..2_000_usize, Just(usize::MAX)];
    prop_oneof![
        (size(), piece()).prop_map(|(n, cut)| Act::Hear(n, cut)),
        (size(), size(), piece()).prop_map(|(a, b, cut)| Act::Say(a, b, cut)),
        Just(Act::Renew),
        Just(Act::UseUp),
    ]
}

/// Bytes that tell where they belong.
fn text(length: usize, seed: usize) -> Vec<u8> {
    let byte = |at: usize| u8::try_from((at * 31 + at / 251 + seed) % 256).unwrap();
    (0..length).map(byte).collect()
}

fn play(established: Established, mut peer: Peer, acts: &[Act], renews: bool) {
    let Established {
        mut session, rest, ..
    } = established;
    let mut reader = Reader::new(rest);
    for (seed, act) in acts.iter().enumerate() {
        match *act {
            Act::Hear(length, cut) => {
                let said = text(length, seed);
                let mut heard = Vec::new();
                for piece in peer.say(&said).chunks(cut) {
                    heard.extend(reader.read(&mut session, piece).unwrap());
                }
                assert!(heard == said, "{length} bytes in pieces of {cut}");
                assert!(!reader.is_amid());
            }
            Act::Say(one, two, cut) => {
                let pieces = [text(one, seed), text(two, seed + 1)];
                let wire = support::seal(&mut session, &[&pieces[0], &[], &pieces[1]]);
                let mut heard = Vec::new();
                for piece in wire.chunks(cut) {
                    peer.receive(piece);
                    heard.extend(peer.heard());
                }
                assert!(heard == pieces.concat(), "{one} and {two} bytes");
            }
            Act::Renew if renews => {
                peer.renew_keys();
                let wire = peer.wire();
                assert!(reader.read(&mut session, &wire).unwrap().is_empty());
            }
            Act::UseUp if renews => session.limit_records(3),
            Act::Renew | Act::UseUp => {}
        }
    }
    session.close().unwrap();
    let mut wire = Vec::new();
    session.take_queued(&mut wire);
    peer.receive(&wire);
    peer.0.send_close_notify();
    assert!(!session.is_closed());
    reader.read(&mut session, &peer.wire()).unwrap();
    assert!(session.is_closed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bytes_arrive_whole(
        suite in 0..SUITES.len(),
        is_server: bool,
        acts in proptest::collection::vec(act(), 0..12),
    ) {
        let world = World::new(SUITES[suite]);
        let (established, peer) = if is_server { world.serve() } else { world.connect() };
        play(established, peer, &acts, SUITES[suite].tls13().is_some());
    }

    /// A byte that is changed on the way is never passed on, and ends the connection.
    #[test]
    fn nothing_forged_is_passed_on(
        suite in 0..SUITES.len(),
        length in 1..40_000_usize,
        place: prop::sample::Index,
        bit in 0..8,
    ) {
        let world = World::new(SUITES[suite]);
        let (Established { mut session, rest, .. }, mut peer) = world.serve();
        let said = text(length, 0);
        let mut wire = peer.say(&said);
        let at = place.index(wire.len());
        wire[at] ^= 1_u8 << bit;
        let mut reader = Reader::new(rest);
        let mut heard = Vec::new();
        let mut failed = false;
        for piece in wire.chunks(1000) {
            match reader.read(&mut session, piece) {
                Ok(data) => heard.extend(data),
                Err(_) => failed = true,
            }
        }
        prop_assert!(said.starts_with(&heard));
        // A record that is said to be longer waits for the rest of it.
        prop_assert!(failed || reader.is_amid());
        prop_assert!(heard.len() < said.len());
    }
}
