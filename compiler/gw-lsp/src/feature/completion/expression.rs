//! Expressions: members by type, functions that fit, names, variants, names of headers.

use super::{Offer, Request, names, words};
use crate::described;
use crate::snapshot::View;
use crate::typed;
use gw_compiler::{Kind, OBJECTS};
use gw_expr::{Env, Function, Type, Variable};
use gw_syntax::FileId;
use lsp_types::CompletionItemKind as ItemKind;
use std::rc::Rc;

/// Typed in where the place is, so that there is an expression to look at.
const STAND_IN: &str = "gw_here";

/// The words after which an expression begins.
const BEFORE: &[&str] = &["when", "by", "where", "over", "reason", "because"];

/// Whether the statement so far is inside an expression.
pub(super) fn is_started(statement: &str) -> bool {
    let mut words = statement.split_whitespace();
    let assigned = |w: &str| BEFORE.contains(&w);
    // The first word is the keyword: `when` in a test begins a request.
    let first = words.next().unwrap_or("");
    let head_is_condition = matches!(first, "when" | "let") && statement.contains('.');
    words.any(assigned) || head_is_condition || in_call(statement)
}

/// `use limit x(base = `.
fn in_call(statement: &str) -> bool {
    let count = |c| statement.matches(c).count();
    statement.contains('=') && count('(') > count(')')
}

/// What an expression may go on with.
pub(super) fn offers(r: &Request<'_>) -> Vec<Offer> {
    let before = r.cursor.statement;
    if let Some(operand) = operand(before) {
        return members(r, operand);
    }
    if before.trim_end().ends_with("=>") || !wants_operand(before) {
        let mut out = clauses(before);
        out.extend(words(&["in"]));
        return out;
    }
    values(r)
}

/// Whether an operand, not an operator, comes next.
fn wants_operand(before: &str) -> bool {
    let trimmed = before.trim_end();
    let word = crate::target::last_word(trimmed);
    let ends_value = trimmed.ends_with([')', ']', '"', '\'', '}']) || !word.is_empty();
    !ends_value || BEFORE.contains(&word) || word == "in" || trimmed.ends_with('=')
}

fn clauses(before: &str) -> Vec<Offer> {
    match before.split_whitespace().next() {
        Some("deny") => words(&["reason"]),
        Some("override") => words(&["because"]),
        _ => Vec::new(),
    }
}

/// The operand before a dot: `jwt`, `request.headers["x"]`, `f(a).b`.
fn operand(before: &str) -> Option<&str> {
    let before = before
        .strip_suffix('.')
        .or_else(|| before.strip_suffix(".?"))?;
    ending(before.strip_suffix('?').unwrap_or(before))
}

/// The operand in which a text ends.
pub(super) fn ending(before: &str) -> Option<&str> {
    let bytes = before.as_bytes();
    let (mut at, mut depth) = (bytes.len(), 0usize);
    while let Some(&byte) = at.checked_sub(1).and_then(|i| bytes.get(i)) {
        match byte {
            b')' | b']' => depth += 1,
            b'(' | b'[' if depth == 0 => break,
            b'(' | b'[' => depth -= 1,
            b'.' | b'_' | b'?' | b'"' | b'\'' => {}
            _ if depth > 0 || byte.is_ascii_alphanumeric() || byte >= 0x80 => {}
            _ => break,
        }
        at -= 1;
    }
    before.get(at..).map(str::trim).filter(|t| !t.is_empty())
}

/// The names that an expression at the place may use.
fn env(r: &Request<'_>) -> Option<Rc<Env>> {
    env_with(r, r.offset - r.cursor.word.len(), STAND_IN)
}

/// The same where the text from `start` on is replaced by what makes it an expression.
pub(super) fn env_with(r: &Request<'_>, start: usize, stand_in: &str) -> Option<Rc<Env>> {
    let text = &r.view.text.text;
    let (head, tail) = (text.get(..start)?, text.get(r.offset..)?);
    let text = format!("{head}{stand_in}{tail}");
    // Only what matters for the place is brought up to date; a text that is broken is read anew.
    let part = typed::focused(r.view, crate::text::narrow(start));
    let view = r.view.with_typed(part, &text);
    let view = view.unwrap_or_else(|| View::of_text(&r.view.path, &text));
    let around = typed::around(r.snapshot, &view, start);
    if let Some(env) = around.env(&view, start) {
        return Some(variables(r, env));
    }
    // What does not parse with the stand-in parses without it.
    let around = typed::around(r.snapshot, r.view, start);
    around.env(r.view, start).map(|env| variables(r, env))
}

/// Declares the variables of the macros around the place.
fn variables(r: &Request<'_>, env: Rc<Env>) -> Rc<Env> {
    let mut inner = Env::clone(&env);
    let before = r.cursor.statement;
    for (at, _) in before.match_indices('(') {
        let (head, rest) = before.split_at(at);
        let Some((variable, _)) = rest.get(1..).and_then(|t| t.split_once(',')) else {
            continue;
        };
        let name = crate::target::last_word(head);
        let receiver = head.strip_suffix(name).and_then(operand);
        let is_name = variable
            .trim()
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_');
        if let (Some(receiver), true) = (receiver, is_name && !variable.trim().is_empty()) {
            let element = typed::element(&type_of(receiver, &inner));
            inner.declare(variable.trim(), Variable::new(element));
        }
    }
    Rc::new(inner)
}

pub(super) fn type_of(text: &str, env: &Env) -> Type {
    let parsed = gw_syntax::parse_expr(FileId(0), text, 0);
    parsed.map_or(Type::Error, |expr| typed::type_of(&expr, env))
}

fn members(r: &Request<'_>, operand: &str) -> Vec<Offer> {
    if let Some(of) = r.snapshot.resolve(r.view, operand, &[Kind::Enum])
        && let Some(from) = r.snapshot.view(&of.path)
    {
        let statement = of.statement(&from);
        if let Some(description) = statement.and_then(|s| described::of(r.snapshot, &from, s)) {
            let variants = described::parts(&description).into_iter();
            return variants
                .map(|v| {
                    let insert = described::member(&v.name);
                    let offer = Offer::new(v.name, ItemKind::ENUM_MEMBER);
                    offer.detail(of.name.as_str()).insert(insert)
                })
                .collect();
        }
        let variants = statement.map(crate::effective::statements);
        let names = variants.into_iter().flatten().map(|s| s.head.ident());
        return names
            .map(|n| Offer::new(n.name.as_str(), ItemKind::ENUM_MEMBER).detail(of.name.as_str()))
            .collect();
    }
    let Some(env) = env(r) else {
        return Vec::new();
    };
    let mut out = fields(&type_of(operand, &env));
    let ty = type_of(operand, &env);
    out.extend(methods(&ty));
    out.extend(in_namespace(operand));
    out
}

fn fields(ty: &Type) -> Vec<Offer> {
    let Type::Record(record) = ty.present().base() else {
        return Vec::new();
    };
    let field = |(name, field): (&smol_str::SmolStr, &gw_expr::Field)| {
        Offer::new(name.as_str(), ItemKind::FIELD)
            .detail(field.read_type().to_string())
            .doc(field.doc.as_str())
            .insert(described::member(name))
    };
    record.fields.iter().map(field).collect()
}

/// The methods that a value of a type has.
fn methods(ty: &Type) -> Vec<Offer> {
    let receiver = receiver_name(ty);
    let mut out = Vec::new();
    for function in Function::all() {
        let declaration = function.declaration();
        let fits = declaration.signatures.iter().find(|s| {
            let head = s.split('(').next().unwrap_or_default();
            let of = head
                .strip_suffix(declaration.name)
                .and_then(|h| h.strip_suffix('.'));
            of.is_some_and(|of| accepts(of, &receiver))
        });
        if let Some(signature) = fits {
            out.push(called(declaration.name, signature, declaration.doc));
        }
    }
    if matches!(
        ty.present().base(),
        Type::List(_) | Type::Map(..) | Type::Dyn
    ) {
        for (name, doc) in MACROS {
            let usage = format!("{name}(x, …)");
            out.push(called(name, &usage, doc));
        }
    }
    out
}

/// CEL's macros, which are no functions.
const MACROS: &[(&str, &str)] = &[
    ("all", "Whether the condition holds for every element."),
    ("exists", "Whether the condition holds for an element."),
    (
        "exists_one",
        "Whether the condition holds for exactly one element.",
    ),
    ("filter", "The elements for which the condition holds."),
    ("map", "The value of the expression for each element."),
];

/// The name by which signatures call a type.
fn receiver_name(ty: &Type) -> String {
    match ty.present().base() {
        Type::List(_) => "list".to_owned(),
        Type::Map(..) => "map".to_owned(),
        Type::CelOptional(_) => "optional".to_owned(),
        other => other.to_string(),
    }
}

fn accepts(of: &str, receiver: &str) -> bool {
    let bare = of.split('<').next().unwrap_or(of);
    let is_parameter = of.len() == 1 && of.bytes().all(|b| b.is_ascii_uppercase());
    bare == receiver || is_parameter || receiver == "json"
}

fn called(name: &str, signature: &str, doc: &str) -> Offer {
    Offer::new(name, ItemKind::METHOD)
        .detail(signature)
        .doc(doc)
        .insert(format!("{name}("))
}

/// `math.` and the like.
fn in_namespace(space: &str) -> Vec<Offer> {
    let own = Function::all().filter_map(|f| {
        let declaration = f.declaration();
        let name = declaration.name.strip_prefix(space)?.strip_prefix('.')?;
        let signature = declaration.signatures.first().copied().unwrap_or_default();
        Some(called(name, signature, declaration.doc))
    });
    own.collect()
}

/// Everything that may begin an operand.
fn values(r: &Request<'_>) -> Vec<Offer> {
    let mut out = Vec::new();
    if let Some(env) = env(r) {
        let mut variables: Vec<_> = env.variables().collect();
        variables.sort_by_key(|(name, _)| OBJECTS.contains(&name.as_str()));
        for (name, variable) in variables {
            if name != STAND_IN && variable.ty != Type::Secret {
                out.push(
                    Offer::new(name.as_str(), ItemKind::VARIABLE)
                        .detail(shown(&variable.ty))
                        .doc(variable.doc.as_str()),
                );
            }
        }
    }
    out.extend(parameters(r));
    out.extend(names::of_kinds(r, Kind::VALUES));
    for function in Function::all() {
        let declaration = function.declaration();
        let global = declaration
            .signatures
            .iter()
            .find(|s| s.starts_with(declaration.name));
        if let Some(signature) = global {
            out.push(called(declaration.name, signature, declaration.doc).kind(ItemKind::FUNCTION));
        }
    }
    out.extend(words(&["has", "true", "false", "null", "switch"]));
    out
}

fn shown(ty: &Type) -> String {
    match ty {
        Type::Error => "not available here".to_owned(),
        other => other.to_string(),
    }
}

/// The parameters of the declaration around the place, which its header gives.
fn parameters(r: &Request<'_>) -> Vec<Offer> {
    let header = r.cursor.blocks.first().copied().unwrap_or_default();
    let list = header
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    let names = list
        .map(|(inside, _)| inside)
        .unwrap_or_default()
        .split(',');
    let pairs = names.filter_map(|n| n.split_once(':'));
    pairs
        .map(|(name, ty)| Offer::new(name.trim(), ItemKind::VARIABLE).detail(ty.trim()))
        .collect()
}

impl Offer {
    fn kind(mut self, kind: ItemKind) -> Self {
        self.kind = kind;
        self
    }
}
