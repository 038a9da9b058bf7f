//! Types of expressions, found by compiling the declarations of a policy with the one route that
//! matters. The compiler alone knows types; here is only what makes asking it cheap.

use crate::snapshot::{Snapshot, View};
use crate::text::narrow;
use gw_compiler::analysis::{Analysis, analyse};
use gw_compiler::cost;
use gw_compiler::{Document, Files, SyntaxError, Tree};
use gw_expr::{Env, FactTable, Phase, Type, Variable};
use gw_syntax::{Expr, ExprKind, File, FileId, Part, Span, Statement};
use std::rc::Rc;
use std::sync::Arc;

/// An expression with the names that it may use.
pub(crate) struct Place {
    pub(crate) expr: Expr,
    pub(crate) env: Rc<Env>,
}

/// The policy around a place: a view with an offset in it.
pub(crate) struct Around {
    pub(crate) analysis: Analysis,
}

/// Compiles what matters for a place: all declarations, but of services, routes and tests only
/// what stands there or uses the declaration that stands there.
pub(crate) fn around(snapshot: &Snapshot, view: &View, offset: usize) -> Around {
    analysed(snapshot, view, focused(view, narrow(offset)))
}

/// Compiles a part of the tree of a view in its place.
pub(crate) fn analysed(snapshot: &Snapshot, view: &View, part: File) -> Around {
    let files = Focused {
        snapshot,
        path: &view.path,
        tree: Tree {
            text: Arc::clone(&view.text.text),
            file: Arc::new(part),
            findings: Arc::default(),
        },
    };
    let analysis = analyse(&files, &view.path, &snapshot.options);
    Around { analysis }
}

impl Around {
    /// The expression at a place, with the names that it may use.
    pub(crate) fn place(&self, view: &View, offset: usize) -> Option<Place> {
        let file = FileId(0);
        let (span, env) = match self.analysis.environments.at(file, narrow(offset)) {
            Some((span, env)) => (span, Rc::clone(env)),
            // Nothing uses it yet, so it was not checked.
            None => (
                written(view.file(), narrow(offset))?,
                self.env(view, offset)?,
            ),
        };
        let expr = gw_syntax::parse_expr(file, view.slice(span), span.start).ok()?;
        Some(Place { expr, env })
    }

    /// What an expression at a place may use, whether or not one was checked there.
    pub(crate) fn env(&self, view: &View, offset: usize) -> Option<Rc<Env>> {
        let environments = &self.analysis.environments;
        if let Some((_, env)) = environments.at(FileId(0), narrow(offset)) {
            return Some(Rc::clone(env));
        }
        let statement = enclosing(view.file(), narrow(offset));
        let in_statement = statement.and_then(|s| {
            let own = environments
                .of(FileId(0))
                .filter(|(e, _)| s.span.start <= e.start && e.end <= s.span.end);
            own.min_by_key(|(e, _)| e.start.abs_diff(narrow(offset)))
        });
        let phase = match self.is_response(view, offset) {
            true => Phase::Response,
            false => Phase::Authz,
        };
        let general = environments.general(FileId(0), phase);
        in_statement.map(|(_, env)| env).or(general).map(Rc::clone)
    }

    fn is_response(&self, view: &View, offset: usize) -> bool {
        let mut inside = view.file().items.as_slice();
        let mut found = false;
        while let Some(s) = inside.iter().find(|s| covers(s, narrow(offset))) {
            found |= s.head.ident().name == "response";
            inside = s.block.as_ref().map_or(&[], |b| b.statements.as_slice());
        }
        found
    }
}

/// The type of an expression.
pub(crate) fn type_of(expr: &Expr, env: &Env) -> Type {
    let mut facts = FactTable::default();
    gw_expr::check(expr, env, &mut facts, &mut Vec::new()).ty
}

/// What evaluating an expression takes at most, in steps; none if it is no valid one.
pub(crate) fn cost_of(expr: &Expr, env: &Env) -> Option<u64> {
    let mut facts = FactTable::default();
    let checked = gw_expr::check(expr, env, &mut facts, &mut Vec::new());
    (checked.ty != Type::Error).then(|| cost::estimate_alone(&facts, &checked.ir).steps)
}

/// The smallest part of an expression that covers an offset and satisfies `wanted`, with the
/// names that it may use: variables of macros around it are declared.
pub(crate) fn part_at(
    place: &Place,
    offset: usize,
    wanted: &dyn Fn(&Expr) -> bool,
) -> Option<(Expr, Rc<Env>)> {
    let mut env = Rc::clone(&place.env);
    let mut expr = &place.expr;
    let mut found = wanted(expr).then(|| (expr.clone(), Rc::clone(&env)));
    loop {
        if let ExprKind::Method {
            receiver,
            name,
            args,
        } = &expr.kind
        {
            env = with_variables(receiver, &name.name, args, env);
        }
        let mut inner = None;
        expr.each_child(&mut |e| {
            if inner.is_none() && e.span.start <= narrow(offset) && narrow(offset) <= e.span.end {
                inner = Some(e);
            }
        });
        let Some(inner) = inner else { return found };
        expr = inner;
        if wanted(expr) {
            found = Some((expr.clone(), Rc::clone(&env)));
        }
    }
}

/// The environment of a macro's body.
fn with_variables(receiver: &Expr, name: &str, args: &[Expr], env: Rc<Env>) -> Rc<Env> {
    let macros = [
        "all",
        "exists",
        "exists_one",
        "existsOne",
        "filter",
        "map",
        "optMap",
        "optFlatMap",
    ];
    let Some(ExprKind::Name { name: variable, .. }) = args.first().map(|a| &a.kind) else {
        return env;
    };
    if !macros.contains(&name) || args.len() < 2 {
        return env;
    }
    let element = element(&type_of(receiver, &env));
    let mut inner = Env::clone(&env);
    inner.declare(variable.clone(), Variable::new(element));
    Rc::new(inner)
}

/// What a macro's variable is bound to.
pub(crate) fn element(of: &Type) -> Type {
    match of.present().base() {
        Type::List(element) | Type::CelOptional(element) => element.as_ref().clone(),
        Type::Map(key, _) => key.as_ref().clone(),
        _ => Type::Dyn,
    }
}

/// A policy whose entry file is read from here.
struct Focused<'s> {
    snapshot: &'s Snapshot,
    path: &'s str,
    tree: Tree,
}

impl Files for Focused<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.snapshot.read(path)
    }

    fn identity(&self, path: &str) -> String {
        self.snapshot.identity(path)
    }

    fn tree(&self, id: FileId, path: &str) -> Option<Tree> {
        if path == self.path && id == FileId(0) {
            return Some(self.tree.clone());
        }
        self.snapshot.tree(id, path)
    }

    fn document(&self, path: &str, text: &str) -> Result<Arc<Document>, SyntaxError> {
        self.snapshot.document(path, text)
    }
}

/// A file with all declarations, and of its services, routes and tests what matters for a place.
pub(crate) fn focused(view: &View, offset: u32) -> File {
    let file = view.file();
    let here = file.items.iter().find(|s| covers(s, offset));
    let user = here.and_then(|s| user_of(view, s));
    let kept = file.items.iter().filter_map(|item| {
        let name = item.head.ident().name.as_str();
        let is_here = here.is_some_and(|h| h.span == item.span);
        match (name, is_here, &user) {
            ("service", true, _) => Some(narrowed(item, |r| covers(r, offset))),
            ("service" | "route", false, Some((u, route))) if u.span == item.span => {
                Some(narrowed(item, |r| Some(r.span) == *route))
            }
            ("service" | "route" | "test", false, _) => None,
            _ => Some(item.clone()),
        }
    });
    part_of(file, kept.collect())
}

/// A file with only some of its items.
pub(crate) fn part_of(file: &File, items: Vec<Statement>) -> File {
    File {
        id: file.id,
        edition: file.edition,
        items,
        ..File::default()
    }
}

/// The first service or route that uses the declaration `of`, with the route in it that does; the
/// first route, where the service itself does.
fn user_of<'v>(view: &'v View, of: &Statement) -> Option<(&'v Statement, Option<Span>)> {
    let name = &crate::scope::declared_name(of)?.name;
    let uses = |s: &Statement| match of.head.ident().name.as_str() {
        "policy" | "limit" | "transform" => {
            s.head.ident().name == "use" && used_name(s) == Some(name)
        }
        "let" => !is_route(s) && view.slice(s.span).contains(name.as_str()),
        _ => false,
    };
    view.file().items.iter().find_map(|item| {
        let inner = item.block.as_ref().map_or(&[][..], |b| &b.statements);
        let routes = || inner.iter().filter(|s| s.head.ident().name == "route");
        match item.head.ident().name.as_str() {
            "service" | "route" if inner.iter().any(|s| uses(s) && !is_route(s)) => {
                Some((item, routes().next().map(|r| r.span)))
            }
            "service" => {
                let user = |r: &&Statement| r.block.iter().flat_map(|b| &b.statements).any(uses);
                routes().find(user).map(|r| (item, Some(r.span)))
            }
            _ => None,
        }
    })
}

/// The expression of a statement that covers an offset.
fn written(file: &File, offset: u32) -> Option<Span> {
    let mut inside = file.items.as_slice();
    let mut found = None;
    while let Some(s) = inside.iter().find(|s| covers(s, offset)) {
        let value = crate::mention::expressions(s);
        found = value
            .into_iter()
            .map(|e| e.span)
            .find(|e| e.start <= offset && offset <= e.end);
        inside = s.block.as_ref().map_or(&[], |b| b.statements.as_slice());
    }
    found
}

pub(crate) fn is_route(s: &Statement) -> bool {
    s.head.ident().name == "route"
}

fn used_name(s: &Statement) -> Option<&smol_str::SmolStr> {
    match s.parts.get(1)? {
        Part::Word(name) => Some(&name.name),
        Part::Call(call) => Some(&call.name.name),
        Part::Methods(_) | Part::Path(_) | Part::Value(_) => None,
    }
}

/// A service with only some of its routes.
pub(crate) fn narrowed(service: &Statement, keep: impl Fn(&Statement) -> bool) -> Statement {
    if is_route(service) {
        return service.clone();
    }
    let Some(block) = &service.block else {
        return service.clone();
    };
    let statements = block.statements.iter().filter(|s| !is_route(s) || keep(s));
    Statement {
        trivia: service.trivia.clone(),
        head: service.head.clone(),
        optional: service.optional,
        parts: service.parts.clone(),
        value: service.value.clone(),
        clauses: service.clauses.clone(),
        block: Some(Box::new(gw_syntax::Block {
            statements: statements.cloned().collect(),
            tail: Vec::new(),
            span: block.span,
            inline: block.inline,
        })),
        unread: service.unread,
        span: service.span,
    }
}

fn covers(s: &Statement, offset: u32) -> bool {
    s.span.start <= offset && offset <= s.span.end
}

/// The route around an offset, or the top-level item.
pub(crate) fn enclosing(file: &File, offset: u32) -> Option<&Statement> {
    let item = file.items.iter().find(|s| covers(s, offset))?;
    let inner = item.block.iter().flat_map(|b| &b.statements);
    let mut routes = inner.filter(|s| is_route(s));
    Some(routes.find(|s| covers(s, offset)).unwrap_or(item))
}
