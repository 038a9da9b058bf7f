//! The scalar values that the standard library has no type for.

use serde::{Deserialize, Serialize};

/// Seconds and nanoseconds since 1970-01-01T00:00:00Z. CEL's range is the years 1 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Timestamp {
    /// Whole seconds, rounded down.
    pub seconds: i64,
    /// 0 to 999,999,999.
    pub nanos: u32,
}

/// Events per period.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// The period in nanoseconds, above 0.
    pub period: i64,
}

/// The name of a type as CEL prints it: `int`, `google.protobuf.Timestamp`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TypeName<'a>(pub &'a str);

impl Timestamp {
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Timestamp = Timestamp {
        seconds: -62_135_596_800,
        nanos: 0,
    };
    /// 9999-12-31T23:59:59.999999999Z.
    pub const MAX: Timestamp = Timestamp {
        seconds: 253_402_300_799,
        nanos: 999_999_999,
    };

    /// Whole seconds since 1970.
    pub fn from_seconds(seconds: i64) -> Self {
        Self { seconds, nanos: 0 }
    }

    /// Nanoseconds since 1970.
    pub fn from_nanos(nanos: i128) -> Option<Self> {
        let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
        let rest = u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
        let timestamp = Self {
            seconds,
            nanos: rest,
        };
        (Self::MIN..=Self::MAX)
            .contains(&timestamp)
            .then_some(timestamp)
    }

    /// Nanoseconds since 1970.
    pub fn to_nanos(self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanos)
    }
}
