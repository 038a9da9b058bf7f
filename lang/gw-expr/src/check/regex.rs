//! Constant regular expressions, with the caret inside the pattern.

use super::{Checker, Typed};
use crate::{Ir, Type};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Literal, Span};
use smol_str::SmolStr;

/// Bytes of the longest pattern that is compiled; its automata could not be larger than a mebibyte
/// anyway.
const LONGEST: usize = 64 << 10;

impl Checker<'_> {
    /// `operand.matches("pattern")`.
    pub(super) fn pattern_match(
        &mut self,
        operand: Ir,
        pattern: &SmolStr,
        literal: &Expr,
        span: Span,
    ) -> Typed {
        if let Err(failed) = self.compiled(pattern, literal) {
            return *failed;
        }
        let code = Ir::Matches {
            operand: Box::new(operand),
            pattern: pattern.clone(),
        };
        self.folded(code, Type::Bool, span)
    }

    /// The finding for a constant pattern that a function of the regex extension cannot use.
    pub(super) fn bad_search(
        &mut self,
        function: &str,
        pattern: &SmolStr,
        literal: &Expr,
    ) -> Option<Typed> {
        let groups = match self.compiled(pattern, literal) {
            Ok(groups) => groups,
            Err(failed) => return Some(*failed),
        };
        if groups < 2 || function == "regex.replace" {
            return None;
        }
        let message =
            format!("`{function}` takes what one group matches, this pattern has {groups}");
        let diagnostic = Diagnostic::new(Code::BadRegex, literal.span, message);
        let help = "keep the parentheses of one group, write `(?:…)` for the others";
        Some(self.fail(diagnostic.here("more than one group").help(help)))
    }

    /// Compiles a pattern; the number of its groups.
    fn compiled(&mut self, pattern: &SmolStr, literal: &Expr) -> Result<usize, Box<Typed>> {
        if pattern.len() > LONGEST {
            let message = format!("the regular expression is longer than {LONGEST} bytes");
            return Err(Box::new(self.pattern_too_large(message, literal)));
        }
        if let Err(error) = regex_syntax::Parser::new().parse(pattern) {
            return Err(Box::new(self.bad_pattern(pattern, &error, literal)));
        }
        match crate::regex::compile(pattern) {
            Ok(regex) => Ok(regex.captures_len() - 1),
            Err(error) => {
                let message = format!("the regular expression is too large: {error}");
                Err(Box::new(self.pattern_too_large(message, literal)))
            }
        }
    }

    fn pattern_too_large(&mut self, message: String, literal: &Expr) -> Typed {
        let help = "shorten it, or lower its repetitions";
        let diagnostic = Diagnostic::new(Code::BadRegex, literal.span, message);
        self.fail(diagnostic.here("too large").help(help))
    }

    fn bad_pattern(&mut self, pattern: &str, error: &regex_syntax::Error, literal: &Expr) -> Typed {
        let (place, reason) = match error {
            regex_syntax::Error::Parse(e) => (Some(*e.span()), e.kind().to_string()),
            regex_syntax::Error::Translate(e) => (Some(*e.span()), e.kind().to_string()),
            other => (None, other.to_string()),
        };
        let at = place
            .and_then(|p| self.inside(literal, pattern, p.start.offset..p.end.offset))
            .unwrap_or(literal.span);
        let message = "the regular expression is wrong";
        let help = if reason.contains("look-around") || reason.contains("backreferences") {
            "regular expressions run in linear time here: write it without back-references and look-around"
        } else {
            "a backslash before a special character makes it plain; raw strings `r\"…\"` keep backslashes"
        };
        self.fail(
            Diagnostic::new(Code::BadRegex, at, message)
                .here(reason)
                .help(help),
        )
    }

    /// The place of a part of a string literal, where the literal has no escapes.
    fn inside(&self, literal: &Expr, value: &str, part: std::ops::Range<usize>) -> Option<Span> {
        if !matches!(literal.kind, ExprKind::Literal(Literal::Text(_))) {
            return None;
        }
        let Span { file, start, end } = literal.span;
        let length = (end - start) as usize;
        let quote = match self.env.sources.as_ref().map(|s| s.text(literal.span)) {
            Some(raw) => raw.find(value).filter(|_| !value.is_empty())?,
            None if length == value.len() + 2 => 1,
            None if length == value.len() + 3 => 2,
            None => return None,
        };
        let from = start as usize + quote;
        // An error at the end of the pattern gets the last character.
        let stop = part.end.max(part.start + 1).min(value.len().max(1));
        let begin = part.start.min(stop.saturating_sub(1));
        Some(Span::new(file, from + begin, from + stop))
    }
}
