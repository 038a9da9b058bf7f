//! What three implementations say about an expression, in the same words.

use gw_expr::{
    Dialect, Env, EvalError, FactId, FactTable, Facts, OwnedValue, Program, Value, check,
};
use gw_syntax::FileId;

/// An outcome.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Said {
    /// A value, printed.
    Value(String),
    /// The evaluation fails.
    Fails,
    /// The implementation cannot say: it panics, or has no such thing.
    Nothing,
}

struct NoFacts;

impl Facts for NoFacts {
    fn fact(&self, _: FactId) -> Result<Value<'_>, EvalError> {
        Err(EvalError::UndeclaredReference)
    }
}

fn checked(text: &str, dialect: Dialect) -> Option<(gw_expr::Checked, bool)> {
    let expr = gw_syntax::parse_expr(FileId::default(), text, 0).ok()?;
    let env = Env::new().with_dialect(dialect);
    let mut findings = Vec::new();
    let checked = check(&expr, &env, &mut FactTable::default(), &mut findings);
    Some((checked, findings.is_empty()))
}

/// What we say without static checks.
pub(crate) fn ours(text: &str) -> Said {
    let Some((checked, _)) = checked(text, Dialect::Unchecked) else {
        return Said::Nothing;
    };
    match Program::compile(&checked.ir).map(|program| program.eval_owned(&NoFacts)) {
        Ok(Ok(value)) => Said::Value(print(&value)),
        Ok(Err(_)) | Err(_) => Said::Fails,
    }
}

/// Whether our checker accepts it, by CEL's rules.
pub(crate) fn accepted(text: &str) -> Option<bool> {
    checked(text, Dialect::Cel).map(|(_, fine)| fine)
}

/// Whether the checker of `cel-core` accepts it.
pub(crate) fn core_accepts(text: &str) -> Option<bool> {
    let env = cel_core::Env::with_standard_library();
    match env.compile(text) {
        Ok(_) => Some(true),
        Err(cel_core::CompileError::Check(_)) => Some(false),
        Err(_) => None,
    }
}

/// What the `cel` crate says.
pub(crate) fn cel_says(text: &str) -> Said {
    let text = text.to_owned();
    let run = std::panic::catch_unwind(move || {
        let Ok(program) = cel::Program::compile(&text) else {
            return Said::Nothing;
        };
        match program.execute(&cel::Context::default()) {
            Ok(value) => cel_value(&value).map_or(Said::Nothing, |v| Said::Value(print(&v))),
            Err(_) => Said::Fails,
        }
    });
    run.unwrap_or(Said::Nothing)
}

/// What `cel-core` says without its checker.
pub(crate) fn core_says(text: &str) -> Said {
    let text = text.to_owned();
    let run = std::panic::catch_unwind(move || {
        let env = cel_core::Env::with_standard_library();
        let Ok(program) = env.parse_only(&text).and_then(|ast| env.program(&ast)) else {
            return Said::Nothing;
        };
        match program.eval(&cel_core::EmptyActivation) {
            cel_core::Value::Error(_) => Said::Fails,
            value => core_value(&value).map_or(Said::Nothing, |v| Said::Value(print(&v))),
        }
    });
    run.unwrap_or(Said::Nothing)
}

/// What `cel-core` says with its extensions; nothing where it does not know a function.
pub(crate) fn extended_says(text: &str) -> Said {
    let text = text.to_owned();
    let run = std::panic::catch_unwind(move || {
        let env = cel_core::Env::with_standard_library().with_all_extensions();
        let Ok(program) = env.compile(&text).and_then(|ast| env.program(&ast)) else {
            return Said::Nothing;
        };
        match program.eval(&cel_core::EmptyActivation) {
            cel_core::Value::Error(_) => Said::Fails,
            value => core_value(&value).map_or(Said::Nothing, |v| Said::Value(print(&v))),
        }
    });
    run.unwrap_or(Said::Nothing)
}

/// A value with its type; entries of maps are sorted.
fn print(value: &OwnedValue) -> String {
    match value {
        OwnedValue::Double(d) if d.is_nan() => "NaN".to_owned(),
        OwnedValue::List(list) => {
            let parts: Vec<String> = list.iter().map(print).collect();
            format!("[{}]", parts.join(", "))
        }
        OwnedValue::Map(map) => {
            let mut parts: Vec<String> = map
                .iter()
                .map(|(k, v)| format!("{}: {}", print(&OwnedValue::from(k.as_value())), print(v)))
                .collect();
            parts.sort();
            format!("{{{}}}", parts.join(", "))
        }
        other => format!("{other:?}"),
    }
}

fn cel_value(value: &cel::Value) -> Option<OwnedValue> {
    Some(match value {
        cel::Value::Null => OwnedValue::Null,
        cel::Value::Bool(b) => OwnedValue::Bool(*b),
        cel::Value::Int(n) => OwnedValue::Int(*n),
        cel::Value::UInt(n) => OwnedValue::Uint(*n),
        cel::Value::Float(d) => OwnedValue::Double(*d),
        cel::Value::String(text) => OwnedValue::text(text.as_str()),
        cel::Value::Bytes(bytes) => OwnedValue::Bytes(bytes.as_slice().into()),
        cel::Value::List(list) => {
            OwnedValue::list(list.iter().map(cel_value).collect::<Option<Vec<_>>>()?)
        }
        cel::Value::Map(map) => {
            let entries = map.map.iter().map(|(key, value)| {
                let key = match key {
                    cel::objects::Key::String(text) => text.as_str().into(),
                    _ => return None,
                };
                Some((key, cel_value(value)?))
            });
            OwnedValue::map::<smol_str::SmolStr>(entries.collect::<Option<Vec<_>>>()?)
        }
        cel::Value::Duration(span) => OwnedValue::Duration(span.num_nanoseconds()?),
        cel::Value::Timestamp(at) => OwnedValue::Timestamp(gw_expr::Timestamp {
            seconds: at.timestamp(),
            nanos: at.timestamp_subsec_nanos(),
        }),
        _ => return None,
    })
}

fn core_value(value: &cel_core::Value) -> Option<OwnedValue> {
    use cel_core::Value as Core;
    Some(match value {
        Core::Null => OwnedValue::Null,
        Core::Bool(b) => OwnedValue::Bool(*b),
        Core::Int(n) => OwnedValue::Int(*n),
        Core::UInt(n) => OwnedValue::Uint(*n),
        Core::Double(d) => OwnedValue::Double(*d),
        Core::String(text) => OwnedValue::text(text.as_ref()),
        Core::Bytes(bytes) => OwnedValue::Bytes(bytes.as_ref().into()),
        Core::List(list) => {
            OwnedValue::list(list.iter().map(core_value).collect::<Option<Vec<_>>>()?)
        }
        Core::Map(map) => {
            let entries = map.iter().map(|(key, value)| {
                let key = match key {
                    cel_core::MapKey::String(text) => smol_str::SmolStr::new(text),
                    _ => return None,
                };
                Some((key, core_value(value)?))
            });
            OwnedValue::map(entries.collect::<Option<Vec<_>>>()?)
        }
        Core::Duration(span) => {
            let nanos = i128::from(span.seconds) * 1_000_000_000 + i128::from(span.nanos);
            OwnedValue::Duration(i64::try_from(nanos).ok()?)
        }
        Core::Timestamp(at) => OwnedValue::Timestamp(gw_expr::Timestamp {
            seconds: at.seconds,
            nanos: u32::try_from(at.nanos).ok()?,
        }),
        _ => return None,
    })
}
