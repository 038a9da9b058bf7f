//! Where the paths of a host begin: its own routes, then those of its suffixes from the longest,
//! then those for any host.

use gw_graph::{HostPattern, RouteIndex};
use hashbrown::HashMap;
use smol_str::SmolStr;

type ByName = HashMap<SmolStr, u32, foldhash::fast::RandomState>;

/// The first states by host.
#[derive(Debug)]
pub(super) struct Hosts {
    exact: ByName,
    suffixes: ByName,
    /// The suffix with the most labels has so many: longer ones need not be looked up.
    most_labels: usize,
    any: Option<u32>,
}

impl Hosts {
    pub(super) fn new(index: &RouteIndex) -> Self {
        let position = |link: gw_graph::Link| link.position().and_then(|p| u32::try_from(p).ok());
        let (mut exact, mut suffixes) = (ByName::default(), ByName::default());
        let mut most_labels = 0;
        for (pattern, root) in &index.hosts {
            let Some(root) = position(*root) else {
                continue;
            };
            match pattern {
                HostPattern::Exact(name) => exact.insert(name.clone(), root),
                HostPattern::Suffix(suffix) => {
                    most_labels = most_labels.max(suffix.split('.').count());
                    suffixes.insert(suffix.clone(), root)
                }
            };
        }
        Self {
            exact,
            suffixes,
            most_labels,
            any: position(index.any_host),
        }
    }

    /// The only first state, where no route names a host.
    #[inline]
    pub(super) fn only(&self) -> Option<u32> {
        self.any
            .filter(|_| self.exact.is_empty() && self.suffixes.is_empty())
    }

    /// The first states for a host, the most specific first.
    pub(super) fn roots(&self, host: &str) -> impl Iterator<Item = u32> {
        let exact = if self.exact.is_empty() {
            None
        } else {
            self.exact.get(host).copied()
        };
        exact
            .into_iter()
            .chain(self.suffix_roots(host))
            .chain(self.any)
    }

    /// One look-up per suffix that is not too long: host names have few labels, policies rarely
    /// more than three, and a flat map beats a tree of labels there.
    fn suffix_roots(&self, host: &str) -> impl Iterator<Item = u32> {
        let host = if self.suffixes.is_empty() { "" } else { host };
        let labels = if host.is_empty() {
            0
        } else {
            host.split('.').count()
        };
        let mut rest = host;
        (1..labels).filter_map(move |skipped| {
            rest = rest.split_once('.')?.1;
            (labels - skipped <= self.most_labels).then(|| self.suffixes.get(rest).copied())?
        })
    }
}
