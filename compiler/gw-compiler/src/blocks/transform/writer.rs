//! Writes edits and texts in one environment.

use super::{ADD, REMOVE, RENAME, REPLACE, SET, names, plain};
use crate::blocks::action::location;
use crate::blocks::secret;
use crate::cx::{Cx, items};
use crate::resolve::Kind;
use gw_expr::{Checked, Env, OwnedValue, Type};
use gw_graph::{Edit, HeaderPattern, Text};
use gw_syntax::{BinaryOp, Code, Diagnostic, Expr, ExprKind, Ident, Part, Statement, TemplatePart};
use smol_str::SmolStr;
use std::rc::Rc;

/// Writes edits in one environment.
pub(crate) struct Writer<'e> {
    /// The module whose secrets are seen.
    pub(crate) module: usize,
    /// The names that values may use.
    pub(crate) env: &'e Rc<Env>,
    /// Whether the text reaches the client; secrets must not.
    pub(crate) response: bool,
}

impl Writer<'_> {
    pub(super) fn edit(&mut self, cx: &mut Cx<'_, '_>, statement: &Statement) -> Vec<Edit> {
        let verb = statement.head.ident().name.clone();
        let value = crate::load::assigned(statement);
        let words: Vec<&Part> = statement.parts.iter().collect();
        let edits = match (verb.as_str(), words.as_slice(), value) {
            ("set", [Part::Word(w), Part::Value(n)], Some(v)) if w.name == "header" => self
                .header_field(cx, n, v)
                .map(|(n, text)| vec![Edit::SetHeader(n, text)]),
            ("add", [Part::Word(w), Part::Value(n)], Some(v)) if w.name == "header" => self
                .header_field(cx, n, v)
                .map(|(n, text)| vec![Edit::AddHeader(n, text)]),
            ("set", [Part::Word(w), Part::Value(n)], Some(v))
                if w.name == "query" && !self.response =>
            {
                cx.text_of(self.module, n)
                    .and_then(|n| Some(vec![Edit::SetQuery(n.into(), self.query(cx, v)?)]))
            }
            ("set", [Part::Word(w)], Some(v)) if w.name == "path" && !self.response => {
                self.path(cx, v).map(|t| vec![Edit::SetPath(t)])
            }
            ("set", [Part::Word(w)], Some(v)) if w.name == "status" && self.response => {
                self.status(cx, v)
            }
            ("remove", [Part::Word(w), Part::Value(list)], None) if w.name == "header" => Some(
                items(list)
                    .into_iter()
                    .filter_map(|n| self.pattern(cx, n))
                    .map(Edit::RemoveHeader)
                    .collect(),
            ),
            ("remove", [Part::Word(w), Part::Value(list)], None)
                if w.name == "query" && !self.response =>
            {
                let names = items(list)
                    .into_iter()
                    .filter_map(|n| cx.text_of(self.module, n));
                Some(names.map(|n| Edit::RemoveQuery(n.into())).collect())
            }
            (
                "rename",
                [
                    Part::Word(w),
                    Part::Value(a),
                    Part::Word(to),
                    Part::Value(b),
                ],
                None,
            ) if w.name == "header" && to.name == "to" => self
                .header(cx, a)
                .and_then(|a| Some(vec![Edit::RenameHeader(a, self.header(cx, b)?)])),
            ("replace", [Part::Word(w), Part::Value(old)], Some(new)) if w.name == "prefix" => self
                .prefix(cx, old)
                .and_then(|o| Some(vec![Edit::ReplacePrefix(o, self.path(cx, new)?)])),
            _ => {
                cx.report(wrong_edit(statement, &verb));
                None
            }
        };
        edits.unwrap_or_default()
    }

    /// A header with its value.
    pub(crate) fn header_field(
        &self,
        cx: &mut Cx<'_, '_>,
        name: &Expr,
        value: &Expr,
    ) -> Option<(SmolStr, Text)> {
        let name = self.header(cx, name)?;
        plain::warn_braces(cx, value);
        let text = self.text(cx, value)?;
        plain::check_line_breaks(cx, &text, value.span);
        if self.response && name == "location" {
            location::check(cx, &text, value.span, &[]);
        }
        Some((name, text))
    }

    /// The value of a query parameter.
    fn query(&self, cx: &mut Cx<'_, '_>, expr: &Expr) -> Option<Text> {
        plain::warn_braces(cx, expr);
        self.address(cx, expr, "query")
    }

    /// A text of an address, where secrets have no place.
    fn address(&self, cx: &mut Cx<'_, '_>, expr: &Expr, place: &str) -> Option<Text> {
        if !self.response && self.mentions_secret(cx, expr) {
            cx.report(plain::secret_in_address(expr.span, place));
            return None;
        }
        self.text(cx, expr)
    }

    /// A header name in lower case that an edit may touch.
    pub(crate) fn header(&self, cx: &mut Cx<'_, '_>, expr: &Expr) -> Option<SmolStr> {
        let text = cx.text_of(self.module, expr)?;
        let name = names::one(&text, expr.span);
        name.map_err(|finding| cx.report(*finding)).ok()
    }

    /// The headers that an edit removes.
    fn pattern(&self, cx: &mut Cx<'_, '_>, expr: &Expr) -> Option<HeaderPattern> {
        let text = cx.text_of(self.module, expr)?;
        let pattern = names::pattern(&text, expr.span);
        pattern.map_err(|finding| cx.report(*finding)).ok()
    }

    /// The text of an expression; a secret, alone or after constants, only towards backends.
    pub(crate) fn text(&self, cx: &mut Cx<'_, '_>, expr: &Expr) -> Option<Text> {
        if let Some(parts) = self.secret_parts(cx, expr) {
            if self.response {
                cx.report(
                    Diagnostic::new(
                        Code::SecretLeak,
                        expr.span,
                        "a secret would reach the client",
                    )
                    .here("holds a secret")
                    .help("secrets may only be set as headers of requests to backends"),
                );
                return None;
            }
            let mut parts = parts?;
            return if parts.len() == 1 {
                parts.pop()
            } else {
                Some(Text::Template(parts))
            };
        }
        let checked = cx.check_any_in(expr, self.env)?;
        self.textual(cx, checked)
    }

    fn textual(&self, cx: &mut Cx<'_, '_>, checked: Checked) -> Option<Text> {
        match checked.ty.present().base() {
            Type::Error => return None,
            Type::String
            | Type::Int
            | Type::Uint
            | Type::Bool
            | Type::Ip
            | Type::Enum(_)
            | Type::Double
            | Type::Dyn
            | Type::Size => {}
            other => {
                cx.report(
                    Diagnostic::new(
                        Code::TypeMismatch,
                        checked.span,
                        format!("a {other} is not text"),
                    )
                    .here(format!("has type {}", checked.ty))
                    .help("turn it into text with `string(…)`"),
                );
                return None;
            }
        }
        match &checked.ir {
            gw_expr::Ir::Const(OwnedValue::Str(text)) => Some(Text::Constant(text.clone())),
            _ => Some(Text::Expr(cx.intern(checked.ir))),
        }
    }

    /// `Some` if the expression is a secret or a sum of texts and secrets.
    #[expect(
        clippy::option_option,
        reason = "no secret, a wrong secret, and a right one are three things"
    )]
    fn secret_parts(&self, cx: &mut Cx<'_, '_>, expr: &Expr) -> Option<Option<Vec<Text>>> {
        if !self.mentions_secret(cx, expr) {
            return None;
        }
        Some(self.sum(cx, expr))
    }

    fn mentions_secret(&self, cx: &Cx<'_, '_>, expr: &Expr) -> bool {
        let names = crate::env::names_in(expr);
        names.iter().any(|n| {
            let decl = cx
                .program
                .peek(self.module, n)
                .and_then(|id| cx.program.decl(id));
            decl.is_some_and(|d| d.kind == Kind::Secret)
        })
    }

    fn sum(&self, cx: &mut Cx<'_, '_>, expr: &Expr) -> Option<Vec<Text>> {
        match &expr.kind {
            ExprKind::Name { name, .. } if self.mentions_secret(cx, expr) => {
                let id = cx.program.expect(
                    self.module,
                    &Ident {
                        name: name.clone(),
                        span: expr.span,
                    },
                    Kind::Secret,
                );
                Some(vec![Text::Secret(secret::lower(cx, id.ok()?)?)])
            }
            ExprKind::Binary(BinaryOp::Add, _, a, b) => {
                let mut parts = self.sum(cx, a)?;
                parts.extend(self.sum(cx, b)?);
                Some(parts)
            }
            _ if self.mentions_secret(cx, expr) => {
                cx.report(
                    Diagnostic::new(
                        Code::SecretLeak,
                        expr.span,
                        "a secret can only be set as it is, or after a text",
                    )
                    .here("computes with a secret")
                    .help("write `\"Bearer \" + NAME`"),
                );
                None
            }
            _ => {
                let checked = cx.check_in(expr, self.env, &Type::String)?;
                self.textual(cx, checked).map(|t| vec![t])
            }
        }
    }

    /// A text in which `{expression}` stands for its value.
    pub(crate) fn template(&self, cx: &mut Cx<'_, '_>, expr: &Expr) -> Option<Text> {
        let Some(text) = expr.as_text() else {
            return self.address(cx, expr, "path");
        };
        if !text.contains(['{', '}']) {
            return Some(Text::Constant(text.into()));
        }
        let parts = match gw_syntax::parse_template(text, expr.span) {
            Ok(parts) => parts,
            Err(found) => {
                cx.diagnostics.extend(found);
                return None;
            }
        };
        let texts: Option<Vec<Text>> = parts
            .into_iter()
            .map(|part| match part {
                TemplatePart::Text(text) => Some(Text::Constant(text)),
                TemplatePart::Expr(inner) => self.template_value(cx, &inner),
            })
            .collect();
        texts.map(Text::Template)
    }

    /// Inside a template a value must be there.
    fn template_value(&self, cx: &mut Cx<'_, '_>, expr: &Expr) -> Option<Text> {
        if !self.response && self.mentions_secret(cx, expr) {
            cx.report(plain::secret_in_address(expr.span, "path"));
            return None;
        }
        let checked = cx.check_any_in(expr, self.env)?;
        if checked.ty.may_be_absent() {
            cx.report(
                Diagnostic::new(Code::MaybeAbsent, expr.span, "this value may be absent")
                    .here(format!("has type {}", checked.ty))
                    .help("say what stands here then: `{… ?? \"default\"}`"),
            );
            return None;
        }
        self.textual(cx, checked)
    }

    fn status(&self, cx: &mut Cx<'_, '_>, expr: &Expr) -> Option<Vec<Edit>> {
        let checked = cx.check_in(expr, self.env, &Type::Int)?;
        if let gw_expr::Ir::Const(OwnedValue::Int(n)) = &checked.ir
            && !(200..=599).contains(n)
        {
            cx.report(bad_status(expr));
            return None;
        }
        Some(vec![Edit::SetStatus(cx.intern(checked.ir))])
    }
}

/// The finding for a status that no final response has.
pub(crate) fn bad_status(expr: &Expr) -> Diagnostic {
    Diagnostic::new(
        Code::BadStatus,
        expr.span,
        "this is not the status of a final response",
    )
    .here("not between 200 and 599")
    .help("write a status code such as `200` or `404` (RFC 9110 section 15)")
}

fn wrong_edit(statement: &Statement, verb: &str) -> Diagnostic {
    let usage = match verb {
        "set" => SET.usage,
        "add" => ADD.usage,
        "remove" => REMOVE.usage,
        "rename" => RENAME.usage,
        _ => REPLACE.usage,
    };
    Diagnostic::new(
        Code::WrongShape,
        statement.span,
        format!("this `{verb}` has the wrong shape, or cannot stand here"),
    )
    .here("not a change that can be made here")
    .help(format!("write `{usage}`"))
}
