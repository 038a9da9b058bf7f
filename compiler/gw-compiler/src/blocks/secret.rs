//! `secret`: values that never leave their place.

use crate::cx::Cx;
use crate::load::assigned;
use crate::resolve::DeclId;
use crate::shape;
use crate::spec::{BlockSpec, Repeats, Shape, Words};
use gw_graph::{Secret, SecretId, SecretSource};
use gw_syntax::{Code, Diagnostic, ExprKind};

/// `secret`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "secret",
    parents: &["file"],
    usage: "secret NAME = env(\"VARIABLE\") | file(\"PATH\")",
    shape: Shape::of(Words::Name).assigned(),
    doc: "A value that the gateway reads when it loads the policy. It is never formatted, logged, returned or stored in an artifact; it may verify tokens, or be set as a header towards a backend.",
    example: "secret upstream_token = env(\"UPSTREAM_TOKEN\")",
    fields: &[],
    repeats: Repeats::Often,
};

/// The secret of a declaration.
pub(crate) fn lower(cx: &mut Cx<'_, '_>, id: DeclId) -> Option<SecretId> {
    if let Some(done) = cx.lowered.get(&id) {
        return done.map(SecretId);
    }
    cx.lowered.insert(id, None);
    let decl = cx.program.decl(id)?;
    let (name, module, statement) = (decl.name.clone(), decl.module, decl.statement);
    let source = assigned(statement).and_then(|expr| match &expr.kind {
        ExprKind::Call { name, args, .. } => {
            cx.diagnostics.extend(shape::arguments(&name.name, args, 1));
            let text = args.first().and_then(|a| cx.text_of(module, a))?;
            match name.name.as_str() {
                "env" => Some(SecretSource::Env(text)),
                "file" => Some(SecretSource::File(cx.path_from(module, &text))),
                _ => None,
            }
        }
        _ => None,
    });
    let Some(source) = source else {
        cx.report(
            Diagnostic::new(Code::WrongShape, statement.span, format!("secret `{}` has no source", name.name))
                .here("not a source of secrets")
                .help(format!("write `secret {} = env(\"NAME\")` or `file(\"PATH\")`; secrets are never part of a policy", name.name)),
        );
        return None;
    };
    let origin = cx.origin(name.span);
    let secret = SecretId::from_index(cx.graph.secrets.len());
    cx.graph.secrets.push(Secret {
        name: name.name,
        source,
        origin,
    });
    cx.lowered.insert(id, Some(secret.0));
    Some(secret)
}
