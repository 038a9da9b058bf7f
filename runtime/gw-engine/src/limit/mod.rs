//! Limits: how many requests pass, by key.

/// Places under concurrency limits; dropping it gives them back. Hold it until the response's body
/// has ended.
#[derive(Debug, Default)]
pub struct Permits {}
