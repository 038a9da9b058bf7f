//! Generated expressions over every kind of function that takes texts and lists, to be counted.

use proptest::prelude::*;
use proptest::sample::select;

/// An expression over `jwt.sub`, `jwt.tags` and `jwt.extra` that mostly has a value.
pub(crate) fn expression() -> impl Strategy<Value = String> {
    prop_oneof![
        text(3).prop_map(|t| format!("{t} == 'a'")),
        texts(3).prop_map(|l| format!("{l} == ['a']")),
        map(2).prop_map(|m| format!("size({m}) > 1")),
        (text(2), texts(2)).prop_map(|(t, l)| format!("{t} in {l}")),
        (texts(2), texts(2), set()).prop_map(|(a, b, f)| format!("sets.{f}({a}, {b})")),
        any_json(2).prop_map(|j| format!("{j} == dyn('a')")),
        (map(2), text(1)).prop_map(|(m, t)| format!("{m}[?{t}].hasValue()")),
        (map(2), map(2)).prop_map(|(m, n)| format!("{m} == {n}")),
    ]
}

fn set() -> impl Strategy<Value = &'static str> {
    select(vec!["contains", "equivalent", "intersects"])
}

fn word() -> impl Strategy<Value = String> {
    select(vec![
        "''", "'a'", "'ab'", "'é-b'", "'%s'", "'a,b,,c'", "', '",
    ])
    .prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = i64> {
    -1_i64..4
}

fn pattern() -> impl Strategy<Value = &'static str> {
    select(vec!["'a'", "'[a-z]+'", "'(a)b?'", "''", "'(?i)A|é'"])
}

fn text(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![word(), Just("jwt.sub".to_owned())];
    if depth == 0 {
        return leaf.boxed();
    }
    let (t, l) = (|| text(depth - 1), || texts(depth - 1));
    prop_oneof![
        2 => leaf,
        1 => (t(), t()).prop_map(|(a, b)| format!("({a} + {b})")),
        1 => (t(), word(), t()).prop_map(|(a, b, c)| format!("{a}.replace({b}, {c})")),
        1 => (t(), word(), t(), number()).prop_map(|(a, b, c, n)| format!("{a}.replace({b}, {c}, {n})")),
        1 => (t(), select(vec!["lowerAscii", "upperAscii", "trim", "reverse"]))
            .prop_map(|(a, f)| format!("{a}.{f}()")),
        1 => t().prop_map(|a| format!("strings.quote({a})")),
        1 => t().prop_map(|a| format!("base64.encode(bytes({a}))")),
        1 => t().prop_map(|a| format!("hash({a})")),
        1 => (l(), word()).prop_map(|(a, b)| format!("{a}.join({b})")),
        1 => (t(), pattern(), select(vec!["'x'", r"r'\0\0'", "''"]))
            .prop_map(|(a, p, r)| format!("regex.replace({a}, {p}, {r})")),
        1 => (t(), pattern()).prop_map(|(a, p)| format!("regex.extract({a}, {p}).orValue('z')")),
        1 => (t(), any_json(depth - 1)).prop_map(|(a, b)| format!("({a} + '%s|%s').format([{b}, {a}])")),
        1 => (t(), number()).prop_map(|(a, n)| format!("{a}.substring({n})")),
        1 => (t(), t()).prop_map(|(a, b)| format!("string({a}.lastIndexOf({b}) + {a}.indexOf({b}))")),
        1 => l().prop_map(|a| format!("{a}.first().orValue('none')")),
        1 => (t(), t()).prop_map(|(a, b)| format!("cel.bind(v, {a}, v + v + {b})")),
    ]
    .boxed()
}

fn texts(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("jwt.tags".to_owned()),
        Just("['a', 'bc', 'a']".to_owned())
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let (t, l) = (|| text(depth - 1), || texts(depth - 1));
    prop_oneof![
        2 => leaf,
        1 => (t(), t()).prop_map(|(a, b)| format!("[{a}, {b}]")),
        1 => (l(), l()).prop_map(|(a, b)| format!("({a} + {b})")),
        1 => (t(), word()).prop_map(|(a, b)| format!("{a}.split({b})")),
        1 => (t(), pattern()).prop_map(|(a, p)| format!("regex.extractAll({a}, {p})")),
        1 => (l(), select(vec!["distinct", "sort", "reverse"])).prop_map(|(a, f)| format!("{a}.{f}()")),
        1 => (l(), l()).prop_map(|(a, b)| format!("[{a}, {b}].flatten()")),
        1 => (l(), t()).prop_map(|(a, b)| format!("{a}.map(x, x + {b})")),
        1 => (l(), t()).prop_map(|(a, b)| format!("{a}.filter(x, x != {b})")),
        1 => l().prop_map(|a| format!("{a}.sortBy(x, size(x))")),
        1 => l().prop_map(|a| format!("{a}.transformList(i, x, string(i) + x)")),
        1 => map(depth - 1).prop_map(|m| format!("{m}.map(k, k)")),
        1 => map(depth - 1).prop_map(|m| format!("{m}.transformList(k, v, k + v)")),
        1 => l().prop_map(|a| format!("[?{a}.last(), ?{a}.first()]")),
    ]
    .boxed()
}

fn map(depth: u32) -> BoxedStrategy<String> {
    let leaf = Just("{'k': 'v', 'key': jwt.sub}".to_owned());
    if depth == 0 {
        return leaf.boxed();
    }
    prop_oneof![
        1 => leaf,
        1 => text(depth - 1).prop_map(|t| format!("{{'a': {t}, 'b': 'c'}}")),
        1 => map(depth - 1).prop_map(|m| format!("{m}.transformMap(k, v, v + k)")),
        2 => texts(depth - 1)
            .prop_map(|l| format!("{l}.transformMapEntry(i, v, {{string(i) + v: v}})")),
    ]
    .boxed()
}

fn any_json(depth: u32) -> BoxedStrategy<String> {
    let text = match depth {
        0 => word().boxed(),
        _ => text(depth - 1),
    };
    prop_oneof![
        Just("jwt.extra".to_owned()),
        Just("dyn(jwt.tags)".to_owned()),
        Just("dyn([jwt.extra, [1, {'a': jwt.sub}]])".to_owned()),
        Just("dyn([[jwt.extra], 1, 'é']).flatten(2)".to_owned()),
        text.prop_map(|t| format!("dyn({t})")),
    ]
    .boxed()
}
