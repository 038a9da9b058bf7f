//! `gwc eval`.

use crate::args::{Eval, Format};
use crate::evaluate::{self, Evaluation, Given, Refusal};
use crate::exit;
use crate::input::{self, Refused, usage};
use crate::print;
use crate::render::{human, json};
use gw_compiler::{Disk, Files};
use gw_expr::grouped;
use serde_json::{Map, Value};

/// Evaluates an expression.
pub(crate) fn run(args: &Eval) -> Result<u8, Refused> {
    let given = given(args)?;
    let options = input::options(&args.params)?;
    let names = evaluate::names(args.policy.as_deref(), &options);
    let outcome = names.and_then(|names| evaluate::evaluate(&args.expression, names, &given));
    match outcome {
        Ok(evaluation) => Ok(show(args.format, &evaluation)),
        Err(Refusal::Value(why)) => Err(usage(&why)),
        Err(Refusal::Findings(sources, found)) => {
            match args.format {
                Format::Human => print::err(&human::render(&sources, &found)),
                Format::Json => print::out(&json::render(&sources, &found, None)),
            }
            Ok(exit::DOES_NOT_COMPILE)
        }
    }
}

fn given(args: &Eval) -> Result<Given, Refused> {
    let mut given = Given::default();
    if let Some(path) = &args.json {
        given.values = values(path)?;
    }
    for written in &args.types {
        let (name, ty) = written
            .split_once('=')
            .ok_or_else(|| usage(&format!("--type: `{written}` is not `NAME=TYPE`")))?;
        given.types.push((name.trim().to_owned(), ty.to_owned()));
    }
    Ok(given)
}

fn values(path: &str) -> Result<Map<String, Value>, Refused> {
    let bytes = Disk
        .read(path)
        .map_err(|why| usage(&format!("{path} cannot be read: {why}")))?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(values)) => Ok(values),
        Ok(_) => Err(usage(&format!(
            "{path} is not an object of variables, as {{ \"name\": \"value\" }}"
        ))),
        Err(e) => Err(usage(&format!("{path}: {e}"))),
    }
}

/// Prints an evaluation; one that fails is a finding.
fn show(format: Format, evaluation: &Evaluation) -> u8 {
    print::out(&match format {
        Format::Human => text(evaluation),
        Format::Json => object(evaluation).to_string() + "\n",
    });
    if format == Format::Human && !evaluation.missing.is_empty() {
        let missing = evaluation.missing.join("`, `");
        print::err(&format!("note: no value is given for `{missing}`\n"));
    }
    match evaluation.value {
        Ok(_) => exit::FINE,
        Err(_) => exit::FINDINGS,
    }
}

fn text(evaluation: &Evaluation) -> String {
    let value = match &evaluation.value {
        Ok(value) => value.to_string(),
        Err(why) => format!("fails: {why}"),
    };
    let cost = &evaluation.cost;
    let dearest = cost.dearest.iter().filter(|part| part.steps > 1);
    let dearest: String = dearest
        .map(|part| format!(", {} of them {}", grouped(part.steps), part.text))
        .collect();
    format!(
        "{value}\n  type  {}\n  cost  {} steps at most{dearest}\n",
        evaluation.ty,
        grouped(cost.steps)
    )
}

fn object(evaluation: &Evaluation) -> Value {
    serde_json::json!({
        "version": 1,
        "value": evaluation.value.as_ref().ok().map(ToString::to_string),
        "error": evaluation.value.as_ref().err().map(|e| e.slug()),
        "type": evaluation.ty,
        "cost": evaluation.cost.steps,
        "missing": evaluation.missing,
    })
}
