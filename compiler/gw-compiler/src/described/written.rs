//! How a declaration names its description: `openapi("api.yaml").Order`,
//! `json_schema("claims.json")`, `json_schema("claims.json").Address`.

use crate::load::assigned;
use crate::resolve::declared_name;
use gw_syntax::{Access, Code, Diagnostic, Expr, ExprKind, Ident, Span, Statement};

/// What describes a declaration.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) format: Format,
    /// The file, relative to the one that names it.
    pub(crate) file: Ident,
    /// The schema in it; without one, JSON Schema means the whole file.
    pub(crate) component: Option<Ident>,
    pub(crate) span: Span,
}

/// The language of a description.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    OpenApi,
    JsonSchema,
}

impl Format {
    /// The function that names it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Format::OpenApi => "openapi",
            Format::JsonSchema => "json_schema",
        }
    }

    fn named(word: &str) -> Option<Self> {
        let all = [Format::OpenApi, Format::JsonSchema];
        all.into_iter().find(|format| format.word() == word)
    }
}

/// The name and the description of a `schema` or `enum` that has one.
pub(super) fn of(statement: &Statement) -> Option<(Ident, Written)> {
    if !matches!(statement.head.ident().name.as_str(), "schema" | "enum") {
        return None;
    }
    let written = read(assigned(statement)?)?;
    Some((declared_name(statement)?, written))
}

fn read(expr: &Expr) -> Option<Written> {
    let (call, component) = match &expr.kind {
        ExprKind::Select {
            operand,
            field,
            access: Access::Plain,
        } => (operand.as_ref(), Some(field.clone())),
        _ => (expr, None),
    };
    let ExprKind::Call {
        name,
        args,
        rooted: false,
    } = &call.kind
    else {
        return None;
    };
    let [file] = args.as_slice() else { return None };
    let text = file.as_text()?;
    Some(Written {
        format: Format::named(&name.name)?,
        file: Ident {
            name: text.into(),
            span: file.span,
        },
        component,
        span: expr.span,
    })
}

/// GW0115 for a value that names no description; `None` where it does, or where there is none.
pub(crate) fn not_described(statement: &Statement) -> Option<Diagnostic> {
    let keyword = statement.head.ident().name.clone();
    let name = declared_name(statement)?;
    let value = assigned(statement)?;
    let message = format!("this does not describe {keyword} `{}`", name.name);
    let help = format!(
        "write `{keyword} {0} = openapi(\"api.yaml\").{0}` or `json_schema(\"{0}.json\")`",
        name.name
    );
    match (read(value), &statement.block) {
        (Some(_), Some(block)) => {
            let message = format!("{keyword} `{}` is declared in two ways", name.name);
            let diagnostic = Diagnostic::new(Code::WrongShape, block.span, message);
            let diagnostic = diagnostic.here("declared again here");
            let diagnostic = diagnostic.because(value.span, "described here");
            Some(diagnostic.help("keep one of them"))
        }
        (Some(_), None) => None,
        (None, _) => Some(
            Diagnostic::new(Code::WrongShape, value.span, message)
                .here("not `openapi(\"FILE\").NAME` or `json_schema(\"FILE\")`")
                .help(help),
        ),
    }
}
