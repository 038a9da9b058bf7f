//! Which of two routes with equally specific hosts and paths comes first. Must not know paths.

use gw_graph::{Formula, Matcher};
use std::cmp::{Ordering, Reverse};

/// How specific a route is beyond host and path; greater wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Specificity {
    has_methods: bool,
    conditions: usize,
}

impl Specificity {
    pub(super) fn of(matcher: &Matcher) -> Self {
        let sources = usize::from(!matcher.sources.is_empty());
        // Each conjunct of `when` counts the same, whether the index decides it or not.
        let when = match matcher.when.as_deref() {
            Some(Formula::All(conjuncts)) => conjuncts.len(),
            Some(_) => 1,
            None => 0,
        };
        Self {
            has_methods: !matcher.methods.is_empty(),
            conditions: matcher.headers.len() + matcher.query.len() + sources + when,
        }
    }
}

/// The order of routes with the same host and the same shape of path. Among equals a route that
/// names HEAD comes before those that take it as a variant of GET (RFC 9110 section 9.3.2).
pub(super) fn compare(a: &Matcher, b: &Matcher) -> Ordering {
    let key = |m: &Matcher| {
        let head = m.methods.iter().any(|method| method == "HEAD");
        Reverse((Specificity::of(m), m.priority, head))
    };
    key(a).cmp(&key(b))
}
