//! The functions of the language: declaration, documentation and evaluation of each in one
//! place, one file per topic.

mod registry;

pub(crate) use registry::Evaluate;
pub use registry::{Declaration, Function};
