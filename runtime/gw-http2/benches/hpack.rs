//! Header blocks as clients and backends send them: decompressed, and compressed.

#![allow(missing_docs, reason = "the macros of criterion make public items")]

use criterion::{Criterion, criterion_group, criterion_main};
use gw_http1::Fields;
use gw_http2::hpack::{Decoder, Encoder};
use std::hint::black_box;

/// `GET https://www.example.com/`, its authority in Huffman code, with a line that enters the table.
const FIRST: &[u8] =
    b"\x82\x87\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff\x40\x05x-key\x05value";
/// The same again.
const AGAIN: &[u8] = b"\x82\x87\x84\xbf\xbe";

fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode");
    group.bench_function("from the table", |b| {
        let mut decoder = Decoder::default();
        let _ = decoder.decode(FIRST, |_| {});
        b.iter(|| {
            decoder.decode(black_box(AGAIN), |line| {
                black_box(line);
            })
        });
    });
    group.bench_function("literals", |b| {
        let mut decoder = Decoder::default();
        b.iter(|| {
            decoder.decode(black_box(FIRST), |line| {
                black_box(line);
            })
        });
    });
    group.finish();
}

fn encode(c: &mut Criterion) {
    let mut fields = Fields::default();
    for (name, value) in [
        ("content-type", "application/json"),
        ("content-length", "1024"),
        ("cache-control", "public, max-age=3600"),
        ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("server", "inner"),
    ] {
        fields.push(name, value.as_bytes());
    }
    let (mut encoder, mut out) = (Encoder::default(), Vec::with_capacity(1024));
    c.bench_function("encode a response", |b| {
        b.iter(|| {
            out.clear();
            encoder.begin(&mut out);
            encoder.status(200, &mut out);
            for field in fields.iter() {
                encoder.line(black_box(field), &mut out);
            }
            out.len()
        });
    });
}

criterion_group!(benches, decode, encode);
criterion_main!(benches);
