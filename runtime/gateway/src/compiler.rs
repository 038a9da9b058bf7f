//! Compiles a policy in a process of its own. What the compiler needs, its code and many times the
//! policy, ends with that process; and a fault in it costs a reload, not the gateway. The process
//! is this program again, and answers on its standard output with texts that each end in a zero
//! byte (the policy's id, the files that it was made from, an empty one), then the artifact.

use crate::args::{Compile, Run};
use crate::policy::Failed;
use crate::{exit, render};
use gw_compiler::{Disk, Options};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A compiled policy, without what only explanations read.
pub(crate) struct Compiled {
    /// The id of the whole policy.
    pub(crate) id: String,
    /// Files that it was made from.
    pub(crate) sources: Vec<PathBuf>,
    /// Its artifact.
    pub(crate) artifact: Vec<u8>,
}

/// Has a policy compiled; warnings go to standard error.
pub(crate) fn compile(run: &Run) -> Result<Compiled, Failed> {
    match command(&run.policy).output() {
        Ok(output) => read(output),
        // Where no process can be started, this one has to do.
        Err(_) => {
            let (compiled, warnings) = compile_here(&run.policy)?;
            eprint!("{warnings}");
            Ok(compiled)
        }
    }
}

/// `gateway compile`: the other side of [`compile`]; the exit code.
pub(crate) fn answer(compile: &Compile) -> u8 {
    let compiled = match compile_here(compile) {
        Ok((compiled, warnings)) => {
            eprint!("{warnings}");
            compiled
        }
        Err(failed) => {
            eprint!("{}", failed.text);
            return failed.code;
        }
    };
    let mut head = compiled.id.into_bytes();
    for source in &compiled.sources {
        head.push(0);
        head.extend_from_slice(source.as_os_str().as_encoded_bytes());
    }
    head.extend_from_slice(&[0, 0]);
    let mut out = std::io::stdout().lock();
    let written = out
        .write_all(&head)
        .and_then(|()| out.write_all(&compiled.artifact));
    match written {
        Ok(()) => exit::FINE,
        Err(_) => exit::FAILED,
    }
}

fn command(policy: &Compile) -> Command {
    let mut command = Command::new(program());
    command.arg("compile");
    for assignment in &policy.set {
        command.arg("--set").arg(assignment);
    }
    if let Some(vars) = &policy.vars {
        command.arg("--vars").arg(vars);
    }
    // The policy may come from standard input, and its name may look like an argument.
    command.arg("--").arg(&policy.file).stdin(Stdio::inherit());
    command
}

/// This program, also if another one has been installed in its place.
fn program() -> PathBuf {
    let running = Path::new("/proc/self/exe");
    match running.exists() {
        true => running.to_owned(),
        false => std::env::current_exe().unwrap_or_else(|_| running.to_owned()),
    }
}

fn read(output: Output) -> Result<Compiled, Failed> {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        let code = output.status.code();
        let text = match code {
            Some(_) => said,
            None => format!(
                "{said}error: the compiler has crashed ({})\n",
                output.status
            ),
        };
        let code = code.and_then(|code| u8::try_from(code).ok());
        return Err(Failed {
            code: code.unwrap_or(exit::INTERNAL),
            text,
        });
    }
    eprint!("{said}");
    parse(output.stdout).ok_or_else(|| Failed {
        code: exit::INTERNAL,
        text: "error: the compiler's answer cannot be read\n".to_owned(),
    })
}

fn parse(mut answer: Vec<u8>) -> Option<Compiled> {
    let end = answer.windows(2).position(|pair| pair == [0, 0])?;
    let head = std::str::from_utf8(answer.get(..end)?).ok()?;
    let mut texts = head.split('\0');
    let id = texts.next()?.to_owned();
    let sources = texts.map(PathBuf::from).collect();
    answer.drain(..end + 2);
    Some(Compiled {
        id,
        sources,
        artifact: answer,
    })
}

/// Compiles in this process; the result with its warnings.
fn compile_here(policy: &Compile) -> Result<(Compiled, String), Failed> {
    let options = options(policy)?;
    let compiled =
        gw_compiler::compile(&Disk, &policy.file, &options).map_err(|failure| Failed {
            code: exit::DOES_NOT_COMPILE,
            text: render::diagnostics(&failure.sources, &failure.diagnostics),
        })?;
    let warnings = render::diagnostics(&compiled.sources, &compiled.diagnostics);
    let named = compiled
        .sources
        .iter()
        .map(|(_, source)| PathBuf::from(&source.name));
    let sources = named
        .chain(policy.vars.as_ref().map(PathBuf::from))
        .collect();
    let mut graph = compiled.graph;
    let id = gw_graph::policy_id(&graph);
    graph.forget_explanations();
    let artifact = gw_graph::encode(&graph);
    Ok((
        Compiled {
            id,
            sources,
            artifact,
        },
        warnings,
    ))
}

fn options(policy: &Compile) -> Result<Options, Failed> {
    let usage = |text: String| Failed {
        code: exit::USAGE,
        text: format!("error: {text}\n"),
    };
    let mut options = Options::default();
    if let Some(path) = &policy.vars {
        let text = std::fs::read_to_string(path)
            .map_err(|e| usage(format!("{path} cannot be read: {e}")))?;
        options
            .read_vars(&text)
            .map_err(|e| usage(format!("{path}: {e}")))?;
    }
    for assignment in &policy.set {
        options
            .set(assignment)
            .map_err(|e| usage(format!("--set: {e}")))?;
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_they_were_written() {
        let compiled = parse(b"id\0a.gw\0b c.gw\0\0artifact\0\0".to_vec()).unwrap();
        assert_eq!(compiled.id, "id");
        assert_eq!(
            compiled.sources,
            [PathBuf::from("a.gw"), PathBuf::from("b c.gw")]
        );
        assert_eq!(compiled.artifact, b"artifact\0\0");
        assert!(parse(b"id\0a.gw".to_vec()).is_none());
    }
}
