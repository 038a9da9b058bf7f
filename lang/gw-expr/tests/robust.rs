//! Whatever parses is checked, compiled and evaluated without a panic, in every dialect.

use gw_expr::{
    Dialect, Env, EvalError, FactId, FactTable, Facts, Field, OwnedValue, Program, RecordType,
    Type, Value, Variable, check,
};
use gw_syntax::{Code, Diagnostic, FileId};
use proptest::prelude::*;

struct Nothing;

impl Facts for Nothing {
    fn fact(&self, _: FactId) -> Result<Value<'_>, EvalError> {
        Ok(Value::Absent)
    }
}

fn env(dialect: Dialect) -> Env {
    let fields = [
        ("a", Field::new(Type::Int)),
        ("b", Field::optional(Type::String)),
        ("c", Field::new(Type::lookup(Type::String))),
        ("d", Field::new(Type::list(Type::Dyn))),
    ];
    let mut env = Env::new().with_dialect(dialect);
    env.declare(
        "x",
        Variable::new(Type::record(RecordType::new("X", fields))),
    );
    env.declare("y", Variable::new(Type::Dyn));
    env
}

fn run(text: &str) -> Vec<Diagnostic> {
    let Ok(expr) = gw_syntax::parse_expr(FileId::default(), text, 0) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for dialect in [Dialect::Gw, Dialect::Cel, Dialect::Unchecked] {
        let (mut facts, mut findings) = (FactTable::default(), Vec::new());
        let checked = check(&expr, &env(dialect), &mut facts, &mut findings);
        if let Ok(program) = Program::compile(&checked.ir) {
            let _: Result<OwnedValue, EvalError> = program.eval_owned(&Nothing);
        }
        for finding in &findings {
            assert!(
                finding.span().end as usize <= text.len(),
                "{text}: {finding:?}"
            );
        }
        all.extend(findings);
    }
    all
}

const PIECES: &[&str] = &[
    "x",
    "y",
    "x.a",
    "x.b",
    "x.c",
    "x.d",
    ".",
    "?.",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ",",
    ":",
    "?",
    "??",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "==",
    "<",
    "in",
    "1",
    "-9223372036854775808",
    "2u",
    "1.5",
    "\"a\"",
    "b\"a\"",
    "true",
    "null",
    "10.0.0.0/8",
    "::1",
    "5m",
    "100/min",
    "2xx",
    "1..=9",
    "has(",
    "size(",
    "x.d.map(v, ",
    "x.d.exists(i, v, ",
    "cel.bind(v, ",
    "v",
    "int(",
    "optional.of(",
    ".?k",
    "[?0]",
    ".matches(\"(\")",
    "switch x.a { ",
    " => ",
    "_",
    "math.abs(",
    ".getHours(\"UTC\")",
    "timestamp(\"2024-01-01T00:00:00Z\")",
    "duration(\"1s\")",
    ".format([",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn pieces_never_panic(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 1..12)) {
        run(&pieces.join(" "));
        run(&pieces.concat());
    }

    #[test]
    fn operators_over_anything_never_panic(
        a in proptest::sample::select(PIECES),
        op in proptest::sample::select(vec!["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "in", "??", "&&"]),
        b in proptest::sample::select(PIECES),
    ) {
        run(&format!("{a} {op} {b}"));
        run(&format!("!({a} {op} -{b})"));
        run(&format!("[{a}].map(v, v {op} {b})"));
    }
}

#[test]
fn large_expressions_are_refused_without_overflow() {
    let refused = |text: &str| {
        let parsed = gw_syntax::parse_expr(FileId::default(), text, 0).is_ok();
        !parsed
            || run(text)
                .iter()
                .any(|finding| finding.code == Code::ExpressionTooCostly)
    };
    let sum = |terms: usize| format!("{} == 1", vec!["x.a"; terms].join(" + "));
    assert!(refused(&sum(5000)) && refused(&sum(400)));
    let or = |terms: usize| vec!["x.a == 1"; terms].join(" || ");
    assert!(refused(&or(10_000)));
    assert!(!refused(&or(1000)) && run(&or(1000)).is_empty());
    let nested = |depth: usize| format!("{}1{} == 1", "(1 + ".repeat(depth), ")".repeat(depth));
    assert!(!refused(&nested(120)) && run(&nested(120)).is_empty());
}
