//! A request head that comes part by part in another syntax than HTTP/1.x, in the form that all
//! requests have here.

use crate::Version;
use crate::fields::Fields;
use crate::framing::Framing;
use crate::known::Known;
use crate::request::Request;
use crate::span::Span;
use crate::target::Target;
use smol_str::SmolStr;

/// Room for names and values, in bytes.
const TEXT: usize = 512;
/// Room for lines.
const LINES: usize = 16;

/// A request head on its way in. Whoever puts parts in has checked them.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    fields: Fields,
    method: SmolStr,
    target: Target,
    expects_continue: bool,
}

impl Assembly {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            fields: Fields {
                text: Vec::with_capacity(TEXT),
                ..Fields::with_lines(LINES)
            },
            ..Self::default()
        }
    }

    /// Puts the method in: a token.
    pub fn method(&mut self, method: &str) {
        self.method = SmolStr::new(method);
    }

    /// Puts the authority of the target in.
    pub fn authority(&mut self, authority: &[u8]) {
        let at = self.put(authority);
        self.target = self.target.at(Span::new(at, authority.len()));
    }

    /// Puts path and query in, as one.
    pub fn path(&mut self, path: &[u8]) {
        let origin = Target::origin(path, self.put(path));
        self.target = match self.target.authority() {
            Some(authority) => origin.at(authority),
            None => origin,
        };
    }

    /// Puts a field line in.
    pub fn line(&mut self, known: Known, name: &[u8], value: &[u8]) {
        if known == Known::Expect {
            self.expects_continue = value.eq_ignore_ascii_case(b"100-continue");
        }
        self.fields.push_known(known, name, value);
    }

    /// The head.
    pub fn finish(self) -> Request {
        Request {
            fields: self.fields,
            method: self.method,
            target: self.target,
            version: Version::Http2,
            framing: Framing::Length(0),
            persistent: true,
            expects_continue: self.expects_continue,
        }
    }

    fn put(&mut self, text: &[u8]) -> usize {
        let at = self.fields.text.len();
        self.fields.text.extend_from_slice(text);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Section;

    #[test]
    fn parts_become_a_request() {
        let mut head = Assembly::new();
        head.path(b"/a?b=c");
        head.method("GET");
        head.line(Known::Te, b"te", b"trailers");
        head.authority(b"h:80");
        head.line(Known::Other, b"x", b"");
        let request = head.finish();
        assert_eq!((request.method(), request.path()), ("GET", "/a"));
        assert_eq!(request.query(), Some("b=c"));
        assert_eq!(request.authority(), Some("h:80"));
        let mut out = Vec::new();
        Section::of(&request.fields).write(&mut out);
        assert_eq!(out, b"te: trailers\r\nx: \r\n\r\n");
    }
}
