//! From text to tree. One module per topic; the grammar is in `src/grammar`. Any input gives a
//! tree and findings, never a panic. Must not know what a block or a name means.

mod address;
mod alone;
mod build;
mod cause;
mod chain;
mod context;
mod direct;
mod edition;
mod expr;
mod grammar;
mod habit;
mod item;
pub(crate) mod lexeme;
mod literal;
mod message;
mod path;
mod recover;
mod scan;
mod sparse;
mod splice;
mod statement;
mod string;
mod template;
mod types;
mod unit;

pub use sparse::{Unread, parse_sparsely, read_statement};
pub use splice::reparse;
pub use template::{TemplatePart, parse_template};

use crate::{Code, Comment, Diagnostic, Expr, File, FileId, PathPattern, Span, TypeExpr};
use build::Builder;
use grammar::Rule;
use scan::Dialect;

/// The largest source, in bytes.
pub const MAX_SOURCE_BYTES: usize = 16 << 20;

/// Parses one file. Items that do not parse are absent from the tree and have findings; the
/// findings are in the order of their places.
pub fn parse(id: FileId, text: &str) -> (File, Vec<Diagnostic>) {
    let (file, _, diagnostics) = parse_with_comments(id, text);
    (file, diagnostics)
}

/// [`parse`], with every comment of the file in order.
pub(crate) fn parse_with_comments(id: FileId, text: &str) -> (File, Vec<Comment>, Vec<Diagnostic>) {
    if text.len() > MAX_SOURCE_BYTES {
        return (
            File {
                id,
                ..File::default()
            },
            Vec::new(),
            vec![too_large(id)],
        );
    }
    let mut scan = scan::scan(id, text, Dialect::Policy);
    let comments = std::mem::take(&mut scan.comments);
    let input = item::Input {
        source: text,
        comments: &comments,
        unread: None,
    };
    let (file, mut diagnostics) = item::build_file(id, scan, input);
    diagnostics.sort_by_key(|d| (d.span().start, d.span().end));
    (file, comments, diagnostics)
}

/// Every comment of a policy, in order.
pub(crate) fn comments(text: &str) -> Vec<Comment> {
    scan::scan(FileId(0), text, Dialect::Policy).comments
}

/// Reads the bytes of a file as text.
///
/// # Errors
/// A finding when they are too many (GW0007) or not UTF-8 (GW0006, at the first bad byte; its
/// place counts in bytes of the input).
pub fn decode(id: FileId, bytes: &[u8]) -> Result<&str, Vec<Diagnostic>> {
    if bytes.len() > MAX_SOURCE_BYTES {
        return Err(vec![too_large(id)]);
    }
    std::str::from_utf8(bytes).map_err(|error| vec![not_utf8(id, bytes, error.valid_up_to())])
}

/// Parses the bytes of one file: [`decode`], then [`parse`].
pub fn parse_bytes(id: FileId, bytes: &[u8]) -> (File, Vec<Diagnostic>) {
    match decode(id, bytes) {
        Ok(text) => parse(id, text),
        Err(findings) => (
            File {
                id,
                ..File::default()
            },
            findings,
        ),
    }
}

/// Parses a stand-alone CEL expression; places are shifted by `offset` bytes.
///
/// # Errors
/// At least one finding where the text is not one expression.
pub fn parse_expr(id: FileId, text: &str, offset: u32) -> Result<Expr, Vec<Diagnostic>> {
    stand_alone(id, text, offset, |text, builder| {
        match direct::expression(text, builder) {
            Some(built) => Ok(Some(built.expr)),
            None => by_grammar(Rule::expression, text, |pair| builder.expr(pair)),
        }
    })
}

/// Parses a stand-alone type; places are shifted by `offset` bytes.
///
/// # Errors
/// At least one finding where the text is not one type.
pub fn parse_type(id: FileId, text: &str, offset: u32) -> Result<TypeExpr, Vec<Diagnostic>> {
    stand_alone(id, text, offset, |text, builder| {
        by_grammar(Rule::standalone_type, text, |pair| builder.type_expr(pair))
    })
}

/// Parses a path literal that stands at `span`.
///
/// # Errors
/// A finding for each malformed segment.
pub fn parse_path(text: &str, span: Span) -> Result<PathPattern, Vec<Diagnostic>> {
    let whole = lexeme::path_end(text.as_bytes(), 0) == Some(text.len());
    if !text.starts_with('/') || !whole {
        let finding = Diagnostic::new(
            Code::BadPathPattern,
            span,
            format!("`{text}` is not a path"),
        )
        .here("a path begins with `/`, and holds no blank and no `//`")
        .help("write it as `/orders/{id:int}`");
        return Err(vec![finding]);
    }
    let (pattern, findings) = path::read(text, span);
    if findings.is_empty() {
        Ok(pattern)
    } else {
        Err(findings)
    }
}

fn stand_alone<T>(
    id: FileId,
    text: &str,
    offset: u32,
    read: impl FnOnce(&str, &mut Builder<'_>) -> Result<Option<T>, item::GrammarError>,
) -> Result<T, Vec<Diagnostic>> {
    if text.len() > MAX_SOURCE_BYTES {
        return Err(vec![too_large(id)]);
    }
    let scan = scan::scan(id, text, Dialect::Expression);
    let mut builder = Builder::new(id, offset as usize);
    if !scan.diagnostics.is_empty() {
        return Err(scan
            .diagnostics
            .into_iter()
            .map(|d| shifted(d, offset))
            .collect());
    }
    let built = item::with_stack(scan.nesting, || read(&scan.text, &mut builder));
    match built {
        Ok(Some(built)) if builder.diagnostics.is_empty() => Ok(built),
        Ok(_) => Err(builder.diagnostics),
        Err(error) => Err(vec![message::explain(&error, &scan.text, &builder)]),
    }
}

/// Builds what the outermost rule of a text holds.
fn by_grammar<T>(
    rule: Rule,
    text: &str,
    build: impl FnOnce(grammar::Pair<'_>) -> T,
) -> Result<Option<T>, item::GrammarError> {
    let pairs = item::pest_parse(rule, text)?;
    let inner = pairs.into_iter().next().and_then(|p| p.into_inner().next());
    Ok(inner.map(build))
}

/// Moves the places of a finding by `offset`.
fn shifted(mut diagnostic: Diagnostic, offset: u32) -> Diagnostic {
    let labels = diagnostic.labels.iter_mut().map(|l| &mut l.span);
    let edits = diagnostic
        .fix
        .iter_mut()
        .flat_map(|f| &mut f.edits)
        .map(|(span, _)| span);
    for span in labels.chain(edits) {
        span.start = span.start.saturating_add(offset);
        span.end = span.end.saturating_add(offset);
    }
    diagnostic
}

fn not_utf8(id: FileId, bytes: &[u8], at: usize) -> Diagnostic {
    let byte = bytes.get(at).copied().unwrap_or_default();
    let line = 1 + bytes.iter().take(at).filter(|b| **b == b'\n').count();
    Diagnostic::new(
        Code::InvalidUtf8,
        Span::new(id, at, at + 1),
        "the file is not UTF-8",
    )
    .here(format!(
        "byte 0x{byte:02X} on line {line} begins no character"
    ))
    .help("save the file as UTF-8")
}

/// Nobody counts the bytes beyond the limit: they are not even read.
fn too_large(id: FileId) -> Diagnostic {
    let message = format!("the file has more than {MAX_SOURCE_BYTES} bytes");
    Diagnostic::new(Code::FileTooLarge, Span::new(id, 0, 0), message)
        .here("16 MiB is the limit for one file")
        .help("split the policy into files and `import` them, or put data into a `table`")
}
