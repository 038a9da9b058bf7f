//! Flow control (RFC 9113 section 5.2), in both directions.

/// Largest window.
pub(crate) const LARGEST: u32 = (1 << 31) - 1;
/// The window of every stream, and of the connection, until something else is said.
pub(crate) const INITIAL: u32 = 65_535;

/// What a window must never become.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Overflow;

/// How much may be sent. Below zero after a change of settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outgoing(i64);

impl Outgoing {
    pub(crate) fn new(size: u32) -> Self {
        Self(i64::from(size))
    }

    /// Bytes that may be sent now.
    pub(crate) fn room(self) -> usize {
        usize::try_from(self.0).unwrap_or(0)
    }

    /// The client takes more, or less.
    pub(crate) fn change(&mut self, by: i64) -> Result<(), Overflow> {
        self.0 += by;
        match self.0 > i64::from(LARGEST) {
            true => Err(Overflow),
            false => Ok(()),
        }
    }

    /// So many bytes were sent, no more than there was room.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.0 -= i64::try_from(bytes).unwrap_or(0);
    }
}

/// How much the client may send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming {
    size: u32,
    /// What it may still send.
    left: u32,
    /// What was passed on and not announced.
    passed: u32,
}

impl Incoming {
    pub(crate) fn new(size: u32) -> Self {
        Self {
            size,
            left: size,
            passed: 0,
        }
    }

    /// So many bytes came.
    pub(crate) fn came(&mut self, bytes: usize) -> Result<(), Overflow> {
        let bytes = u32::try_from(bytes).map_err(|_| Overflow)?;
        self.left = self.left.checked_sub(bytes).ok_or(Overflow)?;
        Ok(())
    }

    /// So many bytes that came were passed on: what to announce, once it is worth a frame.
    pub(crate) fn passed(&mut self, bytes: usize) -> Option<u32> {
        let outstanding = self.size - self.left - self.passed;
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.passed += bytes.min(outstanding);
        if self.passed < self.size / 2 {
            return None;
        }
        self.left += self.passed;
        Some(std::mem::take(&mut self.passed)).filter(|n| *n > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_are_gathered() {
        let mut window = Incoming::new(100);
        window.came(60).unwrap();
        assert_eq!(window.passed(49), None);
        assert_eq!(window.passed(1000), Some(60), "no more than came");
        assert_eq!(window.came(101), Err(Overflow));
        assert_eq!(window.came(100), Ok(()));
        assert_eq!(window.came(1), Err(Overflow));
    }

    #[test]
    fn windows_may_be_below_zero_but_not_too_large() {
        let mut window = Outgoing::new(10);
        window.sent(10);
        window.change(-5).unwrap();
        assert_eq!(window.room(), 0);
        window.change(6).unwrap();
        assert_eq!(window.room(), 1);
        assert_eq!(window.change(i64::from(LARGEST)), Err(Overflow));
    }
}
