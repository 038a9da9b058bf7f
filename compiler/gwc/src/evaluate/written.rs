//! Written types that need no declarations: `list<int>`, `{ id: string, tags?: list<string> }`.

use gw_expr::{Field, RecordType, Type};
use gw_syntax::{Code, Diagnostic, FileId, TypeExpr, TypeKind};

/// The type that a text says.
pub(super) fn resolve(file: FileId, text: &str) -> Result<Type, Vec<Diagnostic>> {
    let written = gw_syntax::parse_type(file, text, 0)?;
    of(&written).map_err(|finding| vec![*finding])
}

fn of(written: &TypeExpr) -> Result<Type, Box<Diagnostic>> {
    if let Some(constraint) = written.refinements.first() {
        let finding = Diagnostic::new(
            Code::WrongShape,
            constraint.word.span,
            "the type of a variable has no constraints",
        )
        .here("not here")
        .help("leave it out");
        return Err(Box::new(finding));
    }
    let ty = match &written.kind {
        TypeKind::Named(name, args) => match (name.name.as_str(), args.as_slice()) {
            ("list", [element]) => Type::list(of(element)?),
            ("map", [key, value]) => Type::map(of(key)?, of(value)?),
            (plain, []) => Type::named(plain).ok_or_else(|| unknown(written, plain))?,
            (other, _) => return Err(unknown(written, other)),
        },
        TypeKind::Record(fields) => {
            let mut out = Vec::new();
            for field in fields {
                let ty = of(&field.ty)?;
                let optional = field.optional || ty.may_be_absent();
                let ty = ty.present().clone();
                let field_type = match optional {
                    true => Field::optional(ty),
                    false => Field::new(ty),
                };
                out.push((field.name.name.clone(), field_type));
            }
            Type::record(RecordType::new("", out))
        }
    };
    Ok(match written.optional {
        true => ty.or_absent(),
        false => ty,
    })
}

fn unknown(written: &TypeExpr, name: &str) -> Box<Diagnostic> {
    let names = Type::NAMES.join("`, `");
    let finding = Diagnostic::new(
        Code::UnknownType,
        written.span,
        format!("there is no type `{name}`"),
    )
    .here("unknown type")
    .help(format!(
        "here can stand: `{names}`, `list<…>`, `map<…, …>`, `{{ name: … }}`"
    ));
    Box::new(finding)
}
