//! The canonical form, as the smallest edit that leads there.

use crate::snapshot::View;
use crate::text::Encoding;
use lsp_types::TextEdit;

/// The edits that format a file; none where it does not parse.
pub(crate) fn edits(view: &View, units: Encoding) -> Vec<TextEdit> {
    let old = &*view.text.text;
    let Ok(new) = gw_syntax::format(old) else {
        return Vec::new();
    };
    edit(view, &new, units).into_iter().collect()
}

/// The edit between two texts, without what they begin and end with alike.
fn edit(view: &View, new: &str, units: Encoding) -> Option<TextEdit> {
    let old = &*view.text.text;
    if old == new {
        return None;
    }
    let pairs = old.chars().zip(new.chars());
    let head: usize = pairs
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let (old_rest, new_rest) = (old.get(head..)?, new.get(head..)?);
    let pairs = old_rest.chars().rev().zip(new_rest.chars().rev());
    let tail: usize = pairs
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let range = view.text.range(head, old.len() - tail, units);
    let text = new_rest.get(..new_rest.len() - tail)?;
    Some(TextEdit::new(range, text.to_owned()))
}
