//! Asks a running gateway over its admin listener, with nothing but a socket.

use crate::exit;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Prints `/status`.
pub(crate) fn status(admin: SocketAddr) -> u8 {
    match ask(admin, "/status") {
        Ok((200, body)) => {
            print!("{body}");
            exit::FINE
        }
        Ok((status, body)) => fail(admin, &format!("it answers {status}: {}", body.trim())),
        Err(error) => fail(admin, &error.to_string()),
    }
}

/// Whether `/readyz` says yes.
pub(crate) fn healthcheck(admin: SocketAddr) -> u8 {
    match ask(admin, "/readyz") {
        Ok((200, _)) => exit::FINE,
        Ok((_, body)) => fail(admin, body.trim()),
        Err(error) => fail(admin, &error.to_string()),
    }
}

fn fail(admin: SocketAddr, problem: &str) -> u8 {
    eprintln!(
        "error: the gateway at {admin} is not ready: {problem}; \
         is it running, and is --admin its address?"
    );
    exit::FAILED
}

/// Status and body of a GET.
fn ask(admin: SocketAddr, path: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&admin, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {admin}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok());
    let body = answer
        .split_once("\r\n\r\n")
        .map(|(_, body)| body.to_owned());
    let malformed = || std::io::Error::new(std::io::ErrorKind::InvalidData, "it is no gateway");
    status.zip(body).ok_or_else(malformed)
}
