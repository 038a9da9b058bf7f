//! Round trips, and what damage and hostility meet.

use super::*;
use crate::{
    Access, Action, Atom, AtomId, Authorization, Edit, ExprId, Few, Formula, HeaderPattern,
    Matcher, Origin, Respond, Route, RouteId, Segment, SegmentType, SharedList, Text,
};
use gw_expr::{FactPath, Ir, Operator, OwnedValue, Type};
use proptest::prelude::*;

fn any_formula() -> impl Strategy<Value = Formula> {
    let leaf = prop_oneof![any::<bool>().prop_map(Formula::Constant), Just(atom())];
    leaf.prop_recursive(6, 40, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|f| Formula::Not(Box::new(f))),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Formula::All),
            prop::collection::vec(inner, 0..4).prop_map(Formula::Any),
        ]
    })
}

fn any_segment() -> impl Strategy<Value = Segment> {
    prop_oneof![
        "[a-z]{0,8}".prop_map(|text| Segment::Exact(text.into())),
        Just(Segment::Any),
        "[a-z]{1,3}".prop_map(|name| Segment::Param(name.into(), SegmentType::Uuid)),
        "[a-z]{1,3}"
            .prop_map(|re| Segment::Param("p".into(), SegmentType::Regex(Box::new(re.into())))),
    ]
}

prop_compose! {
    fn any_route()(
        name in "\\PC{0,12}",
        path in prop::collection::vec(any_segment(), 0..5),
        methods in prop::collection::vec("[A-Z]{1,5}", 0..3),
        when in prop::option::of(any_formula()),
        priority in any::<i32>(),
        body in "\\PC{0,40}",
    ) -> Route {
        route(&name, path, methods, when, priority, body)
    }
}

fn route(
    name: &str,
    path: Vec<Segment>,
    methods: Vec<String>,
    when: Option<Formula>,
    priority: i32,
    body: String,
) -> Route {
    let denies = Authorization {
        sets: Few::new(),
        diagram: None,
    };
    Route {
        name: name.into(),
        matcher: Matcher {
            listeners: Few::new(),
            hosts: SharedList::new(),
            path: path.into(),
            methods: methods.into_iter().map(Into::into).collect(),
            headers: Few::new(),
            query: Few::new(),
            sources: ["10.0.0.0/8".parse().unwrap()].into_iter().collect(),
            when: when.map(Box::new),
            priority,
        },
        access: Access::Public {
            why: "test".into(),
            denies,
        },
        limits: Few::new(),
        request_edits: Few::new(),
        response_edits: Few::new(),
        max_body: Some(1),
        action: Action::Respond(Box::new(Respond {
            status: 200,
            headers: vec![("x".into(), Text::Template(vec![Text::Expr(ExprId(0))]))],
            body: Text::Constant(body.into()),
        })),
        steps: Few::new(),
        origin: Origin {
            file: 0,
            line: 1,
            column: 2,
            end_line: 3,
            end_column: 4,
        },
    }
}

fn atom() -> Formula {
    Formula::Atom(AtomId(0))
}

fn graph(routes: Vec<Route>) -> Graph {
    let mut graph = Graph {
        routes,
        files: vec!["a.gw".to_owned()],
        ..Graph::default()
    };
    let fact = graph.facts.intern(FactPath::root("now"), &Type::Timestamp);
    let text = Ir::Const(OwnedValue::map([("k", OwnedValue::Double(0.1))]));
    graph.exprs = vec![Ir::Operation(Operator::Eq, vec![Ir::Fact(fact), text])];
    graph.atoms = vec![Atom {
        expr: ExprId(0),
        text: "x".to_owned(),
        origin: Origin::default(),
    }];
    graph
}

proptest! {
    #[test]
    fn decoding_gives_what_was_encoded(routes in prop::collection::vec(any_route(), 0..6)) {
        let graph = graph(routes);
        let bytes = encode(&graph);
        prop_assert_eq!(decode(&bytes), Ok(graph.clone()));
        prop_assert_eq!(decode_with_id(&bytes), Ok((graph.clone(), policy_id(&graph))));
        prop_assert_eq!(encode(&graph.clone()), bytes);
    }

    /// Any change of any byte, any cut and any addition is refused.
    #[test]
    fn damage_is_refused(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let bytes = encode(&graph(vec![sample()]));
        let mut damaged = bytes.clone();
        *at.get_mut(&mut damaged) ^= flip;
        prop_assert!(decode(&damaged).is_err());
        prop_assert!(decode(&bytes[..at.index(bytes.len())]).is_err());
        damaged.clone_from(&bytes);
        damaged.push(flip);
        prop_assert!(decode(&damaged).is_err());
    }

    /// Content with a fitting checksum that was not made by `encode`.
    #[test]
    fn hostile_content_never_panics(
        at in any::<prop::sample::Index>(),
        splice in prop::collection::vec(any::<u8>(), 0..12),
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut content = content(&graph(vec![sample(), sample()]));
        let at = at.index(content.len());
        let end = (at + splice.len()).min(content.len());
        content.splice(at..end, splice);
        if let Ok(graph) = decode(&sealed(&content)) {
            prop_assert!(graph.validate().is_ok());
        }
        let _ = decode(&sealed(&noise));
    }
}

/// The proxy writes and removes headers without looking at names and constants again.
#[test]
fn edits_that_no_message_could_bear_are_refused() {
    let text = || Text::Constant("1".into());
    let name = |name: &str| HeaderPattern::Name(name.into());
    let refused = |edit: Edit| {
        let mut route = sample();
        route.request_edits = vec![edit].into();
        graph(vec![route]).validate().is_err()
    };
    assert!(refused(Edit::SetHeader("content-length".into(), text())));
    assert!(refused(Edit::AddHeader("a\r\nb".into(), text())));
    let broken = || Text::Constant("1\r\n2".into());
    assert!(refused(Edit::SetHeader("x-a".into(), broken())));
    let template = Text::Template(vec![text(), broken()]);
    assert!(refused(Edit::AddHeader("x-a".into(), template)));
    for path in ["", "new", "/a b", "/../a", "/%41"] {
        let path = || Text::Constant(path.into());
        assert!(refused(Edit::SetPath(path())));
        assert!(refused(Edit::ReplacePrefix("/".into(), path())));
    }
    assert!(!refused(Edit::SetPath(Text::Constant("/a/%20/".into()))));
    assert!(refused(Edit::RemoveHeader(name("transfer-encoding"))));
    assert!(refused(Edit::RenameHeader("te".into(), "x-te".into())));
    assert!(refused(Edit::RenameHeader("x-te".into(), "X-TE".into())));
    assert!(!refused(Edit::RemoveHeader(name("x-a"))));
    assert!(!refused(Edit::RemoveHeader(HeaderPattern::Prefix(
        "c".into()
    ))));
}

fn sample() -> Route {
    let path = vec![Segment::Exact("a".into()), Segment::Rest(None)];
    route(
        "r",
        path,
        vec!["GET".to_owned()],
        Some(Formula::Not(Box::new(atom()))),
        1,
        String::new(),
    )
}

/// A header that fits the content.
fn sealed(content: &[u8]) -> Vec<u8> {
    let length = content.len() as u64;
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(checksum(VERSION, length, content).as_bytes());
    bytes.extend_from_slice(content);
    bytes
}

#[test]
fn errors_say_what_is_wrong() {
    let bytes = encode(&graph(vec![sample()]));
    assert_eq!(decode(b"gw 1\n"), Err(ArtifactError::NotAnArtifact));
    assert_eq!(decode(&bytes[..20]), Err(ArtifactError::NotAnArtifact));
    let mut newer = bytes.clone();
    newer[8] = 9;
    assert_eq!(decode(&newer), Err(ArtifactError::Version(9)));
    let cut = &bytes[..bytes.len() - 1];
    assert!(matches!(decode(cut), Err(ArtifactError::Length { .. })));
    let mut damaged = bytes;
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(decode(&damaged), Err(ArtifactError::Checksum));
}

#[test]
fn deep_nesting_is_refused_on_a_small_stack() {
    let nested = |depth: usize| {
        let mut formula = atom();
        for _ in 0..depth {
            formula = Formula::Not(Box::new(formula));
        }
        graph(vec![route(
            "r",
            Vec::new(),
            Vec::new(),
            Some(formula),
            0,
            String::new(),
        )])
    };
    assert!(decode(&encode(&nested(400))).is_ok());
    // Encoding it takes a large stack; refusing it must not.
    let deep = std::thread::Builder::new()
        .stack_size(512 << 20)
        .spawn(move || {
            let graph = nested(200_000);
            let bytes = encode(&graph);
            std::mem::forget(graph);
            bytes
        })
        .unwrap();
    let bytes = deep.join().unwrap();
    let error = decode(&bytes).unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
}

/// Expressions have the largest frames: the deepest that is decoded fits a thread's usual stack.
#[test]
fn the_deepest_expression_fits_the_stack() {
    let nested = |depth: usize| {
        let mut graph = graph(Vec::new());
        for _ in 0..depth {
            let inner = std::mem::take(&mut graph.exprs).pop().unwrap();
            graph.exprs = vec![Ir::Operation(Operator::Not, vec![inner])];
        }
        graph
    };
    assert!(decode(&encode(&nested(DEEPEST as usize - 10))).is_ok());
    assert!(decode(&encode(&nested(DEEPEST as usize + 10))).is_err());
}

#[test]
fn announced_lengths_reserve_nothing() {
    // A list of files that claims 2^62 elements.
    let content = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f];
    assert!(matches!(
        decode(&sealed(&content)),
        Err(ArtifactError::Content(_))
    ));
}

#[test]
fn dangling_references_are_refused() {
    let mut dangling = graph(vec![sample()]);
    dangling.atoms[0].expr = ExprId(7);
    let error = decode(&encode(&dangling)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the artifact's graph is inconsistent: unknown expression 7 in atom"
    );
    let mut dangling = graph(vec![sample()]);
    dangling.index.candidates = vec![RouteId(1)];
    assert!(decode(&encode(&dangling)).is_err());
    let mut endless = graph(vec![sample()]);
    let here = crate::Link::to(1);
    endless.index.nodes = vec![
        crate::PathNode::Segment {
            edges: crate::Slice::default(),
            other: crate::Link::NONE,
            end: crate::Link::NONE,
            tail: crate::Link::NONE,
        },
        crate::PathNode::Chain {
            first: crate::Link::to(0),
            second: here,
        },
    ];
    assert!(decode(&encode(&endless)).is_err());
}

#[test]
fn the_policy_id_follows_the_content() {
    let (one, two) = (graph(vec![sample()]), graph(vec![sample(), sample()]));
    assert_eq!(policy_id(&one), policy_id(&one.clone()));
    assert_ne!(policy_id(&one), policy_id(&two));
    assert_eq!(policy_id(&one).len(), 16);
}

#[test]
fn what_is_decoded_has_no_room_to_spare() {
    let routes = vec![sample(); 5];
    let decoded = decode(&encode(&graph(routes))).unwrap();
    assert_eq!(decoded.routes.capacity(), 5);
    for route in &decoded.routes {
        assert_eq!(route.matcher.path.capacity(), route.matcher.path.len());
        assert_eq!(route.matcher.sources.capacity(), 1);
    }
}

#[test]
fn an_announced_length_is_not_believed() {
    let mut content = Vec::new();
    // Four thousand million names of files.
    content.extend_from_slice(&[0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert!(matches!(read(&content), Err(ArtifactError::Content(_))));
}
