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
        let covers = |s: &Span| s.file == file && s.start <= offset && offset <= s.end;
        let covering = self.noted.iter().filter(|(span, _)| covers(span));
        let smallest = covering.min_by_key(|(span, _)| (span.end - span.start, span.start));
        smallest.map(|(span, env)| (*span, env))
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
}

/// The environments that lowering noted, and general ones for every module.
pub(crate) fn environments(cx: &mut Cx<'_, '_>, modules: usize) -> Environments {
    let mut environments = cx.take_environments();
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
