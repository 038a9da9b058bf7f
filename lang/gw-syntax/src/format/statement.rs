//! Statements, blocks and comments. Statements that share a line go on doing so where they fit.

use super::doc::{Doc, Page};
use super::{Printer, join};
use crate::{
    Arg, Block, Clause, Comment, Expr, ExprKind, File, Head, Part, Statement, StatementValue,
};

impl<'a> Printer<'a> {
    /// Lays out a file, row by row.
    pub(super) fn file(&self, file: &'a File, page: &mut Page) {
        if let Some((number, _)) = file.edition {
            self.comments(&file.edition_trivia.before, page);
            page.push(Doc::text(format!("gw {number}")));
            let after = file.edition_trivia.after.as_deref().map(beside);
            after.into_iter().for_each(|doc| page.push(doc));
            page.push(Doc::HardLine);
        }
        self.body(&file.items, &file.tail, page);
    }

    /// Rows of statements with their comments, then the comments after the last one.
    fn body(&self, statements: &'a [Statement], tail: &'a [Comment], out: &mut impl Sink<'a>) {
        let mut rest = statements;
        while let Some((first, after)) = rest.split_first() {
            self.comments(&first.trivia.before, out);
            if first.trivia.blank_before && out.is_begun() {
                out.push(Doc::EmptyLine);
            }
            let joined = 1 + rest
                .windows(2)
                .take_while(|pair| self.share_line(pair))
                .count();
            let (row, next) = rest.split_at_checked(joined).unwrap_or((rest, &[]));
            out.push(self.row(row, next.first()));
            if !next.is_empty() || !tail.is_empty() {
                out.push(Doc::HardLine);
            }
            rest = if joined == 1 { after } else { next };
        }
        if let Some((last, others)) = tail.split_last() {
            self.comments(others, out);
            self.comment(last, out);
        }
    }

    /// Comments on their own lines.
    fn comments(&self, comments: &'a [Comment], out: &mut impl Sink<'a>) {
        for comment in comments {
            self.comment(comment, out);
            out.push(Doc::HardLine);
        }
    }

    fn comment(&self, comment: &'a Comment, out: &mut impl Sink<'a>) {
        if comment.blank_before && out.is_begun() {
            out.push(Doc::EmptyLine);
        }
        out.push(Doc::Comment(comment.text.as_str().into()));
    }

    /// Whether two neighbours stand on one line, with a separator between them.
    fn share_line(&self, pair: &[Statement]) -> bool {
        let [first, second] = pair else { return false };
        let (start, end) = (first.span.end as usize, second.span.start as usize);
        let between = self.source.get(start..end).unwrap_or("\n");
        !between.contains('\n') && first.trivia.after.is_none()
    }

    /// Statements that share a line if they fit.
    fn row(&self, row: &'a [Statement], next: Option<&'a Statement>) -> Doc<'a> {
        Doc::Group(self.separated(row, next))
    }

    fn separated(&self, row: &'a [Statement], next: Option<&'a Statement>) -> Vec<Doc<'a>> {
        let mut out = Vec::new();
        for (i, statement) in row.iter().enumerate() {
            let follower = row.get(i + 1);
            let guard = follower
                .or(next)
                .is_some_and(|f| would_continue(statement, f));
            out.push(self.statement(statement));
            match follower {
                Some(follower) => {
                    out.push(Doc::IfFlat(self.separator(statement, follower)));
                    out.extend(guard.then_some(Doc::IfBroken(";")));
                    out.push(Doc::Line);
                }
                None => out.extend(guard.then(|| Doc::text(";"))),
            }
            out.extend(comment_after(statement).map(beside));
        }
        out
    }

    fn separator(&self, first: &Statement, second: &Statement) -> &'static str {
        let between = self
            .source
            .get(first.span.end as usize..second.span.start as usize);
        if between.is_some_and(|b| b.contains(';')) {
            ";"
        } else {
            ","
        }
    }

    /// The statement without the comment after it.
    fn statement(&self, statement: &'a Statement) -> Doc<'a> {
        let header_end = statement
            .block
            .as_ref()
            .map_or(statement.span.end, |b| b.span.start);
        let header = if self.has_comment(statement.span.start, header_end) {
            let span = crate::Span {
                end: header_end,
                ..statement.span
            };
            Doc::text(self.raw(span).trim_end())
        } else {
            Doc::Group(self.header(statement))
        };
        match &statement.block {
            Some(block) => {
                let after = statement.trivia.after.as_deref().filter(|_| !block.inline);
                Doc::Concat(vec![header, Doc::text(" "), self.block(block, after)])
            }
            None => header,
        }
    }

    fn block(&self, block: &'a Block, after: Option<&'a Comment>) -> Doc<'a> {
        if block.statements.is_empty() && block.tail.is_empty() && after.is_none() {
            return Doc::text("{}");
        }
        if block.inline {
            let mut body = vec![Doc::Line];
            body.extend(self.separated(&block.statements, None));
            return Doc::Group(vec![
                Doc::text("{"),
                Doc::Indent(body),
                Doc::Line,
                Doc::text("}"),
            ]);
        }
        let mut rows = Vec::new();
        self.body(&block.statements, &block.tail, &mut rows);
        let mut inner = vec![];
        if !rows.is_empty() {
            inner.push(Doc::HardLine);
        }
        inner.extend(rows);
        let mut out = vec![Doc::text("{")];
        out.extend(after.map(beside));
        out.extend([Doc::Indent(inner), Doc::HardLine, Doc::text("}")]);
        Doc::Concat(out)
    }

    fn header(&self, statement: &'a Statement) -> Vec<Doc<'a>> {
        let mut out = vec![match &statement.head {
            Head::Name(ident) => Doc::text(ident.name.as_str()),
            Head::Text(ident) => Doc::text(self.raw(ident.span)),
        }];
        if statement.optional {
            out.push(Doc::text("?"));
        }
        // The condition of a `when` statement needs no parentheses.
        let condition = statement.head.ident().name == "when" && statement.parts.len() == 1;
        let written = |part: &'a Part| match part {
            Part::Value(expr) if condition => self.expr(expr),
            _ => self.part(part),
        };
        out.extend(
            statement
                .parts
                .iter()
                .flat_map(|p| [Doc::text(" "), written(p)]),
        );
        let conclusion = statement.clauses.last().filter(|c| c.word.name == "=>");
        if let (Some(value), None) = (&statement.value, conclusion) {
            out.push(self.value(value));
        }
        let clauses = statement.clauses.iter().enumerate();
        out.extend(
            clauses
                .filter(|(_, c)| c.word.name != "=>")
                .map(|(i, c)| self.header_clause(i, c)),
        );
        if let (Some(value), Some(conclusion)) = (&statement.value, conclusion) {
            out.extend([
                self.value(value),
                Doc::text(" => "),
                self.expr(&conclusion.expr),
            ]);
        }
        out
    }

    /// `reason` and `because` may stand on the next line.
    fn header_clause(&self, index: usize, clause: &'a Clause) -> Doc<'a> {
        let breaks = match clause.word.name.as_str() {
            "because" => true,
            "reason" => index > 0,
            _ => false,
        };
        match breaks {
            true => Doc::Indent(vec![Doc::Line, self.clause(clause)]),
            false => Doc::Concat(vec![Doc::text(" "), self.clause(clause)]),
        }
    }

    fn part(&self, part: &'a Part) -> Doc<'a> {
        match part {
            Part::Word(ident) => Doc::text(ident.name.as_str()),
            Part::Methods(list) => Doc::text(
                list.iter()
                    .map(|m| m.name.as_str())
                    .collect::<Vec<_>>()
                    .join("|"),
            ),
            Part::Path(path) => Doc::text(path.text.as_str()),
            Part::Call(call) => {
                let args = join(call.args.iter().map(|a| self.arg(a)), &[Doc::text(", ")]);
                let mut out = vec![Doc::text(format!("{}(", call.name.name))];
                out.extend(args);
                out.push(Doc::text(")"));
                Doc::Concat(out)
            }
            Part::Value(expr) => match expr.kind {
                ExprKind::Literal(_) | ExprKind::List(_) => self.expr(expr),
                _ => self.parenthesised(expr),
            },
        }
    }

    fn arg(&self, arg: &'a Arg) -> Doc<'a> {
        match (&arg.name, &arg.value) {
            (Some(name), value) => {
                Doc::Concat(vec![Doc::text(name.name.as_str()), self.value(value)])
            }
            (None, StatementValue::Expr(expr)) => self.expr(expr),
            (None, value) => self.value(value),
        }
    }

    fn value(&self, value: &'a StatementValue) -> Doc<'a> {
        let mut out = Vec::new();
        match value {
            StatementValue::Expr(expr) => out.extend([Doc::text(" = "), self.expr(expr)]),
            StatementValue::Type(ty) => out.extend([Doc::text(": "), self.type_expr(ty)]),
            StatementValue::Annotation(expr) => {
                out.extend([Doc::text(": "), self.annotation(expr)]);
            }
            StatementValue::TypedExpr(ty, expr) => {
                let (ty, expr) = (self.type_expr(ty), self.expr(expr));
                out.extend([Doc::text(": "), ty, Doc::text(" = "), expr]);
            }
        }
        Doc::Concat(out)
    }

    /// An expression that would read as a type keeps the parentheses that prevented it.
    fn annotation(&self, expr: &'a Expr) -> Doc<'a> {
        let in_parentheses = self.raw(expr.span).starts_with('(');
        match expr.kind {
            ExprKind::Name { .. } | ExprKind::Map(_) if in_parentheses => self.parenthesised(expr),
            _ => self.expr(expr),
        }
    }
}

fn beside<'a>(comment: &Comment) -> Doc<'a> {
    Doc::Comment(format!(" {}", comment.text).into())
}

/// What takes documents one by one.
trait Sink<'t> {
    fn push(&mut self, doc: Doc<'t>);

    /// Whether something was taken.
    fn is_begun(&self) -> bool;
}

impl<'t> Sink<'t> for Vec<Doc<'t>> {
    fn push(&mut self, doc: Doc<'t>) {
        self.push(doc);
    }

    fn is_begun(&self) -> bool {
        !self.is_empty()
    }
}

impl<'t> Sink<'t> for Page {
    fn push(&mut self, doc: Doc<'t>) {
        self.add(&doc);
    }

    fn is_begun(&self) -> bool {
        !self.is_empty()
    }
}

/// The comment that stands after a statement, not after its opening brace.
fn comment_after(statement: &Statement) -> Option<&Comment> {
    let outside = statement.block.as_ref().is_none_or(|b| b.inline);
    statement.trivia.after.as_deref().filter(|_| outside)
}

/// Whether `follower`, on the next line, would be read as a clause of `statement`.
fn would_continue(statement: &Statement, follower: &Statement) -> bool {
    if statement.block.is_some() || follower.optional {
        return false;
    }
    let Head::Name(head) = &follower.head else {
        return false;
    };
    match head.name.as_str() {
        "because" => true,
        "reason" => !statement.clauses.is_empty(),
        _ => false,
    }
}
