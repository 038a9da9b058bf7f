//! Sends a request through the production engine with a fixed clock, given identities and mocked
//! backends. `gwc test` and `gwc explain request` differ only in what they print.

mod backend;
mod identity;
mod outcome;

pub(crate) use outcome::Outcome;

use gw_compiler::{Given, TestRequest};
use gw_engine::{
    Engine, Exchange, ForwardPlan, HeaderEdit, HeaderEdits, HeaderText, HeaderValue, Need,
    Progress, RequestHead, State, TableData, Tables, TlsFacts, UnixNanos, World,
};
use gw_graph::{Builtin, Graph, ListenerId};
use identity::Identities;
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// 2030-01-01T00:00:00Z, in nanoseconds: when requests arrive unless a test says otherwise.
pub(crate) const DEFAULT_TIME: i64 = 1_893_456_000_000_000_000;

/// A policy that answers requests without a network; shared by threads.
pub(crate) struct Simulator {
    engine: Engine,
    tables: Tables,
    identities: Arc<Identities>,
}

/// When and by what chance a request arrives, and how much is told of it.
#[derive(Clone, Copy)]
pub(crate) struct Arrival {
    /// Nanoseconds since 1970.
    pub(crate) time: i64,
    /// Chooses among a split.
    pub(crate) random: u64,
    /// What the trace tells.
    pub(crate) detail: Detail,
}

/// How much the trace of a request tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Detail {
    /// Nothing.
    Nothing,
    /// The way through the graph.
    Way,
    /// Also the routes that came close.
    Near,
}

impl Simulator {
    /// Loads a graph. Tables are empty: identities are given, not looked up.
    pub(crate) fn new(graph: Graph) -> Result<Self, String> {
        let identities = Arc::new(Identities::of(&graph));
        Self::load(graph, identities)
    }

    /// The same for a graph with other rules, but the same authentications.
    pub(crate) fn changed(&self, graph: Graph) -> Result<Self, String> {
        Self::load(graph, Arc::clone(&self.identities))
    }

    fn load(graph: Graph, identities: Arc<Identities>) -> Result<Self, String> {
        let tables = graph
            .tables
            .iter()
            .map(|_| Arc::new(TableData::default()))
            .collect();
        let engine = Engine::load(Arc::new(graph)).map_err(|e| e.to_string())?;
        Ok(Self {
            engine,
            tables: Tables::new(tables),
            identities,
        })
    }

    /// The graph that runs.
    pub(crate) fn graph(&self) -> &Graph {
        self.engine.graph()
    }

    /// Counters that begin anew.
    pub(crate) fn state() -> State {
        State::new(0)
    }

    /// Sends a request.
    pub(crate) fn send(
        &self,
        state: &State,
        given: &Given,
        request: &TestRequest,
        arrival: Arrival,
    ) -> Outcome {
        let headers = request_headers(given, request);
        let path = match gw_graph::normalize_path(&request.path) {
            Ok(path) => path,
            Err(_) => return Outcome::refused_early(Builtin::BadPath),
        };
        let source = given
            .source
            .unwrap_or(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
        let tls = given.tls.as_ref().map(|tls| TlsFacts {
            version: &tls.version,
            sni: tls.sni.as_deref(),
            cipher: &tls.cipher,
        });
        let head = RequestHead {
            listener: self.listener(given),
            method: &request.method,
            scheme: if tls.is_some() { "https" } else { "http" },
            host: &request.host,
            port: None,
            path: &path,
            query: &request.query,
            headers: &headers,
            source_ip: source,
            peer_ip: source,
            peer_port: 40_000,
            protocol: "HTTP/1.1",
            tls,
            id: "00000000-0000-7000-8000-000000000000",
            time: UnixNanos(arrival.time),
            random: arrival.random,
        };
        let world = World {
            state,
            tables: &self.tables,
        };
        let exchange = Exchange::begin(&self.engine, world, &head);
        let exchange = match arrival.detail {
            Detail::Nothing => exchange,
            Detail::Way => exchange.recorded(),
            Detail::Near => exchange.traced(),
        };
        self.run(exchange, (given, request), headers.clone())
    }

    fn listener(&self, given: &Given) -> ListenerId {
        let Some(name) = &given.listener else {
            return ListenerId(0);
        };
        let mut listeners = self.graph().listeners.iter();
        let at = listeners.position(|l| l.name == name.as_str());
        ListenerId::from_index(at.unwrap_or(0))
    }

    fn run(
        &self,
        mut exchange: Exchange<'_>,
        (given, request): (&Given, &TestRequest),
        headers: Vec<(String, String)>,
    ) -> Outcome {
        let mut out = Outcome::undecided();
        let end = loop {
            match exchange.advance() {
                Progress::Need(Need::Identity(authn)) => {
                    let outcome = self.identities.establish(authn, given);
                    exchange.supply_identity(authn, outcome);
                }
                Progress::Need(Need::Wait(time)) => out.waited += time,
                end => break end,
            }
        };
        let mut failure = None;
        match end {
            Progress::Forward(plan) => {
                out.sent_headers = self.edited(headers, &plan.edits);
                failure = self.forward(&plan, (given, request), &mut out);
            }
            Progress::Respond(own) => {
                out.status = own.status;
                let field = |(n, v): &(&str, Cow<'_, str>)| ((*n).to_owned(), v.to_string());
                out.headers = own.headers.iter().map(field).collect();
                out.body = own.body.to_string();
            }
            Progress::Refuse(refusal) => {
                out.status = refusal.status;
                let field = |(n, v): &(&str, String)| (n.to_lowercase(), v.clone());
                out.headers = refusal.headers.iter().map(field).collect();
            }
            Progress::Need(_) => {}
        }
        self.finish(&mut exchange, &mut out);
        if let Some(builtin) = failure {
            out.reason = builtin.reason();
        }
        out
    }

    /// Asks the backend; why it gave nothing, where it failed.
    fn forward(
        &self,
        plan: &ForwardPlan<'_>,
        (given, request): (&Given, &TestRequest),
        out: &mut Outcome,
    ) -> Option<Builtin> {
        out.sent = Some((plan.path.to_string(), plan.query.to_string()));
        let backend = self.graph().backends.get(plan.backend.index())?;
        out.backend = Some(backend.name.to_string());
        let mut mocks = given.backends.iter().rev();
        let mock = mocks.find(|m| backend.name == m.name.as_str());
        let outcome = backend::ask(backend, mock, request);
        out.tries = outcome.tries;
        out.waited += outcome.time;
        out.take(outcome.reply)
    }

    /// Applies the response phase and notes the decision.
    fn finish(&self, exchange: &mut Exchange<'_>, out: &mut Outcome) {
        if let Some(limit) = exchange.limit_headers() {
            out.headers.push(("ratelimit".to_owned(), limit.limit));
            let policy = limit.policy.into_owned();
            out.headers.push(("ratelimit-policy".to_owned(), policy));
        }
        out.route = exchange.route().map(|r| r.name.to_string());
        let before = out.headers.clone();
        match exchange.respond(out.status, &before) {
            Ok(edits) => {
                out.status = edits.status.unwrap_or(out.status);
                out.headers = self.edited(before, &edits.edits);
            }
            Err(_) => out.status = Builtin::TransformError.status(),
        }
        let decision = exchange.decision();
        out.reason = decision.reason.clone();
        out.rule = decision.rule.as_ref().map(ToString::to_string);
        out.shadow = decision.shadow.iter().map(|s| s.rule.to_string()).collect();
        out.trace = exchange.trace().cloned().unwrap_or_default();
    }

    fn edited(
        &self,
        mut headers: Vec<(String, String)>,
        edits: &HeaderEdits<'_>,
    ) -> Vec<(String, String)> {
        for edit in edits.iter() {
            match edit {
                HeaderEdit::Set(name, value) => {
                    headers.retain(|(n, _)| n != name);
                    headers.extend(value.map(|value| (name.to_owned(), self.value(value))));
                }
                HeaderEdit::Add(name, value) => headers.push((name.to_owned(), self.value(value))),
                HeaderEdit::Remove(pattern) => headers.retain(|(n, _)| !pattern.matches(n)),
                HeaderEdit::Rename(from, to) => {
                    if headers.iter().any(|(n, _)| n == from) {
                        headers.retain(|(n, _)| n != to);
                    }
                    for (name, _) in headers.iter_mut().filter(|(n, _)| n == from) {
                        *name = to.to_owned();
                    }
                }
            }
        }
        headers
    }

    fn value(&self, value: HeaderValue<'_>) -> String {
        match value {
            HeaderValue::Constant { value, .. } => value.to_owned(),
            HeaderValue::Computed(text) => self.text(text),
        }
    }

    fn text(&self, text: &HeaderText<'_>) -> String {
        match text {
            HeaderText::Plain(text) => text.to_string(),
            HeaderText::Secret(id) => {
                let name = self
                    .graph()
                    .secrets
                    .get(id.index())
                    .map(|s| s.name.as_str());
                format!("<secret {}>", name.unwrap_or("?"))
            }
            HeaderText::Joined(parts) => parts.iter().map(|p| self.text(p)).collect(),
        }
    }
}

fn request_headers(given: &Given, request: &TestRequest) -> Vec<(String, String)> {
    let mut headers = vec![("host".to_owned(), request.host.clone())];
    if let Some(json) = &request.json {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
        headers.push((
            "content-length".to_owned(),
            json.to_string().len().to_string(),
        ));
    }
    headers.extend(given.headers.iter().cloned());
    headers
}
