//! Graphs and requests built in code.
#![allow(dead_code, reason = "every test uses another part")]

use gw_engine::{Engine, Headers, RequestHead, State, Tables, UnixNanos, World};
use gw_graph::*;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

pub(crate) fn matcher(path: Vec<Segment>) -> Matcher {
    Matcher {
        listeners: Few::new(),
        hosts: SharedList::new(),
        path: path.into(),
        methods: SharedList::new(),
        headers: Few::new(),
        query: Few::new(),
        sources: Few::new(),
        when: None,
        priority: 0,
    }
}

pub(crate) fn open() -> Authorization {
    Authorization {
        sets: Few::new(),
        diagram: None,
    }
}

pub(crate) fn respond(body: &str) -> Action {
    Action::Respond(Box::new(Respond {
        status: 200,
        headers: Vec::new(),
        body: Text::Constant(body.into()),
    }))
}

pub(crate) fn route(name: &str, matcher: Matcher) -> Route {
    Route {
        name: name.into(),
        matcher,
        access: Access::Public {
            why: "test".into(),
            denies: open(),
        },
        limits: Few::new(),
        request_edits: Few::new(),
        response_edits: Few::new(),
        max_body: None,
        action: respond(name),
        steps: Few::new(),
        origin: Origin::default(),
    }
}

/// A path pattern: `{x}`, `{x:int}`, `{x:a|b}`, `{x:/regex/}`, `*`, `**`, `{rest:**}`.
pub(crate) fn path(text: &str) -> Vec<Segment> {
    let mut segments = Vec::new();
    for part in text.trim_start_matches('/').split('/') {
        let inner = part.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
        segments.push(match (part, inner) {
            ("*", _) => Segment::Any,
            ("**", _) => Segment::Rest(None),
            (_, Some(inner)) => match inner.split_once(':') {
                None => Segment::Param(inner.into(), SegmentType::String),
                Some((name, "**")) => Segment::Rest(Some(name.into())),
                Some((name, ty)) => Segment::Param(name.into(), segment_type(ty)),
            },
            (literal, None) => Segment::Exact(literal.into()),
        });
    }
    segments
}

fn segment_type(text: &str) -> SegmentType {
    match text {
        "int" => SegmentType::Int,
        "uint" => SegmentType::Uint,
        "uuid" => SegmentType::Uuid,
        "slug" => SegmentType::Slug,
        "bool" => SegmentType::Bool,
        text if text.starts_with('~') => SegmentType::Regex(Box::new(text[1..].into())),
        text => SegmentType::Enum(text.split('|').map(Into::into).collect()),
    }
}

pub(crate) fn indexed(mut graph: Graph) -> Graph {
    graph.index = gw_compiler::index::build(&graph.routes).0;
    graph
}

pub(crate) fn graph(routes: Vec<Route>) -> Graph {
    let listeners = ["one", "two"].map(listener).into();
    indexed(Graph {
        routes,
        listeners,
        ..Graph::default()
    })
}

fn listener(name: &str) -> Listener {
    Listener {
        name: name.into(),
        bind: ":0".to_owned(),
        tls: None,
        http: HttpSettings::default(),
        origin: Origin::default(),
    }
}

pub(crate) fn engine(graph: Graph) -> Engine {
    Engine::load(Arc::new(graph)).unwrap()
}

/// A world without tables.
pub(crate) struct Empty {
    pub(crate) state: State,
    pub(crate) tables: Tables,
}

impl Empty {
    pub(crate) fn new() -> Self {
        Self {
            state: State::new(7),
            tables: Tables::default(),
        }
    }

    pub(crate) fn world(&self) -> World<'_> {
        World {
            state: &self.state,
            tables: &self.tables,
        }
    }
}

pub(crate) fn get<'r>(host: &'r str, path: &'r str, headers: &'r dyn Headers) -> RequestHead<'r> {
    RequestHead {
        listener: ListenerId(0),
        method: "GET",
        scheme: "http",
        host,
        port: None,
        path,
        query: "",
        headers,
        source_ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        peer_ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        peer_port: 50_000,
        protocol: "HTTP/1.1",
        tls: None,
        id: "r1",
        time: UnixNanos(1_700_000_000_000_000_000),
        random: 0,
    }
}
