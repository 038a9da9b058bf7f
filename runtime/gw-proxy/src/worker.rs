//! A core thread: its runtime, its listeners, and the commands it takes.

use crate::accept::accept;
use crate::clock;
use crate::core::{Core, Shared};
use crate::listener::Slot;
use crate::log::LogBuffer;
use crate::metrics::Metrics;
use crate::snapshot::Snapshot;
use smol_str::SmolStr;
use std::collections::HashMap;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::LocalOptions;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

/// How often a core does what has to be done every now and then.
const TICK: Duration = Duration::from_millis(200);

/// What a core is told.
pub(crate) enum Command {
    /// Serve this policy from now on.
    Adopt(Adoption),
    /// Hand out the counters.
    Report(oneshot::Sender<Metrics>),
    /// End within this time.
    Drain(Duration),
}

/// A change of policy, as one core does it.
pub(crate) struct Adoption {
    pub(crate) snapshot: Arc<Snapshot>,
    /// New listeners with this core's sockets.
    pub(crate) opened: Vec<(SmolStr, TcpListener)>,
    /// Listeners that are no more.
    pub(crate) closed: Vec<SmolStr>,
    pub(crate) done: oneshot::Sender<()>,
}

/// A running core, from outside.
pub(crate) struct Worker {
    pub(crate) commands: mpsc::UnboundedSender<Command>,
    pub(crate) thread: JoinHandle<()>,
}

/// What a core starts with.
pub(crate) struct Start {
    pub(crate) shared: Arc<Shared>,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) sockets: Vec<(SmolStr, TcpListener)>,
    pub(crate) log: LogBuffer,
}

impl Worker {
    /// Starts a core.
    pub(crate) fn start(index: usize, start: Start) -> std::io::Result<Self> {
        let (commands, receiver) = mpsc::unbounded_channel();
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().on_thread_unpark(clock::turn);
        let thread = std::thread::Builder::new()
            .name(format!("gw-core-{index}"))
            .spawn(move || match builder.build_local(LocalOptions::default()) {
                Ok(runtime) => runtime.block_on(run(start, receiver)),
                Err(error) => tracing::error!(%error, "a core cannot start"),
            })?;
        Ok(Self { commands, thread })
    }
}

/// A listener that accepts on this core.
struct Accepting {
    slot: Rc<Slot>,
    task: AbortHandle,
}

struct Listeners {
    core: Rc<Core>,
    all: HashMap<SmolStr, Accepting>,
}

async fn run(start: Start, mut commands: mpsc::UnboundedReceiver<Command>) {
    let core = Core::new(start.shared, Arc::clone(&start.snapshot), start.log);
    let mut listeners = Listeners {
        core: Rc::clone(&core),
        all: HashMap::new(),
    };
    for (name, socket) in start.sockets {
        listeners.open(name, socket, &start.snapshot);
    }
    let timers = Rc::clone(&core);
    tokio::task::spawn_local(async move { timers.timers.turn().await });
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            command = commands.recv() => match command {
                Some(Command::Adopt(adoption)) => listeners.adopt(adoption),
                Some(Command::Report(reply)) => drop(reply.send(core.report())),
                Some(Command::Drain(time)) => break drain(&core, listeners, commands, time).await,
                None => break,
            },
            _ = ticks.tick() => core.tick(Instant::now()),
        }
    }
    core.tick(Instant::now());
}

impl Listeners {
    fn open(&mut self, name: SmolStr, socket: TcpListener, snapshot: &Snapshot) {
        let listener = match tokio::net::TcpListener::from_std(socket) {
            Ok(listener) => listener,
            Err(error) => return tracing::error!(listener = %name, %error, "cannot listen"),
        };
        let open = {
            let mut all = self
                .core
                .shared
                .open
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::clone(
                all.entry(name.clone())
                    .or_insert_with(|| Arc::new(AtomicU32::new(0))),
            )
        };
        let slot = Slot::new(name.clone(), snapshot, open);
        let task = accept(Rc::clone(&self.core), Rc::clone(&slot), listener);
        let task = tokio::task::spawn_local(task).abort_handle();
        self.all.insert(name, Accepting { slot, task });
    }

    fn adopt(&mut self, adoption: Adoption) {
        for name in &adoption.closed {
            if let Some(accepting) = self.all.remove(name) {
                accepting.task.abort();
                accepting.slot.close();
            }
        }
        for accepting in self.all.values() {
            accepting.slot.adopt(&adoption.snapshot);
        }
        for (name, socket) in adoption.opened {
            self.open(name, socket, &adoption.snapshot);
        }
        self.core.adopt(adoption.snapshot);
        let _ = adoption.done.send(());
    }
}

/// Stops accepting, lets exchanges end, and answers for its counters until the last one has.
async fn drain(
    core: &Core,
    listeners: Listeners,
    mut commands: mpsc::UnboundedReceiver<Command>,
    time: Duration,
) {
    for accepting in listeners.all.values() {
        accepting.task.abort();
    }
    core.drain();
    let deadline = Instant::now() + time;
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    while core.open_connections() > 0 && Instant::now() < deadline {
        tokio::select! {
            Some(command) = commands.recv() => match command {
                Command::Report(reply) => drop(reply.send(core.report())),
                Command::Adopt(adoption) => drop(adoption.done.send(())),
                Command::Drain(_) => return,
            },
            _ = ticks.tick() => core.tick(Instant::now()),
        }
    }
}
