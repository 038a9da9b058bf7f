//! Property: the compiled evaluator gives what the reference interpreter gives, on generated
//! well-typed expressions and facts. An error on one side must be an error on the other.
//!
//! Known disagreements, which the generator leaves out:
//! - ordering with NaN: the specification has IEEE 754 (false), the crate an error;
//! - `null == null` where two absent values are compared: gw has absent equal nothing.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generate;

use generate::{Case, case};
use gw_expr::reference::{self, ReferenceError};
use gw_expr::{EvalError, FactId, FactTable, Facts, OwnedValue, Program, Value, check};
use gw_syntax::FileId;
use proptest::prelude::*;
use std::cell::Cell;

/// Values by the text of their paths.
struct World<'w> {
    table: &'w FactTable,
    case: &'w Case,
}

impl World<'_> {
    fn value(&self, id: FactId) -> &OwnedValue {
        let path = self.table.path(id).unwrap().to_string();
        self.case.facts.get(&path).unwrap_or(&OwnedValue::Absent)
    }
}

impl Facts for World<'_> {
    fn fact(&self, id: FactId) -> Result<Value<'_>, EvalError> {
        Ok(self.value(id).as_value())
    }
}

/// Runs one case; `None` where the expression has findings or CEL cannot say it.
fn agrees(case: &Case) -> Option<Result<(), String>> {
    let expr = gw_syntax::parse_expr(FileId::default(), &case.text, 0).unwrap();
    let (mut table, mut findings) = (FactTable::default(), Vec::new());
    let checked = check(&expr, &generate::env(), &mut table, &mut findings);
    if !findings.is_empty() {
        return None;
    }
    let world = World {
        table: &table,
        case,
    };
    let ours = Program::compile(&checked.ir).unwrap().eval_owned(&world);
    let theirs = match reference::eval(&checked.ir, |id| world.value(id).clone()) {
        Err(ReferenceError::Unsupported(_)) => return None,
        other => other,
    };
    Some(match (&ours, &theirs) {
        (Ok(a), Ok(b)) if a == b => Ok(()),
        (Err(_), Err(_)) => Ok(()),
        _ => Err(format!(
            "{}\nours {ours:?}\ntheirs {theirs:?}",
            reference::source(&checked.ir).unwrap()
        )),
    })
}

#[test]
fn compiled_agrees_with_the_reference() {
    let compared = Cell::new(0);
    let config = ProptestConfig {
        cases: 3000,
        failure_persistence: None,
        ..Default::default()
    };
    proptest!(config, |(case in case())| {
        if let Some(outcome) = agrees(&case) {
            compared.set(compared.get() + 1);
            prop_assert!(outcome.is_ok(), "{}\n{}", case.text, outcome.unwrap_err());
        }
    });
    assert!(
        compared.get() > 1500,
        "only {} cases were compared",
        compared.get()
    );
}
