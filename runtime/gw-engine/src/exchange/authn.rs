//! The second step: who sends the request. Identities are asked for one by one.

use super::{Exchange, Flow, Step};
use crate::alike::Steps;
use crate::facts::Stage;
use crate::{AuthnFailure, Identity, Need, Progress, TraceEvent};
use gw_graph::{Access, AuthnId, AuthnKind, AuthnTree, Builtin, CredentialSource};
use std::ops::ControlFlow;

/// What asking for one identity gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    Established,
    Absent,
    Failed(Builtin),
}

/// What a tree of authentications comes to so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Answer {
    Ask(AuthnId),
    Established,
    Absent,
    Failed(AuthnId, Builtin),
}

impl<'x> Exchange<'x> {
    pub(super) fn authenticate(&mut self) -> Flow<'x> {
        let access = self.route.map(Steps::access);
        let tree = match access {
            Some(Access::Protected {
                authn: Some(tree), ..
            }) => tree,
            Some(Access::Protected { authn: None, .. } | Access::Public { .. }) | None => {
                return self.authenticated();
            }
        };
        match self.answer(tree) {
            Answer::Established => self.authenticated(),
            Answer::Ask(authn) => ControlFlow::Break(Progress::Need(Need::Identity(authn))),
            Answer::Absent => {
                let why = Builtin::NoCredentials;
                ControlFlow::Break(self.challenge(tree, why))
            }
            Answer::Failed(authn, why) => {
                ControlFlow::Break(self.challenge(&AuthnTree::One(authn), why))
            }
        }
    }

    pub(super) fn identified(&mut self, authn: AuthnId, outcome: Result<Identity, AuthnFailure>) {
        let kept = match &outcome {
            Ok(_) => Outcome::Established,
            Err(AuthnFailure::Absent) => Outcome::Absent,
            Err(AuthnFailure::Wrong(why) | AuthnFailure::Unavailable(why)) => Outcome::Failed(*why),
        };
        self.record(|| TraceEvent::Identity {
            authn,
            outcome: match (&outcome, kept) {
                (Ok(identity), _) => Ok(identity.id().unwrap_or_default().to_owned()),
                (Err(_), Outcome::Failed(why)) => Err(why.reason()),
                (Err(_), Outcome::Absent | Outcome::Established) => {
                    Err(Builtin::NoCredentials.reason())
                }
            },
        });
        self.outcomes.push((authn, kept));
        if let Ok(identity) = outcome {
            self.facts.establish(authn, identity);
        }
    }

    fn authenticated(&mut self) -> Flow<'x> {
        self.settle(Stage::Identity);
        ControlFlow::Continue(Step::Authorize)
    }

    fn answer(&self, tree: &AuthnTree) -> Answer {
        match tree {
            AuthnTree::One(authn) => match self.outcomes.iter().find(|(asked, _)| asked == authn) {
                None => Answer::Ask(*authn),
                Some((_, Outcome::Established)) => Answer::Established,
                Some((_, Outcome::Absent)) => Answer::Absent,
                Some((_, Outcome::Failed(why))) => Answer::Failed(*authn, *why),
            },
            AuthnTree::AnyOf(trees) => {
                let answers = trees.iter().map(|tree| self.answer(tree));
                answers
                    .into_iter()
                    .find(|a| *a != Answer::Absent)
                    .unwrap_or(Answer::Absent)
            }
            AuthnTree::AllOf(trees) => {
                let answers = trees.iter().map(|tree| self.answer(tree));
                let missing = answers.into_iter().find(|a| *a != Answer::Established);
                missing.unwrap_or(Answer::Established)
            }
        }
    }

    /// Refuses; a 401 says how to authenticate (RFC 9110 section 11.6.1).
    fn challenge(&mut self, tree: &AuthnTree, why: Builtin) -> Progress<'x> {
        let mut headers = Vec::new();
        if why.status() == 401 {
            let mut schemes = Vec::new();
            self.schemes(tree, why, &mut schemes);
            headers.push(("www-authenticate", schemes.join(", ")));
        }
        let rule = match tree {
            AuthnTree::One(authn) => self
                .engine
                .graph
                .authns
                .get(authn.index())
                .map(|authn| &authn.name),
            AuthnTree::AnyOf(_) | AuthnTree::AllOf(_) => None,
        };
        self.refuse_with(why.status(), self.engine.reason(why), rule, headers)
    }

    fn schemes(&self, tree: &AuthnTree, why: Builtin, schemes: &mut Vec<String>) {
        match tree {
            AuthnTree::AnyOf(trees) | AuthnTree::AllOf(trees) => {
                trees
                    .iter()
                    .for_each(|tree| self.schemes(tree, why, schemes));
            }
            AuthnTree::One(authn) => {
                let kind = self
                    .engine
                    .graph
                    .authns
                    .get(authn.index())
                    .map(|authn| &authn.kind);
                let scheme = match kind {
                    Some(AuthnKind::Jwt(_)) | None => bearer(why),
                    Some(AuthnKind::ApiKey(key))
                        if key.from.contains(&CredentialSource::Bearer) =>
                    {
                        bearer(why)
                    }
                    Some(AuthnKind::ApiKey(_)) => "ApiKey".to_owned(),
                    Some(AuthnKind::ClientCertificate(_)) => "ClientCertificate".to_owned(),
                };
                if !schemes.contains(&scheme) {
                    schemes.push(scheme);
                }
            }
        }
    }
}

/// RFC 6750 section 3.1.
fn bearer(why: Builtin) -> String {
    if why == Builtin::NoCredentials {
        return "Bearer".to_owned();
    }
    format!(
        "Bearer error=\"invalid_token\", error_description=\"{}\"",
        why.text()
    )
}
