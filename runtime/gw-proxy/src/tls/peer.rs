//! What policies read of a client's certificate. It has been verified by the handshake; must not
//! decide whether to trust it.

use aws_lc_rs::digest::{SHA256, digest};
use gw_engine::Identity;
use gw_expr::{OwnedMap, OwnedValue, Timestamp};
use rustls::pki_types::CertificateDer;
use smol_str::SmolStr;
use std::fmt::Write;
use std::net::IpAddr;
use std::sync::Arc;
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::{PrintableStringRef, TeletexStringRef, Utf8StringRef};
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::der::{Decode, Tag, Tagged};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::time::Time;

/// The identity of a client that showed a certificate; none if it is not X.509, which a handshake
/// does not let pass.
pub(crate) fn identity(certificate: &CertificateDer<'_>) -> Option<Identity> {
    let parsed = Certificate::from_der(certificate).ok()?;
    let tbs = &parsed.tbs_certificate;
    let names = Names::of(&parsed);
    let subject = tbs.subject.to_string();
    let id = names.first().unwrap_or_else(|| subject.as_str().into());
    let mut record = OwnedMap::default();
    let mut text = |name: &str, value: &str| record.insert(name, OwnedValue::text(value));
    text("subject", &subject);
    text("issuer", &tbs.issuer.to_string());
    text("serial", &hex(tbs.serial_number.as_bytes()));
    text(
        "fingerprint",
        &hex(digest(&SHA256, certificate.as_ref()).as_ref()),
    );
    let common = tbs.subject.0.iter().flat_map(|rdn| rdn.0.iter());
    if let Some(name) = common.filter_map(common_name).next() {
        text("common_name", &name);
    }
    record.insert("not_before", time(&tbs.validity.not_before));
    record.insert("not_after", time(&tbs.validity.not_after));
    record.insert("uri", OwnedValue::list(names.uri));
    record.insert("dns", OwnedValue::list(names.dns));
    record.insert("email", OwnedValue::list(names.email));
    record.insert("ip", OwnedValue::list(names.ip));
    Some(Identity::ClientCertificate {
        id,
        certificate: Arc::new(record),
    })
}

/// Alternative names of the subject (RFC 5280 section 4.2.1.6), in the order of the certificate.
#[derive(Default)]
struct Names {
    uri: Vec<OwnedValue>,
    dns: Vec<OwnedValue>,
    email: Vec<OwnedValue>,
    ip: Vec<OwnedValue>,
}

impl Names {
    fn of(certificate: &Certificate) -> Self {
        let mut names = Self::default();
        let found = certificate.tbs_certificate.get::<SubjectAltName>();
        let Ok(Some((_, SubjectAltName(list)))) = found else {
            return names;
        };
        for name in &list {
            match name {
                GeneralName::UniformResourceIdentifier(uri) => {
                    names.uri.push(OwnedValue::text(uri.as_str()));
                }
                GeneralName::DnsName(dns) => {
                    names
                        .dns
                        .push(OwnedValue::text(dns.as_str().to_ascii_lowercase()));
                }
                GeneralName::Rfc822Name(email) => {
                    names.email.push(OwnedValue::text(email.as_str()));
                }
                GeneralName::IpAddress(bytes) => {
                    names
                        .ip
                        .extend(address(bytes.as_bytes()).map(OwnedValue::Ip));
                }
                _ => {}
            }
        }
        names
    }

    fn first(&self) -> Option<SmolStr> {
        let lists = [&self.uri, &self.dns, &self.email];
        let first = lists.into_iter().find_map(|list| list.first());
        first.and_then(|name| match name {
            OwnedValue::Str(text) => Some(text.clone()),
            _ => None,
        })
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(four));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

fn common_name(attribute: &AttributeTypeAndValue) -> Option<String> {
    if attribute.oid != COMMON_NAME {
        return None;
    }
    let value = &attribute.value;
    match value.tag() {
        Tag::Utf8String => value
            .decode_as::<Utf8StringRef<'_>>()
            .ok()
            .map(|s| s.to_string()),
        Tag::PrintableString => value
            .decode_as::<PrintableStringRef<'_>>()
            .ok()
            .map(|s| s.to_string()),
        Tag::TeletexString => value
            .decode_as::<TeletexStringRef<'_>>()
            .ok()
            .map(|s| s.to_string()),
        _ => None,
    }
}

fn time(time: &Time) -> OwnedValue {
    let seconds = time.to_unix_duration().as_secs();
    OwnedValue::Timestamp(Timestamp {
        seconds: i64::try_from(seconds).unwrap_or(i64::MAX),
        nanos: 0,
    })
}

/// Lower case, two digits for each byte.
fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out
}
