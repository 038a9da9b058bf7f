//! Counts by two labels, such as reason and rule.

use super::Map;
use smol_str::SmolStr;

/// Counts by two labels. What is counted is mostly what was counted before it, which then costs a
/// comparison.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    settled: Map<(SmolStr, SmolStr), u64>,
    /// What was counted last, and how often since it was something else.
    last: ((SmolStr, SmolStr), u64),
}

impl Pairs {
    pub(super) fn count(&mut self, one: &SmolStr, other: &SmolStr) {
        if self.last.0.0 != *one || self.last.0.1 != *other {
            self.settle();
            self.last.0 = (one.clone(), other.clone());
        }
        self.last.1 += 1;
    }

    /// Adds other counts.
    pub(super) fn merge(&mut self, theirs: Pairs) {
        for (labels, count) in theirs.all() {
            *self.settled.entry(labels).or_default() += count;
        }
    }

    /// Every pair of labels with its count.
    pub(super) fn all(mut self) -> Map<(SmolStr, SmolStr), u64> {
        self.settle();
        self.settled
    }

    fn settle(&mut self) {
        let (labels, count) = std::mem::take(&mut self.last);
        if count > 0 {
            *self.settled.entry(labels).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// However counts are spread over time and cores, none is lost.
        #[test]
        fn counts_are_those_of_a_plain_map(labels in prop::collection::vec((0..3u8, 0..3u8, any::<bool>()), 0..40)) {
            let (mut here, mut there, mut plain) = (Pairs::default(), Pairs::default(), Map::default());
            for (one, other, on_this_core) in labels {
                let (one, other) = (SmolStr::from(one.to_string()), SmolStr::from(other.to_string()));
                if on_this_core { &mut here } else { &mut there }.count(&one, &other);
                *plain.entry((one, other)).or_default() += 1;
            }
            here.merge(there);
            prop_assert_eq!(here.all(), plain);
        }
    }
}
