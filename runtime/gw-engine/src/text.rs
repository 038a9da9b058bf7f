//! Texts that are written while a request passes: header values, paths, queries, bodies. What
//! comes from a request is checked before it becomes part of a message.

use crate::facts::{FactKind, FactSource, Lasting};
use crate::{Engine, EvalFailure, HeaderText, Place};
use gw_expr::{EvalError, Facts, Ir, Scratch, Value};
use gw_graph::{ExprId, Text, is_field_value, normalize_path};
use std::borrow::Cow;
use std::fmt::Write;

type Rendered<T> = Result<Option<T>, EvalFailure>;

/// Renders the texts of a graph.
pub(crate) struct Renderer<'x, 'f, F> {
    pub(crate) engine: &'x Engine,
    pub(crate) facts: &'f F,
}

impl<'x, F: Facts + Lasting<'x>> Renderer<'x, '_, F> {
    /// A header value; none if it is absent.
    pub(crate) fn header(&self, text: &'x Text) -> Rendered<HeaderText<'x>> {
        let rendered = match text {
            // Looked at when the graph was loaded.
            Text::Constant(text) => {
                return Ok(Some(HeaderText::Plain(Cow::Borrowed(text))));
            }
            Text::Secret(id) => Some(HeaderText::Secret(*id)),
            Text::Template(parts) if text.secret().is_some() => {
                let part = |part| self.header(part)?.ok_or_else(|| absent(part));
                let parts = parts.iter().map(part).collect::<Result<_, _>>()?;
                Some(HeaderText::Joined(parts))
            }
            Text::Expr(_) | Text::Template(_) => self.plain(text)?.map(HeaderText::Plain),
        };
        match rendered {
            Some(HeaderText::Plain(plain)) if !is_field_value(&plain) => {
                Err(EvalFailure::Unfit(Place::Header))
            }
            rendered => Ok(rendered),
        }
    }

    /// A text without secrets; none if it is absent.
    pub(crate) fn plain(&self, text: &'x Text) -> Rendered<Cow<'x, str>> {
        match text {
            Text::Constant(text) => Ok(Some(Cow::Borrowed(text))),
            Text::Expr(expr) => match self.lasting(*expr) {
                Some(text) => Ok(Some(Cow::Borrowed(text))),
                None => Ok(self.expr(*expr)?.map(Cow::Owned)),
            },
            Text::Secret(_) => Err(EvalFailure::Unfit(Place::Header)),
            Text::Template(parts) => {
                let mut joined = String::new();
                for part in parts {
                    joined.push_str(&self.plain(part)?.ok_or_else(|| absent(part))?);
                }
                Ok(Some(Cow::Owned(joined)))
            }
        }
    }

    /// The text of an expression; none if it is absent.
    pub(crate) fn expr(&self, expr: ExprId) -> Rendered<String> {
        self.value(expr, to_text)
    }

    /// The text of an expression that is a fact of the request and nothing else.
    fn lasting(&self, expr: ExprId) -> Option<&'x str> {
        match self.engine.graph.expr(expr) {
            Some(Ir::Fact(fact)) => self.facts.lasting(*fact),
            Some(_) | None => None,
        }
    }

    /// An expression's value, read while it lives.
    pub(crate) fn value<T>(
        &self,
        expr: ExprId,
        read: impl FnOnce(Value<'_>) -> Result<Option<T>, EvalError>,
    ) -> Rendered<T> {
        let scratch = Scratch::new();
        let program = self.engine.programs.get(expr.index());
        program
            .ok_or(EvalError::UndeclaredReference)
            .and_then(|program| program.eval(self.facts, &scratch))
            .and_then(read)
            .map_err(|error| EvalFailure::Expr { expr, error })
    }
}

impl<'x> Renderer<'x, '_, FactSource<'x>> {
    /// A whole path: it must begin with a slash, and is normalised like a request's. Values in a
    /// template fill a segment and are percent-encoded; only `**` parameters keep their slashes.
    pub(crate) fn path(&self, text: &'x Text) -> Result<Cow<'x, str>, EvalFailure> {
        let path = match text {
            // Looked at when the graph was loaded.
            Text::Constant(text) => return Ok(Cow::Borrowed(text)),
            Text::Secret(_) => return Err(EvalFailure::Unfit(Place::Path)),
            // A computed path is raw like `request.path`: its escapes stay.
            Text::Expr(expr) => {
                let raw = self.expr(*expr)?.ok_or_else(|| absent(text))?;
                encode(&raw, "/%")
            }
            Text::Template(parts) => self.path_of(parts)?,
        };
        match normalize_path(&path) {
            Ok(normal) => Ok(Cow::Owned(normal.into_owned())),
            Err(_) => Err(EvalFailure::Unfit(Place::Path)),
        }
    }

    /// A normal path that begins with this text and ends with the rest of another normal path. The
    /// rest is empty or begins with a slash; one slash is enough where they meet.
    pub(crate) fn path_before(&self, text: &'x Text, rest: &str) -> Result<String, EvalFailure> {
        Ok(rebased(&self.path(text)?, rest))
    }

    /// The text of a template, not normalised.
    fn path_of(&self, parts: &'x [Text]) -> Result<String, EvalFailure> {
        let mut path = String::new();
        for part in parts {
            match part {
                Text::Constant(text) => path.push_str(text),
                Text::Secret(_) => return Err(EvalFailure::Unfit(Place::Path)),
                Text::Expr(expr) => {
                    let value = self.expr(*expr)?.ok_or_else(|| absent(part))?;
                    path.push_str(&encode(&value, self.kept(*expr)));
                }
                Text::Template(parts) => path.push_str(&self.path_of(parts)?),
            }
        }
        Ok(path)
    }

    fn kept(&self, expr: ExprId) -> &'static str {
        let Some(Ir::Fact(fact)) = self.engine.graph.expr(expr) else {
            return "";
        };
        match self.engine.facts.kinds.get(fact.0 as usize) {
            Some(FactKind::Param(name)) if self.facts.is_rest(name) => "/",
            _ => "",
        }
    }
}

/// What normalising the two together would give, where each is normal. Nothing can arise where they
/// meet, at a slash.
fn rebased(start: &str, rest: &str) -> String {
    let start = match rest.is_empty() {
        true => start,
        false => start.strip_suffix('/').unwrap_or(start),
    };
    let mut path = String::with_capacity(start.len() + rest.len());
    path.push_str(start);
    path.push_str(rest);
    path
}

/// Encodes everything that is no `pchar` (RFC 3986 section 3.3) and not in `keep`.
fn encode(text: &str, keep: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
    percent_encode(text, |byte| plain(byte) || keep.as_bytes().contains(&byte))
}

/// Encodes a name or value of a query.
pub(crate) fn encode_query(text: &str) -> String {
    percent_encode(text, |byte| {
        byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
    })
}

fn percent_encode(text: &str, plain: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn absent(part: &Text) -> EvalFailure {
    match part {
        Text::Expr(expr) => EvalFailure::Expr {
            expr: *expr,
            error: EvalError::Absent,
        },
        Text::Constant(_) | Text::Template(_) | Text::Secret(_) => {
            EvalFailure::Unfit(Place::Header)
        }
    }
}

fn to_text(value: Value<'_>) -> Result<Option<String>, EvalError> {
    Ok(Some(match value {
        Value::Absent => return Ok(None),
        Value::Str(text) => text.to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Uint(n) => n.to_string(),
        Value::Double(d) => d.to_string(),
        Value::Ip(ip) => ip.to_string(),
        Value::Cidr(net) => net.to_string(),
        Value::Null
        | Value::Bytes(_)
        | Value::Duration(_)
        | Value::Timestamp(_)
        | Value::Rate(_)
        | Value::Range(..)
        | Value::Type(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Optional(_)
        | Value::Lookup(_) => return Err(EvalError::NoMatchingOverload),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// The rest of a normal path after another beginning, against normalising the whole.
        #[test]
        fn a_new_beginning_is_like_a_new_path(
            start in "/?([a-c.%/-]|%2e|%41|%c3){0,6}",
            rest in "(/[a-z.]{1,3}[a-z]){0,3}/?",
        ) {
            let whole = match start.strip_suffix('/') {
                Some(shorter) if !rest.is_empty() => format!("{shorter}{rest}"),
                _ => format!("{start}{rest}"),
            };
            let expected = normalize_path(&whole).map(Cow::into_owned);
            let found = normalize_path(&start).map(|start| rebased(&start, &rest));
            proptest::prop_assert_eq!(found.is_ok(), expected.is_ok(), "{} {}", start, rest);
            proptest::prop_assert_eq!(found.ok(), expected.ok());
        }
    }
}
