//! Error recovery inside an item: which statement to blank out so that the rest can be parsed.
//! Works on scanned text, where comments are blanks and strings and brackets are whole.

use super::lexeme::{self, Extent};
use std::ops::Range;

/// An open brace and where the statement around it began.
struct Level {
    statement: usize,
    braces: bool,
}

/// The range of the statement around the offset `at`, without its separator.
pub(super) fn bad_statement(text: &str, at: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let mut levels: Vec<Level> = Vec::new();
    let mut start = 0;
    let mut i = 0;
    // The statement that holds `at`: how many levels were open there, and where it began.
    let mut found: Option<(usize, usize)> = None;
    while let Some(&byte) = bytes.get(i) {
        let separates = levels.last().is_none_or(|l| l.braces);
        if i >= at && found.is_none() {
            found = Some((levels.len(), start));
        }
        match byte {
            b'"' | b'\'' => {
                if let Extent::Closed(end) = lexeme::string_extent(bytes, i) {
                    i = end;
                    continue;
                }
            }
            b'(' | b'[' | b'{' => {
                levels.push(Level {
                    statement: start,
                    braces: byte == b'{',
                });
                start = i + 1;
            }
            b')' | b']' | b'}' => {
                if let Some((depth, from)) = found
                    && levels.len() == depth
                    && levels.last().is_some_and(|l| l.braces)
                {
                    return widen(bytes, from)..i;
                }
                if let Some(level) = levels.pop() {
                    start = level.statement;
                    found = found.map(|(depth, from)| match depth > levels.len() {
                        true => (levels.len(), level.statement),
                        false => (depth, from),
                    });
                }
            }
            b'\n' | b';' | b',' if separates => match found {
                Some((depth, from)) if levels.len() <= depth => return widen(bytes, from)..i,
                Some(_) => {}
                None => start = i + 1,
            },
            _ => {}
        }
        i += 1;
    }
    let (_, from) = found.unwrap_or((0, start));
    widen(bytes, from)..bytes.len()
}

/// Takes in the line before where it ends in something that wants more, as in `a = ⏎ b = 1`.
fn widen(bytes: &[u8], start: usize) -> usize {
    let before = bytes.get(..start).unwrap_or_default();
    let trimmed = before.trim_ascii_end();
    let wants_more = matches!(
        trimmed.last(),
        Some(b'=' | b':' | b'&' | b'|' | b'+' | b'<')
    );
    if !wants_more || trimmed.len() == before.len() {
        return start;
    }
    let line = trimmed
        .iter()
        .rposition(|b| matches!(b, b'\n' | b'{' | b';' | b','));
    line.map_or(0, |i| i + 1)
}

/// Replaces a range by blanks, keeping line ends. False if there was nothing to replace.
pub(super) fn blank_out(text: &mut String, range: Range<usize>) -> bool {
    let Some(old) = text.get(range.clone()) else {
        return false;
    };
    if old.trim().is_empty() {
        return false;
    }
    let blank: String = old
        .bytes()
        .map(|b| if b == b'\n' { '\n' } else { ' ' })
        .collect();
    text.replace_range(range, &blank);
    true
}
