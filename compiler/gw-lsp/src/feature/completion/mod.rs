//! What could be typed here: the blocks and fields that may stand in a block, names of the kind
//! that is needed, members and functions by type.

mod expression;
mod literal;
mod names;
mod record;
mod statement;

use crate::cursor::{Cursor, cursor};
use crate::snapshot::{Snapshot, View};
use crate::text::Encoding;
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, MarkupContent,
    MarkupKind, TextEdit,
};

/// The place that is completed.
pub(crate) struct Request<'r> {
    pub(crate) snapshot: &'r Snapshot,
    pub(crate) view: &'r View,
    pub(crate) offset: usize,
    pub(crate) cursor: Cursor<'r>,
    /// The keyword of the innermost block, `file` at the top level, `record` in records.
    pub(crate) block: &'r str,
}

/// Something that could be typed.
pub(crate) struct Offer {
    pub(crate) label: String,
    pub(crate) kind: CompletionItemKind,
    pub(crate) detail: String,
    pub(crate) doc: String,
    /// What is typed, where it is not the label.
    pub(crate) insert: Option<String>,
}

/// What could be typed at an offset.
pub(crate) fn complete(
    snapshot: &Snapshot,
    view: &View,
    offset: usize,
    units: Encoding,
) -> Vec<CompletionItem> {
    let offset = view.text.floor(offset);
    let cursor = cursor(&view.text.text, offset);
    if cursor.comment {
        return Vec::new();
    }
    let block = statement::block(&cursor.blocks);
    let cursor = literal::opened(cursor, block);
    let typed = cursor.literal.map_or(cursor.word, |l| l);
    let start = offset - typed.len();
    let request = Request {
        snapshot,
        view,
        offset,
        cursor,
        block,
    };
    let mut offers = statement::offers(&request);
    let mut seen = std::collections::HashSet::new();
    offers.retain(|o| seen.insert(o.label.clone()));
    let range = view.text.range(start, offset, units);
    let items = offers.into_iter().enumerate();
    items
        .map(|(rank, offer)| item(offer, rank, range))
        .collect()
}

fn item(offer: Offer, rank: usize, range: lsp_types::Range) -> CompletionItem {
    let text = offer.insert.unwrap_or_else(|| offer.label.clone());
    let markdown = MarkupContent {
        kind: MarkupKind::Markdown,
        value: offer.doc,
    };
    let documented = !markdown.value.is_empty();
    CompletionItem {
        label: offer.label,
        kind: Some(offer.kind),
        detail: (!offer.detail.is_empty()).then_some(offer.detail),
        documentation: documented.then_some(Documentation::MarkupContent(markdown)),
        sort_text: Some(format!("{rank:04}")),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit::new(range, text))),
        ..CompletionItem::default()
    }
}

impl Offer {
    pub(crate) fn new(label: impl Into<String>, kind: CompletionItemKind) -> Self {
        Self {
            label: label.into(),
            kind,
            detail: String::new(),
            doc: String::new(),
            insert: None,
        }
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    pub(crate) fn doc(mut self, doc: impl Into<String>) -> Self {
        self.doc = doc.into();
        self
    }

    pub(crate) fn insert(mut self, text: impl Into<String>) -> Self {
        self.insert = Some(text.into());
        self
    }
}

/// Plain words.
pub(crate) fn words(list: &[&str]) -> Vec<Offer> {
    let word = |w: &&str| Offer::new(*w, CompletionItemKind::KEYWORD);
    list.iter().map(word).collect()
}
