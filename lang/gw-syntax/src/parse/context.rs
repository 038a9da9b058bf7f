//! What stands around the place where the grammar gave up, as plain tokens. Works on scanned
//! text, where comments are blanks.

use super::lexeme;

/// The surroundings of an error.
#[derive(Debug)]
pub(super) struct Context<'t> {
    /// The text that was parsed.
    pub(super) text: &'t str,
    /// Where the grammar gave up: the start of `found`.
    pub(super) at: usize,
    /// The token there; empty at the end of a line or of the text.
    pub(super) found: &'t str,
    /// The token before; empty at the start of the text.
    pub(super) before: &'t str,
    /// Where `before` begins.
    pub(super) before_at: usize,
    /// Whether a line ends between the two.
    pub(super) new_line: bool,
    /// The innermost bracket that is open, and where it stands.
    pub(super) open: Option<(u8, usize)>,
}

impl<'t> Context<'t> {
    /// The surroundings of the offset `at`.
    pub(super) fn new(text: &'t str, at: usize) -> Self {
        let head = text.get(..at).unwrap_or("");
        let trimmed = head.trim_end();
        let between = head.get(trimmed.len()..).unwrap_or("");
        let before = last_token(trimmed);
        Self {
            text,
            at,
            found: first_token(text.get(at..).unwrap_or("")),
            before,
            before_at: trimmed.len() - before.len(),
            new_line: between.contains('\n'),
            open: lexeme::open_bracket(text.as_bytes(), at),
        }
    }

    /// Whether nothing stands between the two tokens.
    pub(super) fn touching(&self) -> bool {
        self.before_at + self.before.len() == self.at
    }

    /// The token that follows `found`.
    pub(super) fn next(&self) -> &'t str {
        first_token(
            self.text
                .get(self.at + self.found.len()..)
                .unwrap_or("")
                .trim_start_matches(' '),
        )
    }

    /// The token that stands before `before`.
    pub(super) fn earlier(&self) -> &'t str {
        last_token(
            self.text
                .get(..self.before_at)
                .unwrap_or("")
                .trim_end_matches(' '),
        )
    }
}

/// A run of name characters, a known operator, or one character.
fn first_token(text: &str) -> &str {
    let word = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
    let operator = OPERATORS
        .iter()
        .find(|op| text.starts_with(**op))
        .map_or(0, |op| op.len());
    let single = text
        .chars()
        .next()
        .filter(|c| *c != '\n')
        .map_or(0, char::len_utf8);
    let length = if word > 0 { word } else { operator.max(single) };
    text.get(..length).unwrap_or("")
}

fn last_token(text: &str) -> &str {
    let word = text.trim_end_matches(is_word).len();
    let operator = OPERATORS
        .iter()
        .find(|op| text.ends_with(**op))
        .map_or(0, |op| op.len());
    let single = text.chars().next_back().map_or(0, char::len_utf8);
    let start = if word < text.len() {
        word
    } else {
        text.len() - operator.max(single)
    };
    text.get(start..).unwrap_or("")
}

const OPERATORS: &[&str] = &[
    "===", "&&", "||", "??", "==", "!=", "<=", ">=", "=>", "?.", "::",
];

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
