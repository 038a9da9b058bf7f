//! Everything that a policy needs to serve, made in one go: if any part is missing, nothing
//! changes. Requests hold on to the snapshot they began with, so that a reload never mixes two.

use crate::authn::{self, RemoteSets, Verifier};
use crate::secrets::Secrets;
use crate::tls::Trusting;
use crate::{LoadError, Policy, tls};
use gw_engine::{Engine, TableData, Tables};
use gw_graph::{
    AuthnKind, Backend, BackendId, BackendProtocol, Graph, KeySource, Listener, Route, RouteId,
    SecretSource, Table, Targets,
};
use rustls::{ClientConfig, ServerConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// A policy that is ready to serve.
pub(crate) struct Snapshot {
    pub(crate) engine: Engine,
    pub(crate) tables: Tables,
    pub(crate) secrets: Secrets,
    pub(crate) verifiers: Vec<Verifier>,
    /// By `ListenerId`; none where a listener has no TLS.
    pub(crate) listener_tls: Vec<Option<Trusting<ServerConfig>>>,
    /// By `BackendId`; none where no target has TLS.
    pub(crate) backend_tls: Vec<Option<Trusting<ClientConfig>>>,
    /// The policy id.
    pub(crate) id: String,
    /// Counts the snapshots of this process, from 1.
    pub(crate) version: u64,
    pub(crate) loaded: SystemTime,
    /// Files that it was made from.
    pub(crate) files: Vec<PathBuf>,
}

impl Snapshot {
    /// Makes a policy ready.
    pub(crate) fn load(
        policy: &Policy,
        version: u64,
        remote: &RemoteSets,
    ) -> Result<Self, LoadError> {
        let (graph, base) = (&policy.graph, policy.base.as_path());
        let secrets = Secrets::load(graph, base)?;
        let engine =
            Engine::load(Arc::clone(graph)).map_err(|e| LoadError::Graph(e.to_string()))?;
        let listener = |l: &Listener| {
            l.tls
                .as_ref()
                .map(|tls| tls::server_config(l, tls, base))
                .transpose()
        };
        let listener_tls: Result<Vec<_>, _> = graph.listeners.iter().map(listener).collect();
        let backend_tls: Result<Vec<_>, _> = graph
            .backends
            .iter()
            .map(|b| backend_tls(b, base))
            .collect();
        Ok(Self {
            engine,
            tables: tables(graph, base)?,
            verifiers: authn::verifiers(graph, &secrets, remote, base)?,
            secrets,
            listener_tls: listener_tls?,
            backend_tls: backend_tls?,
            id: policy.id.clone(),
            version,
            loaded: SystemTime::now(),
            files: files(policy),
        })
    }

    pub(crate) fn graph(&self) -> &Graph {
        self.engine.graph()
    }

    pub(crate) fn route(&self, id: RouteId) -> Option<&Route> {
        self.graph().routes.get(id.index())
    }

    pub(crate) fn backend(&self, id: BackendId) -> Option<&Backend> {
        self.graph().backends.get(id.index())
    }
}

fn tables(graph: &Graph, base: &Path) -> Result<Tables, LoadError> {
    let table = |table: &Table| {
        let path = base.join(&table.source);
        let text = crate::file::read_table(&path).map_err(LoadError::unreadable("table", &path))?;
        TableData::parse(table, &text)
            .map(Arc::new)
            .map_err(|e| LoadError::Unusable {
                what: "table",
                path,
                problem: e.to_string(),
                help: "each line is a JSON object that fits the table's schema",
            })
    };
    graph
        .tables
        .iter()
        .map(table)
        .collect::<Result<Vec<_>, _>>()
        .map(Tables::new)
}

fn backend_tls(
    backend: &Backend,
    base: &Path,
) -> Result<Option<Trusting<ClientConfig>>, LoadError> {
    let Targets::Fixed(targets) = &backend.targets else {
        return Ok(None);
    };
    if !targets.iter().any(|t| t.tls) {
        return Ok(None);
    }
    let alpn: &[&[u8]] = match backend.protocol {
        BackendProtocol::Auto => &[b"h2", b"http/1.1"],
        BackendProtocol::Http1 => &[b"http/1.1"],
        BackendProtocol::Http2 => &[b"h2"],
    };
    let ca = backend.tls.ca.as_ref().map(|file| base.join(file));
    tls::client_config(ca.as_deref(), alpn).map(Some)
}

/// Every file whose change matters.
fn files(policy: &Policy) -> Vec<PathBuf> {
    let graph = &policy.graph;
    let base = |file: &String| policy.base.join(file);
    let mut files = policy.sources.clone();
    files.extend(
        graph
            .tables
            .iter()
            .filter(|t| t.watch)
            .map(|t| base(&t.source)),
    );
    for tls in graph.listeners.iter().filter_map(|l| l.tls.as_ref()) {
        files.extend(
            tls.certificates
                .iter()
                .flat_map(|c| [base(&c.cert), base(&c.key)]),
        );
        if let Some(client) = &tls.client {
            files.extend(
                [Some(&client.ca), client.crl.as_ref()]
                    .into_iter()
                    .flatten()
                    .map(base),
            );
        }
    }
    files.extend(
        graph
            .backends
            .iter()
            .filter_map(|b| b.tls.ca.as_ref())
            .map(base),
    );
    for authn in &graph.authns {
        let AuthnKind::Jwt(jwt) = &authn.kind else {
            continue;
        };
        match &jwt.keys {
            KeySource::File(file) | KeySource::Remote { ca: Some(file), .. } => {
                files.push(base(file));
            }
            KeySource::Secret(_) | KeySource::Inline(_) | KeySource::Remote { ca: None, .. } => {}
        }
    }
    files.extend(
        graph
            .secrets
            .iter()
            .filter_map(|secret| match &secret.source {
                SecretSource::File(file) => Some(base(file)),
                SecretSource::Env(_) => None,
            }),
    );
    files
}
