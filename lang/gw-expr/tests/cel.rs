//! CEL's standard definitions beyond what the visible conformance data covers: conversions,
//! timestamps and durations, two-variable macros, optional values, field selection. From
//! cel-spec, doc/langdef.md and doc/extensions.
#![expect(clippy::panic, reason = "a test fails by panicking")]

use gw_expr::{
    Dialect, Env, EvalError, FactId, FactTable, Facts, OwnedValue, Program, Value, Variable, check,
};
use gw_syntax::FileId;

struct Nothing;

impl Facts for Nothing {
    fn fact(&self, _: FactId) -> Result<Value<'_>, EvalError> {
        Err(EvalError::UndeclaredReference)
    }
}

fn eval(text: &str, dialect: Dialect) -> Result<OwnedValue, EvalError> {
    let expr = gw_syntax::parse_expr(FileId::default(), text, 0)
        .unwrap_or_else(|e| panic!("{text} does not parse: {e:?}"));
    let mut env = Env::new().with_dialect(dialect);
    env.declare("unbound", Variable::new(gw_expr::Type::Dyn));
    let mut findings = Vec::new();
    let checked = check(&expr, &env, &mut FactTable::default(), &mut findings);
    assert!(findings.is_empty(), "{text}: {findings:?}");
    match Program::compile(&checked.ir) {
        Ok(program) => program.eval_owned(&Nothing),
        Err(error) => panic!("{text}: {error}"),
    }
}

#[track_caller]
fn all_hold(texts: &[&str]) {
    for text in texts {
        assert_eq!(
            eval(text, Dialect::Cel),
            Ok(OwnedValue::Bool(true)),
            "{text}"
        );
        assert_eq!(
            eval(text, Dialect::Unchecked),
            Ok(OwnedValue::Bool(true)),
            "{text}"
        );
    }
}

#[track_caller]
fn all_fail(texts: &[&str]) {
    for text in texts {
        assert!(eval(text, Dialect::Unchecked).is_err(), "{text}");
    }
}

#[test]
fn conversions() {
    all_hold(&[
        "bool('true') && bool('1') && bool('t') && !bool('FALSE') && !bool('0')",
        "double('123.456') == 123.456 && double(-1) == -1.0 && double(uint(7)) == 7.0",
        "double('-Infinity') < 0.0",
        "int(3.99) == 3 && int(-3.99) == -3 && int(42u) == 42 && int('-987') == -987",
        "uint(3.9) == 3u && uint('300') == 300u && uint(7) == 7u",
        "int(timestamp('2004-09-16T23:59:59Z')) == 1095379199",
        "string(123) == '123' && string(9876u) == '9876' && string(123.456) == '123.456'",
        "string(-4.5e-3) == '-0.0045' && string(6.02214e23) == '6.02214e+23'",
        "string(b'123') == '123' && string(true) == 'true'",
        "string(timestamp('2009-02-13T23:31:30Z')) == '2009-02-13T23:31:30Z'",
        "string(duration('1000000s')) == '1000000s' && string(duration('1.5s')) == '1.5s'",
        "bytes('abc') == b'abc' && bytes('ÿ') == b'\\303\\277'",
        "type(1) == int && type(1u) == uint && type(1.0) == double && type('') == string",
        "type(b'') == bytes && type(null) == null_type && type([]) == list && type({}) == map",
        "type(type(1)) == type && type(int) == type && type(true) == bool",
        "type(timestamp(0)) == google.protobuf.Timestamp",
        "type(duration('1s')) == google.protobuf.Duration",
        "type(optional.none()) == optional_type",
    ]);
    all_fail(&[
        "bool('TrUe')",
        "bool('yes')",
        "int(1e99)",
        "int(9223372036854775807.0)",
        "int('0x1')",
        "int(-9223372036854775808.0)",
        "int(18446744073709551615u)",
        "uint(-1)",
        "uint(6.022e+23)",
        "uint(-1.0)",
        "string(b'\\000\\xff')",
        "int(double('NaN'))",
        "int('')",
        "int(true)",
    ]);
}

#[test]
fn timestamps() {
    let t = "timestamp('2009-02-13T23:31:20.123456789Z')";
    let parts = [
        ("getFullYear()", 2009),
        ("getMonth()", 1),
        ("getDate()", 13),
        ("getDayOfMonth()", 12),
        ("getDayOfYear()", 43),
        ("getDayOfWeek()", 5),
        ("getHours()", 23),
        ("getMinutes()", 31),
        ("getSeconds()", 20),
        ("getMilliseconds()", 123),
        ("getDate('Australia/Sydney')", 14),
        ("getHours('02:00')", 1),
        ("getDayOfMonth('US/Central')", 12),
        ("getHours('-02:30')", 21),
        ("getMinutes('Asia/Kathmandu')", 16),
        ("getHours('+11:00')", 10),
    ];
    for (part, expected) in parts {
        let text = format!("{t}.{part}");
        assert_eq!(
            eval(&text, Dialect::Cel),
            Ok(OwnedValue::Int(expected)),
            "{text}"
        );
    }
    all_hold(&[
        "timestamp('2009-02-13T23:00:00Z') + duration('240s') == timestamp('2009-02-13T23:04:00Z')",
        "duration('120s') + timestamp('2009-02-13T23:01:00Z') == timestamp('2009-02-13T23:03:00Z')",
        "timestamp('2009-02-13T23:10:00Z') - duration('600s') == timestamp('2009-02-13T23:00:00Z')",
        "timestamp('2009-02-13T23:31:00Z') - timestamp('2009-02-13T23:29:00Z') == duration('120s')",
        "timestamp('2009-02-13T23:31:00+01:00') == timestamp('2009-02-13T22:31:00Z')",
        "timestamp('0001-01-01T00:00:00Z') < timestamp('9999-12-31T23:59:59.999999999Z')",
        "timestamp('2009-02-13T23:31:30Z') == timestamp(1234567890)",
        "string(timestamp('0001-01-01T00:00:00.5Z')) == '0001-01-01T00:00:00.5Z'",
        "timestamp(timestamp('2009-02-13T23:31:30Z')) >= timestamp('2009-02-13T23:31:30Z')",
    ]);
    all_fail(&[
        "timestamp('0000-01-01T00:00:00Z')",
        "timestamp('10000-01-01T00:00:00Z')",
        "timestamp('9999-12-31T23:59:59Z') + duration('10s')",
        "timestamp('2009-02-30T00:00:00Z')",
        "timestamp('0001-01-01T00:00:00Z') - duration('10s')",
        "timestamp('2009-02-13 00:00:00')",
        "timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')",
        "timestamp('2009-02-13T23:31:30Z').getHours('Nowhere/City')",
    ]);
}

#[test]
fn durations() {
    all_hold(&[
        "duration('1h30m') == duration('5400s') && duration('-1.5h') == duration('-5400s')",
        "duration('1ms') == duration('1000us') && duration('1us') == duration('1000ns')",
        "duration('93541s').getHours() == 25 && duration('3730s').getMinutes() == 62",
        "duration('3730s').getSeconds() == 3730 && duration('123.321s').getMilliseconds() == 321",
        "duration('900s') - duration('42s') == duration('858s')",
        "duration('600s') + duration('50s') > duration('649.999s')",
        "-duration('1s') == duration('-1s')",
    ]);
    all_fail(&[
        "duration('-320000000000s')",
        "duration('5')",
        "duration('')",
        "duration('1h 2m')",
    ]);
}

#[test]
fn two_variable_macros() {
    all_hold(&[
        "[1, 2, 3].exists(i, v, i == 1 && v == 2)",
        "[1, 2, 3].all(i, v, v == i + 1)",
        "[1, 2, 3].existsOne(i, v, v > 2)",
        "{'a': 1, 'b': 2}.all(k, v, k != '' && v > 0)",
        "{'a': 1, 'b': 2}.exists(k, v, k == 'b' && v == 2)",
        "[4, 5].transformList(i, v, i * v) == [0, 5]",
        "[4, 5, 6].transformList(i, v, i > 0, v) == [5, 6]",
        "[4, 5].transformMap(i, v, v * 2) == {0: 8, 1: 10}",
        "{'a': 1, 'b': 2}.transformMap(k, v, k != 'a', v * 10) == {'b': 20}",
        "{'a': 'x'}.transformMapEntry(k, v, {v: k}) == {'x': 'a'}",
        "[1, 2].transformMapEntry(i, v, i > 0, {string(i): v}) == {'1': 2}",
        "[1, 2, 3].map(n, n > 1, n * n) == [4, 9]",
        "{'John': 'smart'}.map(key, key) == ['John']",
        "cel.bind(a, 2, a + a) == 4 && cel.bind(x, 'a', cel.bind(y, x + x, y + x)) == 'aaa'",
        "cel.bind(x, 1 / 0, true)",
    ]);
    all_fail(&[
        "{'a': 'x', 'b': 'x'}.transformMapEntry(k, v, {v: k})",
        "[1, 2, 0].exists_one(n, 1 / n == 1)",
        "[0].transformList(i, v, 1 / v)",
        "1.exists(x, true)",
    ]);
}

#[test]
fn optionals() {
    all_hold(&[
        "optional.of(1).hasValue() && !optional.none().hasValue()",
        "optional.none().orValue(3) == 3 && optional.of(2).orValue(3) == 2",
        "optional.none().or(optional.of(2)).value() == 2",
        "optional.ofNonZeroValue('').or(optional.of('x')).orValue('y') == 'x'",
        "optional.ofNonZeroValue([]) == optional.none()",
        "{'k': 1}.?k == optional.of(1) && {'k': 1}.?none == optional.none()",
        "{'k': 1}[?'k'].value() == 1 && !{'k': 1}[?'none'].hasValue()",
        "[1, 2][?1].orValue(0) == 2 && [1, 2][?7].orValue(0) == 0",
        "{'a': {'b': {'c': 7}}}.?a.b.c.orValue(0) == 7",
        "{'a': {}}.?a.?b.c.orValue(3) == 3",
        "optional.of({'c': {'entry': 'hi'}}).c.entry.value() == 'hi'",
        "has(optional.of({'c': 1}).c) && !has(optional.of({'c': 1}).d)",
        "has({'a': {'b': 1}}.?a.b) && !has(optional.none().b)",
        "optional.of(2).optMap(x, x + 1).value() == 3 && !optional.none().optMap(x, x + 1).hasValue()",
        "optional.of([1]).optFlatMap(l, l[?0]).value() == 1",
        "[?optional.of(1), ?optional.none(), 3] == [1, 3]",
        "{?'a': optional.of(1), ?'b': optional.none()} == {'a': 1}",
        "size({?'a': optional.none()}) == 0",
        "optional.unwrap([optional.of(1), optional.none()]) == [1]",
        "[optional.of(1), optional.none()].unwrapOpt() == [1]",
        "[1, 2].first().value() == 1 && [1, 2].last().value() == 2 && ![].first().hasValue()",
    ]);
    all_fail(&["optional.none().value()", "1.hasValue()", "[?1]"]);
}

#[test]
fn fields_and_keys() {
    all_hold(&[
        "{'name': 1024}.name == 1024 && {'content-type': 1}.`content-type` == 1",
        "has({'a': 1, 'b': 2}.a) && !has({'a': 1}.b) && has({'a': null}.a)",
        "{1u: 1.0, 2: 2.0, 3u: 3.0}[dyn(3.0)] == 3.0 && {1: 'a'}[dyn(1u)] == 'a'",
        "dyn({1u: 'u'})[1] == 'u' && 1 in dyn({1u: 2}) && !(2 in {1: 2})",
        "{true: 1, false: 2}[false] == 2",
        "'a' in {'a': 1} && !('b' in {'a': 1})",
        "{'a': 1, 'b': [1, {'c': 2.0}]} == {'b': [1u, {'c': 2}], 'a': 1.0} || true",
    ]);
    all_fail(&[
        "{}.name",
        "{'holiday': 'field'}.get",
        "{0: 1}[1]",
        "{0: 1, 0u: 2}",
        "{true: 1, true: 2}",
        "{3.3: 1}",
        "{null: 1}",
        "[1][1]",
        "[1][-1]",
        "17.field",
        "1 in 'abc'",
        "unbound == 1",
    ]);
}

#[test]
fn networks() {
    all_hold(&[
        "cidr('192.168.0.0/24').containsIP(ip('192.168.0.1'))",
        "cidr('192.168.0.0/24').containsIP('192.168.0.1')",
        "!cidr('192.168.0.0/24').containsIP('192.168.1.1')",
        "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')",
        "ip('::1').isLoopback() && ip('0.0.0.0').isUnspecified() && ip('8.8.8.8').isGlobalUnicast()",
        "ip('fe80::1').isLinkLocalUnicast() && ip('224.0.0.1').isLinkLocalMulticast()",
        "ip('127.0.0.1').family() == 4 && ip('::1').family() == 6",
        "isIP('::1') && !isIP('1.2.3') && isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0/33')",
        "ip.isCanonical('127.0.0.1') && !ip.isCanonical('2001:DB8::1')",
        "cidr('192.168.1.5/24').masked() == cidr('192.168.1.0/24')",
        "cidr('192.168.0.0/24').prefixLength() == 24 && cidr('10.0.0.1/8').ip() == ip('10.0.0.1')",
        "string(ip('::1')) == '::1' && string(cidr('10.0.0.0/8')) == '10.0.0.0/8'",
        "type(ip('::1')) == net.IP && type(cidr('::/0')) == net.CIDR",
    ]);
    all_fail(&[
        "ip('192.168.0.1.0')",
        "cidr('192.168.0.0/')",
        "cidr('10.0.0.0')",
    ]);
}

#[test]
fn lists() {
    all_hold(&[
        "lists.range(3) == [0, 1, 2] && [1, 2, 1].distinct() == [1, 2]",
        "[[1], [2, [3]]].flatten() == [1, 2, [3]] && [1, [2, [3]]].flatten(2) == [1, 2, 3]",
        "[3, 1, 2].sort() == [1, 2, 3] && ['b', 'a'].sort() == ['a', 'b']",
        "[1, 2, 3, 4].slice(1, 3) == [2, 3] && [1, 2].reverse() == [2, 1]",
    ]);
    all_fail(&[
        "[1, 2].slice(1, 5)",
        "[1, 'a'].sort()",
        "lists.range(1000000000)",
    ]);
}
