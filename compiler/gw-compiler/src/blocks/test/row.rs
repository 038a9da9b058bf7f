//! `row "NAME" { column: value }`: a test with rows is written once and holds for each. A column's
//! name stands for its value wherever a value can stand, and as `{column}` in a path: the
//! statements of the test are unrolled, as those of a `for` would be.

use super::ROW;
use super::words::value_of;
use crate::cx::Cx;
use crate::suggest::nearest;
use gw_syntax::{
    Block, Code, Diagnostic, Expr, ExprKind, Ident, ListItem, Literal, MapEntry, Part, PathPattern,
    Span, Statement, StatementValue,
};
use hashbrown::HashSet;
use indexmap::IndexMap;
use smol_str::SmolStr;

/// One row.
pub(super) struct Row {
    /// What it is called: its text, or its values.
    pub(super) name: String,
    /// Its place.
    pub(super) span: Span,
    cells: IndexMap<SmolStr, Cell, foldhash::fast::RandomState>,
}

struct Cell {
    name: Ident,
    value: Expr,
}

/// The rows of a test that have the columns of the first; others have findings.
pub(super) fn read(cx: &mut Cx<'_, '_>, module: usize, test: &Statement) -> Vec<Row> {
    let written = test.block.iter().flat_map(|b| &b.statements);
    let written = written.filter(|s| s.head.ident().name == ROW.keyword);
    let mut rows: Vec<Row> = written.filter_map(|s| row(cx, module, s)).collect();
    check_names(cx, &rows);
    let mut rest = rows.split_off(rows.len().min(1));
    if let Some(first) = rows.first() {
        rest.retain(|row| fits(cx, first, row));
    }
    rows.extend(rest);
    rows
}

/// Reports name rows: no two have the same name.
fn check_names(cx: &mut Cx<'_, '_>, rows: &[Row]) {
    let mut names: IndexMap<&str, Span> = IndexMap::new();
    for row in rows {
        if let Some(known) = names.insert(&row.name, row.span) {
            cx.report(
                Diagnostic::new(
                    Code::DuplicateName,
                    row.span,
                    format!("two rows are called `{}`", row.name),
                )
                .here("the same name again")
                .because(known, "the first one")
                .help("give each row a name of its own, as reports show it"),
            );
        }
    }
}

fn row(cx: &mut Cx<'_, '_>, module: usize, statement: &Statement) -> Option<Row> {
    let named = match statement.parts.as_slice() {
        [] => None,
        [Part::Value(name)] => Some(cx.text_of(module, name)?),
        _ => {
            cx.report(misfit(statement.span, "this row has the wrong shape").help(usage()));
            return None;
        }
    };
    let mut cells = IndexMap::default();
    for item in statement.block.iter().flat_map(|b| &b.statements) {
        let name = item.head.ident().clone();
        let Some(value) = value_of(item) else {
            let message = format!("column `{}` has no value", name.name);
            cx.report(misfit(item.span, message).help(usage()));
            return None;
        };
        cells.insert(name.name.clone(), Cell { name, value });
    }
    if cells.is_empty() {
        cx.report(misfit(statement.span, "this row has no columns").help(usage()));
        return None;
    }
    let texts = cells
        .iter()
        .map(|(name, cell)| format!("{name} {}", cx.excerpt(cell.value.span)));
    let texts: Vec<String> = texts.collect();
    Some(Row {
        name: named.unwrap_or_else(|| texts.join(", ")),
        span: statement.span,
        cells,
    })
}

fn usage() -> String {
    format!("write `{}`", ROW.usage)
}

fn misfit(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::BadRow, span, message).here("does not fit the table")
}

/// Whether a row has the columns of the first.
fn fits(cx: &mut Cx<'_, '_>, first: &Row, row: &Row) -> bool {
    let before = cx.diagnostics.len();
    let missing = first.cells.values().filter(|c| !row.has(c));
    for cell in missing.clone() {
        let name = &cell.name.name;
        let near = row
            .cells
            .values()
            .find(|c| !first.has(c) && nearest(&c.name.name, [name.as_str()]).is_some());
        if near.is_none() {
            cx.report(
                misfit(row.span, format!("this row has no column `{name}`"))
                    .because(cell.name.span, "the first row has it")
                    .help(format!("add `{name}: …`")),
            );
        }
    }
    for cell in row.cells.values().filter(|c| !first.has(c)) {
        let name = &cell.name;
        let diagnostic = misfit(
            name.span,
            format!("the first row has no column `{}`", name.name),
        )
        .because(first.span, "the first row names the columns");
        let names = missing.clone().map(|c| c.name.name.as_str());
        cx.report(match nearest(&name.name, names) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                name.span,
                near,
            ),
            None => diagnostic.help("add it to every row, or remove it here"),
        });
    }
    cx.diagnostics.len() == before
}

impl Row {
    fn has(&self, cell: &Cell) -> bool {
        self.cells.contains_key(&cell.name.name)
    }

    /// The statements of the test with the row's values in the places of its columns; `None` with
    /// findings where a value cannot stand where it should.
    pub(super) fn unroll(&self, cx: &mut Cx<'_, '_>, test: &Statement) -> Option<Unrolled> {
        let mut unroll = Unroll {
            row: self,
            used: HashSet::new(),
            findings: Vec::new(),
        };
        let body = test.block.iter().flat_map(|b| &b.statements);
        let body = body.filter(|s| s.head.ident().name != ROW.keyword);
        let statements = body.map(|s| unroll.statement(s)).collect();
        let Unroll { used, findings, .. } = unroll;
        if !findings.is_empty() {
            cx.diagnostics.extend(findings);
            return None;
        }
        let unused = self.cells.values().filter(|c| !used.contains(&c.name.name));
        let unused = unused.map(|c| c.name.clone()).collect();
        Some(Unrolled { statements, unused })
    }
}

/// What a row makes of a test.
pub(super) struct Unrolled {
    pub(super) statements: Vec<Statement>,
    /// Columns that no statement reads.
    pub(super) unused: Vec<Ident>,
}

/// The finding for a column that no statement reads.
pub(super) fn no_use(column: &Ident) -> Diagnostic {
    let name = &column.name;
    let message = format!("nothing in this test uses column `{name}`");
    Diagnostic::new(Code::BadRow, column.span, message)
        .here("makes no difference")
        .help(format!(
            "write `{name}` where its value should stand, in a path `{{{name}}}`; or remove the column"
        ))
}

/// The unrolling of one row.
struct Unroll<'r> {
    row: &'r Row,
    used: HashSet<SmolStr>,
    findings: Vec<Diagnostic>,
}

impl Unroll<'_> {
    fn cell(&mut self, name: &str) -> Option<&Expr> {
        let (name, cell) = self.row.cells.get_key_value(name)?;
        self.used.insert(name.clone());
        Some(&cell.value)
    }

    fn statement(&mut self, statement: &Statement) -> Statement {
        let mut out = statement.clone();
        // The word after `given` and `then` says what they are about.
        let keep = usize::from(matches!(out.head.ident().name.as_str(), "given" | "then"));
        out.parts.iter_mut().skip(keep).for_each(|p| self.part(p));
        match &mut out.value {
            Some(StatementValue::Expr(expr) | StatementValue::Annotation(expr)) => self.expr(expr),
            Some(StatementValue::Type(ty)) => {
                if let Some(mut expr) = ty.to_expr() {
                    self.expr(&mut expr);
                    out.value = Some(StatementValue::Annotation(Box::new(expr)));
                }
            }
            Some(StatementValue::TypedExpr(_, expr)) => self.expr(expr),
            None => {}
        }
        out.clauses.iter_mut().for_each(|c| self.expr(&mut c.expr));
        if let Some(block) = &mut out.block {
            self.block(block);
        }
        out
    }

    fn block(&mut self, block: &mut Block) {
        for statement in &mut block.statements {
            *statement = self.statement(statement);
        }
    }

    fn part(&mut self, part: &mut Part) {
        match part {
            Part::Word(word) => {
                let value = self.cell(&word.name).cloned();
                match value.map(|v| (v.span, v.kind)) {
                    Some((span, ExprKind::Name { name, .. })) => {
                        *part = Part::Word(Ident { name, span });
                    }
                    Some((span, kind)) => *part = Part::Value(Box::new(Expr { kind, span })),
                    None => {}
                }
            }
            Part::Path(path) => self.path(path),
            Part::Value(expr) => self.expr(expr),
            Part::Methods(_) | Part::Call { .. } => {}
        }
    }

    /// `{column}` in a path becomes its text.
    fn path(&mut self, path: &mut PathPattern) {
        let row = self.row;
        let mut text = path.text.to_string();
        for (name, cell) in &row.cells {
            let mark = format!("{{{name}}}");
            if !text.contains(&mark) {
                continue;
            }
            self.used.insert(name.clone());
            match plain_text(&cell.value) {
                Some(value) => text = text.replace(&mark, &value),
                None => self.findings.push(
                    misfit(cell.value.span, "this value cannot be part of a path")
                        .because(path.span, "needed here")
                        .help("write a text, a number or a word"),
                ),
            }
        }
        if text != path.text.as_str() {
            match gw_syntax::parse_path(&text, path.span) {
                Ok(changed) => *path = changed,
                Err(_) => self.findings.push(
                    misfit(
                        row.span,
                        format!("this row makes the path `{text}`, which is none"),
                    )
                    .because(path.span, "needed here")
                    .help("choose values without blanks, braces and empty segments"),
                ),
            }
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::Name {
                name,
                rooted: false,
            } => {
                let value = self.cell(&name.clone()).cloned();
                if let Some(value) = value {
                    *expr = value;
                }
            }
            ExprKind::Name { .. } | ExprKind::Literal(_) | ExprKind::Invalid => {}
            ExprKind::Select { operand, .. } => self.expr(operand),
            ExprKind::Index { operand, index, .. } => {
                self.expr(operand);
                self.expr(index);
            }
            ExprKind::Call { args, .. } => args.iter_mut().for_each(|e| self.expr(e)),
            ExprKind::Method { receiver, args, .. } => {
                self.expr(receiver);
                args.iter_mut().for_each(|e| self.expr(e));
            }
            ExprKind::List(items) => items
                .iter_mut()
                .for_each(|ListItem { expr, .. }| self.expr(expr)),
            // Keys of records are names, not values.
            ExprKind::Map(entries) => entries
                .iter_mut()
                .for_each(|MapEntry { value, .. }| self.expr(value)),
            ExprKind::Unary(_, inner) | ExprKind::Named(_, inner) => self.expr(inner),
            ExprKind::Binary(_, _, a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Conditional(a, b, c) => [a, b, c].into_iter().for_each(|e| self.expr(e)),
            ExprKind::Switch { subject, arms } => {
                self.expr(subject);
                arms.iter_mut().for_each(|arm| self.expr(&mut arm.value));
            }
        }
    }
}

fn plain_text(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name { name, .. } => Some(name.to_string()),
        ExprKind::Literal(Literal::Text(text)) => Some(text.to_string()),
        ExprKind::Literal(Literal::Int(number)) => Some(number.to_string()),
        ExprKind::Literal(Literal::Bool(value)) => Some(value.to_string()),
        _ => None,
    }
}
