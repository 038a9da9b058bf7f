//! Clients: the two protocols that they speak, each brought into the same exchanges.

pub(crate) mod http1;
pub(crate) mod http2;
mod reply;
