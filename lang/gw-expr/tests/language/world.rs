//! A gateway's environment with one request, for the tests beside it.

use gw_expr::{
    Availability, Checked, EnumType, Env, EvalError, FactId, FactPath, FactStep, FactTable, Facts,
    Field, Lookup, OwnedValue, Phase, Program, RecordType, Type, Value, Variable, Variant, check,
};
use gw_syntax::{Diagnostic, FileId, Sources, Span};
use std::collections::HashMap;
use std::sync::Arc;

pub(crate) fn role() -> Arc<EnumType> {
    let variant = |name: &str, inherits: &[&str]| Variant {
        name: name.into(),
        inherits: inherits.iter().map(|i| (*i).into()).collect(),
    };
    Arc::new(EnumType {
        name: "Role".into(),
        variants: vec![
            variant("viewer", &[]),
            variant("editor", &[]),
            variant("admin", &["viewer", "editor"]),
        ],
        span: None,
    })
}

fn claims() -> RecordType {
    let item = RecordType::new(
        "Item",
        [
            ("sku", Field::new(Type::String)),
            ("note", Field::optional(Type::String)),
        ],
    );
    let mut claims = RecordType::new(
        "Claims",
        [
            ("sub", Field::new(Type::String)),
            ("org", Field::new(Type::named("slug").unwrap())),
            ("roles", Field::new(Type::list(Type::Enum(role())))),
            ("role", Field::new(Type::Enum(role()))),
            ("level", Field::new(Type::Int)),
            ("suspended", Field::optional(Type::Bool)),
            ("extra", Field::new(Type::Dyn)),
            ("items", Field::new(Type::list(Type::record(item)))),
        ],
    );
    claims.span = Some(Span::new(FileId(7), 3, 9));
    claims
}

fn request() -> RecordType {
    RecordType::new(
        "request",
        [
            ("method", Field::new(Type::String)),
            ("path", Field::new(Type::String)),
            ("headers", Field::new(Type::lookup(Type::String))),
            ("query", Field::new(Type::lookup(Type::String))),
            ("body", Field::new(Type::Dyn)),
            ("size", Field::new(Type::Size)),
            ("at", Field::new(Type::Timestamp)),
        ],
    )
}

pub(crate) fn env() -> Env {
    let mut env = Env::new().in_phase(Phase::Authz);
    env.declare("request", Variable::new(Type::record(request())));
    env.declare("jwt", Variable::new(Type::record(claims())));
    env.declare("key", Variable::new(Type::record(claims()).or_absent()));
    let source = RecordType::new("source", [("ip", Field::new(Type::Ip))]);
    env.declare("source", Variable::new(Type::record(source)));
    let response = RecordType::new("response", [("status", Field::new(Type::Int))]);
    let after = Availability::From(Phase::Response);
    env.declare(
        "response",
        Variable::new(Type::record(response)).available(after),
    );
    env.declare("status", Variable::new(Type::Int));
    env.declare("took", Variable::new(Type::Duration));
    env.declare("load", Variable::new(Type::Double));
    env.declare("office", Variable::new(Type::list(Type::Cidr)));
    env.declare(
        "caller",
        Variable::new(Type::Dyn).available(Availability::NoIdentity),
    );
    env.declare("token", Variable::new(Type::Secret));
    env.limit(
        "request.body",
        Availability::Missing {
            code: gw_syntax::Code::WrongPhase,
            message: "the body is not buffered here".into(),
            help: "write `request.body: json`".into(),
        },
    );
    env.declare_enum(role());
    env
}

/// Checks a text; the findings with the text under their primary place.
pub(crate) fn findings(text: &str) -> (Checked, FactTable, Vec<(Diagnostic, String)>) {
    let mut sources = Sources::default();
    let id = sources.add("test.gw", text);
    let expr = gw_syntax::parse_expr(id, text, 0).unwrap_or_else(|e| panic!("{text}: {e:?}"));
    let (mut facts, mut found) = (FactTable::default(), Vec::new());
    let env = env().with_sources(Arc::new(sources.clone()));
    let checked = check(&expr, &env, &mut facts, &mut found);
    let placed = found.into_iter().map(|d| {
        let under = sources.text(d.span()).to_owned();
        (d, under)
    });
    (checked, facts, placed.collect())
}

/// One request's facts by path.
#[derive(Debug)]
pub(crate) struct World {
    facts: FactTable,
    roots: HashMap<&'static str, OwnedValue>,
}

impl Lookup for World {
    fn lookup<'a>(&'a self, key: &str) -> Result<Value<'a>, EvalError> {
        let headers = self.roots["request"].field("headers").unwrap();
        let found = headers.field(&key.to_lowercase());
        Ok(found.map_or(Value::Absent, OwnedValue::as_value))
    }
}

impl Facts for World {
    fn fact(&self, id: FactId) -> Result<Value<'_>, EvalError> {
        let FactPath { root, steps } = self.facts.path(id).unwrap();
        if let [FactStep::Field(name)] = steps.as_slice()
            && name == "headers"
        {
            return Ok(Value::Lookup(self));
        }
        let Some(value) = self.roots.get(root.as_str()) else {
            return Ok(Value::Absent);
        };
        Ok(value.at(steps).map_or(Value::Absent, OwnedValue::as_value))
    }
}

fn json(text: &str) -> OwnedValue {
    gw_expr::from_json(&serde_json::from_str(text).unwrap())
}

fn roots() -> HashMap<&'static str, OwnedValue> {
    let address = |text: &str| OwnedValue::Ip(text.parse().unwrap());
    let network = |text: &str| OwnedValue::Cidr(text.parse().unwrap());
    HashMap::from([
        (
            "request",
            json(
                r#"{"method": "GET", "path": "/v1/acme", "headers": {"x-org": "acme"}, "query": {}}"#,
            ),
        ),
        (
            "jwt",
            json(
                r#"{"sub": "u1", "org": "acme", "roles": ["admin"], "role": "viewer", "level": 3,
                     "items": [{"sku": "a", "note": "fresh"}, {"sku": "b"}],
                     "extra": {"plan": {"name": "pro"}, "n": 2}}"#,
            ),
        ),
        ("source", OwnedValue::map([("ip", address("10.1.2.3"))])),
        ("status", OwnedValue::Int(204)),
        ("took", OwnedValue::Duration(300_000_000)),
        ("load", OwnedValue::Double(1.5)),
        (
            "office",
            OwnedValue::list([network("192.168.0.0/16"), network("10.0.0.0/8")]),
        ),
    ])
}

/// Checks and evaluates a text that has no findings.
pub(crate) fn eval(text: &str) -> Result<OwnedValue, EvalError> {
    let (checked, facts, findings) = findings(text);
    assert!(findings.is_empty(), "{text}: {findings:#?}");
    let program = Program::compile(&checked.ir).unwrap();
    program.eval_owned(&World {
        facts,
        roots: roots(),
    })
}
