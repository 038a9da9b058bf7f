//! From pest's "expected …" to a message that a person can act on: first the habits of other
//! languages, then what was found and what could stand there.

use super::address;
use super::build::Builder;
use super::cause;
use super::context::Context;
use super::grammar::Rule;
use super::habit::{self, Advice};
use super::item::GrammarError;
use super::scan::MAX_NESTING;
use crate::{Code, Diagnostic, Span};
use pest::error::{ErrorVariant, InputLocation};

/// Where the mistake is, in the parsed text.
pub(super) fn position(error: &GrammarError, text: &str) -> usize {
    match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => cause::place(text, at),
    }
}

/// The finding for an error in the text that `builder` builds from.
pub(super) fn explain(error: &GrammarError, text: &str, builder: &Builder<'_>) -> Diagnostic {
    let context = Context::new(text, position(error, text));
    let positives = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
        // The only custom error is that of pest's own stack guard.
        ErrorVariant::CustomError { .. } => return no_stack(found_span(&context, builder)),
    };
    let comment = |at: usize| {
        let at = builder.base + at;
        builder.source.get(at..at + 2) == Some(b"//")
    };
    match habit::recognise(&context).or_else(|| address::recognise(&context, comment)) {
        Some(advice) => from_advice(advice, &context, builder),
        None => general(Wanted::of(positives), &context, builder),
    }
}

fn no_stack(span: Span) -> Diagnostic {
    Diagnostic::new(Code::NestingTooDeep, span, "nesting is too deep to parse")
        .here(format!("at most {MAX_NESTING} levels fit"))
        .help("name inner parts with `let`")
}

fn from_advice(advice: Advice, context: &Context<'_>, builder: &Builder<'_>) -> Diagnostic {
    let span = match advice.at_before {
        _ if let Some(place) = &advice.place => builder.place(place.start, place.end),
        true => builder.place(context.before_at, context.before_at + context.before.len()),
        false => found_span(context, builder),
    };
    let diagnostic = Diagnostic::new(Code::Syntax, span, advice.message)
        .here(advice.label)
        .help(advice.help);
    match advice.replacement {
        Some(text) => diagnostic.fix(format!("replace by `{text}`"), span, text),
        None => diagnostic,
    }
}

/// The token found; at the end of a line the token before it.
fn found_span(context: &Context<'_>, builder: &Builder<'_>) -> Span {
    if context.found.is_empty() {
        return builder.place(context.before_at, context.before_at + context.before.len());
    }
    builder.place(context.at, context.at + context.found.len())
}

/// What the grammar was ready to take, in the words of the reference.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// A complete expression stands before; an operator could go on.
    Operator,
    /// An expression has to begin.
    Expression,
    /// A field or method name after a dot.
    Field,
    /// A type has to begin.
    Type,
    /// A statement has to begin or end.
    Statement,
}

impl Wanted {
    fn of(positives: &[Rule]) -> Self {
        let any = |rules: &[Rule]| positives.iter().any(|r| rules.contains(r));
        if any(&[
            Rule::infix,
            Rule::in_word,
            Rule::arguments,
            Rule::index,
            Rule::selector,
        ]) {
            Wanted::Operator
        } else if any(&[Rule::quoted]) {
            Wanted::Field
        } else if any(&[Rule::r#type, Rule::named_type, Rule::record]) {
            Wanted::Type
        } else if any(&[Rule::unary, Rule::chain, Rule::expr, Rule::ip6, Rule::named]) {
            Wanted::Expression
        } else {
            Wanted::Statement
        }
    }
}

fn general(wanted: Wanted, context: &Context<'_>, builder: &Builder<'_>) -> Diagnostic {
    let span = found_span(context, builder);
    let found = describe(context);
    let (message, label, help) = match wanted {
        Wanted::Operator => after_expression(&found, context),
        Wanted::Expression if context.before == ":" => (
            format!("expected a type or a value after `:`, found {found}"),
            "nothing stands after the colon".to_owned(),
            "write `name: string`, `name: string = \"value\"` or `name = value`".to_owned(),
        ),
        Wanted::Expression => (
            format!("expected an expression, found {found}"),
            "a value is missing here".to_owned(),
            "write a value: a name, a literal such as `\"text\"` or `10s`, a list `[a, b]`"
                .to_owned(),
        ),
        Wanted::Field => (
            format!("expected a name after `{}`, found {found}", context.before),
            "a field or method name is missing".to_owned(),
            "write a name, or a quoted one in backquotes".to_owned(),
        ),
        Wanted::Type => (
            format!("expected a type, found {found}"),
            "a type is missing here".to_owned(),
            "write a type such as `string`, `int`, `list<string>` or `{ name: string }`".to_owned(),
        ),
        Wanted::Statement => at_statement(&found, context),
    };
    let dangling = dangling_operator(context);
    let is_colon = |at: usize| context.text.as_bytes().get(at) == Some(&b':');
    if let Some(at) = dangling.filter(|at| context.found == ":" && is_colon(*at)) {
        return Diagnostic::new(
            Code::Syntax,
            span,
            "a block stands in braces, not under a colon",
        )
        .here("a field is set with `=`")
        .because(builder.place(at, at + 1), "begins no block")
        .help("write `{ name = value }` instead of `:` and indentation");
    }
    let diagnostic = Diagnostic::new(Code::Syntax, span, message)
        .here(label)
        .help(help);
    match dangling {
        Some(at) => diagnostic.because(
            builder.place(at, at + 1),
            "this takes the next line as its right side",
        ),
        None => diagnostic,
    }
}

/// The operator at the end of the line before, if that is why this line is read as an expression.
fn dangling_operator(context: &Context<'_>) -> Option<usize> {
    let head = context.text.get(..context.at)?;
    let line = head.rfind('\n')?;
    let above = head.get(..line)?.trim_end();
    let operator = above.ends_with(['=', '&', '|', '+', '-', '<', '>', ':', '?']);
    (operator && !head.get(line..)?.trim().is_empty()).then(|| above.len() - 1)
}

fn describe(context: &Context<'_>) -> String {
    match context.found {
        "" if context.at >= context.text.len() => "the end".into(),
        "" => "the end of the line".into(),
        "\"" | "'" => "a text".into(),
        found => format!("`{found}`"),
    }
}

/// An expression is complete, and something stands after it that cannot go on.
fn after_expression(found: &str, context: &Context<'_>) -> (String, String, String) {
    let message = format!("unexpected {found} after an expression");
    let (label, help) = match context.open {
        Some((b'[', _)) => (
            "expected `,` or `]`",
            "put `,` between the elements of a list",
        ),
        Some((b'(', _)) => (
            "expected an operator, `,` or `)`",
            "close the parenthesis, or put `,` between the arguments",
        ),
        _ if context.found == "{" => (
            "a block cannot stand in an expression",
            "messages such as `T{…}` are not part of the language; write a map: `{\"key\": value}`",
        ),
        _ if is_incomplete_conditional(context) => {
            ("`:` is missing", "write `condition ? value : other`")
        }
        Some((b'{', _)) if context.found == "}" => (
            "`:` and a value are missing",
            "an entry of a map is `key: value`, an arm of a switch `pattern => value`",
        ),
        _ if context.found.is_empty() => (
            "the expression is not complete",
            "finish it on this line, or begin the next line with an operator",
        ),
        _ => (
            "expected an operator, or the end of the statement",
            "begin a new line for a new statement, put text into quotes, or join values with an operator",
        ),
    };
    (message, label.into(), help.into())
}

/// Whether a `?` stands on the line without a `:` after it.
fn is_incomplete_conditional(context: &Context<'_>) -> bool {
    let line = context
        .text
        .get(..context.at)
        .unwrap_or("")
        .rsplit('\n')
        .next()
        .unwrap_or("");
    line.rsplit_once(" ? ")
        .is_some_and(|(_, rest)| !rest.contains(':'))
}

fn at_statement(found: &str, context: &Context<'_>) -> (String, String, String) {
    let begins = context.new_line || matches!(context.before, "" | "{" | ";" | ",");
    if begins && !context.found.is_empty() {
        return (
            format!("a statement cannot begin with {found}"),
            "expected a name".into(),
            "a statement is a name with what belongs to it: `name = value`, `name part … { … }`"
                .into(),
        );
    }
    (
        format!("unexpected {found} in a statement"),
        "cannot stand here".into(),
        "after its name a statement has words, texts, a path such as `/orders`, then `= value`, `: type` or a block"
            .into(),
    )
}
