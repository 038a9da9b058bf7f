//! The guard before the HTTP/1.x parser says the same however the bytes are cut, and paths are
//! normalised once and for all.
#![no_main]

use gw_engine::normalize_path;
use libfuzzer_sys::fuzz_target;
use wire::{Guard, HeadLimits, Seen};

mod wire;

const LIMITS: HeadLimits = HeadLimits {
    max_head: 4096,
    max_headers: 16,
};

fuzz_target!(|input: (u8, &[u8])| {
    let (cut, data) = input;
    assert_eq!(
        verdict(data, data.len()),
        verdict(data, usize::from(cut % 16) + 1)
    );
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(path) = normalize_path(text)
    {
        assert!(path.starts_with('/'));
        assert_eq!(
            normalize_path(&path).as_deref(),
            Ok(&*path),
            "normalising twice differs"
        );
    }
});

/// How far the guard lets the bytes pass when they come in pieces of `piece`, and why it stops.
fn verdict(data: &[u8], piece: usize) -> (usize, Option<&'static str>) {
    let mut guard = Guard::new(LIMITS);
    let (mut start, mut end) = (0, 0);
    while end < data.len() {
        end = (end + piece.max(1)).min(data.len());
        match guard.look(&data[start..end]) {
            Ok(Seen::All) => start = end,
            Ok(Seen::Partial(at)) => start += at,
            Err((at, violation)) => return (start + at, Some(violation.detail)),
        }
    }
    (start, None)
}
