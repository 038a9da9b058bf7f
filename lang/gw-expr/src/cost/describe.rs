//! What a dear part is called.

use crate::{Comprehension, ComprehensionKind, FactPath, FactTable, Ir, Operator};

/// The part in words, with how large it may be.
pub(super) fn part(ir: &Ir, facts: &FactTable, size: u64) -> String {
    let subject = subject(ir);
    let of = subject.map_or_else(|| "a computed value".to_owned(), |ir| name(ir, facts));
    match ir {
        Ir::Comprehension(c) => {
            format!("`{}` over {of}, up to {} times", verb(c), grouped(size))
        }
        Ir::Call(function, _) => format!(
            "`{}` of {of}, up to {} bytes or elements",
            function.declaration().name,
            grouped(size)
        ),
        Ir::Matches { .. } => format!("`matches` of {of}, up to {} bytes", grouped(size)),
        Ir::AnyOf { .. } => format!("`in` {of}, up to {} elements", grouped(size)),
        Ir::Operation(operator, _) => format!(
            "`{}` with {of}, up to {} bytes or elements",
            symbol(*operator),
            grouped(size)
        ),
        _ => format!("a read of {of}"),
    }
}

/// The fact behind a dear part.
pub(super) fn fact(ir: &Ir, facts: &FactTable) -> Option<FactPath> {
    let mut at = subject(ir)?;
    loop {
        at = match at {
            Ir::Fact(id) => return facts.path(*id).cloned(),
            Ir::Select { operand, .. } | Ir::Index { operand, .. } => operand,
            Ir::Call(_, args) | Ir::Operation(_, args) => args.first()?,
            Ir::Comprehension(c) => &c.range,
            Ir::Coalesce(parts) => parts.first()?,
            _ => return None,
        };
    }
}

/// The operand that decides how dear a part is.
pub(super) fn subject(ir: &Ir) -> Option<&Ir> {
    match ir {
        Ir::Comprehension(c) => Some(&c.range),
        Ir::Operation(Operator::In, parts) => parts.get(1),
        Ir::Call(_, args) | Ir::Operation(_, args) => args
            .iter()
            .find(|arg| arg.constant().is_none())
            .or(args.first()),
        Ir::Matches { operand, .. } | Ir::Select { operand, .. } | Ir::Index { operand, .. } => {
            Some(operand)
        }
        Ir::AnyOf { list, .. } => Some(list),
        _ => None,
    }
}

fn name(ir: &Ir, facts: &FactTable) -> String {
    match ir {
        Ir::Fact(id) => match facts.path(*id) {
            Some(path) => format!("`{path}`"),
            None => "a fact".to_owned(),
        },
        Ir::Select { operand, field, .. } => match operand.as_ref() {
            Ir::Local(_) => format!("`.{field}` of a variable"),
            _ => format!("`.{field}` of a value"),
        },
        Ir::Const(_) => "a constant".to_owned(),
        Ir::Local(_) => "a variable".to_owned(),
        Ir::Coalesce(parts) => {
            let [value, _] = parts.as_ref();
            name(value, facts)
        }
        _ => "a computed value".to_owned(),
    }
}

fn verb(comprehension: &Comprehension) -> &'static str {
    match comprehension.kind {
        ComprehensionKind::All => "all",
        ComprehensionKind::Exists => "exists",
        ComprehensionKind::ExistsOne => "exists_one",
        ComprehensionKind::List if comprehension.two_variables => "transformList",
        ComprehensionKind::List if comprehension.predicate.is_some() => "filter",
        ComprehensionKind::List => "map",
        ComprehensionKind::Map => "transformMap",
        ComprehensionKind::MapEntry => "transformMapEntry",
        ComprehensionKind::SortBy => "sortBy",
    }
}

fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Not => "!",
        Operator::Eq => "==",
        Operator::Ne => "!=",
        Operator::Lt => "<",
        Operator::Le => "<=",
        Operator::Gt => ">",
        Operator::Ge => ">=",
        Operator::In => "in",
        Operator::Add => "+",
        Operator::Negate | Operator::Sub => "-",
        Operator::Mul => "*",
        Operator::Div => "/",
        Operator::Rem => "%",
    }
}

/// A number with its digits in threes: `32,768`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
