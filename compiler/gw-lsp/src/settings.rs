//! What the user sets in the editor: values of parameters, where the pages about codes are.

use gw_compiler::{Files, Options, join};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Settings, as `initializationOptions` and the section `gw` have them.
#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct Settings {
    /// Values of `param`s, as of `--set`.
    params: BTreeMap<String, Value>,
    /// A file of `NAME = VALUE` lines, as of `--vars`, relative to the folder that is open.
    vars: Option<String>,
    /// The address below which the pages about codes are: `https://…/docs/diagnostics/`.
    pub(crate) docs: Option<String>,
}

impl Settings {
    /// Settings of the wrong shape count as none.
    pub(crate) fn read(value: Value) -> Self {
        serde_json::from_value(value).unwrap_or_default()
    }

    /// The values of parameters; those that are set win over those of the file.
    pub(crate) fn options(&self, files: &dyn Files, folders: &[String]) -> Options {
        let mut options = Options::default();
        for folder in folders {
            let text = self.vars.as_ref().and_then(|vars| {
                let bytes = files.read(&join(&format!("{folder}/x"), vars)).ok()?;
                String::from_utf8(bytes).ok()
            });
            // A line that is no assignment ends the file; the findings say what is missing.
            let _ = options.read_vars(text.as_deref().unwrap_or_default());
        }
        for (name, value) in &self.params {
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            options.params.insert(name.clone(), text);
        }
        options
    }
}
