//! `gateway run`: from arguments to a serving gateway, and its exit code.

use crate::args::Run;
use crate::exit;
use crate::policy::Source;
use gw_proxy::{AccessLog, Gateway, Options};
use std::io::Write;
use std::time::{Duration, SystemTime};
use tracing_subscriber::EnvFilter;

/// Serves until a signal; the exit code.
pub(crate) fn run(run: Run) -> u8 {
    let filter = EnvFilter::try_from_env("GW_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let options = options(&run);
    let source = Source::new(run);
    let read_at = SystemTime::now();
    let policy = match source.read() {
        Ok(policy) => policy,
        Err(failed) => {
            eprint!("{}", failed.text);
            return failed.code;
        }
    };
    let gateway = match Gateway::start(&policy, options) {
        Ok(gateway) => gateway,
        Err(error) => return fail(&error.to_string()),
    };
    match gw_proxy::run(gateway, &source, read_at, ready) {
        Ok(()) => exit::FINE,
        Err(error) => fail(&format!(
            "the system refuses what the gateway needs: {error}"
        )),
    }
}

fn options(run: &Run) -> Options {
    let default = Options::default();
    Options {
        workers: run.workers.map_or(default.workers, usize::from),
        admin: run.admin,
        access_log: match run.access_log.as_str() {
            "off" => AccessLog::Off,
            "stdout" => AccessLog::Stdout,
            path => AccessLog::File(path.into()),
        },
        drain: Duration::from_secs(run.drain),
        file: run.policy.file.clone(),
    }
}

/// The one line on standard output that says that requests are served, and where.
fn ready(gateway: &Gateway) {
    let mut line = "gw: ready".to_owned();
    for listener in gateway.listeners() {
        let scheme = if listener.tls { "https" } else { "http" };
        line.push_str(&format!(
            "  {scheme}://{} ({})",
            listener.address, listener.name
        ));
    }
    line.push_str(&format!(
        "  admin http://{}  policy {}\n",
        gateway.admin(),
        gateway.policy_id()
    ));
    let mut out = std::io::stdout().lock();
    // Nobody may be reading.
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}

fn fail(problem: &str) -> u8 {
    eprintln!("error: {problem}");
    exit::FAILED
}
