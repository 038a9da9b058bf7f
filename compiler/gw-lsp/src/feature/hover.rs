//! What the word under the pointer is: the description of a block or field, the declaration with
//! its comment, the type of a value, what a route does in the end.

use crate::described;
use crate::effective::{effective, service_of};
use crate::mention::{Mention, Role};
use crate::scope::{Import, imports};
use crate::snapshot::{Snapshot, View};
use crate::target::{self, Target};
use crate::text::Encoding;
use crate::typed;
use gw_compiler::Kind;
use gw_compiler::spec::{BlockSpec, FieldSpec, Presence};
use gw_expr::{Env, Function, Type};
use gw_syntax::{Expr, ExprKind, Statement};
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};

/// Steps that are worth a line.
const NOTABLE: u64 = 100;

/// The text about the word at an offset.
pub(crate) fn hover(
    snapshot: &Snapshot,
    view: &View,
    offset: usize,
    units: Encoding,
) -> Option<Hover> {
    let mention = view.mention_at(offset)?;
    let text = imported(snapshot, view, offset).or_else(|| described(snapshot, view, offset));
    let text = match text {
        Some(text) => text,
        None => about(snapshot, view, &mention)?,
    };
    let (start, end) = (mention.span.start as usize, mention.span.end as usize);
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value: text,
        }),
        range: Some(view.text.range(start, end, units)),
    })
}

fn about(snapshot: &Snapshot, view: &View, mention: &Mention) -> Option<String> {
    let word = view.slice(mention.span);
    match &mention.role {
        Role::Keyword(spec) => Some(block(spec)),
        Role::Field(spec, field) => Some(self::field(spec, field)),
        Role::Function(name) => match function(name) {
            Some(text) => Some(text + &cost(snapshot, view, mention)),
            None => value(snapshot, view, mention),
        },
        Role::Type => {
            let ty = Type::named(word)?;
            Some(code(&format!("{word}: {}", kind_of_type(&ty))))
        }
        Role::Object | Role::Local(..) => value(snapshot, view, mention),
        Role::Member if target::is_variant(snapshot, view, mention) => {
            named(snapshot, view, mention)
        }
        Role::Member => value(snapshot, view, mention).or_else(|| named(snapshot, view, mention)),
        Role::Declaration(_)
        | Role::Reference(_)
        | Role::Imported
        | Role::Alias
        | Role::Argument(_)
        | Role::SchemaField
        | Role::Variant
        | Role::Choice
        | Role::Key
        | Role::Route
        | Role::Rule => named(snapshot, view, mention),
        Role::Word | Role::HttpMethod | Role::Text | Role::Constant => None,
    }
}

/// The import whose path is at an offset.
pub(crate) fn import_at(view: &View, offset: usize) -> Option<Import<'_>> {
    imports(view).find(|i| {
        let path = i.statement.parts.first().map(gw_syntax::Part::span);
        path.is_some_and(|s| s.start as usize <= offset && offset <= s.end as usize)
    })
}

fn imported(snapshot: &Snapshot, view: &View, offset: usize) -> Option<String> {
    let import = import_at(view, offset)?;
    let from = snapshot.view(&import.path)?;
    let own = from.definitions().iter().filter(|d| d.service.is_none());
    let names: Vec<String> = own
        .map(|d| format!("- {} `{}`", d.kind.keyword(), d.name))
        .collect();
    Some(format!(
        "`{}` declares\n\n{}",
        import.path,
        names.join("\n")
    ))
}

/// What the description at an offset declares.
fn described(snapshot: &Snapshot, view: &View, offset: usize) -> Option<String> {
    let (statement, expr) = described::at(view, offset)?;
    let text = described::text(snapshot, view, statement);
    (!text.is_empty()).then(|| code(view.slice(expr.span)) + &text)
}

pub(crate) fn code(text: &str) -> String {
    format!("```gw\n{text}\n```")
}

/// A block's description.
pub(crate) fn block(spec: &BlockSpec) -> String {
    let mut text = format!("{}\n\n{}", code(spec.usage), spec.doc);
    for field in spec.fields {
        text.push_str(&format!(
            "\n- `{}`: {} ({})",
            field.name,
            field.doc,
            takes(field)
        ));
    }
    text
}

/// A field's description.
pub(crate) fn field(spec: &BlockSpec, field: &FieldSpec) -> String {
    format!(
        "{}\n\n{} ({})",
        code(&format!("{} {{ {} = … }}", spec.keyword, field.name)),
        field.doc,
        takes(field)
    )
}

fn takes(field: &FieldSpec) -> String {
    match field.presence {
        Presence::Required => format!("{}, required", field.takes),
        Presence::Default("") => field.takes.to_owned(),
        Presence::Default(default) => format!("{}, without it {default}", field.takes),
    }
}

/// A function's signatures and description.
pub(crate) fn function(name: &str) -> Option<String> {
    let found = Function::named(name)?;
    let declaration = found.declaration();
    let mut text = format!(
        "{}\n\n{}",
        code(&declaration.signatures.join("\n")),
        declaration.doc
    );
    if declaration.may_fail {
        text.push_str(" May fail at run time.");
    }
    Some(text)
}

/// A declaration with its comment.
fn named(snapshot: &Snapshot, view: &View, mention: &Mention) -> Option<String> {
    let found = target::of(snapshot, view, mention)?;
    let (path, span) = found.place();
    let from = snapshot.view(path)?;
    let mut text = match &found {
        Target::Declaration(d) => {
            let statement = d.statement(&from)?;
            let mut text = code(&header(&from, statement));
            text.push_str(&comment(statement));
            text.push_str(&more(&from, statement, d.kind));
            text.push_str(&described::text(snapshot, &from, statement));
            text
        }
        Target::Part(..) => {
            let statement = holding(&from, span)?;
            format!("{}{}", code(from.slice(statement.span)), comment(statement))
        }
        Target::Local(..) => code(from.slice(span)),
    };
    if let Role::Reference(_) = mention.role
        && let Some(ty) = type_line(snapshot, view, mention)
    {
        text.push_str(&format!("\n\ntype here: `{ty}`"));
    }
    Some(text)
}

/// The field or variant whose name is at a place.
fn holding(view: &View, span: gw_syntax::Span) -> Option<&Statement> {
    let items = view
        .file()
        .items
        .iter()
        .flat_map(crate::effective::statements);
    let mut found = items.filter(|s| s.head.ident().span == span);
    found.next()
}

/// A declaration without the inside of its block; short ones as they are.
pub(crate) fn header(view: &View, s: &Statement) -> String {
    let whole = view.slice(s.span);
    if whole.lines().count() <= 6 {
        return outdented(view, s, whole);
    }
    let end = s.block.as_ref().map_or(s.span.end, |b| b.span.start);
    let text = view.text.text.get(s.span.start as usize..end as usize);
    format!("{} {{ … }}", text.unwrap_or_default().trim_end())
}

/// A statement as it would be at the beginning of a line.
fn outdented(view: &View, s: &Statement, text: &str) -> String {
    let start = s.span.start as usize;
    let indent = start - view.text.line_start(view.text.line(start));
    let strip = |line: &str| {
        let blanks = line.len() - line.trim_start().len();
        line.get(indent.min(blanks)..)
            .unwrap_or_default()
            .to_owned()
    };
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    let rest = lines.map(strip);
    std::iter::once(first)
        .chain(rest)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The comments before a declaration, without their slashes.
pub(crate) fn comment(s: &Statement) -> String {
    let lines = s.trivia.before.iter().rev();
    // What an empty line separates is about something else.
    let mut own = Vec::new();
    for line in lines {
        own.push(line.text.trim_start_matches('/').trim());
        if line.blank_before {
            break;
        }
    }
    own.reverse();
    if own.is_empty() || s.trivia.blank_before {
        return String::new();
    }
    format!("\n\n{}", own.join("\n"))
}

/// What a route does in the end.
fn more(view: &View, s: &Statement, kind: Kind) -> String {
    if kind != Kind::Route {
        return String::new();
    }
    let Some(service) = service_of(view, s) else {
        return String::new();
    };
    let effective = effective(view, service, s);
    let lists = [&effective.limits, &effective.rules, &effective.edits];
    let inherited = effective.authn.iter().chain(lists.into_iter().flatten());
    let lines: Vec<String> = inherited.map(|i| format!("- `{}`", i.text)).collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("\n\ninherited from its service:\n{}", lines.join("\n"))
}

/// The type of the expression whose last word is mentioned, and what is known about it.
fn value(snapshot: &Snapshot, view: &View, mention: &Mention) -> Option<String> {
    let (expr, env) = expression(snapshot, view, mention)?;
    let ty = typed::type_of(&expr, &env);
    let doc = doc(&expr, &env);
    if ty == Type::Error && doc.is_empty() {
        return None;
    }
    let shown = match ty {
        Type::Error => "not available here".to_owned(),
        other => other.to_string(),
    };
    Some(format!(
        "{}{doc}{}",
        code(&format!("{}: {shown}", view.slice(expr.span))),
        cost_line(&expr, &env)
    ))
}

/// What a call takes at most, where it is not next to nothing.
fn cost(snapshot: &Snapshot, view: &View, mention: &Mention) -> String {
    let found = expression(snapshot, view, mention);
    found.map_or_else(String::new, |(expr, env)| cost_line(&expr, &env))
}

fn cost_line(expr: &Expr, env: &Env) -> String {
    match typed::cost_of(expr, env) {
        Some(steps) if steps > NOTABLE => format!("\n\nat most {steps} steps"),
        Some(_) | None => String::new(),
    }
}

fn type_line(snapshot: &Snapshot, view: &View, mention: &Mention) -> Option<Type> {
    let (expr, env) = expression(snapshot, view, mention)?;
    Some(typed::type_of(&expr, &env)).filter(|ty| !matches!(ty, Type::Error | Type::Type(_)))
}

/// The checked expression that ends with a mention.
fn expression(
    snapshot: &Snapshot,
    view: &View,
    mention: &Mention,
) -> Option<(Expr, std::rc::Rc<Env>)> {
    let offset = mention.span.start as usize;
    let around = typed::around(snapshot, view, offset);
    let place = around.place(view, offset)?;
    let ends = |e: &Expr| match &e.kind {
        ExprKind::Name { .. } => e.span == mention.span,
        ExprKind::Select { field, .. } => field.span == mention.span,
        ExprKind::Method { name, .. } | ExprKind::Call { name, .. } => name.span == mention.span,
        _ => false,
    };
    typed::part_at(&place, offset, &ends)
}

/// What is said about a variable, or about the field that an expression reads.
fn doc(expr: &Expr, env: &Env) -> String {
    let text = match &expr.kind {
        ExprKind::Name { name, .. } => env.variable(name).map(|v| v.doc.to_string()),
        ExprKind::Select { operand, field, .. } => {
            match typed::type_of(operand, env).present().base() {
                Type::Record(record) => record.fields.get(&field.name).map(|f| f.doc.to_string()),
                _ => None,
            }
        }
        _ => None,
    };
    let text = text.filter(|t| !t.is_empty());
    text.map_or_else(String::new, |t| format!("\n\n{t}"))
}

/// What values of a built-in type are, in a few words.
pub(crate) fn kind_of_type(ty: &Type) -> String {
    match ty {
        Type::Refined(refined) => {
            let pattern = refined
                .pattern
                .as_ref()
                .map_or(String::new(), |p| format!(" matches `{p}`"));
            let max = refined
                .max
                .map_or(String::new(), |m| format!(", at most {m} characters"));
            format!("{}{pattern}{max}", refined.base)
        }
        other => format!("built-in {other}"),
    }
}
