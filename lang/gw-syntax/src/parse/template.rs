//! Templates: text with expressions in braces, `"/p/{path.id}"`. `{{` and `}}` stand for braces.

use super::parse_expr;
use crate::{Code, Diagnostic, Expr, Span};
use smol_str::SmolStr;

/// A piece of a template.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text as it is, braces unescaped.
    Text(SmolStr),
    /// An expression whose value is put in.
    Expr(Expr),
}

/// Reads the template in `text`, the value of the string literal at `span`, quotes included.
/// Expressions have exact places where the literal has no escapes, else that of the literal.
///
/// # Errors
/// Findings for braces without a partner, empty braces, and expressions that do not parse.
pub fn parse_template(text: &str, span: Span) -> Result<Vec<TemplatePart>, Vec<Diagnostic>> {
    let exact = (span.end - span.start) as usize == text.len() + 2;
    let mut reader = Reader {
        text,
        span,
        exact,
        parts: Vec::new(),
        plain: String::new(),
    };
    let mut findings = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match reader.step(at) {
            Ok(next) => at = next,
            Err((mut found, next)) => {
                findings.append(&mut found);
                at = next;
            }
        }
    }
    reader.flush();
    if findings.is_empty() {
        Ok(reader.parts)
    } else {
        Err(findings)
    }
}

struct Reader<'t> {
    text: &'t str,
    span: Span,
    exact: bool,
    parts: Vec<TemplatePart>,
    plain: String,
}

impl Reader<'_> {
    /// Reads what stands at `at` and returns where to go on.
    fn step(&mut self, at: usize) -> Result<usize, (Vec<Diagnostic>, usize)> {
        let rest = self.text.get(at..).unwrap_or("");
        if rest.starts_with("{{") || rest.starts_with("}}") {
            self.plain.extend(rest.chars().next());
            return Ok(at + 2);
        }
        if rest.starts_with('}') {
            return Err((vec![self.stray(at)], at + 1));
        }
        if rest.starts_with('{') {
            return self.expression(at);
        }
        let length = rest.find(['{', '}']).unwrap_or(rest.len());
        self.plain.push_str(rest.get(..length).unwrap_or(""));
        Ok(at + length)
    }

    fn expression(&mut self, at: usize) -> Result<usize, (Vec<Diagnostic>, usize)> {
        let rest = self.text.get(at + 1..).unwrap_or("");
        let Some(length) = closing_brace(rest) else {
            return Err((vec![self.unclosed(at)], self.text.len()));
        };
        let next = at + 1 + length + 1;
        let inside = rest.get(..length).unwrap_or("");
        if inside.trim().is_empty() {
            return Err((vec![self.empty(at, next)], next));
        }
        let offset = self.place(at + 1, next).start;
        match parse_expr(self.span.file, inside, offset) {
            Ok(expr) => {
                self.flush();
                let expr = if self.exact {
                    expr
                } else {
                    Expr {
                        span: self.span,
                        ..expr
                    }
                };
                self.parts.push(TemplatePart::Expr(expr));
                Ok(next)
            }
            Err(mut findings) => {
                if !self.exact {
                    let labels = findings.iter_mut().flat_map(|f| &mut f.labels);
                    labels.for_each(|l| l.span = self.span);
                }
                Err((findings, next))
            }
        }
    }

    fn flush(&mut self) {
        if !self.plain.is_empty() {
            self.parts
                .push(TemplatePart::Text(std::mem::take(&mut self.plain).into()));
        }
    }

    fn place(&self, start: usize, end: usize) -> Span {
        if !self.exact {
            return self.span;
        }
        let from = self.span.start as usize + 1;
        Span::new(self.span.file, from + start, from + end)
    }

    fn stray(&self, at: usize) -> Diagnostic {
        Diagnostic::new(
            Code::UnexpectedClose,
            self.place(at, at + 1),
            "`}` closes nothing in this template",
        )
        .here("no `{` is open here")
        .help("write `}}` for a brace in the text")
    }

    fn unclosed(&self, at: usize) -> Diagnostic {
        Diagnostic::new(
            Code::UnclosedBrace,
            self.place(at, at + 1),
            "this `{` is never closed",
        )
        .here("an expression begins here")
        .help("close it with `}`, or write `{{` for a brace in the text")
    }

    fn empty(&self, start: usize, end: usize) -> Diagnostic {
        Diagnostic::new(
            Code::Syntax,
            self.place(start, end),
            "an expression is missing in the braces",
        )
        .here("nothing stands here")
        .help("write an expression such as `{path.id}`, or `{{}}` for braces in the text")
    }
}

/// The offset of the brace that closes an expression, past strings and inner brackets.
fn closing_brace(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => {
                if let super::lexeme::Extent::Closed(end) = super::lexeme::string_extent(bytes, at)
                {
                    at = end;
                    continue;
                }
            }
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}
