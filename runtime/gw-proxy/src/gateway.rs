//! The running gateway: its cores, its admin thread, and the policy in service.

use crate::admin::{self, Admin};
use crate::backend::Backends;
use crate::bind::bind;
use crate::core::Shared;
use crate::log::LogWriter;
use crate::metrics::Metrics;
use crate::snapshot::Snapshot;
use crate::status::{ListenerStatus, ReloadCounts, ReloadStatus, rfc3339};
use crate::worker::{Adoption, Command, Start, Worker};
use crate::{LoadError, Options, Policy, StartError};
use arc_swap::ArcSwap;
use gw_engine::State;
use gw_graph::Graph;
use smol_str::SmolStr;
use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::SystemTime;
use tokio::sync::{mpsc, oneshot};

/// What the admin thread reads and reloads change.
pub(crate) struct Control {
    pub(crate) options: Options,
    pub(crate) started: SystemTime,
    pub(crate) shared: Arc<Shared>,
    pub(crate) current: ArcSwap<Snapshot>,
    pub(crate) commands: Vec<mpsc::UnboundedSender<Command>>,
    pub(crate) draining: AtomicBool,
    pub(crate) log: Mutex<LogWriter>,
    state: Mutex<ControlState>,
}

#[derive(Clone, Default)]
pub(crate) struct ControlState {
    pub(crate) listeners: Vec<ListenerStatus>,
    pub(crate) counts: ReloadCounts,
    pub(crate) last_reload: Option<ReloadStatus>,
}

/// A running gateway.
pub struct Gateway {
    control: Arc<Control>,
    threads: Vec<JoinHandle<()>>,
    admin: Admin,
}

/// Sockets of new listeners, by core.
type Sockets = Vec<Vec<(SmolStr, TcpListener)>>;

impl Gateway {
    /// Binds, starts the cores and the admin thread. On return every listener accepts.
    ///
    /// # Errors
    /// [`StartError`] if the policy cannot be served or an address cannot be bound.
    pub fn start(policy: &Policy, options: Options) -> Result<Self, StartError> {
        let shared = Arc::new(Shared {
            state: State::new(fastrand::u64(..)),
            backends: Backends::default(),
            remote_sets: Default::default(),
            open: Mutex::default(),
        });
        let snapshot = Arc::new(Snapshot::load(policy, 1, &shared.remote_sets)?);
        shared.backends.names.prepare(snapshot.graph());
        let workers = options.workers.max(1);
        let (listeners, sockets) = open(snapshot.graph(), &[], workers)?;
        let admin = admin::bind(options.admin)?;
        let log = LogWriter::start(&options.access_log)?;
        let mut threads = Vec::new();
        let mut commands = Vec::new();
        for (index, sockets) in sockets.into_iter().enumerate() {
            let (shared, snapshot) = (Arc::clone(&shared), Arc::clone(&snapshot));
            let start = Start {
                shared,
                snapshot,
                sockets,
                log: log.buffer(),
            };
            let worker = Worker::start(index, start)?;
            commands.push(worker.commands);
            threads.push(worker.thread);
        }
        let control = Arc::new(Control {
            options,
            started: SystemTime::now(),
            shared,
            current: ArcSwap::new(snapshot),
            commands,
            draining: AtomicBool::new(false),
            log: Mutex::new(log),
            state: Mutex::new(ControlState {
                listeners,
                ..ControlState::default()
            }),
        });
        let admin = Admin::start(admin, Arc::clone(&control))?;
        Ok(Self {
            control,
            threads,
            admin,
        })
    }

    /// The listeners in service.
    pub fn listeners(&self) -> Vec<ListenerStatus> {
        self.control.state().listeners.clone()
    }

    /// The address of one listener.
    pub fn address(&self, listener: &str) -> Option<SocketAddr> {
        self.listeners()
            .iter()
            .find(|l| l.name == listener)
            .map(|l| l.address)
    }

    /// The address of the admin listener.
    pub fn admin(&self) -> SocketAddr {
        self.admin.address()
    }

    /// The id of the policy in service.
    pub fn policy_id(&self) -> String {
        self.control.current.load().id.clone()
    }

    /// Files whose change asks for a reload.
    pub fn files(&self) -> Vec<PathBuf> {
        self.control.current.load().files.clone()
    }

    /// Puts another policy into service. Connections, pools, limits and health stay. Returns when
    /// every core serves it; on an error nothing has changed, and `/status` says why.
    ///
    /// # Errors
    /// [`StartError`] if it cannot be served.
    pub fn reload(&self, policy: &Policy) -> Result<(), StartError> {
        let applied = self.control.apply(policy);
        match &applied {
            Ok(()) => self.control.note_reload(None),
            Err(error) => self.control.note_reload(Some(error.to_string())),
        }
        applied
    }

    /// Notes a reload that came to nothing because the source does not compile.
    pub fn refuse_reload(&self, diagnostics: String) {
        self.control.note_reload(Some(diagnostics));
    }

    /// Stops accepting, lets exchanges under way end within the drain time, and returns when all
    /// threads have ended.
    pub fn shut_down(self) {
        self.control.draining.store(true, Ordering::Release);
        for commands in &self.control.commands {
            let _ = commands.send(Command::Drain(self.control.options.drain));
        }
        for thread in self.threads {
            let _ = thread.join();
        }
        self.control
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .finish();
        self.admin.stop();
    }
}

impl Control {
    pub(crate) fn state(&self) -> MutexGuard<'_, ControlState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The counters of all cores.
    pub(crate) async fn metrics(&self) -> Metrics {
        let replies: Vec<_> = self
            .commands
            .iter()
            .map(|commands| {
                let (reply, answer) = oneshot::channel();
                let _ = commands.send(Command::Report(reply));
                answer
            })
            .collect();
        let mut sum = Metrics::default();
        for reply in replies {
            if let Ok(metrics) = reply.await {
                sum.merge(metrics);
            }
        }
        sum
    }

    fn apply(&self, policy: &Policy) -> Result<(), StartError> {
        let version = self.current.load().version + 1;
        let snapshot = Arc::new(Snapshot::load(policy, version, &self.shared.remote_sets)?);
        self.shared.backends.names.prepare(snapshot.graph());
        let last = self.state().listeners.clone();
        let (listeners, sockets) = open(snapshot.graph(), &last, self.commands.len())?;
        let stays = |l: &ListenerStatus| {
            listeners
                .iter()
                .any(|n| (&n.name, &n.bind) == (&l.name, &l.bind))
        };
        let gone = last.iter().filter(|l| !stays(l));
        let closed: Vec<SmolStr> = gone.map(|l| SmolStr::from(l.name.as_str())).collect();
        let mut waiting = Vec::new();
        for (commands, opened) in self.commands.iter().zip(sockets) {
            let (done, finished) = oneshot::channel();
            let (snapshot, closed) = (Arc::clone(&snapshot), closed.clone());
            let _ = commands.send(Command::Adopt(Adoption {
                snapshot,
                opened,
                closed,
                done,
            }));
            waiting.push(finished);
        }
        for finished in waiting {
            let _ = finished.blocking_recv();
        }
        let names: Vec<SmolStr> = snapshot
            .graph()
            .backends
            .iter()
            .map(|b| b.name.clone())
            .collect();
        self.shared
            .backends
            .health
            .retain(|name| names.iter().any(|n| n == name));
        self.state().listeners = listeners;
        self.current.store(snapshot);
        Ok(())
    }

    fn note_reload(&self, problem: Option<String>) {
        let policy = self.current.load().id.clone();
        let mut state = self.state();
        let result = if problem.is_none() {
            "applied"
        } else {
            "refused"
        };
        match problem {
            None => state.counts.applied += 1,
            Some(_) => state.counts.refused += 1,
        }
        let time = rfc3339(SystemTime::now());
        state.last_reload = Some(ReloadStatus {
            time,
            result,
            policy,
            problem,
        });
    }
}

/// Binds the listeners of a policy that are not bound yet.
fn open(
    graph: &Graph,
    last: &[ListenerStatus],
    cores: usize,
) -> Result<(Vec<ListenerStatus>, Sockets), StartError> {
    if graph.listeners.is_empty() {
        return Err(StartError::Load(LoadError::Listener {
            name: "(none)".to_owned(),
            problem: "the policy has no listener".to_owned(),
            help: "add `listener http { bind = \":8080\" }`",
        }));
    }
    let mut sockets: Sockets = std::iter::repeat_with(Vec::new).take(cores).collect();
    let mut listeners = Vec::new();
    let known: HashMap<_, _> = last
        .iter()
        .map(|l| ((l.name.as_str(), l.bind.as_str()), l))
        .collect();
    for listener in &graph.listeners {
        let tls = listener.tls.is_some();
        let name = listener.name.to_string();
        let key = (name.as_str(), listener.bind.as_str());
        let address = match known.get(&key) {
            Some(bound) => bound.address,
            None => {
                let (address, bound) = bind(listener, cores)?;
                for (core, socket) in sockets.iter_mut().zip(bound) {
                    core.push((listener.name.clone(), socket));
                }
                address
            }
        };
        listeners.push(ListenerStatus {
            name,
            address,
            tls,
            bind: listener.bind.clone(),
        });
    }
    Ok((listeners, sockets))
}
