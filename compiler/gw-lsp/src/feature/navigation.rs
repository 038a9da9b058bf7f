//! From a word to its declaration, and from a declaration to every word that means it.

use crate::described;
use crate::feature::hover;
use crate::mention::Mention;
use crate::snapshot::{Snapshot, View};
use crate::target;
use crate::text::Encoding;
use gw_syntax::Span;
use lsp_types::{DocumentHighlight, Location, LocationLink};

/// The place of a span of a file.
pub(crate) fn location(
    snapshot: &Snapshot,
    path: &str,
    span: Span,
    units: Encoding,
) -> Option<Location> {
    let view = snapshot.view(path)?;
    let range = view
        .text
        .range(span.start as usize, span.end as usize, units);
    Some(Location::new(snapshot.uri(path)?, range))
}

/// Where the word at an offset is declared; the file, for the path of an import; the schema in it,
/// for a description.
pub(crate) fn definition(
    snapshot: &Snapshot,
    view: &View,
    offset: usize,
    units: Encoding,
) -> Option<LocationLink> {
    if let Some(link) = imported_file(snapshot, view, offset, units) {
        return Some(link);
    }
    if let Some(link) = described::link(snapshot, view, offset, units) {
        return Some(link);
    }
    let (mention, target) = target::at(snapshot, view, offset)?;
    let (path, span) = target.place();
    let whole = match &target {
        target::Target::Declaration(d) => d.whole,
        target::Target::Local(..) | target::Target::Part(..) => span,
    };
    let at = location(snapshot, path, span, units)?;
    let origin = (mention.span.start as usize, mention.span.end as usize);
    Some(LocationLink {
        origin_selection_range: Some(view.text.range(origin.0, origin.1, units)),
        target_uri: at.uri,
        target_range: location(snapshot, path, whole, units)?.range,
        target_selection_range: at.range,
    })
}

fn imported_file(
    snapshot: &Snapshot,
    view: &View,
    offset: usize,
    units: Encoding,
) -> Option<LocationLink> {
    let import = hover::import_at(view, offset)?;
    snapshot.text(&import.path)?;
    let start = lsp_types::Range::default();
    let path = import.statement.parts.first()?.span();
    let origin = view
        .text
        .range(path.start as usize, path.end as usize, units);
    Some(LocationLink {
        origin_selection_range: Some(origin),
        target_uri: snapshot.uri(&import.path)?,
        target_range: start,
        target_selection_range: start,
    })
}

/// Every place that means the same as the word at an offset.
pub(crate) fn references(
    snapshot: &Snapshot,
    view: &View,
    offset: usize,
    declaration: Declaration,
    units: Encoding,
) -> Vec<Location> {
    let Some((_, target)) = target::at(snapshot, view, offset) else {
        return Vec::new();
    };
    let (home, declared) = target.place();
    let mut out = Vec::new();
    for (view, mentions) in target::mentions(snapshot, &target) {
        let Some(uri) = snapshot.uri(&view.path) else {
            continue;
        };
        let is_home = *view.path == *home;
        for Mention { span, .. } in mentions {
            if is_home && span == declared && declaration == Declaration::Excluded {
                continue;
            }
            let range = view
                .text
                .range(span.start as usize, span.end as usize, units);
            out.push(Location::new(uri.clone(), range));
        }
    }
    out
}

/// Whether the declaration itself counts as a reference.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declaration {
    Included,
    Excluded,
}

/// The places of this file that mean the same.
pub(crate) fn highlights(
    snapshot: &Snapshot,
    view: &View,
    offset: usize,
    units: Encoding,
) -> Vec<DocumentHighlight> {
    let Some((_, target)) = target::at(snapshot, view, offset) else {
        return Vec::new();
    };
    let own = target::mentions_in(snapshot, view, &target);
    let highlight = |span: Span| DocumentHighlight {
        range: view
            .text
            .range(span.start as usize, span.end as usize, units),
        kind: None,
    };
    own.into_iter().map(|m| highlight(m.span)).collect()
}
