//! Moves the places of a tree after its text was edited elsewhere. Must not know what a statement
//! means.

use crate::{
    Arg, Block, Clause, Comment, Expr, ExprKind, Head, Ident, Part, PathPattern, PathSegmentKind,
    Span, Statement, StatementValue, Trivia, TypeExpr, TypeKind,
};

/// An edit that replaced text which ended at `from` by text that is longer or shorter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shift {
    /// Places from here on move.
    from: u32,
    /// By so much, modulo 2³².
    by: u32,
}

impl Shift {
    /// Places at and after `from` go to where `to` is now.
    pub(crate) fn new(from: u32, to: u32) -> Self {
        Self {
            from,
            by: to.wrapping_sub(from),
        }
    }

    pub(crate) fn span(self, span: &mut Span) {
        for place in [&mut span.start, &mut span.end] {
            if *place >= self.from {
                *place = place.wrapping_add(self.by);
            }
        }
    }

    pub(crate) fn comments(self, comments: &mut [Comment]) {
        comments.iter_mut().for_each(|c| self.span(&mut c.span));
    }

    pub(crate) fn comment_after(self, trivia: &mut Trivia) {
        trivia.after.iter_mut().for_each(|c| self.span(&mut c.span));
    }

    /// Statements in source order: those that end before the edit are left alone.
    pub(crate) fn statements(self, statements: &mut [Statement]) {
        let untouched = statements.partition_point(|s| end(s) < self.from);
        let rest = statements.get_mut(untouched..).unwrap_or_default();
        rest.iter_mut().for_each(|s| self.statement(s));
    }

    fn statement(self, statement: &mut Statement) {
        self.comments(&mut statement.trivia.before);
        self.comment_after(&mut statement.trivia);
        match &mut statement.head {
            Head::Name(ident) | Head::Text(ident) => self.ident(ident),
        }
        statement.parts.iter_mut().for_each(|p| self.part(p));
        statement.value.iter_mut().for_each(|v| self.value(v));
        statement.clauses.iter_mut().for_each(|c| self.clause(c));
        statement.block.iter_mut().for_each(|b| self.block(b));
        self.span(&mut statement.span);
    }

    fn ident(self, ident: &mut Ident) {
        self.span(&mut ident.span);
    }

    fn part(self, part: &mut Part) {
        match part {
            Part::Word(ident) => self.ident(ident),
            Part::Methods(list) => list.iter_mut().for_each(|i| self.ident(i)),
            Part::Path(path) => self.path(path),
            Part::Call(call) => {
                self.ident(&mut call.name);
                call.args.iter_mut().for_each(|a| self.arg(a));
                self.span(&mut call.span);
            }
            Part::Value(expr) => self.expr(expr),
        }
    }

    fn arg(self, arg: &mut Arg) {
        arg.name.iter_mut().for_each(|n| self.ident(n));
        self.value(&mut arg.value);
    }

    fn value(self, value: &mut StatementValue) {
        match value {
            StatementValue::Expr(expr) | StatementValue::Annotation(expr) => self.expr(expr),
            StatementValue::Type(ty) => self.type_expr(ty),
            StatementValue::TypedExpr(ty, expr) => {
                self.type_expr(ty);
                self.expr(expr);
            }
        }
    }

    fn clause(self, clause: &mut Clause) {
        self.ident(&mut clause.word);
        self.expr(&mut clause.expr);
    }

    fn block(self, block: &mut Block) {
        self.statements(&mut block.statements);
        self.comments(&mut block.tail);
        self.span(&mut block.span);
    }

    fn path(self, path: &mut PathPattern) {
        for segment in &mut path.segments {
            match &mut segment.kind {
                PathSegmentKind::Param { name, constraint } => {
                    self.ident(name);
                    constraint.iter_mut().for_each(|c| self.ident(c));
                }
                PathSegmentKind::Exact(_) | PathSegmentKind::Any | PathSegmentKind::Rest => {}
            }
            self.span(&mut segment.span);
        }
        path.query.iter_mut().for_each(|q| self.ident(q));
        self.span(&mut path.span);
    }

    fn type_expr(self, ty: &mut TypeExpr) {
        match &mut ty.kind {
            TypeKind::Named(name, args) => {
                self.ident(name);
                args.iter_mut().for_each(|a| self.type_expr(a));
            }
            TypeKind::Record(fields) => {
                for field in fields {
                    self.ident(&mut field.name);
                    self.type_expr(&mut field.ty);
                }
            }
        }
        for refinement in &mut ty.refinements {
            self.ident(&mut refinement.word);
            self.expr(&mut refinement.value);
        }
        self.span(&mut ty.span);
    }

    fn expr(self, expr: &mut Expr) {
        self.span(&mut expr.span);
        match &mut expr.kind {
            ExprKind::Literal(_) | ExprKind::Name { .. } | ExprKind::Invalid => {}
            ExprKind::Select { operand, field, .. } => {
                self.expr(operand);
                self.ident(field);
            }
            ExprKind::Index { operand, index, .. } => {
                self.expr(operand);
                self.expr(index);
            }
            ExprKind::Call { name, args, .. } => {
                self.ident(name);
                args.iter_mut().for_each(|a| self.expr(a));
            }
            ExprKind::Method {
                receiver,
                name,
                args,
            } => {
                self.expr(receiver);
                self.ident(name);
                args.iter_mut().for_each(|a| self.expr(a));
            }
            ExprKind::List(items) => {
                for item in items {
                    self.expr(&mut item.expr);
                    item.clauses.iter_mut().for_each(|c| self.clause(c));
                }
            }
            ExprKind::Map(entries) => {
                for entry in entries {
                    self.expr(&mut entry.key);
                    self.expr(&mut entry.value);
                }
            }
            ExprKind::Unary(_, inner) => self.expr(inner),
            ExprKind::Named(name, inner) => {
                self.ident(name);
                self.expr(inner);
            }
            ExprKind::Binary(_, operator, a, b) => {
                self.span(operator);
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Conditional(a, b, c) => {
                [a, b, c].into_iter().for_each(|e| self.expr(e));
            }
            ExprKind::Switch { subject, arms } => {
                self.expr(subject);
                for arm in arms {
                    arm.pattern.iter_mut().for_each(|p| self.expr(p));
                    self.expr(&mut arm.value);
                }
            }
        }
    }
}

/// Where a statement ends, with the comment behind it.
fn end(statement: &Statement) -> u32 {
    let comment = statement.trivia.after.as_ref();
    comment.map_or(statement.span.end, |c| c.span.end.max(statement.span.end))
}
