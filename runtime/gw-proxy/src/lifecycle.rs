//! From start to end: reloads on a signal and on changes of files, and the orderly end. The policy
//! comes from a source that the caller knows how to read.

use crate::watch::Watch;
use crate::{Gateway, Policy};
use std::io;
use std::time::{Duration, SystemTime};
use tokio::runtime::LocalOptions;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Where policies come from.
pub trait PolicySource {
    /// Reads and compiles the policy anew.
    ///
    /// # Errors
    /// Rendered diagnostics or a message, if it does not compile.
    fn load(&self) -> Result<Policy, String>;
}

/// How often files are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Serves until a signal ends it, reloading on SIGHUP and when files change. The policy in service
/// was read from `read_at` on; `ready` is called once signals and changes are heard.
///
/// # Errors
/// If the system refuses signals or a timer.
pub fn run(
    gateway: Gateway,
    source: &dyn PolicySource,
    read_at: SystemTime,
    ready: impl FnOnce(&Gateway),
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())?;
    let mut watch = Watch::since(read_at, gateway.files());
    let mut signals = runtime.block_on(async { Signals::new() })?;
    ready(&gateway);
    loop {
        match runtime.block_on(signals.next()) {
            Event::End => break,
            Event::Reload => reload(&gateway, source, &mut watch),
            Event::Look if watch.changed() => reload(&gateway, source, &mut watch),
            Event::Look => {}
        }
    }
    tracing::info!("draining");
    gateway.shut_down();
    Ok(())
}

fn reload(gateway: &Gateway, source: &dyn PolicySource, watch: &mut Watch) {
    let result = match source.load() {
        Ok(policy) => gateway.reload(&policy).map_err(|e| e.to_string()),
        Err(diagnostics) => {
            gateway.refuse_reload(diagnostics.clone());
            Err(diagnostics)
        }
    };
    match result {
        Ok(()) => tracing::info!(policy = gateway.policy_id(), "reloaded"),
        Err(problem) => {
            tracing::error!("reload refused, the policy in service stays\n{problem}");
        }
    }
    watch.follow(gateway.files());
}

enum Event {
    Reload,
    Look,
    End,
}

struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Event {
        tokio::select! {
            _ = self.hangup.recv() => Event::Reload,
            _ = self.interrupt.recv() => Event::End,
            _ = self.terminate.recv() => Event::End,
            () = tokio::time::sleep(LOOK) => Event::Look,
        }
    }
}
