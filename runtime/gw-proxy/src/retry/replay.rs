//! What was sent of a request body, kept so that it can be sent again. Must not know where the body
//! comes from.

use gw_http1::Fields;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The beginning of a body as one try sends it: first what earlier tries sent, then what comes.
pub(crate) struct Replay {
    kept: Rc<Kept>,
    /// How much of what is kept this try has sent.
    at: usize,
}

/// Shared by all tries of a request.
struct Kept {
    bytes: RefCell<Vec<u8>>,
    /// Most bytes.
    most: usize,
    /// Whether nothing is missing.
    whole: Cell<bool>,
    trailers: RefCell<Option<Fields>>,
}

impl Replay {
    /// Of a body of which nothing was sent yet.
    pub(crate) fn new(most: u64) -> Self {
        let kept = Kept {
            bytes: RefCell::default(),
            most: usize::try_from(most).unwrap_or(usize::MAX),
            whole: Cell::new(true),
            trailers: RefCell::default(),
        };
        Self {
            kept: Rc::new(kept),
            at: 0,
        }
    }

    /// For another try.
    pub(crate) fn again(&self) -> Self {
        Self {
            kept: Rc::clone(&self.kept),
            at: 0,
        }
    }

    /// Whether all that was sent is kept.
    pub(crate) fn is_whole(&self) -> bool {
        self.kept.whole.get()
    }

    /// Bytes of what is kept that this try has not sent yet.
    pub(crate) fn left(&self) -> usize {
        self.kept.bytes.borrow().len().saturating_sub(self.at)
    }

    /// Shows what is kept and was not sent by this try.
    pub(crate) fn with_piece<R>(&self, show: impl FnOnce(&[u8]) -> R) -> R {
        let bytes = self.kept.bytes.borrow();
        show(bytes.get(self.at..).unwrap_or_default())
    }

    /// The first bytes of what is kept are sent.
    pub(crate) fn consume(&mut self, n: usize) {
        self.at += n.min(self.left());
    }

    /// Bytes that are sent for the first time. What is too long is not kept at all.
    pub(crate) fn keep(&mut self, piece: &[u8]) {
        if !self.is_whole() {
            return;
        }
        let mut bytes = self.kept.bytes.borrow_mut();
        if bytes.len() + piece.len() > self.kept.most {
            self.kept.whole.set(false);
            *bytes = Vec::new();
            self.at = 0;
            return;
        }
        bytes.extend_from_slice(piece);
        self.at = bytes.len();
    }

    /// The trailer section; `fresh` where the client just sent it.
    pub(crate) fn trailers(&self, fresh: Option<Fields>) -> Option<Fields> {
        let mut kept = self.kept.trailers.borrow_mut();
        if fresh.is_some() {
            kept.clone_from(&fresh);
        }
        kept.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_try_sends_what_the_first_has_sent() {
        let mut first = Replay::new(8);
        first.keep(b"abc");
        first.keep(b"def");
        assert_eq!(first.left(), 0);
        let mut second = first.again();
        assert_eq!(second.with_piece(<[u8]>::to_vec), b"abcdef");
        second.consume(4);
        assert_eq!(second.with_piece(<[u8]>::to_vec), b"ef");
        second.consume(2);
        second.keep(b"gh");
        assert!(second.is_whole());
        assert_eq!(second.again().with_piece(<[u8]>::to_vec), b"abcdefgh");
    }

    #[test]
    fn what_is_too_long_is_not_kept() {
        let mut replay = Replay::new(4);
        replay.keep(b"abcd");
        assert!(replay.is_whole());
        replay.keep(b"e");
        assert!(!replay.is_whole());
        assert_eq!(replay.left(), 0);
        replay.keep(b"f");
        assert_eq!(replay.again().left(), 0);
    }
}
