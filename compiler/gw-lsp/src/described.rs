//! Schemas and enums that a file in JSON Schema or OpenAPI describes: their fields and variants,
//! and the place there.

use crate::snapshot::{Snapshot, View};
use crate::text::{Encoding, Text};
use gw_compiler::Description;
use gw_expr::Type;
use gw_syntax::{Expr, Statement, StatementValue};
use lsp_types::LocationLink;

/// What describes a declaration of a file; `None` where the policy writes it itself.
pub(crate) fn of(snapshot: &Snapshot, view: &View, statement: &Statement) -> Option<Description> {
    value(statement)?;
    gw_compiler::description(snapshot, &view.path, view.file(), statement)
}

/// The declaration whose description, as in `openapi("api.yaml").Order`, is at an offset.
pub(crate) fn at(view: &View, offset: usize) -> Option<(&Statement, &Expr)> {
    let items = view.file().items.iter();
    let values = items.filter_map(|s| Some((s, value(s)?)));
    let covers =
        |span: gw_syntax::Span| span.start as usize <= offset && offset <= span.end as usize;
    values
        .filter(|(s, _)| matches!(s.head.ident().name.as_str(), "schema" | "enum"))
        .find(|(_, value)| covers(value.span))
}

fn value(statement: &Statement) -> Option<&Expr> {
    match &statement.value {
        Some(StatementValue::Expr(expr)) => Some(expr),
        Some(
            StatementValue::Type(_) | StatementValue::Annotation(_) | StatementValue::TypedExpr(..),
        )
        | None => None,
    }
}

/// The fields or variants as the policy would write them, each with what is said about it.
pub(crate) fn parts(description: &Description) -> Vec<Part> {
    match description.ty.present() {
        Type::Record(record) => {
            let fields = record.fields.iter();
            fields
                .map(|(name, field)| Part {
                    name: name.to_string(),
                    text: format!(
                        "{name}{}: {}",
                        if field.optional { "?" } else { "" },
                        field.ty
                    ),
                    doc: field.doc.to_string(),
                })
                .collect()
        }
        Type::Enum(of) => {
            let variants = of.variants.iter().map(|v| v.name.to_string());
            variants
                .map(|name| Part {
                    text: name.clone(),
                    name,
                    doc: String::new(),
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// A field or variant as it stands after a dot.
pub(crate) fn member(name: &str) -> String {
    match name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        true => name.to_owned(),
        false => format!("`{name}`"),
    }
}

/// A field or variant.
pub(crate) struct Part {
    pub(crate) name: String,
    /// `org: string max 32`.
    pub(crate) text: String,
    pub(crate) doc: String,
}

/// What a declaration holds by its description, as Markdown; empty where it writes it itself.
pub(crate) fn text(snapshot: &Snapshot, view: &View, statement: &Statement) -> String {
    let Some(description) = of(snapshot, view, statement) else {
        return String::new();
    };
    let lines = parts(&description).into_iter().map(|part| {
        let doc = match part.doc.is_empty() {
            true => String::new(),
            false => format!(": {}", part.doc),
        };
        format!("- `{}`{doc}", part.text)
    });
    let lines: Vec<String> = lines.collect();
    format!(
        "\n\n`{}` describes\n\n{}",
        description.path,
        lines.join("\n")
    )
}

/// Where a description stands.
pub(crate) fn link(
    snapshot: &Snapshot,
    view: &View,
    offset: usize,
    units: Encoding,
) -> Option<LocationLink> {
    let (statement, expr) = at(view, offset)?;
    let description = of(snapshot, view, statement)?;
    let text = Text::new(description.text.as_str());
    let place = text.range(description.place.start, description.place.end, units);
    let origin = (expr.span.start as usize, expr.span.end as usize);
    Some(LocationLink {
        origin_selection_range: Some(view.text.range(origin.0, origin.1, units)),
        target_uri: snapshot.uri(&description.path)?,
        target_range: place,
        target_selection_range: place,
    })
}
