//! Any text is an expression or has findings; so for types, templates and path literals.

use gw_syntax::{
    FileId, Span, dump_expr, format, parse_expr, parse_path, parse_template, parse_type,
};

/// Runs one input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let span = Span::new(FileId(0), 0, text.len() + 2);
    let _ = parse_type(FileId(0), text, 0);
    let _ = parse_template(text, span);
    let _ = parse_path(text, span);
    let Ok(expr) = parse_expr(FileId(0), text, 0) else {
        return;
    };
    assert!(
        expr.span.end as usize <= text.len(),
        "a place out of bounds"
    );
    // In a list, line ends mean nothing, as in a stand-alone expression.
    let Ok(policy) = format(&format!("gw 1\nlet x = [{text}\n]\n")) else {
        return;
    };
    let inside = policy.trim_start_matches("gw 1\nlet x =").trim();
    let list = parse_expr(FileId(0), inside, 0).expect("a formatted expression parses");
    let same = |dump: &str| dump == format!("(list {})", dump_expr(&expr));
    // A comma or a clause makes it another list; then only the parse above counts.
    let plain = !text.contains([',', '/']) && !CLAUSES.iter().any(|w| text.contains(w));
    assert!(
        !plain || same(&dump_expr(&list)),
        "formatting changed {text:?} to {inside:?}"
    );
}

const CLAUSES: &[&str] = gw_syntax::CLAUSE_WORDS;
