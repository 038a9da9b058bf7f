//! The value of each kind of fact.

use super::FactKind;
use super::fields::{self, Parameter};
use super::source::{FactSource, Responding};
use super::view::{HeaderView, QueryView};
use crate::route::{ParamKind, decode};
use crate::{Claims, Identity, UnixNanos};
use bumpalo::Bump;
use gw_expr::{EvalError, FactStep, OwnedMap, OwnedValue, Timestamp, Value};
use gw_graph::{Segment, SegmentType};
use smol_str::SmolStr;
use std::borrow::Cow;
use std::sync::Arc;

type Read<'a> = Result<Value<'a>, EvalError>;

impl FactSource<'_> {
    pub(super) fn read(&self, kind: &FactKind) -> Read<'_> {
        let head = self.head;
        Ok(match kind {
            FactKind::Method => Value::Str(head.method),
            FactKind::Scheme => Value::Str(head.scheme),
            FactKind::Host => Value::Str(head.host),
            FactKind::Port => head
                .port
                .map_or(Value::Absent, |port| Value::Int(port.into())),
            FactKind::Path => Value::Str(head.path),
            FactKind::Header(slot) => return text(self.header_at(*slot)),
            FactKind::Headers => Value::Lookup(&**self.header_view.get_or_init(|| {
                Box::new(HeaderView {
                    headers: head.headers,
                    memory: Bump::new(),
                })
            })),
            FactKind::Query(slot) => match self.query_at(*slot) {
                None => Value::Absent,
                Some(Parameter::Text(value)) => Value::Str(value),
                Some(Parameter::Unreadable) => return Err(EvalError::BadConversion),
            },
            FactKind::QueryAll => Value::Lookup(&**self.query_view.get_or_init(|| {
                Box::new(QueryView {
                    query: head.query,
                    memory: Bump::new(),
                })
            })),
            FactKind::Id => Value::Str(head.id),
            FactKind::Time => Value::Timestamp(timestamp(head.time)),
            FactKind::Protocol => Value::Str(head.protocol),
            FactKind::Size => self.size(),
            FactKind::SourceIp => Value::Ip(head.source_ip.to_canonical()),
            FactKind::SourcePort if head.source_ip != head.peer_ip => Value::Absent,
            FactKind::SourcePort | FactKind::PeerPort => Value::Int(head.peer_port.into()),
            FactKind::PeerIp => Value::Ip(head.peer_ip.to_canonical()),
            FactKind::Tls => self
                .tls
                .get_or_init(|| Box::new(self.tls_record()))
                .as_value(),
            FactKind::TlsVersion => optional(head.tls.map(|tls| tls.version)),
            FactKind::TlsSni => optional(head.tls.and_then(|tls| tls.sni)),
            FactKind::TlsCipher => optional(head.tls.map(|tls| tls.cipher)),
            FactKind::Param(name) => return self.param(name),
            FactKind::RouteName => Value::Str(self.route_name()?),
            FactKind::RouteService => Value::Str(
                self.route_name()?
                    .rsplit_once('.')
                    .map_or("", |(service, _)| service),
            ),
            FactKind::Jwt(steps) => at(self.claims().map(Claims::map), steps),
            FactKind::KeyId => optional(self.key().map(|(id, _)| id.as_str())),
            FactKind::Key(steps) => at(self.key().map(|(_, record)| record), steps),
            FactKind::Certificate(steps) => at(self.certificate(), steps),
            FactKind::Principal => self
                .principal
                .get_or_init(|| Box::new(self.principal_record()))
                .as_value(),
            FactKind::PrincipalId => optional(self.identities.first().and_then(|(_, i)| i.id())),
            FactKind::PrincipalKind => optional(self.identities.first().map(|(_, i)| i.kind())),
            FactKind::Table(table) => {
                Value::Lookup(self.tables.table(*table).ok_or(EvalError::Unavailable)?)
            }
            FactKind::TableEntry(table, key, steps) => {
                let table = self.tables.table(*table).ok_or(EvalError::Unavailable)?;
                at(table.lookup_key(key).map(|record| &*record.fields), steps)
            }
            FactKind::ResponseStatus | FactKind::ResponseHeader(_) | FactKind::ResponseHeaders => {
                return Err(EvalError::Unavailable);
            }
        })
    }

    fn size(&self) -> Value<'_> {
        let length = self.head.headers.first("content-length");
        let length = length.and_then(|bytes| std::str::from_utf8(bytes).ok()?.parse().ok());
        length.map_or(Value::Absent, Value::Int)
    }

    fn route_name(&self) -> Result<&str, EvalError> {
        self.candidate
            .get()
            .map(|c| c.route.name.as_str())
            .ok_or(EvalError::Unavailable)
    }

    fn param(&self, name: &str) -> Read<'_> {
        let candidate = self.candidate.get().ok_or(EvalError::Unavailable)?;
        let Some(param) = candidate.params.named(name) else {
            return Ok(Value::Absent);
        };
        let path = self.head.path;
        let segments = self
            .segments
            .get_or_init(|| crate::route::Segments::of(path));
        let (raw, ty) = match &param.kind {
            ParamKind::Rest => (segments.rest(path, param.segment), None),
            ParamKind::Plain(ty) => (segments.text(path, param.segment), Some(ty)),
            ParamKind::Regex(_) => (segments.text(path, param.segment), None),
        };
        let text = match decode(raw).ok_or(EvalError::BadConversion)? {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => &*self.memory.alloc_str(&text),
        };
        typed(text, ty)
    }

    /// What the first identity has that `pick` takes.
    fn of_identity<'i, T>(&'i self, pick: impl Fn(&'i Identity) -> Option<T>) -> Option<T> {
        self.identities
            .iter()
            .find_map(|(_, identity)| pick(identity))
    }

    /// The claims of the token.
    pub(crate) fn claims(&self) -> Option<&Claims> {
        self.of_identity(|identity| match identity {
            Identity::Jwt { claims } => Some(&**claims),
            Identity::ApiKey { .. } | Identity::ClientCertificate { .. } => None,
        })
    }

    fn key(&self) -> Option<(&SmolStr, &OwnedMap)> {
        self.of_identity(|identity| match identity {
            Identity::ApiKey { id, record } => Some((id, &**record)),
            Identity::Jwt { .. } | Identity::ClientCertificate { .. } => None,
        })
    }

    fn certificate(&self) -> Option<&OwnedMap> {
        self.of_identity(|identity| match identity {
            Identity::ClientCertificate { certificate, .. } => Some(&**certificate),
            Identity::Jwt { .. } | Identity::ApiKey { .. } => None,
        })
    }

    fn tls_record(&self) -> OwnedValue {
        let Some(tls) = self.head.tls else {
            return OwnedValue::Absent;
        };
        let sni = tls.sni.map(|sni| ("sni", OwnedValue::text(sni)));
        let fields = [
            ("version", OwnedValue::text(tls.version)),
            ("cipher", OwnedValue::text(tls.cipher)),
        ];
        OwnedValue::map(fields.into_iter().chain(sni))
    }

    fn principal_record(&self) -> OwnedValue {
        let Some((_, identity)) = self.identities.first() else {
            return OwnedValue::Absent;
        };
        let mut fields = OwnedMap::default();
        fields.insert("kind", OwnedValue::text(identity.kind()));
        if let Some(id) = identity.id() {
            fields.insert("id", OwnedValue::text(id));
        }
        OwnedValue::Map(Arc::new(fields))
    }

    /// Whether a name stands for all further segments in the chosen route.
    pub(crate) fn is_rest(&self, name: &str) -> bool {
        let path = self
            .candidate
            .get()
            .map(|c| c.route.matcher.path.as_slice());
        let rest = |segment: &Segment| matches!(segment, Segment::Rest(Some(n)) if n == name);
        path.unwrap_or_default().iter().any(rest)
    }
}

impl Responding<'_, '_> {
    pub(super) fn read(&self, kind: &FactKind) -> Read<'_> {
        match kind {
            FactKind::ResponseStatus => Ok(Value::Int(self.status.into())),
            FactKind::ResponseHeaders => Ok(Value::Lookup(&self.view)),
            FactKind::ResponseHeader(name) => match fields::joined(self.view.headers, name) {
                Some(Cow::Borrowed(value)) => text(Some(value)),
                Some(Cow::Owned(value)) => text(Some(self.view.memory.alloc_slice_copy(&value))),
                None => Ok(Value::Absent),
            },
            request => self.request.read(request),
        }
    }
}

fn text(value: Option<&[u8]>) -> Read<'_> {
    value.map_or(Ok(Value::Absent), fields::text)
}

fn optional(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Absent, Value::Str)
}

fn at<'v>(record: Option<&'v OwnedMap>, steps: &[FactStep]) -> Value<'v> {
    record.map_or(Value::Absent, |record| record.at(steps))
}

fn typed<'v>(text: &'v str, ty: Option<&SegmentType>) -> Read<'v> {
    let bad = EvalError::BadConversion;
    Ok(match ty {
        Some(SegmentType::Int) => Value::Int(text.parse().map_err(|_| bad)?),
        Some(SegmentType::Uint) => Value::Uint(text.parse().map_err(|_| bad)?),
        Some(SegmentType::Bool) => Value::Bool(text == "true"),
        Some(
            SegmentType::String
            | SegmentType::Uuid
            | SegmentType::Slug
            | SegmentType::Enum(_)
            | SegmentType::Regex(_),
        )
        | None => Value::Str(text),
    })
}

fn timestamp(time: UnixNanos) -> Timestamp {
    Timestamp::from_nanos(time.0.into()).unwrap_or(Timestamp::MIN)
}
