//! The facts of one request. What costs something is found on first use and kept. Must not know
//! what asks.

use super::fields::{self, HeaderSlots, Parameter, QuerySlots};
use super::view::{HeaderView, QueryView};
use super::{FactKind, FactKinds, NameSlots};
use crate::route::{Demands, RouteParams, Segments};
use crate::{Claims, Headers, Identity, RequestHead, Tables};
use bumpalo::Bump;
use gw_expr::{EvalError, FactId, Facts, OwnedValue, Value};
use gw_graph::{AuthnId, ListenerId, Route};
use smallvec::SmallVec;
use std::cell::{Cell, OnceCell};
use std::net::IpAddr;

/// The facts of one request. Kept small: it is moved once for each request.
pub(crate) struct FactSource<'x> {
    pub(super) kinds: &'x FactKinds,
    pub(super) head: &'x RequestHead<'x>,
    pub(super) tables: &'x Tables,
    pub(super) headers: OnceCell<HeaderSlots<'x>>,
    pub(super) query: OnceCell<QuerySlots<'x>>,
    pub(super) segments: OnceCell<Segments>,
    /// The chosen route, or the one that is being judged.
    pub(super) candidate: Cell<Option<Candidate<'x>>>,
    pub(super) identities: SmallVec<[(AuthnId, Identity); 1]>,
    pub(super) header_view: OnceCell<Box<HeaderView<'x>>>,
    pub(super) query_view: OnceCell<Box<QueryView<'x>>>,
    pub(super) tls: OnceCell<Box<OwnedValue>>,
    pub(super) principal: OnceCell<Box<OwnedValue>>,
    /// Holds decoded path parameters.
    pub(super) memory: Bump,
}

/// A route whose path parameters and names can be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'x> {
    pub(crate) route: &'x Route,
    pub(crate) params: &'x RouteParams,
}

/// The facts of a request together with a response.
pub(crate) struct Responding<'f, 'x> {
    pub(super) request: &'f FactSource<'x>,
    pub(super) status: u16,
    pub(super) view: HeaderView<'f>,
}

/// Facts with the claims of a token.
pub(crate) trait Identified: Facts {
    /// The claims, once the token is verified.
    fn claims(&self) -> Option<&Claims>;
}

/// Facts of which some are texts that outlive every evaluation: they need not be copied.
pub(crate) trait Lasting<'x> {
    /// The text of a fact that belongs to the request and is there.
    fn lasting(&self, id: FactId) -> Option<&'x str>;
}

impl<'x> FactSource<'x> {
    /// Inlined, so that its parts are written where they stay.
    #[inline(always)]
    pub(crate) fn new(kinds: &'x FactKinds, tables: &'x Tables, head: &'x RequestHead<'x>) -> Self {
        Self {
            kinds,
            head,
            tables,
            headers: OnceCell::new(),
            query: OnceCell::new(),
            segments: OnceCell::new(),
            candidate: Cell::new(None),
            identities: SmallVec::new(),
            header_view: OnceCell::new(),
            query_view: OnceCell::new(),
            tls: OnceCell::new(),
            principal: OnceCell::new(),
            memory: Bump::new(),
        }
    }

    /// From now on the path is read with this route's parameters.
    pub(crate) fn judge(&self, candidate: Option<Candidate<'x>>) {
        self.candidate.set(candidate);
    }

    /// Adds an established identity.
    pub(crate) fn establish(&mut self, authn: AuthnId, identity: Identity) {
        self.identities.push((authn, identity));
        self.principal = OnceCell::new();
    }

    /// The identities in the order of their establishment.
    pub(crate) fn identities(&self) -> &[(AuthnId, Identity)] {
        &self.identities
    }

    /// The same facts with a response.
    pub(crate) fn with_response<'f>(
        &'f self,
        status: u16,
        headers: &'f dyn Headers,
    ) -> Responding<'f, 'x> {
        let view = HeaderView {
            headers,
            memory: Bump::new(),
        };
        Responding {
            request: self,
            status,
            view,
        }
    }

    /// The request.
    pub(crate) fn head(&self) -> &'x RequestHead<'x> {
        self.head
    }

    /// A field that the graph names.
    pub(crate) fn header_named(&self, name: &str) -> Option<&[u8]> {
        let slot = self.names().headers.slot(name.as_bytes())?;
        self.header_at(u32::try_from(slot).ok()?)
    }

    /// The text of a query parameter that the graph names.
    pub(crate) fn query_named(&self, name: &str) -> Option<&str> {
        let slot = self.names().query.slot(name.as_bytes())?;
        self.query_at(u32::try_from(slot).ok()?)?.text()
    }

    pub(super) fn names(&self) -> &'x NameSlots {
        &self.kinds.slots
    }

    /// The field with that slot.
    pub(super) fn header_at(&self, slot: u32) -> Option<&[u8]> {
        let fill = || fields::header_slots(self.head.headers, &self.names().headers);
        self.headers
            .get_or_init(fill)
            .get(slot as usize)?
            .as_deref()
    }

    /// The parameter with that slot.
    pub(super) fn query_at(&self, slot: u32) -> Option<&Parameter<'x>> {
        let fill = || fields::query_slots(self.head.query, &self.names().query);
        self.query.get_or_init(fill).get(slot as usize)?.as_ref()
    }
}

impl Demands for FactSource<'_> {
    fn listener(&self) -> ListenerId {
        self.head.listener
    }

    fn method(&self) -> &str {
        self.head.method
    }

    fn header(&self, slot: u32) -> Option<&[u8]> {
        self.header_at(slot)
    }

    fn query(&self, slot: u32) -> Option<&str> {
        self.query_at(slot)?.text()
    }

    fn source(&self) -> IpAddr {
        self.head.source_ip.to_canonical()
    }
}

impl Facts for FactSource<'_> {
    #[inline]
    fn fact(&self, id: FactId) -> Result<Value<'_>, EvalError> {
        match self.kinds.kinds.get(id.0 as usize) {
            Some(kind) => self.read(kind),
            None => Err(EvalError::UndeclaredReference),
        }
    }
}

impl Facts for Responding<'_, '_> {
    fn fact(&self, id: FactId) -> Result<Value<'_>, EvalError> {
        match self.request.kinds.kinds.get(id.0 as usize) {
            Some(kind) => self.read(kind),
            None => Err(EvalError::UndeclaredReference),
        }
    }
}

impl Identified for FactSource<'_> {
    fn claims(&self) -> Option<&Claims> {
        FactSource::claims(self)
    }
}

impl Identified for Responding<'_, '_> {
    fn claims(&self) -> Option<&Claims> {
        self.request.claims()
    }
}

impl<'x> Lasting<'x> for FactSource<'x> {
    fn lasting(&self, id: FactId) -> Option<&'x str> {
        let head = self.head;
        match self.kinds.kinds.get(id.0 as usize)? {
            FactKind::Method => Some(head.method),
            FactKind::Scheme => Some(head.scheme),
            FactKind::Host => Some(head.host),
            FactKind::Path => Some(head.path),
            FactKind::Id => Some(head.id),
            FactKind::Protocol => Some(head.protocol),
            _ => None,
        }
    }
}

impl<'x> Lasting<'x> for Responding<'_, 'x> {
    fn lasting(&self, id: FactId) -> Option<&'x str> {
        self.request.lasting(id)
    }
}

impl std::fmt::Debug for FactSource<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FactSource")
            .field("head", self.head)
            .finish_non_exhaustive()
    }
}
