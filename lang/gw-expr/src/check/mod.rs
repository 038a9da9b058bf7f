//! The checker: from the syntax tree and the declared names to a typed, resolved [`Ir`]. Collects
//! every finding; an expression with a finding has type [`Type::Error`] and suppresses follow-ons.

mod absence;
mod call;
mod compare;
mod constant;
mod dashed;
mod infer;
mod known;
mod literal;
mod logic;
mod macros;
mod name;
mod network;
mod operator;
mod overload;
mod qualified;
mod regex;
mod report;
mod select;
mod suggest;
mod switch;

pub use suggest::{listed, nearest};

use crate::{Dialect, Env, EvalError, FactPath, FactTable, Ir, Type};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Span};
use infer::Substitution;
use known::Known;
use smol_str::SmolStr;

/// The most nodes that an expression may have after its lets are inlined.
const MAX_NODES: usize = 20_000;
/// The deepest nesting, counted in operators.
const MAX_DEPTH: usize = 300;

/// A checked expression with its type.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What to evaluate.
    pub ir: Ir,
    /// Its type.
    pub ty: Type,
    /// Where it stands.
    pub span: Span,
    /// GW0212, for places that may fail at run time; the caller decides whether to show them.
    pub risks: Vec<Diagnostic>,
}

/// Checks an expression of any type.
pub fn check(
    expr: &Expr,
    env: &Env,
    facts: &mut FactTable,
    diagnostics: &mut Vec<Diagnostic>,
) -> Checked {
    let mut checker = Checker::new(env, facts, diagnostics);
    let typed = checker.expr(expr, None);
    checker.finish(typed)
}

/// Checks an expression where a type is expected: literals of numbers adapt to it, bare names of
/// variants and records of constants too. The result fits that type, or is [`Type::Error`].
pub fn check_as(
    expr: &Expr,
    expected: &Type,
    env: &Env,
    facts: &mut FactTable,
    diagnostics: &mut Vec<Diagnostic>,
) -> Checked {
    let mut checker = Checker::new(env, facts, diagnostics);
    let typed = checker.expr_as(expr, expected);
    checker.finish(typed)
}

/// An expression on its way: a path that may still grow, or finished code.
#[derive(Clone, Debug)]
struct Typed {
    form: Form,
    ty: Type,
    span: Span,
}

#[derive(Clone, Debug)]
enum Form {
    /// An access path that starts at a root variable.
    Path(FactPath),
    /// Anything else.
    Code(Ir),
}

/// A variable of a comprehension or binding; the innermost is the last.
#[derive(Clone, Debug)]
struct Local {
    name: SmolStr,
    ty: Type,
}

struct Checker<'e> {
    env: &'e Env,
    facts: &'e mut FactTable,
    diagnostics: &'e mut Vec<Diagnostic>,
    risks: Vec<Diagnostic>,
    scope: Vec<Local>,
    /// What conditions before this place have shown.
    known: Vec<Known>,
    /// Lets that are being expanded.
    lets: Vec<SmolStr>,
    /// Inside `has(…)`, where the last step may be absent.
    presence: bool,
    types: Substitution,
    nodes: usize,
    depth: usize,
}

impl<'e> Checker<'e> {
    fn new(env: &'e Env, facts: &'e mut FactTable, diagnostics: &'e mut Vec<Diagnostic>) -> Self {
        Self {
            env,
            facts,
            diagnostics,
            risks: Vec::new(),
            scope: Vec::new(),
            known: Vec::new(),
            lets: Vec::new(),
            presence: false,
            types: Substitution::default(),
            nodes: 0,
            depth: 0,
        }
    }

    fn finish(mut self, typed: Typed) -> Checked {
        let ty = self.types.resolve(&typed.ty);
        let span = typed.span;
        Checked {
            ir: self.code(typed),
            ty,
            span,
            risks: self.risks,
        }
    }

    /// Whether gw's stricter rules hold.
    fn gw(&self) -> bool {
        self.env.dialect == Dialect::Gw
    }

    /// Checks an expression; `expected` lets literals adapt but is not enforced.
    fn expr(&mut self, expr: &Expr, expected: Option<&Type>) -> Typed {
        self.nodes += 1;
        if self.nodes > MAX_NODES || self.depth > MAX_DEPTH {
            return self.too_large(expr.span);
        }
        self.depth += 1;
        let typed = self.kind(expr, expected);
        self.depth -= 1;
        typed
    }

    fn kind(&mut self, expr: &Expr, expected: Option<&Type>) -> Typed {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(literal, span, expected),
            ExprKind::Name { name, rooted } => self.name(name, *rooted, span, expected),
            ExprKind::Select {
                operand,
                field,
                access,
            } => self.select(expr, operand, field, *access),
            ExprKind::Index {
                operand,
                index,
                access,
            } => self.index(operand, index, *access, span),
            ExprKind::Call { name, args, .. } => self.call(name, args, span),
            ExprKind::Method {
                receiver,
                name,
                args,
            } => self.method(receiver, name, args, span),
            ExprKind::List(items) => self.list(items, span, expected),
            ExprKind::Map(entries) => self.map(entries, span, expected),
            ExprKind::Unary(op, operand) => self.unary(*op, operand, span, expected),
            ExprKind::Binary(op, at, left, right) => {
                self.binary((*op, *at), left, right, span, expected)
            }
            ExprKind::Conditional(condition, then, otherwise) => {
                self.conditional([condition, then, otherwise], span, expected)
            }
            ExprKind::Switch { subject, arms } => self.switch(subject, arms, span, expected),
            ExprKind::Named(name, _) => {
                let message = format!("`{} = …` is not an argument of a function", name.name);
                let help = "write the value alone";
                let diagnostic = Diagnostic::new(Code::WrongArguments, span, message);
                self.fail(diagnostic.here("a named argument").help(help))
            }
            ExprKind::Invalid => self.typed(Ir::Fail(EvalError::Unavailable), Type::Error, span),
        }
    }

    /// Checks an expression where a type is needed; GW0201 and its kin where it has another one.
    fn expr_as(&mut self, expr: &Expr, expected: &Type) -> Typed {
        let mut typed = self.expr(expr, Some(expected));
        let found = self.types.shallow(&typed.ty);
        if found == Type::Error || self.types.assignable(&found, expected) {
            return typed;
        }
        if found.may_be_absent() && !expected.may_be_absent() {
            typed.ty = self.needed(&typed, "this place");
            if self.types.assignable(&typed.ty.clone(), expected) {
                return typed;
            }
        }
        self.mismatch(&typed, expected)
    }

    /// Checks an expression and makes it finished code.
    fn value(&mut self, expr: &Expr, expected: Option<&Type>) -> (Ir, Type) {
        let typed = self.expr(expr, expected);
        let ty = typed.ty.clone();
        (self.code(typed), ty)
    }

    /// Finished code: a path becomes a fact.
    fn code(&mut self, typed: Typed) -> Ir {
        match typed.form {
            Form::Path(path) => Ir::Fact(self.facts.intern(path, &typed.ty)),
            Form::Code(ir) => ir,
        }
    }

    fn typed(&self, ir: Ir, ty: Type, span: Span) -> Typed {
        Typed {
            form: Form::Code(ir),
            ty,
            span,
        }
    }

    fn too_large(&mut self, span: Span) -> Typed {
        let code = Code::ExpressionTooCostly;
        if self.diagnostics.iter().any(|d| d.code == code) {
            return self.typed(Ir::Fail(EvalError::TooCostly), Type::Error, span);
        }
        let message = match self.nodes > MAX_NODES {
            true => format!("the expression has more than {MAX_NODES} parts, its `let`s included"),
            false => {
                format!("the expression has more than {MAX_DEPTH} levels, its `let`s included")
            }
        };
        self.fail(
            Diagnostic::new(code, span, message)
                .here("too large from here on")
                .help("split it into several rules, or move constants into a `table`"),
        )
    }
}
