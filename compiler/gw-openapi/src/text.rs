//! Foreign text as part of a policy: literals and comments.

/// A string literal.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if is_invisible(c) => {}
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// One line of plain text.
pub(crate) fn line(text: &str) -> String {
    let visible = |c: char| if c.is_whitespace() { ' ' } else { c };
    let shown = text.chars().map(visible).filter(|c| !is_invisible(*c));
    let shown: String = shown.collect();
    shown
        .split(' ')
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Lines of documentation, wrapped.
pub(crate) fn documentation(paragraphs: &[&str]) -> String {
    let mut out = String::new();
    for paragraph in paragraphs.iter().map(|p| line(p)).filter(|p| !p.is_empty()) {
        if !out.is_empty() {
            out.push_str("///\n");
        }
        out.push_str(&wrapped("///", "///", &paragraph));
    }
    out
}

/// A paragraph as comment lines of at most a hundred columns: how the first begins, how the others
/// do.
pub(crate) fn wrapped(first: &str, others: &str, paragraph: &str) -> String {
    const WIDTH: usize = 96;
    let (mut out, mut row) = (String::new(), String::new());
    for word in paragraph.split(' ') {
        if !row.is_empty() && row.chars().count() + word.chars().count() >= WIDTH {
            let begin = if out.is_empty() { first } else { others };
            out.push_str(&format!("{begin} {row}\n"));
            row.clear();
        }
        if !row.is_empty() {
            row.push(' ');
        }
        row.push_str(word);
    }
    let begin = if out.is_empty() { first } else { others };
    format!("{out}{begin} {row}\n")
}

/// Control characters, and those that change the direction of text or take no place.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{061c}')
}
