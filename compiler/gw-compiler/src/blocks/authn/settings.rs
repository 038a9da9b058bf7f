//! Which settings belong to which kind of authentication.

use super::SPEC;
use crate::cx::Cx;
use crate::fields::Fields;
use gw_syntax::{Code, Diagnostic, Ident, Statement};

/// The words for kinds of authentication.
const KINDS: [&str; 3] = ["jwt", "api_key", "client_certificate"];

/// Whether the kind is one without settings; an unknown one has a finding of its own.
pub(super) fn are_none(statement: &Statement) -> bool {
    let kind = statement.named_type();
    kind.is_none_or(|(kind, _)| settings(&kind.name).is_empty())
}

/// Which settings each kind has.
fn settings(kind: &str) -> &'static [&'static str] {
    match kind {
        "jwt" => &["issuer", "audience", "algorithms", "leeway", "keys", "from"],
        "api_key" => &["from", "store"],
        _ => &[],
    }
}

/// A setting of another kind would be without effect.
pub(super) fn check(cx: &mut Cx<'_, '_>, fields: &Fields<'_>, statement: &Statement) {
    let Some((kind, _)) = statement.named_type() else {
        return;
    };
    if !KINDS.contains(&kind.name.as_str()) {
        return;
    }
    for field in SPEC.fields {
        let Some(expr) = fields.expr(field.name) else {
            continue;
        };
        if settings(&kind.name).contains(&field.name) {
            continue;
        }
        let owners = KINDS.iter().filter(|k| settings(k).contains(&field.name));
        let owners: Vec<String> = owners.map(|k| format!("`{k}`")).collect();
        let message = format!("`{}` is no setting of `{}`", field.name, kind.name);
        let diagnostic = Diagnostic::new(Code::WrongSetting, expr.span, message)
            .here("would have no effect")
            .because(kind.span, "the kind");
        cx.report(diagnostic.help(format!(
            "it belongs to {}; remove it here",
            owners.join(" and ")
        )));
    }
}

/// The finding for a kind that there is not.
pub(super) fn unknown_kind(word: &Ident) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::UnknownType,
        word.span,
        format!("there is no authentication of kind `{}`", word.name),
    )
    .here("unknown kind");
    match crate::suggest::nearest(&word.name, KINDS) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            word.span,
            near,
        ),
        None => diagnostic
            .help("write `jwt<CLAIMS>` (for OpenID Connect and OAuth tokens), `api_key<RECORD>` or `client_certificate`"),
    }
}
