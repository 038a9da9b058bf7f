//! How much work a client may make that moves no request forward: resets of requests under way,
//! pings, settings, priorities, empty frames, tiny window updates. A bucket of tokens, as nghttp2
//! has it, that time and finished work fill.

use crate::code::{Code, Failed};
use std::time::Instant;

/// Most tokens.
const BURST: u32 = 1000;
/// Tokens that come back in a second.
const RATE: u32 = 50;

/// A frame that is cheap to answer or to ignore.
pub(crate) const FRAME: u32 = 1;
/// A request that was begun for nothing: 250 at once, a dozen a second.
pub(crate) const WASTED: u32 = 4;

/// The tokens of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calm {
    tokens: u32,
    filled: Option<Instant>,
}

impl Default for Calm {
    fn default() -> Self {
        Self {
            tokens: BURST,
            filled: None,
        }
    }
}

impl Calm {
    /// Takes tokens.
    pub(crate) fn spend(&mut self, tokens: u32, now: Instant) -> Result<(), Failed> {
        // The usual case costs a subtraction.
        if self.tokens < BURST / 2 {
            self.fill(now);
        } else {
            self.filled = Some(now);
        }
        let calm = Failed::new(Code::EnhanceYourCalm, "too much work for nothing");
        self.tokens = self.tokens.checked_sub(tokens).ok_or(calm)?;
        Ok(())
    }

    /// Gives tokens for work that was of use.
    pub(crate) fn earn(&mut self, tokens: u32) {
        self.tokens = (self.tokens + tokens).min(BURST);
    }

    fn fill(&mut self, now: Instant) {
        let since = self.filled.map_or(0, |filled| {
            now.saturating_duration_since(filled).as_millis()
        });
        let tokens = since.saturating_mul(u128::from(RATE)) / 1000;
        if tokens > 0 {
            self.earn(u32::try_from(tokens).unwrap_or(BURST).min(BURST));
            self.filled = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[expect(clippy::disallowed_methods, reason = "any instant will do")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_burst_then_a_rate() {
        let (mut calm, start) = (Calm::default(), start());
        for _ in 0..BURST {
            calm.spend(FRAME, start).unwrap();
        }
        assert!(calm.spend(FRAME, start).is_err());
        let later = start + Duration::from_secs(1);
        for _ in 0..RATE {
            calm.spend(FRAME, later).unwrap();
        }
        assert!(calm.spend(FRAME, later).is_err());
        let mut time = later;
        for _ in 0..10_000 {
            time += Duration::from_millis(20);
            calm.spend(FRAME, time).unwrap();
        }
    }

    #[test]
    fn useful_work_pays() {
        let (mut calm, start) = (Calm::default(), start());
        for _ in 0..10 * BURST {
            calm.spend(WASTED, start).unwrap();
            calm.earn(WASTED);
        }
    }
}
