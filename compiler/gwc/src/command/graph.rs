//! `gwc graph`: hosts, paths, checks and backends as a drawing.

mod svg;

use crate::args::{Drawing, Graph as Args};
use crate::exit;
use crate::input::{self, Refused};
use crate::print;
use crate::retries;
use gw_graph::{
    Access, Action, AuthnTree, Backend, Graph, HostPattern, Route, Segment, SegmentType, Targets,
};

/// Draws.
pub(crate) fn run(args: &Args) -> Result<u8, Refused> {
    let compiled = input::compiled(&args.policy)?;
    let picture = Picture::of(&compiled.graph);
    print::out(&match args.format {
        Drawing::Dot => dot(&picture),
        Drawing::Mermaid => mermaid(&picture),
        Drawing::Svg => svg::draw(&picture),
    });
    Ok(exit::FINE)
}

/// Boxes in columns (host, route, checks, target) with edges from left to right.
pub(super) struct Picture {
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<(usize, usize)>,
}

/// A box.
pub(super) struct Node {
    pub(super) label: String,
    pub(super) column: usize,
    pub(super) kind: Kind,
}

/// What a box stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Host,
    Route,
    Public,
    Check,
    Target,
}

impl Picture {
    fn of(graph: &Graph) -> Self {
        let mut picture = Picture {
            nodes: Vec::new(),
            edges: Vec::new(),
        };
        for route in &graph.routes {
            let hosts = host_labels(route);
            let (kind, check) = check(graph, route);
            let entry = picture.add(
                format!(
                    "{}\n{}{}",
                    route.name,
                    methods(route),
                    path(&route.matcher.path)
                ),
                1,
                Kind::Route,
            );
            for host in hosts {
                let host = picture.node(host, 0, Kind::Host);
                picture.edges.push((host, entry));
            }
            let check = picture.node(check, 2, kind);
            picture.edges.push((entry, check));
            for target in targets(graph, route) {
                let target = picture.node(target, 3, Kind::Target);
                if !picture.edges.contains(&(check, target)) {
                    picture.edges.push((check, target));
                }
            }
        }
        picture
    }

    fn node(&mut self, label: String, column: usize, kind: Kind) -> usize {
        let known = self
            .nodes
            .iter()
            .position(|n| n.label == label && n.column == column);
        known.unwrap_or_else(|| self.add(label, column, kind))
    }

    fn add(&mut self, label: String, column: usize, kind: Kind) -> usize {
        self.nodes.push(Node {
            label,
            column,
            kind,
        });
        self.nodes.len() - 1
    }
}

/// The hosts of a route as they would be written.
pub(crate) fn host_labels(route: &Route) -> Vec<String> {
    if route.matcher.hosts.is_empty() {
        return vec!["any host".to_owned()];
    }
    let label = |h: &HostPattern| match h {
        HostPattern::Exact(name) => name.to_string(),
        HostPattern::Suffix(name) => format!("*.{name}"),
    };
    route.matcher.hosts.iter().map(label).collect()
}

fn methods(route: &Route) -> String {
    if route.matcher.methods.is_empty() {
        String::new()
    } else {
        format!("{} ", route.matcher.methods.join("|"))
    }
}

/// A path pattern as it would be written.
pub(crate) fn path(segments: &[Segment]) -> String {
    if segments.is_empty() {
        return "/".to_owned();
    }
    segments
        .iter()
        .map(|s| match s {
            Segment::Exact(text) => format!("/{text}"),
            Segment::Param(name, SegmentType::String) => format!("/{{{name}}}"),
            Segment::Param(name, ty) => format!("/{{{name}:{}}}", constraint(ty)),
            Segment::Any => "/*".to_owned(),
            Segment::Rest(None) => "/**".to_owned(),
            Segment::Rest(Some(name)) => format!("/{{{name}:**}}"),
        })
        .collect()
}

fn constraint(ty: &SegmentType) -> String {
    match ty {
        SegmentType::String => "string".to_owned(),
        SegmentType::Int => "int".to_owned(),
        SegmentType::Uint => "uint".to_owned(),
        SegmentType::Uuid => "uuid".to_owned(),
        SegmentType::Slug => "slug".to_owned(),
        SegmentType::Bool => "bool".to_owned(),
        SegmentType::Enum(names) => names.join("|"),
        SegmentType::Regex(pattern) => pattern.to_string(),
    }
}

fn check(graph: &Graph, route: &Route) -> (Kind, String) {
    let (authn, authorization) = match &route.access {
        Access::Public { why, .. } => return (Kind::Public, format!("public\n{why}")),
        Access::Protected {
            authn,
            authorization,
        } => (authn, authorization),
    };
    let mut lines = vec![
        authn
            .as_ref()
            .map_or("no identity".to_owned(), |t| tree(graph, t)),
    ];
    let sets = authorization
        .sets
        .iter()
        .filter_map(|id| graph.rule_sets.get(id.index()));
    lines.extend(sets.map(|s| format!("rules of {}", s.name)));
    let limits = route
        .limits
        .iter()
        .filter_map(|id| graph.limits.get(id.index()));
    lines.extend(limits.map(|l| format!("limit {}", l.name)));
    (Kind::Check, lines.join("\n"))
}

/// Identities in words: `idp or partner`.
pub(crate) fn tree(graph: &Graph, tree: &AuthnTree) -> String {
    let list = |members: &[AuthnTree], word: &str| -> String {
        members
            .iter()
            .map(|t| self::tree(graph, t))
            .collect::<Vec<_>>()
            .join(word)
    };
    match tree {
        AuthnTree::One(id) => graph
            .authns
            .get(id.index())
            .map(|a| a.name.to_string())
            .unwrap_or_default(),
        AuthnTree::AnyOf(members) => list(members, " or "),
        AuthnTree::AllOf(members) => list(members, " and "),
    }
}

fn targets(graph: &Graph, route: &Route) -> Vec<String> {
    match &route.action {
        Action::Forward(forward) => forward
            .split
            .iter()
            .filter_map(|share| graph.backends.get(share.backend.index()))
            .map(target)
            .collect(),
        Action::Respond(respond) => vec![format!("respond {}", respond.status)],
        Action::Redirect { status, .. } => vec![format!("redirect {status}")],
    }
}

fn target(backend: &Backend) -> String {
    let targets = match &backend.targets {
        Targets::Echo => "built-in echo".to_owned(),
        Targets::Fixed(list) => {
            let hosts = list.iter().map(|t| format!("{}:{}", t.host, t.port));
            hosts.collect::<Vec<_>>().join(", ")
        }
    };
    let retry = retries::describe(backend).map(|text| format!("\nretry {text}"));
    format!("{}\n{targets}{}", backend.name, retry.unwrap_or_default())
}

fn dot(picture: &Picture) -> String {
    let mut text = String::from(
        "digraph policy {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n",
    );
    for (index, node) in picture.nodes.iter().enumerate() {
        let style = match node.kind {
            Kind::Host => ", shape=ellipse",
            Kind::Public => ", style=dashed",
            Kind::Target => ", style=rounded",
            Kind::Route | Kind::Check => "",
        };
        let label = node
            .label
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        text.push_str(&format!("  n{index} [label=\"{label}\"{style}];\n"));
    }
    for (from, to) in &picture.edges {
        text.push_str(&format!("  n{from} -> n{to};\n"));
    }
    text.push_str("}\n");
    text
}

fn mermaid(picture: &Picture) -> String {
    let mut text = String::from("flowchart LR\n");
    for (index, node) in picture.nodes.iter().enumerate() {
        let label = node.label.replace('"', "#quot;").replace('\n', "<br/>");
        text.push_str(&match node.kind {
            Kind::Host => format!("  n{index}([\"{label}\"])\n"),
            Kind::Public => format!("  n{index}{{{{\"{label}\"}}}}\n"),
            Kind::Target => format!("  n{index}(\"{label}\")\n"),
            Kind::Route | Kind::Check => format!("  n{index}[\"{label}\"]\n"),
        });
    }
    for (from, to) in &picture.edges {
        text.push_str(&format!("  n{from} --> n{to}\n"));
    }
    text
}
