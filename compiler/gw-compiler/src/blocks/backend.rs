//! `backend`: named targets.

mod balance;
mod ejection;
mod host;
mod layers;
pub(crate) mod retry;
mod target;
mod timeout;
mod tls;

pub(crate) use ejection::SPEC as EJECTION;
pub(crate) use timeout::SPEC as TIMEOUT;
pub(crate) use tls::SPEC as TLS;

use crate::cx::Cx;
use crate::fields::Fields;
use crate::resolve::{DeclId, header_span};
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_graph::{Backend, BackendId, BackendProtocol};
use layers::{Layers, layered};
use std::time::Duration;

/// `backend`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "backend",
    parents: &["file"],
    usage: "backend NAME [like NAME] { target = \"URL\" | targets = [\"URL\" [weight N], …] … }",
    shape: Shape::of(Words::Header).block_unless(|s| s.parts.len() > 1),
    doc: "A named target with one or more endpoints. `like` takes over every setting of another backend that is not written here. `echo()` is a built-in backend that answers with a description of the request.",
    example: "backend orders {\n  targets = [\"http://10.1.0.1:8080\" weight 3, \"http://10.1.0.2:8080\"]\n  balance = least_request\n  timeout { connect = 300ms, first_byte = 2s, total = 5s }\n}",
    fields: &[
        FieldSpec::optional("target", "URL | echo()", "the one endpoint"),
        FieldSpec::optional(
            "targets",
            "list of URLs with optional weights",
            "the endpoints",
        ),
        FieldSpec::optional(
            "protocol",
            "auto | http1 | http2",
            "what the endpoints speak",
        )
        .default("auto"),
        FieldSpec::optional(
            "balance",
            "round_robin | least_request | random_of_two | hash(EXPRESSION)",
            "which endpoint takes the next request",
        )
        .default("round_robin"),
        FieldSpec::optional(
            "max_connections",
            "int",
            "most connections to an endpoint, per core",
        )
        .default("1024"),
        FieldSpec::optional(
            "idle_timeout",
            "duration",
            "how long an idle connection is kept",
        )
        .default("60s"),
        FieldSpec::optional(
            "host",
            "keep | target | \"NAME\"",
            "the `Host` that the backend sees",
        )
        .default("keep"),
    ],
    repeats: Repeats::Often,
};

/// The backend of a declaration.
pub(crate) fn lower(cx: &mut Cx<'_, '_>, id: DeclId) -> Option<BackendId> {
    if let Some(done) = cx.lowered.get(&id) {
        return done.map(BackendId);
    }
    cx.lowered.insert(id, None);
    let decl = cx.program.decl(id)?;
    let (name, header) = (decl.name.clone(), header_span(decl.statement));
    let mut chain = Vec::new();
    let layers = layers::layers(cx, id, &mut chain);
    // Where `like` leads nowhere or a field is misspelt, that is what is wrong about the target.
    let explained = layers.iter().any(|(_, f)| meant_target(f))
        || chain.last().is_some_and(|last| layers::likes(cx, *last));
    if explained && !layers.iter().any(|(_, f)| has_target(f)) {
        return None;
    }
    let targets = target::lower(cx, &layers, &name)?;
    tls::check(cx, &layers, &targets);
    let timeout = timeout::lower(cx, &layers);
    let retry = retry::lower(cx, &layers, &timeout);
    let backend = Backend {
        targets,
        protocol: protocol(cx, &layers),
        balance: balance::lower(cx, &layers),
        timeout,
        retry,
        ejection: ejection::lower(cx, &layers),
        max_connections: count(cx, &layers, "max_connections", 1024),
        idle_timeout: layered(&layers, "idle_timeout")
            .and_then(|(m, f)| cx.duration(m, f, "idle_timeout"))
            .unwrap_or(Duration::from_secs(60)),
        tls: tls::lower(cx, &layers),
        host: host::lower(cx, &layers),
        origin: cx.origin(header),
        name: name.name,
    };
    let backend_id = BackendId::from_index(cx.graph.backends.len());
    cx.graph.backends.push(backend);
    cx.lowered.insert(id, Some(backend_id.0));
    Some(backend_id)
}

fn has_target(fields: &Fields<'_>) -> bool {
    fields.expr("target").is_some() || fields.expr("targets").is_some()
}

fn meant_target(fields: &Fields<'_>) -> bool {
    fields.was_meant("target") || fields.was_meant("targets")
}

fn count(cx: &mut Cx<'_, '_>, layers: &Layers<'_>, name: &str, default: u32) -> u32 {
    let whole =
        layered(layers, name).and_then(|(m, f)| cx.whole(m, f, name, 1..=i64::from(u32::MAX)));
    whole.and_then(|n| u32::try_from(n).ok()).unwrap_or(default)
}

fn protocol(cx: &mut Cx<'_, '_>, layers: &Layers<'_>) -> BackendProtocol {
    let words = [
        ("auto", BackendProtocol::Auto),
        ("http1", BackendProtocol::Http1),
        ("http2", BackendProtocol::Http2),
    ];
    let field = layered(layers, "protocol");
    field
        .and_then(|(_, f)| cx.word(f, "protocol", &words))
        .unwrap_or(BackendProtocol::Auto)
}
