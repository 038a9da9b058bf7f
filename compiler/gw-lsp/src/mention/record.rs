//! Records, where keys and bare names are texts, and the statements of tests, which hold them.

use super::{Role, Walker};
use gw_compiler::{Kind, registry};
use gw_syntax::{Expr, ExprKind, Ident, Part, Span, Statement, StatementValue};

impl Walker<'_> {
    /// `sub: "u1"` in a record.
    pub(super) fn record_field(&mut self, s: &Statement) {
        self.push(s.head.ident().span, Role::Key);
        self.record_value(s.value.as_ref());
        self.block(s.block.as_deref(), "record");
    }

    fn record_value(&mut self, value: Option<&StatementValue>) {
        match value {
            Some(StatementValue::Expr(expr) | StatementValue::Annotation(expr)) => {
                self.plain(expr);
            }
            Some(StatementValue::Type(ty)) => {
                if let Some(expr) = ty.to_expr() {
                    self.plain(&expr);
                }
            }
            Some(StatementValue::TypedExpr(_, expr)) => self.plain(expr),
            None => {}
        }
    }

    /// A value whose bare names are texts.
    fn plain(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name { .. } => self.push(expr.span, Role::Choice),
            ExprKind::List(items) => items.iter().for_each(|i| self.plain(&i.expr)),
            ExprKind::Map(entries) => {
                for entry in entries {
                    self.push(entry.key.span, Role::Key);
                    self.plain(&entry.value);
                }
            }
            _ => self.expr(expr),
        }
    }

    pub(super) fn test_statement(&mut self, s: &Statement) {
        let head = s.head.ident();
        match registry::find(&head.name, "test") {
            Some(spec) => self.push(head.span, Role::Keyword(spec)),
            None => self.push(head.span, Role::Word),
        }
        match head.name.as_str() {
            "given" => self.given(s),
            "when" => self.request(s),
            _ => self.expectation(s),
        }
        self.clauses(s);
        self.block(s.block.as_deref(), "record");
    }

    fn given(&mut self, s: &Statement) {
        if let [Part::Word(word), Part::Word(name)] = s.parts.as_slice()
            && word.name == "backend"
        {
            self.push(word.span, Role::Word);
            self.push(name.span, Role::Reference(&[Kind::Backend]));
        } else {
            self.parts(&s.parts);
        }
        self.record_value(s.value.as_ref());
    }

    fn request(&mut self, s: &Statement) {
        let mut after_on = false;
        for part in &s.parts {
            match part {
                Part::Word(w) if after_on => self.name(w),
                Part::Word(w) if w.name.bytes().all(|b| b.is_ascii_uppercase()) => {
                    self.push(w.span, Role::HttpMethod);
                }
                // The path of a request has no parameters.
                Part::Path(path) => self.push(path.span, Role::Text),
                Part::Word(_) | Part::Methods(_) | Part::Call { .. } | Part::Value(_) => {
                    self.part(part);
                }
            }
            after_on = matches!(part, Part::Word(w) if w.name == "on");
        }
        self.record_value(s.value.as_ref());
    }

    /// `then route x`, or `route x` after a comma.
    fn expectation(&mut self, s: &Statement) {
        let head = s.head.ident();
        let mut word: Option<&Ident> = (head.name != "then").then_some(head);
        for part in &s.parts {
            match (part, word.map(|w| w.name.as_str())) {
                (Part::Word(name), Some("backend")) => {
                    self.push(name.span, Role::Reference(&[Kind::Backend]));
                }
                (Part::Word(name), Some("route")) => self.push(name.span, Role::Route),
                (Part::Word(name), Some("rule")) => self.push(name.span, Role::Rule),
                (Part::Value(text), Some("route" | "rule")) => self.quoted(text),
                (Part::Path(path), _) => self.push(path.span, Role::Text),
                _ => self.part(part),
            }
            word = match part {
                Part::Word(w) => Some(w),
                Part::Methods(_) | Part::Path(_) | Part::Call { .. } | Part::Value(_) => None,
            };
        }
        self.value(s.value.as_ref());
    }

    /// `"shop.order_create"`: the route of a service.
    fn quoted(&mut self, text: &Expr) {
        let Some(name) = text.as_text() else {
            return self.expr(text);
        };
        let (start, end) = (text.span.start + 1, text.span.end.saturating_sub(1));
        if (end - start.min(end)) as usize != name.len() {
            return self.expr(text);
        }
        let span = |start, end| Span {
            start,
            end,
            ..text.span
        };
        let dot = name.find('.').map(|at| start + crate::text::narrow(at));
        if let Some(dot) = dot {
            self.push(span(start, dot), Role::Reference(&[Kind::Service]));
        }
        let from = dot.map_or(start, |dot| dot + 1);
        self.push(span(from, end), Role::Route);
    }
}
