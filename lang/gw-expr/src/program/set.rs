//! Sets of constants: texts and networks.

use foldhash::fast::FixedState;
use ipnet::IpNet;
use smol_str::SmolStr;
use std::collections::HashSet;
use std::net::IpAddr;

/// Up to this many texts a scan is faster than a hash.
const SCAN: usize = 8;

/// Constant texts. They come from the policy, so a fixed hash seed is safe.
#[derive(Debug)]
pub(super) enum TextSet {
    Few(Box<[Box<str>]>),
    Many(HashSet<SmolStr, FixedState>),
}

impl TextSet {
    pub(super) fn new(texts: Vec<SmolStr>) -> Self {
        if texts.len() <= SCAN {
            return TextSet::Few(texts.iter().map(|t| t.as_str().into()).collect());
        }
        TextSet::Many(texts.into_iter().collect())
    }

    pub(super) fn has(&self, text: &str) -> bool {
        match self {
            TextSet::Few(texts) => texts.iter().any(|t| **t == *text),
            TextSet::Many(texts) => texts.contains(text),
        }
    }
}

/// Constant addresses and networks as disjoint, sorted ranges, per family.
#[derive(Debug, Default)]
pub(super) struct NetSet {
    v4: Box<[(u32, u32)]>,
    v6: Box<[(u128, u128)]>,
}

impl NetSet {
    pub(super) fn new(nets: &[IpNet]) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for net in nets {
            match net {
                IpNet::V4(n) => v4.push((n.network().to_bits(), n.broadcast().to_bits())),
                IpNet::V6(n) => v6.push((n.network().to_bits(), n.broadcast().to_bits())),
            }
        }
        Self {
            v4: merge(v4),
            v6: merge(v6),
        }
    }

    pub(super) fn has(&self, ip: IpAddr) -> bool {
        match ip {
            IpAddr::V4(ip) => covers(&self.v4, ip.to_bits()),
            IpAddr::V6(ip) => covers(&self.v6, ip.to_bits()),
        }
    }
}

/// Sorts ranges and joins those that overlap. Networks nest or are disjoint, so that the ends of
/// the result ascend too.
fn merge<T: Ord + Copy>(mut ranges: Vec<(T, T)>) -> Box<[(T, T)]> {
    ranges.sort_unstable();
    let mut merged: Vec<(T, T)> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match merged.last_mut() {
            Some(before) if first <= before.1 => before.1 = before.1.max(last),
            _ => merged.push((first, last)),
        }
    }
    merged.into()
}

fn covers<T: Ord + Copy>(ranges: &[(T, T)], bits: T) -> bool {
    let candidate = ranges.partition_point(|(_, last)| *last < bits);
    ranges
        .get(candidate)
        .is_some_and(|(first, _)| *first <= bits)
}
