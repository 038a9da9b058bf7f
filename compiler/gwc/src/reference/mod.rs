//! The reference of a policy as a value: what a reader of its API asks, route by route. Must not
//! know how it is laid out.

mod answers;
pub(crate) mod html;
pub(crate) mod markdown;
mod route;
mod types;
mod written;

use crate::retries;
use gw_compiler::Compiled;
use gw_graph::{AuthnKind, Backend, KeySource, Origin, Targets};
use written::Written;

/// The reference of a policy.
#[derive(Debug)]
pub(crate) struct Reference {
    /// The name of the entry file.
    pub(crate) title: String,
    /// The documentation comments before its edition line.
    pub(crate) doc: String,
    /// Routes by service, in the order of the source.
    pub(crate) groups: Vec<Group>,
    /// What routes refer to.
    pub(crate) declarations: Vec<Declarations>,
    /// What any request can be answered with, whatever its route.
    pub(crate) everywhere: Vec<Answer>,
}

/// The routes of a service, or those of none.
#[derive(Debug)]
pub(crate) struct Group {
    /// The service; empty for the top level.
    pub(crate) name: String,
    /// Its documentation.
    pub(crate) doc: String,
    /// Its routes.
    pub(crate) routes: Vec<RouteEntry>,
}

/// A route.
#[derive(Debug)]
pub(crate) struct RouteEntry {
    /// With its service, as `shop.order_create`.
    pub(crate) name: String,
    /// `GET|HEAD`; `any method` where all are taken.
    pub(crate) methods: String,
    /// Hosts and path.
    pub(crate) addresses: Vec<String>,
    /// Its documentation.
    pub(crate) doc: String,
    /// Who may call it.
    pub(crate) access: Access,
    /// What holds for it, under a heading each: conditions, rules, limits, changes.
    pub(crate) details: Vec<Detail>,
    /// What the gateway itself answers with.
    pub(crate) answers: Vec<Answer>,
    /// `shop.gw:12:3`.
    pub(crate) place: String,
}

/// Who may call a route.
#[derive(Debug)]
pub(crate) enum Access {
    /// Everybody, for this reason.
    Public(String),
    /// Those with this identity, as `idp or partner`; empty where rules do without one.
    Identity(String),
}

/// Source text under a heading.
#[derive(Debug)]
pub(crate) struct Detail {
    /// `Rules`.
    pub(crate) heading: &'static str,
    /// Statements with what they come from, as `service shop`.
    pub(crate) lines: Vec<(String, String)>,
}

/// A status with its reasons.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The reasons.
    pub(crate) reasons: Vec<String>,
}

/// Declarations of one kind.
#[derive(Debug)]
pub(crate) struct Declarations {
    /// `Backends`.
    pub(crate) heading: &'static str,
    /// Each with its summary, its documentation and its source text.
    pub(crate) entries: Vec<Declaration>,
}

/// A declaration.
#[derive(Debug)]
pub(crate) struct Declaration {
    /// Its name.
    pub(crate) name: String,
    /// In a few words.
    pub(crate) summary: String,
    /// Its documentation.
    pub(crate) doc: String,
    /// What it consists of, where it is a type.
    pub(crate) members: Option<Members>,
    /// Its source text.
    pub(crate) source: String,
}

/// What a type consists of.
#[derive(Debug)]
pub(crate) enum Members {
    /// A record.
    Fields(Vec<FieldEntry>),
    /// An enum: each variant, with those that it stands for besides itself.
    Variants(Vec<(String, String)>),
}

/// A field of a record.
#[derive(Debug)]
pub(crate) struct FieldEntry {
    /// Its name.
    pub(crate) name: String,
    /// As the policy writes it, without the constraints of the field itself.
    pub(crate) ty: String,
    /// In words: `required, at most 32 characters`.
    pub(crate) constraints: String,
    /// Its documentation.
    pub(crate) doc: String,
}

impl Reference {
    /// The reference of a compiled policy.
    pub(crate) fn of(compiled: &Compiled) -> Self {
        let written = Written::of(&compiled.sources, compiled.graph.files.len());
        let title = compiled.graph.files.first().cloned().unwrap_or_default();
        Self {
            title,
            doc: written.file().to_owned(),
            groups: route::groups(&compiled.graph, &written),
            declarations: declarations(compiled, &written),
            everywhere: answers::everywhere(),
        }
    }

    /// Every route.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &RouteEntry> {
        self.groups.iter().flat_map(|group| &group.routes)
    }

    /// The routes that let everybody in, with the reasons.
    pub(crate) fn public(&self) -> Vec<(&RouteEntry, &str)> {
        let mut public = Vec::new();
        for route in self.routes() {
            match &route.access {
                Access::Public(why) => public.push((route, why.as_str())),
                Access::Identity(_) => {}
            }
        }
        public
    }
}

/// Identities, limits, backends and listeners.
fn declarations(compiled: &Compiled, written: &Written<'_>) -> Vec<Declarations> {
    let graph = &compiled.graph;
    let entry = |name: &str, summary: String, origin: Origin| Declaration {
        name: name.to_owned(),
        summary,
        doc: written.doc(origin).to_owned(),
        members: None,
        source: written.block(origin),
    };
    let authns = graph.authns.iter();
    let authns = authns.map(|a| entry(&a.name, identity(&a.kind), a.origin));
    let limits = graph.limits.iter();
    let mut limits: Vec<_> = limits
        .map(|l| entry(&l.name, "counts requests".to_owned(), l.origin))
        .collect();
    // The same limit with the same arguments, used in several places, is one.
    limits.sort_by(|a, b| a.name.cmp(&b.name));
    limits.dedup_by(|a, b| a.name == b.name);
    let backends = graph.backends.iter();
    let backends = backends.map(|b| entry(&b.name, backend(b), b.origin));
    let listeners = graph.listeners.iter();
    let listeners = listeners.map(|l| {
        let tls = if l.tls.is_some() { "HTTPS" } else { "HTTP" };
        entry(&l.name, format!("{tls} on `{}`", l.bind), l.origin)
    });
    let kinds = [
        ("Identities", authns.collect()),
        ("Types", types::all(compiled, written)),
        ("Limits", limits),
        ("Backends", backends.collect()),
        ("Listeners", listeners.collect::<Vec<_>>()),
    ];
    let kinds = kinds.into_iter().filter(|(_, entries)| !entries.is_empty());
    kinds
        .map(|(heading, entries)| Declarations { heading, entries })
        .collect()
}

fn identity(kind: &AuthnKind) -> String {
    match kind {
        AuthnKind::Jwt(jwt) => {
            let keys = match &jwt.keys {
                KeySource::Secret(_) => "a shared secret".to_owned(),
                KeySource::File(path) => format!("the keys of `{path}`"),
                KeySource::Inline(_) => "keys in the policy".to_owned(),
                KeySource::Remote { url, .. } => format!("the keys at `{url}`"),
            };
            let issuers = jwt.issuers.join("`, `");
            let by = match issuers.is_empty() {
                true => String::new(),
                false => format!(" of `{issuers}`"),
            };
            format!("a JSON Web Token{by}, verified with {keys}")
        }
        AuthnKind::ApiKey(_) => "an API key".to_owned(),
        AuthnKind::ClientCertificate(_) => "the certificate of the client".to_owned(),
    }
}

fn backend(backend: &Backend) -> String {
    let retry = retries::describe(backend);
    let retry = retry.map(|text| format!("; retried after {text}"));
    targets(&backend.targets) + &retry.unwrap_or_default()
}

fn targets(targets: &Targets) -> String {
    match targets {
        Targets::Echo => "built in: describes the request".to_owned(),
        Targets::Fixed(list) => {
            let one = |t: &gw_graph::Target| {
                let scheme = if t.tls { "https" } else { "http" };
                format!("`{scheme}://{}:{}{}`", t.host, t.port, t.base_path)
            };
            list.iter().map(one).collect::<Vec<_>>().join(", ")
        }
    }
}
