//! `backend`: named targets.

pub(crate) mod retry;
mod target;

use super::action::constant_key;
use super::table::file_of;
use crate::cx::Cx;
use crate::env::Place;
use crate::fields::Fields;
use crate::host;
use crate::resolve::{DeclId, Kind, header_span};
use crate::shape;
use crate::spec::{BlockSpec, FieldSpec, Repeats, Shape, Words};
use gw_expr::Phase;
use gw_graph::{
    Backend, BackendId, BackendProtocol, BackendTls, Balance, Ejection, HostHeader, Targets,
    Timeouts,
};
use gw_syntax::{Code, Diagnostic, Expr, ExprKind, Part, Statement};
use std::time::Duration;

/// `backend`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "backend",
    parents: &["file"],
    usage: "backend NAME [like NAME] { target = \"URL\" | targets = [\"URL\" [weight N], …] … }",
    shape: Shape::of(Words::Header).block_unless(|s| s.parts.len() > 1),
    doc: "A named target with one or more endpoints. `like` takes over every setting of another backend that is not written here. `echo()` is a built-in backend that answers with a description of the request.",
    example: "backend orders {\n  targets = [\"http://10.1.0.1:8080\" weight 3, \"http://10.1.0.2:8080\"]\n  balance = least_request\n  timeout { connect = 300ms, first_byte = 2s, total = 5s }\n}",
    fields: &[
        FieldSpec::optional("target", "URL | echo()", "the one endpoint"),
        FieldSpec::optional(
            "targets",
            "list of URLs with optional weights",
            "the endpoints",
        ),
        FieldSpec::optional(
            "protocol",
            "auto | http1 | http2",
            "what the endpoints speak",
        )
        .default("auto"),
        FieldSpec::optional(
            "balance",
            "round_robin | least_request | random_of_two | hash(EXPRESSION)",
            "which endpoint takes the next request",
        )
        .default("round_robin"),
        FieldSpec::optional(
            "max_connections",
            "int",
            "most connections to an endpoint, per core",
        )
        .default("1024"),
        FieldSpec::optional(
            "idle_timeout",
            "duration",
            "how long an idle connection is kept",
        )
        .default("60s"),
        FieldSpec::optional(
            "host",
            "keep | target | \"NAME\"",
            "the `Host` that the backend sees",
        )
        .default("keep"),
    ],
    repeats: Repeats::Often,
};

/// `timeout` of a backend
pub(crate) const TIMEOUT: BlockSpec = BlockSpec {
    keyword: "timeout",
    parents: &["backend"],
    usage: "timeout { connect = DURATION, first_byte = DURATION, total = DURATION }",
    shape: Shape::of(Words::None).block(),
    doc: "How long the gateway waits for a backend.",
    example: "timeout { connect = 300ms, first_byte = 2s, total = 5s }",
    fields: &[
        FieldSpec::optional("connect", "duration", "time to connect, TLS included").default("2s"),
        FieldSpec::optional(
            "first_byte",
            "duration",
            "time from the request to the response head",
        )
        .default("30s"),
        FieldSpec::optional(
            "total",
            "duration",
            "time for the whole exchange; without it, none",
        ),
    ],
    repeats: Repeats::Once,
};

/// `ejection` of a backend
pub(crate) const EJECTION: BlockSpec = BlockSpec {
    keyword: "ejection",
    parents: &["backend"],
    usage: "ejection { after = N, rest = DURATION, max_percent = N }",
    shape: Shape::of(Words::None).block(),
    doc: "Passive ejection: an endpoint that fails several times in a row rests for a while.",
    example: "ejection { after = 5, rest = 10s }",
    fields: &[
        FieldSpec::optional("after", "int", "consecutive failures that eject").default("5"),
        FieldSpec::optional(
            "rest",
            "duration",
            "how long the first ejection lasts; doubled each time",
        )
        .default("10s"),
        FieldSpec::optional(
            "max_percent",
            "int",
            "largest share of endpoints that may rest",
        )
        .default("50"),
    ],
    repeats: Repeats::Once,
};

/// `tls` of a backend
pub(crate) const TLS: BlockSpec = BlockSpec {
    keyword: "tls",
    parents: &["backend"],
    usage: "tls { ca = file(\"PATH\"), server_name = \"NAME\" }",
    shape: Shape::of(Words::None).block(),
    doc: "How `https` targets are verified.",
    example: "tls { ca = file(\"ca.pem\") }",
    fields: &[
        FieldSpec::optional(
            "ca",
            "file(\"PATH\")",
            "trusted roots in PEM; the system's without it",
        ),
        FieldSpec::optional(
            "server_name",
            "string",
            "the name to verify instead of the target's",
        ),
    ],
    repeats: Repeats::Once,
};

/// A backend's own fields and those of the backend that it is like, nearest first.
type Layers<'s> = Vec<(usize, Fields<'s>)>;

/// The backend of a declaration.
pub(crate) fn lower(cx: &mut Cx<'_, '_>, id: DeclId) -> Option<BackendId> {
    if let Some(done) = cx.lowered.get(&id) {
        return done.map(BackendId);
    }
    cx.lowered.insert(id, None);
    let decl = cx.program.decl(id)?;
    let (name, header) = (decl.name.clone(), header_span(decl.statement));
    let mut chain = Vec::new();
    let layers = layers(cx, id, &mut chain);
    // Where `like` leads nowhere or a field is misspelt, that is what is wrong about the target.
    let explained = layers.iter().any(|(_, f)| meant_target(f))
        || chain.last().is_some_and(|last| likes(cx, *last));
    if explained && !layers.iter().any(|(_, f)| has_target(f)) {
        return None;
    }
    let targets = target::lower(cx, &layers, &name)?;
    check_tls(cx, &layers, &targets);
    let timeout = timeouts(cx, &layers);
    let retry = retry::lower(cx, &layers, &timeout);
    let backend = Backend {
        targets,
        protocol: protocol(cx, &layers),
        balance: balance(cx, &layers),
        timeout,
        retry,
        ejection: ejection(cx, &layers),
        max_connections: count(cx, &layers, "max_connections", 1024),
        idle_timeout: layered(&layers, "idle_timeout")
            .and_then(|(m, f)| cx.duration(m, f, "idle_timeout"))
            .unwrap_or(Duration::from_secs(60)),
        tls: tls(cx, &layers),
        host: host(cx, &layers),
        origin: cx.origin(header),
        name: name.name,
    };
    let backend_id = BackendId::from_index(cx.graph.backends.len());
    cx.graph.backends.push(backend);
    cx.lowered.insert(id, Some(backend_id.0));
    Some(backend_id)
}

fn has_target(fields: &Fields<'_>) -> bool {
    fields.expr("target").is_some() || fields.expr("targets").is_some()
}

fn meant_target(fields: &Fields<'_>) -> bool {
    fields.was_meant("target") || fields.was_meant("targets")
}

/// Whether the declaration takes over another's settings.
fn likes(cx: &Cx<'_, '_>, id: DeclId) -> bool {
    cx.program
        .decl(id)
        .is_some_and(|d| d.statement.parts.len() > 1)
}

fn layers<'l>(cx: &mut Cx<'_, 'l>, id: DeclId, seen: &mut Vec<DeclId>) -> Layers<'l> {
    let Some(decl) = cx.program.decl(id) else {
        return Vec::new();
    };
    let (name, module, statement) = (decl.name.clone(), decl.module, decl.statement);
    let header = header_span(statement);
    let fields = Fields::read_partly(statement.block.as_deref(), header, &SPEC, cx.diagnostics);
    let mut out = vec![(module, fields)];
    seen.push(id);
    let parent = match statement.parts.as_slice() {
        [_, Part::Word(like), Part::Word(parent)] if like.name == "like" => parent.clone(),
        [_] => return out,
        _ => {
            cx.report(
                Diagnostic::new(
                    Code::WrongShape,
                    header,
                    format!("the header of backend `{}` is wrong", name.name),
                )
                .here("not `backend NAME` or `backend NAME like NAME`")
                .help(format!("write `{}`", SPEC.usage)),
            );
            return out;
        }
    };
    match cx.program.expect(module, &parent, Kind::Backend) {
        Ok(_) if seen.len() >= LONGEST_CHAIN => cx.report(
            Diagnostic::new(
                Code::NestingTooDeep,
                parent.span,
                format!("more than {LONGEST_CHAIN} backends are like each other in a row"),
            )
            .here("too far from the settings")
            .help("be like a backend that states its own settings"),
        ),
        // One finding a circle: that of its first declaration.
        Ok(next) if seen.contains(&next) && seen.iter().min() != seen.first() => {}
        Ok(next) if seen.contains(&next) => cx.report(
            Diagnostic::new(Code::RecursiveDeclaration, parent.span, circle(cx, seen))
                .here("leads back to where it began")
                .help("let one of them state its own settings"),
        ),
        Ok(next) => out.extend(layers(cx, next, seen)),
        Err(diagnostic) => cx.report(*diagnostic),
    }
    out
}

/// Most backends from one to the next by `like`.
const LONGEST_CHAIN: usize = 32;

/// `backends `a` and `b` are like each other`.
fn circle(cx: &Cx<'_, '_>, seen: &[DeclId]) -> String {
    let names: Vec<&str> = seen
        .iter()
        .filter_map(|id| cx.program.decl(*id).map(|d| d.name.name.as_str()))
        .collect();
    match names.as_slice() {
        [one] => format!("backend `{one}` is like itself"),
        all => format!("backends `{}` are like each other", all.join("`, `")),
    }
}

fn layered<'f, 's>(layers: &'f Layers<'s>, name: &str) -> Option<(usize, &'f Fields<'s>)> {
    layers
        .iter()
        .find(|(_, f)| f.expr(name).is_some())
        .map(|(m, f)| (*m, f))
}

fn count(cx: &mut Cx<'_, '_>, layers: &Layers<'_>, name: &str, default: u32) -> u32 {
    let whole =
        layered(layers, name).and_then(|(m, f)| cx.whole(m, f, name, 1..=i64::from(u32::MAX)));
    whole.and_then(|n| u32::try_from(n).ok()).unwrap_or(default)
}

/// The nested block of the nearest layer that has it, read against its description.
fn nested<'s>(
    cx: &mut Cx<'_, '_>,
    layers: &Layers<'s>,
    spec: &BlockSpec,
) -> Option<(usize, Fields<'s>)> {
    let (module, statement): (usize, &'s Statement) = layers
        .iter()
        .find_map(|(m, f)| f.one(spec.keyword).map(|s| (*m, s)))?;
    // In a backend that is like another, an empty block brings back the defaults.
    let empty = statement
        .block
        .as_deref()
        .filter(|b| b.statements.is_empty());
    if let ([_], Some(block)) = (layers.as_slice(), empty)
        && spec.keyword != retry::SPEC.keyword
    {
        cx.report(shape::idle_block(statement, block, spec));
    }
    let fields = Fields::read(
        statement.block.as_deref(),
        statement.head.ident().span,
        spec,
        cx.diagnostics,
    );
    Some((module, fields))
}

fn protocol(cx: &mut Cx<'_, '_>, layers: &Layers<'_>) -> BackendProtocol {
    let words = [
        ("auto", BackendProtocol::Auto),
        ("http1", BackendProtocol::Http1),
        ("http2", BackendProtocol::Http2),
    ];
    let field = layered(layers, "protocol");
    field
        .and_then(|(_, f)| cx.word(f, "protocol", &words))
        .unwrap_or(BackendProtocol::Auto)
}

fn balance(cx: &mut Cx<'_, '_>, layers: &Layers<'_>) -> Balance {
    let Some((module, fields)) = layered(layers, "balance") else {
        return Balance::RoundRobin;
    };
    let Some(expr) = fields.expr("balance") else {
        return Balance::RoundRobin;
    };
    if let ExprKind::Call { name, args, .. } = &expr.kind
        && let ("hash", Some(key)) = (name.name.as_str(), args.first())
    {
        cx.diagnostics.extend(shape::arguments("hash", args, 1));
        let place = Place::constant(module).at(Phase::Forward);
        let Some(checked) = cx.check_any(key, &place) else {
            return Balance::RoundRobin;
        };
        if checked.ir.facts().is_empty() {
            let help = "write what differs, such as `source.ip` or `request.path`, or choose `round_robin`";
            cx.report(constant_key(key.span, help).here("they all go to one target"));
        }
        return Balance::Hash(cx.intern(checked.ir));
    }
    let words = [
        ("round_robin", Balance::RoundRobin),
        ("least_request", Balance::LeastRequest),
        ("random_of_two", Balance::RandomOfTwo),
    ];
    cx.word_of(expr, "balance", &words)
        .unwrap_or(Balance::RoundRobin)
}

fn timeouts(cx: &mut Cx<'_, '_>, layers: &Layers<'_>) -> Timeouts {
    let default = Timeouts::default();
    let Some((module, f)) = nested(cx, layers, &TIMEOUT) else {
        return default;
    };
    let timeouts = Timeouts {
        connect: cx
            .time(module, &f, "connect", "write a duration such as `2s`")
            .unwrap_or(default.connect),
        first_byte: cx
            .time(module, &f, "first_byte", "write a duration such as `30s`")
            .unwrap_or(default.first_byte),
        total: cx.time(
            module,
            &f,
            "total",
            "write a duration such as `30s`, or leave `total` out for no end",
        ),
    };
    let longer = [
        ("connect", timeouts.connect),
        ("first_byte", timeouts.first_byte),
    ];
    let written = longer
        .iter()
        .find(|(n, d)| f.expr(n).is_some() && timeouts.total.is_some_and(|t| *d > t));
    if let (Some((name, _)), Some(total)) = (written, f.expr("total")) {
        let span = f.expr(name).map_or(f.span, |e| e.span);
        cx.report(
            Diagnostic::new(
                Code::TimeoutInversion,
                span,
                format!("`{name}` is longer than `total`"),
            )
            .here("can never be reached")
            .because(total.span, "the whole exchange ends here")
            .help(format!("make `total` longer, or `{name}` shorter")),
        );
    }
    timeouts
}

fn ejection(cx: &mut Cx<'_, '_>, layers: &Layers<'_>) -> Ejection {
    let default = Ejection::default();
    let Some((module, f)) = nested(cx, layers, &EJECTION) else {
        return default;
    };
    let after = cx
        .whole(module, &f, "after", 1..=1_000_000)
        .and_then(|n| u32::try_from(n).ok());
    let percent = cx
        .whole(module, &f, "max_percent", 0..=100)
        .and_then(|n| u8::try_from(n).ok());
    Ejection {
        after: after.unwrap_or(default.after),
        rest: cx.duration(module, &f, "rest").unwrap_or(default.rest),
        max_percent: percent.unwrap_or(default.max_percent),
    }
}

/// A finding where the backend states how TLS is verified, and no target speaks it.
fn check_tls(cx: &mut Cx<'_, '_>, layers: &Layers<'_>, targets: &Targets) {
    let own = layers.first().and_then(|(_, fields)| fields.one("tls"));
    let plain = match targets {
        Targets::Echo => true,
        Targets::Fixed(list) => !list.iter().any(|t| t.tls),
    };
    if let Some(statement) = own.filter(|_| plain) {
        cx.report(
            Diagnostic::new(
                Code::IdleTls,
                statement.span,
                "no target of this backend is reached over TLS",
            )
            .here("has no effect")
            .help("write `https://` in the target, or remove this block"),
        );
    }
}

fn tls(cx: &mut Cx<'_, '_>, layers: &Layers<'_>) -> BackendTls {
    let Some((module, f)) = nested(cx, layers, &TLS) else {
        return BackendTls::default();
    };
    BackendTls {
        ca: file_of(cx, module, &f, "ca"),
        server_name: server_name(cx, module, &f),
    }
}

/// The name that a certificate must be for: as it goes into the handshake (RFC 6066 section 3), or an
/// address, which does not.
fn server_name(cx: &mut Cx<'_, '_>, module: usize, fields: &Fields<'_>) -> Option<String> {
    let expr = fields.expr("server_name")?;
    let text = cx.text_of(module, expr)?;
    if host::is_name(&text) || host::is_address(&text) {
        return Some(text);
    }
    let message = format!("`{}` is not the name of a server", text.escape_debug());
    let found = Diagnostic::new(Code::BadHost, expr.span, message)
        .here("no certificate can be for it")
        .help("write one name such as `\"api.internal\"`, without scheme, port, wildcard or blank");
    let bare = host::bare(&text);
    let unique = expr.as_text().is_some() && host::is_name(bare);
    cx.report(match unique {
        true => found.fix(format!("write `{bare}`"), expr.span, format!("\"{bare}\"")),
        false => found,
    });
    None
}

/// Whether a text is a host, with a port or without; a finding where it is none.
fn check_host(cx: &mut Cx<'_, '_>, expr: &Expr, text: &str) -> bool {
    let fits = host::authority(text).is_some();
    if !fits {
        let message = format!("`{}` is not a host", text.escape_debug());
        cx.report(
            Diagnostic::new(Code::BadHost, expr.span, message)
                .here("not a name or address, with a port or without")
                .help("write `\"api.example.com\"`, or `keep` or `target`"),
        );
    }
    fits
}

fn host(cx: &mut Cx<'_, '_>, layers: &Layers<'_>) -> HostHeader {
    let Some((module, fields)) = layered(layers, "host") else {
        return HostHeader::Keep;
    };
    match fields.expr("host").map(|e| (e, &e.kind)) {
        Some((_, ExprKind::Name { name, .. })) if name == "keep" => HostHeader::Keep,
        Some((_, ExprKind::Name { name, .. })) if name == "target" => HostHeader::Target,
        Some((expr, _)) => cx
            .text_of(module, expr)
            .filter(|text| check_host(cx, expr, text))
            .map_or(HostHeader::Keep, HostHeader::Fixed),
        None => HostHeader::Keep,
    }
}
