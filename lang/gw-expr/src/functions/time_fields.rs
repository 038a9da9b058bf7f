//! The parts of timestamps, in UTC or in a time zone, and of durations.

use super::time::{local, zone};
use super::{Declaration, Outcome, mismatch};
use crate::cost::Cost;
use crate::{EvalError, Value};
use jiff::civil::DateTime;

/// The signatures of a part that durations do not have.
macro_rules! timestamp_part {
    ($name:literal, $doc:literal, $part:expr) => {
        Declaration {
            name: $name,
            signatures: &[
                concat!("timestamp.", $name, "() -> int"),
                concat!("timestamp.", $name, "(string) -> int"),
            ],
            doc: $doc,
            may_fail: false,
            cost: Cost::SCAN,
            eval: |args, _| of_timestamp(args, $part),
        }
    };
}

/// The signatures of a part that durations have too; there it counts the whole duration.
macro_rules! shared_part {
    ($name:literal, $doc:literal, $part:expr, $nanos:literal) => {
        Declaration {
            name: $name,
            signatures: &[
                concat!("timestamp.", $name, "() -> int"),
                concat!("timestamp.", $name, "(string) -> int"),
                concat!("duration.", $name, "() -> int"),
            ],
            doc: $doc,
            may_fail: false,
            cost: Cost::SCAN,
            eval: |args, _| match args {
                [Value::Duration(nanos)] => Ok(Value::Int(nanos / $nanos)),
                _ => of_timestamp(args, $part),
            },
        }
    };
}

pub(super) const TABLE: &[Declaration] = &[
    timestamp_part!("getFullYear", "The year.", |t| i64::from(t.year())),
    timestamp_part!("getMonth", "The month, from 0.", |t| i64::from(t.month())
        - 1),
    timestamp_part!("getDate", "The day of the month, from 1.", |t| i64::from(
        t.day()
    )),
    timestamp_part!(
        "getDayOfMonth",
        "The day of the month, from 0.",
        |t| i64::from(t.day()) - 1
    ),
    timestamp_part!("getDayOfYear", "The day of the year, from 0.", |t| {
        i64::from(t.day_of_year()) - 1
    }),
    timestamp_part!("getDayOfWeek", "The day of the week, 0 for Sunday.", |t| {
        i64::from(t.weekday().to_sunday_zero_offset())
    }),
    shared_part!(
        "getHours",
        "The hour of the day; of a duration, its whole hours.",
        |t| i64::from(t.hour()),
        3_600_000_000_000
    ),
    shared_part!(
        "getMinutes",
        "The minute of the hour; of a duration, its whole minutes.",
        |t| i64::from(t.minute()),
        60_000_000_000
    ),
    shared_part!(
        "getSeconds",
        "The second of the minute; of a duration, its whole seconds.",
        |t| i64::from(t.second()),
        1_000_000_000
    ),
    Declaration {
        name: "getMilliseconds",
        signatures: &[
            "timestamp.getMilliseconds() -> int",
            "timestamp.getMilliseconds(string) -> int",
            "duration.getMilliseconds() -> int",
        ],
        doc: "The milliseconds within the second.",
        may_fail: false,
        cost: Cost::SCAN,
        eval: |args, _| match args {
            [Value::Duration(nanos)] => Ok(Value::Int(nanos / 1_000_000 % 1000)),
            _ => of_timestamp(args, |t| i64::from(t.subsec_nanosecond()) / 1_000_000),
        },
    },
];

fn of_timestamp<'a>(args: &[Value<'a>], part: impl Fn(DateTime) -> i64) -> Outcome<'a> {
    let (at, zone) = match args {
        [Value::Timestamp(at)] => (*at, None),
        [Value::Timestamp(at), Value::Str(name)] => {
            (*at, Some(zone(name).ok_or(EvalError::BadTimeZone)?))
        }
        _ => return mismatch(args),
    };
    let local = local(at, zone.as_ref()).ok_or(EvalError::Overflow)?;
    Ok(Value::Int(part(local)))
}
