//! Notes what comes of lowering a route, so that it can be recalled.

use super::{Key, Known, Origin};
use crate::cx::Cx;
use crate::resolve::DeclId;
use crate::verify::is_over_budget;
use gw_expr::Ir;
use gw_graph::{Access, Action, Authorization, Edit, Few, Forward, Route, RouteId, Segment, Text};
use gw_syntax::{Diagnostic, Span, Statement};
use std::rc::Rc;

/// Where the recording of a route began.
#[derive(Clone, Copy)]
pub(crate) struct Begun {
    findings: usize,
    routes: usize,
    uses: usize,
    doubtful: bool,
    reads_source: bool,
}

/// What came of lowering what several routes share, besides its value.
#[derive(Default, Debug)]
pub(crate) struct Shared {
    uses: Vec<DeclId>,
    reads_source: bool,
    /// Whether there were findings, which only the first of the routes has.
    doubtful: bool,
}

impl Cx<'_, '_> {
    /// Begins to record a route.
    pub(crate) fn begin_recording(&mut self) -> Begun {
        self.program.forget_uses();
        if let Some(recall) = &mut self.recall {
            recall.doubtful = false;
            recall.reads_source = false;
        }
        self.begin_shared()
    }

    /// Begins to record what several routes share.
    pub(crate) fn begin_shared(&mut self) -> Begun {
        let recall = self.recall.as_mut();
        let (doubtful, reads_source) = recall.map_or((false, false), |r| {
            (
                std::mem::take(&mut r.doubtful),
                std::mem::take(&mut r.reads_source),
            )
        });
        Begun {
            findings: self.diagnostics.len(),
            routes: self.graph.routes.len(),
            uses: self.program.uses(),
            doubtful,
            reads_source,
        }
    }

    /// What came of lowering what several routes share.
    pub(crate) fn shared_since(&mut self, begun: Begun) -> Rc<Shared> {
        let found = self.diagnostics.len() != begun.findings;
        let Some(recall) = &mut self.recall else {
            return Rc::default();
        };
        let shared = Shared {
            uses: self.program.uses_since(begun.uses),
            reads_source: recall.reads_source,
            doubtful: recall.doubtful || found,
        };
        recall.doubtful = shared.doubtful || begun.doubtful;
        recall.reads_source |= begun.reads_source;
        Rc::new(shared)
    }

    /// Counts what several routes share for the one that is being recorded.
    pub(crate) fn record_shared(&mut self, shared: &Shared) {
        if let Some(recall) = &mut self.recall {
            recall.doubtful |= shared.doubtful;
            recall.reads_source |= shared.reads_source;
            shared.uses.iter().for_each(|id| {
                self.program.mark_used(*id);
            });
        }
    }

    /// What is being recorded depends on more than a recalled route could.
    pub(crate) fn doubt_recording(&mut self) {
        if let Some(recall) = &mut self.recall {
            recall.doubtful = true;
        }
    }

    /// Notes whether an expression reads the client's address.
    pub(crate) fn record_facts(&mut self, ir: &Ir) {
        if let Some(recall) = self.recall.as_mut().filter(|r| !r.reads_source) {
            let facts = ir.facts();
            let mut paths = facts.iter().filter_map(|f| self.graph.facts.path(*f));
            recall.reads_source = paths.any(|p| p.dotted() == crate::verify::CLIENT);
        }
    }

    /// Keeps what came of a route, if it can be recalled.
    pub(crate) fn record(&mut self, key: Key, statement: &Statement, begun: Begun) {
        let Some(recall) = &mut self.recall else {
            return;
        };
        let route = self.graph.routes.get(begun.routes);
        let findings = self.diagnostics.get(begun.findings..).unwrap_or_default();
        let own = findings.iter().all(|d| is_inside(d, statement.span));
        if recall.doubtful || !own || !route.is_none_or(is_simple) {
            return;
        }
        let mut uses = self.program.uses_since(begun.uses);
        uses.sort_unstable();
        uses.dedup();
        let header = route.map(|_| self.route_spans.get(RouteId::from_index(begun.routes)));
        let known = Known {
            route: route.map(outline),
            header: header.map_or_else(Span::default, |h| relative(h, statement.span)),
            findings: findings.iter().map(|d| from(d, statement.span)).collect(),
            uses: uses
                .iter()
                .filter_map(|id| recall.numbers.get(id))
                .copied()
                .collect(),
            reads_source: recall.reads_source,
            round: Some(recall.memo.round),
        };
        let at = recall.memo.insert(key, known);
        if route.is_some() {
            recall.outcome.note(begun.routes, (at, Origin::Lowered));
        }
    }
}

/// Whether the whole policy can be checked without the rest of the route: conditions are compared
/// by numbers that change, of paths that differ in a slash all is compared, and rules over budget
/// have a finding.
fn is_simple(route: &Route) -> bool {
    let path = route.matcher.path.last();
    let slashed = matches!(path, Some(Segment::Exact(last)) if last.is_empty());
    route.matcher.when.is_none() && !slashed && !is_over_budget(route)
}

/// What findings about the whole policy follow from, most of the time.
fn outline(route: &Route) -> Route {
    let no_rules = Authorization {
        sets: Few::new(),
        diagram: None,
    };
    Route {
        name: route.name.clone(),
        matcher: route.matcher.clone(),
        access: match &route.access {
            Access::Public { .. } => Access::Public {
                why: Default::default(),
                denies: no_rules,
            },
            Access::Protected { authn, .. } => Access::Protected {
                authn: authn.clone(),
                authorization: no_rules,
            },
        },
        limits: Few::new(),
        request_edits: secrets(route),
        response_edits: Few::new(),
        max_body: None,
        action: target(route),
        steps: Few::new(),
        origin: route.origin,
    }
}

/// The edits that send a secret, as far as a secret is sent.
fn secrets(route: &Route) -> Few<Edit> {
    let texts = route.request_edits.iter().filter_map(Edit::text);
    let secrets = texts.filter_map(Text::secret);
    secrets.map(|id| Edit::SetPath(Text::Secret(id))).collect()
}

/// The backends, without what chooses among them.
fn target(route: &Route) -> Action {
    let split = match &route.action {
        Action::Forward(forward) => forward.split.clone(),
        Action::Respond(_) | Action::Redirect { .. } => Few::new(),
    };
    Action::Forward(Forward {
        split,
        sticky: None,
    })
}

/// Whether all that a finding says is about a statement.
fn is_inside(finding: &Diagnostic, statement: Span) -> bool {
    let labels = finding.labels.iter().map(|l| l.span);
    let edits = finding
        .fix
        .iter()
        .flat_map(|f| &f.edits)
        .map(|(span, _)| *span);
    labels.chain(edits).all(|span| {
        span.file == statement.file && statement.start <= span.start && span.end <= statement.end
    })
}

/// A finding with places from the beginning of a statement.
fn from(finding: &Diagnostic, statement: Span) -> Diagnostic {
    replaced(finding, |span| relative(span, statement))
}

/// The finding at the place of a statement.
pub(super) fn placed(finding: &Diagnostic, statement: Span) -> Diagnostic {
    replaced(finding, |span| moved(span, statement))
}

fn replaced(finding: &Diagnostic, place: impl Fn(Span) -> Span) -> Diagnostic {
    let mut finding = finding.clone();
    finding
        .labels
        .iter_mut()
        .for_each(|l| l.span = place(l.span));
    let edits = finding.fix.iter_mut().flat_map(|f| &mut f.edits);
    edits.for_each(|(span, _)| *span = place(*span));
    finding
}

fn relative(span: Span, statement: Span) -> Span {
    Span {
        file: span.file,
        start: span.start.saturating_sub(statement.start),
        end: span.end.saturating_sub(statement.start),
    }
}

/// The inverse of [`relative`], in a file that may have another number now.
pub(super) fn moved(span: Span, statement: Span) -> Span {
    Span {
        file: statement.file,
        start: span.start.saturating_add(statement.start),
        end: span.end.saturating_add(statement.start),
    }
}
