//! From a file to a policy that can be served: has sources compiled, decodes artifacts.

use crate::args::Run;
use crate::{compiler, exit};
use gw_proxy::{Policy, PolicySource};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Why there is no policy: an exit code and what to print.
pub(crate) struct Failed {
    pub(crate) code: u8,
    pub(crate) text: String,
}

/// As much as a main thread usually has: the compiler may have to run on it.
const READER_STACK: usize = 8 << 20;

/// The policy's file with its parameters, read anew for every load.
pub(crate) struct Source(Run);

impl Source {
    pub(crate) fn new(run: Run) -> Self {
        Self(run)
    }

    /// Reads the policy; warnings go to standard error. A thread of its own does it: what it has
    /// freed goes back to the system, which the heap of a thread that lives on would keep.
    pub(crate) fn read(&self) -> Result<Policy, Failed> {
        let read = std::thread::scope(|scope| {
            let reader = std::thread::Builder::new()
                .name("gw-load".to_owned())
                .stack_size(READER_STACK)
                .spawn_scoped(scope, || self.read_here());
            reader.map(|thread| thread.join())
        });
        let policy = match read {
            Ok(Ok(policy)) => policy,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // Where no thread can be started, this one has to do.
            Err(_) => self.read_here(),
        };
        give_back();
        policy
    }

    fn read_here(&self) -> Result<Policy, Failed> {
        let artifact = Path::new(&self.0.policy.file)
            .extension()
            .is_some_and(|e| e == "gwb");
        match artifact {
            true => self.decode(),
            false => self.compile(),
        }
    }

    fn compile(&self) -> Result<Policy, Failed> {
        let compiled = compiler::compile(&self.0)?;
        let graph = gw_graph::decode(&compiled.artifact).map_err(|e| Failed {
            code: exit::INTERNAL,
            text: format!("error: the compiled policy cannot be used: {e}\n"),
        })?;
        Ok(Policy {
            id: compiled.id,
            graph: Arc::new(graph),
            base: self.base(),
            sources: compiled.sources,
        })
    }

    fn decode(&self) -> Result<Policy, Failed> {
        let file = &self.0.policy.file;
        let failed = |text| Failed {
            code: exit::DOES_NOT_COMPILE,
            text,
        };
        let bytes = std::fs::read(file).map_err(|e| {
            failed(format!(
                "error: the artifact `{file}` cannot be read: {e}\n"
            ))
        })?;
        let (mut graph, id) = gw_graph::decode_with_id(&bytes).map_err(|e| {
            failed(format!(
                "error: `{file}` is no usable artifact: {e}; build it again with `gwc build`\n"
            ))
        })?;
        graph.forget_explanations();
        Ok(Policy {
            id,
            graph: Arc::new(graph),
            base: self.base(),
            sources: vec![PathBuf::from(file)],
        })
    }

    /// The folder that file names in the policy are relative to.
    fn base(&self) -> PathBuf {
        Path::new(&self.0.policy.file)
            .parent()
            .map(Path::to_owned)
            .unwrap_or_default()
    }
}

/// Lets the allocator give back what loading has freed. It does so a second after the fact, when
/// a thread ends or needs memory, and a gateway that waits for requests does neither.
fn give_back() {
    let wait = || std::thread::sleep(PURGE_DELAY);
    let thread = std::thread::Builder::new().name("gw-give-back".to_owned());
    // Without it the memory goes back later.
    drop(thread.spawn(wait));
}

/// A little more than mimalloc's `purge_delay`.
const PURGE_DELAY: Duration = Duration::from_millis(1_200);

impl PolicySource for Source {
    fn load(&self) -> Result<Policy, String> {
        self.read().map_err(|failed| failed.text)
    }
}
