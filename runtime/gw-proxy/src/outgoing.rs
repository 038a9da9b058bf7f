//! The request as a backend gets it: target, host and header section for one endpoint over one
//! protocol.

use crate::backend::Endpoint;
use crate::pipeline::Turn;
use crate::transform::{self, Unfit};
use crate::upload::Upload;
use gw_engine::ForwardPlan;
use gw_graph::{Backend, HostHeader};
use gw_http1::{Known, Section, Value};
use http::{Method, Request, Uri, Version};

/// A request for one endpoint, edited by the policy.
pub(crate) struct Outgoing<'s> {
    pub(crate) method: &'s str,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) host: Value<'s>,
    pub(crate) section: Section<'s>,
}

impl<'s> Outgoing<'s> {
    /// The policy's edits applied.
    pub(crate) fn new(
        turn: &'s Turn,
        backend: &'s Backend,
        endpoint: Option<&'s Endpoint>,
        plan: &'s ForwardPlan<'_>,
    ) -> Result<Self, Unfit> {
        let arrival = &turn.arrival;
        let mut section = transform::request_section(&turn.conn, arrival, plan);
        transform::apply(&plan.edits, &mut section, &turn.view.snapshot.secrets)?;
        let edited = section.take(Known::Host);
        let own = endpoint.map_or("", |e| e.host.as_str());
        let host = edited.unwrap_or_else(|| {
            Value::known_good(match &backend.host {
                HostHeader::Keep => arrival.authority().unwrap_or(own.as_bytes()),
                HostHeader::Fixed(host) => host.as_bytes(),
                HostHeader::Target => own.as_bytes(),
            })
        });
        let target = target(turn, endpoint.map_or("", |e| e.base_path.as_str()), plan);
        if target
            .bytes()
            .fold(false, |bad, b| bad | (b <= b' ') | (b == 0x7f))
        {
            return Err(Unfit);
        }
        Ok(Self {
            method: arrival.request.method(),
            target,
            host,
            section,
        })
    }

    /// Writes the head for HTTP/1.1.
    pub(crate) fn write(mut self, chunked: bool, out: &mut Vec<u8>) {
        if chunked {
            self.section
                .add_known(Known::TransferEncoding, Value::known_good(b"chunked"));
        }
        for part in [self.method, " ", &self.target, " HTTP/1.1\r\nhost: "] {
            out.extend_from_slice(part.as_bytes());
        }
        out.extend_from_slice(self.host.bytes());
        out.extend_from_slice(b"\r\n");
        self.section.write(out);
    }

    /// The request for HTTP/2.
    pub(crate) fn http2(
        self,
        endpoint: &Endpoint,
        upload: Upload,
    ) -> Result<Request<Upload>, Unfit> {
        let uri = Uri::builder()
            .scheme(endpoint.scheme)
            .authority(self.host.bytes())
            .path_and_query(self.target)
            .build()
            .map_err(|_| Unfit)?;
        let mut request = Request::new(upload);
        *request.method_mut() = Method::from_bytes(self.method.as_bytes()).map_err(|_| Unfit)?;
        *request.uri_mut() = uri;
        *request.version_mut() = Version::HTTP_2;
        *request.headers_mut() = crate::headers::section_map(&self.section);
        Ok(request)
    }
}

/// What is sent as the target.
fn target(turn: &Turn, base: &str, plan: &ForwardPlan<'_>) -> String {
    // An empty query is not the same as none (RFC 3986 section 6.2.3): it stays where it was.
    let mark = !plan.query.is_empty()
        || (turn.arrival.request.has_query() && plan.path == turn.arrival.path());
    let mut target = String::with_capacity(base.len() + plan.path.len() + 1 + plan.query.len());
    target.push_str(base);
    target.push_str(&plan.path);
    if mark {
        target.push('?');
        target.push_str(&plan.query);
    }
    target
}
