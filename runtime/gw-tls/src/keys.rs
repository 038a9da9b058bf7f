//! The protection of one direction of a connection: AEAD keys, the nonce and the additional data of
//! each record (RFC 8446 section 5.2; RFC 5246 section 6.2.3.3 with RFC 5288 and RFC 7905).

use crate::TlsError;
use crate::record::{HEADER, Header, LARGEST_PLAIN};
use aws_lc_rs::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce,
    UnboundKey,
};
use rustls::crypto::cipher::{AeadKey, Iv};
use rustls::{ConnectionTrafficSecrets, ContentType, ProtocolVersion};

/// Length of the tag that ends each record, the same in every suite.
const TAG: usize = 16;
/// Length of the part of a nonce that TLS 1.2 writes into records with AES-GCM.
const EXPLICIT: usize = 8;

/// Opens what the peer sealed.
#[derive(Debug)]
pub(crate) struct Opener(Keys);

/// Seals what goes to the peer.
#[derive(Debug)]
pub(crate) struct Sealer(Keys);

#[derive(Debug)]
struct Keys {
    key: LessSafeKey,
    iv: [u8; NONCE_LEN],
    /// Of the next record.
    sequence: u64,
    scheme: Scheme,
}

/// How nonces and additional data are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Scheme {
    Tls13,
    Tls12Gcm,
    Tls12ChaCha,
}

/// The number of the first record, and the secrets.
pub(crate) type Secrets = (u64, ConnectionTrafficSecrets);

impl Opener {
    pub(crate) fn new(version: ProtocolVersion, secrets: Secrets) -> Result<Self, TlsError> {
        Ok(Self(Keys::new(version, secrets)?))
    }

    /// Opens a record whose protected part is `bytes` from `from` on: plaintext goes to the front of
    /// `bytes`. Its kind, and the length of the plaintext.
    pub(crate) fn open(
        &mut self,
        header: Header,
        bytes: &mut [u8],
        from: usize,
    ) -> Result<(ContentType, usize), TlsError> {
        let keys = &mut self.0;
        let sequence = keys.next()?;
        let protected = bytes.get(from..).unwrap_or_default();
        let nonce = keys.nonce_of(sequence, protected)?;
        let explicit = keys.scheme.explicit();
        let plain = protected.len().checked_sub(explicit + TAG);
        let data = keys.additional(sequence, header, plain.ok_or(TlsError::Forged)?);
        let plain = keys
            .key
            .open_within(nonce, Aad::from(data.bytes()), bytes, from + explicit..)
            .map_err(|_| TlsError::Forged)?;
        let (kind, length) = match keys.scheme {
            Scheme::Tls13 => inner(header, plain)?,
            Scheme::Tls12Gcm | Scheme::Tls12ChaCha => (header.kind(), plain.len()),
        };
        if length > LARGEST_PLAIN {
            return Err(TlsError::TooLarge);
        }
        Ok((kind, length))
    }
}

/// The kind of a record of TLS 1.3, which follows its plaintext and is followed by padding.
fn inner(header: Header, plain: &[u8]) -> Result<(ContentType, usize), TlsError> {
    if header.kind() != ContentType::ApplicationData {
        return Err(TlsError::Unexpected("a record in the clear"));
    }
    let last = plain.iter().rposition(|byte| *byte != 0);
    let found = last.and_then(|at| Some((ContentType::from(*plain.get(at)?), at)));
    found.ok_or(TlsError::Unexpected("a record without a kind"))
}

impl Sealer {
    pub(crate) fn new(version: ProtocolVersion, secrets: Secrets) -> Result<Self, TlsError> {
        Ok(Self(Keys::new(version, secrets)?))
    }

    /// How many records the keys have sealed.
    pub(crate) fn sealed(&self) -> u64 {
        self.0.sequence
    }

    /// Adds a record to `out`. `fill` adds its plaintext, at most [`LARGEST_PLAIN`] bytes.
    pub(crate) fn seal(
        &mut self,
        kind: ContentType,
        out: &mut Vec<u8>,
        fill: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), TlsError> {
        let keys = &mut self.0;
        let sequence = keys.next()?;
        let nonce = keys.nonce(sequence);
        let start = out.len();
        out.extend_from_slice(&[0; HEADER]);
        if keys.scheme == Scheme::Tls12Gcm {
            out.extend_from_slice(nonce.as_ref().get(NONCE_LEN - EXPLICIT..).unwrap_or(&[]));
        }
        let from = out.len();
        fill(out);
        let plain = out.len() - from;
        let outer = match keys.scheme {
            Scheme::Tls13 => {
                out.push(u8::from(kind));
                ContentType::ApplicationData
            }
            Scheme::Tls12Gcm | Scheme::Tls12ChaCha => kind,
        };
        let header = Header::new(outer, out.len() - start - HEADER + TAG);
        if let Some(place) = out.get_mut(start..start + HEADER) {
            place.copy_from_slice(&header.0);
        }
        let data = keys.additional(sequence, header, plain);
        let plain = out.get_mut(from..).unwrap_or_default();
        let tag = keys
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(data.bytes()), plain)
            .map_err(|_| TlsError::UsedUp)?;
        out.extend_from_slice(tag.as_ref());
        Ok(())
    }
}

impl Keys {
    fn new(version: ProtocolVersion, (sequence, secrets): Secrets) -> Result<Self, TlsError> {
        let old = version != ProtocolVersion::TLSv1_3;
        let gcm = if old { Scheme::Tls12Gcm } else { Scheme::Tls13 };
        let chacha = if old {
            Scheme::Tls12ChaCha
        } else {
            Scheme::Tls13
        };
        let (algorithm, key, iv, scheme): (&Algorithm, AeadKey, Iv, _) = match secrets {
            ConnectionTrafficSecrets::Aes128Gcm { key, iv } => (&AES_128_GCM, key, iv, gcm),
            ConnectionTrafficSecrets::Aes256Gcm { key, iv } => (&AES_256_GCM, key, iv, gcm),
            ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => {
                (&CHACHA20_POLY1305, key, iv, chacha)
            }
            _ => return Err(rustls::Error::General("an unknown cipher".to_owned()).into()),
        };
        let unusable = || rustls::Error::General("unusable keys".to_owned());
        let key = UnboundKey::new(algorithm, key.as_ref()).map_err(|_| unusable())?;
        Ok(Self {
            key: LessSafeKey::new(key),
            iv: iv.as_ref().try_into().map_err(|_| unusable())?,
            sequence,
            scheme,
        })
    }

    /// The number of the next record. It never wraps, so that no nonce is used twice.
    fn next(&mut self) -> Result<u64, TlsError> {
        let sequence = self.sequence;
        self.sequence = sequence.checked_add(1).ok_or(TlsError::UsedUp)?;
        Ok(sequence)
    }

    /// The nonce of a record that is sealed here.
    fn nonce(&self, sequence: u64) -> Nonce {
        let mut nonce = self.iv;
        let last = nonce.iter_mut().skip(NONCE_LEN - size_of::<u64>());
        for (byte, number) in last.zip(sequence.to_be_bytes()) {
            *byte ^= number;
        }
        Nonce::assume_unique_for_key(nonce)
    }

    /// The nonce of a record that the peer sealed: it may say a part of it.
    fn nonce_of(&self, sequence: u64, protected: &[u8]) -> Result<Nonce, TlsError> {
        if self.scheme != Scheme::Tls12Gcm {
            return Ok(self.nonce(sequence));
        }
        let mut nonce = self.iv;
        let (_, said) = nonce.split_at_mut(NONCE_LEN - EXPLICIT);
        said.copy_from_slice(protected.get(..EXPLICIT).ok_or(TlsError::Forged)?);
        Ok(Nonce::assume_unique_for_key(nonce))
    }

    /// What is authenticated with a record and not part of it.
    fn additional(&self, sequence: u64, header: Header, plain: usize) -> Additional {
        let mut data = Additional::default();
        if self.scheme == Scheme::Tls13 {
            data.add(&header.0);
        } else {
            data.add(&sequence.to_be_bytes());
            data.add(&Header::new(header.kind(), plain).0);
        }
        data
    }
}

impl Scheme {
    /// How many bytes of the nonce come before what is sealed.
    fn explicit(self) -> usize {
        match self {
            Scheme::Tls12Gcm => EXPLICIT,
            Scheme::Tls13 | Scheme::Tls12ChaCha => 0,
        }
    }
}

/// Additional data of a record: five bytes, or thirteen.
#[derive(Default)]
struct Additional {
    room: [u8; 13],
    length: usize,
}

impl Additional {
    fn add(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(place) = self.room.get_mut(self.length..end) {
            place.copy_from_slice(bytes);
            self.length = end;
        }
    }

    fn bytes(&self) -> &[u8] {
        self.room.get(..self.length).unwrap_or_default()
    }
}
