//! Why a message is refused.

/// A breach of the message syntax.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{detail}")]
pub struct Malformed {
    /// Which kind.
    pub fault: Fault,
    /// What exactly, for a person.
    pub detail: &'static str,
}

/// Kinds of breaches that are answered differently.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The syntax is broken or ambiguous (400).
    Syntax,
    /// There is no host, or more than one (400, RFC 9112 section 3.2).
    Host,
    /// The head is larger than allowed (431, RFC 6585 section 5).
    TooLarge,
}

impl Malformed {
    pub(crate) const fn syntax(detail: &'static str) -> Self {
        Self {
            fault: Fault::Syntax,
            detail,
        }
    }

    pub(crate) const fn host(detail: &'static str) -> Self {
        Self {
            fault: Fault::Host,
            detail,
        }
    }

    pub(crate) const fn too_large(detail: &'static str) -> Self {
        Self {
            fault: Fault::TooLarge,
            detail,
        }
    }
}
