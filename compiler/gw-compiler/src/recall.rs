//! What came of routes in the last check, so that an edit of one route lowers that route alone.
//!
//! A route is recalled only if its findings follow from its own text and from declarations that are
//! as they were. What is in doubt is lowered anew, and where a recalled route turns out to matter as
//! a whole the check begins again without memory: a finding is never stale. Must not know any
//! particular block.

mod key;
mod record;

pub(crate) use record::Shared;

use crate::Options;
use crate::blocks::service::Inherited;
use crate::cx::Cx;
use crate::load::Loaded;
use crate::resolve::{DeclId, Kind, Program};
use gw_graph::{Route, RouteId};
use gw_syntax::{Diagnostic, Sources, Span, Statement};
use hashbrown::HashMap;

/// A route's text with where it stands.
pub(crate) type Key = Box<str>;

/// What is known of the routes of one policy. Empty at first; worth keeping between checks of
/// texts that differ little.
#[derive(Default)]
pub struct Memo {
    /// A hash of everything but the routes.
    declarations: [u8; 32],
    routes: HashMap<Key, usize, foldhash::fast::FixedState>,
    known: Vec<Known>,
    /// Counts checks.
    round: u32,
}

/// What came of one route.
struct Known {
    /// What the check of the whole policy looks at, which it borrows; `None` where the route has
    /// an error.
    route: Option<Route>,
    /// Its header, from the beginning of the statement.
    header: Span,
    /// Its findings, placed from the beginning of the statement.
    findings: Vec<Diagnostic>,
    /// The declarations that it uses, by their numbers among those that are no routes.
    uses: Box<[u32]>,
    reads_source: bool,
    /// When it was last there; never again if that is `None`.
    round: Option<u32>,
}

/// A check that recalls routes.
pub(crate) struct Recall<'m> {
    memo: &'m mut Memo,
    /// The paths of the modules, as part of keys.
    modules: Vec<String>,
    /// Places of findings that were there before lowering.
    found: Vec<Span>,
    /// Declarations by number, those of routes left out.
    decls: Vec<DeclId>,
    numbers: HashMap<DeclId, u32>,
    /// Whether what is being lowered cannot be recalled.
    doubtful: bool,
    reads_source: bool,
    outcome: Outcome,
    /// Room for keys.
    key: String,
}

/// What the rest of the check has to know.
#[derive(Default)]
pub(crate) struct Outcome {
    /// For each route where it is known, and whether it was recalled.
    routes: Vec<Option<(usize, Origin)>>,
    /// Whether a recalled route reads the client's address.
    pub(crate) reads_source: bool,
    /// Routes that are compared as a whole.
    compared: Vec<RouteId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Recalled,
    Lowered,
}

/// What is to be done about a route.
pub(crate) enum Recalled {
    /// It was recalled.
    Done,
    /// It is lowered, and recalled next time.
    Unknown(Key),
    /// It is lowered.
    Never,
}

impl<'m> Recall<'m> {
    /// A check of these modules with the findings so far; `None` where nothing can be recalled or
    /// learnt, because it is not clear what a broken text left of the declarations.
    pub(crate) fn new(
        memo: &'m mut Memo,
        loaded: &Loaded,
        (sources, options): (&Sources, &Options),
        found: &[Diagnostic],
    ) -> Option<Self> {
        let found = key::places(loaded, found)?;
        let declarations = key::declarations(loaded, sources, options);
        if memo.declarations != declarations {
            memo.clear();
            memo.declarations = declarations;
        }
        memo.round = memo.round.wrapping_add(1);
        Some(Self {
            memo,
            modules: loaded.modules.iter().map(|m| m.path.clone()).collect(),
            found,
            decls: Vec::new(),
            numbers: HashMap::new(),
            doubtful: false,
            reads_source: false,
            outcome: Outcome::default(),
            key: String::new(),
        })
    }

    /// Numbers the declarations, and has their uses noted.
    pub(crate) fn number(&mut self, program: &Program<'_>) {
        let named = |kind: Kind| !matches!(kind, Kind::Service | Kind::Route);
        let all = program.decls.iter().enumerate();
        let decls = all.filter(|(_, d)| named(d.kind)).map(|(at, _)| DeclId(at));
        self.decls = decls.collect();
        self.numbers = (0u32..).zip(&self.decls).map(|(n, id)| (*id, n)).collect();
        program.note_uses();
    }

    /// What the rest of the check has to know.
    pub(crate) fn finish(self) -> Outcome {
        self.outcome
    }
}

impl Outcome {
    /// Notes that a route is compared with another one as a whole.
    pub(crate) fn compare(&mut self, id: RouteId) {
        self.compared.push(id);
    }

    /// Whether one of these routes was recalled, of which only name, matcher and findings are known.
    pub(crate) fn lacks(&self) -> bool {
        let mut compared = self.compared.iter().filter_map(|id| self.known(*id));
        compared.any(|(_, origin)| origin == Origin::Recalled)
    }

    fn known(&self, id: RouteId) -> Option<(usize, Origin)> {
        self.routes.get(id.index()).copied().flatten()
    }
}

impl Memo {
    /// Takes back the routes that a check has borrowed. Those that are compared as a whole are
    /// lowered next time, and those that are long gone forgotten.
    pub(crate) fn take_back(&mut self, routes: &mut Vec<Route>, outcome: &Outcome) {
        for (route, known) in routes.drain(..).zip(&outcome.routes) {
            if let Some((at, Origin::Recalled)) = known
                && let Some(known) = self.known.get_mut(*at)
            {
                known.route = Some(route);
            }
        }
        for (at, _) in outcome.compared.iter().filter_map(|id| outcome.known(*id)) {
            if let Some(known) = self.known.get_mut(at) {
                known.round = None;
            }
        }
        if self.known.len() > 2 * outcome.routes.len() + 1_000 {
            self.forget_the_old();
        }
    }

    fn forget_the_old(&mut self) {
        let known = std::mem::take(&mut self.known);
        let mut known: Vec<Option<Known>> = known.into_iter().map(Some).collect();
        let Self {
            routes,
            known: kept,
            round,
            ..
        } = self;
        routes.retain(|_, at| {
            let known = known.get_mut(*at).and_then(Option::take);
            let fresh = known.filter(|k| k.round == Some(*round));
            *at = kept.len();
            let keeps = fresh.is_some();
            kept.extend(fresh);
            keeps
        });
    }

    fn insert(&mut self, key: Key, known: Known) -> usize {
        let at = self.known.len();
        self.known.push(known);
        self.routes.insert(key, at);
        at
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.routes.clear();
        self.known.clear();
    }
}

impl Cx<'_, '_> {
    /// Recalls a route, if it is known.
    pub(crate) fn recalled(
        &mut self,
        statement: &Statement,
        inherited: &Inherited<'_>,
    ) -> Recalled {
        let Some(recall) = self.recall.as_mut() else {
            return Recalled::Never;
        };
        if recall.is_found_in(statement.span) {
            return Recalled::Never;
        }
        let module = recall.modules.get(inherited.module);
        let scope = (module.map_or("", String::as_str), inherited.scope.as_str());
        key::route(&mut recall.key, self.sources, statement, scope);
        let Memo {
            routes,
            known,
            round,
            ..
        } = &mut *recall.memo;
        let at = routes.get(recall.key.as_str()).copied();
        let known = at.and_then(|at| Some((at, known.get_mut(at)?)));
        let Some((at, known)) = known.filter(|(_, k)| k.round.is_some_and(|r| r != *round)) else {
            return Recalled::Unknown(recall.key.as_str().into());
        };
        known.round = Some(*round);
        recall.outcome.reads_source |= known.reads_source;
        let findings = known.findings.iter();
        self.diagnostics
            .extend(findings.map(|f| record::placed(f, statement.span)));
        if let Some(route) = known.route.take() {
            let header = record::moved(known.header, statement.span);
            self.route_spans.push(header);
            let position = self.graph.routes.len();
            recall.outcome.note(position, (at, Origin::Recalled));
            self.graph.routes.push(route);
        }
        let uses = known
            .uses
            .iter()
            .filter_map(|n| recall.decls.get(*n as usize));
        let uses: smallvec::SmallVec<[DeclId; 8]> = uses.copied().collect();
        uses.into_iter().for_each(|id| self.note_use(id));
        Recalled::Done
    }
}

impl Recall<'_> {
    /// Whether a finding was there before in a statement or beside it.
    fn is_found_in(&self, span: Span) -> bool {
        self.found.iter().any(|f| key::touches(*f, span))
    }
}

impl Outcome {
    fn note(&mut self, at: usize, route: (usize, Origin)) {
        self.routes.resize(at, None);
        self.routes.push(Some(route));
    }
}
