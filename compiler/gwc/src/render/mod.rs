//! Findings as text for people and as JSON for tools, from the same values.

pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod snippet;
