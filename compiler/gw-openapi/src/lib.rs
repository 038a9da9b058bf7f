//! From an OpenAPI description (3.0 or 3.1, YAML or JSON) to a policy in its canonical format, with
//! a list of what the policy does not carry. Never opens what the description closes: an operation
//! whose credentials cannot be asked for is left out. Must not know files, sockets, or how a policy
//! is checked.

mod notes;
mod operation;
mod path;
mod policy;
mod scheme;
mod security;
mod server;
mod text;
mod words;

use gw_schema::{Document, SyntaxError, VersionError};
use notes::Notes;

/// A description as a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// The policy, formatted; the notes stand at its beginning as comments.
    pub policy: String,
    /// What the policy does not carry, and what has to be filled in; a sentence each.
    pub notes: Vec<String>,
}

/// Why a text cannot be imported.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ImportError {
    /// It is neither YAML nor JSON.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// It is no OpenAPI description, or one of another version.
    #[error(transparent)]
    Version(#[from] VersionError),
    /// What came out is not a policy: a fault of this crate.
    #[error("the policy that came out cannot be formatted: {0}")]
    Unformatted(String),
}

/// Imports a description. `name` is the path by which the policy names its file, or `-` where it
/// has none.
///
/// # Errors
/// [`ImportError`] where the text is no description of a known version.
pub fn import(text: &str, name: &str) -> Result<Import, ImportError> {
    let document = Document::read(text)?;
    document.version()?;
    let mut notes = Notes::default();
    let path = (name != "-").then_some(name);
    let policy = policy::of(&document, path, &mut notes);
    let notes = notes.finish();
    let text = policy.render(name, &notes);
    match gw_syntax::format(&text) {
        Ok(policy) => Ok(Import { policy, notes }),
        Err(findings) => {
            let first = findings.first().map(|f| f.message.clone());
            Err(ImportError::Unformatted(first.unwrap_or_default()))
        }
    }
}
