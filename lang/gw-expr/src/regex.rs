//! Regular expressions of policies: linear time, bounded size.

use regex_automata::meta::{BuildError, Config, Regex};

/// The most memory that the automata of one pattern may take, in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// Compiles a pattern that may match anywhere in a text.
pub(crate) fn compile(pattern: &str) -> Result<Regex, Box<BuildError>> {
    let config = Config::new()
        .nfa_size_limit(Some(SIZE_LIMIT))
        .onepass_size_limit(Some(SIZE_LIMIT))
        .hybrid_cache_capacity(SIZE_LIMIT)
        .dfa_size_limit(Some(SIZE_LIMIT));
    Regex::builder()
        .configure(config)
        .build(pattern)
        .map_err(Box::new)
}
