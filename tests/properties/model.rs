//! Policies and requests as data, their generators, and their text.

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::fmt::{Display, Formatter};

/// A policy.
#[derive(Clone, Debug)]
pub struct Policy {
    pub routes: Vec<Route>,
    /// Rules of the service around the routes.
    pub service: Vec<Rule>,
    /// Rules of the named policy `shared`.
    pub shared: Vec<Rule>,
}

/// A route; its name is `rN`.
#[derive(Clone, Debug)]
pub struct Route {
    pub host: Option<&'static str>,
    pub segments: Vec<Segment>,
    pub methods: Vec<&'static str>,
    pub header: Option<&'static str>,
    pub query: Option<&'static str>,
    pub when: Option<Condition>,
    pub public: bool,
    pub rules: Vec<Rule>,
    pub uses_shared: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    Exact(&'static str),
    Int,
    Slug,
    Text,
    Any,
    Rest,
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub allow: bool,
    pub condition: Condition,
    pub reason: &'static str,
}

/// A condition: atoms as (gw, CEL) text, joined by logic.
#[derive(Clone, Debug)]
pub enum Condition {
    Atom(&'static str, &'static str),
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub host: String,
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub source: String,
    pub claims: Option<Json>,
}

/// Conditions that any route may read.
const PLAIN: &[(&str, &str)] = &[
    ("request.method == \"GET\"", "request.method == 'GET'"),
    (
        "request.headers[\"x-a\"] == \"1\"",
        "has(request.headers.x_a) && request.headers.x_a == '1'",
    ),
    (
        "request.headers[\"x-a\"] != \"1\"",
        "!has(request.headers.x_a) || request.headers.x_a != '1'",
    ),
    ("has(request.headers[\"x-b\"])", "has(request.headers.x_b)"),
    (
        "(request.query[\"v\"] ?? \"1\").startsWith(\"2\")",
        "(has(request.query.v) ? request.query.v : '1').startsWith('2')",
    ),
    ("request.path.endsWith(\"b\")", "request.path.endsWith('b')"),
    (
        "request.host in [\"a.test\", \"b.test\"]",
        "request.host in ['a.test', 'b.test']",
    ),
    (
        "size(request.path) / (size(request.path) - 4) > 1",
        "size(request.path) / (size(request.path) - 4) > 1",
    ),
    (
        "request.path.matches(\"^/[a-c]+/\")",
        "request.path.matches('^/[a-c]+/')",
    ),
    (
        "int(request.headers[\"x-a\"] ?? \"x\") > 0",
        "int(has(request.headers.x_a) ? request.headers.x_a : 'x') > 0",
    ),
    ("true", "true"),
];

/// Conditions that need a token.
const CLAIMS: &[(&str, &str)] = &[
    ("jwt.org == \"acme\"", "jwt.org == 'acme'"),
    ("\"admin\" in jwt.roles", "'admin' in jwt.roles"),
    (
        "jwt.roles.exists(r, r == \"viewer\")",
        "jwt.roles.exists(r, r == 'viewer')",
    ),
    ("jwt.level > 2", "jwt.level > 2"),
    ("10 / jwt.level == 5", "10 / jwt.level == 5"),
    (
        "(jwt.note ?? \"\") == \"x\"",
        "(has(jwt.note) ? jwt.note : '') == 'x'",
    ),
    ("jwt.sub.startsWith(\"u\")", "jwt.sub.startsWith('u')"),
    ("jwt.roles[0] == \"viewer\"", "jwt.roles[0] == 'viewer'"),
];

fn condition(claims: bool) -> impl Strategy<Value = Condition> {
    let atoms: Vec<(&'static str, &'static str)> = if claims {
        PLAIN.iter().chain(CLAIMS).copied().collect()
    } else {
        PLAIN.to_vec()
    };
    let leaf = prop::sample::select(atoms).prop_map(|(gw, cel)| Condition::Atom(gw, cel));
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|c| Condition::Not(Box::new(c))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::All),
            prop::collection::vec(inner, 2..4).prop_map(Condition::Any),
        ]
    })
}

fn rules(claims: bool, count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Rule>> {
    let reason = prop::sample::select(vec!["too early", "not yours", "closed"]);
    let rule =
        (any::<bool>(), condition(claims), reason).prop_map(|(allow, condition, reason)| Rule {
            allow,
            condition,
            reason,
        });
    prop::collection::vec(rule, count)
}

fn segments() -> impl Strategy<Value = Vec<Segment>> {
    let one = prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "c", "7"]).prop_map(Segment::Exact),
        1 => Just(Segment::Int),
        1 => Just(Segment::Slug),
        1 => Just(Segment::Text),
        1 => Just(Segment::Any),
    ];
    (prop::collection::vec(one, 0..4), any::<bool>()).prop_map(|(mut list, rest)| {
        if rest {
            list.push(Segment::Rest);
        }
        list
    })
}

fn routes() -> impl Strategy<Value = Route> {
    let host = prop::option::weighted(
        0.4,
        prop::sample::select(vec!["a.test", "b.test", "*.test", "*.c.test"]),
    );
    let methods = prop::sample::subsequence(vec!["GET", "POST", "HEAD"], 0..3);
    let value = || prop::option::weighted(0.25, prop::sample::select(vec!["1", "2"]));
    let when = prop::option::weighted(0.15, condition(false));
    (
        host,
        segments(),
        methods,
        value(),
        value(),
        when,
        any::<bool>(),
        rules(true, 0..3),
        any::<bool>(),
    )
        .prop_map(
            |(host, segments, methods, header, query, when, public, rules, uses_shared)| Route {
                host,
                segments,
                methods,
                header,
                query,
                when,
                public,
                // A public route has no allow rules and no token.
                rules: if public { Vec::new() } else { rules },
                uses_shared,
            },
        )
}

/// Policies with one to eight routes.
pub fn policies() -> impl Strategy<Value = Policy> {
    let plain_denies = rules(false, 0..2).prop_map(|mut list| {
        list.iter_mut().for_each(|r| r.allow = false);
        list
    });
    (
        prop::collection::vec(routes(), 1..8),
        plain_denies,
        rules(true, 1..3),
    )
        .prop_map(|(routes, service, shared)| Policy {
            routes,
            service,
            shared,
        })
}

/// Requests that come close to the generated routes.
pub fn requests() -> impl Strategy<Value = Request> {
    let segment = prop::sample::select(vec!["a", "b", "c", "7", "-3", "x-y", "Z", "007"]);
    let path = prop::collection::vec(segment, 0..4).prop_map(|s| format!("/{}", s.join("/")));
    let host = prop::sample::select(vec!["a.test", "b.test", "x.c.test", "c.test", "other"]);
    let method = prop::sample::select(vec!["GET", "POST", "HEAD", "DELETE"]);
    let value = || prop::option::of(prop::sample::select(vec!["1", "2", "x"]));
    let source = prop::sample::select(vec!["10.0.0.1", "192.0.2.7"]);
    (
        method,
        host,
        path,
        value(),
        value(),
        value(),
        source,
        prop::option::of(claims()),
    )
        .prop_map(|(method, host, path, a, b, v, source, claims)| {
            let header =
                |name: &str, value: Option<&str>| value.map(|v| (name.to_owned(), v.to_owned()));
            Request {
                method: method.to_owned(),
                host: host.to_owned(),
                path,
                query: v.map(|v| format!("v={v}")).unwrap_or_default(),
                headers: [header("x-a", a), header("x-b", b)]
                    .into_iter()
                    .flatten()
                    .collect(),
                source: source.to_owned(),
                claims,
            }
        })
}

fn claims() -> impl Strategy<Value = Json> {
    let roles = prop::sample::subsequence(vec!["viewer", "admin"], 0..3);
    let org = prop::sample::select(vec!["acme", "other"]);
    let note = prop::option::of(Just("x"));
    (roles, org, 0i64..5, note).prop_map(|(roles, org, level, note)| {
        let mut claims = json!({ "sub": "u1", "org": org, "roles": roles, "level": level });
        if let Some(note) = note {
            claims["note"] = note.into();
        }
        claims
    })
}

impl Policy {
    /// Whether a route has an allow rule, directly or through `shared`.
    pub fn has_allow(&self, route: &Route) -> bool {
        let shared = route.uses_shared && self.shared.iter().any(|r| r.allow);
        route.rules.iter().any(|r| r.allow) || shared
    }
}

impl Display for Policy {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "gw 1\nlistener http {{ bind = \":0\" }}\nbackend web {{ target = echo() }}"
        )?;
        writeln!(
            f,
            "schema Claims {{ sub: string, org: string, roles: list<string>, level: int, note?: string }}"
        )?;
        writeln!(f, "secret k = env(\"K\")")?;
        writeln!(
            f,
            "authn idp: jwt<Claims> {{ issuer = \"i\", algorithms = [HS256], keys = k }}"
        )?;
        writeln!(f, "policy shared {{")?;
        self.shared.iter().try_for_each(|r| writeln!(f, "  {r}"))?;
        writeln!(f, "}}\nservice s {{\n  authn idp")?;
        self.service.iter().try_for_each(|r| writeln!(f, "  {r}"))?;
        for (index, route) in self.routes.iter().enumerate() {
            self.write_route(f, index, route)?;
        }
        writeln!(f, "}}")
    }
}

impl Policy {
    fn write_route(&self, f: &mut Formatter<'_>, index: usize, route: &Route) -> std::fmt::Result {
        write!(f, "  route r{index}")?;
        if !route.methods.is_empty() {
            write!(f, " {}", route.methods.join("|"))?;
        }
        write!(f, " {}", pattern(&route.segments))?;
        if let Some(host) = route.host {
            write!(f, " on \"{host}\"")?;
        }
        writeln!(f, " {{\n    priority = {index}")?;
        let mut conditions: Vec<String> = Vec::new();
        conditions.extend(
            route
                .header
                .map(|v| format!("request.headers[\"x-a\"] == \"{v}\"")),
        );
        conditions.extend(
            route
                .query
                .map(|v| format!("request.query[\"v\"] == \"{v}\"")),
        );
        conditions.extend(route.when.as_ref().map(|c| format!("({})", c.gw())));
        if !conditions.is_empty() {
            writeln!(f, "    when {}", conditions.join(" && "))?;
        }
        if route.public {
            writeln!(f, "    public \"generated\"")?;
        } else {
            route
                .rules
                .iter()
                .try_for_each(|r| writeln!(f, "    {r}"))?;
            if route.uses_shared {
                writeln!(f, "    use policy shared")?;
            }
            if !self.has_allow(route) {
                writeln!(f, "    allow")?;
            }
        }
        writeln!(f, "    to web\n  }}")
    }
}

fn pattern(segments: &[Segment]) -> String {
    let parts: Vec<String> = segments
        .iter()
        .enumerate()
        .map(|(i, s)| match s {
            Segment::Exact(text) => (*text).to_owned(),
            Segment::Int => format!("{{p{i}:int}}"),
            Segment::Slug => format!("{{p{i}:slug}}"),
            Segment::Text => format!("{{p{i}}}"),
            Segment::Any => "*".to_owned(),
            Segment::Rest => "**".to_owned(),
        })
        .collect();
    format!("/{}", parts.join("/"))
}

impl Display for Rule {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        if self.allow {
            write!(f, "allow when {}", self.condition.gw())
        } else {
            write!(
                f,
                "deny when {} reason \"{}\"",
                self.condition.gw(),
                self.reason
            )
        }
    }
}

impl Condition {
    /// The text in a policy.
    pub fn gw(&self) -> String {
        let join = |list: &[Condition], op: &str| {
            list.iter()
                .map(|c| format!("({})", c.gw()))
                .collect::<Vec<_>>()
                .join(op)
        };
        match self {
            Condition::Atom(gw, _) => (*gw).to_owned(),
            Condition::Not(inner) => format!("!({})", inner.gw()),
            Condition::All(list) => join(list, " && "),
            Condition::Any(list) => join(list, " || "),
        }
    }
}
