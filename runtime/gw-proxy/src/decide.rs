//! Runs the engine to its decision, fulfilling what it asks of the world on the way.

use crate::authn::{Means, Presented};
use crate::pipeline::Turn;
use gw_engine::{
    AuthnFailure, Exchange, ForwardPlan, Identity, Need, OwnResponse, Progress, Refusal,
};
use gw_graph::{AuthnId, Builtin};
use smol_str::SmolStr;

/// What was decided.
pub(crate) enum Outcome<'x> {
    /// Allowed, and to be forwarded.
    Forward(Box<ForwardPlan<'x>>),
    /// The policy answers itself.
    Respond(OwnResponse<'x>),
    /// Refused.
    Refuse(Box<Refusal>),
}

/// Runs until there is a decision.
pub(crate) async fn decide<'x>(exchange: &mut Exchange<'x>, turn: &Turn) -> Outcome<'x> {
    loop {
        match exchange.advance() {
            Progress::Need(Need::Identity(authn)) => {
                let outcome = identify(turn, authn).await;
                exchange.supply_identity(authn, outcome);
            }
            Progress::Need(Need::Wait(time)) => tokio::time::sleep(time).await,
            Progress::Forward(plan) => return Outcome::Forward(plan),
            Progress::Respond(own) => return Outcome::Respond(own),
            Progress::Refuse(refusal) => return Outcome::Refuse(refusal),
        }
    }
}

async fn identify(turn: &Turn, authn: AuthnId) -> Result<Identity, AuthnFailure> {
    let (core, snapshot) = (&turn.conn.core, &turn.view.snapshot);
    let Some(verifier) = snapshot.verifiers.get(authn.index()) else {
        return Err(AuthnFailure::Unavailable(Builtin::Internal));
    };
    let arrival = &turn.arrival;
    let presented = Presented {
        fields: &arrival.request.fields,
        query: arrival.query(),
        client: turn.conn.tls.as_ref().and_then(|tls| tls.client.as_ref()),
    };
    let means = Means {
        tables: &snapshot.tables,
        engine: &snapshot.engine,
        verified: &core.verified,
        now: arrival.time.as_secs(),
        version: snapshot.version,
    };
    let outcome = verifier.verify(presented, means).await;
    core.metrics
        .borrow_mut()
        .authn(&verifier.name, &slug(&outcome));
    outcome
}

fn slug(outcome: &Result<Identity, AuthnFailure>) -> SmolStr {
    match outcome {
        Ok(_) => SmolStr::new_static("verified"),
        Err(AuthnFailure::Absent) => SmolStr::new_static("absent"),
        Err(AuthnFailure::Wrong(why) | AuthnFailure::Unavailable(why)) => why.reason().slug,
    }
}
