//! Finds the end of a head that arrives in pieces, so that each byte is looked at once and a head
//! is parsed once, however small its pieces are.

/// Looks for the blank line.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeadEnd {
    /// Bytes that were looked at.
    seen: usize,
}

impl HeadEnd {
    /// Whether `bytes`, which begin as they did the last time, hold a blank line. Lines that end
    /// without CR count too: the parser refuses them.
    pub fn is_in(&mut self, bytes: &[u8]) -> bool {
        // A blank line is at most three bytes long and may have begun before.
        let from = self.seen.saturating_sub(3);
        let fresh = bytes.get(from..).unwrap_or_default();
        self.seen = bytes.len();
        memchr::memchr_iter(b'\n', fresh).any(|at| {
            let after = fresh.get(at + 1..).unwrap_or_default();
            after.starts_with(b"\n") || after.starts_with(b"\r\n")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_do_not_matter() {
        for text in ["a\r\nb: c\r\n\r\n", "a\nb\n\n", "a\r\n\n", "\r\n\r\n"] {
            for size in 1..text.len() {
                let mut end = HeadEnd::default();
                let mut found = None;
                for stop in (size..text.len() + size).step_by(size) {
                    let stop = stop.min(text.len());
                    if end.is_in(&text.as_bytes()[..stop]) && found.is_none() {
                        found = Some(stop);
                    }
                }
                assert!(found.is_some(), "{text:?} in pieces of {size}");
            }
            assert!(!HeadEnd::default().is_in(&text.as_bytes()[..text.len() - 1]));
        }
    }
}
