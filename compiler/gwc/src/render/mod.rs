//! Findings as text for people and as data for tools, from the same values.

pub(crate) mod github;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod sarif;
pub(crate) mod snippet;
