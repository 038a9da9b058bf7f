//! The admin listener, on a thread of its own: metrics, health, status. It also keeps the names of
//! targets resolved. Never on the way of a request.

use crate::gateway::Control;
use crate::metrics::{Gauges, render};
use crate::status::{PolicyStatus, StatusPage, rfc3339};
use crate::{Options, StartError};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::LocalOptions;
use tokio::sync::oneshot;

/// The admin thread, from outside.
pub(crate) struct Admin {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// Binds the admin address.
pub(crate) fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|source| StartError::Admin { address, source })
}

impl Admin {
    /// Starts the thread.
    pub(crate) fn start(listener: TcpListener, control: Arc<Control>) -> Result<Self, StartError> {
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all();
        let thread = std::thread::Builder::new()
            .name("gw-admin".to_owned())
            .spawn(move || match builder.build_local(LocalOptions::default()) {
                Ok(runtime) => runtime.block_on(async move {
                    tokio::task::spawn_local(serve(listener, Arc::clone(&control)));
                    let names = &control.shared.backends.names;
                    tokio::select! {
                        () = names.keep_fresh() => {}
                        _ = stopped => {}
                    }
                }),
                Err(error) => tracing::error!(%error, "the admin listener cannot start"),
            })?;
        Ok(Self {
            address,
            stop,
            thread,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

async fn serve(listener: TcpListener, control: Arc<Control>) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the admin listener cannot start"),
    };
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let control = Arc::clone(&control);
        let service = service_fn(move |request| answer(Arc::clone(&control), request));
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(30))
            .serve_connection(TokioIo::new(stream), service);
        tokio::task::spawn_local(connection);
    }
}

type Page = Response<Full<Bytes>>;

async fn answer(control: Arc<Control>, request: Request<Incoming>) -> Result<Page, Infallible> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(page(405, "text/plain", "only GET\n".to_owned()));
    }
    let draining = control.draining.load(Ordering::Acquire);
    Ok(match request.uri().path() {
        "/livez" => page(200, "text/plain", "live\n".to_owned()),
        "/readyz" if draining => page(503, "text/plain", "draining\n".to_owned()),
        "/readyz" => page(200, "text/plain", "ready\n".to_owned()),
        "/metrics" => page(
            200,
            "text/plain; version=0.0.4; charset=utf-8",
            metrics(&control).await,
        ),
        "/status" => page(200, "application/json", status(&control, draining)),
        _ => page(
            404,
            "text/plain",
            "try /livez, /readyz, /metrics or /status\n".to_owned(),
        ),
    })
}

fn page(status: u16, kind: &'static str, text: String) -> Page {
    let mut page = Response::new(Full::new(Bytes::from(text)));
    *page.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    page.headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    page
}

async fn metrics(control: &Control) -> String {
    let metrics = control.metrics().await;
    let current = control.current.load_full();
    let counts = control.state().counts;
    let dropped = control.log.lock().map_or(0, |log| log.dropped());
    render(
        &metrics,
        &Gauges {
            policy_id: &current.id,
            policy_version: current.version,
            started: control.started,
            reloads_applied: counts.applied,
            reloads_refused: counts.refused,
            endpoints: control.shared.backends.health.report(Instant::now()),
            log_dropped: dropped,
        },
    )
}

fn status(control: &Control, draining: bool) -> String {
    let current = control.current.load_full();
    let state = control.state().clone();
    let Options { workers, file, .. } = &control.options;
    let page = StatusPage {
        state: if draining { "draining" } else { "serving" },
        version: env!("CARGO_PKG_VERSION"),
        pid: std::process::id(),
        started: rfc3339(control.started),
        uptime_seconds: control.started.elapsed().unwrap_or_default().as_secs(),
        workers: *workers,
        policy: PolicyStatus {
            id: &current.id,
            file,
            version: current.version,
            loaded: rfc3339(current.loaded),
            routes: current.graph().routes.len(),
        },
        listeners: &state.listeners,
        reloads: state.counts,
        last_reload: state.last_reload.as_ref(),
        endpoints: control.shared.backends.health.report(Instant::now()),
    };
    let mut text = serde_json::to_string_pretty(&page).unwrap_or_default();
    text.push('\n');
    text
}
