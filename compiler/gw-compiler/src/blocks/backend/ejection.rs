//! `ejection` of a backend.

use super::layers::{Layers, nested};
use crate::cx::Cx;
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_graph::Ejection;

/// `ejection` of a backend
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "ejection",
    parents: &["backend"],
    usage: "ejection { after = N, rest = DURATION, max_percent = N }",
    shape: Shape::of(Words::None).block(),
    doc: "Passive ejection: an endpoint that fails several times in a row rests for a while.",
    example: "ejection { after = 5, rest = 10s }",
    fields: &[
        FieldSpec::optional("after", "int", "consecutive failures that eject").default("5"),
        FieldSpec::optional(
            "rest",
            "duration",
            "how long the first ejection lasts; doubled each time",
        )
        .default("10s"),
        FieldSpec::optional(
            "max_percent",
            "int",
            "largest share of endpoints that may rest",
        )
        .default("50"),
    ],
    repeats: Repeats::Once,
};

/// What the nearest layer states, with the defaults.
pub(super) fn lower(cx: &mut Cx<'_, '_>, layers: &Layers<'_>) -> Ejection {
    let default = Ejection::default();
    let Some((module, f)) = nested(cx, layers, &SPEC) else {
        return default;
    };
    let after = cx
        .whole(module, &f, "after", 1..=1_000_000)
        .and_then(|n| u32::try_from(n).ok());
    let percent = cx
        .whole(module, &f, "max_percent", 0..=100)
        .and_then(|n| u8::try_from(n).ok());
    Ejection {
        after: after.unwrap_or(default.after),
        rest: cx.duration(module, &f, "rest").unwrap_or(default.rest),
        max_percent: percent.unwrap_or(default.max_percent),
    }
}
