//! Names of headers in edits, and what is said of those that no edit may have.

use gw_graph::{HeaderPattern, is_framing, is_header_name};
use gw_syntax::{Code, Diagnostic, Span};
use smol_str::SmolStr;

/// The one header of this name, in lower case.
pub(super) fn one(text: &str, span: Span) -> Result<SmolStr, Box<Diagnostic>> {
    match pattern(text, span)? {
        HeaderPattern::Name(name) => Ok(name),
        HeaderPattern::Prefix(prefix) => Err(refused(
            span,
            format!("`{prefix}*` stands for many headers"),
        )
        .here("a name is needed here")
        .help("only `remove header` takes all that begin so; write one line for each header")
        .into()),
    }
}

/// The headers of a name, or all whose names begin so.
pub(super) fn pattern(text: &str, span: Span) -> Result<HeaderPattern, Box<Diagnostic>> {
    let pattern = HeaderPattern::of(text.to_ascii_lowercase().into());
    let (HeaderPattern::Name(name) | HeaderPattern::Prefix(name)) = &pattern;
    if !is_header_name(name) {
        let title = format!("`{}` is not a header name", text.escape_debug());
        return Err(refused(span, title)
            .here("has characters that no header name has")
            .help("header names are letters, digits and `-` (RFC 9110 section 5.6.2)")
            .into());
    }
    match &pattern {
        HeaderPattern::Name(name) if is_framing(name) => {
            Err(refused(span, format!("`{name}` belongs to the connection"))
                .here("the gateway writes this header itself")
                .help("remove this line: changing message framing would let requests be smuggled")
                .into())
        }
        HeaderPattern::Name(_) | HeaderPattern::Prefix(_) => Ok(pattern),
    }
}

fn refused(span: Span, title: String) -> Diagnostic {
    Diagnostic::new(Code::HeaderInjection, span, title)
}
