//! `route`: which requests, under which checks, to what end.

mod access;
mod header;
mod path;
mod predicate;

pub(crate) use self::header::{in_quotes, is_method};

use self::access::Asked;
use super::access::identity;
use super::policy::clause;
use super::service::Inherited;
use super::transform::cors;
use crate::cx::Cx;
use crate::env::Place;
use crate::fields::Fields;
use crate::recall::Recalled;
use crate::resolve::{DeclId, declared_name, header_span};
use crate::scope::{self, Parts};
use crate::shape;
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_expr::{OwnedValue, Phase, Type};
use gw_graph::{Edit, Few, Matcher, Route, Segment, SharedList, StepOrigin};
use gw_syntax::{Code, Diagnostic, Ident, Part, Span, Statement};
use smol_str::{SmolStr, SmolStrBuilder};
use std::rc::Rc;

/// `route`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "route",
    parents: &["file", "service"],
    usage: "route NAME [METHOD|METHOD] /PATH [on HOST] [when CONDITION] { … }",
    shape: Shape::of(Words::Header).clauses(&["when"]).block(),
    doc: "The requests of a path, optionally of some methods, hosts and conditions. The most specific route wins, whatever the order; routes that are equally specific and overlap are an error. A route states who is let in, or `public \"why\"`.",
    example: "route order GET /orders/{id:int} { authn idp; allow when jwt.org == \"acme\"; to orders }",
    fields: &[
        FieldSpec::optional(
            "priority",
            "int",
            "breaks ties between equally specific routes; the higher wins",
        )
        .default("0"),
        FieldSpec::optional("listeners", "list of listeners", "where it is served")
            .default("every listener"),
        FieldSpec::optional("max_body", "size", "largest request body"),
    ],
    repeats: Repeats::Often,
};

/// `when` in a route
pub(crate) const WHEN: BlockSpec = BlockSpec {
    keyword: "when",
    parents: &["route"],
    usage: "when CONDITION",
    shape: Shape::of(Words::One).assigned().clauses(&["when"]),
    doc: "The route takes a request only if the condition is true; it may read the request, not who is calling. Comparisons of headers and query parameters with constants, joined by `&&`, cost nothing extra.",
    example: "when request.headers[\"x-api-version\"] == \"2\"",
    fields: &[],
    repeats: Repeats::Once,
};

/// Lowers a route at the top level.
pub(crate) fn lower_top_level(cx: &mut Cx<'_, '_>, id: DeclId) {
    let Some(decl) = cx.program.decl(id) else {
        return;
    };
    cx.program.mark_used(id);
    let inherited = Inherited {
        scope: SmolStr::default(),
        qualifier: SmolStr::default(),
        module: decl.module,
        hosts: SharedList::new(),
        prefix: None,
        listeners: Vec::new(),
        max_body: None,
        statements: Vec::new(),
        header: decl.name.span,
    };
    let statement = decl.statement;
    lower(cx, statement, &inherited);
}

/// Lowers a route under what it inherits, or recalls what came of it in the last check.
pub(crate) fn lower(cx: &mut Cx<'_, '_>, statement: &Statement, inherited: &Inherited<'_>) {
    match cx.recalled(statement, inherited) {
        Recalled::Done => {}
        Recalled::Unknown(key) => {
            let begun = cx.begin_recording();
            lower_anew(cx, statement, inherited);
            cx.record(key, statement, begun);
        }
        Recalled::Never => lower_anew(cx, statement, inherited),
    }
}

fn lower_anew(cx: &mut Cx<'_, '_>, statement: &Statement, inherited: &Inherited<'_>) {
    let Some(statement) = cx.whole_statement(statement) else {
        return;
    };
    let statement = &*statement;
    if let Some(finding) = header::comma(cx, statement).or_else(|| header::nameless(statement)) {
        return cx.report(finding);
    }
    cx.diagnostics.extend(shape::of_block(statement, &SPEC));
    let Some(name) = declared_name(statement) else {
        cx.report(
            Diagnostic::new(
                Code::WrongShape,
                statement.head.ident().span,
                "this route has no name",
            )
            .here("a name is missing after this word")
            .help(format!("write `{}`", SPEC.usage)),
        );
        return;
    };
    let header = header_span(statement);
    let fields = Fields::read(statement.block.as_deref(), header, &SPEC, cx.diagnostics);
    let Some(head) = header::read(cx, inherited, statement) else {
        return;
    };
    let params = cx.envs.shared_params(head.params);
    let place = Place {
        params,
        ..Place::constant(inherited.module)
    };
    let mut matcher = Matcher {
        listeners: super::service::listeners(cx, inherited.module, &fields).into(),
        hosts: if head.hosts.is_empty() {
            inherited.hosts.clone()
        } else {
            head.hosts.into()
        },
        path: head.path.into(),
        methods: cx.envs.shared_methods(head.methods),
        headers: Few::new(),
        query: Few::new(),
        sources: Few::new(),
        when: None,
        priority: priority(cx, inherited.module, &fields),
    };
    if matcher.listeners.is_empty() {
        matcher.listeners = inherited.listeners.as_slice().into();
    }
    let written =
        clause(statement, "when").or_else(|| fields.one("when").and_then(|s| clause_or_value(s)));
    if let Some(expr) = written {
        let route = joined(&inherited.qualifier, &name.name);
        predicate::add(cx, &route, expr, &place.at(Phase::Admit), &mut matcher);
    }
    build(
        cx,
        &Subject {
            name,
            header,
            fields,
            inherited,
        },
        matcher,
        place,
    );
}

/// A route whose header was read.
struct Subject<'r, 's> {
    name: Ident,
    header: Span,
    fields: Fields<'s>,
    inherited: &'r Inherited<'r>,
}

fn build(cx: &mut Cx<'_, '_>, subject: &Subject<'_, '_>, matcher: Matcher, place: Place) {
    let Subject {
        name,
        header,
        fields,
        inherited,
    } = subject;
    let module = inherited.module;
    let public = fields.one("public");
    let asked = access::authentication(cx, subject);
    let effective = if public.is_some() {
        None
    } else {
        asked.tree.clone()
    };
    let identity = identity(cx, effective.as_ref());
    let place = Place { identity, ..place };
    let before = cx.diagnostics.len();
    let outer = service_parts(cx, inherited, &place);
    let scope_name = asked.scope_of_route.clone();
    let inner = scope::lower(cx, &scope_name, &fields.nested, &place, *header);
    access::explain_identity(cx, before, public, asked.broken);
    if asked.broken {
        cx.fail_closed(*header);
    }
    let over = |what: &str| {
        fields
            .all("override")
            .any(|s| matches!(s.parts.first(), Some(Part::Word(w)) if w.name == what))
    };
    let (drop_rules, drop_limits) = (over("authz"), over("limits"));
    access::check_overrides(cx, subject, &outer);
    let access = match public {
        Some(statement) => access::public(cx, subject, statement, &outer, &inner),
        None => access::protected(
            cx,
            subject,
            (effective, asked.broken),
            if drop_rules { None } else { Some(&outer) },
            &inner,
        ),
    };
    let edits = outer.request.iter().chain(&inner.request);
    let mut request_edits: Vec<Edit> = edits.map(|(_, edit)| edit.clone()).collect();
    let action = action(
        cx,
        fields,
        (&place, &matcher.path),
        name,
        &mut request_edits,
    );
    let forwards = fields.one("to").is_some();
    let answers = fields.one("respond").or_else(|| fields.one("redirect"));
    if let (Some(request), Some(answer), false) = (fields.one("request"), answers, forwards) {
        cx.report(idle_request(request, answer));
    }
    let answered = fields.one("respond").zip(action.as_ref());
    let answered = answered.map(|(s, action)| super::action::headers(s, action));
    let edits = outer.response.iter().chain(&inner.response);
    let written = answered.iter().flatten().chain(edits.clone());
    cors::check(cx, written.map(|(span, edit)| (*span, edit)));
    let (Some(access), Some(action)) = (access, action) else {
        return;
    };
    let limits = if drop_limits {
        Vec::new()
    } else {
        outer.limits.clone()
    };
    let own_max_body = cx.whole(module, fields, "max_body", 0..=i64::MAX);
    let steps = steps(cx, subject, &asked, &outer, &inner);
    let origin = cx.origin(*header);
    let full_name = joined(&inherited.qualifier, &name.name);
    cx.route_spans.push(*header);
    cx.graph.routes.push(Route {
        name: full_name,
        matcher,
        access,
        limits: limits.iter().chain(&inner.limits).copied().collect(),
        request_edits: request_edits.into(),
        response_edits: edits.map(|(_, edit)| edit.clone()).collect(),
        max_body: own_max_body.or(inherited.max_body),
        action,
        steps: steps.into(),
        origin,
    });
}

/// A route that answers by itself sends nothing on that could be changed.
fn idle_request(request: &Statement, answer: &Statement) -> Diagnostic {
    let message = "this `request` changes nothing: no backend gets it";
    Diagnostic::new(Code::IdleBraces, request.head.ident().span, message)
        .here("has no effect")
        .because(answer.head.ident().span, "the route answers by itself")
        .help("remove it, or write `response { … }` for the headers of the answer")
}

/// What a service contributes to a route, lowered once for each kind of place.
fn service_parts(cx: &mut Cx<'_, '_>, inherited: &Inherited<'_>, place: &Place) -> Rc<Parts> {
    if inherited.statements.is_empty() {
        return Rc::default();
    }
    if let Some((known, shared)) = cx.envs.known_parts(inherited.header, place) {
        cx.record_shared(&shared);
        return known;
    }
    let begun = cx.begin_shared();
    let parts = scope::lower(
        cx,
        &inherited.scope,
        &inherited.statements,
        place,
        inherited.header,
    );
    let shared = cx.shared_since(begun);
    cx.envs
        .keep_parts(inherited.header, place, (Rc::clone(&parts), shared));
    parts
}

fn action(
    cx: &mut Cx<'_, '_>,
    fields: &Fields<'_>,
    place: (&Place, &[Segment]),
    name: &Ident,
    edits: &mut Vec<Edit>,
) -> Option<gw_graph::Action> {
    let is_action =
        |s: &&&Statement| matches!(s.head.ident().name.as_str(), "to" | "respond" | "redirect");
    let actions: Vec<&Statement> = fields.nested.iter().filter(is_action).copied().collect();
    match actions.as_slice() {
        [] => {
            cx.report(super::action::no_action(name));
            None
        }
        [one] => super::action::lower(cx, one, place, edits),
        [first, second, ..] => {
            cx.report(
                Diagnostic::new(
                    Code::DuplicateAction,
                    second.span,
                    format!("route `{}` does two things", name.name),
                )
                .here("a second action")
                .because(first.span, "the first action")
                .help("keep one; for several backends write `to split { a 50%, b 50% }`"),
            );
            None
        }
    }
}

fn steps(
    cx: &Cx<'_, '_>,
    subject: &Subject<'_, '_>,
    asked: &Asked,
    outer: &Parts,
    inner: &Parts,
) -> Vec<StepOrigin> {
    let mut steps = Vec::new();
    if cx.checks_only {
        return steps;
    }
    let scope = &asked.scope_of_route;
    let mut add = |phase: &str, span: Span, scope: &SmolStr| {
        steps.push(StepOrigin {
            phase: phase.into(),
            text: cx.excerpt(span),
            scope: scope.clone(),
            origin: cx.origin(span),
        });
    };
    if let Some(public) = subject.fields.one("public") {
        add("authn", public.span, scope);
    } else if let Some(span) = asked.span {
        add("authn", span, &asked.scope);
    }
    for statement in subject.fields.all("override") {
        add("authz", statement.span, scope);
    }
    for word in ["to", "respond", "redirect"] {
        if let Some(action) = subject.fields.one(word) {
            add("forward", action.span, scope);
        }
    }
    steps.extend(outer.steps.iter().chain(&inner.steps).cloned());
    let order = [
        "admit", "authn", "authz", "limit", "cache", "request", "forward", "response", "store",
        "log",
    ];
    steps.sort_by_key(|s| order.iter().position(|p| *p == s.phase));
    steps
}

/// Two texts as one.
fn joined(first: &str, second: &str) -> SmolStr {
    let mut text = SmolStrBuilder::new();
    text.push_str(first);
    text.push_str(second);
    text.finish()
}

fn priority(cx: &mut Cx<'_, '_>, module: usize, fields: &Fields<'_>) -> i32 {
    let Some(expr) = fields.expr("priority") else {
        return 0;
    };
    match cx.constant(module, expr, &Type::Int) {
        Some(OwnedValue::Int(n)) => {
            i32::try_from(n).unwrap_or(if n > 0 { i32::MAX } else { i32::MIN })
        }
        _ => 0,
    }
}

/// `when CONDITION` as a statement: the parser reads it as a head with a value or a clause.
fn clause_or_value(statement: &Statement) -> Option<&gw_syntax::Expr> {
    clause(statement, "when").or_else(|| match statement.parts.first() {
        Some(Part::Value(expr)) => Some(expr),
        _ => crate::load::assigned(statement),
    })
}
