//! A connection after its handshake: data in and out of records, in the caller's memory, and the
//! little that is said besides.

use crate::TlsError;
use crate::keys::{Opener, Sealer};
use crate::messages::{Message, Messages, Patience};
use crate::pieces::Pieces;
use crate::record::{HEADER, Header, LARGEST_PLAIN};
use crate::schedule::Schedule;
use rustls::{
    AlertDescription, ContentType, ExtractedSecrets, HandshakeType, ProtocolVersion,
    SupportedCipherSuite,
};

/// A connection after its handshake.
pub struct Session {
    opener: Opener,
    sealer: Sealer,
    schedule: Schedule,
    version: ProtocolVersion,
    /// How many records the same keys may seal.
    limit: u64,
    messages: Messages,
    patience: Patience,
    /// Sealed records that go out before any data: alerts, changes of keys.
    queued: Vec<u8>,
    /// Whether an answer to a request for new keys is among them.
    answered: bool,
    inbound: Direction,
    outbound: Direction,
}

/// Whether a direction is still used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Direction {
    Open,
    /// With `close_notify`.
    Closed,
    /// By an error.
    Failed,
}

/// What became of received bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opened {
    /// So many bytes of data lie at the front.
    pub data: usize,
    /// So many bytes were records; what follows is the beginning of one, and is to be kept.
    pub consumed: usize,
}

impl Session {
    pub(crate) fn new(schedule: Schedule, secrets: ExtractedSecrets) -> Result<Self, TlsError> {
        let version = schedule.version();
        Ok(Self {
            opener: Opener::new(version, secrets.rx)?,
            sealer: Sealer::new(version, secrets.tx)?,
            limit: match schedule.suite() {
                SupportedCipherSuite::Tls12(suite) => suite.common.confidentiality_limit,
                SupportedCipherSuite::Tls13(suite) => suite.common.confidentiality_limit,
            },
            schedule,
            version,
            messages: Messages::default(),
            patience: Patience::new(),
            queued: Vec::new(),
            answered: false,
            inbound: Direction::Open,
            outbound: Direction::Open,
        })
    }

    /// Whether the peer has said that no more data will come. An end of the stream before that is none
    /// that may be trusted.
    pub fn is_closed(&self) -> bool {
        self.inbound == Direction::Closed
    }

    /// Opens the whole records at the front of `bytes`, in place: their data come to lie at the front.
    ///
    /// # Errors
    /// If the connection cannot go on. The alert that says so to the peer is then queued.
    pub fn open(&mut self, bytes: &mut [u8]) -> Result<Opened, TlsError> {
        if self.inbound == Direction::Failed {
            return Err(TlsError::Ended);
        }
        self.open_all(bytes).inspect_err(|error| self.fail(error))
    }

    fn open_all(&mut self, bytes: &mut [u8]) -> Result<Opened, TlsError> {
        let mut opened = Opened {
            data: 0,
            consumed: 0,
        };
        while self.inbound == Direction::Open
            && let Some(header) = bytes.get(opened.consumed..).and_then(Header::of)
        {
            header.check()?;
            let end = opened.consumed + header.whole();
            let Some(record) = bytes.get_mut(opened.data..end) else {
                break;
            };
            let from = opened.consumed - opened.data + HEADER;
            let (kind, length) = self.opener.open(header, record, from)?;
            opened.consumed = end;
            let plain = record.get(..length).unwrap_or_default();
            opened.data += self.take(kind, plain)?;
        }
        if self.inbound == Direction::Closed {
            opened.consumed = bytes.len();
        }
        Ok(opened)
    }

    /// Looks at an opened record: how much of it is data.
    fn take(&mut self, kind: ContentType, plain: &[u8]) -> Result<usize, TlsError> {
        if kind == ContentType::Handshake {
            self.take_messages(plain)?;
            return Ok(0);
        }
        if !self.messages.is_empty() {
            return Err(TlsError::Unexpected("a record amid a message"));
        }
        match kind {
            ContentType::ApplicationData => {
                self.patience.restore();
                Ok(plain.len())
            }
            ContentType::Alert => self.take_alert(plain).map(|()| 0),
            _ => Err(TlsError::Unexpected("a record of another kind")),
        }
    }

    fn take_alert(&mut self, plain: &[u8]) -> Result<(), TlsError> {
        const WARNING: u8 = 1;
        const FATAL: u8 = 2;
        let &[level @ (WARNING | FATAL), description] = plain else {
            return Err(TlsError::Malformed("an alert"));
        };
        match AlertDescription::from(description) {
            AlertDescription::CloseNotify => {
                self.inbound = Direction::Closed;
                Ok(())
            }
            AlertDescription::UserCanceled => self.patience.warning(),
            _ if level == WARNING && self.version != ProtocolVersion::TLSv1_3 => {
                self.patience.warning()
            }
            description => Err(TlsError::Alert(description)),
        }
    }

    fn take_messages(&mut self, fragment: &[u8]) -> Result<(), TlsError> {
        self.messages.add(fragment)?;
        while let Some(message) = self.messages.next()? {
            match (self.version, message.kind, &mut self.schedule) {
                (ProtocolVersion::TLSv1_3, HandshakeType::KeyUpdate, _) => self.renew(&message)?,
                (
                    ProtocolVersion::TLSv1_3,
                    HandshakeType::NewSessionTicket,
                    Schedule::Client(keys),
                ) => keys.handle_new_session_ticket(&message.body)?,
                (ProtocolVersion::TLSv1_2, HandshakeType::ClientHello, Schedule::Server(_))
                | (ProtocolVersion::TLSv1_2, HandshakeType::HelloRequest, Schedule::Client(_)) => {
                    self.patience.renegotiation()?;
                    self.queue_alert(AlertDescription::NoRenegotiation)?;
                }
                _ => return Err(TlsError::Unexpected("a handshake message")),
            }
        }
        Ok(())
    }

    /// The peer seals with new keys from here on, and may ask for the same (RFC 8446 section 4.6.3).
    fn renew(&mut self, update: &Message) -> Result<(), TlsError> {
        self.patience.key_update()?;
        if !update.is_last {
            return Err(TlsError::Unexpected("a message across a change of keys"));
        }
        let &[requested @ (0 | 1)] = &update.body[..] else {
            return Err(TlsError::Malformed("a change of keys"));
        };
        self.opener = Opener::new(self.version, self.schedule.inbound()?)?;
        if requested == 1 && !self.answered && self.outbound == Direction::Open {
            self.renew_outbound()?;
            self.answered = true;
        }
        Ok(())
    }

    /// Says that new keys follow, and takes them into use.
    fn renew_outbound(&mut self) -> Result<(), TlsError> {
        const NOT_REQUESTED: u8 = 0;
        let message = [u8::from(HandshakeType::KeyUpdate), 0, 0, 1, NOT_REQUESTED];
        let queued = &mut self.queued;
        self.sealer.seal(ContentType::Handshake, queued, |out| {
            out.extend_from_slice(&message);
        })?;
        self.sealer = Sealer::new(self.version, self.schedule.outbound()?)?;
        Ok(())
    }

    fn queue_alert(&mut self, description: AlertDescription) -> Result<(), TlsError> {
        const FATAL: u8 = 2;
        let level = match description {
            AlertDescription::CloseNotify | AlertDescription::NoRenegotiation => 1,
            _ => FATAL,
        };
        let queued = &mut self.queued;
        self.sealer.seal(ContentType::Alert, queued, |out| {
            out.extend_from_slice(&[level, u8::from(description)]);
        })
    }

    fn fail(&mut self, error: &TlsError) {
        self.inbound = Direction::Failed;
        if let Some(description) = error.alert()
            && self.outbound == Direction::Open
        {
            // What cannot be said ends the connection all the same.
            let _ = self.queue_alert(description);
        }
        self.outbound = Direction::Failed;
    }

    /// Seals up to `most` bytes of `pieces` into records at the end of `out`, after whatever is queued:
    /// how many bytes those are.
    ///
    /// # Errors
    /// If nothing more may be said. What is in `out` may be sent all the same.
    pub fn seal(
        &mut self,
        pieces: &[&[u8]],
        most: usize,
        out: &mut Vec<u8>,
    ) -> Result<usize, TlsError> {
        self.take_queued(out);
        if self.outbound != Direction::Open {
            return Err(TlsError::Ended);
        }
        let mut source = Pieces::new(pieces, most);
        let mut taken = 0;
        while source.left > 0 {
            // The last record that the keys may seal is kept for saying so.
            if self.sealer.sealed().saturating_add(1) >= self.limit {
                self.refresh(out)?;
            }
            let length = source.left.min(LARGEST_PLAIN);
            self.sealer.seal(ContentType::ApplicationData, out, |out| {
                source.copy(length, out);
            })?;
            taken += length;
        }
        Ok(taken)
    }

    /// Replaces keys that have sealed as many records as they may; TLS 1.2 cannot.
    fn refresh(&mut self, out: &mut Vec<u8>) -> Result<(), TlsError> {
        if self.version != ProtocolVersion::TLSv1_3 {
            self.close()?;
            self.take_queued(out);
            return Err(TlsError::UsedUp);
        }
        self.renew_outbound()?;
        self.take_queued(out);
        Ok(())
    }

    /// Whether something is to be sent that is no data.
    pub fn has_queued(&self) -> bool {
        !self.queued.is_empty()
    }

    /// Moves to the end of `out` what is to be sent and is no data.
    pub fn take_queued(&mut self, out: &mut Vec<u8>) {
        if !self.queued.is_empty() {
            out.append(&mut self.queued);
            self.queued = Vec::new();
            self.answered = false;
        }
    }

    /// Queues the word that no more data will follow, once.
    ///
    /// # Errors
    /// If the keys are used up.
    pub fn close(&mut self) -> Result<(), TlsError> {
        if self.outbound == Direction::Open {
            self.outbound = Direction::Closed;
            self.queue_alert(AlertDescription::CloseNotify)?;
        }
        Ok(())
    }

    /// Lets the same keys seal no more than so many records.
    #[doc(hidden)]
    pub fn limit_records(&mut self, limit: u64) {
        self.limit = limit;
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("version", &self.version)
            .field("suite", &self.schedule.suite())
            .field("inbound", &self.inbound)
            .field("outbound", &self.outbound)
            .finish_non_exhaustive()
    }
}
