//! Property: the static cost of an expression is never below what an evaluation takes, for inputs
//! that are no larger than they are declared. And the counting interpreter gives what the compiled
//! evaluator gives.
#![allow(
    clippy::disallowed_methods,
    reason = "tests read data and generated files"
)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generate;
#[path = "../reference/generate.rs"]
mod typed;

use gw_expr::reference::count;
use gw_expr::{
    Checked, Dialect, Env, EvalError, Fact, FactId, FactTable, Facts, OwnedValue, Program, Value,
    check, estimate,
};
use gw_syntax::FileId;
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::HashMap;
use std::path::Path;

/// Values by the text of their paths.
struct World<'w> {
    table: &'w FactTable,
    values: &'w HashMap<String, OwnedValue>,
}

impl World<'_> {
    fn value(&self, id: FactId) -> &OwnedValue {
        let path = self.table.path(id).unwrap().to_string();
        self.values.get(&path).unwrap_or(&OwnedValue::Absent)
    }
}

impl Facts for World<'_> {
    fn fact(&self, id: FactId) -> Result<Value<'_>, EvalError> {
        Ok(self.value(id).as_value())
    }
}

/// The bytes that a value has as JSON, without its quotes.
fn size(value: &OwnedValue) -> u64 {
    let bytes = match value {
        OwnedValue::Str(text) => text.len(),
        OwnedValue::List(list) => {
            let elements = list.iter().map(|e| size(e) + 2);
            return elements.sum::<u64>() + 2;
        }
        OwnedValue::Map(map) => {
            let entries = map.iter().map(|(k, v)| {
                let key = OwnedValue::from(k.as_value());
                size(&key) + size(v) + 5
            });
            return entries.sum::<u64>() + 2;
        }
        _ => 1,
    };
    bytes as u64
}

fn checked(text: &str, env: &Env) -> Option<(Checked, FactTable)> {
    let expr = gw_syntax::parse_expr(FileId::default(), text, 0).unwrap();
    let (mut table, mut findings) = (FactTable::default(), Vec::new());
    let checked = check(&expr, env, &mut table, &mut findings);
    findings.is_empty().then_some((checked, table))
}

/// Counts one evaluation; `None` where the expression does not check.
fn bounded(
    text: &str,
    env: &Env,
    values: &HashMap<String, OwnedValue>,
) -> Option<Result<(), String>> {
    let (checked, table) = checked(text, env)?;
    let world = World {
        table: &table,
        values,
    };
    // As tight as can be: each input is exactly as large as it may be.
    let bytes = |fact: &Fact| values.get(&fact.path.to_string()).map_or(1, size);
    let bound = estimate(&checked.ir, &table, &bytes);
    let counted = count(&checked.ir, |id| world.value(id).clone());
    let evaluated = Program::compile(&checked.ir).unwrap().eval_owned(&world);
    let same = match (&counted.outcome, &evaluated) {
        (Ok(a), Ok(b)) => format!("{a:?}") == format!("{b:?}"),
        (Err(_), Err(_)) => true,
        _ => false,
    };
    Some(if !same {
        Err(format!(
            "counted {:?}\nevaluated {evaluated:?}",
            counted.outcome
        ))
    } else if counted.steps > bound.steps {
        Err(format!("took {} steps of {}", counted.steps, bound.steps))
    } else if !counted.outgrown.is_empty() {
        Err(format!("larger than declared: {:?}", counted.outgrown))
    } else {
        Ok(())
    })
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        ..Default::default()
    }
}

#[test]
fn the_bound_holds_for_conditions() {
    proptest!(config(), |(case in typed::case())| {
        if let Some(outcome) = bounded(&case.text, &typed::env(), &case.facts) {
            prop_assert!(outcome.is_ok(), "{}\n{}", case.text, outcome.unwrap_err());
        }
    });
}

#[test]
fn the_bound_holds_for_functions() {
    let compared = Cell::new(0);
    proptest!(config(), |(text in generate::expression(), facts in typed::facts())| {
        let env = typed::env().with_dialect(Dialect::Cel);
        if let Some(outcome) = bounded(&text, &env, &facts) {
            compared.set(compared.get() + 1);
            prop_assert!(outcome.is_ok(), "{}\n{facts:?}\n{}", text, outcome.unwrap_err());
        }
    });
    assert!(
        compared.get() > 1800,
        "only {} were counted",
        compared.get()
    );
}

#[test]
fn the_bound_holds_for_every_case_of_the_extensions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/extensions");
    let env = Env::new().with_dialect(Dialect::Cel);
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "cel") {
            continue;
        }
        let data = std::fs::read_to_string(&path).unwrap();
        for (text, _) in data.lines().filter_map(|line| line.split_once(" ==> ")) {
            if let Some(outcome) = bounded(text, &env, &HashMap::new()) {
                count += 1;
                assert!(outcome.is_ok(), "{text}\n{}", outcome.unwrap_err());
            }
        }
    }
    assert!(count > 300, "only {count} were counted");
}

/// Many keys: twice as many take about twice the steps, and the bound says no more.
#[test]
fn merged_maps_grow_by_their_keys() {
    let env = Env::new().with_dialect(Dialect::Cel);
    let steps = |count: usize| {
        let keys: Vec<String> = (0..count).map(|n| n.to_string()).collect();
        let list = format!("[{}]", keys.join(", "));
        let text = format!("{list}.transformMapEntry(i, v, {{v: i}})");
        let (checked, table) = checked(&text, &env).unwrap();
        let bound = estimate(&checked.ir, &table, &|_| 0).steps;
        let counted = count_steps(&checked.ir);
        assert!(counted <= bound, "{count}: {counted} of {bound}");
        (counted, bound)
    };
    let ((counted, bound), (counted_twice, bound_twice)) = (steps(1_000), steps(2_000));
    assert!(counted_twice < 3 * counted, "{counted}, {counted_twice}");
    assert!(bound_twice < 3 * bound, "{bound}, {bound_twice}");
}

/// Repeated keys are found whether there are few or many.
#[test]
fn no_key_is_taken_twice() {
    let env = Env::new().with_dialect(Dialect::Cel);
    for (keys, twice) in [
        (3, false),
        (3, true),
        (16, true),
        (17, true),
        (200, false),
        (200, true),
    ] {
        let mut list: Vec<String> = (0..keys).map(|n| n.to_string()).collect();
        list.extend(twice.then(|| "0u".to_owned()));
        let text = format!("[{}].transformMapEntry(i, v, {{v: i}})", list.join(", "));
        let text = text.replace("[0,", "[dyn(0),");
        let (checked, _) = checked(&text, &env).unwrap();
        let made = count(&checked.ir, |_| OwnedValue::Absent).outcome;
        let evaluated = Program::compile(&checked.ir).unwrap();
        let evaluated = evaluated.eval_owned(&World {
            table: &FactTable::default(),
            values: &HashMap::new(),
        });
        let expected = twice.then_some(EvalError::DuplicateKey);
        assert_eq!(evaluated.err(), expected, "{text}");
        assert_eq!(made.err(), expected, "{text}");
    }
}

fn count_steps(ir: &gw_expr::Ir) -> u64 {
    count(ir, |_| OwnedValue::Absent).steps
}
