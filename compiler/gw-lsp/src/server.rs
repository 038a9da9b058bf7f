//! The server without its pipes: messages in, messages out, and work to be done elsewhere. Keeps
//! what is open; answers follow from a snapshot of that. Has no clock and no threads.

use crate::capabilities::{self, Client};
use crate::feature::diagnostics::{Findings, Style};
use crate::host::Host;
use crate::job::{Check, Done, Found, Job};
use crate::said::{Answer, Said, error, json};
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::text::Text;
use crate::uri;
use gw_compiler::Options;
use lsp_server::{ErrorCode, Message, Notification, Request};
use lsp_types::notification::{self as note, Notification as _};
use lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, InitializeParams, PublishDiagnosticsParams, Uri,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The server.
pub struct Server {
    pub(crate) snapshot: Snapshot,
    pub(crate) style: Style,
    pub(crate) client: Client,
    pub(crate) versions: HashMap<String, i32>,
    /// What the last check found.
    pub(crate) findings: BTreeMap<String, Findings>,
    pub(crate) jobs: Vec<Job>,
    folders: Vec<String>,
    published: BTreeSet<String>,
    stage: Stage,
    changed: Changed,
}

/// How far the conversation is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// Nothing was said yet.
    New,
    /// Requests are answered.
    Running,
    /// The editor wants to end it.
    ShutDown,
    /// It has ended, with this exit code.
    Ended(u8),
}

/// Whether files changed since the last check began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Changed {
    Yes,
    No,
}

impl Server {
    /// A server on a machine.
    pub fn new(host: Arc<dyn Host>) -> Self {
        Self {
            snapshot: Snapshot::new(host, Options::default()),
            style: Style::default(),
            client: Client::default(),
            versions: HashMap::new(),
            findings: BTreeMap::new(),
            jobs: Vec::new(),
            folders: Vec::new(),
            published: BTreeSet::new(),
            stage: Stage::New,
            changed: Changed::No,
        }
    }

    /// The exit code, once the conversation has ended.
    pub fn ended(&self) -> Option<u8> {
        match self.stage {
            Stage::Ended(code) => Some(code),
            Stage::New | Stage::Running | Stage::ShutDown => None,
        }
    }

    /// Takes a message; what is said in turn.
    pub fn handle(&mut self, message: Message) -> Vec<Said> {
        match message {
            Message::Request(request) => self.request(request),
            Message::Notification(notification) => self.notified(notification),
            // The server only asks for registrations, which it can do without.
            Message::Response(_) => Vec::new(),
        }
    }

    /// Work that requests asked for.
    pub fn take_jobs(&mut self) -> Vec<Job> {
        std::mem::take(&mut self.jobs)
    }

    /// Whether the policies should be checked, which is best done in a pause of typing.
    pub fn wants_check(&self) -> bool {
        self.changed == Changed::Yes && self.stage == Stage::Running
    }

    /// The check that is wanted.
    pub fn check(&mut self) -> Job {
        self.changed = Changed::No;
        Job::Check(Check {
            snapshot: self.snapshot.clone(),
            style: self.style.clone(),
        })
    }

    /// Takes the outcome of a job; what is said then.
    pub fn finish(&mut self, done: Done) -> Vec<Said> {
        match done {
            Done::Checked(Found(found)) => self.checked(found),
            Done::Tested(id, outcome) => crate::request::tested(&id, outcome),
        }
    }

    fn request(&mut self, request: Request) -> Vec<Said> {
        let refuse = |code, why: &str| Err(error(code, why));
        let answer = match (self.stage, request.method.as_str()) {
            (Stage::New, "initialize") => self.initialize(request.params),
            (Stage::New, _) => refuse(ErrorCode::ServerNotInitialized, "say `initialize` first"),
            (Stage::Running, "shutdown") => {
                self.stage = Stage::ShutDown;
                json(())
            }
            (Stage::Running, "initialize") => {
                refuse(ErrorCode::InvalidRequest, "already initialized")
            }
            (Stage::Running, _) => return crate::request::answer(self, request),
            (Stage::ShutDown | Stage::Ended(_), _) => {
                refuse(ErrorCode::InvalidRequest, "the server was shut down")
            }
        };
        vec![Said::response(&request.id, &answer)]
    }

    fn initialize(&mut self, params: Value) -> Answer {
        let params: InitializeParams = serde_json::from_value(params)
            .map_err(|e| error(ErrorCode::InvalidParams, e.to_string()))?;
        self.stage = Stage::Running;
        self.client = Client::of(&params);
        self.style.units = self.client.units;
        self.folders = folders(&params);
        self.configure(params.initialization_options);
        self.rescan();
        json(capabilities::server(&self.client))
    }

    fn configure(&mut self, settings: Option<Value>) {
        let settings = Settings::read(settings.unwrap_or_default());
        let options = settings.options(&*self.snapshot.host, &self.folders);
        self.snapshot.options = Arc::new(options);
        self.style.docs = settings.docs;
        self.changed = Changed::Yes;
    }

    /// Looks for the policies of the workspace.
    fn rescan(&mut self) {
        let host = &self.snapshot.host;
        let found = self.folders.iter().flat_map(|f| host.policies(f));
        self.snapshot.workspace = Arc::new(found.collect());
        self.snapshot.refresh();
        self.changed = Changed::Yes;
    }

    /// Files changed on the disk. Only a policy can be a new one; what else is watched may describe
    /// a schema of one.
    fn watched(&mut self, params: &DidChangeWatchedFilesParams) {
        let policy = |path: String| path.ends_with(".gw");
        if params.changes.iter().any(|c| policy(uri::path(&c.uri))) {
            return self.rescan();
        }
        self.snapshot.refresh();
        self.changed = Changed::Yes;
    }

    fn notified(&mut self, notification: Notification) -> Vec<Said> {
        if notification.method == note::Exit::METHOD {
            self.stage = Stage::Ended(u8::from(self.stage != Stage::ShutDown));
            return Vec::new();
        }
        if self.stage != Stage::Running {
            return Vec::new();
        }
        match notification.method.as_str() {
            note::Initialized::METHOD => return self.client.registrations(),
            note::DidOpenTextDocument::METHOD => with(notification, |p| self.open(p)),
            note::DidChangeTextDocument::METHOD => with(notification, |p| self.change(p)),
            note::DidCloseTextDocument::METHOD => with(notification, |p| self.close(&p)),
            note::DidSaveTextDocument::METHOD => {
                self.snapshot.refresh();
                self.changed = Changed::Yes;
            }
            note::DidChangeWatchedFiles::METHOD => with(notification, |p| self.watched(&p)),
            note::DidChangeWorkspaceFolders::METHOD => self.rescan(),
            note::DidChangeConfiguration::METHOD => {
                // Editors that are asked for their settings announce changes without them.
                let settings = notification.params.pointer("/settings/gw");
                if let Some(settings) = settings.filter(|s| s.is_object()) {
                    self.configure(Some(settings.clone()));
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn open(&mut self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let path = uri::path(&document.uri);
        Arc::make_mut(&mut self.snapshot.uris).insert(path.clone(), document.uri);
        self.versions.insert(path.clone(), document.version);
        self.set(&path, Some(Text::new(document.text)));
    }

    fn change(&mut self, params: DidChangeTextDocumentParams) {
        let path = uri::path(&params.text_document.uri);
        let Some(mut text) = self.snapshot.open.get(&path).cloned() else {
            return;
        };
        for change in &params.content_changes {
            text = text.changed(change, self.style.units);
        }
        self.versions
            .insert(path.clone(), params.text_document.version);
        self.set(&path, Some(text));
    }

    fn close(&mut self, params: &DidCloseTextDocumentParams) {
        let path = uri::path(&params.text_document.uri);
        Arc::make_mut(&mut self.snapshot.uris).remove(&path);
        self.versions.remove(&path);
        self.set(&path, None);
    }

    fn set(&mut self, path: &str, text: Option<Text>) {
        self.snapshot.set(path, text);
        self.snapshot.refresh();
        self.changed = Changed::Yes;
    }

    /// Publishes what a check found, and takes back what no check finds any more. Findings of a
    /// text that has changed meanwhile are left to the next check.
    fn checked(&mut self, found: BTreeMap<String, Findings>) -> Vec<Said> {
        let mut out = Vec::new();
        let gone = self.published.iter().filter(|p| !found.contains_key(*p));
        for path in gone {
            out.extend(self.publish(path, Vec::new()));
        }
        let mut published = BTreeSet::new();
        for (path, findings) in &found {
            let current = self.snapshot.open.get(path);
            let is_stale = current.is_some_and(|t| *t.text != *findings.text);
            let was_published = self.published.contains(path);
            if is_stale {
                if was_published {
                    published.insert(path.clone());
                }
                continue;
            }
            if !findings.list.is_empty() || was_published || current.is_some() {
                let shown = findings.list.iter().map(|f| f.shown.clone()).collect();
                out.extend(self.publish(path, shown));
                published.insert(path.clone());
            }
        }
        self.published = published;
        self.findings = found;
        out
    }

    fn publish(&self, path: &str, diagnostics: Vec<lsp_types::Diagnostic>) -> Option<Said> {
        let params = PublishDiagnosticsParams {
            uri: self.snapshot.uri(path)?,
            diagnostics,
            version: self.versions.get(path).copied(),
        };
        Some(Said::notification(
            note::PublishDiagnostics::METHOD,
            &params,
        ))
    }
}

/// Takes a notification whose parameters have the right shape; others mean nothing.
fn with<P: serde::de::DeserializeOwned>(notification: Notification, take: impl FnOnce(P)) {
    if let Ok(params) = serde_json::from_value(notification.params) {
        take(params);
    }
}

/// The folders of the workspace.
fn folders(params: &InitializeParams) -> Vec<String> {
    let listed = params.workspace_folders.iter().flatten().map(|f| &f.uri);
    let mut folders: Vec<String> = listed.map(uri::path).collect();
    #[expect(deprecated, reason = "older editors name one folder in this field")]
    let root: Option<&Uri> = params.root_uri.as_ref();
    if let (true, Some(root)) = (folders.is_empty(), root) {
        folders.push(uri::path(root));
    }
    folders
}
