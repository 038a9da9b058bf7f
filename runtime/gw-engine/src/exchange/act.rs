//! The last step of a request that may pass: edits, and where it goes.

use super::{Exchange, Flow, Step};
use crate::facts::{FactSource, Lasting, decode_form, pairs};
use crate::limit::{Seed, hash_value};
use crate::text::{Renderer, encode_query};
use crate::{
    EvalFailure, ForwardPlan, HeaderEdit, HeaderText, OwnResponse, Place, Progress, TraceEvent,
};
use gw_expr::{Facts, Value};
use gw_graph::{
    Action, BackendId, Balance, Builtin, Edit, ExprId, Forward, HeaderPattern, Respond, Route, Text,
};
use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::LazyLock;

/// Values that choose an endpoint or a share are hashed the same in every process.
static STABLE: LazyLock<Seed> = LazyLock::new(|| Seed::new(0x6777_2d68_6173_6831));

impl<'x> Exchange<'x> {
    pub(super) fn act(&mut self) -> Flow<'x> {
        let Some((_, route)) = self.route else {
            return ControlFlow::Break(self.refuse(Builtin::Internal));
        };
        let done = match &route.action {
            Action::Forward(forward) => self.forward(route, forward).map(Progress::Forward),
            Action::Respond(respond) => self.own_response(respond).map(Progress::Respond),
            Action::Redirect { status, location } => {
                self.redirect(*status, location).map(Progress::Respond)
            }
        };
        match done {
            Ok(progress) => {
                self.pass(&progress);
                ControlFlow::Break(progress)
            }
            Err(_) => ControlFlow::Break(self.refuse(Builtin::TransformError)),
        }
    }

    fn pass(&mut self, progress: &Progress<'x>) {
        self.step = Step::Done;
        self.permits = self.tickets.keep();
        self.decision.allowed = true;
        self.decision.status = match progress {
            Progress::Respond(response) => response.status,
            Progress::Forward(_) | Progress::Need(_) | Progress::Refuse(_) => 200,
        };
        let backends = &self.engine.graph.backends;
        self.record(|| TraceEvent::Action {
            text: match progress {
                Progress::Forward(plan) => {
                    let backend = backends.get(plan.backend.index());
                    format!("forward to {}", backend.map_or("", |b| b.name.as_str()))
                }
                Progress::Respond(response) => format!("respond {}", response.status),
                Progress::Need(_) | Progress::Refuse(_) => String::new(),
            },
        });
    }

    fn forward(
        &mut self,
        route: &'x Route,
        forward: &'x Forward,
    ) -> Result<ForwardPlan<'x>, EvalFailure> {
        let backend = self.share(forward).ok_or(EvalFailure::Unfit(Place::Path))?;
        let head = self.facts.head();
        let mut plan = ForwardPlan {
            backend,
            path: Cow::Borrowed(head.path),
            query: Cow::Borrowed(head.query),
            edits: Vec::with_capacity(route.request_edits.len()),
            response_edits: &route.response_edits,
            hash: None,
            max_body: route.max_body,
        };
        let renderer = Renderer {
            engine: self.engine,
            facts: &self.facts,
        };
        for edit in &route.request_edits {
            apply(&renderer, edit, &mut plan)?;
        }
        let balance = self
            .engine
            .graph
            .backends
            .get(backend.index())
            .map(|b| &b.balance);
        if let Some(Balance::Hash(expr)) = balance {
            plan.hash = self.stable_hash(*expr);
        }
        if self.trace.is_some() {
            for edit in &route.request_edits {
                self.record_edit(edit, &plan);
            }
        }
        Ok(plan)
    }

    /// The backend that the split gives to this request.
    fn share(&self, forward: &Forward) -> Option<BackendId> {
        let [first, others @ ..] = forward.split.as_slice() else {
            return None;
        };
        if others.is_empty() {
            return Some(first.backend);
        }
        let total: u64 = forward
            .split
            .iter()
            .map(|share| u64::from(share.weight))
            .sum();
        let sticky = forward.sticky.and_then(|expr| self.stable_hash(expr));
        let mut at = sticky
            .unwrap_or(self.facts.head().random)
            .checked_rem(total)?;
        for share in &forward.split {
            match at.checked_sub(u64::from(share.weight)) {
                None => return Some(share.backend),
                Some(left) => at = left,
            }
        }
        None
    }

    /// The hash of a value that is present.
    fn stable_hash(&self, expr: ExprId) -> Option<u64> {
        let renderer = Renderer {
            engine: self.engine,
            facts: &self.facts,
        };
        let hash = |value: Value<'_>| Ok((!value.is_absent()).then(|| hash_value(&STABLE, value)));
        renderer.value(expr, hash).ok().flatten()
    }

    fn own_response(&self, respond: &'x Respond) -> Result<OwnResponse<'x>, EvalFailure> {
        let renderer = Renderer {
            engine: self.engine,
            facts: &self.facts,
        };
        let mut headers = Vec::new();
        for (name, text) in &respond.headers {
            if let Some(value) = own_header(&renderer, text)? {
                headers.push((name.as_str(), value));
            }
        }
        let body = renderer.plain(&respond.body)?.unwrap_or_default();
        Ok(OwnResponse {
            status: respond.status,
            headers,
            body,
        })
    }

    fn redirect(&self, status: u16, location: &'x Text) -> Result<OwnResponse<'x>, EvalFailure> {
        let renderer = Renderer {
            engine: self.engine,
            facts: &self.facts,
        };
        let target = own_header(&renderer, location)?.ok_or(EvalFailure::Unfit(Place::Header))?;
        let headers = vec![("location", target)];
        Ok(OwnResponse {
            status,
            headers,
            body: Cow::Borrowed(""),
        })
    }

    fn record_edit(&mut self, edit: &Edit, plan: &ForwardPlan<'_>) {
        self.record(|| TraceEvent::Edit {
            text: match edit {
                Edit::SetPath(_) | Edit::ReplacePrefix(..) => format!("path {}", plan.path),
                Edit::SetQuery(..) | Edit::RemoveQuery(_) => format!("query {}", plan.query),
                Edit::SetHeader(name, _) | Edit::AddHeader(name, _) => {
                    let value = plan.edits.iter().find_map(|done| match done {
                        HeaderEdit::Set(n, text) | HeaderEdit::Add(n, text) if n == name => {
                            Some(shown(text))
                        }
                        _ => None,
                    });
                    format!("set header {name}: {}", value.unwrap_or_default())
                }
                Edit::RemoveHeader(pattern) => format!("remove header {pattern}"),
                Edit::RenameHeader(from, to) => format!("rename header {from} to {to}"),
                Edit::SetStatus(_) => "set status".to_owned(),
            },
        });
    }
}

/// Secrets are never shown.
fn shown(text: &HeaderText<'_>) -> String {
    match text {
        HeaderText::Plain(text) => text.to_string(),
        HeaderText::Secret(_) => "(secret)".to_owned(),
        HeaderText::Joined(parts) => parts.iter().map(shown).collect(),
    }
}

/// A header of an own response: secrets go to backends only.
fn own_header<'x, F: Facts + Lasting<'x>>(
    renderer: &Renderer<'x, '_, F>,
    text: &'x Text,
) -> Result<Option<Cow<'x, str>>, EvalFailure> {
    match renderer.header(text)? {
        None => Ok(None),
        Some(HeaderText::Plain(value)) => Ok(Some(value)),
        Some(HeaderText::Secret(_) | HeaderText::Joined(_)) => {
            Err(EvalFailure::Unfit(Place::Header))
        }
    }
}

fn apply<'x>(
    renderer: &Renderer<'x, '_, FactSource<'x>>,
    edit: &'x Edit,
    plan: &mut ForwardPlan<'x>,
) -> Result<(), EvalFailure> {
    match edit {
        Edit::SetPath(text) => plan.path = Cow::Owned(renderer.path(text)?),
        Edit::ReplacePrefix(prefix, text) => {
            if let Some(rest) = below(&plan.path, prefix) {
                plan.path = Cow::Owned(renderer.path_before(text, rest)?);
            }
        }
        Edit::SetQuery(name, text) => {
            let value = renderer.plain(text)?;
            plan.query = Cow::Owned(with_query(&plan.query, name, value.as_deref()));
        }
        Edit::RemoveQuery(name) => {
            plan.query = Cow::Owned(with_query(&plan.query, name, None));
        }
        // Not for requests.
        Edit::SetStatus(_) => {}
        Edit::SetHeader(..)
        | Edit::AddHeader(..)
        | Edit::RemoveHeader(_)
        | Edit::RenameHeader(..) => edit_header(renderer, edit, &mut plan.edits)?,
    }
    Ok(())
}

/// Adds a change of a header; none if a value to be added is absent.
pub(super) fn edit_header<'x, F: Facts + Lasting<'x>>(
    renderer: &Renderer<'x, '_, F>,
    edit: &'x Edit,
    edits: &mut Vec<HeaderEdit<'x>>,
) -> Result<(), EvalFailure> {
    match edit {
        Edit::SetHeader(name, text) => edits.push(match renderer.header(text)? {
            Some(value) => HeaderEdit::Set(name, value),
            None => HeaderEdit::Remove(name),
        }),
        Edit::AddHeader(name, text) => {
            if let Some(value) = renderer.header(text)? {
                edits.push(HeaderEdit::Add(name, value));
            }
        }
        Edit::RemoveHeader(pattern) => edits.push(match pattern {
            HeaderPattern::Name(name) => HeaderEdit::Remove(name),
            HeaderPattern::Prefix(prefix) => HeaderEdit::RemovePrefix(prefix),
        }),
        Edit::RenameHeader(from, to) => edits.push(HeaderEdit::Rename(from, to)),
        Edit::SetPath(_)
        | Edit::ReplacePrefix(..)
        | Edit::SetQuery(..)
        | Edit::RemoveQuery(_)
        | Edit::SetStatus(_) => {}
    }
    Ok(())
}

/// What follows a prefix, if the path has it up to a segment's end.
fn below<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(prefix)?;
    let whole = rest.is_empty() || rest.starts_with('/') || prefix.ends_with('/');
    // The slash that the prefix ends with stays.
    let kept = if prefix.ends_with('/') {
        prefix.len() - 1
    } else {
        prefix.len()
    };
    whole.then(|| path.get(kept..)).flatten()
}

/// The query with one value of that name, or none.
fn with_query(query: &str, name: &str, value: Option<&str>) -> String {
    let others = pairs(query).filter(|(n, _)| decode_form(n).as_deref() != Some(name));
    let mut parts: Vec<String> = others
        .map(|(name, value)| {
            if value.is_empty() {
                name.to_owned()
            } else {
                format!("{name}={value}")
            }
        })
        .collect();
    parts.extend(value.map(|value| format!("{}={}", encode_query(name), encode_query(value))));
    parts.join("&")
}
