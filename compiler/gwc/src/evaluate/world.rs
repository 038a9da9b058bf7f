//! Facts read from JSON.

use gw_expr::{
    Env, EvalError, FactId, FactPath, FactStep, FactTable, Facts, OwnedValue, Type, conform,
};
use serde_json::{Map, Value};

/// The facts of one expression.
#[derive(Debug)]
pub(super) struct World {
    slots: Vec<Result<OwnedValue, EvalError>>,
    /// Facts without a value.
    pub(super) missing: Vec<String>,
}

impl World {
    /// Reads every fact. One without a value is absent where its type lets it be; else what
    /// depends on it fails.
    ///
    /// # Errors
    /// In words, a value that does not have the type of its fact.
    pub(super) fn of(
        facts: &FactTable,
        env: &Env,
        values: &Map<String, Value>,
    ) -> Result<Self, String> {
        let (mut slots, mut missing) = (Vec::new(), Vec::new());
        for (_, fact) in facts.iter() {
            let path = &fact.path;
            slots.push(match find(values, path) {
                Some(json) => {
                    Ok(conform(&fact.ty, json)
                        .map_err(|e| format!("the value of `{path}`: {e}"))?)
                }
                None => {
                    missing.push(path.to_string());
                    match may_be_absent(env, path) {
                        true => Ok(OwnedValue::Absent),
                        false => Err(EvalError::Unavailable),
                    }
                }
            });
        }
        Ok(Self { slots, missing })
    }
}

/// Whether a type on the way lets the value be absent.
fn may_be_absent(env: &Env, path: &FactPath) -> bool {
    let Some(root) = env.variable(&path.root) else {
        return false;
    };
    let mut ty = root.ty.clone();
    for step in &path.steps {
        ty = match (ty.base(), step) {
            (Type::Record(record), FactStep::Field(name)) => match record.fields.get(name) {
                Some(field) if !field.optional => field.ty.clone(),
                Some(_) | None => return true,
            },
            _ => return true,
        };
    }
    ty.may_be_absent()
}

impl Facts for World {
    fn fact(&self, id: FactId) -> Result<gw_expr::Value<'_>, EvalError> {
        match self.slots.get(id.0 as usize) {
            Some(Ok(value)) => Ok(value.as_value()),
            Some(Err(why)) => Err(*why),
            None => Err(EvalError::Unavailable),
        }
    }
}

/// What stands at a path. `null` is no value; the names of headers are found in any case.
fn find<'v>(values: &'v Map<String, Value>, path: &FactPath) -> Option<&'v Value> {
    let mut at = values.get(path.root.as_str())?;
    for step in &path.steps {
        let members = at.as_object()?;
        at = match step {
            FactStep::Field(name) => members.get(name.as_str())?,
            FactStep::Key(key) => members.get(key.as_str()).or_else(|| {
                let mut named = members.iter().filter(|(n, _)| n.eq_ignore_ascii_case(key));
                named.next().map(|(_, value)| value)
            })?,
        };
    }
    Some(at).filter(|value| !value.is_null() || path.steps.is_empty())
}
