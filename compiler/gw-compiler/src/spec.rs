//! The description of a block: what may be written, where, and what it means. The checker, the
//! reference text, completion and the editors' keyword lists are all derived from it. Must not
//! know how a block is lowered.

/// A kind of block or statement.
#[derive(Clone, Copy, Debug)]
pub struct BlockSpec {
    /// The word that it begins with.
    pub keyword: &'static str,
    /// The blocks that may hold it; `file` is the top level.
    pub parents: &'static [&'static str],
    /// Its shape, as in `backend NAME [like NAME] { … }`.
    pub usage: &'static str,
    /// What it means, in a sentence or two.
    pub doc: &'static str,
    /// A short example that parses.
    pub example: &'static str,
    /// What its block may set.
    pub fields: &'static [FieldSpec],
    /// Whether the keyword may occur more than once in the same block.
    pub repeats: Repeats,
}

/// How often a statement may occur in its block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Repeats {
    /// At most once.
    Once,
    /// Any number of times.
    Often,
}

/// A field `name = value` of a block.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// Its name.
    pub name: &'static str,
    /// What it takes, for people: `duration`, `string or list of strings`.
    pub takes: &'static str,
    /// Whether it must be set.
    pub presence: Presence,
    /// What it means.
    pub doc: &'static str,
}

/// Whether a field must be set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// It must.
    Required,
    /// It has a default, given as it would be written; empty where absence has its own meaning.
    Default(&'static str),
}

impl FieldSpec {
    /// A field that must be set.
    pub const fn required(name: &'static str, takes: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            takes,
            presence: Presence::Required,
            doc,
        }
    }

    /// A field that may be left out.
    pub const fn optional(name: &'static str, takes: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            takes,
            presence: Presence::Default(""),
            doc,
        }
    }

    /// Says what holds where the field is left out.
    pub const fn default(self, text: &'static str) -> Self {
        Self {
            presence: Presence::Default(text),
            ..self
        }
    }
}
