//! The targets of a backend: addresses with weights, or the built-in echo.

use super::layers::Layers;
use crate::cx::Cx;
use crate::host;
use crate::shape;
use gw_expr::Type;
use gw_graph::{Target, Targets};
use gw_syntax::{Clause, Code, Diagnostic, Expr, ExprKind, Ident, ListItem};

pub(super) fn lower(cx: &mut Cx<'_, '_>, layers: &Layers<'_>, name: &Ident) -> Option<Targets> {
    let field = layers.iter().find_map(|(m, f)| {
        f.expr("targets")
            .or_else(|| f.expr("target"))
            .map(|e| (*m, e))
    });
    for (_, fields) in layers {
        if let (Some(one), Some(list)) = (fields.statement("target"), fields.statement("targets")) {
            let diagnostic = Diagnostic::new(
                Code::DuplicateField,
                one.head.ident().span,
                "`target` and `targets` both say where requests go",
            );
            cx.report(
                diagnostic
                    .here("would have no effect")
                    .because(list.head.ident().span, "these are taken")
                    .help("list every endpoint in `targets`, or keep `target` alone"),
            );
        }
    }
    let Some((module, expr)) = field else {
        cx.report(
            Diagnostic::new(
                Code::MissingField,
                name.span,
                format!("backend `{}` has no target", name.name),
            )
            .here("no `target` or `targets`")
            .help("add `target = \"http://127.0.0.1:9000\"`, or `target = echo()` for a try"),
        );
        return None;
    };
    match &expr.kind {
        ExprKind::Call { name, args, .. } if name.name == "echo" => {
            cx.diagnostics.extend(shape::arguments("echo", args, 0));
            Some(Targets::Echo)
        }
        ExprKind::List(list) if list.is_empty() => {
            cx.report(
                Diagnostic::new(
                    Code::BadTarget,
                    expr.span,
                    "a backend needs at least one target",
                )
                .here("empty list")
                .help("add `\"http://127.0.0.1:9000\"`"),
            );
            None
        }
        ExprKind::List(list) => {
            let targets: Vec<Target> = list.iter().filter_map(|i| listed(cx, module, i)).collect();
            (targets.len() == list.len()).then_some(Targets::Fixed(targets))
        }
        _ => Some(Targets::Fixed(vec![target(cx, module, expr, 1)?])),
    }
}

fn listed(cx: &mut Cx<'_, '_>, module: usize, item: &ListItem) -> Option<Target> {
    let mut weight = 1;
    for clause in &item.clauses {
        if clause.word.name == "weight" {
            match cx.constant(module, &clause.expr, &Type::Int)? {
                gw_expr::OwnedValue::Int(n) if (1..=1_000_000).contains(&n) => {
                    weight = u32::try_from(n).unwrap_or(1);
                }
                _ => {
                    cx.report(
                        Diagnostic::new(
                            Code::BadWeights,
                            clause.expr.span,
                            "a weight is a whole number from 1",
                        )
                        .here("not a weight")
                        .help("leave a target out to give it nothing"),
                    );
                    return None;
                }
            }
        } else {
            cx.report(no_weight(clause));
        }
    }
    target(cx, module, &item.expr, weight)
}

fn no_weight(clause: &Clause) -> Diagnostic {
    let message = format!("a target does not read `{}`", clause.word.name);
    Diagnostic::new(Code::WrongShape, clause.word.span, message)
        .here("would have no effect")
        .help("write `\"http://10.0.0.1:8080\" weight 3`")
}

fn target(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr, weight: u32) -> Option<Target> {
    let text = cx.text_of(module, expr)?;
    let parsed = parse_target(&text, weight);
    if parsed.is_none() {
        cx.report(bad_target(&text, expr));
    }
    parsed
}

fn bad_target(text: &str, expr: &Expr) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::BadTarget,
        expr.span,
        format!("`{text}` is not an address of a backend"),
    );
    let whole = format!("http://{text}");
    if !text.contains("://") && parse_target(&whole, 1).is_some() {
        return diagnostic
            .here("the scheme is missing")
            .help(format!("write `\"{whole}\"`"))
            .fix(
                format!("write `{whole}`"),
                expr.span,
                format!("\"{whole}\""),
            );
    }
    diagnostic
        .here("not `http://host:port`")
        .help("write `\"http://10.0.0.1:8080\"` or `\"https://api.internal\"`, without query")
}

fn parse_target(text: &str, weight: u32) -> Option<Target> {
    let (tls, rest) = match text.strip_prefix("https://") {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix("http://")?),
    };
    let (authority, path) = rest.find('/').map_or((rest, ""), |i| rest.split_at(i));
    if path.contains(['?', '#']) {
        return None;
    }
    let (host, port) = host::authority(authority)?;
    let port = port.unwrap_or(if tls { 443 } else { 80 });
    let base_path = path.trim_end_matches('/').to_owned();
    Some(Target {
        tls,
        host: host.to_lowercase(),
        port,
        base_path,
        weight,
    })
}

#[cfg(test)]
mod tests {
    use super::parse_target;

    #[test]
    fn reads_addresses() {
        let t = parse_target("https://[::1]/x/", 2).unwrap();
        assert_eq!(
            (
                t.tls,
                t.host.as_str(),
                t.port,
                t.base_path.as_str(),
                t.weight
            ),
            (true, "::1", 443, "/x", 2)
        );
        assert_eq!(parse_target("http://API:81", 1).unwrap().host, "api");
        for bad in [
            "ftp://a",
            "http://",
            "http://a:0",
            "http://a:99999",
            "http://u@a",
            "http://a/?q",
            "http://a b",
            "http://a..b",
            "http://10.0.0.300",
        ] {
            assert!(parse_target(bad, 1).is_none(), "{bad}");
        }
    }
}
