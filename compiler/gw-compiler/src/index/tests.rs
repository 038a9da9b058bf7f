//! Conflicts and their witnesses; what the index finds is tested with the engine.

use super::*;
use gw_graph::{
    Access, Action, AtomId, Authorization, Few, Formula, Matcher, Origin, Respond, Segment,
    SegmentType, SharedList, Text,
};

fn matcher(path: Vec<Segment>) -> Matcher {
    Matcher {
        listeners: Few::new(),
        hosts: SharedList::new(),
        path: path.into(),
        methods: ["GET".into()].into_iter().collect(),
        headers: Few::new(),
        query: Few::new(),
        sources: Few::new(),
        when: None,
        priority: 0,
    }
}

fn route(matcher: Matcher) -> Route {
    Route {
        name: "r".into(),
        matcher,
        access: Access::Public {
            why: "".into(),
            denies: Authorization {
                sets: Few::new(),
                diagram: None,
            },
        },
        limits: Few::new(),
        request_edits: Few::new(),
        response_edits: Few::new(),
        max_body: None,
        action: Action::Respond(Box::new(Respond {
            status: 200,
            headers: Vec::new(),
            body: Text::Constant("".into()),
        })),
        steps: Few::new(),
        origin: Origin::default(),
    }
}

fn param(ty: SegmentType) -> Matcher {
    matcher(vec![
        Segment::Exact("x".into()),
        Segment::Param("p".into(), ty),
    ])
}

fn regex(pattern: &str) -> SegmentType {
    SegmentType::Regex(Box::new(pattern.into()))
}

fn words(words: &[&str]) -> SegmentType {
    SegmentType::Enum(words.iter().map(|w| (*w).into()).collect())
}

/// The witness of the only conflict, `unreachable`, or nothing.
fn conflict(a: Matcher, b: Matcher) -> Option<String> {
    match build(&[route(a), route(b)]).1.as_slice() {
        [] => None,
        [Conflict::Overlap { witness, .. }] => Some(witness.to_string()),
        [Conflict::Unreachable { .. }] => Some("unreachable".to_owned()),
        more => panic!("{more:?}"),
    }
}

#[test]
fn parameters_of_one_class_overlap_where_a_text_fits_both() {
    use SegmentType::{Bool, Int, Slug, String, Uint, Uuid};
    for (a, b, path) in [
        (String, String, Some("/x/x")),
        (Int, Uint, Some("/x/1")),
        (Int, Uuid, None),
        (Bool, words(&["true", "maybe"]), Some("/x/true")),
        (words(&["a", "b"]), words(&["c", "b"]), Some("/x/b")),
        (words(&["a", "b"]), words(&["c"]), None),
        (words(&["7"]), Int, Some("/x/7")),
        (words(&["a b"]), words(&["a b"]), Some("/x/a%20b")),
        (regex("[a-f]+"), regex("[f-z]{2}"), Some("/x/ff")),
        (regex("[a-f]+"), regex("[g-z]+"), None),
        (regex("[0-9A-Z]{3}"), Slug, Some("/x/111")),
        (regex("/.*"), regex("/a"), None),
        // Other classes are not compared: the more specific one wins.
        (Int, Slug, None),
        (Slug, String, None),
    ] {
        let expected = path.map(|path| format!("GET host.example{path}"));
        assert_eq!(
            conflict(param(a.clone()), param(b.clone())),
            expected,
            "{a:?} {b:?}"
        );
    }
}

#[test]
fn other_demands_keep_routes_apart() {
    let base = || param(SegmentType::Int);
    let with = |change: fn(&mut Matcher)| {
        let mut matcher = base();
        change(&mut matcher);
        matcher
    };
    assert_eq!(
        conflict(base(), with(|m| m.methods = vec!["PUT".into()].into())),
        None
    );
    assert_eq!(
        conflict(base(), with(|m| m.priority = 1)),
        Some("unreachable".to_owned())
    );
    let version = |value: &str| {
        let mut matcher = base();
        matcher.headers = vec![("x-version".into(), value.to_owned())].into();
        matcher
    };
    assert_eq!(conflict(version("1"), version("2")), None);
    assert_eq!(
        conflict(version("1"), base()),
        None,
        "more conditions are more specific"
    );
    let overlap = conflict(
        version("1"),
        with(|m| m.query = vec![("v".into(), "1".into())].into()),
    );
    assert_eq!(
        overlap.as_deref(),
        Some("GET host.example/x/1?v=1 with x-version: 1")
    );
    let from = |net: &str| {
        let mut matcher = base();
        matcher.sources = vec![net.parse().unwrap()].into();
        matcher
    };
    assert_eq!(conflict(from("10.0.0.0/8"), from("11.0.0.0/8")), None);
    let inside = conflict(from("10.0.0.0/8"), from("10.1.0.0/16"));
    assert_eq!(
        inside.as_deref(),
        Some("GET host.example/x/1 from 10.1.0.0")
    );
    let when = |formula: Formula| {
        let mut matcher = base();
        matcher.when = Some(Box::new(formula));
        matcher
    };
    let (one, two) = (Formula::Atom(AtomId(0)), Formula::Atom(AtomId(1)));
    assert!(conflict(when(one.clone()), when(two)).is_some());
    assert_eq!(
        conflict(when(one.clone()), when(Formula::Not(Box::new(one)))),
        None
    );
}

#[test]
fn routes_that_never_win_are_found() {
    let methods = |list: &[&str], priority: i32| {
        let mut matcher = param(SegmentType::String);
        matcher.methods = list.iter().map(|m| (*m).into()).collect();
        matcher.priority = priority;
        route(matcher)
    };
    let routes = [
        methods(&["GET", "POST"], 0),
        methods(&["GET"], 2),
        methods(&["POST"], 1),
    ];
    let expected = Conflict::Unreachable {
        route: RouteId(0),
        covered_by: RouteId(2),
    };
    assert_eq!(build(&routes).1, [expected]);
    assert_eq!(build(&routes[..2]).1, [], "POST is left");
}

#[test]
fn conflicts_are_looked_for_in_linear_time() {
    let routes: Vec<_> = (0..20_000)
        .map(|n: u32| {
            let mut matcher = param(SegmentType::String);
            matcher.headers = vec![("x-tenant".into(), n.to_string())].into();
            route(matcher)
        })
        .collect();
    assert_eq!(build(&routes).1, []);
}
