//! From a file to a policy that can be served: compiles sources, decodes artifacts.

use crate::args::Run;
use crate::{exit, render};
use gw_compiler::{Disk, Options};
use gw_proxy::{Policy, PolicySource};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why there is no policy: an exit code and what to print.
pub(crate) struct Failed {
    pub(crate) code: u8,
    pub(crate) text: String,
}

/// The policy's file with its parameters, read anew for every load.
pub(crate) struct Source(Run);

impl Source {
    pub(crate) fn new(run: Run) -> Self {
        Self(run)
    }

    /// Reads the policy; warnings go to standard error.
    pub(crate) fn read(&self) -> Result<Policy, Failed> {
        match Path::new(&self.0.file)
            .extension()
            .is_some_and(|e| e == "gwb")
        {
            true => self.decode(),
            false => self.compile(),
        }
    }

    fn compile(&self) -> Result<Policy, Failed> {
        let options = self.options()?;
        let compiled = gw_compiler::compile(&Disk, &self.0.file, &options).map_err(|failure| {
            let text = render::diagnostics(&failure.sources, &failure.diagnostics);
            Failed {
                code: exit::DOES_NOT_COMPILE,
                text,
            }
        })?;
        eprint!(
            "{}",
            render::diagnostics(&compiled.sources, &compiled.diagnostics)
        );
        let mut sources: Vec<_> = compiled
            .sources
            .iter()
            .map(|(_, s)| PathBuf::from(&s.name))
            .collect();
        sources.extend(self.0.vars.as_ref().map(PathBuf::from));
        Ok(Policy {
            id: gw_graph::policy_id(&compiled.graph),
            graph: Arc::new(compiled.graph),
            base: self.base(),
            sources,
        })
    }

    fn decode(&self) -> Result<Policy, Failed> {
        let file = &self.0.file;
        let failed = |text| Failed {
            code: exit::DOES_NOT_COMPILE,
            text,
        };
        let bytes = std::fs::read(file).map_err(|e| {
            failed(format!(
                "error: the artifact `{file}` cannot be read: {e}\n"
            ))
        })?;
        let graph = gw_graph::decode(&bytes).map_err(|e| {
            failed(format!(
                "error: `{file}` is no usable artifact: {e}; build it again with `gwc build`\n"
            ))
        })?;
        Ok(Policy {
            id: gw_graph::policy_id(&graph),
            graph: Arc::new(graph),
            base: self.base(),
            sources: vec![PathBuf::from(file)],
        })
    }

    fn options(&self) -> Result<Options, Failed> {
        let usage = |text: String| Failed {
            code: exit::USAGE,
            text: format!("error: {text}\n"),
        };
        let mut options = Options::default();
        if let Some(path) = &self.0.vars {
            let text = std::fs::read_to_string(path)
                .map_err(|e| usage(format!("{path} cannot be read: {e}")))?;
            options
                .read_vars(&text)
                .map_err(|e| usage(format!("{path}: {e}")))?;
        }
        for assignment in &self.0.set {
            options
                .set(assignment)
                .map_err(|e| usage(format!("--set: {e}")))?;
        }
        Ok(options)
    }

    /// The folder that file names in the policy are relative to.
    fn base(&self) -> PathBuf {
        Path::new(&self.0.file)
            .parent()
            .map(Path::to_owned)
            .unwrap_or_default()
    }
}

impl PolicySource for Source {
    fn load(&self) -> Result<Policy, String> {
        self.read().map_err(|failed| failed.text)
    }
}
