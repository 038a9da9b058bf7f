//! Between the two forms of a field section: lines in order, as the gateway has them, and the map
//! that hyper takes for backends over HTTP/2.

use gw_http1::{Fields, Section};
use http::{HeaderMap, HeaderName, HeaderValue};

/// A map as lines.
pub(crate) fn fields(map: &HeaderMap) -> Fields {
    let bytes = map.iter().map(|(n, v)| n.as_str().len() + v.len()).sum();
    let mut fields = Fields::with_capacity(bytes);
    for (name, value) in map {
        fields.push(name.as_str(), value.as_bytes());
    }
    fields
}

/// Lines on their way out as a map.
pub(crate) fn section_map(section: &Section<'_>) -> HeaderMap {
    collect(16, section.iter().map(|f| (f.name, f.value)))
}

fn collect<'a>(room: usize, lines: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(room);
    for (name, value) in lines {
        let name = HeaderName::from_bytes(name);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }
    map
}
