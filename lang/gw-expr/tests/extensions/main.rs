//! The cases beside this file, one per line, through parser, checker and compiled evaluator, with
//! CEL's own rules. Written from cel-spec's doc/langdef.md and from the documents of the
//! extensions.
//!
//! `expression ==> value` compares with another expression; `==> error` wants a failing evaluation,
//! `==> refused` a finding of the checker; ` as type` at the end compares the deduced type.
#![allow(
    clippy::disallowed_methods,
    reason = "tests read data and generated files"
)]

use gw_expr::{
    Checked, Dialect, Env, EvalError, FactId, FactTable, Facts, OwnedValue, Program, Type, Value,
    check,
};
use gw_syntax::{Diagnostic, FileId};
use std::fmt::Write;
use std::path::Path;

struct Nothing;

impl Facts for Nothing {
    fn fact(&self, _: FactId) -> Result<Value<'_>, EvalError> {
        Err(EvalError::UndeclaredReference)
    }
}

fn checked(text: &str, dialect: Dialect) -> Result<(Checked, Vec<Diagnostic>), String> {
    let expr = gw_syntax::parse_expr(FileId::default(), text, 0)
        .map_err(|found| format!("does not parse: {found:?}"))?;
    let env = Env::new().with_dialect(dialect);
    let mut findings = Vec::new();
    let checked = check(&expr, &env, &mut FactTable::default(), &mut findings);
    Ok((checked, findings))
}

/// What an expression gives under a dialect; a finding is a failure too.
fn eval(text: &str, dialect: Dialect) -> Result<(OwnedValue, Type), String> {
    let (checked, findings) = checked(text, dialect)?;
    if let Some(finding) = findings.first() {
        return Err(format!("does not check: {}", finding.message));
    }
    let program = Program::compile(&checked.ir).map_err(|e| e.to_string())?;
    let value = program.eval_owned(&Nothing).map_err(|e| e.to_string())?;
    Ok((value, checked.ty))
}

/// Whether two values are the same; NaN is NaN.
fn same(a: &OwnedValue, b: &OwnedValue) -> bool {
    match (a, b) {
        (OwnedValue::Double(x), OwnedValue::Double(y)) => x == y || (x.is_nan() && y.is_nan()),
        (OwnedValue::List(x), OwnedValue::List(y)) => {
            x.len() == y.len() && x.iter().zip(y.iter()).all(|(p, q)| same(p, q))
        }
        _ => a == b,
    }
}

/// Runs a case; the error says what went wrong.
fn run(text: &str, expected: &str) -> Result<(), String> {
    if expected == "refused" {
        let (_, findings) = checked(text, Dialect::Cel)?;
        return match findings.is_empty() {
            false => Ok(()),
            true => Err("is accepted".to_owned()),
        };
    }
    if expected == "error" {
        let (_, findings) = checked(text, Dialect::Cel)?;
        if let Some(finding) = findings.first() {
            return Err(format!("does not check: {}", finding.message));
        }
        return match eval(text, Dialect::Unchecked) {
            Err(_) => eval(text, Dialect::Cel).map_or(Ok(()), |v| Err(format!("gave {v:?}"))),
            Ok(value) => Err(format!("gave {value:?}")),
        };
    }
    let (wanted, ty) = match expected.rsplit_once(" as ") {
        Some((wanted, ty)) => (wanted, Some(ty)),
        None => (expected, None),
    };
    let (wanted, _) = eval(wanted, Dialect::Unchecked)?;
    for dialect in [Dialect::Cel, Dialect::Unchecked] {
        let (found, deduced) = eval(text, dialect)?;
        if !same(&found, &wanted) {
            return Err(format!("gave {found:?}"));
        }
        if let (Some(ty), Dialect::Cel) = (ty, dialect)
            && deduced.to_string() != ty
        {
            return Err(format!("has type {deduced}"));
        }
    }
    Ok(())
}

#[test]
fn every_case_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/extensions");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "cel"));
    files.sort();
    let (mut count, mut failures) = (0, String::new());
    for path in files {
        let data = std::fs::read_to_string(&path).unwrap();
        for (line, case) in (1..).zip(data.lines()) {
            let Some((text, expected)) = case.split_once(" ==> ") else {
                assert!(case.is_empty() || case.starts_with('#'), "{case}");
                continue;
            };
            count += 1;
            if let Err(why) = run(text.trim(), expected.trim()) {
                let name = path.file_name().unwrap().to_string_lossy();
                writeln!(failures, "{name}:{line}: {why}\n    {case}").unwrap();
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(count > 400, "only {count} cases were read");
}
