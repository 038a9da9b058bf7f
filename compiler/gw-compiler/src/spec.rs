//! The description of a block: what may be written, where, and what it means. The checker, the
//! reference text, completion and the editors' keyword lists are all derived from it. Must not
//! know how a block is lowered.

use gw_syntax::Statement;

/// A kind of block or statement.
#[derive(Clone, Copy, Debug)]
pub struct BlockSpec {
    /// The word that it begins with.
    pub keyword: &'static str,
    /// The blocks that may hold it; `file` is the top level.
    pub parents: &'static [&'static str],
    /// Its shape, as in `backend NAME [like NAME] { … }`.
    pub usage: &'static str,
    /// What of a statement it reads.
    pub shape: Shape,
    /// What it means, in a sentence or two.
    pub doc: &'static str,
    /// A short example that parses.
    pub example: &'static str,
    /// What its block may set.
    pub fields: &'static [FieldSpec],
    /// Whether the keyword may occur more than once in the same block.
    pub repeats: Repeats,
}

/// What of a statement is read: anything else that stands there would have no effect, which is an
/// error.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What follows the first word.
    pub words: Words,
    /// What follows `=` or `:`.
    pub value: Value,
    /// Words such as `when` that bring an expression.
    pub clauses: &'static [&'static str],
    /// Whether it has braces.
    pub block: Braces,
    /// What braces mean that hold nothing.
    pub empty: Empty,
}

/// What follows the first word of a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Words {
    /// Nothing.
    None,
    /// One word, text or path.
    One,
    /// A name.
    Name,
    /// A name, with parameters or without.
    Signature,
    /// A name, and more that the block reads itself.
    Header,
    /// Something, which the block reads itself.
    Some,
    /// Something or nothing, which the block reads itself.
    Read,
}

/// What follows `=` or `:`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// Nothing: the statement has neither.
    None,
    /// `= EXPRESSION`.
    Assigned,
    /// `: TYPE`.
    Typed,
    /// Either, or both.
    Any,
}

/// Whether a statement has braces.
#[derive(Clone, Copy, Debug)]
pub enum Braces {
    /// It has none.
    None,
    /// It may have some.
    Optional,
    /// It must have some.
    Needed,
    /// It must have some, unless the rest of the statement says it all.
    Unless(fn(&Statement) -> bool),
}

/// What braces mean that hold nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Empty {
    /// Something: the defaults, or what another rule looks at.
    Meant,
    /// Nothing at all.
    Idle,
}

impl Shape {
    /// Of a field: a value.
    pub const FIELD: Self = Self::of(Words::None).assigned();

    /// The first word with these.
    pub const fn of(words: Words) -> Self {
        Self {
            words,
            value: Value::None,
            clauses: &[],
            block: Braces::None,
            empty: Empty::Meant,
        }
    }

    /// With `= EXPRESSION`.
    pub const fn assigned(self) -> Self {
        Self {
            value: Value::Assigned,
            ..self
        }
    }

    /// With `: TYPE`.
    pub const fn typed(self) -> Self {
        Self {
            value: Value::Typed,
            ..self
        }
    }

    /// With `= EXPRESSION`, `: TYPE` or both.
    pub const fn any_value(self) -> Self {
        Self {
            value: Value::Any,
            ..self
        }
    }

    /// With clauses that begin with these words.
    pub const fn clauses(self, words: &'static [&'static str]) -> Self {
        Self {
            clauses: words,
            ..self
        }
    }

    /// With braces that must be there.
    pub const fn block(self) -> Self {
        Self {
            block: Braces::Needed,
            ..self
        }
    }

    /// With braces that must be there unless the rest of the statement says it all.
    pub const fn block_unless(self, complete: fn(&Statement) -> bool) -> Self {
        Self {
            block: Braces::Unless(complete),
            ..self
        }
    }

    /// With braces that may be left out.
    pub const fn maybe_block(self) -> Self {
        Self {
            block: Braces::Optional,
            ..self
        }
    }

    /// Empty braces do nothing.
    pub const fn idle_if_empty(self) -> Self {
        Self {
            empty: Empty::Idle,
            ..self
        }
    }
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
