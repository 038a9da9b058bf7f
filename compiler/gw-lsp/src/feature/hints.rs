//! Inlay hints: the authentication and the limits that a route inherits, behind its header.

use crate::effective::{Inherited, effective, statements};
use crate::feature::navigation;
use crate::snapshot::{Snapshot, View};
use crate::text::Encoding;
use lsp_types::{InlayHint, InlayHintLabel, InlayHintLabelPart};

/// The hints between two offsets.
pub(crate) fn hints(
    snapshot: &Snapshot,
    view: &View,
    (from, to): (usize, usize),
    units: Encoding,
) -> Vec<InlayHint> {
    let mut out = Vec::new();
    let services = view
        .file()
        .items
        .iter()
        .filter(|s| s.head.ident().name == "service");
    for service in services {
        for route in statements(service).filter(|s| s.head.ident().name == "route") {
            let Some(end) = route.parts.last().map(|p| p.span().end as usize) else {
                continue;
            };
            if from <= end && end <= to {
                let inherited = effective(view, service, route);
                let shown: Vec<_> = inherited
                    .authn
                    .into_iter()
                    .chain(inherited.limits)
                    .collect();
                out.extend(hint(snapshot, view, end, &shown, units));
            }
        }
    }
    out
}

fn hint(
    snapshot: &Snapshot,
    view: &View,
    end: usize,
    shown: &[Inherited<'_>],
    units: Encoding,
) -> Option<InlayHint> {
    let part = |value: String, location| InlayHintLabelPart {
        value,
        location,
        ..InlayHintLabelPart::default()
    };
    let mut parts = Vec::new();
    for inherited in shown {
        if !parts.is_empty() {
            parts.push(part(" · ".to_owned(), None));
        }
        let text = inherited
            .text
            .strip_prefix("use ")
            .unwrap_or(inherited.text);
        let place = navigation::location(snapshot, &view.path, inherited.statement.span, units);
        parts.push(part(text.to_owned(), place));
    }
    (!parts.is_empty()).then(|| InlayHint {
        position: view.text.position(end, units),
        label: InlayHintLabel::LabelParts(parts),
        kind: None,
        text_edits: None,
        tooltip: Some("inherited from the service".to_owned().into()),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    })
}
