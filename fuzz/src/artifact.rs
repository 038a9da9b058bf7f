//! Damaged artifacts are refused, whether the damage is in the frame or, under a checksum that
//! fits, in the content; a graph that is accepted loads or is refused, and survives encoding.

use gw_graph::{Graph, decode, encode};

/// Runs one input.
pub fn run(data: &[u8]) {
    if let Ok(graph) = decode(data) {
        assert_eq!(encode(&graph), data, "two artifacts for one graph");
    }
    if let Ok(graph) = decode(&framed(data)) {
        let bytes = encode(&graph);
        let again = decode(&bytes).expect("an accepted graph survives encoding");
        assert_eq!(encode(&again), bytes);
        let _ = gw_engine::Engine::load(std::sync::Arc::new(graph));
    }
}

/// The frame that `encode` gives, around other content.
fn framed(content: &[u8]) -> Vec<u8> {
    let empty = encode(&Graph::default());
    let (magic, rest) = empty.split_at(8);
    let version = &rest[..4];
    let length = (content.len() as u64).to_le_bytes();
    let mut hasher = blake3::Hasher::new();
    hasher.update(version).update(&length).update(content);
    [
        magic,
        version,
        &length,
        hasher.finalize().as_bytes(),
        content,
    ]
    .concat()
}
