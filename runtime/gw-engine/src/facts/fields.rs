//! Header fields and query parameters of one request: those with a slot are found in one pass.

use super::Names;
use crate::Headers;
use crate::route::decode;
use gw_expr::{EvalError, Value};
use smallvec::SmallVec;
use std::borrow::Cow;

/// Header fields by slot.
pub(super) type HeaderSlots<'x> = SmallVec<[Option<Cow<'x, [u8]>>; 4]>;
/// First values of query parameters by slot.
pub(super) type QuerySlots<'x> = SmallVec<[Option<Parameter<'x>>; 2]>;

/// The value of a query parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Parameter<'x> {
    /// Decoded.
    Text(Cow<'x, str>),
    /// Decoded it is no UTF-8, and so has no text.
    Unreadable,
}

impl Parameter<'_> {
    /// Its text, if it has one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Parameter::Text(text) => Some(text),
            Parameter::Unreadable => None,
        }
    }
}

/// Fills the slots in one pass. Values of several lines are joined as RFC 9110 section 5.3 has it
/// (section 4.2.3 of RFC 6265 for cookies), so that a second line cannot hide behind the first.
pub(super) fn header_slots<'x>(headers: &'x dyn Headers, names: &Names) -> HeaderSlots<'x> {
    let mut slots = HeaderSlots::new();
    slots.resize_with(names.len(), || None);
    if names.len() > 0 {
        headers.visit(&mut |name, value| {
            if let Some(at) = names.slot(name) {
                fill(&mut slots, at, name, value);
            }
        });
    }
    slots
}

fn fill<'x>(slots: &mut HeaderSlots<'x>, at: usize, name: &[u8], value: &'x [u8]) {
    if let Some(slot) = slots.get_mut(at) {
        join(name, slot, value);
    }
}

/// All values of one field, joined.
pub(super) fn joined<'h>(headers: &'h dyn Headers, name: &str) -> Option<Cow<'h, [u8]>> {
    let mut found = None;
    headers.visit(&mut |field, value| {
        if field == name.as_bytes() {
            join(field, &mut found, value);
        }
    });
    found
}

fn join<'x>(name: &[u8], slot: &mut Option<Cow<'x, [u8]>>, value: &'x [u8]) {
    match slot {
        None => *slot = Some(Cow::Borrowed(value)),
        Some(first) => {
            let first = first.to_mut();
            first.extend_from_slice(if name == b"cookie" { b"; " } else { b", " });
            first.extend_from_slice(value);
        }
    }
}

/// Fills the slots in one pass. A name that is not UTF-8 after decoding is none that a policy has.
pub(super) fn query_slots<'x>(query: &'x str, names: &Names) -> QuerySlots<'x> {
    let mut slots = QuerySlots::new();
    slots.resize_with(names.len(), || None);
    if names.len() > 0 {
        for (name, value) in pairs(query) {
            let slot = decode_form(name).and_then(|name| names.slot(name.as_bytes()));
            if let Some(slot @ None) = slot.and_then(|at| slots.get_mut(at)) {
                *slot = Some(parameter(value));
            }
        }
    }
    slots
}

/// The first value of one parameter.
pub(super) fn query_value<'x>(query: &'x str, name: &str) -> Option<Parameter<'x>> {
    pairs(query)
        .find(|(n, _)| decode_form(n).as_deref() == Some(name))
        .map(|(_, value)| parameter(value))
}

fn parameter(raw: &str) -> Parameter<'_> {
    decode_form(raw).map_or(Parameter::Unreadable, Parameter::Text)
}

/// A field value that is not UTF-8 has no text: reading it is an error, so that no rule that looks at
/// it is passed by.
pub(super) fn text(value: &[u8]) -> Result<Value<'_>, EvalError> {
    std::str::from_utf8(value)
        .map(Value::Str)
        .map_err(|_| EvalError::BadConversion)
}

/// The raw pairs of a query.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Decodes `application/x-www-form-urlencoded` text (WHATWG URL, section 5.1). Borrows when there
/// is nothing to decode.
pub(crate) fn decode_form(raw: &str) -> Option<Cow<'_, str>> {
    if raw.contains('+') {
        let spaced = raw.replace('+', " ");
        return decode(&spaced).map(|text| Cow::Owned(text.into_owned()));
    }
    decode(raw)
}
