//! `algorithms`: what tokens may be signed with.

use crate::cx::{Cx, items};
use crate::fields::Fields;
use gw_graph::{JwtAlgorithm, KeySource};
use gw_syntax::{Code, Diagnostic};

const ALGORITHMS: &[(&str, JwtAlgorithm)] = &[
    ("HS256", JwtAlgorithm::HS256),
    ("HS384", JwtAlgorithm::HS384),
    ("HS512", JwtAlgorithm::HS512),
    ("RS256", JwtAlgorithm::RS256),
    ("RS384", JwtAlgorithm::RS384),
    ("RS512", JwtAlgorithm::RS512),
    ("PS256", JwtAlgorithm::PS256),
    ("PS384", JwtAlgorithm::PS384),
    ("PS512", JwtAlgorithm::PS512),
    ("ES256", JwtAlgorithm::ES256),
    ("ES384", JwtAlgorithm::ES384),
    ("ES512", JwtAlgorithm::ES512),
    ("EdDSA", JwtAlgorithm::EdDSA),
];

/// The algorithms that are stated; a finding where none is.
pub(super) fn lower(cx: &mut Cx<'_, '_>, fields: &Fields<'_>) -> Vec<JwtAlgorithm> {
    let Some(expr) = fields.expr("algorithms") else {
        cx.report(
            Diagnostic::new(Code::RiskyJwt, fields.span, "the accepted algorithms are not stated")
                .here("`algorithms` is missing")
                .help("list what your issuer signs with, as `algorithms = [RS256]`; a token must not choose for itself"),
        );
        return Vec::new();
    };
    if items(expr).is_empty() {
        cx.report(
            Diagnostic::new(Code::RiskyJwt, expr.span, "no algorithm is accepted")
                .here("every token would be refused")
                .help("list what your issuer signs with, as `algorithms = [RS256]`"),
        );
    }
    items(expr)
        .into_iter()
        .filter_map(|e| cx.word_of(e, "algorithms", ALGORITHMS))
        .collect()
}

/// A shared secret goes with HS algorithms only, and public keys never do: mixing them lets a
/// public key be used as a secret (RFC 8725 section 2.1).
pub(super) fn check(
    cx: &mut Cx<'_, '_>,
    fields: &Fields<'_>,
    algorithms: &[JwtAlgorithm],
    keys: Option<&KeySource>,
) {
    let shared = matches!(keys, Some(KeySource::Secret(_)));
    let is_hs = |a: &JwtAlgorithm| {
        matches!(
            a,
            JwtAlgorithm::HS256 | JwtAlgorithm::HS384 | JwtAlgorithm::HS512
        )
    };
    let span = fields.expr("algorithms").map_or(fields.span, |e| e.span);
    let (symmetric, other) = (
        algorithms.iter().any(is_hs),
        algorithms.iter().any(|a| !is_hs(a)),
    );
    if symmetric && other {
        cx.report(
            Diagnostic::new(
                Code::RiskyJwt,
                span,
                "shared-secret and public-key algorithms are mixed",
            )
            .here("a public key could be taken for a secret")
            .help("declare two `authn` blocks and combine them with `any_of`"),
        );
    } else if shared && other {
        cx.report(
            Diagnostic::new(
                Code::RiskyJwt,
                span,
                "a secret cannot verify public-key signatures",
            )
            .here("these need public keys")
            .help("use `algorithms = [HS256]`, or `keys = remote(…)` or `file(…)`"),
        );
    }
}
