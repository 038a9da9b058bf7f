//! Trailer sections on their way to either side. A careless receiver merges them into the header: they
//! hold nothing that would have to be known before, and nothing that the policy decides.

use super::lookalikes::is_disguised;
use crate::core::View;
use crate::pipeline::Turn;
use gw_graph::{Edit, HeaderPattern, RouteId};
use gw_http1::{Field, Fields, Known, KnownSet, Section};
use std::rc::Rc;

/// Whether the other end takes trailer sections (RFC 9110 section 10.1.4).
pub(crate) fn wants_trailers(fields: &Fields) -> bool {
    fields.has_word(Known::Te, "trailers")
}

/// Whether a field says something that has to be known before the body, or who sends it: routing,
/// conditions, credentials, caching, what the body is (RFC 7230 section 4.1.2, which names the kinds
/// that RFC 9110 section 6.5.1 leaves to each field).
fn is_for_header(field: &Field<'_>) -> bool {
    matches!(
        field.known,
        Known::Host | Known::Expect | Known::Authorization | Known::ContentType | Known::Date
    ) || (field.known == Known::Other && FOR_HEADER.iter().any(|n| n.as_bytes() == field.name))
}

/// Those that the gateway does not act on itself.
const FOR_HEADER: [&str; 21] = [
    "age",
    "cache-control",
    "content-encoding",
    "content-range",
    "cookie",
    "expires",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "location",
    "max-forwards",
    "pragma",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "retry-after",
    "set-cookie",
    "vary",
    "www-authenticate",
];

/// A trailer section on its way to either side. Fields that it may not hold are left out (RFC 9110
/// section 6.5.1), and those that the route changes in the header: a receiver that merges the two
/// would have again what was taken away.
pub(crate) fn trailer_section<'s>(given: &'s Fields, edits: &[Edit]) -> Section<'s> {
    let mut section = Section::of(given);
    section.remove_all(KnownSet::FRAMING.and(KnownSet::FORWARDING));
    section.retain(|field| !(is_for_header(field) || is_disguised(field)));
    leave_out(edits, &mut section);
    section
}

/// Removes the fields that these edits write or take away.
pub(crate) fn leave_out(edits: &[Edit], section: &mut Section<'_>) {
    for edit in edits {
        match edit {
            Edit::SetHeader(name, _)
            | Edit::AddHeader(name, _)
            | Edit::RemoveHeader(HeaderPattern::Name(name)) => {
                section.remove(name);
                section.remove_alike(name, "");
            }
            Edit::RemoveHeader(HeaderPattern::Prefix(prefix)) => {
                section.remove_prefix(prefix);
                section.remove_prefix_alike(prefix);
            }
            Edit::RenameHeader(from, to) => {
                section.remove(from);
                section.remove(to);
                section.remove_alike(to, "");
            }
            Edit::SetPath(_)
            | Edit::ReplacePrefix(..)
            | Edit::SetQuery(..)
            | Edit::RemoveQuery(_)
            | Edit::SetStatus(_) => {}
        }
    }
}

/// What a route changes in requests, for a body that outlives the decision.
#[derive(Clone)]
pub(crate) struct RequestEdits {
    view: Rc<View>,
    route: RouteId,
}

impl RequestEdits {
    pub(crate) fn new(turn: &Turn, route: RouteId) -> Self {
        let view = Rc::clone(&turn.view);
        Self { view, route }
    }

    /// As the policy writes them.
    pub(crate) fn written(&self) -> &[Edit] {
        let route = self.view.snapshot.route(self.route);
        route.map_or(&[], |route| route.request_edits.as_slice())
    }
}
