//! What expressions may refer to at each place: the built-in objects, the declared names, and what
//! is available in which phase under which authentication.

mod cache;
mod names;

pub(crate) use cache::Envs;
pub(crate) use names::names_in;

use crate::blocks;
use crate::cx::Cx;
use crate::resolve::{DeclId, Kind};
use gw_expr::{Availability, Env, Field, Phase, RecordType, Type, Variable};
use gw_graph::AuthnKind;
use gw_syntax::{Code, Expr, ExprKind};
use hashbrown::HashSet;
use smol_str::SmolStr;
use std::rc::Rc;
use std::sync::Arc;

/// A place of use.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The module whose names are seen.
    pub(crate) module: usize,
    /// When the expression runs; `None` for constants.
    pub(crate) phase: Option<Phase>,
    /// The route's path parameters.
    pub(crate) params: Rc<Vec<(SmolStr, Type)>>,
    /// What the route's authentication yields.
    pub(crate) identity: Rc<Identity>,
}

/// What an authentication yields.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Identity {
    /// The claims of a token.
    pub(crate) jwt: Yield,
    /// The record of an API key.
    pub(crate) key: Yield,
    /// What is read of a client's certificate.
    pub(crate) certificate: Yield,
}

/// The kinds of identity, by the object that they yield.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum IdentityKind {
    Jwt,
    Key,
    Certificate,
}

impl IdentityKind {
    /// What an authentication yields.
    pub(crate) fn of(authn: &AuthnKind) -> Self {
        match authn {
            AuthnKind::Jwt(_) => Self::Jwt,
            AuthnKind::ApiKey(_) => Self::Key,
            AuthnKind::ClientCertificate(_) => Self::Certificate,
        }
    }
}

/// Whether a kind of identity is there.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Yield {
    /// Never, and nothing declared says what it would be.
    #[default]
    No,
    /// Never; `?.` reads it as absent, with the type that it has on other routes.
    Absent(Type),
    /// Sometimes: `any_of`.
    Maybe(Type),
    /// Always.
    Yes(Type),
}

impl Identity {
    /// Every kind of identity that an `authn` declares, as if it were there.
    pub(crate) fn declared(cx: &Cx<'_, '_>) -> Self {
        let assumed = |kind| blocks::access::declared(cx, kind).assumed();
        Self {
            jwt: assumed(IdentityKind::Jwt),
            key: assumed(IdentityKind::Key),
            certificate: assumed(IdentityKind::Certificate),
        }
    }
}

impl Yield {
    /// What is yielded on other routes, as if it were yielded here.
    fn assumed(self) -> Self {
        match self {
            Yield::Absent(ty) => Yield::Yes(ty),
            Yield::No | Yield::Maybe(_) | Yield::Yes(_) => self,
        }
    }
}

impl Place {
    /// The place of a constant: no request.
    pub(crate) fn constant(module: usize) -> Self {
        Self {
            module,
            phase: None,
            params: Rc::default(),
            identity: Rc::default(),
        }
    }

    /// The same place in another phase.
    pub(crate) fn at(&self, phase: Phase) -> Self {
        Self {
            phase: Some(phase),
            ..self.clone()
        }
    }

    /// The same place with the names of another module.
    pub(crate) fn in_module(&self, module: usize) -> Self {
        Self {
            module,
            ..self.clone()
        }
    }

    fn key(&self) -> String {
        format!(
            "{} {:?} {:?} {:?}",
            self.module, self.phase, self.params, self.identity
        )
    }
}

/// Builds the environment of a place.
pub(crate) fn build(cx: &mut Cx<'_, '_>, place: &Place) -> Env {
    let mut env = Env::new();
    if let Some(phase) = place.phase {
        env = env.in_phase(phase);
    }
    declare_objects(&mut env, place);
    let names: Vec<(SmolStr, DeclId)> = cx
        .program
        .visible(place.module)
        .map(|(n, id)| (n.clone(), id))
        .collect();
    for (name, id) in names {
        declare(cx, &mut env, &name, id, place);
    }
    env
}

/// The environment of a constant, with the names alone that an expression mentions: a parameter does
/// not need all others, of which there may be many.
pub(crate) fn of_constant(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Env {
    let place = &Place::constant(module);
    let mut env = Env::new();
    declare_objects(&mut env, place);
    let mut open = names_in(expr);
    let mut seen = HashSet::new();
    while let Some(name) = open.pop() {
        if env.knows(&name) || !seen.insert(name.clone()) {
            continue;
        }
        let Some(id) = cx.program.peek(module, &name) else {
            continue;
        };
        declare(cx, &mut env, &name, id, place);
        let body = cx.program.decl(id).filter(|d| d.kind == Kind::Let);
        let body = body.and_then(|d| crate::load::assigned(d.statement));
        open.extend(body.into_iter().flat_map(names_in));
    }
    env
}

fn declare(cx: &mut Cx<'_, '_>, env: &mut Env, name: &SmolStr, id: DeclId, place: &Place) {
    let Some(decl) = cx.program.decl(id) else {
        return;
    };
    let (kind, module) = (decl.kind, decl.module);
    match kind {
        Kind::Param => {
            if let Some(value) = blocks::param::value(cx, id) {
                env.define(name.clone(), value);
            }
        }
        Kind::Enum => {
            if let Some(Type::Enum(of)) = blocks::enumeration::lower(cx, id) {
                env.declare_enum_as(name.clone(), of);
            }
        }
        Kind::Let => {
            let expr = crate::load::assigned(decl.statement);
            if let Some(expr) = expr.filter(|_| !blocks::binding::is_recursive(cx, id)) {
                env.define_let(name.clone(), Arc::new(expr.clone()));
                bring_along(cx, env, expr, module, place);
            }
        }
        Kind::Table => {
            let value = blocks::table::value_type(cx, id);
            let variable = Variable::new(Type::lookup(value)).doc("records of a table, by key");
            // The engine knows a table by the name of its declaration; an alias stands for that.
            let declared = decl.name.clone();
            env.declare(declared.name.clone(), variable);
            if declared.name != *name {
                let kind = ExprKind::Name {
                    name: declared.name,
                    rooted: false,
                };
                env.define_let(
                    name.clone(),
                    Arc::new(Expr {
                        kind,
                        span: declared.span,
                    }),
                );
            }
        }
        Kind::Secret => {
            let leak = Availability::Missing {
                code: Code::SecretLeak,
                message: format!("secret `{name}` cannot be read by an expression"),
                help: "secrets verify tokens, or are set as headers towards backends".to_owned(),
            };
            env.declare(name.clone(), Variable::new(Type::Secret).available(leak));
        }
        Kind::Schema
        | Kind::Listener
        | Kind::Authn
        | Kind::Backend
        | Kind::Policy
        | Kind::Limit
        | Kind::Transform
        | Kind::Service
        | Kind::Route => {}
    }
}

/// A `let` of another file sees the names of its own file: those that its text mentions and this
/// file does not declare come along.
fn bring_along(cx: &mut Cx<'_, '_>, env: &mut Env, expr: &Expr, module: usize, place: &Place) {
    if module == place.module {
        return;
    }
    for name in names_in(expr) {
        if let (false, Some(id)) = (env.knows(&name), cx.program.peek(module, &name)) {
            declare(cx, env, &name, id, place);
        }
    }
}

/// The built-in objects.
fn declare_objects(env: &mut Env, place: &Place) {
    let always = |env: &mut Env, name: &str, record: RecordType, doc: &str| {
        env.declare(name, Variable::new(Type::record(record)).doc(doc));
    };
    always(env, "request", request(), "the request as it arrived");
    always(
        env,
        "source",
        source(),
        "the client, as seen through trusted proxies",
    );
    always(env, "peer", source(), "the other end of the connection");
    always(
        env,
        "route",
        named(
            "route",
            &[("name", Type::String), ("service", Type::String)],
        ),
        "the matched route",
    );
    env.declare(
        "tls",
        Variable::new(Type::record(tls()).or_absent()).doc("TLS of the connection"),
    );
    env.declare(
        "now",
        Variable::new(Type::Timestamp).doc("when the request arrived"),
    );
    let response = Variable::new(Type::record(response())).doc("the response to the client");
    env.declare(
        "response",
        response.available(Availability::From(Phase::Response)),
    );
    env.declare("path", path_variable(place));
    let identity = &place.identity;
    env.declare(
        "jwt",
        identity_variable(&identity.jwt, "the claims of the verified token"),
    );
    env.declare(
        "key",
        identity_variable(&identity.key, "the record of the API key"),
    );
    env.declare(
        "certificate",
        identity_variable(&identity.certificate, "the certificate of the client"),
    );
    env.declare("principal", principal_variable(identity));
}

fn path_variable(place: &Place) -> Variable {
    let fields = place
        .params
        .iter()
        .map(|(n, t)| (n.clone(), Field::new(t.clone())));
    let record = RecordType::new("path", fields);
    Variable::new(Type::record(record)).doc("the parameters of the route's path")
}

fn identity_variable(yielded: &Yield, doc: &str) -> Variable {
    match yielded {
        Yield::No => Variable::new(Type::Error)
            .doc(doc)
            .available(Availability::NoIdentity),
        Yield::Absent(ty) => Variable::new(ty.clone().or_absent())
            .doc(doc)
            .available(Availability::NoIdentity),
        Yield::Maybe(ty) => Variable::new(ty.clone().or_absent()).doc(doc),
        Yield::Yes(ty) => Variable::new(ty.clone()).doc(doc),
    }
}

fn principal_variable(identity: &Identity) -> Variable {
    let record = Type::record(named(
        "principal",
        &[("id", Type::String), ("kind", Type::String)],
    ));
    let none = |y: &Yield| matches!(y, Yield::No | Yield::Absent(_));
    // Under `any_of` one of the alternatives is there, so the principal is.
    let all = [&identity.jwt, &identity.key, &identity.certificate];
    let ty = match all.into_iter().all(none) {
        true => record.or_absent(),
        false => record,
    };
    Variable::new(ty)
        .doc("who was authenticated: `id` and `kind` (`jwt`, `api_key` or `client_certificate`)")
}

fn named(name: &str, fields: &[(&str, Type)]) -> RecordType {
    RecordType::new(
        name,
        fields
            .iter()
            .map(|(n, t)| (SmolStr::new(n), Field::new(t.clone()))),
    )
}

fn request() -> RecordType {
    let mut record = named(
        "request",
        &[
            ("method", Type::String),
            ("scheme", Type::String),
            ("host", Type::String),
            ("path", Type::String),
            ("query", Type::lookup(Type::String)),
            ("headers", Type::lookup(Type::String)),
            ("id", Type::String),
            ("time", Type::Timestamp),
            ("protocol", Type::String),
        ],
    );
    record
        .fields
        .insert("port".into(), Field::optional(Type::Int));
    record.fields.insert(
        "size".into(),
        Field::optional(Type::Int).doc("the announced Content-Length"),
    );
    record
}

fn source() -> RecordType {
    named("source", &[("ip", Type::Ip), ("port", Type::Int)])
}

fn tls() -> RecordType {
    let mut record = named("tls", &[("version", Type::String)]);
    record
        .fields
        .insert("sni".into(), Field::optional(Type::String));
    record
        .fields
        .insert("cipher".into(), Field::optional(Type::String));
    record
}

fn response() -> RecordType {
    named(
        "response",
        &[
            ("status", Type::Int),
            ("headers", Type::lookup(Type::String)),
        ],
    )
}

/// The built-in objects, which expressions read without a declaration.
pub const OBJECTS: &[&str] = &[
    "request",
    "source",
    "peer",
    "route",
    "tls",
    "now",
    "response",
    "path",
    "jwt",
    "key",
    "certificate",
    "principal",
];
