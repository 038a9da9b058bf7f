//! The Prometheus text format, version 0.0.4.

use super::{Map, Metrics, Pairs};
use crate::backend::HealthReport;
use smol_str::SmolStr;
use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// What is known besides the counts of the cores.
pub(crate) struct Gauges<'g> {
    pub(crate) policy_id: &'g str,
    pub(crate) policy_version: u64,
    pub(crate) started: SystemTime,
    pub(crate) reloads_applied: u64,
    pub(crate) reloads_refused: u64,
    pub(crate) endpoints: Vec<HealthReport>,
    pub(crate) log_dropped: u64,
}

/// The whole page.
pub(crate) fn render(metrics: &Metrics, gauges: &Gauges<'_>) -> String {
    let mut page = Page(String::with_capacity(16 << 10));
    requests(&mut page, metrics);
    counters(&mut page, metrics);
    connections(&mut page, metrics);
    process(&mut page, metrics, gauges);
    page.0
}

struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.0.push_str(name);
        let mut separator = '{';
        for (label, text) in labels {
            let _ = write!(self.0, "{separator}{label}=\"");
            self.escaped(text);
            self.0.push('"');
            separator = ',';
        }
        if separator == ',' {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\\' => self.0.push_str("\\\\"),
                '"' => self.0.push_str("\\\""),
                '\n' => self.0.push_str("\\n"),
                other => self.0.push(other),
            }
        }
    }

    fn counter1(&mut self, name: &str, help: &str, label: &str, map: &Map<SmolStr, u64>) {
        self.family(name, "counter", help);
        for (value, count) in sorted(map) {
            self.sample(name, &[(label, value)], count);
        }
    }

    fn counter2(&mut self, (name, help): (&str, &str), labels: (&str, &str), pairs: &Pairs) {
        self.family(name, "counter", help);
        for ((a, b), count) in sorted(&pairs.clone().all()) {
            self.sample(name, &[(labels.0, a), (labels.1, b)], count);
        }
    }
}

fn sorted<K: Ord, V>(map: &Map<K, V>) -> Vec<(&K, &V)> {
    let mut all: Vec<_> = map.iter().collect();
    all.sort_unstable_by(|a, b| a.0.cmp(b.0));
    all
}

fn requests(page: &mut Page, metrics: &Metrics) {
    let name = "http_server_request_duration_seconds";
    page.family(name, "histogram", "Duration of HTTP server requests.");
    for (route, all) in sorted(&metrics.requests.0) {
        for (series, histogram) in sorted(all) {
            let status = series.status().to_string();
            let labels = [
                ("http_route", route.as_str()),
                ("http_request_method", series.method()),
                ("http_response_status_code", &status),
            ];
            for (bound, count) in histogram.cumulative() {
                let [a, b, c] = labels;
                page.sample(&format!("{name}_bucket"), &[a, b, c, ("le", bound)], count);
            }
            page.sample(&format!("{name}_sum"), &labels, histogram.seconds());
            page.sample(&format!("{name}_count"), &labels, histogram.count());
        }
    }
    page.family(
        "http_server_active_requests",
        "gauge",
        "Requests under way.",
    );
    page.sample("http_server_active_requests", &[], metrics.active);
}

fn counters(page: &mut Page, metrics: &Metrics) {
    page.counter2(
        (
            "gw_decisions_total",
            "Decisions by reason and by the rule that made them.",
        ),
        ("reason", "rule"),
        &metrics.decisions,
    );
    page.counter2(
        (
            "gw_authn_total",
            "Credentials verified, by authentication and outcome.",
        ),
        ("authn", "outcome"),
        &metrics.authn,
    );
    page.counter1(
        "gw_limit_exceeded_total",
        "Requests over a limit.",
        "limit",
        &metrics.limits,
    );
    page.counter2(
        (
            "gw_shadow_decisions_total",
            "What policies in shadow mode would have refused.",
        ),
        ("rule", "reason"),
        &metrics.shadow,
    );
    page.counter2(
        ("gw_backend_errors_total", "Failed exchanges with backends."),
        ("backend", "reason"),
        &metrics.backend_errors,
    );
    page.counter2(
        (
            "gw_backend_retries_total",
            "Requests that were sent again, by the failure before.",
        ),
        ("backend", "cause"),
        &metrics.retries,
    );
    page.counter1(
        "gw_retry_budget_exceeded_total",
        "Requests that were not sent again because too many were.",
        "backend",
        &metrics.over_budget,
    );
    page.family(
        "gw_predicate_errors_total",
        "counter",
        "Conditions that failed with an error.",
    );
    page.sample("gw_predicate_errors_total", &[], metrics.predicate_errors);
}

fn connections(page: &mut Page, metrics: &Metrics) {
    let listeners = sorted(&metrics.connections);
    page.family("gw_connections_open", "gauge", "Open client connections.");
    for (listener, c) in &listeners {
        page.sample("gw_connections_open", &[("listener", listener)], c.open);
    }
    page.family(
        "gw_connections_total",
        "counter",
        "Accepted client connections.",
    );
    for (listener, c) in &listeners {
        page.sample(
            "gw_connections_total",
            &[("listener", listener)],
            c.accepted,
        );
    }
    page.family(
        "gw_connections_refused_total",
        "counter",
        "Connections over the limit.",
    );
    for (listener, c) in &listeners {
        page.sample(
            "gw_connections_refused_total",
            &[("listener", listener)],
            c.refused,
        );
    }
    page.family(
        "gw_tls_handshake_failures_total",
        "counter",
        "Failed TLS handshakes.",
    );
    for (listener, c) in &listeners {
        page.sample(
            "gw_tls_handshake_failures_total",
            &[("listener", listener)],
            c.tls_failed,
        );
    }
    page.family(
        "gw_backend_connections_open",
        "gauge",
        "Open connections to backends.",
    );
    for (backend, open) in sorted(&metrics.backend_connections) {
        page.sample("gw_backend_connections_open", &[("backend", backend)], open);
    }
}

fn process(page: &mut Page, metrics: &Metrics, gauges: &Gauges<'_>) {
    page.family(
        "gw_endpoint_ejected",
        "gauge",
        "Whether an endpoint rests after failures.",
    );
    for e in &gauges.endpoints {
        let address = e.address.to_string();
        let labels = [("backend", e.backend.as_str()), ("endpoint", &address)];
        page.sample("gw_endpoint_ejected", &labels, u8::from(e.ejected));
    }
    page.family(
        "gw_endpoint_ejections_total",
        "counter",
        "Ejections of an endpoint.",
    );
    for e in &gauges.endpoints {
        let address = e.address.to_string();
        let labels = [("backend", e.backend.as_str()), ("endpoint", &address)];
        page.sample("gw_endpoint_ejections_total", &labels, e.ejections);
    }
    page.family("gw_reloads_total", "counter", "Reloads of the policy.");
    page.sample(
        "gw_reloads_total",
        &[("result", "applied")],
        gauges.reloads_applied,
    );
    page.sample(
        "gw_reloads_total",
        &[("result", "refused")],
        gauges.reloads_refused,
    );
    page.family(
        "gw_access_log_dropped_total",
        "counter",
        "Access log lines that were dropped.",
    );
    page.sample(
        "gw_access_log_dropped_total",
        &[],
        metrics.log_dropped + gauges.log_dropped,
    );
    page.family("gw_policy_info", "gauge", "The policy in service.");
    let version = gauges.policy_version.to_string();
    page.sample(
        "gw_policy_info",
        &[("id", gauges.policy_id), ("version", &version)],
        1,
    );
    page.family(
        "process_start_time_seconds",
        "gauge",
        "Start of the process.",
    );
    let started = gauges
        .started
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    page.sample("process_start_time_seconds", &[], started.as_secs_f64());
}
