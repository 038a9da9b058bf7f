//! Generated expressions, typed by construction, with facts to run them on.

use gw_expr::{Env, Field, OwnedValue, RecordType, Type, Variable};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::HashMap;

/// An expression with the values of the facts that it may read.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) text: String,
    pub(crate) facts: HashMap<String, OwnedValue>,
}

/// The names that the expressions use.
pub(crate) fn env() -> Env {
    let request = [
        ("method", Field::new(Type::String)),
        ("headers", Field::new(Type::lookup(Type::String))),
    ];
    let claims = [
        ("sub", Field::new(Type::String)),
        ("tags", Field::new(Type::list(Type::String))),
        ("level", Field::new(Type::Int)),
        ("score", Field::new(Type::Double)),
        ("extra", Field::new(Type::Dyn)),
        ("limit", Field::optional(Type::Int)),
    ];
    let mut env = Env::new();
    env.declare(
        "request",
        Variable::new(Type::record(RecordType::new("request", request))),
    );
    env.declare(
        "jwt",
        Variable::new(Type::record(RecordType::new("Claims", claims))),
    );
    env
}

const WORDS: &[&str] = &["", "a", "ab", "b", "abc", "é", "A b"];

/// Any case.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    (boolean(3), facts()).prop_map(|(text, facts)| Case { text, facts })
}

fn word() -> impl Strategy<Value = String> {
    select(WORDS).prop_map(str::to_owned)
}

pub(crate) fn facts() -> impl Strategy<Value = HashMap<String, OwnedValue>> {
    let number = || select(vec![-7_i64, -1, 0, 1, 2, 3, 100, i64::MAX, i64::MIN]);
    let text = || word().prop_map(OwnedValue::text);
    let extra = prop_oneof![
        text(),
        number().prop_map(OwnedValue::Int),
        text().prop_map(|t| OwnedValue::map([("a", t)])),
        Just(OwnedValue::Bool(true)),
    ];
    (
        text(),
        text(),
        proptest::collection::vec(text(), 0..4),
        number(),
        select(vec![-1.5, 0.0, 1.0, 2.5, f64::INFINITY]),
        extra,
        proptest::option::of(number()),
        proptest::option::of(word()),
    )
        .prop_map(|(method, sub, tags, level, score, extra, limit, header)| {
            let mut facts = HashMap::from([
                ("request.method".to_owned(), method),
                ("jwt.sub".to_owned(), sub),
                ("jwt.tags".to_owned(), OwnedValue::list(tags)),
                ("jwt.level".to_owned(), OwnedValue::Int(level)),
                ("jwt.score".to_owned(), OwnedValue::Double(score)),
                ("jwt.extra".to_owned(), extra),
            ]);
            facts.extend(limit.map(|n| ("jwt.limit".to_owned(), OwnedValue::Int(n))));
            facts.extend(
                header.map(|h| (r#"request.headers["x"]"#.to_owned(), OwnedValue::text(h))),
            );
            facts
        })
}

fn literal() -> impl Strategy<Value = String> {
    word().prop_map(|w| format!("{w:?}"))
}

fn string(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        literal(),
        Just("jwt.sub".to_owned()),
        Just("request.method".to_owned()),
        literal().prop_map(|d| format!(r#"(request.headers["x"] ?? {d})"#)),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    prop_oneof![
        3 => leaf,
        1 => (string(depth - 1), string(depth - 1)).prop_map(|(a, b)| format!("({a} + {b})")),
        1 => (boolean(depth - 1), string(depth - 1), string(depth - 1))
            .prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")),
        1 => number(depth - 1).prop_map(|n| format!("string({n})")),
    ]
    .boxed()
}

fn number(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        (-3_i64..9).prop_map(|n| if n < 0 {
            format!("({n})")
        } else {
            n.to_string()
        }),
        Just("jwt.level".to_owned()),
        Just("(jwt.limit ?? 5)".to_owned()),
        Just("size(jwt.tags)".to_owned()),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let operator = select(vec!["+", "-", "*", "/", "%"]);
    prop_oneof![
        3 => leaf,
        2 => (number(depth - 1), operator, number(depth - 1))
            .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        1 => string(depth - 1).prop_map(|s| format!("size({s})")),
        1 => (boolean(depth - 1), number(depth - 1), number(depth - 1))
            .prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")),
        1 => (string(depth - 1), number(depth - 1))
            .prop_map(|(s, n)| format!(r#"(switch {s} {{ "a" => {n}, "ab" => 2, _ => 0 }})"#)),
    ]
    .boxed()
}

fn list(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("jwt.tags".to_owned()),
        proptest::collection::vec(literal(), 1..4).prop_map(|l| format!("[{}]", l.join(", "))),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    prop_oneof![
        3 => leaf,
        1 => (list(depth - 1), string(depth - 1)).prop_map(|(l, s)| format!("{l}.map(x, x + {s})")),
        1 => (list(depth - 1), string(depth - 1))
            .prop_map(|(l, s)| format!("{l}.filter(x, x != {s})")),
        1 => (list(depth - 1), list(depth - 1)).prop_map(|(a, b)| format!("({a} + {b})")),
        1 => proptest::collection::vec(string(depth - 1), 1..3)
            .prop_map(|l| format!("[{}]", l.join(", "))),
    ]
    .boxed()
}

fn boolean(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("true".to_owned()),
        Just("false".to_owned()),
        Just(r#"has(request.headers["x"])"#.to_owned()),
        Just(r#"jwt.extra == "a""#.to_owned()),
        Just(r#"jwt.extra.a == "ab""#.to_owned()),
        Just("has(jwt.limit) && jwt.limit > 1".to_owned()),
        literal().prop_map(|l| format!(r#"request.headers["x"] != {l}"#)),
        literal().prop_map(|l| format!(r#"request.headers["x"] == {l}"#)),
        Just(r#"request.headers["x"] == jwt.sub"#.to_owned()),
        Just("jwt.score > 1".to_owned()),
        Just("jwt.score == 2.5".to_owned()),
        Just("jwt.level in 1..=3".to_owned()),
        Just(r#"jwt.sub in ["a", "b", "abc"]"#.to_owned()),
    ];
    let leaf = leaf.prop_map(|l| format!("({l})"));
    if depth == 0 {
        return leaf.boxed();
    }
    let (b, n) = (|| boolean(depth - 1), || number(depth - 1));
    let (s, l) = (|| string(depth - 1), || list(depth - 1));
    let order = select(vec!["<", "<=", ">", ">=", "==", "!="]);
    let method = select(vec!["startsWith", "endsWith", "contains"]);
    let quantifier = select(vec!["exists", "all", "exists_one"]);
    let pattern = select(vec!["^a", "b$", "a.c", "[a-z]+", ""]);
    prop_oneof![
        2 => leaf,
        2 => (b(), select(vec!["&&", "||"]), b()).prop_map(|(p, op, q)| format!("({p} {op} {q})")),
        1 => b().prop_map(|p| format!("!{p}")),
        2 => (n(), order.clone(), n()).prop_map(|(x, op, y)| format!("({x} {op} {y})")),
        2 => (s(), order, s()).prop_map(|(x, op, y)| format!("({x} {op} {y})")),
        2 => (s(), method, s()).prop_map(|(x, m, y)| format!("{x}.{m}({y})")),
        1 => (s(), pattern).prop_map(|(x, p)| format!("{x}.matches({p:?})")),
        2 => (s(), l()).prop_map(|(x, y)| format!("({x} in {y})")),
        1 => (l(), quantifier, s()).prop_map(|(x, q, y)| format!("{x}.{q}(v, v < {y})")),
        1 => (l(), l()).prop_map(|(x, y)| format!("({x} == {y})")),
        1 => (l(), n()).prop_map(|(x, i)| format!(r#"({x}[{i}] == "a")"#)),
        1 => (b(), b(), b()).prop_map(|(c, p, q)| format!("({c} ? {p} : {q})")),
    ]
    .boxed()
}
