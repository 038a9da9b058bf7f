//! `route`: which requests, under which checks, to what end.

mod path;
mod predicate;

use super::access::{identity, implies, tree, weakened, why};
use super::policy::clause;
use super::service::Inherited;
use crate::cx::Cx;
use crate::env::Place;
use crate::fields::Fields;
use crate::resolve::{DeclId, declared_name, header_span};
use crate::scope::{self, Parts};
use crate::spec::{BlockSpec, FieldSpec, Repeats};
use gw_expr::{OwnedValue, Phase, Type};
use gw_graph::{
    Access, AuthnTree, Authorization, HostPattern, Matcher, Route, RuleSetId, StepOrigin,
};
use gw_syntax::{Code, Diagnostic, Ident, Part, PathPattern, Span, Statement};
use smol_str::SmolStr;
use std::rc::Rc;

/// `route`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "route",
    parents: &["file", "service"],
    usage: "route NAME [METHOD|METHOD] /PATH [on HOST] [when CONDITION] { … }",
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
        hosts: Vec::new(),
        prefix: None,
        listeners: Vec::new(),
        max_body: None,
        statements: Vec::new(),
        header: decl.name.span,
    };
    let statement = decl.statement;
    lower(cx, statement, &inherited);
}

/// Lowers a route under what it inherits.
pub(crate) fn lower(cx: &mut Cx<'_, '_>, statement: &Statement, inherited: &Inherited<'_>) {
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
    let fields = Fields::read(statement.block.as_ref(), header, &SPEC, cx.diagnostics);
    let Some(head) = read_header(cx, inherited, statement) else {
        return;
    };
    let params = cx.envs.shared_params(head.params);
    let place = Place {
        params,
        ..Place::constant(inherited.module)
    };
    let mut matcher = Matcher {
        listeners: super::service::listeners(cx, inherited.module, &fields),
        hosts: if head.hosts.is_empty() {
            inherited.hosts.clone()
        } else {
            head.hosts
        },
        path: head.path,
        methods: head.methods,
        headers: Vec::new(),
        query: Vec::new(),
        sources: Vec::new(),
        when: None,
        priority: priority(cx, inherited.module, &fields),
    };
    if matcher.listeners.is_empty() {
        matcher.listeners.clone_from(&inherited.listeners);
    }
    let written =
        clause(statement, "when").or_else(|| fields.one("when").and_then(|s| clause_or_value(s)));
    if let Some(expr) = written {
        predicate::add(cx, expr, &place.at(Phase::Admit), &mut matcher);
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
    let asked = authentication(cx, subject);
    let effective = if public.is_some() {
        None
    } else {
        asked.tree.clone()
    };
    let identity = cx.envs.shared_identity(identity(cx, effective.as_ref()));
    let place = Place { identity, ..place };
    let before = cx.diagnostics.len();
    let outer = service_parts(cx, inherited, &place);
    let scope_name: SmolStr = format!("route {}", name.name).into();
    let inner = scope::lower(cx, &scope_name, &fields.nested, &place, *header);
    explain_identity(cx, before, public, asked.broken);
    let over = |what: &str| {
        fields
            .all("override")
            .any(|s| matches!(s.parts.first(), Some(Part::Word(w)) if w.name == what))
    };
    let (drop_rules, drop_limits) = (over("authz"), over("limits"));
    let access = match public {
        Some(statement) => public_access(cx, subject, statement, &outer, &inner),
        None => protected(
            cx,
            subject,
            (effective, asked.broken),
            if drop_rules { None } else { Some(&outer) },
            &inner,
        ),
    };
    let mut request_edits = [outer.request.as_slice(), &inner.request].concat();
    let action = action(cx, fields, &place, name, &mut request_edits);
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
    let full_name = format!("{}{}", inherited.qualifier, name.name);
    cx.route_spans.insert(full_name.clone(), *header);
    cx.graph.routes.push(Route {
        name: full_name.into(),
        matcher,
        access,
        limits: [limits.as_slice(), &inner.limits].concat(),
        request_edits,
        response_edits: [outer.response.as_slice(), &inner.response].concat(),
        max_body: own_max_body.or(inherited.max_body),
        action,
        steps,
        origin,
    });
}

/// Findings about identity on a public route say that it is public. Where the `authn` itself has
/// a finding, they would only repeat it.
fn explain_identity(cx: &mut Cx<'_, '_>, before: usize, public: Option<&Statement>, broken: bool) {
    let new = cx.diagnostics.split_off(before.min(cx.diagnostics.len()));
    for diagnostic in new {
        let about_identity = diagnostic.code == Code::NoIdentity;
        match public {
            Some(statement) if about_identity => {
                cx.report(diagnostic.because(statement.span, "a public route authenticates nobody"))
            }
            None if about_identity && broken => {}
            Some(_) | None => cx.report(diagnostic),
        }
    }
}

/// What a service contributes to a route, lowered once for each kind of place.
fn service_parts(cx: &mut Cx<'_, '_>, inherited: &Inherited<'_>, place: &Place) -> Rc<Parts> {
    if inherited.statements.is_empty() {
        return Rc::default();
    }
    if let Some(known) = cx.envs.known_parts(inherited.header, place) {
        return known;
    }
    let parts = scope::lower(
        cx,
        &inherited.scope,
        &inherited.statements,
        place,
        inherited.header,
    );
    cx.envs
        .keep_parts(inherited.header, place, Rc::clone(&parts));
    parts
}

/// The authentication that a route asks for, with the statement that says so.
struct Asked {
    tree: Option<AuthnTree>,
    span: Option<Span>,
    scope: SmolStr,
    /// Whether a statement that asks has a finding.
    broken: bool,
}

fn authentication(cx: &mut Cx<'_, '_>, subject: &Subject<'_, '_>) -> Asked {
    let Subject {
        fields,
        inherited,
        name,
        ..
    } = subject;
    let module = inherited.module;
    let is_authn = |s: &&Statement| s.head.ident().name == "authn";
    let written = inherited.statements.iter().copied().find(is_authn);
    let parent = written.and_then(|s| tree(cx, module, s, 0).map(|t| (t, s.span)));
    let mut broken = written.is_some() && parent.is_none();
    for statement in fields.all("override") {
        why(cx, module, statement);
        check_override(cx, statement);
    }
    let replaced = fields
        .all("override")
        .find(|s| matches!(s.parts.first(), Some(Part::Word(w)) if w.name == "authn"))
        .map(|s| (tree(cx, module, s, 1), s.span));
    let scope: SmolStr = format!("route {}", name.name).into();
    if let Some((tree, span)) = replaced {
        return Asked {
            broken: tree.is_none(),
            tree,
            span: Some(span),
            scope,
        };
    }
    let written = fields.one("authn");
    let own = written.and_then(|s| tree(cx, module, s, 0).map(|t| (t, s.span)));
    broken |= written.is_some() && own.is_none();
    match (own, parent) {
        (Some((own, span)), Some((parent, from))) => {
            if !implies(&own, &parent) {
                cx.report(weakened(span, from));
            }
            Asked {
                tree: Some(own),
                span: Some(span),
                scope,
                broken,
            }
        }
        (Some((own, span)), None) => Asked {
            tree: Some(own),
            span: Some(span),
            scope,
            broken,
        },
        (None, Some((parent, span))) => Asked {
            tree: Some(parent),
            span: Some(span),
            scope: inherited.scope.clone(),
            broken,
        },
        (None, None) => Asked {
            tree: None,
            span: None,
            scope,
            broken,
        },
    }
}

fn check_override(cx: &mut Cx<'_, '_>, statement: &Statement) {
    let known = matches!(statement.parts.first(), Some(Part::Word(w)) if matches!(w.name.as_str(), "authn" | "authz" | "limits"));
    if !known {
        cx.report(
            Diagnostic::new(
                Code::WrongShape,
                statement.span,
                "`override` names what it replaces",
            )
            .here("what is replaced?")
            .help(format!("write `{}`", super::access::OVERRIDE.usage)),
        );
    }
}

fn public_access(
    cx: &mut Cx<'_, '_>,
    subject: &Subject<'_, '_>,
    statement: &Statement,
    outer: &Parts,
    inner: &Parts,
) -> Option<Access> {
    let why = why(cx, subject.inherited.module, statement)?;
    if inner.has_allow {
        let name = &subject.name.name;
        let mut diagnostic = Diagnostic::new(
            Code::PublicWithRules,
            statement.span,
            format!("route `{name}` is public and has allow rules"),
        )
        .here("lets everybody in")
        .help("remove `public`, or remove the allow rules");
        let fields = &subject.fields;
        if let Some(rule) = fields.one("allow").or_else(|| fields.one("use")) {
            diagnostic = diagnostic.because(rule.span, "says who is let in");
        }
        cx.report(diagnostic);
        return None;
    }
    let sets: Vec<RuleSetId> = outer
        .denies
        .into_iter()
        .chain(inner.rule_sets.iter().copied())
        .collect();
    Some(Access::Public {
        why,
        denies: authorization(cx, sets),
    })
}

fn protected(
    cx: &mut Cx<'_, '_>,
    subject: &Subject<'_, '_>,
    (authn, authn_broken): (Option<AuthnTree>, bool),
    outer: Option<&Rc<Parts>>,
    inner: &Parts,
) -> Option<Access> {
    let scopes = || outer.map(Rc::as_ref).into_iter().chain([inner]);
    let has_allow = scopes().any(|p| p.has_allow);
    if !has_allow && scopes().any(|p| p.broken) {
        return None;
    }
    let open = scopes().all(|p| p.allows_all || !p.has_allow);
    if has_allow && open && authn.is_none() && !authn_broken {
        cx.report(open_to_all(subject));
        return None;
    }
    if !has_allow {
        let Subject { name, header, .. } = subject;
        let has_public_help =
            "add `allow when …`, `use policy NAME`, or `public \"why everybody may call this\"`";
        let diagnostic = Diagnostic::new(
            Code::NoDecision,
            *header,
            format!("route `{}` does not say who may call it", name.name),
        )
        .here("no rule allows anybody");
        cx.report(diagnostic.help(if authn.is_some() {
            "add `allow` for everybody who is authenticated, `allow when …`, or `use policy NAME`"
        } else {
            has_public_help
        }));
        return None;
    }
    let outer_sets = outer.map(|p| p.rule_sets.clone()).unwrap_or_default();
    let sets = [outer_sets.as_slice(), &inner.rule_sets].concat();
    Some(Access::Protected {
        authn,
        authorization: authorization(cx, sets),
    })
}

/// The finding for `allow` without a condition where nobody is authenticated: public in all but
/// name, and missing in the list of public routes.
fn open_to_all(subject: &Subject<'_, '_>) -> Diagnostic {
    let Subject {
        name,
        header,
        fields,
        ..
    } = subject;
    let rule = fields.one("allow").map_or(*header, |s| s.span);
    Diagnostic::new(
        Code::OpenToAll,
        rule,
        format!("route `{}` lets everybody in without saying so", name.name),
    )
    .here("no condition, and no `authn` to pass first")
    .help("write `public \"why everybody may call this\"` instead, or ask for an `authn`")
}

fn authorization(cx: &mut Cx<'_, '_>, sets: Vec<RuleSetId>) -> Authorization {
    let known = cx.envs.known_diagram(&sets);
    let diagram = match known {
        Some(diagram) => diagram,
        None => {
            let diagram = crate::diagram::build(&cx.graph.rule_sets, &sets);
            cx.envs.keep_diagram(&sets, diagram.clone());
            diagram
        }
    };
    Authorization { sets, diagram }
}

fn action(
    cx: &mut Cx<'_, '_>,
    fields: &Fields<'_>,
    place: &Place,
    name: &Ident,
    edits: &mut Vec<gw_graph::Edit>,
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
    let scope: SmolStr = format!("route {}", subject.name.name).into();
    let mut add = |phase: &str, span: Span, scope: &SmolStr| {
        steps.push(StepOrigin {
            phase: phase.into(),
            text: cx.excerpt(span),
            scope: scope.clone(),
            origin: cx.origin(span),
        });
    };
    if let Some(public) = subject.fields.one("public") {
        add("authn", public.span, &scope);
    } else if let Some(span) = asked.span {
        add("authn", span, &asked.scope);
    }
    for statement in subject.fields.all("override") {
        add("authz", statement.span, &scope);
    }
    for word in ["to", "respond", "redirect"] {
        if let Some(action) = subject.fields.one(word) {
            add("forward", action.span, &scope);
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

/// What the header of a route says.
struct Header {
    path: Vec<gw_graph::Segment>,
    params: Vec<(SmolStr, Type)>,
    methods: Vec<SmolStr>,
    hosts: Vec<HostPattern>,
}

fn read_header(
    cx: &mut Cx<'_, '_>,
    inherited: &Inherited<'_>,
    statement: &Statement,
) -> Option<Header> {
    let module = inherited.module;
    let (mut pattern, mut methods, mut hosts): (
        Option<&PathPattern>,
        Vec<SmolStr>,
        Vec<HostPattern>,
    ) = (None, Vec::new(), Vec::new());
    let mut parts = statement.parts.iter().skip(1);
    while let Some(part) = parts.next() {
        match part {
            Part::Path(path) if pattern.is_none() => pattern = Some(path),
            Part::Word(word) if word.name == "on" => match parts.next() {
                Some(part) => hosts = super::service::hosts(cx, module, part),
                None => cx.report(wrong_header(word.span)),
            },
            Part::Word(word) if pattern.is_none() => methods.extend(method(cx, word)),
            Part::Methods(words) if pattern.is_none() => {
                methods.extend(words.iter().filter_map(|w| method(cx, w)));
            }
            other => cx.report(wrong_header(other.span())),
        }
    }
    let Some(pattern) = pattern else {
        cx.report(
            Diagnostic::new(
                Code::WrongShape,
                header_span(statement),
                "this route has no path",
            )
            .here("a path such as `/orders/{id:int}` is missing")
            .help(format!("write `{}`", SPEC.usage)),
        );
        return None;
    };
    let (path, params) = path::lower(cx, module, inherited.prefix, pattern)?;
    methods.sort();
    methods.dedup();
    Some(Header {
        path,
        params,
        methods,
        hosts,
    })
}

fn wrong_header(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::WrongShape,
        span,
        "this does not belong in the header of a route",
    )
    .here("not expected here")
    .help(format!("write `{}`", SPEC.usage))
}

/// Registered methods (RFC 9110 section 9, RFC 5789, RFC 4918) that a typo is measured against.
const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "SEARCH",
    "QUERY",
    "PURGE",
];

fn method(cx: &mut Cx<'_, '_>, word: &Ident) -> Option<SmolStr> {
    if word.name == "ANY" {
        return None;
    }
    if METHODS.contains(&word.name.as_str()) {
        return Some(word.name.clone());
    }
    let upper = word.name.to_uppercase();
    let diagnostic = Diagnostic::new(
        Code::BadMethod,
        word.span,
        format!("`{}` is not a method", word.name),
    )
    .here("unknown method");
    let near = METHODS.iter().find(|m| **m == upper).copied();
    cx.report(match near.or_else(|| crate::suggest::nearest(&upper, METHODS.iter().copied())) {
        Some(near) => diagnostic
            .help(format!("did you mean `{near}`?"))
            .fix(format!("write `{near}`"), word.span, near),
        None => diagnostic.help("methods are written in capitals: `GET`, `POST`, `GET|POST`; leave them out for all"),
    });
    None
}
