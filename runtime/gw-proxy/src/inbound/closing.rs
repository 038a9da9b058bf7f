//! The orderly end of a connection.

use crate::clock;
use crate::conn::Conn;
use crate::upload::ClientLink;
use std::future::poll_fn;
use std::task::{Poll, ready};
use std::time::Duration;

/// What the client still sends after the last response is read and dropped, up to this many bytes,
/// so that the kernel does not reset the connection before that response has arrived (RFC 9112
/// section 9.6).
const LINGER: usize = 256 << 10;
/// How long a connection may take to close.
pub(super) const CLOSING: Duration = Duration::from_secs(2);

/// Closes the write side, and reads on until the client has closed too.
pub(super) async fn close(conn: &Conn, link: &ClientLink) {
    let end = clock::now() + CLOSING;
    let mut left = LINGER;
    let mut shut = false;
    poll_fn(|cx| {
        let buffers = &conn.core.buffers;
        let mut link = link.borrow_mut();
        let mut step = || {
            if !shut {
                ready!(link.poll_sent(cx))?;
                ready!(link.poll_shutdown(cx))?;
                shut = true;
            }
            loop {
                link.forget(buffers);
                let n = ready!(link.poll_fill(cx, buffers))?;
                if n == 0 || n >= left {
                    return Poll::Ready(std::io::Result::Ok(()));
                }
                left -= n;
            }
        };
        if step().is_ready() {
            return Poll::Ready(());
        }
        let now = clock::now();
        conn.core.timers.poll(&conn.alarm, end, now, cx)
    })
    .await;
}
