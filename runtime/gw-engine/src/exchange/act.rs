//! The last step of a request that may pass: edits, and where it goes.

use super::{Exchange, Step};
use crate::alike::Steps;
use crate::facts::{FactSource, Lasting, decode_form, pairs};
use crate::limit::{Seed, hash_value};
use crate::text::{Renderer, encode_query};
use crate::{
    EvalFailure, ForwardPlan, HeaderEdit, HeaderEdits, HeaderText, HeaderValue, OwnResponse, Place,
    Progress, TraceEvent,
};
use gw_expr::{Facts, Value};
use gw_graph::{Action, BackendId, Balance, Builtin, Edit, ExprId, Forward, Respond, Route, Text};
use std::borrow::Cow;
use std::sync::LazyLock;

/// Values that choose an endpoint or a share are hashed the same in every process.
static STABLE: LazyLock<Seed> = LazyLock::new(|| Seed::new(0x6777_2d68_6173_6831));

impl<'x> Exchange<'x> {
    pub(super) fn act(&mut self) -> Progress<'x> {
        let Some(steps) = self.route else {
            return self.refuse(Builtin::Internal);
        };
        let done = match steps.action() {
            Action::Forward(forward) => self.forward(steps, forward).map(Progress::Forward),
            Action::Respond(respond) => self.own_response(respond).map(Progress::Respond),
            Action::Redirect { status, location } => {
                self.redirect(*status, location).map(Progress::Respond)
            }
        };
        match done {
            Ok(progress) => {
                self.record_edits(steps.route, &progress);
                self.pass(&progress);
                progress
            }
            Err(_) => self.refuse(Builtin::TransformError),
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
        steps: Steps<'x>,
        forward: &'x Forward,
    ) -> Result<Box<ForwardPlan<'x>>, EvalFailure> {
        let backend = self.share(forward).ok_or(EvalFailure::Unfit(Place::Path))?;
        let head = self.facts.head();
        let renderer = Renderer {
            engine: self.engine,
            facts: &self.facts,
        };
        // Memory first, so that it is made where it stays.
        let plan = Box::new_uninit();
        let new = ForwardPlan {
            route: steps.id,
            backend,
            path: Cow::Borrowed(head.path),
            query: Cow::Borrowed(head.query),
            edits: HeaderEdits::new(steps.headers(), |text| renderer.header(text))?,
            underscores: steps.underscores(),
            hash: None,
            max_body: steps.max_body(),
        };
        let mut plan = Box::write(plan, new);
        for edit in steps.rewrites() {
            rewrite(&renderer, edit, &mut plan)?;
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

    fn record_edits(&mut self, route: &Route, progress: &Progress<'_>) {
        if let (true, Progress::Forward(plan)) = (self.trace.is_some(), progress) {
            for edit in &route.request_edits {
                self.record_edit(edit, plan);
            }
        }
    }

    fn record_edit(&mut self, edit: &Edit, plan: &ForwardPlan<'_>) {
        self.record(|| TraceEvent::Edit {
            text: match edit {
                Edit::SetPath(_) | Edit::ReplacePrefix(..) => format!("path {}", plan.path),
                Edit::SetQuery(..) | Edit::RemoveQuery(_) => format!("query {}", plan.query),
                Edit::SetHeader(name, _) | Edit::AddHeader(name, _) => {
                    let value = plan.edits.iter().find_map(|done| match done {
                        HeaderEdit::Set(n, Some(value)) | HeaderEdit::Add(n, value)
                            if n == name =>
                        {
                            Some(shown(value))
                        }
                        HeaderEdit::Set(..)
                        | HeaderEdit::Add(..)
                        | HeaderEdit::Remove(_)
                        | HeaderEdit::Rename(..) => None,
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
fn shown(value: HeaderValue<'_>) -> String {
    match value {
        HeaderValue::Constant { value, .. } => value.to_owned(),
        HeaderValue::Computed(HeaderText::Plain(text)) => text.to_string(),
        HeaderValue::Computed(HeaderText::Secret(_)) => "(secret)".to_owned(),
        HeaderValue::Computed(HeaderText::Joined(parts)) => {
            let parts = parts.iter().map(HeaderValue::Computed);
            parts.map(shown).collect()
        }
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

fn rewrite<'x>(
    renderer: &Renderer<'x, '_, FactSource<'x>>,
    edit: &'x Edit,
    plan: &mut ForwardPlan<'x>,
) -> Result<(), EvalFailure> {
    match edit {
        Edit::SetPath(text) => plan.path = renderer.path(text)?,
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
        // Not for requests, or not for their paths and queries.
        Edit::SetStatus(_)
        | Edit::SetHeader(..)
        | Edit::AddHeader(..)
        | Edit::RemoveHeader(_)
        | Edit::RenameHeader(..) => {}
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
