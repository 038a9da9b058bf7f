//! Expressions: names and what they may stand for, members, functions, variables of macros.

use super::{LocalKind, Role, Walker};
use gw_compiler::spec::FieldSpec;
use gw_compiler::{Kind, OBJECTS};
use gw_syntax::{Expr, ExprKind, Ident, Literal, TemplatePart, parse_template};
use smol_str::{SmolStr, format_smolstr};

impl Walker<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(literal) => self.push(expr.span, literal_role(literal)),
            ExprKind::Name { name, .. } => self.named(name, expr),
            ExprKind::Select { operand, field, .. } => self.select(operand, field),
            ExprKind::Index { operand, index, .. } => {
                self.expr(operand);
                self.expr(index);
            }
            ExprKind::Call { name, args, .. } => {
                self.push(name.span, Role::Function(name.name.clone()));
                args.iter().for_each(|a| self.expr(a));
            }
            ExprKind::Method {
                receiver,
                name,
                args,
            } => self.method(receiver, name, args),
            ExprKind::List(items) => {
                for item in items {
                    self.expr(&item.expr);
                    for clause in &item.clauses {
                        self.push(clause.word.span, Role::Word);
                        self.expr(&clause.expr);
                    }
                }
            }
            ExprKind::Map(entries) => {
                for entry in entries {
                    self.expr(&entry.key);
                    self.expr(&entry.value);
                }
            }
            ExprKind::Unary(_, inner) => self.expr(inner),
            ExprKind::Binary(_, _, left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Conditional(condition, then, otherwise) => {
                [condition, then, otherwise]
                    .into_iter()
                    .for_each(|e| self.expr(e));
            }
            ExprKind::Switch { subject, arms } => {
                self.expr(subject);
                for arm in arms {
                    match &arm.pattern {
                        Some(p) if matches!(p.kind, ExprKind::Name { .. }) => self.choice(p),
                        Some(p) => self.expr(p),
                        None => {}
                    }
                    self.expr(&arm.value);
                }
            }
            ExprKind::Named(name, value) => {
                self.push(name.span, Role::Word);
                self.expr(value);
            }
            ExprKind::Invalid => {}
        }
    }

    fn named(&mut self, name: &SmolStr, expr: &Expr) {
        let role = match self.local(name, false) {
            Some(local) => local,
            None if OBJECTS.contains(&name.as_str()) => Role::Object,
            None => Role::Reference(Kind::VALUES),
        };
        self.push(expr.span, role);
    }

    fn choice(&mut self, expr: &Expr) {
        let role = match &expr.kind {
            ExprKind::Name { name, .. } => self.local(name, false).unwrap_or(Role::Choice),
            _ => Role::Choice,
        };
        self.push(expr.span, role);
    }

    fn select(&mut self, operand: &Expr, field: &Ident) {
        self.expr(operand);
        let of_path = matches!(&operand.kind, ExprKind::Name { name, .. } if name == "path");
        let parameter = of_path.then(|| self.local(&field.name, true)).flatten();
        self.push(field.span, parameter.unwrap_or(Role::Member));
    }

    fn method(&mut self, receiver: &Expr, name: &Ident, args: &[Expr]) {
        if let ExprKind::Name { name: space, .. } = &receiver.kind {
            let full = format_smolstr!("{space}.{}", name.name);
            if gw_expr::Function::named(&full).is_some() || space == "cel" {
                self.push(receiver.span, Role::Word);
                self.push(name.span, Role::Function(full));
                return self.bound(args, usize::from(space == "cel"));
            }
        }
        self.expr(receiver);
        self.push(name.span, Role::Function(name.name.clone()));
        self.bound(args, variables(&name.name, args.len()));
    }

    /// Arguments of which the first ones are variables in the others.
    fn bound(&mut self, args: &[Expr], variables: usize) {
        let before = self.locals.len();
        for (index, arg) in args.iter().enumerate() {
            match &arg.kind {
                ExprKind::Name { name, .. } if index < variables => {
                    let ident = Ident {
                        name: name.clone(),
                        span: arg.span,
                    };
                    self.declare(&ident, LocalKind::Variable);
                }
                _ => self.expr(arg),
            }
        }
        self.locals.truncate(before);
    }

    /// Names of declarations in a list, and in `all_of(…)` inside it.
    pub(super) fn names_in(&mut self, expr: &Expr, kinds: &'static [Kind]) {
        match &expr.kind {
            ExprKind::Name { .. } => self.push(expr.span, Role::Reference(kinds)),
            ExprKind::List(items) => items.iter().for_each(|i| self.names_in(&i.expr, kinds)),
            ExprKind::Call { name, args, .. } => {
                self.push(name.span, Role::Word);
                args.iter().for_each(|a| self.names_in(a, kinds));
            }
            _ => self.expr(expr),
        }
    }

    /// The value of a field, read as its description says.
    pub(super) fn field_value(&mut self, expr: &Expr, field: &FieldSpec) {
        match field.takes {
            "list of listeners" => self.names_in(expr, &[Kind::Listener]),
            "table" => self.names_in(expr, &[Kind::Table]),
            "template" => self.template(expr),
            "list of algorithms" => self.choices(expr),
            takes if takes.ends_with("| SECRET") => match &expr.kind {
                ExprKind::Name { .. } => self.push(expr.span, Role::Reference(&[Kind::Secret])),
                _ => self.expr(expr),
            },
            takes => match &expr.kind {
                ExprKind::Name { name, .. } if offers(takes, name) => self.choice(expr),
                ExprKind::List(_) if takes.contains('|') => self.choices(expr),
                _ => self.expr(expr),
            },
        }
    }

    fn choices(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::List(items) => items.iter().for_each(|i| self.choices(&i.expr)),
            ExprKind::Name { .. } => self.push(expr.span, Role::Choice),
            _ => self.expr(expr),
        }
    }

    /// A text with expressions in braces.
    pub(super) fn template(&mut self, expr: &Expr) {
        let ExprKind::Literal(Literal::Text(text)) = &expr.kind else {
            return self.expr(expr);
        };
        self.push(expr.span, Role::Text);
        // Without escapes the places of its expressions are exact.
        let exact = (expr.span.end - expr.span.start) as usize == text.len() + 2;
        if let (true, Ok(parts)) = (exact, parse_template(text, expr.span)) {
            for part in parts {
                if let TemplatePart::Expr(inner) = part {
                    self.expr(&inner);
                }
            }
        }
    }
}

/// Whether a description such as `watch | never` offers a word.
pub(crate) fn offers(takes: &str, word: &str) -> bool {
    takes.split('|').any(|choice| choice.trim() == word)
}

/// How many of a macro's arguments are variables.
fn variables(name: &str, args: usize) -> usize {
    match (name, args) {
        ("all" | "exists" | "exists_one" | "existsOne", 3) => 2,
        ("all" | "exists" | "exists_one" | "existsOne" | "filter", 2) => 1,
        ("map", 2 | 3) | ("optMap" | "optFlatMap", 2) => 1,
        ("transformList" | "transformMap" | "transformMapEntry", 3 | 4) => 2,
        _ => 0,
    }
}

fn literal_role(literal: &Literal) -> Role {
    match literal {
        Literal::Text(_) | Literal::Bytes(_) => Role::Text,
        Literal::Null
        | Literal::Bool(_)
        | Literal::Int(_)
        | Literal::UInt(_)
        | Literal::Double(_)
        | Literal::Duration(_)
        | Literal::Size(_)
        | Literal::Rate(..)
        | Literal::Percent(_)
        | Literal::Ip(_)
        | Literal::Cidr(_)
        | Literal::StatusClass(_)
        | Literal::Range(..) => Role::Constant,
    }
}
