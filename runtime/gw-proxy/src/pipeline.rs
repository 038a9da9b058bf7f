//! The way of a request, as a table of contents:
//! `accept → decode → decide → transform → forward → respond → observe`.

use crate::body::ResponseBody;
use crate::conn::Conn;
use crate::core::View;
use crate::decide::{Outcome, decide};
use crate::decode::{Arrival, Fields, decode};
use crate::forward::forward;
use crate::observe::Record;
use crate::respond::{self, Fault};
use gw_engine::{Exchange, World};
use hyper::body::Incoming;
use hyper::{Request, Response};
use std::convert::Infallible;
use std::rc::Rc;
use std::time::{Instant, SystemTime};

/// The response type of the gateway: watched until its last byte.
pub(crate) type Reply = Response<ResponseBody<Box<Record>>>;

/// What every stage after decoding may read.
pub(crate) struct Turn {
    pub(crate) conn: Rc<Conn>,
    /// The policy that this exchange began with.
    pub(crate) view: Rc<View>,
    pub(crate) arrival: Rc<Arrival>,
}

/// One exchange. If the client goes away the future is dropped, and the record says so.
pub(crate) async fn serve(conn: Rc<Conn>, request: Request<Incoming>) -> Result<Reply, Infallible> {
    let started = Instant::now();
    let (parts, incoming) = request.into_parts();
    let (arrival, misfit) = decode(&conn, parts, SystemTime::now());
    let turn = Turn {
        view: conn.core.view(),
        conn,
        arrival: Rc::new(arrival),
    };
    let mut record = Record::begin(&turn, started);
    if let Some(misfit) = misfit {
        return Ok(respond::undecided(&turn, Fault::misfit(misfit), record));
    }
    let fields = Fields(&turn.arrival.parts.headers);
    let head = turn.arrival.head(&turn.conn, &fields);
    let snapshot = &turn.view.snapshot;
    let world = World {
        state: &turn.conn.core.shared.state,
        tables: &snapshot.tables,
    };
    let mut exchange = Exchange::begin(&snapshot.engine, world, &head);
    let answer = match decide(&mut exchange, &turn).await {
        Outcome::Forward(plan) => forward(&turn, plan, incoming, &mut record).await,
        Outcome::Respond(own) => respond::own(own),
        Outcome::Refuse(refusal) => Err(Fault::refused(refusal)),
    };
    Ok(respond::decided(&turn, &mut exchange, answer, record))
}
