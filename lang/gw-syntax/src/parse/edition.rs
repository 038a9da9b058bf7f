//! The edition line `gw 1`: the first statement of a file, so that syntax can evolve.

use crate::{Code, Diagnostic, ExprKind, File, Literal, Part, Span, Statement};

/// The only edition there is.
const EDITION: i64 = 1;

/// Takes the edition line out of the items and says what is wrong with it.
pub(super) fn take(file: &mut File, diagnostics: &mut Vec<Diagnostic>) {
    let start = Span::new(file.id, 0, 0);
    if !file.items.first().is_some_and(is_edition) {
        let later = file.items.iter().position(is_edition);
        diagnostics.push(match later.map(|i| file.items.remove(i)) {
            Some(late) => misplaced(late.span),
            None if file.items.is_empty() && diagnostics.is_empty() => empty(start),
            None => missing(file.items.first().map_or(start, |i| i.span.at_start())),
        });
        return;
    }
    let line = file.items.remove(0);
    match number(&line) {
        Some(EDITION) => file.edition = Some((1, line.span)),
        _ => diagnostics.push(unknown(line.span)),
    }
    file.edition_trivia = line.trivia;
}

fn is_edition(statement: &Statement) -> bool {
    statement.head.ident().name == "gw" && statement.value.is_none() && statement.block.is_none()
}

fn number(statement: &Statement) -> Option<i64> {
    match statement.parts.as_slice() {
        [Part::Value(expr)] => match expr.kind {
            ExprKind::Literal(Literal::Int(number)) => Some(number),
            _ => None,
        },
        _ => None,
    }
}

fn missing(at: Span) -> Diagnostic {
    Diagnostic::new(Code::MissingEdition, at, "the edition line is missing")
        .here("a policy begins with `gw 1`")
        .help("add `gw 1` as the first line")
        .fix("add the edition line", at, "gw 1\n\n")
}

fn misplaced(at: Span) -> Diagnostic {
    Diagnostic::new(
        Code::MissingEdition,
        at,
        "the edition line is not the first",
    )
    .here("something stands before it")
    .help("move `gw 1` to the top of the file")
}

fn unknown(at: Span) -> Diagnostic {
    Diagnostic::new(Code::UnknownEdition, at, "unknown edition")
        .here("only edition 1 is known")
        .help("write `gw 1`")
        .fix("use edition 1", at, "gw 1")
}

fn empty(at: Span) -> Diagnostic {
    Diagnostic::new(Code::EmptyFile, at, "the file holds no policy")
        .here("nothing but blanks and comments")
        .help("begin with `gw 1`, then a `listener`, a `backend` and a `route`")
}
