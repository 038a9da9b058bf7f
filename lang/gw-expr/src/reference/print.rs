//! IR as plain CEL text. Fully parenthesised; variables are named by depth.

use super::ReferenceError;
use crate::functions::time;
use crate::{
    Comprehension, ComprehensionKind, FactId, Function, Ir, Missing, Operator, OwnedValue, Switch,
};

type Text = Result<String, ReferenceError>;

/// The variable that stands for a fact.
pub(super) fn fact_name(id: FactId) -> String {
    format!("f{}", id.0)
}

pub(super) fn print(ir: &Ir) -> Text {
    Printer {
        scope: Vec::new(),
        names: 0,
    }
    .print(ir)
}

struct Printer {
    /// What each local variable is printed as; the innermost is the last.
    scope: Vec<String>,
    names: usize,
}

impl Printer {
    fn print(&mut self, ir: &Ir) -> Text {
        Ok(match ir {
            Ir::Const(value) => constant(value)?,
            Ir::Fact(id) => fact_name(*id),
            Ir::Local(index) => {
                let name = self.scope.iter().rev().nth(*index as usize);
                name.cloned()
                    .ok_or(ReferenceError::Unsupported("such variable"))?
            }
            Ir::Select {
                operand,
                field,
                missing,
            } => {
                let operand = self.print(operand)?;
                member(&operand, &text(field), *missing)?
            }
            Ir::Index {
                operand,
                index,
                missing,
            } => {
                let (operand, index) = (self.print(operand)?, self.print(index)?);
                member(&operand, &index, *missing)?
            }
            Ir::HasField { operand, field } => {
                format!("({} in {})", text(field), self.print(operand)?)
            }
            Ir::Present(operand) => format!("({} != null)", self.print(operand)?),
            Ir::Operation(operator, operands) => self.operation(*operator, operands)?,
            Ir::Call(function, args) => self.call(*function, args)?,
            Ir::And(parts) => self.joined(parts, " && ")?,
            Ir::Or(parts) => self.joined(parts, " || ")?,
            Ir::Conditional(parts) => {
                let [c, a, b] = parts.as_ref();
                format!(
                    "({} ? {} : {})",
                    self.print(c)?,
                    self.print(a)?,
                    self.print(b)?
                )
            }
            Ir::Coalesce(parts) => {
                let [a, b] = parts.as_ref();
                let a = self.print(a)?;
                format!("({a} != null ? {a} : {})", self.print(b)?)
            }
            Ir::List(elements) => {
                if elements.iter().any(|e| e.optional) {
                    return Err(ReferenceError::Unsupported("optional elements"));
                }
                let texts: Result<Vec<_>, _> =
                    elements.iter().map(|e| self.print(&e.value)).collect();
                format!("[{}]", texts?.join(", "))
            }
            Ir::Map(entries) => {
                if entries.iter().any(|e| e.optional) {
                    return Err(ReferenceError::Unsupported("optional entries"));
                }
                let entry = |e: &crate::MapElement| {
                    Ok(format!(
                        "{}: {}",
                        self.print(&e.key)?,
                        self.print(&e.value)?
                    ))
                };
                let texts: Result<Vec<String>, ReferenceError> =
                    entries.iter().map(entry).collect();
                format!("{{{}}}", texts?.join(", "))
            }
            Ir::Comprehension(comprehension) => self.comprehension(comprehension)?,
            Ir::Let { value, body } => {
                let value = self.print(value)?;
                self.within(value, body)?
            }
            Ir::Switch(switch) => self.switch(switch)?,
            Ir::Matches { operand, pattern } => {
                format!("{}.matches({})", self.print(operand)?, text(pattern))
            }
            Ir::AnyOf { list, values } => {
                let values: Vec<_> = values.iter().map(|v| text(v)).collect();
                format!(
                    "{}.exists(e, e in [{}])",
                    self.print(list)?,
                    values.join(", ")
                )
            }
            Ir::Fail(_) => return Err(ReferenceError::Unsupported("failing constants")),
        })
    }

    fn within(&mut self, variable: String, body: &Ir) -> Text {
        self.scope.push(variable);
        let printed = self.print(body);
        self.scope.pop();
        printed
    }

    fn joined(&mut self, parts: &[Ir], separator: &str) -> Text {
        let texts: Result<Vec<_>, _> = parts.iter().map(|part| self.print(part)).collect();
        Ok(format!("({})", texts?.join(separator)))
    }

    fn operation(&mut self, operator: Operator, operands: &[Ir]) -> Text {
        match (operator, operands) {
            (Operator::Not, [x]) => Ok(format!("(!{})", self.print(x)?)),
            (Operator::Negate, [x]) => Ok(format!("(-{})", self.print(x)?)),
            (Operator::In, [x, Ir::Const(OwnedValue::Range(first, last))]) => {
                let x = self.print(x)?;
                Ok(format!("({x} >= {first} && {x} <= {last})"))
            }
            // Absent equals nothing, null equals null.
            (Operator::Eq, [a @ Ir::Fact(_), b @ Ir::Fact(_)]) => {
                let (a, b) = (self.print(a)?, self.print(b)?);
                Ok(format!("({a} != null && {a} == {b})"))
            }
            (Operator::Ne, [a @ Ir::Fact(_), b @ Ir::Fact(_)]) => {
                let (a, b) = (self.print(a)?, self.print(b)?);
                Ok(format!("({a} == null || {a} != {b})"))
            }
            (_, [a, b]) => Ok(format!(
                "({} {} {})",
                self.print(a)?,
                symbol(operator)?,
                self.print(b)?
            )),
            _ => Err(ReferenceError::Unsupported("such operator")),
        }
    }

    fn call(&mut self, function: Function, args: &[Ir]) -> Text {
        const GLOBAL: &[&str] = &[
            "size",
            "int",
            "uint",
            "double",
            "string",
            "bytes",
            "type",
            "duration",
            "timestamp",
        ];
        const METHODS: &[&str] = &["startsWith", "endsWith", "contains", "matches"];
        let name = function.declaration().name;
        let texts: Result<Vec<_>, _> = args.iter().map(|arg| self.print(arg)).collect();
        match texts?.split_first() {
            Some((first, [])) if GLOBAL.contains(&name) => Ok(format!("{name}({first})")),
            Some((first, rest)) if METHODS.contains(&name) || name.starts_with("get") => {
                Ok(format!("{first}.{name}({})", rest.join(", ")))
            }
            _ => Err(ReferenceError::Unsupported("such function")),
        }
    }

    fn comprehension(&mut self, c: &Comprehension) -> Text {
        if c.two_variables {
            return Err(ReferenceError::Unsupported("macros with two variables"));
        }
        let range = self.print(&c.range)?;
        self.names += 1;
        let variable = format!("v{}", self.names);
        let predicate = c
            .predicate
            .as_ref()
            .map(|p| self.within(variable.clone(), p))
            .transpose()?;
        let body = self.within(variable.clone(), &c.body)?;
        let name = match c.kind {
            ComprehensionKind::All => "all",
            ComprehensionKind::Exists => "exists",
            ComprehensionKind::ExistsOne => "exists_one",
            ComprehensionKind::List => "map",
            ComprehensionKind::Map | ComprehensionKind::MapEntry => {
                return Err(ReferenceError::Unsupported("macros that make maps"));
            }
            ComprehensionKind::SortBy => return Err(ReferenceError::Unsupported("sortBy")),
        };
        let predicate = predicate.map_or_else(String::new, |p| format!("{p}, "));
        Ok(format!("{range}.{name}({variable}, {predicate}{body})"))
    }

    fn switch(&mut self, switch: &Switch) -> Text {
        let subject = self.print(&switch.subject)?;
        let mut printed = match &switch.otherwise {
            Some(otherwise) => self.print(otherwise)?,
            None => "null".to_owned(),
        };
        for (pattern, value) in switch.arms.iter().rev() {
            let test = match pattern {
                Ir::Const(OwnedValue::Range(first, last)) => {
                    format!("{subject} >= {first} && {subject} <= {last}")
                }
                other => format!("{subject} == {}", self.print(other)?),
            };
            printed = format!("({test} ? {} : {printed})", self.print(value)?);
        }
        Ok(printed)
    }
}

fn member(operand: &str, key: &str, missing: Missing) -> Text {
    match missing {
        Missing::Error => Ok(format!("{operand}[{key}]")),
        Missing::Absent => Ok(format!("({key} in {operand} ? {operand}[{key}] : null)")),
        Missing::OptionalNone => Err(ReferenceError::Unsupported("optional values")),
    }
}

fn symbol(operator: Operator) -> Result<&'static str, ReferenceError> {
    Ok(match operator {
        Operator::Eq => "==",
        Operator::Ne => "!=",
        Operator::Lt => "<",
        Operator::Le => "<=",
        Operator::Gt => ">",
        Operator::Ge => ">=",
        Operator::In => "in",
        Operator::Add => "+",
        Operator::Sub => "-",
        Operator::Mul => "*",
        Operator::Div => "/",
        Operator::Rem => "%",
        Operator::Not | Operator::Negate => {
            return Err(ReferenceError::Unsupported("such operator"));
        }
    })
}

fn constant(value: &OwnedValue) -> Text {
    Ok(match value {
        OwnedValue::Absent | OwnedValue::Null => "null".to_owned(),
        OwnedValue::Bool(b) => b.to_string(),
        OwnedValue::Int(n) if *n < 0 => format!("({n})"),
        OwnedValue::Int(n) => n.to_string(),
        OwnedValue::Uint(n) => format!("{n}u"),
        OwnedValue::Double(d) if d.is_finite() => format!("({d:?})"),
        OwnedValue::Double(d) => format!("double(\"{d}\")"),
        OwnedValue::Str(t) => text(t),
        OwnedValue::Bytes(bytes) => {
            let octets: String = bytes.iter().map(|b| format!("\\x{b:02x}")).collect();
            format!("b\"{octets}\"")
        }
        OwnedValue::Duration(nanos) => format!("duration(\"{}\")", time::print_duration(*nanos)),
        OwnedValue::Timestamp(at) => format!("timestamp(\"{}\")", time::print_timestamp(*at)),
        OwnedValue::List(list) => {
            let texts: Result<Vec<_>, _> = list.iter().map(constant).collect();
            format!("[{}]", texts?.join(", "))
        }
        OwnedValue::Type(name) => name.to_string(),
        OwnedValue::Map(_) => return Err(ReferenceError::Unsupported("constant maps")),
        OwnedValue::Ip(_) | OwnedValue::Cidr(_) => {
            return Err(ReferenceError::Unsupported("networks"));
        }
        OwnedValue::Rate(_) | OwnedValue::Range(..) => {
            return Err(ReferenceError::Unsupported("rates and ranges"));
        }
        OwnedValue::Optional(_) => return Err(ReferenceError::Unsupported("optional values")),
    })
}

/// A string literal.
fn text(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => literal.extend(['\\', character]),
            c if c.is_control() => literal.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}
