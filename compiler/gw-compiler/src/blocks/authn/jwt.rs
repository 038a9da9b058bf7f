//! `jwt`: tokens that are verified.

use super::{algorithms, audience, keys, source, with_fields};
use crate::blocks::schema;
use crate::cx::Cx;
use crate::fields::Fields;
use gw_expr::{Field, RecordType, Type};
use gw_graph::JwtAuthn;
use gw_syntax::{Code, Diagnostic, TypeExpr};
use smol_str::SmolStr;
use std::time::Duration;

/// The settings, with claims of that type.
pub(super) fn lower(
    cx: &mut Cx<'_, '_>,
    module: usize,
    fields: &Fields<'_>,
    claims: Option<&TypeExpr>,
) -> Option<JwtAuthn> {
    let claims = match claims {
        Some(written) => schema::resolve(cx, module, written)?,
        None => Type::record(RecordType::new("claims", Vec::<(SmolStr, Field)>::new())),
    };
    let algorithms = algorithms::lower(cx, fields);
    let keys = keys::lower(cx, module, fields);
    algorithms::check(cx, fields, &algorithms, keys.as_ref());
    let leeway = leeway(cx, module, fields);
    Some(JwtAuthn {
        from: source::lower(cx, module, fields),
        issuers: cx.texts(module, fields, "issuer"),
        audiences: audience::lower(cx, module, fields),
        algorithms,
        leeway,
        keys: keys?,
        claims: with_fields(claims, "claims", &standard_claims()),
    })
}

/// Clocks differ by seconds; more only makes stolen tokens last longer.
const LONGEST_LEEWAY: Duration = Duration::from_secs(300);

fn leeway(cx: &mut Cx<'_, '_>, module: usize, fields: &Fields<'_>) -> Duration {
    let leeway = cx.duration(module, fields, "leeway");
    let long = leeway.is_some_and(|l| l > LONGEST_LEEWAY);
    if let Some(expr) = fields.expr("leeway").filter(|_| long) {
        cx.report(
            Diagnostic::new(
                Code::LongLeeway,
                expr.span,
                "expired tokens are accepted for longer than clocks can differ",
            )
            .here("added to the life of every token")
            .help(
                "write `leeway = 30s`; let the issuer give tokens a longer life if they need one",
            ),
        );
    }
    leeway.unwrap_or(Duration::from_secs(30))
}

/// Registered claims (RFC 7519 section 4.1) that a schema need not declare.
fn standard_claims() -> [(&'static str, Field); 6] {
    let text = || Field::optional(Type::String);
    let seconds = || Field::optional(Type::Int);
    [
        ("iss", text()),
        ("sub", text()),
        ("exp", seconds()),
        ("nbf", seconds()),
        ("iat", seconds()),
        ("jti", text()),
    ]
}
