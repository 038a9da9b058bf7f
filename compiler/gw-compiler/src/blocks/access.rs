//! `authn`, `public` and `override` in services and routes: who is let in.

use super::policy::clause;
use crate::cx::Cx;
use crate::env::{Identity, IdentityKind, Yield};
use crate::resolve::Kind;
use crate::spec::{BlockSpec, Repeats, Shape, Words};
use gw_expr::{OwnedValue, RecordType, Type};
use gw_graph::{AuthnTree, Few};
use gw_syntax::{
    Code, Diagnostic, Expr, ExprKind, Fix, Ident, Part, Span, Statement, StatementValue,
};
use smol_str::SmolStr;
use std::rc::Rc;
use std::sync::Arc;

/// `authn` in services and routes
pub(crate) const AUTHN: BlockSpec = BlockSpec {
    keyword: "authn",
    parents: &["service", "route"],
    usage: "authn NAME | authn any_of [NAME, NAME] | authn all_of [NAME, NAME]",
    shape: Shape::of(Words::Some),
    doc: "Which identities are asked for. A route may only tighten what its service asks for. Under `any_of` each identity may be absent (`jwt?`, `key?`, `certificate?`).",
    example: "authn any_of [idp, partner]",
    fields: &[],
    repeats: Repeats::Once,
};

/// `public`
pub(crate) const PUBLIC: BlockSpec = BlockSpec {
    keyword: "public",
    parents: &["route"],
    usage: "public \"WHY\"",
    shape: Shape::of(Words::One),
    doc: "Lets everybody in, and says why. Lifts inherited authentication and rules, visibly; inherited deny rules that need no identity still hold.",
    example: "public \"the catalogue is public\"",
    fields: &[],
    repeats: Repeats::Once,
};

/// `override`
pub(crate) const OVERRIDE: BlockSpec = BlockSpec {
    keyword: "override",
    parents: &["route"],
    usage: "override authn NAME because \"WHY\" | override authz because \"WHY\" | override limits because \"WHY\"",
    shape: Shape::of(Words::Some).clauses(&["because"]),
    doc: "Replaces something inherited that could otherwise only be tightened, and says why. `gwc explain --overrides` lists them.",
    example: "override limits because \"health probes come from one address\"",
    fields: &[],
    repeats: Repeats::Often,
};

/// The identities of an `authn` statement.
pub(crate) fn tree(
    cx: &mut Cx<'_, '_>,
    module: usize,
    statement: &Statement,
    skip: usize,
) -> Option<AuthnTree> {
    let tree = written_tree(cx, module, statement, skip)?;
    let combinations = combinations(&tree);
    if combinations > MOST_COMBINATIONS {
        cx.report(
            Diagnostic::new(
                Code::WrongArguments,
                statement.span,
                format!("this asks for one of more than {MOST_COMBINATIONS} combinations"),
            )
            .here("too many ways to pass")
            .help("ask for fewer alternatives inside `all_of`"),
        );
        return None;
    }
    Some(tree)
}

/// Most ways to satisfy an `authn` that are compared and tried.
const MOST_COMBINATIONS: usize = 256;

/// How many sets of authentications satisfy a tree.
fn combinations(tree: &AuthnTree) -> usize {
    match tree {
        AuthnTree::One(_) => 1,
        AuthnTree::AnyOf(list) => list.iter().map(combinations).fold(0, usize::saturating_add),
        AuthnTree::AllOf(list) => list.iter().map(combinations).fold(1, usize::saturating_mul),
    }
}

fn written_tree(
    cx: &mut Cx<'_, '_>,
    module: usize,
    statement: &Statement,
    skip: usize,
) -> Option<AuthnTree> {
    let parts: Vec<&Part> = statement.parts.iter().skip(skip).collect();
    match parts.as_slice() {
        [Part::Word(name)] => one(cx, module, name),
        [Part::Word(word), Part::Value(value)]
            if matches!(word.name.as_str(), "any_of" | "all_of")
                && let ExprKind::List(list) = &value.kind =>
        {
            let members: Option<Few<AuthnTree>> =
                list.iter().map(|i| member(cx, module, &i.expr)).collect();
            let members = members?;
            if members.is_empty() {
                cx.report(nobody(statement.span, &word.name));
                return None;
            }
            Some(if word.name == "any_of" {
                AuthnTree::AnyOf(members)
            } else {
                AuthnTree::AllOf(members)
            })
        }
        _ => {
            cx.report(
                Diagnostic::new(
                    Code::WrongShape,
                    statement.span,
                    "`authn` names what identities are asked for",
                )
                .here("not the name of an authn")
                .help(format!("write `{}`", AUTHN.usage)),
            );
            None
        }
    }
}

fn one(cx: &mut Cx<'_, '_>, module: usize, name: &Ident) -> Option<AuthnTree> {
    match cx.program.expect(module, name, Kind::Authn) {
        Ok(id) => super::authn::lower(cx, id).map(AuthnTree::One),
        Err(diagnostic) => {
            cx.report(*diagnostic);
            None
        }
    }
}

fn member(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<AuthnTree> {
    match &expr.kind {
        ExprKind::Name { name, .. } => one(
            cx,
            module,
            &Ident {
                name: name.clone(),
                span: expr.span,
            },
        ),
        ExprKind::Call { name, args, .. } if name.name == "all_of" || name.name == "any_of" => {
            let members: Option<Few<AuthnTree>> =
                args.iter().map(|a| member(cx, module, a)).collect();
            if args.is_empty() {
                cx.report(nobody(expr.span, &name.name));
                return None;
            }
            Some(if name.name == "any_of" {
                AuthnTree::AnyOf(members?)
            } else {
                AuthnTree::AllOf(members?)
            })
        }
        _ => {
            cx.report(
                Diagnostic::new(
                    Code::WrongArguments,
                    expr.span,
                    "this is not the name of an authn",
                )
                .here("not a name")
                .help("write `any_of [idp, partner]`; nest with `all_of(a, b)`"),
            );
            None
        }
    }
}

/// The finding for a list without members: nobody would be asked for anything.
fn nobody(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(
        Code::WrongArguments,
        span,
        format!("this `{word}` asks for nothing"),
    )
    .here("an empty list")
    .help(format!(
        "name what is asked for, as `{word} [idp, partner]`"
    ))
}

/// Whether whoever satisfies `child` also satisfies `parent`.
pub(crate) fn implies(child: &AuthnTree, parent: &AuthnTree) -> bool {
    let wanted = alternatives(parent);
    alternatives(child)
        .iter()
        .all(|c| wanted.iter().any(|w| w.iter().all(|id| c.contains(id))))
}

/// The sets of authentications that satisfy a tree.
fn alternatives(tree: &AuthnTree) -> Vec<Vec<gw_graph::AuthnId>> {
    match tree {
        AuthnTree::One(id) => vec![vec![*id]],
        AuthnTree::AnyOf(list) => list.iter().flat_map(alternatives).collect(),
        AuthnTree::AllOf(list) => {
            list.iter()
                .map(alternatives)
                .fold(vec![Vec::new()], |acc, alts| {
                    acc.iter()
                        .flat_map(|a| alts.iter().map(|b| [a.as_slice(), b].concat()))
                        .collect()
                })
        }
    }
}

/// What a tree yields: present if every alternative has it.
pub(crate) fn identity(cx: &mut Cx<'_, '_>, tree: Option<&AuthnTree>) -> Rc<Identity> {
    let authns = cx.graph.authns.len();
    if let Some(known) = cx.envs.known_identity(tree, authns) {
        return known;
    }
    let identity = yielded_by(cx, tree);
    cx.envs.keep_identity(tree, authns, identity)
}

fn yielded_by(cx: &Cx<'_, '_>, tree: Option<&AuthnTree>) -> Identity {
    let sets = tree.map(alternatives).unwrap_or_default();
    let of = |kind: IdentityKind| -> Yield {
        let types: Vec<Option<Type>> = sets
            .iter()
            .map(|set| {
                let found = set.iter().filter_map(|id| cx.graph.authns.get(id.index()));
                let mut found = found.filter(|a| IdentityKind::of(&a.kind) == kind);
                found
                    .next()
                    .map(|a| super::authn::yielded(a, &cx.graph.tables))
            })
            .collect();
        let present: Vec<&Type> = types.iter().flatten().collect();
        match present.split_first() {
            None => declared(cx, kind),
            Some((first, rest)) => {
                let ty = rest.iter().fold((*first).clone(), |a, b| common(&a, b));
                if present.len() == types.len() {
                    Yield::Yes(ty)
                } else {
                    Yield::Maybe(ty)
                }
            }
        }
    };
    Identity {
        jwt: of(IdentityKind::Jwt),
        key: of(IdentityKind::Key),
        certificate: of(IdentityKind::Certificate),
    }
}

/// The type that `jwt?`, `key?` or `certificate?` has where nothing yields it, if one is declared.
pub(crate) fn declared(cx: &Cx<'_, '_>, kind: IdentityKind) -> Yield {
    let mut types = cx
        .graph
        .authns
        .iter()
        .filter(|a| IdentityKind::of(&a.kind) == kind)
        .map(|a| super::authn::yielded(a, &cx.graph.tables));
    types.next().map_or(Yield::No, |first| {
        Yield::Absent(types.fold(first, |a, b| common(&a, &b)))
    })
}

/// The fields that two records share with the same type.
fn common(a: &Type, b: &Type) -> Type {
    match (a, b) {
        _ if a == b => a.clone(),
        (Type::Record(x), Type::Record(y)) => {
            let shared = x
                .fields
                .iter()
                .filter(|(n, f)| y.fields.get(*n).is_some_and(|g| g.ty == f.ty));
            let fields = shared.map(|(n, f)| {
                let optional = f.optional || y.fields.get(n).is_some_and(|g| g.optional);
                (
                    n.clone(),
                    gw_expr::Field {
                        optional,
                        ..f.clone()
                    },
                )
            });
            Type::Record(Arc::new(RecordType::new(x.name.clone(), fields)))
        }
        _ => Type::Dyn,
    }
}

/// The reason after `public` or `because`; a finding where it says nothing.
pub(crate) fn why(cx: &mut Cx<'_, '_>, module: usize, statement: &Statement) -> Option<SmolStr> {
    let written = match statement.parts.first() {
        Some(Part::Value(expr)) if statement.head.ident().name == "public" => Some(&**expr),
        _ => clause(statement, "because"),
    };
    let text = match written {
        Some(expr) => match cx.constant(module, expr, &Type::String)? {
            OwnedValue::Str(text) => text,
            _ => return None,
        },
        None => Default::default(),
    };
    if text.chars().any(char::is_alphanumeric) {
        return Some(text);
    }
    let word = statement.head.ident();
    if let (Some(_), "public") = (&statement.value, word.name.as_str()) {
        cx.report(
            Diagnostic::new(Code::WrongShape, statement.span, "`public` is no field")
                .here("its reason follows without `:` or `=`")
                .help("write `public \"why everybody may see this\"`")
                .maybe_fix(without_sign(statement)),
        );
        return None;
    }
    let place = written.map_or(word.span, |expr| expr.span);
    cx.report(
        Diagnostic::new(
            Code::EmptyWhy,
            place,
            format!("`{}` needs a reason", word.name),
        )
        .here("no reason given")
        .help(if word.name == "public" {
            "write `public \"why everybody may see this\"`"
        } else {
            "end with `because \"why\"`"
        }),
    );
    None
}

/// The change that removes `:` or `=` between a word and its value.
pub(crate) fn without_sign(statement: &Statement) -> Option<Fix> {
    let value = statement.value.as_ref()?;
    if matches!(value, StatementValue::TypedExpr(..)) {
        return None;
    }
    let span = value.span();
    let end = statement.head.ident().span.end as usize;
    Some(Fix {
        title: "remove the sign".to_owned(),
        edits: vec![(
            Span::new(span.file, end, span.start as usize),
            " ".to_owned(),
        )],
    })
}

/// The finding for a route that asks for less than its service.
pub(crate) fn weakened(span: Span, parent: Span) -> Diagnostic {
    Diagnostic::new(
        Code::Weakened,
        span,
        "this asks for less than the service does",
    )
    .here("weaker than what is inherited")
    .because(parent, "inherited from here")
    .help("a route can only tighten; write `override authn … because \"why\"` if this is meant")
}
