//! Requests at times that are drawn before, whatever becomes of the answers: an open loop with Poisson
//! arrivals. For each request it prints the microseconds from when it was due to the end of its answer,
//! so that one that found every connection busy has waited. `tests/bench/latency.py` compares proxies.
//!
//! Load generators with timers of a millisecond send all that came due in it at once, and what they
//! measure is a place in that queue.

mod connection;

use clap::Parser;
use connection::{Connection, Target};
use fastrand::Rng;
use std::error::Error;
use std::fmt::Write;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

/// What is sent before anything counts.
const WARM_UP: Duration = Duration::from_secs(1);

#[derive(Parser)]
struct Arguments {
    /// `http://` or `https://`, whose certificate is not looked at; an IP address and a port.
    url: http::Uri,
    /// Requests per second, over all connections.
    #[arg(long)]
    rate: f64,
    #[arg(long)]
    connections: usize,
    /// HTTP/2, with this many streams on each connection; HTTP/1.1 without.
    #[arg(long)]
    streams: Option<usize>,
    /// How long requests count that are due.
    #[arg(long)]
    seconds: u64,
}

type Failure = Box<dyn Error + Send + Sync>;

/// When a request was due, and how long it took from then on.
type Answer = (Instant, Duration);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let target = Target::new(arguments.url, arguments.streams)?;
    let (send, due) = unbounded_channel();
    let due = Arc::new(Mutex::new(due));
    let mut lanes = JoinSet::new();
    for _ in 0..arguments.connections {
        for connection in target.connect().await? {
            lanes.spawn(lane(connection, Arc::clone(&due)));
        }
    }
    let begin = Instant::now();
    let counted = begin + WARM_UP;
    let end = counted + Duration::from_secs(arguments.seconds);
    let times = arrivals(begin, end, arguments.rate);
    std::thread::spawn(move || keep_time(times, &send));
    let mut took = String::new();
    while let Some(answers) = lanes.join_next().await {
        for (_, duration) in answers??.iter().filter(|(due, _)| *due >= counted) {
            writeln!(took, "{}", duration.as_micros())?;
        }
    }
    std::io::stdout().write_all(took.as_bytes())?;
    Ok(())
}

/// So many times a second, with exponential gaps, from `begin` to before `end`; the same in every run.
fn arrivals(begin: Instant, end: Instant, rate: f64) -> impl Iterator<Item = Instant> {
    let mut random = Rng::with_seed(0);
    let mut next = begin;
    std::iter::from_fn(move || {
        next += Duration::from_secs_f64(-(1.0 - random.f64()).ln() / rate);
        (next < end).then_some(next)
    })
}

/// Says when each request is due, unless nobody listens any more. A thread's sleep is exact to some 50 us,
/// where the runtime's is to a millisecond.
fn keep_time(times: impl Iterator<Item = Instant>, send: &UnboundedSender<Instant>) {
    for time in times {
        std::thread::sleep(time.saturating_duration_since(Instant::now()));
        if send.send(time).is_err() {
            return;
        }
    }
}

/// Sends one request after another, each when it is due and this lane's turn has come: lanes wait for
/// the next in the order in which they became free.
async fn lane(
    mut connection: Connection,
    due: Arc<Mutex<UnboundedReceiver<Instant>>>,
) -> Result<Vec<Answer>, Failure> {
    let mut answers = Vec::new();
    loop {
        let next = due.lock().await.recv().await;
        let Some(time) = next else {
            return Ok(answers);
        };
        connection.ask().await?;
        answers.push((time, time.elapsed()));
    }
}
