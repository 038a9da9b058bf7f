//! Random expressions, well-typed and not, through this crate, `cel` and `cel-core`. Where all
//! three can say something, one of the two others must agree with us, in value or in failing.
//! Disagreements are settled by cel-spec's doc/langdef.md and the documents of the extensions: what
//! was wrong here is mended, the rest stands in `tests/extensions/settled.cel` with the reason.

mod generate;
mod oracles;

use oracles::{Said, accepted, cel_says, core_accepts, core_says, extended_says, ours};
use proptest::prelude::*;
use std::cell::Cell;

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 600,
        failure_persistence: None,
        ..Default::default()
    }
}

/// Large doubles as text: the specification has exponents, both crates have digits.
fn prints_large_doubles(text: &str) -> bool {
    text.contains("string(") && text.contains("1e100")
}

/// Durations times and by ints, and a minus before one, are gw's.
fn extends_durations(text: &str) -> bool {
    text.contains("duration(") && [" * ", " / ", "(-"].iter().any(|part| text.contains(part))
}

/// What we alone say against both; `None` where one of them agrees or cannot say.
fn alone(text: &str) -> Option<String> {
    let (ours, cel, core) = (ours(text), cel_says(text), core_says(text));
    let agrees = |other: &Said| *other == ours || *other == Said::Nothing;
    let settled = prints_large_doubles(text) || extends_durations(text);
    let fine = settled || agrees(&cel) || agrees(&core);
    (!fine).then(|| format!("{text}\nours     {ours:?}\ncel      {cel:?}\ncel-core {core:?}"))
}

#[test]
fn values_of_well_typed_expressions_agree() {
    let valued = Cell::new(0);
    proptest!(config(), |(text in generate::well_typed())| {
        valued.set(valued.get() + usize::from(matches!(ours(&text), Said::Value(_))));
        prop_assert_eq!(accepted(&text), Some(true), "{} is refused", text);
        prop_assert_eq!(alone(&text), None);
    });
    assert!(valued.get() > 300, "only {} had a value", valued.get());
}

#[test]
fn values_of_ill_typed_expressions_agree() {
    let failing = Cell::new(0);
    proptest!(config(), |(text in generate::ill_typed())| {
        failing.set(failing.get() + usize::from(ours(&text) == Said::Fails));
        prop_assert_eq!(alone(&text), None);
    });
    assert!(failing.get() > 100, "only {} failed", failing.get());
}

/// `string(bool)`, numbers of two types in order, arithmetic on durations: the checker of `cel-core`
/// knows none of them.
fn unknown_to_core(text: &str) -> bool {
    let known = ["string(", "(-", "<", ">"];
    known.iter().any(|part| text.contains(part)) || extends_durations(text)
}

#[test]
fn what_another_checker_refuses_is_refused() {
    let refused = Cell::new(0);
    proptest!(config(), |(text in generate::ill_typed())| {
        if core_accepts(&text) == Some(false) && !unknown_to_core(&text) {
            refused.set(refused.get() + 1);
            prop_assert_eq!(accepted(&text), Some(false), "{} is accepted", text);
        }
    });
    assert!(refused.get() > 30, "only {} were refused", refused.get());
}

#[test]
fn functions_of_the_extensions_agree() {
    let compared = Cell::new(0);
    proptest!(config(), |(text in generate::extended())| {
        let theirs = extended_says(&text);
        if theirs != Said::Nothing {
            compared.set(compared.get() + 1);
            prop_assert_eq!(ours(&text), theirs, "{}", text);
        }
    });
    assert!(
        compared.get() > 450,
        "only {} were compared",
        compared.get()
    );
}
