//! A try over HTTP/1.x.

use super::{Failure, Sending, Supply, answered, client_broke};
use crate::backend::Lease;
use crate::clock;
use crate::download::Download;
use crate::interim;
use crate::net::{Link, LinkError, Next};
use crate::observe::Record;
use crate::outgoing::Outgoing;
use crate::respond::Answer;
use crate::retry::Cause;
use crate::sender::Sender;
use crate::source::Source;
use crate::transform::Unfit;
use crate::upload::Upload;
use gw_graph::Builtin;
use gw_http1::{Framing, Known, Response, ToHead};
use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Instant;

impl Sending<'_> {
    pub(super) async fn http1(
        &self,
        upload: Upload,
        (mut link, lease): (Box<Link>, Lease),
        supply: Supply,
        record: &mut Record,
    ) -> Result<Answer, Failure> {
        let core = &self.turn.conn.core;
        let mut head = core.buffers.head();
        let unfit = |Unfit| Failure::Final(Builtin::TransformError);
        let outgoing = Outgoing::new(self.turn, self.backend, Some(lease.endpoint()), self.plan);
        let outgoing = outgoing.map_err(unfit)?;
        let chunked = !upload.is_nothing() && self.needs_chunks(&upload);
        core.buffers.put_room(outgoing.write(chunked, &mut head));
        let mut sender = Sender::new(upload, chunked);
        let reused = link.is_used() && supply == Supply::Pooled;
        let begun = poll_fn(|cx| Poll::Ready(begin(&mut sender, &mut link, cx, &head))).await;
        core.buffers.put_head(head);
        if begun.is_err() {
            return Err(Failure::unsent(reused, sender.upload));
        }
        let sent = clock::now();
        let response = poll_fn(|cx| self.poll_response(&mut sender, &mut link, sent, cx)).await;
        let response = match response {
            Ok(response) => response,
            Err(Builtin::BackendReset) if self.is_stale(&sender, &link, reused) => {
                let upload = sender.upload;
                return Err(Failure::open(Cause::Stale, upload, Builtin::BackendReset));
            }
            Err(reason) => return Err(self.failed(reason, &sender.upload)),
        };
        record.upstream().head_after = Some(clock::now().saturating_duration_since(sent));
        let upload = self.worth_another_try(response.status, &response.fields, &sender.upload);
        let download = Download::new(core, (link, lease), sender, response.persistent);
        let answer = Answer {
            status: response.status,
            fields: response.fields,
            source: Source::Http1(download),
            deadline: self.until,
            last: false,
        };
        match upload {
            None => Ok(answer),
            Some(upload) => Err(answered(answer, upload)),
        }
    }

    /// Whether a request may go out again after its connection was closed without an answer: a
    /// backend may close an idle connection while a request is on its way, and a safe request
    /// without a body changes nothing (RFC 9110 section 9.2, RFC 9112 section 9.3.1).
    fn is_stale(&self, sender: &Sender, link: &Link, reused: bool) -> bool {
        let method = self.turn.arrival.request.method();
        let safe = matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE");
        let silent = !link.has_more() && !self.begun.get();
        reused && safe && silent && sender.upload.is_nothing()
    }

    /// Whether the length of the body is not in the head.
    fn needs_chunks(&self, upload: &Upload) -> bool {
        let request = &self.turn.arrival.request;
        let announced = request.fields.first(Known::ContentLength).is_some();
        request.framing == Framing::Chunked || (!announced && upload.length() != Some(0))
    }

    /// Sends the rest of the request and waits for the head of the response.
    fn poll_response(
        &self,
        sender: &mut Sender,
        link: &mut Link,
        sent: Instant,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Response, Builtin>> {
        let core = &self.turn.conn.core;
        if let Poll::Ready(Err(error)) = sender.poll(link, cx) {
            return Poll::Ready(Err(client_broke(error)));
        }
        let to_head = match self.turn.arrival.request.method() {
            "HEAD" => ToHead::Yes,
            _ => ToHead::No,
        };
        loop {
            match link.poll_response(cx, &core.buffers, to_head) {
                Poll::Ready(Ok(response)) if response.status == 101 => {
                    return Poll::Ready(Err(Builtin::BackendProtocol));
                }
                // Another one follows.
                Poll::Ready(Ok(response)) if response.status < 200 => {
                    self.begun.set(self.begun.get() || response.status != 100);
                    interim::pass(self.turn, self.plan, &response, cx);
                }
                Poll::Ready(Ok(response)) => return Poll::Ready(Ok(response)),
                Poll::Ready(Err(LinkError::Malformed(_))) => {
                    return Poll::Ready(Err(Builtin::BackendProtocol));
                }
                Poll::Ready(Err(_)) => return Poll::Ready(Err(Builtin::BackendReset)),
                Poll::Pending => break,
            }
        }
        self.poll_overdue(sent, cx).map(Err)
    }
}

/// Sends the head, with the beginning of the body if it is there.
fn begin(
    sender: &mut Sender,
    link: &mut Link,
    cx: &mut Context<'_>,
    head: &[u8],
) -> std::io::Result<()> {
    if !sender.is_over()
        && sender.upload.has_arrived()
        && let Poll::Ready(Ok(Next::Data)) = sender.upload.poll_piece(cx)
    {
        let _ = sender.poll_send_piece(link, cx, head);
        return match sender.is_broken() {
            true => Err(std::io::ErrorKind::BrokenPipe.into()),
            false => Ok(()),
        };
    }
    link.send_all(cx, [head, &[], &[]])
}
