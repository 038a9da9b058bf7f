//! The eight predicates that gateways evaluate most, with one request, for the benchmark and for
//! the test that they do not allocate.

use gw_expr::{
    Env, EvalError, FactId, FactTable, Facts, Field, List, OwnedValue, Program, RecordType, Type,
    Value, Variable, check,
};
use gw_syntax::FileId;

/// Name, gw's text, CEL's text for the reference crate (`None` where CEL has no such thing).
pub const PREDICATES: &[(&str, &str, Option<&str>)] = &[
    (
        "miss",
        r#"request.method == "DELETE""#,
        Some(r#"request.method == "DELETE""#),
    ),
    (
        "rbac",
        r#""editor" in jwt.roles"#,
        Some(r#""editor" in jwt.roles"#),
    ),
    (
        "header compare",
        r#"request.headers["x-tenant"] == "acme""#,
        Some(r#"request.headers["x-tenant"] == "acme""#),
    ),
    (
        "claim == header",
        r#"jwt.org == request.headers["x-tenant"]"#,
        Some(r#"jwt.org == request.headers["x-tenant"]"#),
    ),
    (
        "cidr",
        "source.ip in [192.168.0.0/16, 10.0.0.0/8, 172.16.0.0/12]",
        None,
    ),
    (
        "regex",
        r#"request.path.matches("^/v1/[a-z0-9-]+/orders$")"#,
        Some(r#"request.path.matches("^/v1/[a-z0-9-]+/orders$")"#),
    ),
    (
        "exists",
        r#"jwt.roles.exists(r, r.startsWith("bill"))"#,
        Some(r#"jwt.roles.exists(r, r.startsWith("bill"))"#),
    ),
    (
        "eight conjuncts",
        r#"request.method == "POST" && request.path.startsWith("/v1/")
           && request.headers["x-tenant"] == "acme" && jwt.org == request.headers["x-tenant"]
           && jwt.level >= 3 && "editor" in jwt.roles && jwt.plan in ["free", "pro", "enterprise"]
           && has(request.headers["accept"])"#,
        Some(
            r#"request.method == "POST" && request.path.startsWith("/v1/")
           && request.headers["x-tenant"] == "acme" && jwt.org == request.headers["x-tenant"]
           && jwt.level >= 3 && "editor" in jwt.roles && jwt.plan in ["free", "pro", "enterprise"]
           && "accept" in request.headers"#,
        ),
    ),
];

/// A predicate compiled, with the slots that it reads.
#[derive(Debug)]
pub struct Prepared {
    pub program: Program,
    pub slots: Slots,
}

/// Facts by slot, as the engine holds them.
#[derive(Debug)]
pub struct Slots(Vec<Value<'static>>);

impl Facts for Slots {
    fn fact(&self, id: FactId) -> Result<Value<'_>, EvalError> {
        self.0
            .get(id.0 as usize)
            .copied()
            .ok_or(EvalError::Unavailable)
    }
}

pub fn roles() -> &'static [OwnedValue] {
    static ROLES: std::sync::LazyLock<Vec<OwnedValue>> =
        std::sync::LazyLock::new(|| ["viewer", "editor", "billing"].map(OwnedValue::text).into());
    &ROLES
}

fn slot(path: &str) -> Value<'static> {
    match path {
        "request.method" => Value::Str("POST"),
        "request.path" => Value::Str("/v1/acme/orders"),
        r#"request.headers["x-tenant"]"# | "jwt.org" => Value::Str("acme"),
        r#"request.headers["accept"]"# => Value::Str("*/*"),
        "jwt.level" => Value::Int(4),
        "jwt.plan" => Value::Str("enterprise"),
        "jwt.roles" => Value::List(List::Owned(roles())),
        "source.ip" => Value::Ip(std::net::IpAddr::from([10, 1, 2, 3])),
        _ => Value::Absent,
    }
}

fn env() -> Env {
    let record = |name: &str, fields: &[(&str, Type)]| {
        let fields = fields.iter().map(|(n, ty)| (*n, Field::new(ty.clone())));
        Variable::new(Type::record(RecordType::new(name, fields)))
    };
    let mut env = Env::new();
    let headers = Type::lookup(Type::String);
    let request = [
        ("method", Type::String),
        ("path", Type::String),
        ("headers", headers),
    ];
    let claims = [
        ("org", Type::String),
        ("plan", Type::String),
        ("level", Type::Int),
        ("roles", Type::list(Type::String)),
    ];
    env.declare("request", record("request", &request));
    env.declare("jwt", record("Claims", &claims));
    env.declare("source", record("source", &[("ip", Type::Ip)]));
    env
}

/// Parses, checks and compiles a predicate.
pub fn prepare(text: &str) -> Prepared {
    let expr = gw_syntax::parse_expr(FileId::default(), text, 0).unwrap();
    let (mut facts, mut findings) = (FactTable::default(), Vec::new());
    let checked = check(&expr, &env(), &mut facts, &mut findings);
    assert!(findings.is_empty(), "{text}: {findings:?}");
    let program = Program::compile(&checked.ir).unwrap();
    let slots = Slots(
        facts
            .iter()
            .map(|(_, fact)| slot(&fact.path.to_string()))
            .collect(),
    );
    Prepared { program, slots }
}
