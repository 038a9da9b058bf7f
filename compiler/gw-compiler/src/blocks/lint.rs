//! `lint`: how seriously a finding is taken, in a file or inside a block. Only described and read
//! here; applied to findings in `crate::lint`.

use super::policy::clause;
use crate::lint::{Level, Scope, Stated};
use crate::load::assigned;
use crate::shape;
use crate::spec::{BlockSpec, Repeats, Shape, Words};
use crate::suggest::nearest;
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Ident, Literal, Part, Statement};

/// `lint`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "lint",
    parents: &[
        "file",
        "listener",
        "authn",
        "backend",
        "policy",
        "limit",
        "transform",
        "service",
        "route",
    ],
    usage: "lint NAME = allow because \"WHY\" | lint NAME = warn | lint NAME = deny",
    shape: Shape::of(Words::Some).assigned().clauses(&["because"]),
    doc: "How seriously a warning is taken: in this file, or in the block that holds the line; the innermost counts. `allow` leaves it out and says why, `deny` makes it an error. An `allow` for something that does not occur is reported. `gwc doc --lints` lists the names.",
    example: "lint unused_name = allow because \"other policies import these\"",
    fields: &[],
    repeats: Repeats::Often,
};

const LEVELS: &[(&str, Level)] = &[
    ("allow", Level::Allow),
    ("warn", Level::Warn),
    ("deny", Level::Deny),
];

/// What a statement states; a finding where it states nothing.
pub(crate) fn read(
    statement: &Statement,
    scope: Scope,
    found: &mut Vec<Diagnostic>,
) -> Option<Stated> {
    if let Some(finding) = shape::of_block(statement, &SPEC) {
        found.push(finding);
        return None;
    }
    let (name, level) = match (statement.parts.as_slice(), assigned(statement)) {
        ([Part::Word(name)], Some(level)) if statement.block.is_none() => (name, level),
        _ => {
            found.push(wrong_shape(statement));
            return None;
        }
    };
    let code = match Code::find(&name.name).filter(|c| c.is_lint()) {
        Some(code) => code,
        None => {
            found.push(unknown(name));
            return None;
        }
    };
    let word = match &level.kind {
        ExprKind::Name { name, .. } => name.as_str(),
        _ => "",
    };
    let Some((_, level)) = LEVELS.iter().copied().find(|(w, _)| *w == word) else {
        found.push(wrong_level(level, word));
        return None;
    };
    if level == Level::Allow && !says_why(clause(statement, "because")) {
        found.push(no_reason(statement));
    }
    Some(Stated {
        code,
        level,
        scope,
        span: statement.span,
    })
}

fn says_why(reason: Option<&Expr>) -> bool {
    matches!(
        reason.map(|e| &e.kind),
        Some(ExprKind::Literal(Literal::Text(text))) if text.chars().any(char::is_alphanumeric)
    )
}

fn wrong_shape(statement: &Statement) -> Diagnostic {
    Diagnostic::new(
        Code::WrongShape,
        statement.span,
        "a `lint` names a finding and its level",
    )
    .here("not a name and a level")
    .help(format!("write `{}`", SPEC.usage))
}

fn wrong_level(level: &Expr, word: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::WrongArguments,
        level.span,
        "the level of a lint is `allow`, `warn` or `deny`",
    )
    .here("not a level");
    match nearest(word, LEVELS.iter().map(|(w, _)| *w)) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            level.span,
            near,
        ),
        None => diagnostic.help("write `allow because \"…\"`, `warn` or `deny`"),
    }
}

fn no_reason(statement: &Statement) -> Diagnostic {
    Diagnostic::new(Code::EmptyWhy, statement.span, "`allow` needs a reason")
        .here("no reason given")
        .help("end with `because \"why this is meant\"`")
}

fn unknown(name: &Ident) -> Diagnostic {
    if let Some(code) = Code::find(&name.name) {
        return Diagnostic::new(
            Code::UnknownLint,
            name.span,
            format!("`{}` is an error, its level is fixed", code.name()),
        )
        .here("not a warning")
        .help(format!(
            "mend what `gwc explain {code}` describes, and remove this line"
        ));
    }
    let names: Vec<String> = lints().map(Code::name).collect();
    let diagnostic = Diagnostic::new(
        Code::UnknownLint,
        name.span,
        format!("there is no lint `{}`", name.name),
    )
    .here("unknown name");
    match nearest(&name.name, names.iter().map(String::as_str)) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            name.span,
            near,
        ),
        None => {
            diagnostic.help("findings show their code, as `GW0112`; `gwc doc --lints` lists all")
        }
    }
}

/// The codes whose level can be stated.
fn lints() -> impl Iterator<Item = Code> {
    Code::ALL.iter().copied().filter(|c| c.is_lint())
}
