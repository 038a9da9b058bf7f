//! What the meaning of routes depends on, as keys: their own text, and all declarations.

use crate::Options;
use crate::blocks::mode;
use crate::load::{Loaded, Module};
use gw_syntax::{Code, Diagnostic, Sources, Span, Statement};

/// More findings than this may have kept some of the text from being read.
const MANY: usize = 50;

/// The places of findings of the parser, if they say nothing about declarations: they stand in
/// routes, or in statements that are lost as a whole.
pub(super) fn places(loaded: &Loaded, found: &[Diagnostic]) -> Option<Vec<Span>> {
    let brackets = |d: &Diagnostic| {
        matches!(
            d.code,
            Code::UnclosedBrace
                | Code::UnexpectedClose
                | Code::UnclosedString
                | Code::NestingTooDeep
        )
    };
    if found.len() > MANY || found.iter().any(brackets) {
        return None;
    }
    let places: Vec<Span> = found
        .iter()
        .flat_map(|d| &d.labels)
        .map(|l| l.span)
        .collect();
    let modules = loaded.modules.iter();
    let in_declaration = !places.is_empty()
        && modules
            .flat_map(written)
            .any(|w| places.iter().any(|p| touches(*p, w)));
    (!in_declaration).then_some(places)
}

pub(super) fn touches(a: Span, b: Span) -> bool {
    a.file == b.file && a.start <= b.end && b.start <= a.end
}

/// A key of everything that routes may depend on.
pub(super) fn declarations(loaded: &Loaded, sources: &Sources, options: &Options) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    let mut add = |text: &str| {
        hash.update(&text.len().to_le_bytes());
        hash.update(text.as_bytes());
    };
    // Trials in shadow mode end on a day.
    add(&mode::today().to_string());
    for (name, value) in &options.params {
        add(name);
        add(value);
    }
    for module in &loaded.modules {
        add("");
        add(&module.path);
        written(module).for_each(|span| add(sources.text(span)));
    }
    let module = |file| loaded.modules.iter().any(|m| m.file.id == file);
    for (_, source) in sources.iter().filter(|(file, _)| !module(*file)) {
        add(&source.text);
    }
    *hash.finalize().as_bytes()
}

/// The text of a module without its routes and its tests, statement by statement.
fn written(module: &Module) -> impl Iterator<Item = Span> {
    module.file.items.iter().flat_map(|item| {
        let word = item.head.ident().name.as_str();
        let block = item.block.as_ref().filter(|_| word == "service");
        let header = match block {
            _ if word == "route" || word == "test" => None,
            Some(block) => Some(Span {
                end: block.span.start,
                ..item.span
            }),
            None => Some(item.span),
        };
        let inner = block.into_iter().flat_map(|b| &b.statements);
        let inner = inner.filter(|s| s.head.ident().name != "route");
        header.into_iter().chain(inner.map(|s| s.span))
    })
}

/// Writes the key of a route in a module and a service.
pub(super) fn route(
    key: &mut String,
    sources: &Sources,
    route: &Statement,
    (module, service): (&str, &str),
) {
    // The text alone says what it means, but a text that was mended may say it differently.
    let read = route.block.as_ref().map_or(0, |b| b.statements.len());
    let read = char::from_u32(u32::try_from(read).unwrap_or(u32::MAX)).unwrap_or(char::MAX);
    key.clear();
    for text in [module, "\0", service, "\0", sources.text(route.span)] {
        key.push_str(text);
    }
    key.push(read);
}
