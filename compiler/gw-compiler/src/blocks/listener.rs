//! `listener`: addresses that the gateway accepts connections on.

use super::table::file_of;
use crate::cx::{Cx, items};
use crate::fields::Fields;
use crate::resolve::{DeclId, Kind, header_span};
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_expr::{OwnedValue, Type};
use gw_graph::{
    Certificate, ClientTls, HttpSettings, Listener, ListenerId, ListenerTls, TlsVersion,
};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Literal, Statement};
use ipnet::IpNet;

/// `listener`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "listener",
    parents: &["file"],
    usage: "listener NAME { bind = \"[HOST]:PORT\" [tls { … }] [http { … }] }",
    shape: Shape::of(Words::Name).block(),
    doc: "An address that the gateway accepts connections on. Services and routes are served on every listener unless they name some.",
    example: "listener edge { bind = \":8080\" }",
    fields: &[FieldSpec::required(
        "bind",
        "string",
        "`host:port`; an empty host means every address, port 0 lets the system choose",
    )],
    repeats: Repeats::Often,
};

/// `tls` of a listener
pub(crate) const TLS: BlockSpec = BlockSpec {
    keyword: "tls",
    parents: &["listener"],
    usage: "tls { cert = file(\"PATH\"), key = file(\"PATH\") [min = \"1.2\" | \"1.3\"] [certificate { … }] [client { … }] }",
    shape: Shape::of(Words::None).block(),
    doc: "Serves TLS. Further `certificate` blocks are chosen by the server name that the client asks for (SNI).",
    example: "tls { cert = file(\"/etc/gw/tls.crt\"), key = file(\"/etc/gw/tls.key\"), min = \"1.2\" }",
    fields: &[
        FieldSpec::required(
            "cert",
            "file(\"PATH\")",
            "certificate chain in PEM, leaf first",
        ),
        FieldSpec::required("key", "file(\"PATH\")", "private key in PEM"),
        FieldSpec::optional("min", "\"1.2\" | \"1.3\"", "lowest protocol version")
            .default("\"1.2\""),
    ],
    repeats: Repeats::Once,
};

/// `certificate` of `tls`
pub(crate) const CERTIFICATE: BlockSpec = BlockSpec {
    keyword: "certificate",
    parents: &["tls"],
    usage: "certificate { cert = file(\"PATH\"), key = file(\"PATH\") }",
    shape: Shape::of(Words::None).block(),
    doc: "A further certificate, chosen by SNI.",
    example: "certificate { cert = file(\"b.crt\"), key = file(\"b.key\") }",
    fields: &[
        FieldSpec::required(
            "cert",
            "file(\"PATH\")",
            "certificate chain in PEM, leaf first",
        ),
        FieldSpec::required("key", "file(\"PATH\")", "private key in PEM"),
    ],
    repeats: Repeats::Often,
};

/// `client` of `tls`
pub(crate) const CLIENT: BlockSpec = BlockSpec {
    keyword: "client",
    parents: &["tls"],
    usage: "client { ca = file(\"PATH\") [crl = file(\"PATH\")] [required = false] }",
    shape: Shape::of(Words::None).block(),
    doc: "Asks clients for certificates (mutual TLS). One that does not come from these authorities, is out of its time or revoked, ends the handshake. `authn NAME: client_certificate` makes it an identity.",
    example: "client { ca = file(\"clients.pem\"), required = false }",
    fields: &[
        FieldSpec::required(
            "ca",
            "file(\"PATH\")",
            "the authorities that issue them, in PEM",
        ),
        FieldSpec::optional(
            "crl",
            "file(\"PATH\")",
            "their revocation lists, in PEM; an expired list lets nobody in",
        ),
        FieldSpec::optional(
            "required",
            "bool",
            "whether a client without a certificate is refused by the handshake",
        )
        .default("true"),
    ],
    repeats: Repeats::Once,
};

/// `http` of a listener
pub(crate) const HTTP: BlockSpec = BlockSpec {
    keyword: "http",
    parents: &["listener"],
    usage: "http { max_body = SIZE, header_timeout = DURATION, … }",
    shape: Shape::of(Words::None).block().idle_if_empty(),
    doc: "Limits and timeouts of the HTTP connections of a listener.",
    example: "http { max_body = 2MiB, header_timeout = 5s, trusted_proxies = [10.0.0.0/8] }",
    fields: &[
        FieldSpec::optional("max_body", "size", "largest request body").default("10MiB"),
        FieldSpec::optional("max_head", "size", "largest request head").default("64KiB"),
        FieldSpec::optional("max_headers", "int", "most header fields of a request").default("100"),
        FieldSpec::optional(
            "header_timeout",
            "duration",
            "time for a whole request head",
        )
        .default("10s"),
        FieldSpec::optional(
            "body_timeout",
            "duration",
            "longest pause of a client that sends a body or takes a response",
        )
        .default("30s"),
        FieldSpec::optional(
            "idle_timeout",
            "duration",
            "how long an idle connection stays open",
        )
        .default("75s"),
        FieldSpec::optional("max_connections", "int", "most open connections").default("100000"),
        FieldSpec::optional("max_streams", "int", "most streams of an HTTP/2 connection")
            .default("256"),
        FieldSpec::optional(
            "trusted_proxies",
            "list of networks",
            "peers whose `Forwarded` and `X-Forwarded-For` are believed",
        )
        .default("[]"),
        FieldSpec::optional("http2", "bool", "whether HTTP/2 is spoken").default("true"),
    ],
    repeats: Repeats::Once,
};

/// The listener of a declaration.
pub(crate) fn lower(cx: &mut Cx<'_, '_>, id: DeclId) -> Option<ListenerId> {
    if let Some(done) = cx.lowered.get(&id) {
        return done.map(ListenerId);
    }
    cx.lowered.insert(id, None);
    cx.program.mark_used(id);
    let decl = cx.program.decl(id)?;
    let (name, module, statement) = (decl.name.clone(), decl.module, decl.statement);
    let header = header_span(statement);
    let fields = Fields::read(statement.block.as_deref(), header, &SPEC, cx.diagnostics);
    let http = fields
        .one("http")
        .map(|s| http(cx, module, s))
        .unwrap_or_default();
    let tls = match fields.one("tls") {
        Some(statement) => Some(tls(cx, module, statement)?),
        None => None,
    };
    let bind = bind(cx, module, &fields)?;
    let clash = cx
        .graph
        .listeners
        .iter()
        .find(|l| l.bind == bind && !bind.ends_with(":0"));
    if let Some(other) = clash.map(|l| l.name.clone()) {
        let diagnostic = Diagnostic::new(
            Code::ListenerConflict,
            fields.expr("bind").map_or(header, |e| e.span),
            format!("listeners `{other}` and `{}` both bind `{bind}`", name.name),
        )
        .here("this address is taken")
        .help("give one of them another port");
        let mut all = cx.program.included(Kind::Listener);
        let first = all.find(|(_, d)| d.name.name == other);
        let first = first.map(|(_, d)| d.name.span);
        drop(all);
        cx.report(match first {
            Some(span) => diagnostic.because(span, format!("by `{other}`")),
            None => diagnostic,
        });
    }
    let origin = cx.origin(header);
    let listener = ListenerId::from_index(cx.graph.listeners.len());
    cx.graph.listeners.push(Listener {
        name: name.name,
        bind,
        tls,
        http,
        origin,
    });
    cx.lowered.insert(id, Some(listener.0));
    Some(listener)
}

fn only_port(expr: &Expr, port: i64) -> Diagnostic {
    let address = format!("\":{port}\"");
    let message = "an address to listen on is a text with a colon";
    Diagnostic::new(Code::BadTarget, expr.span, message)
        .here("a port alone")
        .help(format!("write `{address}`"))
        .fix(format!("write `{address}`"), expr.span, address)
}

fn bind(cx: &mut Cx<'_, '_>, module: usize, fields: &Fields<'_>) -> Option<String> {
    if let Some(expr) = fields.expr("bind")
        && let ExprKind::Literal(Literal::Int(port)) = expr.kind
    {
        cx.report(only_port(expr, port));
        return None;
    }
    let bind = cx.text(module, fields, "bind")?;
    let valid = bind.rsplit_once(':').is_some_and(|(host, port)| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        port.parse::<u16>().is_ok()
            && (bare.is_empty() || bare.parse::<std::net::IpAddr>().is_ok() || bare == "localhost")
    });
    if !valid {
        let span = fields.expr("bind").map_or(fields.span, |e| e.span);
        cx.report(
            Diagnostic::new(
                Code::BadTarget,
                span,
                format!("`{bind}` is not an address to listen on"),
            )
            .here(match bind.rsplit_once(':') {
                Some((_, port)) if port.parse::<u32>().is_ok() && port.parse::<u16>().is_err() => {
                    "ports end at 65535"
                }
                Some(_) | None => "not `host:port`",
            })
            .help("write `\":8080\"`, `\"127.0.0.1:8080\"` or `\"[::1]:8080\"`"),
        );
        return None;
    }
    Some(bind)
}

fn tls(cx: &mut Cx<'_, '_>, module: usize, statement: &Statement) -> Option<ListenerTls> {
    let span = statement.head.ident().span;
    let fields = Fields::read(statement.block.as_deref(), span, &TLS, cx.diagnostics);
    let versions = [("1.2", TlsVersion::V12), ("1.3", TlsVersion::V13)];
    let min_version = match fields.expr("min") {
        Some(expr) => cx.word_of(expr, "min", &versions)?,
        None => TlsVersion::V12,
    };
    let mut certificates = Vec::new();
    certificates.extend(certificate(cx, module, &fields));
    for nested in fields.all("certificate") {
        let span = nested.head.ident().span;
        let fields = Fields::read(nested.block.as_deref(), span, &CERTIFICATE, cx.diagnostics);
        certificates.extend(certificate(cx, module, &fields));
    }
    let client = match fields.one("client") {
        Some(statement) => Some(client(cx, module, statement)?),
        None => None,
    };
    (!certificates.is_empty()).then_some(ListenerTls {
        certificates,
        min_version,
        client,
    })
}

fn client(cx: &mut Cx<'_, '_>, module: usize, statement: &Statement) -> Option<ClientTls> {
    let span = statement.head.ident().span;
    let fields = Fields::read(statement.block.as_deref(), span, &CLIENT, cx.diagnostics);
    let crl = match fields.expr("crl") {
        Some(_) => Some(file_of(cx, module, &fields, "crl")?),
        None => None,
    };
    Some(ClientTls {
        ca: file_of(cx, module, &fields, "ca")?,
        crl,
        required: cx.flag(module, &fields, "required").unwrap_or(true),
    })
}

fn certificate(cx: &mut Cx<'_, '_>, module: usize, fields: &Fields<'_>) -> Option<Certificate> {
    let cert = file_of(cx, module, fields, "cert")?;
    let key = file_of(cx, module, fields, "key")?;
    Some(Certificate { cert, key })
}

fn http(cx: &mut Cx<'_, '_>, module: usize, statement: &Statement) -> HttpSettings {
    let span = statement.head.ident().span;
    let f = Fields::read(statement.block.as_deref(), span, &HTTP, cx.diagnostics);
    let d = HttpSettings::default();
    let count = |cx: &mut Cx<'_, '_>, name: &str, default: u32| {
        let whole = cx.whole(module, &f, name, 1..=i64::from(u32::MAX));
        whole.and_then(|n| u32::try_from(n).ok()).unwrap_or(default)
    };
    HttpSettings {
        max_body: cx
            .whole(module, &f, "max_body", 0..=i64::MAX)
            .unwrap_or(d.max_body),
        max_head: cx
            .whole(module, &f, "max_head", 1024..=1 << 24)
            .unwrap_or(d.max_head),
        max_headers: count(cx, "max_headers", d.max_headers),
        header_timeout: cx
            .time(
                module,
                &f,
                "header_timeout",
                "write a duration such as `10s`",
            )
            .unwrap_or(d.header_timeout),
        body_timeout: cx
            .time(module, &f, "body_timeout", "write a duration such as `30s`")
            .unwrap_or(d.body_timeout),
        idle_timeout: cx
            .duration(module, &f, "idle_timeout")
            .unwrap_or(d.idle_timeout),
        max_connections: count(cx, "max_connections", d.max_connections),
        max_streams: count(cx, "max_streams", d.max_streams),
        trusted_proxies: networks(cx, module, &f, "trusted_proxies"),
        http2: cx.flag(module, &f, "http2").unwrap_or(d.http2),
    }
}

/// A list of networks; an address stands for itself.
fn networks(cx: &mut Cx<'_, '_>, module: usize, fields: &Fields<'_>, name: &str) -> Vec<IpNet> {
    let Some(expr) = fields.expr(name) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for item in items(expr) {
        let is_address = matches!(
            item.kind,
            gw_syntax::ExprKind::Literal(gw_syntax::Literal::Ip(_))
        );
        let ty = if is_address { Type::Ip } else { Type::Cidr };
        match cx.constant(module, item, &ty) {
            Some(OwnedValue::Cidr(net)) => out.push(net),
            Some(OwnedValue::Ip(ip)) => out.push(IpNet::from(ip)),
            Some(_) | None => {}
        }
    }
    out
}
