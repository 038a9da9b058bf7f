//! Records: the claims of tokens and the fields of keys in tests, variants as their values.

use super::{Offer, Request, expression, literal};
use crate::described;
use crate::snapshot::View;
use gw_compiler::Kind;
use gw_expr::Type;
use gw_syntax::{Statement, TypeKind};
use lsp_types::CompletionItemKind as ItemKind;

/// What a place in a record wants.
pub(super) fn offers(r: &Request<'_>) -> Vec<Offer> {
    let header = r.cursor.blocks.last().copied().unwrap_or_default();
    if r.cursor.statement.trim().is_empty() {
        return match header.split_whitespace().nth(1) {
            Some("jwt") => fields(r, "jwt"),
            Some("key") => fields(r, "api_key"),
            Some("certificate") => {
                let record = gw_compiler::certificate();
                let names: Vec<&str> = record.fields.keys().map(|name| name.as_str()).collect();
                super::words(&names)
            }
            Some("backend") => super::words(&["status", "headers", "body"]),
            _ => Vec::new(),
        };
    }
    let mut out = variants(r);
    if !header.starts_with("given") {
        out.extend(expression::offers(r));
    }
    out
}

/// The texts of which one must stand at a place in quotes.
pub(super) fn texts(r: &Request<'_>) -> Vec<Offer> {
    let header = r.cursor.blocks.last().copied().unwrap_or_default();
    let kind = match header.split_whitespace().nth(1) {
        Some("jwt") => "jwt",
        Some("key") => "api_key",
        _ => return Vec::new(),
    };
    let key = r.cursor.statement.split(':').next().unwrap_or_default();
    let key = key.trim().trim_matches('"');
    let mut out = Vec::new();
    each_schema(r, kind, |home, statement| {
        let description = described::of(r.snapshot, home, statement);
        let record = description.as_ref().map(|d| d.ty.present());
        if let Some(Type::Record(record)) = record {
            let field = record.fields.get(key);
            out.extend(field.iter().flat_map(|f| literal::texts(&f.ty)));
        }
    });
    out
}

/// The fields of the schemas that authentications of a kind yield.
fn fields(r: &Request<'_>, kind: &str) -> Vec<Offer> {
    let mut out = Vec::new();
    each_schema(r, kind, |home, statement| {
        let description = described::of(r.snapshot, home, statement);
        for part in description.iter().flat_map(described::parts) {
            let insert = format!("{}: ", quoted(&part.name));
            let offer = Offer::new(part.name, ItemKind::FIELD).detail(part.text);
            out.push(offer.doc(part.doc).insert(insert));
        }
        let statements = statement.block.as_ref();
        for field in statements.iter().flat_map(|b| &b.statements) {
            let name = field.head.ident().name.as_str();
            let detail = home.slice(field.span);
            out.push(
                Offer::new(name, ItemKind::FIELD)
                    .detail(detail)
                    .insert(format!("{name}: ")),
            );
        }
    });
    out
}

/// Looks at the schemas that authentications of a kind yield.
fn each_schema(r: &Request<'_>, kind: &str, mut look: impl FnMut(&View, &Statement)) {
    for (_, d) in r.snapshot.visible(r.view) {
        let Some(from) = r.snapshot.view(&d.path).filter(|_| d.kind == Kind::Authn) else {
            continue;
        };
        let schema = d.statement(&from).and_then(|s| yielded(s, kind));
        let found = schema.and_then(|name| r.snapshot.resolve(&from, &name, &[Kind::Schema]));
        let home = found.as_ref().and_then(|f| r.snapshot.view(&f.path));
        let (Some(found), Some(home)) = (found, home) else {
            continue;
        };
        if let Some(statement) = found.statement(&home) {
            look(&home, statement);
        }
    }
}

/// A key of a record: texts that are no names stand in quotes.
fn quoted(key: &str) -> String {
    match key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        true => key.to_owned(),
        false => format!("\"{key}\""),
    }
}

/// The schema of `authn x: jwt<Claims>`.
fn yielded(s: &Statement, kind: &str) -> Option<smol_str::SmolStr> {
    let (name, args) = s.named_type()?;
    match args.first().map(|a| &a.kind) {
        Some(TypeKind::Named(schema, _)) if name.name == kind => Some(schema.name.clone()),
        _ => None,
    }
}

/// The variants of the enums in sight.
fn variants(r: &Request<'_>) -> Vec<Offer> {
    let visible = r.snapshot.visible(r.view);
    let enums = visible.iter().filter(|(_, d)| d.kind == Kind::Enum);
    let mut out = Vec::new();
    for (name, d) in enums {
        let Some(from) = r.snapshot.view(&d.path) else {
            continue;
        };
        let statement = d.statement(&from);
        let description = statement.and_then(|s| described::of(r.snapshot, &from, s));
        for part in description.iter().flat_map(described::parts) {
            out.push(Offer::new(part.name, ItemKind::ENUM_MEMBER).detail(name.as_str()));
        }
        for variant in statement
            .iter()
            .flat_map(|s| crate::effective::statements(s))
        {
            let label = variant.head.ident().name.as_str();
            out.push(Offer::new(label, ItemKind::ENUM_MEMBER).detail(name.as_str()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_of_authentications() {
        let text = "gw 1\nauthn a: jwt<Claims> { }\nauthn b: api_key<Meta> { }\n";
        let (file, _) = gw_syntax::parse(gw_syntax::FileId(0), text);
        let yields = |kind| file.items.iter().find_map(|s| yielded(s, kind));
        assert_eq!(yields("jwt").as_deref(), Some("Claims"));
        assert_eq!(yields("api_key").as_deref(), Some("Meta"));
    }
}
