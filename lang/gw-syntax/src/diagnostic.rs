//! What the tools say to the author of a policy. A plain value: rendering lives in `gwc`, JSON,
//! SARIF and editors are fed from the same value. Must not know any particular check.

use crate::{Code, Span};

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Worth knowing.
    Advice,
    /// Probably a mistake; compiles.
    Warning,
    /// Does not compile.
    Error,
}

/// A place with its explanation. The first label of a diagnostic says what is wrong here, the
/// others say why (where a thing was declared, what it collides with).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// A few words in lower case, without a full stop.
    pub text: String,
}

/// A change that can be applied by a machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, in the imperative.
    pub title: String,
    /// Replacements that do not overlap.
    pub edits: Vec<(Span, String)>,
}

/// One finding. Messages are lower case, without a full stop, with the user's text in backticks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Stable code, the key of the documentation page.
    pub code: Code,
    /// How bad it is; by default the severity of the code.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Places; the first is the primary one.
    pub labels: Vec<Label>,
    /// What to type instead.
    pub help: Option<String>,
    /// The change that mends it, where it is unique.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A finding at `span`, with the severity that its code has by default.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            labels: vec![Label {
                span,
                text: String::new(),
            }],
            help: None,
            fix: None,
        }
    }

    /// Says what is wrong at the primary place.
    #[must_use]
    pub fn here(mut self, text: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.text = text.into();
        }
        self
    }

    /// Adds a second place that explains the first.
    #[must_use]
    pub fn because(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Says what to type instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the one change that mends it.
    #[must_use]
    pub fn fix(
        mut self,
        title: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
    ) -> Self {
        self.fix = Some(Fix {
            title: title.into(),
            edits: vec![(span, replacement.into())],
        });
        self
    }

    /// Adds a change, where there is one that mends it.
    #[must_use]
    pub fn maybe_fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix.or(self.fix);
        self
    }

    /// The primary place.
    pub fn span(&self) -> Span {
        self.labels.first().map(|l| l.span).unwrap_or_default()
    }
}
