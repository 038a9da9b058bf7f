//! The request as a backend gets it: header section, host and target, first as far as they do not
//! depend on the endpoint, then for one endpoint over one protocol.

use crate::backend::Endpoint;
use crate::body::RequestBody;
use crate::pipeline::Turn;
use crate::respond::Fault;
use crate::transform::{self, Unfit};
use gw_engine::ForwardPlan;
use gw_graph::{Backend, Builtin, HostHeader};
use http::header::{HOST, TRANSFER_ENCODING};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version};
use http_body::Body;

/// A request as far as it does not depend on the endpoint.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) target: PathAndQuery,
    pub(crate) host: Option<HeaderValue>,
    /// Whether the endpoint's own host is wanted.
    pub(crate) own_host: bool,
    pub(crate) headers: HeaderMap,
    pub(crate) body: RequestBody,
}

impl Outgoing {
    /// The policy's edits applied.
    pub(crate) fn new(
        turn: &Turn,
        backend: &Backend,
        plan: &ForwardPlan<'_>,
        body: RequestBody,
    ) -> Result<Self, Fault> {
        let arrival = &turn.arrival;
        let unfit = |_: Unfit| Fault::builtin(Builtin::TransformError);
        let mut headers = transform::request_headers(&turn.conn, arrival);
        transform::apply(&plan.edits, &mut headers, &turn.view.snapshot.secrets).map_err(unfit)?;
        let edited = headers.remove(HOST);
        let (host, own_host) = match &backend.host {
            _ if edited.is_some() => (edited, false),
            HostHeader::Keep => (transform::authority(arrival), false),
            HostHeader::Fixed(host) => (HeaderValue::from_str(host).ok(), false),
            HostHeader::Target => (None, true),
        };
        let target = target(arrival.parts.uri.path_and_query(), plan).map_err(unfit)?;
        let method = arrival.parts.method.clone();
        Ok(Self {
            method,
            target,
            host,
            own_host,
            headers,
            body,
        })
    }

    /// The request for one endpoint over one protocol.
    pub(crate) fn request(
        self,
        endpoint: &Endpoint,
        http2: bool,
    ) -> Result<Request<RequestBody>, Unfit> {
        let Self {
            method,
            target,
            host,
            own_host,
            mut headers,
            body,
        } = self;
        let host = host.filter(|_| !own_host);
        let host = host
            .map_or_else(|| HeaderValue::from_str(&endpoint.host), Ok)
            .map_err(|_| Unfit)?;
        let target = match endpoint.base_path.as_str() {
            "" => target,
            base => format!("{base}{target}").parse().map_err(|_| Unfit)?,
        };
        let uri = if http2 {
            Uri::builder()
                .scheme(endpoint.scheme)
                .authority(host.as_bytes())
                .path_and_query(target)
                .build()
                .map_err(|_| Unfit)?
        } else {
            if !body.is_empty() && body.size_hint().exact().is_none() {
                headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
            }
            headers.insert(HOST, host);
            Uri::from(target)
        };
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.version_mut() = if http2 {
            Version::HTTP_2
        } else {
            Version::HTTP_11
        };
        *request.headers_mut() = headers;
        Ok(request)
    }
}

/// The target to send: the client's where nothing changed, so that it need not be built anew.
fn target(raw: Option<&PathAndQuery>, plan: &ForwardPlan<'_>) -> Result<PathAndQuery, Unfit> {
    if let Some(raw) = raw
        && raw.path() == plan.path
        && raw.query().unwrap_or("") == plan.query
    {
        return Ok(raw.clone());
    }
    let text = match plan.query.is_empty() {
        true => plan.path.to_string(),
        false => format!("{}?{}", plan.path, plan.query),
    };
    PathAndQuery::try_from(text).map_err(|_| Unfit)
}
