//! Records of tests and responses as JSON: keys are names, bare words are texts.

use crate::cx::Cx;
use crate::env::Place;
use crate::shape;
use crate::spec::{Shape, Words};
use gw_expr::OwnedValue;
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Head, Statement, StatementValue};

/// A record block as JSON: `{ sub: "u1", roles: [editor] }`; bare names are texts.
pub(crate) fn json_of(
    cx: &mut Cx<'_, '_>,
    module: usize,
    statement: &Statement,
) -> Option<serde_json::Value> {
    let mut object = serde_json::Map::new();
    for item in statement.block.iter().flat_map(|b| &b.statements) {
        let key = match &item.head {
            Head::Name(ident) | Head::Text(ident) => ident.name.to_string(),
        };
        let shape = Shape::of(Words::None).any_value();
        let unread = shape::check(item, &shape, || format!("write `{key}: \"…\"`"));
        cx.diagnostics
            .extend(unread.filter(|_| item.value.is_some()));
        let value = match &item.value {
            Some(StatementValue::Expr(expr) | StatementValue::Annotation(expr)) => {
                json(cx, module, expr)?
            }
            Some(StatementValue::Type(ty)) if ty.to_expr().is_some() => {
                json(cx, module, &ty.to_expr()?)?
            }
            _ => {
                cx.report(
                    Diagnostic::new(Code::WrongShape, item.span, format!("`{key}` has no value"))
                        .here("not `name: value`")
                        .help(format!("write `{key}: \"…\"`")),
                );
                return None;
            }
        };
        object.insert(key, value);
    }
    Some(serde_json::Value::Object(object))
}

/// A constant as JSON. Bare names are texts, so that enum variants need no quotes.
pub(crate) fn json(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<serde_json::Value> {
    match &expr.kind {
        ExprKind::Name {
            name,
            rooted: false,
        } if cx.program.peek(module, name).is_none() => Some(bare_word(name)),
        ExprKind::List(list) => {
            let items: Option<Vec<_>> = list.iter().map(|i| json(cx, module, &i.expr)).collect();
            items.map(serde_json::Value::Array)
        }
        ExprKind::Map(entries) => {
            let mut object = serde_json::Map::new();
            for entry in entries {
                let key = match &entry.key.kind {
                    ExprKind::Name { name, .. } => name.to_string(),
                    _ => cx.text_of(module, &entry.key)?,
                };
                object.insert(key, json(cx, module, &entry.value)?);
            }
            Some(serde_json::Value::Object(object))
        }
        _ => {
            let checked = cx.check_any(expr, &Place::constant(module))?;
            let value = cx.evaluate(&checked)?;
            owned_json(&value)
        }
    }
}

/// A bare word: JSON's own three, else a text.
fn bare_word(name: &str) -> serde_json::Value {
    match name {
        "true" => true.into(),
        "false" => false.into(),
        "null" => serde_json::Value::Null,
        other => other.into(),
    }
}

fn owned_json(value: &OwnedValue) -> Option<serde_json::Value> {
    Some(match value {
        OwnedValue::Null | OwnedValue::Absent => serde_json::Value::Null,
        OwnedValue::Bool(b) => (*b).into(),
        OwnedValue::Int(n) => (*n).into(),
        OwnedValue::Uint(n) => (*n).into(),
        OwnedValue::Double(n) => serde_json::Number::from_f64(*n)?.into(),
        OwnedValue::Str(text) => text.to_string().into(),
        OwnedValue::Timestamp(time) => time.seconds.into(),
        OwnedValue::Ip(ip) => ip.to_string().into(),
        OwnedValue::List(list) => {
            let items: Option<Vec<_>> = list.iter().map(owned_json).collect();
            serde_json::Value::Array(items?)
        }
        OwnedValue::Bytes(_)
        | OwnedValue::Duration(_)
        | OwnedValue::Cidr(_)
        | OwnedValue::Rate(_)
        | OwnedValue::Range(..)
        | OwnedValue::Type(_)
        | OwnedValue::Map(_)
        | OwnedValue::Optional(_) => {
            return None;
        }
    })
}
