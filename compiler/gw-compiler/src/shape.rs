//! Statements against their shape: what nothing reads would be silently without effect, and is a
//! finding. One for each statement, about what comes first. Must not know what a block means.

use crate::spec::{BlockSpec, Braces, Empty, Shape, Value, Words};
use gw_syntax::{
    Arg, Block, Call, Code, Diagnostic, Expr, ExprKind, Part, Span, Statement, StatementValue,
    TypeKind,
};

/// The finding for what a block or statement does not read.
pub(crate) fn of_block(statement: &Statement, spec: &BlockSpec) -> Option<Diagnostic> {
    let help = || format!("write `{}`", spec.usage);
    check(statement, &spec.shape, help).or_else(|| {
        let block = statement.block.as_deref()?;
        let idle = block.statements.is_empty() && spec.shape.empty == Empty::Idle;
        idle.then(|| idle_block(statement, block, spec))
    })
}

/// The finding for braces that hold nothing.
pub(crate) fn idle_block(statement: &Statement, block: &Block, spec: &BlockSpec) -> Diagnostic {
    let keyword = spec.keyword;
    let file = block.span.file;
    let optional = matches!(spec.shape.block, Braces::Optional);
    let message = match optional {
        true => format!("the braces of this `{keyword}` are empty"),
        false => format!("this `{keyword}` is empty"),
    };
    let found = Diagnostic::new(Code::IdleBraces, block.span, message).here("has no effect");
    let found = match (keyword, optional) {
        ("import", _) => {
            found.help("name what is taken from the file; without braces all of it is")
        }
        (_, true) => found.help("remove the braces"),
        (_, false) => found.help(format!("remove it, or write `{}`", spec.usage)),
    };
    let nested = !spec.parents.contains(&"file");
    if !nested || !block.tail.is_empty() {
        return found;
    }
    let start = match optional {
        true => statement
            .parts
            .last()
            .map_or(block.span.start, |p| p.span().end),
        false => statement.span.start,
    };
    removed(
        found,
        Span::new(file, start as usize, block.span.end as usize),
    )
}

/// The finding for what a field does not read.
pub(crate) fn of_field(statement: &Statement) -> Option<Diagnostic> {
    let name = &statement.head.ident().name;
    check(statement, &Shape::FIELD, || {
        format!("write `{name} = …`, and nothing behind the value")
    })
    .or_else(|| clause_of_item(statement))
}

/// The finding for the first thing in a statement that its shape does not have; `help` is said where
/// removing it is not enough.
pub(crate) fn check(
    statement: &Statement,
    shape: &Shape,
    help: impl Fn() -> String,
) -> Option<Diagnostic> {
    let word = statement.head.ident();
    let file = word.span.file;
    let keyword = word.name.as_str();
    let from = |end: u32, span: Span| Span::new(file, end as usize, span.end as usize);
    let mut end = word.span.end;
    let read = match shape.words {
        Words::None => 0,
        Words::One | Words::Name | Words::Signature => 1,
        Words::Header | Words::Some | Words::Read => usize::MAX,
    };
    if statement.parts.is_empty() && !matches!(shape.words, Words::None | Words::Read) {
        // What lacks its words says so itself.
        return None;
    }
    if statement.optional && shape.value != Value::Typed {
        let mark = Span::new(file, end as usize, end as usize + 1);
        let found = unread(mark, format!("`{keyword}` is not made optional by `?`"));
        return Some(removed(found, mark).help(help()));
    }
    if let Some(found) = signature(statement, shape.words) {
        return Some(found.help(help()));
    }
    if let Some(first) = statement.parts.get(read) {
        let last = statement.parts.last().map_or(first.span(), Part::span);
        if let Some(before) = read.checked_sub(1).and_then(|at| statement.parts.get(at)) {
            end = before.span().end;
        }
        let what = match first {
            Part::Word(word) => format!("`{}`", word.name),
            Part::Methods(_) | Part::Path(_) | Part::Call(_) | Part::Value(_) => "this".to_owned(),
        };
        let found = unread(
            first.span().to(last),
            format!("`{keyword}` does not read {what}"),
        );
        let found = match lacks_block(statement, shape) {
            true => found,
            false => removed(found, from(end, last)),
        };
        return Some(found.help(help()));
    }
    end = statement.parts.last().map_or(end, |p| p.span().end);
    if let Some(found) = value(statement, shape, end) {
        return Some(found.help(help()));
    }
    if let Some(value) = &statement.value {
        end = value.span().end;
    }
    for clause in &statement.clauses {
        let span = clause.word.span.to(clause.expr.span);
        if !shape.clauses.contains(&clause.word.name.as_str()) {
            let message = format!("`{keyword}` does not read `{}`", clause.word.name);
            let found = unread(span, message).help(help());
            return Some(match lacks_block(statement, shape) {
                true => found,
                false => removed(found, from(end, span)),
            });
        }
        end = span.end;
    }
    let Some(block) = &statement.block else {
        return lacks_block(statement, shape).then(|| no_block(statement).help(help()));
    };
    matches!(shape.block, Braces::None).then(|| {
        let found = unread(block.span, format!("`{keyword}` has no block"));
        match block.statements.is_empty() && block.tail.is_empty() {
            true => removed(found, from(end, block.span)).help(help()),
            false => found.help(help()),
        }
    })
}

fn lacks_block(statement: &Statement, shape: &Shape) -> bool {
    let needed = match shape.block {
        Braces::None | Braces::Optional => false,
        Braces::Needed => true,
        Braces::Unless(complete) => !complete(statement),
    };
    needed && statement.block.is_none()
}

fn no_block(statement: &Statement) -> Diagnostic {
    let keyword = &statement.head.ident().name;
    let last = statement.parts.last().map(Part::span);
    let last = last.unwrap_or(statement.head.ident().span);
    let message = match statement.parts.first() {
        Some(Part::Word(name)) => format!("{keyword} `{}` has no block", name.name),
        Some(Part::Call(call)) => format!("{keyword} `{}` has no block", call.name.name),
        Some(Part::Methods(_) | Part::Path(_) | Part::Value(_)) | None => {
            format!("this `{keyword}` has no block")
        }
    };
    let span = statement.head.ident().span.to(last);
    Diagnostic::new(Code::MissingBlock, span, message).here("`{` is missing behind this")
}

fn unread(span: Span, message: String) -> Diagnostic {
    Diagnostic::new(Code::WrongShape, span, message).here("would have no effect")
}

fn removed(found: Diagnostic, span: Span) -> Diagnostic {
    found.fix("remove it", span, "")
}

/// The finding for a value or type where none is read.
fn value(statement: &Statement, shape: &Shape, end: u32) -> Option<Diagnostic> {
    let keyword = statement.head.ident().name.as_str();
    let value = statement.value.as_ref()?;
    let file = statement.span.file;
    let from = |until: u32| Span::new(file, end as usize, until as usize);
    match (shape.value, value) {
        (Value::Any, _)
        | (Value::Assigned, StatementValue::Expr(_))
        | (Value::Typed, StatementValue::Type(_) | StatementValue::Annotation(_)) => None,
        (Value::Assigned, StatementValue::TypedExpr(ty, _)) => {
            let found = unread(ty.span, format!("`{keyword}` takes a value without a type"));
            Some(removed(found, from(ty.span.end)))
        }
        // What lacks its value says so itself.
        (Value::Assigned, StatementValue::Type(_) | StatementValue::Annotation(_)) => None,
        (Value::Typed, StatementValue::TypedExpr(ty, expr)) => {
            let found = unread(expr.span, format!("`{keyword}` takes a type, and no value"));
            let span = Span::new(file, ty.span.end as usize, expr.span.end as usize);
            Some(removed(found, span))
        }
        (Value::Typed, StatementValue::Expr(expr)) => Some(unread(
            expr.span,
            format!("`{keyword}` takes a type after `:`, and no value"),
        )),
        (Value::None, value) => {
            let span = value.span();
            let instead = statement.block.is_none() && !matches!(shape.block, Braces::None);
            let file = span.file;
            let between = Span::new(file, end as usize, span.start as usize);
            let record = match value {
                StatementValue::Expr(e) | StatementValue::Annotation(e) => {
                    matches!(e.kind, ExprKind::Map(_))
                }
                StatementValue::Type(ty) => matches!(ty.kind, TypeKind::Record(_)),
                StatementValue::TypedExpr(..) => false,
            };
            Some(match instead {
                true if record => Diagnostic::new(
                    Code::WrongShape,
                    between,
                    format!("the block of `{keyword}` stands behind it without `:` or `=`"),
                )
                .here("makes a value of the block"),
                true => unread(span, format!("`{keyword}` takes a block, not a value")),
                false => {
                    let found = unread(span, format!("`{keyword}` takes no value"));
                    removed(found, from(span.end))
                }
            })
        }
    }
}

/// The finding for parameters of what has none, and for what a parameter does not have.
fn signature(statement: &Statement, words: Words) -> Option<Diagnostic> {
    let keyword = statement.head.ident().name.as_str();
    let Some(Part::Call(call)) = statement.parts.first() else {
        return None;
    };
    match words {
        Words::Signature => call.args.iter().find_map(parameter),
        Words::Name | Words::Header => {
            let Call { name, span, .. } = &**call;
            let args = Span::new(span.file, name.span.end as usize, span.end as usize);
            let found = unread(args, format!("a {keyword} has no parameters"));
            Some(removed(found, args))
        }
        Words::None | Words::One | Words::Some | Words::Read => None,
    }
}

fn parameter(arg: &Arg) -> Option<Diagnostic> {
    match (&arg.name, &arg.value) {
        (Some(_), StatementValue::Type(_)) => None,
        (Some(name), StatementValue::TypedExpr(ty, expr)) => {
            let message = format!("parameter `{}` cannot have a default", name.name);
            let span = Span::new(ty.span.file, ty.span.end as usize, expr.span.end as usize);
            Some(removed(unread(expr.span, message), span))
        }
        (_, value) => {
            let span = arg.name.as_ref().map_or(value.span(), |n| n.span);
            let found = Diagnostic::new(Code::WrongShape, span, "this parameter has no type");
            Some(found.here("not `NAME: TYPE`"))
        }
    }
}

/// The finding for `weight …` and the like in a list that is none of targets.
fn clause_of_item(statement: &Statement) -> Option<Diagnostic> {
    let name = statement.head.ident().name.as_str();
    if name == "targets" {
        return None;
    }
    let Some(StatementValue::Expr(expr)) = &statement.value else {
        return None;
    };
    let ExprKind::List(items) = &expr.kind else {
        return None;
    };
    let (item, clause) = items
        .iter()
        .find_map(|item| item.clauses.first().map(|clause| (item, clause)))?;
    let span = clause.word.span.to(clause.expr.span);
    let message = format!("`{name}` does not read `{}`", clause.word.name);
    let behind = Span::new(span.file, item.expr.span.end as usize, span.end as usize);
    let help = format!("write `{name} = [ … ]` with values alone");
    Some(removed(unread(span, message), behind).help(help))
}

/// The finding for arguments of a word such as `file("…")` that takes `most` of them.
pub(crate) fn arguments(word: &str, args: &[Expr], most: usize) -> Option<Diagnostic> {
    let (first, last) = (args.get(most)?, args.last()?);
    let span = first.span.to(last.span);
    let message = match most {
        0 => format!("`{word}` takes no argument"),
        1 => format!("`{word}` takes one argument"),
        more => format!("`{word}` takes {more} arguments"),
    };
    let found = Diagnostic::new(Code::WrongArguments, span, message)
        .here("would have no effect")
        .help("remove what it does not take");
    let before = most.checked_sub(1).and_then(|at| args.get(at));
    let start = before.map_or(span.start, |b| b.span.end) as usize;
    Some(removed(
        found,
        Span::new(span.file, start, span.end as usize),
    ))
}
