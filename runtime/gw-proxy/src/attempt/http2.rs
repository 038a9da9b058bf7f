//! A try over HTTP/2, which hyper speaks.

use super::{Failure, Sending, Supply, answered, client_broke};
use crate::backend::Lease;
use crate::clock;
use crate::observe::Record;
use crate::outgoing::Outgoing;
use crate::respond::Answer;
use crate::retry::Cause;
use crate::source::{Source, Stream};
use crate::transform::Unfit;
use crate::upload::{BodyError, Frames, Upload};
use gw_graph::{Builtin, RetryCause};
use hyper::client::conn::http2::SendRequest;
use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

impl Sending<'_> {
    pub(super) async fn http2(
        &self,
        upload: Upload,
        (mut sender, lease): (SendRequest<Upload>, Lease),
        supply: Supply,
        record: &mut Record,
    ) -> Result<Answer, Failure> {
        let endpoint = lease.endpoint();
        // Hyper keeps the body, whatever becomes of it.
        let again = upload.is_nothing() || self.backend.retry.repeats_any();
        let spare = again.then(|| upload.again());
        let request = Outgoing::new(self.turn, self.backend, Some(endpoint), self.plan)
            .and_then(|outgoing| outgoing.http2(endpoint, upload))
            .map_err(|Unfit| Failure::Final(Builtin::TransformError))?;
        let sent = clock::now();
        let mut response = pin!(sender.try_send_request(request));
        let response = poll_fn(|cx| match response.as_mut().poll(cx) {
            Poll::Ready(response) => Poll::Ready(Ok(response)),
            Poll::Pending => self.poll_overdue(sent, cx).map(Err),
        });
        let response = match response.await {
            Ok(Ok(response)) => response,
            Ok(Err(mut error)) => {
                return Err(match error.take_message() {
                    Some(request) => Failure::unsent(supply == Supply::Pooled, request.into_body()),
                    None => self.broke_off(error.error(), spare),
                });
            }
            Err(reason) => return Err(self.failed_http2(reason, spare)),
        };
        record.upstream().head_after = Some(clock::now().saturating_duration_since(sent));
        let (parts, incoming) = response.into_parts();
        let (status, fields) = (
            parts.status.as_u16(),
            crate::headers::fields(&parts.headers),
        );
        let again = spare.filter(|upload| self.is_sent(upload));
        let again = again.and_then(|upload| self.worth_another_try(status, &fields, &upload));
        let answer = Answer {
            status,
            fields,
            source: Source::Http2(Box::new(Stream {
                frames: Frames::new(incoming),
                _lease: lease,
            })),
            deadline: self.until,
            last: false,
        };
        match again {
            None => Ok(answer),
            Some(upload) => Err(answered(answer, upload)),
        }
    }

    /// A stream that the backend refused was not processed (RFC 9113 section 8.7): whatever the
    /// method, it is as if nothing was sent.
    fn broke_off(&self, error: &hyper::Error, spare: Option<Upload>) -> Failure {
        let reason = self.broken(error);
        if !is_refused(error) {
            return self.failed_http2(reason, spare);
        }
        match spare.filter(|upload| self.is_sent(upload) && upload.is_replayable()) {
            Some(upload) => Failure::open(Cause::Failed(RetryCause::Connect), upload, reason),
            None => Failure::Final(reason),
        }
    }

    fn failed_http2(&self, reason: Builtin, spare: Option<Upload>) -> Failure {
        match spare.filter(|upload| self.is_sent(upload)) {
            Some(upload) => self.failed(reason, &upload),
            None => Failure::Final(reason),
        }
    }

    /// Whether nobody reads the client's body any more: over HTTP/2 it is sent by a task of its own,
    /// which may outlive the try.
    fn is_sent(&self, upload: &Upload) -> bool {
        upload.is_nothing() || self.turn.arrival.progress.finished.get()
    }

    /// Who broke an exchange off.
    fn broken(&self, error: &hyper::Error) -> Builtin {
        match self.turn.arrival.progress.failure.get() {
            Some(BodyError::Backend) | None if error.is_parse() => Builtin::BackendProtocol,
            Some(BodyError::Backend) | None => Builtin::BackendReset,
            Some(error) => client_broke(error),
        }
    }
}

fn is_refused(error: &hyper::Error) -> bool {
    let source = error.source().and_then(|s| s.downcast_ref::<h2::Error>());
    source.is_some_and(|e| e.is_remote() && e.reason() == Some(h2::Reason::REFUSED_STREAM))
}
