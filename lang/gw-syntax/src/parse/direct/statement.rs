//! Statements and blocks.

use super::token::is_name_start;
use super::{Direct, GiveUp, Read};
use crate::parse::grammar::Rule;
use crate::parse::lexeme::{Extent, string_extent};
use crate::{Block, Clause, Head, Ident, Part, Statement, StatementValue, TypeExpr, TypeKind};
use thin_vec::thin_vec;

impl Direct<'_, '_, '_> {
    /// The statements of `parent` up to `close`, or to the end of the text.
    pub(super) fn statements(&mut self, close: Option<u8>, parent: &str) -> Read<Vec<Statement>> {
        let mut statements = Vec::new();
        self.seps();
        while self.peek() != close {
            let statement = match self.unread(parent) {
                Some(unread) => unread,
                None => self.statement()?,
            };
            statements.push(statement);
            self.blank();
            match self.peek() {
                Some(b';' | b',' | b'\n') => self.seps(),
                other if other == close => {}
                _ => return Err(GiveUp),
            }
        }
        // Statements are large and blocks are many: room for more would be most of the tree.
        statements.shrink_to_fit();
        Ok(statements)
    }

    fn statement(&mut self) -> Read<Statement> {
        let start = self.at;
        let end = self.name_end(start);
        let condition = self.text.get(start..end) == Some("when") && self.condition_follows(end);
        let methods = condition && self.peek().is_some_and(|b| b.is_ascii_uppercase());
        let dotted = condition && self.peek_at(end) == Some(b'.');
        let condition_at = self.at;
        self.at = start;
        if methods || dotted || !self.peek().is_some_and(is_name_start) {
            let statement = self.grammar(Rule::statement, start, |b, pair| b.statement(pair));
            return statement;
        }
        let mut statement = self.builder.open_statement(self.span(start));
        self.at = end;
        if condition {
            statement.head = Head::Name(self.ident_from(start));
            self.at = condition_at;
            statement.parts = thin_vec![Part::Value(Box::new(self.expr()?.expr))];
        } else {
            self.head_name(&mut statement, start);
            self.parts(&mut statement)?;
            self.after_parts(&mut statement)?;
        }
        statement.span = self.span(start);
        self.builder.close_statement(&mut statement);
        Ok(statement)
    }

    /// `condition_start` after its word, but for methods; goes to the condition.
    fn condition_follows(&mut self, end: usize) -> bool {
        self.at = end;
        self.blank();
        let next = self.peek();
        next.is_some_and(|b| !matches!(b, b'=' | b':' | b'{' | b';' | b',' | b'}' | b'\n'))
    }

    fn head_name(&mut self, statement: &mut Statement, start: usize) {
        while self.peek() == Some(b'.') && self.peek_at(self.at + 1).is_some_and(is_name_start) {
            self.at = self.name_end(self.at + 1);
        }
        statement.head = Head::Name(self.ident_from(start));
        statement.optional = self.eat(b'?');
    }

    fn parts(&mut self, statement: &mut Statement) -> Read<()> {
        loop {
            let before = self.at;
            self.blank();
            let part = match self.at > before && !self.at_clause() {
                true => self.part()?,
                false => None,
            };
            match part {
                Some(part) => {
                    statement.parts.reserve_exact(1);
                    statement.parts.push(part);
                }
                None => {
                    self.at = before;
                    return Ok(());
                }
            }
        }
    }

    fn after_parts(&mut self, statement: &mut Statement) -> Read<()> {
        let before = self.at;
        self.blank();
        let from = self.at;
        match self.peek() {
            Some(b'=') => statement.value = Some(StatementValue::Expr(Box::new(self.assign()?))),
            Some(b':') => statement.value = self.annotation()?,
            Some(b'{') => {}
            Some(b) if is_name_start(b) => {}
            _ => {
                self.at = before;
                return self.late_because(statement);
            }
        }
        self.clauses(statement)?;
        self.consequence(statement)?;
        self.block_if_any(statement)?;
        // `rest` may be empty, and the blanks before it then belong to the statement.
        if self.at == from { Err(GiveUp) } else { Ok(()) }
    }

    fn assign(&mut self) -> Read<crate::Expr> {
        self.at += 1;
        if matches!(self.peek(), Some(b'=' | b'>')) {
            return Err(GiveUp);
        }
        self.gap();
        Ok(self.expr()?.expr)
    }

    fn annotation(&mut self) -> Read<Option<StatementValue>> {
        let start = self.at;
        self.at += 1;
        self.blank();
        let ty = self.plain_type().filter(|_| self.at_type_end());
        let Some(ty) = ty else {
            return self.grammar(Rule::annotation, start, |b, pair| b.value(pair, None));
        };
        let before = self.at;
        self.blank();
        if self.peek() == Some(b'=') {
            let value = self.assign()?;
            let value = StatementValue::TypedExpr(Box::new(ty), Box::new(value));
            return Ok(Some(value));
        }
        self.at = before;
        Ok(Some(StatementValue::Type(Box::new(ty))))
    }

    /// `name`, `name<name>`, each with or without `?`; nothing else, and no refinement.
    fn plain_type(&mut self) -> Option<TypeExpr> {
        let start = self.at;
        let name = self
            .peek()
            .filter(|b| is_name_start(*b))
            .map(|_| self.ident())?;
        let before = self.at;
        self.blank();
        let mut arguments = Vec::new();
        if self.eat(b'<') {
            self.gap();
            let inner = self
                .peek()
                .filter(|b| is_name_start(*b))
                .map(|_| self.ident())?;
            arguments.push(TypeExpr {
                span: inner.span,
                kind: TypeKind::Named(inner, Vec::new()),
                optional: false,
                refinements: Vec::new(),
            });
            self.gap();
            if !self.eat(b'>') {
                return None;
            }
        } else {
            self.at = before;
        }
        let optional = self.eat(b'?');
        Some(TypeExpr {
            kind: TypeKind::Named(name, arguments),
            optional,
            refinements: Vec::new(),
            span: self.span(start),
        })
    }

    /// `type_end`, where no refinement can stand.
    fn at_type_end(&self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let mut next = rest.iter().skip_while(|b| matches!(b, b' ' | b'\t'));
        match next.next() {
            None | Some(b'{' | b';' | b',' | b'\n' | b'}' | b')') => true,
            Some(b'=') => next.next() != Some(&b'>'),
            Some(_) => false,
        }
    }

    fn clauses(&mut self, statement: &mut Statement) -> Read<()> {
        let mut depth = 0;
        let first = statement.clauses.len();
        while let Some(clause) = self.clause_if_any(&mut depth)? {
            statement.clauses.reserve_exact(1);
            statement.clauses.push(clause);
        }
        if statement.clauses.len() == first {
            return self.late_because(statement);
        }
        while self.late_clause(statement, &["reason", "because"])? {}
        Ok(())
    }

    fn late_because(&mut self, statement: &mut Statement) -> Read<()> {
        let first = statement.clauses.len();
        while self.late_clause(statement, &["because"])? {}
        if statement.clauses.len() > first {
            self.block_if_any(statement)?;
        }
        Ok(())
    }

    /// A clause that may stand on the next line; whether there was one.
    fn late_clause(&mut self, statement: &mut Statement, words: &[&str]) -> Read<bool> {
        let before = self.at;
        self.gap();
        if !self.at_clause_word(|word| words.contains(&word)) {
            self.at = before;
            return Ok(false);
        }
        statement.clauses.push(self.clause(&mut 0)?);
        Ok(true)
    }

    /// A clause on this line, if one follows; `depth` becomes at least that of its expression.
    pub(super) fn clause_if_any(&mut self, depth: &mut usize) -> Read<Option<Clause>> {
        let before = self.at;
        self.blank();
        if !self.at_clause() {
            self.at = before;
            return Ok(None);
        }
        self.clause(depth).map(Some)
    }

    fn clause(&mut self, depth: &mut usize) -> Read<Clause> {
        let word: Ident = self.ident();
        self.blank();
        let built = self.expr()?;
        *depth = (*depth).max(built.depth);
        Ok(Clause {
            word,
            expr: built.expr,
        })
    }

    fn consequence(&mut self, statement: &mut Statement) -> Read<()> {
        let before = self.at;
        self.blank();
        let start = self.at;
        if self.peek() == Some(b':') {
            return self.grammar(Rule::consequence, start, |b, pair| {
                b.consequence(statement, pair);
            });
        }
        self.at = before;
        Ok(())
    }

    fn block_if_any(&mut self, statement: &mut Statement) -> Read<()> {
        let before = self.at;
        self.blank();
        if self.peek() != Some(b'{') {
            self.at = before;
            return Ok(());
        }
        statement.block = Some(Box::new(self.block(statement)?));
        Ok(())
    }

    fn block(&mut self, statement: &mut Statement) -> Read<Block> {
        let open = self.at;
        let line = self.first_line(open)?;
        let one_line = match line {
            Line::Closes(end) => Some(self.builder.place(open, end)),
            Line::Ends(_) => None,
        };
        let at = self.builder.place(open, open);
        let inline = self.builder.open_block(statement, at, one_line);
        self.at = open + 1;
        let parent = statement.head.ident().name.clone();
        let statements = self.statements(Some(b'}'), &parent)?;
        self.at += 1;
        let foreseen = match line {
            Line::Closes(end) => self.at == end,
            Line::Ends(end) => end < self.at,
        };
        if !foreseen {
            return Err(GiveUp);
        }
        let span = self.span(open);
        Ok(Block {
            statements,
            tail: self.builder.comments_before(span.end),
            span,
            inline,
        })
    }

    /// Whether a block closes on its first line. Braces in paths have their partners, but quotes
    /// in them may mislead: the block tells whether it was foreseen.
    fn first_line(&self, open: usize) -> Read<Line> {
        let (mut at, mut depth) = (open, 0usize);
        loop {
            match self.peek_at(at).ok_or(GiveUp)? {
                b'\n' => return Ok(Line::Ends(at)),
                b'"' | b'\'' => match string_extent(self.bytes, at) {
                    Extent::Closed(end) => {
                        let string = self.bytes.get(at..end).unwrap_or_default();
                        if let Some(line_end) = string.iter().position(|b| *b == b'\n') {
                            return Ok(Line::Ends(at + line_end));
                        }
                        at = end;
                        continue;
                    }
                    Extent::Open(_) => return Err(GiveUp),
                },
                b'{' => depth += 1,
                b'}' if depth <= 1 => return Ok(Line::Closes(at + 1)),
                b'}' => depth -= 1,
                _ => {}
            }
            at += 1;
        }
    }
}

/// How the line goes on that a block begins on.
#[derive(Clone, Copy)]
enum Line {
    /// The block closes just before this byte.
    Closes(usize),
    /// It ends at this byte.
    Ends(usize),
}
