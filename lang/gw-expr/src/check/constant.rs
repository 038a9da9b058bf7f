//! Folding of constants, and what is said about constants that fail.

use super::{Checker, Typed};
use crate::{EvalError, FactId, Facts, Ir, OwnedValue, Program, Type, Value};
use gw_syntax::{Code, Diagnostic, Span};

/// Folding goes on while a result has at most this many nodes of its own.
const LARGEST: usize = 1000;

/// No facts: constants read none.
struct Nothing;

impl Facts for Nothing {
    fn fact(&self, _: FactId) -> Result<Value<'_>, EvalError> {
        Err(EvalError::Unavailable)
    }
}

impl Checker<'_> {
    /// The code, or its value if all its parts are constants; GW0217 if that fails.
    pub(super) fn folded(&mut self, code: Ir, ty: Type, span: Span) -> Typed {
        if !self.gw() || !constant_parts(&code) {
            return self.typed(code, ty, span);
        }
        let Ok(program) = Program::compile(&code) else {
            return self.typed(code, ty, span);
        };
        match program.eval_owned(&Nothing) {
            Ok(value) if storable(&value) => self.typed(Ir::Const(value), ty, span),
            Ok(_) => self.typed(code, ty, span),
            Err(error) => self.bad_constant(&code, error, span),
        }
    }

    fn bad_constant(&mut self, code: &Ir, error: EvalError, span: Span) -> Typed {
        let name = match code {
            Ir::Call(function, _) => function.declaration().name,
            _ => "",
        };
        let diagnostic = match (name, error) {
            ("ip" | "cidr" | "containsIP" | "containsCIDR", EvalError::BadConversion) => {
                let message = format!("this is not {}", kind_of_network(name));
                Diagnostic::new(Code::BadCidr, span, message)
                    .here("cannot be read")
                    .help("write an address such as `10.0.0.1` or `::1`, or a network such as `10.0.0.0/8`")
            }
            (_, EvalError::BadTimeZone) => {
                Diagnostic::new(Code::BadTimeZone, span, "there is no such time zone").help(
                    "write an IANA name such as `Europe/Berlin`, or an offset such as `+01:00`",
                )
            }
            _ => {
                let message = format!("this constant expression fails: {error}");
                Diagnostic::new(Code::BadConstant, span, message)
                    .here("fails for every request")
                    .help("change the constants so that it has a value")
            }
        };
        self.fail(diagnostic)
    }

    /// Whether checks are on.
    pub(super) fn checked(&self) -> bool {
        self.env.dialect != crate::Dialect::Unchecked
    }
}

fn kind_of_network(name: &str) -> &'static str {
    if matches!(name, "ip" | "containsIP") {
        "an IP address"
    } else {
        "a network"
    }
}

/// Whether an operation has constants for all its operands.
fn constant_parts(code: &Ir) -> bool {
    let constant = |ir: &Ir| ir.constant().is_some();
    match code {
        Ir::Operation(_, parts) | Ir::And(parts) | Ir::Or(parts) => parts.iter().all(constant),
        Ir::Call(_, args) => !args.is_empty() && args.iter().all(constant),
        Ir::Matches { operand, .. } => constant(operand),
        Ir::AnyOf { list, .. } => constant(list),
        _ => false,
    }
}

/// Whether a value should stand in the program as a constant.
fn storable(value: &OwnedValue) -> bool {
    match value {
        OwnedValue::List(list) => list.len() <= LARGEST,
        OwnedValue::Map(map) => map.len() <= LARGEST,
        OwnedValue::Str(text) => text.len() <= 64 * LARGEST,
        _ => true,
    }
}
