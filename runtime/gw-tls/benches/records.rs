//! What TLS costs an exchange: a small request opened and a response of 1 KiB sealed, here and by
//! rustls' buffered connection, which is the yardstick. Bytes are copied in and out as a socket would.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench fails by panicking"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use rustls::ServerConnection;
use std::hint::black_box;
use std::io::{Read, Write};
use std::sync::Arc;
use support::{Peer, SUITES, World};

const REQUEST: &[u8] =
    b"GET /b1024/ HTTP/1.1\r\nHost: a.test\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";
const HEAD: &[u8] = &[b'h'; 180];
const BODY: &[u8] = &[b'b'; 1024];
const ROOM: usize = 64 << 10;

fn exchange(c: &mut Criterion) {
    let mut group = c.benchmark_group("exchange");
    group.throughput(Throughput::Elements(1));
    for suite in SUITES {
        let name = format!("{:?}", suite.suite());
        let world = World::new(suite);
        let (established, mut peer) = world.serve();
        let mut session = established.session;
        let (mut room, mut out) = (vec![0; ROOM], Vec::with_capacity(ROOM));
        group.bench_function(format!("ours/{name}"), |b| {
            b.iter_batched(
                || peer.say(REQUEST),
                |wire| {
                    room[..wire.len()].copy_from_slice(&wire);
                    let opened = session.open(&mut room[..wire.len()]).unwrap();
                    out.clear();
                    session.seal(&[HEAD, BODY], ROOM, &mut out).unwrap();
                    black_box((opened, &out));
                },
                BatchSize::NumIterations(1000),
            );
        });
        let (mut server, mut peer) = buffered(&world);
        let mut sent = Vec::with_capacity(ROOM);
        group.bench_function(format!("buffered/{name}"), |b| {
            b.iter_batched(
                || peer.say(REQUEST),
                |wire| {
                    server.read_tls(&mut &wire[..]).unwrap();
                    server.process_new_packets().unwrap();
                    let n = server.reader().read(&mut room).unwrap();
                    out.clear();
                    out.extend_from_slice(HEAD);
                    out.extend_from_slice(BODY);
                    server.writer().write_all(&out).unwrap();
                    sent.clear();
                    while server.wants_write() {
                        server.write_tls(&mut sent).unwrap();
                    }
                    black_box((n, &sent));
                },
                BatchSize::NumIterations(1000),
            );
        });
    }
}

/// A server of rustls, shaken hands with.
fn buffered(world: &World) -> (ServerConnection, Peer) {
    let mut server = ServerConnection::new(Arc::clone(&world.server)).unwrap();
    let mut peer = Peer::new(world.client());
    while server.is_handshaking() || peer.0.is_handshaking() {
        let wire = peer.wire();
        let mut bytes = &wire[..];
        while !bytes.is_empty() {
            server.read_tls(&mut bytes).unwrap();
            server.process_new_packets().unwrap();
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        peer.receive(&wire);
    }
    (server, peer)
}

criterion_group!(benches, exchange);
criterion_main!(benches);
