//! Clients: the two protocols that they speak, each brought into the same exchanges.

mod closing;
pub(crate) mod http1;
pub(crate) mod http2;
mod reply;

use crate::upload::ClientLink;
use http2::Lane;
use std::rc::Rc;

/// The client's end of an exchange.
pub(crate) enum Client {
    /// A connection that is for this exchange alone.
    Http1(ClientLink),
    /// A stream of a connection.
    Http2(Rc<Lane>),
}
