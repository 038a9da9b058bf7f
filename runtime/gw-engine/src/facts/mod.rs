//! Facts: what expressions read of a request. At load every access path becomes a [`FactKind`],
//! so that a read is a match and no look-up by name. Must not know what expressions do with them.

mod fields;
mod read;
mod source;
mod view;

pub(crate) use fields::{decode_form, pairs};
pub(crate) use source::{Candidate, FactSource, Identified, Lasting};

use crate::route::Slots;
use gw_expr::{Fact, FactPath, FactStep};
use gw_graph::{Graph, TableId};
use hashbrown::HashMap;
use smol_str::SmolStr;

/// Where a fact is read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum FactKind {
    Method,
    Scheme,
    Host,
    Port,
    Path,
    Header(u32),
    Headers,
    Query(u32),
    QueryAll,
    Id,
    Time,
    Protocol,
    Size,
    SourceIp,
    SourcePort,
    PeerIp,
    PeerPort,
    Tls,
    TlsVersion,
    TlsSni,
    TlsCipher,
    Param(SmolStr),
    RouteName,
    RouteService,
    Jwt(Vec<FactStep>),
    KeyId,
    Key(Vec<FactStep>),
    Certificate(Vec<FactStep>),
    Principal,
    PrincipalId,
    PrincipalKind,
    Table(TableId),
    TableEntry(TableId, SmolStr, Vec<FactStep>),
    ResponseStatus,
    ResponseHeader(SmolStr),
    ResponseHeaders,
}

/// From when on a fact stays the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Stage {
    /// The request head is known.
    Request,
    /// The route is chosen.
    Route,
    /// The identities are established.
    Identity,
    /// There is a response; there may be another.
    Response,
}

/// The facts of a graph, by their identity, and the names that have slots.
#[derive(Debug, Default)]
pub(crate) struct FactKinds {
    pub(crate) kinds: Vec<FactKind>,
    pub(crate) slots: NameSlots,
}

/// Slots of the header fields and query parameters that the graph reads.
#[derive(Debug, Default)]
pub(crate) struct NameSlots {
    pub(crate) headers: Names,
    pub(crate) query: Names,
}

/// Names with their slots.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By slot; few are found faster by comparing.
    list: Vec<SmolStr>,
    slots: HashMap<SmolStr, u32, foldhash::fast::RandomState>,
    /// Bit n: some name has n bytes (63: that many or more).
    lengths: u64,
}

impl FactKinds {
    /// Resolves the facts of a graph.
    ///
    /// # Errors
    /// The first path that is not known.
    pub(crate) fn new(graph: &Graph) -> Result<Self, FactPath> {
        let mut slots = NameSlots::default();
        let kinds = graph
            .facts
            .iter()
            .map(|(_, fact)| resolve(fact, graph, &mut slots).ok_or_else(|| fact.path.clone()))
            .collect::<Result<_, _>>()?;
        Ok(Self { kinds, slots })
    }
}

impl FactKind {
    /// From when on it stays the same.
    pub(crate) fn stage(&self) -> Stage {
        match self {
            FactKind::Method
            | FactKind::Scheme
            | FactKind::Host
            | FactKind::Port
            | FactKind::Path
            | FactKind::Header(_)
            | FactKind::Headers
            | FactKind::Query(_)
            | FactKind::QueryAll
            | FactKind::Id
            | FactKind::Time
            | FactKind::Protocol
            | FactKind::Size
            | FactKind::SourceIp
            | FactKind::SourcePort
            | FactKind::PeerIp
            | FactKind::PeerPort
            | FactKind::Tls
            | FactKind::TlsVersion
            | FactKind::TlsSni
            | FactKind::TlsCipher
            | FactKind::Table(_)
            | FactKind::TableEntry(..) => Stage::Request,
            FactKind::Param(_) | FactKind::RouteName | FactKind::RouteService => Stage::Route,
            FactKind::Jwt(_)
            | FactKind::KeyId
            | FactKind::Key(_)
            | FactKind::Certificate(_)
            | FactKind::Principal
            | FactKind::PrincipalId
            | FactKind::PrincipalKind => Stage::Identity,
            FactKind::ResponseStatus | FactKind::ResponseHeader(_) | FactKind::ResponseHeaders => {
                Stage::Response
            }
        }
    }
}

impl Names {
    /// The slot of a name, new if need be.
    fn add(&mut self, name: &str) -> u32 {
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.lengths |= length_bit(name.as_bytes());
        let slot = *self.slots.entry(name.into()).or_insert(next);
        if slot == next {
            self.list.push(name.into());
        }
        slot
    }

    /// The slot of a name, if it has one.
    #[inline(always)]
    pub(crate) fn slot(&self, name: &[u8]) -> Option<usize> {
        // Most names have another length than all that matter.
        if self.lengths & length_bit(name) == 0 {
            return None;
        }
        self.find(name)
    }

    fn find(&self, name: &[u8]) -> Option<usize> {
        if self.list.len() <= FEW {
            return self.list.iter().position(|known| known.as_bytes() == name);
        }
        let name = std::str::from_utf8(name).ok()?;
        self.slots.get(name).map(|slot| *slot as usize)
    }

    /// How many slots there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }
}

/// Up to so many names are compared one by one.
const FEW: usize = 8;

#[inline(always)]
fn length_bit(name: &[u8]) -> u64 {
    1 << name.len().min(63)
}

impl Slots for NameSlots {
    fn header(&mut self, name: &str) -> u32 {
        self.headers.add(name)
    }

    fn query(&mut self, name: &str) -> u32 {
        self.query.add(name)
    }
}

fn resolve(fact: &Fact, graph: &Graph, slots: &mut NameSlots) -> Option<FactKind> {
    let steps = fact.path.steps.iter();
    let steps: Vec<&str> = steps.map(|step| step.name().as_str()).collect();
    match fact.path.root.as_str() {
        "request" => request(&steps, slots),
        "response" => response(&steps),
        "source" => peer(&steps, FactKind::SourceIp, FactKind::SourcePort),
        "peer" => peer(&steps, FactKind::PeerIp, FactKind::PeerPort),
        "tls" => tls(&steps),
        "jwt" => Some(FactKind::Jwt(fact.path.steps.clone())),
        "key" if steps == ["id"] => Some(FactKind::KeyId),
        "key" => Some(FactKind::Key(fact.path.steps.clone())),
        "certificate" => Some(FactKind::Certificate(fact.path.steps.clone())),
        "principal" => principal(&steps),
        "route" => route(&steps),
        "path" => match steps.as_slice() {
            [name] => Some(FactKind::Param((*name).into())),
            _ => None,
        },
        "now" if steps.is_empty() => Some(FactKind::Time),
        table => {
            let at = graph.tables.iter().position(|t| t.name == table)?;
            let id = TableId::from_index(at);
            Some(match (steps.first(), fact.path.steps.get(1..)) {
                (Some(key), Some(rest)) => FactKind::TableEntry(id, (*key).into(), rest.to_vec()),
                _ => FactKind::Table(id),
            })
        }
    }
}

fn request(steps: &[&str], slots: &mut NameSlots) -> Option<FactKind> {
    Some(match steps {
        ["method"] => FactKind::Method,
        ["scheme"] => FactKind::Scheme,
        ["host"] => FactKind::Host,
        ["port"] => FactKind::Port,
        ["path" | "url_path"] => FactKind::Path,
        ["headers"] => FactKind::Headers,
        ["headers", name] => FactKind::Header(slots.header(&name.to_ascii_lowercase())),
        ["query"] => FactKind::QueryAll,
        ["query", name] => FactKind::Query(slots.query(name)),
        ["id"] => FactKind::Id,
        ["time"] => FactKind::Time,
        ["protocol"] => FactKind::Protocol,
        ["size"] => FactKind::Size,
        _ => return None,
    })
}

fn response(steps: &[&str]) -> Option<FactKind> {
    Some(match steps {
        ["status"] => FactKind::ResponseStatus,
        ["headers"] => FactKind::ResponseHeaders,
        ["headers", name] => FactKind::ResponseHeader(name.to_ascii_lowercase().into()),
        _ => return None,
    })
}

fn peer(steps: &[&str], ip: FactKind, port: FactKind) -> Option<FactKind> {
    match steps {
        ["ip"] => Some(ip),
        ["port"] => Some(port),
        _ => None,
    }
}

fn tls(steps: &[&str]) -> Option<FactKind> {
    Some(match steps {
        [] => FactKind::Tls,
        ["version"] => FactKind::TlsVersion,
        ["sni"] => FactKind::TlsSni,
        ["cipher"] => FactKind::TlsCipher,
        _ => return None,
    })
}

fn principal(steps: &[&str]) -> Option<FactKind> {
    Some(match steps {
        [] => FactKind::Principal,
        ["id"] => FactKind::PrincipalId,
        ["kind"] => FactKind::PrincipalKind,
        _ => return None,
    })
}

fn route(steps: &[&str]) -> Option<FactKind> {
    Some(match steps {
        ["name"] => FactKind::RouteName,
        ["service"] => FactKind::RouteService,
        _ => return None,
    })
}
