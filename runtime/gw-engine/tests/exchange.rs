//! One request on its way: who is asked, who is refused and why, what is forwarded.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail loudly"
)]

mod support;

use gw_engine::*;
use gw_expr::{FactId, FactPath, FactStep, FactTable, Ir, Operator, OwnedMap, OwnedValue, Type};
use gw_graph::*;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use support::*;

/// A graph under construction.
#[derive(Default)]
struct Builder {
    graph: Graph,
}

impl Builder {
    fn fact(&mut self, root: &str, steps: &[&str]) -> FactId {
        let step = |path: FactPath, step: &&str| match step.strip_prefix('#') {
            Some(key) => path.then(FactStep::Key(key.into())),
            None => path.then(FactStep::Field((*step).into())),
        };
        let path = steps.iter().fold(FactPath::root(root), step);
        let mut facts: FactTable = std::mem::take(&mut self.graph.facts);
        let id = facts.intern(path, &Type::String);
        self.graph.facts = facts;
        id
    }

    fn expr(&mut self, ir: Ir) -> ExprId {
        self.graph.exprs.push(ir);
        ExprId::from_index(self.graph.exprs.len() - 1)
    }

    fn read(&mut self, root: &str, steps: &[&str]) -> ExprId {
        let fact = self.fact(root, steps);
        self.expr(Ir::Fact(fact))
    }

    fn atom(&mut self, ir: Ir) -> Formula {
        let expr = self.expr(ir);
        self.graph.atoms.push(Atom {
            expr,
            text: String::new(),
            origin: Origin::default(),
        });
        Formula::Atom(AtomId::from_index(self.graph.atoms.len() - 1))
    }

    fn equals(&mut self, fact: FactId, text: &str) -> Formula {
        let operands = vec![Ir::Fact(fact), Ir::Const(OwnedValue::text(text))];
        self.atom(Ir::Operation(Operator::Eq, operands))
    }

    /// A condition that always fails.
    fn failing(&mut self) -> Formula {
        self.atom(Ir::Fail(gw_expr::EvalError::Overflow))
    }

    fn set(&mut self, name: &str, mode: Mode, rules: Vec<(Effect, Formula, &str)>) -> RuleSetId {
        let rule = |(effect, when, reason)| Rule {
            name: name.into(),
            effect,
            when,
            reason: Reason::new(reason),
            origin: Origin::default(),
        };
        let rules = rules.into_iter().map(rule).collect();
        self.graph.rule_sets.push(RuleSet {
            name: name.into(),
            rules,
            mode,
            origin: Origin::default(),
        });
        RuleSetId::from_index(self.graph.rule_sets.len() - 1)
    }

    fn authn(&mut self, name: &str, kind: AuthnKind) -> AuthnId {
        self.graph.authns.push(Authn {
            name: name.into(),
            kind,
            origin: Origin::default(),
        });
        AuthnId::from_index(self.graph.authns.len() - 1)
    }

    fn jwt(&mut self) -> AuthnId {
        self.authn(
            "idp",
            AuthnKind::Jwt(JwtAuthn {
                from: vec![CredentialSource::Bearer],
                issuers: vec![],
                audiences: vec![],
                algorithms: vec![JwtAlgorithm::ES256],
                leeway: Duration::ZERO,
                keys: KeySource::Inline(String::new()),
                claims: Type::Dyn,
            }),
        )
    }

    fn api_key(&mut self) -> AuthnId {
        self.graph.tables.push(Table {
            name: "keys".into(),
            source: String::new(),
            hashed: false,
            value: Type::Dyn,
            watch: false,
            origin: Origin::default(),
        });
        let from = vec![CredentialSource::Header("x-api-key".into())];
        self.authn(
            "partner",
            AuthnKind::ApiKey(ApiKeyAuthn {
                from,
                table: TableId(0),
            }),
        )
    }

    fn limit(
        &mut self,
        name: &str,
        algorithm: Algorithm,
        count: u64,
        key: Option<ExprId>,
    ) -> LimitId {
        self.graph.limits.push(Limit {
            name: name.into(),
            algorithm,
            key,
            rate: RateSource::Fixed(Rate {
                count,
                period: Duration::from_secs(60),
            }),
            burst: 0,
            concurrency: count,
            max_wait: Duration::from_secs(120),
            max_keys: 100,
            mode: Mode::Enforce,
            origin: Origin::default(),
        });
        LimitId::from_index(self.graph.limits.len() - 1)
    }

    fn backend(&mut self, name: &str, balance: Balance) -> BackendId {
        self.graph.backends.push(Backend {
            name: name.into(),
            targets: Targets::Echo,
            protocol: BackendProtocol::Auto,
            balance,
            timeout: Timeouts::default(),
            retry: Retry::default(),
            ejection: Ejection::default(),
            max_connections: 1,
            idle_timeout: Duration::ZERO,
            tls: BackendTls::default(),
            host: HostHeader::Keep,
            origin: Origin::default(),
        });
        BackendId::from_index(self.graph.backends.len() - 1)
    }

    fn engine(self, routes: Vec<Route>) -> Engine {
        engine(indexed(Graph {
            routes,
            ..self.graph
        }))
    }
}

fn protected(authn: Option<AuthnTree>, sets: Vec<RuleSetId>) -> Access {
    Access::Protected {
        authn,
        authorization: Authorization {
            sets: sets.into(),
            diagram: None,
        },
    }
}

fn claims(fields: &[(&str, &str)]) -> Identity {
    let fields = fields
        .iter()
        .map(|(name, value)| (*name, OwnedValue::text(*value)));
    let claims: OwnedMap = fields.collect();
    Identity::Jwt {
        claims: Arc::new(claims.into()),
    }
}

fn refusal(progress: Progress<'_>) -> Refusal {
    match progress {
        Progress::Refuse(refusal) => *refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn plan(progress: Progress<'_>) -> ForwardPlan<'_> {
    match progress {
        Progress::Forward(plan) => *plan,
        other => panic!("not forwarded: {other:?}"),
    }
}

fn header<'r>(refusal: &'r Refusal, name: &str) -> Option<&'r str> {
    refusal
        .headers
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, value)| value.as_str())
}

#[test]
fn no_route_and_wrong_method() {
    let mut only_post = matcher(path("/x"));
    only_post.methods = vec!["POST".into(), "GET".into()].into();
    let engine = Builder::default().engine(vec![route("x", only_post)]);
    let empty = Empty::new();
    let missing = get("h", "/y", &());
    let refused = refusal(Exchange::begin(&engine, empty.world(), &missing).advance());
    assert_eq!(
        (refused.status, refused.reason.slug.as_str()),
        (404, "no-route")
    );
    let mut wrong = get("h", "/x", &());
    wrong.method = "DELETE";
    let refused = refusal(Exchange::begin(&engine, empty.world(), &wrong).advance());
    assert_eq!(
        (refused.status, header(&refused, "allow")),
        (405, Some("GET, HEAD, POST"))
    );
}

#[test]
fn identities_are_asked_one_by_one() {
    let mut b = Builder::default();
    let (idp, partner) = (b.jwt(), b.api_key());
    let mut both = route("x", matcher(path("/x")));
    let tree = AuthnTree::AnyOf(Few::from([AuthnTree::One(idp), AuthnTree::One(partner)]));
    both.access = protected(Some(tree), vec![]);
    let engine = b.engine(vec![both]);
    let empty = Empty::new();
    let head = get("h", "/x", &());
    let begin = || Exchange::begin(&engine, empty.world(), &head);

    let mut second = begin();
    assert!(matches!(second.advance(), Progress::Need(Need::Identity(id)) if id == idp));
    second.supply_identity(idp, Err(AuthnFailure::Absent));
    assert!(matches!(second.advance(), Progress::Need(Need::Identity(id)) if id == partner));
    let record = [("plan", OwnedValue::text("pro"))];
    let record = Arc::new(record.into_iter().collect());
    second.supply_identity(
        partner,
        Ok(Identity::ApiKey {
            id: "k1".into(),
            record,
        }),
    );
    assert!(matches!(second.advance(), Progress::Respond(_)));
    assert_eq!(second.principal_id(), Some("k1"));

    let mut wrong = begin();
    wrong.advance();
    wrong.supply_identity(idp, Err(AuthnFailure::Wrong(Builtin::TokenExpired)));
    let refused = refusal(wrong.advance());
    assert_eq!(
        (refused.status, refused.reason.slug.as_str()),
        (401, "token-expired")
    );
    assert_eq!(
        header(&refused, "www-authenticate"),
        Some("Bearer error=\"invalid_token\", error_description=\"token expired\"")
    );
    assert_eq!(refused.rule.as_deref(), Some("idp"));

    let mut none = begin();
    for id in [idp, partner] {
        none.advance();
        none.supply_identity(id, Err(AuthnFailure::Absent));
    }
    let refused = refusal(none.advance());
    assert_eq!(
        (refused.status, refused.reason.slug.as_str()),
        (401, "no-credentials")
    );
    assert_eq!(header(&refused, "www-authenticate"), Some("Bearer, ApiKey"));

    let mut down = begin();
    down.advance();
    down.supply_identity(
        idp,
        Err(AuthnFailure::Unavailable(Builtin::KeysUnavailable)),
    );
    assert_eq!(refusal(down.advance()).status, 503);
}

/// Runs a route with these sets for a token with a role; the status, reason and rule.
fn judged(
    build: impl Fn(&mut Builder, FactId) -> Vec<RuleSetId>,
    role: &str,
) -> (u16, String, Option<String>, usize) {
    let mut b = Builder::default();
    let idp = b.jwt();
    let fact = b.fact("jwt", &["role"]);
    let sets = build(&mut b, fact);
    let mut one = route("x", matcher(path("/x")));
    one.access = protected(Some(AuthnTree::One(idp)), sets);
    let engine = b.engine(vec![one]);
    let empty = Empty::new();
    let head = get("h", "/x", &());
    let mut exchange = Exchange::begin(&engine, empty.world(), &head).traced();
    exchange.advance();
    exchange.supply_identity(idp, Ok(claims(&[("sub", "u1"), ("role", role)])));
    let progress = exchange.advance();
    let decision = exchange.decision();
    assert_eq!(decision.allowed, matches!(progress, Progress::Respond(_)));
    let rule = decision.rule.as_ref().map(ToString::to_string);
    (
        decision.status,
        decision.reason.slug.to_string(),
        rule,
        decision.shadow.len(),
    )
}

#[test]
fn deny_overrides_and_errors_deny() {
    let sets = |b: &mut Builder, role: FactId| {
        let banned = b.equals(role, "banned");
        let (editor, admin) = (b.equals(role, "editor"), b.equals(role, "admin"));
        let outer = vec![
            (Effect::Deny, banned, "account suspended"),
            (Effect::Allow, editor, ""),
        ];
        let outer = b.set("outer", Mode::Enforce, outer);
        let failing = b.failing();
        let odd = b.equals(role, "odd");
        let inner = vec![
            (Effect::Allow, Formula::Not(Box::new(admin)), ""),
            (Effect::Deny, Formula::All(vec![odd, failing]), "odd"),
        ];
        vec![outer, b.set("inner", Mode::Enforce, inner)]
    };
    let expect =
        |status, slug: &str, rule: &str| (status, slug.to_owned(), Some(rule.to_owned()), 0);
    assert_eq!(judged(sets, "editor"), expect(200, "allowed", "inner"));
    assert_eq!(
        judged(sets, "banned"),
        expect(403, "account-suspended", "outer")
    );
    assert_eq!(
        judged(sets, "viewer"),
        expect(403, "no-allow-matched", "outer")
    );
    // `false && error` is false, `true && error` is an error, and a deny rule's error denies.
    assert_eq!(
        judged(sets, "odd"),
        expect(403, "deny-rule-failed", "inner")
    );
}

/// What conditions come to is kept with a token for the engine that it was verified for; errors are told
/// each time.
#[test]
fn what_is_kept_of_a_token_holds_for_one_engine() {
    let engine = |operator: Operator, other: OwnedValue| {
        let mut b = Builder::default();
        let idp = b.jwt();
        let role = Ir::Fact(b.fact("jwt", &["role"]));
        let when = b.atom(Ir::Operation(operator, vec![role, Ir::Const(other)]));
        let set = b.set("p", Mode::Enforce, vec![(Effect::Allow, when, "")]);
        let mut one = route("x", matcher(path("/x")));
        one.access = protected(Some(AuthnTree::One(idp)), vec![set]);
        b.engine(vec![one])
    };
    let judge = |engine: &Engine, claims: &Arc<Claims>| {
        let (empty, head) = (Empty::new(), get("h", "/x", &()));
        let mut exchange = Exchange::begin(engine, empty.world(), &head);
        exchange.advance();
        let claims = Arc::clone(claims);
        exchange.supply_identity(AuthnId(0), Ok(Identity::Jwt { claims }));
        exchange.advance();
        (exchange.decision().allowed, exchange.decision().errors)
    };
    let [admins, guests] =
        ["admin", "guest"].map(|role| engine(Operator::Eq, OwnedValue::text(role)));
    let failing = engine(Operator::Lt, OwnedValue::Int(1));
    let role = OwnedMap::from_iter([("role", OwnedValue::text("admin"))]);
    let kept_for = |engine| Arc::new(Claims::kept_for(engine, role.clone()));
    let (admin, failed) = (kept_for(&admins), kept_for(&failing));
    for _ in 0..2 {
        assert_eq!(judge(&admins, &admin), (true, 0));
        assert_eq!(judge(&guests, &admin), (false, 0));
        assert_eq!(judge(&failing, &failed), (false, 1));
    }
}

#[test]
fn an_error_does_not_allow() {
    let sets = |b: &mut Builder, _: FactId| {
        let failing = b.failing();
        vec![b.set("p", Mode::Enforce, vec![(Effect::Allow, failing, "")])]
    };
    assert_eq!(judged(sets, "x").1, "no-allow-matched");
}

#[test]
fn shadow_sets_are_recorded_only() {
    let sets = |b: &mut Builder, role: FactId| {
        let editor = b.equals(role, "editor");
        let deny = vec![(Effect::Deny, editor, "new rule")];
        vec![b.set("next", Mode::Shadow, deny)]
    };
    assert_eq!(judged(sets, "editor"), (200, "allowed".to_owned(), None, 1));
    assert_eq!(judged(sets, "viewer"), (200, "allowed".to_owned(), None, 0));
}

#[test]
fn a_diagram_decides_like_its_chain() {
    let mut b = Builder::default();
    let idp = b.jwt();
    let role = b.fact("jwt", &["role"]);
    let (banned, editor) = (b.equals(role, "banned"), b.equals(role, "editor"));
    let set = b.set(
        "p",
        Mode::Enforce,
        vec![
            (Effect::Deny, banned, "suspended"),
            (Effect::Allow, editor, ""),
        ],
    );
    let node = |atom, if_true, if_false| DiagramNode {
        atom: AtomId(atom),
        if_true,
        if_false,
        if_error: Branch::DenyError(0, 0),
    };
    let diagram = Diagram {
        root: Branch::Node(0),
        nodes: Few::from([
            node(0, Branch::Deny(0, 0), Branch::Node(1)),
            node(1, Branch::Allow(0, 1), Branch::NoAllow(0)),
        ]),
    };
    let mut by_diagram = route("d", matcher(path("/d")));
    by_diagram.access = Access::Protected {
        authn: Some(AuthnTree::One(idp)),
        authorization: Authorization {
            sets: Few::from([set]),
            diagram: Some(diagram),
        },
    };
    let mut by_chain = route("c", matcher(path("/c")));
    by_chain.access = protected(Some(AuthnTree::One(idp)), vec![set]);
    let engine = b.engine(vec![by_diagram, by_chain]);
    let empty = Empty::new();
    for role in ["banned", "editor", "viewer"] {
        let heads = ["/d", "/c"].map(|path| get("h", path, &()));
        let [by_diagram, by_chain] = heads.each_ref().map(|head| {
            let mut exchange = Exchange::begin(&engine, empty.world(), head);
            exchange.advance();
            exchange.supply_identity(idp, Ok(claims(&[("role", role)])));
            exchange.advance();
            exchange.decision().clone()
        });
        assert_eq!(by_diagram, by_chain, "{role}");
    }
}

#[test]
fn limits_count_together_or_not_at_all() {
    let mut b = Builder::default();
    let user = b.read("request", &["headers", "#x-user"]);
    let per_user = b.limit("per_user", Algorithm::FixedWindow, 3, Some(user));
    let all = b.limit("all", Algorithm::FixedWindow, 4, None);
    let mut limited = route("x", matcher(path("/x")));
    limited.limits = vec![per_user, all].into();
    let engine = b.engine(vec![limited]);
    let empty = Empty::new();
    let ask = |user: &str| {
        let headers = vec![("x-user", user)];
        let head = get("h", "/x", &headers);
        let mut exchange = Exchange::begin(&engine, empty.world(), &head);
        let progress = exchange.advance();
        let fields = exchange.limit_headers().unwrap();
        assert_eq!(fields.policy, "\"per_user\";q=3;w=60, \"all\";q=4;w=60");
        let left = fields.limit;
        match progress {
            Progress::Respond(_) => (200, left),
            Progress::Refuse(refused) => {
                assert_eq!(header(&refused, "retry-after"), Some("40"));
                assert!(refused.rule.is_some());
                assert_eq!(refused.rule.as_ref(), exchange.decision().rule);
                (refused.status, left)
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(ask("a").1, "\"per_user\";r=2;t=40, \"all\";r=3;t=40");
    assert_eq!(ask("a").0, 200);
    assert_eq!(ask("b").0, 200);
    assert_eq!(ask("b").0, 200);
    // All four are used up; what `per_user` counted for these is taken back.
    for _ in 0..5 {
        assert_eq!(ask("c").0, 429);
    }
    let (status, left) = ask("c");
    assert_eq!((status, left.starts_with("\"per_user\";r=2")), (429, true));
}

#[test]
fn a_queue_makes_requests_wait() {
    let mut b = Builder::default();
    let queue = b.limit("queue", Algorithm::LeakyBucket, 60, None);
    let mut queued = route("x", matcher(path("/x")));
    queued.limits = vec![queue].into();
    let engine = b.engine(vec![queued]);
    let empty = Empty::new();
    let head = get("h", "/x", &());
    let begin = || Exchange::begin(&engine, empty.world(), &head);
    assert!(matches!(begin().advance(), Progress::Respond(_)));
    let mut second = begin();
    let second_wait = Duration::from_secs(1);
    assert!(matches!(second.advance(), Progress::Need(Need::Wait(w)) if w == second_wait));
    {
        let mut third = begin();
        let third_wait = Duration::from_secs(2);
        assert!(matches!(third.advance(), Progress::Need(Need::Wait(w)) if w == third_wait));
        // The client goes away: its place in the queue is free again.
    }
    assert!(matches!(begin().advance(), Progress::Need(Need::Wait(w)) if w.as_secs() == 2));
    assert!(matches!(second.advance(), Progress::Respond(_)));
}

#[test]
fn permits_are_held_until_dropped() {
    let mut b = Builder::default();
    let two = b.limit("two", Algorithm::Concurrency, 2, None);
    let mut limited = route("x", matcher(path("/x")));
    limited.limits = vec![two].into();
    let engine = b.engine(vec![limited]);
    let empty = Empty::new();
    let head = get("h", "/x", &());
    let enter = || {
        let mut exchange = Exchange::begin(&engine, empty.world(), &head);
        match exchange.advance() {
            Progress::Respond(_) => Ok(exchange.permits()),
            progress => Err(refusal(progress).reason.slug),
        }
    };
    let (first, second) = (enter().unwrap(), enter().unwrap());
    assert_eq!(enter().unwrap_err(), "too-many-concurrent-requests");
    drop(first);
    let third = enter().unwrap();
    drop((second, third));
    enter().unwrap();
}

#[test]
fn limits_survive_a_reload() {
    let build = |count| {
        let mut b = Builder::default();
        let limit = b.limit("same", Algorithm::FixedWindow, count, None);
        let mut limited = route("x", matcher(path("/x")));
        limited.limits = vec![limit].into();
        b.engine(vec![limited])
    };
    let (before, after) = (build(1), build(2));
    let empty = Empty::new();
    let head = get("h", "/x", &());
    let ask = |engine: &Engine| {
        matches!(
            Exchange::begin(engine, empty.world(), &head).advance(),
            Progress::Respond(_)
        )
    };
    assert!(ask(&before) && !ask(&before));
    assert!(
        ask(&after) && !ask(&after),
        "one is counted already, the new rate allows two"
    );
}

#[test]
fn requests_are_changed_on_their_way() {
    let mut b = Builder::default();
    let (id, rest) = (b.read("path", &["id"]), b.read("path", &["rest"]));
    let (tenant, language) = (
        b.read("request", &["headers", "#x-tenant"]),
        b.read("request", &["query", "#lang"]),
    );
    let backend = b.backend("web", Balance::Hash(tenant));
    b.graph.secrets.push(Secret {
        name: "token".into(),
        source: SecretSource::Env("X".to_owned()),
        origin: Origin::default(),
    });
    let constant = |text: &str| Text::Constant(text.into());
    let forward = || {
        Action::Forward(Forward {
            split: Few::from([Share { backend, weight: 1 }]),
            sticky: None,
        })
    };
    let mut one = route("one", matcher(path("/old/{id}/{rest:**}")));
    one.action = forward();
    one.request_edits = vec![
        Edit::SetPath(Text::Template(vec![
            constant("/new/"),
            Text::Expr(id),
            constant("/"),
            Text::Expr(rest),
        ])),
        Edit::SetHeader("x-tenant".into(), Text::Expr(tenant)),
        Edit::AddHeader("x-language".into(), Text::Expr(language)),
        Edit::RemoveHeader(HeaderPattern::of("x-internal-*".into())),
        Edit::RenameHeader("a".into(), "b".into()),
        Edit::SetHeader(
            "authorization".into(),
            Text::Template(vec![constant("Bearer "), Text::Secret(SecretId(0))]),
        ),
        Edit::SetQuery("page".into(), constant("a b")),
        Edit::RemoveQuery("lang".into()),
    ]
    .into();
    let mut two = route("two", matcher(path("/api/**")));
    two.action = forward();
    two.request_edits = vec![Edit::ReplacePrefix("/api".into(), constant("/"))].into();
    let engine = b.engine(vec![one, two]);
    let empty = Empty::new();

    let headers = vec![("x-tenant", "acme")];
    let mut head = get("h", "/old/a%20b/c/d", &headers);
    head.query = "page=1&keep=%26&lang=de";
    let sent = plan(Exchange::begin(&engine, empty.world(), &head).advance());
    assert_eq!(
        (&*sent.path, &*sent.query),
        ("/new/a%20b/c/d", "keep=%26&page=a%20b")
    );
    assert!(sent.hash.is_some());
    let plain = |text: &'static str| HeaderText::Plain(Cow::Borrowed(text));
    let (acme, german) = (plain("acme"), plain("de"));
    let secret = HeaderText::Joined(vec![plain("Bearer "), HeaderText::Secret(SecretId(0))]);
    let removed = HeaderPattern::of("x-internal-*".into());
    let expected = [
        HeaderEdit::Set("x-tenant", Some(HeaderValue::Computed(&acme))),
        HeaderEdit::Add("x-language", HeaderValue::Computed(&german)),
        HeaderEdit::Remove(&removed),
        HeaderEdit::Rename("a", "b"),
        HeaderEdit::Set("authorization", Some(HeaderValue::Computed(&secret))),
    ];
    assert_eq!(sent.edits.iter().collect::<Vec<_>>(), expected);

    for (path, sent) in [("/api", "/"), ("/api/", "/"), ("/api/x/y", "/x/y")] {
        let head = get("h", path, &());
        let forwarded = plan(Exchange::begin(&engine, empty.world(), &head).advance());
        assert_eq!(forwarded.path, sent, "{path}");
    }
}

#[test]
fn computed_values_cannot_break_out() {
    let mut b = Builder::default();
    let (id, name) = (
        b.read("path", &["id"]),
        b.read("request", &["query", "#name"]),
    );
    let backend = b.backend("web", Balance::RoundRobin);
    let forward = || {
        Action::Forward(Forward {
            split: Few::from([Share { backend, weight: 1 }]),
            sticky: None,
        })
    };
    let mut by_path = route("p", matcher(path("/p/{id}")));
    by_path.action = forward();
    let before = Text::Constant("/to/".into());
    by_path.request_edits = vec![Edit::SetPath(Text::Template(vec![
        before,
        Text::Expr(name),
    ]))]
    .into();
    let mut by_header = route("h", matcher(path("/h/{id}")));
    by_header.action = forward();
    by_header.request_edits = vec![Edit::SetHeader("x".into(), Text::Expr(id))].into();
    let engine = b.engine(vec![by_path, by_header]);
    let empty = Empty::new();
    for (path, query) in [
        ("/p/1", "name=.."),
        ("/p/1", "name=a%2Fb"),
        ("/p/1", "name=%00"),
        ("/p/1", ""),
        ("/h/a%0D%0Ab", ""),
        ("/h/%FF", ""),
    ] {
        let mut head = get("h", path, &());
        head.query = query;
        let refused = refusal(Exchange::begin(&engine, empty.world(), &head).advance());
        let expected = if path == "/h/%FF" {
            "no-route"
        } else {
            "transform-failed"
        };
        assert_eq!(refused.reason.slug, expected, "{path}?{query}");
    }
}

/// Routes are told apart by each of their parts, however these are mixed among neighbours.
#[test]
fn routes_that_have_much_alike_do_what_each_says() {
    let mut b = Builder::default();
    let backends = ["a", "b", "c"].map(|name| b.backend(name, Balance::RoundRobin));
    let never = vec![(Effect::Deny, Formula::Constant(true), "closed")];
    let closed = b.set("closed", Mode::Enforce, never);
    let constant = |n: usize| Text::Constant(n.to_string().into());
    let routes: Vec<Route> = (0..200usize)
        .map(|n| {
            let mut route = route(&format!("r{n}"), matcher(path(&format!("/{n}"))));
            let backend = backends[n % 3];
            route.action = Action::Forward(Forward {
                split: Few::from([Share { backend, weight: 1 }]),
                sticky: None,
            });
            route.max_body = (n % 2 == 0).then_some(n as u64 % 8);
            route.request_edits = vec![
                Edit::SetHeader("x".into(), constant(n % 11)),
                Edit::SetPath(Text::Constant(format!("/to/{}", n % 23).into())),
                Edit::RemoveHeader(HeaderPattern::Name("y".into())),
            ]
            .into();
            route.response_edits = vec![Edit::AddHeader("z".into(), constant(n / 10))].into();
            if n % 7 == 0 {
                route.access = protected(None, vec![closed]);
            }
            route
        })
        .collect();
    let engine = b.engine(routes.clone());
    let empty = Empty::new();
    for (n, route) in routes.iter().enumerate() {
        let path = format!("/{n}");
        let head = get("h", &path, &());
        let mut exchange = Exchange::begin(&engine, empty.world(), &head);
        let progress = exchange.advance();
        if n % 7 == 0 {
            assert_eq!(refusal(progress).rule.as_deref(), Some("closed"), "{n}");
            continue;
        }
        let sent = plan(progress);
        assert_eq!(sent.backend, backends[n % 3], "{n}");
        assert_eq!(sent.path, format!("/to/{}", n % 23));
        assert_eq!(sent.max_body, route.max_body, "{n}");
        let (value, line) = (&*(n / 10).to_string(), &*format!("z: {}\r\n", n / 10));
        let added = HeaderEdit::Add("z", HeaderValue::Constant { value, line });
        let answer = exchange.respond(200, &()).unwrap();
        assert!(answer.edits.iter().eq([added]), "{n}");
        let (value, line) = (&*(n % 11).to_string(), &*format!("x: {}\r\n", n % 11));
        let set = HeaderEdit::Set("x", Some(HeaderValue::Constant { value, line }));
        let removed = HeaderPattern::Name("y".into());
        assert!(
            sent.edits.iter().eq([set, HeaderEdit::Remove(&removed)]),
            "{n}"
        );
    }
}

#[test]
fn a_second_header_line_cannot_hide() {
    let mut only_acme = matcher(path("/x"));
    only_acme.headers = vec![("x-tenant".into(), "acme".to_owned())].into();
    let engine = Builder::default().engine(vec![route("x", only_acme)]);
    let empty = Empty::new();
    let passes = |lines: &Vec<(&str, &str)>| {
        let head = get("h", "/x", lines);
        matches!(
            Exchange::begin(&engine, empty.world(), &head).advance(),
            Progress::Respond(_)
        )
    };
    assert!(passes(&vec![("x-tenant", "acme")]));
    assert!(!passes(&vec![("x-tenant", "acme"), ("x-tenant", "other")]));
}

#[test]
fn splits_follow_their_weights() {
    let mut b = Builder::default();
    let user = b.read("request", &["headers", "#x-user"]);
    let (main, next) = (
        b.backend("main", Balance::RoundRobin),
        b.backend("next", Balance::RoundRobin),
    );
    let split = Few::from([
        Share {
            backend: main,
            weight: 9_500,
        },
        Share {
            backend: next,
            weight: 500,
        },
    ]);
    let mut by_chance = route("c", matcher(path("/c")));
    by_chance.action = Action::Forward(Forward {
        split: split.clone(),
        sticky: None,
    });
    let mut sticky = route("s", matcher(path("/s")));
    sticky.action = Action::Forward(Forward {
        split,
        sticky: Some(user),
    });
    let engine = b.engine(vec![by_chance, sticky]);
    let empty = Empty::new();
    let chosen = |path: &str, user: &str, random: u64| {
        let headers = vec![("x-user", user)];
        let mut head = get("h", path, &headers);
        head.random = random;
        plan(Exchange::begin(&engine, empty.world(), &head).advance()).backend
    };
    let share = (0..10_000)
        .filter(|n| chosen("/c", "u", *n) == next)
        .count();
    assert_eq!(share, 500);
    let users: Vec<String> = (0..2_000).map(|n| format!("user{n}")).collect();
    let share = users
        .iter()
        .filter(|user| chosen("/s", user, 1) == next)
        .count();
    assert!((50..160).contains(&share), "{share} of 2000, 100 expected");
    assert!(
        users
            .iter()
            .all(|user| chosen("/s", user, 1) == chosen("/s", user, 2))
    );
}

#[test]
fn responses_are_changed_by_their_route() {
    let mut b = Builder::default();
    let status = b.fact("response", &["status"]);
    let server = b.read("response", &["headers", "#server"]);
    let teapot = b.expr(Ir::Conditional(Box::new([
        Ir::Operation(
            Operator::Eq,
            vec![Ir::Fact(status), Ir::Const(OwnedValue::Int(404))],
        ),
        Ir::Const(OwnedValue::Int(418)),
        Ir::Fact(status),
    ])));
    let mut one = route("x", matcher(path("/x")));
    one.response_edits = vec![
        Edit::SetHeader("x-server".into(), Text::Expr(server)),
        Edit::SetStatus(teapot),
    ]
    .into();
    let engine = b.engine(vec![one]);
    let empty = Empty::new();
    let head = get("h", "/x", &());
    let mut exchange = Exchange::begin(&engine, empty.world(), &head);
    exchange.advance();
    let headers = vec![("server", "nginx")];
    let edits = exchange.respond(404, &headers).unwrap();
    assert_eq!(edits.status, Some(418));
    let value = HeaderText::Plain(Cow::Borrowed("nginx"));
    let changed = HeaderEdit::Set("x-server", Some(HeaderValue::Computed(&value)));
    assert!(edits.edits.iter().eq([changed]));
    let edits = exchange.respond(200, &()).unwrap();
    assert_eq!(edits.status, Some(200));
    assert!(edits.edits.iter().eq([HeaderEdit::Set("x-server", None)]));
}

#[test]
fn conditions_route_and_count_once() {
    let mut b = Builder::default();
    let (version, id) = (
        b.fact("request", &["headers", "#x-version"]),
        b.fact("path", &["id"]),
    );
    let (two, seven) = (b.equals(version, "2"), b.equals(id, "7"));
    let mut newer = route("newer", matcher(path("/x/{id}")));
    newer.matcher.when = Some(Box::new(Formula::All(vec![two.clone(), seven])));
    newer.access = {
        let set = b.set("again", Mode::Enforce, vec![(Effect::Allow, two, "")]);
        protected(None, vec![set])
    };
    // Another name for the same segment: a condition about `path.id` must not leak into it.
    let older = route("older", matcher(path("/x/{other}")));
    let engine = b.engine(vec![newer, older]);
    let empty = Empty::new();
    let routed = |path: &str, version: &'static str| {
        let headers = vec![("x-version", version)];
        let head = get("h", path, &headers);
        let mut exchange = Exchange::begin(&engine, empty.world(), &head).traced();
        assert!(matches!(exchange.advance(), Progress::Respond(_)));
        let atoms = exchange.trace().unwrap().events.iter();
        let evaluated = atoms.filter(|e| {
            matches!(
                e,
                TraceEvent::Atom {
                    atom: AtomId(0),
                    ..
                }
            )
        });
        (
            exchange.route().unwrap().name.to_string(),
            evaluated.count(),
        )
    };
    assert_eq!(routed("/x/7", "2"), ("newer".to_owned(), 1));
    assert_eq!(routed("/x/8", "2"), ("older".to_owned(), 1));
    assert_eq!(routed("/x/7", "1"), ("older".to_owned(), 1));
}

#[test]
fn traces_name_near_misses() {
    let mut post = matcher(path("/orders/{id:int}"));
    post.methods = vec!["POST".into()].into();
    let engine = Builder::default().engine(vec![
        route("post", post),
        route("list", matcher(path("/orders"))),
        route("other", matcher(path("/unrelated"))),
    ]);
    let empty = Empty::new();
    let head = get("h", "/orders/7", &());
    let mut exchange = Exchange::begin(&engine, empty.world(), &head).traced();
    assert_eq!(refusal(exchange.advance()).status, 405);
    let Some(TraceEvent::Routed { route: None, near }) = exchange.trace().unwrap().events.first()
    else {
        panic!("{:?}", exchange.trace());
    };
    assert_eq!(
        near[0],
        NearMiss {
            route: RouteId(0),
            failed: vec![Mismatch::Method]
        }
    );
    assert_eq!(
        near[1],
        NearMiss {
            route: RouteId(1),
            failed: vec![Mismatch::Path(1)]
        }
    );
    assert_eq!(near.len(), 2);
}

#[test]
fn tables_are_read_and_refuse_bad_lines() {
    let table = Table {
        name: "keys".into(),
        source: String::new(),
        hashed: true,
        value: Type::record(gw_expr::RecordType::new(
            "",
            [("plan", gw_expr::Field::new(Type::String))],
        )),
        watch: false,
        origin: Origin::default(),
    };
    // SHA-256 of "secret".
    let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    let good = format!("{{\"hash\":\"sha256:{hash}\",\"id\":\"k1\",\"plan\":\"pro\"}}\n\n");
    let data = TableData::parse(&table, &good).unwrap();
    let record = data.lookup_key("secret").unwrap();
    assert_eq!(record.id, "k1");
    assert_eq!(record.fields.get("plan"), Some(&OwnedValue::text("pro")));
    assert!(data.lookup_key("Secret").is_none() && data.lookup_key(hash).is_none());
    let rest = gw_graph::MAX_RECORD_BYTES - format!("{{\"hash\":\"{hash}\",\"plan\":\"\"}}").len();
    let of_size =
        |plan: usize| format!("{{\"hash\":\"{hash}\",\"plan\":\"{}\"}}", "x".repeat(plan));
    assert_eq!(TableData::parse(&table, &of_size(rest)).unwrap().len(), 1);
    for (text, line, word) in [
        ("{}\n", 1, "hash"),
        ("\n[1]", 2, "object"),
        ("{\"hash\":\"abc\"}", 1, "SHA-256"),
        (&*format!("{{\"hash\":\"{hash}\"}}"), 1, "plan"),
        (&*format!("{good}{good}"), 3, "line 1"),
        (&*of_size(rest + 1), 1, "65537 bytes, more than 65536"),
    ] {
        let error = TableData::parse(&table, text).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn a_recorded_trace_tells_its_way_through_the_graph() {
    let mut b = Builder::default();
    let idp = b.jwt();
    let role = b.fact("jwt", &["role"]);
    let editor = b.equals(role, "editor");
    let Formula::Atom(atom) = editor else {
        panic!("{editor:?}");
    };
    let set = b.set("writes", Mode::Enforce, vec![(Effect::Allow, editor, "")]);
    let mut one = route("x", matcher(path("/x")));
    one.access = Access::Protected {
        authn: Some(AuthnTree::One(idp)),
        authorization: Authorization {
            sets: Few::from([set]),
            diagram: Some(Diagram {
                root: Branch::Node(0),
                nodes: Few::from([DiagramNode {
                    atom,
                    if_true: Branch::Allow(0, 0),
                    if_false: Branch::NoAllow(0),
                    if_error: Branch::NoAllow(0),
                }]),
            }),
        },
    };
    let engine = b.engine(vec![route("y", matcher(path("/y"))), one]);
    let empty = Empty::new();
    let head = get("h", "/x", &());
    for (role, value, rule) in [
        ("editor", Truth::True, Some(0)),
        ("viewer", Truth::False, None),
    ] {
        let mut exchange = Exchange::begin(&engine, empty.world(), &head).recorded();
        exchange.advance();
        exchange.supply_identity(idp, Ok(claims(&[("sub", "u1"), ("role", role)])));
        exchange.advance();
        let events = &exchange.trace().unwrap().events;
        let near = Vec::new();
        let routed = TraceEvent::Routed {
            route: Some(RouteId(1)),
            near,
        };
        assert_eq!(events[0], routed);
        let TraceEvent::Leaf { leaf } = events[1] else {
            panic!("{events:?}");
        };
        let leaf = engine.graph().index.leaves[leaf as usize];
        let candidates = &engine.graph().index.candidates[leaf.candidates.range()];
        assert_eq!(candidates, [RouteId(1)]);
        assert!(
            events.contains(&TraceEvent::Edge { node: 0, value }),
            "{events:?}"
        );
        assert!(
            events.contains(&TraceEvent::Ruled { set, rule }),
            "{events:?}"
        );
    }
}
