//! One file per thing that an editor asks for.

pub(crate) mod actions;
pub(crate) mod completion;
pub(crate) mod diagnostics;
pub(crate) mod folding;
pub(crate) mod formatting;
pub(crate) mod hints;
pub(crate) mod hover;
pub(crate) mod lens;
pub(crate) mod navigation;
pub(crate) mod rename;
pub(crate) mod symbols;
pub(crate) mod tokens;
