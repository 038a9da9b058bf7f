//! One test: parse, check with the declared names, compile, evaluate, compare.

use crate::{array, types, value};
use gw_expr::{
    Checked, Dialect, Env, EvalError, FactId, FactTable, Facts, Overload, OwnedValue, Program,
    Type, Value, Variable, check,
};
use gw_syntax::FileId;
use serde_json::Value as Json;
use std::collections::HashMap;

/// Facts by root variable.
struct Bindings {
    facts: FactTable,
    values: HashMap<String, OwnedValue>,
}

impl Facts for Bindings {
    fn fact(&self, id: FactId) -> Result<Value<'_>, EvalError> {
        let path = self.facts.path(id).ok_or(EvalError::UndeclaredReference)?;
        let bound = self
            .values
            .get(path.root.as_str())
            .ok_or(EvalError::UndeclaredReference)?;
        Ok(bound.as_value())
    }
}

/// Runs a test; the error says what went wrong.
pub(crate) fn run(test: &Json) -> Result<(), String> {
    let text = test["expr"].as_str().ok_or("no expression")?;
    let expr = gw_syntax::parse_expr(FileId::default(), text, 0)
        .map_err(|found| format!("does not parse: {}", found[0].message))?;
    let values = bindings(test)?;
    let env = environment(test, &values)?;
    let (mut facts, mut findings) = (FactTable::default(), Vec::new());
    let checked = check(&expr, &env, &mut facts, &mut findings);
    if let Some(finding) = findings.first() {
        return Err(format!("does not check: {}", finding.message));
    }
    deduced(test, &checked)?;
    if test["check_only"].as_bool() == Some(true) {
        return Ok(());
    }
    // What is stored is what is run.
    let stored = postcard::to_stdvec(&checked.ir).map_err(|e| e.to_string())?;
    let ir = postcard::from_bytes(&stored).map_err(|e| e.to_string())?;
    let program = Program::compile(&ir).map_err(|e| e.to_string())?;
    compare(test, program.eval_owned(&Bindings { facts, values }))
}

fn bindings(test: &Json) -> Result<HashMap<String, OwnedValue>, String> {
    let bound = test["bindings"].as_object().into_iter().flatten();
    bound
        .map(|(name, wrapped)| Ok((name.clone(), value::read(&wrapped["value"])?)))
        .collect()
}

fn environment(test: &Json, values: &HashMap<String, OwnedValue>) -> Result<Env, String> {
    let unchecked = test["disable_check"].as_bool() == Some(true);
    let dialect = if unchecked {
        Dialect::Unchecked
    } else {
        Dialect::Cel
    };
    let container = test["container"].as_str().unwrap_or("");
    let mut env = Env::new().with_dialect(dialect).with_container(container);
    for name in values.keys() {
        env.declare(name.as_str(), Variable::new(Type::Dyn));
    }
    for declared in array(test, "type_env") {
        let name = declared["name"].as_str().unwrap_or("");
        if let Some(ident) = declared.get("ident") {
            env.declare(name, Variable::new(types::read(&ident["type"])?));
        }
        for overload in array(&declared["function"], "overloads") {
            env.declare_function(Overload {
                name: name.into(),
                params: array(overload, "params")
                    .map(types::read)
                    .collect::<Result<_, _>>()?,
                result: types::read(&overload["result_type"])?,
                method: overload["is_instance_function"].as_bool() == Some(true),
            });
        }
    }
    Ok(env)
}

fn deduced(test: &Json, checked: &Checked) -> Result<(), String> {
    let Some(expected) = test["typed_result"].get("deduced_type") else {
        return Ok(());
    };
    let expected = types::read(expected)?;
    if checked.ty == expected {
        Ok(())
    } else {
        Err(format!("has type {}", checked.ty))
    }
}

fn compare(test: &Json, outcome: Result<OwnedValue, EvalError>) -> Result<(), String> {
    let fails = test
        .get("eval_error")
        .or(test.get("any_eval_errors"))
        .is_some();
    let expected = match test.get("value").or(test["typed_result"].get("result")) {
        Some(json) => value::read(json)?,
        None => OwnedValue::Bool(true),
    };
    match outcome {
        Err(_) if fails => Ok(()),
        Ok(found) if !fails && value::same(&found, &expected) => Ok(()),
        Ok(found) => Err(format!("gave {found:?}")),
        Err(error) => Err(format!("failed: {error}")),
    }
}
