//! How findings leave the checker: as diagnostics in gw and CEL, as failing code where checks are
//! off.

use super::operator::{unit_clash, unit_help};
use super::{Checker, Typed};
use crate::{Dialect, EvalError, Ir, Type};
use gw_syntax::{Code, Diagnostic, Span};

impl Checker<'_> {
    /// Reports a finding; the expression fails when it is evaluated and has no type.
    pub(super) fn fail(&mut self, diagnostic: Diagnostic) -> Typed {
        let span = diagnostic.span();
        let ir = Ir::Fail(match diagnostic.code {
            Code::UnknownVariable => EvalError::UndeclaredReference,
            _ => EvalError::NoMatchingOverload,
        });
        if self.env.dialect == Dialect::Unchecked {
            return self.typed(ir, Type::Dyn, span);
        }
        self.diagnostics.push(diagnostic);
        self.typed(ir, Type::Error, span)
    }

    /// Reports a finding that does not spoil the expression.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        if self.env.dialect != Dialect::Unchecked {
            self.diagnostics.push(diagnostic);
        }
    }

    /// GW0201, GW0211 where a unit is the problem, GW0215 for a secret.
    pub(super) fn mismatch(&mut self, typed: &Typed, expected: &Type) -> Typed {
        let found = self.types.resolve(&typed.ty);
        if let Some(failed) = self.secret(&found, typed.span) {
            return failed;
        }
        let message = format!("this is `{found}`, `{expected}` is needed");
        let (code, help) = match unit_clash(&found, expected) {
            true => (Code::UnitMismatch, unit_wanted(&found, expected)),
            false => (Code::TypeMismatch, conversion_to(expected, &found)),
        };
        self.fail(
            Diagnostic::new(code, typed.span, message)
                .here(format!("expected `{expected}`"))
                .help(help),
        )
    }

    /// Notes a place that may fail at run time.
    pub(super) fn risk(&mut self, span: Span, what: &str, help: &str) {
        let message = format!("this may fail at run time: {what}");
        self.risks.push(
            Diagnostic::new(Code::MayError, span, message)
                .here("a failing `deny` denies, a failing `allow` does not allow")
                .help(help),
        );
    }

    /// The type of reading something dynamic.
    pub(super) fn dynamic(&mut self, span: Span) -> Type {
        self.risk(
            span,
            "the value is `json` and its shape is known only then",
            "declare a schema for it, or guard it with `has(…) && …`",
        );
        Type::Dyn
    }
}

/// The unit that is needed; none where a plain number is.
fn unit_wanted(found: &Type, expected: &Type) -> String {
    match expected.present().base() {
        Type::Duration | Type::Rate | Type::Size | Type::Percent => {
            unit_help(expected, expected).to_owned()
        }
        Type::Int | Type::Uint | Type::Double => "write a number without a unit".to_owned(),
        _ => unit_help(found, expected).to_owned(),
    }
}

/// How to get a value of the expected type.
fn conversion_to(expected: &Type, found: &Type) -> String {
    match (expected.present().base(), found.present().base()) {
        (Type::String, Type::Int | Type::Uint | Type::Double | Type::Bool | Type::Ip) => {
            "convert it: `string(…)`".to_owned()
        }
        (Type::Int, Type::String | Type::Uint | Type::Double) => "convert it: `int(…)`".to_owned(),
        (Type::Duration | Type::Rate | Type::Size | Type::Percent, Type::String) => {
            "write it without quotes".to_owned()
        }
        (Type::Ip, Type::String) => "write the address without quotes, or `ip(…)`".to_owned(),
        (Type::Cidr, Type::String) => "write the network without quotes, or `cidr(…)`".to_owned(),
        (Type::Enum(of), _) => {
            let names: Vec<_> = of
                .variants
                .iter()
                .map(|v| format!("`{}`", v.name))
                .collect();
            format!("write one of {}", names.join(", "))
        }
        (Type::List(_), _) => "put it in brackets: `[…]`".to_owned(),
        _ => format!("write a value of type `{expected}`"),
    }
}
