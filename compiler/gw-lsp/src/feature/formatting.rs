//! The canonical form, as the smallest edit that leads there.

use crate::snapshot::View;
use crate::text::Encoding;
use lsp_types::TextEdit;

/// The edits that format a file; none where it does not parse.
pub(crate) fn edits(view: &View, units: Encoding) -> Vec<TextEdit> {
    let Some(file) = view.sound_file() else {
        return Vec::new();
    };
    let new = gw_syntax::format_tree(&view.text.text, file);
    edit(view, &new, units).into_iter().collect()
}

/// The edit between two texts, without what they begin and end with alike.
fn edit(view: &View, new: &str, units: Encoding) -> Option<TextEdit> {
    let old = &*view.text.text;
    if old == new {
        return None;
    }
    let mut head = alike(old.bytes(), new.bytes());
    while !old.is_char_boundary(head) {
        head -= 1;
    }
    let (old_rest, new_rest) = (old.get(head..)?, new.get(head..)?);
    let mut tail = alike(old_rest.bytes().rev(), new_rest.bytes().rev());
    while !old_rest.is_char_boundary(old_rest.len() - tail) {
        tail -= 1;
    }
    let range = view.text.range(head, old.len() - tail, units);
    let text = new_rest.get(..new_rest.len() - tail)?;
    Some(TextEdit::new(range, text.to_owned()))
}

/// How many bytes are the same, one after the other.
fn alike(a: impl Iterator<Item = u8>, b: impl Iterator<Item = u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}
