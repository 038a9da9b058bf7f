//! Servers: where the API is, and what its paths begin with.

use crate::notes::Notes;
use gw_schema::Document;
use serde_json::Value;

/// The address of an API.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Server {
    /// `https://api.example.com:8443`, where the description says.
    pub(crate) origin: Option<String>,
    /// `api.example.com`.
    pub(crate) host: Option<String>,
    /// `/v1`; empty for none.
    pub(crate) prefix: String,
}

impl Server {
    /// The first server of a description.
    pub(crate) fn of(document: &Document, notes: &mut Notes) -> Self {
        let mut servers = document.elements(document.member("servers"));
        let first = servers.next().map(|s| url(document, s)).unwrap_or_default();
        let server = Self::read(&first);
        if server.origin.is_none() {
            notes.say("no server has an address: set it with --set api_url=…");
        }
        for other in servers.map(|s| url(document, s)) {
            let address = Self::read(&other);
            match address.prefix == server.prefix {
                true => notes.about(
                    "other servers are chosen with --set api_url=… --set api_host=…",
                    &other,
                ),
                false => notes.about("servers with another base path are not carried", &other),
            }
        }
        server
    }

    fn read(url: &str) -> Self {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Self {
                origin: None,
                host: None,
                prefix: prefix(url),
            };
        };
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let known = matches!(scheme, "http" | "https") && !authority.is_empty();
        let named = authority
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".-:".contains(c));
        let host = authority.split(':').next().unwrap_or_default();
        Self {
            origin: (known && named).then(|| format!("{scheme}://{authority}")),
            host: (known && named).then(|| host.to_ascii_lowercase()),
            prefix: prefix(path),
        }
    }
}

/// A server's URL with the defaults of its variables.
fn url(document: &Document, server: &Value) -> String {
    let mut url = document.text(server, "url").unwrap_or_default().to_owned();
    for (name, variable) in document.members(document.get(server, "variables")) {
        let value = document.text(variable, "default").unwrap_or_default();
        url = url.replace(&format!("{{{name}}}"), value);
    }
    url
}

fn prefix(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_end_matches('/');
    match path.is_empty() || path.starts_with('/') {
        true => path.to_owned(),
        false => format!("/{path}"),
    }
}
