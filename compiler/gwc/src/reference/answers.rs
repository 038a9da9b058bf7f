//! What the gateway itself answers with, and why.

use super::Answer;
use gw_graph::{
    Access, Action, AuthnKind, AuthnTree, Builtin, Effect, Graph, KeySource, Mode, Route, Targets,
};
use std::collections::BTreeMap;

/// Whatever the route.
pub(super) fn everywhere() -> Vec<Answer> {
    let mut answers = Answers::default();
    answers.add(&[
        Builtin::BadRequest,
        Builtin::BadPath,
        Builtin::BadHost,
        Builtin::NoRoute,
        Builtin::MethodNotAllowed,
        Builtin::RequestTimeout,
        Builtin::BodyTooLarge,
        Builtin::HeadTooLarge,
        Builtin::Internal,
        Builtin::UpgradeRefused,
        Builtin::Draining,
    ]);
    answers.finish()
}

/// Besides those, of one route.
pub(super) fn of(graph: &Graph, route: &Route) -> Vec<Answer> {
    let mut answers = Answers::default();
    let (authn, rules) = match &route.access {
        Access::Public { denies, .. } => (None, denies),
        Access::Protected {
            authn,
            authorization,
        } => (authn.as_ref(), authorization),
    };
    if let Some(tree) = authn {
        answers.add(&[Builtin::NoCredentials]);
        answers.identity(graph, tree);
    }
    let sets = rules.sets.iter();
    let sets = sets.filter_map(|id| graph.rule_sets.get(id.index()));
    for set in sets.filter(|set| set.mode == Mode::Enforce) {
        for rule in &set.rules {
            match rule.effect {
                Effect::Allow => answers.add(&[Builtin::NoAllowMatched]),
                Effect::Deny => {
                    answers.say(403, &rule.reason.text);
                    answers.add(&[Builtin::DenyError]);
                }
            }
        }
    }
    answers.limits(graph, route);
    answers.action(graph, &route.action);
    answers.finish()
}

#[derive(Default)]
struct Answers(BTreeMap<u16, Vec<String>>);

impl Answers {
    fn add(&mut self, reasons: &[Builtin]) {
        for reason in reasons {
            self.say(reason.status(), reason.text());
        }
    }

    fn say(&mut self, status: u16, text: &str) {
        let reasons = self.0.entry(status).or_default();
        if !reasons.iter().any(|r| r == text) {
            reasons.push(text.to_owned());
        }
    }

    fn identity(&mut self, graph: &Graph, tree: &AuthnTree) {
        let id = match tree {
            AuthnTree::One(id) => id,
            AuthnTree::AnyOf(members) | AuthnTree::AllOf(members) => {
                members.iter().for_each(|m| self.identity(graph, m));
                return;
            }
        };
        match graph.authns.get(id.index()).map(|a| &a.kind) {
            Some(AuthnKind::Jwt(jwt)) => {
                self.add(&[
                    Builtin::TokenInvalid,
                    Builtin::TokenExpired,
                    Builtin::TokenNotYetValid,
                    Builtin::WrongAlgorithm,
                    Builtin::UnknownKey,
                    Builtin::ClaimsMismatch,
                ]);
                if !jwt.issuers.is_empty() {
                    self.add(&[Builtin::WrongIssuer]);
                }
                if !jwt.audiences.is_empty() {
                    self.add(&[Builtin::WrongAudience]);
                }
                if matches!(jwt.keys, KeySource::Remote { .. }) {
                    self.add(&[Builtin::KeysUnavailable]);
                }
            }
            Some(AuthnKind::ApiKey(_)) => self.add(&[Builtin::UnknownApiKey]),
            Some(AuthnKind::ClientCertificate(_)) => self.add(&[Builtin::CertificateExpired]),
            None => {}
        }
    }

    fn limits(&mut self, graph: &Graph, route: &Route) {
        let limits = route.limits.iter();
        let limits = limits.filter_map(|id| graph.limits.get(id.index()));
        for limit in limits.filter(|limit| limit.mode == Mode::Enforce) {
            self.add(&[match limit.algorithm {
                gw_graph::Algorithm::Concurrency => Builtin::TooManyConcurrent,
                gw_graph::Algorithm::Gcra
                | gw_graph::Algorithm::TokenBucket
                | gw_graph::Algorithm::LeakyBucket
                | gw_graph::Algorithm::FixedWindow
                | gw_graph::Algorithm::SlidingWindow => Builtin::RateLimited,
            }]);
        }
    }

    fn action(&mut self, graph: &Graph, action: &Action) {
        match action {
            Action::Forward(forward) => {
                let backends = forward.split.iter();
                let mut backends = backends.filter_map(|s| graph.backends.get(s.backend.index()));
                if backends.any(|b| b.targets != Targets::Echo) {
                    self.add(&[
                        Builtin::BackendReset,
                        Builtin::BackendProtocol,
                        Builtin::BackendUnavailable,
                        Builtin::ConnectTimeout,
                        Builtin::FirstByteTimeout,
                    ]);
                }
            }
            Action::Respond(_) | Action::Redirect { .. } => {}
        }
    }

    fn finish(self) -> Vec<Answer> {
        let answers = self.0.into_iter();
        answers
            .map(|(status, reasons)| Answer { status, reasons })
            .collect()
    }
}
