//! Names of declarations.

use super::{Offer, Request};
use crate::feature::hover;
use crate::scope::{Definition, imports};
use gw_compiler::Kind;
use gw_expr::Type;
use lsp_types::CompletionItemKind as ItemKind;
use smol_str::SmolStr;

/// The names of some kinds that the file sees; routes with those of their services.
pub(super) fn of_kinds(r: &Request<'_>, kinds: &[Kind]) -> Vec<Offer> {
    let visible = r.snapshot.visible(r.view);
    let wanted = visible.iter().filter(|(_, d)| kinds.contains(&d.kind));
    wanted.map(|(name, d)| offer(r, name, d)).collect()
}

/// A declaration under the name that it has here.
pub(super) fn offer(r: &Request<'_>, name: &SmolStr, d: &Definition) -> Offer {
    let from = r.snapshot.view(&d.path);
    let statement = from.as_ref().and_then(|v| Some((v, d.statement(v)?)));
    let doc = statement
        .map(|(v, s)| format!("{}{}", hover::code(&hover::header(v, s)), hover::comment(s)));
    Offer::new(name.as_str(), item_kind(d.kind))
        .detail(format!("{} {}", d.kind.keyword(), d.full_name()))
        .doc(doc.unwrap_or_default())
}

/// Types: built-in ones, schemas and enums.
pub(super) fn types(r: &Request<'_>) -> Vec<Offer> {
    let mut out = of_kinds(r, &[Kind::Schema, Kind::Enum]);
    out.extend(Type::NAMES.iter().filter_map(|name| {
        let ty = Type::named(name)?;
        Some(Offer::new(*name, ItemKind::STRUCT).detail(hover::kind_of_type(&ty)))
    }));
    for generic in ["list<…>", "map<…>"] {
        let opening = generic.trim_end_matches("…>");
        out.push(Offer::new(generic, ItemKind::STRUCT).insert(opening));
    }
    out
}

/// What the file named in the header of the import declares.
pub(super) fn importable(r: &Request<'_>) -> Vec<Offer> {
    let header = r.cursor.blocks.last().copied().unwrap_or_default();
    let path = header.split('"').nth(1).unwrap_or_default();
    let Some(from) = r.snapshot.view(&gw_compiler::join(&r.view.path, path)) else {
        return Vec::new();
    };
    let own = from.definitions().iter().filter(|d| d.service.is_none());
    own.map(|d| offer(r, &d.name, d)).collect()
}

/// The variants that stand before the place in its enum.
pub(super) fn own_variants(r: &Request<'_>) -> Vec<Offer> {
    let written = r.view.text.text.get(r.cursor.block_start..r.offset);
    let names = written.unwrap_or_default().split([',', '\n', ';']);
    let firsts = names.filter_map(|n| n.split_whitespace().next());
    firsts
        .map(|n| Offer::new(n, ItemKind::ENUM_MEMBER))
        .collect()
}

/// Policies beside this file that it does not import yet.
pub(super) fn files(r: &Request<'_>) -> Vec<Offer> {
    let folder = r
        .view
        .path
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    let imported: Vec<String> = imports(r.view).map(|i| i.path).collect();
    let others = r.snapshot.workspace.iter().filter(|p| ***p != *r.view.path);
    let below = others.filter_map(|path| {
        let rest = path.strip_prefix(folder)?.strip_prefix('/')?;
        let fresh = !imported.contains(path);
        fresh.then(|| Offer::new(format!("./{rest}"), ItemKind::FILE))
    });
    below.collect()
}

pub(super) fn item_kind(kind: Kind) -> ItemKind {
    match kind {
        Kind::Param | Kind::Let | Kind::Secret => ItemKind::CONSTANT,
        Kind::Enum => ItemKind::ENUM,
        Kind::Schema => ItemKind::STRUCT,
        Kind::Table | Kind::Listener | Kind::Backend => ItemKind::VALUE,
        Kind::Authn => ItemKind::INTERFACE,
        Kind::Policy | Kind::Limit | Kind::Transform | Kind::Route => ItemKind::FUNCTION,
        Kind::Service => ItemKind::MODULE,
    }
}
