//! Heads as browsers and backends send them: parsed, against the tokeniser alone, and written with
//! a gateway's usual edits.

#![allow(missing_docs, reason = "the macros of criterion make public items")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench fails by panicking"
)]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use gw_http1::{KnownSet, Limits, LineCache, Request, Response, Section, ToHead, Value};
use std::hint::black_box;

const REQUEST: &[u8] = b"GET /v1/acme/products/42?lang=en HTTP/1.1\r\n\
Host: api.shop.example\r\n\
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
Accept-Language: en-GB,en;q=0.5\r\n\
Accept-Encoding: gzip, deflate, br, zstd\r\n\
Cookie: session=8f14e45fceea167a5a36dedd4bea2543; theme=dark\r\n\
Cache-Control: no-cache\r\n\
X-Api-Key: 0123456789abcdef\r\n\r\n";

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\n\
Content-Type: application/json\r\n\
Content-Length: 1024\r\n\
Cache-Control: public, max-age=3600\r\n\
Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
ETag: \"abc-1024\"\r\n\
Server: inner\r\n\r\n";

const LIMITS: Limits = Limits {
    max_head: 64 << 10,
    max_headers: 100,
};

fn parse(c: &mut Criterion) {
    let mut group = c.benchmark_group("request head");
    // Lines that came before, and lines that never do.
    let mut cache = LineCache::default();
    for (name, warm) in [("gw", true), ("gw, all lines new", false)] {
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                || REQUEST.to_vec(),
                |bytes| {
                    if !warm {
                        cache = LineCache::default();
                    }
                    let parsed = Request::parse(black_box(bytes), LIMITS, &mut cache);
                    parsed.unwrap().unwrap().0
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.bench_function("httparse", |b| {
        b.iter(|| {
            let mut lines = [httparse::EMPTY_HEADER; 100];
            let mut request = httparse::Request::new(&mut lines);
            request.parse(black_box(REQUEST)).unwrap().unwrap()
        });
    });
    group.finish();
    c.bench_function("response head", |b| {
        b.iter_batched_ref(
            || RESPONSE.to_vec(),
            |bytes| {
                let parsed = Response::parse(black_box(bytes), ToHead::No, &mut cache);
                parsed.unwrap().unwrap().0
            },
            BatchSize::SmallInput,
        );
    });
}

fn write(c: &mut Criterion) {
    let mut bytes = REQUEST.to_vec();
    let (_, request) = Request::parse(&mut bytes, LIMITS, &mut LineCache::default())
        .unwrap()
        .unwrap();
    let mut out = Vec::with_capacity(2048);
    c.bench_function("edit and write", |b| {
        b.iter(|| {
            let mut section = Section::of(&request.fields);
            section.remove_all(KnownSet::HOP_BY_HOP);
            section.set("x-tenant", Value::known_good(b"acme"));
            section.set("x-forwarded-for", Value::known_good(b"192.0.2.1"));
            section.remove("x-api-key");
            section.remove_prefix("x-debug-");
            out.clear();
            section.write(&mut out);
            black_box(out.len())
        });
    });
}

criterion_group!(benches, parse, write);
criterion_main!(benches);
