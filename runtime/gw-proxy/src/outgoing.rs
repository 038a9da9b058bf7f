//! The request as a backend gets it: target, host and header section for one endpoint over one
//! protocol.

use crate::backend::Endpoint;
use crate::pipeline::Turn;
use crate::transform::{self, Unfit};
use crate::upload::Upload;
use gw_engine::ForwardPlan;
use gw_graph::{Backend, HostHeader};
use gw_http1::{Known, Room, Section, Value};
use http::{Method, Request, Uri, Version};

/// A request for one endpoint, edited by the policy.
pub(crate) struct Outgoing<'s> {
    pub(crate) method: &'s str,
    pub(crate) target: Target<'s>,
    pub(crate) host: Value<'s>,
    pub(crate) section: Section<'s>,
}

/// What is sent as the target.
#[derive(Clone, Copy)]
pub(crate) struct Target<'s> {
    /// The endpoint's path, before the request's.
    base: &'s str,
    pub(crate) path: &'s str,
    pub(crate) query: Option<&'s str>,
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
        Ok(Self {
            method: arrival.request.method(),
            target: Target::new(turn, endpoint.map_or("", |e| e.base_path.as_str()), plan)?,
            host,
            section,
        })
    }

    /// Writes the head for HTTP/1.1; gives the memory of its lines back.
    pub(crate) fn write(mut self, chunked: bool, out: &mut Vec<u8>) -> Room {
        if chunked {
            self.section
                .add_known(Known::TransferEncoding, Value::known_good(b"chunked"));
        }
        out.extend_from_slice(self.method.as_bytes());
        out.extend_from_slice(b" ");
        for part in self.target.parts() {
            out.extend_from_slice(part.as_bytes());
        }
        out.extend_from_slice(b" HTTP/1.1\r\nhost: ");
        out.extend_from_slice(self.host.bytes());
        out.extend_from_slice(b"\r\n");
        self.section.write(out);
        self.section.into_room()
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
            .path_and_query(self.target.text())
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

impl<'s> Target<'s> {
    fn new(turn: &Turn, base: &'s str, plan: &'s ForwardPlan<'_>) -> Result<Self, Unfit> {
        let path: &str = &plan.path;
        // An empty query is not the same as none (RFC 3986 section 6.2.3): it stays where it was.
        let mark = !plan.query.is_empty()
            || (turn.arrival.request.has_query() && path == turn.arrival.path);
        let query = mark.then_some(&*plan.query);
        let target = Self { base, path, query };
        // Looks at every byte, whatever comes, so that many are compared at once.
        let bad = |byte: u8| (byte <= b' ') | (byte == 0x7f);
        let unfit = |part: &str| part.bytes().fold(false, |any, byte| any | bad(byte));
        match target.parts().into_iter().any(unfit) {
            true => Err(Unfit),
            false => Ok(target),
        }
    }

    /// One after the other.
    fn parts(self) -> [&'s str; 4] {
        let mark = if self.query.is_some() { "?" } else { "" };
        [self.base, self.path, mark, self.query.unwrap_or_default()]
    }

    /// As one text.
    fn text(self) -> String {
        self.parts().concat()
    }
}
