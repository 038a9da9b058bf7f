//! The way of a request, as a table of contents:
//! `accept → decode → decide → transform → forward → respond → observe`.

use crate::clock;
use crate::conn::Conn;
use crate::core::View;
use crate::decide::{Outcome, decide};
use crate::decode::{Arrival, Lines, Misfit, decode};
use crate::forward::forward;
use crate::inbound::Client;
use crate::observe::Record;
use crate::respond::{self, Fault, Reply};
use crate::timers::Alarm;
use crate::upload::Origin;
use gw_engine::{Exchange, World};
use gw_graph::Builtin;
use gw_http1::Request;
use std::rc::Rc;

/// What every stage after decoding may read.
pub(crate) struct Turn {
    pub(crate) conn: Rc<Conn>,
    /// The policy that this exchange began with.
    pub(crate) view: Rc<View>,
    pub(crate) arrival: Rc<Arrival>,
    /// Rings for this exchange.
    pub(crate) alarm: Rc<Alarm>,
    pub(crate) client: Client,
}

/// A request on a connection that is to end.
const OUTDATED: Misfit = Misfit {
    reason: Builtin::Draining,
    detail: "the connection was made under another policy",
};

/// One exchange up to its response. If the client goes away the future is dropped, and the record
/// says so.
pub(crate) async fn serve(
    conn: &Rc<Conn>,
    alarm: &Rc<Alarm>,
    request: Request,
    body: Origin,
    client: Client,
) -> Reply {
    let (arrival, misfit) = decode(conn, request, clock::time());
    // One that began before, and is read only now.
    let misfit = misfit.or_else(|| conn.is_outdated().then_some(OUTDATED));
    let turn = Turn {
        conn: Rc::clone(conn),
        view: conn.core.view(),
        arrival,
        alarm: Rc::clone(alarm),
        client,
    };
    let mut record = Record::begin(&turn, clock::now());
    if let Some(misfit) = misfit {
        return respond::undecided(&turn, Fault::misfit(misfit), record);
    }
    let fields = Lines(&turn.arrival.request.fields);
    let head = turn.arrival.head(&turn.conn, &fields);
    let snapshot = &turn.view.snapshot;
    let world = World {
        state: &turn.conn.core.shared.state,
        tables: &snapshot.tables,
    };
    let mut exchange = Exchange::begin(&snapshot.engine, world, &head);
    let answer = match decide(&mut exchange, &turn).await {
        Outcome::Forward(plan) => forward(&turn, plan, body, &mut record).await,
        Outcome::Respond(own) => respond::own(own),
        Outcome::Refuse(refusal) => Err(Fault::refused(*refusal)),
    };
    respond::decided(&turn, &mut exchange, answer, record)
}
