//! The gateway's side of the language: types, absence, enums, networks, units, availability.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod diagnostics;
mod evaluation;
mod world;
