//! A look-up by itself: which route takes a request, without running the request. What costs
//! something to prepare is prepared only if a route asks for it.

use crate::conditions::Conditions;
use crate::exchange::candidate;
use crate::facts::FactSource;
use crate::route::{Demands, Judge};
use crate::{Engine, RequestHead, World};
use gw_graph::{ListenerId, RouteId};
use std::cell::OnceCell;
use std::net::IpAddr;

/// A request that asks for its route only.
pub(crate) struct Probe<'x> {
    engine: &'x Engine,
    world: World<'x>,
    head: &'x RequestHead<'x>,
    facts: OnceCell<Box<FactSource<'x>>>,
}

impl<'x> Probe<'x> {
    pub(crate) fn new(engine: &'x Engine, world: World<'x>, head: &'x RequestHead<'x>) -> Self {
        Self {
            engine,
            world,
            head,
            facts: OnceCell::new(),
        }
    }

    /// The route that the index gives.
    pub(crate) fn find(&self) -> Option<RouteId> {
        let mut conditions = None;
        self.engine
            .router
            .find(self.head.host, self.head.path, self, &mut |id, judge| {
                match judge {
                    Judge::Nothing => return true,
                    Judge::Escapes if !self.head.path.contains('%') => return true,
                    Judge::Escapes | Judge::All => {}
                }
                let Some(candidate) = candidate(self.engine, id) else {
                    return false;
                };
                if !candidate.params.fit(self.head.path) {
                    return false;
                }
                candidate.route.matcher.when.as_ref().is_none_or(|when| {
                    let facts = self.facts();
                    facts.judge(Some(candidate));
                    let conditions = conditions.get_or_insert_with(|| Conditions::new(self.engine));
                    conditions.formula(when, facts).holds()
                })
            })
    }

    fn facts(&self) -> &FactSource<'x> {
        self.facts
            .get_or_init(|| Box::new(self.engine.fact_source(self.world, self.head)))
    }
}

impl Demands for Probe<'_> {
    fn listener(&self) -> ListenerId {
        self.head.listener
    }

    fn method(&self) -> &str {
        self.head.method
    }

    fn header(&self, slot: u32) -> Option<&[u8]> {
        self.facts().header(slot)
    }

    fn query(&self, slot: u32) -> Option<&str> {
        self.facts().query(slot)
    }

    fn source(&self) -> IpAddr {
        self.head.source_ip.to_canonical()
    }
}
