//! `authn` at the top level: ways to establish an identity.

mod algorithms;
mod api_key;
mod audience;
mod certificate;
mod jwt;
mod keys;
mod settings;
mod source;

pub use certificate::certificate;

use crate::cx::Cx;
use crate::fields::Fields;
use crate::resolve::{DeclId, header_span};
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_expr::{Field, RecordType, Type};
use gw_graph::{Authn, AuthnId, AuthnKind, ClientCertificateAuthn};
use gw_syntax::{Code, Diagnostic};
use smol_str::SmolStr;
use std::sync::Arc;

/// `authn` at the top level
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "authn",
    parents: &["file"],
    usage: "authn NAME: jwt<CLAIMS> { … } | authn NAME: api_key<RECORD> { … } | authn NAME: client_certificate",
    shape: Shape::of(Words::Name)
        .typed()
        .block_unless(settings::are_none),
    doc: "A way to establish who is calling. `jwt` verifies JSON Web Tokens and yields `jwt`, the claims; `api_key` looks keys up in a table and yields `key`, the record; `client_certificate` takes the certificate that the listener's `tls { client { … } }` verified and yields `certificate`.",
    example: "authn idp: jwt<Claims> {\n  issuer = \"https://idp.shop.example\", audience = \"shop\", algorithms = [RS256, ES256]\n  keys = remote(\"https://idp.shop.example/jwks.json\", refresh = 10m, stale_ok = 1h)\n}",
    fields: &[
        FieldSpec::optional("issuer", "string or list", "accepted `iss` (jwt)"),
        FieldSpec::optional("audience", "string or list", "accepted `aud` (jwt)"),
        FieldSpec::optional("algorithms", "list of algorithms", "accepted `alg` (jwt)"),
        FieldSpec::optional("leeway", "duration", "allowed clock difference (jwt)").default("30s"),
        FieldSpec::optional(
            "keys",
            "remote(URL, refresh = …, stale_ok = …) | file(PATH) | jwks(TEXT) | SECRET",
            "where verification keys come from (jwt)",
        ),
        FieldSpec::optional(
            "from",
            "bearer | header(NAME) | query(NAME) | cookie(NAME) | a list of these",
            "where the credential is read",
        )
        .default("bearer"),
        FieldSpec::optional("store", "table", "the table of keys (api_key)"),
    ],
    repeats: Repeats::Often,
};

/// The type of what an authentication yields.
pub(crate) fn yielded(authn: &Authn, tables: &[gw_graph::Table]) -> Type {
    match &authn.kind {
        AuthnKind::Jwt(jwt) => jwt.claims.clone(),
        AuthnKind::ApiKey(key) => with_fields(
            tables
                .get(key.table.index())
                .map_or(Type::Error, |t| t.value.clone()),
            "key",
            &[("id", Field::new(Type::String))],
        ),
        AuthnKind::ClientCertificate(client) => client.certificate.clone(),
    }
}

/// The authentication of a declaration.
pub(crate) fn lower(cx: &mut Cx<'_, '_>, id: DeclId) -> Option<AuthnId> {
    if let Some(done) = cx.lowered.get(&id) {
        return done.map(AuthnId);
    }
    cx.lowered.insert(id, None);
    let decl = cx.program.decl(id)?;
    let (name, module, statement) = (decl.name.clone(), decl.module, decl.statement);
    let header = header_span(statement);
    let fields = Fields::read(statement.block.as_deref(), header, &SPEC, cx.diagnostics);
    settings::check(cx, &fields, statement);
    let kind = match statement.named_type() {
        Some((word, args)) => match word.name.as_str() {
            "jwt" => AuthnKind::Jwt(jwt::lower(cx, module, &fields, args.first())?),
            "api_key" => AuthnKind::ApiKey(api_key::lower(cx, module, &fields, args.first())?),
            "client_certificate" => AuthnKind::ClientCertificate(ClientCertificateAuthn {
                certificate: Type::record(certificate()),
            }),
            _ => {
                cx.report(settings::unknown_kind(word));
                return None;
            }
        },
        _ => {
            cx.report(
                Diagnostic::new(
                    Code::WrongShape,
                    header,
                    format!("authn `{}` has no kind", name.name),
                )
                .here("the kind is missing")
                .help(format!(
                    "write `authn {0}: jwt<CLAIMS> {{ … }}`, `authn {0}: api_key<RECORD> {{ … }}` or `authn {0}: client_certificate`",
                    name.name
                )),
            );
            return None;
        }
    };
    let origin = cx.origin(header);
    let authn = AuthnId::from_index(cx.graph.authns.len());
    cx.graph.authns.push(Authn {
        name: name.name,
        kind,
        origin,
    });
    cx.lowered.insert(id, Some(authn.0));
    Some(authn)
}

/// A record with more fields, where it does not declare them; named if it has no name.
fn with_fields(ty: Type, name: &str, more: &[(&str, Field)]) -> Type {
    let mut record = match &ty {
        Type::Record(record) => RecordType::clone(record),
        _ => return ty,
    };
    if record.name.is_empty() {
        record.name = name.into();
    }
    for (field, value) in more {
        record
            .fields
            .entry(SmolStr::new(field))
            .or_insert_with(|| value.clone());
    }
    Type::Record(Arc::new(record))
}
