//! Parts of a statement, and the values that expressions are made of.

use super::token::is_name_start;
use super::{Direct, GiveUp, Read};
use crate::parse::build::Built;
use crate::parse::grammar::Rule;
use crate::parse::lexeme::is_name_char;
use crate::{Expr, ExprKind, Ident, ListItem, Part};

impl Direct<'_, '_, '_> {
    /// `part`; `None` where none begins.
    pub(super) fn part(&mut self) -> Read<Option<Part>> {
        let start = self.at;
        let findings = self.builder.diagnostics.len();
        let next = self.peek_at(start + 1);
        let value = match self.peek() {
            Some(b'/') => {
                self.at = self.path_end(start);
                let text = self.text.get(start..self.at).ok_or(GiveUp)?;
                return Ok(Some(self.builder.path(text, self.span(start))));
            }
            Some(b) if is_name_start(b) => return self.worded().map(Some),
            Some(b'"' | b'\'') => self.string(),
            Some(b'0'..=b'9') => self.number(),
            Some(b'[') => self.list(),
            Some(b'(' | b'-') => Err(GiveUp),
            Some(b'.') if next.is_some_and(|b| b.is_ascii_digit()) => Err(GiveUp),
            Some(b':') if next == Some(b':') => Err(GiveUp),
            _ => return Ok(None),
        };
        match value {
            Ok(built) => Ok(Some(Part::Value(Box::new(built.expr)))),
            Err(GiveUp) => {
                self.builder.diagnostics.truncate(findings);
                self.part_by_grammar(start).map(Some)
            }
        }
    }

    fn part_by_grammar(&mut self, start: usize) -> Read<Part> {
        self.grammar(Rule::part, start, |b, pair| b.part(pair))
    }

    /// `path`, which begins at `start`.
    fn path_end(&self, start: usize) -> usize {
        let mut at = start + 1;
        while let Some(byte) = self.peek_at(at) {
            at = match byte {
                b'{' => match self.path_braces_end(at) {
                    Some(end) => end,
                    None => return at,
                },
                b'<'..=b'z'
                | b'-'..=b':'
                | b'#'..=b'\''
                | b'*'
                | b'+'
                | b'!'
                | b'|'
                | b'~'
                | 0x80.. => at + 1,
                _ => return at,
            }
        }
        at
    }

    /// `path_braces`: one more pair of braces may stand inside.
    fn path_braces_end(&self, open: usize) -> Option<usize> {
        let mut inner = false;
        let rest = self.bytes.get(open + 1..)?;
        for (passed, byte) in rest.iter().enumerate() {
            match byte {
                b'}' if !inner => return Some(open + passed + 2),
                b'}' => inner = false,
                b'{' if !inner => inner = true,
                b'!'..=b'z' | b'|' | b'~' | 0x80.. => {}
                _ => return None,
            }
        }
        None
    }

    /// A word, `GET|HEAD` or a dotted word; others are left to the grammar.
    fn worded(&mut self) -> Read<Part> {
        let start = self.at;
        let end = self.name_end(start);
        match self.peek_at(end) {
            Some(b'"' | b'\'' | b'(') => self.part_by_grammar(start),
            Some(b':') if self.colon_is_special(end) => self.part_by_grammar(start),
            Some(b'|') => self.methods(),
            Some(b'.') => {
                self.at = end;
                while self.peek() == Some(b'.') {
                    self.at = self.name_after(self.at + 1)?;
                }
                Ok(Part::Word(self.ident_from(start)))
            }
            _ => {
                let name = self.ident();
                Ok(self.builder.word(name))
            }
        }
    }

    fn methods(&mut self) -> Read<Part> {
        let mut methods: Vec<Ident> = vec![self.ident()];
        while self.eat(b'|') {
            self.name_after(self.at)?;
            methods.push(self.ident());
        }
        Ok(Part::Methods(methods))
    }

    /// The end of the name that must begin at `at`.
    fn name_after(&self, at: usize) -> Read<usize> {
        let begins = self.peek_at(at).is_some_and(is_name_start);
        if begins {
            Ok(self.name_end(at))
        } else {
            Err(GiveUp)
        }
    }

    /// Whether an address may begin with the word before a colon.
    fn colon_is_special(&self, colon: usize) -> bool {
        self.peek_at(colon + 1)
            .is_some_and(|b| b == b':' || b.is_ascii_hexdigit())
    }

    /// `primary`.
    pub(super) fn primary(&mut self) -> Read<Built> {
        let start = self.at;
        let findings = self.builder.diagnostics.len();
        let built = match self.peek() {
            Some(b) if is_name_start(b) => self.named(),
            Some(b'"' | b'\'') => self.string(),
            Some(b'0'..=b'9') => self.number(),
            Some(b'(') => self.paren(),
            Some(b'[') => self.list(),
            _ => Err(GiveUp),
        };
        built.or_else(|GiveUp| {
            self.builder.diagnostics.truncate(findings);
            self.grammar(Rule::primary, start, |b, pair| b.primary(pair, None))
        })
    }

    fn named(&mut self) -> Read<Built> {
        let start = self.at;
        let end = self.name_end(start);
        let next = self.peek_at(end);
        let switch = self.text.get(start..end) == Some("switch");
        match next {
            Some(b'"' | b'\'') => return Err(GiveUp),
            Some(b':') if self.colon_is_special(end) => return Err(GiveUp),
            Some(b' ' | b'\t') if switch => return Err(GiveUp),
            _ => {}
        }
        let name = self.ident();
        let before = self.at;
        self.blank();
        if self.peek() == Some(b'(') {
            self.builder.check_reserved(&name);
            let (args, depth) = self.arguments()?;
            let kind = ExprKind::Call {
                name,
                args,
                rooted: false,
            };
            let span = self.span(start);
            return Ok(self.builder.node(kind, span, depth));
        }
        self.at = before;
        let span = name.span;
        Ok(self.builder.bare_name(name, false, span))
    }

    /// `arguments`, which begin here: the values, and how deep they are.
    pub(super) fn arguments(&mut self) -> Read<(Vec<Expr>, usize)> {
        let mut depth = 0;
        let args = self.listed(b')', |this| {
            let built = this.argument()?;
            depth = depth.max(built.depth);
            Ok(built.expr)
        })?;
        Ok((args, depth))
    }

    fn argument(&mut self) -> Read<Built> {
        let start = self.at;
        if self.peek().is_some_and(is_name_start) {
            self.at = self.name_end(start);
            let name = self.ident_from(start);
            self.blank();
            if self.peek() == Some(b'=') && self.peek_at(self.at + 1) != Some(b'=') {
                self.at += 1;
                self.gap();
                let value = self.expr()?;
                let kind = ExprKind::Named(name, Box::new(value.expr));
                let span = self.span(start);
                return Ok(self.builder.node(kind, span, value.depth));
            }
            self.at = start;
        }
        self.expr()
    }

    /// `list`, which begins here.
    fn list(&mut self) -> Read<Built> {
        let start = self.at;
        let mut depth = 0;
        let items = self.listed(b']', |this| this.list_item(&mut depth))?;
        let span = self.span(start);
        Ok(self.builder.node(ExprKind::List(items), span, depth))
    }

    fn list_item(&mut self, depth: &mut usize) -> Read<ListItem> {
        let built = self.expr()?;
        *depth = (*depth).max(built.depth);
        let mut clauses = Vec::new();
        while let Some(clause) = self.clause_if_any(depth)? {
            clauses.push(clause);
        }
        Ok(ListItem {
            expr: built.expr,
            optional: false,
            clauses,
        })
    }

    /// A bracket, elements with commas between them, and `close`.
    fn listed<T>(
        &mut self,
        close: u8,
        mut element: impl FnMut(&mut Self) -> Read<T>,
    ) -> Read<Vec<T>> {
        self.at += 1;
        self.gap();
        let mut elements = Vec::new();
        while !self.eat(close) {
            elements.push(element(self)?);
            self.gap();
            if self.eat(b',') {
                self.gap();
            } else if self.peek() != Some(close) {
                return Err(GiveUp);
            }
        }
        elements.shrink_to_fit();
        Ok(elements)
    }

    fn paren(&mut self) -> Read<Built> {
        let start = self.at;
        self.at += 1;
        self.gap();
        let built = self.expr()?;
        self.gap();
        if !self.eat(b')') {
            return Err(GiveUp);
        }
        let span = self.span(start);
        Ok(Built {
            expr: Expr { span, ..built.expr },
            depth: built.depth,
        })
    }

    /// A string in single quotes or double ones, without a prefix.
    fn string(&mut self) -> Read<Built> {
        let start = self.at;
        let quote = self.peek().ok_or(GiveUp)?;
        let is_quote = |at: usize| self.peek_at(at) == Some(quote);
        if is_quote(start + 1) && is_quote(start + 2) {
            return Err(GiveUp);
        }
        let mut at = start + 1;
        loop {
            match self.peek_at(at) {
                Some(b) if b == quote => break,
                Some(b'\\') => at += 2,
                Some(b'\n') | None => return Err(GiveUp),
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        let text = self.text.get(start..self.at).ok_or(GiveUp)?;
        let kind = self.builder.quoted(text, start, false);
        let span = self.span(start);
        Ok(self.builder.node(kind, span, 0))
    }

    /// A plain decimal number; others are left to the grammar.
    fn number(&mut self) -> Read<Built> {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        self.at += rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let goes_on = |b: u8| is_name_char(b) || matches!(b, b'.' | b':' | b'/' | b'%');
        if self.peek().is_some_and(goes_on) {
            return Err(GiveUp);
        }
        let text = self.text.get(start..self.at).ok_or(GiveUp)?;
        let span = self.span(start);
        let kind = self.builder.number(Rule::int, text, span, false);
        Ok(self.builder.node(kind, span, 0))
    }
}
