//! Which endpoint takes the next request.

use super::endpoint::Endpoint;
use gw_graph::Balance;
use std::rc::Rc;

/// Chooses among `usable`, which is not empty unless nothing is.
pub(super) fn choose<'e>(
    balance: &Balance,
    usable: &[&'e Rc<Endpoint>],
    hash: Option<u64>,
    random: &mut fastrand::Rng,
) -> Option<&'e Rc<Endpoint>> {
    if let [only] = usable {
        return Some(only);
    }
    match (balance, hash) {
        (Balance::RoundRobin, _) | (Balance::Hash(_), None) => round_robin(usable),
        (Balance::LeastRequest, _) => least_request(usable, random),
        (Balance::RandomOfTwo, _) => random_of_two(usable, random),
        (Balance::Hash(_), Some(hash)) => rendezvous(usable, hash),
    }
}

/// Smooth weighted round robin: every endpoint gains its weight, the richest pays all.
fn round_robin<'e>(usable: &[&'e Rc<Endpoint>]) -> Option<&'e Rc<Endpoint>> {
    let mut total = 0;
    for endpoint in usable {
        let weight = i64::from(endpoint.weight);
        endpoint.score.set(endpoint.score.get() + weight);
        total += weight;
    }
    // The first of equals, so that equal weights go in the written order.
    let richest = usable.iter().rev().max_by_key(|e| e.score.get()).copied()?;
    richest.score.set(richest.score.get() - total);
    Some(richest)
}

/// Fewest exchanges under way for the weight; among equals a random one.
fn least_request<'e>(
    usable: &[&'e Rc<Endpoint>],
    random: &mut fastrand::Rng,
) -> Option<&'e Rc<Endpoint>> {
    let start = random.usize(0..usable.len().max(1));
    let turned = usable.iter().skip(start).chain(usable.iter().take(start));
    turned
        .copied()
        .reduce(|best, next| if lighter(next, best) { next } else { best })
}

fn random_of_two<'e>(
    usable: &[&'e Rc<Endpoint>],
    random: &mut fastrand::Rng,
) -> Option<&'e Rc<Endpoint>> {
    let count = usable.len();
    if count < 2 {
        return usable.first().copied();
    }
    let first = random.usize(0..count);
    let second = (first + random.usize(1..count)) % count;
    let (first, second) = (*usable.get(first)?, *usable.get(second)?);
    Some(if lighter(second, first) {
        second
    } else {
        first
    })
}

/// Whether `a` has fewer exchanges for its weight than `b`, without division.
fn lighter(a: &Endpoint, b: &Endpoint) -> bool {
    let load = |e: &Endpoint, other: &Endpoint| u64::from(e.active.get()) * u64::from(other.weight);
    load(a, b) < load(b, a)
}

/// Weighted rendezvous hashing (Thaler and Ravishankar, 1998): the highest score wins, so that the
/// loss of an endpoint moves its own values only. The logarithm comes from a library in Rust: gateways
/// on different systems choose alike, and none loads the system's for one function.
fn rendezvous<'e>(usable: &[&'e Rc<Endpoint>], hash: u64) -> Option<&'e Rc<Endpoint>> {
    let score = |e: &Endpoint| {
        let mixed = mix(hash ^ e.seed);
        #[expect(clippy::cast_precision_loss, reason = "53 bits are enough for a score")]
        let unit = ((mixed >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        -f64::from(e.weight) / libm::log(unit)
    };
    usable
        .iter()
        .copied()
        .max_by(|a, b| score(a).total_cmp(&score(b)))
}

/// The finaliser of splitmix64.
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
