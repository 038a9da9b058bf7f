//! Every word of a file with the part it plays: what declares a name, what refers to one, what is
//! a keyword, a field, a member. Follows from the tree of the file and the block registry alone,
//! so that a file that does not compile has its mentions too. Must not know other files.

mod expr;
mod record;
mod statement;

pub(crate) use expr::offers;
pub(crate) use statement::field;

use gw_compiler::Kind;
use gw_compiler::spec::{BlockSpec, FieldSpec};
use gw_syntax::{Expr, File, Ident, Part, Span, Statement, StatementValue};
use smol_str::SmolStr;

/// A word with its part.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    pub(crate) span: Span,
    pub(crate) role: Role,
}

/// The part that a word plays.
#[derive(Clone, Debug)]
pub(crate) enum Role {
    /// The word that a statement begins with.
    Keyword(&'static BlockSpec),
    /// A word of the grammar: `on`, `when`, `split`.
    Word,
    /// `GET`.
    HttpMethod,
    /// A field that is set.
    Field(&'static BlockSpec, &'static FieldSpec),
    /// The name in a declaration.
    Declaration(Kind),
    /// The name of a declaration of one of these kinds.
    Reference(&'static [Kind]),
    /// A name between the braces of an import: that of the imported file.
    Imported,
    /// The name after `as`.
    Alias,
    /// A name that holds inside one declaration, with its declaration.
    Local(LocalKind, Span),
    /// The name of an argument of the declaration that is used.
    Argument(Ident),
    /// A built-in type.
    Type,
    /// A built-in object: `request`, `jwt`.
    Object,
    /// A function or method of expressions, by its full name.
    Function(SmolStr),
    /// A member of a value: `.org`.
    Member,
    /// A field of a schema where it is declared.
    SchemaField,
    /// A variant of an enum where it is declared, or inherited.
    Variant,
    /// A word out of a few: `least_request`, a variant by its bare name.
    Choice,
    /// The key of a record.
    Key,
    /// A route's name in a test.
    Route,
    /// The name of whatever decided, in a test.
    Rule,
    /// A text.
    Text,
    /// A number with or without a unit, an address, `true`.
    Constant,
}

/// What a local name is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LocalKind {
    /// A parameter of a policy, limit or transform.
    Parameter,
    /// A parameter of a path.
    PathParameter,
    /// The variable of a macro such as `exists`.
    Variable,
}

/// The mentions of a file, by their places.
pub(crate) fn mentions(file: &File) -> Vec<Mention> {
    walked(file, Walker::default())
}

/// Those in the innermost statements around some offsets, which are in order: a file may be long.
pub(crate) fn mentions_near(file: &File, offsets: &[u32]) -> Vec<Mention> {
    let walker = Walker {
        near: Some(offsets),
        ..Walker::default()
    };
    walked(file, walker)
}

fn walked(file: &File, mut walker: Walker<'_>) -> Vec<Mention> {
    if let Some((_, span)) = file.edition {
        walker.push(span, Role::Word);
    }
    for item in &file.items {
        walker.statement(item, "file");
    }
    walker.out.sort_by_key(|m| (m.span.start, m.span.end));
    walker.out
}

/// Walks statements and expressions.
#[derive(Default)]
struct Walker<'w> {
    out: Vec<Mention>,
    locals: Vec<Local>,
    /// Statements that touch none of these are left out.
    near: Option<&'w [u32]>,
}

/// A local name in reach.
struct Local {
    name: SmolStr,
    kind: LocalKind,
    declared: Span,
}

impl Walker<'_> {
    /// Whether a statement is walked: one outside has no say in what another's words are.
    fn wants(&self, s: &Statement) -> bool {
        let Some(near) = self.near else { return true };
        let first = near.partition_point(|at| *at < s.span.start);
        near.get(first).is_some_and(|at| *at <= s.span.end)
    }

    fn push(&mut self, span: Span, role: Role) {
        if span.start < span.end {
            self.out.push(Mention { span, role });
        }
    }

    /// Declares a local name.
    fn declare(&mut self, ident: &Ident, kind: LocalKind) {
        self.push(ident.span, Role::Local(kind, ident.span));
        self.locals.push(Local {
            name: ident.name.clone(),
            kind,
            declared: ident.span,
        });
    }

    /// The innermost local of that name; parameters of paths are read as `path.NAME` only.
    fn local(&self, name: &str, of_path: bool) -> Option<Role> {
        let fits = |l: &&Local| l.name == name && (l.kind == LocalKind::PathParameter) == of_path;
        let local = self.locals.iter().rev().find(fits)?;
        Some(Role::Local(local.kind, local.declared))
    }
}

/// Whether a name has the letters of a query in their order, whatever their case.
pub(crate) fn resembles(name: &str, query: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    let mut wanted = query.chars().flat_map(char::to_lowercase);
    wanted.all(|w| letters.any(|l| l == w))
}

/// The expressions of a statement itself, those of its block left out.
pub(crate) fn expressions(s: &Statement) -> Vec<&Expr> {
    let parts = s.parts.iter().filter_map(|p| match p {
        Part::Value(expr) => Some(&**expr),
        Part::Word(_) | Part::Methods(_) | Part::Path(_) | Part::Call { .. } => None,
    });
    let value = match &s.value {
        Some(
            StatementValue::Expr(e)
            | StatementValue::Annotation(e)
            | StatementValue::TypedExpr(_, e),
        ) => Some(&**e),
        Some(StatementValue::Type(_)) | None => None,
    };
    let clauses = s.clauses.iter().map(|c| &c.expr);
    parts.chain(value).chain(clauses).collect()
}
