//! Where a mistake is. The grammar gives up at the furthest place that a rule was tried at, which may lie
//! inside of a block that is whole. Works on scanned text, where brackets are whole.

use super::lexeme;

/// The place of the mistake behind an error at `at`.
pub(super) fn place(text: &str, at: usize) -> usize {
    assigned_block(text, at)
        .or_else(|| behind_block(text, at))
        .unwrap_or(at)
}

/// Another statement on the line of a block's end: `request { … } to web`.
fn behind_block(text: &str, at: usize) -> Option<usize> {
    let mut rest = at;
    while text.as_bytes().get(rest) == Some(&b'}') {
        let after = text.get(rest + 1..)?;
        let blank = after.len() - after.trim_start_matches([' ', '\t']).len();
        rest += 1 + blank;
        if text
            .get(rest..)?
            .starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        {
            return Some(rest);
        }
    }
    None
}

/// The `=` before the brace around the place: `timeout = { total = 5s }`.
fn assigned_block(text: &str, at: usize) -> Option<usize> {
    if text.as_bytes().get(at) != Some(&b'=') {
        return None;
    }
    let open = innermost(text.as_bytes(), at)?;
    let before = text.get(..open)?.trim_end_matches([' ', '\t']);
    let name = before.strip_suffix('=')?;
    let compares = name.ends_with(['=', '!', '<', '>']);
    (!compares).then_some(name.len())
}

/// The brace that is open at a place, where it is the innermost bracket.
fn innermost(bytes: &[u8], at: usize) -> Option<usize> {
    lexeme::open_bracket(bytes, at)
        .filter(|(byte, _)| *byte == b'{')
        .map(|(_, at)| at)
}
