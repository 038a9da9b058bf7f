//! Types as the author of a policy writes them.

use super::Type;
use std::fmt::{Display, Formatter, Result};

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Type::Dyn => f.write_str("json"),
            Type::Null => f.write_str("null"),
            Type::Bool => f.write_str("bool"),
            Type::Int => f.write_str("int"),
            Type::Uint => f.write_str("uint"),
            Type::Double => f.write_str("double"),
            Type::String => f.write_str("string"),
            Type::Bytes => f.write_str("bytes"),
            Type::Duration => f.write_str("duration"),
            Type::Timestamp => f.write_str("timestamp"),
            Type::Ip => f.write_str("ip"),
            Type::Cidr => f.write_str("cidr"),
            Type::Rate => f.write_str("rate"),
            Type::Size => f.write_str("size"),
            Type::Percent => f.write_str("percent"),
            Type::Range => f.write_str("range"),
            Type::Secret => f.write_str("secret"),
            Type::Type(of) => write!(f, "type<{of}>"),
            Type::List(element) => write!(f, "list<{element}>"),
            Type::Map(key, value) => write!(f, "map<{key}, {value}>"),
            Type::Record(record) if record.name.is_empty() => {
                let fields = record.fields.iter();
                let texts: Vec<_> = fields
                    .map(|(name, field)| {
                        format!(
                            "{name}{}: {}",
                            if field.optional { "?" } else { "" },
                            field.ty
                        )
                    })
                    .collect();
                write!(f, "{{ {} }}", texts.join(", "))
            }
            Type::Record(record) => f.write_str(&record.name),
            Type::Enum(of) if of.name.is_empty() => {
                let texts: Vec<_> = of
                    .variants
                    .iter()
                    .map(|v| format!("\"{}\"", v.name))
                    .collect();
                f.write_str(&texts.join(" | "))
            }
            Type::Enum(of) => f.write_str(&of.name),
            Type::Optional(inner) => write!(f, "{inner}?"),
            Type::CelOptional(inner) => write!(f, "optional<{inner}>"),
            Type::Lookup(value) => write!(f, "map<string, {value}?>"),
            Type::Refined(refined) => refined.fmt(f),
            Type::Param(_) => f.write_str("json"),
            Type::Opaque(name, params) if params.is_empty() => f.write_str(name),
            Type::Opaque(name, params) => {
                let texts: Vec<_> = params.iter().map(ToString::to_string).collect();
                write!(f, "{name}<{}>", texts.join(", "))
            }
            Type::Error => f.write_str("unknown"),
        }
    }
}
