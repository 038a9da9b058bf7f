//! `when METHOD /PATH`: the request of a step.

use super::words::{count, pause, wrong};
use super::{Given, TestRequest, TestStep, WHEN};
use crate::blocks::record::json_of;
use crate::cx::Cx;
use gw_graph::{HostPattern, Segment};
use gw_syntax::{
    Code, Diagnostic, Expr, ExprKind, Ident, Part, PathPattern, PathSegmentKind, Statement,
};
use serde_json::Value as Json;
use std::time::Duration;

pub(super) fn lower(
    cx: &mut Cx<'_, '_>,
    module: usize,
    item: &Statement,
    given: &Given,
) -> Option<TestStep> {
    let mut draft = Draft::default();
    let mut parts = item.parts.iter();
    while let Some(part) = parts.next() {
        draft.take(cx, module, item, part, &mut parts)?;
    }
    let (Some(method), Some(path)) = (draft.method, draft.path) else {
        cx.report(wrong(
            item.span,
            "this request has no method or no path",
            WHEN.usage,
        ));
        return None;
    };
    plain(cx, path)?;
    let every = draft.pace.map_or(Some(Duration::ZERO), |pace| {
        pace.every(cx, draft.repeat.unwrap_or(1))
    })?;
    let text = path.text.split('?').next().unwrap_or("/").to_owned();
    let query = path.query.as_ref().map(|q| q.name.to_string());
    let request = TestRequest {
        method,
        host: draft.host.unwrap_or_else(|| default_host(cx, &text)),
        path: text,
        query: query.unwrap_or_default(),
        json: draft.json,
    };
    Some(TestStep {
        given: given.clone(),
        request,
        repeat: draft.repeat.unwrap_or(1),
        every,
        after: draft.after,
        then: Vec::new(),
        span: item.span,
    })
}

/// A request under construction.
#[derive(Default)]
struct Draft<'s> {
    method: Option<String>,
    path: Option<&'s PathPattern>,
    host: Option<String>,
    repeat: Option<u32>,
    pace: Option<Pace>,
    after: Duration,
    json: Option<Json>,
}

/// How repetitions follow each other.
struct Pace {
    /// `every` or `within`.
    word: Ident,
    time: Duration,
}

impl<'s> Draft<'s> {
    fn take(
        &mut self,
        cx: &mut Cx<'_, '_>,
        module: usize,
        item: &Statement,
        part: &'s Part,
        rest: &mut std::slice::Iter<'s, Part>,
    ) -> Option<()> {
        match part {
            Part::Path(path) => self.path = Some(path),
            Part::Word(w) if w.name == "json" => self.json = json_of(cx, module, item),
            Part::Word(w) if w.name == "on" => match rest.next() {
                Some(Part::Value(v)) => self.host = cx.text_of(module, v),
                Some(Part::Word(w)) => self.host = cx.text_of(module, &name(w)),
                _ => cx.report(wrong(w.span, "the host is missing", WHEN.usage)),
            },
            Part::Word(w) if w.name == "repeat" => {
                self.repeat = Some(count(cx, module, w, rest.next())?);
            }
            Part::Word(w) if w.name == "after" => self.after = pause(cx, module, w, rest.next())?,
            Part::Word(w) if matches!(w.name.as_str(), "every" | "within") => {
                let time = pause(cx, module, w, rest.next())?;
                let word = w.clone();
                if let Some(first) = self.pace.replace(Pace { word, time }) {
                    cx.report(two_paces(w, &first.word));
                    return None;
                }
            }
            Part::Word(w) if self.method.is_none() => self.method = Some(w.name.to_string()),
            other => cx.report(wrong(
                other.span(),
                "this does not belong in a request",
                WHEN.usage,
            )),
        }
        Some(())
    }
}

impl Pace {
    /// The time from one repetition to the next.
    fn every(&self, cx: &mut Cx<'_, '_>, repeat: u32) -> Option<Duration> {
        if repeat < 2 {
            cx.report(
                Diagnostic::new(
                    Code::BadTest,
                    self.word.span,
                    format!("`{}` spaces requests, and there is one", self.word.name),
                )
                .here("nothing is repeated")
                .help(format!(
                    "write `repeat 10 {} 1s`, or `after 1s` to let time pass before the request",
                    self.word.name
                )),
            );
            return None;
        }
        Some(match self.word.name.as_str() {
            "within" => self.time / repeat,
            _ => self.time,
        })
    }
}

fn two_paces(second: &Ident, first: &Ident) -> Diagnostic {
    Diagnostic::new(
        Code::BadTest,
        second.span,
        "requests cannot follow each other at two paces",
    )
    .here("another pace")
    .because(first.span, "a pace already")
    .help("write either `every 100ms`, or `within 1s` for all of them")
}

/// A request has a path, not a pattern.
fn plain(cx: &mut Cx<'_, '_>, path: &PathPattern) -> Option<()> {
    let open = path.segments.iter().find_map(|s| match &s.kind {
        PathSegmentKind::Param { name, .. } => Some((s.span, Some(name.name.as_str()))),
        PathSegmentKind::Any | PathSegmentKind::Rest => Some((s.span, None)),
        PathSegmentKind::Exact(_) => None,
    });
    let Some((span, name)) = open else {
        return Some(());
    };
    let name = name.unwrap_or("id");
    cx.report(
        Diagnostic::new(
            Code::BadTest,
            span,
            "a request has a path, not a pattern",
        )
        .here("stands for many texts")
        .help(format!(
            "write the text itself, or give the test rows with a column `{name}`: `row {{ {name}: \"42\" }}`"
        )),
    );
    None
}

fn name(word: &Ident) -> Expr {
    let kind = ExprKind::Name {
        name: word.name.clone(),
        rooted: false,
    };
    Expr {
        kind,
        span: word.span,
    }
}

/// The first host of a route whose fixed segments fit the path; `test.example` where none has one.
fn default_host(cx: &Cx<'_, '_>, path: &str) -> String {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let fits = |pattern: &[Segment]| {
        pattern.iter().zip(&segments).all(|(p, s)| match p {
            Segment::Exact(text) => text == s,
            Segment::Param(..) | Segment::Any | Segment::Rest(_) => true,
        })
    };
    let route = cx
        .graph
        .routes
        .iter()
        .filter(|r| fits(&r.matcher.path))
        .find(|r| !r.matcher.hosts.is_empty());
    match route.and_then(|r| r.matcher.hosts.first()) {
        Some(HostPattern::Exact(name)) => name.to_string(),
        Some(HostPattern::Suffix(suffix)) => format!("www.{suffix}"),
        None => "test.example".to_owned(),
    }
}
