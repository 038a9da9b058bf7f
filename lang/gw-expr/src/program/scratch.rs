//! Memory for what an evaluation computes, freed at once.

use bumpalo::Bump;

/// Scratch memory of an evaluation or of a request. Empty scratch owns no memory; reuse it
/// through [`Scratch::reset`] to keep what it has grown to.
#[derive(Debug, Default)]
pub struct Scratch(pub(crate) Bump);

impl Scratch {
    /// Without memory until something is computed.
    pub fn new() -> Self {
        Self(Bump::new())
    }

    /// Forgets everything computed so far and keeps the memory.
    pub fn reset(&mut self) {
        self.0.reset();
    }
}
