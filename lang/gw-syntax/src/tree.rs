//! The generic block tree: `head part… [= expr | : type] clause… { block }`. Every declaration
//! and every statement has this one shape; what a head means is described elsewhere (`BlockSpec`),
//! so that a new block does not touch the grammar.

use crate::{Expr, FileId, PathPattern, Span, TypeExpr, TypeKind};
use smol_str::SmolStr;
use thin_vec::ThinVec;

/// A name with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ident {
    /// The name.
    pub name: SmolStr,
    /// Its place.
    pub span: Span,
}

/// One parsed file. Items that did not parse are absent and have diagnostics.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Which file.
    pub id: FileId,
    /// The number of the edition line `gw 1`, if there is one.
    pub edition: Option<(u32, Span)>,
    /// Comments around the edition line.
    pub edition_trivia: Trivia,
    /// Top-level statements in source order.
    pub items: Vec<Statement>,
    /// Comments after the last item.
    pub tail: Vec<Comment>,
}

/// A comment without its line end; the text keeps its slashes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comment {
    /// The text with its slashes.
    pub text: SmolStr,
    /// Its place.
    pub span: Span,
    /// Whether an empty line stands before it.
    pub blank_before: bool,
}

/// Comments and blank lines around a statement, for the formatter and for documentation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trivia {
    /// Comments on the lines before, `//` and `///` alike.
    pub before: ThinVec<Comment>,
    /// A comment on the same line after the statement (after `{` for one with a block).
    pub after: Option<Box<Comment>>,
    /// Whether an empty line stands before the statement itself.
    pub blank_before: bool,
}

/// One statement or declaration.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Surrounding comments.
    pub trivia: Trivia,
    /// The first word.
    pub head: Head,
    /// `name?`: the field may be absent.
    pub optional: bool,
    /// What follows the head on its line: `shop`, `GET|POST`, `/orders/{id:int}`, `"text"`, …
    pub parts: ThinVec<Part>,
    /// `= expr` or `: type`.
    pub value: Option<StatementValue>,
    /// `when …`, `reason …`, `by …` and the like, in source order.
    pub clauses: ThinVec<Clause>,
    /// `{ … }`.
    pub block: Option<Box<Block>>,
    /// Whether only head and name were read, and the span: see [`parse_sparsely`](crate::parse_sparsely).
    pub unread: bool,
    /// The whole statement, from head to the end of its block.
    pub span: Span,
}

impl Statement {
    /// The name and the arguments of the type after `:`, where it has a name and no value follows.
    pub fn named_type(&self) -> Option<(&Ident, &[TypeExpr])> {
        match &self.value {
            Some(StatementValue::Type(ty)) => match &ty.kind {
                TypeKind::Named(name, args) => Some((name, args)),
                TypeKind::Record(_) => None,
            },
            _ => None,
        }
    }
}

/// The first word of a statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Head {
    /// `name`, or a dotted name such as `request.body` (kept as written, without spaces).
    Name(Ident),
    /// A string, as the key of a record: `"x-y": 1`.
    Text(Ident),
}

impl Head {
    /// The name or text with its place.
    pub fn ident(&self) -> &Ident {
        match self {
            Head::Name(ident) | Head::Text(ident) => ident,
        }
    }
}

/// One element of a statement's head line.
#[derive(Clone, Debug)]
pub enum Part {
    /// A bare word: `shop`, `split`, `any_of`, `header`.
    Word(Ident),
    /// Methods joined by `|`: `GET|HEAD`. A single method is a [`Part::Word`].
    Methods(Vec<Ident>),
    /// A path literal: `/orders/{id:int}`.
    Path(Box<PathPattern>),
    /// A word with parameters or arguments: `per_plan(base: rate)`, `per_plan(base = 60/min)`.
    Call(Box<Call>),
    /// A value that starts with a literal or a bracket: a string, a number, a list, `5%`, `100/min`.
    Value(Box<Expr>),
}

impl Part {
    /// The place of the part.
    pub fn span(&self) -> Span {
        match self {
            Part::Word(ident) => ident.span,
            Part::Methods(list) => match (list.first(), list.last()) {
                (Some(a), Some(b)) => a.span.to(b.span),
                _ => Span::default(),
            },
            Part::Path(path) => path.span,
            Part::Call(call) => call.span,
            Part::Value(expr) => expr.span,
        }
    }
}

/// A word with parameters or arguments.
#[derive(Clone, Debug)]
pub struct Call {
    /// The word.
    pub name: Ident,
    /// What stands in parentheses.
    pub args: Vec<Arg>,
    /// Word and parentheses.
    pub span: Span,
}

/// `name = value`, `name: type`, or a bare value in parentheses.
#[derive(Clone, Debug)]
pub struct Arg {
    /// The name before `=` or `:`.
    pub name: Option<Ident>,
    /// The value or type.
    pub value: StatementValue,
}

/// The right-hand side of a statement or argument.
#[derive(Clone, Debug)]
pub enum StatementValue {
    /// After `=`, or a bare argument: an expression.
    Expr(Box<Expr>),
    /// After `:`: a type, if it reads as one.
    Type(Box<TypeExpr>),
    /// After `:`: an expression where it does not read as a type, as in `{ sub: "u1" }`.
    /// A bare name reads as a type; [`TypeExpr::to_expr`] turns it back.
    Annotation(Box<Expr>),
    /// `param api_host: host = "…"`: a type, then an expression.
    TypedExpr(Box<TypeExpr>, Box<Expr>),
}

impl StatementValue {
    /// The place of the expression or type.
    pub fn span(&self) -> Span {
        match self {
            StatementValue::Expr(expr) | StatementValue::Annotation(expr) => expr.span,
            StatementValue::Type(ty) => ty.span,
            StatementValue::TypedExpr(ty, expr) => ty.span.to(expr.span),
        }
    }
}

/// A contextual word with its expression: `when …`, `reason …`, `by …`, `over …`, `weight …`.
#[derive(Clone, Debug)]
pub struct Clause {
    /// The word.
    pub word: Ident,
    /// Its expression.
    pub expr: Expr,
}

/// `{ statement… }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// The statements in source order.
    pub statements: Vec<Statement>,
    /// Comments after the last statement.
    pub tail: Vec<Comment>,
    /// Braces included.
    pub span: Span,
    /// Whether the block stood on one line in the source (kept by the formatter when it fits).
    pub inline: bool,
}

/// The words that introduce a [`Clause`] when they follow a head, a part or a value on its line.
/// After a line end only `reason` and `because` go on.
pub const CLAUSE_WORDS: &[&str] = &[
    "when",
    "reason",
    "because",
    "by",
    "over",
    "min",
    "max",
    "weight",
    "keep_last",
    "where",
];
