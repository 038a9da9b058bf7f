//! A client that sends exactly the bytes it is told.

use crate::Message;
use std::io::{BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Longest wait for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub struct Client {
    reader: BufReader<TcpStream>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the gateway accepts");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            reader: BufReader::new(stream),
        }
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        // The other end may have closed on purpose; what it answered is still to be read.
        let _ = self.reader.get_mut().write_all(bytes.as_ref());
        self
    }

    /// Sends `GET path` with a host and these field lines.
    pub fn get(&mut self, path: &str, fields: &str) -> Message {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: test\r\n{fields}\r\n"));
        self.response()
    }

    /// Sends a request with a body of known length.
    pub fn post(&mut self, path: &str, fields: &str, body: &str) -> Message {
        let length = body.len();
        self.send(format!(
            "POST {path} HTTP/1.1\r\nhost: test\r\ncontent-length: {length}\r\n{fields}\r\n{body}"
        ));
        self.response()
    }

    pub fn response(&mut self) -> Message {
        Message::read(&mut self.reader, false).expect("a response")
    }

    /// A response that has no body whatever its head says.
    pub fn bodiless_response(&mut self) -> Message {
        Message::read(&mut self.reader, true).expect("a response")
    }

    /// A response, unless the other end closed.
    pub fn try_response(&mut self) -> Option<Message> {
        Message::read(&mut self.reader, false)
    }

    /// Whether the other end has closed, and sends nothing more before.
    pub fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        match self.reader.read_to_end(&mut rest) {
            Ok(_) => rest.is_empty(),
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }

    /// Resets the connection.
    pub fn reset(self) {
        reset_at_close(self.reader.get_ref());
    }

    /// The next bytes of the stream, this many.
    pub fn exactly(&mut self, bytes: usize) -> Vec<u8> {
        let mut read = vec![0; bytes];
        self.reader.read_exact(&mut read).expect("so many bytes");
        read
    }

    /// Another handle, to write while this one reads.
    pub fn writer(&self) -> TcpStream {
        self.reader.get_ref().try_clone().unwrap()
    }

    pub fn half_close(&mut self) {
        let _ = self.reader.get_mut().shutdown(Shutdown::Write);
    }

    /// A few bytes as they come.
    pub fn some_bytes(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; 4096];
        let n = self.reader.read(&mut bytes).unwrap_or(0);
        bytes.truncate(n);
        bytes
    }
}

/// Makes the close of a stream a reset.
pub fn reset_at_close(stream: &TcpStream) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let _guard = runtime.enter();
    let stream = stream.try_clone().unwrap();
    stream.set_nonblocking(true).unwrap();
    let stream = tokio::net::TcpStream::from_std(stream).unwrap();
    stream.set_zero_linger().unwrap();
}
