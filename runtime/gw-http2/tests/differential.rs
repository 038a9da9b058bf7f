//! This codec as a server of the `h2` crate's client: requests and responses with bodies, trailers
//! and windows of all sizes arrive as they were sent.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "tests fail by panicking"
)]

use bytes::Bytes;
use gw_http1::Fields;
use gw_http2::{Announced, Config, Connection, Event, Follows};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// One exchange. Its response repeats what the request said.
#[derive(Clone, Debug)]
struct Exchange {
    path: String,
    fields: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    trailers: Vec<(String, String)>,
}

/// A connection.
#[derive(Clone, Copy, Debug)]
struct Setting {
    /// Of the client.
    window: u32,
    table: u32,
    /// Of the gateway.
    stream_window: u32,
    connection_window: u32,
    /// How much the pipe between them holds.
    pipe: usize,
}

/// What a request said, as the server read it.
#[derive(Default)]
struct Read {
    fields: Fields,
    body: Vec<u8>,
    trailers: Option<Fields>,
    whole: bool,
    answered: bool,
    /// How much of the body was sent back.
    sent: usize,
}

#[expect(clippy::disallowed_methods, reason = "any instant will do")]
async fn serve(mut pipe: DuplexStream, setting: Setting) {
    let mut connection = Connection::new(Config {
        max_streams: 100,
        max_list: 64 << 10,
        stream_window: setting.stream_window,
        connection_window: setting.connection_window,
    });
    let (mut held, mut room) = (Vec::new(), vec![0; 4096]);
    let mut open: BTreeMap<u32, Read> = BTreeMap::new();
    loop {
        let output = std::mem::take(connection.output());
        if pipe.write_all(&output).await.is_err() || connection.is_over() {
            return;
        }
        let n = pipe.read(&mut room).await.unwrap();
        if n == 0 {
            return;
        }
        held.extend_from_slice(&room[..n]);
        loop {
            let received = connection.receive(&held, Instant::now()).unwrap();
            if received.consumed == 0 {
                break;
            }
            let mut passed = None;
            match received.event {
                Some(Event::Request {
                    stream,
                    request,
                    body,
                }) => {
                    let read = Read {
                        whole: body == Announced::Nothing,
                        fields: request.fields,
                        ..Read::default()
                    };
                    open.insert(stream, read);
                }
                Some(Event::Data { stream, data, last }) => {
                    let read = open.get_mut(&stream).unwrap();
                    read.body.extend_from_slice(data);
                    read.whole = last;
                    passed = Some((stream, data.len()));
                }
                Some(Event::Trailers { stream, fields }) => {
                    let read = open.get_mut(&stream).unwrap();
                    (read.trailers, read.whole) = (Some(fields), true);
                }
                Some(Event::Room { .. }) | None => {}
                Some(Event::Reset { .. } | Event::TooLarge { .. }) => {
                    panic!("a client that means well")
                }
            }
            held.drain(..received.consumed);
            if let Some((stream, bytes)) = passed {
                connection.passed(stream, bytes);
            }
        }
        for (stream, read) in open.iter_mut().filter(|(_, read)| read.whole) {
            answer(&mut connection, *stream, read);
        }
        open.retain(|stream, _| connection.is_open(*stream));
    }
}

/// As much of the response as the client takes now.
fn answer(connection: &mut Connection, stream: u32, read: &mut Read) {
    if !std::mem::replace(&mut read.answered, true) {
        let follows = match read.body.is_empty() && read.trailers.is_none() {
            true => Follows::Nothing,
            false => Follows::Body,
        };
        connection.respond(stream, 207, read.fields.iter(), follows);
    }
    let end = match read.trailers {
        None => Follows::Nothing,
        Some(_) => Follows::Body,
    };
    while read.sent < read.body.len() {
        match connection.send(stream, &read.body[read.sent..], end) {
            0 => return,
            n => read.sent += n,
        }
    }
    if let Some(trailers) = &read.trailers {
        connection.trailers(stream, trailers.iter());
    }
    connection.finish(stream);
}

fn map(lines: &[(String, String)]) -> http::HeaderMap {
    let mut map = http::HeaderMap::new();
    for (name, value) in lines {
        map.append(
            name.parse::<http::HeaderName>().unwrap(),
            value.parse().unwrap(),
        );
    }
    map
}

/// One exchange from the client's side.
async fn ask(mut client: h2::client::SendRequest<Bytes>, exchange: Exchange) {
    let mut request = http::Request::post(format!("http://a{}", exchange.path))
        .body(())
        .unwrap();
    *request.headers_mut() = map(&exchange.fields);
    client = client.ready().await.unwrap();
    let ends = exchange.body.is_none() && exchange.trailers.is_empty();
    let (response, mut stream) = client.send_request(request, ends).unwrap();
    if let Some(body) = &exchange.body {
        stream
            .send_data(Bytes::from(body.clone()), exchange.trailers.is_empty())
            .unwrap();
    }
    if !exchange.trailers.is_empty() {
        stream.send_trailers(map(&exchange.trailers)).unwrap();
    }
    let response = response.await.unwrap();
    assert_eq!(response.status(), 207);
    assert_eq!(response.headers(), &map(&exchange.fields));
    let mut body = response.into_body();
    let mut all = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece.unwrap();
        body.flow_control().release_capacity(piece.len()).unwrap();
        all.extend_from_slice(&piece);
    }
    assert_eq!(all, exchange.body.unwrap_or_default());
    let trailers = body.trailers().await.unwrap();
    assert_eq!(trailers.unwrap_or_default(), map(&exchange.trailers));
}

fn run(setting: Setting, exchanges: Vec<Exchange>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (ours, theirs) = tokio::io::duplex(setting.pipe);
        let (client, connection) = h2::client::Builder::new()
            .initial_window_size(setting.window)
            .header_table_size(setting.table)
            .handshake::<_, Bytes>(theirs)
            .await
            .unwrap();
        let server = tokio::spawn(serve(ours, setting));
        let driver = tokio::spawn(connection);
        let all: Vec<_> = exchanges
            .into_iter()
            .map(|exchange| tokio::spawn(ask(client.clone(), exchange)))
            .collect();
        for exchange in all {
            exchange.await.unwrap();
        }
        drop(client);
        driver.await.unwrap().unwrap();
        server.await.unwrap();
    });
}

fn lines() -> impl Strategy<Value = Vec<(String, String)>> {
    let value = prop_oneof![4 => "[!-~]{1,30}", 1 => "[a-z]{300}", 1 => Just(String::new())];
    proptest::collection::vec(("x-[a-e]", value), 0..5)
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let size = prop_oneof![3 => 1usize..100, 2 => 100usize..40_000, 1 => 60_000usize..200_000];
    let body = proptest::option::of(size.prop_map(|n| (0..n).map(|b| b as u8).collect()));
    let trailers = prop_oneof![3 => Just(Vec::new()), 1 => lines()];
    ("/[a-z]{0,20}", lines(), body, trailers).prop_map(|(path, fields, body, trailers)| Exchange {
        path,
        fields,
        body,
        trailers,
    })
}

fn setting() -> impl Strategy<Value = Setting> {
    let window = || prop_oneof![Just(65_535u32), 1u32..100, 1000u32..200_000];
    (
        window(),
        prop_oneof![Just(4096u32), 0u32..10_000],
        window(),
        window(),
        100usize..100_000,
    )
        .prop_map(
            |(window, table, stream_window, connection_window, pipe)| Setting {
                // Below that the client's own bookkeeping takes longer than a test should.
                window: window.max(500),
                table,
                stream_window: stream_window.max(500),
                connection_window,
                pipe,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn exchanges_arrive_as_they_were_sent(
        setting in setting(),
        exchanges in proptest::collection::vec(exchange(), 1..12),
    ) {
        run(setting, exchanges);
    }
}
