//! A request that two routes both take: the proof of an overlap. Must not know precedence.

use gw_graph::{HostPattern, ListenerId, Matcher, Segment, SegmentType};
use ipnet::IpNet;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::{primitives::StateID, start};
use smol_str::SmolStr;
use std::collections::{HashMap, VecDeque};
use std::fmt::{Display, Formatter};
use std::net::IpAddr;

/// A request by what routes look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Witness {
    /// Method.
    pub method: SmolStr,
    /// Host.
    pub host: String,
    /// Normalised path.
    pub path: String,
    /// Header fields.
    pub headers: Vec<(SmolStr, String)>,
    /// Query parameters, decoded.
    pub query: Vec<(SmolStr, String)>,
    /// The client's address, where it matters.
    pub source: Option<IpAddr>,
}

impl Display for Witness {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}{}", self.method, self.host, self.path)?;
        for (position, (name, value)) in self.query.iter().enumerate() {
            write!(f, "{}{name}={value}", if position == 0 { '?' } else { '&' })?;
        }
        self.headers
            .iter()
            .try_for_each(|(name, value)| write!(f, " with {name}: {value}"))?;
        self.source
            .iter()
            .try_for_each(|ip| write!(f, " from {ip}"))
    }
}

/// A request that both take, or none if one of their demands excludes the other. Conditions
/// (`when`) are not looked into. Both patterns have the same shape.
pub(super) fn of_both(a: &Matcher, b: &Matcher, host: Option<&HostPattern>) -> Option<Witness> {
    common_listener(&a.listeners, &b.listeners)?;
    Some(Witness {
        method: common_method(&a.methods, &b.methods)?,
        headers: merged(&a.headers, &b.headers)?,
        query: merged(&a.query, &b.query)?,
        source: common_source(&a.sources, &b.sources)?,
        path: common_path(&a.path, &b.path)?,
        host: match host {
            Some(HostPattern::Exact(name)) => name.to_string(),
            Some(HostPattern::Suffix(suffix)) => format!("a.{suffix}"),
            None => "host.example".to_owned(),
        },
    })
}

/// Whether every segment that fits `inner` fits `outer`. Cautious with regular expressions.
pub(super) fn contains(outer: &Segment, inner: &Segment) -> bool {
    match (outer, inner) {
        (Segment::Exact(a), Segment::Exact(b)) => a == b,
        (Segment::Any | Segment::Rest(_), _) | (Segment::Param(_, SegmentType::String), _) => true,
        (Segment::Param(_, outer), Segment::Param(_, inner)) => match (outer, inner) {
            (SegmentType::Int, SegmentType::Uint) => false,
            (outer, SegmentType::Enum(variants)) => {
                variants.iter().all(|v| outer.fits(v) == Some(true))
            }
            (SegmentType::Enum(_), SegmentType::Bool) => ["true", "false"]
                .iter()
                .all(|v| outer.fits(v) == Some(true)),
            (outer, inner) => outer == inner,
        },
        _ => false,
    }
}

fn common_listener(a: &[ListenerId], b: &[ListenerId]) -> Option<()> {
    (a.is_empty() || b.is_empty() || a.iter().any(|l| b.contains(l))).then_some(())
}

fn common_method(a: &[SmolStr], b: &[SmolStr]) -> Option<SmolStr> {
    match (a.first(), b.first()) {
        (None, None) => Some("GET".into()),
        (Some(only), None) | (None, Some(only)) => Some(only.clone()),
        (Some(_), Some(_)) => a.iter().find(|m| b.contains(m)).cloned(),
    }
}

fn merged(a: &[(SmolStr, String)], b: &[(SmolStr, String)]) -> Option<Vec<(SmolStr, String)>> {
    let mut merged: Vec<(SmolStr, String)> = Vec::new();
    for (name, value) in a.iter().chain(b) {
        match merged.iter().find(|(n, _)| n == name) {
            Some((_, first)) if first != value => return None,
            Some(_) => {}
            None => merged.push((name.clone(), value.clone())),
        }
    }
    Some(merged)
}

/// `Some(None)` if any client will do.
fn common_source(a: &[IpNet], b: &[IpNet]) -> Option<Option<IpAddr>> {
    match (a.first(), b.first()) {
        (None, None) => Some(None),
        (Some(net), None) | (None, Some(net)) => Some(Some(net.network())),
        (Some(_), Some(_)) => a.iter().find_map(|a| {
            let inner = b.iter().find_map(|b| match (a.contains(b), b.contains(a)) {
                (true, _) => Some(b),
                (false, true) => Some(a),
                (false, false) => None,
            });
            inner.map(|net| Some(net.network()))
        }),
    }
}

fn common_path(a: &[Segment], b: &[Segment]) -> Option<String> {
    let mut path = String::new();
    for (a, b) in a.iter().zip(b) {
        path.push('/');
        path.push_str(&common_segment(a, b)?);
    }
    Some(if path.is_empty() {
        "/".to_owned()
    } else {
        path
    })
}

fn common_segment(a: &Segment, b: &Segment) -> Option<String> {
    let mut types = Vec::new();
    for segment in [a, b] {
        match segment {
            Segment::Exact(text) => return Some(text.to_string()),
            Segment::Param(_, SegmentType::String) | Segment::Any => {}
            Segment::Param(_, ty) => types.push(ty),
            Segment::Rest(_) => return Some(String::new()),
        }
    }
    types.dedup();
    common_text(&types).map(|text| encode(&text))
}

/// A text of all these types; none if there cannot be one.
fn common_text(types: &[&SegmentType]) -> Option<String> {
    if types.is_empty() {
        return Some("x".to_owned());
    }
    let languages: Option<Vec<_>> = types.iter().map(|ty| automaton(&pattern(ty))).collect();
    // A pattern too large to look into may fit anything.
    let Some(mut languages) = languages else {
        return Some("x".to_owned());
    };
    languages.extend(automaton("[^/]+"));
    shortest(&languages)
}

/// The type as a regular expression. Numbers beyond 64 bits are in it; the shortest is found first.
fn pattern(ty: &SegmentType) -> String {
    match ty {
        SegmentType::String => "(?s).+".to_owned(),
        SegmentType::Int => "0|-?[1-9][0-9]*".to_owned(),
        SegmentType::Uint => "0|[1-9][0-9]*".to_owned(),
        SegmentType::Uuid => "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}".to_owned(),
        SegmentType::Slug => "[a-z0-9]+(?:-[a-z0-9]+)*".to_owned(),
        SegmentType::Bool => "true|false".to_owned(),
        SegmentType::Enum(variants) => {
            let escape = |v: &SmolStr| {
                let special = |c: char| c.is_ascii_punctuation() || c == ' ';
                v.chars().fold(String::new(), |mut out, c| {
                    if special(c) && c != '_' && c != ' ' {
                        out.push('\\');
                    }
                    out.push(c);
                    out
                })
            };
            variants.iter().map(escape).collect::<Vec<_>>().join("|")
        }
        SegmentType::Regex(pattern) => pattern.to_string(),
    }
}

fn automaton(pattern: &str) -> Option<dense::DFA<Vec<u32>>> {
    let config = dense::Config::new()
        .start_kind(StartKind::Anchored)
        .dfa_size_limit(Some(4 << 20))
        .determinize_size_limit(Some(16 << 20));
    dense::Builder::new()
        .configure(config)
        .build(&format!("^(?:{pattern})$"))
        .ok()
}

/// The shortest text that all automata accept, by a breadth-first walk of their product.
fn shortest(automata: &[dense::DFA<Vec<u32>>]) -> Option<String> {
    const MOST_STATES: usize = 200_000;
    let config = start::Config::new().anchored(regex_automata::Anchored::Yes);
    let first: Option<Vec<StateID>> = automata
        .iter()
        .map(|dfa| dfa.start_state(&config).ok())
        .collect();
    let first = first?;
    let mut came_from: HashMap<Vec<StateID>, Option<(Vec<StateID>, u8)>> = HashMap::new();
    let mut queue = VecDeque::from([first.clone()]);
    came_from.insert(first, None);
    while let Some(at) = queue.pop_front() {
        let accepts = |(dfa, state): (&dense::DFA<Vec<u32>>, &StateID)| {
            dfa.is_match_state(dfa.next_eoi_state(*state))
        };
        if automata.iter().zip(&at).all(accepts) {
            return spell(&came_from, at);
        }
        if came_from.len() > MOST_STATES {
            return Some("x".to_owned());
        }
        for byte in bytes_by_legibility() {
            let next: Vec<_> = automata
                .iter()
                .zip(&at)
                .map(|(dfa, state)| dfa.next_state(*state, byte))
                .collect();
            let dead = automata
                .iter()
                .zip(&next)
                .any(|(dfa, state)| dfa.is_dead_state(*state));
            if !dead && !came_from.contains_key(&next) {
                came_from.insert(next.clone(), Some((at.clone(), byte)));
                queue.push_back(next);
            }
        }
    }
    None
}

fn spell(
    came_from: &HashMap<Vec<StateID>, Option<(Vec<StateID>, u8)>>,
    mut at: Vec<StateID>,
) -> Option<String> {
    let mut bytes = Vec::new();
    while let Some(Some((before, byte))) = came_from.get(&at) {
        bytes.push(*byte);
        at.clone_from(before);
    }
    bytes.reverse();
    String::from_utf8(bytes).ok()
}

fn bytes_by_legibility() -> impl Iterator<Item = u8> {
    let legible = (b'a'..=b'z')
        .chain(b'1'..=b'9')
        .chain(*b"0-_")
        .chain(b'A'..=b'Z');
    legible.chain((0x20..=0xff).filter(|b: &u8| !b.is_ascii_alphanumeric() && !b"-_".contains(b)))
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}
