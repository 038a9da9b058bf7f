//! A histogram of durations with the buckets that OpenTelemetry advises for HTTP servers.

use std::time::Duration;

/// Upper bounds in seconds, as text and as nanoseconds.
pub(super) const BOUNDS: [(&str, u64); 14] = [
    ("0.005", 5_000_000),
    ("0.01", 10_000_000),
    ("0.025", 25_000_000),
    ("0.05", 50_000_000),
    ("0.075", 75_000_000),
    ("0.1", 100_000_000),
    ("0.25", 250_000_000),
    ("0.5", 500_000_000),
    ("0.75", 750_000_000),
    ("1", 1_000_000_000),
    ("2.5", 2_500_000_000),
    ("5", 5_000_000_000),
    ("7.5", 7_500_000_000),
    ("10", 10_000_000_000),
];

/// Counts per bucket, the last one without bound. What short durations count lies together.
#[derive(Clone, PartialEq, Debug, Default)]
#[repr(C)]
pub(crate) struct Histogram {
    nanos: u64,
    buckets: [u64; BOUNDS.len() + 1],
}

impl Histogram {
    /// Counts a duration.
    pub(crate) fn observe(&mut self, took: Duration) {
        if let Some(count) = self.buckets.get_mut(Self::bucket(took)) {
            *count += 1;
        }
        self.nanos = self.nanos.saturating_add(nanos(took));
    }

    /// The bucket of a duration.
    pub(super) fn bucket(took: Duration) -> usize {
        let nanos = nanos(took);
        let bucket = BOUNDS.iter().position(|(_, bound)| nanos <= *bound);
        bucket.unwrap_or(BOUNDS.len())
    }

    pub(super) fn merge(&mut self, other: &Histogram) {
        for (mine, theirs) in self.buckets.iter_mut().zip(other.buckets) {
            *mine += theirs;
        }
        self.nanos = self.nanos.saturating_add(other.nanos);
    }

    /// Cumulative counts by bound, `+Inf` last.
    pub(super) fn cumulative(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let bounds = BOUNDS
            .iter()
            .map(|(text, _)| *text)
            .chain(std::iter::once("+Inf"));
        let mut total = 0;
        let counts: Vec<u64> = self
            .buckets
            .iter()
            .map(|count| {
                total += count;
                total
            })
            .collect();
        bounds.zip(counts)
    }

    pub(super) fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    pub(super) fn seconds(&self) -> f64 {
        Duration::from_nanos(self.nanos).as_secs_f64()
    }
}

fn nanos(took: Duration) -> u64 {
    u64::try_from(took.as_nanos()).unwrap_or(u64::MAX)
}
