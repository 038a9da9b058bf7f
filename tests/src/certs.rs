//! Certificates made on the spot.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, RevokedCertParams, SanType, SerialNumber,
};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// A certificate authority.
pub struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            pem,
            issuer: Issuer::new(params, key),
        }
    }

    /// Its own certificate.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Certificate and key for these names, both PEM.
    pub fn issue(&self, names: &[&str]) -> (String, String) {
        self.issue_with(names, |_| {})
    }

    /// The same, that expired long ago.
    pub fn issue_expired(&self, names: &[&str]) -> (String, String) {
        self.issue_with(names, |params| {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        })
    }

    /// Certificate, key and serial number for a client: its DNS name and its SPIFFE name.
    pub fn issue_client(&self, name: &str) -> (String, String, SerialNumber) {
        let serial = SerialNumber::from(u64::from(std::process::id()) << 8 | 1);
        let (certificate, key) = self.issue_with(&[name], |params| {
            add_uri(params, &format!("spiffe://test/{name}"));
            params.distinguished_name.push(DnType::CommonName, name);
            params.serial_number = Some(serial.clone());
        });
        (certificate, key, serial)
    }

    /// Certificate and key for a client that has a URI for a name.
    pub fn issue_service(&self, uri: &str) -> (String, String) {
        self.issue_with(&[], |params| add_uri(params, uri))
    }

    /// A list that revokes certificates, or none, and was due to be replaced long ago, or not.
    pub fn revocations(&self, revoked: &[&SerialNumber], is_old: bool) -> String {
        let params = CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2020, 1, 1),
            next_update: rcgen::date_time_ymd(if is_old { 2021 } else { 4096 }, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(|serial| revoke(serial)).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap().pem().unwrap()
    }

    fn issue_with(
        &self,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> (String, String) {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// A store that trusts it alone.
    pub fn roots(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        store
            .add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap())
            .unwrap();
        store
    }
}

fn add_uri(params: &mut CertificateParams, uri: &str) {
    let uri = uri.to_owned().try_into().unwrap();
    params.subject_alt_names.push(SanType::URI(uri));
}

fn revoke(serial: &SerialNumber) -> RevokedCertParams {
    RevokedCertParams {
        serial_number: serial.clone(),
        revocation_time: rcgen::date_time_ymd(2020, 1, 1),
        reason_code: None,
        invalidity_date: None,
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
