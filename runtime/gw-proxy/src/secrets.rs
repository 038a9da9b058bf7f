//! Values of secrets: read when a policy is loaded, never shown.

use crate::LoadError;
use gw_graph::{Graph, SecretId, SecretSource};
use std::path::Path;

/// A value that cannot be formatted.
#[derive(Clone)]
pub(crate) struct SecretValue(Box<str>);

impl SecretValue {
    /// The value, for its one use.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// The secrets of a policy, by [`SecretId`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(Vec<SecretValue>);

impl Secrets {
    /// Reads every secret.
    pub(crate) fn load(graph: &Graph, base: &Path) -> Result<Self, LoadError> {
        let values: Result<Vec<_>, _> = graph
            .secrets
            .iter()
            .map(|secret| {
                read(&secret.source, base)
                    .map(SecretValue)
                    .map_err(|problem| LoadError::Secret {
                        name: secret.name.to_string(),
                        problem,
                    })
            })
            .collect();
        values.map(Self)
    }

    /// The value of a secret.
    pub(crate) fn value(&self, id: SecretId) -> Option<&SecretValue> {
        self.0.get(id.index())
    }
}

/// Reads a value. An empty one is none: whoever knows that a key is empty can sign with it.
fn read(source: &SecretSource, base: &Path) -> Result<Box<str>, String> {
    let value = value(source, base)?;
    if !value.is_empty() {
        return Ok(value);
    }
    Err(match source {
        SecretSource::Env(name) => format!("the environment variable `{name}` is empty"),
        SecretSource::File(file) => format!("the file `{}` is empty", base.join(file).display()),
    })
}

fn value(source: &SecretSource, base: &Path) -> Result<Box<str>, String> {
    match source {
        SecretSource::Env(name) => std::env::var(name)
            .map(Into::into)
            .map_err(|_| format!("the environment variable `{name}` is not set (or not UTF-8)")),
        SecretSource::File(file) => {
            let path = base.join(file);
            let text = crate::file::read_text(&path)
                .map_err(|e| format!("the file `{}` cannot be read: {e}", path.display()))?;
            let text = text.strip_suffix('\n').unwrap_or(&text);
            Ok(text.strip_suffix('\r').unwrap_or(text).into())
        }
    }
}
