//! Requests by route, method and status, and how long they took.

use super::{Histogram, Map};
use gw_graph::RouteId;
use smol_str::SmolStr;
use std::time::Duration;

/// The name of the route of a request that has none.
pub(crate) static NO_ROUTE: SmolStr = SmolStr::new_static("");

/// Methods that have a label of their own; every other one is `_OTHER`, as OpenTelemetry has it.
const METHODS: [&str; 9] = [
    "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT",
];

/// The labels of a request besides its route.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Series {
    /// Its place among [`METHODS`], or their number.
    method: u8,
    status: u16,
}

/// By the names of routes, whatever policies they were of; requests without a route have the empty one.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Requests(pub(super) Map<SmolStr, Map<Series, Histogram>>);

/// What one core counted for the routes of one policy. A route is found by its place, and what is counted
/// of a request lies in one line of the processor's cache, since the requests of many routes drive it out
/// of there again and again.
#[derive(Debug, Default)]
pub(crate) struct RouteCounts {
    /// By the place of a route, behind that of requests without one: its first series among those below,
    /// counted from 1; 0 if there is none.
    firsts: Vec<u32>,
    counted: Vec<Counted>,
}

/// The requests of a route that have the same labels.
#[derive(Debug)]
#[repr(C, align(64))]
struct Counted {
    series: Series,
    /// The next series of the route, as above.
    next: u32,
    histogram: Histogram,
}

impl Series {
    pub(crate) fn new(method: &str, status: u16) -> Self {
        let place = METHODS.iter().position(|known| *known == method);
        let method = u8::try_from(place.unwrap_or(METHODS.len())).unwrap_or(u8::MAX);
        Self { method, status }
    }

    pub(super) fn method(self) -> &'static str {
        METHODS.get(usize::from(self.method)).unwrap_or(&"_OTHER")
    }

    pub(super) fn status(self) -> u16 {
        self.status
    }
}

impl Requests {
    /// A request is over.
    pub(super) fn count(&mut self, route: &SmolStr, series: Series, took: Duration) {
        self.histogram(route, series).observe(took);
    }

    /// Adds other counts.
    pub(super) fn merge(&mut self, theirs: &Requests) {
        for (route, all) in &theirs.0 {
            for (series, histogram) in all {
                self.histogram(route, *series).merge(histogram);
            }
        }
    }

    /// Adds what was counted for the routes of a policy, which have these names.
    pub(super) fn add<'r>(
        &mut self,
        counts: &RouteCounts,
        routes: impl Iterator<Item = &'r SmolStr>,
    ) {
        let names = std::iter::once(&NO_ROUTE).chain(routes);
        for (name, first) in names.zip(&counts.firsts) {
            for counted in counts.chain(*first) {
                let mine = self.histogram(name, counted.series);
                mine.merge(&counted.histogram);
            }
        }
    }

    fn histogram(&mut self, route: &SmolStr, series: Series) -> &mut Histogram {
        let all = self.0.entry(route.clone()).or_default();
        all.entry(series).or_default()
    }
}

impl RouteCounts {
    /// A request of a route is over.
    pub(crate) fn count(&mut self, route: Option<RouteId>, series: Series, took: Duration) {
        let place = route.map_or(0, |route| route.index() + 1);
        if self.firsts.len() <= place {
            self.firsts.resize(place + 1, 0);
        }
        let Some(first) = self.firsts.get_mut(place) else {
            return;
        };
        let mut number = *first;
        while let Some(counted) = at(number).and_then(|at| self.counted.get_mut(at)) {
            if counted.series == series {
                counted.histogram.observe(took);
                return;
            }
            number = counted.next;
        }
        let mut histogram = Histogram::default();
        histogram.observe(took);
        let number = u32::try_from(self.counted.len() + 1).unwrap_or(0);
        // Behind the first, which is mostly the one that most requests have.
        let before = at(*first).and_then(|at| self.counted.get_mut(at));
        let link = before.map_or(first, |counted| &mut counted.next);
        let next = std::mem::replace(link, number);
        self.counted.push(Counted {
            series,
            next,
            histogram,
        });
    }

    /// A series and those that follow it.
    fn chain(&self, first: u32) -> impl Iterator<Item = &Counted> {
        let counted = move |number| self.counted.get(at(number)?);
        std::iter::successors(counted(first), move |found| counted(found.next))
    }
}

/// Where a series lies that is counted from 1.
fn at(number: u32) -> Option<usize> {
    (number as usize).checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is counted of a request that took up to 75 ms.
    #[test]
    fn what_is_counted_lies_in_one_line() {
        assert_eq!(align_of::<Counted>(), 64);
        let histogram = std::mem::offset_of!(Counted, histogram);
        let bucket = Histogram::bucket(Duration::from_millis(75));
        assert!(histogram + 8 * (bucket + 2) <= 64);
    }

    proptest! {
        /// Counted by place and by name.
        #[test]
        fn counts_are_those_of_a_plain_map(
            requests in prop::collection::vec((0..4_usize, 0..3_usize, 200..203_u16, 0..20_000_u64), 0..60),
        ) {
            let routes = ["a", "b", "a"].map(SmolStr::new_static);
            let (mut places, mut names) = (RouteCounts::default(), Requests::default());
            for (place, method, status, millis) in requests {
                let series = Series::new(["GET", "CONNECT", "other"][method], status);
                let took = Duration::from_millis(millis);
                let id = place.checked_sub(1).map(RouteId::from_index);
                places.count(id, series, took);
                let name = id.map_or(&NO_ROUTE, |id| &routes[id.index()]);
                names.count(name, series, took);
            }
            let mut sum = Requests::default();
            sum.add(&places, routes.iter());
            prop_assert_eq!(sum, names);
        }
    }
}
