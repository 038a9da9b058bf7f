//! When requests are due.

use std::time::{Duration, Instant};

/// Times with exponential gaps, the same in every run.
pub(crate) struct Arrivals {
    next: Instant,
    end: Instant,
    rate: f64,
    state: u64,
}

impl Arrivals {
    /// So many a second, from `begin` to before `end`.
    pub(crate) fn new(begin: Instant, end: Instant, rate: f64) -> Self {
        Self {
            next: begin,
            end,
            rate,
            state: 0,
        }
    }

    /// From 0 to below 1: SplitMix64 (Steele, Lea and Flood, 2014), of which the upper 53 bits.
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl Iterator for Arrivals {
    type Item = Instant;

    fn next(&mut self) -> Option<Instant> {
        let gap = -(1.0 - self.uniform()).ln() / self.rate;
        self.next += Duration::from_secs_f64(gap);
        (self.next < self.end).then_some(self.next)
    }
}
