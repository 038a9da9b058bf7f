//! The expression tree: CEL (github.com/google/cel-spec, doc/langdef.md) with gw's literals,
//! `?.`, `??` and `switch`. Purely syntactic: names are not resolved, macros not expanded.

use crate::{Clause, Ident, Span};
use ipnet::IpNet;
use smol_str::SmolStr;
use std::net::IpAddr;

/// An expression with its place.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands, parentheses included.
    pub span: Span,
}

impl Expr {
    /// The text, where the expression is a text literal.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Literal(Literal::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Calls `each` for every expression directly inside this one, in the order of the source.
    pub fn each_child<'e>(&'e self, each: &mut impl FnMut(&'e Expr)) {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Name { .. } | ExprKind::Invalid => {}
            ExprKind::Select { operand, .. } => each(operand),
            ExprKind::Index { operand, index, .. } => {
                [operand, index].into_iter().for_each(|e| each(e))
            }
            ExprKind::Call { args, .. } => args.iter().for_each(each),
            ExprKind::Method { receiver, args, .. } => {
                each(receiver);
                args.iter().for_each(each);
            }
            ExprKind::List(items) => items.iter().for_each(|item| each(&item.expr)),
            ExprKind::Map(entries) => {
                let parts = entries.iter().flat_map(|e| [&e.key, &e.value]);
                parts.for_each(each);
            }
            ExprKind::Unary(_, inner) | ExprKind::Named(_, inner) => each(inner),
            ExprKind::Binary(_, _, a, b) => [a, b].into_iter().for_each(|e| each(e)),
            ExprKind::Conditional(a, b, c) => [a, b, c].into_iter().for_each(|e| each(e)),
            ExprKind::Switch { subject, arms } => {
                each(subject);
                let parts = arms.iter().flat_map(|a| a.pattern.iter().chain([&a.value]));
                parts.for_each(each);
            }
        }
    }
}

/// The kinds of expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A literal.
    Literal(Literal),
    /// A name; `rooted` for the CEL form `.name`.
    Name {
        /// The name.
        name: SmolStr,
        /// Written with a leading dot.
        rooted: bool,
    },
    /// `operand.field`, `operand?.field`, CEL's ``operand.`quoted-field` ``.
    Select {
        /// What is read.
        operand: Box<Expr>,
        /// The field.
        field: Ident,
        /// How.
        access: Access,
    },
    /// `operand[index]`, `operand[?index]`.
    Index {
        /// What is read.
        operand: Box<Expr>,
        /// Where.
        index: Box<Expr>,
        /// How.
        access: Access,
    },
    /// `name(args)`, or `.name(args)` when rooted.
    Call {
        /// The function.
        name: Ident,
        /// Its arguments.
        args: Vec<Expr>,
        /// Written with a leading dot.
        rooted: bool,
    },
    /// `receiver.name(args)`; macros such as `exists` look like this too.
    Method {
        /// The value before the dot.
        receiver: Box<Expr>,
        /// The method.
        name: Ident,
        /// Its arguments.
        args: Vec<Expr>,
    },
    /// `[a, b]`.
    List(Vec<ListItem>),
    /// `{ key: value }`.
    Map(Vec<MapEntry>),
    /// `!x`, `-x`.
    Unary(UnaryOp, Box<Expr>),
    /// `a op b`, with the place of the operator.
    Binary(BinaryOp, Span, Box<Expr>, Box<Expr>),
    /// `condition ? then : otherwise`.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `switch subject { pattern => value, _ => value }`.
    Switch {
        /// What is compared.
        subject: Box<Expr>,
        /// The arms in source order.
        arms: Vec<SwitchArm>,
    },
    /// `name = value` as an argument of a call: `remote("https://…", refresh = 10m)`. Occurs
    /// nowhere else, and only declarations understand it; CEL has no such thing.
    Named(Ident, Box<Expr>),
    /// Text that did not parse; a diagnostic exists already.
    Invalid,
}

/// How a member is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// `a.b`, `a[b]`.
    Plain,
    /// `a?.b`: absent when `a` is absent (gw).
    Safe,
    /// `a.?b`, `a[?b]`: CEL's optional selection.
    Optional,
}

/// An element of a list literal.
#[derive(Clone, Debug)]
pub struct ListItem {
    /// The element.
    pub expr: Expr,
    /// CEL's `[?x]`.
    pub optional: bool,
    /// gw's attributes: `"http://10.1.0.1:8080" weight 3`.
    pub clauses: Vec<Clause>,
}

/// An entry of a map literal. In records a bare name as key means its text.
#[derive(Clone, Debug)]
pub struct MapEntry {
    /// The key expression.
    pub key: Expr,
    /// The value expression.
    pub value: Expr,
    /// CEL's `{?k: v}`.
    pub optional: bool,
}

/// One arm of a `switch`.
#[derive(Clone, Debug)]
pub struct SwitchArm {
    /// The pattern; `None` for `_`.
    pub pattern: Option<Expr>,
    /// The value.
    pub value: Expr,
}

/// Literals. The raw text is under the span.
#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// `42`, `0x2A`; a leading minus is folded in.
    Int(i64),
    /// `42u`.
    UInt(u64),
    /// `4.2`, `1e3`.
    Double(f64),
    /// `"text"`, `'text'`, `r"text"`, `"""text"""`.
    Text(SmolStr),
    /// `b"bytes"`.
    Bytes(Vec<u8>),
    /// `250ms 10s 5m 7d 1h30m`, in nanoseconds.
    Duration(i64),
    /// `64KiB 5MB`, in bytes.
    Size(u64),
    /// `100/min`: events per period, the period in nanoseconds.
    Rate(u64, i64),
    /// `10%`, as a number out of 100.
    Percent(f64),
    /// `10.0.0.1`, `::1`.
    Ip(IpAddr),
    /// `10.0.0.0/8`.
    Cidr(IpNet),
    /// `2xx`: the first digit of a status.
    StatusClass(u8),
    /// `1..=99`, in refinements and ranges.
    Range(i64, i64),
}

/// Prefix operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// Infix operators.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `??`: the right side where the left is absent. Binds tighter than comparisons.
    Coalesce,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in`
    In,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
}

impl BinaryOp {
    /// Every operator there is.
    pub const ALL: &'static [BinaryOp] = &[
        BinaryOp::Or,
        BinaryOp::And,
        BinaryOp::Coalesce,
        BinaryOp::Eq,
        BinaryOp::Ne,
        BinaryOp::Lt,
        BinaryOp::Le,
        BinaryOp::Gt,
        BinaryOp::Ge,
        BinaryOp::In,
        BinaryOp::Add,
        BinaryOp::Sub,
        BinaryOp::Mul,
        BinaryOp::Div,
        BinaryOp::Rem,
    ];

    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Or => "||",
            BinaryOp::And => "&&",
            BinaryOp::Coalesce => "??",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
            BinaryOp::In => "in",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Rem => "%",
        }
    }
}
