//! A line of source with a mark under a part of it.

use gw_syntax::{Sources, Span};

/// The first line of a place, marked and explained:
///
/// ```text
///   12 │   then status 200
///      │   ^^^^^^^^^^^^^^^ expected status 200, got status 403
/// ```
pub(crate) fn render(sources: &Sources, span: Span, explanation: &str) -> String {
    let Some(source) = sources.get(span.file) else {
        return format!("  {explanation}\n");
    };
    let (start, end) = (source.line_col(span.start), source.line_col(span.end));
    let line = source.text.lines().nth(start.line as usize - 1);
    let line = line.unwrap_or_default().replace('\t', " ");
    let before = start.column as usize - 1;
    let length = match end.line == start.line {
        true => (end.column as usize).saturating_sub(start.column as usize),
        false => line.chars().count().saturating_sub(before),
    };
    let number = start.line.to_string();
    let margin = " ".repeat(number.len());
    let blank = " ".repeat(before);
    let mark = "^".repeat(length.max(1));
    format!("  {number} │ {line}\n  {margin} │ {blank}{mark} {explanation}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use gw_syntax::FileId;

    #[test]
    fn the_mark_stands_under_its_text() {
        let mut sources = Sources::default();
        let file = sources.add("a.gw", "gw 1\n  then é status 200\n");
        assert_eq!(file, FileId(0));
        let text = render(&sources, Span::new(file, 15, 25), "here");
        assert_eq!(
            text,
            "  2 │   then é status 200\n    │          ^^^^^^^^^^ here\n"
        );
    }
}
