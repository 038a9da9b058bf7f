//! A graph that is ready to run: expressions compiled, facts resolved, the route index prepared.

use crate::alike::Alike;
use crate::facts::{FactKind, FactKinds, FactSource, Stage};
use crate::identity::ByClaims;
use crate::limit::{Limiter, Terms};
use crate::probe::Probe;
use crate::route::Router;
use crate::rules::Effects;
use crate::{RequestHead, State, World, naive};
use gw_expr::{CompileError, FactPath, Program};
use gw_graph::{Builtin, ExprId, Graph, InvalidGraph, LimitId, Mode, Reason, RouteId};
use std::borrow::Cow;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// A graph that is ready to run. Share it; it never changes.
#[derive(Debug)]
pub struct Engine {
    /// No other engine of the process has it.
    pub(crate) number: NonZeroU64,
    pub(crate) graph: Arc<Graph>,
    pub(crate) programs: Vec<Program>,
    pub(crate) facts: FactKinds,
    pub(crate) router: Router,
    /// From when on the value of each condition may be kept.
    pub(crate) stages: Vec<Stage>,
    /// Which conditions come to the same for a token each time.
    pub(crate) by_claims: ByClaims,
    /// The built-in reasons in the order of `Builtin::ALL`.
    reasons: Vec<Reason>,
    /// The reason where none is found.
    internal: Reason,
    /// The rules of each set by effect.
    pub(crate) effects: Vec<Effects>,
    /// Whether any rule is in shadow mode.
    pub(crate) shadows: bool,
    /// Which routes do the same.
    pub(crate) alike: Alike,
    /// In the order of `Graph::limits`.
    pub(crate) terms: Vec<Terms>,
    limiters: OnceLock<Bound>,
}

/// How many engines were loaded.
static ENGINES: AtomicU64 = AtomicU64::new(0);

/// The limiters of a graph in one state, in the order of `Graph::limits`.
#[derive(Debug)]
struct Bound {
    state: u64,
    limiters: Arc<[Arc<Limiter>]>,
}

/// A graph that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The graph contradicts itself.
    #[error("the graph is inconsistent: {0}")]
    Graph(#[from] InvalidGraph),
    /// An expression cannot be compiled.
    #[error("expression {}: {error}", .expr.0)]
    Expr {
        /// Which.
        expr: ExprId,
        /// Why.
        error: CompileError,
    },
    /// The graph reads a fact that this version does not know.
    #[error("unknown fact `{0}`")]
    Fact(FactPath),
    /// A path parameter's regular expression cannot be compiled.
    #[error("route {}: {error}", .route.0)]
    Segment {
        /// Which.
        route: RouteId,
        /// Why.
        error: Box<regex_automata::meta::BuildError>,
    },
}

impl Engine {
    /// Compiles what the graph holds.
    ///
    /// # Errors
    /// [`LoadError`] if the graph is inconsistent or holds an expression that is too large.
    pub fn load(graph: Arc<Graph>) -> Result<Engine, LoadError> {
        graph.validate()?;
        let mut facts = FactKinds::new(&graph).map_err(LoadError::Fact)?;
        let router = Router::new(&graph, &mut facts.slots)
            .map_err(|(route, error)| LoadError::Segment { route, error })?;
        let programs = graph.exprs.iter().enumerate().map(|(at, ir)| {
            let expr = ExprId::from_index(at);
            Program::compile(ir).map_err(|error| LoadError::Expr { expr, error })
        });
        let programs = programs.collect::<Result<_, _>>()?;
        let stages = graph
            .atoms
            .iter()
            .map(|atom| stage(&graph, &facts, atom.expr))
            .collect();
        let by_claims = graph.atoms.iter();
        let by_claims = by_claims.map(|atom| reads_claims(&graph, &facts, atom.expr));
        let by_claims = ByClaims::of(by_claims);
        Ok(Engine {
            number: NonZeroU64::MIN.saturating_add(ENGINES.fetch_add(1, Ordering::Relaxed)),
            programs,
            router,
            stages,
            by_claims,
            facts,
            reasons: Builtin::ALL.iter().map(|why| why.reason()).collect(),
            internal: Builtin::Internal.reason(),
            effects: graph.rule_sets.iter().map(Effects::of).collect(),
            shadows: graph.rule_sets.iter().any(|set| set.mode == Mode::Shadow),
            alike: Alike::of(&graph.routes),
            terms: graph.limits.iter().map(Terms::of).collect(),
            graph,
            limiters: OnceLock::new(),
        })
    }

    /// The graph.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// The route of a request, without running it.
    pub fn route(&self, world: World<'_>, head: &RequestHead<'_>) -> Option<RouteId> {
        Probe::new(self, world, head).find()
    }

    /// The same by the plain reading of the rules: every route in turn, in order of precedence.
    /// The index is tested against it.
    pub fn route_naively(&self, world: World<'_>, head: &RequestHead<'_>) -> Option<RouteId> {
        naive::find(self, world, head)
    }

    /// A built-in reason.
    pub(crate) fn reason(&self, why: Builtin) -> &Reason {
        // `ALL` lists the variants in their order.
        self.reasons.get(why as usize).unwrap_or(&self.internal)
    }

    #[inline(always)]
    pub(crate) fn fact_source<'x>(
        &'x self,
        world: World<'x>,
        head: &'x RequestHead<'x>,
    ) -> FactSource<'x> {
        FactSource::new(&self.facts, world.tables, head)
    }

    /// The limiters in a state. An engine usually meets only one, whose limiters it remembers:
    /// the request path then touches no shared counter of references.
    pub(crate) fn limiters(&self, state: &State) -> Limiters<'_> {
        let bind = || Bound {
            state: state.id(),
            limiters: state.limiters(&self.graph.limits),
        };
        let bound = self.limiters.get_or_init(bind);
        if bound.state == state.id() {
            Limiters::Remembered(&bound.limiters)
        } else {
            Limiters::Found(state.limiters(&self.graph.limits))
        }
    }
}

/// The limiters of a graph, in the order of `Graph::limits`.
pub(crate) enum Limiters<'e> {
    /// In the state that the engine met first.
    Remembered(&'e [Arc<Limiter>]),
    /// In another.
    Found(Arc<[Arc<Limiter>]>),
}

impl<'e> Limiters<'e> {
    pub(crate) fn get(&self, id: LimitId) -> Option<Cow<'e, Arc<Limiter>>> {
        match self {
            Limiters::Remembered(limiters) => limiters.get(id.index()).map(Cow::Borrowed),
            Limiters::Found(limiters) => limiters.get(id.index()).cloned().map(Cow::Owned),
        }
    }
}

/// The latest stage of the facts that an expression reads.
fn stage(graph: &Graph, facts: &FactKinds, expr: ExprId) -> Stage {
    let stages = kinds(graph, facts, expr).map(FactKind::stage);
    stages.max().unwrap_or(Stage::Request)
}

/// Whether an expression reads claims of the token and nothing else.
fn reads_claims(graph: &Graph, facts: &FactKinds, expr: ExprId) -> bool {
    let mut kinds = kinds(graph, facts, expr).peekable();
    kinds.peek().is_some() && kinds.all(|kind| matches!(kind, FactKind::Jwt(_)))
}

/// The facts that an expression reads.
fn kinds<'f>(
    graph: &Graph,
    facts: &'f FactKinds,
    expr: ExprId,
) -> impl Iterator<Item = &'f FactKind> {
    let read = graph.expr(expr).map(gw_expr::Ir::facts).unwrap_or_default();
    read.into_iter()
        .filter_map(|id| facts.kinds.get(id.0 as usize))
}
