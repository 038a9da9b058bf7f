//! Characters that deceive the reader of a policy: bidirectional controls, invisible characters,
//! control characters. Source: Unicode Technical Report 36, "Trojan Source" (CVE-2021-42574).

use super::{Dialect, Scanner};
use crate::{Code, Diagnostic, Span};

/// Where a character stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    String,
    Comment,
}

impl Scanner<'_> {
    /// Looks at the characters of a string or a comment.
    pub(super) fn check_chars(&mut self, start: usize, end: usize, place: Place) {
        let Some(text) = self.source.get(start..end) else {
            return;
        };
        if text
            .bytes()
            .all(|b| (0x20..0x7f).contains(&b) || matches!(b, b'\t' | b'\n'))
        {
            return;
        }
        let lenient = self.dialect == Dialect::Expression && place == Place::String;
        for (offset, c) in text.char_indices() {
            let windows_line_end =
                c == '\r' && text.get(offset + 1..).is_some_and(|r| r.starts_with('\n'));
            if windows_line_end || (lenient && c.is_control()) {
                continue;
            }
            if let Some(kind) = deceptive(c) {
                let span = self.span(start + offset, start + offset + c.len_utf8());
                self.diagnostics.push(odd(span, c, kind));
            }
        }
    }

    /// Looks at a character outside strings and comments, and steps over it.
    pub(super) fn odd_char(&mut self) {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let c = rest.chars().next().unwrap_or('\0');
        let end = self.at + c.len_utf8();
        if let Some(kind) = deceptive(c) {
            self.diagnostics.push(odd(self.span(self.at, end), c, kind));
            self.mask(self.at..end);
        }
        self.at = end;
    }
}

fn deceptive(c: char) -> Option<&'static str> {
    match c {
        '\t' | '\n' => None,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => {
            Some("bidirectional")
        }
        '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' => {
            Some("invisible")
        }
        '\u{feff}' | '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{115f}' | '\u{1160}' | '\u{3164}' => {
            Some("invisible")
        }
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => Some("invisible"),
        '\u{2028}' | '\u{2029}' => Some("line-breaking"),
        c if c.is_control() => Some("control"),
        _ => None,
    }
}

fn odd(span: Span, c: char, kind: &str) -> Diagnostic {
    let code = u32::from(c);
    Diagnostic::new(
        Code::BidiCharacter,
        span,
        format!("the {kind} character U+{code:04X} is not allowed"),
    )
    .here("it cannot be seen, and may make the text read as something else")
    .help(format!("remove it; in a string write `\\u{code:04x}`"))
    .fix(format!("remove U+{code:04X}"), span, "")
}
