//! The parameters of a route's path: which segments they are, and whether these fit their types.

use super::Judge;
use gw_graph::{Segment, SegmentType};
use hashbrown::HashMap;
use regex_automata::meta::{BuildError, Regex};
use regex_automata::{Anchored, Input};
use smallvec::SmallVec;
use smol_str::SmolStr;
use std::borrow::Cow;
use std::ops::Range;

/// The parameters of one route, in order.
#[derive(Debug, Default)]
pub(crate) struct RouteParams {
    params: Box<[Param]>,
    checked: bool,
}

/// A parameter.
#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) name: SmolStr,
    /// Which segment, counted from 0.
    pub(crate) segment: u16,
    pub(crate) kind: ParamKind,
}

/// What a parameter may be.
#[derive(Debug)]
pub(crate) enum ParamKind {
    /// A segment of a type that needs no regular expression.
    Plain(SegmentType),
    /// A segment that matches as a whole.
    Regex(Regex),
    /// All further segments.
    Rest,
}

/// Regular expressions are shared between routes.
#[derive(Default)]
pub(super) struct Regexes(HashMap<String, Regex>);

/// Where the segments of a path begin.
#[derive(Debug)]
pub(crate) struct Segments(SmallVec<[u32; 8]>);

impl RouteParams {
    pub(super) fn new(path: &[Segment], regexes: &mut Regexes) -> Result<Self, Box<BuildError>> {
        let mut params = Vec::new();
        for (at, segment) in (0u16..).zip(path) {
            let (name, kind) = match segment {
                Segment::Exact(_) | Segment::Any | Segment::Rest(None) => continue,
                Segment::Rest(Some(name)) => (name, ParamKind::Rest),
                Segment::Param(name, SegmentType::Regex(pattern)) => {
                    (name, ParamKind::Regex(regexes.compile(pattern)?))
                }
                Segment::Param(name, ty) => (name, ParamKind::Plain(ty.clone())),
            };
            params.push(Param {
                name: name.clone(),
                segment: at,
                kind,
            });
        }
        let any = |p: &Param| {
            matches!(
                p.kind,
                ParamKind::Rest | ParamKind::Plain(SegmentType::String)
            )
        };
        Ok(Self {
            checked: !params.iter().all(any),
            params: params.into(),
        })
    }

    /// What of them is to be judged.
    pub(super) fn judge(&self) -> Judge {
        match (self.params.is_empty(), self.checked) {
            (true, _) => Judge::Nothing,
            (false, false) => Judge::Escapes,
            (false, true) => Judge::All,
        }
    }

    /// Whether every parameter of a path that has the right shape fits its type.
    #[inline]
    pub(crate) fn fit(&self, path: &str) -> bool {
        let any_text = !self.checked && !path.contains('%');
        self.params.is_empty() || any_text || self.misfit(path).is_none()
    }

    /// The parameter with that name.
    pub(crate) fn named(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.name == name)
    }

    /// The first segment whose text does not fit its parameter's type.
    pub(crate) fn misfit(&self, path: &str) -> Option<usize> {
        let segments = Segments::of(path);
        let misfit = self
            .params
            .iter()
            .find(|param| !param.fits(path, &segments));
        misfit.map(|param| usize::from(param.segment))
    }
}

impl Param {
    fn fits(&self, path: &str, segments: &Segments) -> bool {
        let raw = segments.text(path, self.segment);
        match &self.kind {
            ParamKind::Rest => true,
            ParamKind::Plain(ty) => decode(raw).is_some_and(|text| ty.fits(&text) == Some(true)),
            ParamKind::Regex(regex) => decode(raw)
                .is_some_and(|text| regex.is_match(Input::new(&*text).anchored(Anchored::Yes))),
        }
    }
}

impl Regexes {
    fn compile(&mut self, pattern: &str) -> Result<Regex, Box<BuildError>> {
        if let Some(regex) = self.0.get(pattern) {
            return Ok(regex.clone());
        }
        let config = Regex::config()
            .nfa_size_limit(Some(1 << 20))
            .hybrid_cache_capacity(1 << 20);
        let regex = Regex::builder()
            .configure(config)
            .build(&format!("^(?:{pattern})$"))
            .map_err(Box::new)?;
        self.0.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    }
}

impl Segments {
    /// Finds the segments of a path.
    pub(crate) fn of(path: &str) -> Self {
        let slashes = path.bytes().enumerate().filter(|(_, byte)| *byte == b'/');
        Self(
            slashes
                .filter_map(|(at, _)| u32::try_from(at + 1).ok())
                .collect(),
        )
    }

    /// The raw text of a segment; empty if the path has fewer.
    pub(crate) fn text<'p>(&self, path: &'p str, segment: u16) -> &'p str {
        let end = self.start(segment + 1).map_or(path.len(), |next| next - 1);
        self.range(segment, end)
            .and_then(|range| path.get(range))
            .unwrap_or_default()
    }

    /// The raw text from a segment on.
    pub(crate) fn rest<'p>(&self, path: &'p str, segment: u16) -> &'p str {
        self.range(segment, path.len())
            .and_then(|range| path.get(range))
            .unwrap_or_default()
    }

    fn range(&self, segment: u16, end: usize) -> Option<Range<usize>> {
        self.start(segment).map(|start| start..end)
    }

    fn start(&self, segment: u16) -> Option<usize> {
        self.0.get(usize::from(segment)).map(|at| *at as usize)
    }
}

/// Percent-decodes a text (RFC 3986 section 2.1); none if that gives no UTF-8. Borrows when there
/// is nothing to decode.
pub(crate) fn decode(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains('%') {
        return Some(Cow::Borrowed(raw));
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|n| u8::try_from(n).ok())
}
