//! `respond`: an answer of the policy's own.

use super::status_of;
use crate::blocks::transform::{Writer, plain};
use crate::cx::Cx;
use crate::env::Place;
use crate::fields::Fields;
use crate::load::assigned;
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_expr::Phase;
use gw_graph::{Action, Edit, Respond, Text};
use gw_syntax::{Code, Diagnostic, Expr, Part, Span, Statement};
use smol_str::{SmolStr, ToSmolStr};

/// `respond`
pub(crate) const RESPOND: BlockSpec = BlockSpec {
    keyword: "respond",
    parents: &["route"],
    usage: "respond STATUS [\"TEXT\"] [json { … }] [{ body = EXPRESSION; header \"NAME\" = EXPRESSION }]",
    shape: Shape::of(Words::Some).maybe_block().idle_if_empty(),
    doc: "Answers without a backend.",
    example: "respond 200 json { status: \"ok\" }",
    fields: &[FieldSpec::optional("body", "expression", "the body")],
    repeats: Repeats::Often,
};

/// `header` of `respond`
pub(crate) const HEADER: BlockSpec = BlockSpec {
    keyword: "header",
    parents: &["respond"],
    usage: "header \"NAME\" = EXPRESSION",
    shape: Shape::of(Words::Some).assigned(),
    doc: "A header of the response.",
    example: "header \"content-type\" = \"text/html\"",
    fields: &[],
    repeats: Repeats::Often,
};

/// Reads `respond`.
pub(super) fn lower(cx: &mut Cx<'_, '_>, statement: &Statement, place: &Place) -> Option<Respond> {
    let env = cx.env(&place.at(Phase::Request));
    let writer = Writer {
        module: place.module,
        env: &env,
        response: true,
    };
    let [Part::Value(written), rest @ ..] = statement.parts.as_slice() else {
        cx.report(wrong_respond(statement));
        return None;
    };
    let status = status_of(cx, place.module, written, 200..=599)?;
    let mut headers = Vec::new();
    let mut body = Text::Constant(SmolStr::default());
    let mut content = None;
    match rest {
        [Part::Word(json)] if json.name == "json" => {
            let end = statement.block.as_ref().map_or(json.span, |b| b.span);
            content = Some(json.span.to(end));
            headers.push((
                "content-type".into(),
                Text::Constant("application/json".into()),
            ));
            let json = crate::blocks::record::json_of(cx, place.module, statement)?;
            body = Text::Constant(json.to_smolstr());
        }
        [] | [Part::Value(_)] => {
            let header = statement.head.ident().span;
            let fields = Fields::read(statement.block.as_deref(), header, &RESPOND, cx.diagnostics);
            if let [Part::Value(text)] = rest {
                if let Some(second) = fields.statement("body") {
                    cx.report(two_bodies(second, text));
                }
                plain::warn_braces(cx, text);
                body = writer.text(cx, text)?;
                content = Some(text.span);
            } else if let Some(expr) = fields.expr("body") {
                plain::warn_braces(cx, expr);
                body = writer.text(cx, expr)?;
                content = Some(expr.span);
            }
            for item in &fields.nested {
                let ([Part::Value(name)], Some(value)) = (item.parts.as_slice(), assigned(item))
                else {
                    cx.report(wrong_header(item));
                    return None;
                };
                headers.push(writer.header_field(cx, name, value)?);
            }
            let typed = headers.iter().any(|(n, _)| n == "content-type");
            if !typed && body != Text::Constant(SmolStr::default()) {
                headers.push((
                    "content-type".into(),
                    Text::Constant("text/plain; charset=utf-8".into()),
                ));
            }
        }
        _ => {
            cx.report(wrong_respond(statement));
            return None;
        }
    }
    let content = content.filter(|_| body != Text::Constant(SmolStr::default()));
    if let (Some(content), 204 | 205 | 304) = (content, status) {
        cx.report(no_content(status, content, written.span));
    }
    Some(Respond {
        status,
        headers,
        body,
    })
}

/// The finding for a body where the status says that there is none (RFC 9110 sections 15.3.5, 15.3.6
/// and 15.4.5).
fn no_content(status: u16, content: Span, written: Span) -> Diagnostic {
    let message = format!("a response with status {status} has no body");
    let why = match status {
        304 => "says that the client has the body already",
        205 => "says that there is none, and to reset the form",
        _ => "says that there is none",
    };
    Diagnostic::new(Code::NoContent, content, message)
        .here("no client expects it")
        .because(written, why)
        .help("remove the body, or answer with a status that has one, such as 200")
}

fn two_bodies(second: &Statement, first: &Expr) -> Diagnostic {
    Diagnostic::new(
        Code::DuplicateField,
        second.span,
        "this `respond` has two bodies",
    )
    .here("a second body")
    .because(first.span, "the first body")
    .help("keep one of them")
}

fn wrong_header(item: &Statement) -> Diagnostic {
    Diagnostic::new(
        Code::WrongShape,
        item.span,
        "a header of a response is a name in quotes with its value",
    )
    .here("not a header")
    .help(format!("write `{}`", HEADER.usage))
}

/// The headers of an answer as edits, each with its statement.
pub(crate) fn headers(statement: &Statement, action: &Action) -> Vec<(Span, Edit)> {
    let Action::Respond(answer) = action else {
        return Vec::new();
    };
    let inner = statement.block.iter().flat_map(|b| &b.statements);
    let written = inner.filter(|s| s.head.ident().name == HEADER.keyword);
    // A type that the gateway adds by itself comes last.
    let all = answer.headers.iter();
    let edits = all.map(|(name, text)| Edit::SetHeader(name.clone(), text.clone()));
    written.map(|s| s.span).zip(edits).collect()
}

fn wrong_respond(statement: &Statement) -> Diagnostic {
    Diagnostic::new(
        Code::WrongShape,
        statement.span,
        "this `respond` has the wrong shape",
    )
    .here("not a response")
    .help(format!("write `{}`", RESPOND.usage))
}
