//! `use`: policies, limits and transforms by name, with arguments.

use crate::cx::Cx;
use crate::env::Place;
use crate::resolve::{DeclId, Kind, parameters};
use crate::scope::Draft;
use crate::spec::{BlockSpec, Repeats, Shape, Words};
use crate::suggest::nearest;
use gw_expr::Checked;
use gw_syntax::{Arg, Code, Diagnostic, Ident, Part, Span, Statement, StatementValue};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use smol_str::SmolStr;

/// `use`
pub(crate) const USE: BlockSpec = BlockSpec {
    keyword: "use",
    parents: &["service", "route"],
    usage: "use policy | limit | transform NAME[(PARAM = VALUE, …)]",
    shape: Shape::of(Words::Some),
    doc: "Applies a named policy, limit or transform here. Conditions are typed where they are used.",
    example: "use limit per_plan(base = 60/min)",
    fields: &[],
    repeats: Repeats::Often,
};

/// Lowers `use` into a scope.
pub(crate) fn lower(cx: &mut Cx<'_, '_>, statement: &Statement, draft: &mut Draft<'_>) {
    let Some((kind, name, args)) = read(statement) else {
        cx.report(
            Diagnostic::new(
                Code::WrongShape,
                statement.span,
                "`use` names a policy, a limit or a transform",
            )
            .here("what is used here?")
            .help(format!("write `{}`", USE.usage)),
        );
        return;
    };
    let module = draft.place.module;
    let id = match cx.program.expect(module, &name, kind) {
        Ok(id) => id,
        Err(diagnostic) => return cx.report(*diagnostic),
    };
    let Some(args) = arguments(cx, id, draft.place, &name, args) else {
        return;
    };
    match kind {
        Kind::Policy => draft.add_policy(cx, id, &args, statement.span),
        Kind::Limit => draft.add_limit(cx, id, &args, statement.span),
        _ => super::transform::apply(cx, id, &args, statement.span, draft),
    }
}

fn read(statement: &Statement) -> Option<(Kind, Ident, &[Arg])> {
    let [Part::Word(kind), what] = statement.parts.as_slice() else {
        return None;
    };
    let kind = match kind.name.as_str() {
        "policy" => Kind::Policy,
        "limit" => Kind::Limit,
        "transform" => Kind::Transform,
        _ => return None,
    };
    match what {
        Part::Word(name) => Some((kind, name.clone(), &[])),
        Part::Call(call) => Some((kind, call.name.clone(), call.args.as_slice())),
        Part::Methods(_) | Part::Path(_) | Part::Value(_) => None,
    }
}

/// Checks arguments against the parameters of a declaration.
fn arguments(
    cx: &mut Cx<'_, '_>,
    id: DeclId,
    place: &Place,
    used: &Ident,
    args: &[Arg],
) -> Option<Vec<(SmolStr, Checked)>> {
    let decl = cx.program.decl(id)?;
    let (module, statement) = (decl.module, decl.statement);
    let params: Vec<_> = parameters(statement)
        .map(|(n, t)| (n.clone(), t.clone()))
        .collect();
    let mut out = Vec::new();
    for (position, (name, written)) in params.iter().enumerate() {
        let by_name = args
            .iter()
            .find(|a| a.name.as_ref().is_some_and(|n| n.name == name.name));
        let by_place = args.get(position).filter(|a| a.name.is_none());
        let Some(StatementValue::Expr(expr)) = by_name.or(by_place).map(|a| &a.value) else {
            cx.report(
                Diagnostic::new(
                    Code::WrongArguments,
                    used.span,
                    format!("`{}` needs `{}`", used.name, name.name),
                )
                .here("an argument is missing")
                .because(name.span, "declared here")
                .help(format!("write `{}({} = …)`", used.name, name.name)),
            );
            return None;
        };
        let ty = super::schema::resolve(cx, module, written)?;
        let checked = cx.check(expr, place, &ty)?;
        out.push((name.name.clone(), checked));
    }
    let names: Vec<&str> = params.iter().map(|(n, _)| n.name.as_str()).collect();
    let mut given: HashMap<&str, &Ident> = HashMap::new();
    for name in args.iter().filter_map(|arg| arg.name.as_ref()) {
        match given.entry(name.name.as_str()) {
            Entry::Occupied(first) => cx.report(given_twice(name, first.get())),
            Entry::Vacant(place) => {
                place.insert(name);
                if !names.contains(&name.name.as_str()) {
                    cx.report(unknown_argument(&used.name, name, &names));
                }
            }
        }
    }
    if args.len() > params.len() && args.iter().any(|a| a.name.is_none()) {
        cx.report(too_many(used, params.len(), args.len()));
    }
    Some(out)
}

fn given_twice(second: &Ident, first: &Ident) -> Diagnostic {
    let message = format!("`{}` is given twice", second.name);
    Diagnostic::new(Code::WrongArguments, second.span, message)
        .here("given again here")
        .because(first.span, "first given here")
        .help("keep one of them")
}

fn unknown_argument(used: &str, name: &Ident, names: &[&str]) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::WrongArguments,
        name.span,
        format!("`{used}` has no parameter `{}`", name.name),
    )
    .here("unknown parameter");
    match nearest(&name.name, names.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            name.span,
            near,
        ),
        None if names.is_empty() => diagnostic.help("it takes no arguments"),
        None => diagnostic.help(format!("it takes `{}`", names.join("`, `"))),
    }
}

fn too_many(used: &Ident, takes: usize, given: usize) -> Diagnostic {
    let span: Span = used.span;
    Diagnostic::new(
        Code::WrongArguments,
        span,
        format!("`{}` takes {takes} arguments, not {given}", used.name),
    )
    .here("too many arguments")
    .help("remove what it does not take")
}
