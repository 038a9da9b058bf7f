//! Handshakes, by rustls' unbuffered connections. They are shown one record after the other, so that
//! whatever follows the handshake in the same bytes is left for the session.

use crate::TlsError;
use crate::record::{Header, LARGEST_RECORD};
use crate::schedule::Schedule;
use crate::server_name::Noting;
use crate::session::Session;
use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, InsufficientSizeError, UnbufferedStatus,
};
use rustls::{
    CipherSuite, ClientConfig, CommonState, ProtocolVersion, ServerConfig, SupportedCipherSuite,
};
use std::sync::Arc;

/// Most bytes of a handshake that are held at a time: its largest message, and a record.
const LARGEST: usize = (1 << 16) + LARGEST_RECORD;

/// A handshake under way.
pub struct Handshake {
    side: Side,
    incoming: Vec<u8>,
    /// How many of the bytes that came rustls may see: whole records.
    shown: usize,
}

enum Side {
    Server(Box<UnbufferedServerConnection>, Arc<Noting>),
    Client(Box<UnbufferedClientConnection>),
}

/// How far a handshake is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// It waits for the peer.
    Waiting,
    /// It is over; [`Handshake::finish`] gives the session.
    Done,
}

/// What a handshake agreed on.
#[derive(Clone, Debug)]
pub struct Agreed {
    /// TLS 1.2 or 1.3.
    pub version: ProtocolVersion,
    /// The cipher suite.
    pub suite: CipherSuite,
    /// The protocol that ALPN chose.
    pub alpn: Option<Vec<u8>>,
    /// The server that a client asked for, in lower case. None on the client's side.
    pub server_name: Option<String>,
    /// The peer's certificate, which was verified.
    pub certificate: Option<CertificateDer<'static>>,
}

/// A connection whose handshake is over.
#[derive(Debug)]
pub struct Established {
    /// The connection.
    pub session: Session,
    /// What was agreed on.
    pub agreed: Agreed,
    /// Bytes that came and belong to no message of the handshake: records, maybe not whole.
    pub rest: Vec<u8>,
}

/// What rustls does next.
enum Turn {
    /// More without being asked.
    Again,
    /// Nothing before another record has come.
    Blocked,
}

impl Handshake {
    /// The server's side.
    ///
    /// # Errors
    /// If the configuration cannot serve.
    pub fn server(config: &ServerConfig) -> Result<Self, TlsError> {
        let mut config = config.clone();
        let noting = Noting::new(config.cert_resolver);
        config.cert_resolver = Arc::clone(&noting) as _;
        config.enable_secret_extraction = true;
        let connection = UnbufferedServerConnection::new(Arc::new(config))?;
        Ok(Self::new(Side::Server(Box::new(connection), noting)))
    }

    /// The client's side, towards the server of that name. The configuration has to let secrets out
    /// (`enable_secret_extraction`), or there is no session in the end.
    ///
    /// # Errors
    /// If the configuration cannot serve.
    pub fn client(config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<Self, TlsError> {
        let connection = UnbufferedClientConnection::new(config, name)?;
        Ok(Self::new(Side::Client(Box::new(connection))))
    }

    fn new(side: Side) -> Self {
        Self {
            side,
            incoming: Vec::new(),
            shown: 0,
        }
    }

    /// Goes on with what was received, which for a client is nothing at first. What is to be sent comes
    /// to the end of `out`, after a failure too.
    ///
    /// # Errors
    /// If the handshake fails.
    pub fn advance(&mut self, received: &[u8], out: &mut Vec<u8>) -> Result<Progress, TlsError> {
        self.incoming.extend_from_slice(received);
        loop {
            let shown = self.incoming.get_mut(..self.shown).unwrap_or_default();
            let (discard, turn) = self.side.turn(shown, out);
            self.incoming.drain(..discard.min(self.shown));
            self.shown -= discard.min(self.shown);
            match turn {
                Ok(Turn::Again) => {}
                Ok(Turn::Blocked) if !self.side.common().is_handshaking() => {
                    return Ok(Progress::Done);
                }
                Ok(Turn::Blocked) if self.show_more() => {}
                Ok(Turn::Blocked) if self.incoming.len() > LARGEST => {
                    return Err(TlsError::TooLarge);
                }
                Ok(Turn::Blocked) => return Ok(Progress::Waiting),
                Err(error) => {
                    self.say_why(out);
                    return Err(error);
                }
            }
        }
    }

    /// Lets rustls see another record, if it is there; or what is none, for it to say so.
    fn show_more(&mut self) -> bool {
        let hidden = self.incoming.get(self.shown..).unwrap_or_default();
        let Some(header) = Header::of(hidden) else {
            return false;
        };
        if header.check().is_err() {
            self.shown = self.incoming.len();
            return true;
        }
        if header.whole() > hidden.len() {
            return false;
        }
        self.shown += header.whole();
        true
    }

    /// Adds what rustls has queued, an alert at last. While there is something, it does not look at what
    /// came, which must not have changed.
    fn say_why(&mut self, out: &mut Vec<u8>) {
        while self.side.common().wants_write() {
            let shown = self.incoming.get_mut(..self.shown).unwrap_or_default();
            let _ = self.side.turn(shown, out);
        }
    }

    /// The connection, after [`Progress::Done`].
    ///
    /// # Errors
    /// If the handshake is not over.
    pub fn finish(self) -> Result<Established, TlsError> {
        let agreed = self.side.agreed()?;
        let (secrets, schedule) = match self.side {
            Side::Server(connection, _) => {
                let (secrets, keys) = connection.dangerous_into_kernel_connection()?;
                (secrets, Schedule::Server(Box::new(keys)))
            }
            Side::Client(connection) => {
                let (secrets, keys) = connection.dangerous_into_kernel_connection()?;
                (secrets, Schedule::Client(Box::new(keys)))
            }
        };
        Ok(Established {
            session: Session::new(schedule, secrets)?,
            agreed,
            rest: self.incoming,
        })
    }
}

impl std::fmt::Debug for Handshake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handshake").finish_non_exhaustive()
    }
}

impl Side {
    fn turn(&mut self, incoming: &mut [u8], out: &mut Vec<u8>) -> (usize, Result<Turn, TlsError>) {
        match self {
            Side::Server(connection, _) => turn(connection.process_tls_records(incoming), out),
            Side::Client(connection) => turn(connection.process_tls_records(incoming), out),
        }
    }

    fn common(&self) -> &CommonState {
        match self {
            Side::Server(connection, _) => connection,
            Side::Client(connection) => connection,
        }
    }

    fn agreed(&self) -> Result<Agreed, TlsError> {
        let common = self.common();
        let certificates = common.peer_certificates();
        Ok(Agreed {
            version: common
                .protocol_version()
                .ok_or(rustls::Error::HandshakeNotComplete)?,
            suite: common
                .negotiated_cipher_suite()
                .map(|suite: SupportedCipherSuite| suite.suite())
                .ok_or(rustls::Error::HandshakeNotComplete)?,
            alpn: common.alpn_protocol().map(<[u8]>::to_vec),
            server_name: match self {
                Side::Server(_, noting) => noting.name().map(str::to_owned),
                Side::Client(_) => None,
            },
            certificate: certificates.and_then(|chain| chain.first().cloned()),
        })
    }
}

/// Does what rustls asks for: how many bytes it is done with, and whether there is more.
fn turn<Data>(
    status: UnbufferedStatus<'_, '_, Data>,
    out: &mut Vec<u8>,
) -> (usize, Result<Turn, TlsError>) {
    let turn = match status.state {
        Ok(ConnectionState::EncodeTlsData(data)) => encode(data, out),
        Ok(ConnectionState::TransmitTlsData(data)) => {
            data.done();
            Ok(Turn::Again)
        }
        Ok(ConnectionState::BlockedHandshake | ConnectionState::WriteTraffic(_)) => {
            Ok(Turn::Blocked)
        }
        Ok(_) => Err(TlsError::Unexpected("data amid a handshake")),
        Err(error) => Err(error.into()),
    };
    (status.discard, turn)
}

fn encode<Data>(mut data: EncodeTlsData<'_, Data>, out: &mut Vec<u8>) -> Result<Turn, TlsError> {
    let size = match data.encode(&mut []) {
        Err(EncodeError::InsufficientSize(InsufficientSizeError { required_size })) => {
            required_size
        }
        Ok(_) | Err(EncodeError::AlreadyEncoded) => 0,
    };
    let start = out.len();
    out.resize(start + size, 0);
    let room = out.get_mut(start..).unwrap_or_default();
    let written = data.encode(room).unwrap_or_default();
    out.truncate(start + written);
    Ok(Turn::Again)
}
