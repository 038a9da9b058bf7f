//! What surrounds a place in a text that need not parse: the blocks that are open, the statement
//! so far, the word that is being typed. Reads brackets, texts and comments; must not know what a
//! word means.

/// The surroundings of a place.
#[derive(Debug, Default)]
pub(crate) struct Cursor<'t> {
    /// The headers of the open blocks, the innermost last: `service shop on api_host`.
    pub(crate) blocks: Vec<&'t str>,
    /// The statement before the word.
    pub(crate) statement: &'t str,
    /// The part of the word before the place.
    pub(crate) word: &'t str,
    /// The text literal that the place is in, from after its quote.
    pub(crate) literal: Option<&'t str>,
    /// Whether the place is in an expression of a template, which `statement` then is.
    pub(crate) hole: bool,
    /// Whether the place is in a comment.
    pub(crate) comment: bool,
    /// The offset at which the innermost block begins, after its brace.
    pub(crate) block_start: usize,
}

/// The surroundings of the offset `at`, which lies between two characters.
pub(crate) fn cursor(text: &str, at: usize) -> Cursor<'_> {
    let before = text.get(..at).unwrap_or(text);
    let mut scanner = Scanner {
        bytes: before.as_bytes(),
        at: 0,
        open: Vec::new(),
        statement: 0,
        ending: Ending::Code,
    };
    scanner.run();
    let word = crate::target::last_word(before);
    let mut blocks = scanner.open.iter().filter(|o| o.bracket == b'{');
    let slice = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let literal = match scanner.ending {
        Ending::Literal(from) => Some(slice(from, at)),
        Ending::Code | Ending::Comment => None,
    };
    let statement_end = match scanner.ending {
        Ending::Literal(from) => from.saturating_sub(1),
        Ending::Code | Ending::Comment => at - word.len(),
    };
    Cursor {
        blocks: blocks
            .clone()
            .map(|o| slice(o.statement, o.at).trim())
            .collect(),
        statement: slice(scanner.statement, statement_end.max(scanner.statement)).trim_start(),
        word,
        literal,
        hole: false,
        comment: scanner.ending == Ending::Comment,
        block_start: blocks.next_back().map_or(0, |o| o.at + 1),
    }
}

/// In what a text ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    Code,
    Comment,
    Literal(usize),
}

#[derive(Clone, Copy)]
struct Open {
    bracket: u8,
    at: usize,
    /// Where the statement with the bracket begins.
    statement: usize,
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    open: Vec<Open>,
    statement: usize,
    ending: Ending,
}

impl Scanner<'_> {
    fn run(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'/' if self.starts_with(b"//") => self.comment(),
                b'"' | b'\'' => self.literal(byte),
                // `/{id:int}` is a part of a path.
                b'{' if self.at > 0 && self.bytes.get(self.at - 1) == Some(&b'/') => {
                    self.parameter();
                }
                b'{' | b'(' | b'[' => self.opened(byte),
                b'}' | b')' | b']' => self.closed(byte),
                b'\n' | b';' | b',' => self.separated(byte),
                _ => self.at += 1,
            }
        }
    }

    fn starts_with(&self, prefix: &[u8]) -> bool {
        self.bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(prefix))
    }

    fn comment(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match rest.iter().position(|b| *b == b'\n') {
            Some(length) => self.at += length,
            None => {
                self.at = self.bytes.len();
                self.ending = Ending::Comment;
            }
        }
    }

    fn literal(&mut self, quote: u8) {
        let triple = self.starts_with(&[quote; 3]);
        let start = self.at + if triple { 3 } else { 1 };
        self.at = start;
        while let Some(&byte) = self.bytes.get(self.at) {
            let closes = match triple {
                true => self.starts_with(&[quote; 3]),
                false => byte == quote || byte == b'\n',
            };
            if closes {
                // The end of a line is looked at again: it ends the statement too.
                self.at += if triple {
                    3
                } else {
                    usize::from(byte != b'\n')
                };
                return;
            }
            self.at += if byte == b'\\' { 2 } else { 1 };
        }
        self.at = self.bytes.len();
        self.ending = Ending::Literal(start.min(self.bytes.len()));
    }

    fn parameter(&mut self) {
        let mut depth = 0;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                b'\n' => return,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    fn opened(&mut self, bracket: u8) {
        self.open.push(Open {
            bracket,
            at: self.at,
            statement: self.statement,
        });
        self.at += 1;
        if bracket == b'{' {
            self.statement = self.at;
        }
    }

    fn closed(&mut self, bracket: u8) {
        let opening = match bracket {
            b'}' => b'{',
            b')' => b'(',
            _ => b'[',
        };
        self.at += 1;
        if let Some(index) = self.open.iter().rposition(|o| o.bracket == opening) {
            // A brace closes what was left open inside it; other brackets only close their like.
            if bracket == b'}' || index + 1 == self.open.len() {
                self.open.truncate(index);
            }
        }
        if bracket == b'}' {
            self.statement = self.at;
        }
    }

    fn separated(&mut self, byte: u8) {
        let inside = self.open.last().is_some_and(|o| o.bracket != b'{');
        let goes_on = byte == b'\n' && self.line_goes_on();
        self.at += 1;
        if !inside && !goes_on {
            self.statement = self.at;
        }
    }

    /// Whether the line so far ends in an operator that wants more.
    fn line_goes_on(&self) -> bool {
        let line = self.bytes.get(self.statement..self.at).unwrap_or_default();
        matches!(
            line.trim_ascii_end().last(),
            Some(b'=' | b'&' | b'|' | b'+' | b'-' | b'<' | b'!' | b'?')
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_mark(text: &str) -> (String, usize) {
        let at = text.find('‸').unwrap();
        (text.replace('‸', ""), at)
    }

    #[test]
    fn surroundings() {
        let cases = [
            ("gw 1\nrou‸", "[]|rou| "),
            (
                "service s prefix /v1/{org:slug} {\n  route r GET /x/{id:[a-z]{2}} { to ‸",
                "[service s prefix /v1/{org:slug}, route r GET /x/{id:[a-z]{2}}]||to ",
            ),
            (
                "policy p {\n  allow when jwt.roles == 1 &&\n    jwt.o‸",
                "[policy p]|o|allow when jwt.roles == 1 &&\n    jwt.",
            ),
            (
                "backend b { targets = [\"http://a:1\", ‸",
                "[backend b]||targets = [\"http://a:1\", ",
            ),
            ("a { b }\n // { \nc { d = \"}\" ; e‸", "[c]|e| "),
            ("x = \"unclosed\ny ‸", "[]||y "),
        ];
        for (text, expected) in cases {
            let (text, at) = at_mark(text);
            let c = cursor(&text, at);
            let statement = if c.statement.is_empty() {
                " "
            } else {
                c.statement
            };
            assert_eq!(
                format!("[{}]|{}|{statement}", c.blocks.join(", "), c.word),
                expected
            );
        }
    }

    #[test]
    fn inside_literals_and_comments() {
        let (text, at) = at_mark("set header \"x-re‸");
        assert_eq!(cursor(&text, at).literal, Some("x-re"));
        assert_eq!(cursor(&text, at).statement, "set header ");
        let (text, at) = at_mark("a // b‸ c");
        assert!(cursor(&text, at).comment);
    }
}
