//! A policy as an editor sees it: every finding, and what each expression may refer to, whether
//! the policy is right or not. Must not know the protocol of any editor.

use crate::cx::Cx;
use crate::env::{Identity, Place};
use crate::{Files, Notes, Options, Outcome};
use gw_expr::{Env, Phase};
use gw_syntax::{Diagnostic, FileId, Sources, Span};
use hashbrown::HashMap;
use std::rc::Rc;

/// A policy that was looked at.
#[derive(Debug)]
pub struct Analysis {
    /// The source texts that could be read.
    pub sources: Sources,
    /// Everything that was found, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The paths of all modules with their files; the entry file first.
    pub modules: Vec<(String, FileId)>,
    /// What expressions may refer to.
    pub environments: Environments,
}

/// What expressions may refer to, by their places.
#[derive(Debug, Default)]
pub struct Environments {
    noted: HashMap<Span, Rc<Env>>,
    /// Places of the expressions in order, each with the end of the longest so far.
    sorted: Vec<(Span, u32)>,
    general: HashMap<(FileId, Phase), Rc<Env>>,
}

/// Looks at the policy whose entry file is `entry`. Takes longer than [`crate::compile`], since
/// environments are kept.
pub fn analyse(files: &dyn Files, entry: &str, options: &Options) -> Analysis {
    let Outcome {
        sources,
        diagnostics,
        environments,
        modules,
        ..
    } = crate::run(files, entry, options, Notes::Environments);
    Analysis {
        sources,
        diagnostics,
        modules,
        environments,
    }
}

impl Environments {
    /// The smallest checked expression that covers an offset, with its environment.
    pub fn at(&self, file: FileId, offset: u32) -> Option<(Span, &Rc<Env>)> {
        let begun = |(s, _): &(Span, u32)| (s.file, s.start) <= (file, offset);
        let begun = self.sorted.partition_point(begun);
        let before = self.sorted.get(..begun).unwrap_or_default().iter().rev();
        let reach = before.take_while(|(s, furthest)| s.file == file && offset <= *furthest);
        let covering = reach.map(|(s, _)| *s).filter(|s| offset <= s.end);
        let smallest = covering.min_by_key(|s| (s.end - s.start, s.start))?;
        Some((smallest, self.noted.get(&smallest)?))
    }

    /// Every checked expression of a file with its environment, in no order.
    pub fn of(&self, file: FileId) -> impl Iterator<Item = (Span, &Rc<Env>)> {
        let own = self.noted.iter().filter(move |(span, _)| span.file == file);
        own.map(|(span, env)| (*span, env))
    }

    /// What an expression of a file may refer to where nothing uses it yet, as in a `policy` that
    /// is being written: every identity that is declared, no path parameters. Known for
    /// [`Phase::Authz`] and [`Phase::Response`].
    pub fn general(&self, file: FileId, phase: Phase) -> Option<&Rc<Env>> {
        self.general.get(&(file, phase))
    }

    /// Notes the environment of an expression.
    pub(crate) fn note(&mut self, span: Span, env: &Rc<Env>) {
        self.noted.entry(span).or_insert_with(|| Rc::clone(env));
    }

    /// Puts the places in order, once all are noted.
    fn sort(&mut self) {
        let mut spans: Vec<Span> = self.noted.keys().copied().collect();
        spans.sort_unstable_by_key(|s| (s.file, s.start, s.end));
        let mut furthest = (FileId::default(), 0);
        let reach = spans.into_iter().map(|span| {
            let before = if furthest.0 == span.file {
                furthest.1
            } else {
                0
            };
            furthest = (span.file, span.end.max(before));
            (span, furthest.1)
        });
        self.sorted = reach.collect();
    }
}

/// The environments that lowering noted, and general ones for every module.
pub(crate) fn environments(cx: &mut Cx<'_, '_>, modules: usize) -> Environments {
    let mut environments = cx.take_environments();
    environments.sort();
    let identity = Rc::new(Identity::declared(cx));
    for module in 0..modules {
        let Some(file) = cx.file_of(module) else {
            continue;
        };
        for phase in [Phase::Authz, Phase::Response] {
            let place = Place {
                phase: Some(phase),
                identity: Rc::clone(&identity),
                ..Place::constant(module)
            };
            let env = cx.env(&place);
            environments.general.insert((file, phase), env);
        }
    }
    environments
}
