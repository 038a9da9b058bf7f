//! A finding as plain text: for logs, `/status` and snapshots. Terminals get colour elsewhere.

use crate::{Diagnostic, Label, Severity, Source, Sources};

impl Diagnostic {
    /// The finding with its source lines, in the layout that Rust's compiler made familiar.
    pub fn plain(&self, sources: &Sources) -> String {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "note",
        };
        let mut text = format!("{severity}[{}]: {}\n", self.code, self.message);
        for (index, label) in self.labels.iter().enumerate() {
            text.push_str(&labelled(
                sources,
                label,
                if index == 0 { '^' } else { '-' },
            ));
        }
        if let Some(help) = &self.help {
            text.push_str(&format!("   = help: {help}\n"));
        }
        text
    }
}

fn labelled(sources: &Sources, label: &Label, mark: char) -> String {
    let Some(source) = sources.get(label.span.file) else {
        return String::new();
    };
    let at = source.line_col(label.span.start);
    let arrow = if mark == '^' { "-->" } else { ":::" };
    let mut text = format!("  {arrow} {}:{}:{}\n", source.name, at.line, at.column);
    if source.text.is_empty() {
        return text;
    }
    let line = line_text(source, label.span.start);
    let column = at.column.saturating_sub(1) as usize;
    let skipped = if column < WIDEST {
        0
    } else {
        column - WIDEST / 2
    };
    let (line, column) = (window(line, skipped), column - skipped);
    let room = line.chars().count().saturating_sub(column);
    let marks = mark
        .to_string()
        .repeat(marked_width(source, label, &line).min(room.max(1)));
    let gap = " ".repeat(column);
    let note = if label.text.is_empty() {
        String::new()
    } else {
        format!(" {}", label.text)
    };
    text.push_str(&format!(
        "{:>4} | {line}\n     | {gap}{marks}{note}\n",
        at.line
    ));
    text
}

/// Most characters of a line that are shown.
const WIDEST: usize = 200;

/// The part of a line after so many characters; blanks for tabs, and `…` where it is cut.
fn window(line: &str, skipped: usize) -> String {
    let visible = |c: char| if c == '\t' { ' ' } else { c };
    let mut chars = line.chars().skip(skipped).map(visible);
    let mut text: String = chars.by_ref().take(WIDEST).collect();
    if skipped > 0 {
        text = text.chars().skip(1).collect();
        text.insert(0, '…');
    }
    if chars.next().is_some() {
        text.push('…');
    }
    text
}

/// The line that holds an offset.
fn line_text(source: &Source, offset: u32) -> &str {
    let offset = (offset as usize).min(source.text.len());
    let before = source.text.get(..offset).unwrap_or("");
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    let rest = source.text.get(start..).unwrap_or("");
    rest.lines().next().unwrap_or("")
}

/// How many characters are marked: those of the label on its first line, at least one.
fn marked_width(source: &Source, label: &Label, line: &str) -> usize {
    let text = source
        .text
        .get(label.span.start as usize..label.span.end as usize)
        .unwrap_or("");
    let first = text.lines().next().unwrap_or("");
    first.chars().count().clamp(1, line.chars().count().max(1))
}
