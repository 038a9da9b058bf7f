//! Where clients are sent is not theirs to choose (CWE-601): what a request brings must not become the
//! scheme or the host of a `location`. Works on lowered texts; must not know how they are written.

use crate::cx::Cx;
use gw_expr::{FactPath, Function, Ir, Operator, OwnedValue, Type};
use gw_graph::{Segment, SegmentType, Text};
use gw_syntax::{Code, Diagnostic, Span};

/// The finding for a location whose host the client would choose. `path` is that of the route, whose
/// parameters without a type hold any text.
pub(crate) fn check(cx: &mut Cx<'_, '_>, location: &Text, span: Span, path: &[Segment]) {
    let mut pieces = Vec::new();
    flatten(cx, location, &mut pieces);
    let finding = steered(cx, &pieces, path).map(|how| finding(span, how));
    cx.diagnostics.extend(finding);
}

/// How a client chooses the host.
#[derive(Clone, Copy)]
enum How {
    /// The location begins with the client's text, which may be `https://evil.example`.
    Beginning,
    /// The client's text follows one slash, and may begin with another.
    AfterSlash,
    /// The client's text is a part of the host.
    Host,
}

/// A part of a location.
enum Piece<'t> {
    Known(&'t str),
    Computed(&'t Ir),
}

fn flatten<'t>(cx: &'t Cx<'_, '_>, text: &'t Text, out: &mut Vec<Piece<'t>>) {
    match text {
        Text::Constant(text) => out.push(Piece::Known(text)),
        Text::Expr(id) => {
            if let Some(ir) = cx.graph.exprs.get(id.index()) {
                summands(ir, out);
            }
        }
        Text::Template(parts) => parts.iter().for_each(|part| flatten(cx, part, out)),
        Text::Secret(_) => {}
    }
}

/// The parts of a sum of texts.
fn summands<'t>(ir: &'t Ir, out: &mut Vec<Piece<'t>>) {
    match ir {
        Ir::Const(OwnedValue::Str(text)) => out.push(Piece::Known(text)),
        Ir::Operation(Operator::Add, list) => list.iter().for_each(|i| summands(i, out)),
        other => out.push(Piece::Computed(other)),
    }
}

/// Whether what is written so far leaves the host open, and where the next piece would stand.
enum Open {
    Beginning,
    AfterSlash,
    Host,
    Closed,
}

fn open(written: &str) -> Open {
    let authority = |rest: &str| match rest.contains(['/', '?', '#', '\\']) {
        true => Open::Closed,
        false => Open::Host,
    };
    match written.split_once("//") {
        Some((scheme, rest)) if scheme.is_empty() || scheme.ends_with(':') => authority(rest),
        _ if written.is_empty() => Open::Beginning,
        _ if written == "/" => Open::AfterSlash,
        _ => Open::Closed,
    }
}

fn steered(cx: &Cx<'_, '_>, pieces: &[Piece<'_>], path: &[Segment]) -> Option<How> {
    let mut written = String::new();
    for piece in pieces {
        let ir = match piece {
            Piece::Known(text) => {
                written.push_str(text);
                continue;
            }
            Piece::Computed(ir) => ir,
        };
        let source = source(cx, ir, path);
        match (open(&written), source) {
            (Open::Closed, _) => return None,
            (Open::Beginning, Source::Anything) => return Some(How::Beginning),
            (Open::AfterSlash, Source::Anything) => return Some(How::AfterSlash),
            (Open::Host, Source::Anything | Source::Segment) => return Some(How::Host),
            // What the policy's author or an issuer writes may hold all of an address.
            (Open::Beginning, Source::Trusted) => return None,
            (Open::Beginning | Open::AfterSlash | Open::Host, Source::Path) => return None,
            (Open::Beginning | Open::AfterSlash, Source::Segment | Source::Host)
            | (Open::AfterSlash, Source::Trusted) => written.push('x'),
            // Still in the host, whatever it was so far: what was read is not read again.
            (Open::Host, Source::Trusted | Source::Host) => {
                written.clear();
                written.push_str("//x");
            }
        }
    }
    None
}

/// Who writes a value, the freest last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// The policy, an issuer, the gateway: no text of the client's own.
    Trusted,
    /// The host of the request. A client that is sent astray cannot be made to send another one.
    Host,
    /// The path of the request: one slash, then something else.
    Path,
    /// A segment of the path: no slash, but perhaps `#` or `@`.
    Segment,
    /// Whatever the client likes.
    Anything,
}

fn source(cx: &Cx<'_, '_>, ir: &Ir, path: &[Segment]) -> Source {
    let of = |ir: &Ir| source(cx, ir, path);
    let freest = |list: &[&Ir]| {
        let sources = list.iter().map(|ir| of(ir));
        sources.max().unwrap_or(Source::Trusted)
    };
    match ir {
        Ir::Fact(id) => {
            cx.graph
                .facts
                .get(*id)
                .map_or(Source::Trusted, |fact| match fact.ty.base() {
                    Type::String | Type::Dyn | Type::Map(..) | Type::List(_) => {
                        of_fact(&fact.path, path)
                    }
                    _ => Source::Trusted,
                })
        }
        Ir::Select { operand, .. } | Ir::Index { operand, .. } => of(operand),
        Ir::Conditional(parts) => {
            let [_, then, otherwise] = &**parts;
            freest(&[then, otherwise])
        }
        Ir::Coalesce(parts) => {
            let [left, right] = &**parts;
            freest(&[left, right])
        }
        Ir::Switch(switch) => {
            let values = switch.arms.iter().map(|(_, value)| value);
            let values: Vec<&Ir> = values.chain(&switch.otherwise).collect();
            freest(&values)
        }
        Ir::Operation(Operator::Add, list) => freest(&list.iter().collect::<Vec<_>>()),
        Ir::Call(function, args) if gives_text(*function) => {
            // What is cut, joined or decoded may begin with anything.
            match freest(&args.iter().collect::<Vec<_>>()) {
                Source::Trusted => Source::Trusted,
                Source::Host | Source::Path | Source::Segment | Source::Anything => {
                    Source::Anything
                }
            }
        }
        Ir::Let { value, body } => freest(&[value, body]),
        Ir::Comprehension(over) => freest(&[&over.range, &over.body]),
        Ir::List(elements) => freest(&elements.iter().map(|e| &e.value).collect::<Vec<_>>()),
        Ir::Map(entries) => freest(&entries.iter().map(|e| &e.value).collect::<Vec<_>>()),
        Ir::Const(_)
        | Ir::Local(_)
        | Ir::HasField { .. }
        | Ir::Present(_)
        | Ir::Operation(..)
        | Ir::Call(..)
        | Ir::And(_)
        | Ir::Or(_)
        | Ir::Matches { .. }
        | Ir::AnyOf { .. }
        | Ir::Fail(_) => Source::Trusted,
    }
}

/// Whether a function may give a text of its arguments.
fn gives_text(function: Function) -> bool {
    let signatures = function.declaration().signatures;
    signatures.iter().any(|s| {
        let result = s.rsplit(" -> ").next().unwrap_or("");
        !matches!(
            result,
            "int" | "uint" | "double" | "bool" | "duration" | "timestamp"
        )
    })
}

fn of_fact(fact: &FactPath, path: &[Segment]) -> Source {
    let dotted = fact.dotted();
    match dotted.as_str() {
        "request.host" => Source::Host,
        "request.path" => Source::Path,
        "request.method" | "request.id" | "request.scheme" => Source::Trusted,
        _ if fact.root == "request" => Source::Anything,
        _ if fact.root == "path" => of_parameter(dotted.trim_start_matches("path."), path),
        _ => Source::Trusted,
    }
}

/// A parameter with a type of its own holds nothing that ends a host.
fn of_parameter(name: &str, path: &[Segment]) -> Source {
    let free = |segment: &Segment| match segment {
        Segment::Param(param, SegmentType::String) | Segment::Rest(Some(param)) => param == name,
        Segment::Param(..) | Segment::Rest(None) | Segment::Exact(_) | Segment::Any => false,
    };
    match path.iter().any(free) {
        true => Source::Segment,
        false => Source::Trusted,
    }
}

fn finding(span: Span, how: How) -> Diagnostic {
    let (here, help) = match how {
        How::Beginning => (
            "begins with what the client writes, as `https://evil.example`",
            "write the host or a path before it, as `/login?next=…`, and let only the rest come from the request",
        ),
        How::AfterSlash => (
            "what the client writes may begin with a slash: `//evil.example` is another host",
            "write a word after the slash, as `/go/…`, or choose among known places with `switch`",
        ),
        How::Host => (
            "the host comes from the request",
            "write the host, and let only the path come from the request; a parameter of the path needs a type, as `{tenant:slug}`",
        ),
    };
    let message = "the client would choose where it is sent";
    Diagnostic::new(Code::HeaderInjection, span, message)
        .here(here)
        .help(help)
}
