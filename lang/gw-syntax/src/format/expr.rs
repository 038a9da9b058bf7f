//! Expressions with as few parentheses as mean the same. Literals keep their text.

use super::doc::Doc;
use super::{Printer, enclosed, join};
use crate::{
    Access, BinaryOp, Clause, Expr, ExprKind, Ident, ListItem, Literal, MapEntry, SwitchArm,
    UnaryOp,
};

/// How tightly an expression holds together: a conditional least, a primary most.
const CONDITIONAL: usize = 0;
const OR: usize = 1;
const UNARY: usize = 7;
const POSTFIX: usize = 8;

fn binding(expr: &Expr) -> usize {
    match &expr.kind {
        ExprKind::Conditional(..) | ExprKind::Named(..) => CONDITIONAL,
        ExprKind::Binary(op, ..) => 6 - op.level(),
        ExprKind::Unary(..) => UNARY,
        _ => POSTFIX,
    }
}

impl<'a> Printer<'a> {
    pub(super) fn expr(&self, expr: &'a Expr) -> Doc<'a> {
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(expr, literal),
            ExprKind::Name { name, rooted } => dotted(*rooted, name),
            ExprKind::Select {
                operand,
                field,
                access,
            } => Doc::Concat(vec![
                self.receiver(operand),
                Doc::text(selector(*access)),
                field_name(field),
            ]),
            ExprKind::Index {
                operand,
                index,
                access,
            } => {
                let open = if *access == Access::Optional {
                    "[?"
                } else {
                    "["
                };
                Doc::Concat(vec![
                    self.receiver(operand),
                    Doc::text(open),
                    self.expr(index),
                    Doc::text("]"),
                ])
            }
            ExprKind::Call { name, args, rooted } => self.call(dotted(*rooted, &name.name), args),
            ExprKind::Method {
                receiver,
                name,
                args,
            } => {
                let name = [self.receiver(receiver), Doc::text("."), field_name(name)];
                self.call(Doc::Concat(name.into()), args)
            }
            ExprKind::List(items) => enclosed(
                "[",
                items.iter().map(|i| self.list_item(i)).collect(),
                "]",
                Doc::SoftLine,
            ),
            ExprKind::Map(entries) => enclosed(
                "{",
                entries.iter().map(|e| self.entry(e)).collect(),
                "}",
                Doc::Line,
            ),
            ExprKind::Unary(op, operand) => self.unary(*op, operand),
            ExprKind::Binary(op, _, left, right) => self.binary(*op, left, right, expr),
            ExprKind::Conditional(condition, then, otherwise) => {
                self.conditional(condition, then, otherwise)
            }
            ExprKind::Switch { subject, arms } => self.switch(subject, arms),
            ExprKind::Named(name, value) => Doc::Concat(vec![
                Doc::text(format!("{} = ", name.name)),
                self.expr(value),
            ]),
            ExprKind::Invalid => Doc::text(self.raw(expr.span)),
        }
    }

    /// An operand that has to hold at least as tightly as `least`.
    pub(super) fn operand(&self, expr: &'a Expr, least: usize) -> Doc<'a> {
        if binding(expr) < least {
            self.parenthesised(expr)
        } else {
            self.expr(expr)
        }
    }

    /// A value of a refinement, which is an operand of the tightest prefix level.
    pub(super) fn tight(&self, expr: &'a Expr) -> Doc<'a> {
        self.operand(expr, UNARY)
    }

    pub(super) fn parenthesised(&self, expr: &'a Expr) -> Doc<'a> {
        Doc::Group(vec![Doc::text("("), self.expr(expr), Doc::text(")")])
    }

    /// What stands before `.` or `[`. A percentage must be followed by a blank or a delimiter.
    fn receiver(&self, expr: &'a Expr) -> Doc<'a> {
        let loose = matches!(
            expr.kind,
            ExprKind::Literal(Literal::Percent(_) | Literal::Range(..) | Literal::Rate(..))
        );
        if loose {
            self.parenthesised(expr)
        } else {
            self.operand(expr, POSTFIX)
        }
    }

    /// The text as written, without parentheses around it and blanks after a minus.
    fn literal(&self, expr: &Expr, literal: &Literal) -> Doc<'a> {
        let raw = self.literal_text(expr);
        match literal {
            Literal::Text(_) | Literal::Bytes(_) => Doc::text(raw),
            _ if raw.contains(char::is_whitespace) => {
                Doc::text(raw.split_whitespace().collect::<String>())
            }
            _ => Doc::text(raw),
        }
    }

    fn literal_text(&self, expr: &Expr) -> &'a str {
        let mut raw = self.raw(expr.span).trim();
        while let Some(inside) = raw.strip_prefix('(').and_then(|r| r.strip_suffix(')')) {
            raw = inside.trim();
        }
        raw
    }

    fn call(&self, name: Doc<'a>, args: &'a [Expr]) -> Doc<'a> {
        let args = args.iter().map(|a| self.expr(a)).collect();
        Doc::Concat(vec![name, enclosed("(", args, ")", Doc::SoftLine)])
    }

    fn list_item(&self, item: &'a ListItem) -> Doc<'a> {
        let mark = if item.optional { "?" } else { "" };
        let mut parts = vec![Doc::text(mark), self.expr(&item.expr)];
        parts.extend(
            item.clauses
                .iter()
                .flat_map(|c| [Doc::text(" "), self.clause(c)]),
        );
        Doc::Concat(parts)
    }

    /// `word expr`; an expression that begins like a block or a colon is put in parentheses.
    pub(super) fn clause(&self, clause: &'a Clause) -> Doc<'a> {
        let ambiguous = matches!(self.first_char(&clause.expr), Some('{' | ':'));
        let expr = if ambiguous {
            self.parenthesised(&clause.expr)
        } else {
            self.expr(&clause.expr)
        };
        let word = Doc::text(clause.word.name.as_str());
        Doc::Concat(vec![word, Doc::text(" "), expr])
    }

    fn entry(&self, entry: &'a MapEntry) -> Doc<'a> {
        let mark = if entry.optional { "?" } else { "" };
        Doc::Concat(vec![
            Doc::text(mark),
            self.operand(&entry.key, OR),
            Doc::text(": "),
            self.expr(&entry.value),
        ])
    }

    /// A minus would become part of a number that follows it, so that one is put in parentheses.
    fn unary(&self, op: UnaryOp, operand: &'a Expr) -> Doc<'a> {
        let (symbol, number) = match op {
            UnaryOp::Not => ("!", false),
            UnaryOp::Negate => ("-", self.starts_with_number(operand)),
        };
        let operand = if number {
            self.parenthesised(operand)
        } else {
            self.operand(operand, UNARY)
        };
        Doc::Concat(vec![Doc::text(symbol), operand])
    }

    fn starts_with_number(&self, expr: &Expr) -> bool {
        let leftmost = leftmost(expr);
        let number = matches!(
            leftmost.kind,
            ExprKind::Literal(Literal::Int(_) | Literal::Double(_) | Literal::Range(..))
        );
        number && binding(expr) >= UNARY && !self.literal_text(leftmost).starts_with('-')
    }

    /// The first character that the printed expression has, as far as it matters to a caller.
    fn first_char(&self, expr: &Expr) -> Option<char> {
        let leftmost = leftmost(expr);
        match &leftmost.kind {
            ExprKind::Literal(_) => self.literal_text(leftmost).chars().next(),
            ExprKind::Name {
                name,
                rooted: false,
            } => name.chars().next(),
            ExprKind::Name { rooted: true, .. } | ExprKind::Call { rooted: true, .. } => Some('.'),
            ExprKind::Call { name, .. } => name.name.chars().next(),
            ExprKind::List(_) => Some('['),
            ExprKind::Map(_) => Some('{'),
            ExprKind::Switch { .. } => Some('s'),
            ExprKind::Unary(UnaryOp::Not, _) => Some('!'),
            ExprKind::Unary(UnaryOp::Negate, _) => Some('-'),
            _ => Some('('),
        }
    }

    /// Operators of one level group to the left. The logical ones are associative, so a whole run
    /// of one is a list without parentheses, which breaks before each operator.
    fn binary(&self, op: BinaryOp, left: &'a Expr, right: &'a Expr, whole: &'a Expr) -> Doc<'a> {
        let level = 6 - op.level();
        if !matches!(op, BinaryOp::And | BinaryOp::Or) {
            return Doc::Concat(vec![
                self.operand(left, level),
                Doc::text(" "),
                Doc::text(op.symbol()),
                Doc::text(" "),
                self.operand(right, level + 1),
            ]);
        }
        let mut operands = Vec::new();
        logical_run(op, whole, &mut operands);
        let operands = operands.into_iter().map(|o| self.operand(o, level + 1));
        let symbol = Doc::text(format!("{} ", op.symbol()));
        Doc::Group(vec![Doc::Indent(join(operands, &[Doc::Line, symbol]))])
    }

    fn conditional(&self, condition: &'a Expr, then: &'a Expr, otherwise: &'a Expr) -> Doc<'a> {
        Doc::Group(vec![
            self.operand(condition, OR),
            Doc::Indent(vec![
                Doc::Line,
                Doc::text("? "),
                self.operand(then, OR),
                Doc::Line,
                Doc::text(": "),
                self.expr(otherwise),
            ]),
        ])
    }

    fn switch(&self, subject: &'a Expr, arms: &'a [SwitchArm]) -> Doc<'a> {
        let plain =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '"' | '\'' | '!' | '(');
        let ambiguous = !self.first_char(subject).is_some_and(plain);
        let subject = if ambiguous {
            self.parenthesised(subject)
        } else {
            self.expr(subject)
        };
        let arms = arms.iter().map(|arm| self.arm(arm)).collect();
        Doc::Concat(vec![
            Doc::text("switch "),
            subject,
            Doc::text(" "),
            enclosed("{", arms, "}", Doc::Line),
        ])
    }

    fn arm(&self, arm: &'a SwitchArm) -> Doc<'a> {
        let pattern = arm
            .pattern
            .as_ref()
            .map_or_else(|| Doc::text("_"), |p| self.expr(p));
        Doc::Concat(vec![pattern, Doc::text(" => "), self.expr(&arm.value)])
    }
}

/// The operands of a run of one logical operator, however it is grouped.
fn logical_run<'e>(op: BinaryOp, expr: &'e Expr, out: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Binary(inner, _, left, right) if *inner == op => {
            logical_run(op, left, out);
            logical_run(op, right, out);
        }
        _ => out.push(expr),
    }
}

/// The expression that is printed first, past operators and selectors. Stops where parentheses
/// would be printed.
fn leftmost(expr: &Expr) -> &Expr {
    let (first, least) = match &expr.kind {
        ExprKind::Select { operand: first, .. }
        | ExprKind::Index { operand: first, .. }
        | ExprKind::Method {
            receiver: first, ..
        } => (first, POSTFIX),
        ExprKind::Binary(_, _, first, _) => (first, binding(expr)),
        ExprKind::Conditional(first, ..) => (first, OR),
        _ => return expr,
    };
    if binding(first) < least {
        expr
    } else {
        leftmost(first)
    }
}

fn dotted(rooted: bool, name: &str) -> Doc<'_> {
    match rooted {
        true => Doc::text(format!(".{name}")),
        false => Doc::text(name),
    }
}

fn selector(access: Access) -> &'static str {
    match access {
        Access::Plain => ".",
        Access::Safe => "?.",
        Access::Optional => ".?",
    }
}

/// A field, in backquotes where it is not a plain name.
fn field_name(field: &Ident) -> Doc<'_> {
    let name = &field.name;
    let plain = name.bytes().all(crate::parse::lexeme::is_name_char)
        && !name.starts_with(|c: char| c.is_ascii_digit());
    match plain {
        true => Doc::text(name.as_str()),
        false => Doc::text(format!("`{name}`")),
    }
}
