//! Whatever a client sends, however it is cut: nothing panics, nothing grows without bound, and what
//! is read does not depend on the cuts.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "tests fail by panicking"
)]

mod wire;

use proptest::prelude::*;
use wire::*;

/// A frame that is often right.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![
        4 => Just(GET.to_vec()),
        2 => Just(request(&[("content-length", "3")])),
        1 => Just(request(&[("cookie", "a"), ("cookie", "b")])),
        2 => Just(vec![0, 0, 0, 9]),
        1 => Just(vec![0; 8]),
        2 => Just(Vec::new()),
        4 => proptest::collection::vec(any::<u8>(), 0..40),
    ];
    let kind =
        prop_oneof![3 => Just(HEADERS), 3 => Just(DATA), 2 => Just(CONTINUATION), 4 => 0u8..12];
    let flags =
        prop_oneof![4 => Just(WHOLE), 3 => Just(WHOLE | END), 2 => Just(0), 1 => any::<u8>()];
    let stream =
        prop_oneof![6 => (0u32..8).prop_map(|n| 2 * n + 1), 2 => Just(0), 1 => any::<u32>()];
    (kind, flags, stream, payload).prop_map(|(k, f, s, p)| frame(k, f, s, &p))
}

/// Reads a stream in pieces of that size: what came of it, and what was sent.
fn read(stream: &[u8], size: usize) -> (Vec<String>, Vec<u8>, Option<&'static str>) {
    let mut server = Server::new(CONFIG);
    let failed = stream
        .chunks(size)
        .find_map(|piece| server.take(piece).err());
    let events = std::mem::take(&mut server.events);
    let output = std::mem::take(server.connection.output());
    (events, output, failed.map(|f| f.detail))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn cuts_do_not_matter(frames in proptest::collection::vec(any_frame(), 0..30), size in 1usize..60) {
        let stream = [hello(), frames.concat()].concat();
        let whole = read(&stream, stream.len());
        prop_assert_eq!(&read(&stream, size), &whole);
        prop_assert!(whole.1.len() <= stream.len() + 200, "an answer is no longer than what asked for it");
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400), size in 1usize..100) {
        read(&bytes, size);
        read(&[hello(), bytes].concat(), size);
    }
}
