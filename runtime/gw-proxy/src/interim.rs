//! Interim responses of a backend (RFC 9110 section 15.2), such as `103 Early Hints` (RFC 8297), on
//! their way to the client. They are hints: whatever may not or cannot be said now is left out.

use crate::inbound::Client;
use crate::pipeline::Turn;
use crate::respond::status_line;
use crate::transform::{leave_out, response_section};
use crate::upload::ClientLink;
use gw_engine::ForwardPlan;
use gw_http1::{Known, Response, Room, Section, Version};
use std::task::Context;

/// Passes an interim response on to a client that takes such.
pub(crate) fn pass(turn: &Turn, plan: &ForwardPlan<'_>, given: &Response, cx: &mut Context<'_>) {
    // The gateway itself answers whoever waits for `100 Continue`.
    if given.status == 100 || turn.arrival.request.version == Version::Http10 {
        return;
    }
    let mut section = response_section(Room::default(), &given.fields);
    section.remove_known(Known::ContentLength);
    // What a field holds that the policy changes is not for clients.
    let Some(route) = turn.view.snapshot.route(plan.route) else {
        return;
    };
    leave_out(&route.response_edits, &mut section);
    match &turn.client {
        Client::Http1(link) => write(turn, link, given.status, &section, cx),
        Client::Http2(lane) => lane.hint(given.status, section.iter()),
    }
}

/// A client that has not taken what was said before gets no hints, so that they do not pile up. One
/// that is gone is noticed when it is answered.
fn write(turn: &Turn, link: &ClientLink, status: u16, section: &Section<'_>, cx: &mut Context<'_>) {
    let mut link = link.borrow_mut();
    if link.poll_sent(cx).is_pending() {
        return;
    }
    let buffers = &turn.conn.core.buffers;
    let mut head = buffers.head();
    status_line(status, &mut head);
    section.write(&mut head);
    let _ = link.send_all(cx, [&head, &[], &[]]);
    buffers.put_head(head);
}
