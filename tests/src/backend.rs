//! A backend that answers with exactly the bytes it is told, and remembers what it was sent.

use crate::client::{PATIENCE, reset_at_close};
use crate::{Message, signal};
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};

/// What a backend does after a request.
pub enum Reply {
    /// Sends these bytes and waits for the next request.
    Keep(Vec<u8>),
    /// Sends these bytes and closes.
    Close(Vec<u8>),
    /// Sends these bytes and resets the connection.
    Reset(Vec<u8>),
    /// Sends nothing until the gateway gives up.
    Silence,
}

impl Reply {
    /// `200` with a body.
    pub fn ok(body: &str) -> Reply {
        let length = body.len();
        Reply::Keep(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}").into())
    }

    /// A status without a body.
    pub fn status(status: u16) -> Reply {
        Reply::Keep(format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n").into())
    }

    pub fn raw(text: &str) -> Reply {
        Reply::Keep(text.as_bytes().to_vec())
    }
}

pub struct Backend {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Message>>>,
    connections: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Backend {
    /// Answers every request with what `handler` says.
    pub fn start(handler: impl Fn(&Message) -> Reply + Send + Sync + 'static) -> Self {
        Self::streaming(move |request, stream| match handler(request) {
            Reply::Keep(bytes) => stream.write_all(&bytes).is_ok(),
            Reply::Close(bytes) => {
                let _ = stream.write_all(&bytes);
                false
            }
            Reply::Reset(bytes) => {
                let _ = stream.write_all(&bytes);
                reset_at_close(stream);
                false
            }
            Reply::Silence => {
                let mut nothing = [0];
                let _ = std::io::Read::read(stream, &mut nothing);
                false
            }
        })
    }

    /// Answers with a body of that size, with word of it when it has begun.
    pub fn pouring(size: usize) -> (Self, Mutex<Receiver<()>>) {
        let (begun, has_begun) = signal();
        let backend = Self::streaming(move |_, stream| {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            begun.send(()).unwrap();
            stream.write_all(&vec![b'a'; size]).is_ok()
        });
        (backend, has_begun)
    }

    /// Lets `handler` write by itself; it says whether the connection stays.
    pub fn streaming(
        handler: impl Fn(&Message, &mut TcpStream) -> bool + Send + Sync + 'static,
    ) -> Self {
        let received = Arc::<Mutex<Vec<Message>>>::default();
        let remembered = Arc::clone(&received);
        let mut backend = Self::raw(move |reader| {
            let mut writer = reader.get_ref().try_clone().unwrap();
            while let Some(request) = Message::read(reader, false) {
                remembered.lock().unwrap().push(request.clone());
                if !handler(&request, &mut writer) {
                    return;
                }
            }
        });
        backend.received = received;
        backend
    }

    /// Lets `handler` read and write by itself. What it reads is not remembered.
    pub fn raw(handler: impl Fn(&mut BufReader<TcpStream>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::<AtomicUsize>::default();
        let stop = Arc::<AtomicBool>::default();
        let (count, stopped) = (Arc::clone(&connections), Arc::clone(&stop));
        let handler = Arc::new(handler);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Acquire) {
                    return;
                }
                let stream = stream.unwrap();
                count.fetch_add(1, Ordering::AcqRel);
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                stream.set_nodelay(true).unwrap();
                let handler = Arc::clone(&handler);
                std::thread::spawn(move || handler(&mut BufReader::new(stream)));
            }
        });
        Self {
            address,
            received: Arc::default(),
            connections,
            stop,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The part of a policy that passes everything here.
    pub fn policy(&self) -> String {
        format!(
            "backend web {{ target = \"{}\" }}\nroute all /** {{ public \"test\"; to web }}",
            self.url()
        )
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was received so far.
    pub fn received(&self) -> Vec<Message> {
        self.received.lock().unwrap().clone()
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Acquire)
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        let _ = TcpStream::connect(self.address);
    }
}

/// An address where nothing listens.
pub fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}
