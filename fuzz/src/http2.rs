//! Whatever a client over HTTP/2 sends, however it is cut, comes to the same events and the same
//! answers, and a response to what it began keeps within its windows.

use gw_http2::Follows;

#[path = "../../runtime/gw-http2/tests/wire/mod.rs"]
mod wire;

use wire::{CONFIG, Server, hello};

fn read(bytes: &[u8], size: usize) -> (Vec<String>, Vec<u8>, bool) {
    let mut server = Server::new(CONFIG);
    let mut failed = server.take(&hello()).is_err();
    failed |= bytes.chunks(size).any(|piece| server.take(piece).is_err());
    for stream in [1, 3, 5] {
        server.respond(stream, Follows::Body);
        let room = server.connection.room(stream).unwrap_or(0);
        assert!(
            server
                .connection
                .send(stream, &[0; 100_000], Follows::Nothing)
                <= room
        );
        server.connection.finish(stream);
        assert!(!server.connection.is_open(stream));
    }
    let events = std::mem::take(&mut server.events);
    (events, std::mem::take(server.connection.output()), failed)
}

/// Runs one input: the size of its pieces, then what the client sends.
pub fn run(data: &[u8]) {
    let Some((&size, bytes)) = data.split_first() else {
        return;
    };
    let whole = read(bytes, bytes.len().max(1));
    assert_eq!(read(bytes, usize::from(size).max(1)), whole);
}
