//! Status lines that were read before are not read again, as with the lines behind them.

use httparse::Status;
use memchr::memchr;

/// How many lines are kept, each in the place that its code chooses.
const KEPT: usize = 4;
/// Longest line that is kept, in bytes.
const LONGEST: usize = 60;

/// What a status line says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct StatusLine {
    /// Its bytes, with its end.
    pub(crate) length: usize,
    pub(crate) status: u16,
    /// HTTP/1.0 rather than HTTP/1.1.
    pub(crate) http10: bool,
}

/// The lines that came last.
#[derive(Clone, Debug, Default)]
pub(crate) struct StatusLines([Option<(Box<[u8]>, StatusLine)>; KEPT]);

impl StatusLines {
    /// The status line that a response begins with; none if it is not whole or not in the usual shape.
    pub(crate) fn read(&mut self, head: &[u8]) -> Option<StatusLine> {
        let place = usize::from(head.get("HTTP/1.1 ".len())? ^ head.get("HTTP/1.1 20".len())?);
        let kept = self.0.get_mut(place % KEPT)?;
        if let Some((text, line)) = kept
            && head.starts_with(text)
        {
            return Some(*line);
        }
        let line = read(head)?;
        if line.length <= LONGEST {
            *kept = Some((head.get(..line.length)?.into(), line));
        }
        Some(line)
    }
}

fn read(head: &[u8]) -> Option<StatusLine> {
    let line = head.get(..=memchr(b'\n', head)?)?;
    let mut parsed = httparse::Response::new(&mut []);
    // The lines behind it are missing.
    let Ok(Status::Partial) = parsed.parse(line) else {
        return None;
    };
    // No blank lines before it, no bare LF behind it.
    let usual = line.starts_with(b"HTTP/") && line.ends_with(b"\r\n");
    let (status, minor) = (parsed.code?, parsed.version?);
    usual.then_some(StatusLine {
        length: line.len(),
        status,
        http10: minor == 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart() {
        let mut lines = StatusLines::default();
        for (head, status, http10) in [
            ("HTTP/1.1 200 OK\r\n", 200, false),
            ("HTTP/1.0 200 OK\r\na: b", 200, true),
            ("HTTP/1.1 202 Accepted\r\n", 202, false),
            ("HTTP/1.1 404\r\n", 404, false),
            (
                "HTTP/1.1 599 A reason that is longer than what is kept of status lines\r\n",
                599,
                false,
            ),
        ] {
            let length = head.find('\n').unwrap() + 1;
            let expected = Some(StatusLine {
                length,
                status,
                http10,
            });
            for _ in 0..3 {
                assert_eq!(lines.read(head.as_bytes()), expected, "{head:?}");
            }
        }
        for head in [
            "",
            "HTTP/1.1 200 OK",
            "HTTP/1.1 200 OK\n",
            "\r\nHTTP/1.1 200 OK\r\n",
            "HTTP/1.1 20 OK\r\n",
        ] {
            assert_eq!(lines.read(head.as_bytes()), None, "{head:?}");
        }
    }
}
