//! `timeout` of a backend.

use super::layers::{Layers, nested};
use crate::cx::Cx;
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_graph::Timeouts;
use gw_syntax::{Code, Diagnostic};

/// `timeout` of a backend
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "timeout",
    parents: &["backend"],
    usage: "timeout { connect = DURATION, first_byte = DURATION, total = DURATION }",
    shape: Shape::of(Words::None).block(),
    doc: "How long the gateway waits for a backend.",
    example: "timeout { connect = 300ms, first_byte = 2s, total = 5s }",
    fields: &[
        FieldSpec::optional("connect", "duration", "time to connect, TLS included").default("2s"),
        FieldSpec::optional(
            "first_byte",
            "duration",
            "time from the request to the response head",
        )
        .default("30s"),
        FieldSpec::optional(
            "total",
            "duration",
            "time for the whole exchange; without it, none",
        ),
    ],
    repeats: Repeats::Once,
};

/// The times that the nearest layer states, with the defaults.
pub(super) fn lower(cx: &mut Cx<'_, '_>, layers: &Layers<'_>) -> Timeouts {
    let default = Timeouts::default();
    let Some((module, f)) = nested(cx, layers, &SPEC) else {
        return default;
    };
    let timeouts = Timeouts {
        connect: cx
            .time(module, &f, "connect", "write a duration such as `2s`")
            .unwrap_or(default.connect),
        first_byte: cx
            .time(module, &f, "first_byte", "write a duration such as `30s`")
            .unwrap_or(default.first_byte),
        total: cx.time(
            module,
            &f,
            "total",
            "write a duration such as `30s`, or leave `total` out for no end",
        ),
    };
    let longer = [
        ("connect", timeouts.connect),
        ("first_byte", timeouts.first_byte),
    ];
    let written = longer
        .iter()
        .find(|(n, d)| f.expr(n).is_some() && timeouts.total.is_some_and(|t| *d > t));
    if let (Some((name, _)), Some(total)) = (written, f.expr("total")) {
        let span = f.expr(name).map_or(f.span, |e| e.span);
        cx.report(
            Diagnostic::new(
                Code::TimeoutInversion,
                span,
                format!("`{name}` is longer than `total`"),
            )
            .here("can never be reached")
            .because(total.span, "the whole exchange ends here")
            .help(format!("make `total` longer, or `{name}` shorter")),
        );
    }
    timeouts
}
