//! What lowering carries along: the graph under construction, the findings, and the tables that
//! give equal things one identity. Must not know any particular block.

mod constant;

pub(crate) use constant::no_time;

use crate::Options;
use crate::analysis::Environments;
use crate::blocks::limits::{self, Budget};
use crate::described::Described;
use crate::env::{Envs, Place};
use crate::load::{Loaded, join};
use crate::mutate::Change;
use crate::recall::Recall;
use crate::resolve::{DeclId, Kind, Program};
use crate::unique::Positions;
use crate::verify::RouteSpans;
use gw_expr::{Checked, Env, Ir, OwnedValue, Type};
use gw_graph::{Atom, AtomId, ExprId, Formula, Graph, LimitId, Origin, RuleSet, RuleSetId};
use gw_syntax::{
    BinaryOp, Code, Diagnostic, Expr, ExprKind, FileId, ListItem, Sources, Span, UnaryOp,
};
use hashbrown::{HashMap, HashSet};
use smol_str::SmolStr;
use std::rc::Rc;

/// The state of one lowering.
pub(crate) struct Cx<'c, 'l> {
    /// The declarations.
    pub(crate) program: &'c Program<'l>,
    /// The source texts.
    pub(crate) sources: &'c Sources,
    /// Parameters.
    pub(crate) options: &'c Options,
    /// What was found so far.
    pub(crate) diagnostics: &'c mut Vec<Diagnostic>,
    /// What was lowered so far.
    pub(crate) graph: Graph,
    /// Environments by place of use.
    pub(crate) envs: Envs,
    /// Identities of declarations that were lowered; `None` while one is under way or failed.
    pub(crate) lowered: HashMap<DeclId, Option<u32>>,
    /// Declared types and constants by declaration.
    pub(crate) types: HashMap<DeclId, Type>,
    /// Types that other files describe.
    pub(crate) described: &'c Described,
    /// Conditions in changed form, where they are asked for.
    pub(crate) changes: Option<&'c mut Vec<Change>>,
    modules: Vec<(FileId, String)>,
    /// What an expression may cost, where the policy says so.
    pub(crate) budget: Option<Budget>,
    /// Places of routes.
    pub(crate) route_spans: RouteSpans,
    exprs: Positions,
    atoms: HashMap<ExprId, AtomId>,
    rule_sets: Positions,
    limits: Positions,
    /// What each expression may refer to, where somebody wants to know.
    noted: Option<Environments>,
    /// How many statements are still unread.
    pub(crate) unread: usize,
    /// Whether the graph is only checked: the lines of pipelines and the nodes of diagrams are left
    /// out, which only explaining and running a policy take.
    pub(crate) checks_only: bool,
    /// Headers that let any site read answers, found so far.
    pub(crate) open_origins: HashSet<Span>,
    /// What is known of routes from the last check.
    pub(crate) recall: Option<Recall<'c>>,
}

impl<'c, 'l> Cx<'c, 'l> {
    /// Nothing lowered yet.
    pub(crate) fn new(
        program: &'c Program<'l>,
        loaded: &'c Loaded,
        sources: &'c Sources,
        options: &'c Options,
        diagnostics: &'c mut Vec<Diagnostic>,
    ) -> Self {
        let entry = loaded.modules.first().map_or("", |m| m.path.as_str());
        let files = loaded
            .modules
            .iter()
            .map(|m| relative(entry, &m.path))
            .collect();
        let graph = Graph {
            files,
            ..Graph::default()
        };
        Self {
            program,
            sources,
            options,
            diagnostics,
            graph,
            described: &loaded.described,
            changes: None,
            modules: loaded
                .modules
                .iter()
                .map(|m| (m.file.id, m.path.clone()))
                .collect(),
            envs: Envs::default(),
            lowered: HashMap::new(),
            types: HashMap::new(),
            budget: None,
            route_spans: RouteSpans::default(),
            exprs: Positions::default(),
            atoms: HashMap::new(),
            rule_sets: Positions::default(),
            limits: Positions::default(),
            noted: None,
            unread: loaded
                .modules
                .iter()
                .map(|m| crate::unread::count(&m.file))
                .sum(),
            checks_only: false,
            open_origins: HashSet::new(),
            recall: None,
        }
    }

    /// The types of declarations, in the order of the source, where explanations are kept.
    pub(crate) fn declared_types(&self) -> Vec<Type> {
        let mut declared: Vec<_> = self.types.iter().filter(|_| !self.checks_only).collect();
        declared.sort_by_key(|(id, _)| id.0);
        let records = |ty: &&Type| matches!(ty, Type::Record(_) | Type::Enum(_));
        let types = declared.into_iter().map(|(_, ty)| ty);
        types.filter(records).cloned().collect()
    }

    /// The graph, without its index, and the places of its routes.
    pub(crate) fn finish(self) -> (Graph, RouteSpans) {
        (self.graph, self.route_spans)
    }

    /// What guards a route could not be read: there must be a finding, or the route would be open.
    pub(crate) fn fail_closed(&mut self, span: Span) {
        // Whether there is a finding depends on what was found before.
        self.doubt_recording();
        let error = |d: &Diagnostic| d.severity == gw_syntax::Severity::Error;
        if !self.diagnostics.iter().any(error) {
            self.report(
                Diagnostic::new(
                    gw_syntax::Code::WrongShape,
                    span,
                    "this guard has no meaning",
                )
                .here("cannot be read")
                .help("look at the declarations that it names, `gwc doc --language` shows their shapes"),
            );
        }
    }

    /// Makes room for routes: lists that grow to their size leave as much behind.
    pub(crate) fn expect_routes(&mut self, count: usize) {
        self.graph.routes.reserve(count);
        self.route_spans.reserve(count);
    }

    /// Adds a finding.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The file of a module.
    pub(crate) fn file_of(&self, module: usize) -> Option<FileId> {
        self.modules.get(module).map(|(file, _)| *file)
    }

    /// Lines and columns of a span.
    pub(crate) fn origin(&self, span: Span) -> Origin {
        let Some(source) = self.sources.get(span.file) else {
            return Origin::default();
        };
        let (start, end) = source.line_cols(span.start, span.end);
        let file = self
            .modules
            .iter()
            .position(|(id, _)| *id == span.file)
            .unwrap_or(0);
        Origin {
            file: u32::try_from(file).unwrap_or(0),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }

    /// A path that a module names, relative to the entry file's folder.
    pub(crate) fn path_from(&self, module: usize, path: &str) -> String {
        let entry = self.modules.first().map_or("", |(_, p)| p.as_str());
        let from = self.modules.get(module).map_or("", |(_, p)| p.as_str());
        relative(entry, &join(from, path))
    }

    /// The source text of a span, on one line and at most 120 characters long.
    pub(crate) fn excerpt(&self, span: Span) -> String {
        let source = self.sources.text(span);
        let mut text = String::with_capacity(source.len().min(480));
        for word in source.split_whitespace() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
            // Enough for what is kept, whatever the characters.
            if text.len() > 480 {
                break;
            }
        }
        if let Some((at, _)) = text.char_indices().nth(117) {
            text.truncate(at);
            text.push('…');
        }
        text
    }

    /// Checks an expression at a place of use; risks are reported too.
    pub(crate) fn check(&mut self, expr: &Expr, place: &Place, expected: &Type) -> Option<Checked> {
        let env = self.env(place);
        self.check_in(expr, &env, expected)
    }

    /// Checks an expression in an environment.
    pub(crate) fn check_in(
        &mut self,
        expr: &Expr,
        env: &Rc<Env>,
        expected: &Type,
    ) -> Option<Checked> {
        self.note_names(expr);
        self.note_env(expr, env);
        let facts = &mut self.graph.facts;
        let checked = gw_expr::check_as(expr, expected, env, facts, self.diagnostics);
        self.accept(checked)
    }

    /// Checks an expression of any type at a place of use.
    pub(crate) fn check_any(&mut self, expr: &Expr, place: &Place) -> Option<Checked> {
        let env = self.env(place);
        self.check_any_in(expr, &env)
    }

    /// Checks an expression of any type in an environment.
    pub(crate) fn check_any_in(&mut self, expr: &Expr, env: &Rc<Env>) -> Option<Checked> {
        self.note_names(expr);
        self.note_env(expr, env);
        let checked = gw_expr::check(expr, env, &mut self.graph.facts, self.diagnostics);
        self.accept(checked)
    }

    /// Notes the environment of an expression; that of its first use, where it has several.
    fn note_env(&mut self, expr: &Expr, env: &Rc<Env>) {
        if let Some(noted) = &mut self.noted {
            noted.note(expr.span, env);
        }
    }

    /// Notes environments from here on.
    pub(crate) fn note_environments(&mut self) {
        self.noted = Some(Environments::default());
    }

    /// Whether environments are noted.
    pub(crate) fn notes_environments(&self) -> bool {
        self.noted.is_some()
    }

    /// The environments that were noted.
    pub(crate) fn take_environments(&mut self) -> Environments {
        self.noted.take().unwrap_or_default()
    }

    /// What was checked without a finding, its risks reported.
    fn accept(&mut self, checked: Checked) -> Option<Checked> {
        if checked.ty == Type::Error {
            return None;
        }
        if let Some(object) = self.whole_object(&checked.ir) {
            let message = format!("`{object}` is not a value, its fields are");
            self.report(
                Diagnostic::new(Code::TypeMismatch, checked.span, message)
                    .here("reads a whole object")
                    .help(format!("name what you need of it, as `{object}.…`")),
            );
            return None;
        }
        self.record_facts(&checked.ir);
        self.diagnostics.extend(checked.risks.iter().cloned());
        limits::check(self, &checked);
        Some(checked)
    }

    /// A built-in object that an expression reads as a whole; the engine has only its fields.
    fn whole_object(&self, ir: &Ir) -> Option<SmolStr> {
        let paths = ir
            .facts()
            .into_iter()
            .filter_map(|id| self.graph.facts.path(id));
        let objects = ["request", "source", "peer", "route", "path", "response"];
        let mut whole = paths.filter(|p| p.steps.is_empty() && objects.contains(&p.root.as_str()));
        whole.next().map(|p| p.root.clone())
    }

    /// Counts the names of an expression as used, those of its `let`s included.
    fn note_names(&mut self, expr: &Expr) {
        for name in crate::env::names_in(expr) {
            if let Some(id) = self.program.peek(0, &name) {
                self.note_use(id);
            }
        }
    }

    /// Counts a declaration as used; for the first time, with what the body of a `let` names.
    pub(crate) fn note_use(&self, id: DeclId) {
        if self.program.mark_used(id) {
            return;
        }
        let decl = self.program.decl(id).filter(|d| d.kind == Kind::Let);
        let body = decl.and_then(|d| crate::load::assigned(d.statement));
        let mut todo = body.map(crate::env::names_in).unwrap_or_default();
        while let Some(name) = todo.pop() {
            let Some(id) = self.program.peek(0, &name) else {
                continue;
            };
            if self.program.mark_used(id) {
                continue;
            }
            let decl = self.program.decl(id).filter(|d| d.kind == Kind::Let);
            let body = decl.and_then(|d| crate::load::assigned(d.statement));
            todo.extend(body.into_iter().flat_map(crate::env::names_in));
        }
    }

    /// One identity for equal expressions.
    pub(crate) fn intern(&mut self, ir: Ir) -> ExprId {
        ExprId::from_index(self.exprs.of(ir, &mut self.graph.exprs))
    }

    /// A condition over shared atoms.
    pub(crate) fn formula(&mut self, checked: &Checked) -> Formula {
        let text = self.excerpt(checked.span);
        self.formula_of(&checked.ir, checked.span, &text)
    }

    /// The same with another text for its atoms.
    pub(crate) fn formula_as(&mut self, checked: &Checked, text: &str) -> Formula {
        self.formula_of(&checked.ir, checked.span, text)
    }

    fn formula_of(&mut self, ir: &Ir, span: Span, text: &str) -> Formula {
        match ir {
            Ir::Const(OwnedValue::Bool(b)) => Formula::Constant(*b),
            Ir::And(list) => Formula::All(
                list.iter()
                    .map(|i| self.formula_of(i, span, text))
                    .collect(),
            ),
            Ir::Or(list) => Formula::Any(
                list.iter()
                    .map(|i| self.formula_of(i, span, text))
                    .collect(),
            ),
            Ir::Operation(gw_expr::Operator::Not, list) => match list.as_slice() {
                [inner] => Formula::Not(Box::new(self.formula_of(inner, span, text))),
                _ => Formula::Atom(self.atom(ir, span, text)),
            },
            _ => Formula::Atom(self.atom(ir, span, text)),
        }
    }

    fn atom(&mut self, ir: &Ir, span: Span, text: &str) -> AtomId {
        let expr = self.intern(ir.clone());
        if let Some(id) = self.atoms.get(&expr) {
            return *id;
        }
        let id = AtomId::from_index(self.graph.atoms.len());
        let origin = self.origin(span);
        self.graph.atoms.push(Atom {
            expr,
            text: text.to_owned(),
            origin,
        });
        self.atoms.insert(expr, id);
        id
    }

    /// A boolean expression as a formula whose atoms carry their own source text.
    pub(crate) fn condition(&mut self, expr: &Expr, place: &Place) -> Option<Formula> {
        let checked = self.check(expr, place, &Type::Bool)?;
        // What is no junction carries its own text already.
        let junction = |op: &BinaryOp| matches!(op, BinaryOp::And | BinaryOp::Or);
        match &expr.kind {
            ExprKind::Binary(op, ..) if junction(op) => self.label_atoms(expr, place),
            ExprKind::Unary(UnaryOp::Not, _) => self.label_atoms(expr, place),
            _ => {}
        }
        Some(self.formula(&checked))
    }

    /// Gives the operands of `&&`, `||` and `!` their own text before the whole is interned.
    fn label_atoms(&mut self, expr: &Expr, place: &Place) {
        match &expr.kind {
            ExprKind::Binary(BinaryOp::And | BinaryOp::Or, _, a, b) => {
                // The right side may rely on what the left side established, so only sides that
                // check alone are labelled.
                self.label_atoms(a, place);
                self.label_atoms(b, place);
            }
            ExprKind::Unary(UnaryOp::Not, inner) => self.label_atoms(inner, place),
            _ => {
                let env = self.env(place);
                let mut silent = Vec::new();
                let checked =
                    gw_expr::check_as(expr, &Type::Bool, &env, &mut self.graph.facts, &mut silent);
                if !crate::has_errors(&silent) && checked.ty != Type::Error {
                    self.formula(&checked);
                }
            }
        }
    }

    /// One identity for equal rule sets.
    pub(crate) fn rule_set(&mut self, set: RuleSet) -> RuleSetId {
        RuleSetId::from_index(self.rule_sets.of(set, &mut self.graph.rule_sets))
    }

    /// One identity for equal limits.
    pub(crate) fn limit(&mut self, limit: gw_graph::Limit) -> LimitId {
        LimitId::from_index(self.limits.of(limit, &mut self.graph.limits))
    }

    /// The environment of a place, with the arguments of a `use` by their parameters' names.
    pub(crate) fn env_with(&mut self, place: &Place, args: &[(SmolStr, Checked)]) -> Rc<Env> {
        let shared = self.env(place);
        if args.is_empty() {
            return shared;
        }
        let mut env = Env::clone(&shared);
        for (name, value) in args {
            env.define(name.clone(), value.clone());
        }
        Rc::new(env)
    }

    /// The environment of a place, made once per kind of place.
    pub(crate) fn env(&mut self, place: &Place) -> Rc<Env> {
        if let Some(env) = self.envs.known(place) {
            return env;
        }
        let env = Rc::new(crate::env::build(self, place));
        self.envs.keep(place, Rc::clone(&env));
        env
    }
}

/// `path` relative to the folder of `entry`; absolute paths elsewhere stay as they are.
fn relative(entry: &str, path: &str) -> String {
    let folder = entry.rsplit_once('/').map_or("", |(folder, _)| folder);
    let clean = join("", path);
    let folder = join("", folder);
    if folder.is_empty() {
        return clean;
    }
    match clean
        .strip_prefix(&folder)
        .and_then(|rest| rest.strip_prefix('/'))
    {
        Some(rest) => rest.to_owned(),
        None if clean.starts_with('/') => clean,
        None => {
            let ups = folder.split('/').map(|_| "..");
            ups.chain([clean.as_str()]).collect::<Vec<_>>().join("/")
        }
    }
}

/// The elements of a list literal, or the expression itself.
pub(crate) fn items(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::List(list) => list.iter().map(|ListItem { expr, .. }| expr).collect(),
        _ => vec![expr],
    }
}
