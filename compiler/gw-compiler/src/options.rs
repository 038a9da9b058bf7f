//! What a compilation may depend on besides its sources.

use indexmap::IndexMap;

/// Values for `param`s, and levels of lints.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// By the name of the parameter, as `--set` and vars files give them.
    pub params: IndexMap<String, String>,
    /// Levels of warnings and advice that the policy does not state itself.
    pub lints: crate::Levels,
}

/// A line that is not `NAME = VALUE`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadAssignment {
    /// Line, from 1; 0 for a command-line argument.
    pub line: usize,
    /// The text.
    pub text: String,
}

impl std::fmt::Display for BadAssignment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        write!(f, "`{}` is not `NAME=VALUE`", self.text)
    }
}

impl std::error::Error for BadAssignment {}

impl Options {
    /// Takes `NAME=VALUE`. A later value replaces an earlier one.
    ///
    /// # Errors
    /// [`BadAssignment`] where there is no name or no `=`.
    pub fn set(&mut self, assignment: &str) -> Result<(), BadAssignment> {
        self.take(assignment, 0)
    }

    /// Takes the lines of a vars file: `NAME = VALUE`, the value optionally in double quotes;
    /// empty lines and those that begin with `#` are skipped.
    ///
    /// # Errors
    /// [`BadAssignment`] for the first line that is neither.
    pub fn read_vars(&mut self, text: &str) -> Result<(), BadAssignment> {
        let lines = text.lines().map(str::trim).enumerate();
        for (index, line) in lines.filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
            self.take(line, index + 1)?;
        }
        Ok(())
    }

    fn take(&mut self, assignment: &str, line: usize) -> Result<(), BadAssignment> {
        let bad = || BadAssignment {
            line,
            text: assignment.to_owned(),
        };
        let (name, value) = assignment.split_once('=').ok_or_else(bad)?;
        let (name, mut value) = (name.trim(), value.trim());
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(bad());
        }
        if line > 0 {
            value = value
                .strip_prefix('"')
                .and_then(|v| v.strip_suffix('"'))
                .unwrap_or(value);
        }
        self.params.insert(name.to_owned(), value.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn reads_vars() {
        let mut options = Options::default();
        options
            .read_vars("# production\n\nhost = \"api.example\"\nport=8080\n")
            .unwrap();
        options.set("port=9090").unwrap();
        let pairs: Vec<_> = options
            .params
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        assert_eq!(pairs, ["host=api.example", "port=9090"]);
        assert_eq!(
            options.read_vars("x\n").unwrap_err().to_string(),
            "line 1: `x` is not `NAME=VALUE`"
        );
    }
}
