//! Builds expressions from pairs. Names are not resolved, macros not expanded.

use super::build::{Builder, Built};
use super::chain::Link;
use super::grammar::{Pair, Rule};
use super::literal::constant;
use crate::{
    Access, BinaryOp, Clause, Code, Diagnostic, Expr, ExprKind, Ident, ListItem, MapEntry, Span,
    SwitchArm, UnaryOp,
};

/// Names that CEL keeps for itself (langdef.md, RESERVED).
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "package",
    "return",
    "var",
    "void",
    "while",
];

impl Builder<'_> {
    /// Builds `expr`, dropping its depth.
    pub(super) fn expr(&mut self, pair: Pair<'_>) -> Expr {
        self.conditional(pair).expr
    }

    /// `a ? b : c ? d : e` is a flat list of chains that folds to the right.
    pub(super) fn conditional(&mut self, pair: Pair<'_>) -> Built {
        let span = self.span(&pair);
        let chains: Vec<Built> = pair.into_inner().map(|p| self.chain(p)).collect();
        self.fold_conditional(chains)
            .unwrap_or_else(|| self.invalid(span))
    }

    /// Conditions with their values, and the last value; `None` for nothing.
    pub(super) fn fold_conditional(&mut self, mut chains: Vec<Built>) -> Option<Built> {
        let mut last = chains.pop()?;
        while let (Some(then), Some(condition)) = (chains.pop(), chains.pop()) {
            let place = condition.expr.span.to(last.expr.span);
            let depth = condition.depth.max(then.depth).max(last.depth);
            let kind = ExprKind::Conditional(
                Box::new(condition.expr),
                Box::new(then.expr),
                Box::new(last.expr),
            );
            last = self.node(kind, place, depth);
        }
        Some(last)
    }

    fn chain(&mut self, pair: Pair<'_>) -> Built {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let Some(first) = inner.next() else {
            return self.invalid(span);
        };
        let first = self.unary(first);
        let mut links: Vec<Link> = Vec::new();
        while let (Some(op), Some(operand)) = (inner.next(), inner.next()) {
            let symbol = BinaryOp::from_symbol(op.as_str()).unwrap_or(BinaryOp::Or);
            links.push((symbol, self.span(&op), self.unary(operand)));
        }
        if links.is_empty() {
            first
        } else {
            self.fold_chain(first, links)
        }
    }

    /// Prefixes, a primary and its selectors. A minus before a number belongs to the number.
    pub(super) fn unary(&mut self, pair: Pair<'_>) -> Built {
        let span = self.span(&pair);
        let mut prefixes = Vec::new();
        let mut value = None;
        for part in pair.into_inner() {
            match (part.as_rule(), value.take()) {
                (Rule::prefix, _) => prefixes.push(part),
                (Rule::selector, Some(base)) => value = Some(self.selector(base, part)),
                (Rule::index, Some(base)) => value = Some(self.index(base, part)),
                (rule, _) => {
                    let negative = is_number(rule)
                        && prefixes
                            .last()
                            .is_some_and(|p: &Pair<'_>| p.as_str() == "-");
                    let sign = if negative { prefixes.pop() } else { None };
                    value = Some(self.primary(part, sign.as_ref()));
                }
            }
        }
        let Some(value) = value else {
            return self.invalid(span);
        };
        prefixes.into_iter().rev().fold(value, |operand, prefix| {
            let op = match prefix.as_str() {
                "!" => UnaryOp::Not,
                _ => UnaryOp::Negate,
            };
            let place = self.span(&prefix);
            self.prefix(operand, op, place)
        })
    }

    /// A prefix that stands at `place`, with its operand.
    pub(super) fn prefix(&mut self, operand: Built, op: UnaryOp, place: Span) -> Built {
        let span = place.to(operand.expr.span);
        self.node(
            ExprKind::Unary(op, Box::new(operand.expr)),
            span,
            operand.depth,
        )
    }

    /// A primary; `sign` is the minus before a number.
    pub(super) fn primary(&mut self, pair: Pair<'_>, sign: Option<&Pair<'_>>) -> Built {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::named => self.named(pair, false),
            Rule::rooted => self.named(pair, true),
            Rule::paren => {
                let inner = pair.into_inner().next().map(|p| self.conditional(p));
                let built = inner.unwrap_or_else(|| self.invalid(span));
                Built {
                    expr: Expr { span, ..built.expr },
                    depth: built.depth,
                }
            }
            Rule::list => self.list(pair),
            Rule::map => self.map(pair),
            Rule::switch => self.switch(pair),
            _ => {
                let span = sign.map_or(span, |s| self.span(s).to(span));
                let kind = self.literal(&pair, sign.is_some());
                self.node(kind, span, 0)
            }
        }
    }

    fn named(&mut self, pair: Pair<'_>, rooted: bool) -> Built {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let Some(name) = inner.next() else {
            return self.invalid(span);
        };
        let name = self.ident(&name);
        let Some(arguments) = inner.next() else {
            return self.bare_name(name, rooted, span);
        };
        if !rooted {
            self.check_reserved(&name);
        }
        let (args, depth) = self.arguments(arguments);
        self.node(ExprKind::Call { name, args, rooted }, span, depth)
    }

    /// A name that stands alone, or a constant that is written like one.
    pub(super) fn bare_name(&mut self, name: Ident, rooted: bool, span: Span) -> Built {
        if let (Some(literal), false) = (constant(&name.name), rooted) {
            return self.node(ExprKind::Literal(literal), span, 0);
        }
        if !rooted {
            self.check_reserved(&name);
        }
        let name = name.name;
        self.node(ExprKind::Name { name, rooted }, span, 0)
    }

    /// Reports a name that CEL keeps for itself.
    pub(super) fn check_reserved(&mut self, name: &Ident) {
        if RESERVED.contains(&name.name.as_str()) {
            self.report(reserved(name));
        }
    }

    fn arguments(&mut self, pair: Pair<'_>) -> (Vec<Expr>, usize) {
        let mut depth = 0;
        let built = pair.into_inner().map(|argument| {
            let built = match argument.as_rule() {
                Rule::named_argument => self.named_argument(argument),
                _ => self.conditional(argument),
            };
            depth = depth.max(built.depth);
            built.expr
        });
        let args = built.collect();
        (args, depth)
    }

    fn named_argument(&mut self, pair: Pair<'_>) -> Built {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let (Some(name), Some(value)) = (inner.next(), inner.next()) else {
            return self.invalid(span);
        };
        let name = self.ident(&name);
        let value = self.conditional(value);
        self.node(
            ExprKind::Named(name, Box::new(value.expr)),
            span,
            value.depth,
        )
    }

    fn selector(&mut self, base: Built, pair: Pair<'_>) -> Built {
        let span = base.expr.span.to(self.span(&pair));
        let mut inner = pair.into_inner();
        let (Some(dot), Some(field)) = (inner.next(), inner.next()) else {
            return base;
        };
        let access = access_of(dot.as_str());
        let field = self.field(&field);
        let Some(arguments) = inner.next() else {
            return self.select(base, field, access, span);
        };
        self.check_method_access(access, self.span(&dot));
        let arguments = self.arguments(arguments);
        self.method(base, field, arguments, span)
    }

    /// `base.field`.
    pub(super) fn select(
        &mut self,
        base: Built,
        field: Ident,
        access: Access,
        span: Span,
    ) -> Built {
        let kind = ExprKind::Select {
            operand: Box::new(base.expr),
            field,
            access,
        };
        self.node(kind, span, base.depth)
    }

    /// `base.name(args)`; arguments come with their depth.
    pub(super) fn method(
        &mut self,
        base: Built,
        name: Ident,
        (args, depth): (Vec<Expr>, usize),
        span: Span,
    ) -> Built {
        let kind = ExprKind::Method {
            receiver: Box::new(base.expr),
            name,
            args,
        };
        self.node(kind, span, base.depth.max(depth))
    }

    /// Reports a method that is called through `?.`, which stands at `dot`.
    pub(super) fn check_method_access(&mut self, access: Access, dot: Span) {
        if access != Access::Plain {
            self.report(optional_call(dot));
        }
    }

    /// A field name, without the backquotes of a quoted one.
    fn field(&self, pair: &Pair<'_>) -> Ident {
        let ident = self.ident(pair);
        Ident {
            name: ident.name.trim_matches('`').into(),
            ..ident
        }
    }

    fn index(&mut self, base: Built, pair: Pair<'_>) -> Built {
        let span = base.expr.span.to(self.span(&pair));
        let mut access = Access::Plain;
        let mut index = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::optional_mark => access = Access::Optional,
                _ => index = Some(self.conditional(part)),
            }
        }
        match index {
            Some(index) => self.indexed(base, index, access, span),
            None => base,
        }
    }

    /// `base[index]`.
    pub(super) fn indexed(
        &mut self,
        base: Built,
        index: Built,
        access: Access,
        span: Span,
    ) -> Built {
        let depth = base.depth.max(index.depth);
        let kind = ExprKind::Index {
            operand: Box::new(base.expr),
            index: Box::new(index.expr),
            access,
        };
        self.node(kind, span, depth)
    }

    /// Builds `list`.
    pub(super) fn list(&mut self, pair: Pair<'_>) -> Built {
        let span = self.span(&pair);
        let mut depth = 0;
        let items = pair
            .into_inner()
            .filter_map(|item| self.list_item(item, &mut depth))
            .collect();
        self.node(ExprKind::List(items), span, depth)
    }

    fn list_item(&mut self, pair: Pair<'_>, depth: &mut usize) -> Option<ListItem> {
        let mut optional = false;
        let mut expr = None;
        let mut clauses = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::optional_mark => optional = true,
                Rule::clause => clauses.extend(self.clause(part, depth)),
                _ => {
                    let built = self.conditional(part);
                    *depth = (*depth).max(built.depth);
                    expr = Some(built.expr);
                }
            }
        }
        Some(ListItem {
            expr: expr?,
            optional,
            clauses,
        })
    }

    /// A clause; `depth` becomes at least that of its expression.
    pub(super) fn clause(&mut self, pair: Pair<'_>, depth: &mut usize) -> Option<Clause> {
        let mut inner = pair.into_inner();
        let word = self.ident(&inner.next()?);
        let built = self.conditional(inner.next()?);
        *depth = (*depth).max(built.depth);
        Some(Clause {
            word,
            expr: built.expr,
        })
    }

    fn map(&mut self, pair: Pair<'_>) -> Built {
        let span = self.span(&pair);
        let mut depth = 0;
        let entries = pair
            .into_inner()
            .filter_map(|entry| self.entry(entry, &mut depth))
            .collect();
        self.node(ExprKind::Map(entries), span, depth)
    }

    fn entry(&mut self, pair: Pair<'_>, depth: &mut usize) -> Option<MapEntry> {
        let mut optional = false;
        let mut sides = Vec::with_capacity(2);
        for part in pair.into_inner() {
            let built = match part.as_rule() {
                Rule::optional_mark => {
                    optional = true;
                    continue;
                }
                Rule::bare_key => {
                    let name = part.as_str();
                    let span = self.span(&part);
                    let kind = match constant(name) {
                        Some(literal) => ExprKind::Literal(literal),
                        None => ExprKind::Name {
                            name: name.into(),
                            rooted: false,
                        },
                    };
                    self.node(kind, span, 0)
                }
                _ => self.conditional(part),
            };
            *depth = (*depth).max(built.depth);
            sides.push(built.expr);
        }
        let value = sides.pop()?;
        Some(MapEntry {
            key: sides.pop()?,
            value,
            optional,
        })
    }

    fn switch(&mut self, pair: Pair<'_>) -> Built {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let Some(subject) = inner.next() else {
            return self.invalid(span);
        };
        let subject = self.conditional(subject);
        let mut depth = subject.depth;
        let arms = inner.filter_map(|arm| self.arm(arm, &mut depth)).collect();
        let kind = ExprKind::Switch {
            subject: Box::new(subject.expr),
            arms,
        };
        self.node(kind, span, depth)
    }

    fn arm(&mut self, pair: Pair<'_>, depth: &mut usize) -> Option<SwitchArm> {
        let mut inner = pair.into_inner();
        let pattern = inner.next()?;
        let pattern = match pattern.as_rule() {
            Rule::default_arm => None,
            _ => Some(self.conditional(pattern)),
        };
        let value = self.conditional(inner.next()?);
        *depth = (*depth)
            .max(value.depth)
            .max(pattern.as_ref().map_or(0, |p| p.depth));
        Some(SwitchArm {
            pattern: pattern.map(|p| p.expr),
            value: value.expr,
        })
    }
}

pub(super) fn is_number(rule: Rule) -> bool {
    matches!(rule, Rule::int | Rule::double | Rule::range)
}

fn access_of(dot: &str) -> Access {
    match (dot.starts_with('?'), dot.ends_with('?')) {
        (true, _) => Access::Safe,
        (_, true) => Access::Optional,
        _ => Access::Plain,
    }
}

fn reserved(name: &Ident) -> Diagnostic {
    Diagnostic::new(
        Code::Syntax,
        name.span,
        format!("`{}` is a word that CEL reserves", name.name),
    )
    .here("cannot be a name in an expression")
    .help(format!(
        "choose another name, or write it as a text: \"{}\"",
        name.name
    ))
}

fn optional_call(dot: Span) -> Diagnostic {
    Diagnostic::new(Code::Syntax, dot, "a method cannot be called through `?.`")
        .here("selects a field where the value is present")
        .help("give a default first: `(value ?? default).method()`")
}
