//! TLS whose records are in the hands of a test: a client that cuts, keeps back and spoils them, and a
//! backend that ends as it likes.

use crate::client::PATIENCE;
use crate::{Authority, Backend, Message};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    AlertDescription, ClientConfig, ClientConnection, Error, ServerConfig, ServerConnection,
    StreamOwned,
};
use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;

/// A connection of rustls on a socket.
pub type TlsStream<C> = StreamOwned<C, TcpStream>;

/// A client over HTTP/1.1 in TLS.
pub struct Sealed {
    reader: BufReader<TlsStream<ClientConnection>>,
}

/// How the other end went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// It said so.
    Orderly,
    /// With an alert.
    Alert(AlertDescription),
    /// Without a word.
    CutOff,
}

impl Sealed {
    /// Connects and shakes hands.
    pub fn connect(address: SocketAddr, config: Arc<ClientConfig>) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_nodelay(true).unwrap();
        let name = ServerName::try_from("a.test").unwrap();
        let connection = ClientConnection::new(config, name).unwrap();
        let mut stream = StreamOwned::new(connection, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).unwrap();
        }
        Self {
            reader: BufReader::new(stream),
        }
    }

    /// The records of some data, not sent.
    pub fn seal(&mut self, data: impl AsRef<[u8]>) -> Vec<u8> {
        let connection = &mut self.reader.get_mut().conn;
        let mut records = Vec::new();
        let mut left = data.as_ref();
        while !left.is_empty() {
            let taken = connection.writer().write(left).unwrap();
            left = &left[taken..];
            while connection.wants_write() {
                connection.write_tls(&mut records).unwrap();
            }
        }
        records
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        // The other end may have closed on purpose; what it answered is still to be read.
        let _ = self.reader.get_mut().sock.write_all(bytes);
    }

    /// Sends data in records.
    pub fn say(&mut self, data: impl AsRef<[u8]>) {
        let records = self.seal(data);
        self.send(&records);
    }

    /// Seals with new keys from here on, and asks the other end to do so.
    pub fn renew_keys(&mut self) {
        self.reader.get_mut().conn.refresh_traffic_keys().unwrap();
    }

    /// The next response, unless it breaks off.
    pub fn response(&mut self) -> Option<Message> {
        Message::read(&mut self.reader, false)
    }

    /// Another handle on the socket, to write records while this one reads.
    pub fn writer(&self) -> TcpStream {
        self.reader.get_ref().sock.try_clone().unwrap()
    }

    /// Closes the write side without a word.
    pub fn cut_off(&mut self) {
        let _ = self.reader.get_ref().sock.shutdown(Shutdown::Write);
    }

    /// Reads to the end: how many bytes came, and how it ended.
    pub fn ending(&mut self) -> (usize, Ending) {
        let mut rest = Vec::new();
        let ended = self.reader.read_to_end(&mut rest);
        let ending = match ended {
            Ok(_) => Ending::Orderly,
            Err(error) => match (error.kind(), error.get_ref()) {
                (ErrorKind::InvalidData, Some(inner)) => match inner.downcast_ref::<Error>() {
                    Some(Error::AlertReceived(description)) => Ending::Alert(*description),
                    _ => panic!("{error}"),
                },
                (ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset, _) => Ending::CutOff,
                _ => panic!("{error}"),
            },
        };
        (rest.len(), ending)
    }
}

/// A backend with a certificate for `a.test`; `handler` answers on each connection and ends it.
pub fn tls_backend(
    authority: &Authority,
    handler: impl Fn(&Message, &mut TlsStream<ServerConnection>) + Send + Sync + 'static,
) -> Backend {
    let (certificate, key) = authority.issue(&["a.test"]);
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    Backend::raw(move |socket| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let socket = socket.get_ref().try_clone().unwrap();
        let mut reader = BufReader::new(StreamOwned::new(connection, socket));
        if let Some(request) = Message::read(&mut reader, false) {
            handler(&request, reader.get_mut());
        }
    })
}
