//! From the lines of a block to a request or a trailer section, checked as RFC 9113 sections 8.1 to
//! 8.3 ask for.

use crate::hpack::{Line, Name, OVERHEAD};
use gw_http1::{Assembly, Fields, Known, Request, content_length, is_target, is_token};

/// Why a block is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// It is malformed: an error of the stream.
    Malformed,
    /// The list is larger than allowed.
    TooLarge,
}

/// The lines of a block, as they come.
#[derive(Debug)]
pub(crate) struct Lines {
    /// What is left of the size that is allowed.
    left: usize,
    refused: Option<Refused>,
}

/// A request head on its way in.
#[derive(Debug)]
pub(crate) struct RequestLines {
    lines: Lines,
    head: Assembly,
    method: Option<Verb>,
    scheme: bool,
    authority: bool,
    path: Option<Path>,
    /// Whether a field has come: no pseudo-header field comes after one.
    fields: bool,
    cookie: Option<Vec<u8>>,
    length: Option<u64>,
}

/// Methods whose targets differ from those of others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verb {
    Connect,
    Options,
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Path {
    Origin,
    Asterisk,
}

impl Lines {
    fn new(max_list: u32) -> Self {
        Self {
            left: max_list as usize,
            refused: None,
        }
    }

    /// Whether a line is to be looked at.
    fn admits(&mut self, line: &Line<'_>) -> bool {
        if self.refused.is_some() {
            return false;
        }
        let size = line.name.len() + line.value.len() + OVERHEAD;
        match self.left.checked_sub(size) {
            Some(left) => self.left = left,
            None => self.refused = Some(Refused::TooLarge),
        }
        self.refused.is_none()
    }
}

impl RequestLines {
    pub(crate) fn new(max_list: u32) -> Self {
        Self {
            lines: Lines::new(max_list),
            head: Assembly::new(),
            method: None,
            scheme: false,
            authority: false,
            path: None,
            fields: false,
            cookie: None,
            length: None,
        }
    }

    pub(crate) fn add(&mut self, line: Line<'_>) {
        if self.lines.admits(&line) && self.put(line).is_none() {
            self.lines.refused = Some(Refused::Malformed);
        }
    }

    /// None if the line is malformed.
    fn put(&mut self, line: Line<'_>) -> Option<()> {
        match line.kind {
            Name::Malformed | Name::Pseudo => None,
            Name::Field(known) => self.field(known, line),
            Name::Cookie => self.cookie(line),
            _ if self.fields => None,
            Name::Method => self.method(line.value),
            Name::Scheme => {
                let fine = matches!(line.value, b"http" | b"https");
                (fine && !std::mem::replace(&mut self.scheme, true)).then_some(())
            }
            Name::Authority => {
                if !is_target(line.value) || std::mem::replace(&mut self.authority, true) {
                    return None;
                }
                self.head.authority(line.value);
                Some(())
            }
            Name::Path => self.path(line.value),
        }
    }

    fn method(&mut self, value: &[u8]) -> Option<()> {
        if self.method.is_some() || !is_token(value) {
            return None;
        }
        self.method = Some(match value {
            b"CONNECT" => Verb::Connect,
            b"OPTIONS" => Verb::Options,
            _ => Verb::Other,
        });
        self.head.method(std::str::from_utf8(value).ok()?);
        Some(())
    }

    fn path(&mut self, value: &[u8]) -> Option<()> {
        if self.path.is_some() || !is_target(value) {
            return None;
        }
        self.path = Some(match value {
            [b'/', ..] => Path::Origin,
            b"*" => Path::Asterisk,
            _ => return None,
        });
        self.head.path(value);
        Some(())
    }

    fn field(&mut self, known: Known, line: Line<'_>) -> Option<()> {
        self.fields = true;
        check_field(known, &line)?;
        if known == Known::ContentLength {
            if self.length.is_some() {
                return None;
            }
            self.length = Some(content_length(line.value)?);
        }
        self.head.line(known, line.name, line.value);
        Some(())
    }

    /// The pieces become one line again: nothing but HTTP/2 may cut it.
    fn cookie(&mut self, line: Line<'_>) -> Option<()> {
        self.fields = true;
        check_field(Known::Other, &line)?;
        match &mut self.cookie {
            Some(cookie) => {
                cookie.extend_from_slice(b"; ");
                cookie.extend_from_slice(line.value);
            }
            None => self.cookie = Some(line.value.to_vec()),
        }
        Some(())
    }

    /// The request, with the length that its body is said to have.
    pub(crate) fn finish(mut self) -> Result<(Request, Option<u64>), Refused> {
        if let Some(refused) = self.lines.refused {
            return Err(refused);
        }
        let targeted = match (self.method, self.path) {
            (None, _) => false,
            (Some(Verb::Connect), path) => path.is_none() && !self.scheme && self.authority,
            (Some(Verb::Options), Some(Path::Asterisk)) => self.scheme,
            (Some(_), path) => path == Some(Path::Origin) && self.scheme,
        };
        if !targeted {
            return Err(Refused::Malformed);
        }
        if let Some(cookie) = &self.cookie {
            self.head.line(Known::Other, b"cookie", cookie);
        }
        Ok((self.head.finish(), self.length))
    }
}

/// A field of a request or of a trailer section.
fn check_field(known: Known, line: &Line<'_>) -> Option<()> {
    let fine = match known {
        Known::Te => line.value.eq_ignore_ascii_case(b"trailers"),
        _ => !known.is_hop_by_hop(),
    };
    (fine && line.fits).then_some(())
}

/// A trailer section on its way in.
#[derive(Debug)]
pub(crate) struct TrailerLines {
    lines: Lines,
    fields: Fields,
}

impl TrailerLines {
    pub(crate) fn new(max_list: u32) -> Self {
        Self {
            lines: Lines::new(max_list),
            fields: Fields::default(),
        }
    }

    pub(crate) fn add(&mut self, line: Line<'_>) {
        if !self.lines.admits(&line) {
            return;
        }
        let known = match line.kind {
            Name::Field(known) => check_field(known, &line).map(|()| known),
            Name::Cookie => check_field(Known::Other, &line).map(|()| Known::Other),
            Name::Malformed
            | Name::Pseudo
            | Name::Method
            | Name::Scheme
            | Name::Authority
            | Name::Path => None,
        };
        match known {
            Some(known) => self.fields.push_known(known, line.name, line.value),
            None => self.lines.refused = Some(Refused::Malformed),
        }
    }

    pub(crate) fn finish(self) -> Result<Fields, Refused> {
        match self.lines.refused {
            Some(refused) => Err(refused),
            None => Ok(self.fields),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[(&str, &str)]) -> Result<(Request, Option<u64>), Refused> {
        let mut head = RequestLines::new(1000);
        for (name, value) in lines {
            head.add(Line {
                kind: Name::of(name.as_bytes()),
                name: name.as_bytes(),
                value: value.as_bytes(),
                fits: gw_http1::is_value(value.as_bytes()),
            });
        }
        head.finish()
    }

    const GET: [(&str, &str); 4] = [
        (":method", "GET"),
        (":scheme", "https"),
        (":authority", "a"),
        (":path", "/x?y"),
    ];

    fn get(more: &[(&str, &str)]) -> Result<(Request, Option<u64>), Refused> {
        read(&[&GET[..], more].concat())
    }

    #[test]
    fn requests() {
        let crumbs = [("cookie", "a=b"), ("te", "Trailers"), ("cookie", "c=d")];
        let (request, length) = get(&crumbs).unwrap();
        assert_eq!((request.method(), request.path()), ("GET", "/x"));
        assert_eq!(
            (request.query(), request.authority()),
            (Some("y"), Some("a"))
        );
        assert_eq!(
            request.fields.named("cookie").collect::<Vec<_>>(),
            [b"a=b; c=d"]
        );
        assert_eq!(length, None);
        assert_eq!(get(&[("content-length", "12")]).unwrap().1, Some(12));
        let connect = read(&[(":method", "CONNECT"), (":authority", "a:1")])
            .unwrap()
            .0;
        assert_eq!((connect.method(), connect.path()), ("CONNECT", ""));
        let all = [(":method", "OPTIONS"), (":scheme", "http"), (":path", "*")];
        assert_eq!(read(&all).unwrap().0.path(), "*");
    }

    #[test]
    fn malformed_requests() {
        for more in [
            (":method", "GET"),
            (":path", "/"),
            (":scheme", "http"),
            (":authority", "a"),
            (":status", "200"),
            (":protocol", "websocket"),
            ("Upper", "x"),
            ("", "x"),
            ("a b", "x"),
            ("a", "x\r\ny"),
            ("connection", "close"),
            ("keep-alive", "1"),
            ("proxy-connection", "x"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "x"),
            ("te", "gzip"),
            ("content-length", "x"),
            ("content-length", "1, 1"),
        ] {
            assert_eq!(get(&[more]).err(), Some(Refused::Malformed), "{more:?}");
        }
        let twice = [("content-length", "1"), ("content-length", "1")];
        assert_eq!(get(&twice).err(), Some(Refused::Malformed));
        for (without, (name, _)) in GET.iter().enumerate() {
            let mut lines = GET.to_vec();
            lines.remove(without);
            assert_eq!(read(&lines).is_ok(), *name == ":authority", "{name}");
            lines.insert(0, ("a", "b"));
            lines.push(GET[without]);
            assert!(read(&lines).is_err(), "{name} after a field");
        }
        for (at, value) in [
            (0, "G T"),
            (0, ""),
            (1, "ftp"),
            (2, ""),
            (3, ""),
            (3, "x"),
            (3, "*"),
            (3, "/ "),
            (3, "/#"),
        ] {
            let mut lines = GET;
            lines[at].1 = value;
            assert!(read(&lines).is_err(), "{:?}", lines[at]);
        }
        assert!(
            read(&[
                (":method", "CONNECT"),
                (":authority", "a:1"),
                (":path", "/")
            ])
            .is_err()
        );
    }

    #[test]
    fn large_lists() {
        let long = "x".repeat(900);
        assert_eq!(get(&[("a", &long)]).err(), Some(Refused::TooLarge));
        assert_eq!(
            get(&[("A", "x"), ("a", &long)]).err(),
            Some(Refused::Malformed)
        );
    }
}
