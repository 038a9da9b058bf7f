//! Closed CEL expressions: each of a wanted type, or, now and then, with a part of another one.

use proptest::prelude::*;
use proptest::sample::select;

/// The types that expressions are generated of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Of {
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,
    Ints,
    Texts,
    Map,
    Time,
    Span,
}

const ALL: [Of; 11] = [
    Of::Bool,
    Of::Int,
    Of::Uint,
    Of::Double,
    Of::Text,
    Of::Bytes,
    Of::Ints,
    Of::Texts,
    Of::Map,
    Of::Time,
    Of::Span,
];

type Text = BoxedStrategy<String>;

/// A well-typed expression of any type.
pub(crate) fn well_typed() -> impl Strategy<Value = String> {
    select(ALL.to_vec()).prop_flat_map(|of| expression(of, 3, false))
}

/// An expression of which some parts may have the wrong type.
pub(crate) fn ill_typed() -> impl Strategy<Value = String> {
    select(ALL.to_vec()).prop_flat_map(|of| expression(of, 2, true))
}

fn one(list: &'static [&'static str]) -> Text {
    select(list).prop_map(str::to_owned).boxed()
}

fn leaf(of: Of) -> Text {
    one(match of {
        Of::Bool => &["true", "false"],
        Of::Int => &[
            "0",
            "1",
            "2",
            "7",
            "-1",
            "9223372036854775807",
            "-9223372036854775808",
        ],
        Of::Uint => &["0u", "1u", "3u", "18446744073709551615u"],
        Of::Double => &["0.0", "1.0", "-2.5", "1e100", "0.1"],
        Of::Text => &["''", "'a'", "'ab'", "'é'", "'A b'", "'12'", "'true'"],
        Of::Bytes => &["b''", "b'a'", "b'\\xc3\\xa9'", "b'ab'"],
        Of::Ints => &["[1]", "[3, 1, 2]", "[1, 1]"],
        Of::Texts => &["['a']", "['b', 'a']", "['', 'é']"],
        Of::Map => &["{'a': 1}", "{'a': 1, 'b': 2}", "{'': 0}"],
        Of::Time => &[
            "timestamp('2024-02-29T12:30:45.5Z')",
            "timestamp('1969-12-31T23:59:59Z')",
            "timestamp(0)",
        ],
        Of::Span => &["duration('0s')", "duration('90m')", "duration('-1.5s')"],
    })
}

/// An expression of a type; where `loose`, one in eight is of any other.
fn expression(of: Of, depth: u32, loose: bool) -> Text {
    let right = exactly(of, depth, loose);
    if !loose {
        return right;
    }
    let wrong = select(ALL.to_vec()).prop_flat_map(leaf);
    prop_oneof![7 => right, 1 => wrong].boxed()
}

fn exactly(of: Of, depth: u32, loose: bool) -> Text {
    if depth == 0 {
        return leaf(of);
    }
    let part = |of| expression(of, depth - 1, loose);
    let choice =
        (part(Of::Bool), part(of), part(of)).prop_map(|(c, a, b)| format!("({c} ? {a} : {b})"));
    prop_oneof![3 => leaf(of), 1 => choice, 8 => composed(of, &part)].boxed()
}

fn infix(a: Text, operators: &'static [&'static str], b: Text) -> Text {
    (a, select(operators), b)
        .prop_map(|(a, op, b)| format!("({a} {op} {b})"))
        .boxed()
}

fn call(name: &'static str, a: Text) -> Text {
    a.prop_map(move |a| format!("{name}({a})")).boxed()
}

fn composed(of: Of, part: &dyn Fn(Of) -> Text) -> Text {
    match of {
        Of::Bool => truths(part),
        Of::Int => ints(part),
        Of::Uint => prop_oneof![
            infix(part(Of::Uint), &["+", "-", "*", "/", "%"], part(Of::Uint)),
            call("uint", part(Of::Int)),
            call("uint", part(Of::Double)),
        ]
        .boxed(),
        Of::Double => prop_oneof![
            infix(part(Of::Double), &["+", "-", "*", "/"], part(Of::Double)),
            call("double", part(Of::Int)),
            call("double", part(Of::Uint)),
            part(Of::Double).prop_map(|a| format!("(-{a})")),
        ]
        .boxed(),
        Of::Text => prop_oneof![
            infix(part(Of::Text), &["+"], part(Of::Text)),
            call("string", part(Of::Int)),
            call("string", part(Of::Uint)),
            call("string", part(Of::Bool)),
            (part(Of::Texts), part(Of::Int)).prop_map(|(l, i)| format!("{l}[{i}]")),
        ]
        .boxed(),
        Of::Bytes => prop_oneof![
            infix(part(Of::Bytes), &["+"], part(Of::Bytes)),
            call("bytes", part(Of::Text)),
        ]
        .boxed(),
        Of::Ints => prop_oneof![
            infix(part(Of::Ints), &["+"], part(Of::Ints)),
            (part(Of::Int), part(Of::Int)).prop_map(|(a, b)| format!("[{a}, {b}]")),
            (part(Of::Ints), part(Of::Int)).prop_map(|(l, i)| format!("{l}.map(x, x + {i})")),
            (part(Of::Ints), part(Of::Int)).prop_map(|(l, i)| format!("{l}.filter(x, x > {i})")),
        ]
        .boxed(),
        Of::Texts => prop_oneof![
            infix(part(Of::Texts), &["+"], part(Of::Texts)),
            (part(Of::Texts), part(Of::Text)).prop_map(|(l, t)| format!("{l}.map(x, x + {t})")),
            part(Of::Text).prop_map(|t| format!("[{t}]")),
        ]
        .boxed(),
        Of::Map => (part(Of::Text), part(Of::Int), part(Of::Int))
            .prop_map(|(k, a, b)| format!("{{{k}: {a}, 'z': {b}}}"))
            .boxed(),
        Of::Time => infix(part(Of::Time), &["+", "-"], part(Of::Span)),
        Of::Span => prop_oneof![
            infix(part(Of::Span), &["+", "-"], part(Of::Span)),
            infix(part(Of::Time), &["-"], part(Of::Time)),
        ]
        .boxed(),
    }
}

fn ints(part: &dyn Fn(Of) -> Text) -> Text {
    prop_oneof![
        4 => infix(part(Of::Int), &["+", "-", "*", "/", "%"], part(Of::Int)),
        1 => part(Of::Int).prop_map(|a| format!("(-{a})")),
        1 => call("size", part(Of::Text)),
        1 => call("size", part(Of::Bytes)),
        1 => call("size", part(Of::Map)),
        1 => call("int", part(Of::Text)),
        1 => call("int", part(Of::Double)),
        1 => call("int", part(Of::Uint)),
        1 => call("int", part(Of::Time)),
        1 => (part(Of::Ints), part(Of::Int)).prop_map(|(l, i)| format!("{l}[{i}]")),
        1 => (part(Of::Map), part(Of::Text)).prop_map(|(m, k)| format!("{m}[{k}]")),
        1 => (part(Of::Time), select(&["getFullYear", "getMonth", "getDate", "getDayOfWeek",
            "getDayOfYear", "getHours", "getMinutes", "getSeconds", "getMilliseconds"][..]))
            .prop_map(|(t, f)| format!("{t}.{f}()")),
        1 => (part(Of::Span), select(&["getHours", "getMinutes", "getSeconds"][..]))
            .prop_map(|(t, f)| format!("{t}.{f}()")),
    ]
    .boxed()
}

fn truths(part: &dyn Fn(Of) -> Text) -> Text {
    const ORDER: &[&str] = &["<", "<=", ">", ">=", "==", "!="];
    const SAME: &[&str] = &["==", "!="];
    prop_oneof![
        2 => infix(part(Of::Bool), &["&&", "||", "==", "!="], part(Of::Bool)),
        1 => part(Of::Bool).prop_map(|a| format!("(!{a})")),
        1 => infix(part(Of::Int), ORDER, part(Of::Int)),
        1 => infix(part(Of::Uint), ORDER, part(Of::Uint)),
        1 => infix(part(Of::Double), ORDER, part(Of::Double)),
        1 => infix(part(Of::Text), ORDER, part(Of::Text)),
        1 => infix(part(Of::Bytes), ORDER, part(Of::Bytes)),
        1 => infix(part(Of::Time), ORDER, part(Of::Time)),
        1 => infix(part(Of::Span), ORDER, part(Of::Span)),
        1 => infix(part(Of::Map), SAME, part(Of::Map)),
        1 => infix(part(Of::Ints), SAME, part(Of::Ints)),
        1 => infix(part(Of::Int), &["in"], part(Of::Ints)),
        1 => infix(part(Of::Text), &["in"], part(Of::Map)),
        1 => (part(Of::Text), select(&["startsWith", "endsWith", "contains", "matches"][..]),
            part(Of::Text)).prop_map(|(a, f, b)| format!("{a}.{f}({b})")),
        1 => (part(Of::Ints), select(&["all", "exists", "exists_one"][..]), part(Of::Int))
            .prop_map(|(l, f, i)| format!("{l}.{f}(x, 6 / x > {i})")),
        1 => (part(Of::Map), part(Of::Int)).prop_map(|(m, i)| format!("{m}.exists(k, {m}[k] == {i})")),
    ]
    .boxed()
}

/// An expression over the functions of the string, math and encoder extensions.
pub(crate) fn extended() -> impl Strategy<Value = String> {
    prop_oneof![string(2), number(2), strings(2)]
}

/// A separator; empty ones are among the settled cases.
fn mark() -> Text {
    one(&["','", "'l'", "'ï'", "'co'"])
}

fn position() -> Text {
    one(&["-1", "0", "1", "2", "3", "5", "9"])
}

fn string(depth: u32) -> Text {
    let leaf = one(&[
        "''",
        "'a'",
        "'hello'",
        "'Ünïcode'",
        "'a,b,,c'",
        "' x '",
        "'tacocat'",
    ]);
    if depth == 0 {
        return leaf;
    }
    let (s, l, n) = (
        || string(depth - 1),
        || strings(depth - 1),
        || number(depth - 1),
    );
    let any = prop_oneof![s(), n(), l(), one(&["2.5", "-7", "true", "null"])];
    prop_oneof![
        2 => leaf,
        1 => (s(), select(&["lowerAscii", "upperAscii", "trim", "reverse"][..]))
            .prop_map(|(s, f)| format!("{s}.{f}()")),
        1 => (s(), position()).prop_map(|(s, i)| format!("{s}.charAt({i})")),
        1 => (s(), position()).prop_map(|(s, i)| format!("{s}.substring({i})")),
        1 => (s(), position(), position()).prop_map(|(s, i, j)| format!("{s}.substring({i}, {j})")),
        1 => (s(), s(), s()).prop_map(|(a, b, c)| format!("{a}.replace({b}, {c})")),
        1 => (s(), s(), s(), position()).prop_map(|(a, b, c, n)| format!("{a}.replace({b}, {c}, {n})")),
        1 => (l(), s()).prop_map(|(l, s)| format!("{l}.join({s})")),
        1 => s().prop_map(|s| format!("strings.quote({s})")),
        1 => s().prop_map(|s| format!("base64.encode(bytes({s}))")),
        1 => (one(&["%s", "%%%s"]), any).prop_map(|(c, v)| format!("'<{c}>'.format([{v}])")),
        1 => (one(&["%d", "%.2f", "%e"]), n()).prop_map(|(c, v)| format!("'<{c}>'.format([{v}])")),
        1 => (one(&["%x", "%X", "%o", "%b"]), one(&["0", "7", "255u"]))
            .prop_map(|(c, v)| format!("'<{c}>'.format([{v}])")),
    ]
    .boxed()
}

fn strings(depth: u32) -> Text {
    let leaf = one(&["['a', 'b']", "['']", "['x', 'é', 'z']"]);
    if depth == 0 {
        return leaf;
    }
    let s = || string(depth - 1);
    prop_oneof![
        1 => leaf,
        2 => (s(), mark()).prop_map(|(a, b)| format!("{a}.split({b})")),
        2 => (s(), mark(), position()).prop_map(|(a, b, n)| format!("{a}.split({b}, {n})")),
    ]
    .boxed()
}

fn number(depth: u32) -> Text {
    let leaf = one(&[
        "0",
        "3",
        "-4",
        "9223372036854775807",
        "-9223372036854775808",
    ]);
    if depth == 0 {
        return leaf;
    }
    let (s, n) = (|| string(depth - 1), || number(depth - 1));
    prop_oneof![
        2 => leaf,
        2 => (s(), s()).prop_map(|(a, b)| format!("{a}.indexOf({b})")),
        2 => (s(), s(), position()).prop_map(|(a, b, i)| format!("{a}.indexOf({b}, {i})")),
        2 => (s(), s()).prop_map(|(a, b)| format!("{a}.lastIndexOf({b})")),
        2 => (s(), s(), position()).prop_map(|(a, b, i)| format!("{a}.lastIndexOf({b}, {i})")),
        1 => (n(), n()).prop_map(|(a, b)| format!("math.greatest({a}, {b})")),
        1 => (n(), n(), n()).prop_map(|(a, b, c)| format!("math.least({a}, {b}, {c})")),
        1 => (n(), select(&["abs", "sign", "bitNot"][..])).prop_map(|(a, f)| format!("math.{f}({a})")),
        1 => (n(), select(&["bitAnd", "bitOr", "bitXor", "bitShiftLeft", "bitShiftRight"][..]), n())
            .prop_map(|(a, f, b)| format!("math.{f}({a}, {b})")),
        1 => (one(&["1.5", "-1.5", "2.4", "-0.5"]), select(&["ceil", "floor", "round", "trunc"][..]))
            .prop_map(|(a, f)| format!("int(math.{f}({a}))")),
    ]
    .boxed()
}
