//! Which kind of thing a place in a statement wants.

use super::{Offer, Request, expression, literal, names, record, words};
use crate::mention::{field, offers as offers_word};
use gw_compiler::spec::{BlockSpec, FieldSpec};
use gw_compiler::{Kind, registry};
use gw_syntax::Code;
use lsp_types::CompletionItemKind as ItemKind;

/// The methods of RFC 9110 and PATCH.
pub(super) const METHODS: &[&str] = &[
    "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE",
];

/// The keyword of the innermost block.
pub(super) fn block<'b>(blocks: &[&'b str]) -> &'b str {
    let Some((last, outer)) = blocks.split_last() else {
        return "file";
    };
    let mut words = last.split_whitespace();
    let first = words.next().unwrap_or("");
    let assigns = words.next() == Some("=") || first.ends_with(':') || first.is_empty();
    let is_json = last.ends_with("json") || first == "given";
    let parent = match outer {
        [] => "file",
        [.., parent] => parent.split_whitespace().next().unwrap_or("file"),
    };
    match registry::find(first, parent) {
        _ if is_json || assigns => "record",
        Some(_) => first,
        // A block that nobody knows there, but elsewhere.
        None if registry::ALL.iter().any(|s| s.keyword == first) => first,
        None => "record",
    }
}

/// What a place wants.
pub(super) fn offers(r: &Request<'_>) -> Vec<Offer> {
    let statement = r.cursor.statement;
    let mut parts = statement.split_whitespace();
    let first = parts.next().unwrap_or("");
    if let Some(literal) = r.cursor.literal {
        return literal::offers(r, first, literal);
    }
    if r.cursor.hole {
        return expression::offers(r);
    }
    if r.block == "record" {
        return record::offers(r);
    }
    if let ("file", "schema" | "enum", Some((_, value))) =
        (r.block, first, statement.split_once('='))
    {
        return descriptions(r, value.trim());
    }
    if expression::is_started(statement) {
        return expression::offers(r);
    }
    match (r.block, first) {
        ("schema", "") | ("enum", "") => Vec::new(),
        ("schema", _) => names::types(r),
        ("enum", _) => match statement.contains("inherits") {
            true => names::own_variants(r),
            false => words(&["inherits"]),
        },
        ("import", "") => names::importable(r),
        ("import", _) => words(&["as"]),
        ("to", "") => {
            let mut out = names::of_kinds(r, &[Kind::Backend]);
            out.extend(fields_and_blocks(r));
            out
        }
        (_, "") => fields_and_blocks(r),
        _ => after(r, first, statement),
    }
}

/// What describes a schema: the functions, then the schemas of the file.
fn descriptions(r: &Request<'_>, value: &str) -> Vec<Offer> {
    if value.is_empty() {
        let offer = |word: &str, doc| {
            let offer = Offer::new(word, ItemKind::FUNCTION).doc(doc);
            offer.insert(format!("{word}(\""))
        };
        return vec![
            offer("openapi", "a schema of an OpenAPI description"),
            offer("json_schema", "a schema in JSON Schema"),
        ];
    }
    let file = value.strip_suffix(").").and_then(|v| v.split_once('('));
    let Some((_, file)) = file else {
        return Vec::new();
    };
    let path = gw_compiler::join(&r.view.path, file.trim().trim_matches(['"', '\'']));
    let names = gw_compiler::described_schemas(r.snapshot, &path);
    let offers = names.into_iter();
    offers
        .map(|name| Offer::new(name, ItemKind::STRUCT))
        .collect()
}

/// What follows the first word of a statement.
fn after(r: &Request<'_>, first: &str, statement: &str) -> Vec<Offer> {
    let last = statement.split_whitespace().next_back().unwrap_or("");
    let count = statement.split_whitespace().count();
    if first == "lint" {
        return lint(statement);
    }
    if let Some((_, value)) = statement.split_once('=') {
        return match field(r.block, first) {
            Some((_, field)) => of_field(r, field, value),
            None => expression::offers(r),
        };
    }
    if r.block == "file" && statement.contains(':') && first != "test" {
        return match first {
            "authn" if statement.contains('<') => names::of_kinds(r, &[Kind::Schema]),
            "authn" => ["jwt<…>", "api_key<…>", "client_certificate"]
                .map(|t| Offer::new(t, ItemKind::STRUCT).insert(t.trim_end_matches("…>")))
                .into(),
            _ => names::types(r),
        };
    }
    match (first, count) {
        ("use", 1) => words(&["policy", "limit", "transform"]),
        ("use", _) => names::of_kinds(r, used_kinds(statement)),
        ("to", _) => {
            let mut out = names::of_kinds(r, &[Kind::Backend]);
            out.extend(words(&["split"]));
            out
        }
        ("authn", _) if r.block != "file" => {
            let mut out = names::of_kinds(r, &[Kind::Authn]);
            out.extend(words(&["any_of", "all_of"]));
            out
        }
        ("override", 1) => words(&["authn", "authz", "limits"]),
        ("override", 2) if last == "authn" => names::of_kinds(r, &[Kind::Authn]),
        ("override", _) => words(&["because"]),
        ("backend", 2) => words(&["like"]),
        ("backend", 3) if last == "like" => names::of_kinds(r, &[Kind::Backend]),
        ("route", 2) => words(METHODS),
        ("route" | "service", _) if last == "on" => names::of_kinds(r, &[Kind::Param]),
        ("route", _) => words(&["on", "when"]),
        ("service", _) => words(&["on", "prefix"]),
        ("allow" | "deny", 1) => words(&["when"]),
        ("sticky", 1) => words(&["by"]),
        ("set", 1) => words(&["header", "query", "path", "status"]),
        ("add" | "rename", 1) => words(&["header"]),
        ("remove", 1) => words(&["header", "query"]),
        ("replace", 1) => words(&["prefix"]),
        ("redirect", 1) => words(&["301", "302", "303", "307", "308"]),
        ("respond", _) => words(&["json"]),
        _ if r.block == "test" => in_test(r, first, last),
        _ => Vec::new(),
    }
}

/// The names of lints, then the levels.
fn lint(statement: &str) -> Vec<Offer> {
    match statement.split_once('=').map(|(_, level)| level.trim()) {
        Some("") => words(&["allow", "warn", "deny"]),
        Some("allow") => words(&["because"]),
        Some(_) => Vec::new(),
        None if statement.split_whitespace().count() > 1 => Vec::new(),
        None => {
            let lints = Code::ALL.iter().filter(|c| c.is_lint());
            let offer = |c: &Code| Offer::new(c.name(), ItemKind::CONSTANT).detail(c.to_string());
            let inserted = |c: &Code| format!("{} = ", c.name());
            lints
                .map(|c| offer(c).doc(c.title()).insert(inserted(c)))
                .collect()
        }
    }
}

fn used_kinds(statement: &str) -> &'static [Kind] {
    match statement.split_whitespace().nth(1) {
        Some("policy") => &[Kind::Policy],
        Some("limit") => &[Kind::Limit],
        Some("transform") => &[Kind::Transform],
        _ => &[],
    }
}

fn in_test(r: &Request<'_>, first: &str, last: &str) -> Vec<Offer> {
    match (first, last) {
        (_, "backend") => names::of_kinds(r, &[Kind::Backend]),
        (_, "route") => names::of_kinds(r, &[Kind::Route]),
        (_, "rule") => names::of_kinds(r, &[Kind::Policy, Kind::Service, Kind::Route, Kind::Limit]),
        ("given", "given") => words(&[
            "jwt",
            "key",
            "certificate",
            "source",
            "time",
            "header",
            "backend",
        ]),
        ("when", "when") => words(METHODS),
        ("when", _) => words(&["on", "repeat", "after", "json"]),
        ("then", "then") => words(&[
            "status", "reason", "rule", "route", "backend", "path", "header", "sent", "body",
        ]),
        (_, "sent") => words(&["header"]),
        _ => Vec::new(),
    }
}

/// The fields of the block that are not set yet, and the blocks that may stand in it.
fn fields_and_blocks(r: &Request<'_>) -> Vec<Offer> {
    let mut out = Vec::new();
    let text = r.view.text.text.get(r.cursor.block_start..r.offset);
    let written = text.unwrap_or_default();
    let outer = r.cursor.blocks.iter().rev().nth(1);
    let parent = outer.map_or("file", |h| h.split_whitespace().next().unwrap_or("file"));
    if let Some(spec) = registry::find(r.block, parent) {
        let open = spec.fields.iter().filter(|f| !is_set(written, f.name));
        out.extend(open.map(|f| field_offer(spec, f)));
    }
    out.extend(registry::allowed(r.block).map(|spec| {
        Offer::new(spec.keyword, ItemKind::KEYWORD)
            .detail(spec.usage)
            .doc(crate::feature::hover::block(spec))
    }));
    out
}

fn is_set(written: &str, name: &str) -> bool {
    let mut statements = written.split(['\n', ';', ',', '{']);
    statements.any(|s| {
        let rest = s.trim_start().strip_prefix(name);
        rest.is_some_and(|r| r.trim_start().starts_with('='))
    })
}

fn field_offer(spec: &'static BlockSpec, field: &'static FieldSpec) -> Offer {
    Offer::new(field.name, ItemKind::FIELD)
        .detail(field.takes)
        .doc(crate::feature::hover::field(spec, field))
        .insert(format!("{} = ", field.name))
}

/// Values of a field, by what its description says that it takes.
fn of_field(r: &Request<'_>, field: &FieldSpec, value: &str) -> Vec<Offer> {
    match field.takes {
        "bool" => return words(&["true", "false"]),
        "list of listeners" => return names::of_kinds(r, &[Kind::Listener]),
        "table" => return names::of_kinds(r, &[Kind::Table]),
        "list of algorithms" => return words(ALGORITHMS),
        _ => {}
    }
    let plain = |word: &&str| {
        let bare = word.trim_matches('"');
        bare.chars()
            .all(|c| c.is_ascii_lowercase() || "_.0123456789".contains(c))
            && !bare.is_empty()
    };
    let choices: Vec<&str> = field.takes.split('|').map(str::trim).collect();
    let mut out = Vec::new();
    if choices.len() > 1 && value.trim().trim_start_matches('[').trim().is_empty() {
        for choice in choices {
            match choice.split_once('(') {
                Some((name, _)) if plain(&name) => {
                    out.push(Offer::new(choice, ItemKind::FUNCTION).insert(format!("{name}(")))
                }
                _ if plain(&choice) && offers_word(field.takes, choice) => {
                    out.push(Offer::new(choice, ItemKind::ENUM_MEMBER));
                }
                _ if choice == "SECRET" => out.extend(names::of_kinds(r, &[Kind::Secret])),
                _ => {}
            }
        }
        return out;
    }
    if let Some((name, _)) = field.takes.split_once('(').filter(|(n, _)| plain(n)) {
        out.push(Offer::new(field.takes, ItemKind::FUNCTION).insert(format!("{name}(")));
    }
    out.extend(expression::offers(r));
    out
}

/// RFC 7518, section 3.1, and RFC 8037.
const ALGORITHMS: &[&str] = &[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "HS256",
    "HS384", "HS512",
];
