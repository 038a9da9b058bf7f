//! The scanner: one pass over a file before pest sees it. It blanks comments, splits the text
//! into top-level items, and answers for everything that would make a grammar give up: unclosed
//! strings, unbalanced brackets, nesting, characters that cannot be seen. A missing `}` therefore
//! costs one item, not the file. Must not know what a statement or an expression is.

mod bracket;
mod chars;
mod token;

use crate::parse::lexeme;
use crate::{Comment, Diagnostic, FileId, Span};
use bracket::Open;
pub(crate) use bracket::too_deep;

/// Brackets may stand this deep in each other, and expressions may be this deep.
pub(crate) const MAX_NESTING: usize = 250;

/// After this many findings in one file the rest is not looked at.
pub(crate) const MAX_FINDINGS: usize = 100;

/// What a text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dialect {
    /// A file of statements.
    Policy,
    /// One stand-alone CEL expression: line ends mean nothing, and strings may hold any character
    /// that CEL allows.
    Expression,
}

/// A text made ready for the grammar. Offsets into `text` are offsets into the source.
pub(crate) struct Scan {
    /// The source with comments and meaningless line ends blanked.
    pub(crate) text: String,
    /// Top-level items in source order.
    pub(crate) items: Vec<Item>,
    /// All comments in source order.
    pub(crate) comments: Vec<Comment>,
    /// What is wrong so far.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// How deep brackets stand in each other at most.
    pub(crate) nesting: usize,
}

/// A top-level item: usually one declaration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    /// First byte.
    pub(crate) start: usize,
    /// One past the last byte.
    pub(crate) end: usize,
    /// Whether strings and brackets are whole, so that the grammar can have it.
    pub(crate) sound: bool,
    /// How deep its brackets stand in each other.
    pub(crate) nesting: usize,
}

/// Scans a whole text, at most 4 GiB.
pub(crate) fn scan(file: FileId, source: &str, dialect: Dialect) -> Scan {
    let mut scanner = Scanner::new(file, source, dialect);
    scanner.run();
    let nesting = scanner.items.iter().map(|i| i.nesting).max().unwrap_or(0);
    let text = String::from_utf8(scanner.masked)
        .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
    Scan {
        text,
        items: scanner.items,
        comments: scanner.comments,
        diagnostics: scanner.diagnostics,
        nesting,
    }
}

struct Scanner<'t> {
    file: FileId,
    source: &'t str,
    bytes: &'t [u8],
    dialect: Dialect,
    masked: Vec<u8>,
    at: usize,
    line_start: usize,
    /// First byte of this line that is neither blank nor comment.
    line_first: Option<usize>,
    /// One past the last byte that is neither blank nor comment.
    last_end: usize,
    open: Vec<Open>,
    item: Option<Current>,
    /// Line ends where a brace that is missing is taken as written, found by indentation.
    supplied: Vec<usize>,
    /// Brackets did not balance: from here on a top-level word in column 0 begins an item.
    resync: bool,
    items: Vec<Item>,
    comments: Vec<Comment>,
    diagnostics: Vec<Diagnostic>,
}

/// The item being scanned, with what to go back to if its brackets do not balance.
#[derive(Clone, Copy)]
struct Current {
    start: usize,
    line_start: usize,
    sound: bool,
    nesting: usize,
    comments: usize,
    diagnostics: usize,
    /// An opening brace whose partner stands too far to the left: probably the unclosed one.
    suspect: Option<Open>,
}

impl<'t> Scanner<'t> {
    fn new(file: FileId, source: &'t str, dialect: Dialect) -> Self {
        let mut masked = source.as_bytes().to_vec();
        let at = if source.starts_with('\u{feff}') { 3 } else { 0 };
        masked.iter_mut().take(at).for_each(|b| *b = b' ');
        Self {
            file,
            source,
            bytes: source.as_bytes(),
            dialect,
            masked,
            at,
            line_start: at,
            line_first: None,
            last_end: at,
            open: Vec::new(),
            item: None,
            supplied: Vec::new(),
            resync: false,
            items: Vec::new(),
            comments: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    fn run(&mut self) {
        loop {
            while let Some(&byte) = self.bytes.get(self.at) {
                if self.diagnostics.len() >= MAX_FINDINGS {
                    self.abandon_item();
                    return;
                }
                self.step(byte);
            }
            if self.open.is_empty() || !self.rewind() {
                break;
            }
        }
        self.finish_unclosed(self.bytes.len());
        self.close_item();
    }

    fn step(&mut self, byte: u8) {
        match byte {
            b'\n' => self.line_end(),
            b' ' | b'\t' => self.at += 1,
            b'\r' | 0x0c => {
                self.mask(self.at..self.at + 1);
                self.at += 1;
            }
            b'/' if self.bytes.get(self.at + 1) == Some(&b'/') => self.comment(),
            _ => {
                if self.line_first.is_none() {
                    self.line_first = Some(self.at);
                    self.begin_line(byte);
                }
                self.token(byte);
                self.last_end = self.at;
            }
        }
    }

    fn token(&mut self, byte: u8) {
        match byte {
            b'"' | b'\'' => self.string(),
            b'`' => {
                self.at = lexeme::quoted_name_end(self.bytes, self.at).unwrap_or(self.at + 1);
            }
            b'(' | b'[' | b'{' => self.open_bracket(byte),
            b')' | b']' | b'}' => self.close_bracket(byte),
            b'/' if self.is_path() => self.path(),
            _ if lexeme::is_name_char(byte) => {
                let rest = self.bytes.get(self.at..).unwrap_or_default();
                self.at += rest
                    .iter()
                    .take_while(|b| lexeme::is_name_char(**b))
                    .count();
            }
            0..0x20 | 0x7f.. => self.odd_char(),
            _ => self.at += 1,
        }
    }

    fn line_end(&mut self) {
        let inside = self.open.last().is_some_and(|o| o.byte != b'{');
        if inside || self.dialect == Dialect::Expression {
            self.mask(self.at..self.at + 1);
        }
        if self.supplied.contains(&self.at) {
            self.supply_brace();
        }
        self.at += 1;
        self.line_start = self.at;
        self.line_first = None;
    }

    /// Decides at the first token of a line whether a new item begins.
    fn begin_line(&mut self, byte: u8) {
        if !self.open.is_empty() {
            if self.resync && self.at == self.line_start && self.at_top_level_word() {
                self.finish_unclosed(self.at);
                self.close_item();
                self.start_item();
            }
            return;
        }
        let named = lexeme::is_name_char(byte) || matches!(byte, b'"' | b'\'');
        if named && !self.line_continues() && !self.at_late_word() {
            self.close_item();
        }
        if self.item.is_none() {
            self.start_item();
        }
    }

    /// Whether the text so far ends in something that wants more.
    fn line_continues(&self) -> bool {
        let back = |n: usize| {
            self.last_end
                .checked_sub(n)
                .and_then(|i| self.masked.get(i))
                .copied()
        };
        let after_blank = matches!(back(2), Some(b' ' | b'\t'));
        let before_in = back(3).is_none_or(|b| !lexeme::is_name_char(b));
        match back(1) {
            Some(b'n') => back(2) == Some(b'i') && before_in,
            Some(b'=' | b'&' | b'|' | b'+' | b'-' | b'<' | b'!' | b':') => true,
            Some(b'*' | b'/' | b'%' | b'?' | b'>') => after_blank,
            _ => false,
        }
    }

    fn at_late_word(&self) -> bool {
        let (word, rest) = self.word_here();
        let next = rest.trim_ascii_start().first();
        matches!(word, b"reason" | b"because") && !matches!(next, Some(b'=' | b':'))
    }

    fn at_top_level_word(&self) -> bool {
        let (word, rest) = self.word_here();
        TOP_LEVEL.iter().any(|w| w.as_bytes() == word) && matches!(rest.first(), Some(b' ' | b'\t'))
    }

    fn word_here(&self) -> (&'t [u8], &'t [u8]) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .take_while(|b| lexeme::is_name_char(**b))
            .count();
        rest.split_at_checked(length).unwrap_or_default()
    }

    fn start_item(&mut self) {
        self.item = Some(Current {
            start: self.at,
            line_start: self.line_start,
            sound: true,
            nesting: 0,
            comments: self.comments.len(),
            diagnostics: self.diagnostics.len(),
            suspect: None,
        });
    }

    fn close_item(&mut self) {
        if let Some(Current {
            start,
            sound,
            nesting,
            ..
        }) = self.item.take()
        {
            let end = self.last_end.max(start);
            self.items.push(Item {
                start,
                end,
                sound,
                nesting,
            });
        }
    }

    fn abandon_item(&mut self) {
        self.unsound();
        self.close_item();
    }

    fn unsound(&mut self) {
        if let Some(item) = &mut self.item {
            item.sound = false;
        }
    }

    /// Goes on at the next line that begins with a top-level word in column 0.
    fn skip_item(&mut self) {
        self.last_end = self.at;
        self.abandon_item();
        self.open.clear();
        while let Some(next) = self
            .bytes
            .get(self.at..)
            .and_then(|r| r.iter().position(|b| *b == b'\n'))
        {
            self.at += next + 1;
            if self.at_top_level_word() {
                break;
            }
        }
        if !self.at_top_level_word() {
            self.at = self.bytes.len();
        }
        self.line_start = self.at;
        self.line_first = None;
    }

    fn mask(&mut self, range: std::ops::Range<usize>) {
        if let Some(bytes) = self.masked.get_mut(range) {
            bytes.fill(b' ');
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }
}

/// Whether an empty line stands between `at` and what comes before it.
pub(crate) fn blank_before(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default();
    let blanks = before.iter().rev().take_while(|b| b.is_ascii_whitespace());
    blanks.filter(|b| **b == b'\n').count() >= 2
}

/// The words that usually begin an item. Only used to find firm ground again after a bracket
/// that is never closed; what they mean is not known here.
const TOP_LEVEL: &[&str] = &[
    "authn",
    "authz",
    "backend",
    "cache",
    "enum",
    "error",
    "gw",
    "import",
    "let",
    "limit",
    "limits",
    "listener",
    "param",
    "policy",
    "prove",
    "quota",
    "route",
    "schema",
    "secret",
    "service",
    "store",
    "table",
    "test",
    "transform",
    "use",
];
