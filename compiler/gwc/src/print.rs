//! Printing that survives a closed pipe (`gwc graph … | head`).

use std::io::{IsTerminal, Write};

/// Writes to standard output; a closed pipe ends quietly.
pub(crate) fn out(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Writes to standard error.
pub(crate) fn err(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Whether what is printed has colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Paint {
    /// Text alone: a file, a pipe, or `NO_COLOR` (no-color.org).
    Plain,
    /// ANSI colours.
    Colour,
}

impl Paint {
    /// What suits standard output.
    pub(crate) fn for_output() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none() && std::io::stdout().is_terminal();
        if wanted { Paint::Colour } else { Paint::Plain }
    }

    /// Removed, failed.
    pub(crate) fn red(self, text: &str) -> String {
        self.wrap("31", text)
    }

    /// Added, passed.
    pub(crate) fn green(self, text: &str) -> String {
        self.wrap("32", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        match self {
            Paint::Plain => text.to_owned(),
            Paint::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}
