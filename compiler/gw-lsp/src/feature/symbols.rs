//! The outline of a file: declarations, routes inside their services, fields and variants.

use crate::mention;
use crate::scope::declared_name;
use crate::snapshot::{Snapshot, View};
use crate::text::Encoding;
use gw_compiler::Kind;
use gw_syntax::{Ident, Part, Span, Statement};
use lsp_types::{DocumentSymbol, SymbolInformation, SymbolKind};

/// The outline.
pub(crate) fn outline(view: &View, units: Encoding) -> Vec<DocumentSymbol> {
    let items = view.file().items.iter();
    items.filter_map(|s| symbol(view, s, units)).collect()
}

fn symbol(view: &View, s: &Statement, units: Encoding) -> Option<DocumentSymbol> {
    let keyword = s.head.ident().name.as_str();
    let (name, selection, kind) = match (keyword, s.parts.first()) {
        ("test", Some(Part::Value(text))) => {
            let name = view.slice(text.span).trim_matches('"').to_owned();
            (name, text.span, SymbolKind::EVENT)
        }
        _ => {
            let kind = Kind::ALL.into_iter().find(|k| k.keyword() == keyword)?;
            let name = declared_name(s)?;
            (name.name.to_string(), name.span, symbol_kind(kind))
        }
    };
    let inner = s.block.iter().flat_map(|b| &b.statements);
    let children: Vec<DocumentSymbol> = match keyword {
        "service" => inner
            .filter(|s| s.head.ident().name == "route")
            .filter_map(|s| symbol(view, s, units))
            .collect(),
        "schema" => part(view, inner, SymbolKind::FIELD, units),
        "enum" => part(view, inner, SymbolKind::ENUM_MEMBER, units),
        _ => Vec::new(),
    };
    Some(made(
        view,
        (name, kind),
        (s.span, selection),
        detail(view, s),
        children,
        units,
    ))
}

fn part<'s>(
    view: &View,
    statements: impl Iterator<Item = &'s Statement>,
    kind: SymbolKind,
    units: Encoding,
) -> Vec<DocumentSymbol> {
    let one = |s: &Statement| {
        let Ident { name, span } = s.head.ident();
        made(
            view,
            (name.to_string(), kind),
            (s.span, *span),
            None,
            Vec::new(),
            units,
        )
    };
    statements.map(one).collect()
}

fn made(
    view: &View,
    (name, kind): (String, SymbolKind),
    (whole, selection): (Span, Span),
    detail: Option<String>,
    children: Vec<DocumentSymbol>,
    units: Encoding,
) -> DocumentSymbol {
    let range = |span: Span| {
        view.text
            .range(span.start as usize, span.end as usize, units)
    };
    #[expect(
        deprecated,
        reason = "the struct cannot be built without its deprecated field"
    )]
    DocumentSymbol {
        // An outline does not accept a symbol without a name.
        name: if name.is_empty() {
            "…".to_owned()
        } else {
            name
        },
        detail,
        kind,
        tags: None,
        deprecated: None,
        range: range(whole),
        selection_range: range(selection),
        children: (!children.is_empty()).then_some(children),
    }
}

/// What stands between the name and the block: methods and path, the type.
fn detail(view: &View, s: &Statement) -> Option<String> {
    let from = s.parts.get(1).map(|p| p.span().start)?;
    let to = s.block.as_ref().map_or(s.span.end, |b| b.span.start);
    let text = view.text.text.get(from as usize..to as usize)?;
    let text = text.lines().next().unwrap_or_default().trim();
    (!text.is_empty()).then(|| text.to_owned())
}

pub(crate) fn symbol_kind(kind: Kind) -> SymbolKind {
    match kind {
        Kind::Param | Kind::Let => SymbolKind::CONSTANT,
        Kind::Secret => SymbolKind::KEY,
        Kind::Enum => SymbolKind::ENUM,
        Kind::Schema => SymbolKind::STRUCT,
        Kind::Table => SymbolKind::ARRAY,
        Kind::Listener | Kind::Backend => SymbolKind::OBJECT,
        Kind::Authn => SymbolKind::INTERFACE,
        Kind::Policy | Kind::Limit | Kind::Transform => SymbolKind::FUNCTION,
        Kind::Service => SymbolKind::NAMESPACE,
        Kind::Route => SymbolKind::METHOD,
    }
}

/// Declarations of all known files whose name has the letters of `query` in their order.
pub(crate) fn search(snapshot: &Snapshot, query: &str, units: Encoding) -> Vec<SymbolInformation> {
    let mut out = Vec::new();
    for view in snapshot.known() {
        let Some(uri) = snapshot.uri(&view.path) else {
            continue;
        };
        for d in view
            .definitions()
            .iter()
            .filter(|d| mention::resembles(&d.full_name(), query))
        {
            let range = view
                .text
                .range(d.span.start as usize, d.span.end as usize, units);
            #[expect(deprecated, reason = "the struct cannot be built without it")]
            out.push(SymbolInformation {
                name: d.full_name(),
                kind: symbol_kind(d.kind),
                tags: None,
                deprecated: None,
                location: lsp_types::Location::new(uri.clone(), range),
                container_name: None,
            });
        }
    }
    out.truncate(MOST_FOUND);
    out
}

/// Most declarations that a search gives.
const MOST_FOUND: usize = 500;
