//! A gateway from policy text.

use crate::{Backend, Client, Message};
use gw_compiler::{Disk, Options as Compile};
use gw_proxy::{AccessLog, Gateway, Options, Policy, StartError};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

pub struct Gate {
    gateway: Gateway,
    folder: TempDir,
}

impl Gate {
    /// Serves a policy. `LISTENER` at its top becomes a plain listener on port 0.
    pub fn start(policy: &str) -> Gate {
        Self::with_files(policy, &[])
    }

    /// Serves a policy that passes everything to a backend.
    pub fn before(backend: &Backend) -> Gate {
        Self::start(&format!("LISTENER\n{}", backend.policy()))
    }

    /// Serves a policy that names files.
    pub fn with_files(policy: &str, files: &[(&str, &str)]) -> Gate {
        Self::try_with_files(policy, files).unwrap_or_else(|e| panic!("it does not start: {e}"))
    }

    pub fn try_with_files(policy: &str, files: &[(&str, &str)]) -> Result<Gate, StartError> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let options = own_options(folder.path());
        let gateway = Gateway::start(&compile(folder.path(), policy), options)?;
        Ok(Gate { gateway, folder })
    }

    /// Serves a policy of `examples/`, with parameters; what they leave out has its default.
    pub fn example(name: &str, params: &[(&str, &str)]) -> Gate {
        let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
        let entry = base.join(name).display().to_string();
        let mut options = Compile::default();
        for (name, value) in params {
            options.set(&format!("{name}={value}")).unwrap();
        }
        let compiled = gw_compiler::compile(&Disk, &entry, &options)
            .unwrap_or_else(|failure| panic!("it does not compile: {:#?}", failure.diagnostics));
        let policy = Policy {
            id: gw_graph::policy_id(&compiled.graph),
            graph: Arc::new(compiled.graph),
            base,
            sources: vec![entry.into()],
        };
        let folder = tempfile::tempdir().unwrap();
        let gateway = Gateway::start(&policy, own_options(folder.path())).unwrap();
        Gate { gateway, folder }
    }

    /// The first listener's address.
    pub fn address(&self) -> SocketAddr {
        self.gateway.listeners()[0].address
    }

    pub fn listener(&self, name: &str) -> SocketAddr {
        self.gateway.address(name).expect("a listener of that name")
    }

    pub fn client(&self) -> Client {
        Client::connect(self.address())
    }

    /// One GET on a connection of its own.
    pub fn get(&self, path: &str, fields: &str) -> Message {
        self.client().get(path, fields)
    }

    pub fn admin(&self, path: &str) -> Message {
        Client::connect(self.gateway.admin()).get(path, "connection: close\r\n")
    }

    /// The value of a sample of `/metrics`, labels included in the name.
    pub fn metric(&self, sample: &str) -> Option<f64> {
        let page = self.admin("/metrics").text();
        let line = page
            .lines()
            .find_map(|l| l.strip_prefix(sample)?.strip_prefix(' '));
        line.map(|value| value.parse().unwrap())
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Puts another policy into service.
    pub fn reload(&self, policy: &str) -> Result<(), StartError> {
        self.gateway.reload(&compile(self.folder.path(), policy))
    }

    /// Shuts down; the lines of the access log.
    pub fn end(self) -> Vec<Value> {
        self.gateway.shut_down();
        let log = std::fs::read_to_string(self.folder.path().join("access.log")).unwrap();
        log.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// One worker, the admin listener on port 0, the access log in a folder.
fn own_options(folder: &Path) -> Options {
    Options {
        workers: 1,
        admin: SocketAddr::from(([127, 0, 0, 1], 0)),
        access_log: AccessLog::File(folder.join("access.log")),
        drain: Duration::from_secs(5),
        file: "policy.gw".to_owned(),
    }
}

/// Compiles a policy text in a folder.
fn compile(folder: &Path, policy: &str) -> Policy {
    let policy = policy.replace("LISTENER", "gw 1\nlistener http { bind = \"127.0.0.1:0\" }");
    let file: PathBuf = folder.join("policy.gw");
    std::fs::write(&file, policy).unwrap();
    let entry = file.display().to_string();
    let compiled = gw_compiler::compile(&Disk, &entry, &Compile::default())
        .unwrap_or_else(|failure| panic!("it does not compile: {:#?}", failure.diagnostics));
    Policy {
        id: gw_graph::policy_id(&compiled.graph),
        graph: Arc::new(compiled.graph),
        base: folder.to_owned(),
        sources: vec![file],
    }
}
