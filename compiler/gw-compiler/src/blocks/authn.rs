//! `authn` at the top level: ways to establish an identity.

mod audience;
mod keys;

use crate::cx::{Cx, items};
use crate::fields::Fields;
use crate::resolve::{DeclId, Kind, header_span};
use crate::shape;
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_expr::{Field, RecordType, Type};
use gw_graph::{
    ApiKeyAuthn, Authn, AuthnId, AuthnKind, ClientCertificateAuthn, CredentialSource, JwtAlgorithm,
    JwtAuthn, KeySource, header_name,
};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Ident, Statement, TypeExpr};
use smol_str::SmolStr;
use std::sync::Arc;
use std::time::Duration;

/// `authn` at the top level
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "authn",
    parents: &["file"],
    usage: "authn NAME: jwt<CLAIMS> { … } | authn NAME: api_key<RECORD> { … } | authn NAME: client_certificate",
    shape: Shape::of(Words::Name)
        .typed()
        .block_unless(needs_no_settings),
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

/// The words for kinds of authentication.
const KINDS: [&str; 3] = ["jwt", "api_key", "client_certificate"];

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

/// The type of `certificate`: what is read of a client's certificate (RFC 5280 section 4.1.2).
pub fn certificate() -> RecordType {
    let texts = || Field::new(Type::list(Type::String));
    let fields = [
        ("subject", Field::new(Type::String)),
        ("issuer", Field::new(Type::String)),
        ("common_name", Field::optional(Type::String)),
        ("serial", Field::new(Type::String)),
        ("fingerprint", Field::new(Type::String)),
        ("not_before", Field::new(Type::Timestamp)),
        ("not_after", Field::new(Type::Timestamp)),
        ("uri", texts()),
        ("dns", texts()),
        ("email", texts()),
        ("ip", Field::new(Type::list(Type::Ip))),
    ];
    let fields = fields.map(|(name, field)| (SmolStr::new_static(name), field));
    RecordType::new("certificate", fields)
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
    check_settings(cx, &fields, statement);
    let kind = match statement.named_type() {
        Some((word, args)) => match word.name.as_str() {
            "jwt" => AuthnKind::Jwt(jwt(cx, module, &fields, args.first())?),
            "api_key" => AuthnKind::ApiKey(api_key(cx, module, &fields, args.first())?),
            "client_certificate" => AuthnKind::ClientCertificate(ClientCertificateAuthn {
                certificate: Type::record(certificate()),
            }),
            _ => {
                cx.report(unknown_kind(word));
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

/// Whether the kind is one without settings; an unknown one has a finding of its own.
fn needs_no_settings(statement: &Statement) -> bool {
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
fn check_settings(cx: &mut Cx<'_, '_>, fields: &Fields<'_>, statement: &Statement) {
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

fn unknown_kind(word: &Ident) -> Diagnostic {
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

fn jwt(
    cx: &mut Cx<'_, '_>,
    module: usize,
    fields: &Fields<'_>,
    claims: Option<&TypeExpr>,
) -> Option<JwtAuthn> {
    let claims = match claims {
        Some(written) => super::schema::resolve(cx, module, written)?,
        None => Type::record(RecordType::new("claims", Vec::<(SmolStr, Field)>::new())),
    };
    let algorithms = algorithms(cx, fields);
    let keys = keys::lower(cx, module, fields);
    check_algorithms(cx, fields, &algorithms, keys.as_ref());
    let leeway = leeway(cx, module, fields);
    Some(JwtAuthn {
        from: sources(cx, module, fields),
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

fn algorithms(cx: &mut Cx<'_, '_>, fields: &Fields<'_>) -> Vec<JwtAlgorithm> {
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
fn check_algorithms(
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

fn api_key(
    cx: &mut Cx<'_, '_>,
    module: usize,
    fields: &Fields<'_>,
    record: Option<&TypeExpr>,
) -> Option<ApiKeyAuthn> {
    let Some(expr) = fields.expr("store") else {
        cx.report(
            Diagnostic::new(Code::MissingField, fields.span, "this authn has no `store`")
                .here("`store` is missing")
                .help("add `store = TABLE` with a `table TABLE: map<hash, RECORD>`"),
        );
        return None;
    };
    let ExprKind::Name { name, .. } = &expr.kind else {
        cx.report(
            Diagnostic::new(
                Code::WrongArguments,
                expr.span,
                "`store` takes the name of a table",
            )
            .here("not a name")
            .help("write the name of a `table`"),
        );
        return None;
    };
    let ident = Ident {
        name: name.clone(),
        span: expr.span,
    };
    let id = match cx.program.expect(module, &ident, Kind::Table) {
        Ok(id) => id,
        Err(diagnostic) => {
            cx.report(*diagnostic);
            return None;
        }
    };
    let table = super::table::lower(cx, id)?;
    if let Some(written) = record {
        let wanted = super::schema::resolve(cx, module, written)?;
        let held = cx.graph.tables.get(table.index()).map(|t| t.value.clone());
        if held.as_ref() != Some(&wanted) {
            cx.report(
                Diagnostic::new(
                    Code::TypeMismatch,
                    written.span,
                    format!("table `{}` does not hold {wanted}", ident.name),
                )
                .here(format!("this says {wanted}"))
                .because(expr.span, "this table holds another type")
                .help("name the record type of the table"),
            );
        }
    }
    Some(ApiKeyAuthn {
        from: sources(cx, module, fields),
        table,
    })
}

fn sources(cx: &mut Cx<'_, '_>, module: usize, fields: &Fields<'_>) -> Vec<CredentialSource> {
    let Some(expr) = fields.expr("from") else {
        return vec![CredentialSource::Bearer];
    };
    items(expr)
        .into_iter()
        .filter_map(|e| source(cx, module, e))
        .collect()
}

fn source(cx: &mut Cx<'_, '_>, module: usize, expr: &Expr) -> Option<CredentialSource> {
    match &expr.kind {
        ExprKind::Name { name, .. } if name == "bearer" => return Some(CredentialSource::Bearer),
        ExprKind::Call { name, args, .. } => {
            cx.diagnostics.extend(shape::arguments(&name.name, args, 1));
            let text = args.first().and_then(|a| cx.text_of(module, a));
            match (name.name.as_str(), text) {
                ("bearer", None) => return Some(CredentialSource::Bearer),
                ("header", Some(n)) => {
                    if let Some(name) = header_name(&n) {
                        return Some(CredentialSource::Header(name));
                    }
                    let message = format!("`{}` is not a header name", n.escape_debug());
                    cx.report(
                        Diagnostic::new(Code::HeaderInjection, expr.span, message)
                            .here("no request can have such a header")
                            .help("header names are letters, digits and `-`, as `header(\"x-api-key\")`"),
                    );
                    return None;
                }
                ("cookie", Some(n)) => return Some(CredentialSource::Cookie(n.into())),
                ("query", Some(n)) => {
                    cx.report(
                        Diagnostic::new(
                            Code::KeyInQuery,
                            expr.span,
                            "a credential in the query ends up in logs and histories",
                        )
                        .here("read from the query")
                        .help("prefer `bearer` or `header(\"…\")`"),
                    );
                    return Some(CredentialSource::Query(n.into()));
                }
                _ => {}
            }
        }
        _ => {}
    }
    cx.report(
        Diagnostic::new(
            Code::WrongArguments,
            expr.span,
            "this is not a place for credentials",
        )
        .here("not a place in a request")
        .help("write `bearer`, `header(\"x-api-key\")`, `query(\"…\")` or `cookie(\"…\")`"),
    );
    None
}
