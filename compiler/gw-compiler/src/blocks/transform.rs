//! `transform`, and the statements of `request` and `response` blocks.

pub(crate) mod cors;
mod lints;
mod names;
mod path;
pub(crate) mod plain;
mod writer;

pub(crate) use path::check_paths;
pub(crate) use writer::{Writer, bad_status};

use crate::cx::Cx;
use crate::env::Place;
use crate::fields::Fields;
use crate::resolve::{DeclId, header_span};
use crate::scope::Draft;
use crate::spec::{BlockSpec, Repeats, Shape, Words};
use gw_expr::{Checked, Phase};
use gw_graph::Edit;
use gw_syntax::{Span, Statement};
use smol_str::SmolStr;

/// `transform`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "transform",
    parents: &["file"],
    usage: "transform NAME[(PARAM: TYPE, …)] { request { … } response { … } }",
    shape: Shape::of(Words::Signature).block().idle_if_empty(),
    doc: "A named set of changes for `use transform NAME`.",
    example: "transform hardened { response { remove header \"server\"; set header \"x-frame-options\" = \"DENY\" } }",
    fields: &[],
    repeats: Repeats::Often,
};

/// `request`
pub(crate) const REQUEST: BlockSpec = BlockSpec {
    keyword: "request",
    parents: &["transform", "service", "route"],
    usage: "request { set header \"NAME\" = EXPRESSION … }",
    shape: Shape::of(Words::None).block().idle_if_empty(),
    doc: "Changes of the request before it is forwarded, in textual order.",
    example: "request { set header \"x-tenant\" = jwt.org; remove header \"cookie\" }",
    fields: &[],
    repeats: Repeats::Often,
};

/// `response`
pub(crate) const RESPONSE: BlockSpec = BlockSpec {
    keyword: "response",
    parents: &["transform", "service", "route"],
    usage: "response { set header \"NAME\" = EXPRESSION … }",
    shape: Shape::of(Words::None).block().idle_if_empty(),
    doc: "Changes of the response before it is sent, in textual order. They hold for the gateway's own responses on the route too.",
    example: "response { remove header [\"server\", \"x-powered-by\"]; set header \"x-request-id\" = request.id }",
    fields: &[],
    repeats: Repeats::Often,
};

/// `set`
pub(crate) const SET: BlockSpec = BlockSpec {
    keyword: "set",
    parents: &["request", "response"],
    usage: "set header \"NAME\" = EXPRESSION | set query \"NAME\" = EXPRESSION | set path = \"/TEMPLATE\" | set status = INT",
    shape: Shape::of(Words::Some).assigned(),
    doc: "Replaces a header, a query parameter, the path (requests) or the status (responses). A value that is absent removes a header.",
    example: "set header \"x-tenant\" = jwt.org",
    fields: &[],
    repeats: Repeats::Often,
};

/// `add`
pub(crate) const ADD: BlockSpec = BlockSpec {
    keyword: "add",
    parents: &["request", "response"],
    usage: "add header \"NAME\" = EXPRESSION",
    shape: Shape::of(Words::Some).assigned(),
    doc: "Adds a value to a header beside those that are there.",
    example: "add header \"vary\" = \"accept-language\"",
    fields: &[],
    repeats: Repeats::Often,
};

/// `remove`
pub(crate) const REMOVE: BlockSpec = BlockSpec {
    keyword: "remove",
    parents: &["request", "response"],
    usage: "remove header \"NAME\" | [\"NAME\", \"PREFIX*\"] | remove query \"NAME\"",
    shape: Shape::of(Words::Some),
    doc: "Removes headers, by name or by prefix, or query parameters. A prefix never takes fields that frame the message, such as `content-length`.",
    example: "remove header [\"server\", \"x-internal-*\"]",
    fields: &[],
    repeats: Repeats::Often,
};

/// `rename`
pub(crate) const RENAME: BlockSpec = BlockSpec {
    keyword: "rename",
    parents: &["request", "response"],
    usage: "rename header \"OLD\" to \"NEW\"",
    shape: Shape::of(Words::Some),
    doc: "Renames a header, values kept.",
    example: "rename header \"x-user\" to \"x-account\"",
    fields: &[],
    repeats: Repeats::Often,
};

/// `replace`
pub(crate) const REPLACE: BlockSpec = BlockSpec {
    keyword: "replace",
    parents: &["request"],
    usage: "replace prefix \"/OLD\" = \"/NEW\"",
    shape: Shape::of(Words::Some).assigned(),
    doc: "Replaces the beginning of the path, where the path has it.",
    example: "replace prefix \"/v1\" = \"/api\"",
    fields: &[],
    repeats: Repeats::Often,
};

/// Applies a transform to a scope.
pub(crate) fn apply(
    cx: &mut Cx<'_, '_>,
    id: DeclId,
    args: &[(SmolStr, Checked)],
    span: Span,
    draft: &mut Draft<'_>,
) {
    let Some(decl) = cx.program.decl(id) else {
        return;
    };
    let (module, statement) = (decl.module, decl.statement);
    let fields = Fields::read(
        statement.block.as_deref(),
        header_span(statement),
        &SPEC,
        cx.diagnostics,
    );
    let place = draft.place.in_module(module);
    let scope = draft.name.clone();
    for nested in fields.all("request") {
        draft.step(cx, "request", span, &scope);
        let own = edits(cx, nested, &REQUEST, &place, args);
        draft.parts.request.extend(own);
    }
    for nested in fields.all("response") {
        draft.step(cx, "response", span, &scope);
        draft
            .parts
            .response
            .extend(edits(cx, nested, &RESPONSE, &place, args));
    }
}

/// Reads a transform that nothing uses.
pub(crate) fn check_shape(cx: &mut Cx<'_, '_>, id: DeclId) {
    let Some(decl) = cx.program.decl(id) else {
        return;
    };
    let statement = decl.statement;
    let block = statement.block.as_deref();
    let fields = Fields::read(block, header_span(statement), &SPEC, cx.diagnostics);
    for spec in [&REQUEST, &RESPONSE] {
        for nested in fields.all(spec.keyword) {
            let header = nested.head.ident().span;
            Fields::read(nested.block.as_deref(), header, spec, cx.diagnostics);
        }
    }
}

/// The edits of a `request` or `response` block, each with its statement.
pub(crate) fn edits(
    cx: &mut Cx<'_, '_>,
    statement: &Statement,
    spec: &BlockSpec,
    place: &Place,
    args: &[(SmolStr, Checked)],
) -> Vec<(Span, Edit)> {
    let fields = Fields::read(
        statement.block.as_deref(),
        statement.head.ident().span,
        spec,
        cx.diagnostics,
    );
    let response = spec.keyword == "response";
    let phase = if response {
        Phase::Response
    } else {
        Phase::Request
    };
    let env = cx.env_with(&place.at(phase), args);
    let mut writer = Writer {
        module: place.module,
        env: &env,
        response,
    };
    let mut edits = Vec::new();
    for statement in &fields.nested {
        let own = writer.edit(cx, statement).into_iter();
        edits.extend(own.map(|edit| (statement.span, edit)));
    }
    if response {
        lints::check(cx, &edits);
    }
    edits
}
