//! Room for the routes of a graph, made once. A list that grows leaves as much behind as it takes, and
//! what lies in those pages next keeps them whole in memory; serde itself makes room for one mebibyte
//! at most. Must not know how bytes are read.

use crate::Route;
use serde::Deserializer;
use serde::de::{SeqAccess, Visitor};
use std::fmt;

/// Most routes that get room before they are read: 36 MB, which nobody touches.
const MOST: usize = 1 << 17;

/// Deserializes routes.
pub(crate) fn routes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Route>, D::Error> {
    deserializer.deserialize_seq(Routes)
}

struct Routes;

impl<'de> Visitor<'de> for Routes {
    type Value = Vec<Route>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("routes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Vec<Route>, A::Error> {
        let announced = from.size_hint().unwrap_or_default();
        let mut routes = Vec::with_capacity(announced.min(MOST));
        while let Some(route) = from.next_element()? {
            routes.push(route);
        }
        Ok(routes)
    }
}
