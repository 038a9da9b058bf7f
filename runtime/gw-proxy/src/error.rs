//! What can go wrong when a policy is made ready to serve, and when the gateway starts. Each
//! message names the file or address and a way out; nothing here concerns a request.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a policy cannot be served, although it compiles.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file that the policy names cannot be read.
    #[error("{what} `{}` cannot be read: {source}; check the path (it is relative to the policy's folder) and its permissions", path.display())]
    Unreadable {
        /// What the file is for.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{what} `{}` is not usable: {problem}; {help}", path.display())]
    Unusable {
        /// What the file is for.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
        /// A way out.
        help: &'static str,
    },
    /// A certificate is not valid at this time.
    #[error("certificate `{}` {problem}; renew it, then start or reload the gateway", path.display())]
    Expired {
        /// The file.
        path: PathBuf,
        /// Since when.
        problem: String,
    },
    /// A secret has no value.
    #[error(
        "secret `{name}` has no value: {problem}; set it where the policy says, or change its source"
    )]
    Secret {
        /// Its name.
        name: String,
        /// What is missing.
        problem: String,
    },
    /// An authentication cannot be set up.
    #[error("authn `{name}` cannot verify anything: {problem}; {help}")]
    Authn {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: String,
        /// A way out.
        help: &'static str,
    },
    /// A listener cannot be set up.
    #[error("listener `{name}` cannot be set up: {problem}; {help}")]
    Listener {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: String,
        /// A way out.
        help: &'static str,
    },
    /// The graph is damaged or was made by another version.
    #[error("the policy cannot be loaded: {0}; build it again with this version's `gwc build`")]
    Graph(String),
}

/// Why the gateway cannot start or stopped.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The policy cannot be served.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A listener's address cannot be bound.
    #[error("listener `{name}` cannot accept connections on {address}: {source}; {help}")]
    Bind {
        /// Its name.
        name: String,
        /// The address.
        address: String,
        /// Why.
        source: std::io::Error,
        /// A way out.
        help: &'static str,
    },
    /// The admin address cannot be bound.
    #[error(
        "the admin listener cannot accept connections on {address}: {source}; choose another with --admin"
    )]
    Admin {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The access log cannot be opened.
    #[error("the access log `{}` cannot be opened: {source}; choose another with --access-log", path.display())]
    AccessLog {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The system refuses a thread or a timer.
    #[error("the system refuses what the gateway needs to run: {0}")]
    System(#[from] std::io::Error),
}

impl LoadError {
    /// For `map_err` on reading a file.
    pub(crate) fn unreadable(
        what: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> LoadError {
        let path = path.to_owned();
        move |source| LoadError::Unreadable { what, path, source }
    }
}
