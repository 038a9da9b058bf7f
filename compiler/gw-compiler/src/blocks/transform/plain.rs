//! Texts that are written as they are: braces in them stand for themselves, line breaks would end a
//! header, and secrets have no place in a path or a query.

use crate::cx::Cx;
use crate::env::OBJECTS;
use gw_expr::{Ir, OwnedValue};
use gw_graph::Text;
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Span, TemplatePart};

/// A finding where a text looks like a template and is none.
pub(crate) fn warn_braces(cx: &mut Cx<'_, '_>, expr: &Expr) {
    let found = in_texts(expr);
    cx.diagnostics.extend(found);
}

/// The same about a text that is the same for every request.
pub(crate) fn warn_fixed_braces(cx: &mut Cx<'_, '_>, expr: &Expr) {
    let found = in_texts(expr).map(|found| Diagnostic {
        fix: None,
        ..found.help("a reason is the same for every request: write it without values")
    });
    cx.diagnostics.extend(found);
}

/// The finding for the first text of a sum that looks like a template.
fn in_texts(expr: &Expr) -> Option<Diagnostic> {
    match &expr.kind {
        ExprKind::Literal(_) => braces(expr.as_text()?, expr.span),
        ExprKind::Binary(_, _, a, b) => in_texts(a).or_else(|| in_texts(b)),
        _ => None,
    }
}

fn braces(text: &str, span: Span) -> Option<Diagnostic> {
    if !text.contains('{') {
        return None;
    }
    let parts = gw_syntax::parse_template(text, span).ok()?;
    let value = parts.iter().find_map(|part| match part {
        TemplatePart::Expr(expr) => {
            let object = root(expr).is_some_and(|name| OBJECTS.contains(&name));
            object.then_some(expr)
        }
        TemplatePart::Text(_) => None,
    })?;
    let message = match written(value) {
        Some(value) => format!("`{{{value}}}` is only text here, and no value"),
        None => "braces are only text here, and hold no value".to_owned(),
    };
    let found = Diagnostic::new(Code::IdleBraces, span, message).here("sent as it stands here");
    if let [TemplatePart::Expr(_)] = parts.as_slice()
        && let Some(inner) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}'))
    {
        let inner = inner.trim();
        return Some(
            found
                .help(format!("write `{inner}`, without quotes and braces"))
                .fix(format!("write `{inner}`"), span, inner),
        );
    }
    let sum: Vec<String> = parts.iter().map(summand).collect();
    let sum = sum.join(" + ");
    Some(found.help(match sum.len() > LONGEST {
        true => "join texts and values by `+`, as `\"id-\" + string(path.id)`".to_owned(),
        false => format!("write `{sum}`"),
    }))
}

/// A longer sum is not written out.
const LONGEST: usize = 120;

fn summand(part: &TemplatePart) -> String {
    match part {
        TemplatePart::Text(text) => format!("{text:?}"),
        TemplatePart::Expr(expr) => match written(expr) {
            Some(path) => format!("string({path})"),
            None => "string(…)".to_owned(),
        },
    }
}

/// `path.id` as it was written.
fn written(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name { name, .. } => Some(name.to_string()),
        ExprKind::Select { operand, field, .. } => {
            Some(format!("{}.{}", written(operand)?, field.name))
        }
        _ => None,
    }
}

/// The name that an access begins with.
fn root(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Select { operand, .. } | ExprKind::Index { operand, .. } => match &operand.kind {
            ExprKind::Name { name, .. } => Some(name),
            _ => root(operand),
        },
        ExprKind::Binary(_, _, a, _) => root(a),
        _ => None,
    }
}

/// A finding where a header would hold a line break of the policy's own: the request would fail.
pub(crate) fn check_line_breaks(cx: &mut Cx<'_, '_>, text: &Text, span: Span) {
    if breaks(cx, text) {
        cx.report(
            Diagnostic::new(
                Code::HeaderInjection,
                span,
                "a header cannot hold a line break",
            )
            .here("has a control character, with which the header would end here")
            .help("write it in one line, or set a second header"),
        );
    }
}

fn breaks(cx: &Cx<'_, '_>, text: &Text) -> bool {
    let unfit = |text: &str| !gw_graph::is_field_value(text);
    match text {
        Text::Constant(text) => unfit(text),
        Text::Template(parts) => parts.iter().any(|part| breaks(cx, part)),
        Text::Expr(id) => match cx.graph.exprs.get(id.index()) {
            Some(Ir::Operation(_, list)) => list.iter().any(|ir| match ir {
                Ir::Const(OwnedValue::Str(text)) => unfit(text),
                _ => false,
            }),
            Some(_) | None => false,
        },
        Text::Secret(_) => false,
    }
}

/// The finding for a secret in a query or a path.
pub(super) fn secret_in_address(span: Span, place: &str) -> Diagnostic {
    let message = format!("a secret would stand in the {place}");
    Diagnostic::new(Code::SecretLeak, span, message)
        .here("addresses end up in logs and histories")
        .help("send it in a header: `set header \"authorization\" = \"Bearer \" + NAME`")
}
