//! The `Date` field, written anew once per second.

use std::cell::{Cell, RefCell};
use std::time::{SystemTime, UNIX_EPOCH};

/// The text of the current second, as RFC 9110 section 5.6.7 has it.
#[derive(Debug, Default)]
pub(crate) struct Date {
    second: Cell<u64>,
    text: RefCell<String>,
}

impl Date {
    /// Shows the text for a time.
    pub(crate) fn with<R>(&self, time: SystemTime, show: impl FnOnce(&str) -> R) -> R {
        let second = time
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        if self.second.replace(second) != second || self.text.borrow().is_empty() {
            *self.text.borrow_mut() = httpdate::fmt_http_date(time);
        }
        show(&self.text.borrow())
    }
}
