//! Fields that a backend may take for others: those that hand fields over as variables, such as CGI,
//! WSGI and Rack, do not tell `X_User` from `X-User` (RFC 3875 section 4.1.18).

use gw_engine::{HeaderEdit, HeaderEdits};
use gw_graph::HeaderPattern;
use gw_http1::{Field, Known, Section};

/// Whether a backend may take a field for one that the gateway alone writes.
pub(super) fn is_disguised(field: &Field<'_>) -> bool {
    field.known == Known::Other && {
        let known = Known::disguised(field.name);
        known.is_forwarding() || known.is_framing()
    }
}

/// Removes what a client wrote that a backend may take for a field that the policy writes or takes
/// away. Before the edits are applied: what the policy itself writes stays.
pub(super) fn remove_alike(edits: &HeaderEdits<'_>, section: &mut Section<'_>) {
    for edit in edits.iter() {
        match edit {
            HeaderEdit::Set(name, _) => section.remove_alike(name, ""),
            HeaderEdit::Remove(HeaderPattern::Name(name)) => section.remove_alike(name, ""),
            HeaderEdit::Remove(HeaderPattern::Prefix(prefix)) => {
                section.remove_prefix_alike(prefix);
            }
            HeaderEdit::Rename(from, to) => section.remove_alike(to, from),
            HeaderEdit::Add(..) => {}
        }
    }
}
