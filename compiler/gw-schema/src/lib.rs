//! From the schemas of JSON Schema and OpenAPI descriptions to types. A schema that types cannot
//! express gives the nearest type that takes at least as much, with a [`Note`] about the
//! difference; see [`Reading`]. Must not know files, blocks, or how findings are shown.

mod convert;
mod document;
mod place;
mod reference;

pub use convert::{Note, NoteKind, Problem, Reading, read};
pub use document::{Document, SyntaxError, Version, VersionError};
pub use reference::{Place, child, components};

use gw_syntax::{FileId, Ident};
use std::sync::Arc;

/// The descriptions that schemas refer to, and what the policy calls them.
pub trait Library {
    /// A description that was opened.
    fn document(&self, file: FileId) -> Option<Arc<Document>>;

    /// The description that a reference in `from` names. `None` where it cannot be had; whoever
    /// opens it says why.
    fn open(&mut self, from: &Place, name: &str) -> Option<FileId>;

    /// The name by which the policy declares a schema, where it does.
    fn declared(&self, place: &Place) -> Option<Ident>;
}
