//! Who is let in: what a route asks for, against what its service does.

use super::Subject;
use crate::blocks::access::{OVERRIDE, implies, tree, weakened, why};
use crate::cx::Cx;
use crate::scope::Parts;
use crate::shape;
use crate::spec::{Shape, Words};
use gw_graph::{Access, AuthnTree, Authorization, Few, RuleSetId};
use gw_syntax::{Code, Diagnostic, Part, Span, Statement};
use smol_str::SmolStr;
use std::rc::Rc;

/// The authentication that a route asks for, with the statement that says so.
pub(super) struct Asked {
    pub(super) tree: Option<AuthnTree>,
    pub(super) span: Option<Span>,
    pub(super) scope: SmolStr,
    /// `route NAME`.
    pub(super) scope_of_route: SmolStr,
    /// Whether a statement that asks has a finding.
    pub(super) broken: bool,
}

pub(super) fn authentication(cx: &mut Cx<'_, '_>, subject: &Subject<'_, '_>) -> Asked {
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
    let scope = super::joined("route ", &name.name);
    let scope_of_route = scope.clone();
    if let Some((tree, span)) = replaced {
        return Asked {
            broken: tree.is_none(),
            tree,
            span: Some(span),
            scope,
            scope_of_route,
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
                scope_of_route,
                broken,
            }
        }
        (Some((own, span)), None) => Asked {
            tree: Some(own),
            span: Some(span),
            scope,
            scope_of_route,
            broken,
        },
        (None, Some((parent, span))) => Asked {
            tree: Some(parent),
            span: Some(span),
            scope: inherited.scope.clone(),
            scope_of_route,
            broken,
        },
        (None, None) => Asked {
            tree: None,
            span: None,
            scope,
            scope_of_route,
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
            .help(format!("write `{}`", OVERRIDE.usage)),
        );
        return;
    }
    let authn = matches!(statement.parts.first(), Some(Part::Word(w)) if w.name == "authn");
    if !authn {
        let shape = Shape {
            words: Words::One,
            ..OVERRIDE.shape
        };
        let usage = || format!("write `{}`", OVERRIDE.usage);
        cx.diagnostics
            .extend(shape::check(statement, &shape, usage));
    }
}

/// Findings for overrides of what is not inherited.
pub(super) fn check_overrides(cx: &mut Cx<'_, '_>, subject: &Subject<'_, '_>, outer: &Parts) {
    let mut inherited = subject.inherited.statements.iter();
    let asks = inherited.any(|s| s.head.ident().name == "authn");
    for statement in subject.fields.all("override") {
        let Some(Part::Word(what)) = statement.parts.first() else {
            continue;
        };
        let idle = match what.name.as_str() {
            "authn" => !asks,
            "authz" => outer.rule_sets.is_empty() && !outer.broken,
            "limits" => outer.limits.is_empty() && !outer.broken,
            _ => false,
        };
        if idle {
            cx.report(
                Diagnostic::new(
                    Code::IdleOverride,
                    statement.span,
                    format!(
                        "no {} are inherited that this could replace",
                        noun(&what.name)
                    ),
                )
                .here("replaces nothing")
                .help("remove the line: what a service gets later should hold here too"),
            );
        }
    }
}

fn noun(what: &str) -> &'static str {
    match what {
        "authn" => "identities",
        "authz" => "rules",
        _ => "limits",
    }
}

pub(super) fn public(
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
    Some(Access::Public {
        why,
        denies: authorization(cx, outer.denies.as_slice(), &inner.rule_sets),
    })
}

pub(super) fn protected(
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
    let outer_sets = outer.map_or(&[][..], |p| &p.rule_sets);
    Some(Access::Protected {
        authn,
        authorization: authorization(cx, outer_sets, &inner.rule_sets),
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

/// The rules of a route. A route without its own shares them with others.
fn authorization(cx: &mut Cx<'_, '_>, outer: &[RuleSetId], own: &[RuleSetId]) -> Authorization {
    let sets: Few<RuleSetId> = outer.iter().chain(own).copied().collect();
    if let Some(diagram) = cx.envs.known_diagram(&sets) {
        return Authorization { sets, diagram };
    }
    let mut diagram = crate::diagram::build(&cx.graph.rule_sets, &sets);
    if let Some(diagram) = diagram.as_mut().filter(|_| cx.checks_only) {
        diagram.nodes = Few::new();
    }
    if own.is_empty() {
        cx.envs.keep_diagram(&sets, diagram.clone());
    }
    Authorization { sets, diagram }
}

/// Findings about identity on a public route say that it is public. Where the `authn` itself has
/// a finding, they would only repeat it.
pub(super) fn explain_identity(
    cx: &mut Cx<'_, '_>,
    before: usize,
    public: Option<&Statement>,
    broken: bool,
) {
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
