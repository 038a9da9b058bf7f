//! The route index against the plain reading of the rules, and its documented cases.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail loudly"
)]

mod support;

use gw_engine::Engine;
use gw_graph::*;
use proptest::prelude::*;
use support::*;

/// The name of the route that takes a request.
fn routed(engine: &Engine, method: &str, target: &str) -> String {
    let (host, path) = target.split_once('/').unwrap();
    let path = format!("/{path}");
    let mut head = get(host, &path, &());
    head.method = method;
    let empty = Empty::new();
    let found = engine.route(empty.world(), &head);
    assert_eq!(
        found,
        engine.route_naively(empty.world(), &head),
        "{method} {target}"
    );
    found.map_or("-".to_owned(), |id| {
        engine.graph().routes[id.index()].name.to_string()
    })
}

/// Routes by their patterns: `GET host/path`, with `*` for any method and no host for any.
fn engine_of(patterns: &[&str]) -> Engine {
    let route = |pattern: &&str| {
        let (methods, target) = pattern.split_once(' ').unwrap();
        let (host, rest) = target.split_once('/').unwrap();
        let mut matcher = matcher(path(rest));
        if methods != "*" {
            matcher.methods = methods.split('|').map(Into::into).collect();
        }
        if !host.is_empty() {
            matcher.hosts = vec![match host.strip_prefix("*.") {
                Some(suffix) => HostPattern::Suffix(suffix.into()),
                None => HostPattern::Exact(host.into()),
            }]
            .into();
        }
        route(pattern, matcher)
    };
    engine(graph(patterns.iter().map(route).collect()))
}

#[test]
fn specificity_chooses() {
    let engine = engine_of(&[
        "* /**",
        "GET /users/{id}",
        "GET /users/{id:int}",
        "GET /users/{id:slug}",
        "GET /users/me",
        "GET /users/{id}/posts/{post}",
        "GET /{any}/me/posts/last",
        "* /files/{rest:**}",
        "GET /files/",
    ]);
    for (target, expected) in [
        ("h/users/me", "GET /users/me"),
        ("h/users/42", "GET /users/{id:int}"),
        ("h/users/a-b", "GET /users/{id:slug}"),
        ("h/users/A", "GET /users/{id}"),
        ("h/users/", "* /**"),
        ("h/users", "* /**"),
        ("h/", "* /**"),
        // The literal `me` comes after `{id}` and `{any}`: `users` from the left decides.
        ("h/users/me/posts/last", "GET /users/{id}/posts/{post}"),
        ("h/x/me/posts/last", "GET /{any}/me/posts/last"),
        ("h/files", "* /files/{rest:**}"),
        ("h/files/", "GET /files/"),
        ("h/files/a/b", "* /files/{rest:**}"),
    ] {
        assert_eq!(routed(&engine, "GET", target), expected, "{target}");
    }
}

#[test]
fn hosts_fall_back() {
    let engine = engine_of(&[
        "* a.b.example/x",
        "* *.b.example/x",
        "* *.b.example/y",
        "* *.example/z",
        "* /w",
        "* /x",
    ]);
    for (target, expected) in [
        ("a.b.example/x", "* a.b.example/x"),
        ("c.b.example/x", "* *.b.example/x"),
        ("c.d.b.example/x", "* *.b.example/x"),
        ("a.b.example/y", "* *.b.example/y"),
        ("a.b.example/z", "* *.example/z"),
        ("b.example/x", "* /x"),
        ("b.example/z", "* *.example/z"),
        ("example/z", "-"),
        ("a.b.example/w", "* /w"),
        ("other/x", "* /x"),
    ] {
        assert_eq!(routed(&engine, "GET", target), expected, "{target}");
    }
}

#[test]
fn head_is_a_variant_of_get() {
    let engine = engine_of(&["GET /a", "GET /b", "HEAD /b", "POST /c"]);
    assert_eq!(routed(&engine, "HEAD", "h/a"), "GET /a");
    assert_eq!(routed(&engine, "HEAD", "h/b"), "HEAD /b");
    assert_eq!(routed(&engine, "HEAD", "h/c"), "-");
}

/// A lookup that reads the other branch of patterns whose product is exponential.
#[test]
fn large_products_are_chained() {
    let mut patterns: Vec<String> = Vec::new();
    for at in 0..22 {
        let segment = |n: usize| {
            if n == at {
                format!("/x{at}")
            } else {
                format!("/{{p{n}}}")
            }
        };
        patterns.push(format!("GET {}", (0..22).map(segment).collect::<String>()));
    }
    let names: Vec<&str> = patterns.iter().map(String::as_str).collect();
    let engine = engine_of(&names);
    let nodes = engine.graph().index.nodes.len();
    assert!(nodes < 2_000_000, "{nodes} states");
    let miss = "h".to_owned() + &"/y".repeat(22);
    assert_eq!(routed(&engine, "GET", &miss), "-");
    for at in 0..22 {
        let target: String = (0..22)
            .map(|n| {
                if n == at {
                    format!("/x{n}")
                } else {
                    "/y".to_owned()
                }
            })
            .collect();
        assert_eq!(routed(&engine, "GET", &format!("h{target}")), names[at]);
        let both: String = (0..22).map(|n| format!("/x{n}")).collect();
        assert_eq!(routed(&engine, "GET", &format!("h{both}")), names[0]);
    }
}

#[test]
fn leaves_take_more_than_a_word_of_routes() {
    let routes = (0..200).map(|n| {
        let mut matcher = matcher(path("/x"));
        matcher.headers = vec![("x-version".into(), n.to_string())].into();
        route(&n.to_string(), matcher)
    });
    let engine = engine(graph(routes.collect()));
    let empty = Empty::new();
    for n in 0..200usize {
        let headers = [("x-version", n.to_string())];
        let found = engine.route(empty.world(), &get("h", "/x", &headers.as_slice().to_vec()));
        assert_eq!(found.map(|id| id.index()), Some(n));
    }
    assert_eq!(engine.route(empty.world(), &get("h", "/x", &())), None);
}

prop_compose! {
    fn any_segment()(kind in 0u8..12, a in 0usize..4, b in 0usize..4) -> Segment {
        let word = |n: usize| ["a", "b", "1", "c-d"][n].to_owned();
        let name = "p".into();
        match kind {
            0..=3 => Segment::Exact(word(a).into()),
            4 => Segment::Param(name, SegmentType::Int),
            5 => Segment::Param(name, SegmentType::Enum(Few::from([word(a).into(), word(b).into()]))),
            6 => Segment::Param(name, SegmentType::Slug),
            7 => Segment::Param(name, SegmentType::Regex(Box::new(format!("[{}]+", word(a)).into()))),
            8 => Segment::Any,
            _ => Segment::Param(name, SegmentType::String),
        }
    }
}

prop_compose! {
    fn any_matcher()(
        segments in prop::collection::vec(any_segment(), 0..4),
        last in 0u8..6,
        host in 0usize..6,
        methods in prop::collection::vec(0usize..3, 0..3),
        header in prop::option::of(0usize..3),
        query in prop::option::of(0usize..3),
        source in prop::option::of(0usize..3),
        listener in prop::option::of(0u32..2),
        priority in 0i32..3,
    ) -> Matcher {
        let mut matcher = matcher(segments);
        match last {
            0 => matcher.path.push(Segment::Rest(None)),
            1 => matcher.path.push(Segment::Exact("".into())),
            _ => {}
        }
        let hosts = ["a.b.c", "x.b.c", "b.c"];
        let hosts = match host {
            0 => vec![HostPattern::Exact(hosts[0].into()), HostPattern::Suffix("c".into())],
            1 => vec![HostPattern::Exact(hosts[1].into())],
            2 => vec![HostPattern::Suffix("b.c".into())],
            _ => vec![],
        };
        matcher.hosts = hosts.into();
        let mut methods: Vec<_> = methods.iter().map(|m| ["GET", "HEAD", "POST"][*m].into()).collect();
        methods.sort();
        methods.dedup();
        matcher.methods = methods.into();
        let value = |n: usize| ["1", "2", "3"][n].to_owned();
        matcher.headers = header.map(|n| ("h".into(), value(n))).into_iter().collect();
        matcher.query = query.map(|n| ("q".into(), value(n))).into_iter().collect();
        let nets = ["10.0.0.0/8", "10.1.0.0/16", "::/0"];
        matcher.sources = source.map(|n| nets[n].parse().unwrap()).into_iter().collect();
        matcher.listeners = listener.map(ListenerId).into_iter().collect();
        matcher.priority = priority;
        matcher
    }
}

prop_compose! {
    fn any_request()(
        path in prop::collection::vec(0usize..7, 0..5),
        host in 0usize..5,
        method in 0usize..4,
        header in prop::option::of(0usize..4),
        query in prop::option::of(0usize..4),
        source in 0usize..3,
        listener in 0u32..2,
    ) -> (String, &'static str, &'static str, Vec<(String, String)>, String, &'static str, u32) {
        let segments = ["a", "b", "1", "c-d", "", "%C3%A4", "a%20b"];
        let mut text: String = path.iter().map(|s| format!("/{}", segments[*s])).collect();
        if text.is_empty() {
            text.push('/');
        }
        let headers = header.map(|n| ("h".to_owned(), n.to_string())).into_iter().collect();
        let query = query.map_or(String::new(), |n| format!("z=9&q={n}&q=1"));
        (
            text,
            ["a.b.c", "x.b.c", "b.c", "y.c", "d"][host],
            ["GET", "HEAD", "POST", "PUT"][method],
            headers,
            query,
            ["10.1.2.3", "10.2.0.1", "::1"][source],
            listener,
        )
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Same route by the index and by the plain reading.
    #[test]
    fn the_index_equals_the_plain_reading(
        matchers in prop::collection::vec(any_matcher(), 1..14),
        requests in prop::collection::vec(any_request(), 1..24),
    ) {
        let routes = matchers.into_iter().enumerate().map(|(n, m)| route(&n.to_string(), m));
        let engine = engine(graph(routes.collect()));
        let empty = Empty::new();
        for (path, host, method, headers, query, source, listener) in requests {
            let mut head = get(host, &path, &headers);
            head.method = method;
            head.query = &query;
            head.source_ip = source.parse().unwrap();
            head.listener = ListenerId(listener);
            let found = engine.route(empty.world(), &head);
            prop_assert_eq!(found, engine.route_naively(empty.world(), &head), "{:?}", head);
        }
    }

    /// A conflict's witness is a request that both routes take.
    #[test]
    fn witnesses_are_true(a in any_matcher(), b in any_matcher()) {
        let routes = vec![route("a", a), route("b", b)];
        for conflict in gw_compiler::index::build(&routes).1 {
            let gw_compiler::index::Conflict::Overlap { witness, .. } = conflict else { continue };
            let query: Vec<_> = witness.query.iter().map(|(n, v)| format!("{n}={v}")).collect();
            let query = query.join("&");
            for one in &routes {
                let engine = engine(graph(vec![one.clone()]));
                let mut head = get(&witness.host, &witness.path, &witness.headers);
                head.method = &witness.method;
                head.query = &query;
                if let Some(source) = witness.source {
                    head.source_ip = source;
                }
                head.listener = one.matcher.listeners.first().copied().unwrap_or(ListenerId(0));
                let empty = Empty::new();
                prop_assert!(engine.route(empty.world(), &head).is_some(), "{witness} {one:?}");
            }
        }
    }
}
