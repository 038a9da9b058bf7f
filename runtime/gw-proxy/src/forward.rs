//! Sends an allowed request to its backend: chooses an endpoint, and after a failed try another one,
//! as far as the policy asks for it.

use crate::attempt::{Failure, Open, Sending, Supply, client_broke};
use crate::backend::{self, Endpoint, Pick};
use crate::net::Next;
use crate::observe::Record;
use crate::outgoing::Outgoing;
use crate::pipeline::Turn;
use crate::respond::{Answer, Fault};
use crate::retry::{Cause, Tries, Verdict};
use crate::source::Source;
use crate::transform::{RequestEdits, Unfit};
use crate::upload::{Origin, Upload, UploadLimits};
use gw_engine::ForwardPlan;
use gw_graph::{Backend, Builtin, RetryCause, Targets};
use gw_http1::{Fields, Known};
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// Forwards a request.
pub(crate) async fn forward(
    turn: &Turn,
    plan: Box<ForwardPlan<'_>>,
    body: Origin,
    record: &mut Record,
) -> Result<Answer, Fault> {
    let id = plan.backend;
    let backend = turn
        .view
        .snapshot
        .backend(id)
        .ok_or_else(|| Fault::builtin(Builtin::Internal))?;
    record.upstream().backend = Some(id);
    let limits = limits(turn, &plan);
    let announced = announced(turn);
    if announced.is_some_and(|length| length > limits.bytes) {
        return Err(Fault::builtin(Builtin::BodyTooLarge));
    }
    let upload = Upload::new(turn, body, limits, RequestEdits::new(turn, plan.route));
    if matches!(backend.targets, Targets::Echo) {
        return Box::pin(echo(turn, backend, &plan, upload, record)).await;
    }
    let upload = match keeps_body(turn, backend, &upload, announced) {
        true => upload.kept(backend.retry.max_body),
        false => upload,
    };
    let sending = Sending {
        turn,
        id,
        backend,
        plan: &plan,
        until: backend.timeout.total.map(|total| record.started() + total),
        begun: Cell::new(false),
    };
    sending.send(upload, record).await
}

fn limits(turn: &Turn, plan: &ForwardPlan<'_>) -> UploadLimits {
    let http = turn.conn.slot.http();
    UploadLimits {
        bytes: plan.max_body.unwrap_or(http.max_body),
        pause: http.body_timeout,
    }
}

/// The length that the client says its body has.
fn announced(turn: &Turn) -> Option<u64> {
    let text = turn.arrival.request.fields.first_text(Known::ContentLength);
    text?.parse().ok()
}

/// Whether a request may be sent again with its body.
fn keeps_body(turn: &Turn, backend: &Backend, upload: &Upload, announced: Option<u64>) -> bool {
    let retry = &backend.retry;
    retry.repeats_any()
        && !upload.is_nothing()
        && retry.repeats(turn.arrival.request.method())
        && announced.is_none_or(|length| length <= retry.max_body)
}

/// Another try: where, over which connection, and after what pause.
struct Step {
    endpoint: Rc<Endpoint>,
    supply: Supply,
    pause: Duration,
}

impl Sending<'_> {
    async fn send(&self, upload: Upload, record: &mut Record) -> Result<Answer, Fault> {
        if let Some(budget) = self.turn.view.backends.budget(self.id) {
            budget.request(record.started());
        }
        let Some(endpoint) = self.choose(&[], record.started()) else {
            return Err(Fault::builtin(Builtin::BackendUnavailable));
        };
        let first = (&endpoint, Supply::Pooled);
        match self.attempt(upload, first, record).await {
            Ok(answer) => Ok(answer),
            Err(Failure::Final(reason)) => Err(Fault::builtin(reason)),
            // On the heap: rare.
            Err(Failure::Open(open)) => Box::pin(self.send_again(open, endpoint, record)).await,
        }
    }

    /// Further tries, until one succeeds or no other may follow.
    async fn send_again(
        &self,
        mut failed: Box<Open>,
        first: Rc<Endpoint>,
        record: &mut Record,
    ) -> Result<Answer, Fault> {
        let mut tries = Tries::new(&self.backend.retry, self.turn.arrival.request.method());
        let mut tried = vec![first];
        loop {
            let Open {
                cause,
                upload,
                instead,
            } = *failed;
            let Some(step) = self.next(cause, &mut tries, &tried) else {
                return instead.map_err(Fault::builtin);
            };
            if let Ok(answer) = instead
                && self.turn.arrival.progress.finished.get()
            {
                drop_response(answer);
            }
            if !step.pause.is_zero() {
                tokio::time::sleep(step.pause).await;
            }
            let place = (&step.endpoint, step.supply);
            let outcome = self.attempt(upload, place, record).await;
            tried.push(step.endpoint);
            failed = match outcome {
                Ok(answer) => return Ok(answer),
                Err(Failure::Final(reason)) => return Err(Fault::builtin(reason)),
                Err(Failure::Open(open)) => open,
            };
        }
    }

    /// The next try after a failed one; none if it is over.
    fn next(&self, cause: Cause, tries: &mut Tries<'_>, tried: &[Rc<Endpoint>]) -> Option<Step> {
        let now = Instant::now();
        let left = self.until.map(|until| until.saturating_duration_since(now));
        // A pause that outlasts the exchange would only delay the bad news.
        let in_time = |pause: Duration| left.is_none_or(|left| left > pause);
        if !in_time(Duration::ZERO) || !self.grants(cause, tries, now) {
            return None;
        }
        let step = match cause {
            Cause::Stale => Step {
                endpoint: Rc::clone(tried.last()?),
                supply: Supply::Fresh,
                pause: Duration::ZERO,
            },
            Cause::Failed(cause) => self.step(cause, tries.longest_pause(), tried, now)?,
        };
        if !in_time(step.pause) {
            return None;
        }
        let mut metrics = self.turn.conn.core.metrics.borrow_mut();
        metrics.retried(&self.backend.name, &cause.label());
        Some(step)
    }

    /// Whether the policy and the budget grant another try.
    fn grants(&self, cause: Cause, tries: &mut Tries<'_>, now: Instant) -> bool {
        let budget = self.turn.view.backends.budget(self.id);
        match tries.after(cause, budget, now) {
            Verdict::Again => true,
            Verdict::OverBudget => {
                let mut metrics = self.turn.conn.core.metrics.borrow_mut();
                metrics.over_budget(&self.backend.name);
                false
            }
            Verdict::Over => false,
        }
    }

    /// Nobody was bothered yet by a request that could not be sent and goes elsewhere.
    fn step(
        &self,
        cause: RetryCause,
        longest_pause: Duration,
        tried: &[Rc<Endpoint>],
        now: Instant,
    ) -> Option<Step> {
        let endpoint = self.choose(tried, now)?;
        let elsewhere = !tried.iter().any(|t| Rc::ptr_eq(t, &endpoint));
        let share = self.turn.conn.core.random.borrow_mut().f64();
        let pause = match cause == RetryCause::Connect && elsewhere {
            true => Duration::ZERO,
            false => longest_pause.mul_f64(share),
        };
        Some(Step {
            endpoint,
            supply: Supply::Pooled,
            pause,
        })
    }

    /// An endpoint, if possible one that was not tried.
    fn choose(&self, tried: &[Rc<Endpoint>], now: Instant) -> Option<Rc<Endpoint>> {
        let core = &self.turn.conn.core;
        let pick = Pick {
            hash: self.plan.hash,
            tried,
            random: &mut core.random.borrow_mut(),
            now,
        };
        let shared = &core.shared.backends;
        self.turn.view.backends.choose(self.id, pick, shared)
    }
}

/// Bytes of a response that nobody wants that are read for the sake of its connection.
const UNWANTED: usize = 16 << 10;

/// Reads what is there of a response that nobody gets: at its end, its connection is free again.
/// The request must have been read to its own end, since reading may send it on.
fn drop_response(mut answer: Answer) {
    let mut cx = Context::from_waker(Waker::noop());
    let mut left = UNWANTED;
    while left > 0 {
        let Poll::Ready(Ok(Next::Data)) = answer.source.poll_piece(&mut cx) else {
            return;
        };
        let length = answer.source.piece().len();
        answer.source.consume(length);
        left = left.saturating_sub(length);
    }
}

/// The built-in backend reads the whole body and describes the request.
async fn echo(
    turn: &Turn,
    backend: &Backend,
    plan: &ForwardPlan<'_>,
    mut upload: Upload,
    record: &mut Record,
) -> Result<Answer, Fault> {
    let unfit = |Unfit| Fault::builtin(Builtin::TransformError);
    let outgoing = Outgoing::new(turn, backend, None, plan).map_err(unfit)?;
    let broken = |error| Fault::builtin(client_broke(error));
    while poll_fn(|cx| Pin::new(&mut upload).poll_piece(cx))
        .await
        .map_err(broken)?
        == Next::Data
    {
        let length = upload.with_piece(<[u8]>::len);
        upload.consume(length);
    }
    let text = backend::describe(&outgoing, turn.arrival.progress.bytes.get());
    record.upstream().tries = 1;
    let mut fields = Fields::default();
    fields.push("content-type", b"application/json");
    Ok(Answer {
        status: 200,
        fields,
        source: Source::Own(text),
        deadline: None,
        last: false,
    })
}
