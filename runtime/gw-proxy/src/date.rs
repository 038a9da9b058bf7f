//! The `Date` field, written anew once per second.

use std::cell::{Cell, RefCell};
use std::time::{Duration, UNIX_EPOCH};

/// The text of the current second, as RFC 9110 section 5.6.7 has it.
#[derive(Debug, Default)]
pub(crate) struct Date {
    second: Cell<u64>,
    text: RefCell<String>,
}

impl Date {
    /// Shows the text for a time since 1970-01-01T00:00:00Z.
    pub(crate) fn with<R>(&self, time: Duration, show: impl FnOnce(&str) -> R) -> R {
        let second = time.as_secs();
        if self.second.replace(second) != second || self.text.borrow().is_empty() {
            *self.text.borrow_mut() = text(time);
        }
        show(&self.text.borrow())
    }
}

/// The text for a time since 1970-01-01T00:00:00Z.
pub(crate) fn text(time: Duration) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + time)
}
