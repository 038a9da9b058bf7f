//! Builds statements and blocks, and hands each comment to the statement it belongs to.

use super::build::Builder;
use super::expr::is_number;
use super::grammar::{Pair, Rule};
use super::literal::constant;
use super::path;
use super::scan::blank_before;
use crate::{
    Arg, Block, Call, Clause, Code, Comment, Diagnostic, Expr, ExprKind, Head, Ident, Part, Span,
    Statement, StatementValue, Trivia, UnaryOp,
};
use thin_vec::ThinVec;

impl Builder<'_> {
    /// Builds `statement`.
    pub(super) fn statement(&mut self, pair: Pair<'_>) -> Statement {
        let span = self.span(&pair);
        let mut statement = self.open_statement(span);
        for part in pair.into_inner() {
            self.statement_part(&mut statement, part);
        }
        self.close_statement(&mut statement);
        statement
    }

    /// An empty statement at the beginning of `span`, with the comments before it.
    pub(super) fn open_statement(&mut self, span: Span) -> Statement {
        Statement {
            trivia: Trivia {
                before: self.comments_before(span.start).into(),
                after: None,
                blank_before: blank_before(self.source, span.start as usize),
            },
            head: Head::Name(self.nameless(span.at_start())),
            optional: false,
            parts: ThinVec::new(),
            value: None,
            clauses: ThinVec::new(),
            block: None,
            unread: false,
            span,
        }
    }

    /// What is left to do when all of a statement was read.
    pub(super) fn close_statement(&mut self, statement: &mut Statement) {
        self.attach_after(statement);
        self.check_clauses(statement);
    }

    /// A word that introduces a clause stands once, and has an expression. Twice `when` is most
    /// often a line that ends in an operator and swallows the next rule.
    fn check_clauses(&mut self, statement: &Statement) {
        for (i, clause) in statement.clauses.iter().enumerate() {
            let mut before = statement.clauses.iter().take(i);
            if let Some(first) = before.find(|c| c.word.name == clause.word.name) {
                self.report(twice(&clause.word, &first.word));
            }
        }
        if let (Some(Part::Word(word)), None) = (statement.parts.last(), &statement.value)
            && matches!(word.name.as_str(), "when" | "where" | "because")
        {
            self.report(bare(word));
        }
    }

    fn statement_part(&mut self, statement: &mut Statement, pair: Pair<'_>) {
        match pair.as_rule() {
            Rule::head_text => statement.head = Head::Text(self.head_text(pair)),
            Rule::head_name => statement.head = Head::Name(self.ident(&pair)),
            Rule::optional_mark => statement.optional = true,
            Rule::assign | Rule::annotation => {
                statement.value = self.value(pair, statement.value.take())
            }
            Rule::clause | Rule::late_clause => {
                statement.clauses.extend(self.clause(pair, &mut 0));
            }
            Rule::consequence => self.consequence(statement, pair),
            Rule::condition => {
                let inner = pair.into_inner().next();
                statement
                    .parts
                    .extend(inner.map(|e| Part::Value(Box::new(self.expr(e)))));
            }
            Rule::block => {
                statement.block = Some(Box::new(self.block(statement, pair)));
            }
            _ => statement.parts.push(self.part(pair)),
        }
    }

    fn head_text(&mut self, pair: Pair<'_>) -> Ident {
        let span = self.span(&pair);
        let literal = pair.into_inner().next().map(|string| self.string(string));
        match literal {
            Some(ExprKind::Literal(crate::Literal::Text(name))) => Ident { name, span },
            _ => self.nameless(span),
        }
    }

    /// `: condition => conclusion`: an annotation and a clause whose word is `=>`.
    pub(super) fn consequence(&mut self, statement: &mut Statement, pair: Pair<'_>) {
        let mut inner = pair.into_inner();
        let (Some(from), Some(to)) = (inner.next(), inner.next()) else {
            return;
        };
        let (from, to) = (self.expr(from), self.expr(to));
        let span = Span {
            start: from.span.end,
            end: to.span.start,
            ..from.span
        };
        statement.value = Some(StatementValue::Annotation(Box::new(from)));
        statement.clauses.push(Clause {
            word: Ident {
                name: "=>".into(),
                span,
            },
            expr: to,
        });
    }

    /// `= expr` and `: type`, and both together when `before` is a type already.
    pub(super) fn value(
        &mut self,
        pair: Pair<'_>,
        before: Option<StatementValue>,
    ) -> Option<StatementValue> {
        let assign = pair.as_rule() == Rule::assign;
        let mut inner = pair.into_inner();
        let first = inner.next()?;
        let value = match (first.as_rule(), assign) {
            (Rule::r#type, _) => StatementValue::Type(Box::new(self.type_expr(first))),
            (_, true) => StatementValue::Expr(Box::new(self.expr(first))),
            (_, false) => StatementValue::Annotation(Box::new(self.expr(first))),
        };
        let value = match (before, value) {
            (Some(StatementValue::Type(ty)), StatementValue::Expr(expr)) => {
                StatementValue::TypedExpr(ty, expr)
            }
            (_, value) => value,
        };
        match inner.next() {
            Some(assign) => self.value(assign, Some(value)),
            None => Some(value),
        }
    }

    /// Builds `part`.
    pub(super) fn part(&mut self, pair: Pair<'_>) -> Part {
        match pair.as_rule() {
            Rule::path => self.path(pair.as_str(), self.span(&pair)),
            Rule::worded => self.worded(pair),
            Rule::negative => {
                let span = self.span(&pair);
                let sign = pair.clone();
                let Some(number) = pair.into_inner().next() else {
                    return Part::Value(Box::new(self.invalid(span).expr));
                };
                if is_number(number.as_rule()) {
                    return Part::Value(Box::new(self.primary(number, Some(&sign)).expr));
                }
                // Literals with a unit have no sign of their own.
                let inner = Box::new(self.primary(number, None).expr);
                let kind = ExprKind::Unary(UnaryOp::Negate, inner);
                Part::Value(Box::new(Expr { kind, span }))
            }
            _ => Part::Value(Box::new(self.primary(pair, None).expr)),
        }
    }

    /// The path literal `text`, which stands at `span`.
    pub(super) fn path(&mut self, text: &str, span: Span) -> Part {
        let (pattern, findings) = path::read(text, span);
        self.diagnostics.extend(findings);
        Part::Path(Box::new(pattern))
    }

    /// `word`, `dotted.word`, `GET|HEAD` or `word(…)`.
    fn worded(&mut self, pair: Pair<'_>) -> Part {
        let whole = self.ident(&pair);
        let mut inner = pair.into_inner();
        let Some(first) = inner.next() else {
            return Part::Word(whole);
        };
        let name = self.ident(&first);
        let Some(second) = inner.next() else {
            return self.word(name);
        };
        match second.as_rule() {
            Rule::parameters => {
                let args = second
                    .into_inner()
                    .filter_map(|p| self.parameter(p))
                    .collect();
                let span = whole.span;
                Part::Call(Box::new(Call { name, args, span }))
            }
            Rule::field => Part::Word(whole),
            _ => {
                let rest = std::iter::once(second).chain(inner).map(|m| self.ident(&m));
                Part::Methods(std::iter::once(name).chain(rest).collect())
            }
        }
    }

    /// A word, or one of the constants that are written like words.
    pub(super) fn word(&mut self, name: Ident) -> Part {
        match constant(&name.name) {
            Some(literal) => Part::Value(Box::new(Expr {
                kind: ExprKind::Literal(literal),
                span: name.span,
            })),
            None => Part::Word(name),
        }
    }

    fn parameter(&mut self, pair: Pair<'_>) -> Option<Arg> {
        let mut inner = pair.into_inner();
        let first = inner.next()?;
        if first.as_rule() == Rule::expr {
            return Some(Arg {
                name: None,
                value: StatementValue::Expr(Box::new(self.expr(first))),
            });
        }
        let name = Some(self.ident(&first));
        Some(Arg {
            name,
            value: self.value(inner.next()?, None)?,
        })
    }

    /// Builds `block`, which belongs to `statement`.
    fn block(&mut self, statement: &mut Statement, pair: Pair<'_>) -> Block {
        let span = self.span(&pair);
        let one_line = (!pair.as_str().contains('\n')).then_some(span);
        let inline = self.open_block(statement, span.at_start(), one_line);
        let statements = pair.into_inner().map(|s| self.statement(s)).collect();
        Block {
            statements,
            tail: self.comments_before(span.end),
            span,
            inline,
        }
    }

    /// Goes into the block that opens at `open`, whole where it stands on one line. A comment on
    /// the line of its `{` goes to the statement. Whether the block is written on one line.
    pub(super) fn open_block(
        &mut self,
        statement: &mut Statement,
        open: Span,
        one_line: Option<Span>,
    ) -> bool {
        self.skip_comments(open.start);
        if let Some(StatementValue::Expr(value)) = &statement.value
            && value.span.end == open.start
        {
            self.report(message_construction(value.span));
        }
        let inline = one_line.is_some_and(|span| !self.has_comment(span));
        if !inline {
            statement.trivia.after = self.comment_on_line(open.start as usize + 1);
        }
        inline
    }

    fn attach_after(&mut self, statement: &mut Statement) {
        self.skip_comments(statement.span.end);
        if statement.block.as_ref().is_none_or(|b| b.inline) {
            statement.trivia.after = self.comment_on_line(statement.span.end as usize);
        }
    }

    /// Takes the comments that begin before `end`.
    pub(super) fn comments_before(&mut self, end: u32) -> Vec<Comment> {
        let from = self.next_comment;
        self.skip_comments(end);
        self.comments
            .get(from..self.next_comment)
            .unwrap_or_default()
            .to_vec()
    }

    /// Leaves comments inside a statement to the formatter, which prints such text as it stands.
    fn skip_comments(&mut self, end: u32) {
        let rest = self.comments.get(self.next_comment..).unwrap_or_default();
        self.next_comment += rest.iter().take_while(|c| c.span.start < end).count();
    }

    fn has_comment(&self, span: Span) -> bool {
        let rest = self.comments.get(self.next_comment..).unwrap_or_default();
        rest.first().is_some_and(|c| c.span.start < span.end)
    }

    /// Takes the next comment if only blanks and a separator stand between it and `from`.
    fn comment_on_line(&mut self, from: usize) -> Option<Box<Comment>> {
        let comment = self.comments.get(self.next_comment)?;
        let between = self.source.get(from..comment.span.start as usize)?;
        let near = between
            .iter()
            .all(|b| matches!(b, b' ' | b'\t' | b'\r' | b';' | b','));
        near.then(|| {
            self.next_comment += 1;
            Box::new(comment.clone())
        })
    }
}

fn twice(word: &Ident, first: &Ident) -> Diagnostic {
    Diagnostic::new(
        Code::Syntax,
        word.span,
        format!("`{}` stands twice in one statement", word.name),
    )
    .here("the second one")
    .because(first.span, "the first one")
    .help("join conditions with `&&`; look for a line above that ends in an operator")
}

fn message_construction(name: Span) -> Diagnostic {
    Diagnostic::new(
        Code::Syntax,
        name,
        "messages such as `T{…}` are not part of the language",
    )
    .here("a brace touches this expression")
    .help("write a map: `{\"key\": value}`; a blank before `{` begins a block")
}

fn bare(word: &Ident) -> Diagnostic {
    Diagnostic::new(
        Code::Syntax,
        word.span,
        format!("`{}` has no value", word.name),
    )
    .here("an expression is missing after it")
    .help(format!("write `{} condition` on one line", word.name))
}
